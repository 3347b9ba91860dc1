"""Film strips: one grid of columns, dashes around what the next step touches, a tint on what the last one made."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from sigmaprime.diagrams import Function, Refused, add, exp, ln, max1, mul, positive, relu, residual, sequence, tanh
from sigmaprime.render import Scene, film
from sigmaprime.render.cli import main
from sigmaprime.render.film import strip
from sigmaprime.render.scene import Mark, Shape
from sigmaprime.rewrite import Equation, absorb, companion, fuse, load_proof, simplify, to_additive, to_multiplicative
from sigmaprime.rewrite.frames import Frame, stages_of
from tests.seeds import same

NS = "{http://www.w3.org/2000/svg}"
sigma = Function("σ", positive, positive)
net = mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> sigma >> mul("W3", 3, 3)
skip = mul("W1", 3, 3) >> residual(mul("A", 3, 3) >> sigma >> mul("B", 3, 3)) >> sigma >> mul("W2", 3, 3)
deep = sequence(x for i in range(5000) for x in (mul(f"W{i}", 2, 2), sigma))
THEOREMS: list[Equation] = [
    absorb(to_additive(net)), companion, ~companion, absorb(to_additive(skip)), fuse(g=exp), to_multiplicative(to_additive(net).rhs),
    simplify(exp >> ln >> tanh >> relu >> exp >> ln), to_additive(mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> max1 >> add("A", 3, 3)),
    absorb(to_additive(sequence(x for i in range(12) for x in (mul(f"W{i}", 3, 3), sigma)))),
]  # fmt: skip


def frames_drawn(scene: Scene) -> list[list[Shape]]:
    """The shapes row by row."""
    rows: dict[str, list[Shape]] = {}
    for s in scene.shapes:
        if s.id != "key":
            rows.setdefault(s.id.split("-")[0], []).append(s)
    return list(rows.values())


def rows_of(e: Equation, steps: Any = "grouped") -> list[Frame]:
    return [row for f in stages_of(e, steps=steps) for row in (f.left, f) if row]


def wire_of(s: Shape) -> int | None:
    found = re.search(r"-n(\d+)$", s.id)
    return int(found[1]) if found else None


def inside(m: Mark, s: Shape) -> bool:
    across = abs(m.x - s.x) + s.w / 2 <= m.w / 2
    return across and abs(m.y - s.y) + s.h / 2 <= m.h / 2


def apart(m: Mark, s: Shape) -> bool:
    return abs(m.x - s.x) >= (m.w + s.w) / 2 or abs(m.y - s.y) >= (m.h + s.h) / 2


def texts(scene: Scene, role: str) -> list[str]:
    return [t.text for t in scene.labels if t.role == role]


# --- what is drawn ---


def test_the_conversion_is_four_frames() -> None:
    scene = strip(absorb(to_additive(net)))
    assert [[s.kind for s in row[1:-1]] for row in frames_drawn(scene)] == [
        ["mix multiplicative", "map", "mix multiplicative", "map", "mix multiplicative"],
        ["map", "mix additive", "map", "map", "map", "mix additive", "map", "map", "map", "mix additive", "map"],
        ["map", "mix additive", "map", "mix additive", "map", "mix additive", "map"],
        ["mix additive", "map", "mix additive", "map", "mix additive"],
    ]
    assert texts(scene, "caption") == [
        "multiplicative net",
        "mult_add:   mul(W) = ln ; add(W) ; exp   (3×)",
        "define σ′:   exp ; σ ; ln = σ′   (2×)",
        "absorb exp and ln into the ends:   x → ln x,  y → ln y",
    ]
    assert texts(scene, "number") == ["(0)", "(1)", "(2)", "(3)"]
    assert texts(scene, "sign") == ["="] * 3
    ends = [s.labels[0].text for row in frames_drawn(scene) for s in (row[0], row[-1])]
    assert ends == ["x", "y"] * 3 + ["ln x", "ln y"]


def test_the_companions_film_attaches_to_both_sides_and_cancels() -> None:
    scene = strip(companion)
    assert [" ".join(s.labels[0].text for s in row[1:-1]) for row in frames_drawn(scene)] == [
        "W, b", "ln W, b exp", "exp W, b ln", "exp ln W, b exp ln", "W, b"
    ]  # fmt: skip
    assert texts(scene, "sign") == ["=", "⇒", "=", "="]
    assert texts(scene, "number") == ["(0)", "(1)", "(2)", "(3)"]
    assert texts(scene, "caption")[2:4] == [
        "attach to the dangling ends of both sides:   exp, ln", "cancel:   exp ; ln = wire   (2×)"
    ]  # fmt: skip
    pairs = [" ".join(s.labels[0].text for s in scene.shapes if inside(m, s)) for m in scene.marks[1:-1]]
    assert pairs == ["exp ln", "exp ln"]


@pytest.mark.parametrize("e", THEOREMS, ids=lambda e: str(e)[:40])
@pytest.mark.parametrize("steps", ["grouped", "all"])
def test_what_stays_keeps_its_column(e: Equation, steps: Any) -> None:
    at: dict[int, float] = {}
    for frame, row in zip(rows_of(e, steps), frames_drawn(strip(e, steps=steps)), strict=True):
        for s in row:
            if (w := wire_of(s)) is not None:
                assert at.setdefault(frame.places[w], s.x) == pytest.approx(s.x), s.id
    assert len(at) > 2


@pytest.mark.parametrize("e", THEOREMS, ids=lambda e: str(e)[:40])
def test_the_ends_stand_in_two_columns(e: Equation) -> None:
    for kind in ("input", "output"):
        x = {round(s.x, 6) for s in strip(e).shapes if s.kind == kind}
        assert len(x) == 1


@pytest.mark.parametrize("e", THEOREMS, ids=lambda e: str(e)[:40])
@pytest.mark.parametrize("steps", ["grouped", "all"])
def test_dashes_enclose_what_the_next_step_touches_and_nothing_else(e: Equation, steps: Any) -> None:
    scene = strip(e, steps=steps)
    marks = [m for m in scene.marks if m.kind == "next"]
    assert marks
    for frame, row in zip(rows_of(e, steps), frames_drawn(scene), strict=True):
        touched = {w for group in frame.touched for w in group}
        for s in row:
            if (w := wire_of(s)) is not None:
                hidden = {a for a in frame.diagram.columns.arguments(w) if s.kind.startswith("sum")}
                if w in touched or hidden & touched:
                    assert any(inside(m, s) for m in marks), s.id
                else:
                    assert all(apart(m, s) for m in marks), s.id


@pytest.mark.parametrize("e", THEOREMS, ids=lambda e: str(e)[:40])
@pytest.mark.parametrize("steps", ["grouped", "all"])
def test_the_tint_lies_on_what_the_last_step_made(e: Equation, steps: Any) -> None:
    for frame, row in zip(rows_of(e, steps), frames_drawn(strip(e, steps=steps)), strict=True):
        absorbs = any(name == "absorb" for name, _, _ in frame.rules)
        for s in row:
            if s.kind in ("input", "output"):
                assert (s.state == "made") == (absorbs and s.labels[0].text.startswith("ln "))
            elif (w := wire_of(s)) is not None:
                assert (s.state == "made") == (w in frame.made), s.id


@pytest.mark.parametrize("e", THEOREMS, ids=lambda e: str(e)[:40])
def test_frames_do_not_meet(e: Equation) -> None:
    scene = strip(e)
    for above, below in pairwise(frames_drawn(scene)):
        assert max(s.y + s.h / 2 for s in above) < min(s.y - s.h / 2 for s in below)
    for row in frames_drawn(scene):
        boxes = sorted((s for s in row if wire_of(s) is not None), key=lambda s: s.x)
        for a, b in pairwise(boxes):
            assert a.x + a.w / 2 < b.x - b.w / 2 or abs(a.y - b.y) >= (a.h + b.h) / 2
    assert all(s.x - s.w / 2 > 0 and s.x + s.w / 2 < scene.width and s.y + s.h / 2 < scene.height for s in scene.shapes)
    assert all(m.y + m.h / 2 < scene.height for m in scene.marks)


def test_wires_end_at_the_boxes() -> None:
    scene = strip(absorb(to_additive(skip)))
    shape = {s.id: s for s in scene.shapes}
    for w in scene.wires:
        a, b = shape[w.source], shape[w.target]
        assert w.segments[0][0] == pytest.approx(a.x + a.w / 2)
        assert abs(w.segments[-1][6] - b.x) <= b.w / 2 + 0.01
        assert all(s[6:] == pytest.approx(t[:2]) for s, t in pairwise(w.segments))


def test_a_skip_stays_on_its_side() -> None:
    """ln moves onto the upper line of the sum, where the bare skip was."""
    *_, frame, _ = rows_of(to_additive(skip))
    *_, row, _ = frames_drawn(strip(to_additive(skip)))
    by_wire = {wire_of(s): s for s in row}
    concat = next(w for w in range(1, len(frame.places)) if len(frame.diagram.columns.arguments(w)) == 2)
    first, second = (by_wire[w] for w in frame.diagram.columns.arguments(concat))
    assert first.title == second.title == "ln"
    assert first.y < second.y


# --- large ---


def test_a_proof_of_ten_thousand_steps_is_a_few_frames() -> None:
    e = to_additive(deep >> mul("W", 2, 2))
    scene = strip(e)
    assert [len(row) for row in frames_drawn(scene)] == [13, 25, 15]
    assert [s.title for s in scene.shapes if s.kind == "fold"] == [
        f"{n} boxes, not drawn" for n in ("9,991", "19,981", "9,991")
    ]
    assert texts(scene, "caption")[1:3] == [
        "mult_add:   mul(W) = ln ; add(W) ; exp   (5,001×)", "define σ′:   exp ; σ ; ln = σ′   (5,000×)"
    ]  # fmt: skip
    assert len(frames_drawn(strip(e, steps="all"))) == 11


# --- the file ---


@pytest.mark.parametrize("theme", ["light", "dark", "transparent"])
def test_it_is_valid_svg_with_one_id_each(theme: Any) -> None:
    for e in THEOREMS:
        root = ElementTree.fromstring(film(e, theme=theme).text.encode())
        ids = [g.get("id") for g in root.iter() if g.get("id")]
        assert len(ids) == len(set(ids))
        marks = root.findall(f".//{NS}g[@class='marks']/{NS}rect")
        assert len(marks) == len(strip(e).marks)


def test_what_is_made_differs_without_colour() -> None:
    root = ElementTree.fromstring(film(to_additive(net)).text.encode())
    heavy = {g.get("id") for g in root.iter() if g.get("stroke-width") == "3"}
    made = {g.get("id") for g in root.iter() if (g.get("class") or "").endswith(" made")}
    assert heavy == made
    assert len(made) == 9


def test_the_film_says_what_it_shows() -> None:
    root = ElementTree.fromstring(film(companion).text.encode())
    assert root.findtext(f"{NS}title") == "a derivation in 4 frames: exp ; mul(W, b) ; ln = add(W, b)"
    assert "(3) cancel:   exp ; ln = wire   (2×)" in (root.findtext(f"{NS}desc") or "")


def test_the_bytes_depend_on_no_hash() -> None:
    code = (
        "from sigmaprime.diagrams import *; from sigmaprime.render import film; from sigmaprime.rewrite import *; import sys; "
        "s = Function('s', positive, positive); d = mul('W', 2, 2) >> residual(mul('A', 2, 2) >> s >> mul('B', 2, 2)) >> s >> mul('V', 2, 2); "
        "sys.stdout.buffer.write(film(absorb(to_additive(d))).text.encode())"
    )
    assert same(code).startswith("<svg ")


@pytest.mark.parametrize("name", ["<b>&\"'", "a\x00b\x1b", "x" * 300, "\u202eabc"])
def test_any_name_gives_valid_xml(name: str) -> None:
    f = Function("a<b>&'", positive, positive)
    d = (mul("W", 2, 2) >> f >> mul("V", 2, 2)).named([name], [name])
    picture = film(absorb(to_additive(d)))
    ElementTree.fromstring(picture.text.encode())


def test_what_has_no_derivation_is_refused() -> None:
    with pytest.raises(Refused, match="Diagram has no derivation: give a theorem"):
        film(net)
    with pytest.raises(Refused, match="is no view; there are layer, neuron"):
        film(companion, view="side")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="'grouped' and 'all'"):
        film(companion, steps="some")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="light, dark, transparent"):
        film(companion, theme="blue")  # type: ignore[arg-type]


def test_the_command_line_draws_a_proof_as_a_film(tmp_path: Path) -> None:
    proof, out = tmp_path / "proof.json", tmp_path / "film.svg"
    theorem = to_additive(mul("W", 3, 3))
    theorem.save(proof)
    assert main(["draw", str(proof), "-o", str(out)]) == 0
    assert out.read_text() == film(load_proof(proof)).text
