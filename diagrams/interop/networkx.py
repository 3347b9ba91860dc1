"""Diagrams as NetworkX graphs and back: for graph algorithms, other drawing programs, and as an independent judge of `==`.

A node is a wire, an edge says "is read by". Nothing depends on the labels of the nodes, so a relabelled graph is the same diagram.

| on | attribute | value |
| --- | --- | --- |
| input node | `input`, `space` | its number, its type |
| box node | `box` | `Map`, `Mix`, `Concat` or `Slice` |
| any node | `outputs` | the numbers of the outputs that this wire is, often none |
| edge | `port` | the place among the wires that the box reads |
| graph | `in_ports`, `out_ports`, `weights` | labels and arrays, no part of `==` |
"""

from __future__ import annotations

from typing import Any

import networkx as nx

from .. import errors
from ..diagram import Diagram

__all__ = ["from_networkx", "to_networkx"]


def to_networkx(diagram: Diagram) -> Any:
    """The `MultiDiGraph` of a diagram; its nodes are the numbers of the wires.

    >>> from sigmaprime.diagrams import add, residual, tanh
    >>> g = to_networkx(residual(add("W", 3, 3) >> tanh))
    >>> [(a, b, port) for a, b, port in g.edges(data="port")]
    [(0, 1, 0), (0, 3, 0), (1, 2, 0), (2, 3, 1), (3, 4, 0)]
    """
    graph = nx.MultiDiGraph(in_ports=diagram.in_ports, out_ports=diagram.out_ports, weights=diagram.weights)
    outputs: dict[int, list[int]] = {}
    for number, wire in enumerate(diagram.outputs):
        outputs.setdefault(wire, []).append(number)
    for number, space in enumerate(diagram.inputs):
        graph.add_node(number, input=number, space=space, outputs=tuple(outputs.get(number, ())))
    for node in diagram.nodes:
        graph.add_node(node.wire, box=node.box, outputs=tuple(outputs.get(node.wire, ())))
        graph.add_edges_from((a, node.wire, {"port": port}) for port, a in enumerate(node.arguments))
    return graph


def from_networkx(graph: Any) -> Diagram:
    """The diagram of such a graph, whatever its nodes are called; raises `IllTyped` naming the node that does not fit.

    >>> from sigmaprime.diagrams import add, residual, tanh
    >>> d = residual(add("W", 3, 3) >> tanh)
    >>> from_networkx(nx.relabel_nodes(to_networkx(d), {0: "x", 4: "y"})) == d
    True
    """
    if not isinstance(graph, nx.MultiDiGraph):
        raise errors.bad_graph(type(graph).__name__, "a diagram is a MultiDiGraph")
    inputs = {graph.nodes[v]["input"]: v for v in graph if "input" in graph.nodes[v]}
    outputs = {number: v for v in graph for number in graph.nodes[v].get("outputs", ())}
    for what, found, count in (
        ("input", inputs, sum("input" in graph.nodes[v] for v in graph)),
        ("output", outputs, sum(len(graph.nodes[v].get("outputs", ())) for v in graph)),
    ):
        if set(found) != set(range(count)):
            raise errors.bad_graph(what, f"the {what}s are numbered from 0 on, each once")
    wires: dict[Any, int] = {inputs[number]: number for number in range(len(inputs))}
    nodes = []
    for v in _sorted(graph):
        if v in wires:
            if "space" not in graph.nodes[v] or graph.in_degree(v):
                raise errors.bad_graph(repr(v), "an input has a space and reads nothing")
            continue
        if "box" not in graph.nodes[v]:
            raise errors.bad_graph(repr(v), "a node has a box, or is an input")
        read = {port: u for u, _, port in graph.in_edges(v, data="port")}
        if set(read) != set(range(graph.in_degree(v))):
            raise errors.bad_graph(repr(v), "the ports of its edges are numbered from 0 on, each once")
        nodes.append((graph.nodes[v]["box"], [wires[read[port]] for port in range(len(read))]))
        wires[v] = len(wires)
    made = Diagram(
        [graph.nodes[inputs[number]]["space"] for number in range(len(inputs))],
        nodes,
        [wires[outputs[number]] for number in range(len(outputs))],
        in_ports=graph.graph.get("in_ports", ()),
        out_ports=graph.graph.get("out_ports", ()),
    )
    return made._with(weights=graph.graph.get("weights", {}))


def _sorted(graph: Any) -> list[Any]:
    try:
        return list(nx.topological_sort(graph))
    except nx.NetworkXUnfeasible:
        cycle = [u for u, *_ in nx.find_cycle(graph)]
        raise errors.bad_graph(
            repr(cycle[0]), f"it lies on a cycle of {len(cycle)} nodes; a diagram has none"
        ) from None
