"""Writes docs/results/primitives.md from what was measured; computes no score of its own."""

import platform
import shutil
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from pages import across, of_seeds, read, slug, table, write_page
from primitives_recipes import ABLATIONS, CONFIGS, DRAWS, SEEDS, SETS

NOTES_FILE = Path(__file__).with_name("primitives_notes.md")
TYPES = ("xy", "scale", "rot", "feat")
NAMES = {"digits": "digits, 64 x 6 numbers", "patches": "patches, 512 x 8 numbers"}
Found = dict[str, Any]


def write(folder: Path, page: Path) -> None:
    """Writes the page from the pieces that are finished.

    Args:
        folder: Where they left what they found.
        page: The file to write.
    """
    sections = (_head, _fits, _best, _drawn, _configs, _ablations)
    lines = [line for section in sections for line in section(folder)]
    write_page(page, lines, NOTES_FILE)
    for name in ("digits", *DRAWS):
        picture = folder / f"{name}-0" / "drawn.png"
        if picture.is_file():
            shutil.copyfile(picture, page.with_name(f"primitives_{name}.png"))


def _seeds(folder: Path, name: str) -> list[Found]:
    return of_seeds(folder, name, SEEDS)


def _head(folder: Path) -> Iterator[str]:
    yield "# Sets of Gaussians: results"
    yield ""
    yield "Made by `python benchmarks/primitives.py ../shared/data`, which repeats every figure of this page but the speeds."
    yield f"{platform.machine()}, one thread, {date.today().isoformat()}. Numbers are means over the training seeds that are done, of 0, 1, 2 (from the least to the greatest)."
    yield ""
    yield "All scores are of held-out sets: 1000 random digits, and all 459 patches of three photographs; the networks of this page have seen none of them, and the last section says what has."
    yield "Errors are mean squares in z-scored units of the form `log_covariance`, so 1 is what a constant gets; spread is the deviation of what comes back over that of the truth."
    yield ""


def _fits(folder: Path) -> Iterator[str]:
    rows: list[list[str]] = []
    for data, name in NAMES.items():
        path = folder / "data" / f"{data}.npz"
        if not path.is_file():
            continue
        with np.load(path) as arrays:
            psnr, ssim = (arrays[f"extras/{measure}"] for measure in ("psnr", "ssim"))
        rows.append(
            [name, str(len(psnr)), f"{psnr.mean():.2f}", f"{psnr.min():.2f}", f"{ssim.mean():.4f}"]
        )
    if not rows:
        return
    yield "## Fits"
    yield ""
    yield "The 10 000 digits of MNIST's test part with 64 Gaussians from a lattice, at rates of 0.05, in 60 steps (asked for: 25 dB), and squares of 64 x 64 pixels, 8 apart, of 16"
    yield "photographs of Kodak with 512 Gaussians, in 45 steps (asked for: 30 dB). For other settings see [Images as sets of Gaussians](../splats.md)."
    yield ""
    yield from table(["sets", "images", "PSNR, dB", "least", "SSIM"], rows)


def _best(folder: Path) -> Iterator[str]:
    for data in SETS:
        found = _seeds(folder, data)
        if not found:
            continue
        latents = [one["latents"] for one in found]
        yield f"## The packaged recipe on {NAMES[data]}"
        yield ""
        yield f"`gaussian_sets`, {latents[0]['numbers']} latent numbers, seeds done: {len(found)}. {across([x['kl_nats'] for x in latents], 0)} nats a set; active units {across([x['active'] for x in latents], 2)} (asked for: 0.5)."
        yield ""
        names = [row["name"] for row in found[0]["card"]["rows"]]
        rows = [
            _card_row([one["card"]["rows"][place] for one in found]) for place in range(len(names))
        ]
        head = [
            "",
            *TYPES,
            *(f"spread of {name}" for name in TYPES),
            "PSNR to the fit",
            "to the image",
            "SSIM",
        ]
        yield from table(head, rows)
        yield "Errors of the recipe less those of a baseline on the same sets, with the outer ends of the 95 % intervals over all seeds:"
        yield ""
        yield from table(["", *TYPES], _differences(found))


def _card_row(rows: Sequence[Found]) -> list[str]:
    def value(*path: str) -> str:
        found: list[float] = []
        for row in rows:
            inner: Any = row
            for step in path:
                inner = None if inner is None else inner.get(step)
            if inner is not None:
                found.append(inner["value"])
        return across(found, 2 if "psnr" in path else 3)

    return [
        rows[0]["name"],
        *(value("errors", name) for name in TYPES),
        *(value("spread", name) for name in TYPES),
        value("fitted", "psnr"),
        value("original", "psnr"),
        value("original", "ssim"),
    ]


def _differences(found: Sequence[Found]) -> list[list[str]]:
    rows: list[list[str]] = []
    for name in found[0]["card"]["differences"]:
        every = [one["card"]["differences"][name] for one in found]
        cells = []
        for kind in TYPES:
            mean = np.mean([own[kind]["value"] for own in every])
            low = min(own[kind]["low"] for own in every)
            high = max(own[kind]["high"] for own in every)
            cells.append(f"{mean:+.4f} ({low:+.4f} to {high:+.4f})")
        rows.append([f"less {name}", *cells])
    return rows


def _drawn(folder: Path) -> Iterator[str]:
    sources = {"prior": "digits"} | {name: name for name in DRAWS}
    found = {
        name: [x for x in _seeds(folder, own) if "drawn" in x] for name, own in sources.items()
    }
    if not found["prior"]:
        return
    yield "## New digits"
    yield ""
    yield "1000 sets drawn from the latent of the digits: by the standard normal distribution, by a mixture of ten normal distributions, by a flow, by a GAN. A small network that has learned"
    yield "the train digits themselves reads them: how sure it is, how many kinds it sees (10 at most), and the Fréchet distance of its 64 features to those of the held-out digits."
    yield "A judge learns to tell them from held-out digits (0.5 is chance), and the distance to the nearest train digit is held against that of held-out digits (far below 1: copies)."
    yield ""
    heaps = [("train digits", found["prior"], "real"), ("their fits", found["prior"], "fits")]
    heaps += [("reconstructions", found["prior"], "reconstructions")]
    heaps += [(f"drawn by the {name}", ones, "drawn") for name, ones in found.items()]
    rows = []
    for title, ones, key in heaps:
        told = [
            x["drawn"]["floor"] if key == "real" else x["drawn"][key]["told apart"] for x in ones
        ]
        near = [x["drawn"][key]["nearest"] for x in ones] if key != "real" else []
        rows.append(
            [
                title,
                *(
                    across([x["drawn"][key][m] for x in ones], 2)
                    for m in ("sure", "kinds", "apart")
                ),
                across(told, 2),
                across(near, 2),
            ]
        )
    yield from table(["", "sure", "kinds", "Fréchet", "told apart", "nearest"], rows)
    for name in ("digits", *DRAWS):
        if (folder / f"{name}-0" / "drawn.png").is_file():
            by = "the prior" if name == "digits" else f"the {name}"
            yield f"Held-out digits, their fits, their reconstructions, and two rows drawn by {by}:"
            yield ""
            yield f"![Digits: originals, fits, reconstructions, drawn by {by}](primitives_{name}.png)"
            yield ""
    yield "The digits are of MNIST (LeCun and Cortes, CC BY-SA 3.0), and so are these pictures."
    yield ""


def _configs(folder: Path) -> Iterator[str]:
    found = {name: _seeds(folder, name) for name in CONFIGS}
    if not any(found.values()):
        return
    yield "## The original's seven configurations"
    yield ""
    yield "On the patches, in the original's own form (`raw`, reciprocal deviations, Morton order; z-scored by channel), as [packaged](../gaussian_vae.md). KL is the mean over latent numbers,"
    yield "as the original has it; nats are its sum. Baselines are of the same form. PSNR is that of drawn reconstructions to the fits' images."
    yield ""
    rows = []
    for name, ones in found.items():
        if not ones:
            continue
        cards = [one["card"]["rows"] for one in ones]
        latents = [one["latents"] for one in ones]
        rows.append(
            [
                f"`{name}`",
                across([one["epochs"] for one in ones], 0),
                *(
                    across([x[key] for x in latents], d)
                    for key, d in (("kl_mean", 3), ("kl_nats", 1), ("active", 2))
                ),
                *(across([card[0]["errors"][t]["value"] for card in cards]) for t in TYPES),
                " / ".join(
                    f"{np.mean([card[0]['spread'][t]['value'] for card in cards]):.2f}"
                    for t in TYPES
                ),
                across([card[0]["fitted"]["psnr"]["value"] for card in cards], 1),
            ]
        )
    first = next(ones for ones in found.values() if ones)[0]["card"]["rows"]
    for row in first[1:3]:
        cells = [f"{row['errors'][t]['value']:.3f}" for t in TYPES]
        spread = " / ".join(f"{row['spread'][t]['value']:.2f}" for t in TYPES)
        rows.append(
            [row["name"], "", "", "", "", *cells, spread, f"{row['fitted']['psnr']['value']:.1f}"]
        )
    yield from table(["", "epochs", "KL", "nats", "active", *TYPES, "spread", "PSNR"], rows)


def _ablations(folder: Path) -> Iterator[str]:
    found = {
        title: read(folder / f"ablation-{slug(title)}-0" / "figures.json") for title in ABLATIONS
    }
    if not any(found.values()):
        return
    yield "## What each choice moves"
    yield ""
    yield "On the digits, seed 0, half as many epochs. Errors of other forms are in units of their own; PSNR and SSIM compare them."
    yield ""
    rows = []
    for title, one in found.items():
        if one is None:
            continue
        row = one["card"]["rows"][0]
        rows.append(
            [
                title,
                *(f"{row['errors'][t]['value']:.3f}" for t in TYPES),
                f"{one['latents']['kl_nats']:.0f}",
                f"{one['latents']['active']:.2f}",
                f"{row['original']['psnr']['value']:.2f}",
                f"{row['original']['ssim']['value']:.3f}",
            ]
        )
    yield from table(["", *TYPES, "nats", "active", "PSNR", "SSIM"], rows)
