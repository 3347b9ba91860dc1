"""The named theorems: what they say, how they were derived, and that they hold at every size."""

from __future__ import annotations

from typing import Any

import pytest

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Interval,
    Refused,
    Weight,
    Wire,
    add,
    at_least,
    atanh,
    concat,
    cube,
    diagram,
    exp,
    eye,
    fn,
    identity,
    inverse,
    ln,
    mix,
    mul,
    negate,
    nonnegative,
    positive,
    power,
    reals,
    relu,
    scale,
    shift,
    sigmoid,
    sinh,
    softplus,
    square,
    tanh,
    then,
    unit,
    wire,
)
from sigmaprime.rewrite import (
    Equation,
    Grade,
    cancel,
    chart,
    companion,
    compose,
    concat_slice,
    fuse,
    fuse_add,
    map_concat,
    map_equal,
    map_identity,
    map_slice,
    mult_add,
    naturality,
    share,
    slice_concat,
    unit_add,
)
from tests.rewrite.theorem import holds

CHARTS = {
    "exp": exp,
    "identity": identity,
    "cube": cube,
    "sinh": sinh,
    "softplus": softplus,
    "sigmoid": sigmoid,
    "tanh": tanh,
}


@pytest.mark.parametrize(
    ("e", "text"),
    [
        (mult_add, "⊢ mul(W, b) = ln ; add(W, b) ; exp"),
        (companion, "⊢ exp ; mul(W, b) ; ln = add(W, b)"),
        (fuse_add, "⊢ add(W1, b1) ; add(W2, b2) = add(W2·W1, W2·b1 + b2)"),
        (unit_add, "⊢ add(I) = wire"),
        (fuse(g=exp), "⊢ mul(W1, b1) ; mul(W2, b2) = mul(W2·W1, W2·b1 + b2)"),
        (compose(f=exp, g=tanh), "⊢ exp ; tanh = tanh∘exp"),
        (cancel(f=exp), "⊢ exp ; ln = wire"),
        (cancel(f=ln), "⊢ ln ; exp = wire"),
        (cancel(f=negate), "⊢ negate ; negate = wire"),
        (cancel(f=identity), "⊢ identity = wire"),
        (map_identity(on=positive), "⊢ identity = wire on (0, ∞)"),
        (map_equal(f=then(tanh, atanh), g=identity), "⊢ atanh∘tanh = identity"),
    ],
)
def test_what_the_theorems_say(e: Equation, text: str) -> None:
    holds(e, text)
    assert e.grade is Grade.PROVED


@pytest.mark.parametrize(
    "e", [mult_add, companion, fuse_add, fuse(g=exp), fuse(g=sinh), map_slice(f=tanh), concat_slice(on=reals)]
)
def test_named_equations_hold_at_every_size_zero_included(e: Equation) -> None:
    names = {str(s) for s in _sizes(e)}
    for value in (0, 1, 3):
        holds(e(**dict.fromkeys(names, value)))
    for zero in names:
        holds(e(**{n: 0 if n == zero else 2 for n in names}))


def _sizes(e: Equation) -> list[Any]:
    from sigmaprime.diagrams.calling import diagram_sizes

    return [*diagram_sizes(e.lhs), *diagram_sizes(e.rhs)]


@pytest.mark.parametrize("g", [*CHARTS.values()], ids=[*CHARTS])
def test_layers_in_one_chart_fuse_with_their_biases(g: Function) -> None:
    holds(fuse(g=g))
    if g is not identity:
        holds(chart(g=g))
        holds(~chart(g=g))
        assert {a.name for a in fuse(g=g).axioms} >= {"chart", "fuse_add"}


def layers(g: Function, count: int = 4) -> Diagram:
    net: Any = None
    for i in range(1, count + 1):
        layer = mix(g, f"W{i}", 2, 2, bias=f"b{i}")
        net = layer if net is None else net >> layer
    assert isinstance(net, Diagram)
    return net


@pytest.mark.parametrize("g", [*CHARTS.values()], ids=[*CHARTS])
def test_fusing_in_any_order_gives_one_term(g: Function) -> None:
    net = layers(g)
    rule = fuse(g=g)
    at_once = net.rewrite(rule)
    assert len(at_once.rhs) == 1
    assert len(at_once.steps) == 3
    holds(at_once, epsilon=1e-7)
    for order in ([4], [2], [3], [4, 2], [2, 4], [3, 4]):
        e = net.rewrite(rule, at=order[0])
        for _ in order[1:]:
            e = e.rewrite(rule, at=[w for w in rule.matches(e.rhs) if w][-1])
        last = e.rewrite(rule)
        assert last.rhs == at_once.rhs
        holds(last, epsilon=1e-7)


def test_layers_in_two_charts_do_not_fuse() -> None:
    net = mix(tanh, "W1", 2, 2) >> mix(identity, "W2", 2, 2)
    assert fuse.matches(net) == []
    assert net.rewrite(fuse).unused == ("fuse",)


@pytest.mark.parametrize(
    ("f", "on"),
    [
        (exp, reals), (ln, positive), (tanh, reals), (atanh, Interval("(-1, 1)")), (sigmoid, reals), (softplus, reals), (sinh, reals),
        (cube, reals), (square, nonnegative), (square, at_least(1)), (power(-1), positive),
        (scale(-2), reals), (shift("1/3"), unit), (negate, positive), (then(exp, tanh), reals), (power("2/3"), positive),
        (tanh, nonnegative), (inverse(tanh, on=nonnegative), Interval("[0, 1)")),
    ],
)  # fmt: skip
def test_a_bijection_and_its_inverse_cancel_on_its_branch(f: Function, on: Interval) -> None:
    holds(cancel(f=f, on=on))
    net = wire("n", on) >> f >> inverse(f, on)
    holds(net.rewrite(cancel, compose))
    g = inverse(f, on)
    holds((wire("n", on) >> f >> g >> f).rewrite(cancel, compose))


def test_cancel_shortens_chains_and_drops_what_is_the_identity_there() -> None:
    holds((wire("n") >> then(tanh, exp, ln, sinh)).rewrite(cancel), "⊢ sinh∘ln∘exp∘tanh = sinh∘tanh")
    holds((wire("n") >> then(exp, ln)).rewrite(cancel), "⊢ ln∘exp = wire")
    holds(
        (wire("n", positive) >> relu >> identity >> tanh).rewrite(cancel), "⊢ relu ; identity ; tanh = tanh on (0, ∞)"
    )
    holds((wire("n") >> relu >> relu).rewrite(cancel), "⊢ relu ; relu = relu")
    holds((wire("n") >> scale(1) >> shift(0) >> power(1)).rewrite(cancel), "⊢ 1·x ; x + 0 ; x^1 = wire")


def test_cancel_asks_for_the_branch() -> None:
    root = power("1/2")
    with pytest.raises(Refused, match=r"x\^2 ; .* is not known to be the identity on \(-∞, ∞\)"):
        cancel(f=square, g=root, on=reals)
    assert (wire("n") >> square >> root).rewrite(cancel).unused == ("cancel",)
    assert str((wire("n", positive) >> square >> root).rewrite(cancel).rhs) == "wire"


def test_both_orders_of_swapping_two_weights() -> None:
    V, W = Weight("V", 2, 2), Weight("W", 2, 2)
    e = (mul("W", 2, 2, bias="b") >> mul("V", 2, 2, bias="c")).rewrite(fuse)
    one, other = e(V=W, W=V), e(W=V, V=W)
    assert (one.lhs, one.rhs) == (other.lhs, other.rhs)
    holds(one, "⊢ mul(V, b) ; mul(W, c) = mul(W·V, W·b + c)")


def test_a_map_is_natural_over_bundles_and_slices() -> None:
    assert naturality is map_concat
    holds(map_concat(f=tanh, parts=3))
    holds(map_concat(f=ln, on=[positive, at_least(2)]))
    holds(map_slice(f=sigmoid))
    holds(slice_concat(part=1, parts=3))
    holds(concat_slice(on=positive))

    @diagram(wire(2), wire(1))
    def net(x: Wire, y: Wire) -> tuple[Wire, Wire]:
        h = tanh(concat(x, y))
        return h[0:2], h[2:3]

    e = net.rewrite(map_concat, slice_concat)
    holds(e, "⊢ h1 = tanh(x, y)\nslice(0, 2)(h1), slice(2, 1)(h1)\n=\ntanh(x), tanh(y)")


def test_share_merges_equal_boxes_on_equal_wires() -> None:
    @diagram(wire(3))
    def net(x: Wire) -> tuple[Wire, Wire, Wire]:
        return sigmoid(tanh(x)), sigmoid(tanh(x)) + tanh(x), add("W", 3, 3)(x)

    e = net.rewrite(share)
    holds(e)
    assert [s.rule for s in e.steps] == ["share"] * 3
    assert len(e.rhs) == len(net) - 3
    assert e.rhs.rewrite(share).unused == ("share",)
    assert str(e.steps[0]).startswith("share at wire ")


def test_share_and_rules_take_turns() -> None:
    @diagram(wire(3))
    def net(x: Wire) -> Wire:
        return tanh(ln(exp(x))) + tanh(x)

    e = net.rewrite(cancel, share)
    holds(e)
    assert str(e.rhs) == "h1 = tanh(x)\nh1 + h1"


def test_share_keeps_other_weights_and_other_wires_apart() -> None:
    @diagram(wire(3), wire(3))
    def net(x: Wire, y: Wire) -> tuple[Wire, Wire, Wire]:
        return add("V", 3, 3)(x), add("W", 3, 3)(x), add("V", 3, 3)(y)

    assert net.rewrite(share).rhs == net


def test_the_unit_and_identity_laws_hold_everywhere() -> None:
    for on in (reals, positive, unit, nonnegative):
        holds(map_identity(on=on))
        holds((wire("n", on) >> add(eye("n"))).rewrite(unit_add))
        holds((wire("n", on) >> fn(identity) >> fn(identity)).rewrite(cancel))
