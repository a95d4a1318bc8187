"""Laws that hold for every transform, whatever its kind."""

from dataclasses import replace

import pytest
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.transforms import (
    Blank,
    Derivative,
    Law,
    LawScale,
    Log,
    MinMax,
    OneHot,
    OwnScale,
    Pipeline,
    ProductScale,
    Robust,
    Rotated,
    SeriesScale,
    Standard,
    WholeNumbers,
)

ALL = ["series", "drive", "condition"]
KINDS = {
    "blank": lambda: Blank(),
    "standard": lambda: Standard(arrays=ALL),
    "standard about zero": lambda: Standard(arrays=["series"], centre="zero"),
    "standard per span": lambda: Standard(arrays=ALL, per="span"),
    "robust": lambda: Robust(arrays=ALL),
    "min max": lambda: MinMax(arrays=ALL, low=0.0, high=1.0),
    "log": lambda: Log(conditions=["frequency"]),
    "one hot": lambda: OneHot(condition="material"),
    "own scale": lambda: OwnScale(),
    "own scale of one": lambda: OwnScale(channel="current"),
    "derivative": lambda: Derivative(channel="current"),
    "derivative in seconds": lambda: Derivative(channel="current", unit="second", interval=0.1),
    "law": lambda: Law(interval=1e-3, position="position", per="material"),
    "law given": lambda: Law(mutual=0.1, interval=1e-3),
    "own swing": lambda: OwnScale(size="swing"),
    "product scale": lambda: ProductScale(powers={"frequency": 1.0, "temperature": -0.5}),
    "some divided": lambda: ProductScale(powers={"frequency": 1.0}, names=["noise"]),
    "rotated": lambda: Rotated(names=["noise", "voltage"], by=["frequency", "temperature"]),
    "whole numbers": WholeNumbers,
    "series scale by flux": lambda: SeriesScale(by=["frequency"], size="flux"),
    "series scale": lambda: SeriesScale(by=["frequency", "temperature"]),
}
SILENT = ("own scale", "own swing", "law", "series scale by flux")
PIPELINES = {
    "voltage": lambda: Pipeline(
        [
            Law(interval=1e-3, position="position", per="material"),
            OwnScale(channel="current"),
            Derivative(channel="current"),
            Log(conditions=["frequency"]),
            OneHot(condition="material"),
            SeriesScale(by=["log_frequency", "log_drive_size", "temperature", "material"]),
            Standard(arrays=ALL),
        ]
    ),
    "law scale": lambda: Pipeline(
        [
            Law(interval=1e-3, position="position", per="material"),
            LawScale(),
            Standard(arrays=["condition"]),
        ]
    ),
    "nothing": Pipeline,
}


def records(size=24, steps=20, seed=0):
    random = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=random)

    lengths = torch.randint(8, steps + 1, (size,), generator=random)
    real = (torch.arange(steps) < lengths[:, None])[..., None]
    drive = torch.cat([3 * normal(size, steps, 1), 2 + normal(size, steps, 1)], -1)
    frequency, temperature = 1e3 * normal(size, 1).exp(), 50 + 20 * normal(size, 1)
    material = torch.randint(0, 3, (size, 1), generator=random).float()
    return Dataset(
        schema=Schema(
            series=(Quantity("voltage", "V"), Quantity("noise", "V")),
            drive=(Quantity("current", "A"), Quantity("position", "m")),
            condition=(
                Quantity("frequency", "Hz"),
                Quantity("material"),
                Quantity("temperature", "degC"),
            ),
            categories={"material": ("a", "b", "c")},
        ),
        series=(5 + 2 * normal(size, steps, 2)) * real,
        drive=drive * real,
        lengths=lengths,
        condition=torch.cat([frequency, material, temperature], 1),
    )


def assert_same(made, wanted):
    assert made.schema == wanted.schema
    assert made.arrays().keys() == wanted.arrays().keys()
    for name, array in wanted.arrays().items():
        torch.testing.assert_close(made.arrays()[name], array, rtol=2e-5, atol=2e-5, msg=name)


@pytest.fixture(params=[*KINDS, *PIPELINES])
def transform(request):
    made = (KINDS | PIPELINES)[request.param]()
    made.fit(records())
    return made


def test_inverse_undoes(transform):
    other = records(seed=1)
    assert_same(transform.invert(transform.apply(other)), other)


def test_series_need_not_be_there(transform):
    whole = records(seed=1)
    known = replace(whole, series=None)
    assert_same(transform.invert(transform.apply(known)), known)
    assert_same(transform.apply(known), replace(transform.apply(whole), series=None))


def test_new_series_come_back_with_their_context(transform):
    known = transform.apply(replace(records(seed=1), series=None))
    made = replace(known, series=transform.apply(records(seed=1)).series)
    assert_same(transform.invert(made), records(seed=1))


def test_samples_do_not_see_each_other(transform):
    other, rows = records(seed=1), torch.tensor([5, 2, 17])
    assert_same(transform.apply(other.take(rows)), transform.apply(other).take(rows))


def test_padding_stays_zero(transform):
    made = transform.apply(records(seed=1))
    padding = ~made.context().mask
    assert made.series[padding].abs().sum() == 0
    assert made.drive[padding].abs().sum() == 0


def test_padding_is_not_learned_from(transform):
    lengthened = torch.nn.functional.pad
    train = records()
    padded = replace(
        train,
        series=lengthened(train.series, (0, 0, 0, 9)),
        drive=lengthened(train.drive, (0, 0, 0, 9)),
    )
    wanted = transform.apply(train)
    transform.fit(padded)
    torch.testing.assert_close(transform.apply(train).series, wanted.series)


def test_schema_names_every_column(transform):
    made = transform.apply(records(seed=1))
    for array in ALL:
        assert len(made.schema.names(array)) == getattr(made, array).shape[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_applying_teaches_nothing(kind):
    transform = KINDS[kind]()
    transform.fit(records())
    before = {name: tensor.clone() for name, tensor in transform.state().items()}
    transform.apply(records(seed=1))
    assert before.keys() == transform.state().keys()
    assert all(torch.equal(before[name], t) for name, t in transform.state().items())


@pytest.mark.parametrize("kind", KINDS)
def test_state_is_all_there_is(kind):
    first, second = KINDS[kind](), KINDS[kind]()
    first.fit(records())
    second.load_state(first.schema, first.state())
    assert_same(second.apply(records(seed=1)), first.apply(records(seed=1)))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_applied_before_the_fit(kind):
    with pytest.raises(ValueError, match="must be fitted first; call fit with the train split"):
        KINDS[kind]().apply(records())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in SILENT])
def test_constants_survive(kind):
    still = records()
    still = replace(
        still,
        series=torch.full_like(still.series, 0.1),
        drive=torch.full_like(still.drive, 3.0),
        condition=still.condition[:1].repeat(still.size, 1),
        lengths=None,
    )
    transform = KINDS[kind]()
    transform.fit(still)
    made = transform.apply(still)
    assert all(array.isfinite().all() for array in made.arrays().values())
    assert_same(transform.invert(made), still)
