"""Programs of Python under several hash seeds, side by side: what they say depends on no hash."""

from __future__ import annotations

import os
import subprocess
import sys

__all__ = ["ended", "same", "started"]

SEEDS = ("1", "2")


def started(seed: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Python with these arguments, under way."""
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def ended(*processes: subprocess.Popen[bytes]) -> list[bytes]:
    """What each printed; all end well."""
    said = [process.communicate() for process in processes]
    for process, (_, err) in zip(processes, said, strict=True):
        assert process.returncode == 0, err.decode()
    return [out for out, _ in said]


def same(code: str, *arguments: str) -> str:
    """What this code prints, which is the same under every hash seed and not nothing."""
    one, other = ended(*[started(seed, "-c", code, *arguments) for seed in SEEDS])
    assert one == other != b""
    return one.decode()
