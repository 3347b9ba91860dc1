"""Which entries of a matrix may differ from 0: the lines that the neuron view draws for a layer."""

from __future__ import annotations

import math

from sigmaprime.diagrams.structured import Family, taps
from sigmaprime.diagrams.term import Head
from sigmaprime.diagrams.weight import Size, Weight

__all__ = ["may_differ_from_zero"]


def may_differ_from_zero(weight: Weight, output: Size, source: Size) -> bool:
    """Whether component `source` (counted from 1) is read for component `output`; true wherever that is not known.

    >>> from sigmaprime.diagrams import windows
    >>> pairs = windows([4], [2], stride=2)
    >>> [[may_differ_from_zero(pairs, Size(i), Size(j)) for j in (1, 2, 3, 4)] for i in (1, 2)]
    [[True, True, False, False], [False, False, True, True]]
    """
    while weight.head in (Head.ROW, Head.TIMES):
        if weight.head is Head.TIMES:
            if not _diagonal(weight.key[1]):
                return True
            weight = weight.key[2]
            continue
        for block in weight.key[1:]:
            rest = source.minus(block.columns)
            if rest is None or rest == Size(0):
                weight = block
                break
            source = rest
    match weight.head:
        case Head.ZERO:
            return False
        case _ if _diagonal(weight):
            return output is source
        case Head.CONVOLUTION if output.value is not None and source.value is not None:
            return _tapped(weight, output.value - 1, source.value - 1)
        case _:
            return True


def _diagonal(weight: Weight) -> bool:
    if weight.head is Head.INVERTED:
        weight = weight.key[1]
    family = weight.key[4] if weight.head is Head.MEMBER else None
    return weight.head in (Head.EYE, Head.SCALE, Head.DIAGONAL) or family in (Family.SCALING, Family.SIGNS)


def _tapped(weight: Weight, output: int, source: int) -> bool:
    """Whether a convolution's output reads an input, both counted from 0."""
    kernel_weights, sizes, kernel, *_, groups = weight.key[1:]
    axes = [taps(*axis) for axis in zip(*weight.key[2:-1], strict=True)]
    counts = [len(axis) for axis in axes]
    channel, place = divmod(output, math.prod(counts))
    channel_read, place_read = divmod(source, math.prod(sizes))
    rows, columns = kernel_weights.rows.value, kernel_weights.columns.value
    if channel // (rows // groups) != channel_read // (columns // math.prod(kernel)):
        return False
    for axis, count, size in zip(reversed(axes), reversed(counts), reversed(sizes), strict=True):
        place, i = divmod(place, count)
        place_read, j = divmod(place_read, size)
        if j not in axis[i]:
            return False
    return True
