"""Conducts a run: from a plan to a folder that holds everything it leaves behind."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from ..core.errors import DataError, RecipeError, RunError
from ..core.files import write_atomically
from ..core.system import System
from ..data.dataset import Dataset, Source
from ..data.splits import Split
from ..data.stream import Subset
from ..data.transforms import Pipeline
from ..training.feed import Feed
from ..training.loop import Session
from ..training.loop import train as play
from ..training.observers import History, MLflow, Observer, TensorBoard, WeightsAndBiases
from ..training.phase import Phase
from ..training.run_folder import RunFolder, read_tensors, write_json
from .device import chosen_device
from .notes import notes_of
from .opening import damaged_config
from .plan import Plan
from .run import Run
from .sourcing import digest, fingerprint, open_source, split_source
from .text import read

FIT_SAMPLES = 16_384  # samples of a streamed source that transforms are fitted on, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How a run is conducted: nothing here changes what it learns.

    Args:
        device: `auto`, `cpu` or `cuda`.
        existing_model: A run or model file whose weights its parts start from.
        observers: Those who watch, beside the files that are always written.
    """

    device: str = "auto"
    existing_model: Path | None = None
    observers: Sequence[Observer] = field(default_factory=tuple[Observer, ...])


def train(plan: Plan, output: Path, conduct: Conduct) -> Run:
    """Trains what a plan says, into a new folder.

    Raises:
        LatentLoomError: If the recipe, its data or the folder cannot be used.
        KeyboardInterrupt: If a signal asked the run to stop; all is saved by then.
    """
    device = chosen_device(conduct.device)
    _check_services(plan)
    folder = RunFolder(output)
    folder.create()
    try:
        prepared = _prepare(plan, conduct.existing_model)
        write_atomically(folder.config, lambda path: path.write_text(plan.text, encoding="utf-8"))
        write_json(folder.data, prepared.fingerprint)
        prepared.split.save(folder.split)
        prepared.pipeline.save(folder.statistics)
    except BaseException:
        shutil.rmtree(folder.path)
        raise
    return _play(plan, prepared, folder, device, conduct.observers)


def resume(output: Path, conduct: Conduct) -> Run:
    """Goes on with a run that was stopped.

    Raises:
        RunError: If there is none, it is finished, or its data changed.
        KeyboardInterrupt: If a signal asked the run to stop; all is saved by then.
    """
    folder = RunFolder.of(output)
    plan = plan_of(folder)
    if folder.model.is_file():
        raise RunError(
            str(folder.path),
            "is finished; there is nothing to go on with; to train its weights further:"
            f" latentloom train {folder.config} --existing-model {folder.path} -o OTHER",
        )
    if not folder.begun:
        raise RunError(
            str(output),
            "was stopped before its first step; remove it, and train again with the same -o",
        )
    kept: dict[str, Any] = json.loads(folder.data.read_text(encoding="utf-8"))
    model = kept["existing_model"] if folder.checkpoint() is None else None
    prepared = _prepare(plan, Path(model) if model else None)
    if digest(kept) != digest(prepared.fingerprint):
        raise RunError(
            str(output), "its data changed since it was started; train into a new folder"
        )
    device = chosen_device(conduct.device)
    return _play(plan, prepared, folder, device, conduct.observers)


def plan_of(folder: RunFolder) -> Plan:
    """What a run is trained by.

    Raises:
        RunError: If the folder is not that of a run.
    """
    if not folder.config.is_file():
        raise RunError(str(folder.path), "must be the folder of a run, and holds no config.yaml")
    try:
        return Plan.of(read(folder.config))
    except RecipeError as error:
        raise damaged_config(folder, error) from error


def adopt(system: System, model: Path) -> None:
    """Gives parts the weights that parts of the same name have in another run.

    Raises:
        RunError: If there is no such model, or its parts do not fit.
    """
    path = RunFolder(model).model if model.is_dir() else model
    weights: dict[str, torch.Tensor] = read_tensors(path, kind="model")["weights"]
    shared = [n for n in system.names if any(key.startswith(f"{n}.") for key in weights)]
    if not shared:
        raise RunError(str(path), f"must hold one of the parts {list(system.names)}, got none")
    for name in shared:
        own = {k[len(name) + 1 :]: v for k, v in weights.items() if k.startswith(f"{name}.")}
        try:
            system.get_submodule(name).load_state_dict(own)
        except RuntimeError as error:
            line = " ".join(str(error).split())
            problem = f"does not fit parts.{name} of this recipe: {line}"
            raise RunError(str(path), problem) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """A run before its first step."""

    source: Source
    split: Split
    pipeline: Pipeline
    system: System
    phases: tuple[Phase, ...]
    fingerprint: dict[str, Any]


def _prepare(plan: Plan, existing_model: Path | None) -> _Prepared:
    data = plan.data
    source = open_source(data, plan.random_seed)
    split = split_source(data, source, plan.random_seed)
    pipeline = Pipeline(data.transforms)
    train = source.take(some(split.train, isinstance(source, Dataset)))
    _check_periods(train)
    try:
        pipeline.fit(train)
        ready = pipeline.apply(train.take(slice(0, 2)))
    except (DataError, ValueError) as error:
        raise RecipeError("data.transforms", str(error)) from error
    system, phases = plan.build(ready.schema)
    _rehearse(system, phases, ready)
    _check_validation(phases, split)
    if existing_model is not None:
        adopt(system, existing_model)
    told = {"existing_model": str(existing_model) if existing_model else None}
    return _Prepared(
        source=source,
        split=split,
        pipeline=pipeline,
        system=system,
        phases=phases,
        fingerprint=fingerprint(data, source, split) | told,
    )


def _rehearse(system: System, phases: Sequence[Phase], ready: Dataset) -> None:
    """Plays every forward pass once, frozen, on a few samples, before anything is trained."""
    system.focus(())
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        for index, phase in enumerate(phases):
            for place, update in enumerate(phase.updates):
                try:
                    update.forward_pass(system, ready.batch(), 0.0)
                except ValueError as error:
                    path = f"phases.{index}.updates.{place}.forward_pass"
                    raise RecipeError(path, f"cannot play on this data: {error}") from error


def some(rows: torch.Tensor, whole: bool) -> torch.Tensor:
    """The rows that transforms are fitted on: all, or evenly spaced ones of a streamed source."""
    return rows if whole else rows[:: -(-len(rows) // FIT_SAMPLES)]


def _check_periods(train: Dataset) -> None:
    if train.schema.periodic and train.lengths is not None and len(train.lengths.unique()) > 1:
        shortest, longest = int(train.lengths.min()), int(train.lengths.max())
        raise DataError(
            "lengths",
            "must be equal for signals of one period, got"
            f" {shortest} to {longest} steps; resample them to one length",
        )


def _check_validation(phases: Sequence[Phase], split: Split) -> None:
    judged = [index for index, phase in enumerate(phases) if phase.probes]
    if judged and not len(split.validation):
        raise RecipeError(
            f"phases.{judged[0]}.probes",
            "must have validation samples to judge on, and data.split leaves none",
        )


def _play(
    plan: Plan,
    prepared: _Prepared,
    folder: RunFolder,
    device: torch.device,
    observers: Sequence[Observer],
) -> Run:
    split, pipeline = prepared.split, prepared.pipeline
    feed = Feed(
        source=prepared.source.take(split.train)
        if isinstance(prepared.source, Dataset)
        else Subset(prepared.source, split.train),
        prepare=pipeline.apply,
        seed=plan.random_seed,
    )
    told = plan.logging
    validation = pipeline.apply(prepared.source.take(split.validation))
    session = Session(
        system=prepared.system,
        feed=feed,
        validation=validation,
        folder=folder,
        identity=f"{plan.identity}-{digest(prepared.fingerprint)}",
        seed=plan.random_seed,
        device=device,
        observers=[*_observers(plan, folder), *observers],
        checkpoint_seconds=told.checkpoint_seconds,
        keep_every=told.keep_every,
        news_every=told.news_every,
        judge_every=told.judge_every,
        notes=notes_of(plan, pipeline, validation.schema),
    )
    play(prepared.phases, session)
    return Run.open(folder.path, device=str(device))


def _observers(plan: Plan, folder: RunFolder) -> list[Observer]:
    services = {"wandb": WeightsAndBiases, "mlflow": MLflow}
    made: list[Observer] = [History(folder), TensorBoard(folder)]
    return made + [services[service](folder) for service in plan.logging.services]


def _check_services(plan: Plan) -> None:
    """Checks that the services can be told, before anything is written."""
    for index, service in enumerate(plan.logging.services):
        if find_spec(service) is None:
            raise RecipeError(
                f"logging.services.{index}",
                f"needs the package {service}; install latentloom[{service}], or leave it out",
            )
