"""σ' = ln ∘ σ ∘ exp in floats: finite with finite gradients on the whole line, and accurate."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from sigmaprime.diagrams import Function, exp, ln, max1, relu, sigmoid, softsign, tanh, then
from sigmaprime.diagrams.evaluate import values_of

mp = mpmath.mp.clone()
mp.dps = 40

CASES: dict[str, tuple[Function, Callable[[Any], Any]]] = {
    "tanh": (tanh, lambda x: mp.log(mp.tanh(mp.exp(x)))),
    "sigmoid": (sigmoid, lambda x: -mp.log1p(mp.exp(-mp.exp(x)))),
    "relu": (relu, lambda x: x),
    "max1": (max1, lambda x: max(x, mp.mpf(0))),
    "softsign": (softsign, lambda x: -mp.log1p(mp.exp(-x))),
}
BOUND = 1
"""In eps · max(1, |y|); measured: at most 0.72 (tanh 0.72, sigmoid 0.72, softsign 0.61, the others 0)."""


def prime(name: str) -> Function:
    return then(exp, CASES[name][0], ln)


def line(dtype: Any) -> Any:
    """The whole line: dense in the middle, then up to the largest floats."""
    middle = np.linspace(-40, 40, 4001)
    wide = np.concatenate([np.geomspace(40, 3e38, 200), np.geomspace(1e-38, 1e-2, 100)])
    return np.concatenate([middle, wide, -wide]).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_it_is_finite_and_accurate_to_one_eps(name: str, dtype: str) -> None:
    x = line(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = values_of(prime(name), x)
    assert y.dtype == dtype
    assert np.isfinite(y).all()
    eps, worst = float(np.finfo(dtype).eps), 0.0
    for a, b in zip(x, y, strict=True):
        value = mp.mpf(float(a))
        exact = value if value < -100 and name not in ("sigmoid", "max1") else CASES[name][1](min(value, mp.mpf(200)) if name != "relu" and name != "max1" else value)  # fmt: skip
        worst = max(worst, float(abs(mp.mpf(float(b)) - exact) / max(1, abs(exact))) / eps)
    assert worst <= BOUND


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient_are_finite_on_the_whole_line(torch: Any, name: str, dtype: str) -> None:
    x = torch.tensor(line(dtype), requires_grad=True)
    y = values_of(prime(name), x)
    y.sum().backward()
    assert bool(torch.isfinite(y).all())
    assert bool(torch.isfinite(x.grad).all())
    tolerance = {"float32": 2e-5, "float64": 1e-13}[dtype]
    for a, slope in list(zip(x.detach(), x.grad, strict=True))[::37]:
        t = mp.mpf(float(a))
        if t == 0 and name == "max1":
            continue
        exact = _slope(name, t)
        assert abs(mp.mpf(float(slope)) - exact) <= tolerance, (name, float(a), float(slope), exact)


def _slope(name: str, x: Any) -> Any:
    """d/dx ln σ(e^x), by hand."""
    if abs(x) > 60:
        right = {"relu": 1, "max1": 1}.get(name, 0)
        return mp.mpf(right if x > 0 else {"sigmoid": 0, "max1": 0}.get(name, 1))
    t = mp.exp(x)
    return {
        "tanh": lambda: 2 * t / mp.sinh(2 * t) if t < 1e6 else mp.mpf(0),
        "sigmoid": lambda: t / (1 + mp.exp(t)) if t < 1e6 else mp.mpf(0),
        "relu": lambda: mp.mpf(1),
        "max1": lambda: mp.mpf(1 if x > 0 else 0),
        "softsign": lambda: 1 / (1 + t),
    }[name]()


@pytest.mark.torch
@pytest.mark.parametrize("name", CASES)
def test_numpy_and_torch_agree(torch: Any, name: str) -> None:
    x = line("float64")
    by_numpy, by_torch = values_of(prime(name), x), values_of(prime(name), torch.tensor(x)).numpy()
    np.testing.assert_allclose(by_torch, by_numpy, rtol=1e-14, atol=1e-15)
