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
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams import Function, Interval
from sigmaprime.diagrams.evaluate import flat
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
    trends = increasing(f, on, seconds=seconds), decreasing(f, on, seconds=seconds)
    yield from zip(("increasing", "decreasing"), trends, strict=True)
    yield "piecewise linear", _linear(f, on)
    if not have_balls():
        yield "bounded", _bounded(values)
        missing = Verdict(Grade.UNKNOWN, "not decided", tried=(MISSING,))
        yield from ((name, missing) for name in ("smooth", "left limit", "right limit", "zeros", "symmetric"))
        return
    smooth = _smooth(f, on, seconds)
    yield "smooth", smooth
    way = 1 if trends[0].grade is Grade.PROVED else -1 if trends[1].grade is Grade.PROVED else 0
    ends = _limit(f, on, -1, way, values), _limit(f, on, 1, way, values)
    yield from zip(("left limit", "right limit"), ends, strict=True)
    yield "bounded", _bounded(values, ends)
    yield "zeros", _zeros(f, on, seconds)
    yield "symmetric", _symmetric(f, on, smooth, ends, seconds)


def _bounded(values: Verdict, ends: tuple[Verdict, ...] = ()) -> Verdict:
    on = values.value
    if isinstance(on.lo, Fraction) and isinstance(on.hi, Fraction):
        return Verdict(Grade.PROVED, f"all values lie in {_shown(on)}", value=True)
    if values.evidence.endswith("exact"):
        return Verdict(Grade.REFUTED, f"its image is {on}", value=False)
    for limit in ends:
        if limit.grade is Grade.PROVED and math.inf in map(abs, _ends(limit.value)):
            return Verdict(Grade.REFUTED, f"its limit is {limit.evidence}", value=False)
    return Verdict(Grade.UNKNOWN, f"all that is known of its values is {_shown(on)}")


def _linear(f: Function, on: Interval) -> Verdict:
    from .oracles.shape import linear_pieces

    pieces = linear_pieces(f, on)
    if pieces is None:
        bent = _bent(f, on)
        if bent is not None:
            return Verdict(Grade.REFUTED, bent, value=False)
        return Verdict(Grade.UNKNOWN, "a part of the chain is not listed as piecewise linear")
    text = ", ".join(f"{_affine(p.slope, p.offset)} on {p.on}" for p in pieces)
    return Verdict(Grade.PROVED, text, value=tuple(pieces))


def _bent(f: Function, on: Interval) -> str | None:
    """Why f is not piecewise linear: on some cell it is analytic, and three of its values lie on no line."""
    from .oracles.balls import Span, precision
    from .oracles.cells import at
    from .oracles.enclosure import Undecided
    from .oracles.functions import eye_of, have_balls
    from .oracles.numbers import points

    if not have_balls():
        return None
    eye = eye_of(f)
    with precision(BITS):
        for x, y in pairwise(sorted(points(on), key=lambda p: (abs(p), p))[:12]):
            a, b = sorted((x, y))
            try:
                values = [at(eye, p) for p in (a, (a + b) / 2, b)]
                analytic = eye(Span.closed(a, b)).smooth
            except Undecided:
                continue
            u, v, w = values
            if analytic and u and v and w and ((middle := v + v).before(u + w) or (u + w).before(middle)):
                return f"between {_decimal(a)} and {_decimal(b)} it is analytic, and three values lie on no line"
    return None


def _affine(slope: Fraction, offset: Fraction) -> str:
    if not slope:
        return str(offset)
    head = {1: "x", -1: "-x"}.get(slope.numerator if slope.denominator == 1 else 0, f"{slope}·x")
    return head if not offset else f"{head} {'+' if offset > 0 else '-'} {abs(offset)}"


def _smooth(f: Function, on: Interval, seconds: float) -> Verdict:
    """PROVED: analytic. REFUTED: the joints, at which the value or a derivative jumps, are the verdict's value."""
    from .oracles.balls import precision
    from .oracles.functions import eye_of
    from .oracles.shape import joints, linear_pieces, piece_joints

    with precision(BITS):
        pieces = linear_pieces(f, on)
        found, undecided, mild = (
            (piece_joints(pieces), [], []) if pieces else joints(eye_of(f), flat(f), on, time.monotonic() + seconds)
        )
    notes = tuple(f"between {_decimal(lo)} and {_decimal(hi)} a part has a joint" for lo, hi in undecided)
    notes += tuple(f"at {c} a part has a joint, and no derivative of the function is seen to jump" for c in mild)
    if found:
        rest = "" if not notes else f"; not decided: {'; '.join(notes)}"
        return Verdict(Grade.REFUTED, "; ".join(map(_joint, found)) + rest, value=tuple(found), tried=notes)
    if notes:
        return Verdict(Grade.UNKNOWN, "; ".join(notes), tried=notes)
    return Verdict(Grade.PROVED, "analytic: no part has a joint in its values", value=())


def _joint(joint: Joint) -> str:
    sides = [f"{float((s.lo + s.hi) / 2):.6g}" if s.bounded else "∞" for s in (joint.left, joint.right)]
    what = (
        ("the value", "the slope", "the second derivative", "the third derivative")[joint.order]
        if joint.order < 4
        else f"derivative {joint.order}"
    )
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
            middle = float((span.lo + span.hi) / 2)
            return Verdict(Grade.PROVED, f"≈{middle:.12g} at {end}, in {text}", value=span)
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


def _symmetric(f: Function, on: Interval, smooth: Verdict, ends: tuple[Verdict, Verdict], seconds: float) -> Verdict:
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
    turned = then(Function.atom("negate"), *([Function.atom("shift", 2 * c)] if c else []), f)
    whole = math.isinf(on.lo)
    ruled_out = _by_limits(*ends) if whole else {}
    if whole and kinks and not smooth.tried:  # a centre of symmetry is one of the joints
        ruled_out |= _by_points(f, c)
    tried = list(ruled_out.values())
    undecided = [name for name in ("even", "odd") if name not in ruled_out]
    for name in tuple(undecided):
        about, other = _about(name, c, d), f if name == "even" else _odd(f, d)
        if other is None:
            tried.append(f"odd: the value at {c} is not known exactly")
            continue
        answer = prove_equal(turned, other, on, seconds=seconds)
        if answer.grade <= Grade.CHECKED:
            return Verdict(answer.grade, f"{about}: {answer.evidence}", value=(name, c, d), tried=tuple(tried))
        tried.append(f"{about}: {answer.grade.name} {answer.evidence}")
        if answer.grade is Grade.REFUTED and not whole:
            undecided.remove(name)
    if undecided:
        return Verdict(Grade.UNKNOWN, "; ".join(tried), tried=tuple(tried))
    return Verdict(Grade.REFUTED, "; ".join(tried), value=False, tried=tuple(tried))


def _by_points(f: Function, c: Fraction) -> dict[str, str]:
    """Which symmetries two points rule out about every centre that the joints allow: those closer to c than joints are told apart."""
    from .oracles.balls import Span, precision
    from .oracles.cells import at
    from .oracles.enclosure import Undecided
    from .oracles.functions import eye_of
    from .oracles.shape import FINE

    eye, found = eye_of(f), dict[str, str]()
    with precision(BITS):
        for r in (Fraction(1), Fraction(1, 2), Fraction(3), Fraction(10)):
            try:
                u, v = at(eye, c + r), eye(Span.closed(c - r - 2 * FINE, c - r + 2 * FINE)).jet.span
                d = eye(Span.closed(c - FINE, c + FINE)).jet.span
            except Undecided:
                continue
            if u is None:
                continue
            said = f"f({_decimal(c - r)}) is in {v}, f({_decimal(c + r)}) in {u}"
            for name, other in (("even", v), ("odd", d + d - v)):
                if u.before(other) or other.before(u):
                    found.setdefault(
                        name, f"{name} about no centre: the joints leave x = {_decimal(c)} alone, and {said}"
                    )
    return found


def _by_limits(left: Verdict, right: Verdict) -> dict[str, str]:
    """Which symmetries, about any centre, the limits at -∞ and ∞ rule out: even needs equal ones, odd a sum."""
    found: dict[str, str] = {}
    if not left.grade is right.grade is Grade.PROVED:
        return found
    (a, b), (c, d) = _ends(left.value), _ends(right.value)
    said = f"the limits are {left.evidence} and {right.evidence}"
    if b < c or d < a:
        found["even"] = f"even about no centre: {said}"
    if (math.inf in (a, c)) != (-math.inf in (b, d)):
        found["odd"] = f"odd about no centre: {said}"
    return found


def _ends(value: Any) -> tuple[Fraction | float, Fraction | float]:
    """A limit as two numbers between which it lies."""
    from .oracles.balls import fraction

    return (value, value) if isinstance(value, (Fraction, float)) else (fraction(value.lo, -1), fraction(value.hi, 1))


def _about(name: str, c: Fraction, d: Fraction | None) -> str:
    return f"even about x = {c}" if name == "even" else f"odd about ({c}, {d})"


def _odd(f: Function, d: Fraction | None) -> Function | None:
    if d is None:
        return None
    turned = then(f, Function.atom("negate"))
    return turned if not d else then(turned, Function.atom("shift", 2 * d))
