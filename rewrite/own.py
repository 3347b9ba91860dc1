"""A user's own functions: where a formula is defined, what it maps to, and its inverse, all proved before the function is made.

An own function is a function variable J → K in every term and proof, so the kernel and the second reader take nothing on trust but what holds
for all functions of that signature; its formula stands beside (`diagrams/own.py`). That the formula fits the signature is shown here, by ball
arithmetic on cells that cover J. A formula in which x stands once is a chain of catalogue entries, and needs none of this.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Interval,
    Refused,
    identity,
    negative,
    nonnegative,
    positive,
    reals,
    then,
    unit,
    wire,
)
from sigmaprime.diagrams.build import sequence
from sigmaprime.diagrams.chains import as_chain
from sigmaprime.diagrams.errors import not_a_function
from sigmaprime.diagrams.expression import Expression
from sigmaprime.diagrams.grammar import named
from sigmaprime.diagrams.image import domain, image
from sigmaprime.diagrams.own import Undone, known, register

from .axioms import compose, map_equal, map_identity
from .facts import Equal, Grade
from .kernel import Equation, trans

if TYPE_CHECKING:
    from .oracles.balls import Span
    from .oracles.jets import Look

__all__ = ["checked", "evidence", "inverse", "made", "restricted", "undo"]

SECONDS = 5.0
CELLS = 400
LADDER = (reals, positive, nonnegative, Interval("(1, oo)"), Interval("(-1, 1)"), unit)
"""Where a formula is looked for, widest first."""
JUMPS = "its pieces are not known to meet"
FINE = 1000  # an end that is not exact is rounded outward to about one part in this

_proved: dict[Equal, str] = {}


def made(expression: Expression, name: str | None, on: Interval | None, most: Interval = reals) -> Function:
    """The function of a formula on an interval, or on the widest of a few; `most` is where the formula may be read at all."""
    if on is not None and not most.contains(on):
        raise IllTyped(f"{expression} was simplified for x in {most} only; {on} is wider")
    chain = as_chain(expression)
    if chain is not None:
        return _chained(chain, expression, name, on, most)
    ladder = [j for j in LADDER if most.contains(j)] or [most]
    on = _widest(expression, ladder) if on is None else on
    why = _undefined(expression, on)
    if why is not None:
        raise IllTyped(f"{expression} is not known to be defined and continuous on {on}: {why}")
    return register(name or named(expression), on, _codomain(expression, on), expression)


def checked(name: str, on: Interval, codomain: Interval, expression: Expression) -> Function:
    """The own function that a file names, its signature proved again; raises `IllTyped` where it is not true."""
    why = _undefined(expression, on)
    if why is not None:
        raise IllTyped(f"{expression} is not known to be defined and continuous on {on}: {why}")
    found = _codomain(expression, on)
    if not codomain.contains(found):
        raise IllTyped(f"{expression} is not known to map {on} into {codomain}: its values lie in {found}")
    return register(name, on, codomain, expression)


def restricted(function: Function, on: Interval) -> Function:
    """The own function on a part of its domain."""
    meaning = known(function)
    if not isinstance(meaning, Expression):
        raise Refused(f"{function} is no own function with a formula; it takes any part of {domain(function)} as it is")
    if not function.key[2].contains(on):
        raise IllTyped(f"{function} is defined on {function.key[2]}; {on} is wider")
    return made(meaning, function.name, on)


def _chained(
    chain: Function, expression: Expression, name: str | None, on: Interval | None, most: Interval
) -> Function:
    if on is None and name is None and most is reals:
        try:
            domain(chain)
            return chain
        except IllTyped:
            pass
    refusal = None
    for j in [on] if on is not None else [j for j in LADDER if most.contains(j)] or [most]:
        try:
            image(chain, j)
        except IllTyped as error:
            refusal = refusal or error
            continue
        body = sequence([wire("n", j), chain])
        return Function.defined(name or named(expression), body)
    raise refusal or IllTyped(f"{expression} is not defined")


# --- where it is defined ---


def _balls() -> None:
    from .oracles.functions import have_balls

    if not have_balls():
        raise Refused(
            "where a formula in which x stands more than once is defined, balls tell: pip install python-flint"
        )


def _widest(expression: Expression, ladder: list[Interval]) -> Interval:
    """The first interval on which the formula is defined; a hole inside the line is refused."""
    refusals: list[str] = []
    for on in ladder:
        why = _undefined(expression, on)
        if why is None:
            if on is positive and refusals and _undefined(expression, negative) is None:
                raise IllTyped(
                    f"{expression} has a hole: it is defined on (-∞, 0) and on (0, ∞), but not on both with 0 ({refusals[0]}); "
                    'take one of them: domain="(0, oo)"'
                )
            return on
        if why.startswith(JUMPS):
            raise IllTyped(f"{expression} is not known to be continuous on {on}: {why}; name a domain beside it")
        refusals.append(f"on {on}: {why}")
    raise IllTyped(
        f"{expression} is not known to be defined on any of these; name its domain: {'; '.join(refusals[:3])}"
    )


def _undefined(expression: Expression, on: Interval) -> str | None:
    """None if the formula is defined and continuous on all of the interval."""
    _balls()
    return _covered(expression, on, lambda look: None if look.continuous else JUMPS)


def _covered(expression: Expression, on: Interval, wrong: Callable[[Look], str | None]) -> str | None:
    """None if nothing is wrong on open cells that cover the interval, nor at their joints; else what, and where."""
    from .oracles.balls import Span, precision
    from .oracles.cells import final, split
    from .oracles.enclosure import Undecided
    from .oracles.jets import formula_on_cell

    def fault(span: Span) -> str | None:
        try:
            return wrong(formula_on_cell(expression.at, span))
        except Undecided as error:
            return str(error) or "it may have no value"

    deadline = time.monotonic() + SECONDS
    joints = {Fraction(e) for e, closed in ((on.lo, on.lo_closed), (on.hi, on.hi_closed)) if closed}
    todo = deque([(on.lo, on.hi)] if on.lo < on.hi else [])
    seen = 0
    with precision(64):
        while todo:
            lo, hi = todo.popleft()
            seen += 1
            why = fault(Span.between(lo, hi))
            if why is None:
                continue
            if seen > CELLS or time.monotonic() > deadline or final(lo, hi):
                return f"{why} between {_near(lo)} and {_near(hi)}"
            middle = Fraction(split(lo, hi))
            joints.add(middle)
            todo += [(lo, middle), (middle, hi)]
        for x in sorted(joints):
            why = fault(Span.point(x))
            if why is not None:
                return f"{why} at {_near(x)}"
    return None


def _near(end: Fraction | float) -> str:
    if isinstance(end, float):
        return "∞" if end > 0 else "-∞"
    return str(end) if end.denominator < 10**6 else f"{float(end):.6g}"


def _codomain(expression: Expression, on: Interval) -> Interval:
    """An interval that holds all values: an end is exact where that is known, else a short number outside."""
    from .oracles.balls import precision
    from .oracles.cells import course
    from .oracles.functions import bounded
    from .oracles.jets import formula_on_cell

    def eye(span: Span) -> Look:
        return formula_on_cell(expression.at, span)

    deadline = time.monotonic() + SECONDS
    with precision(64):
        trend = course(eye, on, deadline)
    found = bounded(eye, trend, on, reals, deadline)
    j = found.interval
    lo_closed = j.lo_closed and (
        j.lo != 0 or _covered(expression, on, lambda look: None if look.jet.span.positive else "0") is not None
    )
    hi_closed = j.hi_closed and (
        j.hi != 0 or _covered(expression, on, lambda look: None if look.jet.span.negative else "0") is not None
    )
    lo = j.lo if found.lo_exact or isinstance(j.lo, float) else _short(j.lo, math.floor)
    hi = j.hi if found.hi_exact or isinstance(j.hi, float) else _short(j.hi, math.ceil)
    return Interval.make(lo, lo_closed, hi, hi_closed)


def _short(end: Fraction, rounded: Callable[[Fraction], int]) -> Fraction:
    if not end:
        return end
    digits = Fraction(10) ** (math.floor(math.log10(FINE)) - 1 - math.floor(math.log10(abs(end))))
    return Fraction(rounded(end * digits)) / digits


# --- inverses ---


def inverse(function: Function) -> Function:
    """f⁻¹ of an own function that is proved to be strictly monotone: a function variable that is evaluated by search for the root."""
    meaning = known(function)
    if isinstance(meaning, Undone):
        return meaning.function
    from .oracles.functions import image_of, trend_of
    from .questions import injective

    on: Interval = function.key[2]
    verdict = injective(function, on, seconds=SECONDS)
    if verdict.grade is not Grade.PROVED:
        raise Refused(f"{function} has no inverse on {on} that is known: {verdict}")
    deadline = time.monotonic() + SECONDS
    trend = trend_of(function, on, deadline)
    found = register(f"{function.name}⁻¹", function.key[3], on, Undone(function, trend.rises))
    _proved[_undone(function, found, on)] = f"balls: {verdict.evidence}"
    if image_of(function, on, deadline).interval is function.key[3] and image_of(function, on, deadline).exact:
        _proved[_undone(found, function, function.key[3])] = f"balls: {verdict.evidence}, onto {function.key[3]}"
    return found


def _undone(first: Function, second: Function, on: Interval) -> Equal:
    return Equal(then(first, second), identity, on)


def evidence(fact: Equal) -> str | None:
    """How a fact about own functions was proved; None if it was not."""
    return _proved.get(fact)


def undo(function: Function) -> Equation:
    """⊢ f ; f⁻¹ = wire on f's domain, under the hypothesis that f⁻¹∘f is the identity there: it is PROVED by balls.

    Raises `Refused` where no inverse is known, or where f is an inverse and its own inverse is not known to be defined on all values.
    """
    if not isinstance(function, Function):
        raise not_a_function(function)
    other = function.inverse
    if known(function) is None:
        raise Refused(f"{function} is no own function: `cancel` has its law")
    on = function.key[2]
    fact = _undone(function, other, on)
    if fact not in _proved:
        raise Refused(f"{fact} is not known: the image of {other} may be smaller")
    steps = (map_equal(f=fact.first, g=identity, on=on, given=(fact,)), map_identity(on=on))
    return reduce(trans, steps, compose(f=function, g=other, on=on)).relabelled("undo")
