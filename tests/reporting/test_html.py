from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tabkit.comparison import Comparison, Winner
from tabkit.data import Column
from tabkit.evaluation import Evaluation, FoldResult
from tabkit.reporting import Cell, TableBlock, TableColumn, leaderboard_html, render_html, report

MakeUp = Callable[..., Comparison]
VOID = {"meta", "link", "br", "hr", "img", "input"}
LONG = "x" * 200


class Reader(HTMLParser):
    """Checks that every tag is closed where it should be, and collects what is in the page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def anchors(reader: Reader) -> list[str | None]:
    return [attributes["id"] for tag, attributes in reader.tags if tag == "section"]


@pytest.mark.parametrize(
    ("kind", "curves"), [("binary", "curves"), ("multiclass", "curves"), ("regression", "residuals")]
)
def test_every_section_is_there_and_every_link_leads_to_one(made_up: MakeUp, kind: str, curves: str) -> None:
    reader = read(render_html(made_up(kind=kind)))
    expected = [
        "answer",
        "leaderboard",
        "failures",
        curves,
        "folds",
        "data",
        "autogluon",
        "method",
        "settings",
    ]
    assert anchors(reader) == expected
    links = [attributes["href"] for tag, attributes in reader.tags if tag == "a"]
    assert set(links) == {f"#{anchor}" for anchor in expected}


def test_page_loads_nothing(made_up: MakeUp) -> None:
    page = render_html(made_up())
    reader = read(page)
    assert re.findall(r"https?://|url\(|@import|//[a-z]+\.", page) == []
    loading = {"src", "srcset", "data", "action", "poster", "background"}
    assert [
        (tag, set(attributes) & loading) for tag, attributes in reader.tags if set(attributes) & loading
    ] == []
    assert not {tag for tag, _ in reader.tags} & {"link", "iframe", "object", "embed", "img", "image", "use"}


def test_only_the_pages_own_script_may_run(made_up: MakeUp) -> None:
    page = render_html(made_up())
    reader = read(page)
    policy = next(a["content"] for tag, a in reader.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='$", policy)
    assert sum(tag == "script" for tag, _ in reader.tags) == 1
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)


def test_page_is_accessible(made_up: MakeUp) -> None:
    reader = read(render_html(made_up()))
    assert next(tag for tag, _ in reader.tags if tag in ("h1", "h2", "h3")) == "h1"
    assert sum(tag == "h1" for tag, _ in reader.tags) == 1
    assert all("scope" in attributes for tag, attributes in reader.tags if tag == "th")
    for tag, attributes in reader.tags:
        if tag == "svg":
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
    assert next(attributes for tag, attributes in reader.tags if tag == "html")["lang"] == "en"


def test_names_and_values_are_escaped_and_shown(made_up: MakeUp) -> None:
    attack = "<script>alert(1)</script>"
    quotes = "\" onmouseover='alert(2)' </td>&amp;"
    comparison = made_up(
        classes=(attack, quotes),
        models={"<img src=x onerror=alert(3)>": 1.0, LONG: 1.1, "🚀 модель": 1.2, "linear": 1.3},
        failures=(Evaluation("svm</table>", "failed", (), 5, attack, f"Traceback\n  {attack}\x1b[0m"),),
        extra_columns=(
            Column(attack, "text", "feature", 1, 2, quotes),
            Column(LONG, "text", "feature", 1, 2, LONG),
            Column("שם \u202eכך", "text", "feature"),
        ),
        notes=(attack,),
        settings={attack: attack},
        versions={attack: quotes},
        winner=Winner(attack, None, 0.0, attack),
    )
    comparison = replace(comparison, table=replace(comparison.table, name=attack, notes=(attack, quotes)))
    page = render_html(comparison)
    reader = read(page)
    assert sum(tag == "script" for tag, _ in reader.tags) == 1
    assert sum(tag == "img" for tag, _ in reader.tags) == 0
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
    assert reader.text.count(attack) >= 9
    assert "🚀 модель" in reader.text
    assert "שם \ufffdכך" in reader.text
    assert "\x1b" not in page
    assert "\u202e" not in page
    titles = {attributes.get("title") for _, attributes in reader.tags}
    assert f"{LONG}: A made-up model." in titles  # a cut name is whole in its title
    assert LONG in titles


def test_failures_are_shown_with_reason_and_folded_traceback(made_up: MakeUp) -> None:
    reader = read(render_html(made_up()))
    for expected in (
        "too slow",
        "2 of 5 folds in 120 s",
        "pip install 'tabkit-learn[tabm]'",
        "ValueError: <b>kernel</b> & width",
    ):
        assert expected in reader.text
    assert sum(tag == "details" for tag, _ in reader.tags) == 1
    assert not any("open" in attributes for tag, attributes in reader.tags if tag == "details")


def test_leaderboard_has_all_rows_and_a_strip_each(made_up: MakeUp) -> None:
    comparison = made_up()
    page = render_html(comparison)
    board = page[page.index('id="leaderboard"') : page.index('id="failures"')]
    for row in comparison.leaderboard.rows:
        assert row.name in board
    assert board.count('<svg class="strip"') == 1 + len(comparison.leaderboard.rows)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_rank_name_and_score_come_before_what_a_narrow_screen_has_no_room_for(
    made_up: MakeUp, kind: str
) -> None:
    comparison = made_up(kind=kind)
    page = render_html(comparison)
    head = page[page.index("<thead>") : page.index("</thead>")]
    headings = [" ".join(text.split()) for text in re.findall(r"<th .*?<bdi>(.*?)</bdi>", head, re.DOTALL)]
    label = comparison.leaderboard.metric.label
    assert headings[:5] == ["#", "model", label, f"{label}, drawn", "behind the best"]
    # A cell of the drawing is told apart in every row: a telephone hides the column rather than cut it.
    board = page[page.index('id="leaderboard"') : page.index('id="failures"')]
    assert board.count('class="drawn"') + board.count('class="drawn ') == 1 + len(comparison.leaderboard.rows)
    narrow = page[page.index("@media (max-width: 40rem)") :]
    assert "th.drawn, td.drawn { display: none; }" in narrow[: narrow.index("\n}")]


def test_answer_comes_first_and_names_the_file(made_up: MakeUp) -> None:
    comparison = made_up()
    text = read(render_html(comparison)).text
    places = [text.index(part) for part in (*comparison.sentences, "model/catboost.skops", "Ranked by")]
    assert places == sorted(places)


def test_autogluon_says_what_it_was(made_up: MakeUp) -> None:
    text = read(render_html(made_up())).text
    for expected in ("version 1.6.3", "preset best_quality", "21 models"):
        assert expected in text


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({"models": {}, "winner": None, "interrupted": True}, {"leaderboard", "curves", "autogluon"}),
        ({"models": {}, "failures": (), "winner": None}, {"leaderboard", "curves", "autogluon", "failures"}),
        ({"models": {"linear": 1.0}, "failures": (), "n_folds": 1}, {"autogluon", "failures"}),
        ({"models": {"dummy": 9.0}, "n_folds": 2}, {"autogluon"}),
    ],
    ids=["nothing finished", "no candidates", "one model on one fold", "too few folds"],
)
def test_little_is_enough(made_up: MakeUp, options: dict[str, Any], missing: set[str]) -> None:
    everything = {
        "answer",
        "leaderboard",
        "failures",
        "curves",
        "folds",
        "data",
        "autogluon",
        "method",
        "settings",
    }
    reader = read(render_html(made_up(**options)))
    assert set(anchors(reader)) == everything - missing
    assert ("stopped before its end" in reader.text) == options.get("interrupted", False)


def test_unfinished_folds_count_for_something(made_up: MakeUp) -> None:
    comparison = made_up(models={"linear": 1.0}, failures=())
    linear = comparison.evaluations[0]
    started = replace(linear, status="interrupted", folds=linear.folds[:2], reason="stopped by the user")
    text = read(render_html(replace(comparison, evaluations=(started,), interrupted=True))).text
    assert "interrupted stopped by the user 2 of 5 0.9" in text


def test_times_and_groups_are_shown_with_the_folds(made_up: MakeUp) -> None:
    comparison = made_up(models={"linear": 1.0})
    n_rows = comparison.table.n_rows
    table = replace(
        comparison.table,
        times=pd.Series(pd.date_range("2020-01-01", periods=n_rows, freq="D")),
        groups=pd.Series([f"g{row % 7}" for row in range(n_rows)]),
    )
    text = read(render_html(replace(comparison, table=table))).text
    assert "test groups training up to test from test to" in text
    assert "2021-08-2" in text
    assert "00:00:00" not in text


def test_rows_that_folds_leave_out_are_counted_by_their_reason(made_up: MakeUp) -> None:
    comparison = made_up(models={"linear": 1.0})
    times = pd.Series(range(comparison.table.n_rows))
    groups = pd.Series([f"g{row % 100}" for row in range(comparison.table.n_rows)])
    table = replace(comparison.table, times=times, groups=groups)
    rows = pd.RangeIndex(comparison.table.n_rows).to_numpy()
    folds = replace(comparison.folds, pairs=((rows[:405], rows[500:510]), (rows[:305], rows[400:410])))
    text = read(render_html(replace(comparison, table=table, folds=folds))).text
    heads = ("later than the test", "of groups that are tested", "too near in time")
    assert " ".join(f"left out: {why}" for why in heads) in text
    # Before each test 95 rows are not trained on, and 5 of them are of its ten groups.
    assert re.search(r"1 405 10 90 5 90 ", text)
    assert re.search(r"2 305 10 190 5 90 ", text)
    assert "left out" not in read(render_html(comparison)).text


def test_predictions_that_are_gone_are_said_to_be(made_up: MakeUp) -> None:
    comparison = made_up(models={"linear": 1.0}, seconds=1.0)  # not the one other tests share
    folder = comparison.evaluations[0].folder
    assert folder is not None
    (folder / "fold-3.parquet").unlink()
    text = read(render_html(comparison)).text
    assert "The kept predictions are gone" in text
    assert "fold-3.parquet" in text


@pytest.mark.slow
def test_two_hundred_classes_twenty_candidates_and_a_thousand_columns_stay_small(made_up: MakeUp) -> None:
    failures = [
        Evaluation(f"broken {index}", "failed", (), 5, "y" * 5000, "\n".join([f"line {'z' * 3000}"] * 500))
        for index in range(5)
    ]
    comparison = made_up(
        kind="multiclass",
        n_rows=1000,
        n_folds=2,
        classes=[f"class {index}" for index in range(200)],
        models={"linear": 1.0},
        failures=failures,
        extra_columns=[
            Column(f"column {index}", "numeric", "feature", 0, 9, "n" * 500) for index in range(1000)
        ],
    )
    linear, *failed = comparison.evaluations
    twenty = [replace(linear, name=f"model {index}") for index in range(20)]
    page = render_html(replace(comparison, evaluations=(*twenty, *failed)))
    text = read(page).text
    assert len(page.encode()) < 2_000_000
    assert "most frequent errors among 200 classes" in text
    assert "804 more columns not listed" in text
    assert "180 more classes" in text
    assert "420 lines before are left out" in text


def test_many_rows_are_sampled_and_it_says_so(made_up: MakeUp) -> None:
    page = render_html(made_up(kind="regression", n_rows=30_000, models={"linear": 1.0}))
    assert "2,000 of 30,000 test rows, drawn at random (seed 0)" in read(page).text
    assert len(page.encode()) < 200_000


def test_report_is_written_whole(made_up: MakeUp, tmp_path: Path) -> None:
    comparison = made_up(models={"linear": 1.0})
    path = report(comparison, str(tmp_path / "new folder" / "report.html"))
    assert path == tmp_path / "new folder" / "report.html"
    assert path.read_text(encoding="utf-8") == render_html(comparison)
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_leaderboard_alone_is_one_table(made_up: MakeUp) -> None:
    comparison = made_up()
    reader = read(leaderboard_html(comparison))
    assert sum(tag == "table" for tag, _ in reader.tags) == 1
    assert not {tag for tag, _ in reader.tags} & {"script", "style", "svg"}
    assert "failed: ValueError: <b>kernel</b> & width" in reader.text


def test_a_table_refuses_a_row_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="a row has 1 cells, the table 2 columns"):
        TableBlock((TableColumn("a"), TableColumn("b")), ((Cell("1"),),))


def test_scores_of_folds_without_the_metric_are_absent(made_up: MakeUp) -> None:
    comparison = made_up(models={"linear": 1.0}, failures=())
    linear = comparison.evaluations[0]

    def without(result: FoldResult) -> FoldResult:
        return replace(result, scores={**result.scores, "roc_auc": float("nan")})

    some = replace(linear, folds=(without(linear.folds[0]), *linear.folds[1:]))
    none = replace(linear, folds=tuple(without(result) for result in linear.folds))
    for evaluation in (some, none):
        text = read(render_html(replace(comparison, evaluations=(evaluation,)))).text
        assert re.findall(r"\bnan\b", text) == []
