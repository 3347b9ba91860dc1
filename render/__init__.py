"""How a network is shown: pictures of diagrams and equations."""

from .dot import dot
from .scene import Scene
from .show import show
from .svg import Picture, svg

__all__ = ["Picture", "Scene", "dot", "show", "svg"]
