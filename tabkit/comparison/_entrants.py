"""Who takes part: candidates of the catalog, and the user's own models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tabkit._core import InputError, MissingExtraError
from tabkit._core._optional import is_installed
from tabkit._core._random import derive_seed
from tabkit.catalog import Candidate, select_candidates
from tabkit.comparison._verdict import AUTOGLUON
from tabkit.data import Task
from tabkit.evaluation import Entrant

Models = Sequence[str | tuple[str, Any]] | Mapping[str, Any] | None

# The user's own come after the cheap ones of the catalog: their cost is not known.
_COST_OF_OWN = 7.0


def make_entrants(
    models: Models, exclude: Sequence[str], task: Task, random_state: int
) -> tuple[Entrant, ...]:
    """Build everyone who takes part.

    Parameters
    ----------
    models : sequence of str or (name, estimator), mapping of str to estimator, or None
        A sequence: these and no others. A mapping: these beside the default candidates.
    exclude : sequence of str
        Names of the catalog to leave out.
    task : Task
    random_state : int

    Returns
    -------
    entrants : tuple of Entrant
        In the order of the catalog, the user's own last.

    Raises
    ------
    InputError
        If a name is unknown or taken, a model is no estimator for the task, or nobody is left.
    """
    if isinstance(exclude, str):
        raise InputError(f"exclude={exclude!r} is one name: pass a list, [{exclude!r}]")
    names, own = _split_models(models)
    candidates = select_candidates(names, exclude=exclude)
    taken = {candidate.name for candidate in candidates} | {AUTOGLUON}
    for name, model in own.items():
        _check_own(name, model, task, taken)
    # One seed for all: those that prepare a fold in the same way can share what they made of it.
    seed = derive_seed(random_state, "candidates")
    entrants = [_enter(candidate, task, seed) for candidate in candidates]
    entrants += [Entrant(name, model, "your own model", _COST_OF_OWN) for name, model in own.items()]
    if not entrants:
        raise InputError("no model is left to compare: name some with --models, or exclude fewer")
    return tuple(entrants)


def _split_models(models: Models) -> tuple[list[str] | None, dict[str, Any]]:
    """Names of the catalog (None: the default ones) and the user's own models by name."""
    if models is None:
        return None, {}
    if isinstance(models, str):
        raise InputError(f"models={models!r} is one name: pass a list, [{models!r}]")
    if isinstance(models, Mapping):
        return None, dict(models)
    names = [model for model in models if isinstance(model, str)]
    own: dict[str, Any] = {}
    for model in models:
        if isinstance(model, str):
            continue
        if not (isinstance(model, tuple) and len(model) == 2 and isinstance(model[0], str)):
            raise InputError(f"models holds {model!r}: expected a name, or a pair of name and estimator")
        if model[0] in own:
            raise InputError(f"models has two of the name {model[0]!r}: give each its own")
        own[model[0]] = model[1]
    return names, own


def _check_own(name: str, model: Any, task: Task, taken: set[str]) -> None:
    from sklearn.base import is_classifier, is_regressor

    if name in taken:
        raise InputError(f"the name {name!r} is taken by a model of the catalog: choose another")
    if isinstance(model, type) or not (hasattr(model, "fit") and hasattr(model, "get_params")):
        raise InputError(f"model {name!r} is no scikit-learn estimator but {model!r}")
    wrong = is_regressor(model) if task.is_classification else is_classifier(model)
    if wrong:
        kind = "regressor" if task.is_classification else "classifier"
        raise InputError(
            f"model {name!r} is a {kind}, and the task is {task.kind}: pass another, or task=..."
        )


def _enter(candidate: Candidate, task: Task, random_state: int) -> Entrant:
    entrant = Entrant(candidate.name, None, candidate.description, candidate.cost)
    if candidate.module and not is_installed(candidate.module):
        reason = str(MissingExtraError(candidate.module, candidate.extra))
        return replace(entrant, status="not installed", reason=reason)
    return replace(entrant, estimator=candidate.build(task, random_state))
