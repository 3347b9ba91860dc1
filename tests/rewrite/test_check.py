"""The second reader: what it accepts, and what it refuses, with its reasons."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sigmaprime.rewrite import check as reader

R, P, N = "(-oo, oo)", "(0, oo)", "[0, oo)"
Json = Any


class Draft:
    """A proof file under construction, written from the format's text alone."""

    def __init__(self) -> None:
        self.terms: list[Json] = []
        self.axioms: list[Json] = []
        self.equations: list[Json] = []
        self.claim: Json = None

    def term(self, *entry: Json) -> int:
        if list(entry) not in self.terms:
            self.terms.append(list(entry))
        return self.terms.index(list(entry))

    def size(self, constant: int = 0, *names: str | int) -> int:
        order = sorted(set(names), key=lambda n: (isinstance(n, str), n))
        return self.term("size", constant, [[n, names.count(n)] for n in order])

    def q(self, value: str) -> int:
        return self.term("rational", value)

    def atom(self, name: str, *scalars: str) -> int:
        return self.term("atom", name, [self.q(c) for c in scalars])

    def weight(self, name: str, m: int, n: int) -> int:
        return self.term("weight", name, m, n)

    def zeros(self, n: int) -> int:
        return self.term("zero_vector", n)

    def chain(self, *functions: int) -> int:
        first, *rest = functions
        for f in rest:
            first = self.term("then", first, f)
        return first

    def digest(self, i: int) -> str:
        fields = {
            "atom": ("S",), "inverse": "f", "then": "ff", "defined": ("", "", "S", "f", "S"), "weight": ("", "f", "f"),
            "constant": ("", "f", "f"), "eye": "f", "zero": "ff", "times": "ff", "row": "S", "vector": ("", "f"),
            "constant_vector": ("", "f"), "zero_vector": "f", "apply": "ff", "sum": "S",
        }  # fmt: skip
        entry = list(self.terms[i])
        kinds = ("", "S") if entry[0] == "atom" else fields.get(entry[0], ())
        for at, kind in enumerate(kinds, 1):
            if kind == "f":
                entry[at] = self.digest(entry[at])
            elif kind == "S":
                entry[at] = [self.digest(k) for k in entry[at]]
        return sha(json.dumps(entry, separators=(",", ":"), ensure_ascii=False))

    def statement_digest(self, statement: Json) -> str:
        def plain(d: Json) -> Json:
            count = {"map": 1, "mix": 3, "concat": 0, "slice": 2}
            return {
                "inputs": [[self.digest(s), j] for s, j in d["inputs"]],
                "nodes": [
                    [n[0], *map(self.digest, n[1 : 1 + count[n[0]]]), *n[1 + count[n[0]] :]] for n in d["nodes"]
                ],
                "outputs": d["outputs"],
            }

        hypotheses = [[h[0], self.digest(h[1]), self.digest(h[2]), h[3]] for h in statement["hypotheses"]]
        body = {"hypotheses": hypotheses, "left": plain(statement["left"]), "right": plain(statement["right"])}
        return sha(json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False))

    def axiom(self, name: str, arguments: Json, left: Json, right: Json, *hypotheses: Json, grade: str = "") -> int:
        """An axiom entry; the index of the equation that states it."""
        statement = {"hypotheses": list(hypotheses), "left": left, "right": right}
        user = name.startswith("user:")
        self.axioms.append(
            {
                "name": name,
                "arguments": arguments,
                "statement": statement,
                "sha256": self.statement_digest(statement),
                "grade": grade or ("ASSUMED" if user else "PROVED"),
                "by": "sympy" if user else "kernel",
            }
        )
        return self.make("axiom", axiom=len(self.axioms) - 1)

    def make(self, maker: str, **fields: Json) -> int:
        fields = {name.rstrip("_"): value for name, value in fields.items()}
        self.equations.append({"make": maker, **fields})
        return len(self.equations) - 1

    def rewrite(self, of: int, rules: Json, journal: Json, given: Json = ()) -> int:
        return self.make("rewrite", of=of, rules=rules, journal=journal, given=list(given))

    def claims(self, left: Json, right: Json, *outputs: str, hypotheses: Json = ()) -> Draft:
        self.claim = {"hypotheses": list(hypotheses), "left": left, "right": right, "outputs": list(outputs)}
        return self

    def plain(self) -> Json:
        return {
            "format": "sigmaprime-proof",
            "version": 1,
            "terms": self.terms,
            "axioms": self.axioms,
            "equations": self.equations,
            "claim": self.claim,
        }

    def data(self) -> bytes:
        text = json.dumps(self.plain(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return (text + "\n").encode()

    def check(self) -> reader.Verdict:
        return reader.check(self.data())

    def refused(self) -> str:
        with pytest.raises(reader.Refused) as no:
            self.check()
        return str(no.value)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def net(inputs: Json, *boxes: Json, outputs: Json = None) -> Json:
    """A diagram; a box without arguments stands on the wire before it."""
    arity = {"map": 2, "mix": 4, "slice": 3, "concat": 2}
    nodes, n = [], len(inputs)
    for box in boxes:
        nodes.append(list(box) if len(box) > arity[box[0]] or box[0] == "concat" else [*box, n + len(nodes) - 1])
    return {"inputs": inputs, "nodes": nodes, "outputs": [n + len(nodes) - 1] if outputs is None else outputs}


def twin(draft: Draft, layers: int) -> Draft:
    """mul(W1) ; tanh ; mul(W2) ; ... by the chart of exp and the fold of exp ; tanh ; ln, layer by layer."""
    d = draft
    three, n, m = d.size(3), d.size(0, "n"), d.size(0, "m")
    exp, ln, tanh, one = d.atom("exp"), d.atom("ln"), d.atom("tanh"), d.atom("identity")
    sigma = d.term("function", "σ", P, P)
    body = d.chain(exp, sigma, ln)
    folded = d.term("defined", "σ'", R, [sigma], body, [tanh])
    zero = d.zeros(three)
    w, b = d.weight("W", m, n), d.term("vector", "b", m)
    start = len(d.terms)
    d.terms += [["weight", f"W{i}", three, three] for i in range(layers)]
    x = [[n, P]]
    chart = d.axiom("chart", {"g": exp}, net(x, ("mix", exp, w, b)), net(x, ("map", ln), ("mix", one, w, b), ("map", exp)))
    unfold = d.make("unfold", of=folded)
    x = [[three, P]]
    boxes = [box for i in range(layers) for box in (("mix", exp, start + i, zero), ("map", tanh))]
    left = net(x, *boxes)
    e = d.make("refl", of=left)
    # Wires: input 0, the layers' nodes 1 .. 2N; the chart makes two new nodes each, 2N+1, ...
    journal = [[0, 2 * i + 1] for i in range(layers)]
    nodes: list[Json] = [("map", ln), ("mix", one, start, zero)]
    for i in range(1, layers):
        journal.append([1, 2 * layers + 2 * i + 1])
        nodes += [("map", folded), ("mix", one, start + i, zero)]
    nodes += [("map", exp), ("map", tanh)]
    d.rewrite(e, [[chart, False], [unfold, True]], journal)
    return d.claims(left, net(x, *nodes), "(0, 1)")
