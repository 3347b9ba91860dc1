"""The search: candidates at all borders, scored in value and slope against many digits, at most four regimes chosen by dynamic programming."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..errors import Refused
from .exact import Exact, Law
from .fitted import between, double_tail, tail
from .form import Form, Forms
from .formal import Formula
from .leading import read_off
from .rows import Program, cost, finite_constants, gradient, with_plain_logs

__all__ = ["Reference", "generate", "line"]

REGIMES = 4
GOALS = (1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0, 30.0, 100.0)
"""The largest errors that are put up with, in eps: the first that four regimes can keep."""
BORDER = 6.0
"""The cost of one more regime: its masks."""
WORTH = 8.0
"""What one eps less is worth, in additions."""


@dataclass(frozen=True)
class Reference:
    """Points of one type with ln f(e^x) and its slope, each as the sum of two doubles; points where no float holds them are left out."""

    x: Any
    value: tuple[Any, Any]
    slope: tuple[Any, Any]
    eps: float

    @classmethod
    def at(cls, exact: Exact, x: Any) -> Reference:
        import numpy as np

        found, largest = [], float(np.finfo(x.dtype).max) * 0.9
        for v in x:
            y, slope = exact.value(exact.mp.mpf(float(v))), exact.slope(exact.mp.mpf(float(v)))
            if abs(y) < largest and abs(slope) < largest:
                found.append((v, float(y), float(y - float(y)), float(slope), float(slope - float(slope))))
        columns = [np.array(c, dtype=float) for c in zip(*found, strict=True)]
        return cls(
            columns[0].astype(x.dtype), (columns[1], columns[2]), (columns[3], columns[4]), float(np.finfo(x.dtype).eps)
        )

    def errors(self, y: Any, slope: Any) -> tuple[Any, Any]:
        """|err| / (eps · max(1, |exact|)) of values and slopes; inf where they are not finite."""
        import numpy as np

        pairs = []
        for given, (high, low) in ((y, self.value), (slope, self.slope)):
            g = given.astype(float)
            finite = np.isfinite(g)
            error = abs(np.where(finite, g - high, 0) - low) / np.maximum(1, abs(high))
            pairs.append(np.where(finite, np.minimum(error, 1.0) / self.eps, np.inf))
        return pairs[0], pairs[1]


def line(dtype: str, borders: Sequence[float] = (), points: int = 600) -> Any:
    """The whole line in one type: dense where things happen, out to the largest floats, with both sides of every border."""
    import numpy as np

    largest = float(np.finfo(dtype).max)
    end = 88.0 if dtype == "float32" else 709.0
    middle = np.linspace(-6, 7, points)
    wide = np.concatenate(
        [
            np.linspace(6, 45, points // 4),
            np.geomspace(45, 2 * end, points // 8),
            np.geomspace(2 * end, largest / 2, 12),
            [largest],
        ]
    )
    small = np.geomspace(1e-30, 1e-2, 12)
    x = np.concatenate([middle, wide, -wide, small, -small, [0.0]]).astype(dtype)
    near = np.array(borders, dtype=dtype)
    one = np.array(np.inf, dtype=dtype)
    return np.unique(np.concatenate([x, near, np.nextafter(near, -one), np.nextafter(near, one)]))


def generate(formula: Formula) -> Forms:
    """The forms of ln ∘ f ∘ exp in float32 and float64; raises `Refused` where f is not positive on (0, ∞), or nothing finite is found."""
    exact = Exact(formula)
    ends = [-math.inf, *exact.kinks(), math.inf]
    forms = {}
    for dtype in ("float32", "float64"):
        borders: list[float] = []
        programs: list[Program] = []
        for lo, hi in pairwise(ends):
            inside = min(max(0.0, lo + 1e-6), hi - 1e-6)
            if math.isfinite(lo) and math.isfinite(hi):
                inside = (lo + hi) / 2
            part = _smooth(_piece(exact, inside), dtype, lo, hi)
            borders += [*([lo] if math.isfinite(lo) else []), *part.borders]
            programs += part.programs
        forms[dtype] = Form(tuple(borders), tuple(programs))
    return forms


def _piece(exact: Exact, x: float) -> Exact:
    """The formula with every choice taken as at x; remembered, with its series, for the other type."""
    resolved = exact.resolved(x)
    found: Exact = exact.memory.setdefault((resolved,), Exact(resolved))
    return found


@dataclass(frozen=True)
class _Candidate:
    program: Program
    lo: float
    hi: float
    """Meant for lo ≤ x ≤ hi."""


def _smooth(exact: Exact, dtype: str, lo: float, hi: float) -> Form:
    """The form on [lo, hi], where f is smooth."""
    import numpy as np

    grid = _grid(dtype, lo, hi)
    x = np.union1d(line(dtype), np.array(grid, dtype=dtype))
    reference = Reference.at(exact, x[(x >= lo) & (x < hi)])
    candidates, scored, whole = list[_Candidate](), list[Any](), list[Any]()
    for more, goals in ((_ends, GOALS[:2]), (_middles, GOALS)):
        new = [c for c in more(exact, reference.eps, lo, hi) if finite_constants(c.program)]
        candidates += new
        for c in new:
            errors, finite = _score(c, reference)
            scored.append(errors)
            whole.append(finite)
        for goal in goals:
            chosen = _cheapest(candidates, scored, whole, reference.x, grid, goal)
            if chosen is not None:
                return _assembled(chosen, candidates, scored, reference.x, grid, goal)
    raise Refused(f"no form with {REGIMES} regimes is within {GOALS[-1]:g} eps on all of the line")


def _score(c: _Candidate, reference: Reference) -> tuple[Any, Any]:
    """The worse of the errors of value and slope at every point, inf outside; and where everything on the way is finite."""
    import numpy as np

    with np.errstate(all="ignore"):
        y, slope, finite = gradient(c.program, reference.x)
    inside = finite & (reference.x >= c.lo) & (reference.x <= c.hi)
    return np.where(inside, np.maximum(*reference.errors(y, slope)), np.inf), finite


def _grid(dtype: str, lo: float, hi: float) -> list[float]:
    """Where regimes may meet."""
    middle = [k / 8 for k in range(-64, 57)]
    far = [8.0, 10, 12, 16, 17, 18, 20, 24, 30, 36, 40, 50, 60, 80]
    if dtype == "float64":
        far += [100, 300, 600, 700]
    return [b for b in sorted({*middle, *far, *(-f for f in far)}) if lo < b < hi]


def _ends(exact: Exact, eps: float, lo: float, hi: float) -> list[_Candidate]:
    """What is read off the formula, the laws of the ends, and series there."""
    read = read_off(exact.formula, exact)
    if eps > 1e-10:  # NumPy's log1p takes eight times as long as its log in float32
        read = list(dict.fromkeys([*read, *map(with_plain_logs, read)]))
    found = [_Candidate(p, lo, hi) for p in read]
    whole = not (math.isfinite(lo) or math.isfinite(hi))
    for law, sign in ((exact.left, 1), (exact.right, -1)):
        if law is None or (not whole and math.isfinite(lo if sign == 1 else hi)):
            continue
        found.append(_Candidate(_asymptote(law), lo, hi))
        for cut in (-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5):
            at = sign * cut
            for m in (1, 2):
                program = tail(exact, law, sign * m, at, eps) if lo < at < hi else None
                if program is not None:
                    found.append(_Candidate(program, lo if sign == 1 else at, at if sign == 1 else hi))
                program = double_tail(exact, law, m, cut, eps) if sign == -1 and lo < cut < hi else None
                if program is not None:
                    found.append(_Candidate(program, cut, hi))
    return found


def _middles(exact: Exact, eps: float, lo: float, hi: float) -> list[_Candidate]:
    """Polynomials in x: the last resort, as they cost most."""
    found, law = [], exact.right
    for length in (1.0, 1.5, 2.0, 3.0, 4.0):
        for k in range(-8, 9):
            a = max(k / 2, lo)
            b = min(k / 2 + length, hi)
            if b - a < 0.5:
                continue
            program = between(exact, law, a, b, eps)
            if program is not None:
                found.append(_Candidate(program, a, b))
    return found


def _asymptote(law: Law) -> Program:
    k, offset = float(law[0]), float(law[1])
    rows: list[tuple[Any, ...]] = [("x",)]
    if k == 0:
        return (*rows, ("number", offset))
    if k != 1:
        rows += [("number", k), ("mul", 1, 0)]
    if offset:
        rows += [("number", offset), ("add", len(rows) - 1, len(rows))]
    return tuple(rows) if len(rows) > 1 else (("x",), ("same", 0))


Choice = list[tuple[int, int]]
"""Candidates with the border where each begins (an index of the grid, -1 for the left end)."""


def _cheapest(
    candidates: list[_Candidate], scored: list[Any], whole: list[Any], x: Any, grid: list[float], goal: float
) -> Choice | None:
    """The cheapest row of at most REGIMES candidates that keeps the goal; each is followed as far as it keeps it."""
    import numpy as np

    starts = np.concatenate([[0], np.searchsorted(x, np.array(grid, dtype=x.dtype))])
    count = len(starts)
    reach = []
    for errors, finite in zip(scored, whole, strict=True):
        bad = np.flatnonzero(~(errors <= goal))
        firsts = np.concatenate([bad, [len(x)]])[np.searchsorted(bad, starts)]  # the first bad point from each start
        ends = [count if f == len(x) else int(np.searchsorted(starts, f, side="right")) - 1 for f in firsts]
        reach.append([_finite_end(e, starts, finite) for e in ends])
    costs = [cost(c.program, x.dtype.name) + BORDER for c in candidates]
    best: list[dict[int, tuple[float, Choice]]] = [{0: (0.0, [])}]
    for _ in range(REGIMES):
        now: dict[int, tuple[float, Choice]] = {}
        for at, (price, row) in best[-1].items():
            if at == count:
                continue
            for i, reached in enumerate(reach):
                end = reached[at]
                if end > at:
                    worst = float(scored[i][starts[at] : starts[end] if end < count else None].max(initial=0.0))
                    total = price + costs[i] + WORTH * worst
                    if end not in now or total < now[end][0]:
                        now[end] = (total, [*row, (i, at - 1)])
        best.append(now)
    done = [b[count] for b in best if count in b]
    return min(done, key=lambda d: d[0])[1] if done else None


def _finite_end(end: int, starts: Any, finite: Any) -> int:
    """The last border up to `end` at which the program is finite: masked inputs are put there."""
    while 0 < end < len(starts) and not finite[starts[end]]:
        end -= 1
    return end


def _assembled(
    choice: Choice, candidates: list[_Candidate], scored: list[Any], x: Any, grid: list[float], goal: float
) -> Form:
    """Borders moved to where the worse of the two neighbours is best."""
    import numpy as np

    borders: list[float] = []
    for (i, begun), (j, at) in pairwise(choice):
        left, right = scored[i], scored[j]
        first = max(begun + 1, 0)
        best, place = math.inf, at
        for b in range(at, first - 1, -1):
            s, e = np.searchsorted(x, np.array([grid[b], grid[at]], dtype=x.dtype))
            w = max(s - 3, 0)
            worst = max(float(left[w:s].max(initial=0)), float(right[s : max(e, s + 3)].max(initial=0)))
            if float(right[s : max(e, s + 1)].max(initial=0)) > goal:
                break
            if worst < 0.9 * best:
                best, place = worst, b
        borders.append(grid[place])
    programs = [candidates[i].program for i, _ in choice]
    if len(programs) > 1:
        ends = [(0, 1, borders[0]), (-1, -2, borders[-1])]
        for end, neighbour, border in ends:
            k = None if programs[neighbour][-1][0] == "hold" else _slope(programs[end])
            if k is not None and _meets(programs[end], programs[neighbour], border, x.dtype):
                programs[end] = (("x",), ("hold", k))
    return Form(tuple(borders), tuple(programs))


def _slope(program: Program) -> float | None:
    """k of a program k x + c, None of another."""
    match program[-1][0], len(program):
        case "number", 2:
            return 0.0
        case "same", 2:
            return 1.0
        case "mul", 3:
            return float(program[1][1])
        case "add", 3 | 5:
            straight = program[1][0] == "number" and program[-2][0] == "number"
            return (1.0 if len(program) == 3 else float(program[1][1])) if straight else None
    return None


def _meets(line: Program, program: Program, border: float, dtype: Any) -> bool:
    """Whether the program has come to the line where it ends, so that it may go on straight from there."""
    import numpy as np

    with np.errstate(all="ignore"):
        (a, _, _), (b, _, finite) = (gradient(p, np.array([border], dtype=dtype)) for p in (line, program))
    a, b = float(a[0]), float(b[0])
    return bool(finite[0]) and abs(a - b) <= 0.1 * float(np.finfo(dtype).eps) * max(1.0, abs(a))
