"""A report is data: every step, axiom and fact with its grade and evidence; `str` is its text."""

from __future__ import annotations

import json

import pytest

from sigmaprime.diagrams import Function, exp, fn, ln, max1, mul, negate, positive, sigmoid, softplus, softsign, tanh
from sigmaprime.rewrite import Equation, Grade, absorb, fuse, rule, to_additive
from sigmaprime.rewrite.report import nonlinearity, report
from tests.seeds import same

sigma = Function("σ", positive, positive)
net = mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> sigma >> mul("W3", 3, 3)


def log_sigmoid(grade: Grade) -> Equation:
    def log_of_sigmoid() -> object:
        return sigmoid >> ln, negate >> softplus >> negate

    return rule(by="sympy")(log_of_sigmoid) if grade is Grade.CHECKED else rule(log_of_sigmoid)


def test_every_step_has_a_grade_and_says_whether_weights_stay() -> None:
    theorem = to_additive(net)
    rows = theorem.report().steps
    assert [(r.number, r.rule, r.wire) for r in rows] == [(i, s.rule, s.node) for i, s in enumerate(theorem.steps, 1)]
    assert all(r.grade is Grade.PROVED and r.parameter_preserving for r in rows)
    fused = (mul("W", 3, 3) >> mul("V", 3, 3)).rewrite(fuse).report()
    assert [r.parameter_preserving for r in fused.steps] == [False]
    assert not fused.parameter_preserving
    assert "(only function-preserving)" in str(fused)


@pytest.mark.parametrize("grade", [Grade.CHECKED, Grade.ASSUMED])
def test_what_is_not_proved_is_seen_at_its_step_and_at_its_axiom(grade: Grade) -> None:
    found = (mul("W", 2, 2) >> sigmoid >> ln).rewrite(log_sigmoid(grade)).report()
    (step,), (axiom,) = found.steps, found.axioms
    assert found.grade is step.grade is axiom.grade is grade
    assert axiom.by == ("sympy" if grade is Grade.CHECKED else "the user")
    assert ("50 digits" in axiom.evidence) == (grade is Grade.CHECKED)
    assert f"({grade.name})" in str(step)


def test_facts_of_functions_are_listed_with_how_they_are_known() -> None:
    (fact,) = absorb(to_additive(net)).report().facts
    assert (fact.name, fact.grade, fact.by) == ("(ln∘exp) = identity on (-∞, ∞)", Grade.PROVED, "catalogue")


def test_sympy_writes_out_every_composed_nonlinearity_and_checks_the_net() -> None:
    theorem = to_additive(mul("W1", 2, 2) >> softsign >> mul("W2", 2, 2) >> max1 >> mul("W3", 2, 1))
    assert not theorem.report().nonlinearities
    assert not theorem.report().checks
    found = theorem.report(symbolic=True)
    assert [(n.name, n.simplified, n.on, n.grade) for n in found.nonlinearities] == [
        ("softsign'", "x - log(exp(x) + 1)", "(-∞, ∞)", Grade.CHECKED),
        ("max(x, 1)'", "Max(0, x)", "(-∞, ∞)", Grade.CHECKED),
    ]
    assert found.nonlinearities[0].chain == "exp ; softsign ; ln"
    layer, whole = found.checks
    assert layer.grade is whole.grade is Grade.CHECKED
    assert "for every n" in layer.evidence
    assert found.grade is Grade.PROVED  # nothing rests on SymPy


def test_a_wrong_simplification_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from sigmaprime.diagrams import expressions

    monkeypatch.setattr(expressions, "simple", lambda e: e + 1)
    found = nonlinearity(Function.defined("tanh'", exp >> tanh >> ln))
    assert found.grade is Grade.REFUTED


def test_the_report_is_plain_data_and_the_same_every_time() -> None:
    theorem = absorb(to_additive(mul("W1", 2, 2) >> sigma >> mul("W2", 2, 2)))  # small: the time allows all points
    found = theorem.report(symbolic=True)
    data = json.loads(json.dumps(found.as_json()))
    assert data["grade"] == "PROVED"
    assert data["steps"][0] == {
        "number": 1, "rule": "mult_add", "wire": 1, "grade": "PROVED", "parameter_preserving": True,
    }  # fmt: skip
    assert data["nonlinearities"][0]["latex"] == "\\log{\\left(\\sigma {\\left(e^{x} \\right)} \\right)}"
    assert str(found) == str(theorem.report(symbolic=True))


SHOWING = """
from sigmaprime.diagrams import mul, residual, sigmoid, softsign, add
from sigmaprime.rewrite import to_additive, verify
net = mul("W", 2, 2, bias="b") >> softsign >> mul("V", 2, 2) >> sigmoid
print(to_additive(net).report(symbolic=True, seconds=60), net.symbolic().latex(), verify(net, mul("W", 2, 2) >> softsign >> mul("V", 2, 2) >> sigmoid, seconds=60))
"""


def test_all_texts_are_the_same_under_another_hash_seed() -> None:
    assert same(SHOWING)


def test_a_step_made_of_maps_only_needs_no_sizes() -> None:
    found = report((fn(exp) >> ln).rewrite(log_sigmoid(Grade.ASSUMED)), symbolic=True)
    assert found.checks[-1].grade is Grade.CHECKED
