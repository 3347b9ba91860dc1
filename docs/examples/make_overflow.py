"""Make `overflow.safetensors`: a net that leaves the floats in its multiplicative form, and not as its additive twin.

    python docs/examples/make_overflow.py [folder]

Three layers of width 64 and tanh, in float32; the weights are normal with standard deviation 6/8, from a fixed seed. It is not trained. On
inputs e^±6 its wires run through hundreds of powers of ten: `sigmaprime range docs/examples/overflow.safetensors` says what each form makes
of that.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from sigmaprime.diagrams import mul, save, tanh

WIDTH, SEED = 64, 0


def main(folder: Path) -> None:
    """Write the net."""
    rng = np.random.default_rng(SEED)
    net = (mul("W1", WIDTH, WIDTH) >> tanh >> mul("W2", WIDTH, WIDTH) >> tanh >> mul("W3", WIDTH, WIDTH)).named(
        inputs=["x"], outputs=["y"]
    )
    weights = {f"W{i}": (6 / 8 * rng.standard_normal((WIDTH, WIDTH))).astype(np.float32) for i in (1, 2, 3)}
    save(net(**weights), folder / "overflow.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
