"""What a matrix does to an array, in three arithmetics: sums of products, log-sum-exp of sums, and maxima.

A matrix of a special form is never written out: a product acts factor by factor, a row of blocks block by block, a convolution on gathered
patches. The three differ only in how numbers are added up and in how a row of numbers meets one row of the matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from . import errors, layer_errors
from .product import product_factors
from .structured import Family, positions, taps
from .term import Head
from .weight import Weight

if TYPE_CHECKING:
    from .weight import Vector

__all__ = ["LogSums", "Maxima", "Sums", "acted"]


class Look(Protocol):
    """Where arrays come from."""

    xp: Any

    def array(self, term: Weight | Vector, shape: tuple[int | None, ...], x: Any) -> Any: ...
    def vector(self, vector: Vector, x: Any) -> Any: ...


class Arithmetic:
    """How components are added up."""

    pad: float
    """What a tap beyond the edge reads."""

    def __init__(self, xp: Any) -> None:
        self.xp = xp

    def total(self, x: Any) -> Any:
        """All components of the last axis in one."""
        raise NotImplementedError

    def joined(self, x: Any, y: Any) -> Any:
        """Two numbers in one."""
        raise NotImplementedError

    def scaled(self, x: Any, by: Any) -> Any:
        """A number times an entry of a matrix."""
        raise NotImplementedError

    def dense(self, x: Any, matrix: Any) -> Any:
        """The rows of a matrix (or of a stack of them) on the last axis."""
        raise NotImplementedError


class Sums(Arithmetic):
    """Σ_j w_ij x_j"""

    pad = 0.0

    def total(self, x: Any) -> Any:
        return self.xp.sum(x, axis=-1)

    def joined(self, x: Any, y: Any) -> Any:
        return x + y

    def scaled(self, x: Any, by: Any) -> Any:
        return x * by

    def dense(self, x: Any, matrix: Any) -> Any:
        return x @ self.xp.matrix_transpose(matrix)


class Bits(Sums):
    """Σ_j p_ij x_j modulo 2, with every entry reduced before it is added: exact while a row has fewer than 2^53 entries in float64"""

    def total(self, x: Any) -> Any:
        return super().total(x) % 2

    def scaled(self, x: Any, by: Any) -> Any:
        return x * (by % 2)

    def dense(self, x: Any, matrix: Any) -> Any:
        return super().dense(x, matrix % 2) % 2


class LogSums(Arithmetic):
    """ln Σ_j w_ij e^(x_j), every sum freed of its largest term first, so that nothing overflows"""

    pad = -math.inf

    def total(self, x: Any) -> Any:
        xp = self.xp
        top = xp.max(x, axis=-1, keepdims=True)
        free = xp.abs(top) < math.inf
        shift = xp.where(free, top, xp.zeros_like(top))
        total = xp.sum(xp.exp(xp.where(free, x, xp.zeros_like(x)) - shift), axis=-1)
        return xp.where(free[..., 0], xp.log(total) + shift[..., 0], top[..., 0])

    def joined(self, x: Any, y: Any) -> Any:
        return self.total(self.xp.stack([x, y], axis=-1))

    def scaled(self, x: Any, by: Any) -> Any:
        return x + self.xp.log(by)

    def dense(self, x: Any, matrix: Any) -> Any:
        held = matrix > 0
        logs = self.xp.log(self.xp.where(held, matrix, self.xp.ones_like(matrix)))
        below = self.xp.full_like(logs, -math.inf)
        return self.total(_met(x, self.xp.where(held, logs, below), lambda a, b: a + b))


class Maxima(Arithmetic):
    """max x_j over all j with w_ij > 0"""

    pad = -math.inf

    def total(self, x: Any) -> Any:
        return self.xp.max(x, axis=-1)

    def joined(self, x: Any, y: Any) -> Any:
        return self.xp.maximum(x, y)

    def scaled(self, x: Any, by: Any) -> Any:
        return x

    def dense(self, x: Any, matrix: Any) -> Any:
        below = self.xp.full_like(x[..., None, :], -math.inf)
        return self.total(_met(x, matrix > 0, lambda a, b: self.xp.where(b, a, below)))


def _met(x: Any, matrix: Any, join: Callable[[Any, Any], Any]) -> Any:
    """Every row of numbers with every row of the matrix: (.., n) and (m, n) give (.., m, n), stacks likewise."""
    return join(x[..., None, :], matrix[:, None] if matrix.ndim == 3 else matrix)


def acted(how: Arithmetic, look: Look, weight: Weight, x: Any) -> Any:
    """The matrix on the last axis of an array."""
    for factor in reversed(product_factors(weight)):
        x = _factor(how, look, factor, x)
    return x


def _factor(how: Arithmetic, look: Look, weight: Weight, x: Any) -> Any:
    match weight.head:
        case Head.EYE:
            return x
        case Head.ZERO:
            from array_api_compat import device

            place = {} if x.dtype == object else {"device": device(x)}
            return how.xp.full((*x.shape[:-1], _number(weight, "a zero matrix")), how.pad, dtype=x.dtype, **place)
        case Head.ONES:
            total = how.total(x)[..., None]
            return how.xp.broadcast_to(total, (*total.shape[:-1], _number(weight, "a matrix of ones")))
        case Head.SCALE:
            return how.scaled(x, _constant(how, x, weight.key[1]))
        case Head.DIAGONAL:
            return how.scaled(x, look.vector(weight.key[1], x))
        case Head.ROW:
            return _blocks(how, look, weight, x)
        case Head.CONVOLUTION:
            return _convolved(how, look, weight, x)
        case Head.MEMBER if weight.key[4] in (Family.SCALING, Family.SIGNS):
            return how.scaled(x, _checked(look, weight, x))
        case Head.INVERTED if weight.key[1].key[4] is Family.SCALING:
            return how.scaled(x, 1 / _checked(look, weight.key[1], x))
        case Head.INVERTED:
            return how.dense(x, how.xp.matrix_transpose(_checked(look, weight.key[1], x)))
        case Head.MEMBER:
            return how.dense(x, _checked(look, weight, x))
        case _:
            return how.dense(x, _fitting(look, weight, x))


def _number(weight: Weight, what: str) -> int:
    if weight.rows.value is None:
        raise errors.size_unknown(what)
    return weight.rows.value


def _constant(how: Arithmetic, x: Any, scalar: Any) -> Any:
    if scalar.value is None:
        raise errors.no_value(scalar.name)
    if x.dtype == object:
        return scalar.value.numerator / type(x.flat[0])(scalar.value.denominator) if x.size else 1
    return how.xp.full_like(x[..., :1], float(scalar.value))


def _fitting(look: Look, weight: Weight, x: Any) -> Any:
    matrix = look.array(weight, (weight.rows.value, weight.columns.value), x)
    if matrix.shape[1] != x.shape[-1]:
        raise errors.wrong_shape(weight.name, f"? × {x.shape[-1]}", tuple(matrix.shape))
    return matrix


def _checked(look: Look, member: Weight, x: Any) -> Any:
    """The array of a variable for a family of matrices, which must be one of them; diagonal ones are given by their diagonal."""
    family: Family = member.key[4]
    xp = look.xp
    if family in (Family.SCALING, Family.SIGNS):
        array = look.array(member, (member.rows.value,), x)
        fits = xp.all(array > 0) if family is Family.SCALING else xp.all(array * array == 1)
    else:
        array = _fitting(look, member, x)
        if family is Family.INTEGER:
            fits = xp.all(array % 1 == 0)
        else:
            fits = xp.all(array >= 0) & xp.all(xp.any(array > 0, axis=1))
        if family is Family.PERMUTATION:
            once = [xp.all(xp.sum(array, axis=axis) == 1) for axis in (0, 1)]
            fits = fits & xp.all((array == 0) | (array == 1)) & once[0] & once[1]
    if not bool(fits):
        raise layer_errors.not_of_family(member.name, family.value)
    return array


def _blocks(how: Arithmetic, look: Look, weight: Weight, x: Any) -> Any:
    start, total = 0, None
    for block in weight.key[1:]:
        size = block.columns.value
        if size is None:
            size = x.shape[-1] // (len(weight.key) - 1)  # blocks of one variable size
        if block.head is not Head.ZERO or (total is None and block is weight.key[-1]):
            part = acted(how, look, block, x[..., start : start + size])
            total = part if total is None else how.joined(total, part)
        start += size
    return total


# --- convolutions ---


@lru_cache(maxsize=256)
def _patches(geometry: tuple[Any, ...], channels: int) -> Any:
    """For every group, output position, channel of the group and tap the input that is read; behind the last input stands the padding."""
    import numpy as np

    sizes, *_, groups = geometry
    read = np.zeros((1, 1), dtype=np.int64)
    for axis in zip(*geometry[:-1], strict=True):
        here = np.array(taps(*axis), dtype=np.int64)
        beyond = (read[:, None, :, None] < 0) | (here[None, :, None, :] < 0)
        both = read[:, None, :, None] * axis[0] + here[None, :, None, :]
        read = np.where(beyond, -1, both).reshape(read.shape[0] * here.shape[0], -1)
    area, count = math.prod(sizes), channels * groups * math.prod(sizes)
    offsets = (np.arange(channels * groups) * area).reshape(groups, 1, channels, 1)
    index = np.where(read[None, :, None, :] < 0, count, read[None, :, None, :] + offsets)
    return index.reshape(groups, read.shape[0], channels * read.shape[1])


def _convolved(how: Arithmetic, look: Look, weight: Weight, x: Any) -> Any:
    from array_api_compat import device

    xp, kernel, geometry = how.xp, weight.key[1], weight.key[2:]
    groups, outputs = geometry[-1], kernel.rows.value
    index = _patches(geometry, kernel.columns.value // math.prod(geometry[1]))
    padded = xp.concat([x, xp.full_like(x[..., :1], how.pad)], axis=-1)
    flat = xp.asarray(index.reshape(-1), device=device(x)) if x.dtype != object else index.reshape(-1)
    patches = xp.reshape(xp.take(padded, flat, axis=-1), (*x.shape[:-1], *index.shape))
    if kernel.head is Head.ONES:
        y = xp.broadcast_to(
            how.total(patches)[..., None, :], (*x.shape[:-1], groups, outputs // groups, index.shape[1])
        )
    else:
        matrix = _written_out(how, look, kernel, x)
        stack = xp.reshape(matrix, (groups, outputs // groups, matrix.shape[1]))
        y = xp.moveaxis(how.dense(patches, stack), -1, -2)
    return xp.reshape(y, (*x.shape[:-1], outputs * index.shape[1]))


def _written_out(how: Arithmetic, look: Look, weight: Weight, x: Any) -> Any:
    """All entries of a matrix."""
    if weight.head in (Head.WEIGHT, Head.CONSTANT):
        return look.array(weight, (weight.rows.value, weight.columns.value), x)
    from array_api_compat import device

    unit = how.xp.eye(weight.columns.value, dtype=x.dtype, device=device(x)) if x.dtype != object else _unit(weight, x)
    unit = unit * (x.flat[0] * 0 + 1) if x.dtype == object and x.size else unit
    return how.xp.matrix_transpose(acted(Sums(how.xp), look, weight, unit))


def _unit(weight: Weight, x: Any) -> Any:
    import numpy as np

    return np.eye(weight.columns.value or 0, dtype=object)


def outputs_of(geometry: Sequence[Any]) -> int:
    """How many output positions a convolution has."""
    return math.prod(positions(*geometry[:-1]))
