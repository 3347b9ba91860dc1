"""Build the wheel and compare its files with git's: every module of the three packages is in it, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("diagrams", "rewrite", "render")


def tracked() -> set[str]:
    """What the wheel should hold, by its installed names."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    found = {f"sigmaprime/{f}" for f in listed if f.split("/")[0] in FOLDERS}
    links = {f".src/sigmaprime/{f}" for f in FOLDERS}
    return found | {f.removeprefix(".src/") for f in listed if f.startswith(".src/sigmaprime/") and f not in links}


def built() -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "build", "--wheel", "--outdir", folder, str(ROOT)], check=True, capture_output=True
        )
        (wheel,) = Path(folder).glob("*.whl")
        return {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}


if __name__ == "__main__":
    want, have = tracked(), built()
    for name in sorted(want - have):
        print(f"not in the wheel: {name}")
    for name in sorted(have - want):
        print(f"only in the wheel: {name}")
    print(f"the wheel holds {len(have)} files")
    sys.exit(want != have)
