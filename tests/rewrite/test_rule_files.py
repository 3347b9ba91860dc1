"""Files of rules: what is written is read again, every proof checked; what is not accepted is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sigmaprime.diagrams import (
    BadFile,
    Function,
    Refused,
    SigmaError,
    add,
    exp,
    fn,
    ln,
    mul,
    negate,
    reals,
    relu,
    scale,
    sigmoid,
    softplus,
    tanh,
    then,
    wire,
)
from sigmaprime.rewrite import Equal, Equation, Grade, cancel, load_proof, load_rules, mult_add, rule, save_rules
from tests.rewrite.theorem import accepted, holds

f = Function("f", reals, reals)


@rule(by="sympy")
def log_sigmoid():  # type: ignore[no-untyped-def]
    return sigmoid >> ln, negate >> softplus >> negate


@rule(given=Equal(then(f, relu), f, reals))
def idle(f=f):  # type: ignore[no-untyped-def]
    return f >> relu, fn(f)


@rule
def word():  # type: ignore[no-untyped-def]
    "not what SymPy finds: a user's word"
    return scale(2) >> tanh, scale("5/2") >> sigmoid


lemma = (exp >> mult_add >> ln).rewrite(cancel).named("lemma")
RULES = [log_sigmoid, idle, word, lemma]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    save_rules(RULES, tmp_path / "rules.json")
    return tmp_path / "rules.json"


def test_rules_come_back_with_their_names_and_grades_and_in_order(book: Path) -> None:
    found = load_rules(book)
    assert list(found) == ["log_sigmoid", "idle", "word", "lemma"]
    for name, e in found.items():
        assert e.label == name
        assert (str(e), e.grade, e.hypotheses) == (str(RULES[list(found).index(name)]), e.grade, e.hypotheses)
        accepted(e)
    grades = [e.grade for e in found.values()]
    assert grades == [Grade.CHECKED, Grade.ASSUMED, Grade.ASSUMED, Grade.PROVED]


def test_loaded_rules_rewrite(book: Path) -> None:
    net = exp >> mul("V", 2, 2) >> ln >> sigmoid >> relu >> ln
    e = net.rewrite(*load_rules(book).values())
    assert [s.rule for s in e.steps] == ["lemma", "idle", "log_sigmoid"]
    assert e.grade is Grade.ASSUMED
    holds(e, "⊢ exp ; mul(V) ; ln ; sigmoid ; relu ; ln = add(V) ; negate ; softplus ; negate")


def test_the_same_rules_are_the_same_bytes(book: Path, tmp_path: Path) -> None:
    save_rules({e.label: e for e in RULES}, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == book.read_bytes()
    save_rules(load_rules(book), tmp_path / "loaded.json")
    assert len(json.loads((tmp_path / "loaded.json").read_text())["rules"]) == 4
    code = (
        "import sys\nfrom sigmaprime.diagrams import exp, ln\nfrom sigmaprime.rewrite import *\n"
        "save_rules([(exp >> mult_add >> ln).rewrite(cancel).named('lemma')], sys.argv[1])"
    )
    written = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.json"
        subprocess.run([sys.executable, "-c", code, out], env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
        written.append(out.read_bytes())
    assert written[0] == written[1]


def _rename(whole: Any) -> None:
    whole["rules"][1]["name"] = "log_sigmoid"


def _badname(whole: Any) -> None:
    whole["rules"][1]["name"] = "two words"


def _claim(whole: Any) -> None:
    claim = whole["rules"][3]["proof"]["claim"]
    claim["left"], claim["right"] = claim["right"], claim["left"]


def _proved(whole: Any) -> None:
    whole["rules"][2]["proof"]["axioms"][0]["grade"] = "PROVED"


def _digest(whole: Any) -> None:
    whole["rules"][0]["proof"]["axioms"][0]["sha256"] = "0" * 64


def _extra(whole: Any) -> None:
    whole["rules"][0]["by"] = "me"


def _version(whole: Any) -> None:
    whole["version"] = 2


def _format(whole: Any) -> None:
    whole["format"] = "sigmaprime-proof"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_rename, "two rules are called log_sigmoid"),
        (_badname, "'two words' is no name"),
        (_claim, "rule lemma: .*claim"),
        (_proved, "rule word: "),
        (_digest, "rule log_sigmoid: .*(digest|sha256)"),
        (_extra, "is no file of rules"),
        (_version, "version 2; this program reads version 1"),
        (_format, "is no file of rules"),
    ],
)
def test_a_file_that_was_changed_is_not_accepted(book: Path, change: Callable[[Any], None], said: str) -> None:
    whole = json.loads(book.read_text())
    change(whole)
    book.write_text(json.dumps(whole))
    with pytest.raises(SigmaError, match=said):
        load_rules(book)


def test_what_is_no_file_of_rules_is_named(book: Path, tmp_path: Path) -> None:
    lemma.save(tmp_path / "proof.json")
    for path, said in ((tmp_path / "proof.json", "no file of rules"), (tmp_path / "none.json", "none.json")):
        with pytest.raises(SigmaError, match=said):
            load_rules(path)
    with pytest.raises(BadFile):
        load_proof(book)
    (tmp_path / "x").write_bytes(b"\xff\xfe")
    with pytest.raises(BadFile, match="no file of rules"):
        load_rules(tmp_path / "x")
    (tmp_path / "x").write_text('{"format": "sigmaprime-rules", "format": "x"}')
    with pytest.raises(BadFile, match="a key stands twice"):
        load_rules(tmp_path / "x")


def test_a_claim_of_having_been_checked_is_checked_again(book: Path) -> None:
    whole = json.loads(book.read_text())
    axiom = whole["rules"][2]["proof"]["axioms"][0]
    axiom["grade"], axiom["by"] = "CHECKED", "sympy: I swear"
    book.write_text(json.dumps(whole))
    found = load_rules(book)["word"]
    assert found.grade is Grade.ASSUMED
    assert "recorded as CHECKED" in found.axioms[0].by


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([lemma, lemma], "two rules are called lemma; give one another name"),
        ([(add("W", 2, 2) >> exp >> ln).rewrite(cancel)], "has no name to be saved under; give it one"),
        (lemma, r"is no list of rules; write save_rules\(\[rule, ...\], path\)"),
        ([cancel], "cancel is no theorem"),
        ({"a b": lemma}, "'a b' is no name"),
        ({"a": wire(2)}, "is no theorem"),
    ],
)
def test_what_cannot_be_saved_is_named(rules: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(SigmaError, match=said):
        save_rules(rules, tmp_path / "rules.json")
    assert not (tmp_path / "rules.json").exists()


def test_no_rules_are_an_empty_file_of_rules(tmp_path: Path) -> None:
    save_rules([], tmp_path / "rules.json")
    assert load_rules(tmp_path / "rules.json") == {}
    with pytest.raises(Refused):
        lemma.rewrite(*load_rules(tmp_path / "rules.json").values())
    assert isinstance(lemma, Equation)
