"""The bridge to NetworkX, and NetworkX as the independent judge of `==`."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networkx.algorithms.isomorphism import MultiDiGraphMatcher, categorical_multiedge_match, categorical_node_match

from sigmaprime.diagrams import (
    Concat,
    Diagram,
    IllTyped,
    Interval,
    Map,
    Mix,
    Slice,
    Space,
    Weight,
    add,
    residual,
    sequence,
    sigmoid,
    tanh,
)
from sigmaprime.diagrams.box import Box
from sigmaprime.diagrams.interop.networkx import from_networkx, to_networkx
from tests.nets import Net, nets, random_net


class Raw(NamedTuple):
    """A net as somebody may write it down: boxes in any topological order, dead ones included."""

    inputs: tuple[Space, ...]
    nodes: tuple[tuple[Box, tuple[int, ...]], ...]
    outputs: tuple[int, ...]

    def diagram(self) -> Diagram:
        return Diagram(*self)


def raw(diagram: Diagram) -> Raw:
    return Raw(diagram.inputs, tuple((n.box, n.arguments) for n in diagram.nodes), diagram.outputs)


def shuffled(net: Raw, rng: random.Random) -> Raw:
    """The same net, its boxes in a random topological order, and sometimes a dead box more."""
    count = len(net.inputs)
    place = {w: w for w in range(count)}
    waiting = list(range(len(net.nodes)))
    nodes: list[tuple[Box, tuple[int, ...]]] = []
    while waiting:
        i = rng.choice([i for i in waiting if all(a in place for a in net.nodes[i][1])])
        waiting.remove(i)
        box, arguments = net.nodes[i]
        nodes.append((box, tuple(place[a] for a in arguments)))
        place[count + i] = count + len(nodes) - 1
    if rng.random() < 0.3:
        nodes.append((Concat(), (rng.randrange(count + len(nodes)), 0)))
    return Raw(net.inputs, tuple(nodes), tuple(place[w] for w in net.outputs))


def changed(net: Raw, rng: random.Random) -> Raw:
    """A net that differs in one place: a box, an argument, the order of arguments or outputs, an output, an input's interval."""
    nodes, outputs, inputs = list(net.nodes), list(net.outputs), list(net.inputs)
    kind = rng.randrange(6)
    if kind <= 2 and nodes:
        i = rng.randrange(len(nodes))
        box, arguments = nodes[i]
        if kind == 0:
            nodes[i] = _other_box(box), arguments
        elif kind == 1:
            nodes[i] = box, tuple(rng.sample(arguments, len(arguments)))
        else:
            reads = list(arguments)
            reads[rng.randrange(len(reads))] = rng.randrange(len(inputs) + i)
            nodes[i] = box, tuple(reads)
    elif kind == 3:
        rng.shuffle(outputs)
    elif kind == 4:
        outputs[rng.randrange(len(outputs))] = rng.randrange(len(inputs) + len(nodes))
    else:
        i = rng.randrange(len(inputs))
        inputs[i] = Space(inputs[i].size, Interval("[1, 2]"))
    return Raw(tuple(inputs), tuple(nodes), tuple(outputs))


def _other_box(box: Box) -> Box:
    match box:
        case Map(function):
            return Map(tanh if function is sigmoid else sigmoid)
        case Mix():
            return replace(box, weight=Weight("other", box.weight.rows, box.weight.columns))
        case Slice(start, size) if start.value:
            return Slice(type(start)(start.value - 1), size)
        case _:
            return box


def graph_of(net: Raw) -> Any:
    """The graph of a raw net, written apart from `to_networkx`; dead boxes are removed, labels are strings."""
    graph = nx.MultiDiGraph()
    for i, space in enumerate(net.inputs):
        graph.add_node(f"n{i}", what=("input", i, space), ends=())
    for w, (box, arguments) in enumerate(net.nodes, len(net.inputs)):
        graph.add_node(f"n{w}", what=box, ends=())
        for port, a in enumerate(arguments):
            graph.add_edge(f"n{a}", f"n{w}", port=port)
    for i, w in enumerate(net.outputs):
        graph.nodes[f"n{w}"]["ends"] += (i,)
    live = {f"n{i}" for i in range(len(net.inputs))}
    for w in net.outputs:
        live |= {f"n{w}"} | nx.ancestors(graph, f"n{w}")
    return nx.MultiDiGraph(graph.subgraph(live))


def isomorphic(one: Any, other: Any) -> bool:
    nodes = categorical_node_match(["what", "ends"], [None, None])
    edges = categorical_multiedge_match("port", None)
    return bool(MultiDiGraphMatcher(one, other, node_match=nodes, edge_match=edges).is_isomorphic())


def pairs(seed: int, count: int) -> Counter[tuple[bool, bool]]:
    """How often (judge, ==) gave which answers on random pairs."""
    rng = random.Random(seed)
    source = np.random.default_rng(seed)
    nets = [raw(random_net(source, steps=rng.randrange(1, 5), batch=()).diagram) for _ in range(count // 20)]
    bases = [(net, net.diagram(), graph_of(net)) for net in nets]
    verdicts: Counter[tuple[bool, bool]] = Counter()
    while verdicts.total() < count:
        one, a, graph = rng.choice(bases)
        other = shuffled(changed(one, rng) if rng.random() < 0.6 else one, rng)
        try:
            b = other.diagram()
        except IllTyped:
            continue
        assert hash(a) == hash(b) or a != b
        verdicts[isomorphic(graph, graph_of(other)), a == b] += 1
    return verdicts


def test_equality_is_isomorphism() -> None:
    judged(1, 2_500)


@pytest.mark.long
def test_equality_is_isomorphism_many_times() -> None:
    judged(2, 100_000)


def judged(seed: int, count: int) -> None:
    verdicts = pairs(seed, count)
    assert set(verdicts) == {(True, True), (False, False)}, verdicts
    assert min(verdicts.values()) > count / 10


def test_the_judge_sees_order_of_arguments_and_outputs() -> None:
    x, y = Space(2, Interval("(0, 1)")), Space(2, Interval("(0, 2)"))
    one = Raw((x, y), ((Concat(), (0, 1)),), (2, 0))
    for other in (one._replace(nodes=((Concat(), (1, 0)),)), one._replace(outputs=(0, 2))):
        assert not isomorphic(graph_of(one), graph_of(other))
        assert one.diagram() != other.diagram()


@given(nets(), st.integers(0, 2**32))
def test_the_bridge_goes_there_and_back_under_any_labels(net: Net, seed: int) -> None:
    graph = to_networkx(net.diagram)
    assert from_networkx(graph) == net.diagram
    labels = [f"node {i}" for i in range(len(graph))]
    random.Random(seed).shuffle(labels)
    moved = nx.MultiDiGraph(**graph.graph)
    relabelled = nx.relabel_nodes(graph, dict(zip(graph, labels, strict=True)))
    moved.add_nodes_from(sorted(relabelled.nodes(data=True), key=lambda item: item[0]))
    moved.add_edges_from(sorted(relabelled.edges(data=True), key=lambda item: item[:2], reverse=True))
    assert from_networkx(moved) == net.diagram


def test_labels_and_arrays_go_along() -> None:
    d = residual(add("W", 2, 2) >> tanh).named(["data"], ["result"])
    array = np.eye(2)
    back = from_networkx(to_networkx(d(W=array)))
    assert (back.in_ports, back.out_ports) == (d.in_ports, d.out_ports)
    assert back.weights["W"] is array


def test_a_long_chain_crosses_the_bridge() -> None:
    d = sequence([add("W", 2, 2), *[tanh] * 20_000])
    assert from_networkx(to_networkx(d)) == d


def test_a_graph_that_is_no_diagram_is_refused_by_name() -> None:
    def graph() -> Any:
        return to_networkx(add("W", 2, 2) >> tanh)

    with pytest.raises(IllTyped, match="DiGraph does not fit into a diagram: a diagram is a MultiDiGraph"):
        from_networkx(nx.DiGraph(graph()))
    bad = graph()
    bad.add_node("stranger")
    with pytest.raises(IllTyped, match="'stranger' does not fit into a diagram: a node has a box, or is an input"):
        from_networkx(bad)
    bad = graph()
    bad.add_edge(2, 1, port=1)
    with pytest.raises(IllTyped, match="lies on a cycle of 2 nodes"):
        from_networkx(bad)
    bad = graph()
    bad.add_edge(0, 2, port=0)
    with pytest.raises(IllTyped, match="2 does not fit into a diagram: the ports of its edges are numbered from 0 on"):
        from_networkx(bad)
    bad = graph()
    bad.nodes[2]["outputs"] = (1,)
    with pytest.raises(IllTyped, match="the outputs are numbered from 0 on"):
        from_networkx(bad)
    bad = graph()
    del bad.nodes[0]["space"]
    with pytest.raises(IllTyped, match="an input has a space and reads nothing"):
        from_networkx(bad)
