"""What stands over a frame of a film: the rule and what it says, `mult_add: mul(W) = ln ; add(W) ; exp   (3×)`."""

from __future__ import annotations

from collections.abc import Sequence

from sigmaprime.diagrams import exp, identity
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.term import Head, Term
from sigmaprime.rewrite.facts import family
from sigmaprime.rewrite.frames import Frame

from .label import Run, clean, cut, plain, runs, width
from .shapes import port_names

__all__ = ["SIZE", "caption"]

SIZE = 13.0
LONGEST = 160


def caption(frame: Frame, room: float) -> tuple[Run, ...]:
    """One line, cut where it is wider than the room there is."""
    if not frame.rules:
        return plain(_kind(frame), LONGEST)
    name, said, times = _parts(frame)
    count = plain(f"   ({times:,}×)") if times > 1 else ()
    head = plain((f"{name}:   " if said else name).replace("'", "′"), LONGEST)
    tail = runs(said, longest=LONGEST)
    longest = LONGEST
    while longest > 8 and width((*head, *tail, *count), SIZE) > room:
        longest -= 4
        tail = runs(said, longest=longest)
    return (*head, *tail, *count)


def _kind(frame: Frame) -> str:
    """What the net is at the start."""
    c = frame.diagram.columns
    layers = zip(c.op, c.fn, c.wt, strict=True)
    charts = {f for op, f, w in layers if op == Kind.MIX and Term.all[w].head is not Head.ROW}  # sums are no layers
    if charts == {exp.id}:
        return "multiplicative net" if len(frame.diagram) > 1 else "multiplicative layer"
    if charts == {identity.id}:
        return "additive net" if len(frame.diagram) > 1 else "additive layer"
    return "net of additive and multiplicative layers" if charts == {exp.id, identity.id} else "left side"


def _parts(frame: Frame) -> tuple[str, str, int]:
    """The name, what it says, and the number of steps."""
    families: dict[str, int] = {}
    formulas: dict[str, None] = {}
    for name, formula, count in frame.rules:
        family = shown_name(name)
        families[family] = families.get(family, 0) + count
        formulas[formula] = None
    times = sum(families.values())
    if len(families) > 1:
        each = ",  ".join(f"{name} {count:,}×" for name, count in families.items())
        return f"{times:,} steps", each, 1
    (name,) = families
    said = [f for f in formulas if f]
    match name:
        case "attach":
            return "attach to the dangling ends of both sides", said[0], 1
        case "absorb":
            return f"absorb {said[0].replace(', ', ' and ')} into the ends", ",  ".join(_ends(frame)), 1
        case "share":
            return name, "equal boxes on equal wires are one", times
        case _:
            return name, ",  ".join(_few(said)), times


def _few(formulas: Sequence[str]) -> list[str]:
    return [cut(clean(f), 90) for f in formulas[:3]] + ["…"] * (len(formulas) > 3)


def shown_name(name: str) -> str:
    """The family of a rule, in words; the formula beside it says in which direction.

    >>> shown_name("~unfold σ'"), shown_name("cancel(f=exp)")
    ("define σ'", 'cancel')
    """
    if name.startswith("~unfold "):
        return f"define {name[8:]}"
    return clean(name.removeprefix("~") if name.startswith(("unfold ", "~unfold ")) else family(name.removeprefix("~")))


def _ends(frame: Frame) -> list[str]:
    """The ports that are read in another coordinate now: `x → ln x`."""
    d = frame.diagram
    ends = zip((name for names in port_names(d) for name in names), (*d.in_ports, *d.out_ports), strict=True)
    return [f"{name} → {port.coordinate} {name}" for name, port in ends if port.coordinate][:6]
