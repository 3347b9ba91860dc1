"""A random walk on a net: single steps by every rule there is, in both directions, each one judged.

After every step no output is known less narrowly than before, and at random inputs the values are those of the start: in float64 where rounding
does not tell them apart, else with as many digits as it takes (`diagrams/precise.py`), to 20 of them. At the end every wire holds values
of the interval that is known of it, the second reader accepts the whole proof, and the kernel replays it.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import numpy as np

from sigmaprime.diagrams import (
    Diagram,
    IllTyped,
    Map,
    Mix,
    Refused,
    SigmaError,
    Size,
    Space,
    Weight,
    apply,
    identity,
    inverted,
    positive,
    times,
)
from sigmaprime.diagrams.box import Box, box_of
from sigmaprime.diagrams.precise import precisely
from sigmaprime.rewrite import (
    Equation,
    share,
)
from sigmaprime.rewrite.check import check
from sigmaprime.rewrite.kernel import instantiate, refl
from sigmaprime.rewrite.proof import proof_bytes
from sigmaprime.rewrite.rewriting import key_of, plan_of
from sigmaprime.rewrite.workspace import Workspace
from tests.diagrams.reference import Array, boxes, value
from tests.rewrite.every_rule import SYMMETRIES, kinds, names, opposite, rules, start
from tests.rewrite.theorem import accepted
from tests.weights import random_array

__all__ = ["Walk"]


MOST = 16
"""Boxes; what makes a larger net larger is not taken."""


class Walk:
    """A derivation that grows step by step, and what is asked of every step."""

    def __init__(self, seed: int) -> None:
        self.net, self.planted = start(seed)
        net = self.net
        self.rng, self.fired = random.Random(seed), Counter[str]()
        self.numbers = np.random.default_rng(seed)
        self.arrays: dict[str, Array] = dict(net.weights)
        self.e = refl(net.diagram)
        self.held: list[Array] = list(net.inputs)
        self.seen: dict[tuple[Any, tuple[int, ...]], int] = {}
        self.start = self.floats(net.diagram)
        self.logs = [positive.contains(on) for on in self.e.outputs]
        self.digits: tuple[Any, ...] | None = None
        self.used: dict[str, deque[Equation]] = defaultdict(lambda: deque(maxlen=3))
        """Instances by the name of the way back."""
        self.unstable = False
        """Whether floats are of no use any more."""

    def walk(self, steps: int) -> int:
        """Take that many steps if there are; how many were taken."""
        taken = 0
        while taken < steps and not self.unstable and self.step():
            taken += 1
        return taken

    def step(self) -> bool:
        ws = workspace(self.e)
        every = names()
        rare = self.rng.choices(every, [1 / (1 + self.fired[n]) for n in every], k=20)
        first = [self.planted] if self.planted and not self.fired[self.planted] else []
        for name in (*first, *rare, *self.rng.sample(every, len(every))):
            for after, used in self.ways(name, ws):
                if len(after.rhs) <= max(MOST, len(self.e.rhs)) and self.accepts(name, after):
                    self.fired[name] += 1
                    if used is not None:
                        self.used[toggled(name)].append(opposite(used))
                    return True
                break
        return False

    # --- where a rule fits ---

    def ways(self, name: str, ws: Workspace) -> Iterator[tuple[Equation, Equation | None]]:
        """What becomes of the derivation by the rule at places where it fits, with the instance that was used."""
        if name.removeprefix("~") in SYMMETRIES:
            yield from self.symmetric(name)
            return
        if name == "share":
            seen: dict[Any, int] = {}
            for w in range(ws.inputs, len(ws.op)):
                if seen.setdefault(key_of(ws, w), w) != w:
                    yield self.e.rewrite(share, once=True, at=[seen[key_of(ws, w)], w]), None
            return
        able, used = kinds(name), self.used[name]
        wires = [w for w, op in enumerate(ws.op) if used or op in able]
        for w in self.rng.sample(wires, len(wires)):
            for e in (*rules(name, ws, w, self.rng), *used):
                if fits(e, ws, w):
                    yield self.e.rewrite(e, once=True, at=w), e
                    return

    def symmetric(self, name: str) -> Iterator[tuple[Equation, None]]:
        """add ; f ; add with other weights, in a net that is a chain: the new variable is free on the right, so this is no rule, but a theorem to join."""
        d, row = self.e.rhs, boxes(self.e.rhs)
        if len(d.inputs) > 1 or d.outputs != (len(row),) or any(read != (i,) for i, (_, read) in enumerate(row)):
            return
        nodes = [box for box, _ in row]
        make, family, _ = SYMMETRIES[name.removeprefix("~")]
        for i in range(len(nodes) - 2):
            first, f, second = nodes[i : i + 3]
            if not (isinstance(first, Mix) and isinstance(f, Map) and isinstance(second, Mix)):
                continue
            if first.chart is not identity or second.chart is not identity:
                continue
            try:
                law = make(f.function)
            except SigmaError:
                continue
            Q = family(f"Q{len(self.arrays)}", first.weight.rows)
            self.arrays[Q.name] = random_array(self.numbers, Q)
            there = _at(law, first, second, Q, name.startswith("~"))
            with suppress(IllTyped):  # a part that types only as part of this equation
                whole = chain(d.inputs[0], nodes[:i]) >> there
                n = Space.all[whole.known[1][whole.rhs.outputs[0]]].size
                yield self.e.then(whole >> chain(Space(n, whole.outputs[0]), nodes[i + 3 :])), None

    # --- judging ---

    def accepts(self, name: str, after: Equation) -> bool:
        """Take the step, if its values can be told; whoever finds a wrong one is told the rule and both sides."""
        for was, now in zip(self.e.outputs, after.outputs, strict=True):
            assert was.contains(now), f"{name} widens an output from {was} to {now}\n{self.e}\n{after}"
        known = self.told(after.rhs)
        if known is not None:
            assert known, f"{name} changes values\n{self.e.rhs!r}\n{after.rhs!r}"
            self.e = after
        return known is not None

    def told(self, d: Diagram) -> bool | None:
        """Whether the values are those of the start; None where even 640 digits do not tell."""
        if all(near(a, b, log) for a, b, log in zip(self.floats(d), self.start, self.logs, strict=True)):
            return True
        self.unstable = True
        try:
            if self.digits is None:
                self.digits = self.precise(self.net.diagram)
            after = self.precise(d)
        except Refused:
            return None
        return all(np.all(abs(a - b) <= 1e-20 * (1 + abs(b))) for a, b in zip(after, self.digits, strict=True))

    def floats(self, d: Diagram) -> tuple[Array, ...]:
        """The values by the naive formulas; nan where floats do not hold them."""
        wires = self.values(d)
        return tuple(wires[w] for w in d.outputs)

    def values(self, d: Diagram) -> list[Array]:
        """The values on all wires. A step changes few boxes: what is as it was is not run again."""
        wires = list(range(len(d.inputs)))
        for w in range(len(d.inputs), len(d.columns.op)):
            key = d.row(w), tuple([wires[a] for a in d.columns.arguments(w)])
            if key not in self.seen:
                self.seen[key] = len(self.held)
                self.held.append(self.value(box_of(key[0]), [self.held[a] for a in key[1]]))
            wires.append(self.seen[key])
        return [self.held[w] for w in wires]

    def value(self, box: Box, read: list[Array]) -> Array:
        with np.errstate(all="ignore"):
            try:
                return value(box, read, self.arrays)
            except (ArithmeticError, ValueError, AssertionError):
                return np.full((1, 1), np.nan)

    def precise(self, d: Diagram) -> tuple[Any, ...]:
        return precisely(d, self.net.inputs, self.given(d), self.logs)

    def given(self, d: Diagram) -> dict[str, Array]:
        return {v.name: self.arrays[v.name] for v in d.variables}

    def finish(self, *, replay: bool = True) -> None:
        """Every wire holds what is known of it; the second reader accepts the proof, and the kernel replays it."""
        for d, spaces in zip((self.e.lhs, self.e.rhs), self.e.known, strict=True):
            for w, (x, space) in enumerate(zip(self.values(d), spaces, strict=True)):
                on = Space.all[space].interval
                within = (x >= float(on.lo) - slack(on.lo)) & (x <= float(on.hi) + slack(on.hi)) | ~np.isfinite(x)
                assert within.all(), f"wire {w} leaves {on}: {x}\n{d!r}"
        if replay:
            accepted(self.e)
        else:
            check(proof_bytes(self.e))


def workspace(e: Equation) -> Workspace:
    """The right side with what is known of its wires, to look where rules fit."""
    ws = Workspace(e.rhs.inputs)
    ws.outputs = ws.splice(e.rhs, e.known[1], range(len(e.rhs.inputs)))
    return ws


@lru_cache(maxsize=4096)
def usable(e: Equation) -> bool:
    """Whether the equation can be used as a rule."""
    try:
        plan_of(e)
    except SigmaError:
        return False
    return True


def fits(e: Equation, ws: Workspace, w: int) -> bool:
    """Whether a rule fits at a wire."""
    if not usable(e):
        return False
    plan = plan_of(e)
    if w < ws.inputs and not plan.bare:
        return False
    found = plan.look(ws, w)
    return isinstance(found, tuple) and not found[1].hypotheses


def chain(on: Space, row: Sequence[Box]) -> Diagram:
    """Boxes one after the other."""
    return Diagram([on], [(box, [i]) for i, box in enumerate(row)], [len(row)])


def _at(law: Equation, first: Mix, second: Mix, Q: Weight, backwards: bool) -> Equation:
    """A symmetry at these layers, by Q; backwards they are its right side, so that Q⁻¹ is what stands on the left."""
    W1, b1, W2 = first.weight, first.bias, second.weight
    (own,) = (v for v in law.rhs.variables if v not in law.lhs.variables)
    sizes = {Size("n"): Q.rows, Size("k"): W1.columns, Size("m"): W2.rows}
    if backwards:
        W1, b1, W2 = times(inverted(Q), W1), apply(inverted(Q), b1), times(W2, Q)
    by_name = {"W1": W1, "b1": b1, "W2": W2, "b2": second.bias}
    at = instantiate(law, {**sizes, **{v: by_name[v.name] for v in law.lhs.variables if v.name in by_name}, own: Q})
    return ~at if backwards else at


def near(a: Array, b: Array, log: bool) -> bool:
    """Whether floats agree up to rounding."""
    with np.errstate(all="ignore"):
        if log:
            a, b = np.log(a), np.log(b)
        return bool(np.all(np.abs(a - b) <= 1e-9 * (1 + np.abs(b))))  # nan is not near


def slack(end: Any) -> float:
    return 1e-6 * (1 + abs(float(end))) if np.isfinite(float(end)) else 0.0


def toggled(name: str) -> str:
    return name[1:] if name.startswith("~") else f"~{name}"
