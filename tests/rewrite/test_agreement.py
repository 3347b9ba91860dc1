"""The kernel and the second reader agree: on which steps a journal may hold, and on what comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Interval,
    SigmaError,
    Size,
    Space,
    Vector,
    Weight,
    add,
    atanh,
    exp,
    identity,
    ln,
    maximum,
    nonnegative,
    positive,
    reals,
    relu,
    scale,
    sigmoid,
    sinh,
    softplus,
    tanh,
    then,
)
from sigmaprime.rewrite import Equation, companion, mult_add
from sigmaprime.rewrite import check as reader
from sigmaprime.rewrite.axioms import (
    chart,
    compose,
    concat_slice,
    fuse_add,
    map_concat,
    map_equal,
    map_identity,
    map_slice,
    slice_concat,
    unit_add,
)
from sigmaprime.rewrite.facts import Equal, Grade
from sigmaprime.rewrite.kernel import axiom, finish, instantiate, par, refl, seq, sym, trans
from sigmaprime.rewrite.proof import proof_bytes
from sigmaprime.rewrite.rewriting import Rewriting
from tests.nets import random_net

sigma, tau = Function("σ", positive, positive), Function("τ", reals, reals)
SCHEMAS = (compose, chart, map_identity, map_concat, map_slice, slice_concat, concat_slice)
FUNCTIONS = (exp, ln, tanh, relu, sigmoid, sinh, softplus, identity, maximum(1), scale(2), atanh)
GIVEN = Equal(then(tau, relu), tau, reals)


def draw(rng: np.random.Generator, items: Sequence[Any]) -> Any:
    return items[int(rng.integers(len(items)))]


def odd_axioms() -> Iterator[Equation]:
    """Statements of users, true or not: variables on both sides, wires read twice, wires unread, bare sides, several outputs."""
    from sigmaprime.diagrams import Concat, Map, Slice

    def diagram(on: Sequence[tuple[Size, Interval]], nodes: Any, outputs: Sequence[int]) -> Diagram:
        return Diagram([Space(n, j) for n, j in on], nodes, outputs)

    n, m = Size("n"), Size("m")
    x, y = [(n, reals)], [(n, positive)]
    sides = [
        (diagram(y, [(Map(sigma), [0])], [1]), diagram(y, [(Map(sigma), [0]), (Map(sigma), [1])], [2])),
        (diagram(x, [(Map(tau), [0]), (Map(tau), [1])], [2]), diagram(x, [(Map(tau), [0])], [1])),
        (diagram(x, [(Map(tau), [0])], [1]), diagram(x, [], [0])),
        (diagram(x, [(Map(tanh), [0])], [1]), diagram(x, [(Map(then(tanh, tanh)), [0])], [1])),
        (diagram([(n, reals), (n, reals)], [(Concat(), [0, 0])], [2]), diagram([(n, reals), (n, reals)], [(Concat(), [0, 1])], [2])),
        (diagram(x, [(Concat(), [0, 0])], [1]), diagram(x, [(Map(tanh), [0]), (Concat(), [1, 1])], [2])),
        (diagram([(n, reals), (m, reals)], [(Concat(), [0, 1])], [2]), diagram([(n, reals), (m, reals)], [(Map(tanh), [1]), (Concat(), [0, 2])], [3])),
        (diagram(x, [(Map(tanh), [0]), (Map(exp), [1])], [1, 2]), diagram(x, [(Map(tanh), [0]), (Map(exp), [1])], [1, 2])),
        (diagram(x, [(Map(maximum(1)), [0])], [1]), diagram(x, [], [0])),
        (diagram([(n + n, reals)], [(Slice(n, n), [0])], [1]), diagram([(n + n, reals)], [(Slice(Size(0), n), [0])], [1])),
        (diagram(x, [], [0]), diagram(x, [], [0])),
    ]  # fmt: skip
    for i, (left, right) in enumerate(sides):
        yield axiom(f"user:a{i}", {}, left, right, grade=Grade.ASSUMED, by="nobody")
    W, V, b = Weight("W", m, n), Weight("V", m, n), Vector("b", m)
    for i, (left, right) in enumerate(
        [(add(W, b), add(W)), (add(W), add(W, b) >> tanh), (add(W) >> tanh, tanh >> add(W)), (add(V), add(V) >> relu)]
    ):
        try:
            yield axiom(f"user:w{i}", {}, left, right, grade=Grade.ASSUMED, by="nobody")
        except SigmaError:
            continue


FIXED: list[Equation] = [
    fuse_add, unit_add, mult_add, companion, map_identity(on=reals), map_identity(on=positive), chart(g=exp), chart(g=sinh),
    concat_slice(on=reals), map_equal(f=relu, g=identity, on=nonnegative), map_equal(f=then(exp, ln), g=identity, on=reals),
    map_equal(f=GIVEN.first, g=GIVEN.second, on=reals, given=[GIVEN]), *odd_axioms(),
]  # fmt: skip


def rule_for(rng: np.random.Generator, run: Rewriting, node: int) -> Equation | None:
    """A rule: an instance made for the node, or any, in either direction."""
    if rng.random() < 0.4:
        fitting = [s.instance(run.ws, node) for s in SCHEMAS if run.ws.op[node] in s.stepper().kinds]
        found = [e for e in fitting if isinstance(e, Equation)]
        return draw(rng, found) if found else None
    e: Equation = draw(rng, FIXED)
    if rng.random() < 0.2:
        try:
            f, g = draw(rng, FUNCTIONS), draw(rng, FUNCTIONS)
            e = compose(f=f, g=g) if rng.random() < 0.5 else map_concat(f=f, parts=int(rng.integers(1, 4)))
        except SigmaError:
            return None
    return sym(e) if rng.random() < 0.5 else e


def verdict(e: Equation) -> str:
    """What the reader refuses, "" if it accepts."""
    try:
        reader.check(proof_bytes(e))
    except reader.Refused as no:
        return str(no)
    return ""


def tried(run: Rewriting, rule: Equation | None, node: int, earlier: int) -> bool:
    """Whether the kernel makes the step."""
    if rule is not None:
        try:
            return run.step(rule, node)
        except SigmaError:
            return False
    ws = run.ws
    rows = [(ws.op[w], ws.fn[w], ws.wt[w], ws.bs[w], ws.arguments(w)) for w in (node, earlier)]
    same = node != earlier and node >= ws.inputs and rows[0] == rows[1] and ws.forward[earlier] < 0
    if same:
        run.share(node, earlier)
    return same


def forged(e: Equation, run: Rewriting, rule: Equation | None, node: int, earlier: int) -> str:
    """What the reader says of a journal that claims one step more than was made."""
    new, at = rule not in run.rules, len(run.journal_rule)
    run.journal_rule.append(run.rules.setdefault(rule, len(run.rules)))
    run.journal_node.append(node)
    if rule is None:
        run.earlier[at] = earlier
    said = verdict(finish(e, run))
    run.journal_rule.pop()
    run.journal_node.pop()
    run.earlier.pop(at, None)
    if new:
        del run.rules[rule]
    return said


@pytest.mark.parametrize("seed", range(60))
def test_kernel_and_reader_agree_on_every_step(seed: int) -> None:
    rng = np.random.default_rng(seed)
    d = random_net(rng).diagram
    e = refl(d)
    run = Rewriting(d, e.known[1], (), [GIVEN] if seed % 2 else [])
    made = 0
    for _ in range(40):
        node = int(rng.integers(len(run.ws.op)))
        if run.ws.forward[node] >= 0:
            continue
        earlier = int(rng.integers(len(run.ws.op)))
        rule = None if rng.random() < 0.2 else rule_for(rng, run, node)
        if rule is None and run.ws.forward[earlier] >= 0:
            continue
        if tried(run, rule, node, earlier):
            made += 1
            continue
        said = forged(e, run, rule, node, earlier)
        where = f"{rule} at {node}" if rule is not None else f"share {node}, {earlier}"
        by_step = re.match(rf"equation \d+: journal entry {made}: ", said)
        as_rule = rule is not None and re.match(r"equation \d+: (a rule has|an input of)", said)
        assert by_step or as_rule, f"the kernel refuses {where} after {made} steps; the reader: {said or 'accepts'}"
    assert not verdict(finish(e, run))


def test_kernel_and_reader_agree_on_makers() -> None:
    """seq, par, trans and instantiate of equations about random nets."""
    accepted = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        one, two = (refl(random_net(rng, chain=True).diagram) for _ in range(2))
        e, f = one.rewrite(compose), two.rewrite(chart)
        for make, first, second in ((par, e, f), (seq, e, f), (trans, e, sym(e)), (seq, sym(f), e)):
            try:
                made = make(first, second)
            except SigmaError:
                continue
            assert not verdict(made)
            accepted += 1
        values = {v: draw(rng, FUNCTIONS) for v in (sigma, tau)}
        for user in FIXED[-15:]:
            try:
                made = instantiate(user, {v: t for v, t in values.items() if v in user.lhs.variables})
            except SigmaError:
                continue
            assert not verdict(made)
            accepted += 1
    assert accepted > 200
