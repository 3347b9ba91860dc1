"""What calling a diagram means: wires for a traced diagram, arrays for running, values by name for its variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import errors, layer_errors
from .build import unify
from .diagram import Diagram
from .draft import replaced
from .function import Function
from .image import image
from .structured import Family, belongs
from .term import Head, substitute
from .trace import Wire, traced
from .weight import Scalar, Size, Vector, Weight

if TYPE_CHECKING:
    from .space import Interval

__all__ = ["bindings", "call", "run"]


def call(diagram: Diagram, arrays: Sequence[Any], values: Mapping[str, Any]) -> Any:
    """`d(wires)` adds boxes, `d(x, W=w)` runs, `d(σ=tanh, W=w)` is the diagram at those values."""
    if arrays and isinstance(arrays[0], Wire):
        return traced(diagram, arrays)
    if arrays and isinstance(arrays[0], dict) and len(arrays) == 1:
        values = {**arrays[0], **values}
        arrays = ()
    if not arrays and not values:
        raise errors.no_arrays()
    if arrays and not values:
        return _evaluate(diagram, arrays, diagram._weights)
    theta, beside = bindings(diagram.variables, diagram_sizes(diagram), values)
    at = diagram
    if theta:
        check(theta)
        at = replaced(diagram, theta)
        assert at.types is not None
    weights = {**diagram._weights, **beside}
    return _evaluate(at, arrays, weights) if arrays else at._with(weights=weights)


def run(diagram: Diagram, arrays: Sequence[Any], values: Mapping[str, Any]) -> Any:
    """Run on original data: coordinates applied at the inputs, undone at the outputs."""
    from .evaluate import values_of
    from .image import bijection, domain

    if len(arrays) != len(diagram.inputs):
        raise errors.wrong_count(len(diagram.inputs), len(arrays))
    given = [values_of(p.coordinate, x) if p.coordinate else x for p, x in zip(diagram.in_ports, arrays, strict=True)]
    result = call(diagram, given, values)
    outputs = result if isinstance(result, tuple) else (result,)
    restored = []
    for port, y in zip(diagram.out_ports, outputs, strict=True):
        if port.coordinate is not None:
            found = bijection(port.coordinate, domain(port.coordinate))
            assert found is not None, "coordinates are invertible"
            y = values_of(found[1], y)
        restored.append(y)
    return restored[0] if len(restored) == 1 else tuple(restored)


def _evaluate(diagram: Diagram, arrays: Sequence[Any], weights: Mapping[str, Any]) -> Any:
    from .evaluate import evaluate

    return evaluate(diagram, arrays, weights)


def diagram_sizes(diagram: Diagram) -> list[Size]:
    """The named sizes of a diagram, as variables."""
    from .term import subterms

    roots: list[Any] = [*diagram.terms, *(s.size for s in diagram.inputs)]
    names = [n for t in subterms(roots) if isinstance(t, Size) for n in t.factors if isinstance(n, str)]
    return [Size(n) for n in dict.fromkeys(names)]


def bindings(
    variables: Sequence[Any], sizes: Sequence[Size], values: Mapping[Any, Any]
) -> tuple[dict[Any, Any], dict[str, Any]]:
    """Values by name (or by the variable itself) as a substitution, and the arrays that stand beside.

    An array for W binds the sizes of W and is put beside; everything else replaces its variable.
    """
    known: dict[str, Any] = {v.name: v for v in variables} | {str(s): s for s in sizes}
    theta: dict[Any, Any] = {}
    beside: dict[str, Any] = {}
    pairs: list[tuple[Size, Size]] = []
    for given, value in values.items():
        name = given if isinstance(given, str) else given.name if not isinstance(given, Size) else str(given)
        variable = known.get(name)
        if variable is None or not (isinstance(given, str) or given is variable):
            raise errors.unknown_name(name, list(known))
        match variable, value:
            case Size(), int() | str() | Size():
                pairs.append((variable, value if isinstance(value, Size) else Size(value)))
            case Function(), Function():
                theta[variable] = value
            case Weight(), Weight():
                theta[variable] = value
                pairs += [(variable.rows, value.rows), (variable.columns, value.columns)]
            case Vector(), Vector():
                theta[variable] = value
                pairs.append((variable.size, value.size))
            case Scalar(), _:
                theta[variable] = Scalar.of(value)
            case ((Weight() | Vector()), _) if hasattr(value, "shape"):
                wanted = axes_of(variable)
                sizes = [Size(int(n)) for n in value.shape]
                known_sizes = [w.value for w in wanted]
                if len(sizes) != len(wanted) or any(
                    k not in (None, n.value) for k, n in zip(known_sizes, sizes, strict=True)
                ):
                    raise errors.wrong_shape(name, " × ".join(map(str, wanted)), tuple(value.shape))
                pairs += [(w, n) for w, n in zip(wanted, sizes, strict=True)]
                beside[name] = value
            case _:
                raise errors.wrong_sort(name, type(variable).__name__.lower(), value)
    solved = unify(pairs)
    if isinstance(solved, tuple):
        raise errors.sizes_differ(", ".join(str(v) for v in values), *solved)
    theta = {v: substitute(t, solved) for v, t in theta.items()} | solved
    return theta, beside


def axes_of(variable: Weight | Vector) -> list[Size]:
    """The axes of a variable's array: of a diagonal matrix its diagonal alone."""
    if isinstance(variable, Vector):
        return [variable.size]
    diagonal = variable.head is Head.MEMBER and variable.key[4] in (Family.SCALING, Family.SIGNS)
    return [variable.rows] if diagonal else [variable.rows, variable.columns]


def check(theta: Mapping[Any, Any]) -> None:
    """Every value satisfies the declared signature of its variable."""
    for variable, value in theta.items():
        match variable.head:
            case Head.FUNCTION:
                check_signature(variable, value)
            case Head.SCALAR:
                within: Interval = variable.key[2]
                fits = value.value in within if value.value is not None else within.contains(value.key[2])
                if not fits:
                    raise errors.outside_signature(variable.name, within, within, value, f"it does not lie in {within}")
            case Head.MEMBER:
                if not belongs(value, variable.key[4]):
                    raise layer_errors.outside_family(variable.name, variable.key[4].value, value)
            case Head.INTEGERS:
                if not value.integral:
                    raise layer_errors.outside_family(variable.name, "integer", value)
            case _:
                continue


def check_signature(variable: Function, value: Function) -> None:
    """Maps(value, J, K) for a variable J -> K; raises `IllTyped` with the reason."""
    domain, codomain = variable.key[2], variable.key[3]
    try:
        reached = image(value, domain)
    except errors.IllTyped as error:
        raise errors.outside_signature(variable.name, domain, codomain, value, str(error)) from None
    if not codomain.contains(reached):
        why = errors.maps_elsewhere(value, domain, reached)
        raise errors.outside_signature(variable.name, domain, codomain, value, why)
