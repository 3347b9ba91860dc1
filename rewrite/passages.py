"""How exp and ln pass sums of positive numbers and softmax, and when they pass pools: what `to_additive` knows beyond layers and maps.

Everything here is derived by the engine from the axioms.
"""

from __future__ import annotations

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Interval,
    Size,
    exp,
    identity,
    ln,
    mix,
    mixing,
    normalise,
    positive,
    sequence,
    wire,
)
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.image import chart as chart_of
from sigmaprime.diagrams.image import domain, image
from sigmaprime.diagrams.layers import Shape
from sigmaprime.diagrams.term import Term
from sigmaprime.diagrams.weight import Cone

from .axioms import fuse_add, map_concat, map_slice
from .instances import function_of
from .kernel import Equation, refl
from .matrices import SOME, partial_chart
from .pools import pool_natural
from .theorems import cancel

__all__ = ["exp_sum", "fuse_sums", "ln_softmax", "softmax_normalise", "sum_ln"]

MANY = Size("k") + Size(1)


# --- sums of positive numbers ---


def _sums() -> tuple[Equation, Equation]:
    V = mixing("V", "m", SOME)
    opened = partial_chart(g=ln)
    before = refl(wire(SOME, positive) >> ln >> mix(ln, V)).rewrite(opened, once=True).rewrite(cancel(f=ln))
    after = refl(mix(ln, V) >> exp).rewrite(opened, once=True).rewrite(cancel(f=ln))
    return (~before).relabelled("sum_ln"), (~after).relabelled("exp_sum")


sum_ln, exp_sum = _sums()


def _fuse_sums() -> Equation:
    """mix(ln, V) ; mix(ln, U) = mix(ln, U·V): log-sum-exp layers fuse as additive ones do"""
    V, U = mixing("V", MANY, SOME), mixing("U", "m", MANY)
    opened = refl(mix(ln, V) >> mix(ln, U)).rewrite(partial_chart(g=ln), once=True)
    fused = opened.rewrite(cancel(f=ln), fuse_add)
    return fused.rewrite(~partial_chart(g=ln)).relabelled("fuse_sums")


fuse_sums = _fuse_sums()


# --- softmax ---


def softmax_normalise(shape: Shape = SOME, axis: int = -1) -> Equation:
    """⊢ exp ; normalise = softmax, along an axis of this shape (by default on a wire of any size).

    >>> from sigmaprime.diagrams import softmax
    >>> softmax_normalise((2, 3), axis=0).rhs == softmax((2, 3), axis=0)
    True
    """
    from .strategy import to_additive

    return to_additive(refl(sequence([exp, normalise(shape, axis)]))).relabelled("softmax_normalise")


def ln_softmax(shape: Shape = SOME, axis: int = -1) -> Equation:
    """⊢ ln ; softmax = normalise on positive wires.

    >>> print(ln_softmax(3))
    ⊢ h1 = ln(x)
    exp(h1 + (mix(ln, 𝟙) ; add(-𝟙))(h1))
    =
    x * (add(𝟙) ; mul(-𝟙))(x)
    """
    softened: Equation = ln >> ~softmax_normalise(shape, axis)
    return softened.rewrite(cancel(f=ln)).relabelled("ln_softmax")


# --- for strategies: the rules that a net gives reason for ---


def inward(d: Diagram) -> tuple[list[Equation], list[Equation]]:
    """What takes ln before pools, sums of positive numbers and bundles, and what takes exp behind them."""
    c = d.columns
    boxes = set(zip(c.op, c.fn, strict=True))
    sums = (Kind.MIX, identity.id) in boxes and _sums_of_positives(d)
    past_exp = [*_pools(boxes, exp), *bundles(d, exp)]
    return (
        [*_pools(boxes, ln), *([sum_ln] if sums else []), *bundles(d, ln)],
        [*([exp_sum] if sums else []), *(~e for e in past_exp)],
    )


def outward(d: Diagram) -> list[Equation]:
    """What takes exp before all these: the way back."""
    c = d.columns
    boxes = set(zip(c.op, c.fn, strict=True))
    sums = [~exp_sum, ~sum_ln] if (Kind.MIX, ln.id) in boxes else []
    return [*_pools(boxes, exp), *sums, *bundles(d, exp)]


def bundles(d: Diagram, f: Function) -> list[Equation]:
    """f past every bundle that occurs: one equation for each number of parts, and the one for slices."""
    c = d.columns
    counts = {1 + len(c.rest[m]) for op, m in zip(c.op, c.more, strict=True) if op == Kind.CONCAT}
    rules = [map_concat(f=f, parts=k) for k in sorted(counts)]
    return [*rules, map_slice(f=f)] if Kind.SLICE in c.op else rules


def skipped(d: Diagram) -> list[int]:
    """The positive inputs that go both through a ln and straight into a bundle with what comes out as exp."""
    c, count = d.columns, len(d.inputs)
    logs = {c.first[w] for w in range(count, len(c.op)) if c.op[w] == Kind.MAP and c.fn[w] == ln.id}
    raw = {i for i, s in enumerate(d.inputs) if i in logs and positive.contains(s.interval)}
    found: set[int] = set()
    for w in range(count, len(c.op)) if raw else ():
        read = c.arguments(w)
        if c.op[w] == Kind.CONCAT and all(a in raw or (c.op[a], c.fn[a]) == (Kind.MAP, exp.id) for a in read):
            found |= raw.intersection(read)
    return sorted(found)


def _pools(boxes: set[tuple[int, int]], f: Function) -> list[Equation]:
    charts = map(function_of, sorted(fn for op, fn in boxes if op == Kind.POOL))
    return [pool_natural(g=g, f=f) for g in charts if _stays(f, chart_of(g)[0])]


def _stays(f: Function, within: Interval) -> bool:
    """Whether f keeps what it takes of an interval in it."""
    on = domain(f).meet(within)
    return on is not None and within.contains(image(f, on))


def _sums_of_positives(d: Diagram) -> bool:
    """Whether a plain layer keeps positive wires positive."""
    c = d.columns
    plain = {w for op, fn, w in zip(c.op, c.fn, c.wt, strict=True) if op == Kind.MIX and fn == identity.id}
    return any(Term.all[w].cone is Cone.FULL for w in plain)
