"""Sets of Gaussians in files as one picture; bad ones in one line."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from unpacked import decoded

from latentloom.cli.main import main
from latentloom.core.errors import DataError, RecipeError
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import write
from latentloom.data.simulate import Splats, sines, splats
from latentloom.data.splats import as_bytes
from latentloom.data.splats.sets import dataset_of
from latentloom.nn.splatting import draw
from latentloom.recipes.rendering import Rendering, chosen, render_files

PLAIN = Rendering(columns=2, scale=1)


def spots(records=3, colours=1, size=(6, 8)):
    """A few Gaussians of each record, and images for them."""
    rng = np.random.default_rng(0)
    shape = (records, 4)
    parts = [rng.random((*shape, 2)), rng.uniform(0.3, 1, (*shape, 2)), rng.random((*shape, 1))]
    series = np.concatenate([*parts, rng.random((*shape, colours))], 2).astype(np.float32)
    pixels = torch.from_numpy(rng.random((records, size[0] * size[1] * colours)).astype("f4"))
    return dataset_of(torch.from_numpy(series), size, {"pixels": pixels})


@pytest.fixture
def path(tmp_path):
    write(spots(), tmp_path / "sets.h5")
    return tmp_path / "sets.h5"


def test_each_set_is_drawn_in_its_place(path, tmp_path):
    assert render_files([path], tmp_path / "out.png", PLAIN, "0-2") == (3, 3)
    picture = decoded((tmp_path / "out.png").read_bytes())
    images = as_bytes(draw(spots().series, size=(6, 8)))
    assert picture.shape == (2 + 2 * 8, 2 + 2 * 10, 1)
    assert picture[2:8, 12:20].tolist() == images[1].tolist()
    assert picture[10:16, 2:10].tolist() == images[2].tolist()


def test_other_files_and_the_pixels_stand_above_and_below(path, tmp_path):
    colour = tmp_path / "colour.npz"
    write(spots(colours=3), colour)
    settings = replace(PLAIN, pixels=True)
    render_files([path, colour], tmp_path / "out.png", settings, "1")
    picture = decoded((tmp_path / "out.png").read_bytes())
    assert picture.shape == (2 + 3 * 8, 12, 3)
    original = as_bytes(spots().extras["pixels"].view(-1, 6, 8, 1))[1]
    assert picture[2:8, 2:10].tolist() == np.repeat(original, 3, 2).tolist()
    drawn = as_bytes(draw(spots(colours=3).series, size=(6, 8)))[1]
    assert picture[18:24, 2:10].tolist() == drawn.tolist()


def test_padding_is_not_drawn(tmp_path):
    ragged = splats.simulate(Splats(records=4, gaussians=(3, 9)), seed=0)
    write(ragged, tmp_path / "ragged.h5")
    render_files([tmp_path / "ragged.h5"], tmp_path / "out.png", replace(PLAIN, columns=4))
    height, width = (int(ragged.extras[name][0]) for name in ("height", "width"))
    picture = decoded((tmp_path / "out.png").read_bytes())
    real = ragged.context().mask
    wanted = as_bytes(draw(ragged.series, size=(height, width), real=real))[3]
    assert picture[2:-2, -2 - width : -2].tolist() == wanted.tolist()


def test_a_size_can_be_said_and_is_taken_from_beside(path, tmp_path):
    bare = replace(spots(), extras={})
    write(bare, tmp_path / "bare.h5")
    render_files([tmp_path / "bare.h5", path], tmp_path / "a.png", PLAIN, "0")
    assert decoded((tmp_path / "a.png").read_bytes()).shape == (18, 12, 1)
    larger = replace(PLAIN, size=(9, 7), scale=2)
    render_files([tmp_path / "bare.h5"], tmp_path / "b.png", larger, "0")
    assert decoded((tmp_path / "b.png").read_bytes()).shape == (22, 18, 1)


@pytest.mark.parametrize(("text", "found"), [("", [0, 1, 2]), ("2, 0-1", [2, 0, 1]), ("1", [1])])
def test_records_are_named_by_numbers_and_ranges(text, found):
    assert chosen(text, 3) == found


@pytest.mark.parametrize("text", ["a", "1-", "2-1", "-1", "1,,2", "1.5"])
def test_other_words_for_records_are_refused(text):
    with pytest.raises(RecipeError, match="--records: must be numbers and ranges such as"):
        chosen(text, 3)


def test_records_that_are_not_there_are_refused():
    with pytest.raises(RecipeError, match=r"of the 3 sets that every file has, 0 to 2, got '0-7'"):
        chosen("0-7", 3)


def broken(slot, value):
    """Sets with one number that cannot be."""
    bad = spots()
    bad.series[1, 2, slot] = value
    return bad


def others(*names):
    """Signals whose channels have other names."""
    schema = Schema(series=tuple(Quantity(name) for name in names))
    return Dataset(schema=schema, series=torch.ones(2, 3, len(names)))


def empty():
    """A set of nothing but padding."""
    lengths = torch.tensor([4, 0, 4])
    return replace(spots(), lengths=lengths, series=spots().series * (lengths > 0)[:, None, None])


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        (
            broken(2, -0.5),
            "must have a positive scale .*, in sample 1, slot 2, whose x, y, scale_0",
        ),
        (broken(3, 0.0), "must have a positive scale in .* per pixel, and has not, in sample 1"),
        (broken(4, float("inf")), "series has a value that is not finite, .* in sample 1, step 2"),
        (empty(), "every set must have a Gaussian, and shown set 1 has none"),
        (
            sines.simulate(sines.Sines(records=3), seed=0),
            "must hold sets of Gaussians, whose chan",
        ),
        (others("x", "y", "scale_0", "scale_1", "rotation"), "must have 1 colour or 3, got none"),
        (
            replace(spots(), extras={}),
            "does not say how large its images are.*; give --height and",
        ),
    ],
)
def test_what_cannot_be_drawn_is_one_line(dataset, words, tmp_path):
    write(dataset, tmp_path / "bad.npz")
    with pytest.raises(DataError, match=words) as caught:
        render_files([tmp_path / "bad.npz"], tmp_path / "out.png", PLAIN)
    assert str(caught.value).startswith(str(tmp_path / "bad.npz"))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.png").exists()


def test_sizes_that_differ_are_refused(path, tmp_path):
    write(spots(size=(5, 5)), tmp_path / "other.h5")
    with pytest.raises(DataError, match=r"one size, got 6 x 8 in .*sets.h5, 5 x 5 in .*other.h5;"):
        render_files([path, tmp_path / "other.h5"], tmp_path / "out.png", PLAIN)


def test_pixels_must_be_there_and_fit(path, tmp_path):
    shown = replace(PLAIN, pixels=True)
    with pytest.raises(
        DataError, match="has 48 numbers for the pixels of an image, and 5 x 5 of 1"
    ):
        render_files([path], tmp_path / "out.png", replace(shown, size=(5, 5)))
    bare = spots()
    write(
        replace(bare, extras={n: bare.extras[n] for n in ("height", "width")}), tmp_path / "b.h5"
    )
    with pytest.raises(DataError, match="has no extra 'pixels' to show; fit its images with"):
        render_files([tmp_path / "b.h5"], tmp_path / "out.png", shown)


def test_the_picture_must_be_new_and_a_png(path, tmp_path):
    with pytest.raises(DataError, match=r"out.jpg: must end in \.png"):
        render_files([path], tmp_path / "out.jpg", PLAIN)
    (tmp_path / "out.png").touch()
    with pytest.raises(DataError, match=r"out\.png: must be a new file, and it exists"):
        render_files([path], tmp_path / "out.png", PLAIN)


def test_numbers_must_be_at_least_one():
    for change in ({"columns": 0}, {"scale": 0}, {"nearest": 0}, {"size": (0, 4)}):
        with pytest.raises(ValueError, match="must be at least 1, got 0"):
            replace(PLAIN, **change)


def test_the_command_line_says_what_it_drew(path, tmp_path, capsys):
    command = ["render", str(path), "-o", str(tmp_path / "out.png"), "--records", "0,2"]
    assert main(command) == 0
    assert "drew 2 of 3 sets to" in capsys.readouterr().out
    assert main([*command[:3], str(tmp_path / "b.png"), "--height", "4"]) == 2
    assert "--height, --width: must be given together" in capsys.readouterr().err
