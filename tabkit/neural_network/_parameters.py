"""The parameters that all networks share."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from tabkit._core._docstrings import fill_docstring


@dataclass(eq=False, repr=False, kw_only=True)
class TrainingParameters:
    """What the training of every network takes, stored as it is given. None takes what the settings say.

    Parameters
    ----------
    loss : str, module or callable, default=None
        What is minimised. Classes: "cross_entropy" (default) or "focal" (hard rows count more). Values:
        "squared_error" (default), "absolute_error" (medians, unmoved by outliers), "huber", "quantile".
        Or a torch module or function of output and target.
    mixup : float, default=None
        Trains on rows that lie between two rows; the alpha of Zhang et al. 2018, 0 for none. Raise it when
        a net with few rows overfits; lower it when both losses stay high.
    l1 : float, default=None
        Penalty on absolute weights. Raise it where most columns are noise.
    weight_decay : float, default=None
        Pulls weights to zero. Raise it when the net overfits, lower it when it underfits.
    optimizer : str or torch optimiser class, default=None
        "adamw", "adam", "sgd", "rmsprop", or another of torch's.
    optimizer_options : mapping of str, default=None
        Its arguments, such as ``{"betas": (0.9, 0.95), "eps": 1e-8}``.
    learning_rate : float, default=None
        Lower it when the loss jumps or diverges; raise it when the loss falls slowly to the last epoch.
    scale_learning_rate : bool, default=False
        Multiply the learning rate by the root of ``batch_size / 256``.
    schedule : str, default=None
        How the learning rate goes: "constant", "one_cycle", "cosine", "cosine_restarts", "linear",
        "polynomial", "step", "plateau", "multi_cycle_cosine" (RealMLP's), "flat_cosine".
    schedule_options : mapping of str, default=None
        Its settings, such as ``{"final_factor": 0.01}``.
    warmup : int or float, default=None
        Steps, or share of the training, in which the rate rises from 0. Raise it when the first epochs
        diverge.
    max_epochs : int, default=None
        Passes over the rows at most, which the schedule is drawn over. Raise it when training was stopped
        by it and the loss was still falling.
    batch_size : int, default=None
        Rows of a step. Larger is faster per epoch and takes fewer steps, which costs accuracy unless the
        learning rate rises too; smaller suits few rows.
    n_accumulated : int, default=1
        A batch goes through the network in so many parts, whose gradients add up. Raise it when the memory
        of the device is too small.
    clip_norm : float, default=None
        Longest gradient. Set it to 1 when the loss has spikes.
    average_decay : float, default=None
        Of the moving average of the weights, which is validated and kept; 0.99 to 0.9999, with more steps
        more. None averages nothing.
    checkpoint_gradients : bool, default=False
        Compute activations twice instead of keeping them: less memory, a third more time.
    precision : {"auto", "float32", "bfloat16", "float16"}, default="auto"
        Of matrix products in training. "auto" takes what is faster on the device and safe.
    initial_scale : float, default=65536.0
        Of the loss, for "float16"; lower it when the first steps are skipped.
    compile_network : bool, default=False
        Whether `torch.compile` compiles the network: it takes up to a minute, and pays for long training.
    device : str, default="auto"
        "cpu", "cuda", "cuda:1", ...; "auto" takes a GPU where there is one.
    early_stopping : bool, default=True
        Whether rows are set aside to choose the best epoch by. False trains to the end on all rows, by
        default for 40 epochs.
    validation_fraction : float, default=0.2
        Share of the rows that is set aside. Raise it when the best epoch is a matter of luck.
    patience : int, default=None
        Validations without a better one after which training stops. Raise it where the score is noisy.
    validate_every : int, default=None
        Steps between two validations; None validates after each epoch. For millions of rows.
    scoring : str or callable, default=None
        What chooses the best epoch, as in scikit-learn; None takes the log loss, or the loss.
    refit : bool, default=None
        Whether to train once more on all rows, for as many epochs as were best: nearly twice the time, and
        most of what more rows are worth. False keeps the weights that were validated.
    on_divergence : {"raise", "retry"}, default="raise"
        What to do when the loss is no number any more; "retry" begins anew at a tenth of the rate.
    checkpoint_dir : str or path-like, default=None
        Folder for the state after each epoch: the same fit, killed and called again, goes on from it to the
        same weights. Needs a number as ``random_state``.
    n_checkpoints : int, default=2
        States kept of each training, the last ones.
    max_categories : int, default=None
        Categories kept per column, the most frequent ones; the others count as unseen. None keeps all.
    strict : bool, default=False
        Whether text that is no number or date, in a column of such, is refused; by default it counts as
        missing, with an `UnreadableValuesWarning`.
    callbacks : sequence of skorch callbacks, default=None
        Of the training that is validated, not of a ``refit``. Of the net that skorch hands them they may
        read what training made: ``history``, ``module_``, ``optimizer_``. One that raises KeyboardInterrupt
        after an epoch ends it. Those whose work a parameter does, such as LRScheduler, are refused.
    start_from : estimator, default=None
        A fitted network whose encoder, weights and architecture (where nothing else is given) are where
        training starts, for other rows or another target of a table with the same columns. A head for
        another target is drawn anew. Where this estimator is cloned, as in a search, pass
        ``sklearn.frozen.FrozenEstimator(network)``.
    frozen : sequence of {"embeddings", "trunk"}, default=()
        Parts that keep the weights they start with. Freeze more the fewer rows there are.
    unfreeze_after : int, default=None
        Epochs after which the frozen parts are trained too, the trunk first, and so many later the
        embeddings; None keeps them frozen.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights that are there, for a table with the same columns.
    verbose : int, default=0
        1 shows a progress bar, 2 prints a line for each epoch.
    random_state : int, RandomState or None, default=None
        Seed of the split, the first weights and the batches; None draws a new one for each fit.
    n_jobs : int, default=None
        Threads; None follows OMP_NUM_THREADS, else the processors given; -1 takes those.

    Attributes
    ----------
    settings_ : Settings
        What every parameter became.
    network_ : torch.nn.Module
        With the weights that are kept.
    history_ : DataFrame
        A row for each epoch.
    n_epochs_ : int
        The epoch whose weights are kept.
    n_parameters_ : int
        Weights of the network.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Where the training table had names.
    """

    loss: Any = None
    mixup: float | None = None
    l1: float | None = None
    weight_decay: float | None = None
    optimizer: Any = None
    optimizer_options: Mapping[str, Any] | None = None
    learning_rate: float | None = None
    scale_learning_rate: bool = False
    schedule: str | None = None
    schedule_options: Mapping[str, Any] | None = None
    warmup: float | None = None
    max_epochs: int | None = None
    batch_size: int | None = None
    n_accumulated: int = 1
    clip_norm: float | None = None
    average_decay: float | None = None
    checkpoint_gradients: bool = False
    precision: str = "auto"
    initial_scale: float = 65536.0
    compile_network: bool = False
    device: str = "auto"
    early_stopping: bool = True
    validation_fraction: float = 0.2
    patience: int | None = None
    validate_every: int | None = None
    scoring: Any = None
    refit: bool | None = None
    on_divergence: str = "raise"
    checkpoint_dir: str | os.PathLike[str] | None = None
    n_checkpoints: int = 2
    max_categories: int | None = None
    strict: bool = False
    callbacks: Sequence[Any] | None = None
    start_from: Any = None
    frozen: Sequence[str] = ()
    unfreeze_after: int | None = None
    warm_start: bool = False
    verbose: int = 0
    random_state: int | np.random.RandomState | None = None
    n_jobs: int | None = None


@fill_docstring(TrainingParameters)
@dataclass(eq=False, repr=False)
class NetworkParameters(TrainingParameters):
    """What all multilayer perceptrons take, stored as it is given. None takes what the preset says.

    Parameters
    ----------
    preset : {"fast", "balanced", "accurate", "realmlp", "classic-fast", "classic", "classic-accurate"}, \
            default="balanced"
        What every parameter that is None becomes; fitted, ``settings_`` has all of them. The first three
        are after TabM, with 4, 8 and 16 members, and adapt to rows and classes; "realmlp" is one network
        after RealMLP; the others are an older recipe (ReLU, batch normalisation, much dropout, focal loss,
        mixup), kept to compare with.
    {TrainingParameters}
    hidden_sizes : sequence of int, default=None
        Units of the hidden layers. More for many rows with a complicated target; fewer when it overfits or
        takes too long. () is a linear model on the embeddings.
    activation : str, default=None
        "relu", "silu", "gelu", "mish", "selu", ...; smooth ones suit smooth targets.
    dropout : float, default=None
        Share of the units dropped in training. Raise it when the validation loss rises while the training
        loss falls; lower it when both stay high.
    normalization : {"none", "batch", "layer", "group"}, default=None
        Of the units. "batch" lets deep nets learn faster and needs batches of 32 or more; "layer" and
        "group" do not depend on the batch.
    residual : bool, default=None
        Whether layers of one size add to what they are given; for more than four of them.
    n_members : int, default=None
        Networks that share their weights, train together and are averaged (TabM, Gorishniy et al. 2024).
        More are more accurate and steadier, and take nearly so many times longer.
    member_adapters : {"all", "input"}, default=None
        Whether each layer or only the input tells the members apart. "input" is faster, "all" more varied.
    numeric_embedding : {"none", "periodic", "plr", "piecewise_linear"}, default=None
        What each number becomes before the first layer. Embeddings help where the target jumps or
        oscillates along a number; "none" is fastest and does for nearly linear targets.
    numeric_embedding_size : int, default=None
        Inputs that each number becomes. Lower it for hundreds of columns.
    embedding_size : int or "auto", default=None
        Inputs that a category column becomes; "auto" grows with its categories. Lower it when rare
        categories are learnt by heart.
    max_one_hot : int, default=None
        Columns with so many categories or fewer are indicators instead.
    initialization : {"default", "xavier", "kaiming", "orthogonal", "realmlp"}, default=None
        Of the weights; "realmlp" looks at the data.

    Attributes
    ----------
    {TrainingParameters}
    """

    preset: str = "balanced"
    _: KW_ONLY
    hidden_sizes: Sequence[int] | None = None
    activation: str | None = None
    dropout: float | None = None
    normalization: str | None = None
    residual: bool | None = None
    n_members: int | None = None
    member_adapters: str | None = None
    numeric_embedding: str | None = None
    numeric_embedding_size: int | None = None
    embedding_size: int | str | None = None
    max_one_hot: int | None = None
    initialization: str | None = None
