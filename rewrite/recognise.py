"""Names for what a file says without them: the instances of the well-known theorems.

A proof file holds no names of theorems, only how each was made. The sides tell which one it is.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sigmaprime.diagrams import Function, SigmaError, Space
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.term import Term

from .kernel import Equation

__all__ = ["recognised"]

LARGEST = 3  # boxes of a side of a well-known theorem


def recognised(e: Equation) -> Equation:
    """The equation under its name, if it is `mult_add`, `companion`, a lemma of the strategies, or an instance of `cancel` or `fuse`; else as it is.

    >>> from sigmaprime.rewrite import companion
    >>> recognised(companion.relabelled("")).label
    'companion'
    """
    if len(e.lhs) > LARGEST or len(e.rhs) > LARGEST:
        return e
    label = _named().get(_said(e)) or _instance(e)
    return e.relabelled(label) if label else e


def _said(e: Equation) -> tuple[Any, ...]:
    return e.lhs, e.rhs, e.hypotheses, e.outputs


@cache
def _named() -> dict[tuple[Any, ...], str]:
    from .strategy import LEMMAS
    from .theorems import companion, mult_add

    return {_said(e): e.label for e in (mult_add, companion, *LEMMAS)}


def _instance(e: Equation) -> str:
    """The name of the schema's instance with these sides."""
    from .theorems import cancel, fuse

    boxes = range(len(e.lhs.inputs), len(e.lhs.columns.op))
    kinds = [e.lhs.columns.op[w] for w in boxes]
    functions: list[Function] = [Term.all[e.lhs.columns.fn[w]] for w in boxes]
    try:
        if kinds == [Kind.MAP] * 2 and not len(e.rhs):
            f, g = functions
            made = cancel(f=f, g=g, on=Space.all[e.known[0][0]].interval)
        elif kinds == [Kind.MIX] * 2 and functions[0] is functions[1] and len(e.rhs) == 1:
            made = fuse(g=functions[0])
        else:
            return ""
    except SigmaError:
        return ""
    return made.label if _said(made) == _said(e) else ""
