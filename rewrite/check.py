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
from collections.abc import Callable, Iterable, Iterator, MutableSequence, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import chain, compress, islice
from operator import ge
from typing import Any, NamedTuple, NoReturn, TextIO

__all__ = ["Refused", "Verdict", "check", "main"]


class Refused(Exception):
    """The file is not accepted; the message says what is wrong and where."""


def refuse(message: str) -> NoReturn:
    raise Refused(message)


# --- intervals -------------------------------------------------------------------------------------------------------
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

# --- terms -----------------------------------------------------------------------------------------------------------
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
SORTS_OF = ("size", *VARIABLES)
KIND_OF = {sort: i for i, sort in enumerate(SORTS_OF)}


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
        self.shape: list[
            int
        ] = []  # number of (sort,), ("weight", rows, columns, fold), ("vector", size, zero?); domain of inverse
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
        self.named: dict[tuple[str, str], int] = {}
        self.clash = self.anonymous = False  # do two variables share a name anywhere? are there anonymous sizes?
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
            shape = self.measure(e)  # may make a size of its own, so the number comes after
            i = len(self.entry)
            if i >= TERMS:
                refuse(f"the terms of this proof outgrow {TERMS} entries")
            self.find[e] = i
            self.entry.append(e)
            self.shape.append(self.shape_find.setdefault(shape, len(self.shapes)))
            if self.shape[i] == len(self.shapes):
                self.shapes.append(shape)
            if e[0] == "size":
                self.open.append(bool(e[2]))
                self.anonymous |= any(isinstance(name, int) for name, _ in e[2])
            elif e[0] in VARIABLES:
                self.open.append(True)
                self.clash |= self.named.setdefault((e[0], e[1]), i) != i
            else:
                self.open.append(any(map(self.open.__getitem__, children(e))))
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
                refuse(f"a product of {spell(self, m)}×{spell(self, n)} and {spell(self, p)}×{spell(self, q)}")
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
                refuse(f"a {spell(self, m)}×{spell(self, n)} weight applied to a vector of size {spell(self, p)}")
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
        order = sorted(
            parts.items(), key=lambda p: (isinstance(p[0], str), p[0] if isinstance(p[0], int) else 0, str(p[0]))
        )
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
        stack = [
            (self.group(vectors), list[int]())
        ]  # a level: groups still to do, the last first, and the finished parts
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
                result = (
                    done[0]
                    if len(done) == 1
                    else self.make("sum", tuple(done))
                    if done
                    else self.make("zero_vector", size)
                )
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
        if tag in VARIABLES:
            return self.make(*e)
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

    def variables(self, roots: Iterable[int]) -> Iterator[int]:
        """The free variables, sizes as bare variables, in order of first occurrence."""
        entry, has, seen, names = self.entry, self.open, set[int](), set[str | int]()
        for root in roots:
            stack = [root] if has[root] and root not in seen else []
            while stack:
                t = stack.pop()
                if t in seen:
                    continue
                seen.add(t)
                e = entry[t]
                if e[0] == "size":
                    for name, _ in e[2]:
                        if name not in names:
                            names.add(name)
                            yield self.variable(name)
                    continue
                if e[0] in VARIABLES:
                    yield t
                if e[0] != "function" and e[0] != "scalar":
                    stack += reversed([k for k in children(e) if has[k]])

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


# --- the catalogue ---------------------------------------------------------------------------------------------------
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
    return (max(k[0] for _, k, _ in fitting), min(k[1] for _, k, _ in fitting)), any(
        j == J and good for j, _, good in fitting
    )


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


# --- what is decided about functions ---------------------------------------------------------------------------------


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
            refuse(
                f"{spell(t, part)} is not known to map {show(B)} one to one onto an exact image, so it has no inverse there"
            )
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
    return name == "identity" or (name, c) in (("scale", Fraction(1)), ("shift", Fraction(0)), ("power", Fraction(1)))


def cancels(t: Terms, f: int, g: int, j: int) -> bool:
    """f ; g is the identity on J."""
    e, d = t.entry[f], t.entry[g]
    if d[0] == "inverse" and d[1] == f and t.inside(j, d[2]):
        return True
    if e[0] == "inverse":
        return bool(e[1] == g and t.inside(j, t.of(f)[1]))
    return e[0] == d[0] == "atom" and any(
        inside(t.span[j], b[0]) and b[2] == [leaf(t, g)] for b in branches(*leaf(t, f))
    )


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


# --- diagrams --------------------------------------------------------------------------------------------------------

MAP, MIX, CONCAT, SLICE, INPUT, NONE = *range(5), -1  # odd kinds have a second term
KINDS = {"map": (MAP, 3), "mix": (MIX, 5), "concat": (CONCAT, 2), "slice": (SLICE, 4)}
SORTS = {MAP: ("function",), MIX: ("function", "weight", "vector"), CONCAT: (), SLICE: ("size", "size")}


class Columns:
    """Nodes: kind, up to three terms (map f; mix g W b; slice start size), else NONE, and the argument (a concat's: wide[it])."""

    __slots__ = ("a", "fault", "op", "wide", "x", "y", "z")

    def __init__(self) -> None:
        self.op = bytearray()
        self.x: MutableSequence[int] = array("q")
        self.y: MutableSequence[int] = array("q")
        self.z: MutableSequence[int] = array("q")
        self.a: MutableSequence[int] = array("q")
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
        found = dict.fromkeys(chain.from_iterable(zip(self.x, self.y, self.z, strict=True)))
        found.pop(NONE, None)
        return found


@dataclass(frozen=True)
class Diagram:
    inputs: tuple[tuple[int, int], ...]  # size, interval
    nodes: Columns
    outputs: tuple[int, ...]


def integers(column: Sequence[Any]) -> bool:
    """Are all of them counts? (bool is not int here)"""
    return set(map(type, column)) <= {int} and (not column or 0 <= min(column) <= max(column) < COUNT)


def pack(nodes: object) -> Columns:
    """Nodes as columns, made as soon as they are read; what is wrong with them is told later, where the place is known."""
    packed = Columns()
    if type(nodes) is not list or any(not fits(node) for node in nodes):
        bad = next((n for n in nodes if not fits(n)), None) if type(nodes) is list else nodes
        packed.fault = (
            f'{brief(bad)} is not a node: ["map", f, a], ["mix", g, W, b, a], ["concat", [a, ..]] '
            'or ["slice", start, size, a]'
        )
        return packed
    op = packed.op = bytearray([KINDS[n[0]][0] for n in nodes])
    x, a = [n[1] for n in nodes], [n[-1] for n in nodes]
    y = [n[2] if k & 1 else 0 for k, n in zip(op, nodes, strict=True)]
    z = [n[3] if k == MIX else 0 for k, n in zip(op, nodes, strict=True)]
    for i in [i for i, k in enumerate(op) if k == CONCAT] if CONCAT in op else ():
        packed.wide.append(tuple(x[i]) if type(x[i]) is list else ())
        x[i], a[i] = 0, len(packed.wide) - 1
    if not all(map(integers, (x, y, z, a, *packed.wide))) or not all(packed.wide):
        packed.fault = "an index in the nodes is no natural number below 2^53, or a concat has no parts"
        return packed
    x = [NONE if k == CONCAT else v for k, v in zip(op, x, strict=True)] if packed.wide else x
    y = [v if k & 1 else NONE for k, v in zip(op, y, strict=True)]
    z = [v if k == MIX else NONE for k, v in zip(op, z, strict=True)]
    packed.x, packed.y, packed.z, packed.a = array("q", x), array("q", y), array("q", z), array("q", a)
    return packed


def fits(node: object) -> bool:
    return type(node) is list and bool(node) and type(node[0]) is str and KINDS.get(node[0], (0, -1))[1] == len(node)


def order(inputs: int, nodes: Columns, outputs: Iterable[int], forward: dict[int, int]) -> list[int]:
    """The nodes in canonical order: depth first from the outputs, each when all its arguments are finished."""
    seen, found, ops, ends = bytearray(len(nodes.op)), list[int](), nodes.op, nodes.a
    for output in outputs:
        stack = [output]  # wires to visit, and ~i to finish node i
        while stack:
            wire = stack.pop()
            if wire < 0:
                found.append(~wire)
                continue
            while True:
                while wire in forward:
                    wire = forward[wire]
                i = wire - inputs
                if i < 0 or seen[i] or ops[i] == INPUT:
                    break
                seen[i] = 1
                stack.append(~i)
                wire = ends[i]
                if ops[i] == CONCAT:
                    stack += reversed(nodes.wide[wire])
                    break
    return found


def numbered(t: Terms, *diagrams: Diagram) -> None:
    """Refuse anonymous sizes that are not numbered 0, 1, ... in order of first occurrence."""
    found = t.variables(diagram_terms(*diagrams)) if t.anonymous else iter(())
    names = [t.entry[v][2][0][0] for v in found if t.tag(v) == "size"]
    numbers = [name for name in names if isinstance(name, int)]
    if numbers != list(range(len(numbers))):
        refuse("anonymous sizes are numbered 0, 1, ... in order of first occurrence")


# --- typing ----------------------------------------------------------------------------------------------------------


def node_type(
    t: Terms, op: int, x: int, y: int, z: int, sizes: Sequence[int], spans: Sequence[int]
) -> tuple[int, int, str]:
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


Types = tuple[list[int], list[int]]  # of each wire, its size and its interval


def typing(t: Terms, d: Diagram, known: Sequence[int] | None = None) -> Types:
    """Sizes and intervals of all wires: one pass. With `known`, it is met, and stands alone where a node does not type."""
    size, span = [s for s, _ in d.inputs], [j for _, j in d.inputs]
    if known is not None:
        span = [t.meet(j, k) for j, k in zip(span, known, strict=False)]
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


# --- reading ---------------------------------------------------------------------------------------------------------


def unpack(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        refuse(f"key {brief(next(n for n in names if names.count(n) > 1))} twice in one object")
    if "nodes" in found:
        found["nodes"] = pack(found["nodes"])
    if isinstance(found.get("journal"), list):
        found["journal"] = pack_journal(found["journal"])
    return found


class Journal(NamedTuple):
    """Entries [rule, node] as two columns; the exceptions (share, and anything odd) apart."""

    rules: array[int]
    wires: array[int]
    odd: dict[int, Any]


def pack_journal(entries: list[Any]) -> Journal:
    odd = {i: e for i, e in enumerate(entries) if type(e) is not list or len(e) != 2}
    for i in odd:
        entries[i] = [0, 0]
    first, second = [e[0] for e in entries], [e[1] for e in entries]
    if not integers(first) or not integers(second):
        odd |= {i: e for i, e in enumerate(entries) if not integers(e)}
        first, second = ([0 if i in odd else v for i, v in enumerate(c)] for c in (first, second))
    return Journal(array("q", first), array("q", second), odd)


def load(data: bytes) -> dict[str, Any]:
    """The JSON object, with nesting, keys and kinds of numbers checked."""
    if len(data) > 200_000_000:
        refuse("a proof file has at most 200 MB")
    depth, brackets, plain = 0, [], data.replace(b"\\\\", b"").replace(b'\\"', b"")
    quoted = 0
    for start in range(0, len(plain), 1 << 20):  # what stands outside strings, piece by piece
        pieces = plain[start : start + (1 << 20)].split(b'"')
        brackets.append(b"".join(pieces[quoted::2]).translate(FLAT, NO_BRACKETS))
        quoted ^= (len(pieces) - 1) & 1
    skeleton = b"".join(brackets)
    while depth < 16 and skeleton:
        skeleton, depth = skeleton.replace(b"[]", b""), depth + 1
    if skeleton:
        refuse("brackets are nested more than 16 deep, or do not close")
    del plain, brackets
    try:
        text = data.decode()
        found = json.loads(text, object_pairs_hook=unpack, parse_float=no_float, parse_constant=no_float)
    except UnicodeDecodeError as no:
        refuse(f"byte {no.start} is not UTF-8")
    except (ValueError, RecursionError) as no:
        refuse(f"this is not JSON: {brief(str(no))}")
    if not isinstance(found, dict) or found.get("format") != "sigmaprime-proof":
        refuse('this is no proof file: it has no "format": "sigmaprime-proof"')
    version = found.get("version")
    if type(version) is not int or version != 1:
        refuse(f"this file is version {brief(version)}; this reader knows version 1")
    keys(found, "axioms claim equations format terms version", "the file")
    return found


FLAT, NO_BRACKETS = bytes.maketrans(b"{}", b"[]"), bytes(b for b in range(256) if b not in b"[]{}")


def no_float(text: str) -> NoReturn:
    refuse(f"{text[:40]} is a float; numbers that are not counts are strings")


def keys(value: object, names: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names.split()):
        had = ", ".join(map(brief, value)) if isinstance(value, dict) else brief(value)
        refuse(f"{where} is an object with the keys {', '.join(names.split())}; here: {had}")
    return value


def listed(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        refuse(f"{where} is a list, not {brief(value)}")
    return value


def name_of(value: object, function: bool = False) -> str:
    """A name that can stand in a claim without being taken for something else."""
    if type(value) is not str or not NAME.fullmatch(value) or not value.isprintable():
        refuse(
            f"{brief(value)} is no name: 1 to 200 printable signs, no blank, none of {RESERVED}, no digit or sign first"
        )
    if function and value in CATALOGUE:
        refuse(f"{brief(value)} is no name of a function: it is a word of the catalogue")
    return value


RESERVED = r""" ;=,|()[]{}"\·#?×"""
NAME = re.compile(rf"(?![-+0-9])[^{re.escape(RESERVED)}]{{1,200}}")


class File:
    """The terms of a file, each once and in normal form; `at` has their numbers in the table."""

    def __init__(self, entries: list[Any]) -> None:
        self.t = Terms()
        self.used = bytearray(len(entries))
        self.at, self.kind = array("q"), bytearray()
        for i, e in enumerate(entries):
            known = len(self.t.entry)
            try:
                made = self.define(listed(e, "an entry"))
                if made < known and made in self.at:  # else it is new, or came up in a size before
                    refuse(f"it repeats term {self.at.index(made)}")
            except Refused as no:
                raise Refused(f"term {i}: {no}") from None
            self.at.append(made)
            self.kind.append(KIND_OF[self.t.sort(made)])
            entries[i] = None

    def define(self, e: list[Any]) -> int:
        t, tag = self.t, e[0] if e else None
        if tag == "size":
            return self.define_size(e)
        if not isinstance(tag, str) or tag not in GRAMMAR or len(e) != len(GRAMMAR[tag][1]) + 1:
            refuse(f"{brief(e)} is no term of the table in the format")
        fields: list[Any] = [tag]
        for letter, value in zip(GRAMMAR[tag][1], e[1:], strict=True):
            if letter in "szfwvB":
                fields.append(self.term(value, SORT[letter]))
            elif letter in "SWV":
                fields.append(tuple(self.term(k, SORT[letter.lower()]) for k in listed(value, "a list of terms")))
            elif letter in "PA":
                fields.append(tuple(self.term(k, "function", "scalar") for k in listed(value, "a list of terms")))
            elif letter == "J":
                fields.append(t.number(interval(value)))
            elif letter == "q":
                fields.append(str(rational(value)))
            elif letter == "h":
                if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
                    refuse(f"{brief(value)} is no sha256 digest in hex")
                fields.append(value)
            else:
                fields.append(
                    str(value) if tag == "atom" else name_of(value, letter == "n" and GRAMMAR[tag][0] == "function")
                )
        if tag == "atom" and (fields[1] not in CATALOGUE or len(fields[2]) != SCALARS.get(fields[1], 0)):
            refuse(f"{brief(e)} is no atom of the catalogue with its scalars")
        if tag == "sum" and not fields[1]:
            refuse("a sum of nothing")
        if tag == "defined":
            _, _, _, parameters, body, arguments = fields
            if list(t.variables([body])) != list(parameters):
                refuse("the parameters of a definition are the variables of its body, in order of first occurrence")
            if [t.sort(p) for p in parameters] != [t.sort(a) for a in arguments]:
                refuse("a definition's arguments are as many as its parameters, and of their sorts")
        entry = tuple(fields)
        made = t.rebuild(entry)
        if t.entry[made] != entry:
            refuse(f"it is not in normal form: {brief(e)}")
        return made

    def define_size(self, e: list[Any]) -> int:
        parts: dict[str | int, int] = {}
        if len(e) != 3 or not integers([e[1]]):
            refuse(f'{brief(e)} is not ["size", c, [[name, k], ..]]')
        for part in listed(e[2], "the second part of a size"):
            if type(part) is not list or len(part) != 2 or not integers(part[1:]) or not part[1]:
                refuse(f"{brief(part)} is not [name, k], k at least 1")
            parts[part[0] if integers(part[:1]) else name_of(part[0])] = part[1]
        made = self.t.size(e[1], parts)
        if [list(p) for p in self.t.entry[made][2]] != e[2]:
            refuse("the names of a size stand once each, numbers first, each group ascending")
        return made

    def term(self, i: object, *sorts: str) -> int:
        if type(i) is not int or not 0 <= i < len(self.at):
            refuse(f"{brief(i)} is not the index of an earlier term")
        if SORTS_OF[self.kind[i]] not in sorts:
            refuse(f"term {i} is a {SORTS_OF[self.kind[i]]}; here stands a {' or '.join(sorts)}")
        self.used[i] = 1
        return self.at[i]

    def fact(self, e: object) -> Fact:
        if type(e) is not list or len(e) != 4 or e[0] != "equal":
            refuse(f'{brief(e)} is not a fact ["equal", F, G, J]')
        f, g, j = self.term(e[1], "function"), self.term(e[2], "function"), self.t.number(interval(e[3]))
        image(self.t, f, j)
        image(self.t, g, j)
        return f, g, j

    def facts(self, value: object) -> tuple[Fact, ...]:
        found = tuple(self.fact(e) for e in listed(value, "a list of facts"))
        if len(set(found)) < len(found):
            refuse("a fact stands in the list twice")
        return found

    def diagram(self, value: object) -> Diagram:
        """A diagram whose nodes are in canonical order."""
        d = keys(value, "inputs nodes outputs", "a diagram")
        nodes: Columns = d["nodes"]
        if nodes.fault:
            refuse(nodes.fault)
        inputs = []
        for e in listed(d["inputs"], "inputs"):
            if type(e) is not list or len(e) != 2:
                refuse(f"{brief(e)} is not an input [size, J]")
            inputs.append((self.term(e[0], "size"), self.t.number(interval(e[1]))))
        wires = len(inputs) + len(nodes.op)
        outputs = listed(d["outputs"], "outputs")
        if not outputs or not integers(outputs) or max(outputs) >= wires:
            refuse(f"outputs are at least one wire, each below {wires}")
        for op, sorts in SORTS.items():
            chosen = [kind == op for kind in nodes.op]
            for sort, column in zip(sorts, (nodes.x, nodes.y, nodes.z), strict=False):
                for i in set(compress(column, chosen)):
                    if i >= len(self.kind) or self.kind[i] != KIND_OF[sort]:
                        self.term(i, sort)
                    self.used[i] = 1
        late = any(map(ge, nodes.a, range(len(inputs), wires)))
        if late or any(max(nodes.args(i)) >= len(inputs) + i for i in range(len(nodes.op) if nodes.wide else 0)):
            refuse("a node reads a wire that comes later")
        if order(len(inputs), nodes, outputs, {}) != list(range(len(nodes.op))):
            refuse("the nodes are not in canonical order (depth first from the outputs, arguments first, each reached)")
        if self.at and self.at[-1] != len(self.at) - 1:
            at = self.at + array("q", [NONE])
            for name in "xyz":
                setattr(nodes, name, array("q", map(at.__getitem__, getattr(nodes, name))))
        return Diagram(tuple(inputs), nodes, tuple(outputs))


def diagram_terms(*diagrams: Diagram) -> dict[int, None]:
    found = dict.fromkeys(s for d in diagrams for s, _ in d.inputs)
    for d in diagrams:
        found.update(d.nodes.terms())
    return found


# --- equations -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Equation:
    """Γ ; D ⊨ left = right : E, the known columns of both sides, and the axioms (by index) it rests on."""

    given: tuple[Fact, ...]
    left: Diagram
    right: Diagram
    outputs: tuple[int, ...]
    types: tuple[Types, Types]  # sizes and known intervals
    rests: frozenset[int]


def settle(
    t: Terms,
    given: Iterable[Fact],
    sides: tuple[Diagram, Diagram],
    known: tuple[Sequence[int], Sequence[int]] | None = None,
    outputs: Sequence[int] | None = None,
    rests: frozenset[int] = frozenset(),
    ready: Types | None = None,
) -> Equation:
    """An equation with both columns recomputed (the left one unless it is `ready`). Each name must mean one thing."""
    left, right = sides
    facts = tuple(dict.fromkeys(given))
    if left.inputs != right.inputs:
        refuse("the sides take different inputs")
    types = [] if ready is None else [ready]
    for name, d, column in list(zip(("left", "right"), sides, known or (None, None), strict=True))[len(types) :]:
        try:
            types.append(types[0] if name == "right" and known is None and right is left else typing(t, d, column))
        except Refused as no:
            raise Refused(f"{name} side, {no}") from None
    (size, span), (size2, span2) = types
    if [size[o] for o in left.outputs] != [size2[o] for o in right.outputs]:
        refuse("the sides have outputs of different sizes")
    ends = [t.meet(span[a], span2[b]) for a, b in zip(left.outputs, right.outputs, strict=True)]
    if outputs is not None:
        ends = [t.meet(i, j) for i, j in zip(ends, outputs, strict=True)]
    if t.clash:
        names: dict[tuple[str, str], int] = {}
        for v in t.variables([*diagram_terms(left, right), *(f for fact in facts for f in fact[:2])]):
            if t.tag(v) != "size" and names.setdefault((t.tag(v), t.entry[v][1]), v) != v:
                refuse(f"two different variables are named {t.entry[v][1]}")
    return Equation(facts, left, right, tuple(ends), (types[0], types[1]), rests)


class Work:
    """Wires while a side is built: inputs and nodes by slot, a known interval each, and forwarding to other slots."""

    def __init__(self, t: Terms, inputs: tuple[tuple[int, int], ...]) -> None:
        self.t, self.types = t, inputs
        self.nodes, self.known = Columns(), [j for _, j in inputs]
        self.nodes.x, self.nodes.y, self.nodes.z, self.nodes.a = [], [], [], []
        self.inputs = list(range(len(inputs)))
        self.forward: dict[int, int] = {}
        for _ in inputs:
            self.nodes.put(INPUT, NONE, NONE, NONE, 0)

    def graft(self, d: Diagram, known: Sequence[int], feeds: Iterable[int]) -> list[int]:
        """Append a diagram on the wires that feed it; its outputs."""
        nodes, more, place = self.nodes, d.nodes, list(feeds)
        self.known += known[len(place) :]
        place += range(len(nodes.op), len(nodes.op) + len(more.op))
        shift = len(nodes.wide)
        nodes.a.extend(a + shift if k == CONCAT else place[a] for k, a in zip(more.op, more.a, strict=True))
        nodes.wide += [tuple(place[w] for w in args) for args in more.wide]
        nodes.op += more.op
        nodes.x += more.x
        nodes.y += more.y
        nodes.z += more.z
        return [place[o] for o in d.outputs]

    def follow(self, wire: int) -> int:
        forward = self.forward
        if wire not in forward:
            return wire
        end = forward[wire]
        while end in forward:
            end = forward[end]
        while wire != end:
            forward[wire], wire = end, forward[wire]
        return end

    def finish(self, outputs: Iterable[int]) -> tuple[Diagram, list[int]]:
        """The reached nodes in canonical order, and the known column."""
        follow, nodes, out, n = self.follow, self.nodes, Columns(), len(self.inputs)
        outputs = [follow(o) for o in outputs]
        kept = order(0, nodes, outputs, self.forward)
        place = [-1] * len(nodes.op)
        for w, slot in enumerate(chain(self.inputs, kept)):
            place[slot] = w
        for name in "xyz":
            setattr(out, name, array("q", map(getattr(nodes, name).__getitem__, kept)))
        out.op = bytearray(map(nodes.op.__getitem__, kept))
        wires, forward, a = range(n, n + len(kept)), self.forward, nodes.a
        if CONCAT in out.op:
            out.wide = [tuple([place[follow(u)] for u in nodes.wide[a[i]]]) for i in kept if nodes.op[i] == CONCAT]
            count = iter(range(len(out.wide)))
            ends = [next(count) if nodes.op[i] == CONCAT else place[follow(a[i])] for i in kept]
        else:
            ends = [place[follow(a[i])] if a[i] in forward else place[a[i]] for i in kept]
        out.a = array("q", ends)
        late = any(map(ge, ends, wires)) or any(max(out.args(i)) >= n + i for i in range(len(kept)) if out.wide)
        if late:
            refuse("the new side has a cycle")
        d = Diagram(self.types, out, tuple(place[o] for o in outputs))
        return d, [self.known[slot] for slot in chain(self.inputs, kept)]


def trans(t: Terms, e: Equation, f: Equation) -> Equation:
    b, c = e.right, f.left
    if b.nodes != c.nodes or b.outputs != c.outputs or [s for s, _ in b.inputs] != [s for s, _ in c.inputs]:
        refuse("the right side of the first equation is not the left side of the second")
    for (_, j), (_, k) in zip(b.inputs, c.inputs, strict=True):
        if not t.inside(j, k):
            refuse(f"the second equation holds on {t.text(k)} only; the first starts from {t.text(j)}")
    right = Diagram(e.left.inputs, f.right.nodes, f.right.outputs)
    ends = [t.meet(i, j) for i, j in zip(e.outputs, f.outputs, strict=True)]
    return settle(t, e.given + f.given, (e.left, right), (e.types[0][1], f.types[1][1]), ends, e.rests | f.rests)


def seq(t: Terms, e: Equation, f: Equation) -> Equation:
    ends = [(e.types[0][0][o], j) for o, j in zip(e.left.outputs, e.outputs, strict=True)]
    if [s for s, _ in ends] != [s for s, _ in f.left.inputs]:
        refuse("the outputs of the first equation and the inputs of the second have different sizes")
    for (_, j), (_, k) in zip(ends, f.left.inputs, strict=True):
        if not t.inside(j, k):
            refuse(f"the second equation takes {t.text(k)}; the first gives {t.text(j)}")
    sides = []
    for a, ak, c, ck in zip((e.left, e.right), e.types, (f.left, f.right), f.types, strict=True):
        work = Work(t, e.left.inputs)
        sides.append(work.finish(work.graft(c, ck[1], work.graft(a, ak[1], work.inputs))))
    (left, lk), (right, rk) = sides
    return settle(t, e.given + f.given, (left, right), (lk, rk), f.outputs, e.rests | f.rests)


def par(t: Terms, e: Equation, f: Equation) -> Equation:
    sides, n = [], len(e.left.inputs)
    for a, ak, c, ck in zip((e.left, e.right), e.types, (f.left, f.right), f.types, strict=True):
        work = Work(t, e.left.inputs + f.left.inputs)
        sides.append(work.finish(work.graft(a, ak[1], work.inputs[:n]) + work.graft(c, ck[1], work.inputs[n:])))
    (left, lk), (right, rk) = sides
    return settle(t, e.given + f.given, (left, right), (lk, rk), e.outputs + f.outputs, e.rests | f.rests)


def is_variable(t: Terms, v: int) -> bool:
    e = t.entry[v]
    return e[0] in VARIABLES or (e[0] == "size" and e[1] == 0 and len(e[2]) == 1 and e[2][0][1] == 1)


def admit(t: Terms, v: int, value: int, by: dict[int, int], memo: dict[int, int]) -> None:
    """May the value stand for v, given the values of all variables?"""
    e, sort = t.entry[v], t.sort(v)
    if t.sort(value) != sort:
        refuse(f"{spell(t, v)} is a {sort}, {spell(t, value)} is a {t.sort(value)}")
    if sort == "function" and not maps(t, value, e[2], e[3]):
        refuse(f"{e[1]} maps {t.text(e[2])} into {t.text(e[3])}; of {spell(t, value)} this is not known")
    if sort == "scalar":
        x = t.value(value)
        fits = t.inside(t.entry[value][2], e[2]) if x is None else inside(((0, x, 0), (0, x, 1)), t.span[e[2]])
        if not fits:
            refuse(f"{e[1]} lies in {t.text(e[2])}, {spell(t, value)} need not")
    if sort in ("weight", "vector"):
        wanted = [t.substitute(s, by, memo) for s in e[2:]]
        if list(t.of(value)[1 : 1 + len(wanted)]) != wanted:
            refuse(f"{e[1]} has size {'×'.join(spell(t, s) for s in wanted)}, {spell(t, value)} has another")


def put_in(t: Terms, d: Diagram, by: dict[int, int], memo: dict[int, int]) -> Diagram:
    out = Columns()
    out.op, out.a, out.wide = d.nodes.op, d.nodes.a, d.nodes.wide
    new = {u: t.substitute(u, by, memo) for u in diagram_terms(d)} | {NONE: NONE}
    for name in "xyz":
        setattr(out, name, array("q", map(new.__getitem__, getattr(d.nodes, name))))
    return Diagram(tuple((new[s], j) for s, j in d.inputs), out, d.outputs)


def instantiate(t: Terms, e: Equation, by: dict[int, int]) -> Equation:
    memo: dict[int, int] = {}
    for v, value in by.items():
        admit(t, v, value, by, memo)
    given = [(t.substitute(f, by, memo), t.substitute(g, by, memo), j) for f, g, j in e.given]
    given = [fact for fact in given if not decided(t, fact)]
    known = e.types[0][1], e.types[1][1]
    return settle(t, given, (put_in(t, e.left, by, memo), put_in(t, e.right, by, memo)), known, e.outputs, e.rests)


def row_of_maps(t: Terms, size: int, j: int, parts: Iterable[int]) -> Diagram:
    return build([(size, j)], [("map", f) for f in parts])


def build(inputs: Sequence[tuple[int, int]], boxes: Iterable[Sequence[Any]]) -> Diagram:
    """A diagram from boxes ("map", f), .. each on the wire before, or with its argument(s) as a last, list-valued entry."""
    nodes, n = Columns(), len(inputs)
    for kind, *terms in boxes:
        a = terms.pop() if terms and isinstance(terms[-1], list) else [n + len(nodes.op) - 1]
        x, y, z = [*terms, NONE, NONE, NONE][:3]
        nodes.put(KINDS[kind][0], x, y, z, tuple(a) if kind == "concat" else a[0])
    return Diagram(tuple(inputs), nodes, (n + len(nodes.op) - 1,))


def unfold(t: Terms, f: int) -> Equation:
    if t.tag(f) != "defined":
        refuse(f"unfold takes a defined function, not {spell(t, f)}")
    n, j = t.variable("n"), t.entry[f][2]
    return settle(t, (), (row_of_maps(t, n, j, [f]), row_of_maps(t, n, j, t.parts(t.body(f)))))


# --- rules -----------------------------------------------------------------------------------------------------------


def spread(t: Terms, tag: str, term: int) -> list[int]:
    """The parts of a chain of functions, of a product (applied to a vector or not), or of a sum."""
    if tag == "then":
        return t.parts(term)
    if tag == "sum":
        return list(t.entry[term][1]) if t.tag(term) == "sum" else [] if t.tag(term) == "zero_vector" else [term]
    out = []
    while t.tag(term) in ("times", "apply"):
        _, first, term = t.entry[term]
        out.append(first)
    return out if t.tag(term) == "eye" else [*out, term]


def gather(t: Terms, tag: str, parts: list[int]) -> int:
    if tag == "sum":
        return t.sum(parts)
    if tag == "then":
        return join(t, parts)
    term = parts[-1]
    for part in reversed(parts[:-1]):
        term = t.apply(part, term) if t.sort(term) == "vector" else t.times(part, term)
    return term


def join(t: Terms, parts: Sequence[int]) -> int:
    f = parts[0]
    for g in parts[1:]:
        f = t.then(f, g)
    return f


def bind(t: Terms, pairs: list[tuple[int, int]]) -> tuple[dict[int, int], dict[int, int]]:
    """Values of the variables under which every pattern is its target, and the memo of their substitution.

    How a value is found is not trusted: at the end each pattern is substituted and compared.
    """
    by: dict[int, int] = {}
    waiting, todo = list[tuple[int, int]](), pairs[::-1]
    while todo:
        p, q = todo.pop()
        free = [v for v in t.variables([p]) if v not in by]
        if not free or p in by:
            continue  # compared below
        if t.sort(p) != t.sort(q):
            refuse(f"{spell(t, q)} stands where the rule has {spell(t, p)}")
        found = solve(t, p, q, free, by)
        if found is None:
            waiting.append((p, q))
            continue
        for v, value in found:
            if is_variable(t, v) and v not in by:
                by[v] = value
                typed = t.sort(v) in ("weight", "vector") and t.sort(value) == t.sort(v)
                todo += zip(t.entry[v][2:], t.of(value)[1:], strict=False) if typed else ()
            else:
                todo.append((v, value))
        todo, waiting = todo + waiting, []
    if waiting:
        refuse(
            f"two variables of {spell(t, waiting[0][0])} are not determined by the match; instantiate the rule first"
        )
    memo: dict[int, int] = {}
    for p, q in pairs:
        if t.substitute(p, by, memo) != q:
            refuse(f"{spell(t, q)} stands where the rule has {spell(t, p)}")
    return by, memo


def solve(t: Terms, p: int, q: int, free: list[int], by: dict[int, int]) -> list[tuple[int, int]] | None:
    """Smaller pairs that p = q comes down to; None while too little is bound."""
    e, d = t.entry[p], t.entry[q]
    if is_variable(t, p):
        return [(p, q)]
    if e[0] == "size":
        if len(free) > 1:
            return None
        (name,) = {name for name, _ in e[2]} & {t.entry[v][2][0][0] for v in free}
        k = dict(e[2])[name]
        others = t.substitute(t.size(e[1], {n: j for n, j in e[2] if n != name}), by, {})
        rest, more = t.less(q, others)
        if rest < 0 or rest % k or any(j < 0 or j % k for j in more.values()):
            refuse(f"the size {spell(t, q)} is not of the form {spell(t, p)}")
        return [(free[0], t.size(rest // k, {n: j // k for n, j in more.items()}))]
    if e[0] in ("then", "times", "apply", "sum"):
        parts = spread(t, e[0], p)
        unbound = [i for i, part in enumerate(parts) if any(v not in by for v in t.variables([part]))]
        if len(unbound) > 1:
            return None
        memo: dict[int, int] = {}
        i, found = unbound[0], spread(t, e[0], q)
        before = [u for part in parts[:i] for u in spread(t, e[0], t.substitute(part, by, memo))]
        after = [u for part in parts[i + 1 :] for u in spread(t, e[0], t.substitute(part, by, memo))]
        middle = found[len(before) : len(found) - len(after)]
        if not middle or found != before + middle + after or t.sort(parts[i]) != t.sort(gather(t, e[0], middle)):
            refuse(f"{spell(t, q)} is not of the form {spell(t, p)}")
        return [(parts[i], gather(t, e[0], middle))]
    if e[0] != d[0] or [f for f in fixed(e)] != [f for f in fixed(d)]:
        refuse(f"{spell(t, q)} is not of the form {spell(t, p)}")
    below = list(children(e)), list(children(d))
    if len(below[0]) != len(below[1]):
        refuse(f"{spell(t, q)} is not of the form {spell(t, p)}")
    return list(zip(*below, strict=True))


def fixed(e: Entry) -> list[Any]:
    """What a substitution leaves alone in an entry."""
    return [f for letter, f in zip(GRAMMAR[e[0]][1], e[1:], strict=True) if letter not in "szfwvSWVA"]


# A node of a rule's right side, resolved: kind, x, y, z; the left side's wire whose weight and vector it takes, or NONE;
# arguments as wires of the rule, size, known interval.
New = tuple[int, int, int, int, int, int, tuple[int, ...], int, int]


class Rule:
    """An equation, read from left to right, made ready to be matched: a plan over columns, and a memo of what a match means."""

    def __init__(self, t: Terms, e: Equation, reverse: bool) -> None:
        left, right = (e.right, e.left) if reverse else (e.left, e.right)
        self.t, self.e, self.left, self.right = t, e, left, right
        self.known = e.types[0 if reverse else 1][1]
        n, nodes = len(left.inputs), left.nodes
        read = {w for i in range(len(nodes.op)) for w in nodes.args(i)} | set(left.outputs)
        if len(left.outputs) != 1:
            refuse("a rule has one output")
        if any(i not in read for i in range(n)):
            refuse("an input of the rule is not read by its left side; instantiating cannot bind it")
        self.bare = not nodes.op
        facts = [f for fact in e.given for f in fact[:2]]
        self.variables = list(t.variables([*diagram_terms(left, right), *facts]))
        self.inputs, self.wires, self.root = n, n + len(nodes.op), left.outputs[0]
        self.memo: dict[Entry, tuple[list[New], int]] = {}
        # A weight or vector that stands on the left as a lone variable, once, and on the right only so, matters by its shape.
        rows = [*zip(nodes.op, nodes.y, nodes.z, strict=True)]
        lone = [u for op, y, z in rows if op == MIX for u in (y, z)]
        shown = {
            u
            for op, y, z in zip(right.nodes.op, right.nodes.y, right.nodes.z, strict=True)
            if op == MIX
            for u in (y, z)
        }
        hidden = {v for u in shown.union(lone) if not is_variable(t, u) for v in t.variables([u])}
        self.loose = {u for u in lone if is_variable(t, u) and lone.count(u) == 1 and u not in hidden}
        self.plan = [
            (n + i, nodes.op[i], nodes.y[i] in self.loose, nodes.z[i] in self.loose, nodes.args(i))
            for i in reversed(range(len(nodes.op)))
        ]
        self.place = {u: n + i for i, r in enumerate(rows) if r[0] == MIX for u in r[1:] if u in self.loose}

    def match(self, work: Rewriting, root: int) -> tuple[list[int], Entry]:
        """The slots which the rule's wires meet, from the root down, and all that the meaning of the match depends on."""
        nodes, shape, forward = work.nodes, self.t.shape, work.forward
        ops, xs, ys, zs, ends = nodes.op, nodes.x, nodes.y, nodes.z, nodes.a
        met = [-1] * self.wires
        met[self.root] = root
        key = [work.known[root]]
        for wire, op, loose_y, loose_z, args in self.plan:
            slot = met[wire]
            if ops[slot] != op:
                refuse(f"the rule wants {KIND[op]} where wire {slot} is {KIND[ops[slot]]}")
            there: tuple[int, ...] = (ends[slot],)
            if op == CONCAT:
                there = nodes.wide[ends[slot]]
                if len(there) != len(args):
                    refuse(f"the rule wants a concat of {len(args)}, wire {slot} joins {len(there)}")
            else:
                key.append(xs[slot])
            if op == MIX:
                key.append(shape[ys[slot]] if loose_y else ys[slot])
                key.append(shape[zs[slot]] if loose_z else zs[slot])
            elif op == SLICE:
                key.append(ys[slot])
            for p, q in zip(args, there):  # noqa: B905 (equal lengths, and this is the inmost loop)
                if q in forward:
                    q = work.follow(q)
                if met[p] < 0:
                    met[p] = q
                elif met[p] != q:
                    refuse(f"the rule wants one wire twice; here are two, {met[p]} and {q}")
        for w in met[: self.inputs]:
            key.append(work.size[w])
            key.append(work.known[w])
        return met, tuple(key)

    def meaning(self, work: Rewriting, met: list[int]) -> tuple[list[New], int]:
        """Bind, check every condition, and type the right side: its nodes, and the known interval of its output."""
        t, nodes, n = self.t, work.nodes, len(self.left.inputs)
        pairs = [(s, work.size[met[i]]) for i, (s, _) in enumerate(self.left.inputs)]
        for i, (op, x, y, z, _) in enumerate(self.left.nodes.rows()):
            slot = met[n + i]
            if op == MIX and x != nodes.x[slot]:
                refuse(f"the rule is about the chart {spell(t, x)}, here is {spell(t, nodes.x[slot])}")
            there = nodes.x[slot], nodes.y[slot], nodes.z[slot]
            pairs += zip((x, y, z)[: len(SORTS[op])], there, strict=False)
        by, memo = bind(t, pairs)
        for v in self.variables:
            if v not in by:
                refuse(f"{spell(t, v)} is not determined by the match; instantiate the rule first")
            if t.tag(v) != "size":
                admit(t, v, by[v], by, memo)
        sizes, spans = [work.size[w] for w in met[:n]], [work.known[w] for w in met[:n]]
        for j, (_, k) in zip(spans, self.left.inputs, strict=True):
            if not t.inside(j, k):
                refuse(f"the rule takes {t.text(k)}; the wire is known to lie in {t.text(j)}")
        for f, g, j in self.e.given:
            work.assume((t.substitute(f, by, memo), t.substitute(g, by, memo), j))
        right, new = put_in(t, self.right, by, memo), list[New]()
        for i, (op, x, y, z, _) in enumerate(right.nodes.rows()):
            args = right.nodes.args(i)
            m, j, _ = node_type(t, op, x, y, z, [sizes[w] for w in args], [spans[w] for w in args])
            j = self.known[n + i] if j < 0 else t.meet(j, self.known[n + i])
            sizes.append(m)
            spans.append(j)
            sources = (self.place.get(self.right.nodes.y[i], NONE), self.place.get(self.right.nodes.z[i], NONE))
            new.append((op, x, y, z, *sources, args, m, j))
        out = right.outputs[0]
        return new, t.meet(t.meet(spans[out], work.known[met[self.root]]), self.e.outputs[0])


KIND = {MAP: "a map", MIX: "a mix", CONCAT: "a concat", SLICE: "a slice", INPUT: "an input"}


class Rewriting(Work):
    """The right side of an equation under a journal. Ids of the journal are slots, but for wires moved by a bare left side."""

    def __init__(self, t: Terms, e: Equation, given: tuple[Fact, ...]) -> None:
        super().__init__(t, e.right.inputs)
        self.gamma, self.offered, self.rests = dict.fromkeys(e.given), given, set(e.rests)
        self.outputs = self.graft(e.right, e.types[1][1], self.inputs)
        self.size = list(e.types[1][0])
        self.moved: dict[int, int] = {}

    def assume(self, fact: Fact) -> None:
        if not decided(self.t, fact) and not entailed(self.t, fact, self.gamma):
            found = entailed(self.t, fact, self.offered)
            if found is None:
                f, g, j = fact
                refuse(
                    f"the rule needs {spell(self.t, f)} = {spell(self.t, g)} on {self.t.text(j)}, which is neither decided nor given"
                )
            self.gamma[found] = None

    def slot(self, wire: int) -> int:
        slot = self.moved.get(wire, wire) if self.moved else wire
        if not 0 <= slot < len(self.nodes.op):
            refuse(f"there is no wire {wire}")
        if slot in self.forward:
            refuse(f"wire {wire} is forwarded to another")
        return slot

    def step(self, rule: Rule, wire: int) -> None:
        root = self.slot(wire)
        if rule.bare:
            self.extend(rule, wire, root)
            return
        met, key = rule.match(self, root)
        found = rule.memo.get(key)
        if found is None:
            found = rule.memo[key] = rule.meaning(self, met)
            self.rests |= rule.e.rests
        new, known = found
        if not new:
            self.redirect(root, met[rule.right.outputs[0]], known)
            return
        place, nodes, last = met[: rule.inputs], self.nodes, len(new) - 1
        for i, (op, x, y, z, from_y, from_z, args, m, j) in enumerate(new):
            if from_y >= 0:
                y = nodes.y[met[from_y]]
            if from_z >= 0:
                z = nodes.z[met[from_z]]
            a = place[args[0]]
            if op == CONCAT:
                nodes.wide.append(tuple([place[w] for w in args]))
                a = len(nodes.wide) - 1
            if i < last:
                place.append(len(nodes.op))
                nodes.op.append(op)
                nodes.x.append(x)
                nodes.y.append(y)
                nodes.z.append(z)
                nodes.a.append(a)
                self.size.append(m)
                self.known.append(j)
            else:
                nodes.op[root], nodes.x[root], nodes.y[root], nodes.z[root], nodes.a[root] = op, x, y, z, a
                self.known[root] = known

    def redirect(self, root: int, target: int, known: int) -> None:
        """Readers of the root read the target from now on."""
        known = self.t.meet(self.known[target], known)
        if self.nodes.op[target] == INPUT and known != self.known[target]:
            refuse("the step would narrow an input")
        self.known[target] = known
        self.forward[root] = target

    def extend(self, rule: Rule, wire: int, root: int) -> None:
        """The left side is a bare wire: its right side is put behind the wire, before all that read it."""
        t = self.t
        if any(t.tag(v) != "size" for v in rule.variables):
            refuse("the left side is a bare wire and the rule has variables; instantiate the rule first")
        if not rule.right.nodes.op:
            refuse("both sides of the rule are bare wires")
        new, known = rule.meaning(self, [root])
        self.rests |= rule.e.rests
        # The readers keep the slot, which becomes the last new node; the wire itself moves to a new slot with the last id.
        nodes, last = self.nodes, len(self.nodes.op) + len(new) - 1
        place = [last]
        for op, x, y, z, _, _, args, m, j in new:
            nodes.put(op, x, y, z, tuple(place[w] for w in args) if op == CONCAT else place[args[0]])
            place.append(len(nodes.op) - 1)
            self.size.append(m)
            self.known.append(j)
        self.known[last] = known
        for column in (nodes.op, nodes.x, nodes.y, nodes.z, nodes.a, self.size, self.known):
            column[root], column[last] = column[last], column[root]
        if root in self.inputs:
            self.inputs[self.inputs.index(root)] = last
        self.moved[wire], self.moved[last] = last, root

    def share(self, later: int, earlier: int) -> None:
        v, w, nodes = self.slot(later), self.slot(earlier), self.nodes
        ends = [[self.follow(a) for a in nodes.args(u)] for u in (v, w)]
        boxes = [(nodes.op[u], nodes.x[u], nodes.y[u], nodes.z[u]) for u in (v, w)]
        if v == w or nodes.op[v] == INPUT or boxes[0] != boxes[1] or ends[0] != ends[1]:
            refuse(f"wires {later} and {earlier} are not two equal nodes on equal wires")
        self.redirect(v, w, self.known[v])  # no cycle: what both read cannot depend on either


def rewrite(
    t: Terms, e: Equation, rules: Sequence[tuple[Equation, bool] | None], given: tuple[Fact, ...], journal: Any
) -> Equation:
    """Replay a journal on the right side of e; a rule None is `share`."""
    work = Rewriting(t, e, given)
    ready = [None if r is None else Rule(t, *r) for r in rules]
    if not isinstance(journal, Journal):
        refuse(f"journal is a list, not {brief(journal)}")
    first, second, odd = journal
    for i in range(len(first)):
        try:
            r, wire, third = first[i], second[i], None
            if i in odd:
                if type(odd[i]) is not list or len(odd[i]) != 3 or not integers(odd[i]):
                    refuse(f"{brief(odd[i])} is not [rule, node], or [rule, later, earlier] for share")
                r, wire, third = odd[i]
            rule = ready[r] if r < len(ready) else refuse(f"there is no rule {r}")
            if (rule is None) != (third is not None):
                refuse("share takes two wires, a rule one")
            if rule is not None:
                work.step(rule, wire)
            elif third is not None:
                work.share(wire, third)
        except Refused as no:
            raise Refused(f"journal entry {i}: {no}") from None
    right, known = work.finish(work.outputs)
    return settle(t, work.gamma, (e.left, right), (known, known), e.outputs, frozenset(work.rests), e.types[0])


# --- axioms ----------------------------------------------------------------------------------------------------------

ARGUMENTS = {
    "compose": "f g on", "map_equal": "f g on", "identity": "on", "chart": "g", "fuse_add": "", "unit_add": "", "map_concat": "f on*",
    "map_slice": "f on", "slice_concat": "part on*", "concat_slice": "on",
}  # fmt: skip
GRADES = ("ASSUMED", "CHECKED", "PROVED")


def built_in(
    t: Terms, name: str, f: int, g: int, on: list[int], part: int
) -> tuple[tuple[Fact, ...], Diagram, Diagram]:
    """The statement of the table: hypotheses, left, right. `on` are intervals, empty where the axiom has none."""
    n, m, k, p, q, r = (t.variable(v) for v in "nmkpqr")
    one, zero, none = t.atom("identity"), t.make("size", 0, ()), ()
    x = [(n, on[0])] if on else []
    if name == "compose":
        return none, build(x, [("map", f), ("map", g)]), build(x, [("map", t.then(f, g))])
    if name == "map_equal":
        fact = (f, g, on[0])
        return none if decided(t, fact) else (fact,), build(x, [("map", f)]), build(x, [("map", g)])
    if name == "identity":
        return none, build(x, [("map", one)]), build(x, [])
    if name == "chart":
        K, h = chart(t, g)
        W, b = t.make("weight", "W", m, n), t.make("vector", "b", m)
        left = build([(n, K)], [("mix", g, W, b)])
        return none, left, build([(n, K)], [("map", h), ("mix", one, W, b), ("map", g)])
    if name == "fuse_add":
        W1, b1, W2, b2 = (
            t.make("weight", "W1", n, k),
            t.make("vector", "b1", n),
            t.make("weight", "W2", m, n),
            t.make("vector", "b2", m),
        )
        fused = ("mix", one, t.times(W2, W1), t.sum([t.apply(W2, b1), b2]))
        return none, build([(k, t.R)], [("mix", one, W1, b1), ("mix", one, W2, b2)]), build([(k, t.R)], [fused])
    if name == "unit_add":
        x = [(n, t.R)]
        return none, build(x, [("mix", one, t.make("eye", n), t.make("zero_vector", n))]), build(x, [])
    if name == "map_slice":
        x = [(t.add(p, q, r), on[0])]
        return none, build(x, [("slice", p, q), ("map", f)]), build(x, [("map", f), ("slice", p, q)])
    if name == "concat_slice":
        x = [(t.add(p, q), on[0])]
        return none, build(x, [("slice", zero, p, [0]), ("slice", p, q, [0]), ("concat", [1, 2])]), build(x, [])
    sizes = [t.variable(f"n{i}") for i in range(1, len(on) + 1)]
    x, wires = list(zip(sizes, on, strict=True)), list(range(len(on)))
    if name == "map_concat":
        right = [*(("map", f, [w]) for w in wires), ("concat", [w + len(on) for w in wires])]
        return none, build(x, [("concat", wires), ("map", f)]), build(x, right)
    left = build(x, [("concat", wires), ("slice", t.add(*sizes[:part]), sizes[part])])  # slice_concat
    return none, left, Diagram(left.inputs, Columns(), (part,))


def read_axiom(file: File, value: object) -> tuple[Equation, str, str, str]:
    """The statement, and (name with arguments, grade, by)."""
    t = file.t
    a = keys(value, "name arguments statement sha256 grade by", "an axiom")
    name, grade, by, statement = (
        a["name"],
        a["grade"],
        a["by"],
        keys(a["statement"], "hypotheses left right", "a statement"),
    )
    given, left, right = (
        file.facts(statement["hypotheses"]),
        file.diagram(statement["left"]),
        file.diagram(statement["right"]),
    )
    label = name
    if isinstance(name, str) and name in ARGUMENTS:
        wanted = ARGUMENTS[name].replace("*", "")
        arguments = keys(a["arguments"], wanted, f"the arguments of {name}")
        f, g = (file.term(arguments[v], "function") if v in wanted.split() else 0 for v in "fg")
        ons = arguments.get("on", [])
        if "on" in wanted:
            ons = listed(ons, f"the intervals of {name}") if "*" in ARGUMENTS[name] else [ons]
        on, part = [t.number(interval(j)) for j in ons], arguments.get("part", 0)
        if ("*" in ARGUMENTS[name] and not on) or type(part) is not int or not 0 <= part < max(1, len(on)):
            refuse(f"{name} needs at least one interval, and a part among them")
        if (given, left, right) != built_in(t, name, f, g, on, part):
            refuse(f"{name} here is not the built-in axiom: its statement differs")
        if grade != "PROVED" or by != "kernel":
            refuse(f"{name} is a built-in axiom: its grade is PROVED, by kernel")
        shown = [f"{v} = {spell(t, u)}" for v, u in (("f", f), ("g", g)) if v in wanted.split()]
        shown += [f"part = {part}"] if "part" in wanted else []
        shown += ["on " + ", ".join(map(t.text, on[:3])) + (", .." if len(on) > 3 else "")] if on else []
        label = f"axiom {name}" + (f" ({', '.join(shown)})" if shown else "")
    elif isinstance(name, str) and name.startswith("user:"):
        name_of(name[5:])
        keys(a["arguments"], "", f"the arguments of {name}")
        if grade not in GRADES[:2]:
            refuse(f"{name} has grade {brief(grade)}; an axiom that is not built in is ASSUMED or CHECKED")
        if not isinstance(by, str) or not by.isprintable() or len(by) > 200:
            refuse(f"{name} is by {brief(by)}, which is no printable text of at most 200 signs")
        numbered(t, left, right)
        own = set(t.variables(diagram_terms(left)))
        more = [
            v for v in t.variables([*diagram_terms(right), *(u for fact in given for u in fact[:2])]) if v not in own
        ]
        if more:
            refuse(
                f"{spell(t, more[0])} stands in the right side or the hypotheses of {name}, but not in its left side"
            )
    else:
        refuse(f'{brief(name)} is no built-in axiom, and does not begin with "user:"')
    if statement_digest(t, given, left, right) != a["sha256"]:
        refuse(f"the sha256 of {name} is not that of its statement")
    return settle(t, given, (left, right)), label, grade, by


def statement_digest(t: Terms, given: tuple[Fact, ...], *sides: Diagram) -> str:
    names = {kind: name for name, (kind, _) in KINDS.items()}

    def plain(d: Diagram) -> dict[str, Any]:
        rows: list[list[Any]] = [
            [names[r[0]], *(t.digest(u) for u in r[1 : 1 + len(SORTS[r[0]])])] for r in d.nodes.rows()
        ]
        for i, row in enumerate(rows):
            row += [list(d.nodes.args(i))] if row[0] == "concat" else [d.nodes.a[i]]
        return {"inputs": [[t.digest(s), t.text(j)] for s, j in d.inputs], "nodes": rows, "outputs": list(d.outputs)}

    facts = [["equal", t.digest(f), t.digest(g), t.text(j)] for f, g, j in given]
    statement = {"hypotheses": facts, "left": plain(sides[0]), "right": plain(sides[1])}
    return sha256(json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


# --- the file --------------------------------------------------------------------------------------------------------

MAKERS = {
    "refl": "of", "axiom": "axiom", "sym": "of", "trans": "of", "seq": "of", "par": "of", "instantiate": "of with", "unfold": "of",
    "rewrite": "of rules given journal",
}  # fmt: skip
PAIRED: dict[str, Callable[[Terms, Equation, Equation], Equation]] = {"trans": trans, "seq": seq, "par": par}


def read_equation(file: File, axioms: Sequence[Equation], earlier: Sequence[Equation], value: object) -> Equation:
    t, make = file.t, value.get("make") if isinstance(value, dict) else None
    if not isinstance(make, str) or make not in MAKERS:
        refuse(f"{brief(make)} is no maker; there are {', '.join(MAKERS)}")
    e = keys(value, f"make {MAKERS[make]}", make)

    def cited(i: object) -> Equation:
        if type(i) is not int or i < 0:
            refuse(f"{brief(i)} is not the index of an equation")
        if i >= len(earlier):
            refuse(f"step {len(earlier)} uses step {i}, which comes later")
        return earlier[i]

    if make == "refl":
        d = file.diagram(e["of"])
        numbered(t, d)
        return settle(t, (), (d, d))
    if make == "axiom":
        i = e["axiom"]
        if type(i) is not int or not 0 <= i < len(axioms):
            refuse(f"there is no axiom {brief(i)}")
        return axioms[i]
    if make == "unfold":
        return unfold(t, file.term(e["of"], "function"))
    if make in PAIRED:
        if type(e["of"]) is not list or len(e["of"]) != 2:
            refuse(f"{make} takes two equations, not {brief(e['of'])}")
        return PAIRED[make](t, cited(e["of"][0]), cited(e["of"][1]))
    of = cited(e["of"])
    if make == "sym":
        return Equation(of.given, of.right, of.left, of.outputs, of.types[::-1], of.rests)
    if make == "instantiate":
        by: dict[int, int] = {}
        for pair in listed(e["with"], "with"):
            if type(pair) is not list or len(pair) != 2:
                refuse(f"{brief(pair)} is not a pair [variable, term]")
            v = file.term(pair[0], "size", *VARIABLES)
            if not is_variable(t, v) or v in by:
                refuse(f"{spell(t, v)} is no variable, or is replaced twice")
            by[v] = file.term(pair[1], t.sort(v))
        return instantiate(t, of, by)
    rules: list[tuple[Equation, bool] | None] = []
    for r in listed(e["rules"], "rules"):
        if r != "share" and (type(r) is not list or len(r) != 2 or type(r[1]) is not bool):
            refuse(f'{brief(r)} is not a rule [equation, reversed] or "share"')
        rules.append(None if r == "share" else (cited(r[0]), r[1]))
    return rewrite(t, of, rules, file.facts(e["given"]), e["journal"])


def check(data: bytes) -> Verdict:
    """What the file proves. Raises Refused for every file that is not a proof of its claim."""
    collecting = gc.isenabled()
    gc.disable()  # nothing here is cyclic; collecting millions of rows would take a third of the time
    try:
        return replay(load(data))
    except RecursionError:
        refuse("the file is nested too deep")
    except MemoryError:
        refuse("the proof is too large for this machine's memory")
    finally:
        if collecting:
            gc.enable()


def replay(proof: dict[str, Any]) -> Verdict:
    file = File(listed(proof["terms"], "terms"))
    t = file.t
    axioms: list[tuple[Equation, str, str, str]] = []
    for i, value in enumerate(listed(proof["axioms"], "axioms")):
        try:
            e, label, grade, by = read_axiom(file, value)
        except Refused as no:
            raise Refused(f"axiom {i}: {no}") from None
        axioms.append((Equation(e.given, e.left, e.right, e.outputs, e.types, frozenset([i])), label, grade, by))
    names = [value["name"] for value in proof["axioms"] if value["name"].startswith("user:")]
    if len(set(names)) < len(names):
        refuse("two user axioms have one name")
    statements, equations, steps = [a[0] for a in axioms], list[Equation](), 0
    for i, value in enumerate(listed(proof["equations"], "equations")):
        try:
            equations.append(read_equation(file, statements, equations, value))
        except Refused as no:
            raise Refused(f"equation {i}: {no}") from None
        steps += len(value["journal"][0]) if value["make"] == "rewrite" else value["make"] in ("axiom", "unfold")
    if not equations:
        refuse("the file has no equations")
    last, c = equations[-1], keys(proof["claim"], "hypotheses left right outputs", "the claim")
    try:
        claim = file.facts(c["hypotheses"]), file.diagram(c["left"]), file.diagram(c["right"])
        outputs = tuple(t.number(interval(j)) for j in listed(c["outputs"], "outputs"))
    except Refused as no:
        raise Refused(f"claim: {no}") from None
    for what, proved, said in zip(
        ("hypotheses", "left side", "right side", "outputs"),
        (last.given, last.left, last.right, last.outputs),
        (*claim, outputs),
        strict=True,
    ):
        if proved != said:
            refuse(f"claim: its {what} differ from those of the last equation, which the replay gives")
    if 0 in file.used:
        refuse(f"term {file.used.index(0)} is not used")
    used = sorted(last.rests)
    return Verdict(
        claim=spell_claim(t, last),
        hypotheses=tuple(f"{spell(t, f, 2000)} = {spell(t, g, 2000)} on {t.text(j)}" for f, g, j in last.given),
        grade=GRADES[min((GRADES.index(axioms[i][2]) for i in used), default=2)],
        rests_on=tuple(
            f"{label}: PROVED by kernel"
            if grade == "PROVED"
            else f"{label}: recorded as {grade} by {by}, not checked again here"
            for _, label, grade, by in (axioms[i] for i in used)
        ),
        steps=steps,
    )


# --- texts -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What a file proves, in words; the texts are made here, from what was checked."""

    claim: str
    hypotheses: tuple[str, ...]
    grade: str
    """The weakest of the axioms that the last equation rests on."""
    rests_on: tuple[str, ...]
    steps: int
    """Journal entries of all rewrites, and the axiom and unfold entries."""

    def __str__(self) -> str:
        lines = [self.claim, *(f"if {h}" for h in self.hypotheses), f"{self.grade}, {self.steps} steps; rests on"]
        return "\n".join([*lines, *(f"  {r}" for r in self.rests_on or ("nothing but the rules",))])


def pieces(t: Terms, term: int) -> list[str | int]:
    """A term as texts and smaller terms."""
    e = t.entry[term]
    tag = e[0]

    def between(sign: str, items: Iterable[int]) -> list[str | int]:
        return [piece for i in items for piece in (sign, i)][1:]

    if tag == "size":
        names = [f"{'' if k == 1 else f'{k}·'}{name if isinstance(name, str) else f'?{name}'}" for name, k in e[2]]
        return [" + ".join([*names, *([str(e[1])] if e[1] or not names else [])])]
    if tag == "then":
        return ["(", *between(" ; ", t.parts(term)), ")"]
    if tag == "inverse":
        return ["inverse(", e[1], f", {t.text(e[2])})"]
    if tag in ("atom", "defined"):
        inner = e[2] if tag == "atom" else e[5]
        return [e[1], "(", *between(", ", inner), ")"] if inner else [e[1]]
    if tag in ("constant", "constant_vector"):
        return ["constant(", *between("×", e[2:-1]), f", {e[1]}, {e[-1][:16]})"]
    if tag == "eye":
        return ["I(", e[1], ")"]
    if tag in ("zero", "zero_vector"):
        return ["0(", *between("×", e[1:]), ")"]
    if tag == "times":
        return between("·", t.factors(term))
    if tag == "row":
        return ["[", *between(", ", e[1]), "]"]
    if tag == "apply":
        return [e[1], "·(", e[2], ")"] if t.tag(e[2]) == "sum" else [e[1], "·", e[2]]
    return between(" + ", e[1]) if tag == "sum" else [e[1]]


def spell(t: Terms, term: int, limit: int = 200) -> str:
    out, stack, length = list[str](), list[str | int]([term]), 0
    while stack and length < limit:
        piece = stack.pop()
        if isinstance(piece, str):
            out.append(piece)
            length += len(piece)
        else:
            stack += reversed(pieces(t, piece))
    return "".join(out) + (" ..." if stack else "")


def spell_box(t: Terms, op: int, x: int, y: int, z: int) -> str:
    if op == MAP:
        return spell(t, x, 2000)
    if op == CONCAT:
        return "concat"
    if op == SLICE:
        return f"slice({spell(t, x)}, {spell(t, y)})"
    chart_name = spell(t, x)
    head = {"exp": "mul(", "identity": "add("}.get(chart_name if t.tag(x) == "atom" else "", f"mix({chart_name}, ")
    return head + spell(t, y, 2000) + (")" if t.tag(z) == "zero_vector" else f", {spell(t, z, 2000)})")


def spell_side(t: Terms, d: Diagram, limit: int = 20_000) -> tuple[str, bool]:
    """A chain in one line, anything else in numbered lines; is it a chain?"""
    n, chain = len(d.inputs), len(d.inputs) == 1 == len(d.outputs) and CONCAT not in d.nodes.op
    chain = chain and all(a == i for i, a in enumerate(d.nodes.a)) and d.outputs[0] == len(d.nodes.op)
    out, length = list[str](), 0
    for i, (op, x, y, z, _) in enumerate(d.nodes.rows()):
        if length > limit:
            out.append(f"... ({len(d.nodes.op) - i} more)")
            break
        box = spell_box(t, op, x, y, z)
        out.append(box if chain else f"  {n + i} = {box} of {', '.join(map(str, d.nodes.args(i)))}")
        length += len(out[-1])
    if chain:
        return " ; ".join(out) or "x", True
    return "\n".join([*out, f"  gives {', '.join(map(str, d.outputs[:100]))}"]), False


def spell_claim(t: Terms, e: Equation) -> str:
    """The equation; then what its wires carry, and what its variables and definitions are."""
    (left, one), (right, two) = spell_side(t, e.left), spell_side(t, e.right)
    lines = [f"{left} = {right}"] if one and two else ["left", left, "right", right]
    lines.append("on " + ", ".join(f"{spell(t, s)} in {t.text(j)}" for s, j in e.left.inputs[:100]))
    lines[-1] += "; gives values in " + ", ".join(map(t.text, e.outputs[:100]))
    roots = [*diagram_terms(e.left, e.right), *(f for fact in e.given for f in fact[:2])]
    for v in islice((v for v in t.variables(roots) if t.tag(v) != "size"), 200):
        d = t.entry[v]
        kind = "×".join(spell(t, s) for s in d[2:]) if d[0] in ("weight", "vector") else " → ".join(map(t.text, d[2:]))
        lines.append(f"  {d[1]} : {kind}")
    seen, stack, count = (
        set[int](),
        sorted({*e.left.nodes.x, *e.right.nodes.x, *(f for fact in e.given for f in fact[:2])} - {NONE}, reverse=True),
        0,
    )
    while stack and count < 100:
        u = stack.pop()
        if u not in seen:
            seen.add(u)
            stack += children(t.entry[u], whole=t.tag(u) != "defined")
            if t.tag(u) == "defined":
                count += 1
                lines.append(f"  {spell(t, u)} is {spell(t, t.body(u), 2000)} on {t.text(t.entry[u][2])}")
                stack.append(t.body(u))
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    paths = [a for a in arguments if a != "--json"]
    if len(paths) != 1:
        print("usage: check.py [--json] proof.json, or - for the standard input", file=sys.stderr)
        return 2
    try:
        if paths[0] == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(paths[0], "rb") as file:
                data = file.read()
        verdict = check(data)
    except (Refused, OSError) as no:
        say(f"refused: {no}", sys.stderr)
        return 1
    text = str(verdict)
    say(json.dumps({**asdict(verdict), "text": text}, ensure_ascii=False) if as_json else text, sys.stdout)
    return 0


def say(text: str, stream: TextIO) -> None:
    """Print, also where the terminal lacks a letter."""
    coding = stream.encoding or "utf-8"
    print(text.encode(coding, "backslashreplace").decode(coding), file=stream)


if __name__ == "__main__":
    sys.exit(main())
