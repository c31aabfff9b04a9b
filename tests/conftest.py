"""What all tests share: one thread each, made-up tables, and the way to the real ones."""

from __future__ import annotations

import os
import shutil
import signal
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tabkit._core._processors import THREAD_VARIABLES

# Before numpy is imported anywhere: the test processes share the processors. tests/kernels.py asks for two.
os.environ.update(dict.fromkeys(THREAD_VARIABLES, os.environ.get("TABKIT_TEST_THREADS", "1")))
os.environ.setdefault("MPLBACKEND", "agg")

# A shell starts what it puts into the background with Ctrl-C ignored, and runs would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if TYPE_CHECKING:
    import pandas as pd

BENCHMARK_DATA = "TABKIT_BENCHMARK_DATA"
# A package of its own, for the tests to install.
EXAMPLE_PACKAGE = Path(__file__).with_name("example_package")
collect_ignore = [str(EXAMPLE_PACKAGE)]


# Made of other candidates of the catalog, and fitted six times or more: what goes for those goes for them.
COMPOSED = frozenset(
    {
        "catboost_features",
        "greedy",
        "lightgbm_features",
        "lightgbm_selected",
        "lightgbm_smote_calibrated",
        "lightgbm_undersampled_calibrated",
        "mlp_focal",
        "stacking",
        "ft_transformer",
        "tabm",
        "xgboost_features",
    }
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests of composed candidates as slow; skip those on real data, in words, where there is none."""
    for item in items:
        given = getattr(item, "callspec", None)
        names = [value for value in given.params.values() if isinstance(value, str)] if given else []
        if COMPOSED.intersection(names):
            item.add_marker(pytest.mark.slow)
    if os.environ.get(BENCHMARK_DATA):
        return
    skip = pytest.mark.skip(reason=f"real data: set {BENCHMARK_DATA} to the folder with index.json")
    for item in items:
        if "real_data" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session", autouse=True)
def keep_fork_servers() -> Iterator[None]:
    """Let runs of all kinds find the process that their workers are forks of: each takes seconds to start."""
    from tabkit.evaluation._fork_server import ForkServer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ForkServer, "most_idle", 4)
        yield


@pytest.fixture(scope="session")
def benchmark_data() -> Path:
    """Folder with the real sets and their ``index.json``; skips the test where there is none."""
    folder = os.environ.get(BENCHMARK_DATA)
    if not folder:
        pytest.skip(f"real data: set {BENCHMARK_DATA} to the folder with index.json")
    path = Path(folder)
    if not (path / "index.json").is_file():
        pytest.fail(f"{BENCHMARK_DATA} is {folder!r}, and there is no index.json in it")
    return path


@pytest.fixture(scope="session")
def example_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder in which a package with models for tabkit is installed: put it into the path.

    Written as an installer does, which would need the network for the package's build tool.
    """
    project = tomllib.loads((EXAMPLE_PACKAGE / "pyproject.toml").read_text())["project"]
    folder = tmp_path_factory.mktemp("installed")
    shutil.copytree(EXAMPLE_PACKAGE / "tabkit_example", folder / "tabkit_example")
    information = folder / f"tabkit_example-{project['version']}.dist-info"
    information.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (information / "METADATA").write_text(head)
    groups = project["entry-points"].items()
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in groups
    ]
    (information / "entry_points.txt").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="session")
def shorten() -> Callable[[Any], Any]:
    """Let the networks in a model train for twenty epochs: ``shorten(model)`` returns it."""

    def shorten(model: Any) -> Any:
        epochs = [name for name in model.get_params() if name.endswith("model__max_epochs")]
        return model.set_params(**dict.fromkeys(epochs, 20))

    return shorten


@pytest.fixture(scope="session")
def awkward_frame() -> Callable[..., pd.DataFrame]:
    """Make a table as awkward as real ones: ``awkward_frame("binary", n_rows=240, seed=0)``."""
    from awkward_tables import make_awkward_frame

    return make_awkward_frame
