"""What the classes and functions of the usual libraries do with rows, by name."""

from __future__ import annotations

# Learns from rows, not from the target: numbers, and which values there are.
SCALERS = frozenset({"StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler"}) | frozenset(
    {"PowerTransformer", "QuantileTransformer", "KBinsDiscretizer", "SplineTransformer"}
)
IMPUTERS = frozenset({"SimpleImputer", "KNNImputer", "IterativeImputer"})
DECOMPOSITIONS = frozenset(
    {"PCA", "IncrementalPCA", "KernelPCA", "SparsePCA", "TruncatedSVD", "NMF", "FastICA", "FactorAnalysis"}
)
TEXTS = frozenset({"TfidfVectorizer", "TfidfTransformer"})
LEARNERS = SCALERS | IMPUTERS | DECOMPOSITIONS | TEXTS
# Learns from the target too.
SELECTORS = frozenset(
    {
        *(
            "SelectKBest",
            "SelectPercentile",
            "SelectFpr",
            "SelectFdr",
            "SelectFwe",
            "GenericUnivariateSelect",
        ),
        *("SelectFromModel", "RFE", "RFECV", "SequentialFeatureSelector", "BorutaPy"),
        *("LinearDiscriminantAnalysis", "PLSRegression", "NeighborhoodComponentsAnalysis"),
    }
)
TARGET_ENCODERS = frozenset(
    {"TargetEncoder", "LeaveOneOutEncoder", "CatBoostEncoder", "JamesSteinEncoder", "MEstimateEncoder"}
) | frozenset({"WOEEncoder", "GLMMEncoder"})
RESAMPLERS = frozenset(
    {
        *("SMOTE", "SMOTENC", "SMOTEN", "BorderlineSMOTE", "SVMSMOTE", "KMeansSMOTE", "ADASYN"),
        *("RandomOverSampler", "SMOTEENN", "SMOTETomek"),
    }
)
PIPELINES = frozenset(
    {
        "Pipeline",
        "make_pipeline",
        "ColumnTransformer",
        "make_column_transformer",
        "FeatureUnion",
        "make_union",
    }
)
SEARCHES = frozenset(
    {"GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "BayesSearchCV"}
)
SPLITTERS = frozenset(
    {
        *("KFold", "StratifiedKFold", "GroupKFold", "StratifiedGroupKFold", "RepeatedKFold"),
        *("RepeatedStratifiedKFold", "ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit"),
        *("TimeSeriesSplit", "LeaveOneOut", "LeaveOneGroupOut", "LeavePOut", "LeavePGroupsOut"),
    }
)
CROSS_VALIDATIONS = frozenset(
    {"cross_val_score", "cross_validate", "cross_val_predict", "learning_curve", "validation_curve"}
)
SPLIT = "train_test_split"
# What stops a fit, or chooses one of its states, by the rows it is judged on.
STOPPERS = frozenset({"early_stopping", "EarlyStopping", "ModelCheckpoint"})
ALWAYS_STOPPED = frozenset({"CatBoostClassifier", "CatBoostRegressor", "CatBoost"})
JUDGED_ON = ("eval_set", "validation_data", "valid_sets", "evals")
PREDICTIONS = frozenset({"predict", "predict_proba", "decision_function", "score", "evaluate"})


def find_work(name: str) -> str:
    """What a class learns, when it is fitted on all rows: a kind of taint; empty for nothing that matters.

    Examples
    --------
    >>> find_work("StandardScaler"), find_work("SMOTE"), find_work("OneHotEncoder")
    ('learned', 'resampled', '')
    """
    kinds = {"learned": LEARNERS, "selected": SELECTORS, "encoded": TARGET_ENCODERS, "resampled": RESAMPLERS}
    return next((kind for kind, names in kinds.items() if name in names), "")
