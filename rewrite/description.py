"""A function described: every adjective with its verdict.

    describe(f, I)   image, monotony, smoothness, limits at both ends, bounds, symmetry, linear pieces, zeros

Each entry is a question of its own; what is not decided says so, with what was tried.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams import Function, Interval
from sigmaprime.diagrams.function import then

from .facts import Grade, Verdict
from .questions import SECONDS, _asked, _decimal, _shown, decreasing, image, increasing, prove_equal

if TYPE_CHECKING:
    from .oracles.shape import Joint

__all__ = ["Description", "describe"]

BITS = 96


@dataclass(frozen=True)
class Description:
    """What is known of a function on an interval: a verdict by the name of every property."""

    function: Function
    on: Interval
    facts: Mapping[str, Verdict]

    def __getitem__(self, name: str) -> Verdict:
        return self.facts[name]

    def __str__(self) -> str:
        lines = [f"{self.function} on {self.on}"]
        lines += [f"  {name}: {verdict.grade.name} {verdict.evidence}" for name, verdict in self.facts.items()]
        return "\n".join(lines)


def describe(f: Any, on: Interval | str | None = None, *, seconds: float = SECONDS) -> Description:
    """All adjectives of a function on an interval (its domain, if none is given); about `seconds` for each at most.

    Raises `IllTyped` where the function is not known to be defined.

    >>> from sigmaprime.diagrams import relu6
    >>> facts = describe(relu6)
    >>> print(facts["piecewise linear"].evidence)
    0 on (-∞, 0], x on [0, 6], 6 on [6, ∞)
    >>> facts["bounded"].grade
    <Grade.PROVED: 0>
    """
    f, on = _asked(f, on)
    return Description(f, on, dict(_facts(f, on, seconds)))


def _facts(f: Function, on: Interval, seconds: float) -> Iterator[tuple[str, Verdict]]:
    from .oracles.functions import MISSING, have_balls

    values = image(f, on, seconds=seconds)
    yield "image", values
    yield "bounded", _bounded(values)
    trends = increasing(f, on, seconds=seconds), decreasing(f, on, seconds=seconds)
    yield from zip(("increasing", "decreasing"), trends, strict=True)
    yield "piecewise linear", _linear(f, on)
    if not have_balls():
        missing = Verdict(Grade.UNKNOWN, "not decided", tried=(MISSING,))
        yield from ((name, missing) for name in ("smooth", "left limit", "right limit", "zeros", "symmetric"))
        return
    smooth = _smooth(f, on, seconds)
    yield "smooth", smooth
    way = 1 if trends[0].grade is Grade.PROVED else -1 if trends[1].grade is Grade.PROVED else 0
    yield "left limit", _limit(f, on, -1, way, values)
    yield "right limit", _limit(f, on, 1, way, values)
    yield "zeros", _zeros(f, on, seconds)
    yield "symmetric", _symmetric(f, on, smooth, seconds)


def _bounded(values: Verdict) -> Verdict:
    on = values.value
    if isinstance(on.lo, Fraction) and isinstance(on.hi, Fraction):
        return Verdict(Grade.PROVED, f"all values lie in {_shown(on)}", value=True)
    if values.evidence.endswith("exact"):
        return Verdict(Grade.REFUTED, f"its image is {on}", value=False)
    return Verdict(Grade.UNKNOWN, f"all that is known of its values is {_shown(on)}")


def _linear(f: Function, on: Interval) -> Verdict:
    from .oracles.shape import linear_pieces

    pieces = linear_pieces(f, on)
    if pieces is None:
        return Verdict(Grade.UNKNOWN, "a part of the chain is not listed as piecewise linear")
    text = ", ".join(f"{_affine(p.slope, p.offset)} on {p.on}" for p in pieces)
    return Verdict(Grade.PROVED, text, value=tuple(pieces))


def _affine(slope: Fraction, offset: Fraction) -> str:
    if not slope:
        return str(offset)
    head = {1: "x", -1: "-x"}.get(slope.numerator if slope.denominator == 1 else 0, f"{slope}·x")
    return head if not offset else f"{head} {'+' if offset > 0 else '-'} {abs(offset)}"


def _smooth(f: Function, on: Interval, seconds: float) -> Verdict:
    """PROVED: analytic. REFUTED: the joints at which slope or value jumps are the verdict's value."""
    from .oracles.balls import precision
    from .oracles.functions import eye_of
    from .oracles.shape import joints, linear_pieces, piece_joints

    with precision(BITS):
        pieces = linear_pieces(f, on)
        found, undecided, mild = (
            (piece_joints(pieces), [], []) if pieces else joints(eye_of(f), on, time.monotonic() + seconds)
        )
    notes = tuple(f"between {_decimal(lo)} and {_decimal(hi)} a part has a joint" for lo, hi in undecided)
    notes += tuple(f"at {c} a part has a joint at which value and slope may go on" for c in mild)
    if found:
        rest = "" if not notes else f"; not decided: {'; '.join(notes)}"
        return Verdict(Grade.REFUTED, "; ".join(map(_joint, found)) + rest, value=tuple(found), tried=notes)
    if notes:
        return Verdict(Grade.UNKNOWN, "; ".join(notes), tried=notes)
    return Verdict(Grade.PROVED, "analytic: no part has a joint in its values", value=())


def _joint(joint: Joint) -> str:
    sides = [f"{float((s.lo + s.hi) / 2):.6g}" if s.bounded else "∞" for s in (joint.left, joint.right)]
    what = "the slope" if joint.kind == "kink" else "the value"
    return f"{joint.kind} at {joint.x}: {what} goes from {sides[0]} to {sides[1]}"


def _limit(f: Function, on: Interval, side: int, way: int, values: Verdict) -> Verdict:
    """The limit at an end: a number (the function saturates there, if the end is infinite), or ±∞; `way`: it rises (1) or falls (-1)."""
    from .oracles.balls import decimal, precision
    from .oracles.functions import eye_of, limit

    end = _decimal(on.lo if side < 0 else on.hi)
    if way and values.evidence.endswith("exact"):
        value = values.value.hi if side == way else values.value.lo
        return Verdict(Grade.PROVED, f"{_decimal(value)} at {end}", value=value)
    with precision(BITS):
        span, _, exact = limit(eye_of(f), on, side)
        if exact or span.exact:
            return Verdict(Grade.PROVED, f"{decimal(span.lo)} at {end}", value=span)
        text = str(span).replace("(", "[").replace(")", "]")
        if way and span.width < 2.0**-30:
            return Verdict(Grade.PROVED, f"in {text} at {end}", value=span)
    return Verdict(Grade.UNKNOWN, f"if there is a limit at {end}, it is in {text}", value=span)


def _zeros(f: Function, on: Interval, seconds: float) -> Verdict:
    from .oracles.balls import precision
    from .oracles.functions import eye_of
    from .oracles.shape import zeros

    with precision(BITS):
        found = zeros(eye_of(f), on, time.monotonic() + seconds)
    if found.undecided:
        notes = tuple(f"between {_decimal(lo)} and {_decimal(hi)} not decided" for lo, hi in found.undecided)
        return Verdict(Grade.UNKNOWN, f"{found}, and perhaps more: {'; '.join(notes)}", value=found, tried=notes)
    return Verdict(Grade.PROVED, str(found), value=found)


def _symmetric(f: Function, on: Interval, smooth: Verdict, seconds: float) -> Verdict:
    """Odd about (c, d): f(2c - x) = 2d - f(x); even about c: f(2c - x) = f(x)."""
    from .oracles.balls import fraction, precision
    from .oracles.cells import at
    from .oracles.functions import eye_of
    from .oracles.shape import linear_pieces, middle, mirrored, parity

    c = middle(on)
    kinks = [j.x for j in smooth.value or ()]
    if c is None:
        return Verdict(Grade.REFUTED, f"{on} is not symmetric", value=False)
    if kinks and math.isinf(on.lo):
        c = (min(kinks) + max(kinks)) / 2
    with precision(BITS):
        value = at(eye_of(f), c)
        d = Fraction(fraction(value.lo, 1)) if value is not None and value.exact and value.bounded else None
    pieces, known = linear_pieces(f, on), parity(f)
    if pieces is not None:
        for name, centre in (("even", None), ("odd", d)):
            if (centre is not None or name == "even") and mirrored(pieces, c, centre):
                return Verdict(Grade.PROVED, f"{_about(name, c, d)}, piece by piece", value=(name, c, d))
    if known is not None and c == 0:
        return Verdict(Grade.PROVED, f"{_about(known, c, d)}, by its parts", value=(known, c, d))
    turn = [Function.atom("negate"), *([Function.atom("shift", 2 * c)] if c else [])]
    turned = then(*turn, f)
    tried = []
    for name, other in (("even", f), ("odd", _odd(f, d))):
        if other is None:
            tried.append(f"odd: the value at {c} is not known exactly")
            continue
        answer = prove_equal(turned, other, on, seconds=seconds)
        about = _about(name, c, d)
        if answer.grade <= Grade.CHECKED:
            return Verdict(answer.grade, f"{about}: {answer.evidence}", value=(name, c, d), tried=tuple(tried))
        tried.append(f"{about}: {answer.grade.name} {answer.evidence}")
    grade = Grade.UNKNOWN if any("UNKNOWN" in t for t in tried) or math.isinf(on.lo) else Grade.REFUTED
    return Verdict(grade, "; ".join(tried), value=False, tried=tuple(tried))


def _about(name: str, c: Fraction, d: Fraction | None) -> str:
    return f"even about x = {c}" if name == "even" else f"odd about ({c}, {d})"


def _odd(f: Function, d: Fraction | None) -> Function | None:
    if d is None:
        return None
    turned = then(f, Function.atom("negate"))
    return turned if not d else then(turned, Function.atom("shift", 2 * d))
