"""`latentloom recipes`: lists the recipes that come with the package."""

from .console import print_pairs


def recipes() -> None:
    """List the recipes that come with the package."""
    from ..recipes.library import packaged

    print_pairs([(entry.name, entry.description) for entry in packaged()])
