"""Which components of a wire the neuron view draws, and which of them a line joins.

A wire of at most seven components is drawn whole; of a longer one the first three, dots, and the last two; of one whose size is a name,
1, 2, dots, n. A component is its number, a `Size`, so that n and n + 2 are as good as 3; the dots are None.

    4 -> 1 2 3 4        784 -> 1 2 3 ⋮ 783 784        n -> 1 2 ⋮ n

A map, a sum and a product draw what their first argument draws, so that their lines are level.
"""

from __future__ import annotations

from sigmaprime.diagrams import Diagram
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.term import Term
from sigmaprime.diagrams.weight import Size

__all__ = ["Rows", "drawn", "joined", "rows_of"]

WHOLE, UNION = 7, 12  # rows of a wire, and of a concat that shows its parts one above the other

Rows = tuple[Size | None, ...]


def drawn(size: Size) -> Rows:
    """The components of a wire of that size that are drawn.

    >>> [None if k is None else k.value for k in drawn(Size(10))]
    [1, 2, 3, None, 9, 10]
    """
    n = size.value
    if n is None:
        return Size(1), Size(2), None, size
    if n <= WHOLE:
        return tuple(Size(k) for k in range(1, n + 1))
    return Size(1), Size(2), Size(3), None, Size(n - 1), size


def rows_of(d: Diagram) -> tuple[list[Size], list[Rows]]:
    """The size and the drawn components of every wire. Sizes need no intervals, so a diagram that has no types is drawn too."""
    c, count = d.columns, len(d.inputs)
    sizes, rows = [s.size for s in d.inputs], [drawn(s.size) for s in d.inputs]
    for w in range(count, len(c.op)):
        arguments = c.arguments(w)
        match c.op[w]:
            case Kind.MAP:
                size, found = sizes[arguments[0]], rows[arguments[0]]
            case Kind.MIX | Kind.POOL | Kind.SIGNED:
                size = Term.all[c.wt[w]].rows
                found = drawn(size)
            case Kind.CONCAT:
                size, found = Size(0), ()
                for a in arguments:
                    found += tuple(k if k is None else size + k for k in rows[a])
                    size = size + sizes[a]
                if len(found) > UNION:
                    found = drawn(size)
            case _:
                size = Term.all[c.bs[w]]
                found = drawn(size)
        sizes.append(size)
        rows.append(found)
    return sizes, rows


def joined(source: Rows, target: Rows, before: Size, start: Size, sizes: tuple[Size, Size]) -> list[tuple[int, int]]:
    """The places in `source` and `target` that a line joins; component k of the source is number before + k - start of the target.

    A component that the other end does not show is joined to its dots. `sizes` are those of the two ends.

    >>> part = drawn(Size(9)), drawn(Size(2)), Size(0), Size(2), (Size(9), Size(2))  # components 3 and 4 of 9
    >>> joined(*part)
    [(2, 0), (3, 1)]
    """
    if source == target and before == start == Size(0):
        return [(i, i) for i, k in enumerate(source) if k is not None]
    source_end, target_end = before + sizes[0], start + sizes[1]
    reads_all, shows_all = (a.minus(b) is not None for a, b in ((source_end, target_end), (target_end, source_end)))
    numbers = {before + k: i for i, k in enumerate(source) if k is not None}
    gap = source.index(None) if None in source else None
    pairs: list[tuple[int, int]] = []
    for j, k in enumerate(target):
        if k is not None:
            i = numbers.get(start + k)
            if (
                i is None
                and gap is not None
                and ((before == Size(0) and reads_all) or _within(start + k, before, source_end))
            ):
                i = gap
            if i is not None:
                pairs.append((i, j))
    seen = {i for i, _ in pairs}
    hidden = [j for j, k in enumerate(target) if k is None]
    for number, i in numbers.items():
        if i not in seen and hidden and ((start == Size(0) and shows_all) or _within(number, start, target_end)):
            pairs.append((i, min(hidden, key=lambda j: _far(target, j, number, start))))
    return sorted(pairs)


def _within(number: Size, low: Size, high: Size) -> bool:
    """low < number <= high, as far as that can be told from the terms."""
    above = number.minus(low)
    return above is not None and above != Size(0) and high.minus(number) is not None


def _far(target: Rows, hole: int, number: Size, start: Size) -> int:
    """How many drawn components stand between the dots and where the number belongs."""
    place = sum(k is not None and number.minus(start + k) is not None for k in target)
    return abs(place - sum(k is not None for k in target[:hole]))
