"""The one generator of random nets: what "a random net" means in every test.

`random_net(rng)` draws, with the NumPy generator `rng`,

- 1-3 inputs of width 1-4 in one of the intervals `INTERVALS` and, in 0-8 steps, a DAG: each step reads earlier wires (mostly the newest,
  so chains are frequent; any wire may be read again) and adds one of: a layer (additive, multiplicative on positive wires, now and then in
  another chart), with or without bias, now and then with the weights of an earlier layer; 1-3 maps in a row from `FUNCTIONS`, whatever
  types; a residual x + F(x), or x * F(x) on positive wires, with F a layer and maybe a map; a concat of two wires; a slice; a sum; and, with
  `structured`, layers with matrices of a special form in whole, partial and affine charts, pools, and the words of `diagrams/layers.py`;
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
    Map,
    Mix,
    SigmaError,
    Space,
    Vector,
    Weight,
    Wire,
    batch_norm,
    centred,
    concat,
    diagram,
    each,
    exp,
    eye,
    fn,
    identity,
    log_softmax,
    log_sum_exp,
    meanpool,
    mix,
    negate,
    normalise,
    pool,
    positive,
    reals,
    row,
    softmax,
    sum_of_products,
    swish_each,
    windows,
    wire,
)
from sigmaprime.diagrams.box import Box, box_of
from sigmaprime.diagrams.draft import infer
from sigmaprime.diagrams.image import chart
from sigmaprime.diagrams.weight import Cone
from tests.choices import AFFINE, CHARTS, FUNCTIONS, INTERVALS, PARTIAL
from tests.diagrams.reference import Array, function_on, matrix, undo, vector
from tests.weights import random_array, random_matrix, random_windows

__all__ = ["CHARTS", "FUNCTIONS", "INTERVALS", "Net", "nets", "random_net"]

LARGE = 50.0


class Net(NamedTuple):
    """A diagram, arrays for its weights by name, and arrays for its inputs."""

    diagram: Diagram
    weights: dict[str, Array]
    inputs: tuple[Array, ...]


Bounds = tuple[float, float]
Drawn = tuple[Wire, Bounds]


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
    structured: bool = True,
) -> Net:
    """A net as the head of this module says; `chain` draws layers and maps in a row, with one input and one output."""
    count = 1 if chain else inputs or int(rng.integers(1, 4))
    spaces = [(int(rng.integers(1, width + 1)), intervals[int(rng.integers(len(intervals)))]) for _ in range(count)]
    arrays = tuple(_sample(rng, on, (*batch, n)) for n, on in spaces)
    draw = _Drawing(rng, width, chain, charts, functions, structured)

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
        structured: bool,
    ) -> None:
        self.rng, self.width, self.chain, self.charts, self.functions = rng, width, chain, charts, functions
        self.wires: list[Wire] = []
        self.bounds: list[Bounds] = []
        self.arrays: dict[str, Array] = {}
        self.layers: list[tuple[Weight, Vector]] = []
        self.tried = 0
        self.kinds: list[Callable[[int], Drawn | None]] = [self.layer, self.layer, self.maps, self.maps]
        if structured:
            self.kinds += [self.structured, self.structured, self.pool]
        if not chain:
            self.kinds += [self.residual, self.product, self.concat, self.slice, self.sum]
            self.kinds += [self.word, self.word] if structured else []

    def step(self) -> None:
        for _ in range(20):
            at = len(self.wires) - 1
            if not self.chain and self.rng.random() < 0.4:
                at = int(self.rng.integers(len(self.wires)))
            made = self.kinds[int(self.rng.integers(len(self.kinds)))](at)
            if made is not None:
                self.wires.append(made[0])
                self.bounds.append(made[1])
                return

    def put(self, part: Diagram, *read: Drawn) -> Drawn | None:
        """A diagram on wires, unless it does not take them, or a value in it may be too large."""
        try:
            types = infer([x.space for x, _ in read], part.columns)
        except SigmaError:
            return None
        bounds = [ends for _, ends in read]
        for w in range(len(read), len(types)):
            ends = self.ends(box_of(part.row(w)), [bounds[a] for a in part.columns.arguments(w)])
            if ends is None or not _fits(ends, Space.all[types[w]].interval):
                return None
            bounds.append(ends)
        return part(*[x for x, _ in read]), bounds[part.outputs[0]]

    def ends(self, box: Box, read: Sequence[Bounds]) -> Bounds | None:
        """The range of a box, from the ranges of what it reads."""
        match box:
            case Map(f):
                return _ends(f, read[0])
            case Mix(g, weight, bias):
                w, b = matrix(weight, self.arrays), vector(bias, self.arrays)
                lo, hi = sorted(undo(g, False, end) for end in read[0])
                up, down = np.maximum(w, 0).sum(axis=1), np.minimum(w, 0).sum(axis=1)
                return _ends(g, (float((up * lo + down * hi + b).min()), float((up * hi + down * lo + b).max())))
            case _:
                return min(ends[0] for ends in read), max(ends[1] for ends in read)

    def drawn(self, at: int) -> Drawn:
        return self.wires[at], self.bounds[at]

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    # --- layers and maps ---

    def layer(self, at: int, rows: int | None = None) -> Drawn | None:
        x = self.wires[at]
        columns = x.space.size.value
        g = self.chart(x)
        if self.layers and self.rng.random() < 0.1:
            weight, bias = self.layers[int(self.rng.integers(len(self.layers)))]
            if weight.columns is not x.space.size or rows not in (None, weight.rows.value):
                return None
        else:
            rows = rows or int(self.rng.integers(1, self.width + 1))
            number = len(self.layers) + 1
            weight, bias = Weight(f"W{number}", rows, columns), Vector.zero(rows)
            self.arrays[weight.name] = self.normal((rows, columns), columns)
            if self.rng.random() < 0.6:
                bias = Vector(f"b{number}", rows)
                self.arrays[bias.name] = self.normal((rows,), columns)
        made = self.put(mix(g, weight, bias), self.drawn(at))
        if made is not None:
            self.layers.append((weight, bias))
        return made

    def chart(self, x: Wire) -> Function:
        able = [g for g in self.charts if chart(g)[0].contains(x.space.interval)]
        if able and self.rng.random() < 0.15:
            return able[int(self.rng.integers(len(able)))]
        if positive.contains(x.space.interval) and self.rng.random() < 0.75:
            return exp
        return Function.atom("identity")

    def normal(self, shape: tuple[int, ...], fan_in: int) -> Array:
        return np.asarray(np.clip(self.rng.normal(size=shape), -2, 2) / math.sqrt(fan_in))

    def maps(self, at: int, most: int = 3) -> Drawn | None:
        made = self.drawn(at)
        for _ in range(int(self.rng.integers(1, most + 1))):
            f = self.functions[int(self.rng.integers(len(self.functions)))]
            made = self.put(fn(f), made) or made
        return None if made[0] is self.wires[at] else made

    # --- several wires ---

    def block(self, at: int) -> Drawn | None:
        """F(x): a layer back to the width of x, and maybe a map."""
        made = self.layer(at, self.wires[at].space.size.value)
        if made is not None and self.rng.random() < 0.5:
            self.wires.append(made[0])
            self.bounds.append(made[1])
            made = self.maps(len(self.wires) - 1, 1) or made
        return made

    def residual(self, at: int) -> Drawn | None:
        block = self.block(at)
        return None if block is None else self.combined(at, block, times=False)

    def product(self, at: int) -> Drawn | None:
        block = self.block(at)
        return None if block is None else self.combined(at, block, times=True)

    def sum(self, at: int) -> Drawn | None:
        other = int(self.rng.integers(len(self.wires)))
        return self.combined(at, self.drawn(other), times=self.rng.random() < 0.5)

    def combined(self, at: int, right: Drawn, times: bool) -> Drawn | None:
        size = self.wires[at].space.size
        if size is not right[0].space.size:
            return None
        x = wire(size, positive if times else reals)
        return self.put(
            concat(x, x) >> mix(exp if times else identity, row(eye(size), eye(size))), self.drawn(at), right
        )

    def concat(self, at: int) -> Drawn | None:
        parts = self.drawn(at), self.drawn(int(self.rng.integers(len(self.wires))))
        if sum(x.space.size.value for x, _ in parts) > self.width:
            return None
        return self.put(concat(*(wire(x.space.size) for x, _ in parts)), *parts)

    def slice(self, at: int) -> Drawn | None:
        size = self.wires[at].space.size.value
        if size < 2:
            return None
        start = int(self.rng.integers(size))
        stop = int(self.rng.integers(start + 1, size + 1))
        return self.wires[at][start:stop], self.bounds[at]

    # --- matrices of a special form ---

    def structured(self, at: int) -> Drawn | None:
        x = self.wires[at]
        number = self.fresh()
        weight = random_matrix(self.rng, f"A{number}", x.space.size.value, self.width)
        g, bias = self.chart(x), Vector.zero(weight.rows)
        if self.charts and self.rng.random() < 0.3:
            g = self.pick(AFFINE)
        if weight.cone is Cone.FULL and self.rng.random() < 0.4:
            g = self.pick(PARTIAL)
        elif self.rng.random() < 0.3:
            bias = Vector(f"c{number}", weight.rows)
        return None if (weight.rows.value or 0) > self.width else self.known(lambda: mix(g, weight, bias), at)

    def pool(self, at: int) -> Drawn | None:
        x = self.wires[at]
        S = random_windows(self.rng, f"A{self.fresh()}", x.space.size.value, self.width)
        g = self.pick([identity, identity, negate, *self.charts])
        return self.known(lambda: pool(g, S, x.space.interval), at)

    def word(self, at: int) -> Drawn | None:
        """A layer of `diagrams/layers.py`."""
        n = self.wires[at].space.size.value
        shape: Any = (2, n // 2) if n % 2 == 0 and self.rng.random() < 0.3 else n
        number = self.fresh()
        rows, axis = int(self.rng.integers(1, self.width + 1)), int(self.rng.integers(-1, 1))
        letter, bias = (f"{v}{number}" for v in "Ac")
        g = self.pick([identity, exp])
        words: list[Callable[[], Diagram]] = [
            lambda: softmax(shape, axis),
            lambda: log_softmax(shape, axis),
            lambda: log_sum_exp(shape, axis),
            lambda: normalise(shape, axis),
            lambda: centred(shape, axis, chart=g),
            lambda: batch_norm(letter, bias, n, chart=g),
            lambda: swish_each(letter, n, chart=g),
            lambda: meanpool(windows([n], [min(n, 2)]), chart=g),
            lambda: each(*(self.functions[i] for i in self.rng.integers(len(self.functions), size=n))),
            lambda: sum_of_products([f"{letter}a", f"{letter}b"], n, rows, factors=[f"{bias}a", f"{bias}b"]),
        ]
        return self.known(self.pick(words), at)

    def fresh(self) -> str:
        self.tried += 1
        return str(self.tried)

    def known(self, make: Callable[[], Diagram], at: int) -> Drawn | None:
        """A part on a wire, if there is one, with arrays for its variables."""
        try:
            part = make()
        except SigmaError:
            return None
        self.arrays |= {v.name: random_array(self.rng, v, cut=2) for v in part.variables}
        return self.put(part, self.drawn(at))


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
