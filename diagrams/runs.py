"""How the catalogue's entries run on arrays: values and gradients finite and good to a few units in the last place, on the whole domain.

Every form masks its *inputs* with `where`, so that a branch that is not taken makes no nan, and writes differences so that they do not
cancel. At a kink the derivative is the one from the left, as in PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from typing import Any

__all__ = ["RUNS", "special"]


def _part(xp: Any, x: Any, where: Any, else_: float = 0.0) -> Any:
    """x where it is wanted, a harmless number elsewhere."""
    return xp.where(where, x, xp.full_like(x, else_))


def _zeros(xp: Any, x: Any) -> Any:
    return xp.zeros_like(x)


def _sigmoid(xp: Any, x: Any) -> Any:
    return xp.exp(-xp.logaddexp(_zeros(xp, x), -x))


def _softplus(xp: Any, x: Any) -> Any:
    return xp.logaddexp(_zeros(xp, x), x)


def special(xp: Any, name: str, x: Any) -> Any:
    """erf or erfc, which the array API lacks: of PyTorch or JAX where the array is theirs, else of the standard library."""
    if hasattr(xp, name):
        return getattr(xp, name)(x)
    if "jax" in xp.__name__:
        return getattr(import_module("jax.scipy.special"), name)(x)
    import numpy as np

    values = np.frompyfunc(getattr(math, name), 1, 1)(np.asarray(x))
    return xp.asarray(np.asarray(values, dtype=float), dtype=x.dtype)


def _bent_identity_inverse(xp: Any, y: Any) -> Any:
    # (4y + 2 - 2√(y² + y + 1))/3, with 1 - √(1 + u) = -u/(1 + √(1 + u))
    root = xp.hypot(y + 0.5, xp.full_like(y, math.sqrt(0.75)))
    return 2 * y * (2 - (y + 1) / (1 + root)) / 3


def _tanhshrink(xp: Any, x: Any) -> Any:
    # near 0 by the continued fraction tanh x = x/(1 + q), q = x²/(3 + x²/(5 + ..)): then x - tanh x = x·q/(1 + q)
    small = xp.abs(x) < 1
    near, far = _part(xp, x, small), _part(xp, x, ~small)
    square = near * near
    q = square / 21
    for odd in (19, 17, 15, 13, 11, 9, 7, 5, 3):
        q = square / (odd + q)
    return xp.where(small, near * q / (1 + q), far - xp.tanh(far))


def _gelu_tanh(xp: Any, x: Any) -> Any:
    u = _part(xp, x, xp.abs(x) < 25, 25.0)  # beyond, the factor is 0 or 1 in every float type
    u = xp.where(x <= -25, xp.full_like(x, -25.0), u)
    return x * _sigmoid(xp, 2 * math.sqrt(2 / math.pi) * (u + 0.044715 * u * u * u))


def _hardswish(xp: Any, x: Any) -> Any:
    u = _part(xp, x, xp.abs(x) < 3)
    return xp.where(x <= -3, _zeros(xp, x), xp.where(x >= 3, x, u * (u + 3) / 6))


def _power(xp: Any, x: Any, a: Fraction) -> Any:
    if a.denominator == 1 or a.denominator % 2 == 0 or a < 0:
        return x ** float(a)
    root = xp.where(x < 0, -x, x) ** float(a)  # the real odd root, also below zero
    return xp.where(x < 0, -root, root) if a.numerator % 2 else root


def _elu(xp: Any, x: Any, a: Fraction) -> Any:
    return xp.where(x <= 0, float(a) * xp.expm1(_part(xp, x, x <= 0)), x)


def _elu_inverse(xp: Any, x: Any, a: Fraction) -> Any:
    return xp.where(x <= 0, xp.log1p(_part(xp, x, x <= 0) / float(a)), x)


def _snake(xp: Any, x: Any, a: Fraction) -> Any:
    turn = float(a) * x
    wave = xp.sin(_part(xp, turn, xp.abs(turn) < 1e17))  # beyond, a wave of height 1/a is lost beside x
    return x + wave * wave / float(a)


def _squareplus(xp: Any, x: Any, b: Fraction) -> Any:
    # (x + √(x² + b))/2; below 0 as b/4 over its mirror image
    size = xp.where(x > 0, x, -x)
    half = 0.5 * size + 0.5 * xp.hypot(x, xp.full_like(x, math.sqrt(b)))
    return xp.where(x > 0, half, float(b) / 4 / half)


def _softshrink(xp: Any, x: Any, c: Fraction) -> Any:
    return xp.where(x > float(c), x - float(c), xp.where(x < -float(c), x + float(c), _zeros(xp, x)))


RUNS: dict[str, Callable[..., Any]] = {
    "identity": lambda xp, x: x,
    "exp": lambda xp, x: xp.exp(x),
    "ln": lambda xp, x: xp.log(x),
    "expm1": lambda xp, x: xp.expm1(x),
    "log1p": lambda xp, x: xp.log1p(x),
    "tanh": lambda xp, x: xp.tanh(x),
    "atanh": lambda xp, x: xp.atanh(x),
    "sigmoid": _sigmoid,
    "logit": lambda xp, x: xp.log(x) - xp.log1p(-x),
    "softplus": _softplus,
    "log_expm1": lambda xp, x: x + xp.log(-xp.expm1(-x)),
    "softsign": lambda xp, x: x / (1 + xp.abs(x)),
    "softsign_inverse": lambda xp, x: x / (1 - xp.abs(x)),
    "sinh": lambda xp, x: xp.sinh(x),
    "asinh": lambda xp, x: xp.asinh(x),
    "cosh": lambda xp, x: xp.cosh(x),
    "acosh": lambda xp, x: xp.acosh(x),
    "atan": lambda xp, x: xp.atan(x),
    "erf": lambda xp, x: special(xp, "erf", x),
    "bent_identity": lambda xp, x: x + x * (x / (2 * (1 + xp.hypot(x, xp.ones_like(x))))),
    "bent_identity_inverse": _bent_identity_inverse,
    "tanhshrink": _tanhshrink,
    "gelu": lambda xp, x: x * (0.5 * special(xp, "erfc", x * -math.sqrt(0.5))),
    "gelu_tanh": _gelu_tanh,
    "mish": lambda xp, x: x * xp.tanh(_softplus(xp, x)),
    "hardswish": _hardswish,
    "negate": lambda xp, x: -x,
    "absolute": lambda xp, x: xp.abs(x),
    "scale": lambda xp, x, c: float(c) * x,
    "shift": lambda xp, x, c: x + float(c),
    "maximum": lambda xp, x, c: xp.where(x <= float(c), xp.full_like(x, float(c)), x),  # nan stays nan
    "minimum": lambda xp, x, c: xp.where(x >= float(c), xp.full_like(x, float(c)), x),
    "power": _power,
    "prelu": lambda xp, x, a: xp.where(x <= 0, float(a) * x, x),
    "elu": _elu,
    "elu_inverse": _elu_inverse,
    "swish": lambda xp, x, b: x * _sigmoid(xp, float(b) * x),
    "snake": _snake,
    "squareplus": _squareplus,
    "squareplus_inverse": lambda xp, y, b: y - float(b) / 4 / y,
    "softshrink": _softshrink,
    "hardshrink": lambda xp, x, c: xp.where(xp.abs(x) <= float(c), _zeros(xp, x), x),
    "threshold": lambda xp, x, c: xp.where(x <= float(c), _zeros(xp, x), x),
}
"""By the entry's name, called as (xp, x, *parameters): the namespace xp of the array x, the parameters as exact numbers."""
