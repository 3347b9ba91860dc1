"""What is decided about functions is true at sampled points."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Interval,
    at_least,
    exp,
    inverse,
    ln,
    max1,
    mix,
    negate,
    negative,
    nonnegative,
    positive,
    power,
    reals,
    relu,
    scale,
    sigmoid,
    softplus,
    square,
    tanh,
    then,
    unit,
)
from sigmaprime.diagrams.image import bijection, cancels, chart, domain, equal, image, reduce
from tests.diagrams.reference import function_on
from tests.diagrams.test_space import intervals
from tests.nets import FUNCTIONS

chains = st.lists(st.sampled_from(FUNCTIONS), min_size=1, max_size=4).map(lambda fs: then(*fs))


def samples(on: Interval) -> list[float]:
    lo = float(on.lo) if on.lo > -math.inf else min(float(on.hi) - 1, -3.0)
    hi = float(on.hi) if on.hi < math.inf else max(lo + 1, 3.0)
    inner = [lo + (hi - lo) * k / 16 for k in range(1, 16)]
    return [*([lo] if on.lo_closed else []), *inner, *([hi] if on.hi_closed else [])]


def value(function: Function, x: float) -> float | None:
    """f(x) by the naive formulas, None where they overflow or lose all digits."""
    try:
        y = function_on(function, x)
    except (OverflowError, ZeroDivisionError, ValueError, AssertionError):
        return None
    return y if abs(y) < 1e6 else None


def near(on: Interval, y: float) -> bool:
    slack = 1e-9 * (1 + abs(y))
    return float(on.lo) - slack <= y <= float(on.hi) + slack


@given(chains, intervals())
def test_the_image_of_a_chain_holds_every_sampled_value(f: Function, on: Interval) -> None:
    try:
        target = image(f, on)
    except IllTyped:
        return
    for x in samples(on):
        y = value(f, x)
        assert y is None or near(target, y), (f, on, x, y)


@given(chains, intervals())
def test_a_smaller_interval_has_a_smaller_image(f: Function, on: Interval) -> None:
    try:
        whole = image(f, on)
    except IllTyped:
        return
    part = on.meet(Interval("[1/2, 2]"))
    assert part is None or whole.contains(image(f, part))


@given(chains, intervals())
def test_a_bijection_is_undone_both_ways(f: Function, on: Interval) -> None:
    found = bijection(f, on)
    if found is None:
        return
    target, undo = found
    assert image(f, on).contains(target)
    assert image(undo, target).contains(on)
    back = bijection(undo, target)
    assert back is None or back[0] is on
    for x in samples(on):
        y = value(f, x)
        if y is not None and Fraction(y) in target and 1e-3 < abs(y) < 1e3:
            again = value(undo, y)
            assert again is None or again == pytest.approx(x, rel=1e-4, abs=1e-4), (f, on, x)


@given(st.sampled_from(FUNCTIONS), st.sampled_from(FUNCTIONS), intervals())
def test_what_cancels_is_the_identity(f: Function, g: Function, on: Interval) -> None:
    if cancels(f, g, on):
        for x in samples(on):
            y = value(then(f, g), x)
            assert y is None or y == pytest.approx(x, rel=1e-6, abs=1e-6)


@given(chains, intervals())
def test_the_reduced_chain_is_the_same_function(f: Function, on: Interval) -> None:
    try:
        short = reduce(f, on)
    except IllTyped:
        return
    assert equal(f, short, on)
    assert reduce(short, on) is short
    for x in samples(on):
        y, again = value(f, x), value(short, x)
        assert y is None or again is None or y == pytest.approx(again, rel=1e-6, abs=1e-6), (f, on, x)


def test_neighbours_that_undo_each_other_cancel_on_their_interval_only() -> None:
    assert equal(then(exp, tanh, ln, exp), then(exp, tanh), reals)
    assert equal(then(square, power("1/2")), Function.atom("identity"), positive)
    assert not equal(then(square, power("1/2")), Function.atom("identity"), reals)
    assert equal(then(negate, negate), Function.atom("identity"), reals)
    assert equal(relu, Function.atom("identity"), nonnegative)
    assert not equal(relu, Function.atom("identity"), reals)
    assert not equal(ln, ln, reals)  # undefined is not equal
    on = Interval("[1, oo)")
    assert cancels(square, inverse(square, on=on), on)
    assert cancels(inverse(square, on=on), square, on)
    assert not cancels(inverse(square, on=on), square, positive)
    assert not cancels(square, inverse(square, on=on), positive)


def test_the_square_has_no_inverse_without_a_branch() -> None:
    with pytest.raises(IllTyped, match=r"x\^2 has no known inverse on \(-∞, ∞\): f\(-1\) = f\(1\). Say the branch"):
        inverse(square)
    assert inverse(square, on=positive) is power("1/2")
    formal = inverse(square, on=Interval("[1, 2)"))
    assert str(formal) == "(x^2)⁻¹"
    assert domain(formal) is Interval("[1, 4)")
    assert image(formal, Interval("[1, 4)")) is Interval("[1, 2)")
    assert inverse(square, on=negative) is not inverse(square, on=positive)
    assert inverse(formal) is square


def test_the_two_branches_of_the_square_differ_in_sign() -> None:
    below = inverse(square, on=Interval("(-oo, 0]"))
    np.testing.assert_array_equal(below(np.array([0.0, 1.0, 4.0])), [0.0, -1.0, -2.0])
    np.testing.assert_array_equal(inverse(square, on=Interval("[1, oo)"))(np.array([1.0, 4.0])), [1.0, 2.0])
    np.testing.assert_array_equal(inverse(square, on=Interval("(-4, -1)"))(np.array([4.0, 9.0])), [-2.0, -3.0])


@pytest.mark.parametrize("f", [relu, scale(0), square, power(0), then(tanh, relu)], ids=str)
def test_a_function_that_takes_a_value_twice_has_no_inverse(f: Function) -> None:
    with pytest.raises(IllTyped, match="has no known inverse"):
        inverse(f)


def test_a_chart_is_a_homeomorphism_from_all_reals() -> None:
    assert [chart(f)[0] for f in (exp, tanh, sigmoid, softplus)] == [positive, Interval("(-1, 1)"), unit, positive]
    assert chart(then(tanh, scale(2)))[0] is Interval("(-2, 2)")
    for bad in (square, relu, ln, max1, scale(0), Function("g", reals, reals), then(exp, relu)):
        with pytest.raises(IllTyped, match="is no chart"):
            chart(bad)
    with pytest.raises(IllTyped, match=r"g is no chart: .* not a variable"):
        mix(Function("g", reals, reals), "W", 2, 2)


def test_a_function_outside_its_domain_is_refused_with_a_hint() -> None:
    with pytest.raises(IllTyped, match=r"ln takes \(0, ∞\); the wire may hold anything in \[0, ∞\).*max\(x, 1\)"):
        image(ln, nonnegative)
    with pytest.raises(IllTyped, match=r"x\^\(1/2\) takes \[0, ∞\).*relu"):
        image(power("1/2"), reals)
    with pytest.raises(IllTyped, match="ln takes"):
        domain(then(tanh, ln))


def test_images_are_exact_where_arithmetic_is() -> None:
    on = Interval("[-1/2, 3)")
    assert image(scale("-1/3"), on) is Interval("(-1, 1/6]")
    assert image(square, on) is Interval("[0, 9)")
    assert image(power(3), on) is Interval("[-1/8, 27)")
    assert image(max1, on) is Interval("[1, 3)")
    assert image(then(exp, tanh), reals) is unit
    assert at_least(0.1).contains(image(scale(0.1), at_least(1)))
    assert not at_least(Fraction(1, 9)).contains(image(scale(0.1), at_least(1)))
