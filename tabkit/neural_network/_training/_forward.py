"""Forward passes without gradients."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from tabkit.neural_network._modules import Network
from tabkit.neural_network._training._loss import Loss
from tabkit.neural_network._training._rows import TensorRows

# Rows at once: as many as keep the activations in a processor's cache.
_BLOCK = 8_192
# Each block is filled up to a multiple of this: what is left over at the end of a block is computed by other
# instructions, and a row's prediction would depend on how many others are predicted with it.
_MULTIPLE = 64


def forward_in_blocks(network: Network, rows: TensorRows) -> Iterator[tuple[Tensor, TensorRows]]:
    """Outputs for blocks of rows; the network is left in evaluation mode.

    Parameters
    ----------
    network : Network
    rows : TensorRows

    Yields
    ------
    output : Tensor of shape (n_filled, n_members, n_outputs)
        On the network's device, float32; the last few are no rows, but fill the block up.
    block : TensorRows
        The rows it is for, there too.
    """
    network.eval()
    device = next(network.parameters()).device
    # Not inference_mode: what a network keeps of it could not be trained on.
    with torch.no_grad():
        for start in range(0, len(rows), _BLOCK):
            block = rows.slice(start, start + _BLOCK).to(device)
            yield network(_fill_up(block.numbers), _fill_up(block.codes)), block


def predict_rows(network: Network, loss: Loss, rows: TensorRows) -> Tensor:
    """Mean prediction of the members.

    Parameters
    ----------
    network : Network
    loss : Loss
        That it was trained with.
    rows : TensorRows

    Returns
    -------
    prediction : Tensor of shape (n_rows, n_columns)
        Probabilities or standardised values, on the processor.
    """
    return torch.cat(
        [average_members(loss, output, len(block)) for output, block in forward_in_blocks(network, rows)]
    )


def average_members(loss: Loss, output: Tensor, n_rows: int) -> Tensor:
    """Mean prediction of the members for the rows of a block, without what fills it up.

    Parameters
    ----------
    loss : Loss
    output : Tensor of shape (n_filled, n_members, n_outputs)
    n_rows : int

    Returns
    -------
    prediction : Tensor of shape (n_rows, n_columns)
        On the processor.
    """
    return loss.to_prediction(output).mean(dim=1)[:n_rows].cpu()


def _fill_up(values: Tensor) -> Tensor:
    missing = -len(values) % _MULTIPLE
    return values if not missing else torch.cat([values, values[:1].expand(missing, -1)])
