"""Formulas that are chains of catalogue entries: where x stands once, nothing new is needed."""

from __future__ import annotations

from fractions import Fraction

from .expression import Expression
from .function import Function, then

__all__ = ["as_chain"]


def as_chain(expression: Expression) -> Function | None:
    """The chain of catalogue entries that the formula is, if x goes through it in one line.

    >>> from sigmaprime.diagrams.grammar import parse
    >>> as_chain(parse("1 - tanh(2*x)/3"))
    then(scale(2), tanh, scale("1/3"), negate, shift(1))
    >>> as_chain(parse("x/(1+x)")) is None
    True
    """
    chains: list[list[Function] | Fraction | None] = []

    def number(i: int) -> Fraction | None:
        found = chains[i]
        return found if isinstance(found, Fraction) else None

    for row in expression.rows:
        match row:
            case ("x",):
                chains.append([])
            case ("number", q):
                chains.append(q)
            case ("call", "sin" | "erfc", _):
                chains.append(None)
            case ("call", name, a, *given):
                inner = chains[a]
                chains.append([*inner, Function.atom(name, *given)] if isinstance(inner, list) else None)
            case (word, a, b) if word != "pieces":
                one, other = number(a), number(b)
                inner = chains[b] if one is not None else chains[a]
                c = one if one is not None else other
                if c is None or not isinstance(inner, list):
                    chains.append(None)
                else:
                    chains.append([*inner, *_with_number(word, c, one is not None)])
            case _:
                chains.append(None)
    found = chains[-1]
    if not isinstance(found, list):
        return None
    return then(*found) if found else Function.atom("identity")


def _with_number(word: str, c: Fraction, first: bool) -> list[Function]:
    """c + x, c · x, ...; the number first, or last."""
    atom = Function.atom
    match word:
        case "add":
            return [atom("shift", c)]
        case "sub":
            return [atom("negate"), atom("shift", c)] if first else [atom("shift", -c)]
        case "mul":
            return [atom("scale", c)]
        case "div":
            return [atom("power", Fraction(-1)), atom("scale", c)] if first else [atom("scale", 1 / c)]
        case _:
            return [atom("maximum" if word == "max" else "minimum", c)]
