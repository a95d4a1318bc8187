"""A checked recipe, and the objects that it stands for."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ..core.errors import DataError, RecipeError
from ..core.system import System
from ..data.dataset import Schema
from ..data.derive import derived
from ..data.transforms import FitError, Pipeline, Undo
from ..data.vary import Mirror
from ..training.phase import Phase
from .assembly import Sizes, assemble
from .build import Builder, Unbuilt, located
from .foreign import Foreign, form_of
from .library import find
from .models import Call
from .overrides import overridden
from .phasing import make_phases
from .placeholder import outline, placeholder
from .schema import plain, validate
from .sections import Data, Evaluation, Logging
from .simulators import sketch
from .sourcing import PACKAGED, open_source
from .text import read, write

SEEDS = 2**32  # every library that draws takes the seeds below


def identity_of(tree: Mapping[str, Any]) -> str:
    """Names what decides the weights, of a tree in which every setting is written.

    A run that is opened is known by the tree that it wrote: what later versions can set beside
    that was not there to decide anything.
    """
    deciding = {name: tree.get(name) for name in ("data", "parts", "phases", "random_seed")}
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Plan:
    """A recipe whose settings are valid, whatever data it will meet.

    Args:
        settings: The settings, every default filled in.
        foreign: The form of YAML that says them, if it is not a recipe's: errors are told in
            its terms.
    """

    settings: Call
    foreign: Foreign | None = None

    @classmethod
    def of(cls, tree: Mapping[str, Any], changes: Iterable[tuple[str, Any]] = ()) -> "Plan":
        """The plan of a recipe's tree.

        Args:
            tree: What the YAML says.
            changes: Paths and values of settings to change.

        Raises:
            RecipeError: If it is no recipe, or one that cannot work; it has a line for
                each reason.
        """
        foreign = form_of(tree)
        said = overridden if foreign is None else foreign.translated
        plan = cls(validate(said(tree, changes)), foreign)
        try:
            plan.rehearse()
        except RecipeError as error:
            raise plan.retold(error) from error
        return plan

    @classmethod
    def read(cls, recipe: str | Path, changes: Iterable[tuple[str, Any]] = ()) -> "Plan":
        """The plan of a recipe file or of a packaged recipe.

        Raises:
            RecipeError: If there is none, or it cannot work.
        """
        return cls.of(read(find(recipe)), changes)

    @property
    def tree(self) -> dict[str, Any]:
        """Every setting, defaults written out; `Plan.of` makes an equal plan of it."""
        return plain(self.settings)

    @property
    def text(self) -> str:
        """The tree as YAML."""
        return write(self.tree)

    @property
    def identity(self) -> str:
        """Names what decides the weights: checkpoints of another identity do not fit."""
        return identity_of(self.tree)

    @property
    def data(self) -> Data:
        """Where samples come from."""
        return self._made("data")

    @property
    def evaluation(self) -> Evaluation:
        """How the finished run is scored."""
        return self._made("evaluation")

    @property
    def logging(self) -> Logging:
        """Who is told."""
        return self._made("logging")

    @property
    def existing_model(self) -> Path | None:
        """The run or model file that its parts start from, if it names one."""
        named = self._setting("existing_model")
        return Path(named) if named else None

    @property
    def existing_parts(self) -> tuple[str, ...]:
        """The parts that it takes from there; all that both have, if empty."""
        return self._setting("existing_parts")

    @property
    def random_seed(self) -> int:
        """The seed of everything random."""
        return self._setting("random_seed")

    def pipeline(self) -> Pipeline:
        """The transforms, not yet fitted."""
        return Pipeline(self.data.transforms)

    def build(self, schema: Schema, undo: Undo | None = None) -> tuple[System, tuple[Phase, ...]]:
        """The system, its weights drawn from the seed, and the phases that train it.

        Args:
            schema: Of the data, after the transforms.
            undo: Gives signals the units of their files, for losses that look at them there;
                only needed to train.

        Raises:
            RecipeError: If they cannot work on such data; it has a line for each reason.
        """
        builder = Builder()
        torch.manual_seed(self.random_seed)
        system, phases = self._objects(builder, Sizes.of(schema, undo))
        builder.finish()
        assert isinstance(system, System)
        return system, phases

    def rehearse(self) -> None:
        """Builds everything once for data of the promised columns, without reading any.

        Raises:
            RecipeError: If that cannot work; it has a line for each reason.
        """
        builder = Builder()
        data = builder.make(self._setting("data"), "data")
        for section in ("evaluation", "logging"):
            builder.make(self._setting(section), section)
        schema = None if isinstance(data, Unbuilt) else self._promised(builder, data)
        self._check_streaming(builder)
        if not 0 <= self.random_seed < SEEDS:
            problem = f"must be at least 0 and below {SEEDS}, got {self.random_seed}"
            builder.refuse("random_seed", problem)
            builder.finish()
        if schema is not None:
            with torch.random.fork_rng(devices=[]):
                self._objects(builder, Sizes.of(schema))
        builder.finish()

    def placed(self, error: FitError) -> tuple[str, str]:
        """Where in the recipe an error of a transform lies, and what it says."""
        call = self._setting("data").transforms[error.index]
        return located(call, f"data.transforms.{error.index}", error.problem)

    def retold(self, error: RecipeError) -> RecipeError:
        """An error in the terms of the YAML that was written."""
        return error if self.foreign is None else self.foreign.retold(error)

    def _promised(self, builder: Builder, data: Data) -> Schema | None:
        """The schema after the transforms, as far as it is known before a file is read."""
        if data.simulate is not None:
            dataset = sketch(data.simulate)
        elif data.columns is not None and data.columns.settled and not data.columns.families:
            dataset = placeholder(outline(data.columns, data.file_label), data.transforms)
        elif all(source.startswith(PACKAGED) for source in data.sources):
            dataset = open_source(data, 0).take(slice(0, 8))
        else:
            return None
        if data.windows is not None:  # part of a period is none
            dataset = replace(dataset, schema=replace(dataset.schema, periodic=False))
        pipeline, looked = Pipeline(data.transforms), False
        try:
            dataset = derived(dataset, data.derive)
        except DataError as error:
            builder.refuse("data.derive", str(error))
            return None
        self._check_mirrors(builder, dataset.schema)
        try:
            pipeline.check(dataset)
            looked = True
            pipeline.fit(dataset)
        except FitError as error:
            if not (looked and dataset.families):  # a few samples tell little of features
                builder.refuse(*self.placed(error))
            return None
        return pipeline.apply(dataset).schema

    def _check_mirrors(self, builder: Builder, schema: Schema) -> None:
        for index, phase in enumerate(self._setting("phases")):
            if phase.vary is not None and phase.vary.constructor is Mirror:
                try:
                    Mirror(across=phase.vary.across).check(schema)
                except (DataError, ValueError) as error:
                    builder.refuse(f"phases.{index}.vary", str(error))

    def _check_streaming(self, builder: Builder) -> None:
        if self._setting("data").streaming == "off":
            return
        for index, phase in enumerate(self._setting("phases")):
            for name in ("vary", "stratify"):
                if getattr(phase, name) is not None:
                    problem = "needs samples in memory; set data.streaming to off, or leave it out"
                    builder.refuse(f"phases.{index}.{name}", problem)

    def _objects(
        self, builder: Builder, sizes: Sizes
    ) -> tuple[System | Unbuilt, tuple[Phase, ...]]:
        system = assemble(builder, self._setting("parts"), sizes)
        return system, make_phases(builder, self._setting("phases"), system, sizes)

    def _made(self, section: str) -> Any:
        builder = Builder()
        made = builder.make(self._setting(section), section)
        builder.finish()
        return made

    def _setting(self, name: str) -> Any:
        return getattr(self.settings, name)
