"""Signals in a mirror."""

from dataclasses import replace

import pytest
import torch
from paths import paths

from latentloom.core.errors import DataError
from latentloom.data.dataset import Quantity
from latentloom.data.derive import Displacement
from latentloom.data.vary import VARIATION, Mirror

BOTH = Mirror(across=[["y", "direction_sin"], ["x", "direction_cos"]])


def test_up_and_down_negates_y_and_the_sine():
    whole = paths()
    made = Mirror(across=[["y", "direction_sin"]])(whole)
    assert torch.equal(made.series, whole.series * torch.tensor([1.0, 1.0, -1.0]))
    assert torch.equal(made.condition, whole.condition * torch.tensor([1.0, 1.0, -1.0]))


def test_conditions_are_still_those_of_the_signals():
    made = BOTH(paths(100))
    told = Displacement(names=("x", "y"))(
        replace(made, condition=None, schema=replace(made.schema, condition=()))
    )
    torch.testing.assert_close(made.condition, told.condition)


def test_every_sample_is_changed_and_each_way_is_seen():
    whole = paths(300)
    signs = BOTH(whole).condition[:, 1:] / whole.condition[:, 1:]
    ways, counts = signs.nan_to_num(nan=0.0).sign().unique(dim=0, return_counts=True)
    found = {tuple(way): count for way, count in zip(ways.tolist(), counts.tolist(), strict=True)}
    assert (1.0, 1.0) not in found
    assert all(found[way] > 50 for way in ((1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)))


def test_the_samples_themselves_and_their_padding_stay():
    whole = paths()
    kept = whole.series.clone()
    made = BOTH(whole)
    assert torch.equal(whole.series, kept)
    assert not made.series[~made.context().mask].any()
    assert (made.extras[VARIATION] == 1).all()


def test_a_label_has_no_sign():
    whole = paths()
    schema = replace(
        whole.schema,
        condition=(*whole.schema.condition[:2], Quantity("direction_sin")),
        categories={"direction_sin": ("a", "b")},
    )
    with pytest.raises(DataError, match=r"must name what has a sign, one of \['t', 'x', 'y'"):
        BOTH.check(schema)


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match=r"share must be in \(0, 1\], got 0"):
        Mirror(share=0, across=[["y"]])
    with pytest.raises(ValueError, match=r"across must name what each mirror changes, got \[\[\]"):
        Mirror(across=[[]])
