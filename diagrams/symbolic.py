"""Diagrams and functions as SymPy expressions: for reading, printing and LaTeX. SymPy is loaded when first asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import errors
from .function import Function
from .image import domain, image
from .space import Interval, negative, nonnegative, positive
from .tape import Tape, at_sizes, lowered

if TYPE_CHECKING:
    from .diagram import Diagram

__all__ = ["Symbolic", "function_expression", "greek", "kind", "symbolic"]

LARGEST = 20_000  # symbols and operations of all expressions, written out
DEEPEST = 100  # operations one inside the other
STEEPEST = 1000  # numerator and denominator of an exponent


@dataclass(frozen=True)
class Symbolic:
    """What a diagram computes, component by component, in exact symbols.

    Symbols are positive, nonnegative, negative or real as their wires are, and nothing more. An expression says what the value is, not
    where it is defined: that is the type of the diagram.
    """

    inputs: tuple[tuple[Any, ...], ...]
    """The symbols of every input."""
    outputs: tuple[tuple[Any, ...], ...]
    """The expressions of every output."""
    parameters: Mapping[str, Any]
    """The symbols of weights (nested lists), biases (lists) and scalars, by name."""
    names: Mapping[Any, str]
    """The LaTeX of every symbol."""
    labels: tuple[str, ...]
    """How the outputs are called."""

    @property
    def expressions(self) -> tuple[Any, ...]:
        """All components of all outputs, in order."""
        return tuple(e for output in self.outputs for e in output)

    def simplified(self) -> Symbolic:
        """The same with ln spread over products, powers and maxima where their parts are known to be positive."""
        from .expressions import simple

        outputs = tuple(tuple(simple(e) for e in output) for output in self.outputs)
        return Symbolic(self.inputs, outputs, self.parameters, self.names, self.labels)

    def latex(self) -> str:
        """One aligned equation for every component.

        >>> from sigmaprime.diagrams import mul
        >>> print(mul("W", 2, 1).symbolic().latex())
        \\begin{aligned}
        y_{1} &= x_{1}^{W_{11}} x_{2}^{W_{12}}
        \\end{aligned}
        """
        import sympy as sp

        lines = []
        for label, output in zip(self.labels, self.outputs, strict=True):
            for i, e in enumerate(output, 1):
                lines.append(f"{_indexed(label, str(i))} &= {sp.latex(e, symbol_names=dict(self.names))}")
        return greek("\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}")

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        lines = []
        for label, output in zip(self.labels, self.outputs, strict=True):
            lines += [f"{label}_{i} = {e}" for i, e in enumerate(output, 1)]
        return "\n".join(lines)


def kind(on: Interval) -> str:
    """What SymPy may assume of values in an interval."""
    for word, wide in (("positive", positive), ("negative", negative), ("nonnegative", nonnegative)):
        if wide.contains(on):
            return word
    return "real"


def symbolic(diagram: Diagram, sizes: Mapping[str, int] | None = None, *, arrays: bool = False) -> Symbolic:
    """The expressions of a diagram; see `Diagram.symbolic`."""
    from .expressions import function_symbol, replay, symbol
    from .text import output_names

    diagram = at_sizes(diagram, sizes)
    tape = Tape()
    rows = lowered(tape, diagram, arrays=arrays)
    _check(tape, (i for output in rows for i in output))
    naming = _Naming(diagram, tape)
    leaves = {i: symbol(naming.plain[i], kind(on)) for i, on in tape.leaves.items()}
    functions = {f.name: function_symbol(f.name, kind(f.key[3])) for f in tape.functions.values()}
    made = replay(tape.rows, lambda i, row: leaves[i], functions)
    inputs: list[list[Any]] = [[] for _ in diagram.inputs]
    for i, row in enumerate(tape.rows):
        if row[0] == "input":
            inputs[row[1]].append(leaves[i])
    return Symbolic(
        tuple(map(tuple, inputs)),
        tuple(tuple(made[i] for i in output) for output in rows),
        _parameters(tape, leaves),
        {leaves[i]: naming.latex[i] for i in leaves},
        tuple(output_names(diagram)),
    )


def _parameters(tape: Tape, leaves: Mapping[int, Any]) -> dict[str, Any]:
    """Symbols of the parameters by name; an entry that no output needs is there all the same."""
    found: dict[str, Any] = {}
    for i, row in enumerate(tape.rows):
        match row[0]:
            case "scalar":
                found[row[1]] = leaves[i]
            case "bias":
                found.setdefault(row[1], []).append(leaves[i])
            case "weight":
                matrix = found.setdefault(row[1], [])
                if row[2] == len(matrix):
                    matrix.append([])
                matrix[row[2]].append(leaves[i])
            case _:
                continue
    return found


class _Naming:
    """A name for every leaf, plain and in LaTeX; no two leaves share one."""

    def __init__(self, diagram: Diagram, tape: Tape) -> None:
        from .text import input_names

        names = input_names(diagram)
        self.plain: dict[int, str] = {}
        self.latex: dict[int, str] = {}
        taken: set[str] = set(tape.functions)
        for i, row in enumerate(tape.rows):
            if i not in tape.leaves:
                continue
            base = names[row[1]] if row[0] == "input" else row[1]
            at = [str(k + 1) for k in row[2:]]
            index = "".join(at) if all(len(k) == 1 for k in at) else "_".join(at)
            plain = f"{base}_{index}" if index else base
            while plain in taken:
                plain += "'"
            taken.add(plain)
            self.plain[i] = plain
            primes = "'" * (len(plain) - len(plain.rstrip("'")))
            self.latex[i] = _indexed(base, index.replace("_", ",")) + primes


def _indexed(base: str, index: str) -> str:
    """W1 with index 23 is W^{(1)}_{23}."""
    import sympy as sp

    found = re.fullmatch(r"([A-Za-z]|[^\W\d_A-Za-z]+)(\d*)", base)
    if found:
        text = sp.latex(sp.Symbol(found[1])) + (f"^{{({found[2]})}}" if found[2] else "")
    else:
        text = r"\mathrm{" + re.sub(r"([_%#&$])", r"\\\1", base) + "}"
    return f"{text}_{{{index}}}" if index else text


def greek(text: str) -> str:
    """Greek letters as LaTeX commands."""
    letters = {c for c in text if "\u0370" <= c <= "\u03ff"}
    for c in sorted(letters):
        case, _, letter = unicodedata.name(c).removeprefix("GREEK ").partition(" LETTER ")
        text = text.replace(c, rf"\{letter.lower() if case == 'SMALL' else letter.title()} ")
    return text


def function_expression(function: Function, on: Interval | None = None) -> tuple[Any, Any, Any]:
    """(x, f(x), f(x) in simple form) on an interval, the whole domain if none is given; raises `IllTyped` where f is not defined.

    >>> from sigmaprime.diagrams import exp, ln, max1, then
    >>> function_expression(then(exp, max1, ln))
    (x, log(Max(1, exp(x))), Max(0, x))
    """
    from .expressions import function_symbol, replay, simple, symbol

    on = domain(function) if on is None else on
    image(function, on)
    tape = Tape()
    x = tape.put("input", 0, 0, on=on)
    end = tape.applied(function, x)
    _check(tape, [end])
    scalars = {i: tape.rows[i][1] for i in tape.leaves if i != x}
    free = next(name for name in ("x", "t", "x'") if name not in scalars.values())
    symbols = {i: symbol(scalars.get(i, free), kind(j)) for i, j in tape.leaves.items()}
    functions = {f.name: function_symbol(f.name, kind(f.key[3])) for f in tape.functions.values()}
    made = replay(tape.rows, lambda i, row: symbols[i], functions)
    return symbols[x], made[end], simple(made[end])


def _check(tape: Tape, rows: Iterable[int]) -> None:
    """SymPy multiplies rational powers out whatever it takes, recurses over expressions, and is given small ones only."""
    trees, depth = tape.trees(), tape.depths()
    kept = list(rows)
    if (written := sum(trees[i] for i in kept)) > LARGEST:
        raise errors.expression_too_large(written, LARGEST)
    if (deep := max((depth[i] for i in kept), default=0)) > DEEPEST:
        raise errors.expression_too_deep(deep, DEEPEST)
    for row in tape.rows:
        a = tape.value(row[3]) if row[:2] == ("map", "power") else None
        if a is not None and max(abs(a.numerator), a.denominator) > STEEPEST:
            raise errors.exponent_too_large(a, STEEPEST)
