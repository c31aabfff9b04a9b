"""Mixup: rows that lie between two rows."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tabkit._core import InputError

# Quantiles that stand for the Beta distribution: a table of them can be drawn from on any device without
# waiting for it, and with a generator, which the distributions of torch do not take.
_N_QUANTILES = 4096


class Mixup:
    """Draw how rows of a batch are mixed (Zhang et al. 2018, "Mixup: beyond empirical risk minimization").

    The rows of a batch are put into random pairs, and each keeps the same share of itself and takes the rest
    from its partner. The share is drawn anew for each batch from Beta(alpha, alpha), to be exact from 4,096
    equally likely quantiles of it.

    Parameters
    ----------
    alpha : float, default=0.5
        0.2 mixes little, 1 draws all shares alike, more mixes most rows by halves.

    Examples
    --------
    >>> partners, share = Mixup(0.5).draw(4, torch.Generator().manual_seed(0))
    >>> partners[partners], 0 < share.item() < 1
    (tensor([0, 1, 2, 3]), True)
    """

    def __init__(self, alpha: float = 0.5) -> None:
        if not 0.0 < alpha < float("inf"):
            raise InputError(f"mixup alpha={alpha!r}: expected a number greater than 0")
        from scipy.special import betaincinv

        self.alpha = alpha
        levels = (torch.arange(_N_QUANTILES, dtype=torch.float64) + 0.5) / _N_QUANTILES
        self._quantiles = torch.from_numpy(betaincinv(alpha, alpha, levels.numpy())).float()

    def draw(self, n_rows: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw for one batch.

        Parameters
        ----------
        n_rows : int
        generator : torch.Generator
            Its device is that of the result.

        Returns
        -------
        partners : Tensor of shape (n_rows,)
            int64: whom each row is mixed with. The partner of the partner is the row itself, and of an odd
            number of rows one is its own.
        share : Tensor of shape ()
            float32: how much of itself each row keeps.
        """
        device = generator.device
        if self._quantiles.device != device:
            self._quantiles = self._quantiles.to(device)
        order, half = torch.randperm(n_rows, generator=generator, device=device), n_rows // 2
        others = torch.cat((order[n_rows - half :], order[half : n_rows - half], order[:half]))
        partners = torch.empty_like(order).scatter_(0, order, others)
        position = torch.randint(_N_QUANTILES, (), generator=generator, device=device)
        return partners, self._quantiles[position]


def mix(rows: Tensor, partners: Tensor, share: Tensor) -> Tensor:
    """Mix each row with its partner.

    Parameters
    ----------
    rows : Tensor of shape (n_rows, ...)
        Embedded inputs, shares of classes, or values.
    partners : Tensor of shape (n_rows,)
        Of `Mixup.draw`: in pairs.
    share : Tensor of shape ()
        How much of itself each row keeps.

    Returns
    -------
    mixed : Tensor of shape (n_rows, ...)
        ``share * rows + (1 - share) * rows[partners]``.

    Examples
    --------
    >>> mix(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([1, 0]), torch.tensor(0.75))
    tensor([[0.7500, 0.2500],
            [0.2500, 0.7500]])
    """
    if rows.requires_grad:
        return _MixPairs.apply(rows, partners, share)  # type: ignore[no-untyped-call]
    return _mix(rows, partners, share)


def _mix(rows: Tensor, partners: Tensor, share: Tensor) -> Tensor:
    return torch.lerp(rows.index_select(0, partners), rows, share.to(rows.dtype))


class _MixPairs(torch.autograd.Function):
    """Mixing in pairs is its own transpose: the gradient is mixed in the same way.

    Autograd would scatter it back row by row, which takes several times as long.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, partners: Tensor, share: Tensor) -> Tensor:
        ctx.save_for_backward(partners, share)
        return _mix(rows, partners, share)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        partners, share = ctx.saved_tensors
        return _mix(gradients[0], partners, share), None, None
