"""Scripts as practitioners write them, in which nothing leaks."""

from __future__ import annotations

CORRECT: dict[str, str] = {
    "pipeline": """
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

df = pd.read_csv("adult.csv")
X, y = df.drop(columns="income"), df["income"]
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y)
numeric = Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())])
prepare = ColumnTransformer([("num", numeric, ["age"]), ("cat", OneHotEncoder(), ["job"])])
model = Pipeline([("prepare", prepare), ("model", LogisticRegression())])
search = GridSearchCV(model, {"model__C": [0.1, 1, 10]})
search.fit(X_train, y_train)
print(search.best_score_, search.score(X_test, y_test))
""",
    "split_first": """
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.svm import SVC

df = pd.read_csv("wine.csv")
y = LabelEncoder().fit_transform(df["kind"])
X = pd.get_dummies(df.drop(columns="kind"))
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2)
imputer = SimpleImputer(strategy="median")
X_train = imputer.fit_transform(X_train)
X_test = imputer.transform(X_test)
scaler = StandardScaler().fit(X_train)
model = SVC().fit(scaler.transform(X_train), y_train)
print(model.score(scaler.transform(X_test), y_test))
""",
    "smote_in_training": """
import pandas as pd
from imblearn.over_sampling import SMOTE
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split

df = pd.read_csv("fraud.csv")
X, y = df.drop("fraud", axis=1), df["fraud"]
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
X_res, y_res = SMOTE(random_state=0).fit_resample(X_train, y_train)
model = RandomForestClassifier().fit(X_res, y_res)
print(classification_report(y_test, model.predict(X_test)))
""",
    "smote_in_pipeline": """
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from sklearn.datasets import fetch_openml
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.preprocessing import RobustScaler

X, y = fetch_openml("mammography", return_X_y=True)
model = make_pipeline(RobustScaler(), SelectKBest(k=5), SMOTE(), LogisticRegression())
print(cross_validate(model, X, y, scoring="average_precision")["test_score"].mean())
""",
    "own_folds": """
import numpy as np
import pandas as pd
from category_encoders import TargetEncoder
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

df = pd.read_csv("flats.csv")
y = df["rent"].to_numpy()
X = df.drop(columns="rent")
found = np.zeros(len(y))
for fold, (train, test) in enumerate(KFold(5, shuffle=True, random_state=0).split(X, y)):
    X_train, X_test = X.iloc[train].copy(), X.iloc[test].copy()
    encoder = TargetEncoder().fit(X_train["district"], y[train])
    X_train["district"] = encoder.transform(X_train["district"])
    X_test["district"] = encoder.transform(X_test["district"])
    scaler = StandardScaler()
    model = Ridge().fit(scaler.fit_transform(X_train), y[train])
    found[test] = model.predict(scaler.transform(X_test))
print(r2_score(y, found))
""",
    "three_parts": """
import lightgbm as lgb
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

df = pd.read_csv("loans.csv")
y = df.pop("defaulted")
X_rest, X_test, y_rest, y_test = train_test_split(df, y, test_size=0.2)
X_train, X_valid, y_train, y_valid = train_test_split(X_rest, y_rest, test_size=0.2)
model = lgb.LGBMClassifier(n_estimators=5000)
model.fit(X_train, y_train, eval_set=[(X_valid, y_valid)], callbacks=[lgb.early_stopping(50)])
print("valid", roc_auc_score(y_valid, model.predict_proba(X_valid)[:, 1]))
print("test", roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]))
""",
    "calibrated_on_a_third_part": """
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

X, y = make_classification(5000)
X_train, X_temp, y_train, y_temp = train_test_split(X, y, test_size=0.4)
X_cal, X_test, y_cal, y_test = train_test_split(X_temp, y_temp, test_size=0.5)
scaler = StandardScaler().fit(X_train)
model = GradientBoostingClassifier().fit(scaler.transform(X_train), y_train)
calibrated = CalibratedClassifierCV(model, cv="prefit")
calibrated.fit(scaler.transform(X_cal), y_cal)
print(calibrated.score(scaler.transform(X_test), y_test))
""",
    "refitted_for_use": """
import joblib
import pandas as pd
import xgboost as xgb
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

df = pd.read_csv("bikes.csv")
X, y = df.drop(columns="count"), df["count"]
X_train, X_test, y_train, y_test = train_test_split(X, y)
scaler = StandardScaler()
model = xgb.XGBRegressor(n_estimators=200)
model.fit(scaler.fit_transform(X_train), y_train)
print("R2", model.score(scaler.transform(X_test), y_test))
final_scaler = StandardScaler()
final = xgb.XGBRegressor(n_estimators=200)
final.fit(final_scaler.fit_transform(X), y)
joblib.dump((final_scaler, final), "model.joblib")
new = pd.read_csv("new.csv")
new["count"] = final.predict(final_scaler.transform(new))
new.to_csv("predicted.csv")
""",
    "two_files": """
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer

train = pd.read_csv("train.csv")
test = pd.read_csv("test.csv")
y = train.pop("label")
imputer = SimpleImputer()
X = imputer.fit_transform(train)
model = HistGradientBoostingClassifier(early_stopping=True).fit(X, y)
test["label"] = model.predict(imputer.transform(test))
test.to_csv("submission.csv", index=False)
""",
    "looked_at_before": """
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import StandardScaler

df = pd.read_csv("customers.csv")
y = df["churn"]
X = df.drop(columns="churn")
print(df.groupby("region")["churn"].mean())
drawn = PCA(2).fit_transform(StandardScaler().fit_transform(X))
plt.scatter(drawn[:, 0], drawn[:, 1], c=KMeans(3).fit_predict(drawn))
plt.savefig("customers.png")
print(cross_val_score(RandomForestClassifier(), X, y, cv=5).mean())
""",
    "series_in_order": """
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

sales = pd.read_csv("sales.csv", parse_dates=["date"]).sort_values("date")
sales["last_week"] = sales.groupby("shop")["amount"].shift(7)
sales["usual"] = sales.groupby("shop")["amount"].transform(lambda part: part.shift(1).rolling(28).mean())
sales = sales.dropna()
y = sales["amount"]
X = sales[["last_week", "usual"]]
n_train = int(len(X) * 0.8)
X_train, X_test = X[:n_train], X[n_train:]
y_train, y_test = y[:n_train], y[n_train:]
scaler = StandardScaler().fit(X_train)
model = Ridge().fit(scaler.transform(X_train), y_train)
print(model.score(scaler.transform(X_test), y_test))
""",
    "functions": """
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


def read(path):
    df = pd.read_csv(path)
    return df.drop(columns="y"), df["y"]


def prepare(train, test):
    scaler = StandardScaler()
    return scaler.fit_transform(train), scaler.transform(test)


def evaluate(model, X_test, y_test):
    return model.score(X_test, y_test)


X, y = read("data.csv")
X_train, X_test, y_train, y_test = train_test_split(X, y)
X_train, X_test = prepare(X_train, X_test)
model = LogisticRegression()
model.fit(X_train, y_train)
print(evaluate(model, X_test, y_test))
""",
    "stopped_on_its_own_rows": """
from keras.callbacks import EarlyStopping
from keras.layers import Dense
from keras.models import Sequential
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2)
scaler = MinMaxScaler()
X_train = scaler.fit_transform(X_train)
X_test = scaler.transform(X_test)
net = Sequential([Dense(32, activation="relu"), Dense(1)])
net.compile("adam", "mse")
net.fit(X_train, y_train, validation_split=0.2, callbacks=[EarlyStopping(patience=5)], epochs=200)
print(net.evaluate(X_test, y_test))
""",
    "searched_scaled_training_rows": """
import pandas as pd
from sklearn.model_selection import RandomizedSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

df = pd.read_csv("digits.csv")
X_train, X_test, y_train, y_test = train_test_split(df.iloc[:, 1:], df.iloc[:, 0])
scaler = StandardScaler()
X_train_scaled = scaler.fit_transform(X_train)
X_test_scaled = scaler.transform(X_test)
search = RandomizedSearchCV(MLPClassifier(), {"alpha": [1e-4, 1e-3]}, n_iter=2)
search.fit(X_train_scaled, y_train)
print(search.best_estimator_.score(X_test_scaled, y_test))
""",
}
