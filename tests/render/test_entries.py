"""The neuron view draws the lines of a layer that may carry something, and pools as layers."""

from __future__ import annotations

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Diagram,
    Size,
    Weight,
    add,
    convolution,
    diagonal,
    eye,
    inverted,
    maxpool,
    minpool,
    mul,
    multiple,
    ones,
    permutation,
    positive,
    row,
    scaling,
    windows,
    zero,
)
from sigmaprime.diagrams.weight import Vector
from sigmaprime.render import svg
from sigmaprime.render.entries import may_differ_from_zero

MATRICES = {
    "eye": eye(3),
    "multiple": multiple("1/2", 3),
    "diagonal": diagonal(Vector("v", 3)),
    "scaling": scaling("D", 3),
    "inverted": inverted(scaling("D", 3)),
    "zero": zero(2, 3),
    "ones": ones(2, 3),
    "row": row(eye(2), zero(2, 1), diagonal(Vector("u", 2))),
    "product": multiple(2, 2) @ windows([4], [2], stride=2),
    "windows": windows([4, 3], [2, 2], channels=2, padding=[1, 0]),
    "groups": convolution(Weight("K", 4, 2), [5], [2], groups=2, dilation=2),
    "full": Weight("W", 2, 3),
}


@pytest.mark.parametrize("name", MATRICES)
def test_a_line_stands_where_an_entry_differs_from_zero(name: str) -> None:
    W = MATRICES[name]
    rows, columns = W.rows.value or 0, W.columns.value or 0
    drawn = [[may_differ_from_zero(W, Size(i + 1), Size(j + 1)) for j in range(columns)] for i in range(rows)]
    values = {"W": np.ones((2, 3)), "K": np.ones((4, 2)), "v": np.ones(3), "u": np.ones(2), "D": np.ones(3)}
    net = add(W)
    entries = net(np.eye(columns), **{v.name: values[v.name] for v in net.variables}).T
    assert np.array_equal(entries != 0, drawn)


def test_what_is_not_known_is_drawn() -> None:
    P = permutation("P", 2)
    assert all(may_differ_from_zero(W, Size(1), Size(2)) for W in (P, P @ P, Weight("W", 2, 2)))


def test_a_component_of_unknown_number_is_read_by_itself() -> None:
    n = Size("n")
    assert may_differ_from_zero(eye(n), n, n)
    assert not may_differ_from_zero(eye(n), n, Size(1))


@pytest.mark.parametrize(("pool", "word"), [(maxpool, "max"), (minpool, "min")])
def test_a_pool_says_what_it_takes_of_its_windows(pool: object, word: str) -> None:
    assert callable(pool)
    net: Diagram = mul("W", 3, 4) >> pool(windows([4], [2], stride=2), positive)
    for view in ("layer", "neuron"):
        assert f">{word}</" in svg(net, view=view).text
