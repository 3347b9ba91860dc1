"""Facts, grades, verdicts and proofs: what a claim rests on, how it is known, and how it was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams import Function, Interval
from sigmaprime.diagrams.image import equal, image
from sigmaprime.diagrams.term import substitute, variables

from .errors import not_a_fact

if TYPE_CHECKING:
    from sigmaprime.diagrams import Diagram

    from .kernel import Equation

__all__ = ["Axiom", "Equal", "Grade", "Maker", "Proof", "Verdict", "hypotheses"]


LONGEST = 2000  # characters of an equation in the text of a verdict


class Grade(IntEnum):
    """How a claim is known, strongest first. A claim is as good as the weakest thing that it rests on."""

    PROVED = 0
    CHECKED = 1
    ASSUMED = 2
    REFUTED = 3
    UNKNOWN = 4

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Equal:
    """The fact that two functions are defined and equal on all of an interval."""

    first: Function
    second: Function
    on: Interval

    def __post_init__(self) -> None:
        image(self.first, self.on)
        image(self.second, self.on)

    @property
    def decided(self) -> bool:
        """It follows from the catalogue alone."""
        return equal(self.first, self.second, self.on)

    def follows_from(self, known: Iterable[Equal]) -> bool:
        """It is decided, or one of the known facts says it on an interval as wide."""
        pair = {self.first, self.second}
        return self.decided or any(pair == {k.first, k.second} and k.on.contains(self.on) for k in known)

    def at(self, theta: Mapping[Any, Any]) -> Equal:
        """The fact with variables replaced."""
        return Equal(substitute(self.first, theta), substitute(self.second, theta), self.on)

    @property
    def variables(self) -> list[Any]:
        return variables([self.first, self.second])

    def __str__(self) -> str:
        return f"{self.first} = {self.second} on {self.on}"


def hypotheses(given: Any) -> tuple[Equal, ...]:
    """What a user gives as facts to assume: `Equal` facts, one or several; a bound on a difference is none."""
    found = (given,) if isinstance(given, (Equal, Verdict)) or not isinstance(given, Iterable) else tuple(given)
    for fact in found:
        if not isinstance(fact, Equal):
            raise not_a_fact(fact.value if isinstance(fact, Verdict) and fact.value is not None else fact)
    return found


@dataclass(frozen=True)
class Axiom:
    """A statement that was let in: its name, the arguments that made this instance, its digest, how it is known and by what."""

    name: str
    arguments: tuple[tuple[str, Any], ...]
    digest: str
    grade: Grade
    by: str

    def __str__(self) -> str:
        given = ", ".join(f"{k}={_shown(v)}" for k, v in self.arguments)
        return f"{self.name}({given})" if given else self.name


def family(name: str) -> str:
    """The rule of which a name tells an instance: `cancel(f=exp)` is of the family `cancel`."""
    return name.partition("(")[0]


def _shown(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


@dataclass(frozen=True)
class Verdict:
    """A graded answer. It has no truth value: ask for its grade."""

    grade: Grade
    evidence: str
    value: Any = None
    equation: Any = None
    counterexample: Any = None
    """A `Witness`, where it is REFUTED."""
    tried: tuple[str, ...] = ()
    """What was done to find out, in order."""

    @property
    def point(self) -> Any:
        """The inputs at which the sides differ, exact; None if it is not REFUTED."""
        return None if self.counterexample is None else self.counterexample.inputs

    @property
    def values(self) -> Any:
        """The values of the two sides at the point, in decimals; None if it is not REFUTED."""
        return None if self.counterexample is None else self.counterexample.values

    def __bool__(self) -> bool:
        raise TypeError("a verdict is graded, not true or false; ask for verdict.grade")

    def __str__(self) -> str:
        lines = [f"{self.grade.name}: {self.evidence}"]
        if self.equation is not None:
            text = str(self.equation)
            lines.append(text if len(text) < LONGEST else f"{text[:LONGEST]}…")
        if self.grade is Grade.UNKNOWN:
            lines += [f"  tried {what}" for what in self.tried]
        return "\n".join(lines)


class Maker(Enum):
    """The figures."""

    REFL = "refl"
    SYM = "sym"
    TRANS = "trans"
    SEQ = "seq"
    PAR = "par"
    INSTANTIATE = "instantiate"
    UNFOLD = "unfold"
    REWRITE = "rewrite"
    AXIOM = "axiom"


@dataclass(frozen=True)
class Proof:
    """How an equation was made: the figure, the equations it was made from, and the data besides."""

    maker: Maker
    premises: tuple[Equation, ...]
    data: Any = None
    sides: tuple[Diagram, Diagram, tuple[Equal, ...]] | None = None
    """The statement of an axiom."""
