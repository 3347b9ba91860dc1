"""What floats make of the forms of one net, measured: the product form, ln ; add ; exp box after box, and the stable twin.

Errors are |err| / (eps · max(1, |ln y|)), against mpmath at as many digits as settle 25 of them. Gradients are those of Σ ln y by ln x,
by PyTorch where it is installed, against a difference quotient with the same digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams import Diagram, Refused

from .forms import FORMS, Forms
from .inputs import as_numpy, drawn_inputs, total_size

if TYPE_CHECKING:
    from sigmaprime.rewrite import Equation

__all__ = ["FormRange", "RangeTable", "error_in_eps", "float_table"]

DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class FormRange:
    """One form in one type, over all inputs."""

    form: str
    dtype: str
    finite: float
    """The share of outputs with a finite logarithm: y is not 0, inf or nan."""
    error: tuple[float, float] | None
    """Median and largest error of the finite outputs, in eps; None where none is finite."""
    finite_gradients: float | None
    """The share of finite entries of the gradient; None without PyTorch."""
    gradient_error: tuple[float, float] | None
    """Median and largest error of the slope along a random direction, over the inputs with a finite gradient, in eps."""


@dataclass(frozen=True)
class RangeTable:
    """How each form of a net does in floats. MEASURED: on these inputs, on this machine."""

    net: str
    inputs: int
    spread: float
    seed: int
    largest: float
    """The largest |ln y|, exactly."""
    rows: tuple[FormRange, ...]

    def as_json(self) -> dict[str, Any]:
        """The table for machines."""
        return asdict(self)

    def markdown(self) -> str:
        """The table of README.md."""
        head, *cells = self._cells()
        lines = [head, ["---"] * len(head), *cells]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def __str__(self) -> str:
        cells = self._cells()
        widths = [max(len(line[k]) for line in cells) for k in range(len(cells[0]))]
        table = ["  " + "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells]
        return "\n".join(
            [
                f"{self.net}: measured on {self.inputs} inputs e^t, t uniform in ±{self.spread:g} (seed {self.seed}); |ln y| reaches {self.largest:.3g}",
                "",
                *table,
                "",
                "  finite: outputs with a finite ln y; errors: |err|/(eps · max(1, |ln y|)), median and largest, against mpmath",
            ]
        )

    def _cells(self) -> list[list[str]]:
        graded = any(r.finite_gradients is not None for r in self.rows)
        head = ["form", "type", "finite", "error in eps"] + (
            ["finite gradients", "their error in eps"] if graded else []
        )
        lines = [head]
        for r in self.rows:
            line = [FORMS[r.form], r.dtype, _share(r.finite), _errors(r.error)]
            if graded:
                line += [_share(r.finite_gradients or 0.0), _errors(r.gradient_error)]
            lines.append(line)
        return lines


def _share(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f} %" if percent in (0, 100) else f"{min(max(percent, 0.1), 99.9):.1f} %"


def _errors(pair: tuple[float, float] | None) -> str:
    return (
        "-"
        if pair is None
        else " / ".join(f"{v:.1g}" if v >= 1e4 else f"{v:.0f}" if v >= 10 else f"{v:.1f}" for v in pair)
    )


def float_table(
    thing: Diagram | Equation,
    *,
    name: str = "the net",
    inputs: int = 32,
    spread: float = 6.0,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> RangeTable:
    """Run the three forms of a net (or of the theorem `to_additive(net)`) in float32 and float64, forward and backward.

    Inputs are e^t, t uniform in ±spread, where an input is positive; else t itself, moved into the input's interval.

    >>> import numpy as np
    >>> from sigmaprime.diagrams import mul, tanh
    >>> net = (mul("V", 2, 2) >> tanh >> mul("W", 2, 1))(V=np.array([[40.0, 60], [1, 1]]), W=np.array([[2.0, 1]]))
    >>> twin = float_table(net, inputs=4).rows[2]
    >>> twin.form, twin.dtype, twin.finite
    ('twin', 'float32', 1.0)

    Raises `BadFile` for a net without weights or with an input of unknown size, `Refused` for numbers out of range.
    """
    import numpy as np

    if not 1 <= inputs <= 100_000 or not 0 < spread <= 80:
        raise Refused(f"give 1 to 100000 inputs, and a spread in (0, 80]; not {inputs} and {spread}")
    forms = Forms.of(thing)
    weights = as_numpy(forms.net)
    given = drawn_inputs(
        forms.net, np.random.default_rng(seed).uniform(-spread, spread, size=(inputs, total_size(forms.net)))
    )
    tell(f"running {inputs} inputs with 40 and more digits")
    exact = forms.exactly(given, weights)
    slopes = None
    if find_spec("torch") is not None:
        tell("the slopes, with 40 digits")
        slopes = _Slopes.of(forms, given, weights, seed)
    rows = []
    for dtype in DTYPES:
        arrays = {n: w.astype(dtype) for n, w in weights.items()}
        at = tuple(x.astype(dtype) for x in given)
        for form in FORMS:
            tell(f"{FORMS[form]} in {dtype}")
            with np.errstate(all="ignore"):
                finite, error = _compared(forms.run(form, at, arrays), exact, float(np.finfo(dtype).eps))
            back = slopes.compared(forms, form, at, arrays) if slopes else (None, None)
            rows.append(FormRange(form, dtype, finite, error, *back))
    largest = max(float(abs(e).max()) for e in exact)
    return RangeTable(name, inputs, spread, seed, largest, tuple(rows))


def _compared(outputs: Sequence[Any], exact: Sequence[Any], eps: float) -> tuple[float, tuple[float, float] | None]:
    """The share of finite outputs, and the median and largest error of those."""
    import numpy as np

    finite = [np.isfinite(y) for y in outputs]
    errors = [error_in_eps(y[f], e[f], eps) for y, e, f in zip(outputs, exact, finite, strict=True)]
    share = float(np.mean(np.concatenate([f.ravel() for f in finite])))
    return share, _pair(np.concatenate(errors))


def error_in_eps(y: Any, exact: Any, eps: float) -> Any:
    """|y - exact| / (eps · max(1, |exact|)), the difference taken with all digits."""
    import numpy as np

    if not exact.size:
        return np.zeros(exact.shape)
    number = type(exact.flat[0])
    relative = np.frompyfunc(lambda v, e: float(abs(number(float(v)) - e) / max(1, abs(e))), 2, 1)
    return relative(y, exact).astype(float) / eps


def _pair(errors: Any) -> tuple[float, float] | None:
    import numpy as np

    return (float(np.median(errors)), float(errors.max())) if len(errors) else None


@dataclass(frozen=True)
class _Slopes:
    """Slopes of Σ ln y along random signs of ln x (of x, where the twin takes x itself), by a difference quotient with many digits."""

    signs: tuple[Any, ...]
    exact: Any

    @classmethod
    def of(cls, forms: Forms, given: Sequence[Any], weights: dict[str, Any], seed: int) -> _Slopes:
        import numpy as np

        from sigmaprime.diagrams.precise import nudged

        rng = np.random.default_rng(seed + 1)
        signs = tuple(rng.choice([-1.0, 1.0], size=x.shape) for x in given)
        logs = [p.coordinate is not None for p in forms.twin.in_ports]
        return cls(signs, nudged(forms.net, given, signs, weights, (logs, forms.logs)))

    def compared(
        self, forms: Forms, form: str, inputs: Sequence[Any], weights: dict[str, Any]
    ) -> tuple[float, tuple[float, float] | None]:
        """The share of finite gradient entries, and the errors of the slopes."""
        import numpy as np
        import torch

        arrays = {n: torch.tensor(w) for n, w in weights.items()}
        logs = [p.coordinate is not None for p in forms.twin.in_ports]
        leaves = [torch.tensor(x) for x in inputs]
        if form == "twin":
            leaves = [x.log() if log else x for x, log in zip(leaves, logs, strict=True)]
        for leaf in leaves:
            leaf.requires_grad_()
        outputs = forms.run_twin(leaves, arrays) if form == "twin" else forms.run(form, leaves, arrays)
        sum(y.sum() for y in outputs).backward()
        gradients = []
        for leaf, x, log in zip(leaves, inputs, logs, strict=True):
            g = np.zeros_like(x) if leaf.grad is None else leaf.grad.numpy()
            gradients.append(g * x if log and form != "twin" else g)
        finite = [np.isfinite(g) for g in gradients]
        whole = np.all([f.all(axis=1) for f in finite], axis=0)
        terms = np.concatenate([g * s for g, s in zip(gradients, self.signs, strict=True)], axis=1)[whole].astype(float)
        eps = float(np.finfo(inputs[0].dtype).eps)
        errors = abs(terms.sum(axis=1) - self.exact[whole]) / (eps * np.maximum(1.0, abs(terms).sum(axis=1)))
        return float(np.mean(np.concatenate([f.ravel() for f in finite]))), _pair(errors)
