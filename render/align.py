"""Frames made to agree: the same columns at the same x, and each frame the way up that leaves most where it was.

A frame comes laid out by itself. Its columns are shifted to common places, in which nowhere two columns are nearer than in a frame that has them
side by side: shapes keep their size, only the gaps between columns stretch.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from .scene import Scene, Segment

__all__ = ["Extents", "extents", "heights", "middles", "spread", "turned", "turns"]

Extents = dict[float, tuple[float, float]]
"""The left and right end of every column, in order."""


# --- one grid ---


def extents(scene: Scene, column: Mapping[str, float]) -> Extents:
    """Where the columns stand; `column` gives that of every shape."""
    found: Extents = {}
    for s in scene.shapes:
        a, b = found.get(column[s.id], (1e9, -1e9))
        found[column[s.id]] = min(a, s.x - s.w / 2), max(b, s.x + s.w / 2)
    return dict(sorted(found.items()))


def middles(several: Sequence[Extents]) -> dict[float, float]:
    """The middle of every column for all frames."""
    least: dict[float, list[tuple[float, float]]] = {}
    start = 0.0
    for columns in several:
        own = [(k, (a + b) / 2) for k, (a, b) in columns.items()]
        least.setdefault(own[0][0], [])
        start = max(start, own[0][1])
        for (j, x), (k, y) in pairwise(own):
            least.setdefault(k, []).append((j, y - x))
    found: dict[float, float] = {}
    for k in sorted(least):
        found[k] = max((found[j] + d for j, d in least[k]), default=start)
    return found


def spread(scene: Scene, columns: Extents, places: Mapping[float, float]) -> Scene:
    """The scene with the middles of its columns at these places."""
    ends, moved = [], []
    for k, (a, b) in columns.items():
        shift = places[k] - (a + b) / 2
        ends += [a, b]
        moved += [a + shift, b + shift]

    def at(x: float) -> float:
        i = bisect_right(ends, x)
        if i in (0, len(ends)):
            return x + moved[min(i, len(ends) - 1)] - ends[min(i, len(ends) - 1)]
        a, b, c, d = ends[i - 1], ends[i], moved[i - 1], moved[i]
        return c + (x - a) * ((d - c) / (b - a)) if b > a else d

    def near(x: float) -> float:
        """How far a slash moves: with the column beside it, and a little away from it where there is room."""
        i = min(range(len(ends)), key=lambda i: abs(ends[i] - x))
        shift = moved[i] - ends[i]
        return shift + min(6.0, max(-6.0, (at(x) - x - shift) / 3))

    def segment(s: Segment) -> Segment:
        return at(s[0]), s[1], at(s[2]), s[3], at(s[4]), s[5], at(s[6]), s[7]

    return replace(
        scene,
        width=at(scene.width),
        start=at(scene.start),
        shapes=tuple(
            replace(s, x=s.x + (dx := at(s.x) - s.x), labels=tuple(t.moved(dx, 0.0) for t in s.labels))
            for s in scene.shapes
        ),
        wires=tuple(replace(w, segments=tuple(map(segment, w.segments))) for w in scene.wires),
        dots=tuple(replace(d, x=at(d.x)) for d in scene.dots),
        slashes=tuple(replace(s, x=s.x + (dx := near(s.x)), label=s.label.moved(dx, 0.0)) for s in scene.slashes),
        labels=tuple(t.moved(at(t.x) - t.x, 0.0) for t in scene.labels),
    )


# --- which way up ---


def heights(scene: Scene, place: Mapping[str, int]) -> dict[tuple[int, ...], float]:
    """How far boxes (by their place) and wires (by those of their ends, and the argument) stand below the axis."""
    found: dict[tuple[int, ...], float] = {(place[s.id],): s.y - scene.axis for s in scene.shapes if s.id in place}
    for w in scene.wires:
        if w.source in place and w.target in place and w.segments:
            middle = sum((s[1] + s[7]) / 2 for s in w.segments) / len(w.segments)
            found[place[w.source], place[w.target], w.argument] = middle - scene.axis
    return found


def turns(scene: Scene) -> bool:
    """Nothing in it has an upper and a lower end."""
    kinds = [s.kind for s in scene.shapes]
    ordered = {"concat", "slice", "fold"}.intersection(kinds)
    return not ordered and kinds.count("input") == kinds.count("output") == 1 and not scene.labels


def turned(scene: Scene) -> Scene:
    high = scene.height

    def segment(s: Segment) -> Segment:
        return s[0], high - s[1], s[2], high - s[3], s[4], high - s[5], s[6], high - s[7]

    return replace(
        scene,
        axis=high - scene.axis,
        shapes=tuple(
            replace(s, y=high - s.y, labels=tuple(t.moved(0.0, high - 2 * s.y) for t in s.labels)) for s in scene.shapes
        ),
        wires=tuple(replace(w, segments=tuple(map(segment, w.segments))) for w in scene.wires),
        dots=tuple(replace(d, y=high - d.y) for d in scene.dots),
        slashes=tuple(replace(s, y=high - s.y, label=s.label.moved(0.0, high - 2 * s.y)) for s in scene.slashes),
    )
