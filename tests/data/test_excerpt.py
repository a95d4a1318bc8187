"""The data that ship with the package are there, small, and fit to be learned from."""

import pytest

from latentloom.data.excerpt import excerpt, excerpts
from latentloom.data.formats import read
from latentloom.data.splits import GivenTest


def test_excerpts_are_small_and_attributed():
    for name in excerpts():
        assert excerpt(name).stat().st_size < 600_000
        assert f"## {name}.npz" in (excerpt(name).parent / "ATTRIBUTION.md").read_text()


def test_the_magnet_excerpt_holds_periods_of_three_materials():
    dataset = read(excerpt("magnet"))
    assert dataset.schema.periodic
    assert dataset.series.shape == (480, 128, 1)
    assert dataset.schema.categories == {"material": ("3C92", "3C95", "ML95S")}
    assert dataset.condition[:, 3].long().bincount().tolist() == [160, 160, 160]
    assert len(dataset.condition[:, 1].unique()) == 4


def test_its_test_part_holds_whole_shapes():
    dataset = read(excerpt("magnet"))
    split = GivenTest(validation=0.1)(dataset, 0)
    shapes = [set(dataset.group[rows].tolist()) for rows in (split.train, split.test)]
    assert not shapes[0] & shapes[1]
    assert len(split.test) == 59


def test_an_unknown_excerpt_is_named_with_those_that_are_known():
    with pytest.raises(ValueError, match=r"name must be one of \['magnet'\], got 'magnets'"):
        excerpt("magnets")
