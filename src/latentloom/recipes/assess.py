"""Scores a run beside its baselines, its ceiling and the floor, on samples it never saw."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from jaxtyping import Float

from ..core.errors import DataError, RecipeError, RunError
from ..core.roles import CodeGenerator
from ..data.dataset import Dataset
from ..data.splits import Split
from ..data.transforms import LAW
from ..evaluation.baselines import Baseline, LawOracle, PerCategory
from ..evaluation.calibration import Calibration, calibrate
from ..evaluation.floors import repeatability
from ..evaluation.parts import r2_by_part
from ..evaluation.records import Prediction, Records
from ..evaluation.scorecard import Entry, Kind, Scorecard, score
from ..evaluation.statistics import Estimate
from ..generators.metrics import Exposure, exposure
from .direct import direct_run
from .preparation import some
from .run import Run
from .sections import Evaluation
from .sourcing import digest, fingerprint, open_source, paths_of

MOST = 4_000  # records that are compared each with each in search of twins
LEAST = 10  # validation records from which intervals can be calibrated at 90 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A score table with what it was made of.

    Args:
        known: The samples that were scored.
        records: Their true signals.
        entries: What was held against them.
        scorecard: The scores.
    """

    known: Dataset
    records: Records
    entries: tuple[Entry, ...]
    scorecard: Scorecard


def assess(run: Run, data: Dataset | None = None) -> Assessment:
    """Scores a run beside its baselines.

    Args:
        run: The run.
        data: What it is scored on; the test split of its own data if None.

    Raises:
        LatentLoomError: If the data cannot be used, or a baseline cannot be fitted.
        ValueError: If there are fewer than two records.
    """
    train, validation, test = splits(run)
    known = test if data is None else run.gather(series=data)
    records = records_of(run, known)
    entries = (
        *own_entries(run, validation, known),
        *_baselines(run.plan.evaluation, train, known, run.starts),
        *_direct(run, known),
    )
    twins = repeatability(known) if known.drive is not None and known.size <= MOST else None
    scorecard = score(records, entries, twins=twins, seed=run.plan.random_seed)
    scorecard = replace(
        scorecard, codes=code_hits(run, known), parts=parts_of(run, records, entries)
    )
    return Assessment(known=known, records=records, entries=entries, scorecard=scorecard)


def parts_of(run: Run, records: Records, entries: Sequence[Entry]) -> Mapping[str, Estimate]:
    """How much of each channel the reconstruction explains, or the answers without one."""
    kinds = ("reconstruction", "generated")
    entry = next((e for kind in kinds for e in entries if e.kind == kind), None)
    if entry is None:
        return {}
    return r2_by_part(
        records.truth,
        entry.prediction.values,
        records.mask,
        names=run.schema.names("series"),
        group=records.group,
        seed=run.plan.random_seed,
    )


def code_hits(run: Run, known: Dataset) -> Mapping[str, float]:
    """What the generator hits of the true codes, helped by them and on its own.

    Empty without a generator of codes.
    """
    if not isinstance(run.system.generator, CodeGenerator):
        return {}
    hits = exposure_of(run, known)
    return {"forced": hits.forced, "free": hits.free, "perplexity": hits.perplexity}


def exposure_of(run: Run, known: Dataset) -> Exposure:
    """How well the generator hits the true codes of signals, helped by them and alone.

    Raises:
        RunError: If the run has no representation or no generator.
    """
    generator = run.system.generator
    if run.system.representation is None or not isinstance(generator, CodeGenerator):
        raise RunError(str(run.folder.path), "has no generator of codes")
    found: list[Exposure] = []
    with torch.inference_mode():
        for batch in run.batches(known):
            codes = run.system.encode(batch).codes
            assert codes is not None
            found.append(exposure(generator, codes, run.system.informed(batch.context)))
    return Exposure.joined(found)


def splits(run: Run) -> tuple[Dataset, Dataset, Dataset]:
    """The train, validation and test samples of a run, in the units of their files.

    Of a streamed source, the train samples are those that the transforms were fitted on.

    Raises:
        DataError: If the data is not there any more, or not what it was, or the test split
            is empty.
    """
    source = open_source(run.plan.data, run.plan.random_seed)
    split = Split.load(run.folder.split)
    files = paths_of(run.plan.data)  # what is simulated is made anew, to its last bits or not
    if files and digest(fingerprint(run.plan.data, source, split)) != run.digest:
        raise DataError(
            ", ".join(map(str, files)),
            "changed since the run was trained on it; put it back, or score other data with"
            " --data",
        )
    if not len(split.test):
        raise DataError("data.split", "must leave samples to test on, and leaves none")
    train = source.take(some(split.train, isinstance(source, Dataset)))
    return train, source.take(split.validation), source.take(split.test)


def records_of(run: Run, known: Dataset) -> Records:
    """True signals with what it takes to score others against them."""
    labels = [name for name in known.schema.names("condition") if name in known.schema.categories]
    settings = run.plan.evaluation
    cycles = None
    if settings.frequency and known.condition is not None:
        column = known.schema.index("condition", settings.frequency)
        cycles = known.condition[:, column].double().numpy() * settings.interval
    return Records.of(
        known, cycles=cycles, law=law_of(run, known), category=labels[0] if labels else ""
    )


def law_of(run: Run, known: Dataset) -> Float[np.ndarray, "N T C"] | None:
    """What the physics law of a run's transforms says of signals, in their units."""
    dataset = known
    for transform in run.pipeline.transforms:
        before = dataset.schema.names("drive")
        dataset = transform.apply(dataset)
        if LAW in dataset.schema.names("drive") and LAW not in before:
            assert dataset.drive is not None
            law = dataset.drive[..., dataset.schema.index("drive", LAW)]
            channels = len(known.schema.series)
            return law[..., None].expand(-1, -1, channels).double().numpy()
    return None


def own_entries(run: Run, validation: Dataset, known: Dataset) -> list[Entry]:
    """What the run itself says: its answer, its ceiling, and its base alone."""
    entries = [_generated(run, validation, known)] if run.generates and run.answers else []
    if run.system.representation is not None:
        entries.append(_entry("reconstruction", "reconstruction", run.reconstruct(known)))
        if run.system.base is not None:
            entries.append(_entry("base alone", "base", run.predict(known)))
    return entries


def _generated(run: Run, validation: Dataset, known: Dataset) -> Entry:
    settings = run.plan.evaluation
    best = run.generate(known, decoding=settings.decoding)[:, 0]
    samples, calibration = None, None
    if run.system.generator is not None and settings.samples:
        samples = _samples(run, known)
        calibration = _calibration(run, validation)
    prediction = Prediction(values=best.astype(float), samples=samples, calibration=calibration)
    return Entry(name="generated", kind="generated", prediction=prediction)


def _entry(name: str, kind: Kind, values: Float[np.ndarray, "N T C"]) -> Entry:
    return Entry(name=name, kind=kind, prediction=Prediction(values=values.astype(float)))


def _samples(run: Run, known: Dataset) -> Float[np.ndarray, "N K T C"]:
    settings = run.plan.evaluation
    seed = run.plan.random_seed
    made = run.generate(known, samples=settings.samples, decoding=settings.sampling, seed=seed)
    return made.astype(float)


def _calibration(run: Run, validation: Dataset) -> Calibration | None:
    """Margins found on the validation split; None if it is too small for them."""
    if validation.size < LEAST:
        return None
    records = Records.of(validation)
    return calibrate(records.truth, _samples(run, validation), records.mask)


def _direct(run: Run, known: Dataset) -> list[Entry]:
    epochs = run.plan.evaluation.direct
    if not epochs:
        return []
    trained = direct_run(run, epochs, device=str(run.device))
    return [_entry("direct network", "baseline", trained.predict(known))]


def told_first(
    known: Dataset, values: Float[np.ndarray, "N T C"], starts: int
) -> Float[np.ndarray, "N T C"]:
    """Answers that begin with the rows that a run is told: what it need not guess, nobody must."""
    if not starts or known.series is None:
        return values
    return np.concatenate((known.series[:, :starts].numpy(), values[:, starts:]), 1)


def _baselines(settings: Evaluation, train: Dataset, known: Dataset, starts: int) -> list[Entry]:
    chosen: dict[str, tuple[str, Baseline]] = {
        name: (f"evaluation.baselines.{name}", baseline)
        for name, baseline in settings.baselines.items()
    }
    for name, baseline in settings.per_category.items():
        made = PerCategory(partial(copy.deepcopy, baseline))
        chosen[name] = (f"evaluation.per_category.{name}", made)
    entries: list[Entry] = []
    for name, (path, baseline) in chosen.items():
        try:
            baseline.fit(train)
            values = told_first(known, baseline.predict(known), starts)
        except (ValueError, DataError) as error:
            raise RecipeError(path, str(error)) from error
        inner = settings.per_category.get(name, baseline)
        kind: Kind = "oracle" if isinstance(inner, LawOracle) else "baseline"
        entries.append(_entry(name, kind, values))
    return entries
