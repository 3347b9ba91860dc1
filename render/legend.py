"""The legend: every piece of a picture in both views, with its name and its formula.

The pieces are drawn from one-box networks by the views themselves, so the legend cannot disagree with the pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Map,
    Size,
    Slice,
    Space,
    Vector,
    add,
    concat,
    cube,
    diagonal,
    diagram,
    exp,
    ln,
    maxpool,
    minpool,
    mix,
    mul,
    ones,
    positive,
    reals,
    smul,
    wire,
)

from . import neuron, scene
from .label import Label, Run, width
from .scene import MARGIN, Scene, Shape
from .svg import Picture, Theme, write

__all__ = ["legend"]

PORTS = ("input", "output")


@dataclass(frozen=True)
class _Piece:
    name: str
    formula: str
    diagram: Diagram
    shown: Callable[[Shape], bool]
    """Which shapes belong to the piece; lines whose ends are not shown are left dangling."""


def legend(theme: Theme = "light") -> Picture:
    """The pieces that networks are drawn of: as one box a layer, and as one circle a neuron.

    >>> "multiplicative layer" in legend().text
    True
    """
    pieces = _pieces()
    rows = [[_bare(p, make, f"{p.name.split()[0]}-{name}-") for name, make in _VIEWS] for p in pieces]
    wide = [max(r[k].width for r in rows) for k in range(2)]
    texts = [(Run(p.name),) for p in pieces], [_formula(p.formula) for p in pieces]
    words = max(*(width(t, 15) for t in texts[0]), *(width(t, 14) for t in texts[1]))
    gap, head = 18.0, MARGIN + 24
    block = wide[0] + wide[1] + words + 3 * gap
    highs = [max(part.height for part in r) + 14 for r in rows]
    split = min(range(len(rows)), key=lambda i: max(sum(highs[:i]), sum(highs[i:])))
    parts: list[Scene] = []
    labels: list[Label] = []
    for c, some in enumerate((range(split), range(split, len(rows)))):
        x, y = MARGIN + c * (block + gap), head
        for (name, _), middle in zip(_VIEWS, (x + wide[0] / 2, x + wide[0] + gap + wide[1] / 2), strict=True):
            labels.append(Label(middle, MARGIN + 8, 12, "middle", (Run(f"{name} view"),), "note"))
        for i in some:
            left, middle = x, y + highs[i] / 2
            for part, room in zip(rows[i], wide, strict=True):
                parts.append(part.moved(left + (room - part.width) / 2, middle - part.height / 2))
                left += room + gap
            labels.append(Label(left, middle - 4, 15, "start", texts[0][i], "entry"))
            labels.append(Label(left, middle + 16, 14, "start", texts[1][i], "formula"))
            y += highs[i]
    bottom = head + max(sum(highs[:split]), sum(highs[split:]))
    whole = _together(parts, labels, 2 * block + gap + 2 * MARGIN, bottom + MARGIN)
    return write(whole, theme)


_VIEWS: tuple[tuple[str, Callable[..., Scene]], ...] = (("layer", scene.side), ("neuron", neuron.side))


def _pieces() -> Sequence[_Piece]:
    sigma = Function("σ", reals, reals)

    @diagram(wire(2), wire(2))
    def total(u: Any, v: Any) -> Any:
        return u + v

    @diagram(wire(2, positive), wire(2, positive))
    def product(u: Any, v: Any) -> Any:
        return u * v

    @diagram(wire(1), wire(2))
    def bundled(u: Any, v: Any) -> Any:
        return concat(u, v)

    part = Diagram([Space(3, reals)], [(Slice(Size(0), Size(2)), (0,))], [1])
    both = Diagram([Space(2, reals)], [], [0, 0])

    def only(*kinds: str) -> Callable[[Shape], bool]:
        return lambda s: s.kind.split()[0] in kinds

    def box(s: Shape) -> bool:
        return s.kind not in PORTS

    def every(_: Shape) -> bool:
        return True

    def one(f: Function, on: Any) -> Diagram:
        return Diagram([Space(2, on)], [(Map(f), (0,))], [1])

    return [
        _Piece("input", "x", wire(2), only("input")),
        _Piece("output", "y", wire(2), only("output")),
        _Piece("wire", "y = x", wire(2), only()),
        _Piece("map", "y_i = σ(x_i)", one(sigma, reals), box),
        _Piece("exp", "y_i = e^{xᵢ}", one(exp, reals), box),
        _Piece("ln", "y_i = ln x_i, x_i > 0", one(ln, positive), box),
        _Piece("shared wire", "y_1 = y_2 = x", both, every),
        _Piece("additive layer", "y_i = Σ_j w_{ij} x_j + b_i", add("W", 2, 2, bias="b"), every),
        _Piece("multiplicative layer", "y_i = e^{bᵢ} ∏_j x_j^{wᵢⱼ}, x_j > 0", mul("W", 2, 2, bias="b"), every),
        _Piece(
            "signed layer",
            "y_i = e^{bᵢ} ∏_j sgn(x_j)^{pᵢⱼ} |x_j|^{wᵢⱼ}, x_j ≠ 0",
            smul("W", "P", 2, 2, bias="b"),
            every,
        ),
        _Piece("layer of a chart g", "y = g(W·g^{−1}(x) + b)", mix(cube, "W", 2, 2, bias="b"), every),
        _Piece("diagonal layer", "y_i = v_i x_i", add(diagonal(Vector("v", 2))), every),
        _Piece("maximum of windows", "y_i = max_j x_j", maxpool(ones(1, 2)), every),
        _Piece("minimum of windows", "y_i = min_j x_j", minpool(ones(1, 2)), every),
        _Piece("sum", "y_i = u_i + v_i", total, every),
        _Piece("product", "y_i = u_i · v_i", product, every),
        _Piece("concatenation", "y = (u, v)", bundled, every),
        _Piece("slice", "y = (x_1, x_2)", part, every),
    ]


def _bare(piece: _Piece, make: Callable[..., Scene], prefix: str) -> Scene:
    """The piece in one view, closely cut."""
    d = piece.diagram
    whole = make(d, [Space.all[i] for i in d.types], prefix)
    kept = tuple(s for s in whole.shapes if piece.shown(s))
    cut = MARGIN - 6
    return replace(whole, shapes=kept, height=whole.height - 2 * cut).moved(0, -cut)


_PART = re.compile(
    r"(?P<level>[_^])(?:\{(?P<group>[^{}]*)\}|(?P<one>.))|(?P<word>ln|exp|max|min|sgn)|(?P<letter>[^\W\d_Σ])|(?P<sign>.)"
)


def _formula(text: str) -> tuple[Run, ...]:
    """Letters italic, words upright, _ below and ^ above the line."""
    found: list[Run] = []
    for m in _PART.finditer(text):
        if m["level"]:
            script = m["group"] or m["one"]
            found.append(Run(script, italic=not script.isdigit(), level=-1 if m["level"] == "_" else 1))
        else:
            found.append(Run(m[0], italic=m["letter"] is not None))
    return tuple(found)


def _together(parts: Sequence[Scene], labels: Sequence[Label], wide: float, high: float) -> Scene:
    return Scene(
        wide, high, high / 2, MARGIN, tuple(chain.from_iterable(p.shapes for p in parts)), tuple(chain.from_iterable(p.wires for p in parts)),
        tuple(chain.from_iterable(p.dots for p in parts)), tuple(chain.from_iterable(p.slashes for p in parts)),
        (*chain.from_iterable(p.labels for p in parts), *labels), "the pieces of a picture, in the layer view and in the neuron view", "",
    )  # fmt: skip
