"""The forms in which one multiplicative net can be run, brought to common coordinates: ln y where the twin gives ln y.

product     ∏ x^w as products of powers, σ
uncomposed  ln ; add ; exp, σ, box after box
twin        add ; σ' in log coordinates, σ' in its stable form
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams import Diagram, Function, Vector, Weight, exp
from sigmaprime.diagrams.evaluate import Operators, evaluate, values_of
from sigmaprime.diagrams.precise import precisely

if TYPE_CHECKING:
    from sigmaprime.rewrite import Equation

__all__ = ["FORMS", "Forms"]

FORMS = {"product": "product form", "uncomposed": "uncomposed ln ; add ; exp form", "twin": "stable twin"}


class _Products(Operators):
    """Multiplicative layers as their definition says: e^b ∏ x^w, factor by factor."""

    def mix(self, g: Function, weight: Weight, bias: Vector, x: Any) -> Any:
        if g is not exp:
            return super().mix(g, weight, bias, x)
        from array_api_compat import device

        matrix = self.applied(weight, self.xp.eye(x.shape[-1], dtype=x.dtype, device=device(x))).T
        y = self.xp.prod(x[..., None, :] ** matrix, axis=-1)
        return y if bias.is_zero else y * self.xp.exp(self.vector(bias, x))


@dataclass(frozen=True)
class Forms:
    """A net, its uncomposed form and its twin; `logs` tells which outputs the twin gives as logarithms."""

    net: Diagram
    uncomposed: Diagram
    twin: Diagram
    logs: tuple[bool, ...]

    @classmethod
    def of(cls, thing: Diagram | Equation) -> Forms:
        """Of a net, or of the theorem `to_additive(net)`, which is not derived again."""
        from sigmaprime.rewrite import Equation, absorb, mult_add, to_additive

        theorem = thing if isinstance(thing, Equation) else to_additive(thing)
        net, twin = theorem.lhs, absorb(theorem).rhs
        return cls(net, net.rewrite(mult_add).rhs, twin, tuple(p.coordinate is not None for p in twin.out_ports))

    def run(self, form: str, inputs: Sequence[Any], weights: dict[str, Any]) -> tuple[Any, ...]:
        """The outputs of a form on inputs of the net, in common coordinates; a y of 0, inf or nan has no finite logarithm."""
        if form == "twin":
            moved = [
                values_of(p.coordinate, x) if p.coordinate else x
                for p, x in zip(self.twin.in_ports, inputs, strict=True)
            ]
            return self.run_twin(moved, weights)
        diagram, operators = (self.net, _Products) if form == "product" else (self.uncomposed, None)
        outputs = _tuple(evaluate(diagram, inputs, weights, operators))
        return tuple(y if p.coordinate is None else _log(y) for p, y in zip(self.twin.out_ports, outputs, strict=True))

    def run_twin(self, moved: Sequence[Any], weights: dict[str, Any]) -> tuple[Any, ...]:
        """The twin on inputs in its own coordinates."""
        return _tuple(evaluate(self.twin, moved, weights))

    def exactly(self, inputs: Sequence[Any], weights: dict[str, Any]) -> tuple[Any, ...]:
        """What every form should give, by mpmath, right to 25 digits."""
        return precisely(self.net, inputs, weights, self.logs)


def _tuple(outputs: Any) -> tuple[Any, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)


def _log(y: Any) -> Any:
    from array_api_compat import array_namespace

    xp = array_namespace(y)
    return xp.log(y)
