"""The card of the project: what stands at the top level, and which way imports run."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CARD = {"pyproject.toml", "diagrams", "rewrite", "render", "tests", "docs", "README.md", "LICENSE", "CHANGELOG.md"}
LAYERS = ["diagrams", "rewrite", "render"]


def test_the_top_level_holds_nothing_but_the_card() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    top = {name.split("/")[0] for name in listed}
    assert {name for name in top if not name.startswith(".")} == CARD


def imported(path: Path) -> set[str]:
    """The absolute modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


@pytest.mark.parametrize("layer", range(3), ids=LAYERS)
def test_imports_run_one_way(layer: int) -> None:
    above = tuple(f"sigmaprime.{name}" for name in LAYERS[layer + 1 :])
    for path in (ROOT / LAYERS[layer]).rglob("*.py"):
        assert not [m for m in imported(path) if m.startswith(above)], path
        assert not [m for m in imported(path) if m.split(".")[0] in LAYERS], (
            f"{path}: write sigmaprime.diagrams, not diagrams"
        )


def test_the_second_reader_imports_the_standard_library_alone() -> None:
    roots = {m.split(".")[0] for m in imported(ROOT / "rewrite" / "check.py")}
    assert roots <= set(sys.stdlib_module_names)


def test_the_kernel_computes_with_no_float() -> None:
    trusted = [
        "rewrite/kernel.py",
        "rewrite/check.py",
        "rewrite/match.py",
        "rewrite/workspace.py",
        "rewrite/rewriting.py",
        "diagrams/weight.py",
    ]
    for name in trusted:
        tree = ast.parse((ROOT / name).read_text())
        floats = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
        calls = [
            n
            for n in ast.walk(tree)
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "float"
        ]
        assert not floats, name
        assert not calls, name


def test_no_file_is_longer_than_a_person_reads() -> None:
    for folder in (*LAYERS, "tests", "docs"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name not in (
                "check.py",
                "test_check.py",
            ):  # one file that can be copied beside a proof, and its test
                assert len(path.read_text().splitlines()) <= 500, path


@pytest.mark.parametrize("arguments", [["--help"], ["convert", "--help"], ["--version"]])
def test_help_loads_no_heavy_library(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom sigmaprime.render.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('torch', 'onnx', 'sympy', 'matplotlib', 'networkx', 'numpy') if m in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr.strip() == "[]"
