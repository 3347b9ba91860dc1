"""The command line: `sigmaprime convert NET -o DIR`, `sigmaprime check PROOF`, `sigmaprime draw NET -o out.svg`,
`sigmaprime plot NAME -o out.svg`, `sigmaprime function NAME..`, `sigmaprime range NET`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["main"]


def _convert(arguments: argparse.Namespace) -> int:
    from .convert import convert
    from .progress import Progress

    with Progress() as say:
        done = convert(arguments.net, arguments.output, ends=arguments.ends, data=arguments.data, say=say)
    print(json.dumps(done.as_json(), ensure_ascii=False, indent=2) if arguments.json else done)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from sigmaprime.diagrams import BadFile
    from sigmaprime.rewrite.proof import check_bytes

    from .progress import Progress

    if not arguments.proof.is_file():
        raise BadFile(f"there is no file {arguments.proof}")
    with Progress() as tell:
        tell(f"the second reader checks {arguments.proof.name}")
        verdict = check_bytes(arguments.proof.read_bytes())
    print(json.dumps(verdict.value, ensure_ascii=False, indent=2) if arguments.json else verdict.value["text"])
    return 0


def _draw(arguments: argparse.Namespace) -> int:
    from sigmaprime.diagrams import load
    from sigmaprime.rewrite import load_proof

    from .film import film
    from .svg import svg

    look = {"theme": arguments.theme, "view": arguments.view}
    proof = arguments.file.suffix == ".json"
    picture = film(load_proof(arguments.file), **look) if proof else svg(load(arguments.file), **look)
    picture.save(arguments.output)
    print(f"wrote {arguments.output}")
    return 0


def _plot(arguments: argparse.Namespace) -> int:
    from .plot import plot
    from .words import function_of

    functions = [function_of(text) for text in arguments.functions]
    reference = {"natural": "natural", "none": None}.get(arguments.reference, arguments.reference)
    if reference not in ("natural", None):
        reference = function_of(reference)
    plot(functions, theme=arguments.theme, reference=reference).save(arguments.output)
    print(f"wrote {arguments.output}")
    return 0


def _function(arguments: argparse.Namespace) -> int:
    from .functions import facts
    from .plot import plot
    from .progress import Progress
    from .words import function_of

    functions = [function_of(text, arguments.domain) for text in arguments.functions]
    with Progress() as tell:
        tell(f"asking about {', '.join(arguments.functions)}")
        found = facts(functions, seconds=arguments.seconds)
    print(json.dumps(found.as_json(), ensure_ascii=False, indent=2) if arguments.json else found)
    if arguments.output is not None:
        plot(functions, theme=arguments.theme).save(arguments.output)
        print(f"wrote {arguments.output}", file=sys.stderr)
    return 0


def _range(arguments: argparse.Namespace) -> int:
    from sigmaprime.diagrams import load

    from .progress import Progress
    from .range import float_table

    with Progress() as tell:
        tell(f"deriving the twin of {arguments.net.name}")
        table = float_table(
            load(arguments.net), name=arguments.net.name, inputs=arguments.inputs, spread=arguments.spread, seed=arguments.seed,
            tell=tell,
        )  # fmt: skip
    if arguments.json:
        print(json.dumps(table.as_json(), ensure_ascii=False, indent=2))
    else:
        print(table.markdown() if arguments.markdown else table)
    return 0


def _parser() -> argparse.ArgumentParser:
    from sigmaprime import __version__

    parser = argparse.ArgumentParser(
        prog="sigmaprime", description="Prove and rewrite neural networks as string diagrams."
    )
    parser.add_argument("--version", action="version", version=f"sigmaprime {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    convert = commands.add_parser(
        "convert", help="turn a multiplicative net into its additive twin, with a proof",
        description="Derive the additive twin of a net, have the proof checked by a second reader, run both forms and compare, and write "
        "twin.safetensors, proof.json, before.svg, after.svg, activation.svg (each σ against σ') and, if one is found, overflow.safetensors: an "
        "input at which the net leaves float32 and the twin does not.",
    )  # fmt: skip
    convert.add_argument("net", type=Path, metavar="NET", help="a .safetensors file written by sigmaprime")
    convert.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="the folder for the results")
    convert.add_argument(
        "--ends", choices=("absorb", "keep"), default="absorb",
        help="absorb ln and exp into the ends: the twin in log coordinates (default); or keep them as boxes",
    )  # fmt: skip
    convert.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="test inputs (default: NET's name with .test.safetensors, else random)",
    )
    convert.add_argument("--json", action="store_true", help="print the summary as JSON")
    convert.set_defaults(run=_convert)

    check = commands.add_parser("check", help="have the second reader check a proof file")
    check.add_argument("proof", type=Path, metavar="PROOF", help="a proof.json")
    check.add_argument("--json", action="store_true", help="print the verdict as JSON")
    check.set_defaults(run=_check)

    draw = commands.add_parser(
        "draw", help="draw a net, or the derivation of a proof",
        description="Draw the net of a .safetensors file, or the derivation of a proof file (.json) as a film strip. The ending of the output is "
        "the format: .svg, or what Graphviz writes where its program dot is on the PATH (.png, .pdf).",
    )  # fmt: skip
    draw.add_argument(
        "file", type=Path, metavar="FILE", help="a .safetensors file written by sigmaprime, or a proof.json"
    )
    draw.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="the picture to write")
    draw.add_argument("--view", choices=("layer", "neuron"), default="layer", help="a box a layer, or every component")
    draw.add_argument("--theme", choices=("light", "dark", "transparent"), default="light")
    draw.set_defaults(run=_draw)

    plot = commands.add_parser(
        "plot", help="plot σ against σ' = ln ∘ σ ∘ exp",
        description="Plot each σ (blue, on positive inputs) against σ' = ln ∘ σ ∘ exp (orange). A function is a word of the catalogue, with its "
        "number if it has one: tanh, sigmoid, relu, max1, maximum(2), power(1/2); 'scale(2) ; tanh' is one after the other.",
    )  # fmt: skip
    plot.add_argument("functions", nargs="+", metavar="FUNCTION", help="several become panels (a), (b), ...")
    plot.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the .svg file to write")
    plot.add_argument("--theme", choices=("light", "dark", "transparent"), default="light")
    plot.add_argument(
        "--reference",
        default="natural",
        metavar="FUNCTION",
        help="the thin line: a function, none, or (default) natural",
    )
    plot.set_defaults(run=_plot)

    function = commands.add_parser(
        "function", help="what is known of functions, side by side, and what σ' is",
        description="Facts about each function, with their grades: domain, image, monotony, inverse, symmetry, kinks, limits, zeros; and "
        "σ' = ln ∘ σ ∘ exp in simple form. A function is a word of the catalogue or a formula in x: tanh, relu, power(1/2), 'x/(1+x)', 'x^2*tanh(x)', "
        "'max(x, 1)', 'where(x <= 1, x, x^2)'.",
    )  # fmt: skip
    function.add_argument(
        "functions", nargs="+", metavar="FUNCTION", help="several become columns, and panels of the plot"
    )
    function.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="also plot σ against σ' into this .svg file"
    )
    function.add_argument(
        "--domain",
        metavar="INTERVAL",
        help="the domain of formulas, such as '(0, oo)' (default: the widest that is proved)",
    )
    function.add_argument(
        "--seconds", type=float, default=2.0, metavar="S", help="for each question at most (default 2)"
    )
    function.add_argument("--theme", choices=("light", "dark", "transparent"), default="light")
    function.add_argument("--json", action="store_true", help="print the facts and their evidence as JSON")
    function.set_defaults(run=_function)

    range_ = commands.add_parser(
        "range", help="measure what floats make of a net in each of its forms",
        description="Run the product form, ln ; add ; exp box after box, and the stable twin in float32 and float64, forward and (with PyTorch) "
        "backward, and compare with mpmath.",
    )  # fmt: skip
    range_.add_argument("net", type=Path, metavar="NET", help="a .safetensors file written by sigmaprime")
    range_.add_argument("--inputs", type=int, default=32, metavar="N", help="how many random inputs (default 32)")
    range_.add_argument(
        "--spread", type=float, default=6.0, metavar="S", help="inputs are e^t, t within ±S (default 6)"
    )
    range_.add_argument("--seed", type=int, default=0, metavar="N")
    shown = range_.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print the table as JSON")
    shown.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    range_.set_defaults(run=_range)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; a refusal is one line on standard error and status 1."""
    given = _parser().parse_args(arguments)
    from sigmaprime.diagrams import BadFile, IllTyped, SigmaError

    try:
        return int(given.run(given))
    except SigmaError as error:
        paths = [str(value) for value in vars(given).values() if isinstance(value, Path)]
        said = str(error).replace('domain="', '--domain "')  # as a shell takes it
        about_a_file = paths and isinstance(error, IllTyped | BadFile)
        where = f"{paths[0]}: " if about_a_file and not any(path in said for path in paths) else ""
        print(f"sigmaprime: {where}{said}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        print("sigmaprime: interrupted; nothing half-written is left", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
