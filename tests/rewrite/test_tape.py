"""A tape computes what its diagram computes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given

from sigmaprime.diagrams import (
    Function,
    Pool,
    diagram,
    mul,
    wire,
)
from sigmaprime.diagrams.precise import precisely
from sigmaprime.diagrams.tape import Tape, lowered
from sigmaprime.rewrite import Grade, verify  # fmt: skip
from sigmaprime.rewrite.oracles.enclosure import Enclosures, Undecided
from tests.nets import FUNCTIONS, Net, nets
from tests.rewrite.formulas import mp
from tests.rewrite.theorem import examples, sigma

net = mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> sigma >> mul("W3", 3, 3)


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_enclosures_hold_the_values_that_numpy_computes(function: Function) -> None:
    from sigmaprime.diagrams.image import domain
    from sigmaprime.rewrite.oracles.numbers import points

    tape = Tape()
    on = domain(function)
    start = tape.put("input", 0, 0, on=on)
    end = tape.applied(function, start)
    seen = 0
    for x in points(on):
        if abs(x) > 20 or Fraction(float(x)) not in on:
            continue
        try:
            y = Enclosures(256).run(tape, {start: Fraction(float(x))}, {}, float("inf"))[end]
        except Undecided:
            continue
        (exactly,) = precisely(wire(1, on) >> function, [[[float(x)]]], {})
        seen += 1
        value = mp.convert(exactly[0][0])
        gap = abs(value) * mp.mpf(10) ** -25
        low, high = (mp.make_mpf(end) for end in y._mpi_)
        assert low - gap <= value <= high + gap
    assert seen > 10


@given(nets(max_steps=4))
@examples(30)
def test_a_tape_computes_what_the_diagram_computes(drawn: Net) -> None:
    assume(all(n.box.windows.closed for n in drawn.diagram.nodes if isinstance(n.box, Pool)))  # others are refused
    tape = Tape()
    rows = lowered(tape, drawn.diagram(**drawn.weights) if drawn.weights else drawn.diagram, arrays=True)
    got = drawn.diagram(*drawn.inputs, **drawn.weights)
    at = {i: Fraction(float(drawn.inputs[row[1]][0, row[2]])) for i, row in enumerate(tape.rows) if row[0] == "input"}
    values = Enclosures(256).run(tape, at, {}, float("inf"))
    for output, y in zip(rows, got if isinstance(got, tuple) else (got,), strict=True):
        np.testing.assert_allclose([float(values[r].a) for r in output], y[0], rtol=1e-6, atol=1e-9)


# --- time and interrupts ---


def test_sums_of_wide_wires_are_asked_in_time() -> None:
    @diagram(wire(60), wire(60))
    def one(u: Any, v: Any) -> Any:
        return u + v

    @diagram(wire(60), wire(60))
    def other(u: Any, v: Any) -> Any:
        return v + u

    tape = Tape(10_000)
    assert [len(x) for x in lowered(tape, one)] == [60]
    assert len(tape.rows) <= 181  # no entries of I
    assert verify(one, other).grade is Grade.CHECKED
