from dataclasses import replace

import pytest
import torch
from tiny import SCHEMA, dataset, system

from latentloom.data.dataset import Quantity
from latentloom.data.stream import Subset
from latentloom.data.vary import VARIATION, Variation
from latentloom.training.feed import Feed
from latentloom.training.foresight import Foresight


class Doubled(Variation):
    """Doubles signals, and says so."""

    share = 0.25

    def __call__(self, known):
        told = torch.full((known.size, 1), 7.0)
        return replace(known, series=2 * known.series, extras={VARIATION: told})


def told_of_variations(known):
    """Appends the condition that a variation writes into."""
    condition = torch.cat([known.condition, torch.zeros(known.size, 1)], 1)
    schema = replace(known.schema, condition=(*SCHEMA.condition, Quantity(VARIATION)))
    return replace(known, schema=schema, condition=condition)


def feed(prepare=lambda known: known):
    return Feed(source=dataset(), prepare=prepare, seed=1)


def test_every_sample_comes_once_an_epoch():
    made = feed()
    epoch = made.epoch(0, 0)
    seen = torch.cat([epoch.batch(i, 16).values for i in range(made.batches(16))])
    assert torch.equal(seen.sum(1).sort(0).values, made.source.series.sum(1).sort(0).values)


def test_past_the_last_batch_the_first_follows_again():
    epoch = feed().epoch(0, 0)
    assert torch.equal(epoch.batch(3, 16).values, epoch.batch(0, 16).values)


def test_order_differs_between_epochs_and_phases_and_is_the_same_twice():
    made = feed()
    orders = [made.epoch(*at).order for at in ((0, 0), (0, 1), (1, 0), (0, 0))]
    assert not torch.equal(orders[0], orders[1])
    assert not torch.equal(orders[0], orders[2])
    assert torch.equal(orders[0], orders[3])


def test_a_variation_replaces_its_share_and_tells_how_far():
    made = feed(told_of_variations)
    epoch = made.epoch(0, 0, Doubled())
    changed = (epoch.source.series != made.in_memory.series).any(1)[:, 0].nonzero()[:, 0]
    assert changed.tolist() == epoch.varied.sort().values.tolist()
    assert len(changed) == 10
    told = epoch.source.condition[:, -1]
    assert told[changed].eq(7).all()
    assert told.sum() == 70
    assert made.epoch(0, 0).source.condition[:, -1].sum() == 0


def test_other_samples_are_varied_in_the_next_epoch_and_training_luck_is_untouched():
    made = feed()
    before = torch.get_rng_state()
    first, second, again = (made.epoch(0, e, Doubled()).varied for e in (0, 1, 0))
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(first.sort().values, second.sort().values)
    assert torch.equal(first, again)


def test_samples_that_are_not_in_memory_cannot_be_varied():
    streamed = Feed(source=Subset(dataset(), torch.arange(8)), prepare=lambda known: known, seed=1)
    with pytest.raises(ValueError, match="vary needs samples in memory, and these are streamed"):
        streamed.epoch(0, 0, Doubled())


def test_foresight_is_what_the_base_would_say_of_each_batch():
    parts, made = system().eval(), feed()
    foresight = Foresight(parts, torch.device("cpu"))
    for number in range(2):
        epoch = foresight.of(made.epoch(0, number, Doubled()), made.in_memory)
        batch = epoch.batch(1, 16)
        bare = replace(batch.context, base=None)
        with torch.no_grad():
            assert torch.allclose(batch.context.base, parts.predict(bare), atol=1e-6)
