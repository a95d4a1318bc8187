import pytest
import torch

from latentloom.quantize.scalar import FiniteScalar


def test_an_odd_number_of_levels_by_hand():
    z = torch.tensor([[-9.0], [-0.2], [0.0], [0.2], [0.4], [9.0]])
    rounded, codes = FiniteScalar([5])(z)
    assert rounded.flatten().tolist() == [-1.0, 0.0, 0.0, 0.0, 0.5, 1.0]
    assert codes.tolist() == [0, 2, 2, 2, 3, 4]


def test_an_even_number_of_levels_leans_to_the_negative():
    rounded, codes = FiniteScalar([4])(torch.tensor([[-9.0], [9.0]]))
    assert rounded.flatten().tolist() == [-1.0, 0.5]
    assert codes.tolist() == [0, 3]


@pytest.mark.parametrize("levels", [[8, 6, 5], [2, 3], [7]])
def test_every_code_stands_for_itself(levels):
    scalar = FiniteScalar(levels)
    codes = torch.arange(scalar.size)
    assert torch.equal(scalar.number(scalar.look_up(codes)), codes)


def test_every_code_can_be_reached():
    scalar = FiniteScalar([5, 4, 2])
    _, codes = scalar(4 * torch.randn(20000, 3))
    assert len(codes.unique()) == scalar.size == 40


def test_the_gradient_is_that_of_the_squeezed_features():
    scalar, z = FiniteScalar([5, 4]), torch.randn(6, 2, requires_grad=True)
    scalar(z)[0].sum().backward()
    through = z.grad.clone()
    z.grad = None
    (scalar.squeeze(z) / torch.tensor([2, 2])).sum().backward()
    torch.testing.assert_close(through, z.grad)


def test_a_single_level_is_refused():
    with pytest.raises(ValueError, match=r"each at least 2, got \[8, 1\]"):
        FiniteScalar([8, 1])
