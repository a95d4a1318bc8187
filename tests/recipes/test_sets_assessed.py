"""The scores and the report of a run of sets of Gaussians, on one that learned a little."""

import copy
import json
import re
from dataclasses import replace

import pytest
import torch
from test_gaussian_sets import TREE

import latentloom
from latentloom.cli.main import main
from latentloom.core.errors import DataError, RunError
from latentloom.data.formats import write
from latentloom.data.simulate import Splats, splats
from latentloom.data.splats import psnr, size_of, ssim
from latentloom.evaluation.sets import SetCard
from latentloom.nn.splatting import draw
from latentloom.recipes.assess import splits
from latentloom.recipes.image_size import image_size, sized
from latentloom.recipes.sets_assessed import assess_sets
from latentloom.recipes.sets_report import set_report_of
from latentloom.report import render

GENERATOR = {
    "name": "write",
    "epochs": 1,
    "updates": [
        {
            "trains": ["generator"],
            "forward_pass": "next_code",
            "objective": {"nats": {"criterion": "cross_entropy"}},
        }
    ],
}


def strokes(records, seed=0, noise=0.05):
    """Sets of different sizes, with images that they do not draw exactly."""
    made = splats.simulate(Splats(records=records, gaussians=(10, 16)), seed=seed)
    images = draw(made.series, size=(28, 28), real=made.context().mask)
    random = torch.Generator().manual_seed(seed)
    pixels = (images + noise * torch.randn(images.shape, generator=random)).clamp(0, 1)
    return replace(made, extras={**made.extras, "pixels": pixels.flatten(1)})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets") / "run"
    return latentloom.train(TREE, folder, data=strokes(60), device="cpu")


@pytest.fixture(scope="module")
def assessment(run):
    return assess_sets(run)


@pytest.fixture(scope="module")
def generating(tmp_path_factory):
    """A run of codes, which draws new sets."""
    tree = copy.deepcopy(TREE)
    tree["parts"]["representation"]["bottleneck"] = {
        "kind": "quantized",
        "dim": 4,
        "levels": [8],
    }
    tree["parts"]["generator"] = {"kind": "lstm", "width": 8, "layers": 1}
    del tree["phases"][0]["updates"][0]["objective"]["kl"]
    tree["phases"][0] |= {"epochs": 1, "probes": {}, "select": ""}
    tree["phases"].append(GENERATOR)
    folder = tmp_path_factory.mktemp("sets") / "codes"
    return latentloom.train(tree, folder, data=strokes(40), device="cpu")


def test_errors_are_those_of_the_mean_of_the_posterior(run, assessment):
    _, _, test = splits(run)
    ready = run.pipeline.apply(test)
    with torch.inference_mode():
        made, latent = run.system.reconstruct(ready.batch())
    real = ready.context().mask
    card = assessment.card
    start = 0
    for name, count in ready.schema.spans.items():
        own = slice(start, start + count)
        error = (made - ready.series)[..., own][real].square().mean()
        assert card.run.errors[name].value == pytest.approx(float(error), rel=1e-5)
        start += count
    assert card.numbers == latent.z[0].numel() == 4
    assert card.samples == test.size == 6


def test_images_are_drawn_in_the_units_of_files(run, assessment):
    _, _, test = splits(run)
    real = test.context().mask
    made, fitted = (
        draw(series, size=(28, 28), real=real).clamp(0, 1)
        for series in (torch.from_numpy(run.reconstruct(test)), test.series)
    )
    originals = test.extras["pixels"].view(-1, 28, 28, 1)
    card = assessment.card
    (ceiling,) = card.of_kind("ceiling")
    for found, one, other in (
        (card.run.fitted, made, fitted),
        (card.run.original, made, originals),
        (ceiling.original, fitted, originals),
    ):
        assert found.psnr.value == pytest.approx(float(psnr(one, other).mean()), abs=1e-2)
        assert found.ssim.value == pytest.approx(float(ssim(one, other).mean()), abs=1e-3)


def test_other_data_can_be_scored_with_their_images(run):
    card = latentloom.evaluate(run, strokes(20, seed=3))
    assert isinstance(card, SetCard)
    assert card.samples == 20
    assert card.run.original is not None


def test_images_need_a_size(run):
    bare = replace(strokes(20, seed=3), extras={})
    assert image_size(run, bare) == (28, 28)  # of the data that it was trained on
    told = json.loads(run.folder.data.read_text(encoding="utf-8"))
    assert told["image"] == [28, 28]
    mixed = replace(bare, extras={n: torch.arange(20.0)[:, None] + 5 for n in ("height", "width")})
    assert size_of(mixed) is None


def test_what_a_run_makes_knows_its_size(run):
    made = sized(run, run.reconstructed(strokes(5, seed=4)))
    assert size_of(made) == (28, 28)


def test_a_run_of_other_signals_has_no_sets_to_score(run):
    names = (replace(run.schema.series[0], name="voltage"), *run.schema.series[1:])
    other = replace(run, pipeline=run.plan.pipeline())
    other.pipeline._schema = replace(run.schema, series=names)
    with pytest.raises(RunError, match="must be of sets of Gaussians and have a representation"):
        assess_sets(other)


def test_the_report_shows_images_and_no_curves_of_slots(run, assessment):
    page = render(set_report_of(run, assessment))
    shown = re.findall(r'<img src="data:image/png;base64,[\w+/=]+" alt="([\w ]+)', page)
    rows = ("original", "fitted", "reconstructed", "PCA", "mean of each slot")
    assert {row: shown.count(row) for row in rows} == dict.fromkeys(rows, 6)
    assert page.index("<h2>Verdict</h2>") < page.index("<h2>Side by side</h2>")
    for title in ("What the latents keep", "How near the images come", "Latents", "Losses"):
        assert f"<h2>{title}</h2>" in page
    for title in ("Sampled", "Records", "Channels", "Clouds", "Spectrum"):
        assert f"<h2>{title}</h2>" not in page
    assert "divergence from the standard normal" in page
    assert "<script" not in page


def test_a_run_that_generates_shows_new_images_beside_real_ones(generating):
    page = render(set_report_of(generating, assess_sets(generating)))
    assert "<h2>Sampled</h2>" in page
    assert 'alt="Sampled"' in page
    assert 'alt="Fitted, of the test split"' in page


def test_the_verbs_draw_what_they_make(generating, tmp_path, capsys):
    folder, paths = str(generating.folder.path), [tmp_path / n for n in ("a.h5", "b.h5", "c.npz")]
    write(strokes(5, seed=1), paths[0])
    assert main(["generate", folder, "-n", "5", "-o", str(paths[1])]) == 0
    assert main(["encode", folder, str(paths[0]), "-o", str(paths[2])]) == 0
    assert main(["decode", folder, str(paths[2]), "-o", str(tmp_path / "d.h5")]) == 0
    for path in (paths[1], tmp_path / "d.h5"):
        picture = path.with_suffix(".png")
        command = ["render", str(path), "--beside", str(paths[0]), "-o", str(picture)]
        assert main(command) == 0
        assert picture.read_bytes().startswith(b"\x89PNG")
    assert "drew 5 of 5 sets" in capsys.readouterr().out


def test_the_sets_are_told_beside_their_baselines(run, tmp_path, capsys):
    folder = str(run.folder.path)
    assert main(["evaluate", folder, "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    for words in (
        "6 held-out sets: mean squared error in the units of the transforms",
        "PCA, 4 components",
        "mean of each slot",
        "standard deviation over that of the truth",
        "images of 28 x 28 pixels",
        "the sets themselves",
        "error minus that of PCA, 4 components: xy",
    ):
        assert words in said
    assert SetCard.read(run.folder.scores).samples == 6
    write(strokes(20, seed=2), tmp_path / "other.h5")
    output = tmp_path / "card.json"
    command = ["evaluate", folder, "--data", str(tmp_path / "other.h5"), "-o", str(output)]
    assert main(command) == 0
    assert SetCard.read(output).samples == 20


def test_the_report_is_one_file(run, capsys):
    assert main(["report", str(run.folder.path), "--device", "cpu"]) == 0
    assert f"wrote {run.folder.report}" in capsys.readouterr().out
    assert "Mean squared error by type" in run.folder.report.read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--report", "x.html"],
            "--report: goes with --protocol; write the page with: latentloom",
        ),
        (["--real", "x.npz"], "--real: must be left out: a run of sets knows its columns"),
        (["--scores", "mmd"], "--scores: goes with --protocol strict; sets have one table"),
        (["--data", "gone.h5"], "gone.h5: "),
    ],
)
def test_what_does_not_go_with_sets_is_one_line(run, arguments, words, capsys):
    assert main(["evaluate", str(run.folder.path), *arguments]) == 2
    assert words in " ".join(capsys.readouterr().err.split())


def test_too_few_sets_are_refused(run):
    with pytest.raises(DataError, match="at least 2 sets, got 1"):
        latentloom.evaluate(run, strokes(1))


def test_new_sets_are_as_long_as_those_of_the_train_split(generating):
    train, _, _ = splits(generating)
    made = generating.generated(samples=400, seed=3)
    assert set(made.lengths.tolist()) <= set(train.lengths.tolist())
    for length in range(10, 17):
        share = float((train.lengths == length).double().mean())
        found = float((made.lengths == length).double().mean())
        assert abs(found - share) < 4 * (share * (1 - share) / 400) ** 0.5 + 1e-9
    again = generating.generated(samples=400, seed=3)
    assert torch.equal(made.lengths, again.lengths)
    padding = torch.arange(made.steps) >= made.lengths[:, None]
    assert not made.context().mask[padding].any()


def test_a_run_that_remembers_no_lengths_draws_the_most(generating):
    old = replace(generating, lengths={})
    assert old.generated(samples=3, seed=3).lengths is None
