"""Runs whose generator draws continuous latents: refused, trained, and asked by every verb."""

import copy
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

import latentloom
from latentloom.cli.main import main
from latentloom.core.errors import DataError, RecipeError, RunError
from latentloom.data.formats import read, write
from latentloom.recipes.assess import assess
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.examination import evidence_of
from latentloom.recipes.interpolation import interpolated
from latentloom.recipes.latents import Encoded, load_latents, origin_of, save_latents
from latentloom.recipes.plan import Plan
from latentloom.recipes.reporting import report_of
from latentloom.recipes.simulators import sketch
from latentloom.report.write import render
from latentloom.training.run_folder import read_tensors, write_tensors

ONE = {"epochs": 1, "batch_size": 16}
SQUARED = {"error": {"criterion": "squared"}}
SURPRISE = {"surprise": {"forward_pass": "latents", "criterion": "surprise"}}


def phase(name, part, forward_pass, objective, **settings):
    update = {"trains": [part], "forward_pass": forward_pass, "objective": objective}
    return {"name": name, "updates": [update], **ONE, **settings}


SETS = {
    "data": {
        "simulate": {"kind": "splats", "records": 40, "gaussians": [10, 16]},
        "transforms": [
            {"kind": "gaussian_form", "form": "log_covariance"},
            {"kind": "standard", "arrays": ["series"], "per": "span"},
        ],
    },
    "parts": {
        "representation": {
            "encoder": {"kind": "flat_conv1d", "steps": 16, "widths": [8, 8], "dense": 16},
            "bottleneck": {"kind": "gaussian", "dim": 4},
            "decoder": {"kind": "flat_conv1d", "steps": 16, "widths": [8, 8], "dense": 16},
        },
        "generator": {"kind": "gaussian_mixture", "components": 2},
    },
    "phases": [
        phase("sets", "representation", "reconstruct", SQUARED),
        phase(
            "latents",
            "generator",
            "latents",
            {"surprise": {"criterion": "surprise"}},
            probes=SURPRISE,
            select="surprise",
        ),
    ],
}
SENSOR = copy.deepcopy(SETS)
SENSOR["data"] = {
    "simulate": {"kind": "displacement_sensor", "records": 60, "steps": 32},
    "transforms": [{"kind": "standard", "arrays": ["series", "drive", "condition"]}],
}
SENSOR["parts"] = {
    "base": {"kind": "unet", "widths": [4], "blocks": 1},
    "representation": {
        "encoder": {"kind": "conv", "widths": [4, 8], "strides": [2, 2]},
        "bottleneck": {"kind": "free", "dim": 2},
        "decoder": {"kind": "conv", "widths": [8, 4], "strides": [2, 2]},
    },
    "generator": {"kind": "flow", "width": 8, "layers": 1, "latent_steps": 8, "solver_steps": 2},
}
SENSOR["phases"] = [phase("direct", "base", "predict", SQUARED), *SENSOR["phases"]]
SENSOR["evaluation"] = {"samples": 3}


def trained(tmp_path_factory, tree, name):
    return train(Plan.of(tree), tmp_path_factory.mktemp("runs") / name, Conduct(device="cpu"))


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    return trained(tmp_path_factory, SETS, "sets")


@pytest.fixture(scope="module")
def sensor(tmp_path_factory):
    return trained(tmp_path_factory, SENSOR, "sensor")


@pytest.fixture(scope="module")
def known(sets):
    return sketch(sets.plan.data.simulate)


def test_the_surprise_is_recorded_and_judged(sets):
    rows = json.loads(sets.folder.history.read_text(encoding="utf-8"))
    assert {"train/surprise", "validation/surprise"} <= rows[1].keys()


def test_draws_so_many_as_asked_some_at_a_time(sets):
    made = sets.generated(samples=600, seed=1)
    assert made.series.shape == (600, 16, 6)
    assert torch.equal(made.series, sets.generated(samples=600, seed=1).series)
    assert not torch.equal(made.series[:300], made.series[300:])


def test_a_low_temperature_draws_sets_that_are_more_alike(sets):
    cold, warm = (
        sets.generated(samples=50, decoding=f"{{kind: sample, temperature: {heat}}}").series
        for heat in (0.1, 1.0)
    )
    assert cold.var(0).mean() < warm.var(0).mean()


def test_the_prior_needs_no_phase_of_its_own(tmp_path):
    tree = copy.deepcopy(SETS)
    tree["parts"]["generator"] = "standard_normal"
    tree["phases"] = tree["phases"][:1]
    run = train(Plan.of(tree), tmp_path / "prior", Conduct(device="cpu"))
    assert run.generated(samples=3).series.shape == (3, 16, 6)


def test_every_verb_knows_what_to_do_with_drives(sensor):
    assessment = assess(sensor)
    assert {"generated", "reconstruction"} <= {e.kind for e in assessment.entries}
    assert assessment.scorecard.codes == {}
    assert "<html" in render(report_of(sensor, assessment))


@pytest.mark.parametrize("name", ["sets", "sensor"])
def test_a_diagnosis_looks_for_no_codes(name, request):
    evidence = evidence_of(request.getfixturevalue(name))
    assert evidence.exposed is None
    assert evidence.neighbours is not None
    assert "generator" not in {fit.part for fit in evidence.fits}


def test_a_report_of_sets_is_written(sets, capsys):
    assert main(["report", str(sets.folder.path)]) == 0
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("path", ["line", "arc"])
def test_a_way_begins_and_ends_at_reconstructions(sets, known, path):
    way = interpolated(sets, known, 2, 7, steps=5, path=path)
    ends = sets.reconstructed(known.take([2, 7]))
    assert torch.allclose(way.series[[0, -1]], ends.series, atol=1e-4)
    assert torch.equal(way.lengths[[0, -1]], ends.lengths)
    assert way.size == 5


def test_a_way_keeps_the_drive_of_its_first_signal(sensor):
    known = sketch(sensor.plan.data.simulate)
    way = latentloom.interpolate(sensor, known, 0, 1, steps=3)
    assert torch.equal(way.drive, known.drive[:1].expand(3, -1, -1))
    first = sensor.reconstructed(known.take([0]))
    assert torch.allclose(way.series[:1], first.series, atol=1e-4)


def test_the_command_writes_the_way(sets, known, tmp_path, capsys):
    write(known, tmp_path / "sets.h5")
    run, data, out = str(sets.folder.path), str(tmp_path / "sets.h5"), str(tmp_path / "way.h5")
    asked = ["interpolate", run, data, "--from", "0", "--to", "3"]
    assert main([*asked, "--steps", "4", "--path", "arc", "-o", out]) == 0
    assert read(tmp_path / "way.h5").series.shape == (4, 16, 6)
    assert f"wrote 4 signals to {out}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--from", "0", "--to", "8"], "to: must be the number of a sample, 0 to 7, got 8"),
        (["--from", "-1", "--to", "2"], "from: must be the number of a sample, 0 to 7, got -1"),
        (["--from", "0", "--to", "1", "--path", "lime"], "path must be one of .* mean 'line'"),
        (
            ["--from", "0", "--to", "1", "--steps", "1"],
            "Invalid value for '--steps': .* greater than or equal to 2",
        ),
    ],
)
def test_a_way_that_cannot_be_is_refused_in_a_line(sets, known, tmp_path, capsys, options, words):
    write(known, tmp_path / "sets.h5")
    asked = ["interpolate", str(sets.folder.path), str(tmp_path / "sets.h5"), *options]
    assert main([*asked, "-o", str(tmp_path / "way.h5")]) == 2
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    assert re.search(words, said), said


def test_a_way_has_two_ends(sets, known):
    with pytest.raises(ValueError, match=r"steps must be at least 2, for both ends .*, got 1"):
        interpolated(sets, known, 0, 1, steps=1)


def test_there_is_no_way_between_codes(run):
    with pytest.raises(RunError, match="has codes, between which nothing lies; take a run with"):
        interpolated(run, sketch(run.plan.data.simulate), 0, 1)


def test_latents_of_padded_sets_come_back_as_they_were(sets, known, tmp_path):
    save_latents(sets.encode(known), tmp_path / "z.npz")
    back = sets.decoded(load_latents(tmp_path / "z.npz"))
    assert torch.equal(back.lengths, known.lengths)
    assert torch.allclose(back.series, sets.reconstructed(known).series, atol=1e-5)


def test_latents_of_another_model_are_refused(sets, known, tmp_path):
    other = replace(sets, system=copy.deepcopy(sets.system))
    with torch.no_grad():
        next(other.system.representation.parameters()).add_(1e-3)
    save_latents(other.encode(known), tmp_path / "z.npz")
    words = "latents: must be of the model in .*, got those of another, .*; decode them with the"
    with pytest.raises(DataError, match=words):
        sets.decoded(load_latents(tmp_path / "z.npz"))
    narrow = replace(other.encode(known), z=np.zeros((known.size, 1, 1), np.float32))
    with pytest.raises(DataError, match=words):  # though it would not fit either
        sets.decoded(narrow)
    assert sets.decoded(Encoded(z=other.encode(known).z)).size == known.size  # unsigned


def test_an_autoencoder_is_given_a_generator_afterwards(sets, tmp_path):
    tree = copy.deepcopy(SETS)
    tree["phases"] = tree["phases"][1:]
    model = tmp_path / "alone.pt"
    kept = read_tensors(sets.folder.model, kind="model")
    own = {n: x for n, x in kept["weights"].items() if not n.startswith("generator")}
    write_tensors(model, kept | {"weights": own})
    conduct = Conduct(device="cpu", existing_model=model)
    given = train(Plan.of(tree), tmp_path / "given", conduct)
    assert given.encode(sketch(sets.plan.data.simulate)).origin == origin_of(
        sets.system.representation
    )


def test_damaged_lengths_of_latents_are_refused(tmp_path):
    np.savez(tmp_path / "z.npz", z=np.zeros((3, 1, 4)), lengths=np.zeros(2))
    with pytest.raises(DataError, match="lengths must be 3 whole numbers, one for each sample"):
        load_latents(tmp_path / "z.npz")


GAUSSIAN = "parts.representation.bottleneck"
LEARNS = "phases.1.updates.0"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            (GAUSSIAN, {"kind": "quantized", "dim": 2, "levels": [8]}),
            "parts.generator: must have continuous latents to draw, and the bottleneck Quantized"
            " has codes; take a gaussian or free one, or a generator of codes such as transformer",
        ),
        (
            ("parts.generator", {"kind": "lstm", "width": 8, "layers": 1}),
            "parts.generator: must have codes to draw, and the bottleneck Gaussian has none; take"
            " a quantized or scalar one, or a generator of latents such as gaussian_mixture",
        ),
        (
            ("parts.generator", "standard_normal"),
            f"{LEARNS}.trains.0: must name a part that can learn; 'generator' cannot",
        ),
        (
            ("parts.generator", None),
            f"{LEARNS}.forward_pass: latents needs parts.generator, and the recipe has none",
        ),
        (
            (f"{LEARNS}.forward_pass", "next_code"),
            f"{LEARNS}.forward_pass: next_code needs parts.generator to be a CodeGenerator, and"
            " gaussian_mixture is none",
        ),
        (
            ("parts.generator.components", 0),
            "parts.generator.components: must be at least 1, got 0",
        ),
        (("parts.generator.rank", -1), "parts.generator.rank: must be at least 0, got -1"),
        (("parts.generator.floor", 0.0), "parts.generator.floor: must be positive, got 0"),
    ],
)
def test_a_recipe_that_cannot_work_is_refused_by_its_place(change, words):
    tree = copy.deepcopy(SETS)
    if change[1] == "next_code":
        tree["phases"][1]["updates"][0]["objective"] = {"a": {"criterion": "cross_entropy"}}
    with pytest.raises(RecipeError) as caught:
        Plan.of(tree, [change])
    assert words in str(caught.value)


def test_latent_steps_that_do_not_fit_are_found_before_training(tmp_path):
    tree = copy.deepcopy(SENSOR)
    tree["parts"]["generator"]["latent_steps"] = 1
    with pytest.raises(RecipeError, match=r"latent_steps must be .*; set .*\.latent_steps=8"):
        train(Plan.of(tree), tmp_path / "run", Conduct(device="cpu"))
