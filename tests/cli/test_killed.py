"""A run that is killed in earnest, at moments nobody chose, ends as if nothing had happened."""

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import torch

from latentloom.cli.main import main
from latentloom.training.run_folder import RunFolder, read_tensors

SMALL = Path(__file__).parents[1] / "recipes" / "small.yaml"
SETTINGS = ["--device", "cpu", "--set", "logging.checkpoint_seconds=0.0", "--epochs", "12"]
COMMAND = "import sys; from latentloom.cli.main import main; sys.exit(main(sys.argv[1:]))"
KILLS = 3


def begin(arguments):
    own = {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        env=os.environ | own,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def weights(folder):
    return read_tensors(folder / "best_model.pt", kind="model")["weights"]


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_weights(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(["train", str(SMALL), "-o", str(whole), *SETTINGS]) == 0
    draw, kills = random.Random(0), 0
    first = ["train", str(SMALL), "-o", str(killed), *SETTINGS]
    while kills < KILLS:
        process = begin(
            first if not killed.exists() else ["train", "--resume-from", str(killed)]
        )
        while not RunFolder(killed).begun or RunFolder(killed).checkpoint() is None:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(0.1 + 0.5 * draw.random())
        process.kill()
        process.wait()
        kills += 1
