"""Writes docs/results/trajectories.md from what was measured; computes no score of its own."""

import platform
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pages import across, of_seeds, read, slug, table, write_page
from trajectories_recipes import ABLATIONS, GENERATORS, SEEDS

NOTES_FILE = Path(__file__).with_name("trajectories_notes.md")
OTHERS = {
    "letters": "1429 pen strokes, by the letter",
    "clicks": "302 movements to buttons",
    "pointing": "5000 simulated movements",
}
SCORES = {
    "discriminative_paths": "steps told apart",
    "discriminative_gru": "places told apart",
    "discriminative_kinematics": "kinematics told apart",
    "duration_law": "duration law",
    "predictive_ratio": "predictive ratio",
    "coverage": "coverage",
    "memorisation": "memorisation",
}
LAWS = ("points", "duration", "peak_speed", "time_to_peak", "efficiency", "curvature", "jerk")
Found = dict[str, Any]


def write(folder: Path, page: Path) -> None:
    """Writes the page from the pieces that are finished.

    Args:
        folder: Where they left what they found.
        page: The file to write.
    """
    sections = (_head, _latent, _generators, _laws, _others, _ablations)
    write_page(page, [line for section in sections for line in section(folder)], NOTES_FILE)


def _head(folder: Path) -> Iterator[str]:
    yield "# Movements: results"
    yield ""
    yield "Made by `python benchmarks/trajectories.py ../shared/data`, which repeats every figure of this page but the speeds."
    yield f"{platform.machine()}, one thread, {date.today().isoformat()}. Numbers are means over the seeds that are done, of 0, 1, 2 (from the least to the greatest); a seed is also another split."
    yield ""
    yield "Mouse movements are those of SapiMouse: 60 users, of whom 70 % train, 15 % choose the model and 15 % judge it. All scores are of users that nothing has seen, in milliseconds and pixels."
    yield ""


def _latent(folder: Path) -> Iterator[str]:
    found = [one["kept"] | {"seconds": one["seconds"]} for one in _seeds(folder, "latent")]
    if not found:
        return
    yield "## What the latents keep"
    yield ""
    yield f"The autoencoder of `trajectories`: 40 numbers and the length. Masked mean squared error {_each(found, 'mse', 4)} of the variance (asked for: below .05; saying that each step is as the one before: {_each(found, 'persistence', 4)}),"
    yield f"the distance from start to end off by {_place(found, 'distance', 0, 3)} at the median and by less than {_place(found, 'distance', 1, 3)} in nine of ten. {_each(found, 'seconds', 0)} seconds of one core. Explained shares of the variance (asked for: .97):"
    yield ""
    channels = found[0]["channels"]
    yield from table(
        ["", *channels],
        [
            [
                "in the units of the parts",
                *(_place(found, "r2", i, 4) for i in range(len(channels))),
            ],
            ["in ms and px", *(_place(found, "r2_units", i, 4) for i in range(len(channels)))],
        ],
    )


def _generators(folder: Path) -> Iterator[str]:
    names = [*GENERATORS, "early", "timegan"]
    found = {name: _seeds(folder, name) for name in names}
    if not any(found.values()):
        return
    yield "## Generators of the same latents, and the joint TimeGAN"
    yield ""
    yield "Told apart is |accuracy - 1/2| of a judge: recurrent on the changes from step to step, recurrent on times and places, trees on kinematics (asked for: at most .10). Duration law is the difference of the correlation of duration and distance (asked for: .05)."
    yield "Early is the GAN after 3000 iterations of the autoencoder and 1000 of its own: less than a third of the seconds. Latent MMD is asked for below .1 and below 1.5 times what real latents reach (in brackets). Distance is how far the made movement misses the distance that it was asked for, relative to it, median / 90 % (asked for: .03 / .10)."
    yield ""
    head = ["", *SCORES.values(), "latent MMD", "distance", "seconds to train", "10 000 drawn in"]
    rows = [[_titled(name, found[name]), *_cells(found[name])] for name in names if found[name]]
    rows += _floors(found)
    yield from table(head, rows)


def _titled(name: str, found: Sequence[Found]) -> str:
    return f"{name} ({len(found)} seed{'s' * (len(found) > 1)})"


def _cells(found: Sequence[Found]) -> list[str]:
    sheets = [one["sheet"] for one in found]
    latents = [sheet["latents"] for sheet in sheets if sheet["latents"]]
    limits = [1.5 * one["floor"] for one in latents]
    return [
        *(_score(sheets, name) for name in SCORES),
        f"{across([one['mmd'] for one in latents])} [{across(limits)}]" if latents else "–",
        _distance(sheets),
        across([one["seconds"] for one in found], 0),
        across([one["draw_seconds"] for one in found], 1) + " s",
    ]


def _floors(found: dict[str, list[Found]]) -> list[list[str]]:
    """Real data in the place of what is made, and the baselines, as far as they were scored."""
    first = next(found[name] for name in found if found[name])
    sheets = [one["sheet"] for one in first]
    rows: list[list[str]] = []
    for place, row in enumerate(sheets[0]["rows"]):
        if row["what"] == "made":
            continue
        own = [sheet for sheet in sheets if len(sheet["rows"]) > place]
        cells = [_score(own, name, place) for name in SCORES]
        rows.append([f"*{row['name']}*", *cells, *["–"] * 4])
    return rows


def _laws(folder: Path) -> Iterator[str]:
    names = [name for name in (*GENERATORS, "early", "timegan") if _seeds(folder, name)]
    if not names:
        return
    yield "Kolmogorov-Smirnov distances of how movements are made:"
    yield ""
    rows = []
    for name in names:
        sheets = [one["sheet"] for one in _seeds(folder, name)]
        rows.append([name, *(_score(sheets, f"{law}_ks") for law in LAWS)])
    sheets = [one["sheet"] for one in _seeds(folder, names[0])]
    for place, row in enumerate(sheets[0]["rows"]):
        if row["what"] == "floor":
            rows.append(
                [f"*{row['name']}*", *(_score(sheets, f"{law}_ks", place) for law in LAWS)]
            )
    yield from table(["", *(law.replace("_", " ") for law in LAWS)], rows)


def _others(folder: Path) -> Iterator[str]:
    found = {name: _seeds(folder, name) for name in OTHERS}
    if not any(found.values()):
        return
    yield "## The same recipe on other movements"
    yield ""
    yield "Only the section of the data is changed. Real is train data in the place of what is made, by the same judges."
    yield ""
    head = ["", "explained shares", *SCORES.values(), "latent MMD", "distance"]
    rows: list[list[str]] = []
    for name, own in found.items():
        if own:
            shares = " ".join(
                _place([one["kept"] for one in own], "r2", i, 3)
                for i in range(len(own[0]["kept"]["channels"]))
            )
            rows.append([OTHERS[name], shares, *_cells(own)[:-2]])
            sheets = [one["sheet"] for one in own]
            place = next(
                i for i, r in enumerate(sheets[0]["rows"]) if r["name"] == "training data"
            )
            rows.append(["*real*", "", *(_score(sheets, s, place) for s in SCORES), "–", "–"])
    yield from table(head, rows)


def _ablations(folder: Path) -> Iterator[str]:
    found = {
        title: read(folder / f"ablation-{slug(title)}-0" / "figures.json") for title in ABLATIONS
    }
    done = {title: one for title, one in found.items() if one is not None}
    if not done:
        return
    yield "## What each choice moves"
    yield ""
    yield "One seed each, 3000 iterations of the autoencoder and 2000 of the GAN."
    yield ""
    names = ["discriminative_gru", "discriminative_kinematics", "duration_law", "coverage"]
    head = ["", "error of the latents", *(SCORES[n] for n in names), "points", "MMD", "distance"]
    rows = []
    for title, one in done.items():
        sheets = [one["sheet"]]
        cells = [_score(sheets, name) for name in (*names, "points_ks")]
        mmd = "–" if not sheets[0]["latents"] else f"{sheets[0]['latents']['mmd']:.3f}"
        rows.append([title, f"{one['kept']['mse']:.4f}", *cells, mmd, _distance(sheets)])
    yield from table(head, rows)


def _seeds(folder: Path, name: str) -> list[Found]:
    return of_seeds(folder, name, SEEDS)


def _each(found: Sequence[Found], name: str, digits: int) -> str:
    return across([one[name] for one in found], digits)


def _place(found: Sequence[Found], name: str, place: int, digits: int) -> str:
    return across([one[name][place] for one in found], digits)


def _score(sheets: Sequence[Found], name: str, place: int = 0) -> str:
    scores = [sheet["rows"][place]["scores"].get(name) for sheet in sheets]
    return across([one["estimate"]["value"] for one in scores if one is not None])


def _distance(sheets: Sequence[Found]) -> str:
    """How far the distance that was asked for is missed."""
    own = [
        f["made"] for sheet in sheets for f in sheet["fidelity"] if f["condition"] == "distance"
    ]
    if not own:
        return "–"
    typical, ninety = ([one[part]["value"] for one in own] for part in ("typical", "ninety"))
    return f"{across(typical)} / {across(ninety)}"
