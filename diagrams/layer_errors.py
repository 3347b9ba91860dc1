"""What the words for whole layers and cells refuse, one function each."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import IllTyped


def bad_groups(inputs: int, outputs: int, groups: int) -> IllTyped:
    return IllTyped(
        f"{inputs} input and {outputs} output channels do not fall into {groups} groups: both are multiples"
    )


def no_such_axis(axis: int, count: int) -> IllTyped:
    return IllTyped(f"there is no axis {axis}: the shape has {count}, counted from 0, or from -1 backwards")


def maybe_no_component(size: object) -> IllTyped:
    return IllTyped(
        f"a sum along an axis of {size} components may be empty; write a size that is never 0, as {size} + 1"
    )


def no_count(windows: object) -> IllTyped:
    return IllTyped(
        f"{windows} are no windows of one known count: give `windows(...)`, or `ones(1, n)` for one window of all"
    )


def wrong_factors(terms: int, factors: int) -> IllTyped:
    return IllTyped(
        f"a sum of products has at least one term, and no factor or one for each; here: {terms} terms, {factors} factors"
    )


def no_common_domain(functions: Sequence[object]) -> IllTyped:
    return IllTyped(
        f"no number lies in the domains of all of {', '.join(map(str, functions))}, so no wire has components for them"
    )


def two_charts(chart: object) -> IllTyped:
    return IllTyped(f"this layer comes in two readings, chart=identity and chart=exp, not {chart}")


def wrong_states(states: int, inputs: int, outputs: int) -> IllTyped:
    return IllTyped(
        f"a cell hands on 1 or more states, its first inputs and first outputs; {states} of {inputs} inputs and {outputs} outputs are not"
    )


def bad_steps(steps: object) -> IllTyped:
    return IllTyped(f"a cell is unrolled for a number of steps, 1 or more, not {steps!r}")
