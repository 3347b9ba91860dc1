"""Numbers as an oracle: two diagrams compared at exact points, in interval arithmetic with outward rounding.

Every leaf of the tape is an exact rational, every operation encloses the true value, so two enclosures that do not meet are two different
values: that refutes, and nothing else does. Enclosures that meet and are 50 digits tight are agreement, which proves nothing.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Interval,
    cube,
    exp,
    negate,
    power,
    scale,
    shift,
    sigmoid,
    softplus,
    softsign,
    square,
    tanh,
    then,
)
from sigmaprime.diagrams.calling import check_signature
from sigmaprime.diagrams.own import known
from sigmaprime.diagrams.tape import Tape
from sigmaprime.diagrams.translate import translated

from .enclosure import Enclosures, Undecided

__all__ = ["DIGITS", "POINTS", "Comparison", "Witness", "agreement", "compare", "points"]

POINTS, DIGITS = 64, 50
LONG = 12  # numbers that are written out
PRECISIONS = (256, 1024, 5000)  # bits, one after the other until the enclosures are tight


@dataclass(frozen=True)
class Witness:
    """A point at which two sides differ: exact inputs, values of all variables, and disjoint enclosures of one component."""

    inputs: tuple[tuple[Fraction, ...], ...]
    parameters: Mapping[str, Any]
    """Weights (rows of fractions), biases (fractions) and scalars (a fraction), by name."""
    functions: Mapping[str, Function]
    sizes: Mapping[str, int]
    output: tuple[int, int]
    """Which output, which component."""
    left: tuple[str, str]
    right: tuple[str, str]
    """The ends of the enclosure of each side's value, in decimals."""

    @property
    def values(self) -> tuple[str, str]:
        """One decimal number a side, as far as it is known."""
        one, other = _common(*self.left), _common(*self.right)
        return (one, other) if one != other else (f"in [{', '.join(self.left)}]", f"in [{', '.join(self.right)}]")

    def arrays(self) -> list[Any]:
        """The inputs as NumPy arrays."""
        import numpy as np

        return [np.array([float(v) for v in x]) for x in self.inputs]

    def bindings(self) -> dict[str, Any]:
        """The variables by name, as a diagram takes them: functions, scalars, arrays."""
        import numpy as np

        numbers = {
            name: v if isinstance(v, Fraction) else np.array(v, dtype=float) for name, v in self.parameters.items()
        }
        return {**self.functions, **numbers}

    def __str__(self) -> str:
        parts = [f"x = {_shown(x)}" for x in self.inputs] if len(self.inputs) == 1 else []
        parts = parts or [f"x{i} = {_shown(x)}" for i, x in enumerate(self.inputs, 1)]
        parts += [f"{name} = {_shown(v)}" for name, v in self.parameters.items()]
        parts += [f"{name} = {f}" for name, f in self.functions.items()]
        left, right = self.values
        return f"at {', '.join(parts)} the left side is {left}, the right side {right}"


def _shown(value: Any) -> str:
    """Numbers as they are; of many, how many: the witness has them all."""
    if not isinstance(value, tuple | list):
        return str(value)
    flat = [v for row in value for v in (row if isinstance(row, list) else [row])]
    if len(flat) > LONG:
        return f"[{flat[0]}, {flat[1]}, ... {len(flat)} numbers]"
    if len(value) == 1 and isinstance(value[0], Fraction):
        return str(value[0])
    return f"[{', '.join(map(_shown, value))}]"


def _common(low: str, high: str) -> str:
    """The digits that both ends share, if these are many."""
    shared = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))
    exponents = [t.partition("e")[2] for t in (low, high)]
    if low == high or (shared >= 10 and exponents[0] == exponents[1]):
        return low
    return f"in [{low}, {high}]"


@dataclass(frozen=True)
class Comparison:
    """A witness, or at how many points the sides agree."""

    witness: Witness | None
    agreed: int
    tried: int
    needed: int = POINTS
    """Fewer where there are not as many points."""

    @property
    def enough(self) -> bool:
        return self.witness is None and self.agreed >= self.needed

    def __str__(self) -> str:
        return f"both sides agree at {self.agreed} point{'s' if self.agreed != 1 else ''} to {DIGITS} digits"


# --- where to look ---


@cache
def points(on: Interval) -> tuple[Fraction, ...]:
    """Rational points inside an interval, spread over its whole length, close to its ends and far out."""
    grid = [Fraction(2 * i + 1, 2 * POINTS) for i in range(POINTS)]
    low, high = (isinstance(end, Fraction) for end in (on.lo, on.hi))
    if low and high:
        lo, hi = Fraction(on.lo), Fraction(on.hi)
        found = [lo + (hi - lo) * t for t in grid] if lo < hi else []
    elif low or high:
        end, sign = (Fraction(on.lo), 1) if low else (Fraction(on.hi), -1)
        found = [end + sign * d for d in (*(t / (1 - t) for t in grid), *FAR)]
    else:
        found = [*((2 * t - 1) / (t * (1 - t)) / 8 for t in grid), *FAR, *(-d for d in FAR)]
    ends = [Fraction(end) for end, closed in ((on.lo, on.lo_closed), (on.hi, on.hi_closed)) if closed]
    return tuple(dict.fromkeys(x for x in (*(_short(x, on) for x in found), *ends) if x or not on.hole))


FAR = [Fraction(10**k) for k in (3, 6)]
SHORT = [Fraction(k, 8) for k in range(-16, 17)]
"""What weights are drawn from: exact in every float type."""


def _short(x: Fraction, on: Interval) -> Fraction:
    """A double close by, if it lies inside."""
    near = Fraction(round(x * 1024), 1024)
    return near if near in on else x


def _near(constants: Sequence[Fraction], on: Interval) -> list[Fraction]:
    """Points at the numbers that a side mentions, where maxima have their kinks."""
    beside = [s * c + d for c in constants for s in (1, -1) for d in (0, -1, 1)]
    return [x for x in dict.fromkeys(beside) if x in on]


def candidates(variable: Function) -> list[Function]:
    """Functions that a variable may stand for."""
    codomain: Interval = variable.key[3]
    found = [tanh, sigmoid, softplus, softsign, square, cube, exp, negate, then(scale(2), shift(1)), power("1/3"), power("1/2")]  # fmt: skip
    lo, hi = codomain.lo, codomain.hi
    if isinstance(lo, Fraction) and isinstance(hi, Fraction):
        found.append(then(sigmoid, scale(hi - lo), shift(lo)))
    elif isinstance(lo, Fraction):
        found.append(then(softplus, shift(lo)))
    elif isinstance(hi, Fraction):
        found.append(then(softplus, negate, shift(hi)))
    return [f for f in found if _fits(variable, f)]


def _fits(variable: Function, value: Function) -> bool:
    try:
        check_signature(variable, value)
    except IllTyped:
        return False
    return True


@dataclass
class _Sample:
    """Numbers for all leaves, functions for all variables."""

    leaves: dict[int, Fraction]
    functions: dict[str, Function] = field(default_factory=dict)


def _samples(tape: Tape, able: Mapping[str, Sequence[Function]]) -> tuple[list[_Sample], Iterator[_Sample]]:
    """Every point of a single variable in turn, all to be looked at; then seeded draws, weights small and short."""
    constants = [row[1] for row in tape.rows if row[0] == "number"][:20]
    made: dict[Interval | None, list[Fraction]] = {None: SHORT}
    pools: dict[int, list[Fraction]] = {}
    for i, on in tape.leaves.items():
        key = None if tape.rows[i][0] in ("weight", "bias") else on
        if key not in made:
            made[key] = [*_near(constants, on), *points(on)]
        pools[i] = made[key]
    turns = []
    if len(pools) == 1:
        i, pool = next(iter(pools.items()))
        turns = [
            _Sample({i: x}, {name: fs[(turn + 3 * k) % len(fs)] for k, (name, fs) in enumerate(able.items())})
            for turn, x in enumerate(pool)
        ]
    return turns, _draws(pools, able)


def _count(tape: Tape, able: Mapping[str, Sequence[Function]]) -> int:
    """How many samples there can be: one, where every input is one point."""
    pools = (len(SHORT if tape.rows[i][0] in ("weight", "bias") else points(on)) for i, on in tape.leaves.items())
    return math.prod(pools) * math.prod(map(len, able.values()))


def _draws(pools: Mapping[int, list[Fraction]], able: Mapping[str, Sequence[Function]]) -> Iterator[_Sample]:
    draw = random.Random(0)
    near = {id(pool): [x for x in pool if abs(x) <= 4] or pool for pool in pools.values()}
    for k in range(4 * POINTS):
        leaves = {i: draw.choice(near[id(pool)] if k % 4 else pool) for i, pool in pools.items()}
        yield _Sample(leaves, {name: draw.choice(fs) for name, fs in able.items()})


# --- comparing ---


def compare(tape: Tape, pairs: Sequence[tuple[int, int]], deadline: float, places: Sequence[tuple[int, int]], sizes: Mapping[str, int] | None = None) -> Comparison:  # fmt: skip
    """Compare pairs of rows at up to 64 points or until the deadline (of `time.monotonic`)."""
    # an inverse without a formula is no variable, where own functions are what they are
    able = {name: [] if tape.own and known(f) else candidates(f) for name, f in tape.functions.items()}
    if not all(able.values()):
        return Comparison(None, 0, 0)
    turns, draws = _samples(tape, able)
    needed = min(POINTS, -(-_count(tape, able) // 2))
    agreed = tried = 0
    seen: set[tuple[Any, ...]] = set()
    for sample in itertools.chain(turns, draws):
        if agreed >= needed and tried >= len(turns):
            break
        key = (*sample.leaves.values(), *sample.functions.values())
        if key in seen:
            continue
        seen.add(key)
        tried += 1
        try:
            found = _at(tape, pairs, sample, deadline)
        except TimeoutError:
            break
        if isinstance(found, tuple):
            return Comparison(_witness(tape, sample, found, sizes or {}, places), agreed, tried, needed)
        agreed += found
    return Comparison(None, agreed, tried, needed)


Found = tuple[int, tuple[str, str], tuple[str, str]]


def _at(tape: Tape, pairs: Sequence[tuple[int, int]], sample: _Sample, deadline: float) -> Found | bool:
    """The pair that differs at this sample and its values; else whether all agree to 50 digits."""
    for precision in PRECISIONS:
        try:
            values = Enclosures(precision).run(tape, sample.leaves, sample.functions, deadline)
        except Undecided:
            continue
        tight = True
        for k, (a, b) in enumerate(pairs):
            one, other = values[a], values[b]
            if one.b < other.a or other.b < one.a:
                digits = 20
                while _ends(one, digits) == _ends(other, digits) and digits < 4 * precision:
                    digits *= 2
                return k, _ends(one, digits), _ends(other, digits)
            tight = tight and (a == b or (_tight(one) and _tight(other)))
        if tight:
            return True
    return False


def _tight(x: Any) -> bool:
    """Known to 50 digits, or nearer to 0 than 1e-300."""
    size = abs(x).b
    return bool(x.b - x.a <= size * 10.0**-DIGITS / 4) or bool(size < 1e-300)


def _ends(x: Any, digits: int) -> tuple[str, str]:
    from mpmath.libmp import to_str

    low, high = x._mpi_
    return to_str(low, digits), to_str(high, digits)


def _witness(
    tape: Tape, sample: _Sample, found: Found, sizes: Mapping[str, int], places: Sequence[tuple[int, int]]
) -> Witness:
    inputs: dict[int, list[Fraction]] = {}
    parameters: dict[str, Any] = {}
    for i, row in enumerate(tape.rows):
        if i not in sample.leaves:
            continue
        x = sample.leaves[i]
        match row[0]:
            case "input":
                inputs.setdefault(row[1], []).append(x)
            case "bias":
                parameters.setdefault(row[1], []).append(x)
            case "weight":
                rows = parameters.setdefault(row[1], [])
                if row[2] == len(rows):
                    rows.append([])
                rows[row[2]].append(x)
            case _:
                parameters[row[1]] = x
    at = tuple(tuple(inputs[i]) for i in sorted(inputs))
    return Witness(at, parameters, dict(sample.functions), dict(sizes), places[found[0]], found[1], found[2])


def agreement(function: Function, on: Interval, x: Any, expression: Any) -> Comparison:
    """A function of the catalogue against a SymPy expression in x, on an interval."""
    tape = Tape()
    start = tape.put("input", 0, 0, on=on)
    left = tape.applied(function, start)
    right = _written(tape, start, x, expression)
    if right is None:  # it holds what only SymPy knows
        return Comparison(None, 0, 0)
    return compare(tape, [(left, right)], math.inf, [(0, 0)])


def _written(tape: Tape, start: int, x: Any, expression: Any) -> int | None:
    """A SymPy expression in x as rows of a tape; None if it holds something else."""
    import sympy as sp

    if expression.free_symbols == {x} and not expression.atoms(sp.core.function.AppliedUndef):
        try:
            return tape.put("formula", translated(expression, jumps=True)[0], start)
        except IllTyped:
            return None
    known = {sp.exp: "exp", sp.log: "ln", sp.tanh: "tanh", sp.atanh: "atanh", sp.sinh: "sinh", sp.asinh: "asinh"}
    made: dict[Any, int] = {x: start}
    for e in sp.postorder_traversal(expression):
        if e in made:
            continue
        below = [made.get(a) for a in e.args]
        if e.is_Rational:
            made[e] = tape.number(Fraction(int(e.p), int(e.q)))
        elif None in below or not below:
            return None
        elif e.func in known:
            made[e] = tape.put("map", known[e.func], *below)
        elif e.is_Add or e.is_Mul:
            made[e] = tape.put("sum" if e.is_Add else "product", *below)
        elif e.is_Pow:
            made[e] = tape.put(
                "map" if e.exp.is_Rational else "power", *(["power"] if e.exp.is_Rational else []), *below
            )
        elif str(e.func) in tape.functions:
            made[e] = tape.put("call", str(e.func), *below)
        elif e.func is sp.Max:
            made[e] = tape.put("max", *below)
        elif e.func is sp.Abs:
            made[e] = tape.put("max", below[0], tape.put("map", "negate", below[0]))
        else:
            return None
    return made[expression]
