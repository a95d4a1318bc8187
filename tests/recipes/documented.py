"""The documented configuration of a feature tokenizer, and features that it can learn."""

from pathlib import Path

import h5py
import numpy as np

EXAMPLE = Path(__file__).parent / "feature_tokenizer.yaml"
SMALL = [
    ("training.num_epochs", 2),
    ("training.batch_size", 32),
    ("training.use_torch_compile", False),
    ("training.checkpoint_dir", ""),
    ("logging.eval_interval", 0),
    ("families.summary.encoder_params.hidden_dims", [6]),
    ("families.summary.encoder_params.output_dim", 4),
    ("families.architecture.encoder", "IdentityEncoder"),
    ("families.architecture.encoder_params", {}),
    ("model.group_embedding_dim", 6),
    ("model.group_hidden_dim", 8),
    ("model.levels", [{"latent_dim": 4, "num_tokens": 8}]),
]


def families(size=100, seed=5):
    """Features that five hidden factors make."""
    random = np.random.default_rng(seed)
    factors = random.normal(size=(size, 5))
    return {
        name: factors[:, random.integers(0, 5, count)] + 0.3 * random.normal(size=(size, count))
        for name, count in {"summary": 12, "architecture": 6}.items()
    }


def stored(path, arrays):
    """A file of features in the documented layout."""
    with h5py.File(path, "w") as file:
        for name, rows in arrays.items():
            middle = "" if rows.ndim == 3 else "/aggregated"
            file[f"features/{name}{middle}/features"] = rows.astype(np.float32)
    return path


def simulated(path, size=100, seed=5):
    """A file of two families of features and one of time series."""
    series = np.random.default_rng(seed).normal(size=(size, 8, 2))
    return stored(path, families(size, seed) | {"temporal": series})
