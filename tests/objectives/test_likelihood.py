"""The likelihood whose variance is the best for the batch."""

import math

import pytest
import torch

from latentloom.objectives.likelihood import Likelihood


def outputs(spread=0.3):
    mask = torch.arange(6) < torch.tensor([6, 4, 1])[:, None]
    target = torch.randn(3, 6, 2, dtype=torch.double)
    output = target + spread * torch.randn(3, 6, 2, dtype=torch.double)
    return {"output": output, "target": target, "mask": mask}


def surprise(every, deviation):
    """By the distribution of torch, in nats per signal."""
    about = torch.distributions.Normal(every["output"], deviation)
    nats = -about.log_prob(every["target"])
    return nats.masked_fill(~every["mask"][..., None], 0.0).sum((1, 2))


def test_it_is_the_surprise_at_the_deviation_of_the_batch():
    every = outputs()
    error = (every["output"] - every["target"])[every["mask"]]
    torch.testing.assert_close(
        Likelihood()(every, 0.0), surprise(every, error.square().mean().sqrt())
    )


@pytest.mark.parametrize("factor", [0.8, 0.99, 1.01, 1.3])
def test_no_other_deviation_makes_the_batch_likelier(factor):
    every = outputs()
    best = (every["output"] - every["target"])[every["mask"]].square().mean().sqrt()
    assert Likelihood()(every, 0.0).sum() < surprise(every, factor * best).sum()


def test_the_gradient_is_that_at_the_best_deviation():
    """Moving the deviation along costs nothing at its best."""
    every, same = outputs(), None
    best = (every["output"] - every["target"])[every["mask"]].square().mean().sqrt()
    gradients = []
    for say in (lambda e: Likelihood()(e, 0.0), lambda e: surprise(e, best)):
        same = every | {"output": every["output"].clone().requires_grad_()}
        say(same).mean().backward()
        gradients.append(same["output"].grad)
    torch.testing.assert_close(*gradients)


def test_the_gradient_is_the_derivative():
    every = outputs()

    def of(x):
        return Likelihood()(every | {"output": x}, 0.0)

    assert torch.autograd.gradcheck(of, every["output"].requires_grad_())


def test_a_tenth_of_the_error_is_worth_as_much_at_any_size():
    first = outputs()
    gap = first["output"] - first["target"]
    said = [
        Likelihood(floor=1e-9)(first | {"output": first["target"] + gap / ten}, 0.0).sum()
        for ten in (1, 10, 100)
    ]
    numbers = 2 * 11
    wanted = torch.full((2,), numbers * math.log(10), dtype=torch.double)
    torch.testing.assert_close(torch.stack(said[:-1]) - torch.stack(said[1:]), wanted)


def test_what_is_had_exactly_does_not_rule():
    every = outputs()
    every["output"] = every["target"].clone().requires_grad_()
    made = Likelihood(floor=0.1)(every, 0.0)
    made.sum().backward()
    wanted = every["mask"].sum(1) * 2 * math.log(math.sqrt(2 * math.pi) * 0.1)
    torch.testing.assert_close(made, wanted.double())
    assert every["output"].grad.eq(0).all()


def test_padding_does_not_leak():
    every = outputs()
    other = every | {"output": every["output"].masked_fill(~every["mask"][..., None], 99.0)}
    assert torch.equal(Likelihood()(every, 0.0), Likelihood()(other, 0.0))


def test_a_floor_must_be_positive():
    with pytest.raises(ValueError, match=r"floor must be positive, got 0.0"):
        Likelihood(floor=0.0)
