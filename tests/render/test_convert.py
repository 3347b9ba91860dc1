"""The main job, started as a user starts it."""

from __future__ import annotations

import json
import struct
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from sigmaprime.diagrams import (
    BadFile,
    Diagram,
    Interval,
    add,
    exp,
    ln,
    load,
    max1,
    maximum,
    mul,
    negate,
    power,
    relu,
    residual,
    save,
    sequence,
    softplus,
    tanh,
    then,
    wire,
)
from sigmaprime.render import plot
from sigmaprime.render.cli import main
from sigmaprime.render.convert import convert
from sigmaprime.rewrite import load_proof

DIGITS = Path(__file__).parent.parent.parent / "docs" / "examples" / "digits.safetensors"
FILES = [
    "activation.svg", "after.svg", "before.svg", "equation.svg", "film.svg", "index.html", "overflow.safetensors", "proof.json", "twin.safetensors",
]  # fmt: skip


@pytest.fixture
def out(converted: Any) -> Path:
    folder: Path = converted.folder
    return folder


def hasty(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """SymPy and the search have so little time: for tests of something else."""
    monkeypatch.setattr(import_module("sigmaprime.render.convert"), "SECONDS", seconds)


def test_the_shipped_net_is_multiplicative_trained_and_converted(out: Path) -> None:
    net, twin = load(DIGITS), load(out / "twin.safetensors")
    assert str(net) == "mul(W1, b1) ; tanh ; mul(W2, b2) ; tanh ; mul(W3, b3)"
    assert str(twin) == "add(W1, b1) ; tanh' ; add(W2, b2) ; tanh' ; add(W3, b3)"
    data = load_file(DIGITS.with_name("digits.test.safetensors"))
    answers = net(data["x"]).argmax(-1)
    assert (answers == data["labels"]).mean() >= 0.95
    assert np.array_equal(twin.run(data["x"]).argmax(-1), answers)
    assert sorted(p.name for p in out.iterdir()) == FILES


def test_the_twin_names_its_coordinates_and_changes_them_itself(out: Path) -> None:
    net, twin = load(DIGITS), load(out / "twin.safetensors")
    assert [p.coordinate for p in (*twin.in_ports, *twin.out_ports)] == [ln, ln]
    x = load_file(DIGITS.with_name("digits.test.safetensors"))["x"][:20].astype(np.float64)
    weights = {n: w.astype(np.float64) for n, w in net.weights.items()}
    y = net(x, **weights)
    np.testing.assert_allclose(twin.run(x, **weights), y, rtol=1e-11)
    np.testing.assert_allclose(twin(np.log(x), **weights), np.log(y), rtol=1e-11, atol=1e-12)


def test_the_twin_holds_the_very_arrays_of_the_net(out: Path, converted: Any) -> None:
    assert converted.json["shared_arrays"] == converted.json["arrays"] == 6
    assert arrays_in(out / "twin.safetensors") == arrays_in(DIGITS)


def arrays_in(path: Path) -> dict[str, bytes]:
    """The bytes of every array in a .safetensors file, read by the format's own rules."""
    raw = path.read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + size])
    start = 8 + size
    return {
        n: raw[start + e["data_offsets"][0] : start + e["data_offsets"][1]]
        for n, e in header.items()
        if n != "__metadata__"
    }


def test_the_proof_proves_the_twin(out: Path) -> None:
    theorem = load_proof(out / "proof.json")
    assert theorem.lhs == exp >> load(DIGITS) >> ln
    assert theorem.rhs == load(out / "twin.safetensors")


def test_ends_can_be_kept_as_boxes(tmp_path: Path) -> None:
    assert main(["convert", str(DIGITS), "-o", str(tmp_path / "o"), "--ends", "keep"]) == 0
    twin = load(tmp_path / "o" / "twin.safetensors")
    assert str(twin) == "ln ; add(W1, b1) ; tanh' ; add(W2, b2) ; tanh' ; add(W3, b3) ; exp"


def test_the_summary_is_json_for_machines(converted: Any) -> None:
    said = converted.json
    assert said["steps"] == {"mult_add": 3, "~unfold σ'": 2, "cancel": 2}
    assert said["grade"] == "PROVED"
    assert said["agreement"]["largest"] < 1e-4
    assert said["coordinates"] == {"input x": "ln x", "output y": "ln y"}


def test_the_summary_counts_and_names_an_input_that_leaves_the_floats(
    converted: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = converted.json
    assert said["costs"]["product"] == {"flops": 3392, "pow": 3392, "exp": 74, "ln": 0, "sigma": 64}
    assert said["costs"]["run"] == {"flops": 6784, "pow": 0, "exp": 74, "ln": 128, "sigma": 64}
    assert said["costs"]["twin"] == {"flops": 6784, "pow": 0, "exp": 0, "ln": 0, "sigma": 64}
    floats = said["floats"]
    assert (floats["grade"], floats["found"]) == ("MEASURED", True)
    assert floats["tries"] <= floats["limit"]
    assert {floats["values"][form] for form in ("product", "uncomposed")} <= {"inf", "-inf", "nan"}
    assert floats["values"]["twin"] == pytest.approx(floats["values"]["exact"], rel=1e-3)
    x = load_file(converted.folder / "overflow.safetensors")["x"]
    assert x[0].tolist() == floats["inputs"][0]
    given = ["--data", str(converted.folder / "overflow.safetensors"), "--json"]
    assert main(["convert", str(DIGITS), "-o", str(tmp_path / "again"), *given]) == 0
    assert json.loads(capsys.readouterr().out)["agreement"]["unusable"] == 1


def test_every_activation_of_the_net_is_plotted_once(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty(monkeypatch, 0.5)
    assert (out / "activation.svg").read_text() == plot(tanh).text
    layers = [mul(n, 2, 2) for n in "ABCDE"]
    net = layers[0] >> tanh >> layers[1] >> max1 >> layers[2] >> tanh >> layers[3] >> relu >> layers[4]
    save(with_weights(net), tmp_path / "n.safetensors")
    convert(tmp_path / "n.safetensors", tmp_path / "o")
    assert (tmp_path / "o" / "activation.svg").read_text() == plot([tanh, max1, relu]).text
    save(with_weights(layers[0] >> layers[1]), tmp_path / "m.safetensors")
    done = convert(tmp_path / "m.safetensors", tmp_path / "p")
    assert "activation.svg" not in [Path(f).name for f in done.files]


def test_a_tame_net_is_told_to_be_tame(tmp_path: Path) -> None:
    tame = wire(2, Interval("[1, 2]")) >> mul("A", 2, 2) >> tanh >> mul("B", 2, 1)
    save(with_weights(tame), tmp_path / "n.safetensors")
    done = convert(tmp_path / "n.safetensors", tmp_path / "o")
    assert "no input found (400 of 400 tries)" in str(done)
    assert not (tmp_path / "o" / "overflow.safetensors").exists()


def test_the_same_net_gives_the_same_bytes_under_any_hash_seed(converted: Any) -> None:
    for name in FILES:
        files = (folder / name for folder in (converted.folder, converted.again))
        one, other = (file.read_bytes().split(b"time, on this machine")[0] for file in files)
        assert one == other, name


def with_weights(net: Diagram) -> Diagram:
    rng = np.random.default_rng(0)
    arrays = {}
    for v in net.variables:
        shape = [s.value for s in ([v.rows, v.columns] if hasattr(v, "rows") else [v.size])]
        arrays[v.name] = rng.normal(size=shape) / 4
    found: Diagram = net(**arrays)
    return found


@pytest.mark.parametrize(
    "net",
    [
        mul("A", 3, 4, bias="a") >> tanh >> mul("B", 4, 2),
        add("A", 3, 3) >> softplus >> mul("B", 3, 3) >> tanh,
        sequence([mul("A", 3, 3), residual(add("B", 3, 3) >> tanh) >> softplus, mul("C", 3, 2)]),
    ],
    ids=["biases", "mixed", "skip"],
)
def test_a_net_of_ones_own_converts_on_random_inputs(
    net: Diagram, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(with_weights(net), tmp_path / "net.safetensors")
    assert main(["convert", str(tmp_path / "net.safetensors"), "-o", str(tmp_path / "o"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["agreement"]["data"] == "random inputs"
    assert said["agreement"]["largest"] < 1e-9
    assert main(["check", str(tmp_path / "o" / "proof.json")]) == 0


def test_a_net_read_back_is_the_net_written(tmp_path: Path) -> None:
    net = with_weights(mul("A", 3, 4, bias="a") >> tanh >> mul("B", 4, 2)).named(inputs=["pixels"], outputs=["score"])
    save(net, tmp_path / "n.safetensors")
    again = load(tmp_path / "n.safetensors")
    assert again == net
    assert again.in_ports == net.in_ports
    assert all(np.array_equal(again.weights[n], w) for n, w in net.weights.items())
    save(again, tmp_path / "m.safetensors")
    assert (tmp_path / "n.safetensors").read_bytes() == (tmp_path / "m.safetensors").read_bytes()


def damaged(metadata: Any, name: str = "sigmaprime") -> bytes:
    """A .safetensors file with this metadata and no arrays."""
    header = json.dumps(
        {"__metadata__": {name: metadata if isinstance(metadata, str) else json.dumps(metadata)}}
    ).encode()
    return struct.pack("<Q", len(header)) + header


def good() -> dict[str, Any]:
    raw = DIGITS.read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    found: dict[str, Any] = json.loads(json.loads(raw[8 : 8 + size])["__metadata__"]["sigmaprime"])
    return found


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no whole .safetensors file"),
        (DIGITS.read_bytes()[:3000], "no whole .safetensors file"),
        (struct.pack("<Q", 2**62), "no whole .safetensors file"),
        (damaged("{}", "other"), "is no net of sigmaprime"),
        (damaged("{}"), "is no net of sigmaprime"),
        (damaged("[" * 100_000), "nests 100000 levels deep; 16 is the limit"),
        (damaged('{"format": 1, "format": 2}'), "a key stands twice"),
        (damaged('{"format": 1e400}'), "is a float"),
        (
            damaged({**good(), "version": 2}),
            "is a file of version 2; this sigmaprime reads version 1: get a newer sigmaprime",
        ),
        (damaged({**good(), "terms": [["eye", 0]]}), "term 0 cites term 0"),
        (damaged({**good(), "terms": [["atom", "sin", []]]}), "no function 'sin' in the catalogue"),
        (damaged({**good(), "terms": [["size", -3, []]]}), "is no number of components"),
        (
            damaged({**good(), "diagram": {"inputs": [], "nodes": [["map", 0, 5]], "outputs": [0]}}),
            "does not fit together",
        ),
        (damaged({**good(), "diagram": {"inputs": [], "nodes": [], "outputs": []}}), "at least one output"),
    ],
)
def test_a_bad_file_gets_one_clear_error_and_leaves_nothing(
    content: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(content)
    assert main(["convert", str(bad), "-o", str(tmp_path / "o")]) == 1
    error = capsys.readouterr().err
    assert says in error
    assert error.startswith("sigmaprime: ")
    assert error.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["bad.safetensors"]


def test_an_additive_net_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(with_weights(add("A", 2, 2) >> tanh), tmp_path / "n.safetensors")
    assert main(["convert", str(tmp_path / "n.safetensors"), "-o", str(tmp_path / "o")]) == 1
    assert "holds no multiplicative layer" in capsys.readouterr().err


def test_a_weight_of_the_wrong_shape_or_with_nan_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(with_weights(mul("A", 2, 2)), tmp_path / "n.safetensors")
    with safe_open(tmp_path / "n.safetensors", framework="numpy") as file:
        metadata = file.metadata()
    nan = np.full((2, 2), np.nan)
    for array, says in ((np.ones((3, 2)), "A has shape (3, 2)"), (nan, "A must hold finite real numbers")):
        save_file({"A": array}, tmp_path / "n.safetensors", metadata=metadata)
        assert main(["convert", str(tmp_path / "n.safetensors"), "-o", str(tmp_path / "o")]) == 1
        assert says in capsys.readouterr().err
    with pytest.raises(BadFile, match="A must hold finite real numbers"):
        save(mul("A", 2, 2)(A=nan), tmp_path / "n.safetensors")


def test_draw_writes_a_picture(tmp_path: Path) -> None:
    assert main(["draw", str(DIGITS), "-o", str(tmp_path / "net.svg")]) == 0
    assert (tmp_path / "net.svg").read_text().startswith("<svg")


def test_files_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    other = mul("W", 2, 2)(W=np.eye(2))
    save(other >> tanh, tmp_path / "other.safetensors")
    out = tmp_path / "out"
    convert(tmp_path / "other.safetensors", out)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    (out / "film.svg").unlink()
    (out / "film.svg").mkdir()
    with pytest.raises(BadFile, match=r"film\.svg cannot be written: it is a folder"):
        convert(DIGITS, out)
    assert {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()} == {
        k: v for k, v in before.items() if k != "film.svg"
    }


def test_nothing_of_an_earlier_net_stays(tmp_path: Path) -> None:
    convert(DIGITS, tmp_path)
    assert (tmp_path / "overflow.safetensors").exists()
    save(mul("W", 2, 2)(W=np.eye(2)), tmp_path / "other.safetensors")
    convert(tmp_path / "other.safetensors", tmp_path)
    assert not (tmp_path / "overflow.safetensors").exists()


def test_a_nonlinearity_that_sympy_cannot_write_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hasty(monkeypatch, 1.0)
    net = mul("V", 1, 1) >> then(negate, maximum(3), power(10**8)) >> mul("W", 1, 1)
    save(net(V=np.array([[1.0]]), W=np.array([[1e-5]])), tmp_path / "steep.safetensors")
    done = convert(tmp_path / "steep.safetensors", tmp_path / "out")
    assert {n.grade.name for n in done.report.nonlinearities} == {"UNKNOWN"}
    assert (tmp_path / "out" / "proof.json").exists()
