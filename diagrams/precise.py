"""Running with many digits: what the floats should have said. The exponents are unbounded, so nothing overflows or underflows.

Every function has its textbook formula here, apart from the catalogue's float forms and the stable ones. A digit that cancellation takes is
seen by running again with twice as many: digits are doubled until the two runs agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from . import errors
from .diagram import Diagram
from .evaluate import Operators, evaluate, flat
from .function import Function
from .image import chart
from .term import Head
from .weight import Vector, Weight, constant_name

__all__ = ["precisely"]

DIGITS, MOST = 40, 640
AGREE = 25
"""Two runs agree when they differ by less than 10^-AGREE · max(1, |y|)."""


def precisely(diagram: Diagram, arrays: Sequence[Any], weights: Mapping[str, Any], logs: Sequence[bool] = ()) -> tuple[Any, ...]:
    """The outputs as object arrays of mpmath numbers, right to 25 digits; where `logs` says so, their logarithms.

    >>> from sigmaprime.diagrams import mul, tanh
    >>> net = mul("W", 1, 1) >> tanh >> mul("V", 1, 1)
    >>> (y,) = precisely(net, [[1e-200]], {"W": [[3]], "V": [[1]]})
    >>> print(y[0])
    1.0e-600

    Raises `Refused` where 640 digits do not suffice.
    """
    import numpy as np

    digits, before = DIGITS, _run(diagram, arrays, weights, logs, DIGITS)
    while digits < MOST:
        digits *= 2
        after = _run(diagram, arrays, weights, logs, digits)
        if all(np.all(_near(a, b)) for a, b in zip(after, before, strict=True)):
            return after
        before = after
    raise errors.Refused(f"{MOST} digits do not settle the values of {diagram}")


def _near(a: Any, b: Any) -> Any:
    scale = abs(a)
    scale[scale < 1] = 1
    return abs(a - b) < scale * type(a.flat[0])(f"1e-{AGREE}") if a.size else True


def _run(
    diagram: Diagram, arrays: Sequence[Any], weights: Mapping[str, Any], logs: Sequence[bool], digits: int
) -> tuple[Any, ...]:
    import numpy as np

    operators = _at(digits)
    lift = np.frompyfunc(lambda v: operators.mp.mpf(float(v)), 1, 1)
    given = [lift(np.asarray(x)) for x in arrays]
    known = {name: np.asarray(w) for name, w in weights.items()}
    found = evaluate(diagram, given, known, operators)
    outputs = found if isinstance(found, tuple) else (found,)
    log = np.frompyfunc(operators.mp.ln, 1, 1)
    return tuple(log(y) if k < len(logs) and logs[k] else y for k, y in enumerate(outputs))


@cache
def _at(digits: int) -> type[_Precise]:
    """The operators that calculate with this many digits, in a context of their own."""
    import mpmath

    context = mpmath.mp.clone()
    context.dps = digits
    return type(f"Precise{digits}", (_Precise,), {"mp": context, "formulas": _formulas(context)})


class _Precise(Operators):
    mp: Any
    formulas: dict[str, Callable[..., Any]]

    def __init__(self, xp: Any, weights: Mapping[str, Any]) -> None:
        super().__init__(xp, weights)
        self._lifted: dict[str, Any] = {}

    def map(self, function: Function, x: Any) -> Any:
        import numpy as np

        for atom in flat(function):
            if atom.head is not Head.ATOM:
                raise errors.no_function_value(atom.name)
            parameters = [self.mp.mpf(s.value.numerator) / s.value.denominator for s in atom.key[2:]]
            formula = self.formulas[atom.name]
            if atom.name == "power":
                odd = bool(atom.key[2].value.numerator % 2)
                x = np.frompyfunc(lambda v, f=formula, a=parameters[0], o=odd: f(v, a, o), 1, 1)(x)
            else:
                x = np.frompyfunc(lambda v, f=formula, p=parameters: f(v, *p), 1, 1)(x)
        return x

    def mix(self, g: Function, weight: Weight, bias: Vector, x: Any) -> Any:
        y = self.applied(weight, self.map(chart(g)[1], x))
        return self.map(g, y if bias.is_zero else y + self.vector(bias, x))

    def array(self, term: Weight | Vector, shape: tuple[int | None, ...], x: Any) -> Any:
        import numpy as np

        constant = term.head in (Head.CONSTANT, Head.CONSTANT_VECTOR)
        name = constant_name(term) if constant else term.name
        if name not in self._lifted:
            if name not in self.weights:
                raise errors.no_value(name)
            self._lifted[name] = np.frompyfunc(lambda v: self.mp.mpf(float(v)), 1, 1)(self.weights[name])
        return self._lifted[name]


def _formulas(mp: Any) -> dict[str, Callable[..., Any]]:
    """Every entry of the catalogue; a test compares the names."""

    def power(x: Any, a: Any, odd: bool) -> Any:
        if x >= 0:
            return x**a
        return (-1 if odd else 1) * (-x) ** a

    return {
        "identity": lambda x: x,
        "exp": mp.exp,
        "ln": mp.ln,
        "tanh": mp.tanh,
        "atanh": mp.atanh,
        "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
        "logit": lambda x: mp.ln(x / (1 - x)),
        "softplus": lambda x: mp.log1p(mp.exp(x)),
        "log_expm1": lambda x: x + mp.ln(-mp.expm1(-x)),
        "softsign": lambda x: x / (1 + abs(x)),
        "softsign_inverse": lambda x: x / (1 - abs(x)),
        "sinh": mp.sinh,
        "asinh": mp.asinh,
        "negate": lambda x: -x,
        "scale": lambda x, c: c * x,
        "shift": lambda x, c: x + c,
        "maximum": lambda x, c: max(x, c),
        "power": power,
    }
