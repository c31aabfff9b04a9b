"""Compare three models on a made-up table of customers, and use the winner.

Run with ``python docs/examples/compare_churn.py``; takes some seconds and writes nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import tabkit


def make_customers(n_rows: int = 600, seed: int = 0) -> pd.DataFrame:
    """Make customers who leave more often when they pay by the month and are new."""
    rng = np.random.default_rng(seed)
    months = rng.integers(1, 72, n_rows)
    contract = rng.choice(["month to month", "one year", "two years"], n_rows, p=[0.5, 0.3, 0.2])
    log_odds = 1.0 - months / 24 + 1.5 * (contract == "month to month")
    return pd.DataFrame(
        {
            "months": months,
            "contract": contract,
            "charges": rng.normal(65, 20, n_rows).round(2),
            "churn": np.where(rng.random(n_rows) < 1 / (1 + np.exp(-log_odds)), "yes", "no"),
        }
    )


def main() -> None:
    """Compare, print the answer, fit the winner on all rows."""
    customers = make_customers()
    comparison = tabkit.compare(
        customers, target="churn", models=["dummy", "linear", "lightgbm"], autogluon=False
    )
    print(
        comparison.frame()[["rank", "model", "roc_auc", "low", "high", "difference"]].to_string(index=False)
    )
    print(*comparison.sentences, sep="\n")

    winner = comparison.frame()["model"].iloc[0]
    model = tabkit.make_model(winner, task="binary")
    model.fit(customers.drop(columns="churn"), customers["churn"])
    print(f"{winner}, fitted on all rows, predicts {model.predict(customers.head(3))} for the first three")


if __name__ == "__main__":
    main()
