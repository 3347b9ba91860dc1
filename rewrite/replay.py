"""The journal of a rewrite replayed, each step as a move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .kernel import Equation
from .moves import Move, Row, State, forward, heirs
from .rewriting import Rewriting, plan_of

__all__ = ["Player"]


class Player:
    """Makes the steps of a journal, and says what they did in the numbers of the trace."""

    def __init__(self, run: Rewriting, state: State, wires: list[int], count: int) -> None:
        self.run, self.rows, self.outputs = run, state.rows, state.outputs
        self.wires = wires
        """The trace's wire for each of the workspace."""
        self.count = count

    def fresh(self) -> int:
        self.count += 1
        return self.count - 1

    def move(self, rule: Equation | None, node: int, earlier: int) -> Move:
        if rule is None:
            self.run.share(node, earlier)
            both = self.wires[node], self.wires[earlier]
            changes = self.write([(both[0], forward(both[1]))])
            return Move("share", None, False, both, (), (), both, changes)
        ws, plan = self.run.ws, plan_of(rule)
        found = plan.look(ws, node)
        assert isinstance(found, tuple), "a step of a journal fits"
        count = len(rule.lhs.inputs)
        slots = [plan.slot_of[w] for w in range(count, len(rule.lhs.columns.op))] if not plan.bare else []
        touched = [self.wires[found[0][s]] for s in slots]
        olds = [(self.wires[found[0][s]], self.row(found[0][s])) for s in slots]
        reads = [*touched, *self.passed([found[0][s] for s in slots])]
        readers = _reads(ws) if plan.bare else {}
        size = len(ws.op)
        self.run.step(rule, node)
        self.wires += [self.fresh() for _ in range(size, len(ws.op))]
        if found[1].forward >= 0:
            changed = [(self.wires[node], forward(self.wires[found[0][found[1].forward]]))]
            return Move(rule.label or str(rule), rule, False, tuple(touched), (), (), tuple(reads), self.write(changed))
        made = [*range(size, len(ws.op)), *(() if plan.bare else (node,))]
        changed = [(self.wires[w], self.row(w)) for w in made]
        kept, placed = heirs(olds, changed)
        places = {wire: self.rows[old].place for old, wire in placed}
        new = {}
        for wire, row in changed:  # a place of its own, unless it is an heir
            place = places[wire] if wire in places else self.fresh() if wire in self.rows else wire
            new[wire] = Row(*row[:6], place)
        if plan.bare:
            new |= self.redirected(readers)
        changes = self.write(new.items())
        return Move(
            rule.label or str(rule), rule, False, tuple(touched), tuple(w for w, _ in changed), kept, tuple(reads), changes
        )  # fmt: skip

    def row(self, w: int) -> Row:
        ws, wires = self.run.ws, self.wires
        return Row(ws.op[w], ws.fn[w], ws.wt[w], ws.bs[w], tuple([wires[a] for a in ws.arguments(w)]), ws.types[w], -1)

    def write(self, changed: Iterable[tuple[int, Row]]) -> tuple[tuple[int, Row | None, Row | None], ...]:
        changes = tuple([(w, self.rows.get(w), row) for w, row in changed])
        self.rows.update((w, row) for w, _, row in changes)
        return changes

    def passed(self, boxes: list[int]) -> list[int]:
        """The forwarded wires between these boxes and what they read."""
        ws, found = self.run.ws, []
        for w in boxes:
            for a in (ws.first[w], *ws.rest[ws.more[w]]):
                while ws.forward[a] >= 0:
                    found.append(self.wires[a])
                    a = ws.forward[a]
        return found

    def redirected(self, before: Mapping[int, tuple[int, ...]]) -> dict[int, Row]:
        """The rows that read another wire after boxes were inserted on one."""
        ws, changed = self.run.ws, {}
        for w, reads in before.items():
            if ws.arguments(w) != reads:
                old = self.rows[self.wires[w]]
                changed[self.wires[w]] = old._replace(reads=tuple(self.wires[a] for a in ws.arguments(w)))
        for out, w in zip(self.outputs, ws.outputs, strict=True):
            changed[out] = forward(self.wires[w])
        return changed


def _reads(ws: Any) -> dict[int, tuple[int, ...]]:
    return {w: ws.arguments(w) for w in range(ws.inputs, len(ws.op)) if ws.forward[w] < 0}
