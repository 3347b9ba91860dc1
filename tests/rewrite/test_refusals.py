"""What would prove something false is refused, and the message says what, where, and what would be right."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Refused,
    SigmaError,
    Weight,
    Wire,
    add,
    at_least,
    atan,
    concat,
    diagonal,
    diagram,
    exp,
    fn,
    inverse,
    ln,
    max1,
    maxpool,
    mix,
    mixing,
    mul,
    multiple,
    negate,
    nonnegative,
    positive,
    power,
    reals,
    relu,
    shift,
    sigmoid,
    softplus,
    sqrt,
    square,
    tanh,
    then,
    windows,
    wire,
    zero,
)
from sigmaprime.rewrite import (
    Equal,
    Equation,
    Grade,
    bound,
    cancel,
    define,
    fuse,
    image,
    increasing,
    map_equal,
    mult_add,
    partial_chart,
    pool_map,
    rule,
    share,
    slice_concat,
    to_additive,
    unit_add,
    verify,
)
from sigmaprime.rewrite.proof import proof_bytes
from tests.rewrite.theorem import accepted, holds

real = Function("s", reals, reals)
FACT = Equal(then(real, relu), real, reals)
collapse = cancel(f=relu, on=nonnegative)


@rule
def squared_layer():  # type: ignore[no-untyped-def]
    "x^2 = mul(2·I) on positive wires"
    return wire(2, positive) >> square, mul(2 * np.eye(2))


def side_that_needs_its_equation() -> Equation:
    return (wire(2, at_least(1)) >> square >> ln >> sqrt).rewrite(squared_layer)


def stranger(value: Any) -> Any:
    """A value of a sort that the types forbid."""
    return value


def test_1_what_an_equation_knows_of_a_wire_does_not_leave_with_its_side() -> None:
    assumed = map_equal(f=then(real, relu), g=real, on=reals, given=(FACT,))
    thm = (wire("n") >> fn(then(real, relu)) >> relu).rewrite(assumed, given=[FACT])
    inside = thm.rewrite(collapse)
    assert inside.hypotheses == (FACT,)
    holds(inside, values={"s": Function.atom("softplus")})
    alone = thm.rhs.rewrite(collapse)
    assert alone.rhs == thm.rhs
    assert alone.unused == ("cancel(f=relu, on=[0, ∞))",)
    why = collapse.why_not(thm.rhs, 2)
    assert why is not None
    assert "holds on [0, ∞); the wire may hold anything in (-∞, ∞)" in why


def test_2_a_side_that_does_not_type_alone_says_to_use_its_equation() -> None:
    thm = side_that_needs_its_equation()
    assert str(thm) == f"⊢ x^2 ; ln ; x^(1/2) = {thm.rhs}"
    for use in (lambda: max1 >> thm.rhs, lambda: thm.rhs.rewrite(cancel), lambda: thm.rhs @ exp, lambda: thm.rhs.types):
        with pytest.raises(
            IllTyped, match=r"well typed only as part of its equation.*thm\.rewrite\(\.\.\.\), exp >> thm"
        ):
            use()
    assert str(max1 >> thm).startswith("⊢ max(x, 1) ; x^2 ; ln")
    accepted(max1 >> thm)


def test_3_an_axiom_has_the_same_inputs_on_both_sides() -> None:
    with pytest.raises(Refused, match=r"\(-∞, ∞\) on the left, n in \[0, ∞\) on the right\. Restrict one with wire"):

        @rule
        def wrong():  # type: ignore[no-untyped-def]
            return fn(relu), wire("n", nonnegative)


def test_4_a_second_equation_holds_where_the_first_does() -> None:
    wide = (wire("n") >> relu >> relu).rewrite(cancel)
    holds(wide, "⊢ relu ; relu = relu")
    with pytest.raises(Refused, match=r"the second equation holds on \[0, ∞\) only; the first gives \(-∞, ∞\)"):
        wide.then(collapse)


def test_5_a_bare_wire_on_the_left_needs_a_place_and_makes_no_cycle() -> None:
    net = wire("n") >> tanh >> sigmoid
    with pytest.raises(Refused, match=r"name them: ~cancel\(f=\.\.\)"):
        net.rewrite(~cancel)
    with pytest.raises(Refused, match=r"bare wire, it fits everywhere: name the wire \(at=\.\.\.\)"):
        net.rewrite(~cancel(f=exp))
    holds(net.rewrite(~cancel(f=exp), at=1), "⊢ tanh ; sigmoid = tanh ; exp ; ln ; sigmoid")
    holds(net.rewrite(~cancel(f=exp), at=0), "⊢ tanh ; sigmoid = exp ; ln ; tanh ; sigmoid")
    holds(net.rewrite(~cancel(f=exp), at=2), "⊢ tanh ; sigmoid = tanh ; sigmoid ; exp ; ln")

    @diagram(wire(2))
    def thrice(x: Wire) -> tuple[Wire, Wire]:
        h = tanh(x)
        return h + sigmoid(h), h

    e = thrice.rewrite(~cancel(f=exp), at=1)
    holds(e)
    assert [str(n.box) for n in e.rhs.nodes].count("tanh") == 1
    assert len(e.rhs) == len(thrice) + 2


def test_6_an_inverse_names_its_branch() -> None:
    with pytest.raises(
        IllTyped, match=r"x\^2 has no known inverse on .*: f\(-1\) = f\(1\)\. Say the branch: inverse\(f, on="
    ):
        inverse(square)


def test_7_an_inverse_takes_exactly_the_image_of_its_branch() -> None:
    branch = inverse(square, on=at_least(1))
    with pytest.raises(IllTyped, match=r"carries \(0, ∞\), but \(x\^2\)⁻¹ takes \[1, ∞\)"):
        wire("n", positive) >> branch >> square
    holds((wire("n", at_least(1)) >> branch >> square).rewrite(cancel), "⊢ (x^2)⁻¹ ; x^2 = wire")
    below = inverse(square, on=Function("f", nonnegative, reals).key[2].scaled(-1))
    with pytest.raises(Refused, match="not known to be the identity"):
        cancel(f=square, g=below, on=positive)


def test_8_a_chart_is_no_variable() -> None:
    with pytest.raises(
        IllTyped, match="s is no chart: a chart maps all reals one to one and continuously onto an open"
    ):
        mix(real, "W", 2, 2)
    with pytest.raises(IllTyped, match="x\\^2 is no chart"):
        mix(square, "W", 2, 2)


def test_9_a_layer_in_a_partial_chart_keeps_positive_vectors_positive() -> None:
    needs = "no bias, no negative entry and no zero row"
    V = mixing("V", 2, 2)
    for weight in (np.array([[1.0, -1.0]]), np.array([[1.0, 1.0], [0.0, 0.0]]), -1 * V, zero(2, 2), Weight("V", 2, 2)):
        with pytest.raises(IllTyped, match=f"ln is no chart of all reals but one of .0, oo. only.*{needs}"):
            mix(ln, weight)
    with pytest.raises(IllTyped, match=needs):
        mix(ln, V, bias="b")
    layer = wire(2) >> mix(ln, V)
    x = np.array([[0.5, -1.0]])
    positive_entries = np.array([[1.0, 2.0], [0.0, 3.0]])
    np.testing.assert_allclose(layer(x, V=positive_entries), np.log(np.exp(x) @ positive_entries.T))
    for bad in (np.array([[1.0, -1.0], [1.0, 1.0]]), np.array([[1.0, 1.0], [0.0, 0.0]])):
        with pytest.raises(IllTyped, match="the array for V is no mixing"):
            layer(x, V=bad)
    opened = layer.rewrite(partial_chart)
    holds(opened, "⊢ mix(ln, V) = exp ; add(V) ; ln", weights={"V": positive_entries})
    with pytest.raises(SigmaError, match="V"):
        opened(V=Weight("U", 2, 2))  # a variable without a promise does not stand for one with it


def test_10_two_functions_with_one_label_do_not_meet() -> None:
    one, other = define("σ'", exp >> tanh >> ln), define("σ'", exp >> sigmoid >> ln)
    with pytest.raises(Refused, match=r"two different functions are labelled σ': .*tanh.* and .*sigmoid"):
        one.fold.then(other.unfold)


def test_11_only_chains_of_maps_define_functions() -> None:
    with pytest.raises(
        IllTyped, match=r"'s' cannot be defined by this diagram: mix mixes components; only a chain of maps"
    ):
        define("s", add("W", 3, 3))
    with pytest.raises(IllTyped, match="a bare wire"):
        define("s", wire(2))
    with pytest.raises(IllTyped, match="2 inputs and 2 outputs"):
        define("s", fn(tanh) @ fn(tanh))


@diagram(wire("n", positive))
def self_product(x: Wire) -> Wire:
    return x * x


def test_12_a_rule_that_wants_one_wire_twice_wants_one_wire_twice() -> None:
    @rule
    def product():  # type: ignore[no-untyped-def]
        "x·x = x^2"
        return self_product, wire("n", positive) >> square

    @diagram(wire(2, positive))
    def equal_boxes(x: Wire) -> Wire:
        return tanh(x) * tanh(x)

    e = equal_boxes.rewrite(product)
    assert e.unused == ("product",)
    why = product.why_not(equal_boxes, 4)
    assert (
        why
        == "the rule wants one wire twice, here are two: wire 1 (tanh) and wire 2 (tanh). If equal boxes made them, share first"
    )
    holds(equal_boxes.rewrite(share, product), "⊢ tanh(x) * tanh(x) = tanh ; x^2")


@diagram(wire(2), wire(3))
def first_part(x: Wire, y: Wire) -> Wire:
    return concat(x, y)[0:2]


def test_13_the_start_of_a_slice_is_part_of_the_match() -> None:
    second = slice_concat(part=1)
    assert second.why_not(first_part, 3) == "n1 stands at two places of the rule, for 0 and for 2"
    assert first_part.rewrite(second).rhs == first_part
    holds(first_part.rewrite(slice_concat(part=0)))

    @diagram(wire(2), wire(2))
    def across(x: Wire, y: Wire) -> Wire:
        return concat(x, y)[1:3]

    assert slice_concat.matches(across) == []
    assert across.rewrite(slice_concat).rhs == across


def test_14_a_maximum_passes_only_where_the_function_rises() -> None:
    pairs = windows([4], [2], stride=[2])
    net = fn(square) >> maxpool(pairs)
    why = (~pool_map).why_not(wire(4) >> net, 2)
    assert why == (
        "x^2 is not known to be nondecreasing on (-∞, ∞) (from -3 to -2 it falls from 9 to 4): "
        "a maximum passes through nondecreasing functions only, the same for every component"
    )
    assert (wire(4) >> net).rewrite(~pool_map).unused == ("~pool_map",)
    e = (wire(4, nonnegative) >> net).rewrite(~pool_map)
    holds(e, "⊢ x^2 ; maxpool(conv(𝟙)) = maxpool(conv(𝟙)) ; x^2 on [0, ∞)")
    x = np.array([[-3.0, 1.0, 2.0, 0.0]])
    assert net(x)[0, 0] == 9.0
    assert (maxpool(pairs) >> square)(x)[0, 0] == 1.0
    with pytest.raises(SigmaError, match=r"carries \(-∞, ∞\)|holds on \[0, ∞\) only"):
        wire(4) >> e  # what holds on half a line is not attached to the whole


def test_15_what_is_said_of_a_variable_is_a_hypothesis() -> None:
    sigma = Function("σ", reals, reals)
    fact = Equal(then(relu, sigma), sigma, reals)
    with pytest.raises(
        Refused, match=r"σ stands for every function of the signature; give it as a hypothesis \(given="
    ):
        map_equal(f=fact.first, g=fact.second)
    e = map_equal(f=fact.first, g=fact.second, given=(fact,))
    assert e.hypotheses == (fact,)
    asked = increasing(sigma)
    assert asked.grade is Grade.UNKNOWN
    assert asked.tried[0] == "chain: σ stands for every function of its signature; name one"


def test_16_a_bound_is_not_an_equation() -> None:
    flipped = then(negate, exp, tanh, ln, negate)
    found = bound(softplus, flipped)
    for given in (found, found.value, [found.value]):
        with pytest.raises(Refused, match=r"differ by up to 0.42451 \(proved\): a bound is not an equation"):
            map_equal(f=softplus, g=flipped, given=given)
        with pytest.raises(Refused, match="a bound is not an equation"):
            (fn(softplus) >> add("W", 2, 2)).rewrite(mult_add, given=given)
    with pytest.raises(Refused, match="softplus = relu is no fact to assume"):
        fn(softplus).rewrite(mult_add, given=["softplus = relu"])


def test_17_floats_are_the_numbers_that_they_are() -> None:
    third, three = add(np.array([[1 / 3]])), add(np.array([[3.0]]))
    fused = (third >> three).rewrite(fuse)
    assert fused.rewrite(unit_add).unused == ("unit_add",)  # in floats the product is 1
    assert verify(third >> three, wire(1)).grade is Grade.REFUTED
    assert verify(third >> three, fused.rhs).grade is Grade.PROVED
    scaled = (add(multiple(1 / 3, 1)) >> add(multiple(3.0, 1))).rewrite(fuse)
    assert str(scaled.rhs) == "add(18014398509481983/18014398509481984·I)"
    assert unit_add.why_not(scaled) == (
        "it fits nowhere; closest is wire 1: the rule wants I, the net has 18014398509481983/18014398509481984·I"
    )
    exact = add(multiple(Fraction(1, 3), 1)) >> add(multiple(3, 1))
    holds(exact.rewrite(fuse, unit_add), "⊢ add(1/3·I) ; add(3·I) = wire")


def test_18_the_end_of_an_image_is_not_rounded_inward() -> None:
    c = Fraction(math.pi / 2)  # below π/2, so that atan reaches it
    reciprocal = then(negate, shift(c), power(-1))
    with pytest.raises(IllTyped, match=r"It may hold 0: division by zero"):
        fn(atan) >> reciprocal
    with pytest.raises(IllTyped, match=r"It may hold 0: division by zero"):
        fn(atan) >> negate >> shift(c) >> power(-1)
    safe = fn(atan) >> negate >> shift(Fraction(8, 5)) >> power(-1)
    assert image(safe).value.lo > 0


def test_19_a_constant_is_an_array_of_finite_reals() -> None:
    with pytest.raises(IllTyped, match=r"entry \(0, 1\) is nan; a weight is an array of finite reals"):
        add(np.array([[1.0, float("nan")]]))
    with pytest.raises(IllTyped, match=r"entry \(1,\) is inf"):
        add(np.eye(2), bias=np.array([1.0, float("inf")]))
    with pytest.raises(IllTyped, match="give a real array of 2 axes"):
        add(np.array([[1j, 2]]))


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda: multiple(float("nan"), 2), "nan is no exact number"),
        (lambda: multiple(float("-inf"), 2), "inf"),
        (lambda: add(np.array([["a"]])), "give a real array of 2 axes"),
        (lambda: add(np.array([[True]])), "give a real array of 2 axes"),
        (lambda: add(np.array([[object()]])), "give a real array of 2 axes"),
        (lambda: diagonal(stranger(np.array([1.0, 2.0]))), "is no vector; a diagonal matrix of numbers is a weight"),
    ],
)
def test_19_what_is_no_array_of_reals_is_named(work: Callable[[], object], said: str) -> None:
    with pytest.raises(IllTyped, match=said):
        work()


def test_19_a_constant_is_its_content_and_does_not_follow_the_array_it_was_made_of() -> None:
    array = np.eye(2)
    net = add(array) >> exp >> ln
    thm = net.rewrite(cancel)
    before = proof_bytes(thm)
    array[0, 0] = 5
    assert net == add(np.eye(2)) >> exp >> ln
    assert net != add(array) >> exp >> ln
    assert proof_bytes(thm) == before
    np.testing.assert_array_equal(thm.rhs(np.array([[1.0, 2.0]])), [[1.0, 2.0]])
    for kept in net.weights.values():
        with pytest.raises(ValueError, match="read-only"):
            kept[0, 0] = 5
    assert unit_add.matches(add(np.eye(2))) == []  # nobody looks into an array: its bytes are only compared


def test_19_arrays_of_variables_are_no_part_of_a_theorem() -> None:
    w = np.eye(2)
    thm = to_additive(mul("W", 2, 2))(W=w)
    before = proof_bytes(thm)
    w[0, 0] = 5  # as an optimizer does
    assert proof_bytes(thm) == before
    x = np.array([[2.0, 3.0]])
    np.testing.assert_allclose(thm.rhs(x), [[32.0, 3.0]])
    np.testing.assert_allclose(thm.lhs(x), thm.rhs(x))
