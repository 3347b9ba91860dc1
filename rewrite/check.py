"""The second reader of proof files: it believes nothing in the file and shares nothing with the package but the format.

    python -I check.py proof.json        prints what the file proves, or why it is refused

Write Γ ; D ⊨ a = b : E for "under the hypotheses Γ, for every x in D and all values of the variables, a(x) and b(x) are defined,
equal and in E". Each maker of a file is one figure; what stands above the line is checked here, what stands below is computed:

    refl          d types on D, outputs in E                                                  ⟹  D ⊨ d = d : E
    axiom         the table's statement (or a user's, which is then listed)                   ⟹  Γ ; D ⊨ l = r : E
    unfold        F is `defined` on J by a body; the body types on J                          ⟹  J ⊨ map F = the body's maps
    sym           Γ ; D ⊨ a = b : E                                                           ⟹  Γ ; D ⊨ b = a : E
    trans         Γ ; D ⊨ a = b : E    Γ' ; D' ⊨ b = c : E'    D ⊆ D'                         ⟹  Γ, Γ' ; D ⊨ a = c : E ∩ E'
    seq           Γ ; D ⊨ a = b : E    Γ' ; D' ⊨ c = d : E'    E ⊆ D'                         ⟹  Γ, Γ' ; D ⊨ a ; c = b ; d : E'
    par           Γ ; D ⊨ a = b : E    Γ' ; D' ⊨ c = d : E'                                   ⟹  Γ, Γ' ; D × D' ⊨ a × c = b × d : E × E'
    instantiate   Γ ; D ⊨ a = b : E    θ keeps sorts, sizes, J→K (by Maps), scalars' ranges   ⟹  Γθ ; D ⊨ aθ = bθ : E
    rewrite       Γ ; D ⊨ a = b : E    Γ' ; D' ⊨ l = r : E'    lθ stands at v in b, its wires
                  are known to lie in D', Γ, Γ″ ⊢ Γ'θ                                         ⟹  Γ, Γ″ ; D ⊨ a = b[v := rθ] : E
    share         two equal nodes of b on equal wires                                         ⟹  Γ ; D ⊨ a = b with one of them

Beside each equation stand two *known* columns, an interval for every wire of either side: true under Γ on D, never wider than the
typing. They belong to the equation, not to its diagrams. A fact is decided by the catalogue below, or stands in Γ on a wider
interval. All numbers are exact rationals; sizes are polynomials of degree one in named or anonymous (numbered) variables.
Nothing recurses over terms or diagrams. Every bad input raises `Refused`, with a sentence.
"""

from __future__ import annotations

import gc
import hashlib
import json
import re
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, NoReturn

__all__ = ["Refused", "Verdict", "check", "main"]


class Refused(Exception):
    """The file is not accepted; the message says what is wrong and where."""


def refuse(message: str) -> NoReturn:
    raise Refused(message)


# --- intervals -------------------------------------------------------------------------------------------------------------------
# An end is a cut of the line: (0, x, 0) just below x, (0, x, 1) just above x, or an infinity. Then inclusion, meet and hull are
# comparisons of tuples, and [a, b) is the pair (0, a, 0), (0, b, 0).

Cut = tuple[int, Fraction, int]
Interval = tuple[Cut, Cut]
LOW, HIGH = (-1, Fraction(0), 0), (1, Fraction(0), 0)
DIGITS, COUNT, TERMS = 400, 2**53, 2**24
LARGEST = 10**DIGITS
RATIONAL = re.compile(r"(-?)(0|[1-9][0-9]{0,399})(?:/([1-9][0-9]{0,399}))?")
INTERVAL = re.compile(r"([(\[])(-oo|[-0-9/]+), (oo|[-0-9/]+)([)\]])")


def rational(text: object) -> Fraction:
    """The exact value of "p" or "p/q", in lowest terms, q > 1."""
    if isinstance(text, str) and (found := RATIONAL.fullmatch(text)):
        value = Fraction(int(found[1] + found[2]), int(found[3] or 1))
        if str(value) == text:
            return value
    refuse(f'{brief(text)} is not an exact rational "p" or "p/q" in lowest terms, of at most {DIGITS} digits a part')


def exact(x: Fraction) -> Fraction:
    if abs(x.numerator) >= LARGEST or x.denominator >= LARGEST:
        refuse(f"an interval's end would have more than {DIGITS} digits")
    return x


def interval(text: object) -> Interval:
    if not isinstance(text, str) or not (found := INTERVAL.fullmatch(text)):
        refuse(f'{brief(text)} is not an interval such as "(0, oo)"')
    left, a, b, right = found.groups()
    low = LOW if a == "-oo" else (0, rational(a), int(left == "("))
    high = HIGH if b == "oo" else (0, rational(b), int(right == "]"))
    if low >= high or show((low, high)) != text:
        refuse(f"{text} is empty, or has a closed infinite end")
    return low, high


def show(J: Interval) -> str:
    (p, a, i), (q, b, j) = J
    return f"{'[' if p == 0 and i == 0 else '('}{'-oo' if p else a}, {'oo' if q else b}{']' if q == 0 and j else ')'}"


def short(J: str) -> Interval:
    """The catalogue's spelling of an interval."""
    return interval("(-oo, oo)" if J == "R" else J.replace(",", ", "))


def inside(J: Interval, K: Interval) -> bool:
    return K[0] <= J[0] and J[1] <= K[1]


def stretch(J: Interval, by: Fraction, plus: Fraction = LOW[1]) -> Interval:
    """{by·x + plus : x in J}."""
    if by == 0:
        return (0, plus, 0), (0, plus, 1)
    ends = [(p, exact(by * x + plus), i) if p == 0 else (p, x, i) for p, x, i in J]
    return (ends[0], ends[1]) if by > 0 else (mirror(ends[1]), mirror(ends[0]))


def mirror(cut: Cut) -> Cut:
    return (0, cut[1], 1 - cut[2]) if cut[0] == 0 else (-cut[0], cut[1], 0)


def brief(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 80 else text[:77] + "..."


REALS = short("R")

# --- terms -----------------------------------------------------------------------------------------------------------------------
# A term is its number in the table of this run; equal terms have equal numbers. Fields by letter: n name, J interval, q rational,
# d dtype, h digest, z size, s scalar, f function, w weight, v vector; capitals are lists; B a body, P its parameters, A arguments.

Entry = tuple[Any, ...]
GRAMMAR = {
    "rational": ("scalar", "q"), "scalar": ("scalar", "nJ"),
    "atom": ("function", "nS"), "function": ("function", "nJJ"), "inverse": ("function", "fJ"), "then": ("function", "ff"),
    "defined": ("function", "nJPBA"),
    "weight": ("weight", "nzz"), "constant": ("weight", "dzzh"), "eye": ("weight", "z"), "zero": ("weight", "zz"),
    "times": ("weight", "ww"), "row": ("weight", "W"),
    "vector": ("vector", "nz"), "constant_vector": ("vector", "dzh"), "zero_vector": ("vector", "z"), "apply": ("vector", "wv"),
    "sum": ("vector", "V"),
}  # fmt: skip
SORT = {"s": "scalar", "f": "function", "z": "size", "w": "weight", "v": "vector", "B": "function"}
VARIABLES = ("scalar", "function", "weight", "vector")


def children(e: Entry, whole: bool = False) -> Iterator[int]:
    """The terms inside an entry, left to right: those that a substitution reaches, or (whole) all."""
    if e[0] != "size":
        for letter, field in zip(GRAMMAR[e[0]][1], e[1:], strict=True):
            if letter in "szfwv" or (whole and letter == "B"):
                yield field
            elif letter in "SWVA" or (whole and letter == "P"):
                yield from field


class Terms:
    """The table: entries, and for each term what typing asks of it. Constructors bring matrix terms to normal form."""

    def __init__(self) -> None:
        self.entry: list[Entry] = []
        self.shape: list[int] = []  # number of (sort,), ("weight", rows, columns, fold), ("vector", size, zero?); domain of inverse
        self.open = bytearray()  # has it variables (sizes too)?
        self.find: dict[Entry, int] = {}
        self.shapes: list[Entry] = []
        self.shape_find: dict[Entry, int] = {}
        self.span: list[Interval] = []
        self.span_find: dict[Interval, int] = {}
        self.meets: dict[tuple[int, int], int] = {}
        self.insides: dict[tuple[int, int], bool] = {}
        self.images: dict[tuple[int, int], int] = {}
        self.typed: dict[Entry, tuple[int, int, str]] = {}
        self.reduced: dict[tuple[int, int], int] = {}
        self.charts: dict[int, tuple[int, int]] = {}
        self.bodies: dict[int, int] = {}
        self.digests: dict[int, str] = {}
        self.R = self.number(REALS)

    # intervals by number

    def number(self, J: Interval) -> int:
        i = self.span_find.setdefault(J, len(self.span))
        if i == len(self.span):
            self.span.append(J)
        return i

    def inside(self, j: int, k: int) -> bool:
        if j == k:
            return True
        known = self.insides.get((j, k))
        if known is None:
            known = self.insides[j, k] = inside(self.span[j], self.span[k])
        return known

    def meet(self, j: int, k: int) -> int:
        if j == k:
            return j
        known = self.meets.get((j, k))
        if known is None:
            (a, b), (c, d) = self.span[j], self.span[k]
            if max(a, c) >= min(b, d):
                refuse(f"{show((a, b))} and {show((c, d))} have no point in common, yet a value lies in both")
            known = self.meets[j, k] = self.number((max(a, c), min(b, d)))
        return known

    def text(self, j: int) -> str:
        return show(self.span[j])

    # construction

    def make(self, *e: Any) -> int:
        """The term with this entry, which is already in normal form."""
        i = self.find.get(e)
        if i is None:
            i = len(self.entry)
            if i >= TERMS:
                refuse(f"the terms of this proof outgrow {TERMS} entries")
            shape = self.measure(e)
            self.find[e] = i
            self.entry.append(e)
            self.shape.append(self.shape_find.setdefault(shape, len(self.shapes)))
            if self.shape[i] == len(self.shapes):
                self.shapes.append(shape)
            if e[0] == "size":
                self.open.append(bool(e[2]))
            else:
                self.open.append(e[0] in VARIABLES or any(self.open[k] for k in children(e)))
        return i

    def measure(self, e: Entry) -> Entry:
        tag = e[0]
        if tag == "weight" or tag == "constant":
            return "weight", e[2], e[3], None
        if tag == "eye":
            return "weight", e[1], e[1], 1
        if tag == "zero":
            return "weight", e[1], e[2], 0
        if tag == "times":
            (_, m, n, j), (_, p, q, k) = self.of(e[1]), self.of(e[2])
            if n != p:
                refuse(f"a product of {self.size_text(m)}×{self.size_text(n)} and {self.size_text(p)}×{self.size_text(q)}")
            return "weight", m, q, fold(None if j is None or k is None else j * k)
        if tag == "row":
            parts = [self.of(w) for w in e[1]]
            if len(parts) < 2 or any(p[1] != parts[0][1] for p in parts):
                refuse("a row needs at least two blocks with equally many rows")
            count = None if any(p[3] is None for p in parts) else sum(p[3] for p in parts)
            return "weight", parts[0][1], self.add(*(p[2] for p in parts)), fold(count)
        if tag == "vector" or tag == "constant_vector":
            return "vector", e[2], False
        if tag == "zero_vector":
            return "vector", e[1], True
        if tag == "apply":
            (_, m, n, _), (_, p, _) = self.of(e[1]), self.of(e[2])
            if n != p:
                refuse(f"a {self.size_text(m)}×{self.size_text(n)} weight applied to a vector of size {self.size_text(p)}")
            return "vector", m, False
        if tag == "sum":
            sizes = {self.of(v)[1] for v in e[1]}
            if len(sizes) > 1:
                refuse("a sum of vectors of different sizes")
            return "vector", sizes.pop(), False
        if tag == "inverse":
            if self.open[e[1]]:
                refuse("an inverse of a function with variables")
            return "function", self.number(onto(self, e[1], self.span[e[2]]))
        return ("size",) if tag == "size" else (GRAMMAR[tag][0],)

    def of(self, t: int) -> Entry:
        return self.shapes[self.shape[t]]

    def sort(self, t: int) -> str:
        return str(self.of(t)[0])

    def tag(self, t: int) -> str:
        return str(self.entry[t][0])

    def size(self, constant: int, parts: dict[str | int, int]) -> int:
        if constant >= COUNT or any(k >= COUNT for k in parts.values()):
            refuse("a size of 2^53 or more")
        order = sorted(parts.items(), key=lambda p: (isinstance(p[0], str), p[0] if isinstance(p[0], int) else 0, str(p[0])))
        return self.make("size", constant, tuple((name, k) for name, k in order if k))

    def add(self, *sizes: int) -> int:
        total, parts = 0, dict[str | int, int]()
        for _, c, names in (self.entry[s] for s in sizes):
            total += c
            for name, k in names:
                parts[name] = parts.get(name, 0) + k
        return self.size(total, parts)

    def less(self, s: int, *others: int) -> tuple[int, dict[str | int, int]]:
        """s minus the others, coefficients of any sign."""
        _, c, names = self.entry[s]
        parts = dict(names)
        for _, d, more in (self.entry[o] for o in others):
            c -= d
            for name, k in more:
                parts[name] = parts.get(name, 0) - k
        return c, parts

    def atom(self, name: str, *scalars: Fraction) -> int:
        return self.make("atom", name, tuple(self.make("rational", str(exact(c))) for c in scalars))

    def parts(self, f: int) -> list[int]:
        """The parts of a chain of functions, first to last."""
        out = []
        while self.tag(f) == "then":
            _, f, g = self.entry[f]
            out.append(g)
        out.append(f)
        return out[::-1]

    def then(self, f: int, g: int) -> int:
        for part in self.parts(g):
            f = self.make("then", f, part)
        return f

    def factors(self, w: int) -> list[int]:
        out = []
        while self.tag(w) == "times":
            _, first, w = self.entry[w]
            out.append(first)
        return [*out, w]

    def times(self, a: int, b: int) -> int:
        if self.of(a)[2] != self.of(b)[1]:
            self.measure(("times", a, b))
        for f in reversed(self.factors(a)):
            if self.tag(f) == "zero" or self.tag(b) == "zero":
                b = self.make("zero", self.of(f)[1], self.of(b)[2])
            elif self.tag(b) == "eye":
                b = f
            elif self.tag(f) != "eye":
                b = self.make("times", f, b)
        return b

    def apply(self, a: int, v: int) -> int:
        if self.of(a)[2] != self.of(v)[1]:
            self.measure(("apply", a, v))
        for f in reversed(self.factors(a)):
            if self.tag(f) == "zero" or self.tag(v) == "zero_vector":
                v = self.make("zero_vector", self.of(f)[1])
            elif self.tag(f) != "eye":
                v = self.make("apply", f, v)
        return v

    def sum(self, vectors: Sequence[int]) -> int:
        """v + w + ...: flat, without zeros, A·v + A·w joined to A·(v + w)."""
        self.measure(("sum", tuple(vectors)))
        size, result = self.of(vectors[0])[1], -1
        stack = [(self.group(vectors), list[int]())]  # a level: groups still to do, the last first, and the finished parts
        while stack:
            groups, done = stack[-1]
            if result >= 0:
                done.append(self.make("apply", groups.pop()[0], result))
                result = -1
            elif groups and groups[-1][0] >= 0 and len(groups[-1][1]) > 1:
                stack.append((self.group(groups[-1][1]), []))
            elif groups:
                a, (v, *_) = groups.pop()
                done.append(v if a < 0 else self.make("apply", a, v))
            else:
                stack.pop()
                result = done[0] if len(done) == 1 else self.make("sum", tuple(done)) if done else self.make("zero_vector", size)
        return result

    def group(self, vectors: Sequence[int]) -> list[tuple[int, list[int]]]:
        groups: list[tuple[int, list[int]]] = []
        heads: dict[int, list[int]] = {}
        for vector in vectors:
            for v in self.entry[vector][1] if self.tag(vector) == "sum" else (vector,):
                e = self.entry[v]
                if e[0] == "apply" and e[1] in heads:
                    heads[e[1]].append(e[2])
                elif e[0] == "apply":
                    heads[e[1]] = [e[2]]
                    groups.append((e[1], heads[e[1]]))
                elif e[0] != "zero_vector":
                    groups.append((-1, [v]))
        return groups[::-1]

    def rebuild(self, e: Entry) -> int:
        """The normal form of an entry whose parts are in normal form."""
        tag = e[0]
        if tag == "then":
            return self.then(e[1], e[2])
        if tag == "times":
            return self.times(e[1], e[2])
        if tag == "apply":
            return self.apply(e[1], e[2])
        return self.sum(e[1]) if tag == "sum" else self.make(*e)

    # substitution

    def variable(self, name: str | int) -> int:
        return self.make("size", 0, ((name, 1),))

    def substitute(self, t: int, by: dict[int, int], memo: dict[int, int]) -> int:
        """t with variables replaced, all at once; the memo is kept between calls with the same `by`."""
        stack = [t]
        while stack:
            u = stack[-1]
            e = self.entry[u]
            if u in memo:
                stack.pop()
            elif u in by or not self.open[u]:
                memo[u] = by.get(u, u)
            elif e[0] == "size":
                total, parts = e[1], dict[str | int, int]()
                for name, k in e[2]:
                    _, c, inner = self.entry[by.get(self.variable(name), self.variable(name))]
                    total += k * c
                    for other, j in inner:
                        parts[other] = parts.get(other, 0) + k * j
                memo[u] = self.size(total, parts)
            elif waiting := [k for k in children(e) if k not in memo]:
                stack += waiting
            else:
                fields: list[Any] = [e[0]]
                for letter, field in zip(GRAMMAR[e[0]][1], e[1:], strict=True):
                    plain, several = letter in "szfwv", letter in "SWVA"
                    fields.append(memo[field] if plain else tuple(memo[k] for k in field) if several else field)
                memo[u] = self.rebuild(tuple(fields))
        return memo[t]

    def variables(self, roots: Iterable[int]) -> list[int]:
        """The free variables, sizes as bare variables, in order of first occurrence."""
        seen, found = set[int](), dict[int, None]()
        for root in roots:
            stack = [root]
            while stack:
                t = stack.pop()
                if t in seen or not self.open[t]:
                    continue
                seen.add(t)
                e = self.entry[t]
                if e[0] == "size":
                    found.update(dict.fromkeys(self.variable(name) for name, _ in e[2]))
                else:
                    if e[0] in VARIABLES:
                        found[t] = None
                    stack += reversed([*children(e)])
        return list(found)

    def body(self, t: int) -> int:
        """The body of a `defined` term, with the arguments put in."""
        if t not in self.bodies:
            _, _, _, parameters, body, arguments = self.entry[t]
            self.bodies[t] = self.substitute(body, dict(zip(parameters, arguments, strict=True)), {})
        return self.bodies[t]

    def digest(self, t: int) -> str:
        """sha256 of the entry with digests for indices: it does not depend on a file's numbering."""
        stack = [t]
        while stack:
            e = self.entry[stack[-1]]
            if waiting := [k for k in children(e, whole=True) if k not in self.digests]:
                stack += waiting
                continue
            fields = [e[0], *e[1:]]
            for i, letter in enumerate(GRAMMAR[e[0]][1] if e[0] != "size" else "", 1):
                if letter == "J":
                    fields[i] = self.text(e[i])
                elif letter in "szfwvB":
                    fields[i] = self.digests[e[i]]
                elif letter in "SWVPA":
                    fields[i] = [self.digests[k] for k in e[i]]
            self.digests[stack.pop()] = sha256(json.dumps(fields, separators=(",", ":"), ensure_ascii=False))
        return self.digests[t]

    def value(self, scalar: int) -> Fraction | None:
        """The number, None for a variable."""
        e = self.entry[scalar]
        return Fraction(e[1]) if e[0] == "rational" else None


def fold(k: int | None) -> int | None:
    """How many entries of v a row of W·v adds up, if that is known."""
    return k if k is None or k < COUNT else None


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# --- the catalogue ---------------------------------------------------------------------------------------------------------------
# Rows J>K: on J the function maps into K; it maps one to one and exactly onto K unless the row ends with ~. The first row is the
# domain, with the inverse named.

CATALOGUE = {
    "identity": ("identity", ""),
    "exp": ("ln", "R>(0,oo) (-oo,0)>(0,1) (-oo,0]>(0,1] [0,oo)>[1,oo) (0,oo)>(1,oo)"),
    "ln": ("exp", "(0,oo)>R (0,1)>(-oo,0) (0,1]>(-oo,0] [1,oo)>[0,oo) (1,oo)>(0,oo)"),
    "tanh": ("atanh", "R>(-1,1) (-oo,0)>(-1,0) (-oo,0]>(-1,0] [0,oo)>[0,1) (0,oo)>(0,1)"),
    "atanh": ("tanh", "(-1,1)>R (-1,0)>(-oo,0) (-1,0]>(-oo,0] [0,1)>[0,oo) (0,1)>(0,oo)"),
    "sigmoid": ("logit", "R>(0,1) (-oo,0)>(0,1/2) (-oo,0]>(0,1/2] [0,oo)>[1/2,1) (0,oo)>(1/2,1)"),
    "logit": ("sigmoid", "(0,1)>R (0,1/2)>(-oo,0) (0,1/2]>(-oo,0] [1/2,1)>[0,oo) (1/2,1)>(0,oo)"),
    "softplus": ("log_expm1", "R>(0,oo) (-oo,0]>(0,7/10)~ [0,oo)>(69/100,oo)~"),
    "log_expm1": ("softplus", "(0,oo)>R [7/10,oo)>(0,oo)~ (0,69/100]>(-oo,0)~"),
    "softsign": ("softsign_inverse", "R>(-1,1) (-oo,0)>(-1,0) (-oo,0]>(-1,0] [0,oo)>[0,1) (0,oo)>(0,1)"),
    "softsign_inverse": ("softsign", "(-1,1)>R (-1,0)>(-oo,0) (-1,0]>(-oo,0] [0,1)>[0,oo) (0,1)>(0,oo)"),
    "sinh": ("asinh", "R>R (-oo,0)>(-oo,0) (-oo,0]>(-oo,0] [0,oo)>[0,oo) (0,oo)>(0,oo)"),
    "asinh": ("sinh", "R>R (-oo,0)>(-oo,0) (-oo,0]>(-oo,0] [0,oo)>[0,oo) (0,oo)>(0,oo)"),
    "negate": ("negate", ""),
    "scale": ("", ""),
    "shift": ("", ""),
    "maximum": ("", ""),
    "power": ("", ""),
}
SCALARS = {"scale": 1, "shift": 1, "maximum": 1, "power": 1}
POSITIVE, ATLEAST0, ATMOST0 = short("(0,oo)"), short("[0,oo)"), short("(-oo,0]")
Row = tuple[Interval, Interval, bool]


def rows_of(text: str) -> list[Row]:
    pairs = [row.rstrip("~").split(">") for row in text.split()]
    return [(short(j), short(k), "~" not in row) for (j, k), row in zip(pairs, text.split(), strict=True)]


ROWS = {name: rows_of(text) for name, (_, text) in CATALOGUE.items()}
RISING = rows_of("(0,1)>(0,1) [1,oo)>[1,oo) (1,oo)>(1,oo) (0,1]>(0,1] [0,oo)>[0,oo)")
FALLING = rows_of("(0,1)>(1,oo) (0,1]>[1,oo) (1,oo)>(0,1) [1,oo)>(0,1]")
ODD, EVEN = rows_of("R>R (-oo,0)>(-oo,0) (-oo,0]>(-oo,0]"), rows_of("R>[0,oo)~")


def power_domain(a: Fraction) -> Interval:
    return POSITIVE if a < 0 else REALS if a == 0 or a.denominator % 2 else ATLEAST0


def power_rows(a: Fraction) -> list[Row]:
    """Of x^a, a not 0: x > 0 falls or rises; with an odd root, a > 0 reaches below zero, mirrored or folded."""
    rows = rows_of("(0,oo)>(0,oo)") + (RISING if a > 0 else FALLING)
    if a > 0 and a.denominator % 2:
        rows += ODD if a.numerator % 2 else EVEN
    return rows


def power_cut(cut: Cut, n: int) -> Cut:
    """The cut at x^n for a cut at x, where x^n rises."""
    p, x, i = cut
    if p:
        return (p if n % 2 else 1, x, i)
    if n * max(x.numerator.bit_length() - 1, x.denominator.bit_length() - 1) > LARGEST.bit_length():
        refuse(f"an interval's end would have more than {DIGITS} digits")
    return 0, exact(x**n), i


def power_image(a: Fraction, J: Interval) -> tuple[Interval, bool]:
    """The image of J in the domain, and whether it is exactly that."""
    if a == 0:
        return ((0, Fraction(1), 0), (0, Fraction(1), 1)), False
    if a == 1:
        return J, True
    if a.denominator == 1 and 2 <= a <= 1000:
        n = a.numerator
        if n % 2 or inside(J, ATLEAST0):
            return (power_cut(J[0], n), power_cut(J[1], n)), True
        left = power_cut(mirror(J[0]), n)
        if inside(J, ATMOST0):
            return (power_cut(mirror(J[1]), n), left), True
        return (ATLEAST0[0], max(left, power_cut(J[1], n))), False
    return rows_image(power_rows(a), J)


def rows_image(rows: list[Row], J: Interval) -> tuple[Interval, bool]:
    """The meet of the rows whose interval contains J; exact if an exact row's interval is J."""
    fitting = [(j, k, good) for j, k, good in rows if inside(J, j)]
    return (max(k[0] for _, k, _ in fitting), min(k[1] for _, k, _ in fitting)), any(j == J and good for j, _, good in fitting)


def atom_image(name: str, c: Fraction | None, J: Interval) -> tuple[Interval, bool]:
    """The image of J under an atom with the scalar c (None: a variable), and whether it is exactly that."""
    domain = ROWS[name][0][0] if ROWS[name] else REALS
    if name == "power":
        domain = POSITIVE if c is None else power_domain(c)
    if not inside(J, domain):
        refuse(f"{name} is defined on {show(domain)}, not on all of {show(J)}")
    if ROWS[name]:
        return rows_image(ROWS[name], J)
    if name == "identity":
        return J, True
    if name == "negate":
        return stretch(J, Fraction(-1)), True
    if c is None:
        return (POSITIVE if name == "power" else REALS), False
    if name == "scale":
        return stretch(J, c), c != 0
    if name == "shift":
        return stretch(J, Fraction(1), c), True
    if name == "power":
        return power_image(c, J)
    point = (0, c, 0), (0, c, 1)  # maximum
    return (point if J[1] <= point[1] else (max(J[0], point[0]), J[1])), False


def branches(name: str, c: Fraction | None) -> list[tuple[Interval, Interval, list[tuple[str, Fraction | None]]]]:
    """Where the atom is one to one: (B, exact image, the parts of the inverse on it)."""
    if ROWS[name]:
        (domain, image, _), *_ = ROWS[name]
        return [(domain, image, [(CATALOGUE[name][0], None)])]
    if CATALOGUE[name][0]:
        return [(REALS, REALS, [(name, None)])]
    if c is None or name == "maximum" or (c == 0 and name != "shift"):
        return []
    if name == "scale":
        return [(REALS, REALS, [("scale", 1 / c)])]
    if name == "shift":
        return [(REALS, REALS, [("shift", -c)])]
    back: tuple[str, Fraction | None] = ("power", 1 / c)
    found = [(POSITIVE, POSITIVE, [back])]
    if c > 0:
        found.append((ATLEAST0, ATLEAST0, [back]))
        if c.denominator % 2:
            odd = c.numerator % 2
            found.append((REALS, REALS, [back]) if odd else (ATMOST0, ATLEAST0, [back, ("negate", None)]))
    return found


# --- what is decided about functions -------------------------------------------------------------------------------------------


def leaf(t: Terms, f: int) -> tuple[str, Fraction | None]:
    _, name, scalars = t.entry[f]
    return name, t.value(scalars[0]) if scalars else None


def image(t: Terms, f: int, j: int) -> int:
    """An interval that contains f(x) for every x in J; refused unless f is defined on all of J."""
    known, stack = t.images, [(f, j)]
    while stack:
        g, i = stack[-1]
        e = t.entry[g]
        if (g, i) in known:
            stack.pop()
        elif e[0] == "then":
            middle = known.get((e[1], i))
            ahead = (e[1], i) if middle is None else (e[2], middle)
            if ahead in known:
                known[g, i] = known[ahead]
            else:
                stack.append(ahead)
        elif e[0] == "atom":
            known[g, i] = t.number(atom_image(*leaf(t, g), t.span[i])[0])
        else:
            domain = t.of(g)[1] if e[0] == "inverse" else e[2]
            if not t.inside(i, domain):
                refuse(f"{spell(t, g)} is defined on {t.text(domain)}, not on all of {t.text(i)}")
            if e[0] == "defined" and (t.body(g), i) not in known:
                stack.append((t.body(g), i))
            else:
                known[g, i] = known[t.body(g), i] if e[0] == "defined" else e[3] if e[0] == "function" else e[2]
    return known[f, j]


def maps(t: Terms, f: int, j: int, k: int) -> bool:
    try:
        return t.inside(image(t, f, j), k)
    except Refused:
        return False


def onto(t: Terms, f: int, B: Interval) -> Interval:
    """K, where f maps B one to one, continuously and exactly onto K; refused where that is not known."""
    for part in t.parts(f):
        e = t.entry[part]
        if e[0] == "atom":
            at = leaf(t, part)
            branch = next((b for b in branches(*at) if inside(B, b[0])), None)
            K, good = (branch[1], True) if branch and branch[0] == B else atom_image(*at, B) if branch else (B, False)
        else:
            K, good = t.span[e[2]], e[0] == "inverse" and t.span[t.of(part)[1]] == B
        if not good:
            refuse(f"{spell(t, part)} is not known to map {show(B)} one to one onto an exact image, so it has no inverse there")
        B = K
    return B


def inverse(t: Terms, f: int, B: Interval) -> int:
    """The inverse of f on B, where onto(f, B) holds."""
    back: list[int] = []
    for part in t.parts(f):
        e = t.entry[part]
        if e[0] == "inverse":
            back.append(e[1])
        elif branch := next((b for b in branches(*leaf(t, part)) if b[0] == B), None):
            g, *more = (t.atom(name, *(() if c is None else (c,))) for name, c in branch[2])
            for h in more:
                g = t.then(g, h)
            back.append(g)
        else:
            back.append(t.make("inverse", part, t.number(B)))
        B = onto(t, part, B)
    g = back.pop()
    while back:
        g = t.then(g, back.pop())
    return g


def chart(t: Terms, g: int) -> tuple[int, int]:
    """(K, h): g maps R onto the open K with inverse h."""
    if g not in t.charts:
        if t.open[g]:
            refuse(f"{spell(t, g)} has variables; a chart is a closed function with a known inverse")
        K = onto(t, g, REALS)
        if (K[0][0] == 0 and K[0][2] == 0) or (K[1][0] == 0 and K[1][2] == 1):
            refuse(f"{spell(t, g)} is no chart: its image {show(K)} is not open")
        t.charts[g] = t.number(K), inverse(t, g, REALS)
    return t.charts[g]


def is_identity(t: Terms, f: int, j: int) -> bool:
    if t.tag(f) != "atom":
        return False
    name, c = leaf(t, f)
    if name == "maximum" and c is not None:
        return t.span[j][0] >= (0, c, 0)
    return name == "identity" or (name, c) in (("scale", 1), ("shift", 0), ("power", 1))


def cancels(t: Terms, f: int, g: int, j: int) -> bool:
    """f ; g is the identity on J."""
    e, d = t.entry[f], t.entry[g]
    if d[0] == "inverse" and d[1] == f and t.inside(j, d[2]):
        return True
    if e[0] == "inverse":
        return bool(e[1] == g and t.inside(j, t.of(f)[1]))
    return e[0] == d[0] == "atom" and any(inside(t.span[j], b[0]) and b[2] == [leaf(t, g)] for b in branches(*leaf(t, f)))


def reduce(t: Terms, f: int, j: int) -> int:
    """f on J without parts that do nothing there and without pairs that cancel."""
    if (f, j) not in t.reduced:
        image(t, f, j)
        stack: list[tuple[int, int]] = []
        at = j
        for part in t.parts(f):
            if is_identity(t, part, at):
                continue
            if stack and cancels(t, stack[-1][0], part, stack[-1][1]):
                at = stack.pop()[1]
            else:
                stack.append((part, at))
                at = image(t, part, at)
        g = stack[0][0] if stack else t.atom("identity")
        for part, _ in stack[1:]:
            g = t.then(g, part)
        t.reduced[f, j] = g
    return t.reduced[f, j]


Fact = tuple[int, int, int]  # F, G, J: both are defined on J and equal there


def decided(t: Terms, fact: Fact) -> bool:
    f, g, j = fact
    return reduce(t, f, j) == reduce(t, g, j)


def entailed(t: Terms, fact: Fact, by: Iterable[Fact]) -> Fact | None:
    """The fact among those given from which this one follows."""
    f, g, j = fact
    return next((h for h in by if h[:2] in ((f, g), (g, f)) and t.inside(j, h[2])), None)


# --- diagrams --------------------------------------------------------------------------------------------------------------------

MAP, MIX, CONCAT, SLICE, INPUT = range(5)
KINDS = {"map": (MAP, 3), "mix": (MIX, 5), "concat": (CONCAT, 2), "slice": (SLICE, 4)}
SORTS = {MAP: ("function",), MIX: ("function", "weight", "vector"), CONCAT: (), SLICE: ("size", "size")}


class Columns:
    """Nodes: kind, up to three terms (map f; mix g W b; slice start size), and the argument; a concat's are wide[argument]."""

    __slots__ = ("a", "fault", "op", "wide", "x", "y", "z")

    def __init__(self) -> None:
        self.op = bytearray()
        self.x, self.y, self.z, self.a = array("q"), array("q"), array("q"), array("q")
        self.wide: list[tuple[int, ...]] = []
        self.fault = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and self.key() == other.key()

    __hash__ = None  # type: ignore[assignment]

    def key(self) -> Entry:
        return self.op, self.x, self.y, self.z, self.a, self.wide

    def put(self, op: int, x: int, y: int, z: int, a: int | tuple[int, ...]) -> None:
        if isinstance(a, tuple):
            self.wide.append(a)
            a = len(self.wide) - 1
        self.op.append(op)
        self.x.append(x)
        self.y.append(y)
        self.z.append(z)
        self.a.append(a)

    def rows(self) -> Iterator[tuple[int, int, int, int, int]]:
        return zip(self.op, self.x, self.y, self.z, self.a, strict=True)

    def args(self, i: int) -> tuple[int, ...]:
        return self.wide[self.a[i]] if self.op[i] == CONCAT else (self.a[i],)

    def terms(self) -> dict[int, None]:
        """The terms of the nodes, once each, in order of first occurrence."""
        found: dict[int, None] = {}
        for op, x, y, z, _ in self.rows():
            if op != CONCAT:
                found[x] = None
                if op != MAP:
                    found[y] = None
                    if op == MIX:
                        found[z] = None
        return found


@dataclass(frozen=True)
class Diagram:
    inputs: tuple[tuple[int, int], ...]  # size, interval
    nodes: Columns
    outputs: tuple[int, ...]


def counts(values: Iterable[object]) -> bool:
    return all(type(v) is int and 0 <= v < COUNT for v in values)


def pack(nodes: object) -> Columns:
    """A list of nodes as columns, made as soon as it is read; what is wrong with it is told later, where the place is known."""
    packed, i, node = Columns(), -1, None
    try:
        if not isinstance(nodes, list):
            raise TypeError
        for i, node in enumerate(nodes):  # noqa: B007
            kind, length = KINDS[node[0]]
            if len(node) != length:
                raise TypeError
            if kind == MAP:
                _, x, a = node
                y = z = 0
            elif kind == MIX:
                _, x, y, z, a = node
            elif kind == SLICE:
                _, x, y, a = node
                z = 0
            else:
                if type(node[1]) is not list or not node[1] or not counts(node[1]):
                    raise TypeError
                x = y = z = 0
                a = tuple(node[1])
            if not (type(x) is type(y) is type(z) is int and (kind == CONCAT or type(a) is int) and min(x, y, z) >= 0 <= z):
                raise TypeError
            packed.put(kind, x, y, z, a)
    except (TypeError, KeyError, IndexError, OverflowError):
        packed.fault = f'node {i}, {brief(node)}, is not ["map", f, a], ["mix", g, W, b, a], ["concat", [a, ..]] or ["slice", start, size, a]'
    return packed


def order(inputs: int, nodes: Columns, outputs: Iterable[int], follow: Callable[[int], int] | None = None) -> list[int]:
    """The nodes in canonical order: depth first from the outputs, each when all its arguments are finished."""
    seen, found = bytearray(len(nodes.op)), list[int]()
    for output in outputs:
        stack = [output]
        while stack:
            wire = follow(stack[-1]) if follow else stack[-1]
            i = wire - inputs
            if i < 0 or seen[i] == 2 or nodes.op[i] == INPUT:
                stack.pop()
            elif seen[i]:
                seen[i] = 2
                found.append(i)
                stack.pop()
            else:
                seen[i] = 1
                if nodes.op[i] == CONCAT:
                    stack += reversed(nodes.wide[nodes.a[i]])
                else:
                    stack.append(nodes.a[i])
    return found


def renumber(
    inputs: int, nodes: Columns, outputs: Iterable[int], follow: Callable[[int], int], place: dict[int, int]
) -> tuple[Columns, tuple[int, ...], list[int]]:
    """The reached nodes in canonical order, with the wires that they came from. `place` numbers the inputs, then every wire."""
    outputs = [follow(o) for o in outputs]
    kept, out = order(inputs, nodes, outputs, follow), Columns()
    for i in kept:
        op, x, y, z, a = nodes.op[i], nodes.x[i], nodes.y[i], nodes.z[i], nodes.a[i]
        try:
            if op == CONCAT:
                out.put(op, x, y, z, tuple(place[follow(w)] for w in nodes.wide[a]))
            else:
                out.put(op, x, y, z, place[follow(a)])
        except KeyError:
            refuse("the rewritten side has a cycle")
        place[i + inputs] = len(place)
    return out, tuple(place[o] for o in outputs), kept


def anonymous(t: Terms, roots: Iterable[int]) -> list[int]:
    """The numbers of the anonymous sizes in order of first occurrence."""
    names = (t.entry[v][2][0][0] for v in t.variables(roots) if t.tag(v) == "size")
    return [name for name in names if isinstance(name, int)]


# --- typing ----------------------------------------------------------------------------------------------------------------------


def node_type(t: Terms, op: int, x: int, y: int, z: int, sizes: Sequence[int], spans: Sequence[int]) -> tuple[int, int, str]:
    """Size and interval of a node's wire; the interval is -1, with the reason, where the node is not defined on its arguments'."""
    if op == CONCAT:
        span = t.number((min(t.span[j][0] for j in spans), max(t.span[j][1] for j in spans)))
        return t.add(*sizes), span, ""
    if op == SLICE:
        rest, parts = t.less(sizes[0], x, y)
        if rest < 0 or any(k < 0 for k in parts.values()):
            refuse(f"slice({spell(t, x)}, {spell(t, y)}) does not lie in a wire of size {spell(t, sizes[0])}")
        return y, spans[0], ""
    if op == MAP:
        try:
            return sizes[0], image(t, x, spans[0]), ""
        except Refused as no:
            return sizes[0], -1, str(no)
    (_, m, n, k), (_, length, zero) = t.of(y), t.of(z)
    if n != sizes[0] or length != m:
        wanted = f"{spell(t, m)}×{spell(t, n)} weight and a vector of size {spell(t, length)}"
        refuse(f"mix has a {wanted} on a wire of size {spell(t, sizes[0])}")
    K, _ = chart(t, x)
    if not t.inside(spans[0], K):
        return m, -1, f"mix({spell(t, x)}, ..) takes {t.text(K)}; its wire lies in {t.text(spans[0])}"
    if x != t.atom("identity"):
        return m, K, ""
    return m, t.number(stretch(t.span[spans[0]], Fraction(k))) if zero and k is not None else t.R, ""


def typing(t: Terms, d: Diagram, known: Sequence[int] | None = None) -> tuple[array[int], array[int]]:
    """Sizes and intervals of all wires: one pass. With `known`, it is met, and stands alone where a node does not type."""
    size, span = array("q", [s for s, _ in d.inputs]), array("q", [j for _, j in d.inputs])
    if known is not None:
        span = array("q", [t.meet(j, k) for (_, j), k in zip(d.inputs, known, strict=False)])
    shape, typed, wide, inputs = t.shape, t.typed, d.nodes.wide, len(d.inputs)
    key: Entry
    for i, (op, x, y, z, a) in enumerate(d.nodes.rows()):
        if op == MIX:
            key = (op, x, shape[y], shape[z], size[a], span[a])
        elif op == CONCAT:
            key = (op, *((size[w], span[w]) for w in wide[a]))
        else:
            key = (op, x, y, size[a], span[a])
        try:
            found = typed.get(key)
            if found is None:
                args = wide[a] if op == CONCAT else (a,)
                found = typed[key] = node_type(t, op, x, y, z, [size[w] for w in args], [span[w] for w in args])
            m, j, why = found
            if known is not None:
                k = known[inputs + i]
                j = k if j < 0 else j if j == k else t.meet(j, k)
            elif j < 0:
                refuse(why)
        except Refused as no:
            raise Refused(f"node {i}: {no}") from None
        size.append(m)
        span.append(j)
    return size, span
