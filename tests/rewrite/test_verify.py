"""`verify` never says more than it knows: PROVED by the rules, CHECKED by SymPy and numbers, REFUTED with a point, UNKNOWN else."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from sigmaprime.diagrams import (
    Diagram,
    Function,
    IllTyped,
    Interval,
    Refused,
    Scalar,
    SigmaError,
    Size,
    Wire,
    add,
    asinh,
    at_least,
    cube,
    diagram,
    exp,
    fn,
    identity,
    inverse,
    ln,
    logit,
    max1,
    maximum,
    mix,
    mul,
    negate,
    nonnegative,
    positive,
    power,
    reals,
    relu,
    residual,
    scale,
    shift,
    sigmoid,
    sinh,
    softplus,
    softsign,
    sqrt,
    square,
    tanh,
    then,
    unit,
    wire,
)
from sigmaprime.diagrams.symbolic import function_expression
from sigmaprime.rewrite import Grade, Verdict, absorb, normal_form, to_additive, to_multiplicative, verify  # fmt: skip
from sigmaprime.rewrite.oracles.algebra import decide, mult_add_for_every_n
from sigmaprime.rewrite.oracles.enclosure import Enclosures
from sigmaprime.rewrite.oracles.numbers import agreement, candidates
from tests.nets import FUNCTIONS, Net, nets
from tests.rewrite.theorem import examples, holds, sigma

net = mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> sigma >> mul("W3", 3, 3)


def _tanh(x: Wire) -> Any:
    return shift(-1)(scale(2)(sigmoid(scale(2)(x))))


@diagram(wire(2))
def hard_left(x: Wire) -> Any:
    return add("V", 2, 2)(x) + tanh(add("W", 2, 2)(x + tanh(add("U", 2, 2)(x))))


@diagram(wire(2))
def hard_right(x: Wire) -> Any:
    """The same, with tanh x = 2·sigmoid(2x) - 1 and the sums the other way round: SymPy works on it for minutes."""
    return _tanh(add("W", 2, 2)(_tanh(add("U", 2, 2)(x)) + x)) + add("V", 2, 2)(x)


# --- PROVED: one normal form ---


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (wire(3, positive) >> relu, wire(3, positive)),
        (net, to_additive(net).rhs),
        (exp >> net >> ln, absorb(to_additive(net)).rhs),
        (to_multiplicative(to_additive(net).rhs).rhs, net),
        (mul("W1", 3, 3) >> relu >> mul("W2", 3, 3), mul("W1", 3, 3) >> mul("W2", 3, 3)),
        (add("A", 2, 3) >> add("B", 3, 4) >> add("C", 4, 1), (add("A", 2, 3) >> add("B", 3, 4)) >> add("C", 4, 1)),
        (mix(cube, "W", 2, 2), power("1/3") >> add("W", 2, 2) >> cube),
        (sinh >> asinh >> tanh, fn(tanh)),
        (wire("n", positive) >> sqrt >> square >> sqrt, wire("n", positive) >> sqrt),
        (mul("W"), mul("W") >> relu),
    ],
    ids=str,
)
def test_what_the_rules_decide_is_proved_and_the_second_reader_agrees(left: Diagram, right: Diagram) -> None:
    verdict = verify(left, right)
    assert verdict.grade is Grade.PROVED, str(verdict)
    assert (verdict.equation.lhs, verdict.equation.rhs) == (left, right) or any(s.size.unnamed for s in left.inputs)
    assert verdict.equation.grade is Grade.PROVED
    holds(verdict.equation)


def twins(d: Diagram) -> list[Diagram]:
    """The additive twin and the normal form, where they type alone."""
    found = []
    for twin in (to_additive(d).rhs, normal_form(d).rhs):
        try:
            twin.types  # noqa: B018
        except IllTyped:
            continue
        found.append(twin)
    return found


@given(nets(structured=False))
@examples(60)
def test_a_net_and_its_twins_are_proved_equal(drawn: Net) -> None:
    for twin in twins(drawn.diagram):
        verdict = verify(drawn.diagram, twin, seconds=0.5)
        assert verdict.grade is Grade.PROVED, str(verdict)


@given(nets())
@examples(40)
def test_a_net_and_its_twins_are_never_told_apart(drawn: Net) -> None:
    """UNKNOWN happens: max(x, 1) beside exp and ln has more than one normal form."""
    for twin in twins(drawn.diagram):
        verdict = verify(drawn.diagram, twin, seconds=0.5)
        assert verdict.grade in (Grade.PROVED, Grade.UNKNOWN), str(verdict)


# --- REFUTED: a point, and both values ---


def refuted(verdict: Verdict, left: Diagram, right: Diagram) -> None:
    """The witness is real: both sides run there, and give what it says."""
    assert verdict.grade is Grade.REFUTED, str(verdict)
    found = verdict.counterexample
    output, component = found.output
    for side, ends in ((left, found.left), (right, found.right)):
        values = {n: v for n, v in found.bindings().items() if n in {x.name for x in side.variables}}
        got = side(*found.arrays(), **values)
        y = float((got if isinstance(got, tuple) else (got,))[output][component])
        assert float(ends[0]) - 1e-9 * abs(y) - 1e-12 <= y <= float(ends[1]) + 1e-9 * abs(y) + 1e-12
    low, high = sorted((found.left, found.right), key=lambda e: float(e[0]))
    assert float(low[1]) <= float(high[0])
    assert verdict.point == found.inputs
    assert str(verdict).startswith("REFUTED: at x")


NEARLY = {
    "one weight swapped": (net, mul("W1", 3, 3) >> sigma >> mul("W3", 3, 3) >> sigma >> mul("W2", 3, 3)),
    "one weight twice": (net, mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> sigma >> mul("W2", 3, 3)),
    "a bias dropped": (mul("W", 3, 3, bias="b") >> sigma, mul("W", 3, 3) >> sigma),
    "σ before the layer": (mul("W", 2, 2) >> sigma, sigma >> mul("W", 2, 2)),
    "another activation": (mul("W", 2, 2) >> tanh, mul("W", 2, 2) >> softsign),
    "the skip dropped": (residual(add("W", 3, 3) >> tanh), add("W", 3, 3) >> tanh),
    "the root of the square is |x|": (square >> sqrt, wire(1)),
    "relu is not the identity on the reals": (fn(relu), wire(1)),
    "far to the left": (fn(maximum(-100)), wire(1)),
    "far to the right": (maximum(3000) >> negate, wire(1) >> negate),
    "one part in 10^13": (scale(2) >> tanh, scale(2) >> tanh >> shift("1/10000000000000")),
    "a cube is odd": (cube >> square, power(5) >> fn(identity)),
    "tanh is no softsign": (wire(2, positive) >> tanh, wire(2, positive) >> softsign),
    "e^b forgotten": (exp >> mul("W", 2, 2, bias="b") >> ln, add("W", 2, 2)),
    "an open size": (add("W", "n", "m") >> tanh, add("W", "n", "m")),
}


@pytest.mark.parametrize("name", NEARLY)
def test_nearly_equal_nets_are_refuted_at_a_point_that_tells_them_apart(name: str) -> None:
    left, right = NEARLY[name]
    verdict = verify(left, right)
    assert verdict.grade is Grade.REFUTED, str(verdict)
    if verdict.counterexample.sizes or any(s.size.unnamed for s in left.inputs):
        assert verdict.values[0] != verdict.values[1]
    else:
        refuted(verdict, left, right)


@given(nets(chain=True))
@examples(40)
def test_a_random_net_and_a_net_moved_by_little_are_never_called_equal(drawn: Net) -> None:
    moved = drawn.diagram >> shift(Fraction(1, 10**9))
    verdict = verify(drawn.diagram, moved, seconds=0.5)
    assert verdict.grade in (Grade.REFUTED, Grade.UNKNOWN), str(verdict)


def test_a_function_that_is_a_variable_is_refuted_by_a_function_of_its_signature() -> None:
    f = Function("f", reals, Interval("[2, 3]"))
    assert candidates(f)
    verdict = verify(wire(1) >> f >> maximum(3), wire(1) >> f)
    refuted(verdict, wire(1) >> f >> maximum(3), wire(1) >> f)
    assert verify(wire(1) >> f >> maximum(2), wire(1) >> f).grade is Grade.PROVED


def test_scalars_are_variables_too() -> None:
    a = Scalar("a", positive)
    left, right = wire(1) >> scale(a), wire(1) >> shift(a)
    refuted(verify(left, right), left, right)


# --- CHECKED: SymPy and 64 points ---


def test_what_sympy_adds_is_checked_and_is_an_equation_of_that_grade() -> None:
    verdict = verify(sigmoid >> ln, negate >> softplus >> negate)
    assert verdict.grade is verdict.equation.grade is Grade.CHECKED
    assert "to 50 digits" in verdict.evidence
    assert verdict.equation.check().grade is Grade.CHECKED
    holds(verdict.equation)


def test_nets_of_any_size_are_checked_map_by_map() -> None:
    left = mul("W", 200, 300) >> sigmoid >> ln >> add("V", 300, 2)
    right = mul("W", 200, 300) >> negate >> softplus >> negate >> add("V", 300, 2)
    verdict = verify(left, right)
    assert verdict.grade is Grade.CHECKED, str(verdict)
    assert (verdict.equation.lhs, verdict.equation.rhs) == (left, right)
    assert verdict.equation.check().grade is Grade.CHECKED


def test_the_order_of_a_sum_is_checked_on_a_small_net() -> None:
    @diagram(wire(3))
    def right(x: Wire) -> Any:
        return add("W", 3, 3)(x) + x

    assert verify(residual(add("W", 3, 3)), right).grade is Grade.CHECKED


def test_the_3333_net_with_27_symbolic_weights_is_its_twin_by_sympy_too() -> None:
    verdict = decide(net, to_additive(net).rhs)
    assert verdict.grade is Grade.CHECKED, str(verdict)
    assert "expand_log" in verdict.evidence


@diagram(wire(2, positive))
def _mixed(x: Wire) -> Any:
    return add("A", 2, 2)(ln(x * tanh(mul("W", 2, 2)(x)))) + x


MIXED = {
    "a residual in log coordinates": _mixed,
    "mixed layers": mul("W", 2, 2) >> softplus >> ln >> add("A", 2, 2) >> exp >> mul("V", 2, 1),
    "another chart": mul("W", 2, 2) >> mix(softplus, "A", 2, 2) >> ln,
}


@pytest.mark.parametrize("name", MIXED)
def test_residual_and_mixed_nets_are_their_twins_by_sympy_too(name: str) -> None:
    verdict = decide(MIXED[name], to_additive(MIXED[name]).rhs)
    assert verdict.grade is Grade.CHECKED, str(verdict)


def test_mult_add_holds_for_every_number_of_inputs_without_force() -> None:
    verdict = mult_add_for_every_n()
    assert verdict.grade is Grade.CHECKED
    assert verdict.value.lhs.args[0].is_positive
    assert "force=True" not in verdict.evidence


# --- never more than is known ---

TRAPS = {
    "a flat piece is not one-to-one": (relu >> exp >> ln, fn(identity)),
    "x^0 at 0": (wire(1, nonnegative) >> power(0), wire(1, nonnegative) >> scale(0)),
    "another branch of the root": (wire(1) >> square >> inverse(square, on=nonnegative), wire(1)),
    "odd roots below 0 are real": (power("2/3") >> fn(identity), power("1/3") >> fn(identity)),
    "a kink that 64 points miss": (fn(maximum("1/1000000")), fn(relu)),
    "ln of the square": (wire(1, at_least(1)) >> square >> ln, wire(1, at_least(1)) >> ln),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps_are_never_proved_or_checked(name: str) -> None:
    verdict = verify(*TRAPS[name], seconds=4)
    assert verdict.grade in (Grade.REFUTED, Grade.UNKNOWN), str(verdict)


def test_what_is_undefined_somewhere_is_refused_before_anything_is_compared() -> None:
    with pytest.raises(IllTyped, match="ln"):
        verify(wire(2) >> ln >> exp, wire(2))  # exp(ln x) is x to SymPy, and nothing below 0
    with pytest.raises(SigmaError, match="different inputs"):
        verify(ln >> exp, wire(2))


def test_boundaries_must_agree() -> None:
    with pytest.raises(Refused, match="inputs"):
        verify(wire(2) @ wire(2), wire(2))
    with pytest.raises(Refused, match="3 components on one side and 2"):
        verify(add("W", 3, 3), add("V", 2, 2))
    with pytest.raises(SigmaError, match="σ"):
        verify(mul("W", 2, 2) >> sigma, mul("W", 2, 2) >> Function("σ", positive, unit))


def test_an_identity_that_nothing_shows_stays_unknown_and_says_what_was_tried() -> None:
    left, right = wire(1, unit) >> scale(2) >> shift(-1) >> inverse(tanh) >> scale(2), wire(1, unit) >> logit
    verdict = verify(left, right, seconds=6)
    assert verdict.grade is Grade.UNKNOWN
    assert [t.split(":")[0].split(",")[0] for t in verdict.tried] == ["rules", "numbers", "SymPy", "SymPy"]
    assert "agree at 64 points" in str(verdict)


def test_a_verdict_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="grade"):
        bool(verify(wire(1), wire(1)))


# --- enclosures ---


def test_atan_of_what_may_be_zero_ends() -> None:
    number = Enclosures(64)
    y = number.atan(number.iv.mpf([-1, 2]))
    assert (y.a, y.b) == (-2, 2)


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_sympys_simple_form_of_every_function_agrees_with_its_chain(function: Function) -> None:
    import sympy as sp

    from sigmaprime.diagrams.image import domain

    x, written, simple = function_expression(function)
    for expression in (written, simple):
        if expression.has(*_signs()):
            continue
        found = agreement(function, domain(function), x, expression)
        assert found.witness is None
        if expression.has(sp.Piecewise) and not found.tried:
            continue  # SymPy's pieces do not always come in an order that a formula can say: then nothing is said
        assert found.enough


def _signs() -> tuple[Any, ...]:
    import sympy as sp

    return (sp.sign,)


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[str]]:
    """Every process that is started."""
    started: list[subprocess.Popen[str]] = []

    class Recorded(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *given: Any, **more: Any) -> None:
            started.append(self)
            super().__init__(*given, **more)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    return started


def test_sympys_time_is_limited_and_no_process_is_left(children: list[subprocess.Popen[str]]) -> None:
    start = time.monotonic()
    verdict = verify(hard_left, hard_right, seconds=2)
    assert verdict.grade is Grade.UNKNOWN
    assert "found no answer in" in verdict.tried[-1]
    assert time.monotonic() - start < 8
    assert children
    assert all(c.returncode is not None for c in children)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals to a thread")
def test_an_interrupt_is_raised_leaves_no_process_and_everything_whole(children: list[subprocess.Popen[str]]) -> None:
    main = threading.main_thread().ident
    assert main is not None

    def interrupt() -> None:
        while not children:
            time.sleep(0.01)
        time.sleep(0.3)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        verify(hard_left, hard_right, seconds=30)
    assert all(c.returncode is not None for c in children)
    assert verify(wire(3, positive) >> relu, wire(3, positive)).grade is Grade.PROVED


def test_a_process_whose_parent_is_gone_ends_by_itself() -> None:
    from pathlib import Path

    import sigmaprime.diagrams

    script = Path(sigmaprime.diagrams.__file__).with_name("expressions.py")
    pipe, asked = subprocess.PIPE, '{"rows": [], "kinds": {}, "functions": {}, "pairs": [], "seconds": 0.0}'
    with subprocess.Popen([sys.executable, "-c", PAUSING, str(script)], stdin=pipe, stdout=pipe, text=True) as child:
        assert child.stdin is not None
        child.stdin.write(asked)
        child.stdin.close()
        assert child.wait(timeout=30) == 3


PAUSING = """
import runpy, sys, time, json
json.dump = lambda *_: time.sleep(100)
runpy.run_path(sys.argv[1], run_name="__main__")
"""
"""The script, with an answer that takes for ever."""


def test_open_sizes_are_compared_at_several_numbers() -> None:
    verdict = verify(add("W", "n", "n") >> relu, add("W", "n", "n"))
    assert verdict.counterexample.sizes == {"n": 2}
    assert Size("n") in [s.size for s in add("W", "n", "n").inputs]
    on = wire("m", positive)
    verdict = verify(on >> max1 >> ln >> add("V", "m", "n"), on >> ln >> relu >> add("V", "m", "n"))
    assert verdict.grade is Grade.CHECKED  # for every m and n: the sides differ in maps only
    assert verdict.equation.check().grade is Grade.CHECKED


def test_integers_are_not_rounded_to_floats() -> None:
    big = 2**53 + 1
    assert verify(add(np.array([[big]])), add(np.array([[2.0**53]]))).grade is Grade.REFUTED
    assert verify(add(np.array([[2**64 - 1]], dtype=np.uint64)), wire(1) >> scale(2**64 - 1)).grade is Grade.CHECKED


def test_the_values_of_a_witness_are_shown_apart() -> None:
    verdict = verify(wire(1) >> maximum(-(10**40)), wire(1))
    assert verdict.grade is Grade.REFUTED
    assert verdict.values is not None
    assert verdict.values[0] != verdict.values[1]


def test_functions_that_do_not_commute_are_refuted_by_two_different_ones() -> None:
    f, g = Function("f", reals, reals), Function("g", reals, reals)
    assert verify(wire(1) >> f >> g, wire(1) >> g >> f).grade is Grade.REFUTED


def test_one_point_is_counted_once() -> None:
    one = Interval("[1, 1]")
    verdict = verify(wire(1, one) >> tanh >> tanh, wire(1, one) >> tanh >> then(tanh, scale(2), scale("1/2")))
    assert verdict.grade in (Grade.CHECKED, Grade.PROVED)
    assert not any("64 points" in t for t in verdict.tried)


def test_open_scalars_in_two_chains_raise_nothing() -> None:
    a, b = scale(Scalar("a")), scale(Scalar("b"))
    assert verify(wire(1) >> a >> b, wire(1) >> b >> a).grade is Grade.CHECKED
