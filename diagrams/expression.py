"""A user's own formula: a straight line of operations on one variable, over any arithmetic.

A row is one operation on earlier rows, the last row is the value; equal rows stand once, so sharing costs nothing and nothing recurses.

    x | pi | number q                                       leaves; q an exact rational
    add i j | sub i j | mul i j | div i j | max i j | min i j
    call name i q..                                         an entry of the catalogue with its parameters, or sin, erfc
    pieces c i .. k                                         row i of the first joint c with x ≤ c, else row k; joints ascend

A piece is calculated where it holds only, so it may be undefined elsewhere. Like `formula.py`, this module imports the standard library and
that table alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

from .formula import FORMULAS, Ops

__all__ = ["BINARY", "CALLS", "Expression", "Rows", "read_rows"]

Row = tuple[Any, ...]
BINARY = ("add", "sub", "mul", "div", "max", "min")
CALLS = {name: f.__code__.co_argcount - 2 for name, f in FORMULAS.items()} | {"sin": 0, "erfc": 0}
"""What may be called, with its number of parameters."""
MOST_ROWS, MOST_NODES, DEEPEST = 1000, 4000, 8
LARGEST = Fraction(10) ** 300


@dataclass(frozen=True)
class Expression:
    """A formula in one variable; made by `Rows`, read from text by `parse`, from SymPy by `translated`."""

    rows: tuple[Row, ...]

    def at(self, ops: Ops, x: Any) -> Any:
        """The value at x in an arithmetic."""
        return self._row(ops, len(self.rows) - 1, x)

    def _row(self, ops: Ops, end: int, x: Any) -> Any:
        values: dict[int, Any] = {}
        for i in self._needed[end]:
            match self.rows[i]:
                case ("x",):
                    values[i] = x
                case ("pi",):
                    values[i] = ops.pi()
                case ("number", q):
                    values[i] = ops.number(q)
                case ("add", a, b):
                    values[i] = values[a] + values[b]
                case ("sub", a, b):
                    values[i] = values[a] - values[b]
                case ("mul", a, b):
                    values[i] = values[a] * values[b]
                case ("div", a, b):
                    values[i] = values[a] / values[b]
                case ("max", a, b):
                    values[i] = ops.maximum(values[a], values[b])
                case ("min", a, b):
                    values[i] = ops.minimum(values[a], values[b])
                case ("call", name, a, *given):
                    values[i] = ops.entry(name, values[a], given)
                case ("pieces", *parts):
                    below = [(c, partial(self._row, ops, k)) for c, k in zip(parts[:-1:2], parts[1:-1:2], strict=True)]
                    values[i] = ops.pieces(x, below, partial(self._row, ops, parts[-1]))
        return values[end]

    @cached_property
    def _needed(self) -> dict[int, list[int]]:
        """For the last row and that of every piece: the rows that it needs, but for those inside pieces."""
        ends = [len(self.rows) - 1, *(k for row in self.rows if row[0] == "pieces" for k in inner(row))]
        found = {}
        for end in dict.fromkeys(ends):
            wanted = {end}
            for i in range(end, -1, -1):
                if i in wanted:
                    wanted.update(direct(self.rows[i]))
            found[end] = sorted(wanted)
        return found

    def written(self) -> list[list[Any]]:
        """The rows for JSON; `read_rows` reads them."""
        return [[str(a) if isinstance(a, Fraction) else a for a in row] for row in self.rows]

    def __str__(self) -> str:
        from .grammar import text

        return text(self)


def direct(row: Row) -> tuple[int, ...]:
    """The rows whose values this row reads."""
    return row[1:] if row[0] in BINARY else row[2:3] if row[0] == "call" else ()


def inner(row: Row) -> tuple[int, ...]:
    """The rows of its pieces."""
    return (*row[2:-1:2], row[-1]) if row[0] == "pieces" else ()


class Rows:
    """Rows in the making: each method gives the number of its row. Numbers are calculated exactly. Raises ValueError with a reason."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._index: dict[Row, int] = {}

    def put(self, *row: Any) -> int:
        found = self._index.get(row)
        if found is None:
            if len(self.rows) >= MOST_ROWS:
                raise ValueError(f"a formula has at most {MOST_ROWS} operations")
            found = self._index[row] = len(self.rows)
            self.rows.append(row)
        return found

    def value(self, i: int) -> Fraction | None:
        """The number in a row."""
        return self.rows[i][1] if self.rows[i][0] == "number" else None

    def number(self, q: Fraction | int) -> int:
        q = Fraction(q)
        if abs(q) > LARGEST or q.denominator > LARGEST:
            raise ValueError("a number of a formula has at most 300 digits")
        return self.put("number", q)

    def binary(self, word: str, a: int, b: int) -> int:
        p, q = self.value(a), self.value(b)
        if word == "div" and q == 0:
            raise ValueError("this divides by zero")
        if p is None or q is None or word in ("max", "min"):
            return self.put(word, a, b)
        return self.number(p + q if word == "add" else p - q if word == "sub" else p * q if word == "mul" else p / q)

    def call(self, name: str, a: int, *given: Fraction) -> int:
        value = self.value(a)
        if name == "negate" and value is not None:
            return self.number(-value)
        if name == "power":
            return self.power(a, *given)
        return self.put("call", name, a, *given)

    def power(self, a: int, exponent: Fraction) -> int:
        """a^q by the real root: of negative numbers too where q has an odd denominator."""
        value = self.value(a)
        if exponent == 0:
            return self.number(1)
        if exponent == 1:
            return a
        if value is not None and exponent.denominator == 1 and abs(exponent) <= 64 and (value or exponent > 0):
            return self.number(value ** int(exponent))
        if abs(exponent) > 1000 or exponent.denominator > 1000:
            raise ValueError(
                f"an exponent lies in [-1000, 1000], with a denominator of at most 1000; {exponent} does not"
            )
        return self.put("call", "power", a, exponent)

    def pieces(self, below: Sequence[tuple[Fraction, int]], above: int) -> int:
        joints = [c for c, _ in below]
        if not joints or joints != sorted(set(joints)):
            raise ValueError("the joints of pieces ascend, each once")
        return self.put("pieces", *(a for pair in below for a in pair), above)

    def done(self, end: int) -> Expression:
        """The expression of a row: what it needs, in the order in which it is read."""
        order: dict[int, int] = {}
        rows: list[Row] = []
        sizes: list[int] = []
        depths: list[int] = []
        stack = [(end, False)]
        while stack:
            i, ready = stack.pop()
            if i in order:
                continue
            row = self.rows[i]
            if not ready:
                stack.append((i, True))
                stack += [(k, False) for k in reversed((*direct(row), *inner(row)))]
                continue
            below = [order[k] for k in (*direct(row), *inner(row))]
            sizes.append(1 + sum(sizes[k] for k in below))
            depths.append(max((depths[k] for k in below), default=0) + (row[0] == "pieces"))
            order[i] = len(rows)
            rows.append(_renumbered(row, order))
        if sizes[-1] > MOST_NODES:
            raise ValueError(f"a formula has at most {MOST_NODES} symbols when it is written out; this has {sizes[-1]}")
        if depths[-1] > DEEPEST:
            raise ValueError(f"pieces nest at most {DEEPEST} deep")
        return Expression(tuple(rows))


def _renumbered(row: Row, order: dict[int, int]) -> Row:
    match row:
        case ("call", name, a, *given):
            return ("call", name, order[a], *given)
        case ("pieces", *parts):
            last = len(parts) - 1
            return ("pieces", *(order[p] if k % 2 or k == last else p for k, p in enumerate(parts)))
        case (word, a, b) if word in BINARY:
            return (word, order[a], order[b])
        case _:
            return row


def read_rows(written: Any) -> Expression:
    """The expression of a file; raises ValueError where the rows are not those that `written` gives."""
    if not isinstance(written, list) or not 1 <= len(written) <= MOST_ROWS:
        raise ValueError(f"a formula is a list of 1 to {MOST_ROWS} rows")
    made = Rows()
    for n, row in enumerate(written):
        match row:
            case ["x"] | ["pi"]:
                made.put(*row)
            case ["number", q]:
                made.number(_rational(q))
            case [word, a, b] if word in BINARY:
                made.binary(word, _earlier(a, n), _earlier(b, n))
            case ["call", str() as name, a, *given] if CALLS.get(name) == len(given):
                made.call(name, _earlier(a, n), *map(_rational, given))
            case ["pieces", *parts] if len(parts) >= 3 and len(parts) % 2:
                pairs = zip(parts[:-1:2], parts[1:-1:2], strict=True)
                made.pieces([(_rational(c), _earlier(k, n)) for c, k in pairs], _earlier(parts[-1], n))
            case _:
                raise ValueError(f"row {n} is no operation: {str(row)[:60]}")
        if len(made.rows) != n + 1:
            raise ValueError(f"row {n} stands already, or is a number that was not calculated")
    found = made.done(len(made.rows) - 1)
    if found.written() != written:
        raise ValueError("the rows are not in the order in which they are read, or one is not needed")
    return found


def _earlier(i: Any, n: int) -> int:
    if type(i) is not int or not 0 <= i < n:
        raise ValueError(f"row {n} reads row {i!r}; it may read rows 0 to {n - 1}")
    return i


def _rational(value: Any) -> Fraction:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,301}(/0*[1-9][0-9]{0,300})?", value):
        raise ValueError(f"{str(value)[:40]!r} is no exact number in quotes")
    return Fraction(value)
