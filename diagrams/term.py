"""The one store of interned terms: sizes, scalars, functions, weights and vectors.

A term is a head and its arguments; arguments are terms or plain data (names, numbers, intervals). Equal terms are one object, so
`==` is `is`. A sort (`Size`, `Scalar`, `Function`, `Weight`, `Vector`, `SignedMap`) is a subclass; every head has one builder, which brings the term to
normal form. Nothing here recurses: chains and products may be 1e5 deep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from threading import Lock
from typing import Any, ClassVar, TypeVar

__all__ = ["Head", "Term", "builder", "substitute", "variables"]


class Head(IntEnum):
    """What a term is made by; the comment gives the arguments."""

    SIZE = 0  # constant, (name, factor)...
    RATIONAL = 1  # Fraction
    SCALAR = 2  # name, interval
    ATOM = 3  # name, scalar...
    FUNCTION = 4  # name, domain, codomain
    INVERSE = 5  # function, interval
    THEN = 6  # function, function that is no THEN
    DEFINED = 7  # label, interval, count, parameter..., body, argument...
    WEIGHT = 8  # name, rows, columns
    CONSTANT = 9  # dtype, rows, columns, sha256
    EYE = 10  # size
    ZERO = 11  # rows, columns
    TIMES = 12  # weight that is no TIMES, weight
    ROW = 13  # weight, weight...
    VECTOR = 14  # name, size
    CONSTANT_VECTOR = 15  # dtype, size, sha256
    ZERO_VECTOR = 16  # size
    APPLY = 17  # weight that is no TIMES, vector
    SUM = 18  # vector, vector...
    ONES = 19  # rows, columns
    SCALE = 20  # scalar, size
    DIAGONAL = 21  # vector
    CONVOLUTION = 22  # weight, sizes, kernel, stride, before, after, dilation, groups
    MEMBER = 23  # name, rows, columns, family
    INVERTED = 24  # weight
    ONES_VECTOR = 25  # size
    INTEGERS = 26  # name, size
    SIGNED = 27  # weight, parity, bias, flip


VARIABLE_HEADS = frozenset({Head.SCALAR, Head.FUNCTION, Head.WEIGHT, Head.VECTOR, Head.MEMBER, Head.INTEGERS})
_BUILDERS: dict[Head, Callable[..., Term]] = {}
_lock = Lock()


class Term:
    """An interned term; make one with the words of its sort, never with this class."""

    __slots__ = ("closed", "id", "key", "unnamed")

    id: int
    """Its place in `Term.all`; the columns of diagrams hold these ids."""
    key: tuple[Any, ...]
    """Head, then arguments."""
    closed: bool
    """No variable of any sort, named size included, occurs in it."""
    unnamed: bool
    """A size without a name occurs in it."""

    _table: ClassVar[dict[tuple[Any, ...], Term]] = {}
    all: ClassVar[list[Any]] = []
    """Every term by its id."""

    @property
    def head(self) -> Head:
        head: Head = self.key[0]
        return head

    @classmethod
    def intern(cls, *key: Any) -> Any:
        """The one term of this sort with this head and these arguments."""
        found = Term._table.get(key)
        if found is None:
            made = object.__new__(cls)
            made.key = key
            below = children(made)
            made.closed = key[0] not in VARIABLE_HEADS and all(c.closed for c in below)
            made.unnamed = any(c.unnamed for c in below)
            made._complete()  # interns sizes: not under the lock
            with _lock:
                found = Term._table.get(key)
                if found is None:
                    made.id = len(Term.all)
                    made._numbered()
                    Term.all.append(made)
                    Term._table[key] = found = made
        return found

    @staticmethod
    def rebuilt(like: Term, *args: Any) -> Any:
        """A term with the head of `like` and these arguments."""
        return rebuild(like.key[0], *args)

    def _complete(self) -> None:
        """Set what a sort caches on its terms."""

    def _numbered(self) -> None:
        """Called under the lock, once for every term, when its id is known."""

    def __repr__(self) -> str:
        from .text import code

        return code(self)

    def __str__(self) -> str:
        from .text import board

        return board(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return rebuild, (self.key[0], *self.key[1:])

    def __copy__(self) -> Term:
        return self

    def __deepcopy__(self, memo: object) -> Term:
        return self


Build = TypeVar("Build", bound=Callable[..., Any])


def builder(head: Head) -> Callable[[Build], Build]:
    """Register the function that builds (and normalises) terms with this head."""

    def register(build: Build) -> Build:
        _BUILDERS[head] = build
        return build

    return register


def rebuild(head: Head, *args: Any) -> Any:
    """A term from its head and arguments, in normal form."""
    return _BUILDERS[head](*args)


def children(term: Term) -> list[Term]:
    """The terms that `term` is directly made of. The body of a definition is no child: its variables are bound by the parameters."""
    key = term.key
    if key[0] is Head.DEFINED:
        return list(key[5 + key[3] :])
    return [a for a in key[1:] if isinstance(a, Term)]


def subterms(roots: Iterable[Term], *, bodies: bool = False) -> list[Term]:
    """Every term in `roots` and beneath, each once, children first; `bodies` looks into definitions too."""
    seen: set[Term] = set()
    order: list[Term] = []
    stack: list[tuple[Term, bool]] = [(t, False) for t in reversed(list(roots))]
    while stack:
        term, ready = stack.pop()
        if ready:
            order.append(term)
        elif term not in seen:
            seen.add(term)
            stack.append((term, True))
            below = [a for a in term.key[1:] if isinstance(a, Term)] if bodies else children(term)
            stack.extend((c, False) for c in reversed(below))
    return order


def variables(roots: Iterable[Term]) -> list[Term]:
    """The free variables (scalars, functions, weights, vectors) of the terms, in order of first occurrence."""
    found: dict[Term, None] = {}
    for root in roots:
        if root.key[0] in VARIABLE_HEADS:
            found[root] = None
        elif not root.closed:
            found |= dict.fromkeys(t for t in subterms([root]) if t.key[0] in VARIABLE_HEADS)
    return list(found)


def substitute(term: Term, theta: Mapping[Any, Any], memo: dict[Term, Term] | None = None) -> Any:
    """`term` with its variables replaced, all at once. Named sizes are replaced by their own term `Size(name)`."""
    done: dict[Term, Term] = {} if memo is None else memo
    stack = [(term, False)]
    while stack:
        here, ready = stack.pop()
        if here in done:
            continue
        if here in theta:
            done[here] = theta[here]
        elif here.closed:
            done[here] = here
        elif here.key[0] is Head.SIZE:
            done[here] = here.replaced(theta)  # type: ignore[attr-defined]
        elif not ready:
            stack.append((here, True))
            stack.extend((c, False) for c in children(here))
        elif here.key[0] is Head.DEFINED:
            head = here.key[: 5 + here.key[3]]
            done[here] = rebuild(*head, *(done[a] for a in here.key[5 + here.key[3] :]))
        else:
            done[here] = rebuild(here.key[0], *(done[a] if isinstance(a, Term) else a for a in here.key[1:]))
    return done[term]
