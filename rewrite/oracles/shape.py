"""The shape of a function: its joints, its zeros, its linear pieces, its symmetry, by subdivision and exact arithmetic.

What is listed is proved; what could not be told is said to be left, as cells in which it lies.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from sigmaprime.diagrams import Function, Interval
from sigmaprime.diagrams.catalogue import ATOMS, Piece
from sigmaprime.diagrams.evaluate import flat
from sigmaprime.diagrams.image import reduce
from sigmaprime.diagrams.term import Head

from .balls import Span
from .cells import End, Eye, at, split
from .enclosure import Undecided
from .series import beside

__all__ = ["FINE", "Joint", "Zeros", "joints", "linear_pieces", "zeros"]

CELLS, FINE = 400, Fraction(1, 2**40)
Cell = tuple[End, End]


@dataclass(frozen=True)
class Joint:
    """A point at which the value (order 0), the slope (1) or a higher derivative jumps, with what it is on either side."""

    x: Fraction
    order: int
    left: Span
    right: Span

    @property
    def kind(self) -> str:
        return ("jump", "kink")[self.order] if self.order < 2 else f"class C^{self.order - 1}"

    def __str__(self) -> str:
        return f"{self.kind} at {self.x} from {self.left} to {self.right}"


def _clusters(on: Interval, deadline: float, settled: Callable[[End, End], bool]) -> list[Cell]:
    """The cells in which nothing was settled, neighbours joined; small, unless time or cells ran out."""
    todo: deque[Cell] = deque([(on.lo, on.hi)])
    left: list[Cell] = []
    seen = 0
    while todo:
        lo, hi = todo.popleft()
        seen += 1
        if settled(lo, hi):
            continue
        if seen > CELLS or time.monotonic() > deadline or hi - lo < FINE:
            left.append((lo, hi))
            continue
        middle = split(lo, hi)
        todo += [(lo, middle), (middle, hi)]
    joined: list[Cell] = []
    for lo, hi in sorted(left):
        if joined and joined[-1][1] >= lo:
            joined[-1] = joined[-1][0], max(hi, joined[-1][1])
        else:
            joined.append((lo, hi))
    return joined


def simplest(lo: End, hi: End) -> Fraction | None:
    """A short number in a small cell, ends included."""
    if isinstance(lo, float) or isinstance(hi, float):
        return None
    middle = (lo + hi) / 2
    return next((c for d in (1, 60, 10**4) if lo <= (c := middle.limit_denominator(d)) <= hi), None)


def joints(
    eye: Eye, row: Sequence[Function], on: Interval, deadline: float
) -> tuple[list[Joint], list[Cell], list[Fraction]]:
    """Where a derivative jumps; the cells in which the function may not be smooth; joints at which no jump was seen."""

    def smooth(lo: End, hi: End) -> bool:
        whole = Span.closed(lo, hi)
        inside = Span(whole.lo, whole.lo_open or lo == on.lo, whole.hi, whole.hi_open or hi == on.hi)
        for span in (whole, inside):  # at an end of the interval only the inside matters
            try:
                return eye(span).smooth
            except Undecided:
                continue
        return False

    found, open_cells, mild = [], [], []
    for lo, hi in _clusters(on, deadline, smooth):
        c = simplest(lo, hi) if hi - lo < 4 * FINE else None
        joint = None if c is None or c in (on.lo, on.hi) else _joint(eye, row, c)
        if isinstance(joint, Joint):
            found.append(joint)
        elif c is not None and joint == "mild":
            mild.append(c)
        else:
            open_cells.append((lo, hi))
    return found, open_cells, mild


def _joint(eye: Eye, row: Sequence[Function], c: Fraction) -> Joint | str | None:
    with suppress(Undecided):
        left, right = eye(Span.between(c - FINE, c)), eye(Span.between(c, c + FINE))
        for order, a, b in ((0, left.jet.span, right.jet.span), (1, left.jet.slopes, right.jet.slopes)):
            if (a.before(b) or b.before(a)) and (a.hi != b.lo and b.hi != a.lo):
                return Joint(c, order, a, b)
    with suppress(Undecided):
        for order, (a, b) in enumerate(zip(beside(row, c, -1), beside(row, c, 1), strict=True)):
            if a.before(b) or b.before(a):
                return Joint(c, order, a, b)
            if not (a.exact and b.exact):
                return None
        return "mild"
    return None


@dataclass(frozen=True)
class Zeros:
    """Where a function is 0: single zeros, each alone between its two numbers, and intervals on which it vanishes."""

    points: tuple[Cell, ...]
    flat: tuple[Cell, ...]
    undecided: tuple[Cell, ...]

    def __str__(self) -> str:
        single = [str(lo) if lo == hi else f"≈{float((lo + hi) / 2):.12g}" for lo, hi in self.points]
        parts = [*single, *(f"[{lo}, {hi}]" for lo, hi in self.flat)]
        return "{" + ", ".join(parts).replace("[-inf", "(-∞").replace("inf]", "∞)") + "}" if parts else "∅"


def zeros(eye: Eye, on: Interval, deadline: float) -> Zeros:
    """The zero set: cells without 0, cells on which it vanishes, cells with one zero between values of two signs."""
    flats: list[Cell] = []
    points: list[Cell] = []

    cuts: set[End] = set()

    def settled(lo: End, hi: End) -> bool:
        cuts.update((lo, hi))
        try:
            jet = eye(Span.between(lo, hi)).jet
        except Undecided:
            return False
        span, trend = jet.span, jet.trend
        if span.positive or span.negative:
            return True
        if span.exact:
            flats.append((lo, hi))
            return True
        if not (trend.positive or trend.negative):
            return False
        root = _root(eye, lo, hi, 1 if trend.positive else -1)
        if root is None:
            return False
        points.extend(root)
        return True

    left = _clusters(on, deadline, settled)
    exact: list[Fraction] = []
    unsure: list[Fraction] = []
    for e in sorted(
        e for e in cuts if isinstance(e, Fraction) and e in on
    ):  # the cells are open: here is what lies between them
        value = at(eye, e)
        if value is None or not (value.positive or value.negative):
            (exact if value is not None and value.exact else unsure).append(e)
    joined = _joined(flats)
    unsure += [e for cell in joined for e in cell if isinstance(e, Fraction) and e in on and e not in exact]
    alone = [(e, e) for e in exact if not any(lo <= e <= hi for lo, hi in joined)]
    return Zeros(tuple(sorted({*points, *alone})), tuple(joined), (*left, *((e, e) for e in dict.fromkeys(unsure))))


def _joined(cells: list[Cell]) -> list[Cell]:
    found: list[Cell] = []
    for lo, hi in sorted(cells):
        if found and found[-1][1] == lo:
            found[-1] = found[-1][0], hi
        else:
            found.append((lo, hi))
    return found


def _root(eye: Eye, lo: End, hi: End, way: int) -> list[Cell] | None:
    """The zero in a cell on which the function is strictly monotone: [] if there is none; None if that is not seen."""
    for _ in range(200):
        if hi - lo < FINE:
            break
        middle = Fraction(split(lo, hi))
        value = at(eye, middle)
        if value is None:
            return None
        if value.exact and value.lo == 0:
            return [(middle, middle)]
        if value.positive:
            lo, hi = (lo, middle) if way > 0 else (middle, hi)
        elif value.negative:
            lo, hi = (middle, hi) if way > 0 else (lo, middle)
        else:
            return None
    signs = [at(eye, e) if isinstance(e, Fraction) else None for e in (lo, hi)]
    if signs[0] is None or signs[1] is None:
        return None
    short = simplest(lo, hi)
    if short is not None and (value := at(eye, short)) is not None and value.exact and value.lo == 0:
        return [(short, short)] if lo < short < hi else []
    first, last = (signs[0], signs[1]) if way > 0 else (signs[1], signs[0])
    return [(lo, hi)] if first.negative and last.positive else None


# --- linear pieces ---


def linear_pieces(function: Function, on: Interval) -> list[Piece] | None:
    """slope·x + offset, piece by piece, if every part is piecewise linear where it is used."""
    found = [Piece(on, Fraction(1), Fraction(0))]
    for part in flat(reduce(function, on)):
        rows = _rows(part)
        if rows is None:
            return None
        found = [q for p in found for q in _through(p, rows)]
    merged = [found[0]]
    for p in found[1:]:
        last = merged[-1]
        if (p.slope, p.offset) == (last.slope, last.offset):
            merged[-1] = Piece(Interval.hull((last.on, p.on)), p.slope, p.offset)
        else:
            merged.append(p)
    return merged


def _rows(part: Function) -> Sequence[Piece] | None:
    if part.head is not Head.ATOM:
        return None
    return ATOMS[part.name].pieces(tuple(s.value for s in part.key[2:])) or None


def _through(p: Piece, rows: Sequence[Piece]) -> list[Piece]:
    """The pieces of rows ∘ p, from left to right."""
    if p.slope == 0:
        row = next(r for r in rows if p.offset in r.on)
        return [Piece(p.on, Fraction(0), row.slope * p.offset + row.offset)]
    found = []
    for r in rows if p.slope > 0 else list(rows)[::-1]:
        met = r.on.shifted(-p.offset).scaled(1 / p.slope).meet(p.on)
        if met is not None and (met.lo < met.hi or p.on.lo == p.on.hi):
            found.append(Piece(met, r.slope * p.slope, r.slope * p.offset + r.offset))
    return found


# --- symmetry ---

ODD = ("identity", "negate", "scale", "tanh", "atanh", "softsign", "softsign_inverse", "sinh", "asinh", "atan", "erf", "tanhshrink", "softshrink", "hardshrink")  # fmt: skip
EVEN = ("absolute", "cosh")


def parity(function: Function) -> str | None:
    """ "even" or "odd" about 0, by the parts: odd parts keep what they are given, and what is even stays so whatever follows."""
    for part in flat(function):
        if part.head is not Head.ATOM:
            return None
        a = part.key[2].value if part.name == "power" else None
        if part.name in EVEN or (a is not None and a.denominator % 2 and a.numerator % 2 == 0):
            return "even"
        if part.name not in ODD and not (a is not None and a.denominator % 2):
            return None
    return "odd"


def piece_joints(pieces: Sequence[Piece]) -> list[Joint]:
    """The kinks and jumps between linear pieces."""
    found = []
    for a, b in pairwise(pieces):
        x = Fraction(a.on.hi)
        ends = [(a.slope * x + a.offset, b.slope * x + b.offset), (a.slope, b.slope)]
        order, (left, right) = (0, ends[0]) if ends[0][0] != ends[0][1] else (1, ends[1])
        found.append(Joint(x, order, Span.point(left), Span.point(right)))
    return found


def mirrored(pieces: Sequence[Piece], c: Fraction, d: Fraction | None) -> bool:
    """Linear pieces that are even about c (d None), or odd about (c, d)."""
    sign = Fraction(1) if d is None else Fraction(-1)
    turned = [
        Piece(
            p.on.scaled(Fraction(-1)).shifted(2 * c),
            -sign * p.slope,
            sign * (p.offset + 2 * c * p.slope) + 2 * (d or 0),
        )
        for p in reversed(pieces)
    ]
    return turned == list(pieces)


def middle(on: Interval) -> Fraction | None:
    """The point about which an interval is symmetric."""
    if isinstance(on.lo, Fraction) and isinstance(on.hi, Fraction):
        return (on.lo + on.hi) / 2 if on.lo_closed == on.hi_closed else None
    return Fraction(0) if math.isinf(on.lo) and math.isinf(on.hi) else None
