"""Running: functions and diagrams on arrays of NumPy, PyTorch or any library of the array API.

Batches come first, components last. A layer in the chart g is run as g(W·g⁻¹(x) + b), so `mul` as exp(W·ln x + b), never as a product
of powers; a chain exp ; σ ; ln is run in its stable form. Weights are used as they are, never copied.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from . import errors, layer_errors
from .activations import absolute, exp, ln
from .box import Kind
from .build import unify
from .catalogue import ATOMS
from .diagram import Diagram
from .draft import replaced
from .function import Function, parts, then
from .image import bijection, domain, image, layer_chart
from .matrices import Bits, LogSums, Maxima, Sums, acted
from .own import own_log_form, run_of
from .signed_term import SignedMap
from .space import Interval, positive
from .stable import log_form, searched
from .term import Head, Term, subterms
from .weight import Size, Vector, Weight, constant_name

__all__ = ["Operators", "evaluate", "flat", "log_window", "values_of"]

Run = Callable[[Any, Any], Any]
"""(namespace, array) -> array."""


def values_of(function: Function, x: Any) -> Any:
    """f on every entry of an array (or a number); an entry outside the domain of f is an error."""
    xp, (x,) = _namespace([x])
    _check_values(xp, x, domain(function), "x")
    return steps(function)(xp, x)


def _namespace(arrays: Sequence[Any], others: Sequence[Any] = ()) -> tuple[Any, list[Any]]:
    """The array library of the arrays; plain numbers and lists become NumPy arrays."""
    import numpy as np
    from array_api_compat import array_namespace, is_array_api_obj

    given = [a if is_array_api_obj(a) else np.asarray(a, dtype=float) for a in arrays]
    try:
        return array_namespace(*given, *others), given
    except TypeError as error:
        raise errors.mixed_arrays(error) from None


def _real(xp: Any, x: Any) -> Any:
    """Whole numbers as floats: 1/3 and -oo are no integers."""
    if x.dtype == object or xp.isdtype(x.dtype, "real floating"):
        return x
    return xp.astype(x, xp.float64)


# --- functions ---


@lru_cache(maxsize=4096)
def steps(function: Function) -> Run:
    """The function as one callable: its parts in a row, with exp ; σ ; ln in stable form."""
    row = flat(function)
    runs: list[Run] = []
    at = 0
    while at < len(row):
        end = log_window(row, at)
        made = None if end else _made(row, at)
        own = None if end or made else own_log_form(row[at : at + 3])
        if own:
            runs.append(own)
            at += 3
        elif end:
            runs += [form for f in row[at + 1 : end] if (form := log_form(f.name, _parameters(f)))]
            at = end + 1
        elif made:
            runs.append(made[0])
            at = made[1] + 1
        else:
            runs.append(_plain(row[at]))
            at += 1

    def run(xp: Any, x: Any) -> Any:
        for step in runs:
            x = step(xp, x)
        return x

    return run


def flat(function: Function) -> list[Function]:
    """Catalogue entries (and free variables) in a row: definitions opened, inverses as their catalogue entries."""
    todo, found = [function], []
    while todo:
        part = todo.pop()
        match part.head:
            case Head.THEN:
                todo.extend(reversed(parts(part)))
            case Head.DEFINED:
                todo.append(part.body)
            case Head.INVERSE:
                todo.append(_undo(part.key[1], part.key[2]))
            case _:
                found.append(part)
    return found


def _undo(function: Function, on: Interval) -> Function:
    """The inverse of `function` on `on` as a chain of catalogue entries."""
    if function.head is Head.ATOM:
        given = tuple(s.value for s in function.key[2:])
        branch = next(b for b in ATOMS[function.name].branches(given) if b.source.contains(on))
        chain = [Function.atom(name, *(p for p in values if p is not None)) for name, values in branch.inverse]
        return then(*chain)
    found = bijection(function, on)
    assert found is not None, "an inverse is formed only where a bijection is known"
    return found[1]


def _parameters(atom: Function) -> list[Fraction]:
    values = []
    for scalar in atom.key[2:]:
        if scalar.value is None:
            raise errors.no_value(scalar.name)
        values.append(scalar.value)
    return values


def log_window(row: list[Function], start: int) -> int | None:
    """Where the ln stands that ends a run exp ; σ1 ; .. ; σk ; ln of functions with stable forms."""
    if row[start].key[:2] != (Head.ATOM, "exp"):
        return None
    for end in range(start + 1, len(row)):
        part = row[end]
        if part.key[:2] == (Head.ATOM, "ln"):
            return end
        if part.head is not Head.ATOM or log_form(part.name, _parameters(part)) is None:
            return None
    return None


def _made(row: list[Function], start: int) -> tuple[Run, int] | None:
    """The form made for a whole run exp ; f ; ln, f positive on (0, oo), and where its ln stands."""
    end = next((k for k in range(start + 2, len(row)) if row[k].key[:2] == (Head.ATOM, "ln")), None)
    if end is None or row[start].key[:2] != (Head.ATOM, "exp"):
        return None
    f = then(*row[start + 1 : end])
    try:
        form = searched(f) if positive.contains(image(f, positive)) else None
    except errors.SigmaError:
        return None
    return None if form is None else (form, end)


def _plain(atom: Function) -> Run:
    if atom.head is Head.FUNCTION:
        run = run_of(atom)
        if run is not None:
            return run
        raise errors.no_function_value(atom.name)
    form, given = ATOMS[atom.name].run, _parameters(atom)
    return lambda xp, x: form(xp, x, *given)


# --- diagrams ---


def evaluate(
    diagram: Diagram, arrays: Sequence[Any], weights: Mapping[str, Any], operators: type[Operators] | None = None
) -> Any:
    """The outputs (one array, or a tuple) of the diagram on arrays of shape (..., size); other operators run it in another form."""
    if len(arrays) != len(diagram.inputs):
        raise errors.wrong_count(len(diagram.inputs), len(arrays))
    xp, given = _namespace(arrays, [w for name, w in weights.items() if not name.startswith("#")])
    given = [_real(xp, x) for x in given]
    for x, space, name in zip(given, diagram.inputs, _names(diagram), strict=True):
        _check_shape(x, space.size.value, name)
        _check_values(xp, x, space.interval, name)
    diagram = _at_sizes(diagram, given)
    columns, count = diagram.columns, len(given)
    last = {a: w for w in range(count, len(columns.op)) for a in columns.arguments(w)}
    last.update(dict.fromkeys(diagram.outputs, len(columns.op)))
    wires: list[Any] = [*given, *([None] * (len(columns.op) - count))]
    look = (operators or Operators)(xp, weights)
    for w in range(count, len(columns.op)):
        arguments = columns.arguments(w)
        x = wires[arguments[0]]
        match columns.op[w]:
            case Kind.MAP:
                wires[w] = look.map(Term.all[columns.fn[w]], x)
            case Kind.MIX:
                wires[w] = look.mix(Term.all[columns.fn[w]], Term.all[columns.wt[w]], Term.all[columns.bs[w]], x)
            case Kind.POOL:
                wires[w] = look.pool(Term.all[columns.fn[w]], Term.all[columns.wt[w]], x)
            case Kind.SIGNED:
                wires[w] = look.signed(Term.all[columns.wt[w]], x)
            case Kind.CONCAT:
                wires[w] = xp.concat([wires[a] for a in arguments], axis=-1)
            case _:
                start, size = (Term.all[i].value for i in (columns.wt[w], columns.bs[w]))
                if start is None or size is None:
                    raise errors.size_unknown("a slice")
                wires[w] = x[..., start : start + size]
        for a in arguments:
            if last[a] == w:
                wires[a] = None
    outputs = tuple(wires[w] for w in diagram.outputs)
    return outputs[0] if len(outputs) == 1 else outputs


def _at_sizes(diagram: Diagram, arrays: Sequence[Any]) -> Diagram:
    """The diagram with its open sizes settled by the arrays."""
    if all(s.size.closed for s in diagram.inputs):
        return diagram
    theta = unify((s.size, Size(x.shape[-1])) for s, x in zip(diagram.inputs, arrays, strict=True))
    if isinstance(theta, tuple):
        raise errors.wrong_shape("an input", f"an array (..., {theta[0]})", f"(..., {theta[1]})")
    return replaced(diagram, theta) if theta else diagram


def _names(diagram: Diagram) -> list[str]:
    from .text import input_names

    return input_names(diagram)


def _check_shape(x: Any, size: int | None, name: str) -> None:
    if x.ndim == 0 or (size is not None and x.shape[-1] != size):
        raise errors.wrong_shape(name, f"an array (..., {size if size is not None else 'n'})", tuple(x.shape))


def _check_values(xp: Any, x: Any, on: Interval, name: str) -> None:
    inside = x == x
    if on.lo != -math.inf:
        inside &= x >= float(on.lo) if on.lo_closed else x > float(on.lo)
    if on.hi != math.inf:
        inside &= x <= float(on.hi) if on.hi_closed else x < float(on.hi)
    if on.hole:
        inside &= x != 0
    if not bool(xp.all(inside)):
        place = next(tuple(int(i) for i in p) for p in zip(*xp.nonzero(~inside), strict=True)) if x.ndim else ()
        raise errors.outside_input(name, on, place, float(x[place]))


class Operators:
    """What maps and layers do to arrays of one namespace; weights and vectors by their terms."""

    def __init__(self, xp: Any, weights: Mapping[str, Any]) -> None:
        self.xp, self.weights = xp, weights

    def map(self, function: Function, x: Any) -> Any:
        return steps(function)(self.xp, x)

    def mix(self, g: Function, weight: Weight, bias: Vector, x: Any) -> Any:
        if g.key[:2] == (Head.ATOM, "ln"):
            return acted(LogSums(self.xp), self, weight, x)
        plain = g.key[:2] == (Head.ATOM, "identity")
        y = self.applied(weight, x if plain else steps(layer_chart(g)[1])(self.xp, x))
        if not bias.is_zero:
            y = y + self.vector(bias, x)
        return y if plain else steps(g)(self.xp, y)

    def pool(self, g: Function, windows: Weight, x: Any) -> Any:
        inner = steps(layer_chart(g)[1])(self.xp, x)
        return steps(g)(self.xp, acted(Maxima(self.xp), self, windows, inner))

    def signed(self, layer: SignedMap, x: Any) -> Any:
        """e^(W·ln|x| + b), its sign changed where P·[x < 0] + c is odd."""
        xp, bias, flip = self.xp, layer.bias, layer.flip
        y = self.applied(layer.weight, self.map(ln, self.map(absolute, x)))
        y = self.map(exp, y if bias.is_zero else y + self.vector(bias, x))
        odd = x < 0
        odd = xp.astype(odd, xp.float64) if x.dtype != object else odd * 1
        parities = Parities(xp, self.weights)
        odd = acted(Bits(xp), parities, layer.parity, odd) % 2
        odd = odd if flip.is_zero else odd + parities.vector(flip, odd, modulo=2)
        return xp.where(odd % 2 == 1, -y, y)

    def array(self, term: Weight | Vector, shape: tuple[int | None, ...], x: Any) -> Any:
        from array_api_compat import device

        constant = term.head in (Head.CONSTANT, Head.CONSTANT_VECTOR)
        name = constant_name(term) if constant else term.name
        value = self.weights.get(name)
        if value is None:
            raise errors.no_value(name)
        if value.ndim != len(shape) or any(n is not None and n != m for n, m in zip(shape, value.shape, strict=True)):
            wanted = " × ".join("?" if n is None else str(n) for n in shape)
            raise errors.wrong_shape(name, wanted, tuple(value.shape))
        value = self.settled(value)
        if (constant or term.integral) and (type(value) is not type(x) or value.dtype != x.dtype):
            return self.xp.asarray(value.copy() if constant else value, dtype=x.dtype, device=device(x))
        if value.dtype != x.dtype and "torch" in type(x).__module__:
            raise errors.mixed_dtypes(name, value.dtype, x.dtype)
        return value

    def settled(self, value: Any) -> Any:
        """The array of a weight as it is used."""
        return value

    def applied(self, weight: Weight, x: Any) -> Any:
        """weight · x along the last axis."""
        return acted(Sums(self.xp), self, weight, x)

    def _ones(self, size: int | None, x: Any) -> Any:
        from array_api_compat import device

        if size is None:
            raise errors.size_unknown("a vector of ones")
        return self.xp.ones((size,), dtype=x.dtype, device=device(x))

    def vector(self, vector: Vector, x: Any, modulo: int = 0) -> Any:
        """The value of a bias term, or of a flip modulo 2."""
        if vector.head is Head.VECTOR:
            return self.array(vector, (vector.size.value,), x)
        values: dict[Term, Any] = {}
        for term in subterms([vector]):
            match term.head:
                case Head.VECTOR | Head.CONSTANT_VECTOR | Head.INTEGERS:
                    assert isinstance(term, Vector)
                    values[term] = self.array(term, (term.size.value,), x)
                    if term.head is Head.INTEGERS and not bool(self.xp.all(values[term] % 1 == 0)):
                        raise layer_errors.not_of_family(term.name, "integer")
                case Head.APPLY:
                    values[term] = self.applied(term.key[1], values[term.key[2]])
                case Head.ONES_VECTOR:
                    values[term] = self._ones(term.key[1].value, x)
                case Head.SUM:
                    values[term] = sum(values[v] for v in term.key[1:])
                case _:
                    continue
            if modulo:
                values[term] = values[term] % modulo
        return values[vector]


class Parities(Operators):
    """Operators on parities: an integer is reduced modulo 2 before it becomes a float, so none is too large."""

    def settled(self, value: Any) -> Any:
        return value % 2 if "int" in str(value.dtype) else value
