"""Changing the chart of a layer: bases, affine charts, and whole nets in any chart."""

from __future__ import annotations

from typing import Any

from sigmaprime.diagrams import Function, Interval, Vector, Weight, exp, fn, identity, mix, then, wire
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.build import sequence
from sigmaprime.diagrams.function import parts
from sigmaprime.diagrams.image import chart as chart_of
from sigmaprime.diagrams.image import layer_chart
from sigmaprime.diagrams.term import Term

from . import errors
from .axioms import chart, compose, fuse_add
from .instances import function_of
from .kernel import Equation, refl
from .matrices import affine, affine_layer, hinge, power_exp
from .schema import Key, Schema
from .strategy import equation_of, to_additive
from .theorems import cancel
from .workspace import Workspace

__all__ = ["base", "in_chart", "power_mul", "rechart", "to_chart"]


# --- affine charts ---


def _affine_start(g: Function) -> tuple[list[Function], Function]:
    """The multiples and shifts that a chain begins with, and the rest."""
    chain = parts(g)
    count = next((i for i, f in enumerate(chain) if affine_layer(f) is None), len(chain))
    return chain[:count], then(*chain[count:]) if chain[count:] else identity


def apart(f: Function, on: Interval | None = None) -> Equation:
    """⊢ g∘f = f ; g : a chain as its parts in a row"""
    row = sequence([wire("n", on), *parts(f)] if on else parts(f))
    return ~refl(row).rewrite(compose) if len(parts(f)) > 1 else refl(fn(f))


def _base(g: Function) -> Equation:
    """mix(h(αu + c), W, b) = mix(h, W, αb + c - W·c): an affine change of the chart changes the bias only"""
    begin, h = _affine_start(g)
    if not begin:
        raise errors.no_affine_start(g)
    W, b = Weight("W", "m", "n"), Vector("b", "m")
    e = refl(mix(g, W, b)).rewrite(chart(g=g))
    undo = chart_of(g)[1]
    opened = e.rewrite(apart(undo, chart_of(g)[0]), apart(g), once=True)
    layers = opened.rewrite(*(affine(f=f) for f in dict.fromkeys([*begin, *parts(undo)]) if affine_layer(f)), fuse_add)
    return layers if h is identity else layers.rewrite(*_folded(h))


def _folded(h: Function) -> list[Any]:
    """What makes h⁻¹ ; add ; h one layer, h a chain perhaps."""
    return [compose, ~chart(g=h)] if len(parts(h)) > 1 else [~chart(g=h)]


def _affine_chart(ws: Workspace, node: int) -> Key | None:
    g = function_of(ws.fn[node])
    return (ws.fn[node],) if affine_layer(parts(g)[0]) else None


base = Schema(_base, _affine_chart, lambda k: {"g": function_of(k[0])}, Kind.MIX, name="base", needs="g=..")


def _power_mul(f: Function) -> Equation:
    """x^a = mul(a·I) on positive numbers: powers are layers"""
    return power_exp(f=f).rewrite(affine, ~chart(g=exp))


def _power(ws: Workspace, node: int) -> Key | None:
    f = function_of(ws.fn[node])
    return (ws.fn[node],) if f.key[1:2] == ("power",) else None


power_mul = Schema(_power_mul, _power, lambda k: {"f": function_of(k[0])}, Kind.MAP, name="power_mul", needs="f=..")


# --- any chart ---


def _rechart(h: Function, g: Function) -> Equation:
    """mix(h, W, b) = h⁻¹ ; g ; mix(g, W, b) ; g⁻¹ ; h: a layer in another chart"""
    opened = refl(mix(h, Weight("W", "m", "n"), Vector("b", "m")))
    if h is not identity:
        opened = opened.rewrite(chart(g=h))
    if g is identity:
        return opened
    back = (g >> chart(g=g) >> chart_of(g)[1]).rewrite(cancel)
    return opened.rewrite(~back, once=True)


rechart = Schema(_rechart, None, None, Kind.MIX, name="rechart", needs="h=.., g=..")


def to_chart(net: Any, g: Function) -> Equation:
    """⊢ net = the same net with every layer in the chart g: `to_additive` is the case of the identity, g = exp is the multiplicative reading.

    Between layers stand g⁻¹ ∘ h ∘ σ ∘ h'⁻¹ ∘ g, composed, where h and h' are the charts that the layers had; weights stay as they are.

    >>> from sigmaprime.diagrams import cube, mul, tanh
    >>> print(to_chart(mul("W1", 3, 3) >> tanh >> mul("W2", 3, 3), cube))
    ⊢ mul(W1) ; tanh ; mul(W2) = x^3∘ln ; mix(x^3, W1) ; x^3∘ln∘tanh∘exp∘x^(1/3) ; mix(x^3, W2) ; exp∘x^(1/3)

    Raises `IllTyped` if g is no chart.
    """
    chart_of(g)
    if g is identity:
        return to_additive(net)
    start = equation_of(net)
    columns = start.rhs.columns
    charts = {f for op, f in zip(columns.op, columns.fn, strict=True) if op == Kind.MIX} - {g.id}
    rules = [rechart(h=Term.all[f], g=g) for f in sorted(charts) if _is_chart(Term.all[f])]
    if not rules:
        return start.relabelled("to_chart")
    e = start.rewrite(*rules, once=True)
    if g is exp:  # relu is max(x, 1) there
        e = e.rewrite(~hinge, cancel)
    return e.rewrite(compose, cancel).relabelled("to_chart")


def _is_chart(f: Function) -> bool:
    return not layer_chart(f)[2]


def in_chart(theorem: Equation, g: Function) -> Equation:
    """A theorem about additive nets, read in the chart g: ⊢ g⁻¹ ; lhs ; g = g⁻¹ ; rhs ; g with every layer in that chart.

    >>> from sigmaprime.diagrams import relu
    >>> from sigmaprime.rewrite import rescale_units
    >>> print(in_chart(rescale_units(relu), exp))
    ⊢ mul(W1, b1) ; max(x, 1) ; mul(W2, b2) = mul(D·W1, D·b1) ; max(x, 1) ; mul(W2·D⁻¹, b2)
    """
    around = chart_of(g)[1] >> equation_of(theorem) >> g
    left, right = (to_chart(side, g).rewrite(compose, cancel) for side in (around.lhs, around.rhs))
    return (~left).then(around).then(right).relabelled(f"{theorem.label or 'theorem'} in {g}")
