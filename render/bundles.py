"""The lines of the neuron view: bands of plain wires, which bend between columns, and bundles of layers, which are straight.

A line from a circle to a circle aims at the middles of both and is cut at their rims.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, sin
from typing import Any

from .label import Run, width
from .layout import Place
from .rows import Rows
from .scene import Dot, Segment, Wire

__all__ = ["STEP", "Block", "Bundle", "Grid", "Strand", "branches", "bundles_drawn", "strands_drawn"]

LEAST = 60.0  # between columns
STEP = 76.0  # between columns that are given


@dataclass(eq=False)
class Block(Place):
    """A box with all its components, or the band of a wire that passes."""

    id: str = ""
    kind: str = ""
    """As of a shape; `layer ...` and `lane` besides."""
    rows: Rows = ()
    wide: float = 0.0
    """The width of one of its shapes."""
    pitch: float = 56.0
    text: tuple[Run, ...] = ()
    small: tuple[Run, ...] = ()
    size: float = 19.0
    """Of the letters."""
    names: tuple[tuple[Run, ...], ...] = ()
    """Of the components of a port."""
    named: float = 0.0
    """How wide they are."""
    title: str = ""
    reads: tuple[int, ...] = ()
    wire: int = 0
    inner: tuple[Run, ...] = ()
    """What stands in the shapes of a pool; `text` stands above its lines, as above those of a layer."""
    note: str = ""
    """The number of components, where the picture does not tell it otherwise."""
    through: bool = False
    """A layer without joints: its lines pass to the box that reads it."""
    x: float = 0.0

    def at(self, row: int) -> float:
        """The height of a component."""
        return self.y + (row - (len(self.rows) - 1) / 2) * self.pitch

    @property
    def lines(self) -> str:
        """What the lines of a layer or a pool are."""
        kind = self.kind.split()
        return "pool" if kind[0] == "pool" and kind[1] != "chart" else kind[1]

    @property
    def bar(self) -> bool:
        return self.kind in ("concat", "slice")

    @property
    def round(self) -> float:
        """The radius of the ends of its shapes."""
        return 0.0 if self.lane or self.bar else min(self.wide / 2, 20.0)

    def shape_id(self, row: int) -> str:
        """The shape at which the lines of a component end."""
        return self.id if self.bar else self.row_id(row)

    def row_id(self, row: int) -> str:
        """The id of the shape of a component: its number, or its place where that is no number."""
        k = self.rows[row]
        return f"{self.id}-dots{row}" if k is None else f"{self.id}-{f'r{row + 1}' if k.value is None else k.value}"

    @property
    def reach(self) -> float:
        """Half the height of one of its shapes."""
        match self.kind.split()[0]:
            case "map":
                return 20.0
            case "pool":
                return 17.0
            case "lane" | "layer":
                return 3.0
            case "concat" | "slice":
                return 12.0
            case _:
                return max(9.0, self.wide / 2)


@dataclass(frozen=True)
class Strand:
    """A wire from its box along its lanes to an argument of another."""

    places: list[Block]
    pairs: list[tuple[int, int]]
    argument: int


@dataclass(frozen=True)
class Bundle:
    """A layer: the places of what it reads, those of what it makes after it, and which of its rows end where."""

    layer: Block
    before: list[Block]
    after: list[Block]
    pairs: list[tuple[int, int]]
    argument: int
    lines: frozenset[tuple[int, int]] | None = None
    """The rows that a line joins, of what it reads and of its own; None for all."""

    def joins(self, source: int, own: int, end: int) -> bool:
        """Whether a line goes from a row of what it reads through one of its own to one where it ends."""
        last = (self.after or [self.layer])[-1]
        if self.lines is None:
            return self.before[0].rows[source] is not None and last.rows[end] is not None
        return (source, own) in self.lines and (last.rows[end] is not None or self.layer.rows[own] is None)

    def span(self, columns: Sequence[Sequence[Place]]) -> tuple[int, int]:
        """Where the straight lines begin in `before` and end in `after` (-1: at the layer, where no way beyond it is clear)."""
        m = self.layer

        def clear(b: Block, beyond: Block) -> bool:
            level = max(abs(b.y - m.y), abs(b.y - beyond.y)) < 6
            return b.lane and (len(columns[b.column]) == 1 or (level and b.half >= m.half))

        i, j = len(self.before) - 1, 0
        while i and clear(self.before[i], self.before[i - 1]):
            i -= 1
        while j < len(self.after) - 1 and clear(self.after[j], self.after[j + 1]):
            j += 1
        if not self.after:
            return i, -1
        p, q = self.before[i], self.after[j]
        share = (m.column - p.column) / (q.column - p.column)
        y = sum(q.at(t) for _, t in self.pairs) / max(len(self.pairs), 1) if q is self.after[-1] else q.y
        astray = len(columns[m.column]) > 1 and abs(p.y + share * (y - p.y) - m.y) > 12
        return i, -1 if astray else j


class Grid:
    """Where the columns stand, how far their shapes reach, and so where curves may run: between `right[k]` and `left[k + 1]`."""

    def __init__(
        self, columns: Sequence[Sequence[Any]], strands: Sequence[Strand], bundles: Sequence[Bundle], start: float,
        given: Sequence[float] | None,
    ) -> None:  # fmt: skip
        self.columns = columns
        self.half = [max((b.wide / 2 for b in c), default=0.0) for c in columns]
        self.bends = [
            {e.target for p in c for e in p.after if abs(e.source.y + e.out - e.target.y - e.into) > 1 or p.lane != e.target.lane}
            for c in columns
        ]  # fmt: skip
        if given is not None:
            self.x = [start + STEP * (v - given[0]) for v in given]
            return
        apart = [max(LEAST, a + b + 20) for a, b in pairwise(self.half)]
        for bend in (p for s in strands for p in pairwise(s.places)):
            self._bend(apart, *bend)
        for bundle in bundles:
            i, j = bundle.span(columns)
            end = bundle.layer if j < 0 else bundle.after[j]
            for bend in (*pairwise(bundle.before[: i + 1]), *pairwise([bundle.layer, *bundle.after][max(j + 1, 0) :])):
                self._bend(apart, *bend)
            self._stretch(apart, bundle.before[i], end, bundle.layer)
        self.x = [start]
        for gap in apart:
            self.x.append(self.x[-1] + gap)

    def _bend(self, apart: list[float], a: Block, b: Block) -> None:
        """Room for curves between neighbouring columns."""
        steep = max((abs(e.source.y + e.out - e.target.y - e.into) for e in a.after if e.target is b), default=0.0)
        steep = max(steep, abs(a.at(0) - a.y - b.at(0) + b.y) if a.lane != b.lane else 0.0)
        if steep > 1:
            k = a.column
            apart[k] = max(apart[k], self.half[k] + self.half[k + 1] + min(34 + 0.25 * steep, 110.0))

    def _stretch(self, apart: list[float], a: Block, b: Block, layer: Block) -> None:
        """Room for straight lines that are not too steep, and for the name of their layer."""
        steep = max(abs(a.at(0) - b.at(len(b.rows) - 1)), abs(a.at(len(a.rows) - 1) - b.at(0)))
        name = min(width(layer.text, 17) + width(layer.small, 11) + (6 if layer.small else 0), 260.0)
        bent = self._bent(a, b, layer)
        if bent and b is not layer:
            low, high, edge = (layer.column, b.column, b) if bent[0] else (a.column, layer.column, a)
            short = name + edge.wide / 2 + 12 - sum(apart[low:high])
            apart[high - 1] += max(short, 0.0)
        slant = 0.48 * steep + self._aim(a) + self._aim(b)  # steeper lines would touch the circles above and below
        need = max(2 * LEAST, slant, name + a.wide / 2 + b.wide / 2 + 12)
        short = need - sum(apart[a.column : b.column])
        if short > 0:
            for k in range(a.column, b.column):
                apart[k] += short / (b.column - a.column)

    def _aim(self, b: Block) -> float:
        """How far from the middle of its column a straight line aims."""
        return self.half[b.column] if b.lane or self.narrow(b) else b.wide / 2 - b.round

    def _bent(self, a: Block, b: Block, layer: Block) -> tuple[bool, bool] | None:
        """Whether other wires bend before the layer's column, and after it."""
        before, after = (
            any(self.bends[k] - {layer, b} for k in range(low, high))
            for low, high in ((a.column, layer.column), (layer.column, b.column))
        )
        return (before, after) if before or after else None

    def free(self, a: Block, b: Block, layer: Block) -> tuple[float, float]:
        """Between which x the name of a layer has room."""
        bent = self._bent(a, b, layer)
        if bent is None or b is layer:
            return self.x[a.column], self.x[b.column]
        return (layer.x, self.x[b.column]) if bent[0] else (self.x[a.column], layer.x)

    def narrow(self, b: Block) -> bool:
        """Whether much wider shapes stand above or below."""
        return len(self.columns[b.column]) > 1 and self.half[b.column] - b.wide / 2 > 12

    def left(self, k: int) -> float:
        return self.x[k] - self.half[k]

    def right(self, k: int) -> float:
        return self.x[k] + self.half[k]


# --- lines ---

Stop = tuple[Block, int]
"""A place that a line passes, and in which row."""


def strands_drawn(strands: Sequence[Strand], grid: Grid) -> list[Wire]:
    """The lines of plain wires, one for each component."""
    wires = []
    for s in strands:
        first, end = s.places[0], s.places[-1]
        turns = _turns(end)
        for a, b in s.pairs:
            stops = [*((p, a) for p in s.places[:-1]), (end, b)]
            path = _route(stops, -1, grid, turns.get(s.argument, 0.0))
            wires.append(Wire(first.shape_id(a), end.shape_id(b), s.argument, path))
    return wires


def bundles_drawn(bundles: Sequence[Bundle], grid: Grid) -> tuple[list[Wire], dict[int, tuple[float, float, float]]]:
    """The lines of the layers; and for each the middle of its name, the line on which it stands, and the room it has."""
    wires: list[Wire] = []
    places: dict[int, tuple[float, float, float]] = {}
    for bundle in bundles:
        layer, (i, j) = bundle.layer, bundle.span(grid.columns)
        p, q = bundle.before[i], layer if j < 0 else bundle.after[j]
        end = bundle.after[-1] if bundle.after else layer
        rest = bundle.after[j + 1 :]
        turn = _turns(end).get(bundle.argument, 0.0)
        for s in range(len(p.rows)):
            for m, t in bundle.pairs:
                if not bundle.joins(s, m, t):
                    continue
                passed = [q, *rest[:-1]] if rest else []
                stops = [*((b, s) for b in bundle.before[: i + 1]), *((b, m) for b in passed), (end, t)]
                path = _route(stops, i, grid, turn)
                kind = layer.lines
                source, target = bundle.before[0].shape_id(s), end.shape_id(t)
                wires.append(Wire(source, target, bundle.argument, path, kind, layer.id))
        places[layer.wire] = _name_place(p, q, layer, grid)
    return wires, places


def _name_place(p: Block, q: Block, layer: Block, grid: Grid) -> tuple[float, float, float]:
    """Above the topmost line; right or left of the layer's column where other wires bend before or after it."""
    a, b = p.x + _reach(p, grid), q.x - _reach(q, grid)
    low, high = grid.free(p, q, layer)
    low, high = max(low, a), min(high, b)
    x = (low + high) / 2
    rise = (q.at(0) - p.at(0)) / (b - a)
    if q is layer and not layer.inner and abs(rise) > 0.6:
        return q.x, q.at(0) - 11, high - low - 8
    wide = min(width(layer.text, 19.0), high - low - 8)
    return x, p.at(0) + rise * (x - a) - min(abs(rise) * wide / 2, 30.0) - 14, high - low - 8


def branches(strands: Sequence[Strand], grid: Grid) -> tuple[Dot, ...]:
    """Where a band goes on and is read too."""
    after: dict[Block, set[Block]] = {}
    for s in strands:
        for a, b in pairwise(s.places):
            if a.lane:
                after.setdefault(a, set()).add(b)
    return tuple(
        Dot(grid.right(a.column), a.at(i), 3.0)
        for a, ends in after.items() if len(ends) > 1
        for i, k in enumerate(a.rows) if k is not None
    )  # fmt: skip


def _route(stops: Sequence[Stop], straight: int, grid: Grid, turn: float) -> tuple[Segment, ...]:
    """From stop to stop: level through bands, straight on one hop, in curves on the others."""
    path: list[Segment] = []
    for n, ((a, r), (b, t)) in enumerate(pairwise(stops)):
        if a.lane:
            path.append(_line(grid.left(a.column), a.at(r), grid.right(a.column), a.at(r)))
        if n == straight:
            path += _straight(a, r, b, t, grid)
        else:
            path += _curve(a, r, b, t, grid, turn if n == len(stops) - 2 else 0.0)
    return tuple(s for s in path if s[0] != s[6] or s[1] != s[7])


def _reach(b: Block, grid: Grid) -> float:
    return grid.half[b.column] if b.lane else b.wide / 2


def _rim(b: Block, row: int) -> float:
    return 8.0 if b.rows[row] is None and not b.bar else b.wide / 2


def _straight(a: Block, r: int, b: Block, t: int, grid: Grid) -> list[Segment]:
    """Between the middles of two circles, from rim to rim; a wide shape has a circle at each end.

    Where other shapes of the column are wider, level first: the line would run into them.
    """
    x, z = a.x + a.wide / 2 - a.round, b.x - b.wide / 2 + b.round
    y, w = a.at(r), b.at(t)
    start, end = a.round, b.round
    if a.lane or grid.narrow(a):
        x, start = grid.right(a.column), 0.0
    if b.lane or grid.narrow(b):
        z, end = grid.left(b.column), 0.0
    far = hypot(z - x, w - y)
    u, v = (z - x) / far, (w - y) / far
    path = [_line(x + u * start, y + v * start, z - u * end, w - v * end)]
    if not a.lane and grid.narrow(a):
        path.insert(0, _line(a.x + a.wide / 2, y, x, y))
    if not b.lane and grid.narrow(b):
        path.append(_line(z, w, b.x - b.wide / 2, w))
    return path


def _curve(a: Block, r: int, b: Block, t: int, grid: Grid, turn: float) -> list[Segment]:
    """Level out of a, a bend in the gap between the columns, level into b; or aslant into the shoulder of a sign."""
    y, z = a.at(r), b.at(t)
    x = grid.right(a.column) if a.lane else a.x + _rim(a, r)
    low, high = grid.right(a.column), grid.left(b.column)
    end = grid.left(b.column) if b.lane else b.x - _rim(b, t)
    if turn and b.x - grid.left(b.column) < b.wide:
        dx, dy = b.wide / 2 * cos(turn), b.wide / 2 * sin(turn)
        end, lean = b.x - dx, 0.34 * (b.x - dx - low)
        bend = (low, y, low + 0.6 * (end - low), y, end - lean * cos(turn), z + dy + lean * sin(turn), end, z + dy)
        return [_line(x, y, low, y), bend]
    if y == z:
        return [_line(x, y, end, z)]
    half = (high - low) / 2
    return [_line(x, y, low, y), (low, y, low + half, y, high - half, z, high, z), _line(high, z, end, z)]


def _turns(b: Block) -> dict[int, float]:
    """At what angle each argument comes into a sign: level ones from the left, the others over the shoulders."""
    if not b.kind.startswith("sum"):
        return {}
    heights: list[tuple[float, int]] = []
    taken: set[int] = set()
    for e in b.before:
        for i, w in enumerate(b.reads):
            if isinstance(e.source, Block) and e.source.wire == w and i not in taken:
                heights.append((e.source.y - b.y, i))
                taken.add(i)
                break
    heights.sort()
    level = [i for y, i in heights if abs(y) < 1]
    up = [i for y, i in heights if y <= -1] + (level[: len(level) // 2] if len(level) % 2 == 0 else [])
    down = [i for y, i in heights if y >= 1] + (level[len(level) // 2 :] if len(level) % 2 == 0 else [])
    if len(level) > 1 and len(level) % 2:
        up, down = up + level[: len(level) // 2], down + level[len(level) // 2 + 1 :]
    found = {i: -0.78 + 0.5 * n / len(up) for n, i in enumerate(up)}
    return found | {i: 0.78 - 0.5 * n / len(down) for n, i in enumerate(down[::-1])}


def _line(x: float, y: float, z: float, t: float) -> Segment:
    u, v = (z - x) / 3, (t - y) / 3
    return x, y, x + u, y + v, z - u, t - v, z, t
