"""How a network is shown: pictures of diagrams and equations."""

from .costs import Costs, costs
from .plot import plot
from .range import RangeTable, float_table
from .scene import Scene
from .search import FloatRange, float_range
from .svg import Picture, svg

__all__ = [
    "Costs",
    "FloatRange",
    "Picture",
    "RangeTable",
    "Scene",
    "costs",
    "float_range",
    "float_table",
    "plot",
    "svg",
]
