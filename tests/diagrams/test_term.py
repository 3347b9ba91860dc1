"""The store of terms: one object a term, normal forms, substitution."""

from __future__ import annotations

import copy
import itertools
import pickle
import random
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Interval,
    Scalar,
    Size,
    Vector,
    Weight,
    apply,
    convolution,
    diagonal,
    exp,
    eye,
    inverse,
    inverted,
    ln,
    mixing,
    multiple,
    ones,
    permutation,
    plus,
    positive,
    power,
    reals,
    row,
    scale,
    scaling,
    square,
    tanh,
    then,
    times,
    zero,
)
from sigmaprime.diagrams.function import parts
from sigmaprime.diagrams.signed_term import signed_map
from sigmaprime.diagrams.structured import integer
from sigmaprime.diagrams.term import Term, substitute, subterms, variables

ONE_OF_EACH = [
    Size(3) + Size("n"),
    Scalar.of("1/3"),
    Scalar("a", positive),
    exp,
    Function("σ", positive, reals),
    inverse(square, on=Interval("[1, oo)")),
    then(exp, tanh, power("1/3")),
    Function.defined("σ'", exp >> Function("σ", positive, positive) >> ln),
    Weight("W", 3, "n"),
    Weight.digest("<f8", 2, 2, "0" * 64),
    eye(2),
    zero(2, 3),
    times(Weight("A", 2, 2), Weight("B", 2, 3)),
    row(eye(2), Weight("A", 2, 2)),
    Vector("b", 3),
    Vector.digest("<f8", 2, "1" * 64),
    Vector.zero("n"),
    apply(Weight("A", 2, 2), Vector("c", 2)),
    plus(Vector("c", 2), Vector("d", 2)),
    ones(2, "n"),
    multiple("2/3", "n"),
    multiple(Scalar("a"), 2),
    diagonal(Vector("v", 3)),
    convolution(Weight("K", 4, 9), [5, 4], [3, 3], stride=2, padding=[(1, 0), (0, 2)]),
    permutation("P", "n"),
    mixing("V", "m", 3),
    inverted(scaling("D", 2)),
    Vector.ones("n"),
    integer("P", 2, "n"),
    Vector.integers("c", "n"),
    signed_map(Weight("W", 2, 3), integer("P", 2, 3), Vector("b", 2), Vector.integers("c", 2)),
]


@pytest.mark.parametrize("term", ONE_OF_EACH, ids=str)
def test_a_term_reads_back_from_its_code_and_from_a_pickle_as_itself(term: Term) -> None:
    assert eval(repr(term)) is term
    assert pickle.loads(pickle.dumps(term)) is term
    assert copy.copy(term) is copy.deepcopy(term) is term
    assert Term.all[term.id] is term


def test_one_of_each_covers_every_kind_of_term() -> None:
    from sigmaprime.diagrams.term import Head

    assert {t.head for t in ONE_OF_EACH} == set(Head)


def test_a_variable_is_its_name_and_its_type() -> None:
    assert Weight("W", 3, 2) is Weight("W", Size(3), Size(2))
    assert Weight("W", 3, 2) is not Weight("W", 2, 3)
    assert Function("σ", positive, positive) is not Function("σ", positive, reals)
    assert Scalar("a") is not Scalar("a", positive)


def test_numbers_are_exact() -> None:
    assert scale(0.1) is not scale("1/10")
    assert scale("2/4") is scale(Fraction(1, 2)) is scale(0.5)
    for bad in (float("nan"), float("inf"), "0.1", "x"):
        with pytest.raises(IllTyped, match="is no exact number"):
            scale(bad)


# --- normal form of matrix terms ---

SQUARE = [Weight(n, 2, 2) for n in "ABCD"]


def bracketings(factors: list[Weight]) -> Iterator[Weight]:
    if len(factors) == 1:
        yield factors[0]
    for cut in range(1, len(factors)):
        for left, right in itertools.product(bracketings(factors[:cut]), bracketings(factors[cut:])):
            yield times(left, right)


def test_products_lean_right_without_units() -> None:
    products = set(bracketings([*SQUARE, eye(2), SQUARE[0]]))
    assert len(products) == 1
    (product,) = products
    assert str(product) == "A·B·C·D·A"
    assert times(eye(2), SQUARE[0]) is times(SQUARE[0], eye(2)) is SQUARE[0]
    assert times(zero(3, 2), SQUARE[0]) is zero(3, 2)


Layer = tuple[Weight, Vector]


def fused(first: Layer, second: Layer) -> Layer:
    """add(W1, b1) ; add(W2, b2) = add(W2·W1, W2·b1 + b2)."""
    return times(second[0], first[0]), plus(apply(second[0], first[1]), second[1])


@given(st.integers(1, 9), st.integers(0, 2**20))
def test_fusing_layers_in_any_order_gives_one_term(count: int, seed: int) -> None:
    rng = random.Random(seed)

    def some(i: int) -> Layer:
        weight = rng.choice([*SQUARE, eye(2)])
        return weight, rng.choice([Vector.zero(2), Vector(f"b{i}", 2), Vector(f"b{i}", 2)])

    start = [some(i) for i in range(count)]
    results = set()
    for _ in range(4):
        layers = list(start)
        while len(layers) > 1:
            i = rng.randrange(len(layers) - 1)
            layers[i : i + 2] = [fused(layers[i], layers[i + 1])]
        results.add(layers[0])
    assert len(results) == 1


def test_sums_are_horner_factored() -> None:
    a, v, u, w = SQUARE[0], Vector("v", 2), Vector("u", 2), Vector("w", 2)
    total = plus(apply(a, v), w, apply(a, u))
    assert total is plus(apply(a, plus(v, u)), w)
    assert str(total) == "A·(v + u) + w"
    assert plus(v) is v
    assert plus(v, Vector.zero(2)) is v
    assert plus(Vector.zero(2)) is Vector.zero(2)
    assert plus(plus(v, u), w) is plus(v, plus(u, w))


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(IllTyped, match="W·V: W has 3 columns, V has 2 rows"):
        times(Weight("W", 2, 3), Weight("V", 2, 2))
    with pytest.raises(IllTyped, match="W·b: W has 3 columns, b has 2 rows"):
        apply(Weight("W", 2, 3), Vector("b", 2))
    with pytest.raises(IllTyped, match="a sum of vectors needs one size; here: 2, 3"):
        plus(Vector("a", 2), Vector("b", 3))
    with pytest.raises(IllTyped, match="blocks side by side need equal numbers of rows"):
        row(eye(2), eye(3))


# --- substitution ---


def test_substitution_is_simultaneous() -> None:
    a, b, c, d = SQUARE
    v, w = Vector("v", 2), Vector("w", 2)
    term = plus(apply(times(a, b), v), w)
    assert substitute(term, {a: b, b: a, v: w, w: v}) is plus(apply(times(b, a), w), v)
    assert substitute(times(a, b), {a: times(b, c), b: d}) is times(times(b, c), d)


def test_substituted_terms_are_in_normal_form() -> None:
    a, b, _, _ = SQUARE
    v, w = Vector("v", 2), Vector("w", 2)
    assert substitute(times(a, b), {a: eye(2)}) is b
    assert substitute(plus(apply(a, v), apply(b, w)), {b: a}) is apply(a, plus(v, w))
    assert substitute(plus(v, w), {w: Vector.zero(2)}) is v


def test_named_sizes_are_replaced_inside_every_term() -> None:
    n, weight = Size("n"), Weight("W", "m", "n")
    assert substitute(weight, {n: Size(3), Size("m"): n}) is Weight("W", "n", 3)
    assert substitute(n + n + Size(1), {n: Size(2) + Size("k")}) is Size(5) + Size("k") + Size("k")
    assert substitute(eye("n"), {n: Size(4)}) is eye(4)


def test_a_definition_keeps_its_body_and_takes_arguments() -> None:
    sigma = Function("σ", positive, positive)
    prime = Function.defined("σ'", exp >> sigma >> inverse(exp))
    at_square = prime.instance({sigma: square})
    assert at_square.body is then(exp, square, inverse(exp))
    assert str(at_square) == "x^2'"
    assert prime.body is then(exp, sigma, inverse(exp))
    assert variables([prime]) == [sigma]
    assert variables([at_square]) == []
    assert Function.defined("f", tanh >> exp) is not Function.defined("f", exp >> tanh)


# --- depth and threads ---


def test_deep_terms_do_not_recurse() -> None:
    depth = 40_000
    chain = then(*[tanh, exp] * (depth // 2))
    lengths = len(parts(chain)), len(subterms([chain]))
    assert lengths == (depth, depth + 1)
    product, vector = Weight("A", 2, 2), Vector("v", 2)
    for i, name in enumerate(itertools.islice(itertools.cycle("AB"), depth)):
        product = times(Weight(name, 2, 2), product)
        if i < depth // 4:
            vector = plus(apply(Weight(name, 2, 2), vector), Vector("v", 2))
    found = variables([product, vector])
    assert found == [Weight("B", 2, 2), Weight("A", 2, 2), Vector("v", 2)]
    swapped = substitute(product, {Weight("A", 2, 2): Weight("B", 2, 2), Weight("B", 2, 2): Weight("A", 2, 2)})
    texts = str(product), str(swapped)
    assert [t[:7] for t in texts] == ["B·A·B·A", "A·B·A·B"]
    changed = substitute(vector, {Vector("v", 2): Vector("w", 2)}) is not vector
    assert changed


def test_code_of_a_long_chain_reads_back() -> None:
    chain = then(*[tanh, exp] * 1000)
    assert eval(repr(chain)) is chain


def test_threads_that_intern_at_once_agree_on_every_term() -> None:
    count, threads = 3000, 4
    found: list[list[Term]] = [[] for _ in range(threads)]
    start = threading.Barrier(threads)

    def work(number: int) -> None:
        start.wait()
        for i in range(count):
            found[number].append(scale(Fraction(i, 7919)))
            found[number].append(Weight(f"thread{i}", 2, 3))
            found[number].append(Weight(f"thread{number}.{i}", i, 3))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        workers = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        sys.setswitchinterval(before)
    for i in range(0, 3 * count, 3):
        assert len({f[i] for f in found}) == len({f[i + 1] for f in found}) == 1
        assert len({f[i + 2] for f in found}) == threads
    assert all(Term.all[t.id] is t for f in found for t in f)
    assert all(term.id == i for i, term in enumerate(Term.all))
