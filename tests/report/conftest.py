"""A small report with everything in it."""

import numpy as np
import pytest

from latentloom.evaluation.calibration import calibrate
from latentloom.evaluation.records import Prediction, Records
from latentloom.evaluation.scorecard import Entry, Scorecard, score
from latentloom.report import Cost, Figure, Line, Overlay, Report, Use

NASTY = "<script>alert('1 & 2')</script>"


def entry(name, kind, records, noise, **more):
    rng = np.random.default_rng(len(name))
    values = records.truth + noise * rng.normal(size=records.truth.shape)
    return Entry(name=name, kind=kind, prediction=Prediction(values=values, **more))


def scorecard(noise: float = 0.1, baseline: float = 0.5) -> Scorecard:
    """A model, its ceiling, its base and a baseline on random records of two kinds."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(40, 16, 1))
    kinds = {"category": np.arange(40) % 2, "kinds": ("iron", NASTY)}
    records = Records(truth=truth, cycles=np.full(40, 0.1), law=-truth, **kinds)
    samples = truth[:, None] + noise * rng.normal(size=(40, 8, 16, 1))
    drawn = {"samples": samples, "calibration": calibrate(truth, samples, records.mask)}
    return score(
        records,
        [
            entry("tokens", "generated", records, noise, **drawn),
            entry("reconstruction", "reconstruction", records, noise / 4),
            entry("network", "base", records, 2 * noise),
            entry("ridge", "baseline", records, baseline),
            entry("itself", "floor", records, 0.0),
        ],
    )


@pytest.fixture(name="scorecard", scope="session")
def scorecard_maker():
    """Makes a scorecard of a model and a baseline as wrong as they are said to be."""
    return scorecard


@pytest.fixture(scope="session")
def nasty() -> str:
    """Text that wants to break out."""
    return NASTY


@pytest.fixture(scope="session")
def report() -> Report:
    """A report whose every text wants to break out."""
    time = np.linspace(0, 1, 50)
    wave = np.sin(6 * time)
    line = Line(name=NASTY, x=time, y=wave + 2)
    figure = Figure(title=NASTY, x=NASTY, y=NASTY, lines=(line,), logarithmic=True)
    names = {"x": NASTY, "y": NASTY, "drive_name": NASTY, "band": NASTY}
    ends = {"low": wave - 0.1, "high": wave + 0.1, "drive": 3 * wave}
    overlay = Overlay(title=NASTY, time=time, truth=wave, made=wave, **ends, **names)
    counts = np.array([90, 5, 5, 0])
    return Report(
        title=NASTY,
        scorecard=scorecard(),
        overlays=(overlay,),
        use=(Use(name=NASTY, counts=counts, over_epochs=figure),),
        losses=(figure,),
        schedules=(figure,),
        cost=Cost(
            parameters={NASTY: 1234},
            train_seconds={NASTY: 2.5},
            samples_per_second=80.0,
            peak_memory=2**30,
            device=NASTY,
        ),
        command=NASTY,
        data={NASTY: NASTY},
        seeds=(0, 1),
        notes=(NASTY,),
    )
