"""Terminal and Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tabkit.comparison import Comparison, Leaderboard, LeaderboardRow
from tabkit.comparison._comparison import Winner
from tabkit.evaluation import Evaluation
from tabkit.metrics import get_metric
from tabkit.reporting import render_markdown, render_terminal
from tabkit.reporting._leaderboard_table import format_scores
from tabkit.reporting._sections._answer import describe_winner

MakeUp = Callable[..., Comparison]
LONG = "x" * 200
NASTY = {
    "[red]markup[/red]": 1.0,
    LONG: 1.1,
    "模型模型模型模型模型模型模型模型模型": 1.2,
    "esc\x1b[31m\nnew": 1.3,
    "linear": 1.4,
}


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("color", [False, True])
def test_no_line_is_too_long(made_up: MakeUp, width: int, color: bool) -> None:
    text = render_terminal(made_up(models=NASTY, notes=("A note " * 40, LONG)), width=width, color=color)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(cell_len(line) for line in plain.splitlines()) <= width
    assert plain.endswith("\n")


def test_plain_text_has_no_codes_and_no_boxes(made_up: MakeUp) -> None:
    text = render_terminal(made_up(models=NASTY))
    assert "\x1b" not in text
    assert re.findall(r"[\u2500-\u257f]", text) == []
    assert [line for line in text.splitlines() if line != line.rstrip()] == []
    assert "[red]markup[/red]" in text


def test_color_has_codes_and_the_same_words(made_up: MakeUp) -> None:
    comparison = made_up()
    plain = render_terminal(comparison, width=120)
    colored = render_terminal(comparison, width=120, color=True)
    assert "\x1b[" in colored
    without = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert [line.rstrip() for line in without.splitlines()] == plain.splitlines()


def test_answer_table_failures_and_files_in_this_order(made_up: MakeUp) -> None:
    comparison = made_up(notes=("Mind the gap.",))
    text = render_terminal(comparison, width=200)
    assert comparison.folder is not None
    parts = [
        *comparison.sentences,
        "model  ",
        " 1     ",
        "Without a rank:",
        "svm: failed: ValueError: <b>kernel</b> & width",
        "Note: Mind the gap.",
        "Model: catboost",
        f"Files: {comparison.folder}",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_important_columns_stay_and_others_come_with_the_width(made_up: MakeUp) -> None:
    comparison = made_up(kind="multiclass")

    def head(width: int) -> str:
        lines = render_terminal(comparison, width=width).splitlines()
        return next(line for line in lines if "model" in line and "log loss" in line and "#" in line)

    always = ("#", "model", "log loss")
    assert all(heading in head(40) for heading in always)
    assert all(heading in head(80) for heading in (*always, "behind the best", "fit s", "µs/row"))
    wide = ("size", "ROC AUC", "average precision")
    assert all(heading in head(140) for heading in (*always, *wide))
    assert not any(heading in head(60) for heading in wide)


def head_of(text: str) -> list[str]:
    """The headings of the leaderboard, which are two blanks or more apart."""
    line = next(line for line in text.splitlines() if line.lstrip().startswith("#"))
    return re.split(r" {2,}", line.strip())


def with_figures(comparison: Comparison, **figures: Any) -> Comparison:
    """The same with other figures in every fold of a model, by its name."""
    evaluations = tuple(
        replace(
            evaluation,
            folds=tuple(replace(fold, **figures.get(evaluation.name, {})) for fold in evaluation.folds),
        )
        for evaluation in comparison.evaluations
    )
    return replace(comparison, evaluations=evaluations)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_ten_columns_at_most_with_the_primary_metric_first(made_up: MakeUp, kind: str) -> None:
    comparison = made_up(kind=kind)
    headings = head_of(render_terminal(comparison, width=400))
    # One column has no heading: it marks ties.
    assert len(headings) <= 9
    metric = comparison.leaderboard.metric.label
    assert headings[:4] == ["#", "model", metric, "behind the best"]
    assert headings[-3:] == ["fit s", "µs/row", "size"]


def test_log_loss_stands_beside_a_score_that_only_ranks(made_up: MakeUp) -> None:
    comparison = made_up(kind="binary")
    assert head_of(render_terminal(comparison, width=400))[2:6] == [
        "ROC AUC",
        "behind the best",
        "log loss",
        "average precision",
    ]
    # Where room is short, it stays longer than how fast a model is.
    assert "log loss" in head_of(render_terminal(comparison, width=90))
    by_accuracy = replace(comparison, task=replace(comparison.task, metric="accuracy"))
    assert head_of(render_terminal(by_accuracy, width=400))[2:6:2] == ["accuracy", "log loss"]
    by_brier = replace(comparison, task=replace(comparison.task, metric="brier"))
    assert head_of(render_terminal(by_brier, width=400))[2:6:2] == ["Brier score", "ROC AUC"]


def test_what_was_asked_for_is_shown_before_what_was_not(made_up: MakeUp) -> None:
    comparison = made_up(kind="binary", models={"a": 1.0, "b": 2.0})
    scores = {"average_precision": 0.5, "brier": 0.2, "calibration_error": 0.1, "f2": 0.4, "log_loss": 0.3}
    comparison = with_figures(comparison, a={"scores": scores}, b={"scores": scores})
    asked = replace(
        comparison.task, metric="average_precision", shown_first=("brier", "calibration_error", "f2")
    )
    for width in (100, 400):
        headings = head_of(render_terminal(replace(comparison, task=asked), width=width))
        assert headings[4:7] == ["Brier score", "calibration error", "F2"]
        assert len(headings) <= 9


def test_a_threshold_is_a_column_where_it_tells(made_up: MakeUp) -> None:
    comparison = made_up(kind="binary", models={"a": 1.0, "b": 2.0})

    def told(a: float, b: float) -> tuple[bool, bool]:
        given = with_figures(comparison, a={"details": {"threshold": a}}, b={"details": {"threshold": b}})
        page = render_markdown(given).replace("\\", "")
        return "threshold" in head_of(render_terminal(given, width=400)), "| threshold |" in page

    assert told(0.5, 0.5) == (False, False)
    assert told(0.3, 0.3) == (False, False)
    assert told(0.5, 0.3) == (True, True)
    single = made_up(kind="binary", models={"a": 1.0})
    assert "threshold" in render_terminal(with_figures(single, a={"details": {"threshold": 0.2}}), width=400)
    assert "threshold" not in render_terminal(
        with_figures(single, a={"details": {"threshold": 0.5}}), width=400
    )
    for kind in ("multiclass", "regression"):
        assert "threshold" not in render_terminal(made_up(kind=kind), width=400)


def test_columns_without_a_figure_are_left_out(made_up: MakeUp) -> None:
    comparison = made_up(kind="binary", models={"a": 1.0, "b": 2.0}, n_folds=3, failures=())
    assert "size" in head_of(render_terminal(comparison, width=400))
    sizeless = with_figures(comparison, a={"model_bytes": None}, b={"model_bytes": None})
    assert "size" not in head_of(render_terminal(sizeless, width=400))
    # Three folds are too few for a test.
    assert "| p |" not in render_markdown(comparison)
    assert "| p |" in render_markdown(made_up(kind="binary"))
    assert "| size |" not in render_markdown(sizeless)
    alone = render_terminal(made_up(kind="binary", models={"a": 1.0}), width=400)
    assert "behind the best" not in alone


def test_ties_are_marked_and_explained(made_up: MakeUp) -> None:
    comparison = made_up()
    tied = [row.name for row in comparison.leaderboard.rows if row.is_tied]
    assert tied
    lines = render_terminal(comparison).splitlines()
    assert [line.split()[2] for line in lines if re.match(r" *\d+  =  ", line)] == tied
    assert "= cannot be told from the best" in " ".join(lines)
    untied = render_terminal(made_up(models={"a": 1.0, "b": 9.0}))
    assert "cannot be told" not in untied


@pytest.mark.parametrize("width", range(60, 130, 7))
def test_no_figure_is_cut(made_up: MakeUp, width: int) -> None:
    text = render_terminal(made_up(models={"a": 1.0, "linear": 1.1}, failures=()), width=width)
    assert "…" not in text


def test_nothing_finished(made_up: MakeUp) -> None:
    text = render_terminal(made_up(models={}, winner=None, interrupted=True))
    assert "No model finished every fold" in text
    assert "stopped before its end" in text
    assert "behind the best" not in text


def test_nowhere_saved(made_up: MakeUp) -> None:
    text = render_terminal(replace(made_up(), winner=None, folder=None))
    assert "Files:" not in text
    assert "Model:" not in text


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_markdown_tables_are_whole(made_up: MakeUp, kind: str) -> None:
    text = render_markdown(made_up(kind=kind))
    tables = re.findall(r"(?:^\|.*\|\n)+", text, flags=re.MULTILINE)
    assert len(tables) >= 5
    for table in tables:
        lines = table.splitlines()
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1
        assert re.fullmatch(r"\|( (---|---:) \|)+", lines[1])


def test_markdown_is_escaped(made_up: MakeUp) -> None:
    comparison = made_up(models={"a|b": 1.0, "<script>alert(1)</script>": 1.1, "*bold*\n# head": 1.2})
    comparison = replace(comparison, table=replace(comparison.table, name="# _x_ `y`"))
    text = render_markdown(comparison)
    prose = re.sub(r"^    .*$", "", text, flags=re.MULTILINE)  # indented lines are code
    assert "<" not in prose
    assert "a\\|b" in text
    assert "\\*bold\\* \\# head" in text
    assert text.startswith("# \\# \\_x\\_ \\`y\\`\n")


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ([0.0706, 1.09, 1.52], "0.07060"),
        ([0.0, 0.1, 0.6], "0.0000"),
        ([2e-9, 0.3, 0.6], "0.000000"),
        ([2e-9], "0.000000002000"),
    ],
)
def test_decimals_suit_the_best(means: list[float], expected: str) -> None:
    rows = tuple(
        LeaderboardRow(rank, f"model {rank}", "finished", mean, difference=mean - means[0])
        for rank, mean in enumerate(means, start=1)
    )
    board = Leaderboard(rows, get_metric("log_loss"), (), is_descriptive=True, ratio=0.25)
    assert format_scores(board)[0] == (expected, "-")


def test_reasons_are_told_whole_and_once(made_up: MakeUp) -> None:
    reason = "no time was left to begin it: " + "raise --time-limit " * 8 + "in the end"
    failures = [Evaluation(name, "too little time", (), 5, reason) for name in ("svm", "knn", "a" * 30, "b")]
    failures.append(Evaluation("catboost2", "failed", (), 5, "ValueError: no"))
    text = render_terminal(made_up(failures=failures), width=80)
    words = " ".join(text.split())
    assert words.count(reason) == 1
    assert f"svm, knn, {'a' * 30}, b: too little time: no time was left" in words
    assert "catboost2: failed: ValueError: no" in words
    assert max(map(len, text.splitlines())) <= 80


def test_metrics_that_were_asked_for_stay_before_the_costs(made_up: MakeUp) -> None:
    comparison = made_up(models={"lightgbm_undersampled_calibrated": 1.0, "dummy": 40.0}, failures=())
    shown = ("brier", "calibration_error", "f2")
    asked = replace(comparison, task=replace(comparison.task, metric="average_precision", shown_first=shown))

    def head(comparison: Comparison, width: int) -> str:
        return next(line for line in render_terminal(comparison, width=width).splitlines() if "#" in line)

    extra = {"calibration_error": 0.04, "f2": 0.3}
    evaluations = tuple(
        replace(one, folds=tuple(replace(fold, scores={**fold.scores, **extra}) for fold in one.folds))
        for one in asked.evaluations
    )
    asked = replace(asked, evaluations=evaluations)
    assert all(name in head(asked, 110) for name in ("Brier score", "calibration error", "F2"))
    assert "size" not in head(asked, 110)
    assert "Brier score" not in head(comparison, 80)


def test_a_winner_whose_score_is_of_fewer_rows_says_so(made_up: MakeUp) -> None:
    made = made_up()
    best = made.leaderboard.rows[0].name
    fewer = tuple(
        replace(one, folds=tuple(replace(fold, n_train=7) for fold in one.folds)) if one.name == best else one
        for one in made.evaluations
    )
    winner = Winner(best, Path("model.skops"), 1.0)
    sentences = [
        describe_winner(replace(made, winner=winner, evaluations=evaluations))
        for evaluations in (made.evaluations, fewer)
    ]
    assert sentences[1] == f"{sentences[0]}; its score is that of models of 7 rows"
