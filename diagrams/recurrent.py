"""Recurrent nets: one cell, unrolled for a number of steps."""

from __future__ import annotations

from typing import Any

from . import errors, layer_errors
from .build import Assembly, lift, unify
from .build import _anonymous as anonymous
from .diagram import Diagram, Port
from .draft import replaced
from .space import Space

__all__ = ["unrolled"]


def unrolled(cell: Any, steps: int, *, states: int = 1) -> Diagram:
    """The cell, `steps` times with the same weights: its first `states` inputs and outputs are what it hands on to itself.

    Inputs: the states, then what the cell reads at step 1, at step 2, ...; outputs: what it says at every step, then the last states.

    >>> from sigmaprime.diagrams import add, diagram, tanh, wire
    >>> @diagram(wire(2), wire(3))
    ... def cell(h, x):
    ...     return tanh(add("U", 2, 2)(h) + add("W", 3, 2)(x))
    >>> unrolled(cell, 5).inputs == (cell.inputs[0],) + 5 * (cell.inputs[1],)
    True
    """
    part = lift(cell)
    if part is None:
        raise errors.not_liftable(cell)
    if not 1 <= states <= min(len(part.inputs), len(part.outputs)):
        raise layer_errors.wrong_states(states, len(part.inputs), len(part.outputs))
    if type(steps) is not int or steps < 1:
        raise layer_errors.bad_steps(steps)
    theta = unify(
        (Space.all[part.types[w]].size, s.size) for w, s in zip(part.outputs[:states], part.inputs, strict=False)
    )
    if isinstance(theta, tuple):
        raise errors.junction(*theta, "the state", "the cell")
    part = replaced(part, theta) if theta else part
    read = len(part.inputs) - states
    assembly = Assembly([*part.inputs[:states], *part.inputs[states:] * steps])
    assembly.fresh = len(anonymous(part))
    hands = list(range(states))
    said: list[int] = []
    for t in range(steps):
        start = states + t * read
        wires = [*hands, *range(start, start + read)]
        for w, s in zip(wires, part.inputs, strict=True):
            if not s.interval.contains(assembly.space(w).interval):
                raise errors.interval_mismatch(assembly._name(w), assembly.space(w), "the cell", s.interval)
        outputs = assembly.draft.splice(part, wires)
        hands, said = outputs[:states], said + outputs[states:]
    names = [Port(f"{p.name}{t + 1}" if p.name else None, p.coordinate) for t in range(steps) for p in part.in_ports[states:]]  # fmt: skip
    return assembly.draft.diagram([*said, *hands], in_ports=[*part.in_ports[:states], *names])
