"""Proof files: the same bytes everywhere, and refused or sound after any change."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    BadFile,
    Function,
    Scalar,
    Weight,
    Wire,
    absolute,
    add,
    at_least,
    concat,
    cube,
    diagram,
    exp,
    fn,
    identity,
    ln,
    max1,
    mix,
    mul,
    negate,
    positive,
    power,
    reals,
    relu,
    scale,
    shift,
    sigmoid,
    sinh,
    softplus,
    square,
    tanh,
    then,
    wire,
)
from sigmaprime.rewrite import (
    Equal,
    Equation,
    absorb,
    affine,
    cancel,
    chart,
    companion,
    compose,
    concat_slice,
    define,
    fuse,
    fuse_add,
    fuse_signed,
    hinge,
    load_proof,
    map_concat,
    map_equal,
    map_identity,
    map_permutation,
    map_scaling,
    map_signs,
    map_slice,
    mult_add,
    odd_magnitude,
    odd_sign,
    partial_chart,
    polar,
    pool_chart,
    pool_map,
    power_exp,
    rule,
    save_proof,
    share,
    signed_map,
    signed_positive,
    slice_concat,
    to_additive,
    unit_add,
)
from sigmaprime.rewrite.axioms import AXIOMS
from sigmaprime.rewrite.check import Refused, check
from sigmaprime.rewrite.load import read_proof, replayed
from sigmaprime.rewrite.proof import proof_bytes
from tests.rewrite.theorem import accepted, agree, holds, sigma
from tests.seeds import same

PROOFS = sorted((Path(__file__).parent.parent / "proofs").glob("*.json"))
real = Function("s", reals, reals)
UNSURE = Equal(then(real, relu), real, reals)

INSTANCES: dict[str, Equation] = {
    "compose": compose(f=exp, g=tanh),
    "compose on": compose(f=square, g=ln, on=at_least(1)),
    "map_equal": map_equal(f=then(exp, ln), g=identity),
    "map_equal given": map_equal(f=then(real, relu), g=real, on=reals, given=(UNSURE,)),
    "identity": map_identity(on=positive),
    "chart exp": chart(g=exp),
    "chart sinh": chart(g=sinh),
    "fuse_add": fuse_add,
    "unit_add": unit_add,
    "map_concat": map_concat(f=tanh, parts=3),
    "map_concat on": map_concat(f=ln, on=[positive, at_least(2)]),
    "map_slice": map_slice(f=sigmoid),
    "slice_concat": slice_concat(part=1, parts=3),
    "concat_slice": concat_slice(on=positive),
    "affine scale": affine(f=scale(2)),
    "affine shift": affine(f=shift(-1)),
    "power": power_exp(f=power("5/2")),
    "partial_chart": partial_chart(g=ln),
    "pool_chart": pool_chart(g=negate),
    "pool_map": pool_map(f=exp),
    "permute": map_permutation(f=tanh),
    "rescale": map_scaling(f=absolute),
    "reflect": map_signs(f=tanh),
    "hinge": hinge(f=max1),
    "signed_fuse": fuse_signed,
    "signed_positive": signed_positive,
    "signed_map": signed_map(f=cube),
    "magnitude": odd_magnitude(f=tanh),
    "sign": odd_sign(f=tanh),
    "polar": polar,
}


@pytest.mark.parametrize("e", [*INSTANCES.values()], ids=[*INSTANCES])
def test_every_axiom_round_trips(e: Equation) -> None:
    holds(e, values={"s": softplus})
    assert check(proof_bytes(e)).rests_on[0].endswith(": PROVED by kernel")


def test_every_axiom_of_the_table_is_among_these() -> None:
    assert {a.name for e in INSTANCES.values() for a in e.axioms} == set(AXIOMS)


# --- rules of the user's own ---


@rule
def double_exp():  # type: ignore[no-untyped-def]
    "e^(2x) = (e^x)^2"
    return scale(2) >> exp, exp >> power(2)


@rule(by="sympy")
def odd():  # type: ignore[no-untyped-def]
    "tanh(-x) = -tanh x"
    return negate >> tanh, tanh >> negate


@rule
def shrunk(W: Weight, c: Scalar = Scalar("c", positive)):  # type: ignore[no-untyped-def]  # noqa: B008
    "(c·x) ; W = W ; c·x"
    return fn(scale(c)) >> add(W), add(W) >> scale(c)


@pytest.mark.parametrize(("e", "grade"), [(double_exp, "ASSUMED"), (odd, "CHECKED"), (shrunk, "ASSUMED")])
def test_rules_of_the_users_own_travel_and_are_listed(e: Equation, grade: str, tmp_path: Path) -> None:
    assert holds(e).grade == grade
    start = e.lhs(W=Weight("W", 2, 2)) if e is shrunk else e.lhs
    used = (wire(2) >> start >> tanh).rewrite(e)
    verdict = holds(used)
    assert verdict.grade == grade
    assert any(f"recorded as {grade}" in line for line in verdict.rests_on)
    save_proof(used, tmp_path / "p.json")
    again = load_proof(tmp_path / "p.json")
    assert again.grade.name == grade
    assert (again.lhs, again.rhs) == (used.lhs, used.rhs)
    assert again.axioms == used.axioms


# --- the same bytes ---

SCRIPT = """
import hashlib
from sigmaprime.diagrams import *
from sigmaprime.rewrite import *
from sigmaprime.rewrite.proof import proof_bytes
sigma = Function("σ", positive, positive)
@diagram(wire(3, positive), wire(2, positive))
def net(x, y):
    h = sigma(mul("W1", 3, 3, bias="b1")(x))
    return mul("W2", 3, 2)(h) * y, concat(h, y)[1:4] + h, sigma(mul("W1", 3, 3, bias="b1")(x))
e = absorb(to_additive(net)).rewrite(share)
f = to_multiplicative(to_additive(net))
print(*[hashlib.sha256(proof_bytes(x)).hexdigest() for x in (e, f, simplify(net), companion, fuse(g=sinh))])
"""


def test_the_same_proof_is_the_same_file_in_every_process() -> None:
    assert same(SCRIPT)


@pytest.mark.parametrize("path", PROOFS, ids=lambda p: p.name)
def test_proofs_of_version_1_go_on_checking(path: Path) -> None:
    e = load_proof(path)
    holds(e)
    assert str(e).startswith("⊢ exp ; mul(W1, b1) ; σ ; mul(W2)")
    assert str(e.rhs) == "add(W1, b1) ; σ' ; add(W2) ; σ' ; add(W3)"
    assert proof_bytes(e) == path.read_bytes()
    assert e.check().grade is e.grade


def test_there_is_a_committed_proof() -> None:
    assert PROOFS


# --- what is no proof ---


def test_truncated_files_are_refused() -> None:
    data = proof_bytes(companion)
    for cut in range(0, len(data) - 2, 37):
        with pytest.raises(Refused):
            check(data[:cut])


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"null", b"[]", b"{}", b"1e400", b'{"format":NaN}', b"[" * 5000, b'"sigmaprime-proof"']
)
def test_other_bytes_are_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(Refused, match=r"\w+ \w+"):
        check(data)
    with pytest.raises(BadFile):
        read_proof(data)


def test_loading_says_which_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no file"):
        load_proof(tmp_path / "none.json")
    assert not list(tmp_path.iterdir())


# --- one token changed ---


def _zoo() -> list[Equation]:
    @diagram(wire(3, positive), wire(1, positive))
    def net(x: Wire, y: Wire) -> tuple[Wire, Wire]:
        h = mul("W1", 3, 4)(tanh(concat(x, x)[1:4]))
        return mul("W2", 2, 1, bias="b")(softplus(h[0:2])) * y, h[2:3]

    _, unfold = define("σ'", exp >> sigma >> ln)
    doubled = mix(sinh, "W1", 2, 2, bias="b1") >> mix(sinh, "W2", 2, 2, bias="b2") >> scale(2) >> exp
    constant = add(np.array([[1.0, 2.0], [0.5, -1.0]])) >> add("A", 2, 2) >> tanh
    assumed = map_equal(f=then(real, relu), g=real, on=reals, given=(UNSURE,))
    return [
        companion,
        absorb(to_additive(net)),
        doubled.rewrite(fuse(g=sinh), double_exp),
        (mul("V", 2, 2) >> sigma >> ln).rewrite(mult_add, ~unfold)(σ=softplus),
        constant.rewrite(fuse_add, ~cancel(f=exp), at=[2, 3]),
        (wire("n") >> fn(then(real, relu)) >> relu).rewrite(assumed, cancel(f=relu, on=at_least(0)), given=[UNSURE]),
        _pair().rewrite(share),
    ]


def _pair() -> Any:
    @diagram(wire(2))
    def pair(x: Wire) -> tuple[Wire, Wire]:
        return sigmoid(tanh(x)), sigmoid(tanh(x))

    return pair


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def mutate(proof: Any, rng: random.Random) -> None:
    """Change one token of a proof."""
    path = rng.choice(list(places(proof)))
    holder = proof
    for key in path[:-1]:
        holder = holder[key]
    key, old = path[-1], holder[path[-1]]
    if isinstance(old, bool):
        holder[key] = not old
    elif isinstance(old, int):
        holder[key] = rng.choice([old + 1, old - 1, 0, rng.randrange(20)])
    elif isinstance(old, str):
        pool = [v for v in map(str, _leaves(proof)) if len(v) < 20]
        swapped = "".join(rng.sample(old, len(old)))
        holder[key] = rng.choice([rng.choice(pool), swapped, old.replace("(", "["), old[:-1]])
    elif isinstance(old, list) and old:
        at = rng.randrange(len(old))
        change = rng.randrange(3)
        if change == 0:
            del old[at]
        elif change == 1:
            old.insert(at, old[at])
        else:
            old[at], old[-1] = old[-1], old[at]
    elif isinstance(holder, list):
        del holder[key]
    else:
        holder[rng.choice(["of", "x", "name"])] = holder.pop(key)


def _leaves(value: Any) -> Iterator[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        yield value
    else:
        for v in inner:
            yield from _leaves(v)


def survives(count: int, seed: int) -> tuple[int, int]:
    """Mutate so often; how many were accepted, and of those how many said something new. Every accepted one is evaluated."""
    rng = random.Random(seed)
    zoo = [(proof_bytes(e), check(proof_bytes(e)).claim) for e in _zoo()]
    accepted_count = new = 0
    for _ in range(count):
        data, claim = rng.choice(zoo)
        proof = json.loads(data)
        mutate(proof, rng)
        changed = json.dumps(proof, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        if changed == data:
            continue
        try:
            verdict = check(changed)
        except Refused:
            continue
        accepted_count += 1
        e = replayed(changed)
        if verdict.claim != claim:
            new += 1
            agree(e, values={"s": softplus, "σ": softplus}, epsilon=1e-6)
    return accepted_count, new


def test_a_changed_proof_is_refused_or_proves_what_it_says() -> None:
    accepted_count, _ = survives(1000, 0)
    assert accepted_count < 300


@pytest.mark.long
def test_many_changed_proofs_are_refused_or_prove_what_they_say() -> None:
    survives(100_000, 1)


def test_the_zoo_is_sound() -> None:
    for e in _zoo():
        agree(e, values={"s": softplus})
        accepted(e)


def test_a_digest_is_of_the_statement_alone() -> None:
    proof = json.loads(proof_bytes(double_exp))
    assert proof["axioms"][0]["sha256"] == double_exp.axioms[0].digest
    assert len({e.axioms[0].digest for e in INSTANCES.values()}) == len(INSTANCES)
    assert hashlib.sha256(b"").hexdigest() not in {e.axioms[0].digest for e in INSTANCES.values()}


def test_an_axiom_that_two_calls_made_is_written_once() -> None:
    one, two = map_scaling(f=relu), map_scaling(f=relu, on=reals)
    assert one is not two
    proved = accepted(one.then(~two))
    assert len(proved.rests_on) == 1
