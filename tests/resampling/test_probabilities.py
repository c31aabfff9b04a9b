"""Resampling ruins probabilities, calibration on rows never resampled repairs them: the benchmark's table."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "resampling.py"


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("resampling_benchmark", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look themselves up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_generator_has_the_base_rate_it_names(benchmark: ModuleType) -> None:
    X, y = benchmark.make_rows(200_000, 0)
    assert y.mean() == pytest.approx(benchmark.BASE_RATE, abs=0.002)  # four standard errors
    again = benchmark.make_rows(200_000, 0)
    np.testing.assert_array_equal(X, again[0])


@pytest.mark.parametrize("seed", [0, 1])
def test_order_and_ratios_of_the_table(benchmark: ModuleType, seed: int) -> None:
    results = {result.variant: result for result in benchmark.run(12_000, seed)}
    plain, smote = results["plain"], results["SMOTE"]
    weighted = results["class_weight='balanced'"]
    sigmoid = results["SMOTE inside sigmoid calibration"]
    temperature = results["SMOTE inside temperature scaling"]
    for ruined in (smote, weighted, temperature):
        assert ruined.brier > 3 * plain.brier
        assert ruined.mean_probability > 5 * plain.mean_probability
    assert sigmoid.brier == pytest.approx(plain.brier, rel=0.05)
    assert sigmoid.mean_probability == pytest.approx(plain.mean_probability, rel=0.1)
    areas = [result.roc_auc for result in results.values()]
    assert max(areas) - min(areas) < 0.01
