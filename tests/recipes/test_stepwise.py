"""What the report shows of a run whose base goes step by step."""

from latentloom.recipes.stepwise import course_figure

ROWS = [
    {"phase": "one", "epoch": 1, "train/total": 3.0},
    {"phase": "one", "epoch": 2, "train/total": 2.0, "validation/mae": 2.0},
    {"phase": "two", "epoch": 1, "train/total": 2.0},
    {"phase": "two", "epoch": 2, "validation/mae": 1.0, "validation/lags": 0.5},
]


def test_scores_of_some_epochs_are_shown_where_they_are():
    figure = course_figure(ROWS)
    assert figure.borders == (2.5,)
    assert {line.name: [*line.x, *line.y] for line in figure.lines} == {
        "mae": [2, 4, 2, 1],
        "lags": [4, 0.5],
    }


def test_a_single_phase_or_no_score_has_no_course():
    assert course_figure(ROWS[:2]) is None
    assert course_figure([{"phase": name, "train/total": 1.0} for name in "ab"]) is None
