"""The command line from end to end, as its users call it."""

import os
from pathlib import Path

import numpy as np
import pytest

from latentloom.cli.main import SPINS, main
from latentloom.data.formats import read
from latentloom.recipes.library import find
from latentloom.recipes.plan import Plan
from latentloom.recipes.text import read as read_recipe
from latentloom.recipes.text import write as write_recipe

SMALL = Path(__file__).parents[1] / "recipes" / "small.yaml"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with data and a run that was trained on them."""
    folder = tmp_path_factory.mktemp("place")
    data = ["data", "simulate", "displacement-sensor", "-o", str(folder / "data.npz")]
    assert main([*data, "--records", "8", "--set", "steps=64", "--seed", "1"]) == 0
    assert main(["train", str(SMALL), "-o", str(folder / "run"), "--device", "cpu"]) == 0
    return folder


def shapes(path):
    dataset = read(path)
    return tuple(dataset.series.shape), tuple(dataset.drive.shape)


@pytest.mark.parametrize("said", [None, "GOMP_SPINCOUNT", "OMP_WAIT_POLICY"])
def test_threads_do_not_wait_long_unless_the_user_says_how(said, monkeypatch, capsys):
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.setenv(name, "mine")  # so that what comes now is undone
        monkeypatch.delenv(name)
    if said:
        monkeypatch.setenv(said, "mine")
    assert main(["recipes"]) == 0
    assert os.environ.get("GOMP_SPINCOUNT") == {None: SPINS, "GOMP_SPINCOUNT": "mine"}.get(said)


def test_generates_signals_with_their_drives(place, tmp_path, capsys):
    output = tmp_path / "made.npz"
    command = ["generate", str(place / "run"), "--drive", str(place / "data.npz"), "-n", "2"]
    assert main([*command, "-o", str(output), "--decoding", "{kind: sample, top_k: 3}"]) == 0
    assert shapes(output) == ((16, 64, 1), (16, 64, 2))
    assert f"wrote 16 signals to {output}" in capsys.readouterr().out


def test_reads_the_drives_of_plain_files(place, tmp_path):
    dataset = read(place / "data.npz")
    plain, output = tmp_path / "plain.npz", tmp_path / "made.npz"
    current, position = dataset.drive.unbind(-1)
    np.savez(plain, current=current, position=position, frequency=dataset.condition[:, 0])
    known = "temperature=20,amplitude=1e-2,mean_position=1e-3"
    command = ["generate", str(place / "run"), "--drive", str(plain), "--condition", known]
    assert main([*command, "-o", str(output)]) == 0
    assert shapes(output) == ((8, 64, 1), (8, 64, 2))


def test_encoding_and_decoding_is_reconstruction(place, tmp_path):
    run, data, latents = str(place / "run"), str(place / "data.npz"), str(tmp_path / "z.npz")
    assert main(["encode", run, data, "-o", latents]) == 0
    one, other = tmp_path / "one.h5", tmp_path / "other.parquet"
    assert main(["decode", run, latents, "--drive", data, "-o", str(one)]) == 0
    assert main(["reconstruct", run, data, "-o", str(other)]) == 0
    assert np.allclose(read(one).series, read(other).series, atol=1e-6)


def test_scores_and_reports(place, capsys):
    assert main(["evaluate", str(place / "run")]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ("generated", "reconstruction", "law", "nearest"))
    assert (place / "run" / "scores.json").is_file()
    assert main(["report", str(place / "run")]) == 0
    page = (place / "run" / "report.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "http" not in page.replace("http://www.w3.org", "")


def test_data_that_changed_is_not_scored(place, tmp_path, capsys):
    data, run, recipe = tmp_path / "data.npz", tmp_path / "run", tmp_path / "recipe.yaml"
    tree = read_recipe(SMALL)
    tree["data"] |= {"source": str(data), "simulate": None}
    recipe.write_text(write_recipe(tree))
    more = ["data", "simulate", "displacement-sensor", "--records", "40", "--set", "steps=64"]
    assert main([*more, "-o", str(data), "--seed", "1"]) == 0
    assert main(["train", str(recipe), "-o", str(run), "--device", "cpu"]) == 0
    data.unlink()
    assert main([*more, "-o", str(data), "--seed", "2"]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(run)]) == 2
    assert f"{data}: changed since the run was trained on it; put" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("z", "words"),
    [
        (np.full((8, 8, 2), np.nan), "z must be samples x latent steps x features of finite"),
        (np.full((8, 8, 2), "a"), "z must be samples x latent steps x features of finite"),
        (np.zeros((8, 8, 1), np.float32), "latents: must have 2 features a step, got 1"),
        (np.zeros((7, 8, 2), np.float32), "input: must be as many as the 7 latents, got 8"),
    ],
)
def test_latents_of_others_are_refused(place, tmp_path, capsys, z, words):
    np.savez(tmp_path / "z.npz", z=z)
    command = [
        "decode",
        str(place / "run"),
        str(tmp_path / "z.npz"),
        "-o",
        str(tmp_path / "o.npz"),
    ]
    assert main([*command, "--drive", str(place / "data.npz")]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("frequency", "condition: must be NAME=VALUE,..., got 'frequency'"),
        ("=3", "condition: must be NAME=VALUE,..., got '=3'"),
        ("frequency=1,frequency=2", "condition frequency: must be given once, got it twice"),
        ("frequency=.nan", "condition has 8 values that are not finite"),
        ("freqency=3", "condition freqency: unknown condition; did you mean 'frequency'?"),
    ],
)
def test_conditions_that_say_nothing_are_refused(place, tmp_path, capsys, condition, words):
    command = ["generate", str(place / "run"), "--drive", str(place / "data.npz")]
    assert main([*command, "-o", str(tmp_path / "o.npz"), "--condition", condition]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1


def test_a_dry_run_says_that_the_data_are_not_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "conv1d_base", "-o", "run", "--dry-run"]) == 0
    said = capsys.readouterr().err
    assert said.startswith("datasets/gaussians.h5: does not exist: training would stop here; only")
    assert len(said.splitlines()) == 1


def test_a_dry_run_prints_every_setting_and_writes_nothing(tmp_path, capsys):
    output = tmp_path / "run"
    assert main(["train", str(SMALL), "-o", str(output), "--dry-run", "--epochs", "3"]) == 0
    text, said = tmp_path / "text.yaml", capsys.readouterr()
    assert said.err.endswith("simulated when they are needed; only the settings were checked\n")
    text.write_text(said.out)
    assert [phase["epochs"] for phase in read_recipe(text)["phases"]] == [3, 3, 3]
    assert not output.exists()


def test_data_is_looked_into_and_converted(place, tmp_path, capsys):
    assert main(["data", "convert", str(place / "data.npz"), str(tmp_path / "folder")]) == 0
    assert main(["data", "inspect", str(tmp_path / "folder")]) == 0
    said = capsys.readouterr().out
    assert "samples" in said
    assert "current" in said
    assert read(tmp_path / "folder").size == 8


def test_packaged_recipes_are_listed_and_copied(tmp_path, capsys):
    assert main(["recipes"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert {"voltage_demo", "default", "validation/1k_arch_summary"} <= set(names)
    for name in names:
        path = tmp_path / name / "mine.yaml"
        assert main(["init", name, str(path)]) == 0
        assert path.read_bytes() == find(name).read_bytes()
    assert Plan.read(tmp_path / names[0] / "mine.yaml").text == Plan.read(names[0]).text


def test_the_schema_is_json(tmp_path):
    import json

    assert main(["schema", "-o", str(tmp_path / "schema.json")]) == 0
    assert json.loads((tmp_path / "schema.json").read_text())["title"] == "Recipe"
