"""What a fitted ensemble says of itself: in sentences, and as the Python that fits it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tabkit._core._random import derive_seed
from tabkit._core._wording import say_count
from tabkit.metrics import get_metric

if TYPE_CHECKING:
    from tabkit.data import Task


def explain(auto: Any) -> Iterator[str]:
    """Say what predicts, how good it is, and what became of the others.

    Parameters
    ----------
    auto : AutoClassifier or AutoRegressor
        Fitted.

    Yields
    ------
    line : str
    """
    board, metric = auto.leaderboard_, get_metric(auto.metric_)
    members = ", ".join(f"{part.weight:.0%} {part.name}" for part in auto.parts_)
    how = "each fitted on all rows" if auto.parts_[0].is_refitted else f"each the mean of {_say_models(auto)}"
    yield f"Predicts by {members}, {how}."
    low, high = auto.score_interval_
    direction = "higher" if metric.greater_is_better else "lower"
    yield (
        f"{metric.label} {auto.score_:.4g} (95 % of draws {low:.4g} to {high:.4g}; {direction} is better) on "
        "rows that neither fitted the models nor chose the weights."
    )
    compared = board[board["name"].isin(auto.weights_)]
    best, score = compared.iloc[0][["name", metric.name]]
    yield f"The best single model is {best}: {metric.label} {score:.4g}."
    for status, names in board.groupby("status", sort=True)["name"]:
        if status != "finished":
            yield f"{str(status).capitalize()}: {', '.join(names)}; leaderboard_ says why."
    if auto._interrupted:
        yield "It was interrupted: this is the best so far."


def _say_models(auto: Any) -> str:
    return say_count(len(auto.parts_[0].models), "model")


def write_code(auto: Any) -> str:
    """Write the Python that fits the same ensemble.

    Parameters
    ----------
    auto : AutoClassifier or AutoRegressor
        Fitted.

    Returns
    -------
    code : str
    """
    kind = "Classifier" if auto._task.is_classification else "Regressor"
    plan, lines = auto._plan, []
    for part in auto.parts_:
        code = auto._entries[part.name].write(derive_seed(plan.seed, part.name))
        model = f"FoldBagging{kind}(\n        {code},\n        cv=folds, refit={part.is_refitted})"
        lines.append(f"    {part.name!r}: ({part.weight!r}, {model}),")
    members = "\n".join(lines)
    method = "predict_proba" if auto._task.is_classification else "predict"
    predict = (
        f"def {method}(X):\n    return sum(weight * model.{method}(X) for weight, model in members.values())"
    )
    if auto._task.is_classification:
        predict += "\n\n\ndef predict(X):\n    return classes[predict_proba(X).argmax(axis=1)]"
        predict = f"classes = next(iter(members.values()))[1].classes_\n\n\n{predict}"
    else:
        predict = f"\n{predict}"
    return f"""from tabkit import make_model
from tabkit.data import Task
from tabkit.ensemble import FoldBagging{kind}
from tabkit.model_selection import RoleAwareKFold

task = {_write_task(auto._task)}
folds = {_write_folds(auto)}
members = {{
{members}
}}
for _, model in members.values():
    model.fit(X, y, **roles)
{predict}
"""


def _write_folds(auto: Any) -> str:
    plan, seed = auto._plan, derive_seed(auto._plan.seed, "folds")
    if not isinstance(plan.cv, int):
        return repr(plan.cv)
    return f"RoleAwareKFold({plan.cv}, random_state={seed}, stratify={auto._task.is_classification})"


def _write_task(task: Task) -> str:
    parts: dict[str, Any] = {
        "classes": task.classes,
        "metric": task.metric,
        "has_groups": task.has_groups,
        "has_times": task.has_times,
        "kinds": dict(task.kinds),
        "written_as": dict(task.written_as),
        "na_values": task.na_values,
        "n_rows": task.n_rows,
        "positive_by": task.positive_by,
    }
    told = ", ".join(f"{name}={value!r}" for name, value in parts.items() if value)
    return f"Task({task.kind!r}, {told})"
