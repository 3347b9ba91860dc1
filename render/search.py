"""A search for an input at which the multiplicative forms of a net leave the floats while its twin stays: MEASURED, never proved.

Inputs are e^t (see `drawn_inputs`); t grows from ±1 to ±80, at each reach uniform, in random corners, and along the signs of single rows of
the first layer, which drive one of its components as far as it goes. What is found is then drawn towards 0 while it stays a finding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams import Diagram, Mix, Refused, positive
from sigmaprime.diagrams.term import Head

from .forms import FORMS, Forms
from .inputs import as_numpy, drawn_inputs, total_size
from .range import error_in_eps

if TYPE_CHECKING:
    from sigmaprime.rewrite import Equation

__all__ = ["FloatRange", "float_range"]

REACHES = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 80.0)
BATCH = 16
LARGEST_EXACT = 2_000_000
"""Weights above which no input is run again with many digits."""


@dataclass(frozen=True)
class FloatRange:
    """What the search found. MEASURED, in the type `dtype`."""

    dtype: str
    tries: int
    limit: int
    """At most this many inputs were to be tried."""
    seconds: float
    stopped: bool
    """The time was up before the tries were."""
    inputs: tuple[Any, ...] | None
    """The input that was found, one array for each input of the net; None where none was found."""
    how: str
    """Where it lies, in words."""
    output: str
    """The component at which the forms are compared."""
    values: dict[str, float]
    """ln y (y, where the twin gives that) at that component, by form, and `exact`."""
    fits: bool
    """The exact y itself is a finite float of the type: only the wires between are not."""
    error: float | None
    """The twin's largest error over all components, in eps · max(1, |ln y|); None if it was not run with many digits."""

    @property
    def found(self) -> bool:
        return self.inputs is not None

    def as_json(self) -> dict[str, Any]:
        """The finding for machines; a float that JSON does not know is text."""
        import math

        inputs = None if self.inputs is None else [x.tolist() for x in self.inputs]
        values = {k: v if math.isfinite(v) else str(v) for k, v in self.values.items()}
        kept = ("dtype", "tries", "limit", "seconds", "stopped", "how", "output", "fits", "error")
        return {
            "grade": "MEASURED",
            "found": self.found,
            **{k: getattr(self, k) for k in kept},
            "values": values,
            "inputs": inputs,
        }

    def lines(self) -> list[str]:
        """The finding in words."""
        tried = f"{self.tries} of {self.limit} tries" + (f", {self.seconds:.0f} s were up" if self.stopped else "")
        if not self.found:
            return [f"no input found ({tried}) at which the other forms leave {self.dtype} and the twin does not"]
        v = self.values
        given = [f"{v[form]:.6g} in the {FORMS[form]}" for form in FORMS]
        lines = [
            f"at {self.how} ({tried})",
            f"{self.output} is, in {self.dtype}, {', '.join(given)}"
            + (f"; exactly {v['exact']:.6g}" if "exact" in v else ""),
        ]
        more = [f"y itself fits {self.dtype}"] if self.fits else []
        more += [f"the twin is right to {self.error:.2g} eps at all outputs"] if self.error is not None else []
        return [*lines, "; ".join(more)] if more else lines

    def __str__(self) -> str:
        return "\n".join(["measured: " + self.lines()[0], *("  " + line for line in self.lines()[1:])])


def float_range(
    thing: Diagram | Equation,
    *,
    tries: int = 400,
    seconds: float = 20.0,
    seed: int = 0,
    dtype: str = "float32",
    tell: Callable[[str], None] = lambda _: None,
) -> FloatRange:
    """Search the domain of a net (or of the theorem `to_additive(net)`) for an input at which only the twin stays in the floats.

    At such an input the product form and ln ; add ; exp both give 0, nan or an infinity at one component, and the twin nowhere. Best is one
    whose exact y there fits the type. The same seed tries the same inputs; the time may end the search earlier.

    >>> import numpy as np
    >>> from sigmaprime.diagrams import mul, tanh
    >>> net = (mul("V", 1, 1) >> tanh >> mul("W", 1, 1))(V=np.array([[3.0]]), W=np.array([[0.5]]))
    >>> found = float_range(net)
    >>> found.found, found.fits, found.error < 2
    (True, True, True)

    Raises `BadFile` for a net without weights or with an input of unknown size, `Refused` for numbers out of range.
    """
    import numpy as np

    if not 1 <= tries <= 1_000_000 or not 0 < seconds < float("inf"):
        raise Refused(f"give 1 to 1000000 tries and a time in seconds; not {tries} and {seconds}")
    started = time.monotonic()
    forms = Forms.of(thing)
    weights = as_numpy(forms.net)
    for name, w in weights.items():
        if w.size and not np.abs(w).max() <= np.finfo(dtype).max:
            raise Refused(f"{name} itself leaves {dtype}: its largest entry is {np.abs(w).max():.3g}")
    try_ = _Trial(forms, {n: w.astype(dtype) for n, w in weights.items()}, dtype)
    count, best, stopped = 0, None, False
    candidates = _candidates(forms.net, weights, np.random.default_rng(seed))
    while count < tries and not (best and best[0]):
        if stopped := time.monotonic() - started > seconds:
            break
        batch = list(islice(candidates, min(BATCH, tries - count)))
        tell(f"searching for an input that leaves {dtype}: {count} of {tries} tries")
        suspects = try_.suspects(np.stack([t for _, _, t in batch]))
        for (reach, how, t), suspect in zip(batch, suspects, strict=True):
            count += 1
            found = try_(t) if suspect else None
            if found and (best is None or found[0] > best[0]):
                best = (*found, reach, how, t)
                if found[0]:
                    break
    if best is None:
        return FloatRange(dtype, count, tries, time.monotonic() - started, stopped, None, "", "", {}, False, None)
    fits, place, reach, how, t = best
    for shorter in (0.95, 0.9, 0.8, 0.7, 0.6):  # towards 0 while it stays a finding of the same kind
        if count >= tries or time.monotonic() - started > seconds:
            break
        count += 1
        nearer = try_(shorter * best[4])
        if not nearer or nearer[0] < fits:
            break
        fits, place, reach, t = *nearer, shorter * best[2], shorter * best[4]
    return try_.described(fits, place, _place(forms.net, how, reach), t, count, tries, started, stopped)


def _place(net: Diagram, how: str, reach: float) -> str:
    plain = all(s.interval is positive for s in net.inputs)
    return f"{'x = e^t' if plain else 'x at t'}, {how}, |t| ≤ {reach:.3g}"


def _candidates(net: Diagram, weights: dict[str, Any], rng: Any) -> Iterator[tuple[float, str, Any]]:
    """(reach, where, t) without end, the reach growing and starting again."""
    import numpy as np

    n = total_size(net)
    first = next((node.box.weight for node in net.nodes if isinstance(node.box, Mix)), None)
    matrix = weights.get(first.name) if first is not None and first.head is Head.WEIGHT else None
    fits = matrix is not None and matrix.shape[1] == n
    for reach in cycle(REACHES):
        for _ in range(12):
            yield reach, "t uniform", rng.uniform(-reach, reach, n)
        for _ in range(8):
            yield reach, "t a random corner", reach * rng.choice([-1.0, 1.0], n)
        if fits and matrix is not None:
            rows = rng.permutation(len(matrix))[:6]
            for i in rows:
                for sign, word in ((1.0, ""), (-1.0, "minus ")):
                    yield (
                        reach,
                        f"t along {word}the signs of row {i} of the first layer",
                        sign * reach * np.sign(matrix[i]),
                    )


class _Trial:
    """One input at a time through all forms."""

    def __init__(self, forms: Forms, weights: dict[str, Any], dtype: str) -> None:
        import numpy as np

        self.forms, self.weights, self.dtype = forms, weights, dtype
        self.edge = float(np.log(np.finfo(dtype).max)) - 1, float(np.log(np.finfo(dtype).tiny)) + 1

    def outputs(self, form: str, t: Any) -> tuple[Any, ...]:
        import numpy as np

        with np.errstate(all="ignore"):
            return self.forms.run(form, drawn_inputs(self.forms.net, t[None], self.dtype), self.weights)

    def suspects(self, points: Any) -> Any:
        """For each row, whether some output of the uncomposed form is not finite: one cheap run for all."""
        import numpy as np

        with np.errstate(all="ignore"):
            outputs = self.forms.run("uncomposed", drawn_inputs(self.forms.net, points, self.dtype), self.weights)
        return ~np.all([np.isfinite(y).all(axis=-1) for y in outputs], axis=0)

    def __call__(self, t: Any) -> tuple[bool, tuple[int, int]] | None:
        """(whether y fits, the component), if only the twin is finite there and it is finite everywhere."""
        import numpy as np

        twin = self.outputs("twin", t)
        if not all(np.isfinite(y).all() for y in twin):
            return None
        others = [self.outputs(form, t) for form in FORMS if form != "twin"]
        found = None
        for k, z in enumerate(twin):
            lost = np.all([~np.isfinite(other[k][0]) for other in others], axis=0)
            high, low = self.edge
            fits = lost & (z[0] < high) & (z[0] > low) if self.forms.logs[k] else lost
            for chosen, strong in ((fits, True), (lost, False)):
                places = np.flatnonzero(chosen)
                if len(places) and (found is None or strong > found[0]):
                    found = strong, (k, int(places[0]))
        return found

    def described(
        self, fits: bool, place: tuple[int, int], how: str, t: Any, count: int, tries: int, started: float, stopped: bool
    ) -> FloatRange:  # fmt: skip
        import numpy as np

        from sigmaprime.diagrams.text import output_names

        k, i = place
        inputs = drawn_inputs(self.forms.net, t[None], self.dtype)
        values = {form: float(self.outputs(form, t)[k][0, i]) for form in FORMS}
        error = None
        if sum(w.size for w in self.weights.values()) <= LARGEST_EXACT:
            with suppress(Refused):  # many digits do not settle it
                exact = self.forms.exactly(inputs, self.weights)
                values["exact"] = float(exact[k][0, i])
                eps = float(np.finfo(self.dtype).eps)
                error = max(
                    float(error_in_eps(y, e, eps).max()) for y, e in zip(self.outputs("twin", t), exact, strict=True)
                )
        name = f"{output_names(self.forms.net)[k]}[{i}]"
        output = f"ln {name}" if self.forms.logs[k] else name
        took = time.monotonic() - started
        return FloatRange(
            self.dtype, count, tries, took, stopped, tuple(x[0] for x in inputs), how, output, values, fits, error
        )
