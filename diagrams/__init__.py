"""What a network is: the words that build diagrams, and the values that they build."""

from .box import Concat, Map, Mix, Slice
from .build import (
    add,
    asinh,
    atanh,
    concat,
    cube,
    exp,
    fn,
    identity,
    inverse,
    ln,
    log_expm1,
    logit,
    max1,
    maximum,
    mix,
    mul,
    negate,
    power,
    relu,
    residual,
    scale,
    sequence,
    shift,
    sigmoid,
    sinh,
    softplus,
    softsign,
    softsign_inverse,
    sqrt,
    square,
    tanh,
    wire,
)
from .diagram import Diagram, Node, Port
from .errors import BadFile, IllTyped, Refused, SigmaError
from .files import load, save
from .function import Function, then
from .space import Interval, Space, at_least, at_most, negative, nonnegative, positive, reals, unit
from .symbolic import Symbolic
from .trace import Wire, diagram
from .weight import Scalar, Size, Vector, Weight, apply, eye, plus, row, times, zero

__all__ = [
    "BadFile", "Concat", "Diagram", "Function", "IllTyped", "Interval", "Map", "Mix", "Node", "Port", "Refused", "Scalar", "SigmaError", "Size",
    "Slice", "Space", "Symbolic", "Vector", "Weight", "Wire", "add", "apply", "asinh", "at_least", "at_most", "atanh", "concat", "cube", "diagram", "exp", "eye",
    "fn", "identity", "inverse", "ln", "load", "log_expm1", "logit", "max1", "maximum", "mix", "mul", "negate", "negative", "nonnegative", "plus", "positive",
    "power", "reals", "relu", "residual", "row", "save", "scale", "sequence", "shift", "sigmoid", "sinh", "softplus", "softsign", "softsign_inverse", "sqrt",
    "square", "tanh", "then", "times", "unit", "wire", "zero",
]  # fmt: skip
