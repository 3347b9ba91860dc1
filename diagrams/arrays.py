"""Arrays as an arithmetic for formulas: NumPy, PyTorch or any library of the array API, gradients included."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from .formula import Ops
from .runs import RUNS
from .space import Interval

__all__ = ["Arrays", "inside"]


class Arrays(Ops):
    """Arrays like `x`, whose values lie in an interval; a piece is calculated where it holds, and at a harmless point elsewhere."""

    def __init__(self, xp: Any, x: Any, on: Interval) -> None:
        self.xp, self.like, self.on = xp, x, on
        for name in ("exp", "sqrt", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "atan", "sin"):
            setattr(self, name, getattr(xp, name))

    def ln(self, x: Any) -> Any:
        return self.xp.log(x)

    def number(self, value: Any) -> Any:
        if not isinstance(value, Fraction):
            return value
        from array_api_compat import device

        return self.xp.asarray(float(value), dtype=self.like.dtype, device=device(self.like))

    def pi(self) -> Any:
        return self.number(Fraction(math.pi))

    def entry(self, name: str, x: Any, parameters: Sequence[Any]) -> Any:
        run = RUNS.get(name)
        if run is not None:
            return run(self.xp, x, *parameters)
        if name == "erfc":
            from .runs import special

            return special(self.xp, name, x)
        return super().entry(name, x, parameters)

    def maximum(self, x: Any, y: Any) -> Any:
        return self.xp.where(x > y, x, y)

    def minimum(self, x: Any, y: Any) -> Any:
        return self.xp.where(x < y, x, y)

    def pieces(
        self, x: Any, below: Sequence[tuple[Fraction, Callable[[Any], Any]]], above: Callable[[Any], Any]
    ) -> Any:
        xp, whole = self.xp, self.on
        lo: Fraction | float = -math.inf
        made, free = None, x == x
        for c, piece in (*below, (None, above)):
            hi: Fraction | float = math.inf if c is None else c
            part = whole.meet(Interval.make(lo, False, hi, c is not None))
            lo = hi
            if part is None:
                continue
            here = free if c is None else free & (x <= float(c))
            free = free & ~here
            self.on = part
            y = piece(xp.where(here, x, xp.full_like(x, float(inside(part)))))
            made = y + xp.zeros_like(x) if made is None else xp.where(here, y, made)
        self.on = whole
        return made


def inside(on: Interval) -> Fraction:
    """A number in the interval, inside where it has one."""
    lo, hi = on.lo, on.hi
    if isinstance(lo, float):
        return Fraction(0) if isinstance(hi, float) else min(Fraction(0), hi - 1)
    return max(Fraction(0), lo + 1) if isinstance(hi, float) else (lo + hi) / 2
