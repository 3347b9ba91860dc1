"""Pools past maps: a pool passes through what rises in its chart, and a maximum becomes a minimum through what falls."""

from __future__ import annotations

from typing import Any

from sigmaprime.diagrams import Function, Interval, Map, Pool, identity, mixing, negate, then
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.image import chart as chart_of
from sigmaprime.diagrams.image import domain, image
from sigmaprime.diagrams.shape import falling, rising

from . import errors
from .axioms import compose, map_equal
from .instances import function_of, interval_of, row_of
from .kernel import Equation, refl
from .matrices import SOME, pool_chart, pool_map
from .schema import Key, Schema
from .workspace import Workspace

__all__ = ["pool_natural", "pool_swap"]


def _pool_natural(g: Function, f: Function, on: Interval | None = None) -> Equation:
    """pool(g, S) ; f = f ; pool(g, S) for g ; f ; g⁻¹ nondecreasing: with g = negate, f passes minima"""
    on = (domain(f).meet(chart_of(g)[0]) or domain(f)) if on is None else on
    if g is identity:
        return pool_map(f=f, on=on)
    h = chart_of(g)[1]
    inner, inside = then(g, f, h), image(h, on)
    S = mixing("S", "m", SOME)
    pooled = refl(row_of(SOME, on, Pool(g, S), Map(f))).rewrite(pool_chart(g=g))
    # both sides are h ; maxpool(S) ; f∘g
    left = pooled.rewrite(compose(f=g, g=f, on=inside))
    around = compose(f=f, g=h, on=on).then(map_equal(f=then(f, h), g=then(h, inner), on=on))
    opened = around.then(~compose(f=h, g=inner, on=on))  # f ; h = h ; f'
    right = refl(row_of(SOME, on, Map(f), Pool(g, S))).rewrite(pool_chart(g=g))
    right = right.rewrite(opened, once=True).rewrite(~pool_map(f=inner, on=inside), once=True)
    right = right.rewrite(compose(f=inner, g=g, on=inside), once=True)
    right = right.rewrite(map_equal(f=then(inner, g), g=then(g, f), on=inside), once=True)
    return left.then(~right)


def _pooled(ws: Workspace, node: int) -> Key | None:
    """A map that follows a pool."""
    before = ws.arguments(node)[0]
    if ws.op[before] != Kind.POOL:
        return None
    return ws.fn[before], ws.fn[node], interval_of(ws, ws.arguments(before)[0])


def _mapped(ws: Workspace, node: int) -> Key | None:
    """A pool that follows a map."""
    before = ws.arguments(node)[0]
    if ws.op[before] != Kind.MAP:
        return None
    return ws.fn[node], ws.fn[before], interval_of(ws, ws.arguments(before)[0])


def _pool_arguments(key: Key) -> dict[str, Any]:
    return {"g": function_of(key[0]), "f": function_of(key[1]), "on": key[2]}


pool_natural = Schema(
    _pool_natural, _pooled, _pool_arguments, Kind.MAP, name="pool_natural", needs="g=.., f=.."
).reading_back(_mapped, _pool_arguments, Kind.POOL)


def _pool_swap(f: Function, pool: Function = identity, on: Interval | None = None) -> Equation:
    """maxpool(S) ; f = f ; minpool(S) and minpool(S) ; f = f ; maxpool(S) for f nonincreasing on the wire; the same pool for f nondecreasing"""
    on = domain(f) if on is None else on
    if pool not in (identity, negate) or not (rising(f, on) or falling(f, on)):
        raise errors.no_direction(f, on)
    if rising(f, on):
        return pool_natural(g=pool, f=f, on=on)
    if pool is identity:
        return _maximum(f, on)
    # min ; f = - ; max ; - ; f = - ; max ; (- ; f) = - ; (- ; f) ; max = f ; max
    turned, mirror = then(negate, f), image(negate, on)
    start = refl(row_of(SOME, on, Pool(negate, mixing("S", "m", SOME)), Map(f)))
    opened = start.rewrite(pool_chart(g=negate)).rewrite(compose(f=negate, g=f, on=mirror), once=True)
    return opened.rewrite(pool_map(f=turned, on=mirror), once=True).rewrite(_short(negate, turned, f, on), once=True)


def _maximum(f: Function, on: Interval) -> Equation:
    """max ; f = max ; (f ; -) ; - = (f ; -) ; max ; - = f ; - ; max ; - = f ; min, f nonincreasing"""
    turned = then(f, negate)
    doubled = refl(row_of(SOME, on, Pool(identity, mixing("S", "m", SOME)), Map(f))).rewrite(
        ~_short(turned, negate, f, on), once=True
    )
    passed = doubled.rewrite(pool_map(f=turned, on=on), once=True)
    return passed.rewrite(~compose(f=f, g=negate, on=on), once=True).rewrite(~pool_chart(g=negate))


def _short(first: Function, second: Function, whole: Function, on: Interval) -> Equation:
    """first ; second = whole"""
    return compose(f=first, g=second, on=on).then(map_equal(f=then(first, second), g=whole, on=on))


def _swap_arguments(key: Key) -> dict[str, Any]:
    return {"pool": function_of(key[0]), "f": function_of(key[1]), "on": key[2]}


def _swapped(ws: Workspace, node: int) -> Key | None:
    """f ; pool, met at the pool: the pool that it is on the other side of f."""
    before = ws.arguments(node)[0]
    if ws.op[before] != Kind.MAP:
        return None
    f, on = function_of(ws.fn[before]), interval_of(ws, ws.arguments(before)[0])
    swapped = {identity.id: negate.id, negate.id: identity.id}
    other = swapped.get(ws.fn[node]) if falling(f, on) else ws.fn[node]
    return None if other is None else (other, ws.fn[before], on)


pool_swap = Schema(_pool_swap, _pooled, _swap_arguments, Kind.MAP, name="pool_swap", needs="f=..").reading_back(
    _swapped, _swap_arguments, Kind.POOL
)
