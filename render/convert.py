"""The main job: a net is read, rewritten, checked, run in both forms, and its twin is written.

Everything is computed before anything is written, and every file is written whole: a failure leaves no half-made output.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams import BadFile, Diagram, load
from sigmaprime.diagrams.files import to_bytes, write_whole

from .agreement import RUNS, Agreement, Samples
from .costs import Costs, costs
from .search import FloatRange, float_range

if TYPE_CHECKING:
    from sigmaprime.rewrite import Equation, Verdict

__all__ = ["Conversion", "convert"]

TRIES, SECONDS = 400, 10.0
"""The budget of the search for an input that leaves float32."""
MOST_PLOTS = 12


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
    costs: dict[str, Costs]
    """Counts for one input: `product` (∏ x^w), `run` (exp(W ln x + b), as sigmaprime runs the net) and `twin`; empty where a size is open."""
    files: list[str]

    def as_json(self) -> dict[str, Any]:
        """The summary for machines."""
        floats = None if self.floats is None else self.floats.as_json()
        return {**asdict(replace(self, floats=None)), "floats": floats}

    def __str__(self) -> str:
        a = self.agreement
        steps = ", ".join(f"{n} × {name}" for name, n in self.steps.items())
        lines = [
            f"{self.source}: {self.layers} layers, {self.boxes[0]} boxes",
            "",
            _wrapped(self.statement),
            "",
            f"  steps        {sum(self.steps.values())} ({steps}), derived in {_time(self.derive_seconds)}",
            f"  rests on     {len(self.rests_on)} instances of the built-in axioms ({', '.join(_families(self.rests_on))}): {self.grade}",
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


def convert(
    source: Path,
    folder: Path,
    *,
    ends: str = "absorb",
    data: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Conversion:
    """Convert the net of a file; see `sigmaprime convert --help`."""
    from sigmaprime.rewrite import absorb, seams, to_additive
    from sigmaprime.rewrite.proof import check_bytes, proof_bytes

    from .svg import svg

    say(f"reading {source.name}")
    net = load(source)
    _has_something_to_convert(net, source)
    samples = Samples.read(source, data, net)

    started = time.perf_counter()
    say(f"deriving the twin of {len(net)} boxes")
    whole = to_additive(net)
    theorem = whole if ends == "keep" else absorb(whole)
    derived = time.perf_counter() - started
    twin = theorem.rhs
    proof = proof_bytes(theorem)
    say(f"the second reader checks {len(theorem.steps)} steps")
    started = time.perf_counter()
    verdict = check_bytes(proof)
    checked = time.perf_counter() - started

    say("running both forms")
    agreement = samples.compare(net, twin)
    floats, counts = _floats(whole, say), _costs(net, twin)
    say("drawing")
    outputs = {
        "twin.safetensors": to_bytes(twin),
        "proof.json": proof,
        "before.svg": svg(net).text.encode(),
        "after.svg": svg(twin).text.encode(),
        **_plots(twin),
        **_overflow(net, floats),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadFile(f"{folder} cannot be made: {error.strerror}") from None
    for name, content in outputs.items():
        write_whole(folder / name, content)
    return _summary(
        source, net, theorem, verdict, agreement, floats, counts, seams(theorem), (derived, checked),
        [str(folder / n) for n in outputs],
    )  # fmt: skip


def _closed(net: Diagram) -> bool:
    """Every size is a number and every weight has its array."""
    sizes = [*(s.size for s in net.inputs), *(n.space.size for n in net.nodes)]
    return all(s.value is not None for s in sizes) and all(v.name in net.weights for v in net.variables)


def _floats(whole: Equation, say: Callable[[str], None]) -> FloatRange | None:
    return float_range(whole, tries=TRIES, seconds=SECONDS, tell=say) if _closed(whole.lhs) else None


def _costs(net: Diagram, twin: Diagram) -> dict[str, Costs]:
    if not _closed(net):
        return {}
    return {"product": costs(net, form="product"), "run": costs(net), "twin": costs(twin)}


def _plots(twin: Diagram) -> dict[str, bytes]:
    """activation.svg: each σ of the net against the σ' that the twin has in its place; the first twelve."""
    from sigmaprime.diagrams import IllTyped, Map, exp, ln, then
    from sigmaprime.diagrams.function import parts
    from sigmaprime.diagrams.term import Head

    from .plot import plot, prime

    found = []
    for function in dict.fromkeys(n.box.function for n in twin.nodes if isinstance(n.box, Map)):
        chain = parts(function.body) if function.head is Head.DEFINED else []
        if len(chain) < 3 or chain[0] is not exp or chain[-1] is not ln:
            continue
        sigma = then(*chain[1:-1])
        try:
            prime(sigma)
        except IllTyped:  # defined on the wire's interval, not on all of (0, ∞)
            continue
        found.append(sigma)
    return {"activation.svg": plot(found[:MOST_PLOTS]).text.encode()} if found else {}


def _overflow(net: Diagram, floats: FloatRange | None) -> dict[str, bytes]:
    """overflow.safetensors: the input that was found, for `convert --data` and for anyone's own run."""
    from safetensors.numpy import save

    from sigmaprime.diagrams.text import input_names

    if floats is None or floats.inputs is None:
        return {}
    return {"overflow.safetensors": save({n: x[None] for n, x in zip(input_names(net), floats.inputs, strict=True)})}


def _has_something_to_convert(net: Diagram, source: Path) -> None:
    from sigmaprime.diagrams import Mix, identity

    if all(n.box.chart is identity for n in net.nodes if isinstance(n.box, Mix)):
        raise BadFile(
            f"{source} holds no multiplicative layer: it is additive already (to_multiplicative goes the other way)"
        )


def _summary(
    source: Path, net: Diagram, theorem: Equation, verdict: Verdict, agreement: Agreement, floats: FloatRange | None,
    counts: dict[str, Costs], seams: list[str], seconds: Sequence[float], files: list[str],
) -> Conversion:  # fmt: skip
    from sigmaprime.diagrams import Mix
    from sigmaprime.rewrite.facts import Axiom

    twin = theorem.rhs
    steps: dict[str, int] = {}
    for step in theorem.steps:
        name = step.rule.split("(")[0]
        steps[name] = steps.get(name, 0) + 1
    axioms: tuple[Axiom, ...] = theorem.axioms
    return Conversion(
        source=str(source),
        statement=str(theorem),
        steps=steps,
        rests_on=[str(a) for a in axioms],
        grade=str(verdict.grade),
        reader=f"{verdict.value['steps']} entries accepted",
        reader_seconds=seconds[1],
        derive_seconds=seconds[0],
        layers=sum(isinstance(n.box, Mix) for n in net.nodes),
        boxes=(len(net), len(twin)),
        coordinates=_coordinates(twin),
        shared_arrays=sum(twin.weights[n] is a for n, a in net.weights.items() if n in twin.weights),
        arrays=len(twin.weights),
        seams=seams,
        agreement=agreement,
        floats=floats,
        costs=counts,
        files=files,
    )


def _coordinates(d: Diagram) -> dict[str, str]:
    from sigmaprime.diagrams.text import input_names, output_names

    found = {}
    for what, names, ports in (("input", input_names(d), d.in_ports), ("output", output_names(d), d.out_ports)):
        for name, port in zip(names, ports, strict=True):
            found[f"{what} {name}"] = f"{port.coordinate} {name}" if port.coordinate else name
    return found


def _families(axioms: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(a.split("(")[0] for a in axioms))


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
