"""Diagrams as straight lines of numbers: every component of every wire by one row, equal rows once.

A wire carries a vector, and arrays run it whole (`evaluate.py`). Algebra and exact comparison want its components: a tape is the list of
scalar operations that a diagram of known sizes stands for, each on earlier ones. It is plain data, so SymPy, interval arithmetic and a
process of its own all read the same tape. A multiplicative layer is a product of powers here, never exp of a sum.

    input i j | weight name i j | bias name i | scalar name | number p/q      leaves
    map name a p.. | call σ a | formula e a | sum a.. | product a.. | max a.. | power a w   operations; a, w, p number earlier rows
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

from . import errors, layer_errors
from .activations import absolute, exp
from .box import Kind
from .calling import bindings, diagram_sizes
from .diagram import Diagram
from .draft import replaced
from .evaluate import flat
from .expression import Expression
from .function import Function
from .image import layer_chart
from .own import known
from .product import product_factors
from .signed_term import SignedMap
from .space import Interval, Space, reals
from .structured import Family, taps
from .term import Head, Term, subterms
from .weight import Scalar, Size, Vector, Weight, constant_name

__all__ = ["LEAVES", "Tape", "at_sizes", "lowered"]

Row = tuple[Any, ...]
LEAVES = ("input", "weight", "bias", "scalar", "number")
LIMIT = 300_000
ZERO, ONE = Fraction(0), Fraction(1)


class Tape:
    """Rows, the interval of every leaf that is not a number, and the signature of every function variable."""

    def __init__(self, limit: int = LIMIT, *, own: bool = True) -> None:
        self.own = own
        """An own function is its formula here, no variable that stands for any function."""
        self.rows: list[Row] = []
        self.leaves: dict[int, Interval] = {}
        self.functions: dict[str, Function] = {}
        self.limit = limit
        self._index: dict[Row, int] = {}

    def put(self, *row: Any, on: Interval | None = None) -> int:
        """The number of this row; a row that is there already is not written again."""
        found = self._index.get(row)
        if found is None:
            if len(self.rows) >= self.limit:
                raise errors.too_many_components(self.limit)
            found = self._index[row] = len(self.rows)
            self.rows.append(row)
            if on is not None:
                self.leaves[found] = on
        return found

    def number(self, value: Fraction) -> int:
        return self.put("number", value)

    def value(self, row: int) -> Fraction | None:
        """The number in a row, None if it is no number."""
        return self.rows[row][1] if self.rows[row][0] == "number" else None

    def total(self, terms: Iterable[int]) -> int:
        """The sum, without zeros."""
        kept = [t for t in terms if self.value(t) != 0]
        return self.number(ZERO) if not kept else kept[0] if len(kept) == 1 else self.put("sum", *kept)

    def product(self, factors: Iterable[int]) -> int:
        """The product, without ones."""
        kept = [f for f in factors if self.value(f) != 1]
        if any(self.value(f) == 0 for f in kept):
            return self.number(ZERO)
        return self.number(ONE) if not kept else kept[0] if len(kept) == 1 else self.put("product", *kept)

    def maximum(self, terms: Iterable[int]) -> int:
        """The largest."""
        kept = list(dict.fromkeys(terms))
        return kept[0] if len(kept) == 1 else self.put("max", *kept)

    def power(self, base: int, exponent: int) -> int:
        """base^exponent on a positive base."""
        if self.value(exponent) == 0:
            return self.number(ONE)
        return base if self.value(exponent) == 1 else self.put("power", base, exponent)

    def applied(self, function: Function, x: int) -> int:
        """The function of a row: its entries one after the other."""
        for part in flat(function):
            meaning = known(part) if self.own else None
            if isinstance(meaning, Expression):
                x = self.put("formula", meaning, x)
            elif part.head is Head.FUNCTION:
                self.functions[part.name] = part
                x = self.put("call", part.name, x)
            elif part.name != "identity":
                x = self.put("map", part.name, x, *(self.scalar(s) for s in part.key[2:]))
        return x

    def scalar(self, scalar: Scalar) -> int:
        if scalar.value is not None:
            return self.number(scalar.value)
        return self.put("scalar", scalar.name, on=scalar.key[2])

    def trees(self) -> list[int]:
        """How large the expression of every row is when it is written out in full."""
        sizes: list[int] = []
        for row in self.rows:
            own = len(row[1].rows) if row[0] == "formula" else 1
            sizes.append(own + sum(sizes[a] for a in arguments(row)))
        return sizes

    def depths(self) -> list[int]:
        """How many operations stand one inside the other in every row."""
        found: list[int] = []
        for row in self.rows:
            found.append(1 + max((found[a] for a in arguments(row)), default=0))
        return found


def arguments(row: Row) -> tuple[int, ...]:
    """The earlier rows that a row reads."""
    match row[0]:
        case "map" | "call" | "formula":
            return row[2:]
        case "sum" | "product" | "max" | "power":
            return row[1:]
        case _:
            return ()


def lowered(tape: Tape, diagram: Diagram, *, arrays: bool = False) -> list[list[int]]:
    """The rows of every output of a diagram of known sizes, component by component; with `arrays`, weights are the numbers beside it.

    >>> from sigmaprime.diagrams import mul
    >>> tape = Tape()
    >>> lowered(tape, mul("W", 2, 1))
    [[6]]
    >>> tape.rows[:5]
    [('input', 0, 0), ('input', 0, 1), ('weight', 'W', 0, 0), ('weight', 'W', 0, 1), ('power', 0, 2)]
    >>> tape.rows[5:7]
    [('power', 1, 3), ('product', 4, 5)]
    """
    look = _Terms(tape, diagram._weights, arrays)
    types = diagram.types
    columns, count = diagram.columns, len(diagram.inputs)
    wires: list[list[int]] = [
        [tape.put("input", i, j, on=s.interval) for j in range(_known(s.size))] for i, s in enumerate(diagram.inputs)
    ]
    for w in range(count, len(columns.op)):
        read = columns.arguments(w)
        x = wires[read[0]]
        match columns.op[w]:
            case Kind.MAP:
                wires.append([tape.applied(Term.all[columns.fn[w]], a) for a in x])
            case Kind.MIX:
                wires.append(look.mix(Term.all[columns.fn[w]], Term.all[columns.wt[w]], Term.all[columns.bs[w]], x))
            case Kind.POOL:
                wires.append(look.pool(Term.all[columns.fn[w]], Term.all[columns.wt[w]], x))
            case Kind.SIGNED:
                wires.append(look.signed(Term.all[columns.wt[w]], x))
            case Kind.CONCAT:
                wires.append([a for r in read for a in wires[r]])
            case _:
                start = _known(Term.all[columns.wt[w]])
                wires.append(x[start : start + _known(Space.all[types[w]].size)])
    return [wires[w] for w in diagram.outputs]


def at_sizes(diagram: Diagram, sizes: Mapping[str, int] | None) -> Diagram:
    """The diagram with numbers for its named sizes; raises `Refused` if one stays open."""
    if sizes:
        theta, _ = bindings(diagram.variables, diagram_sizes(diagram), sizes)
        diagram = replaced(diagram, theta)
    roots: list[Any] = [*diagram.terms, *(s.size for s in diagram.inputs)]
    for size in (t for t in subterms(roots) if isinstance(t, Size) and t.value is None):
        raise errors.open_size(size, [str(s) for s in diagram_sizes(diagram)])
    return diagram


def _known(size: Size) -> int:
    if size.value is None:
        raise errors.open_size(size, [])
    return size.value


def _exact(entry: Any) -> Fraction:
    """The entry of an array as it is: integers are not rounded to floats."""
    value = entry.item()
    if isinstance(value, int):
        return Fraction(value)
    if not math.isfinite(value):
        raise errors.not_exact(value)
    return Fraction(*value.as_integer_ratio())


Matrix = list[list[int]]


class _Terms:
    """Weights and biases, entry by entry."""

    def __init__(self, tape: Tape, arrays: Mapping[str, Any], numbers: bool) -> None:
        self.tape, self.arrays, self.numbers = tape, arrays, numbers
        self.matrices: dict[Weight, Matrix] = {}

    def mix(self, g: Function, weight: Weight, bias: Vector, x: list[int]) -> list[int]:
        tape = self.tape
        if g.key[:2] == (Head.ATOM, "exp"):
            powers = self.applied(weight, x, tape.power, tape.product)
            lifts = [tape.number(ONE) if tape.value(b) == 0 else tape.put("map", "exp", b) for b in self.vector(bias)]
            return [tape.product((p, e)) for p, e in zip(powers, lifts, strict=True)]
        inner = [tape.applied(layer_chart(g)[1], a) for a in x] if g.key[:2] != (Head.ATOM, "identity") else x
        sums = self.linear(weight, inner)
        moved = [tape.total((s, b)) for s, b in zip(sums, self.vector(bias), strict=True)]
        return [tape.applied(g, a) for a in moved]

    def signed(self, layer: SignedMap, x: list[int]) -> list[int]:
        """e^b ∏ |x|^w times x / |x| for every odd parity; the parities must be numbers."""
        tape = self.tape
        sizes = [tape.applied(absolute, a) for a in x]
        units = [tape.product((a, tape.power(s, tape.number(-ONE)))) for a, s in zip(x, sizes, strict=True)]
        whole = self.mix(exp, layer.weight, layer.bias, sizes)
        rows = [[*row, c] for row, c in zip(self.written_out(layer.parity), self.vector(layer.flip), strict=True)]
        units.append(tape.number(-ONE))
        return [tape.product((y, *(u for u, p in zip(units, row, strict=True) if self.odd(p)))) for y, row in zip(whole, rows, strict=True)]  # fmt: skip

    def odd(self, parity: int) -> bool:
        """Whether a row that numbers are added and multiplied to is an odd number."""
        values: dict[int, Fraction] = {}
        todo = [parity]
        while todo:
            at = todo.pop()
            word, *rest = self.tape.rows[at]
            if word not in ("number", "sum", "product"):
                raise layer_errors.parities_unknown()
            waiting = [r for r in rest if r not in values] if word != "number" else []
            if waiting:
                todo += [at, *waiting]
            else:
                whole = (values[r] for r in rest) if word != "number" else rest
                values[at] = sum(whole, ZERO) if word == "sum" else math.prod(whole, start=ONE)
        return values[parity] % 2 == 1

    def pool(self, g: Function, windows: Weight, x: list[int]) -> list[int]:
        tape = self.tape
        inner = [tape.applied(layer_chart(g)[1], a) for a in x]
        if windows.cone and any(t.head in (Head.MEMBER, Head.CONSTANT) for t in subterms([windows])):
            raise layer_errors.windows_unknown(windows)
        tops = self.applied(windows, inner, lambda a, w: a, tape.maximum)
        return [tape.applied(g, a) for a in tops]

    def linear(self, weight: Weight, x: list[int]) -> list[int]:
        return self.applied(weight, x, lambda a, w: self.tape.product((w, a)), self.tape.total)

    def applied(
        self, weight: Weight, x: list[int], times: Callable[[int, int], int], joined: Callable[[Iterable[int]], int]
    ) -> list[int]:
        """Every row of the matrix on x; a product of matrices factor by factor, a row of blocks block by block, and no entries of I and 0."""
        for factor in reversed(product_factors(weight)):
            match factor.head:
                case Head.EYE:
                    pass
                case Head.ZERO:
                    x = [joined(())] * _known(factor.rows)
                case Head.ROW:
                    parts, start = [], 0
                    for block in factor.key[1:]:
                        end = start + _known(block.columns)
                        parts.append(self.applied(block, x[start:end], times, joined))
                        start = end
                    x = [joined(row) for row in zip(*parts, strict=True)]
                case Head.ONES:
                    x = [joined(x)] * _known(factor.rows)
                case Head.SCALE:
                    x = [times(a, self.tape.scalar(factor.key[1])) for a in x]
                case Head.DIAGONAL:
                    x = [times(a, w) for a, w in zip(x, self.vector(factor.key[1]), strict=True)]
                case Head.CONVOLUTION:
                    x = [joined([times(x[j], w) for j, w in row]) for row in self.convolved(factor)]
                case _:
                    x = [joined([times(a, w) for a, w in zip(x, row, strict=True)]) for row in self.entries(factor)]
        return x

    def convolved(self, weight: Weight) -> list[list[tuple[int, int]]]:
        """For every row of a convolution the components that it reads, each with its entry."""
        kernel, *geometry, groups = weight.key[1:]
        unit = [self.tape.number(ONE)] * _known(kernel.columns)
        plain = kernel.head is Head.ONES
        entries = [unit] * _known(kernel.rows) if plain else self.written_out(kernel)
        channels = _known(kernel.columns) // math.prod(geometry[1])
        axes = [taps(*axis) for axis in zip(*geometry, strict=True)]
        area, rows = math.prod(geometry[0]), []
        for output, row in enumerate(entries):
            first = output // (len(entries) // groups) * channels
            for place in product(*axes):
                found = []
                for c in range(channels):
                    for t, reads in enumerate(product(*place)):
                        if min(reads) >= 0:
                            at = 0
                            for j, size in zip(reads, geometry[0], strict=True):
                                at = at * size + j
                            found.append(((first + c) * area + at, row[c * math.prod(geometry[1]) + t]))
                rows.append(found)
        return rows

    def written_out(self, weight: Weight) -> Matrix:
        """All entries of a matrix, of whatever form."""
        size = _known(weight.columns)
        zero, one = self.tape.number(ZERO), self.tape.number(ONE)
        unit = [[one if i == j else zero for i in range(size)] for j in range(size)]
        columns = [self.linear(weight, column) for column in unit]
        return [list(row) for row in zip(*columns, strict=True)]

    def entries(self, weight: Weight) -> Matrix:
        """The entries of a variable or a constant."""
        found = self.matrices.get(weight)
        if found is None:
            rows, columns = range(_known(weight.rows)), range(_known(weight.columns))
            if weight.head in (Head.MEMBER, Head.INVERTED):
                return self.member(weight)
            array, put = self.array(weight), self.tape.put
            found = self.matrices[weight] = (
                [[put("weight", weight.name, i, j, on=reals) for j in columns] for i in rows]
                if array is None
                else [[self.tape.number(_exact(array[i, j])) for j in columns] for i in rows]
            )
        return found

    def member(self, weight: Weight) -> Matrix:
        """The entries of a variable for a family, which must be given: a permutation is not a matrix of free entries."""
        member = weight.key[1] if weight.head is Head.INVERTED else weight
        array = self.array(member) if self.numbers else None
        if array is None:
            raise layer_errors.member_unknown(member)
        if member.key[4] in (Family.SCALING, Family.SIGNS):
            values = [_exact(a) for a in array]
            values = [1 / a for a in values] if weight.head is Head.INVERTED else values
            pairs = [[a if i == j else ZERO for j in range(len(values))] for i, a in enumerate(values)]
        else:
            pairs = [[_exact(a) for a in row] for row in array]
            pairs = [list(row) for row in zip(*pairs, strict=True)] if weight.head is Head.INVERTED else pairs
        return [[self.tape.number(a) for a in row] for row in pairs]

    def array(self, term: Weight | Vector) -> Any:
        """The array to read a term's numbers from; None for a variable that stays one."""
        if term.head in (Head.CONSTANT, Head.CONSTANT_VECTOR):
            name = constant_name(term)
            if name not in self.arrays:
                raise errors.no_value(name)
            return self.arrays[name]
        if not self.numbers:
            return None
        if term.name not in self.arrays:
            raise errors.no_value(term.name)
        return self.arrays[term.name]

    def vector(self, vector: Vector) -> list[int]:
        values: dict[Term, list[int]] = {}
        for term in (t for t in subterms([vector]) if isinstance(t, Vector)):
            size = range(_known(term.size))
            match term.head:
                case Head.ZERO_VECTOR | Head.ONES_VECTOR:
                    values[term] = [self.tape.number(ZERO if term.head is Head.ZERO_VECTOR else ONE) for _ in size]
                case Head.APPLY:
                    values[term] = self.linear(term.key[1], values[term.key[2]])
                case Head.SUM:
                    values[term] = [self.tape.total(parts) for parts in zip(*(values[v] for v in term.key[1:]), strict=True)]  # fmt: skip
                case _:
                    array = self.array(term)
                    values[term] = [
                        self.tape.put("bias", term.name, i, on=reals)
                        if array is None
                        else self.tape.number(_exact(array[i]))
                        for i in size
                    ]
        return values[vector]
