"""Strategies made of parts. A tactic takes a diagram or an equation, rewrites on from its right side, and gives the equation, or is refused.

    everywhere(r, ..)       the rules wherever they fit, until none does        refused where none fits
    once(r)                 the rule at the first wire where it fits            refused where it fits nowhere
    in_turn(s, t, ..)       s, then t on what s made                            refused where a part is
    first(s, t, ..)         the first part that is not refused                  refused where all are
    attempt(s)              s, or no step where s is refused                    never refused
    repeat(s, measure)      s until it is refused; the measure falls each time  refused where the first s is

Rules (equations, schemas, `share`) and functions from equations to equations (`simplify`, `to_additive`, ...) are parts as they are: a rule
stands for `everywhere(rule)`, and a function that changes nothing is refused. A refusal names the part and the diagram that it met. Nothing
here is trusted: what comes out was made by the kernel, with its proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sigmaprime.diagrams import Diagram, Function
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.build import lift
from sigmaprime.diagrams.function import parts
from sigmaprime.diagrams.term import Term

from . import errors, rule_errors
from .kernel import Equation, refl

__all__ = ["Tactic", "attempt", "boxes", "everywhere", "first", "in_turn", "layers", "once", "repeat"]

Measure = Callable[[Diagram], int | tuple[int, ...]]


@dataclass(frozen=True)
class Tactic:
    """A strategy as a value: call it on a diagram or an equation."""

    name: str
    run: Callable[[Equation], Equation]

    def __call__(self, net: Any) -> Equation:
        """⊢ net = what the tactic makes of it; for an equation a = b, ⊢ a = what it makes of b. Raises `Refused`."""
        if isinstance(net, Equation):
            return self.run(net)
        diagram = lift(net)
        if diagram is None:
            raise errors.not_liftable(net)
        return self.run(refl(diagram))

    def __repr__(self) -> str:
        return self.name


# --- rules as tactics ---


def everywhere(*rules: Any, given: Any = ()) -> Tactic:
    """`net.rewrite(*rules)`; refused where none of them fits.

    >>> from sigmaprime.diagrams import exp, ln, tanh
    >>> from sigmaprime.rewrite import cancel
    >>> everywhere(cancel)(exp >> ln >> tanh)
    <Equation ⊢ exp ; ln ; tanh = tanh>
    """
    _rules(rules)

    def run(e: Equation) -> Equation:
        made = e.rewrite(*rules, given=given)
        if len(made.unused) == len(rules):
            reasons = [(_name(r), str(r.why_not(e, given=given))) for r in rules if hasattr(r, "why_not")]
            raise rule_errors.no_rule_fits(reasons or [(_name(r), "it fits nowhere") for r in rules], e.rhs)
        return made

    return Tactic(f"everywhere({_names(rules)})", run)


def once(rule: Any, *, given: Any = ()) -> Tactic:
    """The rule at the first wire where it fits, and nowhere else.

    >>> from sigmaprime.diagrams import mul
    >>> from sigmaprime.rewrite import mult_add
    >>> once(mult_add)(mul("A", 2, 2) >> mul("B", 2, 2))
    <Equation ⊢ mul(A) ; mul(B) = ln ; add(A) ; exp ; mul(B)>
    """
    _rules([rule])
    if not hasattr(rule, "matches"):
        raise rule_errors.no_place(_name(rule))

    def run(e: Equation) -> Equation:
        for wire in rule.matches(e, given=given):
            return e.rewrite(rule, at=wire, given=given)
        raise rule_errors.no_rule_fits([(_name(rule), str(rule.why_not(e, given=given)))], e.rhs)

    return Tactic(f"once({_name(rule)})", run)


# --- tactics of tactics ---


def in_turn(*parts: Any) -> Tactic:
    """One part after the other, each on what the one before has made.

    >>> from sigmaprime.diagrams import mul, tanh
    >>> from sigmaprime.rewrite import absorb, to_additive
    >>> in_turn(to_additive, absorb)(mul("W1", 2, 2) >> tanh >> mul("W2", 2, 2))
    <Equation ⊢ exp ; mul(W1) ; tanh ; mul(W2) ; ln = add(W1) ; tanh' ; add(W2)>
    """
    tactics = _tactics(parts)
    name = f"in_turn({_names(tactics)})"

    def run(e: Equation) -> Equation:
        for number, tactic in enumerate(tactics, 1):
            try:
                e = tactic(e)
            except errors.BadStrategy:
                raise
            except errors.SigmaError as refusal:
                raise rule_errors.part_refused(name, number, tactic, refusal) from None
        return e

    return Tactic(name, run)


def first(*parts: Any) -> Tactic:
    """The first part that is not refused."""
    tactics = _tactics(parts)
    name = f"first({_names(tactics)})"

    def run(e: Equation) -> Equation:
        refusals = []
        for tactic in tactics:
            made = _made(tactic, e)
            if isinstance(made, Equation):
                return made
            refusals.append((str(tactic), str(made)))
        raise rule_errors.all_refused(name, refusals)

    return Tactic(name, run)


def attempt(part: Any) -> Tactic:
    """The part, or no step where it is refused."""
    tactic = _tactics([part])[0]

    def run(e: Equation) -> Equation:
        made = _made(tactic, e)
        return made if isinstance(made, Equation) else e

    return Tactic(f"attempt({tactic})", run)


def repeat(part: Any, measure: Measure | None = None) -> Tactic:
    """The part again and again, until it is refused; refused if it is at once.

    The measure, a whole number ≥ 0 or a tuple of such for every diagram, must fall with each round (tuples as words in a dictionary), so there
    is an end: if it does not, `BadStrategy` is raised and shows the diagram before and after. It is `boxes` where none is given.

    >>> from sigmaprime.diagrams import exp, mul
    >>> from sigmaprime.rewrite import mult_add
    >>> repeat(once(mult_add), measure=layers(exp))(mul("A", 2, 2) >> mul("B", 2, 2))
    <Equation ⊢ mul(A) ; mul(B) = ln ; add(A) ; exp ; ln ; add(B) ; exp>
    """
    tactic = _tactics([part])[0]
    measured: Any = boxes if measure is None else measure
    if not callable(measured):
        raise rule_errors.no_measure(measured)
    name = f"repeat({tactic}, measure={_name(measured)})"

    def run(e: Equation) -> Equation:
        e, size = _smaller(name, measured, tactic(e), e.rhs, _measured(measured, e.rhs))
        while isinstance(made := _made(tactic, e), Equation):
            e, size = _smaller(name, measured, made, e.rhs, size)
        return e

    return Tactic(name, run)


def _smaller(name: str, measure: Measure, made: Equation, before: Diagram, size: Any) -> tuple[Equation, Any]:
    after = _measured(measure, made.rhs)
    if not after < size:
        raise rule_errors.not_falling(name, size, after, before, made.rhs)
    return made, after


def _made(tactic: Tactic, e: Equation) -> Equation | errors.SigmaError:
    """What the tactic makes, or its refusal; what has no end is not caught."""
    try:
        return tactic(e)
    except errors.BadStrategy:
        raise
    except errors.SigmaError as refusal:
        return refusal


# --- measures ---


def boxes(d: Diagram) -> tuple[int, int]:
    """The number of boxes, and of the functions in their chains.

    >>> from sigmaprime.diagrams import exp, tanh, then
    >>> boxes(exp >> then(tanh, exp))
    (2, 3)
    """
    return len(d), sum(len(parts(f)) for f in _functions(d, Kind.MAP))


def layers(chart: Function | None = None) -> Measure:
    """The measure that counts the layers of a diagram: those in one chart (exp: multiplicative ones), or all.

    >>> from sigmaprime.diagrams import add, exp, mul, tanh
    >>> layers(exp)(mul("A", 2, 2) >> tanh >> exp >> add("B", 2, 2))
    1
    """

    def count(d: Diagram) -> int:
        return sum(1 for f in _functions(d, Kind.MIX) if chart is None or f is chart)

    count.__name__ = f"layers({chart or ''})"
    return count


def _functions(d: Diagram, kind: Kind) -> Iterator[Function]:
    """The functions of the boxes of one kind."""
    c = d.columns
    return (Term.all[fn] for op, fn in zip(c.op, c.fn, strict=True) if op == kind)


def _measured(measure: Measure, d: Diagram) -> tuple[int, ...]:
    found: Any = measure(d)
    numbers = found if isinstance(found, tuple) else (found,)
    if not all(isinstance(n, int) and n >= 0 for n in numbers):
        raise rule_errors.bad_measure(_name(measure), found)
    return numbers


# --- parts ---


def _tactics(given: Any) -> list[Tactic]:
    """Parts as tactics."""
    if not given:
        raise rule_errors.no_parts()
    return [_tactic(p) for p in given]


def _tactic(part: Any) -> Tactic:
    if isinstance(part, Tactic):
        return part
    if hasattr(part, "stepper"):
        return everywhere(part)
    if not callable(part) or lift(part) is not None:
        raise rule_errors.no_tactic(part)
    name = _name(part)

    def run(e: Equation) -> Equation:
        made = part(e)
        if not isinstance(made, Equation):
            raise rule_errors.no_equation(name, made)
        if (made.lhs, made.rhs) == (e.lhs, e.rhs):
            raise rule_errors.no_change(name, e.rhs)
        if not _goes_on(made, e):
            raise rule_errors.other_net(name, e.lhs, made.lhs)
        return made

    return Tactic(name, run)


def _goes_on(made: Equation, start: Equation) -> bool:
    """Whether the one was made from the other: its left side is that net, or what a part has attached to it."""
    if made.lhs == start.lhs:
        return True
    todo, seen = [made], set()
    while todo:
        proof = todo.pop().proof
        if proof is start.proof:
            return True
        if id(proof) not in seen:
            seen.add(id(proof))
            todo += proof.premises
    return False


def _rules(rules: Any) -> None:
    if not rules:
        raise errors.no_rules()
    for rule in rules:
        if not hasattr(rule, "stepper"):
            raise errors.not_a_rule(rule)


def _name(part: Any) -> str:
    """How a part is called."""
    if isinstance(part, Equation):
        return part.label or str(part)
    return str(getattr(part, "__name__", part))


def _names(parts: Any) -> str:
    return ", ".join(map(_name, parts))
