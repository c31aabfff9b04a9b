"""Named candidates: how each is built, what it costs, and the extra it needs."""

from tabkit.catalog._candidate import Candidate
from tabkit.catalog._make_model import make_model
from tabkit.catalog._register import CATALOG, get_candidate, select_candidates

__all__ = ["CATALOG", "Candidate", "get_candidate", "make_model", "select_candidates"]
