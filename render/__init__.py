"""How a network is shown: pictures of diagrams and equations."""

from .film import film
from .scene import Scene
from .svg import Picture, svg

__all__ = ["Picture", "Scene", "film", "svg"]
