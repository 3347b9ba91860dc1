"""Curves on axes through the origin, by matplotlib: no boxes, each label at its own curve, the same bytes for the same curves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

from sigmaprime.diagrams import Refused

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["INKS", "REACH", "STYLE", "Curve", "Panel", "drawn", "tidied"]

REACH = 4.0
"""Plots show inputs from -REACH to REACH, and values within it."""
STYLE: Any = {
    "svg.hashsalt": "sigmaprime", "svg.fonttype": "path", "font.family": "DejaVu Serif", "axes.unicode_minus": True,
    "figure.dpi": 72.0, "savefig.dpi": 72.0,
}  # fmt: skip


@dataclass(frozen=True)
class Curve:
    """y against x, and what it stands for."""

    role: Literal["sigma", "prime", "reference"]
    label: str
    x: Any
    y: Any


@dataclass(frozen=True)
class Panel:
    """Curves that share axes."""

    name: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class _Ink:
    ground: str
    text: str
    axis: str
    sigma: str
    prime: str
    reference: str


_LIGHT = _Ink("#ffffff", "#1a1a1a", "#8a8a8a", "#1f5fbf", "#e07b1a", "#4d4d4d")
_DARK = _Ink("#16181d", "#e8e6e3", "#7d7f85", "#6aa5ff", "#ff9d45", "#d8d5d0")
INKS = {"light": _LIGHT, "dark": _DARK, "transparent": _LIGHT}
_MEANING = {"sigma": "blue, on positive inputs", "prime": "orange", "reference": "thin"}


def drawn(panels: Sequence[Panel], theme: str, width: float) -> str:
    """The panels as SVG text, each `width` pixels wide."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    columns = len(panels) if len(panels) <= 3 else 2 if len(panels) == 4 else 3
    rows = -(-len(panels) // columns)
    unit, ink, stream = width / 400, INKS[theme], StringIO()
    lettered = len(panels) > 1
    below = 0.15 if lettered else 0.06
    with rc_context(STYLE):
        figure = Figure(figsize=(columns * width / 72, rows * width * 0.78 / 72), dpi=72)
        canvas: Any = FigureCanvasSVG(figure)
        figure.patch.set_visible(theme != "transparent")
        figure.patch.set_facecolor(ink.ground)
        for i, panel in enumerate(panels):
            left, low = i % columns, rows - 1 - i // columns
            box = (left + 0.06) / columns, (low + below) / rows, 0.88 / columns, (0.94 - below) / rows
            _Panel(figure.add_axes(box), panel, ink, unit).draw()
            if lettered:
                place = (left + 0.5) / columns, (low + 0.05) / rows
                figure.text(*place, f"({chr(97 + i)})", ha="center", va="center", fontsize=13 * unit, color=ink.text)
        canvas.print_svg(stream, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    curves = "; ".join(", ".join(f"{c.label} ({_MEANING[c.role]})" for c in p.curves) for p in panels)
    title = f"σ and σ′ = ln ∘ σ ∘ exp for σ = {', '.join(p.name for p in panels)}"
    return tidied(stream.getvalue(), escape(title), escape(curves), theme)


class _Panel:
    """One panel while it is drawn: what is taken is known, so that texts can keep off."""

    def __init__(self, axes: Axes, panel: Panel, ink: _Ink, unit: float) -> None:
        import numpy as np

        self.axes, self.panel, self.ink, self.unit = axes, panel, ink, unit
        seen = np.concatenate([c.y[np.isfinite(c.y)] for c in panel.curves]).clip(-REACH, REACH)
        if not seen.size:
            raise Refused(f"no value of {panel.curves[0].label} is a finite float for x in ±{REACH:g}")
        low, high = min(float(seen.min()), -0.6), max(float(seen.max()), 0.9)
        self.room = 0.12 * (high - low)
        self.low, self.high = low - self.room, high + self.room
        axes.set(xlim=(-REACH, REACH), ylim=(self.low, self.high))
        frame = axes.bbox
        self.frame: tuple[float, float, float, float] = (frame.x0, frame.y0, frame.x1, frame.y1)
        self.taken: list[tuple[float, float, float, float]] = []
        self.points = []
        for c in panel.curves:
            at = axes.transData.transform(np.column_stack([c.x, c.y])[np.isfinite(c.y)])
            x0, y0, x1, y1 = self.frame
            self.points.append(at[(at[:, 0] >= x0) & (at[:, 0] <= x1) & (at[:, 1] >= y0) & (at[:, 1] <= y1)])

    def draw(self) -> None:
        self._axes()
        for curve in self.panel.curves:
            self._curve(curve)
        for k, curve in enumerate(self.panel.curves):
            self._label(k, curve)

    def _axes(self) -> None:
        axes, u, grey = self.axes, self.unit, self.ink.axis
        axes.patch.set_visible(False)
        for side, spine in axes.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            if side in ("left", "bottom"):
                spine.set_position("zero")
            spine.set(color=grey, linewidth=0.9 * u, zorder=1)
        step = 0.5 if self.high - self.low < 3 else 1.0 if self.high - self.low < 6 else 2.0
        inside = [
            n * step for n in range(-8, 9) if n and self.low + self.room / 2 < n * step < self.high - self.room / 2
        ]
        axes.set_xticks([-4, -2, 2, 4], labels=[""] * 4)
        axes.set_yticks(inside, labels=[""] * len(inside))
        axes.tick_params(length=3.5 * u, width=0.9 * u, color=grey)
        arrow: dict[str, Any] = {
            "color": grey,
            "clip_on": False,
            "markersize": 4.5 * u,
            "linestyle": "none",
            "zorder": 1,
        }
        axes.plot(1, 0, marker=">", transform=axes.get_yaxis_transform(), **arrow)
        axes.plot(0, 1, marker="^", transform=axes.get_xaxis_transform(), **arrow)
        for x in (-4, -2, 2, 4):
            self._number(x, 0.0, f"{x:g}", ((-0.5, -1.45), (-0.5, 0.45)))
        for y in inside:
            self._number(0.0, y, f"{y:g}", ((-1.0, -0.5), (0.0, -0.5)))

    def _number(self, x: float, y: float, text: str, sides: Sequence[tuple[float, float]]) -> None:
        """A number at its tick, on the side where no curve runs."""
        at = self.axes.transData.transform((x, y))
        size = self._size(text.replace("-", "−"), 9.5)
        boxes = [self._beside(at, size, side, 7 if y else 0) for side in sides]
        box = min(boxes, key=lambda b: sum(_inside(p, b, 1) for p in self.points))
        self._write(text.replace("-", "−"), box, 9.5, self.ink.text)

    def _curve(self, curve: Curve) -> None:
        import numpy as np

        thin, u = curve.role == "reference", self.unit
        width: float = 1.0 if thin else 2.4
        dashes: Any = "-"
        orange = self.panel.curves[1]
        alike = np.abs(np.interp(curve.x, orange.x, orange.y) - curve.y) < 1e-6
        if curve is not orange and float(alike.mean()) > 0.15:  # it would hide, or be hidden: wide below, dashed above
            width, dashes = (1.2, (0, (3, 4))) if thin else (5.2, "-")
        y = np.where(np.abs(curve.y) <= 2 * REACH, curve.y, np.nan)
        order = {"sigma": 3, "prime": 4, "reference": 5}[curve.role]
        colour = getattr(self.ink, curve.role)
        self.axes.plot(
            curve.x, y, color=colour, linewidth=width * u, linestyle=dashes, zorder=order, solid_capstyle="round"
        )

    def _label(self, k: int, curve: Curve) -> None:
        """The label where it covers least: no curve, text or axis, nearest to its own curve."""
        size = 10.5 if curve.role == "reference" else 13.0
        w_h = self._size(curve.label, size)
        own = self.points[k]
        thirds = (-1.0, -0.5, 0.0)
        sides = [s for s in product(thirds, thirds) if s != (-0.5, -0.5)]
        boxes = [self._beside(at, w_h, side, 6) for at in own[:: max(1, len(own) // 60)] for side in sides]
        if boxes:
            best = boxes[int(self._costs(boxes, k).argmin())]
            self._write(curve.label, best, size, getattr(self.ink, curve.role), "italic")

    def _costs(self, boxes: Sequence[tuple[float, float, float, float]], own: int) -> Any:
        """What each place for the label of a curve costs, all at once."""
        import numpy as np

        x0, y0, x1, y1 = np.array(boxes).T
        a0, b0, a1, b1 = self.frame
        origin = self.axes.transData.transform((0, 0))
        costs = 20 * np.maximum.reduce([a0 - x0, x1 - a1, b0 - y0, y1 - b1, np.zeros_like(x0)])
        left, low, right, high = (side[:, None] for side in (x0, y0, x1, y1))
        near = 4 * self.unit
        for k, points in enumerate(self.points):
            x, y = points.T
            inside = (x > left - near) & (x < right + near) & (y > low - near) & (y < high + near)
            costs += (6 if k == own else 12) * inside.sum(1)
            if k != own:  # a label belongs to the curve that it is nearest to
                gaps = (x - x.clip(left, right)) ** 2 + (y - y.clip(low, high)) ** 2
                costs += np.maximum(0.0, 26 * self.unit - gaps.min(1, initial=1e9) ** 0.5)
        m = 5 * self.unit
        for t in self.taken:
            costs += 400 * ((x0 < t[2] + m) & (x1 > t[0] - m) & (y0 < t[3] + m) & (y1 > t[1] - m))
        costs += 60 * ((x0 - m < origin[0]) & (origin[0] < x1 + m))
        costs += 60 * ((y0 - m < origin[1]) & (origin[1] < y1 + m))
        return costs

    def _size(self, text: str, size: float) -> tuple[float, float]:
        """Width and height in pixels."""
        from matplotlib.font_manager import FontProperties
        from matplotlib.textpath import TextPath

        box = TextPath((0, 0), text, size=size * self.unit, prop=FontProperties(family="DejaVu Serif")).get_extents()
        return float(box.x1), size * self.unit

    def _beside(
        self, at: Any, size: tuple[float, float], side: tuple[float, float], gap: float
    ) -> tuple[float, float, float, float]:
        """The box whose corner lies `side` boxes from the point, a gap away."""
        away = [gap * self.unit * (1 if s == 0 else -1 if s == -1 else 0) for s in side]
        left, low = (float(at[i] + side[i] * size[i] + away[i]) for i in (0, 1))
        return left, low, left + size[0], low + size[1]

    def _write(
        self, text: str, box: tuple[float, float, float, float], size: float, colour: str, style: str = "normal"
    ) -> None:
        from matplotlib.transforms import IdentityTransform

        x, y = box[0], box[1] + 0.22 * (box[3] - box[1])
        self.axes.text(
            x, y, text, fontsize=size * self.unit, color=colour, style=style, transform=IdentityTransform(), zorder=6
        )
        self.taken.append(box)


def _inside(points: Any, box: tuple[float, float, float, float], near: float) -> int:
    x0, y0, x1, y1 = box
    x, y = points[:, 0], points[:, 1]
    return int(((x > x0 - near) & (x < x1 + near) & (y > y0 - near) & (y < y1 + near)).sum())


def tidied(text: str, title: str, about: str, theme: str) -> str:
    """With a title and a class; without prolog, style sheet and ids of groups, which would act on the page around it."""
    text = text[text.index("<svg") :]
    for clutter in (
        r"\s*<metadata>.*?</metadata>",
        r"<!--.*?-->\s*",
        r"\s*<defs>\s*<style.*?</style>\s*</defs>",
        r'(?<=<g) id="[^"]*"',
    ):
        text = re.sub(clutter, "", text, flags=re.DOTALL)
    head, rest = text.split(">", 1)
    size = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', head)
    assert size is not None, "matplotlib writes a view box"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{size[1]}" height="{size[2]}" '
        f'viewBox="0 0 {size[1]} {size[2]}" stroke-linejoin="round" role="img" class="sigmaprime plot {theme}">\n'
        f"<title>{title}</title>\n<desc>{about}</desc>{rest}"
    )
