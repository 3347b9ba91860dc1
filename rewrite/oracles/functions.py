"""What is known of a function on an interval, part by part: its image, and whether it rises or falls.

A chain's image is the image of its parts' images, and a chain of monotone parts is monotone. The catalogue answers first; what it leaves open
about a part, balls decide, once for every part and interval; a chain with a part that is not monotone is looked at whole. Without
python-flint the catalogue answers alone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sigmaprime.diagrams import Function, IllTyped, Interval, SigmaError, own
from sigmaprime.diagrams.catalogue import ATOMS, Piece
from sigmaprime.diagrams.errors import outside_domain
from sigmaprime.diagrams.evaluate import flat
from sigmaprime.diagrams.image import bijection, image
from sigmaprime.diagrams.own import Undone, formula_of
from sigmaprime.diagrams.term import Head

from .balls import Span, fraction, precision
from .cells import Course, End, Eye, course, peak
from .enclosure import Enclosures, Undecided
from .jets import Look, on_cell
from .tails import Form

__all__ = ["Image", "Trend", "eye_of", "have_balls", "image_of", "trend_of"]

BITS = 64
DEEP = 256  # bits for values at points


def have_balls() -> bool:
    from importlib.util import find_spec

    return find_spec("flint") is not None


MISSING = "balls: not installed; pip install python-flint lets more be decided"


def eye_of(function: Function) -> Eye:
    """The function as subdivision sees it: what it is on a cell."""
    row = flat(function)
    return lambda span: on_cell(row, span)


def apart(f: Eye, g: Eye) -> Eye:
    """f - g."""

    def look(span: Span) -> Look:
        a, b = f(span), g(span)
        return Look(a.jet - b.jet, a.smooth and b.smooth, a.continuous and b.continuous)

    return look


def turned(f: Eye) -> Eye:
    """-f."""

    def look(span: Span) -> Look:
        found = f(span)
        return Look(-found.jet, found.smooth, found.continuous)

    return look


# --- images ---


@dataclass(frozen=True)
class Image:
    """All values lie in `interval`; where an end is exact, values come as near to it as one likes. One that is open is not reached."""

    interval: Interval
    lo_exact: bool
    hi_exact: bool

    @property
    def exact(self) -> bool:
        return self.lo_exact and self.hi_exact


def image_of(function: Function, on: Interval, deadline: float) -> Image:
    """The image of an interval; raises `IllTyped` where a part is not known to take all that it meets."""
    found = Image(on, True, True)
    for part in flat(function):
        inner = part_image(part, found.interval, deadline)
        found = inner if found.exact else Image(inner.interval, False, False)
    return found


_parts: dict[tuple[Function, Interval], Image] = {}


def part_image(part: Function, on: Interval, deadline: float) -> Image:
    known = _parts.get((part, on))
    if known is not None:
        return known
    if part.head is Head.ATOM:
        given = tuple(s.value for s in part.key[2:])
        takes = ATOMS[part.name].domain(given)
        if not takes.contains(on):
            raise outside_domain(part, on, takes)
        listed, exact = (image(part, on), False) if on.hole else ATOMS[part.name].image(given, on)
    else:
        listed, exact = image(part, on), False
    found = Image(listed, exact, exact)
    if not exact and not on.hole and formula_of(part) and have_balls():
        found = _refined(part, on, listed, deadline)
    _parts[part, on] = found
    return found


def _refined(part: Function, on: Interval, listed: Interval, deadline: float) -> Image:
    """The ends by balls: limits where the part is monotone, else the extrema."""
    with precision(2 * BITS):
        return bounded(eye_of(part), part_course(part, on, deadline), on, listed, deadline)


def bounded(eye: Eye, trend: Course, on: Interval, listed: Interval, deadline: float) -> Image:
    """The image inside an interval that holds it."""
    with precision(2 * BITS):
        if trend.rises or trend.falls:
            low, high = (-1, 1) if trend.rises else (1, -1)
            ends = [limit(eye, on, low), limit(eye, on, high)]
            if not trend.strict:  # a flat piece reaches the value that an open end does not
                ends = [(span, True, exact) for span, _, exact in ends]
        else:
            ends = [_lowest(eye, on, deadline), _highest(eye, on, deadline)]
    (lo, lo_closed, lo_exact), (hi, hi_closed, hi_exact) = (
        (_outward(ends[0][0].lo, -1), *ends[0][1:]),
        (_outward(ends[1][0].hi, 1), *ends[1][1:]),
    )
    lo_closed, hi_closed = lo == hi or (lo_closed and lo != -math.inf), lo == hi or (hi_closed and hi != math.inf)
    outer = Interval.make(lo, lo_closed, hi, hi_closed).meet(listed)
    assert outer is not None, "the catalogue and the balls enclose one image"
    return Image(outer, lo_exact and outer.lo == lo, hi_exact and outer.hi == hi)


Ending = tuple[Span, bool, bool]
"""Where the end of an image lies, whether it may be reached, whether it is that number exactly."""


def limit(eye: Eye, on: Interval, side: int) -> Ending:
    """The limit at the left (-1) or right (1) end of an interval, or the value at a closed end."""
    end, closed = (on.lo, on.lo_closed) if side < 0 else (on.hi, on.hi_closed)
    if isinstance(end, Fraction):
        with suppress(Undecided):
            look = eye(Span.point(end))
            if closed or look.continuous:  # beside a jump the value is not the limit
                return look.jet.span, closed, look.jet.span.exact
    found = Span.of(Interval("(-oo, oo)"))
    for k in (0, 1, 2, 4, 8, 16, 32, 64, 128):
        cell = _beside(on, end, side, k)
        try:
            number = eye(Span.between(*cell)).jet.value
        except Undecided:
            continue
        found = found.meet(number.span)
        exact = _certain(number.form, number.log, number.span)
        if exact is not None:
            return Span.closed(exact, exact), False, True
        if found.width < 2.0**-60:
            break
    return found, False, False


def _beside(on: Interval, end: End, side: int, k: int) -> tuple[End, End]:
    """A cell at an end, smaller and smaller."""
    if isinstance(end, float):
        inner = Fraction(2) ** k
        other = on.lo if side > 0 else on.hi
        inner = max(inner, other + 1) if side > 0 and isinstance(other, Fraction) else inner
        inner = max(inner, 1 - other) if side < 0 and isinstance(other, Fraction) else inner
        return (inner, math.inf) if side > 0 else (-math.inf, -inner)
    size = Fraction(1, 2**k)
    if isinstance(on.lo, Fraction) and isinstance(on.hi, Fraction):
        size *= on.hi - on.lo
    return (end, end + size) if side < 0 else (end - size, end)


def _certain(form: Form | None, log: Form | None, span: Span) -> End | None:
    """The limit ±∞ or 0, if one diverging term and a bounded rest say so."""
    way = _diverges(form)
    if way:
        return way * math.inf
    way = _diverges(log)
    if way < 0:
        return Fraction(0)
    if way > 0:
        return math.inf if span.positive else -math.inf
    return None


def _diverges(form: Form | None) -> int:
    """1 or -1 if the sum goes to ±∞: one of its terms outgrows the others, and the rest does not go the other way."""
    if form is None:
        return 0
    rest = form.rest
    rows: list[tuple[int, Fraction, Span]] = []
    for name, c, span in form.terms:
        growth = _growth(name)
        if span.bounded:
            rest = rest + Span.point(c) * span
        elif growth is None:
            return 0
        else:
            rows.append((growth, c, span))
    if not rows:
        return 0
    most, c, span = max(rows, key=lambda row: row[0])
    up, down = not span.hi.is_finite(), not span.lo.is_finite()
    if up is down or sum(g == most for g, *_ in rows) > 1:
        return 0
    way = (1 if c > 0 else -1) * (1 if up else -1)
    return way if (rest.lo if way > 0 else rest.hi).is_finite() else 0


def _growth(name: str) -> int | None:
    """How often the logarithm of a term that grows must be taken until ln|x| is left; None for the exponential of a sum."""
    depth = name.count("exp(")
    return depth + ("ln" not in name) if name.count("*") == depth else None


def _highest(eye: Eye, on: Interval, deadline: float) -> Ending:
    for end, side in ((on.lo, -1), (on.hi, 1)):
        if isinstance(end, float) and limit(eye, on, side)[0].lo == math.inf:
            return Span.closed(math.inf, math.inf), False, True
    found = peak(eye, on, deadline)
    first, last = found.where
    only = first == last and (isinstance(first, float) or Fraction(first) not in on)  # approached at an open end alone
    return Span.closed(found.lo, found.hi), not only, found.lo == found.hi


def _lowest(eye: Eye, on: Interval, deadline: float) -> Ending:
    span, reached, exact = _highest(turned(eye), on, deadline)
    return -span, reached, exact


def _outward(end: Any, side: int) -> End:
    """A rational of at most 128 bits on the outer side."""
    value = fraction(end, side)
    if isinstance(value, float) or max(value.numerator.bit_length(), value.denominator.bit_length()) <= 2 * BITS:
        return value
    size = value.numerator.bit_length() - value.denominator.bit_length()
    if abs(size) > 900:  # too many digits to be written
        outer = (value > 0) is (side > 0)
        if size < 0:
            return side * Fraction(1, 2**900) if outer else Fraction(0)
        return side * math.inf if outer else -side * Fraction(2**900)
    unit = Fraction(2) ** (size - 2 * BITS + 8)
    return unit * (math.ceil(value / unit) if side > 0 else math.floor(value / unit))


# --- rising and falling ---


@dataclass(frozen=True)
class Trend:
    """Whether a function is known to rise or to fall (both, if it is constant), strictly or not, and how that is known."""

    rises: bool
    falls: bool
    strict: bool
    by: str
    tried: tuple[str, ...] = field(default=())


def trend_of(function: Function, on: Interval, deadline: float) -> Trend:
    """By the parts; if that leaves it open, by the whole."""
    up, strict, here = True, True, on
    tried: list[str] = []
    for part in flat(function):
        try:
            found = part_course(part, here, deadline)
        except SigmaError as refusal:
            return Trend(False, False, False, "", (*tried, str(refusal)))
        if not (found.rises or found.falls):
            every = part.head is Head.FUNCTION and own.known(part) is None
            why = (
                "stands for every function of its signature; name one"
                if every
                else f"is not known to be monotone on {here}"
            )
            tried.append(f"chain: {part} {why}")
            break
        if found.rises and found.falls:
            return Trend(True, True, False, f"{part} is constant on {here}")
        up, strict = up is found.rises, strict and found.strict
        here = part_image(part, here, deadline).interval
    else:
        return Trend(up, not up, strict, "the parts of the chain are monotone, each on the image before it")
    if not have_balls():
        return Trend(False, False, False, "", (*tried, MISSING))
    with precision(BITS):
        whole = course(eye_of(function), on, deadline)
    return Trend(whole.rises, whole.falls, whole.strict, str(whole), (*tried, str(whole)))


_courses: dict[tuple[Function, Interval], Course] = {}
NOTHING = Course(False, False, False, 0, None, False)


def part_course(part: Function, on: Interval, deadline: float) -> Course:
    """Whether one part is monotone."""
    known = _courses.get((part, on))
    if known is not None:
        return known
    part_image_domain(part, on)
    found = NOTHING
    if on.lo == on.hi:
        found = Course(True, True, False, 1, None, False)
    elif part.head is Head.ATOM:
        found = _listed(part, on)
    elif isinstance(meaning := own.known(part), Undone):
        found = Course(meaning.increasing, not meaning.increasing, True, 0, None, False)
    if not (found.rises or found.falls) and formula_of(part) and have_balls():
        with precision(BITS):
            found = course(eye_of(part), on, deadline)
        if not (found.rises or found.falls) and time.monotonic() > deadline:
            return found
    _courses[part, on] = found
    return found


def part_image_domain(part: Function, on: Interval) -> None:
    if part.head is Head.ATOM:
        takes = ATOMS[part.name].domain(tuple(s.value for s in part.key[2:]))
        if not takes.contains(on):
            raise outside_domain(part, on, takes)
    else:
        image(part, on)


def _listed(part: Function, on: Interval) -> Course:
    """A part that the catalogue knows as one to one (two values tell the direction), or piece by piece."""
    pieces = ATOMS[part.name].pieces(tuple(s.value for s in part.key[2:]))
    if pieces:
        return _by_pieces(pieces, on)
    try:
        if bijection(part, on) is None:
            return NOTHING
        low, high = (_value(part, x) for x in _two(on))
    except (IllTyped, Undecided):
        return NOTHING
    if low.b < high.a:
        return Course(True, False, True, 0, None, False)
    return Course(False, True, True, 0, None, False) if high.b < low.a else NOTHING


def _by_pieces(pieces: Sequence[Piece], on: Interval) -> Course:
    """The slopes of the pieces that meet the interval, and the jumps between them."""
    met = [(p, m.lo < m.hi) for p in pieces if (m := p.on.meet(on)) is not None]
    slopes = [p.slope for p, wide in met if wide]
    steps = list(slopes)
    for (one, _), (other, _) in pairwise(met):
        joint = Fraction(one.on.hi)
        steps.append(other.slope * joint + other.offset - one.slope * joint - one.offset)
    strict = all(slopes)
    rises, falls = all(s >= 0 for s in steps), all(s <= 0 for s in steps)
    return Course(rises, falls, strict and (rises or falls), 0, None, len(met) == 1)


def _two(on: Interval) -> Sequence[Fraction]:
    from .cells import split

    middle = Fraction(split(on.lo, on.hi))
    return Fraction(split(on.lo, middle)), Fraction(split(middle, on.hi))


@lru_cache(maxsize=1)
def _enclosures() -> Enclosures:
    return Enclosures(DEEP)


def _value(part: Function, x: Fraction) -> Any:
    number = _enclosures()
    return number.entry(part.name, number.number(x), [s.value for s in part.key[2:]])
