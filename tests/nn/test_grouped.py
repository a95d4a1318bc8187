import pytest
import torch
import torch.nn.functional as F

from latentloom.nn.grouped import GroupedLinear, GroupedNorm, places, stacked, trimmed

WIDTHS = [(3, 1, 4), (2, 2, 2)]
AFTER = (2, 5, 1)
widths = pytest.mark.parametrize("widths", WIDTHS, ids=["uneven", "even"])


def with_gradients(made, sources):
    """What was made, and its gradients against something."""
    wanted = torch.linspace(-1, 1, made.numel(), dtype=made.dtype).view_as(made)
    return [made, *torch.autograd.grad((made * wanted).sum(), sources)]


def features(widths):
    return torch.randn(6, sum(widths), dtype=torch.double, requires_grad=True)


@widths
def test_each_group_has_an_affine_map_of_its_own(widths):
    made, x = GroupedLinear(widths, AFTER).double(), features(widths)
    alone = [
        F.linear(part, made.weight[group, :before, :after].T, made.bias[group, 0, :after])
        for group, (part, before, after) in enumerate(
            zip(x.split(widths, 1), widths, AFTER, strict=True)
        )
    ]
    sources = [x, made.weight, made.bias]
    expected = with_gradients(torch.cat(alone, 1), sources)
    for ours, theirs in zip(with_gradients(made(x), sources), expected, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_a_map_of_data_that_need_no_gradient_has_its_own():
    made = GroupedLinear([2, 1], [1, 1])
    made(torch.ones(4, 3)).sum().backward()
    assert made.bias.grad.flatten().tolist() == [4.0, 4.0]


def test_a_map_is_worked_out_in_the_number_format_that_is_asked_for():
    made, x = GroupedLinear([2, 3], [4, 4]), torch.randn(7, 5, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        low = made(x)
    assert low.dtype == torch.bfloat16
    torch.testing.assert_close(low.float(), made(x), atol=0.03, rtol=0.03)
    low.float().sum().backward()
    assert x.grad.dtype == made.weight.grad.dtype == torch.float32


@widths
def test_each_group_is_normalised_by_itself(widths):
    made, x = GroupedNorm(widths).double(), features(widths)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter))
    alone = [
        F.layer_norm(part, (width,), made.weight[group, 0, :width], made.bias[group, 0, :width])
        for group, (part, width) in enumerate(zip(x.split(widths, 1), widths, strict=True))
    ]
    sources = [x, made.weight, made.bias]
    expected = with_gradients(torch.cat(alone, 1), sources)
    for ours, theirs in zip(with_gradients(made(x), sources), expected, strict=True):
        torch.testing.assert_close(ours, theirs)


@widths
def test_a_stack_holds_each_group_and_zeros(widths):
    x = features(widths).detach()
    stack = stacked(x, places(widths))
    assert stack.shape == (3, 6, max(widths))
    assert torch.equal(torch.cat(trimmed(stack, widths), 1), x)
    assert stack.ne(0).sum() == x.numel()
