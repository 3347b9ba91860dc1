"""The layer view as data: every coordinate of a picture is decided here, writers only read it.

A wire is drawn as one line and every box as one shape. Boxes stand in columns by their longest path from the inputs; a wire that
skips columns gets a *lane*, an empty place of its own in each column it passes, so it meets no box. Rows are chosen in two steps:
the order in a column, by barycentres and swaps that save crossings, and then heights, with chains kept straight.

    x, y grow to the right and downwards; a shape's x, y is its centre, a label's y its baseline

Nothing recurses, and no order comes from a hash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import cos, sin
from typing import Any, Literal, get_args

from sigmaprime.diagrams import Diagram, IllTyped, Refused, Space
from sigmaprime.diagrams.build import lift
from sigmaprime.rewrite.kernel import Equation

from .label import Label, Run, clean, cut, runs, width
from .layout import Edge, Place, arrange
from .shapes import BAR, LANE, PORT, ROW, SUM, Node, nodes_of, size_of

__all__ = ["Dot", "Mark", "Scene", "Segment", "Shape", "Slash", "View", "Wire", "words_of"]

WIDEST = 1250.0  # a wider equation is stacked
MARGIN, GAP, STUB = 18.0, 32.0, 14.0


View = Literal["layer", "neuron"]
Side = Callable[[Diagram, list[Space] | None, str], "Scene"]


# --- data ---

Segment = tuple[float, float, float, float, float, float, float, float]
"""A cubic curve: start, two control points, end."""


@dataclass(frozen=True)
class Shape:
    """A box, an input or an output."""

    id: str
    kind: str
    """Classes: `map`, `mix additive`, `mix multiplicative`, `mix signed multiplicative`, `mix chart`, `pool max`, `pool min`, `pool chart`,
    `sum ...`, `concat`, `slice`, `fold`, `input`, `output`.

    In the neuron view every component is a shape (`n3-1`, `n3-2`, ... for wire 3), and `layer ...` is the name of a layer above its
    lines, `joint ...` an end of lines where no circle is, `dots ...` what stands for the components not drawn."""
    x: float
    y: float
    w: float
    h: float
    labels: tuple[Label, ...]
    title: str
    """The whole text, where the label is cut."""
    state: str = ""
    """`made`: the last step made it."""


@dataclass(frozen=True)
class Mark:
    """A dashed frame: around what the next step touches (`next`), or a sample of it in the legend (`key`)."""

    kind: str
    x: float
    y: float
    w: float
    h: float
    """`x`, `y` is its centre."""


@dataclass(frozen=True)
class Wire:
    """A line from a shape to an argument of another. Lines of one wire share their first segments."""

    source: str
    target: str
    argument: int
    segments: tuple[Segment, ...]
    kind: str = ""
    """`additive`, `multiplicative`, `signed`, `chart` or `pool` for a line of a layer or a pool; "" for a plain wire."""
    box: str = ""
    """The id of that layer."""


@dataclass(frozen=True)
class Dot:
    """Where a wire branches."""

    x: float
    y: float
    r: float = 4.0


@dataclass(frozen=True)
class Slash:
    """A stroke across a wire, with the number of its components."""

    x: float
    y: float
    label: Label


@dataclass(frozen=True)
class Scene:
    """A picture before any format: what is drawn, and where."""

    width: float
    height: float
    axis: float
    """The height at which it meets an equality sign."""
    start: float
    """Where the column of the inputs stands."""
    shapes: tuple[Shape, ...]
    wires: tuple[Wire, ...]
    dots: tuple[Dot, ...]
    slashes: tuple[Slash, ...]
    labels: tuple[Label, ...]
    title: str
    text: str
    """What the picture shows, in words."""
    marks: tuple[Mark, ...] = ()

    @classmethod
    def of(cls, thing: Any, view: View = "layer") -> Scene:
        """The layer or the neuron view of a diagram, a function or an equation.

        >>> from sigmaprime.diagrams import add, tanh
        >>> [shape.kind for shape in Scene.of(add("W", 3, 3) >> tanh).shapes]
        ['input', 'mix additive', 'map', 'output']
        """
        if view not in get_args(View):
            raise Refused(f"{view!r} is no view; there are {', '.join(get_args(View))}")
        make: Side = side
        if view == "neuron":
            from .neuron import side as make  # it draws with the words of this module
        if isinstance(thing, Equation):
            return _equation(thing, make)
        diagram = lift(thing)
        if diagram is None:
            raise Refused(f"{type(thing).__name__} has no picture: give a diagram, a function or an equation")
        try:
            return make(diagram, [Space.all[i] for i in diagram.types], "")
        except IllTyped:
            return make(diagram, None, "")

    def moved(self, dx: float, dy: float) -> Scene:
        """The scene elsewhere."""
        return replace(
            self,
            axis=self.axis + dy,
            start=self.start + dx,
            shapes=tuple(
                replace(s, x=s.x + dx, y=s.y + dy, labels=tuple(t.moved(dx, dy) for t in s.labels)) for s in self.shapes
            ),
            wires=tuple(replace(w, segments=tuple(_moved(s, dx, dy) for s in w.segments)) for w in self.wires),
            dots=tuple(Dot(d.x + dx, d.y + dy, d.r) for d in self.dots),
            slashes=tuple(Slash(s.x + dx, s.y + dy, s.label.moved(dx, dy)) for s in self.slashes),
            labels=tuple(t.moved(dx, dy) for t in self.labels),
            marks=tuple(replace(m, x=m.x + dx, y=m.y + dy) for m in self.marks),
        )


def _moved(s: Segment, dx: float, dy: float) -> Segment:
    return s[0] + dx, s[1] + dy, s[2] + dx, s[3] + dy, s[4] + dx, s[5] + dy, s[6] + dx, s[7] + dy


# --- a diagram ---


def side(d: Diagram, spaces: list[Space] | None, prefix: str = "", columns: Mapping[int, float] | None = None) -> Scene:
    """The scene of one diagram; the spaces of its wires, where they are known, give the sizes.

    `columns` gives the column of every box by its wire, and that of the outputs by -1: columns in which nothing is drawn take no room.
    """
    nodes = nodes_of(d, spaces, prefix, columns)
    places: list[list[Place]] = [[] for _ in range(1 + max(n.column for n in nodes))]
    for n in nodes:
        places[n.column].append(n)
    maker = {w: n for n in nodes for w in n.makes}
    readers: dict[int, list[tuple[Node, int]]] = {}
    for n in nodes:
        for i, w in enumerate(n.reads):
            readers.setdefault(w, []).append((n, i))
    lanes = {w: _lanes(w, maker[w], ends, places) for w, ends in sorted(readers.items())}
    arrange(places, ROW, LANE)
    return _draw(d, nodes, places, maker, readers, lanes, *_sizes(nodes, maker, spaces))


def _lanes(wire: int, maker: Node, ends: list[tuple[Node, int]], columns: list[list[Place]]) -> list[Place]:
    """The places of a wire, column by column from its box on, joined to one another and to the boxes that read it."""
    far = max(n.column for n, _ in ends)
    places: list[Place] = [maker]
    for k in range(maker.column + 1, far):
        places.append(Place(k, 0.0, lane=True, number=wire))
        columns[k].append(places[-1])
    lines = [Edge(a, b, maker.out(wire) if a is maker else 0.0, 0.0) for a, b in pairwise(places)]
    for n, i in ends:
        a = places[n.column - 1 - maker.column]
        lines.append(Edge(a, n, maker.out(wire) if a is maker else 0.0, n.into(i)))
    for e in lines:
        e.source.after.append(e)
        e.target.before.append(e)
    return places


def _sizes(
    nodes: list[Node], maker: dict[int, Node], spaces: list[Space] | None
) -> tuple[dict[int, str], dict[str, str]]:
    """The sizes worth a slash: at inputs and where a box changes the size, by the wire; before outputs, by the output's id."""
    if spaces is None:
        return {}, {}
    early, late = {}, {}
    for w, n in maker.items():
        size = spaces[w].size
        if not size.unnamed and (n.kind == "input" or any(spaces[a].size is not size for a in n.reads)):
            early[w] = _size(spaces[w])
    for n in nodes:
        if n.kind != "output" or (size := spaces[n.reads[0]].size).unnamed:
            continue
        if n.reads[0] not in early or maker[n.reads[0]].column < n.column - 1:
            late[n.id] = _size(spaces[n.reads[0]])
    return early, late


def _size(space: Space) -> str:
    """The size of a wire, and ± where its values have signs but are never 0."""
    return cut(str(space.size), 14) + " ±" * space.interval.hole


class _Grid:
    """The places of columns and of the gaps between them: first level stubs with slashes and dots, then curves, then stubs again."""

    def __init__(
        self, columns: list[list[Place]], dots: set[int], slashes: dict[int, float], ends: float, left: float
    ) -> None:
        self.left: list[float] = []
        self.right: list[float] = []
        self.bend: list[float] = []
        self.level: list[float] = []
        x = left
        for k, column in enumerate(columns):
            self.left.append(x)
            x += max((p.wide for p in column if isinstance(p, Node)), default=0.0)
            self.right.append(x)
            stub = slashes.get(k, 0.0) + (STUB if k in dots else 0.0)
            end = ends if k == len(columns) - 2 else 0.0
            steep = max((abs(e.source.y + e.out - e.target.y - e.into) for p in column for e in p.after), default=0.0)
            curve = min(34 + 0.35 * steep, 130.0) if steep else max(0.0, GAP - stub - end)
            self.bend.append(x + stub)
            self.level.append(x + stub + curve)
            x += stub + curve + end


def _draw(
    d: Diagram, nodes: list[Node], columns: list[list[Place]], maker: dict[int, Node],
    readers: dict[int, list[tuple[Node, int]]], lanes: dict[int, list[Place]], sizes: dict[int, str], late: dict[str, str],
) -> Scene:  # fmt: skip
    branches = [(w, p) for w, places in lanes.items() for p in places if _branches(p, w, places, readers[w])]
    room: dict[int, float] = {}
    for w, size in sizes.items():
        if w in lanes:
            k = maker[w].column
            room[k] = max(room.get(k, 0.0), _slash_room(size))
    inputs, outputs = [n for n in nodes if n.kind == "input"], [n for n in nodes if n.kind == "output"]
    left = MARGIN + max((width(n.text, 18.0) + 9 for n in inputs), default=0.0)
    grid = _Grid(
        columns, {p.column for _, p in branches}, room, max(map(_slash_room, late.values()), default=0.0), left
    )
    top = MARGIN - min(n.y - max(n.half, 18.0) for n in nodes)
    top = max(top, MARGIN - min(p.y for c in columns for p in c))
    for column, a, b in zip(columns, grid.left, grid.right, strict=True):
        for p in column:
            p.y += top
            if isinstance(p, Node):
                p.x = (a + b) / 2
    joints = _joints(nodes, maker, lanes, grid)
    wires = [
        Wire(maker[w].id, n.id, i, _path(w, maker[w], n, i, lanes[w], grid, joints))
        for w, ends in sorted(readers.items()) for n, i in ends
    ]  # fmt: skip
    slashes = [
        _slash(grid.right[maker[w].column] + _slash_room(s) / 2, maker[w].y + maker[w].out(w), s)
        for w, s in sizes.items()
        if w in lanes
    ]
    slashes += [
        _slash(grid.left[-1] - _slash_room(s) / 2, n.y, s) for n in outputs if (s := late.get(n.id)) is not None
    ]
    dots = [Dot(grid.bend[p.column], p.y + (maker[w].out(w) if p is maker[w] else 0.0)) for w, p in branches]
    title, text = words_of(d)
    return Scene(
        width=grid.right[-1] + max((width(n.text, 18.0) + 9 for n in outputs), default=0.0) + MARGIN,
        height=max(max(n.y + max(n.half, 12.0) for n in nodes), max(p.y for c in columns for p in c)) + MARGIN,
        axis=sum(n.y for n in (*inputs, *outputs)) / (len(inputs) + len(outputs)),
        start=grid.left[0] + PORT / 2,
        shapes=tuple(_shape(n) for n in nodes),
        wires=tuple(wires),
        dots=tuple(dots),
        slashes=tuple(slashes),
        labels=(),
        title=title,
        text=text,
    )


def words_of(d: Diagram) -> tuple[str, str]:
    """What a picture of the diagram shows: in a few words, and as text."""
    many = len(d)
    words = " and ".join(
        f"{len(x)} {name}{'' if len(x) == 1 else 's'}" for x, name in ((d.inputs, "input"), (d.outputs, "output"))
    )
    title = f"a network of {many:,} {'box' if many == 1 else 'boxes'}, with {words}"
    return title, clean(cut(str(d).replace("\n", "; "), 1000)) if many <= 200 else ""


def _branches(p: Place, wire: int, places: list[Place], ends: list[tuple[Node, int]]) -> bool:
    return (p is not places[-1]) + sum(n.column == p.column + 1 for n, _ in ends) > 1


def _slash_room(size: str) -> float:
    return max(22.0, width(runs(size), 11) + 10)


def _slash(x: float, y: float, size: str) -> Slash:
    return Slash(x, y, Label(x + 1, y - 9, 11, "middle", runs(size), "size"))


def _half(n: Node) -> float:
    return BAR / 2 if n.kind == "slice" else n.wide / 2


Joint = tuple[float, float, bool]
"""How far left of and below the middle of a shape a line ends, and whether it comes in aslant."""


def _joints(
    nodes: list[Node], maker: dict[int, Node], lanes: dict[int, list[Place]], grid: _Grid
) -> dict[tuple[str, int], Joint]:
    """Where lines meet a sign: level lines on the left, those from above and below on the shoulders."""
    found: dict[tuple[str, int], Joint] = {}
    for n in nodes:
        if not n.kind.startswith("sum"):
            continue
        heights = []
        for i, w in enumerate(n.reads):
            p = lanes[w][n.column - 1 - maker[w].column]
            heights.append((p.y + (maker[w].out(w) if p is maker[w] else 0.0), i))
        heights.sort()
        level = [i for y, i in heights if y == n.y]
        middle = level[len(level) // 2] if len(level) % 2 else -1
        up = [i for y, i in heights if y < n.y] + [i for i in level[: len(level) // 2] if i != middle]
        down = [i for i in level[len(level) // 2 :] if i != middle] + [i for y, i in heights if y > n.y]
        if middle < 0 and not (up and down) and len(heights) > 1:
            middle = up.pop() if up else down.pop(0)
        aslant = n.x - grid.left[n.column] < SUM
        for side_, sign in ((up, -1.0), (down[::-1], 1.0)):
            for j, i in enumerate(side_):
                turn = 0.78 - 0.5 * j / len(side_)
                found[n.id, i] = SUM / 2 * cos(turn), sign * SUM / 2 * sin(turn), aslant
        if middle >= 0:
            found[n.id, middle] = SUM / 2, 0.0, False
    return found


def _path(
    wire: int,
    maker: Node,
    target: Node,
    argument: int,
    places: list[Place],
    grid: _Grid,
    joints: dict[tuple[str, int], Joint],
) -> tuple[Segment, ...]:
    """From the box that makes the wire along its lanes to the box that reads it."""
    back, down, aslant = joints.get((target.id, argument), (_half(target), target.into(argument), False))
    end = target.x - back, target.y + down
    y = maker.y + maker.out(wire)
    segments = [_line(maker.x + _half(maker), grid.bend[maker.column], y)]
    for k in range(maker.column, target.column - 1):
        lane = places[k + 1 - maker.column]
        segments += [_bend(grid.bend[k], y, grid.level[k], lane.y), _line(grid.level[k], grid.bend[k + 1], lane.y)]
        y = lane.y
    k = target.column - 1
    if aslant:
        a, b = grid.bend[k], end[0]
        lean = (b - a) * 0.34
        segments.append(
            (
                a,
                y,
                a + (b - a) * 0.6,
                y + (0.0 if abs(y - target.y) > 1 else 2.2 * down),
                b - lean,
                end[1] + (lean if down > 0 else -lean),
                *end,
            )
        )
    else:
        segments += [_bend(grid.bend[k], y, grid.level[k], end[1]), _line(grid.level[k], end[0], end[1])]
    return tuple(s for s in segments if s[0] != s[6] or s[1] != s[7])


def _line(a: float, b: float, y: float) -> Segment:
    return a, y, a + (b - a) / 3, y, b - (b - a) / 3, y, b, y


def _bend(a: float, y: float, b: float, z: float) -> Segment:
    reach = (b - a) * 0.5
    return _line(a, b, y) if y == z else (a, y, a + reach, y, b - reach, z, b, z)


def _shape(n: Node) -> Shape:
    w, h = (BAR, 28.0) if n.kind == "slice" else (n.wide, n.high)
    size = size_of(n.text)
    labels = []
    match n.kind:
        case "input":
            labels = [Label(n.x - PORT / 2 - 7, n.y + 6, 18, "end", n.text, "port")]
        case "output":
            labels = [Label(n.x + PORT / 2 + 7, n.y + 6, 18, "start", n.text, "port")]
        case "slice":
            labels = [Label(n.x, n.y + 26, 11, "middle", n.small, "range")]
        case "mix chart":
            labels = [
                Label(n.x, n.y + 2, 15 if size > 14 else 13, "middle", n.text, "name"),
                Label(n.x, n.y + 15, 9, "middle", n.small, "chart"),
            ]
        case "pool max" | "pool min" | "pool chart":
            labels = [
                Label(n.x, n.y + 2, 13, "middle", n.text, "name"),
                Label(n.x - 2, n.y + 13, 9, "middle", n.small, "chart"),
            ]
        case _ if n.text and not n.kind.startswith("sum"):
            labels = [Label(n.x, n.y + size * 0.34, size, "middle", n.text, "name")]
    return Shape(n.id, n.kind, n.x, n.y, w, h, tuple(labels), n.title)


# --- an equation ---


def _equation(e: Equation, make: Side) -> Scene:
    """Both sides in a row, or one above the other where that is too wide; the sign at the height of the ports."""
    sides = [
        make(d, [Space.all[i] for i in known], prefix)
        for d, known, prefix in ((e.lhs, e.known[0], "left-"), (e.rhs, e.known[1], "right-"))
    ]
    left, right = sides
    gap = 40.0
    if left.width + right.width + gap <= WIDEST:
        axis = max(left.axis, right.axis)
        left, right = left.moved(0, axis - left.axis), right.moved(left.width + gap - MARGIN, axis - right.axis)
        x, y = left.width - MARGIN + (gap + MARGIN) / 2, axis
        wide, high = (
            left.width + gap - MARGIN + right.width,
            max(s.height + axis - s0.axis for s, s0 in ((left, sides[0]), (right, sides[1]))),
        )
    else:
        start = max(left.start, right.start) + gap
        left, right = left.moved(start - left.start, 0), right.moved(start - right.start, left.height)
        x, y = MARGIN + 12, right.axis
        wide = max(left.width + start - sides[0].start, right.width + start - sides[1].start)
        high = left.height + right.height
    labels = [Label(x, y + 11, 32, "middle", (Run("="),), "sign")]
    if e.hypotheses:
        given = cut("given " + ", ".join(map(str, e.hypotheses)), 120)
        labels.append(Label(MARGIN, high + 8, 13, "start", runs(given, longest=120), "note"))
        wide, high = max(wide, MARGIN * 2 + width(labels[-1].runs, 13)), high + 22
    short = len(e.lhs) + len(e.rhs) <= 200
    return Scene(
        wide, high, y, left.start, left.shapes + right.shapes, left.wires + right.wires, left.dots + right.dots,
        left.slashes + right.slashes, left.labels + right.labels + tuple(labels), f"an equation: {left.title} = {right.title}", clean(cut(str(e), 1000)) if short else "",
    )  # fmt: skip
