"""Pictures of signals, and the event files that hold them."""

import struct
from dataclasses import replace

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.simulate import Splats, splats
from latentloom.data.transforms import GaussianForm, Pipeline, Standard
from latentloom.nn.splatting import draw
from latentloom.representations.health import Posteriors
from latentloom.training.observers import TensorBoard
from latentloom.training.pictures import Rendered, lines, pictures_of
from latentloom.training.run_folder import RunFolder
from latentloom.training.watching import Look


def look(dataset, made=None):
    """A look at signals; nothing is lost if nothing else is said."""
    latents = torch.linspace(-1, 1, dataset.size * 6).view(dataset.size, 2, 3)
    return Look(
        schema=dataset.schema,
        truth=dataset.series,
        made=dataset.series if made is None else made,
        mask=dataset.context().mask,
        posteriors=Posteriors(mean=latents, log_variance=latents - 1),
    )


def ramps(size=3, steps=48):
    values = torch.linspace(0, 1, steps)[None, :, None].repeat(size, 1, 1)
    return Dataset(schema=Schema(series=(Quantity("x"),)), series=values)


@pytest.fixture(scope="module")
def sets():
    dataset = splats.simulate(Splats(records=6, gaussians=(10, 12), mode="colour"), seed=0)
    pipeline = Pipeline([GaussianForm(form="cholesky"), Standard(arrays=["series"])])
    pipeline.fit(dataset)
    return dataset, pipeline, pipeline.apply(dataset)


def test_sets_are_drawn_as_images_in_the_units_of_files(sets):
    dataset, pipeline, ready = sets
    picture = pictures_of(pipeline, ready)(look(ready))
    assert picture.dtype == np.uint8
    wanted = draw(dataset.series, size=(28, 28), real=dataset.context().mask).clamp(0, 1) * 255
    scale = 64 // 28
    first = picture[2 : 2 + 28 * scale : scale, 2 : 2 + 28 * scale : scale]
    assert np.abs(first.astype(int) - wanted[0].numpy()).max() <= 1


def test_what_is_real_stands_above_what_came_back(sets):
    _, pipeline, ready = sets
    picture = pictures_of(pipeline, ready)(look(ready, made=torch.zeros_like(ready.series)))
    same = pictures_of(pipeline, ready)(look(ready))
    half = 2 + 28 * 2
    assert np.array_equal(picture[:half], same[:half])
    assert not np.array_equal(picture[half:], same[half:])


def test_a_ramp_is_a_diagonal():
    picture = lines(look(ramps(1)))[2:50, 2:50, 0]
    assert np.array_equal(picture.nonzero()[1][picture.nonzero()[0] == 0], [46, 47])
    assert (picture[::-1][np.arange(48), np.arange(48)] == 255).all()


def test_padding_and_what_is_no_number_are_not_drawn():
    short = replace(ramps(2), lengths=torch.tensor([48, 10]))
    broken = short.series.clone()
    broken[0, 3] = float("nan")
    picture = lines(look(short, made=broken))
    second = picture[2:50, 2 + 48 + 2 :, 0][:, :48]
    assert not second[:, 10:].any()
    assert second[:, :10].any()


def test_signals_and_sets_of_unknown_size_are_curves(sets):
    _, pipeline, ready = sets
    plain = Pipeline([Standard(arrays=["series"])])
    plain.fit(ramps())
    assert pictures_of(plain, ramps()) is lines
    assert pictures_of(pipeline, replace(ready, extras={})) is lines
    assert isinstance(pictures_of(pipeline, ready), Rendered)


def test_tensorboard_keeps_pictures_and_histograms(tmp_path):
    folder = RunFolder(tmp_path)
    board = TensorBoard(folder)
    board.phase_begins("learn", epochs=2, steps=1, first_step=0)
    board.looked({"phase": "learn", "epoch": 2}, look(ramps()))
    board.close()
    kept = EventAccumulator(str(folder.logs("learn"))).Reload()
    assert set(kept.Tags()["histograms"]) == {
        "latents/means",
        "latents/deviations",
        "latents/nats",
    }
    (image,) = kept.Images("reconstructions")
    assert image.step == 2
    assert struct.unpack(">2I", image.encoded_image_string[16:24]) == (image.width, image.height)
    assert lines(look(ramps())).shape[:2] == (image.height, image.width)
