"""Bad input gives one clear error: what, where, and what would be right."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Diagram,
    Function,
    IllTyped,
    Interval,
    Map,
    Mix,
    Refused,
    SigmaError,
    Size,
    Space,
    Vector,
    Weight,
    add,
    concat,
    convolution,
    errors,
    exp,
    fn,
    ln,
    load,
    mix,
    mul,
    positive,
    reals,
    relu,
    residual,
    sequence,
    sigmoid,
    square,
    tanh,
    times,
    windows,
    wire,
)
from sigmaprime.diagrams.box import Slice

W = Weight("W", 2, 2)
CASES: list[tuple[Callable[[], Any], str]] = [
    (lambda: sequence(5), "5 is no list of parts; write sequence([f, g])"),  # type: ignore[arg-type]
    (lambda: load(5), "5 is no path: give the name of a file"),  # type: ignore[arg-type]
    (lambda: add("W", 2, 2) >> mul("V", 2, 2), "the wire from add(W) (2 in (-∞, ∞)) carries (-∞, ∞), but mul(V) takes (0, ∞). Put max(x, 1), softplus or exp between them."),
    (lambda: tanh >> ln, "the wire from tanh ((-1, 1)) carries (-1, 1), but ln takes (0, ∞). Put max(x, 1), softplus or exp between them."),
    (lambda: sequence([wire(2), tanh, ln]), "ln takes (0, ∞); the wire may hold anything in (-1, 1). Put max(x, 1), softplus or exp before it, or start from a positive wire. It reads the wire from tanh (2 in (-1, 1))."),
    (lambda: add(W, Vector("b", 2), bias="c"), "a layer has one bias; write add(W, b) or add(W, bias=b)"),
    (lambda: add(np.eye(2), np.ones(2), np.ones(2)), "a layer has one bias"),
    (lambda: relu >> mul("V", 2, 2), "the wire from relu (2 in [0, ∞)) carries [0, ∞), but mul(V) takes (0, ∞). Put max(x, 1), softplus or exp between them."),
    (lambda: add("W", 2, 3) >> add("V", 2, 2), "the wire from add(W) (3 in (-∞, ∞)) has 3 components, but add(V) takes 2"),
    (lambda: add("W", 2, 2) >> (tanh @ tanh), "1 output wires meet 2 inputs; bundle them with concat or split them first"),
    (lambda: sequence([]), "an empty sequence has no wire; start it with wire(size)"),
    (lambda: sequence([tanh, 3]), "3 is no part of a diagram; give a Diagram, a Function or a word such as add, mul, wire"),
    (lambda: concat(), "concat needs at least one wire"),
    (lambda: concat(tanh, "x"), "is no part of a diagram"),
    (lambda: residual(add("W", 2, 3)), "only wires of one size add or multiply; here 2 and 3"),
    (lambda: residual(tanh @ tanh), "output wires meet 1 inputs"),
    (lambda: residual(7), "7 is no part of a diagram"),
    (lambda: fn("tanh"), "'tanh' is no part of a diagram"),  # type: ignore[arg-type]
    (lambda: add("W", 2, 2, 2), "2 is no size"),
    (lambda: add("W", -1, 2), "a wire cannot have -1 components"),
    (lambda: add("W", 1.5, 2), "1.5 is no size; give a number of components, a name, or nothing"),
    (lambda: add("W", True, 2), "True is no size"),
    (lambda: wire(True), "True is no size"),
    (lambda: add(3), "3 is no weight; give a name, a Weight, or an array of two axes"),
    (lambda: add("W", 2, 2, bias=3), "3 is no bias; give a name, a Vector, or an array of one axis"),
    (lambda: add(W, Vector("b", 3)), "add(W, b) has 2 outputs, its bias 3"),
    (lambda: add(np.array([[1.0, np.nan]])), "entry (0, 1) is nan; a weight is an array of finite reals"),
    (lambda: add(np.eye(2) * 1j), "an array of 2 axes and type complex128 is no constant here; give a real array of 2 axes"),
    (lambda: add(np.ones(2)), "an array of 1 axes and type float64 is no constant here; give a real array of 2 axes"),
    (lambda: add(np.array([[True]])), "is no constant here"),
    (lambda: add(np.eye(2), np.array([np.inf, 0])), "entry (0,) is inf"),
    (lambda: mix(square, "W", 2, 2), "x^2 is no chart of all reals"),
    (lambda: mix(Function("g", reals, positive), "W", 2, 2), "g is no chart"),
    (lambda: Function.atom("tan"), "there is no function 'tan' in the catalogue; there are: absolute"),
    (lambda: Function.atom("power"), "power takes one parameter, not 0, as in power(1)"),
    (lambda: Function.atom("exp", 1), "exp takes no parameter, not 1"),
    (lambda: Function.defined("s", add("W", 3, 3)), "'s' cannot be defined by this diagram: mix mixes components; only a chain of maps on one wire defines a function"),
    (lambda: Function.defined("s", wire(3)), "it is a bare wire"),
    (lambda: Function.defined("s", tanh @ tanh), "it has 2 inputs and 2 outputs"),
    (lambda: Diagram([Space(2, reals)], [(Map(tanh), (1,))], [1]), "there is no wire 1 yet: a box reads earlier wires only, here 0 to 0"),
    (lambda: Diagram([Space(2, reals)], [], [-1]), "there is no wire -1"),
    (lambda: Diagram([Space(2, reals)], [], []), "a diagram has at least one output"),
    (lambda: Diagram([Space(2, reals)], [(Map(tanh), (0, 0))], [1]), "Map reads one wire, not 2"),
    (lambda: Diagram([Space(3, reals)], [(Mix(exp, W, Vector.zero(2)), (0,))], [1]), "mul(W) takes 2 components; the wire carries 3. It reads the input 0 (3 in (-∞, ∞))."),
    (lambda: Diagram([Space(3, reals)], [(Slice(Size(2), Size(2)), (0,))], [1]), "a slice of 2 from 2 on does not lie inside 3 components"),
    (lambda: Diagram([Space("n", reals)], [(Slice(Size(0), Size(1)), (0,))], [1]), "does not lie inside n components"),
    (lambda: fn(tanh).named(["x", "y"]), "there are 1 inputs, not 2: name every one"),
    (lambda: fn(tanh).rewrite(), "rewrite needs at least one rule"),
    (lambda: fn(tanh).rewrite(tanh), "tanh is no rule; give an Equation"),
    (lambda: times(W, Weight("V", 3, 3)), "W·V: W has 2 columns, V has 3 rows"),
    (lambda: Size(2) - Size(3), "2 - 3 could be negative"),
    (lambda: Size("n") - Size(3), "n - 3 could be negative"),
    (lambda: Interval("[2, 1]"), "[2, 1] is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "text"), CASES, ids=[t[:40] for _, t in CASES])
def test_bad_input_is_one_clear_error(make: Callable[[], Any], text: str) -> None:
    with pytest.raises(SigmaError) as caught:
        make()
    assert text in str(caught.value)
    assert len(str(caught.value)) < 600
    assert ".." not in str(caught.value).replace("...", "")
    assert caught.value.__cause__ is None


def test_an_error_tells_where() -> None:
    with pytest.raises(IllTyped, match=r"ln takes .* It reads the wire from tanh \(2 in \(-1, 1\)\)\."):
        Diagram([Space(2, reals)], [(Map(sigmoid), (0,)), (Map(tanh), (0,)), (Map(ln), (2,))], [3])


def test_strangers_do_not_compose() -> None:
    for bad in (3, "tanh", None):
        with pytest.raises(TypeError):
            fn(tanh) >> bad
        with pytest.raises(TypeError):
            tanh @ bad


def test_every_error_is_a_sigma_error() -> None:
    kinds = (IllTyped, Refused, errors.BadFile)
    assert all(issubclass(k, SigmaError) and issubclass(k, ValueError) for k in kinds)
    for name, function in inspect.getmembers(errors, inspect.isfunction):
        if name not in ("box_text", "at_box") and not name.startswith("_"):
            assert function.__annotations__["return"] in ("IllTyped", "Refused", "BadFile", "str"), name


def test_a_remembered_refusal_is_a_fresh_exception() -> None:
    caught = []
    for _ in range(2):
        with pytest.raises(IllTyped) as error:
            tanh >> ln
        caught.append(error.value)
    assert caught[0] is not caught[1]
    assert str(caught[0]) == str(caught[1])


@pytest.mark.parametrize("name", ["relu", "abs", "x^2", "softplus⁻¹", "wire", "exp"])
def test_no_function_is_named_as_a_known_one_reads(name: str) -> None:
    with pytest.raises(IllTyped, match="reads as a known function"):
        Function(name, reals, reals)
    with pytest.raises(IllTyped, match="reads as a known function"):
        Function.defined(name, exp >> tanh)


def test_no_weight_is_named_as_the_unit_reads() -> None:
    with pytest.raises(IllTyped, match=r"texts call the matrix eye\(n\) so"):
        add("I", 3, 3)


@pytest.mark.parametrize(
    "make",
    [
        lambda: windows([4, 4], [2, 2], padding=cast(Any, [(), ()])),
        lambda: windows(cast(Any, 3), cast(Any, 2)),
        lambda: convolution(Weight("K", 1, 2), [8], [2], padding=cast(Any, "same")),
    ],
)
def test_what_is_no_geometry_is_one_clear_error(make: Callable[[], Any]) -> None:
    with pytest.raises(IllTyped, match="a convolution has 1 to 3 axes"):
        make()


def test_the_integers_of_numpy_are_numbers_of_a_geometry() -> None:
    assert windows(cast(Any, np.array([4])), [2], stride=cast(Any, np.int64(2))).rows is Size(2)
