"""Strategies: named lists of oriented theorems, each with a measure that falls.

A strategy is not trusted: it only chooses rules and places, the kernel makes the steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sigmaprime.diagrams import (
    Diagram,
    Function,
    Interval,
    Space,
    exp,
    fn,
    identity,
    ln,
    positive,
    sequence,
    then,
    wire,
)
from sigmaprime.diagrams.box import Kind, box_of
from sigmaprime.diagrams.build import lift, parallel
from sigmaprime.diagrams.function import parts
from sigmaprime.diagrams.image import image
from sigmaprime.diagrams.term import Head, Term

from . import errors
from .axioms import chart, compose, concat_slice, slice_concat, unit_add
from .definition import Definition, define
from .kernel import Equation, refl, unfold
from .passages import bundles, inward, outward, skipped
from .rewriting import share
from .theorems import cancel, companion, mult_add

__all__ = ["absorb", "seams", "simplify", "to_additive", "to_multiplicative"]

_sigma = Function("σ", positive, positive)
_prime: Definition = define("σ'", exp >> _sigma >> ln)
"""σ' = ln ∘ σ ∘ exp, for any σ that keeps positives positive."""
_real = Function("σ", Interval("(-oo, oo)"), Interval("(-oo, oo)"))
_star: Definition = define("σ*", ln >> _real >> exp)
"""σ* = exp ∘ σ ∘ ln, the way back."""

# exp ; σ = σ' ; exp  and  σ ; ln = ln ; σ': σ' moves past exp and ln
_push = ~refl(_prime.function >> exp).rewrite(_prime.unfold, cancel(f=ln)).relabelled("push")
_pull = ~refl(ln >> _prime.function).rewrite(_prime.unfold, cancel(f=ln)).relabelled("pull")
# add(W, b) ; exp = exp ; mul(W, b)  and  ln ; add(W, b) = mul(W, b) ; ln
_after = (~companion >> exp).rewrite(cancel(f=ln)).relabelled("add_exp")
_before = (ln >> ~companion).rewrite(cancel(f=ln)).relabelled("ln_add")
LEMMAS = (_push, _pull, _after, _before)


def equation_of(net: Any) -> Equation:
    if isinstance(net, Equation):
        return net
    diagram = lift(net)
    if diagram is None:
        raise errors.not_liftable(net)
    return refl(diagram)


def _twins(d: Diagram) -> list[int]:
    """The boxes that have an equal one on equal wires, by value numbering in one pass."""
    c, count = d.columns, len(d.inputs)
    if len(set(c.first[count:])) == len(d):  # no wire has two readers
        return []
    number = list(range(len(c.op)))
    seen: dict[tuple[Any, ...], int] = {}
    found: set[int] = set()
    boxes = zip(c.op[count:], c.fn[count:], c.wt[count:], c.bs[count:], c.first[count:], c.more[count:], strict=True)
    for w, (kind, function, weight, bias, a, m) in enumerate(boxes, count):
        others = tuple([number[b] for b in c.rest[m]]) if m else ()
        earlier = seen.setdefault((kind, function, weight, bias, number[a], others), w)
        if earlier != w:
            number[w] = earlier
            found |= {earlier, w}
    return sorted(found)


def _shared(e: Equation, start: Equation) -> Equation:
    """Equal boxes that the rules made become one; those that the net itself has stay."""
    twins = _twins(e.rhs)
    return e.rewrite(share, at=twins) if twins and not _twins(start.rhs) else e


def to_additive(net: Any) -> Equation:
    """⊢ net = ln ; .. additive layers and σ' .. ; exp: every layer in another chart becomes an additive one with the same weights.

    Maps that keep positives positive become σ' = ln ∘ σ ∘ exp; other maps next to an exp or ln become the composed chain.

    >>> from sigmaprime.diagrams import mul, tanh
    >>> print(to_additive(mul("W1", 3, 3) >> tanh >> mul("W2", 3, 3)))
    ⊢ mul(W1) ; tanh ; mul(W2) = ln ; add(W1) ; tanh' ; add(W2) ; exp
    """
    start = equation_of(net)
    charts = {fn for op, fn in zip(start.rhs.columns.op, start.rhs.columns.fn, strict=True) if op == Kind.MIX}
    others = [chart] if charts - {exp.id, identity.id} else []
    before, behind = inward(start.rhs)
    e = start.rewrite(mult_add, *others, _prime.fold, cancel(f=exp), _pull, *before)
    e = _outwards(e, behind)
    if behind and (raw := skipped(e.rhs)):
        e = _outwards(e.rewrite(~cancel(f=ln), at=raw).rewrite(cancel(f=exp)), behind)
    if stuck := _adjacent(e.rhs):
        e = e.rewrite(compose, cancel, at=stuck)
    return _shared(e, start).relabelled("to_additive")


def _outwards(e: Equation, behind: list[Equation]) -> Equation:
    """What follows an exp goes before it, where a rule is there for it."""
    stuck = _adjacent(e.rhs, bool(behind))
    return e.rewrite(_push, cancel(f=exp), *behind, at=_downstream(e.rhs, stuck)) if stuck else e


def _adjacent(d: Diagram, layers: bool = False) -> list[int]:
    """The maps that follow an exp, and the ln that follow a map; with `layers` all boxes that follow an exp."""
    c = d.columns
    after = [w for w in range(len(d.inputs), len(c.op)) if c.op[c.first[w]] == Kind.MAP]
    return [
        w
        for w in after
        if (c.fn[c.first[w]] == exp.id and (layers or c.op[w] == Kind.MAP))
        or (c.op[w] == Kind.MAP and c.fn[w] == ln.id)
    ]


def _downstream(d: Diagram, wires: list[int]) -> list[int]:
    """The boxes on these wires, and all that depend on them."""
    c, found = d.columns, set(wires)
    for w in range(wires[0], len(c.op)):
        if c.first[w] in found or not found.isdisjoint(c.rest[c.more[w]]):
            found.add(w)
    return sorted(found)


def to_multiplicative(net: Any) -> Equation:
    """⊢ net = .. multiplicative layers ..: the way back.

    Definitions are unfolded, and layers that stand between ln and exp (on either side) become multiplicative: on the result of `to_additive` this
    gives back the net that it came from. A net in which nothing does is taken as additive throughout, and becomes exp ; .. ; ln with σ* = exp ∘ σ ∘ ln.

    >>> from sigmaprime.diagrams import mul, tanh
    >>> net = mul("W1", 3, 3) >> tanh >> mul("W2", 3, 3)
    >>> to_multiplicative(to_additive(net).rhs).rhs == net
    True
    """
    start = equation_of(net)
    e = start
    opened = [*_unfoldings(e.rhs), *_splits(e)]
    if opened:
        e = e.rewrite(*opened)
    exps = [w for w, fn in enumerate(e.rhs.columns.fn) if fn == exp.id and e.rhs.columns.op[w] == Kind.MAP]
    if len(exps) > 1:
        e = e.rewrite(share, at=exps)
    back = e.rewrite(_after, _before, cancel(f=ln), cancel(f=exp), *outward(e.rhs))
    if exp.id not in {fn for op, fn in zip(back.rhs.columns.op, back.rhs.columns.fn, strict=True) if op == Kind.MIX}:
        back = start.rewrite(~companion, once=True).rewrite(
            _star.fold, cancel(f=ln), cancel(f=exp), *bundles(start.rhs, exp)
        )
    return _shared(back, start).relabelled("to_multiplicative")


def _unfoldings(d: Diagram) -> list[Equation]:
    """The definition of σ' at every argument that occurs, and of any other definition that starts with exp and ends with ln."""
    found = []
    for term in d.terms:
        if term.head is Head.DEFINED:
            body = parts(term.body)
            if body[0] is exp and body[-1] is ln:
                found.append(_whole(unfold(term), term))
    return found


def _whole(opened: Equation, term: Any) -> Equation:
    """σ' = exp ; σ ; ln with σ as the one map that the definition was made of, where it is a chain."""
    given = [a for a in term.key[5 + term.key[3] :] if isinstance(a, Function) and a.head is Head.THEN]
    middle = parts(term.body)[1:-1]
    if len(given) != 1 or parts(given[0]) != middle:
        return opened
    on = image(exp, term.key[2])
    row = refl(sequence([wire("n", on), *middle])).rewrite(compose)
    return opened.rewrite(row) if row.rhs.row(1)[1] == given[0].id else opened


def _splits(e: Equation) -> list[Equation]:
    """Chains that start with exp or end with ln, taken apart there."""
    found = []
    for term in e.rhs.terms:
        if term.head is Head.THEN and (parts(term)[0] is exp or parts(term)[-1] is ln):
            chain = parts(term)
            cut = 1 if chain[0] is exp else len(chain) - 1
            first, second = (then(*half) for half in (chain[:cut], chain[cut:]))
            on = next(_intervals(e, term), None)
            if on is not None:  # the chain may be the chart of a layer only
                found.append(~compose(f=first, g=second, on=on))
    return found


def _intervals(e: Equation, function: Function) -> Iterator[Interval]:
    """The intervals of the wires that a function reads."""
    c = e.rhs.columns
    for w in range(len(e.rhs.inputs), len(c.op)):
        if c.fn[w] == function.id and c.op[w] == Kind.MAP:
            yield Space.all[e.known[1][c.first[w]]].interval


def simplify(net: Any) -> Equation:
    """⊢ net = a smaller net: inverses and identities cancel, slices of bundles are their parts, equal boxes are shared.

    The measure is the number of boxes, then of parts of chains. Weights stay as they are: fusing layers is `rewrite(fuse)`.

    >>> from sigmaprime.diagrams import exp, ln, mul, relu
    >>> print(simplify(exp >> mul("W", 3, 3) >> relu >> ln))
    ⊢ exp ; mul(W) ; relu ; ln = exp ; mul(W) ; ln
    """
    return equation_of(net).rewrite(cancel, unit_add, slice_concat, concat_slice, share).relabelled("simplify")


def absorb(theorem: Equation) -> Equation:
    """The theorem in log coordinates: exp attached to the inputs that start with ln, ln to the outputs that end with exp, and cancelled.

    The ports remember their coordinate, so `absorb(thm).rhs.run(x)` takes the original data.

    >>> from sigmaprime.diagrams import mul, tanh
    >>> print(absorb(to_additive(mul("W1", 3, 3) >> tanh >> mul("W2", 3, 3))))
    ⊢ exp ; mul(W1) ; tanh ; mul(W2) ; ln = add(W1) ; tanh' ; add(W2)
    """
    theorem = equation_of(theorem)
    d = theorem.rhs
    inputs = [_log_interval(d, i) for i in range(len(d.inputs))]
    outputs = [d.columns.op[w] == Kind.MAP and d.columns.fn[w] == exp.id and positive.contains(j)
               for w, j in zip(d.outputs, theorem.outputs, strict=True)]  # fmt: skip
    if not any(outputs) and not any(inputs):
        return theorem
    before = parallel(
        [wire(j) >> exp if j else wire(s.size, s.interval) for j, s in zip(inputs, d.inputs, strict=True)]
    )
    after = parallel([fn(ln) if absorbed else wire(j) for absorbed, j in zip(outputs, theorem.outputs, strict=True)])
    e: Equation = (before >> theorem >> after).rewrite(cancel, _prime.fold)
    sides = [_in_coordinates(side, d, inputs, outputs) for side in (e.lhs, e.rhs)]
    return e.relabelled("absorb", lhs=sides[0], rhs=sides[1])


def _in_coordinates(side: Diagram, ports: Diagram, inputs: list[Interval | None], outputs: list[bool]) -> Diagram:
    ins = [replace(p, coordinate=ln if j else p.coordinate) for p, j in zip(ports.in_ports, inputs, strict=True)]
    outs = [
        replace(p, coordinate=ln if absorbed else p.coordinate)
        for p, absorbed in zip(ports.out_ports, outputs, strict=True)
    ]
    return side._with(in_ports=ins, out_ports=outs)


def _log_interval(d: Diagram, i: int) -> Interval | None:
    """Where ln of input i lies, if a ln reads it and exp leads back into the input's interval."""
    c, on = d.columns, d.inputs[i].interval
    logs = (w for w in range(len(d.inputs), len(c.op)) if c.op[w] == Kind.MAP and c.first[w] == i and c.fn[w] == ln.id)
    if next(logs, None) is None:
        return None
    logs_in = image(ln, on)
    return logs_in if on.contains(image(exp, logs_in)) else None


def seams(theorem: Equation) -> list[str]:
    """Where exp or ln stay inside the right side, in words: the box in the way, and what would help."""
    theorem = equation_of(theorem)
    d = theorem.rhs
    c, count = d.columns, len(d.inputs)
    found = []
    readers: dict[int, list[int]] = {}
    for w in range(count, len(c.op)):
        for a in c.arguments(w):
            readers.setdefault(a, []).append(w)
    for w in range(count, len(c.op)):
        if c.op[w] != Kind.MAP:
            continue
        chain = parts(Term.all[c.fn[w]])
        if chain[0] is exp and w not in d.outputs:
            found.append(errors.seam_after(w, _box(d, w), [_box(d, v) for v in readers[w]]))
        if chain[-1] is ln and c.first[w] >= count:
            found.append(errors.seam_before(w, _box(d, w), _box(d, c.first[w])))
    return found


def _box(d: Diagram, wire: int) -> str:
    return errors.box_text(box_of(d.row(wire)))
