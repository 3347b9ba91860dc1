"""A process of its own for SymPy: reads two chains of catalogue functions as JSON, says whether their difference simplifies to 0.

It runs isolated and under a time limit, since SymPy may hang. Nothing is parsed as an expression: only names of the table below are known.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from typing import Any

import sympy as sp

Chain = list[list[str]]


def _power(x: Any, a: Fraction) -> Any:
    if a.denominator % 2 and a.denominator > 1 and not x.is_positive:
        root = sp.Abs(x) ** _number(a)
        return sp.sign(x) * root if a.numerator % 2 else root
    return x ** _number(a)


def _number(a: Fraction) -> Any:
    return sp.Rational(a.numerator, a.denominator)


TABLE: dict[str, Any] = {
    "identity": lambda x: x,
    "exp": sp.exp,
    "ln": sp.log,
    "tanh": sp.tanh,
    "atanh": sp.atanh,
    "sigmoid": lambda x: 1 / (1 + sp.exp(-x)),
    "logit": lambda x: sp.log(x / (1 - x)),
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "log_expm1": lambda x: sp.log(sp.exp(x) - 1),
    "softsign": lambda x: x / (1 + sp.Abs(x)),
    "softsign_inverse": lambda x: x / (1 - sp.Abs(x)),
    "sinh": sp.sinh,
    "asinh": sp.asinh,
    "negate": lambda x: -x,
    "scale": lambda x, c: _number(c) * x,
    "shift": lambda x, c: x + _number(c),
    "maximum": lambda x, c: sp.Max(x, _number(c)),
    "power": _power,
}


def expression(chain: Chain, x: Any) -> Any:
    """The chain applied to x, as a SymPy expression."""
    for name, *parameters in chain:
        x = TABLE[name](x, *map(Fraction, parameters))
    return x


def simplifies_to_zero(first: Chain, second: Chain, positive: bool) -> bool:
    """Whether SymPy reduces the difference of the two to 0."""
    x = sp.Symbol("x", positive=True) if positive else sp.Symbol("x", real=True)
    difference = expression(first, x) - expression(second, x)
    attempts = (
        lambda e: e,
        sp.simplify,
        lambda e: sp.simplify(sp.expand_log(e.rewrite(sp.exp))),
        lambda e: sp.simplify(sp.logcombine(sp.expand_log(e.rewrite(sp.exp)), force=False)),
        lambda e: sp.simplify(sp.exp(sp.expand_log(e.rewrite(sp.exp))) - 1),
    )
    return any(attempt(difference) == 0 for attempt in attempts)


def main() -> None:
    """Answer the question on standard input."""
    question = json.load(sys.stdin)
    answer = simplifies_to_zero(question["first"], question["second"], question["positive"])
    json.dump({"zero": bool(answer), "sympy": sp.__version__}, sys.stdout)


if __name__ == "__main__":
    main()
