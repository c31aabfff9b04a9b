"""What resampling does to probabilities, and which calibration repairs them.

    python benchmarks/resampling.py
    python benchmarks/resampling.py --rows 20000 --seeds 0 1 2 3 4

A logistic model with ten columns and a base rate of 4.4 % makes rows; half of them train a logistic
regression, plain or resampled or weighted, the others judge it. The calibrators are fitted, by
cross-validation inside the training rows, on rows that were never resampled. Means over the seeds are
printed; every figure, versions and machine go to DIR/resampling.json.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from tabkit.calibration import CalibratedClassifier
from tabkit.resampling import ResampledClassifier, Resampler

BASE_RATE = 0.044
# Of the ten columns; their length is what the area under the curve of 0.85 comes from.
SLOPES = 1.6 * np.array([5, 4, 3, 3, 2, 2, 1, 1, 0, 0]) / np.sqrt(69)


@dataclass(frozen=True)
class Result:
    """A variant on the test rows of one seed."""

    variant: str
    seed: int
    mean_probability: float
    brier: float
    roc_auc: float
    average_precision: float


def main() -> int:
    """Run the benchmark."""
    options = parse_options()
    results = [result for seed in options.seeds for result in run(options.rows, seed)]
    print(make_table(results).to_string(float_format=lambda value: f"{value:.4f}"))
    write(results, options)
    return 0


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--rows", type=int, default=20_000, help="half of them train")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    return parser.parse_args()


def make_rows(n_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw normal columns, and labels by a logistic model of them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, len(SLOPES)))
    scores = X @ SLOPES
    # The intercept that gives the base rate over the distribution of the scores, not over these rows.
    grid = np.linalg.norm(SLOPES) * np.random.default_rng(0).normal(size=200_000)
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if (1 / (1 + np.exp(-(middle + grid)))).mean() < BASE_RATE else (low, middle)
        )
    return X, (rng.random(n_rows) < 1 / (1 + np.exp(-(low + scores)))).astype(int)


def variants(seed: int) -> dict[str, Callable[[], Any]]:
    """How to make each model."""

    def smote() -> ResampledClassifier:
        return ResampledClassifier(LogisticRegression(), Resampler("smote"), random_state=seed)

    return {
        "plain": LogisticRegression,
        "SMOTE": smote,
        "class_weight='balanced'": lambda: LogisticRegression(class_weight="balanced"),
        "SMOTE inside sigmoid calibration": lambda: CalibratedClassifier(
            smote(), method="sigmoid", random_state=0
        ),
        "SMOTE inside temperature scaling": lambda: CalibratedClassifier(
            smote(), method="temperature", random_state=0
        ),
        "SMOTE calibrated by tabkit's default": lambda: CalibratedClassifier(smote(), random_state=0),
    }


def run(n_rows: int, seed: int) -> list[Result]:
    """Fit every variant on half of the rows and judge it on the others."""
    X, y = make_rows(n_rows, seed)
    half = n_rows // 2
    results = []
    for name, make in variants(seed).items():
        proba = make().fit(X[:half], y[:half]).predict_proba(X[half:])[:, 1]
        results.append(
            Result(
                name,
                seed,
                mean_probability=float(proba.mean()),
                brier=float(brier_score_loss(y[half:], proba)),
                roc_auc=float(roc_auc_score(y[half:], proba)),
                average_precision=float(average_precision_score(y[half:], proba)),
            )
        )
    return results


def make_table(results: list[Result]) -> pd.DataFrame:
    """Means over the seeds, a row for each variant."""
    frame = pd.DataFrame([asdict(result) for result in results]).drop(columns="seed")
    return frame.groupby("variant", sort=False).mean()


def write(results: list[Result], options: argparse.Namespace) -> None:
    """Keep the figures with what they depend on."""
    packages = ("tabkit-learn", "imbalanced-learn", "scikit-learn", "pandas", "numpy")
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": {"rows": options.rows, "seeds": options.seeds},
        "machine": {
            "system": platform.system(),
            "architecture": platform.machine(),
            "processors": os.cpu_count(),
            "python": platform.python_version(),
        },
        "versions": {package: installed_version(package) for package in packages},
        "results": [asdict(result) for result in results],
    }
    path = options.out / "resampling.json"
    options.out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n")
    print(f"written to {path}")


def installed_version(package: str) -> str | None:
    """Version of a package; None for one that runs from its source folder."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    raise SystemExit(main())
