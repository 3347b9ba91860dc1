"""The report of `convert` as one page: the story of a net in pictures, every claim with its grade and how it is known.

The page is self-contained and runs nothing: no script, no font, no request. Its policy allows its own style sheet and pictures that it carries
itself. Pictures stand in it as SVG; a dark page recolours them through their attributes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from html import escape
from typing import TYPE_CHECKING

from .svg import THEMES

if TYPE_CHECKING:
    from .conversion import Conversion

__all__ = ["page"]

GRADES = {
    "PROVED": "follows from the axioms by the rules; the proof can be replayed",
    "CHECKED": "SymPy's algebra, and agreement of both sides at points to 50 digits: strong, not a proof",
    "ASSUMED": "the user said so",
    "UNKNOWN": "not decided in the time or size given; nothing rests on it",
    "MEASURED": "seen on this machine, on this data, in floats",
}

STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --faint: #59595e; --ground: #ffffff; --line: #d9d7d2; --purple: #7b2d8e; --green: #1b7a43; --amber: #a86500; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem 4rem; background: var(--ground); color: var(--ink); font: 1rem/1.55 "Iowan Old Style", Charter, Georgia, serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; font-weight: 600; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .6rem; font-weight: 600; }
p { max-width: 46rem; margin: .5rem 0; }
.lead { font-size: 1.1rem; }
code, td.number { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .88em; }
figure { margin: 1rem 0; overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; padding: .4rem; }
figure svg, figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figure.broad svg { min-width: 42rem; }
figure.wide svg { max-width: none; margin: 0; }
figcaption { color: var(--faint); font-size: .9rem; padding: .3rem .4rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--faint); font-size: .9rem; }
td.number, th.number { text-align: right; white-space: nowrap; }
.grade { font: 600 .74rem/1 system-ui, sans-serif; letter-spacing: .04em; padding: .22rem .45rem; border-radius: 3px; border: 1px solid currentColor; white-space: nowrap; }
.PROVED { color: var(--green); } .CHECKED { color: var(--purple); } .ASSUMED, .REFUTED { color: #b3261e; } .UNKNOWN { color: var(--faint); } .MEASURED { color: var(--amber); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; align-items: baseline; } dd { margin: 0; }
@media (max-width: 40rem) { body { padding: 1.2rem .8rem 3rem; } dl { display: block; } dd { margin: 0 0 .5rem; } }
"""


def page(c: Conversion, pictures: Mapping[str, str], dark: Mapping[str, str]) -> str:
    """The page. `pictures` are the files' SVG by name; `dark` holds those that cannot be recoloured, drawn for dark pages."""
    style = STYLE + _dark()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    name = escape(c.source.replace("\\", "/").rsplit("/", 1)[-1])
    body = "\n".join([*_story(c, name, pictures, dark), *_claims(c), *_numbers(c), *_again(c)])
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name} and its additive twin</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def _dark() -> str:
    """On a dark page the colours of the light theme become those of the dark one."""
    light, dark = THEMES["light"], THEMES["dark"]
    rules = [
        f"body {{ --ink: {dark.ink}; --ground: {dark.ground}; --faint: #b3b0ab; --line: #3a3d45; }}",
        "body { --purple: #d9a3ea; --green: #7ccf9b; --amber: #e6ac55; }",
        ".ASSUMED, .REFUTED { color: #ff8a80; }",
    ]
    pairs = {
        f.name: pair for f, pair in zip(fields(light), zip(astuple(light), astuple(dark), strict=True), strict=True)
    }
    ground = pairs.pop("ground")
    for old, new in dict.fromkeys(pairs.values()):
        rules += [f'figure svg [{a}="{old}"] {{ {a}: {new}; }}' for a in ("fill", "stroke")]
    rules.append(f"figure svg .core {{ stroke: {ground[1]}; }}")
    rules.append(f"figure svg rect.ground {{ fill: {ground[1]}; }}")
    return "@media (prefers-color-scheme: dark) {\n" + "\n".join(rules) + "\n}\n"


# --- pictures ---


def _figure(name: str, pictures: Mapping[str, str], dark: Mapping[str, str], caption: str) -> list[str]:
    if name not in pictures:
        return []
    text = pictures[name]
    if name in dark:
        body = f'<picture><source media="(prefers-color-scheme: dark)" srcset="{_data(dark[name])}"><img alt="{escape(caption)}" src="{_data(text)}"></picture>'
    else:
        body = re.sub(r' id="', f' id="{name.removesuffix(".svg")}-', text[text.index("<svg") :])
    width = re.search(r'width="([\d.]+)"', text)
    size = float(width[1]) if width else 0.0
    wide = ' class="wide"' if size > 1400 else ' class="broad"' if size > 700 else ""
    return [f"<figure{wide}>{body}<figcaption>{escape(caption)}</figcaption></figure>"]


def _data(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _story(c: Conversion, name: str, pictures: Mapping[str, str], dark: Mapping[str, str]) -> list[str]:
    ends = ", ".join(f"{escape(k)} in {escape(v)}" for k, v in c.coordinates.items())
    moved = any(v.startswith("ln ") for v in c.coordinates.values())
    lines = [
        f"<h1>{name} and its additive twin</h1>",
        f'<p class="lead">The net multiplies: each of its purple layers raises its inputs to powers and multiplies them. Its twin adds: the same '
        f"{c.shared_arrays} arrays as plain matrix products, and another nonlinearity between them. For every input in its domain the two give "
        f"the same output, in the coordinates below. {_grade('PROVED')}</p>" if c.grade == "PROVED" else
        f'<p class="lead">For every input the net and its twin give the same output, as far as the claims below go. {_grade(c.grade)}</p>',
        "<h2>The net</h2>",
        *_figure("before.svg", pictures, dark, f"{c.layers} layers, {c.boxes[0]} boxes; wires carry vectors, read from left to right"),
        "<h2>How it becomes its twin</h2>",
        "<p>Every frame equals the one above it; where ends are absorbed, in the coordinates that its ports name. Dashes stand round what the next step rewrites; a tint lies on what the last step made.</p>",
        *_figure("film.svg", pictures, dark, f"{sum(c.steps.values()):,} steps: " + ", ".join(f"{n:,} × {r}" for r, n in c.steps.items())),
        "<h2>The twin</h2>",
        f"<p>Ports: {ends}." + (" Its file says so, and <code>twin.run(x)</code> takes the original data.</p>" if moved else "</p>"),
        *_figure("after.svg", pictures, dark, f"the twin, {c.boxes[1]} boxes"),
        *_figure("equation.svg", pictures, dark, "the theorem"),
    ]  # fmt: skip
    if "activation.svg" in pictures:
        lines += [
            "<h2>Its nonlinearity</h2>",
            "<p>Read as drawn, σ′ is <code>exp ; σ ; ln</code>; as a composition, <code>ln ∘ σ ∘ exp</code>.</p>",
            *_figure("activation.svg", pictures, dark, "σ on positive inputs, and the σ′ that stands in the twin"),
        ]
    lines += [f"<p>Where exp or ln stay inside: {escape(s)}</p>" for s in c.seams]
    return lines


# --- claims ---


def _grade(grade: str) -> str:
    return f'<span class="grade {escape(grade)}">{escape(grade)}</span>'


Row = tuple[str, str, str]
"""A claim, its grade, how it is known; as HTML."""


def _claims(c: Conversion) -> list[str]:
    rows = [*_known(c), *_measured(c)]
    used = dict.fromkeys(grade for _, grade, _ in rows)
    return [
        "<h2>What is claimed, and how it is known</h2>",
        *_table(("claim", "grade", "how it is known"), [(a, _grade(g), b) for a, g, b in rows]),
        "<dl>",
        *(f"<dt>{_grade(g)}</dt><dd>{escape(text)}</dd>" for g, text in GRADES.items() if g in used),
        "</dl>",
        "<p>Theorems are about real numbers. What floats make of them is measured, and labelled so.</p>",
    ]


def _known(c: Conversion) -> Iterable[Row]:
    r = c.report
    axioms = ", ".join(c.families)
    yield (
        f"<code>{escape(_short(c.statement))}</code>", r.grade.name,
        f"{sum(c.steps.values()):,} steps from {len(c.rests_on)} instances of axioms ({escape(axioms)}); a second reader that shares no code with "
        f"the engine replayed proof.json: {escape(c.reader)}",
    )  # fmt: skip
    if r.parameter_preserving:
        yield (
            "A loss that looks at these outputs, and its gradients, are the same functions of the weights", r.grade.name,
            "both sides hold the same weights and biases, bare; equal functions of them have one loss surface and one gradient",
        )  # fmt: skip
    for claim in (*r.axioms, *r.facts):
        yield f"<code>{escape(claim.name)}</code>", claim.grade.name, f"{escape(claim.by)}: {escape(claim.evidence)}"
    for n in r.nonlinearities:
        simple = f" = {n.simplified}" if n.simplified != n.expression else ""
        claim_ = f"{n.name}(x) = {n.expression}{simple} on {n.on}"
        yield (
            f"<code>{escape(claim_)}</code>, the chain <code>{escape(n.chain)}</code>",
            n.grade.name,
            escape(n.evidence),
        )
    for claim in r.checks:
        yield f"<code>{escape(claim.name)}</code>", claim.grade.name, f"{escape(claim.by)}: {escape(claim.evidence)}"


def _measured(c: Conversion) -> Iterable[Row]:
    a = c.agreement
    yield (
        "The twin holds the very arrays of the net", "MEASURED",
        f"{c.shared_arrays} of {c.arrays} arrays are the same objects, with the same bytes in twin.safetensors",
    )  # fmt: skip
    where = "ln y" if any(v.startswith("ln ") for v in c.coordinates.values()) else "y"
    usable = a.count - a.unusable
    claim = f"Outputs agree to {a.largest:.2g} in {where}" if usable else "No outputs could be compared"
    kept = f"; compared on the {usable} of {a.count} at which both are finite" if a.unusable else ""
    yield claim, "MEASURED", f"both forms run on {a.count} {escape(a.data)} in {escape(a.dtype)}{kept}"
    if a.correct is not None:
        net, twin = (f"{100 * n / a.count:.1f} %" for n in a.correct)
        yield (
            f"Accuracy: net {net}, twin {twin}", "MEASURED", f"on {a.count} {escape(a.data)}; the same answer on {a.same_labels}"
        )  # fmt: skip
    if c.floats is not None:
        first, *more = c.floats.lines()
        claim = (
            "There is an input at which only the twin stays in floats"
            if c.floats.found
            else "No input was found at which only the twin stays in floats"
        )
        yield claim, "MEASURED", escape("; ".join([first, *more]))


def _short(statement: str, longest: int = 600) -> str:
    half = longest // 2
    return statement if len(statement) <= longest else f"{statement[:half]} … {statement[-half:]}"


# --- numbers ---


def _numbers(c: Conversion) -> list[str]:
    lines = ["<h2>What it costs</h2>"]
    if c.costs:
        names = {"product": "net, as products of powers", "run": "net, as run: exp(W ln x + b)", "twin": "twin"}
        cells = [(names[k], *(f"{n:,}" for n in v.as_json().values())) for k, v in c.costs.items()]
        lines += _table(("form, for one input", "flops", "pow", "exp", "ln", "σ"), cells, numbers=1)
    a = c.agreement
    times = [
        ("derivation", c.derive_seconds), ("second reader", c.reader_seconds),
        (f"net on {a.count} samples", a.milliseconds[0] / 1000), (f"twin on {a.count} samples", a.milliseconds[1] / 1000),
    ]  # fmt: skip
    lines += _table(("time, on this machine", "ms"), [(escape(n), f"{1000 * s:.2f}") for n, s in times], numbers=1)
    return lines


def _again(c: Conversion) -> list[str]:
    files = [f.replace("\\", "/").rsplit("/", 1)[-1] for f in c.files]
    return [
        "<h2>Check it again</h2>",
        "<p>Beside this page lie "
        + ", ".join(f"<code>{escape(f)}</code>" for f in files if f != "index.html")
        + ".</p>",
        "<p><code>sigmaprime check proof.json</code> replays the proof; the reader is one module of the standard library alone and can be run and "
        "read by itself.</p>",
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 10) -> list[str]:
    """Cells are HTML; from column `numbers` on they are numbers."""

    def row(cells: Sequence[str], tag: str) -> str:
        kinds = (' class="number"' if i >= numbers else "" for i in range(len(cells)))
        return "<tr>" + "".join(f"<{tag}{k}>{c}</{tag}>" for k, c in zip(kinds, cells, strict=True)) + "</tr>"

    return ['<div class="scroll"><table>', row(head, "th"), *(row(r, "td") for r in rows), "</table></div>"]
