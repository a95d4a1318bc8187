import pytest
import torch

from latentloom.core.batch import Batch, Context
from latentloom.representations.pointwise import PointwiseDecoder, PointwiseEncoder


def test_a_step_says_nothing_of_the_others():
    x = torch.randn(1, 6, 2, requires_grad=True)
    PointwiseEncoder(2, 0, 0, width=3)(Batch.of(x))[0, 2].sum().backward()
    assert x.grad.ne(0).any(-1)[0].nonzero().flatten().tolist() == [2]
    z = torch.randn(1, 6, 3, requires_grad=True)
    PointwiseDecoder(3, 2, 0, 0)(z, Context(size=1, steps=6))[0, 4].sum().backward()
    assert z.grad.ne(0).any(-1)[0].nonzero().flatten().tolist() == [4]


def test_each_step_is_seen_linearly():
    encoder = PointwiseEncoder(2, 0, 0, width=3)
    one, other = torch.randn(2, 1, 5, 2)
    middle = encoder(Batch.of((one + other) / 2))
    ends = encoder(Batch.of(one)), encoder(Batch.of(other))
    torch.testing.assert_close(middle, sum(ends) / 2)


def test_conditions_and_drive_are_seen_only_where_that_is_asked_for():
    z, drive, condition = torch.randn(2, 5, 3), torch.randn(2, 5, 1), torch.randn(2, 2)
    context = Context(size=2, steps=5, drive=drive, condition=condition)
    bare = Context(size=2, steps=5, drive=torch.zeros(2, 5, 1), condition=torch.zeros(2, 2))
    for sees, same in (("latent", True), ("latent+drive+condition", False)):
        decoder = PointwiseDecoder(3, 2, 1, 2, sees=sees)
        for parameter in decoder.parameters():
            parameter.data.add_(0.1)
        assert torch.equal(decoder(z, context), decoder(z, bare)) == same


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: PointwiseEncoder(2, 0, 0, width=0), "width must be at least 1, got 0"),
        (lambda: PointwiseEncoder(2, 0, 0, width=3, sees="signal+drive"), "drive"),
        (lambda: PointwiseDecoder(3, 2, 0, 0, sees="latent+drive"), "drive"),
    ],
)
def test_what_cannot_be_seen_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()
