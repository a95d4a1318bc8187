"""Transforms against numbers worked out by hand, and their errors by their words."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from latentloom.core.errors import DataError, RunError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.transforms import (
    Derivative,
    Law,
    Log,
    MinMax,
    OneHot,
    OwnScale,
    Pipeline,
    Robust,
    SeriesScale,
    Standard,
)

CONDITIONS = ("frequency", "temperature", "material")


def periods(size=60, steps=128, mutual=2e-6, seed=0):
    """Sine currents of known size, and the voltages that induction makes of them."""
    random = torch.Generator().manual_seed(seed)
    frequency = 10 ** (4 + 1.5 * torch.rand(size, 1, generator=random))
    amplitude = 10 ** (2 * torch.rand(size, 1, generator=random) - 1)
    material = torch.randint(0, 2, (size, 1), generator=random).float()
    temperature = 20 + 70 * torch.rand(size, 1, generator=random)
    angle = 2 * math.pi * torch.arange(steps) / steps
    current = amplitude * angle.sin()
    voltage = mutual * (1 + material) * 2 * math.pi * frequency * amplitude * angle.cos()
    quantities = [Quantity(name) for name in CONDITIONS]
    return Dataset(
        schema=Schema(
            series=(Quantity("voltage", "V"),),
            drive=(Quantity("current", "A"),),
            condition=tuple(quantities),
            categories={"material": ("a", "b")},
            periodic=True,
        ),
        series=voltage[..., None],
        drive=current[..., None],
        condition=torch.cat([frequency, temperature, material], 1),
    )


def scalars(values, name="f", **categories):
    schema = Schema(condition=(Quantity(name),), categories=categories)
    return Dataset(schema=schema, condition=torch.tensor(values)[:, None])


def fitted(transform, dataset):
    transform.fit(dataset)
    return transform.apply(dataset)


def test_min_max_reaches_both_ends():
    made = fitted(MinMax(arrays=["condition"]), scalars([2.0, 4.0, 10.0]))
    assert made.condition.flatten().tolist() == [-1.0, -0.5, 1.0]


def test_robust_ignores_an_outlier():
    made = fitted(Robust(arrays=["condition"]), scalars([0.0, 1.0, 2.0, 3.0, 1e6]))
    assert made.condition[:4, 0].tolist() == pytest.approx([-1.349, -0.6745, 0.0, 0.6745])


def test_arrays_that_are_not_there_may_be_skipped():
    series = torch.tensor([[[1.0], [3.0]]])
    dataset = Dataset(schema=Schema(series=(Quantity("height", "m"),)), series=series)
    scaler = Standard(arrays=["series", "condition"], absent="skipped")
    scaler.fit(dataset)
    assert scaler.apply(dataset).series.flatten().tolist() == [-1.0, 1.0]
    assert torch.equal(scaler.invert(scaler.apply(dataset)).series, series)
    with pytest.raises(DataError, match="condition: is missing, and a transform of this recipe"):
        Standard(arrays=["series", "condition"]).fit(dataset)


def test_standard_about_zero_keeps_signs():
    made = fitted(Standard(arrays=["condition"], centre="zero"), scalars([3.0, -4.0]))
    root = math.sqrt(12.5)
    assert made.condition.flatten().tolist() == pytest.approx([3 / root, -4 / root])


def test_scaling_leaves_labels_and_forgets_units():
    dataset = periods()
    schema = replace(dataset.schema, drive=(Quantity("current", "A"),))
    made = fitted(Standard(arrays=["series", "condition"]), replace(dataset, schema=schema))
    assert torch.equal(made.condition[:, 2], dataset.condition[:, 2])
    assert (made.schema.series[0].unit, made.schema.drive[0].unit) == ("", "A")


def test_log_is_natural_and_renames():
    made = fitted(Log(conditions=["f"]), scalars([1.0, math.e]))
    assert made.condition.flatten().tolist() == pytest.approx([0.0, 1.0])
    assert made.schema.names("condition") == ("log_f",)


def test_log_names_the_first_bad_value():
    with pytest.raises(
        DataError, match="condition f: must be positive for its logarithm, got -3 in sample 1"
    ):
        fitted(Log(conditions=["f"]), scalars([1.0, -3.0, -5.0]))


def test_one_hot_puts_a_one_at_the_label():
    made = fitted(OneHot(condition="m"), scalars([1.0, 0.0], "m", m=("iron", "air")))
    assert made.condition.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert made.schema.names("condition") == ("m=iron", "m=air")


def test_one_hot_tells_of_names_that_hardly_any_sample_has():
    transform = OneHot(condition="m")
    transform.fit(scalars([1.0, 1.0, 2.0], "m", m=("iron", "air", "wood")))
    words = "m: fewer than 2 train samples, of which little is learned: iron (0), wood (1)"
    assert transform.told == (words,)
    transform.fit(scalars([0.0, 0.0], "m", m=("iron",)))
    assert transform.told == ()


def test_one_hot_refuses_what_is_no_label():
    with pytest.raises(DataError, match=r"condition f: must be a label; the labels are \[\]"):
        OneHot(condition="f").fit(scalars([1.0]))
    transform = OneHot(condition="m")
    transform.fit(scalars([0.0], "m", m=("iron",)))
    with pytest.raises(DataError, match=r"index of one of \['iron'\], got 0.5 in sample 1"):
        transform.apply(scalars([0.0, 0.5], "m", m=("iron",)))


def test_own_scale_keeps_size_as_a_condition():
    dataset = periods()
    made = fitted(OwnScale(), dataset)
    size = dataset.drive[..., 0].square().mean(1).sqrt()
    torch.testing.assert_close(made.condition[:, 3], size.log())
    torch.testing.assert_close(made.drive.square().mean(1), torch.ones(60, 1))


def test_own_scale_refuses_silence():
    dataset = periods(size=3)
    dataset.drive[1] = 0
    with pytest.raises(DataError, match="drive of sample 1: is zero throughout"):
        fitted(OwnScale(), dataset)


def test_derivative_of_a_sine_is_a_cosine():
    dataset = periods(size=4)
    transform = Derivative(channel="current", unit="radian")
    made = fitted(transform, dataset).drive[..., 1]
    cosine = (2 * math.pi * torch.arange(128) / 128).cos()
    amplitude = dataset.drive[..., 0].abs().amax(1, keepdim=True)
    torch.testing.assert_close(made, amplitude * cosine, rtol=1e-3, atol=1e-3)


def test_derivative_per_second_is_frequency_times_that_per_radian():
    dataset = periods(size=4)
    per_second = Derivative(channel="current", unit="second", frequency="frequency")
    per_radian = Derivative(channel="current", unit="radian")
    a, b = (fitted(t, dataset).drive[..., 1] for t in (per_second, per_radian))
    torch.testing.assert_close(a, 2 * math.pi * dataset.condition[:, :1] * b)
    assert fitted(per_second, dataset).schema.drive[1] == Quantity("current_rate", "A/s")


def test_derivative_is_one_sided_at_the_ends_of_a_signal():
    schema = Schema(drive=(Quantity("x"),))
    drive = torch.tensor([1.0, 2.0, 5.0, 0.0]).reshape(1, 4, 1)
    dataset = Dataset(schema=schema, drive=drive, lengths=torch.tensor([3]))
    made = fitted(Derivative(channel="x", unit="second", interval=0.5), dataset)
    assert made.drive[0, :, 1].tolist() == [2.0, 4.0, 6.0, 0.0]


def test_law_finds_inductance_and_sign():
    law = Law(frequency="frequency", per="material")
    law.fit(periods(mutual=2e-6))
    # Central differences of a sine fall short by a factor of sin(h) / h.
    short = math.sin(2 * math.pi / 128) / (2 * math.pi / 128)
    wanted = [-2e-6 / short, -4e-6 / short]
    assert law.state()["mutual"].tolist() == pytest.approx(wanted, rel=1e-5)


def test_law_is_the_voltage_where_induction_is_all_there_is():
    made = fitted(Law(frequency="frequency", per="material"), periods())
    torch.testing.assert_close(made.drive[..., 1:], made.series, rtol=1e-4, atol=1e-4)
    assert made.schema.drive[1] == Quantity("law", "V")


def test_law_of_a_ramp_is_minus_mutual_position_slope():
    names = (Quantity("current", "A"), Quantity("position", "m"))
    schema = Schema(series=(Quantity("v", "V"),), drive=names, condition=(Quantity("T"),))
    ramp = torch.stack([3 * torch.arange(4.0), torch.full((4,), 0.5)], -1)[None]
    dataset = Dataset(schema=schema, drive=ramp, condition=torch.tensor([[30.0]]))
    law = Law(
        mutual=0.1,
        position="position",
        temperature="T",
        temperature_coefficient=0.02,
        interval=0.5,
    )
    # -0.1 H/m (1 + 0.02 * 10) 0.5 m (3 A / 0.5 s)
    assert fitted(law, dataset).drive[0, :, 2].tolist() == pytest.approx([-0.36] * 4)


def test_law_of_an_unseen_name_is_that_of_all():
    dataset = periods()
    only = dataset.take((dataset.condition[:, 2] == 0).nonzero().flatten())
    law = Law(frequency="frequency", per="material")
    law.fit(only)
    first, second = law.state()["mutual"].tolist()
    assert first == pytest.approx(second)


def test_law_is_scaled_as_the_series_is():
    conditions = ["log_frequency", "log_drive_size", "material"]
    pipeline = Pipeline(
        [
            Law(frequency="frequency", per="material"),
            OwnScale(),
            Log(conditions=["frequency"]),
            OneHot(condition="material"),
            SeriesScale(by=conditions),
            Standard(arrays=["series", "drive"]),
        ]
    )
    made = fitted(pipeline, periods())
    law = made.schema.index("drive", "law")
    torch.testing.assert_close(made.drive[..., [law]], made.series, rtol=1e-3, atol=1e-3)


def test_series_scale_recovers_a_power_law():
    dataset = periods()
    pipeline = Pipeline(
        [
            OwnScale(),
            Log(conditions=["frequency"]),
            SeriesScale(by=["log_frequency", "log_drive_size", "material"], degree=1),
        ]
    )
    made = fitted(pipeline, dataset)
    power = made.series.square().mean(1).sqrt()
    torch.testing.assert_close(power, torch.ones_like(power), rtol=1e-4, atol=1e-4)
    beyond = periods(seed=1)
    beyond.condition[:, 0] *= 100
    beyond.series[:] *= 100
    power = pipeline.apply(beyond).series.square().mean(1).sqrt()
    torch.testing.assert_close(power, torch.ones_like(power), rtol=1e-3, atol=1e-3)


def test_order_of_the_pipeline_is_told_by_names():
    pipeline = Pipeline([Log(conditions=["frequency"]), Law(frequency="frequency", mutual=1e-6)])
    with pytest.raises(
        DataError, match=r"condition: has no 'frequency' .*; did you mean 'log_frequency'\?"
    ):
        pipeline.fit(periods())


def test_pipeline_survives_its_file(tmp_path):
    def made():
        return Pipeline([OneHot(condition="material"), Standard(arrays=["condition", "series"])])

    first, second = made(), made()
    first.fit(periods())
    first.save(tmp_path / "normalization_stats.npz")
    second.load(tmp_path / "normalization_stats.npz")
    other = periods(seed=1)
    assert torch.equal(first.apply(other).condition, second.apply(other).condition)
    assert second.invert(second.apply(other)).schema == other.schema
    assert [path.name for path in tmp_path.iterdir()] == ["normalization_stats.npz"]
    with np.load(tmp_path / "normalization_stats.npz", allow_pickle=False) as file:
        assert "1.Standard.series" in file.files


def test_pipeline_file_of_other_transforms_is_refused(tmp_path):
    path = tmp_path / "stats.npz"
    first = Pipeline([Standard(arrays=["series"])])
    first.fit(periods())
    first.save(path)
    with pytest.raises(RunError, match=r"must hold the transforms \['0.Robust'\], holds"):
        Pipeline([Robust(arrays=["series"])]).load(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(RunError, match=r"is no readable \.npz file"):
        first.load(path)
    with pytest.raises(RunError, match="is missing"):
        first.load(tmp_path / "none.npz")


def test_pipeline_refuses_other_columns_units_and_labels():
    dataset, pipeline = periods(), Pipeline()
    with pytest.raises(ValueError, match="must be fitted first, on the train split"):
        pipeline.apply(dataset)
    pipeline.fit(dataset)
    schema = dataset.schema
    for changed, words in (
        ({"drive": (Quantity("field"),)}, r"drive: must be \['current'\] in this order"),
        ({"drive": (Quantity("current", "mA"),)}, "drive current: must be in 'A' as in training"),
        ({"categories": {"material": ("b", "a")}}, "condition: must have the labels"),
    ):
        with pytest.raises(DataError, match=words):
            pipeline.apply(replace(dataset, schema=replace(schema, **changed)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Law(), "give either interval, in seconds, or frequency"),
        (lambda: Law(interval=0.0), "interval must be positive, got 0.0"),
        (lambda: Law(interval=1.0, mutual=1.0, per="m"), "per = 'm' asks to fit mutual"),
        (lambda: Law(interval=1.0, temperature_coefficient=0.1), "needs temperature"),
        (lambda: Derivative(channel="i", unit="second"), "give either interval, in seconds"),
        (lambda: MinMax(arrays=["series"], low=1.0, high=1.0), "high must be above low = 1.0"),
        (lambda: Standard(arrays=[]), r"arrays must be named, each once, got \[\]"),
    ],
)
def test_settings_that_cannot_work_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_law_of_a_still_current_is_refused():
    dataset = periods(size=2)
    dataset.drive[:] = 1.0
    with pytest.raises(DataError, match="drive current: must change where the series does"):
        Law(frequency="frequency").fit(dataset)


def test_frequency_tells_the_interval_of_periods_only():
    dataset = periods(size=2)
    dataset = replace(dataset, schema=replace(dataset.schema, periodic=False))
    with pytest.raises(DataError, match="must be of one period for its frequency"):
        Law(frequency="frequency").fit(dataset)
    with pytest.raises(DataError, match="must be of one period for a derivative per radian"):
        Derivative(channel="current", unit="radian").fit(dataset)


def test_a_missing_array_is_named():
    with pytest.raises(DataError, match="series: is missing, and a transform of this recipe"):
        Standard(arrays=["series"]).fit(scalars([1.0]))


def test_a_column_is_not_appended_twice():
    twice = Pipeline([Derivative(channel="current"), Derivative(channel="current")])
    with pytest.raises(DataError, match="drive: already has 'current_rate'"):
        fitted(twice, periods(size=2))
