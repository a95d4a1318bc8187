"""Holds several runs against each other, on the same test records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from ..core.errors import RunError
from ..data.dataset import Dataset
from ..evaluation.records import Prediction, Records
from ..evaluation.rivals import duels, sheet_duels
from ..evaluation.scorecard import JUDGED, Entry, score
from ..evaluation.scores import measure
from ..evaluation.sheet import Sheet
from ..report.comparison import MOST, Match, Shared
from ..report.content import Line
from ..training.run_folder import RunFolder
from .assess import records_of, splits
from .costs import seconds
from .courses import history
from .run import Run
from .sets_compared import compared_sets
from .sets_seen import tells_gaussians
from .sheets import sheets_of

SIZES = ("real", "made")  # entries of a stamp that say nothing of what was compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """One of several that are compared.

    Args:
        path: The folder of a run, or a file with the scores of a protocol.
        run: The run; None of a file.
        sheets: Scores of what it makes, by the protocol.
    """

    path: Path
    run: Run | None
    sheets: Mapping[str, Sheet]

    @classmethod
    def open(cls, path: Path, *, device: str) -> Rival:
        """What is there.

        Raises:
            RunError: If it is neither a run nor the scores of a protocol.
        """
        if path.is_file():
            sheet = Sheet.read(path)
            return cls(path=path, run=None, sheets={sheet.protocol: sheet})
        return cls(path=path, run=Run.open(path, device=device), sheets=sheets_of(RunFolder(path)))


def compare_runs(paths: Sequence[Path], *, device: str = "auto") -> Match:
    """Everything that a comparison shows.

    Args:
        paths: Folders of runs, or files with the scores of a protocol; 2 to 7.
        device: Where runs generate: `auto`, `cpu` or `cuda`.

    Raises:
        RunError: If one cannot be opened, or they were not scored on the same signals.
        ValueError: If there are fewer than 2 or more than 7, or one of them twice.
    """
    if not 2 <= len(paths) <= MOST:
        raise ValueError(f"2 to {MOST} runs can be compared, got {len(paths)}")
    rivals = _named([Rival.open(path, device=device) for path in paths])
    runs = {name: rival.run for name, rival in rivals.items() if rival.run is not None}
    sheets = _sheets(rivals)
    match = Match(
        runs=dict.fromkeys(rivals, "signals as a whole"),
        sheets=sheets,
        sheet_duels={protocol: sheet_duels(found) for protocol, found in sheets.items()},
        command=f"latentloom compare {' '.join(map(str, paths))} -o comparison.html",
    )
    what = _what(list(runs.values())) if len(runs) == len(rivals) else ""
    if what:
        return _paired(match, runs, what)
    if not sheets:
        raise _nothing(rivals)
    return match


def _paired(match: Match, runs: Mapping[str, Run], what: str) -> Match:
    """The same records by every run."""
    known = _same_records(runs)
    if all(tells_gaussians(run) for run in runs.values()):
        return _as_sets(match, runs)
    first = next(iter(runs.values()))
    records, seed = records_of(first, known), first.plan.random_seed
    made = {name: _answers(run, known, what) for name, run in runs.items()}
    entries = [
        Entry(name=name, kind="generated", prediction=Prediction(values=values))
        for name, values in made.items()
    ]
    errors = {e.name: measure(records, e.prediction)[JUDGED] for e in entries}
    return replace(
        match,
        runs=dict.fromkeys(runs, what),
        scorecard=score(records, entries, seed=seed),
        duels=duels(errors, records.group, score=JUDGED, seed=seed),
        records=_shown(known, records, made, errors),
        costs={name: _cost(run) for name, run in runs.items()},
    )


def _as_sets(match: Match, runs: Mapping[str, Run]) -> Match:
    """The same sets of Gaussians by every run; as curves over slots they would say nothing."""
    sets, pairs = compared_sets(runs)
    return replace(
        match,
        runs=dict.fromkeys(runs, "reconstruction"),
        sets=sets,
        duels=pairs,
        costs={name: _cost(run) for name, run in runs.items()},
    )


def _named(rivals: Sequence[Rival]) -> dict[str, Rival]:
    """By the last parts of their paths, as many as tell them apart."""
    paths = [rival.path.resolve() for rival in rivals]
    if len(set(paths)) < len(paths):
        raise ValueError("runs to compare must differ, got one of them twice")
    for parts in range(1, max(len(path.parts) for path in paths)):
        names = ["/".join(path.parts[-parts:]) for path in paths]
        if len(set(names)) == len(names):
            return dict(zip(names, rivals, strict=True))
    return {str(path): rival for path, rival in zip(paths, rivals, strict=True)}


def _what(runs: Sequence[Run]) -> str:
    """What all runs can be asked for beside the truth; "" if there is no such thing."""
    if any(run.tells_features for run in runs):
        return ""
    if all(run.generates and run.answers for run in runs):
        return "generated"
    if all(run.system.representation is not None for run in runs):
        return "reconstruction"
    return ""


def _answers(run: Run, known: Dataset, what: str) -> Float[np.ndarray, "N T C"]:
    if what == "reconstruction":
        return run.reconstruct(known).astype(float)
    return run.generate(known, decoding=run.plan.evaluation.decoding)[:, 0].astype(float)


def _same_records(runs: Mapping[str, Run]) -> Dataset:
    """The test records of all runs.

    Raises:
        RunError: If they differ; the message says in what.
    """
    (name, first), *others = runs.items()
    known = splits(first)[2]
    for _, run in others:
        if problem := _apart(known, splits(run)[2]):
            raise RunError(
                str(run.folder.path),
                f"must be scored on the test records of {name}, and {problem};"
                " compare runs of the same data, split and seed",
            )
    return known


def _apart(known: Dataset, other: Dataset) -> str:
    """In what two sets of records differ; "" if they are the same."""
    if known.schema.series != other.schema.series:
        told = [", ".join(map(str, x.schema.series)) for x in (other, known)]
        return f"has channels {told[0]} instead of {told[1]}"
    if known.size != other.size:
        return f"has {other.size} of them instead of {known.size}"
    if known.steps != other.steps:
        return f"has {other.steps} time steps instead of {known.steps}"
    assert known.series is not None
    assert other.series is not None
    differ = (known.series != other.series).flatten(1).any(1)
    if differ.any():
        return f"{int(differ.sum())} of {known.size} records are not the same"
    return ""


def _sheets(rivals: Mapping[str, Rival]) -> dict[str, dict[str, Sheet]]:
    """The sheets of the protocols that all were scored by.

    Raises:
        RunError: If they were scored by other versions of a protocol, or on other data.
    """
    first, *others = rivals.values()
    common = [p for p in first.sheets if all(p in other.sheets for other in others)]
    for protocol in common:
        for other in others:
            _checked(first, other, protocol)
    return {p: {name: rival.sheets[p] for name, rival in rivals.items()} for p in common}


def _checked(first: Rival, other: Rival, protocol: str) -> None:
    one, two = first.sheets[protocol], other.sheets[protocol]
    if one.version != two.version:
        raise RunError(
            str(other.path),
            f"must be scored by version {one.version} of {protocol}, as {first.path} is, got"
            f" version {two.version}; evaluate both again",
        )
    marks = [{v for k, v in s.stamp.items() if k not in SIZES} for s in (one, two)]
    if one.stamp.get("real") != two.stamp.get("real") or (all(marks) and not marks[0] & marks[1]):
        raise RunError(
            str(other.path),
            f"must be held against the real signals of {first.path} by {protocol}, got others;"
            " evaluate both with the same --real",
        )


def _nothing(rivals: Mapping[str, Rival]) -> RunError:
    """What to say where there is nothing that all of them can be asked."""
    lack = next((rival for rival in rivals.values() if not rival.sheets), None)
    first = lack or next(iter(rivals.values()))
    features = first.run is not None and first.run.tells_features
    return RunError(
        str(first.path),
        "answers nothing that could be held against a truth, and has no scores of a protocol that"
        f" all have; run: latentloom evaluate {first.path} --protocol"
        f" {'features' if features else 'strict'}",
    )


def _shown(
    known: Dataset,
    records: Records,
    made: Mapping[str, Float[np.ndarray, "N T C"]],
    errors: Mapping[str, Float[np.ndarray, " N"]],
) -> tuple[Shared, ...]:
    """The best, the median and the worst record on average over the runs."""
    mean = np.mean(list(errors.values()), axis=0)
    order = np.argsort(mean)
    picked = {"best": order[0], "median": order[len(order) // 2], "worst": order[-1]}
    return tuple(
        _one(known, records, made, int(row), f"{word}: record {row}, mean NRMSE {mean[row]:.3g}")
        for word, row in picked.items()
    )


def _one(
    known: Dataset,
    records: Records,
    made: Mapping[str, Float[np.ndarray, "N T C"]],
    row: int,
    title: str,
) -> Shared:
    real = records.mask[row]
    steps = int(real.sum())
    periodic = known.schema.periodic
    x = np.arange(steps) / steps if periodic else np.arange(steps, dtype=float)
    return Shared(
        title=title,
        truth=Line(name="true", x=x, y=records.truth[row, real, 0]),
        made=tuple(Line(name=n, x=x, y=values[row, real, 0]) for n, values in made.items()),
        x="share of the period" if periodic else "time step",
        y=str(known.schema.series[0]),
    )


def _cost(run: Run) -> dict[str, str]:
    count = sum(p.numel() for p in run.system.parameters())
    trained = sum(seconds(history(run.folder)).values())
    return {"parameters": f"{count:,}", "training": f"{trained:.0f} s", "device": str(run.device)}
