"""Intervals with exact ends, and the type of a wire: `Space(size, interval)`.

An interval is an *outer* bound of every component that a wire carries. It may lack its point 0: `nonzero` is what signed wires carry. Ends are exact rationals or ±oo and are open or closed, so
that `ln` and `mul` can be sure of positive values: rounding an end would prove false equations.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from . import errors

if TYPE_CHECKING:
    from .weight import Size

__all__ = [
    "Interval",
    "Space",
    "at_least",
    "at_most",
    "exact",
    "negative",
    "nonnegative",
    "nonzero",
    "positive",
    "reals",
    "unit",
]

End = Fraction | float
# a float end is -inf or +inf, nothing else

DIGITS = 400
LARGEST = 10**DIGITS

_lock = Lock()


class Interval:
    """A nonempty interval of reals, or one around 0 without 0, written as in mathematics; equal intervals are one object.

    >>> Interval("[1/2, oo)")
    Interval("[1/2, oo)")
    >>> positive.contains(Interval("(0, 1]")), positive.contains(Interval("[0, 1]"))
    (True, False)
    >>> Interval("(-oo, oo) - 0").meet(Interval("[-1, 2]")), nonzero.contains(Interval("[1, 2]"))
    (Interval("[-1, 2] - 0"), True)
    """

    __slots__ = ("hi", "hi_closed", "hole", "id", "lo", "lo_closed", "text")

    lo: End
    hi: End
    lo_closed: bool
    hi_closed: bool
    hole: bool
    """0 lies strictly between the ends, but not in the set."""
    id: int
    text: str
    _table: ClassVar[dict[tuple[End, bool, End, bool, bool], Interval]] = {}
    all: ClassVar[list[Interval]] = []
    """Every interval by its id."""

    def __new__(cls, text: str) -> Interval:
        if not isinstance(text, str):
            raise errors.bad_interval(repr(text))
        return _parse(text)

    @classmethod
    def make(cls, lo: End, lo_closed: bool, hi: End, hi_closed: bool, hole: bool = False) -> Interval:
        """The interval with these ends, without 0 if that is a `hole` inside; raises `IllTyped` if it is empty or an infinite end is closed."""
        key = (lo, lo_closed, hi, hi_closed, hole and lo < 0 < hi)
        found = cls._table.get(key)
        if found is not None:
            return found
        if any(isinstance(end, Fraction) and max(abs(end.numerator), end.denominator) >= LARGEST for end in (lo, hi)):
            raise errors.too_long(DIGITS)
        if lo > hi or (lo == hi and not (lo_closed and hi_closed)):
            raise errors.empty_interval(_show(*key))
        if (lo_closed and lo == -math.inf) or (hi_closed and hi == math.inf) or lo == math.inf or hi == -math.inf:
            raise errors.infinite_end(_show(*key))
        with _lock:
            found = cls._table.get(key)
            if found is None:
                found = object.__new__(cls)
                found.lo, found.lo_closed, found.hi, found.hi_closed, found.hole = key
                found.text, found.id = _show(*key), len(cls.all)
                cls.all.append(found)
                cls._table[key] = found
        return found

    @classmethod
    def point(cls, value: Fraction) -> Interval:
        return cls.make(value, True, value, True)

    @property
    def filled(self) -> Interval:
        """The interval with its hole closed."""
        return Interval.make(self.lo, self.lo_closed, self.hi, self.hi_closed) if self.hole else self

    @property
    def halves(self) -> tuple[Interval, ...]:
        """The intervals that it is made of: below and above the hole."""
        if not self.hole:
            return (self,)
        zero = Fraction(0)
        return Interval.make(self.lo, self.lo_closed, zero, False), Interval.make(zero, False, self.hi, self.hi_closed)

    def contains(self, other: Interval) -> bool:
        """Whether every value of `other` lies in this set."""
        low = self.lo < other.lo or (self.lo == other.lo and (self.lo_closed or not other.lo_closed))
        high = other.hi < self.hi or (self.hi == other.hi and (self.hi_closed or not other.hi_closed))
        return low and high and not (self.hole and other._holds_zero)

    @property
    def _holds_zero(self) -> bool:
        low = self.lo < 0 or (self.lo == 0 and self.lo_closed)
        return low and (self.hi > 0 or (self.hi == 0 and self.hi_closed)) and not self.hole

    def meet(self, other: Interval) -> Interval | None:
        """The intersection, None if it is empty."""
        if self is other:
            return self
        lo, lo_closed = max((self.lo, not self.lo_closed), (other.lo, not other.lo_closed))
        hi, hi_closed = min((self.hi, self.hi_closed), (other.hi, other.hi_closed))
        lo_closed = not lo_closed
        hole = self.hole or other.hole
        if hole:  # 0 as an end is no longer in it
            lo_closed, hi_closed = lo_closed and lo != 0, hi_closed and hi != 0
        if lo > hi or (lo == hi and not (lo_closed and hi_closed)):
            return None
        return Interval.make(lo, lo_closed, hi, hi_closed, hole)

    @staticmethod
    def hull(parts: Iterable[Interval]) -> Interval:
        """The smallest set of this kind around all parts (at least one): 0 is in it only if it is in a part or an end of it."""
        many = tuple(parts)
        lo, lo_open = min((p.lo, not p.lo_closed) for p in many)
        hi, hi_closed = max((p.hi, p.hi_closed) for p in many)
        return Interval.make(lo, not lo_open, hi, hi_closed, not any(p._holds_zero for p in many))

    def scaled(self, c: Fraction) -> Interval:
        """c·J, exactly."""
        if c == 0:
            return Interval.point(Fraction(0))
        ends = ((self.lo * c if abs(self.lo) != math.inf else self.lo * (1 if c > 0 else -1), self.lo_closed),
                (self.hi * c if abs(self.hi) != math.inf else self.hi * (1 if c > 0 else -1), self.hi_closed))  # fmt: skip
        (lo, lo_closed), (hi, hi_closed) = ends if c > 0 else ends[::-1]
        return Interval.make(lo, lo_closed, hi, hi_closed, self.hole)

    def shifted(self, c: Fraction) -> Interval:
        """J + c, exactly, but for a hole, which is filled."""
        lo, hi = (end if isinstance(end, float) else end + c for end in (self.lo, self.hi))
        return Interval.make(lo, self.lo_closed, hi, self.hi_closed)

    def __contains__(self, value: Fraction | int) -> bool:
        return self.contains(Interval.point(Fraction(value)))

    def __str__(self) -> str:
        return self.text.replace("oo", "∞")

    def __repr__(self) -> str:
        return _NAMES.get(self.text, f'Interval("{self.text}")')

    def __reduce__(self) -> tuple[type[Interval], tuple[str]]:
        return Interval, (self.text,)

    def __copy__(self) -> Interval:
        return self

    def __deepcopy__(self, memo: object) -> Interval:
        return self


class Space:
    """The type of a wire: `size` components, each with its value in `interval`.

    >>> Space(3, positive)
    Space(3, positive)
    """

    __slots__ = ("id", "interval", "size")

    size: Size
    interval: Interval
    id: int
    _table: ClassVar[dict[tuple[Size, Interval], Space]] = {}
    all: ClassVar[list[Space]] = []
    """Every space by its id: the type columns of diagrams hold these ids."""

    def __new__(cls, size: Size | int | str, interval: Interval | str) -> Space:
        if not isinstance(interval, Interval):
            interval = Interval(interval)
        if isinstance(size, int | str):
            from .weight import Size

            size = Size(size)
        key = (size, interval)
        found = cls._table.get(key)
        if found is None:
            with _lock:
                found = cls._table.get(key)
                if found is None:
                    found = object.__new__(cls)
                    found.size, found.interval, found.id = size, interval, len(cls.all)
                    cls.all.append(found)
                    cls._table[key] = found
        return found

    def __str__(self) -> str:
        return f"{self.size} in {self.interval}" if not self.size.unnamed else str(self.interval)

    def __repr__(self) -> str:
        size = self.size.value if self.size.closed else self.size
        return f"Space({size!r}, {self.interval!r})"

    def __reduce__(self) -> tuple[type[Space], tuple[Size, Interval]]:
        return Space, (self.size, self.interval)

    def __copy__(self) -> Space:
        return self

    def __deepcopy__(self, memo: object) -> Space:
        return self


def _show(lo: End, lo_closed: bool, hi: End, hi_closed: bool, hole: bool = False) -> str:
    def end(value: End) -> str:
        return str(value).replace("inf", "oo")

    return f"{'[' if lo_closed else '('}{end(lo)}, {end(hi)}{']' if hi_closed else ')'}{' - 0' if hole else ''}"


def exact(value: Fraction | float | str) -> Fraction:
    """The exact rational that `value` is: a float is the double it is (0.1 is not 1/10; write "1/10" or Fraction(1, 10)).

    Raises ValueError for nan, infinities and text that is not `p` or `p/q`.
    """
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,400}(/0*[1-9][0-9]{0,400})?", value):
        raise ValueError(value)
    try:
        return Fraction(value)
    except OverflowError:
        raise ValueError(value) from None


def _parse(text: str) -> Interval:
    body, _, hole = (part.strip() for part in text.strip().partition(" - "))
    ends = body[1:-1].split(",")
    if (
        len(body) < 5
        or body[0] not in "(["
        or body[-1] not in ")]"
        or len(ends) != 2
        or len(body) > 800
        or hole not in ("", "0")
    ):
        raise errors.bad_interval(text)
    infinite = {"-oo": -math.inf, "oo": math.inf, "-∞": -math.inf, "∞": math.inf}
    try:
        lo, hi = (infinite[e.strip()] if e.strip() in infinite else exact(e.strip()) for e in ends)
    except ValueError:
        raise errors.bad_interval(text) from None
    found = Interval.make(lo, body[0] == "[", hi, body[-1] == "]", hole == "0")
    if hole and not found.hole:
        raise errors.bad_interval(text)
    return found


reals = Interval("(-oo, oo)")
positive = Interval("(0, oo)")
nonnegative = Interval("[0, oo)")
negative = Interval("(-oo, 0)")
unit = Interval("(0, 1)")
nonzero = Interval("(-oo, oo) - 0")
_NAMES = {
    "(-oo, oo)": "reals",
    "(0, oo)": "positive",
    "[0, oo)": "nonnegative",
    "(-oo, 0)": "negative",
    "(0, 1)": "unit",
    "(-oo, oo) - 0": "nonzero",
}


def at_least(bound: Fraction | float | str) -> Interval:
    """[bound, oo)."""
    return Interval.make(exact(bound), True, math.inf, False)


def at_most(bound: Fraction | float | str) -> Interval:
    """(-oo, bound]."""
    return Interval.make(-math.inf, False, exact(bound), True)
