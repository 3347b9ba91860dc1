"""Plots: a nonlinearity σ of a multiplicative net (blue, on positive inputs) and σ' = ln ∘ σ ∘ exp (orange, on the line).

A thin line is the familiar function that σ' is, or resembles. Labels stand at their curves. σ' is run in its stable form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Literal

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Refused,
    exp,
    identity,
    ln,
    max1,
    negate,
    positive,
    relu,
    scale,
    sigmoid,
    softplus,
    softsign,
    tanh,
    then,
)
from sigmaprime.diagrams.evaluate import values_of
from sigmaprime.diagrams.image import domain, image
from sigmaprime.diagrams.own import known
from sigmaprime.diagrams.term import variables

from .axes import REACH, Curve, Panel, drawn
from .svg import THEMES, Picture, Theme

__all__ = ["Reference", "plot", "prime"]

Reference = Function | Literal["natural"] | None
POINTS = 801
MOST = 12


def plot(
    functions: Function | Sequence[Function],
    *,
    theme: Theme = "light",
    reference: Reference = "natural",
    width: float = 400.0,
    error: bool = False,
) -> Picture:
    """σ against σ' = ln ∘ σ ∘ exp: one plot, or panels (a), (b), ... for a list; `width` is that of a panel in pixels.

    `reference` is a third function, drawn thin; by default the one that σ' is known to be or to resemble: -softplus(-x) for tanh, ReLU for
    max(x, 1), the identity for relu, -ln 2 · sigmoid(-x) for sigmoid, and none where nothing is natural.

    With `error` it draws instead, against x in float32 and float64, the float error of the naive form of σ' and of the stable one, of value
    and slope, in eps · max(1, |exact|), with the borders of the stable form's regimes.

    >>> from sigmaprime.diagrams import max1, negate, tanh
    >>> plot([tanh, max1]).text.splitlines()[1]
    '<title>σ and σ′ = ln ∘ σ ∘ exp for σ = tanh, max(x, 1)</title>'
    >>> plot(negate)
    Traceback (most recent call last):
    sigmaprime.diagrams.errors.IllTyped: ln ∘ σ ∘ exp is not defined for σ = negate: it maps (0, ∞) into (-∞, 0), and ln takes (0, ∞); σ(1) = -1

    Raises `IllTyped` where σ is not positive on all of (0, oo), and says where.
    """
    asked: Any = functions
    given: list[Any] = [asked] if isinstance(asked, str) or not isinstance(asked, Sequence) else list(asked)
    if theme not in THEMES:
        raise Refused(f"{theme!r} is no theme; there are {', '.join(THEMES)}")
    if not 1 <= len(given) <= MOST:
        raise Refused(f"a picture holds 1 to {MOST} plots, not {len(given)}")
    if not 120 <= width <= 4000:
        raise Refused(f"a panel is 120 to 4000 pixels wide, not {width}")
    if not (reference is None or reference == "natural" or isinstance(reference, Function)):
        raise Refused(f"{reference!r} is no reference: give a function, None or 'natural'")
    if error:
        from .errorplot import drawn_errors

        for f in given:
            prime(f)
        return Picture(drawn_errors(given, theme, width))
    return Picture(drawn([_panel(f, reference) for f in given], theme, width))


def prime(sigma: Function) -> Function:
    """σ' = ln ∘ σ ∘ exp on the reals; raises `IllTyped` where σ is not known to be positive on all of (0, oo)."""
    if not isinstance(sigma, Function):
        raise IllTyped(f"{sigma!r} is no function; give one of the catalogue, such as tanh")
    if not all(isinstance(v, Function) and known(v) for v in variables([sigma])):
        raise IllTyped(
            f"{sigma} is not settled: a plot needs values; put a function of the catalogue in place of variables"
        )
    if sigma.formula and domain(sigma).contains(positive):
        sigma = sigma.on(positive)
    undefined = f"ln ∘ σ ∘ exp is not defined for σ = {sigma}"
    try:
        reached = image(sigma, positive)
    except IllTyped as error:
        raise IllTyped(f"{undefined}: {error}") from None
    if not positive.contains(reached):
        raise IllTyped(f"{undefined}: it maps (0, ∞) into {reached}, and ln takes (0, ∞){_where(sigma)}")
    return then(exp, sigma, ln)


def _where(sigma: Function) -> str:
    """The point nearest to 1 at which σ is seen not to be positive."""
    import numpy as np

    x = np.geomspace(1e-3, 1e3, 601)
    with np.errstate(all="ignore"):
        bad = x[values_of(sigma, x) <= 0]
    if not len(bad):
        return ""
    at = float(min(bad, key=lambda v: abs(math.log(v))))
    return f"; σ({at:.4g}) = {float(values_of(sigma, at)):.4g}"


def _panel(sigma: Function, reference: Reference) -> Panel:
    import numpy as np

    own, name = prime(sigma), _label(sigma)
    if "∘" in name:
        name = name.removeprefix("(").removesuffix(")")
    line = np.linspace(-REACH, REACH, POINTS)
    near = np.geomspace(1e-6, line[POINTS // 2 + 1], 40)  # x^(1/2) climbs fast from 0
    right = np.concatenate([near, line[POINTS // 2 + 2 :]])
    third = (reference, str(reference)) if isinstance(reference, Function) else _natural(sigma) if reference else None
    with np.errstate(all="ignore"):
        curves = [
            Curve("sigma", name, right, values_of(sigma, right)),
            Curve("prime", _primed(name), line, values_of(own, line)),
        ]
        if third is not None:
            curves.append(Curve("reference", third[1], line, values_of(third[0], line)))
    return Panel(name, tuple(curves))


SIGNS = {"-": "−", "*": "·", "<=": " ≤ ", ",": ", ", "^2": "²", "^3": "³"}


def _label(sigma: Function) -> str:
    """Its formula, as one writes it, or its name."""
    if sigma.formula is None:
        return str(sigma).replace("-", "−")
    return re.sub(r"\^[23]\b|<=|[-*,]", lambda found: SIGNS[found[0]], sigma.formula)


def _primed(name: str) -> str:
    return f"{name}′" if name.isidentifier() or (name.startswith("max(") and "∘" not in name) else f"({name})′"


def _natural(sigma: Function) -> tuple[Function, str] | None:
    """The function that σ' is (softsign, max(x, 1), relu, powers) or resembles (tanh, sigmoid), and its label."""
    if sigma in (tanh, softsign):
        return then(negate, softplus, negate), "−softplus(−x)"
    if sigma is sigmoid:  # turned about the origin, at the height of σ', which fills (-ln 2, 0)
        return then(negate, sigmoid, scale(-math.log(2))), "−ln 2 · sigmoid(−x)"
    if sigma is max1:
        return relu, "ReLU"
    if sigma in (relu, identity):
        return identity, "x"
    if sigma.key[1] == "power":
        factor = str(sigma.key[2]).replace("-", "−")
        return scale(sigma.key[2]), f"{factor.removesuffix('1')}x" if factor in ("1", "−1") else f"{factor} · x"
    return None
