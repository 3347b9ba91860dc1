"""A user's own functions: formulas as text and from SymPy, run everywhere alike, kept in files, with inverses."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    BadFile,
    Function,
    IllTyped,
    Interval,
    Refused,
    exp,
    fn,
    ln,
    load,
    max1,
    mul,
    positive,
    reals,
    save,
    tanh,
    then,
)
from sigmaprime.diagrams.chains import as_chain
from sigmaprime.diagrams.expression import Expression, Rows, read_rows
from sigmaprime.diagrams.expressions import _Symbols
from sigmaprime.diagrams.files import read_net
from sigmaprime.diagrams.grammar import parse, text
from sigmaprime.diagrams.own import Undone, known, run_of
from sigmaprime.diagrams.precise import precisely
from sigmaprime.diagrams.translate import translated
from tests.seeds import same

# --- random formulas ---

UNARY = [
    "exp",
    "tanh",
    "sigmoid",
    "atan",
    "softplus",
    "sinh",
    "negate",
    "absolute",
    "erf",
    "gelu",
    "sin",
    "asinh",
    "softsign",
]


def drawn(draw: random.Random) -> Expression:
    """A formula that is defined on all reals: denominators and arguments of roots are kept positive."""
    rows = Rows()
    makers: list[Callable[[], int]]
    made = [rows.put("x")]
    for _ in range(draw.randint(1, 7)):
        a, b = draw.choice(made), draw.choice(made)
        number = rows.number(Fraction(draw.randint(-9, 9), draw.randint(1, 5)))
        safe = rows.binary("add", rows.power(b, Fraction(2)), rows.number(1))
        makers = [
            partial(rows.binary, draw.choice(["add", "sub", "mul", "max", "min"]), a, b),
            partial(rows.binary, draw.choice(["add", "mul"]), a, number),
            partial(rows.binary, "div", a, safe),
            partial(rows.call, draw.choice(UNARY), rows.call("tanh", a)),
            partial(rows.power, safe, Fraction(draw.choice([-1, 1, 3]), 2)),
            partial(rows.pieces, [(Fraction(draw.randint(-2, 2)), a)], b),
        ]
        made.append(draw.choice(makers)())
    return rows.done(made[-1])


FORMULAS = [e for k in range(1200) if len((e := drawn(random.Random(k))).rows) > 1][:1000]


def test_text_of_a_formula_is_read_as_the_same_rows() -> None:
    for e in FORMULAS:
        assert parse(text(e)) == e


def test_a_file_of_a_formula_is_read_as_the_same_rows() -> None:
    for e in FORMULAS:
        assert read_rows(json.loads(json.dumps(e.written()))) == e


def test_numpy_pytorch_and_many_digits_agree_on_a_thousand_formulas() -> None:
    torch = pytest.importorskip("torch")
    import array_api_compat.torch as xpt

    from sigmaprime.diagrams.arrays import Arrays
    from sigmaprime.diagrams.precise import _at

    ops = _at(60).ops
    x = np.array([-2.75, -1.0, -0.3, 0.0, 0.7, 1.9])
    import array_api_compat.numpy as xp

    for e in FORMULAS:
        y = e.at(Arrays(xp, x, reals), x) + 0 * x
        true = np.array([float(e.at(ops, ops.number(Fraction(v)))) for v in x])
        t = torch.tensor(x, requires_grad=True)
        z = e.at(Arrays(xpt, t, reals), t) + 0 * t
        z.sum().backward()
        scale = np.maximum(1, np.abs(true)) * 1e4
        assert np.all(np.abs(y - true) <= 1e-15 * scale * 100), text(e)
        assert np.all(np.abs(z.detach().numpy() - true) <= 1e-15 * scale * 100), text(e)
        assert not bool(torch.isnan(t.grad).any()), text(e)


def test_sympy_agrees_with_many_digits() -> None:
    sp = pytest.importorskip("sympy")
    from sigmaprime.diagrams.precise import _at

    ops, symbol = _at(60).ops, sp.Symbol("x", real=True)
    for e in FORMULAS[:200]:
        written = e.at(_Symbols(), symbol)
        for v in (Fraction(-11, 4), Fraction(7, 10)):
            true = e.at(ops, ops.number(v))
            found = sp.N(sp.sympify(written).subs(symbol, sp.Rational(v.numerator, v.denominator)), 30)
            assert abs(complex(found) - complex(true)) <= 1e-12 * max(1, abs(complex(true))), text(e)


# --- text ---


@pytest.mark.parametrize(
    "written",
    ["", "x+", "2x", "(x", "x)", "foo(x)", "x^x", "max(x)", "prelu(x)", "prelu(x,-1)", "1/0", "x/(1-1)", "9" * 500, "1e999", "x^1e5", "$",
     "where(x,1,2)", "where(x<=1,2)", "where(x<=1,1,x<=0,2,3)", "__import__('os')", "x;y", "(" * 1000 + "x", "x " * 30, "sign(x)", "-" * 1999,
     "prelu(x,x)", "x^2^9^9", "x" * 3000, "x.real", "lambda: x", "²", "x\0", "^".join("x" * 500), "x^(1/0)", "1e" + "9" * 300]
)  # fmt: skip
def test_what_is_no_formula_is_refused_at_its_place(written: str) -> None:
    with pytest.raises(IllTyped) as caught:
        parse(written)
    assert len(str(caught.value)) < 1500


def test_numbers_are_exact() -> None:
    assert parse("0.1*x").rows[0] == ("number", Fraction(1, 10))
    assert parse("2^-3*x").rows[0] == ("number", Fraction(1, 8))


def test_signs_bind_as_in_mathematics() -> None:
    assert parse("-x^2") == parse("-(x^2)") != parse("(-x)^2")
    assert parse("x-1-1") == parse("(x-1)-1")
    assert parse("x/2/3") == parse("(x/2)/3")
    assert parse("2^3^2*x") == parse("512*x")
    assert parse("e^(-x)") == parse("exp(-x)")


@pytest.mark.parametrize(
    "rows",
    [[], [["x"], ["x"]], [["add", 0, 0]], [["x"], ["add", 0, 5]], [["x"], ["call", "eval", 0]], [["x"], ["call", "prelu", 0]], [["number", 1.5]],
     [["number", "1/0"]], [["x"], ["pi"]], "x", [["x"], ["pieces", "0", 0]], [["x"], ["call", "tanh", True]], [["x"]] * 2000, [None]]
)  # fmt: skip
def test_rows_of_a_file_that_are_none_are_refused(rows: Any) -> None:
    with pytest.raises(ValueError, match=r"row|formula|number|list|joints"):
        read_rows(rows)


# --- chains ---


def test_a_formula_with_one_x_is_a_chain_of_the_catalogue() -> None:
    assert Function.from_text("max(x, 1)") is max1
    assert Function.from_text("tanh(x)") is tanh
    assert str(Function.from_text("1 - tanh(2*x)/3")) == str(as_chain(parse("1 - tanh(2*x)/3")))
    f = Function.from_text("sqrt(x+1)")
    assert f.signature == (positive, Interval("(1, oo)"))
    assert float(f(3.0)) == 2.0


def test_what_a_chain_calculates_is_what_the_formula_does() -> None:
    x = np.array([0.25, 1.0, 3.5])
    for written in ("3/x", "2-x", "x-2", "min(x,2)*3", "-sqrt(x)/4", "1/(1+x)^2", "ln(1+exp(x))"):
        f = Function.from_text(written, domain="(0, oo)")
        assert np.allclose(f(x), eval(written, {"x": x, "min": np.minimum, "sqrt": np.sqrt, "ln": np.log, "exp": np.exp}) if "^" not in written else 1 / (1 + x) ** 2)  # fmt: skip


# --- SymPy ---


def test_sympy_expressions_are_read_head_by_head() -> None:
    sp = pytest.importorskip("sympy")
    x = sp.Symbol("x")
    for written, e in {
        "x/(x+1)": x / (1 + x),
        "x*exp(-x)": sp.exp(-x) * x,
        "exp(x)*x^(1/3)": sp.sign(x) * sp.Abs(x) ** sp.Rational(1, 3) * sp.exp(x),
        "where(x<=1,x,x^2)": sp.Piecewise((x, x < 1), (x**2, True)),
        "where(x<=-1,0,x<=1,x,2)": sp.Piecewise((2, x > 1), (0, x <= -1), (x, True)),
        "sqrt(x)^(2/3)": x ** sp.Rational(1, 3),
    }.items():
        assert text(translated(e)[0]) == written


def test_what_sympy_has_and_we_have_not_is_named() -> None:
    sp = pytest.importorskip("sympy")
    x, y = sp.symbols("x y")
    for e, word in ((sp.gamma(x), "gamma"), (sp.Heaviside(x), "Heaviside"), (x + y, "one variable"), (sp.LambertW(x), "LambertW"), (sp.I * x, "ImaginaryUnit"), (sp.oo * x, "oo"), (sp.Integer(3), "one variable")):  # fmt: skip
        with pytest.raises(IllTyped, match=word):
            Function.from_sympy(e)
    with pytest.raises(IllTyped, match="from_text"):
        Function.from_sympy("x")


def test_a_positive_symbol_keeps_the_function_on_positives() -> None:
    sp = pytest.importorskip("sympy")
    x = sp.Symbol("x", positive=True)
    with pytest.raises(IllTyped, match="simplified for x in"):
        Function.from_sympy(sp.sqrt(x**2), domain="(-oo, oo)")
    assert Function.from_sympy(sp.tanh(x)).signature[0] is positive


# --- own functions ---


def test_signatures_are_proved_and_exact_where_known() -> None:
    for written, signature in {
        "x/(1+x)": ("(0, oo)", "(0, 1)"),
        "x^3+x": ("(-oo, oo)", "(-oo, oo)"),
        "x*abs(x)": ("(-oo, oo)", "(-oo, oo)"),
        "sqrt(x)+x": ("(0, oo)", "(0, oo)"),
        "max(x,x^2)": ("(-oo, oo)", "[0, oo)"),
    }.items():
        assert Function.from_text(written).signature == tuple(map(Interval, signature)), written


@pytest.mark.parametrize("written", ["x+1/x", "tanh(x)/x", "1/x+x^2", "where(x<=0,x,x+1)", "sqrt(x-1)*sqrt(-x)"])
def test_holes_and_jumps_are_refused_with_the_reason(written: str) -> None:
    with pytest.raises(IllTyped, match=r"hole|continuous|domain"):
        Function.from_text(written)


def test_one_component_of_a_function_with_a_hole_is_taken() -> None:
    f = Function.from_text("x+1/x", domain="(0, oo)")
    assert positive.contains(f.signature[1])
    with pytest.raises(IllTyped, match="denominator"):
        f.on("(-1, 1)") if f.signature[0].contains(Interval("(-1, 1)")) else Function.from_text(
            "x+1/x", domain="(-1, 1)"
        )


def test_a_name_has_one_formula() -> None:
    Function.from_text("x+x^2", name="hill")
    Function.from_text("x+x^2", name="hill", domain="(0, oo)")
    with pytest.raises(Refused, match="hill is the name of"):
        Function.from_text("x+x^3", name="hill")
    with pytest.raises(IllTyped, match="catalogue"):
        Function.from_text("x+x^3", name="tanh")


def test_an_own_function_runs_alike_everywhere() -> None:
    torch = pytest.importorskip("torch")
    f = Function.from_text("x^2*tanh(x)", domain="(0, oo)")
    x = np.array([1e-3, 0.5, 2.0, 40.0])
    assert np.allclose(f(x), x**2 * np.tanh(x), rtol=1e-15)
    assert np.allclose(f(torch.tensor(x)).numpy(), f(x), rtol=1e-15)
    assert np.allclose([float(v) for v in precisely(fn(f), [x[:, None]], {})[0][:, 0]], f(x), rtol=1e-15)
    assert str(f.symbolic()) == "x**2*tanh(x)"
    assert eval(repr(f), {"Function": Function, "positive": positive}) is f


@pytest.mark.parametrize(
    "written",
    ["x/(1+x)", "x+x^2", "x^2*tanh(x)", "x*sigmoid(x)", "x/(1+x^2)", "x^2-x+1", "where(x<=1,x,x^2)", "x*atan(x)"],
)
def test_the_twin_of_an_own_function_is_finite_and_accurate(written: str) -> None:
    torch = pytest.importorskip("torch")
    own = then(exp, Function.from_text(written, domain="(0, oo)"), ln)
    t = np.array([-700.0, -90.0, -20.0, -3.0, -0.1, 0.0, 0.4, 2.0, 20.0, 90.0, 300.0])
    true = np.array([float(v) for v in precisely(fn(own), [t[:, None]], {})[0][:, 0]])
    assert np.all(np.abs(own(t) - true) <= 8 * 2.0**-52 * np.maximum(1, np.abs(true)))
    for dtype in (torch.float64, torch.float32):
        x = torch.tensor(t, dtype=dtype, requires_grad=True)
        y = own(x)
        y.sum().backward()
        off = np.abs(y.detach().numpy().astype(float) - true)
        assert np.all(off <= 8 * torch.finfo(dtype).eps * np.maximum(1, np.abs(true)))
        assert bool(torch.isfinite(x.grad).all())


# --- inverses ---


@pytest.mark.parametrize(
    "written", ["x/(1+x)", "x^3+x", "x*abs(x)", "max(2*x,x+x^3)", "where(x<=0,x,x^2+x)", "-x-tanh(x)"]
)
def test_the_inverse_undoes(written: str) -> None:
    f = Function.from_text(written)
    x = np.array([1e-9, 0.3, 2.0, 50.0])
    assert np.allclose(f.inverse(f(x)), x, rtol=1e-7)
    assert f.inverse.inverse is f
    back = precisely(fn(f.inverse), [f(x)[:, None]], {})[0][:, 0]
    assert np.allclose([float(v) for v in back], x, rtol=1e-7)


def test_the_inverse_has_the_gradient_of_the_implicit_function_theorem() -> None:
    torch = pytest.importorskip("torch")
    f = Function.from_text("x^3+x")
    y = torch.tensor([0.0, -3.0, 1e6], dtype=torch.float64, requires_grad=True)
    x = f.inverse(y)
    x.sum().backward()
    assert torch.allclose(y.grad, 1 / (3 * x.detach() ** 2 + 1), rtol=1e-12)


def test_no_inverse_without_a_proof() -> None:
    for written in ("x^2+x", "x*exp(-x)", "max(x,x^2)"):
        with pytest.raises(Refused, match="has no inverse"):
            _ = Function.from_text(written).inverse


# --- files ---


def test_a_net_with_own_functions_is_saved_with_their_formulas(tmp_path: Path) -> None:
    f = Function.from_text("x/(1+x)")
    net = (mul("W", 2, 2) >> f >> f.inverse)(W=np.eye(2))
    save(net, tmp_path / "net.safetensors")
    script = (
        "import sys; from sigmaprime.diagrams import load; n = load(sys.argv[1]); print(n); print(n([[1.0, 2.0]]).round(9).tolist()); "
        "print(hash(open(sys.argv[1], 'rb').read()) != 0)"
    )
    assert "[[1.0, 2.0]]" in same(script, str(tmp_path / "net.safetensors"))
    assert load(tmp_path / "net.safetensors") == net


def test_a_file_whose_formula_does_not_fit_its_signature_is_refused() -> None:
    from sigmaprime.diagrams.files import _net

    net = fn(Function.from_text("x/(1+x^2)", name="bump", domain="(0, oo)"))
    whole = json.loads(_net(net))
    for wrong in ("(-1, 0)", "(0, 1/3)"):
        lying = json.loads(
            json.dumps(whole).replace(f'"{net.variables[0].key[3].text}"', f'"{wrong}"').replace('"bump"', '"bump_2"')
        )
        with pytest.raises(BadFile, match="not known to map"):
            read_net(json.dumps(lying), {}, "a file")
    whole["own"][0][1] = ["formula", [["x"], ["call", "exp", 0]]]
    with pytest.raises(BadFile, match=r"bump is the name of|not known to map"):
        read_net(json.dumps(whole), {}, "a file")
    for bad in (
        [[0]],
        {"a": 1},
        [[99, ["formula", []]]],
        [[whole["own"][0][0], ["formula", [["x"]] * 3]]],
        [[whole["own"][0][0], ["other"]]],
    ):
        with pytest.raises(BadFile):
            read_net(json.dumps({**whole, "own": bad}), {}, "a file")


def test_what_is_known_stands_in_one_place() -> None:
    f = Function.from_text("x/(1+x)")
    assert known(f) == parse("x/(1+x)")
    assert isinstance(known(f.inverse), Undone)
    assert known(Function("x_1", positive, positive)) is None
    assert run_of(Function("x_1", positive, positive)) is None
