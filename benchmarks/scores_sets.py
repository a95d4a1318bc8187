"""The real sets that scores are tried on.

One of many channels, one univariate, one of variable length, one that answers to a drive.
"""

from pathlib import Path

import numpy as np
import torch

from latentloom.data.dataset import Dataset
from latentloom.data.formats import Columns, read
from latentloom.data.windows import windows
from latentloom.evaluation.population import Population, Trial
from latentloom.evaluation.protocols.scaling import standard

STEPS = 24
BLOCKS = 60  # of a long series: many, so that thirds of them are alike
MOST = 600  # signals in each third


def thirds(population: Population, seed: int = 0) -> Trial:
    """Train, held out, and in the place of made signals: no group is in two of them."""
    members = population.members
    part = np.random.default_rng(seed).permutation(members.max() + 1)[members] % 3
    scaled = standard(population.take(part == 0))
    train, held, made = (
        scaled(population.take(part == k).some(MOST, seed=seed)) for k in range(3)
    )
    return Trial(train=train, held=held, made=made)


def stocks(folder: Path) -> Population:
    """Daily prices and volume: 6 channels, windows of 24 days, grouped by stretches of time."""
    series = read(folder / "tsg" / "stock_data.csv")
    return Population.of(windows(series, STEPS, blocks=BLOCKS))


def heart_beats(folder: Path) -> Population:
    """One channel of 140 steps, with a label."""
    return Population.of(read(folder / "ucr" / "ECG5000_TRAIN.tsv"))


def vowels(folder: Path) -> Population:
    """12 channels, 7 to 29 steps, with a label."""
    return Population.of(read(folder / "ucr" / "JapaneseVowels_TEST.ts"))


def voltages(folder: Path) -> Population:
    """Voltage of a wound core that answers to its current, frequency, temperature."""
    columns = Columns(
        series=("voltage [V]",),
        drive=("current [A]",),
        condition=("frequency [Hz]", "temperature [degC]"),
    )
    return Population.of(read(folder / "waveforms" / "magnet_ML95S.npz", columns=columns))


SETS = {"stocks": stocks, "heart beats": heart_beats, "vowels": vowels, "voltages": voltages}


def published(folder: Path) -> dict[str, Population]:
    """The windows of the published tables: every step, all channels, nothing left out."""
    ett = np.genfromtxt(folder / "tsg" / "ETTh1.csv", delimiter=",", skip_header=1)[:, 1:]
    long = {
        "Stocks": np.loadtxt(folder / "tsg" / "stock_data.csv", delimiter=",", skiprows=1),
        "ETTh1": ett,
        "Energy": np.load(folder / "tsg" / "energy_data.npz")["data"],
        "fMRI": np.load(folder / "tsg" / "fmri_sim4.npz")["ts"],
    }
    made = {name: Population(values=_windows(series)) for name, series in long.items()}
    return {"Sines": Population(values=_sines()), **made}


def _windows(series: np.ndarray) -> np.ndarray:
    cut = np.lib.stride_tricks.sliding_window_view(series, STEPS, axis=0)
    return np.ascontiguousarray(cut.transpose(0, 2, 1), dtype=np.float32)


def _sines() -> np.ndarray:
    from latentloom.data.simulate import sines

    made: Dataset = sines.simulate(sines.Sines(), 123)
    assert isinstance(made.series, torch.Tensor)
    return made.series.numpy()
