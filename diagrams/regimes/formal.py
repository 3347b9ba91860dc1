"""The formula of f written as rows in t, with every choice (max, pieces) still open; from catalogue entries or from SymPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..errors import Refused
from ..formula import FORMULAS, Ops
from .rows import Rows

__all__ = ["Formula", "of_calls", "of_chain", "of_sympy"]


@dataclass(frozen=True)
class Formula:
    """f(t) as rows; numbers are exact rationals, or ("pi",)."""

    rows: tuple[tuple[Any, ...], ...]
    root: int


class _Node:
    """A row while the formula is written, with arithmetic."""

    def __init__(self, rows: Rows, at: int) -> None:
        self.rows, self.at = rows, at

    def _other(self, other: Any) -> int:
        return other.at if isinstance(other, _Node) else self.rows.constant(Fraction(other))

    def __add__(self, other: Any) -> _Node:
        return _Node(self.rows, self.rows.add(self.at, self._other(other)))

    __radd__ = __add__

    def __neg__(self) -> _Node:
        return _Node(self.rows, self.rows.neg(self.at))

    def __sub__(self, other: Any) -> _Node:
        return _Node(self.rows, self.rows.add(self.at, self.rows.neg(self._other(other))))

    def __rsub__(self, other: Any) -> _Node:
        return (-self).__add__(other)

    def __mul__(self, other: Any) -> _Node:
        return _Node(self.rows, self.rows.mul(self.at, self._other(other)))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> _Node:
        return _Node(self.rows, self.rows.div(self.at, self._other(other)))

    def __rtruediv__(self, other: Any) -> _Node:
        return _Node(self.rows, self.rows.div(self._other(other), self.at))


class _Formal(Ops):
    """The arithmetic of rows."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def _put(self, op: str, *nodes: _Node) -> _Node:
        return _Node(self.rows, self.rows.put(op, *(n.at for n in nodes)))

    def number(self, value: Any) -> Any:
        return value if isinstance(value, _Node) else _Node(self.rows, self.rows.constant(Fraction(value)))

    def pi(self) -> Any:
        return _Node(self.rows, self.rows.put("pi"))

    def power(self, x: Any, a: Any) -> Any:
        return _Node(self.rows, self.rows.put("power", self.number(x).at, Fraction(a)))

    def maximum(self, x: Any, y: Any) -> Any:
        return self._put("max", x, y)

    def pieces(self, x: Any, below: Sequence[tuple[Any, Callable[[Any], Any]]], above: Callable[[Any], Any]) -> Any:
        found = self.number(above(x))
        for joint, piece in reversed(below):  # where x ≤ joint: the piece, else what follows
            found = self._put("upto", x, self.number(joint), self.number(piece(x)), found)
        return found


for _op in ("exp", "ln", "sin", "atan", "erfc", "tanh", "erf"):
    setattr(_Formal, _op, lambda self, x, op=_op: self._put(op, x))


def of_calls(calls: Sequence[Callable[[Ops, Any], Any]]) -> Formula:
    """The formula of functions over any arithmetic, first applied first."""
    rows = Rows()
    ops, x = _Formal(rows), _Node(rows, rows.put("x"))
    for call in calls:
        x = ops.number(call(ops, x))
    return Formula(tuple(rows.rows), x.at)


def of_chain(chain: Sequence[tuple[str, Sequence[Any]]]) -> Formula:
    """The formula of catalogue entries (name, parameters), first applied first."""

    def entry(name: str, given: Sequence[Any]) -> Callable[[Ops, Any], Any]:
        return lambda ops, x: FORMULAS[name](ops, x, *given)

    return of_calls([entry(*part) for part in chain])


def of_sympy(expression: Any) -> Formula:
    """The formula of a SymPy expression in one symbol; raises `Refused` where a part has no formula here."""
    import sympy as sp

    if len(expression.free_symbols) > 1:
        raise Refused(f"{expression} has {len(expression.free_symbols)} symbols; give an expression in one")
    rows = Rows()
    ops = _Formal(rows)
    calls: dict[Any, Callable[[Any], Any]] = {
        sp.exp: ops.exp, sp.log: ops.ln, sp.sin: ops.sin, sp.atan: ops.atan, sp.erfc: ops.erfc, sp.erf: ops.erf, sp.tanh: ops.tanh,
        sp.sinh: ops.sinh, sp.cosh: ops.cosh, sp.asinh: ops.asinh, sp.acosh: ops.acosh, sp.atanh: ops.atanh, sp.Abs: ops.abs,
    }  # fmt: skip
    made: dict[Any, Any] = {}
    todo = [expression]
    while todo:
        e = todo[-1]
        missing = [a for a in e.args if a not in made]
        if missing:
            todo += missing
            continue
        todo.pop()
        args = [made[a] for a in e.args]
        if e.is_Symbol:
            made[e] = _Node(rows, rows.put("x"))
        elif e.is_Rational:
            made[e] = ops.number(Fraction(int(e.p), int(e.q)))
        elif e.is_Float:
            made[e] = ops.number(Fraction(float(e)))
        elif e is sp.pi:
            made[e] = ops.pi()
        elif e is sp.E:
            made[e] = ops.exp(ops.number(1))
        elif e.is_Add:
            made[e] = sum(args[1:], args[0])
        elif e.is_Mul:
            made[e] = args[0]
            for a in args[1:]:
                made[e] = made[e] * a
        elif e.is_Pow and e.exp.is_Rational:
            made[e] = 1 / args[0] if e.exp == -1 else ops.power(args[0], Fraction(int(e.exp.p), int(e.exp.q)))
        elif e.func in (sp.Max, sp.Min):
            choose = ops.maximum if e.func is sp.Max else ops.minimum
            made[e] = args[0]
            for a in args[1:]:
                made[e] = choose(made[e], a)
        elif e.func in calls:
            made[e] = calls[e.func](args[0])
        else:
            raise Refused(
                f"{e.func.__name__} in {expression} has no formula here; known are {', '.join(sorted(k.__name__ for k in calls))}"
            )
    return Formula(tuple(rows.rows), made[expression].at)
