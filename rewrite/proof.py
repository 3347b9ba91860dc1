"""Proofs as data: their steps, what they rest on, and proof files.

A file is self-contained and believes nothing: loading one has the second reader check it, then replays it with the kernel. The format is
`docs/reference/proof-format.md`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from sigmaprime.diagrams import BadFile, Diagram, Interval
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.files import write_whole
from sigmaprime.diagrams.term import Term, subterms
from sigmaprime.diagrams.written import written_term

from . import errors
from .digest import fact
from .facts import Axiom, Equal, Grade, Verdict, family
from .kernel import Equation, Maker, Proof
from .rewriting import Journal

__all__ = ["Step", "axioms_of", "proof_bytes", "save_proof", "second_reader", "steps_of"]

FORMAT, VERSION = "sigmaprime-proof", 1


@dataclass(frozen=True)
class Step:
    """One step of a derivation: the rule, and the node at which it was used (None for an equation taken whole)."""

    rule: str
    node: int | None = None
    source: Equation | Proof | None = field(default=None, compare=False, repr=False)
    """The rule itself, or the proof of what was taken whole; None for `share`."""

    @property
    def family(self) -> str:
        """The rule without its arguments: `cancel` of `cancel(f=exp)`."""
        return family(self.rule)

    def __str__(self) -> str:
        return self.rule if self.node is None else f"{self.rule} at wire {self.node}"


def reverse_name(name: str) -> str:
    return name[1:] if name.startswith("~") else f"~{name}"


def steps_of(e: Equation) -> list[Step]:
    """Every step from the left side to the right: an axiom or definition taken whole is one, a lemma used as a rule is one."""
    steps: list[Step] = []
    todo: list[tuple[Proof | Journal, bool]] = [(e.proof, False)]
    while todo:
        proof, backwards = todo.pop()
        if isinstance(proof, Journal):
            made = list(journal_steps(proof))
            steps += [replace(s, rule=reverse_name(s.rule)) for s in reversed(made)] if backwards else made
            continue
        below: list[tuple[Proof | Journal, bool]] = [(p.proof, backwards) for p in proof.premises]
        match proof.maker:
            case Maker.AXIOM | Maker.UNFOLD:
                name = str(proof.data) if proof.maker is Maker.AXIOM else f"unfold {proof.data}"
                steps.append(Step(reverse_name(name) if backwards else name, None, proof))
            case Maker.SYM:
                below = [(p, not b) for p, b in below]
            case Maker.REWRITE:
                below.append((proof.data, backwards))
            case _:
                pass
        todo += below if backwards else below[::-1]
    return steps


def journal_steps(journal: Journal) -> Iterator[Step]:
    names = ["share" if r is None else r.label or str(r) for r in journal.rules]
    for rule, node in zip(journal.rule, journal.node, strict=True):
        yield Step(names[rule], node, journal.rules[rule])


def proofs_of(e: Equation) -> list[Proof]:
    """Every proof that this one is made from, each once, premises first."""
    order: list[Proof] = []
    seen: set[int] = set()
    todo: list[tuple[Proof, bool]] = [(e.proof, False)]
    while todo:
        proof, ready = todo.pop()
        if ready:
            order.append(proof)
        elif id(proof) not in seen:
            seen.add(id(proof))
            todo.append((proof, True))
            rules = [r for r in proof.data.rules if r is not None] if proof.maker is Maker.REWRITE else []
            todo += [(p.proof, False) for p in reversed((*proof.premises, *rules))]
    return order


def axioms_of(e: Equation) -> tuple[Axiom, ...]:
    """The axioms and axiom instances that the proof uses, in order of first use."""
    found = [p.data for p in proofs_of(e) if p.maker is Maker.AXIOM]
    return tuple({(a.name, a.digest): a for a in found}.values())


# --- writing ---


_WORDS = {int(kind): kind.name.lower() for kind in Kind}


class _Writer:
    """The tables of one proof file."""

    def __init__(self) -> None:
        self.terms: list[Any] = []
        self.boxes: list[Any] = []
        self.diagrams: list[Any] = []
        self.axioms: list[Any] = []
        self.equations: list[Any] = []
        self._terms: dict[int, int] = {}
        self._boxes: dict[tuple[int, int, int, int], int] = {}
        self._diagrams: dict[Diagram, int] = {}
        self._proofs: dict[int, int] = {}
        self._taken: dict[Axiom, int] = {}

    def term(self, term: Term) -> int:
        found = self._terms.get(term.id)
        if found is None:
            for t in (term,) if self._ready(term) else subterms([term], bodies=True):
                if t.id not in self._terms:
                    self.terms.append(written_term(t, self._index))
                    self._terms[t.id] = len(self.terms) - 1
            found = self._terms[term.id]
        return found

    def _ready(self, term: Term) -> bool:
        """Whether all that the term is made of is written already."""
        return all(a.id in self._terms for a in term.key if isinstance(a, Term))

    def _index(self, term: Term) -> int:
        return self._terms[term.id]

    def box(self, row: tuple[int, int, int, int]) -> int:
        """The index of a box that is not written yet."""
        kind, *ids = row
        at = self._terms
        self.boxes.append([_WORDS[kind], *[at[i] if i in at else self.term(Term.all[i]) for i in ids if i >= 0]])
        self._boxes[row] = len(self.boxes) - 1
        return len(self.boxes) - 1

    def diagram(self, d: Diagram) -> int:
        found = self._diagrams.get(d)
        if found is None:
            c, n = d.columns, len(d.inputs)
            inputs = [[self.term(s.size), s.interval.text] for s in d.inputs]
            rows = zip(c.op[n:], c.fn[n:], c.wt[n:], c.bs[n:], strict=True)
            known, box = self._boxes, self.box
            boxes = [known[row] if row in known else box(row) for row in rows]
            reads: list[Any] = c.first[n:].tolist()
            for w in [w for w in range(n, len(c.op)) if c.op[w] == Kind.CONCAT]:
                reads[w - n] = list(c.arguments(w))
            self.diagrams.append({"inputs": inputs, "boxes": boxes, "reads": reads, "outputs": list(d.outputs)})
            found = self._diagrams[d] = len(self.diagrams) - 1
        return found

    def statement(self, lhs: Diagram, rhs: Diagram, facts: Sequence[Equal]) -> dict[str, Any]:
        hypotheses = [fact(h, self.term) for h in facts]
        return {"hypotheses": hypotheses, "left": self.diagram(lhs), "right": self.diagram(rhs)}

    def proof(self, proof: Proof) -> None:
        at = len(self.equations)
        if proof.maker is Maker.AXIOM:  # one instance, made twice, is written once
            at = self._taken.setdefault(proof.data, at)
        self._proofs[id(proof)] = at
        if at < len(self.equations):
            return
        made: dict[str, Any] = {"make": proof.maker.value}
        match proof.maker:
            case Maker.REFL:
                made["of"] = self.diagram(proof.data)
            case Maker.AXIOM:
                made["axiom"] = self.axiom(proof)
            case Maker.UNFOLD:
                made["of"] = self.term(proof.data)
            case Maker.TRANS | Maker.SEQ | Maker.PAR:
                made["of"] = [self._proofs[id(p.proof)] for p in proof.premises]
            case _:
                made["of"] = self._proofs[id(proof.premises[0].proof)]
        if proof.maker is Maker.INSTANTIATE:
            made["with"] = [[self.term(v), self.term(t)] for v, t in proof.data.items()]
        if proof.maker is Maker.REWRITE:
            made |= self.journal(proof.data)
        self.equations.append(made)

    def axiom(self, proof: Proof) -> int:
        record: Axiom = proof.data
        sides = proof.sides
        assert sides is not None, "an axiom keeps its statement"
        written_arguments = {k: self.argument(v) for k, v in record.arguments}
        self.axioms.append(
            {
                "name": record.name,
                "arguments": written_arguments,
                "statement": self.statement(*sides),
                "sha256": record.digest,
                "grade": record.grade.name,
                "by": record.by,
            }
        )
        return len(self.axioms) - 1

    def argument(self, value: Any) -> Any:
        match value:
            case Term():
                return self.term(value)
            case Interval():
                return value.text
            case tuple():
                return [v.text for v in value]
            case _:
                return value

    def journal(self, journal: Journal) -> dict[str, Any]:
        rules = ["share" if r is None else [self._proofs[id(r.proof)], False] for r in journal.rules]
        steps: list[int] = []
        start = 0
        for step in [*journal.earlier, len(journal.rule)]:  # up to a share, then its earlier node
            pairs = zip(journal.rule[start : step + 1], journal.node[start : step + 1], strict=True)
            steps += chain.from_iterable(pairs)
            start = step + 1
            if step in journal.earlier:
                steps.append(journal.earlier[step])
        return {"rules": rules, "given": [fact(h, self.term) for h in journal.given], "journal": steps}


def proof_bytes(e: Equation) -> bytes:
    """The proof file of an equation."""
    writer = _Writer()
    for proof in proofs_of(e):
        writer.proof(proof)
    claim = writer.statement(e.lhs, e.rhs, e.hypotheses) | {"outputs": [j.text for j in e.outputs]}
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "terms": writer.terms,
        "boxes": writer.boxes,
        "diagrams": writer.diagrams,
        "axioms": writer.axioms,
        "equations": writer.equations,
        "claim": claim,
    }
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def save_proof(e: Equation, path: str | os.PathLike[str]) -> None:
    """Write the proof file; nothing half-written is left."""
    if not isinstance(e, Equation):
        raise errors.not_a_theorem(e)
    write_whole(path, proof_bytes(e))


def second_reader(e: Equation) -> Verdict:
    """The verdict of `check.py` on the bytes of the proof, in a process of its own; raises `Refused` if it does not accept."""
    return check_bytes(proof_bytes(e))


def check_bytes(data: bytes) -> Verdict:
    """Run the second reader, isolated, on the bytes of a proof file."""
    reader = Path(__file__).with_name("check.py")
    run = subprocess.run(
        [sys.executable, "-I", str(reader), "--json", "-"], input=data, capture_output=True, check=False
    )
    if run.returncode:
        raise BadFile(run.stderr.decode(errors="replace").strip() or errors.reader_died(run.returncode))
    said = json.loads(run.stdout)
    return Verdict(Grade[said["grade"]], f"accepted by the second reader\n{said['text']}", value=said)
