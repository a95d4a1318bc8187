import numpy as np
import pytest
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.evaluation.records import Prediction, Records, matched

TRUTH = np.random.default_rng(0).normal(size=(4, 10, 1))


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"truth's shape \(4, 10, 1\), got \(4, 9, 1\)"):
        matched(Records(truth=TRUTH), Prediction(values=TRUTH[:, :9]))


def test_nan_is_refused_with_its_place():
    values = TRUTH.copy()
    values[2, 3] = np.nan
    with pytest.raises(ValueError, match=r"values must be finite, .* in 1 of 4 .* record 2"):
        Prediction(values=values)
    with pytest.raises(ValueError, match="truth must be finite"):
        Records(truth=values)


def test_nan_in_padding_is_no_matter():
    values = TRUTH.copy()
    values[2, 8:] = np.nan
    assert Records(truth=values, lengths=np.array([10, 10, 8, 10])).mask.sum() == 38


def test_one_record_is_too_few():
    with pytest.raises(ValueError, match=r"at least 2 records x steps x channels, got shape"):
        Records(truth=TRUTH[:1])


def test_arrays_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"group must be one number for each of 4 records"):
        Records(truth=TRUTH, group=np.zeros(3, dtype=int))


def test_a_fundamental_beyond_half_the_sampling_rate_is_refused():
    with pytest.raises(ValueError, match=r"cycles must be in \(0, 0.5\) per time step, got 0.1"):
        Records(truth=TRUTH, cycles=np.array([0.1, 0.1, 0.1, 0.6]))


def test_samples_must_be_several_of_the_same():
    with pytest.raises(ValueError, match=r"at least 2 samples .* got shape \(4, 1, 10, 1\)"):
        Prediction(values=TRUTH, samples=TRUTH[:, None])


def test_a_dataset_says_all_but_the_law():
    schema = Schema(
        series=(Quantity("voltage", "V"),),
        condition=(Quantity("material"),),
        categories={"material": ("a", "b")},
        periodic=True,
    )
    dataset = Dataset(
        schema=schema,
        series=torch.as_tensor(TRUTH).float(),
        condition=torch.tensor([[0.0], [1.0], [0.0], [1.0]]),
        group=torch.tensor([1, 1, 2, 2]),
    )
    records = Records.of(dataset, category="material")
    assert records.cycles == pytest.approx(np.full(4, 0.1))
    assert records.category.tolist() == [0, 1, 0, 1]
    assert records.kinds == ("a", "b")
    assert records.take(records.category == 1).group.tolist() == [1, 2]
    with pytest.raises(ValueError, match="must have series"):
        Records.of(Dataset(schema=schema, condition=dataset.condition))
