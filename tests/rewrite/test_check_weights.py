"""The second reader on weights: normal form, what is known of their entries, and the words for them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from sigmaprime.rewrite import check as reader
from tests.rewrite.test_check import Draft, N, P, R, net
from tests.rewrite.test_check_kinds import layer, member, said

Json = Any
Values = Mapping[str, Any]

erf = np.vectorize(math.erf, otypes=[float])

# --- terms ---------------------------------------------------------------------------------------------------------------


def message(*more: Json) -> str:
    """Why the last of these terms is refused; the terms before it are the same in all calls."""
    d = Draft()
    n, m, two, half, one, nought, c = (
        d.size(0, "n"), d.size(0, "m"), d.q("2"), d.q("1/2"), d.q("1"), d.q("0"), d.term("scalar", "c", R),
    )  # fmt: skip
    d.term("weight", "A", m, n)
    member(d, "permutation", "P", n, n), member(d, "signs", "S", n, n), member(d, "scaling", "D", n, n)
    d.term("inverted", 8), d.term("scale", two, n), d.term("scale", c, n), d.term("scale", two, m)
    d.term("vector", "v", n), d.term("ones_vector", n), d.term("zero_vector", n), d.term("eye", n)
    d.term("times", 12, 13), d.term("times", 10, 11), d.term("size", 6, []), d.term("size", 9, [])
    d.term("ones", 21, 22), d.term("scale", half, n), d.term("apply", 12, 15), d.size(1, "n")
    assert len(d.terms) == 27, len(d.terms)
    assert (two, half, one, nought) == (2, 3, 4, 5)
    d.terms.append(list(more))
    side = net([[m, R]])
    d.make("refl", of=side)
    text = d.claims(side, side, R).refused()
    return text if text.startswith("term 27: ") else ""


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (("scale", 5, 0), "it is not in normal form"),  # 0·I is zero
        (("scale", 4, 0), "it is not in normal form"),  # 1·I is a unit
        (("scale", 3, 1), ""),
        (("diagonal", 15), ""),
        (("diagonal", 16), "it is not in normal form"),
        (("diagonal", 17), "it is not in normal form"),
        (("inverted", 8), "it repeats term 11"),
        (("inverted", 10), ""),
        (("inverted", 9), "it is not in normal form"),
        (("inverted", 11), "it is not in normal form"),
        (("inverted", 18), "it is not in normal form"),
        (("inverted", 12), "it is not in normal form"),
        (("inverted", 13), "c·I has no inverse that can be written"),
        (("inverted", 7), "A has no inverse that can be written"),
        (("times", 7, 12), "it is not in normal form"),  # A·2 is 2·A
        (("times", 14, 7), ""),
        (("times", 13, 12), "it is not in normal form"),  # c·2 is 2·c
        (("times", 13, 19), "it is not in normal form"),  # c·(2·c) is 2·c·c
        (("times", 24, 12), "it is not in normal form"),  # 1/2·2 is a unit
        (("times", 24, 19), "it is not in normal form"),  # 1/2·(2·c) is c
        (("times", 8, 11), "it is not in normal form"),
        (("times", 11, 8), "it is not in normal form"),
        (("times", 9, 9), "it is not in normal form"),
        (("times", 10, 10), ""),
        (("times", 8, 8), ""),
        (("apply", 8, 25), "it is not in normal form"),  # P·(2·v) is 2·P·v
        (("apply", 13, 25), "it is not in normal form"),
        (("apply", 12, 25), "it is not in normal form"),
        (("sum", [25, 25]), "it is not in normal form"),  # 2·v + 2·v is 2·(v + v)
        (("ones", 0, 1), ""),
        (("member", "scaling", "E", 0, 0), ""),
        (("member", "scaling", "E", 0, 1), "E is a scaling, so it is square, not n×m"),
        (("member", "permutation", "E", 0, 26), "E is a permutation, so it is square, not n×n + 1"),
        (("member", "mixing", "E", 0, 26), ""),
        (("member", "mixing", "E", 0, 1), "E is mixing, of m columns; write a size that is never 0, as n + 1"),
        (("member", "unitary", "E", 0, 0), '"unitary" is no kind: permutation, scaling, signs, mixing'),
        (("member", "signs", "E F", 0, 0), '"E F" is no name'),
        (("convolution", 23, [5, 5], [3, 3], [1, 1], [1, 1], [1, 1], [1, 1], 1), ""),
        (("convolution", 23, [5], [3], [2], [1], [1], [1], 2), ""),
        (("convolution", 23, [5], [3], [1], [1], [1], [1], 4), "a kernel of 6×9 does not fit 4 groups and 3 taps"),
        (("convolution", 23, [5], [2], [1], [1], [1], [1], 1), "a kernel of 6×9 does not fit 1 groups and 2 taps"),
        (("convolution", 23, [5], [0], [1], [1], [1], [1], 1), "a kernel of 6×9 does not fit 1 groups and 0 taps"),
        (("convolution", 7, [5], [3], [1], [1], [1], [1], 1), "a kernel of m×n does not fit 1 groups and 3 taps"),
        (("convolution", 23, [2], [3], [1], [0], [0], [1], 1), "a convolution has no output along an axis"),
        (("convolution", 23, [5], [3], [0], [0], [0], [1], 1), "a convolution has no output along an axis, or a size"),
        (("convolution", 23, [5], [3], [1], [0], [0], [0], 1), "a convolution has no output along an axis, or a size"),
        (("convolution", 23, [0], [3], [1], [2], [2], [1], 1), "a convolution has no output along an axis, or a size"),
        (("convolution", 23, [5], [3], [1], [0], [0], [1], 0), "a convolution has one to three axes"),
        (("convolution", 23, [5, 5], [9], [1], [0], [0], [1], 1), "a convolution has one to three axes"),
        (("convolution", 23, [], [], [], [], [], [], 1), "a convolution has one to three axes"),
        (("convolution", 23, [5], [3], [1], [-1], [0], [1], 1), "-1 is no natural number"),
        (("convolution", 23, [5], [3], [1], [True], [0], [1], 1), "true is no natural number"),
        (("convolution", 23, [2**52] * 3, [1] * 3, [1] * 3, [0] * 3, [0] * 3, [1] * 3, 1), "a size of 2^53 or more"),
    ],
)
def test_new_terms_stand_in_normal_form_and_fit(entry: Json, reason: str) -> None:
    found = message(*entry)
    assert found.startswith(f"term 27: {reason}") if reason else not found


Term = tuple[int, Any]  # a term of the reader, and its value


def random_terms(t: reader.Terms, rng: random.Random) -> tuple[Callable[[], Term], list[Term]]:
    """Makes random square factors of size n; some vectors."""
    n, size, points = t.variable("n"), 3, np.random.default_rng(rng.randrange(10**6))
    c = t.make("scalar", "c", reader.REALS), 1.75
    d = t.make("scalar", "d", reader.REALS), -0.5
    P = t.make("member", "permutation", "P", n, n), np.eye(size)[[1, 2, 0]]
    D = t.make("member", "scaling", "D", n, n), np.diag([2.0, 0.5, 3.0])
    S = t.make("member", "signs", "S", n, n), np.diag([1.0, -1.0, -1.0])
    W = t.make("weight", "W", n, n), points.normal(size=(size, size))
    v, w = ((t.make("vector", name, n), points.normal(size=size)) for name in "vw")
    ones = t.make("ones_vector", n), np.ones(size)

    def factor() -> Term:
        q = rng.choice(
            [Fraction(2), Fraction(1, 2), Fraction(-1), Fraction(1), Fraction(-2)]
            + [Fraction(0)] * (rng.random() < 0.1)
        )
        made = [
            P, D, S, W, (t.inverted(P[0]), np.linalg.inv(P[1])), (t.inverted(D[0]), np.linalg.inv(D[1])),
            (t.rebuild(("scale", t.rational(q), n)), float(q) * np.eye(size)), (t.make("eye", n), np.eye(size)),
            *((t.make("scale", s, n), x * np.eye(size)) for s, x in (c, d)),
        ]  # fmt: skip
        return rng.choice(made)

    return factor, [v, w, ones]


def value_of(t: reader.Terms, term: int, values: dict[int, Any]) -> Any:
    """The value of a term from those of its factors."""
    e = t.entry[term]
    if term in values:
        return values[term]
    if e[0] in ("times", "apply"):
        return value_of(t, e[1], values) @ value_of(t, e[2], values)
    if e[0] == "sum":
        return sum(value_of(t, v, values) for v in e[1])
    if e[0] == "scale":
        c = t.value(e[1])
        return float(c if c is not None else {"c": 1.75, "d": -0.5}[t.entry[e[1]][1]]) * np.eye(3)
    if e[0] == "zero_vector":
        return np.zeros(3)
    return {"eye": np.eye(3), "zero": np.zeros((3, 3))}[e[0]]


@pytest.mark.parametrize("seed", range(40))
def test_normal_forms_keep_the_value_and_do_not_depend_on_brackets(seed: int) -> None:
    rng, t = random.Random(seed), reader.Terms()
    factor, vectors = random_terms(t, rng)
    for _ in range(40):
        factors = [factor() for _ in range(rng.randrange(1, 8))]
        values = dict(factors) | dict(vectors)
        terms, expected = [f for f, _ in factors], factors[0][1]
        for _, x in factors[1:]:
            expected = expected @ x

        def bracket(parts: list[int]) -> int:
            if len(parts) == 1:
                return parts[0]
            k = rng.randrange(1, len(parts))
            return t.times(bracket(parts[:k]), bracket(parts[k:]))

        one, two = bracket(terms), bracket(terms)
        assert one == two
        np.testing.assert_allclose(value_of(t, one, values), expected, atol=1e-9)
        assert t.rebuild(t.entry[one]) == one
        v, x = rng.choice(vectors)
        w, y = rng.choice(vectors)
        applied = t.times(one, v)
        np.testing.assert_allclose(value_of(t, applied, values), expected @ x, atol=1e-9)
        both = t.sum([applied, t.times(two, w)])
        np.testing.assert_allclose(value_of(t, both, values), expected @ (x + y), atol=1e-9)
        assert t.rebuild(t.entry[both]) == both


# --- what is known of a weight -------------------------------------------------------------------------------------------


def convolved(k: Any, sizes: Any, kernel: Any, stride: Any, before: Any, after: Any, dilation: Any, groups: int) -> Any:
    """The matrix of a convolution, entry by entry from its definition."""
    out = [
        (s + b + a - d * (t - 1) - 1) // j + 1
        for s, t, j, b, a, d in zip(sizes, kernel, stride, before, after, dilation, strict=True)
    ]
    o, width = k.shape[0], k.shape[1] // math.prod(kernel)
    matrix = np.zeros((o, *out, width * groups, *sizes))
    for a, i, c, taps in product(range(o), product(*map(range, out)), range(width), product(*map(range, kernel))):
        at = [p * j + t * d - b for p, j, t, d, b in zip(i, stride, taps, dilation, before, strict=True)]
        if all(0 <= p < s for p, s in zip(at, sizes, strict=True)):
            column = c * math.prod(kernel) + int(np.ravel_multi_index(taps, kernel))
            matrix[(a, *i, a // (o // groups) * width + c, *at)] = k[a, column]
    return matrix.reshape(o * math.prod(out), width * groups * math.prod(sizes))


def test_what_is_known_of_a_convolution_is_true_of_its_matrix() -> None:
    rng, t, seen = random.Random(5), reader.Terms(), set()
    for _ in range(1500):
        axes, groups, width = rng.choice([1, 1, 2]), rng.choice([1, 2]), rng.choice([0, 1, 2])
        sizes, kernel, stride, dilation = (tuple(rng.randrange(1, 5) for _ in range(axes)) for _ in range(4))
        before, after = (tuple(rng.choice([0, 0, 1, 2, 4]) for _ in range(axes)) for _ in range(2))
        k = np.ones((groups * rng.choice([0, 1, 2]), width * math.prod(kernel)))
        sizes_of_k = [t.size(s, {}) for s in k.shape]
        fields = sizes, kernel, stride, before, after, dilation, groups
        try:
            made = t.make("convolution", t.make("ones", *sizes_of_k), *fields)
        except reader.Refused:
            continue
        matrix = convolved(k, *fields)
        _, m, n, total, traits = t.of[made]
        assert (t.entry[m][1], t.entry[n][1]) == matrix.shape
        if total is not None:
            assert (matrix.sum(axis=1) == total).all()
        full = bool((matrix.sum(axis=1) > 0).all())
        assert full or "mixing" not in traits
        if width and len(matrix) and all(b == 0 or d <= s for b, d, s in zip(before, dilation, sizes, strict=True)):
            assert full == ("mixing" in traits)  # nothing is missed where no step leaps over the input
        seen.add((full, "mixing" in traits, total is not None))
    assert {(True, True, True), (True, True, False), (False, False, False)} <= seen


def interval_of(make: Callable[[Draft], tuple[int, int, int]], on: str) -> str:
    """The interval that a layer of this weight (m, n, W) gives on a wire in `on`."""
    d = Draft()
    m, n, w = make(d)
    side = net([[n, on]], layer(d, w, m))
    d.make("refl", of=side)
    last = ""
    for out in ("[0, 0]", P, N, R, "(1, 2)", "(2, 4)", "(1/3, 2/3)", "(6, 12)"):
        if "outputs" not in (last := said(d.claims(side, side, out))):
            return last or out
    return last


def made(*entry: Json, m: Json = "m", n: Json = "n") -> Callable[[Draft], tuple[int, int, int]]:
    def make(d: Draft) -> tuple[int, int, int]:
        rows, columns = (
            d.size(s) if isinstance(s, int) else d.size(*s) if isinstance(s, tuple) else d.size(0, s) for s in (m, n)
        )
        places = {"m": rows, "n": columns}
        fields = [
            places.get(f, f) if isinstance(f, str) else f(d, rows, columns) if callable(f) else f for f in entry[1:]
        ]
        return rows, columns, d.term(entry[0], *fields)

    return make


def number(c: str) -> Callable[..., int]:
    return lambda d, *_: d.q(c)


def blocks(*parts: Json) -> Callable[..., Json]:
    return lambda d, m, n: [d.term(p, m, n) for p in parts]


@pytest.mark.parametrize(
    ("make", "on", "out"),
    [
        (made("ones", "m", "n", n=3), "(2/3, 4/3)", "(2, 4)"),
        (made("ones", "m", "n", n=0), P, "[0, 0]"),
        (made("ones", "m", "n", n=(1, "n")), P, P),
        (made("ones", "m", "n", n=(1, "n")), N, N),
        (made("ones", "m", "n"), P, N),  # no columns may be: then it is 0
        (made("scale", number("2"), "n", m="n"), "(1, 2)", "(2, 4)"),
        (made("scale", number("1/3"), "n", m="n"), "(1, 2)", "(1/3, 2/3)"),
        (made("scale", number("-1"), "n", m="n"), P, R),
        (made("scale", lambda d, *_: d.term("scalar", "c", P), "n", m="n"), P, P),
        (made("scale", lambda d, *_: d.term("scalar", "c", N), "n", m="n"), P, R),  # c may be 0
        (made("member", "permutation", "P", "n", "n", m="n"), "(1, 2)", "(1, 2)"),
        (made("member", "scaling", "D", "n", "n", m="n"), P, P),
        (made("member", "scaling", "D", "n", "n", m="n"), R, R),
        (made("member", "signs", "S", "n", "n", m="n"), P, R),
        (made("member", "mixing", "V", "m", "n", n=(1, "n")), P, P),
        (made("diagonal", lambda d, m, n: d.term("vector", "v", n), m="n"), P, R),
        (made("inverted", lambda d, m, n: member(d, "permutation", "P", n, n), m="n"), "(1, 2)", "(1, 2)"),
        (made("times", lambda d, m, n: member(d, "signs", "S", n, n), lambda d, m, n: d.term("eye", n), m="n"), P, "form"),
        (made("times", lambda d, m, n: d.term("scale", d.q("2"), m), lambda d, m, n: d.term("ones", m, n), n=3), "(1, 2)", "(6, 12)"),
        (made("weight", "W", "m", "n"), P, R),
    ],
)  # fmt: skip
def test_a_layer_knows_where_its_values_lie(make: Any, on: str, out: str) -> None:
    found = interval_of(make, on)
    assert found == out or (out == "form" and "normal form" in found)


def test_a_row_is_full_if_one_block_is() -> None:
    for parts, out in [(("zero", "ones"), P), (("zero", "zero"), "[0, 0]"), (("ones", "weight"), R)]:
        d = Draft()
        m, n = d.size(0, "m"), d.size(1, "n")
        w = d.term("row", [d.term(p, m, n) if p != "weight" else d.weight("W", m, n) for p in parts])
        side = net([[d.size(2, "n", "n"), P]], layer(d, w, m))
        d.make("refl", of=side)
        assert d.claims(side, side, out).check().claim


def refl(box: Callable[[Draft, int, int], Json], on: str, out: str) -> str:
    d = Draft()
    m, n = d.size(0, "m"), d.size(1, "n")
    side = net([[n, on]], box(d, m, n))
    d.make("refl", of=side)
    return said(d.claims(side, side, out))


def test_pools_and_partial_charts_take_full_weights_on_their_intervals() -> None:
    def pool(g: str, w: str = "ones") -> Callable[[Draft, int, int], Json]:
        return lambda d, m, n: ("pool", d.atom(g), d.term(w, m, n) if w != "weight" else d.weight("W", m, n))

    def mix(g: str, b: bool = False, w: str = "ones") -> Callable[[Draft, int, int], Json]:
        return lambda d, m, n: (
            "mix", d.atom(g), d.term(w, m, n) if w != "weight" else d.weight("W", m, n), d.term("vector", "b", m) if b else d.zeros(m),
        )  # fmt: skip

    needs = "needs b = 0 and a weight that is known to have entries ≥ 0 and no row zero"
    assert refl(pool("negate"), "[2, 3)", "[2, 3)") == ""
    assert refl(pool("exp"), P, P) == ""
    assert refl(pool("exp"), N, N) == "equation 0: node 0: pool(exp, ..) takes (0, oo); its wire lies in [0, oo)"
    assert refl(pool("identity", "weight"), P, P) == f"equation 0: node 0: pool of identity {needs}"
    assert refl(pool("identity", "zero"), P, P) == f"equation 0: node 0: pool of identity {needs}"
    assert refl(pool("ln"), P, P).startswith("equation 0: node 0: ln is not known to map (-oo, oo) one to one")
    assert refl(mix("ln"), R, R) == ""
    assert refl(mix("cosh"), "(1, oo)", "(1, oo)") == ""
    assert refl(mix("cosh"), P, P) == "equation 0: node 0: mix(cosh, ..) takes (1, oo); its wire lies in (0, oo)"
    assert refl(mix("ln", b=True), R, R) == f"equation 0: node 0: mix of ln {needs}"
    assert refl(mix("ln", w="weight"), R, R) == f"equation 0: node 0: mix of ln {needs}"
    assert refl(mix("exp", b=True, w="weight"), P, P) == ""


# --- the claim in words --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda d, n: d.term("scale", d.q("2"), n), "add(2·I)"),
        (lambda d, n: d.term("scale", d.q("-1"), n), "add(-I)"),
        (lambda d, n: d.term("scale", d.term("scalar", "c", R), n), "add(c·I)"),
        (lambda d, n: d.term("times", d.term("scale", d.q("-1"), n), d.weight("W", n, n)), "add(-W)"),
        (lambda d, n: d.term("times", d.term("scale", d.q("1/3"), n), d.weight("W", n, n)), "add(1/3·W)"),
        (
            lambda d, n: d.term(
                "times",
                d.term("scale", d.q("-1"), n),
                d.term("times", d.term("scale", d.term("scalar", "c", R), n), d.term("times", d.weight("A", n, n), d.weight("B", n, n))),
            ),
            "add(-c·A·B)",
        ),
        (lambda d, n: d.term("times", d.term("scale", d.q("2"), n), d.weight("I", n, n)), "add(2·I)"),
        (lambda d, n: d.term("row", [d.weight("I", n, n), d.term("scale", d.q("2"), n)]), "add([I, 2·I(n)])"),
        (lambda d, n: d.term("ones", n, n), "add(𝟙)"),
        (lambda d, n: d.term("diagonal", d.term("vector", "v", n)), "add(diag(v))"),
        (lambda d, n: member(d, "permutation", "P", n, n), "add(P)"),
        (lambda d, n: d.term("inverted", member(d, "permutation", "P", n, n)), "add(P⁻¹)"),
    ],
)  # fmt: skip
def test_weights_in_words(make: Callable[[Draft, int], int], text: str) -> None:
    d = Draft()
    n = d.size(0, "n")
    w = make(d, n)
    side = net([[d.size(0, "n", "n") if d.terms[w][0] == "row" else n, R]], layer(d, w, n))
    d.make("refl", of=side)
    assert d.claims(side, side, R).check().claim.splitlines()[0] == f"{text} = {text}"


def test_boxes_in_words() -> None:
    d = Draft()
    k = d.term("ones", d.size(1), d.size(3))
    w, five = d.term("convolution", k, [5], [3], [1], [1], [1], [1], 1), d.size(5)
    b = d.term("apply", d.term("scale", d.q("-1/2"), five), d.term("ones_vector", five))
    one, exp = d.atom("identity"), d.atom("exp")
    boxes = ("mix", one, w, b), ("pool", d.atom("negate"), w), ("map", exp), ("pool", one, w), ("pool", exp, w)
    side = net([[five, R]], *boxes, ("mix", d.atom("ln"), w, d.zeros(five)))
    d.make("refl", of=side)
    text = "add(conv(𝟙), -1/2·𝟙) ; minpool(conv(𝟙)) ; exp ; maxpool(conv(𝟙)) ; pool[exp](conv(𝟙)) ; mix(ln, conv(𝟙))"
    assert d.claims(side, side, R).check().claim.splitlines()[0] == f"{text} = {text}"


def test_convolutions_of_one_kernel_are_told_apart() -> None:
    d = Draft()
    k, five = d.term("ones", d.size(1), d.size(3)), d.size(5)
    for dilation, padding in ((1, 1), (2, 2)):
        d.term("convolution", k, [5], [3], [1], [padding], [padding], [dilation], 1)
    one = d.atom("identity")
    side = net([[five, R]], *[("pool", one, w) for w, e in enumerate(d.terms) if e[0] == "convolution"])
    d.make("refl", of=side)
    first, second = d.claims(side, side, R).check().claim.splitlines()[0].split(" = ")[0].split(" ; ")
    assert first == "maxpool(conv(𝟙))"
    assert second.startswith("maxpool(conv(𝟙)#")
