"""Signed wires: the nonzero reals as a type, and the multiplicative layer on them."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    BadFile,
    Diagram,
    Function,
    IllTyped,
    Interval,
    SigmaError,
    Size,
    Space,
    Vector,
    Weight,
    absolute,
    add,
    asinh,
    concat,
    cube,
    diagram,
    exp,
    eye,
    integer,
    inverted,
    load,
    magnitude,
    mul,
    multiple,
    negate,
    negative,
    nonzero,
    ones,
    parities,
    parity,
    permutation,
    positive,
    power,
    reals,
    relu,
    row,
    save,
    sigmoid,
    sign,
    signs,
    smul,
    tanh,
    then,
    wire,
    zero,
)
from sigmaprime.diagrams.image import image, reduce
from sigmaprime.diagrams.tape import Tape, lowered
from sigmaprime.diagrams.weight import Scalar, constant

Array = Any


def layer(x: Array, W: Array, P: Array, b: Array, c: Array) -> Array:
    """The equation of the layer, as it stands in the book."""
    powers = np.abs(x)[..., None, :] ** W * np.sign(x)[..., None, :] ** (P % 2)
    return np.exp(b) * (-1.0) ** c * np.prod(powers, axis=-1)


def reached(d: Diagram) -> Interval:
    return Space.all[d.types[-1]].interval


# --- the type ---


def test_the_line_without_0_is_a_set_of_halves() -> None:
    assert nonzero.halves == (negative, positive)
    assert nonzero.contains(positive)
    assert nonzero.contains(negative)
    assert reals.contains(nonzero)
    assert not nonzero.contains(reals)
    assert not nonzero.contains(Interval("[0, 1)"))
    assert not nonzero.contains(Interval("[0, 0]"))
    assert nonzero.meet(Interval("[-1, 2]")) is Interval("[-1, 2] - 0")
    assert nonzero.meet(Interval("[0, 2]")) is Interval("(0, 2]")
    assert nonzero.meet(Interval("[0, 0]")) is None
    assert Interval.hull([negative, positive]) is nonzero
    assert Interval.hull([negative, Interval("[0, 1]")]) is Interval("(-oo, 1]")
    assert nonzero.scaled(Fraction(-2)) is nonzero
    assert nonzero.filled is reals
    assert repr(nonzero) == "nonzero"
    assert eval(repr(Interval("(-1, 1) - 0"))) is Interval("(-1, 1) - 0")


@pytest.mark.parametrize(
    "text", ["[0, 1] - 0", "(0, 1) - 0", "(1, 2) - 0", "(-oo, oo) - 1", "(-oo, oo) -0", "(-oo, oo) - "]
)
def test_only_a_0_inside_is_taken_out(text: str) -> None:
    with pytest.raises(IllTyped):
        Interval(text)


@pytest.mark.parametrize(
    ("f", "gives"),
    [
        (tanh, "(-1, 1) - 0"),
        (asinh, "(-oo, oo) - 0"),
        (cube, "(-oo, oo) - 0"),
        (negate, "(-oo, oo) - 0"),
        (absolute, "(0, oo)"),
        (power(2), "(0, oo)"),
        (power("1/3"), "(-oo, oo) - 0"),
        (exp, "(0, oo)"),
        (sigmoid, "(0, 1)"),
        (relu, "[0, oo)"),
    ],
)
def test_an_image_is_that_of_the_halves(f: Function, gives: str) -> None:
    assert image(f, nonzero) is Interval(gives)


def test_a_chain_is_shortened_on_nonzero_wires_as_on_others() -> None:
    assert reduce(then(exp, absolute), nonzero) is exp
    assert reduce(then(negate, negate), nonzero).name == "identity"


def test_a_mean_of_nonzero_values_may_be_0() -> None:
    mean = row(multiple("1/2", 2), multiple("1/2", 2))
    assert reached(wire(4, nonzero) >> add(mean)) is reals
    assert (wire(4, nonzero) >> add(mean))(np.array([1.0, 2.0, -1.0, 3.0]))[0] == 0


def test_wires_of_either_sign_are_bundled_to_a_nonzero_one() -> None:
    assert reached(concat(wire(2, positive), wire(2, negative)) >> smul("W", "P", 4, 1)) is nonzero


# --- the layer ---


def test_the_layer_is_its_equation() -> None:
    rng = np.random.default_rng(1)
    net = smul("W", "P", 3, 2, bias="b", flip="c")
    W, P, b, c = rng.normal(size=(2, 3)), rng.integers(-3, 4, (2, 3)), rng.normal(size=2), np.array([1, -2])
    x = rng.normal(size=(50, 3))
    assert np.allclose(net(x, W=W, P=P, b=b, c=c), layer(x, W, P, b, c), rtol=1e-12)


def test_the_layer_runs_on_torch_with_gradients_of_the_magnitudes() -> None:
    torch = pytest.importorskip("torch")
    W = torch.tensor([[2.0, -1.0]], requires_grad=True)
    net = smul("W", "P", 2, 1)
    y = net(torch.tensor([[-3.0, 2.0]]), W=W, P=torch.tensor([[1, 1]]))
    y.sum().backward()
    assert torch.allclose(y, torch.tensor([[-4.5]]))
    assert torch.allclose(W.grad, torch.tensor([[-4.5 * np.log(3), -4.5 * np.log(2)]], dtype=torch.float32))


def test_the_layer_in_many_digits_agrees() -> None:
    pytest.importorskip("mpmath")
    from sigmaprime.diagrams.precise import precisely

    net = smul(np.array([[1, 3], [2, -1]]))
    values = precisely(net, [np.array([-2.0, 3.0])], net._weights)
    assert np.allclose(np.asarray(values, dtype=float), [-54.0, 4 / 3], rtol=1e-15)


def test_integer_exponents_are_powers() -> None:
    rng = np.random.default_rng(2)
    W = rng.integers(-4, 5, (3, 4))
    x = rng.normal(size=(20, 4))
    assert np.allclose(smul(W)(x), np.prod(x[:, None, :] ** W.astype(float), axis=-1), rtol=1e-12)


@pytest.mark.parametrize(("a", "even"), [("1/3", False), ("2/3", True), ("-3/5", False), ("-4/7", True)])
def test_odd_denominators_are_real_roots(a: str, even: bool) -> None:
    exponent = Fraction(a)
    y = float(smul([[exponent]])(np.array([-2.5]))[0])
    assert np.isclose(abs(y), 2.5 ** float(exponent))
    assert (y > 0) is even
    assert np.isclose(y**exponent.denominator, (-2.5) ** exponent.numerator)


@pytest.mark.parametrize(
    "make",
    [
        lambda: smul([[Fraction(1, 2)]]),
        lambda: smul([[Fraction(3, 4), 1]]),
        lambda: smul(np.array([[1.0]])),
        lambda: smul("W"),
        lambda: smul(Weight("W", 2, 2)),
        lambda: parities([[True]]),
    ],
)
def test_a_parity_is_never_guessed(make: Any) -> None:
    with pytest.raises(IllTyped, match="does not tell its parity"):
        make()


@pytest.mark.parametrize("n", range(1, 11))
def test_the_parity_of_n_signs_is_one_unit(n: int) -> None:
    x = np.array(list(product([1.0, -1.0], repeat=n)))
    unit = smul(ones(1, n))
    assert np.array_equal(unit(x)[:, 0], np.prod(x, axis=1))
    assert np.array_equal(parity(ones(1, n))(x)[:, 0], np.prod(x, axis=1))


def test_signs_are_counted_exactly_through_many_layers() -> None:
    x = np.where(np.arange(64) > 56, -1.0, 1.0)
    P = np.triu(np.ones((64, 64), dtype=int))
    deep = integer("P", 64, 64)
    for _ in range(23):
        deep = deep @ integer("P", 64, 64)
    exact = np.linalg.matrix_power(P.astype(object), 24) @ (x < 0).astype(int).astype(object)
    assert int(max(exact)) > 2**53
    assert np.array_equal(parity(deep)(x, P=P), np.array([(-1.0) ** int(v % 2) for v in exact]))


def test_magnitude_and_sign_are_layers() -> None:
    x = np.array([-2.0, 3.0, -0.5])
    assert np.array_equal(magnitude(3)(x).round(15), np.abs(x))
    assert np.array_equal(sign(3)(x), np.sign(x))
    assert reached(magnitude(3)) is positive
    assert reached(sign(3)) is nonzero


def test_a_deep_nonzero_wires_is_a_signed_layer() -> None:
    @diagram(wire(2, nonzero), wire(2, nonzero))
    def both(x: Any, y: Any) -> Any:
        return x * y

    assert str(both) == "x * y"
    assert np.allclose(both(np.array([-2.0, 3.0]), np.array([5.0, -7.0])), [-10, -21])
    with pytest.raises(IllTyped):
        diagram(wire(2, reals), wire(2, nonzero))(lambda x, y: x * y)


def test_on_positive_wires_and_without_signs_the_output_is_positive() -> None:
    assert reached(wire(2, positive) >> smul("W", "P", 2, 2)) is positive
    assert reached(wire(2, positive) >> smul("W", "P", 2, 2, flip="c")) is nonzero
    assert reached(smul(Weight("W", 2, 2), zero(2, 2), bias="b")) is positive
    assert reached(smul("W", "P", 2, 2)) is nonzero


# --- what is refused ---


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: smul("W", "P", 2, 2) >> relu >> smul("V", "Q", 2, 2), "relu (2 in [0, ∞)) carries [0, ∞), but smul(V, Q) takes (-∞, ∞) - 0. Signed layers"),
        (lambda: add("W", 2, 2) >> smul("V", "Q", 2, 2), "not after relu or an additive layer"),
        (lambda: smul("W", "P", 2, 2) >> mul("V", 2, 2), "On nonzero wires smul is the layer"),
        (lambda: smul("W", Weight("P", 2, 2), 2, 2), "P is not known to have integer entries"),
        (lambda: smul("W", "P", 2, 2, flip=Vector("c", 2)), "c is not known to have integer entries"),
        (lambda: smul("W", multiple("1/2", 2)), "1/2·I is not known to have integer entries"),
        (lambda: smul("W", np.array([[0.5]])), "is not known to have integer entries"),
        (lambda: smul(Weight("W", 2, 3), zero(3, 2)), "another shape"),
        (lambda: smul("W", eye(2), bias=Vector("b", 3)), "another shape"),
        (lambda: inverted(integer("P", 2, 2)), "no inverse of P is known"),
        (lambda: smul("W", "P", 1, 1)(np.array([0.0]), W=np.eye(1), P=np.eye(1)), "entry (0,) is 0.0"),
        (lambda: smul("W", "P", 1, 1)(np.array([1.0]), W=np.eye(1), P=np.array([[0.5]])), "the array for P is no integer"),
        (lambda: smul(eye(1), eye(1), flip="c")(np.array([1.0]), c=np.array([0.5])), "the array for c is no integer"),
        (lambda: lowered(Tape(), smul("W", "P", 1, 1)), "give its array"),
    ],
)  # fmt: skip
def test_what_has_no_sign_is_refused(make: Any, text: str) -> None:
    with pytest.raises(SigmaError) as caught:
        make()
    assert text in str(caught.value)


def test_integer_is_what_adds_and_multiplies_integers() -> None:
    P, Q = integer("P", 2, 2), permutation("Q", 2)
    three, half, two = Scalar.of(3), Scalar.of("1/2"), constant(np.array([[1, 2]]))[0]
    yes = [P, Q, inverted(Q), signs("S", 2), eye(2), zero(2, 3), ones(2, 3), multiple(three, 2), P @ Q, row(P, Q), two]
    no = [
        Weight("W", 2, 2),
        multiple(half, 2),
        P @ Weight("W", 2, 2),
        row(P, Weight("W", 2, 2)),
        constant(np.eye(2))[0],
    ]
    assert [w.integral for w in yes] == [True] * len(yes)
    assert [w.integral for w in no] == [False] * len(no)
    assert Vector.integers("c", 2).integral
    assert not Vector("b", 2).integral


# --- text and files ---


def test_code_evaluates_back_and_a_file_gives_the_net_back(tmp_path: Any) -> None:
    net = smul("W", "P", 3, 2, bias="b", flip="c") >> tanh >> smul(Weight("V", Size(1), Size(2)), ones(1, 2))
    assert str(net) == "smul(W, P, b, flip c) ; tanh ; smul(V, 𝟙)"
    assert eval(repr(net)) == net
    full = net(W=np.ones((2, 3)), P=np.eye(2, 3, dtype=int), b=np.ones(2), c=np.array([1, 0]), V=np.ones((1, 2)))
    save(full, tmp_path / "net.safetensors")
    back = load(tmp_path / "net.safetensors")
    x = np.array([-1.0, 2.0, -3.0])
    assert back == full
    assert np.array_equal(back(x), full(x))


def test_a_file_with_a_broken_layer_is_refused() -> None:
    from sigmaprime.diagrams.files import read_diagram, read_terms

    sizes: list[Any] = [["size", 2, []]]
    terms = [*sizes, ["weight", "W", 0, 0], ["weight", "P", 0, 0], ["zero_vector", 0], ["signed", 1, 2, 3, 3]]
    with pytest.raises(BadFile, match="not known to have integer entries"):
        read_terms(terms)
    with pytest.raises(BadFile, match="is no signed map"):
        read_diagram(
            {"inputs": [[0, "(-oo, oo) - 0"]], "nodes": [["signed", 1, 0]], "outputs": [1]}, read_terms(terms[:2])
        )
