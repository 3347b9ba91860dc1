"""Random formulas through the oracle: no answer contradicts high-precision samples of the same formula, calculated apart."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from sigmaprime.diagrams import Function, Interval, SigmaError
from sigmaprime.diagrams.term import Head
from sigmaprime.rewrite import Grade, Verdict, describe, injective
from tests.rewrite.formulas import Formula, TooLarge, Undefined, formula, mp

PROVED, CHECKED, REFUTED, UNKNOWN = Grade.PROVED, Grade.CHECKED, Grade.REFUTED, Grade.UNKNOWN
DOMAINS = [
    Interval(t)
    for t in (
        "(-oo, oo)",
        "(-oo, oo)",
        "(0, oo)",
        "(0, oo)",
        "[0, oo)",
        "(1, oo)",
        "(-1, 1)",
        "[-2, 3]",
        "(-oo, 0)",
        "[1/2, 4)",
    )
]
SECONDS = 0.02
TINY = mp.mpf(10) ** -25
STEP = mp.mpf(10) ** -22


class Sample:
    """A formula at points of an interval."""

    def __init__(self, said: str, run: Any, on: Interval, draw: random.Random) -> None:
        self.said, self.run, self.on = said, run, on
        lo = on.lo if isinstance(on.lo, Fraction) else Fraction(-30)
        hi = on.hi if isinstance(on.hi, Fraction) else Fraction(30)
        near = [lo + (hi - lo) * Fraction(draw.randint(1, 4095), 4096) for _ in range(14)]
        ends = [*(lo + Fraction(1, 10**k) for k in (3, 9)), *(hi - Fraction(1, 10**k) for k in (3, 9))]
        small = [Fraction(draw.randint(-300, 300), 100) for _ in range(8)]
        self.points: list[tuple[Fraction, Any]] = []
        for x in sorted({x for x in (*near, *ends, *small, Fraction(0), Fraction(1)) if x in on}):
            if (y := self.at(x)) is not None:
                self.points.append((x, y))

    def at(self, x: Any, far: bool = False) -> Any:
        """The value; None where it is too large, or far out, where 60 digits do not tell 1 + tanh x from 0."""
        try:
            return self.run(mp.mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else x)
        except TooLarge:
            return None
        except Undefined:
            if far:
                return None
            raise AssertionError(f"{self.said} has no value at {x}") from None

    def slope(self, x: Fraction, side: int) -> Any:
        c = mp.mpf(x.numerator) / x.denominator
        ends = [self.at(c + side * k * STEP) for k in (1, 2)]
        return None if None in ends else side * (ends[1] - ends[0]) / STEP

    def slack(self, *values: Any) -> Any:
        return TINY * max(1, *map(abs, values))


def end(x: Any) -> Any:
    """An end of an interval, a number, or a span, as two numbers."""
    if isinstance(x, (Fraction, int)):
        return mp.mpf(x.numerator) / x.denominator
    return mp.mpf(x)


def no_contradiction(sample: Sample, facts: dict[str, Verdict], signature: Interval) -> None:
    said, points = sample.said, sample.points
    values = [y for _, y in points]
    pairs = list(itertools.pairwise(points))
    for name in ("image", "bounded"):
        verdict = facts[name]
        if verdict.grade is PROVED:
            for on in (signature, facts["image"].value):
                for x, y in points:
                    assert end(on.lo) - sample.slack(y) <= y <= end(on.hi) + sample.slack(y), (said, name, verdict, x)
    for name, way in (("increasing", 1), ("decreasing", -1)):
        verdict = facts[name]
        if verdict.grade is PROVED:
            for (x, u), (y, v) in pairs:
                assert way * (v - u) >= -sample.slack(u, v), (said, verdict, x, y)
        if verdict.grade is REFUTED:
            u, v = (sample.at(x) for x in verdict.point)
            assert None in (u, v) or way * (v - u) <= sample.slack(u, v), (said, verdict)
    one = facts["injective"]
    if one.grade is PROVED:
        ways = {u < v for (_, u), (_, v) in pairs if abs(u - v) > sample.slack(u, v)}
        assert len(ways) < 2, (said, one)
    if one.grade is REFUTED:
        rises = facts["increasing"].grade, facts["decreasing"].grade
        u, v = (sample.at(x) for x in one.point)
        assert None in (u, v) or abs(u - v) <= sample.slack(u, v) or PROVED not in rises, (said, one)
    _zeros(sample, facts["zeros"])
    _joints(sample, facts["smooth"])
    for name, side in (("left limit", -1), ("right limit", 1)):
        if facts[name].grade is PROVED:
            _limit(sample, facts[name], side)
    verdict = facts["symmetric"]
    if verdict.grade <= CHECKED:
        kind, c, d = verdict.value
        for x, y in points:
            other = sample.at(2 * c - x)
            wanted = y if kind == "even" else None if d is None else 2 * end(d) - y
            assert None in (other, wanted) or abs(other - wanted) <= sample.slack(y), (said, verdict, x)
    pieces = facts["piecewise linear"]
    if pieces.grade is PROVED:
        for x, y in points:
            p = next(p for p in pieces.value if x in p.on)
            assert abs(end(p.slope * x + p.offset) - y) <= sample.slack(y), (said, pieces, x)
    assert values or sample.points == []


def _zeros(sample: Sample, verdict: Verdict) -> None:
    """Wherever the sign changes there is a zero; a single zero has a small value or two signs beside it; flat pieces are 0."""
    found = verdict.value
    cells = [*found.points, *found.flat, *found.undecided]
    for (x, u), (y, v) in itertools.pairwise(sample.points):
        if min(abs(u), abs(v)) > TINY and (u < 0) != (v < 0):
            assert any(lo <= y and x <= hi for lo, hi in cells), (sample.said, str(found), x, y)
    for lo, hi in found.flat:
        for x, y in sample.points:
            assert not lo < x < hi or abs(y) < TINY, (sample.said, str(found), x)
    for lo, hi in found.points:
        u, v = sample.at(lo), sample.at(hi)
        assert None not in (u, v)
        assert (u <= TINY) != (v < -TINY) or min(abs(u), abs(v)) < TINY, (sample.said, str(found), lo)


def _joints(sample: Sample, verdict: Verdict) -> None:
    """The slopes beside a kink are those that the numbers have; where they differ, the function is not called smooth."""
    known = {joint.x: joint for joint in verdict.value or ()}
    for x in {*known, *(Fraction(k, 2) for k in range(-4, 5)), Fraction(1, 3), Fraction(7, 10), Fraction(5, 4)}:
        if x not in sample.on or x in (sample.on.lo, sample.on.hi):
            continue
        c = end(x)
        here, left, right = (sample.at(c + k * STEP) for k in (0, -1, 1))
        if None in (here, left, right):
            continue
        gaps = [
            max(abs(here - y) for y in pair)
            for pair in ((left, right), (sample.at(c - STEP**2), sample.at(c + STEP**2)))
        ]
        assert gaps[1] < 1e-5 * max(1, abs(here)) + gaps[0] / 2, (sample.said, "jump at", x)
        slopes = [sample.slope(x, side) for side in (-1, 1)]
        if None in slopes or max(map(abs, slopes)) > 1e6:
            continue
        if abs(slopes[0] - slopes[1]) > 1e-6 * max(1, *map(abs, slopes)):
            assert verdict.grade is not PROVED, (sample.said, verdict, x)
        if x in known and known[x].kind == "kink":
            for slope, span in zip(slopes, (known[x].left, known[x].right), strict=True):
                lo, hi = (mp.mpf(float(e)) for e in (span.lo, span.hi))
                gap = 1e-6 * max(1, abs(slope))
                assert lo - gap <= slope <= hi + gap, (sample.said, verdict, x)


def _limit(sample: Sample, verdict: Verdict, side: int) -> None:
    """Far out, or close to the end, the values are not farther from the limit."""
    on, limit = sample.on, verdict.value
    lo, hi = (end(limit), end(limit)) if isinstance(limit, (Fraction, float)) else (mp.mpf(float(limit.lo)), mp.mpf(float(limit.hi)))  # fmt: skip
    stop = on.lo if side < 0 else on.hi
    if isinstance(stop, float):
        xs = [side * mp.mpf(10) ** k for k in (2, 4)]
    else:
        size = min(Fraction(1), Fraction(on.hi - on.lo)) if isinstance(on.hi - on.lo, Fraction) else 1
        xs = [end(stop) - side * end(Fraction(size)) * mp.mpf(10) ** -k for k in (6, 18)]
    first, last = (sample.at(x, far=True) for x in xs)
    if None in (first, last):
        return
    if mp.isinf(lo):
        assert (last - first) * mp.sign(lo) >= -sample.slack(first, last), (sample.said, verdict, side)
    else:
        gaps = [max(lo - y, y - hi, mp.mpf(0)) for y in (first, last)]
        assert gaps[1] <= gaps[0] + 1e-12 * max(1, abs(lo)), (sample.said, verdict, side)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less time for the signature of an own function: what is not proved in it is refused."""
    monkeypatch.setattr("sigmaprime.rewrite.own.SECONDS", 0.1)


def _codomain(f: Function, facts: dict[str, Verdict]) -> Interval:
    """What an own function promises; a chain of catalogue entries promises its image."""
    promised: Interval = f.key[3] if f.head is Head.FUNCTION else facts["image"].value
    return promised


def answers(count: int, seed: int) -> Counter[tuple[str, str]]:
    """Ask everything of so many formulas; how often each question was decided, and not."""
    draw, tally = random.Random(seed), Counter[tuple[str, str]]()
    for _ in range(count):
        written: Formula = formula(draw, draw.randint(1, 3))
        on = draw.choice(DOMAINS)
        points = random.Random(draw.random())
        try:
            f = Function.from_text(written[0], domain=on.text)
            facts = dict(describe(f, on, seconds=SECONDS).facts) | {"injective": injective(f, on, seconds=SECONDS)}
        except SigmaError:
            tally["defined", "refused"] += 1
            continue
        sample = Sample(f"{written[0]} on {on}", written[1], on, points)
        no_contradiction(sample, facts, _codomain(f, facts))
        tally.update((name, verdict.grade.name) for name, verdict in facts.items())
    return tally


def test_no_answer_about_a_random_formula_contradicts_its_values() -> None:
    tally = answers(120, 0)
    assert tally["image", "PROVED"] > 60
    assert sum(n for (_, grade), n in tally.items() if grade != "UNKNOWN") > 500


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 101))
def test_no_answer_about_many_random_formulas_contradicts_their_values(seed: int) -> None:
    answers(1000, seed)
