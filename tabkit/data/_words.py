"""Columns of words: categories, free text and identifiers told apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tabkit.data._findings import examine_name, say_unique, settle

if TYPE_CHECKING:
    import pyarrow as pa

    from tabkit.data._distinct import Distinct
    from tabkit.data._findings import Findings

# A word has two letters in a row; scripts written without spaces count two characters as one.
_WORD_PATTERN = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]{2}|\S*\pL\pL\S*"
_HEXADECIMAL_PATTERN = r"^[0-9a-fA-F-]+$"

# Codes are no words, and short; when nearly unique, they are identifiers.
_MAX_WORDS_OF_CODES = 1.5
_MAX_LENGTH_OF_CODES = 40
_MIN_UNIQUE_OF_CODES = 0.99
_MIN_ROWS_OF_CODES = 20
# Sentences are text when they vary; names and titles when hardly one comes twice.
_MIN_WORDS_OF_SENTENCES = 4.0
_MIN_UNIQUE_OF_SENTENCES = 0.1
_MIN_WORDS_OF_NAMES = 2.0
_MIN_UNIQUE_OF_NAMES = 0.5
_MIN_DISTINCT_TEXTS = 5

_N_SAMPLED = 2000


def examine_words(distinct: Distinct, name: str) -> Findings:
    """Tell a category from text and identifier, by words per value and by uniqueness.

    Cardinality alone does not make a text: thousands of ticket numbers are a category.
    """
    n_rows, n_unique = len(distinct.codes), len(distinct.raw)
    n_present = int(distinct.counts.sum())
    category = settle("category", n_rows, n_rows - n_present, n_unique)
    if n_unique < 2:
        return category
    share = n_unique / n_present
    sample = distinct.texts.take(list(range(0, n_unique, n_unique // _N_SAMPLED + 1)))
    n_words = _count_words(sample)
    if n_words < _MAX_WORDS_OF_CODES and _are_short_or_hexadecimal(sample):
        if share >= _MIN_UNIQUE_OF_CODES and n_present >= _MIN_ROWS_OF_CODES:
            return replace(category, kind="identifier", note=say_unique(share))
        return examine_name(category, name, n_present)
    are_sentences = n_words >= _MIN_WORDS_OF_SENTENCES and share >= _MIN_UNIQUE_OF_SENTENCES
    are_names = n_words >= _MIN_WORDS_OF_NAMES and share >= _MIN_UNIQUE_OF_NAMES
    if n_unique >= _MIN_DISTINCT_TEXTS and (are_sentences or are_names):
        return replace(category, kind="text")
    return category


def _count_words(texts: pa.StringArray) -> float:
    """Mean number of words."""
    import pyarrow.compute as pc

    return float(pc.mean(pc.count_substring_regex(texts, _WORD_PATTERN)).as_py())


def _are_short_or_hexadecimal(texts: pa.StringArray) -> bool:
    import pyarrow.compute as pc

    if pc.mean(pc.utf8_length(texts)).as_py() <= _MAX_LENGTH_OF_CODES:
        return True
    return bool(pc.all(pc.match_substring_regex(texts, _HEXADECIMAL_PATTERN)).as_py())
