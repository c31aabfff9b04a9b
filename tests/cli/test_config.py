"""Options in a YAML file: what they mean, what is refused, and the file that repeats a run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
import yaml

from tabkit._core import InputError
from tabkit.cli import _compare
from tabkit.cli._config import parse_with_config, write_config
from tabkit.cli._secrets import hide_password


def parse(text: str, *arguments: str, folder: Path) -> argparse.Namespace:
    """What ``tabkit compare --config`` makes of a file and a command line."""
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    parser = argparse.ArgumentParser()
    command = parser.add_subparsers().add_parser("compare")
    _compare.add_options(command)
    return parse_with_config(parser, command, ["compare", *arguments], path)


def test_every_kind_of_option_is_understood(tmp_path: Path) -> None:
    text = """
    data: [a.csv, b.csv]
    target: churn
    time-limit: 90
    no_autogluon: yes
    models: lightgbm
    exclude:
      - svm
      - knn
    folds: 3
    fail_under: 1e-3
    out: results
    """
    options = parse(text, folder=tmp_path)
    assert options.data == ["a.csv", "b.csv"]
    assert (options.target, options.time_limit, options.no_autogluon) == ("churn", "90", True)
    assert (options.models, options.exclude) == (["lightgbm"], ["svm", "knn"])
    assert (options.n_folds, options.fail_under, options.out) == (3, 0.001, Path("results"))
    assert (options.random_state, options.format, options.query) == (0, "table", None)


@pytest.mark.parametrize(
    "written",
    ["yes", "no", "on", "Off", "true", "1e3", "010", "1_000", "0x1F", "2024-01-01", "1:30", ".5", "=", "<<"],
)
def test_text_comes_through_as_it_was_written(written: str, tmp_path: Path) -> None:
    options = parse(f"positive: {written}\ndrop: [{written}, b]", folder=tmp_path)
    assert options.positive == written
    assert options.drop == [written, "b"]


@pytest.mark.parametrize(
    ("written", "read"), [('"null"', "null"), ("''", ""), ('"a\\tb"', "a\tb"), ("ö", "ö")]
)
def test_quoted_text_is_what_is_between_the_quotes(written: str, read: str, tmp_path: Path) -> None:
    assert parse(f"positive: {written}", folder=tmp_path).positive == read


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "target:\nfolds: null\nmodels: ~\n", "no_autogluon: false"]
)
def test_what_is_empty_is_not_given(text: str, tmp_path: Path) -> None:
    options = parse(text, "a.csv", folder=tmp_path)
    assert (options.target, options.n_folds, options.models, options.no_autogluon) == (
        None,
        None,
        None,
        False,
    )


def test_command_line_wins_also_with_the_default_and_with_lists(tmp_path: Path) -> None:
    text = "data: a.csv\nfolds: 3\nmodels: [svm, knn]\ndrop: [x]\ntarget: y\ntime_limit: 1h"
    arguments = ("b.csv", "--folds", "5", "--models", "tree", "--models", "dummy", "--target", "z")
    options = parse(text, *arguments, folder=tmp_path)
    assert (options.data, options.n_folds, options.target) == (["b.csv"], 5, "z")
    assert options.models == ["tree", "dummy"]
    assert (options.drop, options.time_limit) == (["x"], "1h")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("target: y\nfold: 3", r"run.yaml, line 2: unknown option 'fold': did you mean 'folds'\?"),
        ("time limit: 3", "unknown option 'time limit': did you mean 'time-limit'"),
        ("zebra: 3", "unknown option 'zebra': there are 'data', 'query'"),
        ("config: other.yaml", "line 1: unknown option 'config'"),
        ("help: true", "unknown option 'help'"),
        ("\n\nfolds: five", "line 3: folds is 'five', and takes a whole number"),
        ("folds: 5.5", "folds is '5.5', and takes a whole number"),
        ("folds: [3]", "folds is or holds a list, and takes a whole number"),
        ("target: {a: b}", "target is or holds a mapping, and takes text"),
        ("models:\n  - tree\n  - [svm]", "line 3: models is or holds a list"),
        ("drop: [a, ~]", "drop is or holds an empty value"),
        ("no-autogluon: maybe", "no-autogluon is 'maybe', and takes true or false"),
        ('no-autogluon: "yes"', "takes true or false"),
        ("task: binry", r"task is 'binry': did you mean 'binary'\?"),
        ("fail-under: high", "fail-under: 'high' is no number"),
        ("fail-under: .nan", "fail-under: '.nan' is no number"),
        ("folds: 3\nseed: 1\nfolds: 4", "line 3: folds stands in line 1 already"),
        ("time-limit: 1h\ntime_limit: 2h", "time_limit stands in line 1 already"),
        ("- folds", "line 1: options are needed"),
        ("folds", "options are needed"),
        ("folds: [3", r"run.yaml, line 1: no YAML: expected ',' or '\]'"),
        ("target: a\n\tfolds: 3", "line 2: no YAML: found character"),
        ("a: 1\n---\nb: 2", "no YAML: but found another document"),
        ("target: !!python/name:os.system x", "has the tag"),
        ("target: !secret x", "has the tag '!secret'"),
        ("target: a\x00b", "no YAML: unacceptable character"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        parse(text, folder=tmp_path)


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    with pytest.raises(InputError, match=r"there is no file .*none\.yaml"):
        parse_with_config(parser, parser, [], tmp_path / "none.yaml")


def written_again(options: argparse.Namespace, folder: Path, **settled: Any) -> argparse.Namespace:
    """Write the options, and parse the file."""
    command = argparse.ArgumentParser()
    _compare.add_options(command)
    write_config(folder / "config.yaml", command, options, settled)
    return parse((folder / "config.yaml").read_text(encoding="utf-8"), folder=folder)


@pytest.mark.parametrize(
    "text",
    ["yes", "null", "~", "1e3", "0", "", " ", "a: b", "#x", "- x", "'", "Ünï", "two\nlines\n", "2024-01-01"],
)
def test_written_options_are_read_back_as_they_were(text: str, tmp_path: Path) -> None:
    arguments = (
        "a.csv",
        f"--positive={text}",
        f"--target={text}",
        f"--drop={text}",
        "--models",
        "dummy,tree",
    )
    before = parse("", *arguments, "--fail-under", "0.8", "--seed", "7", "--no-autogluon", folder=tmp_path)
    after = written_again(before, tmp_path)
    assert vars(after) == vars(before)
    assert yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))["positive"] == text


def test_folder_is_written_and_permission_to_overwrite_is_not(tmp_path: Path) -> None:
    after = written_again(parse("", "a.csv", "--overwrite", folder=tmp_path), tmp_path, out=Path("tabkit-a"))
    assert (after.out, after.overwrite) == (Path("tabkit-a"), False)


def test_every_option_is_written_in_its_order(tmp_path: Path) -> None:
    written_again(parse("", "a.csv", folder=tmp_path), tmp_path)
    written = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))
    command = argparse.ArgumentParser()
    _compare.add_options(command)
    names = {
        action.option_strings[-1].lstrip("-") if action.option_strings else "data"
        for action in command._actions
    }
    assert set(written) == names - {"help", "config", "overwrite"}
    assert list(written)[:2] == ["data", "query"]


def test_password_of_a_database_is_not_written(tmp_path: Path) -> None:
    address = "postgresql://ada:s3cret@host/shop"
    after = written_again(parse("", address, folder=tmp_path), tmp_path)
    assert after.data == ["postgresql://ada@host/shop"]
    text = (tmp_path / "config.yaml").read_text(encoding="utf-8")
    assert "s3cret" not in text
    assert "password of the database is left out" in text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://ada:s3cret@host:5432/shop", "postgresql://ada@host:5432/shop"),
        ("postgresql+psycopg://ada:s3:cr@e/t@host/shop", "postgresql+psycopg://ada@host/shop"),
        (
            "postgresql:///shop?user=ada&password=s3cret&sslmode=require",
            "postgresql:///shop?user=ada&sslmode=require",
        ),
        ("mssql+pyodbc:///?odbc_connect=UID%3Dada%3BPWD%3Ds3cret", "mssql+pyodbc:///"),
        ("duckdb:///md:shop?motherduck_token=s3cret", "duckdb:///md:shop"),
        ("postgresql://ada:s3?cret@host/shop", "postgresql://***"),
        ("postgresql://host/shop?password=s3@cret", "postgresql://***"),
        ("postgresql://ada@host/shop", "postgresql://ada@host/shop"),
        ("sqlite:///data/shop.db", "sqlite:///data/shop.db"),
        ("data/a:b@c.csv", "data/a:b@c.csv"),
    ],
)
def test_addresses_are_shown_without_passwords(address: str, shown: str) -> None:
    assert hide_password(address) == shown
