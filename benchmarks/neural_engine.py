"""Seconds per epoch of `tabkit.neural_network` beside a bare PyTorch loop and plain skorch.

    python benchmarks/neural_engine.py
    python benchmarks/neural_engine.py --rows 20000 --device cuda --precision bfloat16

The bare loop does the same arithmetic: the same module, loss, optimiser, batches and learning rates, on
tensors that it slices itself, and nothing else. Plain skorch trains the same module through its DataLoader.
They take turns, and the first of them changes from turn to turn; shown are the fastest epochs, and the median
of the ratios turn by turn. Prediction is compared with a bare forward pass over the same blocks. Figures,
versions and machine go to OUT/neural_engine.json.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import multiprocessing
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tabkit.neural_network._modules import NetworkSpec, TabularNetwork
from tabkit.neural_network._training._feeds import TensorSource
from tabkit.neural_network._training._forward import predict_rows
from tabkit.neural_network._training._losses import make_loss
from tabkit.neural_network._training._net import TabularNet
from tabkit.neural_network._training._optimizers import ParameterGroup, make_optimizer
from tabkit.neural_network._training._plan import TrainingPlan
from tabkit.neural_network._training._precision import choose_precision
from tabkit.neural_network._training._rows import TensorRows

GOALS = {"train": 1.05, "predict": 1.10}
# Columns as those of adult, and 500,000 rows of 50.
TABLES = {"adult": (39_073, 6, (9, 18, 9, 17, 8, 7, 4, 44)), "wide": (500_000, 50, ())}
NETWORKS = {"plain": {"n_members": 1}, "ensemble": {"n_members": 8}}


def main() -> int:
    """Run the benchmark; 1 when a goal is missed."""
    options = parse_options()
    torch.set_num_threads(options.threads)
    results = []
    for table in options.tables:
        for network in NETWORKS:
            for batch_size in options.batches:
                result = compare(table, network, batch_size, options)
                results.append(result)
                print(describe(result), flush=True)
    write(results, options)
    return int(any(result["train ratio"] > GOALS["train"] for result in results))


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--tables", nargs="+", choices=list(TABLES), default=list(TABLES))
    parser.add_argument("--batches", nargs="+", type=int, default=[256, 2_048])
    parser.add_argument("--rows", type=int, default=0, help="at most; 0 for all")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--no-skorch", action="store_true", help="leave plain skorch out")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    return parser.parse_args()


def make_rows(table: str, most: int) -> tuple[TensorRows, NetworkSpec]:
    """Made-up rows with the columns of a table, and a network for them."""
    n_rows, n_numbers, cardinalities = TABLES[table]
    n_rows = min(n_rows, most) if most else n_rows
    generator = torch.Generator().manual_seed(0)
    numbers = torch.randn(n_rows, n_numbers, generator=generator)
    codes = [torch.randint(size, (n_rows,), generator=generator) for size in cardinalities]
    target = (numbers[:, 0] + torch.randn(n_rows, generator=generator) > 0).long()
    stacked = torch.stack(codes, dim=1) if codes else torch.empty((n_rows, 0), dtype=torch.int64)
    spec = NetworkSpec(
        n_numbers=n_numbers,
        cardinalities=cardinalities,
        n_outputs=1,
        dropout=0.1,
        numeric_embedding="periodic",
    )
    return TensorRows(numbers, stacked, target), spec


def compare(table: str, network: str, batch_size: int, options: argparse.Namespace) -> dict[str, Any]:
    """Time epochs and predictions of all sides."""
    rows, spec = make_rows(table, options.rows)
    spec = replace(spec, **NETWORKS[network])
    sides = {name: epochs(rows, spec, batch_size, options) for name, epochs in SIDES.items()}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(options.repeats + 1):
        for name in list(sides) if turn % 2 else reversed(list(sides)):
            spent = sides[name]()
            if turn:  # the first is for warming up
                seconds[name].append(spent)
    ratios = [ours / bare for ours, bare in zip(seconds["tabkit"], seconds["bare"], strict=True)]
    result = {
        "table": table,
        "network": network,
        "batch": batch_size,
        "rows": len(rows),
        "tabkit seconds": min(seconds["tabkit"]),
        "bare seconds": min(seconds["bare"]),
        "train ratio": statistics.median(ratios),
        "rows per second": len(rows) / min(seconds["tabkit"]),
        **compare_predictions(rows, spec, options),
        **{f"{name} peak MB": measure_peak(name, table, network, batch_size, options) for name in SIDES},
    }
    if not options.no_skorch:
        result["skorch ratio"] = skorch_epoch(rows, spec, batch_size, options) / min(seconds["bare"])
    return result


def tabkit_epochs(
    rows: TensorRows, spec: NetworkSpec, batch_size: int, options: argparse.Namespace
) -> Callable[[], float]:
    """A function that trains one epoch as the estimators do, and returns its seconds."""
    torch.manual_seed(0)
    plan = TrainingPlan(
        n_epochs=1_000,
        batch_size=batch_size,
        learning_rate=1e-3,
        weight_decay=0.01,
        schedule="cosine",
        precision=options.precision,
    )
    loss = make_loss("cross_entropy", is_classification=True, n_classes=2)
    net = TabularNet(TabularNetwork(spec), loss, plan, n_columns=2, device=options.device)
    epochs = net.iterate_epochs(TensorSource(rows), None)

    def epoch() -> float:
        synchronize(options)
        started = time.perf_counter()
        next(epochs)
        synchronize(options)
        return time.perf_counter() - started

    return epoch


def bare_epochs(
    rows: TensorRows, spec: NetworkSpec, batch_size: int, options: argparse.Namespace
) -> Callable[[], float]:
    """The same in a loop of PyTorch alone."""
    torch.manual_seed(0)
    device = torch.device(options.device)
    network = TabularNetwork(spec).to(device).train()
    rows = rows.to(device)
    loss_function = make_loss("cross_entropy", is_classification=True, n_classes=2).to(device)
    groups = [ParameterGroup(list(network.parameters()))]
    optimizer = make_optimizer("adamw", groups, learning_rate=1e-3, weight_decay=0.01)
    precision = choose_precision(options.precision, device)
    generator = torch.Generator(device).manual_seed(0)
    assert rows.target is not None
    numbers, codes, target = rows.numbers, rows.codes, rows.target
    has_codes = codes.shape[1] > 0

    def epoch() -> float:
        synchronize(options)
        started = time.perf_counter()
        order = torch.randperm(len(numbers), generator=generator, device=device)
        total = torch.zeros((), device=device)
        for start in range(0, len(order) - batch_size + 1, batch_size):
            batch = order[start : start + batch_size]
            batch_codes = codes[batch] if has_codes else codes[:batch_size]
            optimizer.zero_grad(set_to_none=True)
            with precision.autocast():
                output = network(numbers[batch], batch_codes)
            loss = loss_function(output, target[batch]).mean()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        total.item()
        synchronize(options)
        return time.perf_counter() - started

    return epoch


def skorch_epoch(rows: TensorRows, spec: NetworkSpec, batch_size: int, options: argparse.Namespace) -> float:
    """Seconds of an epoch of plain skorch with its DataLoader."""
    from skorch import NeuralNet

    class MeanLoss(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.loss = make_loss("cross_entropy", is_classification=True, n_classes=2)

        def forward(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
            return self.loss(output, target).mean()

    net = NeuralNet(
        TabularNetwork(spec),
        MeanLoss(),
        optimizer=torch.optim.AdamW,
        optimizer__fused=True,
        lr=1e-3,
        max_epochs=2,
        batch_size=batch_size,
        train_split=None,
        verbose=0,
        device=options.device,
    )
    assert rows.target is not None
    net.fit({"numbers": rows.numbers.numpy(), "codes": rows.codes.numpy()}, rows.target.numpy())
    return float(net.history[-1, "dur"])


def compare_predictions(rows: TensorRows, spec: NetworkSpec, options: argparse.Namespace) -> dict[str, float]:
    """Seconds to predict all rows, beside forward passes over the same blocks."""
    device = torch.device(options.device)
    network = TabularNetwork(spec).to(device).eval()
    loss = make_loss("cross_entropy", is_classification=True, n_classes=2)
    rows = rows.to(device).slice(0, 100_000)

    def bare() -> None:
        with torch.no_grad():
            for start in range(0, len(rows), 8_192):
                stop = start + 8_192
                network(rows.numbers[start:stop], rows.codes[start:stop]).sigmoid().mean(1).cpu()

    ratios, fastest = [], float("inf")
    predict_rows(network, loss, rows)
    bare()
    for _ in range(options.repeats):
        ours = timed(lambda: predict_rows(network, loss, rows))
        ratios.append(ours / timed(bare))
        fastest = min(fastest, ours)
    return {"predict seconds": fastest, "predict ratio": statistics.median(ratios)}


def timed(work: Callable[[], Any]) -> float:
    """Seconds of a call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def synchronize(options: argparse.Namespace) -> None:
    """Wait for the device."""
    if options.device.startswith("cuda"):
        torch.cuda.synchronize()


def measure_peak(side: str, table: str, network: str, batch_size: int, options: argparse.Namespace) -> float:
    """Most memory of an epoch of one side, in MB, of the device or of a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(find_peak, side, table, network, batch_size, options).result()


def find_peak(side: str, table: str, network: str, batch_size: int, options: argparse.Namespace) -> float:
    """The same, in this process."""
    torch.set_num_threads(options.threads)
    rows, spec = make_rows(table, options.rows)
    SIDES[side](rows, replace(spec, **NETWORKS[network]), batch_size, options)()
    if options.device.startswith("cuda"):
        return torch.cuda.max_memory_allocated() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


SIDES = {"tabkit": tabkit_epochs, "bare": bare_epochs}


def describe(result: dict[str, Any]) -> str:
    """One comparison as a line."""
    verdict = "ok" if result["train ratio"] <= GOALS["train"] else "MISSED"
    plain = f"  skorch {result['skorch ratio']:.2f}" if "skorch ratio" in result else ""
    return (
        f"{result['table']:6} {result['network']:9} batch {result['batch']:5}  "
        f"epoch {result['tabkit seconds']:8.3f} s  bare {result['bare seconds']:8.3f} s  "
        f"ratio {result['train ratio']:.3f} {verdict:6}{plain}  "
        f"predict ratio {result['predict ratio']:.3f}  {result['rows per second']:,.0f} rows/s  "
        f"peak {result['tabkit peak MB']:,.0f} MB, bare {result['bare peak MB']:,.0f} MB"
    )


def write(results: list[dict[str, Any]], options: argparse.Namespace) -> None:
    """Write the figures with versions and machine."""
    options.out.mkdir(parents=True, exist_ok=True)
    device = torch.cuda.get_device_name() if options.device.startswith("cuda") else platform.processor()
    record = {
        "results": results,
        "options": {name: str(value) for name, value in vars(options).items()},
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "skorch", "numpy")},
        "machine": {"device": device, "threads": options.threads, "python": platform.python_version()},
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    (options.out / "neural_engine.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
