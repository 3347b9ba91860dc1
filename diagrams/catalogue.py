"""The catalogue: every known function, one entry a line, with its image on intervals, its inverse, and how to run it.

A row `A -> B` says that the function maps the interval A exactly onto B (`~>`: into B). The image of J is the meet of the images of all
rows whose interval contains J; the first row is the domain. Parameters are exact rationals, None where a variable stands.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .space import Interval, at_least, at_most, nonnegative, positive, reals

__all__ = ["ATOMS", "Atom", "Branch"]

Parameters = tuple[Fraction | None, ...]
MAX_POWER = 1000  # exact images of x^a are computed up to this exponent


@dataclass(frozen=True)
class Branch:
    """The function maps `source` one to one, continuously and exactly onto `target`; `inverse` undoes it."""

    source: Interval
    target: Interval
    inverse: tuple[tuple[str, Parameters], ...]
    """A chain of catalogue entries, first applied first."""


@dataclass(frozen=True)
class Atom:
    """A catalogue entry."""

    name: str
    parameters: int
    domain: Callable[[Parameters], Interval]
    image: Callable[[Parameters, Interval], tuple[Interval, bool]]
    """The image of an interval inside the domain, and whether it is exact."""
    branches: Callable[[Parameters], tuple[Branch, ...]]
    run: Callable[..., Any]
    """run(xp, x, *parameters) on arrays of the namespace xp, the parameters as exact numbers."""
    is_identity_on: Callable[[Parameters, Interval], bool] = lambda p, on: False


def _rows(text: str) -> list[tuple[Interval, Interval, bool]]:
    rows = []
    for line in text.split(";"):
        exact = "~>" not in line
        source, target = (Interval(t.strip().replace("R", "(-oo, oo)")) for t in line.split("->" if exact else "~>"))
        rows.append((source, target, exact))
    return rows


def _by_rows(rows: list[tuple[Interval, Interval, bool]], on: Interval) -> tuple[Interval, bool]:
    image = reals
    for source, target, _ in rows:
        if source.contains(on):
            met = image.meet(target)
            assert met is not None, "rows of one function have images that meet"
            image = met
    return image, any(source is on and exact for source, _, exact in rows)


def _entry(name: str, text: str, inverse: str, run: Callable[..., Any]) -> Atom:
    """An entry without parameters whose first row is a bijection with the entry `inverse`."""
    rows = _rows(text)
    branch = Branch(rows[0][0], rows[0][1], ((inverse, ()),))
    return Atom(name, 0, lambda _: rows[0][0], lambda _, on: _by_rows(rows, on), lambda _: (branch,), run)


def _backwards(text: str) -> str:
    return "; ".join(" -> ".join(row.split(" -> ")[::-1]) for row in text.split("; "))


# --- entries with parameters ---


def _identity_run(xp: Any, x: Any) -> Any:
    return x


def _affine_branch(name: str, parameter: Fraction | None) -> tuple[Branch, ...]:
    return () if parameter is None else (Branch(reals, reals, ((name, (parameter,)),)),)


def _scale_branches(p: Parameters) -> tuple[Branch, ...]:
    return _affine_branch("scale", 1 / p[0]) if p[0] else ()


def _maximum_image(p: Parameters, on: Interval) -> tuple[Interval, bool]:
    c = p[0]
    if c is None:
        return reals, False
    if c >= on.hi:
        return Interval.point(c), True
    below = c > on.lo or (c == on.lo and on.lo_closed)
    return Interval.make(c if below else on.lo, below or on.lo_closed, on.hi, on.hi_closed), True


def _maximum_run(xp: Any, x: Any, c: Fraction) -> Any:
    return xp.where(x <= float(c), xp.full_like(x, float(c)), x)  # nan stays nan; the derivative at the kink is 0


def _power_domain(p: Parameters) -> Interval:
    a = p[0]
    if a is None or a < 0:
        return positive
    return reals if a.denominator % 2 else nonnegative


def _power_rows(a: Fraction) -> list[tuple[Interval, Interval, bool]]:
    if a < 0:
        text = "(0, oo) -> (0, oo); (0, 1) -> (1, oo); (0, 1] -> [1, oo); (1, oo) -> (0, 1); [1, oo) -> (0, 1]"
        return _rows(text)
    text = "(0, oo) -> (0, oo); [0, oo) -> [0, oo); (0, 1) -> (0, 1); (0, 1] -> (0, 1]; [1, oo) -> [1, oo); (1, oo) -> (1, oo)"
    if a.denominator % 2:
        text += "; R -> R; (-oo, 0) -> (-oo, 0); (-oo, 0] -> (-oo, 0]" if a.numerator % 2 else "; R -> [0, oo)"
    return _rows(text)


def _power_image(p: Parameters, on: Interval) -> tuple[Interval, bool]:
    a = p[0]
    if a is None:
        return positive, False
    if a == 0:
        return Interval.point(Fraction(1)), True
    if a == 1:
        return on, True
    if a.denominator > 1 or not 2 <= a <= MAX_POWER:
        return _by_rows(_power_rows(a), on)
    n = int(a)

    def end(value: Fraction | float) -> Fraction | float:
        return value**n if isinstance(value, Fraction) else (math.inf if value > 0 or n % 2 == 0 else -math.inf)

    lo, hi = (end(on.lo), on.lo_closed), (end(on.hi), on.hi_closed)
    if n % 2 or on.lo >= 0:
        return Interval.make(*lo, *hi), True
    if on.hi <= 0:
        return Interval.make(*hi, *lo), True
    return Interval.make(Fraction(0), True, *max(lo, hi)), True


def _power_branches(p: Parameters) -> tuple[Branch, ...]:
    a = p[0]
    if not a:
        return ()
    root = (("power", (1 / a,)),)
    found = [Branch(positive, positive, root)]
    if a > 0:
        found.append(Branch(nonnegative, nonnegative, root))
        if a.denominator % 2 and a.numerator % 2:
            found.append(Branch(reals, reals, root))
        elif a.denominator % 2:
            found.append(Branch(at_most(0), nonnegative, (*root, ("negate", ()))))
    return tuple(found)


def _power_run(xp: Any, x: Any, a: Fraction) -> Any:
    if a.denominator == 1 or a.denominator % 2 == 0 or a < 0:
        return x ** float(a)
    root = xp.abs(x) ** float(a)  # the real odd root, also below zero
    return xp.sign(x) * root if a.numerator % 2 else root


_SIGNS = "R -> R; (-oo, 0) -> (-oo, 0); (-oo, 0] -> (-oo, 0]; [0, oo) -> [0, oo); (0, oo) -> (0, oo)"
_SATURATING = "R -> (-1, 1); (-oo, 0) -> (-1, 0); (-oo, 0] -> (-1, 0]; [0, oo) -> [0, 1); (0, oo) -> (0, 1)"
_LOGISTIC = "R -> (0, 1); (-oo, 0) -> (0, 1/2); (-oo, 0] -> (0, 1/2]; [0, oo) -> [1/2, 1); (0, oo) -> (1/2, 1)"
_EXP = "R -> (0, oo); (-oo, 0) -> (0, 1); (-oo, 0] -> (0, 1]; [0, oo) -> [1, oo); (0, oo) -> (1, oo)"
_SOFTPLUS = "R -> (0, oo); (-oo, 0] ~> (0, 7/10); [0, oo) ~> (69/100, oo)"  # ln 2 lies between 69/100 and 7/10
_LOG_EXPM1 = "(0, oo) -> R; [7/10, oo) ~> (0, oo); (0, 69/100] ~> (-oo, 0)"

ATOMS: dict[str, Atom] = {
    entry.name: entry
    for entry in (
        Atom("identity", 0, lambda _: reals, lambda _, on: (on, True), lambda _: (Branch(reals, reals, (("identity", ()),)),), _identity_run, lambda p, on: True),
        _entry("exp", _EXP, "ln", lambda xp, x: xp.exp(x)),
        _entry("ln", _backwards(_EXP), "exp", lambda xp, x: xp.log(x)),
        _entry("tanh", _SATURATING, "atanh", lambda xp, x: xp.tanh(x)),
        _entry("atanh", _backwards(_SATURATING), "tanh", lambda xp, x: xp.atanh(x)),
        _entry("sigmoid", _LOGISTIC, "logit", lambda xp, x: xp.exp(-xp.logaddexp(xp.zeros_like(x), -x))),
        _entry("logit", _backwards(_LOGISTIC), "sigmoid", lambda xp, x: xp.log(x) - xp.log1p(-x)),
        _entry("softplus", _SOFTPLUS, "log_expm1", lambda xp, x: xp.logaddexp(xp.zeros_like(x), x)),
        _entry("log_expm1", _LOG_EXPM1, "softplus", lambda xp, x: x + xp.log(-xp.expm1(-x))),
        _entry("softsign", _SATURATING, "softsign_inverse", lambda xp, x: x / (1 + xp.abs(x))),
        _entry("softsign_inverse", _backwards(_SATURATING), "softsign", lambda xp, x: x / (1 - xp.abs(x))),
        _entry("sinh", _SIGNS, "asinh", lambda xp, x: xp.sinh(x)),
        _entry("asinh", _SIGNS, "sinh", lambda xp, x: xp.asinh(x)),
        Atom("negate", 0, lambda _: reals, lambda _, on: (on.scaled(Fraction(-1)), True), lambda _: (Branch(reals, reals, (("negate", ()),)),), lambda xp, x: -x),
        Atom("scale", 1, lambda _: reals, lambda p, on: (reals, False) if p[0] is None else (on.scaled(p[0]), True), _scale_branches, lambda xp, x, c: float(c) * x, lambda p, on: p[0] == 1),
        Atom("shift", 1, lambda _: reals, lambda p, on: (reals, False) if p[0] is None else (on.shifted(p[0]), True), lambda p: _affine_branch("shift", None if p[0] is None else -p[0]), lambda xp, x, c: x + float(c), lambda p, on: p[0] == 0),
        Atom("maximum", 1, lambda _: reals, _maximum_image, lambda _: (), _maximum_run, lambda p, on: p[0] is not None and at_least(p[0]).contains(on)),
        Atom("power", 1, _power_domain, _power_image, _power_branches, _power_run, lambda p, on: p[0] == 1),
    )
}  # fmt: skip
"""Every entry by its name. A wrong row would prove false equations: tests check each against numbers and against the second reader."""
