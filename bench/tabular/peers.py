"""Trains a peer of scikit-learn or xgboost on train.csv and measures it on test.csv. Prints one line of JSON.

python3 peers.py PEER FOLDER TARGET TASK SEED, where TASK is "regression" or "classes".
"""

import csv
import json
import os
import sys
import time

import numpy as np


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file, skipinitialspace=True))
    return rows[0], rows[1:]


MISSING = {"", "?", "NA", "nan"}


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return text in MISSING


def columns_of(folder, target):
    """The columns of both files: numbers with NaN, or indices of categories with -1."""
    names, train = read(os.path.join(folder, "train.csv"))
    _, test = read(os.path.join(folder, "test.csv"))
    columns, categorical = [], []
    for index, name in enumerate(names):
        if name == target:
            continue
        both = [[row[index].strip() for row in rows] for rows in (train, test)]
        if all(is_number(text) for text in both[0]):
            columns.append([np.array([np.nan if text in MISSING else float(text) for text in part]) for part in both])
            categorical.append(False)
        else:
            known = {text: code for code, text in enumerate(sorted(set(both[0]) - MISSING))}
            columns.append([np.array([known.get(text, -1) for text in part], dtype=float) for part in both])
            categorical.append(True)
    at = names.index(target)
    targets = [[row[at].strip() for row in rows] for rows in (train, test)]
    matrices = [np.column_stack([column[part] for column in columns]) for part in (0, 1)]
    return matrices, targets, np.array(categorical)


def prepared(matrices, categorical):
    """Standardised numbers with the mean for missing ones, and one-hot categories: for linear models and networks."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    steps = [("numbers", numbers, ~categorical), ("categories", OneHotEncoder(handle_unknown="ignore", sparse=False), categorical)]
    transformer = ColumnTransformer([step for step in steps if step[2].any()])
    return transformer.fit_transform(matrices[0]), transformer.transform(matrices[1])


def model_of(peer, task, seed, categorical, matrices):
    regression = task == "regression"
    if peer == "sklearn-hgb":
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        Model = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
        few = categorical & (np.nanmax(matrices[0], axis=0) < 255)
        return Model(random_state=seed, categorical_features=few), [np.where(categorical & (m < 0), np.nan, m) for m in matrices]
    if peer.startswith("sklearn-mlp"):
        from sklearn.neural_network import MLPClassifier, MLPRegressor

        Model = MLPRegressor if regression else MLPClassifier
        return Model(random_state=seed, early_stopping=peer.endswith("-es")), None
    import xgboost

    Model = xgboost.XGBRegressor if regression else xgboost.XGBClassifier
    return Model(random_state=seed, tree_method="hist"), prepared_for_trees(matrices, categorical)


def prepared_for_trees(matrices, categorical):
    return [np.where(categorical & (m < 0), np.nan, m) for m in matrices]


def main():
    peer, folder, target, task, seed = sys.argv[1:6]
    matrices, targets, categorical = columns_of(folder, target)
    labels = sorted(set(targets[0]))
    as_numbers = (lambda part: np.array(part, dtype=float)) if task == "regression" else (lambda part: np.array([labels.index(t) for t in part]))
    y, y_test = as_numbers(targets[0]), as_numbers(targets[1])
    model, given = model_of(peer, task, int(seed), categorical, matrices)
    started, cpu = time.perf_counter(), time.process_time()
    x, x_test = prepared(matrices, categorical) if given is None else given
    # A network needs targets of a moderate size, and scikit-learn's does not see to that.
    mean, deviation = (y.mean(), y.std()) if task == "regression" else (0, 1)
    model.fit(x, (y - mean) / deviation if task == "regression" else y)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    predicted = model.predict(x_test)
    if task == "regression":
        score = float(np.sqrt(np.mean((predicted * deviation + mean - y_test) ** 2)))
    else:
        score = float(np.mean(predicted == y_test))
    print(json.dumps({"score": score, "seconds": seconds, "cpu": cpu}))


main()
