"""A run reads the runs of its users as its own data, and says what it was never shown."""

import numpy as np
import pytest
import torch

from latentloom.cli.main import main
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.formats import read
from latentloom.recipes import judging
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.exchange import known_from
from latentloom.recipes.plan import Plan
from latentloom.recipes.ranges import beyond, ranges_in, ranges_of, unfamiliar_states
from latentloom.recipes.states import States

STEPS = 12
HEADER = "step,comp_1,comp_2,mobility,gradient_coefficient\n"


def write_run(path, number, mobility, gradient):
    step = np.arange(STEPS)
    comps = np.sin(np.outer(step + number, (0.5, 0.2)))
    rows = [f"{t},{a:.6f},{b:.6f},{mobility},{gradient}\n" for t, (a, b) in enumerate(comps)]
    path.write_text(HEADER + "".join(rows))


def tree_of(folder, **columns):
    return {
        "data": {
            "source": str(folder),
            "split": {"kind": "counts", "train": 8, "validation": 2},
            "transforms": [{"kind": "standard", "arrays": ["series"]}, "first_rows"],
            **({"columns": columns} if columns else {}),
        },
        "parts": {"base": {"kind": "lstm", "width": 4, "layers": 1, "dropout": 0.0}},
        "phases": [
            {
                "name": "direct",
                "epochs": 1,
                "batch_size": 8,
                "updates": [
                    {
                        "trains": ["base"],
                        "forward_pass": "predict",
                        "objective": {"absolute": {"criterion": "absolute"}},
                    }
                ],
            }
        ],
        "evaluation": {"samples": 0},
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Runs of others, and two runs that learned from them, one of them of all columns."""
    place = tmp_path_factory.mktemp("place")
    (place / "data").mkdir()
    for number in range(1, 12):
        gradient = 0.5 + number / 22
        write_run(place / "data" / f"{number}.csv", number, 1 + number / 11, gradient)
    for name, columns in (("five", {}), ("seven", {"constants": "series"})):
        plan = Plan.of(tree_of(place / "data", **columns))
        train(plan, place / name, Conduct(device="cpu"))
    return place


@pytest.fixture(params=["folder", "file"])
def alone(request, tmp_path):
    """A single new run, in a folder or by itself."""
    write_run(tmp_path / "77.csv", 3, 1.5, 0.75)
    return tmp_path if request.param == "folder" else tmp_path / "77.csv"


def opened(place, name):
    from latentloom.recipes.run import Run

    return Run.open(place / name, device="cpu")


def test_a_single_new_run_is_read_as_the_data_were(place, alone):
    known = known_from(opened(place, "five").schema, alone, {}, series="series")
    assert known.schema.names("series") == ("comp_1", "comp_2")
    assert known.condition.tolist() == [[1.5, 0.75]]
    known = known_from(opened(place, "seven").schema, alone, {}, series="series")
    assert known.series.shape == (1, STEPS, 4)
    assert known.condition is None


def test_conditions_alone_are_read_from_a_run_too(place, alone):
    known = known_from(opened(place, "five").schema, alone, {"mobility": 1.25})
    assert known.series is None
    assert known.condition.tolist() == [[1.25, 0.75]]


def test_ranges_are_those_of_the_train_part(place):
    learned = ranges_in(opened(place, "five").folder)
    whole = read(place / "data")
    with np.load(place / "five" / "split.npz") as split:
        part = whole.take(torch.from_numpy(split["train"]))
    mobility, first = part.condition[:, 0], part.series[:, 0, 1]
    assert learned["condition"]["mobility"] == [mobility.min(), mobility.max()]
    assert learned["first row"]["comp_2"] == [first.min(), first.max()]
    assert learned["state"]["comp_1"] == [part.series[..., 0].min(), part.series[..., 0].max()]


def test_what_generate_is_told_beyond_the_ranges_is_warned_of(place, tmp_path, capsys):
    told = ["generate", str(place / "five"), "-o"]
    row = ["--first-row", "comp_1=0.3,comp_2=0.5", "--condition"]
    inside = "mobility=1.5,gradient_coefficient=0.75"
    assert main([*told, str(tmp_path / "a.npz"), *row, inside]) == 0
    assert not capsys.readouterr().err
    outside = "mobility=3.1,gradient_coefficient=0.75"
    assert main([*told, str(tmp_path / "b.npz"), *row, outside]) == 0
    error = capsys.readouterr().err
    assert error.startswith("warning: mobility 3.1 lies outside what was trained on, 1.")
    assert error.count("\n") == 1
    assert read(tmp_path / "b.npz").size == 1


def test_composition_in_the_place_of_mobility_is_warned_of(place, tmp_path, capsys):
    row = "comp_1=0.3,comp_2=0.5,mobility=0.379756,gradient_coefficient=1.227265"
    command = ["generate", str(place / "seven"), "-o", str(tmp_path / "a.npz")]
    assert main([*command, "--first-row", row]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" lies ")[0] for line in lines] == [
        "warning: mobility 0.379756 in the first row",
        "warning: gradient_coefficient 1.22727 in the first row",
    ]


def test_other_data_of_an_evaluation_are_warned_of(place, tmp_path, monkeypatch):
    for number in range(1, 5):
        write_run(tmp_path / f"{number}.csv", number, 1.5, 0.75 if number != 3 else 9)

    def stop(run, data):
        raise LookupError("scored")  # what is scored is another test's affair

    monkeypatch.setattr(judging, "assess", stop)
    said: list[str] = []
    with pytest.raises(LookupError, match="scored"):
        judging.Judging(judged=place / "five", data=tmp_path, device="cpu").assessment(said.extend)
    words = "gradient_coefficient 9 (signal 2; 1 of 4 signals) lies outside what was trained on"
    assert [sentence.partition(",")[0] for sentence in said] == [words]
    said.clear()
    with pytest.raises(LookupError, match="scored"):
        judging.Judging(judged=place / "five", device="cpu").assessment(said.extend)
    assert not said


def test_measured_states_are_held_against_all_steps(place):
    values = np.array([[0.1, np.nan, 0.38, 0.75]])
    said = unfamiliar_states(opened(place, "seven"), States(source="state", values=values), {})
    assert [sentence.split(" lies ")[0] for sentence in said] == ["mobility 0.38 in the state"]


def test_labels_and_numbers_just_outside_are_not_spoken_of():
    schema = Schema(
        condition=(Quantity("f"), Quantity("kind")), categories={"kind": ("a", "b", "c")}
    )
    learned = ranges_of(Dataset(schema=schema, condition=torch.tensor([[1.0, 0], [2, 1]])), 0)
    assert learned["condition"] == {"f": (1.0, 2.0)}
    assert not beyond(learned, schema, condition=torch.tensor([[2.04, 2.0]]))
    assert beyond(learned, schema, condition=torch.tensor([[2.06, 2.0]]))


def test_a_run_that_noted_no_ranges_says_nothing(place, tmp_path):
    from latentloom.training.run_folder import RunFolder

    assert ranges_in(RunFolder(tmp_path)) == {}
    schema = Schema(condition=(Quantity("f"),))
    assert beyond({}, schema, condition=torch.ones(1, 1)) == ()
