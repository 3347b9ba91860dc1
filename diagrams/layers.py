"""The usual layers, made of the boxes that are there: a matrix in a chart, maps, bundles.

`chart=exp` gives the multiplicative reading of a word, with the same weights: products for sums, geometric means for means, x·F(x) for
x + F(x). What a layer reads beyond an edge, or behind a mask, is then 1 instead of 0. Dropout in evaluation mode is a bare `wire`; with a given mask m
it is `mix(chart, diagonal(m))`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from . import errors, layer_errors
from .activations import exp, identity, ln, prelu, silu
from .build import add, concat, mix, mul, residual, sequence, wire
from .diagram import Diagram
from .function import Function
from .image import domain
from .product import apply
from .space import positive
from .structured import convolution, diagonal, inverted, multiple, ones, positions, scaling
from .term import Head
from .trace import Wire, diagram
from .weight import Scalar, Size, Vector, Weight, _size, eye, row

__all__ = [
    "batch_norm",
    "centred",
    "conv",
    "each",
    "log_softmax",
    "log_sum_exp",
    "meanpool",
    "normalise",
    "prelu_each",
    "softmax",
    "sum_of_products",
    "swish_each",
]

Sized = int | str | Size
Shape = Sized | Sequence[int]
Counts = int | Sequence[int]


# --- along an axis ---


def _gather(shape: Shape, axis: int) -> Weight:
    """The matrix that adds up along one axis of a tensor of this shape; one row for every place of the other axes."""
    groups, size, places = _parted(shape, axis)
    if isinstance(shape, int | str | Size):
        return ones(1, size)
    return convolution(ones(groups, size), [places], [1], groups=groups)


def _spread(shape: Shape, axis: int) -> Weight:
    """The matrix that repeats every place of the other axes along this one."""
    groups, size, places = _parted(shape, axis)
    if isinstance(shape, int | str | Size):
        return ones(size, 1)
    return convolution(ones(groups * size, 1), [places], [1], groups=groups)


def _parted(shape: Shape, axis: int) -> tuple[int, Any, int]:
    """How many groups before the axis, its size, how many places after it."""
    given: Any = shape
    if isinstance(given, int | str | Size) or not hasattr(given, "__len__"):
        size = _size(given)
        if size.constant < 1:
            raise layer_errors.maybe_no_component(size)
        return 1, size, 1
    try:
        sizes, axis = [operator.index(n) for n in given], operator.index(axis)
    except TypeError:
        raise layer_errors.no_shape(shape, axis) from None
    if not -len(sizes) <= axis < len(sizes):
        raise layer_errors.no_such_axis(axis, len(sizes))
    axis %= len(sizes)
    return math.prod(sizes[:axis]), sizes[axis], math.prod(sizes[axis + 1 :])


def log_sum_exp(shape: Shape, axis: int = -1) -> Diagram:
    """ln Σ_j e^(x_j) along one axis: the layer of ones in the chart ln, run without overflow.

    >>> print(log_sum_exp(3))
    mix(ln, 𝟙)
    """
    return mix(ln, _gather(shape, axis))


def log_softmax(shape: Shape, axis: int = -1) -> Diagram:
    """x_i - ln Σ_j e^(x_j) along one axis.

    >>> print(log_softmax(3))
    x + (mix(ln, 𝟙) ; add(-𝟙))(x)
    """
    return residual(log_sum_exp(shape, axis) >> add(-_spread(shape, axis)))


def softmax(shape: Shape, axis: int = -1) -> Diagram:
    """e^(x_i) / Σ_j e^(x_j) along one axis, run as exp of `log_softmax`: never 0/0, never inf/inf.

    `softmax(10)`, `softmax((8, 16, 16), axis=0)`; a size that is not a number must be at least 1, as `Size("n") + Size(1)`.
    The type of the result is (0, ∞): that no component passes 1 is true, but not read off the boxes.

    >>> import numpy as np
    >>> softmax(3)(np.array([1000.0, 1000.0, 1000.0 + np.log(2)])).round(12)
    array([0.25, 0.25, 0.5 ])
    """
    return sequence([log_softmax(shape, axis), exp])


def normalise(shape: Shape, axis: int = -1) -> Diagram:
    """y_i / Σ_j y_j along one axis of positive wires: what softmax is to logarithms.

    >>> print(normalise(3))
    x * (add(𝟙) ; mul(-𝟙))(x)
    """
    total = _gather(shape, axis)
    part = wire(total.columns, positive) >> add(total) >> mul(-_spread(shape, axis))
    return residual(part, chart=exp)


def centred(shape: Shape, axis: int = -1, *, chart: Function = identity) -> Diagram:
    """x minus the mean along one axis; with `chart=exp` y divided by the geometric mean.

    >>> import numpy as np
    >>> centred(2)(np.array([1.0, 3.0])), centred(2, chart=exp)(np.array([1.0, 4.0])).round(12)
    (array([-1.,  1.]), array([0.5, 2. ]))
    """
    size = _parted(shape, axis)[1]
    count = size.value if isinstance(size, Size) else size
    if count is None:
        raise errors.size_unknown("a mean")
    mean = Fraction(-1, count) * _spread(shape, axis) @ _gather(shape, axis)
    return residual(mix(chart, mean), chart=chart)


# --- images ---


def conv(
    kernel_weights: Weight | str,
    inputs: int,
    outputs: int,
    sizes: Sequence[int],
    kernel: Counts,
    *,
    stride: Counts = 1,
    padding: int | Sequence[int] | Sequence[tuple[int, int]] = 0,
    dilation: Counts = 1,
    groups: int = 1,
    bias: Vector | str | None = None,
    chart: Function = identity,
) -> Diagram:
    """A convolution from `inputs` to `outputs` channels, with one bias a channel; `sizes` are those of one input channel (1 to 3 axes).

    Wires hold channels, then positions, row-major. The weight has shape (outputs, inputs / groups · taps): torch's, with its last axes
    flattened. With `chart=exp` it multiplies powers, and padding counts as 1.

    >>> import numpy as np
    >>> blur = conv("K", 1, 1, [4], 2)
    >>> blur(np.array([1.0, 2.0, 3.0, 4.0]), K=np.array([[1.0, 1.0]]))
    array([3., 5., 7.])
    """
    kernel = (kernel,) * len(sizes) if isinstance(kernel, int) else tuple(kernel)
    taps = math.prod(kernel)
    if inputs % groups or outputs % groups:
        raise layer_errors.bad_groups(inputs, outputs, groups)
    if isinstance(kernel_weights, str):
        kernel_weights = Weight(kernel_weights, outputs, inputs // groups * taps)
    matrix = convolution(
        kernel_weights, sizes, kernel, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    if bias is None:
        return mix(chart, matrix)
    vector = Vector(bias, outputs) if isinstance(bias, str) else bias
    return mix(chart, matrix, _per_channel(vector, math.prod(positions(*matrix.key[2:-1]))))


def _per_channel(vector: Vector, places: int) -> Vector:
    """A vector of channels, repeated at every position."""
    if places == 1:
        return vector
    channels = vector.size.value
    if channels is None:
        raise errors.size_unknown("a number of channels")
    return apply(_spread((channels, places), 1), vector)


def meanpool(windows: Weight, *, chart: Function = identity) -> Diagram:
    """The mean of every window; with `chart=exp` the geometric mean. Padding counts, as 0 (and as 1).

    >>> import numpy as np
    >>> from sigmaprime.diagrams import windows
    >>> meanpool(windows([4], [2], stride=2))(np.array([1.0, 5.0, 2.0, 0.0]))
    array([3., 1.])
    """
    if not isinstance(windows, Weight):
        raise errors.bad_weight(windows)
    kernel = windows.key[1] if windows.head is Head.CONVOLUTION else windows
    count = kernel.fold
    if not count:
        raise layer_errors.no_count(windows)
    return mix(chart, (1 / count) * windows)


def batch_norm(
    scale: Vector | str, shift: Vector | str, channels: Sized, *, places: int = 1, chart: Function = identity
) -> Diagram:
    """v·x + b, one v and b a channel, at `places` positions each: batch normalisation in evaluation mode.

    In the terms of training: v = γ/√(variance + ε), b = β - mean·v. With `chart=exp` e^b·y^v.

    >>> print(batch_norm("v", "b", 3))
    add(diag(v), b)
    """
    v, b = (Vector(w, channels) if isinstance(w, str) else w for w in (scale, shift))
    return mix(chart, diagonal(_per_channel(v, places)), _per_channel(b, places))


# --- one function for every component ---


def each(*functions: Function, places: int = 1) -> Diagram:
    """The i-th function on the i-th component (of a channel: on its `places` positions).

    >>> from sigmaprime.diagrams import relu, tanh
    >>> print(each(relu, tanh))
    concat((slice(0, 1) ; relu)(x), (slice(1, 1) ; tanh)(x))
    """
    if not functions:
        raise errors.empty_sequence()
    takes = [domain(f) for f in functions]
    on = takes[0]
    for other in takes[1:]:
        common = on.meet(other)
        if common is None:
            raise layer_errors.no_common_domain(functions)
        on = common

    def bundle(x: Wire) -> Any:
        done = []
        for f in functions[:-1]:
            done.append(f(x[:places]))
            x = x[places:]
        last = functions[-1](x)
        for part in reversed(done):
            last = concat(part, last)
        return last

    return diagram(wire(len(functions) * places, on))(bundle)


def prelu_each(name: str, size: int, *, places: int = 1) -> Diagram:
    """PReLU with a slope a > 0 of its own for every component or channel: scalar variables `a0`, `a1`, .. for the name a."""
    return each(*(prelu(Scalar(f"{name}{i}", positive)) for i in range(size)), places=places)


def swish_each(name: str, size: Sized, *, chart: Function = identity) -> Diagram:
    """x·sigmoid(β·x) with a β > 0 of its own for every component: β ; silu ; 1/β, with β a positive diagonal.

    With `chart=exp` the name is that of ln β, and both scalings are biases in log coordinates: e^b·x ; silu ; e^(-b)·x, on positive wires.

    >>> print(swish_each("B", 3))
    add(B) ; silu ; add(B⁻¹)
    >>> print(swish_each("b", 3, chart=exp))
    mul(I, b) ; silu ; mul(I, -b)
    """
    if chart is identity:
        D = scaling(name, size)
        return sequence([add(D), silu, add(inverted(D))])
    if chart is not exp:
        raise layer_errors.two_charts(chart)
    b = Vector(name, size)
    back = apply(multiple(-1, b.size), b)
    return sequence([mul(eye(b.size), b), silu, mul(eye(b.size), back)])


# --- sums of products ---


def sum_of_products(
    weights: Sequence[Weight | str],
    inputs: Sized,
    outputs: Sized,
    *,
    factors: Sequence[Vector | Weight | str] | None = None,
) -> Diagram:
    """y_i = Σ_k v_ik ∏_j x_j^(W_k)_ij: one matrix of exponents a term, and v of any sign; without `factors` all v are 1.

    A factor that is a `scaling("V1", outputs)` is positive; when all are (or none is given) y is positive, and in log coordinates the sum is a log-sum-exp.

    >>> print(sum_of_products(["A", "B"], 3, 2, factors=["u", "v"]))
    add([diag(u) diag(v)])(mul(A)(x), mul(B)(x))
    """
    terms = [Weight(w, outputs, inputs) if isinstance(w, str) else w for w in weights]
    if not terms or (factors is not None and len(factors) != len(terms)):
        raise layer_errors.wrong_factors(len(terms), len(factors or ()))
    given = factors or [eye(outputs)] * len(terms)
    blocks = [_factor(f, outputs) for f in given]

    def summed(x: Wire) -> Any:
        products = [mul(W)(x) for W in terms]
        if len(products) == 1:
            return add(blocks[0])(products[0])
        return add(row(*blocks))(concat(*products))

    return diagram(wire(terms[0].columns, positive))(summed)


def _factor(factor: Vector | Weight | str, outputs: Sized) -> Weight:
    if isinstance(factor, Weight):
        return factor
    return diagonal(Vector(factor, outputs) if isinstance(factor, str) else factor)
