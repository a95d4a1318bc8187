"""A run killed in earnest, at moments that nobody chose, ends as if nothing had happened."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import torch

from latentloom.cli.main import main
from latentloom.training.run_folder import RunFolder, read_tensors

SMALL = Path(__file__).parents[1] / "recipes" / "small.yaml"
SETTINGS = ["--device", "cpu", "--epochs", "5"]
OFTEN = ["--set", "logging.checkpoint_seconds=0.05"]
COMMAND = "import sys; from latentloom.cli.main import main; sys.exit(main(sys.argv[1:]))"
KILLS = 2


def begun(arguments):
    """The command line in a process of its own."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", COMMAND, *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def killed(arguments, path, patience):
    """Kills a training some time after it began to write checkpoints; whether it still ran."""
    process, folder = begun(arguments), RunFolder(path)
    before = folder.checkpoint()
    stamp = before.stat().st_mtime_ns if before else 0
    while process.poll() is None:
        found = folder.checkpoint()
        try:
            if found and found.stat().st_mtime_ns > stamp:
                break
        except FileNotFoundError:  # replaced meanwhile
            continue
        time.sleep(0.02)
    time.sleep(patience)
    ran = process.poll() is None
    process.kill()
    process.wait()
    return ran


def test_a_run_killed_again_and_again_ends_with_the_same_weights(tmp_path):
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    assert main(["train", str(SMALL), "-o", str(whole), *SETTINGS]) == 0
    draw, kills = random.Random(0), 0
    arguments = ["train", str(SMALL), "-o", str(pieces), *SETTINGS, *OFTEN]
    while kills < KILLS and killed(arguments, pieces, draw.uniform(0.0, 0.2)):
        arguments = ["train", "--resume-from", str(pieces), "--device", "cpu"]
        kills += 1
    assert kills
    if RunFolder(pieces).checkpoint():
        assert main(arguments) == 0
    one, other = (
        read_tensors(path / "best_model.pt", kind="model")["weights"] for path in (whole, pieces)
    )
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
