"""Columns that were computed from all rows before the folds were drawn, the target included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check
from tabkit.leakage._copies import say_columns
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding, Severity

if TYPE_CHECKING:
    import numpy as np

_MIN_LEVELS = 4
_MAX_SHARE_OF_LEVELS = 0.6
# Of the variance of the column, that means of the target explain.
_LEAST_FIT = 0.999
# A mean of the target that varies no more than chance makes it is no leak one could see.
_LEAST_SPREAD = 1e-6
_STANDARD_TOLERANCE = 1e-6
_MIN_STANDARD = 2


def find_encodings(examination: Examination) -> Iterator[Finding]:
    """Yield numbers that are means of the target, and columns scaled on all rows."""
    numeric = _find_numeric(examination)
    targets = _target_numbers(examination)
    for names in examination.merge_copies(numeric):
        name = names[0]
        examination.clock.check()
        values = _numbers_of(examination, name)
        source = _mean_of(examination, name, values, targets)
        if source is not None:
            yield _describe(examination, names, source)
    scaled = [name for name in numeric if _is_standard(_numbers_of(examination, name))]
    if len(scaled) >= _MIN_STANDARD:
        yield Finding(
            "scaled-on-all-rows",
            "info",
            f"{len(scaled)} columns have mean 0 and standard deviation 1 over all rows: they were scaled "
            "before the folds were drawn, with the test rows. That alone moves scores little; what else was "
            "computed then?",
            "Give tabkit the columns as they were: it scales on the training rows of each fold.",
            tuple(scaled),
        )


def _find_numeric(examination: Examination) -> list[str]:
    return [name for name in examination.columns if examination.kinds.get(name) == "numeric"]


def _why_not(examination: Examination) -> str:
    return "" if _find_numeric(examination) else "no feature is numeric"


def _numbers_of(examination: Examination, name: str) -> np.ndarray:
    import numpy as np

    return examination.table.frame[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _target_numbers(examination: Examination) -> np.ndarray:
    """The target as numbers, or 0 and 1 for each class; shape (n_rows, n_numbers)."""
    import numpy as np

    from tabkit.evaluation import encode_labels

    if not examination.task.is_classification:
        return examination.table.target.to_numpy(dtype=np.float64).reshape(-1, 1)
    codes = encode_labels(examination.task, examination.table.target)
    # A mean of the codes themselves, as it is computed by mistake, and one for each class.
    return np.column_stack([codes.astype(np.float64), np.eye(len(examination.task.classes))[codes]])


def _mean_of(examination: Examination, name: str, values: np.ndarray, targets: np.ndarray) -> str | None:
    """Of which column the values are means of the target: "" for one that is not there, None for none."""
    import numpy as np

    known = ~np.isnan(values)
    levels, codes = np.unique(values[known], return_inverse=True)
    if len(levels) < _MIN_LEVELS:
        return None
    is_whole = bool((levels == np.round(levels)).all())
    if is_whole:
        return None
    if len(levels) <= _MAX_SHARE_OF_LEVELS * known.sum():
        for target in targets.T:
            if _are_means(levels, codes, target[known]):
                return ""
    for other in examination.columns:
        examination.clock.check()
        if other != name and examination.kinds.get(other) in ("category", "numeric"):
            groups = examination.codes_of(other)
            # What has too many values among all rows has so among the known ones, but for a few.
            n_levels = groups.max() + 1 + bool(groups.min() < 0)
            if not _MIN_LEVELS <= n_levels <= _MAX_SHARE_OF_LEVELS * len(groups):
                continue
            groups = groups[known]
            n_groups = len(np.unique(groups))
            if not _MIN_LEVELS <= n_groups <= _MAX_SHARE_OF_LEVELS * len(groups):
                continue
            if any(_are_others_means(values[known], groups, target[known]) for target in targets.T):
                return other
    return None


def _are_means(levels: np.ndarray, codes: np.ndarray, target: np.ndarray) -> bool:
    """Whether each level is the mean of the target over its rows, shrunk towards that of all or not."""
    import numpy as np

    counts = np.bincount(codes)
    often = counts >= 2
    if often.sum() < _MIN_LEVELS:
        return False
    means = np.bincount(codes, target) / counts
    prior = target.mean()
    if means[often].std() < _LEAST_SPREAD or _is_all_or_nothing(means[often]):
        return False
    distance, shrunk = means - prior, levels - prior
    far = often & (np.abs(distance) > 1e-9)
    if far.sum() < _MIN_LEVELS:
        return False
    # level - prior = n / (n + m) (mean - prior); the m of shrinking is that of the median level.
    with np.errstate(divide="ignore", invalid="ignore"):
        smoothing = np.nanmedian(counts[far] * (distance[far] / shrunk[far] - 1.0))
    if not np.isfinite(smoothing) or smoothing < -0.5:
        return False
    expected = prior + counts / (counts + max(0.0, smoothing)) * distance
    return _explains(expected[often], levels[often], counts[often])


def _is_all_or_nothing(means: np.ndarray) -> bool:
    """Whether no level has rows of both kinds: then the column is the target, and another check says so."""
    import numpy as np

    return bool(np.minimum(np.abs(means), np.abs(means - 1)).max() < 1e-9)


def _are_others_means(values: np.ndarray, groups: np.ndarray, target: np.ndarray) -> bool:
    """Whether each value is the mean of the target over the other rows of its group."""
    import numpy as np

    groups = groups - groups.min()
    counts = np.bincount(groups)[groups]
    often = counts >= 2
    if often.mean() < 0.5:
        return False
    others = (np.bincount(groups, target)[groups] - target)[often] / (counts[often] - 1)
    return others.std() > _LEAST_SPREAD and _explains(others, values[often], np.ones(int(often.sum())))


def _explains(expected: np.ndarray, found: np.ndarray, weights: np.ndarray) -> bool:
    import numpy as np

    spread = np.average((found - np.average(found, weights=weights)) ** 2, weights=weights)
    return bool(
        spread > 0 and 1 - np.average((found - expected) ** 2, weights=weights) / spread >= _LEAST_FIT
    )


def _describe(examination: Examination, names: tuple[str, ...], source: str) -> Finding:
    moved = examination.moved(names)
    full = examination.full.mean
    others = f"the other rows with the same {source!r}" if source else "the rows that share a value"
    severity: Severity = "error" if moved >= 0.02 or source else "warning"
    return Finding(
        "encoded-on-all-rows",
        severity,
        f"{say_columns(names)} is the mean of the target over {others}, test rows included: it holds the "
        f"answers. {examination.encoded_target.label} is {full:.3f} with it and {full - moved:.3f} without.",
        f"Drop it ({say_parameter('drop', list(names))}) and give the category itself: tabkit encodes it on "
        "the training rows of each fold.",
        (*names, source) if source else names,
        evidence={"score": full, "score_without": full - moved, "moved": moved},
    )


def _is_standard(values: np.ndarray) -> bool:
    import numpy as np

    known = values[~np.isnan(values)]
    if len(known) < 10:
        return False
    is_centred = abs(known.mean()) < _STANDARD_TOLERANCE
    return bool(is_centred and min(abs(known.std() - 1), abs(known.std(ddof=1) - 1)) < _STANDARD_TOLERANCE)


ENCODINGS = Check(
    "encodings computed on all rows",
    ("encoded-on-all-rows", "scaled-on-all-rows"),
    find_encodings,
    _why_not,
)
