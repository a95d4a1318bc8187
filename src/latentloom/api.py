"""The verbs of the command line as functions: NumPy arrays and data frames in and out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .core.errors import DataError, RecipeError
from .data.dataset import Dataset
from .data.formats import Columns, write
from .evaluation.diagnosis import Diagnosis
from .evaluation.diagnosis import diagnose as diagnosed
from .evaluation.locating import Deduction
from .evaluation.population import Population
from .evaluation.protocols import Extent, protocol_named
from .evaluation.scorecard import Scorecard
from .evaluation.sets import SetCard
from .evaluation.sheet import Sheet
from .evaluation.tokens import TokenCard
from .recipes.asked import planned
from .recipes.assess import assess
from .recipes.conduct import Conduct
from .recipes.conduct import train as conduct_training
from .recipes.contest import Contest, scored
from .recipes.examination import evidence_of, examine
from .recipes.foreign import form_of
from .recipes.interpolation import Way, interpolated
from .recipes.library import find
from .recipes.locating import locate_states
from .recipes.run import Run
from .recipes.sections import Data
from .recipes.sets_assessed import assess_sets
from .recipes.sets_seen import tells_gaussians
from .recipes.sourcing import open_source
from .recipes.states import read_states, states_of
from .recipes.sweep import Ranking, Search
from .recipes.sweep import sweep as conduct_sweep
from .recipes.text import read
from .recipes.tokens_assessed import assess_tokens

__all__ = [
    "Columns",
    "Dataset",
    "Run",
    "diagnose",
    "evaluate",
    "interpolate",
    "load",
    "locate",
    "score",
    "sweep",
    "train",
]


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
    model = None if existing_model is None else Path(existing_model)
    plan = planned(tree, settings={}, changes=changed, existing_model=model)
    return conduct_training(plan, Path(output), Conduct(device=device, existing_model=model))


def sweep(
    search: str | Path | Mapping[str, Any],
    output: str | Path,
    *,
    workers: int = 1,
    storage: str = "",
    device: str = "auto",
) -> Ranking:
    """Trains a recipe with many settings, and ranks them by a score on validation.

    A sweep that was stopped goes on where it was. Other processes may share its folder.

    Args:
        search: A file that says what is searched, or its tree.
        output: The folder of the sweep.
        workers: Processes that share the work.
        storage: Address of a database server for Optuna; a journal in the folder, if empty.
        device: `auto`, `cpu` or `cuda`.

    Raises:
        LatentLoomError: If the search, the data or the folder cannot be used.
        ValueError: If there is not at least one worker.
    """
    asked = Search.of(search) if isinstance(search, Mapping) else Search.read(Path(search))
    return conduct_sweep(asked, Path(output), workers=workers, storage=storage, device=device)


def evaluate(
    run: Run | str | Path, data: Dataset | None = None
) -> Scorecard | TokenCard | SetCard:
    """The scores of a run beside its baselines.

    Of a run of features they are those of its tokens, of one of sets of Gaussians those of
    what it keeps of each type of channel.

    Args:
        run: The run, or its folder.
        data: What it is scored on; its own test split if None.

    Raises:
        LatentLoomError: If the run or the data cannot be used.
    """
    opened = run if isinstance(run, Run) else Run.open(run)
    if opened.tells_features:
        return assess_tokens(opened, data).card
    if tells_gaussians(opened):
        return assess_sets(opened, data).card
    return assess(opened, data).scorecard


def score(
    made: np.ndarray | Dataset,
    real: np.ndarray | Dataset,
    train: np.ndarray | Dataset | None = None,
    *,
    protocol: str = "strict",
    scores: Sequence[str] | None = None,
    baselines: Sequence[str] | None = None,
    seed: int = 0,
) -> Sheet:
    """The scores of made signals against real ones, as a whole, whoever made them.

    Args:
        made: The made signals, samples x steps x channels, or a dataset with conditions.
        real: Real signals that the generator never saw.
        train: Real signals that it learned from, if that is known.
        protocol: `strict`, `legacy24`, `features` for signals of one step, or
            `trajectories` for movements in the plane.
        scores: Which of the protocol's scores; all if None.
        baselines: Which of its baselines; all if None.
        seed: Of everything random.

    Raises:
        DataError: If the signals are too few or do not fit each other.
        ValueError: If there is no such protocol, score or baseline.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> made, real = rng.normal(size=(2, 40, 12, 1)).astype(np.float32)
        >>> sheet = score(made, real, scores=["skewness"], baselines=[])
        >>> [row.name for row in sheet.rows]
        ['made', 'held-out halves', 'training data']
    """
    contest = Contest(
        real=_population(real),
        made=_population(made),
        train=None if train is None else _population(train),
        stamp={},
    )
    extent = Extent(
        baselines=_names(baselines),
        scores=_names(scores),
        seed=seed,
    )
    return scored(contest, protocol_named(protocol), extent).sheet


def _names(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return (names,) if isinstance(names, str) else None if names is None else tuple(names)


def _population(signals: np.ndarray | Dataset) -> Population:
    if isinstance(signals, Dataset):
        return Population.of(signals)
    values = np.asarray(signals, dtype=np.float32)
    if values.ndim != 3:
        problem = f"must be samples x steps x channels, got an array of shape {values.shape}"
        raise DataError("signals", problem)
    try:
        return Population(values=values)
    except ValueError as error:
        raise DataError("signals", str(error)) from error


def interpolate(
    run: Run | str | Path,
    data: Dataset,
    start: int,
    end: int,
    *,
    steps: int = 8,
    path: Way = "line",
) -> Dataset:
    """Signals on the way from one to another through the latents of a run.

    Args:
        run: The run, or its folder.
        data: Signals like those that it was trained on.
        start: The row of the first.
        end: The row of the last.
        steps: How many there are on the way, both included.
        path: `line` goes straight; `arc` turns and stretches evenly.

    Raises:
        LatentLoomError: If the run or the data cannot be used, or there are no such rows.
        ValueError: If `steps` is below 2.
    """
    opened = run if isinstance(run, Run) else Run.open(run)
    return interpolated(opened, data, start, end, steps=steps, path=path)


def locate(
    run: Run | str | Path,
    state: str | Path | Mapping[str, Any],
    condition: Mapping[str, Any] | None = None,
    *,
    start: np.ndarray | None = None,
    prior: np.ndarray | None = None,
) -> tuple[Deduction, ...]:
    """When measured states of sequences occurred, by what a run predicts of them.

    Args:
        run: The run, or its folder.
        state: A file of states; or numbers by the name of the component, one or an array with
            one a state. What is left out, None or NaN was not measured.
        condition: What is known of the sequences: numbers or labels by name.
        start: Their first rows; those that train records have on average if None.
        prior: How probable each frame is before anything is measured, up to a factor; all
            alike if None.

    Raises:
        LatentLoomError: If the run does not predict sequences, or the states do not fit it.
        ValueError: If it has too few validation records to calibrate on.
    """
    opened = run if isinstance(run, Run) else Run.open(run)
    if isinstance(state, Mapping):
        told = {name: np.atleast_1d(np.array(value)) for name, value in state.items()}
        states = states_of("state", told, opened.schema)
    else:
        states = read_states(Path(state), opened.schema)
    return locate_states(opened, states, condition, start=start, prior=prior)


def diagnose(run: Run | str | Path) -> Diagnosis:
    """The known illnesses of a run, by its own numbers, with the settings that would cure them.

    Args:
        run: The run, or its folder; of a run that was stopped, its folder.

    Raises:
        LatentLoomError: If the run is damaged, or its data is not what it was.
    """
    return diagnosed(evidence_of(run) if isinstance(run, Run) else examine(run))


def _stored(tree: Mapping[str, Any], data: Dataset, path: Path) -> list[tuple[str, Any]]:
    """Writes data, and says how a recipe changes to read it."""
    if (form := form_of(tree)) is not None:
        write(data, path)
        return [(form.source, str(path))]
    section = tree.get("data")
    if not isinstance(section, Mapping):
        raise RecipeError("data", "must be a mapping")
    write(data, path)
    unset = [(f"data.{n}", None) for n in ("simulate", "columns") if section.get(n) is not None]
    label = [("data.file_label", "")] if section.get("file_label") else []
    return [*unset, *label, ("data.source", str(path))]
