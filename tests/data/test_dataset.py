"""Datasets keep their arrays, rows and names together."""

import pytest
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema


@pytest.fixture
def dataset():
    return Dataset(
        schema=Schema(
            series=(Quantity("voltage", "V"),),
            drive=(Quantity("current", "A"),),
            condition=(Quantity("frequency", "Hz"),),
        ),
        series=torch.arange(12.0).reshape(3, 4, 1),
        lengths=torch.tensor([4, 2, 3]),
        drive=torch.zeros(3, 4, 1),
        condition=torch.tensor([[1.0], [2.0], [3.0]]),
        families={"shape": torch.ones(3, 5)},
        extras={"truth": torch.ones(3, 4), "held_out": torch.zeros(3, 1)},
        group=torch.tensor([7, 7, 8]),
    )


def test_taken_rows_are_the_rows_of_every_array(dataset):
    taken = dataset.take([2, 0])
    for name, array in dataset.arrays().items():
        assert torch.equal(taken.arrays()[name], array[[2, 0]]), name


def test_arrays_make_the_dataset_again(dataset):
    again = Dataset.of(dataset.schema, dataset.arrays())
    assert again.arrays().keys() == dataset.arrays().keys()


def test_chunks_joined_are_the_whole(dataset):
    chunks = list(dataset.chunks(2))
    assert [chunk.size for chunk in chunks] == [2, 1]
    assert torch.equal(torch.cat([chunk.series for chunk in chunks]), dataset.series)


def test_an_outline_has_only_scalars(dataset):
    outline = dataset.outline()
    assert outline.arrays().keys() == {"lengths", "condition", "group", "extras/held_out"}
    assert outline.size == 3


def test_a_batch_carries_what_is_known_of_its_signals(dataset):
    batch = dataset.batch()
    assert batch.context.mask.sum(1).tolist() == [4, 2, 3]
    assert torch.equal(batch.context.condition, dataset.condition)


def test_without_signals_there_is_no_batch(dataset):
    with pytest.raises(ValueError, match="a batch needs series, and this dataset has none"):
        dataset.outline().batch()


def test_an_empty_dataset_has_no_samples():
    assert Dataset(schema=Schema()).size == 0


def test_an_unknown_quantity_is_named_with_those_that_are_known(dataset):
    assert dataset.schema.index("drive", "current") == 0
    with pytest.raises(KeyError, match=r"drive has no 'curent'; it has \['current'\]"):
        dataset.schema.index("drive", "curent")
