"""Measures the scores themselves, and writes docs/results/scores.md.

Every figure of that page comes from here: agreement with independent computations, floors, what
damage on purpose does to each score, the published protocol on the published sets, and how long
judging takes. Rows that are finished are kept, so the command may be stopped and repeated:

    python benchmarks/scores.py ../shared/data [--peers FOLDER] [--only STEP ...]

`--peers` is where samples of other generators lie, as benchmarks/peers/README.md makes them.
Timings are only worth something on an idle machine: run `--only speed` alone.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import scores_page
import torch
from independent import INDEPENDENT, frechet
from scipy.stats import norm
from scores_sets import SETS, published, thirds

from latentloom.core.files import write_atomically
from latentloom.evaluation.corruptions import LADDER
from latentloom.evaluation.distances import (
    DISTANCES,
    ContextFid,
    Discriminative,
    Distance,
    InapplicableError,
    LegacyDiscriminative,
    Predictive,
    PredictiveRatio,
    value,
)
from latentloom.evaluation.judges.contrastive import fit_encoders
from latentloom.evaluation.judges.convolution import ConvJudge
from latentloom.evaluation.judges.gru import GruJudge
from latentloom.evaluation.judges.trees import TreeJudge
from latentloom.evaluation.population import Population, Trial
from latentloom.evaluation.protocols import Legacy24, Strict, measured
from latentloom.evaluation.surrogates import SURROGATES

OUT = Path("runs/results/scores")
LEARNED: dict[str, Callable[[], Distance]] = {
    "discriminative_gru": lambda: Discriminative(judge=GruJudge(), repeats=1, most=400),
    "discriminative_cnn": lambda: Discriminative(judge=ConvJudge(), repeats=1, most=400),
    "discriminative_trees": lambda: Discriminative(judge=TreeJudge(), repeats=1, most=400),
    "predictive": lambda: Predictive(repeats=1, most=400),
    "predictive_ratio": lambda: PredictiveRatio(repeats=1, most=400),
    "context_fid": lambda: ContextFid(repeats=1),
}
FLOORS = 3  # divisions of the real signals that say what chance leaves
CLOSED_ONLY = "voltages"  # the set on which nothing is learned, to save hours
JUDGES = 20  # seeds over which the spread of the field's judge is stated
ROWS = ("block bootstrap", "noise")

Found = dict[str, Any]


class Kept:
    """What a step found so far; each entry is written as soon as it is known."""

    def __init__(self, step: str) -> None:
        self.path = OUT / f"{step}.json"
        self.found: Found = json.loads(self.path.read_text()) if self.path.is_file() else {}

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """The entry of a name; made now if it is not there yet."""
        if name not in self.found:
            began = time.perf_counter()
            self.found[name] = make()
            text = json.dumps(self.found, indent=1)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, lambda path: path.write_text(text))
            print(f"{name}: {time.perf_counter() - began:.1f} s", flush=True)
        return self.found[name]


def made(name: str) -> Distance:
    """A score as the ladder uses it: learned ones with one repeat on at most 400 signals."""
    return LEARNED[name]() if name in LEARNED else DISTANCES[name].make()


def number(distance: Distance, trial: Trial, seed: int = 0) -> float | None:
    """The score; None where it has nothing to say."""
    try:
        found = value(distance, trial, seed=seed)
    except InapplicableError:
        return None
    return found if np.isfinite(found) else None


def agreement(folder: Path) -> None:
    """How far each score is from its independent computation, or from a closed form."""
    kept = Kept("agreement")
    for name, load in SETS.items():
        trial = thirds(load(folder))
        for score, compute in INDEPENDENT.items():

            def pair(score: str = score, compute: Any = compute, trial: Trial = trial) -> Any:
                return [number(made(score), trial), compute(trial)]

            kept.once(f"{name}/{score}", pair)
    kept.once("closed/discriminative_gru", lambda: closed_discriminative(GruJudge()))
    kept.once("closed/discriminative_cnn", lambda: closed_discriminative(ConvJudge()))
    kept.once("closed/discriminative_trees", lambda: closed_discriminative(TreeJudge()))
    kept.once("closed/legacy_discriminative", closed_legacy)
    kept.once("closed/predictive", closed_predictive)
    kept.once("closed/context_fid", lambda: closed_frechet(folder))


def shifted(size: int, apart: float, seed: int, channels: int = 2) -> Population:
    """White noise whose every value is shifted by `apart`."""
    drawn = np.random.default_rng(seed).standard_normal((size, 8, channels))
    return Population(values=(drawn + apart).astype(np.float32))


def closed_discriminative(judge: Any) -> list[float]:
    """Of two normal distributions, the best judge is right with probability Φ(δ / 2)."""
    apart = 0.25
    trial = Trial(train=shifted(9, 0, 0), held=shifted(1500, 0, 1), made=shifted(1500, apart, 2))
    best = norm.cdf(apart * np.sqrt(16) / 2) - 0.5
    return [value(Discriminative(judge=judge), trial), float(best)]


def closed_legacy() -> list[float]:
    """The field's judge on the same two distributions; it has one unit for two channels."""
    apart = 0.25
    trial = Trial(train=shifted(9, 0, 0), held=shifted(1500, 0, 1), made=shifted(1500, apart, 2))
    best = norm.cdf(apart * np.sqrt(16) / 2) - 0.5
    return [value(LegacyDiscriminative(), trial), float(best)]


def closed_predictive() -> list[float]:
    """Of an AR(1) process, the best forecast errs by the mean absolute innovation."""
    share, size, steps = 0.8, 1500, 24

    def process(seed: int) -> Population:
        rng = np.random.default_rng(seed)
        x = np.empty((size, steps))
        x[:, 0] = rng.standard_normal(size)
        for t in range(1, steps):
            x[:, t] = share * x[:, t - 1] + np.sqrt(1 - share**2) * rng.standard_normal(size)
        return Population(values=x[..., None].astype(np.float32))

    trial = Trial(train=process(0), held=process(1), made=process(2))
    return [value(Predictive(), trial), float(np.sqrt(2 / np.pi) * np.sqrt(1 - share**2))]


def closed_frechet(folder: Path) -> list[float]:
    """The distance of the same encodings, by SciPy's matrix root."""
    trial = thirds(SETS["stocks"](folder))
    score = ContextFid(dimensions=64, repeats=1)
    ours = value(score, trial)
    encoders = fit_encoders(trial.held, seeds=[0], dimensions=64)
    clouds = [encoders.encode(p)[0].astype(float) for p in (trial.held, trial.made)]
    size = min(map(len, clouds))
    return [ours, frechet(*(cloud[:size] for cloud in clouds))]


def ladder(folder: Path) -> None:
    """Floors, and each score on every rung of every ladder."""
    for name, load in SETS.items():
        kept = Kept(f"ladder_{name.replace(' ', '_')}")
        trials = [thirds(load(folder), seed) for seed in range(FLOORS)]
        for score in Strict().distances():
            if score not in LEARNED or name != CLOSED_ONLY:
                _climb(kept, score, trials)


def _climb(kept: Kept, score: str, trials: list[Trial]) -> None:
    """One score on every rung, after its floors."""
    distance = made(score)
    floors = kept.once(f"{score}/floor", lambda: [number(distance, trial) for trial in trials])
    if floors[0] is None:
        return

    def damaged(damage: Any) -> float | None:
        try:
            worse = damage(trials[0], seed=0)
        except InapplicableError:
            return None
        return number(distance, replace(trials[0], made=worse))

    for rung, damage in _rungs(score):
        kept.once(f"{score}/{rung}", lambda damage=damage: damaged(damage))


def _rungs(score: str) -> Iterator[tuple[str, Any]]:
    """All rungs; of learned scores the strongest of each ladder."""
    for name, rungs in LADDER.items():
        some = rungs[-1:] if score in LEARNED else rungs
        for rung in some:
            yield f"{name}/{rung.strength:g}", rung


def legacy(folder: Path, peers: Path | None, sets: list[str]) -> None:
    """The published protocol on the published sets, or on some of them."""
    protocol = Legacy24()
    distances = protocol.distances()
    for name, real in published(folder).items():
        if sets and name not in sets:
            continue
        kept = Kept(f"legacy24_{name}")
        rows = dict(_rows(real, name, peers))
        for row, make in rows.items():
            if all(f"{row}/{score}" in kept.found for score in distances):
                continue
            trial = make()
            for score, distance in distances.items():
                kept.once(f"{row}/{score}", lambda d=distance, t=trial: _legacy_number(d, t))

        def judges(real: Population = real) -> list[float]:
            trial = protocol.arrange(real, real, None, seed=0).floors["real halves"]
            judge = LegacyDiscriminative(repeats=JUDGES)
            compared = judge.compare(trial, seed=0)
            ones = np.ones(trial.held.size), np.ones(trial.made.size)
            return [float(x) for x in compared.weighed(*ones)]

        kept.once("judges", judges)


def _legacy_number(distance: Distance, trial: Trial) -> Found | None:
    try:
        found = measured(distance, trial, interval="repeats")
    except InapplicableError:
        return None
    return {"value": found.estimate.value, "repeats": found.repeats, "n": [found.real, found.made]}


def _rows(
    real: Population, name: str, peers: Path | None
) -> Iterator[tuple[str, Callable[[], Trial]]]:
    """What is scored, by its name; all but the halves share one real population."""
    arranged = Legacy24().arrange(real, real, None, seed=0)
    whole = arranged.trial
    yield "real halves", lambda: arranged.floors["real halves"]
    for row in ROWS:
        draw = SURROGATES[row]().draw
        yield row, lambda draw=draw: replace(whole, made=draw(whole.train, real.size, seed=0))
    for path in sorted((peers or OUT / "peers").glob(f"*_{name.lower()}.npz")):
        yield path.stem.removesuffix(f"_{name.lower()}"), lambda path=path: _peer(whole, path)


def _peer(trial: Trial, path: Path) -> Trial:
    """What another generator made of windows in [0, 1]."""
    series = np.load(path, allow_pickle=False)["series"]
    return replace(trial, made=Population(values=series.astype(np.float32)))


def speed(folder: Path) -> None:
    """Seconds for one set by the published protocol, five repeats, all cores."""
    kept = Kept("speed")
    real = published(folder)["Stocks"]
    copies = SURROGATES["block bootstrap"]().draw(real, real.size, seed=0)
    trial = Legacy24().arrange(real, copies, None, seed=0).trial
    for score, distance in Legacy24().distances().items():

        def timed(distance: Distance = distance) -> float:
            began = time.perf_counter()
            value(distance, trial)
            return time.perf_counter() - began

        kept.once(score, timed)
    kept.once("threads", torch.get_num_threads)


STEPS: dict[str, Callable[..., None]] = {
    "agreement": agreement,
    "ladder": ladder,
    "legacy": legacy,
    "speed": speed,
}


def main() -> None:
    """Runs what is not done yet, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--sets", nargs="*", default=[], help="published sets; all by default")
    parser.add_argument("--only", nargs="*", choices=STEPS, default=list(STEPS))
    asked = parser.parse_args()
    for step in asked.only:
        extra = {"peers": asked.peers, "sets": asked.sets} if step == "legacy" else {}
        STEPS[step](asked.data, **extra)
    scores_page.write(OUT, Path("docs/results/scores.md"))


if __name__ == "__main__":
    main()
