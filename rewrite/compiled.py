"""A plan as Python source: the same match, key and step as the interpreter in `match.py` and `rewriting.py`, about twice as fast.

The text is made from our own plans only: it holds ints and names of columns, nothing that comes from a file. Whatever is not common (a key seen for
the first time, a refusal, a hypothesis, a wire that becomes narrower) goes to the interpreter. `ENABLED` switches it off; a test holds that
both give the same journals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.weight import STRUCTURED

if TYPE_CHECKING:
    from .match import Plan
    from .rewriting import Rewriting

__all__ = ["ENABLED", "compiled"]

ENABLED = [True]

Step = Callable[[int], bool]

_BIND = """
def bind(run, rule, fast, STRUCTURED):
    ws = run.ws
    op, fn, wt, bs, first, more = ws.op, ws.fn, ws.wt, ws.bs, ws.first, ws.more
    rest, types, forward, slow = ws.rest, ws.types, ws.forward, run.slow
    log_rule, log_node = run.journal_rule.append, run.journal_node.append
    op_add, fn_add, wt_add, bs_add = op.append, fn.append, wt.append, bs.append
    first_add, more_add, types_add, forward_add = first.append, more.append, types.append, forward.append
    get = fast.get
    number = -1
    def step(x0):
        nonlocal number
{body}
        if number < 0:
            number = run.number(rule)
        log_rule(number)
        log_node(x0)
        return True
    return step
"""


def compiled(plan: Plan) -> Callable[[Rewriting], Step]:
    """The step of a plan, to be bound to a rewriting."""
    if plan.source is None:
        lines = [
            *_match(plan),
            *_key(plan),
            "v = get(key)",
            "if not v:",
            "    return v is None and slow(rule, x0)",
            *_act(plan),
        ]
        plan.source = _BIND.format(body="\n".join(" " * 8 + line for line in lines))
        scope: dict[str, Any] = {}
        exec(compile(plan.source, "<rule>", "exec"), scope)
        plan.bind = scope["bind"]
    bind: Any = plan.bind
    return lambda run: bind(run, plan.rule, plan.fast, STRUCTURED)


def _match(plan: Plan) -> list[str]:
    lines, have = [], {0}
    for slot, kind, f, w, b, argument, others in plan.visits:
        tests = [f"op[x{slot}] != {int(kind)}"]
        tests += [f"{name}[x{slot}] != {value}" for name, value in (("fn", f), ("wt", w), ("bs", b)) if value >= 0]
        if kind == Kind.CONCAT:
            tests.append(f"len(rest[more[x{slot}]]) != {len(others)}")
        lines += [f"if {' or '.join(tests)}:", "    return False"]
        reads = [f"first[x{slot}]", *(f"rest[more[x{slot}]][{i}]" for i in range(len(others)))]
        for place, read in zip((argument, *others), reads, strict=True):
            lines += [f"a = {read}", "while forward[a] >= 0:", "    a = forward[a]"]
            lines += [f"if x{place} != a:", "    return False"] if place in have else [f"x{place} = a"]
            have.add(place)
    return lines


def _key(plan: Plan) -> list[str]:
    slots = len(plan.boxes) + plan.count
    items = [f"types[x{s}]" for s in range(slots)] + [f"fn[x{s}]" for s in plan.open_functions]
    lines = []
    for s in plan.passed:
        lines += [
            f"w{s} = p{s} = wt[x{s}]",
            f"b{s} = q{s} = bs[x{s}]",
            f"if w{s} not in STRUCTURED:",
            f"    p{s} = q{s} = -1",
        ]
        items += [f"p{s}", f"q{s}"]
    items += [item for s in plan.open_weights for item in (f"wt[x{s}]", f"bs[x{s}]")]
    return [*lines, f"key = ({', '.join(items)},)"]


def _act(plan: Plan) -> list[str]:
    """The new rows; `v` holds what depends on the key, in the order in which `Plan.flat` writes it."""
    shape = plan.shape
    if shape.forward >= 0:
        return [f"if types[x{shape.forward}] != v[0]:", "    return slow(rule, x0)", f"forward[x0] = x{shape.forward}"]
    lines, at = ["base = len(op)"], 0

    def weight(source: int) -> str:
        nonlocal at
        if source < -1:
            return f"{'b' if source & 1 else 'w'}{(-2 - source) >> 1}"
        at += 1
        return f"v[{at - 1}]"

    def wire(place: int) -> str:
        return f"x{place}" if place >= 0 else f"base + {-place - 1}" if place < -1 else "base"

    for number, (kind, wt, bs, places) in enumerate(shape.rows):
        f = f"v[{at}]"
        at += 1
        w, b = weight(wt), weight(bs)
        space = f"v[{at}]"
        at += 1
        arguments = [wire(p) for p in places]
        if number == len(shape.rows) - 1:
            lines += [f"op[x0] = {kind}", f"fn[x0] = {f}", f"wt[x0] = {w}", f"bs[x0] = {b}", f"types[x0] = {space}"]
            head, column = "first[x0] = {}", "more[x0] = {}"
        else:
            lines += [
                f"op_add({kind})",
                f"fn_add({f})",
                f"wt_add({w})",
                f"bs_add({b})",
                f"types_add({space})",
                "forward_add(-1)",
            ]
            head, column = "first_add({})", "more_add({})"
        lines.append(head.format(arguments[0]))
        if len(arguments) > 1:
            lines.append(f"rest.append(({', '.join(arguments[1:])},))")
        lines.append(column.format("len(rest) - 1" if len(arguments) > 1 else "0"))
    return lines
