"""Lines stand where a matrix may have entries, and every box has a picture in both views."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Diagram,
    SigmaError,
    Size,
    Vector,
    Weight,
    add,
    convolution,
    cube,
    diagonal,
    exp,
    eye,
    inverted,
    ln,
    maxpool,
    minpool,
    mix,
    mixing,
    mul,
    multiple,
    negate,
    ones,
    permutation,
    pool,
    positive,
    reals,
    relu,
    row,
    scaling,
    signs,
    smul,
    softplus,
    tanh,
    times,
    windows,
    wire,
    zero,
)
from sigmaprime.render import Scene, dot, film, legend, svg
from sigmaprime.render.pattern import entry, lines_of
from sigmaprime.render.rows import drawn
from sigmaprime.rewrite import pool_swap, to_additive

MATRICES = {
    "eye": eye(3),
    "multiple": multiple("1/2", 3),
    "diagonal": diagonal(Vector("v", 3)),
    "scaling": scaling("D", 3),
    "inverted": inverted(scaling("D", 3)),
    "zero": zero(2, 3),
    "ones": ones(2, 3),
    "row": row(eye(2), zero(2, 1), diagonal(Vector("u", 2))),
    "product": times(multiple(2, 2), windows([4], [2], stride=2)),
    "windows": windows([4, 3], [2, 2], channels=2, padding=[1, 0]),
    "dilated": convolution(Weight("K", 4, 2), [5], [2], groups=2, dilation=2),
    "strided": convolution(Weight("L", 2, 8), [5, 4], [2, 2], padding=1, stride=[2, 1]),
    "full": Weight("W", 2, 3),
}
ARRAYS = {"v": np.ones(3), "u": np.ones(2), "D": np.ones(3), "K": np.ones((4, 2)), "L": np.ones((2, 8)), "W": np.ones((2, 3))}  # fmt: skip


@pytest.mark.parametrize("name", MATRICES)
def test_a_line_stands_where_an_entry_may_differ_from_zero(name: str) -> None:
    weight = MATRICES[name]
    m, n = weight.rows.value or 0, weight.columns.value or 0
    layer = add(weight)
    entries = layer(np.eye(n), **{v.name: ARRAYS[v.name] for v in layer.variables}).T
    found = [[entry(weight, Size(i + 1), Size(j + 1), {}) for j in range(n)] for i in range(m)]
    assert np.array_equal(entries != 0, found)


def test_what_is_not_known_is_drawn_and_a_component_of_unknown_number_is_read_by_itself() -> None:
    P, n = permutation("P", 2), Size("n")
    assert all(entry(w, Size(1), Size(2), {}) for w in (P, times(P, Weight("W", 2, 2)), mixing("V", 2, 2)))
    assert entry(eye(n), n, n, {})
    assert not entry(eye(n), n, Size(1), {})
    both = row(eye(n), eye(n))
    assert [entry(both, Size(1), j, {}) for j in (Size(1), n, n + Size(1), n + n)] == [True, False, True, False]


def joined(thing: Any) -> set[tuple[str, str]]:
    return {(w.source, w.target) for w in Scene.of(thing, "neuron").wires if w.kind}


def test_a_constant_permutation_crosses_its_lines() -> None:
    net = add(np.eye(3)[[1, 2, 0]])
    assert joined(net) == {("n0-2", "out0-1"), ("n0-3", "out0-2"), ("n0-1", "out0-3")}


def test_the_lines_of_a_pool_are_those_of_its_windows() -> None:
    net = maxpool(windows([5], [2], stride=2))
    assert joined(net) == {("n0-1", "n1-1"), ("n0-2", "n1-1"), ("n0-3", "n1-2"), ("n0-4", "n1-2")}
    shapes = [s for s in Scene.of(net, "neuron").shapes if s.kind == "pool max"]
    assert [s.labels[0].text for s in shapes] == ["max", "max"]


def test_what_reads_only_components_that_are_not_drawn_is_joined_to_the_dots() -> None:
    few = windows([100], [2], stride=2)
    source, target = drawn(Size(100)), drawn(Size(50))
    dots = source.index(None)
    lines = lines_of(few, source, target, {})
    assert {(0, 0), (1, 0), (2, 1), (dots, 2), (dots, 4), (4, 5), (5, 5)} == lines


@pytest.mark.parametrize("view", ["layer", "neuron"])
def test_pools_say_what_they_take_and_in_which_chart(view: Any) -> None:
    for made, word in ((maxpool(ones(2, 4)), "max"), (minpool(ones(2, 4)), "min"), (pool(exp, ones(2, 4)), "exp")):
        text = svg(made, view=view).text
        assert f">{word}</" in text
        assert 'class="pool ' in text
    assert '<g id="n1" class="pool chart"' in svg(pool(exp, ones(2, 4))).text


def test_a_log_sum_exp_layer_is_neither_black_nor_purple() -> None:
    for view in ("layer", "neuron"):
        text = svg(mix(ln, mixing("V", 3, 4)), view=view).text
        assert "#0f6e6e" in text
        assert "#7b2d8e" not in text


def test_the_name_of_a_layer_is_shown_whole_where_there_is_room() -> None:
    net = add(times(permutation("P", 3), Weight("W1", 3, 3)), Vector("b1", 3)) >> tanh
    labels = {t.text for s in Scene.of(net, "neuron").shapes for t in s.labels}
    assert "P·W1, b1" in labels


def test_the_legend_shows_pools_and_diagonals() -> None:
    text = legend().text
    for words in ("maximum of windows", "minimum of windows", "diagonal layer"):
        assert words in text


# --- any net ---


def _layer(rng: np.random.Generator, net: Diagram) -> Diagram:
    """One more box of any kind, on what the net gives."""
    space = net.output_spaces[0]
    n, on = space.size.value or 1, space.interval
    m = int(rng.integers(1, 10))
    square = [multiple("-3/2", n), diagonal(Vector(f"v{n}", n)), permutation(f"P{n}", n), scaling(f"D{n}", n), signs(f"S{n}", n), eye(n), np.eye(n)[rng.permutation(n)]]  # fmt: skip
    other = [Weight(f"W{m}x{n}", m, n), mixing(f"V{m}x{n}", m, n), ones(m, n), zero(m, n), convolution(Weight("K2", 2, 1), [n], [1]), windows([n], [min(n, 2)])]  # fmt: skip
    choice: Any = [*square, *other][rng.integers(len(square) + len(other))]
    full = mixing(f"V{m}x{n}", m, n) if rng.random() < 0.5 else windows([n], [min(n, 2)], stride=2)
    boxes: list[Any] = [
        lambda: add(choice), lambda: mul(choice), lambda: mix(cube, choice), lambda: mix(ln, full),
        lambda: maxpool(full, on), lambda: minpool(full, on), lambda: pool(exp, full), lambda: [tanh, relu, softplus, negate, exp, ln][rng.integers(6)],
    ]  # fmt: skip
    try:
        longer = net >> boxes[rng.integers(len(boxes))]()
        return longer if longer.output_spaces else net
    except SigmaError:
        return net


def any_net(seed: int) -> Diagram:
    rng = np.random.default_rng(seed)
    net = wire(int(rng.integers(1, 10)), positive if rng.random() < 0.6 else reals)
    for _ in range(10):
        net = _layer(rng, net)
    return net


@pytest.mark.parametrize("seed", range(40))
def test_any_net_of_these_boxes_is_drawn_in_both_views(seed: int) -> None:
    net = any_net(seed)
    theorem = to_additive(net)
    for view in ("layer", "neuron"):
        scene = Scene.of(theorem, view)
        ids = [s.id for s in scene.shapes]
        assert len(ids) == len(set(ids))
        assert {i for w in scene.wires for i in (w.source, w.target)} <= set(ids)
        for s in scene.shapes:
            assert s.w / 2 - 1e-6 <= s.x <= scene.width - s.w / 2 + 1e-6
            assert s.h / 2 - 1e-6 <= s.y <= scene.height - s.h / 2 + 1e-6
    assert film(theorem, view="neuron").text == film(theorem, view="neuron").text
    assert str(dot(net)).count("pool") >= sum(type(n.box).__name__ == "Pool" for n in net.nodes)


def test_a_pool_goes_over_in_a_film() -> None:
    net = mul("W1", 4, 6) >> maxpool(windows([6], [2], stride=2), positive) >> ln
    picture = film(net.rewrite(pool_swap), view="neuron")
    assert picture.text.count('class="pool max') == 6


def test_the_name_of_a_signed_layer_has_the_colour_of_its_lines() -> None:
    (name,) = [s for s in Scene.of(smul("W", "P", 2, 2), "neuron").shapes if s.kind.startswith("layer")]
    assert name.kind == "layer signed multiplicative"
