import numpy as np
import pytest

from latentloom.report.content import Use
from latentloom.report.verdict import health, verdicts


def texts(mood, card, use=()):
    return [f"{v.text} {v.cure}" for v in verdicts(card, use) if v.mood == mood]


def test_a_winner_names_the_best_baseline(scorecard):
    (first, *_) = texts("good", scorecard())
    assert first.startswith("Beats its only baseline; the best of them is ridge: median NRMSE 0.")


def test_a_loser_says_so_first(scorecard):
    found = verdicts(scorecard(noise=0.5, baseline=0.1))
    assert found[0].mood == "bad"
    assert found[0].text.startswith("Loses to ridge: median NRMSE 0.")
    assert "make it the base" in found[0].cure


def test_a_tie_is_no_win(scorecard):
    found = verdicts(scorecard(noise=0.3, baseline=0.3))
    assert found[0].text.startswith("Cannot be told apart from ridge")


def test_a_weak_generator_is_told_from_a_weak_representation(scorecard):
    (text,) = [t for t in texts("unsure", scorecard()) if t.startswith("Reconstruction reaches")]
    assert "The generator is the weak part" in text


def test_the_gain_over_the_base_is_said(scorecard):
    assert any(
        text.startswith("Improves on its base alone") for text in texts("good", scorecard())
    )


def test_coverage_is_judged_by_its_calibrated_intervals(scorecard):
    assert any("calibrated 90 % intervals hold 9" in text for text in texts("good", scorecard()))


def test_a_collapsed_book_comes_with_its_cure(scorecard):
    counts = np.array([97, 1, 1, 1] + [0] * 12)
    (text,) = texts("bad", scorecard(), [Use(name="Book 1", counts=counts)])
    assert "25 % of 16 codes" in text
    for cure in ("Revive dead codes", "lower decay", "constant stretches"):
        assert cure in text


def test_an_even_book_is_healthy():
    assert health(np.full(8, 5)) == pytest.approx(
        {"utilisation": 1.0, "evenness": 1.0, "top share": 0.125}
    )
    with pytest.raises(ValueError, match="at least one use, got none"):
        health(np.zeros(4, dtype=int))
