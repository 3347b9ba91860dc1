"""Where a rule fits, and why it does not where it does not. These are questions of people; nothing here makes a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from sigmaprime.diagrams import Space
from sigmaprime.diagrams.box import box_of
from sigmaprime.diagrams.build import lift

from . import errors
from .facts import Equal, hypotheses
from .match import Plan
from .workspace import Workspace

__all__ = ["Look", "Looker", "look_at", "matches", "why_not"]


class Look(NamedTuple):
    """A rule at one wire."""

    depth: int
    """How many boxes of its left side are there."""
    why: Callable[[], str] | None
    """Says why it does not fit; None if it does. Most reasons are never read."""


Looker = Callable[[Workspace, int, Sequence[Equal]], Look]


def matches(look: Looker, net: Any, given: Any, start: int | None = None) -> list[int]:
    """The wires at which a rule fits, under the facts."""
    ws, facts = _opened(net, given)
    return [w for w in range(ws.inputs if start is None else start, len(ws.op)) if look(ws, w, facts).why is None]


def why_not(look: Looker, net: Any, at: int | None, given: Any, nowhere: str) -> str | None:
    """Why the rule does not fit at the wire; without a wire, where most of it fits."""
    ws, facts = _opened(net, given)
    if at is not None:
        if not 0 <= at < len(ws.op):
            raise errors.no_such_wire(at, len(ws.op))
        why = look(ws, at, facts).why
        return None if why is None else why()
    deepest, closest, why = 0, -1, None
    for w in range(len(ws.op)):
        found = look(ws, w, facts)
        if found.why is None:
            return None
        if found.depth > deepest:
            deepest, closest, why = found.depth, w, found.why
    return nowhere if why is None else errors.fits_nowhere(closest, why())


def _opened(net: Any, given: Any) -> tuple[Workspace, tuple[Equal, ...]]:
    """A diagram, or the right side of an equation with all that the equation knows of its wires and assumes."""
    from .sugar import Sugar

    facts = hypotheses(given)
    if isinstance(net, Sugar):
        e = net._me
        diagram, types, facts = e.rhs, e.known[1], (*e.hypotheses, *facts)
    else:
        lifted = lift(net)
        if lifted is None:
            raise errors.not_liftable(net)
        diagram, types = lifted, lifted.types
    ws = Workspace(diagram.inputs)
    ws.outputs = ws.splice(diagram, types, range(len(diagram.inputs)))
    return ws, facts


# --- an equation at a wire ---


def look_at(plan: Plan, ws: Workspace, node: int, facts: Sequence[Equal] = ()) -> Look:
    """An equation at a wire: the deepest place that still fits, and what is wrong there."""
    if node < ws.inputs and not plan.bare:
        return Look(0, lambda: errors.at_input(node, wants(plan, 0)))
    found, whole = plan.look(ws, node), len(plan.boxes)
    if isinstance(found, int):
        return Look(found, partial(_mismatch, plan, ws, node, found))
    if isinstance(found, errors.SigmaError):
        return Look(whole, lambda: f"{found}{_narrow(plan, ws, node)}")
    loose = next((h for h in found[1].hypotheses if not h.follows_from(facts)), None)
    return Look(whole, None if loose is None else partial(errors.needs_hypothesis, loose))


def _mismatch(plan: Plan, ws: Workspace, node: int, slot: int) -> str:
    """What stands at a slot of the left side, and what the rule wants there."""
    wires = _partial(plan, ws, node)
    why = _other_wires(plan, ws, wires, slot)
    return why or errors.no_match(wires[slot], ws.describe(wires[slot]), wants(plan, slot))


def wants(plan: Plan, slot: int) -> str:
    """The box of the left side at a slot, in words."""
    return errors.box_text(box_of(plan.rule.lhs.row(plan.boxes[slot]))) if slot < len(plan.boxes) else "a wire"


def _partial(plan: Plan, ws: Workspace, node: int) -> list[int]:
    """The wires met before the match failed."""
    wires = [-1] * (len(plan.boxes) + plan.count)
    wires[0] = node
    for slot, _, _, _, _, argument, others in plan.visits:
        for place, a in zip((argument, *others), ws.arguments(wires[slot]) if wires[slot] >= 0 else (), strict=False):
            if wires[place] < 0:
                wires[place] = a
    return wires


def _other_wires(plan: Plan, ws: Workspace, wires: list[int], slot: int) -> str | None:
    """If the box at a slot is the one wanted: what is wrong with the wires that it reads."""
    _, op, f, w, b, argument, others = plan.visits[slot]
    at = wires[slot]
    if ws.op[at] != op or any(i >= 0 and i != j for i, j in ((f, ws.fn[at]), (w, ws.wt[at]), (b, ws.bs[at]))):
        return None
    reads = ws.arguments(at)
    if len(reads) != 1 + len(others):
        return errors.other_count(at, ws.describe(at), len(reads), 1 + len(others))
    first, second = next((wires[p], a) for p, a in zip((argument, *others), reads, strict=True) if wires[p] != a)
    return errors.two_wires((first, ws.describe(first)), (second, ws.describe(second)))


def _narrow(plan: Plan, ws: Workspace, node: int) -> str:
    """Which wire carries more than the rule takes, if that is what is wrong."""
    wires = plan.match(ws, node)
    if isinstance(wires, int):
        return ""
    for i, space in enumerate(plan.rule.lhs.inputs):
        w = wires[plan.slot_of[i]]
        if not space.interval.contains(Space.all[ws.types[w]].interval):
            return f" (wire {w}, {ws.describe(w)})"
    return ""
