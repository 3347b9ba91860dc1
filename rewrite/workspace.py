"""The mutable twin of a diagram, private to one maker call: the same columns as lists, with stable ids.

Ids are the inputs, then the boxes in canonical order, then the new boxes of every step in their order; they are never reused. A step
overwrites its root in place, so a wire keeps its id; a right side that is a bare wire is one entry in the forwarding column.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from sigmaprime.diagrams import Diagram, Space
from sigmaprime.diagrams.box import Kind, box_of, typed
from sigmaprime.diagrams.draft import Rows, canonical

from . import errors

__all__ = ["Workspace", "known", "meet", "pasted", "united"]

_meets: dict[tuple[int, int], int | None] = {}


def meet(one: int, other: int) -> int | None:
    """The space (by id) of values that lie in both; None if there are none."""
    if one == other:
        return one
    key = (one, other)
    if key not in _meets:
        a, b = Space.all[one], Space.all[other]
        if a.size is not b.size:
            raise errors.output_sizes(a.size, b.size)
        both = a.interval.meet(b.interval)
        _meets[key] = None if both is None else Space(a.size, both).id
    return _meets[key]


def known(diagram: Diagram, hint: array[int] | None = None) -> array[int]:
    """What is known of every wire: its typing, met with the hint; where a box does not type from what is known, the hint stands."""
    columns, inputs = diagram.columns, diagram.inputs
    spaces = [s.id for s in inputs]
    first, more, rest = columns.first, columns.more, columns.rest
    maps: dict[tuple[int, int], int] = {}
    for w in range(len(inputs), len(columns.op)):
        op, fn, a = columns.op[w], columns.fn[w], first[w]
        space = maps.get((fn, spaces[a])) if op == Kind.MAP else None
        if space is None:
            arguments = (spaces[a],) if not more[w] else tuple([spaces[b] for b in (a, *rest[more[w]])])
            try:
                space = typed(op, fn, columns.wt[w], columns.bs[w], arguments)
            except errors.IllTyped:
                if hint is None:
                    raise
                space = hint[w]  # of this wire alone: never remembered for another
            else:
                if op == Kind.MAP:
                    maps[fn, spaces[a]] = space
        if hint is not None and hint[w] != space:
            both = meet(space, hint[w])
            if both is None:
                raise errors.contradiction(Space.all[space].interval, Space.all[hint[w]].interval)
            space = both
        spaces.append(space)
    return array("i", spaces)


class Workspace:
    """Columns as lists, forwarding, and what is known of every wire."""

    def __init__(self, inputs: Sequence[Space]) -> None:
        count = len(inputs)
        self.spaces = tuple(inputs)
        self.inputs = count
        # Few distinct values: lists, quick to read. Many: arrays, a ninth of the memory.
        self.op, self.fn = [int(Kind.INPUT)] * count, [-1] * count
        self.wt, self.bs, self.first, self.more = (array("i", [value] * count) for value in (-1, -1, -1, 0))
        self.rest: list[tuple[int, ...]] = [()]
        self.types = [s.id for s in inputs]
        self.forward = [-1] * count
        self.outputs: list[int] = []

    def splice(self, diagram: Diagram, types: array[int], wires: Sequence[int]) -> list[int]:
        """All boxes of a diagram, its inputs read from `wires`, with what is known of them; the wires of its outputs."""
        c, count, size = diagram.columns, len(diagram.inputs), len(self.op)
        shift = size - count
        if shift or list(wires) != list(range(count)):
            place = [*wires, *range(size, len(c.op) + shift)]
            self.first.extend(place[a] for a in c.first[count:])
            others = [tuple([place[a] for a in group]) for group in c.rest[1:]]
            ends = [place[w] for w in diagram.outputs]
        else:
            self.first += c.first[count:]
            others, ends = list(c.rest[1:]), list(diagram.outputs)
        offset = len(self.rest) - 1
        if offset and others:
            self.more.extend(m + offset if m else 0 for m in c.more[count:])
        else:
            self.more += c.more[count:]
        self.rest += others
        self.op += c.op[count:]
        self.wt += c.wt[count:]
        self.bs += c.bs[count:]
        one: dict[int, int] = {}  # one object for each number
        self.fn += [one.setdefault(i, i) for i in c.fn[count:]]
        self.types += [one.setdefault(i, i) for i in types[count:]]
        self.forward += [-1] * len(diagram)
        return ends

    def resolve(self, wire: int) -> int:
        """The wire that stands for `wire` now."""
        forward = self.forward
        while forward[wire] >= 0:
            wire = forward[wire]
        return wire

    def arguments(self, node: int) -> tuple[int, ...]:
        """The wires that a box reads, forwarding followed."""
        if node < self.inputs:
            return ()
        if not self.more[node]:
            return (self.resolve(self.first[node]),)
        return tuple([self.resolve(a) for a in (self.first[node], *self.rest[self.more[node]])])

    def describe(self, wire: int) -> str:
        """The box on a wire, in words."""
        if self.op[wire] == Kind.INPUT:
            return f"input {wire}"
        return errors.box_text(box_of((self.op[wire], self.fn[wire], self.wt[wire], self.bs[wire])))

    def append(self, op: int, fn: int, wt: int, bs: int, arguments: tuple[int, ...], space: int) -> int:
        """A new box; its id."""
        self.op.append(op)
        self.fn.append(fn)
        self.wt.append(wt)
        self.bs.append(bs)
        self.first.append(arguments[0])
        self.more.append(self._others(arguments))
        self.types.append(space)
        self.forward.append(-1)
        return len(self.op) - 1

    def overwrite(self, node: int, op: int, fn: int, wt: int, bs: int, arguments: tuple[int, ...], space: int) -> None:
        """Another box on the same wire."""
        self.op[node], self.fn[node], self.wt[node], self.bs[node] = op, fn, wt, bs
        self.first[node], self.more[node], self.types[node] = arguments[0], self._others(arguments), space

    def _others(self, arguments: tuple[int, ...]) -> int:
        if len(arguments) == 1:
            return 0
        self.rest.append(arguments[1:])
        return len(self.rest) - 1

    def narrow(self, wire: int, space: int) -> None:
        """Know more of a wire; an input is never known to be narrower than it is declared."""
        if self.types[wire] != space:
            if wire < self.inputs:
                raise errors.input_narrowed(Space.all[self.types[wire]].interval, Space.all[space].interval)
            self.types[wire] = space

    def insert(self, wire: int, end: int, before: int) -> None:
        """Everything that read `wire` before box `before` was made now reads `end`: for a left side that is a bare wire."""
        for node in range(self.inputs, before):
            if self.forward[node] < 0 and wire in self.arguments(node):
                arguments = tuple([end if a == wire else a for a in self.arguments(node)])
                self.first[node], self.more[node] = arguments[0], self._others(arguments)
            elif self.forward[node] >= 0 and self.resolve(node) == wire:
                self.forward[node] = end
        self.outputs = [end if self.resolve(w) == wire else w for w in self.outputs]

    def freeze(self, weights: dict[str, Any]) -> tuple[Diagram, array[int]]:
        """The diagram as it is now, and what is known of its wires."""
        forward, first, rest = self.forward, self.first, self.rest
        if any(f >= 0 for f in forward):
            first = array("i", [a if a < 0 or forward[a] < 0 else self.resolve(a) for a in first])
            rest = [tuple([self.resolve(a) for a in others]) for others in rest]
        rows = Rows(self.op, self.fn, self.wt, self.bs, first, self.more, rest)
        columns, order, ends = canonical(rows, self.inputs, [self.resolve(w) for w in self.outputs])
        diagram = Diagram._make(self.spaces, columns, ends, weights=weights, alone=errors.SIDE)
        return diagram, array("i", [self.types[w] for w in order])


def pasted(a: Diagram, b: Diagram, one: array[int], two: array[int], in_a_row: bool) -> tuple[Diagram, array[int]]:
    """a ; b, or a beside b, and what is known of every wire: columns are joined, nothing is inferred."""
    n, m = len(a.inputs), len(b.inputs)
    ws = Workspace(a.inputs if in_a_row else (*a.inputs, *b.inputs))
    ends = ws.splice(a, one, range(n))
    last = ws.splice(b, two, ends if in_a_row else range(n, n + m))
    ws.outputs = last if in_a_row else ends + last
    ports = (a.in_ports, b.out_ports) if in_a_row else (a.in_ports + b.in_ports, a.out_ports + b.out_ports)
    joined, spaces = ws.freeze(united(a, b))
    return joined._with(in_ports=ports[0], out_ports=ports[1]), spaces


def united(*diagrams: Diagram) -> dict[str, Any]:
    """The arrays beside all of the diagrams; one name, one array."""
    weights: dict[str, Any] = {}
    for d in diagrams:
        for name, value in d._weights.items():
            if weights.setdefault(name, value) is not value and not name.startswith("#"):
                raise errors.two_arrays(name)
    return weights
