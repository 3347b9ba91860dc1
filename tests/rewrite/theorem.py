"""What every test of rewriting asks of an equation: its text, its numbers, the second reader's verdict, and the way through a file."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Interval,
    Scalar,
    SigmaError,
    Size,
    Vector,
    Weight,
    negate,
    positive,
    scale,
    sigmoid,
    softplus,
    tanh,
)
from sigmaprime.diagrams.image import image
from sigmaprime.diagrams.term import Head, subterms
from sigmaprime.diagrams.weight import constant_name
from sigmaprime.rewrite import Equation
from sigmaprime.rewrite.check import Verdict, check
from sigmaprime.rewrite.kernel import instantiate
from sigmaprime.rewrite.load import replayed
from sigmaprime.rewrite.proof import proof_bytes
from tests.diagrams.reference import Array
from tests.weights import random_array

__all__ = ["accepted", "agree", "at_numbers", "examples", "holds", "points", "sigma"]

sigma = Function("σ", positive, positive)
CANDIDATES = (tanh, sigmoid, softplus, negate, scale("1/2"))
EPSILON = 1e-9


def examples(count: int) -> settings:
    """Settings for Hypothesis: that many examples, always the same ones."""
    quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(max_examples=count, derandomize=True, deadline=None, database=None, suppress_health_check=quiet)


def holds(
    e: Equation,
    text: str | None = None,
    *,
    values: Mapping[Any, Any] | None = None,
    weights: Mapping[str, Array] | None = None,
    inputs: tuple[Array, ...] | None = None,
    epsilon: float = EPSILON,
) -> Verdict:
    """The equation says `text`, both sides give the same numbers, the second reader accepts it, and its file gives it back."""
    if text is not None:
        assert str(e) == text
    agree(e, values=values, weights=weights, inputs=inputs, epsilon=epsilon)
    verdict = accepted(e)
    assert len(verdict.rests_on) == len(e.axioms)
    return verdict


def accepted(e: Equation) -> Verdict:
    """The verdict of the second reader; the kernel's replay of the file has the same sides, and writes the same file."""
    data = proof_bytes(e)
    verdict = check(data)
    assert verdict.grade == e.grade.name
    again = replayed(data)
    assert (again.lhs, again.rhs) == (e.lhs, e.rhs)
    assert (again.hypotheses, again.outputs, again.grade) == (e.hypotheses, e.outputs, e.grade)
    assert again.known == e.known
    assert proof_bytes(again) == data
    return verdict


def agree(
    e: Equation,
    *,
    values: Mapping[Any, Any] | None = None,
    weights: Mapping[str, Array] | None = None,
    inputs: tuple[Array, ...] | None = None,
    epsilon: float = EPSILON,
    overflow: bool = False,
) -> None:
    """Both sides give the same outputs at random points of D, in float64; positive outputs are compared by their logarithms.

    With `overflow`, floats that overflow on either side are left out.
    """
    rng = np.random.default_rng(0)
    at = at_numbers(e, values or {})
    given = dict(weights or {})
    for v in (*at.lhs.variables, *at.rhs.variables):
        if v.name not in given:
            given[v.name] = random_array(rng, v)
    given_points = inputs or tuple(points(rng, s.interval, s.size.value or 0) for s in at.lhs.inputs)
    with np.errstate(all="ignore" if overflow else "warn"):
        left, right = (_run(d, given_points, given) for d in (at.lhs, at.rhs))
        for one, other, on in zip(left, right, at.outputs, strict=True):
            assert one.shape == other.shape
            if positive.contains(on):
                one, other = np.log(one), np.log(other)
            good = np.isfinite(one) & np.isfinite(other)
            assert overflow or good.all(), str(e)
            difference = np.abs(one - other)[good] / (1 + np.abs(one[good]))
            assert np.max(difference, initial=0.0) <= epsilon, str(e)


def at_numbers(e: Equation, values: Mapping[Any, Any]) -> Equation:
    """The equation at small sizes, and at functions and numbers that fit their variables."""
    roots: list[Any] = [s.size for s in e.lhs.inputs] + [t for d in (e.lhs, e.rhs) for t in d.terms]
    names = dict.fromkeys(n for t in subterms(roots) if isinstance(t, Size) for n in t.factors)
    sizes = {Size.of(0, {n: 1}): Size(2 + i % 3) for i, n in enumerate(names)}
    sizes |= {k: v for k, v in values.items() if isinstance(k, Size)}
    at = instantiate(e, sizes) if sizes else e
    both = [*at.lhs.variables, *at.rhs.variables, *(v for h in at.hypotheses for v in h.variables)]
    theta = {v: values.get(v.name, _value(v)) for v in both if isinstance(v, Function | Scalar)}
    return instantiate(at, theta) if theta else at


def _value(variable: Any) -> Any:
    if isinstance(variable, Scalar):
        on: Interval = variable.key[2]
        return Scalar.of(next(c for c in ("1", "2", "1/2", "-1", "-2") if Fraction(c) in on))
    for f in CANDIDATES:
        try:
            if variable.key[3].contains(image(f, variable.key[2])):
                return f
        except SigmaError:
            continue
    raise AssertionError(f"no function of the catalogue fits {variable!r}: give one in `values`")


def points(rng: np.random.Generator, on: Interval, size: int) -> Array:
    """Five points inside an interval."""
    lo, hi = max(float(on.lo), -2.0), min(float(on.hi), 2.0)
    if hi < lo:
        lo, hi = (hi - 2, hi) if float(on.lo) < hi else (lo, lo + 2)
    margin = (hi - lo) / 16
    return np.asarray(rng.uniform(lo + margin, hi - margin, size=(5, size)))


def _run(d: Diagram, points: tuple[Array, ...], arrays: Mapping[str, Array]) -> tuple[Array, ...]:
    names = {v.name for v in d.variables}
    values = {n: a for n, a in arrays.items() if n in names}
    if not d.inputs:
        return ()
    d = d._with(weights={**_constants(d), **d.weights})
    result = d(*points, **values)
    return result if isinstance(result, tuple) else (result,)


def _constants(d: Diagram) -> dict[str, Array]:
    """An array for every constant: a proof file holds only digests, so what it says is true of any."""
    rng = np.random.default_rng(1)
    found: dict[str, Array] = {}
    for t in subterms(d.terms):
        if isinstance(t, Weight | Vector) and t.head in (Head.CONSTANT, Head.CONSTANT_VECTOR):
            sizes = (t.rows, t.columns) if isinstance(t, Weight) else (t.size,)
            found[constant_name(t)] = np.asarray(rng.normal(size=[s.value or 0 for s in sizes]))
    return found
