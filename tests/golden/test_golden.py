"""A short seeded run of the demo recipe ends where it always ended."""

import json

import pytest

from latentloom.recipes.asked import planned
from latentloom.recipes.conduct import Conduct, train
from latentloom.recipes.library import find
from latentloom.recipes.text import read

FLOAT32 = [(f"phases.{index}.precision", "float32") for index in range(3)]
# The losses of the last epoch; recorded on an x86 CPU.
LOSSES = {
    "direct/train/nrmse": 0.4912,
    "direct/train/total": 0.4912,
    "direct/validation/nrmse": 0.4582,
    "represent/train/nrmse": 0.2160,
    "represent/train/commitment": 0.01966,
    "represent/train/total": 0.2209,
    "represent/validation/nrmse": 0.1782,
    "generate/train/nats": 3.601,
    "generate/train/total": 3.601,
    "generate/validation/nrmse": 0.4571,
}
TOLERANCE = 0.05  # for other machines, whose sums run in another order


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    plan = planned(
        read(find("voltage_demo")), settings={"epochs": 2, "batch_size": None}, changes=FLOAT32
    )
    run = train(plan, tmp_path_factory.mktemp("golden") / "run", Conduct(device="cpu"))
    return json.loads(run.folder.history.read_text())


@pytest.mark.slow
def test_the_losses_are_the_recorded_ones(history):
    found = {
        f"{row['phase']}/{name}": value
        for row in history
        if row["epoch"] == 2
        for name, value in row.items()
        if name.startswith(("train/", "validation/"))
    }
    assert found == pytest.approx(LOSSES, rel=TOLERANCE)
