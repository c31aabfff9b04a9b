"""PostgreSQL: a real server, started here on a socket of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from glob import glob
from importlib.util import find_spec
from pathlib import Path

import pytest

from tabkit import InputError
from tabkit.data import build_table, read_table

if find_spec("psycopg") is None:
    pytest.skip("psycopg is not installed", allow_module_level=True)


def find_program(name: str) -> str | None:
    """Debian keeps the programs of the server apart from those of its clients."""
    found = sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return found[-1] if found else shutil.which(name)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """URL of a database with one table, on a server that is gone afterwards."""
    initdb, pg_ctl = find_program("initdb"), find_program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not installed: tests/system_packages.sh installs it")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # the path of a socket is short
    # The server refuses to run as root.
    user = {"user": "postgres"} if os.geteuid() == 0 else {}
    if user:
        shutil.chown(folder, "postgres")
    data = folder / "data"

    def call(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **user)  # type: ignore[call-overload]

    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    try:
        call(initdb, "-D", str(data), "-U", "tester", "-A", "trust", "-N")
        call(pg_ctl, "-D", str(data), "-o", options, "-w", "-l", str(folder / "log"), "start")
        try:
            url = f"postgresql://tester@/postgres?host={folder}"
            fill(folder)
            yield url
        finally:
            call(pg_ctl, "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def fill(folder: Path) -> None:
    import psycopg

    with psycopg.connect(host=str(folder), user="tester", dbname="postgres") as connection:
        connection.execute(
            "create table orders (id uuid default gen_random_uuid(), price numeric(10, 2), paid boolean, "
            "day date, at timestamptz, tags text[], extra jsonb, town text)"
        )
        for row in range(40):
            connection.execute(
                "insert into orders values (default, %s, %s, date '2024-01-01' + %s, "
                "timestamptz '2024-01-01 12:00+02' + interval '1 hour' * %s, "
                "array['a', 'b'], '{\"x\": 1}', %s)",
                (row * 1.25, None if row % 7 == 0 else row % 2 == 0, row, row, f"town {row % 3}"),
            )
        connection.execute('create view "old orders" as select * from orders where price < 10')


def test_table_with_the_types_of_a_database(server: str) -> None:
    table = build_table(server, query="orders", target="paid")
    assert table.name == "orders"
    kinds = {column.name: column.kind for column in table.columns}
    assert kinds | {"tags": "", "extra": ""} == {
        "id": "identifier",
        "price": "numeric",
        "paid": "category",
        "day": "date",
        "at": "date",
        "town": "category",
        "tags": "",
        "extra": "",
    }
    assert table.frame["price"].dtype == "float64"
    assert table.n_rows == 34


def test_view_and_query(server: str) -> None:
    assert len(read_table(server, "old orders")[0]) == 8
    frame, _ = read_table(
        server, "select town, avg(price) as price from orders where town like 't%' group by 1"
    )
    assert sorted(frame["town"]) == ["town 0", "town 1", "town 2"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("order", "has no table 'order': did you mean 'orders'"),
        ("select nothing from orders", 'refuses: column "nothing" does not exist'),
    ],
)
def test_query_that_fails_is_one_line(server: str, query: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as info:
        read_table(server, query)
    assert "\n" not in str(info.value)


def test_nothing_is_written(server: str) -> None:
    for query in ("delete from orders", "delete from orders returning *"):
        with pytest.raises(InputError, match="refuses: cannot execute DELETE in a read-only transaction"):
            read_table(server, query)
    assert len(read_table(server, "orders")[0]) == 40
