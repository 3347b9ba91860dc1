"""Candidates by interpolation: polynomials in t at the left end, in 1/t at the right, in x between; degrees as the type needs.

Chebyshev interpolation with many digits; the degree is where the rest of the series falls below the type's eps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .exact import Exact, Law
from .rows import Program

__all__ = ["between", "tail"]

NODES = 44
FINE = 0.15
"""The series is cut where what is left out is below FINE · eps, value and slope alike."""


def _chebyshev(f: Callable[[Any], Any], mp: Any) -> list[Any]:
    """The Chebyshev coefficients of f on [-1, 1]."""
    angles = [mp.pi * (2 * k + 1) / (2 * NODES) for k in range(NODES)]
    values = [f(mp.cos(a)) for a in angles]
    cosines = [mp.cos(mp.pi * m / (2 * NODES)) for m in range(4 * NODES)]
    sums = [2 * sum(v * cosines[n * (2 * k + 1) % (4 * NODES)] for k, v in enumerate(values)) / NODES for n in range(NODES)]
    return [sums[0] / 2, *sums[1:]]


def _degree(c: list[Any], eps: float, slope: float) -> int | None:
    """The least degree whose rest is below FINE eps; None where the series does not end."""
    rest, best = 0.0, None
    for n in range(len(c) - 1, 0, -1):
        rest += abs(float(c[n])) * max(1.0, slope * n * n)
        if rest > FINE * eps:
            return best
        best = n - 1
    return 0


def _monomials(c: list[Any], mp: Any) -> list[Any]:
    """The powers of z of a Chebyshev series."""
    total = [mp.mpf(0)] * len(c)
    before, now = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
    for n, a in enumerate(c):
        power = before if n == 0 else now
        for k, b in enumerate(power):
            total[k] += a * b
        if n:
            after = [mp.mpf(0), *(2 * b for b in now)]
            for k, b in enumerate(before):
                after[k] -= b
            before, now = now, after
    return total


def _composed(p: list[Any], scale: Any, offset: Any, mp: Any) -> list[Any]:
    """p(scale · s + offset) in powers of s."""
    total = [p[-1]]
    for a in p[-2::-1]:
        shifted = [mp.mpf(0), *(scale * b for b in total)]
        for k, b in enumerate(total):
            shifted[k] += offset * b
        shifted[0] += a
        total = shifted
    return total


def tail(exact: Exact, law: Law, m: int, cut: float, eps: float) -> Program | None:
    """k x + ln c + s P(s), s = e^(m x), up to x = cut: m > 0 at the left end (s = t^m), m < 0 at the right."""
    mp, (k, offset) = exact.mp, law
    slope = mp.mpf(k.numerator) / k.denominator
    size = mp.exp(m * mp.mpf(cut))  # the largest s

    def rest(z: Any) -> Any:
        s = (z + 1) / 2 * size
        x = mp.ln(s) / m
        return (exact.near(x) - slope * x - offset) / s

    series = _chebyshev(rest, mp)
    degree = _degree(series, eps / max(1.0, float(size)), 1.0)
    if degree is None:
        return None
    p = _composed(_monomials(series[: degree + 1], mp), 2 / size, mp.mpf(-1), mp)
    rows: list[tuple[Any, ...]] = [("x",)]
    inside = 0
    if m != 1:
        rows += [("neg", 0)] if m == -1 else [("number", float(m)), ("mul", 1, 0)]
        inside = len(rows) - 1
    rows.append(("exp", inside))
    rows.append(("poly", len(rows) - 1, (float(offset), *map(float, p))))
    return _plus(rows, float(slope))


def _plus(rows: list[tuple[Any, ...]], slope: float) -> Program:
    """The last row, and slope · x."""
    last = len(rows) - 1
    if slope == 1:
        rows.append(("add", last, 0))
    elif slope:
        rows += [("number", slope), ("mul", len(rows), 0), ("add", last, len(rows) + 1)]
    return tuple(rows)


def between(exact: Exact, law: Law | None, lo: float, hi: float, eps: float) -> Program | None:
    """A polynomial in z = (x - middle) / half on [lo, hi], beside k x where a law gives k."""
    mp = exact.mp
    slope = mp.mpf(law[0].numerator) / law[0].denominator if law else mp.mpf(0)
    half, middle = (mp.mpf(hi) - lo) / 2, (mp.mpf(hi) + lo) / 2

    def rest(z: Any) -> Any:
        x = middle + half * z
        return exact.near(x) - slope * x

    series = _chebyshev(rest, mp)
    scale = max(1.0, min(abs(float(rest(mp.mpf(z)))) for z in (-1, 0, 1)))
    degree = _degree(series, eps * scale, 1 / float(half) / scale)
    if degree is None or degree < 1:
        return None
    p = _monomials(series[: degree + 1], mp)
    rows = [("x",), ("number", float(middle)), ("sub", 0, 1), ("number", float(1 / half)), ("mul", 3, 2)]
    rows.append(("poly", 4, tuple(map(float, p))))
    return _plus(rows, float(slope))
