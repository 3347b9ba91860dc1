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
            "ones": "ff", "ones_vector": "f", "scale": "ff", "diagonal": "f", "convolution": "f", "inverted": "f",
            "member": ("", "", "f", "f"),
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
            count = {"map": 1, "mix": 3, "concat": 0, "slice": 2, "pool": 2}
            return {
                "inputs": [[self.digest(s), j] for s, j in d["inputs"]],
                "nodes": [[n[0], *map(self.digest, n[1 : 1 + count[n[0]]]), *n[1 + count[n[0]] :]] for n in d["nodes"]],
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
        """The file: every distinct box and diagram stands in a table, journals are flat."""
        boxes: list[Json] = []
        diagrams: list[Json] = []

        def index(table: list[Json], entry: Json) -> int:
            found = next((i for i, e in enumerate(table) if e == entry and repr(e) == repr(entry)), len(table))
            if found == len(table):
                table.append(entry)
            return found

        def cited(d: Json) -> int:
            made = [index(boxes, list(node[:-1])) for node in d["nodes"]]
            reads = [node[-1] for node in d["nodes"]]
            return index(diagrams, {"inputs": d["inputs"], "boxes": made, "reads": reads, "outputs": d["outputs"]})

        def sides(statement: Json) -> Json:
            return {**statement, "left": cited(statement["left"]), "right": cited(statement["right"])}

        axioms = [{**a, "statement": sides(a["statement"])} for a in self.axioms]
        equations = [{**e, "of": cited(e["of"])} if e["make"] == "refl" else dict(e) for e in self.equations]
        for e in equations:
            if "journal" in e:
                e["journal"] = [number for entry in e["journal"] for number in entry]
        return {
            "format": "sigmaprime-proof",
            "version": 1,
            "terms": self.terms,
            "boxes": boxes,
            "diagrams": diagrams,
            "axioms": axioms,
            "equations": equations,
            "claim": sides(self.claim),
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
    arity = {"map": 2, "mix": 4, "slice": 3, "concat": 2, "pool": 3}
    nodes: list[Json] = []
    n = len(inputs)
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
    chart = d.axiom(
        "chart", {"g": exp}, net(x, ("mix", exp, w, b)), net(x, ("map", ln), ("mix", one, w, b), ("map", exp))
    )
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


# --- what is accepted ----------------------------------------------------------------------------------------------------


def test_two_layers_are_twins() -> None:
    verdict = twin(Draft(), 2).check()
    assert verdict.claim.splitlines() == [
        "mul(W0) ; tanh ; mul(W1) ; tanh = ln ; add(W0) ; tanh' ; add(W1) ; exp ; tanh",
        "on 3 in (0, oo); gives values in (0, 1)",
        "  W0 : 3×3",
        "  W1 : 3×3",
        "  tanh' is (exp ; tanh ; ln) on (-oo, oo)",
    ]
    assert (verdict.hypotheses, verdict.grade, verdict.steps) == ((), "PROVED", 5)
    assert verdict.rests_on == ("axiom chart (g = exp): PROVED by kernel",)
    assert str(verdict).endswith("rests on\n  axiom chart (g = exp): PROVED by kernel")


def small(*boxes: Json, on: str = R, d: Draft, n: int | None = None) -> Json:
    return net([[d.size(0, "n") if n is None else n, on]], *boxes)


def axiom_cases() -> list[tuple[str, Draft]]:
    cases: list[tuple[str, Draft]] = []

    def case(name: str, arguments: Json, left: Json, right: Json, out: str, *facts: Json) -> None:
        d.axiom(name, arguments, left, right, *facts)
        cases.append((name, d.claims(left, right, out, hypotheses=facts)))

    d = Draft()
    f, g = d.atom("exp"), d.atom("tanh")
    x = [[d.size(0, "n"), R]]
    case("compose", {"f": f, "g": g, "on": R}, net(x, ("map", f), ("map", g)), net(x, ("map", d.chain(f, g))), "(0, 1)")
    d = Draft()
    f, g, x = d.atom("exp"), d.atom("ln"), [[d.size(0, "n"), R]]
    f, g = d.chain(f, g), d.atom("identity")
    case("map_equal", {"f": f, "g": g, "on": R}, net(x, ("map", f)), net(x, ("map", g)), R)
    d = Draft()
    f, g, x = d.atom("exp"), d.term("function", "σ", R, P), [[d.size(0, "n"), R]]
    case("map_equal", {"f": f, "g": g, "on": R}, net(x, ("map", f)), net(x, ("map", g)), P, ["equal", f, g, R])
    d = Draft()
    f, x = d.atom("identity"), [[d.size(0, "n"), N]]
    case("identity", {"on": N}, net(x, ("map", f)), net(x), N)
    d = Draft()
    one, k, m, n = d.atom("identity"), d.size(0, "k"), d.size(0, "m"), d.size(0, "n")
    w1, b1, w2, b2 = d.weight("W1", n, k), d.term("vector", "b1", n), d.weight("W2", m, n), d.term("vector", "b2", m)
    left = net([[k, R]], ("mix", one, w1, b1), ("mix", one, w2, b2))
    w, b = d.term("times", w2, w1), d.term("sum", [d.term("apply", w2, b1), b2])
    case("fuse_add", {}, left, net([[k, R]], ("mix", one, w, b)), R)
    d = Draft()
    n, one = d.size(0, "n"), d.atom("identity")
    case("unit_add", {}, net([[n, R]], ("mix", one, d.term("eye", n), d.zeros(n))), net([[n, R]]), R)
    d = Draft()
    f, x = d.atom("exp"), [[d.size(0, "n1"), "(-oo, 0)"], [d.size(0, "n2"), N]]
    right = net(x, ("map", f, 0), ("map", f, 1), ("concat", [2, 3]))
    left = net(x, ("concat", [0, 1]), ("map", f))
    case("map_concat", {"f": f, "on": ["(-oo, 0)", N]}, left, right, P)
    d = Draft()
    p, q, f, x = d.size(0, "p"), d.size(0, "q"), d.atom("exp"), [[d.size(0, "p", "q", "r"), R]]
    left, right = net(x, ("slice", p, q), ("map", f)), net(x, ("map", f), ("slice", p, q))
    case("map_slice", {"f": f, "on": R}, left, right, P)
    d = Draft()
    n1, n2, n3 = d.size(0, "n1"), d.size(0, "n2"), d.size(0, "n3")
    x = [[n1, R], [n2, P], [n3, N]]
    left = net(x, ("concat", [0, 1, 2]), ("slice", d.size(0, "n1", "n2"), n3))
    case("slice_concat", {"part": 2, "on": [R, P, N]}, left, net(x, outputs=[2]), N)
    d = Draft()
    p, q, x = d.size(0, "p"), d.size(0, "q"), [[d.size(0, "p", "q"), P]]
    left = net(x, ("slice", d.size(), p, 0), ("slice", p, q, 0), ("concat", [1, 2]))
    case("concat_slice", {"on": P}, left, net(x), P)
    return cases


@pytest.mark.parametrize(("name", "draft"), axiom_cases())
def test_every_axiom_of_the_table_states_itself(name: str, draft: Draft) -> None:
    verdict = draft.check()
    assert verdict.grade == "PROVED"
    assert verdict.rests_on[0].startswith(f"axiom {name}")
    assert len(verdict.hypotheses) == len(draft.claim["hypotheses"])


@pytest.mark.parametrize(("name", "draft"), axiom_cases())
def test_a_forged_statement_of_a_built_in_axiom_is_refused(name: str, draft: Draft) -> None:
    statement = draft.axioms[0]["statement"]
    statement["left"], statement["right"] = statement["right"], statement["left"]
    draft.axioms[0]["sha256"] = draft.statement_digest(statement)
    assert draft.refused() == f"axiom 0: {name} here is not the built-in axiom: its statement differs"


def user_axiom(grade: str = "ASSUMED") -> Draft:
    """exp = identity on R, which is false, but the user says so."""
    d = Draft()
    left, right = small(("map", d.atom("exp")), d=d), small(("map", d.atom("identity")), d=d)
    d.axiom("user:odd", {}, left, right, grade=grade)
    return d.claims(left, right, P)


def test_a_user_axiom_is_named_in_the_verdict() -> None:
    verdict = user_axiom("CHECKED").check()
    assert verdict.grade == "CHECKED"
    assert verdict.rests_on == ("user:odd: recorded as CHECKED by sympy, not checked again here",)
    assert user_axiom().check().grade == "ASSUMED"


def test_a_user_axiom_cannot_call_itself_proved_or_carry_a_foreign_digest() -> None:
    assert "a user axiom" in user_axiom("PROVED").refused() or "is ASSUMED or CHECKED" in user_axiom("PROVED").refused()
    d = user_axiom()
    d.axioms[0]["sha256"] = "0" * 64
    assert d.refused() == "axiom 0: the sha256 of user:odd is not that of its statement"
    d = user_axiom()
    d.axioms[0]["name"] = "odd"
    assert d.refused() == 'axiom 0: "odd" is no built-in axiom, and does not begin with "user:"'


def test_a_user_axiom_has_no_variable_that_its_left_side_lacks() -> None:
    d = Draft()
    n = d.size(0, "n")
    left = net([[n, R]], ("map", d.atom("identity")))
    right = net([[n, R]], ("map", d.term("function", "σ", R, R)))
    d.axiom("user:all", {}, left, right)
    d.claims(left, right, R)
    assert d.refused().startswith("axiom 0: σ stands in the right side or the hypotheses of user:all")


def cancel(d: Draft, f: str, g: str, on: str) -> tuple[int, int]:
    """The equations map f ; map g = map (f ; g), and map (f ; g) = map identity."""
    a, b, one, x = d.atom(f), d.atom(g), d.atom("identity"), [[d.size(0, "n"), on]]
    both = d.chain(a, b)
    compose = d.axiom("compose", {"f": a, "g": b, "on": on}, net(x, ("map", a), ("map", b)), net(x, ("map", both)))
    equal = d.axiom("map_equal", {"f": both, "g": one, "on": on}, net(x, ("map", both)), net(x, ("map", one)))
    return compose, equal


def test_refl_sym_trans_seq_par() -> None:
    d = Draft()
    compose, equal = cancel(d, "exp", "ln", R)
    e = d.make("trans", of=[compose, equal])
    d.make("sym", of=e)
    exp, ln, one, x = d.atom("exp"), d.atom("ln"), d.atom("identity"), [[d.size(0, "n"), R]]
    d.make("seq", of=[e, e])
    left = net(x, *[("map", exp), ("map", ln)] * 2)
    d.claims(left, net(x, ("map", one), ("map", one)), R)
    assert d.check().steps == 2
    d.make("par", of=[e, 3])
    left = net(x * 2, ("map", exp, 0), ("map", ln), ("map", one, 1), outputs=[3, 4])
    right = net(x * 2, ("map", one, 0), ("map", exp, 1), ("map", ln), outputs=[2, 4])
    assert d.claims(left, right, R, R).check().claim.startswith("left\n  2 = exp of 0\n  3 = ln of 2\n")


def test_trans_asks_for_the_same_middle_on_a_domain_that_contains_the_first() -> None:
    d = Draft()
    x, y, f, g = [[d.size(0, "n"), P]], [[d.size(0, "n"), R]], d.atom("maximum", "0"), d.atom("identity")
    wide = d.make("refl", of=net(y, ("map", f)))
    narrow = d.axiom("map_equal", {"f": f, "g": g, "on": P}, net(x, ("map", f)), net(x, ("map", g)))
    d.make("trans", of=[wide, narrow])
    d.claims(net(y, ("map", f)), net(y, ("map", g)), P)
    assert d.refused() == "equation 2: the second equation takes (0, oo); the first gives (-oo, oo)"
    d.equations[-1] = {"make": "trans", "of": [narrow, narrow]}
    assert d.refused() == "equation 2: the right side of the first equation is not the left side of the second"


def test_seq_asks_that_the_outputs_lie_in_the_inputs() -> None:
    d = Draft()
    n = d.size(0, "n")
    a = d.make("refl", of=net([[n, R]], ("map", d.atom("tanh"))))
    b = d.make("refl", of=net([[n, P]], ("map", d.atom("ln"))))
    d.make("seq", of=[a, b])
    d.claims(net([[n, R]]), net([[n, R]]), R)
    assert d.refused() == "equation 2: the second equation takes (0, oo); the first gives (-1, 1)"


def test_instantiate_replaces_at_once_and_drops_decided_hypotheses() -> None:
    d = Draft()
    n, m, one = d.size(0, "n"), d.size(0, "m"), d.atom("identity")
    v, w, b = d.weight("V", n, n), d.weight("W", n, n), d.zeros(n)
    d.make("refl", of=net([[n, R]], ("mix", one, v, b), ("mix", one, w, b)))
    four = d.size(0, "m")
    vm, wm, bm = d.weight("V", m, m), d.weight("W", m, m), d.zeros(m)
    d.make("instantiate", of=0, with_=[[n, four], [v, wm], [w, vm]])
    side = net([[m, R]], ("mix", one, wm, bm), ("mix", one, vm, bm))
    d.claims(side, side, R)
    assert "mul" not in d.check().claim

    d = Draft()
    exp, sigma, x = d.atom("exp"), d.term("function", "σ", R, P), [[d.size(0, "n"), R]]
    left, right = net(x, ("map", exp)), net(x, ("map", sigma))
    d.axiom("map_equal", {"f": exp, "g": sigma, "on": R}, left, right, ["equal", exp, sigma, R])
    d.make("instantiate", of=0, with_=[[sigma, exp]])
    d.claims(left, left, P)
    assert d.check().hypotheses == ()


def test_instantiate_asks_that_a_function_keeps_the_signature() -> None:
    d = Draft()
    x, sigma = [[d.size(0, "n"), P]], d.term("function", "σ", P, P)
    d.make("refl", of=net(x, ("map", sigma)))
    d.make("instantiate", of=0, with_=[[sigma, d.atom("ln")]])
    d.claims(net(x), net(x), P)
    assert d.refused() == "equation 1: σ maps (0, oo) into (0, oo); of ln this is not known"


@pytest.mark.parametrize(("value", "good"), [("1", True), ("3", False), ("-1", False), ("0", True), ("2", False)])
def test_a_scalar_stays_in_its_interval(value: str, good: bool) -> None:
    d = Draft()
    c, x = d.term("scalar", "c", "[0, 2)"), [[d.size(0, "n"), R]]
    f = d.term("atom", "shift", [c])
    d.make("refl", of=net(x, ("map", f)))
    d.make("instantiate", of=0, with_=[[c, d.q(value)]])
    side = net(x, ("map", d.atom("shift", value)))
    d.claims(side, side, R)
    if good:
        assert d.check().claim
    else:
        assert d.refused() == f"equation 1: c lies in [0, 2), {value} need not"


def test_a_weight_keeps_its_sizes() -> None:
    d = Draft()
    n, m, one = d.size(0, "n"), d.size(0, "m"), d.atom("identity")
    w, b = d.weight("W", m, n), d.zeros(m)
    d.make("refl", of=net([[n, R]], ("mix", one, w, b)))
    d.make("instantiate", of=0, with_=[[w, d.weight("V", n, n)]])
    d.claims(net([[n, R]]), net([[n, R]]), R)
    assert d.refused() == "equation 1: W has size m×n, V has another"


# --- rewriting -----------------------------------------------------------------------------------------------------------


def test_a_bare_right_side_moves_the_readers() -> None:
    d = Draft()
    compose, equal = cancel(d, "exp", "ln", R)
    one = d.atom("identity")
    x = [[d.size(0, "n"), R]]
    drop = d.axiom("identity", {"on": R}, net(x, ("map", one)), net(x))
    exp, ln, tanh = d.atom("exp"), d.atom("ln"), d.atom("tanh")
    left = net(x, ("map", exp), ("map", ln), ("map", tanh))
    start = d.make("refl", of=left)
    d.rewrite(start, [[compose, False], [equal, False], [drop, False]], [[0, 2], [1, 2], [2, 2]])
    assert d.claims(left, net(x, ("map", tanh)), "(-1, 1)").check().steps == 6


def bare() -> tuple[Draft, int, Json, int]:
    """The equation wire = exp ; ln on R."""
    d = Draft()
    compose, equal = cancel(d, "exp", "ln", R)
    one, x = d.atom("identity"), [[d.size(0, "n"), R]]
    drop = d.axiom("identity", {"on": R}, net(x, ("map", one)), net(x))
    e = d.make("trans", of=[d.make("trans", of=[compose, equal]), drop])
    return d, e, x, d.atom("tanh")


def test_a_bare_left_side_is_put_behind_the_wire_and_makes_no_cycle() -> None:
    d, e, x, tanh = bare()
    exp, ln = d.atom("exp"), d.atom("ln")
    left = net(x, ("map", tanh), ("map", tanh))
    start = d.make("refl", of=left)
    # Behind the input, behind the first node, and behind the wire that the first of these steps made (id 4).
    d.rewrite(start, [[e, True]], [[0, 0], [0, 1], [0, 4]])
    boxes = [("map", f) for f in (exp, ln, exp, ln, tanh, exp, ln, tanh)]
    assert d.claims(left, net(x, *boxes), "(-1, 1)").check().steps == 6
    d.equations[-1]["journal"] = [[0, 0], [0, 1], [0, 6]]
    boxes = [("map", f) for f in (exp, ln, tanh, exp, ln, exp, ln, tanh)]
    assert d.claims(left, net(x, *boxes), "(-1, 1)").check().claim


def test_a_bare_left_side_keeps_other_readers_and_outputs_behind_the_new_wire() -> None:
    d, e, x, tanh = bare()
    exp, ln = d.atom("exp"), d.atom("ln")
    left = net(x, ("map", tanh, 0), outputs=[0, 1])
    start = d.make("refl", of=left)
    d.rewrite(start, [[e, True]], [[0, 0]])
    right = net(x, ("map", exp, 0), ("map", ln, 1), ("map", tanh, 2), outputs=[2, 3])
    assert d.claims(left, right, R, "(-1, 1)").check().claim


def test_share_joins_equal_nodes_on_equal_wires() -> None:
    d = Draft()
    x, f, g = [[d.size(0, "n"), R]], d.atom("exp"), d.atom("tanh")
    left = net(x, ("map", f, 0), ("map", g, 1), ("map", f, 0), ("map", g, 3), outputs=[2, 4])
    start = d.make("refl", of=left)
    d.rewrite(start, ["share"], [[0, 3, 1], [0, 4, 2]])
    right = net(x, ("map", f, 0), ("map", g, 1), outputs=[2, 2])
    assert d.claims(left, right, "(0, 1)", "(0, 1)").check().claim
    for journal, reason in [
        ([[0, 4, 2]], "wires 4 and 2 are not two equal nodes on equal wires"),
        ([[0, 1, 1]], "wires 1 and 1 are not two equal nodes on equal wires"),
        ([[0, 0, 0]], "wires 0 and 0 are not two equal nodes on equal wires"),
        ([[0, 3, 1], [0, 1, 3]], "wire 3 is forwarded to another"),
        ([[0, 1]], "there is no wire -1"),
        ([[1, 1]], "there is no rule 1"),
        ([[0, 9, 1]], "there is no wire 9"),
        ([[0, 3, 1], [0]], "there is no wire -1"),
    ]:
        d.equations[-1]["journal"] = journal
        assert d.refused() == f"equation 1: journal entry {len(journal) - 1}: {reason}"


def test_fused_biased_layers_take_their_own_weights() -> None:
    d = Draft()
    k, n, m, one = d.size(0, "k"), d.size(0, "n"), d.size(0, "m"), d.atom("identity")
    w1, b1, w2, b2 = d.weight("W1", n, k), d.term("vector", "b1", n), d.weight("W2", m, n), d.term("vector", "b2", m)
    fused = ("mix", one, d.term("times", w2, w1), d.term("sum", [d.term("apply", w2, b1), b2]))
    fuse = d.axiom("fuse_add", {}, net([[k, R]], ("mix", one, w1, b1), ("mix", one, w2, b2)), net([[k, R]], fused))
    three, two = d.size(3), d.size(2)
    a, b = d.weight("A", two, three), d.weight("B", three, two)
    va, vb = d.term("vector", "a", two), d.term("vector", "b", three)
    x = [[three, R]]
    left = net(x, *[("mix", one, a, va), ("mix", one, b, vb)] * 2)
    start = d.make("refl", of=left)
    d.rewrite(start, [[fuse, False]], [[0, 2], [0, 3], [0, 4]])
    aba = d.term("times", a, d.term("times", b, a))
    inner = d.term("sum", [d.term("apply", b, va), vb])
    w = d.term("times", b, aba)
    v = d.term("sum", [d.term("apply", b, d.term("sum", [d.term("apply", a, inner), va])), vb])
    right = net(x, ("mix", one, w, v))
    verdict = d.claims(left, right, R).check()
    assert "add(B·A·B·A, B·(A·(B·a + b) + a) + b)" in verdict.claim


def test_a_reversed_rule_binds_by_removal_or_asks_for_values() -> None:
    d = Draft()
    exp, ln, x = d.atom("exp"), d.atom("ln"), [[d.size(0, "n"), R]]
    sigma = d.term("function", "σ", P, P)
    both = d.chain(d.chain(exp, sigma), ln)
    one_step = d.axiom(
        "compose", {"f": d.chain(exp, sigma), "g": ln, "on": R},
        net(x, ("map", d.chain(exp, sigma)), ("map", ln)), net(x, ("map", both)),
    )  # fmt: skip
    tanh = d.atom("tanh")
    left = net(x, ("map", d.chain(d.chain(exp, tanh), ln)))
    start = d.make("refl", of=left)
    d.rewrite(start, [[one_step, True]], [[0, 1]])
    d.claims(left, net(x, ("map", d.chain(exp, tanh)), ("map", ln)), "(-oo, 0)")
    assert d.check().claim


def test_given_hypotheses_enter_the_claim() -> None:
    d = Draft()
    sigma, relu = d.term("function", "σ", R, R), d.atom("maximum", "0")
    x, pair = [[d.size(0, "n"), R]], d.chain(sigma, relu)
    fact = ["equal", pair, sigma, R]
    lemma = d.axiom("map_equal", {"f": pair, "g": sigma, "on": R}, net(x, ("map", pair)), net(x, ("map", sigma)), fact)
    left = net(x, ("map", pair))
    start = d.make("refl", of=left)
    d.rewrite(start, [[lemma, False]], [[0, 1]], given=[fact])
    d.claims(left, net(x, ("map", sigma)), N, hypotheses=[fact])
    assert d.check().hypotheses == ("(σ ; maximum(0)) = σ on (-oo, oo)",)
    d.claims(left, net(x, ("map", sigma)), N)
    assert d.refused() == "claim: its hypotheses differ from those of the last equation, which the replay gives"
    d.equations[-1]["given"] = []
    assert d.refused() == (
        "equation 2: journal entry 0: the rule needs (σ ; maximum(0)) = σ on (-oo, oo), which is neither decided nor given"
    )


# --- attacks -------------------------------------------------------------------------------------------------------------


def test_a_kept_interval_does_not_outlive_its_equation() -> None:
    """Attack A1: σ's wire lies in [0, oo) only under σ ; relu = σ; cut loose, the collapse does not apply."""
    d = Draft()
    sigma, relu, one = d.term("function", "σ", R, R), d.atom("maximum", "0"), d.atom("identity")
    x, pair = [[d.size(0, "n"), R]], d.chain(sigma, relu)
    fact = ["equal", pair, sigma, R]
    lemma = d.axiom("map_equal", {"f": pair, "g": sigma, "on": R}, net(x, ("map", pair)), net(x, ("map", sigma)), fact)
    y = [[d.size(0, "n"), N]]
    collapse = d.axiom("map_equal", {"f": relu, "g": one, "on": N}, net(y, ("map", relu)), net(y, ("map", one)))
    left = net(x, ("map", pair), ("map", relu))
    start = d.make("refl", of=left)
    d.rewrite(start, [[lemma, False], [collapse, False]], [[0, 1], [1, 2]], given=[fact])
    d.claims(left, net(x, ("map", sigma), ("map", one)), N, hypotheses=[fact])
    assert d.check().hypotheses
    loose = net(x, ("map", sigma), ("map", relu))
    d.make("refl", of=loose)
    d.rewrite(4, [[collapse, False]], [[0, 2]])
    d.claims(loose, net(x, ("map", sigma), ("map", one)), N)
    assert d.refused() == ("equation 5: journal entry 0: the rule takes [0, oo); the wire is known to lie in (-oo, oo)")


def test_a_user_axiom_narrows_wires_only_in_its_own_equations() -> None:
    """Attack A2, and F of the report: the grade follows the known column."""
    d = Draft()
    exp, one, relu = d.atom("exp"), d.atom("identity"), d.atom("maximum", "0")
    x, y = [[d.size(0, "n"), R]], [[d.size(0, "n"), N]]
    odd = d.axiom("user:odd", {}, net(x, ("map", exp)), net(x, ("map", one)))
    collapse = d.axiom("map_equal", {"f": relu, "g": one, "on": N}, net(y, ("map", relu)), net(y, ("map", one)))
    left = net(x, ("map", exp), ("map", relu))
    start = d.make("refl", of=left)
    d.rewrite(start, [[odd, False], [collapse, False]], [[0, 1], [1, 2]])
    d.claims(left, net(x, ("map", one), ("map", one)), P)
    assert d.check().grade == "ASSUMED"
    loose = net(x, ("map", one), ("map", relu))
    d.make("refl", of=loose)
    d.rewrite(4, [[collapse, False]], [[0, 2]])
    assert d.refused().endswith("the rule takes [0, oo); the wire is known to lie in (-oo, oo)")


def test_a_step_does_not_narrow_an_input() -> None:
    """Attack A4."""
    d = Draft()
    f, x = d.atom("maximum", "1"), [[d.size(0, "n"), R]]
    odd = d.axiom("user:clip", {}, net(x, ("map", f)), net(x))
    left = net(x, ("map", f))
    d.rewrite(d.make("refl", of=left), [[odd, False]], [[0, 1]])
    d.claims(left, net(x), "[1, oo)")
    assert d.refused() == "equation 2: journal entry 0: the step would narrow an input"


def test_an_inverse_has_its_branch_and_its_exact_image() -> None:
    """Attacks C1, C2: x^2 has an inverse on each half line, and none on both; the inverse takes exact images only."""
    d = Draft()
    square = d.atom("power", "2")
    d.term("inverse", square, R)
    x = [[d.size(0, "n"), R]]
    d.claims(net(x), net(x), R)
    assert d.refused() == (
        "term 2: power(2) is not known to map (-oo, oo) one to one onto an exact image, so it has no inverse there"
    )
    d = Draft()
    x = [[d.size(0, "n"), P]]
    back = d.term("inverse", d.atom("power", "2"), "[1, oo)")
    side = net(x, ("map", back))
    d.make("refl", of=side)
    d.claims(side, side, "[1, oo)")
    assert d.refused() == (
        "equation 0: node 0: inverse(power(2), [1, oo)) is defined on [1, oo), not on all of (0, oo)"
    )


def test_minus_x_is_not_x() -> None:
    """Attack C1: -x ; x^2 ; its inverse on (0, oo) is x, on (-oo, 0] it is -x; the two inverses are two terms."""
    d = Draft()
    square, minus = d.atom("power", "2"), d.atom("negate")
    below = d.term("inverse", square, "(-oo, -1]")
    x = [[d.size(0, "n"), "[1, oo)"]]
    first = d.chain(minus, square, below)
    d.axiom("map_equal", {"f": first, "g": minus, "on": "[1, oo)"}, net(x, ("map", first)), net(x, ("map", minus)))
    d.claims(net(x, ("map", first)), net(x, ("map", minus)), "(-oo, -1]")
    assert d.check().claim
    second = d.chain(minus, square, d.term("inverse", square, "[1, oo)"))
    d.axioms, d.equations = [], []
    d.axiom("map_equal", {"f": first, "g": second, "on": "[1, oo)"}, net(x, ("map", first)), net(x, ("map", second)))
    assert d.refused() == "axiom 0: map_equal here is not the built-in axiom: its statement differs"


@pytest.mark.parametrize(
    ("g", "reason"),
    [
        (["power", "2"], "mix of power(2) needs b = 0 and a weight that is known to have entries ≥ 0 and no row zero"),
        (["cosh"], "mix of cosh needs b = 0"),
        (["maximum", "0"], "maximum(0) is not known to map (-oo, oo) one to one"),
        (["ln"], "mix of ln needs b = 0"),
        (["scale", "0"], "scale(0) is not known to map (-oo, oo) one to one"),
    ],
)
def test_only_a_bijection_from_the_reals_is_a_chart(g: list[str], reason: str) -> None:
    d = Draft()
    n = d.size(0, "n")
    side = net([[n, P]], ("mix", d.atom(*g), d.weight("W", n, n), d.zeros(n)))
    d.make("refl", of=side)
    d.claims(side, side, P)
    assert d.refused().startswith(f"equation 0: node 0: {reason}")


def test_a_chart_is_no_variable() -> None:
    """Attack C3."""
    d = Draft()
    n = d.size(0, "n")
    side = net([[n, P]], ("mix", d.term("function", "g", R, P), d.weight("W", n, n), d.zeros(n)))
    d.make("refl", of=side)
    d.claims(side, side, P)
    assert "node 0: g has variables; a chart is a closed function with a known inverse" in d.refused()


def test_definitions_of_one_name_and_two_bodies_are_two() -> None:
    """Attack D1."""
    d = Draft()
    tanh, exp, ln, sigmoid = d.atom("tanh"), d.atom("exp"), d.atom("ln"), d.atom("sigmoid")
    first = d.term("defined", "s", R, [], d.chain(exp, tanh, ln), [])
    second = d.term("defined", "s", R, [], d.chain(exp, sigmoid, ln), [])
    a, b = d.make("unfold", of=first), d.make("unfold", of=second)
    d.make("trans", of=[d.make("sym", of=a), b])
    x = [[d.size(0, "n"), R]]
    d.claims(net(x, ("map", exp), ("map", tanh), ("map", ln)), net(x, ("map", exp), ("map", sigmoid), ("map", ln)), R)
    assert d.refused() == "equation 3: the right side of the first equation is not the left side of the second"


def test_parameters_of_a_definition_are_all_its_variables() -> None:
    d = Draft()
    sigma = d.term("function", "σ", P, P)
    d.term("defined", "s", R, [], d.chain(d.atom("exp"), sigma), [])
    d.claims(net([[d.size(1), R]]), net([[d.size(1), R]]), R)
    assert d.refused() == (
        "term 3: the parameters of a definition are the variables of its body, in order of first occurrence"
    )


def test_a_definition_folds_only_what_types() -> None:
    """Attack D2: exp ; negate ; ln."""
    d = Draft()
    sigma = d.term("function", "σ", P, P)
    f = d.term("defined", "s", R, [sigma], d.chain(d.atom("exp"), sigma, d.atom("ln")), [d.atom("negate")])
    d.make("unfold", of=f)
    x = [[d.size(0, "n"), R]]
    d.claims(net(x, ("map", f)), net(x, ("map", f)), R)
    assert d.refused() == "equation 0: node 0: ln is defined on (0, oo), not on all of (-oo, 0)"


def test_a_bound_function_keeps_the_declared_signature_not_the_wires() -> None:
    """Attack C5: logit is positive on (1/2, 1), but σ : P→P."""
    d = Draft()
    sigma, x = d.term("function", "σ", P, P), [[d.size(0, "n"), P]]
    rule = d.axiom("user:r", {}, net(x, ("map", sigma)), net(x, ("map", sigma), ("map", sigma)))
    logit, y = d.atom("logit"), [[d.size(0, "n"), "(1/2, 1)"]]
    left = net(y, ("map", logit))
    d.rewrite(d.make("refl", of=left), [[rule, False]], [[0, 1]])
    d.claims(left, left, P)
    assert d.refused() == ("equation 2: journal entry 0: σ maps (0, oo) into (0, oo); of logit this is not known")


def test_one_wire_met_twice_is_one_wire() -> None:
    """Attack E2."""
    d = Draft()
    n, f = d.size(0, "n"), d.atom("tanh")
    rule = d.axiom("user:twice", {}, net([[n, R]], ("concat", [0, 0])), net([[n, R]], ("map", f), ("concat", [1, 1])))
    left = net([[n, R], [n, R]], ("concat", [0, 1]))
    d.rewrite(d.make("refl", of=left), [[rule, False]], [[0, 2]])
    d.claims(left, left, R)
    assert d.refused() == "equation 2: journal entry 0: the rule wants one wire twice; here are two, 0 and 1"


def test_a_mismatch_is_named_where_it_is_met_first() -> None:
    d = Draft()
    n, f, g = d.size(0, "n"), d.atom("tanh"), d.atom("exp")
    rule = d.axiom("user:r", {}, net([[n, R]], ("map", f), ("concat", [1, 0])), net([[n, R]], ("concat", [0, 0])))
    cases: list[tuple[Json, int, str]] = [
        ([("map", f)], 1, "the rule wants a concat where wire 1 is a map"),
        ([("concat", [0, 0, 0])], 1, "the rule wants a concat of 2, wire 1 joins 3"),
        ([("concat", [0, 0])], 1, "the rule wants a map where wire 0 is an input"),
        ([("map", g), ("map", f), ("concat", [2, 0])], 3, "the rule wants one wire twice; here are two, 0 and 1"),
        ([("map", g), ("concat", [1, 0])], 2, "exp stands where the rule has tanh"),
    ]
    for boxes, wire, reason in cases:
        e = Draft()
        e.terms, e.axioms, e.equations = d.terms, d.axioms, list(d.equations)
        left = net([[n, R]], *boxes)
        e.rewrite(e.make("refl", of=left), [[rule, False]], [[0, wire]])
        assert e.claims(left, left, R).refused() == f"equation 2: journal entry 0: {reason}"


def test_unread_inputs_and_unbound_variables_are_no_rules() -> None:
    """Attack E3."""
    d = Draft()
    n, f = d.size(0, "n"), d.atom("tanh")
    x = [[n, R], [n, R]]
    rule = d.axiom("user:r", {}, net(x, ("map", f, 0)), net(x, ("map", f, 1)))
    left = net([[n, R]], ("map", f))
    d.rewrite(d.make("refl", of=left), [[rule, False]], [[0, 1]])
    d.claims(left, left, R)
    assert d.refused().startswith("equation 2: an input of the rule is not read by its left side")
    d = Draft()
    sigma, x = d.term("function", "σ", R, P), [[d.size(0, "n"), R]]
    exp = d.atom("exp")
    rule = d.axiom("user:r", {}, net(x, ("map", sigma)), net(x, ("map", exp)))
    left = net(x, ("map", exp))
    d.rewrite(d.make("refl", of=left), [[rule, True]], [[0, 1]])
    d.claims(left, left, R)
    assert d.refused() == ("equation 2: journal entry 0: σ is not determined by the match; instantiate the rule first")


def test_offsets_of_slices_are_matched() -> None:
    """Attack E4."""
    d = Draft()
    n1, n2 = d.size(0, "n1"), d.size(0, "n2")
    x = [[n1, R], [n2, R]]
    left = net(x, ("concat", [0, 1]), ("slice", n1, n2))
    rule = d.axiom("slice_concat", {"part": 1, "on": [R, R]}, left, net(x, outputs=[1]))
    two, zero = d.size(2), d.size()
    y = [[two, R], [two, R]]
    wrong = net(y, ("concat", [0, 1]), ("slice", zero, two))
    d.rewrite(d.make("refl", of=wrong), [[rule, False]], [[0, 3]])
    d.claims(wrong, net(y, outputs=[1]), R)
    assert d.refused() == "equation 2: journal entry 0: 0 stands where the rule has n1"


@pytest.mark.parametrize(("start", "size"), [(2, 2), (4, 0), (0, 4)])
def test_a_slice_stays_inside(start: int, size: int) -> None:
    d = Draft()
    x = [[d.size(3), R]]
    side = net(x, ("slice", d.size(start), d.size(size)))
    d.make("refl", of=side)
    d.claims(side, side, R)
    assert d.refused().endswith("does not lie in a wire of size 3")


def test_equal_is_asked_on_the_whole_interval() -> None:
    d = Draft()
    relu, one, x = d.atom("maximum", "0"), d.atom("identity"), [[d.size(0, "n"), "[-1, oo)"]]
    d.axiom("map_equal", {"f": relu, "g": one, "on": "[-1, oo)"}, net(x, ("map", relu)), net(x, ("map", one)))
    d.claims(net(x, ("map", relu)), net(x, ("map", one)), "[0, oo)")
    assert d.refused() == "axiom 0: map_equal here is not the built-in axiom: its statement differs"


def test_two_variables_of_one_name_do_not_meet_in_a_statement() -> None:
    d = Draft()
    x = [[d.size(0, "n"), R]]
    side = net(x, ("map", d.term("function", "σ", R, P)), ("map", d.term("function", "σ", R, R)))
    d.make("refl", of=side)
    d.claims(side, side, R)
    assert d.refused() == "equation 0: two different variables are named σ"


# --- files ---------------------------------------------------------------------------------------------------------------


def text_refused(data: bytes) -> str:
    with pytest.raises(reader.Refused) as no:
        reader.check(data)
    return str(no.value)


def test_what_is_no_proof_file_is_refused_in_a_sentence() -> None:
    good = twin(Draft(), 1).data()
    for data, start in [
        (b"", "this is not JSON"),
        (b"\xff", "byte 0 is not UTF-8"),
        (b"[" * 100_000, "the file is nested too deep"),
        (b"[" * 17 + b"]" * 17, "this is no proof file"),
        (b'{"a":"' + b"[" * 50 + b'"}', "this is no proof file"),
        (b'{"a":1,"a":2}', 'key "a" twice in one object'),
        (b'{"a":1.5}', "1.5 is a float"),
        (b'{"a":NaN}', "NaN is a float"),
        (b'{"a":-Infinity}', "-Infinity is a float"),
        (b'{"a":' + b"1" * 5000 + b"}", "this is not JSON"),
        (b"[1]", "this is no proof file"),
        (good.replace(b'"version":1', b'"version":2'), "this file is version 2; this reader knows version 1"),
        (good.replace(b'"version":1', b'"version":true'), "this file is version true"),
        (good[:-3], "this is not JSON"),
        (b"\xef\xbb\xbf" + good, "this is not JSON"),
        (good.replace(b'"\xcf\x83"', b'"\\ud800"'), "term 7: "),
    ]:
        assert text_refused(data).startswith(start)


def test_citations_point_backwards() -> None:
    d = twin(Draft(), 1)
    d.equations[-1]["of"] = 7
    assert d.refused() == "equation 3: step 3 uses step 7, which comes later"
    d = twin(Draft(), 1)
    d.equations[-1]["rules"][0][0] = 3
    assert d.refused() == "equation 3: step 3 uses step 3, which comes later"


def test_terms_stand_once_in_normal_form_and_are_used() -> None:
    def message(*entry: Json) -> str:
        d = Draft()
        x = [[d.size(3), R]]
        d.weight("A", 0, 0), d.term("eye", 0), d.term("times", 1, 1), d.term("vector", "v", 0), d.term("apply", 1, 4)
        d.terms.append(list(entry))
        d.make("refl", of=net(x))
        return d.claims(net(x), net(x), R).refused()

    assert message("size", 3, []) == "term 6: it repeats term 0"
    assert message("times", 3, 1).startswith("term 6: it is not in normal form")
    assert message("times", 1, 2).startswith("term 6: it is not in normal form")
    assert message("sum", [5, 5]).startswith("term 6: it is not in normal form")
    assert message("sum", [5]).startswith("term 6: it is not in normal form")
    assert message("apply", 3, 4).startswith("term 6: it is not in normal form")
    assert message("row", [1]) == "term 6: a row needs at least two blocks with equally many rows"
    assert message("rational", "2/4").startswith('term 6: "2/4" is not an exact rational')
    assert message("rational", "1" * 401).startswith("term 6: ")
    assert message("size", 0, [["n", 0]]).startswith("term 6: ")
    assert message("size", 0, [["n", 1], ["m", 1]]).startswith("term 6: it is not in normal form")
    assert message("size", 2**53, []).startswith("term 6: ")
    assert message("weight", "W x", 0, 0).startswith('term 6: "W x" is no name')
    assert message("function", "exp", R, R).startswith('term 6: "exp" is no name of a function')
    assert message("scalar", "c", "[1, 0]") == "term 6: [1, 0] is empty, or has a closed infinite end"
    assert message("scalar", "c", "[-oo, 0]") == "term 6: [-oo, 0] is empty, or has a closed infinite end"
    assert message("atom", ["exp"], []).startswith("term 6: ")
    assert message("weight", "B", 0, 9) == "term 6: 9 is not the index of an earlier term"
    assert message("weight", "B", 0, 1) == "term 6: term 1 is a weight; here stands a size"
    assert message("vector", "u", 0) == "term 2 is not used"
    # A weight or vector of sizes that were read before takes a shorter road, with the same checks.
    assert message("weight", "A", 0, 0) == "term 6: it repeats term 1"
    assert message("weight", "B", False, 0) == "term 6: false is not the index of an earlier term"
    assert message("vector", "u", 0, 0).startswith("term 6: ")
    assert message("vector", "2u", 0).startswith('term 6: "2u" is no name')


def test_nodes_are_in_canonical_order() -> None:
    d = Draft()
    f, x = d.atom("tanh"), [[d.size(0, "n"), R]]
    good = net(x, ("map", f, 0), ("map", f, 1), ("concat", [2, 1]))
    d.make("refl", of=good)
    assert d.claims(good, good, "(-1, 1)").check().claim
    for nodes in (
        [["map", f, 0], ["map", f, 0], ["concat", [2, 1]]],
        [["map", f, 0], ["map", f, 1], ["map", f, 0], ["concat", [2, 1]]],
    ):
        bad = {**good, "nodes": nodes}
        d.equations[0]["of"] = bad
        assert d.refused().startswith("equation 0: the nodes are not in canonical order")
    for node, reason in [
        (["map", f, 2], "equation 0: a node reads a wire that comes later"),
        (["map", f, 3], "equation 0: a node reads one wire below 3"),
        (["map", f, -1], "equation 0: a node reads one wire below 3"),
        (["map", f, True], "equation 0: a node reads one wire below 3"),
        (["concat", []], "equation 0: a node reads one wire below 3, a concat at least one"),
        (["concat", 0], "equation 0: concat reads a list of wires, another box reads one"),
        (["map", f, [0]], "equation 0: concat reads a list of wires, another box reads one"),
        (["map", -1, 0], "box 1: -1 is not the index of an earlier term"),
        (["mix", f, f, -1, 0], "box 1: term 0 is a function; here stands a weight"),
        (["mapp", f, 0], 'box 1: ["mapp", 0] is no ["map", f]'),
        (["map", 1, 0], "box 1: term 1 is a size; here stands a function"),
        (["map", 10**30, 0], "box 1: "),
        (["map", True, 0], "box 1: true is not the index of an earlier term"),
    ]:
        d.equations[0]["of"] = {**good, "nodes": [good["nodes"][0], node], "outputs": [2]}
        assert d.refused().startswith(reason), node
    d.equations[0]["of"] = good
    data = d.plain()
    twice = {**data, "boxes": [*data["boxes"], data["boxes"][0]]}
    assert text_refused(json.dumps(twice).encode()) == "box 2: it repeats box 0"
    for boxes in ([0, 0, 2], [0, 0, -1], [0, 0, True], [0, 0, 10**30], 0):
        data["diagrams"][0]["boxes"] = boxes
        assert text_refused(json.dumps(data).encode()).startswith("equation 0: ")


def tokens(value: Json, path: tuple[Json, ...] = ()) -> list[tuple[Json, ...]]:
    """The paths of all leaves."""
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [p for key, v in items for p in tokens(v, (*path, key))] + ([path] if not value else [])
    return [path]


def test_every_mutation_of_one_token_is_refused_or_states_what_it_proves() -> None:
    """Soundness is not tested here: only that nothing but Refused is raised, and that the claim is recomputed."""
    draft = twin(Draft(), 2)
    text = draft.data()
    original = reader.check(text)
    accepted = 0
    for path in tokens(json.loads(text)):
        for new in (
            0,
            1,
            2,
            5,
            -1,
            True,
            None,
            "",
            "exp",
            "W0",
            "(-1, 1)",
            [],
            [0],
            [[0, 1]],
            {},
            {"a": 1},
            10**18,
            "1/2",
        ):
            proof = json.loads(text)
            at = proof
            for key in path[:-1]:
                at = at[key]
            if at[path[-1]] == new and type(at[path[-1]]) is type(new):
                continue
            at[path[-1]] = new
            try:
                verdict = reader.check(json.dumps(proof).encode())
            except reader.Refused:
                continue
            accepted += 1
            assert verdict.claim != original.claim or path[0] in ("axioms", "equations", "terms")
    assert accepted < 100


def test_long_chains_and_deep_terms_do_not_recurse() -> None:
    assert twin(Draft(), 2_000).check().steps == 2_000 + 1_999 + 2
    d = Draft()
    f = d.atom("tanh")
    depth = 20_000
    first = len(d.terms) - 1
    for _ in range(depth):
        d.terms.append(["then", first, f])
        first = len(d.terms) - 1
    n = len(d.terms)
    d.terms += [["size", 1, []]]
    x = [[n, R]]
    side = {"inputs": x, "nodes": [["map", first, 0]], "outputs": [1]}
    d.make("refl", of=side)
    assert d.claims(side, side, "(-1, 1)").check().claim


def test_the_command_prints_the_verdict_or_the_refusal(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(twin(Draft(), 1).data())
    bad.write_bytes(b"{}")

    def run(*arguments: str, data: bytes | None = None) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-I", reader.__file__, *arguments], input=data, capture_output=True, check=False
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    code, out, _ = run(str(good))
    assert code == 0
    assert out.startswith("mul(W0) ; tanh = ln ; add(W0) ; exp ; tanh\n")
    code, out, _ = run("--json", "-", data=good.read_bytes())
    assert code == 0
    assert json.loads(out)["grade"] == "PROVED"
    code, out, err = run(str(bad))
    assert (code, out) == (1, "")
    assert err.startswith("refused: this is no proof file")
    assert run(str(tmp_path / "none.json"))[0] == 1
