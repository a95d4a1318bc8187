"""The keys of a Gaussian VAE's YAML, in whichever group they are written or in none."""

from collections.abc import Iterable, Mapping
from typing import Any

from ...core.errors import RecipeError
from ..complaints import raise_all, unknown
from ..models import settings
from .sections import Callbacks, Data, Model, Training

Tree = dict[str, Any]

GROUPS: Mapping[str, type] = {
    "model": Model,
    "training": Training,
    "data": Data,
    "callbacks": Callbacks,
}
HOME = {key: group for group, root in GROUPS.items() for key in settings(root)}
"""The group of each key."""

SEED = "random_seed"


def named(tree: Mapping[str, Any]) -> frozenset[str]:
    """The keys that a tree writes, in groups or not."""
    inner = [tree[group] for group in GROUPS if isinstance(tree.get(group), Mapping)]
    return frozenset(tree).union(*inner)


def grouped(tree: Mapping[str, Any]) -> tuple[Tree, dict[str, str]]:
    """The tree with every key in the group it belongs to, and where each was written.

    Raises:
        RecipeError: If a key is unknown, or written twice with different values, or a group
            is no mapping.

    Example:
        >>> tree, written = grouped({"epochs": 3, "model": {"latent_dim": 8}})
        >>> tree["training"], tree["model"], written["training.epochs"]
        ({'epochs': 3}, {'latent_dim': 8}, 'epochs')
    """
    made: Tree = {group: {} for group in GROUPS}
    written: dict[str, str] = {}
    problems: list[RecipeError] = []
    for place, key, value in _entries(tree, problems):
        if key == SEED and place == SEED:
            made[SEED] = value
        elif key not in HOME:
            problems.append(RecipeError(place, unknown(key, [*HOME, *GROUPS, SEED])))
        elif key in made[HOME[key]] and made[HOME[key]][key] != value:
            first, home = written[f"{HOME[key]}.{key}"], made[HOME[key]]
            problem = f"must be what {first} is, got {home[key]} there and {value} here"
            problems.append(RecipeError(place, f"{problem}; leave one out"))
        else:
            made[HOME[key]][key] = value
            written.setdefault(f"{HOME[key]}.{key}", place)
    raise_all(problems)
    return made, written


def home_of(path: str) -> str:
    """A path with its key in the group it belongs to, so that it can be changed there.

    Example:
        >>> home_of("max_beta"), home_of("model.max_beta"), home_of("encoder_filters.0")
        ('training.max_beta', 'training.max_beta', 'model.encoder_filters.0')
    """
    top, _, rest = path.partition(".")
    inner = rest if top in GROUPS and rest else path
    key = inner.partition(".")[0]
    return f"{HOME[key]}.{inner}" if key in HOME else path


def _entries(
    tree: Mapping[str, Any], problems: list[RecipeError]
) -> Iterable[tuple[str, str, Any]]:
    """Where each key is written, the key and its value."""
    for name, value in tree.items():
        if name not in GROUPS:
            yield str(name), str(name), value
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                yield f"{name}.{key}", str(key), inner
        elif value is not None:
            problems.append(RecipeError(name, f"must be a mapping, got {value!r:.60}"))
