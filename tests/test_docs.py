"""Every code block of README and docs runs, and every picture is what the code makes."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.dom.minidom import parseString as parse

import pytest

from sigmaprime.diagrams import Function
from sigmaprime.rewrite import Equation, Schema, rule_book

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = sorted(p for p in DOCS.rglob("*.md") if "_build" not in p.parts)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [text for word, text in BLOCK.findall(page.read_text()) if word == language]


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module with which the build runs pages."""
    monkeypatch.syspath_prepend(str(DOCS / "pictures"))
    return import_module("page")


def test_pages_hold_blocks_that_are_tested_only(pages: Any) -> None:
    assert {word for word, _ in BLOCK.findall(README.read_text())} <= {"python", "sh", "text", "json"}
    for page in PAGES:
        for block in pages.blocks(page.read_text()):
            made = block.word in ("{picture}", "{rows}", "{book}")
            assert made or block.word in ("{toctree}", "{eval-rst}") or block.word in pages.LANGUAGES, (page, block)


@pytest.fixture(autouse=True)
def _the_types_of_torch_stay() -> Iterator[None]:
    """A page may set the default type, as its reader would."""
    torch = sys.modules.get("torch")
    before = torch.get_default_dtype() if torch else None
    yield
    torch = sys.modules.get("torch")
    if torch:
        torch.set_default_dtype(before or torch.float32)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_what_a_page_shows_is_what_its_code_does(page: Path, pages: Any) -> None:
    text = page.read_text()
    if needs := pages.missing(text):
        pytest.skip(f"this page needs {needs}: pip install 'sigmaprime[{needs}]'")
    ran = list(pages.run(text))
    assert [block for block, _ in ran] == pages.blocks(text)
    for block, value in ran:
        if block.word == "{picture}":
            assert all(parse(picture.text).getElementsByTagName("svg") for picture in value.values())
            assert value["light"].text != value["dark"].text


def test_both_readings_stand_on_every_page_of_the_story() -> None:
    for page in (DOCS / "story").glob("*.md"):
        text = page.read_text()
        assert "∘" in text, page
        assert re.search(r"\w\)? ; \w", text), page


def test_a_claim_has_the_grade_of_the_rule_that_it_links_to() -> None:
    grades = {f"rule-{e.name.replace('_', '-')}": e.equation.grade.name for e in rule_book()}
    page = (DOCS / "story" / "proved-measured-open.md").read_text()
    rows = [line.split("|")[1:-1] for line in page.splitlines() if "](#rule-" in line]
    assert len(rows) > 15
    for _claim, grade, where in rows:
        linked = re.findall(r"\]\(#([\w-]+)\)", where)
        assert linked
        assert {grades[name] for name in linked} == {grade.strip()}


@pytest.mark.parametrize(
    ("block", "line", "why"),
    [
        ("```python\n>>> 1 + 1\n3\n```", 3, "Got:\n    2"),
        ("```python\nx = 1 / 0\n```", 3, "ZeroDivisionError"),
        ("```{picture} 1 + 1\n```", 3, "no picture"),
        ("```{rows} [['head']]\n```", 3, "no table"),
        ("```console\n$ sigmaprime --version\nsigmaprime 0.0\n```", 3, "but it prints"),
        ("```console\n$ rm net\n```", 3, "not rm"),
    ],
)
def test_a_block_that_fails_is_named(block: str, line: int, why: str, pages: Any) -> None:
    with pytest.raises(pages.Failed, match=re.escape(why)) as failure:
        list(pages.run(f"# Title\n\n{block}\n"))
    assert failure.value.line == line


def test_the_reference_names_every_public_word() -> None:
    said = "".join(p.read_text() for p in (DOCS / "reference").glob("*.md"))
    for name in ("diagrams", "rewrite", "render"):
        package = import_module(f"sigmaprime.{name}")
        for word in package.__all__:
            if isinstance(getattr(package, word), Function | Equation | Schema):
                continue  # the tables of the reference list these by themselves
            assert re.search(rf"auto\w+:: {word}\b|`{word}`", said), f"{name}.{word} is not in docs/reference"


@pytest.fixture
def build(tmp_path: Path) -> Any:
    """Builds one page as the documentation is built; the whole of it is built by .ci/run."""
    if find_spec("sphinx") is None:
        pytest.skip("needs Sphinx: pip install 'sigmaprime[docs]'")
    for name in ("pictures", "examples", "_static"):
        shutil.copytree(DOCS / name, tmp_path / "docs" / name)
    shutil.copy(DOCS / "conf.py", tmp_path / "docs")

    def built(page: str) -> tuple[Path, subprocess.CompletedProcess[str]]:
        (tmp_path / "docs" / "index.md").write_text(page)
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "docs", "html"]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return tmp_path / "html", run

    return built


def test_the_build_puts_in_pictures_for_light_and_dark_and_tables(build: Any) -> None:
    code = "```python\nfrom sigmaprime.diagrams import tanh\nf, rows = tanh, [('a', 'b'), ('`1`', '2')]\n```"
    html, run = build(f"# Page\n\n{code}\n\n```{{picture}} svg(f)\nA *circle*.\n```\n\n```{{rows}} rows\n```\n")
    assert run.returncode == 0, run.stderr
    text = (html / "index.html").read_text()
    for theme in ("light", "dark"):
        (image,) = re.findall(rf'<a [^>]*href="(_images/[^"]+)"><img [^>]*class="only-{theme}', text)
        assert f'class="sigmaprime {theme}"' in (html / image).read_text()
    assert "A <em>circle</em>." in text
    assert len(re.findall("<t[hd][ >]", text)) == 4
    assert '<span class="pre">1</span>' in text


def test_a_block_that_fails_ends_the_build(build: Any) -> None:
    _, run = build("# Page\n\n```python\n>>> 1 + 1\n3\n```\n")
    assert run.returncode != 0
    assert re.search(r"index.md:3: WARNING: line 3(.|\n)*Expected:\n\s+3\nGot:\n\s+2", run.stderr)


def test_a_page_that_needs_what_is_not_installed_says_so(build: Any) -> None:
    html, run = build("---\nneeds: nothing_of_this_name\n---\n# Page\n\n```python\n1 / 0\n```\n\n```{picture} x\n```\n")
    assert run.returncode == 0, run.stderr
    assert "Not made in this build" in (html / "index.html").read_text()


def test_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    for text in blocks(README, "python"):
        exec(compile(text, "README.md", "exec"), scope)


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
