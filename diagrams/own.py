"""What is known of functions that are no entries of the catalogue: the user's own formulas, and inverses that have none.

In terms and proofs such a function is a variable with its signature, so that nothing new is trusted: a theorem holds for every function
that fits. Beside it, here and nowhere else, stands what it calculates: running, plots, many digits and SymPy look it up. A name has one
meaning for good. Who registers a function has proved its signature: `rewrite/own.py` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import errors
from .expression import Expression
from .formula import FORMULAS, Ops
from .function import Function
from .space import Interval
from .term import Head

__all__ = ["Undone", "closed_form", "formula_of", "known", "register", "run_of"]


@dataclass(frozen=True)
class Undone:
    """The inverse of a strictly monotone, continuous function, without a formula: a root is searched."""

    function: Function
    increasing: bool

    def __str__(self) -> str:
        return f"the inverse of {self.function}"


Meaning = Expression | Undone
_meanings: dict[str, Meaning] = {}
_known: dict[Function, Meaning] = {}


def register(name: str, domain: Interval, codomain: Interval, meaning: Meaning) -> Function:
    """The function variable with this name and signature, its meaning known from now on; raises `Refused` if the name has another."""
    function = Function(name, domain, codomain)
    found = _meanings.setdefault(name, meaning)
    if found != meaning:
        raise errors.Refused(f"{name} is the name of {found} already; give {meaning} another name")
    _known[function] = found
    return function


def known(function: Function) -> Meaning | None:
    """What the function calculates, if it is an own function.

    >>> known(Function("f", "(0, oo)", "(0, oo)")) is None
    True
    """
    return _known.get(function)


def closed_form(function: Function) -> bool:
    """Whether it is an own function with a formula."""
    return isinstance(known(function), Expression)


def formula_of(part: Function) -> Callable[[Ops, Any], Any] | None:
    """The formula of a catalogue entry with known parameters, or of an own function; None where there is none."""
    if part.head is Head.ATOM:
        given, entry = [s.value for s in part.key[2:]], FORMULAS[part.name]
        return None if None in given else lambda ops, x: entry(ops, x, *given)
    meaning = known(part)
    return meaning.at if isinstance(meaning, Expression) else None


def run_of(function: Function) -> Callable[[Any, Any], Any] | None:
    """(namespace, array) -> values of an own function."""
    from .arrays import Arrays
    from .root import root

    meaning, on = known(function), function.key[2]
    if isinstance(meaning, Expression):
        expression = meaning
        return lambda xp, x: expression.at(Arrays(xp, x, on), x) + xp.zeros_like(x)
    if isinstance(meaning, Undone):
        undone = meaning
        return lambda xp, y: root(undone.function, undone.increasing, xp, y)
    return None
