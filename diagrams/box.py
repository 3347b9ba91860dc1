"""The boxes of a network and their types.

A box has one output wire. Inside a diagram it is one row of small ints: its kind, and the ids of a function and up to two matrix
terms. `Map`, `Mix`, `Concat`, `Slice`, `Pool` and `Signed` are the views that people read and write.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from . import errors, layer_errors
from .function import Function
from .image import chart, image, layer_chart
from .signed_term import signed_map
from .space import Interval, Space, nonnegative, nonzero, positive, reals
from .term import Head, Term
from .weight import STRUCTURED, Cone, Size, Vector, Weight

__all__ = ["Box", "Concat", "Kind", "Map", "Mix", "Pool", "Signed", "Slice", "box_of", "typed"]


class Kind(IntEnum):
    """What a row of a diagram is."""

    INPUT = 0
    MAP = 1
    MIX = 2
    CONCAT = 3
    SLICE = 4
    POOL = 5
    SIGNED = 6


Row = tuple[int, int, int, int]
"""Kind, function, weight and bias: ids of terms, -1 where there is none."""


class _View:
    def __str__(self) -> str:
        return errors.box_text(self)


@dataclass(frozen=True)
class Map(_View):
    """f on every component."""

    function: Function
    kind: ClassVar[Kind] = Kind.MAP

    @property
    def row(self) -> Row:
        return Kind.MAP, self.function.id, -1, -1


@dataclass(frozen=True)
class Mix(_View):
    """y = g(W·g⁻¹(x) + b) for the chart g: additive for the identity, multiplicative (e^b ∏ x^w) for exp."""

    chart: Function
    weight: Weight
    bias: Vector
    kind: ClassVar[Kind] = Kind.MIX

    @property
    def row(self) -> Row:
        return Kind.MIX, self.chart.id, self.weight.id, self.bias.id


@dataclass(frozen=True)
class Concat(_View):
    """All arguments one above the other."""

    kind: ClassVar[Kind] = Kind.CONCAT

    @property
    def row(self) -> Row:
        return Kind.CONCAT, -1, -1, -1


@dataclass(frozen=True)
class Slice(_View):
    """`size` components, from number `start` on."""

    start: Size
    size: Size
    kind: ClassVar[Kind] = Kind.SLICE

    @property
    def row(self) -> Row:
        return Kind.SLICE, -1, self.start.id, self.size.id


@dataclass(frozen=True)
class Pool(_View):
    """y_i = g(max over j of g⁻¹(x_j)), j in window i, which row i of `windows` names by its entries above 0.

    The maximum for the chart identity, the minimum for negate: what a layer becomes when sums become maxima.
    """

    chart: Function
    windows: Weight
    kind: ClassVar[Kind] = Kind.POOL

    @property
    def row(self) -> Row:
        return Kind.POOL, self.chart.id, self.windows.id, -1


@dataclass(frozen=True)
class Signed(_View):
    """y_i = e^(b_i) (-1)^(c_i) ∏_j sgn(x_j)^(p_ij) |x_j|^(w_ij) on nonzero wires; P and c are integer, and count modulo 2."""

    weight: Weight
    parity: Weight
    bias: Vector
    flip: Vector
    kind: ClassVar[Kind] = Kind.SIGNED

    @property
    def row(self) -> Row:
        return Kind.SIGNED, -1, signed_map(self.weight, self.parity, self.bias, self.flip).id, -1


Box = Map | Mix | Concat | Slice | Pool | Signed


def box_of(row: Row) -> Box:
    """The view of a row."""
    kind, function, weight, bias = row
    match kind:
        case Kind.MAP:
            return Map(Term.all[function])
        case Kind.MIX:
            return Mix(Term.all[function], Term.all[weight], Term.all[bias])
        case Kind.CONCAT:
            return Concat()
        case Kind.POOL:
            return Pool(Term.all[function], Term.all[weight])
        case Kind.SIGNED:
            return Signed(*Term.all[weight].key[1:])
        case _:
            return Slice(Term.all[weight], Term.all[bias])


_memo: dict[tuple[object, ...], int | errors.IllTyped] = {}


def typed(kind: int, function: int, weight: int, bias: int, arguments: tuple[int, ...]) -> int:
    """The space (by id) of a box's output from the spaces of its arguments; raises `IllTyped`."""
    key: tuple[object, ...]
    if kind == Kind.MIX:
        w, b = Term.all[weight], Term.all[bias]
        seen = (w.fold, w.cone) if weight in STRUCTURED and b.is_zero else None
        key = (function, arguments, w.rows, w.columns, b.size, seen)
    else:
        key = (kind, function, weight, bias, arguments)
    found = _memo.get(key)
    if found is None:
        try:
            found = _typed(box_of((kind, function, weight, bias)), [Space.all[a] for a in arguments]).id
        except errors.IllTyped as error:
            found = error
        _memo[key] = found
    if isinstance(found, int):
        return found
    if kind == Kind.MIX:  # remembered for all layers of these shapes: the text is to name this one
        _typed(box_of((kind, function, weight, bias)), [Space.all[a] for a in arguments])
    raise found.copy()


def _typed(box: Box, arguments: list[Space]) -> Space:
    match box:
        case Map(function):
            (x,) = arguments
            return Space(x.size, image(function, x.interval))
        case Mix(function, weight, bias):
            (x,) = arguments
            plain = _is_identity(function)
            target, _, partial = (reals, function, False) if plain else layer_chart(function)
            if weight.columns is not x.size:
                raise errors.size_mismatch(box, weight.columns, x.size)
            if bias.size is not weight.rows:
                raise errors.bias_mismatch(box, weight.rows, bias.size)
            if not target.contains(x.interval):
                raise errors.outside_chart(box, x.interval, target)
            if partial and (weight.cone is not Cone.FULL or not bias.is_zero):
                raise layer_errors.partial_layer(box)
            if plain and bias.is_zero:
                target = _affine(weight, x.interval)
            return Space(weight.rows, target)
        case Concat():
            if not arguments:
                raise errors.empty_concat()
            return Space(sum((x.size for x in arguments), Size(0)), Interval.hull(x.interval for x in arguments))
        case Slice(start, size):
            (x,) = arguments
            if x.size.minus(start + size) is None:
                raise errors.slice_out_of_range(start, size, x.size)
            return Space(size, x.interval)
        case Pool(function, windows):
            (x,) = arguments
            if windows.columns is not x.size:
                raise errors.size_mismatch(box, windows.columns, x.size)
            if windows.cone is not Cone.FULL:
                raise layer_errors.empty_window(box)
            if not chart(function)[0].contains(x.interval):
                raise errors.outside_chart(box, x.interval, chart(function)[0])
            return Space(windows.rows, x.interval)
        case Signed(weight, parity, _, flip):
            (x,) = arguments
            if weight.columns is not x.size:
                raise errors.size_mismatch(box, weight.columns, x.size)
            if not nonzero.contains(x.interval):
                raise errors.outside_chart(box, x.interval, nonzero)
            above = positive.contains(x.interval) or parity.key[0] is Head.ZERO
            return Space(weight.rows, positive if above and flip.is_zero else nonzero)


def _is_identity(function: Function) -> bool:
    return function.key[:2] == (Head.ATOM, "identity")


def _affine(weight: Weight, on: Interval) -> Interval:
    """Where W·x lies when every component of x lies in `on`."""
    if weight.fold is not None:  # a mean of values may be 0 where none of them is
        return on.filled.scaled(weight.fold)
    if weight.cone is Cone.FULL and positive.contains(on):
        return positive
    return nonnegative if weight.cone and nonnegative.contains(on) else reals
