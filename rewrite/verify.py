"""Whether two nets are equal: by the rules first, then by numbers and SymPy, every answer with its grade.

1. Both sides are defined on all of their common inputs, or the question is refused: an equality is never said of less.
2. Both are rewritten to normal form. One form: PROVED, with the equation.
3. They are compared at exact points in interval arithmetic. Disjoint enclosures: REFUTED, with the point.
4. SymPy is asked: about the maps in which the normal forms differ, whatever the size of the net; else about the whole of a small net.
   It agrees, and 64 points do to 50 digits: CHECKED.
5. Else UNKNOWN, with what was tried.
"""

from __future__ import annotations

import time
from typing import Any

from sigmaprime.diagrams import Diagram, Function, Interval, SigmaError, Size, Space, wire
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.build import lift, sequence, unify
from sigmaprime.diagrams.own import closed_form
from sigmaprime.diagrams.term import Term
from sigmaprime.diagrams.weight import sizes_of

from . import errors
from .facts import Grade, Verdict
from .kernel import Equation, axiom, instantiate, refl, trans
from .normal import normal_form
from .sugar import _apart, _unnamed

__all__ = ["verify"]

SECONDS = 10.0
SIZES = ((2, 3, 4, 5, 6), (1,), (3, 5, 2, 4, 1))
"""What open sizes are in comparisons, in turn; of many, some have one number."""


def verify(lhs: Any, rhs: Any, *, seconds: float = SECONDS) -> Verdict:
    """Whether two diagrams with one boundary are equal, for all inputs, weights and functions: PROVED, CHECKED, REFUTED or UNKNOWN.

    An own function (`Function.from_text`) is the one of its formula; what is found with formulas has no equation, which holds for all functions.

    Sizes unify; input intervals must be equal. Arrays beside the diagrams are not looked at: constants are, `add(array)`. Numbers and SymPy
    take `seconds` at most; rewriting takes what it takes. Raises `Refused` or `IllTyped` if the boundaries differ, or if a side is not
    defined on all of its inputs.

    >>> from sigmaprime.diagrams import mul, positive, relu, sqrt, square, wire
    >>> print(verify(wire(3, positive) >> relu, wire(3, positive)))
    PROVED: both sides have one normal form (1 + 0 steps)
    ⊢ relu = wire on (0, ∞)
    >>> print(verify(square >> sqrt, wire(1)))
    REFUTED: at x = -2 the left side is 2.0, the right side -2.0
    """
    left, right = _sides(lhs, rhs)
    given: Any = seconds
    if not isinstance(given, (int, float)) or not 0 < seconds < float("inf"):
        raise errors.no_time(seconds)
    tried = []
    try:
        forms = normal_form(left), normal_form(right)
    except SigmaError as refusal:
        forms = refl(left), refl(right)
        tried.append(f"rules: no normal form was reached ({refusal})")
    one, other = forms
    if one.rhs == other.rhs:
        steps = f"{len(one.steps)} + {len(other.steps)} steps"
        proved = trans(one, ~other).relabelled("verify")
        return Verdict(proved.grade, f"both sides have one normal form ({steps})", equation=proved)
    if not tried:
        tried.append(f"rules: the normal forms differ, {_short(one.rhs)} and {_short(other.rhs)}")
    return _compared(left, right, forms, time.monotonic() + seconds, tried)


def _compared(
    left: Diagram, right: Diagram, forms: tuple[Equation, Equation], deadline: float, tried: list[str]
) -> Verdict:
    """Numbers, then SymPy."""
    from .oracles.algebra import OPERATIONS, ask, elementwise, open_sizes, question

    sizes = open_sizes(left, right)
    whole = not sizes or (elementwise(left) and elementwise(right))  # one choice of sizes tells all
    start = time.monotonic()
    soon = start + (deadline - start) * 0.4  # SymPy has the rest
    limit = max(OPERATIONS, int(OPERATIONS * (deadline - start) / SECONDS))
    asked = compared = None
    for choice in ((1,),) if whole else SIZES:
        at = {s: choice[i % len(choice)] for i, s in enumerate(sizes)}
        try:
            asked = question(left, right, at, limit, own=True)
            compared = asked.compared(soon)
        except SigmaError as refusal:
            tried.append(f"numbers: {refusal}, or give more seconds")
            asked = None
            break
        if compared.witness is not None:
            return Verdict(Grade.REFUTED, str(compared.witness), counterexample=compared.witness, tried=tuple(tried))
        tried.append(f"numbers: {compared}" + (f" at sizes {_sized(at)}" if at and not whole else ""))
    by_maps = _map_by_map(*forms, deadline, tried)
    if by_maps is not None:
        return by_maps
    if not whole:
        tried.append("SymPy: not asked about the whole, the sizes are open")
    elif asked is not None and compared is not None:
        answer = ask(asked, deadline - time.monotonic())
        tried.append(f"SymPy: {answer}")
        if answer.equal and compared.enough:
            evidence = f"both sides are defined on all inputs; {compared}; {answer}"
            return Verdict(Grade.CHECKED, evidence, equation=_taken(left, right, evidence), tried=tuple(tried))
    return Verdict(Grade.UNKNOWN, "neither shown nor refuted", tried=tuple(tried))


def _map_by_map(one: Equation, other: Equation, deadline: float, tried: list[str]) -> Verdict | None:
    """CHECKED, if the normal forms differ in maps only, and SymPy finds these equal where they stand."""
    from .oracles.algebra import decide

    places = _other_maps(one, other)
    e, evidence = one, []
    for number, ((f, g, on), wires) in enumerate(places.items(), 1):
        texts = f"{Term.all[f]} = {Term.all[g]} on {on}"
        try:
            sides = [_map(Term.all[h], on) for h in (f, g)]
        except SigmaError as refusal:  # the other side knows more of these wires
            tried.append(f"SymPy, {texts}: {refusal}")
            return None
        said = decide(*sides, seconds=max(deadline - time.monotonic(), 0.1), own=True)
        tried.append(f"SymPy, {texts}: {said.evidence}")
        if said.grade is not Grade.CHECKED:
            return None
        evidence.append(f"{texts}: {said.evidence}")
        try:
            made = axiom(f"user:verify_{number}", {}, *sides, grade=Grade.CHECKED, by=f"sympy: {said.evidence}")
            e = e.rewrite(made.relabelled(texts), at=wires)
        except (
            SigmaError
        ) as refusal:  # several open parts in a chain are no pattern, nor is an own function on the right
            tried.append(f"rules, {texts}: {refusal}")
            return None
    if not places or e.rhs != other.rhs:
        return None
    checked = trans(e, ~other).relabelled("verify")
    text = f"the normal forms differ in maps only, {'; '.join(evidence)}"
    return Verdict(checked.grade, text, equation=None if _own(one.lhs, other.lhs) else checked, tried=tuple(tried))


def _other_maps(one: Equation, other: Equation) -> dict[tuple[int, int, Interval], list[int]]:
    """The pairs of functions in which two diagrams differ, the interval that each reads, and at which wires; nothing if more differs."""
    a, b = one.rhs.columns, other.rhs.columns
    found: dict[tuple[int, int, Interval], list[int]] = {}
    if a._replace(fn=b.fn) != b or one.rhs.outputs != other.rhs.outputs:
        return found
    for w, (f, g) in enumerate(zip(a.fn, b.fn, strict=True)):
        if f != g:
            if a.op[w] != Kind.MAP:
                return {}
            found.setdefault((f, g, Space.all[one.known[1][a.first[w]]].interval), []).append(w)
    return found


def _map(function: Any, on: Interval) -> Diagram:
    return sequence([wire("n", on), function])


def _taken(left: Diagram, right: Diagram, evidence: str) -> Equation | None:
    """The two sides as a CHECKED equation; None if the right side has variables that the left has not, or if formulas were used."""
    if _own(left, right) or not set(right.variables) <= set(left.variables):
        return None
    made = axiom("user:verify", {}, left, right, grade=Grade.CHECKED, by=f"sympy: {evidence}")
    return made.relabelled("verify")


def _own(*diagrams: Diagram) -> bool:
    """An equation holds for all functions; what was found with the formula of one does not."""
    return any(closed_form(v) for d in diagrams for v in d.variables if isinstance(v, Function))


# --- one boundary ---


def _sides(lhs: Any, rhs: Any) -> tuple[Diagram, Diagram]:
    """Both sides as diagrams with one boundary, defined on all of it."""
    sides = []
    for which, side in (("left", lhs), ("right", rhs)):
        diagram = lift(side)
        if diagram is None:
            raise errors.not_liftable(side)
        try:
            sides.append(refl(diagram))
        except errors.IllTyped as error:
            raise errors.not_defined_everywhere(which, error) from None
    left, right = sides
    right = _apart(right, _unnamed(left))
    for what, m, n in (("input", left.lhs.inputs, right.lhs.inputs), ("output", left.lhs.outputs, right.lhs.outputs)):
        if len(m) != len(n):
            raise errors.other_boundary(what, len(m), len(n))
    pairs = [(s.size, t.size) for s, t in zip(_ends(left.lhs), _ends(right.lhs), strict=True)]
    named = {v.name: v for v in right.lhs.variables}
    for v in left.lhs.variables:  # one name is one variable
        twin = named.get(v.name)
        if twin is not None and type(twin) is type(v):
            pairs += zip(sizes_of(v), sizes_of(twin), strict=True)
    theta = unify(pairs)
    if isinstance(theta, tuple):
        raise errors.other_sizes(*theta)
    if theta:
        left, right = instantiate(left, theta), instantiate(right, theta)
    one, other = left.lhs, right.lhs
    for s, t in zip(one.inputs, other.inputs, strict=True):
        if s.interval is not t.interval:
            raise errors.other_inputs(one.inputs, other.inputs)
    twins = {v.name: v for v in other.variables}
    for v in one.variables:
        if twins.get(v.name, v) is not v:
            raise errors.two_variables(v.name, v, twins[v.name])
    return one, other


def _ends(d: Diagram) -> list[Space]:
    return [*d.inputs, *d.output_spaces]


def _sized(sizes: dict[Size, int]) -> str:
    return ", ".join(f"{s} = {n}" if not s.unnamed else str(n) for s, n in sizes.items())


def _short(d: Diagram) -> str:
    text = str(d)
    return text if len(text) < 200 and "\n" not in text else f"{len(d)} boxes"
