"""Write the API reference from the docstrings: `python docs/reference.py FOLDER`, which `make docs` does."""

import pkgutil
import sys
import warnings
from pathlib import Path

import pdoc

import explorer

LEFT_OUT = ("explorer.__main__", "explorer.cli", "explorer.commands", "explorer.webapp", "explorer.training.spark")


def modules() -> list[str]:
    """Names of the modules that are a library: all but the command line, the web app and Spark."""
    names = (found.name for found in pkgutil.walk_packages(explorer.__path__, "explorer."))
    return ["explorer", *(name for name in names if not name.startswith(LEFT_OUT))]


def main(folder: Path) -> None:
    """Write a page for each module."""
    for name in explorer.__all__:  # they are imported when they are first used; pdoc sees those that are there
        setattr(explorer, name, getattr(explorer, name))
    warnings.filterwarnings("ignore", "The module specification")  # pdoc finds the modules of packages too
    pdoc.render.configure(docformat="google", footer_text=f"Embedding Explorer {explorer.__version__}")
    pdoc.pdoc(*modules(), output_directory=folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
