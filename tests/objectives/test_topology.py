from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist, squareform

from latentloom.objectives.geometry import (
    between_categories,
    category_cosines,
    code_cosines,
    distances,
    likeness,
    topographic,
)
from latentloom.objectives.tokens import Informativeness, Orthogonality, Topographic

FORMS = ["inputs-latents", "latents-codes", "inputs-codes"]


def outputs(size=20, seed=0):
    generator = torch.Generator().manual_seed(seed)
    vectors = {
        "target": (size, 1, 7),
        "embeddings": (size, 1, 3, 4),
        "before": (size, 1, 30),
        "after": (size, 1, 30),
    }
    made = {
        name: torch.randn(shape, dtype=torch.double, generator=generator)
        for name, shape in vectors.items()
    }
    made["guess_errors"] = torch.rand(size, 6, 1, dtype=torch.double, generator=generator)
    made["shares"] = torch.tensor([2, 8, 5, 5, 3, 7])
    made["codes"] = torch.randint(0, 4, (size, 1, 6), generator=generator)
    made["mask"] = made["code_mask"] = torch.ones(size, 1, dtype=torch.bool)
    return made


def test_distances_are_those_of_every_pair():
    x = torch.randn(9, 4, dtype=torch.double)
    np.testing.assert_allclose(distances(x), squareform(pdist(x.numpy())))
    assert torch.autograd.gradcheck(distances, x.requires_grad_())


def test_likeness_is_pearsons_correlation_off_the_diagonal():
    a, b = torch.randn(2, 6, 6, dtype=torch.double, requires_grad=True)
    off = ~torch.eye(6, dtype=torch.bool)
    expected = np.corrcoef(a.detach()[off], b.detach()[off])[0, 1]
    assert likeness(a, b).item() == pytest.approx(expected)
    assert torch.autograd.gradcheck(likeness, (a, b))


def test_a_constant_distance_tells_nothing():
    assert likeness(torch.ones(5, 5), torch.randn(5, 5)).item() == 0.0


def test_the_diagonal_does_not_count():
    x, y = torch.randn(2, 12, 3, dtype=torch.double)
    off = ~torch.eye(12, dtype=torch.bool)
    whole = [torch.cdist(z, z).flatten() for z in (x, y)]
    alone = [torch.cdist(z, z)[off] for z in (x, y)]
    without = np.corrcoef(*alone)[0, 1]
    assert topographic(x, y).item() == pytest.approx(without)
    assert np.corrcoef(*whole)[0, 1] > without + 0.05


@pytest.mark.parametrize("form", FORMS)
def test_a_turned_and_stretched_copy_has_the_same_topography(form):
    every = outputs()
    turn = torch.linalg.qr(torch.randn(7, 7, dtype=torch.double))[0]
    copy = 3.0 * (every["target"] @ turn)
    every |= {"before": copy, "after": 0.5 * copy}
    made = Topographic(between=form)(every, 0.0)
    torch.testing.assert_close(made, torch.zeros_like(made), atol=1e-6, rtol=0)


def test_topography_is_end_to_end_of_its_two_ends():
    every = outputs()
    rows = [every["target"].flatten(1), every["after"].flatten(1)]
    expected = 1 - np.corrcoef(*(pdist(x.numpy()) for x in rows))[0, 1]
    assert Topographic()(every, 0.0)[0].item() == pytest.approx(expected)


def test_samples_with_the_same_codes_have_a_finite_gradient():
    every = outputs()
    same = torch.zeros(20, 1, 30, dtype=torch.double, requires_grad=True)
    made = Topographic(between="latents-codes")(every | {"after": same}, 0.0)
    made.sum().backward()
    assert same.grad.isfinite().all()


def test_cosines_between_categories_are_their_correlations():
    x = torch.randn(50, 2, 3, dtype=torch.double)
    table = np.abs(np.corrcoef(x.flatten(1).T))[:3, 3:]
    cosines = category_cosines(x)
    assert cosines[0, 1].item() == pytest.approx(table.mean())
    assert between_categories(cosines).item() == pytest.approx(table.mean())


def test_cosines_between_categories_have_the_gradient_of_what_they_say():
    x = torch.randn(7, 3, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(category_cosines, x)


def test_one_category_alone_repeats_no_other():
    assert between_categories(category_cosines(torch.randn(9, 1, 4))).item() == 0.0


def test_equal_codes_are_no_pair():
    vectors = torch.tensor([[[1.0, 0.0]], [[1.0, 0.0]], [[1.0, 1.0]]])
    expected = torch.tensor([0.5])
    torch.testing.assert_close(code_cosines(vectors, torch.tensor([[0], [0], [1]])), expected)


def test_all_guesses_at_a_signal_count_alike():
    every = outputs()
    error = every["guess_errors"].mean((1, 2))
    torch.testing.assert_close(Informativeness()(every, 0.0), error)


CRITERIA = {
    "informativeness": (Informativeness(), "guess_errors"),
    "latents": (Orthogonality(), "embeddings"),
    "codes": (Orthogonality(of="codes"), "after"),
    "pre": (Topographic(between=FORMS[0]), "before"),
    "post": (Topographic(between=FORMS[1]), "before"),
    "end to end": (Topographic(between=FORMS[2]), "after"),
}


@pytest.mark.parametrize("name", CRITERIA)
def test_a_criterion_reads_what_it_says_and_says_one_number_a_signal(name):
    criterion, _ = CRITERIA[name]
    every = outputs()
    made = criterion({key: every[key] for key in criterion.reads}, 0.5)
    assert made.shape == (20,)
    assert made.ge(0).all()


@pytest.mark.parametrize("name", CRITERIA)
def test_a_criterion_has_the_gradient_of_what_it_says(name):
    criterion, key = CRITERIA[name]
    every = outputs(size=6)

    def of(x):
        return criterion(every | {key: x}, 0.5)

    assert torch.autograd.gradcheck(of, every[key].requires_grad_())


@pytest.mark.parametrize("name", CRITERIA)
def test_descending_a_criterion_lowers_it(name):
    criterion, key = CRITERIA[name]
    every = outputs()
    x = every[key].clone().requires_grad_()
    before = criterion(every | {key: x}, 0.5).mean()
    before.backward()
    moved = x.detach() - 0.05 * x.grad / x.grad.norm()
    assert criterion(every | {key: moved}, 0.5).mean() < before


@pytest.mark.parametrize("name", ["latents", "codes", "pre", "end to end"])
def test_of_many_samples_some_are_drawn(name):
    criterion, _ = CRITERIA[name]
    few = replace(criterion, rows=8)
    torch.manual_seed(0)
    one, other = few(outputs(), 0.0)[0], few(outputs(), 0.0)[0]
    assert one != other
    torch.manual_seed(0)
    assert few(outputs(), 0.0)[0] == one


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Orthogonality(rows=1), "rows must be at least 2, got 1"),
        (lambda: Topographic(rows=2), "rows must be at least 3, got 2"),
    ],
)
def test_too_few_rows_are_refused(make, problem):
    with pytest.raises(ValueError, match=problem):
        make()
