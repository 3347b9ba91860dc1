"""Plots: a nonlinearity σ of a multiplicative net (blue, on positive inputs) and σ' = ln ∘ σ ∘ exp (orange, on the line).

A thin grey line is the familiar function that σ' is, or resembles. Labels stand at their curves. σ' is run in its stable form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from sigmaprime.diagrams import (
    Function, IllTyped, Refused, exp, identity, ln, max1, negate, positive, relu, scale, sigmoid, softplus, softsign, tanh, then,
)  # fmt: skip
from sigmaprime.diagrams.evaluate import values_of
from sigmaprime.diagrams.function import parts
from sigmaprime.diagrams.image import image

from .svg import THEMES, Picture, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot", "prime"]

Reference = Function | Literal["natural"] | None
REACH = 4.0
"""Plots show inputs from -REACH to REACH, and values within it."""
POINTS = 801
MOST = 12


@dataclass(frozen=True)
class _Ink:
    ground: str
    text: str
    axis: str
    sigma: str
    prime: str
    reference: str


_INKS = {
    "light": _Ink("#ffffff", "#1a1a1a", "#8a8a8a", "#1f5fbf", "#d9690a", "#4d4d4d"),
    "dark": _Ink("#16181d", "#e8e6e3", "#7d7f85", "#7fb0ff", "#ffa552", "#c9c6c1"),
}
_INKS["transparent"] = _INKS["light"]


def plot(
    functions: Function | Sequence[Function],
    *,
    theme: Theme = "light",
    reference: Reference = "natural",
    width: float = 400.0,
) -> Picture:
    """σ against σ' = ln ∘ σ ∘ exp: one plot, or panels (a), (b), ... for a list; `width` is that of a panel in pixels.

    `reference` is a third function, drawn thin over σ'; by default the one that σ' is known to be or to resemble: -softplus(-x) for tanh,
    ReLU for max(x, 1), the identity for relu, -ln 2 · sigmoid(-x) for sigmoid, none where nothing is natural.

    >>> from sigmaprime.diagrams import max1, negate, tanh
    >>> plot([tanh, max1])
    <SVG picture, ... characters>
    >>> plot(negate)
    Traceback (most recent call last):
    sigmaprime.diagrams.errors.IllTyped: ln ∘ σ ∘ exp is not defined for σ = negate: it maps (0, oo) into (-oo, 0), ...

    Raises `IllTyped` where σ is not positive on all of (0, oo), and says where.
    """
    given = [functions] if isinstance(functions, Function) else list(functions)
    if theme not in THEMES:
        raise Refused(f"{theme!r} is no theme; there are {', '.join(THEMES)}")
    if not 1 <= len(given) <= MOST:
        raise Refused(f"a picture holds 1 to {MOST} plots, not {len(given)}")
    if not 120 <= width <= 4000:
        raise Refused(f"a panel is 120 to 4000 pixels wide, not {width}")
    if not (reference is None or reference == "natural" or isinstance(reference, Function)):
        raise Refused(f"{reference!r} is no reference: give a function, None or 'natural'")
    panels = [_Panel.of(f, reference) for f in given]
    return Picture(_drawn(panels, theme, width))


def prime(sigma: Function) -> Function:
    """σ' = ln ∘ σ ∘ exp as one function on the reals; raises `IllTyped` where σ is not positive on all of (0, oo)."""
    if not isinstance(sigma, Function):
        raise IllTyped(f"{sigma!r} is no function; give one of the catalogue, such as tanh")
    if not sigma.closed:
        raise IllTyped(f"the function {sigma} is a variable: a plot needs its values; name a function first")
    try:
        reached = image(sigma, positive)
    except IllTyped as error:
        raise IllTyped(f"ln ∘ σ ∘ exp is not defined for σ = {sigma}: {error}") from None
    if not positive.contains(reached):
        raise IllTyped(
            f"ln ∘ σ ∘ exp is not defined for σ = {sigma}: it maps (0, oo) into {reached}, and ln takes (0, oo){_where(sigma)}"
        )
    return then(exp, sigma, ln)


def _where(sigma: Function) -> str:
    """A point at which σ is seen not to be positive."""
    import numpy as np

    x = np.geomspace(1e-3, 1e3, 601)
    with np.errstate(all="ignore"):
        y = values_of(sigma, x)
    bad = np.flatnonzero(y <= 0)
    if not len(bad):
        return ""
    at = min(bad, key=lambda i: abs(np.log(x[i])))  # the one nearest to 1
    return f"; σ({x[at]:.4g}) = {y[at]:.4g}"


# --- what is drawn ---


@dataclass(frozen=True)
class _Curve:
    role: Literal["sigma", "prime", "reference"]
    label: str
    x: Any
    y: Any


@dataclass(frozen=True)
class _Panel:
    name: str
    curves: tuple[_Curve, ...]

    @classmethod
    def of(cls, sigma: Function, reference: Reference) -> _Panel:
        import numpy as np

        own = prime(sigma)
        line = np.linspace(-REACH, REACH, POINTS)
        right = np.concatenate([np.geomspace(1e-6, REACH / POINTS, 40), line[line > REACH / POINTS]])
        name = str(sigma)[1:-1] if len(parts(sigma)) > 1 else str(sigma)
        with np.errstate(all="ignore"):
            curves = [
                _Curve("sigma", name, right, values_of(sigma, right)),
                _Curve("prime", f"({name})′" if " " in name or "∘" in name else f"{name}′", line, values_of(own, line)),
            ]
            other = _natural(sigma) if reference == "natural" else None if reference is None else (reference, str(reference))
            if other is not None:
                curves.append(_Curve("reference", other[1], line, values_of(other[0], line)))
        return cls(name, tuple(curves))


def _natural(sigma: Function) -> tuple[Function, str] | None:
    """The function that σ' is, or resembles, and its label."""
    flipped = then(negate, softplus, negate)
    if sigma is tanh or sigma is softsign:  # exact for softsign
        return flipped, "−softplus(−x)"
    if sigma is sigmoid:
        # the flipped sigmoid, at the height of σ', whose values fill (-ln 2, 0)
        return then(negate, sigmoid, scale(-0.6931471805599453)), "−ln 2 · sigmoid(−x)"
    if sigma is max1:
        return relu, "ReLU"
    if sigma is relu or sigma is identity:
        return identity, "x"
    if sigma.key[1] == "power":
        return scale(sigma.key[2]), f"{sigma.key[2]}·x"
    return None


# --- matplotlib ---


def _drawn(panels: Sequence[_Panel], theme: str, width: float) -> str:
    from io import StringIO

    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    columns = len(panels) if len(panels) <= 3 else 2 if len(panels) == 4 else 3
    rows = -(-len(panels) // columns)
    unit = width / 400
    size = columns * width, rows * width * 0.78
    style = {
        "svg.hashsalt": "sigmaprime", "svg.fonttype": "path", "font.family": "DejaVu Serif", "mathtext.fontset": "dejavuserif",
        "axes.unicode_minus": True, "path.simplify": True, "figure.dpi": 72.0, "savefig.dpi": 72.0,
    }  # fmt: skip
    with rc_context(style):
        figure = Figure(figsize=(size[0] / 72, size[1] / 72), dpi=72)
        canvas = FigureCanvasSVG(figure)
        ink = _INKS[theme]
        for i, panel in enumerate(panels):
            column, row = i % columns, i // columns
            caption = f"({chr(97 + i)})" if len(panels) > 1 else ""
            below = 0.15 if caption else 0.06
            box = (
                (column + 0.06) / columns, 1 - (row + 1 - below) / rows, 0.88 / columns, (1 - below - 0.06) / rows,
            )  # fmt: skip
            axes = figure.add_axes(box)
            _panel(axes, panel, ink, unit)
            if caption:
                place = (column + 0.5) / columns, 1 - (row + 1 - 0.05) / rows
                figure.text(*place, caption, ha="center", va="center", fontsize=13 * unit, color=ink.text)
        _place_labels(figure, panels, ink, unit)
        stream = StringIO()
        transparent = theme == "transparent"
        figure.patch.set_visible(not transparent)
        figure.patch.set_facecolor(ink.ground)
        canvas.print_svg(stream, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _tidied(stream.getvalue(), panels, theme)


def _panel(axes: Axes, panel: _Panel, ink: _Ink, unit: float) -> None:
    import numpy as np

    axes.set_xlim(-REACH, REACH)
    seen = np.concatenate([c.y[np.isfinite(c.y)] for c in panel.curves])
    low, high = max(-REACH, min(seen.min(), -0.6)), min(REACH, max(seen.max(), 0.9))
    room = 0.12 * (high - low)
    low, high = low - room, high + room
    axes.set_ylim(low, high)
    axes.patch.set_visible(False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_position("zero")
        axes.spines[side].set_color(ink.axis)
        axes.spines[side].set_linewidth(0.9 * unit)
    step = 0.5 if high - low < 3 else 1 if high - low < 6 else 2
    axes.set_xticks([t for t in range(-4, 5, 2) if t])
    axes.set_yticks([t * step for t in range(-8, 9) if t and low + room / 2 < t * step < high - room / 2])
    axes.tick_params(length=3.5 * unit, width=0.9 * unit, color=ink.axis, labelcolor=ink.text, labelsize=9.5 * unit, pad=2.5 * unit)
    arrow = {"color": ink.axis, "clip_on": False, "markersize": 4.5 * unit, "linestyle": "none"}
    axes.plot(1, 0, marker=">", transform=axes.get_yaxis_transform(), **arrow)
    axes.plot(0, 1, marker="^", transform=axes.get_xaxis_transform(), **arrow)
    for curve in panel.curves:
        y = np.where(np.abs(curve.y) <= 2 * REACH, curve.y, np.nan)
        thin = curve.role == "reference"
        axes.plot(
            curve.x, y, color=getattr(ink, curve.role), linewidth=(0.9 if thin else 2.4) * unit, zorder=5 if thin else 4,
            solid_capstyle="round",
        )  # fmt: skip


def _place_labels(figure: Figure, panels: Sequence[_Panel], ink: _Ink, unit: float) -> None:
    """Each label beside its own curve, where it covers least: no other curve, label, axis or number."""
    import numpy as np

    canvas: Any = figure.canvas
    renderer = canvas.get_renderer() if hasattr(canvas, "get_renderer") else figure._get_renderer()  # type: ignore[attr-defined]
    figure.draw_without_rendering()
    for axes, panel in zip(list(figure.axes), panels, strict=True):
        frame = axes.get_window_extent(renderer)
        points = [axes.transData.transform(np.column_stack([c.x, c.y]))[np.isfinite(c.y)] for c in panel.curves]
        inside = [p[(p[:, 0] >= frame.x0) & (p[:, 0] <= frame.x1) & (p[:, 1] >= frame.y0) & (p[:, 1] <= frame.y1)] for p in points]
        ticks = [t.label1 for axis in (axes.xaxis, axes.yaxis) for t in axis.get_major_ticks()]
        taken = [t.get_window_extent(renderer).padded(2 * unit) for t in ticks]
        origin = axes.transData.transform((0, 0))
        for k, curve in enumerate(panel.curves):
            thin = curve.role == "reference"
            text = axes.text(0, 0, curve.label, fontsize=(10.5 if thin else 13) * unit, color=getattr(ink, curve.role), style="italic")
            extent = text.get_window_extent(renderer)
            w, h = extent.width, extent.height
            best = None
            for x, y in inside[k][:: max(1, len(inside[k]) // 60)]:
                for dx in (-1.0, -0.5, 0.0):
                    for dy in (-1.0, -0.5, 0.0):
                        if dx == dy == -0.5:
                            continue
                        gap = 6 * unit
                        left = x + dx * w + (gap if dx == 0 else -gap if dx == -1 else 0)
                        low = y + dy * h + (gap if dy == 0 else -gap if dy == -1 else 0)
                        cost = _cost((left, low, left + w, low + h), frame, inside, k, taken, origin, unit)
                        if best is None or cost < best[0] - 1e-9:
                            best = cost, left, low
            if best is None:
                text.remove()
                continue
            _, left, low = best
            text.set_position(tuple(axes.transData.inverted().transform((left, low + (text.get_position()[1] * 0)))))
            text.set_verticalalignment("bottom")
            taken.append(text.get_window_extent(renderer).padded(3 * unit))


def _cost(
    box: tuple[float, float, float, float], frame: Any, curves: Sequence[Any], own: int, taken: Sequence[Any], origin: Any, unit: float
) -> float:  # fmt: skip
    x0, y0, x1, y1 = box
    cost = 0.0
    out = max(frame.x0 - x0, x1 - frame.x1, frame.y0 - y0, y1 - frame.y1, 0.0)
    cost += 20 * out
    for k, points in enumerate(curves):
        near = 4 * unit
        hit = (points[:, 0] > x0 - near) & (points[:, 0] < x1 + near) & (points[:, 1] > y0 - near) & (points[:, 1] < y1 + near)
        cost += (6.0 if k == own else 12.0) * float(hit.sum())
        if k != own:  # a label belongs to the curve that it is nearest to
            gaps = ((points[:, 0].clip(x0, x1) - points[:, 0]) ** 2 + (points[:, 1].clip(y0, y1) - points[:, 1]) ** 2) ** 0.5
            cost += max(0.0, 26 * unit - float(gaps.min(initial=1e9)))
    for other in taken:
        if x0 < other.x1 and x1 > other.x0 and y0 < other.y1 and y1 > other.y0:
            cost += 400.0
    if x0 < origin[0] + 3 * unit and x1 > origin[0] - 3 * unit:
        cost += 60.0
    if y0 < origin[1] + 3 * unit and y1 > origin[1] - 3 * unit:
        cost += 60.0
    return cost


# --- the file ---


def _tidied(text: str, panels: Sequence[_Panel], theme: str) -> str:
    """Without prolog, metadata and ids of groups (which would clash in a page); with a title and a class."""
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    head, rest = text.split(">", 1)
    size = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', head)
    assert size is not None, "matplotlib writes a view box"
    opened = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{size[1]}" height="{size[2]}" '
        f'viewBox="0 0 {size[1]} {size[2]}" role="img" class="sigmaprime plot {theme}">'
    )
    names = ", ".join(p.name for p in panels)
    title = f"<title>σ and σ′ = ln ∘ σ ∘ exp for σ = {escape(names)}</title>"
    labels = "; ".join(", ".join(f"{c.label} ({_WORDS[c.role]})" for c in p.curves) for p in panels)
    return f"{opened}\n<title>{title[7:]}\n<desc>{escape(labels)}</desc>{rest}"


_WORDS = {"sigma": "blue, on positive inputs", "prime": "orange", "reference": "thin, grey"}
