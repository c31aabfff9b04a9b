"""Splitters that keep groups together and time in order, and the choice between them."""

from tabkit.model_selection._forward_split import ForwardSplit
from tabkit.model_selection._role_aware_kfold import RoleAwareKFold
from tabkit.model_selection._roles import TooFewRowsError
from tabkit.model_selection._splitter_choice import choose_splitter, describe_splitter
from tabkit.model_selection._validation_split import split_for_validation

__all__ = [
    "ForwardSplit",
    "RoleAwareKFold",
    "TooFewRowsError",
    "choose_splitter",
    "describe_splitter",
    "split_for_validation",
]
