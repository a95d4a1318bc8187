"""A small report with everything in it."""

import numpy as np
import pytest

from latentloom.evaluation.calibration import calibrate
from latentloom.evaluation.population import Population
from latentloom.evaluation.portrait import Portrait, portrait
from latentloom.evaluation.records import Prediction, Records
from latentloom.evaluation.scorecard import Entry, Scorecard, score
from latentloom.evaluation.sheet import Measured, Sheet, SheetRow
from latentloom.evaluation.statistics import Estimate
from latentloom.report import Cost, Figure, Kept, Line, Overlay, Report, Use

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


def measured(value: float, half: float = 0.02, floor: float | None = None) -> Measured:
    """A number from two repeats, with an interval of so much at either side."""
    return Measured(
        estimate=Estimate(value, value - half, value + half),
        repeats=(value - 0.01, value + 0.01),
        seeds=(0, 1),
        real=100,
        made=100,
        dimensions=3,
        floor=floor,
    )


def sheet(made: dict[str, float], refused: dict[str, str] | None = None) -> Sheet:
    """Made signals beside two floors of real data and two baselines, which are always the same.

    Real data get 0.05 and 0.1 in every score, the baselines 0.3 and 0.5; of scores whose ideal
    is 1 as much less than that.
    """
    ideals = {name: 1.0 if name in ("coverage", "memorisation") else 0.0 for name in made}

    def row(name, what, off):
        scores = {s: measured(abs(ideal - off)) for s, ideal in ideals.items()}
        return SheetRow(name=name, what=what, scores=scores)

    scores = {name: measured(value) for name, value in made.items()}
    own = SheetRow(name="made", what="made", scores=scores, refused=refused or {})
    return Sheet(
        protocol="strict",
        version=1,
        versions=dict.fromkeys([*made, *(refused or {})], 1),
        rows=(
            own,
            row("halves", "floor", 0.05),
            row("train", "floor", 0.1),
            row("bootstrap", "baseline", 0.3),
            row(NASTY, "baseline", 0.5),
        ),
        notes=(NASTY,),
        stamp={NASTY: NASTY},
        seconds=3.0,
    )


def signals(seed: int) -> Population:
    """Random ragged signals of three channels with a label and a number."""
    rng = np.random.default_rng(seed)
    extent = rng.integers(10, 25, 40)
    return Population(
        values=rng.normal(size=(40, 24, 3)) * (np.arange(24) < extent[:, None])[..., None],
        lengths=extent,
        channels=(NASTY, "still", "b"),
        labels={"kind": np.arange(40) % 2},
        scalars={NASTY: rng.random(40)},
    )


@pytest.fixture(name="sheet", scope="session")
def sheet_maker():
    """Makes a sheet of what made signals get."""
    return sheet


@pytest.fixture(name="portrait", scope="session")
def shown() -> Portrait:
    """A portrait with everything in it, a constant channel included."""
    real, made = signals(0), signals(1)
    real.values[..., 1] = 0.5 * real.mask
    return portrait(real, made, kinds={"kind": ("iron", NASTY)})


@pytest.fixture(name="scorecard", scope="session")
def scorecard_maker():
    """Makes a scorecard of a model and a baseline as wrong as they are said to be."""
    return scorecard


@pytest.fixture(scope="session")
def nasty() -> str:
    """Text that wants to break out."""
    return NASTY


@pytest.fixture(scope="session")
def report(portrait) -> Report:
    """A report whose every text wants to break out."""
    time = np.linspace(0, 1, 50)
    wave = np.sin(6 * time)
    line = Line(name=NASTY, x=time, y=wave + 2)
    figure = Figure(title=NASTY, x=NASTY, y=NASTY, lines=(line,), logarithmic=True)
    names = {"x": NASTY, "y": NASTY, "drive_name": NASTY, "band": NASTY, "made_name": NASTY}
    ends = {"low": wave - 0.1, "high": wave + 0.1, "drive": 3 * wave}
    overlay = Overlay(title=NASTY, time=time, truth=wave, made=wave, **ends, **names)
    counts = np.array([90, 5, 5, 0])
    return Report(
        title=NASTY,
        scorecard=scorecard(),
        sheet=sheet({"mmd": 0.2, NASTY: 0.4}, {"coverage": NASTY}),
        portrait=portrait,
        overlays=(overlay,),
        use=(Use(name=NASTY, counts=counts, over_epochs=figure),),
        kept=(Kept(name=NASTY, divergence=np.array([1.0, 0.0]), spread=np.array([0.9, 0.0])),),
        losses=(figure,),
        schedules=(figure,),
        cost=Cost(
            parameters={NASTY: 1234},
            train_seconds={NASTY: 2.5},
            samples_per_second=80.0,
            peak_memory=2**30,
            device=NASTY,
            operations={NASTY: 2_500_000},
        ),
        command=NASTY,
        data={NASTY: NASTY},
        seeds=(0, 1),
        notes=(NASTY,),
    )
