"""Named candidates: how each is built, what it costs, and the extra it needs."""

from tabkit.catalog._candidate import Candidate
from tabkit.catalog._elsewhere import COST_IF_UNKNOWN, check_model, seed_model, tell_positive
from tabkit.catalog._finish import CALIBRATIONS, count_fits, finish_model
from tabkit.catalog._imbalance import IMBALANCE, IMBALANCE_METRICS
from tabkit.catalog._imported import import_candidate, name_place
from tabkit.catalog._list_models import describe_candidate, list_models
from tabkit.catalog._make_model import make_model
from tabkit.catalog._register import (
    CATALOG,
    find_broken_plugins,
    get_candidate,
    list_candidates,
    select_candidates,
)
from tabkit.catalog._requests import OBJECTIVES, TARGET_TRANSFORMS, add_requests

__all__ = [
    "CALIBRATIONS",
    "CATALOG",
    "COST_IF_UNKNOWN",
    "IMBALANCE",
    "IMBALANCE_METRICS",
    "OBJECTIVES",
    "TARGET_TRANSFORMS",
    "Candidate",
    "add_requests",
    "check_model",
    "count_fits",
    "describe_candidate",
    "find_broken_plugins",
    "finish_model",
    "get_candidate",
    "import_candidate",
    "list_candidates",
    "list_models",
    "make_model",
    "name_place",
    "seed_model",
    "select_candidates",
    "tell_positive",
]
