"""The same picture for Graphviz: every position of the scene is pinned, `dot` only draws.

What SVG shifts by a few points (sub- and superscripts) is written with Unicode's small digits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams import Refused

from .label import Label, Run, width
from .scene import Scene, Segment, Shape
from .svg import THEMES, Colours, Theme, colours_of

if TYPE_CHECKING:
    import graphviz

__all__ = ["dot", "rendered"]

POINTS = 72.0  # Graphviz measures nodes in inches
FORMAT = re.compile(r"[a-z][a-z0-9_.-]*")
LOW = dict(zip("0123456789+-=()aeoxhklmnpstij", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼ", strict=True))
JUSTIFY = {"start": r"\l", "middle": "", "end": r"\r"}
HIGH = dict(zip("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", strict=True))


def dot(thing: Any, *, theme: Theme = "light", **options: Any) -> graphviz.Graph:
    """The picture of a diagram, a function or an equation as a Graphviz graph with pinned positions.

    Its `render` and `pipe` leave every position as it is. The options are those of `svg`.

    >>> from sigmaprime.diagrams import add, tanh
    >>> print(dot(add("W", 3, 3) >> tanh).source.splitlines()[0])
    graph sigmaprime {
    """
    if theme not in THEMES:
        raise Refused(f"{theme!r} is no theme; there are {', '.join(THEMES)}")
    scene = thing if isinstance(thing, Scene) else Scene.of(thing, **options)
    return _graph(scene, theme)


def rendered(scene: Scene, format: str, theme: Theme = "light") -> bytes:
    """The scene in a format of Graphviz, such as png or pdf; needs its program `dot` on the PATH."""
    import graphviz

    if not FORMAT.fullmatch(format):
        raise Refused(f"{format!r} is no format: give one that Graphviz writes, such as svg, png or pdf")
    try:
        drawn: bytes = _graph(scene, theme).pipe(format=format, quiet=True)
    except graphviz.ExecutableNotFound:
        raise Refused(
            f"{format} is drawn by Graphviz, and there is no `dot` on the PATH: install Graphviz, or save as .svg"
        ) from None
    except ValueError:
        raise Refused(f"Graphviz writes no .{format}; it writes .svg, .png, .pdf, .ps and others") from None
    except graphviz.CalledProcessError as error:
        said = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        raise Refused(f"Graphviz does not write .{format} here: {said[-1] if said else error}") from None
    return drawn


def _graph(scene: Scene, theme: Theme) -> graphviz.Graph:
    import graphviz

    c = THEMES[theme]
    g = graphviz.Graph(
        "sigmaprime",
        engine="neato",
        graph_attr={"bgcolor": "transparent" if theme == "transparent" else c.ground, "outputorder": "edgesfirst", "pad": "0", "splines": "true", "layout": "nop2"},
        node_attr={"fixedsize": "true", "margin": "0", "label": "", "penwidth": "1.5", "fontname": "DejaVu Serif"},
        edge_attr={"arrowhead": "none", "penwidth": "1.5", "color": c.ink},
    )  # fmt: skip
    place = _Place(scene.height)
    for i, (x, y) in enumerate(((0.0, 0.0), (scene.width, scene.height))):  # the corners keep the margins
        g.node(f"corner{i}", shape="point", style="invis", width="0", height="0", pos=place(x, y))
    shapes = {s.id for s in scene.shapes}
    for i, wire in enumerate(scene.wires):
        if wire.segments:
            tips = (wire.source, *wire.segments[0][:2]), (wire.target, *wire.segments[-1][6:])
            for name, x, y in tips:
                if name not in shapes:  # an end in the open, as in the legend
                    shapes.add(name)
                    g.node(name, shape="point", style="invis", width="0", height="0", pos=place(x, y))
            look = _line(wire.kind, c)
            g.edge(wire.source, wire.target, pos=place.curve(wire.segments), id=f"wire{i}", **look)
    for i, s in enumerate(scene.slashes):
        ends = [(s.x - 3.5, s.y + 7), (s.x + 3.5, s.y - 7)]
        for j, (x, y) in enumerate(ends):
            g.node(f"slash{i}.{j}", shape="point", style="invis", width="0", height="0", pos=place(x, y))
        a, b = ends
        g.edge(f"slash{i}.0", f"slash{i}.1", pos=place.curve(((*a, *a, *b, *b),)), **{"class": "slash"})
    for i, d in enumerate(scene.dots):
        g.node(f"dot{i}", shape="point", width=_inches(2 * d.r), pos=place(d.x, d.y), color=c.ink, fillcolor=c.ink)
    for shape in scene.shapes:
        _shape(g, shape, theme, place)
    for i, m in enumerate(scene.marks):
        g.node(
            f"mark{i}", shape="box", style="dashed,rounded", color=c.amber, pos=place(m.x, m.y), width=_inches(m.w), height=_inches(m.h),
            **{"class": m.kind},
        )  # fmt: skip
    for i, label in enumerate([*(s.label for s in scene.slashes), *scene.labels]):
        _label(g, f"text{i}", label, c.ink if label.role == "sign" else c.faint, place)
    return g


def _line(kind: str, c: Colours) -> dict[str, str]:
    """How a line is drawn; multiplicative ones are hollow in SVG, broad here."""
    match kind:
        case "multiplicative" | "signed":
            return {"class": f"wire {kind}", "color": c.purple, "penwidth": "2.4"}
        case "chart":
            return {"class": "wire chart", "color": c.teal, "style": "dashed"}
        case _:
            return {"class": f"wire {kind}".strip()}


class _Place:
    """Points of the scene in Graphviz's coordinates, which grow upwards."""

    def __init__(self, height: float) -> None:
        self.height = height

    def __call__(self, x: float, y: float) -> str:
        return f"{x:.2f},{self.height - y:.2f}!"

    def curve(self, segments: tuple[Segment, ...]) -> str:
        first = segments[0]
        points = [(first[0], first[1])]
        for s in segments:
            points += [(s[2], s[3]), (s[4], s[5]), (s[6], s[7])]
        return " ".join(f"{x:.2f},{self.height - y:.2f}" for x, y in points)


def _inches(points: float) -> str:
    return f"{points / POINTS:.4f}"


def _shape(g: graphviz.Graph, s: Shape, theme: Theme, place: _Place) -> None:
    ink, fill, text = colours_of(s, THEMES[theme])
    kind = s.kind.split()[0]
    if kind in ("layer", "dots"):  # a name alone; three dots
        for i, y in enumerate((-8.0, 0.0, 8.0) if kind == "dots" else ()):
            g.node(
                f"{s.id}.{i}", shape="point", width=_inches(4.8), pos=place(s.x, s.y + y), color=fill, fillcolor=fill
            )
        for i, label in enumerate(s.labels):
            _label(g, f"{s.id}.text{i}", label, text, place)
        g.node(s.id, id=s.id, shape="point", style="invis", width="0", height="0", pos=place(s.x, s.y))
        return
    look = {"shape": "box", "style": "filled"}
    match kind:
        case "map" | "input" | "output" | "sum" | "joint" if s.w == s.h:
            look = {"shape": "circle", "style": "filled"}
        case "map":
            look["style"] = "filled,rounded"
        case "fold":
            look["style"] = "filled,rounded,dashed"
        case "pool":
            look |= {"shape": "trapezium", "orientation": "270"}
    edge = 0.0
    if s.kind in ("mix multiplicative", "mix signed multiplicative"):
        look["peripheries"], edge = "2", 8.0  # the second line is drawn outside
    g.node(
        s.id, id=s.id, pos=place(s.x, s.y), width=_inches(s.w - edge), height=_inches(s.h - edge), color=ink, fillcolor=fill,
        tooltip=graphviz_text(s.title), **{"class": s.kind}, **look,
    )  # fmt: skip
    labels = list(s.labels)
    if kind == "sum":
        sign = "×" if s.kind.endswith("multiplicative") else "+"
        labels.append(Label(s.x, s.y + 7, 20, "middle", (Run(sign),), "name"))
    for i, label in enumerate(labels):
        _label(g, f"{s.id}.text{i}", label, text, place)


def _label(g: graphviz.Graph, name: str, label: Label, colour: str, place: _Place) -> None:
    wide = width(label.runs, label.size)
    x = label.x + {"start": wide / 2, "middle": 0.0, "end": -wide / 2}[label.anchor]
    level = [r for r in label.runs if not r.level]
    slant = 2 * sum(len(r.text) for r in level if r.italic) > sum(len(r.text) for r in level)
    text = "".join(_run(r) for r in label.runs)
    if not text.strip():
        return
    g.node(
        name, label=graphviz_text(text, JUSTIFY[label.anchor]), shape="plaintext", width=_inches(wide), height=_inches(label.size), fontcolor=colour,
        pos=place(x, label.y - 0.34 * label.size), fontsize=f"{label.size:.1f}",
        fontname="DejaVu Serif Italic" if slant else "DejaVu Serif", **{"class": label.role},
    )  # fmt: skip


def _run(run: Run) -> str:
    small = {-1: LOW, 0: {}, 1: HIGH}[run.level]
    if run.level and not all(c in small for c in run.text):
        return ("_" if run.level < 0 else "^") + run.text
    return "".join(small.get(c, c) for c in run.text)


def graphviz_text(text: str, end: str = "") -> str:
    """Text that Graphviz takes as it is: no escapes but the end, no entities, no markup."""
    import graphviz

    plain = " ".join(text.split()).replace("&", "&amp;").replace("\\", "\\\\")
    quoted: str = graphviz.nohtml(plain + end)
    return quoted
