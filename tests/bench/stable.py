"""What σ' costs in a net of width 256, batch 256, against the same net with softplus: run from the root of the project,

    python -m tests.bench.stable

Each ratio is of times in the same run, taken in turns, the best of many: forward in NumPy, forward and backward in PyTorch.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from sigmaprime.diagrams import Function, add, exp, fn, ln, sequence, sigmoid, softplus, tanh, then

WIDTH, BATCH, LAYERS, ROUNDS = 256, 256, 3, 80


def net(f: Function) -> Any:
    """add ; f ; add ; f ; add ; f"""
    return sequence(part for k in range(LAYERS) for part in (add(f"W{k}", WIDTH, WIDTH), fn(f)))


def numpy_run(f: Function, dtype: Any) -> Callable[[], Any]:
    rng = np.random.default_rng(0)
    weights = {f"W{k}": (rng.normal(size=(WIDTH, WIDTH)) / WIDTH**0.5).astype(dtype) for k in range(LAYERS)}
    x, run = rng.normal(size=(BATCH, WIDTH)).astype(dtype), net(f)
    return lambda: run(x, **weights)


def torch_run(f: Function, dtype: Any, backward: bool) -> Callable[[], Any]:
    import torch

    rng = np.random.default_rng(0)
    weights = {
        f"W{k}": torch.tensor((rng.normal(size=(WIDTH, WIDTH)) / WIDTH**0.5).astype(dtype), requires_grad=backward)
        for k in range(LAYERS)
    }
    x, run = torch.tensor(rng.normal(size=(BATCH, WIDTH)).astype(dtype)), net(f)

    def once() -> None:
        y = run(x, **weights)
        if backward:
            y.sum().backward()

    return once


def ratios(runs: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """The best time of each, over the best of the first."""
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    first = next(iter(best.values()))
    return {name: seconds / first for name, seconds in best.items()} | {"ms": 1e3 * first}


def main() -> None:
    functions = {"softplus": softplus, "sigmoid'": then(exp, sigmoid, ln), "tanh'": then(exp, tanh, ln)}
    print(f"{'':32}softplus  sigmoid'  tanh'")
    for dtype in (np.float32, np.float64):
        kinds: list[tuple[str, Callable[[Function, Any], Callable[[], Any]]]] = [
            ("NumPy forward", numpy_run),
            ("PyTorch forward", partial(torch_run, backward=False)),
            ("PyTorch forward and backward", partial(torch_run, backward=True)),
        ]
        for what, make in kinds:
            found = ratios({name: make(f, dtype) for name, f in functions.items()})
            label = f"{what}, {np.dtype(dtype).name}"
            print(
                f"{label:38}{found['ms']:6.2f} ms  " + "  ".join(f"{found[n]:.2f}x" for n in list(functions)[1:]),
                flush=True,
            )


if __name__ == "__main__":
    main()
