"""What must be refused, from the twentieth on: sharing, forged equations, proof files, threads; and what must not."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    BadFile,
    Diagram,
    Function,
    IllTyped,
    Refused,
    SigmaError,
    Wire,
    add,
    at_least,
    cube,
    diagram,
    exp,
    inverse,
    ln,
    mix,
    mul,
    nonnegative,
    positive,
    reals,
    relu,
    save,
    sigmoid,
    sqrt,
    square,
    tanh,
    then,
    wire,
)
from sigmaprime.rewrite import (
    Equal,
    Equation,
    absorb,
    cancel,
    chart,
    companion,
    define,
    fuse,
    mult_add,
    rule,
    share,
    to_additive,
)
from sigmaprime.rewrite import match as matching
from sigmaprime.rewrite.check import Refused as ReaderRefused
from sigmaprime.rewrite.check import check
from sigmaprime.rewrite.load import read_proof
from sigmaprime.rewrite.proof import proof_bytes
from sigmaprime.rewrite.rewriting import Rewriting
from tests.rewrite.theorem import holds, sigma

real = Function("s", reals, reals)
FACT = Equal(then(real, relu), real, reals)
collapse = cancel(f=relu, on=nonnegative)


@rule
def squared_layer():  # type: ignore[no-untyped-def]
    "x^2 = mul(2·I) on positive wires"
    return wire(2, positive) >> square, mul(2 * np.eye(2))


def side_that_needs_its_equation() -> Equation:
    return (wire(2, at_least(1)) >> square >> ln >> sqrt).rewrite(squared_layer)


def test_20_only_equal_boxes_on_equal_wires_are_one_box() -> None:
    @diagram(wire(2), wire(2))
    def net(x: Wire, y: Wire) -> tuple[Wire, Wire, Wire]:
        return tanh(x) + tanh(x), tanh(x) + tanh(y), tanh(x) + sigmoid(x)

    e = net.rewrite(share)
    holds(e)
    assert sorted(str(n.box) for n in e.rhs.nodes).count("tanh") == 2
    run = Rewriting(net, net.types, (), ())
    boxes = {w: str(n.box) for w, n in enumerate(net.nodes, 2)}
    of_y = next(w for w, n in enumerate(net.nodes, 2) if boxes[w] == "tanh" and n.arguments == (1,))
    other = next(w for w in boxes if boxes[w] == "sigmoid")
    for later, earlier in ((of_y, 2), (other, 2), (2, 2), (2, 0), (2, 99)):
        with pytest.raises(Refused, match=f"wires {later} and {earlier} do not carry equal boxes on equal wires"):
            run.share(later, earlier)


@diagram(wire(2))
def twice(x: Wire) -> Wire:
    return tanh(x) + tanh(x)


@pytest.mark.parametrize(("later", "earlier"), [(3, 1), (1, 0), (2, 2), (2, 4), (4, 2)])
def test_20_a_file_that_shares_other_boxes_is_refused(later: int, earlier: int) -> None:
    proof = json.loads(proof_bytes(twice.rewrite(share)))
    assert proof["equations"][1]["journal"] == [0, 2, 1]
    proof["equations"][1]["journal"] = [0, later, earlier]
    refused(proof, "equation 1")


def test_20_what_is_assumed_stands_first_in_the_report() -> None:
    @rule
    def flat():  # type: ignore[no-untyped-def]
        return tanh >> sigmoid, sigmoid >> sigmoid

    e = (wire(2) >> exp >> ln >> tanh >> sigmoid).rewrite(flat, cancel)
    lines = str(e.report()).splitlines()
    assert next(line for line in lines[1:] if line) == "rests on: ASSUMED user:flat"
    assert "user:flat: recorded as ASSUMED by the user, not checked again here" in e.check().evidence


def test_21_only_the_kernel_makes_equations() -> None:
    thm: Any = mult_add
    with pytest.raises(TypeError):
        dataclasses.replace(thm, rhs=thm.lhs)
    with pytest.raises(Refused, match="made by the kernel only; load a proof file, it is checked"):
        Equation()
    with pytest.raises(Refused, match="made by the kernel only"):
        Equation(object(), thm.lhs, thm.lhs, (), (), (), None, "", ())
    with pytest.raises(Refused, match="not pickled: save its proof"):
        pickle.dumps(thm)
    with pytest.raises(AttributeError, match="are values: build a new one"):
        thm.rhs = thm.lhs
    assert copy.copy(thm) is copy.deepcopy(thm) is thm


def test_21_a_pickled_diagram_is_read_in_a_process_whose_tables_have_another_order() -> None:
    net = mul("W1", 3, 3) >> tanh >> mul("W2", 3, 3) >> cube
    code = (
        "import pickle, sys\nfrom sigmaprime.diagrams import *\n[Function.atom(n) for n in ('sinh', 'logit')]\n"
        "add('Z', 7, 7, bias='c')\nd = pickle.loads(sys.stdin.buffer.read())\n"
        "assert d == mul('W1', 3, 3) >> tanh >> mul('W2', 3, 3) >> cube\nprint(d)"
    )
    run = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(net), capture_output=True, check=True)
    assert run.stdout.decode().strip() == str(net)


Change = Callable[[Any], None]


def _later(proof: Any) -> None:
    proof["equations"][1]["of"] = 2


def _digest(proof: Any) -> None:
    proof["axioms"][0]["sha256"] = "0" * 64


def _claim(proof: Any) -> None:
    proof["claim"]["left"], proof["claim"]["right"] = proof["claim"]["right"], proof["claim"]["left"]


def _version(proof: Any) -> None:
    proof["version"] = 2


def written(proof: Any) -> bytes:
    return json.dumps(proof, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def refused(proof: Any, message: str) -> None:
    """Both the second reader and the loader say so."""
    with pytest.raises(ReaderRefused, match=message):
        check(written(proof))
    with pytest.raises(BadFile, match=message):
        read_proof(written(proof))


@pytest.mark.parametrize(
    ("change", "message"),
    [(_later, "equation 1.*2"), (_digest, "axiom 0.*(digest|sha256)"), (_claim, "claim: its"), (_version, "version")],
)
def test_22_a_proof_file_is_read_with_suspicion(change: Change, message: str) -> None:
    proof = json.loads(proof_bytes(companion))
    change(proof)
    refused(proof, message)


def test_22_a_key_stands_once() -> None:
    data = proof_bytes(companion).replace(b'"version":1', b'"version":1,"version":1')
    with pytest.raises(ReaderRefused, match=r"version.*twice|twice.*version"):
        check(data)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e400", b"1.0", b"-Infinity"])
def test_22_numbers_are_whole(number: bytes) -> None:
    data = proof_bytes(companion).replace(b'"version":1', b'"version":' + number)
    with pytest.raises(ReaderRefused):
        check(data)
    with pytest.raises(BadFile):
        read_proof(data)


@pytest.mark.parametrize("key", ["axioms", "claim", "equations", "terms"])
def test_22_a_key_stands_once_at_every_depth(key: str) -> None:
    data = proof_bytes(companion)
    twice_over = data.replace(f'"{key}":'.encode(), f'"{key}":[],"{key}":'.encode(), 1)
    assert twice_over != data
    with pytest.raises(ReaderRefused, match="twice"):
        check(twice_over)
    with pytest.raises(BadFile, match="twice"):
        read_proof(twice_over)


def test_22_a_users_statement_under_a_built_in_name_is_not_the_built_in_rule() -> None:
    @rule
    def chart():  # type: ignore[no-untyped-def]
        return tanh >> sigmoid, sigmoid >> sigmoid

    proof = json.loads(proof_bytes(chart))
    proof["axioms"][0] |= {"name": "chart", "grade": "PROVED", "by": "kernel"}
    refused(proof, "axiom 0")
    proof["axioms"][0] |= {"name": "user:chart", "grade": "PROVED", "by": "the user"}
    refused(proof, "axiom 0.*PROVED")
    proof["axioms"][0] |= {"grade": "ASSUMED", "sha256": json.loads(proof_bytes(companion))["axioms"][0]["sha256"]}
    refused(proof, "axiom 0.*(digest|sha256)")


def test_22_another_array_is_another_theorem_and_says_so() -> None:
    thm = (add(np.eye(2)) >> exp >> ln).rewrite(cancel)
    mine, other = (hashlib.sha256(a.tobytes()).hexdigest() for a in (np.eye(2), 2 * np.eye(2)))
    swapped = proof_bytes(thm).replace(mine.encode(), other.encode())
    assert mine in str(read_proof(proof_bytes(thm)).lhs.terms)
    loaded = read_proof(swapped)
    assert loaded.lhs != thm.lhs
    assert (loaded.lhs, loaded.rhs) == (add(2 * np.eye(2)) >> exp >> ln, add(2 * np.eye(2)))
    with pytest.raises(IllTyped, match="has no value; give one by name"):
        loaded.rhs(np.ones((1, 2)))  # a file holds digests; running asks for the array


def test_23_threads_that_build_at_once_build_what_they_say() -> None:
    built: list[list[tuple[str, Diagram]]] = [[] for _ in range(4)]

    def build(mine: list[tuple[str, Diagram]], number: int) -> None:
        for i in range(3000):
            name = f"T{(i * 7 + number * 11) % 4000}"
            mine.append((name, add(name, 2, 2)))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=build, args=(mine, i)) for i, mine in enumerate(built)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        sys.setswitchinterval(interval)
    for mine in built:
        assert len(mine) == 3000
        assert all(d.variables[0].name == name for name, d in mine)


@pytest.mark.parametrize("moment", [1, 2, 3])
def test_23_an_interrupted_rewrite_leaves_nothing_behind(moment: int, monkeypatch: pytest.MonkeyPatch) -> None:
    s = Function(f"σ{moment}", positive, positive)
    net = mul("Q1", 2, 2) >> s >> mul("Q2", 2, 3) >> s >> mul("Q3", 3, 2)
    _, unfold = define("σ'", exp >> s >> ln)
    calls, real_bind = [0], matching.bind

    def interrupted(pairs: Any) -> Any:
        calls[0] += 1
        if calls[0] == moment:
            raise KeyboardInterrupt
        return real_bind(pairs)

    for plan in (mult_add.plan, (~unfold).plan):
        if plan is not None:
            plan.memo.clear()
            plan.fast.clear()
    fold = ~unfold
    monkeypatch.setattr(matching, "bind", interrupted)
    with pytest.raises(KeyboardInterrupt):
        net.rewrite(mult_add, fold)
    monkeypatch.undo()
    e = net.rewrite(mult_add, fold)
    assert len(e.steps) == 5
    holds(e)


def test_24_a_side_that_is_more_than_its_diagram_is_still_a_theorem() -> None:
    thm = side_that_needs_its_equation()
    holds(thm)
    assert str(thm.rhs)
    np.testing.assert_allclose(thm.rhs(np.array([[2.0, 3.0]])), thm.lhs(np.array([[2.0, 3.0]])), rtol=1e-12)


def test_24_a_collapse_moves_all_readers() -> None:
    @diagram(wire(2, positive))
    def three(x: Wire) -> tuple[Wire, Wire, Wire]:
        h = relu(x)
        return tanh(h), sigmoid(h), h

    e = three.rewrite(collapse)
    holds(e)
    assert str(e.rhs) == "tanh(x), sigmoid(x), x"
    assert e.lhs.inputs == e.rhs.inputs


@pytest.mark.parametrize(("m", "n", "k"), [(0, 2, 3), (2, 0, 3), (2, 3, 0), (0, 0, 0)])
def test_24_layers_without_inputs_or_outputs(m: int, n: int, k: int) -> None:
    net = mul("W", k, n, bias="b") >> tanh >> mul("V", n, m, bias="c")
    holds(to_additive(net))
    holds(absorb(to_additive(net)))
    holds((mul("W", k, n, bias="b") >> mul("V", n, m, bias="c")).rewrite(fuse))


@pytest.mark.parametrize("e", [mult_add, companion, fuse(g=exp), cancel(f=exp), define("s", exp >> sigma >> ln).unfold])
def test_24_every_theorem_turns_round(e: Equation) -> None:
    holds(~e)
    assert (~~e).lhs == e.lhs


def test_errors_are_sigma_errors() -> None:
    assert issubclass(Refused, SigmaError)
    assert issubclass(IllTyped, SigmaError)


def stranger(value: Any) -> Any:
    """A value that has no business there."""
    return value


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda: inverse(stranger("exp")), "'exp' is no function"),
        (lambda: then(exp, stranger(5)), "5 is no function"),
        (lambda: mix(stranger(5), "W", 3, 3), "5 is no function"),
        (lambda: cancel(f=5), "5 is no function"),
        (lambda: chart(g="exp"), "'exp' is no function"),
        (lambda: Equal(stranger(5), exp, reals), "5 is no function"),
        (lambda: save(stranger(exp), "net.safetensors"), "exp is no diagram"),
        (lambda: (mul("W", 3, 3) >> tanh).rewrite(mult_add, at="a"), "names no wires"),
        (lambda: diagram(wire(3))(lambda x, y: x), "here 1"),
    ],
)
def test_a_thing_of_another_sort_is_named(work: Callable[[], object], said: str) -> None:
    with pytest.raises(SigmaError, match=said):
        work()


def test_an_option_that_rewrite_lacks_is_named() -> None:
    with pytest.raises(Refused, match=r"rewrite has no option 'foo'; there are once, at, given, limit"):
        mul("W", 2, 2).rewrite(mult_add, foo=3)
