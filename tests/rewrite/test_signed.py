"""Signed layers: their axioms, the theorem that nets of odd activations split, and what the second reader refuses."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Interval,
    Refused,
    Scalar,
    Vector,
    Weight,
    absolute,
    add,
    asinh,
    atan,
    cube,
    diagram,
    exp,
    eye,
    identity,
    integer,
    magnitude,
    negate,
    nonzero,
    parity,
    positive,
    power,
    relu,
    sigmoid,
    sign,
    smul,
    softplus,
    softsign,
    tanh,
    then,
    wire,
    zero,
)  # fmt: skip
from sigmaprime.diagrams.catalogue import ATOMS
from sigmaprime.diagrams.image import image, reduce
from sigmaprime.diagrams.shape import falling, rising
from sigmaprime.rewrite import (
    Equation,
    Grade,
    cancel,
    fuse_signed,
    layer_magnitude,
    layer_sign,
    mult_add,
    odd_magnitude,
    odd_sign,
    polar,
    signed_map,
    signed_positive,
    split,
)
from sigmaprime.rewrite import check as reader
from sigmaprime.rewrite.proof import proof_bytes
from tests.rewrite.test_check import Draft, net
from tests.rewrite.theorem import holds

# --- axioms and what follows: text, numbers, second reader ---


def test_two_signed_layers_are_one() -> None:
    text = "⊢ smul(W1, P1, b1, flip c1) ; smul(W2, P2, b2, flip c2) = smul(W2·W1, P2·P1, W2·b1 + b2, flip P2·c1 + c2)"
    holds(fuse_signed, text)


def test_on_positive_wires_parities_do_not_matter() -> None:
    holds(signed_positive, "⊢ smul(W, P, b) = mul(W, b)")


def test_a_number_is_its_magnitude_times_its_sign() -> None:
    holds(polar, "⊢ |·|(x) * sgn(x) = wire")


@pytest.mark.parametrize("f", [identity, absolute, negate, cube, power("1/3"), power("2/5"), power(4)])
def test_powers_and_signs_are_signed_layers(f: Function) -> None:
    holds(signed_map(f=f))


@pytest.mark.parametrize("f", [tanh, softsign, asinh, atan, cube, power("3/5"), then(tanh, cube), then(negate, negate)])
def test_an_odd_map_keeps_signs_and_magnitudes_apart(f: Function) -> None:
    holds(odd_magnitude(f=f))
    holds(odd_sign(f=f))


def test_a_layer_keeps_signs_and_magnitudes_apart() -> None:
    holds(layer_magnitude, "⊢ smul(W, P, b, flip c) ; |·| = |·| ; mul(W, b)")
    holds(layer_sign, "⊢ smul(W, P, b, flip c) ; sgn = sgn ; parity(P, flip c)")


def test_a_chain_of_signed_layers_and_powers_is_one_layer() -> None:
    chain = smul("W", "P", 2, 2, flip="c") >> negate >> cube >> smul("V", "Q", 2, 1)
    e = chain.rewrite(signed_map, fuse_signed)
    holds(e)
    assert str(e.rhs) == "smul(3·V·W, Q·P, flip Q·(c + 𝟙))"


# --- the degeneracy theorem ---


def test_a_net_of_odd_activations_splits() -> None:
    net = smul("W1", "P1", 3, 3, bias="b1", flip="c1") >> tanh >> smul("W2", "P2", 3, 2)
    text = (
        "⊢ smul(W1, P1, b1, flip c1) ; tanh ; smul(W2, P2) = "
        "(|·| ; mul(W1, b1) ; tanh ; mul(W2))(x) * parity(P2·P1, flip P2·c1)(x)"
    )
    holds(split(net), text)


def test_the_magnitudes_of_a_net_are_a_multiplicative_net() -> None:
    deep = smul("W1", "P1", 3, 3) >> softsign >> smul("W2", "P2", 3, 3) >> asinh >> smul("W3", "P3", 3, 1)
    e = (deep >> magnitude(1)).rewrite(layer_magnitude, odd_magnitude)
    assert str(e.rhs) == "|·| ; mul(W1) ; softsign ; mul(W2) ; asinh ; mul(W3)"
    holds(e)
    signs = (deep >> sign(1)).rewrite(layer_sign, odd_sign, fuse_signed)
    assert str(signs.rhs) == "parity(P3·P2·P1)"
    holds(signs)


def test_the_magnitudes_have_the_additive_twin() -> None:
    e = split(smul("W1", "P1", 2, 2) >> tanh >> smul("W2", "P2", 2, 2)).rewrite(mult_add, cancel)
    assert "|·| ; ln ; add(W1) ; exp ; tanh ; ln ; add(W2) ; exp" in str(e)
    holds(e)


def test_skips_that_multiply_split_too() -> None:
    @diagram(wire(2, nonzero))
    def skip(x: Any) -> Any:
        return x * tanh(smul("W", "P", 2, 2)(x))

    e = (skip >> sign(2)).rewrite(layer_sign, odd_sign)
    holds(e)


@pytest.mark.parametrize("f", [softplus, exp, sigmoid])
def test_an_activation_that_is_not_odd_mixes_and_is_named(f: Function) -> None:
    with pytest.raises(Refused, match="the net does not split"):
        split(smul("W", "P", 2, 2) >> f >> smul("V", "Q", 2, 2))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: odd_magnitude(f=softplus), "is not known for softplus"),
        (lambda: odd_sign(f=negate), "negate is not known to be positive on"),
        (lambda: odd_magnitude(f=relu), "is not known for relu"),
        (lambda: signed_map(f=power("1/2")), "is no signed layer"),
        (lambda: signed_map(f=power(-1)), "is no signed layer"),
        (lambda: signed_map(f=tanh), "is no signed layer"),
        (lambda: fuse_signed(P1=Weight("P", "n", "k")), "family `integer`"),
        (lambda: fuse_signed(c1=Vector("c", "n")), "family `integer`"),
        (lambda: split(diagram(wire(2, nonzero))(lambda x: (x, x))), "one output"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_refused(make: Any, text: str) -> None:
    with pytest.raises(Refused if "integer" not in text else ValueError) as caught:
        make()
    assert text in str(caught.value)


def test_a_positive_rule_does_not_fit_a_nonzero_wire() -> None:
    d = smul("W", "P", 2, 2)
    assert str(d.rewrite(signed_positive).rhs) == "smul(W, P)"
    assert str((wire(2, positive) >> d).rewrite(signed_positive).rhs) == "mul(W)"


def test_a_multiplicative_rule_does_not_take_a_signed_layer_for_its_own() -> None:
    d = wire(2, positive) >> smul("W", "P", 2, 2)
    assert d.rewrite(mult_add).rhs == d


# --- the second reader: files changed by hand ---


def changed(e: Equation, change: Any) -> str:
    """The refusal of the proof, after a change to the object in the file."""
    whole = json.loads(proof_bytes(e))
    change(whole)
    with pytest.raises(reader.Refused) as no:
        reader.check(json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    return str(no.value)


def entry(whole: Any, word: str, number: int = 0) -> Any:
    return [t for t in whole["terms"] if t[0] == word][number]


def test_a_free_matrix_is_no_parity() -> None:
    def change(whole: Any) -> None:
        member = entry(whole, "member")
        member[:] = ["weight", *member[2:]]

    assert "not both known to be integer" in changed(fuse_signed, change)


def test_a_free_vector_is_no_flip() -> None:
    def change(whole: Any) -> None:
        entry(whole, "integers")[0] = "vector"

    assert "not both known to be integer" in changed(fuse_signed, change)


def test_a_kind_is_kept_by_instantiation() -> None:
    e = fuse_signed(P1=integer("Q", "n", "k"))

    def change(whole: Any) -> None:
        q = next(t for t in whole["terms"] if t[:3] == ["member", "integer", "Q"])
        q[:] = ["weight", *q[2:]]

    assert "integer" in changed(e, change)


@pytest.mark.parametrize("name", ["magnitude", "sign"])
def test_only_odd_positive_maps_split(name: str) -> None:
    e = odd_magnitude(f=tanh) if name == "magnitude" else odd_sign(f=tanh)

    def swap(atom: str) -> Any:
        def change(whole: Any) -> None:
            entry(whole, "atom")[1] = atom

        return change

    assert "is not known to be odd" in changed(e, swap("softplus"))
    assert "is not known to be positive" in changed(e, swap("negate"))
    assert "is not known to be odd" in changed(e, swap("absolute"))


def test_a_half_power_is_no_signed_layer() -> None:
    def change(whole: Any) -> None:
        next(t for t in whole["terms"] if t == ["rational", "1/3"])[1] = to

    to = "1/2"
    assert "power is defined on [0, oo)" in changed(signed_map(f=power("1/3")), change)
    to = "2/3"
    assert "its statement differs" in changed(signed_map(f=power("1/3")), change)


def test_the_line_without_0_is_not_the_line() -> None:
    def change(whole: Any) -> None:
        for d in whole["diagrams"]:
            d["inputs"] = [[n, "(-oo, oo)"] for n, _ in d["inputs"]]

    assert "takes (-oo, oo) - 0" in changed(fuse_signed, change)


@pytest.mark.parametrize("text", ["[0, 1] - 0", "(0, oo) - 0", "(-oo, oo) - 1", "(-oo, oo) - 0 - 0", "(-oo, oo)- 0"])
def test_an_interval_lacks_0_only_inside(text: str) -> None:
    with pytest.raises(reader.Refused):
        reader.interval(text)


def test_both_readers_have_one_algebra_of_intervals() -> None:
    texts = ["(-oo, oo)", "(-oo, oo) - 0", "(0, oo)", "(-oo, 0)", "[0, oo)", "(-oo, 0]", "[0, 0]", "[-1, 1] - 0", "(-1, 2)", "[-1, 0]", "(1, 2]", "[-3, -1)", "(-3, 1) - 0"]  # fmt: skip
    for one in texts:
        for two in texts:
            J, K = Interval(one), Interval(two)
            j, k = reader.interval(one), reader.interval(two)
            met = J.meet(K)
            assert (met.text if met else "") == (reader.show(both) if (both := reader.overlap(j, k)) else "")
            assert Interval.hull([J, K]).text == reader.show(reader.hull([j, k]))
            assert J.contains(K) is reader.inside(k, j)


def test_a_mean_on_nonzero_wires_is_not_nonzero() -> None:
    """add of a matrix with row sums 1 keeps intervals, but not the line without 0: else 1 and -1 would have a nonzero mean."""
    d = Draft()
    one, two, four = d.size(1), d.size(2), d.term("size", 4, [])
    half = d.term("scale", d.q("1/2"), two)
    mean, zero_ = d.term("row", [half, half]), d.zeros(two)
    layer = d.term("signed", d.term("eye", two), d.term("eye", two), zero_, zero_)
    side = net([[four, "(-oo, oo) - 0"]], ("mix", d.atom("identity"), mean, zero_), ("map", d.atom("identity")))
    side["nodes"][1] = ["signed", layer, 1]
    d.make("refl", of=side)
    d.claims(side, side, "(-oo, oo) - 0")
    assert one >= 0
    assert "takes (-oo, oo) - 0; its wire lies in (-oo, oo)" in d.refused()


def test_numbers_agree_at_every_sign_pattern() -> None:
    W, V, x = np.array([[0.5, -1.5], [2.0, 0.25]]), np.array([[1.0, -1.0]]), np.array([[1.5, 2.5]])
    e = split(smul("W", "P", 2, 2) >> tanh >> smul("V", "Q", 2, 1))
    for bits in range(64):
        s = [(bits >> i) & 1 for i in range(6)]
        given = {"W": W, "V": V, "P": np.array(s[:4]).reshape(2, 2), "Q": np.array([[1, s[0]]])}
        at = x * (1 - 2 * np.array([s[4:]]))
        assert np.allclose(e.lhs(at, **given), e.rhs(at, **given), rtol=1e-12)
    assert zero(1, 1).integral
    assert add("A", 1, 1) != smul("A", "B", 1, 1)


SETS = ["(-oo, oo) - 0", "(-1, 1) - 0", "[-1, 2] - 0", "[-1/2, 1/2) - 0", "(-oo, 3] - 0", "(-3, oo) - 0"]


@pytest.mark.parametrize("name", sorted(ATOMS))
def test_both_readers_have_one_image_of_a_set_without_0_and_it_holds_the_values(name: str) -> None:
    for c in ([Fraction(c) for c in ("-1", "-1/2", "0", "1/3", "2/5", "1/2", "1", "2", "3")] if ATOMS[name].parameters else [None]):  # fmt: skip
        if c is not None and c not in ATOMS[name].takes[0]:
            continue
        f = Function.atom(name) if c is None else Function.atom(name, Scalar.of(c))
        for text in SETS:
            J, j = Interval(text), reader.interval(text)
            try:
                K = image(f, J)
            except IllTyped:
                with pytest.raises(reader.Refused):
                    reader.atom_image(name, c, j)
                continue
            assert K.text == reader.show(reader.atom_image(name, c, j)[0]), (name, c, text)
            x = np.array([x for x in np.linspace(-3, 3, 49) if Fraction(x) in J])
            lo, hi = float(K.lo) - 1e-12, float(K.hi) + 1e-12
            assert all(lo <= y <= hi and (y != 0 or 0 in K) for y in f(x)), (name, c, text)
            terms = reader.Terms()
            g = terms.atom(name) if c is None else terms.atom(name, c)
            slope = 1 if rising(f, J) else -1 if falling(f, J) else 0
            assert slope == reader.slope(terms, g, j), (name, c, text)
            short = terms.entry[reader.reduced(terms, g, j)][1] == "identity"
            assert short is (reduce(f, J) is identity), (name, c, text)


def test_proofs_may_hold_constants_of_any_type_of_numbers() -> None:
    net = smul(np.array([[1, 2], [0, 1]]))
    theorem = (net >> net).rewrite(fuse_signed)
    assert theorem.check().grade is Grade.PROVED


def test_parities_are_exact_in_every_type_of_floats() -> None:
    odd = smul(np.ones((1, 3), dtype=np.float32), np.array([[9_999_999] * 3]))
    assert odd(-np.ones(3, dtype=np.float32)) == -1
    assert smul(np.ones((1, 1), dtype=np.float32), np.array([[16_777_217]]))(np.array([-2.0], dtype=np.float32)) == -2


@pytest.mark.parametrize("make", [lambda: smul(eye(3), eye(3)), lambda: sign(3)])
def test_splitting_ends_where_parities_are_units(make: Any) -> None:
    theorem = split(make())
    assert theorem.check().grade is Grade.PROVED


def test_only_whether_a_parity_is_odd_matters_however_large() -> None:
    assert parity("P", 1, 1)(np.array([-1.0]), P=np.array([[2**53 + 1]])) == -1
