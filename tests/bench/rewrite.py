"""Speed, measured, with the ratios to tinygrad's graph_rewrite and to egglog in the same run.

    python tests/bench/rewrite.py [layers]        (default 100000; needs the extra `bench` for the ratios)

Workloads: a chain of N multiplicative layers (mult_add on each, then the definition of σ', or the compositions), N inverse pairs that cancel, N multiplicative
residual blocks, three layers, layers that have nothing in common, one wire with many readers; then pictures and imports. Types and facts are checked and every step is recorded. `loop` counts the rewriting alone, `all` with thawing,
freezing, numbering and typing. Nothing here asserts a time.
"""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sigmaprime.diagrams import Diagram, Function, add, diagram, exp, ln, mul, positive, sequence, tanh, wire
from sigmaprime.render import svg
from sigmaprime.rewrite import Equation, cancel, compose, define, kernel, mult_add, to_additive
from sigmaprime.rewrite import check as reader
from sigmaprime.rewrite.proof import proof_bytes
from sigmaprime.rewrite.rewriting import Rewriting

REPEATS = 3


def layers(count: int) -> Diagram:
    """[mul(W_i) ; tanh] * count: every layer has its own weight."""

    def parts() -> Iterator[Any]:
        for i in range(count):
            yield mul(f"W{i}", 64, 64)
            yield tanh

    return sequence(parts())


def inverse_pairs(count: int) -> Diagram:
    """[add(W_i) ; exp ; ln] * count."""
    return sequence(part for i in range(count) for part in (add(f"W{i}", 64, 64), exp, ln))


def residuals(count: int) -> Diagram:
    """x · mul(W_i)(tanh(x)), count times."""

    @diagram(wire(64, positive))
    def net(x: Any) -> Any:
        for i in range(count):
            x = x * mul(f"W{i}", 64, 64)(tanh(x))
        return x

    return net


def unlike_layers(count: int) -> Diagram:
    """A chain in which every layer has its own width and its own σ: nothing that is remembered helps."""

    def parts() -> Iterator[Any]:
        for i in range(count):
            yield mul(f"W{i}", 2 + i, 3 + i)
            yield Function(f"σ{i}", positive, positive)

    return sequence(parts())


def readers(count: int) -> Diagram:
    """One wire that many layers read."""

    @diagram(wire(8, positive))
    def net(x: Any) -> Any:
        y = tanh(x)
        return tuple([mul(f"W{i}", 8, 8)(y) for i in range(count)])

    return net


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """The shortest time of a few runs, and the last result."""
    best, result = float("inf"), None
    for _ in range(REPEATS):
        result = None
        gc.collect()
        started = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - started)
    return best, result


def rewriting(name: str, net: Diagram, rules: list[Any]) -> tuple[float, Equation]:
    """Print steps a second of one workload; the steps a second of the loop."""
    start = kernel.refl(net)

    def loop() -> tuple[float, int]:
        run = Rewriting(start.rhs, start.known[1], (), ())
        begun = time.perf_counter()
        run.all(rules)
        return time.perf_counter() - begun, len(run.journal_rule)

    seconds, steps = min(loop() for _ in range(REPEATS))
    whole, theorem = timed(lambda: kernel.rewrite(kernel.refl(net), rules))
    print(f"{name:34} {steps:9,} steps   loop {steps / seconds:11,.0f}/s   all {steps / whole:11,.0f}/s")
    return steps / seconds, theorem


def tinygrad_steps(count: int) -> float | None:
    """Steps a second of tinygrad's graph_rewrite; None if it is not installed."""
    try:
        from tinygrad.dtype import dtypes
        from tinygrad.uop.ops import Ops, PatternMatcher, UOp, UPat, graph_rewrite
    except ImportError:
        return None
    x = UOp.variable("x", 0, 10).cast(dtypes.float)
    for i in range(count):
        weight = UOp.variable(f"w{i}", 0, 10).cast(dtypes.float)
        x = UOp(Ops.POW, dtypes.float, (x, weight))  # mul(W_i)
        x = UOp(Ops.SIN, dtypes.float, (x,))  # σ
    rules = PatternMatcher(
        [
            (UPat(Ops.POW, src=(UPat.var("x"), UPat.var("w"))), lambda x, w: (x.log2() * w).exp2()),
            (
                UPat(Ops.LOG2, src=(UPat(Ops.SIN, src=(UPat(Ops.EXP2, src=(UPat.var("x"),)),)),)),
                lambda x: x.sqrt(),
            ),  # σ'
        ]
    )
    started = time.perf_counter()
    result = graph_rewrite(x, rules)
    seconds = time.perf_counter() - started
    folds = sum(u.op is Ops.SQRT for u in result.toposort())
    assert folds == count - 1, "the same rewriting as ours"
    return (count + folds) / seconds


EGGLOG = """
(datatype Net (X) (Mul i64 Net) (Sigma Net) (Add i64 Net) (Ln Net) (Exp Net) (Prime Net))
(relation Layer (i64 Net))
(ruleset build)
(ruleset rules)
(rule ((Layer i x) (< i {count})) ((Layer (+ i 1) (Sigma (Mul i x)))) :ruleset build)
(rewrite (Mul w x) (Exp (Add w (Ln x))) :ruleset rules)
(rewrite (Ln (Sigma (Exp x))) (Prime x) :ruleset rules)
(Layer 0 (X))
(run build {after})
"""


def egglog_steps(count: int) -> float | None:
    """Steps a second of egglog's saturation by the two rules, without extraction; None if it is not installed."""
    try:
        from egglog.bindings import EGraph
    except ImportError:
        return None
    graph = EGraph()
    graph.run_program(*graph.parse_program(EGGLOG.format(count=count, after=count + 1)))
    started = time.perf_counter()
    graph.run_program(*graph.parse_program("(run rules 3)"))
    seconds = time.perf_counter() - started
    made = str(graph.run_program(*graph.parse_program("(print-size Add) (print-size Prime)")))
    assert f"({count})" in made, "the same rewriting as ours"
    assert f"({count - 1})" in made, "the same rewriting as ours"
    return (2 * count - 1) / seconds


def main(count: int) -> None:
    """Print the table."""
    print(f"{count:,} layers; best of {REPEATS} runs; Python {sys.version.split()[0]}")
    sigma = Function("σ", positive, positive)
    fold = define("σ'", exp >> sigma >> ln).fold
    started = time.perf_counter()
    net = layers(count)
    print(f"building: {count / (time.perf_counter() - started):,.0f} layers/s")
    ours, _ = rewriting("mult_add, then the definition", net, [mult_add, fold])
    rewriting("mult_add, then the compositions", net, [mult_add, compose])
    rewriting("cancel", inverse_pairs(count), [cancel])
    seconds, theorem = timed(lambda: to_additive(net))
    print(f"{'to_additive':34} {len(theorem.steps):9,} steps   all  {len(theorem.steps) / seconds:11,.0f}/s")
    blocks = residuals(count // 4)
    seconds, theorem = timed(lambda: to_additive(blocks))
    print(
        f"{'to_additive, residual blocks':34} {len(theorem.steps):9,} steps   all  {len(theorem.steps) / seconds:11,.0f}/s"
    )
    theorem = kernel.rewrite(kernel.refl(net), [mult_add, fold])
    data = proof_bytes(theorem)
    seconds, verdict = timed(lambda: reader.check(data))
    print(f"{'second reader, first workload':34} {verdict.steps:9,} steps   all  {verdict.steps / seconds:11,.0f}/s")
    small = layers(3)
    to_additive(small)
    seconds, _ = timed(lambda: to_additive(small))
    print(f"three layers, to_additive: {1000 * seconds:.2f} ms")
    for name, net, rules in (
        ("own σ and width in every layer", unlike_layers(count // 10), [mult_add, fold]),
        ("one wire with 10,000 readers", readers(10_000), [mult_add]),
    ):
        rewriting(name, net, rules)
    few = min(count, 10_000)
    for peer, theirs in (("tinygrad graph_rewrite", tinygrad_steps(few)), ("egglog, no extraction", egglog_steps(few))):
        if theirs is None:
            print(f"{peer}: not installed (pip install 'sigmaprime[bench]')")
        else:
            print(f"{peer}, {few:,} layers: {theirs:,.0f} steps/s; ours / theirs = {ours / theirs:.2f}")
    thousand = layers(500)
    for view in ("layer",):
        seconds, _ = timed(partial(svg, thousand, view=view))
        print(f"picture of 1,000 boxes, {view} view: {1000 * seconds:.0f} ms")
    for name, command in (
        ("import sigmaprime.rewrite", ["-c", "import sigmaprime.rewrite"]),
        ("sigmaprime --help", ["-m", "sigmaprime", "--help"]),
    ):
        seconds, _ = timed(partial(subprocess.run, [sys.executable, *command], check=True, capture_output=True))
        print(f"{name}: {1000 * seconds:.0f} ms")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
