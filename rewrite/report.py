"""The report of a theorem: what it says, how it was derived, what it rests on, and how each claim is known."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sigmaprime.diagrams import Diagram, Interval, SigmaError, Vector, Weight
from sigmaprime.diagrams.function import Function, parts
from sigmaprime.diagrams.own import known
from sigmaprime.diagrams.structured import Family
from sigmaprime.diagrams.term import Head, variables

from . import errors
from .facts import Axiom, Equal, Grade, Proof
from .kernel import Equation
from .own import evidence
from .proof import Step

__all__ = ["Claim", "Nonlinearity", "Report", "StepRow", "parameter_preserving", "report"]

SHOWN = 20  # steps at each end of a long derivation
SECONDS = 10.0
SHORTLY = SECONDS  # for a look at a fact that was assumed
SMALL = 4_000  # scalar operations of a net that is written out whole


@dataclass(frozen=True)
class Claim:
    """Something that is said, and how it is known."""

    name: str
    grade: Grade
    by: str
    evidence: str
    digest: str = ""
    """Of the statement, for an axiom."""

    def __str__(self) -> str:
        digest = f"  [{self.digest[:12]}]" if self.digest else ""
        return f"{self.name}{digest}  {self.grade.name} by {self.by}{f': {self.evidence}' if self.evidence else ''}"


@dataclass(frozen=True)
class StepRow:
    """One step: the rule, the wire at which it was used (None for an equation taken whole), and what the rule is worth."""

    number: int
    rule: str
    wire: int | None
    grade: Grade
    parameter_preserving: bool
    """Weights stay as they are; else only the function does."""

    def __str__(self) -> str:
        at = "" if self.wire is None else f" at wire {self.wire}"
        notes = [] if self.grade is Grade.PROVED else [self.grade.name]
        notes += [] if self.parameter_preserving else ["only function-preserving"]
        return f"{self.number}. {self.rule}{at}" + (f"  ({', '.join(notes)})" if notes else "")


@dataclass(frozen=True)
class Nonlinearity:
    """A composed function of the theorem as SymPy sees it: written out, in simple form, and how their equality is known."""

    name: str
    chain: str
    on: str
    expression: str
    simplified: str
    latex: str
    """The expression, and the simple form where it is another: expression = simplified."""
    grade: Grade
    evidence: str

    def __str__(self) -> str:
        equals = f" = {self.simplified}" if self.simplified != self.expression else ""
        return f"{self.name}(x) = {self.expression}{equals} on {self.on}  {self.grade.name}: {self.evidence}"


@dataclass(frozen=True)
class Report:
    """All that is known of a theorem, as data; its text is `str`."""

    statement: str
    grade: Grade
    parameter_preserving: bool
    hypotheses: tuple[str, ...]
    steps: tuple[StepRow, ...]
    axioms: tuple[Claim, ...]
    facts: tuple[Claim, ...]
    """What the axioms used of functions."""
    nonlinearities: tuple[Nonlinearity, ...]
    checks: tuple[Claim, ...]
    """What SymPy says besides; nothing rests on it."""
    unused: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as plain data: lists, dictionaries, texts; grades by name."""
        return asdict(self, dict_factory=lambda items: {k: v.name if isinstance(v, Grade) else v for k, v in items})

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _lines(self) -> Iterator[str]:
        yield from (self.statement, "")
        assumed = [a for a in self.axioms if a.grade is not Grade.PROVED]
        if assumed:
            yield "rests on: " + "; ".join(f"{a.grade.name} {a.name}" for a in assumed)
        yield f"grade: {self.grade.name} (a statement about real numbers; floats are measured, not proved)"
        yield f"parameter-preserving: {'yes' if self.parameter_preserving else 'no, only function-preserving'}"
        if self.hypotheses:
            yield "hypotheses: " + "; ".join(self.hypotheses)
        yield f"steps ({len(self.steps)}):"
        if len(self.steps) <= 2 * SHOWN:
            yield from (f"  {s}" for s in self.steps)
        else:
            yield from (f"  {s}" for s in self.steps[:SHOWN])
            yield f"  ... {len(self.steps) - 2 * SHOWN} more"
            yield from (f"  {s}" for s in self.steps[-SHOWN:])
        parts: list[tuple[str, Sequence[object]]] = [
            ("axioms", self.axioms), ("facts", self.facts), ("nonlinearities", self.nonlinearities), ("checked besides", self.checks),
        ]  # fmt: skip
        for title, rows in parts:
            if rows or title == "axioms":
                yield f"{title} ({len(rows)}):"
                yield from (f"  {row}" for row in rows)
        if self.unused:
            yield "rules that never fired: " + ", ".join(self.unused)


def parameter_preserving(e: Equation) -> bool:
    """Both sides hold the same weights and biases, bare: as functions of them they have the same loss surface and the same gradients."""
    return _preserving(e.lhs, e.rhs)


def _preserving(lhs: Diagram, rhs: Diagram) -> bool:
    return _parameters(lhs) == _parameters(rhs)


def _parameters(d: Diagram) -> set[Weight | Vector]:
    """What the layers are parameterised by: variables, and what is made of them; integers are chosen, not trained."""
    parts = [p for t in d.terms for p in (t.key[1:] if t.head is Head.SIGNED else (t,))]
    return {p for p in parts if isinstance(p, Weight | Vector) and any(map(_trained, variables([p])))}


def _trained(variable: Any) -> bool:
    if variable.head is Head.MEMBER:
        return variable.key[4] is not Family.INTEGER
    return variable.head in (Head.WEIGHT, Head.VECTOR)


def report(e: Equation, *, symbolic: bool = False, seconds: float = SECONDS) -> Report:
    """The whole report; with `symbolic`, SymPy writes out the composed nonlinearities and checks the net component by component.

    >>> from sigmaprime.diagrams import max1, mul
    >>> from sigmaprime.rewrite import to_additive
    >>> print(report(to_additive(mul("W1", 2, 2) >> max1 >> mul("W2", 2, 1)), symbolic=True).nonlinearities[0])
    max(x, 1)'(x) = log(Max(1, exp(x))) = Max(0, x) on (-∞, ∞)  CHECKED: SymPy ... without force...
    """
    if not isinstance(e, Equation):
        raise errors.not_a_theorem(e)
    axioms = e.axioms
    return Report(
        str(e),
        e.grade,
        parameter_preserving(e),
        tuple(_hypothesis(h) for h in e.hypotheses),
        tuple(_steps(e)),
        tuple(_axiom(a) for a in axioms),
        tuple(_facts(axioms)),
        tuple(_nonlinearities(e, seconds)) if symbolic else (),
        tuple(_checks(e, axioms, seconds)) if symbolic else (),
        e.unused,
    )


def _steps(e: Equation) -> Iterator[StepRow]:
    known: dict[int, tuple[Grade, bool]] = {}
    for i, step in enumerate(e.steps, 1):
        key = id(step.source)
        if key not in known:
            known[key] = _worth(step)
        yield StepRow(i, step.rule, step.node, *known[key])


def _worth(step: Step) -> tuple[Grade, bool]:
    """The grade of a step's rule, and whether it keeps parameters; `share` and unfolding are the kernel's own."""
    match step.source:
        case Equation() as rule:
            return rule.grade, parameter_preserving(rule)
        case Proof(data=Axiom() as axiom, sides=sides) if sides is not None:
            return axiom.grade, _preserving(*sides[:2])
        case _:
            return Grade.PROVED, True


def _axiom(a: Axiom) -> Claim:
    builtin = a.grade is Grade.PROVED
    by, _, evidence = (a.by, "", "an instance of the built-in axiom") if builtin else a.by.partition(": ")
    return Claim(str(a), a.grade, by, evidence, a.digest)


def _hypothesis(fact: Equal) -> str:
    """With its grade, where the fact is known."""
    shown = evidence(fact)
    return f"{fact} ({_looked_at(fact)})" if shown is None else f"{fact} (PROVED by {shown.partition(': ')[0]})"


def _looked_at(fact: Equal) -> str:
    """What numbers and SymPy say of a fact that was assumed: nothing rests on it, but what is false is told."""
    from .questions import prove_equal

    free = ", ".join(v.name for v in fact.variables if known(v) is None)
    if free:
        return f"ASSUMED; it is about every {free}"
    verdict = prove_equal(fact.first, fact.second, fact.on, seconds=SHORTLY)
    word = {Grade.REFUTED: "false", Grade.UNKNOWN: "not decided"}.get(verdict.grade, str(verdict.grade))
    return f"ASSUMED; {word}: {verdict.evidence}"


def _facts(axioms: Sequence[Axiom]) -> Iterator[Claim]:
    """The equalities of functions that instances of `map_equal` used."""
    for a in axioms:
        if a.name == "map_equal":
            given = dict(a.arguments)
            fact = Equal(given["f"], given["g"], given["on"])
            if fact.decided:
                why = "the same entries remain when identities and neighbouring inverses are removed"
                yield Claim(str(fact), Grade.PROVED, "catalogue", why)
            elif (shown := evidence(fact)) is not None:
                by, _, how = shown.partition(": ")
                yield Claim(str(fact), Grade.PROVED, by, how)
            else:
                yield Claim(
                    str(fact),
                    Grade.ASSUMED,
                    "hypothesis",
                    f"it stands among the hypotheses, or was discharged; {_looked_at(fact)}",
                )


# --- what SymPy says ---


def _nonlinearities(e: Equation, seconds: float) -> Iterator[Nonlinearity]:
    """Every definition and every chain of maps on either side, on the widest interval that it takes or meets."""
    found: dict[Function, None] = {}
    for d in (e.rhs, e.lhs):
        found |= dict.fromkeys(t for t in d.terms if t.head in (Head.DEFINED, Head.THEN))
    for function in found:
        yield nonlinearity(function, seconds=seconds)


def nonlinearity(function: Function, on: Interval | None = None, seconds: float = SECONDS) -> Nonlinearity:
    """One composed function, written out by SymPy and compared with its chain of catalogue entries at 64 points."""
    import sympy as sp

    from sigmaprime.diagrams.image import domain
    from sigmaprime.diagrams.symbolic import function_expression, greek

    from .oracles.algebra import settles
    from .oracles.numbers import agreement

    on = domain(function) if on is None else on
    name = str(function)
    chain = " ; ".join(map(str, parts(function.body if function.head is Head.DEFINED else function)))
    try:
        if not settles(function, on, seconds):
            raise errors.not_in_time(seconds)
        x, written, simple = function_expression(function, on)
    except SigmaError as refusal:
        return Nonlinearity(name, chain, str(on), chain, chain, "", Grade.UNKNOWN, f"SymPy {sp.__version__}: {refusal}")
    tex = greek(sp.latex(written) + (f" = {sp.latex(simple)}" if simple != written else ""))
    if simple == written:
        return Nonlinearity(
            name,
            chain,
            str(on),
            str(written),
            str(simple),
            tex,
            Grade.PROVED,
            f"its definition, written out by SymPy {sp.__version__}",
        )
    spread = "spreads ln over products, powers and maxima of positive parts, without force"
    same = agreement(function, on, x, simple)
    grade = Grade.CHECKED if same.enough else Grade.REFUTED if same.witness else Grade.UNKNOWN
    evidence = f"SymPy {sp.__version__} {spread}; {same}"
    return Nonlinearity(name, chain, str(on), str(written), str(simple), tex, grade, evidence)


def _checks(e: Equation, axioms: Sequence[Axiom], seconds: float) -> Iterator[Claim]:
    """The whole net where its sizes are numbers and it is small, and the law of one layer for every number of inputs."""
    from .oracles.algebra import decide, mult_add_for_every_n

    start = time.monotonic()
    if any(a.name == "chart" and str(dict(a.arguments).get("g")) == "exp" for a in axioms):
        layer = mult_add_for_every_n()
        yield Claim("mul(W, b) = ln ; add(W, b) ; exp", layer.grade, "SymPy", layer.evidence)
    try:
        whole = decide(e.lhs, e.rhs, seconds=max(seconds - (time.monotonic() - start), 0.1), limit=SMALL)
    except SigmaError as refusal:
        yield Claim("the whole net", Grade.UNKNOWN, "SymPy", str(refusal))
    else:
        yield Claim("the whole net, component by component", whole.grade, "SymPy", whole.evidence)
