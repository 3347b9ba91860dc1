"""Ways in which a false equation could come about: each is refused, or comes out true."""

from __future__ import annotations

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Interval,
    Refused,
    Size,
    Weight,
    add,
    exp,
    fn,
    ln,
    log_expm1,
    mul,
    negate,
    negative,
    positive,
    reals,
    relu,
    sinh,
    softplus,
    square,
    tanh,
    then,
    unit,
    wire,
    zero,
)  # fmt: skip
from sigmaprime.diagrams.function import _defined
from sigmaprime.rewrite import cancel, mult_add, share, slice_concat
from sigmaprime.rewrite.kernel import instantiate, refl, seq


def test_what_is_known_of_one_wire_is_not_known_of_another() -> None:
    u, p = cancel(f=softplus, g=log_expm1, on=unit), cancel(f=softplus, g=log_expm1, on=positive)
    e = (u @ p) >> ((wire(unit) >> ln) @ fn(ln))
    assert e.outputs[1] is reals
    with pytest.raises(Refused, match="the second equation holds on"):
        e >> (wire(negative) @ cancel(f=then(negate, relu), on=negative))


def test_a_bare_left_side_has_one_input() -> None:
    d = wire(3) @ mul("W", 3, 3)
    with pytest.raises(Refused, match="does not read input 0"):
        d.rewrite(mult_add, ~slice_concat(part=1, parts=2), at=[0, 2])


def test_only_variables_are_instantiated() -> None:
    with pytest.raises(IllTyped):
        instantiate(cancel(f=exp, g=ln), {exp: sinh, ln: tanh})


def test_a_definition_has_no_hidden_variable() -> None:
    s = Function("s", positive, positive)
    with pytest.raises(IllTyped, match="the free variables of its body"):
        _defined("q", reals, 0, then(exp, s, ln))
    with pytest.raises(IllTyped, match="functions from"):
        _defined("q", reals, 1, s, then(exp, s, ln), then(ln, ln))


def test_a_size_that_stands_only_on_the_right_is_named_first() -> None:
    from sigmaprime.rewrite import fuse_add

    step = (refl(add(zero("n", "k")) >> add(zero("m", "n")))).rewrite(fuse_add)
    with pytest.raises(Refused, match="n does not occur on its left side"):
        add(zero(3, 2)).rewrite(~step)


def test_share_looks_at_the_boxes_as_they_are_now() -> None:
    h = mul("W", 2, 2)
    net = h >> fn(ln)
    both = (wire(2, positive) >> net) @ net
    e = both.rewrite(mult_add, cancel, share, at=[2, 1, 2, 3, 3])
    assert e.check().grade.name == "PROVED"


def test_two_variables_of_one_name_do_not_meet() -> None:
    one, other = Function("s", positive, positive), Function("s", reals, reals)
    with pytest.raises(IllTyped, match="two different variables are called s"):
        seq(refl(wire("n", positive) >> one), refl(wire("n", reals) >> other))


@pytest.mark.parametrize("size", [2.5, 3.0, True, None])
def test_a_size_is_a_whole_number(size: object) -> None:
    with pytest.raises(IllTyped):
        Size(size)  # type: ignore[arg-type]
    assert Size(np.int64(3)) is Size(3)  # type: ignore[arg-type]


def test_open_sizes_must_agree_when_run() -> None:
    from sigmaprime.diagrams import diagram

    @diagram(wire("n"), wire("n"))
    def total(x, y):  # type: ignore[no-untyped-def]
        return x + y

    assert total(np.ones(2), np.ones(2)).tolist() == [2, 2]
    with pytest.raises(IllTyped, match="an input is an array"):
        total(np.ones(2), np.ones(3))


def test_equal_constants_are_one() -> None:
    a = np.eye(2)
    e = refl(add(a)) >> add(a.copy())
    assert str(e.lhs).count("#") == 2


def test_an_image_that_is_too_long_to_write_is_not_known() -> None:
    with pytest.raises(IllTyped, match="more than 400 digits"):
        wire(1, Interval("[2, 100000]")) >> Function.atom("power", 1000)
    shifted = wire(1) >> Function.atom("shift", "9" * 350)
    assert str(Weight("W", 2, 2)) + str(shifted)[:1] + str(square) == "Wxx^2"
