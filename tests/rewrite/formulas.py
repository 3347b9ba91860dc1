"""Random formulas: as text for the engine's grammar, and beside it what they calculate, in mpmath and written a second time."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from mpmath.ctx_mp import MPContext

__all__ = ["Formula", "Undefined", "formula", "mp"]

mp: Any = MPContext()
mp.dps = 60
LARGE = mp.mpf(10) ** 5
"""No exponent beyond it: the sample is left out."""


class Undefined(Exception):
    """The formula has no value there."""


class TooLarge(Exception):
    """It has one that is not written out."""


Run = Callable[[Any], Any]
Formula = tuple[str, Run]


def _exp(x: Any) -> Any:
    if abs(x) > LARGE:
        raise TooLarge
    return mp.exp(x)


def _ln(x: Any) -> Any:
    if x <= 0:
        raise Undefined
    return mp.log(x)


def _over(x: Any, y: Any) -> Any:
    if y == 0:
        raise Undefined
    return x / y


def _sqrt(x: Any) -> Any:
    if x < 0:
        raise Undefined
    return mp.sqrt(x)


def _cbrt(x: Any) -> Any:
    return mp.cbrt(x) if x >= 0 else -mp.cbrt(-x)


def _tanh(x: Any) -> Any:
    return mp.tanh(x) if abs(x) < LARGE else mp.sign(x)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + _exp(-x))


def _softplus(x: Any) -> Any:
    return mp.log1p(_exp(x))


def _sin(x: Any) -> Any:
    if abs(x) > 10**12:
        raise TooLarge
    return mp.sin(x)


def _snake(x: Any, a: Any) -> Any:
    return x + _sin(a * x) ** 2 / a


def _erfc(x: Any) -> Any:
    if abs(x) > 200:
        raise TooLarge
    return mp.erfc(x)


UNARY: dict[str, tuple[Run, int]] = {
    "{}^2": (lambda x: x * x, 3), "{}^3": (lambda x: x**3, 2), "{}^(-1)": (lambda x: _over(1, x), 1), "{}^(3/2)": (lambda x: _sqrt(x) ** 3, 1),
    "{}^(2/3)": (lambda x: _cbrt(x) ** 2, 1), "sqrt({})": (_sqrt, 2), "cbrt({})": (_cbrt, 1), "exp({})": (_exp, 4), "ln({})": (_ln, 3),
    "tanh({})": (_tanh, 3), "sigmoid({})": (_sigmoid, 2), "softplus({})": (_softplus, 2), "softsign({})": (lambda x: x / (1 + abs(x)), 1),
    "sinh({})": (lambda x: (_exp(x) - _exp(-x)) / 2, 1), "cosh({})": (lambda x: (_exp(x) + _exp(-x)) / 2, 1), "asinh({})": (mp.asinh, 1), "atan({})": (mp.atan, 2),
    "erf({})": (lambda x: 1 - _erfc(x), 1), "gelu({})": (lambda x: x * _erfc(-x / mp.sqrt(2)) / 2, 1), "mish({})": (lambda x: x * _tanh(_softplus(x)), 1),
    "gelu_tanh({})": (lambda x: x / 2 * (1 + _tanh(mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3))), 1), "silu({})": (lambda x: x * _sigmoid(x), 2),
    "bent_identity({})": (lambda x: (mp.sqrt(x * x + 1) - 1) / 2 + x, 1), "tanhshrink({})": (lambda x: x - _tanh(x), 1),
    "hardswish({})": (lambda x: x * min(max(x + 3, 0), 6) / 6, 1), "relu({})": (lambda x: max(x, mp.mpf(0)), 2), "abs({})": (abs, 2), "sin({})": (_sin, 2),
    "cos({})": (lambda x: _sin(x + mp.pi / 2), 1), "-({})": (lambda x: -x, 2), "expm1({})": (lambda x: _exp(x) - 1, 1), "log1p({})": (lambda x: _ln(1 + x), 1),
}  # fmt: skip
"""By its text: what it calculates, and how often it is drawn."""
WITH_PARAMETER: dict[str, Callable[[Any, Any], Any]] = {
    "elu": lambda x, a: x if x > 0 else a * (_exp(x) - 1), "prelu": lambda x, a: x if x > 0 else a * x, "swish": lambda x, a: x * _sigmoid(a * x), "snake": _snake,
    "squareplus": lambda x, a: (x + mp.sqrt(x * x + a)) / 2, "softshrink": lambda x, a: x - min(max(x, -a), a), "maximum": max, "minimum": min,
}  # fmt: skip
BINARY: dict[str, tuple[Callable[[Any, Any], Any], int]] = {
    "({}+{})": (lambda a, b: a + b, 4), "({}-{})": (lambda a, b: a - b, 3), "{}*{}": (lambda a, b: a * b, 4), "({})/({})": (_over, 2), "max({},{})": (max, 2), "min({},{})": (min, 1),
}  # fmt: skip
NUMBERS = ["0", "1", "2", "3", "1/2", "1/3", "0.7", "5/4", "-1", "-2"]
PARAMETERS = ["1", "2", "1/4", "1/2", "5/3"]


def _number(text: str) -> Any:
    p, _, q = text.partition("/")
    return mp.mpf(p) / (int(q) if q else 1)


def formula(draw: random.Random, depth: int) -> Formula:
    """One formula in x, at most so deep."""
    kind = draw.random()
    if depth == 0 or kind < 0.1:
        if draw.random() < 0.25:
            text = draw.choice(NUMBERS)
            value = _number(text)
            return f"({text})", lambda x: value
        return "x", lambda x: x
    inner, run = formula(draw, depth - 1)
    if kind < 0.5:
        text, f = _drawn(draw, UNARY)
        return text.format(f"({inner})" if text[0] == "{" else inner), lambda x: f(run(x))
    if kind < 0.62:
        name, given = draw.choice(list(WITH_PARAMETER)), draw.choice(PARAMETERS)
        g, a = WITH_PARAMETER[name], _number(given)
        return f"{name}({inner},{given})", lambda x: g(run(x), a)
    other, second = formula(draw, depth - 1)
    if kind < 0.93:
        text, h = _drawn(draw, BINARY)
        pair = [f"({t})" if text == "{}*{}" else t for t in (inner, other)]
        return text.format(*pair), lambda x: h(run(x), second(x))
    joint = draw.choice(NUMBERS)
    c = _number(joint)
    if draw.random() < 0.6:  # two pieces that meet
        return f"where(x<={joint},{inner},({inner})+(x-({joint}))*({other}))", lambda x: run(x) if x <= c else run(x) + (x - c) * second(x)  # fmt: skip
    return f"where(x<={joint},{inner},{other})", lambda x: run(x) if x <= c else second(x)


def _drawn(draw: random.Random, table: dict[str, tuple[Any, int]]) -> tuple[str, Any]:
    text = draw.choices(list(table), [weight for _, weight in table.values()])[0]
    return text, table[text][0]
