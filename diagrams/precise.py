"""Running with many digits: what the floats should have said. The exponents are unbounded, so nothing overflows or underflows.

Every function has its textbook formula (`formula.py`), apart from the catalogue's float forms and the stable ones. A digit that cancellation takes is
seen by running again with twice as many: digits are doubled until the two runs agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache, partial
from typing import Any

from . import errors
from .diagram import Diagram
from .evaluate import Operators, evaluate, flat
from .formula import Ops
from .function import Function
from .image import layer_chart
from .matrices import Maxima, acted
from .own import Undone, formula_of, known
from .root import precise_root
from .term import Head
from .weight import Vector, Weight

__all__ = ["nudged", "precisely"]

DIGITS, MOST = 40, 640
AGREE = 25
"""Two runs agree when they differ by less than 10^-AGREE · max(1, |y|)."""


def precisely(
    diagram: Diagram, arrays: Sequence[Any], weights: Mapping[str, Any], logs: Sequence[bool] = ()
) -> tuple[Any, ...]:
    """The outputs as object arrays of mpmath numbers, right to 25 digits; where `logs` says so, their logarithms.

    >>> from sigmaprime.diagrams import mul, tanh
    >>> net = mul("W", 1, 1) >> tanh >> mul("V", 1, 1)
    >>> (y,) = precisely(net, [[2.0**-1000]], {"W": [[3]], "V": [[1]]}, logs=[True])
    >>> float(y[0])  # -3000 ln 2: no float is that small
    -2079.441541679836

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


def nudged(
    diagram: Diagram,
    arrays: Sequence[Any],
    ways: Sequence[Any],
    weights: Mapping[str, Any],
    logs: tuple[Sequence[bool], Sequence[bool]],
) -> Any:
    """The slope of the sum of outputs along `ways`, for every row of the inputs, by a central difference with many digits.

    `logs` says which inputs move, and which outputs are summed, as logarithms. A difference over 10^-12 is off by about 10^-24.

    >>> from sigmaprime.diagrams import cube, fn
    >>> nudged(fn(cube), [[[2.0]]], [[[1.0]]], {}, ([True], [False])).tolist()  # d e^3t / dt = 3 x^3
    [24.0]
    """
    import numpy as np

    mp = _at(2 * DIGITS).mp
    step = mp.mpf("1e-12")
    lift = np.frompyfunc(lambda v: mp.mpf(float(v)), 1, 1)
    ends = []
    for sign in (1, -1):
        moved = []
        for x, way, log in zip(arrays, ways, logs[0], strict=True):
            by = lift(np.asarray(way)) * (sign * step)
            moved.append(lift(np.asarray(x)) * np.frompyfunc(mp.exp, 1, 1)(by) if log else lift(np.asarray(x)) + by)
        ends.append(sum(y.sum(axis=-1) for y in _run(diagram, moved, weights, logs[1], 2 * DIGITS)))
    return ((ends[0] - ends[1]) / (2 * step)).astype(float)


def _near(a: Any, b: Any) -> Any:
    scale = abs(a)
    scale[scale < 1] = 1
    return abs(a - b) < scale * type(a.flat[0])(f"1e-{AGREE}") if a.size else True


def _run(
    diagram: Diagram, arrays: Sequence[Any], weights: Mapping[str, Any], logs: Sequence[bool], digits: int
) -> tuple[Any, ...]:
    import numpy as np

    operators = _at(digits)
    given = [np.frompyfunc(operators.number, 1, 1)(np.asarray(x)) for x in arrays]
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
    return type(f"Precise{digits}", (_Precise,), {"mp": context, "ops": _Numbers(context)})


class _Precise(Operators):
    mp: Any
    ops: _Numbers

    def __init__(self, xp: Any, weights: Mapping[str, Any]) -> None:
        super().__init__(xp, weights)
        self._lifted: dict[Weight | Vector, Any] = {}

    @classmethod
    def number(cls, value: Any) -> Any:
        """The very number of a float, or a number of more digits as it is."""
        return value if hasattr(value, "_mpf_") else cls.mp.mpf(float(value))

    def map(self, function: Function, x: Any) -> Any:
        import numpy as np

        for atom in flat(function):
            x = np.frompyfunc(partial(self.value, atom), 1, 1)(x)
        return x

    @classmethod
    def value(cls, function: Function, x: Any) -> Any:
        """f(x), x one number."""
        for part in flat(function):
            formula, meaning = formula_of(part), known(part)
            if formula is not None:
                x = formula(cls.ops, x)
            elif isinstance(meaning, Undone):
                on = meaning.function.key[2]
                x = precise_root(partial(cls.value, meaning.function), meaning.increasing, on, x, cls.mp)
            else:
                raise errors.no_function_value(part.name)
        return x

    def mix(self, g: Function, weight: Weight, bias: Vector, x: Any) -> Any:
        y = self.applied(weight, self.map(layer_chart(g)[1], x))
        return self.map(g, y if bias.is_zero else y + self.vector(bias, x))

    def pool(self, g: Function, windows: Weight, x: Any) -> Any:
        return self.map(g, acted(Maxima(self.xp), self, windows, self.map(layer_chart(g)[1], x)))

    def applied(self, weight: Weight, x: Any) -> Any:
        import numpy as np

        if weight.head not in (Head.WEIGHT, Head.CONSTANT):
            return super().applied(weight, x)
        rows = self.array(weight, (weight.rows.value, x.shape[-1]), x).tolist()
        values = [self.mp.fdot(row, v) for v in x.reshape(-1, x.shape[-1]).tolist() for row in rows]
        y = np.empty(len(values), dtype=object)
        y[:] = values
        return y.reshape(*x.shape[:-1], len(rows))

    def array(self, term: Weight | Vector, shape: tuple[int | None, ...], x: Any) -> Any:
        import numpy as np

        found = self._lifted.get(term)
        if found is None:
            found = self._lifted[term] = np.frompyfunc(self.number, 1, 1)(super().array(term, shape, x))
        return found


class _Numbers(Ops):
    """mpmath's numbers in a context."""

    def __init__(self, mp: Any) -> None:
        self.mp = mp
        self.far = mp.mpf(10) ** 6  # e^-far is less than 10^-MOST
        for name in ("ln", "sin", "atan", "erf", "erfc", "sqrt", "asinh", "acosh", "atanh"):
            setattr(self, name, getattr(mp, name))

    def number(self, value: Fraction | Any) -> Any:
        return self.mp.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value

    def pi(self) -> Any:
        return +self.mp.pi

    def exp(self, x: Any) -> Any:
        if abs(x) > self.mp.ldexp(1, 20_000):
            raise errors.Refused("a value has more than 10^6000 digits before the point: no exponent holds it")
        return self.mp.exp(x)

    def power(self, x: Any, a: Fraction) -> Any:
        root = abs(x) ** self.number(a)
        return -root if x < 0 and a.numerator % 2 else root

    def maximum(self, x: Any, y: Any) -> Any:
        return max(x, y)

    def pieces(self, x: Any, below: Sequence[Any], above: Callable[[Any], Any]) -> Any:
        return next((f for c, f in below if x <= self.number(c)), above)(x)

    def tanh(self, x: Any) -> Any:
        return self.mp.tanh(x) if abs(x) < self.far else self.mp.sign(x)

    def sinh(self, x: Any) -> Any:
        return self.mp.sinh(x) if abs(x) < 1 else super().sinh(x)

    def sigmoid(self, x: Any) -> Any:
        return super().sigmoid(x) if x < self.far else self.mp.mpf(1)

    def softplus(self, x: Any) -> Any:
        return self.mp.log1p(self.exp(x)) if x < self.far else x
