"""Gathers the numbers of a run that a diagnosis looks at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from ..core.errors import DataError
from ..core.roles import CodeGenerator
from ..data.dataset import Dataset
from ..data.transforms import Pipeline
from ..evaluation.diagnosis import (
    Book,
    Channel,
    Course,
    Evidence,
    Exposed,
    Fit,
    Neighbours,
    Overlap,
    Response,
)
from ..evaluation.diagnosis.likeness import departure, equal_to_any, nearest, shares_a_stretch
from ..evaluation.diagnosis.reading import Reader, features, filtered
from ..representations.bottlenecks import Quantized
from ..training.run_folder import RunFolder
from .assess import exposure_of, splits
from .conduct import plan_of
from .courses import courses_of, history
from .foreign import settings_in
from .gaussian_examination import latents_of, returned_of
from .placeholder import placeholder
from .run import Run
from .specimens import Specimens
from .tokens_examination import bottleneck_of, named_books, tokens_of

MOST = 512  # records of each split
FEW = 10  # validation records, below which the test split stands for what was held out
SEARCHED = 8_192  # train records among which originals of copies are sought
COMPARED = 4_000  # train records in search of near copies
NEAR = 0.01  # of a record's deviation


def examine(path: str | Path, *, device: str = "auto") -> Evidence:
    """The evidence of the run in a folder; of a stopped run, its history alone.

    Args:
        path: The folder.
        device: `auto`, `cpu` or `cuda`.

    Raises:
        LatentLoomError: If the run is damaged, or its data is not what it was.
    """
    folder = RunFolder(Path(path))
    plan = plan_of(folder)
    if folder.model.is_file():
        return evidence_of(Run.open(path, device=device))
    pipeline: Pipeline = plan.pipeline()
    pipeline.load(folder.statistics)
    _, phases = plan.build(
        pipeline.apply(placeholder(pipeline.schema, pipeline.transforms)).schema
    )
    return Evidence(
        courses=courses_of(phases, history(folder)), terms=settings_in(plan.logging.form)
    )


def evidence_of(run: Run) -> Evidence:
    """The evidence of a run, on at most 512 records of each split.

    Raises:
        LatentLoomError: If its data is not there any more, or is not what it was.
    """
    train, validation, test = splits(run)
    known = Specimens(run, _some(train))
    held = Specimens(run, _some(validation if validation.size >= FEW else test))
    schema = run.pipeline.apply(placeholder(run.schema, run.pipeline.transforms)).schema
    _, phases = run.plan.build(schema)
    courses = courses_of(phases, history(run.folder))
    spans, room = returned_of(known, held)
    return Evidence(
        courses=courses,
        latents=latents_of(held),
        spans=spans,
        room=room,
        books=_books(known, courses),
        exposed=_exposed(known, held),
        fits=_fits(known, held),
        neighbours=_neighbours(run, train, held),
        responses=_responses(known, held, courses),
        channels=_channels(known),
        overlap=_overlap(run, train, test),
        tokens=tokens_of(known, held, courses, history(run.folder)),
        known=known.size,
        held=held.size,
        terms=settings_in(run.plan.logging.form),
    )


def _some(dataset: Dataset) -> Dataset:
    """At most 512 of the records, always the same ones, in their order."""
    if dataset.size <= MOST:
        return dataset
    rows = np.random.default_rng(0).choice(dataset.size, MOST, replace=False)
    return dataset.take(torch.as_tensor(np.sort(rows)))


def _books(known: Specimens, courses: tuple[Course, ...]) -> tuple[Book, ...]:
    representation = known.run.system.representation
    if representation is None or not representation.levels:
        return ()
    codes = known.codes[known.code_mask]
    if bottleneck_of(known) is not None:
        return named_books(known, codes, courses)
    settings: dict[str, Any] = known.run.plan.tree["parts"]["representation"]["bottleneck"]
    bottleneck = getattr(representation, "bottleneck", None)
    revive = settings["revive_below"] if isinstance(bottleneck, Quantized) else None
    return tuple(
        Book(
            name=f"book {book}",
            counts=np.bincount(codes[:, book], minlength=size),
            revive_below=revive,
        )
        for book, size in enumerate(representation.levels)
    )


def _exposed(known: Specimens, held: Specimens) -> Exposed | None:
    run = known.run
    if not isinstance(run.system.generator, CodeGenerator):
        return None
    driven = bool(run.schema.drive)
    hits = exposure_of(run, held.raw)
    judged = held if driven else known  # the use of codes is no matter of single records
    seed = run.plan.random_seed
    drawn, again = judged.drawn(seed), judged.drawn(seed + 1)
    real = judged.code_mask
    return Exposed(
        forced=hits.forced,
        free=hits.free if driven else float("nan"),
        right=float((drawn == judged.codes)[real].mean()),
        agreed=float((drawn == again)[real].mean()),
        helped=_departure(judged, judged.helped(seed)),
        alone=_departure(judged, drawn),
    )


def _departure(judged: Specimens, drawn: Int[np.ndarray, "N S K"]) -> float:
    """How the use of drawn codes departs from that of true ones, late in a signal."""
    steps = drawn.shape[1]
    late = slice(steps - max(1, steps // 4), steps)
    real = judged.code_mask[:, late]
    true, made = (codes[:, late][real] for codes in (judged.codes, drawn))
    return float(np.mean([departure(a, b) for a, b in zip(true.T, made.T, strict=True)]))


def _fits(known: Specimens, held: Specimens) -> tuple[Fit, ...]:
    system = known.run.system
    made: list[Fit] = []
    if system.base is not None:
        made.append(_error("base", known, held, (known.predicted, held.predicted)))
    if system.representation is not None:
        both = (known.reconstructed, held.reconstructed)
        made.append(_error("representation", known, held, both))
    if isinstance(system.generator, CodeGenerator) and system.representation is not None:
        flat = float(np.mean(np.log(system.representation.levels)))
        made.append(
            Fit(part="generator", unit="nats", train=known.nats(), held=held.nats(), flat=flat)
        )
    return tuple(made)


def _error(
    part: str, known: Specimens, held: Specimens, said: tuple[np.ndarray, np.ndarray]
) -> Fit:
    train, other = (_mean_square(s, s.truth - x) for s, x in zip((known, held), said, strict=True))
    return Fit(
        part=part, unit="error", train=train, held=other, flat=float(_variance(known).mean())
    )


def _mean_square(specimens: Specimens, error: np.ndarray) -> float:
    return float((error.astype(float) ** 2)[specimens.mask].mean())


def _variance(specimens: Specimens) -> Float[np.ndarray, " C"]:
    return specimens.truth[specimens.mask].astype(float).var(0)


def _neighbours(run: Run, train: Dataset, held: Specimens) -> Neighbours | None:
    if not run.generates:
        return None
    step = -(-train.size // SEARCHED)
    among = Specimens(run, train.take(slice(None, None, step))).learned
    return Neighbours(
        made=nearest(held.made(), among),
        held=nearest(held.learned, among),
        searched=len(among) / train.size,
    )


def _channels(known: Specimens) -> tuple[Channel, ...]:
    system = known.run.system
    said = known.predicted if system.representation is None else known.reconstructed
    left = ((known.truth - said).astype(float) ** 2)[known.mask].mean(0)
    variance = _variance(known)
    return tuple(
        Channel(
            name=name, r2=float(1 - left[c] / max(variance[c], 1e-30)), variance=float(variance[c])
        )
        for c, name in enumerate(known.ready.schema.names("series"))
        if variance[c] > 0
    )


def _responses(
    known: Specimens, held: Specimens, courses: tuple[Course, ...]
) -> tuple[Response, ...]:
    run = known.run
    if not run.generates or not (run.schema.drive or run.schema.condition):
        return ()
    shuffled = torch.from_numpy(np.random.default_rng(0).permutation(held.size))
    made = held.made()
    found: list[Response] = []
    if held.drive is not None and known.drive is not None:
        linear = filtered((known.drive, known.truth), held.drive)
        followed = _gain(held, made, shuffled.numpy())
        told = _gain(held, linear * held.mask[..., None], shuffled.numpy())
        setting = _remedy(run, courses, "drive")
        found.append(Response(name="the drive", told=told, followed=followed, setting=setting))
    for column, name in enumerate(run.schema.names("condition")):
        found.append(_response(known, held, made, shuffled, column, _remedy(run, courses, name)))
    return tuple(found)


def _gain(held: Specimens, said: np.ndarray, shuffled: np.ndarray) -> float:
    """How much nearer signals are to what was said of them than to what was said of others."""
    own = _mean_square(held, held.truth - said)
    other = _mean_square(held, held.truth - said[shuffled] * held.mask[..., None])
    return 1 - own / max(other, 1e-30)


def _response(
    known: Specimens,
    held: Specimens,
    made: np.ndarray,
    shuffled: torch.Tensor,
    column: int,
    setting: str,
) -> Response:
    name = known.run.schema.names("condition")[column]
    assert held.raw.condition is not None
    exchanged = held.raw.condition.clone()
    exchanged[:, column] = exchanged[shuffled, column]
    before, wanted = _wanted(known, column, known), _wanted(held, column, known)
    drives = [_drive_features(specimens) for specimens in (known, held)]
    reader = Reader.of(
        (features(known.truth), drives[0]),
        (features(held.truth), drives[1]),
        before,
        wanted,
        seed=known.run.plan.random_seed,
    )
    again = held.made(exchanged)
    followed = reader.followed(
        (features(made), drives[1]),
        (features(again), drives[1]),
        wanted[shuffled.numpy()] - wanted,
    )
    return Response(name=name, told=reader.told, followed=followed, setting=setting)


def _wanted(specimens: Specimens, column: int, known: Specimens) -> Float[np.ndarray, "N K"]:
    """A condition as a reader learns it: a column for each label, or ranks of a number."""
    schema, condition = specimens.raw.schema, specimens.raw.condition
    assert condition is not None
    assert known.raw.condition is not None
    values = condition[:, column].double().numpy()
    labels = schema.categories.get(schema.names("condition")[column])
    if labels is not None:
        return np.eye(len(labels))[values.astype(int)]
    order = np.sort(known.raw.condition[:, column].double().numpy())
    return (np.searchsorted(order, values) / len(order))[:, None]


def _drive_features(specimens: Specimens) -> Float[np.ndarray, "N E"]:
    drive = specimens.drive
    return np.zeros((specimens.size, 0)) if drive is None else features(drive)


def _remedy(run: Run, courses: tuple[Course, ...], name: str) -> str:
    """The setting of the recipe that lets something known be followed."""
    generator: Any = run.plan.tree["parts"].get("generator")  # settings, or the kind alone
    settings = generator if isinstance(generator, dict) else {}
    if name != "drive" and settings.get("conditioning") == "none":
        return "parts.generator.conditioning=film"
    makers = [course for course in courses if {"generator", "base"} & {*course.trains}]
    course = (makers or list(courses))[-1]
    index = int(course.phase_path.rpartition(".")[2])
    phase: dict[str, Any] = run.plan.tree["phases"][index]
    kind = "drive" if name == "drive" else "condition"
    if any(isinstance(entry, dict) and entry.get(kind) for entry in phase["augment"]):
        return f"{course.phase_path}.augment=[]"
    return course.lasting(4 * (phase.get("epochs") or course.epochs))


def _overlap(run: Run, train: Dataset, test: Dataset) -> Overlap:
    looked = _some(test)
    signals, others = _signals(run, looked), _signals(run, train)
    alive = np.ptp(signals, axis=1).any(1)  # silence is equal to silence
    shifted = float("nan") if run.tells_features else _shifted(signals, others)
    return Overlap(
        size=looked.size,
        equal=float((alive & equal_to_any(_values(looked), _values(train))).mean()),
        shifted=shifted,
        near=_near(run, looked, train),
        grouped=_grouped(train, test),
        statistics=_statistics(run, train),
    )


def _shifted(signals: Float[np.ndarray, "N T C"], others: Float[np.ndarray, "M T C"]) -> float:
    return float(shares_a_stretch(signals, others).mean())


def _signals(run: Run, dataset: Dataset) -> Float[np.ndarray, "N T C"]:
    """The signals; of features, those of a sample in a row, in units of the transforms."""
    if dataset.series is None:
        ready = run.pipeline.apply(dataset).series
        assert ready is not None
        return ready.mT.numpy()
    return dataset.series.numpy()


def _values(dataset: Dataset) -> np.ndarray:
    """Everything that a part can see of records, a row each."""
    arrays = (dataset.series, dataset.drive, dataset.condition, *dataset.families.values())
    flat = [array.flatten(1).nan_to_num().numpy() for array in arrays if array is not None]
    return np.concatenate(flat, axis=1)


def _near(run: Run, looked: Dataset, train: Dataset) -> float:
    """The share of records that differ from a train record by less than their noise could."""
    others = train.take(torch.linspace(0, train.size - 1, min(train.size, COMPARED)).long())
    both = [_signals(run, looked), *_driven(looked)]
    there = [_signals(run, others), *_driven(others)]
    scale = [np.maximum(x.reshape(-1, x.shape[-1]).std(0, ddof=1), 1e-30) for x in there]
    signals, rest = (
        np.concatenate([x / s for x, s in zip(arrays, scale, strict=True)], axis=2)
        for arrays in (both, there)
    )
    size = np.sqrt(signals.var(1).mean(1))
    return float(((nearest(signals, rest) < NEAR * size) & (size > 0)).mean())


def _driven(dataset: Dataset) -> list[np.ndarray]:
    return [] if dataset.drive is None else [dataset.drive.numpy()]


def _grouped(train: Dataset, test: Dataset) -> float:
    if train.group is None or test.group is None:
        return float("nan")
    return float(torch.isin(test.group, train.group).double().mean())


def _statistics(run: Run, train: Dataset) -> float:
    """How far the stored statistics are from those that the train split gives."""
    again = run.plan.pipeline()
    try:
        again.fit(train)
    except (DataError, ValueError):
        return float("nan")
    worst = 0.0
    for fitted, stored in zip(again.transforms, run.pipeline.transforms, strict=True):
        for name, value in fitted.state().items():
            other = stored.state()[name].double()
            scale = value.double().abs().clamp_min(1e-12)
            if value.numel():
                worst = max(worst, float(((value.double() - other).abs() / scale).max()))
    return worst
