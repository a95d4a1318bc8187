"""What a report shows: plain arrays and words, whatever made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int, UInt8

from ..evaluation.diagnosis import Finding
from ..evaluation.locating import Located
from ..evaluation.portrait import LatentSpace, Movements, Portrait
from ..evaluation.scorecard import Scorecard
from ..evaluation.sets import SetCard
from ..evaluation.sheet import Sheet
from ..evaluation.stepwise import StepwiseRow
from ..evaluation.tokens import TokenCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One curve.

    Args:
        name: What the legend calls it.
        x: Where its points are.
        y: Their values; those that are not finite leave a gap.
    """

    name: str
    x: Float[np.ndarray, " P"]
    y: Float[np.ndarray, " P"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Curves that share their axes, such as the losses of a phase.

    Args:
        title: What it shows.
        x: Name of the horizontal axis, with its unit.
        y: Name of the vertical axis, with its unit.
        lines: The curves, at most eight.
        logarithmic: Whether the vertical axis is.
        borders: Where one part ends and the next begins, on the horizontal axis.

    Raises:
        ValueError: If there are no curves or more than eight.
    """

    title: str
    x: str
    y: str
    lines: tuple[Line, ...]
    logarithmic: bool = False
    borders: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= 8:
            raise ValueError(f"a figure must have 1 to 8 lines, got {len(self.lines)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """One record: the truth, what was generated, its interval, and the drive below.

    Args:
        title: Which record it is, such as "median".
        time: The instants.
        truth: The true signal.
        made: The generated signal.
        low: Lower end of the interval, if there is one.
        high: Upper end of the interval, if there is one.
        drive: What the signal answers to, if anything.
        x: Name of the time axis, with its unit.
        y: Name of the signal, with its unit.
        drive_name: Name of the drive, with its unit.
        band: What the interval is called.
        made_name: What the generated signal is called, such as "reconstruction".
    """

    title: str
    time: Float[np.ndarray, " _"]
    truth: Float[np.ndarray, " _"]
    made: Float[np.ndarray, " _"]
    low: Float[np.ndarray, " _"] | None = None
    high: Float[np.ndarray, " _"] | None = None
    drive: Float[np.ndarray, " _"] | None = None
    x: str = "time [s]"
    y: str = "signal"
    drive_name: str = "drive"
    band: str = "90 % interval"
    made_name: str = "generated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How the codes of one book were used in the last epoch.

    Args:
        name: What the book is called.
        counts: How often each code was used.
        over_epochs: Curves of utilisation, evenness and top share, if they were kept.
    """

    name: str
    counts: Int[np.ndarray, " V"]
    over_epochs: Figure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What each feature of a Gaussian bottleneck keeps of the scored signals.

    Args:
        name: What the bottleneck is called.
        divergence: Kullback-Leibler divergence from the standard normal, in nats per latent
            step, averaged over signals and steps.
        spread: Standard deviation over signals and steps of each feature's mean, without
            unit; a feature that says the same of every signal has none.
    """

    name: str
    divergence: Float[np.ndarray, " D"]
    spread: Float[np.ndarray, " D"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the run cost.

    Args:
        parameters: How many numbers each part has learned.
        train_seconds: How long each phase took.
        samples_per_second: How many signals are generated in a second, if measured.
        peak_memory: In bytes, if measured.
        device: Where it ran.
        operations: Floating-point operations for one signal, by what is done with it; of
            matrix products, convolutions and attention, in which nearly all work lies.
        noun: What samples are called.
    """

    parameters: Mapping[str, int] = field(default_factory=dict[str, int])
    train_seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    samples_per_second: float | None = None
    peak_memory: int | None = None
    device: str = ""
    operations: Mapping[str, int] = field(default_factory=dict[str, int])
    noun: str = "signals"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMap:
    """Codes as points of a plane.

    Args:
        name: How they were laid out.
        points: Where they are.
        owners: The category of each, counted from 0.
    """

    name: str
    points: Float[np.ndarray, "_ 2"]
    owners: Int[np.ndarray, " _"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokenized:
    """What the tokens of families of features are worth, and what they say.

    Args:
        card: The scores.
        written: How much the codes of each category move each feature, in units of the
            transforms; None where that is not known.
        maps: What codes say of features, as points of a plane.
        over_epochs: Curves of the use of the codes in training, if they were kept.
    """

    card: TokenCard
    written: Float[np.ndarray, "G C"] | None = None
    maps: tuple[CodeMap, ...] = ()
    over_epochs: Figure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """The same records as several draw them.

    Args:
        title: What it shows.
        records: What the records are called.
        numbers: What is said of each, such as a score.
        rows: Images by who drew them, one for each record: bytes of 1 or 3 channels.

    Raises:
        ValueError: If there is not a number and an image for each record.
    """

    title: str
    records: tuple[str, ...]
    numbers: tuple[str, ...]
    rows: Mapping[str, UInt8[np.ndarray, "N height width C"]]

    def __post_init__(self) -> None:
        for name, got in [("numbers", self.numbers), *self.rows.items()]:
            if len(got) != len(self.records):
                raise ValueError(f"{name} must be {len(self.records)}, got {len(got)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """Many images at once.

    Args:
        title: What they are.
        images: Bytes of 1 or 3 channels.
    """

    title: str
    images: UInt8[np.ndarray, "N height width C"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imaged:
    """What a representation keeps of sets of Gaussians, and what it looks like.

    Args:
        card: The scores.
        beside: Records as they were, as they were fitted and as they come back.
        sampled: New ones beside real ones; empty if the run makes none.
    """

    card: SetCard
    beside: Album | None = None
    sampled: tuple[Gallery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One sequence beside what was predicted of it.

    Args:
        name: Which one it is, such as "best: record 7".
        truth: The true sequence.
        made: The prediction.
    """

    name: str
    truth: Float[np.ndarray, "T C"]
    made: Float[np.ndarray, "T C"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepwise:
    """What a run makes of sequences, step by step.

    Args:
        components: The channels, with their units.
        rows: What the run and its baselines miss; the run comes first.
        ratios: Mean lag ratios of the truth.
        paths: Sequences to look at, such as the best, the median and the worst.
        start: How many leading frames are given.
        course: How scores went over all phases.
        located: How well the frames of states are found.
    """

    components: tuple[str, ...]
    rows: tuple[StepwiseRow, ...]
    ratios: Float[np.ndarray, "L C"]
    paths: tuple[Path, ...]
    start: int
    course: Figure | None = None
    located: Located | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that the page shows; whatever is not there takes no room.

    Args:
        title: What was run.
        scorecard: The scores of answers, each beside the truth.
        tokens: What the tokens of families of features are worth.
        sets: What is kept of sets of Gaussians.
        stepwise: What is made of sequences, step by step.
        sheet: The scores of signals as a whole.
        portrait: What real and made signals look like beside each other.
        latents: What drawn latents look like beside those of real signals.
        movements: Real and made movements, unlabelled.
        overlays: Records to look at, such as the best, the median and the worst.
        use: How the codebooks were used.
        kept: What Gaussian bottlenecks keep.
        losses: Losses, a figure for each phase.
        schedules: Schedules, a figure for each phase.
        cost: What it cost.
        command: The exact command that makes it again.
        data: The data's fingerprint, by name.
        seeds: Which seeds it used.
        notes: Paragraphs that explain the run.
        findings: Known illnesses that the run has.
    """

    title: str
    scorecard: Scorecard | None = None
    tokens: Tokenized | None = None
    sets: Imaged | None = None
    stepwise: Stepwise | None = None
    sheet: Sheet | None = None
    portrait: Portrait | None = None
    latents: LatentSpace | None = None
    movements: Movements | None = None
    overlays: tuple[Overlay, ...] = ()
    use: tuple[Use, ...] = ()
    kept: tuple[Kept, ...] = ()
    losses: tuple[Figure, ...] = ()
    schedules: tuple[Figure, ...] = ()
    cost: Cost = field(default_factory=Cost)
    command: str = ""
    data: Mapping[str, str] = field(default_factory=dict[str, str])
    seeds: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
