"""Functions of one real variable: catalogue entries, variables, inverses, chains and definitions.

A function is a *term*, never an expression that has been simplified: a chain of entries, so that its image, its inverse and its stable
evaluation follow from its parts. `f >> g` on functions is the diagram of two boxes; composing them is the step `compose`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import errors
from .catalogue import ATOMS
from .shown import Shown
from .space import Interval, Space
from .term import Head, Term, builder, substitute, variables
from .weight import Scalar, check_name

if TYPE_CHECKING:
    from .diagram import Diagram

__all__ = ["Function", "parts", "then"]


class Function(Term, Shown):
    """A function variable with its signature: any function that maps `domain` into `codomain`.

    >>> from sigmaprime.diagrams import Function, positive
    >>> Function("σ", positive, positive)
    Function("σ", positive, positive)
    """

    __slots__ = ()

    def __new__(cls, name: str, domain: Interval | str, codomain: Interval | str) -> Function:
        given = (j if isinstance(j, Interval) else Interval(j) for j in (domain, codomain))
        return _variable(name, *given)

    @classmethod
    def atom(cls, name: str, *parameters: Scalar | Fraction | float | str) -> Function:
        """The catalogue entry of this name, with its scalar parameters."""
        return _atom(name, *(Scalar.of(p) for p in parameters))

    @classmethod
    def defined(cls, label: str, body: Diagram) -> Function:
        """The function that `body`, a chain of maps on one wire, computes; its free variables are its parameters.

        The term holds the body, so two definitions with one label and two bodies are two functions.

        >>> from sigmaprime.diagrams import exp, ln, tanh
        >>> tanh_ = Function.defined("tanh'", exp >> tanh >> ln)
        >>> round(float(tanh_(0.0)), 12)  # ln tanh 1
        -0.272341468912
        """
        chain, interval = body.as_function(label)
        parameters = [v for v in variables([chain]) if v.head in (Head.FUNCTION, Head.SCALAR)]
        return _defined(label, interval, len(parameters), *parameters, chain, *parameters)

    @classmethod
    def from_text(cls, formula: str, name: str | None = None, domain: Interval | str | None = None) -> Function:
        """The function of a formula in x: `x/(1+x)`, `x^2*tanh(x)`, `max(x, 1)`, `where(x <= 0, 0, x^2)`; numbers are exact.

        Where x stands once it is a chain of catalogue entries. Else it is a variable in terms and proofs, which hold for every function with
        its signature; its formula is known besides, and runs, is plotted, and is asked. The domain is the one given, or the widest of R, (0, oo),
        [0, oo), .. on which it is proved to be defined and continuous; the codomain holds all values, exactly where ends are known.

        >>> Function.from_text("max(x, 1)")
        max1
        >>> f = Function.from_text("x/(1+x)")  # doctest: +SKIP
        >>> f.signature, float(f(1.0))  # doctest: +SKIP
        ((Interval("(0, oo)"), Interval("(0, 1)")), 0.5)

        Raises `IllTyped` for text that is no formula, with the place, and for a formula that is not known to be defined; `Refused` if the
        name has another formula already, or if ball arithmetic is needed and python-flint is not installed.
        """
        from .grammar import parse

        made: Function = _own("made")(parse(formula), name, _interval(domain))
        return made

    @classmethod
    def from_sympy(cls, expression: Any, name: str | None = None, domain: Interval | str | None = None) -> Function:
        """The function of a SymPy expression in one symbol, read piece by piece; see `from_text`.

        A symbol that is assumed to be positive, nonnegative or negative keeps the function there, since SymPy simplified for such x.

        >>> import sympy
        >>> Function.from_sympy(sympy.tanh(2 * sympy.Symbol("x")))
        then(scale(2), tanh)

        Raises `IllTyped` for an expression with a part that is not known, and names it.
        """
        from .translate import translated

        formula, most = translated(expression)
        made: Function = _own("made")(formula, name, _interval(domain), most)
        return made

    @property
    def formula(self) -> str | None:
        """The formula of an own function, as `from_text` reads it; None for any other."""
        from .own import closed_form, known

        return str(known(self)) if closed_form(self) else None

    @property
    def signature(self) -> tuple[Interval, Interval]:
        """The domain, and an interval that holds all values on it."""
        from .image import domain, image

        return domain(self), image(self, domain(self))

    def on(self, interval: Interval | str) -> Function:
        """An own function on a part of its domain: another signature, the same name and formula."""
        given = interval if isinstance(interval, Interval) else Interval(interval)
        restricted: Function = _own("restricted")(self, given)
        return restricted

    @property
    def name(self) -> str:
        return str(self.key[1])

    @property
    def body(self) -> Function:
        """What a definition stands for, its arguments put in."""
        count = self.key[3]
        theta = dict(zip(self.key[4 : 4 + count], self.key[5 + count :], strict=True))
        body: Function = substitute(self.key[4 + count], theta)
        return body

    @property
    def inverse(self) -> Function:
        """The inverse on the whole domain; `inverse(f, on=...)` names a branch.

        Of an own function it is known as soon as the function is proved to be injective; its values are then found by search.
        """
        from .build import inverse
        from .own import known

        if known(self) is not None:
            found: Function = _own("inverse")(self)
            return found
        return inverse(self)

    def instance(self, theta: Mapping[Term, Term]) -> Function:
        """The function with its variables replaced."""
        function: Function = substitute(self, theta)
        return function

    def symbolic(self, on: Interval | None = None) -> Any:
        """f(x) as a SymPy expression in simple form, x in the interval `on` (the whole domain if not given).

        >>> from sigmaprime.diagrams import exp, ln, max1
        >>> then(exp, max1, ln).symbolic()  # ln max(e^x, 1)
        Max(0, x)
        """
        from .symbolic import function_expression

        return function_expression(self, on)[2]

    def __call__(self, x: Any) -> Any:
        """On a traced wire: a box. On arrays or numbers: the values."""
        from .build import fn
        from .evaluate import values_of
        from .trace import Wire

        return fn(self)(x) if isinstance(x, Wire) else values_of(self, x)

    def __rshift__(self, other: Any) -> Any:
        from .build import chained

        return chained(self, other)

    def __rrshift__(self, other: Any) -> Any:
        from .build import chained

        return chained(other, self)

    def __matmul__(self, other: Any) -> Any:
        from .build import beside

        return beside(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        from .build import beside

        return beside(other, self)


def _own(word: str) -> Any:
    """What proves things about own functions: another package's business, asked when one is made."""
    return getattr(import_module("sigmaprime.rewrite.own"), word)


def _interval(given: Interval | str | None) -> Interval | None:
    return given if given is None or isinstance(given, Interval) else Interval(given)


def parts(function: Function) -> list[Function]:
    """The functions that a chain applies, first to last.

    >>> from sigmaprime.diagrams import exp, ln, tanh
    >>> parts(then(then(exp, tanh), ln))
    [exp, tanh, ln]
    """
    if not isinstance(function, Function):
        raise errors.not_a_function(function)
    found = []
    while function.key[0] is Head.THEN:
        found.append(function.key[2])
        function = function.key[1]
    found.append(function)
    return found[::-1]


# --- builders ---


@builder(Head.ATOM)
def _atom(name: str, *parameters: Scalar) -> Function:
    entry = ATOMS.get(name)
    if entry is None:
        raise errors.unknown_function(name, sorted(ATOMS))
    if len(parameters) != entry.parameters:
        raise errors.wrong_parameters(name, entry.parameters, len(parameters))
    for given, takes in zip(parameters, entry.takes, strict=True):
        inside = takes.contains(given.key[2]) if given.value is None else given.value in takes
        if not inside:
            raise errors.outside_parameter(name, f"{given} in {given.key[2]}" if given.value is None else given, takes)
    function: Function = Function.intern(Head.ATOM, name, *parameters)
    return function


_SPOKEN = frozenset(
    [
        "relu",
        "relu6",
        "max1",
        "min1",
        "sqrt",
        "square",
        "cube",
        "silu",
        "abs",
        "selu",
        "celu",
        "leaky_relu",
        "sharp",
        "clip",
        "wire",
        "sgn",
        "concat",
        "slice",
        "add",
        "mul",
    ]
)
"""What texts call functions and boxes besides the catalogue's own names."""


def _check_name(name: str) -> None:
    check_name(name)
    known = name.removesuffix("⁻¹")
    if known in ATOMS or known in _SPOKEN or name.startswith("x^"):
        raise errors.catalogue_name(name)


@builder(Head.FUNCTION)
def _variable(name: str, domain: Interval, codomain: Interval) -> Function:
    _check_name(name)
    function: Function = Function.intern(Head.FUNCTION, name, domain, codomain)
    return function


@builder(Head.INVERSE)
def _inverse(function: Function, on: Interval) -> Function:
    from .image import bijection

    if not function.closed or bijection(function, on) is None:
        raise errors.no_inverse(function, on)
    inverse: Function = Function.intern(Head.INVERSE, function, on)
    return inverse


@builder(Head.THEN)
def then(first: Function, *others: Function) -> Function:
    """First one, then the others; chains are flat and lean left."""
    for other in others:
        for part in parts(other):
            first = Function.intern(Head.THEN, first, part)
    return first


@builder(Head.DEFINED)
def _defined(label: str, interval: Interval, count: int, *rest: Any) -> Function:
    """Parameters, body, arguments: the parameters are the free variables of the body in order, and every argument fits its own."""
    from .calling import check

    parameters, body, arguments = rest[:count], rest[count], rest[count + 1 :]
    free = [v for v in variables([body]) if v.head in (Head.FUNCTION, Head.SCALAR)]
    if list(parameters) != free or [type(p) for p in parameters] != [type(a) for a in arguments]:
        raise errors.bad_definition(label)
    check({p: a for p, a in zip(parameters, arguments, strict=True) if p is not a})
    _check_name(label)
    function: Function = Function.intern(Head.DEFINED, label, interval, count, *rest)
    return function


def space_of(function: Function, size: Any) -> Space:
    """The widest wire that the function takes."""
    from .image import domain

    return Space(size, domain(function))
