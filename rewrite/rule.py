"""Rules of the user's own: a function whose parameters are the variables, and whose body returns two diagrams."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, overload

from sigmaprime.diagrams import Diagram, Function, Scalar, Size, Vector, Weight, reals
from sigmaprime.diagrams.build import lift

from . import errors
from .facts import Equal, Grade
from .kernel import Equation, axiom

__all__ = ["rule"]

_SORTS = {s.__name__: s for s in (Function, Weight, Vector, Scalar, Size)}


@overload
def rule(function: Callable[..., Any], /) -> Equation: ...
@overload
def rule(*, by: str | None = None, given: list[Equal] | None = None) -> Callable[[Callable[..., Any]], Equation]: ...
def rule(
    function: Callable[..., Any] | None = None, /, *, by: str | None = None, given: list[Equal] | None = None
) -> Any:
    """An equation taken as an axiom. Bare, it is ASSUMED; `by="sympy"` has SymPy check it (CHECKED), and raises if it is refuted or undecided.

    The annotation of a parameter is its sort, a default its declaration; the docstring is the equation.

    >>> from sigmaprime.diagrams import Function, exp, positive, scale, power
    >>> @rule
    ... def exp_of_double():
    ...     "e^(2x) = (e^x)^2"
    ...     return scale(2) >> exp, exp >> power(2)
    >>> print(exp_of_double)
    ⊢ 2·x ; exp = exp ; x^2
    """
    if function is None:
        return lambda f: _rule(f, by, given or [])
    return _rule(function, by, given or [])


def _rule(function: Callable[..., Any], by: str | None, given: list[Equal]) -> Equation:
    name = function.__name__
    variables = [_variable(name, p) for p in inspect.signature(function).parameters.values()]
    sides = function(*variables)
    lifted = [lift(s) for s in sides] if isinstance(sides, tuple) else []
    if len(lifted) != 2 or None in lifted:
        raise errors.not_two_diagrams(name)
    lhs, rhs = (d for d in lifted if d is not None)
    grade, source = _graded(name, lhs, rhs, by)
    return axiom(f"user:{name}", {}, lhs, rhs, given=given, grade=grade, by=source).relabelled(name)


def _graded(name: str, lhs: Diagram, rhs: Diagram, by: str | None) -> tuple[Grade, str]:
    if by is None:
        return Grade.ASSUMED, "the user"
    if by != "sympy":
        raise errors.unknown_oracle(name, by)
    from .oracles.algebra import decide

    verdict = decide(lhs, rhs)
    if verdict.grade > Grade.CHECKED:
        raise errors.not_checked(name, verdict)
    return verdict.grade, f"sympy: {verdict.evidence}"


def _variable(name: str, parameter: inspect.Parameter) -> Any:
    if parameter.default is not inspect.Parameter.empty:
        return parameter.default
    sort = parameter.annotation
    sort = _SORTS.get(sort, sort) if isinstance(sort, str) else sort
    p = parameter.name
    if sort is Function:
        return Function(p, reals, reals)
    if sort is Weight:
        return Weight(p, f"{p}_rows", f"{p}_columns")
    if sort is Vector:
        return Vector(p, f"{p}_size")
    if sort is Scalar:
        return Scalar(p)
    if sort is Size:
        return Size(p)
    raise errors.no_sort(name, p)
