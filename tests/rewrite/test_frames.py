"""The frames of a derivation: the same steps in stages, with boxes that keep their places."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Refused,
    Wire,
    add,
    diagram,
    exp,
    ln,
    max1,
    mul,
    positive,
    relu,
    residual,
    sequence,
    tanh,
    wire,
)
from sigmaprime.diagrams.term import Term
from sigmaprime.rewrite import (
    Entry,
    Equation,
    absorb,
    cancel,
    companion,
    define,
    fuse,
    mult_add,
    rule_book,
    share,
    simplify,
    to_additive,
    to_multiplicative,
)
from sigmaprime.rewrite.facts import family
from sigmaprime.rewrite.frames import Frame, stages_of
from sigmaprime.rewrite.tracing import trace

sigma = Function("σ", positive, positive)
net = mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> sigma >> mul("W3", 3, 3)
skip = mul("W1", 3, 3) >> residual(mul("A", 3, 3) >> sigma >> mul("B", 3, 3)) >> sigma >> mul("W2", 3, 3)


@diagram(wire(3, positive), wire(3, positive))
def pair(x: Wire, y: Wire) -> tuple[Wire, Wire]:
    h = mul("W1", 3, 3)(x)
    return sigma(h), add("A", 3, 3)(h) + y


@diagram(wire(3, positive))
def twice(x: Wire) -> tuple[Wire, Wire]:
    return mul("W1", 3, 3)(tanh(x)), ln(tanh(x))


def by_hand() -> Equation:
    _, unfold = define("σ'", exp >> sigma >> ln)
    found: Equation = (exp >> net.rewrite(mult_add, ~unfold) >> ln).rewrite(cancel)
    return found


PLAIN: list[Equation] = [
    to_additive(net), to_additive(skip), to_additive(pair), ~to_additive(net), to_multiplicative(to_additive(net).rhs), fuse(g=exp), cancel(f=exp),
    simplify(exp >> ln >> tanh >> relu >> exp >> ln), to_additive(mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> max1 >> add("A", 3, 3)),
    twice.rewrite(share, mult_add), net.rewrite(mult_add, at=3).then(to_additive(net.rewrite(mult_add, at=3).rhs)), ~companion,
    (wire(3, positive) >> net).rewrite(~cancel(f=ln, on=positive), at=1), to_additive(net) @ to_additive(net),
    to_additive(net) >> to_additive(net), (~mult_add).then(mult_add), ~net.rewrite(mult_add),
]  # fmt: skip
"""Derivations to which nothing is attached on the way."""
ATTACHED = [companion, by_hand(), absorb(to_additive(net)), absorb(to_additive(pair)), absorb(to_additive(skip))]


@pytest.mark.parametrize("e", PLAIN, ids=str)
def test_all_single_steps_are_the_frames_of_the_proof(e: Equation) -> None:
    assert [f.diagram for f in stages_of(e, steps="all", most=99)] == e.frames()


@pytest.mark.parametrize("e", ATTACHED, ids=str)
def test_what_is_attached_on_the_way_is_there_from_the_start_once_settled(e: Equation) -> None:
    assert [f.diagram for f in stages_of(~~e, steps="all", most=99)] == e.frames()


@pytest.mark.parametrize("e", [*PLAIN, *ATTACHED], ids=str)
@pytest.mark.parametrize("most", [3, 24])
def test_stages_lead_from_the_left_side_to_the_right(e: Equation, most: int) -> None:
    frames = stages_of(e, most=most)
    assert len(frames) <= most
    start = frames[0].diagram if all(not f.left for f in frames) else next(f.left for f in frames if f.left).diagram
    assert start == e.lhs or any(m.absorbs for m in trace(e).moves)
    assert frames[-1].diagram == e.rhs
    assert sum(n for f in frames for name, _, n in f.rules if name not in ("attach", "absorb")) <= len(e.steps)


ARRAYS = {w: np.random.default_rng(i).normal(size=(3, 3)) / 2 for i, w in enumerate(("W1", "W2", "W3", "A", "B"))}


@pytest.mark.parametrize(
    "e", [to_additive(net), to_additive(skip), to_additive(pair), absorb(to_additive(skip))], ids=str
)
def test_every_stage_computes_the_same(e: Equation) -> None:
    frames = stages_of(e)
    xs = [np.exp(np.random.default_rng(5).normal(size=(4, 3))) for _ in frames[0].diagram.inputs]

    def values(d: Diagram) -> list[Any]:
        given = {v.name: ARRAYS.get(v.name, tanh) for v in d.variables}
        found = d.run(*xs, **given)
        return list(found) if isinstance(found, tuple) else [found]

    for frame in frames[1:]:
        for one, other in zip(values(frames[0].diagram), values(frame.diagram), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10)


def test_the_conversion_has_four_frames() -> None:
    frames = stages_of(absorb(to_additive(net)))
    assert [str(f.diagram) for f in frames] == [
        "mul(W1) ; σ ; mul(W2) ; σ ; mul(W3)",
        "ln ; add(W1) ; exp ; σ ; ln ; add(W2) ; exp ; σ ; ln ; add(W3) ; exp",
        "ln ; add(W1) ; σ' ; add(W2) ; σ' ; add(W3) ; exp",
        "add(W1) ; σ' ; add(W2) ; σ' ; add(W3)",
    ]
    assert [[(name, n) for name, _, n in f.rules] for f in frames] == [
        [], [("mult_add", 3)], [("~unfold σ'", 2)], [("absorb", 1)]
    ]  # fmt: skip
    assert [f.diagram.out_ports[0].coordinate for f in frames] == [None, None, None, ln]


def test_places_outlive_the_boxes() -> None:
    start, opened, folded, end = (f.places[1:] for f in stages_of(absorb(to_additive(net))))
    assert opened[1::4] == start[::2]  # add(W) stands for mul(W)
    assert opened[3::4] == start[1::2]
    assert folded[1:-1] == end == start  # σ' stands for σ
    assert (folded[0], folded[-1]) == (opened[0], opened[-1])


def labels(frame: Frame, wires: Iterable[int]) -> str:
    """The weights or functions of the boxes on these wires."""
    rows = [frame.diagram.row(w) for w in sorted(wires)]
    return " ".join(str(Term.all[wt if wt >= 0 else fn]) for _, fn, wt, _ in rows)


def test_layers_survive_and_the_rest_is_made() -> None:
    frames = stages_of(absorb(to_additive(net)))
    assert [labels(f, f.made) for f in frames] == ["", "ln exp ln exp ln exp", "σ' σ'", ""]
    assert [[labels(f, t) for t in f.touched] for f in frames] == [
        ["W1", "W2", "W3"], ["exp σ ln", "exp σ ln"], ["ln", "exp"], []
    ]  # fmt: skip


def test_the_companion_attaches_to_both_sides() -> None:
    frames = stages_of(companion)
    assert [str(f.diagram) for f in frames] == [
        "mul(W, b)", "ln ; add(W, b) ; exp", "exp ; ln ; add(W, b) ; exp ; ln", "add(W, b)"
    ]  # fmt: skip
    assert [f.left and str(f.left.diagram) for f in frames] == [None, None, "exp ; mul(W, b) ; ln", None]
    assert frames[2].made == {1, 5}
    assert frames[2].touched == ((1, 2), (4, 5))
    assert frames[2].left is not None
    assert frames[2].left.places == tuple(frames[2].places[i] for i in (0, 1, 3, 5))


def test_a_long_proof_is_shown_by_its_stages() -> None:
    deep = sequence(x for i in range(5000) for x in (mul(f"W{i}", 2, 2), sigma))
    e = to_additive(deep >> mul("W", 2, 2))
    assert len(e.steps) == 10_001
    frames = stages_of(e)
    assert [[(name, n) for name, _, n in f.rules] for f in frames] == [[], [("mult_add", 5001)], [("~unfold σ'", 5000)]]
    single = stages_of(e, steps="all")
    assert len(single) == 11
    assert sum(n for f in single for _, _, n in f.rules) == 10_001
    assert single[-1].diagram == frames[-1].diagram == e.rhs


@pytest.mark.parametrize("e", [*PLAIN, *ATTACHED], ids=str)
def test_no_place_stands_left_of_itself(e: Equation) -> None:
    after: dict[int, set[int]] = {}
    for f in stages_of(e, steps="all"):
        c = f.diagram.columns
        for w, p in enumerate(f.places):
            after.setdefault(p, set()).update(f.places[a] for a in c.arguments(w))
    done: set[int] = set()
    while ready := [p for p, before in after.items() if p not in done and before <= done]:
        done.update(ready)
    assert done == set(after)


def test_steps_are_grouped_or_all() -> None:
    with pytest.raises(Refused, match="'grouped' and 'all'"):
        stages_of(companion, steps="some")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="give 3 or more"):
        stages_of(companion, most=2)


def test_the_same_rule_is_never_two_stages_in_a_row() -> None:
    for e in (to_additive(net), to_additive(skip), fuse(g=exp)):
        rules = [family(f.rules[0][0]) for f in stages_of(e)[1:]]
        assert all(a != b for a, b in pairwise(rules))


@pytest.mark.parametrize("backwards", [False, True], ids=["", "~"])
@pytest.mark.parametrize("entry", rule_book(), ids=lambda entry: entry.name)
def test_every_rule_of_the_book_has_frames_that_end_in_its_right_side(entry: Entry, backwards: bool) -> None:
    e = ~entry.equation if backwards else entry.equation
    frames = stages_of(e, steps="all")
    assert frames[-1].diagram == stages_of(e)[-1].diagram == e.rhs
    if not any(frame.left for frame in frames):
        assert frames[0].diagram == e.lhs
        assert len(frames) == len(e.steps) + 1
