"""The adjectives of functions, each proved, refuted or left open."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sigmaprime.diagrams import (
    Function,
    Interval,
    absolute,
    cosh,
    cube,
    elu,
    exp,
    gelu,
    gelu_tanh,
    hardshrink,
    hardswish,
    ln,
    max1,
    mish,
    positive,
    reals,
    relu,
    relu6,
    shift,
    sigmoid,
    silu,
    snake,
    softplus,
    softsign,
    square,
    tanh,
    then,
    threshold,
)
from sigmaprime.rewrite import Grade, describe

PROVED, REFUTED, UNKNOWN = Grade.PROVED, Grade.REFUTED, Grade.UNKNOWN


def test_linear_pieces_are_composed_exactly() -> None:
    pieces = describe(then(relu6, shift(-3), relu))["piecewise linear"].value
    assert [(p.on, p.slope, p.offset) for p in pieces] == [
        (Interval("(-oo, 3]"), 0, 0),
        (Interval("[3, 6]"), 1, -3),
        (Interval("[6, oo)"), 0, 3),
    ]


def test_a_bounded_image_is_a_bounded_function() -> None:
    assert describe(tanh)["bounded"].grade is PROVED
    assert describe(softplus)["bounded"].grade is REFUTED


@pytest.mark.parametrize("f", [exp, tanh, sigmoid, softplus, silu, gelu, cube, cosh], ids=str)
def test_functions_without_joints_are_smooth(f: Function) -> None:
    assert describe(f, reals)["smooth"].grade is PROVED


@pytest.mark.parametrize(
    ("f", "places"),
    [
        (relu, [("kink", 0)]),
        (relu6, [("kink", 0), ("kink", 6)]),
        (elu(2), [("kink", 0)]),
        (hardswish, [("kink", -3), ("kink", 3)]),
        (threshold(1), [("jump", 1)]),
        (hardshrink("1/3"), [("jump", Fraction(-1, 3)), ("jump", Fraction(1, 3))]),
        (then(exp, max1, ln), [("kink", 0)]),
    ],
    ids=str,
)
def test_kinks_and_jumps_are_found_where_they_are(f: Function, places: list[tuple[str, Fraction]]) -> None:
    verdict = describe(f)["smooth"]
    assert verdict.grade is REFUTED
    assert [(j.kind, j.x) for j in verdict.value] == places


@pytest.mark.parametrize(
    ("f", "kind", "left", "right"),
    [(elu(1), "class C^1", 1, 0), (softsign, "class C^1", 2, -2), (then(absolute, cube), "class C^2", -6, 6)],
    ids=str,
)
def test_a_joint_without_a_kink_says_which_derivative_jumps(f: Function, kind: str, left: int, right: int) -> None:
    (joint,) = describe(f)["smooth"].value
    assert (joint.x, joint.kind) == (0, kind)
    assert (float(joint.left.lo), float(joint.right.lo)) == (left, right)


@pytest.mark.parametrize("f", [silu, mish, gelu, gelu_tanh], ids=str)
def test_limits_of_functions_that_turn(f: Function) -> None:
    facts = describe(f)
    assert facts["left limit"].evidence == "0 at -∞"
    assert facts["right limit"].evidence == "∞ at ∞"
    assert facts["bounded"].grade is REFUTED


def test_limits_tell_where_a_function_saturates() -> None:
    facts = describe(then(exp, sigmoid, ln))
    assert abs(float(facts["left limit"].value.lo) + 0.6931471805599453) < 1e-12
    assert describe(tanh)["right limit"].value == 1
    assert describe(softplus)["right limit"].value == float("inf")
    assert describe(tanh, positive)["left limit"].value == 0


@pytest.mark.parametrize(
    ("f", "shown"),
    [
        (tanh, "{0}"),
        (silu, "{0}"),
        (relu, "{(-∞, 0]}"),
        (hardswish, "{0, (-∞, -3]}"),
        (softplus, "∅"),
        (then(square, shift(-4)), "{-2, 2}"),
        (hardshrink(1), "{[-1, 1]}"),
    ],
    ids=str,
)
def test_the_zero_set_is_all_of_it(f: Function, shown: str) -> None:
    verdict = describe(f)["zeros"]
    assert (verdict.grade, str(verdict.value)) == (PROVED, shown)


def test_symmetry_about_a_centre() -> None:
    assert describe(tanh)["symmetric"].value == ("odd", 0, 0)
    assert describe(relu6)["symmetric"].value == ("odd", 3, 3)
    assert describe(then(cube, cosh))["symmetric"].value[:2] == ("even", 0)
    centred = describe(sigmoid, seconds=30)["symmetric"]
    assert (centred.grade, centred.value) == (Grade.CHECKED, ("odd", 0, Fraction(1, 2)))
    for f in (relu, elu(1), silu, softplus):
        assert describe(f)["symmetric"].grade is REFUTED
    assert describe(snake(1))["symmetric"].grade is UNKNOWN  # it is, about an x that is no fraction: π/4
