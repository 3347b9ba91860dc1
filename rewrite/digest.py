"""Digests of terms and statements: sha256 of canonical JSON in which a term is named by its own digest, so no numbering matters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from sigmaprime.diagrams import Diagram
from sigmaprime.diagrams.term import Term, subterms
from sigmaprime.diagrams.written import written_diagram, written_term

from .facts import Equal

__all__ = ["digest_of_statement", "digest_of_term", "fact", "statement"]

_digests: dict[Term, str] = {}


def digest_of_term(term: Term) -> str:
    if term not in _digests:
        for t in subterms([term], bodies=True):
            if t not in _digests:
                text = json.dumps(written_term(t, _digests.__getitem__), separators=(",", ":"), ensure_ascii=False)
                _digests[t] = hashlib.sha256(text.encode()).hexdigest()
    return _digests[term]


def statement(lhs: Diagram, rhs: Diagram, facts: Sequence[Equal], name: Callable[[Term], Any]) -> dict[str, Any]:
    """An equation for JSON."""
    hypotheses = [fact(h, name) for h in facts]
    return {"hypotheses": hypotheses, "left": written_diagram(lhs, name), "right": written_diagram(rhs, name)}


def fact(f: Equal, name: Callable[[Term], Any]) -> list[Any]:
    return ["equal", name(f.first), name(f.second), f.on.text]


def digest_of_statement(lhs: Diagram, rhs: Diagram, facts: Sequence[Equal]) -> str:
    """The digest of an axiom's statement."""
    text = json.dumps(
        statement(lhs, rhs, facts, digest_of_term), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()
