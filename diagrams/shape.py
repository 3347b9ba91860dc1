"""What is decided about the shape of functions: rising or falling on an interval, odd, and homogeneous.

A catalogue entry is in a table or it is not; a chain follows from its parts. Undecided is never "yes".
"""

from __future__ import annotations

from fractions import Fraction

from .function import Function, parts
from .image import image
from .space import Interval, at_most, negative, nonnegative, positive
from .term import Head

__all__ = ["falling", "homogeneous", "odd", "rising"]

_RISING = frozenset({
    "identity", "exp", "ln", "tanh", "atanh", "sigmoid", "logit", "softplus", "log_expm1", "softsign", "softsign_inverse", "sinh", "asinh", "expm1", "log1p",
    "acosh", "atan", "erf", "bent_identity", "bent_identity_inverse", "tanhshrink", "elu", "elu_inverse", "prelu", "snake", "squareplus",
    "squareplus_inverse", "maximum", "minimum", "softshrink", "hardshrink", "shift",
})  # fmt: skip
_FROM_ZERO = frozenset({"absolute", "cosh", "gelu", "gelu_tanh", "mish", "swish", "hardswish"})
_TO_ZERO = frozenset({"absolute", "cosh"})
_HOMOGENEOUS = frozenset({"identity", "absolute", "negate", "scale", "prelu"})
_ODD = frozenset({
    "identity", "negate", "scale", "tanh", "softsign", "sinh", "asinh", "atan", "erf", "tanhshrink", "softshrink", "hardshrink",
})  # fmt: skip


def rising(function: Function, on: Interval) -> bool:
    """Whether the function is known to be nondecreasing on the interval; raises `IllTyped` where it is not defined on it.

    >>> from sigmaprime.diagrams import positive, reals, silu
    >>> rising(silu, positive), rising(silu, reals)
    (True, False)
    """
    return _direction(function, on) == 1


def falling(function: Function, on: Interval) -> bool:
    """Whether the function is known to be nonincreasing on the interval."""
    return _direction(function, on) == -1


def _direction(function: Function, on: Interval) -> int:
    """1 for nondecreasing, -1 for nonincreasing, 0 where neither is known."""
    image(function, on)
    sign = 1
    todo = parts(function)[::-1]
    while todo and sign:
        part = todo.pop()
        if part.head is Head.DEFINED:
            todo += parts(part.body)[::-1]
            continue
        sign *= _one(part, on)
        on = image(part, on)
    return sign


def _one(part: Function, on: Interval) -> int:
    falls = False
    while part.head is Head.INVERSE:
        part, on = part.key[1], part.key[2]
    if part.head is Head.THEN:
        return _direction(part, on)
    if part.head is not Head.ATOM:
        return 0
    match part.name:
        case "negate":
            falls = True
        case "scale" | "power" | "threshold":
            return _with_parameter(part, on)
        case name if name in _RISING or (name in _FROM_ZERO and nonnegative.contains(on)):
            falls = False
        case name if name in _TO_ZERO and at_most(0).contains(on):
            falls = True
        case _:
            return 0
    return -1 if falls else 1


def _with_parameter(part: Function, on: Interval) -> int:
    scalar = part.key[2]
    a: Fraction | None = scalar.value
    if part.name == "scale":
        inside = positive.contains(scalar.key[2]) - negative.contains(scalar.key[2]) if a is None else (a > 0) - (a < 0)
        return int(inside)
    if a is None or (part.name == "threshold" and a < 0):
        return 0
    if part.name == "threshold":
        return 1
    if a < 0:
        return -1  # on (0, oo)
    if a > 0 and (nonnegative.contains(on) or a.numerator % 2 == a.denominator % 2 == 1):
        return 1
    return -1 if a > 0 and a.denominator % 2 and at_most(0).contains(on) else 0


def homogeneous(function: Function) -> bool:
    """Whether f(d·x) = d·f(x) for all x and all d > 0 is known: relu and what is made of its like."""
    return all(
        f.head is Head.ATOM and (f.name in _HOMOGENEOUS or (f.name in ("maximum", "minimum") and f.key[2].value == 0))
        for f in parts(function)
    )


def odd(function: Function) -> bool:
    """Whether f is defined on all of R and f(-x) = -f(x) is known."""

    def is_odd(f: Function) -> bool:
        a = f.key[2].value if f.head is Head.ATOM and f.name == "power" else None
        power = a is not None and a > 0 and a.numerator % 2 == a.denominator % 2 == 1
        return f.head is Head.ATOM and (f.name in _ODD or power)

    return all(map(is_odd, parts(function)))
