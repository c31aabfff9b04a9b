"""What the losses of a training say about it, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from tabkit._core._wording import agree, say_count

Verdict = Literal["diverges", "overfits", "underfits", "stopped too soon", "unsteady", "healthy", "unknown"]

# Shares of the fall of a loss: what counts as rising again, as still falling, as hardly having fallen.
_RISEN = 0.10
_STILL_FALLING = 0.02
_HARDLY_FALLEN = 0.05
# Epochs at the end that tell how it goes on, as a share.
_END = 0.1
_FEWEST_EPOCHS = 5


@dataclass(frozen=True)
class Diagnosis:
    """What is to be said about a training.

    Attributes
    ----------
    verdict : {"diverges", "overfits", "underfits", "stopped too soon", "unsteady", "healthy", "unknown"}
    evidence : str
        A sentence with the figures.
    advice : str
        A sentence that says what to change; empty where nothing is to be.
    """

    verdict: Verdict
    evidence: str
    advice: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.verdict}: {self.evidence}.", self.advice) if part)


def diagnose_history(history: pd.DataFrame) -> Diagnosis:
    """Tell from the losses by epoch whether training diverges, over- or underfits, or was stopped too soon.

    Parameters
    ----------
    history : DataFrame
        With "train_loss", and "valid_loss" where rows were set aside.

    Returns
    -------
    diagnosis : Diagnosis

    Examples
    --------
    >>> epochs = np.arange(50)
    >>> losses = pd.DataFrame({"train_loss": 0.97**epochs, "valid_loss": 0.5 + (epochs - 10) ** 2 / 5000})
    >>> diagnose_history(losses).verdict
    'overfits'
    """
    train = history["train_loss"].to_numpy(dtype=np.float64)
    if len(train) < _FEWEST_EPOCHS:
        return Diagnosis(
            "unknown",
            f"{say_count(len(train), 'epoch')} {agree(len(train), 'is', 'are')} too few to tell",
            "Raise max_epochs.",
        )
    if "valid_loss" not in history or history["valid_loss"].isna().all():
        return Diagnosis("unknown", "no rows were set aside", "Pass early_stopping=True to see more.")
    valid = history["valid_loss"].ffill().to_numpy(dtype=np.float64)
    for find in (_find_diverged, _find_unsteady, _find_overfit, _find_stopped, _find_underfit):
        diagnosis = find(train, valid)
        if diagnosis is not None:
            return diagnosis
    best = int(valid.argmin())
    return Diagnosis(
        "healthy", f"the validation loss is lowest in epoch {best + 1} of {len(valid)}, and level"
    )


def _find_diverged(train: np.ndarray, valid: np.ndarray) -> Diagnosis | None:
    best = int(train.argmin())
    end = train[-max(2, int(_END * len(train))) :].mean()
    risen = end - train[best]
    # More than twice the lowest, and no flutter around what is learnt by heart.
    if risen <= abs(train[best]) or risen <= _RISEN * abs(np.median(train)):
        return None
    return Diagnosis(
        "diverges",
        f"the training loss itself rises, from {train[best]:.4g} in epoch {best + 1} to {end:.4g} at the end",
        "Lower learning_rate (find_learning_rate suggests one), or pass clip_norm=1 or warmup=0.1.",
    )


def _find_unsteady(train: np.ndarray, valid: np.ndarray) -> Diagnosis | None:
    steps = np.diff(train)
    up, down = steps[steps > 0].sum(), -steps[steps < 0].sum()
    if up < 0.6 * down:
        return None
    return Diagnosis(
        "unsteady",
        f"the training loss rises in {np.mean(steps > 0):.0%} of the epochs",
        "Lower learning_rate, raise batch_size or warmup, or pass clip_norm=1.",
    )


def _find_overfit(train: np.ndarray, valid: np.ndarray) -> Diagnosis | None:
    best = int(valid.argmin())
    fallen = max(valid[0] - valid[best], 1e-12)
    risen = valid[-max(1, int(_END * len(valid))) :].mean() - valid[best]
    if risen < _RISEN * fallen or train[-1] >= train[best]:
        return None
    return Diagnosis(
        "overfits",
        f"from epoch {best + 1} on the validation loss rises from {valid[best]:.4g} to {valid[-1]:.4g}, "
        f"while the training loss falls from {train[best]:.4g} to {train[-1]:.4g}",
        "The best epoch is kept; to do better raise dropout, weight_decay or mixup, take fewer units or "
        "columns, or more rows.",
    )


def _find_stopped(train: np.ndarray, valid: np.ndarray) -> Diagnosis | None:
    n_end = max(2, int(_END * len(valid)))
    fallen = max(valid[0] - valid.min(), 1e-12)
    late = valid[-2 * n_end : -n_end].min() - valid[-n_end:].min()
    if int(valid.argmin()) < len(valid) - n_end or late < _STILL_FALLING * fallen:
        return None
    return Diagnosis(
        "stopped too soon",
        f"the validation loss still falls at the end: by {late:.3g} in the last {n_end} epochs",
        "Raise max_epochs, or learning_rate.",
    )


def _find_underfit(train: np.ndarray, valid: np.ndarray) -> Diagnosis | None:
    fallen = (train[0] - train.min()) / max(abs(train[0]), 1e-12)
    if fallen > _HARDLY_FALLEN:
        return None
    return Diagnosis(
        "underfits",
        f"the training loss fell by {fallen:.1%} only, from {train[0]:.4g} to {train.min():.4g}",
        "Raise learning_rate or max_epochs, lower dropout and weight_decay, or take more units; or the "
        "columns do not tell the target.",
    )
