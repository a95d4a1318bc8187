"""A finished run: what it can do with signals, in the units of its files."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..core.batch import Batch, Context, Latent
from ..core.errors import DataError, RunError
from ..core.roles import Decoding, Representation
from ..core.system import System
from ..data.dataset import Dataset, Schema
from ..data.formats import check_steps
from ..data.transforms import Pipeline
from ..training.run_folder import RunFolder
from .blank import as_long_as, awaited
from .choosing import chosen_decoding
from .conditions import completed
from .inputs import Scalars, Signal, gathered
from .latents import Encoded, check_latents, check_origin, latent_of, origin_of
from .opening import left_in
from .plan import Plan

CHUNK = 256  # signals at a time
ROWS = 8192  # samples of features at a time


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Run:
    """A trained system with everything that it needs to meet the world.

    Signals go in and come out in the units of the files that it was trained on. Where the data
    are families of features, `encode` takes a dataset of them, and `decoded`, `reconstructed`
    and `generated` give datasets of them.

    Args:
        folder: Where it was trained.
        plan: What it was trained by.
        pipeline: The fitted transforms.
        system: The trained parts.
        device: Where they are.
        ready_schema: The columns of its data as the parts see them.
        steps: How many steps a signal of the training data has, at most.
        ragged: Whether the signals differ in length.
        digest: Names the contents of its data.
        lengths: How many train signals have each length; empty where all have one.
    """

    folder: RunFolder
    plan: Plan
    pipeline: Pipeline
    system: System
    device: torch.device
    ready_schema: Schema
    steps: int
    ragged: bool
    digest: str
    lengths: Mapping[int, int] = field(default_factory=dict[int, int])

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
        return cls(**left_in(Path(path), device))

    @property
    def schema(self) -> Schema:
        """The columns of its data, in the units of the files."""
        return self.pipeline.schema

    @property
    def starts(self) -> int:
        """How many first rows of a signal it has to be told before it makes the others."""
        return self.ready_schema.start

    @property
    def tells_features(self) -> bool:
        """Whether its data are families of features, and no signals."""
        return bool(self.schema.families) and not self.schema.series

    @property
    def noun(self) -> str:
        """What its samples are called."""
        return "samples of features" if self.tells_features else "signals"

    def __repr__(self) -> str:
        return f"Run({str(self.folder.path)!r})"

    @property
    def generates(self) -> bool:
        """Whether it has a base or a generator, and so something to say of new signals."""
        return self.system.base is not None or self.system.generator is not None

    @property
    def answers(self) -> bool:
        """Whether what it makes has a truth step by step: not where its length is made too."""
        return self.asks and not self.tells_lengths

    @property
    def asks(self) -> bool:
        """Whether something has to be known of signals before it makes them."""
        return bool(self.schema.drive or self.schema.condition or self.starts)

    @property
    def tells_lengths(self) -> bool:
        """Whether it makes signals as long as their latents say."""
        return self.system.tells_lengths and self.system.generator is not None

    def generate(
        self,
        drive: Signal | None = None,
        condition: Scalars | None = None,
        *,
        start: np.ndarray | None = None,
        samples: int = 1,
        decoding: Decoding | str | None = None,
        seed: int = 0,
    ) -> Float[np.ndarray, "N K T C"]:
        """The signals of `generated`, `samples` of them for each drive and its conditions."""
        how = {"samples": samples, "decoding": decoding, "seed": seed}
        made = self.generated(drive, condition, start=start, **how)
        signals = self._signals(made)
        return signals.reshape(-1, samples, *signals.shape[1:])

    def generated(
        self,
        drive: Signal | None = None,
        condition: Scalars | None = None,
        *,
        start: np.ndarray | None = None,
        samples: int = 1,
        decoding: Decoding | str | None = None,
        seed: int = 0,
    ) -> Dataset:
        """New signals or features, `samples` in a row for each drive and its conditions.

        Lengths that differ, and that no drive tells, are what the latents say, or else are
        drawn from those of the train split.

        Args:
            drive: An array of samples x steps (x channels), a data frame of one sample, or
                a dataset with its conditions.
            condition: Numbers or labels by the name of the condition. Without a drive, those
                that are left out are drawn as they were together in samples of the train split.
            start: The first rows of the signals, if the run has to be told them and `drive` is
                no dataset that holds them.
            samples: How many to draw for each.
            decoding: How codes are chosen, as an object or as a recipe writes it; if None, as
                the recipe's evaluation says: its best answer for one sample, its sampling for
                several.
            seed: Of everything random.

        Raises:
            DataError: If the input is not of the kind that the run was trained on.
            RunError: If there is nothing to generate with, or signals of different lengths are
                to be averaged.
            ValueError: If `samples` is below 1.
        """
        if samples < 1:
            raise ValueError(f"samples must be at least 1, got {samples}")
        if not self.generates:
            raise RunError(str(self.folder.path), "has no base and no generator to generate with")
        chosen = chosen_decoding(self, decoding, samples)
        alone = not self.asks and not chosen.averages  # of nothing known: some at a time
        repeats = 1 if alone else samples
        if drive is None and not alone:
            condition, repeats = completed(self, condition, samples, seed=seed)
        known = awaited(self, drive, condition, start, size=samples if alone else 1)
        if not (self.tells_lengths or self.starts):  # what was begun goes on to the end
            known = as_long_as(self.lengths, known, seed=seed)
        if self.system.generator is not None and not chosen.averages:  # a chunk holds few draws
            known, repeats = known.repeated(repeats), 1
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return self._gathered(
                known,
                lambda chunk: self.system.generate(self._context(chunk), chosen, repeats),
                repeats=repeats,
            )

    def encode(
        self,
        series: Signal,
        drive: Signal | None = None,
        condition: Scalars | None = None,
    ) -> Encoded:
        """The latents of signals, or of the features of a dataset.

        Raises:
            DataError: If the input is not of the kind that the run was trained on.
            RunError: If the run has no representation.
        """
        representation = self.needed_representation()
        known = self.gather(series=series, drive=drive, condition=condition)
        latents = list(self.latents(known))
        codes = [latent.codes for latent in latents if latent.codes is not None]
        return Encoded(
            z=torch.cat([latent.z for latent in latents]).cpu().numpy(),
            codes=torch.cat(codes).cpu().numpy() if codes else None,
            lengths=None if known.lengths is None else known.lengths.numpy(),
            origin=origin_of(representation),
        )

    def decode(
        self,
        latents: Encoded | Int[np.ndarray, "N S K"],
        drive: Signal | None = None,
        condition: Scalars | None = None,
    ) -> Float[np.ndarray, "N T C"]:
        """The signals of `decoded`."""
        return self._signals(self.decoded(latents, drive, condition))

    def decoded(
        self,
        latents: Encoded | Int[np.ndarray, "N S K"],
        drive: Signal | None = None,
        condition: Scalars | None = None,
    ) -> Dataset:
        """The signals or features of latents, or of codes.

        Raises:
            DataError: If the input is not of the kind that the run was trained on.
            RunError: If the run has no representation, or no codes.
        """
        representation = self.needed_representation()
        if not isinstance(latents, Encoded) and not representation.levels:
            raise RunError(str(self.folder.path), "has no codes; give what encode returned")
        check_origin(latents, representation, self.folder.path)
        size = check_latents(latents, representation.dim, representation.levels)
        known = awaited(self, drive, condition, size=size)
        if isinstance(latents, Encoded) and latents.lengths is not None and known.lengths is None:
            known = replace(known, lengths=torch.as_tensor(latents.lengths))
        if known.size != size:
            raise DataError("input", f"must be as many as the {size} latents, got {known.size}")
        rows = iter(range(0, known.size, self._chunk))

        def made(chunk: Dataset) -> Tensor:
            latent = latent_of(latents, representation, next(rows), chunk.size)
            return self.system.decode(latent.to(self.device), self._context(chunk))

        return self._each(known, made)

    def reconstruct(
        self,
        series: Signal,
        drive: Signal | None = None,
        condition: Scalars | None = None,
    ) -> Float[np.ndarray, "N T C"]:
        """The signals of `reconstructed`."""
        return self._signals(self.reconstructed(series, drive, condition))

    def reconstructed(
        self,
        series: Signal,
        drive: Signal | None = None,
        condition: Scalars | None = None,
    ) -> Dataset:
        """What comes back through the latents: the ceiling of what it can generate.

        Raises:
            DataError: If the input is not of the kind that the run was trained on.
            RunError: If the run has no representation.
        """
        self.needed_representation()
        known = self.gather(series=series, drive=drive, condition=condition)
        return self._each(known, lambda chunk: self.system.reconstruct(self._batch(chunk))[0])

    def predict(
        self,
        drive: Signal | None = None,
        condition: Scalars | None = None,
        start: np.ndarray | None = None,
    ) -> Float[np.ndarray, "N T C"]:
        """What the base alone says of signals; zero without a base.

        Raises:
            DataError: If the input is not of the kind that the run was trained on.
        """
        known = awaited(self, drive, condition, start)
        made = self._each(known, lambda chunk: self.system.predict(self._context(chunk)))
        return self._signals(made)

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
        told = "families" if self.tells_features else "series"
        needs = ("drive", "condition") if series is None else (told, "drive", "condition")
        known = gathered(
            self.schema, series, drive, condition, needs=needs, derive=self.plan.data.derive
        )
        begun = known.drive is None and known.steps == self.starts
        if known.steps and not self.ragged and not begun:
            check_steps("input", self.steps, known.steps)
        return known

    def batches(self, known: Dataset) -> Iterator[Batch]:
        """Samples as the parts see them, some at a time."""
        for chunk in self.pipeline.apply(known).chunks(self._chunk):
            yield self._batch(chunk)

    def latents(self, known: Dataset) -> Iterator[Latent]:
        """The latents of samples, some at a time."""
        for batch in self.batches(known):
            with torch.inference_mode():
                yield self.system.encode(batch)

    def codes(self, known: Dataset) -> Int[np.ndarray, "N S K"]:
        """The codes of samples alone: less to hold than what `encode` returns.

        Raises:
            DataError: If the samples are not of the kind that the run was trained on.
            RunError: If the run has no codes.
        """
        if not self.needed_representation().levels:
            raise RunError(str(self.folder.path), "has no codes")
        with torch.inference_mode():
            found = [self.system.codes(some) for some in self.batches(self.gather(series=known))]
        return torch.cat(found).cpu().numpy()

    @property
    def _chunk(self) -> int:
        return ROWS if self.tells_features else CHUNK

    def _context(self, chunk: Dataset) -> Context:
        return chunk.context().to(self.device)

    def _batch(self, chunk: Dataset) -> Batch:
        return chunk.batch().to(self.device)

    def _each(self, known: Dataset, make: Callable[[Dataset], Tensor]) -> Dataset:
        """What `make` makes of the samples, as long as they are, in the units of the files."""
        return self._gathered(
            known, lambda chunk: Batch(values=make(chunk), context=self._context(chunk))
        )

    def _gathered(
        self, known: Dataset, make: Callable[[Dataset], Batch], *, repeats: int = 1
    ) -> Dataset:
        """What `make` makes of the samples, some at a time, in the units of the files."""
        made: list[Dataset] = []
        for chunk in self.pipeline.apply(known).chunks(self._chunk):
            with torch.inference_mode():
                batch = make(chunk).to(torch.device("cpu"))
            values, lengths = batch.values.float().clone(), batch.context.lengths
            asked = replace(chunk.repeated(repeats), series=values, lengths=lengths)
            made.append(self.pipeline.invert(asked))
        roles = ("series", "lengths", "families/")
        told = [name for name in made[0].arrays() if name.startswith(roles)]
        arrays = {name: torch.cat([own.arrays()[name] for own in made]) for name in told}
        families = {name: self.schema.families.get(name, ()) for name in made[0].families}
        schema = replace(self.schema, families=families)
        return Dataset.of(schema, replace(known, families={}).repeated(repeats).arrays() | arrays)

    def _signals(self, made: Dataset) -> Float[np.ndarray, "N T C"]:
        if made.series is None:
            raise RunError(
                str(self.folder.path),
                "tells features, and no signals; take `decoded`, `reconstructed` or `generated`",
            )
        return made.series.numpy()

    def needed_representation(self) -> Representation:
        """The representation.

        Raises:
            RunError: If the run has none.
        """
        found = self.system.representation
        if found is None:
            raise RunError(str(self.folder.path), "has no representation to encode with")
        return found
