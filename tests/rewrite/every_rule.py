"""Every rule there is, in both directions: examples of it, nets in which it fits, and instances that fit a given place."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Interval,
    SigmaError,
    Size,
    Space,
    Vector,
    Weight,
    Wire,
    absolute,
    cube,
    diagram,
    exp,
    identity,
    inverse,
    ln,
    max1,
    minimum,
    multiple,
    negate,
    permutation,
    power,
    relu,
    scale,
    scaling,
    shift,
    sigmoid,
    signs,
    sinh,
    softplus,
    square,
    tanh,
    then,
    times,
    wire,
)
from sigmaprime.diagrams.box import Kind
from sigmaprime.diagrams.draft import infer
from sigmaprime.diagrams.function import parts
from sigmaprime.diagrams.image import bijection, image
from sigmaprime.diagrams.term import Term
from sigmaprime.rewrite import (
    Equation,
    Schema,
    affine,
    base,
    cancel,
    chart,
    collapse,
    companion,
    compose,
    concat_slice,
    define,
    exp_sum,
    flip,
    fuse,
    fuse_add,
    fuse_signed,
    fuse_sums,
    hinge,
    layer_magnitude,
    layer_sign,
    ln_softmax,
    log_product,
    logaddexp,
    map_concat,
    map_equal,
    map_identity,
    map_permutation,
    map_scaling,
    map_signs,
    map_slice,
    mult_add,
    odd_magnitude,
    odd_sign,
    partial_chart,
    permute_units,
    polar,
    pool_chart,
    pool_map,
    pool_natural,
    pool_swap,
    power_exp,
    power_mul,
    rescale_units,
    rule,
    sign_units,
    signed_map,
    signed_positive,
    slice_concat,
    softmax_normalise,
    sum_ln,
    unflip,
    unit_add,
)
from sigmaprime.rewrite.charts import rechart
from sigmaprime.rewrite.instances import function_of, interval_of
from sigmaprime.rewrite.kernel import instantiate
from sigmaprime.rewrite.workspace import Workspace
from tests.nets import Net, random_net
from tests.rewrite.theorem import at_numbers, points
from tests.weights import random_array

__all__ = [
    "EQUATIONS",
    "MAKERS",
    "SCHEMAS",
    "SYMMETRIES",
    "halved",
    "instances",
    "names",
    "opposite",
    "planted",
    "rules",
    "start",
]


# --- the rules ---


@rule
def exp_of_double() -> Any:
    """e^(2x) = (e^x)^2"""
    return scale(2) >> exp, exp >> power(2)


@rule
def root_of_square() -> Any:
    """√(x²) = |x|"""
    return square >> power("1/2"), absolute


@rule
def twice() -> Any:
    """x + x = 2x"""
    return diagram(wire())(lambda x: x + x), scale(2)


@rule
def sums_commute() -> Any:
    """x + y = y + x"""

    def swapped(x: Wire, y: Wire) -> Any:
        return y + x

    return diagram(wire("n"), wire("n"))(lambda x, y: x + y), diagram(wire("n"), wire("n"))(swapped)


SIGMA = define("damped", exp >> tanh >> scale("1/2") >> ln)
SYMMETRIES: dict[str, tuple[Callable[[Function], Equation], Any, Function]] = {
    "permute_units": (permute_units, permutation, tanh),
    "rescale_units": (rescale_units, scaling, relu),
    "sign_units": (sign_units, signs, tanh),
}
EQUATIONS: dict[str, Equation] = {
    "mult_add": mult_add, "companion": companion, "fuse_add": fuse_add, "unit_add": unit_add, "flip": flip, "unflip": unflip,
    "fuse_sums": fuse_sums, "logaddexp": logaddexp, "log_product": log_product, "fuse_signed": fuse_signed, "signed_positive": signed_positive,
    "polar": polar, "layer_magnitude": layer_magnitude, "layer_sign": layer_sign,
    "exp_sum": exp_sum, "sum_ln": sum_ln, "softmax_normalise": softmax_normalise(), "ln_softmax": ln_softmax(),
    "definition": SIGMA.unfold, "exp_of_double": exp_of_double, "root_of_square": root_of_square, "twice": twice, "sums_commute": sums_commute,
}  # fmt: skip
SCHEMAS: dict[str, tuple[Schema, list[dict[str, Any]]]] = {
    "compose": (compose, [{"f": exp, "g": tanh}, {"f": softplus, "g": ln}]),
    "map_equal": (map_equal, [{"f": then(relu, exp, ln), "g": relu}]),
    "map_identity": (map_identity, [{}]),
    "chart": (chart, [{"g": sinh}, {"g": exp}]),
    "map_concat": (map_concat, [{"f": tanh}, {"f": exp, "parts": 3}]),
    "map_slice": (map_slice, [{"f": tanh}]),
    "slice_concat": (slice_concat, [{"part": 0}, {"part": 1}, {"part": 0, "parts": 1}]),
    "concat_slice": (concat_slice, [{}]),
    "affine": (affine, [{"f": negate}, {"f": scale("1/2")}, {"f": shift(1)}]),
    "power_exp": (power_exp, [{"f": power("2/3")}, {"f": power(-1)}]),
    "hinge": (hinge, [{"f": max1}, {"f": minimum(1)}]),
    "partial_chart": (partial_chart, [{"g": ln}, {"g": then(ln, shift(1))}]),
    "pool_chart": (pool_chart, [{"g": negate}, {"g": cube}]),
    "pool_map": (pool_map, [{"f": tanh}, {"f": relu}]),
    "map_permutation": (map_permutation, [{"f": sigmoid}]),
    "map_scaling": (map_scaling, [{"f": relu}, {"f": absolute}]),
    "map_signs": (map_signs, [{"f": tanh}, {"f": cube}]),
    "cancel": (cancel, [{"f": exp}, {"f": ln}, {"f": sinh}, {"f": then(exp, ln, tanh)}]),
    "collapse": (collapse, [{"f": relu}, {"f": absolute}]),
    "signed_map": (signed_map, [{"f": cube}, {"f": negate}]),
    "odd_magnitude": (odd_magnitude, [{"f": tanh}]),
    "odd_sign": (odd_sign, [{"f": sinh}]),
    "fuse": (fuse, [{"g": exp}, {"g": identity}, {"g": cube}]),
    "base": (base, [{"g": then(scale(2), exp)}, {"g": then(shift("1/2"), sinh)}]),
    "power_mul": (power_mul, [{"f": power("1/3")}]),
    "pool_swap": (pool_swap, [{"f": negate}, {"f": sigmoid, "pool": negate}]),
    "pool_natural": (pool_natural, [{"g": negate, "f": tanh}, {"g": cube, "f": relu}]),
    "rechart": (rechart, [{"h": identity, "g": cube}, {"h": exp, "g": sinh}]),
}
INSERTED = (exp, ln, sinh, cube, scale(2), scale("-1/2"), shift(1), softplus, tanh, power("1/2"), negate)
CHARTS = (exp, cube, sinh, softplus, identity)


ONE_WAY = {"~fuse_sums", "~fuse_signed", "~signed_positive", "~layer_magnitude", "~layer_sign", "~collapse"}
"""What leaves something open from right to left (two factors of one product, a parity, an activation): no rule until it is given."""


def names() -> list[str]:
    """Every rule, forwards and backwards."""
    both = (d for name in (*EQUATIONS, *SCHEMAS, *SYMMETRIES) for d in (name, f"~{name}") if d not in ONE_WAY)
    return [*both, "share"]


def instances(name: str) -> list[Equation]:
    """Examples of a rule, from left to right."""
    if name in EQUATIONS:
        return [EQUATIONS[name]]
    if name in SYMMETRIES:
        return [SYMMETRIES[name][0](SYMMETRIES[name][2])]
    schema, given = SCHEMAS[name]
    return [schema(**arguments) for arguments in given]


# --- starts ---


def start(seed: int) -> tuple[Net, str | None]:
    """A random net; for every other seed one side of a rule, all in turn, and the direction in which it fits there."""
    if seed % 2:
        steps = random.Random(seed).randrange(1, 7)
        return random_net(np.random.default_rng(seed), steps=steps, batch=(3,)), None
    every = [n for n in names() if n != "share"]
    turn, number = divmod(seed // 2, len(every))
    name = every[number]
    examples = instances(name.removeprefix("~"))
    return planted(examples[turn % len(examples)], seed, backwards=name.startswith("~")), name


def planted(e: Equation, seed: int, *, backwards: bool = False) -> Net:
    """One side of an equation at small sizes, with arrays for its weights and inputs."""
    at, rng = at_numbers(e, {}), np.random.default_rng(seed)
    side = at.rhs if backwards and _stands_alone(at.rhs) else at.lhs
    arrays = {v.name: random_array(rng, v, cut=2) for v in side.variables}
    return Net(side, arrays, tuple(points(rng, s.interval, s.size.value or 0)[:3] for s in side.inputs))


def _stands_alone(side: Diagram) -> bool:
    """Whether a side types without what its equation knows."""
    try:
        infer(side.inputs, side.columns)
    except SigmaError:
        return False
    return True


# --- rules that fit a place ---

Maker = Callable[[Workspace, int, random.Random], Equation | None]


def _again(ws: Workspace, w: int, rng: random.Random) -> Equation | None:
    """f = k∘h∘f on a wire, k the inverse of h"""
    if ws.op[w] != Kind.MAP:
        return None
    f, on = function_of(ws.fn[w]), interval_of(ws, ws.arguments(w)[0])
    h = rng.choice(INSERTED)
    longer = then(f, h, inverse(h, image(f, on)))
    return map_equal(f=f, g=longer, on=on) if longer is not f else None


def _apart(ws: Workspace, w: int, rng: random.Random) -> Equation | None:
    """A chain as two maps."""
    chain = parts(function_of(ws.fn[w])) if ws.op[w] == Kind.MAP else ()
    if len(chain) < 2:
        return None
    k = rng.randrange(1, len(chain))
    return (~compose)(f=then(*chain[:k]), g=then(*chain[k:]), on=interval_of(ws, ws.arguments(w)[0]))


def _inserted(ws: Workspace, w: int, rng: random.Random) -> Equation | None:
    """f ; f⁻¹ on any wire"""
    f, on = rng.choice(INSERTED), interval_of(ws, w)
    return (~cancel)(f=f, on=on) if bijection(f, on) is not None else None


def _identity(ws: Workspace, w: int, rng: random.Random) -> Equation:
    return (~map_identity)(on=interval_of(ws, w))


def _one_part(ws: Workspace, w: int, rng: random.Random) -> Equation:
    """A wire is the one part of a bundle of one."""
    return (~slice_concat)(part=0, on=(interval_of(ws, w),))


def _two_parts(ws: Workspace, w: int, rng: random.Random) -> Equation | None:
    n = Space.all[ws.types[w]].size.value or 0
    if n < 2:
        return None
    p = rng.randrange(1, n)
    return _parted(interval_of(ws, w), p, n - p)


@cache
def _parted(on: Interval, p: int, q: int) -> Equation:
    return instantiate(~concat_slice(on=on), {Size("p"): Size(p), Size("q"): Size(q)})


def _halves(ws: Workspace, w: int, rng: random.Random) -> Equation | None:
    """A layer as ½·I and twice the layer."""
    return halved(*(Term.all[c[w]] for c in (ws.fn, ws.wt, ws.bs))) if ws.op[w] == Kind.MIX else None


@lru_cache(maxsize=4096)
def halved(g: Function, W: Weight, b: Vector) -> Equation:
    """mix(g, W, b) = mix(g, ½·I) ; mix(g, 2·W, b)"""
    theta = {"W1": multiple("1/2", W.columns), "b1": Vector.zero(W.columns), "W2": times(multiple(2, W.rows), W)}
    return ~fuse(g=g)({**theta, "b2": b})


@lru_cache(maxsize=4096)
def opposite(e: Equation) -> Equation:
    """The equation from right to left, compiled once."""
    return ~e


def _plain_halves(ws: Workspace, w: int, rng: random.Random) -> Equation | None:
    return _halves(ws, w, rng) if ws.fn[w] == identity.id else None


def _recharted(ws: Workspace, w: int, rng: random.Random) -> Equation | None:
    if ws.op[w] != Kind.MIX:
        return None
    return rechart(h=function_of(ws.fn[w]), g=rng.choice(CHARTS))


MAKERS: Mapping[str, Maker] = {
    "map_equal": _again,
    "~compose": _apart,
    "~cancel": _inserted,
    "~map_identity": _identity,
    "~slice_concat": _one_part,
    "~concat_slice": _two_parts,
    "~fuse": _halves,
    "~fuse_add": _plain_halves,
    "rechart": _recharted,
}


@cache
def kinds(name: str) -> frozenset[int]:
    """The kinds of the boxes at which a rule may fit."""
    plain = name.removeprefix("~")
    if name in MAKERS:
        return frozenset(map(int, Kind))
    if plain in EQUATIONS:
        e = EQUATIONS[plain] if name == plain else opposite(EQUATIONS[plain])
        root = e.lhs.columns.op[e.lhs.outputs[0]]
        return frozenset(map(int, Kind)) if root == Kind.INPUT else frozenset({root})
    schema = SCHEMAS[plain][0] if name == plain else ~SCHEMAS[plain][0]
    return frozenset({int(schema.kind)} if schema.read else ())


def rules(name: str, ws: Workspace, w: int, rng: random.Random) -> Iterator[Equation]:
    """Instances of a rule that may fit at a wire."""
    plain = name.removeprefix("~")
    found: Any = None
    if plain in EQUATIONS:
        found = EQUATIONS[plain] if name == plain else opposite(EQUATIONS[plain])
    elif plain in SCHEMAS:
        schema = SCHEMAS[plain][0] if name == plain else ~SCHEMAS[plain][0]
        found = schema.instance(ws, w) if ws.op[w] == schema.kind else None
    made = MAKERS.get(name)
    try:
        more = made(ws, w, rng) if made else None
    except SigmaError:
        more = None
    yield from (e for e in (found, more) if isinstance(e, Equation))
