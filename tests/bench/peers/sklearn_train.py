"""scikit-learn's MLPClassifier learning MNIST.

    echo "train 784-128-10 32 sgd 1 1 5" | sklearn_train.py FOLDER

partial_fit is one epoch over what it is given: the whole set where that ends
before MAX_S, else chunks of it."""
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

import contender

warnings.filterwarnings("ignore")
X, Y = contender.digits(sys.argv[1], "train")
TEST_X, TEST_Y = contender.digits(sys.argv[1], "t10k")
CLASSES = np.arange(10)
CHUNK = 3000


def learner_of(request):
    options = dict(hidden_layer_sizes=contender.widths(request.net)[1:-1],
                   batch_size=request.batch, random_state=request.seed)
    if request.how == "adam":
        return MLPClassifier(solver="adam", **options)
    return MLPClassifier(solver="sgd", learning_rate_init=0.1, momentum=0,
                         nesterovs_momentum=False, alpha=0, **options)


def learn(learner, first, n):
    began = time.perf_counter()
    learner.partial_fit(X[first:first + n], Y[first:first + n], classes=CLASSES)
    return time.perf_counter() - began


def run(learner, min_s, max_s):
    chunk = min(CHUNK, len(X))
    chunk_s = learn(learner, 0, chunk)  # the warm-up
    n = len(X) if chunk_s * len(X) / chunk < max_s else chunk
    rows = spent = 0
    while spent < max_s and (spent < min_s or rows % len(X) != 0 or rows == 0):
        spent += learn(learner, rows % len(X), n)
        rows += n
    return rows, spent


def to_accuracy(request):
    """Seconds of training, without the looks at the test digits."""
    learner, spent, epochs, reply = learner_of(request), 0, 0, {}
    while spent < request.max_s and "s98" not in reply:
        spent += learn(learner, 0, len(X))
        epochs += 1
        reached = learner.score(TEST_X, TEST_Y)
        for goal in (97, 98):
            if reached >= goal / 100 and f"s{goal}" not in reply:
                reply |= {f"s{goal}": spent, f"epochs{goal}": epochs}
    return reply


def answer(request):
    if request.task == "accuracy":
        return to_accuracy(request)
    learner = learner_of(request)
    rows, seconds = run(learner, request.min_s, request.max_s)
    return {"samples_per_s": rows / seconds, "rows": rows, "seconds": seconds,
            "accuracy": learner.score(TEST_X[:2000], TEST_Y[:2000])}


contender.serve(sklearn.__version__, answer)
