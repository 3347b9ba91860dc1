"""How a net and its twin compare on data: both are run, and the difference, the answers and the time are measured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigmaprime.diagrams import BadFile, Diagram

from .inputs import drawn_inputs, total_size

__all__ = ["RUNS", "Agreement", "Samples"]

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

    dtype = next((a.dtype for a in net.weights.values() if a.dtype.kind == "f"), np.dtype(float))
    return drawn_inputs(net, np.random.default_rng(0).normal(size=(SAMPLES, total_size(net))), dtype)
