"""Every message of this package, one function each: what is wrong, where, and what would be right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams.errors import (
    IMMUTABLE,
    BadFile,
    IllTyped,
    Refused,
    SigmaError,
    box_text,
    junction,
    no_rules,
    no_such_file,
    no_such_wire,
    not_a_rule,
    not_liftable,
    two_arrays,
    two_variables,
    wrong_shape,
    wrong_sort,
    wrong_width,
)

if TYPE_CHECKING:
    from sigmaprime.diagrams import Interval, Size, Space

__all__ = [
    "IMMUTABLE",
    "BadFile",
    "BadStrategy",
    "IllTyped",
    "Refused",
    "SigmaError",
    "box_text",
    "junction",
    "no_rules",
    "no_such_file",
    "no_such_wire",
    "not_a_rule",
    "not_liftable",
    "two_arrays",
    "two_variables",
    "wrong_shape",
    "wrong_sort",
    "wrong_width",
]


SIDE = (
    "this side is well typed only as part of its equation, which knows more of its wires; "
    "rewrite or compose the equation instead: thm.rewrite(...), exp >> thm"
)


def contradiction(inferred: Interval, claimed: Interval) -> Refused:
    return Refused(
        f"a wire would lie in {inferred} and in {claimed}, which do not meet: one of the rules used cannot hold"
    )


def input_narrowed(declared: Interval, claimed: Interval) -> Refused:
    return Refused(f"this step says that every input in {declared} lies in {claimed}: the rule cannot hold there")


def differs(pattern: object, term: object) -> Refused:
    from sigmaprime.diagrams import Size

    if isinstance(pattern, Size):
        return Refused(f"the rule wants {pattern} components, the net has {term}")
    return Refused(f"the rule wants {pattern}, the net has {term}")


def bound_twice(variable: object, one: object, other: object) -> Refused:
    return Refused(f"{variable} stands at two places of the rule, for {one} and for {other}")


def ambiguous(pattern: object) -> Refused:
    return Refused(f"{pattern} fits in several ways: name its functions or weights first")


def ambiguous_rule(rule: object, term: object) -> Refused:
    return Refused(
        f"{rule} cannot be used as a rule in this direction: {term} could be split in several ways; name its parts first"
    )


def two_outputs(rule: object) -> Refused:
    return Refused(f"{rule} has several outputs; a rule has one: state one equation for each output")


def unread_input(rule: object, number: int) -> Refused:
    return Refused(
        f"{rule} cannot be used as a rule: its left side does not read input {number}; compose it with a wire first"
    )


def unbound(rule: object, name: str) -> Refused:
    return Refused(
        f"{rule} cannot be used as a rule: {name} does not occur on its left side; name it first: rule({name}=...)"
    )


def outside_rule(rule: object, takes: Interval, has: Interval) -> Refused:
    return Refused(f"{rule} holds on {takes}; the wire may hold anything in {has}")


def bare_left(rule: object) -> Refused:
    return Refused(f"the left side of {rule} is a bare wire, it fits everywhere: name the wire (at=...)")


def two_wires_alone(rule: object) -> Refused:
    return Refused(f"{rule} cannot be used as a rule: both of its sides are bare wires")


def no_match(wire: int, found: str, wants: str) -> str:
    return f"wire {wire} is {found}, the rule wants {wants}"


def other_count(wire: int, found: str, has: int, wants: int) -> str:
    return f"wire {wire} is {found} of {has} wires, the rule wants {wants}"


def two_wires(one: tuple[int, str], other: tuple[int, str]) -> str:
    places = f"wire {one[0]} ({one[1]}) and wire {other[0]} ({other[1]})"
    return f"the rule wants one wire twice, here are two: {places}. If equal boxes made them, share first"


def at_input(wire: int, wants: str) -> str:
    return f"wire {wire} is an input, the rule wants {wants}"


class BadStrategy(Refused):
    """A strategy at fault: rules that undo each other, a measure that does not fall, a part that gives no equation.

    `first`, `attempt` and `repeat` pass other refusals over, never this one.
    """


def cycle(bound: int, names: Sequence[str], place: str) -> BadStrategy:
    return BadStrategy(
        f"no end after {bound} steps: the last ones were {', '.join(names)} at {place}. "
        "Two rules undo each other, or a rule makes what it takes; use once=True, at=..., or one direction only"
    )


def output_sizes(one: Size, other: Size) -> Refused:
    return Refused(f"the sides have outputs of {one} and of {other} components")


def other_middle(one: object, other: object) -> Refused:
    pair = _two_definitions(one, other)
    if pair is not None:
        return Refused(f"two different functions are labelled {pair[0].name}: {pair[0].body} and {pair[1].body}")
    return Refused(f"the first equation ends in\n{one}\nbut the second starts with\n{other}")


def _two_definitions(one: Any, other: Any) -> Any:
    from sigmaprime.diagrams.term import Head

    found = {t.name: t for t in one.terms if t.head is Head.DEFINED}
    for t in other.terms:
        if t.head is Head.DEFINED and found.get(t.name, t) is not t:
            return found[t.name], t
    return None


def narrower_second(takes: Interval, gives: Interval) -> Refused:
    return Refused(f"the second equation holds on {takes} only; the first gives {gives}")


def not_defined(function: object) -> Refused:
    return Refused(f"{function} is no definition; make one with define(label, body)")


def other_inputs(left: Sequence[Space], right: Sequence[Space]) -> Refused:
    one, other = (", ".join(map(str, s)) for s in (left, right))
    return Refused(
        f"the sides take different inputs: {one} on the left, {other} on the right. Restrict one with wire(...) >> ..."
    )


def loose_axiom(name: str, variable: str) -> Refused:
    return Refused(
        f"{name}: {variable} stands on the right or in a hypothesis, but not on the left, so no match would say what it is"
    )


def schema_needs(name: str, needs: str) -> Refused:
    return Refused(f"{name} holds for many functions and intervals; name them: {name}({needs})")


def schema_arguments(name: str, needs: str, error: TypeError) -> Refused:
    return Refused(f"{name}({needs}): {str(error).partition('() ')[2] or error}")


def schema_shape(name: str, wire: int, found: str, reads: Sequence[tuple[int, str]], needs: str, statement: str) -> str:
    after = "; it reads " + ", ".join(f"wire {w} ({box})" for w, box in reads[:5]) if reads else ""
    return f"wire {wire} is {found}{after}. No instance of {name}({needs}) has this shape: {statement}"


def schema_nowhere(name: str, needs: str, kind: str, statement: str) -> str:
    return f"it fits nowhere: {name}({needs}) ends in a {_KINDS.get(kind, kind)}, and there is none: {statement}"


_KINDS = {"map": "function", "mix": "layer", "concat": "bundle"}


def fits_nowhere(wire: int, why: str) -> str:
    return f"it fits nowhere; closest is wire {wire}: {why}"


def no_such_box(wants: str) -> str:
    return f"it fits nowhere: no box is {wants}"


def no_affine_start(g: object) -> Refused:
    return Refused(
        f"the chart {g} does not begin with c·x, -x or x + c: `base` is about charts h(c·x + d), as then(scale(2), exp)"
    )


def no_direction(f: object, on: object) -> Refused:
    return Refused(
        f"{f} is not known to rise or to fall on {on}: only such functions pass a maximum or minimum, the same for every component"
    )


def no_hinge(f: object) -> Refused:
    return Refused(f"{f} has no kink at 1; the axiom `hinge` is about max(x, 1) and min(x, 1)")


def not_affine(f: object) -> Refused:
    return Refused(f"{f} is no layer by itself; the axiom `affine` is about c·x, -x and x + c (scale, negate, shift)")


def not_a_power(f: object) -> Refused:
    return Refused(f"{f} is no power x^a; the axiom `power` is about those")


def whole_chart(g: object) -> Refused:
    return Refused(
        f"{g} is a chart of all reals: use chart(g=..); `partial_chart` is about functions that take positive numbers only, like ln"
    )


def plain_pool() -> Refused:
    return Refused(
        "a maximum in the chart identity is what the others are made of; pool_chart(g=..) is about another chart, like negate"
    )


def not_rising(f: object, on: object, fall: tuple[int, int, float, float] | None = None) -> Refused:
    seen = "" if fall is None else " (from {} to {} it falls from {:.5g} to {:.5g})".format(*fall)
    return Refused(
        f"{f} is not known to be nondecreasing on {on}{seen}: a maximum passes through nondecreasing functions only, the same for every component"
    )


def not_homogeneous(f: object) -> Refused:
    return Refused(
        f"f(d·x) = d·f(x) for d > 0 is not known for {f}; it is for relu, prelu, abs, c·x and chains of such"
    )


def two_halves(on: Interval) -> Refused:
    below, above = on.halves
    return Refused(f"{on} is no interval; ask about {below} and {above}, one at a time")


def no_signed_form(f: object) -> Refused:
    return Refused(f"{f} is no signed layer; identity, absolute, negate and x^a with a > 0 of odd denominator are")


def not_positive(f: object, image: Interval) -> Refused:
    return Refused(f"{f} is not known to be positive on (0, ∞): its values lie in {image}, and so it may change signs")


def mixes_signs(box: str) -> Refused:
    return Refused(
        f"the net does not split: {box} lets signs and magnitudes mix, or is not known not to; signed layers, and odd activations that are "
        "positive on (0, ∞), such as tanh, softsign, asinh, erf, x^3, keep them apart"
    )


def not_one_output(net: object) -> Refused:
    return Refused(f"only a net of one output wire splits; {net} has more")


def not_odd(f: object) -> Refused:
    return Refused(
        f"f(-x) = -f(x) is not known for {f}; it is for tanh, softsign, sinh, x^3, erf, c·x .. and chains of such"
    )


def undecided(fact: Any) -> Refused:
    free = [v.name for v in fact.variables]
    if free:
        how = f"{', '.join(free)} {'stands' if len(free) == 1 else 'stand'} for every function of the signature; give it as a hypothesis (given=[Equal(...)]), or name a function"
    else:
        how = "give it as a hypothesis (given=[Equal(...)]) or leave it"
    return Refused(f"{fact} is not known; {how}")


def not_a_fact(value: Any) -> Refused:
    first, second, hi = (getattr(value, name, None) for name in ("first", "second", "hi"))
    if hi is not None:
        return Refused(f"{first} and {second} differ by up to {float(hi):.5g} (proved): a bound is not an equation")
    return Refused(f"{str(value)[:60]} is no fact to assume; give Equal(f, g, interval)")


def no_such_part(part: int, count: int) -> Refused:
    return Refused(f"there is no part {part} of {count}; parts count from 0")


def no_cancel(f: object, g: object, on: Interval) -> Refused:
    return Refused(f"{f} ; {g} is not known to be the identity on {on}")


def no_collapse(f: object, on: Interval) -> Refused:
    return Refused(
        f"{f} is not known to be the identity on {on}, where the layers have their values, so it stays between them"
    )


def reader_died(code: int) -> str:
    return f"the second reader ended with status {code} and said nothing"


def seam_after(wire: int, box: str, readers: Sequence[str]) -> str:
    return (
        f"{box} stays on wire {wire}: {', '.join(readers)} works on the values themselves, not on their logarithms; "
        "a multiplicative layer or a product there would go over"
    )


def seam_before(wire: int, box: str, before: str) -> str:
    return f"{box} stays on wire {wire}: {before} before it is additive; a multiplicative layer or a product there would go over"


def needs_hypothesis(fact: object) -> str:
    return f"it fits if {fact}; that is not decided: give it as a hypothesis, given=[...]"


def not_same(later: int, earlier: int) -> Refused:
    return Refused(f"wires {later} and {earlier} do not carry equal boxes on equal wires: they are not shared")


def not_defined_everywhere(side: str, error: Exception) -> IllTyped:
    return IllTyped(f"the {side} side is not defined on all of its inputs, so nothing is compared: {error}")


def other_boundary(what: str, left: int, right: int) -> Refused:
    return Refused(
        f"the left side has {left} {what}s, the right side {right}: only diagrams with one boundary are compared"
    )


def other_sizes(left: Size, right: Size) -> Refused:
    return Refused(f"a wire at the boundary has {left} components on one side and {right} on the other")


def no_wires(at: object) -> Refused:
    return Refused(f"at={at!r} names no wires; give the number of one, or a list of numbers")


def not_a_theorem(value: object) -> Refused:
    return Refused(f"{value!r} is no theorem; to_additive(net), net.rewrite(rule) and load_proof(path) give one")


def not_in_time(seconds: float) -> Refused:
    return Refused(f"it is not written out in {seconds:.3g} s")


def no_time(seconds: object) -> Refused:
    return Refused(f"seconds={seconds!r} is no time; give a positive number")


def no_such_option(word: str, options: Sequence[str]) -> Refused:
    return Refused(f"rewrite has no option {word!r}; there are {', '.join(options)}")
