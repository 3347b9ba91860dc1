"""Sums and products of wires between exp and ln, derived: what becomes of a skip when a net is read in the other way."""

from __future__ import annotations

from sigmaprime.diagrams import Concat, Diagram, Interval, Mix, Space, Vector, exp, eye, ln, positive, reals
from sigmaprime.diagrams.function import Function
from sigmaprime.diagrams.weight import row

from .axioms import map_concat
from .kernel import Equation, refl
from .matrices import SOME, partial_chart
from .theorems import cancel, mult_add

__all__ = ["log_product", "logaddexp"]


def _of_two(g: Function, on: Interval) -> Diagram:
    """(x, y) ↦ the layer [I I] in the chart g: x + y, x · y for exp, ln(e^x + e^y) for ln."""
    layer = Mix(g, row(eye(SOME), eye(SOME)), Vector.zero(SOME))
    return Diagram([Space(SOME, on)] * 2, [(Concat(), [0, 1]), (layer, [2])], [3])


logaddexp = (~refl(_of_two(ln, reals)).rewrite(partial_chart, map_concat)).relabelled("logaddexp")
"""⊢ ln(exp(x) + exp(y)) = mix(ln, [I I])(x, y): a sum between exp and ln is a layer too, and is run without overflow"""


def _log_product() -> Equation:
    """⊢ ln(exp(x) · exp(y)) = x + y: mult_add between the maps, ln past the bundle, and ends that cancel."""
    product = _of_two(exp, positive)
    opened = refl(product).rewrite(mult_add, map_concat)
    around: Equation = (exp @ exp) >> opened >> ln
    return around.rewrite(cancel).relabelled("log_product")


log_product = _log_product()
"""⊢ ln(exp(x) · exp(y)) = x + y: what makes x · F(x) an ordinary skip in log coordinates"""
