"""The words for functions: entries of the catalogue, instances of them, and chains that have a name of their own."""

from __future__ import annotations

from fractions import Fraction

from . import errors
from .function import Function, then
from .weight import Scalar

__all__ = [
    "NAMED", "absolute", "acosh", "asinh", "atan", "atanh", "bent_identity", "bent_identity_inverse", "box_cox", "celu", "clip", "cloglog", "cosh", "cube", "elu",
    "elu_inverse", "erf", "exp", "expm1", "gaussian", "gelu", "gelu_tanh", "gompertz", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "identity", "isru",
    "leaky_relu", "ln", "log1p", "log_expm1", "log_sigmoid", "logit", "max1", "maximum", "minimum", "mish", "negate", "power", "prelu", "relu", "relu6", "scale",
    "selu", "sharp", "shift", "sigmoid", "silu", "sinh", "snake", "softplus", "softshrink", "softsign", "softsign_inverse", "sqrt", "square", "squareplus",
    "squareplus_inverse", "swish", "tanh", "tanhshrink", "threshold",
]  # fmt: skip

Number = Scalar | Fraction | float | str

identity = Function.atom("identity")
exp = Function.atom("exp")
ln = Function.atom("ln")
expm1 = Function.atom("expm1")
log1p = Function.atom("log1p")
tanh = Function.atom("tanh")
atanh = Function.atom("atanh")
sigmoid = Function.atom("sigmoid")
logit = Function.atom("logit")
softplus = Function.atom("softplus")
log_expm1 = Function.atom("log_expm1")
softsign = Function.atom("softsign")
softsign_inverse = Function.atom("softsign_inverse")
sinh = Function.atom("sinh")
asinh = Function.atom("asinh")
cosh = Function.atom("cosh")
acosh = Function.atom("acosh")
atan = Function.atom("atan")
erf = Function.atom("erf")
bent_identity = Function.atom("bent_identity")
bent_identity_inverse = Function.atom("bent_identity_inverse")
tanhshrink = Function.atom("tanhshrink")
gelu = Function.atom("gelu")
gelu_tanh = Function.atom("gelu_tanh")
mish = Function.atom("mish")
hardswish = Function.atom("hardswish")
negate = Function.atom("negate")
absolute = Function.atom("absolute")
relu = Function.atom("maximum", 0)
max1 = Function.atom("maximum", 1)
square = Function.atom("power", 2)
cube = Function.atom("power", 3)
sqrt = Function.atom("power", Fraction(1, 2))
silu = Function.atom("swish", 1)


def power(exponent: Number) -> Function:
    """x^a; for a = p/q with q odd also below zero, by the real root.

    >>> float(power("1/3")(-8.0))
    -2.0
    """
    return Function.atom("power", exponent)


def scale(factor: Number) -> Function:
    """c·x."""
    return Function.atom("scale", factor)


def shift(summand: Number) -> Function:
    """x + c."""
    return Function.atom("shift", summand)


def maximum(bound: Number) -> Function:
    """max(x, c); `relu` is maximum(0), `max1` is maximum(1)."""
    return Function.atom("maximum", bound)


def minimum(bound: Number) -> Function:
    """min(x, c)."""
    return Function.atom("minimum", bound)


def prelu(slope: Number) -> Function:
    """x above 0, a·x below; a > 0, else `IllTyped`.

    >>> float(prelu("1/4")(-8.0))
    -2.0
    """
    return Function.atom("prelu", slope)


def leaky_relu(slope: Number = Fraction(1, 100)) -> Function:
    """`prelu` with PyTorch's slope."""
    return prelu(slope)


def elu(height: Number = 1) -> Function:
    """x above 0, a·(e^x - 1) below; a > 0, else `IllTyped`."""
    return Function.atom("elu", height)


def elu_inverse(height: Number = 1) -> Function:
    """x above 0, ln(1 + x/a) on (-a, 0]; a > 0, else `IllTyped`."""
    return Function.atom("elu_inverse", height)


def swish(sharpness: Number) -> Function:
    """x·sigmoid(b·x); b > 0, else `IllTyped`; `silu` is swish(1)."""
    return Function.atom("swish", sharpness)


def snake(frequency: Number) -> Function:
    """x + sin²(a·x)/a, one to one from the reals onto the reals; a > 0, else `IllTyped`."""
    return Function.atom("snake", frequency)


def squareplus(smoothness: Number = 4) -> Function:
    """(x + √(x² + b))/2; b > 0, else `IllTyped`."""
    return Function.atom("squareplus", smoothness)


def squareplus_inverse(smoothness: Number = 4) -> Function:
    """y - b/(4y) on positive y; b > 0, else `IllTyped`."""
    return Function.atom("squareplus_inverse", smoothness)


def softshrink(bound: Number = Fraction(1, 2)) -> Function:
    """x - c above c, x + c below -c, 0 between; c ≥ 0, else `IllTyped`."""
    return Function.atom("softshrink", bound)


def hardshrink(bound: Number = Fraction(1, 2)) -> Function:
    """x where |x| > c, else 0; c ≥ 0, else `IllTyped`. It jumps."""
    return Function.atom("hardshrink", bound)


def threshold(bound: Number, value: Fraction | float | str = 0) -> Function:
    """x where x > c, else `value`. It jumps, but for value = c, which is max(x, c).

    >>> threshold(1, 1), threshold(1, 20)
    (max1, then(shift(-20), threshold(-19), shift(20)))
    """
    high, low = Scalar.of(bound), _number(value)
    if low == 0 or high.value is None:
        return (
            then(shift(-low), Function.atom("threshold", high), shift(low)) if low else Function.atom("threshold", high)
        )
    return (
        maximum(low)
        if high.value == low
        else then(shift(-low), Function.atom("threshold", high.value - low), shift(low))
    )


def clip(low: Fraction | float | str, high: Fraction | float | str) -> Function:
    """min(max(x, low), high) for low ≤ high, else `IllTyped`; `relu6` is clip(0, 6), `hardtanh` is clip(-1, 1)."""
    if _number(low) > _number(high):
        raise errors.empty_clip(_number(low), _number(high))
    return then(maximum(low), minimum(high))


def sharp(function: Function, factor: Fraction | float | str) -> Function:
    """f(b·x)/b, the function with its sharpness changed, as in Softplus(b); b > 0, else `IllTyped`.

    >>> round(float(sharp(softplus, 10)(0.0)), 6)  # ln(2)/10
    0.069315
    """
    b = _number(factor)
    if not b > 0:
        raise errors.not_positive("sharp", b)
    return then(scale(b), function, scale(1 / b))


def celu(width: Fraction | float | str = 1) -> Function:
    """x above 0, a·(e^(x/a) - 1) below; a > 0, else `IllTyped`."""
    a = _number(width)
    if not a > 0:
        raise errors.not_positive("celu", a)
    return sharp(elu(1), 1 / a)


def box_cox(exponent: Fraction | float | str) -> Function:
    """(x^a - 1)/a, and ln x for a = 0.

    >>> box_cox(0), float(box_cox("1/2")(9.0))
    (ln, 4.0)
    """
    a = _number(exponent)
    return then(power(a), shift(-1), scale(1 / a)) if a else ln


def _number(value: Fraction | float | str) -> Fraction:
    number = Scalar.of(value).value
    if number is None:
        raise errors.not_exact(value)
    return number


relu6 = clip(0, 6)
hardtanh = clip(-1, 1)
hardsigmoid = then(shift(3), scale(Fraction(1, 6)), maximum(0), minimum(1))
log_sigmoid = then(negate, softplus, negate)
selu = then(elu(Fraction("1.6732632423543772848170429916717")), scale(Fraction("1.0507009873554804934193349852946")))
gompertz = then(negate, exp, negate, exp)
cloglog = then(exp, negate, exp, negate, shift(1))
gaussian = then(square, negate, exp)
isru = then(asinh, tanh)

NAMED: dict[Function, str] = {
    relu6: "relu6",
    hardtanh: "hardtanh",
    hardsigmoid: "hardsigmoid",  # x/6 + 1/2 between 0 and 1
    log_sigmoid: "log_sigmoid",  # ln of sigmoid
    selu: "selu",
    gompertz: "gompertz",  # exp(-e^-x)
    cloglog: "cloglog",  # 1 - exp(-e^x)
    gaussian: "gaussian",  # e^(-x²)
    isru: "isru",  # x/√(1 + x²)
}
"""Chains that are shown by a name."""
