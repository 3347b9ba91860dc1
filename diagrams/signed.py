"""Signed wires: the nonzero reals as sign × magnitude, and the multiplicative layer on them.

    y_i = e^(b_i) (-1)^(c_i) ∏_j sgn(x_j)^(p_ij) |x_j|^(w_ij),     W, b real, P, c integer (only their parity matters)

In the coordinates (ln|x|, [x < 0]) this is add(W, b) beside add(P, c) modulo 2, and all continuous homomorphisms of R∖0 are of this form. For an
integer exponent w and p = w it is x^w, for m/q with odd q and p = m too; for any other w no real x^w exists for x < 0, and p is a choice.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from . import errors, layer_errors
from .box import Signed
from .build import _sized
from .diagram import Diagram
from .draft import Draft
from .signed_term import SignedMap
from .space import Space, nonzero
from .structured import integer
from .weight import Size, Vector, Weight, constant, constant_name, constant_vector, eye, zero

__all__ = ["SignedMap", "magnitude", "parities", "parity", "sign", "smul"]

Sized = int | str | Size | None


def smul(
    weight: Any,
    parity: Any = None,
    inputs: Sized = None,
    outputs: Sized = None,
    *,
    bias: Any = None,
    flip: Any = None,
) -> Diagram:
    """The signed multiplicative layer on nonzero wires: `smul("W", "P", inputs, outputs, bias="b", flip="c")`, on terms, or on arrays.

    Parities are integers. Exact exponents, integers or Fractions with odd denominators, need none: they are their numerators.
    Raises `IllTyped` for exponents that do not tell their parity and for parities that are no integers.

    >>> import numpy as np
    >>> smul([[1, 2]])(np.array([-2.0, -3.0])).round(12)  # -2 · (-3)^2
    array([-18.])
    >>> smul([[Fraction(1, 3)]])(np.array([-8.0])).round(12)
    array([-2.])
    >>> print(smul("W", "P", 3, 3, bias="b"))
    smul(W, P, b)
    """
    arrays: dict[str, Any] = {}

    def kept(made: tuple[Any, Any]) -> Any:
        arrays[constant_name(made[0])] = made[1]
        return made[0]

    if parity is None:
        weight, parity = _exact(weight)
    rows, columns = (size if size is None else _sized(size, 0) for size in (outputs, inputs))
    for given in (weight, parity):
        if isinstance(given, Weight):
            rows, columns = rows or given.rows, columns or given.columns
        elif hasattr(given, "shape") and len(given.shape) == 2:
            rows, columns = rows or Size(given.shape[0]), columns or Size(given.shape[1])
    m, n = rows or Size.anonymous(1), columns or Size.anonymous(0)
    W = Weight(weight, m, n) if isinstance(weight, str) else weight
    P = integer(parity, m, n) if isinstance(parity, str) else parity
    W, P = (kept(constant(w)) if hasattr(w, "shape") else w for w in (W, P))
    if not isinstance(W, Weight) or not isinstance(P, Weight):
        raise errors.bad_weight(P if isinstance(W, Weight) else W)
    b, c = (Vector.zero(W.rows) if v is None else v for v in (bias, flip))
    b = Vector(b, W.rows) if isinstance(b, str) else b
    c = Vector.integers(c, W.rows) if isinstance(c, str) else c
    b, c = (kept(constant_vector(v)) if hasattr(v, "shape") else v for v in (b, c))
    if not isinstance(b, Vector) or not isinstance(c, Vector):
        raise errors.bad_bias(c if isinstance(b, Vector) else b)
    draft = Draft([Space(W.columns, nonzero)], arrays)
    return draft.diagram([draft.box(Signed(W, P, b, c), 0)])


def parity(weight: Any, inputs: Sized = None, outputs: Sized = None, *, flip: Any = None) -> Diagram:
    """The layer that sees only signs: y_i = (-1)^(c_i) ∏_j sgn(x_j)^(p_ij), values 1 and -1.

    >>> import numpy as np
    >>> from sigmaprime.diagrams import ones
    >>> parity(ones(1, 3))(np.array([[1.0, -1.0, -1.0], [-1.0, -1.0, -1.0]]))
    array([[ 1.],
           [-1.]])
    """
    if isinstance(weight, str):
        weight = integer(weight, _sized(outputs, 1), _sized(inputs, 0))
    rows, columns = (weight.rows, weight.columns) if isinstance(weight, Weight) else map(Size, weight.shape)
    return smul(zero(rows, columns), weight, flip=flip)


def magnitude(size: Sized = None) -> Diagram:
    """|x| on a nonzero wire, as a signed layer: smul(I, 0)."""
    n = _sized(size, 0)
    return smul(eye(n), zero(n, n))


def sign(size: Sized = None) -> Diagram:
    """The sign of a nonzero wire, 1 or -1, as a signed layer: smul(0, I)."""
    n = _sized(size, 0)
    return smul(zero(n, n), eye(n))


def parities(exponents: Any) -> Any:
    """The parity of exact exponents, 0 or 1: integers, and Fractions m/q with odd q, for which x^(m/q) exists for x < 0.

    >>> parities([[3, Fraction(2, 3)], [0, Fraction(-1, 5)]])
    array([[1, 0],
           [0, 1]], dtype=int8)
    >>> parities([[Fraction(1, 2)]])
    Traceback (most recent call last):
        ...
    sigmaprime.diagrams.errors.IllTyped: the exponent 1/2 at (0, 0) does not tell its parity: ...
    """
    import numpy as np

    given = np.asarray(exponents)
    if given.dtype.kind in "iu":
        return np.asarray(given % 2, dtype=np.int8)
    found = np.zeros(given.shape, dtype=np.int8)
    for place in np.ndindex(given.shape):
        value: Any = given[place]
        if isinstance(value, bool) or not isinstance(value, int | Fraction) or Fraction(value).denominator % 2 == 0:
            raise layer_errors.no_parity(value, place)
        found[place] = Fraction(value).numerator % 2
    return found


def _exact(weight: Any) -> tuple[Any, Any]:
    """Exponents that tell their parity, and it."""
    import numpy as np

    if isinstance(weight, Weight) and weight.integral:
        return weight, weight
    if isinstance(weight, str | Weight):
        raise layer_errors.no_parity(weight, None)
    found = parities(weight)
    given = np.asarray(weight)
    return (given if given.dtype.kind in "iu" else given.astype(float)), found
