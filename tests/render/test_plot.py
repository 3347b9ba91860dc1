"""Plots of σ against σ': what they show, what they refuse, and that the same functions give the same bytes."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Refused,
    exp,
    ln,
    max1,
    negate,
    positive,
    power,
    relu,
    scale,
    shift,
    sigmoid,
    sinh,
    softplus,
    softsign,
    sqrt,
    tanh,
    then,
)
from sigmaprime.render import plot
from sigmaprime.render.axes import Panel
from sigmaprime.render.cli import main
from sigmaprime.render.plot import _panel
from sigmaprime.render.words import function_of
from tests.seeds import ended, started

BLUE, ORANGE = "#1f5fbf", "#e07b1a"


def curves(sigma: Function) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    panel: Panel = _panel(sigma, "natural")
    return {c.role: (c.x, c.y) for c in panel.curves}


@pytest.mark.parametrize("sigma", [tanh, sigmoid, relu, max1, softplus, softsign, sqrt, power(-2)], ids=str)
def test_sigma_is_shown_on_positive_inputs_and_sigma_prime_on_the_line(sigma: Function) -> None:
    shown = curves(sigma)
    (x, y), (t, z) = shown["sigma"], shown["prime"]
    assert x.min() > 0
    assert (t.min(), t.max()) == (-4, 4)
    np.testing.assert_allclose(y, sigma(x))
    np.testing.assert_allclose(z, np.log(sigma(np.exp(t))), atol=1e-9)


@pytest.mark.parametrize("sigma", [relu, max1, softsign, sqrt, power(-2)], ids=str)
def test_a_natural_reference_is_sigma_prime_itself_for_these(sigma: Function) -> None:
    shown = curves(sigma)
    np.testing.assert_allclose(shown["reference"][1], shown["prime"][1], atol=1e-12)


def test_tanh_prime_lies_between_the_flipped_softplus_and_it_plus_its_known_distance() -> None:
    shown = curves(tanh)
    gap = shown["prime"][1] - shown["reference"][1]
    assert (gap > 0).all()
    assert gap.max() == pytest.approx(0.424513, abs=1e-5)


def test_the_flipped_sigmoid_has_the_height_of_sigmoid_prime() -> None:
    z, r = curves(sigmoid)["prime"][1], curves(sigmoid)["reference"][1]
    assert (z[0], r[0]) == (pytest.approx(-np.log(2), abs=0.02), pytest.approx(-np.log(2), abs=0.02))
    assert np.abs(z - r).max() < 0.15


def test_a_plot_is_well_formed_and_carries_its_colours_and_labels() -> None:
    text = plot(tanh).text
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert {BLUE, ORANGE} <= set(re.findall(r"#[0-9a-f]{6}", text))
    assert "<desc>tanh (blue, on positive inputs), tanh′ (orange), −softplus(−x) (thin)</desc>" in text
    assert not re.search(r"<style|<metadata|<\?xml|<g id=|<script", text)
    identities = re.findall(r'id="([^"]+)"', text)
    assert len(identities) == len(set(identities))


def test_panels_are_lettered_and_every_theme_has_its_ground() -> None:
    sizes = {}
    for theme in ("light", "dark", "transparent"):
        text = plot([tanh, sigmoid, relu, max1], theme=theme, width=300).text
        sizes[theme] = re.search(r'width="([0-9.]+)" height="([0-9.]+)"', text)[0]  # type: ignore[index]
        assert ("fill: #16181d" in text) == (theme == "dark")
        assert ("fill: #ffffff" in text) == (theme == "light")
    assert set(sizes.values()) == {'width="600" height="468"'}


def test_the_same_functions_give_the_same_bytes_under_any_hash_seed(tmp_path: Path) -> None:
    command = ("-m", "sigmaprime", "plot", "tanh", "max1", "-o")
    ended(*[started(seed, *command, str(tmp_path / f"{seed}.svg")) for seed in ("1", "2")])
    assert (tmp_path / "1.svg").read_bytes() == (tmp_path / "2.svg").read_bytes()
    assert (tmp_path / "1.svg").read_text() == plot([tanh, max1]).text


@pytest.mark.parametrize(
    ("sigma", "says"),
    [
        (negate, r"it maps \(0, ∞\) into \(-∞, 0\), and ln takes \(0, ∞\); σ\(1\) = -1"),
        (shift(-1), r"into \(-1, ∞\), and ln takes \(0, ∞\); σ\(1\) = 0"),
        (ln, r"σ\(1\) = 0"),
        (Function.atom("atanh"), r"atanh takes \(-1, 1\); the wire may hold anything in \(0, ∞\)"),
        (Function("σ", positive, positive), "σ is not settled"),
    ],
    ids=["negate", "shift", "ln", "atanh", "variable"],
)
def test_a_function_without_sigma_prime_is_refused_with_the_place(sigma: Function, says: str) -> None:
    with pytest.raises(IllTyped, match=says):
        plot(sigma)


def test_a_reference_of_ones_own_is_drawn_and_nonsense_refused() -> None:
    assert "relu (thin)" in plot(tanh, reference=relu).text
    assert "(thin)" not in plot(tanh, reference=None).text
    with pytest.raises(Refused, match="is no reference"):
        plot(tanh, reference="softplus")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="'blue' is no theme"):
        plot(tanh, theme="blue")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="1 to 12 plots, not 0"):
        plot([])
    with pytest.raises(Refused, match="pixels wide"):
        plot(tanh, width=float("nan"))


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("tanh", tanh),
        (" max1 ", max1),
        ("maximum(1)", max1),
        ("power(1/2)", sqrt),
        ("power( -2 )", power(-2)),
        ("scale(0.25)", scale("1/4")),
        ("scale(2) ; tanh;exp", then(scale(2), tanh, exp)),
    ],
)
def test_words_name_functions(text: str, function: Function) -> None:
    assert function_of(text) is function


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "'' is no word"),
        ("sin", "no function 'sin' in the catalogue"),
        ("tanh(2)", "tanh takes no parameter, not 1"),
        ("power", "power takes one parameter, not 0, as in power(1)"),
        ("power(1/0)", "divides by zero"),
        ("power(1e9)", "is no word"),
        ("__import__('os')", "is no word"),
        ("tanh ; ", "'' is no word"),
        ("tanh;" * 1000, "is longer than 1000"),
    ],
)
def test_other_words_are_refused(text: str, says: str) -> None:
    with pytest.raises(IllTyped, match=re.escape(says)):
        function_of(text)


def test_the_command_plots(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plot", "tanh", "-o", str(tmp_path / "tanh.svg")]) == 0
    assert (tmp_path / "tanh.svg").read_text() == plot(tanh).text
    assert main(["plot", "sinh", "--reference", "identity", "--theme", "dark", "-o", str(tmp_path / "s.svg")]) == 0
    assert (tmp_path / "s.svg").read_text() == plot(sinh, reference=function_of("identity"), theme="dark").text
    assert main(["plot", "tanh", "negate", "-o", str(tmp_path / "no.svg")]) == 1
    assert "not defined for σ = negate" in capsys.readouterr().err
    assert not (tmp_path / "no.svg").exists()


@pytest.mark.parametrize("sigma", [tanh, softplus], ids=str)
def test_the_float_errors_are_drawn_in_both_types_with_the_borders_of_the_regimes(sigma: Function) -> None:
    from sigmaprime.diagrams.stable import stable_forms

    text = plot(sigma, error=True).text
    lines = re.findall(r'<path d="([^"]*)" clip-path="url\(#(\w+)\)" style="fill: none; ([^"]*)"', text)
    panels = list(dict.fromkeys(panel for _, panel, _ in lines))
    assert len(panels) == 2
    for panel, (dtype, form) in zip(panels, stable_forms(sigma).items(), strict=True):
        mine = [(d, style) for d, at, style in lines if at == panel]
        for colour in (BLUE, ORANGE):  # naive and stable: the value is solid, the slope dotted
            dashes = ["dasharray" in style for _, style in mine if colour in style and "stroke-width" in style]
            assert sorted(dashes) == [False, True], (dtype, colour)
        borders = [re.findall(r"[-0-9.]+", d) for d, style in mine if "stroke-opacity: 0.6" in style]
        assert len(borders) == len(form.borders) > 0
        assert all(a == c for a, _, c, _ in borders), "upright"
    assert "in float32 and float64: blue, the naive form; orange, the stable form" in text


def test_the_picture_of_float_errors_has_the_same_bytes_twice_and_refuses_what_plot_refuses() -> None:
    assert plot(tanh, error=True).text == plot(tanh, error=True).text
    with pytest.raises(IllTyped, match="ln takes"):
        plot(negate, error=True)
    with pytest.raises(IllTyped, match="'tanh' is no function"):
        plot("tanh", error=True)  # type: ignore[arg-type]
