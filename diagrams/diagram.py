"""Diagrams: a network as an immutable value in canonical columns.

A diagram lists its inputs, then its boxes in SSA form (each reads earlier wires), then its outputs. The boxes are numbered depth-first
from the ordered outputs, so two diagrams are isomorphic exactly when their columns are equal: `==` takes linear time. Intervals
stand at the inputs only; those of the inner wires are inferred from the boxes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from . import errors
from .box import Box, Concat, Kind, Map, Row, box_of, typed
from .function import Function, then
from .space import Interval, Space
from .term import Term, substitute, subterms, variables
from .weight import Size

__all__ = ["Columns", "Diagram", "Draft", "Node", "Port", "Rule"]


@dataclass(frozen=True)
class Port:
    """The label of an input or output: its name, and the coordinate in which its values are given (`ln` means: ln of the data)."""

    name: str | None = None
    coordinate: Function | None = None


class Columns(NamedTuple):
    """The rows of a diagram, inputs first. `first` is a box's first argument; `rest[more]` are its other arguments."""

    op: array[int]
    fn: array[int]
    wt: array[int]
    bs: array[int]
    first: array[int]
    more: array[int]
    rest: tuple[tuple[int, ...], ...]

    def arguments(self, wire: int) -> tuple[int, ...]:
        return () if self.op[wire] == Kind.INPUT else (self.first[wire], *self.rest[self.more[wire]])


@dataclass(frozen=True)
class Node:
    """A box of a diagram as a person sees it: its wire, what it is, which wires it reads, and the type of its own."""

    wire: int
    box: Box
    arguments: tuple[int, ...]
    space: Space


class Rule(Protocol):
    """Anything that rewrites: `diagram.rewrite(rule, ...)` asks the first rule to do it."""

    def apply_to(self, diagram: Diagram, rules: Sequence[Any], /, **options: Any) -> Any: ...


class Diagram:
    """A network: spaces of the inputs, boxes with the wires they read, output wires.

    >>> from sigmaprime.diagrams import Diagram, Map, Space, positive, ln, tanh
    >>> d = Diagram([Space(3, positive)], [(Map(ln), (0,)), (Map(tanh), (1,))], [2])
    >>> d
    wire(3, positive) >> ln >> tanh
    >>> print(d)
    ln ; tanh
    """

    __slots__ = ("_alone", "_hash", "_types", "_weights", "columns", "in_ports", "inputs", "out_ports", "outputs")

    inputs: tuple[Space, ...]
    columns: Columns
    outputs: tuple[int, ...]
    in_ports: tuple[Port, ...]
    out_ports: tuple[Port, ...]
    """Labels: names and coordinates, no part of ==."""
    _weights: Mapping[str, Any]
    _types: array[int] | None
    _alone: str
    """What to say when the inner wires do not type by themselves."""
    _hash: int | None

    def __init__(
        self,
        inputs: Sequence[Space],
        nodes: Iterable[tuple[Box, Sequence[int]]],
        outputs: Sequence[int],
        *,
        in_ports: Sequence[Port] = (),
        out_ports: Sequence[Port] = (),
    ) -> None:
        draft = Draft(inputs)
        for box, arguments in nodes:
            draft.box(box, *arguments)
        made = draft.diagram(outputs, in_ports=in_ports, out_ports=out_ports)
        for field in Diagram.__slots__:
            object.__setattr__(self, field, getattr(made, field))

    @classmethod
    def _make(
        cls,
        inputs: tuple[Space, ...],
        columns: Columns,
        outputs: tuple[int, ...],
        *,
        in_ports: Sequence[Port] = (),
        out_ports: Sequence[Port] = (),
        weights: Mapping[str, Any] | None = None,
        types: array[int] | None = None,
        alone: str = "",
    ) -> Diagram:
        """A diagram from columns that are canonical already; without types they are inferred when first asked for."""
        self = object.__new__(cls)
        for name, value in (
            ("inputs", inputs),
            ("columns", columns),
            ("outputs", outputs),
            ("in_ports", tuple(in_ports) or (Port(),) * len(inputs)),
            ("out_ports", tuple(out_ports) or (Port(),) * len(outputs)),
            ("_weights", weights or {}),
            ("_types", types),
            ("_alone", alone),
            ("_hash", None),
        ):
            object.__setattr__(self, name, value)
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(errors.IMMUTABLE)

    def __copy__(self) -> Diagram:
        return self

    def __deepcopy__(self, memo: object) -> Diagram:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        nodes = [(n.box, n.arguments) for n in self.nodes]
        return _restore, (self.inputs, nodes, self.outputs, self.in_ports, self.out_ports, dict(self._weights))

    # --- reading ---

    def __len__(self) -> int:
        """The number of boxes."""
        return len(self.columns.op) - len(self.inputs)

    @property
    def types(self) -> array[int]:
        """The space (by id) of every wire; raises `IllTyped` for a side of an equation that does not type by itself."""
        if self._types is None:
            try:
                object.__setattr__(self, "_types", infer(self.inputs, self.columns))
            except errors.IllTyped as error:
                raise errors.IllTyped(self._alone or str(error)) from None
        assert self._types is not None
        return self._types

    @property
    def nodes(self) -> Iterator[Node]:
        """The boxes in canonical order."""
        for wire in range(len(self.inputs), len(self.columns.op)):
            yield self.node(wire)

    def node(self, wire: int) -> Node:
        return Node(wire, box_of(self.row(wire)), self.columns.arguments(wire), Space.all[self.types[wire]])

    def row(self, wire: int) -> Row:
        c = self.columns
        return c.op[wire], c.fn[wire], c.wt[wire], c.bs[wire]

    @property
    def output_spaces(self) -> tuple[Space, ...]:
        return tuple(Space.all[self.types[w]] for w in self.outputs)

    @property
    def weights(self) -> Mapping[str, Any]:
        """The arrays beside the diagram, by the name of their variable: shared, never copied, no part of ==."""
        return MappingProxyType(dict(self._weights))

    @property
    def terms(self) -> list[Any]:
        """The distinct terms of the rows, in order of first occurrence."""
        c = self.columns
        ids = dict.fromkeys(i for row in zip(c.fn, c.wt, c.bs, strict=True) for i in row if i >= 0)
        return [Term.all[i] for i in ids]

    @property
    def variables(self) -> list[Any]:
        """The free functions, weights, vectors and scalars, in order of first occurrence."""
        return variables(self.terms)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Diagram):
            return NotImplemented
        return self.inputs == other.inputs and self.outputs == other.outputs and self.columns == other.columns

    def __hash__(self) -> int:
        if self._hash is None:
            columns = tuple(c.tobytes() if isinstance(c, array) else c for c in self.columns)
            object.__setattr__(self, "_hash", hash((self.inputs, columns, self.outputs)))
        assert self._hash is not None
        return self._hash

    def __repr__(self) -> str:
        from .text import code_of_diagram

        return code_of_diagram(self)

    def __str__(self) -> str:
        from .text import board_of_diagram

        return board_of_diagram(self)

    def as_function(self, label: str) -> tuple[Function, Interval]:
        """The chain that this diagram of maps on one wire computes, and its interval; anything else is refused."""
        chain, wire = None, 0
        if len(self.inputs) != 1 or len(self.outputs) != 1:
            raise errors.no_function(label, f"it has {len(self.inputs)} inputs and {len(self.outputs)} outputs")
        for node in self.nodes:
            if not isinstance(node.box, Map) or node.arguments != (wire,):
                raise errors.no_function(label, f"{node.box.__class__.__name__.lower()} mixes components")
            chain, wire = node.box.function if chain is None else then(chain, node.box.function), node.wire
        if chain is None:
            raise errors.no_function(label, "it is a bare wire")
        return chain, self.inputs[0].interval

    # --- composing, labelling, rewriting, running ---

    def __rshift__(self, other: Any) -> Diagram:
        from .build import chained

        return chained(self, other)

    def __rrshift__(self, other: Any) -> Diagram:
        from .build import chained

        return chained(other, self)

    def __matmul__(self, other: Any) -> Diagram:
        from .build import beside

        return beside(self, other)

    def __rmatmul__(self, other: Any) -> Diagram:
        from .build import beside

        return beside(other, self)

    def named(self, inputs: Sequence[str] = (), outputs: Sequence[str] = ()) -> Diagram:
        """The same diagram with names at its ports."""
        ins, outs = _named(self.in_ports, inputs, "input"), _named(self.out_ports, outputs, "output")
        return self._with(in_ports=ins, out_ports=outs)

    def _with(
        self,
        *,
        in_ports: Sequence[Port] | None = None,
        out_ports: Sequence[Port] | None = None,
        weights: Mapping[str, Any] | None = None,
    ) -> Diagram:
        return Diagram._make(
            self.inputs,
            self.columns,
            self.outputs,
            in_ports=self.in_ports if in_ports is None else in_ports,
            out_ports=self.out_ports if out_ports is None else out_ports,
            weights=self._weights if weights is None else weights,
            types=self._types,
            alone=self._alone,
        )

    def rewrite(self, *rules: Any, **options: Any) -> Any:
        """Rewrite by the rules, in the order given, innermost first, until none fits; the result is an equation with its proof."""
        if not rules:
            raise errors.no_rules()
        if not hasattr(rules[0], "apply_to"):
            raise errors.not_a_rule(rules[0])
        return rules[0].apply_to(self, rules, **options)

    def __call__(self, *arrays: Any, **values: Any) -> Any:
        """On traced wires: the boxes. On arrays: run it. With values by name only: the diagram with those values for its variables."""
        from .calling import call

        return call(self, arrays, values)

    def run(self, *arrays: Any, **values: Any) -> Any:
        """Run on original data: apply the coordinate of every input, run, undo the coordinate of every output."""
        from .calling import run

        return run(self, arrays, values)


def _named(ports: Sequence[Port], names: Sequence[str], what: str) -> tuple[Port, ...]:
    if names and len(names) != len(ports):
        raise errors.wrong_names(what, len(ports), len(names))
    return tuple(replace(p, name=n) for p, n in zip(ports, names, strict=True)) if names else tuple(ports)


def _restore(
    inputs: Sequence[Space],
    nodes: Iterable[tuple[Box, Sequence[int]]],
    outputs: Sequence[int],
    in_ports: Sequence[Port],
    out_ports: Sequence[Port],
    weights: Mapping[str, Any],
) -> Diagram:
    made = Diagram(inputs, nodes, outputs, in_ports=in_ports, out_ports=out_ports)
    return made._with(weights=weights)


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


class Draft:
    """Columns that grow: the one place where diagrams are put together. Inputs come first; every box is typed as it is added."""

    def __init__(self, inputs: Sequence[Space], weights: Mapping[str, Any] | None = None) -> None:
        count = len(inputs)
        self.inputs = list(inputs)
        self.op = [int(Kind.INPUT)] * count
        self.fn, self.wt, self.bs, self.first, self.more = ([-1] * count for _ in range(5))
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
        for w in range(count, len(columns.op)):
            self.row(diagram.row(w), tuple([place[a] for a in columns.arguments(w)]))
        return [place[w] for w in diagram.outputs]

    def add_weights(self, weights: Mapping[str, Any]) -> None:
        for name, value in weights.items():
            if self.weights.setdefault(name, value) is not value:
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


def canonical(rows: Rows | Draft, count: int, outputs: Sequence[int]) -> tuple[Columns, list[int], tuple[int, ...]]:
    """The rows in canonical order, the old wires in that order, and the new output wires.

    Depth-first from the outputs in order, arguments first: an explicit stack, no recursion, every box visited once.
    """
    first, more, rest = rows.first, rows.more, rows.rest
    number = [-1] * len(rows.op)
    order = list(range(count))
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
    columns = Columns(
        *(array("i", [column[w] for w in order]) for column in (rows.op, rows.fn, rows.wt, rows.bs)),
        array("i", [-1] * count + [number[first[w]] for w in boxes]),
        more_column,
        tuple(others),
    )
    return columns, order, tuple(number[w] for w in outputs)


def check_names(diagram: Diagram) -> None:
    """One name, one variable: two weights of two shapes, or two functions, under one name are refused."""
    seen: dict[str, Any] = {}
    for variable in diagram.variables:
        other = seen.setdefault(variable.name, variable)
        if other is not variable:
            raise errors.two_variables(variable.name, other, variable)

