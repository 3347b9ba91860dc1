"""The catalogue against high precision arithmetic: images, inverses, identities, and what is run."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from sigmaprime.diagrams import Function, Interval, at_least, reals
from sigmaprime.diagrams.catalogue import ATOMS, Branch

mp = mpmath.mp.clone()
mp.dps = 60

Parameters = tuple[Fraction, ...]


def _power(x: Any, a: Fraction) -> Any:
    exponent = mp.mpf(a.numerator) / a.denominator
    if x >= 0:
        return mp.power(x, exponent) if x or a > 0 else mp.mpf(1)
    return (-1) ** (a.numerator % 2) * mp.power(-x, exponent)


EXACT: dict[str, Callable[..., Any]] = {
    "identity": lambda x: x,
    "exp": mp.exp,
    "ln": mp.log,
    "tanh": mp.tanh,
    "atanh": mp.atanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "logit": lambda x: mp.log(x / (1 - x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "log_expm1": lambda x: mp.log(mp.expm1(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "softsign_inverse": lambda x: x / (1 - abs(x)),
    "sinh": mp.sinh,
    "asinh": mp.asinh,
    "negate": lambda x: -x,
    "scale": lambda x, c: x * c.numerator / c.denominator,
    "shift": lambda x, c: x + mp.mpf(c.numerator) / c.denominator,
    "maximum": lambda x, c: max(x, mp.mpf(c.numerator) / c.denominator),
    "power": _power,
}
PARAMETERS: dict[str, list[Parameters]] = {
    "scale": [(Fraction(c),) for c in ("2", "-3", "1/3", "0", "1")],
    "shift": [(Fraction(c),) for c in ("2", "-1/3", "0")],
    "maximum": [(Fraction(c),) for c in ("0", "1", "-2", "1/3")],
    "power": [(Fraction(a),) for a in ("0", "1", "2", "3", "4", "5", "1/2", "1/3", "2/3", "5/3", "3/2", "-1", "-2", "-1/2", "-1/3")],
}  # fmt: skip
CASES = [(name, given) for name in ATOMS for given in PARAMETERS.get(name, [()])]
SOURCES = [
    Interval(t)
    for t in (
        "(-oo, oo)", "(-oo, 0)", "(-oo, 0]", "[0, oo)", "(0, oo)", "(0, 1)", "(0, 1]", "[1, oo)", "(1, oo)", "(-1, 1)", "[0, 1)", "(-1, 0)", "(-1, 0]",
        "(0, 1/2)", "(0, 1/2]", "[1/2, 1)", "(1/2, 1)", "(0, 7/10]", "[7/10, oo)", "(0, 69/100]", "[2, 3)", "(-3, -2]", "(-2, 3]", "[-2, 2]", "[5, 5]",
    )
]  # fmt: skip


def points(on: Interval) -> Iterator[Any]:
    """Closed ends, points ever nearer to every end, and points between; exact or to 60 digits."""
    lo = mp.mpf(on.lo.numerator) / on.lo.denominator if isinstance(on.lo, Fraction) else mp.mpf(-60)
    hi = mp.mpf(on.hi.numerator) / on.hi.denominator if isinstance(on.hi, Fraction) else mp.mpf(60)
    if on.lo_closed:
        yield lo
    if on.hi_closed:
        yield hi
    if 0 in on:
        yield mp.mpf(0)
    for k in range(1, 26):
        yield lo + (hi - lo) * k / 26
        yield lo + (hi - lo) * mp.mpf(2) ** -k
        yield hi - (hi - lo) * mp.mpf(2) ** -k


def within(on: Interval, value: Any, slack: Any = 0) -> bool:
    lo, hi = (mp.mpf(e.numerator) / e.denominator if isinstance(e, Fraction) else mp.mpf(e) for e in (on.lo, on.hi))
    low = lo - slack < value or (on.lo_closed and lo - slack <= value)
    return bool(low and (value < hi + slack or (on.hi_closed and value <= hi + slack)))


def exactly(name: str, given: Parameters, x: Any) -> Any:
    return EXACT[name](x, *given)


def undone(branch: Branch, y: Any) -> Any:
    for name, given in branch.inverse:
        y = exactly(name, tuple(p for p in given if p is not None), y)
    return y


def close(a: Any, b: Any) -> bool:
    return bool(abs(a - b) <= mp.mpf(10) ** -25 * (1 + abs(b)))


@pytest.mark.parametrize(("name", "given"), CASES, ids=str)
def test_the_image_holds_every_value(name: str, given: Parameters) -> None:
    entry = ATOMS[name]
    for on in SOURCES:
        if entry.domain(given).contains(on):
            target, _ = entry.image(given, on)
            for x in points(on):
                # sinh, exp and the like saturate in 60 digits: a value may round onto an open end, never past it
                assert within(target, exactly(name, given, x), mp.mpf(10) ** -50), (on, target, x)


@pytest.mark.parametrize(("name", "given"), CASES, ids=str)
def test_an_exact_image_is_reached_up_to_both_ends(name: str, given: Parameters) -> None:
    entry = ATOMS[name]
    for on in SOURCES:
        if not entry.domain(given).contains(on):
            continue
        target, exact = entry.image(given, on)
        if exact:
            values = [exactly(name, given, x) for x in points(on)]
            ends = (target.lo, target.lo_closed, min(values)), (target.hi, target.hi_closed, max(values))
            for end, closed, value in ends:
                if math.isinf(end):
                    assert abs(value) > 3, (on, target, value)
                else:
                    near = mp.mpf(Fraction(end).numerator) / Fraction(end).denominator
                    assert abs(value - near) < mp.mpf("0.3"), (on, target, value)
                    assert not closed or close(value, near)


@pytest.mark.parametrize(("name", "given"), CASES, ids=str)
def test_every_branch_is_monotone_and_undone_by_its_inverse(name: str, given: Parameters) -> None:
    entry = ATOMS[name]
    for branch in entry.branches(given):
        assert entry.domain(given).contains(branch.source)
        xs = sorted(set(points(branch.source)))
        ys = [exactly(name, given, x) for x in xs]
        steps = [b - a for a, b in itertools.pairwise(ys)]
        assert all(s >= 0 for s in steps) or all(s <= 0 for s in steps)
        for x, y in zip(xs, ys, strict=True):
            assert within(branch.target, y, mp.mpf(10) ** -50)
            if within(branch.target, y) and abs(x) < 20:  # beyond, 60 digits do not tell y from the end
                assert abs(undone(branch, y) - x) < mp.mpf(10) ** -12 * (1 + abs(x)), (name, given, x)
        for y in points(branch.target):
            if abs(y) < 20:
                x = undone(branch, y)
                assert within(branch.source, x, mp.mpf(10) ** -50)
                assert close(exactly(name, given, x), y)


@pytest.mark.parametrize(("name", "given"), CASES, ids=str)
def test_what_is_called_an_identity_is_one(name: str, given: Parameters) -> None:
    for on in SOURCES:
        if ATOMS[name].is_identity_on(given, on):
            assert all(close(exactly(name, given, x), x) for x in points(on))


@pytest.mark.parametrize(("name", "given"), CASES, ids=str)
def test_what_runs_is_the_function(name: str, given: Parameters) -> None:
    """Within 8 eps of max(|y|, |x·f'(x)|, |x|): the value, or the effect of one rounding of x."""
    entry = ATOMS[name]
    eps = float(np.finfo(float).eps)
    for on in SOURCES:
        if entry.domain(given).contains(on) and on.lo != on.hi:
            xs = np.array([v for v in {float(x) for x in points(on)} if within(on, mp.mpf(v))])
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                ys = entry.run(np, xs, *given)
            for x, y in zip(xs, ys, strict=True):
                exact = exactly(name, given, mp.mpf(float(x)))
                smooth = x and name not in ("maximum", "power")
                slope = mp.diff(EXACT[name], mp.mpf(float(x))) if smooth and not given else mp.mpf(1)
                scale = max(abs(exact), abs(x * slope), abs(mp.mpf(float(x))))
                assert abs(mp.mpf(float(y)) - exact) <= 8 * eps * scale, (name, given, x, y, exact)


def test_every_entry_is_tested_and_its_inverses_are_entries() -> None:
    assert set(EXACT) == set(ATOMS)
    for name, given in CASES:
        for branch in ATOMS[name].branches(given):
            for undo, values in branch.inverse:
                assert Function.atom(undo, *(v for v in values if v is not None)).name == undo


def test_a_variable_parameter_claims_no_more_than_every_number_allows() -> None:
    for name, cases in PARAMETERS.items():
        entry = ATOMS[name]
        assert entry.branches((None,)) == ()
        for on in SOURCES:
            assert not entry.is_identity_on((None,), on)
            if entry.domain((None,)).contains(on):
                open_image, exact = entry.image((None,), on)
                assert not exact
                for given in cases:
                    assert entry.domain(given).contains(on)
                    assert open_image.contains(entry.image(given, on)[0])
    assert ATOMS["maximum"].image((Fraction(1),), reals)[0] is at_least(1)
