"""The verbs of the command line as functions: NumPy arrays and data frames in and out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .core.errors import RecipeError
from .data.dataset import Dataset
from .data.formats import Columns, write
from .evaluation.scorecard import Scorecard
from .recipes.asked import planned
from .recipes.assess import assess
from .recipes.conduct import Conduct
from .recipes.conduct import train as conduct_training
from .recipes.feature_tokenizer.translation import is_feature_tokenizer
from .recipes.library import find
from .recipes.run import Run
from .recipes.sections import Data
from .recipes.sourcing import open_source
from .recipes.text import read

__all__ = ["Columns", "Dataset", "Run", "evaluate", "load", "train"]


def load(source: str | Path | Sequence[str | Path], *, columns: Columns | None = None) -> Dataset:
    """Reads data into memory; the format is told by the content.

    Args:
        source: A file, a folder of CSV files, several files, or `excerpt:magnet`.
        columns: Which arrays play which role; files written by this package know it.

    Raises:
        DataError: If it cannot be used.

    Example:
        >>> load("excerpt:magnet").schema.names("drive")
        ('current',)
    """
    sources = [source] if isinstance(source, str | Path) else source
    data = Data(source=[str(entry) for entry in sources], columns=columns)
    opened = open_source(data, seed=0)
    assert isinstance(opened, Dataset)
    return opened


def train(
    recipe: str | Path | Mapping[str, Any],
    output: str | Path,
    *,
    data: Dataset | None = None,
    changes: Mapping[str, Any] | None = None,
    existing_model: str | Path | None = None,
    device: str = "auto",
) -> Run:
    """Trains what a recipe says, and leaves a run folder behind.

    Args:
        recipe: A recipe file, the name of a packaged recipe, or its tree.
        output: The folder of the run; new or empty.
        data: What it learns from, instead of the recipe's data; written beside the run
            folder, as OUTPUT.npz, so that the run can be repeated.
        changes: Settings to change, by their dotted paths, such as `phases.0.epochs`.
        existing_model: A run or model file whose weights it starts from.
        device: `auto`, `cpu` or `cuda`.

    Raises:
        LatentLoomError: If the recipe, its data or the folder cannot be used.
    """
    tree = recipe if isinstance(recipe, Mapping) else read(find(recipe))
    changed = list((changes or {}).items())
    if data is not None:
        changed += _stored(tree, data, Path(f"{output}.npz"))
    plan = planned(tree, settings={}, changes=changed)
    model = None if existing_model is None else Path(existing_model)
    return conduct_training(plan, Path(output), Conduct(device=device, existing_model=model))


def evaluate(run: Run | str | Path, data: Dataset | None = None) -> Scorecard:
    """The scores of a run beside its baselines.

    Args:
        run: The run, or its folder.
        data: What it is scored on; its own test split if None.

    Raises:
        LatentLoomError: If the run or the data cannot be used.
    """
    opened = run if isinstance(run, Run) else Run.open(run)
    return assess(opened, data).scorecard


def _stored(tree: Mapping[str, Any], data: Dataset, path: Path) -> list[tuple[str, Any]]:
    """Writes data, and says how a recipe changes to read it."""
    if is_feature_tokenizer(tree):
        write(data, path)
        return [("dataset_path", str(path))]
    section = tree.get("data")
    if not isinstance(section, Mapping):
        raise RecipeError("data", "must be a mapping")
    write(data, path)
    unset = [(f"data.{n}", None) for n in ("simulate", "columns") if section.get(n) is not None]
    label = [("data.file_label", "")] if section.get("file_label") else []
    return [*unset, *label, ("data.source", str(path))]
