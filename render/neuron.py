"""The neuron view: every component of a wire is a line, every map a circle for each of them.

A layer is a bundle of straight lines between the components that it reads and those that it makes, under its name. Where a map, a sum, a
bar or an output alone reads the layer, the lines end there; elsewhere they end at small joints. A wire that skips columns runs beside
the others as a narrow band of its components.

    x, y grow to the right and downwards; a box stands in a column, its components 56 apart around the middle of the box
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigmaprime.diagrams import Diagram, Refused, Space
from sigmaprime.diagrams.box import Kind, Map, Mix, Pool, Signed, Slice, box_of
from sigmaprime.diagrams.term import Head, Term
from sigmaprime.diagrams.text import board, board_of_box
from sigmaprime.diagrams.weight import Size

from .bundles import STEP, Block, Bundle, Grid, Strand, branches, bundles_drawn, strands_drawn
from .label import Label, Run, clean, cut, italic, plain, runs, width
from .layout import Edge, arrange
from .pattern import lines_of
from .rows import Rows, joined, rows_of
from .scene import MARGIN, Scene, Shape, words_of
from .shapes import BAR, CIRCLE, LONGEST, SUM, is_layer, pool_words, port_names, signed_name, signs_of, size_of

__all__ = ["side"]

PORT, JOINT, NARROW, ROW = 13.0, 8.0, 12.0, 56.0

SHAPES, COLUMNS = 4000, 60
POOL = 34.0
ENDS = {Kind.MAP, Kind.CONCAT, Kind.SIGNED}  # boxes at which the lines of a layer may end


def side(d: Diagram, spaces: list[Space] | None, prefix: str = "", columns: Mapping[int, float] | None = None) -> Scene:
    """The scene of one diagram.

    `columns` gives the column of every box by the number of its wire, and of the outputs by -1; inputs stand in column 0. A column is
    then at x = start + 76·column, whatever else is drawn. Without it a box stands as far left as its arguments and labels let it.
    Sizes need no types: `spaces` is taken because every view takes it. Raises `Refused` where the diagram is too large, or where a box
    has no column right of what it reads.
    """
    if len(d) > SHAPES:
        raise _too_large(f"{len(d):,} boxes")
    draft = _Draft(d, prefix, columns)
    arrange(draft.columns, 40.0, NARROW)
    draft.straighten()
    strands, bundles = draft.lines()
    grid = Grid(draft.columns, strands, bundles, draft.margin(), None if columns is None else draft.at)
    for column, x in zip(draft.columns, grid.x, strict=True):
        for b in column:
            joint = columns is None and b in draft.layers and grid.narrow(b)
            b.x = x - max(c.wide / 2 for c in column) + b.wide / 2 if joint else x
    wires, names = bundles_drawn(bundles, grid)
    wires += strands_drawn(strands, grid)
    shapes = [s for b in draft.blocks for s in (*(_layer(b, names[b.wire]) if b in draft.layers else ()), *_shapes(b))]
    notes = [_note(b) for b in draft.blocks if b.note]
    texts = [*notes, *(t for s in shapes for t in s.labels)]
    tops = [*(s.y - s.h / 2 for s in shapes), *(t.y - t.size for t in texts)]
    bottoms = [*(s.y + s.h / 2 for s in shapes), *(t.y + 5 for t in texts)]
    heights = [s[7] for w in wires for s in w.segments]
    low, high = min(*tops, *heights), max(*bottoms, *heights)
    ends = [b for b in draft.blocks if b.fixed]
    right = max(b.x + b.wide / 2 + (b.named + 8 if b.kind == "output" else 0) for b in draft.blocks)
    title, text = words_of(d)
    scene = Scene(
        right + MARGIN, high - low + 2 * MARGIN, sum(b.y for b in ends) / len(ends), grid.x[0], tuple(shapes), tuple(wires),
        branches(strands, grid), (), tuple(notes), title, text,
    )  # fmt: skip
    return scene.moved(0.0, MARGIN - low)


def _note(b: Block) -> Label:
    return Label(b.x, b.at(len(b.rows) - 1) + b.reach + 14, 12, "middle", runs(b.note, longest=14), "size")


def _too_large(what: str) -> Refused:
    return Refused(
        f"a network of {what} is too large for the neuron view (at most {SHAPES:,} shapes in {COLUMNS} columns); draw it with view='layer'"
    )


# --- boxes ---


class _Draft:
    """The blocks of a diagram in their columns, before they have a place."""

    def __init__(self, d: Diagram, prefix: str, given: Mapping[int, float] | None) -> None:
        self.d, self.prefix = d, prefix
        self.sizes, self.rows = rows_of(d)
        c, count = d.columns, len(d.inputs)
        self.signs = signs_of(d, self.sizes)
        hidden = {c.first[w] for w in self.signs}
        self.reads = {
            w: c.arguments(c.first[w] if w in self.signs else w) for w in range(count, len(c.op)) if w not in hidden
        }
        for w in self.signs:
            self.rows[w] = self.rows[self.reads[w][0]]
        self.mixing = {w for w in self.reads if is_layer(box_of(d.row(w)))}
        self.merged = self._merged()
        self._place(given)
        self.blocks = [*self._inputs(), *(self._block(w) for w in self.reads), *self._outputs()]
        shapes = sum(len(b.rows) for b in self.blocks if not b.through)
        if shapes > SHAPES or len(self.at) > COLUMNS:
            raise _too_large(f"{shapes:,} shapes in {len(self.at):,} columns")
        self.layers = {b for b in self.blocks if b.kind.startswith(("layer", "pool"))}
        self.maker = {b.wire: b for b in self.blocks if b.kind != "output"}
        self.readers: dict[int, list[tuple[Block, int]]] = {}
        for b in self.blocks:
            for i, w in enumerate(b.reads):
                self.readers.setdefault(w, []).append((b, i))
        self.columns: list[list[Any]] = [[] for _ in self.at]
        for b in self.blocks:
            self.columns[b.column].append(b)
        self.lanes = {w: self._lanes(w, ends) for w, ends in sorted(self.readers.items())}

    def _merged(self) -> set[int]:
        """The layers whose lines end at the one box that reads them."""
        op = self.d.columns.op
        ends: dict[int, list[bool]] = {}
        for w, arguments in self.reads.items():
            for a in arguments:
                ends.setdefault(a, []).append(w in self.signs or (op[w] in ENDS and w not in self.mixing))
        for w in self.d.outputs:
            ends.setdefault(w, []).append(True)
        return {w for w in self.reads if w in self.mixing and w not in self.signs and ends[w] == [True]}

    def _place(self, given: Mapping[int, float] | None) -> None:
        at: dict[int, float] = dict.fromkeys(range(len(self.d.inputs)), 0.0)
        for w, arguments in self.reads.items():
            if given is not None and w not in given:
                raise Refused(f"columns names no column for box n{w}")
            joint = w in self.mixing and w not in self.merged and w not in self.signs
            least = max((at[a] for a in arguments), default=0.0)
            at[w] = least + (2 if joint else 1) if given is None else float(given[w])
            if at[w] <= least:
                raise Refused(
                    f"box n{w} in column {at[w]:g} does not stand right of what it reads, in column {least:g}"
                )
        last = 1 + max(at.values(), default=0.0)
        self.last = last if given is None else float(given.get(-1, last))
        values = {0.0, *at.values(), self.last}
        if given is None:
            values |= {float(k) for k in range(int(last))}
        self.at = sorted(values)
        number = {x: k for k, x in enumerate(self.at)}
        self.column = {w: number[x] for w, x in at.items()}
        self.fixed = given is not None

    def _inputs(self) -> list[Block]:
        names = port_names(self.d)[0]
        return [
            self._port(f"{self.prefix}n{i}", 0, "input", i, i, names[i], p, ()) for i, p in enumerate(self.d.in_ports)
        ]

    def _outputs(self) -> list[Block]:
        d = self.d
        names = port_names(d)[1]
        last = len(self.at) - 1
        return [
            self._port(f"{self.prefix}out{i}", last, "output", i, d.outputs[i], names[i], p, (d.outputs[i],))
            for i, p in enumerate(d.out_ports)
        ]

    def _port(
        self, id: str, column: int, kind: str, number: int, wire: int, name: str, port: Any, reads: tuple[int, ...]
    ) -> Block:
        size, rows = self.sizes[wire], self.rows[wire]
        open_ = (port.name is None and port.coordinate is None and size.value is None) or not rows
        names = () if open_ else tuple(() if k is None else _named(name, k, size, port.coordinate) for k in rows)
        word = "" if port.coordinate is None else f"{board(port.coordinate)} "
        title = f"{word}{name}"
        named = max((width(n, 18.0) for n in names), default=0.0)
        note = self._note(wire) if open_ and (kind == "input" or reads[0] in self.merged or not rows) else ""
        return Block(
            column, _half(rows, note), False, True, number, id=id, kind=kind, rows=rows, wide=PORT, names=names, named=named,
            title=title, reads=reads, wire=wire, note=note,
        )  # fmt: skip

    def _note(self, wire: int) -> str:
        """The size, where not every component is drawn."""
        size, rows = self.sizes[wire], self.rows[wire]
        return board(size) if (None in rows or not rows) and not size.unnamed else ""

    def _block(self, w: int) -> Block:
        box, rows = box_of(self.d.row(w)), self.rows[w]
        more: dict[str, Any] = {"id": f"{self.prefix}n{w}", "rows": rows, "reads": self.reads[w], "wire": w}
        more["title"] = board_of_box(box)
        note = self._note(w) if any(a in self.merged for a in self.reads[w]) else ""
        column = self.column[w]
        match box:
            case Mix() | Signed() if w in self.signs:
                product = self.signs[w] == "×"
                more |= {"kind": "sum multiplicative" if product else "sum additive", "wide": SUM}
                more["title"] = "product" if product else "sum"
            case Mix() | Signed() if w in self.mixing:
                more |= _named_layer(box, more["title"])
                through = w in self.merged
                note = "" if through else self._note(w)
                tall = max(len(rows), len(self.rows[self.reads[w][0]])) * ROW / 2
                return Block(
                    column, tall + 10, number=w, wide=0.0 if through else JOINT, through=through, note=note, **more
                )
            case Map() | Signed():
                variable = isinstance(box, Map) and box.function.head is Head.FUNCTION
                text = runs(more["title"], variables=variable, longest=LONGEST)
                size, wide = _fitting(text, STEP - 12 if self.fixed else 1e9)
                more |= {"kind": "map", "text": text, "wide": wide, "size": size}
            case Pool(chart, windows):
                word, inner, small = pool_words(chart)
                tall = max(len(rows), len(self.rows[self.reads[w][0]])) * ROW / 2
                more |= {
                    "kind": f"pool {word}",
                    "text": italic(board(windows), LONGEST),
                    "inner": inner,
                    "small": small,
                }
                return Block(column, tall + 10, number=w, wide=POOL, note=self._note(w), **more)
            case Slice(start, size):
                end = start + size
                text = plain(f"[{'?' if start.unnamed else start}:{'' if end.unnamed else end}]", 14)
                more |= {"kind": "slice", "text": text, "wide": BAR}
            case _:
                more |= {"kind": "concat", "wide": BAR}
        extra = 14.0 if more["kind"] == "slice" else 0.0
        return Block(column, _half(rows, note) + extra, number=w, note=note, **more)

    def _lanes(self, wire: int, ends: list[tuple[Block, int]]) -> list[Block]:
        """The places of a wire, column by column from its box on, joined to one another and to the boxes that read it."""
        maker, far, pitch = self.maker[wire], max(b.column for b, _ in ends), ROW if len(ends) == 1 else NARROW
        places = [maker]
        for k in range(maker.column + 1, far):
            half = max(len(maker.rows) * pitch / 2, NARROW / 2)
            if len(ends) == 1:
                half = max([half, *(b.half for b in (maker, ends[0][0]) if b.kind.startswith("layer"))])
            lane = Block(k, half, True, number=wire, id=maker.id, kind="lane", rows=maker.rows, wire=wire, pitch=pitch)
            places.append(lane)
            self.columns[k].append(lane)
            self._edge(Edge(places[-2], lane))
        for b, i in ends:
            a = places[b.column - 1 - maker.column]
            self._edge(Edge(a, b, *self._meeting(a, b, i)))
        return places

    def _edge(self, e: Edge) -> None:
        e.source.after.append(e)
        e.target.before.append(e)

    def _meeting(self, a: Block, b: Block, argument: int) -> tuple[float, float]:
        """How far below the middles of the two ends the lines between them lie."""
        if not b.bar:
            return 0.0, 0.0
        pairs = self.pairs(b, argument)
        if not pairs:
            return 0.0, 0.0
        return (
            sum(a.at(i) - a.y for i, _ in pairs) / len(pairs),
            sum(b.at(j) - b.y for _, j in pairs) / len(pairs),
        )

    def pairs(self, b: Block, argument: int) -> list[tuple[int, int]]:
        """Which components of an argument a line joins to which of the block."""
        source = b.reads[argument]
        before = start = Size(0)
        if b.kind == "concat":
            before = sum((self.sizes[a] for a in b.reads[:argument]), before)
        if b.kind == "slice":
            box = box_of(self.d.row(b.wire))
            assert isinstance(box, Slice)
            start = box.start
        return joined(self.rows[source], b.rows, before, start, (self.sizes[source], self.sizes[b.wire]))

    def lines(self) -> tuple[list[Strand], list[Bundle]]:
        """The bands of plain wires, and the bundles of the layers."""
        strands, bundles = [], []
        for w, ends in sorted(self.readers.items()):
            if self.maker[w].through:
                continue
            for b, i in ends:
                if b not in self.layers:
                    places = [*self.lanes[w][: b.column - self.maker[w].column], b]
                    strands.append(Strand(places, self.pairs(b, i), i))
        for b in self.blocks:
            if b not in self.layers:
                continue
            (a,) = b.reads
            before = self.lanes[a][: b.column - self.maker[a].column]
            after, pairs, argument = [], [(i, i) for i in range(len(b.rows))], 0
            if b.through:
                ((end, argument),) = self.readers[b.wire]
                after, pairs = [*self.lanes[b.wire][1:], end], self.pairs(end, argument)
            bundles.append(Bundle(b, before, after, pairs, argument, self._pattern(b, self.rows[a])))
        return strands, bundles

    def _pattern(self, b: Block, source: Rows) -> frozenset[tuple[int, int]] | None:
        """The lines of a layer or a pool; None for all between components that are drawn."""
        term = Term.all[self.d.columns.wt[b.wire]]
        weights = term.key[1:3] if term.head is Head.SIGNED else (term,)
        if any(weight.head is Head.WEIGHT for weight in weights):
            return None
        found = set().union(*(lines_of(weight, source, b.rows, self.d.weights) for weight in weights))
        every = {(s, m) for s, j in enumerate(source) if j is not None for m, i in enumerate(b.rows) if i is not None}
        return None if found == every else frozenset(found)

    def straighten(self) -> None:
        """A layer whose straight lines would run into other boxes gets joints."""
        for bundle in self.lines()[1]:
            if bundle.layer.through and bundle.span(self.columns)[1] < 0:
                bundle.layer.through, bundle.layer.wide = False, JOINT

    def margin(self) -> float:
        return MARGIN + PORT / 2 + max((b.named + 8 for b in self.blocks if b.kind == "input"), default=0.0)


def _half(rows: Rows, note: str) -> float:
    return max(len(rows), 1) * ROW / 2 + (12 if note else 0)


def _fitting(text: tuple[Run, ...], widest: float) -> tuple[float, float]:
    """The size of the letters of a map, and the width of its shape: a circle where the text fits into one."""
    size = size_of(text)
    if width(text, size) > CIRCLE - 8:
        size = min(size, 13.0)
    if width(text, size) <= CIRCLE - 5:
        return size, CIRCLE
    wide = width(text, size) + 20
    return (size, wide) if wide <= widest else (max(6.0, size * (widest - 12) / (wide - 20)), widest)


def _named(name: str, number: Size, size: Size, coordinate: Any) -> tuple[Run, ...]:
    """x with the number of the component below; only x where there is but one."""
    text = italic(name, 16)
    if size != Size(1) and not number.unnamed:
        index = clean(cut(board(number), 8))
        if text and text[-1].level == -1:
            index = "," + index
        text = (*text, Run(index, number.value is None, -1))
    return text if coordinate is None else (*runs(f"{board(coordinate)} ", longest=16), *text)


# --- shapes ---


def _shapes(b: Block) -> list[Shape]:
    """One shape for each component, or a bar for all."""
    if b.through:
        return []
    kind = b.kind.replace("layer", "joint")
    if kind in ("concat", "slice"):
        high = max(b.at(len(b.rows) - 1) - b.at(0), 0.0) + 24 if b.rows else 24.0
        label = Label(b.x, b.y + high / 2 + 13, 11, "middle", b.text, "range")
        return [Shape(b.id, kind, b.x, b.y, BAR, high, (label,) if kind == "slice" else (), _title(b.title))]
    found = []
    for i, k in enumerate(b.rows):
        y = b.at(i)
        if k is None:
            hidden = (
                f"{board(k_last)} components" if not (k_last := b.rows[-1] or Size(0)).unnamed else "more components"
            )
            found.append(Shape(b.row_id(i), f"dots {kind}", b.x, y, 6.0, 22.0, (), hidden))
            continue
        labels: tuple[Label, ...] = ()
        if kind == "map":
            labels = (Label(b.x, y + b.size * 0.34, b.size, "middle", b.text, "name"),)
        elif b.inner:
            labels = (Label(b.x, y + 4, 11, "middle", b.inner, "name"),)
        elif b.fixed and b.names:
            x, anchor = (b.x - PORT / 2 - 7, "end") if kind == "input" else (b.x + PORT / 2 + 7, "start")
            labels = (Label(x, y + 6, 18, anchor, b.names[i], "port"),)
        title = "".join(r.text for r in b.names[i]) if b.fixed and b.names else b.title
        found.append(
            Shape(b.row_id(i), kind, b.x, y, b.wide, CIRCLE if kind == "map" else b.wide, labels, _title(title))
        )
    return found


def _title(text: str) -> str:
    return clean(cut(text, 1000))


def _named_layer(box: Mix | Signed, title: str) -> dict[str, Any]:
    """The kind of a layer, its name, and what stands small beside it."""
    if isinstance(box, Signed):
        return {"kind": "layer signed multiplicative", "text": signed_name(title)}
    name = board(box.weight) if box.bias.is_zero else f"{board(box.weight)}, {board(box.bias)}"
    word = {"identity": "additive", "exp": "multiplicative"}.get(board(box.chart), "chart")
    small = runs(board(box.chart), longest=12) if word == "chart" else ()
    return {"kind": f"layer {word}", "text": italic(name, LONGEST), "small": small}


def _layer(b: Block, place: tuple[float, float, float]) -> list[Shape]:
    """The name of a layer above its lines, as large as the room allows."""
    x, y, room = place
    text, size = b.text, 19.0
    beside = width(b.small, 11) + 6 if b.small else 0.0
    size = max(11.0, min(size, size * (room - beside) / max(width(text, size), 1.0)))
    whole, longest = "".join(r.text for r in text), LONGEST
    while width(text, size) > max(room - beside, 12.0) + 0.01 and longest > 2:
        longest -= 1
        text = italic(cut(whole, longest))
    if b.inner and longest < LONGEST:  # the shapes of a pool say what it is
        return []
    wide = width(text, size)
    labels = [Label(x - beside / 2, y, size, "middle", text, "name")]
    if b.small:
        labels.append(Label(x - beside / 2 + wide / 2 + 5, y, 11, "start", b.small, "chart"))
    return [
        Shape(
            b.id,
            f"layer {b.lines}" if b.inner else b.kind,
            x,
            y - size * 0.3,
            wide + beside,
            size,
            tuple(labels),
            _title(b.title),
        )
    ]
