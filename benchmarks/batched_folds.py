"""Seconds of one net for all folds, its layers stacked, beside those of one net after the other.

    python benchmarks/batched_folds.py
    python benchmarks/batched_folds.py --device cuda

A step of the optimiser for each of five folds: five plain nets in turn, beside one net whose layers are five
matrices each, multiplied at once. Sides take turns; shown are the fastest. On a processor it is processor
time. Figures, versions and machine go to OUT/batched_folds.json.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import itertools
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

Step = Callable[[], None]


class StackedNet(nn.Module):
    """One network per fold, multiplied at once."""

    def __init__(self, sizes: list[int], n_folds: int) -> None:
        super().__init__()
        pairs = list(itertools.pairwise(sizes))
        self.weights = nn.ParameterList(
            torch.randn(n_folds, n_in, n_out) / n_in**0.5 for n_in, n_out in pairs
        )
        self.biases = nn.ParameterList(torch.zeros(n_folds, 1, n_out) for _, n_out in pairs)

    def forward(self, rows: Tensor) -> Tensor:
        """From (n_folds, n_rows, n_inputs) to (n_folds, n_rows, 1)."""
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            rows = torch.baddbmm(bias, rows, weight)
            rows = rows.relu() if layer < len(self.weights) - 1 else rows
        return rows


def main() -> int:
    """Run the benchmark."""
    options = parse_options()
    torch.set_num_threads(options.threads)
    results = []
    for units in options.units:
        for n_rows in options.rows:
            result = compare(units, n_rows, options)
            results.append(result)
            print(
                f"units {units:4}  rows {n_rows:6}  in turn {result['in turn ms']:8.2f} ms  "
                f"stacked {result['stacked ms']:8.2f} ms  ratio {result['ratio']:.2f}",
                flush=True,
            )
    options.out.mkdir(parents=True, exist_ok=True)
    record = {
        "results": results,
        "torch": importlib.metadata.version("torch"),
        "machine": {"processor": platform.processor(), "threads": options.threads},
    }
    (options.out / "batched_folds.json").write_text(json.dumps(record, indent=1) + "\n")
    return 0


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--units", nargs="+", type=int, default=[64, 128, 256])
    parser.add_argument("--rows", nargs="+", type=int, default=[256, 2_048], help="of a step")
    parser.add_argument("--inputs", type=int, default=60)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    return parser.parse_args()


def compare(units: int, n_rows: int, options: argparse.Namespace) -> dict[str, float]:
    """Milliseconds of a step of both sides."""
    sizes = [options.inputs, units, units, 1]
    rows = torch.randn(options.folds, n_rows, options.inputs, device=options.device)
    target = torch.randn(options.folds, n_rows, 1, device=options.device)
    sides = {
        "in turn ms": step_in_turn(sizes, rows, target),
        "stacked ms": step_stacked(sizes, rows, target),
    }
    fastest = dict.fromkeys(sides, float("inf"))
    for _ in range(options.repeats):
        for name, step in sides.items():
            fastest[name] = min(fastest[name], time_steps(step, options))
    return {"units": units, "rows": n_rows, **fastest, "ratio": fastest["stacked ms"] / fastest["in turn ms"]}


def step_in_turn(sizes: list[int], rows: Tensor, target: Tensor) -> Step:
    """A step of each of several nets."""
    nets = []
    for _ in rows:
        layers: list[nn.Module] = []
        for n_in, n_out in itertools.pairwise(sizes):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        nets.append(nn.Sequential(*layers[:-1]).to(rows.device))
    optimizers = [torch.optim.AdamW(net.parameters(), fused=True) for net in nets]

    def step() -> None:
        for net, optimizer, own_rows, own_target in zip(nets, optimizers, rows, target, strict=True):
            optimizer.zero_grad(set_to_none=True)
            functional.mse_loss(net(own_rows), own_target).backward()
            optimizer.step()

    return step


def step_stacked(sizes: list[int], rows: Tensor, target: Tensor) -> Step:
    """A step of all at once."""
    net = StackedNet(sizes, len(rows)).to(rows.device)
    optimizer = torch.optim.AdamW(net.parameters(), fused=True)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        functional.mse_loss(net(rows), target, reduction="none").mean((1, 2)).sum().backward()
        optimizer.step()

    return step


def time_steps(step: Step, options: argparse.Namespace) -> float:
    """Milliseconds of a step, the mean over some."""
    is_gpu = options.device.startswith("cuda")
    clock = time.perf_counter if is_gpu else time.process_time
    step()
    if is_gpu:
        torch.cuda.synchronize()
    started = clock()
    for _ in range(options.steps):
        step()
    if is_gpu:
        torch.cuda.synchronize()
    return (clock() - started) / options.steps * 1e3


if __name__ == "__main__":
    sys.exit(main())
