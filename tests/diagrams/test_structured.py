"""Matrices of a special form: their normal form, what they do to arrays in three arithmetics, and what is known of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmaprime.diagrams import (
    Diagram,
    IllTyped,
    Interval,
    Scalar,
    Size,
    Space,
    Vector,
    Weight,
    add,
    apply,
    convolution,
    diagonal,
    eye,
    inverted,
    ln,
    maxpool,
    minpool,
    mix,
    mixing,
    mul,
    multiple,
    nonnegative,
    ones,
    permutation,
    plus,
    positive,
    reals,
    row,
    scaling,
    signs,
    times,
    windows,
    wire,
    zero,
)
from sigmaprime.diagrams.structured import Family, belongs
from sigmaprime.diagrams.weight import Cone

from .reference import matrix, vector

RNG = np.random.default_rng(7)
ARRAYS: dict[str, Any] = {
    "A": RNG.normal(size=(3, 3)),
    "B": RNG.normal(size=(3, 3)),
    "V": np.abs(RNG.normal(size=(3, 3))) + 0.1,
    "P": np.eye(3)[[2, 0, 1]],
    "D": np.array([0.5, 2.0, 3.0]),
    "S": np.array([1.0, -1.0, -1.0]),
    "K": RNG.normal(size=(3, 2)),
    "v": RNG.normal(size=3),
}
A, B, V = Weight("A", 3, 3), Weight("B", 3, 3), mixing("V", 3, 3)
P, D, S = permutation("P", 3), scaling("D", 3), signs("S", 3)
LEAVES = [
    A,
    B,
    V,
    P,
    D,
    S,
    eye(3),
    zero(3, 3),
    ones(3, 3),
    multiple(-1, 3),
    multiple("2/3", 3),
    inverted(P),
    inverted(D),
    diagonal(Vector("v", 3)),
    convolution(Weight("K", 3, 2), [3], [2], padding=[(0, 1)], stride=3),
]
weights = st.lists(st.sampled_from(LEAVES), min_size=1, max_size=6)


def product(factors: list[Weight], from_left: bool) -> Weight:
    result = factors[0] if from_left else factors[-1]
    for factor in factors[1:] if from_left else factors[-2::-1]:
        result = times(result, factor) if from_left else times(factor, result)
    return result


@given(weights)
def test_products_in_any_order_are_one_term_with_the_value_of_the_product(factors: list[Weight]) -> None:
    term = product(factors, True)
    assert product(factors, False) is term
    wanted = np.linalg.multi_dot([matrix(f, ARRAYS) for f in factors]) if len(factors) > 1 else matrix(term, ARRAYS)
    np.testing.assert_allclose(matrix(term, ARRAYS), wanted, rtol=1e-9, atol=1e-9)


@given(weights)
def test_a_product_applied_to_a_vector_is_one_term_with_its_value(factors: list[Weight]) -> None:
    bias: Vector = Vector("v", 3)
    for factor in reversed(factors):
        bias = apply(factor, bias)
    assert apply(product(factors, True), Vector("v", 3)) is bias
    wanted = matrix(product(factors, True), ARRAYS) @ ARRAYS["v"]
    np.testing.assert_allclose(vector(bias, ARRAYS), wanted, rtol=1e-9, atol=1e-9)


@given(weights)
def test_a_matrix_acts_as_its_entries_say(factors: list[Weight]) -> None:
    term, x = product(factors, False), RNG.normal(size=(2, 3))
    values = {n: a for n, a in ARRAYS.items() if n in {v.name for v in add(term).variables}}
    y = add(term)(x, **values) if values else add(term)(x)
    np.testing.assert_allclose(y, x @ matrix(term, ARRAYS).T, rtol=1e-9, atol=1e-9)


def test_multiples_are_gathered_in_front() -> None:
    a = Scalar("a", positive)
    assert 2 * (A @ (Fraction(1, 2) * B)) is A @ B
    assert A @ multiple(3, 3) @ B is 3 * (A @ B)
    assert -1 * -A is A
    assert 0 * A is zero(3, 3)
    assert str(-A @ B) == "-A·B"
    assert str(multiple(a, 3) @ (2 * A)) == "2·a·A"
    assert str(plus(apply(-A, Vector("v", 3)), Vector("b", 3))) == "-A·v + b"


@pytest.mark.parametrize("q", [P, D, S], ids=str)
def test_a_matrix_and_its_inverse_vanish_wherever_they_meet(q: Weight) -> None:
    assert q @ inverted(q) is eye(3)
    assert inverted(q) @ (q @ A) is A
    assert 2 * (inverted(q) @ (Fraction(1, 2) * q)) is eye(3)
    assert inverted(inverted(q)) is q
    assert inverted(P @ q) is inverted(q) @ inverted(P)


def test_only_what_has_an_inverse_is_inverted() -> None:
    with pytest.raises(IllTyped, match="no inverse of A is known"):
        inverted(A)
    with pytest.raises(IllTyped, match="no inverse of V is known"):
        inverted(V)


def test_a_variable_for_a_family_takes_its_members_only() -> None:
    assert belongs(P @ inverted(permutation("Q", 3)), Family.PERMUTATION)
    assert belongs(2 * D, Family.SCALING)
    assert not belongs(-D, Family.SCALING)
    assert belongs(-S, Family.SIGNS)
    assert not belongs(P, Family.SIGNS)
    assert belongs(row(eye(3), zero(3, 3)), Family.MIXING)
    assert not belongs(row(A, eye(3)), Family.MIXING)
    with pytest.raises(IllTyped, match="A is not known to be one"):
        add(V)(V=A)
    with pytest.raises(IllTyped, match="V has n columns, which may be 0"):
        mixing("V", 2, "n")
    with pytest.raises(IllTyped, match="square"):
        Weight.rebuilt(P, "P", Size(2), Size(3), Family.PERMUTATION)


@pytest.mark.parametrize(
    ("weight", "array", "text"),
    [
        (P, np.ones((3, 3)), "no permutation"),
        (D, np.array([1.0, 0.0, 1.0]), "no scaling"),
        (S, np.array([1.0, 2.0, 1.0]), "no signs"),
        (V, np.diag([1.0, 0.0, 1.0]), "no mixing"),
    ],
)
def test_an_array_that_is_no_member_is_refused(weight: Weight, array: Any, text: str) -> None:
    with pytest.raises(IllTyped, match=text):
        add(weight)(np.ones(3), **{weight.name: array})


# --- what is known of signs and row sums ---


@pytest.mark.parametrize(
    ("weight", "fold", "cone"),
    [
        (eye("n"), 1, Cone.FULL),
        (zero(2, 3), 0, Cone.NONNEGATIVE),
        (ones(2, 3), 3, Cone.FULL),
        (ones(2, "n"), None, Cone.NONNEGATIVE),
        (ones(2, Size("n") + Size(1)), None, Cone.FULL),
        (multiple("1/3", 3) @ ones(3, 3), 1, Cone.FULL),
        (-eye(3), None, Cone.UNKNOWN),
        (row(ones(2, 3), zero(2, 2)), 3, Cone.FULL),
        (row(A, zero(3, 2)), None, Cone.UNKNOWN),
        (windows([4], [2], stride=2), 2, Cone.FULL),
        (windows([4], [3], padding=1), None, Cone.FULL),
        (windows([1], [1], padding=3), None, Cone.NONNEGATIVE),
        (multiple(Scalar("a", positive), 3), None, Cone.FULL),
        (multiple(Scalar("a"), 3), None, Cone.UNKNOWN),
    ],
    ids=str,
)
def test_row_sums_and_signs(weight: Weight, fold: int | None, cone: Cone) -> None:
    assert (weight.fold, weight.cone) == (fold, cone)


@pytest.mark.parametrize("weight", [w for w in LEAVES if w.cone], ids=str)
def test_what_is_said_of_a_matrix_is_true_of_its_entries(weight: Weight) -> None:
    entries = matrix(weight, ARRAYS)
    assert (entries >= 0).all()
    assert weight.cone is not Cone.FULL or (entries > 0).any(axis=1).all()
    assert weight.fold is None or np.allclose(entries.sum(axis=1), float(weight.fold))


def _out(d: Diagram) -> Interval:
    return Space.all[d.types[d.outputs[0]]].interval


def test_a_mean_keeps_the_interval_and_a_mixing_layer_keeps_wires_positive() -> None:
    mean = add(multiple("1/4", 1) @ ones(1, 4))
    assert _out(mean) is reals
    assert _out(wire(4, nonnegative) >> mean) is nonnegative
    assert _out(wire(3, positive) >> add(V)) is positive
    assert _out(mul("W", 3, 3) >> add(V) >> mul("U", 3, 2)) is positive
    with pytest.raises(IllTyped):
        mul("W", 3, 3) >> add(A) >> mul("U", 3, 2)


# --- convolutions ---


@pytest.mark.parametrize(
    ("sizes", "kernel", "options"),
    [
        ([5], [3], {}),
        ([5], [2], {"stride": 2, "padding": 1}),
        ([6], [3], {"dilation": 2, "padding": [(1, 3)]}),
        ([4, 3], [2, 3], {"padding": 1}),
        ([4, 4], [2, 2], {"stride": [2, 1], "groups": 2}),
        ([3, 2, 4], [2, 1, 2], {"padding": [0, 1, 0]}),
    ],
)
def test_a_convolution_is_its_matrix_in_three_arithmetics(sizes: list[int], kernel: list[int], options: Any) -> None:
    groups = options.get("groups", 1)
    channels, taps = 2, int(np.prod(kernel))
    K = Weight("K", 4, channels // groups * taps)
    W = convolution(K, sizes, kernel, **options)
    arrays = {"K": RNG.normal(size=(4, channels // groups * taps))}
    x = RNG.normal(size=(2, channels * int(np.prod(sizes))))
    entries = matrix(W, arrays)
    np.testing.assert_allclose(add(W)(x, **arrays), x @ entries.T, atol=1e-12)
    np.testing.assert_allclose(mul(W)(np.exp(x), **arrays), np.exp(x @ entries.T), rtol=1e-12)
    options.pop("groups", None)
    each = windows(sizes, kernel, channels=channels, **options)
    read = matrix(each, {}) > 0
    if each.cone is Cone.FULL:
        wanted = np.where(read, x[:, None, :], -np.inf).max(axis=-1)
        np.testing.assert_array_equal(maxpool(each)(x), wanted)
        np.testing.assert_array_equal(minpool(each)(-x), -wanted)
        sums = np.log(np.exp(x) @ read.T)
        np.testing.assert_allclose(mix(ln, each)(x), sums, atol=1e-12)


def test_convolutions_agree_with_those_of_torch() -> None:
    torch = pytest.importorskip("torch", reason="needs torch: pip install 'sigmaprime[torch]'")
    for d, layer in enumerate((torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d), 1):
        conv = layer(4, 6, 3, stride=2, padding=1, dilation=1, groups=2, dtype=torch.float64)
        x = torch.randn(2, 4, *[5] * d, dtype=torch.float64)
        W = convolution(Weight("K", 6, 2 * 3**d), [5] * d, [3] * d, stride=2, padding=1, groups=2)
        kernel = conv.weight.reshape(6, -1)
        y = add(W)(x.reshape(2, -1), K=kernel).reshape(2, 6, *[3] * d) + conv.bias.reshape(1, 6, *[1] * d)
        assert torch.allclose(y, conv(x), atol=1e-12)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: convolution(Weight("K", 2, 3), [5], [3, 3]), "1 to 3 axes"),
        (lambda: convolution(Weight("K", 2, 3), [2], [3]), "the output would be empty"),
        (lambda: convolution(Weight("K", 2, 4), [5], [3]), "multiple of the 3 taps"),
        (lambda: convolution(Weight("K", 3, 3), [5], [3], groups=2), "multiple of the 2 groups"),
        (lambda: convolution(Weight("K", "n", 3), [5], [3]), "numbers for both"),
        (lambda: convolution(Weight("K", 2, 3), [5], [3], stride=0), "1 to 3 axes"),
        (lambda: maxpool(windows([1], [1], padding=3)), "every window needs a component"),
        (lambda: maxpool(A), "every window needs a component"),
        (lambda: mix(ln, A), "must keep positive vectors positive"),
    ],
)
def test_what_does_not_fit_is_one_clear_error(make: Any, text: str) -> None:
    with pytest.raises(IllTyped, match=text):
        make()


# --- log-sum-exp and maxima ---


@given(st.lists(st.floats(-700, 700), min_size=3, max_size=3))
def test_a_layer_in_the_chart_ln_is_log_sum_exp_and_never_overflows(values: list[float]) -> None:
    x = np.array([values])
    for weight in (ones(2, 3), V, row(eye(1), eye(1), eye(1)), V @ ones(3, 3)):
        entries = matrix(weight, ARRAYS)
        top = x.max()
        wanted = top + np.log(np.exp(x - top) @ entries.T)
        y = mix(ln, weight)(x, V=ARRAYS["V"]) if mix(ln, weight).variables else mix(ln, weight)(x)
        np.testing.assert_allclose(y, wanted, rtol=1e-12, atol=1e-12)
    assert np.isfinite(mix(ln, ones(1, 3))(1000 + x)).all()
    assert np.isfinite(mix(ln, ones(1, 3))(x - 1000)).all()


def test_integers_are_numbers_too() -> None:
    i = np.array([1, 2, 3, 4])
    np.testing.assert_allclose(add(multiple("1/3", 4))(i), i / 3)
    np.testing.assert_array_equal(maxpool(windows([4], [2], padding=1))(-i), [-1, -1, -2, -3, -4])
    np.testing.assert_allclose(mix(ln, windows([4], [2], padding=1))(i)[[0, -1]], [1, 4])


def test_a_block_of_zeros_adds_nothing_in_any_arithmetic() -> None:
    x, blocks = np.array([-5.0, -6.0, -1.0, -2.0, -3.0]), row(zero(3, 2), eye(3))
    np.testing.assert_array_equal(add(blocks)(x), x[2:])
    np.testing.assert_array_equal(mix(ln, blocks)(x), x[2:])
    np.testing.assert_array_equal(maxpool(blocks)(x), x[2:])


def test_log_sum_exp_has_gradients_where_rows_are_masked_and_at_infinity() -> None:
    torch = pytest.importorskip("torch", reason="needs torch: pip install 'sigmaprime[torch]'")
    x = torch.zeros(5, dtype=torch.float64, requires_grad=True)
    mix(ln, row(eye(2), convolution(zero(1, 2), [3], [2])))(x).sum().backward()
    assert torch.equal(x.grad, torch.tensor([1.0, 1, 0, 0, 0], dtype=torch.float64))
    assert mix(ln, ones(1, 3))(torch.tensor([torch.inf, 0.0, 1.0]))[0] == torch.inf


def test_a_refusal_names_the_layer_that_is_refused() -> None:
    for name in ("W", "U"):
        with pytest.raises(IllTyped, match=rf"mix\(ln, {name}\)"):
            mix(ln, Weight(name, 3, 3))
