"""Splitters that keep groups together and time in order, and the choice between them."""

from tabkit.model_selection._forward_split import ForwardSplit
from tabkit.model_selection._purged_kfold import PurgedKFold
from tabkit.model_selection._role_aware_kfold import RoleAwareKFold
from tabkit.model_selection._roles import TooFewRowsError
from tabkit.model_selection._split_inspection import SplitInspection, inspect_splits, plot_splits
from tabkit.model_selection._splitter_choice import choose_splitter, describe_splitter
from tabkit.model_selection._validation_split import split_for_validation

__all__ = [
    "ForwardSplit",
    "PurgedKFold",
    "RoleAwareKFold",
    "SplitInspection",
    "TooFewRowsError",
    "choose_splitter",
    "describe_splitter",
    "inspect_splits",
    "plot_splits",
    "split_for_validation",
]
