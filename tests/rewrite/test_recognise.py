"""A proof that comes from a file names its steps as the theorem did."""

from __future__ import annotations

import pytest

from sigmaprime.diagrams import Function, exp, ln, mul, positive, tanh
from sigmaprime.rewrite import Equation, absorb, cancel, companion, fuse, mult_add, to_additive, to_multiplicative
from sigmaprime.rewrite.frames import stages_of
from sigmaprime.rewrite.load import replayed
from sigmaprime.rewrite.proof import proof_bytes
from sigmaprime.rewrite.recognise import recognised

sigma = Function("σ", positive, positive)
net = mul("A", 2, 2) >> sigma >> mul("B", 2, 2) >> tanh >> mul("C", 2, 2)


@pytest.mark.parametrize(
    "e",
    [
        net.rewrite(mult_add),
        absorb(to_additive(net)),
        to_multiplicative(to_additive(net)),
        (exp >> mul("A", 2, 2) >> ln).rewrite(companion),
        (mul("A", 2, 2) >> mul("B", 2, 2)).rewrite(fuse),
        (mul("A", 2, 2) >> tanh >> Function.atom("atanh")).rewrite(cancel),
    ],
    ids=["mult_add", "absorb", "to_multiplicative", "companion", "fuse", "cancel"],
)
def test_a_loaded_proof_names_its_rules_as_before(e: Equation) -> None:
    again = replayed(proof_bytes(e))
    assert [s.family for s in again.steps] == [s.family for s in e.steps]
    assert proof_bytes(again) == proof_bytes(e)


def test_a_film_of_a_loaded_proof_says_mult_add() -> None:
    again = replayed(proof_bytes(net.rewrite(mult_add)))
    assert stages_of(again)[1].rules[0][0] == "mult_add"


def test_what_is_no_instance_keeps_its_name() -> None:
    e = net.rewrite(mult_add)
    assert recognised(e) is e
    assert recognised(~companion).label != "companion"
