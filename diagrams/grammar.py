"""Formulas as text: `x/(1+x)`, `x^2*tanh(x)`, `max(x, 1)`, `where(x <= 0, 0, x^2)`. Numbers are exact; nothing is evaluated as code.

    sum     = ["-"] product (("+" | "-") product)*
    product = power (("*" | "/") power)*
    power   = ["-"] atom [("^" | "**") power]                     the exponent is a rational number
    atom    = number | "x" | "pi" | "e" | "(" sum ")" | name "(" sum ("," sum)* ")"

A name is a word of the catalogue, with its parameters after x, `prelu(x, 1/4)`; or max, min (of two or more), abs, sqrt, cbrt, log, sin, cos,
tan, relu, silu, sign; or `where(x <= c, a, .., b)`: a up to the joint c, b after the last. An odd root is real below zero too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from . import errors
from .expression import CALLS, Expression, Rows

__all__ = ["named", "parse", "text"]

LONGEST, DEEPEST = 2000, 60
_TOKEN = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<sign>\*\*|<=|[-+*/^(),≤−·])|(?P<other>\S)")  # fmt: skip
_SAME = {"**": "^", "−": "-", "·": "*", "≤": "<="}
HALF = Fraction(1, 2)

WORDS: dict[str, Callable[[Rows, int], int]] = {
    "abs": lambda r, a: r.call("absolute", a),
    "sqrt": lambda r, a: r.power(a, HALF),
    "cbrt": lambda r, a: r.power(a, Fraction(1, 3)),
    "log": lambda r, a: r.call("ln", a),
    "cos": lambda r, a: cosine(r, a),
    "tan": lambda r, a: r.binary("div", r.call("sin", a), cosine(r, a)),
    "relu": lambda r, a: r.binary("max", a, r.number(0)),
    "silu": lambda r, a: r.call("swish", a, Fraction(1)),
    "sign": lambda r, a: sign(r, a),
}
"""Words of formulas that are no entries of the catalogue."""


def cosine(rows: Rows, a: int) -> int:
    """cos a = sin(a + π/2)"""
    return rows.call("sin", rows.binary("add", a, rows.binary("div", rows.put("pi"), rows.number(2))))


def sign(rows: Rows, a: int) -> int:
    """No row: a ValueError says why."""
    raise ValueError("sign jumps at 0, and a function of ours is continuous; abs(x) or x^(1/3) may be what is meant")


def parse(written: str) -> Expression:
    """The formula in x that the text says; raises `IllTyped` that points at the place.

    >>> str(parse("x^2 * tanh(x) + 0.5"))
    'x^2*tanh(x)+1/2'
    >>> parse("2x")
    Traceback (most recent call last):
    sigmaprime.diagrams.errors.IllTyped: 2⟦x⟧: an operation is missing before 'x'; write * for a product
    """
    if not isinstance(written, str):
        raise errors.IllTyped(f"{written!r} is no formula; give text such as 'x/(1+x)'")
    if len(written) > LONGEST:
        raise errors.IllTyped(f"a formula of {len(written)} characters is longer than {LONGEST}")
    reader = _Reader(written)
    end = reader.sum(0)
    if reader.kind != "end":
        reader.refuse(
            "this bracket closes nothing" if reader.word == ")"
            else f"an operation is missing before {reader.word!r}; write * for a product"
        )  # fmt: skip
    try:
        return reader.rows.done(end)
    except ValueError as error:
        raise errors.IllTyped(f"{written[:60]}: {error}") from None


class _Reader:
    """One pass over the text, one token ahead."""

    def __init__(self, written: str) -> None:
        self.written, self.rows = written, Rows()
        self.kind, self.word, self.start, self.end = "", "", 0, 0
        self.next()

    def next(self) -> None:
        found = _TOKEN.search(self.written, self.end)
        if found is None:
            self.kind, self.word, self.start, self.end = "end", "the end", len(self.written), len(self.written)
            return
        self.start, self.end = found.span()
        self.kind, self.word = str(found.lastgroup), _SAME.get(found[0], found[0])
        if self.kind == "other":
            self.refuse(f"{self.word!r} has no meaning in a formula")

    def refuse(self, why: str, start: int | None = None, end: int | None = None) -> None:
        """Point at the token, or at a part of the text."""
        start, end = self.start if start is None else start, self.end if end is None else end
        before, after = self.written[max(0, start - 40) : start], self.written[end : end + 20]
        raise errors.IllTyped(f"{before}⟦{self.written[start:end][:60]}⟧{after}: {why}")

    def take(self, word: str) -> bool:
        if self.kind == "sign" and self.word == word:
            self.next()
            return True
        return False

    def want(self, word: str) -> None:
        if not self.take(word):
            self.refuse(f"here {word!r} is expected, not {self.word!r}")

    def build(self, start: int, make: Callable[..., int], *given: object) -> int:
        """The row that `make` builds; why there is none is said of the text from `start` to here."""
        try:
            return make(*given)
        except (ValueError, OverflowError) as error:
            self.refuse(str(error), start, len(self.written[: self.start].rstrip()) or self.end)
            raise

    def sum(self, depth: int) -> int:
        if depth > DEEPEST:
            self.refuse(f"brackets nest more than {DEEPEST} deep")
        start, left = self.start, self.product(depth)
        while self.word in ("+", "-"):
            word = "add" if self.word == "+" else "sub"
            self.next()
            left = self.build(start, self.rows.binary, word, left, self.product(depth))
        return left

    def product(self, depth: int) -> int:
        start, left = self.start, self.signed(depth)
        while self.word in ("*", "/"):
            word = "mul" if self.word == "*" else "div"
            self.next()
            left = self.build(start, self.rows.binary, word, left, self.signed(depth))
        return left

    def signed(self, depth: int) -> int:
        start, minus = self.start, False
        while self.word in ("+", "-"):
            minus ^= self.word == "-"
            self.next()
        made = self.power(depth)
        return self.build(start, self.rows.call, "negate", made) if minus else made

    def power(self, depth: int) -> int:
        start = self.start
        base = self.atom(depth)
        if not self.take("^"):
            return base
        place, exponent = self.start, self.signed_exponent(depth + 1)
        if self.rows.rows[base] == ("call", "exp", self.rows.number(1)):
            return self.build(start, self.rows.call, "exp", exponent)
        q = self.rows.value(exponent)
        if q is None:
            end = len(self.written[: self.start].rstrip())
            self.refuse("an exponent is a rational number; for a power of another kind write exp(b*ln(a))", place, end)
            raise AssertionError
        return self.build(start, self.rows.power, base, q)

    def signed_exponent(self, depth: int) -> int:
        if depth > DEEPEST:
            self.refuse(f"exponents nest more than {DEEPEST} deep")
        return self.signed(depth)

    def atom(self, depth: int) -> int:
        word, start = self.word, self.start
        match self.kind:
            case "number":
                self.next()
                return self.build(start, lambda: self.rows.number(_number(word)))
            case "name":
                self.next()
                return self.named(word, start, depth)
            case "sign" if word == "(":
                self.next()
                inside = self.sum(depth + 1)
                self.want(")")
                return inside
            case _:
                self.refuse(f"here a number, x, a function or a bracket is expected, not {word!r}")
                raise AssertionError

    def named(self, word: str, start: int, depth: int) -> int:
        if word in ("x", "pi"):
            return self.rows.put(word)
        if word == "e" and self.word != "(":
            return self.rows.call("exp", self.rows.number(1))
        if word not in CALLS and word not in WORDS and word not in ("max", "min", "where"):
            near = ", ".join(sorted({*CALLS, *WORDS, "max", "min", "where"}))
            self.refuse(
                f"there is no function {word!r}; the variable is x, and there are: {near}", start, start + len(word)
            )
        self.want("(")
        if word == "where":
            return self.where(start, depth + 1)
        given = [self.sum(depth + 1)]
        while self.take(","):
            given.append(self.sum(depth + 1))
        self.want(")")
        if word in ("max", "min"):
            if len(given) < 2:
                self.refuse(f"{word} takes two or more", start, self.start)
            made = given[0]
            for other in given[1:]:
                made = self.build(start, self.rows.binary, word, made, other)
            return made
        if len(given) != 1 + CALLS.get(word, 0):
            self.refuse(f"{word} takes {1 + CALLS.get(word, 0)}, not {len(given)}", start, self.end)
        if word in WORDS:
            return self.build(start, WORDS[word], self.rows, given[0])
        parameters = [self.rows.value(i) for i in given[1:]]
        if None in parameters:
            self.refuse(f"the parameter of {word} is a number", start, self.end)
        return self.build(start, entry, self.rows, word, given[0], *parameters)

    def where(self, start: int, depth: int) -> int:
        below: list[tuple[Fraction, int]] = []
        while True:
            begin = self.start
            condition = self.sum(depth)
            if not self.take("<="):
                if not below:
                    self.refuse("where(x <= c, a, b) begins with a condition")
                self.want(")")
                return self.build(start, self.rows.pieces, below, condition)
            joint = self.rows.value(self.sum(depth))
            if self.rows.rows[condition] != ("x",) or joint is None:
                self.refuse("a condition is x <= c, with a number c", begin, self.start)
                raise AssertionError
            self.want(",")
            below.append((joint, self.sum(depth)))
            self.want(",")


def _number(word: str) -> Fraction:
    mantissa, _, exponent = word.lower().partition("e")
    if len(mantissa) > 300 or (exponent and abs(int(exponent[:9])) > 300):
        raise ValueError("a number of a formula has at most 300 digits")
    return Fraction(word)


def entry(rows: Rows, name: str, a: int, *given: Fraction) -> int:
    """A catalogue entry of a row; its parameters are checked as in the catalogue."""
    if given and name != "power":
        from .function import Function

        Function.atom(name, *given)
    return rows.call(name, a, *given)


# --- writing ---

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4
_SIGNS = {"add": ("+", SUM), "sub": ("-", SUM), "mul": ("*", PRODUCT), "div": ("/", PRODUCT)}


def text(expression: Expression) -> str:
    """The formula as `parse` reads it: the same rows come back.

    >>> text(parse("1 / (x - 2*(x + 1))"))
    '1/(x-2*(x+1))'
    """
    return _written(expression)[0]


def _written(expression: Expression) -> tuple[str, int]:
    """The text, and how tightly its last operation binds."""
    made: list[tuple[str, int]] = []

    def at(i: int, least: int) -> str:
        found, level = made[i]
        return found if level >= least else f"({found})"

    for row in expression.rows:
        match row:
            case ("x" | "pi",):
                made.append((row[0], ATOM))
            case ("number", q):
                made.append((str(q), SUM if q < 0 else ATOM if q.denominator == 1 else PRODUCT))
            case ("max" | "min", a, b):
                made.append((f"{row[0]}({at(a, 0)},{at(b, 0)})", ATOM))
            case ("pieces", *parts):
                pairs = zip(parts[:-1:2], parts[1:-1:2], strict=True)
                inside = [f"x<={c},{at(k, 0)}" for c, k in pairs]
                made.append((f"where({','.join(inside)},{at(parts[-1], 0)})", ATOM))
            case ("call", "negate", a):
                made.append((f"-{at(a, POWER)}", SUM))
            case ("call", "power", a, q):
                plain = q.denominator == 1 and q > 0
                made.append(
                    (f"sqrt({at(a, 0)})", ATOM) if q == HALF else (f"{at(a, ATOM)}^{q if plain else f'({q})'}", POWER)
                )
            case ("call", name, a, *given):
                inside = [at(a, 0), *map(str, given)]
                made.append((f"{'abs' if name == 'absolute' else name}({','.join(inside)})", ATOM))
            case (word, a, b):
                sign, level = _SIGNS[word]
                made.append((f"{at(a, level)}{sign}{at(b, level + 1)}", level))
    return made[-1]


NAMES = str.maketrans({"(": "⟨", ")": "⟩", ",": "‚"})


def named(expression: Expression) -> str:
    """A name for the function of this formula: its text with signs that a name may hold, or a digest of it where it is long.

    >>> named(parse("x/(1+x)")), named(parse("max(x, x^2)"))
    ('⟨x/⟨1+x⟩⟩', 'max⟨x‚x^2⟩')
    """
    written, level = _written(expression)
    found = written.translate(NAMES).replace("<=", "≤")
    found = found if level == ATOM else f"⟨{found}⟩"
    if len(found) <= 60:
        return found
    import hashlib

    return "own_" + hashlib.sha256(written.encode()).hexdigest()[:12]
