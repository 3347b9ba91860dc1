"""Loading a proof: the second reader checks the file, then the kernel replays it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from sigmaprime.diagrams import BadFile, Diagram, Interval, SigmaError
from sigmaprime.diagrams.files import parse_json, path_of, read_diagram, read_terms
from sigmaprime.diagrams.term import Term
from sigmaprime.diagrams.written import written_diagram

from . import errors, kernel
from .axioms import AXIOMS
from .facts import Equal, Grade
from .kernel import Equation, Maker
from .proof import check_bytes
from .recognise import recognised
from .rewriting import Rewriting

__all__ = ["load_proof", "read_proof", "replayed"]


def load_proof(path: str | os.PathLike[str]) -> Equation:
    """The theorem of a proof file; raises `BadFile` if the second reader or the kernel does not accept it."""
    source = path_of(path)
    if not source.is_file():
        raise errors.no_such_file(source)
    return read_proof(source.read_bytes(), str(source))


def read_proof(data: bytes, what: str = "the proof") -> Equation:
    """The theorem of a proof file's bytes."""
    check_bytes(data)
    return replayed(data, what)


def replayed(data: bytes, what: str = "the proof") -> Equation:
    """The kernel's own replay of bytes that the second reader has accepted."""
    whole = parse_json(data.decode(), what)
    try:
        return _Replay(whole).run()
    except BadFile:
        raise
    except SigmaError as error:
        raise BadFile(f"{what}: the kernel does not follow: {error}") from None


def _known_again(grade: Grade, by: str, lhs: Diagram, rhs: Diagram) -> tuple[Grade, str]:
    """A grade is not taken from a file: what SymPy checked is checked again, everything else is ASSUMED."""
    if grade is Grade.ASSUMED:
        return grade, by
    from .oracles.algebra import decide

    if grade is Grade.CHECKED and decide(lhs, rhs).grade is Grade.CHECKED:
        return grade, by
    return Grade.ASSUMED, f"the file, recorded as {grade} by {by}"


class _Replay:
    """The tables of a file that the second reader has accepted."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole
        self.terms: list[Any] = read_terms(whole["terms"])
        self.diagrams = [self._diagram(d) for d in whole["diagrams"]]
        self.made: list[Equation] = []

    def _diagram(self, d: dict[str, Any]) -> dict[str, Any]:
        """A diagram of the table as it is written by itself, box by box."""
        boxes = self.whole["boxes"]
        nodes = [[*boxes[b], a] for b, a in zip(d["boxes"], d["reads"], strict=True)]
        return {"inputs": d["inputs"], "nodes": nodes, "outputs": d["outputs"]}

    def _side(self, index: int) -> Diagram:
        return read_diagram(self.diagrams[index], self.terms)

    def run(self) -> Equation:
        for entry in self.whole["equations"]:
            self.made.append(recognised(self._equation(entry)))
        last, claim = self.made[-1], self.whole["claim"]
        place = {t: i for i, t in enumerate(self.terms)}
        sides = [written_diagram(d, place.get) for d in (last.lhs, last.rhs)]  # a side need not type by itself
        same = sides == [self.diagrams[claim["left"]], self.diagrams[claim["right"]]]
        facts = self._facts(claim["hypotheses"]) == last.hypotheses
        if not same or not facts or [j.text for j in last.outputs] != claim["outputs"]:
            raise BadFile("the kernel proves something else than the claim")
        return last

    def _equation(self, entry: dict[str, Any]) -> Equation:
        of = entry.get("of")
        match Maker(entry["make"]):
            case Maker.REFL:
                return kernel.refl(self._side(_index(of)))
            case Maker.AXIOM:
                return self._axiom(self.whole["axioms"][entry["axiom"]])
            case Maker.SYM:
                return kernel.sym(self.made[_index(of)])
            case Maker.TRANS:
                return kernel.trans(*self._two(of))
            case Maker.SEQ:
                return kernel.seq(*self._two(of))
            case Maker.PAR:
                return kernel.par(*self._two(of))
            case Maker.INSTANTIATE:
                theta = {self.terms[v]: self.terms[t] for v, t in entry["with"]}
                return kernel.instantiate(self.made[_index(of)], theta)
            case Maker.UNFOLD:
                return kernel.unfold(self.terms[_index(of)])
            case Maker.REWRITE:
                return self._rewrite(self.made[_index(of)], entry)

    def _two(self, of: Any) -> tuple[Equation, Equation]:
        return self.made[of[0]], self.made[of[1]]

    def _axiom(self, entry: dict[str, Any]) -> Equation:
        name, given = entry["name"], entry["arguments"]
        if name in AXIOMS:
            arguments = {k: self._argument(k, v) for k, v in given.items()}
            if name == "map_equal":
                arguments["given"] = self._facts(entry["statement"]["hypotheses"])
            made: Equation = AXIOMS[name](**arguments)
            return made
        stated = entry["statement"]
        sides = (self._side(stated["left"]), self._side(stated["right"]))
        facts = self._facts(stated["hypotheses"])
        grade, by = _known_again(Grade[entry["grade"]], entry["by"], *sides)
        made = kernel.axiom(name, {}, *sides, given=facts, grade=grade, by=by)
        return made.relabelled(name.removeprefix("user:"))

    def _argument(self, name: str, value: Any) -> Any:
        if name == "part":
            return value
        if name == "on":
            return Interval(value) if isinstance(value, str) else tuple(map(Interval, value))
        found: Term = self.terms[value]
        return found

    def _facts(self, written: Sequence[Any]) -> tuple[Equal, ...]:
        return tuple(Equal(self.terms[f], self.terms[g], Interval(on)) for _, f, g, on in written)

    def _rewrite(self, start: Equation, entry: dict[str, Any]) -> Equation:
        rules: list[Equation | None] = []
        for item in entry["rules"]:
            rules.append(None if item == "share" else self._rule(*item))
        run = Rewriting(start.rhs, start.known[1], start.hypotheses, self._facts(entry["given"]))
        numbers = iter(entry["journal"])
        for rule, node in zip(numbers, numbers, strict=True):
            used = rules[rule]
            if used is None:
                earlier = next(numbers)
                if not run.same(node, earlier):
                    raise errors.BadFile(f"wires {node} and {earlier} are not one box on equal wires")
                run.share(node, earlier)
            elif not run.step(used, node):
                raise errors.BadFile(f"{used.label or used} does not fit at wire {node}")
        return kernel.finish(start, run)

    def _rule(self, index: int, backwards: bool) -> Equation:
        return kernel.sym(self.made[index]) if backwards else self.made[index]


def _index(value: Any) -> int:
    return int(value)
