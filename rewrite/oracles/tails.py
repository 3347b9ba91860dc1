"""A quantity on a cell, as a span, and on a cell without end also against the variable: v = Σ c·t + ρ, ln|v| = Σ c·t + ρ, ρ a span.

Spans alone know nothing of ∞ - ∞. The terms t are unbounded quantities (the variable, its logarithm, a power of e), so that x - ln sinh x on
[1, ∞) becomes ρ = ln 2 - ln(1 - e^(-2x)): what diverges cancels exactly, and the rest is a span. On bounded cells there are no terms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from sigmaprime.diagrams import Interval

from .balls import Span, fraction

__all__ = ["Number", "variable"]

ONE, ZERO = Fraction(1), Fraction(0)
VARIABLE, LOGS = "x", {1: "ln x", -1: "ln -x"}
MOST = 6  # terms of a form


@dataclass(frozen=True, slots=True)
class Form:
    """Σ c·t + rest: the terms by name, with the span and the logarithm's form of each."""

    terms: tuple[tuple[str, Fraction, Span], ...]
    rest: Span

    def __add__(self, other: Form) -> Form:
        found = {t: (c, s) for t, c, s in self.terms}
        for t, c, s in other.terms:
            found[t] = (found[t][0] + c if t in found else c, s)
        terms = tuple((t, c, s) for t, (c, s) in sorted(found.items()) if c)
        return Form(terms, self.rest + other.rest)

    def scaled(self, c: Fraction) -> Form:
        return Form(tuple((t, c * d, s) for t, d, s in self.terms) if c else (), Span.point(c) * self.rest)

    @property
    def span(self) -> Span:
        total = self.rest
        for _, c, s in self.terms:
            total = total + Span.point(c) * s
        if len(self.terms) == 2 and self.terms[0][0] in LOGS.values() and self.terms[1][0] == VARIABLE:
            (_, c, _), (_, d, x) = self.terms
            size, sign = x.abs(), 1 if x.positive else -1
            if size.lo >= 3:  # ln t / t falls from e on, so ln t = θ t with 0 < θ < ln a / a for t > a
                theta = Span.between(Fraction(0), fraction(Span.around(size.lo.log() / size.lo).hi, 1))
                total = total.meet((Span.point(d * sign) + Span.point(c) * theta) * size + self.rest)
        return total


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity: its span, its form and that of ln|v|; None where the span tells as much."""

    span: Span
    form: Form | None = None
    log: Form | None = None
    exact: Fraction | None = None
    """The number that it is, where it is a constant."""

    @classmethod
    def of(cls, value: Fraction) -> Number:
        return cls(Span.point(value), exact=value)

    @property
    def tailed(self) -> bool:
        return self.form is not None or self.log is not None

    def as_form(self) -> Form:
        return self.form or Form((), self.span)

    def as_log(self) -> Form | None:
        """ln|v|, if v has a sign."""
        if self.log is not None and (self.span.positive or self.span.negative):
            return self.log
        if self.span.positive:
            return Form((), self.span.ln())
        return Form((), (-self.span).ln()) if self.span.negative else None

    def __neg__(self) -> Number:
        if self.exact is not None:
            return Number.of(-self.exact)
        return Number(-self.span, self.form and self.form.scaled(-ONE), self.log)

    def __add__(self, other: Number) -> Number:
        if self.exact is not None and other.exact is not None:
            return Number.of(self.exact + other.exact)
        span = self.span + other.span
        if not (self.tailed or other.tailed):
            return Number(span)
        form = None
        if self.form or other.form:
            form = self.as_form() + other.as_form()
            span = span.meet(form.span)
            form = form if form.terms and len(form.terms) <= MOST else None
        led = self._led(other)
        if led is None:
            return Number(span, form)
        log, sign = led
        size = log.span.exp()
        return Number(span.meet(size if sign > 0 else -size), form, log)

    def _led(self, other: Number) -> tuple[Form, int] | None:
        """ln|a + b| and its sign, where a is the larger: ln|a| + ln(1 ± |b|/|a|)."""
        one, two = self.as_log(), other.as_log()
        if one is None or two is None:
            return None
        ratio = (two + one.scaled(-ONE)).span.exp()
        back = (one + two.scaled(-ONE)).span.exp()
        larger = self
        if back.hi < ratio.hi:
            larger, one, ratio = other, two, back
        if not ratio.bounded:
            return None
        unit = Span.point(ONE)
        beside = unit + ratio if self.span.positive is other.span.positive else unit - ratio
        if not beside.positive:
            return None
        return Form(one.terms, one.rest + beside.ln()), 1 if larger.span.positive else -1

    def __sub__(self, other: Number) -> Number:
        return self + -other

    def __mul__(self, other: Number) -> Number:
        if self.exact is not None and other.exact is not None:
            return Number.of(self.exact * other.exact)
        span = self.span * other.span
        if not (self.tailed or other.tailed):
            return Number(span)
        form = log = None
        for a, b in ((self, other), (other, self)):
            if a.exact is not None and b.form:
                form = b.form.scaled(a.exact)
        one, two = self.as_log(), other.as_log()
        if one is not None and two is not None:
            log = one + two
            size = log.span.exp()
            span = span.meet(size if self.span.positive is other.span.positive else -size)
        return Number(span, form, log)

    def inverse(self) -> Number:
        if self.exact:
            return Number.of(1 / self.exact)
        return Number(self.span.inverse(), None, self.log and self.log.scaled(-ONE))

    def __truediv__(self, other: Number) -> Number:
        return self * other.inverse()

    def exp(self) -> Number:
        span = self.span.exp()
        form = self.form or self.steep()
        if form is None:
            return Number(span)
        name = " ".join(f"{c}*{t}" for t, c, _ in form.terms)
        token = (
            Form(((f"exp({name})", ONE, span),), Span.point(ZERO)) if _is_zero(form.rest) and not span.bounded else None
        )
        return Number(span, token, form)

    def ln(self) -> Number:
        span = self.span.ln()
        if self.log is None or not self.log.terms:
            return Number(span.meet(self.log.rest) if self.log else span)
        return Number(span.meet(self.log.span), self.log, None)

    def power(self, a: Fraction) -> Number:
        return Number(self.span.power(a), None, self.log and self.log.scaled(a))

    def steep(self) -> Form | None:
        """v against the variable, where |v| = e^ρ |x|^a with a ≥ 1 on a cell without end: v = ±(q·|x| + r), r ≥ 0."""
        if self.log is None or len(self.log.terms) != 1 or not (self.span.positive or self.span.negative):
            return None
        ((name, a, log),), rest = self.log.terms, self.log.rest
        if name not in LOGS.values() or a < 1 or log.hi.is_finite() or not log.lo >= 0 or not rest.lo.is_finite():
            return None
        slope = float((rest.lo + log.lo * math.floor(a - 1)).exp())
        if not 1e-300 < slope < 1e300:
            return None
        way, side = 1 if self.span.positive else -1, 1 if name == LOGS[1] else -1
        size, more = log.exp(), Span.of(Interval("[0, oo)"))
        least = Fraction(slope) * (1 - Fraction(1, 2**40))  # below what was rounded
        x = size if side > 0 else -size
        return Form(((VARIABLE, way * side * least, x),), more if way > 0 else -more)

    def near_zero(self, span: Span, ratio: Callable[[Span], Span]) -> Number:
        """f(v) of an odd function: ln|f(v)| = ln|v| + ln(f(v)/v), the ratio a function of |v|."""
        if self.log is None or not self.span.bounded:
            return Number(span)
        return Number(span, None, Form(self.log.terms, self.log.rest + ratio(self.span.abs()).ln()))


def _is_zero(span: Span) -> bool:
    return span.exact and bool(span.lo == 0)


def variable(span: Span) -> Number:
    """The variable on a cell: it is a term, and so is its logarithm; at a point it is a number."""
    if span.exact:
        return Number(span)
    form = Form(((VARIABLE, ONE, span),), Span.point(ZERO))
    size = span.abs()
    name = LOGS[1 if span.positive else -1]
    log = Form(((name, ONE, size.ln()),), Span.point(ZERO)) if size.positive else None
    return Number(span, form, log)
