"""What floats make of each form: many digits as the judge, the table of README.md, the search, the counts."""

from __future__ import annotations

import io
import json
import re
import runpy
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    BadFile,
    Diagram,
    Function,
    Interval,
    Refused,
    Weight,
    add,
    convolution,
    cube,
    exp,
    fn,
    ln,
    load,
    max1,
    maxpool,
    mix,
    mul,
    power,
    relu,
    residual,
    scale,
    sequence,
    shift,
    sigmoid,
    softmax,
    softplus,
    square,
    tanh,
    then,
    windows,
    wire,
)
from sigmaprime.diagrams.catalogue import ATOMS
from sigmaprime.diagrams.formula import FORMULAS
from sigmaprime.diagrams.precise import nudged, precisely
from sigmaprime.render import Costs, costs, float_range, float_table
from sigmaprime.render.cli import main
from sigmaprime.render.forms import FORMS, Forms
from sigmaprime.render.inputs import drawn_inputs
from sigmaprime.render.progress import Progress
from sigmaprime.rewrite import absorb, to_additive
from tests.diagrams.reference import run

ROOT = Path(__file__).parent.parent.parent
OVERFLOW = ROOT / "docs" / "examples" / "overflow.safetensors"
DIGITS = OVERFLOW.with_name("digits.safetensors")


def filled(net: Diagram, size: float = 1.0) -> Diagram:
    rng = np.random.default_rng(0)
    shapes = {
        v.name: [s.value for s in ([v.rows, v.columns] if hasattr(v, "rows") else [v.size])] for v in net.variables
    }
    found: Diagram = net(**{n: size * rng.normal(size=s) for n, s in shapes.items()})
    return found


# --- many digits ---


def test_every_entry_of_the_catalogue_has_a_formula_with_many_digits() -> None:
    assert set(FORMULAS) == set(ATOMS)


NETS = [
    mul("A", 3, 4, bias="a") >> tanh >> mul("B", 4, 2),
    add("A", 3, 3, bias="a") >> softplus >> mul("B", 3, 3) >> sigmoid,
    sequence([mul("A", 3, 3), residual(add("B", 3, 3) >> tanh) >> softplus, mul("C", 3, 2)]),
    mix(cube, "A", 3, 3) >> scale("1/3") >> shift(-2),
    mul("A", 3, 3) >> max1 >> power("-3/2") >> relu,
]


@pytest.mark.parametrize("net", NETS, ids=str)
def test_many_digits_agree_with_the_floats_where_those_are_good(net: Diagram) -> None:
    net = filled(net, 0.5)
    x = np.random.default_rng(1).uniform(0.5, 2, size=(5, 3))
    (exact,) = precisely(net, [x], net.weights)
    np.testing.assert_allclose(exact.astype(float), net(x), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(exact.astype(float), run(net, [x], net.weights)[0], rtol=1e-10, atol=1e-12)


def test_cancellation_is_seen_and_paid_with_digits() -> None:
    deep = fn(then(exp, tanh, Function.atom("atanh"), ln))  # the identity; tanh(e^5) takes 130 digits
    (y,) = precisely(deep, [[5.0, -300.0]], {})
    assert [float(v) for v in y] == [5.0, -300.0]
    with pytest.raises(Refused, match="640 digits do not settle"):
        precisely(deep, [[9.0]], {})


def test_no_exponent_is_too_large_until_it_would_fill_the_memory() -> None:
    (y,) = precisely(fn(exp) >> exp >> ln >> ln, [[5000.0]], {})
    assert float(y[0]) == 5000.0
    with pytest.raises(Refused, match="no exponent holds it"):
        precisely(fn(exp) >> exp >> exp, [[5000.0]], {})


def test_slopes_are_those_of_the_formula() -> None:
    net = filled(mul("A", 2, 2) >> tanh)
    x, way = np.array([[0.5, 1.5], [2.0, 1.0]]), np.array([[1.0, -1.0], [1.0, 1.0]])
    found = nudged(net, [x], [way], net.weights, ([True], [True]))
    h = np.exp(np.log(x) @ net.weights["A"].T)  # d ln tanh h / d ln x = 2h / sinh 2h · A
    np.testing.assert_allclose(found, ((2 * h / np.sinh(2 * h)) * (way @ net.weights["A"].T)).sum(1), rtol=1e-12)


# --- forms ---


@pytest.mark.parametrize("net", [NETS[0], NETS[2], filled(mul("A", 3, 3) >> max1)], ids=str)
def test_all_forms_are_one_function_where_the_floats_are_good(net: Diagram) -> None:
    net = filled(net, 0.5)
    forms = Forms.of(net)
    x = np.random.default_rng(2).uniform(0.5, 2, size=(4, 3))
    (exact,) = forms.exactly([x], dict(net.weights))
    for form in FORMS:
        (y,) = forms.run(form, [x], dict(net.weights))
        np.testing.assert_allclose(y, exact.astype(float), rtol=1e-11, atol=1e-12)


def test_the_uncomposed_form_runs_box_after_box() -> None:
    forms = Forms.of(load(DIGITS))
    assert str(forms.uncomposed).startswith("ln ; add(W1, b1) ; exp ; tanh ; ln ; add(W2, b2) ; exp")


# --- the table ---


@pytest.fixture(scope="module")
def table() -> Any:
    return float_table(load(OVERFLOW), name=OVERFLOW.name, inputs=12)


def test_on_the_shipped_net_only_the_twin_stays_in_float32(table: Any) -> None:
    rows = {(r.form, r.dtype): r for r in table.rows}
    assert len(rows) == 6
    assert rows["product", "float32"].finite < 0.01
    assert rows["uncomposed", "float32"].finite < 0.01
    for dtype in ("float32", "float64"):
        twin = rows["twin", dtype]
        assert twin.finite == 1
        assert twin.error is not None
        assert twin.error[0] < 10
        assert twin.error[1] < 1e4
    wrong = rows["uncomposed", "float64"]  # finite, and wrong: ln tanh of what rounds to 1 is lost
    assert wrong.error is not None
    assert wrong.error[1] > 1e6


@pytest.mark.torch
def test_on_the_shipped_net_only_the_twin_has_gradients(table: Any) -> None:
    pytest.importorskip("torch")
    rows = {(r.form, r.dtype): r for r in table.rows}
    assert rows["product", "float32"].finite_gradients < 0.01
    assert rows["uncomposed", "float32"].finite_gradients < 0.01
    for dtype in ("float32", "float64"):
        assert rows["twin", dtype].finite_gradients == 1
        assert rows["twin", dtype].gradient_error[1] < 100


def cells(text: str) -> list[list[str]]:
    return [[c.strip() for c in line.strip("| ").split("|")] for line in text.splitlines() if line.startswith("|")]


def shape(cell: str) -> str:
    """The cell with its last digits forgotten: how exp rounds differs between machines."""
    return re.sub(r"[0-9][0-9.e+]*", "#", cell)


@pytest.mark.torch
def test_the_table_of_the_readme_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    assert main(["range", str(OVERFLOW), "--markdown"]) == 0
    printed = cells(capsys.readouterr().out)
    written = [row for row in cells((ROOT / "README.md").read_text()) if len(row) == len(printed[0])]
    assert [[shape(c) for c in row] for row in written] == [[shape(c) for c in row] for row in printed]
    for row, other in zip(written[2:], printed[2:], strict=True):
        for cell, again in zip(row[2:], other[2:], strict=True):
            one, two = ([float(v) for v in re.findall(r"[0-9][0-9.e+]*", c)] for c in (cell, again))
            np.testing.assert_allclose(one, two, rtol=9, atol=10)  # within a factor of ten


def test_the_table_is_json_and_text_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["range", str(DIGITS), "--inputs", "3", "--spread", "0.5", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [r["finite"] for r in said["rows"]] == [1.0] * 6
    assert all(r["error"][1] < 1000 for r in said["rows"])
    assert main(["range", str(DIGITS), "--inputs", "3", "--spread", "0.5"]) == 0
    assert "measured on 3 inputs e^t, t uniform in ±0.5 (seed 0)" in capsys.readouterr().out


def test_a_table_of_nonsense_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["range", str(DIGITS), "--inputs", "0"]) == 1
    assert main(["range", str(DIGITS), "--spread", "inf"]) == 1
    assert capsys.readouterr().err.count("give 1 to 100000 inputs") == 2
    with pytest.raises(BadFile, match="A has no value"):
        float_table(mul("A", 2, 2))


def test_the_shipped_net_is_what_its_script_makes(tmp_path: Path) -> None:
    script = runpy.run_path(str(ROOT / "docs" / "examples" / "make_overflow.py"))
    script["main"](tmp_path)
    again, shipped = load(tmp_path / OVERFLOW.name), load(OVERFLOW)
    assert again == shipped
    for name, w in shipped.weights.items():
        assert w.dtype == np.float32
        assert w.shape == (64, 64)
        assert w.std() == pytest.approx(6 / 8, rel=0.03)
        np.testing.assert_allclose(again.weights[name], w, rtol=1e-6)


# --- the search ---


@pytest.mark.parametrize("path", [OVERFLOW, DIGITS], ids=["overflow", "digits"])
def test_the_search_names_an_input_that_anyone_can_run(path: Path) -> None:
    net = load(path)
    found = float_range(net)
    assert found.fits
    assert found.inputs is not None
    (x,) = found.inputs
    with np.errstate(all="ignore"):
        y = np.log(net(x[None]))[0]
    twin = absorb(to_additive(net)).rhs
    z = twin(np.log(x[None]))[0]
    place = int(re.fullmatch(r"ln y\[(\d+)\]", found.output)[1])  # type: ignore[index]
    assert not np.isfinite(y[place])
    assert np.isfinite(z).all()
    (exact,) = precisely(net, [x], net.weights, [True])
    assert float(exact[place]) == pytest.approx(float(z[place]), rel=1e-3)
    assert abs(float(exact[place])) < 88
    assert found.error is not None
    assert found.error < 1000


def test_the_same_seed_finds_the_same_input_and_another_may_not() -> None:
    first, second, other = (float_range(load(OVERFLOW), seed=s).as_json()["inputs"] for s in (0, 0, 1))
    assert first == second
    assert first != other


def test_where_nothing_is_lost_nothing_is_found_and_the_tries_are_told() -> None:
    tame = filled(wire(2, Interval("[1, 2]")) >> mul("A", 2, 2) >> tanh >> mul("B", 2, 1), 0.3)
    none = float_range(tame, tries=50)
    assert not none.found
    assert none.tries == 50
    assert (
        str(none)
        == "measured: no input found (50 of 50 tries) at which the other forms leave float32 and the twin does not"
    )
    assert none.as_json()["inputs"] is None


def test_the_search_keeps_its_budgets() -> None:
    net = filled(wire(2, Interval("[1, 2]")) >> mul("A", 2, 2) >> tanh >> mul("B", 2, 1), 0.3)
    started = time.monotonic()
    short = float_range(net, tries=1_000_000, seconds=0.2)
    assert short.stopped
    assert time.monotonic() - started < 5
    assert "s were up" in str(short)
    assert float_range(load(OVERFLOW), tries=3).tries == 3
    with pytest.raises(Refused, match="tries"):
        float_range(net, tries=0)


@pytest.mark.parametrize("text", ["(0, 1)", "[1, oo)", "(-oo, 0)", "(-1, 3]", "(-oo, oo)"])
def test_inputs_stay_in_the_domain_in_every_type(text: str) -> None:
    on = Interval(text)
    for dtype in ("float32", "float64"):
        (x,) = drawn_inputs(wire(50, on), np.linspace(-80, 80, 200).reshape(4, 50), dtype)
        assert x.dtype == dtype
        fn(relu)(x)  # any float
        assert wire(50, on)(x) is not None  # refuses an input outside


def test_a_net_with_two_inputs_is_searched_as_well() -> None:
    found = float_range(filled(mul("A", 2, 3) @ mul("C", 2, 3), 30), tries=200)
    assert found.inputs is not None
    assert [x.shape for x in found.inputs] == [(2,), (2,)]


# --- counts ---


def test_costs_are_those_of_the_formulas() -> None:
    net = mul("A", 3, 4, bias="a") >> tanh >> mul("B", 4, 2)
    assert costs(net, form="product") == Costs(flops=(12 - 4 + 4) + (8 - 2), pow=12 + 8, exp=4, sigma=4)
    assert costs(net) == Costs(flops=4 * 5 + 4 + 2 * 7, exp=4 + 2, ln=3 + 4, sigma=4)
    twin = absorb(to_additive(net)).rhs
    assert costs(twin) == Costs(flops=4 * 5 + 4 + 2 * 7, sigma=4)
    assert costs(twin, batch=10) == costs(twin) * 10


def test_costs_of_skips_products_blocks_and_chains() -> None:
    assert costs(residual(add("A", 3, 3))) == Costs(flops=3 * 5 + 3)
    assert costs(fn(then(exp, tanh, ln)) >> add("A", 5, 1)) == Costs(flops=9, sigma=5)
    assert costs(fn(then(exp, softplus, ln)) >> add("A", 5, 1)) == Costs(flops=9, sigma=5)
    assert costs(fn(then(exp, softplus)) >> add("A", 5, 1)) == Costs(flops=9, exp=5, sigma=5)
    assert costs(fn(square) >> scale(3) >> add("A", 2, 1)) == Costs(flops=2 + 3, pow=2)
    assert costs(mix(cube, "A", 2, 3)) == Costs(flops=9, pow=5)
    fused = add("A", 4, 2) >> add("B", 2, 4)
    assert costs(fused) == Costs(flops=2 * 7 + 4 * 3)
    with pytest.raises(Refused, match="costs are counted at numbers"):
        costs(mul("A", "n", 2))
    with pytest.raises(Refused, match="at least one input"):
        costs(fused, batch=0)
    with pytest.raises(Refused, match="is no form"):
        costs(fused, form="fast")  # type: ignore[arg-type]


# --- progress ---


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_what_takes_longer_than_a_second_and_wipes_it() -> None:
    screen = Terminal()
    with Progress(screen) as tell:
        tell("counting")
        time.sleep(1.3)
    assert re.match("\r\x1b\\[Kcounting … 1 s", screen.getvalue())
    assert screen.getvalue().endswith("\r\x1b[K")


def test_progress_is_silent_when_it_is_quick_or_nobody_looks() -> None:
    screen, file = Terminal(), io.StringIO()
    with Progress(screen) as tell:
        tell("quick")
    with Progress(file) as tell:
        tell("slow")
        time.sleep(1.2)
    assert screen.getvalue() == file.getvalue() == ""


def test_costs_of_softmax_pools_and_convolutions() -> None:
    assert costs(maxpool(windows([4, 4], [2, 2], stride=2))).flops == 4 * (2 * 4 - 1)
    assert costs(add(convolution(Weight("K", 2, 9), [5, 5], [3, 3]))).flops == 2 * 9 * (2 * 9 - 1)
    assert costs(softmax(3)).exp >= 3
