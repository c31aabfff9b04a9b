"""The run: table, folds, candidates, AutoGluon, statistics -> Comparison."""

from tabkit.comparison._compare import compare
from tabkit.comparison._comparison import Comparison, Winner
from tabkit.comparison._diff import BestDiff, ModelDiff, RunDiff, ScoreChange, diff_runs
from tabkit.comparison._diff_words import describe_decline, describe_diff
from tabkit.comparison._duration import parse_duration
from tabkit.comparison._leaderboard import Leaderboard, build_leaderboard
from tabkit.comparison._leaderboard_row import LeaderboardRow
from tabkit.comparison._record import as_record
from tabkit.comparison._threshold import describe_shortfall
from tabkit.comparison._verdict import AUTOGLUON

__all__ = [
    "AUTOGLUON",
    "BestDiff",
    "Comparison",
    "Leaderboard",
    "LeaderboardRow",
    "ModelDiff",
    "RunDiff",
    "ScoreChange",
    "Winner",
    "as_record",
    "build_leaderboard",
    "compare",
    "describe_decline",
    "describe_diff",
    "describe_shortfall",
    "diff_runs",
    "parse_duration",
]
