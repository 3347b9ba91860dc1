"""A derivation in which boxes have identity: what every step touches, what it makes, and the place that the new takes over.

A *wire* has a number that no other wire of the derivation has; its row says what makes it now. A *place* is a number too: a new box takes the place
of the box that it stands for (add(W) that of mul(W), σ' that of the σ between exp and ln), so a picture can leave it where it was.
Steps are edits of rows, whatever figure made them, and can be undone, substituted in, joined, and put in another order.

    refl         no step                        rewrite    the journal, step by step
    axiom        one step, all of both sides    trans      the steps of both, one after the other
    sym          the steps undone, last first   seq, par   the steps of both; a diagram that is put to a derivation is a step
    instantiate  the same steps                            of its own, `attach`: it changes both sides
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sigmaprime.diagrams import Diagram, Space
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.diagram import Columns
from sigmaprime.diagrams.draft import Rows, canonical
from sigmaprime.diagrams.term import Term, substitute

from .kernel import Equation, Maker
from .proof import reverse_name
from .rewriting import Rewriting, plan_of

__all__ = ["ABSORB", "ATTACH", "Move", "Row", "State", "Trace", "trace"]

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

    def ordered(self) -> tuple[Columns, list[int], tuple[int, ...]]:
        """The canonical columns, the wires in that order, and the output wires."""
        rows, count = self.rows, len(self.inputs)
        wires = [*self.inputs, *sorted(w for w, r in rows.items() if r[0] not in (FORWARD, Kind.INPUT))]
        at = {w: i for i, w in enumerate(wires)}
        first, more = array("i", [-1] * count), array("i", [0] * count)
        others: list[tuple[int, ...]] = [()]
        op, fn, wt, bs, reads, _, _ = zip(*[rows[w] for w in wires], strict=True)
        for read in reads[count:]:
            a, *rest = [at[a] if a in at else at[self.resolve(a)] for a in read]
            first.append(a)
            more.append(len(others) if rest else 0)
            if rest:
                others.append(tuple(rest))
        ends = [at[self.resolve(w)] for w in self.outputs]
        columns, order, outputs = canonical(Rows(op, fn, wt, bs, first, more, others), count, ends)
        return columns, [wires[i] for i in order], outputs


@dataclass(frozen=True)
class Trace:
    """A derivation: how it starts, and its steps in order. `count` is the first number that is not taken."""

    rows: Mapping[int, Row]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    moves: tuple[Move, ...]
    count: int

    def start(self) -> State:
        return State(dict(self.rows), self.inputs, self.outputs)

    @property
    def ends(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The inputs and outputs at the end."""
        return next((m.ends for m in reversed(self.moves) if m.ends), (self.inputs, self.outputs))

    def end(self) -> State:
        state = self.start()
        for move in self.moves:
            state.apply(move)
        return state


def trace(e: Equation) -> Trace:
    """The derivation of an equation, from its left side to its right."""
    made: dict[int, Trace] = {}
    todo: list[tuple[Equation, bool]] = [(e, False)]
    while todo:
        here, ready = todo.pop()
        if id(here.proof) in made:
            continue
        if not ready:
            todo.append((here, True))
            todo += [(p, False) for p in here.proof.premises]
        else:
            made[id(here.proof)] = _traced(here, [made[id(p.proof)] for p in here.proof.premises])
    return made[id(e.proof)]


def _traced(e: Equation, of: Sequence[Trace]) -> Trace:
    proof = e.proof
    match proof.maker:
        case Maker.REFL:
            return _start(e.lhs, e.known[0])
        case Maker.AXIOM | Maker.UNFOLD:
            return _whole(e)
        case Maker.SYM:
            return _undone(of[0])
        case Maker.TRANS:
            return _after(of[0], _settled(of[1]))
        case Maker.SEQ:
            return _joined(of[0], of[1], in_a_row=True)
        case Maker.PAR:
            return _joined(of[0], of[1], in_a_row=False)
        case Maker.INSTANTIATE:
            return _instantiated(of[0], proof.data)
        case Maker.REWRITE:
            found = _rewritten(e, of[0])
            absorbed = e.label == ABSORB and any(p.coordinate for p in (*e.rhs.in_ports, *e.rhs.out_ports))
            return _absorbing(found, len(of[0].moves)) if absorbed else found


# --- the figures ---


def _start(d: Diagram, known: Sequence[int]) -> Trace:
    c, size = d.columns, len(d.columns.op)
    rows = {w: Row(*d.row(w), c.arguments(w), known[w], w) for w in range(size)}
    outputs = range(size, size + len(d.outputs))
    rows |= {out: _forward(w) for out, w in zip(outputs, d.outputs, strict=True)}
    return Trace(rows, tuple(range(len(d.inputs))), tuple(outputs), (), size + len(outputs))


def _forward(wire: int) -> Row:
    return Row(FORWARD, -1, -1, -1, (wire,), -1, -1)


def _whole(e: Equation) -> Trace:
    """Both sides of an axiom or definition, as one step."""
    start = _start(e.lhs, e.known[0])
    count, shift, right = len(e.lhs.inputs), start.count, e.rhs.columns
    place = [w if w < count else w + shift for w in range(len(right.op))]
    touched = list(range(count, len(e.lhs.columns.op)))
    new = {
        place[w]: Row(*e.rhs.row(w), tuple([place[a] for a in right.arguments(w)]), e.known[1][w], place[w])
        for w in range(count, len(right.op))
    }
    rows = dict(start.rows)
    kept, placed = _heirs([(w, rows[w]) for w in touched], list(new.items()))
    for old, wire in placed:
        new[wire] = new[wire]._replace(place=rows[old].place)
    ends = [(out, rows[out], _forward(place[w])) for out, w in zip(start.outputs, e.rhs.outputs, strict=True)]
    changes = (*((w, None, row) for w, row in new.items()), *ends)
    name = e.label or (str(e.proof.data) if e.proof.maker is Maker.AXIOM else f"unfold {e.proof.data}")
    move = Move(name, e, False, tuple(touched), tuple(new), kept, tuple(touched), changes)
    return replace(start, moves=(move,), count=shift + len(right.op))


def _undone(t: Trace) -> Trace:
    t = _settled(t)
    moves = [
        replace(
            m, name=m.name if m.name == "share" else reverse_name(m.name), backwards=not m.backwards, touched=m.made, made=m.touched,
            kept=tuple((b, a) for a, b in m.kept), changes=tuple((w, new, old) for w, old, new in reversed(m.changes)),
        )
        for m in reversed(t.moves)
    ]  # fmt: skip
    return replace(t, rows=t.end().rows, moves=tuple(moves))


def _settled(t: Trace) -> Trace:
    """What was attached on the way is there from the start."""
    if not any(m.ends for m in t.moves):
        return t
    state = t.start()
    for m in t.moves:
        if m.ends:
            state.apply(m)
    moves = tuple(replace(m, absorbs=False) if m.absorbs else m for m in t.moves if not m.ends)
    return Trace(state.rows, state.inputs, state.outputs, moves, t.count)


def _renumbered(t: Trace, wire: Callable[[int], int], place: Callable[[int], int], count: int) -> Trace:
    def row(r: Row | None) -> Row | None:
        return r and r._replace(reads=tuple([wire(a) for a in r.reads]), place=place(r.place))

    def several(wires: Iterable[int]) -> tuple[int, ...]:
        return tuple([wire(w) for w in wires])

    moves = [
        replace(
            m, touched=several(m.touched), made=several(m.made), reads=several(m.reads), kept=tuple((wire(a), wire(b)) for a, b in m.kept),
            changes=tuple((wire(w), row(old), row(new)) for w, old, new in m.changes), ends=m.ends and (several(m.ends[0]), several(m.ends[1])),
        )
        for m in t.moves
    ]  # fmt: skip
    rows = {wire(w): r for w, old in t.rows.items() if (r := row(old))}
    return Trace(rows, several(t.inputs), several(t.outputs), tuple(moves), count)


def _shifted(t: Trace, by: int) -> Trace:
    return _renumbered(t, lambda w: w + by, lambda p: p if p < 0 else p + by, t.count + by)


def _after(t: Trace, u: Trace) -> Trace:
    """The steps of u after those of t, on the wires on which t ends."""
    if not u.moves:
        return t
    mine, its = t.end(), u.start()
    there, here = its.ordered()[1], mine.ordered()[1]
    same = dict(zip(there, here, strict=True)) | dict(zip(u.outputs, t.ends[1], strict=True))
    places = {u.rows[b].place: mine.rows[a].place for b, a in same.items()}
    shift = t.count
    moved = _renumbered(
        u, lambda w: same.get(w, w + shift), lambda p: p if p < 0 else places.get(p, p + shift), shift + u.count
    )
    fresh = {w: r for w, r in moved.rows.items() if w >= shift}  # boxes that are dead until a step revives them
    return replace(t, rows={**t.rows, **fresh}, moves=t.moves + moved.moves, count=moved.count)


def _joined(t: Trace, u: Trace, *, in_a_row: bool) -> Trace:
    """One behind or beside the other. What has no steps of its own is attached as a step."""
    if t.moves and u.moves:
        t, u = _settled(t), _settled(u)
    if t.moves:
        u = _shifted(u, t.count)
    else:
        t = _shifted(t, u.count)
    count = max(t.count, u.count)
    (a, b), (c, d) = t.ends, u.ends
    rows = u.end().rows
    seam = [(w, rows[w], _forward(out)) for w, out in zip(c, b, strict=True)] if in_a_row else []
    inputs, outputs = (a, d) if in_a_row else (a + c, b + d)
    if bool(t.moves) == bool(u.moves):
        rows = {**t.rows, **u.rows, **{w: row for w, _, row in seam}}
        return Trace(rows, inputs, outputs, t.moves + u.moves, count)
    main, other = (t, u) if t.moves else (u, t)
    rows = dict(main.rows)
    if t.moves:  # u's inputs are not there before
        added = {**other.rows, **{w: row for w, _, row in seam}}
        changes: list[tuple[int, Row | None, Row | None]] = [(w, None, row) for w, row in added.items()]
    else:
        changes = [*((w, None, row) for w, row in other.rows.items()), *seam]
    made = tuple(w for w, r in other.rows.items() if r.op not in (FORWARD, Kind.INPUT))
    attach = Move(ATTACH, None, False, (), made, (), (), tuple(changes), (inputs, outputs))
    return Trace(rows, main.inputs, main.outputs, (*main.moves, attach), count)


def _instantiated(t: Trace, theta: Mapping[Any, Any]) -> Trace:
    terms: dict[int, int] = {-1: -1}
    spaces: dict[int, int] = {-1: -1}
    memo: dict[Term, Term] = {}

    def term(i: int) -> int:
        if i not in terms:
            terms[i] = substitute(Term.all[i], theta, memo).id
        return terms[i]

    def row(r: Row | None) -> Row | None:
        if r is None:
            return None
        op, fn, wt, bs, reads, space, place = r
        if space not in spaces:
            known = Space.all[space]
            spaces[space] = Space(substitute(known.size, theta), known.interval).id
        new = term(fn), term(wt), term(bs), spaces[space]
        return r if new == (fn, wt, bs, space) else Row(op, *new[:3], reads, new[3], place)

    def move(m: Move) -> Move:
        changes = tuple([(w, row(old), row(new)) for w, old, new in m.changes])
        return m if changes == m.changes else replace(m, changes=changes)

    rows = {w: r for w, old in t.rows.items() if (r := row(old))}
    return replace(t, rows=rows, moves=tuple(map(move, t.moves)))


def _absorbing(t: Trace, before: int) -> Trace:
    """The steps of `absorb`: the ends that were attached last, and the steps after them."""
    start = before
    while start and t.moves[start - 1].ends:
        start -= 1
    return replace(t, moves=(*t.moves[:start], *(replace(m, absorbs=True) for m in t.moves[start:])))


# --- a rewriting ---


def _rewritten(e: Equation, t: Trace) -> Trace:
    """The journal, replayed on the workspace."""
    start, journal = e.proof.premises[0], e.proof.data
    state = t.end()
    run = Rewriting(start.rhs, start.known[1], start.hypotheses, journal.given)
    player = _Player(run, state, state.ordered()[1], t.count)
    moves = [
        player.move(journal.rules[rule], node, journal.earlier.get(step, -1))
        for step, (rule, node) in enumerate(zip(journal.rule, journal.node, strict=True))
    ]
    return replace(t, moves=(*t.moves, *moves), count=player.count)


class _Player:
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
            changes = self.write([(both[0], _forward(both[1]))])
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
            changed = [(self.wires[node], _forward(self.wires[found[0][found[1].forward]]))]
            return Move(rule.label or str(rule), rule, False, tuple(touched), (), (), tuple(reads), self.write(changed))
        made = [*range(size, len(ws.op)), *(() if plan.bare else (node,))]
        changed = [(self.wires[w], self.row(w)) for w in made]
        kept, placed = _heirs(olds, changed)
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
            changed[out] = _forward(self.wires[w])
        return changed


def _reads(ws: Any) -> dict[int, tuple[int, ...]]:
    return {w: ws.arguments(w) for w in range(ws.inputs, len(ws.op)) if ws.forward[w] < 0}


# --- who stands for whom ---


def _key(row: Row) -> tuple[int, ...]:
    return (row.op, row.wt, row.bs) if row.op == Kind.MIX else row[:4]


def _heirs(
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


def _common(a: Sequence[Any], b: Sequence[Any]) -> list[tuple[int, int]]:
    """A longest common subsequence, as pairs of indices."""
    if not set(a) & set(b):
        return []
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
