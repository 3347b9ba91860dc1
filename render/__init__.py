"""How a network is shown: pictures of diagrams and equations."""

from .plot import plot
from .scene import Scene
from .svg import Picture, svg

__all__ = ["Picture", "Scene", "plot", "svg"]
