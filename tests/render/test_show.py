"""What notebooks and shells show."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from sigmaprime.diagrams import Function, exp, ln, mul, positive, reals, sequence, tanh
from sigmaprime.rewrite import to_additive

NET = mul("W1", 3, 3) >> tanh >> mul("W2", 3, 2)


@pytest.mark.parametrize(
    "thing", [NET, to_additive(NET), tanh, Function("σ", positive, positive), Function("f", reals, reals)], ids=str
)
def test_a_cell_shows_text_and_picture(thing: Any) -> None:
    bundle = thing._repr_mimebundle_()
    assert bundle["text/plain"] == str(thing)
    assert ElementTree.fromstring(bundle["image/svg+xml"]).tag.endswith("svg")


def test_a_cell_shows_a_net_of_many_layers() -> None:
    net = sequence(part for _ in range(500) for part in (exp, ln))
    assert len(net._repr_mimebundle_()["image/svg+xml"]) < 100_000


def test_a_plain_shell_writes_and_names_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    path = NET.show()
    assert path is not None
    assert capsys.readouterr().out == f"wrote {path}\n"
    ElementTree.parse(path)
    path.unlink()


def test_a_path_of_ones_own_is_taken(tmp_path: Path) -> None:
    assert to_additive(NET).show(tmp_path / "net.svg", theme="dark") == tmp_path / "net.svg"
    assert 'class="sigmaprime dark"' in (tmp_path / "net.svg").read_text()
