"""What a system makes: how long its signals are, and for whom."""

from typing import final

import pytest
import torch

from latentloom.core.batch import Context
from latentloom.core.roles import LatentGenerator
from latentloom.core.system import System
from latentloom.generators.decoding import Greedy, Mean, Sample
from latentloom.representations.autoencoder import Autoencoder
from latentloom.representations.bottlenecks import Free
from latentloom.representations.pointwise import PointwiseDecoder, PointwiseEncoder
from latentloom.representations.pooled import Pooled

MOST, STEPS = 16, 12
TOLD = [1, 7, 12]


@final
class Counting(LatentGenerator):
    """Draws latents that say lengths in turn, and nothing else."""

    stride = MOST

    def draw(self, context, decoding):
        lengths = torch.tensor(TOLD).repeat(context.size)[: context.size].float()
        place = 2 * lengths.log() / torch.tensor(MOST).log() - 1
        return torch.stack([torch.zeros_like(place), place], -1)[:, None]


def system(bottleneck=None, generator=None):
    return System(
        channels=2,
        representation=Autoencoder(
            encoder=PointwiseEncoder(2, 0, 0, width=4),
            bottleneck=bottleneck or Pooled(4, dim=2, steps=MOST),
            decoder=PointwiseDecoder(4, 2, 0, 0),
        ),
        generator=generator or Counting(),
    ).eval()


@pytest.fixture
def context():
    return Context(size=3, steps=STEPS)


def test_signals_are_as_long_as_their_latents_tell(context):
    made = system().generate(context, Sample())
    assert made.context.lengths.tolist() == TOLD
    assert made.values[~made.context.mask].eq(0).all()
    assert made.values[made.context.mask].ne(0).all()


def test_a_context_that_knows_the_lengths_goes_before_the_latents():
    known = torch.tensor([4, 4, 9])
    made = system().generate(Context(size=3, steps=STEPS, lengths=known), Sample())
    assert made.context.lengths.tolist() == known.tolist()
    assert made.values[~made.context.mask].eq(0).all()


def test_no_signal_is_longer_than_its_context():
    made = system().generate(Context(size=3, steps=5), Sample())
    assert made.context.lengths.tolist() == [1, 5, 5]


def test_several_signals_of_a_context_have_lengths_of_their_own(context):
    made = system().generate(context, Sample(), samples=2)
    assert made.context.size == 6
    assert made.context.lengths.tolist() == TOLD * 2


def test_signals_of_told_lengths_have_no_mean(context):
    with pytest.raises(TypeError, match="signals of different lengths have no mean; let `sample`"):
        system().generate(context, Mean(draws=2))
    known = Context(size=3, steps=STEPS, lengths=torch.tensor([4, 4, 9]))
    assert system().generate(known, Mean(draws=2)).values.shape == (3, STEPS, 2)


def test_latents_that_tell_no_lengths_leave_the_context_as_it_is(context):
    silent = system(Pooled(4, dim=2, steps=MOST, length="off"))
    assert not silent.tells_lengths
    assert silent.generate(context, Greedy()).context.lengths is None
    assert not system(Free(4, dim=4)).tells_lengths


def test_lengths_are_not_read_off_latents_that_do_not_tell(context):
    silent = system(Pooled(4, dim=2, steps=MOST, length="off"))
    latent = silent.part("generator", Counting).latent(context, Greedy(), silent.representation)
    with pytest.raises(TypeError, match="the latents of Pooled tell no lengths"):
        silent.representation.lengths(latent, context)
