"""Gathers what a protocol scores: files of any tool, or what a run makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch.nn import functional

from ..core.errors import DataError
from ..data.dataset import Dataset
from ..data.formats import Columns, detect, read, recoded
from ..data.formats.files import open_store
from ..data.formats.guess import Rows, guessed
from ..data.inspect import fingerprint
from ..data.windows import windows
from ..evaluation.fidelity import Sweep
from ..evaluation.latent_match import LatentMatch
from ..evaluation.population import Population, Trial
from ..evaluation.protocols import Extent, Protocol, measure
from ..evaluation.protocols.measuring import Watch
from ..evaluation.sheet import Sheet
from .assess import splits
from .drawing import drawn_like
from .latent_space import latent_match_of
from .run import Run
from .sweeping import sweeps_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What is held against what, in the units of the files.

    Args:
        real: Real signals that the made ones are held against.
        made: The made signals.
        train: The real signals that the generator learned from, if that is known.
        stamp: What they are: files with their hashes, counts, steps, channels.
        notes: What a reader must know of how they were read.
        kinds: The names behind each label.
        sweeps: How a run responds to its scalar conditions.
        latents: How far the latents that a run draws are from those of real signals.
    """

    real: Population
    made: Population
    train: Population | None = None
    stamp: Mapping[str, str]
    notes: tuple[str, ...] = ()
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    sweeps: tuple[Sweep, ...] = ()
    latents: LatentMatch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A sheet with what it was made of.

    Args:
        sheet: The scores.
        trial: The populations, in the units of the files.
        kinds: The names behind each label.
    """

    sheet: Sheet
    trial: Trial
    kinds: Mapping[str, tuple[str, ...]]


def of_files(
    made: Path,
    real: Path,
    train: Path | None = None,
    *,
    protocol: Protocol,
    columns: Columns | None = None,
    rows: Rows | None = None,
) -> Contest:
    """What files hold, whoever made them.

    A single real series that is longer than the made signals is cut into windows of their
    length, one at each step.

    Args:
        made: The made signals.
        real: The real ones.
        train: Those that the generator learned from, if that is known.
        protocol: How they will be scored; it says how a long series is cut.
        columns: The roles of the arrays of files that do not know them.
        rows: What a row of a table is, where `columns` does not say it.

    Raises:
        DataError: If a file cannot be used, or the signals do not fit each other.
    """
    named = {"real": real, "made": made} | ({} if train is None else {"train": train})
    datasets = {"real": _read(real, columns, rows)}
    alone = len(datasets["real"].schema.series) == 1
    steps = datasets["real"].steps if alone else 0
    for name, path in named.items():
        if name != "real":
            datasets[name] = _read(path, columns, rows, steps=steps)
    notes: list[str] = []
    for name in datasets.keys() - {"made"}:
        datasets[name], note = _cut(name, datasets[name], datasets["made"].steps, protocol.blocks)
        notes += note
    for name in datasets.keys() - {"real"}:
        _check(named[name], datasets[name], datasets["real"])
    steps = max(dataset.steps for dataset in datasets.values())
    categories = datasets["real"].schema.categories
    populations = {
        name: Population.of(_padded(recoded(str(named[name]), dataset, categories), steps))
        for name, dataset in datasets.items()
    }
    stamp = {str(path): f"sha256 {fingerprint(path)[:16]}" for path in named.values()}
    return Contest(
        real=populations["real"],
        made=populations["made"],
        train=populations.get("train"),
        stamp=stamp,
        notes=tuple(sorted(notes)),
        kinds=categories,
    )


def of_run(run: Run, protocol: Protocol, *, seed: int = 0) -> Contest:
    """What a run makes for its test split, or for its train split where the protocol says so.

    Each made signal is drawn for the drive and conditions of one real signal; without them
    as many are drawn as there are real ones. Draws are samples, not best answers.

    Raises:
        DataError: If the data of the run is not there any more.
        RunError: If the run has nothing to generate with.
    """
    train, _, held = splits(run)
    asked = train if protocol.against == "train" else held
    made = drawn_like(run, asked, seed=seed)
    return Contest(
        real=Population.of(held),
        made=Population.of(made),
        train=Population.of(train),
        stamp={str(run.folder.path): f"data {run.digest}, seed {seed}"},
        kinds=held.schema.categories,
        sweeps=_sweeps(run, train, held, protocol, seed),
        latents=latent_match_of(run, train, held, seed=seed),
    )


def _sweeps(
    run: Run, train: Dataset, held: Dataset, protocol: Protocol, seed: int
) -> tuple[Sweep, ...]:
    """Where a run is held against what it never saw."""
    if protocol.against == "train":
        return ()
    return sweeps_of(run, train, held, exact=protocol.readers, seed=seed)


def scored(
    contest: Contest, protocol: Protocol, extent: Extent, watch: Watch = lambda row, score: None
) -> Result:
    """Scores a contest by a protocol.

    Raises:
        DataError: If the signals are too few or do not fit each other.
        ValueError: If `extent` names what the protocol does not have.
    """
    try:
        arranged = protocol.arrange(contest.real, contest.made, contest.train, seed=extent.seed)
        train = contest.train or contest.real
        trial = Trial(train=train, held=contest.real, made=contest.made)
    except ValueError as error:
        raise DataError("signals", str(error)) from error
    sheet = measure(protocol, arranged, extent=extent, watch=watch)
    sizes = {
        f"{name} signals": f"{p.size} x {p.steps} x {p.width}"
        for name, p in {"real": trial.held, "made": trial.made}.items()
    }
    stamp = {**contest.stamp, **sizes}
    return Result(
        sheet=replace(
            sheet,
            stamp=stamp,
            notes=(*contest.notes, *sheet.notes),
            sweeps=contest.sweeps,
            latents=contest.latents,
        ),
        trial=trial,
        kinds=contest.kinds,
    )


def _read(path: Path, columns: Columns | None, rows: Rows | None, *, steps: int = 0) -> Dataset:
    """A file, by the roles that are given if it does not know its own."""
    if columns is None:
        return read(path, columns=guessed(path, rows, steps=steps))
    own = detect(path) in ("ucr", "ts")
    store = None if own else open_store(path)
    known = own or (store is not None and store.schema is not None)
    return read(path, columns=None if known else columns)


def _cut(name: str, dataset: Dataset, steps: int, blocks: int) -> tuple[Dataset, tuple[str, ...]]:
    """A single long series in windows, and a note that says so; others as they are."""
    if dataset.size > 1 or dataset.steps <= steps:
        return dataset, ()
    cut = windows(dataset, steps, blocks=max(1, min(blocks, dataset.steps // (2 * steps))))
    word = f"One {name} series of {dataset.steps} steps was cut into {cut.size} windows of"
    return cut, (f"{word} {steps}.",)


def _check(path: Path, dataset: Dataset, real: Dataset) -> None:
    """Refuses signals that cannot be held against the real ones.

    Raises:
        DataError: If channels differ, or steps where no lengths say which of them count.
    """
    if dataset.series is None or real.series is None:
        raise DataError(str(path), "must hold series, as the real signals must, and has none")
    channels, wanted = dataset.series.shape[2], real.series.shape[2]
    if channels != wanted:
        raise DataError(
            str(path), f"must have the {wanted} channels of the real signals, got {channels}"
        )
    if dataset.lengths is None and real.lengths is None and dataset.steps != real.steps:
        raise DataError(
            str(path),
            f"must have the {real.steps} time steps of the real signals, got {dataset.steps};"
            " cut long series with: latentloom data windows",
        )


def _padded(dataset: Dataset, steps: int) -> Dataset:
    """The same signals, padded with zeros to a common number of steps."""
    more = steps - dataset.steps
    if not more or dataset.series is None:
        return dataset
    lengths = dataset.lengths
    return replace(
        dataset,
        series=functional.pad(dataset.series, (0, 0, 0, more)),
        drive=None if dataset.drive is None else functional.pad(dataset.drive, (0, 0, 0, more)),
        lengths=torch.full((dataset.size,), dataset.steps) if lengths is None else lengths,
    )
