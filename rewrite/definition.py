"""Definitions: a name for a chain of maps. The term holds its body, so a definition adds nothing and two of them never clash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sigmaprime.diagrams import Function
from sigmaprime.diagrams.build import lift, sequence

from . import errors
from .kernel import Equation, unfold

__all__ = ["Definition", "define"]


@dataclass(frozen=True)
class Definition:
    """A defined function; unpacks to the pair (function, unfold)."""

    function: Function
    unfold: Equation
    """⊢ σ' = exp ; σ ; ln"""

    @property
    def fold(self) -> Equation:
        """⊢ exp ; σ ; ln = σ'"""
        return ~self.unfold

    def __iter__(self) -> Iterator[Any]:
        return iter((self.function, self.unfold))


def define(label: str, body: Any) -> Definition:
    """A function that stands for a chain of maps on one wire, and the equation that says so.

    >>> from sigmaprime.diagrams import Function, exp, ln, positive
    >>> sigma = Function("σ", positive, positive)
    >>> sigma_, unfold = define("σ'", exp >> sigma >> ln)
    >>> print(unfold)
    ⊢ σ' = exp ; σ ; ln
    """
    diagram = lift(body)
    if diagram is None:
        diagram = sequence(body) if isinstance(body, list | tuple) else None
    if diagram is None:
        raise errors.not_liftable(body)
    function = Function.defined(label, diagram)
    return Definition(function, unfold(function).relabelled(f"unfold {label}"))
