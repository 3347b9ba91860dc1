"""Terms and diagrams as text: `board` as one writes on a board, `code` as Python that evaluates back.

Nothing recurses: texts are made from the leaves up.
"""

from __future__ import annotations

import functools
import operator
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .space import Space
from .term import Head, Term, subterms

if TYPE_CHECKING:
    from .diagram import Diagram

__all__ = ["board", "board_of_box", "board_of_diagram", "code", "code_of_diagram"]

LONGEST = 800  # a board cuts longer texts


# --- terms ---


def board(term: Term) -> str:
    """The term as on a board: `ln∘tanh∘exp`, `W2·W1`, `W2·b1 + b2`."""
    return _texts(term, _board)


def code(term: Term) -> str:
    """The term as code in the words of `sigmaprime.diagrams`."""
    return _texts(term, _code)


def _texts(term: Term, write: Any) -> str:
    texts: dict[Term, str] = {}
    for t in subterms([term], bodies=True):
        texts[t] = write(t, texts)
        if write is _board and len(texts[t]) > LONGEST:
            texts[t] = texts[t][:LONGEST] + "…"
    return _named(term, texts)


def _named(term: Any, texts: dict[Term, str]) -> str:
    """The text of a term, its name if it is a chain that has one."""
    from .activations import NAMED

    return NAMED[term] if term in NAMED else texts[term]


def _size_text(size: Term, quote: bool) -> str:
    terms = [f"{'' if k == 1 else f'{k}·'}{n if isinstance(n, str) else '?'}" for n, k in size.key[2:]]
    if not quote:
        return " + ".join([*terms, *([str(size.key[1])] if size.key[1] or not terms else [])])
    if len(size.key) == 2:
        return str(size.key[1])
    name = getattr(size, "variable", None)
    return f'"{name}"' if isinstance(name, str) else code(size)


_WORDS = {
    "softsign_inverse": "softsign⁻¹",
    "log_expm1": "softplus⁻¹",
    "bent_identity_inverse": "bent_identity⁻¹",
    "absolute": "abs",
}


def _atom_text(name: str, given: list[str]) -> str:
    match name, given:
        case "maximum", ["0"]:
            return "relu"
        case "maximum", [c]:
            return f"max(x, {c})"
        case "minimum", [c]:
            return f"min(x, {c})"
        case "swish", ["1"]:
            return "silu"
        case (("elu_inverse" | "squareplus_inverse"), [c]):
            return f"{name.removesuffix('_inverse')}({c})⁻¹"
        case _, [c] if name not in ("power", "scale", "shift"):
            return f"{name}({c})"
        case "power", [a]:
            return f"x^({a})" if "/" in a or "-" in a else f"x^{a}"
        case "scale", [c]:
            return f"{c}·x"
        case "shift", [c]:
            return f"x - {c[1:]}" if c.startswith("-") else f"x + {c}"
        case _:
            return _WORDS.get(name, name)


def _board(term: Term, texts: dict[Term, str]) -> str:
    key = term.key
    match key[0]:
        case Head.SIZE:
            return _size_text(term, quote=False)
        case Head.RATIONAL:
            return str(key[1])
        case Head.ATOM:
            return _atom_text(key[1], [texts[s] for s in key[2:]])
        case Head.INVERSE:
            return f"({texts[key[1]]})⁻¹" if "x" in texts[key[1]] else f"{texts[key[1]]}⁻¹"
        case Head.THEN:
            first = _link(key[1], texts)
            return f"({_link(key[2], texts)}∘{first[1:-1] if key[1].key[0] is Head.THEN and len(first) < LONGEST else first})"
        case Head.DEFINED:
            return _label(key, texts)
        case Head.EYE:
            return "I"
        case Head.ZERO | Head.ZERO_VECTOR:
            return "0"
        case Head.CONSTANT | Head.CONSTANT_VECTOR:
            return f"#{key[-1][:8]}"
        case Head.TIMES:
            return _multiple_text(key, texts) or f"{texts[key[1]]}·{texts[key[2]]}"
        case Head.SCALE:
            return "-I" if key[1].key[1] == -1 else f"{texts[key[1]]}·I"
        case Head.ONES | Head.ONES_VECTOR:
            return "𝟙"
        case Head.DIAGONAL:
            return f"diag({texts[key[1]]})"
        case Head.CONVOLUTION:
            return f"conv({texts[key[1]]})"
        case Head.INVERTED:
            return f"{texts[key[1]]}⁻¹"
        case Head.ROW:
            return f"[{' '.join(texts[w] for w in key[1:])}]"
        case Head.APPLY:
            inner = texts[key[2]]
            if key[1].key[0] is Head.SCALE:
                return _multiple_text(key, texts) or ""
            return f"{texts[key[1]]}·({inner})" if key[2].key[0] is Head.SUM else f"{texts[key[1]]}·{inner}"
        case Head.SUM:
            return " + ".join(texts[v] for v in key[1:])
        case _:
            return str(key[1])


def _link(part: Term, texts: dict[Term, str]) -> str:
    """A part of a chain: (x + 1) and (2·x) stand between brackets."""
    loose = part.key[0] is Head.ATOM and part.key[1] in ("scale", "shift")
    return f"({texts[part]})" if loose else texts[part]


def _multiple_text(key: tuple[Any, ...], texts: dict[Term, str]) -> str | None:
    """c·W and c·v, where the multiple of I stands first."""
    if key[1].key[0] is not Head.SCALE:
        return None
    inner = f"({texts[key[2]]})" if key[2].key[0] is Head.SUM else texts[key[2]]
    return f"-{inner}" if key[1].key[1].key[1] == -1 else f"{texts[key[1].key[1]]}·{inner}"


def _label(key: tuple[Any, ...], texts: dict[Term, str]) -> str:
    """The label of a definition; a parameter's name in it is replaced by the argument: σ' at tanh is tanh'."""
    label, count = key[1], key[3]
    parameters, arguments = key[4 : 4 + count], key[5 + count :]
    if parameters == arguments:
        return str(label)
    if count == 1 and parameters[0].key[1] in label:
        return str(label).replace(parameters[0].key[1], _named(arguments[0], texts))
    return f"{label}[{', '.join(_named(a, texts) for a in arguments)}]"


_NICKNAMES = {
    "maximum0": "relu",
    "maximum1": "max1",
    "power2": "square",
    "power3": "cube",
    "power1/2": "sqrt",
    "swish1": "silu",
}


def _number(scalar: Term, texts: dict[Term, str]) -> str:
    value = scalar.key[1]
    if isinstance(value, Fraction):
        return str(value) if value.denominator == 1 else f'"{value}"'
    return texts[scalar]


def _code(term: Term, texts: dict[Term, str]) -> str:
    key = term.key
    match key[0]:
        case Head.SIZE:
            parts = [
                f'Size("{n}")' if isinstance(n, str) else f"Size.anonymous({n})" for n, k in key[2:] for _ in range(k)
            ]
            return " + ".join([*([f"Size({key[1]})"] if key[1] or not parts else []), *parts])
        case Head.RATIONAL:
            return f"Scalar.of({_number(term, texts)})"
        case Head.SCALAR:
            return f'Scalar("{key[1]}", {key[2]!r})'
        case Head.ATOM:
            name = _NICKNAMES.get(key[1] + "".join(str(s.key[1]) for s in key[2:] if s.closed), key[1])
            if not key[2:] or name != key[1]:
                return str(name)
            return f"{name}({', '.join(_number(s, texts) for s in key[2:])})"
        case Head.FUNCTION:
            return f'Function("{key[1]}", {key[2]!r}, {key[3]!r})'
        case Head.INVERSE:
            return f"inverse({texts[key[1]]}, on={key[2]!r})"
        case Head.THEN:
            first = texts[key[1]]
            return f"{first[:-1] if key[1].key[0] is Head.THEN else f'then({first}'}, {texts[key[2]]})"
        case Head.DEFINED:
            return _definition(key, texts)
        case Head.WEIGHT:
            return f'Weight("{key[1]}", {_size_text(key[2], True)}, {_size_text(key[3], True)})'
        case Head.VECTOR:
            return f'Vector("{key[1]}", {_size_text(key[2], True)})'
        case Head.INTEGERS:
            return f'Vector.integers("{key[1]}", {_size_text(key[2], True)})'
        case Head.CONSTANT | Head.CONSTANT_VECTOR:
            sort = "Weight" if key[0] is Head.CONSTANT else "Vector"
            sizes = ", ".join(_size_text(s, True) for s in key[2:-1])
            return f'{sort}.digest("{key[1]}", {sizes}, "{key[-1]}")'
        case Head.ZERO_VECTOR | Head.ONES_VECTOR:
            return f"Vector.{'zero' if key[0] is Head.ZERO_VECTOR else 'ones'}({_size_text(key[1], True)})"
        case Head.SCALE:
            return f"multiple({_number(key[1], texts)}, {_size_text(key[2], True)})"
        case Head.MEMBER:
            spans = key[2:4] if key[4].value in ("mixing", "integer") else key[2:3]
            return f'{key[4].value}("{key[1]}", {", ".join(_size_text(s, True) for s in spans)})'
        case Head.CONVOLUTION:
            weight, sizes, kernel, stride, before, after, dilation, groups = key[1:]
            padding = list(zip(before, after, strict=True))
            rest = f"stride={list(stride)}, padding={padding}, dilation={list(dilation)}, groups={groups}"
            return f"convolution({texts[weight]}, {list(sizes)}, {list(kernel)}, {rest})"
        case Head.EYE | Head.ZERO | Head.ONES:
            return f"{key[0].name.lower()}({', '.join(_size_text(s, True) for s in key[1:])})"
        case _:
            word = _WORD_OF.get(key[0], key[0].name.lower())
            return f"{word}({', '.join(texts[t] for t in key[1:])})"


_WORD_OF = {Head.SUM: "plus", Head.SIGNED: "signed_map"}


def _definition(key: tuple[Any, ...], texts: dict[Term, str]) -> str:
    from .function import parts

    label, interval, count = key[1:4]
    parameters, body, arguments = key[4 : 4 + count], key[4 + count], key[5 + count :]
    chain = [texts[p] for p in parts(body)]
    if len(chain) == 1:
        chain = [f"fn({chain[0]})"]
    if _natural(parts(body)[0]) is not interval:
        chain.insert(0, f"wire({interval!r})")
    text = f'Function.defined("{label}", {" >> ".join(chain)})'
    if parameters != arguments:
        values = ", ".join(f"{texts[p]}: {texts[a]}" for p, a in zip(parameters, arguments, strict=True))
        text += f".instance({{{values}}})"
    return text


def _natural(function: Any) -> Any:
    """The interval that the function takes when lifted, None if it cannot be lifted alone."""
    from .errors import IllTyped
    from .image import domain

    try:
        return domain(function)
    except IllTyped:
        return None


# --- boxes and diagrams ---


def board_of_box(box: Any) -> str:
    from .box import Concat, Map, Mix, Pool, Signed, Slice

    match box:
        case Signed(weight, parity, bias, flip):
            return _signed_layer(weight, parity, bias, flip)
        case Map(function):
            text = board(function)
            return text[1:-1] if text.startswith("(") and function.head is Head.THEN else text
        case Mix(chart, weight, bias):
            inner = board(weight) if bias.is_zero else f"{board(weight)}, {board(bias)}"
            word = {"identity": "add", "exp": "mul"}.get(board(chart))
            return f"{word}({inner})" if word else f"mix({board(chart)}, {inner})"
        case Slice(start, size):
            return f"slice({start}, {size})"
        case Concat():
            return "concat"
        case Pool(chart, windows):
            word = {"identity": "maxpool", "negate": "minpool"}.get(board(chart), f"pool[{board(chart)}]")
            return f"{word}({board(windows)})"
        case _:
            return str(box)


def _signed_layer(weight: Any, parity: Any, bias: Any, flip: Any) -> str:
    unbiased = [] if bias.is_zero else [board(bias)]
    unflipped = [] if flip.is_zero else [f"flip {board(flip)}"]
    match weight.head, parity.head, [*unbiased, *unflipped]:
        case Head.EYE, Head.ZERO, []:
            return "|·|"
        case Head.ZERO, Head.EYE, []:
            return "sgn"
        case Head.ZERO, _, rest if not unbiased:
            return f"parity({', '.join([board(parity), *rest])})"
        case _, _, rest:
            return f"smul({', '.join([board(weight), board(parity), *rest])})"


def is_chain(diagram: Diagram) -> bool:
    """One input, one output, and every box a map or layer that reads the one before."""
    from .box import Kind

    c = diagram.columns
    straight = len(diagram.inputs) == len(diagram.outputs) == 1 and diagram.outputs[0] == len(c.op) - 1
    return (
        straight
        and all(op in (Kind.MAP, Kind.MIX, Kind.POOL, Kind.SIGNED) for op in c.op[1:])
        and all(a == i for i, a in enumerate(c.first[1:]))
    )


def board_of_diagram(diagram: Diagram) -> str:
    """A chain on one line, else one line for each wire that is read more than once, and the outputs."""
    from .box import Kind, box_of

    columns, count = diagram.columns, len(diagram.inputs)
    boxes = [box_of(diagram.row(w)) for w in range(count, len(columns.op))]
    if is_chain(diagram):
        return " ; ".join(map(board_of_box, boxes)) or "wire"
    readers = Counter(a for w in range(count, len(columns.op)) for a in columns.arguments(w))
    readers.update(diagram.outputs)
    names = input_names(diagram)
    texts: dict[int, str] = dict(enumerate(names))
    sizes = _sizes(diagram)
    lines: list[str] = []
    pending: dict[int, tuple[int, list[str]]] = {}  # wire -> (wire with a text, boxes applied to it)

    def text(wire: int) -> str:
        if wire not in texts:
            base, applied = pending.pop(wire)
            chain = " ; ".join(applied)
            texts[wire] = f"({chain})({bare(base)})" if len(applied) > 1 or "∘" in chain else f"{chain}({bare(base)})"
        return texts[wire]

    def bare(wire: int) -> str:
        inner = text(wire)
        return inner[len("concat(") : -1] if columns.op[wire] == Kind.CONCAT and inner.startswith("concat(") else inner

    for wire, box in enumerate(boxes, count):
        arguments = columns.arguments(wire)
        bundled = columns.arguments(arguments[0]) if columns.op[arguments[0]] == Kind.CONCAT else ()
        sign = _sum_sign(box, [sizes[a] for a in bundled])
        if columns.op[wire] == Kind.CONCAT:
            texts[wire] = f"concat({', '.join(map(text, arguments))})"
        elif sign and arguments[0] in texts and readers[arguments[0]] == 1:
            texts[wire] = sign.join(_factor(text(a), sign) for a in columns.arguments(arguments[0]))
        else:
            base, applied = pending.pop(arguments[0]) if arguments[0] in pending else (arguments[0], [])
            pending[wire] = base, [*applied, board_of_box(box)]
        if readers[wire] > 1 or (wire in texts and len(texts[wire]) > 200):
            named = f"h{len(lines) + 1}"
            lines.append(f"{named} = {text(wire)}")
            texts[wire] = named
    return "\n".join([*lines, ", ".join(text(w) for w in diagram.outputs)])


def _factor(text: str, sign: str) -> str:
    return f"({text})" if sign == " * " and " + " in text else text


def _sizes(diagram: Diagram) -> list[Any]:
    """The size of every wire; it does not depend on intervals."""
    from .box import Concat, Mix, Pool, Signed, Slice, box_of

    sizes: list[Any] = [s.size for s in diagram.inputs]
    for wire in range(len(sizes), len(diagram.columns.op)):
        arguments = diagram.columns.arguments(wire)
        match box_of(diagram.row(wire)):
            case Mix(_, weight, _) | Pool(_, weight) | Signed(weight, _, _, _):
                sizes.append(weight.rows)
            case Slice(_, size):
                sizes.append(size)
            case Concat():
                sizes.append(functools.reduce(operator.add, (sizes[a] for a in arguments)))
            case _:
                sizes.append(sizes[arguments[0]])
    return sizes


def _sum_sign(box: Any, parts: list[Any]) -> str | None:
    """The sign if the box adds (or multiplies) whole wires of these sizes: one unit block for each."""
    from .box import Mix, Signed
    from .function import Function

    if isinstance(box, Signed) and box.parity is box.weight and box.flip.is_zero:
        box = Mix(Function.atom("exp"), box.weight, box.bias)
    summed = isinstance(box, Mix) and box.weight.head is Head.ROW and box.bias.is_zero
    if not summed or [w.key for w in box.weight.key[1:]] != [(Head.EYE, size) for size in parts]:
        return None
    return {"identity": " + ", "exp": " * "}.get(board(box.chart))


def input_names(diagram: Diagram) -> list[str]:
    """Names of the inputs: their own, else x, y, z or x1, x2, ..."""
    count = len(diagram.inputs)
    usual = ["x", "y", "z"][:count] if count <= 3 else [f"x{i + 1}" for i in range(count)]
    return [p.name or usual[i] for i, p in enumerate(diagram.in_ports)]


def output_names(diagram: Diagram) -> list[str]:
    """Names of the outputs: their own, else y or y1, y2, ..."""
    count = len(diagram.outputs)
    return [p.name or ("y" if count == 1 else f"y{i + 1}") for i, p in enumerate(diagram.out_ports)]


def code_of_diagram(diagram: Diagram) -> str:
    """Code that evaluates back (arrays and port names apart)."""
    from .box import Map, box_of

    boxes = [box_of(diagram.row(w)) for w in range(len(diagram.inputs), len(diagram.columns.op))]
    if not is_chain(diagram):
        nodes = ", ".join(f"({b!r}, {diagram.columns.arguments(w)})" for w, b in enumerate(boxes, len(diagram.inputs)))
        return f"Diagram([{', '.join(map(repr, diagram.inputs))}], [{nodes}], {list(diagram.outputs)})"
    start = diagram.inputs[0]
    words = [_word(b) for b in boxes]
    if not boxes or not _is_natural(start, boxes):
        words.insert(0, _wire(start))
    elif len(boxes) == 1 and isinstance(boxes[0], Map):
        words = [f"fn({words[0]})"]
    return " >> ".join(words)


def _wire(space: Space) -> str:
    size = "" if space.size.variable == 0 else _size_text(space.size, True)
    interval = "" if space.interval.text == "(-oo, oo)" else repr(space.interval)
    return f"wire({', '.join(t for t in (size, interval) if t)})"


def _is_natural(start: Space, boxes: list[Any]) -> bool:
    """Whether the words alone start with this space."""
    from .box import Map, Pool, Signed
    from .image import layer_chart
    from .space import nonzero
    from .weight import Size

    columns = [(b.windows if isinstance(b, Pool) else b.weight).columns for b in boxes if not isinstance(b, Map)]
    size = columns[0] if columns else Size.anonymous(0)
    match boxes[0]:
        case Map(function):
            natural = _natural(function)
        case Signed():
            natural = nonzero
        case other:
            natural = layer_chart(other.chart)[0]
    return start.size is size and natural is start.interval


def _word(box: Any) -> str:
    from .box import Map, Pool, Signed

    if isinstance(box, Map):
        return code(box.function)
    if isinstance(box, Signed):
        given = [f"{n}={code(v)}" for n, v in (("bias", box.bias), ("flip", box.flip)) if not v.is_zero]
        return f"smul({', '.join([code(box.weight), code(box.parity), *given])})"
    if isinstance(box, Pool):
        word = {"identity": "maxpool(", "negate": "minpool("}.get(board(box.chart), f"pool({code(box.chart)}, ")
        return f"{word}{code(box.windows)})"
    word = {"identity": "add(", "exp": "mul("}.get(board(box.chart), f"mix({code(box.chart)}, ")
    weight, bias = box.weight, box.bias
    if weight.head is not Head.WEIGHT or not (bias.is_zero or bias.head is Head.VECTOR):
        return f"{word}{code(weight)}{'' if bias.is_zero else ', ' + code(bias)})"
    rows, columns = weight.rows, weight.columns
    sizes = [] if rows.unnamed and columns.unnamed else [columns, rows]
    if any(s.unnamed for s in sizes) or (not sizes and rows is columns):
        return f"{word}{code(weight)}{'' if bias.is_zero else ', ' + code(bias)})"
    texts = [f'"{weight.name}"', *(_size_text(s, True) for s in sizes)]
    return f"{word}{', '.join(texts if bias.is_zero else [*texts, f'bias={chr(34)}{bias.name}{chr(34)}'])})"
