"""One line on a terminal for what takes longer than a second; nothing in a pipe or a file."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Self, TextIO

__all__ = ["Progress"]

PATIENCE, BEAT = 1.0, 0.2


class Progress:
    """`with Progress() as tell: tell("the second reader checks 7 steps")` shows the text and the seconds, once a second has passed.

    The line stands on standard error and is wiped at the end. A thread writes it, so one long call is shown as well.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = sys.stderr if stream is None else stream
        self.text, self.shown = "", False
        self._start = time.monotonic()
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, text: str) -> None:
        """What is being done from now on."""
        self.text = text

    def __enter__(self) -> Self:
        if self.stream.isatty():
            self._start = time.monotonic()
            self._thread = threading.Thread(target=self._show, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()
        if self.shown:
            self._write("")

    def _show(self) -> None:
        wait = PATIENCE
        while not self._done.wait(wait):
            wait, self.shown = BEAT, True
            self._write(f"{self.text[:70]} … {time.monotonic() - self._start:.0f} s")

    def _write(self, line: str) -> None:
        self.stream.write(f"\r\x1b[K{line}")
        self.stream.flush()
