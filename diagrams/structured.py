"""Matrices of a special form: multiples of the unit, diagonals, all ones, convolutions, and variables for all matrices of a family."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from enum import Enum
from fractions import Fraction
from typing import Any

from . import errors, layer_errors
from .space import positive
from .term import Head, builder
from .weight import Cone, Facts, Scalar, Size, Vector, Weight, _size, check_weight_name, eye, facts, zero

__all__ = [
    "Family",
    "belongs",
    "convolution",
    "diagonal",
    "integer",
    "inverse_of",
    "inverted",
    "mixing",
    "multiple",
    "ones",
    "permutation",
    "scaling",
    "signs",
    "taps",
    "windows",
]

Sized = int | str | Size
Counts = tuple[int, ...]


# --- multiples, diagonals, ones ---


@builder(Head.SCALE)
def multiple(scalar: Scalar | Fraction | float | str, size: Sized) -> Weight:
    """c·I: the unit matrix times a number or a scalar variable. `2 * W` is `times(multiple(2, W.rows), W)`.

    >>> from sigmaprime.diagrams import Weight
    >>> print(multiple(2, 3), -1 * Weight("W", 3, 3))
    2·I -W
    """
    c, n = Scalar.of(scalar), _size(size)
    if c.value == 1:
        return eye(n)
    if c.value == 0:
        return zero(n, n)
    weight: Weight = Weight.intern(Head.SCALE, c, n)
    return weight


@facts(Head.SCALE)
def _of_scale(c: Scalar, size: Size) -> Facts:
    above = c.value > 0 if c.value is not None else positive.contains(c.key[2])
    return size, size, c.value if above else None, Cone.FULL if above else Cone.UNKNOWN


@builder(Head.DIAGONAL)
def diagonal(vector: Vector) -> Weight:
    """The diagonal matrix of a vector."""
    if not isinstance(vector, Vector):
        raise layer_errors.no_diagonal(vector)
    if vector.is_zero:
        return zero(vector.size, vector.size)
    if vector.key[0] is Head.ONES_VECTOR:
        return eye(vector.size)
    weight: Weight = Weight.intern(Head.DIAGONAL, vector)
    return weight


@facts(Head.DIAGONAL)
def _of_diagonal(vector: Vector) -> Facts:
    return vector.size, vector.size, None, Cone.UNKNOWN


@builder(Head.ONES)
def ones(rows: Sized, columns: Sized) -> Weight:
    """The matrix of ones: `add(ones(1, n))` is the sum of all components, `mul(ones(1, n))` their product."""
    weight: Weight = Weight.intern(Head.ONES, _size(rows), _size(columns))
    return weight


@facts(Head.ONES)
def _of_ones(rows: Size, columns: Size) -> Facts:
    return rows, columns, columns.value, Cone.FULL if columns.constant >= 1 else Cone.NONNEGATIVE


@facts(Head.TIMES)
def _of_product(left: Weight, right: Weight) -> Facts:
    fold = None if left.fold is None or right.fold is None else left.fold * right.fold
    return left.rows, right.columns, fold, min(left.cone, right.cone)


# --- variables for a family of matrices ---


class Family(Enum):
    """What the matrices that a variable stands for have in common."""

    PERMUTATION = "permutation"
    """One 1 in every row and every column, else 0."""
    SCALING = "scaling"
    """Diagonal with positive entries."""
    SIGNS = "signs"
    """Diagonal with entries 1 and -1."""
    MIXING = "mixing"
    """No negative entry and no zero row."""
    INTEGER = "integer"
    """Integer entries."""


@builder(Head.MEMBER)
def _member(name: str, rows: Size, columns: Size, family: Family) -> Weight:
    check_weight_name(name)
    if family not in (Family.MIXING, Family.INTEGER) and rows is not columns:
        raise layer_errors.not_square(family.value, rows, columns)
    if family is Family.MIXING and columns.constant < 1:
        raise layer_errors.maybe_empty(name, columns)
    weight: Weight = Weight.intern(Head.MEMBER, name, rows, columns, family)
    return weight


@facts(Head.MEMBER)
def _of_member(name: str, rows: Size, columns: Size, family: Family) -> Facts:
    return (
        rows,
        columns,
        1 if family is Family.PERMUTATION else None,
        (Cone.UNKNOWN if family in (Family.SIGNS, Family.INTEGER) else Cone.FULL),
    )


def permutation(name: str, size: Sized) -> Weight:
    """A variable for any permutation matrix."""
    return _member(name, _size(size), _size(size), Family.PERMUTATION)


def scaling(name: str, size: Sized) -> Weight:
    """A variable for any diagonal matrix with positive entries."""
    return _member(name, _size(size), _size(size), Family.SCALING)


def signs(name: str, size: Sized) -> Weight:
    """A variable for any diagonal matrix with entries 1 and -1."""
    return _member(name, _size(size), _size(size), Family.SIGNS)


def mixing(name: str, rows: Sized, columns: Sized) -> Weight:
    """A variable for any matrix without negative entries and zero rows: what keeps positive vectors positive.

    Every variable has a value, so the number of columns is one that is never 0: `3`, or `Size("n") + Size(1)`.
    """
    return _member(name, _size(rows), _size(columns), Family.MIXING)


def integer(name: str, rows: Sized, columns: Sized) -> Weight:
    """A variable for any matrix of integers: the parities of a signed layer."""
    return _member(name, _size(rows), _size(columns), Family.INTEGER)


def belongs(weight: Weight, family: Family) -> bool:
    """Whether a matrix is known to be of the family."""
    if family is Family.MIXING:
        return weight.cone is Cone.FULL
    if family is Family.INTEGER:
        return weight.integral
    factors = [weight]
    while factors[-1].key[0] is Head.TIMES:
        factors[-1:] = factors[-1].key[1:]
    return all(_factor_belongs(f, family) for f in factors)


def _factor_belongs(factor: Weight, family: Family) -> bool:
    match factor.key[0]:
        case Head.EYE:
            return True
        case Head.MEMBER:
            return factor.key[4] is family
        case Head.INVERTED:
            return _factor_belongs(factor.key[1], family)
        case Head.SCALE if family is Family.SCALING:
            return factor.cone is Cone.FULL
        case Head.SCALE:
            return family is Family.SIGNS and factor.key[1].value == -1
        case _:
            return False


@builder(Head.INVERTED)
def inverted(weight: Weight) -> Weight:
    """The inverse of a permutation, a scaling or signs; raises `IllTyped` for any other matrix."""
    from .product import product_factors, times

    if not isinstance(weight, Weight):
        raise errors.bad_weight(weight)
    result = eye(weight.columns)
    for factor in product_factors(weight):
        one = inverse_of(factor)
        if one is None:
            raise layer_errors.no_inverse_matrix(weight)
        result = times(one, result)
    return result


def inverse_of(factor: Weight) -> Weight | None:
    """The inverse of one factor of a product, None if none is known."""
    match factor.key[0]:
        case Head.EYE:
            return factor
        case Head.INVERTED:
            inner: Weight = factor.key[1]
            return inner
        case Head.SCALE if factor.key[1].value is not None:
            return multiple(1 / factor.key[1].value, factor.rows)
        case Head.MEMBER if factor.key[4] is Family.SIGNS:
            return factor
        case Head.MEMBER if factor.key[4] in (Family.PERMUTATION, Family.SCALING):
            found: Weight = Weight.intern(Head.INVERTED, factor)
            return found
        case _:
            return None


@facts(Head.INVERTED)
def _of_inverted(weight: Weight) -> Facts:
    return weight.rows, weight.columns, weight.fold, weight.cone


# --- convolutions ---


def convolution(
    kernel_weights: Weight,
    sizes: Sequence[int],
    kernel: Sequence[int],
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | Sequence[tuple[int, int]] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Weight:
    """The matrix of a convolution (as in `torch.nn.Conv1d` to `Conv3d`) with the entries of a weight of shape (out channels, channels per group · taps).

    Wires hold channels, then positions, row-major: an image (c, h, w) flattened. Padding reads nothing: 0 in an additive layer, 1 in a
    multiplicative one. With `ones(1, k)` as kernel and groups = channels it is the windows of a pool.

    >>> from sigmaprime.diagrams import Weight
    >>> edges = convolution(Weight("K", 4, 9), [28, 28], [3, 3], padding=1)
    >>> edges.columns, edges.rows
    (Size(784), Size(3136))
    """
    if not isinstance(kernel_weights, Weight):
        raise errors.bad_weight(kernel_weights)
    try:
        d = len(sizes)
        places, taken, steps, spread = (_each(value, d) for value in (sizes, kernel, stride, dilation))
        around: Any = padding
        if isinstance(around, str) or not hasattr(around, "__len__"):
            before = after = _each(around, d)
        else:
            pairs = [_each(p, 2) for p in around]
            before, after = tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)
        return _convolution(kernel_weights, places, taken, steps, before, after, spread, operator.index(groups))
    except (TypeError, IndexError):
        raise layer_errors.bad_geometry((sizes, kernel, stride, padding, dilation), groups) from None


def _each(value: Any, count: int) -> Counts:
    """A number for every axis, or those that are given; NumPy's integers are numbers too."""
    given = value if hasattr(value, "__len__") else (value,) * count
    return tuple(operator.index(n) for n in given)


def windows(
    sizes: Sequence[int],
    kernel: Sequence[int],
    *,
    channels: int = 1,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | Sequence[tuple[int, int]] = 0,
    dilation: int | Sequence[int] = 1,
) -> Weight:
    """The windows of a pool, each on one channel: a matrix of 0 and 1. Padding is in no window, so it counts as -oo for a maximum.

    >>> windows([28, 28], [2, 2], channels=3, stride=2).rows
    Size(588)
    """
    each = ones(channels, math.prod(kernel) if hasattr(kernel, "__len__") else 1)
    return convolution(each, sizes, kernel, stride=stride, padding=padding, dilation=dilation, groups=channels)


@builder(Head.CONVOLUTION)
def _convolution(
    weight: Weight,
    sizes: Counts,
    kernel: Counts,
    stride: Counts,
    before: Counts,
    after: Counts,
    dilation: Counts,
    groups: int,
) -> Weight:
    geometry = (sizes, kernel, stride, before, after, dilation)
    least = (1, 1, 1, 0, 0, 1)
    whole = all(type(n) is int and n >= low for part, low in zip(geometry, least, strict=True) for n in part)
    if not whole or type(groups) is not int or groups < 1 or not 1 <= len(sizes) <= 3:
        raise layer_errors.bad_geometry(geometry, groups)
    if len({len(part) for part in geometry}) != 1:
        raise layer_errors.bad_geometry(geometry, groups)
    if any(n < 1 for n in positions(sizes, kernel, stride, before, after, dilation)):
        raise layer_errors.empty_output(sizes, kernel)
    rows, columns = weight.rows.value, weight.columns.value
    if rows is None or columns is None or rows % groups or columns % math.prod(kernel):
        raise layer_errors.bad_kernel(weight, kernel, groups)
    made: Weight = Weight.intern(Head.CONVOLUTION, weight, *geometry, groups)
    return made


def positions(sizes: Counts, kernel: Counts, stride: Counts, before: Counts, after: Counts, dilation: Counts) -> Counts:
    """The number of outputs along every axis."""
    axes = zip(sizes, kernel, stride, before, after, dilation, strict=True)
    return tuple((n + b + a - d * (k - 1) - 1) // s + 1 for n, k, s, b, a, d in axes)


def taps(size: int, kernel: int, stride: int, before: int, after: int, dilation: int) -> list[list[int]]:
    """For every output along one axis the inputs that its taps read; -1 for the padding."""
    (count,) = positions((size,), (kernel,), (stride,), (before,), (after,), (dilation,))
    read = [[i * stride + t * dilation - before for t in range(kernel)] for i in range(count)]
    return [[j if 0 <= j < size else -1 for j in row] for row in read]


def _inside(size: int, kernel: int, stride: int, before: int, after: int, dilation: int) -> bool:
    """Every output has a tap inside: the first and the last one reach it, and none steps over it."""
    (count,) = positions((size,), (kernel,), (stride,), (before,), (after,), (dilation,))
    reaches = before <= dilation * (kernel - 1) and (count - 1) * stride - before < size
    return reaches and (before == 0 or dilation <= size)


@facts(Head.CONVOLUTION)
def _of_convolution(weight: Weight, *geometry: Any) -> Facts:
    sizes, kernel, _, before, after, *_ = geometry
    tapped = math.prod(kernel)
    height, width = weight.rows.value or 0, weight.columns.value or 0
    rows = Size(height * math.prod(positions(*geometry[:-1])))
    columns = Size(width // tapped * geometry[-1] * math.prod(sizes))
    if weight.key[0] is not Head.ONES:
        return rows, columns, None, min(weight.cone, Cone.NONNEGATIVE)
    padded = any(before) or any(after)
    inside = width > 0 and all(map(_inside, *geometry[:-1]))
    return rows, columns, None if padded else weight.fold, Cone.FULL if inside else Cone.NONNEGATIVE
