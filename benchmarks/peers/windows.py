"""Writes the windows of the five usual sets: what each peer trains on and is scored against.

Windows of 24 steps, stride 1. Every channel of a measured set is scaled to [0, 1] by its lowest
and highest value in the whole set; a sine x is written as (x + 1) / 2, as its users do. The
folder gets stocks.npz, energy.npz, etth1.npz, fmri.npz and sines.npz:

    PYTHONPATH=src python benchmarks/peers/windows.py ../shared/data/tsg windows

References:
    Time-series Generative Adversarial Networks (Yoon et al., 2019), section 5: the sines
    and the windows of 24 steps, https://papers.nips.cc/paper/8789
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

STEPS = 24


def recordings(folder: Path) -> dict[str, np.ndarray]:
    """The measured sets as rows x channels, oldest row first."""
    with np.load(folder / "energy_data.npz", allow_pickle=False) as file:
        energy = file["data"]
    with np.load(folder / "fmri_sim4.npz", allow_pickle=False) as file:
        fmri = file["ts"]
    return {
        "stocks": pd.read_csv(folder / "stock_data.csv").to_numpy(float),
        "energy": energy.astype(float),
        "etth1": pd.read_csv(folder / "ETTh1.csv").drop(columns="date").to_numpy(float),
        "fmri": fmri.astype(float),
    }


def scaled(rows: np.ndarray) -> np.ndarray:
    """Each channel from 0 to 1."""
    lowest, highest = rows.min(axis=0), rows.max(axis=0)
    return (rows - lowest) / (highest - lowest)


def windows(rows: np.ndarray) -> np.ndarray:
    """Every run of 24 rows: N x 24 x C."""
    return np.lib.stride_tricks.sliding_window_view(rows, STEPS, axis=0).transpose(0, 2, 1)


def sines(signals: int = 10_000, channels: int = 5) -> np.ndarray:
    """sin(f j + p) at j = 0 ... 23, with f and p drawn from U(0, 0.1) radians, in this order."""
    draws = np.random.RandomState(123).uniform(0, 0.1, size=(signals, channels, 2))
    frequency, phase = draws[:, None, :, 0], draws[:, None, :, 1]
    return (np.sin(frequency * np.arange(STEPS)[:, None] + phase) + 1) / 2


def main() -> None:
    """Writes the five files and says their shapes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the four measured sets")
    parser.add_argument("folder", type=Path, help="where to write")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    sets = {name: windows(scaled(rows)) for name, rows in recordings(arguments.data).items()}
    for name, series in (sets | {"sines": sines()}).items():
        np.savez(arguments.folder / f"{name}.npz", series=series.astype(np.float32))
        print(name, *series.shape)


if __name__ == "__main__":
    main()
