"""The state of a training on disk, so that it goes on after a kill to the same weights."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any

import torch

from tabkit._core import InputError
from tabkit._core._describe import describe
from tabkit._core._files import write_atomically
from tabkit.neural_network._modules import TabularNetwork
from tabkit.neural_network._training._feeds import Source
from tabkit.neural_network._training._plan import TrainingPlan
from tabkit.neural_network._training._rows import TensorRows

# Digits of the fingerprint that a file's name begins with.
_NAME_LENGTH = 8


class Checkpoints:
    """A folder of states, of which the last ones of each training are kept.

    Parameters
    ----------
    folder : Path
        Made when missing.
    fingerprint : str
        Of what is trained; states of anything else are not taken up.
    n_kept : int, default=2
    """

    def __init__(self, folder: Path, fingerprint: str, *, n_kept: int = 2) -> None:
        self.folder = folder
        self.fingerprint = fingerprint
        self.n_kept = n_kept
        self._name = fingerprint[:_NAME_LENGTH]
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"checkpoint_dir={str(folder)!r}: cannot be made ({error.strerror})") from error

    def save(self, epoch: int, state: dict[str, Any]) -> None:
        """Write the state after an epoch, whole or not at all, and remove those that are too many.

        Parameters
        ----------
        epoch : int
        state : dict
            Of tensors and plain values.
        """
        content = {"fingerprint": self.fingerprint, "epoch": epoch, "state": state}
        path = self.folder / f"{self._name}-epoch-{epoch:06d}.pt"
        write_atomically(path, lambda temporary: torch.save(content, temporary))
        for old in self._list()[: -self.n_kept]:
            old.unlink(missing_ok=True)

    def load_latest(self) -> tuple[int, dict[str, Any]] | None:
        """The last epoch and its state; None where there is none of this training."""
        for path in reversed(self._list()):
            try:
                content = torch.load(path, map_location="cpu", weights_only=True)
            except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
                continue  # none of ours
            if isinstance(content, dict) and content.get("fingerprint") == self.fingerprint:
                return content["epoch"], content["state"]
        return None

    def _list(self) -> list[Path]:
        """The states of this training, the first one first."""
        return sorted(self.folder.glob(f"{self._name}-epoch-*.pt"))


def fingerprint_training(
    plan: TrainingPlan,
    network: TabularNetwork,
    source: Source,
    validation: TensorRows | None,
    aims: object,
) -> str:
    """Digest of everything that the weights come from.

    Parameters
    ----------
    plan : TrainingPlan
    network : TabularNetwork
        With its first weights.
    source : Source
    validation : TensorRows or None
    aims : object
        What is minimised and what chooses the epoch.

    Returns
    -------
    fingerprint : str
        32 hexadecimal digits.
    """
    described = describe((plan, network.spec, source.fingerprint(), aims))
    digest = hashlib.blake2b(described.encode(), digest_size=16)
    for weights in network.state_dict().values():
        digest.update(weights.numpy().tobytes())
    if validation is not None:
        digest.update(validation.fingerprint().encode())
    return digest.hexdigest()
