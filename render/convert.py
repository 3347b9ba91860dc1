"""The main job: a net is read, rewritten, checked, run in both forms, and its twin is written.

Everything is computed before anything is written, and every file is written whole: a failure leaves no half-made output.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sigmaprime.diagrams import BadFile, Diagram, Mix, Refused, load
from sigmaprime.diagrams.files import to_bytes, write_together

from .agreement import Samples
from .conversion import Conversion
from .costs import Costs, costs
from .search import FloatRange, float_range

if TYPE_CHECKING:
    from sigmaprime.rewrite import Equation

    from .svg import Picture, Theme

__all__ = ["convert"]

TRIES, SECONDS = 400, 10.0
"""The budget of the search for an input that leaves float32."""
MOST_PLOTS = 12
OPTIONAL = ("activation.svg", "overflow.safetensors")


def convert(
    source: Path,
    folder: Path,
    *,
    ends: str = "absorb",
    data: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Conversion:
    """Convert the net of a file; see `sigmaprime convert --help`."""
    from sigmaprime.rewrite import absorb, seams, to_additive
    from sigmaprime.rewrite.proof import check_bytes, proof_bytes

    from .film import film
    from .page import page
    from .svg import svg

    if ends not in ("absorb", "keep"):
        raise Refused(f"ends={ends!r} is no choice; there are 'absorb' and 'keep'")
    say(f"reading {source.name}")
    net = load(source)
    _has_something_to_convert(net, source)
    samples = Samples.read(source, data, net)

    started = time.perf_counter()
    say(f"deriving the twin of {len(net)} boxes")
    whole = to_additive(net)
    theorem = whole if ends == "keep" else absorb(whole)
    derived = time.perf_counter() - started
    twin = theorem.rhs
    proof = proof_bytes(theorem)
    say(f"the second reader checks {len(theorem.steps)} steps")
    started = time.perf_counter()
    verdict = check_bytes(proof)
    checked = time.perf_counter() - started

    say("running both forms")
    agreement = samples.compare(net, twin)
    floats, counts = _floats(whole, say), _costs(net, twin)
    say("asking SymPy")
    report = theorem.report(symbolic=True, seconds=SECONDS)
    say("drawing")
    pictures = {"before.svg": svg(net), "after.svg": svg(twin), "equation.svg": svg(theorem), "film.svg": film(theorem)}
    plots = _plots(twin)
    outputs = {
        "twin.safetensors": to_bytes(twin),
        "proof.json": proof,
        **{name: p.text.encode() for name, p in (pictures | plots["light"]).items()},
        **_overflow(net, floats),
    }
    files = [str(folder / name) for name in (*outputs, "index.html")]
    done = Conversion(
        source=str(source),
        statement=str(theorem),
        steps=dict(Counter(step.family for step in theorem.steps)),
        rests_on=[str(a) for a in theorem.axioms],
        grade=str(verdict.grade),
        reader=f"{verdict.value['steps']} entries accepted",
        reader_seconds=checked,
        derive_seconds=derived,
        layers=sum(isinstance(n.box, Mix) for n in net.nodes),
        boxes=(len(net), len(twin)),
        coordinates=_coordinates(twin),
        shared_arrays=sum(twin.weights[n] is a for n, a in net.weights.items() if n in twin.weights),
        arrays=len(twin.weights),
        seams=seams(theorem),
        agreement=agreement,
        floats=floats,
        report=report,
        costs=counts,
        files=files,
    )
    texts = {name: p.text for name, p in (pictures | plots["light"]).items()}
    outputs["index.html"] = page(done, texts, {name: p.text for name, p in plots["dark"].items()}).encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadFile(f"{folder} cannot be made: {error.strerror}") from None
    write_together(folder, outputs)
    for name in OPTIONAL:  # of a net that was here before
        if name not in outputs:
            (folder / name).unlink(missing_ok=True)
    return done


def _closed(net: Diagram) -> bool:
    """Every size is a number and every weight has its array."""
    sizes = [*(s.size for s in net.inputs), *(n.space.size for n in net.nodes)]
    return all(s.value is not None for s in sizes) and all(v.name in net.weights for v in net.variables)


def _floats(whole: Equation, say: Callable[[str], None]) -> FloatRange | None:
    if not _closed(whole.lhs):
        return None
    try:
        return float_range(whole, tries=TRIES, seconds=SECONDS, tell=say)
    except Refused:  # its own weights leave float32
        return None


def _costs(net: Diagram, twin: Diagram) -> dict[str, Costs]:
    if not _closed(net):
        return {}
    return {"product": costs(net, form="product"), "run": costs(net), "twin": costs(twin)}


def _plots(twin: Diagram) -> dict[Theme, dict[str, Picture]]:
    """activation.svg: each σ of the net against the σ' that the twin has in its place; the first twelve."""
    from sigmaprime.diagrams import IllTyped, Map, exp, ln, then
    from sigmaprime.diagrams.function import parts
    from sigmaprime.diagrams.term import Head

    from .plot import plot, prime

    found = []
    for function in dict.fromkeys(n.box.function for n in twin.nodes if isinstance(n.box, Map)):
        chain = parts(function.body) if function.head is Head.DEFINED else []
        if len(chain) < 3 or chain[0] is not exp or chain[-1] is not ln:
            continue
        sigma = then(*chain[1:-1])
        try:
            prime(sigma)
        except (IllTyped, Refused):  # defined on the wire's interval, not on all of (0, ∞)
            continue
        found.append(sigma)
    themes: tuple[Theme, Theme] = ("light", "dark")
    try:
        return {t: {"activation.svg": plot(found[:MOST_PLOTS], theme=t)} if found else {} for t in themes}
    except (Refused, OverflowError):  # nothing of it is a float
        return {t: {} for t in themes}


def _overflow(net: Diagram, floats: FloatRange | None) -> dict[str, bytes]:
    """overflow.safetensors: the input that was found, for `convert --data` and for anyone's own run."""
    from safetensors.numpy import save

    from sigmaprime.diagrams.text import input_names

    if floats is None or floats.inputs is None:
        return {}
    return {"overflow.safetensors": save({n: x[None] for n, x in zip(input_names(net), floats.inputs, strict=True)})}


def _has_something_to_convert(net: Diagram, source: Path) -> None:
    from sigmaprime.diagrams import Mix, identity
    from sigmaprime.diagrams.box import Signed

    if all(n.box.chart is identity for n in net.nodes if isinstance(n.box, Mix)):
        signed = any(isinstance(n.box, Signed) for n in net.nodes)
        why = "it is additive already (to_multiplicative goes the other way)"
        why = "its layers are signed (sigmaprime.rewrite.split parts magnitudes from signs)" if signed else why
        raise BadFile(f"{source} holds no multiplicative layer: {why}")


def _coordinates(d: Diagram) -> dict[str, str]:
    from sigmaprime.diagrams.text import input_names, output_names

    found = {}
    for what, names, ports in (("input", input_names(d), d.in_ports), ("output", output_names(d), d.out_ports)):
        for name, port in zip(names, ports, strict=True):
            found[f"{what} {name}"] = f"{port.coordinate} {name}" if port.coordinate else name
    return found
