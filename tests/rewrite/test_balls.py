"""Spans hold what they should: open ends, infinite ends, products of 0 and ∞."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction
from typing import Any

import pytest

from sigmaprime.diagrams import Function, Interval
from sigmaprime.diagrams.evaluate import flat
from sigmaprime.rewrite.oracles.balls import Span, precision
from sigmaprime.rewrite.oracles.enclosure import Undecided
from sigmaprime.rewrite.oracles.jets import on_cell
from tests.rewrite.test_questions import POOL

ENDS: list[Fraction | float] = [-math.inf, *(Fraction(k, 2) for k in range(-6, 7)), math.inf]


def _span(text: str) -> Span:
    return Span.of(Interval(text))


@pytest.mark.parametrize(
    ("made", "is_"),
    [
        (lambda: _span("(0, oo)") * _span("(0, 1]"), "(0, ∞)"),
        (lambda: _span("[0, 1]") * _span("[1, oo)"), "[0, ∞)"),
        (lambda: _span("[-1, 2)") * _span("(-3, 5]"), "(-6, 10)"),
        (lambda: _span("(0, 1]").inverse(), "[1, ∞)"),
        (lambda: _span("(-oo, 0)").exp(), "(0, 1)"),
        (lambda: _span("(0, 1)").ln(), "(-∞, 0)"),
        (lambda: _span("[-2, 1)").power(Fraction(2)), "[0, 4]"),
        (lambda: _span("(-1, 1]").power(Fraction(1, 3)), "(-1, 1]"),
        (lambda: _span("(-3, 2)").abs(), "[0, 3)"),
        (lambda: _span("(0, 1)").maximum(_span("[0, 1/2]")), "(0, 1)"),
    ],
)
def test_ends_are_exact_and_open_where_they_are_not_reached(made: Any, is_: str) -> None:
    assert str(made()) == is_


@pytest.mark.parametrize("text", ["[0, 1]", "(-1, 1)"])
def test_what_is_undefined_somewhere_is_undecided(text: str) -> None:
    with pytest.raises(Undecided):
        _span(text).ln()
    with pytest.raises(Undecided):
        _span(text).inverse()


def _holds(span: Span, value: Span) -> bool:
    """The value (a small ball) meets the span."""
    return not (span.before(value) or value.before(span))


def test_a_cell_holds_the_values_and_the_slopes_of_its_points() -> None:
    draw = random.Random(0)
    looked = 0
    for _ in range(600):
        row = flat(_chain(draw))
        lo, hi = sorted(draw.sample(ENDS, 2))
        with precision(64):
            try:
                look = on_cell(row, Span.between(lo, hi))
            except Undecided:
                continue
        low, high = Fraction(max(lo, -50)), Fraction(min(hi, 50))
        xs = [low + (high - low) * Fraction(draw.randint(1, 999), 1000) for _ in range(4)]
        with precision(200):
            values = [on_cell(row, Span.point(Fraction(x))).jet.span for x in xs]
            for x, value in zip(xs, values, strict=True):
                assert _holds(look.jet.span, value), (row, lo, hi, x)
            if look.continuous:
                for (x, u), (y, v) in itertools.combinations(zip(xs, values, strict=True), 2):
                    if x != y:
                        chord = (u - v) / Span.point(Fraction(x) - Fraction(y))
                        assert _holds(look.jet.slopes, chord), (row, lo, hi, x, y)
        looked += 1
    assert looked > 200


def _chain(draw: random.Random) -> Function:
    from sigmaprime.diagrams import then

    return then(*(draw.choice(POOL) for _ in range(draw.randint(1, 4))))
