"""Files of rules: one JSON object with a name and a whole proof for each. Loading one is checking every proof.

    {"format": "sigmaprime-rules", "version": 1, "rules": [{"name": "log_sigmoid", "proof": {..}}, ..]}

The order is kept. A proof is what `save_proof` writes, so each rule stands by itself and any of them can be cut out and checked alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from sigmaprime.diagrams import BadFile, IllTyped
from sigmaprime.diagrams.files import parse_json, path_of, write_whole
from sigmaprime.diagrams.weight import check_name

from . import errors, rule_errors
from .kernel import Equation
from .load import read_proof
from .proof import proof_bytes

__all__ = ["load_rules", "save_rules"]

FORMAT, VERSION = "sigmaprime-rules", 1


def save_rules(rules: Iterable[Equation] | Mapping[str, Equation], path: str | os.PathLike[str]) -> None:
    """Write rules with their proofs into one file; nothing half-written is left.

    Each is called as it is (`@rule` and `named` give names), or by its key in a mapping. Raises `Refused` where a rule has no name, two have
    one name, or what is given is no theorem.
    """
    pairs = list(rules.items()) if isinstance(rules, Mapping) else [(_label(e), e) for e in _listed(rules)]
    seen: set[str] = set()
    for name, e in pairs:
        if not isinstance(e, Equation):
            raise errors.not_a_theorem(e)
        check_name(name)
        if name in seen:
            raise rule_errors.two_rules(name)
        seen.add(name)
    written = [{"name": name, "proof": json.loads(proof_bytes(e))} for name, e in pairs]
    write_whole(path, _bytes({"format": FORMAT, "version": VERSION, "rules": written}))


def load_rules(path: str | os.PathLike[str]) -> dict[str, Equation]:
    """The rules of a file, by name and in order: the second reader checks each proof, then the kernel replays it.

    What SymPy had checked is checked again, or is ASSUMED; see `load_proof`. Raises `BadFile`, which names the rule, if one is not accepted.
    `net.rewrite(*load_rules(path).values())` uses them all.
    """
    source = path_of(path)
    if not source.is_file():
        raise errors.no_such_file(source)
    try:
        text = source.read_bytes().decode()
    except UnicodeDecodeError:
        raise rule_errors.no_rules_file(source) from None
    whole = parse_json(text, str(source))
    if not isinstance(whole, dict) or set(whole) != {"format", "version", "rules"} or whole["format"] != FORMAT:
        raise rule_errors.no_rules_file(source)
    if type(whole["version"]) is not int or whole["version"] != VERSION or not isinstance(whole["rules"], list):
        raise rule_errors.other_rules_version(source, whole["version"])
    found: dict[str, Equation] = {}
    for entry in whole["rules"]:
        if not isinstance(entry, dict) or set(entry) != {"name", "proof"}:
            raise rule_errors.no_rules_file(source)
        name = entry["name"]
        try:
            check_name(name)
        except IllTyped as error:
            raise BadFile(f"{source}: {error}") from None
        if name in found:
            raise BadFile(f"{source}: {rule_errors.two_rules(name)}")
        try:
            found[name] = read_proof(_bytes(entry["proof"]), name).named(name)
        except BadFile as error:
            raise BadFile(f"{source}, rule {name}: {error}") from None
    return found


def _bytes(value: Any) -> bytes:
    """As `proof_bytes` writes: the same value, the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _listed(rules: Any) -> Iterable[Any]:
    if isinstance(rules, Equation) or not isinstance(rules, Iterable):
        raise rule_errors.no_list_of_rules(rules)
    return rules


def _label(e: Any) -> str:
    if not isinstance(e, Equation):
        raise errors.not_a_theorem(e)
    if not e.label:
        raise rule_errors.nameless(e)
    return e.label
