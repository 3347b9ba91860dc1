"""Random rewrites: single steps by every rule in both directions, on random nets of all boxes, and not one that changes a value or widens a type.

`walk.py` says what is asked of a step and of a whole walk. The ordinary run takes 10,000 steps; `-m long` takes 1,000,000 in a hundred parts, each
with seeds of its own: `pytest -m long tests/rewrite/test_random.py -k 'part and 17'`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

import sigmaprime.rewrite as words
from sigmaprime.rewrite import Equation, Schema
from sigmaprime.rewrite.compiled import ENABLED
from tests.rewrite.every_rule import EQUATIONS, SCHEMAS, halved, names, opposite
from tests.rewrite.walk import Walk, usable

STEPS = 60


def walked(seeds: Iterable[int], steps: int) -> Counter[str]:
    """Walk from the seeds in order until that many steps are taken; how often each rule fired."""
    fired: Counter[str] = Counter()
    for seed in seeds:
        if fired.total() >= steps:
            break
        ENABLED[0] = seed % 4 == 0  # most rules are used once or twice: not worth compiling
        walk = Walk(seed)
        walk.walk(STEPS)
        walk.finish(replay=seed % 3 == 0)
        fired += walk.fired
    return fired


def seeds_of(name: str, count: int) -> list[int]:
    """Seeds of walks that begin with a side of this rule."""
    every = [n for n in names() if n != "share"]
    return [2 * (turn * len(every) + every.index(name)) for turn in range(1, count + 1)]


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Steps are compiled again, and the many instances that were made are forgotten."""
    yield
    ENABLED[0] = True
    for schema, _ in SCHEMAS.values():
        for way in (schema, ~schema):
            way._made.clear()
            way.seen.clear()
    for remembered in (opposite, halved, usable):
        remembered.cache_clear()


def test_ten_thousand_random_rewrites_change_no_value_and_widen_no_type() -> None:
    fired = walked(range(1_000), 10_000)
    assert fired.total() >= 10_000
    for name in [name for name in names() if not fired[name]]:  # a rare one: on nets that begin with one of its sides
        for seed in seeds_of(name, 40):
            fired += walked([seed], 1)
            if fired[name]:
                break
    assert [name for name in names() if not fired[name]] == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(100))
def test_a_million_random_rewrites_change_no_value_and_widen_no_type(part: int) -> None:
    fired = walked(range(1_000 * (part + 1), 1_000 * (part + 2)), 10_000)
    assert fired.total() >= 10_000


def test_the_book_has_every_rule_that_the_package_exports() -> None:
    exported = {id(e): name for name in words.__all__ if isinstance(e := getattr(words, name), Equation | Schema)}
    book = {id(e) for e in EQUATIONS.values()} | {id(schema) for schema, _ in SCHEMAS.values()}
    assert [name for i, name in exported.items() if i not in book] == []
