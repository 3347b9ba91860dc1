"""The rule book: every entry holds, no theorem is an axiom, and nothing that the kernel lets in is missing."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from sigmaprime import diagrams, rewrite
from sigmaprime.diagrams import (
    Function,
    Refused,
    Weight,
    absolute,
    celu,
    diagram,
    elu,
    max1,
    mul,
    positive,
    prelu,
    relu,
    sigmoid,
    tanh,
    wire,
)
from sigmaprime.rewrite import (
    Equation,
    Grade,
    collapse,
    log_product,
    logaddexp,
    parameter_preserving,
    rule_book,
    to_additive,
)
from sigmaprime.rewrite.axioms import AXIOMS
from sigmaprime.rewrite.book import KINDS, Entry

from .theorem import holds

ENTRIES = rule_book()
FUNCTION_ONLY = {"fuse_add", "fuse", "collapse", "base", "fuse_sums", "flip", "unflip", "permute_units", "rescale_units", "sign_units", "in_chart", "fuse_signed", "layer_sign"}  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_every_rule_of_the_book_holds(entry: Entry) -> None:
    verdict = holds(entry.equation, values={"f": tanh})
    assert verdict.grade == "PROVED"
    assert entry.equation.grade is Grade.PROVED
    assert not entry.equation.hypotheses


def test_the_book_has_every_axiom_and_no_theorem_is_one() -> None:
    let_in = {e.rests_on for e in ENTRIES if e.kind != "theorem" and e.name != "define"}
    assert let_in == {(name,) for name in AXIOMS}
    for e in rule_book("theorem"):
        assert set(e.rests_on) <= set(AXIOMS)
        assert e.name not in AXIOMS
        assert len(e.equation.steps) > 1 or e.name == "mult_add"  # which is the definition of a layer, read at exp


def test_the_book_is_in_the_order_of_its_kinds_and_names_are_told_once() -> None:
    assert [e.kind for e in ENTRIES] == sorted((e.kind for e in ENTRIES), key=KINDS.index)
    assert len({e.name for e in ENTRIES}) == len(ENTRIES)
    assert [e for kind in KINDS for e in rule_book(kind)] == list(ENTRIES)


def test_every_rule_that_is_a_public_word_is_in_the_book() -> None:
    words = {
        name
        for name in rewrite.__all__
        if isinstance(getattr(rewrite, name), Equation | rewrite.Schema) and name != "naturality"
    }
    assert words <= {e.name for e in ENTRIES}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_the_code_of_an_entry_makes_it(entry: Entry) -> None:
    sigma = Function("σ", positive, positive)
    net = mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> sigma >> mul("W3", 3, 3)

    @diagram(wire("n", positive))
    def block(x: Any) -> Any:
        return x * sigma(mul(Weight("W", "n", "n"))(x))

    scope = {**vars(diagrams), **vars(rewrite), "sigma": sigma, "σ": sigma, "net": net, "block": block}
    made = eval(entry.code, scope)
    assert (made.lhs, made.rhs) == (entry.equation.lhs, entry.equation.rhs)


def test_what_keeps_the_function_only_is_told_apart() -> None:
    assert {e.name for e in ENTRIES if not e.parameter_preserving} == FUNCTION_ONLY


# --- what was derived for the book ---


@pytest.mark.parametrize("f", [relu, prelu("1/10"), elu("1/2"), celu(2), absolute], ids=str)
def test_what_does_nothing_to_positive_numbers_leaves_one_layer(f: Function) -> None:
    holds(collapse(f=f))
    net = mul("W1", 3, 3) >> f >> mul("W2", 3, 4, bias="b") >> f >> mul("W3", 4, 2)
    theorem = net.rewrite(collapse)
    holds(theorem)
    assert len(theorem.rhs) == 1
    assert not parameter_preserving(theorem)


def test_what_bends_somewhere_else_keeps_a_net_deep() -> None:
    for f in (tanh, max1, sigmoid):
        with pytest.raises(Refused, match=r"is not known to be the identity on \(0, ∞\)"):
            collapse(f=f)
        assert (mul("W1", 3, 3) >> f >> mul("W2", 3, 3)).rewrite(collapse).unused == ("collapse",)
    assert collapse.why_not(mul("W1", 3, 3) >> relu, at=2) is not None


def test_skips_go_over() -> None:
    holds(logaddexp, "⊢ ln(exp(x) + exp(y)) = mix(ln, [I I])(x, y)")
    holds(log_product, "⊢ ln(exp(x) * exp(y)) = x + y")
    x, y = np.array([[1000.0, -3.0]]), np.array([[999.0, -1000.0]])
    assert np.allclose(logaddexp.rhs(x, y), np.logaddexp(x, y), rtol=1e-15)


def test_a_skip_of_a_multiplicative_net_is_a_skip_of_its_twin() -> None:
    @diagram(wire(3, positive))
    def block(x: Any) -> Any:
        return x * tanh(mul("W", 3, 3)(x))

    theorem = to_additive(block)
    holds(theorem, "⊢ x * (mul(W) ; tanh)(x)\n=\nh1 = ln(x)\nexp(h1 + (add(W) ; tanh')(h1))")
    assert parameter_preserving(theorem)


def test_a_kind_that_the_book_lacks_is_named() -> None:
    with pytest.raises(Refused, match="'axioms' is no kind of rule; the book has 'definition', 'axiom', 'theorem'"):
        rule_book(cast(Any, "axioms"))
