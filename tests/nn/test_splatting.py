"""Images of Gaussians are what their formula says, and so are their slopes."""

import math

import numpy as np
import pytest
import torch

from latentloom.nn import splatting
from latentloom.nn.splatting import draw, precisions, precisions_of, render

SIZE = (7, 9)


def sets(size=2, count=12, colours=3):
    """Sets of Gaussians in the parameters of files, some of them beyond the image."""
    centre = 1.4 * torch.rand(size, count, 2) - 0.2
    shape = torch.cat((0.2 + torch.rand(size, count, 2), 3 * torch.randn(size, count, 1)), -1)
    return torch.cat((centre, shape, torch.randn(size, count, colours)), -1).double()


def looped(series, size, nearest=None):
    """The definition, pixel by pixel: rotate, weigh, choose, blend."""
    height, width = size
    images = np.zeros((len(series), height, width, series.shape[-1] - 5))
    for b, i, j in np.ndindex(len(series), height, width):
        weights = []
        for x, y, *scales, angle in series[b, :, :5].tolist():
            apart = (j + 0.5 - x * width, i + 0.5 - y * height)
            turned = np.array(
                [[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]
            )
            weights.append(math.exp(-0.5 * ((turned @ apart * scales) ** 2).sum()))
        chosen = np.argsort(weights)[::-1][:nearest]
        colours = series[b, :, 5:].numpy()[chosen]
        share = np.array(weights)[chosen]
        images[b, i, j] = share @ colours / (share.sum() + 1e-4)
    return torch.from_numpy(images)


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(splatting, "_TILE", 4)
    monkeypatch.setitem(splatting._AT_ONCE, "cpu", 60)


@pytest.mark.parametrize("nearest", [None, 1, 4, 12, 40])
def test_an_image_is_what_the_formula_says(nearest):
    series = sets()
    torch.testing.assert_close(
        draw(series, size=SIZE, nearest=nearest), looped(series, SIZE, nearest)
    )


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize("nearest", [None, 4])
def test_tiles_join_to_the_same_image(nearest):
    series = sets()
    series[..., 2:4] *= 3  # some tiles do not show some of them
    made = draw(series, size=(13, 10), nearest=nearest)
    torch.testing.assert_close(made, looped(series, (13, 10), nearest), atol=1e-3, rtol=0)


def test_what_no_tile_shows_is_black():
    far = torch.tensor([[[9.0, 9.0, 1.0, 1.0, 0.0, 0.7]]])
    assert draw(far, size=(80, 40)).eq(0).all()


@pytest.mark.parametrize("nearest", [None, 3])
def test_the_slopes_are_those_of_the_image(nearest):
    series = sets(count=5).requires_grad_()
    assert torch.autograd.gradcheck(lambda s: draw(s, size=SIZE, nearest=nearest), series)


@pytest.mark.usefixtures("small_tiles")
def test_the_slopes_through_tiles_are_those_of_the_image():
    series = sets(count=5).requires_grad_()
    assert torch.autograd.gradcheck(lambda s: draw(s, size=SIZE), series)


def test_the_slopes_by_shapes_are_those_of_the_image():
    centres = (8 * torch.rand(1, 4, 2)).double().requires_grad_()
    shapes = precisions(0.3 + torch.rand(1, 4, 2), torch.randn(1, 4)).double().requires_grad_()
    colours = torch.rand(1, 4, 2).double().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda *splats: render(*splats, size=SIZE), (centres, shapes, colours)
    )


def test_covariances_and_deviations_tell_the_same_shape():
    scales, angles = 0.2 + torch.rand(5, 2), torch.randn(5)
    cosine, sine = angles.cos(), angles.sin()
    rotation = torch.stack((cosine, -sine, sine, cosine), -1).view(5, 2, 2)
    covariances = rotation @ torch.diag_embed(scales**-2) @ rotation.mT
    torch.testing.assert_close(precisions_of(covariances), precisions(scales, angles))


def test_equal_parameters_draw_one_image():
    series = sets()
    other = series.flip(1).clone()
    other[..., 2:4] = other[..., 2:4].flip(-1)
    other[..., 4] += math.pi / 2 + 3 * math.pi
    torch.testing.assert_close(draw(series, size=SIZE), draw(other, size=SIZE))


@pytest.mark.parametrize("size", [SIZE, (40, 36)])
def test_padding_does_not_show(size):
    series = sets(count=6).float()
    real = torch.arange(6) < torch.tensor([6, 4])[:, None]
    noise = series.masked_fill(~real[..., None], 0.0)
    alone = draw(series[1:, :4], size=size, nearest=3)
    for padded in (series, noise):
        torch.testing.assert_close(draw(padded, size=size, nearest=3, real=real)[1:], alone)


def test_nothing_is_learned_from_padding():
    series = sets(count=6).requires_grad_()
    real = torch.arange(6) < torch.tensor([6, 4])[:, None]
    draw(series, size=SIZE, real=real).square().sum().backward()
    assert series.grad[~real].eq(0).all()
    assert series.grad[real].ne(0).any(-1).all()


def test_a_pixel_in_the_middle_of_a_spot_has_its_colour():
    spot = torch.tensor([[[2.5 / 9, 1.5 / 7, 2.0, 2.0, 0.0, 0.8]]])
    image = draw(spot, size=SIZE)[0, ..., 0]
    assert image[1, 2] == pytest.approx(0.8 / (1 + 1e-4))
    assert image[1, 3] == pytest.approx(0.8 * math.exp(-2) / (math.exp(-2) + 1e-4))
    assert image[6, 8] == 0


def test_weights_of_pixels_by_gaussians_are_never_kept():
    series, kept = sets(count=50).requires_grad_(), []

    def note(x):
        kept.append(x.numel())
        return x

    with torch.autograd.graph.saved_tensors_hooks(note, lambda x: x):
        draw(series, size=(30, 30))
    assert max(kept) <= 2 * 30 * 30 * 4


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_spots_of_any_size_are_drawn_with_finite_slopes(scale):
    series = sets().float()
    series[..., 2] = scale
    series[0, :, :2] *= 1e3
    series.requires_grad_()
    image = draw(series, size=SIZE)
    image.square().sum().backward()
    assert image.isfinite().all()
    assert series.grad.isfinite().all()


def test_single_numbers_are_precise_enough_on_large_images():
    series = sets(size=1, count=200).float()
    one, other = (draw(s, size=(90, 120)) for s in (series, series.double()))
    torch.testing.assert_close(one.double(), other, atol=2e-3, rtol=0)


def test_a_long_needle_crosses_all_tiles(monkeypatch):
    needle = torch.tensor([[[0.1, 0.1, 1e-4, 2.0, math.pi / 4, 1.0]]])
    tiles = draw(needle, size=(80, 80))
    monkeypatch.setattr(splatting, "_TILE", 80)
    torch.testing.assert_close(tiles, draw(needle, size=(80, 80)), atol=1e-3, rtol=0)
    assert tiles[0, range(80), range(80)].min() > 0.9


def test_half_precision_around_it_changes_nothing():
    series = sets().float().requires_grad_()
    found = []
    for enabled in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            image = draw(series, size=SIZE)
            found.append((image, *torch.autograd.grad(image.square().sum(), series)))
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"size": (0, 4)}, "height must be at least 1, got 0"),
        ({"size": (4, 0)}, "width must be at least 1, got 0"),
        ({"nearest": 0}, "nearest must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        draw(sets(), **({"size": SIZE} | changes))
