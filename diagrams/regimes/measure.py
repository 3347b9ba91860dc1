"""How a form does in floats, MEASURED: the largest errors of value and slope on the whole line, in eps, beside those of the naive form."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .choose import Reference, line
from .exact import Exact
from .form import Form
from .formal import Formula
from .rows import Program, Rows, gradient

__all__ = ["Errors", "FormErrors", "errors_of", "naive_errors", "report"]


@dataclass(frozen=True)
class Errors:
    """|err| / (eps · max(1, |exact|)) at points x of one type; inf where the result is not finite."""

    x: Any
    value: Any
    slope: Any


@dataclass(frozen=True)
class FormErrors:
    """The largest errors of one form in one type."""

    name: str
    dtype: str
    regimes: int
    points: int
    value: float
    slope: float


def errors_of(form: Form, formula: Formula, dtype: str, points: int = 1200, x: Any = None) -> Errors:
    """The errors of a form on the whole line: the slope by PyTorch's autograd where it is installed, else by following the rows backwards."""
    import array_api_compat.numpy as xp
    import numpy as np

    reference = Reference.at(Exact(formula), line(dtype, form.borders, points) if x is None else x)
    with np.errstate(all="ignore"):
        y = form(xp, reference.x)
    value, slope = reference.errors(y, _slopes(form, reference.x))
    return Errors(reference.x, value, slope)


def naive_errors(formula: Formula, dtype: str, x: Any) -> Errors:
    """The errors of ln f(e^x) as it is written, every choice taken on its own side of the kinks."""
    import numpy as np

    exact = Exact(formula)
    reference = Reference.at(exact, x)
    x = reference.x
    value, slope = np.full_like(x, np.nan), np.full_like(x, np.nan)
    ends = [-np.inf, *exact.kinks(), np.inf]
    with np.errstate(all="ignore"):
        for lo, hi in pairwise(ends):
            own = (x >= lo) & (x < hi)
            if own.any():
                resolved = exact.resolved(float(np.median(x[own].clip(-30, 30))))
                value[own], slope[own], _ = gradient(_as_written(resolved), x[own])
    return Errors(x, *reference.errors(value, slope))


def _as_written(formula: Formula) -> Program:
    """ln f(e^x), operation by operation."""
    rows = Rows()
    t = rows.put("exp", rows.put("x"))
    place: list[int] = []
    for row in formula.rows:
        match row[0]:
            case "x":
                place.append(t)
            case "number":
                place.append(rows.constant(float(row[1])))
            case "pi":
                place.append(rows.constant(math.pi))
            case "power":
                place.append(rows.put("power", place[row[1]], float(row[2])))
            case "ln":
                place.append(rows.put("log", place[row[1]]))
            case op:
                place.append(rows.put(op, *(place[i] for i in row[1:])))
    return rows.program(rows.put("log", place[formula.root]))


def _slopes(form: Form, x: Any) -> Any:
    try:
        import torch
    except ImportError:
        return _backwards(form, x)
    import array_api_compat.torch as xp

    t = torch.tensor(x, requires_grad=True)
    form(xp, t).sum().backward()
    assert t.grad is not None
    return t.grad.numpy()


def _backwards(form: Form, x: Any) -> Any:
    import numpy as np

    regime = np.searchsorted(np.array(form.borders, dtype=x.dtype), x, side="right")
    slope = np.zeros_like(x)
    with np.errstate(all="ignore"):
        for i, program in enumerate(form.programs):
            own = regime == i
            slope[own] = program[-1][1] if program[-1][0] == "hold" else gradient(program, x[own])[1]
    return slope


def measured(names: Iterable[str] | None = None, points: int = 1200) -> list[FormErrors]:
    """The usual activations, in both types, with their shipped forms."""
    from ..stable import shipped
    from .formal import of_chain
    from .usual import USUAL

    rows = []
    for name in USUAL if names is None else names:
        entry = USUAL[name]
        forms = shipped(*entry)
        assert forms is not None
        for dtype, form in forms.items():
            found = errors_of(form, of_chain([entry]), dtype, points)
            rows.append(
                FormErrors(
                    name, dtype, len(form.programs), len(found.x), float(found.value.max()), float(found.slope.max())
                )
            )
    return rows


def report(names: Iterable[str] | None = None, points: int = 1200) -> str:
    """The table: regimes, and the largest errors of value and slope in float32 and float64, in eps.

    >>> print(report(["sigmoid"], points=40).splitlines()[0])
    σ               float32: regimes  value  slope   float64: regimes  value  slope
    """
    rows = measured(names, points)
    lines = ["σ               float32: regimes  value  slope   float64: regimes  value  slope"]
    for a, b in zip(rows[::2], rows[1::2], strict=True):
        lines.append(f"{a.name:16}" + "   ".join(f"{r.regimes:16}  {r.value:5.2f}  {r.slope:5.2f}" for r in (a, b)))
    worst = max(max(r.value, r.slope) for r in rows)
    count = sum(max(a.value, a.slope, b.value, b.slope) <= 2 for a, b in zip(rows[::2], rows[1::2], strict=True))
    return "\n".join(
        [
            *lines,
            "",
            f"MEASURED at {rows[0].points} points and more a type, in eps · max(1, |exact|), slopes by autograd: {count} of {len(rows) // 2} within 2, the worst {worst:.2f}",
        ]
    )
