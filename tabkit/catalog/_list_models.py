"""All models in one place, with what each needs, costs and is good for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit._core._optional import is_installed
from tabkit.catalog._candidate import Candidate
from tabkit.catalog._register import list_candidates

if TYPE_CHECKING:
    import pandas as pd


def list_models() -> pd.DataFrame:
    """List the models that can be named, with what each needs, costs and is good for.

    Returns
    -------
    models : DataFrame
        A row per model, in the order of the catalog, those of installed packages last. Columns: ``model``,
        ``description``, ``good_for``, ``tasks``, ``cost`` (about so many times as long to fit as
        "linear"), ``by_default`` (whether it runs without being asked for),
        ``takes_time_left`` (whether it does where time is left), ``is_simple`` (whether a
        person can read it), ``needs`` (a package that tabkit alone does not install; empty when none),
        ``is_installed`` and ``install_command``.

    Examples
    --------
    >>> from tabkit import list_models
    >>> models = list_models().set_index("model")
    >>> models.loc["linear", "good_for"]
    'few rows, effects that add up, a model to be read'
    """
    import pandas as pd

    return pd.DataFrame([describe_candidate(candidate) for candidate in list_candidates()])


def describe_candidate(candidate: Candidate) -> dict[str, Any]:
    """What `list_models` says of one.

    Parameters
    ----------
    candidate : Candidate

    Returns
    -------
    record : dict of str to object
        As JSON can hold it.
    """
    return {
        "model": candidate.name,
        "description": candidate.description,
        "good_for": candidate.good_for,
        "tasks": list(candidate.tasks),
        "cost": candidate.cost,
        "by_default": candidate.by_default,
        "takes_time_left": candidate.takes_time_left,
        "is_simple": candidate.is_simple,
        "needs": candidate.module or candidate.package,
        "is_installed": not candidate.module or is_installed(candidate.module),
        "install_command": f"pip install 'tabkit-learn[{candidate.extra}]'" if candidate.extra else "",
    }
