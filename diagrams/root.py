"""The inverse of a strictly monotone function where it has no closed form: x with f(x) = y, by bisection over the floats.

Floats in order are whole numbers in order, so 64 halvings find the last float below the root wherever it lies, near 0 and far out alike.
"""

from __future__ import annotations

from typing import Any

from . import errors
from .function import Function
from .space import Interval

__all__ = ["precise_root", "root"]

FAR = 3000  # binary digits


def root(function: Function, increasing: bool, xp: Any, y: Any) -> Any:
    """f⁻¹(y) for every entry of an array; in PyTorch with the gradient 1/f'(x) of the implicit function theorem."""
    import numpy as np
    from array_api_compat import device

    torch = "torch" in xp.__name__
    values = np.asarray(y.detach().cpu().numpy() if torch else y)
    found = _bisected(function, increasing, values.astype(np.float64))
    x = xp.asarray(found, dtype=y.dtype, device=device(y))
    if not torch or not y.requires_grad:
        return x
    import torch as library

    from .evaluate import steps

    with library.enable_grad():
        at = x.detach().clone().requires_grad_(True)
        (slope,) = library.autograd.grad(steps(function)(xp, at).sum(), at)
    return x + (y - y.detach()) / slope


def _bisected(function: Function, increasing: bool, y: Any) -> Any:
    import numpy as np
    from array_api_compat import array_namespace

    from .evaluate import steps

    run, xp, on = steps(function), array_namespace(y), function.key[2]
    lo, hi = (np.full(y.shape, n) for n in _ends(on))
    with np.errstate(all="ignore"):
        for _ in range(64):
            middle = (lo >> 1) + (hi >> 1) + (lo & hi & 1)
            x = _float(middle)
            below = np.asarray(run(xp, x))
            # where floats have no value for f (∞ - ∞), x is too far out, or too near to 0
            before = np.where(np.isnan(below), (x > 0) ^ (np.abs(x) > 1), below < y if increasing else below > y)
            lo, hi = np.where(before, middle, lo), np.where(before, hi, middle)
        left, right = _float(lo), _float(hi)
        off = [np.abs(np.asarray(run(xp, x)) - y) for x in (left, right)]
        return np.where(off[0] <= off[1], left, right)


def _ends(on: Interval) -> tuple[int, int]:
    """The first and the last float in an interval, as numbers in the order of floats."""
    import numpy as np

    def number(end: Any, closed: bool, step: int) -> int:
        infinite = abs(end) == np.inf
        value = np.float64(step * -np.finfo(np.float64).max if infinite else float(end) or 0.0)
        bits = int(np.abs(value).view(np.int64))
        return (bits if value >= 0 else -bits) + (0 if closed or infinite else step)

    return number(on.lo, on.lo_closed, 1), number(on.hi, on.hi_closed, -1)


def _float(ordered: Any) -> Any:
    import numpy as np

    return np.copysign(np.abs(ordered).view(np.float64), np.where(ordered < 0, -1.0, 1.0))


def precise_root(f: Any, increasing: bool, on: Interval, y: Any, mp: Any) -> Any:
    """f⁻¹(y) to the digits of an mpmath context; f takes and gives its numbers."""
    lo, hi = (mp.mpf(e) if isinstance(e, float) else mp.mpf(e.numerator) / e.denominator for e in (on.lo, on.hi))
    sign = 1 if increasing else -1

    def before(x: Any) -> bool:
        return bool(sign * (f(x) - y) < 0)

    a = b = _between(lo, hi, mp)
    for side in (0, 1):
        step = mp.mpf(1)
        while before(b) if side else not before(a):
            if step > mp.ldexp(1, FAR):
                raise errors.Refused(
                    "a root lies too near to the end of an interval, or too far out, for any number of digits"
                )
            step *= 2
            a, b = (a, _towards(b, hi, step, mp)) if side else (_towards(a, lo, step, mp), b)
    while b - a > max(abs(a + b) * mp.eps, mp.ldexp(1, -4 * mp.prec)):
        near = a <= 0 <= b or max(abs(a), abs(b)) <= 4 * min(abs(a), abs(b))
        x = (a + b) / 2 if near else mp.sign(a) * mp.sqrt(a * b)
        if not a < x < b:
            break
        a, b = (x, b) if before(x) else (a, x)
    return (a + b) / 2


def _between(lo: Any, hi: Any, mp: Any) -> Any:
    if mp.isinf(lo):
        return mp.mpf(0) if mp.isinf(hi) else hi - 1
    return lo + 1 if mp.isinf(hi) else (lo + hi) / 2


def _towards(x: Any, end: Any, step: Any, mp: Any) -> Any:
    """A point nearer to an end: a step further out, or by a factor."""
    return x + mp.sign(end) * step if mp.isinf(end) else end + (x - end) / step
