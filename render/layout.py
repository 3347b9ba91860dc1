"""Where boxes stand: columns are given, the order in each column and the heights are found here.

Order: sweeps by barycentres, then swaps of neighbours, keep what has the fewest crossings. Heights: edges chosen to be straight join
nodes to *strands*, level lines that cross no other strand; strands are packed from the top, then each moves towards the middle of
what it is joined to, as far as its neighbours let it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = ["Edge", "Place", "arrange"]

SWEEPS, MOVES, GRID, SNAP = 12, 8, 4.0, 14.0


@dataclass(eq=False)
class Place:
    """What stands in a column: a box, or the lane of a wire that passes."""

    column: int
    half: float
    """Half its height."""
    lane: bool = False
    fixed: bool = False
    """An input or output: its order among its like stays."""
    number: int = 0
    """Ties are broken by it."""
    rank: int = 0
    y: float = 0.0
    before: list[Edge] = field(default_factory=list)
    after: list[Edge] = field(default_factory=list)


@dataclass(eq=False)
class Edge:
    """A line from a place to one in the next column; `out` and `into` say where it meets them, above or below their middles."""

    source: Place
    target: Place
    out: float = 0.0
    into: float = 0.0


def arrange(columns: Sequence[list[Place]], apart: float, lane: float) -> None:
    """Order every column and give every place its height; boxes stay `apart`, lanes `lane`, from middle to middle or more."""
    _order(columns)
    _heights(columns, apart, lane)


# --- order ---


def _order(columns: Sequence[list[Place]]) -> None:
    for column in columns:
        column.sort(key=lambda p: (p.number, not p.lane) if p.fixed else (0, 0))
        _rank(column)
    _sweep(columns[1:], forwards=True)
    best, fewest = [list(c) for c in columns], _crossings(columns)
    for turn in range(SWEEPS):
        if not fewest:
            break
        _sweep(columns[-2::-1] if turn % 2 == 0 else columns[1:], forwards=turn % 2 == 1)
        _swap(columns)
        found = _crossings(columns)
        if found < fewest:
            best, fewest = [list(c) for c in columns], found
    for column, order in zip(columns, best, strict=True):
        column[:] = order
        _rank(column)


def _rank(column: list[Place]) -> None:
    for i, p in enumerate(column):
        p.rank = i


def _sweep(columns: Iterable[list[Place]], *, forwards: bool) -> None:
    for column in columns:
        if column and column[0].fixed:
            continue

        def middle(p: Place) -> float:
            ends = (
                [e.source.rank + e.out / 1e4 for e in p.before]
                if forwards
                else [e.target.rank + e.into / 1e4 for e in p.after]
            )
            return sum(ends) / len(ends) if ends else float(p.rank)

        column.sort(key=lambda p: (middle(p), not p.lane, p.number) if forwards else (middle(p), p.rank, 0))
        _rank(column)


def _swap(columns: Sequence[list[Place]]) -> None:
    """One pass of swaps of neighbours that save crossings."""
    for column in columns:
        for i in range(len(column) - 1):
            a, b = column[i], column[i + 1]
            if not (a.fixed and b.fixed) and _between(b, a) < _between(a, b):
                column[i], column[i + 1] = b, a
                a.rank, b.rank = i + 1, i


def _between(a: Place, b: Place) -> int:
    """Crossings of the lines of a with those of b when a is above."""
    count = 0
    for mine, its in (
        (sorted(map(_from, a.before)), sorted(map(_from, b.before))),
        (sorted(map(_to, a.after)), sorted(map(_to, b.after))),
    ):
        count += sum(bisect_left(its, m) for m in mine)
    return count


def _from(e: Edge) -> tuple[int, float]:
    return e.source.rank, e.out


def _to(e: Edge) -> tuple[int, float]:
    return e.target.rank, e.into


def _crossings(columns: Sequence[list[Place]]) -> int:
    count = 0
    for column in columns[1:]:
        seen: list[tuple[int, float]] = []
        for _, end in sorted((_from(e), _to(e)) for p in column for e in p.before):
            count += len(seen) - bisect_right(seen, end)
            insort(seen, end)
    return count


# --- heights ---


@dataclass(eq=False)
class _Strand:
    """Places on one level line; `shift[i]` is how far the middle of place i lies below the line."""

    places: list[Place] = field(default_factory=list)
    shift: list[float] = field(default_factory=list)
    y: float = 0.0
    above: list[tuple[_Strand, float]] = field(default_factory=list)
    below: list[tuple[_Strand, float]] = field(default_factory=list)


def _heights(columns: Sequence[list[Place]], apart: float, lane: float) -> None:
    strands, of, shift = _strands(columns)
    for column in columns:
        for a, b in pairwise(column):
            gap = (
                max(lane, a.half + b.half)
                if a.lane and b.lane
                else max(lane, a.half + b.half + (apart - 40 if not (a.lane or b.lane) else 16))
            )
            gap += shift[a] - shift[b]
            of[a].below.append((of[b], gap))
            of[b].above.append((of[a], gap))
    order = _sorted(strands)
    for s in order:
        s.y = max((o.y + gap for o, gap in s.above), default=0.0)
    for turn in range(MOVES):
        for s in order[::-1] if turn % 2 == 0 else order:
            low = max((o.y + gap for o, gap in s.above), default=-1e9)
            high = min((o.y - gap for o, gap in s.below), default=1e9)
            s.y = min(max(_wish(s, of, shift), low), high)
    for s in strands:
        for p, down in zip(s.places, s.shift, strict=True):
            p.y = s.y + down


def _wish(s: _Strand, of: dict[Place, _Strand], shift: dict[Place, float]) -> float:
    """The middle of the heights at which the strand's other lines would be straight."""
    ends = []
    for p, down in zip(s.places, s.shift, strict=True):
        for e in p.before:
            if of[e.source] is not s:
                ends.append(of[e.source].y + shift[e.source] + e.out - e.into - down)
        for e in p.after:
            if of[e.target] is not s:
                ends.append(of[e.target].y + shift[e.target] + e.into - e.out - down)
    if not ends:
        return s.y
    ends.sort()
    half = len(ends) // 2
    middle = ends[half] if len(ends) % 2 else (ends[half - 1] + ends[half]) / 2
    nearest = min(ends, key=lambda end: abs(end - middle))
    return nearest if abs(nearest - middle) < SNAP else round(middle / GRID) * GRID


def _strands(columns: Sequence[list[Place]]) -> tuple[list[_Strand], dict[Place, _Strand], dict[Place, float]]:
    of: dict[Place, _Strand] = {}
    shift: dict[Place, float] = {}
    strands: list[_Strand] = []
    for column in columns:
        straight = {e.target: e for e in _straight(column)}
        for p in column:
            e = straight.get(p)
            if e is None:
                strands.append(_Strand())
                of[p], shift[p] = strands[-1], 0.0
            else:
                of[p], shift[p] = of[e.source], shift[e.source] + e.out - e.into
            of[p].places.append(p)
            of[p].shift.append(shift[p])
    return strands, of, shift


def _straight(column: list[Place]) -> list[Edge]:
    """The lines into this column that are drawn level: one at each end, none across another, those of long wires and chains first."""

    def worth(e: Edge) -> int:
        a, b = e.source, e.target
        if a.lane and b.lane:
            return 4
        if a.lane or b.lane:
            return 1 if len(a.after) == len(b.before) == 1 else 0
        return 3 if len(a.after) == len(b.before) == 1 else 2

    edges = [e for p in column for e in p.before]
    crossed = _crossed([e for e in edges if worth(e) == 3])
    edges = [e for e in edges if e not in crossed]
    edges.sort(key=lambda e: (-worth(e), e.source.rank, e.target.rank, e.into))
    taken: set[Place] = set()
    chosen: list[tuple[int, int]] = []
    found = []
    for e in edges:
        pair = (e.source.rank, e.target.rank)
        i = bisect_left(chosen, pair)
        free = e.source not in taken and e.target not in taken
        if free and (i == 0 or chosen[i - 1][1] < pair[1]) and (i == len(chosen) or pair[1] < chosen[i][1]):
            taken.update((e.source, e.target))
            chosen.insert(i, pair)
            found.append(e)
    return found


def _crossed(edges: list[Edge]) -> set[Edge]:
    """The lines that cross another of the same: a swap is drawn as two curves, not as one across a level line."""
    found = set()
    ordered = sorted(edges, key=lambda e: (e.source.rank, e.target.rank))
    for way, sign in ((ordered, 1), (ordered[::-1], -1)):
        most = float("-inf")
        for e in way:
            if sign * e.target.rank < most:
                found.add(e)
            most = max(most, sign * e.target.rank)
    return found


def _sorted(strands: list[_Strand]) -> list[_Strand]:
    """From the top: strands are level and cross no other, so that "above" has no cycle."""
    waiting: dict[_Strand, int] = defaultdict(int, {s: len(s.above) for s in strands})
    ready = [s for s in reversed(strands) if not s.above]
    order = []
    while ready:
        s = ready.pop()
        order.append(s)
        for o, _ in s.below:
            waiting[o] -= 1
            if not waiting[o]:
                ready.append(o)
    return order
