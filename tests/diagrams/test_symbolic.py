"""Diagrams and functions as SymPy expressions."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given

from sigmaprime.diagrams import (
    Function,
    Refused,
    add,
    exp,
    ln,
    max1,
    mix,
    mul,
    nonnegative,
    positive,
    power,
    reals,
    relu,
    residual,
    sigmoid,
    sinh,
    softsign,
    sqrt,
    square,
    tanh,
    then,
    wire,
)
from tests.nets import Net, nets
from tests.rewrite.theorem import examples

sigma = Function("σ", positive, positive)


def test_a_multiplicative_layer_is_a_product_of_powers() -> None:
    found = mul("W", 2, 1, bias="b").symbolic()
    (x1, x2), ((w1, w2),), (b,) = found.inputs[0], found.parameters["W"], found.parameters["b"]
    assert found.expressions == (x1**w1 * x2**w2 * sp.exp(b),)
    assert x1.is_positive
    assert w1.is_real
    assert w1.is_positive is None


def test_symbols_are_as_positive_as_their_wires() -> None:
    kinds = [(positive, "is_positive"), (nonnegative, "is_nonnegative"), (reals, "is_real")]
    for on, known in kinds:
        (x,) = wire(1, on).symbolic().inputs[0]
        assert getattr(x, known)
        assert on is positive or not x.is_positive


def test_the_text_and_the_latex_name_inputs_and_weights() -> None:
    net = mul("W1", 2, 1) >> sigma
    assert str(net.symbolic()) == "y_1 = σ(x_1**W1_11*x_2**W1_12)"
    assert net.symbolic().latex() == (
        "\\begin{aligned}\ny_{1} &= \\sigma {\\left(x_{1}^{W^{(1)}_{11}} x_{2}^{W^{(1)}_{12}} \\right)}\n\\end{aligned}"
    )
    assert net.symbolic()._repr_latex_().startswith("$\\displaystyle \\begin{aligned}")
    assert str(residual(add("layers.0.weight", 1, 1)).named(["u"], ["v"]).symbolic()) == (
        "v_1 = layers.0.weight_11*u_1 + u_1"
    )


def test_no_two_symbols_share_a_name() -> None:
    found = add("x", 2, 1).symbolic()
    names = [s.name for s in (*found.inputs[0], *found.parameters["x"][0])]
    assert len(set(names)) == 4
    large = add("W", 12, 12).symbolic()
    assert len({s.name for row in large.parameters["W"] for s in row}) == 144


def test_arrays_are_symbols_unless_numbers_are_asked_for() -> None:
    net = mul("W", 2, 1)(W=np.array([[0.5, 2.0]]))
    (x1, x2) = net.symbolic().inputs[0]
    assert net.symbolic(arrays=True).expressions == (sp.sqrt(x1) * x2**2,)
    assert net.symbolic().expressions != net.symbolic(arrays=True).expressions
    (y1, y2) = add(np.array([[0.1, 2.0]])).symbolic().inputs[0]
    exact = sp.Rational(*(0.1).as_integer_ratio())
    assert add(np.array([[0.1, 2.0]])).symbolic().expressions == (exact * y1 + 2 * y2,)


def test_open_sizes_and_large_nets_are_refused() -> None:
    with pytest.raises(Refused, match=r'sizes=\{"m": 3, "n": 3\}'):
        mul("W", "n", "m").symbolic()
    assert len(mul("W", "n", "m").symbolic({"n": 2, "m": 4}).expressions) == 4
    with pytest.raises(Refused, match="open"):
        (exp >> ln).symbolic()
    with pytest.raises(Refused, match="smaller net"):
        mul("W", 300, 300).symbolic()
    with pytest.raises(Refused, match="smaller net"):
        (mul("W", 40, 40) >> tanh >> mul("V", 40, 40) >> tanh >> mul("U", 40, 40)).symbolic()


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (relu, "x"),
        (max1, "Max(0, x)"),
        (softsign, "x - log(exp(x) + 1)"),
        (sigmoid, "-log(1 + exp(-exp(x)))"),
        (tanh, "log(tanh(exp(x)))"),
        (square, "2*x"),
        (power("-1/2"), "-x/2"),
        (sinh, "log(sinh(exp(x)))"),
        (sigma, "log(σ(exp(x)))"),
    ],
    ids=str,
)
def test_composed_nonlinearities_are_simplified_under_their_domain(function: Function, text: str) -> None:
    assert str(then(exp, function, ln).symbolic()) == text


def test_nothing_is_simplified_that_holds_on_less_than_the_domain() -> None:
    assert str(then(square, sqrt).symbolic()) == "Abs(x)"
    assert str(then(square, sqrt).symbolic(positive)) == "x"
    assert str(then(square, max1, ln).symbolic()) == "log(Max(1, x**2))"  # x^2 may be 0, where ln is not


@given(nets(max_steps=4))
@examples(25)
def test_expressions_have_the_values_of_the_net(drawn: Net) -> None:
    try:
        found = drawn.diagram.symbolic()
    except Refused:
        return
    values: dict[sp.Symbol, float] = {}
    for symbols, array in zip(found.inputs, drawn.inputs, strict=True):
        values |= dict(zip(symbols, map(float, array[0]), strict=True))
    for name, symbols in found.parameters.items():
        pairs = zip(np.ravel(np.array(symbols, dtype=object)), np.ravel(drawn.weights[name]), strict=True)
        values |= {s: float(v) for s, v in pairs}
    got = drawn.diagram(*drawn.inputs, **drawn.weights)
    for expressions, y in zip(found.outputs, got if isinstance(got, tuple) else (got,), strict=True):
        with mpmath.workdps(30):
            calculated = sp.lambdify(list(values), list(expressions), "mpmath")
            numbers = [complex(v) for v in calculated(*map(mpmath.mpf, values.values()))]
        np.testing.assert_allclose(numbers, y[0], rtol=1e-6, atol=1e-9)


def test_another_chart_is_opened() -> None:
    net = mix(sinh, "W", 1, 1)
    ((x,), ((w,),)) = net.symbolic().inputs[0], net.symbolic().parameters["W"]
    assert net.symbolic().expressions == (sp.sinh(w * sp.asinh(x)),)
