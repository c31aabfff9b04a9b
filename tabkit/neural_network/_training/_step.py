"""One step of the optimiser."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from tabkit.neural_network._modules import Network
from tabkit.neural_network._training._averaging import WeightAverage
from tabkit.neural_network._training._loss import Loss
from tabkit.neural_network._training._mixup import Mixup, mix
from tabkit.neural_network._training._optimizers import add_l1_gradient
from tabkit.neural_network._training._plan import TrainingPlan
from tabkit.neural_network._training._precision import Precision
from tabkit.neural_network._training._rows import TensorRows

_LEAST_WEIGHT = 1e-12


class TrainingStep:
    """Forward, loss, backward and update for a batch of rows.

    Parameters
    ----------
    network : Network
    loss : Loss
    optimizer : torch.optim.Optimizer
    plan : TrainingPlan
    precision : Precision
    n_columns : int
        Of a prediction.
    average : WeightAverage or None
    generator : torch.Generator
        On the device of the rows.

    Attributes
    ----------
    n_parts : int
        Parts that a batch goes through in; doubled where the memory of the device is too small.
    """

    def __init__(
        self,
        network: Network,
        loss: Loss,
        optimizer: torch.optim.Optimizer,
        plan: TrainingPlan,
        precision: Precision,
        *,
        n_columns: int,
        average: WeightAverage | None,
        generator: torch.Generator,
    ) -> None:
        self.network = network
        self.loss = loss
        self.optimizer = optimizer
        self.precision = precision
        self.n_columns = n_columns
        self.average = average
        self.n_parts = plan.n_parts
        self.clip_norm = plan.clip_norm
        self.scaler = precision.make_scaler()
        self._parameters = list(network.parameters())
        self._penalized = [] if not plan.l1 else _find_weights(network)
        self._l1 = plan.l1
        self._mixup = Mixup(plan.mixup) if plan.mixup else None
        self._generator = generator
        compiled: Callable[[Any], Any] = (
            partial(torch.compile, dynamic=False) if plan.compiles else lambda part: part
        )
        self._forward, self._embed, self._decide = map(compiled, (network, network.embed, network.decide))

    def __call__(self, rows: TensorRows) -> Tensor:
        """Take a step.

        Parameters
        ----------
        rows : TensorRows
            With targets.

        Returns
        -------
        loss : Tensor of shape ()
            Mean over rows and members, without penalties; still on the device.
        """
        self.optimizer.zero_grad(set_to_none=True)
        if self.n_parts == 1:
            loss = self._backward(rows, None)
        else:
            loss = self._backward_in_parts(rows)
        self._update()
        if self.average is not None:
            self.average.update()
        return loss

    def split_further(self, n_rows: int) -> None:
        """Let batches go through in twice as many parts, since the memory of the device is too small.

        Raises
        ------
        torch.OutOfMemoryError
            If a part is a single row already.
        """
        if self.n_parts >= n_rows:
            raise torch.OutOfMemoryError("not even one row fits into the memory of the device")
        self.n_parts = min(2 * self.n_parts, n_rows)
        self.optimizer.zero_grad(set_to_none=True)
        warnings.warn(
            f"the memory of the device is too small for {-(-n_rows * 2 // self.n_parts):,} rows at once: "
            f"their gradients are accumulated from {self.n_parts} parts",
            UserWarning,
            stacklevel=2,
        )

    def compute_gradient_norm(self) -> Tensor:
        """Length of the gradient that the last step had."""
        gradients = [parameter.grad for parameter in self._parameters if parameter.grad is not None]
        return nn.utils.get_total_norm(gradients)

    def _backward_in_parts(self, rows: TensorRows) -> Tensor:
        weight = None if rows.weight is None else rows.weight.sum()
        n_parts = min(self.n_parts, len(rows))
        # Of nearly one size: batch normalisation fails on one row.
        edges = [len(rows) * part // n_parts for part in range(n_parts + 1)]
        parts = [rows.slice(start, stop) for start, stop in pairwise(edges)]
        total = torch.zeros((), device=rows.numbers.device)
        for part in parts:
            total += self._backward(part, len(rows) if weight is None else weight)
        return total

    def _backward(self, rows: TensorRows, divisor: Tensor | int | None) -> Tensor:
        """Add the gradients of some rows, whose losses are summed and divided; None for their mean."""
        with self.precision.autocast():
            output, target = self._predict(rows)
        losses = self.loss(output, target)
        if rows.weight is not None:
            total = torch.mv(losses.T, rows.weight).mean()
            # Rows without weight, all of a batch, teach nothing.
            weight = rows.weight.sum() if divisor is None else torch.as_tensor(divisor)
            loss = total / weight.clamp_min(_LEAST_WEIGHT)
        else:
            loss = losses.mean() if divisor is None else losses.mean(dim=1).sum() / divisor
        scaled: Tensor = loss if self.scaler is None else self.scaler.scale(loss)
        scaled.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _predict(self, rows: TensorRows) -> tuple[Tensor, Tensor]:
        target = rows.target
        assert target is not None
        if self._mixup is None:
            return self._forward(rows.numbers, rows.codes), target
        target = self.loss.soften(target, self.n_columns)
        permutation, share = self._mixup.draw(len(rows), self._generator)
        embedded = mix(self._embed(rows.numbers, rows.codes), permutation, share)
        return self._decide(embedded), mix(target, permutation, share)

    def _update(self) -> None:
        if self.scaler is not None:
            self.scaler.unscale_(self.optimizer)
        if self._penalized:
            add_l1_gradient(self._penalized, self._l1)
        if self.clip_norm is not None:
            nn.utils.clip_grad_norm_(self._parameters, self.clip_norm)
        if self.scaler is None:
            self.optimizer.step()
        else:
            self.scaler.step(self.optimizer)
            self.scaler.update()


def _find_weights(network: Network) -> list[nn.Parameter]:
    groups = network.parameter_groups()
    return [*groups.get("weights", []), *groups.get("head", [])]
