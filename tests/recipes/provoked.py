"""Small runs that are ill on purpose, and small runs that are healthy."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import write
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.plan import Plan
from latentloom.recipes.run import Run
from latentloom.recipes.sourcing import open_source

STEPS = 32
Tree = dict[str, Any]


def sines(size: int, *, channels: int = 1, kinds: int = 0, seed: int = 0) -> Dataset:
    """Noisy sines of random frequency, amplitude and phase; or of a frequency for each kind."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, max(kinds, 1), size)
    frequency = np.array([1.5, 3.0, 5.0])[kind] if kinds else rng.uniform(1, 3, size)
    angle = 2 * np.pi * frequency[:, None] * np.arange(STEPS) / STEPS
    angle = angle + rng.uniform(0, 2 * np.pi, size)[:, None]
    waves = [rng.uniform(0.5, 1.5, size)[:, None] * np.sin(angle + c) for c in range(channels)]
    values = np.stack(waves, -1) + 0.02 * rng.normal(size=(size, STEPS, channels))
    series = tuple(Quantity(f"x{c}") for c in range(channels))
    known: dict[str, Any] = {}
    if kinds:
        known["condition"] = torch.tensor(kind[:, None]).float()
    names = {"kind": tuple("abc"[:kinds])} if kinds else {}
    condition = (Quantity("kind"),) if kinds else ()
    schema = Schema(series=series, condition=condition, categories=names)
    return Dataset(schema=schema, series=torch.tensor(values).float(), **known)


def ramps(size: int) -> Dataset:
    """Ramps, each as steep as its drive says."""
    rng = np.random.default_rng(0)
    slope = np.repeat(rng.uniform(-1, 1, size)[:, None], STEPS, 1)
    values = slope * np.arange(STEPS) / STEPS + 0.01 * rng.normal(size=(size, STEPS))
    schema = Schema(series=(Quantity("x"),), drive=(Quantity("slope"),))
    signals = [torch.tensor(x[..., None]).float() for x in (values, slope)]
    return Dataset(schema=schema, series=signals[0], drive=signals[1])


def climbs(size: int) -> Dataset:
    """Slow climbs, all alike but for noise, in which a code is held for long."""
    rng = np.random.default_rng(0)
    steps = 4 * STEPS
    values = np.arange(steps) / steps + 0.03 * rng.normal(size=(size, steps))
    values = values + rng.uniform(-0.03, 0.03, size)[:, None]
    schema = Schema(series=(Quantity("x"),))
    return Dataset(schema=schema, series=torch.tensor(values[..., None]).float())


def windows(size: int) -> Dataset:
    """Windows of one long noisy series, cut with a stride of a quarter of their length."""
    rng = np.random.default_rng(0)
    stride = STEPS // 4
    series = np.convolve(rng.normal(size=size * stride + STEPS + 20), np.ones(20) / 4, "valid")
    cut = np.stack([series[i * stride : i * stride + STEPS] for i in range(size)])
    schema = Schema(series=(Quantity("x"),))
    return Dataset(schema=schema, series=torch.tensor(cut[..., None]).float())


def doubled(dataset: Dataset) -> Dataset:
    """Every record twice."""
    return dataset.take(list(range(dataset.size)) * 2)


def unequal(dataset: Dataset) -> Dataset:
    """The same with its last channel in a unit a hundred times larger."""
    assert dataset.series is not None
    scale = torch.tensor([*[1.0] * (dataset.series.shape[2] - 1), 0.01])
    return replace(dataset, series=dataset.series * scale)


def phase(name: str, trains: str, forward: Any, objective: Tree, **others: Any) -> Tree:
    """A phase of one update, of 30 epochs if nothing else is said."""
    update = {"trains": [trains], "forward_pass": forward, "objective": objective}
    update["learning_rate"] = others.pop("learning_rate", 3e-3)
    return {"name": name, "epochs": 30, "batch_size": 32, "updates": [update]} | others


def parts(bottleneck: Tree, **others: Any) -> Tree:
    """An autoencoder that sees signals only, and what stands beside it."""
    encoder = {"kind": "conv", "widths": [16, 32], "strides": [2, 2], "sees": "signal"}
    decoder = {"kind": "conv", "widths": [32, 16], "strides": [2, 2], "sees": "latent"}
    whole = {"encoder": encoder, "bottleneck": bottleneck, "decoder": decoder}
    return {"representation": whole} | others


def recipe(parts: Tree, *phases: Tree, scaled: tuple[str, ...] = ("series",)) -> Tree:
    """A recipe of standardised signals."""
    split = {"kind": "fractions", "train": 0.6, "validation": 0.2}
    standard = {"kind": "standard", "arrays": [*scaled]}
    return {
        "data": {"split": split, "transforms": [standard] if scaled else []},
        "parts": parts,
        "phases": list(phases),
        "evaluation": {"samples": 0},
        "logging": {"progress": "off"},
    }


def penalty(name: str, weight: Any) -> Tree:
    """A term that weighs a penalty of the bottleneck."""
    return {name: {"criterion": {"kind": "penalty", "name": name}, "weight": weight}}


SQUARED = {"squared": {"criterion": "squared"}}
PROBE = {"squared": {"forward_pass": "reconstruct", "criterion": "squared"}}
NATS = {"nats": {"criterion": "cross_entropy"}}
LSTM = {"kind": "lstm", "width": 32, "layers": 1}
TRANSFORMER = {"kind": "transformer", "width": 32, "layers": 2, "heads": 2}
DEAF = [{"kind": "noise", "drive": 100.0}]


def represent(objective: Tree, **others: Any) -> Tree:
    """A phase that trains the representation."""
    return phase(
        "represent", "representation", "reconstruct", objective, **{"probes": PROBE} | others
    )


def gaussian(weight: Any = 1e-3, **others: Any) -> Tree:
    """A variational autoencoder."""
    learned = represent(SQUARED | penalty("kl", weight), **others)
    return recipe(parts({"kind": "gaussian", "dim": 4}), learned)


def plain(objective: Tree, **others: Any) -> Tree:
    """An autoencoder without a bottleneck to speak of."""
    return recipe(parts({"kind": "free", "dim": 8}), represent(objective, **others))


def tokens(generator: Tree, *, book: Tree | None = None, **others: Any) -> Tree:
    """A codebook, and a generator that writes its codes."""
    bottleneck = {"kind": "quantized", "dim": 4, "levels": [16]} | (book or {})
    scaled = others.pop("scaled", ("series",))
    return recipe(
        parts(bottleneck, generator=generator),
        represent(SQUARED | penalty("commitment", 0.25), epochs=20),
        phase("generate", "generator", "next_code", NATS, **others),
        scaled=scaled,
    )


def direct(**others: Any) -> Tree:
    """A network from drive to signal."""
    objective = {"squared": {"criterion": "squared"}}
    learned = phase("direct", "base", "predict", objective, **others)
    base = {"kind": "unet", "widths": [8, 16]}
    return recipe({"base": base}, learned, scaled=("series", "drive"))


def split_by(tree: Tree, train: int, validation: int) -> Tree:
    """The same with a split by counts."""
    counts = {"kind": "counts", "train": train, "validation": validation}
    return tree | {"data": tree["data"] | {"split": counts}}


def fit_to_all(run: Run) -> None:
    """Fits the transforms of a run to all its records, as nobody should."""
    source = open_source(run.plan.data, run.plan.random_seed)
    pipeline = run.plan.pipeline()
    pipeline.fit(source.take(slice(None)))
    pipeline.save(run.folder.statistics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A run to be diagnosed.

    Args:
        name: What is done to it.
        tree: Its recipe.
        data: What it learns from; None where the recipe says so itself.
        ill: The illnesses that it has on purpose; none if it is healthy.
        after: What is done to its folder once it is trained.
    """

    name: str
    tree: Tree
    data: Callable[[], Dataset] | None = None
    ill: tuple[str, ...] = ()
    after: Callable[[Run], None] | None = None

    def train(self, folder: Path, changes: Sequence[tuple[str, Any]] = ()) -> Path:
        """Trains it into a folder.

        Args:
            folder: The folder of the run; its data is written beside it.
            changes: Settings to change.
        """
        tree = copy.deepcopy(self.tree)
        if self.data is not None:
            path = folder.with_suffix(".npz")
            write(self.data(), path)
            tree["data"]["source"] = str(path)
        run = train(Plan.of(tree, changes), folder, Conduct(device="cpu"))
        if self.after is not None:
            self.after(run)
        return folder


HARSH: Tree = {"kind": "linear", "start": 3e-3, "end": 0.0, "by": 0.1}
STILL: Tree = {"learning_rate": 1e-9, "epochs": 12}
ECHO: Tree = {"criterion": {"kind": "autocorrelation", "lags": 8}, "weight": 0.25}
BANDS: Tree = {"criterion": {"kind": "spectral", "windows": [16, 32]}, "weight": 1e4}
STAIRS: Tree = {"levels": [8], "normalise": "none"}

ILL = (
    Patient(
        name="a Gaussian bottleneck with a weight of 10 on its divergence",
        tree=gaussian(10.0, epochs=12),
        data=lambda: sines(100),
        ill=("posterior_collapse",),
    ),
    Patient(
        name="a book of 64 codes that nothing moves: no codebook penalty, no revival",
        tree=recipe(
            parts(
                {
                    "kind": "quantized",
                    "dim": 4,
                    "levels": [64],
                    "update": "gradient",
                    "revive_below": 0.0,
                    "normalise": "none",
                }
            ),
            represent(SQUARED, learning_rate=1e-2, epochs=40),
        ),
        data=lambda: sines(160),
        ill=("dead_codes",),
    ),
    Patient(
        name="a Gaussian bottleneck with a weight of 0 on its divergence",
        tree=gaussian(0.0),
        data=lambda: sines(160),
        ill=("divergence",),
    ),
    Patient(
        name="a learning rate of 3",
        tree=gaussian(learning_rate=3.0, epochs=12),
        data=lambda: sines(100),
        ill=("divergence",),
    ),
    Patient(
        name="tokens of slow climbs, 6 epochs: they learn to copy the code before",
        tree=tokens(LSTM, book=STAIRS, epochs=6),
        data=lambda: climbs(120),
        ill=("exposure_bias",),
    ),
    Patient(
        name="tokens of 16 records, 120 epochs",
        tree=split_by(tokens(TRANSFORMER, epochs=120), 16, 40),
        data=lambda: sines(80),
        ill=("over_fitting", "memorised_samples"),
    ),
    Patient(
        name="a generator that does not see the label",
        tree=tokens(TRANSFORMER | {"conditioning": "none", "dropout": 0.1}, epochs=12),
        data=lambda: sines(200, kinds=3),
        ill=("ignored_condition",),
    ),
    Patient(
        name="a network whose drive drowns in noise while it learns",
        tree=direct(augment=DEAF),
        data=lambda: ramps(160),
        ill=("ignored_condition",),
    ),
    Patient(
        name="a weight of 10 000 on the spectrum, which is deaf to phase",
        tree=plain(SQUARED | {"bands": BANDS}, epochs=12),
        data=lambda: sines(100),
        ill=("loss_imbalance",),
    ),
    Patient(
        name="two channels in unequal units, not scaled",
        tree=recipe(parts({"kind": "free", "dim": 8}), represent(SQUARED, epochs=20), scaled=()),
        data=lambda: unequal(sines(160, channels=2)),
        ill=("loss_imbalance",),
    ),
    Patient(
        name="a learning rate that ends after a tenth of the epochs",
        tree=plain(SQUARED, learning_rate=HARSH),
        data=lambda: sines(160),
        ill=("plateau_by_schedule",),
    ),
    Patient(
        name="a weight that falls while nothing is learned",
        tree=plain(
            {"squared": {"criterion": "squared", "weight": HARSH | {"end": 1e-3, "by": 1.0}}},
            **STILL,
        ),
        data=lambda: sines(100),
        ill=("plateau_by_schedule",),
    ),
    Patient(
        name="every record twice, split at random",
        tree=plain(SQUARED, epochs=4),
        data=lambda: doubled(sines(60)),
        ill=("leakage",),
    ),
    Patient(
        name="overlapping windows, split at random",
        tree=plain(SQUARED, epochs=4),
        data=lambda: windows(120),
        ill=("leakage",),
    ),
    Patient(
        name="transforms fitted on all records",
        tree=plain(SQUARED, epochs=4),
        data=lambda: sines(100),
        ill=("leakage",),
        after=fit_to_all,
    ),
)

HEALTHY = (
    Patient(name="a variational autoencoder", tree=gaussian(), data=lambda: sines(160)),
    Patient(
        name="a variational autoencoder whose weight is annealed",
        tree=gaussian({"kind": "linear", "start": 0.0, "end": 1e-3, "by": 0.5}),
        data=lambda: sines(160, seed=1),
    ),
    Patient(
        name="an autoencoder of two channels, cosine to a two-hundredth",
        tree=plain(SQUARED, learning_rate={"kind": "cosine", "start": 5e-3, "end": 2.5e-5}),
        data=lambda: sines(160, channels=2),
    ),
    Patient(
        name="an autoencoder with a quarter of its loss on the autocorrelation",
        tree=plain(SQUARED | {"echo": ECHO}),
        data=lambda: sines(160, seed=2),
    ),
    Patient(
        name="tokens of three kinds of sine",
        tree=tokens(TRANSFORMER | {"dropout": 0.1}, epochs=15),
        data=lambda: sines(300, kinds=3),
    ),
    Patient(
        name="tokens of sines, unconditional",
        tree=tokens(LSTM, epochs=10),
        data=lambda: sines(240, seed=3),
    ),
    Patient(
        name="tokens of slow climbs, 30 epochs",
        tree=tokens(LSTM, book=STAIRS),
        data=lambda: climbs(120),
    ),
    Patient(name="a network that hears its drive", tree=direct(), data=lambda: ramps(160)),
    Patient(
        name="tokens of ramps, driven",
        tree=tokens(LSTM, book={"levels": [8]}, scaled=("series", "drive"), epochs=20),
        data=lambda: ramps(160),
    ),
)
