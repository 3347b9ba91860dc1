"""Long chains go through every maker, through files and through both readers: in linear time, and nothing recurses."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import chain, repeat
from typing import Any

import pytest

from sigmaprime.diagrams import (
    Diagram,
    Weight,
    Wire,
    add,
    asinh,
    diagram,
    exp,
    fn,
    ln,
    mul,
    positive,
    sequence,
    sinh,
    tanh,
    wire,
)
from sigmaprime.rewrite import absorb, cancel, fuse, mult_add, share, simplify, to_additive, to_multiplicative
from sigmaprime.rewrite.check import check
from sigmaprime.rewrite.kernel import instantiate, par, refl, seq, sym, trans
from sigmaprime.rewrite.load import replayed
from sigmaprime.rewrite.proof import proof_bytes

SIZES = [
    pytest.param(20_000, id="2e4"),
    *(pytest.param(10**k, id=f"1e{k}", marks=pytest.mark.long) for k in (5, 6)),
]


@contextmanager
def shallow() -> Iterator[None]:
    """A low limit of recursion: whatever recurses over a chain fails at once."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(300)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@cache
def deep(boxes: int) -> Diagram:
    """mul ; tanh ; mul ; tanh ; .. with one weight."""
    layer = mul("W", 2, 2)
    return sequence(chain([wire(2, positive)], chain.from_iterable(repeat((layer, tanh), boxes // 2))))


@pytest.mark.parametrize("boxes", [100_000, *SIZES[2:]])
def test_a_long_net_is_converted_checked_and_loaded(boxes: int) -> None:
    net = deep(boxes)
    with shallow():
        e = to_additive(net)
        assert len(e.rhs) == boxes + 2
        assert len(e.steps) >= boxes - 1
        data = proof_bytes(e)
        assert check(data).grade == "PROVED"
        again = replayed(data)
    assert again.rhs == e.rhs
    assert proof_bytes(again) == data


@pytest.mark.parametrize("boxes", SIZES)
def test_every_maker_takes_long_sides(boxes: int) -> None:
    net = deep(boxes)
    with shallow():
        e = net.rewrite(mult_add)
        assert trans(e, sym(e)).rhs == net
        assert len(seq(refl(net), refl(net)).rhs) == 2 * boxes
        assert len(par(e, refl(net)).rhs) == len(e.rhs) + boxes
        V = Weight("V", 2, 2)
        assert instantiate(e, {Weight("W", 2, 2): V}).lhs.variables == [V]
        assert len((exp >> e >> fn(exp)).rhs) == len(e.rhs) + 2
        assert e.rhs.rewrite(cancel).rhs == e.rhs


@pytest.mark.parametrize("boxes", SIZES)
def test_long_chains_cancel_to_a_wire(boxes: int) -> None:
    net = sequence(chain([wire(2)], chain.from_iterable(repeat((exp, ln), boxes // 2))))
    with shallow():
        e = simplify(net)
        assert len(e.rhs) == 0
        assert {s.family for s in e.steps} == {"cancel", "share"}
        check(proof_bytes(e))


def test_a_long_nest_of_inverses_cancels_from_the_inside() -> None:
    half = 20_000
    net = sequence([wire(2), *[sinh] * half, *[asinh] * half])
    with shallow():
        e = net.rewrite(cancel)
        assert len(e.rhs) == 0
        check(proof_bytes(e))


def test_long_products_of_weights_stay_shallow() -> None:
    net = sequence(add(f"W{i}", 2, 2, bias=f"b{i}") for i in range(300))
    with shallow():
        e = net.rewrite(fuse)
        assert len(e.rhs) == 1
        data = proof_bytes(e)
        check(data)
        assert replayed(data).rhs == e.rhs


@pytest.mark.parametrize("boxes", SIZES)
def test_two_long_copies_are_shared(boxes: int) -> None:
    half = sequence(chain([wire(2)], repeat(tanh, boxes // 2)))

    @diagram(wire(2))
    def twice(x: Wire) -> tuple[Wire, Wire]:
        return half(x), half(x)

    with shallow():
        e = twice.rewrite(share)
        assert len(e.rhs) == boxes // 2
        check(proof_bytes(e))


def test_there_and_back_on_a_long_net() -> None:
    net = deep(20_000)
    with shallow():
        e = to_additive(net)
        assert to_multiplicative(e).rhs == net
        assert len(absorb(e).rhs) == len(net)


def _seconds(work: Callable[[Any], object], argument: Any) -> float:
    best = float("inf")
    for _ in range(2):
        start = time.perf_counter()
        work(argument)
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.parametrize(
    "work",
    [
        to_additive,
        lambda net: proof_bytes(net.rewrite(mult_add)),
        lambda net: check(proof_bytes(net.rewrite(mult_add))),
        simplify,
    ],
    ids=["to_additive", "proof_bytes", "check", "simplify"],
)
def test_ten_times_the_boxes_take_about_ten_times_as_long(work: Callable[[Any], object]) -> None:
    small, large = _seconds(work, deep(2_000)), _seconds(work, deep(20_000))
    assert large < 40 * small


def test_reports_of_long_derivations_are_short() -> None:
    e = to_additive(deep(2_000))
    assert len(str(e.report()).splitlines()) < 80
