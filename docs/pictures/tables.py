"""Tables of the reference, made of what the package has. Each is rows of texts, the head first; code stands between backquotes."""

from __future__ import annotations

from typing import Literal

from sigmaprime import diagrams, rewrite
from sigmaprime.diagrams import Function, IllTyped, fn, inverse, maximum, positive, power, scale, shift, wire

__all__ = ["book", "catalogue", "rules", "schemas", "with_number"]

Row = tuple[str, ...]


def catalogue() -> list[Row]:
    """The functions without a number."""
    words = {name: f for name in diagrams.__all__ if isinstance(f := getattr(diagrams, name), Function)}
    rows = [(f"`{name}`", *_intervals(f), _inverse(f)) for name, f in words.items()]
    return [("function", "domain", "image", "image of (0, ∞)", "inverse"), *rows]


def with_number() -> list[Row]:
    """The functions with a number, each at an example."""
    examples = [
        ('power("5/2")', power("5/2")),
        ("scale(2)", scale(2)),
        ("shift(1)", shift(1)),
        ("maximum(2)", maximum(2)),
    ]
    rows = [(f"`{code}`", f"`{f}`", *_intervals(f)) for code, f in examples]
    return [("for example", "written", "domain", "image", "image of (0, ∞)"), *rows]


def rules() -> list[Row]:
    """The equations that are there by name."""
    found = {name: e for name in rewrite.__all__ if isinstance(e := getattr(rewrite, name), rewrite.Equation)}
    return [("name", "equation"), *((f"`{name}`", str(e)) for name, e in found.items())]


def schemas() -> list[Row]:
    """The schemas that are there by name."""
    found = {name: s for name in rewrite.__all__ if isinstance(s := getattr(rewrite, name), rewrite.Schema)}
    return [("name", "equations"), *((f"`{name}`", str(s.__doc__)) for name, s in found.items())]


def book(kind: Literal["definition", "axiom", "theorem"]) -> list[Row]:
    """The rule book in short: what each entry says, and what it keeps."""
    rows = [
        (
            f"[`{e.name}`](#rule-{e.name.replace('_', '-')})",
            f"`{_line(e.equation)}`",
            "parameters" if e.parameter_preserving else "function",
            e.equation.grade.name,
        )
        for e in rewrite.rule_book(kind)
    ]
    return [("rule", "statement", "keeps", "grade"), *rows]


def _line(e: rewrite.Equation) -> str:
    """The statement in one line."""
    return str(e).removeprefix("⊢ ").replace("\n=\n", " = ").replace("\n", "; ")


def _intervals(f: Function) -> Row:
    """Domain, image, and image of the positive numbers."""
    whole = fn(f)
    try:
        reached = str((wire(1, positive) >> f).output_spaces[0].interval)
    except IllTyped:
        reached = "not defined"
    return str(whole.inputs[0].interval), str(whole.output_spaces[0].interval), reached


def _inverse(f: Function) -> str:
    try:
        return f"`{inverse(f)}`"
    except IllTyped:
        return "-"
