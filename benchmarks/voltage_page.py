"""Writes docs/results/voltage.md from the scores of the runs; computes nothing of its own."""

import platform
import statistics
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pages import read, table

NOTES_FILE = Path(__file__).with_name("voltage_notes.md")
MATERIALS = ("ML95S", "3C95", "3C92")
SPLITS = {
    "shapes": "Held-out shapes",
    "top-f": "Top third of the frequencies",
    "random": "Random fifth (a sanity check: near-twins are in the train split)",
}
ORDER = (
    "generated",
    "base alone",
    "direct network",
    "ridge",
    "kernel",
    "nearest",
    "law",
    "law, M of each record",
    "reconstruction",
)
NOTES = {
    "generated": "**generated**: base + trusted mean of 16 draws",
    "base alone": "base alone, no codes",
    "direct network": "direct 1-D CNN regression",
    "ridge": "ridge, 12 Fourier coefficients",
    "kernel": "RBF kernel ridge",
    "nearest": "nearest neighbour",
    "law": "law, M fitted for each material",
    "law, M of each record": "law, M of each record (an oracle: it sees the truth)",
    "reconstruction": "reconstruction (ceiling of the codes)",
}
ABLATIONS = {
    "codes": "codes of V; metadata everywhere, 15 % of the codes replaced",
    "codes-decoder-sees-current": "+ decoder sees the current",
    "codes-no-metadata": "- metadata (f, T, b, material hidden from all parts)",
    "codes-scheduled-sampling": "+ scheduled sampling, forcing 1 to 0.5",
    "codes-no-replacement": "- random replacement of codes",
    "codes-soft-law": "+ soft law (Huber, M fitted for each record), weight 0.1",
    "codes-hard-law": "+ hard law (codes carry what the law leaves over)",
    "codes-lstm": "LSTM in place of the transformer",
}

Run = dict[str, Any]


def write(folder: Path, names: Sequence[str], page: Path) -> None:
    """Writes the page from the runs that are finished.

    Args:
        folder: Where the runs are.
        names: All runs of the command.
        page: The file to write.
    """
    runs = {
        name: _read(folder / name) for name in names if (folder / name / "summary.json").is_file()
    }
    parts = [
        _head(runs, names),
        *(_split(runs, split, title) for split, title in SPLITS.items()),
        _samples(runs),
        _sensor(runs),
        _ablations(runs),
        NOTES_FILE.read_text(encoding="utf-8").strip(),
    ]
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def _read(folder: Path) -> Run:
    scores, summary, data = (read(folder / f"{n}.json") for n in ("scores", "summary", "data"))
    rows = {row["name"]: row for row in scores["rows"]}
    return {"rows": rows, "codes": scores.get("codes", {}), "summary": summary, "data": data}


def _seeds(runs: dict[str, Run], stem: str) -> list[Run]:
    return [runs[f"{stem}-{seed}"] for seed in range(9) if f"{stem}-{seed}" in runs]


def _spread(values: Sequence[float]) -> str:
    """The mean over seeds, and lowest to highest."""
    mean = f"{statistics.mean(values):.3f}"
    if len(values) < 2 or max(values) - min(values) < 5e-4:
        return mean
    return f"{mean} ({min(values):.3f} – {max(values):.3f})"


def _numbers(
    found: Sequence[Run], row: str, kind: str, stat: str, score: str = "nrmse"
) -> list[float]:
    numbers: list[float] = []
    for run in found:
        entry = run["rows"].get(row)
        if entry is None:
            continue
        scores = entry["scores"] if not kind else entry["kinds"].get(kind, {})
        if score in scores:
            numbers.append(scores[score][stat]["value"])
    return numbers


def _cell(found: Sequence[Run], row: str, kind: str) -> str:
    median, ninety = (_numbers(found, row, kind, stat) for stat in ("median", "ninety"))
    return f"{_spread(median)} / {_spread(ninety)}" if median else ""


def _tabled(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(table(head, rows)).rstrip()


def _head(runs: dict[str, Run], names: Sequence[str]) -> str:
    missing = [name for name in names if name not in runs]
    lines = [
        "# Voltage from current: what was measured",
        f"Made by `python benchmarks/voltage.py ../shared/data/waveforms` on {date.today()}:"
        f" {platform.machine()}, one thread a run, two runs at a time; seeds 0, 1, 2 where a range is"
        " shown: mean (lowest – highest) over seeds. NRMSE is the root mean square error of a record"
        " over the standard deviation of its true voltage; each cell is median / 90 % quantile over"
        " the test records. The test split is opened once, by the evaluation; validation records are"
        " whole shapes (random and frequency splits: single records) of the train part. The runs were"
        " trained at commit bb2778d or shortly before; no later commit changed how they train.",
    ]
    if missing:
        lines.append(f"Not finished when this page was written: {', '.join(missing)}.")
    return "\n\n".join(lines)


def _split(runs: dict[str, Run], split: str, title: str) -> str:
    parts = [f"## MagNet: {title}"]
    for stem, words in ((split, "with b_peak as an input"), (f"{split}-no-b", "without b_peak")):
        found = _seeds(runs, stem)
        if not found:
            continue
        rows = [
            [NOTES[row], *(_cell(found, row, kind) for kind in ("", *MATERIALS))]
            for row in ORDER
            if _numbers(found, row, "", "median")
        ]
        sizes = found[0]["data"]["split"]
        parts.append(
            f"### {words[0].upper()}{words[1:]} ({len(found)} seeds; {sizes['train']} train,"
            f" {sizes['validation']} validation, {sizes['test']} test records)"
        )
        parts.append(_tabled(["", "all", *MATERIALS], rows))
        parts.append(_verdict(found))
    return "\n\n".join(parts) if len(parts) > 1 else ""


def _verdict(found: Sequence[Run]) -> str:
    """Which baselines are beaten, in the mean over seeds, and where not."""
    lost: list[str] = []
    for row in ("base alone", "direct network", "ridge", "kernel", "nearest", "law"):
        for kind in ("", *MATERIALS):
            for stat in ("median", "ninety"):
                mine = _numbers(found, "generated", kind, stat)
                other = _numbers(found, row, kind, stat)
                if mine and other and statistics.mean(mine) >= statistics.mean(other):
                    word = {"median": "median", "ninety": "90 %"}[stat]
                    lost.append(f"{row}, {kind or 'all'}, {word}")
    if not lost:
        return "Generated beats every other row but the ceiling, for every material, at the median and at 90 %."
    return f"Generated does **not** beat: {'; '.join(lost)}."


def _samples(runs: dict[str, Run]) -> str:
    rows: list[list[str]] = []
    for stem in (*SPLITS, *(f"{split}-no-b" for split in SPLITS), "sensor"):
        found = _seeds(runs, stem)
        if not found:
            continue
        scores = ("coverage_90", "calibrated_coverage_90", "calibrated_width_90", "crps")
        stats = ("mean", "mean", "median", "median")
        cells = [
            _spread(_numbers(found, "generated", "", stat, score))
            for score, stat in zip(scores, stats, strict=True)
        ]
        trust = _spread([run["summary"]["trust"] for run in found])
        health = [run["summary"]["health"] for run in found]
        use = [
            _spread([h[name] for h in health]) for name in ("utilisation", "evenness", "top_share")
        ]
        seconds = f"{statistics.mean(run['summary']['seconds'] for run in found):.0f}"
        rows.append([stem, *cells, trust, *use, seconds])
    header = [
        "split",
        "90 % intervals cover, raw",
        "calibrated",
        "their width / std",
        "CRPS / std",
        "trust",
        "codes used",
        "perplexity / N",
        "top-1 share",
        "seconds, scoring included",
    ]
    words = (
        "Intervals come from 19 draws and are calibrated on the validation split. Trust is the factor"
        " on what the mean draw adds to the base, fitted on the validation split: 0 says that the codes"
        " add nothing true to the best answer. Code use is that of the last epoch of training."
    )
    return (
        f"## Intervals, trust and code use\n\n{words}\n\n{_tabled(header, rows)}" if rows else ""
    )


def _sensor(runs: dict[str, Run]) -> str:
    found = _seeds(runs, "sensor")
    if not found:
        return ""
    scores = {
        "phase_error": "phase error at f [°]",
        "amplitude_ratio": "amplitude ratio",
        "correlation": "correlation",
    }
    rows = [
        [
            NOTES[row],
            _cell(found, row, ""),
            *(
                _spread(_numbers(found, row, "", "median", s))
                if _numbers(found, row, "", "median", s)
                else ""
                for s in scores
            ),
        ]
        for row in ORDER
        if _numbers(found, row, "", "median")
    ]
    sizes = found[0]["data"]["split"]
    words = (
        f"2000 simulated records ({sizes['train']} train, {sizes['validation']} validation,"
        f" {sizes['test']} test; {len(found)} seeds); 0.7 % noise, so 0.007 is the least error"
        " that anything can reach."
    )
    return f"## Displacement sensor\n\n{words}\n\n{_tabled(['', 'NRMSE', *scores.values()], rows)}"


def _hits(run: Run) -> str:
    """Share of codes that are hit, teacher-forced and free-running."""
    codes = run["codes"]
    return f"{codes['forced']:.2f} / {codes['free']:.2f}" if codes else ""


def _ablations(runs: dict[str, Run]) -> str:
    default = "**codes of what a frozen direct prediction leaves over (the default)**"
    chosen = [(words, runs[name]) for name, words in ABLATIONS.items() if name in runs]
    chosen += [(default, run) for run in _seeds(runs, "shapes")[:1]]
    rows: list[list[str]] = []
    for words, run in chosen:
        made = [_cell([run], row, "") for row in ("generated", "reconstruction")]
        crps = _spread(_numbers([run], "generated", "", "median", "crps"))
        rows.append([words, *made, crps, _hits(run)])
    words = (
        "Held-out shapes, seed 0, one change each from the first row. Without a base the answer is"
        " one greedy draw, so that the numbers are the free-running error of the codes themselves;"
        " the last row is the packaged recipe. The flux constraint holds in every row."
    )
    header = [
        "",
        "generated NRMSE, median / 90 %",
        "reconstruction",
        "CRPS / std of 8 draws (last row: 19)",
        "codes hit, teacher-forced / free-running",
    ]
    return f"## Ablations\n\n{words}\n\n{_tabled(header, rows)}" if rows else ""
