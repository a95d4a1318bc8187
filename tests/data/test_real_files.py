"""Real files of every kind can be read as they are."""

import pytest

from latentloom.data.formats import Columns, read, read_many

MAGNET = Columns(
    series=("voltage [V]",),
    drive=("current [A]",),
    condition=("frequency [Hz]", "temperature [degC]", "b_peak [T]"),
    extras=("is_sine",),
    periodic=True,
)


def test_three_materials_are_one_dataset(shared_data):
    names = ("ML95S", "3C95", "3C92")
    paths = [shared_data / "waveforms" / f"magnet_{name}.npz" for name in names]
    dataset = read_many(paths, columns=MAGNET, label="material")
    assert dataset.series.shape == (3000, 128, 1)
    assert dataset.condition.shape == (3000, 4)
    assert dataset.schema.categories["material"] == ("magnet_3C92", "magnet_3C95", "magnet_ML95S")
    assert dataset.condition[0, 3] == 2


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("ECG200_TRAIN.tsv", (100, 96, 1), 2),
        ("ECG5000_TRAIN.tsv", (500, 140, 1), 5),
        ("JapaneseVowels_TRAIN.ts", (270, 26, 12), 9),
        ("BasicMotions_TEST.ts", (40, 100, 6), 4),
    ],
)
def test_archive_files_have_the_sizes_that_are_published(shared_data, name, shape, classes):
    dataset = read(shared_data / "ucr" / name)
    assert dataset.series.shape == shape
    assert len(dataset.schema.categories["label"]) == classes


def test_vowels_have_the_lengths_that_are_published(shared_data):
    lengths = read(shared_data / "ucr" / "JapaneseVowels_TEST.ts").lengths
    assert (lengths.min(), lengths.max()) == (7, 29)


def test_trajectories_of_different_lengths_are_cut_apart(shared_data):
    columns = Columns(series=("points",), condition=("distance [px]",), offsets="offsets")
    dataset = read(shared_data / "trajectories" / "click_targets.npz", columns=columns)
    assert dataset.series.shape == (302, 145, 3)
    assert dataset.lengths.min() == 8


def test_feature_families_are_read_from_nested_groups(shared_data):
    columns = Columns(families=("features/fou/features",), label="label")
    dataset = read(shared_data / "families" / "mfeat.h5", columns=columns)
    assert dataset.families["features/fou/features"].shape == (2000, 76)
    assert dataset.schema.categories["label"] == tuple("0123456789")
