"""A made-up table as awkward as real ones."""

from __future__ import annotations

import numpy as np
import pandas as pd


def make_awkward_frame(task: str = "binary", *, n_rows: int = 240, seed: int = 0) -> pd.DataFrame:
    """Make a table whose last column is the target.

    ``outcome`` is "no" or "yes", one of three colours, or a number; ``age``, ``plan`` and ``comment`` tell
    something about it, the rest is noise.
    """
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, n_rows).astype(float)
    plan = rng.choice(["basic", "plus", "premium"], n_rows, p=[0.6, 0.3, 0.1])
    signal = (age - 54) / 20 + 1.5 * (plan == "basic") + rng.normal(0, 0.7, n_rows)
    joined = pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 2000, n_rows), unit="D")
    charges = pd.Series(rng.gamma(2.0, 40.0, n_rows).round(2)).astype(str)
    charges[rng.random(n_rows) < 0.03] = " "
    words = np.array(["late", "broken", "slow"]), np.array(["great", "quick", "friendly"])
    comment = [" ".join(rng.choice(words[int(value < 0.5)], 8)) for value in signal]
    return pd.DataFrame(
        {
            "customer id": [f"C-{number:05d}" for number in rng.permutation(n_rows)],
            "age": _with_missing(age, rng, 0.10),
            "plan": _with_missing(plan, rng, 0.05),
            'charges ["EUR"], {total}: <2024>': charges,
            "city": rng.choice([f"city {number}" for number in range(40)], n_rows),
            "joined": joined.strftime("%Y-%m-%d"),
            "comment": comment,
            "größe": rng.normal(170, 10, n_rows),
            "is member": rng.random(n_rows) < 0.5,
            "country": "DE",
            "rarely known": _with_missing(rng.normal(size=n_rows), rng, 0.97),
            "outcome": _outcome(task, signal),
        }
    )


def _with_missing(values: np.ndarray, rng: np.random.Generator, share: float) -> pd.Series:
    return pd.Series(values).mask(rng.random(len(values)) < share)


def _outcome(task: str, signal: np.ndarray) -> np.ndarray:
    if task == "regression":
        return signal * 10 + 50
    if task == "multiclass":
        return np.array(["blue", "green", "red"])[np.digitize(signal, [0.0, 1.5])]
    return np.where(signal > 1.0, "yes", "no")
