"""Intervals with exact ends, and spaces."""

from __future__ import annotations

import copy
import math
import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmaprime.diagrams import (
    IllTyped,
    Interval,
    Size,
    Space,
    at_least,
    at_most,
    negative,
    nonnegative,
    positive,
    reals,
    unit,
)
from sigmaprime.diagrams.space import exact

numbers = st.one_of(st.integers(-3, 3).map(Fraction), st.fractions(-4, 4, max_denominator=6))
factors = st.fractions(-3, 3, max_denominator=5)


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    lo = draw(st.one_of(st.just(-math.inf), numbers))
    hi = draw(st.one_of(st.just(math.inf), numbers))
    if lo > hi:
        lo, hi = hi, lo
    if lo == hi:
        return Interval.point(Fraction(lo))
    closed = draw(st.booleans()) and lo != -math.inf, draw(st.booleans()) and hi != math.inf
    return Interval.make(lo, closed[0], hi, closed[1])


def inside(on: Interval, x: Fraction) -> bool:
    """Membership, written apart from `Interval`."""
    return (on.lo < x or (on.lo == x and on.lo_closed)) and (x < on.hi or (on.hi == x and on.hi_closed))


def probes(*parts: Interval) -> list[Fraction]:
    """Every end, points beside every end, and points between: enough to tell two such intervals apart."""
    ends = [Fraction(e) for p in parts for e in (p.lo, p.hi) if not math.isinf(e)]
    tiny = Fraction(1, 10**6)
    return [e + d for e in [*ends, Fraction(0)] for d in (Fraction(-1000), -tiny, Fraction(0), tiny, Fraction(1000))]


@given(intervals(), intervals())
def test_meet_is_intersection(a: Interval, b: Interval) -> None:
    met = a.meet(b)
    for x in probes(a, b):
        assert (met is not None and inside(met, x)) == (inside(a, x) and inside(b, x))


@given(intervals(), intervals(), intervals())
def test_meet_is_a_semilattice(a: Interval, b: Interval, c: Interval) -> None:
    assert a.meet(b) is b.meet(a)
    assert a.meet(a) is a
    assert a.meet(reals) is a
    ab, bc = a.meet(b), b.meet(c)
    assert (ab.meet(c) if ab else None) is (a.meet(bc) if bc else None)


@given(intervals(), intervals())
def test_hull_is_the_smallest_interval_around_both(a: Interval, b: Interval) -> None:
    hull = Interval.hull([a, b])
    assert hull.contains(a)
    assert hull.contains(b)
    assert hull is Interval.hull([b, a, hull])
    assert (hull.lo, hull.hi) == (min(a.lo, b.lo), max(a.hi, b.hi))
    assert hull.lo_closed == any(p.lo_closed for p in (a, b) if p.lo == hull.lo)
    assert hull.hi_closed == any(p.hi_closed for p in (a, b) if p.hi == hull.hi)


@given(intervals(), intervals(), intervals())
def test_contains_is_a_partial_order(a: Interval, b: Interval, c: Interval) -> None:
    assert a.contains(a)
    assert (a.contains(b) and b.contains(a)) == (a is b)
    assert not (a.contains(b) and b.contains(c)) or a.contains(c)
    assert a.contains(b) == (a.meet(b) is b) == (Interval.hull([a, b]) is a)


@given(intervals(), numbers)
def test_in_means_between_the_ends(a: Interval, x: Fraction) -> None:
    assert (x in a) == inside(a, x)


@given(intervals(), factors, numbers)
def test_scaling_and_shifting_are_exact(a: Interval, c: Fraction, x: Fraction) -> None:
    assert not inside(a, x) or c * x in a.scaled(c)
    assert not inside(a, x) or x + c in a.shifted(c)
    assert a.shifted(c).shifted(-c) is a
    assert a.scaled(Fraction(1)) is a
    if c:
        assert a.scaled(c).scaled(1 / c) is a
        assert (c * x in a.scaled(c)) == inside(a, x)
    else:
        assert a.scaled(c) is Interval.point(Fraction(0))


@given(intervals())
def test_text_and_repr_read_back_to_the_same_object(a: Interval) -> None:
    assert Interval(a.text) is a
    assert Interval(str(a)) is a
    assert eval(repr(a)) is a
    assert pickle.loads(pickle.dumps(a)) is a
    assert copy.deepcopy(a) is copy.copy(a) is a


@pytest.mark.parametrize("text", ["(1, 1)", "[1, 1)", "(1, 1]", "[2, 1]", "(0, -oo)", "(oo, 0)"])
def test_an_empty_interval_is_refused(text: str) -> None:
    with pytest.raises(IllTyped, match="is empty; an interval holds at least one number"):
        Interval(text)


@pytest.mark.parametrize("text", ["[-oo, 0)", "(0, oo]", "[-oo, oo]"])
def test_an_infinite_end_is_open(text: str) -> None:
    with pytest.raises(IllTyped, match="an infinite end is always open"):
        Interval(text)


@pytest.mark.parametrize(
    "text", ["", "0, 1", "(0 1)", "(0, 1, 2)", "(a, 1)", "(0.5, 1)", "(0, nan)", "(1/0, 2)", "(0, 1e3)", "{0, 1}", "(" + "9" * 900 + ", oo)"]
)  # fmt: skip
def test_text_that_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(IllTyped, match="is no interval; write"):
        Interval(text)


def test_a_float_end_is_the_double_that_it_is() -> None:
    assert at_least(0.1).lo == Fraction(3602879701896397, 36028797018963968)
    assert at_least("1/10").lo == Fraction(1, 10)
    assert at_least(0.1) is not at_least("1/10")
    assert at_most(Fraction(1, 3)) is Interval("(-oo, 1/3]")
    for value in (math.nan, math.inf, -math.inf, "0.1", "pi", "1/0"):
        with pytest.raises(ValueError):  # noqa: PT011
            exact(value)


def test_the_named_intervals_are_what_they_say() -> None:
    assert [i.text for i in (reals, positive, nonnegative, negative, unit)] == ["(-oo, oo)", "(0, oo)", "[0, oo)", "(-oo, 0)", "(0, 1)"]  # fmt: skip
    assert str(positive) == "(0, ∞)"
    assert [0 in i for i in (reals, positive, nonnegative, negative, unit)] == [True, False, True, False, False]


def test_equal_spaces_are_one_object() -> None:
    space = Space(3, positive)
    assert space is Space(Size(3), Interval("(0, oo)"))
    assert pickle.loads(pickle.dumps(space)) is space
    assert copy.deepcopy(space) is space
    assert eval(repr(space)) is space
    assert eval(repr(Space("n", unit))) is Space("n", unit)


def test_a_size_cannot_be_negative() -> None:
    with pytest.raises(IllTyped, match="a wire cannot have -1 components"):
        Space(-1, reals)
