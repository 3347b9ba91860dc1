"""Messages about users' rules, files of rules and tactics, one function each."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import BadFile, BadStrategy, Refused

SHOWN = 600  # characters of a diagram in a message


# --- rules of users; `rule` puts the name of the rule before ---


def no_rule_function(value: object) -> Refused:
    return Refused(f"{value!r} makes no rule: write @rule before a function with a name, def name(...): ...")


def not_two_diagrams(returned: object) -> Refused:
    count = f"{len(returned)} things" if isinstance(returned, tuple) else f"one {type(returned).__name__}"
    return Refused(f"a rule returns two diagrams, its left and its right side, as `return left, right`; here {count}")


def no_side(side: str, value: object) -> Refused:
    return Refused(f"the {side} side is {value!r} ({type(value).__name__}), no diagram")


def unused_parameter(parameter: str) -> Refused:
    return Refused(f"parameter {parameter} stands on neither side: leave it out")


def same_sides(side: object) -> Refused:
    return Refused(f"both sides are {side}: that is no rule")


def unknown_oracle(by: object) -> Refused:
    return Refused(f'by={by!r} is unknown; write by="sympy", or leave it out (the rule is then ASSUMED)')


def oracle_with_hypotheses(by: str) -> Refused:
    return Refused(
        f"by={by!r} decides equations without hypotheses; leave `by` out (the rule is then ASSUMED), or derive it: "
        "left.rewrite(..., given=[...])"
    )


def not_checked(name: str, verdict: object) -> Refused:
    return Refused(f"{name} is not taken: {verdict}")


def no_sort(parameter: str) -> Refused:
    return Refused(
        f"parameter {parameter} needs a sort or a declaration, such as {parameter}: Weight, "
        f'or {parameter}=Function("{parameter}", positive, positive)'
    )


def many_parameters(parameter: str) -> Refused:
    return Refused(f"{parameter} stands for any number of parameters; name each variable of the rule")


def no_declaration(parameter: str, default: object) -> Refused:
    return Refused(
        f"the default of {parameter} is {default!r}, which declares no variable; write {parameter}: Scalar, or "
        f'{parameter}=Scalar("{parameter}", positive), and put constants into the sides'
    )


def other_name(parameter: str, variable: object) -> Refused:
    return Refused(f"parameter {parameter} declares the variable {variable}: give both one name")


def two_rules(name: str) -> Refused:
    return Refused(f"two rules are called {name}; give one another name: rule.named(...)")


def nameless(rule: object) -> Refused:
    return Refused(f"{rule} has no name to be saved under; give it one: rule.named(...)")


def no_list_of_rules(value: object) -> Refused:
    return Refused(f"{value!r} is no list of rules; write save_rules([rule, ...], path)")


def no_rules_file(path: object) -> BadFile:
    return BadFile(
        f"{path} is no file of rules: it holds format, version and rules, each with its name and proof (save_rules writes one)"
    )


def other_rules_version(path: object, version: object) -> BadFile:
    return BadFile(f"{path} is a file of rules of version {version!r}; this program reads version 1")


# --- tactics ---


def _shown(d: object) -> str:
    text = str(d)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def no_kind_of_rule(kind: object, kinds: Sequence[str]) -> Refused:
    return Refused(f"{kind!r} is no kind of rule; the book has {', '.join(map(repr, kinds))}")


def no_rule_fits(reasons: Sequence[tuple[str, str]], d: object) -> Refused:
    return Refused("\n".join([*(f"{name}: {why}" for name, why in reasons), f"in {_shown(d)}"]))


def no_place(rule: str) -> Refused:
    return Refused(f"{rule} has no one place; once(...) takes an equation or a schema, everywhere({rule}) any rule")


def part_refused(name: str, number: int, part: object, refusal: object) -> Refused:
    return Refused(f"{name}: part {number}, {part}, is refused: {refusal}")


def all_refused(name: str, refusals: Sequence[tuple[str, str]]) -> Refused:
    return Refused("\n".join([f"{name}: every part is refused:", *(f"{part}: {why}" for part, why in refusals)]))


def not_falling(name: str, before: Sequence[int], after: Sequence[int], one: object, other: object) -> BadStrategy:
    sizes = (str(n[0]) if len(n) == 1 else str(tuple(n)) for n in (before, after))
    return BadStrategy(
        f"{name}: the measure must fall with each round; it is {' and then '.join(sizes)}, "
        f"from\n{_shown(one)}\nto\n{_shown(other)}"
    )


def no_measure(value: object) -> Refused:
    return Refused(
        f"measure={value!r} is no measure: give a function from diagrams to whole numbers, such as boxes or layers(exp)"
    )


def bad_measure(name: str, value: object) -> BadStrategy:
    return BadStrategy(f"the measure {name} gives {value!r}; it is a whole number from 0 on, or a tuple of such")


def no_parts() -> Refused:
    return Refused("a tactic of nothing: name its parts, as in in_turn(mult_add, cancel)")


def no_tactic(value: object) -> Refused:
    return Refused(
        f"{value!r} is no tactic: take a rule, everywhere(rule), or a function from equations to equations such as simplify"
    )


def no_equation(name: str, value: object) -> BadStrategy:
    return BadStrategy(f"{name} gives {value!r}; a part of a tactic gives an equation")


def other_net(name: str, wanted: object, found: object) -> BadStrategy:
    return BadStrategy(f"{name} gives an equation about another net: {_shown(found)}, not {_shown(wanted)}")


def no_change(name: str, d: object) -> Refused:
    return Refused(f"{name} changes nothing in {_shown(d)}")
