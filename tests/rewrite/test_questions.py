"""Questions about functions are answered rightly or not at all."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from typing import Any

import pytest
from mpmath.ctx_mp import MPContext

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Interval,
    Refused,
    atan,
    cosh,
    cube,
    elu,
    erf,
    exp,
    expm1,
    gelu,
    gelu_tanh,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    ln,
    log1p,
    max1,
    minimum,
    mish,
    negate,
    nonnegative,
    positive,
    power,
    reals,
    relu,
    relu6,
    scale,
    selu,
    shift,
    sigmoid,
    silu,
    sinh,
    snake,
    softplus,
    softshrink,
    softsign,
    sqrt,
    square,
    squareplus,
    tanh,
    tanhshrink,
    then,
    threshold,
)
from sigmaprime.diagrams.precise import precisely
from sigmaprime.rewrite import (
    Grade,
    Verdict,
    bound,
    decreasing,
    image,
    increasing,
    injective,
    prove_equal,
)

mp = MPContext()
mp.dps = 60
PROVED, REFUTED, UNKNOWN, CHECKED = Grade.PROVED, Grade.REFUTED, Grade.UNKNOWN, Grade.CHECKED

RISING = [exp, tanh, sigmoid, softplus, softsign, sinh, atan, erf, expm1, cube, selu, tanhshrink, leaky_relu(), elu(1), squareplus(4), power("1/3")]  # fmt: skip
FLAT = [relu, relu6, max1, hardsigmoid, hardtanh, softshrink(1), hardshrink(1)]
DIPPING = [silu, gelu, gelu_tanh, mish, hardswish, cosh, square]


# --- without balls: the catalogue and the chain ---


@pytest.mark.parametrize("f", [exp, tanh, sigmoid, softplus, softsign, sinh, cube])
def test_sigma_prime_of_a_rising_function_rises_by_its_parts(f: Function) -> None:
    chain = then(exp, f, ln)
    assert increasing(chain, strictly=True).grade is PROVED
    assert injective(chain).grade is PROVED
    assert increasing(then(chain, negate)).grade is not PROVED
    assert decreasing(then(chain, negate), strictly=True).grade is PROVED


def test_images_of_chains_are_images_of_images() -> None:
    assert image(then(exp, tanh, ln)).value == Interval("(-oo, 0)")
    assert image(then(exp, sigmoid), reals).value == Interval("(1/2, 1)")
    assert image(then(relu, shift(1)), "[-1, 2]").value == Interval("[1, 3]")


def test_a_function_that_is_not_defined_there_is_refused() -> None:
    for question in (image, increasing, injective):
        with pytest.raises(IllTyped, match="ln takes"):
            question(ln, reals)


def test_a_chain_of_boxes_is_asked_like_a_function() -> None:
    assert image(exp >> tanh >> ln).value == image(then(exp, tanh, ln)).value


def test_equal_functions_by_rules_by_sympy_or_refuted() -> None:
    assert prove_equal(then(ln, exp), relu, positive).grade is PROVED
    assert prove_equal(then(exp, max1, ln), relu).grade is PROVED
    assert prove_equal(then(exp, softsign, ln), then(negate, softplus, negate)).grade is CHECKED
    answer = prove_equal(softplus, relu)
    assert answer.grade is REFUTED
    assert answer.point is not None


def test_a_variable_function_has_its_image_and_no_trend() -> None:
    f = Function("f", positive, positive)
    assert image(f).value == positive
    assert increasing(f).grade is UNKNOWN
    assert "more" in str(image(f)) or image(f).grade is PROVED


def test_without_balls_the_chain_answers_and_the_rest_says_what_would_help(monkeypatch: pytest.MonkeyPatch) -> None:
    from sigmaprime.rewrite.oracles import functions

    monkeypatch.setattr(functions, "have_balls", lambda: False)
    monkeypatch.setattr(functions, "_courses", {})
    monkeypatch.setattr(functions, "_parts", {})
    assert increasing(then(exp, tanh, ln), strictly=True).grade is PROVED
    for verdict in (increasing(silu), injective(silu), bound(softplus, relu)):
        assert verdict.grade is UNKNOWN
        assert "python-flint" in " ".join(verdict.tried)


# --- where a computer algebra system errs ---


def test_ln_then_exp_is_the_identity_on_positives_only() -> None:
    assert prove_equal(then(ln, exp), then(shift(1), shift(-1)), positive).grade in (PROVED, CHECKED)
    with pytest.raises(IllTyped, match="ln takes"):
        prove_equal(then(ln, exp), relu, reals)


def test_the_root_of_a_square_is_not_the_identity() -> None:
    assert prove_equal(then(square, sqrt), scale(1), reals).grade is REFUTED
    assert prove_equal(then(square, sqrt), scale(1), positive).grade in (PROVED, CHECKED)


def test_the_real_cube_root_goes_on_below_zero() -> None:
    assert prove_equal(then(cube, power("1/3")), scale(1), reals).grade in (PROVED, CHECKED)
    assert injective(power("1/3"), reals).grade is PROVED


# --- with balls ---


@pytest.mark.parametrize("f", [hardsigmoid, hardtanh, relu6, minimum(1), then(threshold(2), shift(1))], ids=str)
def test_a_flat_piece_survives_the_passage_to_logarithms(f: Function) -> None:
    companion = then(exp, f, ln)
    assert injective(companion).grade is REFUTED
    assert increasing(companion).grade is PROVED


def test_a_function_that_jumps_down_does_not_increase() -> None:
    jumps = then(negate, threshold(1), negate)  # x up to -1 (not with it), then 0
    assert increasing(jumps, reals).grade is PROVED
    down = then(threshold(1), negate)  # 0 up to 1, then -x
    assert increasing(down, reals).grade is REFUTED
    assert increasing(threshold(-1), "[-1, 2]").grade is not PROVED  # 0 at -1, then up from -1


@pytest.mark.parametrize("f", RISING, ids=str)
def test_rising_functions_rise_strictly_on_the_whole_line(f: Function) -> None:
    assert increasing(f, reals, strictly=True).grade is PROVED
    assert injective(f, reals).grade is PROVED
    assert decreasing(f, reals).grade is REFUTED


@pytest.mark.parametrize("f", FLAT, ids=str)
def test_flat_pieces_are_seen(f: Function) -> None:
    assert increasing(f, reals).grade is PROVED
    assert increasing(f, reals, strictly=True).grade is REFUTED
    refuted = injective(f, reals)
    assert refuted.grade is REFUTED
    assert refuted.values[0] == refuted.values[1]


@pytest.mark.parametrize("f", DIPPING, ids=str)
def test_functions_that_turn_do_neither(f: Function) -> None:
    for question in (increasing, decreasing, injective):
        assert question(f, reals).grade is REFUTED
    assert increasing(f, positive).grade is PROVED


def test_analytic_functions_that_never_fall_rise_strictly() -> None:
    assert increasing(snake(1), reals, strictly=True).grade is PROVED
    assert increasing(then(snake(1), cube), reals, strictly=True).grade is PROVED


def test_jumps_are_neither_denied_nor_missed() -> None:
    assert increasing(threshold(1), "[0, 2]").grade is PROVED
    assert decreasing(threshold(1), "[0, 2]").grade is REFUTED
    falls_then_jumps = then(threshold(1), negate, softplus)
    assert increasing(falls_then_jumps, reals).grade is REFUTED


@pytest.mark.parametrize(
    ("f", "on", "lo", "hi"),
    [
        (silu, reals, "-0.27846454276107379", None),
        (softplus, nonnegative, "0.69314718055994530", None),
        (mish, reals, "-0.30884", None),
        (gelu, reals, "-0.16997", None),
        (atan, reals, "-1.5707963267948966", "1.5707963267948966"),
        (then(square, negate, exp), "[-1, 2]", "0.018315638888734180", "1"),
    ],
    ids=str,
)
def test_images_are_as_narrow_as_can_be(f: Function, on: Any, lo: str, hi: str | None) -> None:
    found = image(f, on, seconds=20).value
    assert abs(found.lo - Fraction(lo)) < Fraction(1, 10 ** (len(lo) - 5))
    assert hi is None or abs(found.hi - Fraction(hi)) < Fraction(1, 10**14)
    assert hi is not None or found.hi == float("inf")


def test_the_flipped_companion_of_tanh_is_as_far_from_softplus_as_it_is() -> None:
    flipped = then(negate, exp, tanh, ln, negate)
    near = bound(softplus, flipped).value
    assert near.lo <= Fraction("0.42451303113601419753850") <= near.hi
    assert near.hi - near.lo < Fraction(1, 10**14)
    assert near.at[0] <= Fraction("-0.14176124145000236866") <= near.at[1]
    assert near.at[1] - near.at[0] < Fraction(1, 10**6)
    assert str(near).startswith("BOUNDED: sup")


def test_a_scaled_softplus_is_near_the_flipped_companion_of_tanh() -> None:
    b = Fraction("2.6127")
    near = bound(then(scale(b), softplus, scale(1 / b)), then(negate, exp, tanh, ln, negate)).value
    assert Fraction("0.0214729283") < near.lo <= near.hi < Fraction("0.0214729285")


def test_relu_is_near_the_flipped_companion_of_tanh_and_farthest_at_0() -> None:
    near = bound(relu, then(negate, exp, tanh, ln, negate)).value
    assert abs(near.lo - Fraction("0.27234146891183155")) < Fraction(1, 10**16)
    assert near.hi - near.lo < Fraction(1, 10**16)
    assert near.at == (0, 0)


def test_the_companion_of_sigmoid_is_near_a_gompertz_curve() -> None:
    ln2 = Fraction("0.69314718055994530941723212145817656807550013436025525412068")
    curve = then(scale(Fraction("1.0695")), shift(Fraction("-0.2194")), exp, negate, exp, scale(-ln2))
    near = bound(then(exp, sigmoid, ln), curve).value
    assert Fraction("0.0029119509") < near.lo <= near.hi < Fraction("0.0029119511")


@pytest.mark.parametrize(
    ("f", "g", "on", "way"),
    [(exp, relu, reals, "∞ as x goes to ∞"), (ln, then(ln, scale(2)), positive, "∞ as x goes to 0"), (tanh, relu, reals, "-∞ as x goes to ∞")],
    ids=str,
)  # fmt: skip
def test_where_there_is_no_bound_the_end_that_has_none_is_named(f: Function, g: Function, on: Any, way: str) -> None:
    verdict = bound(f, g, on)
    assert verdict.grade is REFUTED
    assert verdict.evidence.endswith(f"goes to {way}")


def test_gelu_and_its_tanh_form_are_near_each_other() -> None:
    near = bound(gelu, gelu_tanh).value
    assert Fraction("0.00047") < near.lo <= near.hi < Fraction("0.00048")


@pytest.mark.parametrize("seconds", [0, -1, None, "1", float("nan")])
def test_a_time_that_is_none_is_refused(seconds: Any) -> None:
    for ask in (
        image,
        increasing,
        injective,
        lambda f, seconds: prove_equal(f, f, seconds=seconds),
        lambda f, seconds: bound(f, f, seconds=seconds),
    ):
        with pytest.raises(Refused, match="is no time"):
            ask(tanh, seconds=seconds)


def test_exact_equals_are_at_distance_0() -> None:
    near = bound(then(exp, max1, ln), relu).value
    assert near.lo == 0
    assert near.hi < Fraction(1, 10**17)


# --- no contradiction with numbers ---

POOL: list[Function] = [
    *RISING, *FLAT, *DIPPING, ln, sqrt, log1p, negate, scale("-3/2"), scale("1/4"), shift(-1), shift("1/3"), snake(2), power(-1), power("3/2"), threshold(0),
]  # fmt: skip
INTERVALS = [Interval(t) for t in ("(-oo, oo)", "(0, oo)", "[-1, 2]", "(-3, 1/3)", "[0, 1/2)", "(-oo, -1]", "[2, oo)")]


def _chains(count: int, seed: int) -> Any:
    draw = random.Random(seed)
    while count:
        f = then(*(draw.choice(POOL) for _ in range(draw.randint(1, 5))))
        try:
            answers = _answers(f, draw.choice(INTERVALS))
        except IllTyped:
            continue
        count -= 1
        yield answers


def _answers(f: Function, on: Interval) -> tuple[Function, Interval, Verdict, list[Verdict]]:
    found = image(f, on, seconds=0.05)
    rest = [increasing(f, on, seconds=0.05), decreasing(f, on, seconds=0.05), injective(f, on, seconds=0.05)]
    return f, on, found, rest


def _exact(end: Fraction | float) -> Any:
    """An end with all its digits."""
    return mp.mpf(end.numerator) / end.denominator if isinstance(end, Fraction) else mp.mpf(end)


def _no_contradiction(count: int, seed: int) -> None:
    from sigmaprime.diagrams import SigmaError, wire

    draw = random.Random(seed + 1)
    decided = 0
    for f, on, found, (rises, falls, one_to_one) in _chains(count, seed):
        lo = on.lo if isinstance(on.lo, Fraction) else Fraction(-40)
        hi = on.hi if isinstance(on.hi, Fraction) else Fraction(40)
        xs = sorted({lo + (hi - lo) * Fraction(draw.randint(1, 4095), 4096) for _ in range(12)})
        xs = [x for x in (Fraction(float(x)) for x in xs) if x in on]
        try:
            (ys,) = precisely(wire(1, on) >> f, [[[float(x)] for x in xs]], {})
        except SigmaError:  # more digits than anyone wants
            continue
        values = [y[0] for y in ys]
        slack = max(1, *map(abs, values)) * 1e-20
        decided += rises.grade is not UNKNOWN
        said = f"{f} on {on}"
        for y in values:
            assert _exact(found.value.lo) <= y + slack, (said, found)
            assert y - slack <= _exact(found.value.hi), (said, found)
        for u, v in itertools.pairwise(values):
            assert rises.grade is not PROVED or u <= v + slack, (said, rises)
            assert falls.grade is not PROVED or u >= v - slack, (said, falls)
        if any(u > v + slack for u, v in itertools.pairwise(values)):
            assert rises.grade in (REFUTED, UNKNOWN), (said, rises)
        if one_to_one.grade is PROVED:
            ways = {u < v for u, v in itertools.pairwise(values) if abs(u - v) > slack}
            assert len(ways) < 2, (said, one_to_one)
        for verdict in (rises, falls):
            if verdict.grade is REFUTED:
                x, y = (float(p) for p in verdict.point)
                (pair,) = precisely(wire(1, on) >> f, [[[x], [y]]], {})
                u, v = pair[0][0], pair[1][0]
                assert (u >= v - slack) if verdict is rises else (u <= v + slack), (said, verdict)
    assert decided > count / 2


def test_no_answer_contradicts_the_numbers() -> None:
    _no_contradiction(80, 0)


@pytest.mark.long
def test_no_answer_of_many_contradicts_the_numbers() -> None:
    _no_contradiction(100_000, 1)
