"""The kernel: the one theorem type and its makers, one inference figure each.

An equation Γ ; D ⊨ a = b : E says: under the hypotheses Γ, for all values of the variables and all inputs in D, both sides are defined,
equal, and inside E. Besides, it knows an interval for every wire of both sides.

    refl         d types                                     gives  D ⊨ d = d
    sym          a = b                                       gives  b = a
    trans        D ⊨ a = b,  D' ⊨ b = c,  D ⊆ D'              gives  D ⊨ a = c
    seq          a = b : E,  D' ⊨ c = d,  E ⊆ D'              gives  a ; c = b ; d
    par          a = b,  c = d                               gives  a beside c = b beside d
    instantiate  a = b,  values that fit their variables     gives  aθ = bθ, hypotheses that are decided dropped
    unfold       f is a definition                           gives  map f = the maps of its body
    rewrite      a = b,  rules l = r, at nodes of b          gives  a = b with lθ replaced by rθ, step by step
    axiom        both sides type on the same inputs          gives  a = b, resting on its name, digest and grade

Nothing else makes an `Equation`. Python cannot seal a class, so the truth of a claim rests on `check.py`, which reads proof files and
shares no code with this module; `docs/reference/proof-format.md` states every figure with its side conditions.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sigmaprime.diagrams import Diagram, Function, Interval, Size, Space, wire
from sigmaprime.diagrams.build import sequence
from sigmaprime.diagrams.calling import check
from sigmaprime.diagrams.draft import check_names, replaced
from sigmaprime.diagrams.function import parts
from sigmaprime.diagrams.term import VARIABLE_HEADS, Head, substitute
from sigmaprime.diagrams.weight import sizes_of

from . import errors
from .facts import Axiom, Equal, Grade, Maker, Proof
from .match import Plan
from .rewriting import Rewriting
from .sugar import Sugar
from .workspace import known, pasted, united

__all__ = [
    "Equation",
    "Maker",
    "Proof",
    "axiom",
    "instantiate",
    "par",
    "refl",
    "rewrite",
    "seq",
    "sym",
    "trans",
    "unfold",
]


_TOKEN = object()


class Equation(Sugar):
    """A theorem; as a rule it is read from left to right. Only the makers of this module make one."""

    __slots__ = ("hypotheses", "known", "label", "lhs", "outputs", "plan", "proof", "rhs", "unused")

    lhs: Diagram
    rhs: Diagram
    hypotheses: tuple[Equal, ...]
    outputs: tuple[Interval, ...]
    """An interval for every output."""
    known: tuple[array[int], array[int]]
    """The space (by id) known of every wire of the left and of the right side."""
    proof: Proof
    label: str
    """Ink: how it is called in steps and reports."""
    unused: tuple[str, ...]
    """The rules of the last rewrite that never fired."""
    plan: Plan | None
    """The equation compiled as a rule, when it was first used as one."""

    def __init__(self, token: object = None, *fields: Any) -> None:
        if token is not _TOKEN:
            raise errors.Refused("an equation is made by the kernel only; load a proof file, it is checked")
        for name, value in zip(
            ("lhs", "rhs", "hypotheses", "outputs", "known", "proof", "label", "unused"), fields, strict=True
        ):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "plan", None)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(errors.IMMUTABLE)

    def __reduce__(self) -> Any:
        raise errors.Refused("an equation is not pickled: save its proof, and load it again")

    def __copy__(self) -> Equation:
        return self

    def __deepcopy__(self, memo: object) -> Equation:
        return self

    def relabelled(self, label: str, *, lhs: Diagram | None = None, rhs: Diagram | None = None) -> Equation:
        """The same theorem under another name, its sides with other ink: port labels and arrays beside. Statements stay."""
        left, right = self.lhs if lhs is None else lhs, self.rhs if rhs is None else rhs
        if (left, right) != (self.lhs, self.rhs):
            raise errors.Refused("ink changes no statement: only port labels and arrays may differ")
        return Equation(_TOKEN, left, right, self.hypotheses, self.outputs, self.known, self.proof, label, ())


_SETTLED = {Maker.REFL: 2, Maker.SYM: 2, Maker.AXIOM: 2, Maker.UNFOLD: 2, Maker.REWRITE: 1, Maker.TRANS: 1}
"""How many of the two sides' columns a figure leaves as they are, the left first."""


def _make(
    lhs: Diagram, rhs: Diagram, hypotheses: Iterable[Equal], hints: tuple[array[int], array[int]], outputs: Sequence[Interval | None],
    proof: Proof, label: str = "", unused: tuple[str, ...] = (),
) -> Equation:  # fmt: skip
    """Recompute what is known of both sides, and of the outputs: their values are equal, so both sides' knowledge meets."""
    if lhs.inputs != rhs.inputs:
        raise errors.other_inputs(lhs.inputs, rhs.inputs)
    settled = _SETTLED.get(proof.maker, 0)
    left, right = hints[0] if settled else known(lhs, hints[0]), hints[1] if settled > 1 else known(rhs, hints[1])
    met = []
    for u, v, other in zip(lhs.outputs, rhs.outputs, outputs, strict=True):
        one, two = Space.all[left[u]], Space.all[right[v]]
        if one.size is not two.size:
            raise errors.output_sizes(one.size, two.size)
        both = one.interval.meet(two.interval)
        both = both if both is None or other is None else both.meet(other)
        if both is None:
            raise errors.contradiction(one.interval, two.interval)
        met.append(both)
    facts = tuple(dict.fromkeys(hypotheses))
    if facts or proof.maker in (Maker.TRANS, Maker.SEQ, Maker.PAR, Maker.INSTANTIATE, Maker.AXIOM):
        _one_meaning(lhs, rhs, facts)
    return Equation(_TOKEN, lhs, rhs, facts, tuple(met), (left, right), proof, label, unused)


def _one_meaning(lhs: Diagram, rhs: Diagram, facts: Iterable[Equal]) -> None:
    """One name, one variable, in all of a statement."""
    seen: dict[str, Any] = {}
    for v in (*lhs.variables, *rhs.variables, *(v for h in facts for v in h.variables)):
        if seen.setdefault(v.name, v) is not v:
            raise errors.two_variables(v.name, seen[v.name], v)


def refl(d: Diagram) -> Equation:
    """⊢ d = d."""
    hint = array("i", d.types)
    return _make(d, d, (), (hint, hint), [None] * len(d.outputs), Proof(Maker.REFL, (), d))


def sym(e: Equation) -> Equation:
    """a = b gives b = a."""
    label = e.label.removeprefix("~") if e.label.startswith("~") else f"~{e.label}" if e.label else ""
    return _make(e.rhs, e.lhs, e.hypotheses, e.known[::-1], e.outputs, Proof(Maker.SYM, (e,)), label)


def trans(e: Equation, f: Equation) -> Equation:
    """a = b on D and b = c on D' ⊇ D give a = c on D."""
    same = e.rhs.columns == f.lhs.columns and e.rhs.outputs == f.lhs.outputs
    if not same or [s.size for s in e.rhs.inputs] != [s.size for s in f.lhs.inputs]:
        raise errors.other_middle(e.rhs, f.lhs)
    for mine, its in zip(e.lhs.inputs, f.lhs.inputs, strict=True):
        if not its.interval.contains(mine.interval):
            raise errors.narrower_second(its.interval, mine.interval)
    right = Diagram._make(
        e.lhs.inputs, f.rhs.columns, f.rhs.outputs, in_ports=f.rhs.in_ports, out_ports=f.rhs.out_ports,
        weights=united(e.rhs, f.rhs), alone=errors.SIDE,
    )  # fmt: skip
    hint = array("i", [s.id for s in e.lhs.inputs]) + f.known[1][len(f.lhs.inputs) :]
    met = [a.meet(b) for a, b in zip(e.outputs, f.outputs, strict=True)]
    if None in met:
        raise errors.contradiction(e.outputs[0], f.outputs[0])
    return _make(e.lhs, right, e.hypotheses + f.hypotheses, (e.known[0], hint), met, Proof(Maker.TRANS, (e, f)))


def seq(e: Equation, f: Equation) -> Equation:
    """a = b : E and c = d on D' ⊇ E give a ; c = b ; d."""
    if len(e.outputs) != len(f.lhs.inputs):
        raise errors.wrong_width(len(e.outputs), len(f.lhs.inputs))
    for u, gives, takes in zip(e.rhs.outputs, e.outputs, f.lhs.inputs, strict=True):
        size = Space.all[e.known[1][u]].size
        if size is not takes.size:
            raise errors.junction(size, takes.size, str(e), str(f))
        if not takes.interval.contains(gives):
            raise errors.narrower_second(takes.interval, gives)
    (left, one), (right, two) = (
        pasted(e.lhs, f.lhs, e.known[0], f.known[0], True),
        pasted(e.rhs, f.rhs, e.known[1], f.known[1], True),
    )
    return _make(left, right, e.hypotheses + f.hypotheses, (one, two), f.outputs, Proof(Maker.SEQ, (e, f)))


def par(e: Equation, f: Equation) -> Equation:
    """a = b and c = d give a beside c = b beside d."""
    (left, one), (right, two) = (
        pasted(e.lhs, f.lhs, e.known[0], f.known[0], False),
        pasted(e.rhs, f.rhs, e.known[1], f.known[1], False),
    )
    return _make(left, right, e.hypotheses + f.hypotheses, (one, two), e.outputs + f.outputs, Proof(Maker.PAR, (e, f)))


def instantiate(e: Equation, theta: Mapping[Any, Any]) -> Equation:
    """a = b with variables (and sizes) replaced, all at once, by terms of their sort that satisfy their signatures."""
    for v, t in theta.items():
        variable = v.head in VARIABLE_HEADS or (isinstance(v, Size) and v.variable is not None)
        if not variable or type(v) is not type(t):
            raise errors.wrong_sort(str(v), type(v).__name__.lower(), t)
        if [substitute(s, theta) for s in sizes_of(v)] != sizes_of(t):
            raise errors.wrong_shape(
                str(v), " × ".join(str(substitute(s, theta)) for s in sizes_of(v)), " × ".join(map(str, sizes_of(t)))
            )
    check({v: t for v, t in theta.items() if not isinstance(v, Size)})
    left, right = replaced(e.lhs, theta), replaced(e.rhs, theta)
    check_names(left)
    check_names(right)
    ids = {
        i: Space(substitute(Space.all[i].size, theta), Space.all[i].interval).id
        for known in e.known
        for i in set(known)
    }
    hints = (array("i", [ids[i] for i in e.known[0]]), array("i", [ids[i] for i in e.known[1]]))
    facts = [h for h in (h.at(theta) for h in e.hypotheses) if not h.decided]
    return _make(left, right, facts, hints, e.outputs, Proof(Maker.INSTANTIATE, (e,), dict(theta)), e.label)


def unfold(function: Function) -> Equation:
    """⊢ map f = the maps of its body, on the interval of the definition."""
    if function.head is not Head.DEFINED:
        raise errors.not_defined(function)
    start = wire("n", function.key[2])
    lhs = sequence([start, function])
    rhs = sequence([start, *parts(function.body)])
    return _make(
        lhs,
        rhs,
        (),
        (array("i", lhs.types), array("i", rhs.types)),
        [None],
        Proof(Maker.UNFOLD, (), function),
        f"unfold {function}",
    )


def axiom(
    name: str,
    arguments: Mapping[str, Any],
    lhs: Diagram,
    rhs: Diagram,
    *,
    given: Sequence[Equal] = (),
    grade: Grade,
    by: str,
) -> Equation:
    """The only door in: the statement is taken, and its name, digest and grade stay with whatever rests on it."""
    from .digest import digest_of_statement

    if lhs.inputs != rhs.inputs:
        raise errors.other_inputs(lhs.inputs, rhs.inputs)
    have = set(lhs.variables)
    for v in (*rhs.variables, *(v for h in given for v in h.variables)):
        if v not in have:
            raise errors.loose_axiom(name, v.name)
    facts = [h for h in given if not h.decided]
    record = Axiom(name, tuple(arguments.items()), digest_of_statement(lhs, rhs, facts), grade, by)
    nothing = [None] * len(lhs.outputs)
    return _make(
        lhs,
        rhs,
        facts,
        (array("i", lhs.types), array("i", rhs.types)),
        nothing,
        Proof(Maker.AXIOM, (), record, (lhs, rhs, tuple(facts))),
        name,
    )


def rewrite(
    e: Equation,
    rules: Sequence[Any],
    *,
    given: Equal | Sequence[Equal] = (),
    once: bool = False,
    at: Any = None,
    limit: int | None = None,
) -> Equation:
    """a = b with the rules applied to b: in the order given, innermost first, until none fits."""
    run = Rewriting(e.rhs, e.known[1], e.hypotheses, given)
    unused = run.all(rules, once=once, at=at, limit=limit)
    return finish(e, run, unused)


def finish(e: Equation, run: Rewriting, unused: tuple[str, ...] = ()) -> Equation:
    """The equation that a rewriting of e's right side has reached; without a step it is e itself."""
    if not len(run.journal_rule) and not unused:
        return e
    rhs, hint = run.ws.freeze(run.weights)
    rhs = rhs._with(in_ports=e.rhs.in_ports, out_ports=e.rhs.out_ports)
    proof = Proof(Maker.REWRITE, (e,), run.journal) if len(run.journal_rule) else e.proof
    return _make(e.lhs, rhs, run.facts, (e.known[0], hint), e.outputs, proof, "", unused)
