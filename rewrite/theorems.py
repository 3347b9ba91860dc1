"""What follows from the axioms, derived by the engine when first asked for."""

from __future__ import annotations

from typing import Any

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Interval,
    Space,
    Vector,
    Weight,
    add,
    apply,
    exp,
    identity,
    inverse,
    ln,
    mix,
    multiple,
    negate,
    reals,
    then,
    times,
)
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.image import domain, reduce
from sigmaprime.diagrams.term import Term

from . import errors
from .axioms import chart, compose, fuse_add, map_concat, map_equal, map_identity
from .kernel import Equation, refl
from .matrices import affine
from .schema import Key, Schema
from .workspace import Workspace

__all__ = ["cancel", "collapse", "companion", "flip", "fuse", "mult_add", "naturality", "unflip"]

mult_add = chart(g=exp).relabelled("mult_add")
"""⊢ mul(W, b) = ln ; add(W, b) ; exp"""


def _cancel(f: Function, g: Function | None = None, on: Interval | None = None) -> Equation:
    """f ; f⁻¹ = wire; what is the identity on the interval is a wire; and a chain in which neighbours cancel is the shorter chain"""
    on = domain(f) if on is None else on
    if g is None:
        if f is identity:
            return map_identity(on=on)
        short = reduce(f, on)
        if short is not f:
            equal = map_equal(f=f, g=short, on=on)
            return equal.then(map_identity(on=on)) if short is identity else equal
        g = inverse(f, on)
    both = then(f, g)
    if reduce(both, on) is not identity:
        raise errors.no_cancel(f, g, on)
    return compose(f=f, g=g, on=on).then(map_equal(f=both, g=identity, on=on)).then(map_identity(on=on))


_shorter: dict[tuple[int, int], bool] = {}
"""By function and space: whether the function can be shortened there."""


def _shortens(function: Function, on: Interval) -> bool:
    try:
        return function is identity or reduce(function, on) is not function
    except IllTyped:
        return False


def _inverses(ws: Workspace, node: int) -> Key | None:
    """Two maps in a row, or one map that is the identity or a chain that can be shortened."""
    before = ws.arguments(node)[0]
    place = ws.fn[node], ws.types[before]
    if place not in _shorter:
        _shorter[place] = _shortens(Term.all[place[0]], Space.all[place[1]].interval)
    if _shorter[place]:
        return ws.fn[node], -1, Space.all[ws.types[before]].interval
    if ws.op[before] != Kind.MAP:
        return None
    return ws.fn[before], ws.fn[node], Space.all[ws.types[ws.arguments(before)[0]]].interval


def _cancel_arguments(key: Key) -> dict[str, Any]:
    if key[1] < 0:
        return {"f": Term.all[key[0]], "on": key[2]}
    return {"f": Term.all[key[0]], "g": Term.all[key[1]], "on": key[2]}


cancel = Schema(_cancel, _inverses, _cancel_arguments, Kind.MAP, name="cancel", needs="f=..")

companion = (exp >> mult_add >> ln).rewrite(cancel).relabelled("companion")
"""⊢ exp ; mul(W, b) ; ln = add(W, b)"""


def _fuse(g: Function) -> Equation:
    """mix(g, W1, b1) ; mix(g, W2, b2) = mix(g, W2·W1, W2·b1 + b2)"""
    if g is identity:
        return fuse_add
    W1, b1, W2, b2 = Weight("W1", "n", "k"), Vector("b1", "n"), Weight("W2", "m", "n"), Vector("b2", "m")
    opened = refl(mix(g, W1, b1) >> mix(g, W2, b2)).rewrite(chart(g=g), once=True)
    return opened.rewrite(cancel, fuse_add).rewrite(~chart(g=g))


def _two_layers(ws: Workspace, node: int) -> Key | None:
    before = ws.arguments(node)[0]
    return (ws.fn[node],) if ws.op[before] == Kind.MIX and ws.fn[before] == ws.fn[node] else None


fuse = Schema(_fuse, _two_layers, lambda k: {"g": Term.all[k[0]]}, Kind.MIX, name="fuse", needs="g=..")


def _collapse(f: Function, g: Function = exp) -> Equation:
    """mix(g, W1, b1) ; f ; mix(g, W2, b2) = mix(g, W2·W1, W2·b1 + b2) for f that is the identity where the chart g lives: relu on (0, ∞)"""
    W1, b1, W2, b2 = Weight("W1", "n", "k"), Vector("b1", "n"), Weight("W2", "m", "n"), Vector("b2", "m")
    layer = mix(g, W1, b1)
    on = layer.output_spaces[0].interval
    if reduce(f, on) is not identity:
        raise errors.no_collapse(f, on)
    return refl(layer >> f >> mix(g, W2, b2)).rewrite(cancel(f=f, on=on), fuse(g=g), once=True)


def _layers_around(ws: Workspace, node: int) -> Key | None:
    """A layer, a map, a layer in the same chart."""
    between = ws.arguments(node)[0]
    if ws.op[between] != Kind.MAP:
        return None
    before = ws.arguments(between)[0]
    if (
        ws.op[before] != Kind.MIX
        or ws.fn[before] != ws.fn[node]
        or not _shortens(Term.all[ws.fn[between]], Space.all[ws.types[before]].interval)
    ):
        return None
    return ws.fn[between], ws.fn[node]


collapse = Schema(
    _collapse,
    _layers_around,
    lambda k: {"f": Term.all[k[0]], "g": Term.all[k[1]]},
    Kind.MIX,
    name="collapse",
    needs="f=relu",
)


def _flip() -> Equation:
    """Each negate is a layer -I, and layers in a row are one."""
    W1, b1, W2, b2 = Weight("W1", "n", "k"), Vector("b1", "n"), Weight("W2", "m", "n"), Vector("b2", "m")
    flipped = negate >> Function("f", reals, reals) >> negate
    return refl(add(W1, b1) >> flipped >> add(W2, b2)).rewrite(affine(f=negate), fuse_add)


def _unflip() -> Equation:
    """`flip` at layers of the other sign, read from right to left."""
    W1, b1, W2 = Weight("W1", "n", "k"), Vector("b1", "n"), Weight("W2", "m", "n")
    minus = multiple(-1, "n")
    return ~flip(W1=times(minus, W1), b1=apply(minus, b1), W2=times(multiple(-1, "m"), W2))


flip = _flip().relabelled("flip")
"""⊢ add(W1, b1) ; negate ; f ; negate ; add(W2, b2) = add(-W1, -b1) ; f ; add(-W2, b2)

-f(-x) for f is another choice of signs of the weights. What stands between two flips keeps its sign: a deep net is done in one `rewrite`.
"""

unflip = _unflip().relabelled("unflip")
"""⊢ add(W1, b1) ; f ; add(W2, b2) = add(-W1, -b1) ; negate ; f ; negate ; add(-W2, b2)

The way back, for layers that do not show a sign: as a rule, `~flip` takes those only that do.
"""

naturality = map_concat
"""A map may be done before or after bundling."""
