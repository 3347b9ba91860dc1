"""What runs is what the diagram means: against the naive second reading, on NumPy and PyTorch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmaprime.diagrams import (
    Diagram,
    Function,
    IllTyped,
    Map,
    Scalar,
    Space,
    Vector,
    Weight,
    add,
    apply,
    at_least,
    concat,
    exp,
    eye,
    fn,
    ln,
    mix,
    mul,
    plus,
    positive,
    reals,
    residual,
    row,
    scale,
    sigmoid,
    sinh,
    tanh,
    then,
    times,
    wire,
    zero,
)
from sigmaprime.diagrams.diagram import Port
from tests.diagrams import reference
from tests.nets import Net, nets


def outputs(net: Net, arrays: Any = None) -> tuple[Any, ...]:
    made = net.diagram(*(net.inputs if arrays is None else arrays), **net.weights)
    return made if isinstance(made, tuple) else (made,)


# --- the values ---


@given(nets(), st.sampled_from([(), (1,), (5,), (2, 3)]))
def test_a_net_computes_its_products_of_powers(net: Net, batch: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    inputs = [np.reshape(x[rng.integers(5, size=math.prod(batch))], (*batch, x.shape[-1])) for x in net.inputs]
    expected = reference.run(net.diagram, inputs, net.weights)
    for y, z in zip(outputs(net, inputs), expected, strict=True):
        assert y.shape == z.shape
        np.testing.assert_allclose(y, z, rtol=1e-11, atol=1e-12)


@given(nets())
def test_a_batch_is_its_rows(net: Net) -> None:
    whole = outputs(net)
    for i in range(5):
        for y, z in zip(whole, outputs(net, [x[i] for x in net.inputs]), strict=True):
            np.testing.assert_allclose(y[i], z, rtol=1e-12, atol=1e-13)


@given(nets())
def test_single_precision_stays_single(net: Net) -> None:
    weights = {n: a.astype("float32") for n, a in net.weights.items()}
    single = outputs(net._replace(weights=weights), [x.astype("float32") for x in net.inputs])
    for y, z in zip(single, outputs(net), strict=True):
        assert y.dtype == np.float32
        np.testing.assert_allclose(y, z, rtol=0.02, atol=0.02)


def test_products_blocks_and_sums_of_terms_run_as_they_are() -> None:
    rng = np.random.default_rng(1)
    a, b, v, w = Weight("A", 2, 2), Weight("B", 2, 2), Vector("v", 2), Vector("w", 2)
    weight = row(times(a, b), eye(2), zero(2, 1))
    d = add(weight, plus(apply(a, plus(v, apply(b, w))), w))
    arrays = {n: rng.normal(size=(2, 2)) for n in "AB"} | {n: rng.normal(size=2) for n in "vw"}
    x = rng.normal(size=(4, 5))
    np.testing.assert_allclose(d(x, **arrays), reference.run(d, [x], arrays)[0])


def test_a_multiplicative_layer_is_a_product_of_powers() -> None:
    y = mul("W", 2, 2, bias="b")(np.array([2.0, 3.0]), W=np.array([[1.0, 2.0], [-1.0, 0.0]]), b=np.log([1.0, 4.0]))
    np.testing.assert_allclose(y, [18.0, 2.0])


def test_widths_of_zero_run() -> None:
    np.testing.assert_array_equal(add("W", 0, 2, bias="b")(np.ones((3, 0)), W=np.ones((2, 0)), b=np.ones(2)), np.ones((3, 2)))  # fmt: skip
    np.testing.assert_array_equal(mul("W", 0, 2)(np.ones((3, 0)), W=np.ones((2, 0))), np.ones((3, 2)))
    assert mul("W", 2, 0)(np.ones((3, 2)), W=np.ones((0, 2))).shape == (3, 0)


def test_a_function_runs_on_numbers_and_arrays() -> None:
    assert float(tanh(0.5)) == math.tanh(0.5)
    np.testing.assert_array_equal(exp(np.zeros((2, 0, 3))), np.ones((2, 0, 3)))
    with pytest.raises(IllTyped, match=r"x takes values in \(0, ∞\); entry \(\) is 0.0"):
        ln(0.0)
    with pytest.raises(IllTyped, match=r"entry \(1, 0\) is -1.0"):
        ln(np.array([[1.0], [-1.0]]))


def test_a_chain_of_many_boxes_runs() -> None:
    d = fn(then(*[tanh] * 1000)) >> fn(tanh)
    assert float(d(np.array([0.5]))[0]) > 0
    long = Diagram([Space(1, reals)], [(Map(tanh), (i,)) for i in range(20_000)], [20_000])
    assert long(np.array([0.5])).shape == (1,)


# --- weights beside ---


def test_weights_stand_beside_and_are_never_copied() -> None:
    w = np.eye(2)
    d = add("W", 2, 2)
    held = d(W=w)
    assert held == d
    assert hash(held) == hash(d)
    assert repr(held) == repr(d)
    assert held.weights["W"] is w
    for whole in (held >> tanh, held @ tanh, residual(held), tanh >> held, concat(held, wire(2))):
        assert whole.weights["W"] is w
    w[0, 0] = 5  # trained in place
    np.testing.assert_array_equal(held(np.array([1.0, 1.0])), [5.0, 1.0])
    np.testing.assert_array_equal(held(np.array([1.0, 1.0]), W=np.zeros((2, 2))), [0.0, 0.0])
    assert held.weights["W"] is w
    with pytest.raises(IllTyped, match="two different arrays stand beside the diagram for W"):
        held >> d(W=np.eye(2))
    assert (held >> d(W=w)).weights["W"] is w


def test_an_array_binds_the_sizes_of_its_weight() -> None:
    d = mul("W", "n", "m") >> tanh
    assert d(W=np.ones((2, 3))) == mul("W", 3, 2) >> tanh
    with pytest.raises(IllTyped, match="array has shape"):
        d(W=np.ones(3))


def test_a_constant_is_copied_and_part_of_equality() -> None:
    w = np.eye(2)
    d = add(w)
    w[0, 0] = 7
    np.testing.assert_array_equal(d(np.ones(2)), np.ones(2))
    assert d == add(np.eye(2))
    assert d != add(np.eye(2, dtype="float32"))
    assert d(np.ones(2, dtype="float32")).dtype == np.float32


def test_equal_constants_are_one_and_equal_bytes_of_two_shapes_are_two() -> None:
    twice = add(2 * np.eye(2)) >> add(2 * np.eye(2))
    assert len(twice.weights) == 1
    np.testing.assert_array_equal(twice(np.ones(2)), [4.0, 4.0])
    flat, tall = np.array([[1.0, 2.0]]), np.array([[1.0], [2.0]])
    np.testing.assert_array_equal((add(tall) >> add(flat))(np.ones(1)), [5.0])
    np.testing.assert_array_equal(add(np.array([[2.0]]), np.array([2.0]))(np.ones(1)), [4.0])


def test_values_by_name_make_another_diagram() -> None:
    sigma, a = Function("σ", positive, positive), Scalar("a")
    d = mul("W", 2, 2) >> sigma >> scale(a)
    at = d(σ=exp, a="1/2", W=Weight("V", 2, 2))
    assert at == mul("V", 2, 2) >> exp >> scale("1/2")
    assert d.run(np.ones(2), σ=exp, a=2, W=np.eye(2)) == pytest.approx([2 * math.e] * 2)


def test_coordinates_are_applied_and_undone() -> None:
    d = Diagram([Space(2, reals)], [(Map(Function.atom("negate")), (0,))], [1], in_ports=[Port("x", ln)], out_ports=[Port("y", ln)])  # fmt: skip
    np.testing.assert_allclose(d.run(np.array([2.0, 4.0])), [0.5, 0.25])
    with pytest.raises(IllTyped, match="takes values in"):
        d.run(np.array([-1.0, 1.0]))


# --- refusals ---


def test_what_is_missing_or_wrong_is_named() -> None:
    d = add("W", 2, 3, bias="b") >> Function("σ", reals, reals)
    x, w, b = np.ones(2), np.ones((3, 2)), np.ones(3)
    for values, text in (
        ({"W": w, "σ": tanh}, r"b has no value; give one by name: d\(x, b=...\)"),
        ({"W": w, "b": b}, r"the function σ is a variable; name a function first: d\(σ=tanh\)"),
        ({"W": w.T, "b": b, "σ": tanh}, "W"),
        ({"W": w, "b": np.ones(2), "σ": tanh}, "b"),
        ({"V": w}, "there is no variable V here; there are: W, b, σ"),
        ({"W": tanh}, "W is a weight; Function tanh is none"),
        ({"σ": w}, "σ is a function; ndarray"),
    ):
        with pytest.raises(IllTyped, match=text):
            d(x, **values)
    with pytest.raises(IllTyped, match=r"x is an array \(..., 2\); the array has shape \(3,\)"):
        d(np.ones(3), W=w, b=b, σ=tanh)
    with pytest.raises(IllTyped, match="the diagram has 1 inputs; 2 arrays were given"):
        d(x, x, W=w, b=b, σ=tanh)
    with pytest.raises(IllTyped, match="give the arrays of the inputs"):
        d()


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan])
def test_an_input_outside_its_interval_is_named(value: float) -> None:
    x = np.ones((4, 3))
    x[2, 1] = value
    d = mul("W", 3, 3)(W=np.eye(3))
    with pytest.raises(
        IllTyped, match=r"x takes values in \(0, ∞\); entry \(2, 1\) is .*The theorem says nothing there"
    ):
        d(x)
    with pytest.raises(IllTyped, match=r"pixels takes values in \(0, ∞\)"):
        d.named(["pixels"])(x)
    with pytest.raises(IllTyped, match=r"in \[1, ∞\); entry \(0,\) is 0.5"):
        (wire(1, at_least(1)) >> ln)(np.array([0.5]))


def test_a_value_outside_the_signature_is_refused_with_the_reason() -> None:
    d = fn(Function("σ", positive, positive))
    with pytest.raises(IllTyped, match=r"σ stands for functions from \(0, ∞\) into \(0, ∞\); ln is none of them: ln takes \(0, ∞\) into"):  # fmt: skip
        d(σ=ln)
    with pytest.raises(IllTyped, match="a stands for"):
        fn(scale(Scalar("a", positive)))(a=-1)


# --- torch ---


@pytest.mark.torch
@given(net=nets())
def test_numpy_and_torch_agree(torch: Any, net: Net) -> None:
    weights = {n: torch.tensor(a) for n, a in net.weights.items()}
    made = net.diagram(*map(torch.tensor, net.inputs), **weights)
    for y, z in zip(made if isinstance(made, tuple) else (made,), outputs(net), strict=True):
        assert y.dtype == torch.float64
        np.testing.assert_allclose(y.numpy(), z, rtol=1e-11, atol=1e-12)


@pytest.mark.torch
@given(net=nets(6, outputs=1, inputs=1))
def test_gradients_flow_to_weights_and_inputs(torch: Any, net: Net) -> None:
    """Against a central difference along one random direction in all weights and inputs."""
    from sigmaprime.diagrams import relu

    if any(n.box in (Map(relu),) or "max" in str(n.box) or "softsign" in str(n.box) for n in net.diagram.nodes):
        return  # a kink may lie between the two points
    leaves = {n: torch.tensor(a, requires_grad=True) for n, a in {**net.weights, "x": net.inputs[0]}.items()}
    x, weights = leaves["x"], {n: t for n, t in leaves.items() if n != "x"}
    net.diagram(x, **weights).sum().backward()
    assert all(t.grad is None or bool(torch.isfinite(t.grad).all()) for t in leaves.values())
    rng, h = np.random.default_rng(0), 1e-6
    along = {n: rng.normal(size=t.shape) for n, t in leaves.items()}

    def at(step: float) -> float:
        moved = {n: t.detach().numpy() + step * along[n] for n, t in leaves.items()}
        data = moved.pop("x")
        return float(np.sum(net.diagram(data, **moved)))

    try:
        slope = (at(h) - at(-h)) / (2 * h)
    except IllTyped:
        return  # an input at a closed end of its interval left it
    exact = sum(float((t.grad * torch.tensor(along[n])).sum()) for n, t in leaves.items() if t.grad is not None)
    assert slope == pytest.approx(exact, rel=1e-4, abs=1e-4)


@pytest.mark.torch
def test_parameters_train_in_place(torch: Any) -> None:
    w = torch.nn.Parameter(torch.eye(2))
    d = (mul("W", 2, 2) >> exp)(W=w)
    assert d.weights["W"] is w
    d(torch.ones(2)).sum().backward()
    assert w.grad is not None
    with torch.no_grad():
        w.zero_()
    np.testing.assert_allclose(d(torch.ones(2)).detach().numpy(), [math.e, math.e], rtol=1e-6)


@pytest.mark.torch
def test_mixed_libraries_and_types_are_refused(torch: Any) -> None:
    d = add("W", 2, 2)
    with pytest.raises(IllTyped, match="inputs and weights must come from one array library"):
        d(torch.ones(2), W=np.eye(2))
    with pytest.raises(IllTyped, match=r"W has type torch\.float64, the data torch\.float32; convert one of them"):
        d(torch.ones(2), W=torch.eye(2, dtype=torch.float64))


@pytest.mark.torch
def test_constants_run_with_any_library(torch: Any) -> None:
    d = add(np.array([[1.0, 2.0]]), np.array([1.0])) >> sigmoid
    y = d(torch.ones(2))
    assert y.dtype == torch.float32
    np.testing.assert_allclose(y.numpy(), d(np.ones(2)), rtol=1e-6)


def test_a_mixed_layer_runs_in_its_chart() -> None:
    x, w = np.array([0.5, -1.0]), np.array([[1.0, 2.0]])
    np.testing.assert_allclose(mix(sinh, "W", 2, 1)(x, W=w), np.sinh(w @ np.arcsinh(x)))
