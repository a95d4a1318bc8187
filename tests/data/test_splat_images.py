"""Images are read from whatever holds them, and one line says why where they cannot be."""

import gzip
import sys

import numpy as np
import pytest
import torch

from latentloom.core.errors import DataError
from latentloom.data.splats import read_images

Image = pytest.importorskip("PIL.Image")
BYTES = np.random.default_rng(0).integers(0, 256, (3, 5, 4), np.uint8)


def idx(array, kind=8):
    """An IDX file, as its authors describe it."""
    sides = b"".join(side.to_bytes(4, "big") for side in array.shape)
    return bytes([0, 0, kind, array.ndim]) + sides + array.tobytes()


def pictures(folder, **named):
    folder.mkdir()
    for name, array in named.items():
        Image.fromarray(array).save(folder / f"{name.replace('_', '.')}")
    return folder


def test_bytes_of_an_idx_file_are_fractions_of_255(tmp_path):
    (tmp_path / "a.idx3").write_bytes(idx(BYTES))
    (tmp_path / "a.idx3.gz").write_bytes(gzip.compress(idx(BYTES)))
    for name in ("a.idx3", "a.idx3.gz"):
        images = read_images(tmp_path / name)
        assert images.size == (5, 4)
        assert torch.equal(images.values(), torch.from_numpy(BYTES)[..., None] / 255)


def test_digits_are_read_as_they_are_published(shared_data):
    images = read_images(shared_data / "images" / "mnist_t10k_images.idx3.gz")
    assert (len(images), images.size) == (10_000, (28, 28))
    assert images[:1].values().sum() == pytest.approx(18454 / 255, rel=1e-4)


@pytest.mark.parametrize(
    ("array", "peak"),
    [
        (BYTES, 255),
        (BYTES > 100, 1),
        ((BYTES > 100).astype(np.uint8), 1),
        (BYTES.astype(np.int64), 255),
        ((BYTES / 255).astype(np.float64), 1),
        (np.stack([BYTES] * 3, -1), 255),
    ],
    ids=["bytes", "booleans", "a mask", "whole numbers", "fractions", "colours"],
)
def test_numbers_of_an_npz_become_fractions(tmp_path, array, peak):
    np.savez(tmp_path / "a.npz", images=array, label=np.arange(3))
    values = read_images(tmp_path / "a.npz").values().numpy()
    wanted = array if array.ndim == 4 else array[..., None]
    assert np.allclose(values, wanted.astype(float) / peak, atol=1e-7)


def test_the_only_array_that_can_be_images_needs_no_name(tmp_path):
    np.savez(tmp_path / "a.npz", faces=BYTES, label=np.arange(3))
    assert len(read_images(tmp_path / "a.npz")) == 3


def test_pictures_of_a_folder_are_read_by_name(tmp_path):
    folder = pictures(tmp_path / "a", b_png=BYTES[0], a_PNG=BYTES[1])
    (folder / "notes.txt").write_text("not an image")
    values = read_images(folder).values()
    assert torch.equal(values, torch.from_numpy(BYTES[[1, 0]])[..., None] / 255)
    assert torch.equal(read_images(folder / "b.png").values(), values[1:])


def test_a_jpeg_is_near_what_was_stored(tmp_path):
    smooth = np.add.outer(np.arange(16), np.arange(16)).astype(np.uint8) * 8
    Image.fromarray(np.stack([smooth] * 3, -1)).save(tmp_path / "a.jpg", quality=95)
    values = read_images(tmp_path / "a.jpg").values()
    assert values.shape == (1, 16, 16, 3)
    assert (values - torch.from_numpy(smooth)[None, ..., None] / 255).abs().max() < 0.03


def test_palettes_and_full_opacity_are_colours(tmp_path):
    colour = Image.fromarray(np.stack([BYTES[0]] * 3, -1))
    pictures(tmp_path / "a", a_png=np.stack([BYTES[0]] * 3 + [np.full((5, 4), 255, "u1")], -1))
    colour.quantize(20).save(tmp_path / "a" / "b.png")
    values = read_images(tmp_path / "a").values()
    assert torch.equal(values[0], values[1])


def test_images_of_different_sizes_or_modes_are_refused_by_name(tmp_path):
    one = pictures(tmp_path / "a", a_png=BYTES[0], b_png=BYTES[0], c_png=BYTES[0, :4])
    other = pictures(tmp_path / "b", a_png=BYTES[0], b_png=np.stack([BYTES[0]] * 3, -1))
    with pytest.raises(DataError, match=r"got a.png of 5 x 4 grey and c.png of 4 x 4 grey; bring"):
        read_images(one)
    with pytest.raises(DataError, match=r"got a.png of 5 x 4 grey and b.png of 5 x 4 colour"):
        read_images(other)


REFUSED = {
    "nothing": (b"", "must be an .npz or IDX file, a PNG or JPEG image, or a folder"),
    "text": (b"a,b\n1,2\n", "must be an .npz or IDX file, a PNG or JPEG image, or a folder"),
    "labels": (
        idx(np.arange(3, dtype=np.uint8)),
        "with 3 or 4 dimensions, got type 8 with 1; labels",
    ),
    "floats": (idx(BYTES.astype(">f4"), kind=13), "must be an IDX file of bytes .* got type 13"),
    "short IDX": (idx(BYTES)[:-1], "damaged: must have 60 bytes of pixels, got 59"),
    "head of IDX": (idx(BYTES)[:9], "is cut short or damaged"),
    "long IDX": (idx(BYTES) + b"1", "damaged: must have 60 bytes of pixels, got 61"),
    "gzip of text": (gzip.compress(b"hello"), "must be an IDX file inside, which begins with"),
    "short gzip": (gzip.compress(idx(BYTES))[:-9], "is cut short or damaged"),
    "short npz": (b"PK\x03\x04 and no more", "is cut short or damaged"),
    "short PNG": (b"\x89PNG\r\n\x1a\n and no more", "is cut short or damaged|and is none"),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_without_images_is_refused(tmp_path, content, words):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_images(tmp_path / "a")


ARRAYS = {
    "a flat one": ({"images": BYTES[0]}, r"must be N x height x width, .* got \(5, 4\)"),
    "two of them": ({"a": BYTES, "b": BYTES}, r"must have an array 'images', .* got a \(3, 5, 4"),
    "channels first": ({"images": BYTES[None].repeat(2, 0)}, r"1 or 3 channels behind, got \(2,"),
    "none": ({"images": BYTES[:0]}, r"must be N x height x width, .* got \(0, 5, 4\)"),
    "not finite": ({"images": np.array([[[0.0]], [[np.nan]]])}, "1 of 2 images .* is number 1"),
    "large fractions": ({"images": BYTES / 2}, r"fractions must be in \[0, 1\], got 2 to 124"),
    "large numbers": ({"images": 2 * BYTES.astype(int)}, r"whole numbers must be in \[0, 255\]"),
    "words": ({"images": np.full((2, 2, 2), "a")}, "images must be numbers, got <U1"),
    "complex": ({"images": BYTES * 1j}, "images must be numbers, got complex"),
}


@pytest.mark.parametrize(("arrays", "words"), ARRAYS.values(), ids=ARRAYS)
def test_arrays_that_are_no_images_are_refused(tmp_path, arrays, words):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=words):
        read_images(tmp_path / "a.npz")


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("not an image")
    with pytest.raises(DataError, match=r"has no images; expected files that end in \('.png'"):
        read_images(tmp_path)


def test_what_is_not_there_is_refused_with_what_is_near(tmp_path):
    (tmp_path / "images.npz").touch()
    with pytest.raises(DataError, match=r"does not exist; did you mean 'images.npz'"):
        read_images(tmp_path / "image.npz")


def test_a_cut_picture_is_named(tmp_path):
    folder = pictures(tmp_path / "a", a_png=BYTES[0], b_png=BYTES[1])
    whole = (folder / "b.png").read_bytes()
    (folder / "b.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"b.png: is cut short or damaged"):
        read_images(folder)


def test_a_picture_that_shows_through_is_refused(tmp_path):
    folder = pictures(tmp_path / "a", a_png=np.stack([BYTES[0]] * 4, -1))
    with pytest.raises(DataError, match=r"a.png: is transparent, .* lay it on a background"):
        read_images(folder)


def test_a_picture_of_more_bits_is_refused(tmp_path):
    folder = pictures(tmp_path / "a", a_png=BYTES[0].astype(np.uint16) * 250)
    with pytest.raises(DataError, match="must have 8 bits a channel, got Pillow's mode 'I;16'"):
        read_images(folder)


def test_without_pillow_pictures_are_refused_and_arrays_are_not(tmp_path, monkeypatch):
    folder = pictures(tmp_path / "a", a_png=BYTES[0])
    (tmp_path / "a.idx3").write_bytes(idx(BYTES))
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(DataError, match=r"needs Pillow .* pip install 'latentloom\[images\]'"):
        read_images(folder)
    assert len(read_images(tmp_path / "a.idx3")) == 3


def test_other_images_have_another_fingerprint(tmp_path):
    (tmp_path / "a").write_bytes(idx(BYTES))
    (tmp_path / "b").write_bytes(idx(BYTES.transpose(0, 2, 1)))
    one, other = read_images(tmp_path / "a"), read_images(tmp_path / "b")
    assert one.fingerprint() == read_images(tmp_path / "a").fingerprint()
    assert len({one.fingerprint(), other.fingerprint(), one[:2].fingerprint()}) == 3
