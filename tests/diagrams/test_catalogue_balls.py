"""The catalogue's facts on whole lines, ends included, by balls over the textbook formulas; nothing here asks the catalogue for a proof."""

from __future__ import annotations

import itertools
import math
import time
from fractions import Fraction
from typing import Any

import pytest

from sigmaprime.diagrams import Function, Interval
from sigmaprime.diagrams.catalogue import ATOMS
from sigmaprime.rewrite.oracles.balls import Span, fraction, precision
from sigmaprime.rewrite.oracles.cells import Eye, at, course, peak, split
from sigmaprime.rewrite.oracles.functions import eye_of, turned
from tests.diagrams.test_catalogue import CASES, Parameters

CLOSE = 2.0**-40
WIDE = [
    Interval(t) for t in ("(-oo, oo)", "(-oo, 0)", "(-oo, 0]", "[0, oo)", "(0, oo)", "(1, oo)", "(-1, 1)", "[1/2, 1)")
]
CURVED = [(name, given) for name, given in CASES if not ATOMS[name].pieces(given)]
HARD = {"gelu_tanh", "mish"}  # their dip takes balls too long: it is sampled only
PIECEWISE = [case for case in CASES if case not in CURVED]


def seen(name: str, given: Parameters) -> Eye:
    return eye_of(Function.atom(name, *given))


def meets(eye: Eye, on: Interval, side: int, wanted: Any) -> bool:
    """The value at a closed end, or at points ever nearer to an open one, comes to `wanted` within 40 bits, or beyond 30 if that is ±oo."""
    end = on.lo if side < 0 else on.hi
    closed = on.lo_closed if side < 0 else on.hi_closed
    steps = [Fraction(0)] if closed else [Fraction(1, 2**k) for k in (50, 100, 200)]
    for step in steps:
        x = side / step if isinstance(end, float) else end - side * step
        with precision(1024):  # 1 - 2^-200 is not 1
            value = at(eye, Fraction(x))
        if value is not None:
            low, high = (
                (30, math.inf)
                if wanted == math.inf
                else (-math.inf, -30)
                if wanted == -math.inf
                else (float(wanted) - CLOSE, float(wanted) + CLOSE)
            )
            near = bool(value.lo >= low and value.hi <= high)
            if near:
                return True
    return closed and at(eye, Fraction(end)) is None  # not defined to the balls: the samples look there


def bounded(eye: Eye, on: Interval, target: Interval) -> bool:
    """By branch and bound, no value lies beyond the ends of the target."""
    views = (eye, target.hi), (turned(eye), -target.lo)
    return all(
        math.isinf(end) or peak(view, on, time.monotonic() + 30, 4000, end).hi <= end + CLOSE for view, end in views
    )


@pytest.mark.parametrize(("name", "given"), CURVED, ids=str)
def test_images_hold_all_values_and_exact_ones_are_filled(name: str, given: Parameters) -> None:
    """Monotone and at both ends: the image is exactly that. Else by branch and bound."""
    entry, eye = ATOMS[name], seen(name, given)
    for on in WIDE:
        if not entry.domain(given).contains(on):
            continue
        target, exact = entry.image(given, on)
        with precision(128):
            way = course(eye, on, time.monotonic() + 30)
            if exact and (way.rises or way.falls) and not (way.rises and way.falls):
                sides = (-1, 1) if way.rises else (1, -1)
                assert meets(eye, on, sides[0], target.lo), (on, target)
                assert meets(eye, on, sides[1], target.hi), (on, target)
            elif name not in HARD:
                assert bounded(eye, on, target), (on, target)


@pytest.mark.parametrize(("name", "given"), CURVED, ids=str)
def test_branches_are_monotone_and_fill_their_target(name: str, given: Parameters) -> None:
    for branch in ATOMS[name].branches(given):
        with precision(128):
            eye = seen(name, given)
            way = course(eye, branch.source, time.monotonic() + 30)
            assert way.rises is not way.falls, (branch, str(way))
            sides = (-1, 1) if way.rises else (1, -1)
            assert meets(eye, branch.source, sides[0], branch.target.lo), branch
            assert meets(eye, branch.source, sides[1], branch.target.hi), branch


@pytest.mark.parametrize(("name", "given"), PIECEWISE, ids=str)
def test_pieces_are_the_function(name: str, given: Parameters) -> None:
    """On a piece the slope is that of the piece, and one value agrees; pieces cover the line and meet at their ends."""
    pieces = ATOMS[name].pieces(given)
    eye = seen(name, given)
    for piece in pieces:
        if piece.on.lo == piece.on.hi:
            continue
        slopes = eye(Span.between(piece.on.lo + Fraction(1, 2**20), piece.on.hi - Fraction(1, 2**20))).jet.slopes
        assert (fraction(slopes.lo, -1), fraction(slopes.hi, 1)) == (piece.slope, piece.slope)
        x = Fraction(split(piece.on.lo, piece.on.hi))
        value = at(eye, x)
        assert value is not None
        assert value.exact and fraction(value.lo, -1) == piece.slope * x + piece.offset  # noqa: PT018
    if pieces:
        assert (pieces[0].on.lo, pieces[-1].on.hi) == (-math.inf, math.inf)
        assert all(a.on.hi == b.on.lo for a, b in itertools.pairwise(pieces))
