"""Questions about functions of one variable, each answered by a `Verdict`: never more is said than is known.

    image(f, I)         an interval that holds all values, exact or with the size of the gap
    increasing(f, I)    f(x) ≤ f(y) for all x < y in I (strictly: <);  decreasing(f, I) likewise
    injective(f, I)     different points have different values
    prove_equal(f, g, I)
    bound(f, g, I)      sup |f - g| lies in [lo, hi], the whole line with its tails included

The catalogue and the chain answer first, balls (python-flint) decide the sign of a slope on cells, values at points refute. A function that
is not known to be defined on all of I is refused: `IllTyped`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sigmaprime.diagrams import Function, Interval, wire
from sigmaprime.diagrams.build import lift, sequence
from sigmaprime.diagrams.evaluate import flat
from sigmaprime.diagrams.image import domain

from . import errors
from .facts import Grade, Verdict

if TYPE_CHECKING:
    from .oracles.balls import Span
    from .oracles.functions import Trend

__all__ = ["Near", "Points", "bound", "decreasing", "image", "increasing", "injective", "prove_equal"]

SECONDS = 2.0
BITS = 128


@dataclass(frozen=True)
class Near:
    """sup |f - g| on an interval lies between `lo` and `hi`, exact numbers. It is a bound on a difference: no equation follows from it."""

    first: Function
    second: Function
    on: Interval
    lo: Fraction
    hi: Fraction
    at: tuple[Fraction | float, Fraction | float]
    """The supremum is taken, or approached, between these two points only; at ±∞ it is a limit."""

    def __str__(self) -> str:
        where = f"between x = {_decimal(self.at[0])} and {_decimal(self.at[1])}"
        return f"BOUNDED: sup |{self.first} - {self.second}| on {self.on} is in {_range(self.lo, self.hi)}, {where}"


@dataclass(frozen=True)
class Points:
    """Two points, and disjoint enclosures of the function there."""

    inputs: tuple[Fraction, Fraction]
    values: tuple[str, str]

    def __str__(self) -> str:
        (x, y), (u, v) = self.inputs, self.values
        return f"f({x}) is in {u}, f({y}) is in {v}"


def image(f: Any, on: Interval | str | None = None, *, seconds: float = SECONDS) -> Verdict:
    """The values of f on an interval (its whole domain, if none is given): the verdict's value is an interval that holds them all.

    Where the evidence says "exact", no smaller interval does, up to whether its ends are reached; else an end that is not exact is
    a rational outside. Raises `IllTyped` where f is not known to be defined.

    >>> from sigmaprime.diagrams import exp, ln, positive, tanh, then
    >>> print(image(then(exp, tanh, ln)))
    PROVED: the values lie in (-∞, 0), and this is exact
    """
    from .oracles.functions import MISSING, have_balls, image_of

    f, on = _asked(f, on)
    found = image_of(f, on, _deadline(seconds))
    if found.exact:
        return Verdict(Grade.PROVED, f"the values lie in {found.interval}, and this is exact", value=found.interval)
    ends = [("lower", found.lo_exact), ("upper", found.hi_exact)]
    loose = [name for name, exact in ends if not exact]
    outer = f"the {loose[0]} end is an outer bound" if len(loose) == 1 else "both ends are outer bounds"
    tried = () if have_balls() else (MISSING,)
    text = f"the values lie in {_shown(found.interval)}; {outer}"
    return Verdict(Grade.PROVED, text, value=found.interval, tried=tried)


def increasing(
    f: Any, on: Interval | str | None = None, *, strictly: bool = False, seconds: float = SECONDS
) -> Verdict:
    """Whether f(x) ≤ f(y) for all x < y in the interval; f(x) < f(y), if `strictly`.

    >>> from sigmaprime.diagrams import exp, ln, relu, square, tanh, then
    >>> print(increasing(then(exp, tanh, ln), strictly=True))
    PROVED: strictly increasing on (-∞, ∞): the parts of the chain are monotone, each on the image before it
    >>> increasing(square).grade
    <Grade.REFUTED: 3>
    """
    return _monotone(f, on, 1, strictly, seconds)


def decreasing(
    f: Any, on: Interval | str | None = None, *, strictly: bool = False, seconds: float = SECONDS
) -> Verdict:
    """Whether f(x) ≥ f(y) for all x < y in the interval; f(x) > f(y), if `strictly`.

    >>> from sigmaprime.diagrams import negate, relu, then
    >>> decreasing(then(relu, negate)).grade, decreasing(then(relu, negate), strictly=True).grade
    (<Grade.PROVED: 0>, <Grade.REFUTED: 3>)
    """
    return _monotone(f, on, -1, strictly, seconds)


def injective(f: Any, on: Interval | str | None = None, *, seconds: float = SECONDS) -> Verdict:
    """Whether f takes different values at different points of the interval; a continuous function does if it is strictly monotone.

    >>> from sigmaprime.diagrams import nonnegative, square
    >>> print(injective(square, nonnegative))
    PROVED: strictly increasing on [0, ∞): the parts of the chain are monotone, each on the image before it
    >>> injective(square).grade
    <Grade.REFUTED: 3>
    """
    f, on = _asked(f, on)
    trend, tried = _trend(f, on, seconds)
    if trend.strict:
        return Verdict(Grade.PROVED, _monotone_text(trend, on, strictly=True), value=True, tried=tried)
    values = _values(f, on)
    same = _equal_pair(f, values)
    if same is not None:
        return Verdict(Grade.REFUTED, f"one value twice: {same}", value=False, counterexample=same, tried=tried)
    up, down = _crossing(values, 1), _crossing(values, -1)
    if up and down and _continuous(f, on):
        return Verdict(
            Grade.REFUTED,
            f"it is continuous, and neither rises nor falls: {up}; {down}",
            value=False,
            counterexample=up,
            tried=tried,
        )
    return Verdict(Grade.UNKNOWN, f"not decided whether {f} is injective on {on}", tried=tried)


def prove_equal(f: Any, g: Any, on: Interval | str | None = None, *, seconds: float = 10.0) -> Verdict:
    """Whether f = g on an interval: PROVED by the rules and the catalogue, CHECKED by SymPy and numbers, REFUTED with a point, UNKNOWN.

    It is `verify` on two boxes that read one wire. Raises `IllTyped` where a side is not defined on the interval.

    >>> from sigmaprime.diagrams import exp, ln, maximum, positive, relu, then
    >>> print(prove_equal(then(exp, maximum(1), ln), relu).grade)
    PROVED
    >>> print(prove_equal(then(ln, exp), relu, positive).grade)
    PROVED
    """
    from .verify import verify

    f, on = _asked(f, on)
    g, _ = _asked(g, on)
    return verify(sequence([wire("n", on), f]), sequence([wire("n", on), g]), seconds=seconds)


def bound(f: Any, g: Any, on: Interval | str | None = None, *, seconds: float = 10.0) -> Verdict:
    """How far f and g are from each other: the value is a `Near`, sup |f - g| in [lo, hi], tails included.

    REFUTED where f - g goes to ±∞ at an end, so that there is none; UNKNOWN where none was found, and where python-flint is not installed.
    """
    from .oracles.balls import precision
    from .oracles.cells import peak
    from .oracles.functions import MISSING, apart, eye_of, have_balls, image_of, limit, turned
    from .oracles.series import tightened

    f, on = _asked(f, on)
    g, _ = _asked(g, on)
    deadline = _deadline(seconds)
    for function in (f, g):
        image_of(function, on, deadline)  # defined everywhere, or refused
    if not have_balls():
        return Verdict(Grade.UNKNOWN, "no bound was found", tried=(MISSING,))
    with precision(96):
        eye = tightened(apart(eye_of(f), eye_of(g)), flat(f), flat(g))
        for side, end in ((-1, on.lo), (1, on.hi)):
            span, _, exact = limit(eye, on, side)
            if exact and not span.bounded:
                goes = "∞" if span.positive else "-∞"
                text = f"there is no bound: {f} - {g} goes to {goes} as x goes to {_decimal(end)}"
                return Verdict(Grade.REFUTED, text, value=False)
        above = peak(eye, on, (time.monotonic() + deadline) / 2)
        below = peak(turned(eye), on, deadline, beyond=max(above.lo, Fraction(0)))
    lo, hi = max(above.lo, below.lo, Fraction(0)), max(above.hi, below.hi)
    cells = f"balls on {above.cells + below.cells} cells"
    if isinstance(lo, float) or isinstance(hi, float):
        least = _decimal(lo)
        return Verdict(Grade.UNKNOWN, f"no bound was found; |f - g| reaches {least}", tried=(cells,))
    places = [p.where for p in (above, below) if p.hi >= lo and not math.isnan(p.where[0])]
    at = min(p[0] for p in places), max(p[1] for p in places)
    near = Near(f, g, on, lo, hi, at)
    return Verdict(Grade.PROVED, f"{near}, by {cells}", value=near, tried=(cells,))


# --- what is asked ---


def _asked(f: Any, on: Interval | str | None) -> tuple[Function, Interval]:
    """The function, a chain of boxes too, and the interval."""
    if not isinstance(f, Function):
        diagram = lift(f)
        if diagram is None:
            raise errors.not_liftable(f)
        f, narrow = diagram.as_function("the question")
        on = narrow if on is None else on
    on = domain(f) if on is None else on if isinstance(on, Interval) else Interval(on)
    if on.hole:
        raise errors.two_halves(on)
    return f, on


def _deadline(seconds: Any) -> float:
    """When that time is over; `Refused` if it is none."""
    if not isinstance(seconds, (int, float)) or not 0 < seconds < math.inf:
        raise errors.no_time(seconds)
    return time.monotonic() + seconds


def _trend(f: Function, on: Interval, seconds: float) -> tuple[Trend, tuple[str, ...]]:
    from .oracles.functions import image_of, trend_of

    deadline = _deadline(seconds)
    image_of(f, on, deadline)
    trend = trend_of(f, on, deadline)
    return trend, trend.tried


def _monotone_text(trend: Trend, on: Interval, *, strictly: bool) -> str:
    way = "constant" if trend.rises and trend.falls else "increasing" if trend.rises else "decreasing"
    return f"{'strictly ' if strictly and way != 'constant' else ''}{way} on {on}: {trend.by}"


def _monotone(f: Any, on: Interval | str | None, way: int, strictly: bool, seconds: float) -> Verdict:
    f, on = _asked(f, on)
    trend, tried = _trend(f, on, seconds)
    right = trend.rises if way > 0 else trend.falls
    word = f"{'strictly ' if strictly else ''}{'increasing' if way > 0 else 'decreasing'}"
    if right and (trend.strict or not strictly):
        return Verdict(Grade.PROVED, _monotone_text(trend, on, strictly=trend.strict), value=True, tried=tried)
    values = _values(f, on)
    found = _crossing(values, -way) or (_equal_pair(f, values) if strictly else None)
    if found is not None:
        text = f"not {word} on {on}: {found}"
        return Verdict(Grade.REFUTED, text, value=False, counterexample=found, tried=tried)
    return Verdict(Grade.UNKNOWN, f"not decided whether {f} is {word} on {on}", tried=(*tried, _looked(values)))


# --- values at points ---

Values = Sequence[tuple[Fraction, "Span"]]


def _values(f: Function, on: Interval) -> Values:
    """Enclosures at points of the interval, in order; none without python-flint."""
    from .oracles.functions import have_balls

    return _sampled(f, on) if have_balls() else ()


@lru_cache(maxsize=64)
def _sampled(f: Function, on: Interval) -> Values:
    from .oracles.balls import precision
    from .oracles.cells import at
    from .oracles.functions import eye_of
    from .oracles.numbers import points

    eye, found = eye_of(f), []
    with precision(BITS):
        for x in sorted(points(on)):
            value = at(eye, x)
            if value is not None:
                found.append((x, value))
    return tuple(found)


def _looked(values: Values) -> str:
    return f"values at {len(values)} points do not refute it"


def _crossing(values: Values, way: int) -> Points | None:
    """Two neighbours between which the function certainly rises (1) or falls (-1), near 0 if there are many."""
    neighbours = sorted(pairwise(values), key=lambda pair: max(abs(pair[0][0]), abs(pair[1][0])))
    for (x, u), (y, v) in neighbours:
        if (u if way > 0 else v).before(v if way > 0 else u):
            return Points((x, y), (str(u), str(v)))
    return None


def _equal_pair(f: Function, values: Values) -> Points | None:
    """Two points with one value: an exact one, or one that is constant between them."""
    from .oracles.balls import Span, precision
    from .oracles.enclosure import Undecided
    from .oracles.functions import eye_of

    seen: dict[tuple[str, ...], Fraction] = {}
    for x, v in sorted(values, key=lambda pair: abs(pair[0])):
        if v.exact and v.bounded:
            other = seen.setdefault(tuple(map(str, v.lo.man_exp())), x)
            if other != x:
                return Points((other, x), (str(v), str(v)))
    eye = eye_of(f)
    with precision(BITS):
        for (x, u), (y, _) in pairwise(values):
            try:
                look = eye(Span.closed(x, y))
            except Undecided:
                continue
            if look.continuous and look.jet.slopes.exact and look.jet.slopes.lo == 0:
                return Points((x, y), (str(u), str(u)))
    return None


def _continuous(f: Function, on: Interval) -> bool:
    from .oracles.balls import Span, precision
    from .oracles.enclosure import Undecided
    from .oracles.functions import eye_of

    with precision(64):
        try:
            return eye_of(f)(Span.of(on)).continuous
        except Undecided:
            return False


# --- numbers as text ---


def _decimal(x: Fraction | float) -> str:
    if isinstance(x, float):
        return "∞" if x > 0 else "-∞"
    if abs(x) > 10**15:
        return f"{'-' if x < 0 else ''}10^{len(str(abs(int(x)))) - 1}"
    return str(x) if x.denominator < 1000 and abs(x) < 10**6 else f"{float(x):.10g}"


def _range(lo: Fraction, hi: Fraction) -> str:
    """[lo, hi] in decimals, rounded outward at the first digit in which they differ, or the 17th."""
    if lo == hi and lo.denominator < 1000:
        return f"[{lo}, {hi}]"
    gap = hi - lo
    top = max(abs(hi), Fraction(1, 10**300))
    first = math.floor(math.log10(top))
    digits = 17 if not gap else min(17, max(3, first - math.floor(math.log10(gap)) + 2))
    unit = Fraction(10) ** (first - digits + 1)
    ends: list[tuple[Callable[[Fraction], int], Fraction]] = [(math.floor, lo), (math.ceil, hi)]
    return f"[{', '.join(_scientific(rounded(x / unit), first - digits + 1) for rounded, x in ends)}]"


def _scientific(mantissa: int, exponent: int) -> str:
    if exponent >= 0:
        return str(mantissa * 10**exponent)
    text = str(abs(mantissa)).rjust(1 - exponent, "0")
    if exponent < -30:
        return f"{mantissa}e{exponent}"
    return f"{'-' if mantissa < 0 else ''}{text[:exponent]}.{text[exponent:]}"


def _shown(on: Interval) -> str:
    """An interval with long ends in decimals."""
    if len(str(on)) < 40:
        return str(on)
    lo, hi = (str(e) if isinstance(e, Fraction) and len(str(e)) < 12 else _decimal(e) for e in (on.lo, on.hi))
    return f"{'[' if on.lo_closed else '('}≈{lo}, ≈{hi}{']' if on.hi_closed else ')'}"
