"""Every code block of README and docs runs, and every picture is what the code makes."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [text for word, text in BLOCK.findall(page.read_text()) if word == language]


def test_pages_use_languages_that_are_tested_only() -> None:
    for page in PAGES:
        assert {word for word, _ in BLOCK.findall(page.read_text())} <= {"python", "sh", "text", "json"}, page


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=lambda p: p.name)
def test_python_blocks_run_in_order(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    for text in blocks(page, "python"):
        exec(compile(text, str(page), "exec"), scope)


def test_the_readme_prints_what_it_says(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (text,) = blocks(ROOT / "README.md", "python")
    exec(compile(text, "README.md", "exec"), {})
    said = re.findall(r"^print\(.*#\s*(.+?)(?: \.\.\.)?$", text, re.MULTILINE)
    printed = capsys.readouterr().out
    assert said
    for line in said:
        assert line in printed


def test_the_main_command_of_the_readme_runs(tmp_path: Path) -> None:
    first = blocks(ROOT / "README.md", "sh")[0]
    arguments = re.search(r"bin/sigmaprime (.+)$", first.strip())
    assert arguments is not None
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    command = [sys.executable, "-m", "sigmaprime", *arguments[1].split()]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "activation.svg",
        "after.svg",
        "before.svg",
        "equation.svg",
        "film.svg",
        "index.html",
        "overflow.safetensors",
        "proof.json",
        "twin.safetensors",
    ]
    for line in blocks(ROOT / "README.md", "text")[0].splitlines()[:2]:
        assert line.strip() in run.stdout


def test_the_test_command_of_the_readme_is_the_one_of_ci() -> None:
    command = blocks(ROOT / "README.md", "sh")[1]
    assert "python -m pytest" in command
    assert "python -m pytest" in (ROOT / ".ci" / "run").read_text()


def test_pictures_are_what_the_code_makes() -> None:
    folder = ROOT / "docs" / "pictures"
    made = runpy.run_path(str(folder / "make.py"))["pictures"]()
    assert sorted(made) == sorted(p.name for p in folder.glob("*.svg"))
    for name, picture in made.items():
        assert (folder / name).read_text() == picture.text, f"run python {folder / 'make.py'}"
