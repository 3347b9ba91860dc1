"""The one generator of random nets: what "a random net" means in every test.

`random_net(rng)` draws, with the NumPy generator `rng`,

- 1-3 inputs of width 1-4 in one of the intervals `INTERVALS` and, in 0-8 steps, a DAG: each step reads earlier wires (mostly the newest,
  so chains are frequent; any wire may be read again) and adds one of: a layer (additive, multiplicative on positive wires, now and then in
  another chart), with or without bias, now and then with the weights of an earlier layer; 1-3 maps in a row from `FUNCTIONS`, whatever
  types; a residual x + F(x), or x * F(x) on positive wires, with F a layer and maybe a map; a concat of two wires; a slice; a sum;
- 1-3 outputs: the newest wire and any others, the same one twice included;
- weights and biases normal with sd 1/sqrt(fan-in), cut at two sd; input arrays of shape (batch, width), inside their intervals and in
  [-2, 2].

A step is kept only if, by interval arithmetic over the drawn weights, all values stay in [-LARGE, LARGE], positive ones above 1/LARGE:
nothing overflows, in float32 either. Same generator state, same net.

>>> import numpy as np
>>> net = random_net(np.random.default_rng(0))
>>> len(net.inputs) == len(net.diagram.inputs)
True
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Interval,
    SigmaError,
    Vector,
    Weight,
    Wire,
    add,
    at_least,
    box_cox,
    celu,
    concat,
    cube,
    diagram,
    elu,
    elu_inverse,
    exp,
    gompertz,
    hardshrink,
    hardsigmoid,
    inverse,
    ln,
    maximum,
    minimum,
    mix,
    mul,
    nonnegative,
    positive,
    power,
    prelu,
    reals,
    relu,
    scale,
    selu,
    sharp,
    shift,
    sigmoid,
    silu,
    sinh,
    snake,
    softplus,
    softshrink,
    square,
    squareplus,
    squareplus_inverse,
    swish,
    tanh,
    then,
    threshold,
    unit,
    wire,
)
from sigmaprime.diagrams.catalogue import ATOMS
from sigmaprime.diagrams.image import chart, image
from tests.diagrams.reference import Array, function_on, undo

__all__ = ["CHARTS", "FUNCTIONS", "INTERVALS", "Net", "nets", "random_net"]

LARGE = 50.0
INTERVALS: tuple[Interval, ...] = (
    positive,
    positive,
    reals,
    reals,
    nonnegative,
    unit,
    at_least(1),
    Interval("(-1, 1)"),
)
CHARTS: tuple[Function, ...] = (cube, sinh, softplus, tanh, sigmoid)
FUNCTIONS: tuple[Function, ...] = (
    *(Function.atom(name) for name, entry in ATOMS.items() if entry.parameters == 0),
    *(relu, maximum(1), maximum("1/3"), maximum(-1), scale("1/2"), scale(-2), scale(0.1), shift(1), shift("-1/3")),
    *(minimum(2), prelu("1/4"), elu(1), elu("1/2"), elu_inverse(2), silu, swish("3/2"), snake(1), squareplus(), squareplus_inverse(3)),
    *(softshrink(), hardshrink(), threshold("1/2"), selu, celu(2), hardsigmoid, gompertz, sharp(softplus, 2), box_cox("1/2")),
    *(square, cube, power("1/2"), power("1/3"), power("2/3"), power(-1), power("-1/2"), power(4)),
    *(
        inverse(square, on=at_least(1)),
        inverse(tanh, on=Interval("[0, oo)")),
        then(exp, tanh, ln),
        then(exp, sigmoid, ln),
    ),
    *(Function.defined("tanh'", exp >> tanh >> ln), Function.defined("shrink", tanh >> scale("1/2"))),
)


class Net(NamedTuple):
    """A diagram, arrays for its weights by name, and arrays for its inputs."""

    diagram: Diagram
    weights: dict[str, Array]
    inputs: tuple[Array, ...]


Bounds = tuple[float, float]


def random_net(
    rng: np.random.Generator,
    *,
    steps: int | None = None,
    inputs: int | None = None,
    outputs: int | None = None,
    width: int = 4,
    chain: bool = False,
    charts: Sequence[Function] = CHARTS,
    functions: Sequence[Function] = FUNCTIONS,
    intervals: Sequence[Interval] = INTERVALS,
    batch: tuple[int, ...] = (5,),
) -> Net:
    """A net as the head of this module says; `chain` draws layers and maps in a row, with one input and one output."""
    count = 1 if chain else inputs or int(rng.integers(1, 4))
    spaces = [(int(rng.integers(1, width + 1)), intervals[int(rng.integers(len(intervals)))]) for _ in range(count)]
    arrays = tuple(_sample(rng, on, (*batch, n)) for n, on in spaces)
    draw = _Drawing(rng, width, chain, charts, functions)

    @diagram(*[wire(n, on) for n, on in spaces])
    def net(*wires: Wire) -> tuple[Wire, ...]:
        draw.wires = list(wires)
        draw.bounds = [_range(on) for _, on in spaces]
        for _ in range(int(rng.integers(9)) if steps is None else steps):
            draw.step()
        ends = 1 if chain else outputs or int(rng.integers(1, 4))
        others = [draw.wires[int(rng.integers(len(draw.wires)))] for _ in range(ends - 1)]
        return draw.wires[-1], *others

    names = {v.name for v in net.variables}
    return Net(net, {n: a for n, a in draw.arrays.items() if n in names}, arrays)


def nets(max_steps: int = 8, **options: Any) -> st.SearchStrategy[Net]:
    """Random nets for Hypothesis; it shrinks the number of steps."""

    def build(steps: int, seed: int) -> Net:
        return random_net(np.random.default_rng(seed), steps=steps, **options)

    return st.builds(build, st.integers(0, max_steps), st.integers(0, 2**32 - 1))


def _range(on: Interval) -> Bounds:
    """A range well inside an interval, from which inputs are drawn."""
    lo, hi = max(float(on.lo), -2.0), min(float(on.hi), 2.0)
    margin = (hi - lo) / 8
    return (lo if on.lo_closed else lo + margin), (hi if on.hi_closed else hi - margin)


def _sample(rng: np.random.Generator, on: Interval, shape: tuple[int, ...]) -> Array:
    return np.asarray(rng.uniform(*_range(on), size=shape))


class _Drawing:
    """Wires drawn so far, with a range for the values on each."""

    def __init__(
        self,
        rng: np.random.Generator,
        width: int,
        chain: bool,
        charts: Sequence[Function],
        functions: Sequence[Function],
    ) -> None:
        self.rng, self.width, self.chain, self.charts, self.functions = rng, width, chain, charts, functions
        self.wires: list[Wire] = []
        self.bounds: list[Bounds] = []
        self.arrays: dict[str, Array] = {}
        self.layers: list[tuple[Weight, Vector]] = []

    def step(self) -> None:
        kinds: list[Callable[[int], tuple[Wire, Bounds] | None]] = [self.layer, self.layer, self.maps, self.maps]
        if not self.chain:
            kinds += [self.residual, self.product, self.concat, self.slice, self.sum]
        for _ in range(20):
            at = len(self.wires) - 1
            if not self.chain and self.rng.random() < 0.4:
                at = int(self.rng.integers(len(self.wires)))
            made = kinds[int(self.rng.integers(len(kinds)))](at)
            if made is not None:
                self.wires.append(made[0])
                self.bounds.append(made[1])
                return

    def layer(self, at: int, rows: int | None = None) -> tuple[Wire, Bounds] | None:
        x, bounds = self.wires[at], self.bounds[at]
        columns = x.space.size.value
        g = self.chart(x)
        if self.layers and self.rng.random() < 0.1:
            weight, bias = self.layers[int(self.rng.integers(len(self.layers)))]
            if weight.columns is not x.space.size or rows not in (None, weight.rows.value):
                return None
        else:
            number = len(self.layers) + 1
            rows = rows or int(self.rng.integers(1, self.width + 1))
            weight, bias = Weight(f"W{number}", rows, columns), Vector.zero(rows)
            self.arrays[weight.name] = self.normal((rows, columns), columns)
            if self.rng.random() < 0.6:
                bias = Vector(f"b{number}", rows)
                self.arrays[bias.name] = self.normal((rows,), columns)
        w = self.arrays[weight.name]
        b = np.zeros(w.shape[0]) if bias.is_zero else self.arrays[bias.name]
        lo, hi = (undo(g, False, end) for end in bounds)
        up, down = np.maximum(w, 0).sum(axis=1), np.minimum(w, 0).sum(axis=1)
        inner = float((up * lo + down * hi + b).min()), float((up * hi + down * lo + b).max())
        ends = _ends(g, inner)
        if ends is None:
            return None
        word = {"identity": add, "exp": mul}.get(g.name)
        made = word(weight, bias) if word else mix(g, weight, bias)
        if not _fits(ends, image(g, reals)):
            return None
        self.layers.append((weight, bias))
        return made(x), ends

    def chart(self, x: Wire) -> Function:
        able = [g for g in self.charts if chart(g)[0].contains(x.space.interval)]
        if able and self.rng.random() < 0.15:
            return able[int(self.rng.integers(len(able)))]
        if positive.contains(x.space.interval) and self.rng.random() < 0.75:
            return exp
        return Function.atom("identity")

    def normal(self, shape: tuple[int, ...], fan_in: int) -> Array:
        return np.asarray(np.clip(self.rng.normal(size=shape), -2, 2) / math.sqrt(fan_in))

    def maps(self, at: int, most: int = 3) -> tuple[Wire, Bounds] | None:
        made = self.wires[at], self.bounds[at]
        for _ in range(int(self.rng.integers(1, most + 1))):
            f = self.functions[int(self.rng.integers(len(self.functions)))]
            try:
                target = image(f, made[0].space.interval)
            except SigmaError:
                continue
            ends = _ends(f, made[1])
            if ends is not None and _fits(ends, target):
                made = f(made[0]), ends
        return None if made[0] is self.wires[at] else made

    def block(self, at: int) -> tuple[Wire, Bounds] | None:
        """F(x): a layer back to the width of x, and maybe a map."""
        made = self.layer(at, self.wires[at].space.size.value)
        if made is not None and self.rng.random() < 0.5:
            self.wires.append(made[0])
            self.bounds.append(made[1])
            made = self.maps(len(self.wires) - 1, 1) or made
        return made

    def residual(self, at: int) -> tuple[Wire, Bounds] | None:
        block = self.block(at)
        return None if block is None else self.combined(at, block, times=False)

    def product(self, at: int) -> tuple[Wire, Bounds] | None:
        block = self.block(at)
        return None if block is None else self.combined(at, block, times=True)

    def sum(self, at: int) -> tuple[Wire, Bounds] | None:
        other = int(self.rng.integers(len(self.wires)))
        return self.combined(at, (self.wires[other], self.bounds[other]), times=self.rng.random() < 0.5)

    def combined(self, at: int, right: tuple[Wire, Bounds], times: bool) -> tuple[Wire, Bounds] | None:
        left, (lo, hi) = self.wires[at], self.bounds[at]
        spaces = left.space, right[0].space
        if spaces[0].size is not spaces[1].size:
            return None
        if times and not all(positive.contains(s.interval) for s in spaces):
            return None
        ends = (lo * right[1][0], hi * right[1][1]) if times else (lo + right[1][0], hi + right[1][1])
        if not _fits(ends, positive if times else reals):
            return None
        return (left * right[0] if times else left + right[0]), ends

    def concat(self, at: int) -> tuple[Wire, Bounds] | None:
        other = int(self.rng.integers(len(self.wires)))
        parts = self.wires[at], self.wires[other]
        if sum(p.space.size.value for p in parts) > self.width:
            return None
        both = self.bounds[at], self.bounds[other]
        return concat(*parts), (min(b[0] for b in both), max(b[1] for b in both))

    def slice(self, at: int) -> tuple[Wire, Bounds] | None:
        size = self.wires[at].space.size.value
        if size < 2:
            return None
        start = int(self.rng.integers(size))
        stop = int(self.rng.integers(start + 1, size + 1))
        return self.wires[at][start:stop], self.bounds[at]


def _ends(function: Function, bounds: Bounds) -> Bounds | None:
    """The range of a function that falls, rises, or turns at 0 only; None outside its formula's floats."""
    points = [*bounds, *([0.0] if bounds[0] < 0 < bounds[1] else [])]
    try:
        values = [function_on(function, p) for p in points]
    except (ValueError, OverflowError, ZeroDivisionError, AssertionError):
        return None
    return min(values), max(values)


def _fits(ends: Bounds, target: Interval) -> bool:
    """Whether the values stay far from overflow and from the open ends of their interval."""
    lo, hi = ends
    low = -LARGE if not math.isfinite(target.lo) else float(target.lo) + (0 if target.lo_closed else 1 / LARGE)
    high = LARGE if not math.isfinite(target.hi) else float(target.hi) - (0 if target.hi_closed else 1 / LARGE)
    return lo >= -LARGE and hi <= LARGE and low - 1e-12 <= lo and hi <= high + 1e-12
