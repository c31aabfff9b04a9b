"""AutoGluon's row: the same folds, the same seconds, its outer score only."""
