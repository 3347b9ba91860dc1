"""Messages about matrices of a special form, signed layers, pools and the usual layers, one function each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .errors import IllTyped, Refused, box_text

if TYPE_CHECKING:
    from .box import Box, Mix
    from .weight import Weight


def partial_layer(box: Mix) -> IllTyped:
    return IllTyped(
        f"{box_text(box)}: {box.chart} is no chart of all reals but one of (0, oo) only, so the layer must keep positive vectors positive: no bias, "
        "no negative entry and no zero row (a weight made by `mixing`, `ones`, `eye` and products, blocks and positive multiples of such)"
    )


def empty_window(box: Box) -> IllTyped:
    return IllTyped(
        f"{box_text(box)}: every window needs a component; windows are a matrix without negative entries and zero rows (made by `mixing`, `ones`, "
        "`convolution(ones(..), ..)`, `eye`, blocks and products of such)"
    )


def windows_unknown(windows: object) -> Refused:
    return Refused(
        f"which components the windows {windows} name is not known: give windows that are written out (`windows`, `ones`, blocks of such)"
    )


def member_unknown(member: Weight) -> Refused:
    family = member.key[4].value
    return Refused(
        f"{member.name} is any matrix of the family `{family}`: the entries of such a variable are not free; give its array"
    )


def outside_family(name: str, family: str, value: object) -> IllTyped:
    return IllTyped(f"{name} stands for the matrices of the family `{family}`; {value} is not known to be one")


def not_of_family(name: str, family: str) -> IllTyped:
    wanted = {
        "permutation": "a square matrix with one 1 in every row and column, else 0",
        "scaling": "the diagonal, a vector of positive numbers",
        "signs": "the diagonal, a vector of 1 and -1",
        "mixing": "a matrix without negative entries and zero rows",
        "integer": "integers",
    }
    return IllTyped(f"the array for {name} is no {family}: give {wanted[family]}")


def signed_sizes(weight: object, parity: object, vector: object | None) -> IllTyped:
    what = f"{parity} its parities" if vector is None else f"{vector} its bias or flip"
    return IllTyped(f"smul({weight}, {parity}) does not fit together: {weight} has another shape than {what}")


def not_integral(part: object) -> IllTyped:
    return IllTyped(
        f"{part} is not known to have integer entries, as parities and flips have; "
        'give a name ("P"), an array of integers, `integer("P", m, n)` or `Vector.integers("c", m)`'
    )


def no_parity(exponent: object, place: tuple[int, ...] | None) -> IllTyped:
    where = "" if place is None else f" at {place}"
    return IllTyped(
        f"the exponent {exponent}{where} does not tell its parity: a negative number has no such power, or it is no exact number; "
        "write integers or Fractions with odd denominators, or choose the parities yourself: smul(W, P)"
    )


def parities_unknown() -> Refused:
    return Refused(
        "the parities of a signed layer are not known: which signs it sees depends on them; give arrays for them"
    )


def not_square(family: str, rows: object, columns: object) -> IllTyped:
    return IllTyped(f"a matrix of the family `{family}` is square; this one is {rows} × {columns}")


def maybe_empty(name: str, columns: object) -> IllTyped:
    return IllTyped(
        f"{name} has {columns} columns, which may be 0, and then no matrix has entries in every row; write a size that is never 0, as {columns} + 1"
    )


def no_inverse_matrix(weight: object) -> IllTyped:
    return IllTyped(f"no inverse of {weight} is known; permutations, scalings, signs and multiples of I have one")


def bad_geometry(geometry: object, groups: object) -> IllTyped:
    return IllTyped(
        "a convolution has 1 to 3 axes, and for each of them a size, a kernel, a stride and a dilation (at least 1) and a padding "
        f"(at least 0), and at least one group; this is {geometry} and {groups} groups, of whole numbers in the order sizes, kernel, stride, padding, dilation"
    )


def empty_output(sizes: object, kernel: object) -> IllTyped:
    return IllTyped(
        f"a kernel of {kernel} does not fit into {sizes}: the output would be empty; pad, or take a smaller kernel"
    )


def bad_kernel(weight: Weight, kernel: Sequence[int], groups: int) -> IllTyped:
    taps = math.prod(kernel)
    return IllTyped(
        f"the kernel {weight} is {weight.rows} × {weight.columns}; it has numbers for both, its rows are a multiple of the {groups} groups, "
        f"its columns (channels of a group · taps) a multiple of the {taps} taps"
    )


def no_diagonal(value: object) -> IllTyped:
    return IllTyped(f"{value!r} is no vector; a diagonal matrix of numbers is a weight by itself: add(np.diag([..]))")


def bad_groups(inputs: int, outputs: int, groups: int) -> IllTyped:
    return IllTyped(
        f"{inputs} input and {outputs} output channels do not fall into {groups} groups: both are multiples"
    )


def no_shape(shape: object, axis: object) -> IllTyped:
    return IllTyped(
        f"{shape!r} is no shape and {axis!r} its axis: give a size, or the numbers of a tensor and the number of an axis"
    )


def no_such_axis(axis: int, count: int) -> IllTyped:
    return IllTyped(f"there is no axis {axis}: the shape has {count}, counted from 0, or from -1 backwards")


def maybe_no_component(size: object) -> IllTyped:
    return IllTyped(
        f"a sum along an axis of {size} components may be empty; write a size that is never 0, as {size} + 1"
    )


def no_count(windows: object) -> IllTyped:
    return IllTyped(
        f"{windows} are no windows of one known count: give `windows(...)`, or `ones(1, n)` for one window of all"
    )


def wrong_factors(terms: int, factors: int) -> IllTyped:
    return IllTyped(
        f"a sum of products has at least one term, and no factor or one for each; here: {terms} terms, {factors} factors"
    )


def no_common_domain(functions: Sequence[object]) -> IllTyped:
    return IllTyped(
        f"no number lies in the domains of all of {', '.join(map(str, functions))}, so no wire has components for them"
    )


def two_charts(chart: object) -> IllTyped:
    return IllTyped(f"this layer comes in two readings, chart=identity and chart=exp, not {chart}")


def wrong_states(states: int, inputs: int, outputs: int) -> IllTyped:
    return IllTyped(
        f"a cell hands on 1 or more states, its first inputs and first outputs; {states} of {inputs} inputs and {outputs} outputs are not"
    )


def bad_steps(steps: object) -> IllTyped:
    return IllTyped(f"a cell is unrolled for a number of steps, 1 or more, not {steps!r}")
