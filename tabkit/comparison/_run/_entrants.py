"""Who takes part: candidates of the catalog and from elsewhere, and the user's own models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from tabkit._core import InputError, MissingExtraError, describe_error
from tabkit._core._optional import is_installed
from tabkit._core._parameters import say_parameter
from tabkit._core._random import derive_seed
from tabkit.catalog import (
    CATALOG,
    COST_IF_UNKNOWN,
    Candidate,
    check_model,
    count_fits,
    find_broken_plugins,
    finish_model,
    import_candidate,
    seed_model,
    select_candidates,
    tell_positive,
)
from tabkit.comparison._names import AUTOGLUON, BASELINE, SIMPLE
from tabkit.comparison._run._requests import describe_fit, note_requests
from tabkit.data import Task
from tabkit.evaluation import Entrant

Models = Sequence[str | tuple[str, Any]] | Mapping[str, Any] | None


@dataclass(frozen=True)
class Participants:
    """Everyone who takes part.

    Attributes
    ----------
    entrants : tuple of Entrant
        In the order of the catalog, the user's own last.
    notes : tuple of str
        What a reader should know of them, a sentence each.
    """

    entrants: tuple[Entrant, ...]
    notes: tuple[str, ...] = ()


def make_entrants(
    models: Models, exclude: Sequence[str], task: Task, random_state: int, *, has_autogluon: bool = False
) -> Participants:
    """Build everyone who takes part.

    Parameters
    ----------
    models : sequence of str or (name, estimator), mapping of str to estimator, or None
        A sequence: these and no others. A mapping: these beside the default candidates. A string
        with a colon, "module:Class", stands for an estimator.
    exclude : sequence of str
        Names to leave out.
    task : Task
    random_state : int
    has_autogluon : bool, default=False
        Whether AutoGluon has a row too.

    Returns
    -------
    participants : Participants

    Raises
    ------
    InputError
        If a name is unknown or taken, a model is no estimator for the task, or nobody is left.
    MissingExtraError
        If a model is asked for by name whose package is not installed.
    """
    candidates = choose_candidates(models, exclude)
    # One seed for all: those that prepare a fold in the same way can share what they made of it.
    seed = derive_seed(random_state, "candidates")
    entrants = tuple(_enter(candidate, task, seed) for candidate in candidates)
    runs_defaults = models is None or isinstance(models, Mapping)
    broken = find_broken_plugins(exclude=exclude) if runs_defaults else ()
    return Participants(entrants, (*note_requests(candidates, task, has_autogluon=has_autogluon), *broken))


def choose_candidates(models: Models, exclude: Sequence[str]) -> tuple[Candidate, ...]:
    """Find everyone who is named, for any task: what can be refused before a table is read is refused here.

    Parameters
    ----------
    models, exclude : as in `make_entrants`

    Returns
    -------
    candidates : tuple of Candidate
        The user's own last.

    Raises
    ------
    InputError
        If a name is unknown or taken, a module cannot be imported, or nobody is left.
    MissingExtraError
        If a model is asked for by name whose package is not installed.
    """
    if isinstance(exclude, str):
        raise InputError(f"exclude={exclude!r} is one name: pass a list, [{exclude!r}]")
    names, own = _split_models(models)
    candidates = select_candidates(names, exclude=exclude)
    _check_names(candidates, own)
    candidates = (*candidates, *(_own_candidate(name, model) for name, model in own.items()))
    if names is not None:
        _check_installed(candidates)
    if not candidates:
        told = f"name some with {say_parameter('models', ...)}, or exclude fewer"
        raise InputError(f"no model is left to compare: {told}")
    return candidates


def make_extras(models: Models, exclude: Sequence[str], task: Task, random_state: int) -> tuple[Entrant, ...]:
    """Build strong candidates that nobody asked for, for time that would be left unused.

    Parameters
    ----------
    models : sequence of str or (name, estimator), mapping of str to estimator, or None
        As in `make_entrants`: there are no extras beside a sequence, which names all.
    exclude : sequence of str
    task : Task
    random_state : int
        Of the run.

    Returns
    -------
    entrants : tuple of Entrant
        Those that can be built, the cheaper ones first.
    """
    if not (models is None or isinstance(models, Mapping)):
        return ()
    names = [c.name for c in CATALOG if c.takes_time_left and c.name not in exclude]
    entrants = rebuild_entrants(names, task, random_state)
    return tuple(sorted(entrants, key=lambda entrant: entrant.cost))


def rebuild_entrants(names: Sequence[str], task: Task, random_state: int) -> tuple[Entrant, ...]:
    """Build candidates by the names that an earlier run had, those that are still to be had.

    Parameters
    ----------
    names : sequence of str
    task : Task
    random_state : int
        Of the run.

    Returns
    -------
    entrants : tuple of Entrant
        Not those that were the user's own, nor any that cannot be built any more.
    """
    seed = derive_seed(random_state, "candidates")
    entrants = []
    for name in names:
        with suppress(InputError, MissingExtraError):
            entrants += [_enter(candidate, task, seed) for candidate in select_candidates([name])]
    return tuple(entrant for entrant in entrants if entrant.status is None)


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


def _check_names(candidates: Sequence[Candidate], own: Mapping[str, Any]) -> None:
    counts = Counter(candidate.name for candidate in candidates)
    for name in (*own, *counts):
        if name == AUTOGLUON or (name in own and name in counts):
            raise InputError(f"the name {name!r} is taken by a model of the catalog: choose another")
        if counts[name] > 1:
            raise InputError(f"two models have the name {name!r}: write NAME=MODULE:CLASS for one of them")


def _check_installed(candidates: Sequence[Candidate]) -> None:
    """Refuse what is asked for by name and cannot run; among the default ones it has a row that says so."""
    for candidate in candidates:
        if candidate.module and not candidate.package and not is_installed(candidate.module):
            raise MissingExtraError(candidate.module, candidate.extra)


def _own_candidate(name: str, model: Any) -> Candidate:
    """An estimator as it is, or what a text says where to find."""
    if isinstance(model, str) and ":" in model:
        return import_candidate(model, name)

    def hand_out(task: Task, random_state: int) -> Any:
        check_model(model, f"model {name!r}", task)
        return finish_model(tell_positive(seed_model(model, random_state), task), task, random_state)

    return Candidate(name, hand_out, "your own model", COST_IF_UNKNOWN)


def _enter(candidate: Candidate, task: Task, random_state: int) -> Entrant:
    cost = candidate.cost * count_fits(task)
    is_reference = candidate.name in (BASELINE, SIMPLE)
    entrant = Entrant(
        candidate.name,
        None,
        describe_fit(candidate, task),
        cost,
        priority=candidate.priority,
        is_reference=is_reference,
    )
    if candidate.module and not is_installed(candidate.module):
        reason = str(MissingExtraError(candidate.module, candidate.extra))
        if candidate.package:
            reason = f"{candidate.module} is not installed, which package {candidate.package!r} needs for it"
        return replace(entrant, status="not installed", reason=reason)
    try:
        candidate.check_task(task)
        return replace(entrant, estimator=candidate.build(task, random_state))
    except Exception as error:
        # What is wrong in a package from elsewhere stops its own row and no other.
        if not candidate.package:
            raise
        reason = str(error) if isinstance(error, InputError) else describe_error(error)
        return replace(entrant, status="failed", reason=reason)
