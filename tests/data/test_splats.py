"""Simulated sets draw the strokes that their factors tell, however they are told."""

import math

import numpy as np
import pytest
import torch

from latentloom.data.formats import read, write
from latentloom.data.simulate.splats import Splats, simulate
from latentloom.nn.splatting import draw

PLAIN = {"records": 6, "gaussians": (20, 20), "order": "strokes", "told": "canonical"}


def shown(dataset, size=(28, 28)):
    real = dataset.batch().context.mask
    return draw(dataset.series, size=size, real=real)


def test_gaussians_lie_along_their_stroke():
    """Steps along the curve, one after the other, in place of the closed form."""
    data = simulate(Splats(**PLAIN, strokes=1, width=40), 3)
    x, y, length, direction, bend, thickness = data.extras["factors"][2, :6].tolist()
    place, here = np.array([x * 40, y * 28]), {}
    for sign in (1, -1):
        at = place.copy()
        for step in range(10_000):
            u = sign * (step + 0.5) / 20_000
            heading = direction + bend * u
            at += sign * 28 * length / 20_000 * np.array([math.cos(heading), math.sin(heading)])
            if (step + 1) % 500 == 0:
                here[round(40 * u)] = at.copy()
    for slot, gaussian in enumerate(data.series[2].tolist()):
        u = (slot + 0.5) / 20 - 0.5
        assert np.allclose(here[round(40 * u)], np.array(gaussian[:2]) * [40, 28], atol=1e-3)
        assert math.remainder(gaussian[4] - direction - bend * u, math.pi) == pytest.approx(
            0, abs=1e-5
        )
        assert 1 / gaussian[3] == pytest.approx(thickness, rel=1e-5)


def test_canonical_parameters_are_canonical():
    series = simulate(Splats(**PLAIN), 0).series
    assert (series[..., 2] < series[..., 3]).all()  # reciprocals
    assert (series[..., 4] >= -math.pi / 2).all()
    assert (series[..., 4] < math.pi / 2).all()


def test_colours_run_from_end_to_end():
    data = simulate(Splats(**PLAIN, strokes=1, mode="colour"), 0)
    start, end = data.extras["factors"][:, 6:9], data.extras["factors"][:, 9:12]
    share = ((torch.arange(20) + 0.5) / 20)[:, None]
    wanted = start[:, None] + share * (end - start)[:, None]
    torch.testing.assert_close(data.series[..., 5:], wanted)


@pytest.mark.parametrize("fewest", [7, 20])
def test_order_and_symmetries_hide_nothing_that_is_seen(fewest):
    settings = PLAIN | {"gaussians": (fewest, 20)}
    plain = simulate(Splats(**settings), 1)
    hidden = simulate(Splats(**settings | {"order": "shuffled", "told": "anyhow"}), 1)
    assert torch.equal(plain.extras["factors"], hidden.extras["factors"])
    assert not torch.equal(plain.series, hidden.series)
    torch.testing.assert_close(shown(plain), shown(hidden), atol=1e-4, rtol=0)


def test_fewer_gaussians_than_slots_are_padded():
    data = simulate(Splats(records=40, gaussians=(5, 9)), 0)
    assert set(data.lengths.tolist()) == {5, 6, 7, 8, 9}
    padding = ~data.batch().context.mask
    assert data.series[padding].eq(0).all()
    assert data.series[~padding].ne(0).any(-1).all()


def test_the_form_of_the_literature_is_512_by_8():
    data = simulate(Splats(records=2, gaussians=(512, 512), mode="colour"), 0)
    assert data.series.shape == (2, 512, 8)
    assert list(data.schema.spans.values()) == [2, 2, 1, 3]
    assert data.lengths is None


def test_equal_seeds_make_equal_sets():
    one, two, other = (simulate(Splats(records=3), seed).series for seed in (5, 5, 6))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("name", ["a.npz", "a.h5", "a.parquet", "a"])
def test_files_keep_which_channels_belong_together(tmp_path, name):
    data = simulate(Splats(records=3, mode="colour"), 0)
    write(data, tmp_path / name)
    again = read(tmp_path / name)
    assert again.schema == data.schema
    assert torch.allclose(again.series, data.series)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"records": 0}, "records must be at least 1, got 0"),
        ({"strokes": 0}, "strokes must be at least 1, got 0"),
        ({"height": 0}, "height must be at least 1, got 0"),
        ({"gaussians": (1, 9)}, "must rise from at least the 2 strokes, got 1 to 9"),
        ({"gaussians": (9, 8)}, "must rise from at least the 2 strokes, got 9 to 8"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        Splats(**settings)
