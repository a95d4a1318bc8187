"""Splits cover all samples, never share one, and keep together what belongs together."""

import pytest
import torch

from latentloom.core.errors import DataError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.splits import Counts, Fractions, GivenTest, Groups, Split, TopQuantile

KINDS = [
    Fractions(),
    Counts(train=60, validation=10),
    Groups(),
    TopQuantile(condition="frequency"),
    TopQuantile(condition="frequency", within="material", validation=0.2, keep="groups"),
    GivenTest(),
]


@pytest.fixture
def source():
    group = torch.arange(100) // 5
    return Dataset(
        schema=Schema(
            condition=(Quantity("frequency", "Hz"), Quantity("material")),
            categories={"material": ("a", "b")},
        ),
        condition=torch.stack([torch.arange(100.0), torch.arange(100.0) // 50], -1),
        group=group,
        extras={"held_out": (group % 7 == 0).float()[:, None]},
    )


@pytest.mark.parametrize("splitter", KINDS, ids=lambda s: type(s).__name__)
def test_each_sample_is_in_one_part_and_equal_seeds_agree(splitter, source):
    split, again, other = splitter(source, 1), splitter(source, 1), splitter(source, 2)
    rows = torch.cat([split.train, split.validation, split.test])
    assert torch.equal(rows.sort().values, torch.arange(100))
    assert torch.equal(split.train, again.train)
    assert not torch.equal(split.train, other.train)


@pytest.mark.parametrize("splitter", KINDS, ids=lambda s: type(s).__name__)
def test_a_stored_split_is_the_split(splitter, source, tmp_path):
    split = splitter(source, 0)
    split.save(tmp_path / "split.npz")
    stored = Split.load(tmp_path / "split.npz")
    for part in ("train", "validation", "test"):
        assert torch.equal(getattr(stored, part), getattr(split, part))


def test_shares_and_counts_are_met(source):
    assert len(Fractions(train=0.7, validation=0.2)(source, 0).test) == 10
    assert len(Counts(train=60, validation=10)(source, 0).validation) == 10
    assert len(Fractions(train=0.9, validation=0.1)(source, 0).test) == 0


def test_groups_are_never_separated(source):
    split = Groups()(source, 0)
    parts = [set(source.group[rows].tolist()) for rows in (split.train, split.test)]
    assert not parts[0] & parts[1]
    assert len(split.train) == 80
    assert len(split.validation) == len(split.test) == 10


def test_the_highest_third_is_tested(source):
    split = TopQuantile(condition="frequency")(source, 0)
    assert split.test.tolist() == list(range(66, 100))


def test_the_highest_of_each_label_are_tested(source):
    split = TopQuantile(condition="frequency", share=0.2, within="material")(source, 0)
    assert split.test.tolist() == [*range(40, 50), *range(90, 100)]


def test_given_samples_are_tested_and_validation_takes_whole_groups(source):
    split = GivenTest(validation=0.2)(source, 0)
    assert (source.group[split.test] % 7 == 0).all()
    held = set(source.group[split.validation].tolist())
    assert not held & set(source.group[split.train].tolist())


@pytest.mark.parametrize(
    ("splitter", "words"),
    [
        (Counts(train=4400, validation=550), "must be at most 100 samples, got 4950"),
        (TopQuantile(condition="f"), "must have the condition 'f', got"),
        (GivenTest(mark="test"), r"must have the extra 'test', got \['held_out'\]"),
    ],
)
def test_what_a_split_needs_must_be_there(splitter, words, source):
    with pytest.raises(ValueError, match=words):
        splitter(source, 0)


def test_groups_must_be_there_and_suffice():
    schema, values = Schema(condition=(Quantity("f"),)), torch.zeros(4, 1)
    with pytest.raises(ValueError, match="the data must have groups, got none"):
        Groups()(Dataset(schema=schema, condition=values), 0)
    group = torch.tensor([0, 0, 1, 1])
    with pytest.raises(ValueError, match="2 groups are too few: none is left for"):
        Groups()(Dataset(schema=schema, condition=values, group=group), 0)
    with pytest.raises(ValueError, match="a part of the 4 samples must be tested, got 4"):
        TopQuantile(condition="f")(Dataset(schema=schema, condition=values), 0)


def test_settings_must_make_sense():
    with pytest.raises(ValueError, match=r"at most 1 together, got 0\.9 and 0\.2"):
        Fractions(train=0.9, validation=0.2)
    with pytest.raises(ValueError, match=r"share must be in \(0, 1\), got 1"):
        TopQuantile(condition="f", share=1)


def test_parts_must_not_overlap():
    rows = torch.arange(3)
    with pytest.raises(ValueError, match="a sample must be in one part only"):
        Split(train=rows, validation=rows[:1], test=rows[:0])
    with pytest.raises(ValueError, match="the train part must have samples, got none"):
        Split(train=rows[:0], validation=rows, test=rows[:0])


def test_a_file_that_is_no_split(tmp_path):
    (tmp_path / "split.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DataError, match="is no split"):
        Split.load(tmp_path / "split.npz")
