"""Text in pictures: runs with subscripts, widths without a font, and no character that XML forbids.

W1 -> W with subscript 1      x^(1/3) -> x with superscript 1/3      σ' -> σ′      ln∘σ: the word upright, the letter italic
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

__all__ = ["Label", "Run", "clean", "cut", "italic", "plain", "runs", "width"]

SMALL = 0.68  # the size of sub- and superscripts


@dataclass(frozen=True)
class Run:
    """Characters in one style."""

    text: str
    italic: bool = False
    level: int = 0
    """-1 below the line, 1 above it."""


@dataclass(frozen=True)
class Label:
    """A line of text; `y` is its baseline, `anchor` says which point of it `x` is: start, middle or end."""

    x: float
    y: float
    size: float
    anchor: str
    runs: tuple[Run, ...]
    role: str
    """`name`, `port`, `size`, `chart`, `range`, `sign`, `caption`, `number` `note`, `entry` or `formula`."""

    def moved(self, dx: float, dy: float) -> Label:
        return replace(self, x=self.x + dx, y=self.y + dy)

    @property
    def text(self) -> str:
        """The characters without their style."""
        return "".join(r.text for r in self.runs)


# --- characters ---


def clean(text: str) -> str:
    """The text with every control, format, surrogate and unassigned character shown as �."""
    bad = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
    return "".join("\ufffd" if unicodedata.category(c) in bad else c for c in text)


def cut(text: str, longest: int) -> str:
    """The text, cut with … where it is longer.

    >>> cut("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= longest else text[: longest - 1] + "…"


_NARROW, _SLIM, _BROAD = frozenset("ijl.,;:'|!′ ⁻¹"), frozenset('frtsczI()[]{}-"/²³'), frozenset("mwMWQO@%∘—")


def _em(c: str) -> float:
    """About how wide DejaVu Serif draws the character, in ems; a little too wide for narrower fonts."""
    if c in _NARROW:
        return 0.35
    if c in _SLIM:
        return 0.52
    if c in _BROAD:
        return 0.98
    if unicodedata.combining(c):
        return 0.0
    if unicodedata.east_asian_width(c) in "WF":
        return 1.05
    return 0.77 if c.isupper() or not (c.isalnum() or c in "·_") else 0.64


def width(texts: Iterable[Run], size: float) -> float:
    """The estimated width of the runs."""
    return sum(_em(c) * size * (SMALL if r.level else 1.0) for r in texts for c in r.text)


# --- styles ---

_SCRIPT = re.compile(r"#\w+|\^\(([^()]*)\)|\^(-?\w+)|(?<=[^\W\d_])_?(\d+)(?!\w)")
_WORD = re.compile(r"[^\W\d_]+")


def runs(text: str, *, variables: bool = False, longest: int = 26) -> tuple[Run, ...]:
    """The text in its styles: single letters italic, longer words upright (with `variables` italic too), digits after a letter below.

    >>> [(r.text, r.level) for r in runs("W2·W1")]
    [('W', 0), ('2', -1), ('·', 0), ('W', 0), ('1', -1)]
    """
    text = cut(clean(text), longest).replace("'", "′")
    found: list[Run] = []
    end = 0
    for m in _SCRIPT.finditer(text):
        found += _words(text[end : m.start()], variables)
        power, digits = m[1] or m[2], m[3]
        found.append(Run(power, level=1) if power else Run(digits, level=-1) if digits else Run(m[0]))
        end = m.end()
    return (*found, *_words(text[end:], variables))


def _words(text: str, variables: bool) -> list[Run]:
    found: list[Run] = []
    end = 0
    for m in _WORD.finditer(text):
        slanted = variables or len(m[0]) == 1
        for part, style in ((text[end : m.start()], False), (m[0], slanted)):
            if part and found and found[-1].italic == style:
                found[-1] = replace(found[-1], text=found[-1].text + part)
            elif part:
                found.append(Run(part, style))
        end = m.end()
    return [*found, *([Run(text[end:])] if text[end:] else [])]


def italic(text: str, longest: int = 26) -> tuple[Run, ...]:
    """The name of a variable."""
    return runs(text, variables=True, longest=longest)


def plain(text: str, longest: int = 26) -> tuple[Run, ...]:
    """Upright text as it is."""
    return (Run(cut(clean(text), longest)),)
