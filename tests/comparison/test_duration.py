"""Durations as people write them."""

from __future__ import annotations

import pytest

from tabkit._core import InputError
from tabkit.comparison import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("10m", 600),
        ("1h", 3600),
        ("1.5h", 5400),
        (" 2 M ", 120),
        (45, 45),
        (0.5, 0.5),
    ],
)
def test_understood(text: str | float, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", [None, "none", "None"])
def test_no_limit(text: str | None) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize("text", ["", "soon", "10 minutes", "-5", "0", "1h30m", "nan", "1e3"])
def test_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no duration: write 90, 90s, 10m, 1h or none"):
        parse_duration(text)
