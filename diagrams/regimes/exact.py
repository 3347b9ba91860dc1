"""ln f(e^x) and its slope with many digits, the laws k x + ln c at both ends, and the kinks of f."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..errors import Refused
from .formal import Formula

__all__ = ["Exact", "Law"]

DIGITS, NEAR_DIGITS = 150, 60
"""Near the middle fewer digits do: t^3 lost to cancellation at x = -NEAR is 36 of them."""
NEAR = 12
FAR = 60.0
"""Beyond ±FAR the law of that end is taken, where there is one: the rest is below e^-60."""
Law = tuple[Fraction, Any]
"""(k, ln c): ln f(e^x) - (k x + ln c) vanishes at that end, at least as fast as e^-|x|."""


class Exact:
    """One formula, with many digits."""

    def __init__(self, formula: Formula) -> None:
        import mpmath

        self.formula = formula
        self.mp = mpmath.mp.clone()
        self.mp.dps = DIGITS
        self._calls = _calls(self.mp)
        self.memory: dict[tuple[Any, ...], Any] = {}
        """Series that both types share."""

    def rows_at(self, x: Any) -> tuple[list[Any], list[int]]:
        """The value of every row at t = e^x, and the branch that every choice takes."""
        mp, made, chosen = self.mp, list[Any](), list[int]()
        for row in self.formula.rows:
            match row[0]:
                case "x":
                    made.append(self._calls["exp"](x))
                case "number":
                    made.append(mp.mpf(row[1].numerator) / row[1].denominator)
                case "pi":
                    made.append(+mp.pi)
                case "power":
                    made.append(self._power(made[row[1]], row[2]))
                case "max":
                    chosen.append(row[1] if made[row[1]] >= made[row[2]] else row[2])
                    made.append(made[chosen[-1]])
                case "upto":
                    chosen.append(row[3] if made[row[1]] <= made[row[2]] else row[4])
                    made.append(made[chosen[-1]])
                case op:
                    made.append(self._calls[op](*(made[i] for i in row[1:])))
        return made, chosen

    def _power(self, v: Any, a: Fraction) -> Any:
        if v < 0 or (not v and a < 0):
            return (-1 if a.numerator % 2 else 1) * self._power(-v, a) if v and a.denominator % 2 else self.mp.nan
        return v**a.numerator if a.denominator == 1 else v ** (self.mp.mpf(a.numerator) / a.denominator)

    def near(self, x: Any) -> Any:
        """ln f(e^x) by the formula itself."""
        self.mp.dps = NEAR_DIGITS if abs(x) < NEAR else DIGITS
        value = self.rows_at(self.mp.mpf(x))[0][self.formula.root]
        self.mp.dps = DIGITS
        if self.mp.isnan(value):
            raise Refused(f"ln ∘ f ∘ exp is not defined: f({self.mp.nstr(self.mp.exp(x), 6)}) has no value")
        if not value > 0:
            raise Refused(
                f"ln ∘ f ∘ exp is not defined: f({self.mp.nstr(self.mp.exp(x), 6)}) = {self.mp.nstr(value, 6)} is not positive"
            )
        return self.mp.ln(value)

    def value(self, x: Any) -> Any:
        """ln f(e^x), anywhere."""
        law = self._law_at(x)
        return self.near(x) if law is None else self.mp.mpf(law[0].numerator) / law[0].denominator * x + law[1]

    def slope(self, x: Any) -> Any:
        """d/dx ln f(e^x); a one-sided limit of the difference quotient never meets a kink nearer than 10^-40."""
        law = self._law_at(x)
        if law is not None:
            return self.mp.mpf(law[0].numerator) / law[0].denominator
        x, h = self.mp.mpf(x), self.mp.mpf("1e-20") * max(1, abs(x))
        return (self.near(x + h) - self.near(x - h)) / (2 * h)

    def _law_at(self, x: Any) -> Law | None:
        return None if abs(x) < FAR else self.left if x < 0 else self.right

    @cached_property
    def left(self) -> Law | None:
        return self._law(-1)

    @cached_property
    def right(self) -> Law | None:
        return self._law(1)

    def _law(self, sign: int) -> Law | None:
        mp = self.mp
        try:
            a, b, c = (self.near(mp.mpf(sign * at)) for at in (FAR, FAR + 10, FAR + 30))
        except (Refused, OverflowError, ValueError):
            return None
        if not all(mp.isfinite(v) for v in (a, b, c)) or abs(c - b) > 1e6:
            return None
        k = Fraction(float((c - b) / (20 * sign))).limit_denominator(1000)
        exactly = mp.mpf(k.numerator) / k.denominator
        offsets = [v - exactly * sign * at for v, at in ((a, FAR), (b, FAR + 10), (c, FAR + 30))]
        small = mp.mpf("1e-23")
        if abs(offsets[2]) < small:
            offsets[2] = mp.mpf(0)
        return (
            (k, offsets[2]) if abs(offsets[0] - offsets[2]) < small and abs(offsets[1] - offsets[2]) < small else None
        )

    def kinks(self) -> list[float]:
        """Where a choice changes its branch, as x; ascending. Two changes of a choice are seen however near they lie to each other, if
        the difference of its two sides has one turn between points of the grid."""
        if not any(row[0] in ("max", "upto") for row in self.formula.rows):
            return []
        mp = self.mp
        joints = {self.rows_at(mp.zero)[0][row[2]] for row in self.formula.rows if row[0] == "upto"}
        ends = [mp.ln(c) + sign * mp.mpf("1e-9") for c in joints if c > 0 for sign in (-1, 1)]
        grid = sorted({*(mp.mpf(k) / 8 + mp.mpf("1e-3") for k in range(-320, 320)), *ends})
        grid = sorted({*grid, *self._turns(grid)})
        branches = [self.rows_at(x)[1] for x in grid]
        found = []
        for a, b, p, q in zip(grid[:-1], grid[1:], branches[:-1], branches[1:], strict=True):
            if p == q:
                continue
            for _ in range(70):
                m = (a + b) / 2
                a, b = (m, b) if self.rows_at(m)[1] == p else (a, m)
            found.append(float(b))
        return found

    def _turns(self, grid: list[Any]) -> list[Any]:
        """Where the two sides of a max come nearest to each other between points of the grid."""
        found = []
        values = [self.rows_at(x)[0] for x in grid]
        for row in self.formula.rows:
            if row[0] != "max":
                continue
            gaps = [abs(v[row[1]] - v[row[2]]) for v in values]
            for i in range(1, len(grid) - 1):
                if not (gaps[i] < gaps[i - 1] and gaps[i] <= gaps[i + 1]):
                    continue
                a, b = grid[i - 1], grid[i + 1]
                for _ in range(40):
                    p, q = (2 * a + b) / 3, (a + 2 * b) / 3
                    u, v = (self.rows_at(x)[0] for x in (p, q))
                    a, b = (a, q) if abs(u[row[1]] - u[row[2]]) < abs(v[row[1]] - v[row[2]]) else (p, b)
                found.append((a + b) / 2)
        return found

    def resolved(self, x: float) -> Formula:
        """The formula with every choice taken as at x."""
        chosen = iter(self.rows_at(self.mp.mpf(x))[1])
        rows = tuple(("same", next(chosen)) if row[0] in ("max", "upto") else row for row in self.formula.rows)
        return Formula(rows, self.formula.root)


def _calls(mp: Any) -> dict[str, Callable[..., Any]]:
    far, huge = mp.mpf(10) ** 4, mp.ldexp(1, 2000)

    def exp(v: Any) -> Any:
        if v < -huge:
            return mp.mpf(0)
        return mp.inf if v > huge else mp.exp(v)

    return {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b if b else mp.nan,
        "neg": lambda a: -a,
        "same": lambda a: a,
        "exp": exp,
        "ln": lambda v: mp.ln(v) if v > 0 else mp.nan,
        "sin": lambda v: mp.sin(v) if abs(v) < huge else mp.nan,
        "atan": mp.atan,
        "tanh": lambda v: mp.tanh(v) if abs(v) < far else mp.sign(v),
        "erf": lambda v: mp.erf(v) if abs(v) < 100 else mp.sign(v),
        "erfc": lambda v: mp.erfc(v) if abs(v) < 100 else mp.mpf(0 if v > 0 else 2),
    }
