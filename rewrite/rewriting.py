"""Carrying out steps: the only code that changes a workspace.

Canonical order is topological and a match depends only on the boxes beneath its root, so one innermost pass reaches the normal form: no
reader lists, no collection, no wake-ups. Boxes that nobody reads fall out when the result is numbered.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sigmaprime.diagrams import Diagram, errors
from sigmaprime.diagrams.box import Kind

from .facts import Equal
from .match import Action, Plan
from .workspace import Workspace, meet

if TYPE_CHECKING:
    from .kernel import Equation

__all__ = ["Journal", "Rewriting", "Stepper", "plan_of", "share"]


@dataclass(frozen=True)
class Journal:
    """What a rewrite did: the rules it used (None is share), and rule, node and (for share) the earlier node of every step."""

    rules: tuple[Equation | None, ...]
    given: tuple[Equal, ...]
    rule: array[int]
    node: array[int]
    earlier: Mapping[int, int]


class Stepper(Protocol):
    """A rule, schema or share as `rewrite` drives it."""

    name: str
    kinds: frozenset[int]
    """The kinds of the boxes at which it may fit."""

    def fire(self, run: Rewriting, node: int) -> bool:
        """Make one step at the node, if there is one."""
        ...


def plan_of(rule: Equation) -> Plan:
    """The equation as a rule, compiled once."""
    if rule.plan is None:
        object.__setattr__(rule, "plan", Plan(rule))
    assert rule.plan is not None
    return rule.plan


class Rewriting:
    """One rewrite in progress: the workspace, the journal, the hypotheses that steps brought along."""

    def __init__(self, start: Diagram, types: array[int], hypotheses: Iterable[Equal], given: Sequence[Equal]) -> None:
        self.ws = Workspace(start.inputs)
        self.ws.outputs = self.ws.splice(start, types, range(len(start.inputs)))
        self.weights = dict(start._weights)
        self.given = tuple(given)
        self.facts: dict[Equal, None] = dict.fromkeys(hypotheses)
        self.rules: dict[Equation | None, int] = {}
        self.journal_rule, self.journal_node = array("i"), array("i")
        self.earlier: dict[int, int] = {}

    @property
    def journal(self) -> Journal:
        return Journal(tuple(self.rules), self.given, self.journal_rule, self.journal_node, self.earlier)

    # --- one step ---

    def step(self, rule: Equation, node: int) -> bool:
        """Rewrite by the rule at the node, if it fits there."""
        plan = rule.plan or plan_of(rule)
        found = plan.look(self.ws, node)
        if not isinstance(found, tuple):
            return False
        wires, action = found
        if action.hypotheses and not self._granted(action.hypotheses):
            return False
        if plan.bare:
            self._insert(wires, action)
        elif action.forward >= 0:
            wire = wires[action.forward]
            self.ws.narrow(wire, action.wire)
            self.ws.forward[node] = wire
        else:
            self._overwrite(node, wires, action)
        number = self.rules.get(rule)
        if number is None:
            number = self._admit(rule)
        self.journal_rule.append(number)
        self.journal_node.append(node)
        return True

    def _overwrite(self, node: int, wires: list[int], action: Action) -> None:
        """The new boxes, the last of them on the root's own wire."""
        ws = self.ws
        wt, bs, base = ws.wt, ws.bs, len(ws.op)
        *rows, last = action.rows
        held = [self._row(row, wires, base) for row in (last,)]
        for row in rows:
            op, fn, w, b, places, space = row
            if w < -1:
                w = (bs if w & 1 else wt)[wires[(-2 - w) >> 1]]
            if b < -1:
                b = (bs if b & 1 else wt)[wires[(-2 - b) >> 1]]
            if len(places) == 1:
                p = places[0]
                ws.op.append(op)
                ws.fn.append(fn)
                wt.append(w)
                bs.append(b)
                ws.first.append(wires[p] if p >= 0 else base - p - 1)
                ws.more.append(0)
                ws.types.append(space)
                ws.forward.append(-1)
            else:
                ws.append(op, fn, w, b, tuple([wires[p] if p >= 0 else base - p - 1 for p in places]), space)
        op, fn, w, b, arguments = held[0]
        ws.overwrite(node, op, fn, w, b, arguments, action.root)

    def _row(self, row: tuple[Any, ...], wires: list[int], base: int) -> tuple[int, int, int, int, tuple[int, ...]]:
        """A row of an action with its weights and arguments looked up in the match."""
        op, fn, w, b, places, _ = row
        ws = self.ws
        if w < -1:
            w = (ws.bs if w & 1 else ws.wt)[wires[(-2 - w) >> 1]]
        if b < -1:
            b = (ws.bs if b & 1 else ws.wt)[wires[(-2 - b) >> 1]]
        return op, fn, w, b, tuple([wires[p] if p >= 0 else base - p - 1 for p in places])

    def _insert(self, wires: list[int], action: Action) -> None:
        """A left side that is a bare wire: the new boxes come after it, and what read it before reads their end."""
        base = len(self.ws.op)
        for row in action.rows:
            op, fn, w, b, arguments = self._row(row, wires, base)
            self.ws.append(op, fn, w, b, arguments, row[5])
        if action.rows:
            self.ws.types[-1] = action.root
            self.ws.insert(wires[0], len(self.ws.op) - 1, base)

    def _granted(self, hypotheses: tuple[Equal, ...]) -> bool:
        """Whether every hypothesis follows from those at hand; those that are only given join them."""
        for h in hypotheses:
            if not h.follows_from((*self.facts, *self.given)):
                return False
            if not h.follows_from(self.facts):
                self.facts[h] = None
        return True

    def _admit(self, rule: Equation) -> int:
        """A rule that fires for the first time: its constants' arrays come along."""
        for name, value in rule.rhs._weights.items():
            if name.startswith("#"):
                self.weights[name] = value
        return self.rules.setdefault(rule, len(self.rules))

    def share(self, later: int, earlier: int) -> None:
        """Two equal boxes on equal wires are one."""
        ws = self.ws
        space = meet(ws.types[later], ws.types[earlier])
        if space is None:
            raise errors.contradiction(_interval(ws.types[later]), _interval(ws.types[earlier]))
        ws.narrow(earlier, space)
        ws.forward[later] = earlier
        self.earlier[len(self.journal_rule)] = earlier
        self.journal_rule.append(self.rules.setdefault(None, len(self.rules)))
        self.journal_node.append(later)

    # --- many steps ---

    def all(self, rules: Sequence[Any], *, once: bool = False, at: Any = None, limit: int | None = None) -> tuple[str, ...]:
        """Apply the rules; the names of those that never fired."""
        steppers: list[Stepper] = [r.stepper() for r in rules]
        wires = None if at is None else [at] if isinstance(at, int) else list(at)
        for stepper in steppers:
            if wires is None and stepper.kinds == frozenset({Kind.INPUT}):
                raise errors.bare_left(stepper.name)
        for w in wires or ():
            if not 0 <= w < len(self.ws.op):
                raise errors.no_such_wire(w, len(self.ws.op))
        by_kind = {int(k): [s for s in steppers if k in s.kinds or s.kinds == frozenset({Kind.INPUT})] for k in Kind}
        fired: set[int] = set()
        bound = 1000 + 100 * len(self.ws.op) if limit is None else limit
        nodes = range(self.ws.inputs, len(self.ws.op)) if wires is None else wires
        again = not once and wires is None
        op, forward = self.ws.op, self.ws.forward
        sharing = [s for s in steppers if isinstance(s, Share)]
        for start in nodes:
            todo = [start]
            while todo:
                node = todo.pop()
                if forward[node] >= 0:
                    continue
                before = len(op)
                for stepper in by_kind[op[node]]:
                    if stepper.fire(self, node):
                        fired.add(id(stepper))
                        if again:
                            todo.append(node)
                            if len(op) > before:
                                todo.extend(range(len(op) - 1, before - 1, -1))
                        break
                else:
                    for s in sharing:
                        s.settle(self, node)
                if len(self.journal_rule) > bound:
                    raise self._cycle(bound)
        return tuple(s.name for s in steppers if id(s) not in fired)

    def _cycle(self, bound: int) -> errors.SigmaError:
        names = [("share" if r is None else r.label or str(r)) for r in self.rules]
        return errors.cycle(bound, [names[i] for i in self.journal_rule[-6:]], self.ws.describe(self.journal_node[-1]))


def _interval(space: int) -> Any:
    from sigmaprime.diagrams import Space

    return Space.all[space].interval


class Share:
    """Value numbering: a box that equals an earlier one on equal wires is that one. Every box here is pure."""

    name = "share"
    kinds = frozenset({int(Kind.MAP), int(Kind.MIX), int(Kind.CONCAT), int(Kind.SLICE)})

    def __init__(self) -> None:
        self.seen: dict[tuple[Any, ...], int] = {}

    def stepper(self) -> Share:
        return Share()

    def apply_to(self, diagram: Diagram, rules: Sequence[Any], **options: Any) -> Equation:
        from .kernel import refl, rewrite

        return rewrite(refl(diagram), rules, **options)

    def _key(self, run: Rewriting, node: int) -> tuple[Any, ...]:
        ws = run.ws
        return ws.op[node], ws.fn[node], ws.wt[node], ws.bs[node], ws.arguments(node)

    def fire(self, run: Rewriting, node: int) -> bool:
        earlier = self.seen.get(self._key(run, node), node)
        if earlier == node:
            return False
        run.share(node, earlier)
        return True

    def settle(self, run: Rewriting, node: int) -> None:
        """No rule fits the box any more: from here on others are compared with it."""
        self.seen.setdefault(self._key(run, node), node)

    def __repr__(self) -> str:
        return "share"


share = Share()
"""The rule that merges equal boxes on equal wires."""
