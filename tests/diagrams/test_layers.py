"""The usual layers against NumPy and PyTorch, in both readings, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from sigmaprime import diagrams
from sigmaprime.diagrams import (
    Diagram,
    IllTyped,
    Size,
    Vector,
    Weight,
    Wire,
    add,
    at_most,
    batch_norm,
    centred,
    conv,
    diagram,
    each,
    exp,
    inverse,
    ln,
    load,
    log_softmax,
    log_sum_exp,
    maxpool,
    meanpool,
    minpool,
    mix,
    mul,
    normalise,
    ones,
    positive,
    prelu_each,
    reals,
    relu,
    residual,
    save,
    scaling,
    sigmoid,
    sinh,
    softmax,
    softplus,
    sum_of_products,
    swish_each,
    tanh,
    unit,
    unrolled,
    windows,
    wire,
    zero,
)
from tests.diagrams.reference import Array

SHAPES = [(4, -1), ((2, 3, 4), 0), ((2, 3, 4), 1), ((2, 3, 4), -1), ((5,), 0)]


def drawn(*shape: int, seed: int = 0) -> Array:
    return np.asarray(np.random.default_rng(seed).normal(size=shape))


def along(x: Array, shape: Any, axis: int) -> tuple[Array, int]:
    """The array with its axes, and the axis counted from behind."""
    axes = (shape,) if isinstance(shape, int) else shape
    return x.reshape(-1, *axes), (axis % len(axes)) - len(axes)


def flat(x: Array) -> Array:
    return np.asarray(x.reshape(len(x), -1))


# --- along an axis ---


@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_softmax_and_its_kin_are_what_numpy_says(shape: Any, axis: int) -> None:
    x = drawn(5, int(np.prod(shape)))
    t, k = along(x, shape, axis)
    e = np.exp(t)
    soft = e / e.sum(axis=k, keepdims=True)
    assert np.allclose(softmax(shape, axis)(x), flat(soft), rtol=1e-12)
    assert np.allclose(log_softmax(shape, axis)(x), flat(np.log(soft)), rtol=1e-12)
    assert np.allclose(log_sum_exp(shape, axis)(x), flat(np.log(e.sum(axis=k))), rtol=1e-12)
    assert np.allclose(normalise(shape, axis)(np.exp(x)), flat(soft), rtol=1e-12)
    assert np.allclose(centred(shape, axis)(x), flat(t - t.mean(axis=k, keepdims=True)), atol=1e-12)
    divided = flat(np.exp(t - t.mean(axis=k, keepdims=True)))
    assert np.allclose(centred(shape, axis, chart=exp)(np.exp(x)), divided, rtol=1e-12)


def test_softmax_neither_overflows_nor_divides_zero_by_zero() -> None:
    x = np.array([[1e4, 0.0, 1e4], [-1e4, -1e4, -1e4]])
    assert np.allclose(softmax(3)(x), [[0.5, 0, 0.5], [1 / 3] * 3])


def test_softmax_of_one_component_is_one() -> None:
    assert softmax(1)(np.array([[3.0], [-700.0]])).tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_softmax_gives_positive_wires_so_multiplication_may_follow(shape: Any, axis: int) -> None:
    net = softmax(shape, axis) >> mul("W", int(np.prod(shape)), 2)
    assert net.inputs[0].interval is reals
    assert net.output_spaces[0].interval is positive


def test_softmax_of_any_size_is_for_one_component_at_least() -> None:
    n = Size("n") + Size(1)
    assert softmax(n).output_spaces[0].size is n
    for word in (softmax, log_softmax, normalise, log_sum_exp):
        with pytest.raises(IllTyped, match="n components may be empty"):
            word("n")
        with pytest.raises(IllTyped, match="0 components may be empty"):
            word(0)
    with pytest.raises(IllTyped, match="no axis 3: the shape has 2"):
        softmax((2, 3), axis=3)
    with pytest.raises(IllTyped, match="a mean"):
        centred(n)


# --- images ---

IMAGES = [
    ([7], 3, {"stride": 2}),
    ([7], 2, {"padding": 1, "dilation": 2, "groups": 2}),
    ([5, 6], (3, 2), {"padding": (1, 0), "stride": (2, 1)}),
    ([5, 6], 3, {"padding": 1, "groups": 2}),
    ([4, 3, 5], (2, 1, 3), {"padding": (1, 0, 2), "dilation": (1, 1, 2)}),
]


@pytest.mark.torch
@pytest.mark.parametrize(("sizes", "kernel", "options"), IMAGES)
def test_a_convolution_is_that_of_torch_and_in_the_other_reading_it_multiplies_powers(
    torch: Any, sizes: list[int], kernel: Any, options: dict[str, Any]
) -> None:
    theirs = getattr(torch.nn, f"Conv{len(sizes)}d")(2, 4, kernel, **options).double()
    K, b = (p.detach().numpy() for p in (theirs.weight, theirs.bias))
    given = {"K": K.reshape(4, -1), "b": b}
    x = drawn(3, 2, *sizes)
    wanted = flat(theirs(torch.tensor(x)).detach().numpy())
    assert np.allclose(conv("K", 2, 4, sizes, kernel, bias="b", **options)(flat(x), **given), wanted, atol=1e-12)
    # padding that is 0 there is 1 here: the very same numbers as logarithms
    product = conv("K", 2, 4, sizes, kernel, bias="b", chart=exp, **options)(flat(np.exp(x)), **given)
    assert np.allclose(np.log(product), wanted, atol=1e-12)


@pytest.mark.torch
@pytest.mark.parametrize("padding", [0, 1])
def test_pools_are_those_of_torch(torch: Any, padding: int) -> None:
    x = drawn(3, 2, 6, 5)
    t = torch.tensor(x)
    S = windows([6, 5], [3, 2], channels=2, stride=[2, 1], padding=padding)
    f, options = torch.nn.functional, {"kernel_size": (3, 2), "stride": (2, 1), "padding": padding}
    assert np.allclose(maxpool(S)(flat(x)), flat(f.max_pool2d(t, **options).numpy()))
    assert np.allclose(minpool(S)(flat(x)), -flat(f.max_pool2d(-t, **options).numpy()))
    mean = flat(f.avg_pool2d(t, **options).numpy())
    assert np.allclose(meanpool(S)(flat(x)), mean)
    assert np.allclose(np.log(meanpool(S, chart=exp)(np.exp(flat(x)))), mean)


def test_padding_is_in_no_window_so_it_is_minus_infinity_in_both_readings() -> None:
    x = -1 - np.abs(drawn(4, 6))
    S = windows([6], [3], padding=1)
    assert maxpool(S)(x).max() <= -1  # 0 would show
    assert np.allclose(maxpool(S)(np.exp(x)), np.exp(maxpool(S)(x)))


def test_a_mean_of_full_windows_keeps_the_interval() -> None:
    net = wire(4, at_most(-1)) >> meanpool(windows([4], [2]))
    assert net.output_spaces[0].interval is at_most(-1)


@pytest.mark.torch
def test_batch_norm_in_evaluation_mode_is_that_of_torch(torch: Any) -> None:
    theirs = torch.nn.BatchNorm1d(3).double().eval()
    with torch.no_grad():
        for p, value in zip((theirs.weight, theirs.bias, theirs.running_mean), drawn(3, 3, seed=1), strict=True):
            p.copy_(torch.tensor(value))
        theirs.running_var.copy_(torch.tensor([0.5, 1.0, 2.0]))
        v = theirs.weight / (theirs.running_var + theirs.eps).sqrt()
        b = theirs.bias - theirs.running_mean * v
    x = drawn(4, 3, 5)
    wanted = flat(theirs(torch.tensor(x)).detach().numpy())
    given = {"v": v.numpy(), "b": b.numpy()}
    assert np.allclose(batch_norm("v", "b", 3, places=5)(flat(x), **given), wanted)
    assert np.allclose(np.log(batch_norm("v", "b", 3, places=5, chart=exp)(np.exp(flat(x)), **given)), wanted)
    assert np.allclose(batch_norm("v", "b", 3)(x[:, :, 0], **given), wanted.reshape(4, 3, 5)[:, :, 0])


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: conv("K", 3, 4, [5], 2, groups=2), "do not fall into 2 groups"),
        (lambda: conv("K", 1, 1, [2], 3), "the output would be empty"),
        (lambda: maxpool(windows([2], [2], stride=2, padding=3)), "every window needs a component"),
        (lambda: meanpool(Weight("W", 2, 2)), "no windows of one known count"),
        (lambda: meanpool(3), "is no weight"),  # type: ignore[arg-type]
        (lambda: swish_each("b", 2, chart=sinh), "two readings"),
        (lambda: each(), "an empty sequence"),
        (lambda: each(ln, inverse(ln, on=unit)), "no number lies in the domains"),
        (lambda: sum_of_products([], 2, 2), "at least one term"),
        (lambda: sum_of_products(["A", "B"], 2, 2, factors=["u"]), "2 terms, 1 factors"),
        (lambda: unrolled(add("W", 2, 3), 2), "3 components, but .* takes 2"),
        (lambda: unrolled(add("W", 2, 2), 0), "1 or more, not 0"),
        (lambda: unrolled(add("W", 2, 2), 2, states=2), "2 of 1 inputs and 1 outputs"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(make: Any, why: str) -> None:
    with pytest.raises(IllTyped, match=why):
        make()


# --- components ---


def test_each_component_has_its_own_function() -> None:
    x = drawn(5, 3)
    y = each(relu, tanh, softplus)(x)
    assert np.allclose(y, np.stack([np.maximum(x[:, 0], 0), np.tanh(x[:, 1]), np.logaddexp(0, x[:, 2])], axis=1))
    z = each(relu, tanh, places=2)(drawn(5, 4))
    assert np.allclose(z[:, 2:], np.tanh(drawn(5, 4)[:, 2:]))
    assert each(relu, ln).inputs[0].interval is positive


@pytest.mark.torch
def test_prelu_has_a_slope_for_every_channel(torch: Any) -> None:
    x, slopes = drawn(5, 3, 4), [0.25, 2.0, 0.5]
    wanted = torch.nn.functional.prelu(torch.tensor(x), torch.tensor(slopes, dtype=torch.float64))
    net = prelu_each("a", 3, places=4)(**{f"a{i}": a for i, a in enumerate(slopes)})
    assert np.allclose(net(flat(x)), flat(wanted.numpy()))


def test_swish_has_a_beta_for_every_component_in_both_spellings() -> None:
    x, beta = np.abs(drawn(5, 3)), np.array([0.5, 1.0, 3.0])
    wanted = x / (1 + np.exp(-beta * x))
    assert np.allclose(swish_each("B", 3)(x, B=beta), wanted)
    assert np.allclose(swish_each("b", 3, chart=exp)(x, b=np.log(beta)), wanted)


# --- sums of products ---


def test_a_sum_of_products_is_a_sum_of_products() -> None:
    x = np.exp(drawn(6, 3))
    A, B = drawn(2, 3, seed=1), drawn(2, 3, seed=2)
    u, v = np.array([1.0, -2.0]), np.array([-0.5, 3.0])
    one, other = (np.prod(x[:, None, :] ** W, axis=-1) for W in (A, B))
    assert np.allclose(sum_of_products(["A", "B"], 3, 2)(x, A=A, B=B), one + other)
    weighted = sum_of_products(["A", "B"], 3, 2, factors=["u", "v"])
    assert np.allclose(weighted(x, A=A, B=B, u=u, v=v), u * one + v * other)
    single = sum_of_products(["A"], 3, 2, factors=[Vector("u", 2)])
    assert np.allclose(single(x, A=A, u=u), u * one)


def test_only_a_sum_with_positive_factors_is_positive() -> None:
    assert sum_of_products(["A", "B"], 3, 2).output_spaces[0].interval is positive
    scaled = sum_of_products(["A", "B"], 3, 2, factors=[scaling("U", 2), scaling("V", 2)])
    assert scaled.output_spaces[0].interval is positive
    signed = sum_of_products(["A", "B"], 3, 2, factors=["u", "v"])
    assert signed.output_spaces[0].interval is reals
    with pytest.raises(IllTyped, match="ln takes"):
        signed >> ln


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_a_monomial_with_real_exponents_is_one_unit(n: int) -> None:
    x, w = np.exp(drawn(20, n)), drawn(1, n, seed=3)
    assert np.allclose(mul("W", n, 1)(x, W=w)[:, 0], np.prod(x**w, axis=1))


# --- recurrent ---


def gate() -> Diagram:
    @diagram(wire(2, positive), wire(3, positive))
    def cell(h: Wire, x: Wire) -> Any:
        z = sigmoid(mul("U", 2, 2)(h) * mul("W", 3, 2)(x))
        return z * h + softplus(mul("V", 3, 2)(x))

    return cell


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_an_unrolled_cell_is_the_loop(steps: int) -> None:
    cell = gate()
    net = unrolled(cell, steps)
    given = {"U": drawn(2, 2), "W": drawn(2, 3, seed=1), "V": drawn(2, 3, seed=2)}
    xs = [np.exp(drawn(4, 3, seed=t)) for t in range(steps)]
    h = np.ones((4, 2))
    y = net(h, *xs, **given)
    for x in xs:
        h = cell(h, x, **given)
    assert np.array_equal(y, h)
    assert [p.name for p in net.in_ports] == ["h", *(f"x{t + 1}" for t in range(steps))]


def test_a_cell_may_speak_at_every_step_and_hand_on_two_states() -> None:
    @diagram(wire(2), wire(2), wire(2))
    def cell(h: Wire, c: Wire, x: Wire) -> Any:
        c = tanh(add("A", 2, 2)(h) + c + x)
        return tanh(c), c, add("B", 2, 1)(h)

    net = unrolled(cell, 3, states=2)
    assert [s.size.value for s in net.output_spaces] == [1, 1, 1, 2, 2]
    given = {"A": drawn(2, 2), "B": drawn(1, 2)}
    h, c, *xs = (drawn(4, 2, seed=t) for t in range(5))
    outputs = net(h, c, *xs, **given)
    for t, x in enumerate(xs):
        h, c, y = cell(h, c, x, **given)
        assert np.array_equal(outputs[t], y)
    assert np.array_equal(outputs[3], h)


@pytest.mark.torch
def test_a_recurrent_net_of_torch_is_an_unrolled_cell(torch: Any) -> None:
    theirs = torch.nn.RNN(3, 2, batch_first=True).double()
    state = {k: v.detach().numpy() for k, v in theirs.state_dict().items()}

    @diagram(wire(2), wire(3))
    def cell(h: Wire, x: Wire) -> Any:
        return tanh(add("weight_hh_l0", 2, 2, bias="bias_hh_l0")(h) + add("weight_ih_l0", 3, 2, bias="bias_ih_l0")(x))

    x = drawn(4, 5, 3)
    wanted = theirs(torch.tensor(x))[0][:, -1].detach().numpy()
    assert np.allclose(unrolled(cell, 5)(np.zeros((4, 2)), *x.swapaxes(0, 1), **state), wanted)


def test_a_long_row_of_cells_is_no_recursion() -> None:
    net = unrolled(gate(), 3000)
    assert len(net.inputs) == 3001


# --- values ---

NETS = [
    softmax(3),
    softmax((2, 3), axis=0),
    normalise(Size("n") + Size(1)),
    centred((2, 3), chart=exp),
    conv("K", 2, 4, [5, 5], 3, padding=1, bias="b", chart=exp),
    meanpool(windows([4], [2])),
    batch_norm("v", "b", 2, places=3),
    prelu_each("a", 3),
    swish_each("B", 3),
    sum_of_products(["A", "B"], 3, 2, factors=["u", "v"]),
    unrolled(gate(), 2),
    residual(mul("W", 2, 2) >> tanh, chart=exp),
]


@pytest.mark.parametrize("net", NETS, ids=range(len(NETS)))
def test_every_net_is_read_back_from_code_and_from_a_file(net: Diagram, tmp_path: Path) -> None:
    assert eval(repr(net), dict(vars(diagrams))) == net
    save(net, tmp_path / "net.safetensors")
    assert load(tmp_path / "net.safetensors") == net


@pytest.mark.parametrize(
    ("layer", "bias"), [(Weight("W", 2, 2), None), (-ones(1, 2), None), (ones(1, 2), "b"), (zero(2, 2), None)]
)
def test_a_partial_layer_takes_no_signs_and_no_bias(layer: Weight, bias: str | None) -> None:
    with pytest.raises(IllTyped, match="keep positive vectors positive"):
        mix(ln, layer, bias=bias)


@pytest.mark.parametrize(
    "make",
    [lambda: softmax(cast(Any, 3.0)), lambda: softmax((2, 3), axis=cast(Any, "x")), lambda: softmax(cast(Any, None))],
)
def test_what_is_no_shape_is_one_clear_error(make: Any) -> None:
    with pytest.raises(IllTyped, match=r"no shape|no size"):
        make()
