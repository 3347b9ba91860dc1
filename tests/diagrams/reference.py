"""The meaning of a diagram, written a second time and naively: products of powers, textbook formulas, one box after the other.

Nothing here is shared with `diagrams/evaluate.py` or the catalogue; slow and unstable on purpose, exact enough in the middle of the floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from sigmaprime.diagrams import Concat, Diagram, Function, Map, Mix, Pool, Slice, Vector, Weight
from sigmaprime.diagrams.box import Box, Signed, box_of
from sigmaprime.diagrams.function import parts
from sigmaprime.diagrams.term import Head
from sigmaprime.diagrams.weight import constant_name

__all__ = ["Array", "apply_function", "boxes", "function_on", "matrix", "run", "undo", "value", "vector"]

Array = npt.NDArray[np.float64]

FORMULAS: dict[str, Callable[..., Any]] = {
    "identity": lambda x: x,
    "exp": lambda x: math.exp(x),
    "ln": lambda x: math.log(x),
    "tanh": lambda x: math.sinh(x) / math.cosh(x),
    "atanh": lambda x: math.log((1 + x) / (1 - x)) / 2,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "logit": lambda x: math.log(x / (1 - x)),
    "softplus": lambda x: math.log(1 + math.exp(x)),
    "log_expm1": lambda x: math.log(math.exp(x) - 1),
    "softsign": lambda x: x / (1 + abs(x)),
    "softsign_inverse": lambda x: x / (1 - abs(x)),
    "sinh": lambda x: (math.exp(x) - math.exp(-x)) / 2,
    "asinh": lambda x: math.copysign(math.log(abs(x) + math.sqrt(x * x + 1)), x),
    "expm1": lambda x: math.exp(x) - 1,
    "log1p": lambda x: math.log(1 + x),
    "cosh": lambda x: (math.exp(x) + math.exp(-x)) / 2,
    "acosh": lambda x: math.log(x + math.sqrt(x * x - 1)),
    "atan": math.atan,
    "erf": math.erf,
    "bent_identity": lambda x: (math.sqrt(x * x + 1) - 1) / 2 + x,
    "bent_identity_inverse": lambda y: (4 * y + 2 - math.sqrt((2 * y + 1) ** 2 + 3)) / 3,
    "tanhshrink": lambda x: x - math.tanh(x),
    "gelu": lambda x: x * math.erfc(-x / math.sqrt(2)) / 2,
    "gelu_tanh": lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "mish": lambda x: x * math.tanh(math.log(1 + math.exp(x))),
    "hardswish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "absolute": abs,
    "minimum": lambda x, c: min(x, float(c)),
    "prelu": lambda x, a: x if x > 0 else float(a) * x,
    "elu": lambda x, a: x if x > 0 else float(a) * (math.exp(x) - 1),
    "elu_inverse": lambda x, a: x if x > 0 else math.log(1 + x / float(a)),
    "swish": lambda x, b: x / (1 + math.exp(-float(b) * x)),
    "snake": lambda x, a: x + math.sin(float(a) * x) ** 2 / float(a),
    "squareplus": lambda x, b: (x + math.sqrt(x * x + float(b))) / 2,
    "squareplus_inverse": lambda y, b: y - float(b) / (4 * y),
    "softshrink": lambda x, c: x - min(max(x, -float(c)), float(c)),
    "hardshrink": lambda x, c: x if abs(x) > c else 0.0,
    "threshold": lambda x, c: x if x > c else 0.0,
    "negate": lambda x: -x,
    "scale": lambda x, c: float(c) * x,
    "shift": lambda x, c: x + float(c),
    "maximum": lambda x, c: max(x, float(c)),
    "power": lambda x, a: _power(x, a),
}
INVERSES: dict[str, Callable[..., Any]] = {
    "identity": FORMULAS["identity"],
    "exp": FORMULAS["ln"],
    "ln": FORMULAS["exp"],
    "tanh": FORMULAS["atanh"],
    "atanh": FORMULAS["tanh"],
    "sigmoid": FORMULAS["logit"],
    "logit": FORMULAS["sigmoid"],
    "softplus": FORMULAS["log_expm1"],
    "log_expm1": FORMULAS["softplus"],
    "softsign": FORMULAS["softsign_inverse"],
    "softsign_inverse": FORMULAS["softsign"],
    "sinh": FORMULAS["asinh"],
    "asinh": FORMULAS["sinh"],
    "expm1": FORMULAS["log1p"],
    "log1p": FORMULAS["expm1"],
    "cosh": FORMULAS["acosh"],
    "acosh": FORMULAS["cosh"],
    "bent_identity": FORMULAS["bent_identity_inverse"],
    "bent_identity_inverse": FORMULAS["bent_identity"],
    "absolute": FORMULAS["identity"],
    "prelu": lambda y, a: y if y > 0 else y / float(a),
    "elu": FORMULAS["elu_inverse"],
    "elu_inverse": FORMULAS["elu"],
    "squareplus": FORMULAS["squareplus_inverse"],
    "squareplus_inverse": FORMULAS["squareplus"],
    "negate": FORMULAS["negate"],
    "scale": lambda y, c: y / float(c),
    "shift": lambda y, c: y - float(c),
    "power": lambda y, a: _power(y, 1 / a),
}
"""By the entry that is undone; an even function on a branch below zero takes the other sign."""


def _power(x: float, a: Fraction) -> float:
    if x < 0:
        assert a.denominator % 2, "the real root of a negative number"
        return float((-1.0) ** (a.numerator % 2) * (-x) ** float(a))
    return float(x ** float(a))


def function_on(function: Function, x: float) -> float:
    """f(x) for one number: `function_on(then(exp, tanh), 0.0)` is tanh(1)."""
    for part in parts(function):
        match part.head:
            case Head.ATOM:
                x = FORMULAS[part.name](x, *(s.value for s in part.key[2:]))
            case Head.INVERSE:
                x = undo(part.key[1], part.key[2].hi <= 0, x)
            case Head.DEFINED:
                x = function_on(part.body, x)
            case _:
                raise AssertionError(f"{part} is a variable")
    return float(x)


def undo(function: Function, below: bool, y: float) -> float:
    """The x with f(x) = y, on the branch below zero if there are two."""
    for part in reversed(parts(function)):
        if part.head is Head.INVERSE:
            y = function_on(part.key[1], y)
            continue
        given = [s.value for s in part.key[2:]]
        y = INVERSES[part.name](y, *given)
        if below and (part.name in ("cosh", "absolute") or (part.name == "power" and given[0].numerator % 2 == 0)):
            y = -y
    return y


def apply_function(function: Function, x: Array) -> Array:
    """f on every entry."""
    values = [function_on(function, float(v)) for v in x.ravel()]
    return np.array(values, dtype=float).reshape(x.shape)


def matrix(weight: Weight, arrays: Mapping[str, Any]) -> Array:
    """A matrix term multiplied out."""
    match weight.head:
        case Head.WEIGHT:
            return np.asarray(arrays[weight.name], dtype=float)
        case Head.EYE:
            return np.eye(weight.rows.value or 0)
        case Head.ZERO:
            return np.zeros((weight.rows.value or 0, weight.columns.value or 0))
        case Head.CONSTANT:
            return np.asarray(arrays[constant_name(weight)], dtype=float)
        case Head.TIMES:
            return np.asarray(matrix(weight.key[1], arrays) @ matrix(weight.key[2], arrays))
        case Head.ROW:
            return np.concatenate([matrix(w, arrays) for w in weight.key[1:]], axis=1)
        case Head.ONES:
            return np.ones((weight.rows.value or 0, weight.columns.value or 0))
        case Head.SCALE:
            return float(weight.key[1].value) * np.eye(weight.rows.value or 0)
        case Head.DIAGONAL:
            return np.diag(vector(weight.key[1], arrays))
        case Head.MEMBER:
            given = np.asarray(arrays[weight.name], dtype=float)
            return np.diag(given) if given.ndim == 1 else given
        case Head.INVERTED:
            return np.asarray(np.linalg.inv(matrix(weight.key[1], arrays)))
        case _:
            return convolution_matrix(weight, matrix(weight.key[1], arrays))


def convolution_matrix(weight: Weight, kernel: Array) -> Array:
    """The matrix of a convolution, entry by entry from its definition."""
    sizes, window, stride, before, _, dilation, groups = weight.key[2:]
    rows, columns = weight.rows.value or 0, weight.columns.value or 0
    outputs, channels = rows // len(kernel), kernel.shape[1] // int(np.prod(window))
    places = [(n + b + a - d * (k - 1) - 1) // s + 1 for n, k, s, b, a, d in zip(*weight.key[2:-1], strict=True)]
    found = np.zeros((rows, columns))
    for o in range(len(kernel)):
        group = o // (len(kernel) // groups)
        for number, place in enumerate(np.ndindex(*places)):
            for entry, (c, *tap) in enumerate(np.ndindex(channels, *window)):
                at = [i * s + t * d - b for i, s, t, d, b in zip(place, stride, tap, dilation, before, strict=True)]
                if all(0 <= j < n for j, n in zip(at, sizes, strict=True)):
                    channel = group * channels + c
                    column = channel * int(np.prod(sizes)) + int(np.ravel_multi_index(at, sizes))
                    found[o * outputs + number, column] = kernel[o, entry]
    return found


def vector(bias: Vector, arrays: Mapping[str, Any]) -> Array:
    """A vector term added up."""
    match bias.head:
        case Head.VECTOR:
            return np.asarray(arrays[bias.name], dtype=float)
        case Head.ZERO_VECTOR:
            return np.zeros(bias.size.value or 0)
        case Head.ONES_VECTOR:
            return np.ones(bias.size.value or 0)
        case Head.INTEGERS:
            return np.asarray(arrays[bias.name], dtype=float)
        case Head.CONSTANT_VECTOR:
            return np.asarray(arrays[constant_name(bias)], dtype=float)
        case Head.APPLY:
            return np.asarray(matrix(bias.key[1], arrays) @ vector(bias.key[2], arrays))
        case _:
            return np.asarray(sum(vector(v, arrays) for v in bias.key[1:]))


def _layer(box: Mix, x: Array, arrays: Mapping[str, Any]) -> Array:
    w, b = matrix(box.weight, arrays), vector(box.bias, arrays)
    if box.chart is Function.atom("exp"):
        powers: Array = np.prod(x[..., None, :] ** w, axis=-1)
        return np.exp(b) * powers
    inner = np.vectorize(lambda v: undo(box.chart, False, v), otypes=[float])(x) if x.size else x
    return apply_function(box.chart, np.einsum("ij,...j->...i", w, inner) + b)


def boxes(diagram: Diagram) -> list[tuple[Box, tuple[int, ...]]]:
    """Every box and what it reads; types are not asked for."""
    wires = range(len(diagram.inputs), len(diagram.columns.op))
    return [(box_of(diagram.row(w)), diagram.columns.arguments(w)) for w in wires]


def run(diagram: Diagram, inputs: Sequence[Array], arrays: Mapping[str, Any]) -> tuple[Array, ...]:
    """The outputs of a diagram."""
    wires = [np.asarray(x, dtype=float) for x in inputs]
    for box, arguments in boxes(diagram):
        wires.append(value(box, [wires[a] for a in arguments], arrays))
    return tuple(wires[w] for w in diagram.outputs)


def value(box: Box, read: Sequence[Array], arrays: Mapping[str, Any]) -> Array:
    """What one box gives."""
    match box:
        case Map(f):
            return apply_function(f, read[0])
        case Mix():
            return _layer(box, read[0], arrays)
        case Pool(g, windows):
            inside = matrix(windows, arrays) > 0
            low = g is Function.atom("negate")
            beyond = np.inf if low else -np.inf
            met = np.where(inside, read[0][..., None, :], beyond)
            return np.asarray(met.min(axis=-1) if low else met.max(axis=-1))
        case Concat():
            return np.concatenate(read, axis=-1)
        case Slice(start, size):
            first, count = start.value, size.value
            assert first is not None
            assert count is not None
            return read[0][..., first : first + count]
        case Signed():
            return _signed(box, read[0], arrays)


def _signed(box: Signed, x: Array, arrays: Mapping[str, Any]) -> Array:
    """A signed layer by its definition, product by product."""
    w, p = matrix(box.weight, arrays), matrix(box.parity, arrays)
    b, c = vector(box.bias, arrays), vector(box.flip, arrays)
    sizes = np.prod(np.abs(x)[..., None, :] ** w, axis=-1)
    turns = np.prod(np.sign(x)[..., None, :] ** p, axis=-1)
    return np.asarray(np.exp(b) * (-1.0) ** c * turns * sizes)
