"""Functions by their words on a command line: `tanh`, `maximum(1)`, `power(1/2)`, `scale(2) ; tanh`, and formulas, `x/(1+x)`. A table is read, nothing is run."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import partial

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    box_cox,
    celu,
    cube,
    leaky_relu,
    max1,
    relu,
    silu,
    sqrt,
    square,
    then,
)
from sigmaprime.diagrams.activations import NAMED
from sigmaprime.diagrams.catalogue import ATOMS

__all__ = ["function_of"]

NICKNAMES = {"relu": relu, "max1": max1, "square": square, "cube": cube, "sqrt": sqrt, "silu": silu}
NICKNAMES |= {name: function for function, name in NAMED.items()}
WITH_NUMBER: dict[str, Callable[..., Function]] = {"leaky_relu": leaky_relu, "celu": celu, "box_cox": box_cox}
_WORD = re.compile(r"\s*([a-z_][a-z_0-9]*)\s*(?:\(\s*(-?[0-9]{1,9}(?:/[0-9]{1,9}|\.[0-9]{1,9})?)\s*\))?\s*", re.ASCII)
LONGEST = 1000


def function_of(text: str, domain: str | None = None) -> Function:
    """The function that the words name, or that a formula in x says; a chain is read from left to right, as in a diagram.

    `domain` is that of formulas.

    >>> function_of("power(1/2)"), function_of("scale(2) ; tanh")
    (sqrt, then(scale(2), tanh))

    Raises `IllTyped` for a word that is not in the catalogue, a parameter that is none, or a formula with an error, at its place.
    """
    if len(text) > LONGEST:
        raise IllTyped(f"a chain of {len(text)} characters is longer than {LONGEST}")
    first, *others = (_entry(word, domain) for word in text.split(";"))
    return then(first, *others)


def _entry(text: str, domain: str | None = None) -> Function:
    found = _WORD.fullmatch(text)
    if re.search(r"\bx\b", text):
        return Function.from_text(text, domain=domain)
    if found is None:
        raise IllTyped(
            f"{text.strip()!r} is no word: write a name, or a name and a number, such as tanh or power(1/2), or a formula in x"
        )
    name, number = found.groups()
    if name in NICKNAMES and number is None:
        return NICKNAMES[name]
    if name not in ATOMS and name not in WITH_NUMBER:
        known = ", ".join([*ATOMS, *NICKNAMES, *WITH_NUMBER])
        raise IllTyped(f"there is no function {name!r} in the catalogue; there are: {known}")
    make = WITH_NUMBER.get(name, partial(Function.atom, name))
    try:
        return make(*([] if number is None else [Fraction(number)]))
    except ZeroDivisionError:
        raise IllTyped(f"{number} in {text.strip()!r} divides by zero") from None
