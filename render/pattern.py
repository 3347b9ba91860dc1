"""Which entries of a matrix may be other than 0: the lines that the neuron view draws for a layer or a pool.

Multiples of the unit and diagonals give level lines, blocks and convolutions those of their own entries, a constant those of its array;
a variable may hold anything, so it gives every line. What is not known counts as an entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigmaprime.diagrams.product import product_factors
from sigmaprime.diagrams.structured import Family, positions
from sigmaprime.diagrams.term import Head
from sigmaprime.diagrams.weight import Size, Weight, constant_name

from .rows import Rows

__all__ = ["entry", "lines_of"]

DEEP, MANY = 4, 2000  # blocks in blocks; hidden components that are looked through


def entry(weight: Weight, i: Size, j: Size, arrays: Mapping[str, Any], deep: int = DEEP) -> bool:
    """Whether the entry in row i and column j, both counted from 1, may be other than 0.

    >>> from sigmaprime.diagrams import Size, multiple
    >>> [entry(multiple(2, "n"), Size("n"), k, {}) for k in (Size(1), Size("n"))]
    [False, True]
    """
    factors = [f for f in product_factors(weight) if not _diagonal(f)]
    if not factors:
        return i == j
    if len(factors) > 1 or not deep:
        return True
    (weight,) = factors
    match weight.head:
        case Head.ZERO:
            return False
        case Head.ROW:
            block, start = _block(weight, j)
            inside = j.minus(start)
            return inside is None or entry(block, i, inside, arrays, deep - 1)
        case Head.CONVOLUTION:
            return _tapped(weight, i, j)
        case Head.CONSTANT:
            array = arrays.get(constant_name(weight))
            known = array is not None and i.value and j.value
            return not known or bool(array[i.value - 1, j.value - 1] != 0)  # type: ignore[index, operator]
        case _:
            return True


def _diagonal(factor: Weight) -> bool:
    match factor.head:
        case Head.EYE | Head.SCALE | Head.DIAGONAL:
            return True
        case Head.MEMBER:
            return factor.key[4] in (Family.SCALING, Family.SIGNS)
        case Head.INVERTED:
            return factor.key[1].key[4] is Family.SCALING
        case _:
            return False


def _block(weight: Weight, j: Size) -> tuple[Weight, Size]:
    """The block with column j, and how many columns stand before it."""
    start = Size(0)
    found = weight.key[1], start
    for block in weight.key[1:]:
        if (past := j.minus(start)) is not None and past != Size(0):
            found = block, start
        start = start + block.columns
    return found


def _tapped(weight: Weight, i: Size, j: Size) -> bool:
    """Whether output i of a convolution has a tap at input j."""
    if i.value is None or j.value is None:
        return True
    kernel_weights, sizes, kernel, stride, before, after, dilation, groups = weight.key[1:]
    row, column = i.value - 1, j.value - 1
    outputs = positions(sizes, kernel, stride, before, after, dilation)
    for n, m, k, s, b, d in reversed(list(zip(sizes, outputs, kernel, stride, before, dilation, strict=True))):
        row, y = divmod(row, m)
        column, x = divmod(column, n)
        tap, rest = divmod(x + b - y * s, d)
        if rest or not 0 <= tap < k:
            return False
    taps = 1
    for k in kernel:
        taps *= k
    out_each, in_each = (kernel_weights.rows.value or 0) // groups, (kernel_weights.columns.value or 0) // taps
    return bool(row // out_each == column // in_each)


def lines_of(weight: Weight, source: Rows, target: Rows, arrays: Mapping[str, Any]) -> set[tuple[int, int]]:
    """The places in `source` and `target` that a line of the matrix joins. What meets only components that are not drawn meets the dots."""
    found = {
        (s, t)
        for s, j in enumerate(source) if j is not None
        for t, i in enumerate(target) if i is not None and entry(weight, i, j, arrays)
    }  # fmt: skip
    sources, targets = {s for s, _ in found}, {t for _, t in found}
    if None in source:
        dots, unseen = source.index(None), _unseen(source)
        found |= {
            (dots, t)
            for t, i in enumerate(target)
            if i is not None and t not in targets and any(entry(weight, i, j, arrays) for j in unseen)
        }
    if None in target:
        dots, unseen = target.index(None), _unseen(target)
        found |= {
            (s, dots)
            for s, j in enumerate(source)
            if j is not None and s not in sources and any(entry(weight, i, j, arrays) for i in unseen)
        }
    return found


def _unseen(rows: Rows) -> list[Size]:
    """The components that the dots stand for, as far as they have numbers."""
    drawn = [k.value for k in rows if k is not None]
    last = drawn[-1] if drawn else None
    return [] if last is None else [Size(k) for k in range(1, min(last, MANY)) if k not in drawn]
