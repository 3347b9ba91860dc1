"""Train a multiplicative net on handwritten digits, in its multiplicative form, and write it as `digits.safetensors`.

    python docs/examples/train_digits.py [folder]

The data are scikit-learn's 8×8 digits. Inputs are exp(pixel/16), so they are positive; the loss is the cross-entropy of ln y, so
that the outputs of the multiplicative net are read as unnormalised probabilities. Every forward pass is sigmaprime's own evaluation on PyTorch
arrays. The held-out images go to `digits.test.safetensors`: the inputs `x`, and their `labels`. Needs `pip install 'sigmaprime[examples]'`.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sigmaprime.diagrams import mul, save, tanh

SIZES = (64, 32, 32, 10)
EPOCHS, BATCH = 40, 64


def main(folder: Path) -> float:
    """Train, write both files, and return the accuracy on the held-out images."""
    torch.manual_seed(0)
    torch.set_num_threads(1)  # the net is small: threads would cost more than they give
    pixels, labels = load_digits(return_X_y=True)
    split = train_test_split(pixels, labels, test_size=0.2, random_state=0, stratify=labels)
    x, x_test = (torch.tensor(np.exp(part / 16), dtype=torch.float32) for part in split[:2])
    y, y_test = (torch.tensor(part) for part in split[2:])

    net = (
        mul("W1", SIZES[0], SIZES[1], bias="b1")
        >> tanh
        >> mul("W2", SIZES[1], SIZES[2], bias="b2")
        >> tanh
        >> mul("W3", SIZES[2], SIZES[3], bias="b3")
    ).named(inputs=["x"], outputs=["y"])

    weights: dict[str, torch.Tensor] = {}
    for i, (n, m) in enumerate(pairwise(SIZES), 1):
        weights[f"W{i}"] = (torch.randn(m, n) / n**0.5).requires_grad_()
        weights[f"b{i}"] = torch.zeros(m, requires_grad=True)
    net = net(**weights)  # the arrays stand beside the diagram and are trained in place

    optimizer = torch.optim.Adam(weights.values(), lr=1e-2, weight_decay=1e-5)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for epoch in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(x[batch]).log(), y[batch])
            loss.backward()
            optimizer.step()
        schedule.step()
        if epoch % 10 == 9:
            with torch.no_grad():
                accuracy = float((net(x_test).argmax(-1) == y_test).float().mean())
            print(f"epoch {epoch + 1}: loss {loss.item():.4f}, held-out accuracy {accuracy:.4f}")

    save(net, folder / "digits.safetensors")
    save_file({"x": x_test.numpy(), "labels": y_test.numpy()}, folder / "digits.test.safetensors")
    return accuracy


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
