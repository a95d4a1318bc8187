"""A few operators, let loose and told by their features."""

from collections.abc import Mapping

import numpy as np

from . import initial, summary
from .architecture import architecture_features
from .beginnings import KINDS, begin
from .frames import NAMES, Frame, frame_features
from .grid import grid_of, over
from .laws import Flow, Law, draw
from .settings import Operators

HORIZON = 8  # steps after which a disturbance is measured
DISTURBANCE = 0.01  # of the size of a field
SCALE, OFFSET = 1.5, 0.1  # of a field, and of its size


def rolled_out(settings: Operators, seed: int, records: range) -> Mapping[str, np.ndarray]:
    """Simulates some records, each from a seed of its own.

    Args:
        settings: What they are like.
        seed: Of the simulation.
        records: Their numbers in it.

    Returns:
        float32 arrays with one row a record: `initial` N x 42, `architecture` N x 21,
        `summary` N x 275, `per_trajectory` N x realisations x 55, `temporal`
        N x steps x 63, `params` N x 14, and `ic_types` N, places in `KINDS`.
    """
    laws: list[Law] = []
    kinds: list[int] = []
    fields: list[np.ndarray] = []
    noises: list[np.ndarray] = []
    for record in records:
        random = np.random.default_rng([seed, record])
        laws.append(draw(random))
        kinds.append(int(random.integers(len(KINDS))))
        kind = KINDS[kinds[-1]]
        fields.append(begin(random, kind, settings.grid, settings.realisations))
        noises.append(random.standard_normal(fields[-1].shape, dtype=np.float32))
    flow, start = Flow.of(tuple(laws), grid_of(settings.grid)), np.stack(fields)
    series = trajectory(flow, start, settings.steps)
    base = summary.base_values(series, sensitivity(flow, start, np.stack(noises)))
    arrays = {
        "initial": initial.initial_features(start),
        "architecture": np.stack([architecture_features(law) for law in laws]),
        "summary": summary.aggregated(base),
        "per_trajectory": base,
        "temporal": series.mean(1),
        "params": np.stack([law.parameters() for law in laws]),
    }
    found = {name: array.astype(np.float32) for name, array in arrays.items()}
    return found | {"ic_types": np.array(kinds)}


def trajectory(flow: Flow, field: np.ndarray, steps: int) -> np.ndarray:
    """The features of the fields after each step.

    Args:
        flow: The operators.
        field: Where they begin, operators x realisations x channels x n x n.
        steps: How many steps.

    Returns:
        Operators x realisations x steps x 63.
    """
    start = before = Frame.of(field)
    interval = flow.time_steps[:, None, None]
    series = np.empty((*field.shape[:2], steps, len(NAMES)), np.float64)
    for step in range(steps):
        coefficients, field = flow.step(field)
        frame = Frame.of(field, coefficients)
        series[:, :, step] = frame_features(frame, before, start, interval)
        before = frame
    return series


def sensitivity(flow: Flow, field: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """How operators answer to other beginnings, after 8 steps.

    Args:
        flow: The operators.
        field: Where they begin, operators x realisations x channels x n x n.
        noise: White noise of that shape.

    Returns:
        Operators x realisations x 5: the logarithm of the growth of a disturbance of 1 %
        by noise, and of one of 10 %; how far a tenth of the second is from the first; how
        far the answer to 1.5 times the field is from 1.5 times the answer; and how strong
        the answer to an offset of a tenth is.
    """
    size = _size(field)[..., None, None, None]
    little = DISTURBANCE * size * noise / _size(noise)[..., None, None, None]
    plain = _later(flow, field)
    small, large = (_later(flow, field + much * little) - plain for much in (1, 10))
    scaled = _later(flow, SCALE * field) - SCALE * plain
    lifted = _later(flow, field + OFFSET * size) - plain
    reference = _size(little)
    found = [
        np.log((_size(small) + 1e-9) / reference),
        np.log((_size(large) + 1e-9) / (10 * reference)),
        over(_size(large / 10 - small), _size(small), 1e-9),
        over(_size(scaled), SCALE * _size(plain)),
        over(_size(lifted), OFFSET * size[..., 0, 0, 0]),
    ]
    return np.stack(found, -1)


def _later(flow: Flow, field: np.ndarray) -> np.ndarray:
    field = field.astype(np.float32)
    for _ in range(HORIZON):
        _, field = flow.step(field)
    return field


def _size(field: np.ndarray) -> np.ndarray:
    """The root mean square over channels and cells."""
    return np.sqrt((field * field).mean((-1, -2, -3)))
