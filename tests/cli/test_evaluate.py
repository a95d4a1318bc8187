"""`latentloom evaluate` on signals of any tool, good and bad."""

import json

import numpy as np
import pytest

from latentloom.cli.main import main
from latentloom.evaluation.sheet import Sheet

QUICK = ["--scores", "marginal,spectral", "--baselines", "none"]


def waves(size, seed=0, channels=2, steps=16):
    rng = np.random.default_rng(seed)
    angle = 0.7 * np.arange(steps) + rng.uniform(0, 6, (size, 1))
    x = np.stack([np.sin(angle + k) for k in range(channels)], -1)
    return (x + 0.1 * rng.normal(size=x.shape)).astype(np.float32)


@pytest.fixture
def files(tmp_path):
    """Real and made signals as another tool would write them."""
    for seed, name in enumerate(("real", "made", "train")):
        np.savez(tmp_path / f"{name}.npz", series=waves(60, seed))
    return tmp_path


def refused(capsys, *arguments):
    code = main(["evaluate", *map(str, arguments)])
    said = capsys.readouterr().err.strip()
    assert code == 2
    assert "\n" not in said
    return said


def judged(files, *arguments):
    made, real = files / "made.npz", files / "real.npz"
    out = files / "scores.json"
    code = main(["evaluate", str(made), "--real", str(real), *QUICK, "-o", str(out), *arguments])
    assert code == 0
    return Sheet.read(out)


def test_arrays_of_any_tool_are_scored_beside_floors(files):
    sheet = judged(files)
    assert [row.name for row in sheet.rows] == ["made", "held-out halves", "training data"]
    found = sheet.rows[0].scores["marginal"]
    assert found.estimate.low < found.estimate.value < found.estimate.high
    assert (found.real, found.made, found.dimensions) == (30, 60, 2)
    assert any("Nobody said what the generator learned from" in note for note in sheet.notes)


def test_what_the_generator_learned_from_can_be_said(files):
    sheet = judged(files, "--train", str(files / "train.npz"))
    assert sheet.rows[0].scores["marginal"].real == 60
    assert not any("Nobody said" in note for note in sheet.notes)


def test_a_sheet_survives_its_file(files):
    sheet = judged(files)
    assert Sheet.of(json.loads(json.dumps(sheet.plain()))) == sheet


def test_the_same_seed_gives_the_same_numbers_and_another_does_not(files):
    first, again, other = judged(files), judged(files), judged(files, "--seed", "1")
    values = [sheet.rows[1].scores["marginal"].estimate for sheet in (first, again, other)]
    assert values[0] == values[1] != values[2]


def test_baselines_that_are_asked_for_get_rows(files):
    sheet = judged(files, "--baselines", "block bootstrap,noise")
    rows = {row.name: row.scores["spectral"].estimate.value for row in sheet.rows}
    assert rows["noise"] > rows["block bootstrap"]


def test_a_long_series_is_cut_into_windows(files, capsys):
    np.savez(files / "long.npz", table=waves(1, 5, steps=400)[0])
    arguments = ["--real", str(files / "long.npz"), "--rows", "steps", *QUICK]
    assert main(["evaluate", str(files / "made.npz"), *arguments]) == 0
    assert "One real series of 400 steps was cut into" in capsys.readouterr().out


def test_a_folder_of_csv_files_is_scored(files, capsys):
    folder = files / "csv"
    folder.mkdir()
    for row, signal in enumerate(waves(30, 7)):
        np.savetxt(folder / f"{row}.csv", signal, delimiter=",", header="a,b", comments="")
    arguments = [str(folder), "--real", str(files / "real.npz"), *QUICK]
    assert main(["evaluate", *arguments]) == 0
    assert "Marginal" in capsys.readouterr().out


def test_different_lengths_are_padded_and_counted(files):
    lengths = np.random.default_rng(0).integers(8, 17, 60)
    ragged = waves(60, 3) * (np.arange(16) < lengths[:, None])[..., None]
    np.savez(files / "made.npz", series=ragged, lengths=lengths)
    sheet = judged(files, "--scores", "length,marginal")
    assert sheet.rows[0].scores["length"].estimate.value > 0.1


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (waves(60, channels=3), "made.npz: must have the 2 channels of the real signals, got 3"),
        (waves(60, steps=20), "made.npz: must have the 16 time steps of the real signals, got 20"),
        (waves(60)[..., 0], r"made.npz: series is a table of (60, 16): say --rows samples if"),
    ],
)
def test_signals_that_do_not_fit_are_refused(files, capsys, made, message):
    np.savez(files / "made.npz", series=made)
    said = refused(capsys, files / "made.npz", "--real", files / "real.npz", *QUICK)
    assert message in said


def test_nan_is_refused_with_its_place(files, capsys):
    made = waves(60)
    made[7, 3, 1] = np.nan
    np.savez(files / "made.npz", series=made)
    said = refused(capsys, files / "made.npz", "--real", files / "real.npz", *QUICK)
    assert "made.npz: series has a value that is not finite" in said
    assert "sample 7, step 3" in said


def test_too_few_signals_are_refused_with_the_number_needed(files, capsys):
    np.savez(files / "real.npz", series=waves(12))
    said = refused(capsys, files / "made.npz", "--real", files / "real.npz", *QUICK)
    assert "strict needs at least 20 real and 10 made signals, got 12 and 60" in said


def test_a_score_with_too_few_signals_is_not_computed_but_says_why(files, capsys):
    np.savez(files / "made.npz", series=waves(11))
    sheet = judged(files, "--scores", "discriminative_trees")
    refused = sheet.rows[0].refused["discriminative_trees"]
    assert "needs at least 12 real and 12 made signals, got 30 and 11" in refused
    assert "Not computed: Discriminative, trees of made" in capsys.readouterr().out


def test_a_constant_channel_is_said_and_scored_around(files):
    for seed, name in enumerate(("real", "made")):
        signals = waves(60, seed)
        signals[..., 1] = 3.0
        np.savez(files / f"{name}.npz", series=signals)
    sheet = judged(files)
    assert any(note.startswith("Constant in the real signals") for note in sheet.notes)
    assert np.isfinite(sheet.rows[0].scores["spectral"].estimate.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--protocol", "strikt"], "must be one of strict, legacy24, features, traj"),
        (["--scores", "marginl"], "got 'marginl'; did you mean 'marginal'?"),
        (["--baselines", "noize"], "got 'noize'; did you mean 'noise'?"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(files, capsys, arguments, message):
    real = ["--real", files / "real.npz"]
    assert message in refused(capsys, files / "made.npz", *real, *arguments)


def test_made_signals_without_real_ones_are_refused(files, capsys):
    said = refused(capsys, files / "made.npz")
    assert "--real: must name the real signals that" in said


def test_unequal_numbers_are_noted_by_the_published_protocol(files):
    np.savez(files / "made.npz", series=waves(40, 1))
    arguments = ["--protocol", "legacy24", "--scores", "legacy_correlational"]
    sheet = judged(files, *arguments)
    assert any("40 made windows against 60 real ones" in note for note in sheet.notes)


def test_a_page_is_written_beside_the_scores(files):
    page = files / "page.html"
    judged(files, "--report", str(page))
    assert "<svg" in page.read_text()


def test_signals_in_other_units_are_noted(files):
    np.savez(files / "made.npz", series=1000 * waves(60, 1))
    sheet = judged(files)
    assert any("real signals in the same units?" in note for note in sheet.notes)


def test_real_signals_that_were_learned_from_are_noted(files):
    sheet = judged(files, "--train", str(files / "real.npz"))
    assert any("100% of the real signals that should be held out" in n for n in sheet.notes)


def test_labels_of_a_foreign_file_are_found_by_their_name(files):
    kinds = np.arange(60) % 2
    for seed, name in enumerate(("real", "made", "train")):
        series = waves(60, seed, channels=1) + 2 * kinds[:, None, None]
        np.savez(files / f"{name}.npz", series=series, kind=np.array(["a", "b"])[kinds])
    sheet = judged(
        files, "--series", "series", "--label", "kind", "--train", str(files / "train.npz")
    )
    assert [(f.condition, f.verdict) for f in sheet.fidelity] == [("kind", "followed")]


def test_the_published_protocol_scores_against_what_was_learned_from(files):
    arguments = ["--protocol", "legacy24", "--scores", "legacy_correlational"]
    sheet = judged(files, "--train", str(files / "made.npz"), *arguments)
    assert sheet.rows[0].scores["legacy_correlational"].estimate.value < 0.2
    found = sheet.rows[0].scores["legacy_correlational"]
    assert len(found.repeats) == 5
    assert found.estimate.low < np.mean(found.repeats) < found.estimate.high
