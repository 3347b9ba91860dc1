"""Arithmetic of extended intervals with open or closed ends, every end a ball of python-flint rounded outward.

A `Span` holds all values that a quantity takes: its ends are exact binary numbers or ±oo. An end that is open is not reached: rounding
outward keeps that true. So 1 - tanh of an unbounded span is positive although its lower end is 0, and ln takes it. What has no value on a
part of a span is `Undecided`: the caller looks at smaller cells.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sigmaprime.diagrams import Interval

from ..errors import Refused
from .enclosure import Undecided

__all__ = ["Span", "balls", "precision"]

Ball = Any
LARGEST = 3000  # exponents of 2 that are written out


def balls() -> Any:
    """The module `flint`; raises `Refused` where it is not installed."""
    try:
        import flint
    except ImportError:
        raise Refused("ball arithmetic needs python-flint: pip install python-flint") from None
    return flint


def precision(bits: int) -> Any:
    """A context in which balls have this many bits."""
    return balls().ctx.workprec(bits)


def _ball(value: Fraction | float) -> Ball:
    flint = balls()
    if isinstance(value, float):
        return flint.arb(value)  # ±oo too
    return flint.arb(flint.fmpq(value.numerator, value.denominator))


def low(ball: Ball) -> Ball:
    """An exact number not above the ball, -oo where nothing is known."""
    return ball.lower() if ball.is_finite() else _limit(ball, -math.inf)


def high(ball: Ball) -> Ball:
    return ball.upper() if ball.is_finite() else _limit(ball, math.inf)


def _limit(ball: Ball, unknown: float) -> Ball:
    """±oo as it is; a ball of no finite radius as the end that is always true."""
    inf = _ball(math.inf)
    return inf if ball == inf else -inf if ball == -inf else _ball(unknown)


@dataclass(frozen=True, slots=True)
class Span:
    """The reals between two ends.

    >>> one = Span.point(Fraction(1))
    >>> str(one / (one + Span.of(Interval("(0, oo)"))))
    '(0, 1)'
    """

    lo: Ball
    lo_open: bool
    hi: Ball
    hi_open: bool

    @classmethod
    def of(cls, on: Interval) -> Span:
        return cls(low(_ball(on.lo)), not on.lo_closed, high(_ball(on.hi)), not on.hi_closed)

    @classmethod
    def point(cls, value: Fraction) -> Span:
        return cls.around(_ball(value))

    @classmethod
    def around(cls, ball: Ball) -> Span:
        """The numbers of a ball."""
        lo, hi = low(ball), high(ball)
        return cls(lo, not lo.is_finite(), hi, not hi.is_finite())

    @classmethod
    def between(cls, lo: Fraction | float, hi: Fraction | float) -> Span:
        """What lies strictly between the two."""
        return cls(low(_ball(lo)), True, high(_ball(hi)), True)

    @classmethod
    def closed(cls, lo: Fraction | float, hi: Fraction | float) -> Span:
        return cls(low(_ball(lo)), isinstance(lo, float), high(_ball(hi)), isinstance(hi, float))

    @property
    def exact(self) -> bool:
        """It is one number."""
        return bool(self.lo == self.hi)

    @property
    def bounded(self) -> bool:
        return bool(self.lo.is_finite() and self.hi.is_finite())

    @property
    def positive(self) -> bool:
        return bool(self.lo > 0 or (self.lo == 0 and self.lo_open))

    @property
    def negative(self) -> bool:
        return bool(self.hi < 0 or (self.hi == 0 and self.hi_open))

    @property
    def nonnegative(self) -> bool:
        return bool(self.lo >= 0)

    @property
    def nonpositive(self) -> bool:
        return bool(self.hi <= 0)

    @property
    def width(self) -> float:
        return float(self.hi - self.lo) if self.bounded else math.inf

    def __neg__(self) -> Span:
        return Span(-self.hi, self.hi_open, -self.lo, self.lo_open)

    def __add__(self, other: Span) -> Span:
        return Span(
            low(self.lo + other.lo),
            self.lo_open or other.lo_open,
            high(self.hi + other.hi),
            self.hi_open or other.hi_open,
        )

    def __sub__(self, other: Span) -> Span:
        return self + -other

    def __mul__(self, other: Span) -> Span:
        if self.nonnegative and other.nonnegative:
            lo, lo_open = _times(self.lo, self.lo_open, other.lo, other.lo_open)
            hi, hi_open = _times(self.hi, self.hi_open, other.hi, other.hi_open)
            return Span(low(lo), lo_open, high(hi), hi_open)
        if self.nonpositive and not self.nonnegative:
            return -(-self * other)
        if other.nonpositive and not other.nonnegative:
            return -(self * -other)
        ends = [
            _times(a, a_open, b, b_open)
            for a, a_open in ((self.lo, self.lo_open), (self.hi, self.hi_open))
            for b, b_open in ((other.lo, other.lo_open), (other.hi, other.hi_open))
        ]
        lo, hi = ends[0], ends[0]
        lowest, highest = low(lo[0]), high(hi[0])
        for p, is_open in ends[1:]:
            if low(p) < lowest or (low(p) == lowest and not is_open):
                lowest, lo = low(p), (p, is_open)
            if high(p) > highest or (high(p) == highest and not is_open):
                highest, hi = high(p), (p, is_open)
        return Span(lowest, lo[1], highest, hi[1])

    def inverse(self) -> Span:
        """1/x; `Undecided` if 0 is in the span."""
        if self.negative:
            return -(-self).inverse()
        if not self.positive:
            raise Undecided("a denominator may be 0")
        lo, hi = self.lo, self.hi
        return Span(
            low(1 / hi) if hi.is_finite() else _ball(Fraction(0)),
            self.hi_open,
            high(1 / lo) if lo > 0 else _ball(math.inf),
            self.lo_open,
        )

    def __truediv__(self, other: Span) -> Span:
        return self * other.inverse()

    def rising(self, f: Callable[[Ball], Ball], at_minus: float = -math.inf, at_plus: float = math.inf) -> Span:
        """The image under an increasing function with these limits at -oo and oo."""
        lo = low(f(self.lo)) if self.lo.is_finite() else _ball(at_minus)
        hi = high(f(self.hi)) if self.hi.is_finite() else _ball(at_plus)
        return Span(max(lo, _ball(at_minus)), self.lo_open, min(hi, _ball(at_plus)), self.hi_open)

    def exp(self) -> Span:
        found = self.rising(lambda b: b.exp(), 0.0)
        return Span(
            found.lo, found.lo_open or found.lo == 0, found.hi, found.hi_open
        )  # 0 is not reached, but rounded to

    def ln(self) -> Span:
        if not self.positive:
            raise Undecided("a logarithm may be of a number that is not positive")
        return self.rising(lambda b: b.log() if b > 0 else _ball(-math.inf))

    def abs(self) -> Span:
        if self.nonnegative:
            return self
        if self.nonpositive:
            return -self
        zero, top = _ball(Fraction(0)), -self.lo
        return Span(zero, False, top, self.lo_open).hull(Span(zero, False, self.hi, self.hi_open))

    def power(self, a: Fraction) -> Span:
        """x^a, by the real root for odd denominators."""
        if a == 0:
            return Span.point(Fraction(1))
        if a < 0:
            return self.power(-a).inverse()
        if a.denominator % 2 and not a.numerator % 2:
            return self.abs()._root(a)
        if self.nonnegative:
            return self._root(a)
        if not a.denominator % 2:
            raise Undecided("an even root may be of a negative number")
        if self.nonpositive:
            return -(-self)._root(a)
        left, right = Span(_ball(Fraction(0)), False, -self.lo, self.lo_open)._root(a), Span(_ball(Fraction(0)), False, self.hi, self.hi_open)._root(a)  # fmt: skip
        return Span(-left.hi, left.hi_open, right.hi, right.hi_open)

    def _root(self, a: Fraction) -> Span:
        """x^a on x >= 0, a > 0."""
        exponent = balls().fmpq(a.numerator, a.denominator)
        return self.rising(lambda b: b**exponent if b > 0 else _ball(Fraction(0)), 0.0)

    def hull(self, other: Span) -> Span:
        lo, lo_open = min(self.lo, other.lo), self.lo_open
        if self.lo == other.lo:
            lo_open = self.lo_open and other.lo_open
        elif other.lo < self.lo:
            lo_open = other.lo_open
        hi, hi_open = max(self.hi, other.hi), self.hi_open
        if self.hi == other.hi:
            hi_open = self.hi_open and other.hi_open
        elif other.hi > self.hi:
            hi_open = other.hi_open
        return Span(lo, lo_open, hi, hi_open)

    def meet(self, other: Span) -> Span:
        """What lies in both, where both hold one quantity."""
        lo, lo_open = self.lo, self.lo_open
        if other.lo > lo or (other.lo == lo and other.lo_open):
            lo, lo_open = other.lo, other.lo_open
        hi, hi_open = self.hi, self.hi_open
        if other.hi < hi or (other.hi == hi and other.hi_open):
            hi, hi_open = other.hi, other.hi_open
        assert lo <= hi, f"{self} and {other} enclose one quantity"
        return Span(lo, lo_open, hi, hi_open)

    def maximum(self, other: Span) -> Span:
        lower, upper = (self, other) if self.lo < other.lo else (other, self)
        lo_open = upper.lo_open or (lower.lo_open and self.lo == other.lo)
        hull = self.hull(other)
        return Span(upper.lo, lo_open, hull.hi, hull.hi_open)

    def before(self, other: Span) -> bool:
        """Every number here is less than every number there."""
        return bool(self.hi < other.lo or (self.hi == other.lo and (self.hi_open or other.lo_open)))

    def __str__(self) -> str:
        text = ", ".join(decimal(e) for e in (self.lo, self.hi))
        return f"{'(' if self.lo_open else '['}{text}{')' if self.hi_open else ']'}"


def decimal(end: Ball) -> str:
    """An end as text: 17 digits, or a power of 2 where no one counts them."""
    if not end.is_finite():
        return "∞" if end > 0 else "-∞"
    mantissa, exponent = end.man_exp()
    if abs(exponent) > LARGEST:
        return f"{'-' if mantissa < 0 else ''}2^{int(exponent) + int(abs(mantissa)).bit_length()}"
    return str(int(end.unique_fmpz())) if end.is_integer() else str(end.str(17, radius=False))


def _times(a: Ball, a_open: bool, b: Ball, b_open: bool) -> tuple[Ball, bool]:
    """The product of two ends, and whether it is not reached; 0·oo is 0, as the hull of the products needs it."""
    if a == 0 or b == 0:
        reached = (a == 0 and not a_open) or (b == 0 and not b_open)
        return _ball(Fraction(0)), not reached
    return a * b, a_open or b_open


def fraction(end: Ball, side: int) -> Fraction | float:
    """The number that an end is; beyond 2^±LARGEST one that is lower (side -1) or higher (1)."""
    if not end.is_finite():
        return math.inf if end > 0 else -math.inf
    mantissa, exponent = end.man_exp()
    if abs(exponent) < LARGEST:
        return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    large, sign = exponent > 0, 1 if mantissa > 0 else -1
    if large:
        return side * math.inf if sign == side else sign * Fraction(2) ** (LARGEST - 1)
    return (
        sign * Fraction(2) ** (64 - LARGEST) * (1 << int(abs(mantissa)).bit_length()) if sign == side else Fraction(0)
    )
