"""Matching a rule's left side at a node, and what a match means.

The structure is compared on ints only. Everything else about a match (bindings, signatures, sizes, facts, types of the new boxes) is its
*meaning*: plain code, asked once per distinct key and remembered, refusals with their reason. The key holds all that the meaning
depends on: the types of the matched wires, the functions at open places, and the weights wherever somebody looks into them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams import Size, Space, Vector, Weight, plus, then, times
from sigmaprime.diagrams.box import Kind, typed
from sigmaprime.diagrams.calling import check
from sigmaprime.diagrams.function import parts
from sigmaprime.diagrams.product import product_factors
from sigmaprime.diagrams.term import VARIABLE_HEADS, Head, Term, substitute, subterms, variables
from sigmaprime.diagrams.weight import STRUCTURED

from . import errors
from .facts import Equal
from .workspace import Workspace, meet

if TYPE_CHECKING:
    from .kernel import Equation

__all__ = ["Action", "Plan", "bind"]

Pair = tuple[Any, Any]


# --- binding terms, one way ---

_BY_PARTS = frozenset(Head) - VARIABLE_HEADS - {Head.SIZE, Head.THEN, Head.TIMES, Head.SUM}


def bind(pairs: Sequence[Pair]) -> dict[Any, Any]:
    """The one substitution that turns every pattern into its term; raises `Refused` with the reason.

    Bare variables bind at once; a compound pattern waits until at most one of its variables is free, and is solved for that one.
    """
    theta: dict[Any, Any] = {}
    waiting = list(pairs)
    while waiting:
        later: list[Pair] = []
        moved = False
        for pattern, term in waiting:
            further = _step(pattern, term, theta)
            moved |= further is not None
            later += [(pattern, term)] if further is None else further
        if not moved:
            raise errors.ambiguous(later[0][0])
        waiting = later
    return theta


def _step(pattern: Any, term: Any, theta: dict[Any, Any]) -> list[Pair] | None:
    """Bind what is certain; the simpler pairs that remain, or None to wait."""
    if type(pattern) is not type(term):
        raise errors.differs(pattern, term)
    if isinstance(pattern, Size):
        return _step_size(pattern, term, theta)
    if pattern.head in VARIABLE_HEADS:
        if theta.setdefault(pattern, term) is not term:
            raise errors.bound_twice(pattern, theta[pattern], term)
        return _sizes(pattern, term)
    free = [v for v in variables([pattern]) if v not in theta]
    if not free and all(t in theta or not t.key[2:] for t in _names(pattern)):
        if substitute(pattern, theta) is not term:
            raise errors.differs(pattern, term)
        return []
    if pattern.head in _BY_PARTS:
        return _children(pattern, term)
    return _around(pattern, term, theta, free[0]) if len(free) == 1 else None


def _sizes(variable: Any, value: Any) -> list[Pair]:
    if isinstance(variable, Weight):
        return [(variable.rows, value.rows), (variable.columns, value.columns)]
    return [(variable.size, value.size)] if isinstance(variable, Vector) else []


def _names(pattern: Any) -> list[Size]:
    """The named sizes in a term, as variables."""
    found = [n for t in subterms([pattern]) if isinstance(t, Size) for n in t.factors]
    return [Size.of(0, {n: 1}) for n in dict.fromkeys(found)]


def _step_size(pattern: Size, term: Size, theta: dict[Any, Any]) -> list[Pair] | None:
    free = [n for n in pattern.factors if Size.of(0, {n: 1}) not in theta]
    if len(free) > 1:
        return None
    settled = {n: j for n, j in pattern.factors.items() if n not in free}
    left = term.minus(substitute(Size.of(pattern.constant, settled), theta))
    k = pattern.factors[free[0]] if free else 1
    if not free and left is not Size(0):
        raise (
            errors.differs(pattern, term)
            if pattern.closed
            else errors.bound_twice(pattern, substitute(pattern, theta), term)
        )
    if left is None or left.constant % k or any(j % k for j in left.factors.values()):
        raise errors.differs(pattern, term)
    if free:
        theta[Size.of(0, {free[0]: 1})] = Size.of(left.constant // k, {n: j // k for n, j in left.factors.items()})
    return []


def _children(pattern: Any, term: Any) -> list[Pair]:
    """Head by head: arguments pair up, data must be equal."""
    start = 5 + pattern.key[3] if pattern.head is Head.DEFINED else 1
    if len(pattern.key) != len(term.key) or pattern.key[:start] != term.key[:start]:
        raise errors.differs(pattern, term)
    pairs = list(zip(pattern.key[start:], term.key[start:], strict=True))
    if any(p != t for p, t in pairs if not (isinstance(p, Term) and isinstance(t, Term))):
        raise errors.differs(pattern, term)
    return [(p, t) for p, t in pairs if isinstance(p, Term)]


def _around(pattern: Any, term: Any, theta: dict[Any, Any], variable: Any) -> list[Pair] | None:
    """A chain, product or sum with one free variable: what stands before and after it is taken away."""
    split: Any
    join: Any
    match pattern.head:
        case Head.THEN:
            split, join = parts, then
        case Head.TIMES:
            split, join = product_factors, _product
        case Head.SUM:
            split, join = _summands, plus
        case _:
            raise errors.differs(pattern, term)
    items, have = split(pattern), split(term)
    holes = [i for i, t in enumerate(items) if variable in variables([t])]
    if len(holes) != 1:
        raise errors.ambiguous(pattern)
    hole = holes[0]
    if any(s not in theta for t in (*items[:hole], *items[hole + 1 :]) for s in _names(t)):
        return None
    before = [p for t in items[:hole] for p in split(substitute(t, theta))]
    after = [p for t in items[hole + 1 :] for p in split(substitute(t, theta))]
    middle = have[len(before) : len(have) - len(after)]
    if not middle or have[: len(before)] != before or have[len(have) - len(after) :] != after:
        raise errors.differs(pattern, term)
    return [(items[hole], join(*middle))]


def _product(*factors: Weight) -> Weight:
    result = factors[-1]
    for factor in reversed(factors[:-1]):
        result = times(factor, result)
    return result


def _summands(vector: Vector) -> list[Any]:
    return list(vector.key[1:]) if vector.head is Head.SUM else [vector]


# --- a rule as a plan ---


@dataclass(frozen=True)
class Action:
    """What a step does, ready to be carried out: new rows, the new root, or the wire that the root is forwarded to."""

    rows: tuple[tuple[int, int, int, int, tuple[int, ...], int], ...]
    """Kind, function, weight, bias, arguments, space. A weight ≤ -2 is read from the match, an argument < 0 is a new box."""
    root: int
    """The space known of the root's wire after the step."""
    forward: int
    """The matched wire that the root is forwarded to, -1 if the root is overwritten by the last row."""
    wire: int
    """The space known of that wire after the step."""
    hypotheses: tuple[Equal, ...]
    """What must be given or known besides."""


Visit = tuple[int, int, int, int, int, int, tuple[int, ...]]
"""A box of the left side: slot, kind, then function, weight and bias (-1: anything), the slots of its arguments."""


@dataclass(frozen=True)
class Shape:
    """What all actions of a plan have in common: kinds, weights that pass through, and wires."""

    rows: tuple[tuple[int, int, int, tuple[int, ...]], ...]
    """Kind, weight, bias (≤ -2: read from the match), arguments (< 0: a new box)."""
    forward: int
    """The matched wire that the root is forwarded to, or -1."""


class Plan:
    """A rule ready to be matched; raises `Refused` if the equation cannot be used as a rule."""

    def __init__(self, rule: Equation) -> None:
        self.rule = rule
        left = rule.lhs
        if len(left.outputs) != 1 or len(rule.rhs.outputs) != 1:
            raise errors.two_outputs(rule)
        self.count = len(left.inputs)
        self.bare = left.outputs[0] < self.count
        if self.bare and rule.rhs.outputs[0] < self.count:
            raise errors.two_wires_alone(rule)
        self.memo: dict[tuple[int, ...], Action | errors.SigmaError] = {}
        self.fast: dict[tuple[int, ...], tuple[int, ...]] = {}
        """What an action without hypotheses adds to the shape, for the compiled step; () where the meaning is a refusal."""
        self.source: str | None = None
        self.bind: Any = None
        self._check_bound()
        self._compile()
        self.shape = self._shape()

    def _check_bound(self) -> None:
        rule, left = self.rule, self.rule.lhs
        read = {a for w in range(self.count, len(left.columns.op)) for a in left.columns.arguments(w)}
        unread = [i for i in range(self.count) if i not in read]
        if unread and (not self.bare or self.count > 1):  # a bare wire is read by being the output
            raise errors.unread_input(rule, next((i for i in unread if i not in left.outputs), unread[0]))
        have = set(left.variables)
        wanted = [*rule.rhs.variables, *(v for h in rule.hypotheses for v in h.variables)]
        loose = [v for v in wanted if v not in have]
        if loose and not self.bare:
            raise errors.unbound(rule, loose[0].name)
        if self.bare and wanted:
            raise errors.unbound(rule, wanted[0].name)
        more = [t for h in rule.hypotheses for t in (h.first, h.second)]
        sized = {n for t in (*(s.size for s in left.inputs), *left.terms) for n in _names(t)}
        named = {n for t in (*rule.rhs.terms, *more) for n in _names(t)}
        unsized = sorted(str(n) for n in named - sized)
        if unsized:
            raise errors.unbound(rule, unsized[0])
        alone = {t for t in left.terms if t.head in VARIABLE_HEADS}
        for term in left.terms:
            if len([v for v in variables([term]) if v not in alone]) > 1 and term.head in (
                Head.THEN,
                Head.TIMES,
                Head.SUM,
            ):
                raise errors.ambiguous_rule(rule, term)

    def _compile(self) -> None:
        """Slots number the wires of the left side: its boxes in the order in which a match meets them, then its inputs."""
        columns = self.rule.lhs.columns
        slot_of: dict[int, int] = {}
        queue = list(self.rule.lhs.outputs) if not self.bare else []
        boxes: list[int] = []
        while queue:
            wire = queue.pop(0)
            if wire >= self.count and wire not in slot_of:
                slot_of[wire] = len(boxes)
                boxes.append(wire)
                queue.extend(columns.arguments(wire))
        slot_of |= {i: len(boxes) + i for i in range(self.count)}
        self.slot_of, self.boxes = slot_of, boxes
        looked_into = self._looked_into()
        self.visits: list[Visit] = []
        self.open_functions: list[int] = []
        self.open_weights: list[int] = []
        self.passed: list[int] = []
        for slot, wire in enumerate(boxes):
            op, fn, wt, bs = self.rule.lhs.row(wire)
            f, w, b = (i if i < 0 or Term.all[i].closed else -1 for i in (fn, wt, bs))
            if fn >= 0 and f < 0:
                self.open_functions.append(slot)
            loose = [Term.all[i] for i, c in zip((wt, bs), (w, b), strict=True) if i >= 0 and c < 0]
            if any(t in looked_into or t.head not in (Head.WEIGHT, Head.VECTOR) for t in loose):
                self.open_weights.append(slot)
            elif loose:
                self.passed.append(slot)
            arguments = tuple(slot_of[a] for a in columns.arguments(wire))
            self.visits.append((slot, op, f, w, b, arguments[0], arguments[1:]))

    def _looked_into(self) -> set[Any]:
        """Weights and vectors whose identity matters: they stand in a compound term, or at two places of the left side."""
        rule = self.rule
        seen: Counter[Any] = Counter()
        looked: set[Any] = set()
        for side in (rule.lhs, rule.rhs):
            for wire in range(self.count, len(side.columns.op)):
                for i in side.row(wire)[2:]:
                    if i < 0:
                        continue
                    term = Term.all[i]
                    if term.head in (Head.WEIGHT, Head.VECTOR):
                        seen[term] += side is rule.lhs
                    else:
                        looked.update(variables([term]))
        return looked | {t for t, n in seen.items() if n > 1} | {v for h in rule.hypotheses for v in h.variables}

    # --- at a node ---

    def match(self, ws: Workspace, node: int) -> list[int] | int:
        """The wires that the left side takes when its output meets `node`, or the slot at which it does not fit."""
        op, fn, wt, bs, first, more, forward = ws.op, ws.fn, ws.wt, ws.bs, ws.first, ws.more, ws.forward
        wires = [-1] * (len(self.boxes) + self.count)
        wires[0] = node
        for slot, kind, f, w, b, argument, others in self.visits:
            at = wires[slot]
            if op[at] != kind or (f >= 0 and fn[at] != f) or (w >= 0 and wt[at] != w) or (b >= 0 and bs[at] != b):
                return slot
            a = first[at]
            while forward[a] >= 0:
                a = forward[a]
            if wires[argument] < 0:
                wires[argument] = a
            elif wires[argument] != a:
                return slot
            if others or more[at]:
                given = ws.arguments(at)[1:]
                if len(given) != len(others):
                    return slot
                for place, a in zip(others, given, strict=True):
                    if wires[place] < 0:
                        wires[place] = a
                    elif wires[place] != a:
                        return slot
        return wires

    def look(self, ws: Workspace, node: int) -> tuple[list[int], Action] | errors.SigmaError | int:
        """The match at a node and its meaning, or why there is none (a slot, or a refusal)."""
        wires = self.match(ws, node)
        if isinstance(wires, int):
            return wires
        types, wt, bs = ws.types, ws.wt, ws.bs
        key = [types[w] for w in wires]
        for slot in self.open_functions:
            key.append(ws.fn[wires[slot]])
        for slot in self.passed:
            w = wt[wires[slot]]
            key += (w, bs[wires[slot]]) if w in STRUCTURED else (-1, -1)
        for slot in self.open_weights:
            key += (wt[wires[slot]], bs[wires[slot]])
        frozen = tuple(key)
        action = self.memo.get(frozen)
        if action is None:
            try:
                action = self._meaning(frozen)
                if not action.hypotheses and not self.bare:
                    self.fast[frozen] = self._flat(action)
            except errors.SigmaError as refusal:
                action = refusal
                self.fast[frozen] = ()
            self.memo[frozen] = action
        return action if isinstance(action, errors.SigmaError) else (wires, action)

    def _meaning(self, key: tuple[int, ...]) -> Action:
        """Bindings, side conditions and new types for one key."""
        rule, left = self.rule, self.rule.lhs
        slots = len(self.boxes) + self.count
        spaces = [Space.all[i] for i in key[:slots]]
        rest = iter(key[slots:])
        pairs: list[Pair] = []
        for slot in self.open_functions:
            pairs.append((Term.all[left.row(self.boxes[slot])[1]], Term.all[next(rest)]))
        placeholders: list[Any] = []
        for slot in (*self.passed, *self.open_weights):
            for pattern, found in zip(left.row(self.boxes[slot])[2:], (next(rest), next(rest)), strict=True):
                if found >= 0:
                    pairs.append((Term.all[pattern], Term.all[found]))
                elif pattern >= 0 and not Term.all[pattern].closed:
                    placeholders.append(Term.all[pattern])
        for i, space in enumerate(left.inputs):
            pairs.append((space.size, spaces[self.slot_of[i]].size))
        pairs += self._shapes(spaces)
        theta = bind(pairs)
        for v in placeholders:
            theta[v] = Term.rebuilt(v, *(substitute(s, theta) if isinstance(s, Size) else s for s in v.key[1:]))
        for v in left.variables:
            if theta.get(v) is None:
                raise errors.unbound(rule, v.name)
        check({v: t for v, t in theta.items() if not isinstance(v, Size)})
        for i, space in enumerate(left.inputs):
            has = spaces[self.slot_of[i]].interval
            if not space.interval.contains(has):
                raise errors.outside_rule(rule, space.interval, has)
        hypotheses = tuple(h for h in (h.at(theta) for h in rule.hypotheses) if not h.decided)
        return self._action(theta, spaces, hypotheses)

    def _shapes(self, spaces: list[Space]) -> list[Pair]:
        """The sizes of the layers' weights, which the types of the matched wires settle."""
        left, pairs = self.rule.lhs, []
        for slot, wire in enumerate(self.boxes):
            op, _, wt, bs = left.row(wire)
            if op == Kind.MIX:
                reads = self.slot_of[left.columns.first[wire]]
                w, b = Term.all[wt], Term.all[bs]
                pairs += [(w.rows, spaces[slot].size), (w.columns, spaces[reads].size), (b.size, spaces[slot].size)]
            elif op == Kind.POOL:
                w, reads = Term.all[wt], self.slot_of[left.columns.first[wire]]
                pairs += [(w.rows, spaces[slot].size), (w.columns, spaces[reads].size)]
        return pairs

    def _shape(self) -> Shape:
        left, right = self.rule.lhs, self.rule.rhs
        source: dict[int, int] = {}
        for slot in self.passed:
            row = left.row(self.boxes[slot])
            source |= {i: -2 - 2 * slot - j for j, i in enumerate(row[2:]) if not Term.all[i].closed}
        rows = []
        for wire in range(self.count, len(right.columns.op)):
            op, _, wt, bs = right.row(wire)
            places = tuple(
                self.slot_of[a] if a < self.count else self.count - a - 1 for a in right.columns.arguments(wire)
            )
            rows.append((op, source.get(wt, -1), source.get(bs, -1), places))
        end = right.outputs[0]
        return Shape(tuple(rows), self.slot_of[end] if end < self.count else -1)

    def _flat(self, action: Action) -> tuple[int, ...]:
        if action.forward >= 0:
            return (action.wire,)
        flat: list[int] = []
        for (_, fn, wt, bs, _, space), (_, w, b, _) in zip(action.rows, self.shape.rows, strict=True):
            flat += [fn, *(i for i, s in ((wt, w), (bs, b)) if s == -1), space]
        return (*flat[:-1], action.root)

    def _action(self, theta: dict[Any, Any], spaces: list[Space], hypotheses: tuple[Equal, ...]) -> Action:
        rule, right = self.rule, self.rule.rhs
        columns = right.columns
        known = [Space(substitute(Space.all[t].size, theta), Space.all[t].interval).id for t in rule.known[1]]
        types: list[int] = [spaces[self.slot_of[i]].id for i in range(self.count)]
        rows = []
        for wire, (op, w, b, places) in enumerate(self.shape.rows, self.count):
            fn, wt, bs = (i if i < 0 else substitute(Term.all[i], theta).id for i in right.row(wire)[1:])
            try:
                space = typed(op, fn, wt, bs, tuple(types[a] for a in columns.arguments(wire)))
                types.append(self._met(space, known[wire]))
            except errors.IllTyped:
                types.append(known[wire])
            rows.append((op, fn, wt if w == -1 else w, bs if b == -1 else b, places, types[-1]))
        end = right.outputs[0]
        given = Space(Space.all[types[end]].size, rule.outputs[0]).id
        space = self._met(types[end], given)
        space = self._met(spaces[0].id, space)
        if end < self.count:
            return Action((), space, self.slot_of[end], self._met(types[end], space), hypotheses)
        return Action(tuple(rows), space, -1, -1, hypotheses)

    def _met(self, one: int, other: int) -> int:
        space = meet(one, other)
        if space is None:
            raise errors.contradiction(Space.all[one].interval, Space.all[other].interval)
        return space
