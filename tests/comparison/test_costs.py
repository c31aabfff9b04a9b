"""What may not finish within the limit is said before the first fit."""

from __future__ import annotations

import pytest

from tabkit._core._parameters import speak_of_options
from tabkit.catalog import IMBALANCE
from tabkit.comparison._run._entrants import make_entrants
from tabkit.comparison._words._costs import introduce_costs
from tabkit.data import Task
from tabkit.evaluation import Entrant

HEAD = "To fit: 4 models on 5 folds, strong and cheap ones first"


def make(name: str, cost: float, priority: float, *, is_reference: bool = False) -> Entrant:
    return Entrant(name, None, cost=cost, priority=priority, is_reference=is_reference)


ENTRANTS = (
    make("net", 20.0, 0.1),
    make("dummy", 1.0, 0.0, is_reference=True),
    make("booster", 4.0, 0.9),
    make("calibrated", 25.0, 0.2),
    Entrant("absent", None, cost=500.0, status="not installed"),
)


def test_the_last_in_order_that_have_half_of_the_cost_are_named() -> None:
    with speak_of_options({"time_limit": "--time-limit"}):
        line = introduce_costs(ENTRANTS, 5, 600.0)
    assert line == (
        f"{HEAD}; the last (calibrated, net) cost about 90 % of the time of all and may not finish within "
        "600 s: --time-limit can be raised"
    )


@pytest.mark.parametrize(("entrants", "limit"), [(ENTRANTS, None), (ENTRANTS[:1], 600.0)])
def test_without_a_limit_or_with_one_model_nobody_comes_too_late(
    entrants: tuple[Entrant, ...], limit: float | None
) -> None:
    n_models = "1 model" if len(entrants) == 1 else "4 models"
    assert introduce_costs(entrants, 5, limit) == HEAD.replace("4 models", n_models)


def test_cures_for_a_rare_class_end_with_the_dear_ones() -> None:
    entrants = make_entrants(list(IMBALANCE), (), Task("binary", ("no", "yes")), 0).entrants
    line = introduce_costs(entrants, 5, 60.0)
    assert line.startswith("To fit: 12 models on 5 folds")
    named = line.partition("the last (")[2].partition(")")[0].split(", ")
    assert {"lightgbm_smote_calibrated", "mlp_focal"} <= set(named)
    assert not {"dummy", "linear", "lightgbm"} & set(named)
