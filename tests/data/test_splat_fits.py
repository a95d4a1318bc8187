"""Gaussians are fitted as well as asked for, whoever does it and however often stopped."""

import numpy as np
import pytest
import torch
from killing import killed_and_whole

from latentloom.cli.main import main
from latentloom.core.errors import DataError
from latentloom.data.formats import read
from latentloom.data.splats import (
    GaussianFit,
    Images,
    file,
    fit,
    fit_file,
    psnr,
    read_images,
    ssim,
)
from latentloom.data.splats.placing import placed
from latentloom.nn.splatting import draw

FIT = GaussianFit(gaussians=12, steps=15)


def images(count=6, size=(12, 10), channels=1):
    """Smooth images, each of a few waves."""
    rows, columns = (torch.arange(side) / side for side in size)
    random = torch.Generator().manual_seed(7)
    turns = 6 * torch.rand(count, 4, channels, 1, 1, generator=random)
    waves = torch.sin(turns[:, 0] * rows[:, None] + turns[:, 1]) * torch.cos(
        turns[:, 2] * columns + turns[:, 3]
    )
    return (0.5 + 0.45 * waves).permute(0, 2, 3, 1)


def seeds(count, seed=0):
    return [(seed, place) for place in range(count)]


def kept(count=6, **settings):
    return Images((255 * images(count, **settings)).numpy().astype(np.uint8), 255.0)


@pytest.fixture
def little_parts(monkeypatch):
    monkeypatch.setattr(file, "_PART", 2)


@pytest.mark.parametrize("placement", ["quantiles", "gradient", "lattice"])
@pytest.mark.parametrize("criterion", ["squared", "absolute", "structural"])
@pytest.mark.parametrize("channels", [1, 3])
def test_more_steps_come_nearer(placement, criterion, channels):
    real = images(channels=channels)
    settings = {"gaussians": 30, "placement": placement, "criterion": criterion}
    few, many = (fit(real, GaussianFit(**settings, steps=n), seeds(6)).psnr for n in (2, 40))
    assert (many > few + 3).all()
    assert many.mean() > 24


def test_what_is_told_of_a_fit_is_true():
    real = images()
    made = fit(real, FIT, seeds(6))
    shown = draw(made.series, size=(12, 10)).clamp(0, 1)
    torch.testing.assert_close(psnr(shown, real), made.psnr, atol=1e-3, rtol=0)
    torch.testing.assert_close(ssim(shown, real), made.ssim, atol=1e-4, rtol=0)


def test_the_nearest_only_are_blended_where_that_is_asked_for():
    real = images()
    made = fit(real, GaussianFit(gaussians=12, steps=15, nearest=2), seeds(6))
    shown = draw(made.series, size=(12, 10), nearest=2).clamp(0, 1)
    torch.testing.assert_close(psnr(shown, real), made.psnr, atol=1e-3, rtol=0)


@pytest.mark.parametrize("placement", ["quantiles", "gradient"])
def test_an_image_is_fitted_as_it_would_be_alone(placement):
    real = images()
    settings = GaussianFit(gaussians=12, steps=15, placement=placement)
    together = fit(real, settings, seeds(6)).series
    alone = fit(real[4:5], settings, seeds(6)[4:5]).series
    torch.testing.assert_close(together[4:5], alone, atol=1e-3, rtol=1e-3)


def test_scales_are_positive_and_spots_no_thinner_than_pixels_see():
    noise = torch.rand(4, 12, 10, 1).round()
    scale = fit(noise, GaussianFit(gaussians=40, steps=60), seeds(4)).series[..., 2:4]
    assert scale.min() >= 1 / 12 - 1e-6
    assert scale.max() <= 1 / 0.3 + 1e-6


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
def test_flat_images_are_fitted_too(value):
    made = fit(torch.full((2, 9, 9, 1), value), FIT, seeds(2))
    assert made.series.isfinite().all()
    assert (made.psnr > 25).all()


@pytest.mark.parametrize("size", [(1, 9), (9, 1), (1, 1), (3, 40)])
def test_images_of_any_shape_are_fitted(size):
    made = fit(images(size=size), GaussianFit(gaussians=5), seeds(6))
    assert made.series.isfinite().all()
    assert made.psnr.mean() > 20


@pytest.mark.parametrize("count", [1, 2, 7, 64, 300])
@pytest.mark.parametrize("placement", ["quantiles", "gradient", "lattice"])
def test_all_are_placed_inside_the_image(count, placement):
    centres = placed(images(), count, placement, seeds(6))
    assert centres.shape == (6, count, 2)
    assert (centres >= 0).all()
    assert (centres <= torch.tensor([10, 12])).all()


def test_a_lattice_is_even():
    centres = placed(torch.rand(1, 8, 8, 1), 16, "lattice", seeds(1))[0]
    wanted = torch.cartesian_prod(torch.arange(1.0, 8, 2), torch.arange(1.0, 8, 2)).flip(1)
    torch.testing.assert_close(centres, wanted)


def test_quantiles_stand_where_the_contrast_is_and_move_with_it():
    image = torch.zeros(1, 20, 20, 1)
    image[0, 4:8, 5:9] = 1
    centres = placed(torch.cat((image, image.roll(3, 2))), 36, "quantiles", seeds(2))
    near = ((centres[0] - torch.tensor([7.0, 6.0])).abs() < 4).all(-1)
    assert near.float().mean() > 0.6
    moved = (centres[1] - centres[0])[near].median(0).values
    torch.testing.assert_close(moved, torch.tensor([3.0, 0.0]), atol=0.4, rtol=0)


def windowed(image, side):
    """Means over all places at which a Gaussian window fits, in a loop."""
    place = np.arange(side) - (side - 1) / 2
    weight = np.exp(-(place**2) / 4.5)
    weight = np.outer(weight, weight) / weight.sum() ** 2
    rows, columns = (length - side + 1 for length in image.shape)
    return np.array(
        [
            [(weight * image[i : i + side, j : j + side]).sum() for j in range(columns)]
            for i in range(rows)
        ]
    )


@pytest.mark.parametrize("side", [14, 11, 6])
def test_similarity_is_that_of_its_definition(side):
    x, y = torch.rand(2, side, side).double().numpy()
    mean = {n: windowed(v, min(side, 11)) for n, v in {"x": x, "y": y}.items()}
    over = {
        n: windowed(v, min(side, 11)) for n, v in {"xx": x * x, "yy": y * y, "xy": x * y}.items()
    }
    both = mean["x"] * mean["y"]
    light = (2 * both + 1e-4) / (mean["x"] ** 2 + mean["y"] ** 2 + 1e-4)
    spread = over["xx"] - mean["x"] ** 2 + over["yy"] - mean["y"] ** 2
    wanted = (light * (2 * (over["xy"] - both) + 9e-4) / (spread + 9e-4)).mean()
    made = ssim(*(torch.from_numpy(v)[None, ..., None] for v in (x, y)))
    assert made.item() == pytest.approx(wanted, rel=1e-9)


def test_equal_images_have_the_best_quality():
    real = images(channels=3)
    assert ssim(real, real).allclose(torch.ones(6))
    assert psnr(real, real).eq(100).all()


def test_noise_of_a_hundredth_has_forty_decibel():
    real = torch.full((1, 100, 100, 1), 0.5)
    assert psnr(real + 0.01 * torch.randn_like(real), real).item() == pytest.approx(40, abs=0.2)


def test_the_file_reads_as_what_was_fitted(tmp_path):
    real = kept(channels=3)
    fit_file(real, FIT, 0, tmp_path / "a.h5", pixels=True)
    dataset = read(tmp_path / "a.h5")
    assert dataset.schema.names("series")[-3:] == ("red", "green", "blue")
    assert dict(dataset.schema.spans) == {"xy": 2, "scale": 2, "rot": 1, "feat": 3}
    assert torch.equal(dataset.extras["pixels"].view(6, 12, 10, 3), real.values())
    assert dataset.extras["image"].flatten().tolist() == [0, 1, 2, 3, 4, 5]
    size = tuple(int(dataset.extras[side][0]) for side in ("height", "width"))
    shown = draw(dataset.series, size=size).clamp(0, 1)
    wanted = psnr(shown, real.values())
    torch.testing.assert_close(wanted, dataset.extras["psnr"].flatten(), atol=1e-3, rtol=0)


@pytest.mark.usefixtures("little_parts")
def test_equal_seeds_make_equal_files_whoever_works(tmp_path):
    settings = GaussianFit(gaussians=12, steps=5, placement="gradient")
    one = fit_file(kept(), settings, 3, tmp_path / "one.npz")
    two = fit_file(kept(), settings, 3, tmp_path / "two.npz", workers=2)
    other = fit_file(kept(), settings, 4, tmp_path / "other.npz")
    assert torch.equal(one.series, two.series)
    assert not torch.equal(one.series, other.series)


@pytest.mark.usefixtures("little_parts")
def test_a_fit_that_was_stopped_goes_on(tmp_path):
    real, done = kept(), []

    def stop(fitted, total):
        done.append((fitted, total))
        if fitted == 4:
            raise KeyboardInterrupt

    whole = fit_file(real, FIT, 0, tmp_path / "whole.npz")
    with pytest.raises(KeyboardInterrupt):
        fit_file(real, FIT, 0, tmp_path / "pieces.npz", progress=stop)
    assert not (tmp_path / "pieces.npz").exists()
    note = lambda *seen: done.append(seen)  # noqa: E731
    pieces = fit_file(real, FIT, 0, tmp_path / "pieces.npz", progress=note)
    assert done == [(0, 6), (2, 6), (4, 6), (4, 6), (6, 6)]
    assert torch.equal(whole.series, pieces.series)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pieces.npz", "whole.npz"]


def stopped(path, **changes):
    """Parts of a fit that was stopped before its first image."""

    def stop(fitted, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_file(kept(**changes), FIT, 0, path, progress=stop)


def test_parts_of_other_images_or_another_fit_are_not_taken(tmp_path):
    stopped(tmp_path / "a.h5")
    with pytest.raises(DataError, match=r'holds parts of .*"steps": 15.* and .*"steps": 16'):
        fit_file(kept(), GaussianFit(gaussians=12, steps=16), 0, tmp_path / "a.h5")
    with pytest.raises(DataError, match=r"holds parts of .*; ask for the same, or remove it"):
        fit_file(kept(channels=3), FIT, 0, tmp_path / "a.h5")


def test_a_part_of_large_images_has_few():
    one = Images(np.zeros((3, 200, 300, 3), np.uint8), 255.0)
    assert len(file._jobs(one, GaussianFit(gaussians=512, steps=1000))) == 3
    assert len(file._jobs(kept(300), FIT)) == 2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"gaussians": 0}, "gaussians must be at least 1, got 0"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"nearest": 0}, "nearest must be at least 1, got 0"),
        ({"width": 0.0}, r"width must be positive, got 0.0"),
        ({"rates": (0.3, 0.0, 0.1, 0.1)}, r"rates of sizes must be positive, got 0.0"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        GaussianFit(**settings)


def test_digits_are_fitted_to_more_than_25_decibel(shared_data):
    digits = read_images(shared_data / "images" / "mnist_t10k_images.idx3.gz")[:60].values()
    made = fit(digits, GaussianFit(gaussians=64, steps=40), seeds(60))
    assert made.psnr.mean() > 36
    assert made.psnr.min() > 28
    assert made.ssim.mean() > 0.98


def test_patches_of_photographs_are_fitted_to_more_than_30_decibel(shared_data):
    photographs = read_images(shared_data / "images" / "kodak16_128x192.npz").values()
    made = fit(photographs[::5, 32:96, 64:128], GaussianFit(gaussians=512, steps=30), seeds(4))
    assert made.series.shape == (4, 512, 8)
    assert made.psnr.mean() > 30


SMALL = ["--gaussians", "9", "--steps", "5", "--workers", "1", "-o"]


@pytest.fixture
def stored(tmp_path):
    np.savez(tmp_path / "images.npz", images=kept().pixels)
    return tmp_path / "images.npz"


def test_the_command_fits_and_says_how_well(stored, tmp_path, capsys):
    path = tmp_path / "a.h5"
    assert main(["data", "fit-gaussians", str(stored), *SMALL, str(path), "--most", "4"]) == 0
    said = capsys.readouterr().out.splitlines()
    dataset = read(path)
    assert said[0] == f"wrote 4 sets of 9 Gaussians to {path}"
    assert said[1].startswith(f"PSNR {dataset.extras['psnr'].mean():.2f} dB, least ")
    assert dataset.series.shape == (4, 9, 6)
    assert "pixels" not in dataset.extras


def test_a_killed_fit_goes_on(stored, tmp_path):
    np.savez(stored, images=kept(900).pixels)
    arguments = ["data", "fit-gaussians", str(stored), *SMALL]
    killed, whole = (read(path) for path in killed_and_whole(arguments, tmp_path, ".npz"))
    assert torch.equal(killed.series, whole.series)


BAD = [
    (["absent.npz"], "absent.npz: does not exist"),
    (["FOLDER"], "has no images; expected files that end in ('.png', '.jpg', '.jpeg')"),
    (["IMAGES", "-o", "IMAGES"], "must be a new file, and it exists; choose another name"),
    (["IMAGES", "-o", "a.jpeg"], "its ending must be one of"),
    (["IMAGES", "--gaussians", "121"], "gaussians must be at most the 120 pixels of an image of"),
    (["IMAGES", "--gaussians", "0"], "gaussians: must be at least 1, got 0"),
    (["IMAGES", "--set", "step=3"], "step: unknown key; did you mean 'steps'?"),
    (["IMAGES", "--set", "placement=even"], "placement: must be one of 'quantiles', 'gradient'"),
    (["IMAGES", "--most", "0"], "Invalid value for '--most'"),
]


@pytest.mark.parametrize(("words", "line"), BAD, ids=[line for _, line in BAD])
def test_bad_input_is_one_line(words, line, stored, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    names = {"FOLDER": "folder", "IMAGES": stored.name}
    output = [] if "-o" in words else ["-o", "made.h5"]
    command = ["data", "fit-gaussians", *(names.get(word, word) for word in words), *output]
    assert main(command) == 2
    said = capsys.readouterr().err
    assert line in said
    assert len(said.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "images.npz"]
