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
    instantiate   Γ ; D ⊨ a = b : E    θ keeps sorts, sizes, kinds, ranges, J→K (by Maps)     ⟹  Γθ ; D ⊨ aθ = bθ : E
    rewrite       Γ ; D ⊨ a = b : E    Γ' ; D' ⊨ l = r : E'    lθ stands at v in b, its wires
                  are known to lie in D', Γ, Γ″ ⊢ Γ'θ                                         ⟹  Γ, Γ″ ; D ⊨ a = b[v := rθ] : E
    share         two equal nodes of b on equal wires                                         ⟹  Γ ; D ⊨ a = b with one of them

Beside each equation stand two *known* columns, a type (size and interval) for every wire of either side: true under Γ on D, never
wider than the typing. They belong to the equation, not to its diagrams. A fact is decided by the catalogue below, or stands in Γ on a
wider interval. All numbers are exact rationals; sizes are polynomials of degree one in named or anonymous (numbered) variables.
Nothing recurses over terms or diagrams. Every bad input raises `Refused`, with a sentence.
"""

from __future__ import annotations

import gc
import hashlib
import json
import re
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cache, reduce
from itertools import chain, islice, repeat
from math import isqrt, prod
from operator import ge, invert
from typing import Any, NamedTuple, NoReturn, TextIO

__all__ = ["Refused", "Verdict", "check", "main"]


class Refused(Exception):
    """The file is not accepted; the message says what is wrong and where."""


def refuse(message: str) -> NoReturn:
    raise Refused(message)


# --- intervals -------------------------------------------------------------------------------------------------------
# An end is a cut of the line: (0, x, 0) just below x, (0, x, 1) just above x, or an infinity. Then inclusion, meet and hull are
# comparisons of tuples, and [a, b) is the pair (0, a, 0), (0, b, 0). An interval around 0 without 0 is its two halves, one after the other.

Cut = tuple[int, Fraction, int]
Interval = tuple[Cut, ...]  # two cuts, or four
LOW, HIGH = (-1, Fraction(0), 0), (1, Fraction(0), 0)
HOLE = (0, Fraction(0), 0), (0, Fraction(0), 1)  # around the point 0
DIGITS, COUNT = 400, 2**53
LARGEST = 10**DIGITS
RATIONAL = re.compile(r"(-?)(0|[1-9][0-9]{0,399})(?:/([1-9][0-9]{0,399}))?")
INTERVAL = re.compile(r"([(\[])(-oo|[-0-9/]+), (oo|[-0-9/]+)([)\]])( - 0)?")


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
    left, a, b, right, without = found.groups()
    low = LOW if a == "-oo" else (0, rational(a), int(left == "("))
    high = HIGH if b == "oo" else (0, rational(b), int(right == "]"))
    J = (low, *HOLE, high) if without else (low, high)
    if sorted(set(J)) != list(J) or show(J) != text:
        refuse(f"{text} is empty, or has {'no 0 inside' if without else 'a closed infinite end'}")
    return J


def show(J: Interval) -> str:
    (p, a, i), *hole, (q, b, j) = J
    ends = f"{'-oo' if p else a}, {'oo' if q else b}"
    return f"{'[' if p == 0 and i == 0 else '('}{ends}{']' if q == 0 and j else ')'}{' - 0' if hole else ''}"


def short(J: str) -> Interval:
    """The catalogue's spelling of an interval."""
    return interval("(-oo, oo)" if J == "R" else J.replace(",", ", "))


def halves(J: Interval) -> tuple[Interval, ...]:
    """The intervals that J is made of."""
    return (J,) if len(J) == 2 else (J[:2], J[2:])


def inside(J: Interval, K: Interval) -> bool:
    if len(J) == len(K) == 2:
        return K[0] <= J[0] and J[1] <= K[1]
    return all(any(inside(j, k) for k in halves(K)) for j in halves(J))


def overlap(J: Interval, K: Interval) -> Interval:
    """What J and K have in common; empty if nothing."""
    parts = [(max(j[0], k[0]), min(j[1], k[1])) for j in halves(J) for k in halves(K)]
    return tuple(cut for low, high in parts if low < high for cut in (low, high))


def hull(parts: Sequence[Interval]) -> Interval:
    """The smallest around all parts; it holds 0 only if a part does or has it as an end that could not be taken out."""
    low, high = min(J[0] for J in parts), max(J[-1] for J in parts)
    hole = low < HOLE[0] and HOLE[1] < high and not any(inside(HOLE, J) for J in parts)
    return (low, *HOLE, high) if hole else (low, high)


def point(x: Fraction) -> Interval:
    return (0, x, 0), (0, x, 1)


def mirror(cut: Cut) -> Cut:
    return (0, cut[1], 1 - cut[2]) if cut[0] == 0 else (-cut[0], cut[1], 0)


def stretch(J: Interval, by: Fraction, plus: Fraction = LOW[1]) -> Interval:
    """{by·x + plus : x in J}."""
    if by == 0:
        return point(plus)
    low, high = ((p, exact(by * x + plus) if p == 0 else x, i) for p, x, i in J)
    return (low, high) if by > 0 else (mirror(high), mirror(low))


def brief(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 80 else text[:77] + "..."


REALS, POSITIVE, ATLEAST0, ATMOST0 = short("R"), short("(0,oo)"), short("[0,oo)"), short("(-oo,0]")
NONZERO = (LOW, *HOLE, HIGH)

# --- terms -----------------------------------------------------------------------------------------------------------
# A term is its number in the table of this run; equal terms have equal numbers. Fields by letter: c count, N names of a size,
# n name, J interval, q rational, d dtype, h digest, k kind, z size, s scalar, f function, w weight, v vector, m the map of a signed layer; capitals are lists (C of
# counts); B a body, P its parameters, A its arguments.

Entry = tuple[Any, ...]
GRAMMAR = {
    "size": ("size", "cN"), "rational": ("scalar", "q"), "scalar": ("scalar", "nJ"),
    "atom": ("function", "aS"), "function": ("function", "nJJ"), "inverse": ("function", "fJ"), "then": ("function", "ff"),
    "defined": ("function", "nJPBA"),
    "weight": ("weight", "nzz"), "constant": ("weight", "dzzh"), "eye": ("weight", "z"), "zero": ("weight", "zz"),
    "times": ("weight", "ww"), "row": ("weight", "W"), "ones": ("weight", "zz"), "scale": ("weight", "sz"), "diagonal": ("weight", "v"),
    "convolution": ("weight", "wCCCCCCc"), "member": ("weight", "knzz"), "inverted": ("weight", "w"),
    "vector": ("vector", "nz"), "constant_vector": ("vector", "dzh"), "zero_vector": ("vector", "z"),
    "integers": ("vector", "nz"), "signed": ("signed", "wwvv"), "ones_vector": ("vector", "z"), "apply": ("vector", "wv"), "sum": ("vector", "V"),
}  # fmt: skip
SORTS = {"z": "size", "s": "scalar", "f": "function", "w": "weight", "v": "vector", "m": "signed"}
VARIABLES = ("scalar", "function", "weight", "vector", "member", "integers")
# What may be known of a weight: that it is of a kind (mixing: entries ≥ 0, no row zero), or at least has no entry below 0.
KINDS = ("permutation", "scaling", "signs", "mixing", "integer")
NONNEGATIVE, MIXING = frozenset(["nonnegative"]), frozenset(["nonnegative", "mixing"])
INTEGER = frozenset(["integer"])
TRAITS = {
    "permutation": MIXING | INTEGER | {"permutation"},
    "scaling": MIXING | {"scaling"},
    "signs": INTEGER | {"signs"},
    "mixing": MIXING,
    "integer": INTEGER,
}
NONE = -1
UNNAMED = 3
NOTHING = ~0  # what an input reads: the bundle of no wires
MAP, MIX, CONCAT, SLICE, POOL, SIGNED, INPUT = range(7)
WEIGHTED = MIX, POOL
# By kind, with the terms of each.
BOXES = {"map": "f", "mix": "fwv", "concat": "", "slice": "zz", "pool": "fw", "signed": "m"}


def children(e: Entry, whole: bool = False) -> list[int]:
    """The terms inside an entry, left to right: those that a substitution reaches, or (whole) all."""
    found: list[int] = []
    changed(e, found.append, whole)
    return found


def changed(e: Entry, change: Callable[[int], Any], whole: bool = False) -> Entry:
    """The entry with those terms changed."""
    one, several = ("szfwvB", "SWVAP") if whole else ("szfwv", "SWVA")
    fields: list[Any] = [e[0]]
    for letter, field in zip(GRAMMAR[e[0]][1], e[1:], strict=True):
        fields.append(change(field) if letter in one else tuple(map(change, field)) if letter in several else field)
    return tuple(fields)


class Terms:
    """The tables of a run: terms, boxes, types. Constructors bring matrix terms to normal form."""

    def __init__(self) -> None:
        self.entry: list[Entry] = []
        self.find: dict[Entry, int] = {}
        # What typing asks of a term: (sort,), ("weight", rows, columns, what every row adds up to if all entries are ≥ 0 and that is
        # known, what else is known), ("vector", size, is it zero, is it integer), ("signed", rows, columns, is every value positive, are positive
        # wires kept positive), and the domain of an inverse.
        self.of: list[Entry] = []
        self.shape: list[int] = []  # the first term of which typing asks the same
        self.shapes: dict[Entry, int] = {}
        self.open = bytearray()  # has it variables (sizes too), and numbered ones? 0, 1, or UNNAMED bits
        self.unnamed = False  # is there an anonymous size anywhere?
        self.named: dict[str, int] = {}
        self.clash = False  # do two variables share a name anywhere?
        self.boxes: list[tuple[int, int, int, int]] = []  # kind, up to three terms (f; g W b; start size), else NONE
        self.find_box: dict[Entry, int] = {}
        self.kind = bytearray()  # of a box
        # The first box that differs from a box at most in its weight and vector, not in their shapes; they have one typing.
        self.blur: list[int] = []
        self.find_blur: dict[Entry, int] = {}
        self.types: list[tuple[int, Interval]] = []  # size and interval
        self.find_type: dict[tuple[int, Interval], int] = {}
        self.bundles: list[tuple[int, ...]] = [()]  # wires that a concat reads; the first is what an input reads
        self.find_bundle: dict[tuple[int, ...], int] = {(): 0}
        self.meets: dict[tuple[int, int], int] = {}
        self.typed: dict[Entry, tuple[int, str]] = {}
        self.images: dict[tuple[int, Interval], Interval] = {}
        self.reductions: dict[tuple[int, Interval], int] = {}
        self.slopes: dict[tuple[int, Interval], int] = {}
        self.charts: dict[tuple[int, Interval], tuple[Interval, int]] = {}
        self.bodies: dict[int, int] = {}
        self.digests: dict[int, str] = {}
        self.marked: set[int] = set()  # definitions and convolutions that are shown with their digest
        self.input, self.concat = self.box(INPUT), self.box(CONCAT)

    def box(self, kind: int, x: int = NONE, y: int = NONE, z: int = NONE) -> int:
        e = kind, x, y, z
        b = self.find_box.get(e)
        if b is None:
            b = self.find_box[e] = len(self.boxes)
            self.boxes.append(e)
            self.kind.append(kind)
            alike = (kind, x, self.shape[y], z if z == NONE else self.shape[z]) if kind in WEIGHTED else e
            self.blur.append(self.find_blur.setdefault(alike, b))
        return b

    def type(self, size: int, J: Interval) -> int:
        j = self.find_type.setdefault((size, J), len(self.types))
        if j == len(self.types):
            self.types.append((size, J))
        return j

    def bundle(self, wires: tuple[int, ...]) -> int:
        """The number that stands in a column for several wires: below zero."""
        i = self.find_bundle.setdefault(wires, len(self.bundles))
        if i == len(self.bundles):
            self.bundles.append(wires)
        return ~i

    def meet(self, j: int, k: int) -> int:
        if j != k and (j, k) not in self.meets:
            (m, J), (n, K) = self.types[j], self.types[k]
            if m != n:
                refuse(f"a wire has size {spell(self, m)}, and {spell(self, n)}")
            if not (both := overlap(J, K)):
                refuse(f"{show(J)} and {show(K)} have no point in common, yet a value lies in both")
            self.meets[j, k] = self.type(m, both)
        return j if j == k else self.meets[j, k]

    def size_of(self, j: int) -> int:
        return self.types[j][0]

    def span(self, j: int) -> Interval:
        return self.types[j][1]

    def make(self, *e: Any) -> int:
        """The term with this entry, which is already in normal form."""
        i = self.find.get(e)
        if i is None:
            shape = self.measure(e)  # may make a size of its own, so the number comes after
            i = self.find[e] = len(self.entry)
            self.entry.append(e)
            self.shape.append(self.shapes.setdefault(shape, i))
            self.of.append(shape if self.shape[i] == i else self.of[self.shape[i]])
            flags = 0
            for k in children(e):
                flags |= self.open[k]
            if e[0] == "size":
                flags = UNNAMED if any(type(name) is int for name, _ in e[2]) else len(e[2]) > 0
                self.unnamed |= flags == UNNAMED
            elif e[0] in VARIABLES:
                flags |= 1
                self.clash |= self.named.setdefault(self.name(i), i) != i
            self.open.append(flags)
        return i

    def namesake(self, i: int, name: str) -> int:
        """The weight or vector variable i under another name; as `make`, only faster, since a net has many."""
        e, k = (self.entry[i][0], name, *self.entry[i][2:]), len(self.entry)
        found = self.find.setdefault(e, k)
        if found == k:
            self.entry.append(e)
            self.shape.append(self.shape[i])
            self.of.append(self.of[i])
            self.open.append(self.open[i])
            self.clash |= self.named.setdefault(name, k) != k
        return found

    def measure(self, e: Entry) -> Entry:
        match e[0]:
            case "weight" | "constant":
                return "weight", e[2], e[3], None, INTEGER if whole(e) else frozenset()
            case "eye":
                return "weight", e[1], e[1], 1, MIXING.union(KINDS)
            case "zero":
                return "weight", e[1], e[2], 0, NONNEGATIVE | INTEGER
            case "ones":
                _, least, names = self.entry[e[2]]
                return (
                    "weight",
                    e[1],
                    e[2],
                    fold(None if names else least),
                    INTEGER | (MIXING if least else NONNEGATIVE),
                )
            case "scale":
                c, n = self.value(e[1]), e[2]
                traits = INTEGER if c is not None and c.denominator == 1 else frozenset[str]()
                if inside(self.range(e[1]), POSITIVE):
                    return "weight", n, n, fold(c), TRAITS["scaling"] | traits
                return "weight", n, n, None, TRAITS["signs"] if c == -1 else traits
            case "diagonal":
                return "weight", self.of[e[1]][1], self.of[e[1]][1], None, frozenset()
            case "member":
                _, kind, name, m, n = e
                if kind not in ("mixing", "integer") and m != n:
                    refuse(f"{name} is a {kind}, so it is square, not {spell(self, m)}×{spell(self, n)}")
                if kind == "mixing" and not self.entry[n][1]:  # every variable has a value, whatever the sizes are
                    refuse(f"{name} is mixing, of {spell(self, n)} columns; write a size that is never 0, as n + 1")
                return "weight", m, n, 1 if kind == "permutation" else None, TRAITS[kind]
            case "inverted":
                if self.tag(e[1]) != "member" or self.entry[e[1]][1] not in ("permutation", "scaling"):
                    refuse(f"{spell(self, e[1])} has no inverse that can be written")
                return self.of[e[1]]
            case "convolution":
                return convolution(self, *e[1:])
            case "vector" | "constant_vector" | "integers":
                return "vector", e[2], False, e[0] == "integers" or whole(e)
            case "zero_vector" | "ones_vector":
                return "vector", e[1], e[0] == "zero_vector", True
            case "times" | "apply":
                (_, m, n, j, some), (_, p, *more) = self.of[e[1]], self.of[e[2]]
                if n != p:
                    what = f"weight with {spell(self, n)} columns and a {self.sort(e[2])} of {spell(self, p)} rows"
                    refuse(f"a product of a {what}")
                if e[0] == "apply":
                    return "vector", m, False, "integer" in some and more[1]
                q, k, others = more
                return "weight", m, q, fold(None if j is None or k is None else j * k), some & others
            case "row":
                parts = [self.of[w] for w in e[1]]
                if len(parts) < 2 or any(p[1] != parts[0][1] for p in parts):
                    refuse("a row needs at least two blocks with equally many rows")
                count = None if any(p[3] is None for p in parts) else sum(p[3] for p in parts)
                traits = MIXING if any("mixing" in p[4] for p in parts) else NONNEGATIVE
                traits = traits if all("nonnegative" in p[4] for p in parts) else frozenset()
                traits |= INTEGER.intersection(*(p[4] for p in parts))
                return "weight", parts[0][1], self.add(*(p[2] for p in parts)), fold(count), traits
            case "sum":
                sizes = {self.of[v][1] for v in e[1]}
                if len(sizes) != 1:
                    refuse("a sum needs at least one vector, all of one size")
                return "vector", sizes.pop(), False, all(self.of[v][3] for v in e[1])
            case "signed":
                (_, m, n, _, _), (_, k, r, _, some) = self.of[e[1]], self.of[e[2]]
                (_, size, *_), (_, length, unflipped, even) = self.of[e[3]], self.of[e[4]]
                if (k, r, size, length) != (m, n, m, m):
                    refuse(
                        "the weights of a signed map have equal sizes, its vectors as many components as they have rows"
                    )
                if "integer" not in some or not even:
                    refuse(f"{spell(self, e[2])} and {spell(self, e[4])} are not both known to be integer")
                return "signed", m, n, self.tag(e[2]) == "zero" and unflipped, unflipped
            case "atom":
                for c in e[2]:
                    takes = TAKES[e[1]]
                    if not inside(self.range(c), takes):
                        refuse(f"the parameter of {e[1]} lies in {show(takes)}; {spell(self, c)} does not")
                return ("function",)
            case "inverse":
                if self.open[e[1]]:
                    refuse("an inverse of a function with variables")
                return "function", onto(self, e[1], e[2])
            case tag:
                return (GRAMMAR[tag][0],)

    def sort(self, t: int) -> str:
        return str(self.of[t][0])

    def tag(self, t: int) -> str:
        return str(self.entry[t][0])

    def name(self, v: int) -> str:
        """The name of a variable."""
        return str(self.entry[v][2 if self.tag(v) == "member" else 1])

    def sizes(self, t: int) -> tuple[int, ...]:
        """Rows and columns of a weight, the size of a vector, nothing of another term."""
        shape = self.of[t]
        return shape[1:3] if shape[0] == "weight" else shape[1:2] if shape[0] == "vector" else ()

    def size(self, constant: int, parts: Mapping[str | int, int]) -> int:
        if constant >= COUNT or any(k >= COUNT for k in parts.values()):
            refuse("a size of 2^53 or more")
        order = sorted((isinstance(n, str), n) for n, k in parts.items() if k)
        return self.make("size", constant, tuple((n, parts[n]) for _, n in order))

    def variable(self, name: str | int) -> int:
        return self.make("size", 0, ((name, 1),))

    def sum_of(self, *scaled: tuple[int, int]) -> tuple[int, dict[str | int, int]]:
        """Σ k·size, coefficients of any sign."""
        total, parts = 0, dict[str | int, int]()
        for k, s in scaled:
            _, c, names = self.entry[s]
            total += k * c
            for name, j in names:
                parts[name] = parts.get(name, 0) + k * j
        return total, parts

    def add(self, *sizes: int) -> int:
        return self.size(*self.sum_of(*((1, s) for s in sizes)))

    def rational(self, value: Fraction) -> int:
        return self.make("rational", str(exact(value)))

    def atom(self, name: str, *scalars: Fraction | None) -> int:
        return self.make("atom", name, tuple(self.rational(c) for c in scalars if c is not None))

    def parts(self, f: int) -> list[int]:
        """The parts of a chain of functions, first to last."""
        out = []
        while self.tag(f) == "then":
            _, f, g = self.entry[f]
            out.append(g)
        return [f, *reversed(out)]

    def then(self, f: int, g: int) -> int:
        for part in self.parts(g):
            f = self.make("then", f, part)
        return f

    def spread(self, tag: str, term: int) -> list[int]:
        """The parts of a chain of functions, of a product (applied to a vector or not), or of a sum; none of a unit or a zero."""
        if tag == "then":
            return self.parts(term)
        if tag == "sum":
            own = self.tag(term)
            return list(self.entry[term][1]) if own == "sum" else [] if own == "zero_vector" else [term]
        out = []
        while self.tag(term) in ("times", "apply"):
            _, first, term = self.entry[term]
            out.append(first)
        return out if self.tag(term) == "eye" else [*out, term]

    def times(self, a: int, b: int) -> int:
        """A·B, or A·v, in normal form."""
        if self.of[a][2] != self.of[b][1]:
            self.measure(("apply" if self.sort(b) == "vector" else "times", a, b))
        return reduce(lambda b, f: self.before(f, b), reversed(self.spread("times", a)), b)

    def before(self, f: int, b: int) -> int:
        """f·b for a factor f: without units and zeros, `scale` first, and next to no inverse of f."""
        m, vector = self.of[f][1], self.sort(b) == "vector"
        word = "apply" if vector else "times"
        if self.tag(f) == "zero" or self.tag(b) in ("zero", "zero_vector"):
            return self.make("zero_vector", m) if vector else self.make("zero", m, self.of[b][2])
        scalars = list[int]()  # of the leading factors `scale`
        while self.tag(first := self.head(b)) == "scale":
            scalars.append(self.entry[first][1])
            b = self.tail(b)
        if self.tag(f) == "scale":
            scalars.insert(0, self.entry[f][1])
            number = prod((q for s in scalars if (q := self.value(s)) is not None), start=Fraction(1))
            scalars = [self.rational(number), *(s for s in scalars if self.value(s) is None)]
        elif self.undo(f, first):
            b = self.tail(b)
        else:
            b = f if self.tag(b) == "eye" else self.make(word, f, b)
        for c in reversed(scalars):
            if self.value(c) != 1:
                s = self.make("scale", c, m)
                b = s if self.tag(b) == "eye" else self.make(word, s, b)
        return b

    def undo(self, a: int, b: int) -> bool:
        """Is a·b a unit, for two factors?"""
        twice = a == b and self.entry[a][:2] == ("member", "signs")
        return twice or self.entry[a] == ("inverted", b) or self.entry[b] == ("inverted", a)

    def head(self, b: int) -> int:
        """The first factor of a product or a chain of `apply`."""
        return self.entry[b][1] if self.tag(b) in ("times", "apply") else b

    def tail(self, b: int) -> int:
        """What follows it: a unit after a lone factor."""
        return self.entry[b][2] if self.tag(b) in ("times", "apply") else self.make("eye", self.of[b][2])

    def inverted(self, a: int) -> int:
        """The inverse of a product of permutations and scalings, signs, or numbers."""
        result = self.make("eye", self.of[a][2])
        for q in self.spread("times", a):
            e = self.entry[q]
            if e[0] == "scale" and (c := self.value(e[1])) is not None:
                back = self.make("scale", self.rational(1 / c), e[2])
            elif e[0] == "inverted" or e[:2] == ("member", "signs"):
                back = q if e[0] == "member" else e[1]
            else:
                back = self.make("inverted", q)
            result = self.times(back, result)
        return result

    def sum(self, vectors: Sequence[int]) -> int:
        """v + w + ...: flat, without zeros, A·v + A·w joined to A·(v + w)."""
        self.measure(("sum", tuple(vectors)))
        size, result = self.of[vectors[0]][1], NONE
        stack = [(self.groups(vectors), list[int]())]  # levels: groups still to do, the last first, and finished parts
        while stack:
            groups, done = stack[-1]
            if result >= 0:  # the inside of the last group
                done.append(self.make("apply", groups.pop()[0], result))
                result = NONE
            elif not groups:
                stack.pop()
                result = self.make("sum", tuple(done)) if len(done) > 1 else done[0] if done else NONE
            elif len(groups[-1][1]) > 1:
                stack.append((self.groups(groups[-1][1]), []))
            else:
                a, (v,) = groups.pop()
                done.append(v if a < 0 else self.make("apply", a, v))
        return self.make("zero_vector", size) if result < 0 else result

    def groups(self, vectors: Sequence[int]) -> list[tuple[int, list[int]]]:
        """Parts with their common weight, [v, w, ..] for A·v + A·w + .., NONE and [v] for another v; the last first."""
        groups: dict[object, tuple[int, list[int]]] = {}
        for vector in vectors:
            for v in self.entry[vector][1] if self.tag(vector) == "sum" else (vector,):
                e = self.entry[v]
                if e[0] == "apply":
                    groups.setdefault(e[1], (e[1], []))[1].append(e[2])
                elif e[0] != "zero_vector":
                    groups["other", len(groups)] = NONE, [v]
        return list(groups.values())[::-1]

    def rebuild(self, e: Entry) -> int:
        """The normal form of an entry whose parts are in normal form."""
        match e[0]:
            case "then":
                return self.then(e[1], e[2])
            case "times" | "apply":
                return self.times(e[1], e[2])
            case "sum":
                return self.sum(e[1]) if e[1] else self.make(*e)
            case "scale" if self.value(e[1]) in (0, 1):
                return self.make("zero", e[2], e[2]) if self.value(e[1]) == 0 else self.make("eye", e[2])
            case "diagonal" if self.tag(e[1]) in ("zero_vector", "ones_vector"):
                n = self.of[e[1]][1]
                return self.make("zero", n, n) if self.tag(e[1]) == "zero_vector" else self.make("eye", n)
            case "inverted":
                return self.inverted(e[1])
            case _:
                return self.make(*e)

    # substitution

    def substitute(self, t: int, by: Mapping[int, int], memo: dict[int, int]) -> int:
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
                named = [(k, self.variable(name)) for name, k in e[2]]
                constant = 1, self.make("size", e[1], ())
                memo[u] = self.size(*self.sum_of(constant, *((k, by.get(v, v)) for k, v in named)))
            elif waiting := [k for k in children(e) if k not in memo]:
                stack += waiting
            else:
                memo[u] = self.rebuild(changed(e, memo.__getitem__))
        return memo[t]

    def variables(self, roots: Iterable[int]) -> Iterator[int]:
        """The free variables, sizes as bare variables, in order of first occurrence."""
        seen, found = set[int](), set[int]()
        for root in roots:
            stack = [root]
            while stack:
                t = stack.pop()
                if t in seen or not self.open[t]:
                    continue
                seen.add(t)
                e = self.entry[t]
                if e[0] == "size":
                    new = [v for v in (self.variable(name) for name, _ in e[2]) if v not in found]
                    found.update(new)
                    yield from new
                elif e[0] in VARIABLES:
                    yield t
                stack += reversed(children(e))

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
            fields = changed(e, self.digests.__getitem__, whole=True)
            plain = [show(v) if letter == "J" else v for letter, v in zip("t" + GRAMMAR[e[0]][1], fields, strict=True)]
            self.digests[stack.pop()] = sha256(plain)
        return self.digests[t]

    def range(self, scalar: int) -> Interval:
        return point(Fraction(self.entry[scalar][1])) if self.tag(scalar) == "rational" else self.entry[scalar][2]

    def value(self, scalar: int) -> Fraction | None:
        """The number, None for a variable."""
        e = self.entry[scalar]
        return Fraction(e[1]) if e[0] == "rational" else None


def whole(e: Entry) -> bool:
    """Is it a constant of integers?"""
    return e[0].startswith("constant") and re.fullmatch("[<>|=]?[iu][1248]", e[1]) is not None


def fold(k: Fraction | int | None) -> Fraction | int | None:
    """What the entries of every row add up to, if that is known and not too large."""
    return k if k is None or max(k.numerator, k.denominator) < COUNT else None


def convolution(t: Terms, K: int, *fields: Any) -> Entry:
    """What typing asks of the matrix of a convolution; `fields` are lists with an entry for every axis, and the number of groups."""
    *lists, groups = fields
    _, rows, columns, _, traits = t.of[K]
    axes = list(zip(*lists, strict=False))
    if not 1 <= len(axes) <= 3 or any(len(some) != len(axes) for some in lists) or groups < 1:
        refuse("a convolution has one to three axes, an entry for each of them in every list, and at least one group")
    (_, o, open_o), (_, c, open_c) = t.entry[rows], t.entry[columns]
    taps = prod(kernel for _, kernel, *_ in axes)
    if open_o or open_c or not taps or o % groups or c % taps:
        refuse(f"a kernel of {spell(t, rows)}×{spell(t, columns)} does not fit {groups} groups and {taps} taps")
    full = t.tag(K) == "ones" and c > 0
    for size, kernel, stride, before, after, dilation in axes:
        room = size + before + after - dilation * (kernel - 1) - 1
        if min(size, kernel, stride, dilation) < 1 or room < 0:
            refuse("a convolution has no output along an axis, or a size, kernel, stride or dilation of 0")
        # The last tap of the first output and the first tap of the last one lie inside or beyond, and no step leaps over the input.
        full &= before <= dilation * (kernel - 1) and room // stride * stride - before < size
        full &= before == 0 or dilation <= size
        o *= room // stride + 1
    width = c // taps * groups * prod(size for size, *_ in axes)
    plain = t.tag(K) == "ones" and not any(map(any, lists[3:5]))
    traits = INTEGER & traits | (MIXING if full else NONNEGATIVE & traits)
    return "weight", t.size(o, {}), t.size(width, {}), fold(c) if plain else None, traits


def sha256(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


# --- the catalogue ---------------------------------------------------------------------------------------------------
# Rows J>K: on J the function maps into K; it maps exactly onto K unless the row ends with ~. The first row is the domain, and with an
# inverse named the function maps it one to one, with the same parameter. In braces, values that depend on the parameter c (`bounds`).
# Of piecewise linear functions (`LINES`) stand the pieces: an interval, slope, offset.

SIGNS = "R>R (-oo,0)>(-oo,0) (-oo,0]>(-oo,0] [0,oo)>[0,oo) (0,oo)>(0,oo)"
HALVES = "R>R~ (-oo,0]>(-oo,0]~ [0,oo)>[0,oo)~"
ROWS = {
    "exp": ("ln", "R>(0,oo) (-oo,0)>(0,1) (-oo,0]>(0,1] [0,oo)>[1,oo) (0,oo)>(1,oo)"),
    "ln": ("exp", "(0,oo)>R (0,1)>(-oo,0) (0,1]>(-oo,0] [1,oo)>[0,oo) (1,oo)>(0,oo)"),
    "expm1": ("log1p", "R>(-1,oo) (-oo,0)>(-1,0) (-oo,0]>(-1,0] [0,oo)>[0,oo) (0,oo)>(0,oo)"),
    "log1p": ("expm1", "(-1,oo)>R (-1,0)>(-oo,0) (-1,0]>(-oo,0] [0,oo)>[0,oo) (0,oo)>(0,oo)"),
    "tanh": ("atanh", "R>(-1,1) (-oo,0)>(-1,0) (-oo,0]>(-1,0] [0,oo)>[0,1) (0,oo)>(0,1)"),
    "atanh": ("tanh", "(-1,1)>R (-1,0)>(-oo,0) (-1,0]>(-oo,0] [0,1)>[0,oo) (0,1)>(0,oo)"),
    "sigmoid": ("logit", "R>(0,1) (-oo,0)>(0,1/2) (-oo,0]>(0,1/2] [0,oo)>[1/2,1) (0,oo)>(1/2,1)"),
    "logit": ("sigmoid", "(0,1)>R (0,1/2)>(-oo,0) (0,1/2]>(-oo,0] [1/2,1)>[0,oo) (1/2,1)>(0,oo)"),
    "softplus": ("log_expm1", "R>(0,oo) (-oo,0]>(0,7/10)~ [0,oo)>(69/100,oo)~"),
    "log_expm1": ("softplus", "(0,oo)>R [7/10,oo)>(0,oo)~ (0,69/100]>(-oo,0)~"),
    "softsign": ("softsign_inverse", "R>(-1,1) (-oo,0)>(-1,0) (-oo,0]>(-1,0] [0,oo)>[0,1) (0,oo)>(0,1)"),
    "softsign_inverse": ("softsign", "(-1,1)>R (-1,0)>(-oo,0) (-1,0]>(-oo,0] [0,1)>[0,oo) (0,1)>(0,oo)"),
    "sinh": ("asinh", SIGNS),
    "asinh": ("sinh", SIGNS),
    "cosh": ("", "R>[1,oo) (-oo,0)>(1,oo) (-oo,0]>[1,oo) [0,oo)>[1,oo) (0,oo)>(1,oo)"),
    "acosh": ("cosh", "[1,oo)>[0,oo) (1,oo)>(0,oo)"),
    "atan": ("", "R>(-355/226,355/226)~ (-oo,0)>(-355/226,0)~ (-oo,0]>(-355/226,0]~ [0,oo)>[0,355/226)~ (0,oo)>(0,355/226)~"),
    "erf": ("", "R>(-1,1) (-oo,0)>(-1,0) (-oo,0]>(-1,0] [0,oo)>[0,1) (0,oo)>(0,1)"),
    "bent_identity": ("bent_identity_inverse", SIGNS),
    "bent_identity_inverse": ("bent_identity", SIGNS),
    "tanhshrink": ("", SIGNS),
    "gelu": ("", "R>(-17/100,oo)~ (-oo,0)>(-17/100,0)~ (-oo,0]>(-17/100,0]~ [0,oo)>[0,oo) (0,oo)>(0,oo)"),
    "gelu_tanh": ("", "R>(-171/1000,oo)~ (-oo,0)>(-171/1000,0)~ (-oo,0]>(-171/1000,0]~ [0,oo)>[0,oo) (0,oo)>(0,oo)"),
    "mish": ("", "R>(-309/1000,oo)~ (-oo,0)>(-309/1000,0)~ (-oo,0]>(-309/1000,0]~ [0,oo)>[0,oo) (0,oo)>(0,oo)"),
    "elu": ("elu_inverse", "R>({n},oo) (-oo,0)>({n},0) (-oo,0]>({n},0] [0,oo)>[0,oo) (0,oo)>(0,oo)"),
    "elu_inverse": ("elu", "({n},oo)>R ({n},0)>(-oo,0) ({n},0]>(-oo,0] [0,oo)>[0,oo) (0,oo)>(0,oo)"),
    "swish": ("", "R>({m},oo)~ (-oo,0)>({m},0)~ (-oo,0]>({m},0]~ [0,oo)>[0,oo) (0,oo)>(0,oo)"),
    "snake": ("", SIGNS),
    "squareplus": ("squareplus_inverse", "R>(0,oo) (-oo,0)>(0,{h}){t} (-oo,0]>(0,{h}]{t} [0,oo)>[{l},oo){t} (0,oo)>({l},oo){t}"),
    "squareplus_inverse": ("squareplus", "(0,oo)>R (0,{l})>(-oo,0){t} (0,{l}]>(-oo,0]{t} [{h},oo)>[0,oo){t} ({h},oo)>(0,oo){t}"),
}  # fmt: skip
UNKNOWN = {"prelu": SIGNS, "softshrink": HALVES, "hardshrink": HALVES, "threshold": HALVES}  # whatever the parameter
Row = tuple[Interval, Interval, bool]
Line = tuple[Interval, Fraction | int, Fraction | int]
Back = list[tuple[str, Fraction | None]]


def at_most(c: Fraction, closed: bool = True) -> Interval:
    return LOW, (0, c, int(closed))


def at_least(c: Fraction, closed: bool = True) -> Interval:
    return (0, c, int(not closed)), HIGH


LINES: dict[str, Callable[[Fraction], list[Line]]] = {
    "identity": lambda _: [(REALS, 1, 0)],
    "negate": lambda _: [(REALS, -1, 0)],
    "absolute": lambda _: [(ATMOST0, -1, 0), (ATLEAST0, 1, 0)],
    "scale": lambda c: [(REALS, c, 0)],
    "shift": lambda c: [(REALS, 1, c)],
    "maximum": lambda c: [(at_most(c), 0, c), (at_least(c), 1, 0)],
    "minimum": lambda c: [(at_most(c), 1, 0), (at_least(c), 0, c)],
    "prelu": lambda c: [(ATMOST0, c, 0), (ATLEAST0, 1, 0)],
    "softshrink": lambda c: [(at_most(-c), 1, c), (((0, -c, 0), (0, c, 1)), 0, 0), (at_least(c), 1, -c)],
    "hardshrink": lambda c: [(at_most(-c, False), 1, 0), (((0, -c, 0), (0, c, 1)), 0, 0), (at_least(c, False), 1, 0)],
    "threshold": lambda c: [(at_most(c), 0, 0), (at_least(c, False), 1, 0)],
}
# The identity there; and where the parameter lies.
SAME = dict.fromkeys(("prelu", "elu", "elu_inverse"), ATLEAST0) | {"hardswish": at_least(Fraction(3))}
TAKES = dict.fromkeys(("scale", "shift", "maximum", "minimum", "power", "threshold"), REALS)
TAKES |= dict.fromkeys(("prelu", "elu", "elu_inverse", "swish", "snake", "squareplus", "squareplus_inverse"), POSITIVE)
TAKES |= dict.fromkeys(("softshrink", "hardshrink"), ATLEAST0)
ATOMS = {*ROWS, *LINES, "hardswish", "power"}


def rows_of(text: str) -> list[Row]:
    pairs = [row.rstrip("~").split(">") for row in text.split()]
    return [(short(j), short(k), "~" not in row) for (j, k), row in zip(pairs, text.split(), strict=True)]


def bounds(name: str, c: Fraction) -> dict[str, object]:
    """The values in the rows: -c for elu, a bound below the minimum -W(1/e)/c for swish, bounds around √c / 2 for squareplus."""
    if name == "swish":
        return {"m": exact(Fraction(-557, 2000) / c)}
    if not name.startswith("squareplus"):
        return {"n": -c}
    product, least = c.numerator * c.denominator, 2 * c.denominator
    if isqrt(product) ** 2 == product:
        return {"l": exact(Fraction(isqrt(product), least)), "h": Fraction(isqrt(product), least), "t": ""}
    floor = isqrt(product << 40)
    low, high = Fraction(floor, least << 20), Fraction(floor + 1, least << 20)
    return {"l": exact(low), "h": exact(high), "t": "~"}


@cache
def rows(name: str, c: Fraction | None) -> list[Row]:
    """The rows of an entry; those that depend on a parameter that is a variable are left out."""
    text = ROWS[name][1] if name in ROWS else UNKNOWN.get(name, "R>R~")
    if "{" in text:
        text = " ".join(r for r in text.split() if c or "{" not in r).format(**bounds(name, c) if c else {})
    return rows_of(text)


RISING = rows_of("(0,oo)>(0,oo) (0,1)>(0,1) [1,oo)>[1,oo) (1,oo)>(1,oo) (0,1]>(0,1] [0,oo)>[0,oo)")
FALLING = rows_of("(0,oo)>(0,oo) (0,1)>(1,oo) (0,1]>[1,oo) (1,oo)>(0,1) [1,oo)>(0,1]")
ODD, EVEN = rows_of("R>R (-oo,0)>(-oo,0) (-oo,0]>(-oo,0]"), rows_of("R>[0,oo)~")


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
        return point(Fraction(1)), False
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
    rows = RISING if a > 0 else FALLING
    if a > 0 and a.denominator % 2:  # with an odd root x^a reaches below zero, mirrored or folded
        rows = rows + (ODD if a.numerator % 2 else EVEN)
    return rows_image(rows, J)


def rows_image(rows: list[Row], J: Interval) -> tuple[Interval, bool]:
    """The meet of the rows whose interval contains J; exact if an exact row's interval is J."""
    fitting = [(REALS, REALS, False), *(row for row in rows if inside(J, row[0]))]
    K = max(k[0] for _, k, _ in fitting), min(k[1] for _, k, _ in fitting)
    return K, any(j == J and good for j, _, good in fitting)


def domain_of(name: str, c: Fraction | None) -> Interval:
    if name == "power":
        return POSITIVE if c is None or c < 0 else REALS if c == 0 or c.denominator % 2 else ATLEAST0
    if name == "elu_inverse" and c is None:
        return ATLEAST0
    return rows(name, c)[0][0] if name in ROWS and (c is not None or name not in ("elu", "swish")) else REALS


def met(lines: list[Line], J: Interval) -> list[Line]:
    """The pieces that J meets, each on its part of J."""
    parts = [((max(J[0], K[0]), min(J[1], K[1])), a, b) for K, a, b in lines]
    return [line for line in parts if line[0][0] < line[0][1]]


def hardswish_image(J: Interval) -> Interval:
    """0 up to -3, x(x + 3)/6 up to 3, with its turn at -3/2, then x."""

    def at(cut: Cut) -> Cut:
        p, x, i = cut
        return cut if p or x >= 3 else (0, exact(x * (x + 3) / 6), i)

    low, turn = Fraction(-3), Fraction(-3, 2)
    parts = [point(Fraction(0)) for _ in met([(at_most(low), 0, 0)], J)]
    parts += [(mirror(at(K[1])), mirror(at(K[0]))) for K, _, _ in met([(((0, low, 0), (0, turn, 1)), 1, 0)], J)]
    parts += [(at(K[0]), at(K[1])) for K, _, _ in met([(at_least(turn), 1, 0)], J)]
    return hull(parts)


def same(name: str, c: Fraction | None, J: Interval) -> bool:
    """Is the atom the identity on J?"""
    if inside(J, SAME.get(name, point(Fraction(0)))) and name in SAME:
        return True
    if name == "power":
        return c == 1
    if name not in LINES or (c is None and name in TAKES):
        return False
    lines = LINES[name](c or Fraction(0))
    parts = [line[1:] == (1, 0) for line in met(lines, J)]
    return all(parts) or any(inside(J, K) and (a, b) == (1, 0) for K, a, b in lines)


def atom_image(name: str, c: Fraction | None, J: Interval) -> tuple[Interval, bool]:
    """The image of J under an atom with the scalar c (None: a variable), and whether it is exactly that."""
    if not inside(J, domain_of(name, c)):
        refuse(f"{name} is defined on {show(domain_of(name, c))}, not on all of {show(J)}")
    if len(J) > 2:
        return hull([atom_image(name, c, j)[0] for j in halves(J)]), False
    if same(name, c, J):
        return J, True
    if name == "power":
        return (POSITIVE, False) if c is None else power_image(c, J)
    if name == "hardswish":
        return hardswish_image(J), True
    if name in ROWS or (c is None and name in TAKES):
        return rows_image(rows(name, c), J)
    parts = met(LINES[name](c or Fraction(0)), J)
    return hull([stretch(K, Fraction(a), Fraction(b)) for K, a, b in parts]), True


def branches(name: str, c: Fraction | None) -> list[tuple[Interval, Interval, Back]]:
    """Where the atom is one to one: (B, exact image, the parts of the inverse on it)."""
    if c is None and name in TAKES:
        return []
    if name in ROWS and ROWS[name][0]:
        (domain, image, _), *_ = rows(name, c)
        return [(domain, image, [(ROWS[name][0], c)])]
    if name in ("identity", "negate"):
        return [(REALS, REALS, [(name, None)])]
    if name == "absolute":
        return [(ATLEAST0, ATLEAST0, [("identity", None)]), (ATMOST0, ATLEAST0, [("negate", None)])]
    if name == "cosh":
        least1, back = at_least(Fraction(1)), ("acosh", None)
        return [(ATLEAST0, least1, [back]), (ATMOST0, least1, [back, ("negate", None)])]
    if name == "shift" and c is not None:
        return [(REALS, REALS, [(name, -c)])]
    if not c or name not in ("scale", "prelu", "power"):
        return []
    root: tuple[str, Fraction | None] = (name, 1 / c)
    if name != "power":
        return [(REALS, REALS, [root])]
    found = [(POSITIVE, POSITIVE, [root])]
    if c > 0:
        found.append((ATLEAST0, ATLEAST0, [root]))
        if c.denominator % 2:
            odd = c.numerator % 2
            found.append((REALS, REALS, [root]) if odd else (ATMOST0, ATLEAST0, [root, ("negate", None)]))
    return found


# --- what is decided about functions ---------------------------------------------------------------------------------


def leaf(t: Terms, f: int) -> tuple[str, Fraction | None]:
    _, name, scalars = t.entry[f]
    return name, t.value(scalars[0]) if scalars else None


def image(t: Terms, f: int, J: Interval) -> Interval:
    """An interval that contains f(x) for every x in J; refused unless f is defined on all of J."""
    known, stack = t.images, [(f, J)]
    while stack:
        g, at = stack[-1]
        e = t.entry[g]
        if (g, at) in known:
            stack.pop()
        elif e[0] == "then":
            middle = known.get((e[1], at))
            ahead = (e[1], at) if middle is None else (e[2], middle)
            if ahead in known:
                known[g, at] = known[ahead]
            else:
                stack.append(ahead)
        elif e[0] == "atom":
            known[g, at] = atom_image(*leaf(t, g), at)[0]
        else:
            domain = t.of[g][1] if e[0] == "inverse" else e[2]
            if not inside(at, domain):
                refuse(f"{spell(t, g)} is defined on {show(domain)}, not on all of {show(at)}")
            if e[0] == "defined" and (t.body(g), at) not in known:
                stack.append((t.body(g), at))
            else:
                known[g, at] = known[t.body(g), at] if e[0] == "defined" else e[3] if e[0] == "function" else e[2]
    return known[f, J]


def onto(t: Terms, f: int, B: Interval) -> Interval:
    """K, where f maps B one to one, continuously and exactly onto K; refused where that is not known."""
    for part in t.parts(f):
        e = t.entry[part]
        if e[0] == "atom":
            branch = next((b for b in branches(*leaf(t, part)) if inside(B, b[0])), None)
            K, good = (B, False) if branch is None else atom_image(*leaf(t, part), B)
            if branch and branch[0] == B:
                K, good = branch[1], True
        else:
            K, good = e[2], e[0] == "inverse" and t.of[part][1] == B
        if not good:
            why = "one to one onto an exact image, so it has no inverse there"
            refuse(f"{spell(t, part)} is not known to map {show(B)} {why}")
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
            back.append(reduce(t.then, [t.atom(*atom) for atom in branch[2]]))
        else:
            back.append(t.make("inverse", part, B))
        B = onto(t, part, B)
    return reduce(t.then, reversed(back))


def chart(t: Terms, g: int, domain: Interval = REALS) -> tuple[Interval, int]:
    """(K, h): g maps the domain onto the open K with inverse h."""
    if (g, domain) not in t.charts:
        if t.open[g]:
            refuse(f"{spell(t, g)} has variables; a chart is a closed function with a known inverse")
        K = onto(t, g, domain)
        if (K[0][0] == 0 and K[0][2] == 0) or (K[1][0] == 0 and K[1][2] == 1):
            refuse(f"{spell(t, g)} is no chart: its image {show(K)} is not open")
        t.charts[g, domain] = K, inverse(t, g, domain)
    return t.charts[g, domain]


def chart_or_partial(t: Terms, g: int) -> tuple[Interval, int, bool]:
    """chart(g), or if g is none the same from (0,oo), a partial chart; is it partial?"""
    try:
        return *chart(t, g), False
    except Refused as no:
        try:
            return *chart(t, g, POSITIVE), True
        except Refused:
            raise no from None


def cancels(t: Terms, f: int, g: int, J: Interval) -> bool:
    """f ; g is the identity on J."""
    e, d = t.entry[f], t.entry[g]
    if d[0] == "inverse" and d[1] == f and inside(J, d[2]):
        return True
    if e[0] == "inverse":
        return bool(e[1] == g and inside(J, t.of[f][1]))
    pairs = branches(*leaf(t, f)) if e[0] == "atom" else []
    return any(inside(J, B) and g == reduce(t.then, [t.atom(*atom) for atom in back]) for B, _, back in pairs)


def reduced(t: Terms, f: int, J: Interval) -> int:
    """f on J without parts that do nothing there and without pairs that cancel."""
    if (f, J) not in t.reductions:
        image(t, f, J)
        stack: list[tuple[int, Interval]] = []
        at = J
        for part in t.parts(f):
            if t.tag(part) == "atom" and all(same(*leaf(t, part), j) for j in halves(at)):
                continue
            if stack and cancels(t, stack[-1][0], part, stack[-1][1]):
                at = stack.pop()[1]
            else:
                stack.append((part, at))
                at = image(t, part, at)
        t.reductions[f, J] = reduce(t.then, [part for part, _ in stack]) if stack else t.atom("identity")
    return t.reductions[f, J]


RISES = {
    "identity", "exp", "ln", "tanh", "atanh", "sigmoid", "logit", "softplus", "log_expm1", "softsign", "softsign_inverse", "sinh", "asinh",
    "expm1", "log1p", "acosh", "atan", "erf", "bent_identity", "bent_identity_inverse", "tanhshrink", "elu", "elu_inverse", "prelu",
    "snake", "squareplus", "squareplus_inverse", "maximum", "minimum", "softshrink", "hardshrink", "shift",
}  # fmt: skip
EVEN_ATOMS = {"absolute", "cosh"}
RISES_FROM_0 = {*EVEN_ATOMS, "gelu", "gelu_tanh", "mish", "swish", "hardswish"}


def atom_slope(name: str, c: Fraction | None, takes: Interval, J: Interval) -> int:
    """1 if the atom is nondecreasing on J, -1 if nonincreasing, 0 if neither is known; its parameter is c, or a variable in `takes`."""
    if name in RISES or (name == "threshold" and c is not None and c >= 0):
        return 1
    if name == "negate":
        return -1
    if name == "scale":
        return inside(takes, POSITIVE) - inside(takes, (LOW, (0, LOW[1], 0)))
    if name == "power" and c:
        rises = inside(J, ATLEAST0) or c.numerator % 2 == c.denominator % 2 == 1
        return -1 if c < 0 or (inside(J, ATMOST0) and not rises) else int(rises)
    if inside(J, ATLEAST0):
        return int(name in RISES_FROM_0)
    return -int(name in EVEN_ATOMS and inside(J, ATMOST0))


def slope(t: Terms, f: int, J: Interval) -> int:
    """1 if f is nondecreasing on J, -1 if nonincreasing, 0 if neither is known; refused unless f is defined on all of J."""
    image(t, f, J)
    known, stack = t.slopes, [(f, J)]
    while stack:
        key = g, at = stack[-1]
        e = t.entry[g]
        if key in known:
            stack.pop()
        elif e[0] == "atom":
            known[key] = atom_slope(*leaf(t, g), t.range(e[2][0]) if e[2] else REALS, at)
        elif e[0] == "function":
            known[key] = 0
        else:
            inner = [(e[1], at), (e[2], image(t, e[1], at))] if e[0] == "then" else [(e[1], e[2])]
            inner = [(t.body(g), at)] if e[0] == "defined" else inner
            stack += (waiting := [i for i in inner if i not in known])
            if not waiting:
                known[key] = prod(known[i] for i in inner)
    return known[f, J]


Fact = tuple[int, int, Interval]  # F, G, J: both are defined on J and equal there


def decided(t: Terms, fact: Fact) -> bool:
    f, g, J = fact
    return reduced(t, f, J) == reduced(t, g, J)


# --- diagrams and typing ---------------------------------------------------------------------------------------------


class Diagram(NamedTuple):
    """Wires are numbered: the inputs, then the nodes in canonical order."""

    inputs: tuple[int, ...]  # types
    boxes: array[int]  # of every wire, the input box for inputs
    reads: array[int]  # the wire that a node reads; below zero the number of a bundle
    outputs: tuple[int, ...]


def diagram_terms(t: Terms, *diagrams: Diagram) -> Iterator[int]:
    """The terms of the inputs' sizes, then of the nodes, in order."""
    yield from (t.size_of(j) for d in diagrams for j in d.inputs)
    yield from (u for d in diagrams for b in d.boxes for u in t.boxes[b][1:] if u != NONE)


def order(t: Terms, n: int, reads: Sequence[int], outputs: Iterable[int], forward: Mapping[int, int]) -> list[int]:
    """The nodes (n inputs come before) in canonical order: depth first from the outputs, each when all it reads is finished."""
    seen, found = bytearray(n * b"\1") + bytearray(len(reads) - n), list[int]()
    for output in outputs:
        stack = [output]  # wires to visit, and ~i to finish node i
        while stack:
            wire = stack.pop()
            if wire < 0:
                found.append(~wire)
                continue
            path: list[int] = []  # nodes that read one wire each, down to one that is known, or to a concat
            while wire >= 0:
                while wire in forward:
                    wire = forward[wire]
                if seen[wire]:
                    found += reversed(path)
                    break
                seen[wire] = 1
                path.append(wire)
                wire = reads[wire]
            else:
                stack += map(invert, path)
                stack += reversed(t.bundles[~wire])
    return found


def backwards(t: Terms, reads: Sequence[int]) -> bool:
    """Does every node read earlier wires only?"""
    several = [i for i, a in enumerate(reads) if a < NOTHING]
    latest = [max(t.bundles[~reads[i]]) for i in several]
    return not any(map(ge, reads, range(len(reads)))) and not any(map(ge, latest, several))


def box_type(t: Terms, box: int, types: Sequence[int]) -> tuple[int, str]:
    """The type of a node's wire, and where the node is not defined on all that it reads: why. Then the interval is R."""
    kind, x, y, z = t.boxes[box]
    if kind == CONCAT:
        return t.type(t.add(*map(t.size_of, types)), hull([*map(t.span, types)])), ""
    size, J = t.types[types[0]]
    if kind == SLICE:
        rest, parts = t.sum_of((1, size), (-1, x), (-1, y))
        if rest < 0 or min(parts.values(), default=0) < 0:
            refuse(f"slice({spell(t, x)}, {spell(t, y)}) does not lie in a wire of size {spell(t, size)}")
        return t.type(y, J), ""
    if kind == MAP:
        try:
            return t.type(size, image(t, x, J)), ""
        except Refused as no:
            return t.type(size, REALS), str(no)
    if kind == SIGNED:
        _, m, n, above, kept = t.of[x]
        if n != size:
            refuse(f"{spell(t, x)} takes {spell(t, n)} components, its wire has {spell(t, size)}")
        if not inside(J, NONZERO):
            return t.type(m, REALS), f"{spell(t, x)} takes {show(NONZERO)}; its wire lies in {show(J)}"
        return t.type(m, POSITIVE if above or (kept and inside(J, POSITIVE)) else NONZERO), ""
    word, (_, m, n, k, traits) = WORDS[kind][2:], t.of[y]
    _, length, zero = t.of[z][:3] if kind == MIX else ("", m, True)
    if n != size or length != m:
        wanted = f"{spell(t, m)}×{spell(t, n)} weight and a vector of size {spell(t, length)}"
        refuse(f"{word} has a {wanted} on a wire of size {spell(t, size)}")
    K, _, partial = chart_or_partial(t, x) if kind == MIX else (*chart(t, x), True)
    if partial and not (zero and "mixing" in traits):
        refuse(f"{word} of {spell(t, x)} needs b = 0 and a weight that is known to have entries ≥ 0 and no row zero")
    if not inside(J, K):
        return t.type(m, REALS), f"{word}({spell(t, x)}, ..) takes {show(K)}; its wire lies in {show(J)}"
    if kind == POOL:
        return t.type(m, J), ""
    return t.type(m, affine(J, k, traits) if zero and x == t.atom("identity") else K), ""


def affine(J: Interval, k: Fraction | None, traits: frozenset[str]) -> Interval:
    """Where W·x lies for x in J."""
    if k is not None:  # a mean of values, which may be 0 where none of them is
        return stretch((J[0], J[-1]), Fraction(k))
    if "mixing" in traits and inside(J, POSITIVE):
        return POSITIVE
    return ATLEAST0 if "nonnegative" in traits and inside(J, ATLEAST0) else REALS


def typing(t: Terms, d: Diagram, known: Sequence[int] | None = None) -> list[int]:
    """The types of all wires: one pass. With `known`, it is met, and stands alone where a node does not type."""
    n, typed, blur = len(d.inputs), t.typed, t.blur
    types = list(d.inputs) if known is None else list(map(t.meet, d.inputs, known))
    try:
        for i, (b, a) in enumerate(zip(d.boxes[n:], d.reads[n:], strict=True), n):
            box = blur[b]
            key = (box, types[a]) if a >= 0 else (box, *[types[w] for w in t.bundles[~a]])
            found = typed.get(key)
            if found is None:
                found = typed[key] = box_type(t, box, key[1:])
            j, why = found
            if known is None:
                if why:
                    refuse(why)
            elif j != known[i]:
                j = t.meet(j, known[i])
            types.append(j)
    except Refused as no:
        raise Refused(f"node {len(types) - n}: {no}") from None
    return types


# --- reading ---------------------------------------------------------------------------------------------------------


def load(data: bytes) -> dict[str, Any]:
    """The JSON object, with keys and kinds of numbers checked."""
    if len(data) > 200_000_000:
        refuse("a proof file has at most 200 MB")
    try:
        found = json.loads(data.decode(), object_pairs_hook=once, parse_float=no_float, parse_constant=no_float)
    except UnicodeDecodeError as no:
        refuse(f"byte {no.start} is not UTF-8")
    except ValueError as no:
        refuse(f"this is not JSON: {brief(str(no))}")
    if not isinstance(found, dict) or found.get("format") != "sigmaprime-proof":
        refuse('this is no proof file: it has no "format": "sigmaprime-proof"')
    version = found.get("version")
    if type(version) is not int or version != 1:
        refuse(f"this file is version {brief(version)}; this reader knows version 1")
    return keys(found, "axioms boxes claim diagrams equations format terms version", "the file")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        refuse(f"key {brief(next(n for n in names if names.count(n) > 1))} twice in one object")
    return found


def no_float(text: str) -> NoReturn:
    refuse(f"{text[:40]} is a float; numbers that are not counts are strings")


def keys(value: object, names: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names.split()):
        had = ", ".join(map(brief, value)) if isinstance(value, dict) else brief(value)
        refuse(f"{where} is an object with the keys {', '.join(names.split())}; here: {had}")
    return value


def listed(value: object, where: str, length: int | None = None) -> list[Any]:
    if not isinstance(value, list) or len(value) != (len(value) if length is None else length):
        refuse(f"{where} is a list{'' if length is None else f' of {length}'}, not {brief(value)}")
    return value


def counts(values: Sequence[Any], below: int = COUNT) -> bool:
    """Are all of them natural numbers below that bound? (bool is not int here)"""
    return set(map(type, values)) <= {int} and (not values or 0 <= min(values) <= max(values) < below)


def name_of(value: object) -> str:
    """A name that can stand in a claim without being taken for something else."""
    if type(value) is not str or not a_name(value) or not value.isprintable():
        wanted = f"1 to 200 printable signs, no blank, none of {RESERVED}, no digit or sign first"
        refuse(f"{brief(value)} is no name: {wanted}")
    return value


RESERVED = r""";=,|()[]{}"\·#?×"""
a_name = re.compile(rf"(?![-+0-9])[^ {re.escape(RESERVED)}]{{1,200}}").fullmatch


class File:
    """The tables of a file; `at` and `box` have the numbers of its terms and boxes in the tables of this run."""

    def __init__(self, terms: object, boxes: object, diagrams: object) -> None:
        self.t, self.diagrams = Terms(), listed(diagrams, "diagrams")
        self.at, self.box = list[int](), list[int]()
        self.sides, self.columns = dict[int, Diagram](), dict[int, list[int]]()
        self.used = bytearray(len(listed(terms, "terms"))), bytearray(len(listed(boxes, "boxes"))), set[int]()
        self.read_terms(listed(terms, "terms"))
        self.read_boxes(listed(boxes, "boxes"))
        for what, numbers in (("term", self.at), ("box", self.box)):
            if len(set(numbers)) < len(numbers):
                i = next(i for i, made in enumerate(numbers) if made in numbers[:i])
                refuse(f"{what} {i}: it repeats {what} {numbers.index(numbers[i])}")

    def read_terms(self, terms: list[Any]) -> None:
        t, first = self.t, dict[Entry, int]()
        for i, e in enumerate(terms):
            try:
                key: Any = None  # a weight or vector variable of sizes that were read before: only its name is new
                if type(e) is list and 2 < len(e) < 5 and (e[0] == "weight" or e[0] == "vector"):
                    key = (e[0], len(e), e[2], e[-1]) if type(e[2]) is type(e[-1]) is int else None
                like = first.get(key)
                self.at.append(self.define(listed(e, "an entry")) if like is None else t.namesake(like, name_of(e[1])))
                if key and like is None:
                    first[key] = self.at[-1]
            except Refused as no:
                raise Refused(f"term {i}: {no}") from None
            terms[i] = None  # what was read need not stay

    def read_boxes(self, boxes: list[Any]) -> None:
        """Column by column; if a check fails, the boxes are gone through one by one."""
        t, at, used = self.t, self.at, self.used[0]
        lengths = {word: len(letters) + 1 for word, letters in BOXES.items()}
        if not all([type(e) is list and e and type(e[0]) is str and lengths.get(e[0]) == len(e) for e in boxes]):
            self.bad_box(boxes)
        columns = [list(zip(*[e for e in boxes if e[0] == word], strict=True))[1:] for word in BOXES]
        for letters, terms in zip(BOXES.values(), columns, strict=True):
            for letter, column in zip(letters, terms, strict=False):  # no columns, if no box is of this kind
                if not counts(column, len(at)) or {t.of[at[i]][0] for i in column} != {SORTS[letter]}:
                    self.bad_box(boxes)
                for i in column:
                    used[i] = 1
        kinds = bytes([list(BOXES).index(e[0]) for e in boxes])
        boxes.clear()  # before as much is made
        made = [map(t.box, repeat(k), *[map(at.__getitem__, c) for c in columns.pop(0)]) for k in range(len(BOXES))]
        self.box = [next(made[kind]) for kind in kinds]

    def bad_box(self, boxes: list[Any]) -> NoReturn:
        wanted = '["map", f], ["mix", g, W, b], ["concat"], ["slice", start, size], ["pool", g, S] or ["signed", layer]'
        for i, e in enumerate(boxes):
            try:
                if type(e) is not list or not e or type(e[0]) is not str or len(BOXES.get(e[0], e)) != len(e) - 1:
                    refuse(f"{brief(e)} is no {wanted}")
                for letter, term in zip(BOXES[e[0]], e[1:], strict=True):
                    self.term(term, SORTS[letter])
            except Refused as no:
                raise Refused(f"box {i}: {no}") from None
        raise AssertionError

    def define(self, e: list[Any]) -> int:
        t, tag = self.t, e[0] if e else None
        if type(tag) is not str or tag not in GRAMMAR or len(e) != len(GRAMMAR[tag][1]) + 1:
            refuse(f"{brief(e)} is no term of the table in the format")
        sort, letters = GRAMMAR[tag]
        entry: Entry = (tag, *map(self.field, letters, e[1:]))
        if tag == "atom" and len(entry[2]) != (entry[1] in TAKES):
            refuse(f"{brief(e)} is no atom of the catalogue with its scalars")
        if sort == "function" and letters[0] == "n" and entry[1] in ATOMS:
            refuse(f"{brief(entry[1])} is no name of a function: it is a word of the catalogue")
        if tag == "defined":
            _, _, _, parameters, body, arguments = entry
            if tuple(t.variables([body])) != parameters:
                refuse("the parameters of a definition are the variables of its body, in order of first occurrence")
            if [t.sort(p) for p in parameters] != [t.sort(a) for a in arguments]:
                refuse("a definition's arguments are as many as its parameters, and of their sorts")
        made = t.size(entry[1], dict(entry[2])) if tag == "size" else t.rebuild(entry)
        if t.entry[made] != entry:
            refuse(f"it is not in normal form: {brief(e)}")
        return made

    def field(self, letter: str, v: Any) -> Any:
        """A field of a term, by its letter in the grammar."""
        match letter:
            case "z" | "s" | "f" | "w" | "v":
                return self.term(v, SORTS[letter])
            case "S" | "W" | "V":
                return tuple(self.term(i, SORTS[letter.lower()]) for i in listed(v, "a list of terms"))
            case "B":
                return self.term(v, "function")
            case "P" | "A":
                return tuple(self.term(i, "function", "scalar") for i in listed(v, "a list of terms"))
            case "n":
                return name_of(v)
            case "d":
                good = type(v) is str and re.fullmatch("[<>|=]?[fiu][0-9]{1,2}", v)
                return v if good else refuse(f"{brief(v)} is no type of numbers, as <f4 or |i1")
            case "J":
                return interval(v)
            case "q":
                return str(rational(v))
            case "N":
                pairs = [listed(pair, "a part of a size", 2) for pair in listed(v, "the parts of a size")]
                return tuple((n if counts([n]) else name_of(n), self.field("c", k)) for n, k in pairs)
            case "c":
                return v if counts([v]) else refuse(f"{brief(v)} is no natural number below 2^53")
            case "C":
                return tuple(self.field("c", k) for k in listed(v, "a list of counts"))
            case "k":
                return v if type(v) is str and v in KINDS else refuse(f"{brief(v)} is no kind: {', '.join(KINDS)}")
            case "a":
                return v if type(v) is str and v in ATOMS else refuse(f"{brief(v)} is no atom")
            case _:  # h
                good = type(v) is str and re.fullmatch("[0-9a-f]{64}", v)
                return v if good else refuse(f"{brief(v)} is no sha256 digest in hex")

    def term(self, i: object, *sorts: str) -> int:
        if type(i) is not int or not 0 <= i < len(self.at):
            refuse(f"{brief(i)} is not the index of an earlier term")
        made = self.at[i]
        sort = self.t.of[made][0]
        if sort not in sorts:
            refuse(f"term {i} is a {sort}; here stands a {' or '.join(sorts)}")
        self.used[0][i] = 1
        return made

    def fact(self, e: object) -> Fact:
        word, f, g, J = listed(e, "a fact", 4)
        if word != "equal":
            refuse(f'{brief(e)} is not a fact ["equal", F, G, J]')
        fact = self.term(f, "function"), self.term(g, "function"), interval(J)
        image(self.t, fact[0], fact[2])
        image(self.t, fact[1], fact[2])
        return fact

    def facts(self, value: object) -> tuple[Fact, ...]:
        found = tuple(self.fact(e) for e in listed(value, "a list of facts"))
        if len(set(found)) < len(found):
            refuse("a fact stands in the list twice")
        return found

    def side(self, i: object) -> Diagram:
        """A diagram of the table; its order is not checked yet."""
        t = self.t
        if type(i) is not int or not 0 <= i < len(self.diagrams):
            refuse(f"there is no diagram {brief(i)}")
        self.used[2].add(i)
        if i not in self.sides:
            d, self.diagrams[i] = keys(self.diagrams[i], "inputs boxes reads outputs", "a diagram"), None
            pairs = [listed(e, "an input", 2) for e in listed(d["inputs"], "inputs")]
            inputs = tuple(t.type(self.term(size, "size"), interval(J)) for size, J in pairs)
            boxes, outputs = listed(d["boxes"], "boxes"), listed(d["outputs"], "outputs")
            reads, wires = listed(d["reads"], "reads", len(boxes)), len(inputs) + len(boxes)
            bundles = [a for a in reads if type(a) is list]
            single = [a for a in reads if type(a) is not list] if bundles else reads
            if not counts(boxes, len(self.box)):
                refuse(f"the boxes of a diagram are indices below {len(self.box)}")
            if not all(bundles) or not all(counts(c, wires) for c in (single, *bundles)):
                refuse(f"a node reads one wire below {wires}, a concat at least one")
            if not outputs or not counts(outputs, wires):
                refuse(f"outputs are at least one wire, each below {wires}")
            for b in boxes:
                self.used[1][b] = 1
            made = list(map(self.box.__getitem__, boxes))
            ends = [t.bundle(tuple(a)) if type(a) is list else a for a in reads] if bundles else reads
            if made.count(t.concat) != len(bundles) or any(
                b == t.concat and a >= 0 for b, a in zip(made if bundles else (), ends, strict=False)
            ):
                refuse("concat reads a list of wires, another box reads one")
            made, ends = [t.input] * len(inputs) + made, [NOTHING] * len(inputs) + ends
            self.sides[i] = Diagram(inputs, array("q", made), array("q", ends), tuple(outputs))
        return self.sides[i]

    def typed(self, i: object) -> tuple[Diagram, list[int]]:
        """A diagram of the table and its types, its order checked."""
        d = self.side(i)
        if i not in self.columns:
            assert isinstance(i, int)
            n, t = len(d.inputs), self.t
            if not backwards(t, d.reads):
                refuse("a node reads a wire that comes later")
            if order(t, n, d.reads, d.outputs, {}) != list(range(n, len(d.reads))):
                refuse("the nodes are not in canonical order (depth first from the outputs, arguments first)")
            self.columns[i] = typing(t, d)
        return d, self.columns[i]


# --- equations -------------------------------------------------------------------------------------------------------


class Equation(NamedTuple):
    """Γ ; D ⊨ left = right : E, the known columns of both sides, and the axioms (by index) it rests on."""

    given: tuple[Fact, ...]
    left: Diagram
    right: Diagram
    known: tuple[Sequence[int], Sequence[int]]
    outputs: tuple[int, ...] = ()  # types; none yet: those known of both sides
    rests: frozenset[int] = frozenset()


def settle(t: Terms, e: Equation) -> Equation:
    """The equation, if its sides fit and each name means one thing; what is known of the outputs is met."""
    left, right, facts = e.left, e.right, tuple(dict.fromkeys(e.given))
    if left.inputs != right.inputs:
        refuse("the sides take different inputs")
    ends = [e.known[0][o] for o in left.outputs], [e.known[1][o] for o in right.outputs]
    if [*map(t.size_of, ends[0])] != [*map(t.size_of, ends[1])]:
        refuse("the sides have outputs of different sizes")
    met = tuple(map(t.meet, *ends))
    if t.clash:
        names: dict[str, int] = {}
        for v in statement_variables(t, facts, left, right):
            if t.tag(v) != "size" and names.setdefault(t.name(v), v) != v:
                refuse(f"two different variables are named {t.name(v)}")
    return e._replace(given=facts, outputs=tuple(map(t.meet, met, e.outputs)) if e.outputs else met)


def statement_variables(t: Terms, facts: Iterable[Fact], *sides: Diagram) -> list[int]:
    return list(t.variables([*diagram_terms(t, *sides), *(f for fact in facts for f in fact[:2])]))


def anonymous(t: Terms, *sides: Diagram) -> None:
    """Refuse anonymous sizes that are not numbered 0, 1, ... in order of first occurrence."""
    if not t.unnamed:
        return
    roots = (u for u in diagram_terms(t, *sides) if t.open[u] == UNNAMED)
    names = [t.entry[v][2][0][0] for v in t.variables(roots) if t.tag(v) == "size"]
    numbers = [name for name in names if isinstance(name, int)]
    if numbers != list(range(len(numbers))):
        refuse("anonymous sizes are numbered 0, 1, ... in order of first occurrence")


class Work:
    """Wires while a side is built: box, what it reads, and what is known of each; some are forwarded to others."""

    def __init__(self, t: Terms, inputs: tuple[int, ...]) -> None:
        self.t, self.inputs = t, inputs
        self.boxes, self.reads, self.known = [t.input] * len(inputs), [NOTHING] * len(inputs), list(inputs)
        self.forward: dict[int, int] = {}

    def moved(self, reads: Iterable[int], place: Sequence[int]) -> list[int]:
        """What nodes read, every wire w replaced by place[w]."""
        bundle, bundles = self.t.bundle, self.t.bundles
        return [place[a] if a >= 0 else bundle(tuple([place[w] for w in bundles[~a]])) for a in reads]

    def graft(self, d: Diagram, known: Sequence[int], feeds: Sequence[int]) -> list[int]:
        """Append a diagram on the wires that feed it; its outputs."""
        n, start = len(d.inputs), len(self.boxes)
        place = [*feeds, *range(start, start + len(d.boxes) - n)]
        self.boxes += d.boxes[n:]
        self.reads += self.moved(d.reads[n:], place)
        self.known += known[n:]
        return [place[o] for o in d.outputs]

    def follow(self, wire: int) -> int:
        while wire in self.forward:
            wire = self.forward[wire]
        return wire

    def finish(self, outputs: Iterable[int]) -> tuple[Diagram, list[int]]:
        """The reached nodes in canonical order, and what is known of the wires."""
        n, place = len(self.inputs), list(range(len(self.boxes)))
        kept = [*range(n), *order(self.t, n, self.reads, outputs, self.forward)]
        for w, slot in enumerate(kept):
            place[slot] = w
        for slot in self.forward:
            place[slot] = place[self.follow(slot)]
        ends = self.moved(map(self.reads.__getitem__, kept[n:]), place)
        reads = array("q", [NOTHING] * n + ends)
        if not backwards(self.t, reads):
            refuse("the new side has a cycle")
        boxes = array("q", map(self.boxes.__getitem__, kept))
        d = Diagram(self.inputs, boxes, reads, tuple(place[o] for o in outputs))
        return d, list(map(self.known.__getitem__, kept))


def fits(t: Terms, gives: Sequence[int], takes: Sequence[int]) -> None:
    """Refuse unless every wire has the size that is taken, and lies in the interval."""
    if [*map(t.size_of, gives)] != [*map(t.size_of, takes)]:
        refuse("the outputs of the first equation and the inputs of the second have different sizes")
    for j, k in zip(gives, takes, strict=True):
        if not inside(t.span(j), t.span(k)):
            refuse(f"the second equation takes {show(t.span(k))}; the first gives {show(t.span(j))}")


def trans(t: Terms, e: Equation, f: Equation) -> Equation:
    if e.right[1:] != f.left[1:]:
        refuse("the right side of the first equation is not the left side of the second")
    fits(t, e.left.inputs, f.left.inputs)
    right = f.right._replace(inputs=e.left.inputs)
    known = e.known[0], typing(t, right, [*e.left.inputs, *f.known[1][len(e.left.inputs) :]])
    ends = tuple(map(t.meet, e.outputs, f.outputs))
    return settle(t, Equation(e.given + f.given, e.left, right, known, ends, e.rests | f.rests))


def pasted(t: Terms, e: Equation, f: Equation, in_a_row: bool) -> Equation:
    """seq, or par."""
    n, made = len(e.left.inputs), list[tuple[Diagram, list[int]]]()
    if in_a_row:
        fits(t, e.outputs, f.left.inputs)
    for a, ak, b, bk in zip((e.left, e.right), e.known, (f.left, f.right), f.known, strict=True):
        work = Work(t, a.inputs if in_a_row else a.inputs + b.inputs)
        ends = work.graft(a, ak, range(n))
        more = work.graft(b, bk, ends if in_a_row else range(n, n + len(b.inputs)))
        made.append(work.finish(more if in_a_row else ends + more))
    (left, one), (right, two) = made
    outputs, known = f.outputs if in_a_row else e.outputs + f.outputs, (typing(t, left, one), typing(t, right, two))
    return settle(t, Equation(e.given + f.given, left, right, known, outputs, e.rests | f.rests))


def is_variable(t: Terms, v: int) -> bool:
    e = t.entry[v]
    return e[0] in VARIABLES or (e[0] == "size" and e[1] == 0 and len(e[2]) == 1 and e[2][0][1] == 1)


class Values:
    """Values for variables, put in all at once."""

    def __init__(self, t: Terms, by: dict[int, int]) -> None:
        self.t, self.by, self.memo = t, by, dict[int, int]()

    def term(self, u: int) -> int:
        return u if u == NONE else self.t.substitute(u, self.by, self.memo)

    def fact(self, fact: Fact) -> Fact:
        return self.term(fact[0]), self.term(fact[1]), fact[2]

    def types(self, types: Iterable[int]) -> list[int]:
        types = list(types)
        new = {j: self.t.type(self.term(self.t.size_of(j)), self.t.span(j)) for j in dict.fromkeys(types)}
        return [new[j] for j in types]

    def diagram(self, d: Diagram) -> Diagram:
        new = {b: self.t.box(self.t.kind[b], *map(self.term, self.t.boxes[b][1:])) for b in dict.fromkeys(d.boxes)}
        return d._replace(inputs=tuple(self.types(d.inputs)), boxes=array("q", map(new.__getitem__, d.boxes)))

    def admit(self, v: int) -> None:
        """May its value stand for v?"""
        t, value = self.t, self.by[v]
        e, sort = t.entry[v], t.sort(v)
        if t.sort(value) != sort:
            refuse(f"{spell(t, v)} is a {sort}, {spell(t, value)} is a {t.sort(value)}")
        if sort == "function":
            try:
                good = inside(image(t, value, e[2]), e[3])
            except Refused:
                good = False
            if not good:
                refuse(f"{e[1]} maps {show(e[2])} into {show(e[3])}; of {spell(t, value)} this is not known")
        if sort == "scalar" and not inside(t.range(value), e[2]):
            refuse(f"{e[1]} lies in {show(e[2])}, {spell(t, value)} need not")
        wanted = tuple(map(self.term, t.sizes(v)))
        if t.sizes(value) != wanted:
            refuse(f"{spell(t, v)} has size {'×'.join(spell(t, s) for s in wanted)}, {spell(t, value)} has another")
        if e[0] == "member" and e[1] not in t.of[value][4]:
            refuse(f"{e[2]} is any {e[1]} weight; {spell(t, value)} is not known to be one")
        if e[0] == "integers" and not t.of[value][3]:
            refuse(f"{e[1]} is any integer vector; {spell(t, value)} is not known to be one")


def instantiate(t: Terms, e: Equation, by: dict[int, int]) -> Equation:
    values = Values(t, by)
    for v in by:
        values.admit(v)
    given = tuple(fact for fact in map(values.fact, e.given) if not decided(t, fact))
    left, right = values.diagram(e.left), values.diagram(e.right)
    known = typing(t, left, values.types(e.known[0])), typing(t, right, values.types(e.known[1]))
    return settle(t, Equation(given, left, right, known, tuple(values.types(e.outputs)), e.rests))


def build(t: Terms, inputs: Sequence[tuple[int, Interval]], *boxes: Sequence[Any]) -> Diagram:
    """A diagram from boxes (MAP, f), .. each on the wire before, or on a wire or wires that stand last, in a list."""
    made, reads = [t.input] * len(inputs), [NOTHING] * len(inputs)
    for kind, *terms in boxes:
        a = terms.pop() if terms and isinstance(terms[-1], list) else [len(made) - 1]
        made.append(t.box(kind, *terms))
        reads.append(t.bundle(tuple(a)) if kind == CONCAT else a[0])
    return Diagram(tuple(t.type(*i) for i in inputs), array("q", made), array("q", reads), (len(made) - 1,))


def unfold(t: Terms, f: int) -> Equation:
    if t.tag(f) != "defined":
        refuse(f"unfold takes a defined function, not {spell(t, f)}")
    x = [(t.variable("n"), t.entry[f][2])]
    left, right = build(t, x, (MAP, f)), build(t, x, *((MAP, g) for g in t.parts(t.body(f))))
    return settle(t, Equation((), left, right, (typing(t, left), typing(t, right))))


# --- matching and binding --------------------------------------------------------------------------------------------


def gather(t: Terms, tag: str, parts: list[int]) -> int:
    if tag == "sum":
        return t.sum(parts)
    return reduce(t.then, parts) if tag == "then" else reduce(lambda v, a: t.times(a, v), reversed(parts))


def bind(t: Terms, pairs: list[tuple[int, int]]) -> Values:
    """Values of the variables under which every pattern is its target.

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
                todo += zip(t.sizes(v), t.sizes(value), strict=False) if t.sort(value) == t.sort(v) else ()
            else:
                todo.append((v, value))
        todo, waiting = todo + waiting, []
    for p, _ in waiting:
        refuse(f"two variables of {spell(t, p)} are not determined by the match; instantiate the rule first")
    values = Values(t, by)
    for p, q in pairs:
        if values.term(p) != q:
            refuse(f"{spell(t, q)} stands where the rule has {spell(t, p)}")
    return values


def solve(t: Terms, p: int, q: int, free: list[int], by: dict[int, int]) -> list[tuple[int, int]] | None:
    """Smaller pairs that p = q comes down to; None while too little is bound."""
    e, d, values = t.entry[p], t.entry[q], Values(t, by)
    if is_variable(t, p):
        return [(p, q)]
    other = f"{spell(t, q)} is not of the form {spell(t, p)}"
    if e[0] == "size":
        if len(free) > 1:
            return None
        ((name, k),) = [(name, k) for name, k in e[2] if t.variable(name) == free[0]]
        others = values.term(t.size(e[1], {n: j for n, j in e[2] if n != name}))
        rest, more = t.sum_of((1, q), (-1, others))
        if rest < 0 or rest % k or any(j < 0 or j % k for j in more.values()):
            refuse(other)
        return [(free[0], t.size(rest // k, {n: j // k for n, j in more.items()}))]
    if e[0] in ("then", "times", "apply", "sum"):
        parts = t.spread(e[0], p)
        unbound = [i for i, part in enumerate(parts) if any(v not in by for v in t.variables([part]))]
        if len(unbound) > 1:
            return None
        i, found = unbound[0], t.spread(e[0], q)
        sides = parts[:i], parts[i + 1 :]
        before, after = ([u for part in side for u in t.spread(e[0], values.term(part))] for side in sides)
        middle = found[len(before) : len(found) - len(after)]
        if not middle or found != before + middle + after or t.sort(parts[i]) != t.sort(gather(t, e[0], middle)):
            refuse(other)
        return [(parts[i], gather(t, e[0], middle))]
    if e[0] != d[0] or changed(e, lambda _: 0) != changed(d, lambda _: 0):  # equal but for the terms inside
        refuse(other)
    return list(zip(children(e), children(d), strict=True))


# A node of a rule's right side, resolved: its box; if its weight or vector is taken from matched nodes, the kind, the terms g, W, b and
# the rule's wires that have W and b, or NONE (b of a pool too); what it reads as wires of the rule.
New = tuple[int, tuple[int, int, int, int, int, int] | None, int]
# What a match means: the new nodes, what is known of all but the last, which stands at the root, and what is known of the root.
Meaning = tuple[list[New], list[int], int]


class Rule:
    """An equation, read from left to right, made ready to be matched: a plan over columns, and a memo of what a match means."""

    def __init__(self, t: Terms, e: Equation, backward: bool) -> None:
        left, right = self.left, self.right = (e.right, e.left) if backward else (e.left, e.right)
        self.t, self.e, self.known, n = t, e, e.known[0 if backward else 1], len(left.inputs)
        read = {w for a in left.reads[n:] for w in (t.bundles[~a] if a < 0 else (a,))}
        if len(left.outputs) != 1:
            refuse("a rule has one output")
        self.root, self.bare = left.outputs[0], len(left.boxes) == n
        if any(i not in read for i in range(n)) and (not self.bare or n > 1):
            refuse("an input of the rule is not read by its left side; instantiating cannot bind it")
        self.variables = statement_variables(t, e.given, left, right)
        self.memo: dict[Entry, Meaning] = {}
        self.nothing, self.inputs = [NONE] * len(left.boxes), n
        # A weight or vector that stands on the left as a lone variable, once, and on the right only so, matters by its shape.
        once, shown = (
            [u for b in d.boxes if t.kind[b] in WEIGHTED for u in t.boxes[b][2:] if u >= 0] for d in (left, right)
        )
        layers = [t.boxes[b][1] for d in (left, right) for b in d.boxes if t.kind[b] == SIGNED]
        hidden = {v for u in (*once, *shown, *layers) if not is_variable(t, u) for v in t.variables([u])}
        loose = {u for u in once if is_variable(t, u) and once.count(u) == 1 and u not in hidden}
        self.place = {
            u: w for w, b in enumerate(left.boxes) if t.kind[b] in WEIGHTED for u in t.boxes[b][2:] if u in loose
        }
        self.plan = []  # from the root down: wire, kind, is a weight or vector of no matter?, the wire read, the wires if several
        for w in reversed(range(n, len(left.boxes))):
            kind, _, y, z = t.boxes[left.boxes[w]]
            blurred = kind in WEIGHTED and y in loose and (z == NONE or z in loose or t.tag(z) == "zero_vector")
            a = left.reads[w]
            self.plan.append((w, kind, blurred, a, t.bundles[~a] if a < 0 else (a,)))

    def meaning(self, work: Rewriting, met: list[int]) -> Meaning:
        """Bind, check every condition, and type the right side."""
        t, n, left = self.t, self.inputs, self.left
        work.kinds(self, met)
        types = [work.known[w] for w in met[:n]]
        pairs = [(t.size_of(j), t.size_of(k)) for j, k in zip(left.inputs, types, strict=True)]
        for box, slot in zip(left.boxes[n:], met[n:], strict=True):
            pairs += [p for p in zip(t.boxes[box][1:], t.boxes[work.boxes[slot]][1:], strict=True) if p[0] != NONE]
        values = bind(t, pairs)
        for v in self.variables:
            if v not in values.by:
                refuse(f"{spell(t, v)} is not determined by the match; instantiate the rule first")
            if t.tag(v) != "size":
                values.admit(v)
        for j, k in zip(types, left.inputs, strict=True):
            if not inside(t.span(j), t.span(k)):
                refuse(f"the rule takes {show(t.span(k))}; the wire is known to lie in {show(t.span(j))}")
        for fact in self.e.given:
            work.assume(values.fact(fact))
        right, known, new = values.diagram(self.right), values.types(self.known), list[New]()
        for w in range(n, len(right.boxes)):
            box, a = right.boxes[w], right.reads[w]
            j, _ = box_type(t, box, [types[u] for u in (t.bundles[~a] if a < 0 else (a,))])
            types.append(t.meet(j, known[w]))
            kind, x, y, z = t.boxes[box]
            p, q = (self.place.get(u, NONE) for u in t.boxes[self.right.boxes[w]][2:])
            q = NONE if q >= 0 and t.of[z][2] else q  # of one size there is one zero
            new.append((box, (kind, x, y, z, p, q) if p >= 0 or q >= 0 else None, a))
        (end,) = values.types(self.e.outputs)
        return new, types[n:-1], t.meet(t.meet(types[right.outputs[0]], work.known[met[self.root]]), end)


WORDS = "a map", "a mix", "a concat", "a slice", "a pool", "a signed layer", "an input"


class Rewriting(Work):
    """The right side of an equation under a journal. Wires: the inputs, the nodes, then the new nodes of each step."""

    def __init__(self, t: Terms, e: Equation, given: tuple[Fact, ...]) -> None:
        super().__init__(t, e.right.inputs)
        self.boxes, self.reads, self.known = list(e.right.boxes), list(e.right.reads), list(e.known[1])
        self.gamma, self.offered, self.rests = dict.fromkeys(e.given), given, set(e.rests)
        self.outputs: Sequence[int] = e.right.outputs

    def assume(self, fact: Fact) -> None:
        """Refuse unless the fact is decided, or stands (also swapped, or on more) among those assumed or those given."""
        if decided(self.t, fact):
            return
        f, g, J = fact
        found = next((h for h in (*self.gamma, *self.offered) if h[:2] in ((f, g), (g, f)) and inside(J, h[2])), None)
        if found is None:
            refuse(f"the rule needs {spell_fact(self.t, fact)}, which is neither decided nor given")
        self.gamma[found] = None

    def present(self, wire: int) -> int:
        if not 0 <= wire < len(self.boxes):
            refuse(f"there is no wire {wire}")
        if wire in self.forward:
            refuse(f"wire {wire} is forwarded to another")
        return wire

    def kinds(self, rule: Rule, met: Sequence[int]) -> None:
        """Are all wires that were met so far of the rule's kinds?"""
        for wire, kind, *_ in rule.plan:
            slot = met[wire]
            if slot >= 0 and self.t.kind[self.boxes[slot]] != kind:
                refuse(f"the rule wants {WORDS[kind]} where wire {slot} is {WORDS[self.t.kind[self.boxes[slot]]]}")

    def step(self, rule: Rule, root: int) -> None:
        """Match the rule from the root down. What the match means depends on the boxes and known types only: it is remembered."""
        boxes, reads, known, forward, blur = self.boxes, self.reads, self.known, self.forward, self.t.blur
        if root in forward or not 0 <= root < len(boxes):
            self.present(root)
        if rule.bare:
            return self.insert(rule, root)
        met, key = rule.nothing.copy(), [known[root]]  # the wires that the rule's wires meet
        met[rule.root] = root
        for wire, _, blurred, p, several in rule.plan:
            slot = met[wire]
            box, a = boxes[slot], reads[slot]
            key.append(blur[box] if blurred else box)
            if p < 0 or a < 0:
                self.meet_all(rule, met, slot, several)
                continue
            while a in forward:
                a = forward[a]
            if met[p] < 0:
                met[p] = a
            elif met[p] != a:
                self.meet_all(rule, met, slot, several)
        for w in met[: rule.inputs]:
            key.append(known[w])
        found = rule.memo.get(tuple(key))
        if found is None:
            found = rule.memo[tuple(key)] = rule.meaning(self, met)
            self.rests |= rule.e.rests
        new, types, end = found
        if not new:
            return self.redirect(root, met[rule.right.outputs[0]], end)
        self.put(new, met, rule.inputs)
        boxes[root], reads[root], known[root] = boxes.pop(), reads.pop(), end
        known += types
        return None

    def meet_all(self, rule: Rule, met: list[int], slot: int, wanted: Sequence[int]) -> None:
        self.kinds(rule, met)
        there = self.ends(slot)
        if len(there) != len(wanted):
            refuse(f"the rule wants a concat of {len(wanted)}, wire {slot} joins {len(there)}")
        for p, a in zip(wanted, there, strict=True):
            if met[p] < 0:
                met[p] = a
            elif met[p] != a:
                refuse(f"the rule wants one wire twice; here are two, {met[p]} and {a}")

    def put(self, new: list[New], met: Sequence[int], n: int) -> None:
        """Append the new nodes, on the wires that the rule's n inputs meet."""
        t, boxes, reads, shift = self.t, self.boxes, self.reads, len(self.boxes) - n
        for box, source, a in new:
            if source is not None:
                kind, x, y, z, p, q = source
                y = t.boxes[boxes[met[p]]][2] if p >= 0 else y
                z = t.boxes[boxes[met[q]]][3] if q >= 0 else z
                made = t.find_box.get((kind, x, y, z))
                box = t.box(kind, x, y, z) if made is None else made
            boxes.append(box)
            if a < 0:
                a = t.bundle(tuple([met[w] if w < n else shift + w for w in t.bundles[~a]]))
                reads.append(a)
            else:
                reads.append(met[a] if a < n else shift + a)

    def redirect(self, root: int, target: int, known: int) -> None:
        """Readers of the root read the target from now on."""
        known = self.t.meet(self.known[target], known)
        if target < len(self.inputs) and known != self.known[target]:
            refuse("the step would narrow an input")
        self.known[target] = known
        self.forward[root] = target

    def insert(self, rule: Rule, root: int) -> None:
        """The left side is a bare wire: its right side is put behind the wire, before all that read it."""
        if any(self.t.tag(v) != "size" for v in rule.variables):
            refuse("the left side is a bare wire and the rule has variables; instantiate the rule first")
        if len(rule.right.boxes) == 1:
            refuse("both sides of the rule are bare wires")
        new, types, end = rule.meaning(self, [root])
        self.rests |= rule.e.rests
        before, place = len(self.boxes), list(range(len(self.boxes)))
        self.put(new, [root], 1)
        self.known += [*types, end]
        place[root] = len(self.boxes) - 1
        old = slice(len(self.inputs), before)
        self.reads[old] = self.moved(self.reads[old], place)
        self.forward = {w: place[u] for w, u in self.forward.items()}
        self.outputs = [place[self.follow(o)] if self.follow(o) < before else o for o in self.outputs]

    def share(self, later: int, earlier: int) -> None:
        v, w = self.present(later), self.present(earlier)
        if v == w or v < len(self.inputs) or self.boxes[v] != self.boxes[w] or self.ends(v) != self.ends(w):
            refuse(f"wires {later} and {earlier} are not two equal nodes on equal wires")
        self.redirect(v, w, self.known[v])  # no cycle: what both read cannot depend on either

    def ends(self, v: int) -> list[int]:
        a = self.reads[v]
        return list(map(self.follow, self.t.bundles[~a] if a < 0 else (a,)))


def rewrite(
    t: Terms, e: Equation, rules: Sequence[tuple[Equation, bool] | None], given: tuple[Fact, ...], journal: list[Any]
) -> tuple[Equation, int]:
    """Replay a journal on the right side of e, a rule None is `share`; the number of steps too."""
    work, steps = Rewriting(t, e, given), 0
    ready = [None if r is None else Rule(t, *r) for r in rules]
    if not counts(journal):
        refuse("the journal is a list of natural numbers")
    numbers = iter(journal)
    try:
        for r in numbers:
            wire = next(numbers, NONE)  # none: refused as every wire that there is not
            if r >= len(ready):
                refuse(f"there is no rule {r}")
            rule = ready[r]
            if rule is None:
                work.share(wire, next(numbers, NONE))
            else:
                work.step(rule, wire)
            steps += 1
    except Refused as no:
        raise Refused(f"journal entry {steps}: {no}") from None
    right, known = work.finish(work.outputs)
    both = e.known[0], typing(t, right, known)
    return settle(t, Equation(tuple(work.gamma), e.left, right, both, e.outputs, frozenset(work.rests))), steps


# --- axioms ----------------------------------------------------------------------------------------------------------

ARGUMENTS = {
    "compose": "f g on", "map_equal": "f g on", "identity": "on", "chart": "g", "fuse_add": "", "unit_add": "", "map_concat": "f on*",
    "map_slice": "f on", "slice_concat": "part on*", "concat_slice": "on", "affine": "f", "power": "f", "hinge": "f", "partial_chart": "g",
    "pool_chart": "g", "pool_map": "f on", "permute": "f on", "rescale": "f", "reflect": "f",
    "signed_fuse": "", "signed_positive": "", "signed_map": "f", "magnitude": "f", "sign": "f", "polar": "",
}  # fmt: skip
# Functions with f(c·x) = c·f(x) for every c > 0, and with f(-x) = -f(x) for every x; some only at a parameter.
HOMOGENEOUS = ("identity", "negate", "scale", "absolute", "prelu")
ODD_ATOMS = ("identity", "negate", "scale", "tanh", "softsign", "sinh", "asinh", "atan", "erf", "tanhshrink", "softshrink", "hardshrink")  # fmt: skip
GRADES = ("ASSUMED", "CHECKED", "PROVED")


def commutes(axiom: str, name: str, c: Fraction | None) -> bool:
    """f(c·x) = c·f(x) for every c > 0 (rescale), f(-x) = -f(x) for every x (reflect)."""
    if axiom == "rescale":
        return name in HOMOGENEOUS or (name in ("maximum", "minimum") and c == 0)
    odd = name == "power" and c is not None and c > 0 and c.numerator % 2 == c.denominator % 2 == 1
    return odd or name in ODD_ATOMS


def signed(t: Terms, kind: str, m: int, n: int, number: str = "") -> tuple[int, int, int, int]:
    """The terms of a signed map of m×n: its variables, |x|, the sign, or the identity."""
    one, none, zero = t.make("eye", n), t.make("zero", n, n), t.make("zero_vector", m)
    if kind != "any":
        return one if kind != "sign" else none, one if kind != "magnitude" else none, zero, zero
    W, P = t.make("weight", "W" + number, m, n), t.make("member", "integer", "P" + number, m, n)
    return W, P, t.make("vector", "b" + number, m), t.make("integers", "c" + number, m)


def signed_map(t: Terms, f: int, n: int) -> tuple[int, int, int, int]:
    """The terms of the signed map that an atom is on nonzero wires."""
    name, a = leaf(t, f) if t.tag(f) == "atom" else ("", None)
    W, P, zero, c = signed(t, "identity", n, n)
    if name == "power" and a and a > 0 and a.denominator % 2:
        return t.rebuild(("scale", t.rational(a), n)), P if a.numerator % 2 else t.make("zero", n, n), zero, c
    if name not in ("identity", "absolute", "negate"):
        refuse(f"{spell(t, f)} is no identity, absolute, negate, or power with an exponent > 0 of odd denominator")
    return (
        W,
        P if name != "absolute" else t.make("zero", n, n),
        zero,
        t.make("ones_vector", n) if name == "negate" else c,
    )


def built_in(t: Terms, name: str, f: int, g: int, on: list[Interval], part: int) -> tuple[Diagram, Diagram]:
    """The two sides of the table. `on` are intervals, empty where the axiom has none."""
    n, m, k, p, q, r = map(t.variable, "nmkpqr")
    one, zero, x = t.atom("identity"), t.make("size", 0, ()), [(n, J) for J in on]
    none, more = t.make("zero_vector", n), t.size(1, {"n": 1})
    sizes = [t.variable(f"n{i}") for i in range(1, len(on) + 1)]
    several, wires = list(zip(sizes, on, strict=True)), list(range(len(on)))
    match name:
        case "compose":
            return build(t, x, (MAP, f), (MAP, g)), build(t, x, (MAP, t.then(f, g)))
        case "map_equal":
            return build(t, x, (MAP, f)), build(t, x, (MAP, g))
        case "identity":
            return build(t, x, (MAP, one)), build(t, x)
        case "chart":
            K, h = chart(t, g)
            W, b, x = t.make("weight", "W", m, n), t.make("vector", "b", m), [(n, K)]
            return build(t, x, (MIX, g, W, b)), build(t, x, (MAP, h), (MIX, one, W, b), (MAP, g))
        case "fuse_add":
            W1, b1 = t.make("weight", "W1", n, k), t.make("vector", "b1", n)
            W2, b2 = t.make("weight", "W2", m, n), t.make("vector", "b2", m)
            fused = MIX, one, t.times(W2, W1), t.sum([t.times(W2, b1), b2])
            return build(t, [(k, REALS)], (MIX, one, W1, b1), (MIX, one, W2, b2)), build(t, [(k, REALS)], fused)
        case "unit_add":
            return build(t, [(n, REALS)], (MIX, one, t.make("eye", n), none)), build(t, [(n, REALS)])
        case "affine":
            word = t.entry[f][1]
            if word not in ("scale", "negate", "shift"):
                refuse(f"{spell(t, f)} is no scale, shift or negate")
            s = t.rebuild(("scale", t.rational(Fraction(-1)) if word == "negate" else t.entry[f][2][0], n))
            A, v = (t.make("eye", n), t.times(s, t.make("ones_vector", n))) if word == "shift" else (s, none)
            return build(t, [(n, REALS)], (MAP, f)), build(t, [(n, REALS)], (MIX, one, A, v))
        case "power":
            if t.entry[f][1] != "power":
                refuse(f"{spell(t, f)} is no power")
            parts = t.atom("ln"), t.make("atom", "scale", t.entry[f][2]), t.atom("exp")
            return build(t, [(n, POSITIVE)], (MAP, f)), build(t, [(n, POSITIVE)], *((MAP, part) for part in parts))
        case "hinge":
            if t.entry[f][1] not in ("maximum", "minimum") or leaf(t, f)[1] != 1:
                refuse(f"{spell(t, f)} is no maximum or minimum with 1")
            h, e = t.make("atom", t.entry[f][1], (t.rational(Fraction(0)),)), t.atom("exp")
            return build(t, [(n, REALS)], (MAP, e), (MAP, f)), build(t, [(n, REALS)], (MAP, h), (MAP, e))
        case "partial_chart" | "pool_chart":
            K, h, partial = chart_or_partial(t, g)
            if partial != (name == "partial_chart") or g == one:
                refuse(f"{spell(t, g)} is not of the kind that {name} speaks of")
            V, S = (t.make("member", "mixing", v, m, more) for v in "VS")
            box = (MIX, V, t.make("zero_vector", m)) if partial else (POOL, S)
            inner = (MAP, h), (box[0], one, *box[1:]), (MAP, g)
            return build(t, [(more, K)], (box[0], g, *box[1:])), build(t, [(more, K)], *inner)
        case "pool_map":
            if slope(t, f, on[0]) != 1:
                refuse(f"{spell(t, f)} is not known to be nondecreasing on {show(on[0])}")
            pool = POOL, one, t.make("member", "mixing", "S", m, more)
            return build(t, [(more, on[0])], pool, (MAP, f)), build(t, [(more, on[0])], (MAP, f), pool)
        case "permute" | "rescale" | "reflect":
            kind, Q = {"permute": ("permutation", "P"), "rescale": ("scaling", "D"), "reflect": ("signs", "S")}[name]
            for part in t.parts(f) if name != "permute" else ():
                if t.tag(part) != "atom" or not commutes(name, *leaf(t, part)):
                    refuse(f"{spell(t, part)} is not known to {name} with its argument")
            mix, x = (MIX, one, t.make("member", kind, Q, n, n), none), [(n, on[0] if on else REALS)]
            return build(t, x, mix, (MAP, f)), build(t, x, (MAP, f), mix)
        case "signed_fuse":
            first, second = signed(t, "any", n, k, "1"), signed(t, "any", m, n, "2")
            joined = [t.times(A, B) for A, B in zip(second[:2], first[:2], strict=True)]
            joined += [t.sum([t.times(A, v), w]) for A, v, w in zip(second[:2], first[2:], second[2:], strict=True)]
            both = [(SIGNED, t.make("signed", *terms)) for terms in (first, second)]
            return build(t, [(k, NONZERO)], *both), build(t, [(k, NONZERO)], (SIGNED, t.make("signed", *joined)))
        case "signed_positive":
            W, P, b, _ = signed(t, "any", m, n)
            x, signless = [(n, POSITIVE)], t.make("signed", W, P, b, t.make("zero_vector", m))
            return build(t, x, (SIGNED, signless)), build(t, x, (MIX, t.atom("exp"), W, b))
        case "signed_map":
            x = [(n, NONZERO)]
            return build(t, x, (MAP, f)), build(t, x, (SIGNED, t.make("signed", *signed_map(t, f, n))))
        case "magnitude" | "sign":
            for part in t.parts(f):
                if t.tag(part) != "atom" or not commutes("reflect", *leaf(t, part)):
                    refuse(f"{spell(t, part)} is not known to be odd")
            if not inside(image(t, f, POSITIVE), POSITIVE):
                refuse(f"{spell(t, f)} is not known to be positive on {show(POSITIVE)}")
            layer, x = (SIGNED, t.make("signed", *signed(t, name, n, n))), [(n, NONZERO)]
            return build(t, x, (MAP, f), layer), build(t, x, layer, *([(MAP, f)] if name == "magnitude" else []))
        case "polar":
            x, units = [(n, NONZERO)], t.make("row", (t.make("eye", n),) * 2)
            halved = [t.make("signed", *signed(t, kind, n, n)) for kind in ("magnitude", "sign")]
            product = SIGNED, t.make("signed", units, units, none, none)
            return build(t, x, *((SIGNED, half, [0]) for half in halved), (CONCAT, [1, 2]), product), build(t, x)
        case "map_slice":
            x = [(t.add(p, q, r), on[0])]
            return build(t, x, (SLICE, p, q), (MAP, f)), build(t, x, (MAP, f), (SLICE, p, q))
        case "concat_slice":
            x = [(t.add(p, q), on[0])]
            return build(t, x, (SLICE, zero, p, [0]), (SLICE, p, q, [0]), (CONCAT, [1, 2])), build(t, x)
        case "map_concat":
            mapped = [*((MAP, f, [w]) for w in wires), (CONCAT, [w + len(on) for w in wires])]
            return build(t, several, (CONCAT, wires), (MAP, f)), build(t, several, *mapped)
        case _:  # slice_concat
            left = build(t, several, (CONCAT, wires), (SLICE, t.add(*sizes[:part]), sizes[part]))
            return left, build(t, several)._replace(outputs=(part,))


def read_axiom(file: File, value: object) -> tuple[Equation, str, str, str]:
    """The statement, and name with arguments, grade, by."""
    t, a = file.t, keys(value, "name arguments statement sha256 grade by", "an axiom")
    name, grade, by, statement = a["name"], a["grade"], a["by"], a["statement"]
    keys(statement, "hypotheses left right", "a statement")
    given, (left, one) = file.facts(statement["hypotheses"]), file.typed(statement["left"])
    right, two = file.typed(statement["right"])
    if type(name) is str and name in ARGUMENTS:
        wanted = ARGUMENTS[name].replace("*", "").split()
        arguments = keys(a["arguments"], " ".join(wanted), f"the arguments of {name}")
        f, g = (file.term(arguments[v], "function") if v in wanted else NONE for v in "fg")
        ons = [arguments["on"]] if "on" in wanted else []
        ons = listed(arguments["on"], f"the intervals of {name}") if "*" in ARGUMENTS[name] else ons
        on, part = list(map(interval, ons)), arguments.get("part", 0)
        if ("*" in ARGUMENTS[name] and not on) or not counts([part], max(1, len(on))):
            refuse(f"{name} needs at least one interval, and a part among them")
        facts = ((f, g, on[0]),) if name == "map_equal" and not decided(t, (f, g, on[0])) else ()
        if given != facts or (left, right) != built_in(t, name, f, g, on, part):
            refuse(f"{name} here is not the built-in axiom: its statement differs")
        if (grade, by) != ("PROVED", "kernel"):
            refuse(f"{name} is a built-in axiom: its grade is PROVED, by kernel")
        shown = [f"{v} = {spell(t, u)}" for v, u in (("f", f), ("g", g)) if v in wanted]
        shown += [f"part = {part}"] if "part" in wanted else []
        shown += ["on " + ", ".join(map(show, on[:3])) + (", .." if len(on) > 3 else "")] if on else []
        label = f"axiom {name}" + (f" ({', '.join(shown)})" if shown else "")
    elif type(name) is str and name.startswith("user:"):
        label = "user:" + name_of(name[5:])
        keys(a["arguments"], "", f"the arguments of {name}")
        if grade not in GRADES[:2]:
            refuse(f"{name} has grade {brief(grade)}; an axiom that is not built in is ASSUMED or CHECKED")
        if type(by) is not str or not by.isprintable() or len(by) > 200:
            refuse(f"{name} is by {brief(by)}, which is no printable text of at most 200 signs")
        anonymous(t, left, right)
        own = set(statement_variables(t, (), left))
        more = [v for v in statement_variables(t, given, right) if v not in own]
        if more:
            refuse(f"{spell(t, more[0])} stands in the right side or the hypotheses of {name}, not in its left side")
    else:
        refuse(f'{brief(name)} is no built-in axiom, and does not begin with "user:"')
    facts_out = [["equal", t.digest(f), t.digest(g), show(J)] for f, g, J in given]
    if sha256({"hypotheses": facts_out, "left": expanded(t, left), "right": expanded(t, right)}) != a["sha256"]:
        refuse(f"the sha256 of {name} is not that of its statement")
    return settle(t, Equation(given, left, right, (one, two))), label, grade, by


def expanded(t: Terms, d: Diagram) -> dict[str, Any]:
    """The diagram as it enters a statement's digest."""
    nodes: list[list[Any]] = []
    for box, a in zip(d.boxes[len(d.inputs) :], d.reads[len(d.inputs) :], strict=True):
        kind, *terms = t.boxes[box]
        nodes.append([list(BOXES)[kind], *(t.digest(u) for u in terms if u != NONE), a if a >= 0 else t.bundles[~a]])
    inputs = [[t.digest(t.size_of(j)), show(t.span(j))] for j in d.inputs]
    return {"inputs": inputs, "nodes": nodes, "outputs": d.outputs}


# --- the file --------------------------------------------------------------------------------------------------------

MAKERS = {
    "refl": "of", "axiom": "axiom", "sym": "of", "trans": "of", "seq": "of", "par": "of", "instantiate": "of with", "unfold": "of",
    "rewrite": "of rules given journal",
}  # fmt: skip


def read_equation(file: File, axioms: list[Equation], earlier: list[Equation], value: object) -> tuple[Equation, int]:
    """The equation, and the number of its steps."""
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

    match make:
        case "refl":
            d, types = file.typed(e["of"])
            anonymous(t, d)
            return settle(t, Equation((), d, d, (types, types))), 0
        case "axiom":
            i = e["axiom"]
            return axioms[i] if counts([i], len(axioms)) else refuse(f"there is no axiom {brief(i)}"), 1
        case "unfold":
            return unfold(t, file.term(e["of"], "function")), 1
        case "trans" | "seq" | "par":
            one, two = map(cited, listed(e["of"], f"what {make} takes", 2))
            return trans(t, one, two) if make == "trans" else pasted(t, one, two, make == "seq"), 0
        case "sym":
            of = cited(e["of"])
            return Equation(of.given, of.right, of.left, of.known[::-1], of.outputs, of.rests), 0
        case "instantiate":
            of, by = cited(e["of"]), dict[int, int]()
            for pair in listed(e["with"], "with"):
                variable, term = listed(pair, "a pair [variable, term]", 2)
                v = file.term(variable, "size", *VARIABLES)
                if not is_variable(t, v) or v in by:
                    refuse(f"{spell(t, v)} is no variable, or is replaced twice")
                by[v] = file.term(term, t.sort(v))
            return instantiate(t, of, by), 0
        case _:
            rules: list[tuple[Equation, bool] | None] = []
            for r in listed(e["rules"], "rules"):
                if r != "share" and (type(r) is not list or len(r) != 2 or type(r[1]) is not bool):
                    refuse(f'{brief(r)} is not a rule [equation, reversed] or "share"')
                rules.append(None if r == "share" else (cited(r[0]), r[1]))
            return rewrite(t, cited(e["of"]), rules, file.facts(e["given"]), listed(e["journal"], "journal"))


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
    file = File(proof.pop("terms"), proof.pop("boxes"), proof.pop("diagrams"))
    t, axioms, equations, steps = file.t, list[tuple[Equation, str, str, str]](), list[Equation](), 0
    for i, value in enumerate(listed(proof["axioms"], "axioms")):
        try:
            e, label, grade, by = read_axiom(file, value)
        except Refused as no:
            raise Refused(f"axiom {i}: {no}") from None
        axioms.append((e._replace(rests=frozenset([i])), label, grade, by))
    names = [label for _, label, _, _ in axioms if label.startswith("user:")]
    if len(set(names)) < len(names):
        refuse("two user axioms have one name")
    statements = [a[0] for a in axioms]
    for i, value in enumerate(listed(proof["equations"], "equations")):
        try:
            e, count = read_equation(file, statements, equations, value)
        except Refused as no:
            raise Refused(f"equation {i}: {no}") from None
        equations.append(e)
        steps += count
    if not equations:
        refuse("the file has no equations")
    last, c = equations[-1], keys(proof["claim"], "hypotheses left right outputs", "the claim")
    try:
        sides = file.side(c["left"]), file.side(c["right"])
        said = file.facts(c["hypotheses"]), *sides, list(map(interval, listed(c["outputs"], "outputs")))
    except Refused as no:
        raise Refused(f"claim: {no}") from None
    proved = last.given, last.left, last.right, list(map(t.span, last.outputs))
    for what, a, b in zip(("hypotheses", "left side", "right side", "outputs"), proved, said, strict=True):
        if a != b:
            refuse(f"claim: its {what} differ from those of the last equation, which the replay gives")
    for what, unused in (("term", file.used[0].find(0)), ("box", file.used[1].find(0))):
        if unused >= 0:
            refuse(f"{what} {unused} is not used")
    if len(file.used[2]) < len(file.diagrams):
        refuse("a diagram is not used")
    used = [axioms[i][1:] for i in sorted(last.rests)]
    by_hand = "recorded as {} by {}, not checked again here"
    return Verdict(
        claim=spell_claim(t, last),
        hypotheses=tuple(spell_fact(t, fact) for fact in last.given),
        grade=min((grade for _, grade, _ in used), key=GRADES.index, default="PROVED"),
        rests_on=tuple(
            f"{label}: {'PROVED by kernel' if grade == 'PROVED' else by_hand.format(grade, by)}"
            for label, grade, by in used
        ),
        steps=steps,
    )


# --- the claim in words ----------------------------------------------------------------------------------------------


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

    def between(sign: str, items: Iterable[int]) -> list[str | int]:
        return [piece for i in items for piece in (sign, i)][1:]

    mark = [f"#{t.digest(term)[:16]}"] if term in t.marked else []
    match t.entry[term]:
        case "size", c, names:
            texts = [f"{'' if k == 1 else f'{k}·'}{name if isinstance(name, str) else f'?{name}'}" for name, k in names]
            return [" + ".join([*texts, *([str(c)] if c or not texts else [])])]
        case "then", _, _:
            return ["(", *between(" ; ", t.parts(term)), ")"]
        case "inverse", f, J:
            return ["inverse(", f, f", {show(J)})"]
        case "atom", name, scalars:
            return [name, "(", *between(", ", scalars), ")"] if scalars else [name]
        case "defined", label, _, parameters, _, arguments:
            own = t.entry[parameters[0]][1] if len(parameters) == 1 else label
            if own != label and own in label and parameters != arguments:  # σ' at tanh is tanh'
                return [p for text in label.split(own) for p in (arguments[0], text) if p != ""][1:] + mark
            return [label, *(["[", *between(", ", arguments), "]"] if parameters != arguments else []), *mark]
        case "constant" | "constant_vector", dtype, *sizes, digest:
            return ["constant(", *between("×", sizes), f", {dtype}, {digest[:16]})"]
        case "eye", n:
            return ["I(", n, ")"]
        case "zero" | "zero_vector", *sizes:
            return ["0(", *between("×", sizes), ")"]
        case "rational", number:
            return [number]
        case (("times" | "apply" | "scale"), _, _):
            return factors(t, term)
        case (("ones" | "ones_vector"), *sizes):
            return ["𝟙(", *between("×", sizes), ")"] if "𝟙" in t.named else ["𝟙"]
        case "diagonal", v:
            return ["diag(", v, ")"]
        case "signed", W, P, b, c:
            flip = [] if t.of[c][2] else [", flip ", c]
            return ["smul(", W, ", ", P, *([] if t.of[b][2] else [", ", b]), *flip, ")"]
        case "convolution", K, *_:
            return ["conv(", K, ")", *mark]
        case "inverted", Q:
            return ["(", Q, ")⁻¹"] if f"{t.name(Q)}⁻¹" in t.named else [Q, "⁻¹"]
        case "row", blocks:
            return ["[", *between(", ", blocks), "]"]
        case "sum", vectors:
            return between(" + ", vectors)
        case _:
            return [t.name(term)]


def factors(t: Terms, term: int) -> list[str | int]:
    """A product, or the numbers of a multiple of a unit."""
    found, parts = list[str | int](), t.spread("times", term)
    for part in parts:
        number = t.entry[part][1] if t.tag(part) == "scale" else part
        found += ["·", "(", part, ")"] if t.tag(part) == "sum" else ["·", number]
    if t.tag(parts[-1]) == "scale":
        found += ["·", "I"] if "I" not in t.named else ["·", "I(", t.of[term][1], ")"]
    minus = t.tag(parts[0]) == "scale" and t.value(t.entry[parts[0]][1]) == -1
    return ["-", *found[3:]] if minus else found[1:]


def spell(t: Terms, term: int, limit: int = 200) -> str:
    if t.tag(term) in VARIABLES:
        return t.name(term)
    out, stack, length = list[str](), list[str | int]([term]), 0
    while stack and length < limit:
        piece = stack.pop()
        if isinstance(piece, str):
            out.append(piece)
            length += len(piece)
        else:
            stack += reversed(pieces(t, piece))
    return "".join(out) + (" ..." if stack else "")


def spell_fact(t: Terms, fact: Fact) -> str:
    return f"{spell(t, fact[0], 2000)} = {spell(t, fact[1], 2000)} on {show(fact[2])}"


def spell_box(t: Terms, box: int) -> str:
    kind, x, y, z = t.boxes[box]
    if kind in (MAP, CONCAT, SIGNED):
        return "concat" if kind == CONCAT else spell(t, x, 2000)
    if kind == SLICE:
        return f"slice({spell(t, x)}, {spell(t, y)})"
    chart = t.entry[x][1] if t.tag(x) == "atom" else ""
    if kind == POOL:
        word = {"identity": "maxpool(", "negate": "minpool("}.get(chart) or f"pool[{spell(t, x)}]("
        return f"{word}{spell(t, y, 2000)})"
    head = {"exp": "mul(", "identity": "add("}.get(chart) or f"mix({spell(t, x)}, "
    return head + spell(t, y, 2000) + (")" if t.tag(z) == "zero_vector" else f", {spell(t, z, 2000)})")


def spell_side(t: Terms, d: Diagram) -> tuple[str, bool]:
    """A chain in one line, anything else in numbered lines; is it a chain?"""
    n, last = len(d.inputs), len(d.boxes) - 1
    in_line, out, length = n == 1 and list(d.reads) == list(range(-1, last)) and d.outputs == (last,), list[str](), 0
    for i in range(n, len(d.boxes)):
        a, box = d.reads[i], spell_box(t, d.boxes[i])
        out.append(box if in_line else f"  {i} = {box} of {', '.join(map(str, (a,) if a >= 0 else t.bundles[~a]))}")
        length += len(out[-1])
        if length > 20_000 and i < last:
            out.append(f"... ({last - i} more)")
            break
    if in_line:
        return " ; ".join(out) or "x", True
    return "\n".join([*out, f"  gives {', '.join(map(str, d.outputs[:100]))}"]), False


def spell_claim(t: Terms, e: Equation) -> str:
    """The equation; then what its wires carry, and what its variables and definitions are."""
    facts = [f for fact in e.given for f in fact[:2]]
    boxes = dict.fromkeys(map(t.blur.__getitem__, chain(e.left.boxes, e.right.boxes)))
    used = dict.fromkeys(t.boxes[b][1] for b in boxes if t.kind[b] in (MAP, MIX))
    functions, stack = dict[int, None](), [*used, *facts][::-1]
    while stack:
        u = stack.pop()
        if u not in functions:
            functions[u] = None
            stack += reversed([*children(t.entry[u]), *([t.body(u)] if t.tag(u) == "defined" else [])])
    definitions, shown = [u for u in functions if t.tag(u) == "defined"], dict[str, int]()
    kernels = [u for u, e in enumerate(t.entry) if e[0] == "convolution"]
    for u in (*functions, *kernels):  # two of one name, and words of the catalogue, are told apart by digests
        if t.tag(u) in ("function", "defined", "convolution") and (
            shown.setdefault(spell(t, u), u) != u or spell(t, u) in ATOMS
        ):
            t.marked.add(u)
    everything = t.variables(chain(diagram_terms(t, e.left, e.right), facts))
    variables = islice((v for v in everything if t.tag(v) != "size"), 200)
    (left, one), (right, two) = spell_side(t, e.left), spell_side(t, e.right)
    lines = [f"{left} = {right}"] if one and two else ["left", left, "right", right]
    lines.append("on " + ", ".join(f"{spell(t, t.size_of(j))} in {show(t.span(j))}" for j in e.left.inputs[:100]))
    lines[-1] += "; gives values in " + ", ".join(show(t.span(j)) for j in e.outputs[:100])
    for v in variables:
        kind = {"member": f" {t.entry[v][1]}", "integers": " integer"}.get(t.tag(v), "")
        sizes = "×".join(spell(t, s) for s in t.sizes(v))
        lines.append(f"  {t.name(v)} : " + (sizes + kind if sizes else " → ".join(map(show, t.entry[v][2:]))))
    for u in definitions[:100]:
        lines.append(f"  {spell(t, u)} is {spell(t, t.body(u), 2000)} on {show(t.entry[u][2])}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    paths = [a for a in arguments if a != "--json"]
    if len(paths) != 1:
        print("usage: check.py [--json] proof.json, or - for the standard input", file=sys.stderr)
        return 2
    try:
        with open(0 if paths[0] == "-" else paths[0], "rb") as file:
            verdict = check(file.read())
    except (Refused, OSError) as no:
        say(f"refused: {no}", sys.stderr)
        return 1
    plain = str(verdict)
    fields = json.dumps({**asdict(verdict), "text": plain}, ensure_ascii=False)
    say(fields if "--json" in arguments else plain, sys.stdout)
    return 0


def say(text: str, stream: TextIO) -> None:
    """Print, also where the terminal lacks a letter."""
    coding = stream.encoding or "utf-8"
    print(text.encode(coding, "backslashreplace").decode(coding), file=stream)


if __name__ == "__main__":
    sys.exit(main())
