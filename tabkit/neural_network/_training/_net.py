"""skorch's net on whole batches of tensors: its epochs wait for nothing inside."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from itertools import chain, repeat
from typing import Any

import psutil
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, EpochTimer, PrintLog
from torch import Tensor

from tabkit._core import InputError
from tabkit._core._wording import say_count
from tabkit.neural_network._modules import Dropout, Network
from tabkit.neural_network._training._averaging import WeightAverage
from tabkit.neural_network._training._best_weights import BestWeights
from tabkit.neural_network._training._checkpoints import Checkpoints
from tabkit.neural_network._training._errors import TrainingDivergedError
from tabkit.neural_network._training._feeds import Feed, Source
from tabkit.neural_network._training._forward import average_members, forward_in_blocks
from tabkit.neural_network._training._freezing import find_frozen, freeze, set_training
from tabkit.neural_network._training._loss import Loss
from tabkit.neural_network._training._optimizers import (
    ParameterGroup,
    make_optimizer,
    set_learning_rate,
    set_weight_decay,
)
from tabkit.neural_network._training._plan import TrainingPlan
from tabkit.neural_network._training._plateau import make_plateau
from tabkit.neural_network._training._precision import choose_precision
from tabkit.neural_network._training._progress import EpochProgress
from tabkit.neural_network._training._rows import TensorRows
from tabkit.neural_network._training._schedules import Schedule, make_schedule
from tabkit.neural_network._training._step import TrainingStep


class TabularNet(NeuralNet):
    """A `skorch.NeuralNet` that trains a `Network` on the batches of a `Source`.

    It inherits because callbacks of skorch are handed a net of skorch, and ask it for its history, module,
    optimiser and files. What it inherits for tables (``fit``, ``predict``, ``clone``) does not work on
    sources: so estimators keep it to themselves.

    Parameters
    ----------
    module : Network
    criterion : Loss
    plan : TrainingPlan
    validate : callable or None, default=None
        From the predictions (ndarray of shape (n_rows, n_columns)) of the validation rows to a score, where
        greater is better. None takes the loss.
    n_columns : int, default=1
        Of a prediction: classes, or targets.
    checkpoints : Checkpoints or None, default=None
        Where states are kept after epochs, and where training goes on from.
    callbacks : list of skorch callbacks or None, default=None
    device : str, default="cpu"
    verbose : int, default=0
        1 shows a progress bar, 2 prints a line for each epoch.

    Attributes
    ----------
    history : skorch.history.History
        An entry for each epoch: "train_loss", "valid_loss", "valid_score", "learning_rate",
        "gradient_norm" (of its last step), "rows_per_second", "memory" (bytes), "is_best", "dur" (seconds);
        with the schedule "plateau" also "plateau_factor".
    best_ : BestWeights
    prepare_optimizer : callable or None
        Called with the optimiser before its first step.
    """

    prepare_optimizer: Callable[[torch.optim.Optimizer], None] | None = None

    def __init__(
        self,
        module: Network,
        criterion: Loss,
        plan: TrainingPlan,
        *,
        validate: Callable[[Any], float] | None = None,
        n_columns: int = 1,
        checkpoints: Checkpoints | None = None,
        callbacks: Any = None,
        device: str = "cpu",
        verbose: int = 0,
    ) -> None:
        super().__init__(
            module,
            criterion,
            lr=plan.learning_rate,
            max_epochs=plan.n_epochs,
            batch_size=plan.batch_size,
            train_split=None,
            callbacks=callbacks,
            device=device,
            verbose=verbose,
        )
        self.plan = plan
        self.validate = validate
        self.n_columns = n_columns
        self.checkpoints = checkpoints

    def train(self, source: Source, validation: TensorRows | None) -> None:
        """Train from the start, and keep the weights that validated best.

        Parameters
        ----------
        source : Source
            Of the training rows.
        validation : TensorRows or None
            None trains to the end.

        Raises
        ------
        TrainingDivergedError
            If the loss is no number any more.
        """
        for _ in self.iterate_epochs(source, validation):
            pass

    def iterate_epochs(self, source: Source, validation: TensorRows | None) -> Iterator[int]:
        """Train as `train` does, and stop after each epoch until the next is asked for.

        Parameters
        ----------
        source : Source
        validation : TensorRows or None

        Yields
        ------
        epoch : int
            Counted from 1.
        """
        feed = self._open(source)
        n_steps, every = self.plan.n_epochs * len(feed), self.plan.validate_every
        if validation is not None and every is not None and every > n_steps:
            raise InputError(f"validate_every={every}: the training has {say_count(n_steps, 'step')}")
        validation = None if validation is None else validation.to(torch.device(self.device))
        self.notify("on_train_begin", X=source, y=None)
        yield from self._train_epochs(feed, validation)
        if validation is not None:
            self.best_.restore()
        else:
            if self._average is not None:
                self._average.keep()
            self._check_end(source)
        self.notify("on_train_end", X=source, y=None)

    def climb(self, source: Source, learning_rates: Sequence[float]) -> tuple[list[float], list[float]]:
        """Take one step at each learning rate in turn.

        Parameters
        ----------
        source : Source
        learning_rates : sequence of float of length n_steps

        Returns
        -------
        learning_rates, losses : list of float
            As far as the loss is a number.
        """
        feed = self._open(source)
        self.module_.train()
        losses: list[float] = []
        batches = chain.from_iterable(repeat(feed))
        for rate, batch in zip(learning_rates, batches, strict=False):
            set_learning_rate(self.optimizer_, rate / self.plan.learning_rate)
            losses.append(float(self._take_step(batch)))
            if not math.isfinite(losses[-1]):
                break
        return list(learning_rates[: len(losses)]), losses

    def initialize_optimizer(self, triggered_directly: Any = None) -> TabularNet:
        """Make the optimiser that the plan names, with its factors by role."""
        plan = self.plan
        groups = [
            ParameterGroup(
                parameters,
                plan.learning_rate_factors.get(role, 1.0),
                plan.weight_decay_factors.get(role, 1.0),
            )
            for role, parameters in self.module_.parameter_groups().items()
        ]
        self.optimizer_ = make_optimizer(
            plan.optimizer,
            groups,
            learning_rate=plan.learning_rate,
            weight_decay=plan.weight_decay,
            options=plan.optimizer_options,
        )
        if self.prepare_optimizer is not None:
            self.prepare_optimizer(self.optimizer_)
        return self

    @property
    def _default_callbacks(self) -> list[tuple[str, Callback]]:
        shown: list[tuple[str, Callback]] = []
        if self.verbose == 1:
            shown = [("progress", EpochProgress(self.plan.stop_after or self.plan.n_epochs))]
        elif self.verbose:
            shown = [("print_log", PrintLog())]
        return [("epoch_timer", EpochTimer()), *shown]

    def _open(self, source: Source) -> Feed:
        """Begin a training on these rows."""
        self.initialize()
        plan = self.plan
        feed = source.open(plan.batch_size, torch.device(self.device), plan.seed)
        self._n_steps = 0
        self._frozen: tuple[str, ...] = ()
        n_steps = plan.n_epochs * len(feed)
        has_plateau = plan.schedule == "plateau"
        decides = has_plateau and not plan.plateau_factors
        self._plateau = make_plateau(plan.schedule_options) if decides else None
        self._plateau_factor = 1.0
        name = "constant" if has_plateau else plan.schedule
        options = {} if has_plateau else plan.schedule_options
        self._schedule = make_schedule(name, n_steps, warmup=plan.warmup, options=options)
        self._weight_decay_schedule = _make_optional(plan.weight_decay_schedule, n_steps)
        self._dropout_schedule = _make_optional(plan.dropout_schedule, n_steps)
        self._dropouts = [
            (module, module.p) for module in self.module_.modules() if isinstance(module, Dropout)
        ]
        n_weights = sum(weight.numel() for weight in self.module_.parameters() if weight.ndim > 1)
        self._precision = choose_precision(
            plan.precision,
            self.device,
            n_multiplications=feed.batch_size * self.module_.spec.n_members * n_weights,
            initial_scale=plan.initial_scale,
        )
        decay = plan.average_decay
        self._average = None if decay is None else WeightAverage(self.module_, decay)
        self._step = TrainingStep(
            self.module_,
            self.criterion_,
            self.optimizer_,
            plan,
            self._precision,
            n_columns=self.n_columns,
            average=self._average,
            generator=feed.generator,
        )
        self.best_ = BestWeights(self.module_, patience=plan.patience)
        return feed

    def _train_epochs(self, feed: Feed, validation: TensorRows | None) -> Iterator[int]:
        datasets = {"dataset_train": feed, "dataset_valid": validation}
        first = self._resume(feed)
        for epoch in range(first, self.plan.stop_after or self.plan.n_epochs):
            if self.best_.is_over:
                break
            self._frozen = find_frozen(self.plan, epoch)
            freeze(self.module_, self._frozen)
            self.notify("on_epoch_begin", **datasets)
            self._train_epoch(feed, validation, epoch)
            if validation is not None and self.plan.validate_every is None:
                self._validate(validation, epoch)
            try:
                self.notify("on_epoch_end", **datasets)
            except KeyboardInterrupt:  # how a callback of skorch asks to stop
                break
            self._keep_state(epoch + 1, feed)
            yield epoch + 1
        freeze(self.module_, ())
        for module, share in self._dropouts:
            module.p = share

    def _resume(self, feed: Feed) -> int:
        """Take up the last state that was kept; the number of epochs that are done."""
        latest = None if self.checkpoints is None else self.checkpoints.load_latest()
        if latest is None:
            return 0
        epoch, state = latest
        self.module_.load_state_dict(state["module"])
        self.optimizer_.load_state_dict(state["optimizer"])
        self.best_.load_state_dict(state["best"])
        for part, name in self._optional_parts():
            part.load_state_dict(state[name])
        self._n_steps, self._step.n_parts = state["n_steps"], state["n_parts"]
        self._plateau_factor = state["plateau_factor"]
        feed.generator.set_state(state["generator"])
        torch.set_rng_state(state["random"])
        if "device_random" in state:
            torch.cuda.set_rng_state(state["device_random"])
        for row in state["history"]:
            self.history.new_epoch()
            for key, value in row.items():
                self.history.record(key, value)
        return epoch

    def _keep_state(self, epoch: int, feed: Feed) -> None:
        if self.checkpoints is None:
            return
        state = {
            "module": self.module_.state_dict(),
            "optimizer": self.optimizer_.state_dict(),
            "best": self.best_.state_dict(),
            "n_steps": self._n_steps,
            "n_parts": self._step.n_parts,
            "plateau_factor": self._plateau_factor,
            "generator": feed.generator.get_state(),
            "random": torch.get_rng_state(),
            "history": list_columns(self.history),
        }
        state |= {name: part.state_dict() for part, name in self._optional_parts()}
        if feed.generator.device.type == "cuda":
            state["device_random"] = torch.cuda.get_rng_state()
        self.checkpoints.save(epoch, state)

    def _optional_parts(self) -> list[tuple[Any, str]]:
        parts = ((self._average, "average"), (self._plateau, "plateau"), (self._step.scaler, "scaler"))
        return [(part, name) for part, name in parts if part is not None]

    def _train_epoch(self, feed: Feed, validation: TensorRows | None, epoch: int) -> None:
        every = self.plan.validate_every
        self._begin_epoch(epoch)
        listens = self._listens_to_batches()
        started, steps_before = time.perf_counter(), self._n_steps
        losses = torch.zeros((), device=self.device)
        for batch in feed:
            self._follow_schedules()
            if listens:
                self.notify("on_batch_begin", batch=batch, training=True)
            loss = self._take_step(batch)
            losses += loss
            if listens:
                self.notify("on_batch_end", batch=batch, training=True, loss=loss)
            self._n_steps += 1
            if every is not None and validation is not None and self._n_steps % every == 0:
                self._validate(validation, epoch)
                if self.best_.is_over:
                    break
        n_steps = self._n_steps - steps_before
        mean_loss = float(losses) / n_steps
        seconds = time.perf_counter() - started
        if not math.isfinite(mean_loss):
            raise TrainingDivergedError(epoch + 1, self.plan.learning_rate)
        history = self.history
        history.new_batch()
        history.record_batch("train_loss", mean_loss)  # where callbacks of skorch look for the last batch
        history.record("train_loss", mean_loss)
        history.record("learning_rate", self.plan.learning_rate * self._factor)
        history.record("gradient_norm", float(self._step.compute_gradient_norm()))
        history.record("rows_per_second", n_steps * feed.batch_size / seconds)
        history.record("memory", _measure_memory(feed.generator.device))
        if self._plateau is not None:
            history.record("plateau_factor", self._plateau_factor)
            if validation is None:
                self._plateau_factor = self._plateau.step(-mean_loss)
        if every is not None and validation is not None:
            # Callbacks of skorch look for them after every epoch, validated or not.
            for name, value in (("valid_loss", math.nan), ("valid_loss_best", False)):
                history.record(name, history[-1].get(name, value))

    def _begin_epoch(self, epoch: int) -> None:
        set_training(self.module_, self._frozen)
        if self._dropout_schedule is not None:
            # For an epoch: a new share costs a draw of new masks.
            for dropout, share in self._dropouts:
                dropout.p = share * self._dropout_schedule(self._n_steps)
        replayed = self.plan.plateau_factors
        if replayed:
            self._plateau_factor = replayed[min(epoch, len(replayed) - 1)]

    def _follow_schedules(self) -> None:
        self._factor = self._schedule(self._n_steps) * self._plateau_factor
        set_learning_rate(self.optimizer_, self._factor)
        if self._weight_decay_schedule is not None:
            set_weight_decay(self.optimizer_, self._weight_decay_schedule(self._n_steps))

    def _take_step(self, batch: TensorRows) -> Tensor:
        """Take a step; in twice as many parts where the memory of the device is too small."""
        while True:
            try:
                return self._step(batch)
            except torch.OutOfMemoryError:
                self._step.split_further(len(batch))
                torch.cuda.empty_cache()

    def _validate(self, validation: TensorRows, epoch: int) -> None:
        was_training = self.module_.training
        with nullcontext() if self._average is None else self._average.applied():
            score = self._score(validation, epoch)
            is_best = self.best_.update(score, epoch + 1)
        self.history.record("is_best", is_best)
        self.history.record("valid_loss_best", is_best)  # as callbacks of skorch look for it
        if self._plateau is not None:
            self._plateau_factor = self._plateau.step(score)
        if was_training:
            set_training(self.module_, self._frozen)

    def _score(self, validation: TensorRows, epoch: int) -> float:
        """The score of the validation rows, greater is better, and their loss into the history."""
        total, weights, predicted = 0.0, 0.0, []
        for output, rows in forward_in_blocks(self.module_, validation):
            losses = self.criterion_(output[: len(rows)], rows.target).mean(dim=1)
            weight = torch.ones_like(losses) if rows.weight is None else rows.weight
            total += float((losses * weight).sum())
            weights += float(weight.sum())
            if self.validate is not None:
                predicted.append(average_members(self.criterion_, output, len(rows)))
        loss = total / weights if weights else math.nan
        if weights and not math.isfinite(loss):
            raise TrainingDivergedError(epoch + 1, self.plan.learning_rate)
        self.history.record("valid_loss", loss)
        if self.validate is None:
            return -loss
        score = float(self.validate(torch.cat(predicted).numpy()))
        if math.isnan(score):
            raise InputError("scoring: NaN for the validation rows, choose another score")
        self.history.record("valid_score", score)
        return score

    def _check_end(self, source: Source) -> None:
        """Refuse what the last step, whose loss nothing has seen, may have done to the weights."""
        some = source.sample.slice(0, self.plan.batch_size).to(torch.device(self.device))
        was_training = self.module_.training
        for output, _ in forward_in_blocks(self.module_, some):
            if not bool(torch.isfinite(output).all()):
                raise TrainingDivergedError(len(self.history), self.plan.learning_rate)
        self.module_.train(was_training)

    def _listens_to_batches(self) -> bool:
        """Whether a callback does anything at batches; to call those that don't costs a step in twenty."""
        return any(
            getattr(type(callback), method) is not getattr(Callback, method)
            for _, callback in self.callbacks_
            for method in ("on_batch_begin", "on_batch_end")
            if not isinstance(callback, PrintLog | EpochTimer)
        )


def _measure_memory(device: torch.device) -> int:
    """Bytes: the most that was used of a GPU, or what this process has."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return psutil.Process().memory_info().rss


def _make_optional(name: str | None, n_steps: int) -> Schedule | None:
    return None if name is None else make_schedule(name, n_steps)


def list_columns(history: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries of a history without those of its batches."""
    return [{key: value for key, value in row.items() if key != "batches"} for row in history]
