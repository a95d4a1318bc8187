import numpy as np
import pytest

from latentloom.core.errors import RunError
from latentloom.evaluation.calibration import calibrate
from latentloom.evaluation.floors import Twins
from latentloom.evaluation.records import Prediction, Records
from latentloom.evaluation.scorecard import Entry, Scorecard, score
from latentloom.evaluation.scores import SCORES


@pytest.fixture
def records():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(40, 16, 1))
    kinds = {"category": np.arange(40) % 2, "kinds": ("iron", "ferrite")}
    return Records(truth=truth, cycles=np.full(40, 0.1), law=-2 * truth, **kinds)


def entries(records):
    rng = np.random.default_rng(1)
    noise = rng.normal(size=records.truth.shape)
    samples = records.truth[:, None] + 0.2 * rng.normal(size=(40, 8, 16, 1))
    calibration = calibrate(records.truth, samples, records.mask)
    good = Prediction(values=records.truth + 0.1 * noise, samples=samples, calibration=calibration)
    return [
        Entry(name="tokens", kind="generated", prediction=good),
        Entry(name="ridge", kind="baseline", prediction=Prediction(values=0 * noise)),
        Entry(name="itself", kind="floor", prediction=Prediction(values=records.truth)),
    ]


def test_samples_bring_every_score_there_is(records):
    card = score(records, entries(records))
    assert set(card.rows[0].scores) == set(SCORES)
    assert card.rows[0].scores["nrmse"].median.value == pytest.approx(0.1, abs=0.02)
    assert "crps" not in card.rows[1].scores
    assert set(card.rows[1].kinds) == {"iron", "ferrite"}


def test_who_is_better_is_said_once_for_each_baseline(records):
    (comparison,) = score(records, entries(records)).comparisons
    assert (comparison.first, comparison.second, comparison.sign) == ("tokens", "ridge", -1)


def test_a_scorecard_survives_its_file(records, tmp_path):
    card = score(records, entries(records))
    card.write(tmp_path / "scores.json")
    assert Scorecard.read(tmp_path / "scores.json") == card


def test_twins_become_a_floor(records):
    rows = np.arange(3)
    twins = Twins(rows=rows, twins=rows[::-1].copy(), distances=np.array([0.1, 0.2, 0.3]))
    row = score(records, entries(records), twins=twins).of_kind("floor")[-1]
    assert row.scores["nrmse"].median.value == pytest.approx(0.2)


def test_names_must_differ(records):
    twice = entries(records)[:1] * 2
    with pytest.raises(ValueError, match=r"different names, got \['tokens'\] more than once"):
        score(records, twice)


def test_the_entry_that_does_not_fit_is_named(records):
    entry = Entry(
        name="short", kind="baseline", prediction=Prediction(values=records.truth[:, :3])
    )
    with pytest.raises(ValueError, match=r"short: values must be of the truth's shape"):
        score(records, [entry])


@pytest.mark.parametrize("text", ["{", "[]", '{"rows": []}'])
def test_a_damaged_file_is_one_clear_error(tmp_path, text):
    path = tmp_path / "scores.json"
    path.write_text(text)
    with pytest.raises(RunError, match="must be a complete score table, and it cannot be read"):
        Scorecard.read(path)


def test_an_absent_file_is_one_clear_error(tmp_path):
    with pytest.raises(RunError, match="no such file exists; evaluate the run first"):
        Scorecard.read(tmp_path / "scores.json")
