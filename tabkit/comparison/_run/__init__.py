"""A run, from its folds and candidates to the refit of the best."""
