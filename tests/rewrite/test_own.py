"""Own functions in theorems: variables with a signature, so nothing is proved for one formula and used for another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Refused,
    exp,
    fn,
    identity,
    ln,
    max1,
    mul,
    negate,
    positive,
    reals,
    relu,
    softplus,
    tanh,
    then,
    wire,
)
from sigmaprime.diagrams.grammar import parse
from sigmaprime.rewrite import (
    Equal,
    Grade,
    bound,
    image,
    increasing,
    injective,
    load_proof,
    map_equal,
    prove_equal,
    report,
    rule,
    save_proof,
    to_additive,
    undo,
    verify,
)
from sigmaprime.rewrite.errors import SigmaError
from sigmaprime.rewrite.own import checked, evidence


@pytest.fixture
def f() -> Function:
    return Function.from_text("x/(1+x)")


def test_the_conversion_of_a_net_with_an_own_function_is_a_theorem(f: Function, tmp_path: Path) -> None:
    net = mul("W1", 3, 3) >> f >> mul("W2", 3, 3)
    thm = to_additive(net)
    assert thm.grade is Grade.PROVED
    assert thm.check().grade is Grade.PROVED
    save_proof(thm, tmp_path / "proof.json")
    again = load_proof(tmp_path / "proof.json")
    assert (again.lhs, again.rhs) == (thm.lhs, thm.rhs)
    weights = {"W1": np.eye(3) * 0.5, "W2": np.ones((3, 3)) / 3}
    x = np.array([[1e-3, 1.0, 40.0]])
    assert np.allclose(net(x, **weights), thm.rhs(x, **weights), rtol=1e-14)


def test_a_theorem_about_an_own_function_holds_for_every_function_of_its_signature(f: Function) -> None:
    thm = to_additive(mul("W", 2, 2) >> f >> mul("V", 2, 2))
    other = thm(**{f.name: tanh})
    assert "tanh" in str(other)
    assert other.grade is Grade.PROVED


def test_what_is_found_with_a_formula_is_no_equation(f: Function) -> None:
    sides = wire(1, positive) >> f >> ln, wire(1, positive) >> ln >> negate >> softplus >> negate
    verdict = verify(*sides)
    assert verdict.grade is Grade.CHECKED
    assert verdict.equation is None
    with pytest.raises(SigmaError, match="REFUTED"):

        @rule(by="sympy")
        def wrong() -> object:
            "holds for one function, not for all"
            return sides


def test_questions_see_the_formula(f: Function) -> None:
    assert image(f).value is f.signature[1]
    assert increasing(f, strictly=True).grade is Grade.PROVED
    assert injective(Function.from_text("x^2+x")).grade is Grade.REFUTED
    assert prove_equal(f, tanh, positive).grade is Grade.REFUTED
    near = bound(Function.from_text("x-tanh(x)"), identity, "[0, 3]").value
    assert float(near.lo) <= np.tanh(3.0) <= float(near.hi)


def test_undo_holds_under_a_hypothesis_that_is_proved_by_balls(f: Function) -> None:
    e = undo(f)
    fact = Equal(then(f, f.inverse), identity, positive)
    assert e.hypotheses == (fact,)
    assert str(e).endswith(" = wire")
    assert e.check().grade is Grade.PROVED
    assert "balls" in str(evidence(fact))
    assert "(PROVED by balls)" in report(e).hypotheses[0]
    assert [c.grade for c in report(e).facts] == [Grade.PROVED]


def test_the_report_says_what_is_known_of_an_assumed_fact() -> None:
    relu_again, wrong = then(exp, max1, ln), softplus
    for f, word in ((relu_again, "PROVED"), (wrong, "false: at x")):
        fact = Equal(f, relu, reals)
        e = map_equal(f=f, g=relu, given=(fact,))
        assert report(e).hypotheses[0].startswith(f"{fact} (ASSUMED; {word}")
        assert report(e).facts[0].grade is Grade.ASSUMED
    sigma = Function("σ", reals, reals)
    every = Equal(then(relu, sigma), sigma, reals)
    assert "it is about every σ" in report(map_equal(f=every.first, g=sigma, given=(every,))).hypotheses[0]


def test_a_hypothesis_of_the_user_is_assumed_all_the_same() -> None:
    g = Function("g", positive, positive)
    assert evidence(Equal(then(g, g), identity, positive)) is None
    with pytest.raises(SigmaError):
        undo(tanh)


def test_a_signature_that_is_not_true_is_refused() -> None:
    with pytest.raises(IllTyped, match="not known to map"):
        checked("below", positive, positive, parse("x-x^2"))
    with pytest.raises(IllTyped, match="not known to be defined"):
        checked("below", reals, reals, parse("x+ln(x)"))


def test_an_inverse_is_not_taken_for_any_function(f: Function) -> None:
    assert verify(fn(f) >> f.inverse, wire(1, positive)).grade is Grade.UNKNOWN


def test_sympys_wrong_answers_are_not_ours() -> None:
    assert increasing(Function.from_text("x+sin(x)*2"), "[-4, 4]").grade is Grade.REFUTED
    with pytest.raises(Refused, match="no inverse"):
        _ = Function.from_text("min(x+x^3,0)+max(x-1,0)").inverse  # flat between 0 and 1
