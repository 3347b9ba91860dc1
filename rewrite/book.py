"""The rule book: every axiom, definition and theorem of the package with an instance, in the order in which a reader meets them.

What an entry says of itself is little: where its equation holds. Grade, steps and axioms are read off the equation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from sigmaprime.diagrams import (
    Function,
    Weight,
    cube,
    diagram,
    exp,
    identity,
    ln,
    max1,
    mul,
    negate,
    positive,
    power,
    reals,
    relu,
    scale,
    sequence,
    smul,
    tanh,
    then,
    wire,
)

from . import rule_errors
from .axioms import (
    chart,
    compose,
    concat_slice,
    fuse_add,
    map_concat,
    map_equal,
    map_identity,
    map_slice,
    slice_concat,
    unit_add,
)
from .charts import base, in_chart, power_mul, to_chart
from .definition import define
from .kernel import Equation
from .matrices import (
    affine,
    hinge,
    map_permutation,
    map_scaling,
    map_signs,
    partial_chart,
    pool_chart,
    pool_map,
    power_exp,
)
from .passages import exp_sum, fuse_sums, ln_softmax, softmax_normalise, sum_ln
from .pools import pool_natural, pool_swap
from .report import parameter_preserving
from .signed import (
    fuse_signed,
    layer_magnitude,
    layer_sign,
    odd_magnitude,
    odd_sign,
    polar,
    signed_map,
    signed_positive,
    split,
)
from .strategy import absorb, to_additive
from .sums import log_product, logaddexp
from .symmetries import permute_units, rescale_units, sign_units
from .theorems import cancel, collapse, companion, flip, fuse, mult_add, unflip

__all__ = ["KINDS", "Entry", "rule_book"]

Kind = Literal["definition", "axiom", "theorem"]
KINDS: tuple[Kind, ...] = ("definition", "axiom", "theorem")


@dataclass(frozen=True)
class Entry:
    """A rule in the book."""

    name: str
    kind: Kind
    says: str
    """In a sentence."""
    condition: str
    """Where it holds, beyond what the types of its wires say."""
    code: str
    """How a reader makes the instance that is shown."""
    make: Callable[[], Equation] = field(repr=False)

    @property
    def equation(self) -> Equation:
        """The instance."""
        return _made(self)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The names of the axioms in its proof, each once; an axiom rests on itself."""
        return tuple(dict.fromkeys(a.name for a in self.equation.axioms))

    @property
    def parameter_preserving(self) -> bool:
        """Both sides have the same weights; else only the function is kept."""
        return parameter_preserving(self.equation)


@cache
def _made(entry: Entry) -> Equation:
    return entry.make()


def rule_book(kind: Kind | None = None) -> tuple[Entry, ...]:
    """The entries of a kind, or all.

    >>> from sigmaprime.rewrite import rule_book
    >>> entry = next(e for e in rule_book("theorem") if e.name == "companion")
    >>> print(entry.equation, entry.rests_on)
    ⊢ exp ; mul(W, b) ; ln = add(W, b) ('chart', 'compose', 'map_equal', 'identity')
    """
    if kind is not None and kind not in KINDS:
        raise rule_errors.no_kind_of_rule(kind, KINDS)
    return tuple(e for e in _book() if kind in (None, e.kind))


# --- instances that take more than a line ---


def _net() -> Any:
    sigma = Function("σ", positive, positive)
    return mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> sigma >> mul("W3", 3, 3)


def _skip() -> Any:
    sigma = Function("σ", positive, positive)

    @diagram(wire("n", positive))
    def net(x: Any) -> Any:
        return x * sigma(mul(Weight("W", "n", "n"))(x))

    return net


def _curious() -> Any:
    return sequence([mul("W1", 3, 3), tanh, mul("W2", 3, 3)])


# --- the book ---

ANY = "none"


@cache
def _book() -> tuple[Entry, ...]:
    f, sigma = Function("f", reals, reals), Function("σ", positive, positive)

    def given(rule: Any, **arguments: Any) -> Callable[[], Equation]:
        return lambda: rule(**arguments)

    return (
        Entry("chart", "definition", "A layer in the chart g is the plain layer in the coordinate that g⁻¹ reads off.",
              "g maps all reals one to one and continuously onto an open interval", "chart(g=cube)", given(chart, g=cube)),
        Entry("partial_chart", "definition", "Where g takes part of the reals only, a layer in g exists if the plain layer stays in that part.",
              "g⁻¹ ; add(V) stays where g is defined: V has no negative entry and no zero row, and there is no bias", "partial_chart(g=ln)", given(partial_chart, g=ln)),
        Entry("pool_chart", "definition", "A minimum is a maximum of the negatives; so for a pool in any chart.",
              "g is a chart; no window is empty", "pool_chart(g=negate)", given(pool_chart, g=negate)),
        Entry("define", "definition", "A name for a row of maps, which can always be opened again.",
              "one wire in, one out; maps only", 'define("σ\'", exp >> sigma >> ln).unfold', lambda: define("σ'", exp >> sigma >> ln).unfold),
        Entry("compose", "axiom", "Two maps in a row are one map.", "the values of f lie where g is defined", "compose(f=exp, g=tanh)", given(compose, f=exp, g=tanh)),
        Entry("map_equal", "axiom", "Functions that are equal on a wire may stand for each other there.",
              "f = g on the interval of the wire: a fact of the catalogue, or of an oracle that is named", "map_equal(f=relu, g=identity, on=positive)", given(map_equal, f=relu, g=identity, on=positive)),
        Entry("map_identity", "axiom", "The identity is a wire.", ANY, "map_identity()", given(map_identity)),
        Entry("fuse_add", "axiom", "Two additive layers in a row are one.", ANY, "fuse_add", lambda: fuse_add),
        Entry("unit_add", "axiom", "The layer of the unit matrix is a wire.", "no bias", "unit_add", lambda: unit_add),
        Entry("map_concat", "axiom", "Naturality: a map may be done before wires are bundled, or after.", "one f for all parts", "map_concat(f=tanh)", given(map_concat, f=tanh)),
        Entry("map_slice", "axiom", "Naturality: a map may be done before a part is taken, or after.", "f is defined on all that is sliced", "map_slice(f=tanh)", given(map_slice, f=tanh)),
        Entry("slice_concat", "axiom", "A part of a bundle is what was bundled.", "the slice is one of the parts", "slice_concat(part=0, parts=2)", given(slice_concat, part=0, parts=2)),
        Entry("concat_slice", "axiom", "A wire is the bundle of its parts.", "the parts are neighbours and cover the wire", "concat_slice()", given(concat_slice)),
        Entry("affine", "axiom", "Multiples, the negative and shifts are layers.", "f is c·x, -x or x + c", "affine(f=negate)", given(affine, f=negate)),
        Entry("power_exp", "axiom", "A power is a multiple, between ln and exp.", "positive wires", "power_exp(f=cube)", given(power_exp, f=cube)),
        Entry("hinge", "axiom", "exp takes the kink of max(x, 0) to that of max(x, 1).", "the kink stands at 1", "hinge(f=max1)", given(hinge, f=max1)),
        Entry("pool_map", "axiom", "A maximum passes through what does not fall.", "f nondecreasing on the wire and the same for all components; no window is empty", "pool_map(f=exp)", given(pool_map, f=exp)),
        Entry("map_permutation", "axiom", "Components may be permuted before a map, or after.", "P is a permutation", "map_permutation(f=tanh)", given(map_permutation, f=tanh)),
        Entry("map_scaling", "axiom", "A positive factor passes through what is homogeneous.", "f(d·x) = d·f(x) for d > 0; D diagonal and positive", "map_scaling(f=relu)", given(map_scaling, f=relu)),
        Entry("map_signs", "axiom", "A sign passes through what is odd.", "f(-x) = -f(x); S diagonal, its entries 1 and -1", "map_signs(f=tanh)", given(map_signs, f=tanh)),
        Entry("fuse_signed", "axiom", "Two signed layers in a row are one.", "nonzero wires", "fuse_signed", lambda: fuse_signed),
        Entry("signed_positive", "axiom", "On positive wires a signed layer is a multiplicative one: its parities do not matter.", "positive wires, no flip", "signed_positive", lambda: signed_positive),
        Entry("signed_map", "axiom", "The negative, |x| and powers are signed layers.", "nonzero wires; f is x, -x, |x| or x^a with a > 0 of odd denominator", "signed_map(f=cube)", given(signed_map, f=cube)),
        Entry("odd_magnitude", "axiom", "An odd activation passes the magnitude on.", "nonzero wires; f odd, and positive on (0, ∞)", "odd_magnitude(f=tanh)", given(odd_magnitude, f=tanh)),
        Entry("odd_sign", "axiom", "An odd activation keeps the sign.", "nonzero wires; f odd, and positive on (0, ∞)", "odd_sign(f=tanh)", given(odd_sign, f=tanh)),
        Entry("polar", "axiom", "A number is its magnitude times its sign.", "nonzero wires", "polar", lambda: polar),
        Entry("cancel", "theorem", "A function and its inverse are a wire.", "g is the inverse of f on the interval of the wire", "cancel(f=exp)", given(cancel, f=exp)),
        Entry("mult_add", "theorem", "A multiplicative layer is an additive one between ln and exp, with the same weights.", "positive wires, by type", "mult_add", lambda: mult_add),
        Entry("companion", "theorem", "The same, read from inside.", ANY, "companion", lambda: companion),
        Entry("conversion", "theorem", "A multiplicative net is an additive net with the same weights and σ' for σ.", "σ keeps positive numbers positive", "to_additive(net)", lambda: to_additive(_net())),
        Entry("absorb", "theorem", "The same, with ln and exp at the ends left to the coordinates.", "σ keeps positive numbers positive", "absorb(to_additive(net))", lambda: absorb(to_additive(_net()))),
        Entry("fuse", "theorem", "Two layers in one chart are one layer.", "the same chart", "fuse(g=exp)", given(fuse, g=exp)),
        Entry("collapse", "theorem", "What does nothing to positive numbers makes no net deep: all of it is one layer.", "f is the identity where the layers have their values: relu, leaky relu, elu, celu, |x| on (0, ∞)", "collapse(f=relu)", given(collapse, f=relu)),
        Entry("max1_relu", "theorem", "max(x, 1) between multiplicative layers is relu between additive ones.", ANY, "(hinge(f=max1) >> ln).rewrite(cancel)", lambda: (hinge(f=max1) >> ln).rewrite(cancel)),
        Entry("power_mul", "theorem", "A power of every component is a multiplicative layer.", "positive wires", 'power_mul(f=power("1/2"))', lambda: power_mul(f=power("1/2"))),
        Entry("base", "theorem", "Another base, or any affine change of a chart, changes the bias only.", "g = h(αu + c), α ≠ 0", "base(g=then(scale(2), exp))", given(base, g=then(scale(2), exp))),
        Entry("to_chart", "theorem", "A net in any chart: the weights stay, the maps between are composed.", "g is a chart", 'to_chart(mul("W1", 3, 3) >> tanh >> mul("W2", 3, 3), cube)', lambda: to_chart(_curious(), cube)),
        Entry("flip", "theorem", "An activation turned about the origin is the activation, with other signs of the weights.", ANY, "flip", lambda: flip),
        Entry("unflip", "theorem", "The way back.", ANY, "unflip", lambda: unflip),
        Entry("permute_units", "theorem", "Hidden units may change places.", "P is a permutation", 'permute_units(Function("f", reals, reals))', lambda: permute_units(f)),
        Entry("rescale_units", "theorem", "A unit may be larger, and what reads it smaller.", "f positively homogeneous; D diagonal and positive", "rescale_units(relu)", lambda: rescale_units(relu)),
        Entry("sign_units", "theorem", "A unit may change its sign, and so what reads it.", "f odd; S diagonal, its entries 1 and -1", "sign_units(tanh)", lambda: sign_units(tanh)),
        Entry("in_chart", "theorem", "A theorem about additive nets, read in a chart, is one about nets in that chart.", "as of the theorem", "in_chart(rescale_units(relu), exp)", lambda: in_chart(rescale_units(relu), exp)),
        Entry("pool_swap", "theorem", "A maximum becomes a minimum through what falls.", "f nondecreasing or nonincreasing on the wire; no window is empty", "pool_swap(f=negate)", given(pool_swap, f=negate)),
        Entry("pool_natural", "theorem", "A minimum passes through what does not fall, and so for a pool in any chart.", "g⁻¹∘f∘g nondecreasing; no window is empty", "pool_natural(g=negate, f=exp)", given(pool_natural, g=negate, f=exp)),
        Entry("sum_ln", "theorem", "ln goes before a sum of positive numbers.", "V has no negative entry and no zero row", "sum_ln", lambda: sum_ln),
        Entry("exp_sum", "theorem", "exp goes behind one.", "V has no negative entry and no zero row", "exp_sum", lambda: exp_sum),
        Entry("fuse_sums", "theorem", "Two log-sum-exp layers in a row are one.", "U and V have no negative entry and no zero row", "fuse_sums", lambda: fuse_sums),
        Entry("logaddexp", "theorem", "A skip x + y between exp and ln is a layer as well.", ANY, "logaddexp", lambda: logaddexp),
        Entry("log_product", "theorem", "A skip x · y between exp and ln is a sum.", ANY, "log_product", lambda: log_product),
        Entry("skip", "theorem", "x · F(x) is an ordinary skip in log coordinates.", "σ keeps positive numbers positive", "absorb(to_additive(block))", lambda: absorb(to_additive(_skip()))),
        Entry("softmax_normalise", "theorem", "softmax is exp, then division by the sum.", "at least one component", "softmax_normalise()", softmax_normalise),
        Entry("ln_softmax", "theorem", "After a multiplicative net, softmax needs no exp.", "positive wires", "ln_softmax()", ln_softmax),
        Entry("layer_magnitude", "theorem", "The magnitudes of a signed layer are a multiplicative layer of magnitudes.", "nonzero wires", "layer_magnitude", lambda: layer_magnitude),
        Entry("layer_sign", "theorem", "The signs of a signed layer are a layer of signs.", "nonzero wires", "layer_sign", lambda: layer_sign),
        Entry("split", "theorem", "With odd activations, magnitudes and signs run apart.", "every activation odd, and positive on (0, ∞)", 'split(smul("W1", "P1", 3, 3) >> tanh >> smul("W2", "P2", 3, 2))', lambda: split(smul("W1", "P1", 3, 3) >> tanh >> smul("W2", "P2", 3, 2))),
    )  # fmt: skip
