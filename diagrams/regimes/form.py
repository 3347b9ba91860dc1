"""A form of σ' = ln ∘ σ ∘ exp: borders, and a program for every regime between them, run with masked inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .rows import Program, code, run

__all__ = ["Form", "Forms"]


@dataclass(frozen=True)
class Form:
    """y(x) = programs[i](x) where borders[i-1] ≤ x < borders[i].

    Every program is given inputs of its own regime alone, and a border elsewhere, so that no branch that is not taken makes a nan, in the
    gradient either. At the two ends a program may be ("hold", k): there y goes on from the border with slope k.
    """

    borders: tuple[float, ...]
    programs: tuple[Program, ...]

    def __call__(self, xp: Any, x: Any) -> Any:
        """y on an array; a nan stays a nan."""
        from array_api_compat import device

        limits = [xp.full((), b, dtype=x.dtype, device=device(x)) for b in self.borders]
        borders, programs, ends = self._inner()
        inner, beyond = x, None
        for at, k in ends:
            held = xp.where(inner >= limits[at] if at else inner < limits[at], limits[at], inner)
            if k:
                slide = inner - held if k == 1 else k * (inner - held)
                beyond = slide if beyond is None else beyond + slide
            inner = held
        limits = limits[borders]
        y = None
        after = [inner >= b for b in limits]
        for i, program in enumerate(programs):
            constant = program[-1][0] == "number"
            own = inner
            if i < len(limits) and not constant:
                own = xp.where(after[i], limits[i], own)
            if i > 0 and not constant:
                own = xp.where(after[i - 1], own, limits[i - 1])
            z = run(program, xp, own)
            if constant:
                z = xp.full_like(x, z)
                z = xp.where(x == x, z, x) if i == 0 else z
            y = z if y is None else xp.where(after[i - 1], z, y)
        return y if beyond is None else y + beyond

    def _inner(self) -> tuple[slice, tuple[Program, ...], list[tuple[int, float]]]:
        """The borders between programs that are run, those programs, and the ends that are held: (0 left, -1 right; slope)."""
        first, last = (self.programs[i][-1][0] == "hold" for i in (0, -1))
        count = len(self.borders)
        ends = [(0, self.programs[0][-1][1])] if first else []
        ends += [(-1, self.programs[-1][-1][1])] if last else []
        return slice(int(first), count - last), self.programs[int(first) : len(self.programs) - last], ends

    def lines(self) -> list[str]:
        """The body of a function of (xp, x), the same in plain array code."""
        borders, programs, ends = self._inner()
        lines, inner, slides = [], "x", []
        for at, k in ends:
            side, b, name = (">=", self.borders[-1], "right") if at else ("<", self.borders[0], "left")
            lines.append(f"{name} = xp.where({inner} {side} {b!r}, xp.full_like(x, {b!r}), {inner})")
            if k:
                slides.append(f"({inner} - {name})" if k == 1 else f"{k!r} * ({inner} - {name})")
            inner = name
        limits = self.borders[borders]
        lines += [f"after{i} = {inner} >= {b!r}" for i, b in enumerate(limits)]
        for i, program in enumerate(programs):
            own, y = inner, "y" if i == 0 else f"y{i}"
            constant = program[-1][0] == "number"
            if i < len(limits) and not constant:
                lines.append(f"x{i} = xp.where(after{i}, xp.full_like(x, {limits[i]!r}), {own})")
                own = f"x{i}"
            if i > 0 and not constant:
                lines.append(f"x{i} = xp.where(after{i - 1}, {own}, xp.full_like(x, {limits[i - 1]!r}))")
                own = f"x{i}"
            lines += code(program, y, own)
            if i == 0 and constant:
                lines.append("y = xp.where(x == x, y, x)")
            if i > 0:
                lines.append(f"y = xp.where(after{i - 1}, {y}, y)")
        return [*lines, "return " + " + ".join(["y", *slides])]


Forms = Mapping[str, Form]
"""By the type: float32 and float64."""
