"""What may be done to a network: equations, rules and strategies, every result with its proof."""

from .axioms import (
    chart,
    compose,
    concat_slice,
    fuse_add,
    map_concat,
    map_equal,
    map_identity,
    map_slice,
    slice_concat,
    unit_add,
)
from .definition import Definition, define
from .description import Description, describe
from .facts import Axiom, Equal, Grade, Verdict
from .kernel import Equation
from .load import load_proof
from .matrices import affine, map_permutation, map_scaling, map_signs, partial_chart, pool_chart, pool_map, power_exp
from .normal import normal_form
from .own import undo
from .proof import Step, save_proof
from .questions import Near, bound, decreasing, image, increasing, injective, prove_equal
from .report import Report, parameter_preserving, report
from .rewriting import share
from .rule import rule
from .schema import Schema
from .signed import fuse_signed, odd_magnitude, odd_sign, polar, signed_map, signed_positive, split
from .strategy import absorb, seams, simplify, to_additive, to_multiplicative
from .theorems import cancel, companion, fuse, mult_add, naturality
from .verify import verify

__all__ = [
    "Axiom", "Definition", "Description", "Equal", "Equation", "Grade", "Near", "Report", "Schema", "Step", "Verdict", "absorb", "affine", "bound", "cancel", "chart", "companion", "compose", "concat_slice", "decreasing", "define", "describe", "fuse", "fuse_add", "fuse_signed", "image", "increasing", "injective", "load_proof", "map_concat", "map_equal", "map_identity", "map_permutation", "map_scaling", "map_signs", "map_slice", "mult_add", "naturality", "normal_form", "odd_magnitude", "odd_sign", "parameter_preserving", "partial_chart", "polar", "pool_chart", "pool_map", "power_exp", "prove_equal", "report", "rule", "save_proof", "seams", "share", "signed_map", "signed_positive", "simplify", "slice_concat", "split", "to_additive", "to_multiplicative", "undo", "unit_add", "verify",
]  # fmt: skip
