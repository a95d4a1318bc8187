"""Whatever goes wrong is one line on stderr, and exit code 2."""

import errno
import os
import signal
from pathlib import Path

import pytest

from latentloom.cli import main as door
from latentloom.cli.main import main, sentence
from latentloom.core.errors import DataError

SMALL = str(Path(__file__).parents[1] / "recipes" / "small.yaml")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["quux"], "No such command 'quux'. Try: latentloom --help"),
        (["train"], "RECIPE: must be a recipe file or a packaged recipe, got none"),
        (["train", SMALL], "-o: must name the folder of the run, got nothing"),
        (["train", "absent.yaml", "-o", "x"], "absent.yaml: must be a recipe file or a packaged"),
        (["train", SMALL, "-o", "x", "--set", "phases.0.epchs=1"], "phases.0.epchs: unknown key"),
        (["train", SMALL, "-o", "x", "--epochs", "few"], "Invalid value for '--epochs'"),
        (
            ["train", SMALL, "-o", "FOLDER"],
            "the output folder must be new or empty, and it exists",
        ),
        (["train", "--resume-from", "absent"], "absent: must be the folder of a run"),
        (["generate", "absent", "-o", "x.npz"], "absent: must be the folder of a run"),
        (["generate", "absent"], "Missing option '-o' / '--output'"),
        (["generate", "absent", "-o", "FOLDER"], "must be a new file, and it exists"),
        (["data", "inspect", "absent.npz"], "absent.npz: does not exist"),
        (["data", "inspect", "EMPTY"], "empty.csv: is empty"),
        (["data", "inspect", "RAGGED"], "ragged.csv"),
        (["data", "simulate", "sensor", "-o", "x.npz"], "simulate: unknown kind 'sensor'"),
        (
            ["data", "windows", "RAGGED", "--length", "0", "-o", "x.npz"],
            "Invalid value for '--length'",
        ),
        (["data", "windows", "RAGGED", "-o", "x.npz"], "Missing option '--length'"),
        (
            ["data", "windows", "absent.npz", "--length", "3", "--rows", "steps", "-o", "x.npz"],
            "rows: are steps of arrays that must be named, by --series NAME",
        ),
        (
            ["data", "windows", "EMPTY", "--length", "3", "-o", "FOLDER"],
            "must be a new file, and it exists",
        ),
        (["init", "absent"], "absent: unknown packaged recipe"),
        (["init", "voltage_demo", "EMPTY"], "empty.csv: exists already; choose another name"),
        (["schema", "-o", "EMPTY"], "empty.csv: exists already; choose another name"),
        (["train", SMALL, "-o", "EMPTY"], "empty.csv: must be a folder, and a file is there"),
        (["train", SMALL, "-o", "x", "--device", "a:x:"], "a:x:: must be auto, cpu or cuda"),
        (["train", "FOLDER", "-o", "x"], "folder: must be a recipe file, got a folder"),
        (["train", "TWICE", "-o", "x"], "ragged.csv, line 3: is not YAML: expected a single"),
        (["data", "inspect", "FOLDER"], "folder: has no CSV files of samples"),
        (["generate", "x", "-o", "x.npz", "--seed", "-1"], "greater than or equal to 0"),
    ],
)
def test_one_line_and_exit_code_two(command, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder, empty, ragged = tmp_path / "folder", tmp_path / "empty.csv", tmp_path / "ragged.csv"
    folder.mkdir()
    (folder / "note").touch()
    empty.touch()
    ragged.write_text("a,b\n1,2\n3\n")
    if "TWICE" in command:
        ragged.write_text("a: 1\n\n---\nb: 2\n")
    names = {"FOLDER": folder, "EMPTY": empty, "RAGGED": ragged, "TWICE": ragged}
    assert main([str(names.get(word, word)) for word in command]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert len(said.err.splitlines()) == 1
    assert not said.out
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "empty.csv",
        "folder",
        "ragged.csv",
    ]


def test_every_error_of_a_recipe_gets_its_line(tmp_path, capsys):
    changes = ["--set", "a=1", "--set", "phases.0.epchs=2"]
    assert main(["train", SMALL, "-o", str(tmp_path / "x"), *changes]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_stopping_says_how_to_go_on(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "run"
    from latentloom.training.player import Player

    ended = Player.end_epoch

    def stopped(self):
        signal.raise_signal(signal.SIGINT)
        return ended(self)

    monkeypatch.setattr(Player, "end_epoch", stopped)
    assert main(["train", SMALL, "-o", str(folder), "--device", "cpu"]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line == (
        f"stopped; everything is saved; go on with: latentloom train --resume-from {folder}"
    )
    monkeypatch.setattr(Player, "end_epoch", ended)
    assert main(["train", "--resume-from", str(folder), "--device", "cpu"]) == 0
    assert (folder / "best_model.pt").is_file()


def test_verbose_shows_where_it_came_from(tmp_path, capsys):
    assert main(["data", "inspect", str(tmp_path / "absent.npz"), "--verbose"]) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "no space", "run/x.pt"), "run/x.pt: no space is left on its disk"),
        (PermissionError(errno.EACCES, "denied", "run"), "run: permission denied"),
        (FileExistsError(errno.EEXIST, "exists", "a.yaml"), "a.yaml: exists already"),
        (FileNotFoundError(errno.ENOENT, "none", "b"), "b: no such file or folder"),
        (OSError(errno.EIO, os.strerror(errno.EIO), "c"), "c: Input/output error"),
        (DataError("d", "is empty"), "d: is empty"),
    ],
)
def test_says_what_the_system_refused(error, words):
    assert sentence(error).startswith(words)


def test_a_fault_of_ours_is_not_hidden(monkeypatch):
    monkeypatch.setattr(door, "app", lambda *_, **__: [][0])
    with pytest.raises(IndexError):
        main([])
