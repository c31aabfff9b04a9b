"""Scripts as practitioners write them: each leaking line ends with the code that it is to be told by."""

from __future__ import annotations

LEAKING: dict[str, str] = {
    "scaled": """
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

df = pd.read_csv("churn.csv")
X = df.drop(columns=["churn"])
y = df["churn"]
scaler = StandardScaler()
X_scaled = scaler.fit_transform(X)  # leak: fitted-before-split
X_train, X_test, y_train, y_test = train_test_split(X_scaled, y, test_size=0.2, random_state=42)
model = LogisticRegression().fit(X_train, y_train)
print(roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]))
""",
    "scaled_in_place": """
import numpy as np
import pandas as pd
from sklearn import model_selection, preprocessing
from sklearn.ensemble import RandomForestRegressor

houses = pd.read_csv("houses.csv")
numeric = ["size", "age"]
houses[numeric] = preprocessing.MinMaxScaler().fit_transform(houses[numeric])  # leak: fitted-before-split
features = houses.drop("price", axis=1)
target = np.log(houses["price"])
train_x, test_x, train_y, test_y = model_selection.train_test_split(features, target)
forest = RandomForestRegressor(n_estimators=200)
forest.fit(train_x, train_y)
print(forest.score(test_x, test_y))
""",
    "fit_on_all_then_transform": """
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

data = pd.read_csv("spectra.csv")
y = data.pop("kind")
X_train, X_test, y_train, y_test = train_test_split(data, y, stratify=y)
pca = PCA(n_components=10)
pca.fit(data)  # leak: fitted-before-split
svm = SVC().fit(pca.transform(X_train), y_train)
print(svm.score(pca.transform(X_test), y_test))
""",
    "smote_before_split": """
import pandas as pd
from imblearn.over_sampling import SMOTE
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split as split_rows


def main():
    df = pd.read_csv("fraud.csv").dropna()
    X, y = df.drop("fraud", axis=1), df["fraud"]
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)  # leak: resampled-before-split
    X_train, X_test, y_train, y_test = split_rows(X_res, y_res, test_size=0.3)
    model = GradientBoostingClassifier()
    model.fit(X_train, y_train)
    print(f1_score(y_test, model.predict(X_test)))


if __name__ == "__main__":
    main()
""",
    "upsampled_by_hand": """
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.utils import resample

df = pd.read_csv("fraud.csv")
majority = df[df["fraud"] == 0]
minority = df[df["fraud"] == 1]
upsampled = resample(minority, n_samples=len(majority), random_state=1)  # leak: resampled-before-split
balanced = pd.concat([majority, upsampled])
X_train, X_test, y_train, y_test = train_test_split(balanced.drop("fraud", axis=1), balanced["fraud"])
print(LogisticRegression().fit(X_train, y_train).score(X_test, y_test))
""",
    "smote_before_folds": """
from imblearn.over_sampling import SMOTE
from sklearn.datasets import fetch_openml
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score

X, y = fetch_openml("mammography", return_X_y=True)
X, y = SMOTE().fit_resample(X, y)  # leak: resampled-before-split
scores = cross_val_score(RandomForestClassifier(), X, y, cv=StratifiedKFold(5), scoring="roc_auc")
print(scores.mean())
""",
    "selected_on_all_rows": """
import pandas as pd
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

genes = pd.read_csv("genes.csv", index_col=0)
y = genes["ill"]
X = genes.drop(columns="ill")
selector = SelectKBest(f_classif, k=50)
selector.fit(X, y)  # leak: selected-before-split
best = X.columns[selector.get_support()]
X = X[best]
print(cross_val_score(LogisticRegression(max_iter=1000), X, y, cv=10).mean())
""",
    "selected_then_searched": """
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import RFE
from sklearn.model_selection import GridSearchCV, train_test_split

X, y = load_breast_cancer(return_X_y=True)
X = RFE(RandomForestClassifier(), n_features_to_select=8).fit_transform(X, y)  # leak: selected-before-split
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
search = GridSearchCV(RandomForestClassifier(), {"max_depth": [3, 5, None]}, cv=5)
search.fit(X_train, y_train)
print(search.score(X_test, y_test))
""",
    "target_mean_by_hand": """
import lightgbm as lgb
import pandas as pd
from sklearn.model_selection import train_test_split

sales = pd.read_csv("sales.csv", parse_dates=["date"])
shop_mean = sales.groupby("shop")["amount"].mean()  # leak: target-encoded-before-split
sales["shop_mean"] = sales["shop"].map(shop_mean)
y = sales["amount"]
X = sales.drop(columns=["amount", "date"])
X_train, X_valid, y_train, y_valid = train_test_split(X, y, test_size=0.25)
model = lgb.LGBMRegressor()
model.fit(X_train, y_train)
print(model.score(X_valid, y_valid))
""",
    "target_encoder": """
import pandas as pd
from category_encoders import TargetEncoder
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

df = pd.read_csv("flats.csv")
y = df["rent"].values
X = df.drop(columns="rent")
X["district"] = TargetEncoder().fit_transform(X["district"], y)  # leak: target-encoded-before-split
for train, test in KFold(5, shuffle=True).split(X):
    ridge = Ridge().fit(X.iloc[train], y[train])
    print(ridge.score(X.iloc[test], y[test]))
""",
    "filled_by_hand": """
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

df = pd.read_csv("titanic.csv")
df["age"] = df["age"].fillna(df["age"].median())  # leak: fitted-before-split
X, y = df[["age", "fare", "pclass"]], df["survived"]
X_train, X_test, y_train, y_test = train_test_split(X, y)
print(DecisionTreeClassifier().fit(X_train, y_train).score(X_test, y_test))
""",
    "fitted_on_test": """
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

df = pd.read_csv("iris.csv")
X_train, X_test, y_train, y_test = train_test_split(df.iloc[:, :-1], df.iloc[:, -1])
sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.fit_transform(X_test)  # leak: fitted-on-test-rows
print(KNeighborsClassifier().fit(X_train, y_train).score(X_test, y_test))
""",
    "model_saw_test": """
import pandas as pd
import xgboost as xgb
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

df = pd.read_csv("bikes.csv")
X, y = df.drop(columns="count"), df["count"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2)
model = xgb.XGBRegressor(n_estimators=300)
model.fit(X, y)  # leak: fitted-with-test-rows
print(mean_squared_error(y_test, model.predict(X_test)))
""",
    "stopped_on_test": """
import lightgbm as lgb
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

df = pd.read_csv("loans.csv")
y = df.pop("defaulted")
X_train, X_test, y_train, y_test = train_test_split(df, y, stratify=y, test_size=0.2)
stop = [lgb.early_stopping(100)]
model = lgb.LGBMClassifier(n_estimators=5000, learning_rate=0.02)
model.fit(X_train, y_train, eval_set=[(X_test, y_test)], callbacks=stop)  # leak: stopped-on-test-rows
print(roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]))
""",
    "catboost_on_test": """
from catboost import CatBoostClassifier
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y)
model = CatBoostClassifier(iterations=2000)
model.fit(X_train, y_train, eval_set=(X_test, y_test), verbose=False)  # leak: stopped-on-test-rows
print("accuracy", model.score(X_test, y_test))
""",
    "series_cut_after_scaling": """
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.preprocessing import MinMaxScaler

series = pd.read_csv("load.csv", index_col=0)
values = MinMaxScaler().fit_transform(series)  # leak: fitted-before-split
n_train = int(0.8 * len(values))
train, test = values[:n_train], values[n_train:]
model = Ridge().fit(train[:, 1:], train[:, 0])
print(np.abs(model.predict(test[:, 1:]) - test[:, 0]).mean())
""",
}
