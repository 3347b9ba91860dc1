"""Taylor series with balls as coefficients: the derivatives of a function on either side of a point, and tight slopes on small cells.

    f(c + s·h) = Σ a_k h^k for small h > 0, s = 1 or -1

Which piece of a function holds beside c is told by the first coefficient that is not 0; where a ball leaves that open, `Undecided`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from sigmaprime.diagrams.expression import Expression
from sigmaprime.diagrams.formula import Ops
from sigmaprime.diagrams.function import Function
from sigmaprime.diagrams.own import known
from sigmaprime.diagrams.term import Head

from .balls import Span, balls
from .cells import Eye
from .enclosure import Undecided
from .jets import Jet, Look, Slope
from .tails import Number

__all__ = ["ORDER", "beside", "tightened"]

ORDER = 6
Series = Any
Row = Sequence[Function]


class Taylor(Ops):
    """The arithmetic of series in h, up to h^ORDER."""

    def number(self, value: Any) -> Series:
        return value if isinstance(value, balls().arb_series) else _constant(value)

    def pi(self) -> Series:
        return _constant(balls().arb.pi())

    def exp(self, x: Series) -> Series:
        return x.exp()

    def ln(self, x: Series) -> Series:
        if not x[0] > 0:
            raise Undecided("a logarithm may be of a number that is not positive")
        return x.log()

    def sin(self, x: Series) -> Series:
        return x.sin()

    def atan(self, x: Series) -> Series:
        return x.atan()

    def erfc(self, x: Series) -> Series:
        return x.erfc()

    def erf(self, x: Series) -> Series:
        return x.erf()

    def power(self, x: Series, a: Fraction) -> Series:
        """By products, by a root, or h^(m a) (x / h^m)^a where x begins with h^m."""
        if a.denominator == 1 and 0 <= a <= 64:
            made = _constant(Fraction(1))
            for _ in range(int(a)):
                made = made * x
            return made
        sign = _sign(x)
        if not sign or (sign < 0 and not a.denominator % 2):
            raise Undecided("an even root may be of a negative number, or a power of 0")
        size, m = x * sign, _valuation(x)
        if m * a != int(m * a) or m * a < 0:
            raise Undecided("a power whose slope is not finite")
        body = balls().arb_series(size.coeffs()[m:])
        root = body.sqrt() if a == Fraction(1, 2) else (body.log() * _constant(a)).exp()
        shifted = balls().arb_series([0] * int(m * a) + root.coeffs())
        return -shifted if sign < 0 and a.numerator % 2 else shifted

    def maximum(self, x: Series, y: Series) -> Series:
        return x if _sign(x - y) >= 0 else y

    def pieces(
        self, x: Series, below: Sequence[tuple[Any, Callable[[Any], Any]]], above: Callable[[Any], Any]
    ) -> Series:
        for joint, piece in below:
            if _sign(x - self.number(joint)) <= 0:
                return self.number(piece(x))
        return self.number(above(x))


def _constant(value: Any) -> Series:
    flint = balls()
    if isinstance(value, Fraction):
        value = flint.arb(flint.fmpq(value.numerator, value.denominator))
    return flint.arb_series([value])


def _valuation(x: Series) -> int:
    """The number of the first coefficient that is not 0; how many there are, if all are."""
    for k, c in enumerate(x.coeffs()):
        if c > 0 or c < 0:
            return k
        if not c == 0:
            raise Undecided("it is not known on which side of a joint a value lies")
    return ORDER + 1


def _sign(x: Series) -> int:
    k = _valuation(x)
    return 0 if k > ORDER else 1 if x[k] > 0 else -1


def _expanded(row: Row, centre: Any, way: int) -> list[Any]:
    """a_0 .. a_ORDER of a chain at a ball."""
    flint, ops = balls(), Taylor()
    cap, flint.ctx.cap = flint.ctx.cap, ORDER + 1
    try:
        x = flint.arb_series([centre, way])
        for part in row:
            meaning = known(part)
            if isinstance(meaning, Expression):
                x = ops.number(meaning.at(ops, x))
            elif part.head is Head.ATOM and None not in (given := [s.value for s in part.key[2:]]):
                x = ops.number(ops.entry(part.name, x, given))
            else:
                raise Undecided(f"{part} has no formula")
        return [x[k] for k in range(ORDER + 1)]
    except (ZeroDivisionError, ValueError):
        raise Undecided("a denominator may be 0") from None
    finally:
        flint.ctx.cap = cap


def beside(row: Row, c: Fraction, way: int) -> list[Span]:
    """The value and the derivatives of a chain right (1) or left (-1) of a point."""
    found = _expanded(row, _constant(c)[0], way)
    return [Span.around(a * way**k * math.factorial(k)) for k, a in enumerate(found)]


def tightened(eye: Eye, first: Row, second: Row) -> Eye:
    """The same difference of two chains, on small cells with slopes from f' = Σ k a_k t^(k-1), the last coefficient that of the whole cell."""

    def look(span: Span) -> Look:
        found = eye(span)
        if span.exact or not span.width <= 1 or not found.smooth:
            return found
        cell = span.lo.union(span.hi)
        middle, t = cell.mid(), cell - cell.mid()
        try:
            near, whole = (
                [a - b for a, b in zip(_expanded(first, x, 1), _expanded(second, x, 1), strict=True)]
                for x in (middle, cell)
            )
        except Undecided:
            return found
        slope = ORDER * whole[ORDER]
        for k in range(ORDER - 1, 0, -1):
            slope = slope * t + k * near[k]
        if not slope.is_finite():
            return found
        slopes = Span.around(slope).meet(found.jet.slopes)
        jet = Jet(found.jet.value, Slope(Number.of(Fraction(1)), Number(slopes)))
        return Look(jet, found.smooth, found.continuous)

    return look
