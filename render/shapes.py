"""The shapes of a network before they have a place: which there are, in which column, how large, with what text.

Sums and products (`concat`, then a layer of unit blocks) become one sign, and of a network of more than `COLUMNS` columns the middle
becomes one shape that says how many boxes it stands for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sigmaprime.diagrams import Diagram, Size, Space, exp
from sigmaprime.diagrams.box import Kind, Map, Mix, Pool, Signed, Slice, box_of
from sigmaprime.diagrams.term import Head, Term
from sigmaprime.diagrams.text import board, board_of_box

from .label import Run, clean, cut, italic, plain, runs, width
from .layout import Place

__all__ = [
    "BAR",
    "LANE",
    "LAYERS",
    "PORT",
    "ROW",
    "SUM",
    "Node",
    "is_layer",
    "names_of",
    "nodes_of",
    "pool_words",
    "port_names",
    "signed_name",
    "signs_of",
    "size_of",
]

COLUMNS, KEPT = 40, 11  # a wider network keeps this many columns of boxes at each end
SQUARE, CIRCLE, POOL, SUM, PORT, BAR = 40.0, 40.0, 46.0, 26.0, 10.0, 6.0
ROW, LANE, PITCH = 56.0, 24.0, 56.0  # between boxes, between lanes, between the arguments of a bar
LAYERS = (Kind.MIX, Kind.SIGNED)
LONGEST = 26  # characters of a label inside a shape


@dataclass(eq=False)
class Node(Place):
    """A shape before it has its place."""

    id: str = ""
    kind: str = ""
    wide: float = 0.0
    high: float = 0.0
    text: tuple[Run, ...] = ()
    small: tuple[Run, ...] = ()
    title: str = ""
    reads: tuple[int, ...] = ()
    makes: tuple[int, ...] = ()
    x: float = 0.0

    def into(self, argument: int) -> float:
        """Where an argument meets the shape, below its middle."""
        return (
            _spread(argument, len(self.reads), PITCH if self.kind == "concat" else LANE)
            if self.kind in ("concat", "fold")
            else 0.0
        )

    def out(self, wire: int) -> float:
        return _spread(self.makes.index(wire), len(self.makes), LANE) if self.kind == "fold" else 0.0


def _spread(i: int, count: int, pitch: float) -> float:
    return (i - (count - 1) / 2) * (pitch if count < 5 else LANE)


def nodes_of(
    d: Diagram, spaces: list[Space] | None, prefix: str, columns: Mapping[int, float] | None = None
) -> list[Node]:
    """The shapes, each with its column (by longest paths, or in the order that `columns` says), inputs first and outputs last."""
    c, count = d.columns, len(d.inputs)
    signs = signs_of(d, None if spaces is None else [s.size for s in spaces])
    hidden = {c.first[w] for w in signs}
    reads = {w: c.arguments(c.first[w] if w in signs else w) for w in range(count, len(c.op)) if w not in hidden}
    column = [0] * len(c.op)
    if columns is None:
        for w, arguments in reads.items():
            column[w] = 1 + max(column[a] for a in arguments)
        last = 1 + max(column)
    else:
        column, last = [int(columns[w]) for w in range(len(column))], int(columns[-1])
    low, high = (KEPT, last - KEPT) if last > COLUMNS else (last, last)
    folded = [w for w in reads if low < column[w] < high]
    inside = set(folded)
    if folded:
        shift = high - low - 2
        column = [x if x <= low else low + 1 if x < high else x - shift for x in column]
        last -= shift
    names = port_names(d)
    nodes = [_port(f"{prefix}n{i}", 0, "input", names[0][i], p, makes=(i,)) for i, p in enumerate(d.in_ports)]
    for w, arguments in reads.items():
        if w not in inside:
            nodes.append(_box(f"{prefix}n{w}", column[w], box_of(d.row(w)), signs.get(w, ""), arguments, w))
    if folded:
        needed = [a for n in nodes for a in n.reads] + list(d.outputs)
        makes = tuple(dict.fromkeys(a for a in sorted(needed) if a in inside))
        takes = tuple(dict.fromkeys(a for w in folded for a in reads[w] if a not in inside))
        boxes = len(folded) + sum(w in signs for w in folded)
        text = f"…  {boxes:,} boxes  …"
        nodes.append(
            _node(
                f"{prefix}fold", low + 1, "fold", plain(text), f"{boxes:,} boxes, not drawn", reads=takes, makes=makes
            )
        )
    nodes += [
        _port(f"{prefix}out{i}", last, "output", names[1][i], p, reads=(d.outputs[i],))
        for i, p in enumerate(d.out_ports)
    ]
    dense = {x: i for i, x in enumerate(sorted({n.column for n in nodes}))}
    for i, n in enumerate(nodes):
        n.number, n.column = i, dense[n.column]
    return nodes


def _node(id: str, column: int, kind: str, text: tuple[Run, ...], title: str, **more: Any) -> Node:
    """A shape as large as its text asks."""
    reads, makes, small = more.get("reads", ()), more.get("makes", ()), more.get("small", ())
    match kind.split()[0]:
        case "input" | "output":
            wide = high = PORT
        case "sum":
            wide = high = SUM
        case "concat":
            wide, high = BAR, 2 * abs(_spread(0, len(reads), PITCH)) + LANE
        case "slice":
            wide, high = max(BAR, width(small, 11)), 2 * 28.0
        case "map":
            inner = width(text, size_of(text))
            wide, high = (CIRCLE if inner <= CIRCLE - 5 else inner + 26), CIRCLE
        case "pool":
            wide, high = max(POOL, width(small, 9) + 20), POOL
        case "fold":
            ends = max(len(reads), len(makes))
            wide, high = width(text, 14) + 36, max(CIRCLE, abs(_spread(0, ends, LANE)) * 2 + LANE)
        case _:
            wide, high = max(SQUARE, width(text, size_of(text)) + 16, width(small, 9) + 10), SQUARE
    fixed = kind in ("input", "output")
    return Node(
        column,
        9.0 if fixed else high / 2,
        False,
        fixed,
        id=id,
        kind=kind,
        wide=wide,
        high=high,
        text=text,
        title=clean(cut(title, 1000)),
        **more,
    )


def size_of(text: tuple[Run, ...]) -> float:
    """Letters stand large, words and formulas smaller."""
    words = any(len(r.text) > 1 and r.text.isalpha() and not r.italic for r in text)
    return 14.0 if words else 19.0 if width(text, 1) < 2.7 else 15.0


def _box(id: str, column: int, box: Any, sign: str, reads: tuple[int, ...], wire: int) -> Node:
    title = board_of_box(box)
    ends = {"reads": reads, "makes": (wire,)}
    match box:
        case Mix() | Signed() if sign:
            return _node(
                id,
                column,
                "sum multiplicative" if sign == "×" else "sum additive",
                (Run(sign),),
                "product" if sign == "×" else "sum",
                **ends,
            )
        case Mix(chart, weight, bias):
            name = board(weight) if bias.is_zero else f"{board(weight)}, {board(bias)}"
            word = {"identity": "additive", "exp": "multiplicative"}.get(board(chart), "chart")
            small = runs(board(chart), longest=12) if word == "chart" else ()
            return _node(id, column, f"mix {word}", italic(name, LONGEST), title, small=small, **ends)
        case Signed():
            kind = "mix signed multiplicative" if is_layer(box) else "map"
            return _node(id, column, kind, signed_name(title), title, **ends)
        case Map(function):
            variable = function.head is Head.FUNCTION
            return _node(id, column, "map", runs(title, variables=variable, longest=LONGEST), title, **ends)
        case Pool(chart, windows):
            word, inner, small = pool_words(chart)
            return _node(id, column, f"pool {word}", inner, title, small=small or italic(board(windows), 8), **ends)
        case Slice(start, size):
            end = start + size
            text = f"{'?' if start.unnamed else start}:{'' if end.unnamed else end}"
            return _node(id, column, "slice", (), title, small=plain(f"[{text}]", 14), **ends)
        case _:
            return _node(id, column, "concat", (), title, **ends)


def is_layer(box: Any) -> bool:
    """A layer that mixes components; |·| and sgn, signed layers too, act on each of them."""
    return isinstance(box, Mix) or (isinstance(box, Signed) and board_of_box(box) not in ("|·|", "sgn"))


def signed_name(title: str) -> tuple[Run, ...]:
    """What stands in a signed layer: its weights and what is added, or the word for it."""
    inner = title.removeprefix("smul(").removesuffix(")") if title.startswith("smul(") else title
    return italic(inner, LONGEST) if inner != title else runs(title, longest=LONGEST)


def pool_words(chart: Any) -> tuple[str, tuple[Run, ...], tuple[Run, ...]]:
    """What kind of a pool it is, what stands in it, and what stands beside: the chart, where it is another."""
    word = {"identity": "max", "negate": "min"}.get(board(chart), "chart")
    return word, plain("max" if word == "chart" else word), runs(board(chart), longest=12) if word == "chart" else ()


def signs_of(d: Diagram, sizes: Sequence[Size] | None) -> dict[int, str]:
    """The layers that only add or multiply the arguments of the `concat` before them, all of one size: drawn as one sign."""
    if sizes is None:
        return {}
    c = d.columns
    readers = [0] * len(c.op)
    for w in range(len(d.inputs), len(c.op)):
        for a in c.arguments(w):
            readers[a] += 1
    for w in d.outputs:
        readers[w] += 1
    units: dict[tuple[int, int, int], tuple[str, Any, int]] = {}
    found = {}
    for w in range(len(d.inputs), len(c.op)):
        a = c.first[w]
        if c.op[w] not in LAYERS or c.op[a] != Kind.CONCAT or readers[a] > 1:
            continue
        key = c.fn[w], c.wt[w], c.bs[w]
        if key not in units:
            units[key] = _unit(*key)
        sign, size, count = units[key]
        parts = c.arguments(a)
        if sign and len(parts) == count and all(sizes[p] is size for p in parts):
            found[w] = sign
    return found


def _unit(function: int, weight: int, bias: int) -> tuple[str, Any, int]:
    if Term.all[weight].head is Head.SIGNED:
        layer = Term.all[weight]
        plain = layer.parity is layer.weight and layer.flip.is_zero
        return _unit(exp.id, layer.weight.id, layer.bias.id) if plain else ("", None, 0)
    matrix, blocks = Term.all[weight], Term.all[weight].key[1:]
    if matrix.head is not Head.ROW or not Term.all[bias].is_zero or any(b.head is not Head.EYE for b in blocks):
        return "", None, 0
    return {"identity": "+", "exp": "×"}.get(board(Term.all[function]), ""), matrix.rows, len(blocks)


def port_names(d: Diagram) -> tuple[list[str], list[str]]:
    """What stands beside the inputs and the outputs."""
    taken = {f"{p.name}{k}" for p in d.in_ports for k in ("", *range(1, len(d.outputs) + 1))}  # and those of components
    return (
        names_of([p.name for p in d.in_ports], ["x"], set()),
        names_of([p.name for p in d.out_ports], ["y", "z", "out"], {*taken}),
    )


def names_of(given: list[str | None], stems: list[str], taken: set[str | None]) -> list[str]:
    """The names of the ports; where there is none, x, or x1, x2, ..."""
    usual = [s if len(given) == 1 else f"{s}{i + 1}" for s in stems for i in range(len(given))]
    stem = next(
        (k for k in range(0, len(usual), len(given)) if not taken.intersection(usual[k : k + len(given)])),
        len(usual) - len(given),
    )
    return [name or usual[stem + i] for i, name in enumerate(given)]


def _port(id: str, column: int, kind: str, name: str, port: Any, **ends: Any) -> Node:
    if port.coordinate is None:
        return _node(id, column, kind, italic(name, LONGEST), name, **ends)
    word = board(port.coordinate)
    return _node(
        id, column, kind, (*runs(f"{word} ", longest=LONGEST), *italic(name, LONGEST)), f"{word} {name}", **ends
    )
