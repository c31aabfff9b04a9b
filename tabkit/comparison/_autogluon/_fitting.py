"""AutoGluon's fit and predictions on one outer fold, for a process that does nothing else."""

from __future__ import annotations

import importlib
import signal
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from tabkit._core._optional import is_installed
from tabkit.comparison._autogluon._answer import AutoGluonFailure, AutoGluonFold
from tabkit.comparison._autogluon._presets import preset_settings
from tabkit.comparison._autogluon._request import AutoGluonRequest
from tabkit.evaluation import THRESHOLD

if TYPE_CHECKING:
    import numpy as np
    from autogluon.tabular import TabularPredictor

# AutoGluon overruns its limit by the last model and the ensemble; a refit on all rows counts
# towards no limit at all.
_FIT_SHARE = 0.9
_FIT_SHARE_BEFORE_REFIT = 0.85
_PREDICT_SECONDS = 4.0
_OVERSTAY_SECONDS = 1.0
_FIT_FUNCTION = "_train_single"  # of AutoGluon's trainer; what it raises there is the model's failure
# With less, dynamic stacking takes a quarter of the time, and often more, to finish no model.
_DYNAMIC_STACKING_SECONDS = 300.0
_NO_MODEL_IN_TIME = "AutoGluon finished no model in its time"
_PACKAGE_OF_FAMILY = {
    "CAT": "catboost",
    "FASTAI": "fastai",
    "GBM": "lightgbm",
    "GBM_PREP": "lightgbm",
    "NN_TORCH": "torch",
    "TABM": "torch",
    "XGB": "xgboost",
}


def fit_and_predict(request: AutoGluonRequest, folder: Path) -> AutoGluonFold | AutoGluonFailure:
    """Fit on the training rows and predict the test rows; what it raises is a failure, its traceback printed.

    Parameters
    ----------
    request : AutoGluonRequest
    folder : Path
        Where AutoGluon keeps its models; made.

    Returns
    -------
    answer : AutoGluonFold or AutoGluonFailure
    """
    try:
        return _fit_and_predict(request, folder)
    except Exception as error:  # noqa: BLE001 - not hidden: the parent raises it again
        traceback.print_exc()
        return _explain(error)


def _explain(error: Exception) -> AutoGluonFailure:
    reason = _one_line(type(error).__name__, str(error))
    if type(error).__name__ == "TimeLimitExceeded" or "Not enough time" in reason:
        return AutoGluonFailure(_NO_MODEL_IN_TIME, "too little time")
    return AutoGluonFailure(f"AutoGluon failed: {reason}", "failed")


def _fit_and_predict(request: AutoGluonRequest, folder: Path) -> AutoGluonFold | AutoGluonFailure:
    import autogluon.tabular

    preset = preset_settings(request.preset)
    if is_installed("torch"):
        importlib.import_module("torch")  # AutoGluon's fit would, before its clock runs
    started = time.perf_counter()
    predictor = autogluon.tabular.TabularPredictor(
        label="label",
        problem_type=request.problem_type,
        eval_metric=request.eval_metric,
        path=str(folder),
        positive_class=1 if request.problem_type == "binary" else None,
        # For fitting and not for scoring, as for tabkit's own candidates.
        sample_weight="weight" if request.has_weights else None,
        # Roles shape the validation and are no features, as for tabkit's own candidates.
        learner_kwargs={"random_state": request.random_state, "ignored_columns": ["group", "time"]},
    )
    settings = _fit(predictor, request, preset)
    fit_seconds = time.perf_counter() - started
    if not predictor.model_names():
        return _explain_no_model(predictor)
    started = time.perf_counter()
    prediction, proba = _predict(predictor, request)
    return AutoGluonFold(
        prediction=prediction,
        proba=proba,
        fit_seconds=fit_seconds,
        predict_seconds=time.perf_counter() - started,
        model_bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        details={"version": autogluon.tabular.__version__} | _describe(predictor, request, settings),
    )


def _fit(predictor: TabularPredictor, request: AutoGluonRequest, preset: dict[str, Any]) -> dict[str, Any]:
    """Fit, and return the settings that differ from the preset's."""
    from autogluon.core.callbacks import AbstractCallback

    AbstractCallback.register(_OverstayGuard)  # not a subclass: AutoGluon is imported here, not above
    signal.signal(signal.SIGALRM, _interrupt)
    has_refit = bool(preset.get("refit_full"))
    time_limit = _fit_limit(request.deadline, has_refit=has_refit)
    settings: dict[str, Any] = {}
    structure = _validation_structure(request)
    if structure:
        settings["validation_structure"] = structure
    if has_refit:
        settings["refit_full"] = "best"  # by default all: time that counts towards no limit, to no use
    if time_limit < _DYNAMIC_STACKING_SECONDS:
        settings["dynamic_stacking"] = False
    predictor.fit(
        request.train,
        time_limit=time_limit,
        presets=request.preset,
        num_cpus=request.n_threads,
        num_gpus=0,
        fit_strategy="sequential",
        # Ray starts processes in sessions of their own, which would outlive a kill.
        ag_args_ensemble={"fold_fitting_strategy": "sequential_local"},
        ds_args={"memory_safe_fits": False},
        callbacks=[*preset.get("callbacks", []), _OverstayGuard()],
        raise_on_no_models_fitted=False,
        **settings,
    )
    return settings


def _fit_limit(deadline: float, *, has_refit: bool) -> float:
    """Seconds for AutoGluon's fit, so that what follows it is over at the deadline."""
    share = _FIT_SHARE_BEFORE_REFIT if has_refit else _FIT_SHARE
    return max(1.0, share * (deadline - time.time() - _PREDICT_SECONDS))


class _OverstayGuard:
    """Callback that interrupts a model which overstays the time AutoGluon has left for it.

    Some look at the clock only when it is too late: a random forest for two classes builds all
    its trees first. AutoGluon takes the interruption for the model's own and goes on with the
    models that it has. Fits alone are interrupted, not what AutoGluon does after one has failed.
    """

    def before_trainer_fit(self, trainer: object, **arguments: object) -> None:
        """Do nothing."""

    def after_trainer_fit(self, trainer: object) -> None:
        """Do nothing."""

    def before_model_fit(
        self, trainer: object, model: object, time_limit: float | None, stack_name: str, level: int
    ) -> tuple[bool, bool]:
        """Set the alarm, except for an ensemble, which is quick; stop and skip nothing."""
        if time_limit is not None and stack_name == "core":
            overstay_seconds = max(0.0, time_limit) + _OVERSTAY_SECONDS
            signal.setitimer(signal.ITIMER_REAL, overstay_seconds, _OVERSTAY_SECONDS)
        return False, False

    def after_model_fit(self, trainer: object, model_names: list[str], stack_name: str, level: int) -> bool:
        """Take the alarm back; stop nothing."""
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        return False


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    from autogluon.core.utils.exceptions import TimeLimitExceeded

    while frame is not None:
        if frame.f_code.co_name == _FIT_FUNCTION:
            raise TimeLimitExceeded
        frame = frame.f_back


def _validation_structure(request: AutoGluonRequest) -> dict[str, Any]:
    """What AutoGluon shall keep apart when it validates."""
    if request.has_times:
        return {"group_time_on": "group"} if request.has_groups else {"time_on": "time"}
    return {"group_on": "group"} if request.has_groups else {}


def _predict(predictor: TabularPredictor, request: AutoGluonRequest) -> tuple[np.ndarray, np.ndarray | None]:
    """Predict values, or class codes and the probabilities of all classes."""
    import numpy as np

    if request.problem_type == "regression":
        return predictor.predict(request.test).to_numpy(dtype=np.float64), None
    known = predictor.predict_proba(request.test)
    codes = predictor.predict_from_proba(known).to_numpy(dtype=np.int64)
    proba = np.zeros((len(known), request.n_classes))
    proba[:, known.columns.to_numpy(dtype=np.int64)] = known.to_numpy(dtype=np.float64)
    return codes, proba / proba.sum(axis=1, keepdims=True)


def _explain_no_model(predictor: TabularPredictor) -> AutoGluonFailure:
    for failure in _failures(predictor):
        if failure["exc_type"] != "TimeLimitExceeded":
            reason = _one_line(f"{failure['model']} failed: {failure['exc_type']}", failure["exc_str"])
            return AutoGluonFailure(f"AutoGluon fitted no model; {reason}", "failed")
    return AutoGluonFailure(_NO_MODEL_IN_TIME, "too little time")


def _failures(predictor: TabularPredictor) -> list[dict[str, Any]]:
    return predictor.model_failures().to_dict("records")


def _one_line(kind: str, message: str) -> str:
    lines = message.strip().splitlines()
    return f"{kind}: {lines[0]}" if lines else kind


def _describe(
    predictor: TabularPredictor, request: AutoGluonRequest, settings: dict[str, Any]
) -> dict[str, str]:
    names = predictor.model_names()
    changes = ["no Ray", "no GPU"]
    if "dynamic_stacking" in settings:
        changes.append(f"no dynamic stacking, as it has less than {_DYNAMIC_STACKING_SECONDS:.0f} s")
    if "refit_full" in settings:
        changes.append("only the best model refitted")
    return {
        "preset": request.preset,
        "other than the preset": ", ".join(changes),
        "processors": str(request.n_threads),
        "metric": request.eval_metric,
        "models fitted": f"{len(names)}: {', '.join(names)}",
        "best model": predictor.model_best,
        "validation": _describe_validation(predictor, request),
        "not fitted": _describe_missing(predictor),
        **_describe_threshold(predictor, request),
    }


def _describe_validation(predictor: TabularPredictor, request: AutoGluonRequest) -> str:
    """Say how it validated, and where that is weaker than tabkit's own inner validation."""
    n_folds = predictor._trainer.k_fold
    is_bagged = n_folds > 1
    parts = "blocks in time" if request.has_times else "whole groups" if request.has_groups else "rows"
    how = f"{n_folds} folds of {parts}" if is_bagged else f"one split of {parts}"
    if request.has_times and is_bagged:
        return f"{how}; weaker than tabkit's: each fold is also trained on what came after it"
    if request.has_times and request.has_groups:
        return f"{how}; weaker than tabkit's: groups that began earlier may last into the time it tests on"
    return how


def _describe_threshold(predictor: TabularPredictor, request: AutoGluonRequest) -> dict[str, str]:
    """The threshold of class predictions of two classes; it chooses one for metrics of labels."""
    if request.problem_type != "binary":
        return {}
    return {THRESHOLD: repr(float(predictor.decision_threshold or 0.5))}


def _describe_missing(predictor: TabularPredictor) -> str:
    """Name the model families of the preset that it has no model of, with the reason."""
    from autogluon.tabular.registry import ag_model_registry

    model_types = predictor._trainer.get_models_attribute_dict("type_inner").values()
    fitted = {model_type.ag_key for model_type in model_types}
    missing = [key for key in predictor.fit_hyperparameters_ if key not in fitted]
    names = {key: ag_model_registry.key_to_cls(key).ag_name for key in missing}
    failures = _failures(predictor)
    return (
        ", ".join(f"{names[key]} ({_why_missing(key, names[key], failures)})" for key in missing) or "nothing"
    )


def _why_missing(key: str, name: str, failures: list[dict[str, Any]]) -> str:
    package = _PACKAGE_OF_FAMILY.get(key)
    if package is not None and not is_installed(package):
        return f"{package} is not installed"
    for failure in failures:
        if failure["model"].startswith(name) and failure["exc_type"] != "TimeLimitExceeded":
            return _one_line(failure["exc_type"], failure["exc_str"])
    return "no time"
