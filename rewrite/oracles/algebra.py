"""SymPy as an oracle: equality of two chains of maps, CHECKED at most.

Both sides are defined on the whole interval before anything is asked (they type there). Then 64 points are compared to 50 digits, which can refute; then
SymPy is asked, in a process of its own and under a time limit. SymPy has wrong answers, so its word is never a proof.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from sigmaprime.diagrams import Diagram, Function, IllTyped, Interval
from sigmaprime.diagrams.evaluate import flat
from sigmaprime.diagrams.term import Head

from ..facts import Grade, Verdict

__all__ = ["decide"]

POINTS, DIGITS, SECONDS = 64, 50, 20.0


def decide(lhs: Diagram, rhs: Diagram, *, seconds: float = SECONDS) -> Verdict:
    """Whether two chains of maps on one wire are equal on their common input: CHECKED, REFUTED with a point, or UNKNOWN."""
    if lhs.inputs != rhs.inputs:
        return Verdict(Grade.UNKNOWN, "the sides take different inputs")
    try:
        functions = [d.as_function("a side")[0] if len(d) else Function.atom("identity") for d in (lhs, rhs)]
    except IllTyped:
        return Verdict(Grade.UNKNOWN, "SymPy is asked about maps on one wire only; leave `by` out, or derive the rule")
    chains = [flat(f) for f in functions]
    if any(part.head is not Head.ATOM or not part.closed for chain in chains for part in chain):
        return Verdict(Grade.UNKNOWN, "a side holds a function or scalar that is a variable")
    on = lhs.inputs[0].interval
    refuted = _compare(chains, on)
    if refuted is not None:
        return refuted
    return _ask_sympy(chains, on, seconds)


def points(on: Interval) -> list[Fraction]:
    """Rational points inside an interval, spread over its whole length and close to its ends."""
    grid = [Fraction(2 * i + 1, 2 * POINTS) for i in range(POINTS)]
    if on.lo != -math.inf and on.hi != math.inf:
        lo, hi = Fraction(on.lo), Fraction(on.hi)
        return [lo + (hi - lo) * t for t in grid] if lo < hi else [lo]
    stretched = [t / (1 - t) for t in grid]
    if on.lo != -math.inf:
        return [Fraction(on.lo) + s for s in stretched]
    if on.hi != math.inf:
        return [Fraction(on.hi) - s for s in stretched]
    return [(2 * t - 1) / (t * (1 - t)) / 8 for t in grid]


def _table(mp: Any) -> dict[str, Callable[..., Any]]:
    def power(x: Any, a: Fraction) -> Any:
        exponent = mp.mpf(a.numerator) / a.denominator
        if a.denominator == 1 or a.denominator % 2 == 0 or x > 0:
            return x**exponent if a.denominator > 1 else x ** int(a)
        return (mp.sign(x) if a.numerator % 2 else 1) * abs(x) ** exponent

    return {
        "identity": lambda x: x,
        "exp": mp.exp,
        "ln": mp.log,
        "tanh": mp.tanh,
        "atanh": mp.atanh,
        "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
        "logit": lambda x: mp.log(x / (1 - x)),
        "softplus": lambda x: mp.log1p(mp.exp(x)),
        "log_expm1": lambda x: mp.log(mp.expm1(x)),
        "softsign": lambda x: x / (1 + abs(x)),
        "softsign_inverse": lambda x: x / (1 - abs(x)),
        "sinh": mp.sinh,
        "asinh": mp.asinh,
        "negate": lambda x: -x,
        "scale": lambda x, c: mp.mpf(c.numerator) / c.denominator * x,
        "shift": lambda x, c: x + mp.mpf(c.numerator) / c.denominator,
        "maximum": lambda x, c: max(x, mp.mpf(c.numerator) / c.denominator),
        "power": power,
    }


def value(chain: list[Function], x: Fraction, mp: Any) -> Any:
    """The chain at an exact point, in the working precision of mp."""
    table, y = _table(mp), mp.mpf(x.numerator) / x.denominator
    for part in chain:
        y = table[part.name](y, *(s.value for s in part.key[2:]))
    return y


def _compare(chains: list[list[Function]], on: Interval) -> Verdict | None:
    """A point at which the sides differ, to 50 digits of 3000 in working precision; None if there is none among 64."""
    import mpmath

    with mpmath.workdps(3000):
        for x in points(on):
            one, other = (value(chain, x, mpmath.mp) for chain in chains)
            scale = max(abs(one), abs(other), mpmath.mpf(10) ** -1000)
            if abs(one - other) > scale * mpmath.mpf(10) ** -DIGITS:
                texts = mpmath.nstr(one, 20), mpmath.nstr(other, 20)
                evidence = f"at x = {x} the left side is {texts[0]}, the right side {texts[1]}"
                return Verdict(Grade.REFUTED, evidence, counterexample=(x, *texts))
    return None


def _ask_sympy(chains: list[list[Function]], on: Interval, seconds: float) -> Verdict:
    written = [[[p.name, *(str(s.value) for s in p.key[2:])] for p in chain] for chain in chains]
    question = {"first": written[0], "second": written[1], "positive": on.lo >= 0 and 0 not in on}
    tried = f"both sides are defined on {on} and agree at {POINTS} points to {DIGITS} digits"
    try:
        run = subprocess.run(
            [sys.executable, "-I", str(Path(__file__).with_name("simplify.py"))],
            input=json.dumps(question), capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Verdict(Grade.UNKNOWN, f"{tried}, but SymPy found no answer in {seconds:g} s")
    if run.returncode:
        return Verdict(Grade.UNKNOWN, f"{tried}, but SymPy failed: {run.stderr.strip().splitlines()[-1:]}")
    answer = json.loads(run.stdout)
    if not answer["zero"]:
        return Verdict(Grade.UNKNOWN, f"{tried}, but SymPy {answer['sympy']} does not simplify the difference to 0")
    return Verdict(Grade.CHECKED, f"{tried}; SymPy {answer['sympy']} simplifies the difference to 0")
