"""The scores and the report of a run of features, on a tokenizer that learned a little."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from provoked_tokenizers import OWN, families, tokenizer

import latentloom
from latentloom.core.errors import RecipeError, RunError
from latentloom.evaluation.protocols import Extent
from latentloom.evaluation.sheet import Sheet
from latentloom.evaluation.tokens import TokenCard
from latentloom.recipes.assess import splits
from latentloom.recipes.tokens_assessed import assess_tokens, meanings_of
from latentloom.recipes.tokens_drawn import drawn_result
from latentloom.recipes.tokens_report import token_report_of
from latentloom.recipes.tokens_seen import layout_of
from latentloom.report import render

WRITE = {
    "name": "write",
    "epochs": 2,
    "updates": [
        {
            "trains": ["generator"],
            "forward_pass": "next_code",
            "objective": {"nats": {"criterion": "cross_entropy"}},
            "learning_rate": 1e-2,
        }
    ],
}


def trained(folder, *, generator=True, **changes):
    """A run of a few epochs; `changes` are of parts of its representation."""
    tree = tokenizer(OWN, codes=8)
    tree["parts"]["representation"] |= changes
    if generator:
        tree["parts"]["generator"] = {"kind": "lstm", "width": 8, "layers": 1}
        tree["phases"].append(WRITE)
    few = {"phases.0.epochs": 5}
    return latentloom.train(tree, folder, data=families(300), changes=few, device="cpu")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("tokenizers") / "run")


@pytest.fixture(scope="module")
def assessment(run):
    return assess_tokens(run)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A run whose codes belong to no category."""
    folder = tmp_path_factory.mktemp("tokenizers") / "plain"
    return trained(
        folder,
        generator=False,
        bottleneck={"kind": "quantized", "dim": 4, "levels": [8, 8]},
    )


def test_the_tokens_are_scored_as_they_are_decoded(run, assessment):
    _, _, test = splits(run)
    ready = run.pipeline.apply(test)
    with torch.inference_mode():
        made, latent = run.system.reconstruct(ready.batch())
    error = float((made - ready.series).square().mean())
    card = assessment.card
    assert card.rows[0].quality.value == pytest.approx(1 - error, abs=1e-5)
    assert card.samples == test.size == 60
    assert card.learned == 180
    assert assessment.material.held.codes.tolist() == latent.codes[:, 0].tolist()


def test_the_measures_are_those_that_the_objectives_hold(run, assessment):
    _, _, test = splits(run)
    (latent,) = run.latents(test)
    embeddings = latent.rounding.embeddings[:, 0].numpy()
    every = np.abs(np.corrcoef(embeddings.reshape(len(embeddings), -1).T))
    width = embeddings.shape[2]
    block = every[:width, width : 2 * width].mean()
    assert assessment.card.overlap.cosines[0][1] == pytest.approx(block, abs=1e-4)
    assert set(assessment.card.topography) == {"inputs-latents", "inputs-codes", "latents-codes"}


def test_categories_and_books_have_their_names(run, assessment):
    card = assessment.card
    assert list(card.members) == ["family_0", "family_1", "family_2"]
    assert card.members["family_1"][0] == "family_1/x0"
    assert [(b.category, b.level, b.size) for b in card.books[:3]] == [
        ("family_0", 0, 8),
        ("family_0", 1, 8),
        ("family_1", 0, 8),
    ]
    assert set(card.codes) == {"forced", "free", "perplexity"}
    assert layout_of(run).bits == 18


def test_other_data_can_be_scored(run):
    card = latentloom.evaluate(run, families(50, seed=3))
    assert isinstance(card, TokenCard)
    assert card.samples == 50


def test_a_run_of_signals_has_no_tokens_to_score(run):
    plan = run.pipeline.schema
    signals = replace(plan, families={}, series=plan.families["family_0"][:1])
    other = replace(run, pipeline=run.plan.pipeline())
    other.pipeline._schema = signals
    with pytest.raises(RunError, match="must be of families of features, and is of signals"):
        assess_tokens(other)


def test_what_a_category_writes_is_mostly_its_own(run, assessment):
    meanings = meanings_of(run, assessment.material)
    written = meanings.written(assessment.material.layout)
    own = [written[g, 5 * g : 5 * g + 5].mean() for g in range(3)]
    others = [np.delete(written[g], range(5 * g, 5 * g + 5)).mean() for g in range(3)]
    assert np.mean(own) > np.mean(others)
    assert len(meanings.changes) == 6 * 8


def test_new_samples_are_scored_beside_codes_that_do_not_know_of_each_other(run):
    extent = Extent(scores=("marginal", "correlational"), baselines=("gaussian",))
    sheet = drawn_result(run, "features", extent).sheet
    names = ["made", "held-out halves", "training data", "independent codes", "gaussian"]
    assert [row.name for row in sheet.rows] == names
    assert sheet.rows[0].scores["marginal"].made == 60
    assert sheet.notes[0] == "All samples are in the units of the transforms."


def test_another_protocol_is_refused(run):
    with pytest.raises(RecipeError, match="must be features for a run of features, got strict"):
        drawn_result(run, "strict", Extent())


def test_a_run_without_a_generator_has_nothing_to_draw(plain):
    with pytest.raises(RunError, match="has no generator to draw new samples with"):
        drawn_result(plain, "features", Extent())


def test_codes_of_no_category_are_scored_as_those_of_all_features(plain):
    found = assess_tokens(plain)
    card = found.card
    assert list(card.members) == ["all features"]
    assert card.rows[1].bits == layout_of(plain).bits
    assert (card.overlap, card.topography, card.codes) == (None, {}, {})
    assert meanings_of(plain, found.material).changes.shape[1] == 15


def test_the_report_says_it_all(run, assessment):
    extent = Extent(scores=("marginal",), baselines=())
    drawn_result(run, "features", extent).sheet.write(run.folder.sheet("features"))
    report = token_report_of(run, assessment)
    assert isinstance(report.sheet, Sheet)
    page = render(report)
    heads = ("What the tokens keep", "Families and features", "Codebooks", "Categories")
    for head in (*heads, "What the codes say", "Scores of the signals as a whole", "Losses"):
        assert f"<h2>{head}</h2>" in page
    assert [line.name for line in report.tokens.over_epochs.lines] == [
        "used, mean over books",
        "used, least over books",
        "even, mean over books",
        "even, least over books",
    ]
    rows = json.loads(run.folder.history.read_text())
    first = [v for n, v in rows[0].items() if n.endswith("/evenness")]
    assert report.tokens.over_epochs.lines[3].y[0] == min(first)
    assert "samples of features per second" in page


def test_the_report_of_plain_codes_leaves_out_what_there_is_not(plain):
    report = token_report_of(plain, assess_tokens(plain))
    page = render(report)
    assert "Overlap of the categories" not in page
    assert "<h2>Codebooks</h2>" in page
