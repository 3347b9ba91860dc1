"""Every message of the package, one function each: what is wrong, where, and what would be right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .box import Box, Row
    from .space import Interval, Space
    from .weight import Size

__all__ = ["BadFile", "IllTyped", "Refused", "SigmaError"]

IMMUTABLE = "diagrams and equations are values: build a new one"


class SigmaError(ValueError):
    """Anything that sigmaprime refuses."""

    def copy(self) -> Any:
        """A fresh exception with the same message: remembered refusals are raised again and again."""
        return type(self)(*self.args)


class IllTyped(SigmaError):
    """A box, diagram or term that does not fit together."""


class Refused(SigmaError):
    """A step or rule that the kernel does not take."""


class BadFile(SigmaError):
    """A file that is not what it should be."""


# --- intervals, sizes, numbers ---


def empty_interval(text: str) -> IllTyped:
    return IllTyped(f"{text} is empty; an interval holds at least one number")


def infinite_end(text: str) -> IllTyped:
    return IllTyped(f"{text}: an infinite end is always open and on its own side")


def bad_interval(text: str) -> IllTyped:
    return IllTyped(
        f'"{text[:60]}" is no interval; write "(0, oo)", "[1/2, 1)", "(-oo, oo) - 0" or the like, with exact ends'
    )


def negative_size(value: int) -> IllTyped:
    return IllTyped(f"a wire cannot have {value} components")


def bad_size(value: object) -> IllTyped:
    return IllTyped(f"{value!r} is no size; give a number of components, a name, or nothing")


def size_too_small(size: Size, taken: Size) -> IllTyped:
    return IllTyped(f"{size} - {taken} could be negative")


def not_exact(value: object) -> IllTyped:
    return IllTyped(f'{value!r} is no exact number; give an int, a Fraction, text such as "1/3", or a finite float')


# --- matrix terms ---


def bad_row(blocks: Sequence[Any]) -> IllTyped:
    rows = ", ".join(str(b.rows) for b in blocks)
    return IllTyped(f"blocks side by side need equal numbers of rows, at least two blocks; here: {rows or 'none'}")


def bad_product(left: Any, right: Any) -> IllTyped:
    size = right.rows if hasattr(right, "rows") else right.size
    return IllTyped(f"{left}·{right}: {left} has {left.columns} columns, {right} has {size} rows")


def not_a_vector(value: object) -> IllTyped:
    return IllTyped(f"{value!r} is no vector; plus adds biases, a layer of two matrices is row(A, B) on a concat")


def bad_sum(vectors: Sequence[Any]) -> IllTyped:
    return IllTyped("a sum of vectors needs one size; here: " + (", ".join(str(v.size) for v in vectors) or "none"))


def bad_constant(what: str, dimensions: int) -> IllTyped:
    return IllTyped(f"{what} is no constant here; give a real array of {dimensions} axes (float or int)")


def not_finite(place: tuple[int, ...], value: object) -> IllTyped:
    return IllTyped(f"entry {place} is {value}; a weight is an array of finite reals")


def bad_name(name: object, reserved: str) -> IllTyped:
    return IllTyped(
        f"{str(name)[:60]!r} is no name: take 1 to 200 printable characters, no blank, none of {reserved}, and no digit or sign first"
    )


# --- functions ---


def known_matrix(name: object) -> IllTyped:
    return IllTyped(
        f"{name} is no name of a weight: texts call the matrix {'of ones' if name == '𝟙' else 'eye(n)'} so; take another"
    )


def catalogue_name(name: str) -> IllTyped:
    return IllTyped(
        f"{name!r} is no name of a variable or definition: it is a word of the catalogue, or reads as a known function; take another, such as f_1"
    )


def unknown_function(name: str, known: Sequence[str]) -> IllTyped:
    return IllTyped(f"there is no function {name!r} in the catalogue; there are: {', '.join(known)}")


def wrong_parameters(name: str, wants: int, got: int) -> IllTyped:
    count = {0: "no parameter", 1: "one parameter"}.get(wants, f"{wants} parameters")
    example = f", as in {name}(1)" if wants == 1 and not got else ""
    return IllTyped(f"{name} takes {count}, not {got}{example}")


def outside_parameter(name: str, value: object, takes: Interval) -> IllTyped:
    return IllTyped(f"the parameter of {name} lies in {takes}; {value} does not")


def not_positive(word: str, value: object) -> IllTyped:
    return IllTyped(f"the parameter of {word} lies in (0, ∞); {value} does not")


def empty_clip(low: object, high: object) -> IllTyped:
    return IllTyped(f"clip(low, high) wants low ≤ high, not {low} and {high}")


def no_inverse(function: object, on: Interval) -> IllTyped:
    text = str(function)
    even = text.startswith("x^") and not on.lo >= 0
    why = ": f(-1) = f(1)" if even and 1 in on and -1 in on else ""
    return IllTyped(f"{text} has no known inverse on {on}{why}. Say the branch: inverse(f, on=positive), or the like")


def outside_domain(function: object, on: Interval, takes: Interval) -> IllTyped:
    hints = {
        "(0, oo)": " Put max(x, 1), softplus or exp before it, or start from a positive wire.",
        "[0, oo)": " Put relu or softplus before it, or start from a nonnegative wire.",
    }
    hint = _by_zero(str(function), on) or hints.get(takes.text, "")
    return IllTyped(f"{function} takes {takes}; the wire may hold anything in {_decimals(on)}.{hint}")


def _by_zero(function: str, on: Interval) -> str:
    return " It may hold 0: division by zero." if "^(-" in function and 0 in on else ""


def _decimals(on: Interval) -> str:
    """The interval, long ends rounded."""
    text = str(on)
    if len(text) <= 40:
        return text
    lo, hi = (str(e) if len(str(e)) <= 12 else f"≈{float(e):.6g}" for e in (on.lo, on.hi))
    return f"{text[0]}{lo}, {hi}{']' if on.hi_closed else ')'}{' - 0' * on.hole}".replace("inf", "∞")


def not_a_chart(function: object) -> IllTyped:
    return IllTyped(
        f"{function} is no chart: a chart maps all reals one to one and continuously onto an open interval, "
        "and is a function of the catalogue (exp, identity, sinh, tanh, sigmoid, softplus, x^3, ...), not a variable"
    )


def no_function(label: str, why: str) -> IllTyped:
    return IllTyped(
        f"{label!r} cannot be defined by this diagram: {why}; only a chain of maps on one wire defines a function"
    )


def no_value(name: str) -> IllTyped:
    return IllTyped(f"{name} has no value; give one by name: d(x, {name}=...)")


def no_function_value(name: str) -> IllTyped:
    return IllTyped(f"the function {name} is a variable; name a function first: d({name}=tanh)")


# --- boxes and diagrams ---


def size_mismatch(box: Box, wants: Size, got: Size) -> IllTyped:
    return IllTyped(f"{box_text(box)} takes {wants} components; the wire carries {got}")


def bias_mismatch(box: Box, wants: Size, got: Size) -> IllTyped:
    return IllTyped(f"{box_text(box)} has {wants} outputs, its bias {got}")


_HINTS = {
    "(0, oo)": " Put max(x, 1), softplus or exp {}.",
    "(-oo, oo) - 0": " Signed layers take what is never 0: after tanh, softsign, asinh, x^3 on a nonzero wire, after exp or softplus; not after relu or an additive layer.",
}


def outside_chart(box: Box, on: Interval, takes: Interval) -> IllTyped:
    hint = _HINTS.get(takes.text, "").format("before it, or start from a positive wire")
    return IllTyped(f"{box_text(box)} takes {takes}; the wire may hold anything in {on}.{hint}")


def empty_concat() -> IllTyped:
    return IllTyped("concat needs at least one wire")


def slice_out_of_range(start: Size, size: Size, of: Size) -> IllTyped:
    return IllTyped(f"a slice of {size} from {start} on does not lie inside {of} components")


def box_text(box: object) -> str:
    from .text import board_of_box

    return board_of_box(box)


def at_box(error: IllTyped, row: Row, reads: Sequence[str]) -> IllTyped:
    return IllTyped(f"{str(error).rstrip('.')}. It reads {', '.join(reads) or 'nothing'}.")


def interval_mismatch(wire: str, carries: Space, reader: str, takes: Interval) -> IllTyped:
    hint = _HINTS.get(takes.text, "").format("between them")
    if reader.startswith("mul(") and 0 not in carries.interval:
        hint += " On nonzero wires smul is the layer: signs beside magnitudes."
    hint = _by_zero(reader, carries.interval) or hint
    return IllTyped(f"{wire} carries {_decimals(carries.interval)}, but {reader} takes {takes}.{hint}")


def junction(left: Size, right: Size, wire: str, reader: str) -> IllTyped:
    return IllTyped(f"{wire} has {left} components, but {reader} takes {right}")


def wrong_width(left: int, right: int) -> IllTyped:
    return IllTyped(f"{left} output wires meet {right} inputs; bundle them with concat or split them first")


def no_such_wire(wire: int, count: int) -> IllTyped:
    return IllTyped(f"there is no wire {wire} yet: a box reads earlier wires only, here 0 to {count - 1}")


def wrong_arguments(box: str, count: int) -> IllTyped:
    return IllTyped(f"{box} reads one wire, not {count}")


def no_outputs() -> IllTyped:
    return IllTyped("a diagram has at least one output")


def wrong_names(what: str, wants: int, got: int) -> IllTyped:
    return IllTyped(f"there are {wants} {what}s, not {got}: name every one")


def two_variables(name: str, one: object, other: object) -> IllTyped:
    return IllTyped(f"two different variables are called {name}: {one!r} and {other!r}. Rename one")


def two_arrays(name: str) -> IllTyped:
    return IllTyped(f"two different arrays stand beside the diagram for {name}. Rename one of the variables")


def not_liftable(value: object) -> IllTyped:
    return IllTyped(f"{value!r} is no part of a diagram; give a Diagram, a Function or a word such as add, mul, wire")


def traced_parameters(signature: str, count: int) -> IllTyped:
    return IllTyped(f"a traced function has one parameter for each input, here {count}; this one takes {signature}")


def not_a_function(value: object) -> IllTyped:
    return IllTyped(
        f"{value!r} is no function; give a word of the catalogue such as tanh, or Function(name, domain, codomain)"
    )


def not_a_diagram(value: object) -> Refused:
    return Refused(f"{value!r} is no diagram; a function becomes one with wire(size) >> function")


def not_parts(value: object) -> IllTyped:
    return IllTyped(f"{value!r} is no list of parts; write sequence([f, g])")


def empty_sequence() -> IllTyped:
    return IllTyped("an empty sequence has no wire; start it with wire(size)")


def bad_weight(value: object) -> IllTyped:
    return IllTyped(f"{value!r} is no weight; give a name, a Weight, or an array of two axes")


def bad_bias(value: object) -> IllTyped:
    return IllTyped(f"{value!r} is no bias; give a name, a Vector, or an array of one axis")


def two_biases() -> IllTyped:
    return IllTyped("a layer has one bias; write add(W, b) or add(W, bias=b)")


def other_trace() -> IllTyped:
    return IllTyped("this wire belongs to another diagram; a traced function reads only the wires it was given")


def not_a_wire(value: object) -> IllTyped:
    return IllTyped(f"a traced function returns wires; it returned {value!r}")


def sum_of_sizes(left: Size, right: Size) -> IllTyped:
    return IllTyped(f"only wires of one size add or multiply; here {left} and {right}")


def bad_graph(place: str, why: str) -> IllTyped:
    return IllTyped(f"{place} does not fit into a diagram: {why}")


def no_rules() -> Refused:
    return Refused("rewrite needs at least one rule: d.rewrite(mult_add)")


def not_a_rule(value: object) -> Refused:
    return Refused(f"{value!r} is no rule; give an Equation, or a schema such as cancel or compose")


# --- values by name ---


def unknown_name(name: str, known: Sequence[str]) -> IllTyped:
    return IllTyped(f"there is no variable {name} here; there are: {', '.join(known) or 'none'}")


def wrong_sort(name: str, wants: str, got: object) -> IllTyped:
    return IllTyped(f"{name} is a {wants}; {type(got).__name__} {str(got)[:60]} is none")


def outside_signature(name: str, domain: Interval, codomain: Interval, value: object, why: str) -> IllTyped:
    return IllTyped(f"{name} stands for functions from {domain} into {codomain}; {value} is none of them: {why}")


def maps_elsewhere(function: object, on: Interval, image: Interval) -> str:
    return f"{function} takes {on} into {image}"


def sizes_differ(names: str, one: Size, other: Size) -> IllTyped:
    return IllTyped(f"the values of {names} do not fit together: one size is both {one} and {other}")


def wrong_shape(name: str, wants: str, got: object) -> IllTyped:
    return IllTyped(f"{name} is {wants}; the array has shape {got}")


# --- running ---


def wrong_count(wants: int, got: int) -> IllTyped:
    return IllTyped(f"the diagram has {wants} inputs; {got} arrays were given")


def mixed_arrays(error: Exception) -> IllTyped:
    return IllTyped(f"inputs and weights must come from one array library: {error}")


def mixed_dtypes(name: str, weight: object, x: object) -> IllTyped:
    return IllTyped(f"{name} has type {weight}, the data {x}; convert one of them")


def outside_input(name: str, on: Interval, place: tuple[int, ...], value: object) -> IllTyped:
    return IllTyped(f"{name} takes values in {on}; entry {place} is {value}. The theorem says nothing there")


def no_arrays() -> IllTyped:
    return IllTyped("give the arrays of the inputs, or values by name: d(x), d(W1=array), d(x, W1=array)")


def size_unknown(what: str) -> IllTyped:
    return IllTyped(f"{what}: the size is not known; give sizes, or arrays for the weights")


# --- files ---


def cannot_write(path: object, error: OSError) -> BadFile:
    return BadFile(f"{path} cannot be written: {error.strerror or error}")


def no_path(value: object) -> Refused:
    return Refused(f"{value!r} is no path: give the name of a file")


def no_such_file(path: object) -> BadFile:
    return BadFile(f"there is no file {path}")


def not_ours(path: object) -> BadFile:
    return BadFile(f"{path} is no net of sigmaprime: write one with save(diagram, path)")


def other_version(path: object, version: object, known: int) -> BadFile:
    newer = isinstance(version, int) and version > known
    hint = "get a newer sigmaprime" if newer else "the file is damaged"
    return BadFile(f"{path} is a file of version {version!r}; this sigmaprime reads version {known}: {hint}")


def bad_definition(label: str) -> IllTyped:
    return IllTyped(
        f"{label}: the parameters of a definition are the free variables of its body, in order, with one argument each"
    )


def too_long(digits: int) -> IllTyped:
    return IllTyped(f"an end of an interval has more than {digits} digits")


# --- component by component ---


def open_size(size: object, named: Sequence[str]) -> Refused:
    help_ = ", ".join(f'"{n}": 3' for n in named)
    how = f"sizes={{{help_}}}" if named else "wire(3, positive) >> d"
    return Refused(
        f"the size {size if named else 'of a wire'} is open; components are written out at sizes only: {how}"
    )


def too_many_components(limit: int) -> Refused:
    return Refused(f"written out component by component this takes more than {limit} operations; take a smaller net")


def expression_too_deep(depth: int, limit: int) -> Refused:
    return Refused(
        f"{depth} operations stand one inside the other, SymPy is given {limit} at most; take a shorter chain"
    )


def exponent_too_large(a: object, limit: int) -> Refused:
    return Refused(f"the exponent {a} is not written out; numerator and denominator are {limit} at most")


def expression_too_large(leaves: int, limit: int) -> Refused:
    return Refused(
        f"the expressions would hold {leaves} symbols and operations, the limit is {limit}; take a smaller net"
    )
