"""Learning rates fall where scores stand still, and where nothing else says so."""

from dataclasses import replace

import pytest
from tiny import phases, session

from latentloom.schedules import Constant
from latentloom.training.loop import train
from latentloom.training.plateau import Lowering, Plateau

NOTHING_IS_BETTER = 1e6  # a score must fall by more than this to count


def rates(path, plateau, *, rate, **changes):
    """The learning rates of the epochs of a phase with a constant schedule."""
    direct, *_ = phases(plateau=plateau, **changes)
    update = replace(direct.updates[0], learning_rate=Constant(rate))
    phase = replace(direct, updates=(update,))
    return [row["schedule/learning_rate"] for row in train([phase], session(path))]


def test_a_rate_falls_after_so_many_validations_without_a_better_score(tmp_path):
    plateau = Plateau(factor=0.5, patience=2)
    told = {"epochs": 8, "min_delta": NOTHING_IS_BETTER}
    # the first validation is better than none; 2 and 3 are not, 4 and 5 are not, 6 and 7 ...
    halves = [1, 1, 1, 2, 2, 4, 4, 8]
    assert rates(tmp_path, plateau, rate=1e-3, **told) == [1e-3 / half for half in halves]


def test_a_rate_does_not_fall_below_the_least(tmp_path):
    plateau = Plateau(factor=0.1, patience=1, least=3e-4)
    told = {"epochs": 4, "min_delta": NOTHING_IS_BETTER}
    assert rates(tmp_path / "a", plateau, rate=1e-3, **told) == [1e-3, 1e-3, 3e-4, 3e-4]
    assert rates(tmp_path / "b", plateau, rate=1e-5, **told) == [1e-5] * 4


def test_a_rate_stays_while_scores_get_better(tmp_path):
    plateau = Plateau(factor=0.5, patience=1)
    assert rates(tmp_path, plateau, rate=0.0, epochs=3) == [0.0] * 3
    lowering = Lowering(plateau)
    for _ in range(9):
        lowering.note(better=True)
    assert lowering(1.0) == 1.0


def test_validations_count_and_not_epochs(tmp_path):
    plateau = Plateau(factor=0.5, patience=1)
    told = {"epochs": 6, "min_delta": NOTHING_IS_BETTER, "validate_every": 2}
    assert rates(tmp_path, plateau, rate=1.0, **told) == [1, 1, 1, 1, 0.5, 0.5]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"factor": 1.0}, r"factor must be in \(0, 1\), got 1.0"),
        ({"factor": 0.0}, r"factor must be in \(0, 1\), got 0.0"),
        ({"patience": 0}, "patience must be at least 1, got 0"),
        ({"least": -1.0}, "least must be at least 0, got -1.0"),
    ],
)
def test_nonsense_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        Plateau(**settings)


def test_a_plateau_needs_a_score():
    direct, *_ = phases()
    with pytest.raises(ValueError, match="plateau must come with select, the probe"):
        replace(direct, plateau=Plateau(), select="")
