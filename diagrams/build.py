"""The words that build networks.

`>>` puts parts in a row, `@` one beside the other. A lifted function takes a wire of any size: such anonymous sizes are renamed apart
and unified wherever parts meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from . import errors
from .activations import exp, identity, negate
from .box import Concat, Map, Mix, Pool, Signed, box_of
from .diagram import Diagram, Port
from .draft import Draft, replaced, single
from .function import Function, space_of
from .image import bijection, domain, layer_chart
from .space import Interval, Space, nonzero, positive, reals
from .term import Term, substitute, subterms
from .weight import Size, Vector, Weight, constant, constant_name, constant_vector, eye, row

__all__ = [
    "add",
    "beside",
    "concat",
    "fn",
    "inverse",
    "lift",
    "maxpool",
    "minpool",
    "mix",
    "mul",
    "pool",
    "residual",
    "sequence",
    "wire",
]

SizeLike = int | str | Size | None


def inverse(function: Function, on: Interval | None = None) -> Function:
    """The inverse of the function on an interval (its whole domain); raises `IllTyped` where none is known.

    >>> from sigmaprime.diagrams import exp, square
    >>> inverse(exp), inverse(square, on=Interval("[1, oo)"))
    (ln, inverse(square, on=Interval("[1, oo)")))
    """
    branch = domain(function) if on is None else on
    found = bijection(function, branch) if function.closed else None
    if found is None:
        raise errors.no_inverse(function, branch)
    return found[1]


# --- sizes ---


def _sized(value: SizeLike, number: int) -> Size:
    if isinstance(value, Size):
        return value
    if value is None:
        return Size.anonymous(number)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise errors.bad_size(value)
    return Size(value)


def unify(pairs: Iterable[tuple[Size, Size]]) -> dict[Size, Size] | tuple[Size, Size]:
    """Sizes for names that make every pair equal, or the first pair that cannot be: a number beats a name, a name an anonymous size."""
    theta: dict[Size, Size] = {}
    for left, right in pairs:
        a, b = substitute(left, theta), substitute(right, theta)
        if a is b:
            continue
        solved = _solve(a, b)
        if solved is None:
            return a, b
        theta = {v: substitute(s, solved) for v, s in theta.items()} | solved
    return theta


def _solve(a: Size, b: Size) -> dict[Size, Size] | None:
    shared = {n: min(k, b.factors.get(n, 0)) for n, k in a.factors.items()}
    both = Size.of(min(a.constant, b.constant), shared)
    a, b = a - both, b - both
    sides = [(x, y) for x, y in ((b, a), (a, b)) if x.constant == 0 and len(x.factors) == 1]
    sides.sort(key=lambda side: not isinstance(next(iter(side[0].factors)), int))
    for x, y in sides:
        name, k = next(iter(x.factors.items()))
        if name not in y.factors and y.constant % k == 0 and all(j % k == 0 for j in y.factors.values()):
            return {Size.of(0, {name: 1}): Size.of(y.constant // k, {n: j // k for n, j in y.factors.items()})}
    return None


def _anonymous(diagram: Diagram) -> list[Size]:
    """The anonymous sizes of a diagram, in order of first occurrence."""
    c = diagram.columns
    if not any(s.size.unnamed for s in diagram.inputs) and not any(
        i >= 0 and Term.all[i].unnamed for i in (*c.wt, *c.bs)
    ):
        return []
    roots: list[Term] = [s.size for s in diagram.inputs if s.size.unnamed]
    roots += [t for t in diagram.terms if t.unnamed]
    numbers = [n for t in subterms(roots) if isinstance(t, Size) for n in t.factors if isinstance(n, int)]
    return [Size.anonymous(n) for n in dict.fromkeys(numbers)]


# --- putting parts together ---


def lift(part: Any) -> Diagram | None:
    """The part as a diagram; None if it is none."""
    if isinstance(part, Diagram):
        return part
    return fn(part) if isinstance(part, Function) else None


class Assembly:
    """A draft with its loose ends: parts are joined to wires, sizes unify on the way."""

    def __init__(self, inputs: Sequence[Space]) -> None:
        self.draft = Draft(inputs)
        self.fresh = 1 + max((n for s in inputs for n in s.size.factors if isinstance(n, int)), default=-1)

    def space(self, wire: int) -> Space:
        return Space.all[self.draft.types[wire]]

    def join(self, part: Diagram, wires: Sequence[int]) -> list[int]:
        """Add `part`, reading `wires`; the wires of its outputs."""
        draft = self.draft
        if len(wires) != len(part.inputs):
            raise errors.wrong_width(len(wires), len(part.inputs))
        assert part.types is not None  # a side that types only as part of its equation says so here
        unnamed = _anonymous(part)
        apart = {s: Size.anonymous(self.fresh + i) for i, s in enumerate(unnamed)}
        if apart:
            part = replaced(part, apart)
            self.fresh += len(apart)
        theta = unify((self.space(w).size, s.size) for w, s in zip(wires, part.inputs, strict=True))
        if isinstance(theta, tuple):
            raise errors.junction(*theta, self._name(wires[0]), reader(part))
        if theta:
            part = replaced(part, theta)
            known = {v: s for v, s in theta.items() if v not in apart.values()}
            if known:
                draft.resize(known)
        for w, s in zip(wires, part.inputs, strict=True):
            if not s.interval.contains(self.space(w).interval):
                raise errors.interval_mismatch(self._name(w), self.space(w), reader(part), s.interval)
        return draft.splice(part, wires)

    def _name(self, wire: int) -> str:
        return self.draft.describe(wire)


def reader(part: Diagram) -> str:
    """The first box that reads an input, in words."""
    count = len(part.inputs)
    for wire in range(count, len(part.columns.op)):
        if any(a < count for a in part.columns.arguments(wire)):
            return errors.box_text(box_of(part.row(wire)))
    return "the wire"


def sequence(parts: Iterable[Any]) -> Diagram:
    """All parts in a row, in one pass.

    >>> from sigmaprime.diagrams import mul, tanh
    >>> print(sequence([mul("W", 3, 3), tanh, mul("V", 3, 2)]))
    mul(W) ; tanh ; mul(V)
    """
    if not isinstance(parts, Iterable):
        raise errors.not_parts(parts)
    assembly, wires, last = None, [0], None
    ports: list[tuple[Port, ...]] = []
    for part in parts:
        if assembly is not None and isinstance(part, Function) and len(wires) == 1:
            wires = [assembly.draft.row(Map(part).row, (wires[0],))]
            last = None
            continue
        last = lift(part)
        if last is None:
            raise errors.not_liftable(part)
        if assembly is None:
            assembly = Assembly([*last.inputs])
            assembly.fresh = len(_anonymous(last))
            ports = [last.in_ports]
            wires = assembly.draft.splice(last, range(len(last.inputs)))
        else:
            wires = assembly.join(last, wires)
    if assembly is None:
        raise errors.empty_sequence()
    return assembly.draft.diagram(wires, in_ports=ports[0], out_ports=last.out_ports if last else ())


def chained(left: Any, right: Any) -> Any:
    """left >> right; NotImplemented for strangers."""
    first, second = lift(left), lift(right)
    return NotImplemented if first is None or second is None else sequence((first, second))


def beside(left: Any, right: Any) -> Any:
    """left @ right: one beside the other; NotImplemented for strangers."""
    first, second = lift(left), lift(right)
    if first is None or second is None:
        return NotImplemented
    return parallel((first, second))


def parallel(parts: Sequence[Diagram]) -> Diagram:
    """All diagrams one beside the other, in one pass."""
    draft, outputs = _drafted(parts)
    ins = tuple(chain.from_iterable(d.in_ports for d in parts))
    outs = tuple(chain.from_iterable(d.out_ports for d in parts))
    return draft.diagram(outputs, in_ports=ins, out_ports=outs)


def _drafted(parts: Sequence[Diagram]) -> tuple[Draft, list[int]]:
    """The diagrams in one draft, their anonymous sizes apart, and the wires of their outputs."""
    apart: list[Diagram] = []
    count = 0
    for part in parts:
        unnamed = _anonymous(part)
        apart.append(replaced(part, {s: Size.anonymous(count + i) for i, s in enumerate(unnamed)}))
        count += len(unnamed)
    draft = Draft([s for d in apart for s in d.inputs])
    outputs: list[int] = []
    start = 0
    for d in apart:
        outputs += draft.splice(d, range(start, start + len(d.inputs)))
        start += len(d.inputs)
    return draft, outputs


# --- words ---


def wire(size: SizeLike | Interval = None, interval: Interval = reals) -> Diagram:
    """A bare wire: `wire(3, positive)`, `wire(3)` (all reals), `wire(positive)` (any size).

    >>> from sigmaprime.diagrams import positive, tanh
    >>> from sigmaprime.diagrams import positive
    >>> wire(3, positive) >> tanh
    wire(3, positive) >> tanh
    """
    if isinstance(size, Interval):
        return wire(None, size)
    return Draft([Space(_sized(size, 0), interval)]).diagram([0])


def fn(function: Function, size: SizeLike = None) -> Diagram:
    """The box that applies a function to every component of a wire."""
    if not isinstance(function, Function):
        raise errors.not_liftable(function)
    return single(space_of(function, _sized(size, 0)), Map(function).row)


def add(weight: Any, *sizes: Any, bias: Any = None) -> Diagram:
    """The additive layer y_i = Σ_j w_ij x_j + b_i; `add(name, inputs, outputs)`, `add(W, b)` or `add(array)` (a constant).

    >>> add("W", 3, 2, bias="b")
    add("W", 3, 2, bias="b")
    """
    return mix(identity, weight, *sizes, bias=bias)


def mul(weight: Any, *sizes: Any, bias: Any = None) -> Diagram:
    """The multiplicative layer y_i = e^(b_i) ∏_j x_j^(w_ij) on positive wires; written like `add`.

    >>> import numpy as np
    >>> mul("W", 2, 1)(np.array([2.0, 3.0]), W=np.array([[1.0, 2.0]])).round(12)  # 2^1 · 3^2
    array([18.])
    """
    return mix(exp, weight, *sizes, bias=bias)


def mix(g: Function, weight: Any, *sizes: Any, bias: Any = None) -> Diagram:
    """The layer y = g(W·g⁻¹(x) + b) in the chart g: `add` for the identity, `mul` for exp, and as good for x^3, sinh, softplus ..."""
    interval = layer_chart(g)[0]
    weights: dict[str, Any] = {}
    weight_given = weight
    match weight:
        case Weight():
            bias = _bias(sizes, bias)
        case str():
            given = (*sizes, None, None)
            if len(sizes) > 2:
                raise errors.bad_size(sizes[2])
            weight = Weight(weight, _sized(given[1], 1), _sized(given[0], 0))
        case _ if hasattr(weight, "shape"):
            bias = _bias(sizes, bias)
            weight, frozen = constant(weight)
            weights[constant_name(weight)] = frozen
        case _:
            raise errors.bad_weight(weight)
    match bias:
        case None:
            vector = Vector.zero(weight.rows)
        case Vector():
            vector = bias
        case str():
            vector = Vector(bias, weight.rows)
        case _ if hasattr(bias, "shape"):
            vector, frozen = constant_vector(bias)
            weights[constant_name(vector)] = frozen
        case _:
            raise errors.bad_bias(bias)
    if weight.unnamed and isinstance(weight_given, Weight):  # its sizes may need other numbers
        draft = Draft([Space(weight.columns, interval)], weights)
        return draft.diagram([draft.box(Mix(g, weight, vector), 0)])
    return single(Space(weight.columns, interval), Mix(g, weight, vector).row, weights)


def pool(g: Function, windows: Weight, interval: Interval | None = None) -> Diagram:
    """y_i = g(max over j of g⁻¹(x_j)), j in window i: the row i of `windows` names its components by entries above 0."""
    if not isinstance(windows, Weight):
        raise errors.bad_weight(windows)
    takes = layer_chart(g)[0] if interval is None else interval
    return single(Space(windows.columns, takes), Pool(g, windows).row)


def maxpool(windows: Weight, interval: Interval | None = None) -> Diagram:
    """The largest component of every window, as a type-preserving box; `windows(...)` makes the usual ones, `ones(1, n)` is one window of all.

    >>> import numpy as np
    >>> from sigmaprime.diagrams import windows
    >>> maxpool(windows([4], [2], stride=2))(np.array([1.0, 5.0, 2.0, 0.0]))
    array([5., 2.])
    """
    return pool(identity, windows, interval)


def minpool(windows: Weight, interval: Interval | None = None) -> Diagram:
    """The smallest component of every window."""
    return pool(negate, windows, interval)


def _bias(given: tuple[Any, ...], bias: Any) -> Any:
    """The bias of a layer written mix(g, W, b) or mix(g, W, bias=b)."""
    if len(given) + (bias is not None) > 1:
        raise errors.two_biases()
    return given[0] if given else bias


def concat(*parts: Any) -> Any:
    """Wires bundled into one, the first on top. On traced wires, or on diagrams: `concat(wire(2), wire(3))`."""
    from .trace import Wire, traced_concat

    if parts and all(isinstance(p, Wire) for p in parts):
        return traced_concat(parts)
    lifted = [d for d in map(lift, parts) if d is not None]
    if not parts or len(lifted) != len(parts):
        raise errors.not_liftable(parts[0]) if parts else errors.empty_concat()
    draft, outputs = _drafted(lifted)
    ins = tuple(chain.from_iterable(d.in_ports for d in lifted))
    return draft.diagram([draft.box(Concat(), *outputs)], in_ports=ins)


def residual(block: Any, *, chart: Function = identity) -> Diagram:
    """x + F(x); with `chart=exp` x · F(x) on positive wires, which becomes x + F(x) in log coordinates.

    >>> from sigmaprime.diagrams import tanh
    >>> print(residual(add("W", 3, 3) >> tanh))
    x + (add(W) ; tanh)(x)
    >>> print(residual(mul("W", 3, 3) >> tanh, chart=exp))
    x * (mul(W) ; tanh)(x)
    """
    part = lift(block)
    if part is None:
        raise errors.not_liftable(block)
    assembly = Assembly(part.inputs)
    assembly.fresh = len(_anonymous(part))
    outputs = assembly.draft.splice(part, range(len(part.inputs)))
    if len(outputs) != 1 or len(part.inputs) != 1:
        raise errors.wrong_width(len(outputs), 1)
    end = combined(assembly, chart, 0, outputs[0])
    return assembly.draft.diagram([end], in_ports=part.in_ports)


def combined(assembly: Assembly, g: Function, left: int, right: int) -> int:
    """The sum (g = identity) or product (g = exp) of two wires: concat, then the layer of two unit blocks."""
    sizes = assembly.space(left).size, assembly.space(right).size
    theta = unify([sizes])
    if isinstance(theta, tuple):
        raise errors.sum_of_sizes(*sizes)
    if theta:
        assembly.draft.resize(theta)
    unit = eye(assembly.space(left).size)
    both = assembly.draft.box(Concat(), left, right)
    on = assembly.space(both).interval
    if g is exp and nonzero.contains(on) and not positive.contains(on):
        units, none = row(unit, unit), Vector.zero(unit.rows)
        return assembly.draft.box(Signed(units, units, none, none), both)
    return assembly.draft.box(Mix(g, row(unit, unit), Vector.zero(unit.rows)), both)
