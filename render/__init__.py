"""How a network is shown: pictures of diagrams and equations."""

from .legend import legend
from .scene import Scene
from .svg import Picture, svg

__all__ = ["Picture", "Scene", "legend", "svg"]
