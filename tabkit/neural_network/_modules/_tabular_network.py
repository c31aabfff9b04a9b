"""The multilayer perceptron for a table: embeddings, hidden layers, head."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from tabkit.neural_network._modules._activations import ParametricActivation
from tabkit.neural_network._modules._categorical import CategoricalEmbedding
from tabkit.neural_network._modules._initialization import initialize_linear
from tabkit.neural_network._modules._members import ALL, MemberHead, MemberLinear, take_members
from tabkit.neural_network._modules._network import Network
from tabkit.neural_network._modules._network_spec import NetworkSpec
from tabkit.neural_network._modules._numeric import PeriodicEmbedding, PiecewiseLinearEmbedding
from tabkit.neural_network._modules._trunk import Trunk

# Of one processor: its own part of the cache.
_BYTES_IN_CACHE = 2 * 2**20
_CACHES_WORTH_SPLITTING = 4


class TabularNetwork(Network):
    """One network, or many that train together, from numbers and codes to outputs.

    Parameters
    ----------
    spec : NetworkSpec

    Attributes
    ----------
    numeric : PeriodicEmbedding, PiecewiseLinearEmbedding or None
    categorical : CategoricalEmbedding or None
    input_scale : Parameter of shape (n_inputs,) or None
        Starts at one.
    trunk : Trunk
    head : nn.Linear or MemberHead
    input_columns : list of int
        The column that each input of the trunk stems from: numbers, then categorical columns.
    n_inputs : int

    Examples
    --------
    >>> network = TabularNetwork(NetworkSpec(n_numbers=3, cardinalities=(4,), n_outputs=2, n_members=8))
    >>> network(torch.randn(5, 3), torch.tensor([[0], [1], [2], [3], [2]])).shape
    torch.Size([5, 8, 2])
    """

    architecture = "mlp"
    input_scale: nn.Parameter | None

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        self.numeric = _make_numeric(spec)
        self.categorical: CategoricalEmbedding | None = None
        numbers = list(range(spec.n_numbers))
        if self.numeric is not None:
            numbers[: spec.n_embedded_numbers] = self.numeric.output_columns
        self.input_columns = numbers
        if spec.cardinalities:
            self.categorical = CategoricalEmbedding(
                spec.cardinalities,
                embedding_size=spec.embedding_size,
                max_one_hot=spec.max_one_hot,
                scale=1.0 if spec.initialization == "realmlp" else None,
            )
            self.input_columns += [spec.n_numbers + column for column in self.categorical.output_columns]
        self.n_inputs = len(self.input_columns)
        scale = nn.Parameter(torch.ones(self.n_inputs)) if spec.input_scale else None
        self.register_parameter("input_scale", scale)
        self.trunk = Trunk(self.input_columns, spec)
        self.head = _make_head(self.trunk.n_outputs, spec)

    def embed(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """Turn the columns into the inputs that all members share.

        Parameters
        ----------
        numbers : Tensor of shape (n_rows, n_numbers)
        codes : Tensor of shape (n_rows, n_categorical)

        Returns
        -------
        embedded : Tensor of shape (n_rows, n_inputs)
            In the order of `input_columns`. It may be ``numbers`` itself.
        """
        parts = []
        if self.numeric is not None:
            n_embedded = self.spec.n_embedded_numbers
            parts += self.numeric.parts(numbers[:, :n_embedded])
            if self.spec.n_plain_numbers:
                parts.append(numbers[:, n_embedded:])
        elif self.spec.n_numbers:
            parts.append(numbers)
        if self.categorical is not None:
            parts += self.categorical.parts(codes)
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def decide(self, embedded: Tensor) -> Tensor:
        """Outputs of every member for embedded rows.

        Parameters
        ----------
        embedded : Tensor of shape (n_rows, n_inputs) or (n_rows, n_members, n_inputs)

        Returns
        -------
        output : Tensor of shape (n_rows, n_members, n_outputs)
        """
        values = embedded
        if values.ndim == 3:
            values = values[:, 0] if self.spec.n_members == 1 else values.transpose(0, 1)
        if self.input_scale is not None:
            values = values * self.input_scale
        if self.spec.n_members == 1:
            return self.head(self.trunk(values)).unsqueeze(1)
        outputs = [
            self.head(self.trunk(values if values.ndim == 2 else take_members(values, group), group), group)
            for group in self._group_members(values)
        ]
        output = outputs[0] if len(outputs) == 1 else torch.cat(outputs)
        return output.transpose(0, 1)

    def _group_members(self, values: Tensor) -> list[slice]:
        """Members that go through the layers together: on a processor so many as its cache can hold.

        Tensors that outgrow it are read from memory by every one of some ten operations per block, and
        very large ones are taken from the system anew each time.
        """
        if values.device.type != "cpu" or torch.compiler.is_compiling():
            return [ALL]
        n_members = self.spec.n_members
        n_bytes = 4 * values.shape[-2] * max(self.spec.hidden_sizes, default=0)
        in_cache = _BYTES_IN_CACHE * torch.get_num_threads()
        if n_members * n_bytes <= _CACHES_WORTH_SPLITTING * in_cache:
            return [ALL]
        n_groups = min(n_members, -(-n_members * n_bytes // in_cache))
        ends = [n_members * number // n_groups for number in range(n_groups + 1)]
        return [slice(start, end) for start, end in pairwise(ends)]

    def parameter_groups(self) -> dict[str, list[nn.Parameter]]:
        """The parameters by their role, for learning rates and weight decay of their own.

        The second axis of every parameter in "weights" and "head" has the size of its inputs.

        Returns
        -------
        groups : dict of str to list of Parameter
            Of "numeric_embedding", "categorical_embedding", "input_scale", "weights" (of the hidden
            linear layers), "biases" (of these and of the head), "member_adapters", "normalization",
            "activation" and "head" (its weights), those that the network has. Every parameter is in one.
        """
        groups: dict[str, list[nn.Parameter]] = {}
        for module_name, module in self.named_modules():
            for name, parameter in module.named_parameters(recurse=False):
                groups.setdefault(_find_role(module_name, module, name), []).append(parameter)
        return groups


def _find_role(module_name: str, module: nn.Module, name: str) -> str:
    part = module_name.partition(".")[0]
    if part in ("numeric", "categorical"):
        return f"{part}_embedding"
    if part == "":
        return name
    if isinstance(module, nn.Linear | MemberLinear | MemberHead):
        if name == "bias":
            return "biases"
        if name == "weight":
            return "head" if part == "head" else "weights"
        return "member_adapters"
    return "activation" if isinstance(module, ParametricActivation) else "normalization"


def _make_numeric(spec: NetworkSpec) -> PeriodicEmbedding | PiecewiseLinearEmbedding | None:
    if spec.numeric_embedding == "none" or not spec.n_embedded_numbers:
        return None
    if spec.numeric_embedding == "piecewise_linear":
        return PiecewiseLinearEmbedding(spec.numeric_bins or (), spec.numeric_embedding_size)
    return PeriodicEmbedding(
        spec.n_embedded_numbers,
        spec.numeric_embedding_size,
        n_frequencies=spec.n_frequencies,
        frequency_scale=spec.frequency_scale,
        kind="plr" if spec.numeric_embedding == "plr" else "pbld",
    )


def _make_head(n_inputs: int, spec: NetworkSpec) -> nn.Linear | MemberHead:
    if spec.n_members > 1:
        return MemberHead(n_inputs, spec.n_outputs, spec.n_members, initialization=spec.initialization)
    head = nn.Linear(n_inputs, spec.n_outputs)
    if spec.initialization != "default":
        initialize_linear(head.weight, head.bias, spec.initialization, n_inputs=n_inputs)
    return head
