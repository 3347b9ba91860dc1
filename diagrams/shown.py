"""How a thing shows itself: its text everywhere, its picture in a notebook or in a file."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["Shown"]


class Shown:
    """What has a picture. Pictures are another package's business: it is asked when one is wanted."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        found: dict[str, str] = import_module("sigmaprime.render.show").bundle(self)
        return found

    def show(self, path: str | Path | None = None, **options: Any) -> Path | None:
        """Show the picture: in a notebook under the cell, in a plain shell as an SVG file, whose path is printed and given back.

        The options are those of `sigmaprime.render.svg`. Without a path the file lies in the system's folder for temporary files.
        """
        shown: Path | None = import_module("sigmaprime.render.show").show(self, path, **options)
        return shown
