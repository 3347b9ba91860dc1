"""A form of σ' = ln ∘ σ ∘ exp: borders, and a program for every regime between them, run with masked inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .rows import Program, code, run

__all__ = ["Form", "Forms"]


@dataclass(frozen=True)
class Form:
    """y(x) = programs[i](x) where borders[i-1] ≤ x < borders[i].

    Every program is given inputs of its own regime alone, and its last point elsewhere, so that no branch that is not taken makes a nan, in
    the gradient either. At the two ends a program may be ("hold", k): there y goes on from the border with slope k.
    """

    borders: tuple[float, ...]
    programs: tuple[Program, ...]

    def __call__(self, xp: Any, x: Any) -> Any:
        """y on an array; a nan stays a nan."""
        borders, programs, ends = self._inner()
        inner, beyond = x, None
        for bounds, k in ends:
            held = xp.clip(inner, *bounds)
            if k:
                slide = inner - held if k == 1 else k * (inner - held)
                beyond = slide if beyond is None else beyond + slide
            inner = held
        y = None
        for i, program in enumerate(programs):
            bounds = _bounds(borders, i, x.dtype)
            if program[-1][0] == "number":
                z = xp.full_like(x, program[-1][1])
                z = xp.where(x == x, z, x) if i == 0 else z
            else:
                z = run(program, xp, xp.clip(inner, *bounds) if bounds != (None, None) else inner)
            y = z if y is None else xp.where(inner >= borders[i - 1], z, y)
        return y if beyond is None else y + beyond

    def _inner(self) -> tuple[tuple[float, ...], tuple[Program, ...], list[tuple[Bounds, float]]]:
        """The borders between programs that are run, those programs, and the ends that are held, with their slopes."""
        first, last = (self.programs[i][-1][0] == "hold" for i in (0, -1))
        count = len(self.borders)
        ends: list[tuple[Bounds, float]] = [((self.borders[0], None), self.programs[0][-1][1])] if first else []
        ends += [((None, self.borders[-1]), self.programs[-1][-1][1])] if last else []
        return self.borders[int(first) : count - last], self.programs[int(first) : len(self.programs) - last], ends

    def lines(self, dtype: str) -> list[str]:
        """The body of a function of (xp, x), the same in plain array code."""
        borders, programs, ends = self._inner()
        lines, inner, slides = [], "x", []
        for (low, high), k in ends:
            name = "left" if high is None else "right"
            lines.append(f"{name} = xp.clip({inner}, {low!r}, {high!r})")
            if k:
                slides.append(f"({inner} - {name})" if k == 1 else f"{k!r} * ({inner} - {name})")
            inner = name
        for i, program in enumerate(programs):
            own, y = inner, "y" if i == 0 else f"y{i}"
            constant = program[-1][0] == "number"
            low, high = _bounds(borders, i, dtype)
            if (low, high) != (None, None) and not constant:
                own = f"x{i}"
                lines.append(f"{own} = xp.clip({inner}, {low!r}, {high!r})")
            lines += code(program, y, own)
            if i == 0 and constant:
                lines.append("y = xp.where(x == x, y, x)")
            if i > 0:
                lines.append(f"y = xp.where({inner} >= {borders[i - 1]!r}, {y}, y)")
        return [*lines, "return " + " + ".join(["y", *slides])]


Bounds = tuple[float | None, float | None]


def _bounds(borders: Sequence[float], i: int, dtype: Any) -> Bounds:
    """What the inputs of program i are clipped to: from the last float below its first border, as at a bound itself the gradient of a clip
    is a matter of the library, to the next border, where it is not taken any more."""
    return (_before(borders[i - 1], dtype) if i else None), (float(borders[i]) if i < len(borders) else None)


@lru_cache(maxsize=1024)
def _before(border: float, dtype: Any) -> float:
    import numpy as np

    kind = np.dtype(str(dtype).rpartition(".")[2]).type
    with np.errstate(under="ignore"):  # a border may be 0
        return float(np.nextafter(kind(border), kind(-np.inf)))


Forms = Mapping[str, Form]
"""By the type: float32 and float64."""
