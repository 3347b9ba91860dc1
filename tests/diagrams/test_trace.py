"""Calling boxes on wires draws sharing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from sigmaprime.diagrams import (
    Concat,
    Diagram,
    IllTyped,
    Map,
    Size,
    Slice,
    Space,
    Wire,
    add,
    concat,
    diagram,
    exp,
    ln,
    mul,
    positive,
    reals,
    residual,
    softplus,
    tanh,
    wire,
)
from tests.nets import Net, nets


def test_a_wire_read_twice_is_one_box() -> None:
    @diagram(wire(2))
    def d(x: Wire) -> Any:
        h = tanh(x)
        return concat(h, h)

    assert d == Diagram([Space(2, reals)], [(Map(tanh), (0,)), (Concat(), (1, 1))], [2])


def test_a_box_called_twice_is_two_boxes() -> None:
    @diagram(wire(2))
    def d(x: Wire) -> Any:
        return concat(tanh(x), tanh(x))

    assert len(d) == 3


def test_a_residual_is_its_traced_sum() -> None:
    block = add("W", 3, 3) >> tanh

    @diagram(wire(3))
    def d(x: Wire) -> Any:
        return x + block(x)

    assert d == residual(block)
    assert str(d) == "x + (add(W) ; tanh)(x)"


def test_parameters_name_the_inputs() -> None:
    @diagram(wire(3, positive), wire(3))
    def pair(left: Wire, right: Wire) -> tuple[Wire, Wire]:
        h = mul("W", 3, 3)(left)
        return ln(h) + right, h * left

    assert [p.name for p in pair.in_ports] == ["left", "right"]
    assert str(pair).splitlines()[-1].startswith("ln(")
    assert pair.output_spaces == (Space(3, reals), Space(3, positive))


def test_a_starred_parameter_names_no_input() -> None:
    @diagram(wire(3))
    def d(*wires: Wire) -> Any:
        return tanh(wires[0])

    assert d.in_ports[0].name is None


def test_slices_are_parts() -> None:
    @diagram(wire(5))
    def d(x: Wire) -> tuple[Wire, Wire, Wire]:
        return x[0:2], x[2:], x[:]

    assert [s.size for s in d.output_spaces] == [Size(2), Size(3), Size(5)]
    assert next(iter(d.nodes)).box == Slice(Size(0), Size(2))

    @diagram(wire("n"))
    def whole(x: Wire) -> Any:
        return concat(x, tanh(x))[Size("n") :]

    assert whole.output_spaces[0].size is Size("n")


@given(nets())
def test_calling_a_diagram_on_wires_is_the_diagram(net: Net) -> None:
    d = net.diagram

    @diagram(*[wire(s.size, s.interval) for s in d.inputs])
    def again(*wires: Wire) -> object:
        return d(*wires)

    assert again == d


def test_wrong_uses_are_refused() -> None:
    kept: list[Wire] = []

    @diagram(wire(2))
    def first(x: Wire) -> Any:
        kept.append(x)
        return x

    with pytest.raises(IllTyped, match="this wire belongs to another diagram"):

        @diagram(wire(2))
        def second(x: Wire) -> Any:
            return x + kept[0]

    with pytest.raises(IllTyped, match="a traced function returns wires; it returned 3"):

        @diagram(wire(2))
        def third(x: Wire) -> int:
            return 3

    with pytest.raises(IllTyped, match="only wires of one size add or multiply; here 2 and 3"):

        @diagram(wire(2), wire(3))
        def fourth(x: Wire, y: Wire) -> Any:
            return x + y

    with pytest.raises(IllTyped, match=r"mul\(\[I I\]\) takes \(0, ∞\)"):

        @diagram(wire(2))
        def fifth(x: Wire) -> Any:
            return x * x

    with pytest.raises(IllTyped, match="a slice of 3 from 1 on does not lie inside 2 components"):

        @diagram(wire(2))
        def sixth(x: Wire) -> Any:
            return x[1:4]

    with pytest.raises(IllTyped, match="ln takes"):

        @diagram(wire(2))
        def seventh(x: Wire) -> Any:
            return ln(x)

    for bad in (slice(0, 2, 2), slice(-1, None), 1, slice(0, True)):
        with pytest.raises(IllTyped, match="is no size"):

            @diagram(wire(2))
            def eighth(x: Wire, bad: object = bad) -> Any:
                return x[bad]


def test_only_wires_of_the_trace_add() -> None:
    with pytest.raises(TypeError):

        @diagram(wire(2))
        def d(x: Wire) -> Any:
            return x + 1


def test_positive_wires_keep_their_type_through_sums_and_products() -> None:
    @diagram(wire(2, positive), wire(2))
    def d(x: Wire, y: Wire) -> Any:
        return ln(x + softplus(y) * exp(y))

    assert str(d) == "ln(x + softplus(y) * exp(y))"
