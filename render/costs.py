"""What one run of a diagram costs, counted on its boxes: operations on numbers, and calls of functions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from sigmaprime.diagrams import (
    Concat,
    Diagram,
    Function,
    Map,
    Mix,
    Pool,
    Refused,
    Signed,
    Size,
    Slice,
    Vector,
    Weight,
    exp,
    identity,
)
from sigmaprime.diagrams.evaluate import flat, log_window
from sigmaprime.diagrams.image import layer_chart
from sigmaprime.diagrams.term import Head, subterms

__all__ = ["Costs", "costs"]


@dataclass(frozen=True)
class Costs:
    """Counts for one run over a batch. A flop is one sum, product or comparison of two numbers; calls are counted apart."""

    flops: int = 0
    pow: int = 0
    exp: int = 0
    ln: int = 0
    sigma: int = 0
    """Calls of any other function; σ' in its stable form is one call."""

    def __add__(self, other: Costs) -> Costs:
        return Costs(*(a + b for a, b in zip(self._row(), other._row(), strict=True)))

    def __mul__(self, times: int) -> Costs:
        return Costs(*(times * a for a in self._row()))

    def _row(self) -> tuple[int, ...]:
        return self.flops, self.pow, self.exp, self.ln, self.sigma

    def as_json(self) -> dict[str, int]:
        """The counts for machines."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.flops:,} flops, {self.pow:,} pow, {self.exp:,} exp, {self.ln:,} ln, {self.sigma:,} σ"


def costs(diagram: Diagram, batch: int = 1, form: Literal["product", "run"] = "run") -> Costs:
    """The costs of one run over a batch, as sigmaprime runs it: mul as exp(W ln x + b). In the product form, mul is ∏ x^w.

    An m×n layer has m·n weights: 2mn - m flops, m more with a bias; as product mn pow and mn - m flops, and with a bias m flops, m exp.

    >>> from sigmaprime.diagrams import add, mul, tanh
    >>> print(costs(mul("W1", 64, 64) >> tanh, form="product"))
    4,032 flops, 4,096 pow, 0 exp, 0 ln, 64 σ
    >>> print(costs(add("W1", 64, 64) >> tanh))
    8,128 flops, 0 pow, 0 exp, 0 ln, 64 σ

    Raises `Refused` where a size is not known or the batch is not positive.
    """
    if batch < 1:
        raise Refused(f"a batch holds at least one input, not {batch}")
    if form not in ("product", "run"):
        raise Refused(f"{form!r} is no form to count; there are 'product' and 'run'")
    if not isinstance(diagram, Diagram):
        raise Refused(f"{diagram!r} is no diagram")
    total = Costs()
    for node in diagram.nodes:
        match node.box:
            case Map(function):
                total += _calls(function) * _number(node.space.size)
            case Mix(g, weight, bias):
                total += _layer(g, weight, bias, form)
            case Signed(weight, parity, bias, flip):
                signs = _applied(parity) + (Costs() if flip.is_zero else _vector(flip))
                total += _layer(exp, weight, bias, form) + signs + Costs(flops=_number(weight.rows))
            case Pool(_, windows):
                total += _applied(windows)
            case Concat() | Slice():
                continue
    return total * batch


def _number(size: Size) -> int:
    if size.value is None:
        raise Refused(f"the size {size} is not known: costs are counted at numbers; give its value first")
    return size.value


def _layer(g: Function, weight: Weight, bias: Vector, form: str) -> Costs:
    rows, columns = _number(weight.rows), _number(weight.columns)
    if g is exp and form == "product":
        biased = Costs() if bias.is_zero else _vector(bias) + Costs(flops=rows, exp=rows)
        return Costs(flops=max(rows * columns - rows, 0), pow=rows * columns) + biased
    linear = _applied(weight) + (Costs() if bias.is_zero else _vector(bias) + Costs(flops=rows))
    return linear if g is identity else _calls(layer_chart(g)[1]) * columns + linear + _calls(g) * rows


def _applied(weight: Weight) -> Costs:
    """weight · x, a product factor by factor, blocks on their parts."""
    total, todo = 0, [weight]
    while todo:
        term = todo.pop()
        match term.head:
            case Head.EYE | Head.ZERO:
                continue
            case Head.TIMES:
                todo += term.key[1:]
            case Head.ROW:
                todo += term.key[1:]
                total += (len(term.key) - 2) * _number(term.rows)
            case Head.ONES:
                total += max(_number(term.columns) - 1, 0)
            case Head.SCALE | Head.DIAGONAL:
                total += _number(term.rows)
            case Head.CONVOLUTION:
                total += _number(term.rows) * max(2 * _number(term.key[1].columns) - 1, 0)
            case _:
                total += _number(term.rows) * max(2 * _number(term.columns) - 1, 0)
    return Costs(flops=total)


def _vector(bias: Vector) -> Costs:
    """What the value of a bias term takes."""
    total = Costs()
    for term in subterms([bias]):
        if isinstance(term, Vector) and term.head is Head.APPLY:
            total += _applied(term.key[1])
        elif isinstance(term, Vector) and term.head is Head.SUM:
            total += Costs(flops=(len(term.key) - 2) * _number(term.size))
    return total


def _calls(function: Function) -> Costs:
    """One call of a function on one number; exp ; σ ; ln with a stable form is one call of σ'."""
    row = flat(function)
    total, k = Costs(), 0
    while k < len(row):
        end = log_window(row, k)
        total += Costs(sigma=1) if end else _call(row[k])
        k = end + 1 if end else k + 1
    return total


def _call(atom: Function) -> Costs:
    match atom.key[1] if atom.head is Head.ATOM else "":
        case "identity":
            return Costs()
        case "exp":
            return Costs(exp=1)
        case "ln":
            return Costs(ln=1)
        case "power":
            return Costs(pow=1)
        case "negate" | "scale" | "shift" | "maximum":
            return Costs(flops=1)
        case _:
            return Costs(sigma=1)
