"""The command `function` and plots of own functions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sigmaprime.diagrams import Function, IllTyped, relu, tanh
from sigmaprime.render import plot
from sigmaprime.render.cli import main
from sigmaprime.render.functions import facts
from sigmaprime.render.words import function_of
from tests.seeds import same


def test_facts_stand_side_by_side_with_their_grades() -> None:
    f = Function.from_text("x/(1+x)")
    table = facts([tanh, relu, f])
    known = dict(table.columns)
    assert [known[n]["image"].text for n in ("tanh", "relu", "x/(1+x)")] == ["(-1, 1)", "[0, ∞)", "(0, 1)"]
    assert [known[n]["injective"].text for n in known] == ["yes", "no", "yes"]
    assert known["tanh"]["inverse"].text == "atanh"
    assert known["x/(1+x)"]["σ′ simplified"].text == "x - log(exp(x) + 1)"
    assert known["x/(1+x)"]["σ′ simplified"].grade == "CHECKED"
    assert all(len(line) < 3 * 36 + 16 for line in str(table).splitlines())


def test_the_command_prints_the_table_and_writes_the_plot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plot.svg"
    assert main(["function", "tanh", "relu", "x/(1+x)", "-o", str(out)]) == 0
    assert "strictly increasing" in capsys.readouterr().out
    assert "x/(1+x)" in out.read_text()
    assert main(["function", "x+1/x", "--domain", "(0, oo)", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found[0]["domain"]["text"] == "(0, ∞)"
    assert found[0]["image"]["grade"] == "PROVED"


def test_an_error_in_a_formula_is_one_line_that_points_at_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["function", "x/(1+"]) == 1
    assert "x/(1+⟦⟧" in capsys.readouterr().err
    assert main(["function", "x+1/x"]) == 1
    assert 'take one of them: --domain "(0, oo)"' in capsys.readouterr().err
    assert main(["function", "tanhh"]) == 1
    assert "tanhh" in capsys.readouterr().err


def test_words_of_the_catalogue_come_before_formulas() -> None:
    assert function_of("tanh") is tanh
    assert function_of("tanh(x)") is tanh
    assert str(function_of("2*x ; tanh")) == str(function_of("scale(2) ; tanh"))
    with pytest.raises(IllTyped):
        function_of("import os")


def test_a_plot_takes_an_own_function_on_positives() -> None:
    picture = plot([Function.from_text("x^2*tanh(x)"), tanh])
    assert "x²·tanh(x)" in picture.text
    with pytest.raises(IllTyped, match="not defined for σ"):
        plot(Function.from_text("x-x^2"))


def test_the_output_is_the_same_under_another_hash_seed() -> None:
    code = "import sympy; x = sympy.Symbol('x'); from sigmaprime.diagrams import Function; f = Function.from_sympy(x*sympy.tanh(x) + x**2/(1 + x) + sympy.exp(-x), domain='(0, oo)'); print(f, f.signature, f.formula); from sigmaprime.render.functions import facts; print(facts(f))"  # fmt: skip
    assert same(code)
