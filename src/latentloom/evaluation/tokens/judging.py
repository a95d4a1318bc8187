"""Judges tokens: what they keep, beside what as many bits keep without training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Float, Int

from ..distances.pooled import sampled
from ..parts import Columns, error_by_subset, r2_by_subset
from ..statistics import Comparison, Estimate, compare
from .card import Kind, Part, TokenCard, TokenRow, Whole
from .clusters import ResidualClusters
from .components import RoundedComponents
from .material import Held, Material
from .overlap import Overlap
from .quantiser import Quantiser, Rows, TrainMean
from .topography import Apart, topographic, topography
from .usage import book_uses

LEARNED = 10_000  # train samples that the baselines learn from
PAIRED = 1_000  # held-out samples whose distances to each other are looked at
TOKENS = "tokens"
CLUSTERS = "k-means by category"
COMPONENTS = "PCA, rounded"
MEAN = "train mean"
ALL = "all"


def judge_tokens(
    material: Material, *, codes: Mapping[str, float] | None = None, seed: int = 0
) -> TokenCard:
    """The card of a tokenizer.

    Args:
        material: The features, their tokens, and what is made of them again.
        codes: What a generator of codes hits of the true codes, if there is one.
        seed: Of draws, baselines, and of the samples whose distances are looked at.

    Example:
        >>> from .layout import Layout
        >>> from .material import Learned
        >>> x = np.random.default_rng(0).normal(size=(60, 3))
        >>> held = Held(truth=x, made=0.9 * x, codes=(x[:, :1] > 0).astype(int))
        >>> layout = Layout(features=("a/x", "a/y", "a/z"), spans={"one": 3}, sizes=(2,))
        >>> learned = Learned(truth=x, codes=held.codes)
        >>> card = judge_tokens(Material(layout=layout, learned=learned, held=held))
        >>> [row.name for row in card.rows]
        ['tokens', 'k-means by category', 'PCA, rounded', 'train mean']
        >>> round(card.rows[0].r2.value, 2)
        0.99
    """
    layout, held = material.layout, material.held
    made = list(_made(material, seed))
    rows = _Rows(held, seed)
    train = material.learned.codes
    return TokenCard(
        rows=tuple(rows.row(*one) for one in made),
        comparisons=_comparisons(held, {name: x for name, _, _, x in made}, seed),
        parts=_parts(material, seed),
        members={name: layout.named(own) for name, own in layout.categories.items()},
        books=book_uses(material),
        topography=_topography(held, seed),
        overlap=None if held.inside is None else Overlap.of(held.inside.embeddings),
        codes=dict(codes or {}),
        samples=len(held.truth),
        learned=len(material.learned.truth) if train is None else len(train),
    )


def _made(material: Material, seed: int) -> Iterator[tuple[str, Kind, float | None, Rows]]:
    """What the tokens and each baseline make of the held-out samples."""
    layout, held = material.layout, material.held
    bits = layout.bits if layout.sizes else None
    yield TOKENS, "tokens", bits, held.made
    chosen: dict[str, tuple[Kind, Quantiser]] = {MEAN: ("floor", TrainMean())}
    if bits is not None:
        chosen = {
            CLUSTERS: ("baseline", ResidualClusters(layout, seed=seed)),
            COMPONENTS: ("baseline", RoundedComponents(bits, seed=seed)),
            **chosen,
        }
    train = material.learned.truth
    train = train[sampled(len(train), LEARNED, seed=seed)]
    for name, (kind, quantiser) in chosen.items():
        quantiser.fit(train)
        yield name, kind, quantiser.bits, quantiser.rebuild(held.truth)


class _Rows:
    """Scores reconstructions of the same samples by the same draws."""

    def __init__(self, held: Held, seed: int) -> None:
        self.held, self.seed = held, seed
        self.near = sampled(len(held.truth), PAIRED, seed=seed)
        self.apart = Apart.of(held.truth[self.near])

    def row(self, name: str, kind: Kind, bits: float | None, made: Rows) -> TokenRow:
        every: Columns = {ALL: range(made.shape[1])}
        group, seed = self.held.group, self.seed
        error = error_by_subset(self.held.truth, made, every, group=group, seed=seed)[ALL]
        near = None if group is None else group[self.near]
        other = Apart.of(made[self.near])
        return TokenRow(
            name=name,
            kind=kind,
            bits=bits,
            quality=quality(error),
            r2=r2_by_subset(self.held.truth, made, every, group=group, seed=seed)[ALL],
            topography=topographic(self.apart, other, group=near, seed=seed),
        )


def quality(error: Estimate) -> Estimate:
    """One minus a mean squared error, in [0, 1]; of an error with an interval, too.

    Example:
        >>> quality(Estimate(0.25, 0.125, 1.5))
        Estimate(value=0.75, low=0.0, high=0.875)
    """
    value = min(1.0, max(0.0, 1 - error.value))
    if error.low is None or error.high is None:
        return Estimate(value)
    return Estimate(value, *(min(1.0, max(0.0, 1 - end)) for end in (error.high, error.low)))


def _parts(material: Material, seed: int) -> dict[Whole, dict[str, Part]]:
    layout, held = material.layout, material.held
    wholes: dict[Whole, Columns] = {
        "family": layout.families,
        "category": layout.categories,
        "feature": {name: [column] for column, name in enumerate(layout.features)},
    }
    every = {f"{whole} {n}": own for whole, sets in wholes.items() for n, own in sets.items()}
    errors, shares = (
        scored(held.truth, held.made, every, group=held.group, seed=seed)
        for scored in (error_by_subset, r2_by_subset)
    )
    found: dict[Whole, dict[str, Part]] = {}
    for whole, sets in wholes.items():
        keys = {name: f"{whole} {name}" for name in sets}
        found[whole] = {
            name: Part(quality=quality(errors[key]), r2=shares[key], features=len(sets[name]))
            for name, key in keys.items()
        }
    return found


def _comparisons(held: Held, made: Mapping[str, Rows], seed: int) -> tuple[Comparison, ...]:
    errors = {name: _error(held.truth, x) for name, x in made.items()}
    tokens = (TOKENS, errors.pop(TOKENS))
    return tuple(compare(tokens, other, held.group, seed=seed) for other in errors.items())


def _error(truth: Float[np.ndarray, "N C"], made: Rows) -> Float[np.ndarray, " N"]:
    return ((made - truth.astype(float)) ** 2).mean(1)


def _topography(held: Held, seed: int) -> dict[str, Estimate]:
    inside = held.inside
    if inside is None:
        return {}
    some = sampled(len(inside.rows), PAIRED, seed=seed)
    rows: Int[np.ndarray, " R"] = inside.rows[some]
    ends = {
        "inputs": held.truth[rows],
        "latents": inside.latents[some],
        "codes": inside.rounded[some],
    }
    group = None if held.group is None else held.group[rows]
    return topography(ends, group=group, seed=seed)
