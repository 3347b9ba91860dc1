"""SymPy as an oracle: equality of two diagrams, component by component, CHECKED at most.

Both sides are defined on all inputs before anything is asked (they type there). Then 64 points are compared to 50 digits, which can refute; then
SymPy is asked, in a process of its own and under a time limit. SymPy has wrong answers, so its word is never a proof.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import sigmaprime.diagrams
from sigmaprime.diagrams import Diagram, Function, Interval, SigmaError, Size, Space
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.draft import replaced
from sigmaprime.diagrams.expression import Expression
from sigmaprime.diagrams.symbolic import LARGEST, kind
from sigmaprime.diagrams.tape import Tape, lowered
from sigmaprime.diagrams.term import subterms

from ..facts import Grade, Verdict
from .numbers import Comparison, compare

__all__ = ["Question", "ask", "decide", "mult_add_for_every_n", "open_sizes", "question", "settles"]

SECONDS = 20.0
OPERATIONS = 60_000  # of both sides, component by component: what is compared at a point in a few seconds
WIDEST = 100_000  # components of a witness that are written out
PAUSE = 1.0  # seconds after its limit at which the process of SymPy ends by itself


@dataclass(frozen=True)
class Question:
    """Two sides on one tape, and which rows are to be equal."""

    tape: Tape
    pairs: tuple[tuple[int, int], ...]
    places: tuple[tuple[int, int], ...]
    """The output and the component of every pair."""
    sizes: Mapping[str, int]
    widths: tuple[int, ...] | None
    """The sizes of the inputs, where one component stands for all."""

    def compared(self, deadline: float) -> Comparison:
        """By numbers, until the deadline (of `time.monotonic`)."""
        found = compare(self.tape, self.pairs, deadline, self.places, self.sizes)
        if found.witness is None or self.widths is None:
            return found
        inputs = tuple(x * min(n, WIDEST) for x, n in zip(found.witness.inputs, self.widths, strict=True))
        return replace(found, witness=replace(found.witness, inputs=inputs))


def open_sizes(*diagrams: Diagram) -> list[Size]:
    """The names, and the nameless sizes, in the types of the diagrams."""
    roots: list[Any] = [r for d in diagrams for r in (*d.terms, *(s.size for s in d.inputs))]
    found = [Size.of(0, {n: 1}) for t in subterms(roots) if isinstance(t, Size) for n in t.factors]
    return list(dict.fromkeys(found))


def elementwise(d: Diagram) -> bool:
    """It holds maps only, so one component tells all."""
    return all(op in (Kind.INPUT, Kind.MAP) for op in d.columns.op)


def question(lhs: Diagram, rhs: Diagram, sizes: Mapping[Size, int] | None = None, limit: int = OPERATIONS, *, own: bool = False) -> Question:  # fmt: skip
    """The question at these sizes; raises `SigmaError` where a side cannot be written out. Of all functions, or, with `own`, of own functions
    as they are."""
    widths = None
    if elementwise(lhs) and elementwise(rhs):
        widths = tuple(s.size.value or 1 for s in lhs.inputs)
        left, right = _one_component(lhs), _one_component(rhs)
    else:
        theta = {s: Size(n) for s, n in (sizes or {}).items()}
        left, right = (replaced(d, theta) if theta else d for d in (lhs, rhs))
    tape = Tape(limit, own=own)
    one, other = lowered(tape, left), lowered(tape, right)
    triples = [
        (a, b, (i, j))
        for i, (u, v) in enumerate(zip(one, other, strict=True))
        for j, (a, b) in enumerate(zip(u, v, strict=True))
    ]
    named = {str(s): n for s, n in (sizes or {}).items() if not s.unnamed}
    return Question(tape, tuple((a, b) for a, b, _ in triples), tuple(p for *_, p in triples), named, widths)


def _one_component(d: Diagram) -> Diagram:
    """Maps alone, on wires of one component."""
    return Diagram([Space(1, s.interval) for s in d.inputs], [(n.box, n.arguments) for n in d.nodes], d.outputs)


def decide(lhs: Diagram, rhs: Diagram, *, seconds: float = SECONDS, limit: int = OPERATIONS, own: bool = False) -> Verdict:  # fmt: skip
    """Whether two diagrams are equal on their common inputs: CHECKED, REFUTED with a point, or UNKNOWN."""
    if lhs.inputs != rhs.inputs:
        return Verdict(Grade.UNKNOWN, "the sides take different inputs")
    sizes = open_sizes(lhs, rhs)
    if sizes and not (elementwise(lhs) and elementwise(rhs)):
        return Verdict(
            Grade.UNKNOWN,
            "SymPy is asked at sizes that are numbers only; name them, leave `by` out, or derive the rule",
        )
    deadline = time.monotonic() + seconds
    try:
        asked = question(lhs, rhs, limit=limit, own=own)
    except SigmaError as refusal:
        return Verdict(Grade.UNKNOWN, str(refusal))
    found = asked.compared(deadline)
    if found.witness is not None:
        return Verdict(Grade.REFUTED, str(found.witness), counterexample=found.witness)
    defined = f"both sides are defined on all inputs ({', '.join(str(s.interval) for s in lhs.inputs)})"
    if not found.enough:
        return Verdict(Grade.UNKNOWN, f"{defined}, but agree at {found.agreed} points only, of {found.tried} looked at")
    answer = ask(asked, deadline - time.monotonic())
    grade = Grade.CHECKED if answer.equal else Grade.UNKNOWN
    return Verdict(grade, f"{defined}; {found}; {answer}", tried=(str(found), str(answer)))


@dataclass(frozen=True)
class Answer:
    """What SymPy said: that all pairs are equal, or why not."""

    equal: bool
    text: str

    def __str__(self) -> str:
        return self.text


def ask(asked: Question, seconds: float) -> Answer:
    """Ask SymPy, in a process that is ended when the time is over or the user interrupts."""
    tape, pairs = asked.tape, [pair for pair in dict.fromkeys(asked.pairs) if pair[0] != pair[1]]
    if not pairs:
        return Answer(True, "both sides are one expression, term by term")
    trees = tape.trees()
    written = sum(trees[a] + trees[b] for a, b in pairs)
    if written > LARGEST:
        return Answer(False, f"SymPy is not asked about expressions of more than {LARGEST} symbols and operations")
    if seconds <= 0:
        return Answer(False, "no time is left for SymPy")
    try:
        code, out, err = _in_a_process(json.dumps({**_sent(tape, seconds), "pairs": pairs}), seconds)
    except subprocess.TimeoutExpired:
        return Answer(False, f"SymPy found no answer in {seconds:.3g} s")
    if code:
        return Answer(False, f"SymPy failed: {(err.strip().splitlines() or ['it ended without a word'])[-1]}")
    said = json.loads(out)
    ways: Sequence[str | None] = said["ways"]
    version = f"SymPy {said['sympy']}"
    if None in ways:
        return Answer(False, f"{version} does not bring the two sides to one form")
    return Answer(True, f"{version}: {'; '.join(dict.fromkeys(w for w in ways if w))}")


SHORT = 12  # parts, with numbers below LITTLE, that SymPy writes out at once
LITTLE = 1000


def settles(function: Function, on: Interval, seconds: float) -> bool:
    """Whether SymPy writes a function out and simplifies it within the time: long ones are tried in its own process first."""
    tape = Tape()
    end = tape.applied(function, tape.put("input", 0, 0, on=on))
    numbers = [row[1] for row in tape.rows if row[0] == "number"]
    if tape.trees()[end] <= SHORT and all(abs(x.numerator) < LITTLE > x.denominator for x in numbers):
        return True
    try:
        code, _, _ = _in_a_process(json.dumps({**_sent(tape, seconds), "pairs": [], "simple": [end]}), seconds)
    except subprocess.TimeoutExpired:
        return False
    return code == 0


def _sent(tape: Tape, seconds: float) -> dict[str, Any]:
    """A tape as SymPy's process reads it."""
    return {
        "rows": [[_plain(x) for x in row] for row in tape.rows],
        "kinds": {str(i): kind(on) for i, on in tape.leaves.items()},
        "functions": {name: kind(f.key[3]) for name, f in tape.functions.items()},
        "seconds": seconds + PAUSE,
    }


def _plain(value: Any) -> Any:
    """What stands in a row, for JSON."""
    return value.written() if isinstance(value, Expression) else str(value) if isinstance(value, Fraction) else value


def _in_a_process(text: str, seconds: float) -> tuple[int, str, str]:
    """Status, output and errors of SymPy's process. Whatever is raised here, an interrupt too, the process is gone and waited for."""
    script = Path(sigmaprime.diagrams.__file__).with_name("expressions.py")
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-I", str(script)], stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8"
    ) as process:
        try:
            out, err = process.communicate(text, timeout=seconds)
        finally:
            process.kill()
            process.wait()  # `subprocess.run` does not wait after an interrupt
    return process.returncode, out, err


def mult_add_for_every_n() -> Verdict:
    """mul = ln ; add ; exp for every number n of inputs, by SymPy's own rules under the assumptions x_j > 0, w_j and b real.

    ln of e^b ∏_j x_j^(w_j) becomes b + Σ_j w_j ln x_j by `expand_log` (without force), with n a symbol; and exp of the sum of n + 1 terms is that
    of n terms times x_(n+1)^(w_(n+1)), the step of an induction whose start n = 0 is e^b = e^b.

    >>> print(mult_add_for_every_n())
    CHECKED: for every n, SymPy ... expands log(exp(b)*Product(x[j]**w[j], (j, 1, n))) to b + Sum(log(x[j])*w[j], (j, 1, n)) without force...
    """
    import sympy as sp

    n, j = sp.Symbol("n", integer=True, nonnegative=True), sp.Symbol("j", integer=True, positive=True)
    x, w, b = sp.IndexedBase("x", positive=True), sp.IndexedBase("w", real=True), sp.Symbol("b", real=True)
    product, total = sp.exp(b) * sp.Product(x[j] ** w[j], (j, 1, n)), b + sp.Sum(w[j] * sp.log(x[j]), (j, 1, n))
    expanded = sp.expand_log(sp.log(product))
    last = sp.expand_log(sp.log(x[n + 1] ** w[n + 1]))
    step = last - w[n + 1] * sp.log(x[n + 1])
    start = product.subs(n, 0).doit() - sp.exp(total.subs(n, 0).doit())
    if not (product.is_positive and expanded - total == 0 and step == 0 and start == 0):
        return Verdict(Grade.UNKNOWN, f"SymPy {sp.__version__} leaves {expanded}")
    evidence = (
        f"for every n, SymPy {sp.__version__} expands {sp.log(product)} to {expanded} without force, x and w of any positive and real values; "
        f"n = 0 gives {sp.exp(b)} on both sides, and one factor more adds {last}"
    )
    return Verdict(Grade.CHECKED, evidence, value=(sp.Eq(sp.log(product), expanded, evaluate=False)))
