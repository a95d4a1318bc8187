"""What the columns of a phase's training_metrics.csv are called, and what they hold."""

RATE = {"Learning Rate": "schedule/learning_rate"}
SPLITS = {"Train": "train", "Validation": "validation", "Test": "test"}


def _pure(score: str) -> dict[str, str]:
    """One loss: in training that which is descended, else the score of it."""
    losses = {f"{title} Loss": f"{split}/{score}" for title, split in SPLITS.items()}
    return {"Epoch": "epoch", **losses, **RATE}


def _combined() -> dict[str, str]:
    """Both losses, and what they make together: as descended, else as judged."""
    losses = {
        f"{title} {name}": f"{split}/{column}"
        for title, split in SPLITS.items()
        for name, column in {
            "Loss": "total" if split == "train" else "combined",
            "MAE Loss": "mae",
            "Autocorr Loss": "autocorr",
        }.items()
    }
    return {"Epoch": "epoch", **losses, **RATE}


COLUMNS = {
    "pure_mae": _pure("mae"),
    "pure_autocorr": _pure("autocorr"),
    "combined": _combined(),
}
