"""What is kept of sets, by type and by sight: numbers worked out by hand and by others' code."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from latentloom.core.errors import RunError
from latentloom.data.splats import psnr, ssim
from latentloom.evaluation.parts import error_by_span
from latentloom.evaluation.sets import (
    Components,
    Material,
    Pictures,
    SetCard,
    SlotMean,
    Slots,
    judge_sets,
    spread_by_span,
)
from latentloom.nn.splatting import draw

SPANS = {"xy": 2, "rot": 1}


def sets(records, slots=4, channels=3, seed=0, ragged=False):
    """Random sets whose slots have means and scales of their own."""
    rng = np.random.default_rng(seed)
    wide = np.random.default_rng(99).normal(size=(2, slots, channels))
    values = wide[0] + wide[1] * rng.normal(size=(records, slots, channels))
    counts = rng.integers(1, slots + 1, records) if ragged else np.full(records, slots)
    mask = np.arange(slots) < counts[:, None]
    return Slots(values * mask[..., None], mask)


def material(*, ragged=False, numbers=2, off=0.1):
    train, held = sets(50, ragged=ragged), sets(20, seed=1, ragged=ragged)
    made = held.values + off * np.random.default_rng(2).normal(size=held.values.shape)
    return Material(spans=SPANS, learned=train, held=held, made=made, numbers=numbers)


def gaussians(records, seed=0):
    """Gaussians in the units of files."""
    rng = np.random.default_rng(seed)
    shape = (records, 5, 1)
    parts = [rng.random((records, 5, 2)), rng.uniform(0.3, 1, (records, 5, 2))]
    return np.concatenate([*parts, rng.normal(size=shape), rng.random(shape)], 2)


def drawn_material(**more):
    """Sets whose units are those of files, drawn in 12 x 14 pixels."""
    held = gaussians(8)
    shown = {"filed": lambda some, rows: torch.from_numpy(some[rows].copy()).float(), **more}
    return Material(
        spans={"xy": 2, "scale": 2, "rot": 1, "feat": 1},
        learned=Slots(gaussians(9, seed=1), np.ones((9, 5), dtype=bool)),
        held=Slots(held, np.ones((8, 5), dtype=bool)),
        made=held + 0.02,
        numbers=3,
        pictures=Pictures(size=(12, 14), truth=held, **shown),
    )


def test_errors_are_means_over_the_numbers_of_real_slots():
    truth = np.zeros((2, 2, 3))
    made = np.array([[[1, 3, 2], [1, 1, 0]], [[2, 2, 6], [9, 9, 9]]], dtype=float)
    mask = np.array([[True, True], [True, False]])
    found = error_by_span(truth, made, mask, SPANS)
    assert found["xy"].value == pytest.approx((1 + 9 + 1 + 1 + 4 + 4) / 6)
    assert found["rot"].value == pytest.approx((4 + 0 + 36) / 3)


def test_an_error_less_another_is_their_difference():
    found = material()
    made, other = found.made, SlotMean.of(found.learned).rebuild(found.held)
    truth, mask = found.held.values, found.held.mask
    apart = [error_by_span(truth, x, mask, SPANS)["rot"].value for x in (made, other)]
    difference = error_by_span(truth, made, mask, SPANS, than=other)["rot"]
    assert difference.value == pytest.approx(apart[0] - apart[1])
    assert difference.low < difference.value < difference.high < 0


def test_spans_must_be_of_all_channels():
    with pytest.raises(ValueError, match=r"spans must be of all 3 channels, got \{'xy': 2\}"):
        error_by_span(*[np.zeros((2, 2, 3))] * 2, np.ones((2, 2), dtype=bool), {"xy": 2})


def test_an_interval_covers_what_drawing_records_again_gives():
    found = error_by_span(
        truth := np.zeros((40, 1, 1)),
        made := np.random.default_rng(0).normal(size=truth.shape),
        np.ones((40, 1), dtype=bool),
        {"x": 1},
    )["x"]
    error = made.squeeze() ** 2
    half = 1.96 * error.std() / np.sqrt(40)
    assert found.low == pytest.approx(error.mean() - half, abs=0.1)
    assert found.high == pytest.approx(error.mean() + half, abs=0.1)


def test_what_stands_in_padding_counts_nowhere():
    found = material(ragged=True)
    rubbish = np.where(found.held.mask[..., None], 0.0, 1e6)
    held = Slots(found.held.values + rubbish, found.held.mask)
    learned = Slots(
        found.learned.values - np.where(found.learned.mask[..., None], 0.0, 1e6),
        found.learned.mask,
    )
    other = replace(found, held=held, learned=learned, made=found.made + rubbish)
    assert judge_sets(other) == judge_sets(found)


def test_the_spread_is_a_ratio_of_deviations():
    rng = np.random.default_rng(0)
    truth, made = rng.normal(size=(2, 30, 4, 3)) * [1.0, 2.0, 3.0]
    mask = np.arange(4) < rng.integers(1, 5, 30)[:, None]
    found = spread_by_span(truth, made, mask, SPANS)
    for name, own in {"xy": slice(2), "rot": slice(2, 3)}.items():
        wanted = np.sqrt(made[mask][:, own].var(0).sum() / truth[mask][:, own].var(0).sum())
        assert found[name].value == pytest.approx(wanted)
        assert found[name].low < wanted < found[name].high


def test_a_constant_type_has_no_spread():
    truth = np.zeros((5, 2, 1))
    found = spread_by_span(truth, truth, np.ones((5, 2), dtype=bool), {"x": 1})["x"]
    assert np.isnan(found.value)
    assert found.low is None


def test_the_mean_of_each_slot_is_over_sets_in_which_it_is_real():
    values = np.array([[[1.0], [4.0], [0.0]], [[3.0], [0.0], [0.0]]])
    train = Slots(values, np.array([[True, True, False], [True, False, False]]))
    mean = SlotMean.of(train)
    assert mean.mean.tolist() == [[2.0], [4.0], [8 / 3]]
    assert mean.rebuild(train).tolist() == [mean.mean.tolist()] * 2


@pytest.mark.parametrize("records", [7, 60], ids=["fewer sets", "fewer numbers"])
def test_the_components_are_those_of_another_library(records):
    train, held = sets(records), sets(9, seed=3)
    other = PCA(4, svd_solver="full").fit(train.values.reshape(records, -1))
    wanted = other.inverse_transform(other.transform(held.values.reshape(9, -1)))
    found = Components.of(train, 4)
    assert found.rebuild(held).reshape(9, -1) == pytest.approx(wanted)
    assert found.numbers == 4


def test_components_are_no_more_than_the_sets_allow_and_it_is_said():
    small = replace(material(numbers=11), learned=sets(6))
    card = judge_sets(small)
    assert card.rows[1].name == "PCA, 5 components"
    assert card.notes == (
        "A latent has 11 numbers; the train sets allow no more than 5 principal components.",
    )
    assert not judge_sets(material(numbers=11)).notes


def test_components_of_all_numbers_leave_nothing():
    card = judge_sets(material(numbers=12))
    assert max(error.value for error in card.rows[1].errors.values()) < 1e-20


def test_who_is_nearer_wins_by_type():
    card = judge_sets(material(off=0.1))
    assert all(d.high < 0 for own in card.differences.values() for d in own.values())
    assert [row.kind for row in card.rows] == ["run", "baseline", "baseline"]
    assert card.run.total == pytest.approx(sum(e.value for e in card.run.errors.values()))
    worse = judge_sets(material(off=3.0))
    assert all(d.low > 0 for own in worse.differences.values() for d in own.values())


def test_images_are_held_against_those_of_the_true_sets():
    found = drawn_material()
    card = judge_sets(found)
    made, real = (
        draw(torch.from_numpy(x).float(), size=(12, 14)).clamp(0, 1)
        for x in (found.made, found.held.values)
    )
    by_hand = -10 * np.log10(((made - real).double().numpy() ** 2).mean((1, 2, 3)))
    assert card.run.fitted.psnr.value == pytest.approx(by_hand.mean(), abs=1e-4)
    assert card.run.fitted.psnr.value == pytest.approx(float(psnr(made, real).mean()), abs=1e-4)
    assert card.run.fitted.ssim.value == pytest.approx(float(ssim(made, real).mean()), abs=1e-5)
    assert card.run.original is None
    assert not card.of_kind("ceiling")
    assert card.size == (12, 14)


def test_the_originals_are_the_ceiling_of_the_sets_themselves():
    originals = torch.rand(8, 12, 14, 1)
    card = judge_sets(drawn_material(originals=originals))
    real = draw(torch.from_numpy(gaussians(8)).float(), size=(12, 14)).clamp(0, 1)
    (ceiling,) = card.of_kind("ceiling")
    assert ceiling.original.psnr.value == pytest.approx(
        float(psnr(real, originals).mean()), abs=1e-4
    )
    assert card.run.original.psnr.value < 30 < card.run.fitted.psnr.value + 20


def test_without_originals_the_ceiling_is_what_the_fit_recorded():
    scores = {"psnr": np.arange(8.0), "ssim": np.full(8, 0.5)}
    (ceiling,) = judge_sets(drawn_material(fits=scores)).of_kind("ceiling")
    assert ceiling.original.psnr.value == 3.5
    assert ceiling.errors == {}


def test_padding_is_not_drawn():
    found = drawn_material(lengths=np.array([5, 2, 5, 5, 5, 5, 5, 1]))
    images = found.pictures.drawn(found.held.values, slice(1, 2))
    two = torch.from_numpy(gaussians(8)[1:2, :2]).float()
    assert images == pytest.approx(draw(two, size=(12, 14)).clamp(0, 1), abs=1e-6)


def test_a_card_reads_what_it_wrote(tmp_path):
    card = judge_sets(drawn_material(originals=torch.rand(8, 12, 14, 1)))
    card.write(tmp_path / "scores.json")
    assert SetCard.read(tmp_path / "scores.json") == card


def test_other_files_hold_no_scores_of_sets(tmp_path):
    with pytest.raises(RunError, match="must be scores of sets, and no such file exists"):
        SetCard.read(tmp_path / "scores.json")
    (tmp_path / "scores.json").write_text('{"rows": [{"kind": "tokens"}]}')
    with pytest.raises(RunError, match="must be complete scores of sets, and it cannot be read"):
        SetCard.read(tmp_path / "scores.json")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"made": np.zeros((3, 4, 3))}, r"must be \(20, 4, 3\) as the true ones, got \(3, 4, 3\)"),
        ({"learned": sets(9, slots=5)}, r"must be \(4, 3\) as held-out ones, got \(5, 3\)"),
        ({"spans": {"xy": 2}}, "spans must be of all 3 channels"),
    ],
)
def test_what_does_not_fit_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        replace(material(), **change)


def test_sets_must_be_several_and_not_empty():
    with pytest.raises(ValueError, match="at least 2 sets, got 1"):
        sets(1)
    mask = np.array([[True], [False]])
    with pytest.raises(ValueError, match="every set must have a real slot, and set 1 has none"):
        Slots(np.zeros((2, 1, 3)), mask)
