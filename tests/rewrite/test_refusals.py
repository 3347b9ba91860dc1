"""What would prove something false is refused, and the message says what, where, and what would be right."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import math
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    BadFile,
    Diagram,
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
    cube,
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
    save,
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
    absorb,
    bound,
    cancel,
    chart,
    companion,
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
from sigmaprime.rewrite import match as matching
from sigmaprime.rewrite.check import Refused as ReaderRefused
from sigmaprime.rewrite.check import check
from sigmaprime.rewrite.load import read_proof
from sigmaprime.rewrite.proof import proof_bytes
from sigmaprime.rewrite.rewriting import Rewriting
from tests.rewrite.theorem import accepted, holds, sigma

real = Function("s", reals, reals)
FACT = Equal(then(real, relu), real, reals)
collapse = cancel(f=relu, on=nonnegative)


@rule
def squared_layer():  # type: ignore[no-untyped-def]
    "x^2 = mul(2·I) on positive wires"
    return wire(2, positive) >> square, mul(2 * np.eye(2))


def side_that_needs_its_equation() -> Equation:
    return (wire(2, at_least(1)) >> square >> ln >> sqrt).rewrite(squared_layer)


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
    pytest.importorskip("flint", reason="needs python-flint: pip install 'sigmaprime[balls]'")
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


def test_20_only_equal_boxes_on_equal_wires_are_one_box() -> None:
    @diagram(wire(2), wire(2))
    def net(x: Wire, y: Wire) -> tuple[Wire, Wire, Wire]:
        return tanh(x) + tanh(x), tanh(x) + tanh(y), tanh(x) + sigmoid(x)

    e = net.rewrite(share)
    holds(e)
    assert sorted(str(n.box) for n in e.rhs.nodes).count("tanh") == 2
    run = Rewriting(net, net.types, (), ())
    boxes = {w: str(n.box) for w, n in enumerate(net.nodes, 2)}
    of_y = next(w for w, n in enumerate(net.nodes, 2) if boxes[w] == "tanh" and n.arguments == (1,))
    other = next(w for w in boxes if boxes[w] == "sigmoid")
    for later, earlier in ((of_y, 2), (other, 2), (2, 2), (2, 0), (2, 99)):
        with pytest.raises(Refused, match=f"wires {later} and {earlier} do not carry equal boxes on equal wires"):
            run.share(later, earlier)


@diagram(wire(2))
def twice(x: Wire) -> Wire:
    return tanh(x) + tanh(x)


@pytest.mark.parametrize(("later", "earlier"), [(3, 1), (1, 0), (2, 2), (2, 4), (4, 2)])
def test_20_a_file_that_shares_other_boxes_is_refused(later: int, earlier: int) -> None:
    proof = json.loads(proof_bytes(twice.rewrite(share)))
    assert proof["equations"][1]["journal"] == [0, 2, 1]
    proof["equations"][1]["journal"] = [0, later, earlier]
    refused(proof, "equation 1")


def test_20_what_is_assumed_stands_first_in_the_report() -> None:
    @rule
    def flat():  # type: ignore[no-untyped-def]
        return tanh >> sigmoid, sigmoid >> sigmoid

    e = (wire(2) >> exp >> ln >> tanh >> sigmoid).rewrite(flat, cancel)
    lines = str(e.report()).splitlines()
    assert next(line for line in lines[1:] if line) == "rests on: ASSUMED user:flat"
    assert "user:flat: recorded as ASSUMED by the user, not checked again here" in e.check().evidence


def test_21_only_the_kernel_makes_equations() -> None:
    thm: Any = mult_add
    with pytest.raises(TypeError):
        dataclasses.replace(thm, rhs=thm.lhs)
    with pytest.raises(Refused, match="made by the kernel only; load a proof file, it is checked"):
        Equation()
    with pytest.raises(Refused, match="made by the kernel only"):
        Equation(object(), thm.lhs, thm.lhs, (), (), (), None, "", ())
    with pytest.raises(Refused, match="not pickled: save its proof"):
        pickle.dumps(thm)
    with pytest.raises(AttributeError, match="are values: build a new one"):
        thm.rhs = thm.lhs
    assert copy.copy(thm) is copy.deepcopy(thm) is thm


def test_21_a_pickled_diagram_is_read_in_a_process_whose_tables_have_another_order() -> None:
    net = mul("W1", 3, 3) >> tanh >> mul("W2", 3, 3) >> cube
    code = (
        "import pickle, sys\nfrom sigmaprime.diagrams import *\n[Function.atom(n) for n in ('sinh', 'logit')]\n"
        "add('Z', 7, 7, bias='c')\nd = pickle.loads(sys.stdin.buffer.read())\n"
        "assert d == mul('W1', 3, 3) >> tanh >> mul('W2', 3, 3) >> cube\nprint(d)"
    )
    run = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(net), capture_output=True, check=True)
    assert run.stdout.decode().strip() == str(net)


Change = Callable[[Any], None]


def _later(proof: Any) -> None:
    proof["equations"][1]["of"] = 2


def _digest(proof: Any) -> None:
    proof["axioms"][0]["sha256"] = "0" * 64


def _claim(proof: Any) -> None:
    proof["claim"]["left"], proof["claim"]["right"] = proof["claim"]["right"], proof["claim"]["left"]


def _version(proof: Any) -> None:
    proof["version"] = 2


def written(proof: Any) -> bytes:
    return json.dumps(proof, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def refused(proof: Any, message: str) -> None:
    """Both the second reader and the loader say so."""
    with pytest.raises(ReaderRefused, match=message):
        check(written(proof))
    with pytest.raises(BadFile, match=message):
        read_proof(written(proof))


@pytest.mark.parametrize(
    ("change", "message"),
    [(_later, "equation 1.*2"), (_digest, "axiom 0.*(digest|sha256)"), (_claim, "claim: its"), (_version, "version")],
)
def test_22_a_proof_file_is_read_with_suspicion(change: Change, message: str) -> None:
    proof = json.loads(proof_bytes(companion))
    change(proof)
    refused(proof, message)


def test_22_a_key_stands_once() -> None:
    data = proof_bytes(companion).replace(b'"version":1', b'"version":1,"version":1')
    with pytest.raises(ReaderRefused, match=r"version.*twice|twice.*version"):
        check(data)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e400", b"1.0", b"-Infinity"])
def test_22_numbers_are_whole(number: bytes) -> None:
    data = proof_bytes(companion).replace(b'"version":1', b'"version":' + number)
    with pytest.raises(ReaderRefused):
        check(data)
    with pytest.raises(BadFile):
        read_proof(data)


@pytest.mark.parametrize("key", ["axioms", "claim", "equations", "terms"])
def test_22_a_key_stands_once_at_every_depth(key: str) -> None:
    data = proof_bytes(companion)
    twice_over = data.replace(f'"{key}":'.encode(), f'"{key}":[],"{key}":'.encode(), 1)
    assert twice_over != data
    with pytest.raises(ReaderRefused, match="twice"):
        check(twice_over)
    with pytest.raises(BadFile, match="twice"):
        read_proof(twice_over)


def test_22_a_users_statement_under_a_built_in_name_is_not_the_built_in_rule() -> None:
    @rule
    def chart():  # type: ignore[no-untyped-def]
        return tanh >> sigmoid, sigmoid >> sigmoid

    proof = json.loads(proof_bytes(chart))
    proof["axioms"][0] |= {"name": "chart", "grade": "PROVED", "by": "kernel"}
    refused(proof, "axiom 0")
    proof["axioms"][0] |= {"name": "user:chart", "grade": "PROVED", "by": "the user"}
    refused(proof, "axiom 0.*PROVED")
    proof["axioms"][0] |= {"grade": "ASSUMED", "sha256": json.loads(proof_bytes(companion))["axioms"][0]["sha256"]}
    refused(proof, "axiom 0.*(digest|sha256)")


def test_22_another_array_is_another_theorem_and_says_so() -> None:
    thm = (add(np.eye(2)) >> exp >> ln).rewrite(cancel)
    mine, other = (hashlib.sha256(a.tobytes()).hexdigest() for a in (np.eye(2), 2 * np.eye(2)))
    swapped = proof_bytes(thm).replace(mine.encode(), other.encode())
    assert mine in str(read_proof(proof_bytes(thm)).lhs.terms)
    loaded = read_proof(swapped)
    assert loaded.lhs != thm.lhs
    assert (loaded.lhs, loaded.rhs) == (add(2 * np.eye(2)) >> exp >> ln, add(2 * np.eye(2)))
    with pytest.raises(IllTyped, match="has no value; give one by name"):
        loaded.rhs(np.ones((1, 2)))  # a file holds digests; running asks for the array


def test_23_threads_that_build_at_once_build_what_they_say() -> None:
    built: list[list[tuple[str, Diagram]]] = [[] for _ in range(4)]

    def build(mine: list[tuple[str, Diagram]], number: int) -> None:
        for i in range(3000):
            name = f"T{(i * 7 + number * 11) % 4000}"
            mine.append((name, add(name, 2, 2)))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=build, args=(mine, i)) for i, mine in enumerate(built)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        sys.setswitchinterval(interval)
    for mine in built:
        assert len(mine) == 3000
        assert all(d.variables[0].name == name for name, d in mine)


@pytest.mark.parametrize("moment", [1, 2, 3])
def test_23_an_interrupted_rewrite_leaves_nothing_behind(moment: int, monkeypatch: pytest.MonkeyPatch) -> None:
    s = Function(f"σ{moment}", positive, positive)
    net = mul("Q1", 2, 2) >> s >> mul("Q2", 2, 3) >> s >> mul("Q3", 3, 2)
    _, unfold = define("σ'", exp >> s >> ln)
    calls, real_bind = [0], matching.bind

    def interrupted(pairs: Any) -> Any:
        calls[0] += 1
        if calls[0] == moment:
            raise KeyboardInterrupt
        return real_bind(pairs)

    for plan in (mult_add.plan, (~unfold).plan):
        if plan is not None:
            plan.memo.clear()
            plan.fast.clear()
    fold = ~unfold
    monkeypatch.setattr(matching, "bind", interrupted)
    with pytest.raises(KeyboardInterrupt):
        net.rewrite(mult_add, fold)
    monkeypatch.undo()
    e = net.rewrite(mult_add, fold)
    assert len(e.steps) == 5
    holds(e)


def test_24_a_side_that_is_more_than_its_diagram_is_still_a_theorem() -> None:
    thm = side_that_needs_its_equation()
    holds(thm)
    assert str(thm.rhs)
    np.testing.assert_allclose(thm.rhs(np.array([[2.0, 3.0]])), thm.lhs(np.array([[2.0, 3.0]])), rtol=1e-12)


def test_24_a_collapse_moves_all_readers() -> None:
    @diagram(wire(2, positive))
    def three(x: Wire) -> tuple[Wire, Wire, Wire]:
        h = relu(x)
        return tanh(h), sigmoid(h), h

    e = three.rewrite(collapse)
    holds(e)
    assert str(e.rhs) == "tanh(x), sigmoid(x), x"
    assert e.lhs.inputs == e.rhs.inputs


@pytest.mark.parametrize(("m", "n", "k"), [(0, 2, 3), (2, 0, 3), (2, 3, 0), (0, 0, 0)])
def test_24_layers_without_inputs_or_outputs(m: int, n: int, k: int) -> None:
    net = mul("W", k, n, bias="b") >> tanh >> mul("V", n, m, bias="c")
    holds(to_additive(net))
    holds(absorb(to_additive(net)))
    holds((mul("W", k, n, bias="b") >> mul("V", n, m, bias="c")).rewrite(fuse))


@pytest.mark.parametrize("e", [mult_add, companion, fuse(g=exp), cancel(f=exp), define("s", exp >> sigma >> ln).unfold])
def test_24_every_theorem_turns_round(e: Equation) -> None:
    holds(~e)
    assert (~~e).lhs == e.lhs


def test_errors_are_sigma_errors() -> None:
    assert issubclass(Refused, SigmaError)
    assert issubclass(IllTyped, SigmaError)


def stranger(value: Any) -> Any:
    """A value that has no business there."""
    return value


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda: inverse(stranger("exp")), "'exp' is no function"),
        (lambda: then(exp, stranger(5)), "5 is no function"),
        (lambda: mix(stranger(5), "W", 3, 3), "5 is no function"),
        (lambda: cancel(f=5), "5 is no function"),
        (lambda: chart(g="exp"), "'exp' is no function"),
        (lambda: Equal(stranger(5), exp, reals), "5 is no function"),
        (lambda: save(stranger(exp), "net.safetensors"), "exp is no diagram"),
        (lambda: (mul("W", 3, 3) >> tanh).rewrite(mult_add, at="a"), "names no wires"),
        (lambda: diagram(wire(3))(lambda x, y: x), "here 1"),
    ],
)
def test_a_thing_of_another_sort_is_named(work: Callable[[], object], said: str) -> None:
    with pytest.raises(SigmaError, match=said):
        work()


def test_an_option_that_rewrite_lacks_is_named() -> None:
    with pytest.raises(Refused, match=r"rewrite has no option 'foo'; there are once, at, given, limit"):
        mul("W", 2, 2).rewrite(mult_add, foo=3)
