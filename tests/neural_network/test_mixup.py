"""Mixup: the distribution of the shares, and what mixing does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import beta, kstest

from tabkit import InputError
from tabkit.neural_network._training._losses import make_loss
from tabkit.neural_network._training._mixup import Mixup, mix


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.0, 4.0])
def test_shares_have_the_beta_distribution(alpha: float) -> None:
    mixup, drawing = Mixup(alpha), generator()
    shares = [float(mixup.draw(1, drawing)[1]) for _ in range(2000)]
    # In float32 the largest shares round to 1: each half is compared in its fine numbers near 0.
    low = [share for share in shares if share < 0.5]
    high = [share for share in shares if share >= 0.5]
    assert 900 < len(low) < 1100
    cdf = beta(alpha, alpha).cdf
    # A wrong distribution would have a p-value of nearly 0.
    assert kstest(low, lambda share: 2 * cdf(share)).pvalue > 0.01
    if alpha >= 0.5:
        assert kstest(high, lambda share: 2 * cdf(share) - 1).pvalue > 0.01


def test_the_generator_alone_decides() -> None:
    state = torch.random.get_rng_state()
    (first, share), (again, same) = (Mixup(0.5).draw(50, generator(3)) for _ in range(2))
    other, _ = Mixup(0.5).draw(50, generator(4))
    assert torch.equal(first, again)
    assert share == same
    assert not torch.equal(first, other)
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize("n_rows", [1, 2, 5, 6])
def test_partners_are_random_pairs(n_rows: int) -> None:
    mixup, drawing = Mixup(0.5), generator()
    met = set()
    for _ in range(100):
        partners, _ = mixup.draw(n_rows, drawing)
        assert partners[partners].tolist() == list(range(n_rows))
        assert int((partners == torch.arange(n_rows)).sum()) == n_rows % 2
        met |= set(enumerate(partners.tolist()))
    # Everyone meets everyone; of an odd number, each is alone now and then.
    assert len(met) == n_rows * (n_rows - 1 + n_rows % 2)


@pytest.mark.parametrize("shape", [(6, 4), (5, 3, 4)])
def test_mix_is_the_formula(shape: tuple[int, ...]) -> None:
    rows = torch.randn(shape, generator=generator(), dtype=torch.float64).requires_grad_()
    partners, share = Mixup(0.5).draw(shape[0], generator(1))
    mixed = mix(rows, partners, share).detach().numpy()
    kept, plain = float(share), rows.detach().numpy()
    for row in range(shape[0]):
        expected = kept * plain[row] + (1 - kept) * plain[int(partners[row])]
        np.testing.assert_allclose(mixed[row], expected, rtol=1e-12)
    assert torch.autograd.gradcheck(lambda rows: mix(rows, partners, share), (rows,))


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_of_mixed_shares_is_the_mixed_loss(n_classes: int, smoothing: float) -> None:
    loss = make_loss(
        "focal",
        is_classification=True,
        n_classes=n_classes,
        class_weights=range(1, n_classes + 1),
        label_smoothing=smoothing,
    )
    codes = torch.arange(12) % n_classes
    output = torch.randn(12, 2, loss.n_outputs(n_classes), generator=generator())
    partners, share = Mixup(1.0).draw(12, generator(1))
    mixed = loss(output, mix(loss.soften(codes, n_classes), partners, share))
    expected = share * loss(output, codes) + (1 - share) * loss(output, codes[partners])
    torch.testing.assert_close(mixed, expected, rtol=1e-5, atol=1e-6)


def test_half_precision_stays() -> None:
    rows = torch.ones(4, 2, dtype=torch.bfloat16)
    assert mix(rows, *Mixup(0.5).draw(4, generator())).dtype == torch.bfloat16


@pytest.mark.parametrize("alpha", [0.0, -1.0, float("nan"), float("inf")])
def test_alpha_must_be_a_positive_number(alpha: float) -> None:
    with pytest.raises(InputError, match="expected a number greater than 0"):
        Mixup(alpha)
