"""Terms and diagrams as plain lists for JSON: one spelling for nets, proofs and digests."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .box import Kind
from .diagram import Diagram
from .space import Interval
from .term import Head, Term

__all__ = ["written_diagram", "written_term"]


def written_term(term: Term, name: Callable[[Term], Any]) -> list[Any]:
    """A term as a list for JSON; `name` writes the terms in it."""
    head, *args = term.key
    word = head.name.lower()
    match head:
        case Head.SIZE:
            return [word, args[0], [list(f) for f in args[1:]]]
        case Head.ATOM:
            return [word, args[0], [name(s) for s in args[1:]]]
        case Head.DEFINED:
            count = args[2]
            parameters, arguments = args[3 : 3 + count], args[4 + count :]
            return [
                word,
                args[0],
                _plain(args[1]),
                list(map(name, parameters)),
                name(args[3 + count]),
                list(map(name, arguments)),
            ]
        case Head.ROW | Head.SUM:
            return [word, [name(t) for t in args]]
        case Head.MEMBER:
            return [word, args[3].value, args[0], name(args[1]), name(args[2])]
        case Head.CONVOLUTION:
            return [word, name(args[0]), *map(list, args[1:-1]), args[-1]]
        case _:
            return [word, *(name(a) if isinstance(a, Term) else _plain(a) for a in args)]


def _plain(value: Any) -> Any:
    """Plain data in a term, as JSON has it."""
    if isinstance(value, Interval):
        return value.text
    return str(value) if isinstance(value, Fraction) else value


def written_diagram(diagram: Diagram, name: Callable[[Term], Any]) -> dict[str, Any]:
    """A diagram for JSON."""
    c, terms = diagram.columns, Term.all
    nodes: list[list[Any]] = []
    for w in range(len(diagram.inputs), len(c.op)):
        match c.op[w]:
            case Kind.MAP:
                nodes.append(["map", name(terms[c.fn[w]]), c.first[w]])
            case Kind.MIX:
                nodes.append(["mix", name(terms[c.fn[w]]), name(terms[c.wt[w]]), name(terms[c.bs[w]]), c.first[w]])
            case Kind.CONCAT:
                nodes.append(["concat", list(c.arguments(w))])
            case Kind.POOL:
                nodes.append(["pool", name(terms[c.fn[w]]), name(terms[c.wt[w]]), c.first[w]])
            case Kind.SIGNED:
                nodes.append(["signed", name(terms[c.wt[w]]), c.first[w]])
            case _:
                nodes.append(["slice", name(terms[c.wt[w]]), name(terms[c.bs[w]]), c.first[w]])
    inputs = [[name(s.size), s.interval.text] for s in diagram.inputs]
    return {"inputs": inputs, "nodes": nodes, "outputs": list(diagram.outputs)}
