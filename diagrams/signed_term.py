"""The one term that a signed layer is made of: weight, parity, bias and flip."""

from __future__ import annotations

from . import layer_errors
from .term import Head, Term, builder
from .weight import Size, Vector, Weight

__all__ = ["SignedMap", "signed_map"]


class SignedMap(Term):
    """x -> e^(b_i) (-1)^(c_i) ∏_j sgn(x_j)^(p_ij) |x_j|^(w_ij): the sort of what a `Signed` box holds."""

    __slots__ = ()

    @property
    def weight(self) -> Weight:
        found: Weight = self.key[1]
        return found

    @property
    def parity(self) -> Weight:
        found: Weight = self.key[2]
        return found

    @property
    def bias(self) -> Vector:
        found: Vector = self.key[3]
        return found

    @property
    def flip(self) -> Vector:
        found: Vector = self.key[4]
        return found

    @property
    def rows(self) -> Size:
        return self.weight.rows

    @property
    def columns(self) -> Size:
        return self.weight.columns

    @property
    def signless(self) -> bool:
        """The output does not depend on signs, and is positive."""
        return self.parity.key[0] is Head.ZERO and self.flip.is_zero


@builder(Head.SIGNED)
def signed_map(weight: Weight, parity: Weight, bias: Vector, flip: Vector) -> SignedMap:
    """The term; raises `IllTyped` where sizes differ or parities are not known to be integers."""
    if (parity.rows, parity.columns) != (weight.rows, weight.columns):
        raise layer_errors.signed_sizes(weight, parity, None)
    for vector in (bias, flip):
        if vector.size is not weight.rows:
            raise layer_errors.signed_sizes(weight, parity, vector)
    for part in (parity, flip):
        if not part.integral:
            raise layer_errors.not_integral(part)
    made: SignedMap = SignedMap.intern(Head.SIGNED, weight, parity, bias, flip)
    return made
