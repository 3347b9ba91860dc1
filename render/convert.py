"""The main job: a net is read, rewritten, checked, run in both forms, and its twin is written.

Everything is computed before anything is written, and every file is written whole: a failure leaves no half-made output.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams import BadFile, Diagram, load
from sigmaprime.diagrams.files import to_bytes, write_whole

if TYPE_CHECKING:
    from sigmaprime.rewrite import Equation, Verdict

__all__ = ["Agreement", "Conversion", "convert"]

RUNS = 15
SAMPLES = 256


@dataclass(frozen=True)
class Agreement:
    """How the two forms compare on data: measured on this machine, in the type of the data."""

    data: str
    count: int
    dtype: str
    largest: float
    """The largest difference of the outputs, in log coordinates where the twin has them."""
    unusable: int
    """Samples at which either form gives nan or an infinity."""
    same_labels: int | None
    correct: tuple[int, int] | None
    """Right answers of the net and of the twin, if the data has labels."""
    milliseconds: tuple[float, float]
    """Median time of one run over all samples: the net, the twin."""


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
    files: list[str]

    def as_json(self) -> dict[str, Any]:
        """The summary for machines."""
        return asdict(self)

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
        lines += ["", *(f"  wrote {f}" for f in self.files)]
        return "\n".join(lines)


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

    net = load(source)
    _has_something_to_convert(net, source)
    samples = Samples.read(source, data, net)

    started = time.perf_counter()
    whole = to_additive(net)
    theorem = whole if ends == "keep" else absorb(whole)
    derived = time.perf_counter() - started
    twin = theorem.rhs
    proof = proof_bytes(theorem)
    say(f"derived {len(theorem.steps)} steps; the second reader checks them")
    started = time.perf_counter()
    verdict = check_bytes(proof)
    checked = time.perf_counter() - started

    agreement = samples.compare(net, twin)
    outputs = {
        "twin.safetensors": to_bytes(twin),
        "proof.json": proof,
        "before.svg": svg(net).text.encode(),
        "after.svg": svg(twin).text.encode(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadFile(f"{folder} cannot be made: {error.strerror}") from None
    for name, content in outputs.items():
        write_whole(folder / name, content)
    return _summary(
        source, net, theorem, verdict, agreement, seams(theorem), (derived, checked), [str(folder / n) for n in outputs]
    )


def _has_something_to_convert(net: Diagram, source: Path) -> None:
    from sigmaprime.diagrams import Mix, identity

    if all(n.box.chart is identity for n in net.nodes if isinstance(n.box, Mix)):
        raise BadFile(
            f"{source} holds no multiplicative layer: it is additive already (to_multiplicative goes the other way)"
        )


def _summary(
    source: Path, net: Diagram, theorem: Equation, verdict: Verdict, agreement: Agreement, seams: list[str], seconds: Sequence[float],
    files: list[str],
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


@dataclass(frozen=True)
class Samples:
    """The inputs on which both forms are run."""

    name: str
    inputs: tuple[Any, ...]
    labels: Any = None

    @classmethod
    def read(cls, source: Path, data: Path | None, net: Diagram) -> Samples:
        """The data file, else `<net>.test.safetensors` beside the net, else random inputs of the net's domain."""
        beside = source.with_name(f"{source.stem}.test.safetensors")
        file = data if data is not None else beside if beside.is_file() else None
        if file is None:
            return cls("random inputs", _random_inputs(net))
        return cls._load(file, net)

    @classmethod
    def _load(cls, file: Path, net: Diagram) -> Samples:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        from sigmaprime.diagrams.text import input_names

        if not file.is_file():
            raise BadFile(f"there is no file {file}")
        try:
            arrays = load_file(file)
        except (SafetensorError, OSError) as error:
            raise BadFile(f"{file} is no whole .safetensors file: {error}") from None
        names = input_names(net)
        missing = [n for n in names if n not in arrays]
        if missing:
            raise BadFile(f"{file} holds {', '.join(sorted(arrays))}; the net's inputs are {', '.join(names)}")
        inputs = tuple(arrays[n] for n in names)
        labels = arrays.get("labels")
        for name, x, space in zip(names, inputs, net.inputs, strict=True):
            size = space.size.value
            if x.ndim != 2 or not len(x) or (size is not None and x.shape[1] != size) or len(x) != len(inputs[0]):
                raise BadFile(f"{file}: {name} has shape {x.shape}; the net wants (samples, {size})")
        if labels is not None and labels.shape != (len(inputs[0]),):
            raise BadFile(
                f"{file}: labels has shape {labels.shape}; one for each of {len(inputs[0])} samples is wanted"
            )
        return cls("test inputs", inputs, labels)

    def compare(self, net: Diagram, twin: Diagram) -> Agreement:
        """Run both forms and compare, in log coordinates where the twin has them."""
        import numpy as np

        from sigmaprime.diagrams.evaluate import values_of

        moved = tuple(
            values_of(p.coordinate, x) if p.coordinate else x for p, x in zip(twin.in_ports, self.inputs, strict=True)
        )
        with np.errstate(all="ignore"):
            before, times = _timed(net, self.inputs)
            after, twin_times = _timed(twin, moved)
            pairs = [
                (np.log(y) if p.coordinate else y, z) for p, y, z in zip(twin.out_ports, before, after, strict=True)
            ]
            differences = [np.abs(y - z) for y, z in pairs]
        finite = np.all([np.isfinite(y).all(-1) & np.isfinite(z).all(-1) for y, z in pairs], axis=0)
        largest = max((float(d[finite].max(initial=0.0)) for d in differences), default=0.0)
        answers = [[side.argmax(-1) for side in pair] for pair in pairs] if self.labels is not None else []
        return Agreement(
            data=self.name,
            count=len(self.inputs[0]),
            dtype=str(pairs[0][1].dtype),
            largest=largest,
            unusable=int((~finite).sum()),
            same_labels=int((answers[0][0] == answers[0][1]).sum()) if answers else None,
            correct=(_right(answers[0][0], self.labels), _right(answers[0][1], self.labels)) if answers else None,
            milliseconds=(times, twin_times),
        )


def _right(answers: Any, labels: Any) -> int:
    return int((answers == labels).sum())


def _timed(d: Diagram, inputs: Sequence[Any]) -> tuple[tuple[Any, ...], float]:
    """The outputs, and the median time of a run in milliseconds."""
    times = []
    result: Any = None
    for _ in range(RUNS):
        started = time.perf_counter()
        result = d(*inputs)
        times.append(1000 * (time.perf_counter() - started))
    return result if isinstance(result, tuple) else (result,), statistics.median(times)


def _random_inputs(net: Diagram) -> tuple[Any, ...]:
    """Inputs of the net's domain, e^t with t of standard deviation 1 where it is positive; in the type of the weights."""
    import numpy as np

    rng = np.random.default_rng(0)
    dtype = next((a.dtype for a in net.weights.values() if a.dtype.kind == "f"), np.dtype(float))
    inputs = []
    for space in net.inputs:
        size = space.size.value
        if size is None:
            raise BadFile("the net has an input whose size is not known; give numbers for its sizes")
        t = rng.normal(size=(SAMPLES, size))
        on = space.interval
        lo, hi = float(on.lo), float(on.hi)
        if np.isfinite(lo) and np.isfinite(hi):
            x = lo + (hi - lo) / (1 + np.exp(-t))
        elif np.isfinite(lo):
            x = lo + np.exp(t)
        elif np.isfinite(hi):
            x = hi - np.exp(t)
        else:
            x = t
        inputs.append(x.astype(dtype))
    return tuple(inputs)
