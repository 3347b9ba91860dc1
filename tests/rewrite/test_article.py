"""The two derivations of the article, step by step, in the words in which a user writes them."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import Wire, add, diagram, exp, ln, mul, negate, positive, sigmoid, softplus, tanh, wire
from sigmaprime.rewrite import Equation, Grade, absorb, cancel, define, mult_add, rule, to_additive
from tests.rewrite.theorem import holds, sigma

NET = mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> sigma >> mul("W3", 3, 3)
BY_HAND = "⊢ mul(W1) ; σ ; mul(W2) ; σ ; mul(W3) = ln ; add(W1) ; σ' ; add(W2) ; σ' ; add(W3) ; exp"
TWIN = "⊢ exp ; mul(W1) ; σ ; mul(W2) ; σ ; mul(W3) ; ln = add(W1) ; σ' ; add(W2) ; σ' ; add(W3)"
FRAMES = """\
mul(W1) ; σ ; mul(W2) ; σ ; mul(W3)
ln ; add(W1) ; exp ; σ ; mul(W2) ; σ ; mul(W3)
ln ; add(W1) ; exp ; σ ; ln ; add(W2) ; exp ; σ ; mul(W3)
ln ; add(W1) ; σ' ; add(W2) ; exp ; σ ; mul(W3)
ln ; add(W1) ; σ' ; add(W2) ; exp ; σ ; ln ; add(W3) ; exp
ln ; add(W1) ; σ' ; add(W2) ; σ' ; add(W3) ; exp""".splitlines()


def theorem() -> tuple[Equation, Equation]:
    """The conversion and its twin by hand."""
    _, unfold = define("σ'", exp >> sigma >> ln)
    thm = NET.rewrite(mult_add, ~unfold)
    return thm, (exp >> thm >> ln).rewrite(cancel)


def test_a_multiplicative_layer_is_an_additive_one_between_ln_and_exp() -> None:
    holds(mult_add, "⊢ mul(W, b) = ln ; add(W, b) ; exp")


def test_the_companion_is_mult_add_with_exp_and_ln_attached_and_cancelled_twice() -> None:
    companion = (exp >> mult_add >> ln).rewrite(cancel)
    holds(companion, "⊢ exp ; mul(W, b) ; ln = add(W, b)")
    assert [str(f) for f in companion.frames()] == [
        "exp ; mul(W, b) ; ln",
        "exp ; ln ; add(W, b) ; exp ; ln",
        "add(W, b) ; exp ; ln",
        "add(W, b)",
    ]
    names = [s.rule for s in companion.steps]
    assert names == ["chart(g=exp)", *["cancel(f=exp, g=ln, on=(-∞, ∞))"] * 2]
    assert companion.grade is Grade.PROVED


def test_the_companion_is_a_rule_at_once() -> None:
    companion = (exp >> mult_add >> ln).rewrite(cancel)
    e = (exp >> mul("V", 2, 2) >> ln).rewrite(companion)
    holds(e, "⊢ exp ; mul(V) ; ln = add(V)")
    assert len(e.steps) == 1


def test_the_net_becomes_additive_in_five_steps() -> None:
    thm, _ = theorem()
    holds(thm, BY_HAND)
    assert len(thm.steps) == 5
    assert [str(f) for f in thm.frames()] == FRAMES
    assert [s.rule for s in thm.steps] == ["mult_add", "mult_add", "~unfold σ'", "mult_add", "~unfold σ'"]
    assert {a.name for a in thm.axioms} == {"chart"}


def test_the_twin_takes_two_more_steps_which_absorb_the_ends() -> None:
    _, twin = theorem()
    holds(twin, TWIN)
    assert len(twin.steps) == 7
    attached = [f"exp ; {frame} ; ln" for frame in FRAMES]
    last = ["add(W1) ; σ' ; add(W2) ; σ' ; add(W3) ; exp ; ln", "add(W1) ; σ' ; add(W2) ; σ' ; add(W3)"]
    assert [str(f) for f in twin.frames()] == [*attached, *last]


def test_to_additive_does_what_the_hand_does() -> None:
    thm, twin = theorem()
    by_call = to_additive(NET)
    holds(by_call, BY_HAND)
    assert (by_call.lhs, by_call.rhs) == (thm.lhs, thm.rhs)
    assert by_call.steps == thm.steps
    absorbed = absorb(by_call)
    assert (absorbed.lhs, absorbed.rhs) == (twin.lhs, twin.rhs)
    holds(absorbed, TWIN)
    assert len(absorbed.steps) == 7


def test_the_sizes_of_the_lifted_functions_come_from_the_net() -> None:
    thm, twin = theorem()
    assert [s.size.value for s in thm.lhs.inputs] == [3]
    assert {n.space.size.value for d in (*thm.frames(), *twin.frames()) for n in d.nodes} == {3}


ARRAYS = {name: np.random.default_rng(i).normal(size=(3, 3)) / 2 for i, name in enumerate(("W1", "W2", "W3"))}


def test_the_same_theorem_holds_at_a_trained_net() -> None:
    _, twin = theorem()
    trained = twin(σ=tanh, **ARRAYS)
    assert str(trained.rhs) == "add(W1) ; tanh' ; add(W2) ; tanh' ; add(W3)"
    assert trained.rhs.weights["W1"] is ARRAYS["W1"]
    assert len(trained.steps) == len(twin.steps)
    holds(trained, weights=ARRAYS)
    u = np.random.default_rng(7).normal(size=(4, 3))
    np.testing.assert_allclose(trained.rhs(u), trained.lhs(u), rtol=1e-12)


def test_weights_alone_bind_nothing_and_are_trained_in_place() -> None:
    _, twin = theorem()
    arrays = {n: a.copy() for n, a in ARRAYS.items()}
    trained = twin(σ=tanh, **arrays)
    u = np.random.default_rng(7).normal(size=(4, 3))
    before = trained.rhs(u)
    arrays["W1"][0, 0] += 1
    assert not np.allclose(trained.rhs(u), before)
    np.testing.assert_allclose(trained.rhs(u), trained.lhs(u), rtol=1e-12)


def test_the_absorbed_theorem_runs_on_the_original_data() -> None:
    twin = absorb(to_additive(NET))(σ=tanh, **ARRAYS)
    x = np.exp(np.random.default_rng(3).normal(size=(5, 3)))
    expected = NET(x, σ=tanh, **ARRAYS)
    np.testing.assert_allclose(twin.rhs.run(x), expected, rtol=1e-12)
    np.testing.assert_allclose(twin.lhs.run(x), expected, rtol=1e-12)


@pytest.mark.torch
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")
def test_the_trained_twin_runs_on_torch_and_has_the_same_gradients() -> None:
    import torch

    _, twin = theorem()
    arrays = {n: torch.tensor(a, requires_grad=True) for n, a in ARRAYS.items()}
    trained = twin(σ=tanh, **arrays)
    u = torch.tensor(np.random.default_rng(7).normal(size=(4, 3)))
    sides: list[Any] = [trained.lhs(u), trained.rhs(u)]
    torch.testing.assert_close(*sides, rtol=1e-12, atol=1e-12)
    grads = [torch.autograd.grad((y**2).sum(), list(arrays.values())) for y in sides]
    for one, other in zip(*grads, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


def test_a_rule_of_the_users_own_is_checked_by_sympy_and_used() -> None:
    @rule(by="sympy")
    def log_sigmoid():  # type: ignore[no-untyped-def]
        "ln(1/(1+e^-x)) = -softplus(-x)"
        return sigmoid >> ln, negate >> softplus >> negate

    assert log_sigmoid.grade is Grade.CHECKED
    holds(log_sigmoid, "⊢ sigmoid ; ln = negate ; softplus ; negate")
    e = (add("W", 2, 2) >> sigmoid >> ln >> add("V", 2, 1)).rewrite(log_sigmoid)
    verdict = holds(e, "⊢ add(W) ; sigmoid ; ln ; add(V) = add(W) ; negate ; softplus ; negate ; add(V)")
    assert verdict.grade == "CHECKED"
    assert str(e.report()).splitlines()[2] == "rests on: CHECKED user:log_sigmoid"


def test_a_false_rule_is_refuted_by_sympys_oracle() -> None:
    with pytest.raises(ValueError, match="at x = "):

        @rule(by="sympy")
        def wrong():  # type: ignore[no-untyped-def]
            "false"
            return sigmoid >> ln, negate >> softplus


def test_sharing_is_written_by_calling_on_wires() -> None:
    @diagram(wire(3, positive), wire(3, positive))
    def pair(x: Wire, y: Wire) -> tuple[Wire, Wire]:
        h = mul("W", 3, 3)(x)
        return sigma(h), add("A", 3, 3)(h) + y

    assert str(pair) == "h1 = mul(W)(x)\nσ(h1), add(A)(h1) + y"
    holds(
        to_additive(pair),
        "⊢ h1 = mul(W)(x)\nσ(h1), add(A)(h1) + y\n=\nh1 = (ln ; add(W))(x)\n(σ' ; exp)(h1), (exp ; add(A))(h1) + y on (0, ∞)",
    )


def test_a_theorem_shows_steps_axioms_report_and_the_second_readers_verdict() -> None:
    thm, _ = theorem()
    assert [a.name for a in thm.axioms] == ["chart"]
    assert BY_HAND in str(thm.report())
    verdict = thm.check()
    assert verdict.grade is Grade.PROVED
    assert "add(W3) ; exp" in str(verdict)
    with pytest.raises(TypeError, match="graded"):
        bool(verdict)
