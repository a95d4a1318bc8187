"""Writes docs/results/generation.md from what was measured; computes no score of its own."""

import platform
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from generation_recipes import CLASSES, MODELS, SEEDS, SETS
from pages import across, of_seeds, read, table, write_page

NOTES_FILE = Path(__file__).with_name("generation_notes.md")
TITLES = {
    "sines": "Sines",
    "stocks": "Stocks",
    "etth1": "ETTh1",
    "energy": "Energy",
    "fmri": "fMRI",
    "etth1_64": "ETTh1, 64 steps",
    "etth1_128": "ETTh1, 128 steps",
    "etth1_256": "ETTh1, 256 steps",
}
COLUMNS = {
    "legacy_discriminative": "discriminative",
    "legacy_predictive": "predictive",
    "context_fid": "Context-FID",
    "legacy_correlational": "correlational",
}
STRICT = {
    "discriminative_gru": "told apart: GRU",
    "discriminative_cnn": "CNN",
    "discriminative_trees": "trees",
    "predictive_ratio": "predictive ratio",
    "marginal": "marginal",
    "autocorrelation": "autocorrelation",
    "coverage": "coverage",
    "memorisation": "memorisation",
    "duplicates": "copies",
}
# Discriminative, predictive, Context-FID: the best of the papers that list each, and whose.
PUBLISHED = {
    "sines": ("FM-TS .005", "Diffusion-TS .093", "Diffusion-TS .006"),
    "stocks": ("FM-TS .019", "Diffusion-TS .036", "Diffusion-TS .147"),
    "etth1": ("FM-TS .011", "Diffusion-TS .119", "Diffusion-TS .116"),
    "energy": ("FM-TS .053", "Diffusion-TS .250", "Diffusion-TS .089"),
    "fmri": ("FM-TS .106", "Diffusion-TS .099", "Diffusion-TS .105"),
    "etth1_64": ("DiM-TS .005", "DiM-TS .109", "DiM-TS .026"),
    "etth1_128": ("DiM-TS .003", "Diffusion-TS .110", "DiM-TS .045"),
    "etth1_256": ("DiM-TS .004", "DiM-TS .105", "DiM-TS .052"),
}
Found = dict[str, Any]


def write(folder: Path, page: Path) -> None:
    """Writes the page from the pieces that are finished.

    Args:
        folder: Where they left what they found.
        page: The file to write.
    """
    sections = (_head, _published, _models, _held, _classes)
    write_page(page, [line for section in sections for line in section(folder)], NOTES_FILE)


def _head(_folder: Path) -> Iterator[str]:
    yield "# Windows of series: results"
    yield ""
    yield "Made by `python benchmarks/generation.py ../shared/data`, which repeats every figure of this page."
    yield f"{platform.machine()}, one thread, {date.today().isoformat()}. Numbers are means over the runs that are done, of seeds 0, 1, 2 (from the least to the greatest); a seed is also another split."
    yield ""


def _published(folder: Path) -> Iterator[str]:
    found = {name: of_seeds(folder, f"mixture-{name}", SEEDS) for name in SETS}
    if not any(found.values()):
        return
    yield "## As the published tables score"
    yield ""
    yield "`latent_mixture` under `legacy24`: three draws of each run, five judges of each draw, against the windows that it learned from, in [0, 1]. Real halves are one half of the real windows in the place of the made ones, and the judge's floor; the block bootstrap repeats real windows. Published rows are from the papers, under their own runs of this protocol."
    yield ""
    head = ["", "", *COLUMNS.values(), "seconds to train", "2000 drawn in", "numbers", "MiB"]
    rows: list[list[str]] = []
    for name, runs in found.items():
        if not runs:
            continue
        rows.append([f"**{TITLES[name]}**", *_ours("latent_mixture", runs)])
        rows += [["", *row] for row in _real(folder, name)]
        rows += [["", *row] for row in _peers(folder, name)]
        ds, ps, fid = PUBLISHED[name]
        rows.append(["", "*published*", ds, ps, fid, *["–"] * 5])
    yield from table(head, rows)
    yield from _listed(found)


def _ours(title: str, runs: Sequence[Found]) -> list[str]:
    seeds = f"{len(runs)} seed{'s' * (len(runs) > 1)}"
    return [
        f"{title}, {seeds}",
        *(across(_values(runs, name), 4) for name in COLUMNS),
        across([run["seconds"] for run in runs], 0) if "seconds" in runs[0] else "–",
        across([run["draw_seconds"] for run in runs], 1) + " s",
        f"{runs[0]['parameters']:,}".replace(",", " "),
        across([run["mebibytes"] for run in runs], 0) if "mebibytes" in runs[0] else "–",
    ]


def _values(runs: Sequence[Found], score: str, row: int = 0) -> list[float]:
    """The values of a score: the mean of each draw over its judges."""
    scores = [sheet["rows"][row]["scores"].get(score) for run in runs for sheet in run["sheets"]]
    return [one["estimate"]["value"] for one in scores if one is not None]


def _real(folder: Path, name: str) -> Iterator[list[str]]:
    found = read(folder / f"floor-{name}" / "figures.json")
    for place, row in enumerate(found["sheets"][0]["rows"] if found else ()):
        if row["what"] != "made":
            values = (across(_values([found], score, place), 4) for score in COLUMNS)
            yield [f"*{row['name']}*", *values, *["–"] * 4]


def _peers(folder: Path, name: str) -> Iterator[list[str]]:
    for peer in ("dgan", "vae"):
        found = read(folder / f"peer-{peer}_{name}" / "figures.json")
        if found:
            title = {"dgan": "DoppelGANger", "vae": "tsgm's VAE"}[peer]
            yield [f"{title}, one draw", *_ours("", [found])[1:]]


def _listed(found: dict[str, list[Found]]) -> Iterator[str]:
    yield "Discriminative scores of all judges, a group for each draw:"
    yield ""
    for name, runs in found.items():
        groups = [
            " ".join(f"{x:.3f}".lstrip("0") for x in repeats)
            for run in runs
            for repeats in _repeats(run)
        ]
        if groups:
            yield f"- {TITLES[name]}: {'; '.join(groups)}"
    yield ""


def _repeats(run: Found) -> Iterator[list[float]]:
    for sheet in run["sheets"]:
        yield sheet["rows"][0]["scores"]["legacy_discriminative"]["repeats"]


def _by_model(folder: Path, prefix: str) -> dict[tuple[str, str], list[Found]]:
    """What the runs of each set and model found."""
    return {
        (name, model): of_seeds(folder, f"{prefix}{model}-{name}", SEEDS)
        for name in TITLES
        for model in MODELS
    }


def _models(folder: Path) -> Iterator[str]:
    found = _by_model(folder, "")
    if not any(runs for (_, model), runs in found.items() if model != "mixture"):
        return
    yield "## Tokens, flow, GAN, VAE and mixture"
    yield ""
    yield "The packaged recipes as they are but for their sizes, scored as above."
    yield ""
    head = ["", "", *COLUMNS.values(), "seconds to train", "2000 drawn in", "numbers", "MiB"]
    sets = {name for (name, model), runs in found.items() if runs and model != "mixture"}
    yield from table(
        head,
        [
            [f"**{TITLES[name]}**", *_ours(MODELS[model], runs)]
            for (name, model), runs in found.items()
            if runs and name in sets
        ],
    )


def _held(folder: Path) -> Iterator[str]:
    found = _by_model(folder, "held-")
    if not any(found.values()):
        return
    yield "## Against stretches of time that nothing has seen"
    yield ""
    yield "The same recipes where blocks of time are held out, under `strict`. Training data are real windows that the generator learned from, in the place of made ones: the fair goal. Memorisation is the distance to the nearest train window, relative to that of held-out windows; copies are the share of windows that repeat a train window."
    yield ""
    rows: list[list[str]] = []
    for name in TITLES:
        runs = {model: found[name, model] for model in MODELS if found[name, model]}
        rows += [
            [f"**{TITLES[name]}**", MODELS[model], *(_score(own, score) for score in STRICT)]
            for model, own in runs.items()
        ]
        rows += [["", *row] for row in _beside(list(runs.values()))]
    yield from table(["", "", *STRICT.values()], rows)


def _score(runs: Sequence[Found], score: str, row: int = 0) -> str:
    return across(_values(runs, score, row), 3)


def _beside(models: Sequence[Sequence[Found]]) -> Iterator[list[str]]:
    """Real data and the baselines, of the first run that scored them."""
    whole = [run for runs in models for run in runs if len(run["sheets"][0]["rows"]) > 1]
    for place, row in enumerate(whole[0]["sheets"][0]["rows"] if whole else ()):
        if row["what"] != "made":
            yield [f"*{row['name']}*", *(_score(whole[:1], score, place) for score in STRICT)]


def _classes(folder: Path) -> Iterator[str]:
    found = {name: of_seeds(folder, f"classes-{name}", SEEDS) for name in CLASSES}
    if not any(found.values()):
        return
    yield "## By class"
    yield ""
    yield "`latent_mixture`, asked for each class as often as the test part of the set has it. A classifier learns from made samples, or from as many real ones, and is tested on the test part; coverage is the share of real test samples of a class that have a made one of it among their neighbours (the least of all classes). Asked for: a loss of at most .05."
    yield ""
    rows: list[list[str]] = []
    for name, runs in found.items():
        kept = [run["sheets"][0]["fidelity"][0] for run in runs]
        kept = [one for one in kept if one["lesson"] is not None]
        if not kept:
            continue
        lessons = [one["lesson"] for one in kept]
        covered = [[row["coverage"] for row in one["labels"]] for one in kept]
        least = [min(x for x in row if x is not None) for row in covered if any(row)]
        rows.append(
            [
                f"{name} ({len(runs)})",
                str(len(kept[0]["labels"])),
                *(across([x[of]["value"] for x in lessons]) for of in ("made", "train", "lost")),
                across([1 - one["made"]["typical"]["value"] for one in kept]),
                across(least, 2),
            ]
        )
    head = ["set (seeds)", "classes", "taught by made", "taught by real", "loss"]
    yield from table([*head, "made of the class asked for", "coverage"], rows)
