"""The run: table, folds, candidates, AutoGluon, statistics -> Comparison."""

from tabkit.comparison._compare import compare
from tabkit.comparison._comparison import Comparison, Winner
from tabkit.comparison._diff._runs import diff_runs
from tabkit.comparison._files._load import load_comparison
from tabkit.comparison._files._record import as_record
from tabkit.comparison._names import AUTOGLUON, BASELINE
from tabkit.comparison._results._changes import BestDiff, ModelDiff, RunDiff, ScoreChange
from tabkit.comparison._results._leaderboard import Leaderboard, build_leaderboard
from tabkit.comparison._results._leaderboard_row import LeaderboardRow
from tabkit.comparison._results._left_out import FoldRows, count_fold_rows
from tabkit.comparison._run._duration import parse_duration
from tabkit.comparison._words._diff import describe_decline, describe_diff
from tabkit.comparison._words._fold_rows import find_shortened, say_training_share
from tabkit.comparison._words._shortfall import describe_shortfall

__all__ = [
    "AUTOGLUON",
    "BASELINE",
    "BestDiff",
    "Comparison",
    "FoldRows",
    "Leaderboard",
    "LeaderboardRow",
    "ModelDiff",
    "RunDiff",
    "ScoreChange",
    "Winner",
    "as_record",
    "build_leaderboard",
    "compare",
    "count_fold_rows",
    "describe_decline",
    "describe_diff",
    "describe_shortfall",
    "diff_runs",
    "find_shortened",
    "load_comparison",
    "parse_duration",
    "say_training_share",
]
