"""Candidates by interpolation: polynomials in t at the left end, in 1/t at the right, in x between; degrees as the type needs.

Chebyshev interpolation in fixed point with many digits; the degree is where the rest of the series falls below the type's eps.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from .exact import Exact, Law
from .rows import Program

__all__ = ["between", "double_tail", "tail"]

NODES = 44
BITS = 160
FINE = 0.15
"""The series is cut where what is left out is below FINE · eps, value and slope alike."""


@cache
def _cosines() -> tuple[tuple[Any, ...], Any]:
    """The nodes on [-1, 1], and the matrix that takes values there to Chebyshev coefficients, times 2^BITS."""
    import mpmath
    import numpy as np

    mp = mpmath.mp.clone()
    mp.prec = BITS + 20
    table = [int(mp.floor(mp.ldexp(mp.cos(mp.pi * m / (2 * NODES)), BITS))) for m in range(4 * NODES)]
    matrix = [
        [table[n * (2 * k + 1) % (4 * NODES)] // (NODES if n == 0 else 1) for k in range(NODES)] for n in range(NODES)
    ]
    matrix = [[v if n == 0 else 2 * v // NODES for v in row] for n, row in enumerate(matrix)]
    return tuple(mp.cos(mp.pi * (2 * k + 1) / (2 * NODES)) for k in range(NODES)), np.array(matrix, dtype=object)


@cache
def _powers(shifted: bool) -> list[list[int]]:
    """The powers of z in T_n(z), or of w in T_n(2w - 1)."""
    step = [-1, 2] if shifted else [0, 1]
    found = [[1], step]
    for _ in range(NODES - 2):
        after = [0] * (len(found[-1]) + 1)
        for k, b in enumerate(found[-1]):
            after[k] += 2 * step[0] * b
            after[k + 1] += 2 * step[1] * b
        for k, b in enumerate(found[-2]):
            after[k] -= b
        found.append(after)
    return found


def _series(exact: Exact, key: tuple[Any, ...], f: Callable[[Any], Any]) -> list[int]:
    """The Chebyshev coefficients of f on [-1, 1], times 2^BITS; remembered for the other type."""
    if key not in exact.memory:
        nodes, matrix = _cosines()
        values = [int(exact.mp.floor(exact.mp.ldexp(f(z), BITS))) for z in nodes]
        exact.memory[key] = [int(v) >> BITS for v in matrix @ values]
    found: list[int] = exact.memory[key]
    return found


def _degree(series: list[int], eps: float, slope: float) -> int | None:
    """The least degree whose rest is below FINE eps, in the slope as well; None where the series does not end."""
    rest, best = 0.0, None
    for n in range(NODES - 1, 0, -1):
        rest += abs(series[n] / 2**BITS) * max(1.0, slope * n * n)
        if rest > FINE * eps:
            return best
        best = n - 1
    return 0


def _polynomial(series: list[int], shifted: bool) -> list[int]:
    """The powers of a Chebyshev series, times 2^BITS."""
    total = [0] * len(series)
    for a, powers in zip(series, _powers(shifted), strict=False):
        for k, b in enumerate(powers):
            total[k] += a * b
    return total


def tail(exact: Exact, law: Law, m: int, cut: float, eps: float) -> Program | None:
    """k x + ln c + s P(s), s = e^(m x), up to x = cut: m > 0 at the left end (s = t^m), m < 0 at the right."""
    mp, (k, offset) = exact.mp, law
    slope = mp.mpf(k.numerator) / k.denominator
    size = mp.exp(m * mp.mpf(cut))  # the largest s

    def rest(z: Any) -> Any:
        x = mp.ln((z + 1) / 2 * size) / m
        return (exact.near(x) - slope * x - offset) / (z + 1) * 2

    series = _series(exact, ("tail", m, cut), rest)
    degree = _degree(series, eps, 1.0)
    if degree is None:
        return None
    p = _unscaled(mp, series[: degree + 1], size)
    rows: list[tuple[Any, ...]] = [("x",), ("exp", 0)] if m > 0 else [("x",), ("neg", 0), ("exp", 1)]
    if abs(m) == 2:
        rows.append(("mul", len(rows) - 1, len(rows) - 1))
    rows.append(("poly", len(rows) - 1, (float(offset), *p)))
    return _plus(rows, float(slope))


def _unscaled(mp: Any, series: Any, size: Any) -> list[float]:
    """The coefficients of s P(s) from a series in s / size."""
    return [float(mp.ldexp(mp.mpf(a), -BITS) / size ** (i + 1)) for i, a in enumerate(_polynomial(series, True))]


def double_tail(exact: Exact, law: Law, m: int, cut: float, eps: float) -> Program | None:
    """k x + ln c + s P(s), s = exp(-m e^x), from x = cut on."""
    mp, (k, offset) = exact.mp, law
    slope = mp.mpf(k.numerator) / k.denominator
    size = mp.exp(-m * mp.exp(mp.mpf(cut)))

    def rest(z: Any) -> Any:
        x = mp.ln(-mp.ln((z + 1) / 2 * size) / m)
        return (exact.near(x) - slope * x - offset) / (z + 1) * 2

    series = _series(exact, ("double", m, cut), rest)
    degree = _degree(series, eps, 10.0)
    if degree is None:
        return None
    p = _unscaled(mp, series[: degree + 1], size)
    rows: list[tuple[Any, ...]] = [("x",), ("exp", 0), ("number", -float(m)), ("mul", 2, 1), ("exp", 3)]
    rows.append(("poly", 4, (float(offset), *p)))
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

    series = _series(exact, ("between", lo, hi), rest)
    scale = max(1.0, min(abs(float(rest(mp.mpf(z)))) for z in (-1, 0, 1)))
    degree = _degree(series, eps * scale, 1 / float(half) / scale)
    if degree is None or degree < 1:
        return None
    p = [float(mp.ldexp(mp.mpf(a), -BITS)) for a in _polynomial(series[: degree + 1], False)]
    rows = [
        ("x",),
        ("number", float(middle)),
        ("sub", 0, 1),
        ("number", float(1 / half)),
        ("mul", 3, 2),
        ("poly", 4, tuple(p)),
    ]
    return _plus(rows, float(slope))
