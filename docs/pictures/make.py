"""Make the pictures of README.md; a test compares the files with what this makes.

python docs/pictures/make.py
"""

from __future__ import annotations

from pathlib import Path

from sigmaprime.diagrams import Function, mul, positive
from sigmaprime.render import Picture, film
from sigmaprime.rewrite import absorb, to_additive


def pictures() -> dict[str, Picture]:
    """Every picture by its file name."""
    sigma = Function("σ", positive, positive)
    net = mul("W1", 3, 3) >> sigma >> mul("W2", 3, 3) >> sigma >> mul("W3", 3, 3)
    return {"twin.svg": film(absorb(to_additive(net)), view="neuron")}


if __name__ == "__main__":
    for name, picture in pictures().items():
        picture.save(Path(__file__).with_name(name))
