"""Each illness is provoked on purpose and found; healthy runs have none."""

import json
import shutil

import provoked
import pytest
from provoked_latents import HEALTHY_LATENTS, ILL_LATENTS
from provoked_tokenizers import HEALTHY_TOKENIZERS, ILL_TOKENIZERS

import latentloom
from latentloom.cli.main import main
from latentloom.core.errors import RunError
from latentloom.evaluation.diagnosis import ILLNESSES
from latentloom.recipes.overrides import parse_override
from latentloom.recipes.plan import Plan
from latentloom.recipes.text import read

ILL = (*provoked.ILL, *ILL_LATENTS, *ILL_TOKENIZERS)
HEALTHY = (*provoked.HEALTHY, *HEALTHY_LATENTS, *HEALTHY_TOKENIZERS)


@pytest.fixture(scope="module")
def treated(tmp_path_factory):
    """Trains and diagnoses a patient once, and gives its folder and its findings."""
    place, known = tmp_path_factory.mktemp("patients"), {}

    def seen(patient):
        if patient.name not in known:
            folder = patient.train(place / str(len(known)))
            known[patient.name] = folder, latentloom.diagnose(folder).findings
        return known[patient.name]

    return seen


def illnesses(findings):
    return {finding.illness for finding in findings}


@pytest.mark.parametrize("patient", ILL, ids=lambda patient: patient.name)
def test_an_illness_is_found_and_nothing_else(patient, treated):
    assert illnesses(treated(patient)[1]) == set(patient.ill)


@pytest.mark.parametrize("patient", HEALTHY, ids=lambda patient: patient.name)
def test_a_healthy_run_raises_no_alarm(patient, treated):
    assert illnesses(treated(patient)[1]) == set()


def test_a_run_of_a_few_epochs_raises_no_alarm(run):
    assert latentloom.diagnose(run).findings == ()


def test_every_illness_is_provoked():
    assert {name for patient in ILL for name in patient.ill} == set(ILLNESSES)


@pytest.mark.parametrize("patient", ILL, ids=lambda patient: patient.name)
def test_a_cure_is_a_setting_that_the_recipe_takes(patient, treated):
    folder, findings = treated(patient)
    for finding in findings:
        if "=" in finding.cure:
            path, value = parse_override(finding.cure)
            assert Plan.of(read(folder / "config.yaml"), [(path, value)])


@pytest.mark.parametrize("patient", ILL_LATENTS, ids=lambda patient: patient.name)
def test_the_cure_of_latents_cures(patient, treated, tmp_path):
    findings = treated(patient)[1]
    cures = [parse_override(one.cure) for one in findings if one.illness in patient.ill]
    again = latentloom.diagnose(patient.train(tmp_path / "again", cures[:1]))
    assert illnesses(again.findings) == set()


def test_a_stopped_run_is_diagnosed_by_its_history(treated, tmp_path):
    stopped = shutil.copytree(treated(ILL[3])[0], tmp_path / "stopped")
    (stopped / "best_model.pt").unlink()
    diagnosis = latentloom.diagnose(stopped)
    assert "leakage" in diagnosis.unchecked
    assert "divergence" in diagnosis.suspicions


def test_a_run_without_a_history_says_so(run, tmp_path):
    copied = shutil.copytree(run.folder.path, tmp_path / "copy")
    (copied / "training_history.json").unlink()
    with pytest.raises(RunError, match=r"must be the history of the run, and cannot be read"):
        latentloom.diagnose(copied)


def test_the_command_names_illness_evidence_and_cure(treated, tmp_path, capsys):
    out = tmp_path / "diagnosis.json"
    assert main(["diagnose", str(treated(ILL[0])[0]), "-o", str(out), "--device", "cpu"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("posterior_collapse  the latents carry")
    assert "cure: phases.0.updates.0.objective.kl.weight=" in printed
    assert "not looked for: dead_codes (needs codebooks)" in printed
    kept = json.loads(out.read_text())
    assert [finding["illness"] for finding in kept["findings"]] == ["posterior_collapse"]


def test_the_command_says_that_nothing_was_found(run, capsys):
    assert main(["diagnose", str(run.folder.path), "--device", "cpu", "--verbose"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("no illness found")
    assert "share equal to a train record: 0, ill above 0.01" in printed
