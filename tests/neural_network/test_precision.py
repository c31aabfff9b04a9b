"""Which precision is chosen where, and that it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from tabkit import InputError
from tabkit.neural_network._training._precision import Precision, choose_precision


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Pretend that the processor has just these capabilities."""

    def pretend(*capabilities: str) -> None:
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(capabilities, True))

    return pretend


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Pretend that there is a GPU of this generation."""

    def pretend(generation: int) -> None:
        class Device:
            def __init__(self, device: Any) -> None: ...
            def __enter__(self) -> None: ...
            def __exit__(self, *error: object) -> None: ...

        monkeypatch.setattr(torch.cuda, "device", Device)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (generation, 0))
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: generation >= 8)

    return pretend


@pytest.mark.parametrize(
    ("generation", "dtype", "uses_scaler"),
    [(9, torch.bfloat16, False), (8, torch.bfloat16, False), (7, torch.float16, True), (6, None, False)],
)
def test_auto_on_a_gpu(
    generation: int, dtype: torch.dtype | None, uses_scaler: bool, gpu: Callable[[int], None]
) -> None:
    gpu(generation)
    assert choose_precision("auto", "cuda:0") == Precision("cuda", dtype, uses_scaler)


def test_float16_scales_the_loss(gpu: Callable[[int], None]) -> None:
    gpu(9)
    expected = Precision("cuda", torch.float16, uses_scaler=True, initial_scale=1024.0)
    assert choose_precision("float16", "cuda", initial_scale=1024.0) == expected


@pytest.mark.parametrize("capability", ["amx_bf16", "avx512_bf16", "bf16"])
def test_bfloat16_on_processors_that_have_it(capability: str, processor: Callable[..., None]) -> None:
    processor("avx2", capability)
    assert choose_precision("bfloat16", "cpu") == Precision("cpu", torch.bfloat16)


@pytest.mark.parametrize(
    ("capabilities", "n_multiplications", "dtype"),
    [
        (("amx_bf16", "avx512_bf16"), 30_000_000, torch.bfloat16),
        (("amx_bf16", "avx512_bf16"), 29_999_999, None),
        (("avx512_bf16",), 10**12, None),
        ((), 10**12, None),
    ],
)
def test_auto_on_a_processor(
    capabilities: tuple[str, ...],
    n_multiplications: int,
    dtype: torch.dtype | None,
    processor: Callable[..., None],
) -> None:
    processor(*capabilities)
    assert choose_precision("auto", "cpu", n_multiplications=n_multiplications) == Precision("cpu", dtype)
    assert choose_precision("auto", "cpu") == Precision("cpu")


def test_says_what_is_wrong(processor: Callable[..., None], gpu: Callable[[int], None]) -> None:
    processor("avx2")
    gpu(7)
    for precision, device, message in [
        ("bfloat16", "cpu", "this processor does not compute with it: choose 'auto' or 'float32'"),
        ("float16", "cpu", "this processor does not compute with it"),
        ("bfloat16", "cuda", "this GPU does not compute with it: choose 'auto' or 'float16' or 'float32'"),
        ("float16", "mps", "this mps device does not compute with it"),
        ("bf16", "cpu", "precision='bf16': did you mean 'bfloat16'"),
    ]:
        with pytest.raises(InputError, match=message):
            choose_precision(precision, device)
    with pytest.raises(InputError, match=r"greater than 0, got 0\.0"):
        choose_precision("float32", "cpu", initial_scale=0.0)


def test_a_torch_that_knows_nothing_of_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert choose_precision("auto", "cpu", n_multiplications=10**12) == Precision("cpu")


def test_the_context_is_entered_again_and_again() -> None:
    linear, rows = nn.Linear(4, 4), torch.ones(2, 4)
    for dtype in (None, torch.bfloat16):
        context = Precision("cpu", dtype).autocast()
        for _ in range(2):
            with context:
                assert linear(rows).dtype == (dtype or torch.float32)
            assert linear(rows).dtype == torch.float32


def test_the_scaler_is_there_where_it_is_used() -> None:
    assert Precision("cpu").make_scaler() is None
    scaler = Precision("cpu", torch.float16, uses_scaler=True, initial_scale=8.0).make_scaler()
    assert scaler is not None
    assert scaler.get_scale() == 8.0
