"""The order of slots: a permutation of each set, near slots near in the image."""

from itertools import pairwise, permutations

import numpy as np
import pytest
import torch

from latentloom.core.errors import DataError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.transforms import SlotOrder

SCHEMA = Schema(
    series=(Quantity("x"), Quantity("y"), Quantity("grey")), spans={"xy": 2, "feat": 1}
)
ORDERS = ("morton", "hilbert", "template")
CELLS = torch.cartesian_prod(torch.arange(8.0), torch.arange(8.0))  # of a board


def sets(size=40, slots=10, seed=0, lengths=None):
    random = torch.Generator().manual_seed(seed)
    values = torch.rand(size, slots, 3, generator=random)
    if lengths is not None:
        values = values * (torch.arange(slots) < lengths[:, None])[..., None]
    return Dataset(schema=SCHEMA, series=values, lengths=lengths)


def fitted(order, dataset=None):
    made = SlotOrder(order=order)
    made.fit(sets() if dataset is None else dataset)
    return made


def walked(order, centres):
    """The centres of one set, in their order."""
    values = torch.cat((centres, torch.zeros(len(centres), 1)), 1)[None]
    every = Dataset(schema=SCHEMA, series=values)
    return fitted(order, every).apply(every).series[0, :, :2]


@pytest.mark.parametrize("order", ORDERS)
def test_each_set_keeps_its_elements(order):
    made, every = fitted(order), sets(seed=1)
    sorted_ = made.apply(every)
    assert sorted_.schema == SCHEMA
    for before, after in zip(every.series, sorted_.series, strict=True):
        assert sorted(map(tuple, before.tolist())) == sorted(map(tuple, after.tolist()))


@pytest.mark.parametrize("order", ORDERS)
def test_any_order_of_a_set_is_sorted_alike(order):
    made, every = fitted(order), sets(seed=1)
    shuffled = Dataset(schema=SCHEMA, series=every.series[:, torch.randperm(10)])
    assert torch.equal(made.apply(shuffled).series, made.apply(every).series)


@pytest.mark.parametrize("order", ORDERS)
def test_padding_stays_behind(order):
    lengths = torch.arange(40) % 10 + 1
    made, every = fitted(order), sets(seed=1, lengths=lengths)
    sorted_ = made.apply(every)
    assert sorted_.series[~sorted_.context().mask].eq(0).all()
    short = Dataset(schema=SCHEMA, series=every.series[7:8, : lengths[7]])
    if order != "template":  # whose sets must have as many slots as it has
        assert torch.equal(made.apply(short).series[0], sorted_.series[7, : lengths[7]])


@pytest.mark.parametrize("order", ORDERS)
def test_samples_do_not_see_each_other(order):
    made, every, rows = fitted(order), sets(seed=1), torch.tensor([5, 2, 17])
    assert torch.equal(made.apply(every.take(rows)).series, made.apply(every).series[rows])


@pytest.mark.parametrize("order", ORDERS)
def test_undoing_leaves_the_set_as_it_is(order):
    made, every = fitted(order), sets(seed=1)
    assert made.invert(every) is every


@pytest.mark.parametrize("order", ORDERS)
def test_state_is_all_there_is(order):
    first, second = fitted(order), SlotOrder(order=order)
    second.load_state(first.schema, first.state())
    assert torch.equal(second.apply(sets(seed=1)).series, first.apply(sets(seed=1)).series)


def test_the_hilbert_curve_walks_from_cell_to_cell():
    walk = walked("hilbert", CELLS[torch.randperm(64)])
    assert all((b - a).abs().sum() == 1 for a, b in pairwise(walk))


def test_the_z_curve_is_walked_as_drawn():
    walk = walked("morton", CELLS[torch.randperm(64)])
    first = [[0, 0], [1, 0], [0, 1], [1, 1], [2, 0], [3, 0], [2, 1], [3, 1], [0, 2]]
    assert walk[:9].int().tolist() == first


def test_the_z_curve_interleaves_bits():
    """Of the two coordinates, the one with the highest bit that differs decides."""
    walk = walked("morton", CELLS[torch.randperm(64)]).int().tolist()
    for (x, y), (u, v) in pairwise(walk):
        across = (x ^ u).bit_length() > (y ^ v).bit_length()
        assert x < u if across else y < v


def test_a_slot_of_a_template_means_the_same_place():
    anchors = torch.tensor([[0.1, 0.1], [0.9, 0.2], [0.5, 0.5], [0.2, 0.9], [0.8, 0.8]])
    places = torch.stack([anchors[torch.randperm(5)] for _ in range(30)])
    places = places + 0.03 * torch.randn(30, 5, 2)
    every = Dataset(schema=SCHEMA, series=torch.cat((places, torch.rand(30, 5, 1)), -1))
    made = fitted("template", every).apply(every).series[..., :2]
    assert made.std(0).max() < 0.06
    assert places.std(0).min() > 0.2


def test_matching_is_the_least_of_all_permutations():
    every = sets(size=6, slots=5)
    made = fitted("template", every)
    state = made.state()
    for set_ in made.apply(every).series[..., :2].double():
        places = ((set_ - state["low"]) / state["range"]).numpy()
        template = state["template"].numpy()
        costs = [((places[list(p)] - template) ** 2).sum() for p in permutations(range(5))]
        assert np.argmin(costs) == 0


def test_equal_sets_are_their_own_template():
    points = torch.rand(6, 3)
    every = Dataset(
        schema=SCHEMA, series=torch.stack([points[torch.randperm(6)] for _ in range(9)])
    )
    made = fitted("template", every)
    sorted_ = made.apply(every).series
    assert torch.equal(sorted_, sorted_[:1].expand_as(sorted_))
    learned = made.state()["template"] * made.state()["range"] + made.state()["low"]
    torch.testing.assert_close(learned.float(), sorted_[0, :, :2])


def test_a_drive_is_refused():
    schema = Schema(series=SCHEMA.series, drive=(Quantity("current"),))
    every = Dataset(schema=schema, series=torch.rand(2, 4, 3), drive=torch.rand(2, 4, 1))
    with pytest.raises(DataError, match=r"must not be there where slots are sorted, got \['curr"):
        SlotOrder().fit(every)


def test_centres_must_be_there():
    schema = Schema(series=(Quantity("x"), Quantity("z")))
    with pytest.raises(DataError, match="has no 'y'"):
        SlotOrder().fit(Dataset(schema=schema, series=torch.rand(2, 4, 2)))


def test_a_template_needs_a_round():
    with pytest.raises(ValueError, match="rounds must be at least 1, got 0"):
        SlotOrder(rounds=0)
