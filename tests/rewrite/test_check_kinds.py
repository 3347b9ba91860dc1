"""The second reader on kinds of weights, multiples, convolutions, pools, partial charts and their axioms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from sigmaprime.rewrite import check as reader
from tests.rewrite.test_check import Draft, N, P, R, net

Json = Any
Values = Mapping[str, Any]

erf = np.vectorize(math.erf, otypes=[float])

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "identity": lambda x: x,
    "negate": lambda x: -x,
    "absolute": abs,
    "scale": lambda x, c: c * x,
    "shift": lambda x, c: x + c,
    "maximum": lambda x, c: np.maximum(x, c),
    "minimum": lambda x, c: np.minimum(x, c),
    "prelu": lambda x, c: np.where(x < 0, c * x, x),
    "softshrink": lambda x, c: np.sign(x) * np.maximum(abs(x) - c, 0),
    "hardshrink": lambda x, c: np.where(abs(x) > c, x, 0),
    "threshold": lambda x, c: np.where(x > c, x, 0),
    "power": lambda x, a: np.sign(x) ** round(a * 3) * abs(x) ** a if a in (3, 1 / 3) else x**a,
    "exp": np.exp,
    "ln": np.log,
    "tanh": np.tanh,
    "softsign": lambda x: x / (1 + abs(x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "sinh": np.sinh,
    "asinh": np.arcsinh,
    "cosh": np.cosh,
    "acosh": np.arccosh,
    "atan": np.arctan,
    "erf": erf,
    "bent_identity": lambda x: (np.sqrt(x * x + 1) - 1) / 2 + x,
    "tanhshrink": lambda x: x - np.tanh(x),
    "gelu": lambda x: x * (1 + erf(x / math.sqrt(2))) / 2,
}


class Meaning:
    """What the terms and diagrams of a draft are, with values for its variables; the meaning is that of the format's text."""

    def __init__(self, d: Draft, values: Values) -> None:
        self.d, self.values = d, values

    def size(self, i: int) -> int:
        _, c, names = self.d.terms[i]
        return int(c + sum(k * self.values[name] for name, k in names))

    def scalar(self, i: int) -> float:
        tag, value, *_ = self.d.terms[i]
        return float(Fraction(value)) if tag == "rational" else float(self.values[value])

    def array(self, i: int) -> Any:
        match self.d.terms[i]:
            case ("weight" | "vector", name, *_):
                return self.values[name]
            case ["member", _, name, _, _]:
                return self.values[name]
            case ["eye", n]:
                return np.eye(self.size(n))
            case [("zero" | "zero_vector"), *sizes]:
                return np.zeros([self.size(n) for n in sizes])
            case [("ones" | "ones_vector"), *sizes]:
                return np.ones([self.size(n) for n in sizes])
            case ["scale", c, n]:
                return self.scalar(c) * np.eye(self.size(n))
            case ["inverted", q]:
                return np.linalg.inv(self.array(q))
            case ["apply", a, v]:
                return self.array(a) @ self.array(v)
        raise AssertionError

    def apply(self, f: int, x: Any) -> Any:
        tag, one, two, *_ = self.d.terms[f]
        if tag == "then":
            return self.apply(two, self.apply(one, x))
        if tag == "inverse":  # only of cosh on (0, oo) here
            return np.arccosh(x)
        return FUNCTIONS[one](x, *map(self.scalar, two))

    def inverse(self, g: int, x: Any) -> Any:
        word = self.d.terms[g][1]
        back = {"exp": "ln", "ln": "exp", "negate": "negate", "identity": "identity", "sinh": "asinh", "cosh": "acosh"}
        if word == "power":
            return x ** (1 / self.scalar(self.d.terms[g][2][0]))
        return FUNCTIONS[back[word]](x)

    def run(self, side: Json, x: Any) -> Any:
        for box, *terms, _ in side["nodes"]:
            if box == "map":
                x = self.apply(terms[0], x)
            elif box == "mix":
                g, w, b = terms
                x = self.apply(g, self.array(w) @ self.inverse(g, x) + self.array(b))
            else:
                g, s = terms
                h = self.inverse(g, x)
                x = self.apply(g, np.array([max(h[row > 0]) for row in self.array(s)]))
        return x


def member(d: Draft, kind: str, name: str, m: int, n: int) -> int:
    return d.term("member", kind, name, m, n)


def layer(d: Draft, w: int, m: int) -> Json:
    return ("mix", d.atom("identity"), w, d.zeros(m))


def said(d: Draft) -> str:
    try:
        d.check()
    except reader.Refused as no:
        return str(no)
    return ""


def stated(name: str, f: Json, on: str = "", h: Json = None) -> tuple[Draft, Json, Json]:
    """The draft of an axiom with its one equation, for a function (a list of atoms, or the term's maker); its sides."""
    d = Draft()
    g = f(d) if callable(f) else d.chain(*(d.atom(*a.split()) for a in f))

    def n() -> int:
        return d.size(0, "n")

    def m() -> int:
        return d.size(0, "m")

    def one() -> int:
        return d.atom("identity")

    J, arguments = on or R, {"g" if "chart" in name else "f": g}
    if name in ("pool_map", "permute"):
        arguments["on"] = J

    def more() -> int:
        return d.size(1, "n")

    left: list[Json] = [("map", g)]
    size = n
    match name:
        case "affine":
            word, *c = f[0].split()
            if word == "shift":
                A, v = d.term("eye", n()), d.zeros(n()) if c == ["0"] else d.term("ones_vector", n())
                v = v if c in (["0"], ["1"]) else d.term("apply", d.term("scale", d.q(c[0]), n()), v)
            else:
                entry = {"0": ["zero", n(), n()], "1": ["eye", n()]}.get((c or ["-1"])[0])
                A, v = d.term(*(entry or ["scale", d.q((c or ["-1"])[0]), n()])), d.zeros(n())
            right: list[Json] = [("mix", one(), A, v)]
        case "power":
            c = d.terms[g][2] if d.terms[g][0] == "atom" else []
            right, J = [("map", d.atom("ln")), ("map", d.term("atom", "scale", c)), ("map", d.atom("exp"))], P
        case "partial_chart":
            V = member(d, "mixing", "V", m(), more())
            left, size = [("mix", g, V, d.zeros(m()))], more
            right = [("map", h(d) if h else d.atom("exp")), layer(d, V, m()), ("map", g)]
        case "pool_chart":
            S = member(d, "mixing", "S", m(), more())
            left, size = [("pool", g, S)], more
            right = [("map", h(d) if h else d.atom("negate")), ("pool", one(), S), ("map", g)]
        case "pool_map":
            pool, size = ("pool", one(), member(d, "mixing", "S", m(), more())), more
            left, right = [pool, ("map", g)], [("map", g), pool]
        case _:
            kind, q = {"permute": ("permutation", "P"), "rescale": ("scaling", "D"), "reflect": ("signs", "S")}[name]
            mix = layer(d, member(d, kind, q, n(), n()), n())
            left, right = [mix, ("map", g)], [("map", g), mix]
    a, b = net([[size(), J]], *left), net([[size(), J]], *right)
    d.axiom(name, arguments, a, b)
    return d, a, b


def atom(*names: str) -> Callable[[Draft], int]:
    return lambda d: d.atom(*names)


def variable_scalar(name: str, J: str) -> Callable[[Draft], int]:
    return lambda d: d.term("atom", name, [d.term("scalar", "c", J)])


AXIOMS: list[tuple[str, Json, str, Json, str]] = [  # name, function, on, its inverse, the outputs
    ("affine", ["scale 2"], "", None, R),
    ("affine", ["scale 1"], "", None, R),
    ("affine", ["scale 0"], "", None, "[0, 0]"),
    ("affine", ["scale -1/3"], "", None, R),
    ("affine", ["negate"], "", None, R),
    ("affine", ["shift 2"], "", None, R),
    ("affine", ["shift 1"], "", None, R),
    ("affine", ["shift 0"], "", None, R),
    ("power", ["power 2"], "", None, P),
    ("power", ["power 0"], "", None, "[1, 1]"),
    ("power", ["power 1/2"], "", None, P),
    ("power", ["power -3"], "", None, P),
    ("power", variable_scalar("power", R), "", None, P),
    ("partial_chart", ["ln"], R, None, R),
    ("partial_chart", ["power 1/2"], P, atom("power", "2"), P),
    ("partial_chart", ["power 2"], P, atom("power", "1/2"), P),
    ("partial_chart", ["cosh"], "(1, oo)", lambda d: d.term("inverse", d.atom("cosh"), P), "(1, oo)"),
    ("pool_chart", ["negate"], R, None, R),
    ("pool_chart", ["exp"], P, atom("ln"), P),
    ("pool_chart", ["sinh"], R, atom("asinh"), R),
    ("pool_map", ["exp"], R, None, P),
    ("pool_map", ["negate", "exp", "negate"], R, None, "(-oo, 0)"),
    ("pool_map", ["gelu"], N, None, N),
    ("pool_map", ["hardshrink 1"], R, None, R),
    ("pool_map", ["threshold 1/2"], R, None, N),
    ("pool_map", ["power 2"], P, None, P),
    ("pool_map", variable_scalar("scale", P), R, None, R),
    ("permute", ["gelu"], "(-oo, 0)", None, "(-17/100, 0)"),
    ("permute", lambda d: d.term("function", "σ", R, P), R, None, P),
    ("rescale", ["prelu 1/4"], "", None, R),
    ("rescale", ["identity", "minimum 0", "negate", "scale -2", "absolute", "maximum 0"], "", None, N),
    ("reflect", ["tanh"], "", None, "(-1, 1)"),
    ("reflect", ["softshrink 1/2", "sinh", "hardshrink 1", "asinh"], "", None, R),
    ("reflect", ["power 1/3", "atan", "erf", "softsign", "power 3", "tanhshrink"], "", None, R),
]


@pytest.mark.parametrize(("name", "f", "on", "h", "out"), AXIOMS)
def test_the_new_axioms_state_themselves_and_are_true(name: str, f: Json, on: str, h: Json, out: str) -> None:
    d, left, right = stated(name, f, on, h)
    verdict = d.claims(left, right, out).check()
    assert verdict.rests_on[0].startswith(f"axiom {name} ({'g' if 'chart' in name else 'f'} = ")
    assert verdict.grade == "PROVED"
    if any(term[0] == "function" for term in d.terms):
        return
    rng = np.random.default_rng(1)
    for _ in range(200):
        n, m = int(rng.integers(0, 5)), int(rng.integers(0, 4))
        size = Meaning(d, {"n": n, "m": m}).size(left["inputs"][0][0])
        mixing = rng.random((m, size)) * (rng.random((m, size)) < 0.5)
        mixing[:, rng.integers(0, size) if size else slice(0)] += 0.5
        values = {
            "n": n, "m": m, "c": rng.uniform(0.1, 3), "V": mixing, "P": np.eye(size)[rng.permutation(size)],
            "D": np.diag(rng.uniform(0.1, 3, size)), "S": mixing if "pool" in name else np.diag(rng.choice([-1, 1], size)),
        }  # fmt: skip
        J = left["inputs"][0][1]
        low, high = {R: (-3, 3), "(-oo, 0)": (-3, -0.01), "(1, oo)": (1.01, 3)}.get(J, (0.01, 3))
        meaning, x = Meaning(d, values), rng.uniform(low, high, size)
        one, two = meaning.run(left, x), meaning.run(right, x)
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("name", "f", "on", "h", "out"), AXIOMS)
def test_a_forged_statement_of_a_new_axiom_is_refused(name: str, f: Json, on: str, h: Json, out: str) -> None:
    d, left, right = stated(name, f, on, h)
    statement = d.axioms[0]["statement"]
    statement["left"], statement["right"] = right, left
    d.axioms[0]["sha256"] = d.statement_digest(statement)
    d.claims(left, right, out)
    assert d.refused() == f"axiom 0: {name} here is not the built-in axiom: its statement differs"


FALSE: list[tuple[str, Json, str, str, float]] = [  # the last: a point where it fails, nan where it does not type
    ("affine", ["tanh"], "", "tanh is no scale, shift or negate", 1),
    ("affine", ["scale 2", "scale 2"], "", "(scale(2) ; scale(2)) is no scale, shift or negate", 1),
    ("power", ["scale 2"], "", "scale(2) is no power", 1),
    ("partial_chart", ["exp"], P, "exp is not of the kind that partial_chart speaks of", math.nan),
    ("pool_chart", ["identity"], "", "identity is not of the kind that pool_chart speaks of", math.nan),
    ("pool_chart", ["ln"], "", "node 0: ln is not known to map (-oo, oo) one to one", math.nan),
    ("pool_map", ["negate"], R, "negate is not known to be nondecreasing on (-oo, oo)", 1),
    ("pool_map", ["gelu"], R, "gelu is not known to be nondecreasing on (-oo, oo)", -3),
    ("pool_map", ["power 2"], R, "power(2) is not known to be nondecreasing on (-oo, oo)", -1),
    ("pool_map", ["threshold -1"], R, "threshold(-1) is not known to be nondecreasing on (-oo, oo)", -1),
    ("pool_map", ["negate", "tanh"], R, "(negate ; tanh) is not known to be nondecreasing on (-oo, oo)", 1),
    ("pool_map", variable_scalar("scale", R), R, "scale(c) is not known to be nondecreasing on (-oo, oo)", math.nan),
    ("pool_map", variable_scalar("threshold", P), R, "threshold(c) is not known to be nondecreasing", math.nan),
    ("pool_map", lambda d: d.term("function", "σ", R, R), R, "σ is not known to be nondecreasing", math.nan),
    ("rescale", ["tanh"], "", "tanh is not known to rescale with its argument", 1),
    ("rescale", ["maximum 1"], "", "maximum(1) is not known to rescale with its argument", 0.8),
    ("rescale", ["softshrink 1"], "", "softshrink(1) is not known to rescale with its argument", 1.5),
    ("rescale", variable_scalar("maximum", "[0, 0]"), "", "maximum(c) is not known to rescale", math.nan),
    ("rescale", lambda d: d.term("function", "σ", R, R), "", "σ is not known to rescale", math.nan),
    ("reflect", ["sigmoid"], "", "sigmoid is not known to reflect with its argument", 1),
    ("reflect", ["bent_identity"], "", "bent_identity is not known to reflect with its argument", 1),
    ("reflect", ["absolute"], "", "absolute is not known to reflect with its argument", 1),
    ("reflect", ["power 2"], "", "power(2) is not known to reflect with its argument", 1),
    ("reflect", ["power 0"], "", "power(0) is not known to reflect with its argument", 1),
    ("reflect", ["tanh", "shift 1"], "", "shift(1) is not known to reflect with its argument", 1),
]


@pytest.mark.parametrize(("name", "f", "on", "reason", "x"), FALSE)
def test_what_is_false_is_no_axiom(name: str, f: Json, on: str, reason: str, x: float) -> None:
    d, left, right = stated(name, f, on) if name != "affine" else (Draft(), None, None)
    if name == "affine":  # the statement as if f were `scale` 2
        g, n = d.chain(*(d.atom(*a.split()) for a in f)), d.size(0, "n")
        left, right = net([[n, R]], ("map", g)), net([[n, R]], layer(d, d.term("scale", d.q("2"), n), n))
        d.axiom("affine", {"f": g}, left, right)
    assert d.claims(left, right, R).refused().startswith(f"axiom 0: {reason}")
    if not math.isnan(x):
        n = 1 if "pool" not in name else 2
        values = {"n": 1, "m": 1, "D": 2 * np.eye(1), "S": -np.eye(1) if n == 1 else np.ones((1, 2))}
        points = np.array([x, x / 3, 2 * x / 3][:n])
        one, two = (Meaning(d, values).run(side, points) for side in (left, right))
        assert abs(one - two).max() > 1e-3


# --- kinds in binding and instantiating ----------------------------------------------------------------------------------

KINDS = {
    "permutation": {"eye", "P", "inverse of P", "P·P"},
    "scaling": {"eye", "D", "inverse of D", "2", "2·D", "c", "D·D"},
    "signs": {"eye", "S", "-1"},
    "mixing": {"eye", "P", "inverse of P", "P·P", "D", "inverse of D", "2", "2·D", "c", "D·D", "V", "ones", "P·D"},
}


def values(d: Draft, n: int) -> dict[str, int]:
    P, D, S = (member(d, k, v, n, n) for k, v in (("permutation", "P"), ("scaling", "D"), ("signs", "S")))
    two, c = d.term("scale", d.q("2"), n), d.term("scale", d.term("scalar", "c", P_INTERVAL), n)
    return {
        "eye": d.term("eye", n), "P": P, "D": D, "S": S, "inverse of P": d.term("inverted", P), "inverse of D": d.term("inverted", D),
        "P·P": d.term("times", P, P), "D·D": d.term("times", D, D), "P·D": d.term("times", P, D), "2": two, "c": c,
        "2·D": d.term("times", two, D), "-1": d.term("scale", d.q("-1"), n), "V": member(d, "mixing", "V", n, n),
        "ones": d.term("ones", n, n), "W": d.weight("W", n, n), "zero": d.term("zero", n, n), "e": d.term("scale", d.term("scalar", "e", R), n),
        "P·S": d.term("times", P, S), "diagonal": d.term("diagonal", d.term("vector", "v", n)),
    }  # fmt: skip


P_INTERVAL = P


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", sorted(values(Draft(), 0)))
def test_a_member_is_replaced_by_weights_of_its_kind_only(kind: str, value: str) -> None:
    d = Draft()
    n = d.size(1, "n")
    Q, W = member(d, kind, "Q", n, n), values(d, n)[value]
    d.make("refl", of=net([[n, R]], layer(d, Q, n)))
    d.make("instantiate", of=0, with_=[[Q, W]])
    side = net([[n, R]], layer(d, W, n))
    text = said(d.claims(side, side, "[0, 0]" if value == "zero" else R))
    if value in KINDS[kind]:
        assert text.endswith("is not used")  # the replay went through; the draft has other weights
    else:
        assert text.startswith(f"equation 1: Q is any {kind} weight; ")
    # The same is asked when a rule is matched.
    d.equations = []
    x, one = [[n, R]], d.atom("identity")
    rule = d.axiom("user:r", {}, net(x, layer(d, Q, n), ("map", one)), net(x, layer(d, Q, n)))
    left = net(x, layer(d, W, n), ("map", one))
    d.rewrite(d.make("refl", of=left), [[rule, False]], [[0, 2]])
    text = said(d.claims(left, net(x, layer(d, W, n)), "[0, 0]" if value == "zero" else R))
    good = value in KINDS[kind]
    assert text.endswith("is not used") if good else f"journal entry 0: Q is any {kind} weight" in text


def permuted(d: Draft, f: str, n: int) -> int:
    P, x = member(d, "permutation", "P", n, n), [[n, R]]
    layers = layer(d, P, n), ("map", d.atom(f))
    return d.axiom("permute", {"f": d.atom(f), "on": R}, net(x, *layers), net(x, *layers[::-1]))


def test_a_kind_is_asked_at_every_match_and_not_remembered_from_another() -> None:
    """A rule matters by shapes; a plain weight of the same size as a permutation is no permutation."""
    d = Draft()
    n, three = d.size(0, "n"), d.size(3)
    rule, f = permuted(d, "tanh", n), d.atom("tanh")
    good, bad, x = member(d, "permutation", "A", three, three), d.weight("B", three, three), [[three, R]]
    left = net(x, layer(d, good, three), ("map", f), layer(d, bad, three), ("map", f))
    d.rewrite(d.make("refl", of=left), [[rule, False]], [[0, 2], [0, 4]])
    d.claims(left, left, "(-1, 1)")
    assert d.refused() == "equation 2: journal entry 1: P is any permutation weight; B is not known to be one"
    d.equations[-1]["journal"] = [[0, 2]]
    right = net(x, ("map", f), layer(d, good, three), layer(d, bad, three), ("map", f))
    assert d.claims(left, right, "(-1, 1)").check().steps == 2


def test_a_member_that_is_met_twice_is_one() -> None:
    """Also where it stands in a mix and in a pool."""
    for first, second in (("A", "A"), ("A", "B")):
        d = Draft()
        n, three, one = d.size(1, "n"), d.size(3), d.atom("identity")
        Q, x = member(d, "mixing", "Q", n, n), [[n, R]]
        rule = d.axiom("user:r", {}, net(x, layer(d, Q, n), ("pool", one, Q)), net(x, ("pool", one, Q)))
        a, b = (member(d, "mixing", v, three, three) for v in (first, second))
        x = [[three, R]]
        left = net(x, layer(d, a, three), ("pool", one, b))
        d.rewrite(d.make("refl", of=left), [[rule, False]], [[0, 2]])
        d.claims(left, net(x, ("pool", one, a)), R)
        if first == second:
            assert d.check().steps == 2
        else:
            assert d.refused() == "equation 2: journal entry 0: B stands where the rule has Q"


def test_pools_of_many_weights_take_their_own() -> None:
    d = Draft()
    n, m, one, f, two = d.size(1, "n"), d.size(0, "m"), d.atom("identity"), d.atom("exp"), d.size(2)
    S, x = member(d, "mixing", "S", m, n), [[n, R]]
    rule = d.axiom(
        "pool_map", {"f": f, "on": R}, net(x, ("pool", one, S), ("map", f)), net(x, ("map", f), ("pool", one, S))
    )
    a, b, x = member(d, "mixing", "A", two, two), member(d, "mixing", "B", two, two), [[two, R]]
    left = net(x, ("pool", one, a), ("map", f), ("pool", one, b), ("map", f))
    d.rewrite(d.make("refl", of=left), [[rule, False]], [[0, 2], [0, 4]])
    right = net(x, ("map", f), ("pool", one, a), ("map", f), ("pool", one, b))
    verdict = d.claims(left, right, "(1, oo)").check()
    assert verdict.claim.splitlines()[0] == (
        "maxpool(A) ; exp ; maxpool(B) ; exp = exp ; maxpool(A) ; exp ; maxpool(B)"
    )
    assert verdict.claim.splitlines()[2:] == ["  A : 2×2 mixing", "  B : 2×2 mixing"]


def test_the_inverse_of_a_bound_permutation_is_made() -> None:
    """P ; tanh ; P⁻¹ = tanh, instantiated at Q·R: R⁻¹·Q⁻¹."""
    d = Draft()
    n = d.size(0, "n")
    Pm, A, B = (member(d, "permutation", v, n, n) for v in "PAB")
    x, f = [[n, R]], d.atom("tanh")
    d.make("refl", of=net(x, layer(d, Pm, n), ("map", f), layer(d, d.term("inverted", Pm), n)))
    d.make("instantiate", of=0, with_=[[Pm, d.term("times", A, B)]])
    back = d.term("times", d.term("inverted", B), d.term("inverted", A))
    side = net(x, layer(d, d.term("times", A, B), n), ("map", f), layer(d, back, n))
    verdict = d.claims(side, side, "(-1, 1)").check()
    assert verdict.claim.startswith("add(A·B) ; tanh ; add(B⁻¹·A⁻¹) = ")
    c = d.term("scale", d.term("scalar", "c", P), n)
    d = Draft()
    n = d.size(0, "n")
    D, c = member(d, "scaling", "D", n, n), d.term("scale", d.term("scalar", "c", P), n)
    side = net([[n, R]], layer(d, d.term("inverted", D), n))
    d.make("refl", of=side)
    d.make("instantiate", of=0, with_=[[D, c]])
    assert d.claims(side, side, R).refused() == "equation 1: c·I has no inverse that can be written"


def test_a_scalar_that_becomes_0_makes_a_zero() -> None:
    d = Draft()
    n = d.size(0, "n")
    c, x = d.term("scalar", "c", R), [[n, R]]
    d.make("refl", of=net(x, layer(d, d.term("times", d.term("scale", c, n), d.weight("W", n, n)), n)))
    d.make("instantiate", of=0, with_=[[c, d.q("0")]])
    side = net(x, layer(d, d.term("zero", n, n), n))
    assert d.claims(side, side, "[0, 0]").check().claim.startswith("add(0(n×n)) = ")


def test_a_size_that_becomes_0_leaves_no_mixing_weight() -> None:
    """There is no matrix with rows, without columns and without a zero row; nothing may be proved of it."""
    d = Draft()
    n, m, nought = d.size(1, "n"), d.size(0, "m"), d.size()
    S = member(d, "mixing", "S", m, n)
    d.make("refl", of=net([[n, R]], ("pool", d.atom("identity"), S)))
    d.make("instantiate", of=0, with_=[[d.size(0, "n"), nought]])
    left = net([[d.size(1), R]], ("pool", d.atom("identity"), member(d, "mixing", "S", m, d.size(1))))
    assert d.claims(left, left, R).check().claim.startswith("maxpool(S) = maxpool(S)")
    member(d, "mixing", "T", m, nought)
    assert "T is mixing, of 0 columns" in d.refused()
