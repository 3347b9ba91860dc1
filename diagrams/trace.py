"""Building by calling on wires: the way to write sharing.

`@diagram(wire(3), wire(3))` runs a Python function once on traced wires; every call adds boxes, and a wire may be read any number of times.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from . import errors
from .activations import exp, identity
from .box import Concat, Slice
from .build import Assembly, combined, lift
from .diagram import Diagram, Port
from .space import Space
from .weight import Size

__all__ = ["Wire", "diagram"]


class Wire:
    """A wire of a diagram that is being traced: call boxes on it, add, multiply (positive or nonzero wires) and slice it."""

    __slots__ = ("_assembly", "_wire")

    def __init__(self, assembly: Assembly, wire: int) -> None:
        self._assembly, self._wire = assembly, wire

    @property
    def space(self) -> Any:
        """The type of the wire."""
        return self._assembly.space(self._wire)

    def __add__(self, other: Any) -> Any:
        return self._combined(identity, other)

    def __mul__(self, other: Any) -> Any:
        return self._combined(exp, other)

    def _combined(self, g: Any, other: Any) -> Any:
        if not isinstance(other, Wire):
            return NotImplemented
        return Wire(self._assembly, combined(self._assembly, g, self._wire, _own(self._assembly, other)))

    def __getitem__(self, part: Any) -> Wire:
        """The components from `start` to `stop`: `x[0:2]`, `x[Size("n"):]`."""
        if not isinstance(part, slice) or part.step is not None:
            raise errors.bad_size(part)
        whole: Size = self.space.size
        start = _bound(part.start, Size(0))
        box = Slice(start, _bound(part.stop, whole) - start)
        return Wire(self._assembly, self._assembly.draft.box(box, self._wire))

    def __repr__(self) -> str:
        return f"<traced wire {self._wire}: {self.space}>"


def _bound(value: Any, default: Size) -> Size:
    if value is None:
        return default
    if isinstance(value, Size):
        return value
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise errors.bad_size(value)
    return Size(value)


def _own(assembly: Assembly, wire: Wire) -> int:
    if wire._assembly is not assembly:
        raise errors.other_trace()
    return wire._wire


def traced(part: Diagram, wires: Sequence[Wire]) -> Any:
    """The boxes of `part` on traced wires: one wire, or a tuple of them."""
    assembly = wires[0]._assembly
    outputs = [Wire(assembly, w) for w in assembly.join(part, [_own(assembly, w) for w in wires])]
    return outputs[0] if len(outputs) == 1 else tuple(outputs)


def traced_concat(wires: Sequence[Wire]) -> Wire:
    assembly = wires[0]._assembly
    return Wire(assembly, assembly.draft.box(Concat(), *[_own(assembly, w) for w in wires]))


def diagram(*inputs: Any) -> Callable[[Callable[..., Any]], Diagram]:
    """Decorator: the diagram that the function draws on wires with these types; its parameters name the inputs.

    >>> from sigmaprime.diagrams import add, diagram, positive, tanh, wire
    >>> @diagram(wire(3, positive), wire(3))
    ... def pair(x, y):
    ...     return tanh(x) + y, add("A", 3, 3)(y)
    >>> print(pair)
    tanh(x) + y, add(A)(y)
    """
    spaces: list[Space] = []
    for part in inputs:
        lifted = lift(part)
        if lifted is None or len(lifted):
            raise errors.not_liftable(part)
        spaces.extend(lifted.inputs)
    fresh = 0
    for i, space in enumerate(spaces):
        if space.size.unnamed:
            spaces[i] = Space(Size.anonymous(fresh), space.interval)
            fresh += 1

    def draw(function: Callable[..., Any]) -> Diagram:
        assembly = Assembly(spaces)
        signature = inspect.signature(function)
        names = [p.name for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        given = [Wire(assembly, w) for w in range(len(spaces))]
        try:
            signature.bind(*given)
        except TypeError:
            raise errors.traced_parameters(str(signature), len(spaces)) from None
        result = function(*given)
        wires = result if isinstance(result, tuple) else (result,)
        for w in wires:
            if not isinstance(w, Wire):
                raise errors.not_a_wire(w)
        ports = [Port(n) for n in names] if len(names) == len(spaces) else [Port() for _ in spaces]
        return assembly.draft.diagram([_own(assembly, w) for w in wires], in_ports=ports)

    return draw
