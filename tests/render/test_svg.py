"""The SVG writer: valid, safe, the same bytes everywhere."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sigmaprime.diagrams import (
    BadFile,
    Diagram,
    Function,
    Refused,
    add,
    exp,
    mix,
    mul,
    positive,
    reals,
    residual,
    sinh,
    tanh,
)
from sigmaprime.render import Picture, svg
from sigmaprime.render.svg import Theme
from sigmaprime.rewrite.theorems import fuse
from tests.seeds import same

NS = "{http://www.w3.org/2000/svg}"
NASTY = [
    "<script>alert(1)</script>",
    "\"&'<>",
    "a\x00b\x1b\n\t",
    "\ud800",
    "\u202eabc",
    "]]>",
    "&amp;",
    "x" * 300,
    "\ufffe",
    "\U000e0041",
]


def tree(picture: Picture) -> ElementTree.Element:
    return ElementTree.fromstring(picture.text.encode())


def net() -> Diagram:
    sigma = Function("σ", positive, positive)
    made: Diagram = mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3)
    return made


def test_every_box_has_an_id_and_classes() -> None:
    groups = tree(svg(net())).findall(f".//{NS}g[@id]")
    assert [g.get("id") for g in groups] == ["n0", "n1", "n2", "n3", "out0"]
    assert [g.get("class") for g in groups] == ["input", "mix multiplicative", "map", "mix multiplicative", "output"]


def test_the_two_sides_of_an_equation_share_no_id() -> None:
    ids = [g.get("id") for g in tree(svg(fuse(g=exp))).iter() if g.get("id")]
    assert len(ids) == len(set(ids)) == 7


def test_a_picture_says_what_it_shows() -> None:
    root = tree(svg(net()))
    assert root.findtext(f"{NS}title") == "a network of 3 boxes, with 1 input and 1 output"
    assert root.findtext(f"{NS}desc") == "mul(W1) ; σ ; mul(W2)"
    assert root.find(f".//{NS}g[@id='n2']/{NS}title").text == "σ"  # type: ignore[union-attr]


def test_multiplicative_boxes_are_told_apart_without_colour() -> None:
    def frames(d: Diagram) -> int:
        return len(tree(svg(d)).findall(f".//{NS}g[@id='n1']/{NS}rect"))

    assert (frames(mul("W", 2, 2)), frames(add("W", 2, 2))) == (2, 1)
    labels = tree(svg(mix(sinh, "W", 2, 2))).findall(f".//{NS}g[@id='n1']/{NS}text")
    assert ["".join(t.itertext()) for t in labels] == ["W", "sinh"]


@pytest.mark.parametrize("name", NASTY)
def test_any_name_gives_valid_xml_and_nothing_that_runs(name: str) -> None:
    d = (add("W", 2, 2, bias="b") >> Function("f", reals, reals)).named([name], [name])
    text = svg(d).text
    root = ElementTree.fromstring(text.encode())
    assert {e.tag.removeprefix(NS) for e in root.iter()} <= {
        "svg",
        "title",
        "desc",
        "rect",
        "g",
        "path",
        "circle",
        "text",
        "tspan",
    }
    assert not any(k.startswith("on") or "href" in k for e in root.iter() for k in e.attrib)
    assert all(c == "\n" or c >= " " for c in text)


@pytest.mark.parametrize(("theme", "ground"), [("light", "#ffffff"), ("dark", "#16181d"), ("transparent", None)])
def test_a_theme_has_its_own_ground(theme: Theme, ground: str | None) -> None:
    found = tree(svg(net(), theme=theme)).find(f"{NS}rect[@class='ground']")
    assert (None if found is None else found.get("fill")) == ground


def test_unknown_themes_and_views_are_refused() -> None:
    with pytest.raises(Refused, match="light, dark, transparent"):
        svg(net(), theme="blue")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="is no view"):
        svg(net(), view="side")  # type: ignore[arg-type]


def test_the_bytes_depend_on_no_hash() -> None:
    code = (
        "from sigmaprime.diagrams import *; from sigmaprime.render import svg; "
        "d = residual(residual(add('W', 4, 4) >> tanh) >> residual(add('V', 4, 4))); "
        "import sys; sys.stdout.buffer.write(svg(d @ (mul('M', 2, 2) >> sqrt)).text.encode())"
    )
    assert same(code).startswith("<svg ")


def test_shared_wires_are_drawn_once() -> None:
    d = residual(add("W", 4, 4) >> tanh)
    paths = [e.get("d", "") for e in tree(svg(d)).findall(f".//{NS}path[@class]") if "from-n0" in e.get("class", "")]
    assert len(paths) == 2
    assert len({p.split("H")[0].split("C")[0] for p in paths}) == 2


def test_a_picture_is_text_that_saves_and_shows_itself(tmp_path: Path) -> None:
    picture = svg(net())
    picture.save(tmp_path / "net.svg")
    assert (tmp_path / "net.svg").read_bytes() == picture.text.encode()
    assert os.listdir(tmp_path) == ["net.svg"]
    assert str(picture) == picture._repr_svg_() == picture.text
    assert repr(picture) == f"<SVG picture, {len(picture.text)} characters>"


def test_a_failed_save_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "net.svg").mkdir()
    with pytest.raises(BadFile, match="cannot be written: Is a directory"):
        svg(net()).save(tmp_path / "net.svg")
    assert os.listdir(tmp_path) == ["net.svg"]
