"""Small runs whose Gaussian latents carry too little, each for another reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from provoked import Patient, Tree, parts, penalty, recipe, represent, sines

from latentloom.data.dataset import Dataset

STEPS = 32
TYPES = ("xy", "scale", "rot", "feat")


def pairs(size: int, *, seed: int = 0) -> Dataset:
    """Two channels of sines that have nothing to do with one another, each a span."""
    loud, low = (sines(size, seed=seed + part) for part in (0, 100))
    assert loud.series is not None
    assert low.series is not None
    both = sines(2, channels=2)
    schema = replace(both.schema, spans={"loud": 1, "low": 1})
    return Dataset(schema=schema, series=torch.cat((loud.series, low.series), -1))


def spanned(weights: dict[str, float], criterion: Any = "squared") -> Tree:
    """A term for each span, with its weight."""
    return {
        name: {"criterion": {"kind": "span", "name": name, "criterion": criterion}, "weight": w}
        for name, w in weights.items()
    }


def whole(steps: int, **settings: Any) -> Tree:
    """An autoencoder of whole signals."""
    part = {"kind": "flat_conv1d", "steps": steps, "widths": [16, 32], "dense": 64}
    back = part | {"widths": [32, 16]}
    bottleneck = {"kind": "gaussian"} | settings
    return {"representation": {"encoder": part, "bottleneck": bottleneck, "decoder": back}}


def gaussians(form: str, objective: Tree) -> Tree:
    """A variational autoencoder of simulated sets of Gaussians."""
    tree = recipe(whole(STEPS, dim=16), represent(objective, epochs=20))
    tree["data"]["simulate"] = {
        "kind": "splats",
        "records": 300,
        "gaussians": [STEPS, STEPS],
        "strokes": 4,
    }
    tree["data"]["transforms"] = [
        {"kind": "gaussian_form", "form": form, "sizes": "reciprocal"},
        {"kind": "slot_order", "order": "morton"},
        {"kind": "standard", "arrays": ["series"]},
    ]
    return tree


def paired(weights: dict[str, float], kl: Tree) -> Tree:
    """A variational autoencoder of pairs of sines."""
    return recipe(parts({"kind": "gaussian", "dim": 4}), represent(spanned(weights) | kl))


RAW = gaussians("raw", spanned(dict.fromkeys(TYPES, 1.0)) | penalty("kl_mean", 1.0))
LIKELY = {"kl": {"criterion": {"kind": "penalty", "name": "kl"}, "weight": 20.0}}
EVEN = {"loud": 1.0, "low": 1.0}

ILL_LATENTS = (
    Patient(
        name="a mean of the divergence with a weight of 30",
        tree=recipe(
            parts({"kind": "gaussian", "dim": 4}),
            represent({"squared": {"criterion": "squared"}} | penalty("kl_mean", 30.0), epochs=15),
        ),
        data=lambda: sines(160),
        ill=("posterior_collapse",),
    ),
    Patient(
        name="a likelihood beside 20 times the divergence",
        tree=recipe(
            parts({"kind": "gaussian", "dim": 4}),
            represent({"nats": {"criterion": "likelihood"}} | LIKELY, epochs=30),
        ),
        data=lambda: sines(160),
        ill=("posterior_collapse",),
    ),
    Patient(
        name="sets of Gaussians with angles and deviations as they are in files",
        tree=RAW,
        ill=("flat_channels",),
    ),
    Patient(
        name="a span with a two-hundredth of the weight of the other",
        tree=paired({"loud": 1.0, "low": 0.005}, penalty("kl", 3e-3)),
        data=lambda: pairs(160),
        ill=("flat_channels",),
    ),
    Patient(
        name="two latent numbers for two sines, which have six",
        tree=recipe(
            whole(STEPS, dim=2), represent(spanned(EVEN) | penalty("kl", 0.03), epochs=30)
        ),
        data=lambda: pairs(300),
        ill=("under_fitting",),
    ),
)

HEALTHY_LATENTS = (
    Patient(
        name="a variational autoencoder of pairs of sines",
        tree=paired(EVEN, penalty("kl", 1e-3)),
        data=lambda: pairs(160),
    ),
    Patient(
        name="a variational autoencoder by likelihood",
        tree=recipe(
            parts({"kind": "gaussian", "dim": 4}),
            represent({"nats": {"criterion": "likelihood"}} | penalty("kl", 1.0)),
        ),
        data=lambda: sines(160),
    ),
)
