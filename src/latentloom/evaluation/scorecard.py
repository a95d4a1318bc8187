"""The table of a run: rows of summaries, and who beats whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Float

from ..training.run_folder import read_json, write_json
from .floors import Twins
from .records import Prediction, Records
from .scores import SCORES, measure
from .statistics import Comparison, Estimate, Summary, compare, plain, summarize

Kind = Literal["generated", "reconstruction", "base", "baseline", "oracle", "floor"]
JUDGED = "nrmse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is to become a row.

    Args:
        name: What the row is called.
        kind: What it is: the model's own answer, its ceiling, its base alone, a baseline
            to beat, an oracle that saw the truth, or the floor that real data reaches.
        prediction: What it says of the records.
    """

    name: str
    kind: Kind
    prediction: Prediction


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The scores of one model or baseline.

    Args:
        name: What the row is called.
        kind: What it is.
        scores: By the name of the score.
        kinds: The same for the records of one kind, such as a material, by its name.
    """

    name: str
    kind: Kind
    scores: Mapping[str, Summary]
    kinds: Mapping[str, Mapping[str, Summary]] = field(
        default_factory=dict[str, Mapping[str, Summary]]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """All rows, on the same records.

    Args:
        rows: The rows, in order.
        comparisons: The first generated row against each base and baseline, by NRMSE.
        records: How many records were scored.
        groups: How many groups of them there are.
        versions: The version of each score.
        codes: What a generator of codes hits of the true codes, helped by them (`forced`)
            and on its own (`free`), and its `perplexity`; empty without one.
        parts: Share of the variance of each channel that the reconstruction explains, or
            the answers where there is none.
    """

    rows: tuple[Row, ...]
    comparisons: tuple[Comparison, ...]
    records: int
    groups: int
    versions: Mapping[str, int]
    codes: Mapping[str, float] = field(default_factory=dict[str, float])
    parts: Mapping[str, Estimate] = field(default_factory=dict[str, Estimate])

    def of_kind(self, kind: Kind) -> tuple[Row, ...]:
        """The rows of one kind."""
        return tuple(row for row in self.rows if row.kind == kind)

    def plain(self) -> dict[str, Any]:
        """Plain values, for a JSON file."""
        return {
            "records": self.records,
            "groups": self.groups,
            "versions": dict(self.versions),
            "codes": dict(self.codes),
            "parts": {name: asdict(estimate) for name, estimate in self.parts.items()},
            "rows": [_plain_row(row) for row in self.rows],
            "comparisons": [plain(comparison) for comparison in self.comparisons],
        }

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Scorecard:
        """The scorecard that `plain` wrote."""
        return cls(
            rows=tuple(_row(row) for row in value["rows"]),
            comparisons=tuple(Comparison.of(c) for c in value["comparisons"]),
            records=value["records"],
            groups=value["groups"],
            versions=dict(value["versions"]),
            codes=dict(value["codes"]),
            parts={name: Estimate(**plain) for name, plain in value["parts"].items()},
        )

    def write(self, path: Path) -> None:
        """Writes a JSON file, whole or not at all."""
        write_json(path, self.plain())

    @classmethod
    def read(cls, path: Path) -> Scorecard:
        """Reads the file that `write` wrote.

        Raises:
            RunError: If the file is absent or holds no scorecard.
        """
        return read_json(
            path,
            cls.of,
            absent="must be a score table, and no such file exists; evaluate the run first",
            damaged="must be a complete score table, and it cannot be read",
        )


def score(
    records: Records, entries: Sequence[Entry], *, twins: Twins | None = None, seed: int = 0
) -> Scorecard:
    """Scores every entry on the same records.

    Args:
        records: The true records.
        entries: What is held against them.
        twins: Records that were driven alike; their distance becomes the last row, a floor.
        seed: Of the bootstrap.

    Raises:
        ValueError: If two entries have one name, or a prediction does not fit the records;
            the message names the entry.

    Example:
        >>> truth = np.sin(np.arange(24.0)).reshape(2, 12, 1)
        >>> entry = Entry(name="flat", kind="baseline", prediction=Prediction(values=0 * truth))
        >>> card = score(Records(truth=truth), [entry])
        >>> round(card.rows[0].scores["nrmse"].median.value, 2)
        1.0
    """
    names = [entry.name for entry in entries]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"entries must have different names, got {twice} more than once")
    numbers = {entry.name: _measured(records, entry) for entry in entries}
    rows = [_scored(records, entry, numbers[entry.name], seed) for entry in entries]
    if twins is not None:
        summary = summarize(twins.distances, seed=seed)
        rows.append(Row(name="real twins", kind="floor", scores={JUDGED: summary}))
    return Scorecard(
        rows=tuple(rows),
        comparisons=_comparisons(records, entries, numbers, seed),
        records=len(records.truth),
        groups=len(records.truth) if records.group is None else len(np.unique(records.group)),
        versions={name: SCORES[name].version for name in SCORES},
    )


def _measured(records: Records, entry: Entry) -> dict[str, Float[np.ndarray, " N"]]:
    try:
        return measure(records, entry.prediction)
    except ValueError as error:
        raise ValueError(f"{entry.name}: {error}") from error


def _scored(records: Records, entry: Entry, numbers: Mapping[str, np.ndarray], seed: int) -> Row:
    everything = np.ones(len(records.truth), dtype=bool)
    kinds = {
        name: _summaries(records, numbers, records.category == index, seed)
        for index, name in enumerate(records.kinds)
        if records.category is not None and (records.category == index).sum() >= 2
    }
    scores = _summaries(records, numbers, everything, seed)
    return Row(name=entry.name, kind=entry.kind, scores=scores, kinds=kinds)


def _summaries(
    records: Records, numbers: Mapping[str, np.ndarray], rows: np.ndarray, seed: int
) -> dict[str, Summary]:
    group = None if records.group is None else records.group[rows]
    return {
        name: summarize(values[rows], group, seed=seed)
        for name, values in numbers.items()
        if np.isfinite(values[rows]).sum() >= 2
    }


def _comparisons(
    records: Records,
    entries: Sequence[Entry],
    numbers: Mapping[str, Mapping[str, np.ndarray]],
    seed: int,
) -> tuple[Comparison, ...]:
    judged = next((entry.name for entry in entries if entry.kind == "generated"), None)
    if judged is None:
        return ()
    first = (judged, numbers[judged][JUDGED])
    return tuple(
        compare(first, (entry.name, numbers[entry.name][JUDGED]), records.group, seed=seed)
        for entry in entries
        if entry.kind in ("base", "baseline")
    )


def _plain_row(row: Row) -> dict[str, Any]:
    kinds = {kind: _plain_scores(scores) for kind, scores in row.kinds.items()}
    scores = _plain_scores(row.scores)
    return {"name": row.name, "kind": row.kind, "scores": scores, "kinds": kinds}


def _plain_scores(scores: Mapping[str, Summary]) -> dict[str, Any]:
    return {name: plain(summary) for name, summary in scores.items()}


def _row(value: Mapping[str, Any]) -> Row:
    if value["kind"] not in get_args(Kind):
        raise ValueError(f"kind must be one of {list(get_args(Kind))}, got {value['kind']!r}")
    kinds = {kind: _read_scores(scores) for kind, scores in value["kinds"].items()}
    scores = _read_scores(value["scores"])
    return Row(name=value["name"], kind=value["kind"], scores=scores, kinds=kinds)


def _read_scores(value: Mapping[str, Any]) -> dict[str, Summary]:
    return {name: Summary.of(summary) for name, summary in value.items()}
