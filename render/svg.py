"""Pictures as SVG, written from a scene: no binary, no script, nothing fetched, the same bytes for the same thing.

Boxes carry an id (`n3` for wire 3) and classes (`map`, `mix additive`, ...), so that a page can restyle them. Colours are attributes, not a
style sheet: several pictures can stand in one page.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from math import nan
from pathlib import Path
from typing import Any, Literal, get_args

from sigmaprime.diagrams import Refused
from sigmaprime.diagrams.files import write_whole

from .label import SMALL, Label
from .scene import Mark, Scene, Segment, Shape, View, Wire

__all__ = ["Picture", "Theme", "svg", "write"]

Theme = Literal["light", "dark", "transparent"]
SERIF = "DejaVu Serif, STIX Two Text, serif"


@dataclass(frozen=True, repr=False)
class Picture:
    """An SVG picture: `print` shows its source, a notebook the picture."""

    text: str
    scene: Scene | None = None
    """What it was drawn from, for formats other than SVG."""
    theme: Theme = "light"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file, whole or not at all: SVG, or by its ending what Graphviz's program `dot` writes (.png, .pdf, ...).

        Raises `Refused` for an ending that is not known, or where there is no `dot`.
        """
        ending = Path(path).suffix.lower().removeprefix(".")
        write_whole(path, self.text.encode() if ending in ("", "svg") else self._as(ending))

    def _as(self, ending: str) -> bytes:
        from .dot import rendered

        if self.scene is None:
            raise Refused(f"this picture is SVG only: give the file the ending .svg, not .{ending}")
        return rendered(self.scene, ending, self.theme)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<SVG picture, {len(self.text)} characters>"

    def _repr_svg_(self) -> str:
        return self.text


@dataclass(frozen=True)
class Colours:
    ground: str
    ink: str
    faint: str
    """Sizes and notes."""
    fill: str
    purple: str
    tint: str
    teal: str
    teal_tint: str
    green: str
    green_tint: str
    """What the last step made."""
    amber: str
    """What the next step touches."""


_LIGHT = Colours(
    "#ffffff", "#1a1a1a", "#4d4d4d", "#ffffff", "#7b2d8e", "#f5ecf8", "#0f6e6e", "#e6f4f3", "#1a7a4a", "#cfeedd", "#c77700"
)  # fmt: skip
_DARK = Colours(
    "#16181d", "#e8e6e3", "#b3b0ab", "#20242b", "#d9a3ea", "#38263f", "#6fd0c8", "#1c3836", "#6fd39b", "#1d4733", "#f0ab3c"
)  # fmt: skip
THEMES = {"light": _LIGHT, "dark": _DARK, "transparent": _LIGHT}


def svg(thing: Any, *, theme: Theme = "light", view: View = "layer") -> Picture:
    """The picture of a diagram, a function or an equation; `theme` is light, dark or transparent (for light pages).

    >>> from sigmaprime.diagrams import add, tanh
    >>> picture = svg(add("W1", 3, 3) >> tanh)
    >>> picture.text.splitlines()[1]
    '<title>a network of 2 boxes, with 1 input and 1 output</title>'
    """
    if view not in get_args(View):
        raise Refused(f"{view!r} is no view; there are {', '.join(get_args(View))}")
    return write(Scene.of(thing, view), theme)


def write(scene: Scene, theme: Theme = "light") -> Picture:
    """The scene as SVG."""
    if theme not in THEMES:
        raise Refused(f"{theme!r} is no theme; there are {', '.join(THEMES)}")
    c = THEMES[theme]
    w, h = _n(scene.width), _n(scene.height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" class="sigmaprime {theme}">',
        f"<title>{_t(scene.title)}</title>",
        f"<desc>{_t(scene.text or scene.title)}</desc>",
    ]
    if theme != "transparent":
        lines.append(f'<rect class="ground" width="{w}" height="{h}" fill="{c.ground}"/>')
    lines.append(f'<g class="wires" fill="none" stroke="{c.ink}" stroke-width="2" stroke-linecap="round">')
    lines += _paths(scene.wires, c)
    lines += [
        f'<path class="slash" stroke-width="1.4" d="M{_n(s.x - 3.5)} {_n(s.y + 7)}L{_n(s.x + 3.5)} {_n(s.y - 7)}"/>'
        for s in scene.slashes
    ]
    lines.append("</g>")
    if scene.dots:
        lines.append(f'<g class="dots" fill="{c.ink}">')
        lines += [f'<circle cx="{_n(d.x)}" cy="{_n(d.y)}" r="{_n(d.r)}"/>' for d in scene.dots]
        lines.append("</g>")
    lines.append(f'<g class="boxes" font-family="{SERIF}">')
    for shape in scene.shapes:
        lines += _shape(shape, c)
    lines.append("</g>")
    if scene.marks:
        lines.append(
            f'<g class="marks" fill="none" stroke="{c.amber}" stroke-width="2" stroke-dasharray="7 4" stroke-linecap="butt">'
        )
        lines += [_mark(m) for m in scene.marks]
        lines.append("</g>")
    texts = [*(s.label for s in scene.slashes), *scene.labels]
    if texts:
        lines.append(f'<g class="texts" font-family="{SERIF}">')
        lines += [_label(t, c.ink if t.role in ("sign", "entry", "formula") else c.faint) for t in texts]
        lines.append("</g>")
    return Picture("\n".join([*lines, "</svg>", ""]), scene, theme)


def _n(value: float) -> str:
    """A coordinate with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _t(text: str) -> str:
    return escape(text, quote=True)


def _paths(wires: tuple[Wire, ...], c: Colours) -> list[str]:
    """One path a line; what lines of one wire share is drawn once. Multiplicative lines are hollow, signed ones in dashes: told apart without colour."""
    lines: list[str] = []
    cores: dict[str, list[str]] = {"multiplicative": [], "signed": []}
    drawn: set[tuple[str, str, Segment]] = set()
    for wire in wires:
        own = [s for s in wire.segments if (wire.source, wire.box, s) not in drawn]
        drawn.update((wire.source, wire.box, s) for s in own)
        if own:
            kind = f" {wire.kind} of-{wire.box}" if wire.kind else ""
            d = _d(own)
            lines.append(
                f'<path class="wire{kind} from-{wire.source} to-{wire.target}"{_stroke(wire.kind, c)} d="{d}"/>'
            )
            if wire.kind in cores:
                cores[wire.kind].append(d)
    for kind, dashes in (("multiplicative", ""), ("signed", ' stroke-dasharray="5 5" stroke-linecap="butt"')):
        if cores[kind]:
            lines.append(
                f'<path class="core" stroke="{c.ground}" stroke-width="1.1"{dashes} d="{"".join(cores[kind])}"/>'
            )
    return lines


def _d(segments: list[Segment]) -> str:
    text, at = "", (nan, nan)
    for s in segments:
        if (s[0], s[1]) != at:
            text += f"M{_n(s[0])} {_n(s[1])}"
        if s[1] == s[3] == s[5] == s[7]:
            text += f"H{_n(s[6])}"
        elif _is_straight(s):
            text += f"L{_n(s[6])} {_n(s[7])}"
        else:
            text += f"C{_n(s[2])} {_n(s[3])} {_n(s[4])} {_n(s[5])} {_n(s[6])} {_n(s[7])}"
        at = s[6], s[7]
    return text


def _is_straight(s: Segment) -> bool:
    x, y = s[6] - s[0], s[7] - s[1]
    return max(abs((s[2] - s[0]) * y - (s[3] - s[1]) * x), abs((s[4] - s[0]) * y - (s[5] - s[1]) * x)) < 1e-6


def _stroke(kind: str, c: Colours) -> str:
    match kind:
        case "":
            return ""
        case "multiplicative" | "signed":
            return f' stroke="{c.purple}" stroke-width="3.4"'
        case "chart":
            return f' stroke="{c.teal}" stroke-width="1.8" stroke-dasharray="7 3.5"'
        case _:
            return ' stroke-width="1.8"'


def colours_of(s: Shape, c: Colours) -> tuple[str, str, str]:
    """The line, the fill and the text of a shape."""
    ink, fill = c.ink, c.fill
    bar = s.kind in ("concat", "slice")
    if s.kind.endswith(("multiplicative", "signed")):
        ink, fill = c.purple, c.tint
    elif s.kind.endswith(" chart"):
        ink, fill = c.teal, c.teal_tint
    elif bar:
        fill = c.ink
    if s.kind.startswith("joint"):
        fill = ink
    elif s.kind.startswith("dots"):
        return "none", c.green if s.state == "made" else c.ink, ink
    return (c.green, c.green if bar else c.green_tint, ink) if s.state == "made" else (ink, fill, ink)


def _shape(s: Shape, c: Colours) -> list[str]:
    ink, fill, text = colours_of(s, c)
    kind = s.kind.split()[0]
    stroke = 3.0 if s.state == "made" else 2.0  # in grey print: a heavier line
    lines = [
        f'<g id="{_t(s.id)}" class="{s.kind}{" " * bool(s.state)}{s.state}" fill="{fill}" stroke="{ink}" stroke-width="{_n(stroke)}">',
        f"<title>{_t(s.title)}</title>",
    ]
    match kind:
        case "layer":
            pass
        case "dots":
            lines += [f'<circle cx="{_n(s.x)}" cy="{_n(s.y + y)}" r="2.4"/>' for y in (-8, 0, 8)]
        case "map" | "input" | "output" | "sum" | "joint" if s.w == s.h:
            lines.append(f'<circle cx="{_n(s.x)}" cy="{_n(s.y)}" r="{_n(s.w / 2)}"/>')
        case "map":
            lines.append(_rect(s, 0, s.h / 2))
        case "fold":
            lines.append(_rect(s, 0, 19.0, ' stroke-dasharray="5 4"'))
        case "pool":
            lines.append(_narrowing(s))
        case "concat" | "slice":
            lines.append(_rect(s, 0, 2.0, ' stroke="none"'))
        case _:
            lines.append(_rect(s, 0, 0.0))
    if s.kind in ("mix multiplicative", "mix signed multiplicative"):
        dashes = ' stroke-dasharray="4 3"' * ("signed" in s.kind)
        lines.append(_rect(s, 3.5, 0.0, f' fill="none" stroke-width="1"{dashes}'))
    if kind == "sum":
        r = 4.5 if s.kind.endswith("multiplicative") else 6.0
        x, y, b = s.x, s.y, _n(2 * r)
        ways = (
            f"M{_n(x - r)} {_n(y)}h{b}M{_n(x)} {_n(y - r)}v{b}",
            f"M{_n(x - r)} {_n(y - r)}l{b} {b}M{_n(x - r)} {_n(y + r)}l{b} -{b}",
        )
        lines.append(f'<path fill="none" d="{ways[s.kind.endswith("multiplicative")]}"/>')
    halo = (
        f' paint-order="stroke" stroke="{c.ground}" stroke-width="5" stroke-linejoin="round"'
        if kind == "layer"
        else ' stroke="none"'
    )
    lines += [_label(t, c.ink if t.role == "port" else c.faint if t.role == "range" else text, halo) for t in s.labels]
    return [*lines, "</g>"]


def _mark(m: Mark) -> str:
    x, y, round_ = _n(m.x - m.w / 2), _n(m.y - m.h / 2), _n(min(14.0, m.h / 3))
    return f'<rect class="{m.kind}" x="{x}" y="{y}" width="{_n(m.w)}" height="{_n(m.h)}" rx="{round_}"/>'


def _rect(s: Shape, inset: float, round_: float, more: str = "") -> str:
    corner = f' rx="{_n(round_)}"' if round_ else ""
    x, y, w, h = s.x - s.w / 2 + inset, s.y - s.h / 2 + inset, s.w - 2 * inset, s.h - 2 * inset
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"{corner}{more}/>'


def _narrowing(s: Shape) -> str:
    """A trapezium: many come in, fewer go out."""
    x, y, w, h = s.x - s.w / 2, s.y - s.h / 2, s.w, s.h
    return f'<path d="M{_n(x)} {_n(y)}l{_n(w)} {_n(h / 6)}v{_n(h * 2 / 3)}l{_n(-w)} {_n(h / 6)}z" stroke-linejoin="round"/>'


def _label(t: Label, colour: str, stroke: str = ' stroke="none"') -> str:
    """One line of text; sub- and superscripts are shifted by dy, which every reader of SVG knows."""
    spans, level = [], 0
    for r in t.runs:
        style = ' font-style="italic"' if r.italic else ""
        if r.level != level:
            drop = {0: 0.0, -1: 0.22, 1: -0.36}
            style += f' dy="{_n((drop[r.level] - drop[level]) * t.size)}"'
        if r.level:
            style += f' font-size="{_n(t.size * SMALL)}"'
        level = r.level
        spans.append(f"<tspan{style}>{_t(r.text)}</tspan>" if style else _t(r.text))
    anchor = "" if t.anchor == "start" else f' text-anchor="{t.anchor}"'
    return (
        f'<text class="{t.role}" x="{_n(t.x)}" y="{_n(t.y)}" font-size="{_n(t.size)}"{anchor} fill="{colour}"{stroke} '
        f'xml:space="preserve">{"".join(spans)}</text>'
    )
