"""Where everything stands in the layer view."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from sigmaprime.diagrams import (
    Concat,
    Diagram,
    Function,
    Map,
    Mix,
    Refused,
    Size,
    Slice,
    Space,
    Vector,
    Weight,
    Wire,
    add,
    cube,
    diagram,
    exp,
    eye,
    identity,
    ln,
    mix,
    mul,
    positive,
    reals,
    residual,
    row,
    sequence,
    softplus,
    tanh,
    then,
    wire,
)
from sigmaprime.diagrams.diagram import Port
from sigmaprime.render import Scene
from sigmaprime.render.label import runs, width
from sigmaprime.render.scene import Segment, Shape
from sigmaprime.rewrite.theorems import fuse

sigma = Function("σ", positive, positive)
net = mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> sigma >> mul("W3", 3, 3)


def drawn(seed: int) -> Diagram:
    """A random network of all kinds of boxes."""
    r = random.Random(seed)
    sizes = [r.randint(1, 4) for _ in range(r.randint(1, 3))]
    inputs = [Space(s, reals) for s in sizes]
    nodes: list[tuple[Map | Mix | Concat | Slice, tuple[int, ...]]] = []
    for k in range(r.randint(1, 24)):
        a = r.randrange(len(sizes)) if r.random() < 0.4 else len(sizes) - 1 - r.randrange(min(3, len(sizes)))
        kind, size = r.random(), sizes[a]
        if kind < 0.35:
            nodes.append((Map(r.choice([tanh, softplus, then(exp, tanh)])), (a,)))
            sizes.append(size)
        elif kind < 0.6:
            rows = r.randint(1, 4)
            nodes.append((Mix(identity, Weight(f"W{k}", rows, size), Vector.zero(rows)), (a,)))
            sizes.append(rows)
        elif kind < 0.7 and size > 1:
            nodes.append((Slice(Size(0), Size(size - 1)), (a,)))
            sizes.append(size - 1)
        elif kind < 0.9:
            nodes.append((Concat(), (a, r.choice([i for i, s in enumerate(sizes) if s == size]))))
            nodes.append((Mix(identity, row(eye(size), eye(size)), Vector.zero(size)), (len(sizes),)))
            sizes += [2 * size, size]
        else:
            arguments = tuple(r.randrange(len(sizes)) for _ in range(r.randint(1, 6)))
            nodes.append((Concat(), arguments))
            sizes.append(sum(sizes[i] for i in arguments))
    return Diagram(inputs, nodes, [len(sizes) - 1, *(r.randrange(len(sizes)) for _ in range(r.randint(0, 2)))])


def deep(seed: int) -> Diagram:
    """A random network of about 300 maps and sums, most of them near their arguments: too wide to be drawn whole."""
    r = random.Random(seed)
    nodes: list[tuple[Map | Mix | Concat, tuple[int, ...]]] = []
    wires = [0, 1]
    for _ in range(300):
        a = wires[-1 - r.randrange(min(3, len(wires)))]
        if r.random() < 0.5:
            nodes.append((Map(tanh), (a,)))
        else:
            b = wires[-1 - r.randrange(min(10, len(wires)))] if r.random() < 0.95 else r.choice(wires)
            nodes.append((Concat(), (a, b)))
            nodes.append((Mix(identity, row(eye(2), eye(2)), Vector.zero(2)), (len(nodes) + 1,)))
        wires.append(len(nodes) + 1)
    return Diagram([Space(2, reals)] * 2, nodes, [wires[-1], r.choice(wires)])


def boxes(scene: Scene) -> list[Shape]:
    return [s for s in scene.shapes if s.kind not in ("input", "output")]


def shape(scene: Scene, id: str) -> Shape:
    (found,) = [s for s in scene.shapes if s.id == id]
    return found


def point(s: Segment, t: float) -> tuple[float, float]:
    a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    return a * s[0] + b * s[2] + c * s[4] + d * s[6], a * s[1] + b * s[3] + c * s[5] + d * s[7]


# --- what is drawn ---


def test_a_chain_is_its_boxes_in_a_level_row() -> None:
    scene = Scene.of(net)
    kinds = ["input", "mix multiplicative", "map", "mix multiplicative", "map", "mix multiplicative", "output"]
    assert [s.kind for s in scene.shapes] == kinds
    assert [s.id for s in scene.shapes] == ["n0", "n1", "n2", "n3", "n4", "n5", "out0"]
    assert len({s.y for s in scene.shapes}) == 1
    assert [s.x for s in scene.shapes] == sorted(s.x for s in scene.shapes)
    assert ["".join(t.text for t in s.labels) for s in scene.shapes] == ["x", "W1", "σ", "W2", "σ", "W3", "y"]


def test_sizes_stand_at_both_ends_and_where_they_change() -> None:
    assert [s.label.text for s in Scene.of(net).slashes] == ["3", "3"]
    assert [s.label.text for s in Scene.of(add("A", 3, 2) >> tanh >> add("B", 2, 5)).slashes] == ["3", "2", "5"]
    assert [s.label.text for s in Scene.of(add("A", "n", "m") >> tanh).slashes] == ["n", "m", "m"]
    assert Scene.of(tanh).slashes == ()


def test_a_sum_of_two_wires_is_one_sign_and_a_skip_runs_above() -> None:
    scene = Scene.of(residual(add("W", 4, 4) >> tanh))
    assert [s.kind for s in boxes(scene)] == ["mix additive", "map", "sum additive"]
    assert len({s.y for s in scene.shapes}) == 1
    (dot,) = scene.dots
    assert dot.y == scene.shapes[0].y
    (skip,) = [w for w in scene.wires if w.source == "n0" and w.target == boxes(scene)[-1].id]
    assert min(point(s, 0.5)[1] for s in skip.segments) < boxes(scene)[0].y - boxes(scene)[0].h / 2


def test_a_product_is_a_sign_of_its_own() -> None:
    @diagram(wire(3, positive), wire(3, positive))
    def product(u: Wire, v: Wire) -> Any:
        return u * v

    assert [s.kind for s in boxes(Scene.of(product))] == ["sum multiplicative"]


def test_a_concat_read_twice_or_of_other_sizes_stays_a_bar() -> None:
    both = row(eye(2), eye(2))
    unlike = Diagram(
        [Space(1, reals), Space(3, reals)], [(Concat(), (0, 1)), (Mix(identity, both, Vector.zero(2)), (2,))], [3]
    )
    twice = Diagram([Space(2, reals)], [(Concat(), (0, 0)), (Mix(identity, both, Vector.zero(2)), (1,))], [2, 1])
    assert [s.kind for s in boxes(Scene.of(unlike))] == ["concat", "mix additive"]
    assert [s.kind for s in boxes(Scene.of(twice))] == ["concat", "mix additive"]


def test_another_chart_is_named() -> None:
    (box,) = boxes(Scene.of(mix(cube, "K", 2, 2, bias="b")))
    assert (box.kind, [t.text for t in box.labels]) == ("mix chart", ["K, b", "x3"])
    assert box.labels[1].runs[-1].level == 1


def test_a_slice_tells_its_range() -> None:
    @diagram(wire(4))
    def part(x: Wire) -> Wire:
        return x[1:3]

    (box,) = boxes(Scene.of(part))
    assert (box.kind, box.labels[0].text) == ("slice", "[1:3]")


def test_ports_show_their_names_and_coordinates() -> None:
    d = Diagram([Space(2, reals)], [(Map(tanh), (0,))], [1], in_ports=[Port("p", ln)], out_ports=[Port("q")])
    assert [t.text for s in Scene.of(d).shapes if s.kind in ("input", "output") for t in s.labels] == ["ln p", "q"]
    swap = Scene.of(Diagram([Space(1, reals)] * 2, [], [1, 0]))
    assert [s.labels[0].text for s in swap.shapes] == ["x1", "x2", "y1", "y2"]
    named = Scene.of((add("W", 2, 2)).named(["y"]))
    assert [named.shapes[0].labels[0].text, named.shapes[-1].labels[0].text] == ["y", "z"]


def test_a_swap_is_two_curves() -> None:
    scene = Scene.of(Diagram([Space(1, reals)] * 2, [], [1, 0]))
    assert all(w.segments[0][1] != w.segments[-1][7] for w in scene.wires)
    assert [s.y for s in scene.shapes[:2]] == [s.y for s in scene.shapes[2:]]


def test_an_equation_has_its_sign_between_its_sides() -> None:
    scene = Scene.of(fuse(g=exp))
    (sign,) = scene.labels
    left = [s for s in scene.shapes if s.id.startswith("left-")]
    right = [s for s in scene.shapes if s.id.startswith("right-")]
    assert max(s.x for s in left) < sign.x < min(s.x for s in right)
    assert len({s.y for s in scene.shapes}) == 1


def test_a_wide_equation_is_stacked_with_its_inputs_in_one_column() -> None:
    long = sequence([add(f"W{i}", 3, 3) for i in range(14)])
    scene = Scene.of(long.rewrite(fuse, once=True))
    first, second = (shape(scene, i) for i in ("left-n0", "right-n0"))
    assert first.x == second.x
    assert first.y < second.y == scene.axis
    assert scene.labels[0].x < second.x


# --- what never happens ---


@pytest.mark.parametrize(("make", "seed"), [*((drawn, i) for i in range(150)), *((deep, i) for i in range(20))])
def test_no_boxes_overlap_and_no_wire_runs_through_a_box(make: Callable[[int], Diagram], seed: int) -> None:
    scene = Scene.of(make(seed))
    for i, a in enumerate(scene.shapes):
        assert a.x - a.w / 2 > 0
        assert a.x + a.w / 2 < scene.width
        assert a.y - a.h / 2 > 0
        assert a.y + a.h / 2 < scene.height
        for b in scene.shapes[:i]:
            assert abs(a.x - b.x) >= (a.w + b.w) / 2 or abs(a.y - b.y) >= (a.h + b.h) / 2, (a, b)
    for w in scene.wires:
        ends = [(s[0], s[1]) for s in w.segments[1:]]
        assert ends == [(s[6], s[7]) for s in w.segments[:-1]]
        strangers = [s for s in scene.shapes if s.id not in (w.source, w.target)]
        for s in w.segments:
            for x, y in (point(s, k / 16) for k in range(17)):
                assert not any(abs(x - o.x) < o.w / 2 and abs(y - o.y) < o.h / 2 for o in strangers), w


@pytest.mark.parametrize("seed", range(40))
def test_wires_start_and_end_at_their_shapes(seed: int) -> None:
    scene = Scene.of(drawn(seed))
    at = {s.id: s for s in scene.shapes}
    for w in scene.wires:
        source, target = at[w.source], at[w.target]
        assert w.segments[0][0] == pytest.approx(source.x + source.w / 2)
        assert abs(w.segments[0][1] - source.y) <= source.h / 2
        x, y = w.segments[-1][6:]
        assert target.x - target.w / 2 - 1e-6 <= x < target.x
        assert abs(y - target.y) <= target.h / 2


def test_names_fit_into_their_boxes() -> None:
    for name in ("W", "W1", "w" * 200, "重み", "a<b>&'"):
        (box,) = boxes(Scene.of(add(name, 2, 2)))
        assert width(box.labels[0].runs, box.labels[0].size) <= box.w
        assert len(box.labels[0].text) <= 26
    assert boxes(Scene.of(add("w" * 200, 2, 2)))[0].title == f"add({'w' * 200})"


def test_labels_carry_their_style() -> None:
    assert [(r.text, r.italic) for r in runs("ln∘σ'")] == [("ln∘", False), ("σ", True), ("′", False)]
    assert [(r.text, r.level) for r in runs("x^(1/3)")] == [("x", 0), ("1/3", 1)]
    assert [r.text for r in runs("#a1b2c3")] == ["#a1b2c3"]


def test_a_long_chain_keeps_its_ends_and_counts_the_rest() -> None:
    chain = sequence([f for i in range(500) for f in (add(f"W{i}", 3, 3), tanh)])
    started = time.perf_counter()
    scene = Scene.of(chain)
    assert time.perf_counter() - started < 1
    (fold,) = [s for s in scene.shapes if s.kind == "fold"]
    assert fold.labels[0].text == "…  978 boxes  …"
    assert len(boxes(scene)) == 1 + 22
    assert len({s.y for s in scene.shapes}) == 1


def test_a_chain_of_a_hundred_thousand_boxes_is_drawn() -> None:
    scene = Scene.of(sequence([add("W", 3, 3), *[tanh] * 100_000]))
    assert any(s.title == "99,979 boxes, not drawn" for s in scene.shapes)


def test_a_wire_past_the_folded_middle_keeps_its_lane() -> None:
    scene = Scene.of(residual(sequence([add("W", 3, 3), *[tanh] * 100])))
    (fold,) = [s for s in scene.shapes if s.kind == "fold"]
    (skip,) = [w for w in scene.wires if w.source == "n0" and w.target == boxes(scene)[-2].id]
    assert min(point(s, 0.5)[1] for s in skip.segments) < fold.y - fold.h / 2


def test_strangers_are_refused() -> None:
    with pytest.raises(Refused, match="int has no picture"):
        Scene.of(3)
