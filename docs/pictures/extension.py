"""Sphinx: runs the code of every page that is read, and puts in the pictures and tables that it makes.

A block that fails is a warning, and so ends a build with `-W`. Every picture is made twice, for light and for dark pages.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from page import THEMES, Failed, missing, run
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

log = logging.getLogger(__name__)
MAKING = ("{picture}", "{rows}", "{book}")
WIDE = 544  # pictures that are wider may be scrolled rather than become small

values: dict[str, list[Any]] = {}
"""By page: what its pictures and tables are, in order; None where the page was not run."""


def run_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """Run a page when it is read."""
    found: list[Any] = []
    values[docname] = found
    if missing(source[0]):
        return
    try:
        found += [value for block, value in run(source[0]) if block.word in MAKING]
    except Failed as failure:
        log.warning("%s", failure, location=(docname, failure.line))


class Made(SphinxDirective):
    """What the page's code made, in its place."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def made(self) -> Any:
        """The next value; None if the page was not run."""
        waiting = values[self.env.docname]
        return waiting.pop(0) if waiting else None

    def absent(self) -> list[nodes.Node]:
        """What stands where nothing was made."""
        note = nodes.note()
        note += nodes.paragraph(text="Not made in this build: a package that this page needs is not installed.")
        return [note]

    def figure(self, pictures: Any, alt: str | None = None) -> nodes.figure:
        """A picture in both themes; a click shows it by itself."""
        figure = nodes.figure(classes=["picture"])
        for theme in THEMES:
            text = pictures[theme].text
            path = self.saved(text, theme)
            image = nodes.image(uri=f"/{path}", alt=alt or described(text))
            image["classes"] = [f"only-{theme}", *["wide"] * (width_of(text) > WIDE)]
            whole = "../" * self.env.docname.count("/") + f"_images/{path.name}"  # where the HTML builder copies it
            figure += nodes.reference("", "", image, refuri=whole)
        return figure

    def saved(self, text: str, theme: str) -> Path:
        """Write the picture beside the build; its path from the source folder."""
        number = self.env.new_serialno("picture") // len(THEMES)
        path = Path("_build", "pictures", f"{self.env.docname.replace('/', '-')}-{number}-{theme}.svg")
        file = Path(self.env.srcdir, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return path


class PictureDirective(Made):
    """A figure: the expression (unless `:hide:`), the picture, the caption."""

    option_spec = {"hide": directives.flag, "alt": directives.unchanged}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        pictures = self.made()
        if pictures is None:
            return self.absent()
        figure = self.figure(pictures, self.options.get("alt"))
        if self.content:
            caption = nodes.caption()
            for paragraph in self.parsed(self.content):
                caption += paragraph.children
            figure += caption
        code = nodes.literal_block(self.arguments[0], self.arguments[0], language="python", classes=["makes"])
        return [figure] if "hide" in self.options else [code, figure]

    def parsed(self, content: StringList) -> list[Any]:
        """The caption, which may hold formulas."""
        holder = nodes.container()
        self.state.nested_parse(content, self.content_offset, holder)
        return list(holder.children)


class RowsDirective(Made):
    """A table, the first row its head; text between backquotes is code, [text](#place) a link."""

    def run(self) -> list[nodes.Node]:
        rows = self.made()
        if rows is None:
            return self.absent()
        table, group = nodes.table(classes=["made"]), nodes.tgroup(cols=len(rows[0]))
        group += [nodes.colspec(colwidth=1) for _ in rows[0]]
        head, body = nodes.thead(), nodes.tbody()
        for row in rows:
            line = nodes.row()
            line += [nodes.entry("", nodes.paragraph("", "", *cell(text))) for text in row]
            if row is rows[0]:
                head += line
            else:
                body += line
        group += [head, body]
        table += group
        return [table]


class BookDirective(Made):
    """Entries of the rule book: each a section with its statement as text and picture, what is to be known of it, and its proof."""

    def run(self) -> list[nodes.Node]:
        entries = self.made()
        return self.absent() if entries is None else [self.entry(*e) for e in entries]

    def entry(self, entry: Any, stated: Any, proof: Any) -> nodes.section:
        theorem = entry.equation
        label = f"rule-{entry.name.replace('_', '-')}"
        found = nodes.section(ids=[label], names=[label])
        self.state.document.note_explicit_target(found, found)  # any page may say [...](#rule-...)
        found += nodes.title("", "", *cell(f"`{entry.name}`"))
        found += nodes.paragraph(text=entry.says)
        text = str(theorem).removeprefix("⊢ ")
        found += nodes.literal_block(text, text, language="text")
        found += self.figure(stated)
        kept = (
            "the parameters: the same weights on both sides"
            if entry.parameter_preserving
            else "only the function: the weights change"
        )
        known = [
            ("Where", "everywhere that its wires allow" if entry.condition == "none" else entry.condition),
            (
                "Grade",
                theorem.grade.name + {"axiom": ", as an axiom", "definition": ", as a definition"}.get(entry.kind, ""),
            ),
            ("Keeps", kept),
            ("In code", f"`{entry.code}`"),
        ]
        if entry.kind == "theorem":
            steps = len(theorem.steps)
            known.append(
                ("Rests on", ", ".join(f"`{a}`" for a in entry.rests_on) + f"; {steps} step{'s'[: steps > 1]}")
            )
        fields = nodes.field_list(classes=["facts"])
        for name, value in known:
            body = nodes.field_body("", nodes.paragraph("", "", *cell(value)))
            fields += nodes.field("", nodes.field_name(text=name), body)
        found += fields
        if proof:
            figure = self.figure(proof)
            figure += nodes.caption(text="The proof.")
            found += figure
        return found


def cell(text: str) -> list[nodes.Node]:
    """Text with `code`; or a link to a place of the page, as [`code`](#place)."""
    if link := re.fullmatch(r"\[(.+)\]\(#(.+)\)", text):
        return [nodes.reference("", "", *cell(link[1]), internal=True, refid=link[2])]
    parts = text.split("`")
    return [nodes.literal(text=p) if i % 2 else nodes.Text(p) for i, p in enumerate(parts) if p]


def described(svg: str) -> str:
    """What a picture says of itself, for who does not see it."""
    found = re.search(r"<desc>(.*?)</desc>", svg, re.DOTALL) or re.search(r"<title>(.*?)</title>", svg, re.DOTALL)
    return unescape(found[1]) if found else ""


def width_of(svg: str) -> float:
    """The width of a picture in pixels."""
    found = re.search(r'<svg[^>]*?\bviewBox="[\d.-]+ [\d.-]+ ([\d.]+)', svg)
    return float(found[1]) if found else 0.0


def plain(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are plain text with code between backquotes: what is markup elsewhere is escaped outside of code and examples."""
    example = False
    for i, line in enumerate(lines):
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        if not example:
            parts = line.split("`")
            parts[::2] = [re.sub(r"([|*])|(?<=\w)_(?!\w)", lambda m: f"\\{m[0]}", text) for text in parts[::2]]
            lines[i] = "`".join(parts)


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls."""
    app.add_directive("picture", PictureDirective)
    app.add_directive("rows", RowsDirective)
    app.add_directive("book", BookDirective)
    app.connect("source-read", run_page)
    app.connect("autodoc-process-docstring", plain)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
