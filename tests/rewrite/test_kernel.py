"""Every maker: its law, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Diagram,
    Function,
    IllTyped,
    Map,
    Refused,
    Scalar,
    Size,
    Space,
    Vector,
    Weight,
    add,
    at_least,
    exp,
    fn,
    ln,
    mul,
    nonnegative,
    positive,
    reals,
    relu,
    scale,
    shift,
    sigmoid,
    sinh,
    softplus,
    square,
    tanh,
    then,
    unit,
    wire,
    zero,
)
from sigmaprime.rewrite import (
    Equal,
    Equation,
    Grade,
    cancel,
    companion,
    compose,
    define,
    fuse_add,
    map_equal,
    map_slice,
    mult_add,
    rule,
)
from sigmaprime.rewrite.kernel import axiom, instantiate, par, refl, seq, sym, trans, unfold
from tests.rewrite.theorem import holds, sigma

real = Function("s", reals, reals)
FACT = Equal(then(real, relu), real, reals)
UNSURE = map_equal(f=then(real, relu), g=real, on=reals, given=(FACT,))


def sides(e: Equation) -> tuple[Diagram, Diagram]:
    return e.lhs, e.rhs


def test_refl_a_diagram_equals_itself() -> None:
    d = mul("W", 2, 3) >> sigma >> ln
    e = refl(d)
    assert sides(e) == (d, d)
    assert e.steps == []
    assert e.frames() == [d]
    assert e.axioms == ()
    assert e.grade is Grade.PROVED
    holds(e)


def test_refl_refuses_what_does_not_type() -> None:
    @rule
    def doubled():  # type: ignore[no-untyped-def]
        return wire(2, positive) >> square, mul(2 * np.eye(2))

    thm = (wire(2, at_least(1)) >> square >> ln >> relu).rewrite(doubled)
    loose = (wire(2, at_least(1)) >> square >> ln >> fn(scale(1)) >> Function.atom("power", "1/2")).rewrite(doubled)
    assert refl(thm.rhs).rhs == thm.rhs
    with pytest.raises(IllTyped, match=r"only as part of its equation.*thm\.rewrite"):
        refl(loose.rhs)


def test_sym_turns_an_equation_round() -> None:
    e = sym(mult_add)
    holds(e, "⊢ ln ; add(W, b) ; exp = mul(W, b)")
    assert sides(~e) == sides(mult_add)
    assert (~mult_add).label == "~mult_add"
    assert (~~mult_add).label == "mult_add"
    assert (~companion).frames() == companion.frames()[::-1]
    assert [s.rule for s in (~companion).steps] == [f"~{s.rule}" for s in reversed(companion.steps)]
    assert sym(UNSURE).hypotheses == (FACT,)


def test_trans_joins_two_equations_at_their_middle() -> None:
    e = trans(mult_add, ~mult_add)
    assert e.lhs == e.rhs == mult_add.lhs
    holds(e)
    assert len(e.steps) == 2
    assert len(e.frames()) == 3


def test_trans_takes_the_domain_of_the_first() -> None:
    narrow = refl(wire("n", at_least(1)) >> relu)
    e = trans(narrow, cancel(f=relu, on=nonnegative))
    holds(e, "⊢ relu = wire on [1, ∞)")
    assert e.lhs.inputs[0].interval == at_least(1)


def test_trans_refuses_another_middle_and_a_narrower_second() -> None:
    with pytest.raises(Refused, match=r"the first equation ends in\n.*\nbut the second starts with\n"):
        trans(mult_add, refl(mul("V", 2, 2)))
    wide = refl(wire("n", reals) >> relu)
    with pytest.raises(Refused, match=r"second equation holds on \[0, ∞\) only; the first gives \(-∞, ∞\)"):
        trans(wide, cancel(f=relu, on=nonnegative))


def test_seq_attaches_both_sides() -> None:
    e = seq(refl(wire("n") >> exp), mult_add)
    holds(e, "⊢ exp ; mul(W, b) = exp ; ln ; add(W, b) ; exp")
    assert len(e.steps) == 1
    assert len(e.frames()) == 2


def test_seq_asks_what_is_known_of_the_outputs_not_only_their_typing() -> None:
    known = (wire("n") >> fn(then(real, relu))).rewrite(UNSURE, given=[FACT])
    assert known.outputs == (nonnegative,)
    e = known >> cancel(f=relu, on=nonnegative)
    holds(e, values={"s": softplus})
    assert e.hypotheses == (FACT,)
    with pytest.raises(Refused, match=r"holds on \[0, ∞\) only"):
        seq(refl(wire("n", reals) >> real), cancel(f=relu, on=nonnegative))


def test_seq_refuses_other_widths_and_sizes() -> None:
    with pytest.raises(IllTyped, match="1 output wires meet 2 inputs"):
        seq(refl(fn(exp)), refl(wire(2) @ wire(2)))
    with pytest.raises(IllTyped, match=r"2 components, but .* takes 3"):
        seq(refl(wire(2)), refl(wire(3)))


def test_par_puts_equations_beside_each_other() -> None:
    e = par(mult_add, cancel(f=exp))
    holds(e)
    assert len(e.lhs.inputs) == len(e.outputs) == 2
    assert len(e.steps) == len(mult_add.steps) + len(cancel(f=exp).steps)
    assert len(e.frames()) == len(e.steps) + 1
    assert sides(mult_add @ cancel(f=exp))[1].inputs == e.rhs.inputs


def test_instantiate_is_simultaneous() -> None:
    V, W = Weight("V", 2, 2), Weight("W", 2, 2)
    e = (mul(W) >> mul(V)).rewrite(mult_add)
    swapped = e(V=W, W=V)
    assert swapped.lhs == mul(V) >> mul(W)
    holds(swapped, "⊢ mul(V) ; mul(W) = ln ; add(V) ; exp ; ln ; add(W) ; exp")
    assert sides(swapped) == sides(e({W: V, V: W}))
    assert sides(swapped(V=W, W=V)) == sides(e)


def test_instantiate_binds_sizes_functions_and_numbers() -> None:
    holds(mult_add(m=2, n=3), "⊢ mul(W, b) = ln ; add(W, b) ; exp")
    _, open_ = define("σ'", exp >> sigma >> ln)
    holds(open_(σ=tanh), "⊢ tanh' = exp ; tanh ; ln")
    holds(open_({sigma: sigmoid}), "⊢ sigmoid' = exp ; sigmoid ; ln")
    a = Scalar("a", positive)

    @rule
    def shifted(a: Scalar = a):  # type: ignore[no-untyped-def]
        return fn(scale(a)) >> shift(0), fn(scale(a))

    holds(shifted(a="1/2"))
    with pytest.raises(IllTyped, match=r"-1 is none of them: it does not lie in \(0, ∞\)"):
        shifted(a=-1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"W": tanh}, "W is a weight; Function tanh is none"),
        ({"Q": tanh}, "no variable Q here; there are: W, b, m, n"),
        ({"W": np.zeros(3)}, "W is m × n; the array has shape"),
        ({"W": Weight("V", 2, 2), "b": Vector("c", 3)}, "the values of W, b do not fit together: one size is both"),
    ],
)
def test_instantiate_refuses_other_sorts_names_and_shapes(values: dict[str, Any], message: str) -> None:
    with pytest.raises(IllTyped, match=message):
        mult_add(**values)


def test_instantiate_by_the_maker_itself_checks_shapes_and_sorts() -> None:
    W, b = Weight("W", "m", "n"), Vector("b", "m")
    with pytest.raises(IllTyped, match="W is m × n; the array has shape 2 × 2"):
        instantiate(mult_add, {W: Weight("V", 2, 2)})
    with pytest.raises(IllTyped, match="b is a vector; Weight"):
        instantiate(mult_add, {b: W})
    with pytest.raises(IllTyped, match="two different variables are called V"):
        instantiate(refl(mul(W, b) >> add("V", "m", "m")), {W: Weight("V", "m", "n")})


def test_a_function_satisfies_the_declared_signature_not_only_the_wire() -> None:
    thm = refl(wire("n", unit) >> sigma)
    with pytest.raises(IllTyped, match=r"σ stands for functions from \(0, ∞\) into \(0, ∞\); .* takes \(0, ∞\) into"):
        thm({sigma: then(ln, sinh)})
    with pytest.raises(IllTyped, match=r"logit is none of them: logit takes \(0, 1\)"):
        thm({sigma: Function.atom("logit")})


def test_a_hypothesis_is_dropped_when_it_is_decided() -> None:
    assert UNSURE.hypotheses == (FACT,)
    assert str(UNSURE) == "(relu∘s) = s on (-∞, ∞) ⊢ relu∘s = s"
    at = UNSURE(s=softplus)
    assert at.hypotheses == ()
    holds(at, "⊢ relu∘softplus = softplus")
    still = UNSURE(s=tanh)
    assert still.hypotheses == (Equal(then(tanh, relu), tanh, reals),)


def test_unfold_opens_a_definition_and_nothing_else() -> None:
    f, open_ = define("σ'", exp >> sigma >> ln)
    holds(open_, "⊢ σ' = exp ; σ ; ln")
    assert sides(unfold(f)) == sides(open_)
    assert len(open_.steps) == 1
    with pytest.raises(Refused, match="tanh is no definition"):
        unfold(tanh)


def test_definitions_of_one_label_and_two_bodies_are_two_functions() -> None:
    one, other = define("s", exp >> tanh), define("s", exp >> sigmoid)
    assert one.function is not other.function
    assert one.function is define("s", exp >> tanh).function


def test_an_axiom_has_one_domain_and_binds_its_right_side() -> None:
    def made(lhs: Diagram, rhs: Diagram) -> Equation:
        return axiom("user:a", {}, lhs, rhs, grade=Grade.ASSUMED, by="a test")

    assert made(wire("n") >> relu, wire("n") >> softplus).grade is Grade.ASSUMED
    with pytest.raises(Refused, match=r"different inputs: .*on the left, n in \[0, ∞\) on the right.*wire"):
        made(wire("n") >> relu, wire("n", nonnegative))
    with pytest.raises(Refused, match="V stands on the right or in a hypothesis, but not on the left"):
        made(add("W", 2, 2), add("V", 2, 2))
    with pytest.raises(Refused, match="outputs of 2 and of 3 components"):
        made(add("W", 2, 2), add("W", 2, 2) >> add(np.ones((3, 2))))
    with pytest.raises(Refused, match=r"would lie in \(1, ∞\) and in \(0, 1\), which do not meet"):
        made(wire("n", positive) >> exp, wire("n", positive) >> tanh)


def test_an_axiom_keeps_its_name_digest_and_grade() -> None:
    @rule
    def lie():  # type: ignore[no-untyped-def]
        return fn(relu), fn(softplus)

    e = (add("V", 2, 2) >> relu >> tanh).rewrite(lie)
    assert e.grade is Grade.ASSUMED
    assert [(a.name, a.grade) for a in e.axioms] == [("user:lie", Grade.ASSUMED)]
    assert len(e.axioms[0].digest) == 64
    assert (e >> tanh).grade is (~e).grade is (e @ ln).grade is Grade.ASSUMED


def test_rewrite_changes_the_right_side_only() -> None:
    e = (exp >> mult_add).rewrite(cancel(f=exp))
    assert e.lhs == (exp >> mult_add).lhs
    holds(e, "⊢ exp ; mul(W, b) = add(W, b) ; exp")


def test_rewrite_needs_rules_and_their_premises() -> None:
    net = add("W", 2, 2) >> tanh
    with pytest.raises(Refused, match="rewrite needs at least one rule"):
        net.rewrite()
    with pytest.raises(Refused, match="tanh is no rule; give an Equation"):
        net.rewrite(tanh)
    with pytest.raises(Refused, match="tanh is no rule"):
        net.rewrite(mult_add, tanh)
    with pytest.raises(IllTyped, match="there is no wire 7"):
        net.rewrite(mult_add, at=7)


def test_a_schema_is_no_theorem() -> None:
    asks: list[Callable[[], Any]] = [
        lambda: compose >> exp,
        lambda: exp >> compose,
        lambda: compose @ exp,
        lambda: compose.then(exp),
    ]
    for ask in asks:
        with pytest.raises(
            Refused, match=r"holds for many functions and intervals; name them: compose\(f=\.\., g=\.\.\)"
        ):
            ask()
    with pytest.raises(Refused, match="unexpected keyword argument 'h'"):
        compose(h=exp)
    with pytest.raises(Refused, match=r"name them: map_equal"):
        fn(exp).rewrite(map_equal)


def test_a_rule_has_one_output_reads_its_inputs_and_binds_its_variables() -> None:
    net = add("W", 2, 2) >> tanh
    with pytest.raises(Refused, match="several outputs; a rule has one"):
        net.rewrite(mult_add @ mult_add)
    unread = Diagram([Space(2, reals), Space(2, reals)], [(Map(tanh), [0])], [2])
    with pytest.raises(Refused, match="left side does not read input 1"):
        net.rewrite(refl(unread))
    W, V = Weight("W", "m", "n"), Weight("V", "m", "m")
    shrunk = axiom("user:zero", {}, add(W) >> add(V), add(zero("m", "n")), grade=Grade.ASSUMED, by="a test")
    with pytest.raises(Refused, match=r"W does not occur on its left side; name it first: rule\(W=\.\.\.\)"):
        net.rewrite(~shrunk)
    with pytest.raises(Refused, match=r"W2·W1 could be split in several ways; name its parts first"):
        net.rewrite(~fuse_add)


def test_equations_with_sizes_that_add_up_instantiate_at_every_split() -> None:
    e = map_slice(f=tanh)
    holds(e)
    for p, q, r in ((0, 2, 1), (1, 0, 0), (0, 0, 0), (2, 2, 2)):
        at = e(p=p, q=q, r=r)
        assert at.lhs.inputs[0].size is Size(p + q + r)
        holds(at)
