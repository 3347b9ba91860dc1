"""Random matrices of a special form, and random arrays for every kind of variable."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from sigmaprime.diagrams import (
    Vector,
    Weight,
    convolution,
    diagonal,
    eye,
    inverted,
    mixing,
    multiple,
    ones,
    permutation,
    row,
    scaling,
    signs,
    windows,
)
from sigmaprime.diagrams.structured import Family
from sigmaprime.diagrams.term import Head
from tests.diagrams.reference import Array

__all__ = ["random_array", "random_matrix", "random_windows"]

Rng = np.random.Generator


def random_array(rng: Rng, variable: Weight | Vector, cut: float = math.inf) -> Array:
    """An array that the variable may have as its value: normal with sd 1/sqrt(fan-in), cut at that many sd; or a member of its family."""
    if isinstance(variable, Vector):
        if variable.integral:
            return rng.integers(-3, 4, size=variable.size.value or 0).astype(float)
        return np.asarray(np.clip(rng.normal(size=variable.size.value or 0), -cut, cut))
    m, n = variable.rows.value or 0, variable.columns.value or 0
    if variable.head is not Head.MEMBER:
        return np.asarray(np.clip(rng.normal(size=(m, n)), -cut, cut) / math.sqrt(max(n, 1)))
    match variable.key[4]:
        case Family.PERMUTATION:
            return np.eye(n)[rng.permutation(n)]
        case Family.SCALING:
            return np.asarray(rng.uniform(0.5, 2, size=n))
        case Family.SIGNS:
            return np.asarray(rng.choice([-1.0, 1.0], size=n))
        case Family.INTEGER:
            return rng.integers(-3, 4, size=(m, n)).astype(float)
        case _:
            held = rng.random((m, n)) < 0.5
            held[np.arange(m), rng.integers(n, size=m)] = True
            return np.where(held, rng.uniform(0.5, 2, size=(m, n)), 0.0)


def random_matrix(rng: Rng, name: str, columns: int, most: int) -> Weight:
    """A structured matrix with at most that many rows; its variables have names that start with `name`."""
    return _MATRICES[int(rng.integers(len(_MATRICES)))](rng, name, columns, most)


def random_windows(rng: Rng, name: str, columns: int, most: int) -> Weight:
    """The windows of a pool: a matrix without negative entries and zero rows."""
    made = _WINDOWS[int(rng.integers(len(_WINDOWS)))](rng, name, columns, most)
    return made if (made.rows.value or 0) <= most else ones(1, columns)


def _multiple(rng: Rng, name: str, columns: int, most: int) -> Weight:
    return multiple(("2", "1/2", "-1", "-3/4", "1", "0")[int(rng.integers(6))], columns)


def _diagonal(rng: Rng, name: str, columns: int, most: int) -> Weight:
    return diagonal(Vector(name, columns))


def _ones(rng: Rng, name: str, columns: int, most: int) -> Weight:
    return ones(int(rng.integers(1, most + 1)), columns)


def _mixing(rng: Rng, name: str, columns: int, most: int) -> Weight:
    return mixing(name, int(rng.integers(1, most + 1)), columns)


def _permutation(rng: Rng, name: str, columns: int, most: int) -> Weight:
    return permutation(name, columns)


def _scaling(rng: Rng, name: str, columns: int, most: int) -> Weight:
    return scaling(name, columns)


def _member(rng: Rng, name: str, columns: int, most: int) -> Weight:
    made = (permutation, scaling, signs)[int(rng.integers(3))](name, columns)
    return inverted(made) if rng.random() < 0.3 else made


def _geometry(rng: Rng, columns: int) -> tuple[int, int, int, int, int]:
    """Channels, places, taps, stride and padding."""
    channels = 2 if columns % 2 == 0 and rng.random() < 0.5 else 1
    places = columns // channels
    taps = int(rng.integers(1, places + 1))
    return channels, places, taps, int(rng.integers(1, 3)), int(rng.integers(taps // 2 + 1))


def _convolution(rng: Rng, name: str, columns: int, most: int) -> Weight:
    channels, places, taps, stride, padding = _geometry(rng, columns)
    groups = channels if rng.random() < 0.3 else 1
    kernel = Weight(name, channels, channels // groups * taps)
    return convolution(kernel, [places], [taps], stride=stride, padding=padding, groups=groups)


def _windows(rng: Rng, name: str, columns: int, most: int) -> Weight:
    channels, places, taps, stride, padding = _geometry(rng, columns)
    return windows([places], [taps], channels=channels, stride=stride, padding=padding)


def _product(rng: Rng, name: str, columns: int, most: int) -> Weight:
    first = random_matrix(rng, f"{name}a", columns, most)
    return random_matrix(rng, f"{name}b", first.rows.value or 1, most) @ first


def _blocks(rng: Rng, name: str, columns: int, most: int) -> Weight:
    return row(eye(columns // 2), eye(columns // 2)) if columns % 2 == 0 else eye(columns)


_MATRICES: tuple[Callable[[Rng, str, int, int], Weight], ...] = (
    *(_multiple, _diagonal, _ones, _mixing, _member, _member, _convolution, _windows, _product, _blocks),
)
_WINDOWS = (_windows, _windows, _mixing, _ones, _blocks, _permutation, _scaling)
