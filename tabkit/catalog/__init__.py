"""Named candidates: how each is built, what it costs, and the extra it needs."""

from tabkit.catalog._candidate import Candidate
from tabkit.catalog._make_model import make_model
from tabkit.catalog._register import CATALOG, get_candidate, select_candidates
from tabkit.catalog._requests import OBJECTIVES, TARGET_TRANSFORMS, add_requests, with_target_transform

__all__ = [
    "CATALOG",
    "OBJECTIVES",
    "TARGET_TRANSFORMS",
    "Candidate",
    "add_requests",
    "get_candidate",
    "make_model",
    "select_candidates",
    "with_target_transform",
]
