"""Signed wires: the axioms of the signed layer, and what follows: a net of odd activations splits into magnitudes and signs.

    smul(W, P, b, c) ; |·|  =  |·| ; mul(W, b)           σ ; |·|  =  |·| ; σ     for σ odd, positive on (0, ∞)
    smul(W, P, b, c) ; sgn  =  sgn ; smul(0, P, 0, c)     σ ; sgn  =  sgn

So the magnitudes of such a net run through the multiplicative net of the same weights and never see a sign, and the signs run through a net that is
linear over the field of two elements and never see a magnitude.
"""

from __future__ import annotations

from typing import Any

from sigmaprime.diagrams import (
    Concat,
    Diagram,
    Function,
    Map,
    Signed,
    Size,
    Space,
    Vector,
    Weight,
    apply,
    eye,
    integer,
    magnitude,
    mul,
    multiple,
    nonzero,
    plus,
    positive,
    row,
    sign,
    smul,
    times,
    zero,
)
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.build import lift
from sigmaprime.diagrams.image import image
from sigmaprime.diagrams.shape import odd
from sigmaprime.diagrams.term import Head, Term

from . import errors
from .instances import axiom_of, function_of, row_of
from .kernel import Equation, refl
from .schema import Key, Schema
from .workspace import Workspace

__all__ = ["SIGNED", "fuse_signed", "layer_magnitude", "layer_sign", "odd_magnitude", "odd_sign", "polar", "signed_map", "signed_positive", "split"]  # fmt: skip

N = Size("n")


def _layer(number: str, rows: str, columns: str) -> Signed:
    """The signed layer of variables W, P, b, c."""
    weight, parity = Weight(f"W{number}", rows, columns), integer(f"P{number}", rows, columns)
    return Signed(weight, parity, Vector(f"b{number}", rows), Vector.integers(f"c{number}", rows))


def _plain(weight: Weight, parity: Weight, flip: Vector | None = None) -> Signed:
    none = Vector.zero(weight.rows)
    return Signed(weight, parity, none, none if flip is None else flip)


_MAGNITUDE, _SIGN = _plain(eye(N), zero(N, N)), _plain(zero(N, N), eye(N))


# --- axioms ---


def _fuse_signed() -> Equation:
    one, two = _layer("1", "n", "k"), _layer("2", "m", "n")
    fused = Signed(
        times(two.weight, one.weight),
        times(two.parity, one.parity),
        plus(apply(two.weight, one.bias), two.bias),
        plus(apply(two.parity, one.flip), two.flip),
    )
    x = [Space("k", nonzero)]
    return axiom_of("signed_fuse", (Diagram(x, [(one, [0]), (two, [1])], [2]), Diagram(x, [(fused, [0])], [1])))


fuse_signed = _fuse_signed()
"""⊢ smul(W1, P1, b1, c1) ; smul(W2, P2, b2, c2) = smul(W2·W1, P2·P1, W2·b1 + b2, P2·c1 + c2)"""


def _signed_positive() -> Equation:
    layer = _layer("", "m", "n")
    unflipped = Signed(layer.weight, layer.parity, layer.bias, Vector.zero("m"))
    return axiom_of("signed_positive", (row_of(N, positive, unflipped), mul(layer.weight, layer.bias)))


signed_positive = _signed_positive()
"""⊢ smul(W, P, b) = mul(W, b) on (0, ∞): on positive wires parities do not matter"""


def signed_form(f: Function) -> Signed | None:
    """The signed layer that x, -x, |x| or x^a, a > 0 of odd denominator, is on every nonzero wire; None for any other function."""
    if f.head is not Head.ATOM:
        return None
    unit, none = eye(N), zero(N, N)
    match f.name:
        case "identity":
            return _plain(unit, unit)
        case "absolute":
            return _plain(unit, none)
        case "negate":
            return _plain(unit, unit, Vector.ones(N))
        case "power":
            a = f.key[2].value
            if a is None or a <= 0 or a.denominator % 2 == 0:
                return None
            return _plain(multiple(a, N), unit if a.numerator % 2 else none)
        case _:
            return None


def _signed_map(f: Function) -> Equation:
    """x, -x, |x| and x^a, a > 0 of odd denominator, are signed layers on nonzero wires"""
    layer = signed_form(f)
    if layer is None:
        raise errors.no_signed_form(f)
    return axiom_of("signed_map", (row_of(N, nonzero, Map(f)), row_of(N, nonzero, layer)), f=f)


def _formed(ws: Workspace, node: int) -> Key | None:
    return (ws.fn[node],) if signed_form(function_of(ws.fn[node])) else None


signed_map = Schema(_signed_map, _formed, lambda k: {"f": function_of(k[0])}, Kind.MAP, name="signed_map", needs="f=..")


def _odd(f: Function) -> None:
    if not odd(f):
        raise errors.not_odd(f)
    if not positive.contains(image(f, positive)):
        raise errors.not_positive(f, image(f, positive))


def _odd_magnitude(f: Function) -> Equation:
    """σ ; |·| = |·| ; σ for σ odd and positive on (0, ∞)"""
    _odd(f)
    return axiom_of("magnitude", (row_of(N, nonzero, Map(f), _MAGNITUDE), row_of(N, nonzero, _MAGNITUDE, Map(f))), f=f)


def _odd_sign(f: Function) -> Equation:
    """σ ; sgn = sgn for σ odd and positive on (0, ∞)"""
    _odd(f)
    return axiom_of("sign", (row_of(N, nonzero, Map(f), _SIGN), row_of(N, nonzero, _SIGN)), f=f)


def _before(weight: Head, parity: Head) -> Any:
    """The map before |·| or sgn."""

    def read(ws: Workspace, node: int) -> Key | None:
        before, layer = ws.arguments(node)[0], Term.all[ws.wt[node]]
        heads = [part.head for part in layer.key[1:]]
        wanted = [weight, parity, Head.ZERO_VECTOR, Head.ZERO_VECTOR]
        return (ws.fn[before],) if ws.op[before] == Kind.MAP and heads == wanted else None

    return read


odd_magnitude = Schema(
    _odd_magnitude,
    _before(Head.EYE, Head.ZERO),
    lambda k: {"f": function_of(k[0])},
    Kind.SIGNED,
    name="magnitude",
    needs="f=..",
)
odd_sign = Schema(
    _odd_sign, _before(Head.ZERO, Head.EYE), lambda k: {"f": function_of(k[0])}, Kind.SIGNED, name="sign", needs="f=.."
)


def _polar() -> Equation:
    both = row(eye(N), eye(N))
    nodes: list[Any] = [(_MAGNITUDE, [0]), (_SIGN, [0]), (Concat(), [1, 2]), (_plain(both, both), [3])]
    x = [Space(N, nonzero)]
    return axiom_of("polar", (Diagram(x, nodes, [4]), Diagram(x, [], [0])))


polar = _polar()
"""⊢ |x| · sgn x = x on nonzero wires"""

SIGNED: dict[str, Any] = {
    "signed_fuse": lambda: fuse_signed,
    "signed_positive": lambda: signed_positive,
    "signed_map": signed_map,
    "magnitude": odd_magnitude,
    "sign": odd_sign,
    "polar": lambda: polar,
}


# --- theorems ---


def _layer_magnitude() -> Equation:
    W, b = Weight("W", "m", "n"), Vector("b", "m")
    layer = smul(W, integer("P", "m", "n"), bias=b, flip=Vector.integers("c", "m"))
    inner = signed_positive(P=zero("m", "n"))
    right = (magnitude("n") >> ~inner).rewrite(fuse_signed)
    return refl(layer >> magnitude("m")).rewrite(fuse_signed).then(~right).relabelled("layer_magnitude")


layer_magnitude = _layer_magnitude()
"""⊢ smul(W, P, b, c) ; |·| = |·| ; mul(W, b)"""


def _layer_sign() -> Equation:
    P, c = integer("P", "m", "n"), Vector.integers("c", "m")
    layer = smul(Weight("W", "m", "n"), P, bias=Vector("b", "m"), flip=c)
    right = refl(sign("n") >> smul(zero("m", "n"), P, flip=c)).rewrite(fuse_signed)
    return refl(layer >> sign("m")).rewrite(fuse_signed).then(~right).relabelled("layer_sign")


layer_sign = _layer_sign()
"""⊢ smul(W, P, b, c) ; sgn = sgn ; smul(0, P, 0, c)"""


def _keep_sign() -> Equation:
    layer = smul(Weight("W", N, N), eye(N), bias=Vector("b", N))
    return refl(layer >> sign(N)).rewrite(fuse_signed).relabelled("keep_sign")


_kept = _keep_sign()
"""⊢ smul(W, I, b) ; sgn = sgn: before `layer_sign`, which would make sgn ; sgn of it for ever"""


def split(net: Any) -> Equation:
    """The degeneracy theorem: ⊢ net = magnitudes · signs, for a net of signed layers and odd activations that are positive on (0, ∞).

    The magnitudes run through the multiplicative net with the same weights, the signs through one parity layer. Raises `Refused` if a box
    lets signs and magnitudes mix: an activation that is not odd, or an additive layer.

    >>> from sigmaprime.diagrams import tanh
    >>> print(split(smul("W1", "P1", 3, 3) >> tanh >> smul("W2", "P2", 3, 2)))
    ⊢ smul(W1, P1) ; tanh ; smul(W2, P2) = (|·| ; mul(W1) ; tanh ; mul(W2))(x) * parity(P2·P1)(x)
    """
    diagram = lift(net)
    if diagram is None:
        raise errors.not_liftable(net)
    net = diagram
    if len(net.outputs) != 1:
        raise errors.not_one_output(net)
    rules = [_kept, layer_magnitude, layer_sign, odd_magnitude, odd_sign]
    found: Equation = (net >> ~polar).rewrite(*rules)
    c, count = found.rhs.columns, len(net.inputs)
    for w in range(count, len(c.op)):
        late = c.op[w] == Kind.SIGNED and c.first[w] >= count
        if late and {part.head for part in Term.all[c.wt[w]].key[1:3]} == {Head.EYE, Head.ZERO}:
            raise errors.mixes_signs(errors.box_text(found.rhs.node(c.first[w]).box))
    return found.rewrite(fuse_signed)
