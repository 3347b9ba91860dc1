"""How a network is shown: pictures of diagrams, equations and derivations, plots of functions, and what floats make of the forms of a net."""

from .costs import Costs, costs
from .dot import dot
from .film import film
from .functions import Facts, facts
from .legend import legend
from .plot import plot
from .range import RangeTable, float_table
from .scene import Scene
from .search import FloatRange, float_range
from .show import show
from .svg import Picture, svg

__all__ = [
    "Costs",
    "Facts",
    "FloatRange",
    "Picture",
    "RangeTable",
    "Scene",
    "costs",
    "dot",
    "facts",
    "film",
    "float_range",
    "float_table",
    "legend",
    "plot",
    "show",
    "svg",
]
