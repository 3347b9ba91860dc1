"""SymPy's reading of a tape: rows as expressions, σ' in simple form, and whether two rows are equal.

Run as a file it is a process of its own, isolated and under a time limit, since SymPy may hang: it reads a tape and pairs of rows as JSON and
says which pairs SymPy finds equal. It imports SymPy and the standard library alone, and parses nothing: only names of the table are known.
Every step is one that SymPy takes under the assumptions of the symbols; `force=True` occurs nowhere. SymPy has wrong answers, so what it says
is CHECKED at most.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import sympy as sp

if (
    not __package__
):  # a process of its own: this folder is a package without its __init__, so that only the table is read
    __package__ = "alone"
    sys.modules[__package__] = ModuleType(__package__)
    sys.modules[__package__].__path__ = [str(Path(__file__).parent)]

from .formula import FORMULAS, Ops

__all__ = ["TABLE", "equal", "function_symbol", "number", "replay", "simple", "symbol"]

Row = Sequence[Any]
KINDS = {"positive": "positive", "nonnegative": "nonnegative", "negative": "negative", "real": "real"}


def number(value: Fraction | str) -> Any:
    """The exact rational."""
    a = Fraction(value)
    return sp.Rational(a.numerator, a.denominator)


def symbol(name: str, kind: str) -> Any:
    """A symbol that is known to be positive, nonnegative, negative or real, nothing else."""
    return sp.Symbol(name, **{KINDS[kind]: True})


def function_symbol(name: str, kind: str) -> Any:
    """A function that stands for any with values of this kind."""
    return sp.Function(name, **{KINDS[kind]: True})


class _Symbols(Ops):
    """SymPy's words for the formulas."""

    def number(self, value: Any) -> Any:
        return number(value) if isinstance(value, Fraction) else value

    def pi(self) -> Any:
        return sp.pi

    def power(self, x: Any, a: Any) -> Any:
        a = self.number(a)
        if isinstance(a, sp.Rational) and a.q % 2 and a.q > 1 and not x.is_positive:
            root = sp.Abs(x) ** a  # the real odd root, also below zero
            return sp.sign(x) * root if a.p % 2 else root
        return x**a

    def pieces(self, x: Any, below: Sequence[Any], above: Callable[[Any], Any]) -> Any:
        return sp.Piecewise(*((f(x), x <= self.number(c)) for c, f in below), (above(x), True))


for _name, _word in {"ln": sp.log, "maximum": sp.Max, "minimum": sp.Min, "abs": sp.Abs}.items():
    setattr(_Symbols, _name, staticmethod(_word))
for _name in ("exp", "sin", "atan", "erf", "erfc", "sqrt", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"):
    setattr(_Symbols, _name, staticmethod(getattr(sp, _name)))

TABLE: dict[str, Callable[..., Any]] = {name: partial(f, _Symbols()) for name, f in FORMULAS.items()}
"""Every catalogue entry in SymPy's words."""


def replay(rows: Sequence[Row], leaf: Callable[[int, Row], Any], functions: Mapping[str, Any]) -> list[Any]:
    """The expression of every row; `leaf` gives those of inputs, weights and scalars."""
    made: list[Any] = []
    for i, row in enumerate(rows):
        match row[0]:
            case "number":
                made.append(number(row[1]))
            case "map":
                made.append(TABLE[row[1]](*(made[a] for a in row[2:])))
            case "call":
                made.append(functions[row[1]](made[row[2]]))
            case "sum":
                made.append(sp.Add(*(made[a] for a in row[1:])))
            case "product":
                made.append(sp.Mul(*(made[a] for a in row[1:])))
            case "max":
                made.append(sp.Max(*(made[a] for a in row[1:])))
            case "power":
                made.append(made[row[1]] ** made[row[2]])
            case _:
                made.append(leaf(i, row))
    return made


def simple(expression: Any) -> Any:
    """The expression with ln spread over products, powers and maxima, where SymPy knows that their parts are positive.

    >>> x = symbol("x", "real")
    >>> simple(sp.log(sp.Max(sp.exp(x), 1)))
    Max(0, x)
    """
    return sp.bottom_up(expression, _spread)


def _spread(e: Any) -> Any:
    if isinstance(e, sp.log):
        inner = e.args[0]
        if isinstance(inner, sp.Max) and all(a.is_positive for a in inner.args):
            return sp.Max(*(_spread(sp.log(a)) for a in inner.args))
        return sp.expand_log(e, deep=False)
    if isinstance(e, sp.exp) and isinstance(e.args[0], sp.Max):
        return sp.Max(*(sp.exp(a) for a in e.args[0].args))
    return e


def canonical(expression: Any) -> Any:
    """The expression with positive products and powers written as exp of a sum, everything expanded."""
    return sp.expand(sp.bottom_up(expression, _exponential))


def _exponential(e: Any) -> Any:
    if (e.is_Mul or e.is_Pow) and e.is_positive and not e.is_Rational:
        return sp.exp(sp.expand(_spread(sp.log(e))))
    return _spread(e)


def equal(first: Any, second: Any) -> str | None:
    """How SymPy shows that the two are equal; None if it does not."""
    for how, show in WAYS:
        if show(first, second):
            return how
    return None


def _zero(e: Any) -> bool:
    return bool(e == 0)


def _logarithms(a: Any, b: Any) -> bool:
    return bool(a.is_positive and b.is_positive) and _zero(canonical(sp.log(a)) - canonical(sp.log(b)))


def _exp_form(a: Any, b: Any) -> Any:
    return sp.expand_log((a - b).rewrite(sp.exp))


WAYS: tuple[tuple[str, Callable[[Any, Any], bool]], ...] = (
    ("SymPy builds one expression from both sides", lambda a, b: bool(a == b)),
    ("expand_log brings the logarithms of both sides to one form", _logarithms),
    ("expand_log and expand bring both sides to one form", lambda a, b: _zero(canonical(a) - canonical(b))),
    ("simplify brings the difference to 0", lambda a, b: _zero(sp.simplify(a - b))),
    ("simplify brings the difference, in exponential form, to 0", lambda a, b: _zero(sp.simplify(_exp_form(a, b)))),
    (
        "logcombine and simplify bring the difference to 0",
        lambda a, b: _zero(sp.simplify(sp.logcombine(_exp_form(a, b), force=False))),
    ),
    (
        "simplify brings exp of the difference to 1",
        lambda a, b: _zero(sp.simplify(sp.exp(_exp_form(a, b)) - 1)),
    ),
)
"""What is tried, cheap first."""


def main() -> None:
    """Answer the question on standard input: the ways in which the pairs are equal, up to the first that is not."""
    question = json.load(sys.stdin)
    watch = threading.Timer(question["seconds"], os._exit, [3])  # should the parent be gone
    watch.daemon = True
    watch.start()
    sys.setrecursionlimit(20_000)
    kinds, functions = question["kinds"], question["functions"]
    made = replay(
        question["rows"],
        lambda i, row: symbol(f"v{i}", kinds[str(i)]),
        {name: function_symbol(f"f{k}", kind) for k, (name, kind) in enumerate(functions.items())},
    )
    ways: list[str | None] = []
    for a, b in question["pairs"]:
        ways.append(equal(made[a], made[b]))
        if ways[-1] is None:
            break
    json.dump({"ways": ways, "sympy": sp.__version__}, sys.stdout)


if __name__ == "__main__":
    main()
