"""The diagrams of a derivation, one after each step."""

from __future__ import annotations

from collections.abc import Callable

from sigmaprime.diagrams import Diagram
from sigmaprime.diagrams.draft import replaced

from .kernel import Equation, Maker, Proof, par, refl, seq
from .rewriting import Journal, Rewriting

__all__ = ["frames_of"]


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
