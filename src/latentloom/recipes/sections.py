"""The sections of a recipe, as dataclasses whose constructors the schema is made from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..core.ranges import at_least
from ..core.roles import Decoding
from ..data.derive import Derivation
from ..data.formats.columns import Columns
from ..data.splits import Fractions, Splitter
from ..data.transforms.transform import Transform
from ..data.windows import Windows
from ..evaluation.baselines import Baseline
from ..generators.decoding import Greedy, Sample
from ..training.phase import Phase
from .assembly import Parts
from .simulators import Simulator

TAKEN = ("best_model", "final_model", "checkpoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Where samples come from, and how they are made ready for the parts.

    Args:
        source: A file or folder, or several files that are read as one, or
            `excerpt:magnet` for measured waveforms that come with the package.
        simulate: A simulation to learn from, instead of files.
        file_label: The name of one more condition, the name of the file that a sample is
            from.
        columns: Which arrays of a file play which role; files written here know it.
        least_steps: Samples with fewer real steps are left out; 0 leaves none out.
        derive: What follows from the signals: conditions that data lack, a common origin.
        windows: How long series are cut into the samples that are split and learned; they
            are left whole if None.
        split: Which samples train, which choose the model and which judge it.
        most: How many samples are used, drawn at random from all; all of them if 0.
        transforms: Maps fitted on the train split, in the order in which they are applied.
        streaming: `on` reads samples from HDF5 or Parquet as they are needed, for files
            that are larger than the memory.
    """

    source: str | Sequence[str] = ""
    simulate: Simulator | None = None
    file_label: str = ""
    columns: Columns | None = None
    least_steps: int = 0
    derive: Sequence[Derivation] = ()
    windows: Windows | None = None
    split: Splitter = field(default_factory=Fractions)
    most: int = 0
    transforms: Sequence[Transform] = ()
    streaming: Literal["off", "on"] = "off"

    def __post_init__(self) -> None:
        if bool(self.sources) == (self.simulate is not None):
            both = " and not both; set the other one to null" if self.sources else ""
            raise ValueError(f"either source or simulate must say where samples come from{both}")
        at_least(0, most=self.most, least_steps=self.least_steps)
        if self.streaming == "on" and (len(self.sources) != 1 or self.file_label):
            raise ValueError("streaming must be off but for a single file; join several first")
        if self.streaming == "on" and (self.derive or self.least_steps):
            raise ValueError("streaming must be off with derive and least_steps; convert first")
        if self.streaming == "on" and self.windows is not None:
            raise ValueError(
                "streaming must be off where windows are cut; cut them first, with: latentloom"
                " data windows"
            )

    @property
    def sources(self) -> tuple[str, ...]:
        """What to read."""
        sources = (self.source,) if isinstance(self.source, str) else tuple(self.source)
        return tuple(source for source in sources if source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How a finished run is scored on the test split.

    Args:
        decoding: How codes are chosen for the one answer that is scored.
        samples: Other answers to each record, from which intervals and CRPS are made; 0
            for none.
        sampling: How codes are chosen for those.
        baselines: What it is held against.
        per_category: Further baselines, each fitted for every combination of labels by
            itself.
        frequency: The condition that holds the frequency of the fundamental in hertz, for
            signals that are not one period; its phase and amplitude are then scored.
        interval: Time between steps in seconds, for that frequency.
        direct: Epochs for which one more baseline is trained, a plain network from drive to
            signal; 0 for no such row.

    Raises:
        ValueError: If `samples` is 1 or negative, `direct` is negative, `interval` does not
            fit `frequency`, or two baselines
            share a name.
    """

    decoding: Decoding = Greedy()
    samples: int = 19
    sampling: Decoding = field(default_factory=Sample)
    baselines: Mapping[str, Baseline] = field(default_factory=dict[str, Baseline])
    per_category: Mapping[str, Baseline] = field(default_factory=dict[str, Baseline])
    frequency: str = ""
    interval: float = 0.0
    direct: int = 0

    def __post_init__(self) -> None:
        if self.samples < 0 or self.samples == 1:
            raise ValueError(f"samples must be 0 or at least 2, got {self.samples}")
        if bool(self.frequency) != (self.interval > 0):
            raise ValueError(
                "interval must be positive where frequency is named, and only there, got"
                f" {self.interval} with {self.frequency!r}"
            )
        if self.direct < 0:
            raise ValueError(f"direct must be at least 0, got {self.direct}")
        if twice := sorted(self.baselines.keys() & self.per_category.keys()):
            raise ValueError(f"per_category must name other baselines, got {twice} twice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """Who is told while a run trains; CSV, JSON and TensorBoard files are always written.

    Args:
        services: Services that are told too; each needs the extra of its name.
        progress: What shows the losses: a `bar`, `lines` with the numbers of each epoch that
            tell how it goes, or nothing.
        checkpoint_seconds: Time between checkpoints; 0 keeps one after every step.
        folder: Of the run, where the command line names none.
        keep_every: Epochs between models that are kept as checkpoint_epoch_N.pt; 0 keeps none.
        keep_in: Whether these epochs are counted over the `run`, in whose folder the models
            stay, or within each `phase`, in its folder.
        news_every: Steps between news of the losses.
        judge_every: Steps between looks at the probes beside the phase's own, which select
            nothing and stop nothing; 0 for none.
        test: `on` records the phase's own probes on the test split too; they select nothing
            and stop nothing.
        columns: What the columns of training_metrics.csv are called, in their order, each with
            what it holds, such as `train/total`; all that is recorded, if empty.
        arguments: What is written to args.json in the folder of a phase, by its name.
        best_as: Further names, without ending, of each phase's best_model.pt.
        form: The form of YAML that this recipe was told in: cures are named in its terms too.

    Raises:
        ValueError: If a number is out of range, or a name is that of another file.
    """

    services: tuple[Literal["wandb", "mlflow"], ...] = ()
    progress: Literal["bar", "lines", "off"] = "bar"
    checkpoint_seconds: float = 30.0
    folder: str = ""
    keep_every: int = 0
    keep_in: Literal["run", "phase"] = "run"
    news_every: int = 10
    judge_every: int = 0
    test: Literal["off", "on"] = "off"
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    arguments: Mapping[str, Mapping[str, str | int | float | bool | None]] = field(
        default_factory=dict[str, Mapping[str, str | int | float | bool | None]]
    )
    best_as: tuple[str, ...] = ()
    form: Literal["recipe", "gaussian_vae", "feature_tokenizer", "sequence_training"] = "recipe"

    def __post_init__(self) -> None:
        at_least(0, checkpoint_seconds=self.checkpoint_seconds)
        at_least(0, keep_every=self.keep_every, judge_every=self.judge_every)
        at_least(1, news_every=self.news_every)
        for name in self.best_as:
            if not re.fullmatch(r"\w[\w.-]*", name) or name in TAKEN:
                raise ValueError(
                    "best_as must be names of files, without ending, and none of"
                    f" {list(TAKEN)}, got {name!r}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Data, the parts of a system, and the phases in which they train.

    Args:
        data: Where samples come from.
        parts: What the system is made of.
        phases: What is trained, in which order.
        evaluation: How the finished run is scored.
        logging: Who is told.
        random_seed: Of everything random.
        existing_model: A run or model file whose weights the parts start from, where the
            command line names none.
        existing_parts: The parts that are taken from there; all that both have, if empty.
    """

    data: Data
    parts: Parts
    phases: tuple[Phase, ...]
    evaluation: Evaluation = Evaluation()
    logging: Logging = Logging()
    random_seed: int = 0
    existing_model: str | None = None
    existing_parts: tuple[str, ...] = ()
