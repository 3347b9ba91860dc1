"""A derivation as a film strip: its diagrams one below the other, each made from the one above.

All frames share one grid of columns: what survives a step stays where it was, and what takes its place stands there. A dashed frame goes around
what the next step touches; a green tint lies on what the last step made.

    columns    longest paths over the places of all frames at once
    x          every frame is laid out by itself, then its columns are shifted to the common places; only the gaps between them stretch
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sigmaprime.diagrams import Diagram, Refused, Space
from sigmaprime.diagrams.box import Kind
from sigmaprime.rewrite.frames import Frame, stages_of
from sigmaprime.rewrite.kernel import Equation

from . import neuron
from .align import extents, heights, middles, spread, turned, turns
from .caption import SIZE, caption
from .label import Label, Run, clean, cut, plain, width
from .marks import marks
from .scene import MARGIN, Mark, Scene, Shape, View, side
from .shapes import KEPT, LAYERS
from .svg import THEMES, Picture, Theme, write

__all__ = ["film", "strip"]

Side = Callable[[Diagram, list[Space] | None, str, Mapping[int, float] | None], Scene]
"""A view: it lays out a diagram with its boxes in the given columns. The ids of its shapes begin with the prefix, then `n` and the wire,
`out` and the output, or are `fold`; a box may have several, and one of kind `layer` is the name of the lines whose `box` it is."""

VIEWS: dict[View, Side] = {"layer": side, "neuron": neuron.side}
GUTTER, GAP = 76.0, 8.0  # room for signs and numbers; between frames
NARROWEST, WIDEST = 380.0, 1100.0  # of a film, for the sake of its captions
FOLD = KEPT + 0.5  # where the fold stands among the columns


def film(
    theorem: Equation, *, view: View = "layer", theme: Theme = "light", steps: Literal["grouped", "all"] = "grouped"
) -> Picture:  # fmt: skip
    """The film strip of a theorem's derivation.

    With steps `grouped`, the steps by one rule that can be made together are one frame; with `all`, every step is one. Of more than 24 frames
    those in the middle become one. Raises `Refused` for what is no theorem, and for an unknown view, theme or choice of steps.

    >>> from sigmaprime.diagrams import mul
    >>> from sigmaprime.rewrite import to_additive
    >>> picture = film(to_additive(mul("W", 3, 3)))
    >>> picture.text.splitlines()[1]
    '<title>a derivation in 2 frames: mul(W) = ln ; add(W) ; exp</title>'
    """
    if theme not in THEMES:
        raise Refused(f"{theme!r} is no theme; there are {', '.join(THEMES)}")
    if view not in VIEWS:
        raise Refused(f"{view!r} is no view; there are {', '.join(VIEWS)}")
    if not isinstance(theorem, Equation):
        raise Refused(f"{type(theorem).__name__} has no derivation: give a theorem, such as to_additive(net)")
    return write(strip(theorem, VIEWS[view], steps), theme)


def strip(theorem: Equation, view: Side = side, steps: Literal["grouped", "all"] = "grouped") -> Scene:
    """The film as a scene. The ids of frame k begin with `f<k>-`, those of a new left side with `f<k>l-`."""
    frames = stages_of(theorem, steps=steps)
    rows = [(k, d) for k, f in enumerate(frames) for d in (f.left, f) if d]
    there, column = _columns([d for _, d in rows])
    last = 1.0 + max(column.values())
    shots = []
    for (k, row), frame in zip(rows, there, strict=True):
        new_left = row is frames[k].left
        shots.append(
            _shot(
                frame, f"f{k}l-" if new_left else f"f{k}-", view, column, last, k, "⇒" if new_left else "=" if k else ""
            )
        )
    shots = _on_one_grid(_upright(shots))
    return _stacked(theorem, frames, [_marked(s) for s in shots])


# --- columns ---


def _columns(frames: Sequence[Frame]) -> tuple[list[Frame], dict[int, int]]:
    """The column of every place: longest paths through all frames at once.

    A frame in which a place would have to stand left of itself (sharing can do that) gets places of its own.
    """
    after: dict[int, set[int]] = {}
    for frame in frames:
        _add(after, frame)
    found = _longest(after)
    if found is None:
        frames, after = _apart(frames)
        found = _longest(after)
    assert found is not None, "a diagram has no cycle"
    inputs = {p for f in frames for p in f.places[: len(f.diagram.inputs)]}
    return list(frames), {p: 0 if p in inputs else x for p, x in found.items()}


def _apart(frames: Sequence[Frame]) -> tuple[list[Frame], dict[int, set[int]]]:
    after: dict[int, set[int]] = {}
    fresh = 1 + max(p for f in frames for p in f.places)
    found: list[Frame] = []
    for k, frame in enumerate(frames, 1):
        both = {p: set(later) for p, later in after.items()}
        _add(both, frame)
        if _longest(both) is None:
            frame = replace(frame, places=tuple(p + k * fresh for p in frame.places))
        _add(after, frame)
        found.append(frame)
    return found, after


def _add(after: dict[int, set[int]], frame: Frame) -> None:
    c, places = frame.diagram.columns, frame.places
    for w, p in enumerate(places):
        after.setdefault(p, set())
        for a in c.arguments(w):
            if places[a] != p:
                after[places[a]].add(p)


def _longest(after: dict[int, set[int]]) -> dict[int, int] | None:
    """The longest path to every place; None if there is a cycle."""
    waiting = dict.fromkeys(after, 0)
    for later in after.values():
        for p in later:
            waiting[p] += 1
    found = {p: 0 for p, n in waiting.items() if not n}
    ready = list(found)
    done = 0
    while ready:
        p = ready.pop()
        done += 1
        for q in after[p]:
            found[q] = max(found.get(q, 0), found[p] + 1)
            waiting[q] -= 1
            if not waiting[q]:
                ready.append(q)
    return found if done == len(after) else None


# --- one frame ---


@dataclass(frozen=True)
class _Shot:
    """A frame laid out."""

    frame: Frame
    scene: Scene
    prefix: str
    columns: dict[str, float]
    """The column of every shape."""
    places: dict[str, int]
    """The place of every shape that is a box or an input."""
    shown: dict[int, tuple[str, ...]]
    """The shapes that show a box: its own, the sign that a bundle is drawn in, or the fold."""
    number: int
    sign: str


_WIRE, _PORT = re.compile(r"n(\d+)"), re.compile(r"(?:n|out)(\d+)")


def _shot(frame: Frame, prefix: str, view: Side, column: dict[int, int], last: float, number: int, sign: str) -> _Shot:
    at = {w: float(column[p]) for w, p in enumerate(frame.places)}
    scene = view(frame.diagram, list(frame.spaces), prefix, at | {-1: last})
    columns: dict[str, float] = {}
    places: dict[str, int] = {}
    shown: dict[int, tuple[str, ...]] = {}
    for s in scene.shapes:
        name = s.id.removeprefix(prefix)
        if found := _WIRE.match(name):
            w = int(found[1])
            shown[w] = (*shown.get(w, ()), s.id)
            places[s.id] = frame.places[w]
            if not s.kind.startswith("layer"):  # the name of lines stands between columns
                columns[s.id] = at[w]
        else:
            columns[s.id] = last if name.startswith("out") else FOLD
    _hidden(frame.diagram, shown, (f"{prefix}fold",) if f"{prefix}fold" in columns else ())
    return _Shot(frame, scene, prefix, columns, places, shown, number, sign)


def _hidden(d: Diagram, shown: dict[int, tuple[str, ...]], fold: tuple[str, ...]) -> None:
    """Boxes that have no shape of their own."""
    c = d.columns
    for w in range(len(d.inputs), len(c.op)):
        a = c.first[w]
        if w in shown and a not in shown and c.op[a] == Kind.CONCAT and c.op[w] in LAYERS:
            shown[a] = shown[w]
    if fold:
        for w in range(len(c.op)):
            shown.setdefault(w, fold)


def _marked(shot: _Shot) -> _Shot:
    """Dashed frames around what the next step touches, a tint on what the last one made."""
    scene, frame, shown = shot.scene, shot.frame, shot.shown
    made = {i for w in frame.made for i in shown.get(w, ())}
    if any(name == "absorb" for name, _, _ in frame.rules):
        made |= _moved_ports(shot)
    shapes = tuple(replace(s, state="made") if s.id in made else s for s in scene.shapes)
    groups = [sorted({shown[w] for w in g if w in shown}) for g in frame.touched]
    return replace(shot, scene=replace(scene, shapes=shapes, marks=tuple(marks(scene, groups))))


def _moved_ports(shot: _Shot) -> set[str]:
    """The ends that are read in another coordinate."""
    d = shot.frame.diagram
    ends = {"input": d.in_ports, "output": d.out_ports}
    found = set()
    for s in shot.scene.shapes:
        number = _PORT.match(s.id.removeprefix(shot.prefix))
        if s.kind in ends and number and ends[s.kind][int(number[1])].coordinate:
            found.add(s.id)
    return found


def _upright(shots: Sequence[_Shot]) -> list[_Shot]:
    """Frames that may be drawn upside down are, where that keeps more boxes and wires at the heights that they had before."""
    found: list[_Shot] = []
    before: dict[tuple[int, ...], float] = {}
    for shot in shots:
        now = heights(shot.scene, shot.places)
        gain = sum(abs(y - before[k]) - abs(-y - before[k]) for k, y in now.items() if k in before)
        if gain > 0 and turns(shot.scene):
            shot = replace(shot, scene=turned(shot.scene))
            now = {k: -y for k, y in now.items()}
        before = now
        found.append(shot)
    return found


def _on_one_grid(shots: Sequence[_Shot]) -> list[_Shot]:
    own = [extents(s.scene, s.columns) for s in shots]
    places = middles(own)
    return [replace(s, scene=spread(s.scene, e, places)) for s, e in zip(shots, own, strict=True)]


# --- all frames ---


def _stacked(theorem: Equation, frames: Sequence[Frame], shots: Sequence[_Shot]) -> Scene:
    """The frames one below the other, with signs, numbers and captions, and the legend below them."""
    wide = max(NARROWEST, max(s.scene.width for s in shots) + GUTTER)
    parts: list[Scene] = []
    labels: list[Label] = []
    y, said = MARGIN, -1
    for shot in shots:
        if shot.number != said:
            said = shot.number
            line = caption(frames[said], max(wide, WIDEST) - GUTTER - 2 * MARGIN)
            labels.append(Label(GUTTER + MARGIN, y + 10, SIZE, "start", line, "caption"))
            wide = max(wide, GUTTER + 2 * MARGIN + width(line, SIZE))
            y += 16
        scene = shot.scene.moved(GUTTER, y)
        if shot.sign:
            labels.append(Label(MARGIN + 12, scene.axis + 10, 30, "middle", (Run(shot.sign),), "sign"))
        if shot.sign != "⇒":
            labels.append(Label(GUTTER - 2, scene.axis + 5, 14, "end", (Run(f"({shot.number})"),), "number"))
        parts.append(scene)
        y += shot.scene.height + GAP
    key = _legend(y, parts)
    parts.append(key)
    return Scene(
        wide, y + key.height, parts[0].axis, parts[0].start, _all(p.shapes for p in parts), _all(p.wires for p in parts),
        _all(p.dots for p in parts), _all(p.slashes for p in parts), (*_all(p.labels for p in parts), *labels),
        f"a derivation in {len(frames)} frames: {clean(cut(_said(theorem), 200))}", "; ".join(map(_line, enumerate(frames))),
        _all(p.marks for p in parts),
    )  # fmt: skip


def _all(several: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(x for some in several for x in some)


def _legend(y: float, parts: Sequence[Scene]) -> Scene:
    """What dashes and tint mean, where there are any."""
    x, shapes, samples, labels = GUTTER + MARGIN, [], [], []
    y += 8
    if any(p.marks for p in parts):
        samples.append(Mark("key", x + 11, y, 22, 14))
        labels.append(("the next step touches it", x + 30))
        x += 40 + width(plain(labels[-1][0]), 11)
    if any(s.state for p in parts for s in p.shapes):
        shapes.append(Shape("key", "key", x + 11, y, 22, 14, (), "the last step made it", "made"))
        labels.append(("the last step made it", x + 30))
    texts = tuple(Label(at, y + 4, 11, "start", plain(text), "note") for text, at in labels)
    height = 8 + MARGIN if labels else 0.0
    return Scene(0, height, 0, 0, tuple(shapes), (), (), (), texts, "", "", tuple(samples))


def _said(theorem: Equation) -> str:
    """The statement, where it is short."""
    if len(theorem.lhs) + len(theorem.rhs) > 60:
        return f"{len(theorem.lhs):,} boxes = {len(theorem.rhs):,} boxes"
    return str(theorem).removeprefix("⊢ ").replace("\n", " ")


def _line(numbered: tuple[int, Frame]) -> str:
    k, frame = numbered
    line = caption(frame, 1e9)
    return f"({k}) {''.join(r.text for r in line)}"
