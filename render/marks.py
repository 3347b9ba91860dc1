"""Dashed frames around what the next step touches: around all that one step touches if nothing else stands there, else around each box."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .scene import Mark, Scene, Shape, Wire

__all__ = ["marks"]

PAD, INSET = 7.0, 5.0  # around shapes; from what the lines of a layer join
Rect = tuple[float, float, float, float]
"""Left, right, top, bottom."""


def marks(scene: Scene, steps: Iterable[Sequence[tuple[str, ...]]]) -> list[Mark]:
    """The frames; every step is a list of boxes, and every box the ids of the shapes that show it."""
    steps = list(dict.fromkeys(tuple(boxes) for boxes in steps if boxes))
    shape = {s.id: s for s in scene.shapes}
    lines: dict[str, list[Wire]] = {}
    for w in scene.wires:
        if w.box:
            lines.setdefault(w.box, []).append(w)
    room = {i: _room(shape[i], lines.get(i, ())) for boxes in steps for box in boxes for i in box}
    others = [s for i, s in shape.items() if i not in room]
    found: dict[Rect, None] = {}
    for boxes in steps:
        whole = [i for box in boxes for i in box]
        for parts in ([whole], boxes, [[i] for i in whole]):
            rects = [_hull([room[i] for i in part]) for part in parts]
            if not any(_meets(r, s) for r in rects for s in others):
                break
        found |= dict.fromkeys(rects)
    largest = [r for r in found if not any(r != o and _holds(o, r) for o in found)]
    return [Mark("next", (a + b) / 2, (c + d) / 2, b - a, d - c) for a, b, c, d in largest]


def _room(s: Shape, lines: Sequence[Wire]) -> Rect:
    """Around a shape; around the lines of a layer too, between what they join."""
    a, b, c, d = s.x - s.w / 2 - PAD, s.x + s.w / 2 + PAD, s.y - s.h / 2 - PAD, s.y + s.h / 2 + PAD
    if lines:
        ends = [(w.segments[0][0], w.segments[-1][6]) for w in lines if w.segments]
        heights = [y for w in lines for t in w.segments for y in (t[1], t[7])]
        a, b = min(a, max(x for x, _ in ends) + INSET), max(b, min(x for _, x in ends) - INSET)
        c, d = min(c, min(heights) - PAD), max(d, max(heights) + PAD)
    return a, b, c, d


def _hull(rects: Sequence[Rect]) -> Rect:
    lefts, rights, tops, bottoms = zip(*rects, strict=True)
    return min(lefts), max(rights), min(tops), max(bottoms)


def _meets(rect: Rect, s: Shape) -> bool:
    a, b, c, d = rect
    return a < s.x + s.w / 2 and s.x - s.w / 2 < b and c < s.y + s.h / 2 and s.y - s.h / 2 < d


def _holds(one: Rect, other: Rect) -> bool:
    return one[0] <= other[0] and other[1] <= one[1] and one[2] <= other[2] and other[3] <= one[3]
