"""The introduction says what text was read as, so that a person can object."""

from __future__ import annotations

from pathlib import Path

from tabkit.comparison._question._resolve import Question, resolve
from tabkit.comparison._run._folds import make_folds
from tabkit.comparison._words._introduction import introduce


def test_each_column_whose_text_was_interpreted_is_listed(tmp_path: Path) -> None:
    lines = ["code;when;day;amount;size;grade;paid"]
    for row in range(40):
        grade = "" if row % 7 else "?"
        lines.append(
            f"00{500 + row % 9};{1 + row % 12:02}/03/2024;2024-01-{1 + row % 28:02};"
            f'"({row}.50)";{row % 3 + 1}.{100 + row};{grade or "abc"[row % 3]};{"yes" if row % 2 else "no "}'
        )
        lines.append(f"10001;02/03/2024;2024-02-01;{row}.25;{row + 100};a;no")
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines) + "\n")
    resolved = resolve(Question(path, target="paid"), random_state=0)
    text = introduce(resolved, make_folds(resolved.table, resolved.task, 2, random_state=0), is_guess=False)
    said = {line.partition(": ")[0].strip(): line.partition(": ")[2] for line in text.splitlines()}
    assert said["column 'code'"] == "codes such as '00500' stay text for their leading zeros"
    assert said["column 'when'"].startswith("text read as dates, written as %m/%d/%Y; day and month could")
    assert said["column 'day'"] == "text read as dates, written with the year first"
    assert said["column 'amount'"] == "text read as numbers; '(0.50)' read as -0.5"
    assert said["column 'grade'"] == "6 values '?' read as missing"
    assert said["column 'paid'"] == "white space around labels left out: 'no ' as 'no'"
