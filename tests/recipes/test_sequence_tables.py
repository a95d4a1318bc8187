"""The packaged recipes of sequences have the document's tables; what a row becomes in a phase."""

import math

import pytest
from sequence_files import NAMES, TREE

from latentloom.core.errors import RecipeError
from latentloom.recipes.asked import planned
from latentloom.recipes.build import Builder
from latentloom.recipes.foreign import form_of
from latentloom.recipes.library import find
from latentloom.recipes.plan import Plan
from latentloom.recipes.sequence_training.translation import is_sequence_training, translated
from latentloom.recipes.text import read

# A copy of the document's three tables, for the pure MAE and the other two strategies.
MAE = """
| Phase | Epochs | Learning Rate | Teacher Forcing | Noise Level | Weight Decay | Grad Clip |
| 1     | 1-100  | 0.001→0.0005  | 0.7→0.6         | 0.05        | 0.01         | 1.0       |
| 2     | 101-200| 0.0005→0.0001 | 0.6→0.5         | 0.04        | 0.008        | 0.9       |
| 3     | 201-300| 0.0001→0.00005| 0.5→0.4         | 0.03        | 0.005        | 0.8       |
| 4     | 301-400| 0.00005→0.00001| 0.4→0.3        | 0.02        | 0.003        | 0.7       |
| 5     | 401-500| 0.00001→0.000005| 0.3→0.2       | 0.01        | 0.002        | 0.6       |
"""
AUTOCORRELATION = """
| Phase | Epochs | Learning Rate | Teacher Forcing | Max Lag | Noise Level | Weight Decay | Grad Clip |
| 1     | 1-100  | 0.001→0.0005  | 0.7→0.6         | 10      | 0.05        | 0.01         | 1.0       |
| 2     | 101-200| 0.0005→0.0001 | 0.6→0.5         | 15      | 0.05        | 0.008        | 1.0       |
| 3     | 201-300| 0.0001→0.00005| 0.5→0.4         | 15      | 0.04        | 0.005        | 0.9       |
| 4     | 301-400| 0.00005→0.00001| 0.4→0.3        | 20      | 0.02        | 0.003        | 0.7       |
| 5     | 401-500| 0.00001→0.000005| 0.3→0.2       | 20      | 0.01        | 0.002        | 0.6       |
"""  # noqa: E501
COMBINED = """
| Phase | Epochs | Learning Rate | Teacher Forcing | Max Lag | Noise Level | Weight Decay | Grad Clip |
| 1     | 1-100  | 0.001→0.0005  | 0.7→0.6         | 10      | 0.05        | 0.01         | 1.0       |
| 2     | 101-200| 0.0005→0.0001 | 0.6→0.5         | 15      | 0.04        | 0.008        | 0.9       |
| 3     | 201-300| 0.0001→0.00005| 0.5→0.4         | 15      | 0.03        | 0.005        | 0.8       |
| 4     | 301-400| 0.00005→0.00001| 0.4→0.3        | 20      | 0.02        | 0.003        | 0.7       |
| 5     | 401-500| 0.00001→0.000005| 0.3→0.2       | 20      | 0.01        | 0.002        | 0.6       |
"""  # noqa: E501
TABLES = {
    "sequence_mae": MAE,
    "sequence_autocorrelation": AUTOCORRELATION,
    "sequence_combined": COMBINED,
}


def rows(table):
    """The rows of a table, by what its columns are called."""
    lines = [[c.strip() for c in line.strip("|").split("|")] for line in table.split("\n") if line]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def ends(cell):
    return tuple(float(end) for end in cell.split("→"))


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("number", range(5))
def test_each_cell_is_the_documents(name, number):
    row = rows(TABLES[name])[number]
    phase = Plan.read(name).tree["phases"][number]
    (update,) = phase["updates"]
    first, last = row["Epochs"].split("-")
    assert phase["name"] == f"phase_{first}_{last}"
    assert phase["epochs"] == int(last) - int(first) + 1
    fall = update["learning_rate"]
    fall = fall["parts"][1] if fall["kind"] == "joined" else fall
    assert (fall["start"], fall["end"]) == ends(row["Learning Rate"])
    forcing = update["forward_pass"]["forcing"]
    assert (forcing["kind"], forcing["start"], forcing["end"]) == (
        "linear",
        *ends(row["Teacher Forcing"]),
    )
    assert update["forward_pass"]["noise"] == float(row["Noise Level"])
    assert update["weight_decay"] == float(row["Weight Decay"])
    assert update["clip_norm"] == float(row["Grad Clip"])
    if "Max Lag" in row:
        lags = update["objective"]["autocorr"]["criterion"]["lags"]
        assert lags == float(row["Max Lag"])


@pytest.mark.parametrize("name", TABLES)
def test_the_rest_is_the_documents_too(name):
    """Hidden 256, 2 layers, dropout 0.3, batches of 32, 4400 and 550, alpha 0.5, seed 42."""
    tree = Plan.read(name).tree
    assert tree["parts"]["base"] == {"kind": "lstm", "width": 256, "layers": 2, "dropout": 0.3}
    assert tree["data"]["split"] == {"kind": "counts", "train": 4400, "validation": 550}
    assert {phase["batch_size"] for phase in tree["phases"]} == {32}
    assert tree["random_seed"] == 42
    assert tree["logging"]["keep_every"] == (5 if name.endswith("combined") else 10)
    objective = tree["phases"][0]["updates"][0]["objective"]
    expected = {"mae": {"mae"}, "autocorrelation": {"autocorr"}, "combined": {"mae", "autocorr"}}
    assert set(objective) == expected[name.partition("_")[2]]
    if len(objective) == 2:
        assert [term["weight"] for term in objective.values()] == [0.5, 0.5]


@pytest.mark.parametrize("name", TABLES)
def test_the_score_that_chooses_is_the_same_in_every_phase_and_runs_free(name):
    phases = Plan.read(name).tree["phases"]
    for phase in phases:
        assert phase["select"] == phases[0]["select"]
        assert phase["probes"] == phases[0]["probes"]
        assert {probe["forward_pass"] for probe in phase["probes"].values()} == {"predict"}
    lags = [phases[0]["probes"][n]["criterion"]["lags"] for n in ("autocorr", "autocorr_20")]
    assert lags == [10, 20]
    assert [phase.get("incoming") for phase in phases] == [None, *["judged"] * 4]


def learning_rate(strategy, steps=100, *, continued=False):
    """The rate that the recipe has at each step of a phase from 1e-3 to 1e-4."""
    tree = {"strategy": strategy, "data_dir": "x", "start_lr": 1e-3, "min_lr": 1e-4}
    plan = Plan.of({**tree, "continued": continued})
    call = plan.settings.phases[0].updates[0].learning_rate
    rate = Builder().make(call, "")
    return [rate(step / steps) for step in range(steps)]


@pytest.mark.parametrize("strategy", ["pure_mae", "combined"])
def test_new_weights_are_warmed_up_from_a_half_and_fall_by_a_cosine(strategy):
    for step, rate in enumerate(learning_rate(strategy)):
        if step < 30:
            expected = 5e-4 + (1e-3 - 5e-4) * step / 30
        else:
            p = (step - 30) / 70
            expected = 1e-4 + (1e-3 - 1e-4) * (1 + math.cos(math.pi * p)) / 2
        assert rate == pytest.approx(expected, rel=1e-9)


def test_autocorrelations_alone_warm_up_from_a_tenth_and_fall_in_a_line():
    for step, rate in enumerate(learning_rate("pure_autocorr")):
        risen = 1e-4 + 9e-4 * step / 30
        fallen = 1e-3 - 9e-4 * (step - 30) / 70
        assert rate == pytest.approx(risen if step < 30 else fallen, rel=1e-9)


@pytest.mark.parametrize("strategy", ["pure_mae", "pure_autocorr", "combined"])
def test_weights_that_are_trained_on_have_a_straight_line(strategy):
    for step, rate in enumerate(learning_rate(strategy, continued=True)):
        assert rate == pytest.approx(1e-3 - 9e-4 * step / 100, rel=1e-9)


def kinds_of_rates(**keys):
    tree = {**TREE, "data_dir": "x", **keys}
    return [phase["updates"][0]["learning_rate"]["kind"] for phase in translated(tree)["phases"]]


def test_only_the_first_phase_of_new_weights_warms_up():
    assert kinds_of_rates() == ["joined", "linear", "linear"]
    assert kinds_of_rates(existing_model="runs/a") == ["linear"] * 3
    assert kinds_of_rates(continued=False) == ["joined"] * 3


@pytest.mark.parametrize("epochs", [3, 10, 100])
def test_the_truth_is_told_less_and_less_as_documented(epochs):
    """max(end, start - (start - end) epoch / epochs) at the start of every epoch."""
    tree = {"strategy": "pure_mae", "data_dir": "x", "epochs": epochs}
    line = translated(tree)["phases"][0]["updates"][0]["forward_pass"]["forcing"]
    for epoch in range(epochs):
        documented = max(0.6, 0.7 - (0.7 - 0.6) * epoch / epochs)
        ours = line["start"] + (line["end"] - line["start"]) * epoch / epochs
        assert ours == pytest.approx(documented)


def test_alpha_may_move_in_a_phase_and_from_phase_to_phase():
    tree = {**TREE, "data_dir": "x", "phases": [{"alpha": 0.8, "alpha_end": 0.6}, {"alpha": 0.3}]}
    first, second = (p["updates"][0]["objective"] for p in translated(tree)["phases"])
    line = {"kind": "linear", "start": 0.8, "end": 0.6}
    assert first["mae"]["weight"] == line
    rest = first["autocorr"]["weight"]
    assert (rest["start"], rest["end"]) == pytest.approx((0.2, 0.4))
    assert [second[n]["weight"] for n in ("mae", "autocorr")] == [0.3, 0.7]


def test_phases_are_named_after_the_epochs_that_they_are():
    tree = {**TREE, "data_dir": "x"}
    assert [phase["name"] for phase in translated(tree)["phases"]] == NAMES
    longer = translated(tree, [("epochs", 5)])["phases"]
    assert [phase["name"] for phase in longer] == ["phase_1_5", "phase_6_10", "phase_11_15"]
    named = translated(tree, [("phases.1.name", "middle"), ("phases.phase_6_6.max_lag", 4)])
    assert [phase["name"] for phase in named["phases"]] == ["phase_1_2", "middle", "phase_6_6"]


def test_a_setting_of_phases_reaches_all_and_one_of_a_phase_reaches_one():
    tree = {**TREE, "data_dir": "x"}
    changes = [("noise_level", 0.3), ("phases.1.noise_level", 0.4), ("phases.phase_1_2.ema", 0.9)]
    phases = translated(tree, changes)["phases"]
    levels = [phase["updates"][0]["forward_pass"]["noise"] for phase in phases]
    assert levels == [0.3, 0.4, 0.3]
    assert [phase.get("ema") for phase in phases] == [0.9, None, None]


def test_a_tree_without_phases_is_one_phase():
    (phase,) = Plan.of({"strategy": "pure_mae", "data_dir": "x", "epochs": 7}).tree["phases"]
    assert (phase["name"], phase["epochs"]) == ("phase_1_7", 7)


def test_the_form_is_told_by_its_strategy():
    assert form_of(read(find("sequence_mae"))).source == "data_dir"
    assert not is_sequence_training(Plan.read("sequence_mae").tree)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hiden_size": 3}, "^hiden_size: unknown key; did you mean 'hidden_size'"),
        ({"strategy": "mae"}, "^strategy: must be one of 'pure_mae', 'pure_autocorr'"),
        ({"start_lr": -1.0}, "^start_lr: must be at least 0, got -1.0"),
        ({"phases.1.max_lag": 0}, "^phases.1.max_lag: must be at least 1, got 0"),
        ({"phases": [{"max_lg": 1}]}, "^phases.0.max_lg: unknown key; did you mean 'max_lag'"),
        ({"alpha": 1.5}, r"^alpha: must be in \[0, 1\], got 1.5"),
        ({"teacher_forcing_end": 2.0}, r"^teacher_forcing_end: must be in \[0, 1\], got 2.0"),
        ({"clip_grad_norm": 0.0}, "^clip_grad_norm: must be positive, got 0.0"),
        ({"data_dir": ""}, "^data_dir: must name a folder of series, got nothing"),
        ({"train": 10}, "^train: must be a number .* or both shares, .* got 10 and 0.2"),
        ({"score_lags": []}, r"^score_lags: must be lags from 1 on, got \[\]"),
        ({"normalize": "yes"}, "^normalize: must be one of 'scale', 'standard'"),
        ({"phases": []}, r"^phases: must be a list of at least one phase, got \[\]"),
        ({"phases": [3]}, "^phases.0: must be a mapping, got 3"),
    ],
)
def test_what_is_wrong_is_said_in_its_own_terms(changes, words):
    with pytest.raises(RecipeError, match=words):
        Plan.of({**TREE, "data_dir": "x"}, list(changes.items()))


def test_an_error_of_a_key_that_is_written_once_is_said_once():
    with pytest.raises(RecipeError) as caught:
        Plan.of({**TREE, "data_dir": "x", "weight_decay": "much"})
    assert str(caught.value) == "weight_decay: must be a number, got 'much'"


@pytest.mark.parametrize(
    ("asked", "played"),
    [
        ("2", ["phase_3_5"]),
        ("1-2", NAMES[:2]),
        ("1,3", [NAMES[0], NAMES[2]]),
        ("phase_6_6", NAMES[2:]),
        ("1-3", NAMES),
    ],
)
def test_phases_are_asked_for_by_number_span_and_name(asked, played):
    plan = planned({**TREE, "data_dir": "x"}, settings={}, phases=asked.split(","))
    assert [phase["name"] for phase in plan.tree["phases"]] == played


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("4", "--phases: must be numbers from 1 to 3, got 4; the phases are phase_1_2, "),
        ("3-2", "--phases: must be numbers from 1 to 3, got 3-2"),
        ("0-1", "--phases: must be numbers from 1 to 3, got 0-1"),
        ("phase_1_3", "--phases: unknown phase 'phase_1_3'; did you mean 'phase_1_2'"),
    ],
)
def test_phases_that_are_not_there_are_refused(asked, words):
    with pytest.raises(RecipeError, match=words):
        planned({**TREE, "data_dir": "x"}, settings={}, phases=[asked])
