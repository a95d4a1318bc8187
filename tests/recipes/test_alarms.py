"""A run that collapses says so while it trains, once, with its cause and cure."""

import io

import provoked
from provoked_latents import ILL_LATENTS
from rich.console import Console

import latentloom
from latentloom.cli.progress import Bar
from latentloom.recipes.alarms import Alarm
from latentloom.recipes.conduct import Conduct
from latentloom.recipes.gaussian_examination import smoother
from latentloom.recipes.overrides import parse_override
from latentloom.recipes.plan import Plan
from latentloom.recipes.simulators import sketch
from latentloom.recipes.text import read
from latentloom.training.observers import Observer


class Ear(Observer):
    """Keeps what it is told."""

    def __init__(self):
        self.heard = []

    def noticed(self, sentence):
        self.heard.append(sentence)


def heard(patient, folder, monkeypatch):
    """What is said while a patient trains, and its folder."""
    ear = Ear()
    conduct = Conduct(device="cpu", observers=[ear])
    monkeypatch.setattr(provoked, "Conduct", lambda **_: conduct)
    return ear.heard, patient.train(folder)


def test_a_run_says_once_what_the_diagnosis_says_afterwards(tmp_path, monkeypatch):
    said, folder = heard(ILL_LATENTS[0], tmp_path / "run", monkeypatch)
    (finding,) = latentloom.diagnose(folder).findings
    assert len(said) == 1
    where, _, told = said[0].partition(f": {finding.illness}: ")
    assert where.startswith("represent, epoch ")
    assert finding.cause in told
    path, value = parse_override(told.partition("cure: ")[2].partition("; or ")[0])
    assert path == parse_override(finding.cure)[0]
    assert Plan.of(read(folder / "config.yaml"), [(path, value)])


def test_a_healthy_run_is_silent_and_so_is_one_without_a_divergence(tmp_path, monkeypatch):
    for place, patient in enumerate((provoked.HEALTHY[0], provoked.ILL[2])):
        assert heard(patient, tmp_path / str(place), monkeypatch)[0] == []


def row(epoch, active=0.0, **changes):
    latents = {"kl_nats": 9.0, "kl_mean": 1.0, "active": active, "information": 4.0}
    others = dict.fromkeys(("marginal", "marginal_least", "mean", "deviation", "noise"), 1.0)
    told = {f"latents/{name}": x for name, x in {**latents, **others, "numbers": 9.0}.items()}
    losses = {"train/squared": 1.0, "train/kl": 9.0, "validation/squared": 1.0}
    return {"phase": "represent", "epoch": epoch} | told | losses | changes


def alarmed(rows, epochs=20):
    """What is said at which epoch."""
    tree = provoked.gaussian(epochs=epochs)
    tree["data"]["simulate"] = {"kind": "sines", "records": 20}
    plan, ear, said = Plan.of(tree), Ear(), {}
    _, phases = plan.build(sketch(plan.data.simulate).schema)
    alarm = Alarm(phases, plan, [ear])
    for count in range(1, len(rows) + 1):
        before = len(ear.heard)
        alarm.epoch_ends(rows[count - 1], rows[:count])
        if len(ear.heard) > before:
            said[rows[count - 1]["epoch"]] = ear.heard[before:]
    return said


def test_it_takes_three_looks_in_a_row_and_rings_once():
    ill = [row(epoch) for epoch in range(8, 15)]
    assert list(alarmed(ill)) == [10]
    ill[1] = row(9, active=1.0)
    assert list(alarmed(ill)) == [12]


def test_latents_may_wake_up_in_the_first_quarter():
    assert list(alarmed([row(epoch) for epoch in range(1, 8)])) == [6]
    assert alarmed([row(epoch) for epoch in range(1, 6)]) == {}


def test_epochs_without_a_look_say_nothing():
    blind = {"phase": "represent", "train/squared": 1.0, "train/kl": 9.0}
    rows = [row(e) if e % 2 else blind | {"epoch": e} for e in range(1, 14)]
    assert list(alarmed(rows)) == [7]


def test_channels_that_stay_at_their_mean_are_named_with_the_form_that_cures(monkeypatch):
    form = {"kind": "gaussian_form", "form": "canonical"}
    monkeypatch.setattr(
        "latentloom.recipes.alarms.smoother",
        lambda tree: smoother({"data": {"transforms": [form]}}),
    )
    flat = {"spread/xy": 0.9, "explained/xy": 0.8, "spread/rot": 0.05, "explained/rot": 0.0}
    said = alarmed([row(epoch, active=1.0, **flat) for epoch in range(6, 12)])
    assert list(said) == [8]
    words = "represent, epoch 8: flat_channels: of rot 0% of the variance comes back"
    assert said[8][0].startswith(words)
    assert said[8][0].endswith("cure: data.transforms.0.form=log_covariance")


def test_the_progress_shows_what_was_noticed():
    console = Console(file=io.StringIO(), width=40)
    Bar(console).noticed("learn, epoch 4: [posterior_collapse] " + "x" * 60)
    assert console.file.getvalue().count("\n") == 1
    assert "[posterior_collapse]" in console.file.getvalue()
