"""The axioms about matrices of a special form: multiples of the unit as maps, layers in partial charts, pools, and symmetries.

The table in `docs/reference/proof-format.md` has the same lines; `axioms.py` has the others.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Interval,
    Map,
    Mix,
    Pool,
    Size,
    Vector,
    Weight,
    apply,
    exp,
    eye,
    identity,
    ln,
    mixing,
    multiple,
    permutation,
    positive,
    reals,
    scale,
    scaling,
    signs,
)
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.image import chart as chart_of
from sigmaprime.diagrams.image import domain, layer_chart
from sigmaprime.diagrams.shape import homogeneous, odd, rising
from sigmaprime.diagrams.structured import Family, belongs
from sigmaprime.diagrams.term import Head, Term

from . import errors
from .instances import axiom_of, function_of, interval_of, row_of
from .kernel import Equation
from .schema import Key, Schema
from .workspace import Workspace

__all__ = [
    "affine",
    "hinge",
    "map_permutation",
    "map_scaling",
    "map_signs",
    "partial_chart",
    "pool_chart",
    "pool_map",
    "power_exp",
]

SOME = Size("n") + Size(1)
"""Components, at least one."""


def _layer(weight: Weight, bias: Vector | None = None) -> Mix:
    return Mix(identity, weight, Vector.zero(weight.rows) if bias is None else bias)


# --- maps that are layers ---


def affine_layer(f: Function) -> Mix | None:
    """The layer that c·x, -x or x + c is on every wire, None for any other function."""
    if f.head is not Head.ATOM:
        return None
    match f.name:
        case "negate":
            return _layer(multiple(-1, "n"))
        case "scale":
            return _layer(multiple(f.key[2], "n"))
        case "shift":
            return _layer(eye("n"), apply(multiple(f.key[2], "n"), Vector.ones("n")))
        case _:
            return None


def _affine(f: Function) -> Equation:
    """c·x = add(c·I), -x = add(-I), x + c = add(I, c·𝟙)"""
    layer = affine_layer(f)
    if layer is None:
        raise errors.not_affine(f)
    return axiom_of("affine", (row_of("n", reals, Map(f)), row_of("n", reals, layer)), f=f)


def _affine_map(ws: Workspace, node: int) -> Key | None:
    return (ws.fn[node],) if affine_layer(function_of(ws.fn[node])) else None


affine = Schema(_affine, _affine_map, lambda k: {"f": function_of(k[0])}, Kind.MAP, name="affine", needs="f=..")


def _power(f: Function) -> Equation:
    """x^a = ln ; a·x ; exp on positive numbers"""
    if f.head is not Head.ATOM or f.name != "power":
        raise errors.not_a_power(f)
    middle = scale(f.key[2])
    return axiom_of(
        "power", (row_of("n", positive, Map(f)), row_of("n", positive, Map(ln), Map(middle), Map(exp))), f=f
    )


def _power_map(ws: Workspace, node: int) -> Key | None:
    f = function_of(ws.fn[node])
    return (ws.fn[node],) if f.head is Head.ATOM and f.name == "power" else None


power_exp = Schema(_power, _power_map, lambda k: {"f": function_of(k[0])}, Kind.MAP, name="power", needs="f=..")


def _hinge(f: Function) -> Equation:
    """exp ; max(x, 1) = max(x, 0) ; exp, and so for the minimum: the kink moves through exp"""
    if f.head is not Head.ATOM or f.name not in ("maximum", "minimum") or f.key[2].value != 1:
        raise errors.no_hinge(f)
    at_zero = Function.atom(f.name, 0)
    return axiom_of("hinge", (row_of("n", reals, Map(exp), Map(f)), row_of("n", reals, Map(at_zero), Map(exp))), f=f)


def _kink(ws: Workspace, node: int) -> Key | None:
    f, before = function_of(ws.fn[node]), ws.arguments(node)[0]
    fits = f.key[1:2] in (("maximum",), ("minimum",)) and f.key[2].value == 1 and ws.fn[before] == exp.id
    return (ws.fn[node],) if fits and ws.op[before] == Kind.MAP else None


def _kink_after(ws: Workspace, node: int) -> Key | None:
    f = function_of(ws.fn[ws.arguments(node)[0]])
    fits = ws.fn[node] == exp.id and ws.op[ws.arguments(node)[0]] == Kind.MAP
    if not fits or f.key[1:2] not in (("maximum",), ("minimum",)) or f.key[2].value != 0:
        return None
    return (Function.atom(f.name, 1).id,)


hinge = Schema(_hinge, _kink, lambda k: {"f": function_of(k[0])}, Kind.MAP, name="hinge", needs="f=max1").reading_back(
    _kink_after, lambda k: {"f": function_of(k[0])}, Kind.MAP
)


# --- charts ---


def _partial_chart(g: Function) -> Equation:
    """mix(g, V) = g⁻¹ ; add(V) ; g for g = ln and other partial charts, V without negative entries and zero rows"""
    on, h, partial = layer_chart(g)
    if not partial:
        raise errors.whole_chart(g)
    V = mixing("V", "m", SOME)
    layer = row_of(SOME, on, Mix(g, V, Vector.zero("m")))
    return axiom_of("partial_chart", (layer, row_of(SOME, on, Map(h), _layer(V), Map(g))), g=g)


def _is_partial(g: Function) -> bool:
    try:
        return layer_chart(g)[2]
    except IllTyped:
        return False


def _partial_layer(ws: Workspace, node: int) -> Key | None:
    return (ws.fn[node],) if _is_partial(function_of(ws.fn[node])) else None


def _opened(kind: Kind) -> Callable[[Workspace, int], Key | None]:
    """g⁻¹ ; a plain layer or pool ; g, met at g."""

    def read(ws: Workspace, node: int) -> Key | None:
        layer = ws.arguments(node)[0]
        plain = ws.op[layer] == kind and ws.fn[layer] == identity.id
        return (ws.fn[node],) if plain and ws.op[ws.arguments(layer)[0]] == Kind.MAP else None

    return read


partial_chart = Schema(
    _partial_chart,
    _partial_layer,
    lambda k: {"g": function_of(k[0])},
    Kind.MIX,
    name="partial_chart",
    needs="g=..",
).reading_back(_opened(Kind.MIX), lambda k: {"g": function_of(k[0])}, Kind.MAP)


# --- pools ---


def _pool_chart(g: Function) -> Equation:
    """pool(g, S) = g⁻¹ ; maxpool(S) ; g: what a minimum (g = negate) or any pool in a chart means"""
    if g is identity:
        raise errors.plain_pool()
    on, h = chart_of(g)
    S = mixing("S", "m", SOME)
    return axiom_of(
        "pool_chart", (row_of(SOME, on, Pool(g, S)), row_of(SOME, on, Map(h), Pool(identity, S), Map(g))), g=g
    )


def _other_pool(ws: Workspace, node: int) -> Key | None:
    return None if ws.fn[node] == identity.id else (ws.fn[node],)


pool_chart = Schema(
    _pool_chart, _other_pool, lambda k: {"g": function_of(k[0])}, Kind.POOL, name="pool_chart", needs="g=.."
).reading_back(_opened(Kind.POOL), lambda k: {"g": function_of(k[0])}, Kind.MAP)


def _fall(f: Function, on: Interval) -> tuple[int, int, float, float] | None:
    """Two whole numbers in the interval at which the values fall, and the values: for the eyes, in floats."""
    if not f.closed:
        return None
    points = [n for n in (-3, -2, -1, 0, 1, 2, 3) if Fraction(n) in on]
    values = f([float(n) for n in points]) if points else ()
    pairs = pairwise(zip(points, map(float, values), strict=True))
    return next(((x, y, u, v) for (x, u), (y, v) in pairs if u > v + abs(v) / 1000), None)


def _pool_map(f: Function, on: Interval | None = None) -> Equation:
    """maxpool(S) ; f = f ; maxpool(S) for f nondecreasing on the wire, the same for every component"""
    on = domain(f) if on is None else on
    if not rising(f, on):
        raise errors.not_rising(f, on, _fall(f, on))
    S = mixing("S", "m", SOME)
    pooled = Pool(identity, S)
    return axiom_of("pool_map", (row_of(SOME, on, pooled, Map(f)), row_of(SOME, on, Map(f), pooled)), f=f, on=on)


def _after(kind: Kind, keep: Callable[[Workspace, int], bool]) -> Callable[[Workspace, int], Key | None]:
    """A map that follows a plain layer or pool: the function, and the wire before."""

    def read(ws: Workspace, node: int) -> Key | None:
        before = ws.arguments(node)[0]
        fits = ws.op[before] == kind and ws.fn[before] == identity.id and keep(ws, before)
        return (ws.fn[node], interval_of(ws, ws.arguments(before)[0])) if fits else None

    return read


def _before(kind: Kind, keep: Callable[[Workspace, int], bool]) -> Callable[[Workspace, int], Key | None]:
    """A plain layer or pool that follows a map: the function, and the wire before."""

    def read(ws: Workspace, node: int) -> Key | None:
        before = ws.arguments(node)[0]
        fits = ws.op[before] == Kind.MAP and ws.fn[node] == identity.id and keep(ws, node)
        return (ws.fn[before], interval_of(ws, ws.arguments(before)[0])) if fits else None

    return read


def _function_and_wire(key: Key) -> dict[str, Any]:
    return {"f": function_of(key[0]), "on": key[1]}


pool_map = Schema(
    _pool_map, _after(Kind.POOL, lambda ws, w: True), _function_and_wire, Kind.MAP, name="pool_map", needs="f=.."
).reading_back(_before(Kind.POOL, lambda ws, w: True), _function_and_wire, Kind.POOL)


# --- symmetries ---


def _commutes(name: str, weight: Weight, f: Function, wire: Interval, **arguments: Any) -> Equation:
    layer = _layer(weight)
    sides = (row_of("n", wire, layer, Map(f)), row_of("n", wire, Map(f), layer))
    return axiom_of(name, sides, f=f, **arguments)


def _map_permutation(f: Function, on: Interval | None = None) -> Equation:
    """add(P) ; f = f ; add(P) for a permutation P, every f"""
    on = domain(f) if on is None else on
    return _commutes("permute", permutation("P", "n"), f, on, on=on)


def _map_scaling(f: Function, on: Interval | None = None) -> Equation:
    """add(D) ; f = f ; add(D) for a positive diagonal D, f positively homogeneous: relu, leaky relu, |x|"""
    if not homogeneous(f):
        raise errors.not_homogeneous(f)
    return _commutes("rescale", scaling("D", "n"), f, reals)


def _map_signs(f: Function, on: Interval | None = None) -> Equation:
    """add(S) ; f = f ; add(S) for a diagonal S of signs, f odd"""
    if not odd(f):
        raise errors.not_odd(f)
    return _commutes("reflect", signs("S", "n"), f, reals)


def _symmetry(make: Callable[..., Equation], family: Family, name: str) -> Schema:
    def keep(ws: Workspace, layer: int) -> bool:
        bias: Vector = Term.all[ws.bs[layer]]
        return bias.is_zero and belongs(Term.all[ws.wt[layer]], family)

    schema = Schema(make, _after(Kind.MIX, keep), _function_and_wire, Kind.MAP, name=name, needs="f=..")
    return schema.reading_back(_before(Kind.MIX, keep), _function_and_wire, Kind.MIX)


map_permutation = _symmetry(_map_permutation, Family.PERMUTATION, "permute")
map_scaling = _symmetry(_map_scaling, Family.SCALING, "rescale")
map_signs = _symmetry(_map_signs, Family.SIGNS, "reflect")
