"""The diagrams of a derivation: one after each step, or one after each stage.

Steps that do not depend on each other may be made in any order. A *stage* is as many steps by one rule as can be made together: first every
layer is opened, then every σ' is folded, and so on, however the engine went through the net.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import groupby
from typing import Literal

from sigmaprime.diagrams import Diagram, Refused, Space, Vector
from sigmaprime.diagrams.box import Kind, box_of
from sigmaprime.diagrams.diagram import Port
from sigmaprime.diagrams.draft import replaced
from sigmaprime.diagrams.term import Head, Term
from sigmaprime.diagrams.text import board_of_box

from .facts import family
from .kernel import Equation, Maker, Proof, par, refl, seq
from .moves import ABSORB, ATTACH, Move, Row, State
from .rewriting import Journal, Rewriting
from .tracing import trace

__all__ = ["Frame", "frames_of", "stages_of"]

MOST = 24
"""Frames of a film; of more stages those in the middle become one. Fewer for a net of more than 5,000 boxes."""

Stage = list[Move]


@dataclass(frozen=True)
class Frame:
    """A diagram of a derivation: what the last stage made, and what the next one touches. Wires are those of the diagram."""

    diagram: Diagram
    spaces: tuple[Space, ...]
    places: tuple[int, ...]
    """A number for every wire, the same in every frame where its box, or one that stands for it, stands."""
    rules: tuple[tuple[str, str, int], ...] = ()
    """What led here from the last frame: names of rules (or `attach`, `absorb`), what they say, and the number of steps by each."""
    made: frozenset[int] = frozenset()
    touched: tuple[tuple[int, ...], ...] = ()
    """For every step of the next stage, the boxes that it fits and that are here already."""
    left: Frame | None = None
    """The new left side, where the last stage attached something to both sides."""


# --- frames with identity ---


def stages_of(e: Equation, *, steps: Literal["grouped", "all"] = "grouped", most: int | None = None) -> list[Frame]:
    """The frames of a derivation, the left side first.

    `grouped`: steps by one rule that can be made together are one stage, and so are the steps of `absorb`; `all`: every step is one.
    Of more than `most` frames (24, or fewer for large nets), those in the middle become one.

    >>> from sigmaprime.diagrams import Function, mul, positive
    >>> from sigmaprime.rewrite import to_additive
    >>> s = Function("s", positive, positive)
    >>> for frame in stages_of(to_additive(mul("V", 2, 2) >> s >> mul("W", 2, 2))):
    ...     print(frame.diagram, frame.rules)
    mul(V) ; s ; mul(W) ()
    ln ; add(V) ; exp ; s ; ln ; add(W) ; exp (('mult_add', 'mul(W) = ln ; add(W) ; exp', 2),)
    ln ; add(V) ; s' ; add(W) ; exp (("~unfold σ'", "exp ; σ ; ln = σ'", 1),)
    """
    if steps not in ("grouped", "all"):
        raise Refused(f"{steps!r} is no choice of steps; there are 'grouped' and 'all'")
    if most is not None and most < 3:
        raise Refused(f"a film of at most {most} frames shows no step; give 3 or more")
    t = trace(e)
    most = most or max(8, min(MOST, 120_000 // len(t.rows)))
    grouped = steps == "grouped"
    state, left = t.start(), t.start()
    logarithmic = not any(m.absorbs and m.ends for m in t.moves)
    frame, wires = _frame(e, state, logarithmic)
    frames = [frame]
    for stage in _squeezed(_stages(t.moves, grouped), most):
        before = {w: state.rows[w][:5] for w in wires}
        rules = _rules(stage, state, grouped)
        touched, made = _play(stage, state, left, before)
        frames[-1] = replace(frames[-1], touched=touched)
        logarithmic = logarithmic or any(m.absorbs and m.ends for m in stage)
        frame, wires = _frame(e, state, logarithmic)
        new = {w for w in made if w in state.rows and before.get(w) != state.rows[w][:5]}
        frame = replace(frame, rules=rules, made=_at(wires, new))
        if any(m.ends and m.made and not (m.absorbs and grouped) for m in stage):
            side, its = _frame(e, left, logarithmic)
            frame = replace(frame, left=replace(side, made=_at(its, new)))
        frames.append(frame)
    return frames


def _frame(e: Equation, state: State, logarithmic: bool) -> tuple[Frame, list[int]]:
    """The diagram of a state with the labels of the equation's ports, and the wires in its order."""
    columns, order, outputs = state.ordered()
    rows = [state.rows[w] for w in order]
    spaces = tuple([Space.all[r.space] for r in rows])

    def ports(given: Sequence[Port], count: int) -> tuple[Port, ...]:
        if len(given) != count:
            return (Port(),) * count
        return tuple(given) if logarithmic else tuple(replace(p, coordinate=None) for p in given)

    diagram = Diagram._make(
        spaces[: len(state.inputs)], columns, outputs,
        in_ports=ports(e.rhs.in_ports, len(state.inputs)), out_ports=ports(e.rhs.out_ports, len(outputs)),
    )  # fmt: skip
    return Frame(diagram, spaces, tuple([r.place for r in rows])), order


def _at(order: Sequence[int], wires: set[int]) -> frozenset[int]:
    return frozenset(i for i, w in enumerate(order) if w in wires)


def _play(
    stage: Stage, state: State, left: State, shown: Mapping[int, object]
) -> tuple[tuple[tuple[int, ...], ...], set[int]]:
    """Make the steps: which boxes of the last frame each of them fits (by their number there), and what they make in the end."""
    number = {w: i for i, w in enumerate(shown)}
    written: set[int] = set()
    made: set[int] = set()
    touched = []
    for m in stage:
        here = tuple([number[w] for w in m.touched if w in number and w not in written])
        if here:
            touched.append(here)
        heirs = {new for old, new in m.kept if old not in made}
        made.update(m.made)
        made -= heirs
        written.update(w for w, _, _ in m.changes)
        state.apply(m)
        if m.ends:
            left.apply(m)
    return tuple(touched), made


# --- what the rules say ---


def _rules(stage: Stage, state: State, grouped: bool) -> tuple[tuple[str, str, int], ...]:
    """Names, formulas and numbers of steps."""
    if grouped and stage[0].absorbs:
        return ((ABSORB, _boxes(stage), 1),)
    counts = Counter(_statement(m) for m in stage if m.made or not m.ends)
    zero = {_statement(m): True for m in stage}
    rows = dict(state.rows) | {w: row for m in stage for w, _, row in m.changes if row}
    for m in stage:
        biased = any(rows[w].op == Kind.MIX and not Term.all[rows[w].bs].is_zero for w in (*m.touched, *m.made))
        zero[_statement(m)] &= not biased
    found = []
    for key, count in counts.items():
        name, rule, backwards = key
        if name == ATTACH:
            found.append((name, _boxes(stage), 1))
        else:
            found.append((name, "" if rule is None else _formula(rule, backwards, zero[key]), count))
    return tuple(found)


def _statement(m: Move) -> tuple[str, Equation | None, bool]:
    return m.name, m.rule, m.backwards


def _boxes(stage: Stage) -> str:
    """The boxes that are attached, in words."""
    rows: list[Row] = [row for m in stage if m.ends for w, _, row in m.changes if row and w in m.made]
    return ", ".join(dict.fromkeys(board_of_box(box_of(row[:4])) for row in sorted(rows, key=_left)))


def _left(row: Row) -> int:
    return row.place


def _formula(rule: Equation, backwards: bool, unbiased: bool) -> str:
    """The two sides; without the bias where no layer has one."""
    sides = (rule.rhs, rule.lhs) if backwards else (rule.lhs, rule.rhs)
    biases = {v: Vector.zero(v.size) for v in rule.lhs.variables if v.head is Head.VECTOR} if unbiased else {}
    return " = ".join(str(replaced(d, biases) if biases else d).replace("\n", "; ") for d in sides)


# --- stages ---


def _stages(moves: Sequence[Move], grouped: bool) -> list[Stage]:
    """The steps in the order in which they are shown."""

    def block(m: Move) -> tuple[bool, bool]:
        return grouped and m.absorbs, m.ends is not None and not (grouped and m.absorbs)

    found: list[Stage] = []
    silent: Stage = []
    for (absorbs, attaches), group in groupby(moves, block):
        steps = list(group)
        if attaches and not any(m.made for m in steps):  # bare wires: nothing to see
            silent += steps
        elif absorbs or attaches:
            found.append([*silent, *steps])
            silent = []
        else:
            several = _scheduled(steps) if grouped else [[m] for m in steps]
            several[0] = [*silent, *several[0]]
            found += several
            silent = []
    if silent and found:
        found[-1] += silent
    return found


def _scheduled(moves: Sequence[Move]) -> list[Stage]:
    """The steps rule by rule, each before those that rest on it."""
    waiting, later = _dependencies(moves)
    families = [family(m.name) for m in moves]
    left = Counter(families)
    ready: dict[str, list[int]] = {f: [] for f in left}
    for i, count in enumerate(waiting):
        if not count:
            heappush(ready[families[i]], i)
    stages: list[Stage] = []
    while any(ready.values()):
        open_ = [f for f in ready if ready[f]]
        now = min(open_, key=lambda f: (len(ready[f]) < left[f], ready[f][0]))
        stage: Stage = []
        while ready[now]:
            i = heappop(ready[now])
            stage.append(moves[i])
            left[now] -= 1
            for j in later[i]:
                waiting[j] -= 1
                if not waiting[j]:
                    heappush(ready[families[j]], j)
        stages.append(stage)
    return stages


def _dependencies(moves: Sequence[Move]) -> tuple[list[int], list[list[int]]]:
    """How many steps each has to wait for, and which wait for it: steps commute unless one changes what the other reads or changes."""
    waiting, later = [0] * len(moves), [[] for _ in moves]  # type: tuple[list[int], list[list[int]]]
    writer: dict[int, int] = {}
    readers: dict[int, list[int]] = {}
    for i, m in enumerate(moves):
        writes = [w for w, _, _ in m.changes]
        before = {writer[w] for w in (*m.reads, *writes) if w in writer}
        for w in writes:
            before.update(readers.pop(w, ()))
            writer[w] = i
        for w in m.reads:
            readers.setdefault(w, []).append(i)
        before.discard(i)
        waiting[i] = len(before)
        for j in sorted(before):
            later[j].append(i)
    return waiting, later


def _squeezed(stages: list[Stage], most: int) -> list[Stage]:
    """At most so many frames: the stages in the middle become one."""
    if len(stages) < most:
        return stages
    first = most // 2 - 1
    last = most - 2 - first
    cut = len(stages) - last
    return [*stages[:first], [m for s in stages[first:cut] for m in s], *stages[cut:]]


def frames_of(e: Equation) -> list[Diagram]:
    """The left side, then the diagram after every step: one more than there are steps.

    Frames are pictures of a derivation, not sides of equations; each costs as much as the whole diagram.
    """
    made: dict[int, list[Diagram]] = {}
    todo: list[tuple[Equation, bool]] = [(e, False)]
    while todo:
        here, ready = todo.pop()
        if id(here.proof) in made:
            continue
        if not ready:
            todo.append((here, True))
            todo += [(p, False) for p in here.proof.premises]
        else:
            made[id(here.proof)] = _frames(here, here.proof, lambda p: made[id(p.proof)])
    return made[id(e.proof)]


def _frames(e: Equation, proof: Proof, of: Callable[[Equation], list[Diagram]]) -> list[Diagram]:
    match proof.maker:
        case Maker.REFL:
            return [e.lhs]
        case Maker.AXIOM | Maker.UNFOLD:
            return [e.lhs, e.rhs]
        case Maker.SYM:
            return of(proof.premises[0])[::-1]
        case Maker.TRANS:
            first, second = map(of, proof.premises)
            return first + second[1:]
        case Maker.SEQ | Maker.PAR:
            a, c = proof.premises
            join = seq if proof.maker is Maker.SEQ else par
            before = [join(refl(d), refl(c.lhs)).lhs for d in of(a)]
            return before + [join(refl(a.rhs), refl(d)).lhs for d in of(c)[1:]]
        case Maker.INSTANTIATE:
            return [replaced(d, proof.data) for d in of(proof.premises[0])]
        case Maker.REWRITE:
            start = proof.premises[0]
            return of(start) + _replayed(start, proof.data)


def _replayed(start: Equation, journal: Journal) -> list[Diagram]:
    frames = []
    run = Rewriting(start.rhs, start.known[1], start.hypotheses, journal.given)
    for step, (rule, node) in enumerate(zip(journal.rule, journal.node, strict=True)):
        used = journal.rules[rule]
        if used is None:
            run.share(node, journal.earlier[step])
        else:
            run.step(used, node)
        frames.append(run.ws.freeze(run.weights)[0])
    return frames
