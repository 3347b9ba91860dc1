"""Schemas: families of equations, one for each choice of functions and intervals.

A schema is no theorem. It can be called for one (`chart(g=exp)`), reversed (`~`), asked (`matches`, `why_not`) and given to `rewrite`, where it
reads functions and intervals off the wires, makes the instance, and leaves the step to the kernel, which matches the instance for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams import Diagram
from sigmaprime.diagrams.box import Kind

from . import errors
from .facts import Equal
from .looking import Look, look_at, matches, why_not
from .rewriting import Rewriting, plan_of
from .sugar import refl_of
from .workspace import Workspace

if TYPE_CHECKING:
    from .kernel import Equation

__all__ = ["Schema"]

Key = tuple[Any, ...]
Reader = Callable[[Workspace, int], Key | None]
"""What stands at a node, in ints: None where the schema cannot fit."""


class Schema:
    """A family of equations, by name."""

    def __init__(
        self,
        make: Callable[..., Equation],
        read: Reader | None,
        arguments: Callable[[Key], Mapping[str, Any]] | None,
        kind: Kind,
        *,
        name: str = "",
        back: Schema | None = None,
        needs: str = "",
    ) -> None:
        self.make, self.read, self.arguments, self.kind = make, read, arguments, kind
        self.name = name or make.__name__
        self.needs = needs
        self.__doc__ = make.__doc__
        self._back = back
        self.reversed = False
        self._made: dict[Any, Equation] = {}
        self.seen: dict[Key, Equation | errors.SigmaError] = {}

    def reading_back(self, read: Reader, arguments: Callable[[Key], Mapping[str, Any]], kind: Kind) -> Schema:
        """Say how the right side is recognised, so that the reversed schema can be given to `rewrite`."""
        self._back = Schema(lambda **given: ~self(**given), read, arguments, kind, name=f"~{self.name}", back=self)
        self._back.reversed = True
        return self

    def __call__(self, **given: Any) -> Equation:
        """The instance for these functions and intervals; an interval not given is the function's whole domain."""
        key = tuple(sorted((k, tuple(v) if isinstance(v, list) else v) for k, v in given.items()))
        found = self._made.get(key)
        if found is None:
            try:
                made = self.make(**given)
            except TypeError as error:
                raise errors.schema_arguments(self.name, self.needs, error) from None
            shown = ", ".join(f"{k}={_text(v)}" for k, v in given.items())
            found = self._made[key] = made.relabelled(f"{self.name}({shown})")
        return found

    def __invert__(self) -> Schema:
        if self._back is None:
            back = Schema(
                lambda **given: ~self(**given), None, None, self.kind, name=f"~{self.name}", back=self, needs=self.needs
            )
            back.reversed = True
            self._back = back
        return self._back

    # --- as a rule ---

    def instance(self, ws: Workspace, node: int) -> Equation | errors.SigmaError | None:
        """The instance that may fit at a node."""
        key = self.read(ws, node) if self.read is not None else None
        if key is None:
            return None
        found = self.seen.get(key)
        if found is None:
            assert self.arguments is not None
            try:
                found = self(**self.arguments(key))
            except errors.SigmaError as refusal:
                found = refusal
            self.seen[key] = found
        return found

    def stepper(self) -> SchemaStepper:
        if self.read is None:
            raise errors.schema_needs(self.name, self.needs)
        return SchemaStepper(self)

    def apply_to(self, diagram: Diagram, rules: Sequence[Any], **options: Any) -> Equation:
        return refl_of(diagram).rewrite(*rules, **options)

    def matches(self, net: Any, *, given: Any = ()) -> list[int]:
        """The wires at which an instance fits; see `Equation.matches`."""
        return matches(self._look, net, given)

    def why_not(self, net: Any, at: int | None = None, *, given: Any = ()) -> str | None:
        """Why no instance fits at a wire, or, without `at`, anywhere; None if one does."""
        return why_not(
            self._look,
            net,
            at,
            given,
            errors.schema_nowhere(self.name, self.needs, self.kind.name.lower(), self._statement),
        )

    def _look(self, ws: Workspace, wire: int, facts: Sequence[Equal]) -> Look:
        kind = wire >= ws.inputs and ws.op[wire] == self.kind
        found = self.instance(ws, wire) if kind else None
        if found is None:
            return Look(int(kind), lambda: self._other_shape(ws, wire))
        if isinstance(found, errors.SigmaError):
            return Look(2, partial(str, found))
        return look_at(plan_of(found), ws, wire, facts)

    def _other_shape(self, ws: Workspace, wire: int) -> str:
        reads = [(a, ws.describe(a)) for a in ws.arguments(wire)]
        return errors.schema_shape(self.name, wire, ws.describe(wire), reads, self.needs, self._statement)

    @property
    def _statement(self) -> str:
        """The equation, as its maker says it."""
        made = self._back.make if self.reversed and self._back else self.make
        text = (made.__doc__ or "").strip().partition("\n")[0]
        return f"{text}, from right to left" if self.reversed else text

    def _ask(self, *_: Any) -> Any:
        raise errors.schema_needs(self.name, self.needs)

    __rshift__ = __rrshift__ = __matmul__ = __rmatmul__ = then = rewrite = _ask

    def __repr__(self) -> str:
        return self.name


def _text(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list | tuple) else str(value)


class SchemaStepper:
    """A schema as `rewrite` drives it."""

    def __init__(self, schema: Schema) -> None:
        self.schema, self.name = schema, schema.name
        self.kinds = frozenset({int(schema.kind)})

    def bind(self, run: Rewriting) -> Callable[[int], bool]:
        read, seen, instance, ws = self.schema.read, self.schema.seen, self.schema.instance, run.ws
        assert read is not None
        steps: dict[Equation, Callable[[int], bool]] = {}

        def fire(node: int) -> bool:
            key = read(ws, node)
            if key is None:
                return False
            found = seen.get(key) or instance(ws, node)
            if found is None or isinstance(found, errors.SigmaError):
                return False
            step = steps.get(found)
            if step is None:
                step = steps[found] = run.bound(found)
            return step(node)

        return fire

    def fired(self, run: Rewriting) -> bool:
        return any(found in run.rules for found in self.schema.seen.values())
