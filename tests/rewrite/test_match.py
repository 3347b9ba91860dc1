"""Matching: what binds to what, where a rule fits, why it does not, and in which order rules are tried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Mix,
    Refused,
    Scalar,
    Size,
    Vector,
    Weight,
    Wire,
    add,
    apply,
    at_least,
    concat,
    diagram,
    exp,
    eye,
    fn,
    ln,
    mul,
    nonnegative,
    plus,
    positive,
    reals,
    relu,
    row,
    scale,
    softplus,
    tanh,
    then,
    times,
    wire,
)
from sigmaprime.diagrams.image import layer_chart
from sigmaprime.rewrite import (
    Equal,
    Equation,
    cancel,
    companion,
    compose,
    concat_slice,
    fuse,
    fuse_add,
    map_concat,
    map_equal,
    map_slice,
    mult_add,
    rule,
    share,
    slice_concat,
    unit_add,
)
from sigmaprime.rewrite.compiled import ENABLED
from sigmaprime.rewrite.kernel import Maker
from sigmaprime.rewrite.match import bind
from sigmaprime.rewrite.schema import Schema
from tests.nets import Net, nets
from tests.rewrite.theorem import accepted, examples, holds

f, g = Function("f", reals, reals), Function("g", reals, reals)
A, B, C = (Weight(n, 2, 2) for n in "ABC")
W, V, U = (Weight(n, "n", "n") for n in "WVU")
a, b = Vector("a", 2), Vector("b", 2)


# --- terms ---


def test_a_bare_variable_takes_the_term_and_its_sizes() -> None:
    assert bind([(f, tanh)]) == {f: tanh}
    M, n, m = Weight("M", "m", "n"), Size("n"), Size("m")
    assert bind([(M, Weight("A", 2, 3))]) == {M: Weight("A", 2, 3), m: Size(2), n: Size(3)}
    s = Scalar("s")
    assert bind([(scale(s), scale(2))])[s].value == 2


def test_a_variable_that_occurs_twice_takes_equal_terms() -> None:
    assert bind([(f, tanh), (f, tanh)]) == {f: tanh}
    with pytest.raises(Refused, match="f stands at two places of the rule, for tanh and for exp"):
        bind([(f, tanh), (f, exp)])


@pytest.mark.parametrize(
    ("pattern", "term", "found"),
    [
        (then(exp, f), then(exp, tanh, ln), {f: then(tanh, ln)}),
        (then(f, ln), then(exp, tanh, ln), {f: then(exp, tanh)}),
        (then(exp, f, ln), then(exp, tanh, ln), {f: tanh}),
    ],
)
def test_a_chain_with_one_open_part_is_solved_by_removal(pattern: Any, term: Any, found: Any) -> None:
    assert bind([(pattern, term)]) == found


def test_products_and_sums_are_solved_by_removal() -> None:
    got = bind([(W, A), (times(V, W), times(B, times(C, A)))])
    assert got[V] is times(B, C)
    x = Vector("x", "n")
    got = bind([(W, A), (x, a), (plus(apply(W, x), Vector("y", "n")), plus(apply(A, a), b))])
    assert got[Vector("y", "n")] is b


def test_a_known_part_of_a_chain_is_put_in_before_comparing() -> None:
    assert bind([(then(f, g), then(exp, tanh)), (f, exp)]) == {f: exp, g: tanh}
    assert bind([(f, exp), (g, tanh), (then(f, g), then(exp, tanh))]) == {f: exp, g: tanh}
    with pytest.raises(Refused, match=r"the rule wants .*, the net has"):
        bind([(f, exp), (g, tanh), (then(f, g), then(exp, ln))])


def test_two_open_parts_are_ambiguous() -> None:
    with pytest.raises(Refused, match="fits in several ways: name its functions or weights first"):
        bind([(then(f, g), then(exp, tanh, ln))])
    with pytest.raises(Refused, match="fits in several ways"):
        bind([(times(W, V), times(A, times(B, C)))])


@pytest.mark.parametrize(
    ("pattern", "term", "found"),
    [(Size("n"), Size(5), 5), (Size("n") + Size(2), Size(5), 3), (Size("n") + Size("n"), Size(4), 2)],
)
def test_a_size_with_one_open_name_is_solved_in_natural_numbers(pattern: Size, term: Size, found: int) -> None:
    assert bind([(pattern, term)]) == {Size("n"): Size(found)}


@pytest.mark.parametrize(
    ("pattern", "term"), [(Size("n") + Size("n"), Size(5)), (Size("n") + Size(3), Size(2)), (Size(2), Size(3))]
)
def test_a_size_without_a_natural_solution_does_not_bind(pattern: Size, term: Size) -> None:
    with pytest.raises(Refused, match="the rule wants"):
        bind([(pattern, term)])


def test_sizes_wait_for_one_another() -> None:
    p, q = Size("p"), Size("q")
    assert bind([(p + q, Size(5)), (p, Size(2))]) == {p: Size(2), q: Size(3)}


def test_rows_and_definitions_bind_part_by_part() -> None:
    assert bind([(row(W, V), row(A, B))])[V] is B
    with pytest.raises(Refused):
        bind([(row(W, V), row(A, B, C))])
    one = Function.defined("t", exp >> Function("f", positive, positive) >> ln)
    at = one.instance({Function("f", positive, positive): tanh})
    assert bind([(one, at)]) == {Function("f", positive, positive): tanh}
    with pytest.raises(Refused):
        bind([(one, Function.defined("t", exp >> tanh))])


# --- places ---


def ln_of_exp() -> Any:
    return exp >> ln


NET = mul("W1", 3, 3) >> tanh >> add("W2", 3, 3) >> exp >> mul("W3", 3, 3)


def test_matches_names_the_wires() -> None:
    assert mult_add.matches(NET) == [1, 5]
    assert cancel(f=exp).matches(exp >> ln >> exp >> ln) == [2, 4]
    assert cancel.matches(exp >> ln >> tanh) == [2]
    assert compose.matches(exp >> ln >> tanh) == [2, 3]
    assert fuse.matches(mul("A", 2, 2) >> mul("B", 2, 2)) == [2]


@pytest.mark.parametrize(
    ("e", "at", "why"),
    [
        (mult_add, 1, None),
        (mult_add, 0, "wire 0 is an input, the rule wants mul(W, b)"),
        (mult_add, 2, "wire 2 is tanh, the rule wants mul(W, b)"),
        (mult_add, 3, "wire 3 is add(W2), the rule wants mul(W, b)"),
        (companion, 5, "wire 5 is mul(W3), the rule wants ln"),
        (cancel(f=exp), 4, "wire 4 is exp, the rule wants ln"),
        (
            fuse,
            3,
            "wire 3 is add(W2); it reads wire 2 (tanh). No instance of fuse(g=..) has this shape: "
            "mix(g, W1, b1) ; mix(g, W2, b2) = mix(g, W2·W1, W2·b1 + b2)",
        ),
    ],
)
def test_why_not_names_the_box_and_what_the_rule_wants(e: Equation | Schema, at: int, why: str | None) -> None:
    assert e.why_not(NET, at) == why


def test_why_not_names_the_deepest_box() -> None:
    net = exp >> tanh >> ln
    assert cancel(f=exp).why_not(net, 3) == "wire 2 is tanh, the rule wants exp"
    assert cancel(f=relu, on=nonnegative).why_not(wire(2) >> relu, 1) == (
        "⊢ relu = wire on [0, ∞) holds on [0, ∞); the wire may hold anything in (-∞, ∞) (wire 0, input 0)"
    )
    with pytest.raises(IllTyped, match="there is no wire 9"):
        mult_add.why_not(NET, 9)


def test_why_not_without_a_wire_names_the_place_where_most_of_the_rule_is_there() -> None:
    net = tanh >> ln_of_exp() >> add("W", 3, 3) >> exp >> softplus >> ln
    assert cancel(f=exp).why_not(net) is None
    three = (add("A", 3, 3) >> tanh >> exp).rewrite(cancel)
    assert (
        three.why_not(tanh >> exp >> exp)
        == "it fits nowhere; closest is wire 2: wire 0 is input 0, the rule wants add(A)"
    )
    assert three.why_not(fn(tanh)) == "it fits nowhere: no box is exp"
    assert fuse.why_not(add("A", 2, 2) >> tanh) == (
        "it fits nowhere; closest is wire 1: wire 1 is add(A); it reads wire 0 (input 0). No instance of fuse(g=..) has this shape: "
        "mix(g, W1, b1) ; mix(g, W2, b2) = mix(g, W2·W1, W2·b1 + b2)"
    )
    assert fuse.why_not(fn(tanh)) == (
        "it fits nowhere: fuse(g=..) ends in a layer, and there is none: mix(g, W1, b1) ; mix(g, W2, b2) = mix(g, W2·W1, W2·b1 + b2)"
    )
    assert str((~mult_add).why_not(ln >> add("A", 2, 2) >> tanh >> exp)).startswith(
        "it fits nowhere; closest is wire 4: wire 3 is tanh, the rule wants add(W, b)"
    )


def test_the_two_readings_of_a_rule_are_asked_alike() -> None:
    assert "from right to left" in str((~map_concat).why_not(wire(2) >> tanh, 1))
    assert (~cancel(f=exp)).matches(wire(2) >> tanh) == [0, 1]
    assert (~cancel(f=exp)).why_not(wire(2) >> tanh, 0) is None


def test_an_equation_is_asked_with_all_that_it_knows() -> None:
    s = Function("s", reals, reals)
    fact = Equal(then(s, relu), s, reals)
    drops = (s >> relu).rewrite(compose).rewrite(map_equal(f=fact.first, g=s, on=reals, given=(fact,)), given=fact)
    net = wire(2) >> s >> relu
    assert drops.matches(net) == []
    assert drops.matches(net, given=fact) == [2]
    assert "it fits if (relu∘s) = s" in str(drops.why_not(net, 2))
    assert drops.why_not(net, given=[fact]) is None
    thm = net.rewrite(drops, given=fact)
    twice = thm >> s >> relu
    assert drops.matches(twice) == [3]


def test_a_function_variable_takes_only_its_signature() -> None:
    σ = Function("σ", positive, positive)

    @rule
    def around():  # type: ignore[no-untyped-def]
        return wire("n", positive) >> σ >> ln, wire("n", positive) >> σ >> ln >> exp >> ln

    assert around.matches(wire(2, positive) >> softplus >> ln) == [2]
    why = around.why_not(wire(2, at_least(2)) >> ln >> ln, 2)
    assert why is not None
    assert "σ stands for functions from (0, ∞) into (0, ∞); ln is none of them" in why


def test_a_concat_has_as_many_parts_as_the_rule_says() -> None:
    @diagram(wire(1), wire(1), wire(1))
    def net(x: Wire, y: Wire, z: Wire) -> Wire:
        return tanh(concat(x, y, z))

    two, three = map_concat(f=tanh, parts=2), map_concat(f=tanh, parts=3)
    assert two.why_not(net, 4) == "wire 3 is concat of 3 wires, the rule wants 2"
    holds(net.rewrite(three))
    assert net.rewrite(two).unused == (two.label,)


def test_wires_that_the_rule_takes_apart_may_be_one() -> None:
    @diagram(wire(2))
    def net(x: Wire) -> Wire:
        return tanh(concat(x, x))

    e = net.rewrite(map_concat)
    holds(e)
    assert len(e.rhs) == 3


def test_slices_match_by_start_and_size() -> None:
    @diagram(wire(5))
    def net(x: Wire) -> tuple[Wire, Wire]:
        return tanh(x[1:3]), concat(x[0:2], x[2:5])

    e = net.rewrite(map_slice, concat_slice)
    holds(e)
    assert e.unused == ()

    @diagram(wire(5))
    def gap(x: Wire) -> Wire:
        return concat(x[0:2], x[3:5])

    assert gap.rewrite(concat_slice).unused == ("concat_slice",)


def test_identical_layers_are_units_only_for_the_unit() -> None:
    assert unit_add.matches(add(eye(3))) == [1]
    assert unit_add.matches(add(np.eye(3))) == []
    holds((wire(3) >> add(eye(3)) >> tanh).rewrite(unit_add), "⊢ add(I) ; tanh = tanh")


# --- driving ---


def test_rules_are_tried_in_the_order_given() -> None:
    net = exp >> ln >> tanh
    assert str(net.rewrite(cancel, compose).rhs) == "tanh"
    assert str(net.rewrite(compose, cancel).rhs) == "tanh"
    assert len(net.rewrite(cancel, compose).steps) == 1
    assert len(net.rewrite(compose, cancel).steps) == 2


def test_once_does_not_enter_what_it_made() -> None:
    e = NET.rewrite(mult_add, once=True)
    assert len(e.steps) == 2
    doubled = (wire(2, positive) >> tanh).rewrite(_split(), once=True)
    assert len(doubled.steps) == 1


def _split() -> Equation:
    @rule
    def grow():  # type: ignore[no-untyped-def]
        return wire("n", positive) >> tanh, wire("n", positive) >> tanh >> ln >> exp

    return grow


def test_at_names_wires() -> None:
    e = NET.rewrite(mult_add, at=5)
    assert [s.node for s in e.steps] == [5]
    assert [s.node for s in NET.rewrite(mult_add, at=[1, 5]).steps] == [1, 5]
    assert NET.rewrite(mult_add, at=3).unused == ("mult_add",)
    holds(e)


def test_rules_that_never_fired_are_told() -> None:
    e = NET.rewrite(mult_add, companion, share)
    assert e.unused == ("companion", "share")
    assert str(e.report()).endswith("rules that never fired: companion, share")


def test_two_rules_that_undo_each_other_end_with_the_cycle() -> None:
    net = wire(2) >> exp >> tanh
    with pytest.raises(Refused, match=r"no end after 1300 steps: .*~compose.*, compose.*Two rules undo each other"):
        net.rewrite(compose, ~compose(f=exp, g=tanh))
    with pytest.raises(Refused, match="no end after 7 steps: the last ones were grow"):
        (wire(2, positive) >> tanh).rewrite(_split(), limit=7)


# --- two ways to do one thing ---


@contextmanager
def interpreted() -> Iterator[None]:
    ENABLED[0] = False
    try:
        yield
    finally:
        ENABLED[0] = True


def rules(net: Net) -> list[Any]:
    charts = {n.box.chart for n in net.diagram.nodes if isinstance(n.box, Mix) and not layer_chart(n.box.chart)[2]}
    return [
        cancel,
        mult_add,
        unit_add,
        slice_concat,
        map_concat,
        map_slice,
        fuse_add,
        *(fuse(g=c) for c in sorted(charts, key=str)),
    ]


def trace(e: Equation) -> Any:
    assert e.proof.maker in (Maker.REWRITE, Maker.REFL)
    steps = [(s.rule, s.node) for s in e.steps]
    return steps, e.rhs, e.known, e.outputs, e.unused


def forget(used: list[Any]) -> None:
    for r in used:
        made = list(r._made.values()) if isinstance(r, Schema) else [r]
        for e in made:
            if e.plan is not None:
                e.plan.memo.clear()
                e.plan.fast.clear()


@examples(60)
@given(nets(6))
def test_compiled_and_interpreted_steps_are_the_same(net: Net) -> None:
    used = rules(net)
    fast = trace(net.diagram.rewrite(*used))
    with interpreted():
        assert trace(net.diagram.rewrite(*used)) == fast


@examples(40)
@given(nets(6))
def test_what_is_remembered_of_matches_changes_nothing(net: Net) -> None:
    used = rules(net)
    warm = net.diagram.rewrite(*used)
    forget(used)
    assert trace(net.diagram.rewrite(*used)) == trace(warm)
    accepted(warm)
