"""What is said of tanh, sigmoid, ReLU and max(x, 1), and of turning an activation about the origin."""

from __future__ import annotations

import runpy
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Interval,
    add,
    exp,
    gompertz,
    hardtanh,
    identity,
    isru,
    ln,
    log1p,
    max1,
    mul,
    negate,
    positive,
    relu,
    sharp,
    shift,
    sigmoid,
    softplus,
    softsign,
    tanh,
    then,
)
from sigmaprime.rewrite import (
    Grade,
    absorb,
    bound,
    cancel,
    companion,
    decreasing,
    flip,
    fuse,
    image,
    load_proof,
    parameter_preserving,
    prove_equal,
    save_proof,
    to_additive,
    unflip,
)

ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "docs" / "examples" / "train_claims.py"
B = Fraction("2.6127")
KNOWN = (Grade.PROVED, Grade.CHECKED)


def prime(sigma: Function) -> Function:
    return then(exp, sigma, ln)


def turned(f: Function) -> Function:
    return then(negate, f, negate)


FLIPPED = turned(prime(tanh))


def net(f: Function, layers: int = 3) -> Diagram:
    """add ; negate ; f ; negate ; add ; .. with biases."""
    d: Any = add("W1", 3, 3, bias="b1")
    for i in range(2, layers + 1):
        d = d >> negate >> f >> negate >> add(f"W{i}", 3, 3, bias=f"b{i}")
    return d


# --- flip ---


def test_flip_says_that_turning_an_activation_changes_signs_of_layers() -> None:
    assert str(flip) == "⊢ add(W1, b1) ; negate ; f ; negate ; add(W2, b2) = add(-W1, -b1) ; f ; add(-W2, b2)"
    assert str(unflip) == "⊢ add(W1, b1) ; f ; add(W2, b2) = add(-W1, -b1) ; negate ; f ; negate ; add(-W2, b2)"


@pytest.mark.parametrize("theorem", [flip, unflip, flip(f=tanh)], ids=["flip", "unflip", "instance"])
def test_flip_is_derived_and_the_second_reader_accepts_it(theorem: Any, tmp_path: Path) -> None:
    assert theorem.grade is Grade.PROVED
    assert {a.name for a in theorem.axioms} == {"affine", "fuse_add"}
    assert theorem.check().grade is Grade.PROVED
    save_proof(theorem, tmp_path / "flip.json")
    assert str(load_proof(tmp_path / "flip.json")) == str(theorem)


@pytest.mark.parametrize("layers", [2, 3, 4, 7])
def test_turned_activations_of_a_deep_net_go_into_signs_and_come_back(layers: int) -> None:
    there = net(softplus, layers).rewrite(flip)
    assert "negate" not in str(there.rhs)
    assert there.check().grade is Grade.PROVED
    assert there.rhs.rewrite(unflip).rhs == net(softplus, layers)


def test_a_matrix_between_two_turned_activations_keeps_its_sign() -> None:
    there = net(sigmoid).rewrite(flip)
    assert str(there.rhs) == "add(-W1, -b1) ; sigmoid ; add(W2, -b2) ; sigmoid ; add(-W3, b3)"


@pytest.mark.parametrize("f", [tanh, sigmoid, softplus, relu], ids=str)
def test_flip_holds_in_numbers(f: Function) -> None:
    rng = np.random.default_rng(0)
    e = net(f).rewrite(flip)
    weights = {f"W{i}": rng.normal(size=(3, 3)) for i in (1, 2, 3)} | {f"b{i}": rng.normal(size=3) for i in (1, 2, 3)}
    x = rng.normal(size=(50, 3))
    assert np.allclose(e.lhs(x, **weights), e.rhs(x, **weights), rtol=1e-13, atol=1e-13)


def test_flip_takes_one_activation_between_two_additive_layers() -> None:
    bare = add("W1", 3, 3) >> negate >> tanh >> add("W2", 3, 3)
    assert flip.matches(bare) == []
    assert flip.why_not(bare, 4) is not None
    assert flip.matches(net(tanh, 2)) == [5]


def test_flip_mirrors_the_parameters() -> None:
    assert not parameter_preserving(flip)


def test_the_twin_of_a_tanh_net_is_a_net_of_soft_hinges() -> None:
    twin = absorb(to_additive(mul("A", 3, 4) >> tanh >> mul("B", 4, 2))).rewrite(unflip)
    assert str(twin.rhs) == "add(-A) ; negate ; tanh' ; negate ; add(-B)"
    assert twin.check().grade is Grade.PROVED


# --- (a) tanh ---


def test_no_softplus_is_nearer_to_the_flipped_companion_of_tanh_than_by_six_millionths() -> None:
    assert decreasing(Function.from_text("log(1+exp(-x))/x", domain="(0, oo)"), strictly=True).grade is Grade.PROVED
    gap = Function.from_text("log(1+exp(2.6127*x))/2.6127 + log(tanh(exp(-x)))")
    above, below = (image(gap, Interval.point(Fraction(x))).value for x in ("-0.7434388", "0.55412"))
    sup = bound(sharp(softplus, B), FLIPPED).value
    least = min(above.lo, -below.hi)
    assert sup.hi - least < Fraction("6e-6")
    assert sup.hi < Fraction("0.021473")


def test_softplus_lies_above_the_flipped_companion_of_tanh() -> None:
    assert image(Function.from_text("exp(2*x) - 1 - 2*x"), positive).value == positive
    ratio, slope = "(1+x)*tanh(x) - x", "(exp(2*x) - 1 - 2*x)/(exp(2*x) + 1)"
    answer = prove_equal(Function.from_text(ratio), Function.from_text(slope), positive, seconds=60)
    assert answer.grade is Grade.CHECKED


@pytest.mark.parametrize("k", [1, 3])
def test_the_tails_of_the_difference_fall_as_said(k: int) -> None:
    right, left = bound(softplus, FLIPPED, f"[{k}, oo)").value, bound(FLIPPED, relu, f"(-oo, {-k}]").value
    assert right.lo <= right.hi < Fraction(float(np.exp(-k)))
    assert left.hi <= Fraction(float(np.float64(2.0) * np.exp(-2 * np.exp(k)))) * Fraction("1.01")


# --- exactly softplus ---


@pytest.mark.parametrize(
    ("sigma", "other"),
    [
        (shift(1), softplus),
        (softsign, turned(softplus)),
        (isru, turned(sharp(softplus, 2))),
        (relu, identity),
        (sigmoid, turned(then(gompertz, log1p))),
    ],
    ids=str,
)
def test_sigma_prime_is_exactly(sigma: Function, other: Function) -> None:
    assert prove_equal(prime(sigma), other, seconds=60).grade in KNOWN


@pytest.mark.parametrize(("sigma", "other"), [(max1, relu), (hardtanh, turned(relu))], ids=str)
def test_nothing_lies_between_sigma_prime_and_relu(sigma: Function, other: Function) -> None:
    near = bound(prime(sigma), other).value
    assert (near.lo, near.hi) == (0, 0)


def test_turning_the_logistic_curve_moves_it_down_by_one() -> None:
    assert prove_equal(turned(sigmoid), then(sigmoid, shift(-1)), seconds=60).grade in KNOWN


# --- own functions on the right ---


def test_two_formulas_are_compared_though_only_one_stands_on_the_left() -> None:
    one, other = Function.from_text("x*x - x"), Function.from_text("x*(x - 1)")
    assert prove_equal(one, other, seconds=60).grade is Grade.CHECKED


# --- (c) ReLU, and the same surface ---


def test_a_relu_net_is_one_layer_linear_in_log_coordinates() -> None:
    deep = mul("W1", 3, 4, bias="b1") >> relu >> mul("W2", 4, 4, bias="b2") >> relu >> mul("W3", 4, 2, bias="b3")
    theorem = (exp >> deep.rewrite(cancel, fuse) >> ln).rewrite(companion)
    assert str(theorem.rhs) == "add(W3·W2·W1, W3·(W2·b1 + b2) + b3)"
    assert theorem.check().grade is Grade.PROVED
    assert not parameter_preserving(theorem)


@pytest.mark.parametrize("sigma", [tanh, sigmoid, relu, max1], ids=str)
def test_both_forms_are_one_function_of_the_weights(sigma: Function) -> None:
    theorem = absorb(to_additive(mul("W1", 3, 4, bias="b1") >> sigma >> mul("W2", 4, 2, bias="b2")))
    assert theorem.grade is Grade.PROVED
    assert parameter_preserving(theorem)


# --- measured ---


def test_both_forms_train_in_lock_step_and_the_trained_relu_net_is_linear() -> None:
    for package in ("torch", "sklearn"):
        pytest.importorskip(package)
    script = runpy.run_path(str(SCRIPT))
    for name, sigma in script["SIGMAS"].items():
        run = script["lock_step"](absorb(to_additive(script["net"](sigma))), seed=0, epochs=2)
        assert run.multiplicative == run.additive > 0.5, name
        assert run.loss < 1e-9, name
        assert run.parameters < 1e-9, name
        if sigma is relu:
            theorem, gap, same = script["collapsed"](run.trained)
            assert str(theorem.rhs) == "add(W3·W2·W1, W3·(W2·b1 + b2) + b3)"
            assert gap < 1e-13
            assert same == 1
    assert script["linear"](seed=0, epochs=2) > 0.5
