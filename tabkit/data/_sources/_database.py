"""A table or a query of a database."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError, MissingExtraError, first_line, suggest
from tabkit._core._files import as_unicode, expand
from tabkit._core._optional import import_optional
from tabkit._core._parameters import say_parameter
from tabkit.data._sources._arrow import check_table, to_frame
from tabkit.data._sources._objects import frame_of_objects
from tabkit.data._sources._source import Source

if TYPE_CHECKING:
    import pandas as pd

_SQLITE_START = b"SQLite format 3\x00"
_DUCKDB_START = b"DUCK"
_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
# Without a driver of its own SQLAlchemy would look for psycopg2.
_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}


def is_database_url(where: str) -> bool:
    """Whether a text is the address of a database, such as ``postgresql://user@host/shop``."""
    return re.match(r"[A-Za-z][\w+]*://", where) is not None


def is_database_file(path: Path) -> bool:
    """Whether a file is a SQLite or DuckDB database, by its content."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(16)
    return head == _SQLITE_START or head[8:12] == _DUCKDB_START


def read_database(where: str, query: str | None) -> Source:
    """Read a table or the result of a query.

    Parameters
    ----------
    where : str
        Path of a SQLite or DuckDB database, or a URL as SQLAlchemy takes it.
    query : str or None
        SQL, or the name of a table; None takes the only table that there is.

    Returns
    -------
    source : Source

    Raises
    ------
    InputError
        If the database cannot be opened, has no such table, or the query fails.
    MissingExtraError
        If the package that reads it is not installed.
    """
    path = expand(where.removeprefix("duckdb:///"))
    if where.startswith("duckdb://") or (is_database_file(path) and _is_duckdb(path)):
        return _read_duckdb(path, query)
    return _read_sqlalchemy(where, query)


def _is_duckdb(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(12)[8:] == _DUCKDB_START


def _read_duckdb(path: Path, query: str | None) -> Source:
    duckdb = import_optional("duckdb", extra="duckdb")
    if not path.is_file():
        raise InputError(f"there is no database {str(path)!r}")
    if as_unicode(str(path)) != str(path):
        raise InputError(f"DuckDB opens no file whose path is not UTF-8, such as {str(path)!r}: rename it")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            found = connection.execute("select table_name from information_schema.tables").fetchall()
            sql, name = _settle_query(query, [table for (table,) in found], path.name)
            result = connection.sql(sql)
            if result is None:
                raise InputError(f"the query to {path.name!r} returns no table: it must be a SELECT")
            table = result.to_arrow_table()
    except duckdb.Error as error:
        raise _failed(path.name, error) from error
    return Source(to_frame(check_table(table, f"the result from {path.name!r}")), name or path.stem)


def _read_sqlalchemy(where: str, query: str | None) -> Source:
    sqlalchemy = import_optional("sqlalchemy", extra="sql")
    address = _parse_url(where, sqlalchemy)
    name = Path(address.database or "table").stem
    if address.get_backend_name() == "sqlite":
        engine, shown = _open_sqlite(address, sqlalchemy), Path(address.database).name
    else:
        engine, shown = sqlalchemy.create_engine(address), address.render_as_string(hide_password=True)
    # Without parameters a percent sign is itself, and no placeholder; no other dialect knows the second.
    engine = engine.execution_options(no_parameters=True, postgresql_readonly=True)
    try:
        with engine.connect() as connection:
            inspector = sqlalchemy.inspect(connection)
            tables = [*inspector.get_table_names(), *inspector.get_view_names()]
            quote = connection.dialect.identifier_preparer.quote_identifier
            sql, table = _settle_query(query, tables, shown, quote)
            frame = _fetch(connection.exec_driver_sql(sql), shown)
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise _failed(shown, getattr(error, "orig", None) or error) from error
    finally:
        engine.dispose()
    return Source(frame, table or name)


def _parse_url(where: str, sqlalchemy: Any) -> Any:
    if "://" not in where:
        return sqlalchemy.engine.URL.create("sqlite", database=str(expand(where)))
    try:
        address = sqlalchemy.engine.make_url(where)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise InputError("that is no database URL: expected DIALECT://USER:PASSWORD@HOST/DATABASE") from None
    address = address.set(drivername=_DRIVERS.get(address.drivername, address.drivername))
    try:
        address.get_dialect().import_dbapi()
    except (ImportError, sqlalchemy.exc.NoSuchModuleError) as error:
        if address.drivername.endswith("+psycopg"):
            raise MissingExtraError("psycopg", "postgresql") from error
        raise InputError(f"no driver for {address.drivername!r} databases is installed ({error})") from error
    return address


def _open_sqlite(address: Any, sqlalchemy: Any) -> Any:
    """Open for reading only: SQLite would make a file that is missing."""
    path = Path(address.database or "")
    if not path.is_file():
        raise InputError(f"there is no database {str(path)!r}")
    uri = f"{path.resolve().as_uri()}?mode=ro"
    return sqlalchemy.create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True))


def _quote(name: str) -> str:
    quoted = name.replace('"', '""')
    return f'"{quoted}"'


def _settle_query(
    query: str | None, tables: Sequence[str], shown: str, quote: Callable[[str], str] = _quote
) -> tuple[str, str]:
    """The SQL to run, and the name of the table where it is one."""
    if query is None:
        if len(tables) != 1:
            listed = ", ".join(map(repr, tables[:8])) + (", ..." if len(tables) > 8 else "")
            told = f"choose with {say_parameter('query', ...)}"
            has = f"{len(tables)} tables ({listed}): {told}" if tables else "no table"
            raise InputError(f"the database {shown!r} has {has}")
        query = tables[0]
    query = query.strip().rstrip(";")
    if query in tables:
        return f"SELECT * FROM {quote(query)}", query
    if not _NAME.fullmatch(query):
        return query, ""
    if "." not in query:
        hint = suggest(query, tables, "there are") if tables else "it has none"
        raise InputError(f"the database {shown!r} has no table {query!r}: {hint}")
    return f"SELECT * FROM {query}", query


def _fetch(result: Any, shown: str) -> pd.DataFrame:
    if not result.returns_rows:
        raise InputError(f"the query to {shown!r} returns no table: it must be a SELECT")
    names = list(map(str, result.keys()))
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise InputError(f"the result from {shown!r} has more than one column named {repeated[0]!r}: use AS")
    rows = result.fetchall()
    if not rows:
        raise InputError(f"the result from {shown!r} has no rows")
    return frame_of_objects(
        {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
    )


def _failed(shown: str, error: Any) -> InputError:
    return InputError(f"the database {shown!r} refuses: {first_line(error)}")
