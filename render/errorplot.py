"""The float error of σ' = ln ∘ σ ∘ exp against x, in eps: the naive form (blue) and the stable one (orange), value and slope, by type.

A dashed line marks 2 eps, thin upright lines the borders of the regimes; points at the upper edge are not finite.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from io import StringIO
from typing import Any

from sigmaprime.diagrams import Function
from sigmaprime.diagrams.regimes.measure import Errors, errors_of, naive_errors
from sigmaprime.diagrams.stable import formula_of, stable_forms

from .axes import INKS, STYLE, tidied

__all__ = ["drawn_errors"]

DTYPES = {"float32": 120.0, "float64": 900.0}
"""How far the line is shown."""
LOW, HIGH = 1e-3, 1e9
POINTS = 500


def drawn_errors(functions: Sequence[Function], theme: str, width: float) -> str:
    """A row of two panels, float32 and float64, for every function, as SVG text; each panel `width` pixels wide."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    rows, unit, ink, stream = len(functions), width / 400, INKS[theme], StringIO()
    with rc_context(STYLE | {"mathtext.fontset": "dejavuserif"}):
        figure = Figure(figsize=(2 * width / 72, rows * width * 0.74 / 72), dpi=72)
        canvas: Any = FigureCanvasSVG(figure)
        figure.patch.set_visible(theme != "transparent")
        figure.patch.set_facecolor(ink.ground)
        for i, f in enumerate(functions):
            for j, dtype in enumerate(DTYPES):
                box = (j + 0.13) / 2, (rows - 1 - i + 0.15) / rows, 0.83 / 2, 0.73 / rows
                _panel(figure.add_axes(box), f, dtype, ink, unit)
        canvas.print_svg(stream, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    names = ", ".join(str(f).replace("-", "−") for f in functions)
    title = f"Float errors of ln ∘ σ ∘ exp for σ = {names}"
    about = "in eps against x, in float32 and float64: blue, the naive form; orange, the stable form; solid, the value; dotted, the slope"
    return tidied(stream.getvalue(), escape(title), escape(about), theme)


def _panel(axes: Any, f: Function, dtype: str, ink: Any, unit: float) -> None:
    import numpy as np
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    end, formula, form = DTYPES[dtype], formula_of(f), stable_forms(f)[dtype]
    near = np.linspace(-8, 8, POINTS)
    far = np.geomspace(8, end, POINTS // 4)[1:]
    x = np.unique(np.concatenate([-far, near, far]).astype(dtype))
    axes.set_xscale("symlog", linthresh=8, linscale=2.2)
    axes.set_yscale("log")
    axes.set(xlim=(-end, end), ylim=(LOW, HIGH))
    for border in form.borders:
        axes.axvline(border, color=ink.axis, linewidth=0.8 * unit, alpha=0.6, zorder=1)
    axes.axhline(2, color=ink.axis, linewidth=0.9 * unit, linestyle=(0, (5, 3)), zorder=1)
    _curves(axes, naive_errors(formula, dtype, x), ink.sigma, unit, 2)
    _curves(axes, errors_of(form, formula, dtype, x=x), ink.prime, unit, 3)
    marks = [sign * v for sign in (-1, 1) for v in (0, 4, 8, 100 if end < 200 else 80, end // 100 * 100)]
    axes.xaxis.set_major_locator(FixedLocator(marks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}".replace("-", "−")))
    axes.yaxis.set_major_locator(FixedLocator([1e-2, 1, 1e2, 1e4, 1e6, 1e8]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda v, _: {0: "1"}.get(round(np.log10(v)), f"$10^{{{round(np.log10(v))}}}$"))
    )
    axes.tick_params(length=3.5 * unit, width=0.9 * unit, color=ink.axis, labelsize=9.5 * unit, labelcolor=ink.text)
    axes.patch.set_visible(False)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set(color=ink.axis, linewidth=0.9 * unit)
    name = str(f).replace("-", "−")
    axes.set_title(
        f"{name}′ in {dtype}", fontsize=11.5 * unit, color=ink.text, loc="left", style="italic", pad=12 * unit
    )
    legend = {"fontsize": 10.5 * unit, "ha": "right", "va": "bottom", "transform": axes.transAxes, "style": "italic"}
    axes.text(0.84, 1.02, "naive", color=ink.sigma, **legend)
    axes.text(1.0, 1.02, "stable", color=ink.prime, **legend)
    axes.text(-end * 0.8, 2.6, "2 eps", fontsize=9 * unit, color=ink.axis, ha="left", va="bottom")
    axes.set_xlabel("x", fontsize=10.5 * unit, color=ink.text, style="italic", labelpad=1)
    axes.set_ylabel("error in eps", fontsize=10 * unit, color=ink.text, labelpad=1)


def _curves(axes: Any, errors: Errors, colour: str, unit: float, order: int) -> None:
    import numpy as np

    for y, style, width in ((errors.value, "-", 1.3), (errors.slope, (0, (1, 1.3)), 1.1)):
        seen = np.isfinite(y)
        axes.plot(
            errors.x,
            np.where(seen, y.clip(LOW * 1.15, HIGH / 3), np.nan),
            color=colour,
            linewidth=width * unit,
            linestyle=style,
            zorder=order,
        )
        lost = errors.x[~seen]
        axes.plot(
            lost,
            np.full(len(lost), HIGH / 1.6),
            marker="|",
            markersize=5 * unit,
            color=colour,
            linestyle="none",
            zorder=order,
        )
