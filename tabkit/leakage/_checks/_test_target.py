"""Whether targets are shared out, and go with the columns, in the test table as in the other one."""

from __future__ import annotations

from collections.abc import Iterator

from tabkit._core._wording import say_value
from tabkit.data import Table, Task
from tabkit.leakage._check import Check, require_test, why_no_test
from tabkit.leakage._copies import say_columns
from tabkit.leakage._encoded import encode_columns
from tabkit.leakage._encoded_target import encode_target
from tabkit.leakage._examination import Examination
from tabkit.leakage._fast_model import FastModel
from tabkit.leakage._finding import Finding

_MIN_ROWS = 20
_MAX_ROWS = 3_000
_N_PARTS = 3
# A distance between shares that chance hardly makes, is worth knowing, and is worth a question.
_LEAST_P = 1e-3
_LEAST_DISTANCE = 0.05
_WARNED_DISTANCE = 0.15
# What a column alone is above chance to be looked at, and the part of it that is to be lost.
_LEAST_SKILL = 0.1
_LOST_SHARE = 0.5
_MAX_COLUMNS = 10


def find_changed_target(examination: Examination) -> Iterator[Finding]:
    """Yield other shares of the target, and the columns that tell it in one table only."""
    test = require_test(examination)
    yield from _other_shares(examination, test)
    yield from _lost_relations(examination, test)


def _other_shares(examination: Examination, test: Table) -> Iterator[Finding]:
    distance, p_value, most = _compare(examination.task, examination.table, test)
    if p_value > _LEAST_P or distance < _LEAST_DISTANCE:
        return
    yield Finding(
        "target-shift",
        "warning" if distance >= _WARNED_DISTANCE else "info",
        f"The target of the test table is shared out otherwise: {most}. Probabilities and thresholds learnt "
        "from the one do not hold for the other.",
        "Find out which of the two is like the rows that models will meet, and learn from such rows.",
        evidence={"distance": distance, "p_value": p_value},
    )


def _compare(task: Task, table: Table, test: Table) -> tuple[float, float, str]:
    """Distance of the shares (total variation, or Kolmogorov and Smirnov's), p-value, and an example."""
    import numpy as np
    from scipy.stats import chi2_contingency, ks_2samp

    from tabkit.evaluation import encode_labels

    if not task.is_classification:
        values = [part.target.to_numpy(dtype=np.float64) for part in (table, test)]
        found = ks_2samp(*values)
        medians = [float(np.median(part)) for part in values]
        example = f"its median is {medians[1]:.4g}, and {medians[0]:.4g} in the rows to learn from"
        return float(found.statistic), float(found.pvalue), example
    n_classes = len(task.classes)
    counts = np.array(
        [np.bincount(encode_labels(task, part.target), minlength=n_classes) for part in (table, test)]
    )
    shares = counts / counts.sum(axis=1, keepdims=True)
    change = np.abs(shares[0] - shares[1])
    at = int(change.argmax())
    p_value = float(chi2_contingency(counts[:, counts.sum(axis=0) > 0]).pvalue)
    changed = say_value(task.classes[at])
    example = f"{changed} is {shares[0, at]:.1%} of the rows to learn from and {shares[1, at]:.1%} of it"
    return float(change.sum() / 2), p_value, example


def _lost_relations(examination: Examination, test: Table) -> Iterator[Finding]:
    import numpy as np
    import pandas as pd

    label, chance = examination.encoded_target.label, examination.encoded_target.chance
    known = {
        name: scores for name, scores in examination.alone.items() if scores.mean - chance >= _LEAST_SKILL
    }
    names = sorted(known, key=lambda name: -known[name].mean)[:_MAX_COLUMNS]
    if not names:
        return
    rng = np.random.default_rng(examination.seed)
    chosen = rng.permutation(test.n_rows)[:_MAX_ROWS]
    frame = pd.concat([examination.sample.frame[names], test.frame[names].iloc[chosen]], ignore_index=True)
    target = pd.concat([examination.sample.target, test.target.iloc[chosen]], ignore_index=True)
    encoded = encode_columns(frame, examination.kinds)
    model = FastModel(
        encode_target(examination.task, target), None, examination.n_threads, examination.clock.check
    )
    n_train = examination.sample.n_rows
    train, rest = np.arange(n_train), np.arange(n_train, len(frame))
    pairs = tuple((train, part) for part in np.array_split(rest, _N_PARTS))
    for same in examination.merge_copies(names):
        name = same[0]
        there = model.score(encoded, encoded.positions([name]), pairs, is_rough=True)
        moved = known[name].mean - there.mean
        lost = _LOST_SHARE * (known[name].mean - chance)
        if not moved >= max(lost, 2 * known[name].error_beside(there)):
            continue
        yield Finding(
            "changed-relation",
            "warning",
            f"{say_columns(same)} alone gives {label} {known[name].mean:.3f} on the folds, and "
            f"{there.mean:.3f} on the test table: what it tells of the target in the one "
            "it does not tell in the other.",
            "Ask whether it was written down after the target was known, or means something else in one of "
            "the tables.",
            same,
            evidence={"score_alone": known[name].mean, "score_alone_test": there.mean, "moved": moved},
        )


def _why_not(examination: Examination) -> str:
    return why_no_test(examination, n_rows=_MIN_ROWS)


TEST_TARGET = Check(
    "a target that is another in the test table",
    ("target-shift", "changed-relation"),
    find_changed_target,
    _why_not,
)
