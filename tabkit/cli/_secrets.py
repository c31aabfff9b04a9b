"""Addresses of databases without their passwords."""

from __future__ import annotations

import re
from urllib.parse import unquote

_NAME_OF_SECRET = re.compile(r"pass|pwd|secret|token|key", re.IGNORECASE)
# As in the connection string of a driver that is handed over whole.
_HOLDS_SECRET = re.compile(r"(password|pwd)=", re.IGNORECASE)


def hide_password(text: str) -> str:
    """Remove the password from the address of a database; any other text stays as it is.

    Parameters
    ----------
    text : str

    Returns
    -------
    text : str
        Without the password, and without the options that may hold one. Where it is not clear
        where a password ends, nothing but the dialect is left.

    Examples
    --------
    >>> hide_password("postgresql://ada:p@ss/1@host/shop?sslmode=require&password=no")
    'postgresql://ada@host/shop?sslmode=require'
    >>> hide_password("data/2024.csv")
    'data/2024.csv'
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        return text
    address, _, query = rest.partition("?")
    if "@" in query:
        return f"{scheme}://***"
    user, at, host = address.rpartition("@")
    kept = [option for option in query.split("&") if option and not _is_secret(option)]
    return f"{scheme}://{user.partition(':')[0]}{at}{host}" + (f"?{'&'.join(kept)}" if kept else "")


def _is_secret(option: str) -> bool:
    name, _, value = option.partition("=")
    return bool(_NAME_OF_SECRET.search(unquote(name)) or _HOLDS_SECRET.search(unquote(value)))
