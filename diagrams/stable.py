"""Stable forms of σ' = ln ∘ σ ∘ exp: finite, with finite gradients, over the whole line.

The naive form loses everything at both ends: e^x leaves the floats, or σ(e^x) rounds to 1 and its gradient to 0 or nan. Every form
here masks its *inputs* with `where`, so that no branch that is not taken can make a nan.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

__all__ = ["LOG_FORMS"]


def _tanh(xp: Any, x: Any) -> Any:
    # left: x + ln(tanh t / t), t = e^x (below -18 the second part rounds to 0); right: ln((1 - u)/(1 + u)), u = e^(-2t)
    cut = -0.6
    left = xp.where(x < cut, x, xp.full_like(x, cut))
    t = xp.exp(xp.where(left < -18, xp.full_like(x, -18.0), left))
    right = xp.where(x < cut, xp.full_like(x, cut), xp.where(x > 7, xp.full_like(x, 7.0), x))
    u = xp.exp(-2 * xp.exp(right))
    return xp.where(x < cut, left + xp.log(xp.tanh(t) / t), xp.log1p(-u) - xp.log1p(u))


def _sigmoid(xp: Any, x: Any) -> Any:
    # -ln(1 + e^-t), t = e^x; beyond 7 the value is 0 in float64 too
    capped = xp.where(x > 7, xp.full_like(x, 7.0), x)
    return -xp.log1p(xp.exp(-xp.exp(capped)))


def _softsign(xp: Any, x: Any) -> Any:
    # ln(t/(1 + t)) = -softplus(-x)
    return -xp.logaddexp(xp.zeros_like(x), -x)


def _maximum(xp: Any, x: Any, c: Fraction) -> Any:
    if c <= 0:
        return x
    bound = math.log(c)
    return xp.where(x <= bound, xp.full_like(x, bound), x)


def _scale(xp: Any, x: Any, c: Fraction) -> Any:
    return x + math.log(c)


def _power(xp: Any, x: Any, a: Fraction) -> Any:
    return float(a) * x


def _identity(xp: Any, x: Any) -> Any:
    return x


LOG_FORMS: dict[str, Callable[..., Any]] = {
    "identity": _identity,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softsign": _softsign,
    "maximum": _maximum,
    "scale": _scale,
    "power": _power,
}
"""σ' by the catalogue name of σ, called as (xp, x, *parameters); `scale` for positive factors only."""
