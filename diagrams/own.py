"""What is known of functions that are no entries of the catalogue: the user's own formulas, and inverses that have none.

In terms and proofs such a function is a variable with its signature, so that nothing new is trusted: a theorem holds for every function
that fits. Beside it, here and nowhere else, stands what it calculates: running, plots, many digits and SymPy look it up. A name has one
meaning for good. Who registers a function has proved its signature: `rewrite/own.py` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from . import errors
from .expression import Expression, read_rows
from .formula import FORMULAS, Ops
from .function import Function
from .space import Interval, positive
from .term import Head

__all__ = ["Undone", "closed_form", "formula_of", "known", "read_meaning", "register", "run_of", "written_meaning"]


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


def own_log_form(row: list[Function]) -> Callable[[Any, Any], Any] | None:
    """The run of exp ; f ; ln, f an own function that is positive on (0, oo): by logarithms, where e^x is no float too."""
    from .logs import log_form

    ends = [part.key[:2] == (Head.ATOM, name) for part, name in zip(row[::2], ("exp", "ln"), strict=False)]
    if ends != [True, True] or not isinstance(meaning := known(row[1]), Expression):
        return None
    on, into = row[1].key[2:4]
    return log_form(meaning, on) if on.contains(positive) and positive.contains(into) else None


# --- in files ---


def written_meaning(function: Any) -> list[Any] | None:
    """What a file keeps of an own function: its rows, or those of the function that it undoes, with its signature."""
    meaning = known(function)
    if isinstance(meaning, Undone):
        inner = meaning.function
        return ["inverse", inner.name, inner.key[2].text, inner.key[3].text, written_meaning(inner)]
    return None if meaning is None else ["formula", meaning.written()]


def read_meaning(function: Function, written: list[Any]) -> None:
    """Make the function of a file an own one, its signature proved again. Raises a ValueError (a `SigmaError`) where it is not true."""
    prover = import_module("sigmaprime.rewrite.own")
    match written:
        case ["formula", rows]:
            prover.checked(function.name, function.key[2], function.key[3], read_rows(rows))
        case ["inverse", str() as name, str() as domain, str() as codomain, ["formula", rows]]:
            inner = prover.checked(name, Interval(domain), Interval(codomain), read_rows(rows))
            if inner.inverse is not function:
                raise errors.BadFile(f"{function} is not the inverse of {inner}")
        case _:
            raise errors.BadFile(f"{str(written)[:60]} is no formula")
