"""Numbers by the logarithms of their sizes, as an arithmetic for formulas: ln f(e^x) without e^x, finite where f(e^x) is no float.

A number is its sign and ln|v|, or its value, whichever is known; the other is calculated when it is asked for. Products, quotients and powers
are sums of logarithms, sums of one sign are logaddexp. What cancels stays as good as it was: nothing is gained, nothing lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from .arrays import Arrays, inside
from .expression import Expression
from .formula import FORMULAS, Ops
from .space import Interval

__all__ = ["log_form"]


def log_form(expression: Expression, on: Interval) -> Callable[[Any, Any], Any]:
    """(namespace, x) -> ln f(e^x) for a formula that is positive on an interval inside (0, oo)."""

    def run(xp: Any, x: Any) -> Any:
        ops = _Logs(xp, x, on)
        found = expression.at(ops, _Number(ops, ops.one, x, None))
        return found.log + xp.zeros_like(x)

    return run


class _Number:
    """sign · e^log, or value."""

    def __init__(self, ops: _Logs, sign: Any, log: Any, value: Any, exact: Fraction | None = None) -> None:
        self.ops, self._sign, self._log, self._value, self.exact = ops, sign, log, value, exact

    @property
    def sign(self) -> Any:
        return self.ops.xp.sign(self._value) if self._sign is None else self._sign

    @property
    def log(self) -> Any:
        if self._log is None:
            xp, v = self.ops.xp, self._value
            zero = v == 0
            self._log = xp.where(zero, -self.ops.infinity, xp.log(xp.abs(xp.where(zero, xp.ones_like(v), v))))
        return self._log

    @property
    def value(self) -> Any:
        if self._value is None:
            self._value = self.sign * self.ops.xp.exp(self._log)
        return self._value

    def __neg__(self) -> _Number:
        value = None if self._value is None else -self._value
        return _Number(self.ops, None if self._sign is None else -self._sign, self._log, value)

    def __add__(self, other: Any) -> _Number:
        a, b = self, self.ops.of(other)
        if a._log is None and b._log is None:
            return _Number(self.ops, None, None, a.value + b.value)
        return self.ops.total(a, b)

    def __sub__(self, other: Any) -> _Number:
        return self + -self.ops.of(other)

    def __mul__(self, other: Any) -> _Number:
        b = self.ops.of(other)
        if self._log is None and b._log is None:
            return _Number(self.ops, None, None, self.value * b.value)
        return _Number(self.ops, self.sign * b.sign, self.log + b.log, None)

    def __truediv__(self, other: Any) -> _Number:
        b = self.ops.of(other)
        if self._log is None and b._log is None:
            return _Number(self.ops, None, None, self.value / b.value)
        return _Number(self.ops, self.sign * b.sign, self.log - b.log, None)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> _Number:
        return self.ops.of(other) - self

    def __rtruediv__(self, other: Any) -> _Number:
        return self.ops.of(other) / self


class _Logs(Ops):
    """Arithmetic of such numbers; entries without a form of their own are calculated by their values."""

    def __init__(self, xp: Any, x: Any, on: Interval) -> None:
        self.xp, self.arrays = xp, Arrays(xp, x, on)
        self.one = self.arrays.number(Fraction(1))
        self.infinity = self.one * float("inf")

    def of(self, value: Any) -> _Number:
        return self.number(value if isinstance(value, _Number) else Fraction(value))

    def number(self, value: Any) -> _Number:
        return value if isinstance(value, _Number) else _Number(self, None, None, self.arrays.number(value), value)

    def pi(self) -> _Number:
        return _Number(self, None, None, self.arrays.pi())

    def total(self, a: _Number, b: _Number) -> _Number:
        """The sum: of one sign by logaddexp, else from the larger by ln(1 - e^(-d)), masked where the two are equal."""
        xp, zero = self.xp, self.arrays.number(Fraction(0))
        first = a.log >= b.log
        large, small = xp.where(first, a.log, b.log), xp.where(first, b.log, a.log)
        sign = xp.where(first, a.sign, b.sign)
        same = a.sign == b.sign
        gap = xp.where(same | (large <= small), self.one, large - small)
        log = xp.where(same, xp.logaddexp(large, small), large + xp.log(-xp.expm1(-gap)))
        none = ~same & (large <= small)
        return _Number(self, xp.where(none, zero, sign), xp.where(none, -self.infinity, log), None)

    def exp(self, x: _Number) -> _Number:
        return _Number(self, self.one, x.value, None)

    def ln(self, x: _Number) -> _Number:
        return _Number(self, None, None, x.log)

    def power(self, x: _Number, a: Any) -> _Number:
        if x._log is None:
            return _Number(self, None, None, self.arrays.entry("power", x.value, (a,)))
        sign = x.sign if a.numerator % 2 else self.one
        return _Number(self, sign, float(a) * x.log, None)

    def maximum(self, x: _Number, y: _Number) -> _Number:
        xp = self.xp
        if x._log is None and y._log is None:
            return _Number(self, None, None, self.arrays.maximum(x.value, y.value))
        first = x.sign * 1.0 > y.sign
        first = first | (
            (x.sign == y.sign) & (xp.where(x.sign < 0, -x.log, x.log) > xp.where(y.sign < 0, -y.log, y.log))
        )
        return _Number(self, xp.where(first, x.sign, y.sign), xp.where(first, x.log, y.log), None)

    def pieces(
        self, x: _Number, below: Sequence[tuple[Fraction, Callable[[Any], Any]]], above: Callable[[Any], Any]
    ) -> _Number:
        """As on arrays, for a positive variable."""
        xp, whole, lo = self.xp, self.arrays.on, 0.0
        free = x.log == x.log
        made: _Number | None = None
        for c, piece in (*below, (None, above)):
            end: Any = math.inf if c is None else c
            part = whole.meet(Interval.make(lo, False, end, c is not None)) if end > lo else None
            lo = max(lo, end)
            if part is None:
                continue
            here = free if c is None else free & (x.log <= math.log(c))
            free, self.arrays.on = free & ~here, part
            y = piece(_Number(self, self.one, xp.where(here, x.log, xp.full_like(x.log, math.log(inside(part)))), None))
            made = (
                y
                if made is None
                else _Number(self, xp.where(here, y.sign, made.sign), xp.where(here, y.log, made.log), None)
            )
        self.arrays.on = whole
        assert made is not None, "one piece meets the domain"
        done: _Number = made
        return done

    def entry(self, name: str, x: _Number, parameters: Sequence[Any]) -> _Number:
        if name in PLAIN:
            found: _Number = FORMULAS[name](self, x, *parameters)
            return found
        if name == "sin" and x._value is None:  # beyond, a wave is finer than the floats
            x = _Number(self, x.sign, self.xp.where(x.log > -SMALL, self.arrays.number(Fraction(-SMALL)), x.log), None)
        if x._log is None or x._sign is not self.one or not (name in NEAR or name in FAR):
            return _Number(self, None, None, self.arrays.entry(name, x.value, parameters))
        xp, low, high = self.xp, self.arrays.number(Fraction(SMALL)), self.arrays.number(Fraction(FAR.get(name, 0)))
        inner = xp.where(x.log < low, low, x.log)
        inner = xp.where(inner > high, high, inner) if name in FAR else inner
        if name == "sinh":
            middle = FORMULAS[name](self, _Number(self, self.one, inner, None)).log
        else:
            middle = xp.log(self.arrays.entry(name, xp.exp(inner), parameters))
        if name in NEAR:
            middle = xp.where(x.log < low, x.log + NEAR[name], middle)
        if name in SAME:
            middle = xp.where(x.log > high, x.log, middle)
        return _Number(self, self.one, middle, None)


PLAIN = frozenset(
    {"identity", "negate", "scale", "shift", "exp", "ln", "power", "absolute", "maximum", "minimum", "softsign", "cosh"}
)
"""Entries whose formula is calculated by logarithms."""
SMALL = -40
NEAR = dict.fromkeys(("tanh", "sinh", "asinh", "atan", "expm1", "log1p"), 0.0) | {
    "erf": math.log(2 / math.sqrt(math.pi))
}
NEAR |= dict.fromkeys(("gelu", "gelu_tanh", "swish"), -math.log(2)) | {"mish": math.log(0.6)}
"""ln f'(0) of entries with f(0) = 0: below e^-40, f(v) = f'(0) v in every float type."""
FAR = {"tanh": 6, "sigmoid": 6, "erf": 6, "atan": 40, "softplus": 6, "gelu": 6, "gelu_tanh": 6, "mish": 6}
"""Above e to this power a value does not change any more, or is v itself in every float type."""
SAME = frozenset({"softplus", "gelu", "gelu_tanh", "mish"})
