"""Published sets: those of OpenML, and those that come with scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit._core import InputError, suggest
from tabkit.data._sources._source import Source

if TYPE_CHECKING:
    import pandas as pd

OPENML_PREFIX = "openml:"
SKLEARN_PREFIX = "sklearn:"


def is_published(where: str) -> bool:
    """Whether a text names a published set: ``openml:31`` or ``sklearn:iris``."""
    return where.startswith((OPENML_PREFIX, SKLEARN_PREFIX))


def read_published(where: str) -> Source:
    """Load a published set; scikit-learn downloads what it does not have and keeps it.

    Parameters
    ----------
    where : str
        ``openml:ID`` or ``sklearn:NAME``.

    Returns
    -------
    source : Source
        With the target that its publisher names.

    Raises
    ------
    InputError
        If there is no such set, or it cannot be downloaded.
    """
    if where.startswith(OPENML_PREFIX):
        return _read_openml(where.removeprefix(OPENML_PREFIX))
    return _read_sklearn(where.removeprefix(SKLEARN_PREFIX))


def _read_openml(number: str) -> Source:
    from sklearn import datasets

    if not number.isdigit():
        raise InputError(
            f"{OPENML_PREFIX}{number} is no set of OpenML: its number is needed, as in openml:31"
        )
    try:
        bunch = datasets.fetch_openml(data_id=int(number), as_frame=True, parser="auto")
    except ValueError as error:
        raise InputError(f"set {number} of OpenML cannot be read: {error}") from error
    except OSError as error:
        raise InputError(f"set {number} of OpenML cannot be downloaded: {error}") from error
    name = str(bunch.details.get("name", f"openml-{number}"))
    if not bunch.target_names:
        return Source(bunch.frame, name)
    return Source(bunch.frame, name, target=str(bunch.target_names[0]))


def _read_sklearn(name: str) -> Source:
    from sklearn import datasets

    loaders = {
        key.partition("_")[2]: getattr(datasets, key)
        for key in datasets.__all__
        if key.partition("_")[0] in ("load", "fetch") and key.partition("_")[2] not in _NO_TABLES
    }
    if name not in loaders:
        raise InputError(f"scikit-learn has no table {name!r}: {suggest(name, loaders, 'there are')}")
    try:
        bunch = loaders[name](as_frame=True)
    except OSError as error:
        raise InputError(f"scikit-learn's {name!r} cannot be downloaded: {error}") from error
    frame, target = _with_labels(bunch)
    return Source(frame, name, target=target)


# Texts, pictures and sparse matrices, and functions that take a path or an address.
_NO_TABLES = frozenset(
    {
        "20newsgroups",
        "20newsgroups_vectorized",
        "file",
        "files",
        "lfw_pairs",
        "lfw_people",
        "olivetti_faces",
        "openml",
        "rcv1",
        "sample_image",
        "sample_images",
        "species_distributions",
        "svmlight_file",
        "svmlight_files",
    }
)


def _with_labels(bunch: Any) -> tuple[pd.DataFrame, str]:
    """The frame of a set, with the names of the classes instead of their numbers."""
    frame = bunch.frame.copy()
    target = bunch.target if bunch.target.ndim == 1 else bunch.target.iloc[:, 0]
    names = bunch.get("target_names")
    if names is not None and len(names) > 1 and target.dtype.kind == "i":
        frame[target.name] = target.map(dict(enumerate(map(str, names))))
    return frame, str(target.name)
