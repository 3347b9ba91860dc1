"""The command line: `sigmaprime convert NET -o DIR`, `sigmaprime check PROOF`, `sigmaprime draw NET -o out.svg`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["main"]


def _convert(arguments: argparse.Namespace) -> int:
    from .convert import convert

    say: Callable[[str], None] = (
        (lambda text: print(text, file=sys.stderr)) if sys.stderr.isatty() else (lambda _: None)
    )
    done = convert(arguments.net, arguments.output, ends=arguments.ends, data=arguments.data, say=say)
    print(json.dumps(done.as_json(), ensure_ascii=False, indent=2) if arguments.json else done)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from sigmaprime.diagrams import BadFile
    from sigmaprime.rewrite.proof import check_bytes

    if not arguments.proof.is_file():
        raise BadFile(f"there is no file {arguments.proof}")
    verdict = check_bytes(arguments.proof.read_bytes())
    print(json.dumps(verdict.value, ensure_ascii=False, indent=2) if arguments.json else verdict.value["text"])
    return 0


def _draw(arguments: argparse.Namespace) -> int:
    from sigmaprime.diagrams import load

    from .svg import svg

    svg(load(arguments.net), theme=arguments.theme, view=arguments.view).save(arguments.output)
    print(f"wrote {arguments.output}")
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
        "twin.safetensors, proof.json, before.svg and after.svg.",
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

    draw = commands.add_parser("draw", help="draw a net as SVG")
    draw.add_argument("net", type=Path, metavar="NET", help="a .safetensors file written by sigmaprime")
    draw.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the .svg file to write")
    draw.add_argument(
        "--view", choices=("layer", "neuron"), default="layer", help="one box a layer (default), or one circle a neuron"
    )
    draw.add_argument("--theme", choices=("light", "dark", "transparent"), default="light")
    draw.set_defaults(run=_draw)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; a refusal is one line on standard error and status 1."""
    given = _parser().parse_args(arguments)
    from sigmaprime.diagrams import SigmaError

    try:
        return int(given.run(given))
    except SigmaError as error:
        print(f"sigmaprime: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        print("sigmaprime: interrupted; nothing half-written is left", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
