"""Train the digits net with four activations, each in both forms in lock-step, and print what is measured.

    python docs/examples/train_claims.py [seeds] [epochs]

σ is tanh, sigmoid, ReLU and max(x, 1). The multiplicative net reads x = exp(pixel/16), its twin ln x; both start at the same weights, see the same
batches, minimise the cross-entropy of their logits (ln y of the multiplicative net), and each follows its own gradients, in float64. The two forms are
the sides of one theorem. A linear model in ln x is trained beside them, and the trained ReLU net is fused into one layer by the rules.
Needs `pip install 'sigmaprime[examples]'`.
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sigmaprime.diagrams import Diagram, Function, add, exp, ln, max1, mul, relu, sigmoid, tanh
from sigmaprime.rewrite import Equation, absorb, cancel, companion, fuse, to_additive

SIGMAS = {"(a) tanh": tanh, "(b) sigmoid": sigmoid, "(c) ReLU": relu, "(d) max(x, 1)": max1}
SIZES = (64, 32, 32, 10)
BATCH = 64

Weights = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Run:
    """What one seed gave: held-out accuracies of both forms, the largest differences of loss and of parameters on the way."""

    multiplicative: float
    additive: float
    loss: float
    """Largest |difference of the losses| of all steps."""
    parameters: float
    """Largest |difference of a parameter| at the end, over the largest |parameter|."""
    same: float
    """The part of the held-out images on which both forms predict the same digit."""
    trained: Weights


def data() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """ln x and labels, to train and held out; pixels are scaled to [0, 1]."""
    pixels, labels = load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(pixels / 16, labels, test_size=0.2, random_state=0, stratify=labels)
    return torch.tensor(x), torch.tensor(x_test), torch.tensor(y), torch.tensor(y_test)


def net(sigma: Function) -> Diagram:
    """mul ; σ ; mul ; σ ; mul"""
    first, second, third = (mul(f"W{i}", n, m, bias=f"b{i}") for i, (n, m) in enumerate(pairwise(SIZES), 1))
    return first >> sigma >> second >> sigma >> third


def start(seed: int, sizes: tuple[int, ...] = SIZES) -> Weights:
    """Normal weights of variance 1 / inputs, biases 0."""
    draw = torch.Generator().manual_seed(seed)
    weights: Weights = {}
    for i, (n, m) in enumerate(pairwise(sizes), 1):
        weights[f"W{i}"] = (torch.randn(m, n, generator=draw, dtype=torch.float64) / n**0.5).requires_grad_()
        weights[f"b{i}"] = torch.zeros(m, dtype=torch.float64).requires_grad_()
    return weights


def lock_step(theorem: Equation, seed: int, epochs: int) -> Run:
    """Train both sides of ⊢ exp ; net ; ln = twin, each by itself."""
    x, x_test, y, y_test = data()
    sides, weights = (theorem.lhs, theorem.rhs), (start(seed), start(seed))
    steps = [torch.optim.Adam(w.values(), lr=1e-2) for w in weights]
    order, apart = torch.Generator().manual_seed(seed), 0.0
    for _ in range(epochs):
        for batch in torch.randperm(len(x), generator=order).split(BATCH):
            losses = []
            for side, w, step in zip(sides, weights, steps, strict=True):
                step.zero_grad()
                loss = torch.nn.functional.cross_entropy(side(x[batch], **w), y[batch])
                loss.backward()
                step.step()
                losses.append(loss.item())
            apart = max(apart, abs(losses[0] - losses[1]))
    with torch.no_grad():
        said = [side(x_test, **w).argmax(-1) for side, w in zip(sides, weights, strict=True)]
        gap = max(float((a - b).abs().max()) for a, b in zip(weights[0].values(), weights[1].values(), strict=True))
        largest = max(float(a.abs().max()) for a in weights[1].values())
    right = [float((s == y_test).double().mean()) for s in said]
    return Run(*right, apart, gap / largest, float((said[0] == said[1]).double().mean()), weights[0])


def linear(seed: int, epochs: int) -> float:
    """The held-out accuracy of one additive layer on ln x."""
    x, x_test, y, y_test = data()
    sizes = (SIZES[0], SIZES[-1])
    layer, w = add("W1", *sizes, bias="b1"), start(seed, sizes)
    step, order = torch.optim.Adam(w.values(), lr=1e-2), torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        for batch in torch.randperm(len(x), generator=order).split(BATCH):
            step.zero_grad()
            torch.nn.functional.cross_entropy(layer(x[batch], **w), y[batch]).backward()
            step.step()
    with torch.no_grad():
        return float((layer(x_test, **w).argmax(-1) == y_test).double().mean())


def collapsed(trained: Weights) -> tuple[Equation, float, float]:
    """⊢ the ReLU net = one layer; on held-out images the largest difference of logits (over the largest logit), and equal predictions."""
    theorem = (exp >> net(relu).rewrite(cancel, fuse) >> ln).rewrite(companion)
    _, x_test, _, _ = data()
    with torch.no_grad():
        deep = (net(relu)(x_test.exp(), **trained)).log()
        one = theorem.rhs(x_test, **trained)
    same = float((deep.argmax(-1) == one.argmax(-1)).double().mean())
    return theorem, float((deep - one).abs().max() / deep.abs().max()), same


def percent(values: list[float]) -> str:
    return f"{100 * statistics.fmean(values):.1f} ({100 * min(values):.1f} to {100 * max(values):.1f})"


def table(seeds: int = 5, epochs: int = 20) -> list[tuple[str, ...]]:
    """Rows, the head first: accuracies in % as mean (least to largest), differences as the largest of all seeds."""
    head = ("σ", "multiplicative, %", "additive, %", "same digit, %", "loss differs by", "parameters differ by")
    rows = [head]
    for name, sigma in SIGMAS.items():
        runs = [lock_step(absorb(to_additive(net(sigma))), seed, epochs) for seed in range(seeds)]
        rows.append(
            (
                name,
                percent([r.multiplicative for r in runs]),
                percent([r.additive for r in runs]),
                f"{100 * min(r.same for r in runs):.1f}",
                f"{max(r.loss for r in runs):.1e}",
                f"{max(r.parameters for r in runs):.1e}",
            )
        )
        if sigma is relu:
            theorem, gap, same = collapsed(runs[0].trained)
            print(
                f"{theorem}\n  measured at trained weights: logits differ by {gap:.1e}, {100 * same:.1f} % equal digits"
            )
    rows.append(("linear in ln x", "-", percent([linear(seed, epochs) for seed in range(seeds)]), "-", "-", "-"))
    return rows


def main(seeds: int = 5, epochs: int = 20) -> None:
    """Print the table."""
    torch.set_num_threads(1)  # the net is small: threads would cost more than they give
    print(f"measured: {seeds} seeds, {epochs} epochs, float64, PyTorch {torch.__version__}, NumPy {np.__version__}")
    rows = table(seeds, epochs)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
