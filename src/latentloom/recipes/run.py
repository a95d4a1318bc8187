"""A finished run: what it can do with signals, in the units of its files."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..core.batch import Batch, Context, Latent
from ..core.errors import DataError, RecipeError, RunError
from ..core.roles import Decoding, Representation
from ..core.system import System
from ..data.dataset import Dataset, Schema
from ..data.formats import check_steps
from ..data.transforms import Pipeline
from ..generators.metrics import Exposure, exposure
from ..training.run_folder import RunFolder, read_tensors
from .choosing import parse_decoding
from .device import chosen_device
from .inputs import Scalars, Signal, gathered
from .placeholder import placeholder
from .plan import Plan
from .schema import validate
from .sourcing import digest
from .text import read

CHUNK = 256  # signals at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """The latents of signals.

    Args:
        z: What the decoder reads.
        codes: The same as integers, where the bottleneck is discrete.
    """

    z: Float[np.ndarray, "N S D"]
    codes: Int[np.ndarray, "N S K"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Run:
    """A trained system with everything that it needs to meet the world.

    Signals go in and come out in the units of the files that it was trained on.

    Args:
        folder: Where it was trained.
        plan: What it was trained by.
        pipeline: The fitted transforms.
        system: The trained parts.
        device: Where they are.
        steps: How many steps a signal of the training data has, at most.
        ragged: Whether the signals differ in length.
        digest: Names the contents of its data.
    """

    folder: RunFolder
    plan: Plan
    pipeline: Pipeline
    system: System
    device: torch.device
    steps: int
    ragged: bool
    digest: str

    @classmethod
    def open(cls, path: str | Path, *, device: str = "auto") -> "Run":
        """The run in a folder.

        Args:
            path: The folder, or its model.
            device: `auto`, `cpu` or `cuda`.

        Raises:
            RunError: If a file is missing, cut short or from another recipe; the message
                names it.
        """
        folder = RunFolder.of(Path(path))
        if not folder.config.is_file():
            raise RunError(str(path), "must be the folder of a run, and holds no config.yaml")
        try:
            plan = Plan(validate(read(folder.config)))
        except RecipeError as error:
            raise damaged_config(folder, error) from error
        if not folder.model.is_file():
            raise RunError(
                str(folder.model),
                "is missing: the run is not finished; go on with:"
                f" latentloom train --resume-from {path}",
            )
        pipeline = plan.pipeline()
        pipeline.load(folder.statistics)
        kept = _told(folder)
        system = _trained(plan, pipeline, folder, kept["digest"])
        place = chosen_device(device)
        return cls(
            folder=folder,
            plan=plan,
            pipeline=pipeline,
            system=system.to(place).eval(),
            device=place,
            steps=kept["steps"],
            ragged=kept["ragged"],
            digest=kept["digest"],
        )

    @property
    def schema(self) -> Schema:
        """The columns of its data, in the units of the files."""
        return self.pipeline.schema

    def __repr__(self) -> str:
        return f"Run({str(self.folder.path)!r})"

    @property
    def generates(self) -> bool:
        """Whether it has a base or a generator, and so something to say of new signals."""
        return self.system.base is not None or self.system.generator is not None

    @property
    def answers(self) -> bool:
        """Whether what it makes answers to something, and has a truth to be held against."""
        return bool(self.schema.drive or self.schema.condition)

    def generate(
        self,
        drive: Signal | None = None,
        condition: Scalars | None = None,
        *,
        samples: int = 1,
        decoding: Decoding | str | None = None,
        seed: int = 0,
    ) -> Float[np.ndarray, "N K T C"]:
        """New signals, `samples` of them for each drive and its conditions.

        Args:
            drive: An array of samples x steps (x channels), a data frame of one sample, or
                a dataset with its conditions.
            condition: Numbers or labels by the name of the condition.
            samples: How many signals to draw for each.
            decoding: How codes are chosen, as an object or as a recipe writes it; if None, as
                the recipe's evaluation says: its best answer for one sample, its sampling for
                several.
            seed: Of everything random.

        Raises:
            DataError: If the input is not of the kind that the run was trained on.
            RunError: If there is nothing to generate with.
            ValueError: If `samples` is below 1.
        """
        if samples < 1:
            raise ValueError(f"samples must be at least 1, got {samples}")
        if not self.generates:
            raise RunError(str(self.folder.path), "has no base and no generator to generate with")
        known = self._blank(drive, condition)
        settings = self.plan.evaluation
        if isinstance(decoding, str):
            decoding = parse_decoding(decoding)
        chosen = decoding or (settings.decoding if samples == 1 else settings.sampling)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            made = self._each(
                known,
                lambda chunk: self.system.generate(self._context(chunk), chosen, samples),
                repeats=samples,
            )
        return made.reshape(known.size, samples, *made.shape[1:])

    def encode(
        self,
        series: Signal,
        drive: Signal | None = None,
        condition: Scalars | None = None,
    ) -> Encoded:
        """The latents of signals.

        Raises:
            DataError: If the input is not of the kind that the run was trained on.
            RunError: If the run has no representation.
        """
        self._needs_representation()
        known = self.gather(series=series, drive=drive, condition=condition)
        ready = self.pipeline.apply(known)
        with torch.inference_mode():
            latents = [self.system.encode(self._batch(chunk)) for chunk in ready.chunks(CHUNK)]
        codes = [latent.codes for latent in latents if latent.codes is not None]
        return Encoded(
            z=torch.cat([latent.z for latent in latents]).cpu().numpy(),
            codes=torch.cat(codes).cpu().numpy() if codes else None,
        )

    def decode(
        self,
        latents: Encoded | Int[np.ndarray, "N S K"],
        drive: Signal | None = None,
        condition: Scalars | None = None,
    ) -> Float[np.ndarray, "N T C"]:
        """The signals of latents, or of codes.

        Raises:
            DataError: If the input is not of the kind that the run was trained on.
            RunError: If the run has no representation, or no codes.
        """
        representation = self._needs_representation()
        if not isinstance(latents, Encoded) and not representation.levels:
            raise RunError(str(self.folder.path), "has no codes; give what encode returned")
        if isinstance(latents, Encoded) and latents.z.shape[-1] != representation.dim:
            got = f"must have {representation.dim} features a step, got {latents.z.shape[-1]}"
            raise DataError("latents", got)
        known = self._blank(drive, condition, size=_count(latents))
        if known.size != _count(latents):
            raise DataError(
                "input", f"must be as many as the {_count(latents)} latents, got {known.size}"
            )
        rows = iter(range(0, known.size, CHUNK))

        def made(chunk: Dataset) -> Tensor:
            latent = self._latent(latents, next(rows))
            return self.system.decode(latent, self._context(chunk))

        return self._each(known, made)

    def reconstruct(
        self,
        series: Signal,
        drive: Signal | None = None,
        condition: Scalars | None = None,
    ) -> Float[np.ndarray, "N T C"]:
        """Signals after a way through their latents: the ceiling of what it can generate.

        Raises:
            DataError: If the input is not of the kind that the run was trained on.
            RunError: If the run has no representation.
        """
        self._needs_representation()
        known = self.gather(series=series, drive=drive, condition=condition)
        return self._each(known, lambda chunk: self.system.reconstruct(self._batch(chunk))[0])

    def predict(
        self, drive: Signal | None = None, condition: Scalars | None = None
    ) -> Float[np.ndarray, "N T C"]:
        """What the base alone says of signals; zero without a base.

        Raises:
            DataError: If the input is not of the kind that the run was trained on.
        """
        return self._each(
            self._blank(drive, condition), lambda chunk: self.system.predict(self._context(chunk))
        )

    def exposure(self, known: Dataset) -> Exposure:
        """How well the generator hits the true codes of signals, helped by them and alone.

        Raises:
            RunError: If the run has no representation or no generator.
        """
        self._needs_representation()
        if self.system.generator is None:
            raise RunError(str(self.folder.path), "has no generator of codes")
        found: list[Exposure] = []
        with torch.inference_mode():
            for chunk in self.pipeline.apply(known).chunks(CHUNK):
                batch = self._batch(chunk)
                codes = self.system.encode(batch).codes
                assert codes is not None
                context = self.system.informed(batch.context)
                found.append(exposure(self.system.generator, codes, context))
        return Exposure.joined(found)

    def gather(
        self,
        *,
        series: Signal | None = None,
        drive: Signal | None = None,
        condition: Scalars | None = None,
    ) -> Dataset:
        """The input as a dataset like the training data.

        Args:
            series: Signals, if there are any.
            drive: What conditions them.
            condition: What is known of each.

        Raises:
            DataError: If it is not of the kind that the run was trained on.
        """
        needs = ("drive", "condition") if series is None else ("series", "drive", "condition")
        known = gathered(self.schema, series=series, drive=drive, condition=condition, needs=needs)
        if known.steps and not self.ragged:
            check_steps("input", self.steps, known.steps)
        return known

    def _blank(self, drive: Signal | None, condition: Scalars | None, size: int = 1) -> Dataset:
        """Samples whose signals are still to be made."""
        if self.schema.drive or self.schema.condition:
            known = self.gather(drive=drive, condition=condition)
            size = known.size
        else:
            known = Dataset(schema=self.schema)
        steps = known.steps if known.drive is not None else self.steps
        series = torch.zeros(size, steps, len(self.schema.series))
        return replace(known, schema=self.schema, series=series)

    def _context(self, chunk: Dataset) -> Context:
        return chunk.context().to(self.device)

    def _batch(self, chunk: Dataset) -> Batch:
        return chunk.batch().to(self.device)

    def _each(
        self, known: Dataset, make: Callable[[Dataset], Tensor], *, repeats: int = 1
    ) -> Float[np.ndarray, "N T C"]:
        """What `make` makes of the samples, some at a time, in the units of the files."""
        ready = self.pipeline.apply(known)
        made: list[Tensor] = []
        for chunk in ready.chunks(CHUNK):
            with torch.inference_mode():
                series = make(chunk).float().cpu()
            rows = torch.arange(chunk.size).repeat_interleave(repeats)
            again = replace(chunk.take(rows), series=series.clone())
            inverted = self.pipeline.invert(again).series
            assert inverted is not None
            made.append(inverted)
        return torch.cat(made).numpy()

    def _latent(self, latents: Encoded | np.ndarray, start: int) -> Latent:
        rows = slice(start, start + CHUNK)
        if isinstance(latents, Encoded):
            return Latent(z=torch.as_tensor(latents.z[rows]).float().to(self.device))
        codes = torch.as_tensor(latents[rows]).long().to(self.device)
        return self._needs_representation().look_up(codes)

    def _needs_representation(self) -> Representation:
        found = self.system.representation
        if found is None:
            raise RunError(str(self.folder.path), "has no representation to encode with")
        return found


def damaged_config(folder: RunFolder, error: RecipeError) -> RunError:
    """What to say of a run's recipe that cannot be used any more."""
    first = str(error).splitlines()[0]
    problem = f"is no longer what the run wrote ({first}); put back what was there"
    return RunError(str(folder.config), problem)


def _count(latents: Encoded | np.ndarray) -> int:
    return len(latents.z if isinstance(latents, Encoded) else latents)


def _told(folder: RunFolder) -> dict[str, Any]:
    """What the folder says of the data."""
    try:
        kept: dict[str, Any] = json.loads(folder.data.read_text(encoding="utf-8"))
        steps, ragged = int(kept["steps"]), bool(kept["ragged"])
        return {"steps": steps, "ragged": ragged, "digest": digest(kept)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            str(folder.data), "is missing or damaged; copy it from where the run was trained"
        ) from error


def _trained(plan: Plan, pipeline: Pipeline, folder: RunFolder, told: str) -> System:
    """The system with the weights that it was left with."""
    value = read_tensors(folder.model, kind="model")
    identity = f"{plan.identity}-{told}"
    if value.get("identity") != identity:
        raise RunError(
            str(folder.model),
            "is from another recipe or other data than the config.yaml and data.json beside it;"
            " put back the files that belong together",
        )
    schema = pipeline.apply(placeholder(pipeline.schema)).schema
    system, _ = plan.build(schema)
    try:
        system.load_state_dict(value["weights"])
    except (RuntimeError, KeyError) as error:
        line = " ".join(str(error).split())
        problem = f"does not fit the parts of config.yaml: {line}"
        raise RunError(str(folder.model), problem) from error
    return system
