"""Symmetries of weights: other parameters, the same function. `in_chart` reads each of them in another chart, as about multiplicative nets."""

from __future__ import annotations

from sigmaprime.diagrams import (
    Function,
    Vector,
    Weight,
    identity,
    inverted,
    mix,
    permutation,
    scaling,
    signs,
    times,
)

from .axioms import fuse_add
from .kernel import Equation, refl
from .matrices import map_permutation, map_scaling, map_signs

__all__ = ["permute_units", "rescale_units", "sign_units"]


def _hidden(f: Function, q: Weight, past: Equation) -> Equation:
    """Between the layers Q and Q⁻¹ stand: Q joins the first layer, or passes f and meets Q⁻¹ in the second."""
    W1, b1, W2, b2 = Weight("W1", "n", "k"), Vector("b1", "n"), Weight("W2", "m", "n"), Vector("b2", "m")
    between = refl(mix(identity, W1, b1) >> mix(identity, q) >> f >> mix(identity, times(W2, inverted(q)), b2))
    return (~between.rewrite(past, once=True).rewrite(fuse_add)).then(between.rewrite(fuse_add))


def permute_units(f: Function) -> Equation:
    """⊢ add(W1, b1) ; f ; add(W2, b2) = add(P·W1, P·b1) ; f ; add(W2·P⁻¹, b2) for every permutation P of the hidden units, and any f on R.

    >>> from sigmaprime.diagrams import tanh
    >>> print(permute_units(tanh))
    ⊢ add(W1, b1) ; tanh ; add(W2, b2) = add(P·W1, P·b1) ; tanh ; add(W2·P⁻¹, b2)
    """
    return _hidden(f, permutation("P", "n"), map_permutation(f=f)).relabelled("permute_units")


def rescale_units(f: Function) -> Equation:
    """⊢ add(W1, b1) ; f ; add(W2, b2) = add(D·W1, D·b1) ; f ; add(W2·D⁻¹, b2) for every positive diagonal D, f positively homogeneous.

    >>> from sigmaprime.diagrams import relu
    >>> print(rescale_units(relu))
    ⊢ add(W1, b1) ; relu ; add(W2, b2) = add(D·W1, D·b1) ; relu ; add(W2·D⁻¹, b2)

    Raises `Refused` for other functions: tanh of a doubled unit is no doubled tanh.
    """
    return _hidden(f, scaling("D", "n"), map_scaling(f=f)).relabelled("rescale_units")


def sign_units(f: Function) -> Equation:
    """⊢ add(W1, b1) ; f ; add(W2, b2) = add(S·W1, S·b1) ; f ; add(W2·S, b2) for every diagonal S of signs, f odd.

    >>> from sigmaprime.diagrams import tanh
    >>> print(sign_units(tanh))
    ⊢ add(W1, b1) ; tanh ; add(W2, b2) = add(S·W1, S·b1) ; tanh ; add(W2·S, b2)
    """
    return _hidden(f, signs("S", "n"), map_signs(f=f)).relabelled("sign_units")
