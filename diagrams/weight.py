"""Sizes, scalars, weights and vectors: what a layer is parameterised by.

Weights in a diagram are *variables*; their arrays live beside the diagram. Products and sums are in `product.py`, matrices of a special
form (diagonal, convolution, permutation, ..) in `structured.py`.
"""

from __future__ import annotations

import hashlib
import operator
import re
from collections.abc import Callable, Mapping
from enum import IntEnum
from fractions import Fraction
from typing import Any

from . import errors
from .space import Interval, exact, reals
from .term import Head, Term, builder

__all__ = [
    "Cone",
    "Scalar",
    "Size",
    "Vector",
    "Weight",
    "check_name",
    "constant",
    "constant_name",
    "constant_vector",
    "eye",
    "row",
    "zero",
]


RESERVED = r""";=,|()[]{}"\·#?×"""
NAME = re.compile(rf"(?![-+0-9])[^ {re.escape(RESERVED)}]{{1,200}}")


def check_name(name: object) -> None:
    """Refuse a name that could be taken for something else in a claim; names of modules such as `layers.0.weight` are fine."""
    if not isinstance(name, str) or not NAME.fullmatch(name) or not name.isprintable():
        raise errors.bad_name(name, RESERVED)


def check_weight_name(name: object) -> None:
    """Refuse besides what texts call matrices that are no variables."""
    check_name(name)
    if name in ("I", "𝟙"):
        raise errors.known_matrix(name)


class Size(Term):
    """A number of components: `Size(3)`, a name `Size("n")`, or a sum of such.

    >>> Size("n") + Size(2) + Size("n")
    Size(2) + Size("n") + Size("n")
    >>> Size(5) - Size(2)
    Size(3)
    """

    __slots__ = ()

    def __new__(cls, value: int | str) -> Size:
        if isinstance(value, str):
            return cls.of(0, {value: 1})
        try:
            number = operator.index(value)  # NumPy's ints too, but no float and no bool
        except TypeError:
            raise errors.bad_size(value) from None
        if number < 0 or isinstance(value, bool):
            raise errors.negative_size(value)
        return cls.of(number, {})

    @classmethod
    def anonymous(cls, number: int) -> Size:
        """A size without a name; it is renamed apart wherever diagrams meet and never printed."""
        return cls.of(0, {number: 1})

    @classmethod
    def of(cls, constant: int, factors: Mapping[str | int, int]) -> Size:
        named = sorted(n for n in factors if isinstance(n, str))
        unnamed: list[str | int] = sorted(n for n in factors if isinstance(n, int))
        size: Size = cls.intern(Head.SIZE, constant, *((n, factors[n]) for n in unnamed + named if factors[n]))
        return size

    def _complete(self) -> None:
        for name, _ in self.key[2:]:
            if type(name) is not int:
                check_name(name)
        self.closed = len(self.key) == 2
        self.unnamed = any(isinstance(name, int) for name, _ in self.key[2:])

    @property
    def constant(self) -> int:
        value: int = self.key[1]
        return value

    @property
    def factors(self) -> dict[str | int, int]:
        return dict(self.key[2:])

    @property
    def value(self) -> int | None:
        """The number, None if a name occurs."""
        return self.constant if self.closed else None

    @property
    def variable(self) -> str | int | None:
        """The name, if this is one name alone."""
        if self.constant == 0 and len(self.key) == 3 and self.key[2][1] == 1:
            name: str | int = self.key[2][0]
            return name
        return None

    def __add__(self, other: Size) -> Size:
        factors = self.factors
        for name, k in other.key[2:]:
            factors[name] = factors.get(name, 0) + k
        return Size.of(self.constant + other.constant, factors)

    def minus(self, other: Size) -> Size | None:
        """self - other, None if it could be negative."""
        factors = self.factors
        for name, k in other.key[2:]:
            factors[name] = factors.get(name, 0) - k
        constant = self.constant - other.constant
        return Size.of(constant, factors) if constant >= 0 and all(k >= 0 for k in factors.values()) else None

    def __sub__(self, other: Size) -> Size:
        difference = self.minus(other)
        if difference is None:
            raise errors.size_too_small(self, other)
        return difference

    def replaced(self, theta: Mapping[Any, Any]) -> Size:
        """The sum with its names replaced."""
        if not any(Size.of(0, {name: 1}) in theta for name, _ in self.key[2:]):
            return self
        total = Size(self.constant)
        for name, k in self.key[2:]:
            part = theta.get(Size.of(0, {name: 1}), Size.of(0, {name: 1}))
            for _ in range(k):
                total = total + part
        return total


class Scalar(Term):
    """An exact real parameter: `Scalar("a")` is a variable, `Scalar.of("1/3")` a number."""

    __slots__ = ()

    def __new__(cls, name: str, interval: Interval = reals) -> Scalar:
        return _scalar(name, interval)

    @classmethod
    def of(cls, value: Scalar | Fraction | float | str) -> Scalar:
        """The exact number; a float is the double that it is."""
        if isinstance(value, Scalar):
            return value
        try:
            return _rational(exact(value))
        except ValueError:
            raise errors.not_exact(value) from None

    @property
    def value(self) -> Fraction | None:
        """The number, None for a variable."""
        return self.key[1] if self.key[0] is Head.RATIONAL else None

    @property
    def name(self) -> str:
        return str(self.key[1])


class Cone(IntEnum):
    """What is known about the signs of a matrix."""

    UNKNOWN = 0
    NONNEGATIVE = 1
    """No entry is negative."""
    FULL = 2
    """Nor is any row zero: positive vectors stay positive."""


class Weight(Term):
    """A matrix with `rows` outputs and `columns` inputs (as in `torch.nn.Linear`): `Weight("W", 3, 2)` is a variable.

    `-W` and `2 * W` are multiples, `A @ B` is the product.
    """

    __slots__ = ("columns", "cone", "fold", "integral", "rows")
    rows: Size
    columns: Size
    fold: Fraction | None
    """k, if no entry is negative and every row has the sum k; None if that is not known."""
    cone: Cone
    integral: bool
    """All entries are known to be integers."""

    def __new__(cls, name: str, rows: int | str | Size, columns: int | str | Size) -> Weight:
        return _weight(name, _size(rows), _size(columns))

    @classmethod
    def digest(cls, dtype: str, rows: int, columns: int, sha256: str) -> Weight:
        """A constant by the digest of its bytes, without the array itself."""
        return _constant(dtype, Size(rows), Size(columns), sha256)

    @property
    def name(self) -> str:
        return str(self.key[1])

    def _complete(self) -> None:
        self.closed = self.closed or self.key[0] is Head.CONSTANT
        self.rows, self.columns, fold, self.cone = FACTS[self.key[0]](*self.key[1:])
        self.fold = None if fold is None or _large(Fraction(fold)) else Fraction(fold)
        self.integral = _integral(self.key)

    def _numbered(self) -> None:
        if self.fold is not None or self.cone:
            STRUCTURED.add(self.id)

    def __neg__(self) -> Weight:
        return -1 * self

    def __rmul__(self, scalar: Scalar | Fraction | float | str) -> Weight:
        from .product import times
        from .structured import multiple

        return times(multiple(scalar, self.rows), self)

    def __matmul__(self, other: Weight) -> Weight:
        from .product import times

        return times(self, other)


def _integral(key: tuple[Any, ...]) -> bool:
    """Whether a matrix or vector is known to have integer entries, from its arguments."""
    match key[0]:
        case Head.EYE | Head.ZERO | Head.ONES | Head.ZERO_VECTOR | Head.ONES_VECTOR | Head.INTEGERS:
            return True
        case Head.SCALE:
            return key[1].value is not None and key[1].value.denominator == 1
        case Head.MEMBER:
            return key[4].value in ("permutation", "signs", "integer")
        case Head.TIMES | Head.ROW | Head.APPLY | Head.SUM:
            return all(part.integral for part in key[1:])
        case Head.INVERTED | Head.CONVOLUTION:
            return bool(key[1].integral)
        case Head.CONSTANT | Head.CONSTANT_VECTOR:
            return re.fullmatch("[<>|=]?[iu][1248]", key[1]) is not None
        case _:
            return False


def _large(value: Fraction) -> bool:
    return max(abs(value.numerator), value.denominator) >= 2**53


Facts = tuple[Size, Size, Any, Cone]
"""Rows, columns, the sum of every row if it is known, the signs."""
FACTS: dict[Head, Callable[..., Facts]] = {}
"""What is known of a matrix from its arguments, for every head."""


def facts(head: Head) -> Callable[[Callable[..., Facts]], Callable[..., Facts]]:
    """Register what is known of the matrices with this head."""

    def register(say: Callable[..., Facts]) -> Callable[..., Facts]:
        FACTS[head] = say
        return say

    return register


@facts(Head.WEIGHT)
def _of_variable(name: str, rows: Size, columns: Size) -> Facts:
    return rows, columns, None, Cone.UNKNOWN


@facts(Head.CONSTANT)
def _of_constant(dtype: str, rows: Size, columns: Size, digest: str) -> Facts:
    return rows, columns, None, Cone.UNKNOWN


@facts(Head.EYE)
def _of_eye(size: Size) -> Facts:
    return size, size, 1, Cone.FULL


@facts(Head.ZERO)
def _of_zero(rows: Size, columns: Size) -> Facts:
    return rows, columns, 0, Cone.NONNEGATIVE


@facts(Head.ROW)
def _of_row(*blocks: Weight) -> Facts:
    folds = [w.fold for w in blocks]
    cones = [w.cone for w in blocks]
    columns = sum((w.columns for w in blocks), Size(0))
    return (
        blocks[0].rows,
        columns,
        None if None in folds else sum(f for f in folds if f is not None),
        (max(cones) if all(cones) else Cone.UNKNOWN),
    )


STRUCTURED: set[int] = set()
"""The ids of the weights whose fold or cone is known: only for these does a type depend on more than the shape."""


class Vector(Term):
    """A vector of `size` components: `Vector("b", 3)` is a variable."""

    __slots__ = ("integral", "size")
    size: Size
    integral: bool
    """All entries are known to be integers."""

    def __new__(cls, name: str, size: int | str | Size) -> Vector:
        return _vector(name, _size(size))

    @classmethod
    def zero(cls, size: int | str | Size) -> Vector:
        return _zero_vector(_size(size))

    @classmethod
    def ones(cls, size: int | str | Size) -> Vector:
        return _ones_vector(_size(size))

    @classmethod
    def integers(cls, name: str, size: int | str | Size) -> Vector:
        """A variable for any vector of integers."""
        return _integers(name, _size(size))

    @classmethod
    def digest(cls, dtype: str, size: int, sha256: str) -> Vector:
        """A constant by the digest of its bytes, without the array itself."""
        return _constant_vector(dtype, Size(size), sha256)

    @property
    def name(self) -> str:
        return str(self.key[1])

    @property
    def is_zero(self) -> bool:
        return self.key[0] is Head.ZERO_VECTOR

    def _complete(self) -> None:
        key = self.key
        match key[0]:
            case Head.VECTOR | Head.CONSTANT_VECTOR | Head.INTEGERS:
                self.size = key[2]
            case Head.ZERO_VECTOR | Head.ONES_VECTOR:
                self.size = key[1]
            case Head.APPLY:
                self.size = key[1].rows
            case _:
                self.size = key[1].size
        self.integral = _integral(key)


def _size(value: int | str | Size) -> Size:
    return value if isinstance(value, Size) else Size(value)


def sizes_of(term: Any) -> list[Size]:
    """The sizes in a term's type."""
    return [getattr(term, name) for name in ("rows", "columns", "size") if hasattr(term, name)]


# --- builders: one a head, each brings its term to normal form ---


@builder(Head.SIZE)
def _size_of(constant: int, *factors: tuple[str | int, int]) -> Size:
    return Size.of(constant, dict(factors))


@builder(Head.RATIONAL)
def _rational(value: Fraction) -> Scalar:
    scalar: Scalar = Scalar.intern(Head.RATIONAL, value)
    return scalar


@builder(Head.SCALAR)
def _scalar(name: str, interval: Interval) -> Scalar:
    check_name(name)
    scalar: Scalar = Scalar.intern(Head.SCALAR, name, interval)
    return scalar


@builder(Head.WEIGHT)
def _weight(name: str, rows: Size, columns: Size) -> Weight:
    check_weight_name(name)
    weight: Weight = Weight.intern(Head.WEIGHT, name, rows, columns)
    return weight


@builder(Head.CONSTANT)
def _constant(dtype: str, rows: Size, columns: Size, digest: str) -> Weight:
    weight: Weight = Weight.intern(Head.CONSTANT, dtype, rows, columns, digest)
    return weight


@builder(Head.EYE)
def eye(size: int | str | Size) -> Weight:
    """The identity matrix."""
    weight: Weight = Weight.intern(Head.EYE, _size(size))
    return weight


@builder(Head.ZERO)
def zero(rows: int | str | Size, columns: int | str | Size) -> Weight:
    """The zero matrix."""
    weight: Weight = Weight.intern(Head.ZERO, _size(rows), _size(columns))
    return weight


@builder(Head.ROW)
def row(*blocks: Weight) -> Weight:
    """Blocks side by side: row(A, B) applied to (x, y) is A·x + B·y."""
    if len(blocks) < 2 or len({b.rows for b in blocks}) != 1:
        raise errors.bad_row(blocks)
    weight: Weight = Weight.intern(Head.ROW, *blocks)
    return weight


@builder(Head.VECTOR)
def _vector(name: str, size: Size) -> Vector:
    check_name(name)
    vector: Vector = Vector.intern(Head.VECTOR, name, size)
    return vector


@builder(Head.INTEGERS)
def _integers(name: str, size: Size) -> Vector:
    check_name(name)
    vector: Vector = Vector.intern(Head.INTEGERS, name, size)
    return vector


@builder(Head.CONSTANT_VECTOR)
def _constant_vector(dtype: str, size: Size, digest: str) -> Vector:
    vector: Vector = Vector.intern(Head.CONSTANT_VECTOR, dtype, size, digest)
    return vector


@builder(Head.ZERO_VECTOR)
def _zero_vector(size: Size) -> Vector:
    vector: Vector = Vector.intern(Head.ZERO_VECTOR, size)
    return vector


@builder(Head.ONES_VECTOR)
def _ones_vector(size: Size) -> Vector:
    vector: Vector = Vector.intern(Head.ONES_VECTOR, size)
    return vector


# --- constants: an array that is part of the statement, named by the digest of its bytes ---


def _frozen(array: Any, dimensions: int) -> Any:
    import numpy as np

    copy = np.array(array, copy=True, order="C")
    if copy.dtype.kind not in "fiu" or copy.ndim != dimensions:
        raise errors.bad_constant(f"an array of {copy.ndim} axes and type {copy.dtype}", dimensions)
    bad = np.argwhere(~np.isfinite(copy))
    if len(bad):
        raise errors.not_finite(tuple(int(i) for i in bad[0]), copy[tuple(bad[0])])
    copy.flags.writeable = False
    return copy


def constant(array: Any) -> tuple[Weight, Any]:
    """A constant weight and its frozen copy: equal by type, shape and bytes. Entries must be finite."""
    copy = _frozen(array, 2)
    return _constant(copy.dtype.str, Size(copy.shape[0]), Size(copy.shape[1]), _digest(copy)), copy


def constant_vector(array: Any) -> tuple[Vector, Any]:
    """A constant vector and its frozen copy."""
    copy = _frozen(array, 1)
    return _constant_vector(copy.dtype.str, Size(copy.shape[0]), _digest(copy)), copy


def constant_name(term: Weight | Vector) -> str:
    """The name under which the array of a constant stands beside a diagram: equal names, equal arrays."""
    sizes = "x".join(map(str, term.key[2:-1]))
    return f"#{sizes} {term.key[1]} {term.key[-1]}"


def _digest(array: Any) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()
