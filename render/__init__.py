"""How a network is shown: pictures of diagrams, equations and derivations."""

from .dot import dot
from .film import film
from .scene import Scene
from .show import show
from .svg import Picture, svg

__all__ = ["Picture", "Scene", "dot", "film", "show", "svg"]
