"""How each number came about."""

from __future__ import annotations

from tabkit.comparison import Comparison, say_training_share
from tabkit.reporting._blocks import Facts, Section

_BY_ROWS = (
    "Of the mean, by Student's t. Each test row moves the score by its influence, known from its prediction. "
    "Summed within groups, or blocks of time, the squares are the variance over the rows (Bayle et al., "
    "2020; DeLong et al., 1988). A third of Nadeau and Bengio's correction is added for the training rows, "
    "and what the folds differ by beyond their rows."
)
_BY_FOLDS = (
    "Of the mean, by Student's t on the scores of the folds. Folds share training rows, so the plain "
    "variance of the mean, s²/k, is too small; s² (1/k + n_test/n_train) takes its place (Nadeau and "
    "Bengio, 2003)."
)


def build(comparison: Comparison) -> Section:
    """Explain them in a few lines each."""
    metric = comparison.leaderboard.metric
    share = say_training_share(comparison.table, comparison.folds, comparison.evaluations)
    direction = "Higher is better." if metric.greater_is_better else "Lower is better."
    ties = (
        "Not tested: that takes at least five fits of each model. The differences only describe these folds."
        if comparison.leaderboard.is_descriptive
        else "A model whose p-value is 0.05 or more cannot be told from the best: other folds could have "
        "turned the order around. That does not prove the two equal."
    )
    pairs = (
        (
            "Score",
            f"{metric.label} on the test rows of a fold, by a model fitted on its training rows alone, "
            f"{share}: the saved one has all of them. "
            "Preparation, encoding, early stopping and calibration happen within the training rows, so that "
            f"nothing of the test rows gets in. The mean over the folds ranks the models. {direction}",
        ),
        ("95 % interval", _BY_ROWS if comparison.leaderboard.is_by_rows else _BY_FOLDS),
        (
            "Behind the best",
            "The mean of the differences to the best, in the same units, positive where worse. Its interval "
            "and p-value come about as the interval of a score does, from pairs on the same rows and folds. "
            "The best was picked by these scores, and p-values are not corrected for the number of models.",
        ),
        ("Ties", ties),
        (
            "Fit, predict, size",
            "Wall seconds to fit one fold, on average; seconds to predict the test rows divided by their "
            "number, in microseconds; bytes of the fitted pipeline when written out.",
        ),
        (
            "Curves",
            "From the predictions of the test rows that the score was computed on. Nothing was fitted again.",
        ),
    )
    return Section("How it was computed", (Facts(pairs),), "method")
