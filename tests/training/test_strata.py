"""Batches are even in what they should be, and every sample comes once an epoch."""

from dataclasses import replace

import pytest
import torch
from test_resume import assert_equal, killed_at
from tiny import phases, session, system, weights_of

from latentloom.core.batch import Batch
from latentloom.core.system import System
from latentloom.data.dataset import Dataset, Quantity, Schema
from latentloom.data.stream import Subset
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.pooled import Pooled
from latentloom.representations.recurrent import LstmDecoder, LstmEncoder
from latentloom.training.feed import Feed, cut
from latentloom.training.loop import train
from latentloom.training.player import Player
from latentloom.training.strata import ByCondition, ByLength

STRATA = [ByCondition(condition="distance", bins=4), ByLength(bins=4)]


def movements(size=103, longest=32):
    """Signals of many lengths, zero beyond; most distances are short."""
    lengths = torch.randint(3, longest + 1, (size,))
    series = torch.randn(size, longest, 1)
    series[torch.arange(longest) >= lengths[:, None]] = 0.0
    schema = Schema(
        series=(Quantity("x"),), condition=(Quantity("other"), Quantity("distance", "px"))
    )
    condition = torch.cat([torch.rand(size, 1), torch.rand(size, 1) ** 4], 1)
    return Dataset(schema=schema, series=series, lengths=lengths, condition=condition)


def random(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("strata", STRATA)
@pytest.mark.parametrize("size", [103, 96, 7])
def test_every_sample_comes_once_in_an_order_of_the_generator(strata, size):
    known = movements(size)
    first, again, other = (strata.order(known, 16, random(seed)) for seed in (0, 0, 1))
    assert torch.equal(first.sort().values, torch.arange(size))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_every_batch_has_as_much_of_each_quantile():
    known = movements(200)
    order = STRATA[0].order(known, 16, random())
    edges = known.condition[:, 1].quantile(torch.tensor([0.25, 0.5, 0.75]))
    bins = torch.bucketize(known.condition[:, 1].contiguous(), edges)[order]
    counts = torch.stack([batch.bincount(minlength=4) for batch in bins.split(16)[:-1]])
    assert int((counts - 4).abs().max()) <= 1
    plain = torch.bucketize(known.condition[:, 1].contiguous(), edges).split(16)
    spread = torch.stack([batch.bincount(minlength=4) for batch in plain[:-1]])
    assert int((spread - 4).abs().max()) > 1


def test_batches_of_similar_length_span_less_than_a_quantile_and_come_in_any_order():
    known = movements(160)
    order = ByLength(bins=5).order(known, 16, random())
    lengths = known.lengths[order].reshape(10, 16)
    ranges = lengths.max(1).values - lengths.min(1).values
    assert int(ranges.max()) <= 2 * 30 // 5 + 1
    assert not torch.equal(lengths[:, 0], lengths[:, 0].sort().values)


def test_the_smaller_batch_may_be_of_any_length():
    known = movements(35)
    last = [ByLength(bins=5).order(known, 16, random(seed))[-3:] for seed in range(40)]
    longest = {int(known.lengths[rows].max()) for rows in last}
    assert min(longest) < 16 < max(longest)


def test_batches_are_cut_to_their_longest_signal_and_a_whole_number_of_latent_steps():
    feed = Feed(source=movements(), prepare=lambda known: known, seed=1)
    plain = feed.epoch(0, 0)
    epoch = feed.stratified(plain, ByLength(), at=(0, 0), batch_size=16, whole=4)
    steps = []
    for number in range(7):
        batch = epoch.batch(number, 16)
        longest = int(batch.context.lengths.max())
        assert longest <= batch.context.steps < longest + 4
        assert batch.context.steps % 4 == 0
        steps.append(batch.context.steps)
    assert min(steps) < 32


def test_what_is_cut_off_is_padding():
    known = movements()
    whole = known.batch()
    drive = torch.randn(103, 32, 2)
    batch = Batch.of(whole.values, lengths=known.lengths.clamp(max=20), drive=drive)
    less = cut(batch, 20)
    assert torch.equal(less.values, batch.values[:, :20])
    assert torch.equal(less.context.drive, drive[:, :20])
    assert torch.equal(less.context.mask, batch.context.mask[:, :20])


def stratified(strata, **changes):
    (first, second, _) = phases(augment=(), **changes)
    return [replace(first, stratify=strata), replace(second, stratify=strata)]


@pytest.mark.parametrize("step", [1, 3, 7])
def test_a_killed_run_resumes_to_the_same_bits(tmp_path, monkeypatch, step):
    made = stratified(ByCondition(condition="frequency", bins=4))
    whole = weights_of(tmp_path / "whole", made)
    killed_at(monkeypatch, tmp_path / "killed", step, made)
    assert_equal(weights_of(tmp_path / "killed", made), whole)
    plain = weights_of(tmp_path / "plain", phases(augment=())[:2])
    assert not all(torch.equal(whole[name], plain[name]) for name in whole)


def ragged(path):
    """A run whose signals differ in length."""
    run = session(path)
    source = run.feed.source
    lengths = torch.arange(source.size) % 13 + 4
    real = torch.arange(source.steps) < lengths[:, None]
    some = replace(source, lengths=lengths, series=source.series * real[..., None])
    return replace(run, feed=Feed(source=some, prepare=lambda known: known, seed=1))


def test_signals_that_differ_in_length_train_in_shorter_batches(tmp_path):
    run = ragged(tmp_path)
    rows = train(stratified(ByLength(bins=4)), run)
    assert rows[-1]["train/total"] < rows[3]["train/total"]  # of the second phase


@pytest.mark.parametrize(
    ("strata", "words"),
    [
        (
            ByCondition(condition="distnce"),
            r"condition must be one of \['frequency'\] after the transforms, got 'distnce'",
        ),
        (ByLength(), "lengths must differ to be sorted by, and all signals have one"),
    ],
)
def test_samples_must_have_what_is_asked_for(tmp_path, strata, words):
    with pytest.raises(ValueError, match=words):
        train(stratified(strata), session(tmp_path))


def test_samples_that_are_not_in_memory_are_not_sorted():
    feed = Feed(source=Subset(movements(), torch.arange(8)), prepare=lambda known: known, seed=1)
    with pytest.raises(ValueError, match="stratify needs samples in memory, and these are"):
        feed.stratified(feed.epoch(0, 0), ByLength(), at=(0, 0), batch_size=4, whole=1)


@pytest.mark.parametrize("make", [lambda: ByLength(bins=1), lambda: replace(STRATA[0], bins=1)])
def test_one_bin_sorts_nothing(make):
    with pytest.raises(ValueError, match="bins must be at least 2, got 1"):
        make()


def pooled():
    """A system that makes one latent step of a whole signal."""
    return System(
        channels=1,
        representation=Autoencoder(
            encoder=LstmEncoder(1, 1, 1, width=6, layers=1),
            bottleneck=Pooled(6, dim=4, steps=16),
            decoder=LstmDecoder(6, 1, 1, 1, width=6, layers=1),
        ),
    )


@pytest.mark.parametrize(("parts", "grain"), [(system, 4), (pooled, 1)])
def test_batches_of_any_system_are_cut_to_their_own_lengths(tmp_path, parts, grain):
    """That a latent step stands for all 16 steps is no reason to read 16."""
    run = replace(ragged(tmp_path), system=parts())
    phase = stratified(ByLength(bins=4), batch_size=4)[1]
    told = {"feed": run.feed, "validation": run.validation, "device": run.device}
    epoch = Player(phase, 0, run.system, **told).begin_epoch()
    cuts = [epoch.batch(number, 4).context for number in range(8)]
    for context in cuts:
        assert context.steps == -(-int(context.lengths.max()) // grain) * grain
    assert min(context.steps for context in cuts) <= 8 < run.feed.source.steps == 16


def test_what_is_cut_from_whole_signals_changes_nothing_of_them(tmp_path):
    part, whole = pooled().representation, ragged(tmp_path).feed.source.batch()
    whole = replace(whole, context=replace(whole.context, lengths=whole.context.lengths // 2))
    whole = replace(whole, values=whole.values * whole.context.mask[..., None])
    less = cut(whole, 8)
    full, short = part.encode(whole), part.encode(less)
    torch.testing.assert_close(short.z, full.z)
    made = part.decode(full, whole.context)[:, :8]
    real = less.context.mask
    torch.testing.assert_close(part.decode(short, less.context)[real], made[real])
