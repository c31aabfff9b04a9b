"""Losses against slow plain versions, torch's own and closed forms; gradients by finite differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.functional import one_hot

from tabkit import InputError
from tabkit.neural_network._training import _classification_loss
from tabkit.neural_network._training._loss import Loss
from tabkit.neural_network._training._losses import make_loss
from tabkit.neural_network._training._mixup import mix

N_ROWS, N_MEMBERS = 7, 3


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def draw_output(loss: Loss, n_columns: int) -> Tensor:
    return 2 * draw(N_ROWS, N_MEMBERS, loss.n_outputs(n_columns))


def draw_codes(n_classes: int) -> Tensor:
    return torch.arange(N_ROWS) % n_classes


def draw_shares(n_classes: int) -> Tensor:
    rows = one_hot(draw_codes(n_classes), n_classes).float()
    return mix(rows, torch.arange(N_ROWS - 1, -1, -1), torch.tensor(0.7))


def slow_classification_loss(
    output: np.ndarray,
    shares: np.ndarray,
    *,
    gamma: float = 0.0,
    weights: np.ndarray,
    smoothing: float = 0.0,
) -> np.ndarray:
    """Row by row, member by member, class by class."""
    n_classes = shares.shape[1]
    if n_classes == 2:  # the logit of the second class
        output = np.concatenate([np.zeros_like(output), output], axis=-1)
    loss = np.zeros(output.shape[:2])
    for row in range(len(output)):
        for member in range(output.shape[1]):
            log_proba = log_softmax(output[row, member])
            for true in range(n_classes):
                weight = shares[row, true] * weights[true]
                for k in range(n_classes):
                    smoothed = (1 - smoothing) * (k == true) + smoothing / n_classes
                    miss = 1 - math.exp(log_proba[k])
                    loss[row, member] -= weight * smoothed * miss**gamma * log_proba[k]
    return loss


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("is_mixed", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_classification_loss_and_its_gradient(
    n_classes: int, is_mixed: bool, smoothing: float, weighted: bool, gamma: float
) -> None:
    weights = np.arange(1.0, n_classes + 1) if weighted else np.ones(n_classes)
    loss = make_loss(
        "focal",
        is_classification=True,
        n_classes=n_classes,
        class_weights=weights.tolist() if weighted else None,
        label_smoothing=smoothing,
        focal_gamma=gamma,
    )
    output = draw_output(loss, n_classes).requires_grad_()
    target = draw_shares(n_classes) if is_mixed else draw_codes(n_classes)
    shares = (target if is_mixed else one_hot(target, n_classes)).double()
    expected = slow_classification_loss(
        output.detach().numpy(), shares.numpy(), gamma=gamma, weights=weights, smoothing=smoothing
    )
    # The weights of classes are float32 inside.
    np.testing.assert_allclose(loss(output, target).detach().numpy(), expected, rtol=1e-6)
    assert torch.autograd.gradcheck(loss, (output, shares if is_mixed else target), atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_focal_with_gamma_0_is_cross_entropy(n_classes: int) -> None:
    plain = make_loss("cross_entropy", is_classification=True, n_classes=n_classes)
    focal = make_loss("focal", is_classification=True, n_classes=n_classes, focal_gamma=0.0)
    output = draw_output(plain, n_classes).float()
    for target in (draw_codes(n_classes), draw_shares(n_classes)):
        assert torch.equal(focal(output, target), plain(output, target))


@pytest.mark.parametrize("name", ["cross_entropy", "focal"])
@pytest.mark.parametrize("is_mixed", [False, True])
def test_the_order_in_memory_changes_nothing(
    name: str, is_mixed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss = make_loss(name, is_classification=True, n_classes=4, class_weights=[1, 2, 3, 4])
    output, target = draw_output(loss, 4), draw_shares(4) if is_mixed else draw_codes(4)
    expected = loss(output, target), loss.to_prediction(output)
    monkeypatch.setattr(_classification_loss, "_MAX_CLASSES_FIRST", 3)
    assert loss.to_prediction(output).is_contiguous()
    torch.testing.assert_close((loss(output, target), loss.to_prediction(output)), expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("is_mixed", [False, True])
@pytest.mark.parametrize("n_classes", [2, 5, 40])
def test_cross_entropy_is_that_of_torch(n_classes: int, is_mixed: bool, smoothing: float) -> None:
    loss = make_loss("cross_entropy", is_classification=True, n_classes=n_classes, label_smoothing=smoothing)
    output = draw_output(loss, n_classes).float()
    target = draw_shares(n_classes) if is_mixed else draw_codes(n_classes)
    logits = torch.cat([torch.zeros_like(output), output], -1) if n_classes == 2 else output
    for member in range(N_MEMBERS):
        expected = functional.cross_entropy(
            logits[:, member], target, reduction="none", label_smoothing=smoothing
        )
        torch.testing.assert_close(loss(output, target)[:, member], expected, rtol=1e-5, atol=1e-6)


def test_a_class_weight_is_the_weight_of_its_rows() -> None:
    options: dict[str, Any] = {"is_classification": True, "n_classes": 3, "label_smoothing": 0.1}
    plain, weighted = (make_loss("focal", class_weights=weights, **options) for weights in (None, (1, 2, 5)))
    output, codes = draw_output(plain, 3), draw_codes(3)
    by_row = plain(output, codes) * torch.tensor([1.0, 2.0, 5.0])[codes][:, None]
    torch.testing.assert_close(weighted(output, codes), by_row, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    ("alpha", "counts", "expected"),
    [
        (0.25, None, [0.75, 0.25]),
        ([3.0, 1.0], None, [3.0, 1.0]),
        ("balanced", [75, 25], [100 / 150, 100 / 50]),
    ],
)
def test_alpha_weighs_classes(alpha: Any, counts: Any, expected: list[float]) -> None:
    plain, weighted = (
        make_loss("focal", is_classification=True, n_classes=2, focal_alpha=value, class_counts=counts)
        for value in (None, alpha)
    )
    output, codes = draw_output(plain, 2), draw_codes(2)
    weights = torch.tensor(expected)[codes][:, None]
    torch.testing.assert_close(weighted(output, codes), plain(output, codes) * weights, rtol=1e-6, atol=0)


def test_alpha_multiplies_class_weights() -> None:
    options: dict[str, Any] = {"is_classification": True, "n_classes": 2}
    both = make_loss("focal", class_weights=[2.0, 3.0], focal_alpha=0.25, **options)
    product = make_loss("focal", class_weights=[1.5, 0.75], **options)
    output, codes = draw_output(both, 2), draw_codes(2)
    torch.testing.assert_close(both(output, codes), product(output, codes), rtol=1e-6, atol=0)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_extreme_outputs_have_finite_losses_and_gradients(n_classes: int) -> None:
    loss = make_loss("focal", is_classification=True, n_classes=n_classes, focal_gamma=0.5)
    output = torch.zeros(4, 1, loss.n_outputs(n_classes))
    output[:, 0, -1] = torch.tensor([-200.0, 200.0, -200.0, 200.0])
    output.requires_grad_()
    result = loss(output, torch.tensor([0, 0, n_classes - 1, n_classes - 1]))
    result.sum().backward()
    assert output.grad is not None
    assert output.grad.isfinite().all()
    # With three classes, two of them may share the probability that is left.
    np.testing.assert_allclose(result[1:3, 0].detach(), 200.0, atol=math.log(2) + 1e-4)
    np.testing.assert_allclose(result[3, 0].detach(), 0.0, atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3, 40])
def test_probabilities_have_a_column_per_class(n_classes: int) -> None:
    loss = make_loss("cross_entropy", is_classification=True, n_classes=n_classes)
    output = draw_output(loss, n_classes)
    proba = loss.to_prediction(output.float())
    assert proba.shape == (N_ROWS, N_MEMBERS, n_classes)
    assert proba.dtype == torch.float32
    torch.testing.assert_close(proba.sum(-1), torch.ones(N_ROWS, N_MEMBERS), rtol=1e-6, atol=0)
    # What is learnt and what is predicted are the same probabilities.
    for code in range(n_classes):
        expected = torch.exp(-loss(output, torch.full((N_ROWS,), code))).float()
        torch.testing.assert_close(proba[..., code], expected, rtol=1e-5, atol=1e-7)


REGRESSION: list[tuple[str, Callable[[float], float]]] = [
    ("squared_error", lambda d: d**2),
    ("absolute_error", abs),
    ("huber", lambda d: d**2 / 2 if abs(d) <= 0.7 else 0.7 * (abs(d) - 0.35)),
]


@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize(("name", "formula"), REGRESSION, ids=[name for name, _ in REGRESSION])
def test_regression_loss_and_its_gradient(
    name: str, formula: Callable[[float], float], n_targets: int
) -> None:
    loss = make_loss(name, is_classification=False, huber_delta=0.7)
    output = draw_output(loss, n_targets).requires_grad_()
    target = draw(N_ROWS, n_targets, seed=1)
    difference = (output - target[:, None]).detach().numpy()
    expected = np.vectorize(formula)(difference).mean(-1)
    np.testing.assert_allclose(loss(output, target).detach().numpy(), expected, rtol=1e-12)
    assert torch.autograd.gradcheck(loss, (output, target))
    assert loss.to_prediction(output) is output


@pytest.mark.parametrize("quantiles", [(0.5,), (0.1, 0.5, 0.9), (0.9, 0.1, 0.5)])
@pytest.mark.parametrize("n_targets", [1, 2])
def test_quantile_loss_and_its_gradient(quantiles: tuple[float, ...], n_targets: int) -> None:
    loss = make_loss("quantile", is_classification=False, quantiles=quantiles)
    output = draw_output(loss, n_targets).requires_grad_()
    target = draw(N_ROWS, n_targets, seed=1)
    expected = np.zeros((N_ROWS, N_MEMBERS))
    columns = [(place, level) for place in range(n_targets) for level in sorted(quantiles)]
    for column, (place, level) in enumerate(columns):
        missing = (target[:, place, None] - output[:, :, column]).detach().numpy()
        expected += np.where(missing > 0, level * missing, (level - 1) * missing) / len(columns)
    # The levels are float32 inside.
    np.testing.assert_allclose(loss(output, target).detach().numpy(), expected, rtol=1e-6)
    assert torch.autograd.gradcheck(loss, (output, target), atol=1e-6)


def test_quantiles_are_learnt_and_come_in_the_order_asked_for() -> None:
    values = draw(1001, 1).float()
    quantiles = (0.9, 0.1, 0.5)
    loss = make_loss("quantile", is_classification=False, quantiles=quantiles)
    output = torch.zeros(1, 1, 3, requires_grad=True)
    optimizer = torch.optim.SGD([output], lr=1.0)
    for _ in range(200):
        optimizer.zero_grad()
        loss(output.expand(len(values), 1, 3), values).mean().backward()
        optimizer.step()
    expected = np.quantile(values.numpy(), quantiles)
    np.testing.assert_allclose(loss.to_prediction(output.detach())[0, 0], expected, atol=0.01)


def test_predicted_quantiles_never_cross() -> None:
    loss = make_loss("quantile", is_classification=False, quantiles=(0.75, 0.25))
    prediction = loss.to_prediction(draw(N_ROWS, N_MEMBERS, 4)).unflatten(-1, (2, 2))
    assert (prediction[..., 0] >= prediction[..., 1]).all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["cross_entropy", "focal", "squared_error", "huber", "quantile"])
def test_half_precision_is_cast_up(name: str, dtype: torch.dtype) -> None:
    is_classification = name in ("cross_entropy", "focal")
    loss = make_loss(name, is_classification=is_classification, n_classes=3, quantiles=(0.1, 0.5, 0.9))
    output = draw(N_ROWS, N_MEMBERS, 3).to(dtype)
    n_targets = 1 if name == "quantile" else 3
    target = draw_codes(3) if is_classification else draw(N_ROWS, n_targets, seed=1).float()
    result = loss(output, target)
    assert result.dtype == loss.to_prediction(output).dtype == torch.float32
    assert torch.equal(result, loss(output.float(), target))


@pytest.mark.parametrize(
    ("own", "name"),
    [
        (nn.CrossEntropyLoss(), "cross_entropy"),
        (nn.CrossEntropyLoss, "cross_entropy"),
        (functional.cross_entropy, "cross_entropy"),
        (nn.MSELoss(reduction="sum"), "squared_error"),
        (nn.L1Loss(reduction="none"), "absolute_error"),
        (lambda output, target: (output - target).square().mean(-1), "squared_error"),
    ],
)
def test_custom_losses_see_members_as_rows(own: Any, name: str) -> None:
    is_classification = name == "cross_entropy"
    options: dict[str, Any] = {"is_classification": is_classification, "n_classes": 4}
    custom, known = make_loss(own, **options), make_loss(name, **options)
    output = draw_output(custom, 4)
    target = draw_codes(4) if is_classification else draw(N_ROWS, 4, seed=1)
    result, expected = custom(output, target), known(output, target)
    assert result.shape == (N_ROWS, N_MEMBERS)
    if own is functional.cross_entropy:  # which is one number
        expected = expected.mean().expand_as(expected)
    torch.testing.assert_close(result, expected, rtol=1e-9, atol=0)
    torch.testing.assert_close(custom.to_prediction(output), known.to_prediction(output))


def test_a_custom_module_is_not_changed() -> None:
    own = nn.MSELoss()
    make_loss(own, is_classification=False)
    assert own.reduction == "mean"


def test_two_classes_with_a_custom_loss_have_two_outputs() -> None:
    custom = make_loss(nn.CrossEntropyLoss(), is_classification=True, n_classes=2)
    assert custom.n_outputs(2) == 2
    output = draw_output(custom, 2)
    assert custom.to_prediction(output).shape == (N_ROWS, N_MEMBERS, 2)
    torch.testing.assert_close(custom(output, draw_shares(2).double()).shape, (N_ROWS, N_MEMBERS))


def test_a_loss_of_ours_is_taken_as_it_is() -> None:
    loss = make_loss("huber", is_classification=False)
    assert make_loss(loss, is_classification=False) is loss


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("crossentropy", {}, "is no loss for classes: did you mean 'cross_entropy'"),
        ("huber", {}, "loss='huber' is no loss for classes: choose one of 'cross_entropy', 'focal'"),
        ("focal", {"is_classification": False}, "no loss for values"),
        (7, {}, "expected a name, a torch module or a function, got 7"),
        ("focal", {"focal_gamma": -1.0}, "focal_gamma=-1.0: expected at least 0"),
        ("focal", {"focal_alpha": 0.5}, "focal_alpha=0.5 is for two classes, and there are 3"),
        ("focal", {"focal_alpha": 1.5, "n_classes": 2}, "focal_alpha=1.5: expected between 0 and 1"),
        ("focal", {"focal_alpha": "even"}, "focal_alpha='even': expected 'balanced'"),
        ("focal", {"focal_alpha": "balanced"}, "needs rows of every class"),
        ("focal", {"focal_alpha": "balanced", "class_counts": [1, 0, 2]}, "needs rows of every class"),
        ("focal", {"focal_alpha": [1.0, 2.0]}, "focal_alpha=.*: expected 3 finite numbers"),
        ("cross_entropy", {"class_weights": [1, -1, 1]}, "class_weight=.* not negative"),
        ("cross_entropy", {"label_smoothing": 1.0}, "label_smoothing=1.0: expected at least 0 and less"),
        ("quantile", {"is_classification": False, "quantiles": (0.5, 0.5)}, "between 0 and 1, each once"),
        ("quantile", {"is_classification": False, "quantiles": ()}, "between 0 and 1, each once"),
        ("huber", {"is_classification": False, "huber_delta": 0.0}, "huber_delta=0.0: expected more than 0"),
    ],
)
def test_says_what_is_wrong(name: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_loss(name, **({"is_classification": True, "n_classes": 3} | options))


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (lambda output, target: 0.0, "one per row .21 here., got a float"),
        (lambda output, target: output[:2], r"one per row .21 here., got shape \(2, 4\)"),
    ],
)
def test_says_what_a_custom_loss_must_return(own: Any, message: str) -> None:
    loss = make_loss(own, is_classification=False)
    with pytest.raises(InputError, match=message):
        loss(draw_output(loss, 4), draw(N_ROWS, 4))
