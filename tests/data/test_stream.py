"""A file that is read as needed is the same source as one in memory."""

import tracemalloc

import numpy as np
import pytest
import torch

from latentloom.core.errors import DataError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import Columns, write
from latentloom.data.splits import GivenTest, Groups
from latentloom.data.stream import StreamedDataset, Subset

ROWS = [
    torch.tensor([5, 0, 3]),
    [2, 2, 6, 2],
    slice(1, 4),
    slice(None),
    slice(None, None, -2),
    [-1],
    torch.zeros(0, dtype=torch.long),
]


def assert_same(a, b):
    assert a.arrays().keys() == b.arrays().keys()
    for name, array in a.arrays().items():
        assert torch.equal(array, b.arrays()[name]), name


@pytest.fixture(params=["a.h5", "a.parquet", "a.npz"])
def streamed(request, full, tmp_path):
    write(full, tmp_path / request.param)
    return StreamedDataset(tmp_path / request.param)


@pytest.mark.parametrize("rows", [row for row in ROWS if row != slice(None, None, -2)], ids=str)
def test_rows_come_in_the_order_asked_for(streamed, full, rows):
    assert_same(full.take(rows), streamed.take(rows))


def test_rows_may_be_asked_for_backwards(streamed, full):
    assert_same(full.take([6, 4, 2, 0]), streamed.take(slice(None, None, -2)))


def test_it_says_what_the_dataset_in_memory_says(streamed, full):
    assert streamed.schema == full.schema
    assert (streamed.size, streamed.steps) == (full.size, full.steps)
    assert_same(full.outline(), streamed.outline())


def test_it_splits_as_the_dataset_in_memory_does(streamed, full):
    for splitter in (Groups(train=0.5, validation=0.25),):
        assert torch.equal(splitter(streamed, 0).train, splitter(full, 0).train)


def test_a_subset_is_its_rows(streamed, full):
    part = Subset(streamed, torch.tensor([4, 1, 6]))
    assert part.size == 3
    assert_same(full.take([6, 4]), part.take([2, 0]))
    assert_same(full.take([4, 1]), part.take(slice(0, 2)))
    assert_same(full.outline().take([4, 1, 6]), part.outline())


def test_a_source_is_written_without_reading_it_at_once(streamed, full, tmp_path):
    write(streamed, tmp_path / "copy.h5")
    assert_same(full, StreamedDataset(tmp_path / "copy.h5").take(slice(None)))


@pytest.mark.parametrize("name", ["a.h5", "a.parquet"])
def test_memory_stays_bounded(tmp_path, name):
    steps, size = 512, 6000
    schema = Schema(series=(Quantity("u"),))
    write(Dataset(schema=schema, series=torch.rand(size, steps, 1)), tmp_path / name)
    source = StreamedDataset(tmp_path / name)
    tracemalloc.start()
    total = sum(source.take(slice(i, i + 50)).series.sum() for i in range(0, size, 600))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 0
    assert peak < 0.2 * size * steps * 4


def test_words_in_a_plain_file_become_labels_that_all_rows_share(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones((3, 2)), kind=np.array(["b", "a", "b"]))
    columns = Columns(series=("x",), label="kind")
    source = StreamedDataset(tmp_path / "a.npz", columns=columns)
    assert source.take([0]).condition.tolist() == [[1.0]]
    assert source.schema.categories == {"kind": ("a", "b")}


def test_a_bad_value_is_found_when_it_is_read(tmp_path):
    x = np.ones((5, 2))
    x[3, 1] = np.nan
    np.savez(tmp_path / "a.npz", x=x)
    source = StreamedDataset(tmp_path / "a.npz", columns=Columns(series=("x",)))
    assert source.take([0, 1]).size == 2
    with pytest.raises(DataError, match="in sample 3, step 1 of x"):
        source.take([4, 3])


def test_only_some_formats_can_be_read_by_row(labelled, tmp_path):
    write(labelled, tmp_path / "a.tsv")
    with pytest.raises(DataError, match="parquet, npz_folder can be read by row, got ucr"):
        _ = StreamedDataset(tmp_path / "a.tsv").size


def test_marks_of_a_streamed_source_split_it(streamed):
    with pytest.raises(ValueError, match="a part of the 7 samples must be tested, got 7"):
        GivenTest()(streamed, 0)
