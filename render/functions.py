"""Facts about functions side by side, each with its grade, and what σ' = ln ∘ σ ∘ exp is: the command `sigmaprime function`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sigmaprime.diagrams import Function, Refused, SigmaError
from sigmaprime.diagrams.errors import not_a_function
from sigmaprime.diagrams.image import domain
from sigmaprime.diagrams.own import known

from .plot import prime

__all__ = ["Facts", "Known", "facts"]

WIDTH = 34
ROWS = ("domain", "image", "bounded", "monotone", "injective", "inverse", "symmetry", "kinks", "left limit", "right limit", "zeros", "linear pieces", "σ′", "σ′ simplified", "image of σ′", "σ′ monotone")  # fmt: skip


@dataclass(frozen=True)
class Known:
    """A short answer, its grade (empty where none is needed), and how it is known."""

    text: str
    grade: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known of some functions: for each, its name and the answers by row."""

    columns: tuple[tuple[str, Mapping[str, Known]], ...]

    def as_json(self) -> list[dict[str, Any]]:
        """With evidence."""
        return [
            {"function": name, **{row: asdict(known) for row, known in found.items()}} for name, found in self.columns
        ]

    def __str__(self) -> str:
        """A table: a row for each property, a column for each function."""
        first = max(map(len, ROWS)) + 2
        lines = [" " * first + "".join(name.ljust(WIDTH + 2) for name, _ in self.columns).rstrip()]
        for row in ROWS:
            cells = [_cell(found[row]) for _, found in self.columns]
            for i in range(max(map(len, cells))):
                texts = [(cell[i] if i < len(cell) else "").ljust(WIDTH + 2) for cell in cells]
                lines.append(((row if i == 0 else "").ljust(first) + "".join(texts)).rstrip())
        return "\n".join(lines)


def _cell(known: Known) -> list[str]:
    text = f"{known.text}  {known.grade}" if known.grade else known.text
    return textwrap.wrap(text, WIDTH, break_long_words=True) or [""]


def facts(functions: Function | Iterable[Function], *, seconds: float = 2.0) -> Facts:
    """The facts of functions on their domains; each question takes about `seconds` at most.

    >>> from sigmaprime.diagrams import max1
    >>> known = dict(facts(max1).columns)["max(x, 1)"]
    >>> known["image"].text, known["σ′ simplified"].text
    ('[1, ∞)', 'Max(0, x)')
    """
    given: list[Any] = (
        [functions] if isinstance(functions, (Function, str)) or not isinstance(functions, Iterable) else [*functions]
    )
    if not given:
        raise Refused("give a function")
    for f in given:
        if not isinstance(f, Function):
            raise not_a_function(f)
    return Facts(tuple((f.formula or str(f), dict(_facts(f, seconds))) for f in given))


def _facts(f: Function, seconds: float) -> Iterator[tuple[str, Known]]:
    from sigmaprime.rewrite import decreasing, describe, image, increasing, injective

    found = describe(f, seconds=seconds).facts

    def of(name: str) -> Known:
        verdict = found[name]
        return Known(verdict.evidence, verdict.grade.name, "; ".join(verdict.tried))

    yield "domain", Known(str(domain(f)))
    yield "image", Known(_short(found["image"]), found["image"].grade.name, found["image"].evidence)
    yield "bounded", _yes(found["bounded"])
    yield "monotone", _monotone(found["increasing"], found["decreasing"])
    yield "injective", _yes(injective(f, seconds=seconds))
    yield "inverse", _inverse(f)
    yield "symmetry", _first(of("symmetric"), "neither odd nor even")
    yield "kinks", _kinks(found["smooth"])
    for name in ("left limit", "right limit"):
        limit = of(name)
        yield name, Known(limit.text.partition(", in ")[0], limit.grade, limit.text)
    yield "zeros", of("zeros")
    yield "linear pieces", _first(of("piecewise linear"), "no")
    try:
        own = prime(f)
    except SigmaError as refusal:
        yield from ((row, Known("not defined", "", str(refusal))) for row in ROWS[-4:])
        return
    from sigmaprime.rewrite.report import nonlinearity

    written = nonlinearity(own)
    yield "σ′", Known(written.expression)
    yield "σ′ simplified", Known(written.simplified, written.grade.name, written.evidence)
    values = image(own, seconds=seconds)
    yield "image of σ′", Known(_short(values), values.grade.name, values.evidence)
    yield "σ′ monotone", _monotone(increasing(own, seconds=seconds), decreasing(own, seconds=seconds))


def _short(verdict: Any) -> str:
    """An interval; with decimals where an end is only a bound."""
    on = verdict.value
    if len(str(on)) <= 24:
        return str(on)
    ends = [str(e) if isinstance(e, float) or len(str(e)) <= 10 else f"{float(e):.6g}" for e in (on.lo, on.hi)]
    text = f"{'[' if on.lo_closed else '('}{ends[0]}, {ends[1]}{']' if on.hi_closed else ')'}".replace("inf", "∞")
    return f"{text}, rounded"


def _yes(verdict: Any) -> Known:
    word = {True: "yes", False: "no"}.get(verdict.value, "not decided")
    return Known(word, "PROVED" if verdict.grade.name == "REFUTED" else verdict.grade.name, verdict.evidence)


def _first(known: Known, other: str) -> Known:
    if known.grade in ("PROVED", "CHECKED"):
        return Known(known.text.partition(": ")[0], known.grade, known.text)
    refuted = known.grade == "REFUTED"
    return Known(other if refuted else "not decided", "PROVED" if refuted else known.grade, known.text)


def _monotone(up: Any, down: Any) -> Known:
    for verdict in (up, down):
        if verdict.grade.name == "PROVED":
            return Known(verdict.evidence.partition(" on ")[0], "PROVED", verdict.evidence)
    if up.grade.name == down.grade.name == "REFUTED":
        return Known("neither rises nor falls", "PROVED", f"{up.evidence}; {down.evidence}")
    return Known("not decided", "UNKNOWN", f"{up.evidence}; {down.evidence}")


def _inverse(f: Function) -> Known:
    try:
        found = f.inverse
        return Known("by search for the root" if known(found) else str(found).strip("()"), "PROVED")
    except SigmaError as refusal:
        return Known("none known", "", str(refusal))


def _kinks(smooth: Any) -> Known:
    if smooth.grade.name == "PROVED":
        return Known("none, analytic", "PROVED", smooth.evidence)
    found = ", ".join(f"{joint.kind} at {joint.x}" for joint in smooth.value or ())
    return Known(found or "not decided", "PROVED" if found else "UNKNOWN", smooth.evidence)
