"""The page that `convert` writes: whole, self-contained, and saying no more than is known."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigmaprime.diagrams import Wire, diagram, mul, positive, save, tanh, wire
from sigmaprime.render.cli import main
from sigmaprime.render.svg import THEMES

VOID = {"meta", "source", "img", "br"}
chromium = next((p for p in ("chromium", "chromium-browser", "google-chrome") if shutil.which(p)), None)
needs_browser = pytest.mark.skipif(chromium is None, reason="install Chromium, so that `chromium` is on the PATH")


class Page(HTMLParser):
    """Tags, ids, addresses and text of a page; fails on a tag that is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.words = ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [v or "" for k, v in attrs if k == "id"]
        self.addresses += [v or "" for k, v in attrs if k in ("src", "srcset", "href", "xlink:href", "action", "data")]
        assert not [k for k, _ in attrs if k == "style" or k.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
def text(converted: Any) -> str:
    found: str = (converted.folder / "index.html").read_text()
    return found


def test_the_page_is_well_formed_and_no_id_stands_twice(text: str) -> None:
    page = Page(text)
    assert len(set(page.ids)) == len(page.ids) > 20


def test_nothing_is_run_and_nothing_is_fetched(text: str) -> None:
    page = Page(text)
    assert "script" not in page.tags
    assert all(a.startswith("data:image/svg+xml;base64,") for a in page.addresses)
    assert "url(" not in text.split("</style>")[1]


def test_the_policy_allows_this_style_sheet_and_no_other(text: str) -> None:
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert style
    assert policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].startswith(f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;")
    assert "unsafe" not in policy[1]


def test_a_dark_page_has_a_colour_for_every_colour_of_the_pictures(text: str) -> None:
    used = set(re.findall(r'(?:fill|stroke)="(#\w+)"', text))
    dark = text.split("prefers-color-scheme: dark")[1].split("</style>")[0]
    assert used
    assert all(f'[fill="{c}"]' in dark for c in used)
    assert THEMES["dark"].ground in dark


def test_every_claim_has_its_grade_and_floats_are_measured(text: str) -> None:
    rows = re.findall(r"<tr><td>(.*?)</td><td><span class=\"grade (\w+)\">", text, re.S)
    grades = {unescape(re.sub("<.*?>", "", claim)): grade for claim, grade in rows}
    assert (
        grades["A loss that looks at these outputs, and its gradients, are the same functions of the weights"]
        == "PROVED"
    )
    for start in ("Outputs agree", "Accuracy", "The twin holds", "There is an input"):
        assert {g for c, g in grades.items() if c.startswith(start)} == {"MEASURED"}
    assert {g for c, g in grades.items() if c.startswith("tanh'(x)")} == {"PROVED"}


def test_the_page_tells_the_story_in_pictures(text: str) -> None:
    assert re.findall(r"<h2>(.*?)</h2>", text)[:4] == [
        "The net", "How it becomes its twin", "The twin", "Its nonlinearity",
    ]  # fmt: skip
    assert text.count("<svg") == 4
    assert text.count("<figure") == 5


def test_names_are_text(tmp_path: Path) -> None:
    layer = mul("W<b>&", 3, 3)(**{"W<b>&": np.full((3, 3), 0.1)})
    save(layer >> tanh >> layer, tmp_path / "a&b<i>.safetensors")
    assert main(["convert", str(tmp_path / "a&b<i>.safetensors"), "-o", str(tmp_path / "out")]) == 0
    page = Page((tmp_path / "out" / "index.html").read_text())
    assert not {"b", "i"} & set(page.tags)
    assert "a&b<i>.safetensors" in page.words


def test_a_net_without_data_or_weights_of_its_own_has_its_page_too(tmp_path: Path) -> None:
    @diagram(wire(3, positive))
    def block(x: Wire) -> Wire:
        return x * mul("W", 3, 3)(tanh(x))

    save(block(W=np.full((3, 3), 0.2)), tmp_path / "net.safetensors")
    assert main(["convert", str(tmp_path / "net.safetensors"), "-o", str(tmp_path / "out")]) == 0
    assert "random inputs" in Page((tmp_path / "out" / "index.html").read_text()).words


@needs_browser
def test_a_browser_blocks_nothing_on_the_page(text: str, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(text)
    assert chromium is not None
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--enable-logging=stderr",
    ]
    shown = subprocess.run(
        [chromium, *flags, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", f"file://{tmp_path / 'index.html'}"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "<h2>The net</h2>" in shown.stdout
    assert "Content Security Policy" not in shown.stderr
