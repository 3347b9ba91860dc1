"""Graphviz draws the scene that we computed, and moves nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from sigmaprime.diagrams import Refused, mul, tanh
from sigmaprime.render import Picture, Scene, dot, svg
from sigmaprime.render.dot import rendered
from sigmaprime.render.label import Label, Run
from sigmaprime.render.scene import View
from sigmaprime.rewrite import to_additive
from tests.seeds import same

from ..nets import Net, nets

needs_dot = pytest.mark.skipif(
    shutil.which("dot") is None, reason="install Graphviz, so that its program `dot` is on the PATH"
)
NET = mul("W1", 3, 3) >> tanh >> mul("W2", 3, 2)


def positions(source: str) -> dict[str, tuple[float, float]]:
    """The pinned place of every node in the source."""
    found = {}
    for line in source.splitlines():
        if (name := re.match(r'\s*"?([^\s"\[]+)"? \[', line)) and (
            at := re.search(r'pos="([-\d.]+),([-\d.]+)!"', line)
        ):
            found[name[1]] = float(at[1]), float(at[2])
    return found


@settings(max_examples=50)
@given(nets())
def test_every_shape_stands_where_the_scene_has_it(net: Net) -> None:
    scene = Scene.of(net.diagram)
    pinned = positions(dot(net.diagram).source)
    for shape in scene.shapes:
        assert pinned[shape.id] == pytest.approx((shape.x, scene.height - shape.y), abs=0.01)


@pytest.mark.parametrize("name", ['a"b', "a\\lb", "<b>a</b>", "a&amp;b", "a\\"])
def test_text_cannot_leave_its_label(name: str) -> None:
    plain, hostile = Scene.of(mul("W", 3, 3)), Label(10, 10, 14, "middle", (Run(name),), "name")
    scene = replace(plain, labels=(hostile,))
    assert dot(scene).source.count("\n") == dot(
        replace(plain, labels=(Label(10, 10, 14, "middle", (Run("a"),), "name"),))
    ).source.count("\n")
    if shutil.which("dot"):
        picture = ElementTree.fromstring(rendered(scene, "svg"))
        assert name in [t.text for t in picture.iter("{http://www.w3.org/2000/svg}text")]


@needs_dot
@pytest.mark.parametrize("view", ["layer", "neuron"])
def test_dot_moves_nothing(view: View) -> None:
    scene = Scene.of(to_additive(NET), view)
    text = subprocess.run(
        ["neato", "-n2", "-Tplain"], input=dot(scene).source, capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in text.splitlines()]
    low = next(r for r in rows if r[:2] == ["node", "corner0"])
    drawn = {r[1].strip('"'): (float(r[2]) * 72, float(r[3]) * 72) for r in rows if r[0] == "node"}
    assert len(drawn) > len(scene.shapes)
    shift = float(low[2]) * 72, float(low[3]) * 72 - scene.height
    for shape in scene.shapes:
        x, y = drawn[shape.id]
        assert (x - shift[0], scene.height - (y - shift[1])) == pytest.approx((shape.x, shape.y), abs=0.1)


@needs_dot
@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_a_picture_is_saved_in_the_format_of_its_ending(tmp_path: Path, ending: str, start: bytes) -> None:
    svg(NET).save(tmp_path / f"net.{ending}")
    assert (tmp_path / f"net.{ending}").read_bytes().startswith(start)


@needs_dot
def test_an_unknown_ending_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"writes no \.foo"):
        svg(NET).save(tmp_path / "net.foo")
    assert not list(tmp_path.iterdir())


def test_without_dot_the_refusal_says_what_would_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match=r"install Graphviz, or save as \.svg"):
        svg(NET).save(tmp_path / "net.png")
    svg(NET).save(tmp_path / "net.svg")
    ElementTree.parse(tmp_path / "net.svg")


def test_a_picture_that_is_text_alone_is_saved_as_svg_only(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="SVG only"):
        Picture("<svg/>").save(tmp_path / "net.png")


def test_the_source_is_the_same_in_two_runs() -> None:
    code = "from sigmaprime.diagrams import mul, tanh; from sigmaprime.render import dot; print(dot(mul('W', 3, 3) >> tanh).source)"
    assert same(code)
