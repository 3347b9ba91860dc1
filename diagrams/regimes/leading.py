"""Candidates read off the formula: ln f with logarithms spread, and with every sum as its leading term times 1 + r, r computed small.

Near t → ∞ a part is L (1 + r), L = c e^(at) t^k x^j with x = ln t. Rules carry (L, r) through sums, products, powers, exp, ln, tanh, atan, so
that nothing that cancels is ever subtracted: ln f = ln c + a t + k x + j ln x + log1p(r).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .exact import Exact
from .formal import Formula
from .rows import Program, Rows

__all__ = ["read_off"]


@dataclass(frozen=True)
class _Lead:
    """c e^(at) t^k x^j (1 + r), r by its row."""

    c: Any
    a: Any
    k: Any
    j: Any
    r: int

    @property
    def order(self) -> tuple[float, float, float]:
        return float(self.a), float(self.k), float(self.j)


def read_off(formula: Formula, exact: Exact) -> list[Program]:
    """The candidates, without doubles."""
    found: dict[Program, None] = {}
    for leading in (False, True):
        writer = _Writer(formula, exact, leading)
        roots = [writer.logarithm(formula.root, spread=True)]
        if leading:
            roots.append(writer.logarithm(formula.root, spread=False))
        elif (value := writer.value[formula.root]) is not None and formula.rows[formula.root][0] not in (
            "mul",
            "div",
            "power",
        ):
            roots.append(writer._ln(value))
        for root in roots:
            if root is not None:
                found[writer.rows.program(root)] = None
    return list(found)


class _Writer:
    def __init__(self, formula: Formula, exact: Exact, leading: bool) -> None:
        self.formula, self.exact, self.mp, self.leading = formula, exact, exact.mp, leading
        self.rows = Rows()
        self.x = self.rows.put("x")
        self.t = self.rows.put("exp", self.x)
        self.value: list[int | None] = []
        self.lead: list[_Lead | None] = []
        for row in formula.rows:
            self.value.append(self._value(row))
            self.lead.append(self._lead(row) if leading else None)

    # --- ln of a part ---

    def logarithm(self, at: int, spread: bool) -> int | None:
        """ln of a part: products, quotients, powers and exp spread over their factors, if asked; then the logs of what is left."""
        rows, mp = self.rows, self.mp
        todo: list[tuple[int, Any]] = [(at, mp.mpf(1))]
        terms: list[int] = []
        constant = mp.mpf(0)
        while todo:
            at, times = todo.pop()
            row = self.formula.rows[at]
            match row[0] if spread else "":
                case "mul":
                    todo += [(row[1], times), (row[2], times)]
                case "div":
                    todo += [(row[1], times), (row[2], -times)]
                case "power":
                    todo.append((row[1], times * row[2].numerator / row[2].denominator))
                case "same":
                    todo.append((row[1], times))
                case "exp" if (v := self.value[row[1]]) is not None:
                    terms.append(rows.mul(rows.constant(times), v))
                case _:
                    parts = self._logs(at)
                    if parts is None:
                        return None
                    constant += times * parts[0]
                    terms += [rows.mul(rows.constant(times), p) for p in parts[1]]
        total = rows.constant(mp.mpf(0))
        first = [p for p in terms if p not in (self.x,)]
        for p in first:
            total = rows.add(total, p)
        total = rows.add(rows.constant(constant), total)
        for p in terms:
            total = rows.add(total, p) if p == self.x else total
        return total

    def _logs(self, at: int) -> tuple[Any, list[int]] | None:
        """ln of one part as a constant and rows to add to it."""
        rows, mp, row = self.rows, self.mp, self.formula.rows[at]
        if row[0] == "x":
            return mp.mpf(0), [self.x]
        number = self._constant(row)
        if number is not None:
            return (mp.ln(number), []) if number > 0 else None
        if (
            row[0] == "tanh" and not self.leading and (v := self.value[row[1]]) is not None
        ):  # ln tanh v = -log1p(2/(e^2v - 1))
            w = rows.put("expm1", rows.mul(rows.constant(mp.mpf(2)), v))
            return mp.mpf(0), [rows.neg(rows.put("log1p", rows.div(rows.constant(mp.mpf(2)), w)))]
        lead = self.lead[at]
        if lead is not None:
            if not lead.c > 0:
                return None
            parts = [rows.put("log1p", lead.r)] if rows.number(lead.r) != 0 else []
            if lead.j:
                parts.append(rows.mul(rows.constant(lead.j), rows.put("log", self.x)))
            if lead.k:
                parts.append(rows.mul(rows.constant(lead.k), self.x))
            if lead.a:
                parts.append(rows.mul(rows.constant(lead.a), self.t))
            return mp.ln(lead.c), parts
        v = self.value[at]
        return None if v is None else (mp.mpf(0), [self._ln(v)])

    def _ln(self, v: int) -> int:
        """ln of a row: of 1 + w as log1p(w)."""
        row = self.rows.rows[v]
        if row[0] == "add" and self.rows.number(row[2]) == 1:
            return self.rows.put("log1p", row[1])
        return self.rows.put("log", v)

    def _constant(self, row: Any) -> Any:
        if row[0] == "number":
            return self.mp.mpf(row[1].numerator) / row[1].denominator
        return +self.mp.pi if row[0] == "pi" else None

    # --- the value of a part ---

    def _value(self, row: tuple[Any, ...]) -> int | None:
        rows = self.rows
        number = self._constant(row)
        if number is not None:
            return rows.constant(number)
        if row[0] == "x":
            return self.t
        args: Any = [self.value[i] for i in (row[1:2] if row[0] == "power" else row[1:])]
        if any(a is None for a in args):
            return None
        a = args[0]
        assert a is not None
        if rows.number(a) is not None and row[0] in ("exp", "ln", "power", "atan", "tanh", "sin"):
            number = rows.number(a)
            if row[0] == "power":
                return rows.constant(number ** (self.mp.mpf(row[2].numerator) / row[2].denominator))
            return rows.constant(getattr(self.mp, row[0])(number))
        match row[0]:
            case "add":
                return self._sum(a, args[1])
            case "sub":
                b = args[1]
                assert b is not None
                if rows.rows[a][0] == "exp" and rows.number(b) == 1:
                    return rows.put("expm1", rows.rows[a][1])
                return self._sum(a, rows.neg(b))
            case "mul":
                return rows.mul(a, args[1])
            case "div":
                return rows.div(a, args[1])
            case "neg":
                return rows.neg(a)
            case "same":
                return int(a)
            case "power":
                return self._power(a, row[2])
            case "ln":
                return self.logarithm(row[1], spread=True) if self.leading else self._ln(a)
            case "exp" | "tanh" | "atan" | "sin":
                return rows.put(row[0], a)
        return None

    def _sum(self, a: int, b: int | None) -> int:
        assert b is not None
        rows = self.rows
        for p, q in ((a, b), (b, a)):
            if rows.rows[p][0] == "exp" and rows.number(q) == -1:
                return rows.put("expm1", rows.rows[p][1])
        return rows.add(a, b)

    def _power(self, a: int, p: Fraction) -> int:
        rows = self.rows
        if p == 2:
            return rows.mul(a, a)
        if p == Fraction(1, 2):
            return rows.put("sqrt", a)
        return rows.put("power", a, float(p))

    # --- the leading term of a part ---

    def _lead(self, row: tuple[Any, ...]) -> _Lead | None:
        rows, mp, zero = self.rows, self.mp, self.rows.constant(self.mp.mpf(0))
        nothing = mp.mpf(0)
        number = self._constant(row)
        if number is not None:
            return _Lead(number, nothing, nothing, nothing, zero) if number else None
        if row[0] == "x":
            return _Lead(mp.mpf(1), nothing, mp.mpf(1), nothing, zero)
        args: list[_Lead | None] = [self.lead[i] for i in (row[1:2] if row[0] == "power" else row[1:])]
        p = args[0]
        q = args[1] if len(args) > 1 else p
        if p is None or q is None:
            return None
        one_p, one_q = rows.add(rows.constant(mp.mpf(1)), p.r), rows.add(rows.constant(mp.mpf(1)), q.r)
        match row[0]:
            case "same":
                return p  # the chosen branch
            case "neg":
                return _Lead(-p.c, p.a, p.k, p.j, p.r)
            case "add" | "sub":
                if row[0] == "sub":
                    q = _Lead(-q.c, q.a, q.k, q.j, q.r)
                return self._added(p, q) if p.order >= q.order else self._added(q, p)
            case "mul":
                r = rows.add(rows.add(p.r, q.r), rows.mul(p.r, q.r))
                return _Lead(p.c * q.c, p.a + q.a, p.k + q.k, p.j + q.j, r)
            case "div":
                r = rows.div(rows.add(p.r, rows.neg(q.r)), one_q)
                return _Lead(p.c / q.c, p.a - q.a, p.k - q.k, p.j - q.j, r)
            case "power":
                if not p.c > 0:
                    return None
                e = mp.mpf(row[2].numerator) / row[2].denominator
                if row[2] == 2:
                    r = rows.mul(p.r, rows.add(rows.constant(mp.mpf(2)), p.r))
                elif row[2] == Fraction(1, 2):  # √(1 + r) - 1 = r / (1 + √(1 + r))
                    r = (
                        rows.div(p.r, rows.add(rows.constant(mp.mpf(1)), rows.put("sqrt", one_p)))
                        if rows.number(p.r) != 0
                        else zero
                    )
                else:
                    r = (
                        rows.put("expm1", rows.mul(rows.constant(e), rows.put("log1p", p.r)))
                        if rows.number(p.r) != 0
                        else zero
                    )
                return _Lead(p.c**e, p.a * e, p.k * e, p.j * e, r)
            case "exp":
                return self._exp(p, row)
            case "ln":
                return self._ln_lead(p)
            case "tanh":
                v = self.value[row[1]]
                if v is None or not p.c > 0 or not p.order > (0, 0, 0):
                    return None
                u = rows.put("exp", rows.mul(rows.constant(mp.mpf(-2)), v))
                r = rows.div(rows.mul(rows.constant(mp.mpf(-2)), u), rows.add(rows.constant(mp.mpf(1)), u))
                return _Lead(mp.mpf(1), nothing, nothing, nothing, r)
            case "atan":
                v = self.value[row[1]]
                if v is None or not p.c > 0 or not p.order > (0, 0, 0):
                    return None
                away = rows.put("atan", rows.div(rows.constant(mp.mpf(1)), v))
                return _Lead(mp.pi / 2, nothing, nothing, nothing, rows.mul(rows.constant(-2 / mp.pi), away))
        return None

    def _added(self, p: _Lead, q: _Lead) -> _Lead | None:
        """p + q, p not smaller."""
        rows, mp = self.rows, self.mp
        if p.order == q.order:
            c = p.c + q.c
            if abs(c) < mp.mpf(10) ** -100 * abs(p.c):
                return None
            r = rows.add(rows.mul(rows.constant(p.c / c), p.r), rows.mul(rows.constant(q.c / c), q.r))
            return _Lead(c, p.a, p.k, p.j, r)
        ratio = self._monomial(q.c / p.c, q.a - p.a, q.k - p.k, q.j - p.j)
        r = rows.add(p.r, rows.mul(ratio, rows.add(rows.constant(mp.mpf(1)), q.r)))
        return _Lead(p.c, p.a, p.k, p.j, r)

    def _monomial(self, c: Any, a: Any, k: Any, j: Any) -> int:
        """c e^(at) t^k x^j as a row: one exp of a sum."""
        rows = self.rows
        product = rows.constant(c)
        if not a and abs(k) == 2:  # e^x squared: 2x leaves the floats first
            e = rows.put("exp", self.x if k > 0 else rows.neg(self.x))
            product = rows.mul(product, rows.mul(e, e))
        elif a or k:
            inside = rows.add(rows.mul(rows.constant(a), self.t), rows.mul(rows.constant(k), self.x))
            product = rows.mul(product, rows.put("exp", inside))
        if j:
            power = self.x if j == 1 else rows.put("power", self.x, float(j))
            product = rows.mul(product, power)
        return product

    def _exp(self, p: _Lead, row: Any) -> _Lead | None:
        rows, mp, nothing = self.rows, self.mp, self.mp.mpf(0)
        if p.order < (0, 0, 0):  # e^v, v → 0
            v = self.value[row[1]]
            return None if v is None else _Lead(mp.mpf(1), nothing, nothing, nothing, rows.put("expm1", v))
        rest = rows.mul(self._monomial(p.c, p.a, p.k, p.j), p.r)
        r = (
            rest if rows.number(rest) == 0 else rows.put("expm1", rest)
        )  # right where L r → 0: the score sees it where not
        match p.order:
            case (0.0, 1.0, 0.0):
                return _Lead(mp.mpf(1), p.c, nothing, nothing, r)
            case (0.0, 0.0, 1.0):
                return _Lead(mp.mpf(1), nothing, p.c, nothing, r)
            case (0.0, 0.0, 0.0):
                return _Lead(mp.exp(p.c), nothing, nothing, nothing, r)
        return None

    def _ln_lead(self, p: _Lead) -> _Lead | None:
        rows, mp, nothing = self.rows, self.mp, self.mp.mpf(0)
        if not p.c > 0:
            return None
        small = rows.put("log1p", p.r) if rows.number(p.r) != 0 else p.r
        small = rows.add(rows.constant(mp.ln(p.c)), small)
        if p.a:
            small = rows.add(small, rows.mul(rows.constant(p.k), self.x))
            return (
                None
                if p.j
                else _Lead(p.a, nothing, mp.mpf(1), nothing, rows.div(small, rows.mul(rows.constant(p.a), self.t)))
            )
        if p.k:
            return (
                None
                if p.j
                else _Lead(p.k, nothing, nothing, mp.mpf(1), rows.div(small, rows.mul(rows.constant(p.k), self.x)))
            )
        if p.c == 1 or p.j:
            return None
        small = rows.put("log1p", p.r) if rows.number(p.r) != 0 else p.r
        return _Lead(mp.ln(p.c), nothing, nothing, nothing, rows.div(small, rows.constant(mp.ln(p.c))))
