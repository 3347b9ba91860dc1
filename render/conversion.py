"""What `convert` did, as data: for its summary, its report and machines."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from sigmaprime.rewrite.facts import family

from .agreement import RUNS, Agreement
from .costs import Costs
from .search import FloatRange

if TYPE_CHECKING:
    from sigmaprime.rewrite.report import Report

__all__ = ["Conversion"]


@dataclass(frozen=True)
class Conversion:
    """What `convert` did."""

    source: str
    statement: str
    steps: dict[str, int]
    rests_on: list[str]
    grade: str
    reader: str
    reader_seconds: float
    derive_seconds: float
    layers: int
    boxes: tuple[int, int]
    coordinates: dict[str, str]
    shared_arrays: int
    arrays: int
    seams: list[str]
    agreement: Agreement
    floats: FloatRange | None
    """An input at which only the twin stays in float32, if the search found one; None where a size of the net is open."""
    report: Report
    """How each claim is known, SymPy asked as well."""
    costs: dict[str, Costs]
    """Counts for one input: `product` (∏ x^w), `run` (exp(W ln x + b), as sigmaprime runs the net) and `twin`; empty where a size is open."""
    files: list[str]

    @property
    def families(self) -> list[str]:
        """The axioms that it rests on, without their arguments."""
        return list(dict.fromkeys(map(family, self.rests_on)))

    def as_json(self) -> dict[str, Any]:
        """The summary for machines."""
        floats = None if self.floats is None else self.floats.as_json()
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("floats", "report")}
        costs_ = {name: c.as_json() for name, c in self.costs.items()}
        return {
            **plain,
            "agreement": asdict(self.agreement),
            "costs": costs_,
            "floats": floats,
            "report": self.report.as_json(),
        }

    def __str__(self) -> str:
        a = self.agreement
        steps = ", ".join(f"{n} × {name}" for name, n in self.steps.items())
        lines = [
            f"{self.source}: {self.layers} layers, {self.boxes[0]} boxes",
            "",
            _wrapped(self.statement),
            "",
            f"  steps        {sum(self.steps.values())} ({steps}), derived in {_time(self.derive_seconds)}",
            f"  rests on     {len(self.rests_on)} instances of the built-in axioms ({', '.join(self.families)}): {self.grade}",
            f"  checked      by the second reader in {_time(self.reader_seconds)}: {self.reader}",
            f"  weights      {self.shared_arrays} of {self.arrays} arrays of the twin are the very arrays of the net",
            f"  coordinates  {', '.join(f'{k}: {v}' for k, v in self.coordinates.items())}",
        ]
        lines += [f"  seam         {s}" for s in self.seams]
        where = "in ln y" if any(v.startswith("ln ") for v in self.coordinates.values()) else "in y"
        lines.append(
            f"  agreement    measured on {a.count} {a.data} in {a.dtype}: largest difference {a.largest:.2g} {where}"
        )
        if a.unusable:
            lines.append(f"               {a.unusable} samples give nan or an infinity in one of the forms")
        if a.correct is not None:
            shares = [100 * c / a.count for c in a.correct]
            lines.append(
                f"  accuracy     net {shares[0]:.1f} %, twin {shares[1]:.1f} %; same answer on {a.same_labels} of {a.count}"
            )
        lines.append(
            f"  time         net {a.milliseconds[0]:.2f} ms, twin {a.milliseconds[1]:.2f} ms (median of {RUNS} runs)"
        )
        for k, (name, c) in enumerate(self.costs.items()):
            lines.append(f"  {'cost' if not k else '':<12} {_FORMS[name]}: {c}")
        if self.floats is not None:
            first, *more = self.floats.lines()
            lines += [f"  floats       measured: {first}", *(f"               {line}" for line in more)]
        lines += ["", *(f"  wrote {f}" for f in self.files)]
        return "\n".join(lines)


_FORMS = {"product": "net as products of powers", "run": "net as run, exp(W ln x + b)", "twin": "twin"}


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{1000 * seconds:.1f} ms"


def _wrapped(statement: str, width: int = 110) -> str:
    if "\n" in statement:
        return "\n".join("  " + line for line in statement.splitlines())
    if len(statement) <= width:
        return "  " + statement
    left, right = statement.split(" = ", 1)
    return "\n".join("  " + _middle_cut(side, width) for side in (left, f"= {right}"))


def _middle_cut(text: str, width: int) -> str:
    return text if len(text) <= 4 * width else f"{text[: 2 * width]} … {text[-2 * width :]}"
