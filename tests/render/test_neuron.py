"""Where everything stands in the neuron view, and in the legend."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Map,
    Refused,
    Size,
    Slice,
    Space,
    Wire,
    add,
    concat,
    cube,
    diagram,
    ln,
    mix,
    mul,
    positive,
    reals,
    residual,
    sequence,
    softplus,
    tanh,
    wire,
)
from sigmaprime.diagrams.diagram import Port
from sigmaprime.render import Picture, Scene, legend, svg
from sigmaprime.render.neuron import side
from sigmaprime.render.rows import drawn as shown
from sigmaprime.render.rows import joined
from sigmaprime.render.scene import Shape
from sigmaprime.render.svg import THEMES, Theme
from sigmaprime.rewrite import absorb, mult_add, to_additive
from tests.render.test_scene import drawn, point
from tests.render.test_svg import NASTY, NS, tree
from tests.seeds import same

sigma = Function("σ", positive, positive)
net = mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> sigma >> mul("W3", 3, 3)


def scene_of(thing: Any) -> Scene:
    return Scene.of(thing, "neuron")


def of_kind(scene: Scene, kind: str) -> list[Shape]:
    return [s for s in scene.shapes if s.kind.split()[0] == kind]


def label(shape: Shape) -> str:
    return "".join(t.text for t in shape.labels)


def kinds(scene: Scene) -> list[str]:
    return list(dict.fromkeys(w.kind for w in scene.wires))


def ends(scene: Scene, source: str) -> list[str]:
    return [w.target for w in scene.wires if w.source == source]


# --- a chain of layers ---


def test_the_3_3_3_3_net_is_twelve_circles_and_27_purple_lines() -> None:
    scene = scene_of(net)
    assert [len(of_kind(scene, k)) for k in ("input", "map", "output", "layer")] == [3, 6, 3, 3]
    assert (len(scene.shapes), len(scene.wires), kinds(scene)) == (15, 27, ["multiplicative"])
    assert [label(s) for s in of_kind(scene, "input") + of_kind(scene, "output")] == [
        "x1",
        "x2",
        "x3",
        "y1",
        "y2",
        "y3",
    ]
    assert [label(s) for s in of_kind(scene, "layer")] == ["W1", "W2", "W3"]


def test_its_twin_has_as_many_circles_and_27_black_lines() -> None:
    scene = scene_of(absorb(to_additive(net)).rhs)
    assert (len(scene.shapes), len(scene.wires), kinds(scene)) == (15, 27, ["additive"])
    assert [label(s) for s in of_kind(scene, "input")] == ["ln x1", "ln x2", "ln x3"]
    assert {label(s) for s in of_kind(scene, "map")} == {"σ′"}


def test_every_neuron_is_joined_to_every_neuron_of_the_next_layer() -> None:
    scene = scene_of(net)
    columns = [[f"{n}-{i}" for i in (1, 2, 3)] for n in ("n0", "n2", "n4", "out0")]
    for here, there in pairwise(columns):
        assert all(ends(scene, a) == there for a in here)
    assert {w.box for w in scene.wires} == {"n1", "n3", "n5"}


def test_columns_are_level_and_evenly_spaced() -> None:
    scene = scene_of(net)
    at = {s.id: (s.x, s.y) for s in scene.shapes}
    assert len({at[f"{n}-1"][1] for n in ("n0", "n2", "n4", "out0")}) == 1
    assert [at[f"n2-{i}"][1] - at["n2-1"][1] for i in (1, 2, 3)] == [0, 56, 112]
    assert [at[f"{n}-1"][0] - at["n0-1"][0] for n in ("n2", "n4", "out0")] == pytest.approx([120, 240, 360])


def test_a_layer_between_layers_ends_at_joints() -> None:
    scene = scene_of(mul("A", 3, 4) >> add("B", 4, 2))
    joints = of_kind(scene, "joint")
    assert [(s.id, s.kind) for s in joints] == [(f"n1-{i}", "joint multiplicative") for i in (1, 2, 3, 4)]
    assert (len(scene.wires), kinds(scene)) == (3 * 4 + 4 * 2, ["multiplicative", "additive"])


def test_a_bias_and_a_chart_stand_in_the_label() -> None:
    scene = scene_of(mix(cube, "K", 2, 2, bias="b"))
    (name,) = of_kind(scene, "layer")
    assert ([t.text for t in name.labels], name.kind, kinds(scene)) == (["K, b", "x3"], "layer chart", ["chart"])


# --- sizes ---


def test_at_most_seven_components_are_drawn_whole() -> None:
    assert [len(of_kind(scene_of(fn), "input")) for fn in (wire(7), wire(8))] == [7, 5]


def test_a_long_wire_shows_three_dots_and_two_and_says_its_size() -> None:
    scene = scene_of(add("W1", 784, 128) >> tanh >> add("W2", 128, 10))
    assert [label(s) for s in of_kind(scene, "input")] == ["x1", "x2", "x3", "x783", "x784"]
    assert [s.id for s in of_kind(scene, "map")] == [f"n2-{i}" for i in (1, 2, 3, 127, 128)]
    assert [s.title for s in of_kind(scene, "dots")] == ["784 components", "128 components", "10 components"]
    assert [t.text for t in scene.labels] == ["128"]
    dots = of_kind(scene, "dots")[1]
    assert [s.y < dots.y for s in of_kind(scene, "map")] == [True, True, True, False, False]


def test_a_rule_has_open_ends_dots_and_the_names_of_its_sizes() -> None:
    scene = scene_of(mult_add)
    assert not any(s.labels for s in of_kind(scene, "input") + of_kind(scene, "output"))
    assert [t.text for t in scene.labels] == ["n", "m", "n", "m", "="]
    assert kinds(scene) == ["multiplicative", "additive", ""]
    named = scene_of(mult_add.lhs.named(["x"]))
    assert [label(s) for s in of_kind(named, "input")] == ["x1", "x2", "xn"]


def test_anonymous_sizes_have_no_name() -> None:
    scene = scene_of(tanh)
    assert (len(of_kind(scene, "map")), len(of_kind(scene, "dots")), scene.labels) == (3, 3, ())


def test_hidden_components_are_joined_to_the_dots() -> None:
    nine, four = shown(Size(9)), shown(Size(4))
    pairs = joined(nine, four, Size(0), Size(5), (Size(9), Size(4)))  # components 6..9 of 9
    assert pairs == [(3, 0), (3, 1), (4, 2), (5, 3)]
    n = Size("n")
    assert joined(shown(n), shown(n + Size(2)), Size(2), Size(0), (n, n + Size(2))) == [(0, 2), (1, 2), (3, 3)]


# --- wiring ---


def test_concat_shows_its_parts_one_above_the_other() -> None:
    @diagram(wire(2), wire("n"))
    def both(x: Wire, y: Wire) -> Wire:
        return concat(x, y)

    scene = scene_of(both)
    assert [s.kind for s in scene.shapes if s.kind not in ("input", "output")] == [
        "dots input",
        "concat",
        "dots output",
    ]
    assert [label(s) for s in of_kind(scene, "input")] == ["x1", "x2", "y1", "y2", "yn"]
    assert len([w for w in scene.wires if w.target == "n2"]) == 5


def test_a_slice_reads_only_its_part() -> None:
    scene = scene_of(Diagram([Space(4, reals)], [(Slice(Size(1), Size(2)), (0,))], [1]))
    assert [w.source for w in scene.wires if w.target == "n1"] == ["n0-2", "n0-3"]
    assert label(of_kind(scene, "slice")[0]) == "[1:3]"


def test_a_wire_of_no_component_says_so() -> None:
    scene = scene_of(Diagram([Space(0, reals)], [(Map(tanh), (0,))], [1]))
    assert (scene.shapes, [t.text for t in scene.labels]) == ((), ["0", "0"])


def test_sums_and_products_are_a_sign_for_each_component() -> None:
    @diagram(wire(3, positive), wire(3, positive))
    def product(u: Wire, v: Wire) -> Any:
        return u * v

    assert [s.kind for s in of_kind(scene_of(product), "sum")] == ["sum multiplicative"] * 3
    scene = scene_of(residual(add("W", 3, 3)))
    assert [s.kind for s in of_kind(scene, "sum")] == ["sum additive"] * 3
    assert len([w for w in scene.wires if w.kind]) == 9
    assert [w.source for w in scene.wires if w.target.endswith("-2") and not w.kind] == ["n0-2", *["n3-2"]]


def test_a_skip_is_a_band_above_the_circles() -> None:
    scene = scene_of(residual(add("W", 3, 3) >> tanh))
    skips = [w for w in scene.wires if w.source.startswith("n0") and not w.kind]
    assert len(skips) == 3
    top = min(s.y - s.h / 2 for s in of_kind(scene, "map") + of_kind(scene, "layer"))
    assert all(min(point(s, 0.5)[1] for s in w.segments) < top for w in skips)


def test_a_swap_crosses() -> None:
    scene = scene_of(Diagram([Space(2, reals)] * 2, [], [1, 0]))
    assert [(w.source, w.target) for w in scene.wires][:2] == [("n0-1", "out1-1"), ("n0-2", "out1-2")]
    assert [label(s) for s in of_kind(scene, "input")] == ["x1,1", "x1,2", "x2,1", "x2,2"]
    assert [s.y for s in of_kind(scene, "input")] == [s.y for s in of_kind(scene, "output")]


def test_ends_show_their_coordinate_and_one_component_has_no_number() -> None:
    ports = [Port("p", ln)], [Port("q")]
    d = Diagram([Space(1, reals)], [(Map(tanh), (0,))], [1], in_ports=ports[0], out_ports=ports[1])
    assert [label(s) for s in scene_of(d).shapes] == ["ln p", "tanh", "q"]


def test_a_diagram_without_types_is_drawn() -> None:
    scene = side(residual(add("W", 3, 3) >> tanh), None)
    assert len(of_kind(scene, "sum")) == 3


# --- given columns ---


def test_given_columns_give_the_same_places_whatever_else_is_drawn() -> None:
    before = side(net, None, columns={1: 2, 2: 5, 3: 8, 4: 11, 5: 14, -1: 16})
    twin = to_additive(net).rhs
    after = side(twin, None, columns={1: 1, 2: 2, 3: 5, 4: 8, 5: 11, 6: 14, 7: 15, -1: 16})
    left = {s.id: s.x - before.start for s in before.shapes}
    right = {s.id: s.x - after.start for s in after.shapes}
    assert [left[k] for k in ("n0-1", "n2-1", "n4-1", "out0-1")] == [0, 5 * 76, 11 * 76, 16 * 76]
    assert [right[k] for k in ("n0-1", "n3-1", "n5-1", "out0-1")] == [0, 5 * 76, 11 * 76, 16 * 76]
    assert not of_kind(before, "joint")


def test_a_box_left_of_what_it_reads_is_refused() -> None:
    with pytest.raises(Refused, match="n2 in column 1 does not stand right of what it reads, in column 1"):
        side(net, None, columns=dict.fromkeys(range(1, 6), 1))
    with pytest.raises(Refused, match="no column for box n5"):
        side(net, None, columns={k: k for k in range(1, 5)})


# --- what never happens ---


def inside(x: float, y: float, s: Shape) -> bool:
    """Whether a point lies well within a shape: a bar, a circle, or a pill."""
    w, h = s.w / 2 - 0.5, s.h / 2 - 0.5
    dx, dy = max(abs(x - s.x) - max(w - h, 0), 0), abs(y - s.y)
    return abs(x - s.x) < w and dy < h and (s.kind in ("concat", "slice") or dx * dx + dy * dy < h * h)


@pytest.mark.parametrize("seed", range(120))
def test_no_shapes_overlap_and_no_line_runs_through_a_stranger(seed: int) -> None:
    scene = scene_of(drawn(seed))
    at = {s.id: s for s in scene.shapes}
    solid = [s for s in scene.shapes if not s.kind.startswith("layer")]
    assert len(at) == len(scene.shapes)
    for i, a in enumerate(solid):
        assert 0 < a.x - a.w / 2 < a.x + a.w / 2 < scene.width
        assert 0 < a.y - a.h / 2 < a.y + a.h / 2 < scene.height
        for b in solid[:i]:
            assert abs(a.x - b.x) >= (a.w + b.w) / 2 - 1e-6 or abs(a.y - b.y) >= (a.h + b.h) / 2 - 1e-6, (a, b)
    for w in scene.wires:
        joins = [s[:2] for s in w.segments[1:]], [s[6:] for s in w.segments[:-1]]
        assert sum(joins[0], ()) == pytest.approx(sum(joins[1], ()))
        strangers = [s for s in solid if s.id not in (w.source, w.target)]
        for s in w.segments:
            for x, y in (point(s, k / 16) for k in range(17)):
                assert not any(inside(x, y, o) for o in strangers), w


@pytest.mark.parametrize("seed", range(40))
def test_lines_start_and_end_at_the_rims_of_their_shapes(seed: int) -> None:
    scene = scene_of(drawn(seed))
    at = {s.id: s for s in scene.shapes}
    for w in scene.wires:
        for s, x, y in ((at[w.source], *w.segments[0][:2]), (at[w.target], *w.segments[-1][6:])):
            assert abs(x - s.x) <= s.w / 2 + 5.01, (w, s)  # dots are narrower than what they stand for
            assert abs(y - s.y) <= s.h / 2 + 1e-6
            assert not inside(x, y, s) or s.kind.startswith(("joint", "dots")), (w, s)


def test_names_of_layers_fit_between_their_neurons() -> None:
    chain = add("a_long_name_of_a_weight", 2, 2, bias="and_its_bias") >> tanh >> add("W2", 2, 2)
    for scene in (scene_of(chain), side(chain, None, columns={1: 1, 2: 2, 3: 3})):
        shapes = scene.shapes
        for i, a in enumerate(shapes):
            for b in shapes[:i]:
                assert abs(a.x - b.x) >= (a.w + b.w) / 2 or abs(a.y - b.y) >= (a.h + b.h) / 2, (a, b)
    assert of_kind(scene, "layer")[0].title == "add(a_long_name_of_a_weight, and_its_bias)"


# --- too large ---


@pytest.mark.parametrize("count", [70, 100_000])
def test_a_network_that_is_too_large_is_refused_at_once(count: int) -> None:
    chain = sequence([add("W", 3, 3), *[tanh] * count])
    started = time.perf_counter()
    with pytest.raises(Refused, match=r"too large for the neuron view .* view='layer'"):
        svg(chain, view="neuron")
    assert time.perf_counter() - started < 5


def test_a_million_components_are_no_more_than_five() -> None:
    assert len(scene_of(add("W", 10**6, 10**9) >> softplus).wires) == 25 + 5


# --- SVG ---


def test_every_element_has_an_id_classes_and_a_title() -> None:
    root = tree(svg(net, view="neuron"))
    groups = root.findall(f".//{NS}g[@id]")
    assert len(groups) == len({g.get("id") for g in groups}) == 15
    assert all(g.get("class") and g.findtext(f"{NS}title") for g in groups)
    lines = [p for p in root.findall(f".//{NS}path") if (p.get("class") or "").startswith("wire")]
    assert [p.get("class") for p in lines][:2] == [
        "wire multiplicative of-n1 from-n0-1 to-n2-1",
        "wire multiplicative of-n1 from-n0-1 to-n2-2",
    ]


def test_purple_lines_are_hollow_and_black_ones_are_not() -> None:
    def strokes(thing: Any) -> set[str | None]:
        return {p.get("stroke") for p in tree(svg(thing, view="neuron")).findall(f".//{NS}path")}

    assert strokes(mul("W", 2, 2)) == {"#7b2d8e", "#ffffff"}
    assert strokes(add("W", 2, 2)) == {None}
    assert strokes(mix(cube, "W", 2, 2)) == {"#0f6e6e"}


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_is_valid_xml(theme: Theme) -> None:
    for picture in (svg(to_additive(net), theme=theme, view="neuron"), legend(theme)):
        ground = tree(picture).find(f"{NS}rect[@class='ground']")
        assert (ground is None) == (theme == "transparent")


@pytest.mark.parametrize("name", NASTY)
def test_any_name_gives_valid_xml(name: str) -> None:
    d = (add("W", 2, 2, bias="b") >> Function("f", reals, reals)).named([name], [name])
    text = svg(d, view="neuron").text
    tags = {e.tag.removeprefix(NS) for e in ElementTree.fromstring(text.encode()).iter()}
    assert tags <= {"svg", "title", "desc", "rect", "g", "path", "circle", "text", "tspan"}
    assert all(c == "\n" or c >= " " for c in text)


def test_the_bytes_depend_on_no_hash() -> None:
    code = (
        "from sigmaprime.diagrams import *; from sigmaprime.render import svg, legend; "
        "n = residual(mul('W', 3, 3) >> exp >> ln) >> tanh; print(svg(n, view='neuron'), legend())"
    )
    assert len(same(code)) > 10_000


# --- the legend ---


def test_the_legend_names_every_piece_in_both_views() -> None:
    root = tree(legend())
    names = ["".join(t.itertext()) for t in root.findall(f".//{NS}text[@class='entry']")]
    assert names[:3] == ["input", "output", "wire"]
    assert {"map", "exp", "ln", "additive layer", "multiplicative layer"} < set(names)
    assert len(root.findall(f".//{NS}text[@class='formula']")) == len(names)
    found = {g.get("class") for g in root.findall(f".//{NS}g[@id]")}
    assert {"mix additive", "mix multiplicative", "layer additive", "layer multiplicative", "map", "input"} < found
    ids = [g.get("id") for g in root.iter() if g.get("id")]
    assert len(ids) == len(set(ids))


def test_the_legend_is_a_picture() -> None:
    assert isinstance(legend("dark"), Picture)
    with pytest.raises(Refused, match="is no theme"):
        legend("blue")  # type: ignore[arg-type]
