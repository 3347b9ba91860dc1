"""Expressions as rows that cite earlier rows: run on arrays, followed backwards for the gradient, printed as plain array code.

A row is (operation, *arguments); arguments are indices of earlier rows, or numbers. Equal rows are one, so what is shared is computed once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

__all__ = ["OPERATIONS", "Program", "Rows", "code", "gradient", "run", "with_plain_logs"]

Row = tuple[Any, ...]
Program = tuple[Row, ...]
"""Rows of which the first is ("x",) and the last is the value."""


class Rows:
    """Rows while they are written."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._known: dict[Row, int] = {}

    def put(self, *row: Any) -> int:
        """The index of a row, new or known."""
        at = self._known.get(row)
        if at is None:
            at = self._known[row] = len(self.rows)
            self.rows.append(row)
        return at

    def number(self, at: int) -> Any:
        """The number that a row is, or None."""
        return self.rows[at][1] if self.rows[at][0] == "number" else None

    def constant(self, value: Any) -> int:
        return self.put("number", value)

    def add(self, a: int, b: int) -> int:
        p, q = self.number(a), self.number(b)
        if p is not None and q is not None:
            return self.constant(p + q)
        if p == 0:
            return b
        if q == 0:
            return a
        if self.rows[b][0] == "neg":
            return self.put("sub", a, self.rows[b][1])
        return self.put("add", a, b) if p is None else self.put("add", b, a)

    def neg(self, a: int) -> int:
        p = self.number(a)
        if p is not None:
            return self.constant(-p)
        return int(self.rows[a][1]) if self.rows[a][0] == "neg" else self.put("neg", a)

    def mul(self, a: int, b: int) -> int:
        p, q = self.number(a), self.number(b)
        if p is None and q is not None:
            a, b, p, q = b, a, q, p
        if p is not None and q is not None:
            return self.constant(p * q)
        if p is not None and p in (0, 1, -1):
            return self.constant(p) if p == 0 else b if p == 1 else self.neg(b)
        return self.put("mul", a, b)

    def div(self, a: int, b: int) -> int:
        p, q = self.number(a), self.number(b)
        if p is not None and q is not None and q != 0:
            return self.constant(p / q)
        if q == 1:
            return a
        return self.put("div", a, b)

    def program(self, root: int) -> Program:
        """The rows that the root needs, numbers as floats."""
        needed = {root}
        for at in range(root, -1, -1):
            if at in needed:
                needed.update(cited(self.rows[at]))
        place: dict[int, int] = {}
        rows: list[Row] = []
        for at in sorted(needed | {i for i, r in enumerate(self.rows) if r == ("x",)}):
            row = self.rows[at]
            place[at] = len(rows)
            if row[0] == "number":
                rows.append(("number", float(row[1])))
            else:
                count = len(cited(row))
                rows.append((row[0], *(place[i] for i in row[1 : 1 + count]), *row[1 + count :]))
        assert rows[0] == ("x",)
        return tuple(rows) if place[root] == len(rows) - 1 else (*rows, ("same", place[root]))


def cited(row: Row) -> Sequence[int]:
    """The earlier rows that a row is made of."""
    match row[0]:
        case "x" | "number":
            return ()
        case "poly" | "power":
            return row[1:2]
        case _:
            return row[1:]


def with_plain_logs(program: Program) -> Program:
    """ln(1 + z) for log1p(z): as good on the scale of 1, where it is not followed by another ln, and in places much cheaper."""
    rows, place = Rows(), list[int]()
    for row in program:
        count = len(cited(row))
        arguments = [place[i] for i in row[1 : 1 + count]]
        if row[0] == "log1p":
            place.append(rows.put("log", rows.add(rows.constant(1.0), arguments[0])))
        else:
            place.append(rows.put(row[0], *arguments, *row[1 + count :]))
    return rows.program(place[-1])


def _poly(xp: Any, z: Any, coefficients: Sequence[float]) -> Any:
    y = coefficients[-1] * z + coefficients[-2] if len(coefficients) > 1 else 0 * z + coefficients[0]
    for c in coefficients[-3::-1]:
        y = y * z + c
    return y


def _each(function: Callable[[float], float]) -> Callable[..., Any]:
    import numpy as np

    return lambda xp, a: np.vectorize(function, otypes=[float])(a).astype(a.dtype)


OPERATIONS: dict[str, tuple[Callable[..., Any], str, float]] = {
    "same": (lambda xp, a: a, "{0}", 0),
    "add": (lambda xp, a, b: a + b, "{0} + {1}", 1),
    "sub": (lambda xp, a, b: a - b, "{0} - {1}", 1),
    "mul": (lambda xp, a, b: a * b, "{0} * {1}", 1),
    "div": (lambda xp, a, b: a / b, "{0} / {1}", 1.2),
    "neg": (lambda xp, a: -a, "-{0}", 1),
    "exp": (lambda xp, a: xp.exp(a), "xp.exp({0})", 8),
    "log": (lambda xp, a: xp.log(a), "xp.log({0})", 9),
    "log1p": (lambda xp, a: xp.log1p(a), "xp.log1p({0})", 26),
    "expm1": (lambda xp, a: xp.expm1(a), "xp.expm1({0})", 24),
    "tanh": (lambda xp, a: xp.tanh(a), "xp.tanh({0})", 18),
    "atan": (lambda xp, a: xp.atan(a), "xp.atan({0})", 20),
    "sin": (lambda xp, a: xp.sin(a), "xp.sin({0})", 12),
    "cos": (lambda xp, a: xp.cos(a), "xp.cos({0})", 12),
    "sqrt": (lambda xp, a: xp.sqrt(a), "xp.sqrt({0})", 3),
    "erf": (lambda xp, a: _each(math.erf)(xp, a), "", 0),
    "erfc": (lambda xp, a: _each(math.erfc)(xp, a), "", 0),
    "power": (lambda xp, a, p: a**p, "{0} ** {1!r}", 24),
}
"""How a row is run (erf, erfc: in NumPy, to show the naive form), how it is written as code, and what it costs, as measured in NumPy and PyTorch (one addition of two arrays = 1)."""
HORNER = {"float32": 5.0, "float64": 6.0}
"""The cost of one more degree, with its share of the way back."""
SLOW = {"float32": {"log1p": 32.0, "expm1": 32.0, "tanh": 14.0}, "float64": {}}
"""What differs much by type."""


def cost(program: Program, dtype: str) -> float:
    """What a run costs, in additions."""
    total = 0.0
    for row in program:
        match row[0]:
            case "x" | "number":
                continue
            case "poly":
                total += HORNER[dtype] * len(row[2])
            case op:
                total += SLOW[dtype].get(op, OPERATIONS[op][2])
    return total


def values(program: Program, xp: Any, x: Any) -> list[Any]:
    """The value of every row."""
    made: list[Any] = []
    for row in program:
        made.append(_step(row, made, xp, x))
    return made


def run(program: Program, xp: Any, x: Any) -> Any:
    """The value at x; a number where the program is constant. What is not read any more is let go, so that its memory is used again."""
    made: list[Any] = []
    for row, done in zip(program, _last_reads(program), strict=True):
        made.append(_step(row, made, xp, x))
        for i in done:
            made[i] = None
    return made[-1]


@lru_cache(maxsize=1024)
def _last_reads(program: Program) -> list[list[int]]:
    """For every row: the earlier rows that it is the last to read."""
    last = {i: at for at, row in enumerate(program) for i in cited(row)}
    found: list[list[int]] = [[] for _ in program]
    for i, at in last.items():
        found[at].append(i)
    return found


def _step(row: Row, made: list[Any], xp: Any, x: Any) -> Any:
    match row[0]:
        case "x":
            return x
        case "number":
            return row[1]
        case "poly":
            return _poly(xp, made[row[1]], row[2])
        case "power":
            return made[row[1]] ** row[2]
        case "add":
            return made[row[1]] + made[row[2]]
        case "mul":
            return made[row[1]] * made[row[2]]
        case op:
            return OPERATIONS[op][0](xp, *(made[i] for i in row[1:]))


def gradient(program: Program, x: Any) -> tuple[Any, Any, Any]:
    """Value, gradient, and where every value on the way is finite, in NumPy; backwards as an array library goes, one rule a row."""
    import numpy as np

    made = [np.broadcast_to(np.asarray(v, dtype=x.dtype), x.shape) for v in values(program, np, x)]
    back = [np.zeros_like(x) for _ in program]
    back[-1] = np.ones_like(x)
    for at in range(len(program) - 1, 0, -1):
        row, g, y = program[at], back[at], made[at]
        arguments = cited(row)
        for i, slope in zip(arguments, _slopes(row, [made[i] for i in arguments], y, g), strict=True):
            back[i] = back[i] + _flushed(slope)
    finite = np.ones(x.shape, dtype=bool)
    for v in (*made, *back):
        finite &= np.isfinite(v)
    return made[-1], back[0], finite


def _flushed(a: Any) -> Any:
    """Without subnormal numbers, which some libraries take for 0."""
    import numpy as np

    return np.where(abs(a) < np.finfo(a.dtype).tiny, 0, a)


def _slopes(row: Row, a: list[Any], y: Any, g: Any) -> tuple[Any, ...]:
    """g times the derivative by each argument."""
    import numpy as np

    match row[0]:
        case "same":
            return (g,)
        case "number":
            return ()
        case "add":
            return g, g
        case "sub":
            return g, -g
        case "neg":
            return (-g,)
        case "mul":
            return g * a[1], g * a[0]
        case "div":
            return g / a[1], -g * _flushed((a[0] / a[1]) / a[1])
        case "exp":
            return (g * y,)
        case "log":
            return (g / a[0],)
        case "log1p":
            return (g / (a[0] + 1),)
        case "expm1":
            return (g * (y + 1),)
        case "tanh":
            return (g * (1 - y * y),)
        case "atan":
            return (g / (1 + a[0] * a[0]),)
        case "sin":
            return (g * np.cos(a[0]),)
        case "cos":
            return (-g * np.sin(a[0]),)
        case "sqrt":
            return (g / (2 * y),)
        case "erf" | "erfc":
            return (g * ((2 if row[0] == "erf" else -2) / math.sqrt(math.pi) * np.exp(-a[0] * a[0])),)
        case "power":
            return (g * (row[2] * a[0] ** (row[2] - 1)),)
        case "poly":
            c, z = row[2], a[0]
            slope, value = np.full_like(z, 0.0), np.full_like(z, c[-1])
            for k in c[-2::-1]:  # the two Horner chains that the backward pass of Horner's rule amounts to
                slope, value = slope * z + value, value * z + k
            return (g * slope,)
    raise AssertionError(f"no derivative of {row[0]}")


def code(program: Program, result: str, x: str = "x") -> list[str]:
    """Lines of plain array code that set `result`; names of the other rows begin with it."""
    names, lines = [], []
    for at, row in enumerate(program):
        last = at == len(program) - 1
        name = result if last else f"{result}_{at}"
        match row[0]:
            case "x":
                names.append(x)
                if last:
                    lines.append(f"{result} = {x}")
                continue
            case "number":
                names.append(repr(row[1]) if row[1] >= 0 else f"({row[1]!r})")
                if last:
                    lines.append(f"{result} = xp.full_like({x}, {row[1]!r})")
                continue
            case "poly":
                z, c = names[row[1]], row[2]
                lines.append(f"{name} = {c[-1]!r} * {z} + {c[-2]!r}" if len(c) > 1 else f"{name} = 0 * {z} + {c[0]!r}")
                lines += [f"{name} = {name} * {z} + {k!r}" for k in c[-3::-1]]
            case "power":
                lines.append(f"{name} = {names[row[1]]} ** {row[2]!r}")
            case op:
                lines.append(f"{name} = " + OPERATIONS[op][1].format(*(names[i] for i in row[1:])))
        names.append(name)
    return lines


def finite_constants(program: Program) -> bool:
    """Whether no number of the program left the floats."""
    numbers = [r[1] for r in program if r[0] == "number"] + [c for r in program if r[0] == "poly" for c in r[2]]
    return all(math.isfinite(v) for v in numbers)
