"""Carrying out steps: the only code that changes a workspace.

Canonical order is topological and a match depends only on the boxes beneath its root, so one innermost pass reaches the normal form: no
reader lists, no collection, no wake-ups. Boxes that nobody reads fall out when the result is numbered.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import index
from typing import TYPE_CHECKING, Any, Protocol

from sigmaprime.diagrams import Diagram
from sigmaprime.diagrams.box import Kind

from . import errors
from .compiled import ENABLED, compiled
from .facts import Equal
from .facts import hypotheses as facts_given
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

    def bind(self, run: Rewriting) -> Callable[[int], bool]:
        """What makes one step at a node of this rewriting, if there is one."""
        ...

    def fired(self, run: Rewriting) -> bool:
        """Whether it has made a step."""
        ...


def plan_of(rule: Equation) -> Plan:
    """The equation as a rule, compiled once."""
    if rule.plan is None:
        object.__setattr__(rule, "plan", Plan(rule))
    assert rule.plan is not None
    return rule.plan


class Rewriting:
    """One rewrite in progress: the workspace, the journal, the hypotheses that steps brought along."""

    def __init__(
        self, start: Diagram, types: array[int], hypotheses: Iterable[Equal], given: Equal | Sequence[Equal]
    ) -> None:
        self.ws = Workspace(start.inputs)
        self.ws.outputs = self.ws.splice(start, types, range(len(start.inputs)))
        self.weights = dict(start._weights)
        self.given = facts_given(given)
        self.facts: dict[Equal, None] = dict.fromkeys(hypotheses)
        self.rules: dict[Equation | None, int] = {}
        self.journal_rule, self.journal_node = array("i"), array("i")
        self.earlier: dict[int, int] = {}
        self._bound: dict[Equation, Callable[[int], bool]] = {}

    @property
    def journal(self) -> Journal:
        return Journal(tuple(self.rules), self.given, self.journal_rule, self.journal_node, self.earlier)

    # --- one step ---

    def step(self, rule: Equation, node: int) -> bool:
        """Rewrite by the rule at the node, if it fits there."""
        return self.bound(rule)(node)

    def bound(self, rule: Equation) -> Callable[[int], bool]:
        """The rule's step on this workspace."""
        found = self._bound.get(rule)
        if found is None:
            plan = plan_of(rule)
            interpreted = plan.bare or not ENABLED[0]
            found = self._bound[rule] = partial(self.slow, rule) if interpreted else compiled(plan)(self)
        return found

    def slow(self, rule: Equation, node: int) -> bool:
        """The step, interpreted: the readable specification, and the road for all that is uncommon."""
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
        self.journal_rule.append(self.number(rule))
        self.journal_node.append(node)
        return True

    def _overwrite(self, node: int, wires: list[int], action: Action) -> None:
        """The new boxes, the last of them on the root's own wire."""
        base = len(self.ws.op)
        rows = [self._row(row, wires, base) for row in action.rows]
        for (op, fn, w, b, arguments), row in zip(rows[:-1], action.rows, strict=False):
            self.ws.append(op, fn, w, b, arguments, row[5])
        self.ws.overwrite(node, *rows[-1], action.root)

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
        """Whether every hypothesis follows from those at hand; a given fact that is needed joins them, as it was given."""
        needed: list[Equal] = []
        for h in hypotheses:
            if not h.follows_from((*self.facts, *needed)):
                fact = next((g for g in self.given if h.follows_from([g])), None)
                if fact is None:
                    return False
                needed.append(fact)
        self.facts |= dict.fromkeys(needed)
        return True

    def number(self, rule: Equation) -> int:
        """The rule's number in the journal; when it is new, the arrays of its constants come along."""
        found = self.rules.get(rule)
        if found is None:
            self.weights |= {name: value for name, value in rule.rhs._weights.items() if name.startswith("#")}
            found = self.rules[rule] = len(self.rules)
        return found

    def share(self, later: int, earlier: int) -> None:
        """Two equal boxes on equal wires are one."""
        ws = self.ws
        if not self.same(later, earlier):
            raise errors.not_same(later, earlier)
        space = meet(ws.types[later], ws.types[earlier])
        if space is None:
            raise errors.contradiction(_interval(ws.types[later]), _interval(ws.types[earlier]))
        ws.narrow(earlier, space)
        ws.forward[later] = earlier
        self.earlier[len(self.journal_rule)] = earlier
        self.journal_rule.append(self.rules.setdefault(None, len(self.rules)))
        self.journal_node.append(later)

    def same(self, later: int, earlier: int) -> bool:
        """Whether two boxes are equal and read equal wires; then neither depends on the other."""
        ws = self.ws
        boxes = all(ws.inputs <= w < len(ws.op) and ws.forward[w] < 0 for w in (later, earlier))
        return boxes and later != earlier and key_of(ws, later) == key_of(ws, earlier)

    # --- many steps ---

    def all(
        self, rules: Sequence[Any], *, once: bool = False, at: Any = None, limit: int | None = None
    ) -> tuple[str, ...]:
        """Apply the rules; the names of those that never fired."""
        steppers: list[Stepper] = [r.stepper() for r in rules]
        wires = None if at is None else _wires(at)
        anywhere = frozenset({int(Kind.INPUT)})
        for stepper in steppers:
            if wires is None and stepper.kinds == anywhere:
                raise errors.bare_left(stepper.name)
        for w in wires or ():
            if not 0 <= w < len(self.ws.op):
                raise errors.no_such_wire(w, len(self.ws.op))
        fires = [(s.kinds, s.bind(self)) for s in steppers]
        by_kind = [[fire for kinds, fire in fires if k in kinds or kinds == anywhere] for k in sorted(Kind)]
        settle = [s.settle for s in steppers if isinstance(s, Share)]
        nodes = range(self.ws.inputs, len(self.ws.op)) if wires is None else wires
        self._sweep(
            nodes, by_kind, settle, not once and wires is None, 1000 + 100 * len(self.ws.op) if limit is None else limit
        )
        return tuple(s.name for s in steppers if not s.fired(self))

    def _sweep(
        self, nodes: Iterable[int], by_kind: Sequence[Sequence[Any]], settle: Sequence[Any], again: bool, bound: int
    ) -> None:
        """One innermost pass; the new boxes of a step come before its root."""
        op, forward, journal = self.ws.op, self.ws.forward, self.journal_rule
        for start in nodes:
            todo = [start]
            while todo:
                node = todo.pop()
                if forward[node] >= 0:
                    continue
                before = len(op)
                for fire in by_kind[op[node]]:
                    if fire(node):
                        if again:
                            todo.append(node)
                            todo += range(len(op) - 1, before - 1, -1)
                            if len(journal) > bound:
                                raise self._cycle(bound)
                        break
                else:
                    for done in settle:
                        done(self, node)

    def _cycle(self, bound: int) -> errors.SigmaError:
        names = [("share" if r is None else r.label or str(r)) for r in self.rules]
        return errors.cycle(bound, [names[i] for i in self.journal_rule[-6:]], self.ws.describe(self.journal_node[-1]))


def _wires(at: Any) -> list[int]:
    """One wire, or several."""
    try:
        return [index(w) for w in (at if isinstance(at, Iterable) else [at])]
    except TypeError:
        raise errors.no_wires(at) from None


def _interval(space: int) -> Any:
    from sigmaprime.diagrams import Space

    return Space.all[space].interval


def key_of(ws: Workspace, node: int) -> tuple[Any, ...]:
    """What a box is and what it reads."""
    return ws.op[node], ws.fn[node], ws.wt[node], ws.bs[node], ws.arguments(node)


class Share:
    """Value numbering: a box that equals an earlier one on equal wires is that one. Every box here is pure."""

    name = "share"
    kinds = frozenset(map(int, Kind)) - {int(Kind.INPUT)}

    def __init__(self) -> None:
        self.seen: dict[tuple[Any, ...], int] = {}

    def stepper(self) -> Share:
        return Share()

    def apply_to(self, diagram: Diagram, rules: Sequence[Any], **options: Any) -> Equation:
        from .kernel import refl, rewrite

        return rewrite(refl(diagram), rules, **options)

    def bind(self, run: Rewriting) -> Callable[[int], bool]:
        return partial(self._fire, run)

    def fired(self, run: Rewriting) -> bool:
        return None in run.rules

    def _fire(self, run: Rewriting, node: int) -> bool:
        earlier = self.seen.get(key_of(run.ws, node), node)
        if not run.same(node, earlier):  # also when the earlier box has changed since
            return False
        run.share(node, earlier)
        return True

    def settle(self, run: Rewriting, node: int) -> None:
        """No rule fits the box any more: from here on others are compared with it."""
        self.seen.setdefault(key_of(run.ws, node), node)

    def __repr__(self) -> str:
        return "share"


share = Share()
"""The rule that merges equal boxes on equal wires."""
