"""Notebooks and shells: what a cell shows, and a picture as a file where there are no cells."""

from __future__ import annotations

import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from sigmaprime.diagrams import Function, IllTyped, Refused

from .plot import plot
from .svg import Picture, svg

__all__ = ["bundle", "show"]


def bundle(thing: Any) -> dict[str, str]:
    """Text and picture of a diagram, a function or an equation, by MIME type; what has no picture is text."""
    found = {"text/plain": str(thing)}
    try:
        found["image/svg+xml"] = _picture(thing).text
    except Refused as no:
        found["text/plain"] += f"\n({no})"
    return found


def _picture(thing: Any) -> Picture:
    """The curves of a function where it has them, else its box."""
    if isinstance(thing, Function):
        with suppress(IllTyped, Refused):
            return plot(thing)
    return svg(thing)


def show(thing: Any, path: str | Path | None = None, **options: Any) -> Path | None:
    """Show a picture: in a notebook under the cell, in a plain shell as a file, whose path is printed and given back.

    >>> from sigmaprime.diagrams import add, tanh
    >>> import os, tempfile
    >>> file = show(add("W", 3, 3) >> tanh, os.path.join(tempfile.mkdtemp(), "net.svg"))  # doctest: +ELLIPSIS
    wrote ...net.svg
    """
    picture = thing if isinstance(thing, Picture) else svg(thing, **options) if options else _picture(thing)
    if path is None and _in_notebook():
        import_module("IPython.display").display(picture)
        return None
    if path is None:
        path = Path(tempfile.mkdtemp(prefix="sigmaprime-")) / f"{type(thing).__name__.lower()}.svg"
    picture.save(path)
    print(f"wrote {path}")
    return Path(path)


def _in_notebook() -> bool:
    """Whether this runs in a kernel that shows pictures."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return shell is not None and hasattr(shell, "kernel")
