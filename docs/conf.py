"""How the documentation is built: python -m sphinx -W docs docs/_build/html"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "pictures"))

import sigmaprime

project = "sigmaprime"
version = release = sigmaprime.__version__
copyright = "the authors of sigmaprime, MIT licence"
extensions = ["myst_parser", "sphinx.ext.autodoc", "extension"]
exclude_patterns = ["_build", "examples", "pictures"]
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
smartquotes = False  # σ' is not σ’
default_role = "code"  # docstrings put code between single backquotes

html_theme = "furo"
html_title = "sigmaprime"
html_static_path = ["_static"]
html_css_files = ["page.css"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "tango"
pygments_dark_style = "native"
