"""The report of a theorem as text: what it says, how it was derived, what it rests on, and how each claim is known."""

from __future__ import annotations

from sigmaprime.diagrams import Diagram, Vector, Weight
from sigmaprime.diagrams.term import Head, variables

from .facts import Axiom, Grade
from .kernel import Equation

__all__ = ["parameter_preserving", "report"]

SHOWN = 20  # steps at each end of a long derivation


def parameter_preserving(e: Equation) -> bool:
    """Both sides hold the same weights and biases, bare: as functions of them they have the same loss surface and the same gradients."""
    left, right = _parameters(e.lhs), _parameters(e.rhs)
    return left is not None and left == right


def _parameters(d: Diagram) -> set[str] | None:
    names = set()
    for term in d.terms:
        if term.head in (Head.WEIGHT, Head.VECTOR):
            names.add(term.name)
        elif isinstance(term, Weight | Vector) and any(v.head in (Head.WEIGHT, Head.VECTOR) for v in variables([term])):
            return None
    return names


def how(axiom: Axiom) -> str:
    """How an axiom is known, in words."""
    if axiom.grade is Grade.PROVED:
        return f"PROVED by {axiom.by}: an instance of the built-in axiom"
    return f"{axiom.grade.name} by {axiom.by}"


def report(e: Equation) -> str:
    """The whole report."""
    steps, axioms = e.steps, e.axioms
    assumed = [a for a in axioms if a.grade is not Grade.PROVED]
    lines = [str(e), ""]
    if assumed:
        lines.append("rests on: " + "; ".join(f"{a.grade.name} {a}" for a in assumed))
    lines.append(f"grade: {e.grade.name} (a statement about real numbers; floats are measured, not proved)")
    lines.append(f"parameter-preserving: {'yes' if parameter_preserving(e) else 'no, only function-preserving'}")
    if e.hypotheses:
        lines.append("hypotheses: " + "; ".join(map(str, e.hypotheses)))
    lines.append(f"steps ({len(steps)}):")
    if len(steps) <= 2 * SHOWN:
        lines += [f"  {i}. {s}" for i, s in enumerate(steps, 1)]
    else:
        lines += [f"  {i}. {s}" for i, s in enumerate(steps[:SHOWN], 1)]
        lines.append(f"  ... {len(steps) - 2 * SHOWN} more")
        lines += [f"  {i}. {s}" for i, s in enumerate(steps[-SHOWN:], len(steps) - SHOWN + 1)]
    lines.append(f"axioms ({len(axioms)}):")
    lines += [f"  {a}  [{a.digest[:12]}]  {how(a)}" for a in axioms]
    if e.unused:
        lines.append("rules that never fired: " + ", ".join(e.unused))
    return "\n".join(lines)
