"""What is decided about functions: where they are defined, their images, inverses, and when two of them are equal.

All of it is exact and small: a chain's image is the image of its parts' images, and two chains are equal when the same parts remain
after identities and neighbouring inverses are removed. Undecided is never "yes".
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from . import errors
from .catalogue import ATOMS, Branch
from .function import Function, parts, then
from .space import Interval, positive, reals
from .term import Head

__all__ = ["bijection", "cancels", "chart", "domain", "equal", "image", "layer_chart", "reduce"]

_images: dict[tuple[Function, Interval], Interval | errors.IllTyped] = {}
_reduced: dict[tuple[Function, Interval], Function] = {}
_identity = Function.atom("identity")


def _parameters(atom: Function) -> tuple[Fraction | None, ...]:
    return tuple(s.value for s in atom.key[2:])


def domain(function: Function) -> Interval:
    """The widest interval that the function is known to take; raises `IllTyped` for a chain whose first part needs a narrower one."""
    first = parts(function)[0]
    match first.head:
        case Head.ATOM:
            whole = ATOMS[first.name].domain(_parameters(first))
        case Head.FUNCTION | Head.DEFINED:
            whole = first.key[2]
        case _:
            whole = _inverse_of(first)[0]
    image(function, whole)
    return whole


def image(function: Function, on: Interval) -> Interval:
    """An interval that holds all values of `function` on `on`; raises `IllTyped` where it is not defined on all of `on`."""
    found = _images.get((function, on))
    if found is None:
        if not isinstance(function, Function):
            raise errors.not_a_function(function)
        chain = []
        while found is None and function.key[0] is Head.THEN:
            chain.append(function)
            function = function.key[1]
            found = _images.get((function, on))
        if found is None:
            found = _images[function, on] = _image(function, on)
        for longer in reversed(chain):
            if isinstance(found, Interval):
                found = _images.get((longer.key[2], found)) or _image(longer.key[2], found)
            _images[longer, on] = found
    if isinstance(found, Interval):
        return found
    raise found.copy()


def _image(part: Function, on: Interval) -> Interval | errors.IllTyped:
    """The image under one part of a chain, or why there is none."""
    match part.head:
        case Head.ATOM:
            entry, given = ATOMS[part.name], _parameters(part)
            takes = entry.domain(given)
            gives = Interval.hull(entry.image(given, j)[0] for j in on.halves) if takes.contains(on) else reals
        case Head.FUNCTION:
            takes, gives = part.key[2], part.key[3]
        case Head.INVERSE:
            takes, gives = _inverse_of(part)[0], part.key[2]
        case _:
            takes = part.key[2]
            try:
                gives = image(part.body, on) if takes.contains(on) else reals
            except errors.IllTyped as error:
                return error
    return gives if takes.contains(on) else errors.outside_domain(part, on, takes)


def _listed(atom: Function) -> tuple[Branch, ...]:
    return ATOMS[atom.name].branches(_parameters(atom)) if atom.key[0] is Head.ATOM else ()


def _chain(branch: Branch) -> Function:
    function = Function.atom(branch.inverse[0][0], *(p for p in branch.inverse[0][1] if p is not None))
    for name, given in branch.inverse[1:]:
        function = then(function, Function.atom(name, *(p for p in given if p is not None)))
    return function


def _inverse_of(inverse: Function) -> tuple[Interval, Function]:
    found = bijection(inverse.key[1], inverse.key[2])
    assert found is not None, "an inverse is formed only where a bijection is known"
    return found


def bijection(function: Function, on: Interval) -> tuple[Interval, Function] | None:
    """(K, inverse) if the function is known to map `on` one to one, continuously and exactly onto K."""
    target, undo = on, []
    for part in parts(function):
        found = _bijection(part, target)
        if found is None:
            return None
        target = found[0]
        undo.append(found[1])
    inverse = undo[-1]
    for earlier in reversed(undo[:-1]):
        inverse = then(inverse, earlier)
    return target, inverse


def _bijection(part: Function, on: Interval) -> tuple[Interval, Function] | None:
    if part.head is Head.INVERSE:
        function, source = part.key[1], part.key[2]
        whole = _inverse_of(part)[0]
        return (source, function) if on is whole else None
    for branch in _listed(part):
        if branch.source is on:
            return branch.target, _chain(branch)
        if branch.source.contains(on) and not on.hole:
            target, exact = ATOMS[part.name].image(_parameters(part), on)
            if exact:
                return target, Function.intern(Head.INVERSE, part, on)
    return None


def cancels(first: Function, second: Function, on: Interval) -> bool:
    """Whether first ; second is known to be the identity on `on`."""
    if any(b.source.contains(on) and _chain(b) is second for b in _listed(first)):
        return True
    if second.head is Head.INVERSE and second.key[1] is first and second.key[2].contains(on):
        return True
    return first.head is Head.INVERSE and first.key[1] is second and _inverse_of(first)[0].contains(on)


def reduce(function: Function, on: Interval) -> Function:
    """An equal function on `on`, without identities and without neighbours that cancel.

    >>> from sigmaprime.diagrams import exp, ln, positive, relu, tanh
    >>> reduce(then(then(exp, ln), tanh), positive)
    tanh
    >>> reduce(relu, positive)
    identity
    """
    chain = []
    while (function, on) not in _reduced and function.key[0] is Head.THEN:
        chain.append(function)
        function = function.key[1]
    found = _reduced.get((function, on))
    if found is None:
        found = _reduced[function, on] = _appended(_identity, function, on)
    for longer in reversed(chain):
        found = _reduced[longer, on] = _appended(found, longer.key[2], on)
    return found


def _appended(kept: Function, part: Function, on: Interval) -> Function:
    """The reduced chain `kept` followed by one more part, reduced."""
    here = image(kept, on)
    if part.head is Head.ATOM and all(ATOMS[part.name].is_identity_on(_parameters(part), j) for j in here.halves):
        return kept
    longer = part if kept is _identity else then(kept, part)
    image(longer, on)
    if kept is _identity:
        return part
    before, last = (kept.key[1], kept.key[2]) if kept.key[0] is Head.THEN else (_identity, kept)
    return before if cancels(last, part, image(before, on)) else longer


def equal(first: Function, second: Function, on: Interval) -> bool:
    """Whether the two are known to be defined and equal on all of `on`."""
    try:
        image(first, on), image(second, on)
        return reduce(first, on) is reduce(second, on)
    except errors.IllTyped:
        return False


@cache
def chart(function: Function) -> tuple[Interval, Function]:
    """(J, inverse) of a homeomorphism from the reals onto the open interval J; raises `IllTyped` for anything else."""
    if not isinstance(function, Function):
        raise errors.not_a_function(function)
    found = bijection(function, reals) if function.closed else None
    if found is None or found[0].lo_closed or found[0].hi_closed:
        raise errors.not_a_chart(function)
    return found


@cache
def layer_chart(function: Function) -> tuple[Interval, Function, bool]:
    """(J, inverse, partial): a chart, or a partial one, a homeomorphism from (0, oo) only, like ln, for layers that keep positives positive."""
    closed = getattr(function, "closed", False)  # what is no function is named by `chart`
    found = bijection(function, positive) if closed and bijection(function, reals) is None else None
    if found is None or found[0].lo_closed or found[0].hi_closed:
        return *chart(function), False
    return *found, True
