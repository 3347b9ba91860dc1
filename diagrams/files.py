"""Nets as files: one `.safetensors` file holds the arrays, and the diagram as JSON under the one metadata key `sigmaprime`.

Files are untrusted: sizes and depths are bounded before they are believed, types are inferred again, nothing is evaluated. Files are
written whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import errors
from .box import Concat, Map, Mix, Pool, Signed, Slice
from .calling import axes_of
from .diagram import Diagram, Port
from .signed_term import SignedMap
from .space import Interval, Space
from .structured import Family
from .term import Head, Term, rebuild, subterms
from .weight import Size, Vector, Weight, constant_name

__all__ = ["load", "read_terms", "save", "to_bytes", "write_whole"]

KEY, FORMAT, VERSION = "sigmaprime", "sigmaprime-net", 1
LARGEST_HEADER = 100_000_000
DEEPEST = 16


def path_of(path: str | os.PathLike[str]) -> Path:
    """The path; raises `Refused` for what is none."""
    try:
        return Path(path)
    except TypeError:
        raise errors.no_path(path) from None


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Write to a temporary file beside the target, then rename: the target is whole or untouched."""
    target = path_of(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    except OSError as error:
        raise errors.cannot_write(target, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(name)
        if isinstance(error, OSError):
            raise errors.cannot_write(target, error) from None
        raise


def write_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write several files of a folder: all are written beside their targets first, and only then renamed."""
    targets = {name: folder / name for name in files}
    for target in targets.values():
        if target.is_dir():
            raise errors.cannot_write(target, IsADirectoryError(21, "it is a folder"))
    staged: list[tuple[Path, Path]] = []
    try:
        for name, target in targets.items():
            beside = folder / f".{name}.{os.getpid()}.new"
            staged.append((beside, target))
            write_whole(beside, files[name])
        for beside, target in staged:
            os.replace(beside, target)
    except OSError as error:
        raise errors.cannot_write(folder, error) from None
    finally:
        for beside, _ in staged:
            beside.unlink(missing_ok=True)


# --- terms and diagrams as JSON: shared by nets and proofs ---


def read_terms(entries: Any) -> list[Term]:
    """The terms of a table, each citing earlier ones."""
    terms: list[Any] = []

    def cited(i: Any) -> Any:
        if type(i) is not int or not 0 <= i < len(terms):
            raise errors.BadFile(f"term {len(terms)} cites term {i!r}; it may cite 0 to {len(terms) - 1}")
        return terms[i]

    if not isinstance(entries, list):
        raise errors.BadFile("the table of terms is not a list")
    for item in entries:
        try:
            terms.append(_term(item, cited))
        except errors.BadFile:
            raise
        except (errors.SigmaError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise errors.BadFile(f"term {len(terms)}: {_short(item)} is none ({error})") from None
    return terms


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:80] + "…"


def _term(item: list[Any], cited: Any) -> Term:
    word, *args = item
    head = Head[word.upper()]
    match head:
        case Head.SIZE:
            constant, factors = args
            names = [n for n, _ in factors]
            if len(set(map(repr, names))) != len(names) or any(type(n) not in (str, int) for n in names):
                raise ValueError("names of sizes are strings or numbers, each once")
            counts = [_count(constant), *(_count(k, 1) for _, k in factors)]
            return Size.of(counts[0], dict(zip(names, counts[1:], strict=True)))
        case Head.RATIONAL:
            (value,) = args
            from .space import exact

            return term_of(head, exact(_string(value)))
        case Head.SCALAR:
            name, interval = args
            return term_of(head, _string(name), Interval(interval))
        case Head.FUNCTION:
            name, source, target = args
            return term_of(head, _string(name), Interval(source), Interval(target))
        case Head.ATOM:
            name, given = args
            return term_of(head, _string(name), *map(cited, given))
        case Head.INVERSE:
            function, interval = args
            return term_of(head, cited(function), Interval(interval))
        case Head.DEFINED:
            label, interval, parameters, body, arguments = args
            found = [cited(p) for p in parameters], cited(body), [cited(a) for a in arguments]
            return term_of(head, _string(label), Interval(interval), len(parameters), *found[0], found[1], *found[2])
        case Head.ROW | Head.SUM:
            (items,) = args
            return term_of(head, *map(cited, items))
        case Head.MEMBER:
            family, name, *sizes = args
            return term_of(head, _string(name), *map(cited, sizes), Family(family))
        case Head.CONVOLUTION:
            weight, *geometry, groups = args
            if not all(isinstance(part, list) for part in geometry):
                raise TypeError("the geometry of a convolution is made of lists")
            return term_of(head, cited(weight), *map(tuple, geometry), groups)
        case Head.WEIGHT | Head.VECTOR | Head.INTEGERS:
            name, *sizes = args
            return term_of(head, _string(name), *map(cited, sizes))
        case Head.CONSTANT | Head.CONSTANT_VECTOR:
            dtype, *sizes, digest = args
            return term_of(head, _string(dtype), *map(cited, sizes), _string(digest))
        case _:
            return term_of(head, *map(cited, args))


def term_of(head: Head, *args: Any) -> Term:
    """A term whose sorts fit, in normal form already."""
    from .function import Function
    from .weight import Scalar, Vector, Weight

    sorts: dict[Head, tuple[type, ...]] = {
        Head.ATOM: (str, Scalar), Head.INVERSE: (Function, Interval), Head.THEN: (Function,), Head.ROW: (Weight,), Head.SUM: (Vector,),
        Head.WEIGHT: (str, Size), Head.VECTOR: (str, Size), Head.EYE: (Size,), Head.ZERO: (Size,), Head.ZERO_VECTOR: (Size,), Head.TIMES: (Weight,),
        Head.APPLY: (Weight, Vector), Head.CONSTANT: (str, Size), Head.CONSTANT_VECTOR: (str, Size), Head.DEFINED: (str, Interval, int, Function, Scalar),
        Head.ONES: (Size,), Head.SCALE: (Scalar, Size), Head.DIAGONAL: (Vector,), Head.INVERTED: (Weight,), Head.ONES_VECTOR: (Size,),
        Head.INTEGERS: (str, Size), Head.SIGNED: (Weight, Vector), Head.MEMBER: (str, Size, Family), Head.CONVOLUTION: (Weight, tuple, int),
    }  # fmt: skip
    wanted = sorts.get(head)
    if wanted is not None and not all(isinstance(a, wanted) for a in args):
        raise TypeError(f"a {head.name.lower()} is made of {', '.join(t.__name__.lower() for t in wanted)}")
    term: Term = rebuild(head, *args)
    if term.key != (head, *args) and head is not Head.SIZE:
        raise ValueError("it is not in normal form")
    return term


def _string(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 4000:
        raise TypeError("a name is a string of at most 4000 characters")
    return value


def _count(value: Any, least: int = 0) -> int:
    if type(value) is not int or not least <= value < 2**53:
        raise ValueError(f"{value!r} is no number of components")
    return value


def read_diagram(written: Any, terms: Sequence[Any]) -> Diagram:
    """A diagram from JSON; boxes are typed as they are added."""

    def at(i: Any) -> Any:
        if type(i) is not int or not 0 <= i < len(terms):
            raise errors.BadFile(f"a box cites term {i!r}; there are {len(terms)}")
        return terms[i]

    nodes: list[tuple[Any, list[int]]] = []
    try:
        inputs = [Space(_sized(at(size)), Interval(interval)) for size, interval in written["inputs"]]
        for node in written["nodes"]:
            match node:
                case ["map", f, a]:
                    nodes.append((Map(at(f)), [a]))
                case ["mix", g, w, b, a]:
                    nodes.append((Mix(at(g), at(w), at(b)), [a]))
                case ["concat", list(arguments)]:
                    nodes.append((Concat(), arguments))
                case ["pool", g, s, a]:
                    nodes.append((Pool(at(g), at(s)), [a]))
                case ["signed", layer, a]:
                    nodes.append((Signed(*_signed(at(layer))), [a]))
                case ["slice", start, size, a]:
                    nodes.append((Slice(_sized(at(start)), _sized(at(size))), [a]))
                case _:
                    raise errors.BadFile(f"box {len(nodes)}: {_short(node)} is none")
        outputs = written["outputs"]
        if any(type(w) is not int for w in (*outputs, *(a for _, arguments in nodes for a in arguments))):
            raise errors.BadFile("wires are numbers")
        return Diagram(inputs, nodes, outputs)
    except errors.BadFile:
        raise
    except errors.SigmaError as error:
        raise errors.BadFile(f"the diagram does not fit together: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise errors.BadFile(f"the diagram is not written as it should be ({type(error).__name__}: {error})") from None


def _sized(term: Any) -> Size:
    if not isinstance(term, Size):
        raise errors.BadFile(f"{term} is no size")
    return term


def _signed(term: Any) -> tuple[Any, ...]:
    if not isinstance(term, SignedMap):
        raise errors.BadFile(f"{term} is no signed map")
    return term.key[1:]


def parse_json(text: str, what: str) -> Any:
    """JSON of bounded depth, without duplicate keys, floats or nan."""
    depth = deepest = 0
    for bracket in re.sub(r'"(?:[^"\\]|\\.)*"|[^\[\]{}"]+', "", text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise errors.BadFile(f"{what} nests {deepest} levels deep; {DEEPEST} is the limit")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise errors.BadFile(f"{what}: a key stands twice")
        return found

    def no_float(text: str) -> Any:
        raise errors.BadFile(f"{what}: {text} is a float; numbers here are whole")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_float=no_float, parse_constant=no_float)
    except (ValueError, RecursionError) as error:
        if isinstance(error, errors.BadFile):
            raise
        raise errors.BadFile(f"{what} is no JSON: {error}") from None


# --- nets ---


def _net(diagram: Diagram) -> str:
    from .own import written_meaning
    from .written import written_diagram, written_term

    terms: list[Any] = []
    place: dict[Term, int] = {}

    def name(term: Term) -> int:
        for t in () if term in place else subterms([term], bodies=True):
            if t not in place:
                terms.append(written_term(t, place.__getitem__))
                place[t] = len(terms) - 1
        return place[term]

    def port(p: Port) -> list[Any]:
        return [p.name, None if p.coordinate is None else name(p.coordinate)]

    whole = {
        "format": FORMAT,
        "version": VERSION,
        "diagram": written_diagram(diagram, name),
        "inputs": [port(p) for p in diagram.in_ports],
        "outputs": [port(p) for p in diagram.out_ports],
        "terms": terms,
    }
    own = [[i, written] for t, i in place.items() if (written := written_meaning(t)) is not None]
    if own:
        whole["own"] = own
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def to_bytes(diagram: Diagram) -> bytes:
    """The file of a net: same diagram and arrays, same bytes."""
    from safetensors.numpy import save as pack

    assert diagram.types is not None  # a side that does not type by itself is refused here
    arrays = {n: _as_numpy(n, a) for n, a in sorted(diagram._weights.items())}
    text = _net(diagram)
    if len(text.encode()) > LARGEST_HEADER:
        raise errors.BadFile(f"the diagram takes {len(text)} characters; a file holds {LARGEST_HEADER}")
    packed: bytes = pack(arrays, metadata={KEY: text})
    return packed


def _as_numpy(name: str, value: Any) -> Any:
    import numpy as np

    if hasattr(value, "detach"):
        value = value.detach().cpu().resolve_conj().contiguous().numpy()
    array = np.ascontiguousarray(value)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise errors.BadFile(f"{name} must hold finite real numbers")
    if array.dtype.kind not in "fiu":
        raise errors.BadFile(f"{name} has type {array.dtype}; a weight is an array of real numbers")
    return array


def save(diagram: Diagram, path: str | os.PathLike[str]) -> None:
    """Write the net: the arrays of `d.weights`, and the diagram."""
    if not isinstance(diagram, Diagram):
        raise errors.not_a_diagram(diagram)
    write_whole(path, to_bytes(diagram))


def load(path: str | os.PathLike[str]) -> Diagram:
    """Read a net: the diagram with its arrays beside it. Anything wrong with the file is one `BadFile`."""
    from safetensors import SafetensorError, safe_open

    source = path_of(path)
    if not source.is_file():
        raise errors.no_such_file(source)
    try:
        with safe_open(source, framework="numpy") as file:
            text = (file.metadata() or {}).get(KEY)
            if text is None:
                raise errors.not_ours(source)
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except SafetensorError as error:
        raise errors.BadFile(f"{source} is no whole .safetensors file: {error}") from None
    except (OSError, TypeError) as error:
        raise errors.BadFile(f"{source} cannot be read: {error}") from None
    return read_net(text, arrays, str(source))


def read_net(text: str, arrays: Mapping[str, Any], what: str) -> Diagram:
    """The net of a file's metadata and arrays."""
    whole = parse_json(text, what)
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise errors.not_ours(what)
    version = whole.get("version")
    if version != VERSION:
        raise errors.other_version(what, version, VERSION)
    try:
        terms = read_terms(whole.get("terms"))
        _read_own(whole.get("own", []), terms)
        diagram = read_diagram(whole.get("diagram"), terms)
        ins, outs = (
            _ports(whole.get(k), terms, n)
            for k, n in (("inputs", len(diagram.inputs)), ("outputs", len(diagram.outputs)))
        )
    except RecursionError:
        raise errors.BadFile(f"{what}: definitions nest too deeply") from None
    except errors.BadFile as error:
        raise errors.BadFile(f"{what}: {error}") from None
    _check_arrays(diagram, arrays, what)
    return diagram._with(in_ports=ins, out_ports=outs, weights=dict(arrays))


def _read_own(written: Any, terms: Sequence[Any]) -> None:
    """The formulas of own functions: that a formula fits its signature is proved again."""
    from .own import read_meaning

    if not isinstance(written, list):
        raise errors.BadFile("the own functions are not a list")
    for item in written:
        match item:
            case [int(i), list(meaning)] if 0 <= i < len(terms) and terms[i].head is Head.FUNCTION:
                try:
                    read_meaning(terms[i], meaning)
                except errors.BadFile:
                    raise
                except ValueError as error:
                    raise errors.BadFile(f"own function {terms[i]}: {error}") from None
            case _:
                raise errors.BadFile(f"{_short(item)} is no own function")


def _ports(written: Any, terms: Sequence[Any], count: int) -> list[Port]:
    from .function import Function

    if not isinstance(written, list) or len(written) != count:
        raise errors.BadFile(f"there are {count} ports to name")
    ports = []
    for item in written:
        match item:
            case [None | str() as name, None]:
                ports.append(Port(name))
            case [None | str() as name, int(i)] if 0 <= i < len(terms) and isinstance(terms[i], Function):
                from .image import bijection, domain

                if bijection(terms[i], domain(terms[i])) is None:
                    raise errors.BadFile(f"{terms[i]} is no coordinate: it has no inverse")
                ports.append(Port(name, terms[i]))
            case _:
                raise errors.BadFile(f"{_short(item)} is no port")
    return ports


def _check_arrays(diagram: Diagram, arrays: Mapping[str, Any], what: str) -> None:
    import numpy as np

    shapes = {v.name: v for v in diagram.variables if isinstance(v, Weight | Vector)}
    terms = [t for t in subterms(diagram.terms) if isinstance(t, Weight | Vector)]
    shapes |= {constant_name(t): t for t in terms if t.head in (Head.CONSTANT, Head.CONSTANT_VECTOR)}
    for name, array in arrays.items():
        term = shapes.get(name)
        if term is None:
            raise errors.BadFile(f"{what} holds an array {name} that no box of the net uses")
        sizes = [s.value for s in axes_of(term)]
        if array.ndim != len(sizes) or any(n is not None and n != m for n, m in zip(sizes, array.shape, strict=True)):
            raise errors.BadFile(f"{what}: {name} has shape {tuple(array.shape)}, the net wants {tuple(sizes)}")
        if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            raise errors.BadFile(f"{what}: {name} must hold finite real numbers")
