"""scikit-learn's MLP and its histogram gradient boosting, with their defaults,
on a set of quality_sets.py. What was measured once is kept in a file."""
import json
import os
import time
import warnings

import numpy as np

import quality_scores

# On a machine that has other work, threads that spin while they wait make HGB
# up to ten times as slow. Read when the library is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

try:
    import sklearn
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import (HistGradientBoostingClassifier,
                                  HistGradientBoostingRegressor)
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
except ImportError:
    sklearn = None

NAMES = {"mlp": "sk-MLP", "hgb": "HGB"}
MAX_ITER = {"flights_late": 25}  # 200 take hours; all others have the default
CATEGORIES_MAX = 255  # what HGB takes as categories


def version():
    return sklearn.__version__ if sklearn else None


def columns(data, rows):
    """Two blocks: the numbers [n, a] with NaN for missing, the categories as
    text [n, b], where missing is a category as any other."""
    if data.images:
        return rows.reshape(len(rows), -1).astype(np.float32) / 255, None
    cells = np.array(rows, dtype=object).reshape(len(rows), len(data.header))
    which = np.array(data.categorical)
    numbers = np.where(cells[:, ~which] == "", "nan", cells[:, ~which]).astype(np.float64)
    return numbers, cells[:, which]


class Mlp:
    """Median for missing, StandardScaler, one-hot; a target of mean 0, std 1."""

    def __init__(self, data, seed):
        kind = MLPClassifier if data.classification else MLPRegressor
        self.data = data
        self.model = kind(random_state=seed, max_iter=MAX_ITER.get(data.name, 200))

    def prepare(self, numbers, categories):
        if self.data.images:
            return numbers
        width = numbers.shape[1]
        self.encoder = ColumnTransformer([
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
             list(range(width))),
            ("categories", OneHotEncoder(handle_unknown="ignore"),
             list(range(width, width + categories.shape[1])))])
        return self.encoder.fit_transform(np.hstack([numbers.astype(object), categories]))

    def fit(self, numbers, categories, y):
        x = self.prepare(numbers, categories)
        if not self.data.classification:
            self.mean, self.std = y.mean(), y.std()
            y = (y - self.mean) / self.std
        self.model.fit(x, y)

    def ask(self, numbers, categories, method):
        if not self.data.images:
            numbers = self.encoder.transform(np.hstack([numbers.astype(object), categories]))
        answer = getattr(self.model, method)(numbers)
        return answer if self.data.classification else answer * self.std + self.mean


class Hgb:
    """Categories as codes that it knows to be categories; missing is missing."""

    def __init__(self, data, seed):
        self.data = data
        self.kind = (HistGradientBoostingClassifier if data.classification
                     else HistGradientBoostingRegressor)
        self.seed = seed
        self.encoder = OrdinalEncoder(handle_unknown="use_encoded_value",
                                      unknown_value=np.nan)

    def codes(self, numbers, categories, fit=False):
        if categories is None or categories.shape[1] == 0:
            return numbers
        text = categories
        codes = self.encoder.fit_transform(text) if fit else self.encoder.transform(text)
        codes[text == ""] = np.nan
        return np.hstack([numbers, codes])

    def fit(self, numbers, categories, y):
        x = self.codes(numbers, categories, fit=True)
        levels = [len(names) for names in getattr(self.encoder, "categories_", [])]
        known = [False] * numbers.shape[1] + [n <= CATEGORIES_MAX for n in levels]
        self.model = self.kind(random_state=self.seed,
                               categorical_features=known if any(known) else None)
        self.model.fit(x, y)

    def ask(self, numbers, categories, method):
        return getattr(self.model, method)(self.codes(numbers, categories))


def measure(data, peer, seed):
    """Scores, and the seconds of its fit, what is done to the cells included."""
    model = {"mlp": Mlp, "hgb": Hgb}[peer](data, seed)
    train, test = columns(data, data.x_train), columns(data, data.x_test)
    y = np.array(data.y_train)
    wall, cpu = time.perf_counter(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(*train, y)
    result = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu,
              "load": os.getloadavg()[0]}
    if data.classification:
        probabilities = model.ask(*test, "predict_proba")
        classes = [str(name) for name in model.model.classes_]
        labels = [classes[k] for k in probabilities.argmax(axis=1)]
        scores = quality_scores.classification(data.y_test, labels, classes, probabilities)
    else:
        scores = quality_scores.regression(data.y_test, model.ask(*test, "predict"))
    return {"scores": scores, **result}


class Cache:
    """What was measured, by set, peer, seed, version and training data."""

    def __init__(self, path, fresh):
        self.path, self.fresh, self.known = path, fresh, {}
        self.measured = set()
        if os.path.exists(path):
            with open(path) as file:
                self.known = json.load(file)

    def key(self, data, peer, seed):
        return f"{data.name} {peer} seed={seed} sklearn={version()} train={data.sha256}"

    def get(self, data, peer, seed, say):
        key = self.key(data, peer, seed)
        if key not in self.known or self.fresh and key not in self.measured:
            say(f"{data.name} seed {seed}: {NAMES[peer]} …")
            self.known[key] = measure(data, peer, seed)
            self.measured.add(key)
            self.save()
        return self.known[key]

    def save(self):
        os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
        with open(self.path + ".new", "w") as file:
            json.dump(self.known, file, indent=1)
        os.replace(self.path + ".new", self.path)
