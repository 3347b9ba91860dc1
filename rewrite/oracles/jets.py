"""Functions on a cell, with their slope: the catalogue's formulas over numbers that carry a derivative.

A slope is a product p·n, p > 0: its sign is that of n. Sums of slopes take the larger p out, (p n)+(q m) = p (n + q/p m), so the sign of
the slope of x/(1 + e^-x) is decided on (-∞, -2] where e^-x and x e^-x both grow. At a kink the slope is the hull of the slopes beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sigmaprime.diagrams.expression import Expression
from sigmaprime.diagrams.formula import FORMULAS, Ops
from sigmaprime.diagrams.function import Function
from sigmaprime.diagrams.own import known
from sigmaprime.diagrams.term import Head

from .balls import Span, balls
from .enclosure import Undecided
from .tails import Form, Number, variable

__all__ = ["Jet", "formula_on_cell", "on_cell"]

ONE, ZERO = Number.of, Fraction(0)


@dataclass(frozen=True, slots=True)
class Slope:
    """factor · rest, the factor positive."""

    factor: Number
    rest: Number

    @property
    def span(self) -> Span:
        return self.factor.span * self.rest.span

    def times(self, v: Number) -> Slope:
        if v.exact is not None:
            return Slope(self.factor, self.rest * v)
        if v.span.positive:
            return Slope(self.factor * v, self.rest)
        return Slope(self.factor * -v, -self.rest) if v.span.negative else Slope(self.factor, self.rest * v)

    def __neg__(self) -> Slope:
        return Slope(self.factor, -self.rest)

    def __add__(self, other: Slope) -> Slope:
        if self.factor is other.factor:
            return Slope(self.factor, self.rest + other.rest)
        ratio = other.factor / self.factor
        if ratio.span.hi <= 1:
            return Slope(self.factor, self.rest + ratio * other.rest)
        back = self.factor / other.factor
        if back.span.hi < ratio.span.hi:
            return Slope(other.factor, other.rest + back * self.rest)
        return Slope(self.factor, self.rest + ratio * other.rest)


UNIT = Fraction(1)


def _sum(one: Slope | None, other: Slope | None) -> Slope | None:
    if one is None or other is None:
        return one or other
    return one + other


@dataclass(frozen=True, slots=True)
class Jet:
    """A value and its slope (None is 0)."""

    value: Number
    slope: Slope | None = None

    @property
    def span(self) -> Span:
        return self.value.span

    @property
    def slopes(self) -> Span:
        """Where the slope lies."""
        return Span.point(ZERO) if self.slope is None else self.slope.span

    @property
    def trend(self) -> Span:
        """A span with the sign of the slope."""
        return Span.point(ZERO) if self.slope is None else self.slope.rest.span

    def chained(self, value: Number, slope: Callable[[], Number]) -> Jet:
        """f of it, f' given where it is needed."""
        return Jet(value, None if self.slope is None else self.slope.times(slope()))

    def __neg__(self) -> Jet:
        return Jet(-self.value, self.slope and -self.slope)

    def __add__(self, other: Any) -> Jet:
        b = _jet(other)
        return Jet(self.value + b.value, _sum(self.slope, b.slope))

    def __radd__(self, other: Any) -> Jet:
        return _jet(other) + self

    def __sub__(self, other: Any) -> Jet:
        return self + -_jet(other)

    def __rsub__(self, other: Any) -> Jet:
        return _jet(other) + -self

    def __mul__(self, other: Any) -> Jet:
        b = _jet(other)
        left = self.slope and self.slope.times(b.value)
        return Jet(self.value * b.value, _sum(left, b.slope and b.slope.times(self.value)))

    def __rmul__(self, other: Any) -> Jet:
        return _jet(other) * self

    def __truediv__(self, other: Any) -> Jet:
        b = _jet(other)
        over = b.value.inverse()
        slope = _sum(self.slope and self.slope.times(b.value), b.slope and -b.slope.times(self.value))
        if b.slope is None:
            return Jet(self.value * over, self.slope and self.slope.times(over))
        return Jet(self.value * over, slope and slope.times(over * over))

    def __rtruediv__(self, other: Any) -> Jet:
        return _jet(other) / self


def _jet(value: Any) -> Jet:
    return value if isinstance(value, Jet) else Jet(Number.of(Fraction(value)))


def _hull(jets: Sequence[Jet]) -> Jet:
    value, slope = jets[0].span, jets[0].slopes
    for j in jets[1:]:
        value, slope = value.hull(j.span), slope.hull(j.slopes)
    return Jet(Number(value), Slope(Number.of(UNIT), Number(slope)))


class Cell(Ops):
    """The arithmetic of jets on one cell; it notes what it meets."""

    def __init__(self) -> None:
        self.smooth = True
        """No joint is in the cell: the function is analytic there; at a closed end too."""
        self.continuous = True
        """The pieces are known to meet at every joint that is touched, at an open end too."""

    def number(self, value: Any) -> Jet:
        return _jet(value)

    def pi(self) -> Jet:
        return Jet(Number(Span.around(balls().arb.pi())))

    def exp(self, x: Jet) -> Jet:
        y = x.value.exp()
        return x.chained(y, lambda: y)

    def ln(self, x: Jet) -> Jet:
        return x.chained(x.value.ln(), x.value.inverse)

    def sin(self, x: Jet) -> Jet:
        return x.chained(_wave(x.span, lambda b: b.sin()), lambda: _wave(x.span, lambda b: b.cos()))

    def cos(self, x: Jet) -> Jet:
        return x.chained(_wave(x.span, lambda b: b.cos()), lambda: -_wave(x.span, lambda b: b.sin()))

    def atan(self, x: Jet) -> Jet:
        span = x.span.rising(lambda b: b.atan(), -1.5707963267948968, 1.5707963267948968)
        value = x.value.near_zero(span, lambda u: (-u).rising(lambda b: _ratio(-b, lambda c: c.atan()), 0.0, 1.0))
        return x.chained(value, lambda: (Number.of(UNIT) + _square(x.value)).inverse())

    def erfc(self, x: Jet) -> Jet:
        span = -x.span.rising(lambda b: -b.erfc(), -2.0, 0.0)
        scale, log, v = Number(Span.around(2 / balls().arb.pi().sqrt())), None, x.value
        if v.log is not None and v.span.positive and not v.span.bounded:  # erfc v = ρ e^(-v²) / (v √π), 0 < ρ < 1
            square = _square(v)
            tail = (square.steep() or square.as_form()).scaled(-UNIT) + v.log.scaled(-UNIT)
            top = tail.rest - Span.around(balls().arb.pi().log() / 2)
            log = Form(tail.terms, Span(balls().arb.neg_inf(), True, top.hi, True))
        return x.chained(Number(span, None, log), lambda: -(scale * (-_square(x.value)).exp()))

    def erf(self, x: Jet) -> Jet:
        scale = Number(Span.around(2 / balls().arb.pi().sqrt()))
        return x.chained(Number(x.span.rising(lambda b: b.erf(), -1.0, 1.0)), lambda: scale * (-_square(x.value)).exp())

    def power(self, x: Jet, a: Fraction) -> Jet:
        value = x.value.power(a)
        if a.denominator > 1 and not x.span.positive and not x.span.negative:
            self.smooth = False
        y = x.chained(value, lambda: x.value.power(a - 1)) if a else Jet(value)
        return Jet(y.value, y.slope and y.slope.times(Number.of(a)))

    def maximum(self, x: Jet, y: Jet) -> Jet:
        one, other = x.span, y.span
        if not (one.before(other) or other.before(one)):
            self.smooth = False
        if one.lo >= other.hi:
            return x
        if other.lo >= one.hi:
            return y
        hull = _hull([x, y])
        return Jet(Number(one.maximum(other)), hull.slope)

    def abs(self, x: Jet) -> Jet:
        if not (x.span.positive or x.span.negative):
            self.smooth = False
        if x.span.nonnegative:
            return x
        if x.span.nonpositive:
            return -x
        return Jet(Number(x.span.abs()), _hull([x, -x]).slope)

    def pieces(self, x: Jet, below: Sequence[tuple[Any, Callable[[Jet], Jet]]], above: Callable[[Jet], Jet]) -> Jet:
        found = []
        span = x.span
        rows = [*below, (None, above)]
        for (joint, piece), (_, after) in zip(rows, [*rows[1:], rows[-1]], strict=True):
            c = None if joint is None else Span.point(Fraction(joint))
            if c is None or span.lo < c.hi or (span.lo == c.hi and not span.lo_open):
                inside = span if c is None or span.hi <= c.lo else Span(span.lo, span.lo_open, c.hi, False)
                found.append(piece(Jet(x.value if inside is span else Number(inside), x.slope)))
            if c is not None and span.lo <= c.hi and c.lo <= span.hi:
                self.smooth &= span.before(c) or c.before(span)
                here = _jet(joint)
                left, right = piece(here).value, after(here).value
                same = left.exact is not None and left.exact == right.exact
                self.continuous &= same or (
                    left.span.exact and right.span.exact and bool(left.span.lo == right.span.lo)
                )
            if c is not None and span.hi <= c.lo:
                break
            if c is not None and span.lo < c.lo:
                span = Span(c.lo, True, span.hi, span.hi_open)
                x = Jet(Number(span), x.slope)
        return found[0] if len(found) == 1 else _hull(found)

    def sinh(self, x: Jet) -> Jet:
        span = x.span.rising(lambda b: b.sinh())
        v = x.value
        value = v.near_zero(span, lambda u: u.rising(lambda b: _ratio(b, lambda c: c.sinh()), 1.0))
        if not span.bounded:
            far = (v.exp() - (-v).exp()) * Number.of(Fraction(1, 2))
            value = Number(span, far.form, far.log)
        return x.chained(value, lambda: _cosh(v))

    def cosh(self, x: Jet) -> Jet:
        return x.chained(_cosh(x.value), lambda: self.sinh(Jet(x.value)).value)

    def tanh(self, x: Jet) -> Jet:
        span = x.span.rising(lambda b: b.tanh(), -1.0, 1.0)
        value = x.value.near_zero(span, lambda u: (-u).rising(lambda b: _ratio(-b, lambda c: c.tanh()), 0.0, 1.0))
        return x.chained(value, lambda: _cosh(x.value).power(Fraction(-2)))

    def asinh(self, x: Jet) -> Jet:
        v, span = x.value, x.span.rising(lambda b: b.asinh())
        value = v.near_zero(span, lambda u: (-u).rising(lambda b: _ratio(-b, lambda c: c.asinh()), 0.0, 1.0))
        root = (Number.of(UNIT) + _square(v)).power(Fraction(1, 2))
        if not span.bounded and (v.span.positive or v.span.negative):
            size = v if v.span.positive else -v
            far = (size + root).ln()
            value = Number(span, far.form if v.span.positive else far.form and far.form.scaled(-UNIT), None)
        return x.chained(value, root.inverse)

    def acosh(self, x: Jet) -> Jet:
        if not x.span.lo >= 1:
            raise Undecided("acosh is defined from 1 on")
        low, high = x.value - Number.of(UNIT), x.value + Number.of(UNIT)
        half = Fraction(1, 2)
        value = Number(x.span.rising(lambda b: b.acosh()))
        return x.chained(value, lambda: (low.power(half) * high.power(half)).inverse())

    def atanh(self, x: Jet) -> Jet:
        low, high = Number.of(UNIT) + x.value, Number.of(UNIT) - x.value
        if not (low.span.positive and high.span.positive):
            raise Undecided("atanh is defined between -1 and 1")
        value = Number(x.span.rising(lambda b: b.atanh()))
        value = x.value.near_zero(value.span, lambda u: u.rising(lambda b: _ratio(b, lambda c: c.atanh()), 1.0))
        return x.chained(value, lambda: (low * high).inverse())

    def sigmoid(self, x: Jet) -> Jet:
        one = Number.of(UNIT)
        value, other = (one + (-x.value).exp()).inverse(), (one + x.value.exp()).inverse()
        return x.chained(value, lambda: value * other)

    def softplus(self, x: Jet) -> Jet:
        one = Number.of(UNIT)
        grows = x.value.exp()
        value = (one + grows).ln()
        if grows.span.bounded:
            value = grows.near_zero(
                value.span, lambda u: (-u).rising(lambda b: _ratio(-b, lambda c: c.log1p()), 0.0, 1.0)
            )
        return x.chained(value, lambda: (one + (-x.value).exp()).inverse())


def _square(v: Number) -> Number:
    return v.power(Fraction(2))


def _ratio(b: Any, f: Callable[[Any], Any]) -> Any:
    """f(b)/b of an odd function with f'(0) = 1, for b ≥ 0: it falls for tanh, atan and asinh, and rises for sinh and atanh."""
    return f(b) / b if b > 0 else balls().arb(1)


def _cosh(v: Number) -> Number:
    size = v.span.abs()
    span = size.rising(lambda b: b.cosh(), 1.0)
    if span.bounded:
        return Number(span)
    far = (v.exp() + (-v).exp()) * Number.of(Fraction(1, 2))
    return Number(span.meet(far.span), far.form, far.log)


def _wave(span: Span, f: Callable[[Any], Any]) -> Number:
    one = Span.point(UNIT)
    whole = (-one).hull(one)
    if not span.bounded or span.hi - span.lo > 6:
        return Number(whole)
    return Number(Span.around(f(span.lo.union(span.hi))).meet(whole))


@dataclass(frozen=True, slots=True)
class Look:
    """What a function is on a cell."""

    jet: Jet
    smooth: bool
    continuous: bool


def on_cell(row: Sequence[Function], span: Span) -> Look:
    """A chain of catalogue entries and own functions on a cell, or at a point without its slope; `Undecided` where a part may be undefined."""

    def chain(cell: Cell, x: Jet) -> Jet:
        for atom in row:
            x = applied(cell, atom, x)
        return x

    return formula_on_cell(chain, span)


def formula_on_cell(formula: Callable[[Cell, Jet], Any], span: Span) -> Look:
    """A formula on a cell."""
    cell = Cell()
    x = Jet(variable(span), None if span.exact else Slope(Number.of(UNIT), Number.of(UNIT)))
    return Look(_jet(formula(cell, x)), cell.smooth, cell.continuous)


def _by_reflection(cell: Cell, name: str, x: Jet, *given: Fraction) -> Jet:
    """f of those with f(x) = x + f(-x): far out on the right, x is f but for what is small."""
    f = FORMULAS[name]
    y = _jet(f(cell, x, *given))
    if x.span.bounded or not x.span.positive:
        return y
    far = x.value + _jet(f(cell, Jet(-x.value), *given)).value
    return Jet(Number(y.span.meet(far.span), far.form, y.value.log), y.slope)


_SHARPER: dict[str, Callable[..., Any]] = {
    "snake": lambda o, x, a: x + (1 - o.cos(2 * a * x)) / (2 * a),
    "gelu": lambda o, x: _by_reflection(o, "gelu", x),
    "gelu_tanh": lambda o, x: _by_reflection(o, "gelu_tanh", x),
    "swish": lambda o, x, b: _by_reflection(o, "swish", x, b),
}
"""Equal formulas in which no span is used twice, or the variable stands alone."""


def applied(cell: Cell, atom: Function, x: Jet) -> Jet:
    meaning = known(atom)
    if isinstance(meaning, Expression):
        return _jet(meaning.at(cell, x))
    if atom.head is not Head.ATOM:
        raise Undecided(f"{atom.name} has no formula")
    given = [s.value for s in atom.key[2:]]
    if None in given:
        raise Undecided(f"{atom} has a variable as its parameter")
    y = _SHARPER.get(atom.name, FORMULAS[atom.name])(cell, x, *given)
    return y if isinstance(y, Jet) else _jet(y)
