"""Putting diagrams together: growing columns, canonical numbering, typing, substitution.

A draft is the one place where a diagram is under construction; what leaves it is canonical.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from . import errors
from .box import Box, Concat, Kind, Row, box_of, typed
from .diagram import Columns, Diagram, Port
from .space import Space
from .term import Term, substitute, subterms
from .weight import Size

__all__ = ["Draft", "Rows", "canonical", "check_names", "infer", "replaced", "single"]


def infer(inputs: Sequence[Space], columns: Columns) -> array[int]:
    """The space of every wire, by one pass over the boxes; raises `IllTyped` naming the box and the wire it reads."""
    draft = Draft(inputs)
    for wire in range(len(inputs), len(columns.op)):
        row = columns.op[wire], columns.fn[wire], columns.wt[wire], columns.bs[wire]
        draft.row(row, columns.arguments(wire))
    return array("i", draft.types)


def replaced(diagram: Diagram, theta: Mapping[Any, Any]) -> Diagram:
    """The diagram with variables and sizes replaced, all at once: same boxes, same order. Types are inferred when asked for."""
    memo: dict[Term, Term] = {}

    def new(column: array[int]) -> array[int]:
        ids = {i: substitute(Term.all[i], theta, memo).id if i >= 0 else i for i in set(column)}
        return array("i", [ids[i] for i in column])

    c = diagram.columns
    columns = c._replace(fn=new(c.fn), wt=new(c.wt), bs=new(c.bs))
    inputs = tuple(Space(substitute(s.size, theta), s.interval) for s in diagram.inputs)
    return Diagram._make(
        inputs,
        columns,
        diagram.outputs,
        in_ports=diagram.in_ports,
        out_ports=diagram.out_ports,
        weights=diagram._weights,
        alone=diagram._alone,
    )


def single(space: Space, row: Row, weights: Mapping[str, Any] | None = None) -> Diagram:
    """The diagram of one box on one wire: canonical as it stands, so nothing is numbered."""
    op, fn, wt, bs = row
    types = array("i", [space.id, typed(op, fn, wt, bs, (space.id,))])
    rows = ((Kind.INPUT, op), (-1, fn), (-1, wt), (-1, bs))
    kinds, functions, weights_, biases = (array("i", pair) for pair in rows)
    columns = Columns(kinds, functions, weights_, biases, array("i", (-1, 0)), array("i", (0, 0)), ((),))
    made = Diagram._make((space,), columns, (1,), weights=weights, types=types)
    check_names(made)
    return made


class Draft:
    """Columns that grow: the one place where diagrams are put together. Inputs come first; every box is typed as it is added."""

    def __init__(self, inputs: Sequence[Space], weights: Mapping[str, Any] | None = None) -> None:
        count = len(inputs)
        self.inputs = list(inputs)
        self.op = [int(Kind.INPUT)] * count
        self.fn, self.wt, self.bs, self.first = ([-1] * count for _ in range(4))
        self.more = [0] * count
        self.rest: list[tuple[int, ...]] = [()]
        self.types = [s.id for s in inputs]
        self.weights: dict[str, Any] = dict(weights or {})

    def box(self, box: Box, *arguments: int) -> int:
        """Add a box that reads these wires; its own wire."""
        for a in arguments:
            if not 0 <= a < len(self.op):
                raise errors.no_such_wire(a, len(self.op))
        if len(arguments) != 1 and not isinstance(box, Concat):
            raise errors.wrong_arguments(type(box).__name__, len(arguments))
        return self.row(box.row, arguments)

    def row(self, row: Row, arguments: tuple[int, ...]) -> int:
        op, fn, wt, bs = row
        try:
            space = typed(op, fn, wt, bs, tuple([self.types[a] for a in arguments]))
        except errors.IllTyped as error:
            raise errors.at_box(error, row, [self.describe(a) for a in arguments]) from None
        self.op.append(op)
        self.fn.append(fn)
        self.wt.append(wt)
        self.bs.append(bs)
        self.first.append(arguments[0])
        if len(arguments) > 1:
            self.more.append(len(self.rest))
            self.rest.append(tuple(arguments[1:]))
        else:
            self.more.append(0)
        self.types.append(space)
        return len(self.op) - 1

    def describe(self, wire: int) -> str:
        """The wire in words, for an error."""
        space = Space.all[self.types[wire]]
        if self.op[wire] == Kind.INPUT:
            return f"the input {wire} ({space})"
        return f"the wire from {box_of((self.op[wire], self.fn[wire], self.wt[wire], self.bs[wire]))} ({space})"

    def splice(self, diagram: Diagram, wires: Sequence[int]) -> list[int]:
        """Add all boxes of `diagram`, its inputs read from `wires`; the wires of its outputs."""
        columns, count = diagram.columns, len(diagram.inputs)
        shift = len(self.op) - count
        place = [*wires, *range(len(self.op), len(columns.op) + shift)]
        self.add_weights(diagram._weights)
        if len(columns.rest) > 1 or any(self.types[w] != s.id for w, s in zip(wires, diagram.inputs, strict=True)):
            for w in range(count, len(columns.op)):
                self.row(diagram.row(w), tuple([place[a] for a in columns.arguments(w)]))
        else:  # what it was typed for: its columns as they are
            self.first += [place[a] for a in columns.first[count:]]
            mine, its = (
                (self.op, self.fn, self.wt, self.bs, self.more, self.types),
                (*columns[:4], columns.more, diagram.types),
            )
            for column, other in zip(mine, its, strict=True):
                column += other[count:]
        return [place[w] for w in diagram.outputs]

    def add_weights(self, weights: Mapping[str, Any]) -> None:
        for name, value in weights.items():
            if self.weights.setdefault(name, value) is not value and not name.startswith("#"):
                raise errors.two_arrays(name)

    def resize(self, theta: Mapping[Size, Size]) -> None:
        """Replace names of sizes everywhere."""
        memo: dict[Term, Term] = {}

        def new(i: int) -> int:
            return i if i < 0 else int(substitute(Term.all[i], theta, memo).id)

        self.wt, self.bs = [new(i) for i in self.wt], [new(i) for i in self.bs]
        self.inputs = [Space(substitute(s.size, theta), s.interval) for s in self.inputs]
        spaces = {t: Space(substitute(Space.all[t].size, theta), Space.all[t].interval).id for t in set(self.types)}
        self.types = [spaces[t] for t in self.types]

    def diagram(
        self, outputs: Sequence[int], *, in_ports: Sequence[Port] = (), out_ports: Sequence[Port] = ()
    ) -> Diagram:
        """The value: canonical, dead boxes dropped, anonymous sizes numbered, names checked."""
        for w in outputs:
            if not 0 <= w < len(self.op):
                raise errors.no_such_wire(w, len(self.op))
        if not outputs:
            raise errors.no_outputs()
        theta = self._anonymous(outputs)
        if theta:
            self.resize(theta)
        columns, order, ends = canonical(self, len(self.inputs), outputs)
        types = array("i", [self.types[w] for w in order])
        made = Diagram._make(
            tuple(self.inputs), columns, ends, in_ports=in_ports, out_ports=out_ports, weights=self.weights, types=types
        )
        check_names(made)
        return made

    def _anonymous(self, outputs: Sequence[int]) -> dict[Size, Size]:
        """How the anonymous sizes are renumbered: by first occurrence in the inputs, then in the boxes in canonical order."""
        ids = (i for column in (self.wt, self.bs) for i in column if i >= 0)
        if not any(s.size.unnamed for s in self.inputs) and not any(Term.all[i].unnamed for i in ids):
            return {}
        order = canonical(self, len(self.inputs), outputs)[1]
        roots: list[Any] = [s.size for s in self.inputs]
        roots += [Term.all[i] for w in order for i in (self.wt[w], self.bs[w]) if i >= 0]
        names = [n for t in subterms(roots) if isinstance(t, Size) for n in t.factors if isinstance(n, int)]
        found = list(dict.fromkeys(names))
        return {Size.anonymous(n): Size.anonymous(i) for i, n in enumerate(found) if n != i}


class Rows(NamedTuple):
    """Growing columns, as `canonical` reads them."""

    op: Sequence[int]
    fn: Sequence[int]
    wt: Sequence[int]
    bs: Sequence[int]
    first: Sequence[int]
    more: Sequence[int]
    rest: Sequence[tuple[int, ...]]


def canonical(rows: Rows | Draft, count: int, outputs: Sequence[int]) -> tuple[Columns, array[int], tuple[int, ...]]:
    """The rows in canonical order, the old wires in that order, and the new output wires.

    Depth-first from the outputs in order, arguments first: an explicit stack, no recursion, every box visited once.
    """
    first, more, rest = rows.first, rows.more, rows.rest
    number = array("i", [-1]) * len(rows.op)
    order = array("i", range(count))
    number[:count] = order
    for output in outputs:
        stack = [output]
        while stack:
            wire = stack[-1]
            if number[wire] >= 0:
                stack.pop()
                continue
            if more[wire]:
                unseen = [a for a in (first[wire], *rest[more[wire]]) if number[a] < 0]
                if unseen:
                    stack.extend(reversed(unseen))
                    continue
            elif number[first[wire]] < 0:
                stack.append(first[wire])
                continue
            number[wire] = len(order)
            order.append(wire)
            stack.pop()
    boxes = order[count:]
    others: list[tuple[int, ...]] = [()]
    more_column = array("i", [0] * len(order))
    for place, wire in enumerate(boxes, count):
        if more[wire]:
            more_column[place] = len(others)
            others.append(tuple([number[a] for a in rest[more[wire]]]))
    op, fn, wt, bs = (array("i", [column[w] for w in order]) for column in (rows.op, rows.fn, rows.wt, rows.bs))
    reads = array("i", [-1] * count + [number[first[w]] for w in boxes])
    columns = Columns(op, fn, wt, bs, reads, more_column, tuple(others))
    return columns, order, tuple(number[w] for w in outputs)


def check_names(diagram: Diagram) -> None:
    """One name, one variable: two weights of two shapes, or two functions, under one name are refused."""
    seen: dict[str, Any] = {}
    for variable in diagram.variables:
        other = seen.setdefault(variable.name, variable)
        if other is not variable:
            raise errors.two_variables(variable.name, other, variable)
