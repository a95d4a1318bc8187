"""What held-out sequences say of a run, and of what it must beat."""

from typing import Any

import numpy as np
import torch
from resumable import Found

LAGS = (10, 20)


def figures(run: Any) -> tuple[Found, dict[str, np.ndarray]]:
    """The figures of a run's free answers, and its errors for each record and component."""
    from latentloom.recipes.assess import splits
    from latentloom.recipes.locating import located

    test = splits(run)[2]
    made = run.generate(test)[:, 0]
    found, errors = _scored(test, made)
    found["components"] = list(run.schema.names("series"))
    found["located"] = located(run).card.plain()
    return found, {"run": errors}


def rivals(run: Any) -> tuple[Found, dict[str, np.ndarray]]:
    """The same figures of the baselines, which are equal for all seeds."""
    from latentloom.evaluation.baselines import Curves, Kernel, MeanCurve, RepeatFirst, Ridge
    from latentloom.recipes.assess import splits

    train, _, test = splits(run)
    steps = 0 if run.schema.condition else run.starts
    named = {
        "repeat the first row": RepeatFirst(),
        "mean curve": MeanCurve(),
        "quadratic ridge": Ridge(Curves(steps=steps)),
        "kernel regression": Kernel(Curves(steps=steps)),
    }
    found: Found = {}
    errors: dict[str, np.ndarray] = {}
    for name, baseline in named.items():
        baseline.fit(train)
        found[name], errors[name] = _scored(test, baseline.predict(test))
    return found, errors


def _scored(test: Any, made: np.ndarray) -> tuple[Found, np.ndarray]:
    """Errors by component, and distances of autocorrelations up to each lag."""
    from latentloom.evaluation.stepwise import StepTruth, component_errors
    from latentloom.objectives.criteria import Autocorrelation, LagRatio
    from latentloom.schedules import Constant

    mask = test.context().mask
    truth = test.series.double()
    output = torch.as_tensor(np.asarray(made)).double()
    whole = StepTruth(
        values=truth.numpy(), mask=mask.numpy(), start=0, components=test.schema.names("series")
    )
    errors = component_errors(whole, output.numpy())
    deviation = truth[mask].std(0).numpy()
    moves = (
        deviation > 1e-6 * truth[mask].abs().amax(0).numpy()
    )  # a constant has no unit of its own
    found: Found = {
        "mae": errors.mean(0).tolist(),
        "scaled": float((errors[:, moves] / deviation[moves]).mean()),
        "records": len(errors),
    }
    outputs = {"output": output, "target": truth, "mask": mask}
    for lag in LAGS:
        for name, kind in (("ratio", LagRatio), ("centred", Autocorrelation)):
            apart = kind(lags=Constant(lag))(outputs, 1.0).numpy()
            found[f"{name} {lag}"] = {
                "mean": float(apart.mean()),
                "median": float(np.median(apart)),
            }
    return found, errors
