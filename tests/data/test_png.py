"""PNG files as others read them, and many images as one."""

import io

import numpy as np
import pytest
import torch
from unpacked import decoded

from latentloom.data.splats import as_bytes, encoded, mosaic


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_comes_back_from_its_file(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    assert decoded(encoded(pixels)).tolist() == pixels.tolist()


@pytest.mark.parametrize("channels", [1, 3])
def test_another_reader_agrees(channels):
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(1).integers(0, 256, (9, 4, channels), dtype=np.uint8)
    with image.open(io.BytesIO(encoded(pixels))) as opened:
        assert np.asarray(opened).reshape(pixels.shape).tolist() == pixels.tolist()


def test_a_picture_has_one_channel_or_three():
    for shape in ((2, 2, 2), (0, 2, 1)):
        with pytest.raises(ValueError, match="must have pixels of 1 or 3 channels, got"):
            encoded(np.zeros(shape, np.uint8))


def test_bytes_are_rounded_and_cut():
    values = torch.tensor([-0.2, 0.0, 0.499 / 255, 0.501 / 255, 1.0, 7.0])
    assert as_bytes(values.view(1, 1, 6, 1)).flatten().tolist() == [0, 0, 0, 1, 255, 255]


def test_records_stand_in_rows_and_stacks_below_each_other():
    first = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1).repeat(2, 1)
    picture = mosaic([first, first + 10], columns=2, scale=3)[..., 0]
    block = 2 * (2 * 3 + 2) + 8
    assert picture.shape == (2 + 2 * block - 8, 2 + 2 * (3 + 2))
    assert picture[2:8, 2:5].tolist() == [[0] * 3] * 6
    assert picture[10:16, 2:5].tolist() == [[10] * 3] * 6
    assert picture[2:8, 7:10].tolist() == [[1] * 3] * 6
    assert picture[2 + block : 8 + block, 2:5].tolist() == [[2] * 3] * 6
    assert (picture[2 + block :, 7:] == 128).all()


def test_few_images_take_no_more_columns_than_they_are():
    assert mosaic([np.zeros((2, 4, 4, 3), np.uint8)], columns=8).shape == (8, 14, 3)
