"""Pools past maps: a maximum passes through what rises, and becomes a minimum through what falls."""

from __future__ import annotations

from typing import Any

from sigmaprime.diagrams import Function, Interval, Map, Pool, identity, mixing, negate, then
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.image import domain, image
from sigmaprime.diagrams.shape import falling, rising

from . import errors
from .axioms import compose, map_equal
from .instances import function_of, interval_of
from .kernel import Equation, refl
from .matrices import SOME, pool_chart, pool_map, row_of
from .schema import Key, Schema
from .workspace import Workspace

__all__ = ["pool_swap"]


def _pool_swap(f: Function, pool: Function = identity, on: Interval | None = None) -> Equation:
    """maxpool(S) ; f = f ; maxpool(S), minpool(S) ; f = f ; minpool(S) for f nondecreasing on the wire; for f nonincreasing a maximum becomes a minimum"""
    on = domain(f) if on is None else on
    if not (rising(f, on) or falling(f, on)) or pool not in (identity, negate):
        raise errors.no_direction(f, on)
    if pool is identity:
        return pool_map(f=f, on=on) if rising(f, on) else _maximum(f, on)
    turned, mirror = (
        then(negate, f),
        image(negate, on),
    )  # min ; f = - ; max ; - ; f = - ; max ; (- ; f) = - ; (- ; f) ; max
    start = refl(row_of(SOME, on, Pool(negate, mixing("S", "m", SOME)), Map(f)))
    opened = start.rewrite(pool_chart(g=negate)).rewrite(compose(f=negate, g=f, on=mirror), once=True)
    return opened.rewrite(pool_swap(f=turned, on=mirror), once=True).rewrite(_short(negate, turned, f, on), once=True)


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


def _pooled(ws: Workspace, node: int) -> Key | None:
    before = ws.arguments(node)[0]
    if ws.op[before] != Kind.POOL:
        return None
    return ws.fn[node], ws.fn[before], interval_of(ws, ws.arguments(before)[0])


def _arguments(key: Key) -> dict[str, Any]:
    return {"f": function_of(key[0]), "pool": function_of(key[1]), "on": key[2]}


def _pooled_after(ws: Workspace, node: int) -> Key | None:
    """f ; pool, met at the pool: the pool that it is on the other side of f."""
    before = ws.arguments(node)[0]
    if ws.op[before] != Kind.MAP:
        return None
    f, on = function_of(ws.fn[before]), interval_of(ws, ws.arguments(before)[0])
    other = identity.id + negate.id - ws.fn[node] if falling(f, on) else ws.fn[node]
    return ws.fn[before], other, on


pool_swap = Schema(_pool_swap, _pooled, _arguments, Kind.MAP, name="pool_swap", needs="f=..").reading_back(
    _pooled_after, _arguments, Kind.POOL
)
