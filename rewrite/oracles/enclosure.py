"""A tape in interval arithmetic: every row an enclosure of its true value, rounded outward, at any precision.

mpmath rounds intervals outward; its exp and ln are widened besides. The other functions are written with these two, so that an
enclosure never rests on more than them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from sigmaprime.diagrams import Function
from sigmaprime.diagrams.evaluate import flat
from sigmaprime.diagrams.tape import LEAVES, Tape

__all__ = ["Enclosures", "Undecided"]

GUARD = 8  # bits: exp and ln are widened by 2^GUARD units in the last place
HUGE = 2**40  # no number beyond e^(2^40) is looked at


class Undecided(Exception):
    """An enclosure is too wide, or a number too large, to go on."""


class Enclosures:
    """Interval arithmetic of some precision (in bits)."""

    def __init__(self, precision: int) -> None:
        from mpmath.ctx_iv import MPIntervalContext

        self.iv = iv = MPIntervalContext()
        iv.prec = precision
        slack = iv.mpf(2) ** (GUARD - precision)
        self.slack = iv.mpf([(1 - slack).a, (1 + slack).b])
        self.table: dict[str, Callable[..., Any]] = {
            "exp": self.exp,
            "ln": self.ln,
            "tanh": lambda x: self.odd(lambda u: 2 / (1 + self.exp(-2 * u)) - 1, x),
            "atanh": lambda x: self.ln(self.over(1 + x, 1 - x)) / 2,
            "sigmoid": lambda x: 1 / (1 + self.exp(-x)),
            "logit": lambda x: self.ln(self.over(x, 1 - x)),
            "softplus": lambda x: self.ln(1 + self.exp(x)),
            "log_expm1": lambda x: self.ln(self.exp(x) - 1),
            "softsign": lambda x: x / (1 + abs(x)),
            "softsign_inverse": lambda x: self.over(x, 1 - abs(x)),
            "sinh": lambda x: (self.exp(x) - self.exp(-x)) / 2,
            "asinh": lambda x: self.odd(lambda u: self.ln(u + self.root(u * u + 1)), x),
            "negate": lambda x: -x,
        }

    def number(self, value: Fraction) -> Any:
        return self.iv.mpf(value.numerator) / value.denominator

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

    def root(self, x: Any) -> Any:
        return self.exp(self.ln(x) / 2)

    def odd(self, f: Callable[[Any], Any], x: Any) -> Any:
        """An odd function, computed on the right where its formula is good."""
        return -f(-x) if x.b < 0 else f(x)

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

    def entry(self, name: str, x: Any, parameters: list[Fraction]) -> Any:
        """A catalogue entry."""
        match name:
            case "identity":
                return x
            case "scale":
                return self.number(parameters[0]) * x
            case "shift":
                return self.number(parameters[0]) + x
            case "maximum":
                c = self.number(parameters[0])
                return self.iv.mpf([max(x.a, c.a), max(x.b, c.b)])
            case "power":
                return self.power(x, parameters[0])
            case _:
                return self.table[name](x)

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
