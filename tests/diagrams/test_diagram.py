"""Diagrams are the morphisms of a strict monoidal category, in one canonical form."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import sigmaprime.diagrams
from sigmaprime.diagrams import (
    Concat,
    Diagram,
    Function,
    IllTyped,
    Map,
    Mix,
    Size,
    Space,
    Vector,
    Weight,
    add,
    concat,
    exp,
    fn,
    ln,
    mix,
    mul,
    positive,
    reals,
    relu,
    residual,
    sequence,
    sigmoid,
    sinh,
    softplus,
    square,
    tanh,
    wire,
)
from sigmaprime.diagrams.interop.networkx import to_networkx
from tests.nets import Net, nets

sigma = Function("σ", positive, positive)
WORDS = {name: getattr(sigmaprime.diagrams, name) for name in sigmaprime.diagrams.__all__}
ends = [
    fn(tanh), fn(exp), mul("M", 2, 2), add("A", "n", 2), add("B", 2, "m", bias="b"), wire(reals), fn(sigma), residual(sigmoid), mix(sinh, "S", 2, 2), mul("T")
]  # fmt: skip


def identity_of(d: Diagram, ends: tuple[Space, ...]) -> Diagram:
    whole = wire(ends[0].size, ends[0].interval)
    for space in ends[1:]:
        whole = whole @ wire(space.size, space.interval)
    return whole


# --- laws ---


def row(*parts: Diagram | None) -> Diagram | None:
    """The parts in a row, None where that does not type."""
    known = [p for p in parts if p is not None]
    try:
        return sequence(known) if len(known) == len(parts) else None
    except IllTyped:
        return None


@given(st.sampled_from(ends), st.sampled_from(ends), st.sampled_from(ends))
def test_in_a_row_is_associative(a: Diagram, b: Diagram, c: Diagram) -> None:
    """Wherever b ; c types by itself; (a ; b) ; c may know more of its wires, and types more often."""
    assume(len({a, b, c}) == 3)  # instantiating the size n in one copy of a weight would leave the other copy behind
    left, right, whole = row(row(a, b), c), row(a, row(b, c)), row(a, b, c)
    assert left == whole
    assert right is None or right == left
    if left is not None:
        assert hash(left) == hash(whole)


@given(nets(), nets(), nets())
def test_beside_is_associative(a: Net, b: Net, c: Net) -> None:
    try:
        left = (a.diagram @ b.diagram) @ c.diagram
    except IllTyped:  # one name, two shapes
        assume(False)
    assert left == a.diagram @ (b.diagram @ c.diagram)


@given(nets())
def test_wires_are_units(net: Net) -> None:
    d = net.diagram
    assert identity_of(d, d.inputs) >> d == d
    assert d >> identity_of(d, d.output_spaces) == d


@given(nets(4), nets(4))
def test_interchange(a: Net, c: Net) -> None:
    """(a ; b) ⊗ (c ; d) = (a ⊗ c) ; (b ⊗ d), with b and d bounded maps on every output."""
    f, h = a.diagram, c.diagram
    g, k = (_maps(d) for d in (f, h))
    try:
        left = (f >> g) @ (h >> k)
    except IllTyped:
        assume(False)
    assert left == (f @ h) >> (g @ k)


def _maps(d: Diagram) -> Diagram:
    whole = fn(sigmoid)
    for _ in d.outputs[1:]:
        whole = whole @ fn(relu)
    return whole


@given(nets(4))
def test_a_box_beside_a_wire_slides(net: Net) -> None:
    """(a ⊗ 1) ; (1 ⊗ tanh) = (1 ⊗ tanh) ; (a ⊗ 1)."""
    a, through = net.diagram, wire(2)
    left = (a @ through) >> (identity_of(a, a.output_spaces) @ tanh)
    assert left == (identity_of(a, a.inputs) @ tanh) >> (a @ wire(2, tanh_interval()))


def tanh_interval() -> sigmaprime.diagrams.Interval:
    return fn(tanh).output_spaces[0].interval


# --- canonical form ---


@given(nets())
def test_a_diagram_rebuilt_from_its_nodes_is_itself(net: Net) -> None:
    d = net.diagram
    again = Diagram(d.inputs, [(n.box, n.arguments) for n in d.nodes], d.outputs)
    assert again == d
    assert hash(again) == hash(d)
    assert [n.space for n in again.nodes] == [n.space for n in d.nodes]
    assert all(a < n.wire for n in d.nodes for a in n.arguments)


def test_the_order_in_which_boxes_are_written_does_not_matter() -> None:
    space = [Space(2, reals)]
    one = Diagram(space, [(Map(tanh), (0,)), (Map(exp), (0,)), (Concat(), (1, 2))], [3])
    two = Diagram(space, [(Map(exp), (0,)), (Map(tanh), (0,)), (Concat(), (2, 1))], [3])
    assert one == two
    assert one != Diagram(space, [(Map(exp), (0,)), (Map(tanh), (0,)), (Concat(), (1, 2))], [3])


def test_dead_boxes_are_dropped() -> None:
    d = Diagram([Space(2, reals)], [(Map(tanh), (0,)), (Map(exp), (1,)), (Map(sigmoid), (0,))], [1])
    assert len(d) == 1
    assert d == wire(2) >> tanh


def test_equal_boxes_stay_two() -> None:
    space = [Space(2, reals)]
    two = Diagram(space, [(Map(tanh), (0,)), (Map(tanh), (0,)), (Concat(), (1, 2))], [3])
    one = Diagram(space, [(Map(tanh), (0,)), (Concat(), (1, 1))], [2])
    assert (len(two), len(one)) == (3, 2)
    assert two != one


def test_unread_inputs_and_repeated_outputs_count() -> None:
    d = Diagram([Space(2, reals), Space(3, reals)], [(Map(tanh), (0,))], [2, 2, 1])
    assert d.outputs == (2, 2, 1)
    assert d != Diagram([Space(2, reals), Space(3, reals)], [(Map(tanh), (0,))], [2, 1, 2])
    assert eval(repr(d), WORDS) == d


def test_a_diagram_is_immutable() -> None:
    with pytest.raises(AttributeError, match="diagrams and equations are values"):
        fn(tanh).outputs = (0,)
    with pytest.raises(TypeError):
        fn(tanh).weights["W"] = 1  # type: ignore[index]


# --- text ---


@given(nets())
def test_repr_is_code(net: Net) -> None:
    assert eval(repr(net.diagram), dict(WORDS)) == net.diagram


@pytest.mark.parametrize("d", [*ends, *(a >> b for a in ends[:5] for b in ends[:2]), wire(3, positive), wire(), fn(square) @ fn(ln)], ids=repr)  # fmt: skip
def test_repr_is_code_with_names_of_sizes_and_without(d: Diagram) -> None:
    assert eval(repr(d), dict(WORDS)) == d
    assert eval(repr([d]), dict(WORDS)) == [d]


def test_the_board_reads_as_on_a_board() -> None:
    assert str(mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3)) == "mul(W1) ; σ ; mul(W2)"
    assert str(mul(Weight("W", 2, 2), Vector("b", 2))) == "mul(W, b)"
    assert str(mul("W", 2, 2, bias="b")) == "mul(W, b)"
    assert str(residual(add("W", 3, 3) >> tanh)) == "x + (add(W) ; tanh)(x)"
    assert str(exp >> tanh >> ln) == "exp ; tanh ; ln"
    assert str(mix(sinh, "W", 2, 2)) == "mix(sinh, W)"
    assert str(wire(3)) == "wire"
    assert str(fn(tanh) @ fn(exp)) == "tanh(x), exp(y)"


def test_code_reads_as_it_was_written() -> None:
    assert repr(mul("W", 3, 2, bias="b") >> sigmoid) == 'mul("W", 3, 2, bias="b") >> sigmoid'
    assert repr(wire(3, positive) >> tanh) == "wire(3, positive) >> tanh"
    assert repr(fn(tanh)) == "fn(tanh)"


# --- sizes ---


def test_sizes_unify() -> None:
    assert (softplus >> mul("W", 3, 2)).inputs == (Space(3, reals),)
    assert mul("V", 2, 2) >> mul("W", "n", "m") == mul("V", 2, 2) >> mul("W", 2, "m")
    assert (mul("W") >> mul("V", 2, 3)).inputs[0].size.unnamed
    assert (add("W", "n", "m") >> tanh >> add("V", "k", "n")).inputs == (Space("n", reals),)
    assert fn(tanh) == fn(tanh)
    assert tanh >> exp == fn(tanh) >> fn(exp)
    assert tanh @ tanh != wire(Size.anonymous(0)) >> tanh
    first, second = (s.size for s in (tanh @ tanh).inputs)
    assert first is not second
    with pytest.raises(IllTyped, match="has 2 components, but add\\(V\\) takes 3"):
        add("W", 2, 2) >> add("V", 3, 3)
    with pytest.raises(IllTyped):
        add("W", "n", "n") >> add("V", 2, 2) >> add("W", "n", "n") >> add("U", 3, 3)


def test_one_name_is_one_variable() -> None:
    with pytest.raises(IllTyped, match="two different variables are called W"):
        add("W", 2, 3) >> add("W", 3, 2)
    with pytest.raises(IllTyped, match="two different variables are called σ"):
        fn(sigma) @ fn(Function("σ", reals, reals))
    assert add("W", 2, 2) >> add("W", 2, 2) == sequence([add("W", 2, 2)] * 2)


# --- copies ---


@given(nets())
def test_copies_and_pickles_are_equal(net: Net) -> None:
    d = net.diagram.named([f"in{i}" for i in range(len(net.diagram.inputs))])
    again = pickle.loads(pickle.dumps(d))
    assert again == d
    assert hash(again) == hash(d)
    assert again.in_ports == d.in_ports
    assert copy.copy(d) is copy.deepcopy(d) is d


def test_a_pickle_carries_the_arrays() -> None:
    again = pickle.loads(pickle.dumps(add("W", 2, 2)(W=np.eye(2))))
    np.testing.assert_array_equal(again.weights["W"], np.eye(2))


def test_a_pickle_reads_in_a_fresh_process_with_other_ids() -> None:
    d = residual(mul("W", 2, 2, bias="b") >> softplus) >> add(np.eye(2))
    code = (
        "import pickle, sys\nfrom sigmaprime.diagrams import *\n"
        "strangers = [Weight(f'X{i}', i, i) for i in range(100)]\n"
        "d = pickle.loads(bytes.fromhex(sys.stdin.read()))\nprint(d)\nprint(repr(d))"
    )
    data = pickle.dumps(d).hex()
    done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, text=True, check=True)
    assert done.stdout == f"{d}\n{d!r}\n"


# --- long chains ---


def long_chain(boxes: int) -> None:
    """Construction, types, ==, hash, text, code and pickling of a chain, none of which may recurse or be quadratic."""
    layer = [add("W", 2, 2), tanh, mix(sinh, "V", 2, 2), sigmoid]

    def made() -> Diagram:
        return sequence(layer[i % 4] for i in range(boxes))

    start = time.process_time()
    d, again = made(), made()
    counts = len(d), len(d.types), len(d.variables)
    assert counts == (boxes, boxes + 1, 2)
    same = d == again and hash(d) == hash(again) and d == pickle.loads(pickle.dumps(d))
    assert same
    different = d != sequence(layer[i % 4] for i in range(boxes + 1))
    assert different
    assert len(str(d)) > 8 * boxes
    assert len(repr(d)) > 8 * boxes
    assert sum(1 for _ in d.nodes) == boxes
    seconds = time.process_time() - start
    assert seconds < 3e-4 * boxes + 5, f"{seconds:.1f} s"


def test_a_chain_of_30_000_boxes_is_an_ordinary_diagram() -> None:
    long_chain(30_000)


def test_a_chain_of_lifted_diagrams_takes_linear_time() -> None:
    d = sequence([add("W", 2, 2), *[fn(tanh)] * 10_000])
    same = d == sequence([add("W", 2, 2), *[tanh] * 10_000])
    assert same


def test_a_row_of_many_parts_takes_linear_time() -> None:
    def seconds(count: int) -> float:
        start = time.process_time()
        assert len(concat(*[wire(2) >> tanh] * count)) == count + 1
        return time.process_time() - start

    seconds(100)
    assert seconds(4_000) < 60 * seconds(400)


@pytest.mark.long
def test_a_chain_of_1e6_boxes_is_an_ordinary_diagram() -> None:
    long_chain(1_000_000)


def test_code_of_a_chain_of_1000_boxes_reads_back() -> None:
    d = sequence([add("W", 2, 2), tanh] * 500)
    same = eval(repr(d), dict(WORDS)) == d
    assert same


def test_the_graph_has_a_node_a_wire() -> None:
    d = residual(add("W", 2, 2))
    assert len(to_networkx(d)) == len(d) + len(d.inputs)


def test_a_box_views_its_row() -> None:
    node = next(iter(mul("W", 3, 2, bias="b").nodes))
    assert node.box == Mix(exp, Weight("W", 2, 3), Vector("b", 2))
    assert (node.arguments, node.space) == ((0,), Space(2, positive))
