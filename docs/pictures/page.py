"""The code of a page: found, run in order in one namespace, and compared with what the page shows.

The build makes its pictures from what this returns; the tests run it on every page. A page holds

    ```python             run; with `>>>` its output is compared, by the rules of doctest
    ```console            `$ sigmaprime ...` is run, and the lines below it are compared with what it prints
    ```{picture} CODE     CODE is an expression whose value is a picture; options, then a caption
    ```{book} CODE        CODE is an expression whose value is entries of the rule book: each with its picture and, if it is a theorem, its film
    ```{rows} CODE        CODE is an expression, in which the tables of tables.py may be used: rows of texts, the head first

Pages with `needs: NAME` in their front matter are run where that package is installed.
"""

from __future__ import annotations

import contextlib
import doctest
import importlib.util
import io
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tables

__all__ = ["LANGUAGES", "THEMES", "Block", "Failed", "blocks", "missing", "run"]

LANGUAGES = frozenset({"python", "console", "sh", "text", "json"})
THEMES = ("light", "dark")
EXAMPLES = Path(__file__).parent.parent / "examples"
FENCE = re.compile(
    r"^(?P<fence>`{3,})(?P<word>\{\w[\w-]*\}|\w*)[ ]*(?P<rest>.*)\n(?P<text>(?:.*\n)*?)(?P=fence)$", re.M
)
FLAGS = doctest.ELLIPSIS


class Failed(Exception):
    """A block that does not run, or does not print what the page shows."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    word: str
    """`python`, `{picture}`, ..."""
    code: str
    """What stands behind the word; for a language, the text."""
    line: int


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found = []
    for m in FENCE.finditer(text):
        line = text.count("\n", 0, m.start()) + 1
        found.append(Block(m["word"], m["rest"] if m["word"].startswith("{") else m["text"], line))
    return found


def missing(text: str) -> str | None:
    """The package that the page needs and that is not installed."""
    needs = re.match(r"---\n(?:.*\n)*?needs: *(\w+)\n(?:.*\n)*?---\n", text)
    return needs[1] if needs and importlib.util.find_spec(needs[1]) is None else None


def run(text: str) -> Iterator[tuple[Block, Any]]:
    """Run the blocks of a page in a folder of their own, with the examples in it; each with its value: for a picture one by theme.

    Raises `Failed` at the first block that does not run or does not print what the page shows.
    """
    scope: dict[str, Any] = {"__name__": "__page__"}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        shutil.copytree(EXAMPLES, Path("docs") / "examples")
        for block in blocks(text):
            try:
                yield block, _value(block, scope)
            except Failed:
                raise
            except Exception as error:
                raise Failed(block.line, f"{type(error).__name__}: {error}") from error


def _value(block: Block, scope: dict[str, Any]) -> Any:
    match block.word:
        case "python":
            return _printed(block, scope) if block.code.startswith(">>>") else _quiet(block, scope)
        case "console":
            return _commands(block)
        case "{picture}":
            code = compile(block.code, f"line {block.line}", "eval")
            return {theme: _picture(eval(code, scope | _words(theme)), block) for theme in THEMES}
        case "{book}":
            return [_entry(entry) for entry in eval(block.code, scope)]
        case "{rows}":
            return _table(eval(block.code, vars(tables) | scope), block)
        case _:
            return None


def _quiet(block: Block, scope: dict[str, Any]) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile("\n" * block.line + block.code, "page", "exec", dont_inherit=True), scope)


def _printed(block: Block, scope: dict[str, Any]) -> None:
    test = doctest.DocTestParser().get_doctest(block.code, {}, "page", "page", block.line)
    test.globs = scope
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(test, out=said.append, clear_globs=False)
    if result.failed:
        raise Failed(block.line, "".join(said))


def _commands(block: Block) -> None:
    """Run `$ sigmaprime ...`, each with the lines that follow it."""
    from sigmaprime.render.cli import main

    for call in re.split(r"^\$ ", block.code, flags=re.M)[1:]:
        command, _, shown = call.partition("\n")
        program, *arguments = shlex.split(command)
        if program != "sigmaprime":
            raise Failed(block.line, f"a console block runs sigmaprime, not {program}")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                code: Any = main(arguments)
            except SystemExit as end:
                code = end.code
        if code:
            raise Failed(block.line, f"{command}: exit status {code}\n{printed.getvalue()}")
        if not doctest.OutputChecker().check_output(shown, printed.getvalue(), FLAGS | doctest.NORMALIZE_WHITESPACE):
            raise Failed(block.line, f"{command}: the page shows\n{shown}\nbut it prints\n{printed.getvalue()}")


def _words(theme: str) -> dict[str, Any]:
    """The words that make pictures, in a theme."""
    from functools import partial

    from sigmaprime import render

    return {word: partial(getattr(render, word), theme=theme) for word in ("svg", "film", "plot", "legend")}


def _entry(entry: Any) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """An entry of the rule book, its statement, and its proof, each by theme."""
    from sigmaprime.render import film, svg

    theorem = entry.equation
    stated = {theme: svg(theorem, theme=theme, view="neuron") for theme in THEMES}
    proof = {theme: film(theorem, theme=theme) for theme in THEMES} if entry.kind == "theorem" else {}
    return entry, stated, proof


def _picture(value: Any, block: Block) -> Any:
    if not str(getattr(value, "text", "")).startswith(("<svg", "<?xml")):
        raise Failed(block.line, f"{block.code} is no picture")
    return value


def _table(value: Any, block: Block) -> list[list[str]]:
    rows = [[str(cell) for cell in row] for row in value]
    if len(rows) < 2 or len({len(row) for row in rows}) != 1:
        raise Failed(block.line, f"{block.code} is no table: rows of one length, the head first")
    return rows
