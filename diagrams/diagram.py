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
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from . import errors
from .box import Box, Kind, Map, Row, box_of
from .function import Function, then
from .shown import Shown
from .space import Interval, Space
from .term import Term, variables

if TYPE_CHECKING:
    from .symbolic import Symbolic

__all__ = ["Columns", "Diagram", "Node", "Port", "Rule"]


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


class Diagram(Shown):
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
        from .draft import Draft

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
            from .draft import infer

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

    def __rshift__(self, other: Any) -> Any:
        from .build import chained

        return chained(self, other)

    def __rrshift__(self, other: Any) -> Any:
        from .build import chained

        return chained(other, self)

    def __matmul__(self, other: Any) -> Any:
        from .build import beside

        return beside(self, other)

    def __rmatmul__(self, other: Any) -> Any:
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

    def symbolic(self, sizes: Mapping[str, int] | None = None, *, arrays: bool = False) -> Symbolic:
        """What every component of every output is, as SymPy expressions in positive and real symbols.

        Named sizes need numbers. Weights are symbols; with `arrays` they are the exact numbers of the arrays beside the diagram. Raises
        `Refused` if a size stays open or the expressions grow too large, `IllTyped` if the diagram does not type by itself.

        >>> from sigmaprime.diagrams import Function, mul, positive
        >>> print((mul("W", 2, 1, bias="b") >> Function("σ", positive, positive)).symbolic())
        y_1 = σ(x_1**W_11*x_2**W_12*exp(b_1))
        """
        from .symbolic import symbolic

        return symbolic(self, sizes, arrays=arrays)


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
