"""The result of a run: everything the terminal and the report show, and nothing computed twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit.comparison._results._leaderboard import Leaderboard, build_leaderboard
from tabkit.comparison._words._display import show_html, show_text
from tabkit.comparison._words._probabilities import describe_probabilities
from tabkit.comparison._words._rare_class import describe_rare_class
from tabkit.comparison._words._verdict import describe_last_score, describe_ranking
from tabkit.data import Table, Task
from tabkit.evaluation import Evaluation, Folds, LastScore
from tabkit.leakage import Audit

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Winner:
    """The best of tabkit's own candidates, fitted on all rows but the last ones where there was time for it.

    Attributes
    ----------
    name : str
    path : Path or None
        The skops file; None when it could not be written.
    fit_seconds : float
    note : str
        Empty, or why there is no file, or none of all rows.
    last_score : LastScore or None
        On the rows of ``test`` or ``holdout``, where there are any.
    last_failure : str
        Why there is no such score although there are rows for it; else empty.
    n_rows : int or None
        Rows that the saved model was fitted on; None where there is no file.
    columns : tuple
        The classes in the order of the columns of ``predict_proba``; empty where it has none.
    threshold : float or None
        Of two classes, of the probability of the positive one (`Task.positive`).
    """

    name: str
    path: Path | None = None
    fit_seconds: float = 0.0
    note: str = ""
    last_score: LastScore | None = None
    last_failure: str = ""
    n_rows: int | None = None
    columns: tuple[Any, ...] = ()
    threshold: float | None = None


@dataclass(frozen=True, repr=False)
class Comparison:
    """The result of `tabkit.compare`.

    Attributes
    ----------
    table : Table
    task : Task
    folds : Folds
        The one set of folds that every row was evaluated on.
    evaluations : tuple of Evaluation
        One per candidate, AutoGluon's among them, in the order they were asked for.
    settings : mapping of str to object
        The options of the run, as JSON can hold them.
    versions : mapping of str to str
        Of Python and of every package that had a part in it.
    seconds : float
        Wall time of the run so far.
    winner : Winner or None
    notes : tuple of str
        What happened in the run and a reader should know, a sentence each.
    folder : Path or None
        Where the results lie.
    interrupted : bool
        Whether the run was stopped before its end.
    audit : Audit or None
        What may make the scores too good, measured on these folds; None where it was not asked for.
    """

    table: Table
    task: Task
    folds: Folds
    evaluations: tuple[Evaluation, ...]
    settings: Mapping[str, object] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    winner: Winner | None = None
    notes: tuple[str, ...] = ()
    folder: Path | None = None
    interrupted: bool = False
    audit: Audit | None = None

    @cached_property
    def leaderboard(self) -> Leaderboard:
        """The ranking, its intervals and tests."""
        return build_leaderboard(self.evaluations, self.folds, self.task, self.table)

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The answer in words: the ranking, what to mind of the winner, and its last score."""
        board, winner = self.leaderboard, self.winner
        cautions = describe_rare_class(board, self.table, self.task), describe_probabilities(board, self.task)
        sentences = (*describe_ranking(board), *filter(None, cautions))
        if winner is not None and winner.last_failure:
            return (*sentences, f"The last rows could not be scored: {winner.last_failure}.")
        if winner is None or winner.last_score is None:
            return sentences
        mean = next(row.mean for row in board.rows if row.name == winner.name)
        return (*sentences, describe_last_score(winner.last_score, winner.name, mean, board.metric))

    def frame(self) -> pd.DataFrame:
        """The leaderboard as a frame, a row per candidate, the best first."""
        return self.leaderboard.frame()

    def evaluation(self, name: str) -> Evaluation:
        """The evaluation of one candidate.

        Parameters
        ----------
        name : str

        Returns
        -------
        evaluation : Evaluation

        Raises
        ------
        KeyError
            If there is no such candidate.
        """
        for evaluation in self.evaluations:
            if evaluation.name == name:
                return evaluation
        raise KeyError(f"no candidate {name!r}; there are {[e.name for e in self.evaluations]}")

    def __repr__(self) -> str:
        return show_text(self.sentences, self.leaderboard)

    def _repr_html_(self) -> str:
        return show_html(self.sentences, self.leaderboard)
