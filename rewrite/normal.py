"""One form for equal nets: what `verify` compares first.

Definitions are opened, every layer becomes additive between maps, neighbouring maps become one chain without parts that cancel, neighbouring
layers fuse, maps go before bundles and maxima, equal boxes are one. Each of these is a step of the kernel, so the normal form comes with its proof.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sigmaprime.diagrams import exp, max1, minimum
from sigmaprime.diagrams.function import parts, then
from sigmaprime.diagrams.term import Head

from .axioms import chart, compose, concat_slice, fuse_add, map_concat, map_slice, slice_concat, unit_add
from .charts import apart
from .kernel import Equation, unfold
from .matrices import hinge, partial_chart
from .pools import pool_swap
from .rewriting import share
from .strategy import _intervals, equation_of
from .theorems import cancel

__all__ = ["normal_form"]

_KINKS = {(exp, max1), (exp, minimum(1))}


def normal_form(net: Any) -> Equation:
    """⊢ net = its normal form. Two nets with one normal form are equal; that equal nets have one is not promised.

    >>> from sigmaprime.diagrams import mul, relu
    >>> print(normal_form(mul("W1", 3, 3) >> relu >> mul("W2", 3, 3)))
    ⊢ mul(W1) ; relu ; mul(W2) = ln ; add(W2·W1) ; exp
    """
    e = equation_of(net)
    while opened := [*_unfolded(e), *_split(e)]:
        e = e.rewrite(*opened, hinge)
    rules = (
        chart,
        partial_chart,
        cancel,
        hinge,
        pool_swap,
        compose,
        fuse_add,
        unit_add,
        map_concat,
        map_slice,
        slice_concat,
        concat_slice,
        share,
    )
    return e.rewrite(*rules).relabelled("normal_form")


def _unfolded(e: Equation) -> list[Equation]:
    """The definitions that stand alone in a box."""
    return [unfold(t) for t in e.rhs.terms if t.head is Head.DEFINED]


def _split(e: Equation) -> list[Equation]:
    """Chains that hold a definition, or a kink that moves through exp, taken apart before or after it."""
    found = []
    for term in e.rhs.terms:
        chain = parts(term) if term.head is Head.THEN else []
        at = next((i for i, f in enumerate(chain) if f.head is Head.DEFINED), None)
        if at is None and _KINKS.intersection(pairwise(chain)):
            found += [apart(term, on) for on in dict.fromkeys(_intervals(e, term))]
        if at is not None:
            cut = at or 1
            halves = then(*chain[:cut]), then(*chain[cut:])
            found += [~compose(f=halves[0], g=halves[1], on=on) for on in dict.fromkeys(_intervals(e, term))]
    return found
