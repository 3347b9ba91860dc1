"""The strategies: there and back again, on nets made by hand and on random ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from sigmaprime.diagrams import (
    Diagram,
    Function,
    IllTyped,
    Mix,
    Wire,
    add,
    asinh,
    concat,
    cube,
    diagram,
    exp,
    identity,
    ln,
    max1,
    mix,
    mul,
    ones,
    positive,
    reals,
    relu,
    residual,
    scale,
    sigmoid,
    sinh,
    softplus,
    square,
    tanh,
    then,
    wire,
)
from sigmaprime.diagrams.box import box_of
from sigmaprime.diagrams.function import parts
from sigmaprime.diagrams.image import layer_chart
from sigmaprime.diagrams.term import Head
from sigmaprime.rewrite import absorb, seams, simplify, to_additive, to_multiplicative
from sigmaprime.rewrite.report import parameter_preserving
from tests.nets import FUNCTIONS, Net, nets, random_net
from tests.rewrite.theorem import accepted, agree, examples, holds, sigma


def charts(d: Diagram) -> set[Function]:
    rows = (box_of(d.row(w)) for w in range(len(d.inputs), len(d.inputs) + len(d)))
    return {box.chart for box in rows if isinstance(box, Mix)}


def layers(d: Diagram) -> set[str]:
    return set(map(str, charts(d)))


# --- by hand ---


def several_maps() -> Diagram:
    return mul("W1", 2, 3, bias="b1") >> tanh >> softplus >> square >> mul("W2", 3, 2, bias="b2")


def additive_skip() -> Diagram:
    return mul("W1", 2, 2) >> residual(mul("W2", 2, 2) >> tanh) >> mul("W3", 2, 2)


@diagram(wire(2, positive))
def product_skip(x: Wire) -> Wire:
    h = tanh(mul("W1", 2, 2, bias="b1")(x))
    return mul("W2", 2, 2)(h * sigmoid(mul("W3", 2, 2)(h)))


@diagram(wire(2, positive), wire(3, positive))
def shared(x: Wire, y: Wire) -> tuple[Wire, Wire, Wire]:
    h = sigma(mul("W1", 2, 2)(x))
    return mul("W2", 2, 2)(h), mul("W3", 2, 3)(h), mul("W4", 3, 2)(y) * h


@diagram(wire(3, positive), wire(1, positive))
def bundles(x: Wire, y: Wire) -> tuple[Wire, Wire]:
    h = mul("W1", 4, 3)(tanh(concat(x, y)))
    return mul("W2", 2, 2)(softplus(h[0:2])), h[2:3]


def mixed() -> Diagram:
    return mul("W1", 2, 2) >> tanh >> mul("W2", 2, 2) >> add("A", 2, 2) >> max1 >> mul("W3", 2, 2)


def two_nets() -> Diagram:
    d = mul("W1", 2, 2) @ (mul("W2", 2, 2) >> tanh)
    assert isinstance(d, Diagram)
    return d


HAND: list[Any] = [several_maps(), additive_skip(), product_skip, shared, bundles, mixed(), two_nets()]


@pytest.mark.parametrize("net", HAND, ids=["maps", "skip", "product", "shared", "bundles", "mixed", "two"])
def test_there_and_back_by_hand(net: Diagram) -> None:
    e = to_additive(net)
    holds(e)
    assert layers(e.rhs) <= {"identity", "ln"}  # ln: log-sum-exp, where sums of positive numbers were
    assert parameter_preserving(e)
    back = to_multiplicative(e.rhs)
    holds(back)
    assert back.rhs == net
    twin = absorb(e)
    holds(twin)


def test_several_maps_in_a_row_become_several_primes() -> None:
    text = "mul(W1, b1) ; tanh ; softplus ; x^2 ; mul(W2, b2)"
    primed = "ln ; add(W1, b1) ; tanh' ; softplus' ; x^2' ; add(W2, b2) ; exp"
    holds(to_additive(several_maps()), f"⊢ {text} = {primed}")


def test_a_product_skip_becomes_an_additive_skip() -> None:
    text = str(absorb(to_additive(product_skip)).rhs)
    assert "exp" not in text
    assert "ln" not in text
    assert text == "h1 = (add(W1, b1) ; tanh')(x)\nadd(W2)(h1 + (add(W3) ; sigmoid')(h1))"


def test_a_sum_of_positive_wires_is_a_log_sum_exp() -> None:
    e = to_additive(additive_skip())
    assert "ln" in layers(e.rhs)
    assert seams(e) == []


def test_a_layer_with_weights_of_any_sign_keeps_its_exp_and_the_seam_says_so() -> None:
    told = seams(to_additive(mul("W1", 2, 2) >> add("A", 2, 2) >> softplus >> mul("W2", 2, 2)))
    assert len(told) >= 2
    assert any("stays on wire" in t and "a multiplicative layer or a product there would go over" in t for t in told)
    assert seams(to_additive(several_maps())) == []


def test_shared_wires_stay_shared() -> None:
    e = to_additive(shared)
    names = [str(n.box) for n in e.rhs.nodes]
    assert names.count("add(W1)") == 1
    assert names.count("σ'") == 1


def test_an_additive_net_is_its_own_twin_and_becomes_multiplicative_throughout() -> None:
    net = add("A", 2, 2, bias="a") >> tanh >> add("B", 2, 2)
    assert to_additive(net).rhs == net
    e = to_multiplicative(net)
    holds(e, "⊢ add(A, a) ; tanh ; add(B) = exp ; mul(A, a) ; tanh* ; mul(B) ; ln")


def test_layers_in_other_charts_become_additive_too() -> None:
    net = mix(cube, "W1", 2, 2, bias="b1") >> mix(sinh, "W2", 2, 2) >> asinh
    e = to_additive(net)
    holds(
        e, "⊢ mix(x^3, W1, b1) ; mix(sinh, W2) ; asinh = x^(1/3) ; add(W1, b1) ; x^3 ; asinh ; add(W2) ; sinh ; asinh"
    )
    assert layers(e.rhs) <= {"identity", "ln"}  # ln: log-sum-exp, where sums of positive numbers were


def test_a_strategy_takes_an_equation_and_goes_on_from_its_right_side() -> None:
    first = to_additive(several_maps())
    both = to_multiplicative(first)
    assert both.lhs == both.rhs == several_maps()
    holds(both)
    assert len(both.steps) == len(both.frames()) - 1


def test_absorb_of_a_net_without_ends_to_absorb_is_the_theorem() -> None:
    e = to_additive(wire(2) >> add("W", 2, 2) >> tanh)
    assert absorb(e) is e


def test_absorb_leaves_the_ports_that_are_not_logarithms() -> None:
    @diagram(wire(2, positive), wire(2, reals))
    def net(x: Wire, y: Wire) -> tuple[Wire, Wire]:
        return mul("W", 2, 2)(x), tanh(y)

    twin = absorb(to_additive(net))
    holds(twin)
    assert [p.coordinate for p in twin.rhs.in_ports] == [ln, None]
    assert [p.coordinate for p in twin.rhs.out_ports] == [ln, None]
    x, y, w = np.array([[1.5, 2.0]]), np.array([[0.3, -1.0]]), np.array([[1.0, -0.5], [0.25, 2.0]])
    for got, expected in zip(twin.rhs.run(x, y, W=w), net(x, y, W=w), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("net", "text"),
    [
        (exp >> mul("W", 3, 3) >> relu >> ln, "⊢ exp ; mul(W) ; relu ; ln = exp ; mul(W) ; ln"),
        (exp >> ln >> tanh >> scale(1), "⊢ exp ; ln ; tanh ; 1·x = tanh"),
        (wire(2) >> relu >> relu >> relu, "⊢ relu ; relu ; relu = relu"),
    ],
)
def test_simplify_by_hand(net: Diagram, text: str) -> None:
    holds(simplify(net), text)


# --- random ---


def _calm(f: Function) -> bool:
    """Neither exp nor ln in it: those are taken for the ends of layers when they stand next to one."""
    body = f.body if f.head is Head.DEFINED else f
    return not {exp, ln} & set(parts(body))


@examples(150)
@given(nets(8))
def test_every_net_has_an_additive_twin(net: Net) -> None:
    e = to_additive(net.diagram)
    assert all(g is identity or layer_chart(g)[2] for g in charts(e.rhs))  # partial: log-sum-exp and its like
    assert e.lhs == net.diagram
    agree(e, weights=net.weights, inputs=net.inputs)
    accepted(e)


@examples(60)
@given(nets(7))
def test_absorbing_keeps_the_theorem(net: Net) -> None:
    e = absorb(to_additive(net.diagram))
    agree(e, weights=net.weights)
    accepted(e)


@examples(60)
@given(nets(8))
def test_simplify_never_grows(net: Net) -> None:
    e = simplify(net.diagram)
    agree(e, weights=net.weights, inputs=net.inputs)
    accepted(e)
    assert len(e.rhs) <= len(net.diagram)
    assert simplify(e.rhs).rhs == e.rhs


@examples(80)
@given(nets(8))
def test_the_way_back_is_a_theorem_for_every_net(net: Net) -> None:
    for start in (net.diagram, to_additive(net.diagram)):
        e = to_multiplicative(start)
        agree(e, weights=net.weights, inputs=net.inputs)
        accepted(e)


CALM = tuple(f for f in FUNCTIONS if _calm(f))


@examples(250)
@given(nets(8, charts=(), functions=CALM, structured=False))
def test_there_and_back_gives_the_net_itself(net: Net) -> None:
    """For nets with a multiplicative layer and no other chart, whose maps hold no exp or ln of their own."""
    if "exp" in layers(net.diagram):
        assert to_multiplicative(to_additive(net.diagram)).rhs == net.diagram


def test_a_ln_of_the_users_own_beside_a_layer_may_come_back_elsewhere() -> None:
    net = wire(2) >> exp >> ln >> max1 >> mul("W", 2, 2)
    e = to_multiplicative(to_additive(net).rhs)
    holds(e)
    assert str(e.rhs) == "max(x, 1) ; mul(W)"


def test_a_chain_that_is_only_the_chart_of_a_layer_stays_on_the_way_back() -> None:
    net = wire(2, positive) >> ln >> mix(then(scale("1/2"), ln), ones(1, 2))
    holds(to_multiplicative(net))


def test_a_side_that_types_only_in_its_theorem_goes_on_as_a_theorem() -> None:
    net = random_net(np.random.default_rng(3818), steps=6)
    e = to_additive(net.diagram)
    with pytest.raises(IllTyped, match="only as part of its equation"):
        to_multiplicative(e.rhs)
    assert seams(e) != []
    holds(to_multiplicative(e), weights=net.weights, inputs=net.inputs)
