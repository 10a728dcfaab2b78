"""What a model's answers are worth, from the answers alone: numpy, no library's
own scores. All take the truth and the answers for the same rows."""
import numpy as np

ECE_BINS = 15
SMALLEST = 1e-15  # a probability of 0 would make the log loss infinite


def classification(truth, labels, classes, probabilities):
    """truth, labels: text, [n]; probabilities: [n, len(classes)]. A class that
    the model has never seen has probability 0."""
    place = {name: k for k, name in enumerate(classes)}
    at = np.array([place.get(name, -1) for name in truth])
    right = np.asarray(labels, dtype=object) == np.asarray(truth, dtype=object)
    p = np.asarray(probabilities, dtype=np.float64)
    if not np.isfinite(p).all():
        raise ValueError("probabilities that are no numbers")
    of_truth = np.where(at >= 0, p[np.arange(len(at)), at], 0) / p.sum(axis=1)
    return {
        "accuracy": 100 * float(right.mean()),
        "log_loss": float(-np.log(np.clip(of_truth, SMALLEST, 1)).mean()),
        "auc": macro_auc(at, p),
        "ece": calibration_error(right, p.max(axis=1)),
    }


def regression(truth, values, low=None, high=None):
    """With low and high, also the share of rows whose truth is between them."""
    y, z = np.asarray(truth, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if not np.isfinite(z).all():
        raise ValueError("predictions that are no numbers")
    square = float(((y - z) ** 2).mean())
    scores = {"rmse": square ** 0.5, "r2": 1 - square / float(y.var())}
    if low is not None:
        inside = (np.asarray(low) <= y) & (y <= np.asarray(high))
        scores["coverage"] = float(inside.mean())
    return scores


def macro_auc(at, p):
    """One class against the rest, averaged over the classes that have both."""
    areas = [auc(at == k, p[:, k]) for k in range(p.shape[1])
             if 0 < (at == k).sum() < len(at)]
    return float(np.mean(areas))


def auc(positive, score):
    """The chance that a positive row is ranked above another; a tie is half."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    n, others = int(positive.sum()), int((~positive).sum())
    return (ranks[positive].sum() - n * (n + 1) / 2) / (n * others)


def calibration_error(right, confidence):
    """Over bins of equal width, |how often right - how sure|, by share of rows."""
    which = np.clip(np.ceil(confidence * ECE_BINS).astype(int) - 1, 0, ECE_BINS - 1)
    error = 0.0
    for k in range(ECE_BINS):
        inside = which == k
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return float(error)
