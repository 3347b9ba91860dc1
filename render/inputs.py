"""Inputs of a net's domain, drawn from points of the whole line; and the weights as NumPy arrays."""

from __future__ import annotations

from typing import Any

from sigmaprime.diagrams import BadFile, Diagram

__all__ = ["as_numpy", "drawn_inputs", "total_size"]


def as_numpy(net: Diagram) -> dict[str, Any]:
    """The weights as NumPy arrays; raises `BadFile` for a net with a weight that has none."""
    import numpy as np

    missing = [v.name for v in net.variables if v.name not in net.weights]
    if missing:
        raise BadFile(f"{', '.join(missing)} has no value; floats are measured on a net with all its weights")
    return {n: np.asarray(w.detach() if hasattr(w, "detach") else w) for n, w in net.weights.items()}


def total_size(net: Diagram) -> int:
    """The number of components of all inputs; raises `BadFile` where one is not known."""
    sizes = [s.size.value for s in net.inputs]
    if None in sizes:
        raise BadFile("the net has an input whose size is not known; give numbers for its sizes")
    return sum(n for n in sizes if n is not None)


def drawn_inputs(net: Diagram, t: Any, dtype: Any = "float32") -> tuple[Any, ...]:
    """Inputs of the net's domain at the points t of the whole line, one row each: e^t above a lower end, both ends by the logistic function."""
    import numpy as np

    inputs, start = [], 0
    for space in net.inputs:
        size = space.size.value
        assert size is not None, "sizes are known here"
        part, on = t[:, start : start + size], space.interval
        start += size
        lo, hi = float(on.lo), float(on.hi)
        if np.isfinite(lo) and np.isfinite(hi):
            x = lo + (hi - lo) / (1 + np.exp(-part))
        elif np.isfinite(lo):
            x = lo + np.exp(part)
        elif np.isfinite(hi):
            x = hi - np.exp(part)
        else:
            x = part
        x = x.astype(dtype)
        if np.isfinite(lo) and not on.lo_closed:  # rounding must not leave an open interval
            x = np.maximum(x, np.nextafter(np.asarray(lo, dtype), np.asarray(np.inf, dtype)))
        if np.isfinite(hi) and not on.hi_closed:
            x = np.minimum(x, np.nextafter(np.asarray(hi, dtype), np.asarray(-np.inf, dtype)))
        inputs.append(x)
    return tuple(inputs)
