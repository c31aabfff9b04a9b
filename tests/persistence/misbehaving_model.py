"""A model of a package that tabkit does not know."""

from sklearn.base import BaseEstimator


class Foreign(BaseEstimator):
    """Nothing but a type."""

    def fit(self):
        self.fitted_ = 1
        return self
