"""The axioms: everything that is let in without proof, one def each.

Each def returns the two sides; the docstring is the equation. `docs/reference/proof-format.md` has the same table, and the second reader a table of
its own. Whatever else this package calls a theorem is derived from these by the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sigmaprime.diagrams import (
    Concat,
    Diagram,
    Function,
    Interval,
    Map,
    Size,
    Slice,
    Space,
    Vector,
    Weight,
    add,
    eye,
    fn,
    identity,
    mix,
    reals,
    then,
    wire,
)  # fmt: skip
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.image import chart as chart_of
from sigmaprime.diagrams.image import domain
from sigmaprime.diagrams.term import Term

from . import errors
from .facts import Equal, hypotheses
from .instances import axiom_of, function_of, interval_of, row_of
from .kernel import Equation
from .matrices import (
    affine,
    hinge,
    map_permutation,
    map_scaling,
    map_signs,
    partial_chart,
    pool_chart,
    pool_map,
    power_exp,
)
from .schema import Key, Schema
from .signed import SIGNED
from .workspace import Workspace

__all__ = [
    "AXIOMS",
    "chart",
    "compose",
    "concat_slice",
    "fuse_add",
    "map_concat",
    "map_equal",
    "map_identity",
    "map_slice",
    "slice_concat",
    "unit_add",
]

Sides = tuple[Diagram, Diagram]


# --- maps ---


def _two_maps(ws: Workspace, node: int) -> Key | None:
    before = ws.arguments(node)[0]
    if ws.op[before] != Kind.MAP:
        return None
    return ws.fn[before], ws.fn[node], Space.all[ws.types[ws.arguments(before)[0]]].interval


def _compose(f: Function, g: Function, on: Interval | None = None) -> Equation:
    """f ; g = (g∘f)"""
    on = domain(f) if on is None else on
    return axiom_of("compose", (row_of("n", on, Map(f), Map(g)), row_of("n", on, Map(then(f, g)))), f=f, g=g, on=on)


compose = Schema(
    _compose,
    _two_maps,
    lambda k: {"f": function_of(k[0]), "g": function_of(k[1]), "on": k[2]},
    Kind.MAP,
    name="compose",
    needs="f=.., g=..",
)


def _map_equal(f: Function, g: Function, on: Interval | None = None, given: Sequence[Equal] = ()) -> Equation:
    """f = g where they are known to be equal"""
    on = domain(f) if on is None else on
    fact = Equal(f, g, on)
    if not fact.decided and fact not in hypotheses(given):
        raise errors.undecided(fact)
    return axiom_of("map_equal", (row_of("n", on, Map(f)), row_of("n", on, Map(g))), (fact,), f=f, g=g, on=on)


map_equal = Schema(_map_equal, None, None, Kind.MAP, name="map_equal", needs="f=.., g=..")


def _map_identity(on: Interval = reals) -> Equation:
    """identity = wire"""
    x = wire("n", on)
    return axiom_of("identity", (x >> fn(identity), x), on=on)


def _one_map(ws: Workspace, node: int) -> Key | None:
    return (interval_of(ws, ws.arguments(node)[0]),) if ws.fn[node] == identity.id else None


map_identity = Schema(_map_identity, _one_map, lambda k: {"on": k[0]}, Kind.MAP, name="identity", needs="on=..")


# --- layers ---


def _chart(g: Function) -> Equation:
    """mix(g, W, b) = g⁻¹ ; add(W, b) ; g: what a layer in a chart means"""
    interval, h = chart_of(g)
    W, b = Weight("W", "m", "n"), Vector("b", "m")
    x = wire("n", interval)
    return axiom_of("chart", (mix(g, W, b), x >> h >> add(W, b) >> g), g=g)


def _layer(ws: Workspace, node: int) -> Key | None:
    return None if ws.fn[node] == identity.id else (ws.fn[node],)


def _opened_layer(ws: Workspace, node: int) -> Key | None:
    """g⁻¹ ; add ; g, met at g."""
    layer = ws.arguments(node)[0]
    if ws.op[layer] != Kind.MIX or ws.fn[layer] != identity.id or ws.op[ws.arguments(layer)[0]] != Kind.MAP:
        return None
    return (ws.fn[node],)


chart = Schema(_chart, _layer, lambda k: {"g": function_of(k[0])}, Kind.MIX, name="chart", needs="g=..").reading_back(
    _opened_layer, lambda k: {"g": function_of(k[0])}, Kind.MAP
)


def _fuse_add() -> Equation:
    """add(W1, b1) ; add(W2, b2) = add(W2·W1, W2·b1 + b2)"""
    from sigmaprime.diagrams import apply, plus, times

    W1, b1, W2, b2 = Weight("W1", "n", "k"), Vector("b1", "n"), Weight("W2", "m", "n"), Vector("b2", "m")
    return axiom_of("fuse_add", (add(W1, b1) >> add(W2, b2), add(times(W2, W1), plus(apply(W2, b1), b2))))


def _unit_add() -> Equation:
    """add(I) = wire"""
    return axiom_of("unit_add", (add(eye("n")), wire("n")))


# --- bundles ---


def _bundle(on: Sequence[Interval], rest: Callable[[list[int], int], tuple[list[Any], int]]) -> Diagram:
    """A diagram on inputs n1, n2, ... in the intervals `on`."""
    spaces = [Space(f"n{i + 1}", j) for i, j in enumerate(on)]
    nodes, end = rest(list(range(len(on))), len(on))
    return Diagram(spaces, nodes, [end])


def _map_concat(f: Function, on: Sequence[Interval] | None = None, parts: int | None = None) -> Equation:
    """concat(x, y, ..) ; f = concat(f x, f y, ..)"""
    on = tuple(on) if on is not None else (domain(f),) * (parts or 2)
    count = len(on)
    left = _bundle(on, lambda xs, at: ([(Concat(), xs), (Map(f), [at])], at + 1))
    right = _bundle(
        on, lambda xs, at: ([*((Map(f), [x]) for x in xs), (Concat(), list(range(at, at + count)))], at + count)
    )
    return axiom_of("map_concat", (left, right), f=f, on=on)


def _bundled(ws: Workspace, node: int) -> Key | None:
    before = ws.arguments(node)[0]
    if ws.op[before] != Kind.CONCAT:
        return None
    return ws.fn[node], tuple([interval_of(ws, a) for a in ws.arguments(before)])


map_concat = Schema(
    _map_concat,
    _bundled,
    lambda k: {"f": function_of(k[0]), "on": k[1]},
    Kind.MAP,
    name="map_concat",
    needs="f=.., parts=..",
)


def _map_slice(f: Function, on: Interval | None = None) -> Equation:
    """slice ; f = f ; slice"""
    on = domain(f) if on is None else on
    space, box = Space(Size("p") + Size("q") + Size("r"), on), Slice(Size("p"), Size("q"))
    left = Diagram([space], [(box, [0]), (Map(f), [1])], [2])
    right = Diagram([space], [(Map(f), [0]), (box, [1])], [2])
    return axiom_of("map_slice", (left, right), f=f, on=on)


def _sliced(ws: Workspace, node: int) -> Key | None:
    before = ws.arguments(node)[0]
    return (ws.fn[node], interval_of(ws, ws.arguments(before)[0])) if ws.op[before] == Kind.SLICE else None


map_slice = Schema(
    _map_slice, _sliced, lambda k: {"f": function_of(k[0]), "on": k[1]}, Kind.MAP, name="map_slice", needs="f=.."
)


def _slice_concat(part: int, on: Sequence[Interval] | None = None, parts: int | None = None) -> Equation:
    """concat(x, y, ..) ; the slice of one part = that part"""
    on = tuple(on) if on is not None else (reals,) * (parts or 2)
    if not 0 <= part < len(on):
        raise errors.no_such_part(part, len(on))
    start = sum((Size(f"n{i + 1}") for i in range(part)), Size(0))
    left = _bundle(on, lambda xs, at: ([(Concat(), xs), (Slice(start, Size(f"n{part + 1}")), [at])], at + 1))
    right = _bundle(on, lambda xs, at: ([], part))
    return axiom_of("slice_concat", (left, right), part=part, on=on)


def _sliced_bundle(ws: Workspace, node: int) -> Key | None:
    """The part that the slice takes, found by its start; the kernel compares the sizes."""
    before = ws.arguments(node)[0]
    if ws.op[before] != Kind.CONCAT:
        return None
    start, at = Term.all[ws.wt[node]], Size(0)
    for part, a in enumerate(ws.arguments(before)):
        size = Space.all[ws.types[a]].size
        if at is start and size is Term.all[ws.bs[node]]:
            return part, tuple([interval_of(ws, x) for x in ws.arguments(before)])
        at = at + size
    return None


slice_concat = Schema(
    _slice_concat,
    _sliced_bundle,
    lambda k: {"part": k[0], "on": k[1]},
    Kind.SLICE,
    name="slice_concat",
    needs="part=.., parts=..",
)


def _concat_slice(on: Interval = reals) -> Equation:
    """concat(the first part of x, the rest of x) = x"""
    space = Space(Size("p") + Size("q"), on)
    boxes: list[Any] = [(Slice(Size(0), Size("p")), [0]), (Slice(Size("p"), Size("q")), [0]), (Concat(), [1, 2])]
    return axiom_of("concat_slice", (Diagram([space], boxes, [3]), Diagram([space], [], [0])), on=on)


def _rebundled(ws: Workspace, node: int) -> Key | None:
    read = ws.arguments(node)
    if len(read) != 2 or any(ws.op[a] != Kind.SLICE for a in read):
        return None
    return (interval_of(ws, ws.arguments(read[0])[0]),)


concat_slice = Schema(
    _concat_slice, _rebundled, lambda k: {"on": k[0]}, Kind.CONCAT, name="concat_slice", needs="on=.."
)

fuse_add = _fuse_add()
unit_add = _unit_add()

AXIOMS: dict[str, Any] = {
    "compose": compose,
    "map_equal": map_equal,
    "identity": map_identity,
    "chart": chart,
    "fuse_add": lambda: fuse_add,
    "unit_add": lambda: unit_add,
    "map_concat": map_concat,
    "map_slice": map_slice,
    "slice_concat": slice_concat,
    "concat_slice": concat_slice,
    "affine": affine,
    "power": power_exp,
    "hinge": hinge,
    "partial_chart": partial_chart,
    "pool_chart": pool_chart,
    "pool_map": pool_map,
    "permute": map_permutation,
    "rescale": map_scaling,
    "reflect": map_signs,
    **SIGNED,
}
"""Every axiom by the name that proofs use."""
