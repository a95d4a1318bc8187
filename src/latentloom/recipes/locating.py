"""Says at what time of a sequence a measured state occurred, by what a run predicts of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float

from ..core.errors import DataError, RunError
from ..data.dataset import Dataset
from ..evaluation.baselines import Baseline, Curves, MeanCurve, Ridge
from ..evaluation.locating import (
    Deduction,
    Judged,
    Located,
    Locator,
    Sequences,
    calibrated,
    expected,
    judge,
)
from .assess import splits
from .run import Run
from .states import States

SPREAD = 0.25  # of a channel's deviation, by which first rows may differ and be left out


def locate_states(
    run: Run,
    states: States,
    condition: Mapping[str, Any] | None = None,
    *,
    start: np.ndarray | None = None,
    prior: Float[np.ndarray, " T"] | None = None,
) -> tuple[Deduction, ...]:
    """When each of some measured states occurred.

    The run makes the sequence of each, on its own from the first row. Its frames are held
    against the state by how far the run is off on validation records; for each set of
    components that were measured this is calibrated anew.

    Args:
        run: The run.
        states: The states, which may bring conditions along.
        condition: What is known of their sequences; it goes before what the states bring.
        start: The first rows of the sequences; those that train records have on average if
            None.
        prior: How probable each frame is before anything is measured; all alike if None.

    Raises:
        LatentLoomError: If the run does not predict sequences, or something is missing.
        ValueError: If there are too few validation records to calibrate on.
    """
    check_predicts(run)
    train, validation, _ = splits(run)
    made = _predicted(run, states, condition, start, train)
    allowed = _allowed(run, made, prior)
    held = sequences_of(run, validation, _answers(run, validation))
    found: dict[int, Deduction] = {}
    measured = np.isfinite(states.values)
    for components in np.unique(measured, axis=0):
        locator = calibrated(held.among(components))
        for row in np.flatnonzero((measured == components).all(1)):
            sequence = made[row if len(made) > 1 else 0]
            found[int(row)] = _deduced(
                run, locator, (states.values[row], sequence), components, allowed
            )
    return tuple(found[row] for row in range(len(states.values)))


def located(run: Run, data: Dataset | None = None) -> Located:
    """How well a run finds the frames of states, beside its baselines.

    Args:
        run: The run.
        data: What it is scored on; the test split of its own data if None.

    Raises:
        LatentLoomError: If the run does not predict sequences, or the data cannot be used.
        ValueError: If there are too few validation records to calibrate on.
    """
    check_predicts(run)
    train, validation, test = splits(run)
    known = test if data is None else run.gather(series=data)
    judged = {
        "run": _judged(run, validation, known, _answers(run, validation), _answers(run, known))
    }
    for name, baseline in baselines_of(run).items():
        baseline.fit(train)
        said = baseline.predict(validation), baseline.predict(known)
        judged[name] = _judged(run, validation, known, *said)
    return judge(judged, seed=run.plan.random_seed)


def check_predicts(run: Run) -> None:
    """Checks that a run predicts sequences from what is known of them.

    Raises:
        RunError: If it does not.
    """
    if run.tells_features or not run.schema.series or not (run.generates and run.answers):
        raise RunError(
            str(run.folder.path),
            "does not predict sequences from what is known of them, so no state has a time in"
            " them; take a run with a base and conditions or first rows",
        )


def baselines_of(run: Run) -> dict[str, Baseline]:
    """The baselines of a run's recipe; a regression and the mean curve if it has none."""
    if run.plan.evaluation.baselines:
        return dict(run.plan.evaluation.baselines)
    steps = 0 if run.schema.condition else run.starts
    return {"ridge": Ridge(Curves(steps=steps)), "mean curve": MeanCurve()}


def sequences_of(run: Run, known: Dataset, predicted: Float[np.ndarray, "N T C"]) -> Sequences:
    """True sequences beside what is predicted of them, without the frames that are given."""
    assert known.series is not None
    mask = known.context().mask.numpy().copy()
    mask[:, : run.starts] = False
    group = None if known.group is None else known.group.numpy()
    truth = known.series.double().numpy()
    return Sequences(truth=truth, predicted=predicted.astype(float), mask=mask, group=group)


def _judged(
    run: Run, validation: Dataset, test: Dataset, held: np.ndarray, made: np.ndarray
) -> Judged:
    return Judged(
        validation=sequences_of(run, validation, held), test=sequences_of(run, test, made)
    )


def _answers(run: Run, known: Dataset) -> Float[np.ndarray, "N T C"]:
    return run.generate(known, decoding=run.plan.evaluation.decoding)[:, 0]


def _predicted(
    run: Run,
    states: States,
    condition: Mapping[str, Any] | None,
    start: np.ndarray | None,
    train: Dataset,
) -> Float[np.ndarray, "S T C"]:
    """The sequences of states; one for all where nothing tells them apart."""
    told = {**states.condition, **(condition or {})}
    if run.schema.drive:
        raise RunError(
            str(run.folder.path),
            "answers to a drive, and when a state occurred can only be told of runs without",
        )
    rows = start if start is not None or not run.starts else _usual_start(run, train)
    given = told if run.schema.condition else None
    if not run.schema.condition and told:
        raise DataError("condition", f"must be left out, the run has none; got {list(told)}")
    made = run.generate(condition=given, start=rows, decoding=run.plan.evaluation.decoding)[
        :, 0
    ].astype(float)
    if len(made) not in (1, len(states.values)):
        problem = f"must be of 1 or {len(states.values)} sequences, one a state, got {len(made)}"
        raise DataError(states.source, problem)
    return made


def _usual_start(run: Run, train: Dataset) -> Float[np.ndarray, "1 P C"]:
    """The mean first rows of train records, where they hardly differ.

    Raises:
        DataError: If they differ, so that the sequence cannot be told without them.
    """
    assert train.series is not None
    real = train.series[train.context().mask].double()
    first = train.series[:, : run.starts].double()
    share = (first.std(0).amax(0) / real.std(0).clamp_min(1e-12)).numpy()
    if (share > SPREAD).any():
        name = run.schema.names("series")[int(share.argmax())]
        raise DataError(
            "first row",
            f"must be given, with --first-row: the training records differ in it ({name} by"
            f" {share.max():.0%} of its deviation)",
        )
    return first.mean(0, keepdim=True).to(torch.float32).numpy()


def _allowed(
    run: Run, made: Float[np.ndarray, "S T C"], prior: Float[np.ndarray, " T"] | None
) -> Float[np.ndarray, "1 T"]:
    frames = made.shape[1]
    before = np.ones(frames) if prior is None else np.asarray(prior, dtype=float)
    if before.shape != (frames,) or not (before >= 0).all() or not np.isfinite(before).all():
        problem = f"must be {frames} numbers that are not negative, one a frame"
        raise DataError("prior", f"{problem}, got shape {before.shape}")
    return np.where(np.arange(frames) < run.starts, 0.0, before)[None]


def _deduced(
    run: Run,
    locator: Locator,
    told: tuple[Float[np.ndarray, " C"], Float[np.ndarray, "T C"]],
    components: Bool[np.ndarray, " C"],
    allowed: Float[np.ndarray, "1 T"],
) -> Deduction:
    state, sequence = told
    measured = state[components][None, None], sequence[None][..., components]
    probabilities = locator.probabilities(*measured, allowed)[0, 0]
    deviation = np.full(sequence.shape, np.nan)
    deviation[:, components] = np.sqrt(np.einsum("tii->ti", locator.covariance))
    return Deduction(
        components=run.schema.names("series"),
        state=state,
        predicted=sequence,
        deviation=deviation,
        probabilities=probabilities,
        inside=locator.regions(probabilities),
        frame=int(expected(probabilities)),
    )
