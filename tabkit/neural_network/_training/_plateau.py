"""A learning rate that falls when a score no longer gets better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tabkit._core import InputError, suggest

_OPTIONS = ("drop", "patience", "threshold", "final_factor")


class Plateau:
    """Multiply the factor by ``drop`` whenever the score has not become better for a while.

    A score is better when it beats the best one by more than the threshold, relative to the best. So
    `torch.optim.lr_scheduler.ReduceLROnPlateau` decides, except for scores below 0, which there get
    better when they stay the same: it cannot be used here, where most scores are losses times -1.

    Parameters
    ----------
    drop : float, default=0.1
    patience : int, default=10
        Scores in a row that may be no better before the factor falls.
    threshold : float, default=1e-4
    final_factor : float, default=0.0
        The factor falls no lower.
    greater_is_better : bool, default=False

    Attributes
    ----------
    factor : float
        Of the learning rate, 1 at first.

    Examples
    --------
    >>> plateau = Plateau(drop=0.5, patience=1)
    >>> [plateau.step(loss) for loss in (3.0, 2.0, 2.0, 2.0, 2.0)]
    [1.0, 1.0, 1.0, 0.5, 0.5]
    """

    def __init__(
        self,
        *,
        drop: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        final_factor: float = 0.0,
        greater_is_better: bool = False,
    ) -> None:
        if not 0.0 < drop < 1.0:
            raise InputError(f"schedule 'plateau': drop={drop!r}: expected a number between 0 and 1")
        if patience < 0:
            raise InputError(f"schedule 'plateau': patience={patience!r}: expected at least 0")
        self.drop = drop
        self.patience = patience
        self.threshold = threshold
        self.final_factor = final_factor
        self.greater_is_better = greater_is_better
        self.factor = 1.0
        self._best: float | None = None
        self._n_waited = 0

    def step(self, score: float) -> float:
        """Take note of a score.

        Parameters
        ----------
        score : float
            NaN is never better.

        Returns
        -------
        factor : float
        """
        if self._is_better(score):
            self._best, self._n_waited = score, 0
        else:
            self._n_waited += 1
        if self._n_waited > self.patience:
            self.factor = max(self.factor * self.drop, self.final_factor)
            self._n_waited = 0
        return self.factor

    def state_dict(self) -> dict[str, Any]:
        """What it has seen, to go on from later."""
        return {"factor": self.factor, "best": self._best, "n_waited": self._n_waited}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state.

        Parameters
        ----------
        state : dict
            Of `state_dict`.
        """
        self.factor, self._best, self._n_waited = state["factor"], state["best"], state["n_waited"]

    def _is_better(self, score: float) -> bool:
        if self._best is None:
            return score == score
        margin = self.threshold * abs(self._best)
        return score > self._best + margin if self.greater_is_better else score < self._best - margin


def make_plateau(options: Mapping[str, Any]) -> Plateau:
    """The plateau of a training, whose scores are the greater the better.

    Parameters
    ----------
    options : mapping of str
        ``drop``, ``patience``, ``threshold`` and ``final_factor``.

    Returns
    -------
    plateau : Plateau

    Raises
    ------
    InputError
        If there is no such option.
    """
    for name in options:
        if name not in _OPTIONS:
            raise InputError(
                f"schedule 'plateau' has no option {name!r}: {suggest(name, _OPTIONS, 'choose one of')}"
            )
    return Plateau(greater_is_better=True, **options)
