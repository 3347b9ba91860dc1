"""The catalogue against high precision arithmetic: images, inverses, identities, and what is run."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Interval,
    Scalar,
    at_least,
    celu,
    clip,
    elu,
    gelu,
    gelu_tanh,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    identity,
    leaky_relu,
    log_sigmoid,
    mish,
    prelu,
    reals,
    relu,
    relu6,
    selu,
    sharp,
    sigmoid,
    silu,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
)
from sigmaprime.diagrams.catalogue import ATOMS, Branch
from sigmaprime.diagrams.formula import FORMULAS
from sigmaprime.diagrams.precise import _at
from sigmaprime.diagrams.runs import RUNS
from sigmaprime.rewrite import check as reader
from tests.diagrams import reference

OPS = _at(60).ops
mp = OPS.mp

Parameters = tuple[Fraction, ...]
NUMBERS: dict[str, str] = {
    "scale": "2 -3 1/2 0 1",
    "shift": "2 -1/2 0",
    "maximum": "0 1 -2 1/2",
    "minimum": "0 1 -2 1/2",
    "power": "0 1 2 3 4 5 1/2 1/3 2/3 5/3 3/2 -1 -2 -1/2 -1/3",
    "prelu": "1/4 1 2",
    "elu": "1 2 1/2",
    "elu_inverse": "1 2 1/2",
    "swish": "1 3/2 1/4",
    "snake": "1 1/2 3",
    "squareplus": "4 1 3",
    "squareplus_inverse": "4 1 3",
    "softshrink": "0 1/2 1",
    "hardshrink": "0 1/2 1",
    "threshold": "0 1 -1/2",
}
PARAMETERS: dict[str, list[Parameters]] = {
    name: [(Fraction(c),) for c in text.split()] for name, text in NUMBERS.items()
}
CASES = [(name, given) for name in ATOMS for given in PARAMETERS.get(name, [()])]
SOURCES = [
    Interval(t)
    for t in (
        "(-oo, oo)", "(-oo, 0)", "(-oo, 0]", "[0, oo)", "(0, oo)", "(0, 1)", "(0, 1]", "[1, oo)", "(1, oo)", "(-1, 1)", "[0, 1)", "(-1, 0)", "(-1, 0]",
        "(0, 1/2)", "(0, 1/2]", "[1/2, 1)", "(1/2, 1)", "(0, 7/10]", "[7/10, oo)", "(0, 69/100]", "[2, 3)", "(-3, -2]", "(-2, 3]", "[-2, 2]", "[5, 5]",
        "(-1, oo)", "(-2, oo)", "(-1/2, 0)", "(2, oo)", "[-4, -1]", "(3, oo)", "(-1, 0)", "(1/3, 3]",
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
    yield from (mp.mpf(turn) for turn in (0, -1.5) if Fraction(turn) in on)
    for k in range(1, 26):
        yield lo + (hi - lo) * k / 26
        yield lo + (hi - lo) * mp.mpf(2) ** -k
        yield hi - (hi - lo) * mp.mpf(2) ** -k


def within(on: Interval, value: Any, slack: Any = 0) -> bool:
    lo, hi = (mp.mpf(e.numerator) / e.denominator if isinstance(e, Fraction) else mp.mpf(e) for e in (on.lo, on.hi))
    low = lo - slack < value or (on.lo_closed and lo - slack <= value)
    return bool(low and (value < hi + slack or (on.hi_closed and value <= hi + slack)))


def exactly(name: str, given: Parameters, x: Any) -> Any:
    return FORMULAS[name](OPS, x, *given)


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
def test_the_formula_is_the_function_as_written_a_second_time(name: str, given: Parameters) -> None:
    for on in SOURCES:
        if ATOMS[name].domain(given).contains(on):
            for x in (float(v) for v in points(on) if abs(v) < 20 and within(on, mp.mpf(float(v)))):
                try:
                    plain = reference.FORMULAS[name](x, *given)
                except (ZeroDivisionError, ValueError):  # 60 digits tell x from the end, a float does not
                    continue
                assert plain == pytest.approx(float(exactly(name, given, mp.mpf(x))), rel=1e-6, abs=1e-9), (x, on)


MANY = _at(640).ops
"""Digits enough for e^x - 1 at the smallest floats."""


@cache
@cache
def value(name: str, given: Parameters, x: Any) -> Any:
    return FORMULAS[name](MANY, MANY.number(MANY.mp.mpf(x)), *given)


@cache
def slope(name: str, given: Parameters, x: float) -> Any:
    h = MANY.mp.mpf(10) ** -160 * (abs(x) or 1)
    return (value(name, given, x + h) - value(name, given, x - h)) / (2 * h)


SLOW = ("erf", "gelu")  # with hundreds of digits


@cache
def floats(name: str, given: Parameters) -> list[float]:
    """Floats of the domain: everywhere, at its ends, and as far out as the function stays a float."""
    on = ATOMS[name].domain(given)
    far = [
        s * m * 10.0**k for k in (-300, -30, -8, -3, -1, 0, 1, 2, 3, 8, 30, 150) for m in (1.0, 2.7) for s in (1, -1)
    ]
    near = sorted({float(v) for source in SOURCES if on.contains(source) for v in points(source)})[::9]
    inside = {v for v in (*far, *near, 0.0) if within(on, mp.mpf(v))}
    kept = sorted(inside)[:: 5 if name in SLOW else 1]
    return [v for v in kept if abs(value(name, given, v)) < mp.mpf(10) ** 150]


def scale_of(name: str, given: Parameters, x: float, y: Any) -> Any:
    """The value, or what one rounding of x does to it."""
    kinked = ATOMS[name].pieces(given) or name in ("power", "hardswish", "acosh", "elu_inverse")
    if name == "power" and x:
        return abs(y) * max(1, abs(math.log(abs(x))))  # what one rounding of the exponent does
    return abs(y) if not x or kinked else max(abs(y), abs(x * slope(name, given, x)))


@pytest.mark.parametrize(("name", "given"), CASES, ids=str)
def test_what_runs_is_the_function(name: str, given: Parameters) -> None:
    """Within 6 eps of the value, or of the effect of one rounding of x; below the normal floats, of the smallest of those."""
    eps, least = float(np.finfo(float).eps), float(np.finfo(float).tiny)
    xs = np.array(floats(name, given))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(under="ignore", over="ignore"):
            ys = ATOMS[name].run(np, xs, *given)
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        exact = value(name, given, x)
        assert abs(mp.mpf(y) - exact) <= 6 * eps * max(scale_of(name, given, x, exact), least), (x, y, exact)


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "given"), CASES, ids=str)
def test_values_and_gradients_are_right_and_finite_in_pytorch(name: str, given: Parameters, dtype: str) -> None:
    torch = pytest.importorskip("torch")
    from array_api_compat import torch as xp

    kind = getattr(torch, dtype)
    least = float(torch.finfo(kind).smallest_normal)
    largest, eps = (1e150, 2.0**-52) if dtype == "float64" else (1e18, 2.0**-23)
    sized = [v for v in floats(name, given) if v == 0 or least < abs(v) < largest]
    xs = [v for v in torch.tensor(sized, dtype=kind).tolist() if within(ATOMS[name].domain(given), mp.mpf(v))]
    exact = [value(name, given, v) for v in xs]
    kept = [i for i, y in enumerate(exact) if abs(y) < largest]
    x = torch.tensor([xs[i] for i in kept], dtype=kind, requires_grad=True)
    y = ATOMS[name].run(xp, x, *given)
    if y.requires_grad:
        torch.autograd.backward(y.sum())
    kinks = {float(end) for piece in ATOMS[name].pieces(given) for end in (piece.on.lo, piece.on.hi)}
    kinks |= {0.0, 3.0, -3.0, float(ATOMS[name].domain(given).lo)}
    slopes = [0.0] * len(kept) if x.grad is None else x.grad.tolist()
    for i, got, found in zip(kept, y.tolist(), slopes, strict=True):
        scale = max(scale_of(name, given, xs[i], exact[i]), least * (1 + abs(xs[i])))  # a factor may be subnormal
        assert abs(got - exact[i]) <= 6 * eps * scale, (xs[i], got, exact[i])
        wanted = None if xs[i] in kinks or not 1e-15 < abs(xs[i]) < 1e6 else slope(name, given, xs[i])
        if wanted is not None and abs(wanted) < largest:
            assert abs(found - wanted) <= 1e3 * eps * (1 + abs(wanted)) or abs(found / wanted - 1) < 1e-3, (
                xs[i],
                found,
                wanted,
            )
        assert not math.isnan(found)


@pytest.mark.torch
def test_the_activations_of_pytorch_are_in_the_catalogue() -> None:
    torch = pytest.importorskip("torch")
    nn = torch.nn
    pairs = {
        nn.ReLU(): relu, nn.ReLU6(): relu6, nn.LeakyReLU(0.125): leaky_relu("1/8"), nn.PReLU(init=0.25, dtype=torch.float64): prelu("1/4"), nn.RReLU(0.25, 0.25).eval(): prelu("1/4"), nn.ELU(2.0): elu(2), nn.CELU(2.0): celu(2),
        nn.SELU(): selu, nn.GELU(): gelu, nn.GELU("tanh"): gelu_tanh, nn.SiLU(): silu, nn.Mish(): mish, nn.Softplus(2.0, threshold=700): sharp(softplus, 2), nn.Softsign(): softsign,
        nn.Softshrink(0.25): softshrink("1/4"), nn.Hardshrink(0.25): hardshrink("1/4"), nn.Threshold(1.0, 20.0): threshold(1, 20), nn.Hardtanh(): hardtanh, nn.Hardtanh(-2.0, 3.0): clip(-2, 3),
        nn.Hardsigmoid(): hardsigmoid, nn.Hardswish(): hardswish, nn.LogSigmoid(): log_sigmoid, nn.Sigmoid(): sigmoid, nn.Tanh(): tanh, nn.Tanhshrink(): tanhshrink, nn.Identity(): identity,
    }  # fmt: skip
    x = torch.cat(
        [
            torch.linspace(-12, 12, 97, dtype=torch.float64),
            torch.tensor([-0.25, 0.25, 1.0, 3.0, 6.0], dtype=torch.float64),
        ]
    )
    for module, function in pairs.items():
        torch.testing.assert_close(function(x), module(x).detach(), rtol=1e-12, atol=1e-14, msg=str(module))


def test_every_entry_is_tested_and_its_inverses_are_entries() -> None:
    assert set(FORMULAS) == set(RUNS) == set(ATOMS) == set(reader.ATOMS) == set(reference.FORMULAS)
    assert {name for name, entry in ATOMS.items() if entry.parameters} == set(NUMBERS)
    for name, given in CASES:
        for branch in ATOMS[name].branches(given):
            for undo, values in branch.inverse:
                assert Function.atom(undo, *(v for v in values if v is not None)).name == undo


def test_a_variable_parameter_claims_no_more_than_every_number_allows() -> None:
    for name, cases in PARAMETERS.items():
        entry = ATOMS[name]
        assert entry.branches((None,)) == ()
        for on in SOURCES:
            if entry.domain((None,)).contains(on):
                open_image, exact = entry.image((None,), on)
                for given in cases:
                    assert entry.domain(given).contains(on)
                    assert open_image.contains(entry.image(given, on)[0])
                    assert not exact or entry.image(given, on) == (open_image, True)
                    assert not entry.is_identity_on((None,), on) or entry.is_identity_on(given, on)
    assert ATOMS["maximum"].image((Fraction(1),), reals)[0] is at_least(1)
    assert ATOMS["prelu"].is_identity_on((None,), at_least(0))


def test_a_parameter_outside_its_domain_is_refused() -> None:
    wrong: list[Callable[[], Any]] = [
        lambda: prelu(0),
        lambda: elu(-1),
        lambda: softshrink(-1),
        lambda: prelu(Scalar("a")),
    ]
    for make in wrong:
        with pytest.raises(IllTyped, match=r"the parameter of \w+ lies in [(\[]0, ∞\); .* does not"):
            make()
    assert prelu(Scalar("a", Interval("(0, 1)"))).name == "prelu"


@pytest.mark.parametrize("name", ATOMS)
def test_the_second_reader_knows_every_entry_as_the_catalogue_does(name: str) -> None:
    entry = ATOMS[name]
    for given in [*PARAMETERS.get(name, [()]), *([(None,)] if entry.parameters else [])]:
        c = given[0] if given else None
        ours = [
            (b.source.text, b.target.text, [(n, (*p, None)[0]) for n, p in b.inverse]) for b in entry.branches(given)
        ]
        assert ours == [(reader.show(j), reader.show(k), list(back)) for j, k, back in reader.branches(name, c)]
        assert entry.domain(given).text == reader.show(reader.domain_of(name, c))
        for on in SOURCES:
            if entry.domain(given).contains(on):
                theirs, _ = reader.atom_image(name, c, reader.interval(on.text))
                assert entry.image(given, on)[0].text == reader.show(theirs), (given, on)
                assert entry.is_identity_on(given, on) == reader.same(name, c, reader.interval(on.text)), (given, on)
