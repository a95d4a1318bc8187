"""The verbs and their flags, pinned: changing one is a decision."""

import re
import subprocess
import sys
import time

import pytest

from latentloom.cli.main import main

FLAGS = {
    ("train",): "alpha batch-size clip-grad-norm config data-dir device dropout dry-run epochs"
    " existing-model hidden-size learning-rate max-lag min-lr mixed-precision no-mixed-precision"
    " no-teacher-forcing noise-level num-layers num-workers output output-dir phases resume"
    " resume-from set start-lr teacher-forcing teacher-forcing-end teacher-forcing-start verbose"
    " weight-decay",
    ("sweep",): "device dry-run output storage verbose workers",
    ("generate",): "condition decoding device drive first-row output overlap samples seed steps"
    " verbose",
    ("encode",): "condition device output verbose",
    ("decode",): "condition device drive output verbose",
    ("reconstruct",): "condition device output verbose",
    ("interpolate",): "condition device from output path steps to verbose",
    ("locate",): "condition data device first-row output state verbose",
    ("render",): "beside columns height nearest output pixels records scale verbose width",
    ("evaluate",): "baselines condition data device drive label output protocol real report rows"
    " scores seed series train verbose",
    ("report",): "device verbose",
    ("compare",): "device output verbose",
    ("diagnose",): "device output verbose",
    ("recipes",): "",
    ("init",): "",
    ("schema",): "output",
    ("data", "inspect"): "channels condition constants drive family leave-out rows series verbose",
    ("data", "convert"): "channels condition constants drive family leave-out rows series verbose",
    ("data", "windows"): "blocks condition drive gap hold-out length output rows seed series"
    " stride verbose",
    ("data", "simulate"): "columns output records seed set verbose workers",
    ("data", "kinematics"): "channels output series verbose",
    ("data", "prepare"): "array basis columns components form held-out output seed verbose",
    ("data", "fit-gaussians"): "gaussians most output pixels seed set steps verbose workers",
}


@pytest.mark.parametrize(("verb", "flags"), FLAGS.items(), ids=" ".join)
def test_the_flags_of_a_verb_are_these(verb, flags, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")  # else long ones are cut
    assert main([*verb, "--help"]) == 0
    found = set(re.findall(r"--([a-z][a-z-]+)", capsys.readouterr().out)) - {"help"}
    assert found == set(flags.split())


def test_the_verbs_are_these(capsys):
    assert main(["--help"]) == 0
    found = re.findall(r"^│ ([a-z]+) {2,}", capsys.readouterr().out, re.MULTILINE)
    assert sorted(found) == sorted({verb[0] for verb in FLAGS})


def test_help_comes_at_once():
    code = "from latentloom.cli.main import main; main(['--help'])"
    times = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    assert min(times) < 1.0
