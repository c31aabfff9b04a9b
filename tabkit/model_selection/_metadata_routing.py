"""Metadata of any name on their way to the parts of an estimator."""

from __future__ import annotations

from typing import Any

from sklearn import config_context, get_config
from sklearn.base import clone
from sklearn.utils import Bunch
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    get_routing_for_object,
    process_routing,
)

from tabkit._core import InputError
from tabkit._core._sklearn import request_weights


def make_router(owner: Any, estimator: Any, *, splitter: Any, scorer: Any = None) -> MetadataRouter:
    """Who requests which metadata in ``fit``: an estimator itself, and the parts that it hands them on to.

    Parameters
    ----------
    owner : estimator
    estimator : estimator
        That the owner fits clones of.
    splitter : object
        What is no splitter requests nothing.
    scorer : object, default=None
        What is no scorer requests nothing.

    Returns
    -------
    router : MetadataRouter
    """
    router = MetadataRouter(owner=owner).add_self_request(owner)
    with config_context(enable_metadata_routing=True):
        try:
            inner = clone(estimator)
            # As in ``fit``, where weights reach whatever takes them.
            request_weights(inner)
            router.add(estimator=inner, method_mapping=MethodMapping().add(caller="fit", callee="fit"))
        except NotImplementedError:
            pass  # It takes none, and ``fit`` says so.
        router.add(splitter=splitter, method_mapping=MethodMapping().add(caller="fit", callee="split"))
        request = get_routing_for_object(scorer)
        if request.score.requests.get("sample_weight", True) is None:
            request.score.add_request(param="sample_weight", alias=True)
        router.add(scorer=request, method_mapping=MethodMapping().add(caller="fit", callee="score"))
    return router


def route_params(owner: Any, params: dict[str, Any], *, unasked: str | None = None) -> Bunch:
    """What ``fit`` got by other names than its own, by the part that requests it.

    Parameters
    ----------
    owner : estimator
    params : dict
    unasked : str or None, default=None
        The part whose ``fit`` gets all of them where metadata routing is not enabled, so that none can be
        requested; None refuses them.

    Returns
    -------
    routed : Bunch

    Raises
    ------
    InputError
        Where metadata routing is not enabled, and no part gets them unasked.
    TypeError
        Where nobody requests one of them.
    """
    if params and not get_config()["enable_metadata_routing"]:
        if unasked is not None:
            return Bunch(**{unasked: Bunch(fit=params), "splitter": Bunch(split={})})
        raise InputError(
            f"{type(owner).__name__}.fit got {', '.join(params)}, which is only supported if "
            "enable_metadata_routing=True, see sklearn.set_config, for a part that requests it"
        )
    return process_routing(owner, "fit", **params)
