"""What a network is: the words that build diagrams, and the values that they build."""

from .activations import (
    absolute,
    acosh,
    asinh,
    atan,
    atanh,
    bent_identity,
    bent_identity_inverse,
    box_cox,
    celu,
    clip,
    cloglog,
    cosh,
    cube,
    elu,
    elu_inverse,
    erf,
    exp,
    expm1,
    gaussian,
    gelu,
    gelu_tanh,
    gompertz,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    identity,
    isru,
    leaky_relu,
    ln,
    log1p,
    log_expm1,
    log_sigmoid,
    logit,
    max1,
    maximum,
    minimum,
    mish,
    negate,
    power,
    prelu,
    relu,
    relu6,
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
    softsign,
    softsign_inverse,
    sqrt,
    square,
    squareplus,
    squareplus_inverse,
    swish,
    tanh,
    tanhshrink,
    threshold,
)
from .box import Concat, Map, Mix, Slice
from .build import add, concat, fn, inverse, mix, mul, residual, sequence, wire
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
    "Slice", "Space", "Symbolic", "Vector", "Weight", "Wire", "absolute", "acosh", "add", "apply", "asinh", "at_least", "at_most", "atan", "atanh",
    "bent_identity", "bent_identity_inverse", "box_cox", "celu", "clip", "cloglog", "concat", "cosh", "cube", "diagram", "elu", "elu_inverse", "erf",
    "exp", "expm1", "eye", "fn", "gaussian", "gelu", "gelu_tanh", "gompertz", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "identity",
    "inverse", "isru", "leaky_relu", "ln", "load", "log1p", "log_expm1", "log_sigmoid", "logit", "max1", "maximum", "minimum", "mish", "mix", "mul",
    "negate", "negative", "nonnegative", "plus", "positive", "power", "prelu", "reals", "relu", "relu6", "residual", "row", "save", "scale", "selu",
    "sequence", "sharp", "shift", "sigmoid", "silu", "sinh", "snake", "softplus", "softshrink", "softsign", "softsign_inverse", "sqrt", "square",
    "squareplus", "squareplus_inverse", "swish", "tanh", "tanhshrink", "then", "threshold", "times", "unit", "wire", "zero",
]  # fmt: skip
