"""The catalogue's facts on whole lines, ends included, by balls over the textbook formulas; nothing here asks the catalogue for a proof."""

from __future__ import annotations

import math
import time
from collections import deque
from fractions import Fraction
from typing import Any

import pytest

from sigmaprime.diagrams import Function, Interval
from sigmaprime.diagrams.catalogue import ATOMS
from tests.diagrams.test_catalogue import CASES, Parameters

pytest.importorskip("flint", reason="python-flint is not installed: pip install 'sigmaprime[balls]'")

from sigmaprime.rewrite.oracles.balls import Span, fraction, precision
from sigmaprime.rewrite.oracles.cells import Eye, at, course, final, peak, split
from sigmaprime.rewrite.oracles.enclosure import Undecided
from sigmaprime.rewrite.oracles.functions import eye_of, limit, turned

CELLS = 300
CLOSE = 2.0**-40
WIDE = [Interval(t) for t in ("(-oo, oo)", "(-oo, 0)", "(-oo, 0]", "[0, oo)", "(0, oo)", "(1, oo)", "(-1, 1)", "[1/2, 1)")]
CURVED = [(name, given) for name, given in CASES if not ATOMS[name].pieces(given)]
PIECEWISE = [case for case in CASES if case not in CURVED]


def seen(name: str, given: Parameters) -> Eye:
    return eye_of(Function.atom(name, *given))


def holds(target: Interval, span: Span) -> bool:
    lo, hi = fraction(span.lo), fraction(span.hi)
    low = target.lo < lo or (target.lo == lo and (target.lo_closed or span.lo_open))
    return low and (hi < target.hi or (target.hi == hi and (target.hi_closed or span.hi_open)))


def covered(eye: Eye, on: Interval, target: Interval) -> bool:
    """Cells and their joints cover the open interval, and the values on each lie in the target."""
    todo = deque([(on.lo, on.hi)])
    for _ in range(CELLS):
        if not todo:
            return True
        lo, hi = todo.popleft()
        try:
            inside = holds(target, eye(Span.between(lo, hi)).jet.span)
        except Undecided:
            inside = False
        if not inside:
            if final(lo, hi):
                return False
            middle = Fraction(split(lo, hi))
            value = at(eye, middle)
            if value is None or not holds(target, value):
                return False
            todo += [(lo, middle), (middle, hi)]
    return False


def extremes(eye: Eye, on: Interval) -> tuple[Span, Span, bool]:
    """Where infimum and supremum lie, and whether the function is strictly monotone."""
    deadline = time.monotonic() + 30
    way = course(eye, on, deadline)
    if way.rises or way.falls:
        ends = [limit(eye, on, side)[0] for side in ((-1, 1) if way.rises else (1, -1))]
        return ends[0], ends[1], way.strict
    high, low = (peak(e, on, deadline) for e in (eye, turned(eye)))
    tops = [limit(eye, on, side)[0] for side in (-1, 1)]
    top = next((s for s in tops if s.lo == math.inf), Span.between(high.lo, high.hi))
    bottom = next((s for s in tops if s.hi == -math.inf), Span.between(-low.hi, -low.lo))
    return bottom, top, False


def meets(span: Span, end: Any) -> bool:
    """The span is at this end, to 40 bits."""
    lo, hi = fraction(span.lo), fraction(span.hi)
    return bool(abs(span.lo) > 30 and abs(span.hi) == math.inf and (span.hi > 0) == (end > 0)) if math.isinf(end) else lo - CLOSE <= end <= hi + CLOSE and hi - lo < CLOSE


@pytest.mark.parametrize(("name", "given"), CURVED, ids=str)
def test_images_hold_all_values_and_exact_ones_have_no_smaller_interval(name: str, given: Parameters) -> None:
    entry, eye = ATOMS[name], seen(name, given)
    for on in WIDE:
        if not entry.domain(given).contains(on):
            continue
        target, exact = entry.image(given, on)
        with precision(128):
            if not exact:
                for view, bound in ((eye, target.hi), (turned(eye), -target.lo)):
                    if math.isfinite(bound):
                        assert peak(view, on, time.monotonic() + 30, 4000, bound).hi <= bound, (on, target)
                continue
            low, high, strict = extremes(eye, on)
            assert meets(low, target.lo), (on, target, str(low))
            assert meets(high, target.hi), (on, target, str(high))
            assert strict or covered(eye, on, target), (on, target)


@pytest.mark.parametrize(("name", "given"), CURVED, ids=str)
def test_branches_are_strictly_monotone_and_continuous(name: str, given: Parameters) -> None:
    for branch in ATOMS[name].branches(given):
        with precision(128):
            way = course(seen(name, given), branch.source, time.monotonic() + 30)
            assert way.strict, (branch, str(way))
            low, high, _ = extremes(seen(name, given), branch.source)
            assert meets(low, branch.target.lo), (branch, str(low))
            assert meets(high, branch.target.hi), (branch, str(high))


@pytest.mark.parametrize(("name", "given"), PIECEWISE, ids=str)
def test_pieces_are_the_function(name: str, given: Parameters) -> None:
    """On a piece the slope is that of the piece, and one value agrees; pieces cover the line and meet at their ends."""
    pieces = ATOMS[name].pieces(given)
    eye = seen(name, given)
    for piece in pieces:
        if piece.on.lo == piece.on.hi:
            continue
        slopes = eye(Span.between(piece.on.lo + Fraction(1, 2**20), piece.on.hi - Fraction(1, 2**20))).jet.slopes
        assert (fraction(slopes.lo), fraction(slopes.hi)) == (piece.slope, piece.slope)
        x = Fraction(split(piece.on.lo, piece.on.hi))
        value = at(eye, x)
        assert value is not None
        assert value.exact and fraction(value.lo) == piece.slope * x + piece.offset  # noqa: PT018
    if pieces:
        assert (pieces[0].on.lo, pieces[-1].on.hi) == (-math.inf, math.inf)
        assert all(a.on.hi == b.on.lo for a, b in zip(pieces, pieces[1:], strict=False))
