"""One textbook formula for every entry of the catalogue, over any arithmetic: SymPy's expressions, numbers of many digits, intervals, balls.

An arithmetic is an `Ops`: its numbers X take + - * / among themselves and with ints; exp, ln and the rest are its methods. A method with
a body here may be written anew where the arithmetic knows better, as long as the value is the same. A parameter of a formula is an exact
`Fraction`, or a number X already (SymPy has symbols for variables). This module imports the standard library alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

__all__ = ["FORMULAS", "Ops"]

X = Any
"""A number of the arithmetic."""
Piece = Callable[[X], X]


class Ops:
    """What a formula may ask of an arithmetic; the first ten must be given."""

    def number(self, value: Fraction | X) -> X:
        """The exact rational; a number of the arithmetic stays as it is."""
        raise NotImplementedError

    def pi(self) -> X:
        raise NotImplementedError

    def exp(self, x: X) -> X:
        raise NotImplementedError

    def ln(self, x: X) -> X:
        raise NotImplementedError

    def sin(self, x: X) -> X:
        raise NotImplementedError

    def atan(self, x: X) -> X:
        raise NotImplementedError

    def erfc(self, x: X) -> X:
        """2/√π ∫ e^(-t²) dt from x to ∞."""
        raise NotImplementedError

    def power(self, x: X, a: Fraction | X) -> X:
        """x^a; for a = p/q with q odd, x < 0 too, by the real root."""
        raise NotImplementedError

    def maximum(self, x: X, y: X) -> X:
        raise NotImplementedError

    def pieces(self, x: X, below: Sequence[tuple[Fraction | X, Piece]], above: Piece) -> X:
        """f(x), f the piece of the first joint c with x ≤ c, else `above`; joints ascend. Where x is many points, each has its own piece."""
        raise NotImplementedError

    def minimum(self, x: X, y: X) -> X:
        return -self.maximum(-x, -y)

    def abs(self, x: X) -> X:
        return self.maximum(x, -x)

    def sqrt(self, x: X) -> X:
        return self.power(x, Fraction(1, 2))

    def erf(self, x: X) -> X:
        return 1 - self.erfc(x)

    def sinh(self, x: X) -> X:
        return (self.exp(x) - self.exp(-x)) / 2

    def cosh(self, x: X) -> X:
        return (self.exp(x) + self.exp(-x)) / 2

    def tanh(self, x: X) -> X:
        return 1 - 2 / (1 + self.exp(2 * x))

    def asinh(self, x: X) -> X:
        return self.ln(x + self.sqrt(x * x + 1))

    def acosh(self, x: X) -> X:
        return self.ln(x + self.sqrt(x - 1) * self.sqrt(x + 1))

    def atanh(self, x: X) -> X:
        return self.ln((1 + x) / (1 - x)) / 2

    def sigmoid(self, x: X) -> X:
        return 1 / (1 + self.exp(-x))

    def softplus(self, x: X) -> X:
        return self.ln(1 + self.exp(x))


def _same(x: X) -> X:
    return x


def _gelu_tanh(o: Ops, x: X) -> X:
    """x/2 · (1 + tanh u) = x · sigmoid(2u), u = √(2/π) (x + 0.044715 x³)."""
    return x * o.sigmoid(2 * o.sqrt(2 / o.pi()) * (x + o.number(Fraction("0.044715")) * x * x * x))


def _bent_identity_inverse(o: Ops, y: X) -> X:
    c = 2 * y + 1
    return (2 * c - o.sqrt(c * c + 3)) / 3


def _above(o: Ops, x: X, c: Any) -> X:
    """x where x > c, else 0."""
    return o.pieces(x, [(c, lambda u: 0 * u)], _same)


FORMULAS: dict[str, Callable[..., X]] = {
    "identity": lambda o, x: x,
    "exp": lambda o, x: o.exp(x),
    "ln": lambda o, x: o.ln(x),
    "expm1": lambda o, x: o.exp(x) - 1,
    "log1p": lambda o, x: o.ln(1 + x),
    "tanh": lambda o, x: o.tanh(x),
    "atanh": lambda o, x: o.atanh(x),
    "sigmoid": lambda o, x: o.sigmoid(x),
    "logit": lambda o, x: o.ln(x / (1 - x)),
    "softplus": lambda o, x: o.softplus(x),
    "log_expm1": lambda o, x: o.ln(o.exp(x) - 1),
    "softsign": lambda o, x: x / (1 + o.abs(x)),
    "softsign_inverse": lambda o, x: x / (1 - o.abs(x)),
    "sinh": lambda o, x: o.sinh(x),
    "asinh": lambda o, x: o.asinh(x),
    "cosh": lambda o, x: o.cosh(x),
    "acosh": lambda o, x: o.acosh(x),
    "atan": lambda o, x: o.atan(x),
    "erf": lambda o, x: o.erf(x),
    "bent_identity": lambda o, x: (o.sqrt(x * x + 1) - 1) / 2 + x,
    "bent_identity_inverse": _bent_identity_inverse,
    "tanhshrink": lambda o, x: x - o.tanh(x),
    "gelu": lambda o, x: x * o.erfc(-x / o.sqrt(o.number(Fraction(2)))) / 2,
    "gelu_tanh": _gelu_tanh,
    "mish": lambda o, x: x * o.tanh(o.softplus(x)),
    "hardswish": lambda o, x: o.pieces(x, [(Fraction(-3), lambda u: 0 * u), (Fraction(3), lambda u: u * (u + 3) / 6)], _same),
    "negate": lambda o, x: -x,
    "abs": lambda o, x: o.abs(x),
    "scale": lambda o, x, c: o.number(c) * x,
    "shift": lambda o, x, c: x + o.number(c),
    "maximum": lambda o, x, c: o.maximum(x, o.number(c)),
    "minimum": lambda o, x, c: o.minimum(x, o.number(c)),
    "power": lambda o, x, a: o.power(x, a),
    "prelu": lambda o, x, a: o.pieces(x, [(Fraction(0), lambda u: o.number(a) * u)], _same),
    "elu": lambda o, x, a: o.pieces(x, [(Fraction(0), lambda u: o.number(a) * (o.exp(u) - 1))], _same),
    "elu_inverse": lambda o, x, a: o.pieces(x, [(Fraction(0), lambda u: o.ln(1 + u / o.number(a)))], _same),
    "swish": lambda o, x, b: x * o.sigmoid(o.number(b) * x),
    "snake": lambda o, x, a: x + o.sin(o.number(a) * x) * o.sin(o.number(a) * x) / o.number(a),
    "squareplus": lambda o, x, b: (x + o.sqrt(x * x + o.number(b))) / 2,
    "squareplus_inverse": lambda o, y, b: y - o.number(b) / (4 * y),
    "softshrink": lambda o, x, c: o.pieces(x, [(-c, lambda u: u + o.number(c)), (c, lambda u: 0 * u)], lambda u: u - o.number(c)),
    "hardshrink": lambda o, x, c: _above(o, x, c) - _above(o, -x, c),
    "threshold": _above,
}  # fmt: skip
"""By the entry's name, called as (ops, x, *parameters)."""
