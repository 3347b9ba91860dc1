"""A form of σ' = ln ∘ σ ∘ exp: borders, and a program for every regime between them, run with masked inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .rows import HOLD, Program, code, run

__all__ = ["Form", "Forms"]


@dataclass(frozen=True)
class Form:
    """y(x) = programs[i](x) where borders[i-1] ≤ x < borders[i].

    Every program is given inputs of its own regime alone, and a border elsewhere, so that no branch that is not taken makes a nan, in the
    gradient either; a nan of the input goes through the first program.
    """

    borders: tuple[float, ...]
    programs: tuple[Program, ...]

    def __call__(self, xp: Any, x: Any) -> Any:
        from array_api_compat import device

        beyond = [x >= b for b in self.borders]
        limits = [xp.full((), b, dtype=x.dtype, device=device(x)) for b in self.borders]
        y = None
        for i, program in enumerate(self.programs):
            if program == HOLD:
                continue
            own = x
            constant = program[-1][0] == "number"
            if i < len(self.borders) and not constant:
                own = xp.where(beyond[i], limits[i], own)
            if i > 0 and not constant:
                own = xp.where(beyond[i - 1], own, limits[i - 1])
            z = run(program, xp, own)
            if constant:
                z = xp.full_like(x, z)
                z = xp.where(x == x, z, x) if i == 0 else z
            y = z if y is None else xp.where(beyond[i - 1], z, y)
        return y

    def lines(self) -> list[str]:
        """The body of a function of (xp, x), the same in plain array code."""
        lines = [f"beyond{i} = x >= {b!r}" for i, b in enumerate(self.borders)]
        for i, program in enumerate(self.programs):
            if program == HOLD:
                continue
            own = "x"
            constant = program[-1][0] == "number"
            if i < len(self.borders) and not constant:
                lines.append(f"x{i} = xp.where(beyond{i}, xp.full_like(x, {self.borders[i]!r}), {own})")
                own = f"x{i}"
            if i > 0 and not constant:
                lines.append(f"x{i} = xp.where(beyond{i - 1}, {own}, xp.full_like(x, {self.borders[i - 1]!r}))")
                own = f"x{i}"
            z = "y" if i == 0 else f"y{i}"
            lines += code(program, z, own)
            if i == 0 and constant:
                lines.append("y = xp.where(x == x, y, x)")
            if i > 0:
                lines.append(f"y = xp.where(beyond{i - 1}, {z}, y)")
        return [*lines, "return y"]


Forms = Mapping[str, Form]
"""By the type: float32 and float64."""
