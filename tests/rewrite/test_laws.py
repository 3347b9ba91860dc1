"""Kernel and second reader agree on random journals: they take the same steps and refuse the same steps."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Interval,
    SigmaError,
    exp,
    identity,
    ln,
    nonnegative,
    positive,
    power,
    reals,
    relu,
    sinh,
    square,
    tanh,
    unit,
)
from sigmaprime.diagrams.function import parts, then
from sigmaprime.diagrams.image import image
from sigmaprime.diagrams.term import Head
from sigmaprime.rewrite import (
    Equation,
    cancel,
    chart,
    companion,
    compose,
    concat_slice,
    define,
    fuse,
    fuse_add,
    map_concat,
    map_identity,
    map_slice,
    mult_add,
    slice_concat,
    unit_add,
)
from sigmaprime.rewrite.check import Refused, check
from sigmaprime.rewrite.facts import family
from sigmaprime.rewrite.kernel import finish, refl
from sigmaprime.rewrite.load import replayed
from sigmaprime.rewrite.proof import proof_bytes
from sigmaprime.rewrite.rewriting import Rewriting
from tests.nets import random_net
from tests.rewrite.theorem import agree, sigma

_, UNFOLD = define("σ'", exp >> sigma >> ln)
FIXED: tuple[Equation, ...] = (
    mult_add, ~mult_add, companion, ~companion, fuse_add, unit_add, ~unit_add, UNFOLD, ~UNFOLD, fuse(g=exp), chart(g=sinh), ~chart(g=sinh),
    cancel(f=exp), cancel(f=ln), ~cancel(f=exp), ~cancel(f=ln, on=positive), ~cancel(f=sinh, on=nonnegative),
    cancel(f=square, g=power("1/2"), on=positive), cancel(f=relu, on=positive), cancel(f=relu, on=nonnegative), cancel(f=relu, on=unit),
    map_identity(on=reals), ~map_identity(on=reals), ~map_identity(on=unit),
    *(map_concat(f=f, on=[on, on]) for f, on in ((exp, reals), (tanh, reals), (ln, positive), (relu, reals))),
    *(~map_concat(f=f, on=[on, on]) for f, on in ((exp, reals), (tanh, reals), (ln, positive))),
    map_slice(f=tanh), ~map_slice(f=tanh), map_slice(f=exp, on=positive), slice_concat(part=0), slice_concat(part=1), concat_slice(on=reals),
    ~concat_slice(on=reals),
)  # fmt: skip


def rules_for(d: Diagram, rng: random.Random) -> list[Equation]:
    """Some of the fixed rules, and of compositions and cancellations of maps that occur; half of them fit somewhere."""
    functions = [t for t in d.terms if isinstance(t, Function)] + [exp, ln, tanh, identity]
    found = list(FIXED)
    for _ in range(12):
        f, g = rng.choice(functions), rng.choice(functions)
        on = rng.choice([reals, positive, nonnegative, unit])
        for make in (lambda f=f, g=g, on=on: compose(f=f, g=g, on=on), lambda f=f, on=on: cancel(f=f, on=on)):
            try:
                e = make()
                found += [e] if _saturates(f, on) else [e, ~e]
            except SigmaError:
                continue
    for chain in (parts(t) for t in functions if t.head is Head.THEN):  # taken apart again
        for on in (reals, positive):
            with suppress(SigmaError):
                found.append(~compose(f=then(*chain[:-1]), g=chain[-1], on=on))
    usable = [e for e in dict.fromkeys(found) if _usable(e)]
    fitting = [e for e in usable if e.stepper().kinds == {0} or e.matches(d)]
    return list(dict.fromkeys([*rng.sample(fitting, min(8, len(fitting))), *rng.sample(usable, 8)]))


def _saturates(f: Function, on: Interval) -> bool:
    """Whether f brings far numbers together, so that floats do not come back from it."""
    return image(f, on).hi <= 1


def _usable(e: Equation) -> bool:
    try:
        e.stepper()
    except SigmaError:
        return False
    return True


Entry = tuple[int, ...]


class Walk:
    """One rewriting, driven at random; the rules are numbered as in its file."""

    def __init__(self, d: Diagram, rules: Sequence[Equation]) -> None:
        self.start, self.rules = refl(d), list(rules)
        self.run = Rewriting(self.start.rhs, self.start.known[1], (), ())
        for r in rules:
            self.run.number(r)
        self.run.rules.setdefault(None, len(rules))

    def takes(self, entry: Entry) -> bool:
        """Whether the kernel takes a step; nothing is changed where it does not."""
        rule, node, *earlier = entry
        try:
            if rule == len(self.rules):
                if not self.run.same(node, earlier[0]):
                    return False
                self.run.share(node, earlier[0])
                return True
            if not 0 <= node < len(self.run.ws.op) or self.run.ws.forward[node] >= 0:
                return False
            return self.run.step(self.rules[rule], node)
        except SigmaError:
            return False

    def entry(self, rng: random.Random) -> Entry:
        node = rng.randrange(len(self.run.ws.op) + 1)
        if rng.random() < 0.1:
            op, fn = self.run.ws.op, self.run.ws.fn
            alike = [
                w for w in range(len(op)) if node < len(op) and (op[w], fn[w]) == (op[node], fn[node]) and w != node
            ]
            return len(self.rules), node, rng.choice(alike or [node])
        return rng.randrange(len(self.rules)), node


def with_journal(data: bytes, entries: Sequence[Entry]) -> bytes:
    """The file with another journal; its claim stays, and is no longer what the replay gives."""
    proof = json.loads(data)
    proof["equations"][-1]["journal"] = [n for entry in entries for n in entry]
    return json.dumps(proof, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def reader_takes(data: bytes) -> bool:
    """Whether the second reader follows every step; that the claim differs is another matter."""
    try:
        check(data)
    except Refused as no:
        return str(no).startswith("claim:")
    return True


def compare(seed: int) -> tuple[int, int]:
    """Walk at random; kernel and reader agree on the whole, and on every step that was tried; how many were taken and refused."""
    rng = random.Random(seed)
    net = random_net(np.random.default_rng(seed), steps=rng.randrange(1, 7))
    walk = Walk(net.diagram, rules_for(net.diagram, rng))
    taken: list[Entry] = []
    refused: list[tuple[int, Entry]] = []
    for _ in range(100):
        if len(taken) >= 8:
            break
        entry = walk.entry(rng)
        if walk.takes(entry):
            taken.append(entry)
        elif rng.random() < 0.15 or len(entry) == 3:
            refused.append((len(taken), entry))
    if not taken:
        return 0, 0
    try:
        e = finish(walk.start, walk.run)
    except SigmaError:
        return 0, 0
    agree(e, weights=net.weights, inputs=net.inputs, epsilon=1e-5, overflow=True)
    data = proof_bytes(e)
    check(data)
    again = replayed(data)
    assert (again.lhs, again.rhs, again.known, again.outputs) == (e.lhs, e.rhs, e.known, e.outputs)
    for at, entry in refused:
        assert not reader_takes(with_journal(data, [*taken[:at], entry])), (
            seed,
            entry,
            walk.rules[entry[0] % len(walk.rules)],
        )
    for at in range(len(taken) + 1):
        assert reader_takes(with_journal(data, taken[:at])) or at == 0
    return len(taken), len(refused)


def corrupted(seed: int) -> None:
    """A journal with a wrong entry: both follow it, or neither does."""
    rng = random.Random(seed)
    net = random_net(np.random.default_rng(seed), steps=rng.randrange(1, 7))
    rules = rules_for(net.diagram, rng)
    walk = Walk(net.diagram, rules)
    taken = [entry for entry in (walk.entry(rng) for _ in range(120)) if walk.takes(entry)]
    if not taken:
        return
    data = proof_bytes(finish(walk.start, walk.run))
    for _ in range(6):
        changed = list(taken)
        at = rng.randrange(len(changed))
        entry = list(changed[at])
        entry[rng.randrange(len(entry))] += rng.choice([-1, 1, 2])
        changed[at] = tuple(entry)
        if not 0 <= entry[0] <= len(rules) or (entry[0] == len(rules)) != (len(entry) == 3):
            continue
        again = Walk(net.diagram, rules)
        follows = all(again.takes(e) for e in changed)
        assert reader_takes(with_journal(data, changed)) == follows, (seed, changed)


def test_random_steps_are_taken_and_refused_alike() -> None:
    counts = [compare(seed) for seed in range(30)]
    taken, refused = (sum(c) for c in zip(*counts, strict=True))
    assert taken > 90
    assert refused > 180


def test_corrupt_journals_are_followed_or_refused_alike() -> None:
    for seed in range(1000, 1030):
        corrupted(seed)


@pytest.mark.long
def test_many_random_steps_are_taken_and_refused_alike() -> None:
    for seed in range(10_000, 11_500):
        compare(seed)
        corrupted(seed)


def test_the_walk_sees_all_kinds_of_steps() -> None:
    assert len(FIXED) > 30
    wanted = {"mult_add", "share", "compose", "~compose", "cancel", "~cancel", "identity", "~identity"}
    used: set[str] = set()
    for seed in range(260):
        rng = random.Random(seed)
        net = random_net(np.random.default_rng(seed), steps=rng.randrange(1, 7))
        walk = Walk(net.diagram, rules_for(net.diagram, rng))
        for _ in range(60):
            entry = walk.entry(rng)
            if walk.takes(entry):
                used.add("share" if entry[0] == len(walk.rules) else family(walk.rules[entry[0]].label))
        if wanted <= used:
            return
    raise AssertionError(wanted - used)
