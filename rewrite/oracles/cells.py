"""Adaptive subdivision of the extended line: the sign of a slope, and the supremum of a function, by looks at smaller and smaller cells.

Cells are open, with rational or infinite ends; they and their joints cover the interval. An unbounded cell is split at twice its end, one
that begins at 0 at half: so the whole line is a few dozen cells, and what happens at an end is seen in the last of them.
"""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from sigmaprime.diagrams import Interval

from .balls import Span, fraction
from .enclosure import Undecided
from .jets import Look

__all__ = ["Course", "Peak", "at", "course", "peak", "split"]

End = Fraction | float
Eye = Callable[[Span], Look]
"""What a function is on a cell."""
CELLS, NARROW = 600, 60
FAR, SMALL = 2.0**80, 2.0**-80
TOLERANCE, FLOOR = Fraction(1, 2**50), Fraction(1, 2**20)


def split(lo: End, hi: End) -> End:
    """Where a cell is cut in two."""
    if lo < 0 < hi:
        return Fraction(0)
    if hi <= 0:
        return -split(-hi, -lo)
    if isinstance(hi, float):
        return 2 * lo if lo > 0 else Fraction(1)
    if lo == 0 or hi <= 4 * lo:
        return (Fraction(lo) + hi) / 2
    return Fraction(lo) * (1 << math.frexp(hi / Fraction(lo))[1] // 2)


def final(lo: End, hi: End) -> bool:
    """Too far out or too small to be cut."""
    return lo >= FAR or hi <= -FAR or hi - lo < SMALL


def at(eye: Eye, x: Fraction) -> Span | None:
    """The value at a point; None if it is not defined there, as far as is known."""
    try:
        return eye(Span.point(x)).jet.span
    except Undecided:
        return None


@dataclass(frozen=True)
class Course:
    """What subdivision found of a function's slope on an interval."""

    rises: bool
    """The slope is nowhere negative, and the function continuous."""
    falls: bool
    strict: bool
    cells: int
    undecided: tuple[End, End] | None
    """The cell at which the search ended."""
    smooth: bool

    def __str__(self) -> str:
        if self.undecided is None:
            return f"balls: the sign of the slope on {self.cells} cells"
        lo, hi = self.undecided
        return f"balls: the sign of the slope on {self.cells} cells; undecided between {_near(lo)} and {_near(hi)}"


def _near(end: End) -> str:
    return str(end) if isinstance(end, float) or end.denominator < 10**6 else f"{float(end):.6g}"


def course(eye: Eye, on: Interval, deadline: float, limit: int = CELLS) -> Course:
    """Whether the slope keeps its sign on the whole interval."""
    todo = deque([(on.lo, on.hi)])
    rises = falls = strict = smooth = True
    seen = 0
    while todo and (rises or falls):
        lo, hi = todo.popleft()
        seen += 1
        try:
            look = eye(Span.between(lo, hi))
            trend = look.jet.trend
        except Undecided:
            look = None
        if look is None or not (trend.nonnegative or trend.nonpositive):
            if seen > limit or time.monotonic() > deadline or final(lo, hi):
                return Course(False, False, False, seen, (lo, hi), False)
            middle = split(lo, hi)
            todo += [(lo, middle), (middle, hi)]
            continue
        if not look.continuous:
            return Course(False, False, False, seen, (lo, hi), False)
        smooth &= look.smooth
        rises, falls = rises and trend.nonnegative, falls and trend.nonpositive
        strict = strict and (trend.positive or trend.negative or (look.smooth and _moves(eye, lo, hi)))
    return Course(rises, falls, strict and (rises or falls), seen, None, smooth)


def _moves(eye: Eye, lo: End, hi: End) -> bool:
    """Two values differ: an analytic function that never falls and is not constant rises strictly."""
    middle = split(lo, hi)
    values = [at(eye, Fraction(x)) for x in (split(lo, middle), split(middle, hi))]
    return None not in values and any(a.before(b) for a, b in itertools.permutations([v for v in values if v], 2))


@dataclass(frozen=True)
class Peak:
    """The supremum of a function lies between `lo` and `hi`; `lo` is a value (or a limit) at `place`."""

    lo: End
    hi: End
    place: End
    where: tuple[End, End]
    """The supremum is taken, or approached, in the closure of this interval only (the hull of the cells that were left)."""
    cells: int


def peak(eye: Eye, on: Interval, deadline: float, limit: int = CELLS, beyond: End = -math.inf) -> Peak:
    """The supremum on an interval, by branch and bound; values up to `beyond` are of no interest."""
    best: End = beyond
    place: End = math.nan
    order = itertools.count()
    heap: list[tuple[End, int, End, End, End | None]] = []
    seen = 0

    def push(lo: End, hi: End) -> None:
        nonlocal best, place, seen
        seen += 1
        top, found, only = _top(eye, lo, hi)
        for x, low in found:
            if low > best:
                best, place = low, x
        heapq.heappush(heap, (-top, next(order), lo, hi, only))

    for x in (on.lo, on.hi):
        if isinstance(x, Fraction) and x in on:
            value = at(eye, x)
            if value is not None and fraction(value.lo, -1) > best:
                best, place = fraction(value.lo, -1), x
    if on.lo == on.hi:
        value = at(eye, Fraction(on.lo))
        top = math.inf if value is None else fraction(value.hi, 1)
        return Peak(best, max(best, top), on.lo, (on.lo, on.lo), 1)
    push(on.lo, on.hi)
    while True:
        top, (lo, hi) = max(-heap[0][0], best), heap[0][2:4]
        if top <= best or (top < math.inf and top - best <= TOLERANCE * max(best, -best, FLOOR)):
            break
        if seen > limit or time.monotonic() > deadline or final(lo, hi):
            break
        heapq.heappop(heap)
        middle = split(lo, hi)
        push(lo, middle)
        push(middle, hi)
    for _ in range(NARROW):  # the widest cell that is left, to tell where it is
        heap = [cell for cell in heap if -cell[0] >= best]
        wide = max((c for c in heap if c[4] is None and c[3] - c[2] > SMALL), key=lambda c: c[3] - c[2], default=None)
        if wide is None or time.monotonic() > deadline or final(*wide[2:4]):
            break
        heap.remove(wide)
        middle = split(*wide[2:4])
        push(wide[2], middle)
        push(middle, wide[3])
    left = [(lo, hi) if only is None else (only, only) for negative, _, lo, hi, only in heap if -negative >= best]
    where = (min(lo for lo, _ in left), max(hi for _, hi in left)) if left else (place, place)
    return Peak(best, top, place, where, seen)


def _top(eye: Eye, lo: End, hi: End) -> tuple[End, list[tuple[End, End]], End | None]:
    """An upper bound on an open cell, points with lower bounds of their values, and the end at which alone the supremum is approached."""
    middle = Fraction(split(lo, hi))
    value = at(eye, middle)
    found: list[tuple[End, End]] = [] if value is None else [(middle, fraction(value.lo, -1))]
    try:
        look = eye(Span.between(lo, hi))
        if not look.continuous:  # the ends of the cell may be higher
            return fraction(eye(Span.closed(lo, hi)).jet.span.hi, 1), found, None
    except Undecided:
        return math.inf, found, None
    top, trend = fraction(look.jet.span.hi, 1), look.jet.trend
    end = hi if trend.nonnegative else lo if trend.nonpositive else None
    if isinstance(end, Fraction) and (last := at(eye, end)) is not None:  # the slope has one sign: the end is highest
        only = end if trend.positive or trend.negative else None
        return min(top, fraction(last.hi, 1)), [(end, fraction(last.lo, -1))], only
    slopes = look.jet.slopes
    if value is not None and slopes.bounded and isinstance(lo, Fraction) and isinstance(hi, Fraction):
        top = min(top, fraction((value + slopes * Span.between(lo - middle, hi - middle)).hi, 1))
    return top, found, None
