"""The catalogue: every known function, one entry a line, with its domain, its image on intervals, and its inverse.

A row `A -> B` says that the function maps the interval A exactly onto B (`~>`: into B). The image of J is the meet of the images of all
rows whose interval contains J; the first row is the domain. A piecewise linear entry has its pieces instead. What holds for every value of
a parameter is said of a variable too. Formulas are in `formula.py`, array code in `runs.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

from .runs import RUNS
from .space import Interval, at_least, at_most, nonnegative, positive, reals

__all__ = ["ATOMS", "Atom", "Branch", "Piece"]

Parameters = tuple[Fraction | None, ...]
Chain = tuple[tuple[str, Parameters], ...]
Row = tuple[Interval, Interval, bool]
MAX_POWER = 1000  # exact images of x^a are computed up to this exponent
ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Branch:
    """The function maps `source` one to one, continuously and exactly onto `target`; `inverse` undoes it."""

    source: Interval
    target: Interval
    inverse: Chain
    """A chain of catalogue entries, first applied first."""


@dataclass(frozen=True)
class Piece:
    """slope·x + offset on an interval."""

    on: Interval
    slope: Fraction
    offset: Fraction


@dataclass(frozen=True)
class Atom:
    """A catalogue entry. Parameters are exact rationals, None where a variable stands."""

    name: str
    takes: tuple[Interval, ...]
    """Where each parameter lies."""
    domain: Callable[[Parameters], Interval]
    image: Callable[[Parameters, Interval], tuple[Interval, bool]]
    """The image of an interval inside the domain, and whether it is exact."""
    branches: Callable[[Parameters], tuple[Branch, ...]] = lambda p: ()
    is_identity_on: Callable[[Parameters, Interval], bool] = lambda p, on: False
    pieces: Callable[[Parameters], tuple[Piece, ...]] = lambda p: ()
    """Of a piecewise linear function with known parameters: closed pieces where it is continuous, half open ones beside a jump."""
    run: Callable[..., Any] = field(init=False)
    """run(xp, x, *parameters) on arrays of the namespace xp, the parameters as exact numbers."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "run", RUNS[self.name])

    @property
    def parameters(self) -> int:
        return len(self.takes)


# --- entries by rows ---

Names = Callable[[Fraction], Mapping[str, Fraction]]


def _rows(text: str, values: Mapping[str, Fraction] | None = None) -> list[Row]:
    """Rows; a small letter is a value, and a row with an unknown one is left out."""
    rows = []
    for line in text.split(";"):
        filled = re.sub(r"\b[a-z]\b", lambda m: str((values or {}).get(m[0], m[0])), line).replace("R", "(-oo, oo)")
        if not re.search(r"\b[a-z]\b", filled):
            source, target = (Interval(t.strip()) for t in re.split("->|~>", filled))
            rows.append((source, target, "->" in filled))
    return rows


def _by_rows(rows: list[Row], on: Interval) -> tuple[Interval, bool]:
    image = reals
    for source, target, _ in rows:
        if source.contains(on):
            met = image.meet(target)
            assert met is not None, "rows of one function have images that meet"
            image = met
    return image, any(source is on and exact for source, _, exact in rows)


def _entry(name: str, text: str, inverse: str = "", takes: Interval | None = None, names: Names = lambda a: {}, same: Interval | None = None, unknown: Interval = reals) -> Atom:  # fmt: skip
    """An entry with at most one parameter; with an inverse, the entry of that name with the same parameter, its first row is a bijection.

    `same`: where it is the identity. `unknown`: the domain for a variable parameter, where it depends on it.
    """

    @cache
    def rows(p: Parameters) -> list[Row]:
        return _rows(text, names(p[0]) if p and p[0] is not None else {})

    def domain(p: Parameters) -> Interval:
        return unknown if None in p else rows(p)[0][0]

    def image(p: Parameters, on: Interval) -> tuple[Interval, bool]:
        return (on, True) if identity(p, on) else _by_rows(rows(p), on)

    def branches(p: Parameters) -> tuple[Branch, ...]:
        return (Branch(*rows(p)[0][:2], ((inverse, p),)),) if inverse and None not in p else ()

    def identity(p: Parameters, on: Interval) -> bool:
        return same is not None and same.contains(on)

    return Atom(name, (takes,) if takes else (), domain, image, branches, identity)


def _backwards(text: str) -> str:
    return "; ".join(
        f" {arrow} ".join(re.split(" -> | ~> ", row)[::-1])
        for row in text.split("; ")
        for arrow in re.findall("->|~>", row)
    )


def _half_root(b: Fraction) -> tuple[Fraction, Fraction]:
    """Two rationals around √b / 2, equal if it is rational."""
    square, fine = b.numerator * b.denominator, 1 << 20
    root = math.isqrt(square)
    if root * root == square:
        return Fraction(root, 2 * b.denominator), Fraction(root, 2 * b.denominator)
    low = math.isqrt(square * fine * fine)
    return Fraction(low, 2 * b.denominator * fine), Fraction(low + 1, 2 * b.denominator * fine)


def _squareplus(name: str, inverse: str, backwards: bool) -> Atom:
    """Exact beside 0 where √b is rational: there the two bounds of √b / 2 are one."""

    def known(p: Parameters) -> Atom:
        low, high = _half_root(p[0] or ONE)
        arrow = "->" if low == high and p[0] else "~>"
        text = f"R -> (0, oo); (-oo, 0) {arrow} (0, h); (-oo, 0] {arrow} (0, h]; [0, oo) {arrow} [l, oo); (0, oo) {arrow} (l, oo)"
        if backwards:
            text = f"(0, oo) -> R; (0, l) {arrow} (-oo, 0); (0, l] {arrow} (-oo, 0]; [h, oo) {arrow} [0, oo); (h, oo) {arrow} (0, oo)"
        return _entry(
            name, text, inverse, positive, lambda b: {"l": low, "h": high}, None, positive if backwards else reals
        )

    return Atom(name, (positive,), lambda p: known(p).domain(p), lambda p, on: known(p).image(p, on), lambda p: known(p).branches(p))  # fmt: skip


# --- piecewise linear entries ---


def _linear(name: str, takes: Interval | None, pieces: Callable[..., list[tuple[Any, ...]]], *, inverse: Callable[..., list[tuple[Interval, Interval, Chain]]] = lambda *p: [], jumps: bool = False, unknown: str = "R ~> R", same: Interval | None = None) -> Atom:  # fmt: skip
    """An entry on the reals; `unknown`: rows for a variable parameter, `same`: where it is the identity for all values of it."""

    def known(p: Parameters) -> tuple[Piece, ...]:
        return () if None in p else tuple(Piece(on, Fraction(a), Fraction(b)) for on, a, b in pieces(*p))

    def image(p: Parameters, on: Interval) -> tuple[Interval, bool]:
        if None in p:
            return (on, True) if identity(p, on) else _by_rows(_rows(unknown), on)
        met = [(piece, part) for piece in known(p) if (part := piece.on.meet(on))]
        return Interval.hull(j.scaled(piece.slope).shifted(piece.offset) for piece, j in met), not jumps or len(
            met
        ) == 1

    def identity(p: Parameters, on: Interval) -> bool:
        def plain(piece: Piece) -> bool:
            return piece.slope == 1 and piece.offset == 0

        met = [piece for piece in known(p) if piece.on.meet(on)]
        whole = any(plain(piece) and piece.on.contains(on) for piece in met) or (bool(met) and all(map(plain, met)))
        return whole or (same is not None and same.contains(on))

    def branches(p: Parameters) -> tuple[Branch, ...]:
        return () if None in p else tuple(Branch(*branch) for branch in inverse(*p))

    return Atom(name, (takes,) if takes else (), lambda p: reals, image, branches, identity, known)


def _onto(name: str, *parameters: Fraction) -> list[tuple[Interval, Interval, Chain]]:
    return [(reals, reals, ((name, parameters),))]


def _above(c: Fraction) -> Interval:
    return Interval.make(c, False, math.inf, False)


def _below(c: Fraction) -> Interval:
    return Interval.make(-math.inf, False, c, False)


def _between(a: Fraction, b: Fraction) -> Interval:
    return Interval.make(a, True, b, True)


# --- exact images of other functions ---

End = Fraction | float


def _span(f: Callable[[End], End], on: Interval, turns: list[Interval]) -> Interval:
    """The image of `on` under a continuous f, with its limits at ±oo, that is strictly monotone but for `turns`, where it is constant."""
    found = [(f(on.lo), on.lo_closed), (f(on.hi), on.hi_closed)]
    found += [(f(j.hi), True) for turn in turns if (j := turn.meet(on))]
    lo, hi = min(v for v, _ in found), max(v for v, _ in found)
    return Interval.make(lo, any(c for v, c in found if v == lo), hi, any(c for v, c in found if v == hi))


def _hardswish(x: End) -> End:
    return ZERO if x <= -3 else x if x >= 3 else x * (x + 3) / 6


def _hardswish_image(p: Parameters, on: Interval) -> tuple[Interval, bool]:
    return _span(_hardswish, on, [at_most(-3), Interval.point(Fraction(-3, 2))]), True


def _power_domain(p: Parameters) -> Interval:
    a = p[0]
    if a is None or a < 0:
        return positive
    return reals if a.denominator % 2 else nonnegative


def _power_rows(a: Fraction) -> list[Row]:
    if a < 0:
        return _rows("(0, oo) -> (0, oo); (0, 1) -> (1, oo); (0, 1] -> [1, oo); (1, oo) -> (0, 1); [1, oo) -> (0, 1]")
    text = "(0, oo) -> (0, oo); [0, oo) -> [0, oo); (0, 1) -> (0, 1); (0, 1] -> (0, 1]; [1, oo) -> [1, oo); (1, oo) -> (1, oo)"
    if a.denominator % 2:
        text += "; R -> R; (-oo, 0) -> (-oo, 0); (-oo, 0] -> (-oo, 0]" if a.numerator % 2 else "; R -> [0, oo)"
    return _rows(text)


def _power_image(p: Parameters, on: Interval) -> tuple[Interval, bool]:
    a = p[0]
    if a is None:
        return positive, False
    if a == 0:
        return Interval.point(ONE), True
    if a == 1:
        return on, True
    if a.denominator > 1 or not 2 <= a <= MAX_POWER:
        return _by_rows(_power_rows(a), on)
    n = int(a)
    return _span(lambda x: x**n, on, [] if n % 2 else [Interval.point(ZERO)]), True


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


def _cosh_branches(p: Parameters) -> tuple[Branch, ...]:
    return (
        Branch(nonnegative, at_least(1), (("acosh", ()),)),
        Branch(at_most(0), at_least(1), (("acosh", ()), ("negate", ()))),
    )


_COSH = _rows("R -> [1, oo); (-oo, 0) -> (1, oo); (-oo, 0] -> [1, oo); [0, oo) -> [1, oo); (0, oo) -> (1, oo)")
_SIGNS = "R -> R; (-oo, 0) -> (-oo, 0); (-oo, 0] -> (-oo, 0]; [0, oo) -> [0, oo); (0, oo) -> (0, oo)"
_SATURATING = "R -> (-1, 1); (-oo, 0) -> (-1, 0); (-oo, 0] -> (-1, 0]; [0, oo) -> [0, 1); (0, oo) -> (0, 1)"
_LOGISTIC = "R -> (0, 1); (-oo, 0) -> (0, 1/2); (-oo, 0] -> (0, 1/2]; [0, oo) -> [1/2, 1); (0, oo) -> (1/2, 1)"
_EXP = "R -> (0, oo); (-oo, 0) -> (0, 1); (-oo, 0] -> (0, 1]; [0, oo) -> [1, oo); (0, oo) -> (1, oo)"
_EXPM1 = "R -> (-1, oo); (-oo, 0) -> (-1, 0); (-oo, 0] -> (-1, 0]; [0, oo) -> [0, oo); (0, oo) -> (0, oo)"
_SOFTPLUS = "R -> (0, oo); (-oo, 0] ~> (0, 7/10); [0, oo) ~> (69/100, oo)"  # ln 2 lies between 69/100 and 7/10
_LOG_EXPM1 = "(0, oo) -> R; [7/10, oo) ~> (0, oo); (0, 69/100] ~> (-oo, 0)"
_ATAN = "R ~> (-h, h); (-oo, 0) ~> (-h, 0); (-oo, 0] ~> (-h, 0]; [0, oo) ~> [0, h); (0, oo) ~> (0, h)".replace(
    "h", "355/226"
)  # a little above π/2
_ELU = "R -> (n, oo); (-oo, 0) -> (n, 0); (-oo, 0] -> (n, 0]; [0, oo) -> [0, oo); (0, oo) -> (0, oo)"  # n = -a
_DIP = "R ~> (m, oo); (-oo, 0) ~> (m, 0); (-oo, 0] ~> (m, 0]; [0, oo) -> [0, oo); (0, oo) -> (0, oo)"  # the minimum is above m

ATOMS: dict[str, Atom] = {
    entry.name: entry
    for entry in (
        _linear("identity", None, lambda: [(reals, 1, 0)], inverse=lambda: _onto("identity")),
        _entry("exp", _EXP, "ln"),
        _entry("ln", _backwards(_EXP), "exp"),
        _entry("expm1", _EXPM1, "log1p"),
        _entry("log1p", _backwards(_EXPM1), "expm1"),
        _entry("tanh", _SATURATING, "atanh"),
        _entry("atanh", _backwards(_SATURATING), "tanh"),
        _entry("sigmoid", _LOGISTIC, "logit"),
        _entry("logit", _backwards(_LOGISTIC), "sigmoid"),
        _entry("softplus", _SOFTPLUS, "log_expm1"),
        _entry("log_expm1", _LOG_EXPM1, "softplus"),
        _entry("softsign", _SATURATING, "softsign_inverse"),
        _entry("softsign_inverse", _backwards(_SATURATING), "softsign"),
        _entry("sinh", _SIGNS, "asinh"),
        _entry("asinh", _SIGNS, "sinh"),
        Atom("cosh", (), lambda p: reals, lambda p, on: _by_rows(_COSH, on), _cosh_branches),
        _entry("acosh", "[1, oo) -> [0, oo); (1, oo) -> (0, oo)", "cosh"),
        _entry("atan", _ATAN),
        _entry("erf", _SATURATING),
        _entry("bent_identity", _SIGNS, "bent_identity_inverse"),
        _entry("bent_identity_inverse", _SIGNS, "bent_identity"),
        _entry("tanhshrink", _SIGNS),
        _entry("gelu", _DIP.replace("m", "-17/100")),  # -0.16997
        _entry("gelu_tanh", _DIP.replace("m", "-171/1000")),  # -0.17004
        _entry("mish", _DIP.replace("m", "-309/1000")),  # -0.30884
        Atom("hardswish", (), lambda p: reals, _hardswish_image, is_identity_on=lambda p, on: at_least(3).contains(on)),
        _linear("negate", None, lambda: [(reals, -1, 0)], inverse=lambda: _onto("negate")),
        _linear("absolute", None, lambda: [(at_most(0), -1, 0), (nonnegative, 1, 0)], inverse=lambda: [(nonnegative, nonnegative, (("identity", ()),)), (at_most(0), nonnegative, (("negate", ()),))]),
        _linear("scale", reals, lambda c: [(reals, c, 0)], inverse=lambda c: _onto("scale", 1 / c) if c else []),
        _linear("shift", reals, lambda c: [(reals, 1, c)], inverse=lambda c: _onto("shift", -c)),
        _linear("maximum", reals, lambda c: [(at_most(c), 0, c), (at_least(c), 1, 0)]),
        _linear("minimum", reals, lambda c: [(at_most(c), 1, 0), (at_least(c), 0, c)]),
        Atom("power", (reals,), _power_domain, _power_image, _power_branches, lambda p, on: p[0] == 1),
        _linear("prelu", positive, lambda a: [(at_most(0), a, 0), (nonnegative, 1, 0)], inverse=lambda a: _onto("prelu", 1 / a), unknown=_SIGNS, same=nonnegative),
        _entry("elu", _ELU, "elu_inverse", positive, lambda a: {"n": -a}, nonnegative),
        _entry("elu_inverse", _backwards(_ELU), "elu", positive, lambda a: {"n": -a}, nonnegative, nonnegative),
        _entry("swish", _DIP, "", positive, lambda b: {"m": Fraction(-557, 2000) / b}),  # -W(1/e)/b = -0.27846/b
        _entry("snake", _SIGNS, "", positive),
        _squareplus("squareplus", "squareplus_inverse", False),
        _squareplus("squareplus_inverse", "squareplus", True),
        _linear("softshrink", nonnegative, lambda c: [(at_most(-c), 1, c), (_between(-c, c), 0, 0), (at_least(c), 1, -c)], unknown="R -> R; (-oo, 0] ~> (-oo, 0]; [0, oo) ~> [0, oo)"),
        _linear("hardshrink", nonnegative, lambda c: [(_below(-c), 1, 0), (_between(-c, c), 0, 0), (_above(c), 1, 0)], jumps=True, unknown="R ~> R; (-oo, 0] ~> (-oo, 0]; [0, oo) ~> [0, oo)"),
        _linear("threshold", reals, lambda c: [(at_most(c), 0, 0), (_above(c), 1, 0)], jumps=True, unknown="R ~> R; (-oo, 0] ~> (-oo, 0]; [0, oo) ~> [0, oo)"),
    )
}  # fmt: skip
"""Every entry by its name. A wrong row would prove false equations: tests check each against balls, numbers and the second reader."""
