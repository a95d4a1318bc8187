"""A folder with one archive of Gaussians for each image is a dataset."""

import numpy as np
import pytest
import torch

from latentloom.core.errors import DataError
from latentloom.data.formats import detect, read
from latentloom.data.formats.files import records
from latentloom.data.simulate import Splats, splats
from latentloom.data.transforms import GaussianForm

QUALITY = {"psnr": np.float32(33.25), "ssim": np.float64(0.886), "lpips": np.float32(0.1)}


def filed(folder, counts, columns=8, **arrays):
    """Files of random sets, one for each count."""
    random = np.random.default_rng(0)
    folder.mkdir(exist_ok=True)
    for number, count in enumerate(counts):
        gaussians = random.uniform(0.1, 1.0, (count, columns)).astype(np.float32)
        np.savez(folder / f"image_{number}.npz", gaussians=gaussians, **arrays)
    return folder


def test_the_documented_files_are_sets_with_their_quality(tmp_path):
    folder = filed(tmp_path / "sets", [512] * 3, **QUALITY)
    assert detect(folder) == "npz_folder"
    dataset = read(folder)
    assert dataset.series.shape == (3, 512, 8)
    assert dict(dataset.schema.spans) == {"xy": 2, "scale": 2, "rot": 1, "feat": 3}
    assert dataset.lengths is None
    for name, value in QUALITY.items():
        assert torch.equal(dataset.extras[name], torch.full((3, 1), float(value)))
    with np.load(folder / "image_2.npz") as archive:
        assert torch.equal(dataset.series[2], torch.from_numpy(archive["gaussians"]))


def test_sets_in_a_folder_are_those_of_a_file(tmp_path):
    dataset = splats.simulate(Splats(records=4, gaussians=(10, 16), mode="colour"), seed=0)
    for number, (values, length) in enumerate(zip(dataset.series, dataset.lengths, strict=True)):
        np.savez(tmp_path / f"{number}.npz", gaussians=values[:length].numpy())
    found = read(tmp_path)
    assert found.schema == dataset.schema
    assert torch.equal(found.lengths, dataset.lengths)
    assert torch.equal(found.series, dataset.series[:, : found.series.shape[1]])


def test_grey_sets_have_six_numbers(tmp_path):
    dataset = read(filed(tmp_path / "sets", [5, 5], columns=6))
    assert dataset.schema.names("series")[-1] == "grey"
    form = GaussianForm(form="raw")
    form.fit(dataset)
    assert torch.allclose(form.invert(form.apply(dataset)).series, dataset.series, atol=1e-5)


def test_some_sets_are_read_by_row(tmp_path):
    folder = filed(tmp_path / "sets", [4, 6, 5])
    some = records(folder).take(slice(1, 3))
    assert some.series.shape == (2, 6, 8)
    assert some.lengths.tolist() == [6, 5]


def test_what_is_no_single_number_is_left_out(tmp_path):
    more = {"name": np.array("image"), "pixels": np.zeros((4, 4)), "count": np.array([7])}
    assert set(read(filed(tmp_path / "sets", [4], **more)).extras) == {"count"}


def spoilt(folder, **arrays):
    np.savez(folder / "image_1.npz", **arrays)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"points": np.ones((4, 8))}, r"image_1.npz: must have an array 'gaussians', .*points \("),
        ({}, "must have an array 'gaussians', .* and has nothing"),
        ({"gaussians": np.ones((4, 7))}, r"must be Gaussians x 8 numbers, or x 6 .* got \(4, 7\)"),
        ({"gaussians": np.ones((0, 8))}, r"got \(0, 8\)"),
        ({"gaussians": np.ones((1, 4, 8))}, r"got \(1, 4, 8\)"),
        ({"gaussians": np.ones((4, 6))}, "must have 8 numbers each, as in image_0.npz, got 6"),
        ({"gaussians": np.ones((4, 8))}, "must have one number 'psnr', as image_0.npz has"),
        (
            {"gaussians": np.full((4, 8), np.nan), **QUALITY},
            "series has 32 values that are not finite, the first .* in sample 1, step 0 of x",
        ),
    ],
)
def test_a_file_that_does_not_go_with_the_others_is_named(tmp_path, arrays, words):
    folder = filed(tmp_path / "sets", [4, 4, 4], **QUALITY)
    spoilt(folder, **arrays)
    with pytest.raises(DataError, match=words):
        read(folder)


def test_a_damaged_file_is_named(tmp_path):
    folder = filed(tmp_path / "sets", [4, 4])
    path = folder / "image_1.npz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match=r"image_1.npz: is cut short or damaged"):
        read(folder)
