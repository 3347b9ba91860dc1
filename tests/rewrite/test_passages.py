"""Softmax, pools, sums of positive numbers and nets made of them go over into the other reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Diagram,
    Function,
    IllTyped,
    Mix,
    Refused,
    Scalar,
    SigmaError,
    Size,
    Wire,
    add,
    batch_norm,
    centred,
    conv,
    cube,
    diagram,
    each,
    exp,
    gelu,
    identity,
    ln,
    log_softmax,
    maxpool,
    meanpool,
    minpool,
    mix,
    mixing,
    mul,
    negate,
    normalise,
    ones,
    positive,
    prelu,
    prelu_each,
    reals,
    relu,
    residual,
    scaling,
    sigmoid,
    silu,
    softmax,
    softplus,
    sum_of_products,
    swish,
    swish_each,
    tanh,
    then,
    unrolled,
    windows,
    wire,
)
from sigmaprime.rewrite import (
    Equation,
    absorb,
    cancel,
    exp_sum,
    fuse_sums,
    ln_softmax,
    pool_map,
    pool_natural,
    seams,
    simplify,
    softmax_normalise,
    sum_ln,
    to_additive,
    to_multiplicative,
    verify,
)
from tests.rewrite.theorem import accepted, agree, holds, sigma

n, m = Size("n"), Size("m")
FOUR = {n: Size(3), m: Size(2)}
S = np.array([[1.0, 0.0, 2.0, 0.0], [0.0, 0.5, 0.0, 0.0]])


def there_and_back(net: Diagram, **options: Any) -> Equation:
    """The additive twin: proved, checked, the same numbers; and the way back gives the net again."""
    e = to_additive(net)
    holds(e, **options)
    assert to_multiplicative(e.rhs).rhs == net
    return e


def charts(d: Diagram) -> set[Function]:
    return {node.box.chart for node in d.nodes if isinstance(node.box, Mix)}


# --- the theorems ---


@pytest.mark.parametrize("shape", [(3,), ((2, 3, 2), 1), ((2, 3), 0), (Size("n") + Size(1),)], ids=str)
def test_exp_then_normalise_is_softmax_and_ln_then_softmax_is_normalise(shape: Any) -> None:
    e = softmax_normalise(*shape)
    assert (e.lhs, e.rhs) == (exp >> normalise(*shape), softmax(*shape))
    holds(e)
    e = ln_softmax(*shape)
    assert (e.lhs, e.rhs) == (
        wire(shape[0] if len(shape) == 1 else None, positive) >> ln >> softmax(*shape),
        normalise(*shape),
    )
    holds(e)
    e = (softmax(*shape) >> ln).rewrite(cancel)
    assert e.rhs == log_softmax(*shape)
    holds(e)


def test_exp_and_ln_pass_sums_of_positive_numbers() -> None:
    for e, text in ((sum_ln, "⊢ add(V) ; ln = ln ; mix(ln, V)"), (exp_sum, "⊢ exp ; add(V) = mix(ln, V) ; exp")):
        holds(e, text, values=FOUR, weights={"V": S})


def test_log_sum_exp_layers_fuse() -> None:
    e = fuse_sums
    sizes = {Size("n"): Size(3), Size("k"): Size(1), Size("m"): Size(3)}
    holds(
        e,
        "⊢ mix(ln, V) ; mix(ln, U) = mix(ln, U·V)",
        values=sizes,
        weights={"V": S, "U": S[:, [0, 1]].repeat(2, 0)[:3]},
    )
    net = (mix(ln, mixing("A", 2, 3)) >> mix(ln, ones(4, 2))).rewrite(fuse_sums)
    assert str(net.rhs) == "mix(ln, 𝟙·A)"


@pytest.mark.parametrize("f", [exp, tanh, relu, cube], ids=str)
@pytest.mark.parametrize("g", [identity, negate, cube], ids=str)
def test_what_rises_passes_every_pool(g: Function, f: Function) -> None:
    e = pool_natural(g=g, f=f)
    name = {identity: "maxpool", negate: "minpool"}.get(g, f"pool[{g}]")
    holds(e, f"⊢ {name}(S) ; {f} = {f} ; {name}(S)", values=FOUR, weights={"S": S})


@pytest.mark.parametrize("g", [identity, negate], ids=str)
def test_silu_passes_pools_of_positive_wires_but_not_of_all(g: Function) -> None:
    holds(pool_natural(g=g, f=silu, on=positive), values=FOUR, weights={"S": S})
    for f in (silu, gelu, swish(Scalar("b", positive))):
        with pytest.raises(SigmaError, match="nondecreasing"):
            pool_natural(g=g, f=f)
    x, windows_ = np.array([[-3.0, -1.0]]), ones(1, 2)
    silu_then_max = (wire(2) >> silu >> maxpool(windows_))(x)
    assert not np.allclose(silu_then_max, (maxpool(windows_) >> silu)(x))


def test_falling_functions_and_slopes_of_unknown_sign_do_not_pass() -> None:
    with pytest.raises(Refused, match="nondecreasing"):
        pool_natural(g=negate, f=negate)
    with pytest.raises(IllTyped):
        prelu(-1)
    with pytest.raises(IllTyped):
        prelu(Scalar("a", reals))
    assert pool_natural(g=negate, f=prelu(Scalar("a", positive))).check().grade.name == "PROVED"


def test_a_rule_finds_pools_on_both_sides() -> None:
    net = wire(4, positive) >> minpool(windows([4], [2]), positive) >> tanh
    assert (~net.rewrite(pool_natural)).rhs == net
    assert net.rewrite(pool_natural).rewrite(~pool_natural).rhs == net
    assert pool_map.why_not(net, 2) is not None


# --- nets ---


def test_pools_between_multiplicative_layers() -> None:
    net = mul("W1", 3, 4) >> maxpool(windows([4], [2], stride=2), positive) >> sigma
    net = net >> mul("W2", 2, 3) >> minpool(ones(1, 3), positive)
    e = there_and_back(net)
    assert str(e.rhs) == "ln ; add(W1) ; maxpool(conv(𝟙)) ; σ' ; add(W2) ; minpool(𝟙) ; exp"


def test_means_become_means_of_logarithms() -> None:
    net = mul("W", 3, 4) >> meanpool(windows([4], [2], stride=2), chart=exp) >> centred(2, chart=exp)
    e = there_and_back(net)
    assert absorb(e).rhs == add("W", 3, 4) >> meanpool(windows([4], [2], stride=2)) >> centred(2)


def test_a_convolutional_net_with_batch_norm() -> None:
    def net(chart: Function, f: Any) -> Diagram:
        first = conv("K", 2, 4, [4, 4], 3, padding=1, bias="b", chart=chart)
        return first >> batch_norm("v", "c", 4, places=16, chart=chart) >> f >> mul_or_add(chart, "W", 64, 2)

    def mul_or_add(chart: Function, *layer: Any) -> Diagram:
        return mul(*layer) if chart is exp else add(*layer)

    e = there_and_back(net(exp, tanh))
    prime = next(node.box.function for node in absorb(e).rhs.nodes if hasattr(node.box, "function"))
    assert absorb(e).rhs == net(identity, prime)


def test_softmax_at_the_end_of_logarithms_is_normalise_at_the_end_of_values() -> None:
    net = mul("W", 3, 4) >> tanh >> mul("V", 4, 3) >> normalise(3)
    e = there_and_back(net)
    assert e.rhs == ln >> absorb(e).rhs >> exp
    assert absorb(e).rhs.output_spaces[0].interval is reals
    assert str(absorb(e).rhs).count("mix(ln, 𝟙)") == 1


def test_a_skip_of_products_becomes_a_skip_of_sums() -> None:
    block = mul("W", 3, 3) >> tanh >> mul("V", 3, 3)
    e = there_and_back(residual(block, chart=exp) >> residual(block, chart=exp))
    assert charts(e.rhs) == {identity}


def test_a_skip_of_sums_becomes_a_log_sum_exp() -> None:
    block = mul("W", 3, 3) >> tanh >> mul("V", 3, 3)
    e = there_and_back(residual(block))
    assert str(e.rhs) == "h1 = ln(x)\n(mix(ln, [I I]) ; exp)(h1, (add(W) ; tanh' ; add(V))(h1))"
    x = np.abs(np.random.default_rng(0).normal(size=(5, 3))) + 0.1
    w, v = np.random.default_rng(1).normal(size=(2, 3, 3))
    inner = np.log(block(x, W=w, V=v))
    assert np.allclose(absorb(e).rhs(np.log(x), W=w, V=v), np.logaddexp(np.log(x), inner))


def test_a_gated_cell_is_unrolled_in_log_coordinates() -> None:
    shut = then(negate, sigmoid)  # 1 - sigmoid

    @diagram(wire(2, positive), wire(3, positive))
    def cell(h: Wire, x: Wire) -> Any:
        a = mul("U", 2, 2)(h) * mul("W", 3, 2)(x)
        return sigmoid(a) * h + shut(a) * softplus(mul("V", 3, 2)(x))

    e = there_and_back(unrolled(cell, 3))
    assert seams(e) == []
    assert charts(e.rhs) == {identity, ln}
    twin = absorb(e).rhs
    assert {str(s.interval) for s in twin.inputs} == {str(reals)}


def test_a_long_row_of_cells_goes_over() -> None:
    @diagram(wire(2, positive), wire(3, positive))
    def cell(h: Wire, x: Wire) -> Any:
        return tanh(mul("U", 2, 2)(h) + mul("W", 3, 2)(x))

    e = to_additive(unrolled(cell, 200))
    assert seams(e) == []
    assert accepted(e).grade == "PROVED"


# --- sums of products ---


def test_a_sum_of_products_is_ln_add_exp_add() -> None:
    net = sum_of_products(["A", "B", "C"], 3, 2, factors=["u", "v", "w"])
    e = there_and_back(net)
    assert str(e.rhs) == "h1 = ln(x)\n(exp ; add([diag(u) diag(v) diag(w)]))(add(A)(h1), add(B)(h1), add(C)(h1))"


def test_with_positive_factors_it_is_a_log_sum_exp_of_affine_forms() -> None:
    net = sum_of_products(["A", "B"], 3, 2, factors=[scaling("U", 2), scaling("V", 2)]) >> tanh >> mul("W", 2, 2)
    e = there_and_back(net, weights={"U": np.array([0.5, 2.0]), "V": np.array([3.0, 0.1])})
    assert charts(absorb(e).rhs) == {identity, ln}


def test_with_factors_of_any_sign_nothing_multiplicative_may_follow() -> None:
    with pytest.raises(IllTyped, match="mul"):
        sum_of_products(["A", "B"], 3, 2, factors=["u", "v"]) >> mul("W", 2, 2)


def test_an_additive_net_without_logarithms_stays() -> None:
    for net in (wire(3, positive) >> add(ones(2, 3)) >> softplus >> add(mixing("V", 2, 2)), softmax(3)):
        assert to_additive(net).rhs == net


# --- parameters ---


@pytest.mark.parametrize("f", [prelu(Scalar("a", positive)), swish(Scalar("a", positive))], ids=str)
def test_parameters_are_variables_of_the_theorem(f: Function) -> None:
    net = mul("W", 3, 3) >> softplus >> f >> mul("V", 3, 2)
    e = there_and_back(net)
    at = e(a="1/3")
    holds(at)
    assert verify(net(a="1/3"), at.rhs).grade.name == "PROVED"
    with pytest.raises(SigmaError, match="a"):
        e(a=-1)


def test_prelu_of_positive_wires_is_a_wire_whatever_the_slopes() -> None:
    e = simplify(wire(3, positive) >> prelu_each("a", 3))
    assert e.rhs == wire(3, positive)
    holds(e)
    net = mul("W", 3, 4) >> prelu_each("a", 2, places=2) >> mul("V", 4, 2)
    assert simplify(net).rhs == mul("W", 3, 4) >> mul("V", 4, 2)


def test_every_component_gets_its_own_prime() -> None:
    net = mul("W", 3, 3) >> each(tanh, softplus, sigmoid) >> mul("V", 3, 3)
    e = to_additive(net)
    holds(e)
    assert seams(e) == []
    assert all(f"{name}'" in str(e.rhs) for name in ("tanh", "softplus", "sigmoid"))


def test_betas_are_biases_in_log_coordinates() -> None:
    net = mul("W", 3, 3) >> swish_each("b", 3, chart=exp) >> mul("V", 3, 3)
    e = there_and_back(net)
    assert str(e.rhs) == "ln ; add(W) ; add(I, b) ; silu' ; add(I, -b) ; add(V) ; exp"


# --- what is not true stays out ---


@pytest.mark.parametrize(
    "before",
    [wire(2) >> relu, add("A", 2, 2) >> tanh, wire(2) >> maxpool(ones(2, 2)), add("A", 2, 2) >> centred(2), wire(2) >> prelu_each("a", 2)],
)  # fmt: skip
def test_what_may_be_zero_or_less_does_not_go_into_products(before: Diagram) -> None:
    for after in (mul("W", 2, 2), normalise(2), sum_of_products(["A", "B"], 2, 2), meanpool(ones(1, 2), chart=exp)):
        with pytest.raises(IllTyped, match=r"\(-∞, ∞\)|\[0, ∞\)|\(-1, 1\)"):
            before >> after


def test_random_nets_agree() -> None:
    rng = np.random.default_rng(7)
    parts: list[Callable[[], Any]] = [
        lambda: mul(f"W{rng.integers(100)}", 4, 4),
        lambda: tanh,
        lambda: maxpool(windows([4], [3], padding=1), positive),
        lambda: minpool(windows([4], [3], padding=1), positive),
        lambda: wire(4, positive) >> add(ones(4, 4)),
        lambda: normalise((2, 2), axis=int(rng.integers(2))),
        lambda: centred(4, chart=exp),
        lambda: residual(mul(f"W{rng.integers(100)}", 4, 4)),
        lambda: softmax(4),
        lambda: sum_of_products([f"W{rng.integers(100)}", f"W{rng.integers(100)}"], 4, 4),
    ]
    for _ in range(40):
        net: Any = wire(4, positive)
        for _ in range(5):
            net = net >> parts[rng.integers(len(parts))]()
        e = to_additive(net)
        agree(e, epsilon=1e-7)
        accepted(e)
