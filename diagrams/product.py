"""Products and sums of matrix terms, in one normal form.

Products lean right and drop units, multiples of the unit matrix stand first and are gathered, a matrix and its inverse side by side
vanish, and sums of vectors are left-factored (Horner): fusing layers in any order gives one and the same term.
"""

from __future__ import annotations

from typing import Any, TypeVar

from . import errors
from .structured import inverse_of, multiple
from .term import Head, builder
from .weight import Scalar, Size, Vector, Weight, eye, zero

__all__ = ["apply", "plus", "product_factors", "times"]

Matrix = TypeVar("Matrix", Weight, Vector)
_PULLED = frozenset({Head.SCALE, Head.MEMBER, Head.INVERTED})


@builder(Head.TIMES)
def times(left: Weight, right: Weight) -> Weight:
    """left · right."""
    if left.columns is not right.rows:
        raise errors.bad_product(left, right)
    if Head.ZERO in (left.key[0], right.key[0]):
        return zero(left.rows, right.columns)
    for factor in reversed(product_factors(left)):
        right = _before(Head.TIMES, factor, right)
    return right


@builder(Head.APPLY)
def apply(weight: Weight, vector: Vector) -> Vector:
    """weight · vector."""
    if weight.columns is not vector.size:
        raise errors.bad_product(weight, vector)
    if vector.is_zero or weight.key[0] is Head.ZERO:
        return Vector.zero(weight.rows)
    for factor in reversed(product_factors(weight)):
        vector = _before(Head.APPLY, factor, vector)
    return vector


def product_factors(weight: Weight) -> list[Weight]:
    """The factors of a product, from left to right."""
    factors = []
    while weight.key[0] is Head.TIMES:
        factors.append(weight.key[1])
        weight = weight.key[2]
    return [*factors, weight]


def _before(head: Head, factor: Weight, rest: Matrix) -> Matrix:
    """factor · rest, where the factor is no product; `head` says of what `rest` is a product."""
    if factor.key[0] is Head.EYE:
        return rest
    if rest.key[0] is Head.EYE:
        return factor  # type: ignore[return-value]
    first = rest.key[1] if rest.key[0] is head else rest
    if factor.key[0] not in _PULLED and first.key[0] is not Head.SCALE:
        return rest.intern(head, factor, rest)  # type: ignore[no-any-return]
    scalars, core = _parted(head, rest)
    if factor.key[0] is Head.SCALE:
        scalars = _gathered(factor.key[1], scalars)
    elif core is not None and (core.key[1] if core.key[0] is head else core) is inverse_of(factor):
        core = core.key[2] if core.key[0] is head else None
    else:
        core = factor if core is None else rest.intern(head, factor, core)
    return _scaled(head, scalars, core, factor.rows)  # type: ignore[no-any-return]


def _parted(head: Head, rest: Any) -> tuple[list[Scalar], Any]:
    """The scalars that a product begins with, and what remains; None for the unit matrix."""
    scalars: list[Scalar] = []
    while rest.key[0] is head and rest.key[1].key[0] is Head.SCALE:
        scalars.append(rest.key[1].key[1])
        rest = rest.key[2]
    if rest.key[0] is Head.SCALE:
        return [*scalars, rest.key[1]], None
    return scalars, rest


def _gathered(scalar: Scalar, scalars: list[Scalar]) -> list[Scalar]:
    """One more scalar from the left: the rational ones are one, and first."""
    rational = scalars[0].value if scalars else None
    if scalar.value is None:
        return [scalar, *scalars] if rational is None else [scalars[0], scalar, *scalars[1:]]
    if rational is None:
        return [scalar, *scalars]
    return [Scalar.of(scalar.value * rational), *scalars[1:]]


def _scaled(head: Head, scalars: list[Scalar], core: Any, size: Size) -> Any:
    for scalar in reversed(scalars):
        factor = multiple(scalar, size)
        if core is None:
            core = factor
        elif factor.key[0] is not Head.EYE:
            core = core.intern(head, factor, core)
    return eye(size) if core is None else core


@builder(Head.SUM)
def plus(*vectors: Vector) -> Vector:
    """The sum, left-factored: A·v + w + A·u becomes A·(v + u) + w."""
    for v in vectors:
        if not isinstance(v, Vector):
            raise errors.not_a_vector(v)
    if not vectors or len({v.size for v in vectors}) != 1:
        raise errors.bad_sum(vectors)
    joins: list[tuple[list[Vector], list[Vector], int]] = []  # outer sums, each waiting for the inside of its part i
    done: list[Vector] = []
    waiting = _summands(vectors)
    while True:
        if waiting:
            part = waiting.pop()
            twin = _same_head(done, part)
            if twin is None:
                done.append(part)
            else:
                joins.append((done, waiting, twin))
                done, waiting = [], _summands((done[twin].key[2], part.key[2]))
            continue
        total = done[0] if len(done) == 1 else Vector.intern(Head.SUM, *done) if done else Vector.zero(vectors[0].size)
        if not joins:
            return total
        done, waiting, twin = joins.pop()
        done[twin] = apply(done[twin].key[1], total)


def _same_head(parts: list[Vector], part: Vector) -> int | None:
    if part.key[0] is Head.APPLY:
        for i, p in enumerate(parts):
            if p.key[0] is Head.APPLY and p.key[1] is part.key[1]:
                return i
    return None


def _summands(vectors: tuple[Vector, ...]) -> list[Vector]:
    """The nonzero parts of the parts, last first."""
    flat = [p for v in vectors for p in (v.key[1:] if v.key[0] is Head.SUM else (v,)) if not p.is_zero]
    return flat[::-1]
