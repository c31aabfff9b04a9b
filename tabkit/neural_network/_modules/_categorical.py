"""Category codes as numbers: one-hot where there are few, learnt vectors where there are many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

MISSING_CODE = 0
UNSEEN_CODE = 1
N_SPECIAL_CODES = 2


def choose_embedding_size(cardinality: int, embedding_size: int | Literal["auto"] = "auto") -> int:
    """Length of the learnt vectors of a column.

    Parameters
    ----------
    cardinality : int
        Codes of the column, missing and unseen included.
    embedding_size : int or "auto", default="auto"
        "auto" is fastai's rule, ``round(1.6 * cardinality ** 0.56)``, 50 at most.

    Returns
    -------
    size : int

    Examples
    --------
    >>> choose_embedding_size(12), choose_embedding_size(1000), choose_embedding_size(1000, 8)
    (6, 50, 8)
    """
    return min(50, round(1.6 * cardinality**0.56)) if embedding_size == "auto" else embedding_size


class CategoricalEmbedding(nn.Module):
    """Codes of all categorical columns as one row of numbers.

    A column of few categories is one-hot, with a place for missing values and one for each category; the
    others get learnt vectors, from one table per distinct length. The unseen code gives zeros in both,
    the neutral input, and so is told from a missing value and from every category. A code that does not
    occur in training keeps its first values: a column without missing values in training had better pass
    later ones as unseen.

    Parameters
    ----------
    cardinalities : sequence of int
        Codes per column: 0 is missing, 1 unseen in training, the rest are the categories.
    embedding_size : int or "auto", default="auto"
        See `choose_embedding_size`.
    max_one_hot : int, default=9
        A column with as many categories or fewer, missing and unseen not counted, is one-hot.
    scale : float or None, default=None
        Standard deviation of the first vectors; None makes their length about one, that of a
        one-hot vector, whatever their size.

    Attributes
    ----------
    tables : list of Parameter of shape (n_codes, size)
        The vectors of all columns of a size, those of one column behind those of the other.
    output_columns : list of int
        The column that each output stems from: one-hot columns first, then by table.

    Examples
    --------
    >>> embedding = CategoricalEmbedding([4, 30])
    >>> embedding(torch.tensor([[0, 5], [1, 5], [2, 5], [3, 5]]))[:, :3].tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """

    _order: Tensor
    _first_rows: Tensor
    _places: Tensor

    def __init__(
        self,
        cardinalities: Sequence[int],
        *,
        embedding_size: int | Literal["auto"] = "auto",
        max_one_hot: int = 9,
        scale: float | None = None,
    ) -> None:
        super().__init__()
        one_hot: list[int] = []
        by_size: dict[int, list[int]] = {}
        for column, cardinality in enumerate(cardinalities):
            if cardinality - N_SPECIAL_CODES <= max_one_hot:
                one_hot.append(column)
            else:
                by_size.setdefault(choose_embedding_size(cardinality, embedding_size), []).append(column)
        groups = [one_hot, *by_size.values()]
        self._n_columns = [len(columns) for columns in groups]
        self.output_columns = [column for column in one_hot for _ in range(cardinalities[column] - 1)]
        self._n_places = len(self.output_columns)
        self.tables = nn.ParameterList()
        for size, columns in by_size.items():
            deviation = size**-0.5 if scale is None else scale
            self.tables.append(_draw_table([cardinalities[column] for column in columns], size, deviation))
            self.output_columns += [column for column in columns for _ in range(size)]
        first_rows = [row for columns in groups for row in _first_rows(cardinalities[j] for j in columns)]
        order = [column for columns in groups for column in columns]
        self._is_ordered = order == sorted(order)
        self.register_buffer("_order", torch.tensor(order), persistent=False)
        self.register_buffer("_first_rows", torch.tensor(first_rows), persistent=False)
        places = _find_places([cardinalities[column] for column in one_hot])
        self.register_buffer("_places", torch.tensor(places, dtype=torch.int64), persistent=False)

    def parts(self, codes: Tensor) -> list[Tensor]:
        """What `forward` puts side by side, for a caller that has more to put there.

        Parameters
        ----------
        codes : Tensor of shape (n_rows, n_categorical)
            int64.

        Returns
        -------
        parts : list of Tensor of shape (n_rows, ...)
            float32.
        """
        ordered = codes if self._is_ordered else codes.index_select(1, self._order)
        one_hot, *by_table = torch.split(ordered + self._first_rows, self._n_columns, dim=1)
        parts = []
        if self._n_places:
            # One place more than there are, for the unseen.
            ones = torch.zeros(len(codes), self._n_places + 1, device=codes.device)
            parts.append(ones.scatter_(1, torch.take(self._places, one_hot), 1.0)[:, : self._n_places])
        for table, rows in zip(self.tables, by_table, strict=True):
            parts.append(_look_up(table, rows.flatten()).view(len(codes), rows.shape[1] * table.shape[1]))
        return parts

    def forward(self, codes: Tensor) -> Tensor:
        """Encode the codes of all columns.

        Parameters
        ----------
        codes : Tensor of shape (n_rows, n_categorical)
            int64.

        Returns
        -------
        encoded : Tensor of shape (n_rows, n_outputs)
            float32, in the order of `output_columns`.
        """
        return torch.cat(self.parts(codes), dim=1)


def _first_rows(cardinalities: Iterable[int]) -> list[int]:
    """Where each column begins among the codes of several."""
    return [0, *accumulate(cardinalities)][:-1]


def _find_places(cardinalities: Sequence[int]) -> list[int]:
    """The place of each code of one-hot columns; the last of all for the unseen."""
    last = sum(cardinality - 1 for cardinality in cardinalities)
    places = iter(range(last))
    return [
        last if code == UNSEEN_CODE else next(places)
        for cardinality in cardinalities
        for code in range(cardinality)
    ]


def _draw_table(cardinalities: Sequence[int], size: int, deviation: float) -> nn.Parameter:
    vectors = torch.randn(sum(cardinalities), size) * deviation
    vectors[torch.tensor(_first_rows(cardinalities)) + UNSEEN_CODE] = 0
    return nn.Parameter(vectors)


def _look_up(table: Tensor, rows: Tensor) -> Tensor:
    # On a processor the gradient of `index_select` is found twice as fast; on a GPU it adds up in an
    # order that varies.
    return table.index_select(0, rows) if table.device.type == "cpu" else functional.embedding(rows, table)
