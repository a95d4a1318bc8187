import pytest
import torch
from tiny import dataset, system
from torch import nn

from latentloom.core.batch import Batch
from latentloom.core.roles import Predictor
from latentloom.generators.decoding import Mean, Sample
from latentloom.training.trust import fit_trust


class Shifted(Predictor):
    """Predicts what another system would generate, plus an error of known size."""

    def __init__(self, values):
        super().__init__()
        self.values = nn.Parameter(values)

    def forward(self, context):
        return self.values


def fitted(share):
    """The trust in a generator whose corrections are right in direction, times 1 / share."""
    parts, whole = system(), dataset(16)
    with torch.no_grad():
        correction = 0.1 * torch.randn(16, 16, 1)
        parts.base = Shifted(whole.series - share * correction)
        parts.generate = lambda context, decoding, samples: Batch.of(
            (parts.base.values + correction).repeat_interleave(samples, 0)
        )
    fit_trust(parts, whole, torch.device("cpu"))
    return float(parts.trust)


@pytest.mark.parametrize(("share", "trust"), [(0.3, 0.3), (2.0, 1.0), (-1.0, 0.0)])
def test_trust_is_the_share_of_the_correction_that_is_true(share, trust):
    assert fitted(share) == pytest.approx(trust, abs=1e-5)


def answer(parts, context, trust):
    torch.manual_seed(1)
    parts.trust.fill_(trust)
    return parts.generate(context, Mean(4)).values


def test_no_trust_gives_the_base_and_full_trust_the_mean_draw():

    parts, whole = system().eval(), dataset(4)
    context = whole.context()
    with torch.no_grad():
        none, half, full = (answer(parts, context, trust) for trust in (0.0, 0.5, 1.0))
        torch.manual_seed(1)
        draws = parts.generate(context, Sample(), 4).values
    assert torch.allclose(full, draws.unflatten(0, (4, 4)).mean(1), atol=1e-6)
    assert torch.allclose(none, parts.predict(context), atol=1e-6)
    assert torch.allclose(half, (full + none) / 2, atol=1e-6)
