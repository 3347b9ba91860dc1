"""Stable forms of σ' = ln ∘ σ ∘ exp: finite and accurate, value and gradient, over the whole line in float32 and float64.

The naive form loses everything at both ends: e^x leaves the floats, or σ(e^x) rounds to 1 and its gradient to 0 or nan. The forms are
found by a search (`regimes/`): shipped as a table for the usual activations, made when first asked for and remembered for all others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .errors import Refused, SigmaError

if TYPE_CHECKING:
    from .function import Function
    from .regimes.form import Forms
    from .regimes.formal import Formula

__all__ = ["formula_of", "log_form", "stable_code", "stable_forms"]

Run = Callable[[Any, Any], Any]


def log_form(name: str, parameters: Sequence[Fraction | None]) -> Run | None:
    """σ' as (namespace, array) -> array, where σ is a catalogue entry with a hand-written or a shipped form; None for all others."""
    hand = _HAND.get(name)
    if hand is not None:
        return (
            None
            if name == "scale" and not (parameters[0] and parameters[0] > 0)
            else lambda xp, x: hand(xp, x, *parameters)
        )
    forms = shipped(name, tuple(parameters))
    return None if forms is None else runner(forms)


def runner(forms: Forms) -> Run:
    """The form of the array's own type; types of 16 bits are run in float32, whole numbers in float64."""

    def run(xp: Any, x: Any) -> Any:
        dtype = str(x.dtype).rpartition(".")[2]
        if dtype in forms:
            return forms[dtype](xp, x)
        if dtype in ("float16", "bfloat16"):
            return xp.astype(forms["float32"](xp, xp.astype(x, xp.float32)), x.dtype)
        return forms["float64"](xp, x if "float" in dtype else xp.astype(x, xp.float64))

    return run


@lru_cache(maxsize=256)
def shipped(name: str, parameters: tuple[Fraction | None, ...]) -> Forms | None:
    from .regimes.form import Form
    from .regimes.table import TABLE
    from .regimes.usual import key

    found = TABLE.get(key(name, parameters))
    return None if found is None else {dtype: Form(*form) for dtype, form in found.items()}


def stable_forms(f: Function | Any) -> Forms:
    """The forms of ln ∘ f ∘ exp in "float32" and "float64", each a function of (namespace, array) of borders and programs.

    f is a function of the catalogue, an own function with a formula, a chain of such, or a SymPy expression in one symbol; it must be
    positive on (0, ∞). Generated forms are remembered while the process lives.

    >>> from sigmaprime.diagrams import sigmoid
    >>> stable_forms(sigmoid)["float64"].borders
    (700,)

    Raises `Refused` where f is not positive on (0, ∞), or has a part without a formula, or no form is found.
    """
    from .evaluate import flat
    from .function import Function
    from .term import Head

    row = flat(f) if isinstance(f, Function) else []
    if len(row) == 1 and row[0].head is Head.ATOM:
        known = shipped(row[0].name, tuple(s.value for s in row[0].key[2:]))
        if known is not None:
            return known
    return _generated(formula_of(f))


def formula_of(f: Function | Any) -> Formula:
    """The formula of a closed function, or of a SymPy expression, as rows."""
    from . import own
    from .evaluate import flat
    from .function import Function
    from .regimes.formal import of_calls, of_sympy

    if isinstance(f, Function):
        calls = []
        for part in flat(f):
            call = own.formula_of(part)
            if call is None:
                raise Refused(
                    f"{f} has no formula: it is searched for values, as {part} is"
                    if own.known(part)
                    else f"{f} is not settled: a form needs values; put a function or number in place of {part}"
                )
            calls.append(call)
        return of_calls(calls)
    from sympy import Expr

    if not isinstance(f, Expr):
        raise Refused(f"{f!r} is no function: give a function with a formula, or a SymPy expression in one symbol")
    return of_sympy(f)


def searched(f: Function) -> Run | None:
    """The form of ln ∘ f ∘ exp found by the search, f of moderate size; None where there is none."""
    try:
        formula = formula_of(f)
        return runner(stable_forms(f)) if len(formula.rows) <= LONGEST else None
    except SigmaError:
        return None


LONGEST = 80
"""A running net is not kept waiting for the form of a formula with more rows: the search takes time in proportion."""


@lru_cache(maxsize=256)
def _generated(formula: Formula) -> Forms:
    from .regimes.choose import generate

    return generate(formula)


def stable_code(f: Function | Any, name: str = "sigma_prime") -> str:
    """The form of ln ∘ f ∘ exp as plain array code: a function of x for each type, over a namespace `xp` (numpy, torch, jax.numpy).

    >>> from sigmaprime.diagrams import sigmoid
    >>> print(stable_code(sigmoid).split("def ")[2])
    sigma_prime_float64(xp, x):
        right = xp.clip(x, None, 700)
        y_1 = xp.exp(right)
        y_2 = -y_1
        y_3 = xp.exp(y_2)
        y_4 = xp.log1p(y_3)
        y = -y_4
        return y
    <BLANKLINE>

    Raises `Refused` as `stable_forms` does.
    """
    if not name.isidentifier():
        raise Refused(f"{name!r} is no name for a function of Python")
    blocks = []
    for dtype, form in stable_forms(f).items():
        blocks.append("\n".join([f"def {name}_{dtype}(xp, x):", *(f"    {line}" for line in form.lines(dtype))]) + "\n")
    return "\n\n".join(blocks)


# --- hand-written: where a parameter may be any number ---


def _maximum(xp: Any, x: Any, c: Fraction) -> Any:
    if c <= 0:
        return x
    bound = math.log(c)
    return xp.where(x <= bound, xp.full_like(x, bound), x)


_HAND: dict[str, Callable[..., Any]] = {
    "identity": lambda xp, x: x,
    "maximum": _maximum,
    "scale": lambda xp, x, c: x + math.log(c),
    "power": lambda xp, x, a: float(a) * x,
}
