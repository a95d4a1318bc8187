"""Writes docs/results/tokenizer.md from what was measured; computes no score of its own."""

import platform
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from pages import across, of_seeds, read, slug, table, write_page
from tokenizer_recipes import ABLATIONS, DOCUMENT, DOCUMENT_EPOCHS, EPOCHS, FRONT, GROUPS, SEEDS

from latentloom.evaluation.distances import DISTANCES
from latentloom.evaluation.statistics import summarize

NOTES_FILE = Path(__file__).with_name("tokenizer_notes.md")
DEFAULT = "**default: 4 levels**"
Found = dict[str, Any]
Pick = Callable[[Found], float]


def inner(*path: str | int) -> Pick:
    """Takes a number out of nested results."""

    def pick(found: Any) -> float:
        for step in path:
            found = found[step]
        return found

    return pick


MEASURES: dict[str, Pick] = {
    "quality": inner("quality", "value"),
    "utilisation": inner("utilisation", 0),
    "perplexity / K": inner("evenness", 0),
    "orthogonality": inner("orthogonality", 0),
    "topographic": inner("topography", "inputs-codes", "value"),
}
TARGETS: dict[str, tuple[str, Pick, str]] = {
    "quality, 1 - MSE": ("> 0.90", MEASURES["quality"], ">"),
    "R², mean over features": ("", inner("r2", "value"), ""),
    "utilisation, mean over books": ("> 0.90", MEASURES["utilisation"], ">"),
    "utilisation, worst book": ("", inner("utilisation", 1), ""),
    "utilisation that so few rows can reach": ("", inner("reachable", 0), ""),
    "perplexity / K, mean over books": ("> 0.50", MEASURES["perplexity / K"], ">"),
    "perplexity / K, worst book": ("", inner("evenness", 1), ""),
    "orthogonality, mean": ("< 0.15", MEASURES["orthogonality"], "<"),
    "orthogonality, worst two categories": ("", inner("orthogonality", 1), ""),
    "topographic, end to end": ("> 0.80", MEASURES["topographic"], ">"),
    "topographic, inputs to latents": ("", inner("topography", "inputs-latents", "value"), ""),
    "topographic, latents to codes": ("", inner("topography", "latents-codes", "value"), ""),
}


def write(folder: Path, page: Path) -> None:
    """Writes the page from the pieces that are finished.

    Args:
        folder: Where they left what they found.
        page: The file to write.
    """
    sections = (_head, _default, _baselines, _front, _categories, _digits, _prior, _ablations)
    lines = [line for section in (*sections, _document) for line in section(folder)]
    write_page(page, lines, NOTES_FILE)


def _seeds(folder: Path, name: str, file: str = "figures.json") -> list[Found]:
    return of_seeds(folder, name, SEEDS, file)


def _head(folder: Path) -> Iterator[str]:
    yield "# Tokens from features: results"
    yield ""
    yield "Made by `python benchmarks/tokenizer.py ../shared/data --operators FILE`, which repeats every figure of this page but the speeds."
    yield f"{platform.machine()}, one thread, {date.today().isoformat()}. Numbers are means over the training seeds 0, 1, 2 (from the least to the greatest)."
    yield ""
    yield "The recipe is the packaged `feature_tokens` on both sets: `mfeat` (2000 digits told by 649 features in six families; a fifth of each digit is held out)"
    yield "and `operators` (10 000 simulated ones, 338 features in three families, a tenth held out; `latentloom data simulate operators --set records=10000`)."
    yield "The held-out rows are the same for all seeds; nothing was fitted to them or chosen by them. All figures are theirs."
    yield ""


def _default(folder: Path) -> Iterator[str]:
    sets = {data: _seeds(folder, data) for data in EPOCHS}
    if not any(sets.values()):
        return
    yield "## The default against its targets"
    yield ""
    rows = [
        [
            name,
            target,
            *(_met([pick(one) for one in found], side, target) for found in sets.values()),
        ]
        for name, (target, pick, side) in TARGETS.items()
    ]
    yield from table(["", "target", *sets], rows)
    for data, found in sets.items():
        if found:
            sizes = [
                f"{one['categories']} x {one['tokens'] // one['categories']}" for one in found
            ]
            seconds = [one["seconds"] for one in _seeds(folder, data, "seconds.json")]
            yield (
                f"`{data}`: {', '.join(dict.fromkeys(sizes))} tokens of {found[0]['bits'] / found[0]['tokens']:.0f} bits,"
                f" {found[0]['bits']:.0f} bits a sample; {found[0]['epochs'][0]} epochs for the tokens and"
                f" {found[0]['epochs'][1]} for the model of tokens, {_seconds(seconds)} together."
            )
    yield ""


def _seconds(values: Sequence[float]) -> str:
    return f"{np.mean(values):.0f} s of one core" if values else "not timed"


def _met(values: Sequence[float], side: str, target: str) -> str:
    """Bold where every seed meets the target."""
    if not values or not side:
        return across(values)
    limit = float(target[1:])
    met = min(values) > limit if side == ">" else max(values) < limit
    return f"**{across(values)}**" if met else f"{across(values)}, missed"


def _baselines(folder: Path) -> Iterator[str]:
    for data in EPOCHS:
        cards = _seeds(folder, data, "card.json")
        if not cards:
            continue
        yield f"### As many bits without training, `{data}`"
        yield ""
        names = [row["name"] for row in cards[0]["rows"]]
        rows = []
        for place, name in enumerate(names):
            own = [card["rows"][place] for card in cards]
            picked = [[one[m]["value"] for one in own] for m in ("quality", "r2", "topography")]
            bits = ", ".join(dict.fromkeys(f"{one['bits']:.0f}" for one in own if one["bits"]))
            rows.append([name, bits, *(across(values) for values in picked)])
        yield from table(["", "bits", "quality", "R²", "topographic"], rows)
        families = cards[0]["parts"]["family"]
        yield from table(
            ["family", "features", "quality", "R²"],
            [
                [
                    f"`{name}`",
                    f"{families[name]['features']}",
                    *(
                        across([card["parts"]["family"][name][m]["value"] for card in cards])
                        for m in ("quality", "r2")
                    ),
                ]
                for name in families
            ],
        )


def _row(title: str, found: Sequence[Found]) -> list[str]:
    bits = [one["bits"] for one in found]
    picked = [across([pick(one) for one in found]) for pick in MEASURES.values()]
    return [title, f"{np.mean(bits):.0f}" if bits else "–", *picked]


def _front(folder: Path) -> Iterator[str]:
    for data in EPOCHS:
        found = {t: _seeds(folder, f"front-{data}-{'-'.join(t.split())}") for t in FRONT}
        if not any(found.values()):
            continue
        yield f"## What pulls against what, `{data}`"
        yield ""
        rows = [_row(DEFAULT, _seeds(folder, data)), *(_row(t, own) for t, own in found.items())]
        yield from table(["", "bits", *MEASURES], rows)


def _categories(folder: Path) -> Iterator[str]:
    found = read(folder / "agreement.json")
    if found:
        yield "## Discovered categories"
        yield ""
        yield "Adjusted Rand index against the six families of `mfeat`, over the features that cleaning leaves: 1 is the same, 0 is chance."
        yield ""
        rows = []
        for name, own in found.items():
            linkage, count = name.split(", ")
            counts = ", ".join(dict.fromkeys(f"{one['k']}" for one in own))
            rows.append([linkage, count, counts, across([one["ari"] for one in own])])
        yield from table(["linkage", "asked for", "categories", "ARI"], rows)
    own = {title: _seeds(folder, f"groups-{slug(title)}") for title in GROUPS}
    if any(own.values()):
        yield "Tokens of `mfeat` with other categories, and as many bits as nearly as levels allow:"
        yield ""
        yield from table(["categories", "bits", *MEASURES], [_row(t, f) for t, f in own.items()])


def _digits(folder: Path) -> Iterator[str]:
    default, six = (_seeds(folder, n, "digits.json") for n in ("mfeat", "groups-6-discovered"))
    if not default:
        return
    yield "## Digits told by tokens alone"
    yield ""
    yield "Share of the held-out digits that logistic regression tells right, with the 95 % interval of drawing rows again (hits are averaged over the seeds"
    yield "first). Tokens: one-hot codes of the first levels; or what they stand for, looked up. PCA + k-means: codes of a product quantiser of"
    yield "principal components or of a residual one, with as many codes of as many bits; or their centres. Strengths, widths and which of the two"
    yield "were chosen on validation rows."
    yield ""
    rows = [
        [
            _depth(title, own, level),
            *(_share([one[kind] for one in own]) for kind in own[0] if kind != "bits"),
        ]
        for title, found in (("6 categories", six), ("default", default))
        for level, own in enumerate(zip(*map(_by_level, found), strict=True))
    ]
    kinds = [kind for kind in _by_level(default[0])[0] if kind != "bits"]
    yield from table(["", *kinds], rows)
    yield f"All features, as they are: {_share([one['features'] for one in default])}."
    yield ""


def _by_level(found: Found) -> list[Found]:
    """What one level tells, two levels, and so on, each with its bits."""
    return [hits | {"bits": int(bits)} for bits, hits in found.items() if bits != "features"]


def _depth(title: str, found: Sequence[Found], level: int) -> str:
    bits = sorted({one["bits"] for one in found})
    told = f"{bits[0]}" if len(bits) == 1 else f"{bits[0]} to {bits[-1]}"
    return f"{title}, {level + 1} of the levels, {told} bits"


def _share(hits: Sequence[Sequence[int]]) -> str:
    mean = summarize(np.mean(hits, 0)).mean
    return f"{mean.value:.3f} [{mean.low:.3f}, {mean.high:.3f}]"


def _prior(folder: Path) -> Iterator[str]:
    for data in EPOCHS:
        sheets = _seeds(folder, data, "drawn.json")
        if not sheets:
            continue
        yield f"## New samples, `{data}`"
        yield ""
        yield "As many as held-out rows, drawn token by token by the transformer and decoded; held against the held-out rows by the protocol `features`."
        yield ""
        scores = list(dict.fromkeys(s for row in sheets[0]["rows"] for s in row["scores"]))
        rows = [
            [row["name"], *(_score(sheets, row["name"], score) for score in scores)]
            for row in sheets[0]["rows"]
        ]
        yield from table(["", *(DISTANCES[score].title for score in scores)], rows)


def _score(sheets: Sequence[Found], name: str, score: str) -> str:
    rows = [row for sheet in sheets for row in sheet["rows"] if row["name"] == name]
    values = [r["scores"][score]["estimate"]["value"] for r in rows if score in r["scores"]]
    return f"{np.mean(values):.3g}" if values else "–"


def _ablations(folder: Path) -> Iterator[str]:
    found = {title: _seeds(folder, f"ablation-{slug(title)}") for title in ABLATIONS}
    if not any(found.values()):
        return
    yield "## Ablations, `mfeat`"
    yield ""
    rows = [_row("**default**", _seeds(folder, "mfeat")), *(_row(t, f) for t, f in found.items())]
    yield from table(["", "bits", *MEASURES], rows)


def _document(folder: Path) -> Iterator[str]:
    found = {t: read(folder / f"document-operators-{slug(t)}" / "figures.json") for t in DOCUMENT}
    if not any(found.values()):
        return
    yield "## The document's configuration, `operators`"
    yield ""
    yield f"`production/10k_arch_summary_400epochs` for {DOCUMENT_EPOCHS} epochs, seed 42: with the commitment summed over the books as the document has it, or their mean."
    yield ""
    yield from table(["", "bits", *MEASURES], [_row(t, [f]) for t, f in found.items() if f])
