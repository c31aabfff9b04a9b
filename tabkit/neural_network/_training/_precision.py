"""Which numbers a network is computed with, on which device."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from tabkit._core import InputError, suggest

# With AMX on one thread, a step in bfloat16 took 1.5 to 2.3 times as long as in float32 below 10 million
# multiplications in the forward pass, as long at 20 million, and 0.95 to 0.5 times as long from 30 million
# on. With AVX-512 BF16 and without AMX it took longer at any size.
_MIN_MULTIPLICATIONS = 30_000_000
PRECISIONS = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True)
class Precision:
    """How forward and backward passes are computed; weights and losses are float32 always.

    Attributes
    ----------
    device_type : str
        "cpu", "cuda", ...
    autocast_dtype : torch.dtype or None
        What matrix products are computed in; None for float32.
    uses_scaler : bool
        Whether the loss is scaled so that small gradients do not vanish: for float16 only.
    initial_scale : float
        It is halved where gradients overflow and doubled now and then.
    """

    device_type: str
    autocast_dtype: torch.dtype | None = None
    uses_scaler: bool = False
    initial_scale: float = 65536.0

    def autocast(self) -> AbstractContextManager[object]:
        """A context for the forward pass, which can be entered again and again."""
        if self.autocast_dtype is None:
            return nullcontext()
        return torch.autocast(self.device_type, dtype=self.autocast_dtype)

    def make_scaler(self) -> torch.amp.GradScaler | None:
        """The scaler of the loss, or None where none is needed."""
        return torch.amp.GradScaler(self.device_type, self.initial_scale) if self.uses_scaler else None


def choose_precision(
    precision: str,
    device: torch.device | str,
    *,
    n_multiplications: int = 0,
    initial_scale: float = 65536.0,
) -> Precision:
    """Choose how to compute on a device.

    Parameters
    ----------
    precision : {"auto", "float32", "bfloat16", "float16"}
        "auto" on a GPU is bfloat16 where the chip computes with it (Ampere and later), float16 with a
        scaled loss where it has tensor cores without bfloat16, float32 otherwise. On a processor it is
        bfloat16 where that has AMX and the steps are large enough to gain from it, float32 otherwise.
    device : torch.device or str
    n_multiplications : int, default=0
        Of the forward pass of one batch: rows times members times weights. For "auto" on a processor.
    initial_scale : float, default=65536.0
        Of the loss, for float16.

    Returns
    -------
    precision : Precision

    Raises
    ------
    InputError
        If there is no such precision, or the device does not compute with it.

    Examples
    --------
    >>> choose_precision("float32", "cpu").autocast_dtype is None
    True
    """
    if precision not in PRECISIONS:
        raise InputError(f"precision={precision!r}: {suggest(precision, PRECISIONS, 'choose one of')}")
    if not 0.0 < initial_scale < float("inf"):
        raise InputError(
            f"initial scale of the loss: expected a number greater than 0, got {initial_scale!r}"
        )
    device = torch.device(device)
    available = _list_available(device)
    if precision == "auto":
        precision = available[0]
        if device.type == "cpu" and not (_has("amx_bf16") and n_multiplications >= _MIN_MULTIPLICATIONS):
            precision = "float32"
    if precision not in available:
        raise InputError(
            f"precision={precision!r}: this {_name(device)} does not compute with it: "
            f"choose {' or '.join(map(repr, ('auto', *available)))}"
        )
    dtype = None if precision == "float32" else getattr(torch, precision)
    return Precision(device.type, dtype, uses_scaler=precision == "float16", initial_scale=initial_scale)


def _list_available(device: torch.device) -> tuple[str, ...]:
    """The precisions that a device has instructions for, the best for training first."""
    if device.type == "cuda":
        with torch.cuda.device(device):
            has_bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False)
            has_tensor_cores = torch.cuda.get_device_capability()[0] >= 7
        if has_bfloat16:
            return "bfloat16", "float16", "float32"
        return ("float16", "float32") if has_tensor_cores else ("float32",)
    # On Arm it is called bf16.
    if device.type == "cpu" and _has("amx_bf16", "avx512_bf16", "bf16"):
        return "bfloat16", "float32"
    return ("float32",)


def _has(*names: str) -> bool:
    """Whether the processor has one of these capabilities."""
    # Younger than the oldest torch that we take.
    query = getattr(torch.cpu, "get_capabilities", None)
    return query is not None and any(query().get(name, False) for name in names)


def _name(device: torch.device) -> str:
    return {"cpu": "processor", "cuda": "GPU"}.get(device.type, f"{device.type} device")
