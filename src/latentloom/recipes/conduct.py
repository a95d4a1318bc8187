"""Conducts a run: from a plan to a folder that holds everything it leaves behind."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from ..core.errors import RecipeError, RunError
from ..core.files import write_atomically
from ..data.dataset import Dataset
from ..data.stream import Subset
from ..training.feed import Feed
from ..training.loop import Session
from ..training.loop import train as play
from ..training.observers import History, MLflow, Observer, TensorBoard, WeightsAndBiases
from ..training.phase_files import PhaseFiles
from ..training.pictures import Pictures, pictures_of
from ..training.run_folder import RunFolder, write_json
from .alarms import Alarm
from .conditions import keep_conditions
from .device import chosen_device
from .notes import notes_of
from .opening import damaged_config
from .plan import Plan, identity_of
from .preparation import Prepared, prepare
from .prolonging import Changes, prolong, prolonged
from .run import Run
from .sourcing import digest
from .text import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How a run is conducted: nothing here changes what it learns.

    Args:
        device: `auto`, `cpu` or `cuda`.
        existing_model: A run or model file whose weights its parts start from; that of the
            recipe if None.
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
    try:
        _check_services(plan)
    except RecipeError as error:
        raise plan.retold(error) from error
    folder = RunFolder(output)
    folder.create()
    try:
        prepared = prepare(plan, conduct.existing_model or plan.existing_model)
        write_atomically(folder.config, lambda path: path.write_text(plan.text, encoding="utf-8"))
        write_json(folder.data, prepared.fingerprint)
        prepared.split.save(folder.split)
        known = prepared.source.outline().take(prepared.split.train)
        keep_conditions(known, folder.conditions, plan.random_seed)
        prepared.pipeline.save(folder.statistics)
    except BaseException:
        shutil.rmtree(folder.path)
        raise
    return _play(plan, prepared, folder, device, conduct.observers)


def resume(output: Path, conduct: Conduct, changes: Changes = ()) -> Run:
    """Goes on with a run that was stopped.

    Args:
        output: Its folder, or a model in it.
        conduct: How it is conducted.
        changes: Paths and values of settings of how long its phases last.

    Raises:
        RecipeError: If a change is one of anything else, or of a phase that is over.
        RunError: If there is none, it is finished, or its data changed.
        KeyboardInterrupt: If a signal asked the run to stop; all is saved by then.
    """
    folder = RunFolder.of(output)
    plan = prolonged(plan_of(folder), changes)
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
    prepared = prepare(plan, Path(model) if model else None)
    if digest(kept) != digest(prepared.fingerprint):
        raise RunError(
            str(output), "its data changed since it was started; train into a new folder"
        )
    device = chosen_device(conduct.device)
    if changes:
        prolong(folder, plan, digest=digest(kept))
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


def _play(
    plan: Plan,
    prepared: Prepared,
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
    validation = pipeline.apply(prepared.source.take(split.validation))
    also: dict[str, Dataset] = {}
    if plan.logging.test == "on" and len(split.test):
        also["test"] = pipeline.apply(prepared.source.take(split.test))
    pictures = pictures_of(pipeline, validation)
    told, watching = plan.logging, [*_observers(plan, folder, pictures), *observers]
    session = Session(
        system=prepared.system,
        feed=feed,
        validation=validation,
        folder=folder,
        identity=f"{identity_of(read(folder.config))}-{digest(prepared.fingerprint)}",
        seed=plan.random_seed,
        device=device,
        observers=[*watching, Alarm(prepared.phases, plan, watching)],
        checkpoint_seconds=told.checkpoint_seconds,
        keep_every=told.keep_every,
        keep_in=told.keep_in,
        news_every=told.news_every,
        judge_every=told.judge_every,
        also=also,
        notes=notes_of(plan, pipeline, validation.schema),
    )
    for observer in session.observers:
        observer.run_begins(prepared.told)
    play(prepared.phases, session)
    return Run.open(folder.path, device=str(device))


def _observers(plan: Plan, folder: RunFolder, pictures: Pictures) -> list[Observer]:
    services, told = {"wandb": WeightsAndBiases, "mlflow": MLflow}, plan.logging
    made: list[Observer] = [
        History(folder, told.columns),
        TensorBoard(folder, pictures),
        PhaseFiles(folder, told.arguments, told.best_as),
    ]
    return made + [services[service](folder) for service in told.services]


def _check_services(plan: Plan) -> None:
    """Checks that the services can be told, before anything is written."""
    for index, service in enumerate(plan.logging.services):
        if find_spec(service) is None:
            raise RecipeError(
                f"logging.services.{index}",
                f"needs the package {service}; install latentloom[{service}], or leave it out",
            )
