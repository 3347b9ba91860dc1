"""A form of σ' = ln ∘ σ ∘ exp: borders, and a program for every regime between them, run with masked inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .rows import Program, code, cost, run

__all__ = ["Form", "Forms"]


@dataclass(frozen=True)
class Form:
    """y(x) = programs[i] at x, where borders[i-1] ≤ x < borders[i]."""

    borders: tuple[float, ...]
    programs: tuple[Program, ...]
    joints: tuple[float, ...] = ()
    """The borders at which σ' has a kink, as rounded: there the slope is that of one side."""

    def __call__(self, xp: Any, x: Any) -> Any:
        """On an array. Every regime computes on inputs of its own alone: elsewhere it is given a border, so no branch can make a nan."""
        y = run(self.programs[-1], xp, self._masked(xp, x, len(self.borders)))
        if not hasattr(y, "dtype"):
            y = x * 0 + y if not self.borders else xp.full_like(x, y)
            if self.borders:
                y = xp.where(x == x, y, x)
        for i in range(len(self.borders) - 1, -1, -1):
            z = run(self.programs[i], xp, self._masked(xp, x, i))
            if not hasattr(z, "dtype"):
                z = xp.full_like(x, z)
            y = xp.where(x < self.borders[i], z, y)
        return y

    def _masked(self, xp: Any, x: Any, i: int) -> Any:
        if i < len(self.borders):
            x = xp.where(x < self.borders[i], x, xp.full_like(x, self.borders[i]))
        if i > 0:
            x = xp.where(x < self.borders[i - 1], xp.full_like(x, self.borders[i - 1]), x)
        return x

    @property
    def cost(self) -> float:
        return sum(cost(p) for p in self.programs) + 3 * len(self.borders)

    def lines(self) -> list[str]:
        """The body of a function of (xp, x) as plain array code."""
        lines: list[str] = []
        last = len(self.borders)
        for i, program in enumerate(self.programs):
            name = f"x{i}" if last else "x"
            if i < last:
                lines.append(f"x{i} = xp.where(x < {self.borders[i]!r}, x, xp.full_like(x, {self.borders[i]!r}))")
            if i > 0:
                given = "x" if i == last else f"x{i}"
                b = self.borders[i - 1]
                lines.append(f"x{i} = xp.where(x < {b!r}, xp.full_like(x, {b!r}), {given})")
            lines += code(program, f"y{i}", name)
        for i in range(last - 1, -1, -1):
            lines.append(f"y{last} = xp.where(x < {self.borders[i]!r}, y{i}, y{last})")
        return [*lines, f"return y{last}"]


Forms = Mapping[str, Form]
"""By the type: float32 and float64."""
