"""SymPy expressions as formulas, head by head. Nothing is simplified, sympified or asked: SymPy's answers about functions are sometimes wrong."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial, reduce
from itertools import pairwise
from typing import Any

from . import errors
from .expression import Expression, Rows
from .grammar import cosine
from .space import Interval, negative, nonnegative, positive, reals

__all__ = ["translated"]

LARGEST = 4000
SAME = ("exp", "tanh", "sinh", "cosh", "asinh", "acosh", "atanh", "atan", "erf", "erfc", "sin")
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def translated(expression: Any, *, jumps: bool = False) -> tuple[Expression, Interval]:
    """The formula, and where it may be read: the assumptions of its symbol. Raises `IllTyped` that names the part that is not known.

    A piece of a formula holds up to its joint and with it. Unless there may be `jumps`, pieces are taken to meet: then that is the same.

    >>> import sympy
    >>> x = sympy.Symbol("x", positive=True)
    >>> formula, most = translated(x / (1 + x))
    >>> str(formula), most
    ('x/(x+1)', positive)
    """
    import sympy as sp

    if not isinstance(expression, sp.Expr):
        raise errors.IllTyped(
            f"{type(expression).__name__} is no expression of SymPy; text is read by Function.from_text"
        )
    symbols = sorted(expression.free_symbols, key=str)
    if len(symbols) != 1:
        raise errors.IllTyped(
            f"a function has one variable; {expression} has {len(symbols)}: {', '.join(map(str, symbols)) or 'none'}"
        )
    rows = Rows()
    try:
        return rows.done(_Reader(sp, symbols[0], rows, jumps).read(expression)), _most(symbols[0])
    except ValueError as error:
        if isinstance(error, errors.SigmaError):
            raise
        raise errors.IllTyped(f"{str(expression)[:200]}: {error}") from None


def _most(symbol: Any) -> Interval:
    for word, on in (("positive", positive), ("negative", negative), ("nonnegative", nonnegative)):
        if getattr(symbol, f"is_{word}"):
            return on
    for word in ("integer", "rational", "irrational", "algebraic", "imaginary", "nonpositive", "prime", "zero"):
        if getattr(symbol, f"is_{word}"):
            raise errors.IllTyped(f"{symbol} is assumed to be {word}: take a symbol that is real, positive or negative")
    return reals


class _Reader:
    def __init__(self, sp: Any, symbol: Any, rows: Rows, jumps: bool) -> None:
        self.jumps = jumps
        self.sp, self.symbol, self.rows = sp, symbol, rows
        self.made: dict[Any, int] = {symbol: rows.put("x")}
        self.heads: dict[Any, Callable[[Any, list[int]], int]] = {
            sp.Add: self.sum, sp.Mul: self.product, sp.Pow: self.power, sp.Piecewise: self.piecewise,
            sp.Max: lambda e, a: reduce(lambda u, v: rows.binary("max", u, v), a), sp.Min: lambda e, a: reduce(lambda u, v: rows.binary("min", u, v), a),
            sp.Abs: lambda e, a: rows.call("absolute", a[0]), sp.log: self.logarithm, sp.cos: lambda e, a: cosine(rows, a[0]),
            sp.tan: lambda e, a: rows.binary("div", rows.call("sin", a[0]), cosine(rows, a[0])),
            **{getattr(sp, name): partial(self.same, name) for name in SAME},
        }  # fmt: skip

    def read(self, expression: Any) -> int:
        stack, count = [(expression, False)], 0
        while stack:
            e, ready = stack.pop()
            count += 1
            if count > LARGEST:
                raise ValueError(f"an expression has at most {LARGEST // 2} parts")
            if e in self.made:
                continue
            if e.is_Number or e.is_NumberSymbol:
                self.made[e] = self.constant(e)
            elif e.func not in self.heads:
                raise ValueError(f"{e.func.__name__} is not known in a formula")
            elif not ready:
                stack.append((e, True))
                stack += [(a, False) for a in reversed(self.below(e))]
            else:
                self.made[e] = self.heads[e.func](e, [self.made[a] for a in self.below(e)])
        return self.made[expression]

    def below(self, e: Any) -> list[Any]:
        """The parts that are read first."""
        if e.func is self.sp.Piecewise:
            return [value for value, _ in e.args]
        if e.is_Mul:
            return [factor for factor, _ in self.factors(e)]
        return list(
            e.as_ordered_terms() if e.is_Add else e.args
        )  # printed order: that of the arguments differs from run to run

    def constant(self, e: Any) -> int:
        sp = self.sp
        if e.is_Rational:
            return self.rows.number(Fraction(int(e.p), int(e.q)))
        if e.is_Float and e.is_finite:
            sign, mantissa, exponent, _ = e._mpf_
            if abs(exponent) > 2000:
                raise ValueError("a number of a formula has at most 300 digits")
            return self.rows.number((-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** exponent)
        if e is sp.pi:
            return self.rows.put("pi")
        if e is sp.E:
            return self.rows.call("exp", self.rows.number(1))
        raise ValueError(f"{e} is no number of a formula")

    def same(self, name: str, e: Any, a: list[int]) -> int:
        return self.rows.call(name, a[0])

    def sum(self, e: Any, a: list[int]) -> int:
        total = a[0]
        for i in a[1:]:
            row = self.rows.rows[i]
            minus = row[:2] == ("call", "negate")
            total = self.rows.binary("sub" if minus else "add", total, row[2] if minus else i)
        return total

    def product(self, e: Any, a: list[int]) -> int:
        """Factors with negative powers are denominators; sign(u) |u|^q is the odd root."""
        over: list[int] = []
        under: list[int] = []
        for (factor, root), i in zip(self.factors(e), a, strict=True):
            base, exponent = factor.as_base_exp()
            if root is not None:
                over.append(self.rows.power(i, root))
            elif exponent == -1 and factor.is_Pow:
                under.append(self.made[base])
            else:
                over.append(i)
        minus = len(over) > 1 and self.rows.value(over[0]) == -1
        top = reduce(lambda u, v: self.rows.binary("mul", u, v), over[minus:]) if over else self.rows.number(1)
        made = reduce(lambda u, v: self.rows.binary("div", u, v), under, top)
        return self.rows.call("negate", made) if minus else made

    def factors(self, e: Any) -> list[tuple[Any, Fraction | None]]:
        """The factors; for sign(u) |u|^q with q odd over odd, u and q."""
        sp = self.sp
        found: list[tuple[Any, Fraction | None]] = []
        rest = list(e.as_ordered_factors())
        for s in [f for f in rest if f.func is sp.sign]:
            for size in rest:
                base, q = size.as_base_exp()
                if base == sp.Abs(s.args[0]) and q.is_Rational and q.p % 2 and q.q % 2:
                    rest = [f for f in rest if f not in (s, size)]
                    found.append((s.args[0], Fraction(int(q.p), int(q.q))))
                    break
        return [*((f, None) for f in rest), *found]

    def power(self, e: Any, a: list[int]) -> int:
        base = e.args[0]
        if base is self.sp.E:
            return self.rows.call("exp", a[1])
        q = self.rows.value(a[1])
        if q is None:
            if base.is_positive:
                return self.rows.call("exp", self.rows.binary("mul", a[1], self.rows.call("ln", a[0])))
            raise ValueError(f"{e}: the exponent is no rational number, and {base} is not known to be positive")
        if q.denominator == 1 or q.denominator % 2 == 0 or base.is_nonnegative:
            return self.rows.power(a[0], q)
        return self.rows.power(self.rows.power(a[0], HALF), 2 * q)  # SymPy's odd root is no real number below zero

    def logarithm(self, e: Any, a: list[int]) -> int:
        top = self.rows.call("ln", a[0])
        return top if len(a) == 1 else self.rows.binary("div", top, self.rows.call("ln", a[1]))

    def piecewise(self, e: Any, a: list[int]) -> int:
        """Between the joints of the conditions, the first value whose condition holds there."""
        conditions = [c for _, c in e.args]
        joints = sorted({c for condition in conditions for c in self.joints(condition)})
        if not joints:
            raise ValueError(f"{e} has no joint")
        inner = [joints[0] - 1, *((u + v) / 2 for u, v in pairwise(joints)), joints[-1] + 1]
        chosen = []
        for x in inner:
            first = next((i for i, c in zip(a, conditions, strict=True) if self.holds(c, x)), None)
            if first is None:
                raise ValueError(f"the pieces leave out x = {x}")
            chosen.append(first)
        for c, left in zip(joints, chosen, strict=False):
            here = next((i for i, condition in zip(a, conditions, strict=True) if self.holds(condition, c)), None)
            if here is None or (self.jumps and here != left):
                raise ValueError(f"the value at the joint {c} is not that of the piece on its left")
        return self.rows.pieces(list(zip(joints, chosen, strict=False)), chosen[-1])

    def relations(self, condition: Any) -> list[Any]:
        sp = self.sp
        if condition in (sp.true, sp.false):
            return []
        return list(condition.args) if condition.func in (sp.And, sp.Or) else [condition]

    def joints(self, condition: Any) -> list[Fraction]:
        found = []
        for relation in self.relations(condition):
            if relation.func not in (self.sp.Lt, self.sp.Le, self.sp.Gt, self.sp.Ge):
                raise ValueError(f"the condition {relation} is not known; write x <= c")
            sides = [s for s in relation.args if s is not self.symbol]
            if len(sides) != 1 or not sides[0].is_Rational:
                raise ValueError(f"the condition {relation} does not compare {self.symbol} with a rational number")
            found.append(Fraction(int(sides[0].p), int(sides[0].q)))
        return found

    def holds(self, condition: Any, x: Fraction) -> bool:
        sp = self.sp
        if condition in (sp.true, sp.false):
            return bool(condition)
        held = []
        for relation in self.relations(condition):
            (c,) = self.joints(relation)
            below = (relation.func in (sp.Lt, sp.Le)) is (relation.args[0] is self.symbol)
            held.append(x < c if below else x > c) if x != c else held.append(relation.func in (sp.Le, sp.Ge))
        return any(held) if condition.func is sp.Or else all(held)
