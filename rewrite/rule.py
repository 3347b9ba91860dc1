"""Rules of the user's own: a function whose parameters are the variables, and whose body returns two diagrams."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, overload

from sigmaprime.diagrams import Diagram, Function, Scalar, Size, Vector, Weight, reals
from sigmaprime.diagrams.build import lift
from sigmaprime.diagrams.term import VARIABLE_HEADS, Term, subterms

from . import errors, rule_errors
from .facts import Equal, Grade, hypotheses
from .kernel import Equation, axiom

__all__ = ["rule"]

_SORTS = {s.__name__: s for s in (Function, Weight, Vector, Scalar, Size)}


@overload
def rule(function: Callable[..., Any], /) -> Equation: ...
@overload
def rule(*, by: str | None = None, given: Equal | Sequence[Equal] = ()) -> Callable[[Callable[..., Any]], Equation]: ...
def rule(
    function: Callable[..., Any] | None = None,
    /,
    *,
    by: str | None = None,
    given: Equal | Sequence[Equal] = (),
) -> Any:
    """An equation taken as an axiom. Bare, it is ASSUMED; `by="sympy"` has SymPy check it (CHECKED), and raises if it is refuted or undecided.

    The annotation of a parameter is its sort, a default its declaration; the docstring is the equation. `given` are the facts under which it
    holds, about its own variables: they are decided, or assumed, where the rule is used. Raises `Refused` or `IllTyped`, which name the rule,
    where the function makes none: the sides take other inputs, a variable of the right side does not stand on the left, ...

    >>> from sigmaprime.diagrams import Function, exp, positive, scale, power
    >>> @rule
    ... def exp_of_double():
    ...     "e^(2x) = (e^x)^2"
    ...     return scale(2) >> exp, exp >> power(2)
    >>> print(exp_of_double)
    ⊢ 2·x ; exp = exp ; x^2
    """
    if function is None:
        return lambda f: _made(f, by, given)
    return _made(function, by, given)


def _made(function: Any, by: str | None, given: Any) -> Equation:
    """The rule; every refusal begins with its name."""
    name = getattr(function, "__name__", "<lambda>")
    if not inspect.isfunction(function) or name == "<lambda>":
        raise rule_errors.no_rule_function(function)
    try:
        return _rule(name, function, by, hypotheses(given))
    except errors.SigmaError as error:
        said = str(error).removeprefix("user:")
        named = said.startswith((f"{name}: ", f"{name} is not taken"))
        raise type(error)(said if named else f"{name}: {said}") from None


def _rule(name: str, function: Callable[..., Any], by: str | None, given: tuple[Equal, ...]) -> Equation:
    variables = [_variable(p) for p in inspect.signature(function).parameters.values()]
    lhs, rhs = _sides(function(*variables))
    _all_used(variables, lhs, rhs)
    grade, source = _graded(name, lhs, rhs, by, given)
    made = axiom(f"user:{name}", {}, lhs, rhs, given=given, grade=grade, by=source).relabelled(name)
    _usable(made)
    return made


def _sides(returned: Any) -> tuple[Diagram, Diagram]:
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise rule_errors.not_two_diagrams(returned)
    left, right = (lift(s) for s in returned)
    if left is None or right is None:
        raise rule_errors.no_side("right" if left else "left", returned[1 if left else 0])
    return left, right


def _all_used(variables: Sequence[Any], lhs: Diagram, rhs: Diagram) -> None:
    """A parameter that stands nowhere is a slip."""
    roots: list[Any] = [*lhs.terms, *rhs.terms, *(s.size for s in lhs.inputs)]
    used = {t for t in subterms(roots) if t.head in VARIABLE_HEADS} | {
        Size.of(0, {n: 1}) for t in subterms(roots) if isinstance(t, Size) for n in t.factors
    }
    for v in variables:
        if v not in used:
            raise rule_errors.unused_parameter(str(v))


def _usable(made: Equation) -> None:
    """It can be used in one direction at least, perhaps once its variables are named."""
    if len(made.lhs.outputs) != 1:
        raise errors.two_outputs(made)
    if len(made.lhs) + len(made.rhs) == 0:
        raise errors.two_wires_alone(made)
    if made.lhs == made.rhs:
        raise rule_errors.same_sides(made.lhs)
    unread = [_unread(d) for d in (made.lhs, made.rhs)]
    if all(i is not None for i in unread):
        raise errors.unread_input(made, unread[0] or 0)


def _unread(d: Diagram) -> int | None:
    """An input that the diagram does not use."""
    used = {*d.outputs, *(a for w in range(len(d.inputs), len(d.columns.op)) for a in d.columns.arguments(w))}
    return next((i for i in range(len(d.inputs)) if i not in used), None)


def _graded(name: str, lhs: Diagram, rhs: Diagram, by: str | None, given: tuple[Equal, ...]) -> tuple[Grade, str]:
    if by is None:
        return Grade.ASSUMED, "the user"
    if by != "sympy":
        raise rule_errors.unknown_oracle(by)
    if given:
        raise rule_errors.oracle_with_hypotheses(by)
    from .oracles.algebra import decide

    verdict = decide(lhs, rhs)
    if verdict.grade > Grade.CHECKED:
        raise rule_errors.not_checked(name, verdict)
    return verdict.grade, f"sympy: {verdict.evidence}"


def _variable(parameter: inspect.Parameter) -> Any:
    p, sort = parameter.name, parameter.annotation
    if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        raise rule_errors.many_parameters(str(parameter))
    if parameter.default is not inspect.Parameter.empty:
        return _declared(p, parameter.default)
    sort = _SORTS.get(sort.strip("'\"").rpartition(".")[2], sort) if isinstance(sort, str) else sort
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
    raise rule_errors.no_sort(p)


def _declared(parameter: str, default: Any) -> Any:
    """A default is a variable of the parameter's own name."""
    variable = isinstance(default, Term) and (
        default.head in VARIABLE_HEADS or (isinstance(default, Size) and default.variable is not None)
    )
    if not variable:
        raise rule_errors.no_declaration(parameter, default)
    if str(default) != parameter:
        raise rule_errors.other_name(parameter, default)
    return default
