"""What can be asked for numeric columns, and which wishes go together."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from tabkit._core import InputError
from tabkit._core._constraints import COUNT, SHARE
from tabkit._core._sklearn import make_options

NUMERIC_CONSTRAINTS: dict[str, Any] = {
    "scaling": [make_options("auto", "none", "standard", "min_max", "robust", "quantile", "power", "log")],
    "imputation": [make_options("auto", "mean", "median", "most_frequent", "model", "none")],
    "outliers": [make_options("keep", "clip")],
    "expansion": [make_options("splines", "bins", "polynomial"), None],
    "n_numeric_components": [COUNT, SHARE, None],
}


@dataclass(frozen=True)
class NumericOptions:
    """What was asked for: the parameters of `TablePreprocessor` of the same names."""

    scaling: str = "auto"
    imputation: str = "auto"
    outliers: str = "keep"
    expansion: str | None = None
    n_numeric_components: float | None = None

    @classmethod
    def of(cls, estimator: Any) -> NumericOptions:
        """Take them from an estimator that has them as parameters."""
        return cls(**{option.name: getattr(estimator, option.name) for option in fields(cls)})

    def check(self, *, model_family: str, is_scaled: bool, keeps_columns: bool) -> None:
        """Refuse what does not go together.

        Parameters
        ----------
        model_family : str
        is_scaled : bool
            Whether the family has its numbers scaled and filled.
        keeps_columns : bool
            Whether some columns are to come out under their name.

        Raises
        ------
        InputError
            Says what to leave out or to write instead.
        """
        if self.n_numeric_components is not None:
            asked = f"n_numeric_components={self.n_numeric_components}"
            if not is_scaled:
                raise InputError(
                    f"{asked} is for the model families 'linear' and 'net', not for {model_family!r}: "
                    "leave it None"
                )
            if self.expansion is not None:
                raise InputError(
                    f"{asked} and expansion={self.expansion!r} exclude each other: leave one of them None"
                )
            if self.imputation == "none":
                raise InputError(
                    f"{asked} needs missing values filled: leave imputation='auto', or name a filling"
                )
        replaces_columns = self.n_numeric_components is not None or self.expansion in ("splines", "bins")
        if keeps_columns and replaces_columns:
            raise InputError(
                "keep names columns that come out as they are, which expansion and n_numeric_components "
                "replace: leave these None, or keep empty"
            )
