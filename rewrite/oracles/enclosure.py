"""A tape in interval arithmetic: every row an enclosure of its true value, rounded outward, at any precision.

mpmath rounds intervals outward; its exp, ln and sin are widened besides. The other functions are written with these, or as series with
their remainders, so that an enclosure never rests on more than them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sigmaprime.diagrams import Function
from sigmaprime.diagrams.evaluate import flat
from sigmaprime.diagrams.formula import Ops
from sigmaprime.diagrams.tape import LEAVES, Tape

__all__ = ["Enclosures", "Undecided"]

GUARD = 8  # bits: exp and ln are widened by 2^GUARD units in the last place
HUGE = 2**40  # no number beyond e^(2^40) is looked at


class Undecided(Exception):
    """An enclosure is too wide, or a number too large, to go on."""


class Enclosures(Ops):
    """Interval arithmetic of some precision (in bits)."""

    def __init__(self, precision: int) -> None:
        from mpmath.ctx_iv import MPIntervalContext

        self.iv = iv = MPIntervalContext()
        iv.prec = precision
        slack = iv.mpf(2) ** (GUARD - precision)
        self.slack = iv.mpf([(1 - slack).a, (1 + slack).b])
        self.ulp = iv.mpf(2) ** -precision

    def number(self, value: Fraction | Any) -> Any:
        return self.iv.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value

    def pi(self) -> Any:
        return self.iv.mpf(self.iv.pi) * self.slack

    def exp(self, x: Any) -> Any:
        if x.b > HUGE:
            raise Undecided
        if x.b < -HUGE:
            return self.iv.mpf([0, self.iv.exp(self.iv.mpf(-HUGE)).b])
        if x.a < -HUGE:
            raise Undecided
        return self.iv.exp(x) * self.slack

    def ln(self, x: Any) -> Any:
        if not x.a > 0:
            raise Undecided
        y = self.iv.log(x)
        return self.iv.mpf([min((y * self.slack).a, y.a), max((y * self.slack).b, y.b)])

    def over(self, x: Any, y: Any) -> Any:
        if not (y.a > 0 or y.b < 0):
            raise Undecided
        return x / y

    def sqrt(self, x: Any) -> Any:
        if x.a < 0:
            raise Undecided
        return self.iv.sqrt(x)

    def odd(self, f: Callable[[Any], Any], x: Any) -> Any:
        """An odd function, computed on the right where its formula is good."""
        return -f(-x) if x.b < 0 else f(x)

    def tanh(self, x: Any) -> Any:
        return self.odd(lambda u: 2 / (1 + self.exp(-2 * u)) - 1, x)

    def asinh(self, x: Any) -> Any:
        return self.odd(super().asinh, x)

    def sin(self, x: Any) -> Any:
        return self.iv.sin(x) + (self.slack - 1)

    def atan(self, x: Any) -> Any:
        """Halved, atan x = 2 atan(x / (1 + √(1 + x²))), until the alternating series is short."""
        if abs(x).a == 0:
            return self.around(x)  # |atan x| ≤ |x|
        halvings = 4 + math.isqrt(self.iv.prec)
        for _ in range(halvings):
            x = x / (1 + self.sqrt(1 + x * x))
        total, power, n = x, x, 1
        while abs(power).b > abs(x).a * self.ulp / 4:
            power, n = -power * x * x, n + 2
            total = total + power / n
        return (total + self.around(power)) * 2**halvings  # the next term is less than the last

    def erfc(self, x: Any) -> Any:
        """With positive terms from 0, by bracketing partial sums far out."""
        if not x.a > 0:
            return 2 - self.erfc(-x) if x.b < 0 else 1 - self.around(x) * 2  # |erf x| ≤ 2|x|/√π
        u, root = 2 * x * x, self.sqrt(self.pi())
        if (
            u.a > 1.4 * self.iv.prec
        ):  # e^(-x²) / (x√π) · (1 - 1/u + 1·3/u² - ..): each sum is off by less than its last term
            term, total, n = self.iv.mpf(1), self.iv.mpf(1), 0
            while abs(term).b > self.ulp and 2 * n + 1 < u.a:
                term, n = -term * (2 * n + 1) / u, n + 1
                total = total + term
            return self.exp(-u / 2) / (x * root) * (total + self.around(term))
        term, total, n = self.iv.mpf(1), self.iv.mpf(1), 0
        while not (
            2 * n + 3 > 2 * u.b and term.b < total.a * self.ulp
        ):  # Σ uⁿ / (2n+1)!!, at last falling by more than half
            n += 1
            term = term * u / (2 * n + 1)
            total = total + term
        return 1 - 2 * x / root * self.exp(-u / 2) * (total + self.around(term))

    def erf(self, x: Any) -> Any:
        return self.odd(super().erf, x)

    def around(self, x: Any) -> Any:
        """[-|x|, |x|]"""
        return self.iv.mpf([-abs(x).b, abs(x).b])

    def power(self, x: Any, a: Fraction) -> Any:
        """x^a, odd roots also below zero."""
        if x.a == 0 and x.b == 0 and a > 0:
            return x
        if a.denominator == 1 and abs(a) <= 64:
            whole = x ** abs(int(a))
            return whole if a >= 0 else self.over(self.iv.mpf(1), whole)
        if x.a > 0:
            return self.exp(self.number(a) * self.ln(x))
        if x.b < 0 and a.denominator % 2:
            root = self.power(-x, a)
            return -root if a.numerator % 2 else root
        raise Undecided

    def maximum(self, x: Any, y: Any) -> Any:
        return self.iv.mpf([max(x.a, y.a), max(x.b, y.b)])

    def abs(self, x: Any) -> Any:
        return abs(x)

    def pieces(self, x: Any, below: Sequence[Any], above: Callable[[Any], Any]) -> Any:
        """The hull of what each piece makes of its part of x."""
        found = []
        for c, f in below:
            joint = self.number(c)
            if x.a <= joint.b:
                found.append(f(self.iv.mpf([x.a, min(x.b, joint.b)])))
            if x.b <= joint.a:
                break
            x = self.iv.mpf([max(x.a, joint.a), x.b])
        else:
            found.append(above(x))
        return self.iv.mpf([min(y.a for y in found), max(y.b for y in found)])

    def entry(self, name: str, x: Any, parameters: Sequence[Fraction]) -> Any:
        """A catalogue entry."""
        return self.finite(super().entry(name, x, parameters))

    def finite(self, y: Any) -> Any:
        """The enclosure, if it has two ends."""
        if not (y.a <= y.b and self.iv.mpf([y.a, y.b]).delta < self.iv.inf):
            raise Undecided
        return y

    def run(
        self, tape: Tape, leaves: Mapping[int, Fraction], functions: Mapping[str, Function], deadline: float
    ) -> list[Any]:
        """The enclosure of every row at exact leaves; raises `Undecided`, or `TimeoutError` after the deadline."""
        chains = {n: [(p.name, [s.value for s in p.key[2:]]) for p in flat(f)] for n, f in functions.items()}
        values: list[Any] = []
        for i, row in enumerate(tape.rows):
            if i % 64 == 0 and time.monotonic() > deadline:
                raise TimeoutError
            if row[0] in LEAVES:
                value = self.number(row[1] if row[0] == "number" else leaves[i])
            elif row[0] == "map":
                given = [self._exact(tape, p, leaves) for p in row[3:]]
                value = self.entry(row[1], values[row[2]], given)
            elif row[0] == "formula":
                value = self.finite(row[1].at(self, values[row[2]]))
            elif row[0] == "call":
                value = values[row[2]]
                for name, parameters in chains[row[1]]:
                    value = self.entry(name, value, [p for p in parameters if p is not None])
            elif row[0] == "max":
                read = [values[a] for a in row[1:]]
                value = self.iv.mpf([max(x.a for x in read), max(x.b for x in read)])
            elif row[0] == "power":
                value = self.exp(values[row[2]] * self.ln(values[row[1]]))
            else:
                value = values[row[1]]
                for a in row[2:]:
                    value = value + values[a] if row[0] == "sum" else value * values[a]
            values.append(value)
        return values

    def _exact(self, tape: Tape, row: int, leaves: Mapping[int, Fraction]) -> Fraction:
        known = tape.value(row)
        return leaves[row] if known is None else known
