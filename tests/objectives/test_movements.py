"""How far movements end from where they should."""

import math

import pytest
import torch

from latentloom.core.batch import Batch
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.transforms import FromStart, Log, Pipeline, ProductScale, Rotated, Standard
from latentloom.data.transforms.undo import Undo
from latentloom.objectives.movements import DisplacementError

SCHEMA = Schema(
    series=(Quantity("t", "ms"), Quantity("x", "px"), Quantity("y", "px")),
    condition=(Quantity("distance", "px"), Quantity("cosine"), Quantity("sine")),
)
ASKED = {"names": ["x", "y"], "condition": "distance"}


def movements(size=12, steps=9):
    """Paths from the origin, and distances that they should have covered."""
    lengths = torch.arange(size) % (steps - 2) + 2
    series = torch.randn(size, steps, 3).cumsum(1)
    series -= series[:, :1].clone()
    series[torch.arange(steps) >= lengths[:, None]] = 0.0
    angle, distance = 6 * torch.rand(size), 1 + torch.rand(size)
    condition = torch.stack([distance, angle.cos(), angle.sin()], 1)
    return Dataset(schema=SCHEMA, series=series, lengths=lengths, condition=condition)


def undo(known, *transforms):
    pipeline = Pipeline(transforms)
    pipeline.fit(known)
    return Undo(pipeline), pipeline.apply(known)


def outputs_of(batch: Batch):
    context = batch.context
    return {"output": batch.values, "mask": context.mask, "conditions": context.condition}


def test_by_hand():
    path = torch.tensor([[[0.0, 1.0, 1.0], [5.0, 9.0, 9.0], [9.0, 4.0, 5.0], [0.0, 0.0, 0.0]]])
    asked = torch.tensor([[4.0, 1.0, 0.0]])
    known = Dataset(
        schema=SCHEMA, series=path, lengths=torch.tensor([3]), condition=asked
    )  # (3, 4) apart at the last real step: 5 where 4 is asked
    made = DisplacementError(**ASKED, undo=undo(known)[0])
    assert made(outputs_of(known.batch()), 0.0).tolist() == [0.25]


def test_it_is_in_the_units_of_the_files_whatever_the_transforms():
    known = movements()
    back, learned = undo(
        known,
        FromStart(names=["x", "y"]),
        Rotated(names=["x", "y"], by=["cosine", "sine"]),
        ProductScale(names=["x", "y"], powers={"distance": 0.6}),
        Log(conditions=["distance"]),
        Standard(arrays=["series", "condition"]),
    )
    wanted = []
    for path, length, asked in zip(known.series, known.lengths, known.condition, strict=True):
        x, y = (path[length - 1, 1:] - path[0, 1:]).tolist()
        wanted.append(abs(math.hypot(x, y) - asked[0].item()) / asked[0].item())
    made = DisplacementError(**ASKED, undo=back)(outputs_of(learned.batch()), 0.0)
    torch.testing.assert_close(made, torch.tensor(wanted), rtol=1e-4, atol=1e-5)


def test_padding_does_not_leak_and_the_gradient_stays_within():
    known = movements()
    criterion = DisplacementError(**ASKED, undo=undo(known, Standard(arrays=["series"]))[0])
    every = outputs_of(known.batch())
    noisy = every["output"].masked_fill(~every["mask"][..., None], 7.0).requires_grad_()
    made = criterion(every | {"output": noisy}, 0.0)
    assert torch.equal(made, criterion(every, 0.0))
    made.sum().backward()
    assert not noisy.grad[~every["mask"]].any()
    assert noisy.grad.any()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"names": []}, "names must name at least one series, got none"),
        ({"names": ["x", "z"]}, "names: the files have no 'z'; there are .*'x', 'y'"),
        ({"condition": "distnce"}, "condition: the files have no 'distnce'; did you mean 'dist"),
    ],
)
def test_what_the_files_do_not_have_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        DisplacementError(**ASKED | settings, undo=undo(movements())[0])


def test_nothing_is_judged_in_unknown_units():
    with pytest.raises(ValueError, match="need the fitted transforms, to undo them; got none"):
        DisplacementError(**ASKED)(outputs_of(movements().batch()), 0.0)
