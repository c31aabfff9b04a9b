"""The model that a run leaves: one file, replaced by a better one and not removed before, and what it is."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tabkit._core._files import write_json
from tabkit._core._plain import as_plain
from tabkit._core._version import __version__
from tabkit.evaluation._model_card import CARD_FILE, card_of

_DESCRIPTION = "model.json"


@dataclass(frozen=True)
class SavedModel:
    """What the file of a model holds.

    Attributes
    ----------
    candidate : str
    recipe : str
        Fingerprint of the candidate on its table: see `Engine.recipe_of`.
    n_rows : int
        Rows that it was fitted on.
    fit_seconds : float
    is_whole : bool
        Whether these are all rows, and not those of one fold.
    columns : tuple
        The classes in the order of the columns of ``predict_proba``.
    threshold : float or None
        Of two classes, of the probability of the positive one.
    n_bytes : int
        Of the file.
    version : str
        Of tabkit.
    """

    candidate: str
    recipe: str
    n_rows: int
    fit_seconds: float
    is_whole: bool
    columns: tuple[Any, ...] = ()
    threshold: float | None = None
    n_bytes: int = 0
    version: str = __version__


def read_description(path: Path) -> SavedModel | None:
    """What a file holds; None where it is not there, or is not the one that was described.

    Parameters
    ----------
    path : Path
        Of the model.

    Returns
    -------
    saved : SavedModel or None
    """
    try:
        record = json.loads((path.parent / _DESCRIPTION).read_text(encoding="utf-8"))
        saved = SavedModel(**{**record, "columns": tuple(record["columns"])})
        return saved if saved.n_bytes == path.stat().st_size else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def replace_model(path: Path, made: Path, saved: SavedModel) -> None:
    """Put a model, and its card, in the place of an earlier one.

    Parameters
    ----------
    path : Path
        Of the earlier one.
    made : Path
        Of the new one, on the same disk.
    saved : SavedModel
        What it holds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # What is described must never be another file than the one that is there.
    card = path.parent / CARD_FILE
    for file in (path.parent / _DESCRIPTION, card):
        file.unlink(missing_ok=True)
    os.replace(made, path)
    os.replace(card_of(made), card)
    write_json(path.parent / _DESCRIPTION, as_plain(asdict(saved) | {"n_bytes": path.stat().st_size}))
