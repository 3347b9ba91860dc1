"""What makes equations pleasant: operators, keywords, text. Nothing here is trusted; all of it ends in a maker of the kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from sigmaprime.diagrams import Diagram, Interval, Size, Space, nonnegative, positive, reals
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.build import lift, unify
from sigmaprime.diagrams.calling import bindings, diagram_sizes
from sigmaprime.diagrams.draft import infer
from sigmaprime.diagrams.shown import Shown
from sigmaprime.diagrams.term import subterms
from sigmaprime.diagrams.weight import check_name

from . import errors

if TYPE_CHECKING:
    from .facts import Axiom, Grade, Verdict
    from .kernel import Equation
    from .proof import Step
    from .report import Report

__all__ = ["Sugar"]


OPTIONS = ("once", "at", "given", "limit")
"""Of `rewrite`."""


class Sugar(Shown):
    """The conveniences of an equation."""

    __slots__ = ()

    @property
    def _me(self) -> Equation:
        return cast("Equation", self)

    # --- composing ---

    def __invert__(self) -> Equation:
        """b = a."""
        from .kernel import sym

        return sym(self._me)

    def then(self, other: Any) -> Equation:
        """a = b and b = c give a = c."""
        from .kernel import instantiate, trans

        other = _equation(other)
        apart = _apart(other, _unnamed(self._me))
        theta = unify((s.size, t.size) for s, t in zip(self._me.rhs.inputs, apart.lhs.inputs, strict=False))
        mine = {} if isinstance(theta, tuple) else {v: s for v, s in theta.items() if isinstance(v.variable, int)}
        return trans(self._me, instantiate(apart, mine) if mine else other)

    def __rshift__(self, other: Any) -> Any:
        """Attach the other's diagrams to the outputs of both sides."""
        from .kernel import instantiate, seq

        right = _equation_or_none(other)
        if right is None:
            return NotImplemented
        left = self._me
        right = _apart(right, _unnamed(left))
        ends = [Space.all[left.known[1][w]].size for w in left.rhs.outputs]
        theta = unify(zip(ends, (s.size for s in right.lhs.inputs), strict=False))
        if isinstance(theta, tuple):
            raise errors.junction(*theta, str(left), str(right))
        if theta:
            left, right = instantiate(left, theta), instantiate(right, theta)
        return _tidy(seq(left, right))

    def __rrshift__(self, other: Any) -> Any:
        left = _equation_or_none(other)
        return NotImplemented if left is None else left >> self

    def __matmul__(self, other: Any) -> Any:
        """One equation beside the other."""
        from .kernel import par

        right = _equation_or_none(other)
        return NotImplemented if right is None else _tidy(par(self._me, _apart(right, _unnamed(self._me))))

    def __rmatmul__(self, other: Any) -> Any:
        left = _equation_or_none(other)
        return NotImplemented if left is None else left @ self

    def __call__(self, values: Mapping[Any, Any] | None = None, /, **named: Any) -> Equation:
        """The equation at values for its variables. An array for W binds the sizes of W and stands beside; nothing is derived again."""
        from .kernel import instantiate

        e = self._me
        both = list(dict.fromkeys([*e.lhs.variables, *e.rhs.variables]))
        sizes = list(dict.fromkeys([*diagram_sizes(e.lhs), *diagram_sizes(e.rhs)]))
        theta, beside = bindings(both, sizes, {**(values or {}), **named})
        if theta:
            e = _tidy(instantiate(e, theta))
        if beside:
            left, right = (
                {n: a for n, a in beside.items() if n in {v.name for v in d.variables}} for d in (e.lhs, e.rhs)
            )
            e = e.relabelled(
                e.label,
                lhs=e.lhs._with(weights={**e.lhs._weights, **left}),
                rhs=e.rhs._with(weights={**e.rhs._weights, **right}),
            )
        return e

    # --- rewriting ---

    def rewrite(self, *rules: Any, **options: Any) -> Equation:
        """Rewrite the right side by the rules, in the order given, innermost first, until none fits.

        Options: `once` (each box of the start, no re-entry), `at` (a wire or several), `given` (hypotheses to assume), `limit` (of steps).
        """
        from .kernel import rewrite

        if not rules:
            raise errors.no_rules()
        for rule in rules:
            if not hasattr(rule, "stepper"):
                raise errors.not_a_rule(rule)
        if strangers := options.keys() - OPTIONS:
            raise errors.no_such_option(min(strangers), OPTIONS)
        return rewrite(self._me, rules, **options)

    def apply_to(self, diagram: Diagram, rules: Sequence[Any], **options: Any) -> Equation:
        """What `diagram.rewrite(rule, ...)` asks of its first rule."""
        return refl_of(diagram).rewrite(*rules, **options)

    def stepper(self) -> Any:
        return RuleStepper(self._me)

    def matches(self, net: Any, *, given: Any = ()) -> list[int]:
        """The wires at which the left side fits, under the facts in `given`.

        `net` is a diagram, or an equation: then its right side, with what it knows of its wires and its hypotheses.
        """
        from .looking import look_at, matches
        from .rewriting import plan_of

        plan = plan_of(self._me)
        return matches(partial(look_at, plan), net, given, 0 if plan.bare else None)

    def why_not(self, net: Any, at: int | None = None, *, given: Any = ()) -> str | None:
        """Why the rule does not fit at a wire, at the deepest place that still fits; None if it does.

        Without `at`, why it fits nowhere: at the wire where most of its left side is there.

        >>> from sigmaprime.diagrams import exp, ln, tanh
        >>> from sigmaprime.rewrite import cancel
        >>> print(cancel(f=exp).why_not(exp >> tanh >> ln))
        it fits nowhere; closest is wire 3: wire 2 is tanh, the rule wants exp
        """
        from .looking import look_at, wants, why_not
        from .rewriting import plan_of

        plan = plan_of(self._me)
        return why_not(partial(look_at, plan), net, at, given, errors.no_such_box(wants(plan, 0)))

    def named(self, name: str) -> Equation:
        """The same theorem under a name: a lemma, as steps, reports and files of rules call it."""
        check_name(name)
        return self._me.relabelled(name)

    # --- reading ---

    @property
    def axioms(self) -> tuple[Axiom, ...]:
        """What the theorem rests on: the axioms and axiom instances that its proof uses, in order of first use."""
        from .proof import axioms_of

        return axioms_of(self._me)

    @property
    def grade(self) -> Grade:
        """The weakest grade among what it rests on."""
        from .facts import Grade

        return max((a.grade for a in self.axioms), default=Grade.PROVED)

    @property
    def steps(self) -> list[Step]:
        """Every step from the left side to the right."""
        from .proof import steps_of

        return steps_of(self._me)

    def frames(self) -> list[Diagram]:
        """The diagrams from left to right: one more than there are steps."""
        from .frames import frames_of

        return frames_of(self._me)

    def report(self, *, symbolic: bool = False, seconds: float = 10.0) -> Report:
        """The steps, what the theorem rests on, and how each claim is known; print it, or read its rows.

        With `symbolic`, SymPy writes out every composed nonlinearity and checks the whole net if it is small, in `seconds` at most.
        """
        from .report import report

        return report(self._me, symbolic=symbolic, seconds=seconds)

    def check(self) -> Verdict:
        """Have the second reader check the proof, in a process of its own; raises `Refused` if it does not accept."""
        from .proof import second_reader

        return second_reader(self._me)

    def save(self, path: Any) -> None:
        """Write the proof to a file."""
        from .proof import save_proof

        save_proof(self._me, path)

    def __str__(self) -> str:
        e = self._me
        given = ", ".join(map(str, e.hypotheses))
        left, right = str(e.lhs), str(e.rhs)
        join = " = " if "\n" not in left + right else "\n=\n"
        return f"{given + ' ' if given else ''}⊢ {left}{join}{right}{_restriction(e)}"

    def __repr__(self) -> str:
        text = str(self)
        return f"<Equation {text if len(text) < 400 else text[:400] + '…'}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


def _restriction(e: Equation) -> str:
    """Where the equation holds, if that is less than what its left side would take."""
    notes = []
    for i, space in enumerate(e.lhs.inputs):
        wider = next((j for j in (reals, nonnegative, positive) if _types_on(e.lhs, i, j)), space.interval)
        if wider is not space.interval and wider.contains(space.interval):
            notes.append(str(space.interval))
    return f" on {', '.join(dict.fromkeys(notes))}" if notes else ""


def _types_on(d: Diagram, i: int, interval: Interval) -> bool:
    inputs = [Space(s.size, interval) if k == i else s for k, s in enumerate(d.inputs)]
    try:
        infer(inputs, d.columns)
    except errors.IllTyped:
        return False
    return True


class RuleStepper:
    """An equation as `rewrite` drives it."""

    def __init__(self, rule: Equation) -> None:
        from .rewriting import plan_of

        self.rule, self.name = rule, rule.label or str(rule)
        plan = plan_of(rule)
        self.kinds = frozenset({int(Kind.INPUT) if plan.bare else rule.lhs.columns.op[rule.lhs.outputs[0]]})

    def bind(self, run: Any) -> Any:
        return run.bound(self.rule)

    def fired(self, run: Any) -> bool:
        return self.rule in run.rules


def refl_of(diagram: Diagram) -> Equation:
    from .kernel import refl

    return refl(diagram)


def _equation_or_none(value: Any) -> Equation | None:
    if isinstance(value, Sugar):
        return value._me
    lifted = lift(value)
    return None if lifted is None else refl_of(lifted)


def _equation(value: Any) -> Equation:
    found = _equation_or_none(value)
    if found is None:
        raise errors.not_a_rule(value)
    return found


def _unnamed(e: Equation) -> list[Size]:
    """The anonymous sizes of an equation, in order of first occurrence."""
    roots: list[Any] = [s.size for s in e.lhs.inputs if s.size.unnamed]
    roots += [t for d in (e.lhs, e.rhs) for t in d.terms if t.unnamed]
    numbers = [n for t in subterms(roots) if isinstance(t, Size) for n in t.factors if isinstance(n, int)]
    return [Size.anonymous(n) for n in dict.fromkeys(numbers)]


def _apart(e: Equation, taken: Sequence[Size]) -> Equation:
    """The equation with anonymous sizes that occur nowhere else."""
    from .kernel import instantiate

    mine = _unnamed(e)
    if not mine or not taken:
        return e
    start = 1 + max(n for s in (*mine, *taken) for n in s.factors if isinstance(n, int))
    return instantiate(e, {s: Size.anonymous(start + i) for i, s in enumerate(mine)})


def _tidy(e: Equation) -> Equation:
    """Anonymous sizes numbered by first occurrence."""
    from .kernel import instantiate

    theta = {s: Size.anonymous(i) for i, s in enumerate(_unnamed(e)) if s is not Size.anonymous(i)}
    return instantiate(e, theta) if theta else e
