"""What the tables of axioms share: an instance of an axiom, and what its reader sees at a wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sigmaprime.diagrams import Diagram, Function, Interval, Size, Space
from sigmaprime.diagrams.box import Box
from sigmaprime.diagrams.term import Term

from .facts import Equal, Grade
from .kernel import Equation, axiom
from .workspace import Workspace

__all__ = ["axiom_of", "function_of", "interval_of", "row_of"]


def axiom_of(name: str, sides: tuple[Diagram, Diagram], given: Sequence[Equal] = (), **arguments: Any) -> Equation:
    """The instance of a built-in axiom for these arguments."""
    return axiom(name, arguments, *sides, given=given, grade=Grade.PROVED, by="kernel").relabelled(name)


def interval_of(ws: Workspace, wire: int) -> Interval:
    return Space.all[ws.types[wire]].interval


def function_of(number: int) -> Function:
    function: Function = Term.all[number]
    return function


def row_of(size: Size | str, on: Interval, *boxes: Box) -> Diagram:
    """Boxes in a row on a wire in `on`, which may be narrower than any wire that they take by themselves."""
    return Diagram([Space(size, on)], [(box, [i]) for i, box in enumerate(boxes)], [len(boxes)])
