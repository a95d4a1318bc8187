"""Small tokenizers of features that are ill on purpose, and one that is healthy."""

from __future__ import annotations

import json

import numpy as np
import torch
from provoked import Patient, Tree, penalty

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.recipes.run import Run

FACTORS = 3
EACH = 5  # features of a family, all told by one factor


def families(size: int, *, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Three families of features, each a few noisy views of one number of its own."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(size, FACTORS))
    views = rng.choice([-1, 1], size=(FACTORS, EACH)) * rng.uniform(0.5, 1.5, (FACTORS, EACH))
    told = {
        f"family_{index}": torch.tensor(
            factors[:, [index]] * view + noise * rng.normal(size=(size, EACH))
        ).float()
        for index, view in enumerate(views)
    }
    names = {name: tuple(Quantity(f"x{c}") for c in range(EACH)) for name in told}
    return Dataset(schema=Schema(families=names), families=told)


def tokenizer(grouping: Tree, *, codes: int = 16, levels: int = 2) -> Tree:
    """A recipe of a small tokenizer."""
    terms = {"squared": {"criterion": "squared"}} | penalty("commitment", 0.1)
    update = {
        "trains": ["representation"],
        "forward_pass": "reconstruct",
        "objective": terms,
        "learning_rate": 1e-2,
    }
    probes = {"squared": {"forward_pass": "reconstruct", "criterion": "squared"}}
    phase = {"name": "tokenize", "epochs": 30, "batch_size": 64, "updates": [update]}
    level = {"dim": 4, "size": codes}
    book = {"kind": "categorical", "arrangement": "residual", "levels": [level] * levels}
    return {
        "data": {
            "split": {"kind": "fractions", "train": 0.6, "validation": 0.2},
            "transforms": [
                {"kind": "clean_features", "duplicates": 1.0},
                {"kind": "categories", "grouping": grouping},
                {"kind": "standard", "arrays": ["series"]},
            ],
        },
        "parts": {
            "representation": {
                "encoder": {"kind": "categorical", "embedding": 8, "hidden": 16},
                "bottleneck": book,
                "decoder": {"kind": "categorical", "hidden": 0},
            }
        },
        "phases": [phase | {"probes": probes, "validate_every": 5}],
        "evaluation": {"samples": 0},
        "logging": {"progress": "off"},
    }


def slow_to_judge(run: Run) -> None:
    """Has every epoch that ended with a validation take a minute."""
    path = run.folder.history
    rows = json.loads(path.read_text())
    seconds = 0.0
    for row in rows:
        judged = any(name.startswith("validation/") for name in row)
        seconds += 60.0 if judged else 1.0
        row["seconds"] = seconds
    path.write_text(json.dumps(rows))


OWN: Tree = {"kind": "families"}
SPREAD: Tree = {"kind": "random", "count": 3}

ILL_TOKENIZERS = (
    Patient(
        name="two codes for each category",
        tree=tokenizer(OWN, codes=2, levels=1),
        data=lambda: families(400),
        ill=("poor_reconstruction",),
    ),
    Patient(
        name="features shared out to categories at random",
        tree=tokenizer(SPREAD, codes=32),
        data=lambda: families(400),
        ill=("overlapping_categories",),
    ),
    Patient(
        name="a history that spent its time on validations",
        tree=tokenizer(OWN),
        data=lambda: families(400),
        ill=("slow_training",),
        after=slow_to_judge,
    ),
)

HEALTHY_TOKENIZERS = (
    Patient(name="a tokenizer of three families", tree=tokenizer(OWN), data=lambda: families(400)),
)
