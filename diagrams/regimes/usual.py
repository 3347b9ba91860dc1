"""The usual activations: their forms are shipped in `table.py`, written by

    python -m sigmaprime.diagrams.regimes.usual --write

Without `--write` it prints how each does in floats.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from .choose import generate
from .form import Form, Forms
from .formal import of_chain

__all__ = ["USUAL", "key", "written"]

USUAL: dict[str, tuple[str, tuple[Fraction, ...]]] = {
    "sigmoid": ("sigmoid", ()),
    "1 + x": ("shift", (Fraction(1),)),
    "softsign": ("softsign", ()),
    "tanh": ("tanh", ()),
    "softplus": ("softplus", ()),
    "silu": ("swish", (Fraction(1),)),
    "gelu": ("gelu", ()),
    "mish": ("mish", ()),
    "erf": ("erf", ()),
    "atan": ("atan", ()),
    "sinh": ("sinh", ()),
    "asinh": ("asinh", ()),
    "cosh": ("cosh", ()),
    "log1p": ("log1p", ()),
    "squareplus": ("squareplus", (Fraction(4),)),
    "bent identity": ("bent_identity", ()),
    "x - tanh x": ("tanhshrink", ()),
}
"""The catalogue entry, with its parameters, of every usual activation."""


def key(name: str, parameters: Sequence[Any]) -> str:
    """How the table calls an entry: swish(1).

    >>> key("swish", [Fraction(1)])
    'swish(1)'
    """
    return f"{name}({', '.join(map(str, parameters))})" if parameters else name


def form_of(name: str, parameters: Sequence[Fraction]) -> Forms:
    """The forms of one entry, by the search."""
    return generate(of_chain([(name, parameters)]))


def written(table: dict[str, Forms]) -> str:
    """The module that holds the table."""
    lines = [
        '"""Written by `python -m sigmaprime.diagrams.regimes.usual --write`: borders and programs of the usual σ\', by type."""',
        "",
    ]
    lines += ["from __future__ import annotations", "", "from typing import Any", "", '__all__ = ["TABLE"]', ""]
    lines += ["# fmt: off", "TABLE: dict[str, dict[str, tuple[tuple[float, ...], tuple[Any, ...]]]] = {"]
    for name, forms in table.items():
        lines.append(f"    {name!r}: {{".replace("'", '"'))
        for dtype, form in forms.items():
            lines.append(f'        "{dtype}": ({form.borders!r}, (')
            lines += [f"            {program!r},".replace("'", '"') for program in form.programs]
            lines.append("        )),")
        lines.append("    },")
    return "\n".join([*lines, "}", ""])


def main(arguments: Sequence[str]) -> None:
    """Write the table, or print the report."""
    if list(arguments) == ["--write"]:
        from ..files import write_whole

        table: dict[str, dict[str, Form]] = {}
        for name, parameters in USUAL.values():
            table[key(name, parameters)] = dict(form_of(name, parameters))
            print(
                key(name, parameters),
                *(f"{d}: {len(f.programs)} regimes" for d, f in table[key(name, parameters)].items()),
            )
        write_whole(Path(__file__).with_name("table.py"), written(table).encode())  # type: ignore[arg-type]
        return
    from .measure import report

    print(report())


if __name__ == "__main__":
    main(sys.argv[1:])
