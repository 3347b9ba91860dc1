"""Rules of users: what makes one, what is refused and in which words, and what a rule passes on to the theorems that use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Function,
    Refused,
    Scalar,
    SigmaError,
    Size,
    Weight,
    Wire,
    add,
    diagram,
    exp,
    fn,
    ln,
    negate,
    positive,
    reals,
    relu,
    scale,
    sigmoid,
    softplus,
    tanh,
    then,
    wire,
)
from sigmaprime.rewrite import Equal, Grade, cancel, mult_add, rule
from tests.rewrite.theorem import accepted, holds

f, g = Function("f", reals, reals), Function("g", reals, reals)
W, n = Weight("W", "n", "n"), Size("n")
NONNEGATIVE = Equal(then(f, relu), f, reals)
ODD = Equal(then(negate, f), then(f, negate), reals)


@rule(given=[NONNEGATIVE])
def relu_is_idle(f=f):  # type: ignore[no-untyped-def]
    "max(f(x), 0) = f(x) where f has no negative value"
    return f >> relu, fn(f)


# --- what makes no rule ---


def named(body: Callable[..., Any], name: str = "bad") -> Callable[..., Any]:
    def bad(*given: Any) -> Any:
        return body(*given)

    bad.__wrapped__ = body  # type: ignore[attr-defined]  # the signature is the body's
    bad.__name__ = name
    return bad


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (lambda: tanh >> exp, "returns two diagrams, its left and its right side.*here one Diagram"),
        (lambda: (tanh, exp, ln), "here 3 things"),
        (lambda: None, "here one NoneType"),
        (lambda: (5, tanh), r"the left side is 5 \(int\), no diagram"),
        (lambda: (tanh, "x"), r"the right side is 'x' \(str\), no diagram"),
        (lambda: (mult_add, tanh), r"the left side is .*\(Equation\), no diagram"),
        (lambda: (wire(2) >> tanh, wire(3) >> tanh), "different inputs: 2 in .* on the left, 3 in .* on the right"),
        (lambda: (fn(tanh), wire("n", positive) >> tanh), r"\(-∞, ∞\) on the left, n in \(0, ∞\) on the right"),
        (lambda: (fn(tanh) @ tanh, fn(tanh) @ exp), "has several outputs; a rule has one: state one equation for each"),
        (lambda: (wire("n"), wire("n")), "both of its sides are bare wires"),
        (lambda: (fn(tanh), fn(tanh)), "both sides are tanh: that is no rule"),
        (lambda: (tanh >> ln, fn(tanh)), "ln takes"),
        (lambda f=f, g=g: (fn(f), fn(g)), "g stands on the right or in a hypothesis, but not on the left"),
        (lambda W=W: (wire("n") >> tanh, add(W)), "W stands on the right"),
        (lambda W: (fn(tanh), fn(exp)), 'parameter W needs a sort or a declaration, such as W: Weight, or W=Function'),
        (lambda W=5: (fn(tanh), fn(exp)), "the default of W is 5, which declares no variable; write W: Scalar"),
        (lambda W=tanh: (fn(tanh), fn(exp)), "the default of W is .*, which declares no variable"),
        (lambda h=f: (fn(h), h >> negate >> negate), "parameter h declares the variable f: give both one name"),
        (lambda f=f: (fn(tanh), fn(exp)), "parameter f stands on neither side"),
        (lambda n=n: (fn(tanh), fn(exp)), "parameter n stands on neither side"),
        (lambda *f: (fn(tanh), fn(exp)), r"\*f stands for any number of parameters; name each"),
        (lambda **f: (fn(tanh), fn(exp)), r"\*\*f stands for any number of parameters"),
    ],
)  # fmt: skip
def test_what_is_ill_made_is_no_rule(body: Callable[..., Any], said: str) -> None:
    with pytest.raises(SigmaError, match=rf"^bad: .*{said}"):
        rule(named(body))


def test_an_input_that_neither_side_reads_is_no_part_of_a_rule() -> None:
    @diagram(wire("n"), wire("n"))
    def one(x: Wire, y: Wire) -> Wire:
        return tanh(x)

    @diagram(wire("n"), wire("n"))
    def two(x: Wire, y: Wire) -> Wire:
        return tanh(tanh(x))

    @diagram(wire("n"), wire("n"))
    def both(x: Wire, y: Wire) -> Wire:
        return tanh(tanh(x) + y)

    with pytest.raises(Refused, match=r"^bad: .*its left side does not read input 1"):
        rule(named(lambda: (one, two)))
    forgets = rule(named(lambda: (both, one)))  # false, but a rule
    assert forgets.matches(both) == [5]
    with pytest.raises(Refused, match="its left side does not read input 1"):
        (~forgets).matches(one)


def test_a_parameter_is_no_word_of_the_catalogue() -> None:
    def bad(exp: Function) -> Any:
        return fn(exp), exp >> negate

    with pytest.raises(SigmaError, match=r"^bad: 'exp' is no name of a variable.*it is a word of the catalogue"):
        rule(bad)


def test_two_meanings_of_one_name_are_no_rule() -> None:
    def bad(W: Weight) -> Any:
        return add(W) >> tanh >> add(Weight("W", 2, 2)), add(W) >> tanh

    with pytest.raises(SigmaError, match=r"^bad: "):
        rule(bad)


@pytest.mark.parametrize("value", [5, int, lambda: (tanh, exp)])
def test_a_rule_is_a_function_with_a_name(value: Any) -> None:
    with pytest.raises(Refused, match="makes no rule: write @rule before a function with a name"):
        rule(value)


@pytest.mark.parametrize("given", ["odd", [5], 7, [tanh]])
def test_hypotheses_are_facts(given: Any) -> None:
    with pytest.raises(Refused, match=r"^bad: .*Equal"):
        rule(given=given)(named(lambda f=f: (negate >> f, f >> negate)))
    with pytest.raises(Refused, match="Equal"):
        (sigmoid >> relu).rewrite(relu_is_idle, given=given)


def test_a_hypothesis_is_about_variables_of_the_left_side() -> None:
    with pytest.raises(Refused, match=r"^bad: g stands on the right or in a hypothesis, but not on the left"):
        rule(given=Equal(f, g, reals))(named(lambda f=f: (negate >> f, f >> negate)))


# --- grades ---


def test_a_rule_without_an_oracle_is_assumed_and_so_is_all_that_rests_on_it() -> None:
    assert relu_is_idle.grade is Grade.ASSUMED
    thm = (wire(2) >> sigmoid >> relu >> ln >> exp).rewrite(relu_is_idle, cancel)
    assert thm.grade is Grade.ASSUMED
    assert [a.name for a in thm.axioms if a.grade is Grade.ASSUMED] == ["user:relu_is_idle"]
    holds(thm, "⊢ sigmoid ; relu ; ln ; exp = sigmoid")


def test_what_sympy_finds_is_checked_and_what_it_refutes_is_no_rule() -> None:
    @rule(by="sympy")
    def tanh_by_sigmoid():  # type: ignore[no-untyped-def]
        "tanh(x) = 1 - 2·sigmoid(-2x)"
        return fn(tanh) >> exp, scale(-2) >> sigmoid >> scale(-2) >> Function.atom("shift", 1) >> exp

    assert tanh_by_sigmoid.grade is Grade.CHECKED
    thm = (add("W", 2, 2) >> tanh >> exp).rewrite(tanh_by_sigmoid)
    assert thm.grade is Grade.CHECKED
    holds(thm)
    with pytest.raises(Refused, match=r"^bad is not taken: REFUTED: at x = "):
        rule(by="sympy")(named(lambda: (sigmoid >> ln, negate >> softplus)))
    with pytest.raises(Refused, match=r"^bad is not taken: UNKNOWN: "):
        rule(by="sympy")(named(lambda W=W: (add(W) >> negate, add(-W))))


def test_an_oracle_is_named_and_is_not_asked_about_hypotheses() -> None:
    with pytest.raises(Refused, match=r"^bad: by='coq' is unknown; write by="):
        rule(by="coq")(named(lambda: (tanh >> exp, fn(exp))))
    with pytest.raises(Refused, match=r"^bad: by='sympy' decides equations without hypotheses.*or derive it"):
        rule(by="sympy", given=[ODD])(named(lambda f=f: (negate >> f, f >> negate)))


def test_a_rule_named_like_one_of_ours_is_still_the_users() -> None:
    mine = rule(named(lambda: (exp >> ln >> exp, fn(exp)), "mult_add"))
    assert [str(a) for a in mine.axioms] == ["user:mult_add"]
    assert "user:mult_add" in accepted(mine).rests_on[0]


# --- variables and hypotheses ---


def test_annotations_may_be_words() -> None:
    def doubled(W: "Weight", a: "Scalar"):  # type: ignore[no-untyped-def]  # noqa: UP037
        return scale(a) >> add(W), add(W) >> scale(a)

    made = rule(doubled)
    assert [v.name for v in made.lhs.variables] == ["a", "W"]
    holds((scale(3) >> add("V", 4, 2)).rewrite(made), "⊢ 3·x ; add(V) = add(V) ; 3·x")


def test_a_hypothesis_is_dropped_where_the_table_decides_it() -> None:
    at_exp = relu_is_idle(f=exp)
    assert (str(at_exp), at_exp.hypotheses) == ("⊢ exp ; relu = exp", ())
    holds(at_exp)
    assert relu_is_idle(f=tanh).hypotheses == (Equal(then(tanh, relu), tanh, reals),)
    thm = (add("W", 3, 2) >> sigmoid >> relu).rewrite(relu_is_idle)
    assert thm.hypotheses == ()
    holds(thm, "⊢ add(W) ; sigmoid ; relu = add(W) ; sigmoid")


def test_an_undecided_hypothesis_is_needed_and_then_carried() -> None:
    s = Function("s", reals, reals)
    net = wire(2) >> s >> relu
    fact = Equal(then(s, relu), s, reals)
    assert relu_is_idle.matches(net) == []
    assert net.rewrite(relu_is_idle).unused == ("relu_is_idle",)
    thm = net.rewrite(relu_is_idle, given=fact)
    assert thm.hypotheses == (fact,)
    assert accepted(thm).hypotheses
    positive_s = thm(s=softplus)
    assert positive_s.hypotheses == ()
    holds(positive_s, "⊢ softplus ; relu = softplus")


def test_a_conditional_rule_can_be_derived_instead_of_assumed() -> None:
    from sigmaprime.rewrite import compose, map_equal

    e = (negate >> f).rewrite(compose).rewrite(map_equal(f=ODD.first, g=ODD.second, on=reals, given=(ODD,)), given=ODD)
    sign_passes = e.rewrite(~compose(f=f, g=negate)).named("sign_passes")
    assert str(sign_passes) == f"{ODD} ⊢ negate ; f = f ; negate"
    assert sign_passes.grade is Grade.PROVED
    at = Equal(then(negate, tanh), then(tanh, negate), reals)
    thm = (add("W", 2, 2) >> negate >> tanh).rewrite(sign_passes, given=at)
    assert [str(s) for s in thm.steps] == ["sign_passes at wire 3"]
    assert thm.grade is Grade.PROVED
    holds(thm, f"{at} ⊢ add(W) ; negate ; tanh = add(W) ; tanh ; negate")


def test_a_lemma_is_any_equation_and_keeps_the_name_that_it_is_given() -> None:
    lemma = (exp >> mult_add >> ln).rewrite(cancel).named("twice")
    thm = (exp >> Function.atom("identity") >> ln).rewrite(cancel)
    assert lemma.label == "twice"
    assert (~lemma).label == "~twice"
    assert thm.label == ""
    from sigmaprime.diagrams import mul

    net = exp >> mul("V", 2, 2) >> ln >> tanh
    used = net.rewrite(lemma)
    assert [str(s) for s in used.steps] == ["twice at wire 3"]
    np.testing.assert_array_equal(lemma.known[0], lemma.named("x").known[0])
    with pytest.raises(SigmaError, match="is no name"):
        lemma.named("two words")
