"""The shipped net, converted once for all tests of this folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.seeds import ended, started

DIGITS = Path(__file__).parent.parent.parent / "docs" / "examples" / "digits.safetensors"


class Converted(NamedTuple):
    """What two runs of `sigmaprime convert`, under two hash seeds, wrote and said."""

    folder: Path
    again: Path
    json: dict[str, Any]
    text: str


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """Started as a user starts it: by the command, once for machines and once for people."""
    one, other = (tmp_path_factory.mktemp("convert") / "out" for _ in range(2))
    command = ("-m", "sigmaprime", "convert", str(DIGITS), "-o")
    said, text = ended(started("1", *command, str(one), "--json"), started("2", *command, str(other)))
    return Converted(one, other, json.loads(said), text.decode())
