"""What random nets choose from: intervals, charts and functions."""

from __future__ import annotations

from sigmaprime.diagrams import (
    Function,
    Interval,
    at_least,
    box_cox,
    celu,
    cube,
    elu,
    elu_inverse,
    exp,
    gompertz,
    hardshrink,
    hardsigmoid,
    inverse,
    ln,
    maximum,
    minimum,
    nonnegative,
    positive,
    power,
    prelu,
    reals,
    relu,
    scale,
    selu,
    sharp,
    shift,
    sigmoid,
    silu,
    sinh,
    snake,
    softplus,
    softshrink,
    square,
    squareplus,
    squareplus_inverse,
    swish,
    tanh,
    then,
    threshold,
    unit,
)
from sigmaprime.diagrams.catalogue import ATOMS

__all__ = ["AFFINE", "CHARTS", "FUNCTIONS", "INTERVALS", "PARTIAL"]

INTERVALS: tuple[Interval, ...] = (
    positive,
    positive,
    reals,
    reals,
    nonnegative,
    unit,
    at_least(1),
    Interval("(-1, 1)"),
)
CHARTS: tuple[Function, ...] = (cube, sinh, softplus, tanh, sigmoid)
AFFINE = (then(scale(2), exp), then(shift("1/2"), sinh), then(scale("-1/2"), tanh), then(scale(-2), shift(1)))
"""Charts that begin with an affine map."""
PARTIAL = (ln, ln, then(scale("1/2"), ln), then(ln, shift(1)))
"""Charts of (0, oo) only."""
FUNCTIONS: tuple[Function, ...] = (
    *(Function.atom(name) for name, entry in ATOMS.items() if entry.parameters == 0),
    *(relu, maximum(1), maximum("1/3"), maximum(-1), scale("1/2"), scale(-2), scale(0.1), shift(1), shift("-1/3")),
    *(
        minimum(2),
        prelu("1/4"),
        elu(1),
        elu("1/2"),
        elu_inverse(2),
        silu,
        swish("3/2"),
        snake(1),
        squareplus(),
        squareplus_inverse(3),
    ),
    *(
        softshrink(),
        hardshrink(),
        threshold("1/2"),
        selu,
        celu(2),
        hardsigmoid,
        gompertz,
        sharp(softplus, 2),
        box_cox("1/2"),
    ),
    *(square, cube, power("1/2"), power("1/3"), power("2/3"), power(-1), power("-1/2"), power(4)),
    *(
        inverse(square, on=at_least(1)),
        inverse(tanh, on=Interval("[0, oo)")),
        then(exp, tanh, ln),
        then(exp, sigmoid, ln),
    ),
    *(Function.defined("tanh'", exp >> tanh >> ln), Function.defined("shrink", tanh >> scale("1/2"))),
)
