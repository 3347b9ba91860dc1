"""Tactics: what each part does, when it is refused and in which words, and that a measure which does not fall ends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Refused,
    SigmaError,
    add,
    exp,
    fn,
    ln,
    mul,
    negate,
    positive,
    reals,
    relu,
    sequence,
    sigmoid,
    softplus,
    tanh,
    then,
    wire,
)
from sigmaprime.rewrite import (
    BadStrategy,
    Equal,
    Equation,
    absorb,
    attempt,
    boxes,
    cancel,
    companion,
    compose,
    everywhere,
    first,
    fuse,
    fuse_add,
    in_turn,
    layers,
    mult_add,
    once,
    repeat,
    rule,
    share,
    simplify,
    to_additive,
)
from tests.rewrite.theorem import holds

NET = mul("A", 2, 2) >> tanh >> mul("B", 2, 2)
THREE = mul("A", 2, 2) >> mul("B", 2, 2) >> mul("C", 2, 2)


@rule
def grow():  # type: ignore[no-untyped-def]
    return fn(tanh), tanh >> negate >> negate


# --- the parts ---


def test_everywhere_is_rewrite_and_is_refused_where_nothing_fits() -> None:
    e = everywhere(mult_add, cancel)(THREE)
    assert e.rhs == THREE.rewrite(mult_add, cancel).rhs
    holds(e, "⊢ mul(A) ; mul(B) ; mul(C) = ln ; add(A) ; add(B) ; add(C) ; exp")
    with pytest.raises(Refused) as refusal:
        everywhere(companion, fuse)(NET)
    assert str(refusal.value).splitlines() == [
        "companion: it fits nowhere: no box is ln",
        "fuse: it fits nowhere; closest is wire 1: wire 1 is mul(A); it reads wire 0 (input 0). No instance of fuse(g=..) has this shape: "
        "mix(g, W1, b1) ; mix(g, W2, b2) = mix(g, W2·W1, W2·b1 + b2)",
        "in mul(A) ; tanh ; mul(B)",
    ]
    with pytest.raises(Refused, match="share: it fits nowhere"):
        everywhere(share)(NET)


def test_once_makes_one_step_at_the_first_wire() -> None:
    e = once(mult_add)(NET)
    assert [s.node for s in e.steps] == [1]
    holds(e, "⊢ mul(A) ; tanh ; mul(B) = ln ; add(A) ; exp ; tanh ; mul(B)")
    with pytest.raises(
        Refused, match=r"cancel\(f=exp.*\): it fits nowhere; closest is wire 3: wire 2 is tanh, the rule wants exp\nin"
    ):
        once(cancel(f=exp))(exp >> tanh >> ln)  # fmt: skip
    with pytest.raises(Refused, match=r"share has no one place; .* everywhere\(share\)"):
        once(share)


def test_a_tactic_goes_on_from_an_equation() -> None:
    holds(everywhere(cancel)(exp >> mult_add >> ln), "⊢ exp ; mul(W, b) ; ln = add(W, b)")


def test_in_turn_goes_on_from_what_was_made_and_says_which_part_is_refused() -> None:
    holds(in_turn(mult_add, cancel, fuse_add)(THREE), "⊢ mul(A) ; mul(B) ; mul(C) = ln ; add(C·B·A) ; exp")
    holds(in_turn(to_additive, absorb)(NET), "⊢ exp ; mul(A) ; tanh ; mul(B) ; ln = add(A) ; tanh' ; add(B)")
    with pytest.raises(Refused) as refusal:
        in_turn(mult_add, in_turn(once(cancel), fuse))(NET)
    assert str(refusal.value).startswith(
        "in_turn(everywhere(mult_add), in_turn(once(cancel), everywhere(fuse))): part 2, in_turn(once(cancel), everywhere(fuse)), "
        "is refused: in_turn(once(cancel), everywhere(fuse)): part 1, once(cancel), is refused: cancel: it fits nowhere"
    )
    assert str(refusal.value).endswith("in ln ; add(A) ; exp ; tanh ; ln ; add(B) ; exp")


def test_first_takes_the_first_that_is_not_refused() -> None:
    assert first(companion, mult_add, cancel)(NET).rhs == NET.rewrite(mult_add).rhs
    with pytest.raises(Refused, match=r"every part is refused:\neverywhere\(companion\): .*\n.*\nonce\(fuse\): "):
        first(companion, once(fuse))(NET)


def test_attempt_is_never_refused() -> None:
    assert attempt(companion)(NET).rhs == NET
    assert attempt(mult_add)(NET).rhs == NET.rewrite(mult_add).rhs


def test_a_function_that_changes_nothing_is_refused() -> None:
    with pytest.raises(Refused, match=r"simplify changes nothing in mul\(A\) ; tanh ; mul\(B\)"):
        in_turn(simplify)(NET)
    holds(in_turn(attempt(simplify), to_additive)(NET), "⊢ mul(A) ; tanh ; mul(B) = ln ; add(A) ; tanh' ; add(B) ; exp")


def test_hypotheses_are_given_to_the_rules() -> None:
    s = Function("s", reals, reals)
    fact = Equal(then(s, relu), s, reals)

    @rule(given=fact)
    def idle(s=s):  # type: ignore[no-untyped-def]
        return s >> relu, fn(s)

    net = wire(2) >> s >> relu >> s >> relu
    assert once(idle, given=fact)(net).hypotheses == (fact,)
    assert len(everywhere(idle, given=[fact])(net).steps) == 2
    with pytest.raises(Refused, match=r"it fits if \(relu∘s\) = s on .*; that is not decided"):
        once(idle)(net)
    again = once(idle, given=fact)(net)
    assert once(idle)(again).hypotheses == (fact,)  # the equation's own hypotheses count


# --- again and again ---


def test_repeat_ends_where_its_part_is_refused() -> None:
    e = repeat(once(mult_add), measure=layers(exp))(THREE)
    assert [s.rule for s in e.steps] == ["mult_add"] * 3
    holds(e)
    e = repeat(in_turn(once(mult_add), attempt(cancel)), measure=layers(exp))(THREE)
    holds(e, "⊢ mul(A) ; mul(B) ; mul(C) = ln ; add(A) ; add(B) ; add(C) ; exp")
    fused = repeat(first(once(fuse), once(cancel)))(THREE >> ln >> exp)
    holds(fused, "⊢ mul(A) ; mul(B) ; mul(C) ; ln ; exp = mul(C·B·A)")
    with pytest.raises(Refused, match="companion: it fits nowhere"):
        repeat(companion)(NET)


@pytest.mark.parametrize("around", [lambda t: t, attempt, lambda t: first(t, mult_add), lambda t: in_turn(t, mult_add)])
def test_a_measure_that_does_not_fall_shows_both_diagrams(around: Callable[[Any], Any]) -> None:
    with pytest.raises(BadStrategy) as error:
        around(repeat(once(grow), measure=len))(wire(2) >> tanh >> exp)
    assert str(error.value) == (
        "repeat(once(grow), measure=len): the measure must fall with each round; it is 2 and then 4, from\n"
        "tanh ; exp\nto\ntanh ; negate ; negate ; exp"
    )


@pytest.mark.parametrize("around", [attempt, lambda t: first(t, mult_add), lambda t: repeat(t, measure=len)])
def test_rules_that_undo_each_other_are_no_refusal_to_pass_over(around: Callable[[Any], Any]) -> None:
    with pytest.raises(BadStrategy, match="no end after 1200 steps"):
        around(everywhere(grow))(wire(2) >> tanh)


def sigmoids(d: Diagram) -> tuple[int, int]:
    return sum(str(n.box) == "sigmoid" for n in d.nodes), len(d)


def test_a_measure_may_be_a_users_own_and_a_tuple_falls_like_a_word() -> None:
    @rule
    def log_sigmoid():  # type: ignore[no-untyped-def]
        return sigmoid >> ln, negate >> softplus >> negate

    e = repeat(once(log_sigmoid), measure=sigmoids)(wire(1) >> sigmoid >> ln >> sigmoid >> ln)
    assert len(e.steps) == 2
    assert sigmoids(e.rhs) == (0, 6)
    holds(e)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (lambda d: 0.5, "gives 0.5; it is a whole number from 0 on, or a tuple of such"),
        (lambda d: -len(d), "gives -3"),
        (lambda d: (1, "two"), r"gives \(1, 'two'\)"),
        (lambda d: None, "gives None"),
    ],
)
def test_a_measure_is_a_whole_number(measure: Any, said: str) -> None:
    with pytest.raises(BadStrategy, match=said):
        attempt(repeat(once(mult_add), measure=measure))(NET)
    with pytest.raises(Refused, match="measure=5 is no measure"):
        repeat(once(mult_add), measure=5)  # type: ignore[arg-type]


def test_measures_count() -> None:
    net = mul("A", 2, 2) >> then(tanh, exp) >> add("B", 2, 2)
    assert (boxes(net), layers()(net), layers(exp)(net)) == ((3, 2), 2, 1)


# --- what is no tactic ---


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (in_turn, "a tactic of nothing: name its parts"),
        (everywhere, "rewrite needs at least one rule"),
        (lambda: in_turn(5), "5 is no tactic: take a rule"),
        (lambda: first(tanh), "tanh is no tactic"),
        (lambda: attempt(NET), "is no tactic"),
        (lambda: everywhere(tanh), "tanh"),
        (lambda: everywhere(cancel)(5), "5 is no part of a diagram"),
        (lambda: attempt(lambda e: 5)(NET), "<lambda> gives 5; a part of a tactic gives an equation"),
    ],
)
def test_what_is_no_part_is_named(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(SigmaError, match=said):
        make()


def test_a_tactic_is_written_as_it_is_made() -> None:
    tactic = repeat(in_turn(once(mult_add), attempt(simplify)), measure=layers(exp))
    assert repr(tactic) == "repeat(in_turn(once(mult_add), attempt(simplify)), measure=layers(exp))"


def test_a_long_net_is_rewritten_round_by_round() -> None:
    net = sequence([wire(2, positive), *(box for i in range(40) for box in (mul(f"W{i}", 2, 2), tanh))])
    e: Equation = repeat(once(mult_add), measure=layers(exp))(net)
    assert len(e.steps) == 40
    assert e.rhs == net.rewrite(mult_add).rhs
    assert attempt(compose)(e).rhs == e.rewrite(compose).rhs


def test_a_part_that_tells_of_another_net_is_refused() -> None:
    other = in_turn(lambda e: to_additive(mul("Z", 2, 2)))
    with pytest.raises(BadStrategy, match=r"gives an equation about another net: mul\(Z\), not mul\(A\)"):
        other(mul("A", 2, 2))
