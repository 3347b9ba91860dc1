"""The theorems about charts, pools and symmetries: their text, their numbers, the second reader's verdict, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import (
    Function,
    IllTyped,
    Interval,
    Mix,
    Refused,
    Scalar,
    Vector,
    Weight,
    absolute,
    add,
    at_most,
    cosh,
    cube,
    exp,
    fn,
    gelu,
    identity,
    ln,
    max1,
    maximum,
    maxpool,
    minimum,
    minpool,
    mish,
    mix,
    mul,
    negate,
    ones,
    permutation,
    positive,
    power,
    prelu,
    reals,
    relu,
    scale,
    shift,
    sigmoid,
    silu,
    sinh,
    softplus,
    softsign,
    sqrt,
    square,
    tanh,
    then,
    windows,
    wire,
)
from sigmaprime.diagrams.catalogue import ATOMS
from sigmaprime.diagrams.image import domain
from sigmaprime.diagrams.shape import falling, homogeneous, odd, rising
from sigmaprime.rewrite import (
    Equation,
    Grade,
    affine,
    base,
    cancel,
    fuse,
    hinge,
    in_chart,
    map_permutation,
    map_scaling,
    map_signs,
    parameter_preserving,
    partial_chart,
    permute_units,
    pool_chart,
    pool_map,
    pool_swap,
    power_exp,
    power_mul,
    rescale_units,
    sign_units,
    to_additive,
    to_chart,
    verify,
)

from .theorem import holds, sigma

a = Scalar("a", positive)

THEOREMS: list[tuple[Equation, str]] = [
    (affine(f=negate), "⊢ negate = add(-I)"),
    (affine(f=scale("2/3")), "⊢ 2/3·x = add(2/3·I)"),
    (affine(f=scale(a)), "⊢ a·x = add(a·I)"),
    (affine(f=shift(-2)), "⊢ x - 2 = add(I, -2·𝟙)"),
    (power_exp(f=cube), "⊢ x^3 = ln ; 3·x ; exp on (0, ∞)"),
    (power_mul(f=power("1/2")), "⊢ x^(1/2) = mul(1/2·I) on (0, ∞)"),
    (power_mul(f=power(a)), "⊢ x^a = mul(a·I)"),
    (hinge(f=max1), "⊢ exp ; max(x, 1) = relu ; exp"),
    (hinge(f=minimum(1)), "⊢ exp ; min(x, 1) = min(x, 0) ; exp"),
    (partial_chart(g=ln), "⊢ mix(ln, V) = exp ; add(V) ; ln"),
    (partial_chart(g=sqrt), "⊢ mix(x^(1/2), V) = x^2 ; add(V) ; x^(1/2)"),
    (pool_chart(g=negate), "⊢ minpool(S) = negate ; maxpool(S) ; negate"),
    (pool_map(f=exp), "⊢ maxpool(S) ; exp = exp ; maxpool(S)"),
    (pool_swap(f=exp, pool=negate), "⊢ minpool(S) ; exp = exp ; minpool(S)"),
    (pool_swap(f=negate), "⊢ maxpool(S) ; negate = negate ; minpool(S)"),
    (pool_swap(f=power(-1)), "⊢ maxpool(S) ; x^(-1) = x^(-1) ; minpool(S)"),
    (pool_swap(f=power(-1), pool=negate), "⊢ minpool(S) ; x^(-1) = x^(-1) ; maxpool(S)"),
    (map_permutation(f=tanh), "⊢ add(P) ; tanh = tanh ; add(P)"),
    (map_permutation(f=ln), "⊢ add(P) ; ln = ln ; add(P)"),
    (map_scaling(f=relu), "⊢ add(D) ; relu = relu ; add(D)"),
    (map_signs(f=tanh), "⊢ add(S) ; tanh = tanh ; add(S)"),
    (base(g=then(scale(2), exp)), "⊢ mix((exp∘(2·x)), W, b) = mul(W, 2·b)"),
    (base(g=then(negate, exp)), "⊢ mix((exp∘negate), W, b) = mul(W, -b)"),
    (base(g=scale(3)), "⊢ mix(3·x, W, b) = add(W, 3·b)"),
    (base(g=then(scale("1/2"), sinh)), "⊢ mix((sinh∘(1/2·x)), W, b) = mix(sinh, W, 1/2·b)"),
    (
        base(g=then(scale(2), shift(1), exp)),
        "⊢ mix((exp∘(x + 1)∘(2·x)), W, b) = mul(W, 2·(-1/2·W·𝟙 + b) + 𝟙)",
    ),
]


@pytest.mark.parametrize(("theorem", "text"), THEOREMS, ids=[t for _, t in THEOREMS])
def test_the_theorem_holds(theorem: Equation, text: str) -> None:
    holds(theorem, text)
    assert theorem.grade is Grade.PROVED


@pytest.mark.parametrize("f", [tanh, Function("σ", reals, reals)], ids=str)
def test_hidden_units_may_be_permuted(f: Function) -> None:
    holds(
        permute_units(f),
        f"⊢ add(W1, b1) ; {f} ; add(W2, b2) = add(P·W1, P·b1) ; {f} ; add(W2·P⁻¹, b2)",
        values={"σ": tanh},
    )


@pytest.mark.parametrize("f", [relu, prelu("1/10"), absolute, then(scale(-3), relu)], ids=str)
def test_units_of_homogeneous_functions_may_be_rescaled(f: Function) -> None:
    holds(rescale_units(f))


@pytest.mark.parametrize("f", [tanh, softsign, sinh, cube, then(cube, tanh)], ids=str)
def test_units_of_odd_functions_may_change_sign(f: Function) -> None:
    holds(sign_units(f))


def test_every_symmetry_is_one_of_multiplicative_nets_through_the_chart() -> None:
    rescaled = in_chart(rescale_units(relu), exp)
    holds(rescaled, "⊢ mul(W1, b1) ; max(x, 1) ; mul(W2, b2) = mul(D·W1, D·b1) ; max(x, 1) ; mul(W2·D⁻¹, b2)")
    permuted = in_chart(permute_units(then(exp, sigma, ln)), exp)
    holds(permuted, "⊢ mul(W1, b1) ; σ ; mul(W2, b2) = mul(P·W1, P·b1) ; σ ; mul(W2·P⁻¹, b2)")
    assert not parameter_preserving(permuted)


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda: rescale_units(tanh), "f(d·x) = d·f(x) for d > 0 is not known for tanh"),
        (lambda: sign_units(relu), "f(-x) = -f(x) is not known for relu"),
        (lambda: map_scaling(f=maximum(1)), "is not known for max(x, 1)"),
        (lambda: pool_map(f=square), "x^2 is not known to be nondecreasing on (-∞, ∞)"),
        (lambda: pool_swap(f=mish), "not known to rise or to fall"),
        (lambda: pool_map(f=Function("σ", reals, reals)), "σ is not known to be nondecreasing"),
        (lambda: power_mul(f=tanh), "tanh is no power"),
        (lambda: base(g=exp), "does not begin with"),
        (lambda: hinge(f=maximum(2)), "has no kink at 1"),
        (lambda: partial_chart(g=exp), "is a chart of all reals"),
        (lambda: to_chart(mul("W", 2, 2), square), "x^2"),
        (lambda: to_chart(mul("W", 2, 2), relu), "relu"),
    ],
)
def test_what_does_not_hold_is_refused(ask: Any, text: str) -> None:
    with pytest.raises((Refused, IllTyped)) as caught:
        ask()
    assert text in str(caught.value)


def test_a_maximum_and_a_square_commute_on_half_a_line_only() -> None:
    pooled = maxpool(ones(1, 2))
    assert pool_map.why_not(pooled >> square, at=2) is not None
    holds((wire(2, positive) >> pooled >> square).rewrite(pool_map), "⊢ maxpool(𝟙) ; x^2 = x^2 ; maxpool(𝟙) on (0, ∞)")
    x = np.array([-3.0, 1.0])
    assert (pooled >> square)(x) == 1
    assert (fn(square) >> maxpool(ones(1, 2)))(x) == 9


# --- what is decided about the shape of functions ---


GRID = np.linspace(-4, 4, 4001)


def _on(interval: Interval) -> Any:
    inside = (float(interval.lo) < GRID) & (float(interval.hi) > GRID)
    return GRID[inside]


def _entries() -> list[Function]:
    found = [Function.atom(name) for name, entry in ATOMS.items() if not entry.takes]
    for name, entry in ATOMS.items():
        if entry.takes:
            for c in ("0", "1", "-1", "1/2", "2", "-2", "3", "1/3", "2/3"):
                try:
                    found.append(Function.atom(name, c))
                except IllTyped:
                    continue
    return found


@pytest.mark.parametrize("f", _entries(), ids=str)
def test_what_is_said_of_the_shape_of_a_function_is_true_on_a_grid(f: Function) -> None:
    decided = 0
    for on in (domain(f), positive, at_most(0), Interval("(-oo, 0)"), Interval("[1, oo)")):
        try:
            up, down = rising(f, on), falling(f, on)
        except IllTyped:
            continue
        steps = np.diff(f(_on(on)))
        assert not up or (steps >= -1e-12).all()
        assert not down or (steps <= 1e-12).all()
        decided += up or down
    if domain(f) is reals:
        if odd(f):
            np.testing.assert_allclose(f(-GRID), -f(GRID), atol=1e-12)
        if homogeneous(f):
            np.testing.assert_allclose(f(3 * GRID), 3 * f(GRID), atol=1e-12)
    assert decided or f in (silu, gelu) or f.name in ("threshold", "scale", "power", "mish")


def test_a_chain_rises_if_it_falls_an_even_number_of_times() -> None:
    assert rising(then(negate, tanh, negate), reals)
    assert falling(then(exp, power(-1)), reals)
    assert rising(then(negate, exp, power(-1)), reals)
    assert rising(then(absolute, cosh), positive)
    assert not rising(then(square, exp), reals)


# --- any chart ---

NET = mul("W1", 3, 4, bias="b1") >> tanh >> mul("W2", 4, 2)


@pytest.mark.parametrize("g", [cube, sinh, softplus, sigmoid, tanh, then(scale(2), exp), identity, exp], ids=str)
def test_a_net_is_the_same_net_in_any_chart(g: Function) -> None:
    theorem = to_chart(NET, g)
    layers = [n.box for n in theorem.rhs.nodes if isinstance(n.box, Mix)]
    assert [box.chart for box in layers] == [g, g]
    assert [str(box.weight) for box in layers] == ["W1", "W2"]
    assert parameter_preserving(theorem)
    holds(theorem, epsilon=1e-6)


def test_layers_in_different_charts_meet_in_a_seam() -> None:
    mixed = mul("W1", 3, 3) >> ln >> mix(cube, "W2", 3, 3) >> tanh >> mix(sinh, "W3", 3, 2)
    holds(
        to_additive(mixed),
        "⊢ mul(W1) ; ln ; mix(x^3, W2) ; tanh ; mix(sinh, W3) = ln ; add(W1) ; x^(1/3) ; add(W2) ; x^3 ; tanh ; asinh ; add(W3) ; sinh",
    )
    holds(to_chart(mixed, sinh))


def test_an_affine_chart_fuses_with_the_chart_that_it_changes() -> None:
    net = mul("A", 3, 3) >> mix(then(scale(2), exp), "W", 3, 3)
    holds(net.rewrite(base, fuse), "⊢ mul(A) ; mix((exp∘(2·x)), W) = mul(W·A)")


def test_powers_are_layers_and_fuse() -> None:
    net = mul("A", 3, 3) >> square >> mul("B", 3, 2) >> power("1/2")
    holds(net.rewrite(power_mul, fuse), "⊢ mul(A) ; x^2 ; mul(B) ; x^(1/2) = mul(B·A)")


# --- pools in both readings ---


@pytest.mark.parametrize("pool", [maxpool, minpool])
def test_pools_stay_pools_when_layers_become_additive(pool: Any) -> None:
    s = windows([3, 3], [2, 2], channels=1, padding=1)
    net = mul("W1", 4, 9) >> pool(s, positive) >> mul("W2", 16, 2)
    twin = to_additive(net).rewrite(pool_swap, cancel)
    word = pool.__name__
    holds(twin, f"⊢ mul(W1) ; {word}(conv(𝟙)) ; mul(W2) = ln ; add(W1) ; {word}(conv(𝟙)) ; add(W2) ; exp")
    assert verify(net, twin.rhs).grade is Grade.PROVED


def test_the_modified_relu_is_exactly_relu() -> None:
    assert verify(then(exp, max1, ln), relu).grade is Grade.PROVED
    net = mul("W1", 2, 3) >> max1 >> mul("W2", 3, 1)
    plain = ln >> add("W1", 2, 3) >> relu >> add("W2", 3, 1) >> exp
    assert verify(net, plain).grade is Grade.PROVED


def test_a_permutation_alone_is_the_same_layer_in_both_readings() -> None:
    P, W, b = permutation("P", "n"), Weight("W", "n", "k"), Vector("b", "n")
    net = mul(W, b) >> mul(P)
    holds(to_additive(net).rewrite(map_permutation, cancel))
