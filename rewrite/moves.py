"""Steps in which boxes have identity: what each touches, what it makes, and the place that the new takes over.

A *wire* has a number that no other wire of the derivation has; its row says what makes it now. A *place* is a number too: a new box takes the place
of the box that it stands for (add(W) that of mul(W), σ' that of the σ between exp and ln), so a picture can leave it where it was.
Steps are edits of rows, whatever figure made them, and can be undone, substituted in, joined, and put in another order.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.diagram import Columns
from sigmaprime.diagrams.draft import Rows, canonical

from .kernel import Equation

__all__ = ["ABSORB", "ATTACH", "FORWARD", "Move", "Row", "State", "forward", "heirs"]

LARGE, NEAR = 40_000, 64  # pairs that are compared one by one; how far ahead an equal box is looked for beyond that
FORWARD = -2
"""The kind of a wire that is another wire."""
ATTACH, ABSORB = "attach", "absorb"


class Row(NamedTuple):
    """What makes a wire: a box, an input, or (FORWARD) another wire."""

    op: int
    fn: int
    wt: int
    bs: int
    reads: tuple[int, ...]
    space: int
    place: int


@dataclass(frozen=True)
class Move:
    """One step: a rule at a place, or diagrams attached to both sides."""

    name: str
    rule: Equation | None
    """None for `share` and `attach`."""
    backwards: bool
    touched: tuple[int, ...]
    """The wires of the boxes that it fits."""
    made: tuple[int, ...]
    """The wires of the boxes that it makes."""
    kept: tuple[tuple[int, int], ...]
    """Boxes touched and made that are the same: equal, or layers with the same weights."""
    reads: tuple[int, ...]
    """The wires that it rests on, besides those that it changes."""
    changes: tuple[tuple[int, Row | None, Row | None], ...]
    """Wires with their rows before and after."""
    ends: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    """Of `attach`: the inputs and outputs from here on."""
    absorbs: bool = False
    """A part of `absorb`."""


@dataclass
class State:
    """The rows at one moment, dead ones too; outputs are wires of their own."""

    rows: dict[int, Row]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def apply(self, move: Move) -> None:
        for wire, _, row in move.changes:
            if row is None:
                del self.rows[wire]
            else:
                self.rows[wire] = row
        if move.ends:
            self.inputs, self.outputs = move.ends

    def resolve(self, wire: int) -> int:
        while self.rows[wire].op == FORWARD:
            wire = self.rows[wire].reads[0]
        return wire

    def live(self) -> dict[int, tuple[int, ...]]:
        """The boxes that the outputs need, and what they read; a dead one may read what is not there, before a step revives it or after."""
        found: dict[int, tuple[int, ...]] = {}
        todo = [self.resolve(w) for w in self.outputs]
        while todo:
            w = todo.pop()
            if w not in found and self.rows[w].op != Kind.INPUT:
                found[w] = tuple([self.resolve(a) for a in self.rows[w].reads])
                todo += found[w]
        return found

    def ordered(self) -> tuple[Columns, list[int], tuple[int, ...]]:
        """The canonical columns, the wires in that order, and the output wires."""
        rows, count = self.rows, len(self.inputs)
        live = self.live()
        wires = [*self.inputs, *sorted(live)]
        at = {w: i for i, w in enumerate(wires)}
        first, more = array("i", [-1] * count), array("i", [0] * count)
        others: list[tuple[int, ...]] = [()]
        op, fn, wt, bs, _, _, _ = zip(*[rows[w] for w in wires], strict=True)
        for w in wires[count:]:
            a, *rest = [at[a] for a in live[w]]
            first.append(a)
            more.append(len(others) if rest else 0)
            if rest:
                others.append(tuple(rest))
        ends = [at[self.resolve(w)] for w in self.outputs]
        columns, order, outputs = canonical(Rows(op, fn, wt, bs, first, more, others), count, ends)
        return columns, [wires[i] for i in order], outputs


def forward(wire: int) -> Row:
    """The row of a wire that is another wire."""
    return Row(FORWARD, -1, -1, -1, (wire,), -1, -1)


# --- who stands for whom ---


def _key(row: Row) -> tuple[int, ...]:
    return (row.op, row.wt, row.bs) if row.op == Kind.MIX else row[:4]


def heirs(
    old: Sequence[tuple[int, Row]], new: Sequence[tuple[int, Row]]
) -> tuple[tuple[tuple[int, int], ...], list[tuple[int, int]]]:
    """The pairs of boxes that are the same, and of those where the new one takes the place; both lists come in topological order.

    A box takes a place only in order and only where all that it reads stands further left: then no place has to be left of itself.
    """
    pairs = _common([_key(r) for _, r in old], [_key(r) for _, r in new])
    kept = tuple((old[i][0], new[j][0]) for i, j in pairs)
    if not pairs and old and new:
        pairs = [(len(old) // 2, len(new) // 2)]
    inner = {w for w, _ in new}
    placed = []
    for i, j in pairs:
        left = {a for _, r in old[: i + 1] for a in r.reads}
        if all(a in left or a in inner for _, r in new[: j + 1] for a in r.reads):
            placed.append((old[i][0], new[j][0]))
    return kept, placed


def _roughly_common(a: Sequence[Any], b: Sequence[Any]) -> list[tuple[int, int]]:
    """From the left, each element with the next equal one of the other sequence; in time n log n."""
    places: dict[Any, list[int]] = {}
    for j, x in enumerate(b):
        places.setdefault(x, []).append(j)
    found: list[tuple[int, int]] = []
    after = 0
    for i, x in enumerate(a):
        at = places.get(x, [])
        k = bisect_left(at, after)
        if k < len(at) and at[k] - after <= NEAR:
            found.append((i, at[k]))
            after = at[k] + 1
    return found


def _common(a: Sequence[Any], b: Sequence[Any]) -> list[tuple[int, int]]:
    """A longest common subsequence, as pairs of indices; of long sequences, their common ends and a common subsequence between them."""
    if not set(a) & set(b):
        return []
    if len(a) * len(b) > LARGE:
        return _roughly_common(a, b)
    best = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) - 1, -1, -1):
        for j in range(len(b) - 1, -1, -1):
            best[i][j] = best[i + 1][j + 1] + 1 if a[i] == b[j] else max(best[i + 1][j], best[i][j + 1])
    i, j, found = 0, 0, []
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return found
