"""Windows hold what the series held there, and those of two groups share no step."""

import numpy as np
import pytest
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import Columns, read
from latentloom.data.windows import split_blocks, windows

CASES = [
    {"length": 5},
    {"length": 5, "stride": 3},
    {"length": 7, "stride": 7, "blocks": 4},
    {"length": 4, "stride": 2, "blocks": 3},
    {"length": 1, "blocks": 1},
]
cases = pytest.mark.parametrize("case", CASES, ids=str)


def series(size=1, steps=200, *, lengths=None):
    """Series whose values say where they are: 1000 times the row plus the step."""
    place = 1000.0 * torch.arange(size)[:, None] + torch.arange(steps)
    if lengths is not None:
        place = place * (torch.arange(steps) < torch.tensor(lengths)[:, None])
    return Dataset(
        schema=Schema(
            series=(Quantity("x"), Quantity("y")),
            drive=(Quantity("u"),),
            condition=(Quantity("f"),),
            periodic=True,
        ),
        series=torch.stack([place, -place], -1),
        lengths=None if lengths is None else torch.tensor(lengths),
        drive=place[..., None] + 0.5,
        condition=torch.arange(float(size))[:, None],
        families={"of": torch.arange(2.0 * size).reshape(size, 2)},
        extras={"truth": place + 0.25, "mark": torch.ones(size, 1)},
    )


def steps_of(dataset):
    """Which steps of which series each group holds."""
    found = {}
    for row in range(dataset.size):
        length = dataset.steps if dataset.lengths is None else int(dataset.lengths[row])
        places = dataset.series[row, :length, 0].tolist()
        found.setdefault(int(dataset.group[row]), set()).update(places)
    return found


@cases
def test_a_window_is_what_lies_there_with_all_that_goes_along(case):
    whole = series(3)
    cut = windows(whole, **case)
    for row in range(0, cut.size, 7):
        source, start = (int(cut.extras[name][row]) for name in ("source", "start"))
        there = slice(start, start + case["length"])
        assert torch.equal(cut.series[row], whole.series[source, there])
        assert torch.equal(cut.drive[row], whole.drive[source, there])
        assert torch.equal(cut.extras["truth"][row], whole.extras["truth"][source, there])
        for array in ("condition", "families/of", "extras/mark"):
            assert torch.equal(cut.arrays()[array][row], whole.arrays()[array][source])


@cases
@pytest.mark.parametrize("size", [1, 3])
def test_no_step_is_in_two_groups(case, size):
    groups = list(steps_of(windows(series(size), **case)).values())
    assert len(set.union(*groups)) == sum(map(len, groups))


@cases
def test_windows_differ_by_the_stride_and_fill_their_block(case):
    cut = windows(series(), **case)
    start, group = cut.extras["start"][:, 0], cut.group
    same = group[1:] == group[:-1]
    assert (start.diff()[same] == case.get("stride", 1)).all()
    blocks = case.get("blocks", 20)
    inside = [(200 // blocks - case["length"]) // case.get("stride", 1) + 1]
    inside += [(-(-200 // blocks) - case["length"]) // case.get("stride", 1) + 1]
    assert set(group.bincount().tolist()) <= set(inside)


def test_the_counts_are_those_of_the_literature(shared_data):
    stocks = read(shared_data / "tsg" / "stock_data.csv")
    assert windows(stocks, 24, blocks=1).size == 3662
    columns = Columns(series=("ts",), rows="steps")
    fmri = read(shared_data / "tsg" / "fmri_sim4.npz", columns=columns)
    cut = windows(fmri, 24, blocks=1)
    assert tuple(cut.series.shape) == (9977, 24, 50)
    raw = np.load(shared_data / "tsg" / "fmri_sim4.npz")["ts"]
    assert np.array_equal(cut.series[123], raw[123:147].astype(np.float32))


def test_a_window_of_a_period_is_no_period_but_the_whole_is():
    assert not windows(series(), 100, blocks=1).schema.periodic
    assert windows(series(), 200, blocks=1).schema.periodic


def test_a_single_series_has_twenty_blocks_and_several_have_one_each():
    assert len(windows(series(), 4).group.unique()) == 20
    assert windows(series(3), 4).group.unique().tolist() == [0, 1, 2]


def test_groups_that_are_there_are_kept():
    grouped = Dataset.of(
        series(3).schema, {**series(3).arrays(), "group": torch.tensor([7, 7, 9])}
    )
    assert windows(grouped, 4).group.unique().tolist() == [7, 9]
    assert windows(grouped, 4, blocks=2).group.unique().tolist() == [14, 15, 18, 19]


def test_windows_stay_within_the_real_steps_and_short_series_give_none():
    cut = windows(series(3, lengths=[30, 200, 9]), 10)
    assert cut.lengths is None
    assert cut.extras["source"][:, 0].int().bincount().tolist() == [21, 191]
    assert set(cut.series[cut.extras["source"][:, 0] == 0, -1, 0].tolist()) == set(range(9, 30))


@pytest.mark.parametrize("gap", [0, 6])
@pytest.mark.parametrize("blocks", [None, 5])
def test_the_parts_of_a_split_share_no_step(blocks, gap):
    parts = split_blocks(series(), 0.2, blocks=blocks, gap=gap, seed=1)
    train, held = (windows(part, 4) for part in parts)
    learned, kept = (set(part.series[..., 0].flatten().tolist()) for part in (train, held))
    assert not learned & kept
    near = min(abs(a - b) for a in learned for b in kept)
    assert near == gap + 1


@pytest.mark.parametrize("blocks", [None, 5, 50])
def test_the_share_of_the_steps_is_held_out(blocks):
    train, held = split_blocks(series(), 0.2, blocks=blocks)
    kept, learned = (sum(map(len, steps_of(part).values())) for part in (held, train))
    assert (kept, learned) == (40, 160)


def test_windows_of_a_part_know_where_they_are_in_the_whole():
    whole = series(2)
    for part in split_blocks(whole, 0.5, blocks=4, seed=0):
        cut = windows(part, 6, stride=5)
        places = 1000 * cut.extras["source"] + cut.extras["start"]
        assert torch.equal(cut.series[:, 0, :1], places)
        assert len(cut.group.unique()) == part.size


def test_of_several_series_whole_ones_are_held_out():
    train, held = split_blocks(series(10), 0.3, seed=0)
    assert (train.size, held.size, held.steps) == (7, 3, 200)
    assert not set(train.extras["source"].flatten()) & set(held.extras["source"].flatten())


def test_a_seed_chooses_the_blocks():
    first = [split_blocks(series(), 0.2, seed=s)[1].extras["start"].tolist() for s in (0, 0, 1)]
    assert first[0] == first[1] != first[2]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"length": 0}, "length must be at least 1, got 0"),
        ({"length": 4, "stride": 0}, "stride must be at least 1, got 0"),
        ({"length": 4, "blocks": 0}, "blocks must be at least 1, got 0"),
        ({"length": 201, "blocks": 1}, "at most 200 steps, the longest series, got 201"),
        ({"length": 11}, "at most 10 steps, the longest block, got 11; take at most 18 blocks"),
        ({"length": 201}, "at most 200 steps, the longest series, got 201"),
        ({"length": 1, "blocks": 300}, "got 300 of a series of 200"),
    ],
)
def test_windows_that_cannot_be_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        windows(series(), **settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"share": 1.0}, r"share must be in \(0, 1\), got 1.0"),
        ({"share": 0.5, "gap": -1}, "gap must be at least 0, got -1"),
        ({"share": 0.5, "gap": 10}, "20 of a series of 200 with a gap of 10"),
        ({"share": 0.5, "blocks": 1}, "at least 2 blocks or groups of series, got 1"),
        ({"share": 0.01}, "20 groups are too few: none is left for test"),
    ],
)
def test_splits_that_cannot_be_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        split_blocks(series(), **settings)


def test_without_series_there_are_no_windows():
    bare = Dataset(schema=Schema(condition=(Quantity("f"),)), condition=torch.ones(3, 1))
    with pytest.raises(ValueError, match="this dataset has none"):
        windows(bare, 3)
