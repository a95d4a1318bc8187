"""Forms of Gaussians: the same Gaussian comes back, and every value is one."""

import math
from dataclasses import replace
from itertools import product

import pytest
import torch

from latentloom.core.errors import DataError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.transforms import GaussianForm, Pipeline, SlotOrder, Standard
from latentloom.data.transforms.gaussian_form import FILED, LEAST, MOST

SCHEMA = Schema(series=tuple(Quantity(name) for name in (*FILED, "red", "green", "blue")))
FORMS = ("raw", "canonical", "double_angle", "cholesky", "log_covariance")
UNIQUE = FORMS[1:]
KINDS = [
    pytest.param(form, sizes, id=f"{form} {sizes}")
    for form, sizes in product(FORMS, ("log", "reciprocal"))
]


def gaussians(size=20, slots=12, lengths=None):
    centre, colours = torch.rand(size, slots, 2), torch.randn(size, slots, 3)
    scale = torch.exp(1.5 * torch.randn(size, slots, 2))
    angle = 10 * torch.randn(size, slots, 1)
    return of(torch.cat((centre, scale, angle, colours), -1), lengths)


def of(values, lengths=None):
    if lengths is not None:
        values = values * (torch.arange(values.shape[1]) < lengths[:, None])[..., None]
    return Dataset(schema=SCHEMA, series=values, lengths=lengths)


def one(*parameters):
    return of(torch.tensor([[[0.1, 0.2, *parameters, 0.3, 0.4, 0.5]]]))


def fitted(form, sizes="log"):
    made = GaussianForm(form=form, sizes=sizes)
    made.fit(gaussians())
    return made


def covariance(values):
    """R diag(s^2) R^T, by its definition."""
    angle, sizes = values[..., 4].double(), 1 / values[..., 2:4].double()
    turn = torch.stack(
        (
            torch.stack((angle.cos(), -angle.sin()), -1),
            torch.stack((angle.sin(), angle.cos()), -1),
        ),
        -2,
    )
    return turn @ torch.diag_embed(sizes.square()) @ turn.mT


@pytest.mark.parametrize(("form", "sizes"), KINDS)
def test_the_same_gaussians_come_back(form, sizes):
    made, wanted = fitted(form, sizes), gaussians()
    back = made.invert(made.apply(wanted))
    assert back.schema == SCHEMA
    torch.testing.assert_close(
        covariance(back.series), covariance(wanted.series), rtol=2e-4, atol=1e-7
    )
    rest = [0, 1, 5, 6, 7]
    assert torch.equal(back.series[..., rest], wanted.series[..., rest])


@pytest.mark.parametrize("form", UNIQUE)
def test_equal_gaussians_are_written_alike(form):
    made = fitted(form)
    ways = [
        one(2.0, 0.5, 0.3),
        one(2.0, 0.5, 0.3 + math.pi),
        one(2.0, 0.5, 0.3 - 5 * math.pi),
        one(0.5, 2.0, 0.3 + math.pi / 2),
    ]
    first, *others = [made.apply(way).series for way in ways]
    for other in others:
        torch.testing.assert_close(other, first, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("form", "sizes"), KINDS)
@pytest.mark.parametrize("spread", [0.0, 1.0, 1e6])
def test_whatever_is_decoded_is_a_gaussian(form, sizes, spread):
    made = fitted(form, sizes)
    channels = len(made.apply(gaussians()).schema.series)
    back = made.invert(Dataset(schema=SCHEMA, series=spread * torch.randn(8, 5, channels)))
    assert back.series.isfinite().all()
    assert (back.series[..., 2:4] >= 0.999 * LEAST).all()
    assert (back.series[..., 2:4] <= 1.001 * MOST).all()
    made.apply(replace(back, series=back.series.clone()))  # which a file could hold


def test_written_by_hand():
    """Deviations 2 and 1, a quarter of pi: the covariance is [[2.5, 1.5], [1.5, 2.5]]."""
    long = one(0.5, 1.0, math.pi / 4)
    root = math.sqrt(2.5)
    shapes = {
        "raw": [math.log(2), 0, math.pi / 4],
        "canonical": [math.log(2), 0, math.pi / 4],
        "double_angle": [math.log(2), 0, 0, 1],
        "cholesky": [math.log(root), math.log(2 / root), 1.5 / root],
        "log_covariance": [math.log(2) / 2, 0, math.log(2)],
    }
    for form, shape in shapes.items():
        wanted = torch.tensor([0.1, 0.2, *shape, 0.3, 0.4, 0.5])
        torch.testing.assert_close(fitted(form).apply(long).series[0, 0], wanted)


def test_the_reciprocals_of_files_are_put_in_order():
    made = fitted("canonical", "reciprocal").apply(one(3.0, 0.5, 0.2)).series[0, 0]
    wanted = [0.5, 3.0, 0.2 - math.pi / 2]
    torch.testing.assert_close(made[2:5], torch.tensor(wanted))


def test_the_log_covariance_is_the_logarithm_of_the_matrix():
    every = gaussians()
    values, vectors = torch.linalg.eigh(covariance(every.series))
    logarithm = vectors @ torch.diag_embed(values.log()) @ vectors.mT
    made = fitted("log_covariance").apply(every).series.double()
    size, along, across = made[..., 2:5].unbind(-1)
    wanted = torch.stack((logarithm[..., 0, 0], logarithm[..., 0, 1], logarithm[..., 1, 1]), -1)
    told = torch.stack((2 * size + along, across, 2 * size - along), -1)
    torch.testing.assert_close(told, wanted, atol=2e-4, rtol=1e-4)


def test_the_cholesky_factor_is_that_of_the_covariance():
    every = gaussians()
    lower = torch.linalg.cholesky(covariance(every.series))
    made = fitted("cholesky").apply(every).series[..., 2:5].double()
    wanted = torch.stack((lower[..., 0, 0].log(), lower[..., 1, 1].log(), lower[..., 1, 0]), -1)
    torch.testing.assert_close(made, wanted, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize(
    ("form", "jumps"),
    [("canonical", True), ("double_angle", False), ("cholesky", False), ("log_covariance", False)],
)
def test_only_the_angle_itself_jumps(form, jumps):
    made = fitted(form)
    below = made.apply(one(0.5, 1.0, math.pi / 2 - 1e-4)).series
    above = made.apply(one(0.5, 1.0, math.pi / 2 + 1e-4)).series
    assert ((below - above).abs().max() > 1) == jumps


def test_a_round_gaussian_has_no_direction():
    made = fitted("log_covariance")
    first, second = (made.apply(one(0.7, 0.7, angle)).series for angle in (0.2, 1.1))
    torch.testing.assert_close(first, second)
    assert first[0, 0, 3:5].eq(0).all()


@pytest.mark.parametrize(("form", "sizes"), KINDS)
def test_undoing_has_a_finite_gradient_even_for_round_gaussians(form, sizes):
    made = fitted(form, sizes)
    channels = len(made.apply(gaussians()).schema.series)
    values = torch.zeros(1, 2, channels)
    values[0, 1] = torch.linspace(0.2, 0.9, channels)
    values.requires_grad_()
    made.invert(Dataset(schema=SCHEMA, series=values)).series.square().sum().backward()
    assert values.grad.isfinite().all()
    assert values.grad[0, 1, 2:5].any()


@pytest.mark.parametrize(("form", "sizes"), KINDS)
def test_spans_tell_the_types_apart(form, sizes):
    made = fitted(form, sizes).apply(gaussians())
    assert list(made.schema.spans) == ["xy", "scale", "rot", "feat"]
    assert sum(made.schema.spans.values()) == made.series.shape[-1]
    assert len(made.schema.series) == made.series.shape[-1]


def test_gaussians_without_colours_have_no_such_span():
    shapes = Dataset(schema=Schema(series=SCHEMA.series[:5]), series=gaussians().series[..., :5])
    made = GaussianForm()
    made.fit(shapes)
    assert dict(made.apply(shapes).schema.spans) == {"xy": 2, "scale": 2, "rot": 1}


@pytest.mark.parametrize(("form", "sizes"), KINDS)
def test_padding_stays_zero_both_ways(form, sizes):
    made, every = fitted(form, sizes), gaussians(lengths=torch.arange(20) % 12 + 1)
    there = every.context().mask
    written = made.apply(every)
    assert written.series[~there].eq(0).all()
    assert made.invert(written).series[~there].eq(0).all()
    assert made.apply(replace(every, series=None)).schema == written.schema


def test_a_pipeline_gives_gaussians_back_from_its_file(tmp_path):
    transforms = [
        GaussianForm(form="log_covariance"),
        SlotOrder(order="morton"),
        Standard(arrays=["series"]),
    ]
    made, every = Pipeline(transforms), gaussians()
    made.fit(every)
    made.save(tmp_path / "statistics.npz")
    again = Pipeline(
        [
            GaussianForm(form="log_covariance"),
            SlotOrder(order="morton"),
            Standard(arrays=["series"]),
        ]
    )
    again.load(tmp_path / "statistics.npz")
    back = again.invert(again.apply(every))
    order = back.series[..., 0].argsort(1), every.series[..., 0].argsort(1)
    assert back.schema == SCHEMA
    one_way, other = (
        covariance(d.series.gather(1, o[..., None].expand_as(d.series)))
        for d, o in zip((back, every), order, strict=True)
    )
    torch.testing.assert_close(one_way, other, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ((0.0, 1.0, 0.0), "must have a positive scale in .*, and has not, in sample 0, slot 0"),
        ((1.0, -2.0, 0.0), r"whose x, y, scale_0, scale_1, rotation are 0.1, 0.2, 1, -2, 0"),
        ((1.0, 1e6, 0.0), r"positive scale in \[0.0001, 10000\] per pixel"),
        (
            (1.0, 1.0, math.nan),
            "must hold finite parameters of Gaussians, and does not, in sample",
        ),
        ((math.inf, 1.0, 0.0), "must hold finite parameters .*; leave that Gaussian out"),
    ],
)
def test_what_is_no_gaussian_is_refused_by_its_place(parameters, words):
    with pytest.raises(DataError, match=words):
        fitted("canonical").apply(one(*parameters))


def test_padding_need_not_be_gaussians():
    fitted("canonical").apply(gaussians(lengths=torch.full((20,), 3)))


def test_other_channels_are_refused():
    schema = Schema(series=(Quantity("x"), Quantity("y"), Quantity("voltage")))
    with pytest.raises(DataError, match=r"must have the channels \['x', 'y', 'scale_0'.*voltage"):
        GaussianForm().fit(Dataset(schema=schema, series=torch.zeros(1, 2, 3)))
