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
from .book import Entry, rule_book
from .charts import base, in_chart, power_mul, to_chart
from .definition import Definition, define
from .description import Description, describe
from .errors import BadStrategy
from .facts import Axiom, Equal, Grade, Verdict
from .kernel import Equation
from .load import load_proof
from .matrices import (
    affine,
    hinge,
    map_permutation,
    map_scaling,
    map_signs,
    partial_chart,
    pool_chart,
    pool_map,
    power_exp,
)
from .normal import normal_form
from .own import undo
from .passages import exp_sum, fuse_sums, ln_softmax, softmax_normalise, sum_ln
from .pools import pool_natural, pool_swap
from .proof import Step, save_proof
from .questions import Near, bound, decreasing, image, increasing, injective, prove_equal
from .report import Report, parameter_preserving, report
from .rewriting import share
from .rule import rule
from .rule_files import load_rules, save_rules
from .schema import Schema
from .signed import (
    fuse_signed,
    layer_magnitude,
    layer_sign,
    odd_magnitude,
    odd_sign,
    polar,
    signed_map,
    signed_positive,
    split,
)
from .strategy import absorb, seams, simplify, to_additive, to_multiplicative
from .sums import log_product, logaddexp
from .symmetries import permute_units, rescale_units, sign_units
from .tactics import Tactic, attempt, boxes, everywhere, first, in_turn, layers, once, repeat
from .theorems import cancel, collapse, companion, flip, fuse, mult_add, naturality, unflip
from .verify import verify

__all__ = [
    "Axiom", "BadStrategy", "Definition", "Description", "Entry", "Equal", "Equation", "Grade", "Near", "Report", "Schema", "Step", "Tactic", "Verdict", "absorb", "affine", "attempt", "base", "bound", "boxes", "cancel", "chart", "collapse", "companion", "compose", "concat_slice", "decreasing", "define", "describe", "everywhere", "exp_sum", "first", "flip", "fuse", "fuse_add", "fuse_signed", "fuse_sums", "hinge", "image", "in_chart", "in_turn", "increasing", "injective", "layer_magnitude", "layer_sign", "layers", "ln_softmax", "load_proof", "load_rules", "log_product", "logaddexp", "map_concat", "map_equal", "map_identity", "map_permutation", "map_scaling", "map_signs", "map_slice", "mult_add", "naturality", "normal_form", "odd_magnitude", "odd_sign", "once", "parameter_preserving", "partial_chart", "permute_units", "polar", "pool_chart", "pool_map", "pool_natural", "pool_swap", "power_exp", "power_mul", "prove_equal", "repeat", "report", "rescale_units", "rule", "rule_book", "save_proof", "save_rules", "seams", "share", "sign_units", "signed_map", "signed_positive", "simplify", "slice_concat", "softmax_normalise", "split", "sum_ln", "to_additive", "to_chart", "to_multiplicative", "undo", "unflip", "unit_add", "verify",
]  # fmt: skip
