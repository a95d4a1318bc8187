"""The error of what Gaussians look like."""

import math

import pytest
import torch

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.transforms import GaussianForm, Pipeline, Standard
from latentloom.data.transforms.gaussian_form import FILED
from latentloom.data.transforms.undo import Undo
from latentloom.nn.splatting import draw
from latentloom.objectives.rendered import Rendered

SCHEMA = Schema(series=tuple(Quantity(name) for name in (*FILED, "grey")))
LENGTHS = torch.tensor([6, 4, 1])
MASK = torch.arange(6) < LENGTHS[:, None]


def gaussians(size=3):
    shape = (size, 6, 1)
    scale = 0.3 + 0.5 * torch.rand(size, 6, 2)
    angle, grey = 3 * torch.randn(shape), torch.rand(shape)
    return torch.cat((0.1 + 0.8 * torch.rand(size, 6, 2), scale, angle, grey), -1)


def outputs(**changes):
    return {"output": gaussians(), "target": gaussians(), "mask": MASK} | changes


def pipeline(form="log_covariance"):
    made = Pipeline([GaussianForm(form=form), Standard(arrays=["series"])])
    made.fit(Dataset(schema=SCHEMA, series=gaussians(20)))
    return made


def test_it_is_the_error_of_the_images():
    every = outputs()
    images = [draw(every[n], size=(12, 10), real=MASK) for n in ("output", "target")]
    wanted = (images[0] - images[1]).square().mean((1, 2, 3))
    torch.testing.assert_close(Rendered(height=12, width=10)(every, 0.0), wanted)


def test_equal_images_are_no_error_whatever_their_parameters():
    target = gaussians()
    other = target.clone()
    other[..., 2:4] = target[..., 2:4].flip(-1)
    other[..., 4] += math.pi / 2 + 3 * math.pi
    every = outputs(output=other[:, :3].flip(1), target=target[:, :3], mask=MASK[:1, :3])
    every["mask"] = every["mask"].expand(3, -1)
    made = Rendered(height=12, width=12)(every, 0.0)
    torch.testing.assert_close(made, torch.zeros(3), atol=1e-9, rtol=0)


def test_padding_does_not_leak():
    every = outputs()
    noisy = {name: every[name].masked_fill(~MASK[..., None], 0.7) for name in ("output", "target")}
    made = Rendered(height=12, width=12)
    assert torch.equal(made(every | noisy, 0.0), made(every, 0.0))


@pytest.mark.parametrize(
    "form", ["raw", "canonical", "double_angle", "cholesky", "log_covariance"]
)
def test_transforms_are_undone_first(form):
    fitted, filed = pipeline(form), outputs()
    learned = {
        name: fitted.apply(Dataset(schema=SCHEMA, series=filed[name])).series
        for name in ("output", "target")
    }
    made = Rendered(height=12, width=12, undo=Undo(fitted))(filed | learned, 0.0)
    torch.testing.assert_close(made, Rendered(height=12, width=12)(filed, 0.0))


@pytest.mark.parametrize("form", ["canonical", "double_angle", "cholesky", "log_covariance"])
def test_the_gradient_leads_to_the_image(form):
    """Descending from somewhat off moves the picture to the target's."""
    fitted = pipeline(form)
    target = fitted.apply(Dataset(schema=SCHEMA, series=gaussians())).series
    values = (target + 0.3 * torch.randn_like(target)).requires_grad_()
    loss = Rendered(height=12, width=12, undo=Undo(fitted))
    descent = torch.optim.Adam([values], lr=0.02)
    course = []
    for _ in range(60):
        descent.zero_grad()
        error = loss(outputs(output=values, target=target), 0.0).mean()
        error.backward()
        assert not values.grad[~MASK].any()
        descent.step()
        course.append(float(error.detach()))
    assert course[-1] < 0.2 * course[0]


def test_a_shrunk_image_is_the_same_picture_with_fewer_pixels():
    wide = gaussians()
    wide[..., 2:4] = 0.12
    narrow = wide + torch.tensor([0.02, 0.02, 0.0, 0.0, 0.0, 0.1])
    every = outputs(output=narrow, target=wide)
    fine = Rendered(height=32, width=32)(every, 0.0)
    coarse = Rendered(height=32, width=32, shrink=2)(every, 0.0)
    torch.testing.assert_close(coarse, fine, rtol=0.05, atol=0)


def test_the_nearest_are_blended_where_it_says():
    every = outputs()
    few = [draw(every[n], size=(12, 12), nearest=2, real=MASK) for n in ("output", "target")]
    wanted = (few[0] - few[1]).square().mean((1, 2, 3))
    made = Rendered(height=12, width=12, nearest=2)(every, 0.0)
    torch.testing.assert_close(made, wanted)
    assert not torch.allclose(made, Rendered(height=12, width=12)(every, 0.0))


def voltages():
    made = Pipeline([Standard(arrays=["series"])])
    schema = Schema(series=(Quantity("voltage"),))
    made.fit(Dataset(schema=schema, series=torch.randn(4, 5, 1)))
    return Undo(made)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"height": 0}, "height must be at least 1, got 0"),
        ({"shrink": 5}, "shrink must divide the 12 x 12 pixels of the image, got 5"),
        ({"nearest": 0}, "nearest must be at least 1, got 0"),
        ({"undo": voltages}, r"needs signals with the channels \['x'.* have \['voltage'\]"),
    ],
)
def test_what_cannot_be_rendered_is_refused(settings, words):
    made = {name: value() if callable(value) else value for name, value in settings.items()}
    with pytest.raises(ValueError, match=words):
        Rendered(**({"height": 12, "width": 12} | made))
