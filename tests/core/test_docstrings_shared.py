"""Docstrings that classes share are filled in, and their absence under ``-OO`` does no harm."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tabkit._core._docstrings import fill_docstring

# skorch, LightGBM and XGBoost themselves cannot be imported without docstrings: nothing is fitted.
WITHOUT_DOCSTRINGS = """
import pickle
from sklearn.base import clone
from tabkit.boosting import LightGBMClassifier, XGBoostRegressor
for cls in (LightGBMClassifier, XGBoostRegressor):
    assert not cls.__doc__, cls.__doc__
    model = clone(cls(random_state=3))
    assert pickle.loads(pickle.dumps(model)).get_params() == model.get_params()
    print(type(model).__name__)
"""


class Tree:
    """A tree.

    Parameters
    ----------
    depth : int, default=3
        Splits above each other.

    Attributes
    ----------
    n_leaves_ : int
    """


def test_each_section_gets_what_the_section_of_the_other_class_says() -> None:
    @fill_docstring(Tree)
    class Forest(Tree):
        """Several trees.

        Parameters
        ----------
        {Tree}
        n_trees : int, default={100}

        Attributes
        ----------
        {Tree}

        Examples
        --------
        >>> {1}
        """

    assert Forest.__doc__ == (
        "Several trees.\n\nParameters\n----------\ndepth : int, default=3\n    Splits above each other.\n"
        "n_trees : int, default={100}\n\nAttributes\n----------\nn_leaves_ : int\n\n"
        "Examples\n--------\n>>> {1}"
    )


def test_a_section_that_the_other_class_lacks_is_an_error() -> None:
    class Bare:
        """Nothing."""

    class Forest:
        """Several trees.

        Parameters
        ----------
        {Bare}
        """

    with pytest.raises(LookupError, match="Bare has no section 'Parameters'"):
        fill_docstring(Bare)(Forest)


@pytest.mark.slow
def test_without_docstrings_everything_works() -> None:
    answer = subprocess.run(
        [sys.executable, "-OO", "-W", "ignore", "-c", WITHOUT_DOCSTRINGS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.split() == ["LightGBMClassifier", "XGBoostRegressor"], answer.stderr
