from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tabkit.comparison import Leaderboard, LeaderboardRow
from tabkit.metrics import get_metric
from tabkit.reporting._figures._forest import draw_axis, draw_strip, plan_forest
from tabkit.reporting._svg import Drawing, Scale


def test_ticks_are_round_and_within_the_range() -> None:
    scale = Scale(0.913, 0.9297, 0, 100)
    assert scale.ticks(4) == [0.915, 0.92, 0.925]
    assert [scale.tick_label(value, 4) for value in scale.ticks(4)] == ["0.915", "0.920", "0.925"]


@pytest.mark.parametrize(("low", "high"), [(5.0, 5.0), (0.0, 0.0), (-3.0, -3.0)])
def test_an_empty_range_is_widened(low: float, high: float) -> None:
    scale = Scale(low, high, 0, 100)
    assert scale(low) == pytest.approx(50)


def test_large_ticks_have_a_unit() -> None:
    scale = Scale(0, 2_000_000, 0, 100)
    assert [scale.tick_label(value, 2) for value in scale.ticks(2)] == ["0", "1,000k", "2,000k"]
    assert Scale(0, 5e7, 0, 1).tick_label(2e7) == "20M"


def test_text_and_description_are_escaped() -> None:
    drawing = Drawing(10, 10, description='"><script>alert(1)</script>')
    drawing.text(1, 1, "<b>&\x1b", "tick")
    markup = drawing.markup()
    assert "<script" not in markup
    assert "<b>" not in markup
    root = ElementTree.fromstring(markup)
    assert root.attrib["aria-label"] == '"><script>alert(1)</script>'
    assert root[0].text == "<b>&\ufffd"


def make_board(*rows: LeaderboardRow) -> Leaderboard:
    return Leaderboard(rows, get_metric("roc_auc"), (), is_descriptive=False, ratio=0.25)


def ranked(rank: int, mean: float, half: float | None = 0.01) -> LeaderboardRow:
    interval = None if half is None else (mean - half, mean + half)
    return LeaderboardRow(rank, f"model {rank}", "finished", mean, interval)


def test_one_model_far_behind_does_not_squeeze_the_others() -> None:
    rows = [ranked(1, 0.92), ranked(2, 0.91), ranked(3, 0.90), ranked(4, 0.5)]
    forest = plan_forest(make_board(*rows))
    assert forest is not None
    assert forest.scale.low > 0.85
    assert "0.5000, off the scale" in draw_strip(forest, rows[3])
    for row in rows[:3]:
        strip = ElementTree.fromstring(draw_strip(forest, row))
        dot = next(element for element in strip if element.tag == "circle")
        assert float(dot.attrib["cx"]) == pytest.approx(forest.scale(row.mean or 0), abs=0.1)


def test_only_the_best_and_those_tied_have_a_filled_dot() -> None:
    tied = LeaderboardRow(2, "tied", "finished", 0.91, (0.9, 0.92), is_tied=True)
    rows = [ranked(1, 0.92), tied, ranked(3, 0.90)]
    forest = plan_forest(make_board(*rows))
    assert forest is not None
    assert ["leading" in draw_strip(forest, row) for row in rows] == [True, True, False]


def test_a_failure_is_told_in_words_in_place_of_the_whisker() -> None:
    failed = LeaderboardRow(None, "svm", "failed", reason="<b>out</b> of memory")
    forest = plan_forest(make_board(ranked(1, 0.9), failed))
    assert forest is not None
    strip = draw_strip(forest, failed)
    assert "failed: &lt;b&gt;out&lt;/b&gt; of memory" in strip
    assert "circle" not in strip


@pytest.mark.parametrize("half", [None, 0.0, 0.01])
def test_a_single_model_can_be_drawn(half: float | None) -> None:
    row = ranked(1, 0.9, half)
    forest = plan_forest(make_board(row))
    assert forest is not None
    ElementTree.fromstring(draw_strip(forest, row))
    ElementTree.fromstring(draw_axis(forest))


def test_a_huge_interval_stays_within_the_strip() -> None:
    wild = ranked(3, 0.905, 1e9)
    forest = plan_forest(make_board(ranked(1, 0.92), ranked(2, 0.91), wild))
    assert forest is not None
    assert forest.scale.high - forest.scale.low < 1.0
    strip = ElementTree.fromstring(draw_strip(forest, wild))
    whisker = next(element for element in strip if element.attrib["class"] == "whisker")
    assert 0 <= float(whisker.attrib["x1"]) <= float(whisker.attrib["x2"]) <= 300


def test_nothing_ranked_has_no_forest() -> None:
    assert plan_forest(make_board(LeaderboardRow(None, "svm", "failed"))) is None
