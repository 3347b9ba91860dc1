"""Digests of terms and statements: sha256 of canonical JSON in which a term is named by its own digest, so no numbering matters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from sigmaprime.diagrams import Diagram, Interval
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.term import Head, Term, subterms

from .facts import Equal

__all__ = ["digest_of_statement", "digest_of_term", "entry", "written"]

_digests: dict[Term, str] = {}
_NAMES = {Head.CONSTANT_VECTOR: "constant_vector", Head.ZERO_VECTOR: "zero_vector"}


def entry(term: Term, name: Callable[[Term], Any]) -> list[Any]:
    """A term as a list for JSON; `name` writes the terms in it."""
    head, *args = term.key
    word = _NAMES.get(head, head.name.lower())
    match head:
        case Head.SIZE:
            return [word, args[0], [list(f) for f in args[1:]]]
        case Head.ATOM:
            return [word, args[0], [name(s) for s in args[1:]]]
        case Head.DEFINED:
            count = args[2]
            parameters, arguments = args[3 : 3 + count], args[4 + count :]
            return [word, args[0], str_of(args[1]), list(map(name, parameters)), name(args[3 + count]), list(map(name, arguments))]
        case Head.ROW | Head.SUM:
            return [word, [name(t) for t in args]]
        case _:
            return [word, *(name(a) if isinstance(a, Term) else str_of(a) for a in args)]


def str_of(value: Any) -> Any:
    """Plain data in a term, as JSON has it."""
    if isinstance(value, Interval):
        return value.text
    return str(value) if isinstance(value, Fraction) else value


def digest_of_term(term: Term) -> str:
    if term not in _digests:
        for t in subterms([term], bodies=True):
            if t not in _digests:
                text = json.dumps(entry(t, _digests.__getitem__), separators=(",", ":"), ensure_ascii=False)
                _digests[t] = hashlib.sha256(text.encode()).hexdigest()
    return _digests[term]


def written(diagram: Diagram, name: Callable[[Term], Any]) -> dict[str, Any]:
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
            case _:
                nodes.append(["slice", name(terms[c.wt[w]]), name(terms[c.bs[w]]), c.first[w]])
    inputs = [[name(s.size), s.interval.text] for s in diagram.inputs]
    return {"inputs": inputs, "nodes": nodes, "outputs": list(diagram.outputs)}


def statement(lhs: Diagram, rhs: Diagram, facts: Sequence[Equal], name: Callable[[Term], Any]) -> dict[str, Any]:
    """An equation for JSON."""
    hypotheses = [fact(h, name) for h in facts]
    return {"hypotheses": hypotheses, "left": written(lhs, name), "right": written(rhs, name)}


def fact(f: Equal, name: Callable[[Term], Any]) -> list[Any]:
    return ["equal", name(f.first), name(f.second), f.on.text]


def digest_of_statement(lhs: Diagram, rhs: Diagram, facts: Sequence[Equal]) -> str:
    """The digest of an axiom's statement."""
    text = json.dumps(statement(lhs, rhs, facts, digest_of_term), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
