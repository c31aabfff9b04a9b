"""Whether a model can tell the rows of the test table from those to learn from."""

from __future__ import annotations

from collections.abc import Iterator

from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check, require_test, why_no_test
from tabkit.leakage._encoded import encode_columns
from tabkit.leakage._encoded_target import EncodedTarget
from tabkit.leakage._examination import Examination
from tabkit.leakage._fast_model import FastModel, measure_shuffled
from tabkit.leakage._finding import Finding, Severity

_MAX_ROWS = 3_000
_N_FOLDS = 3
_LEAST_AUC = 0.6
_WARNED_AUC = 0.75
_MIN_ROWS = 20
_LEAST_FALL = 0.02


def find_shift(examination: Examination) -> Iterator[Finding]:
    """Yield a finding where test rows are told apart from rows to learn from.

    References
    ----------
    Lopez-Paz, D., Oquab, M.: Revisiting Classifier Two-Sample Tests. ICLR (2017).
    """
    import numpy as np
    import pandas as pd
    from sklearn.model_selection import StratifiedKFold

    test = require_test(examination)
    rng = np.random.default_rng(examination.seed)
    names = list(examination.columns)
    parts = [
        frame[names].iloc[np.sort(rng.permutation(len(frame))[:_MAX_ROWS])]
        for frame in (examination.table.frame, test.frame)
    ]
    encoded = encode_columns(pd.concat(parts, ignore_index=True), examination.kinds)
    origin = np.repeat([0, 1], [len(part) for part in parts])
    model = FastModel(EncodedTarget(origin, 2), None, examination.n_threads, examination.clock.check)
    splitter = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=examination.seed)
    pairs = tuple(splitter.split(origin, origin))
    auc = model.score(encoded, np.arange(len(encoded.owners)), pairs).mean
    if auc < _LEAST_AUC:
        return
    fits = model.fit(encoded.matrix, encoded.is_category, pairs)
    falls = measure_shuffled(model.encoded_target, encoded, fits, examination.seed)
    ranked = sorted(falls, key=lambda name: falls[name], reverse=True)
    moved = tuple(name for name in ranked if falls[name] >= _LEAST_FALL)[:5]
    severity: Severity = "warning" if auc >= _WARNED_AUC else "info"
    by = f", most of all by {', '.join(repr(name) for name in moved)}" if moved else ""
    yield Finding(
        "train-test-shift",
        severity,
        f"A model tells the rows of the test table from those to learn from (ROC AUC {auc:.3f}, 0.5 is "
        f"chance){by}. Scores of the folds do not hold for such rows.",
        f"Find out why they differ. {_advise(examination)}; a column that only says which table a row is "
        "from should be dropped.",
        moved,
        evidence={"auc": auc, **{f"fall_{name}": falls[name] for name in moved}},
    )


def _advise(examination: Examination) -> str:
    if examination.table.times is None:
        told = say_parameter("time", ...)
        return f"If they are later, declare the time ({told}), so that folds are as hard"
    told = say_parameter("gap", ...)
    return f"If they are later, a gap as long as that between the tables ({told}) makes the folds as hard"


def _why_not(examination: Examination) -> str:
    return why_no_test(examination, n_rows=_MIN_ROWS)


TEST_SHIFT = Check("shift between training and test table", ("train-test-shift",), find_shift, _why_not)
