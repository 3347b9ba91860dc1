"""Rewrites per second for each rule, forwards and backwards: run from the root of the project,

    python -m tests.bench.rules [copies]        (default 2000)

One side of an example of the rule, that many times beside each other on the same wires; the rule is used once in each copy. `ratio` is to the plain rule
`mult_add` in the same run. A rule whose left side is a bare wire moves every reader of that wire, and is timed on a tenth of the copies. Types are
checked and every step is recorded; nothing here asserts a time.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from itertools import product

from sigmaprime.diagrams import Diagram
from sigmaprime.diagrams.draft import Draft
from sigmaprime.rewrite import Equation, share
from sigmaprime.rewrite.kernel import refl
from sigmaprime.rewrite.rewriting import Rewriting, plan_of
from tests.rewrite.every_rule import SYMMETRIES, instances, names, opposite, planted, rules
from tests.rewrite.walk import fits, workspace

REPEATS = 5
PLAIN = "mult_add"


def copies(side: Diagram, count: int) -> Diagram:
    """The diagram that many times, on the same inputs."""
    draft = Draft(side.inputs)
    wires = range(len(side.inputs))
    return draft.diagram([end for _ in range(count) for end in draft.splice(side, wires)])


def examples(name: str) -> Iterator[tuple[Equation, Diagram]]:
    """The rule at a place where it fits, and that place's diagram."""
    backwards = name.startswith("~")
    rng = random.Random(0)
    for e, turned in product(instances(name.removeprefix("~")), (backwards, not backwards)):
        side = planted(e, 0, backwards=turned).diagram
        ws = workspace(refl(side))
        for w in range(len(ws.op)):
            for found in (opposite(e) if backwards else e, *rules(name, ws, w, rng)):
                if fits(found, ws, w):
                    yield found, side


def rate(e: Equation, side: Diagram, count: int) -> float:
    """Steps a second of the loop alone, the best of a few runs."""
    bare = plan_of(e).bare
    start = refl(copies(side, count // 10 if bare else count))
    ws = workspace(start)
    wires = sorted({*ws.outputs}) if bare else [w for w in range(ws.inputs, len(ws.op)) if fits(e, ws, w)]
    best = 0.0
    for _ in range(REPEATS):
        run = Rewriting(start.rhs, start.known[1], (), ())
        begun = time.perf_counter()
        run.all([e], once=True, at=wires)
        best = max(best, len(run.journal_rule) / (time.perf_counter() - begun))
    return best


def sharing(side: Diagram, count: int) -> float:
    """Equal copies that become one."""
    start = refl(copies(side, count))
    best = 0.0
    for _ in range(REPEATS):
        run = Rewriting(start.rhs, start.known[1], (), ())
        begun = time.perf_counter()
        run.all([share])
        best = max(best, len(run.journal_rule) / (time.perf_counter() - begun))
    return best


def main(count: int) -> None:
    """Print the table."""
    e, side = next(examples(PLAIN))
    plain = rate(e, side, count)
    print(
        f"{count:,} copies, best of {REPEATS} runs; Python {sys.version.split()[0]}; {PLAIN}: {plain:,.0f} rewrites/s\n"
    )
    print(f"{'rule':22} {'rewrites/s':>12} {'ratio':>7}")
    for name in names():
        if name.removeprefix("~") in SYMMETRIES:  # theorems to join, no rules: the new variable is free on the right
            continue
        if name == "share":
            speed = sharing(side, count)
        else:
            e, side = next(examples(name))
            speed = rate(e, side, count)
        print(f"{name:22} {speed:12,.0f} {speed / plain:7.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
