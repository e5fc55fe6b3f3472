"""The statistics of analysis/stats by SciPy. Reads lines 'WHAT A,A,... [B,B,...]', answers each with
a line of numbers."""

import sys

import numpy as np
from scipy import stats


def mean_interval(a):
    low, high = stats.t.interval(0.95, len(a) - 1, loc=np.mean(a), scale=stats.sem(a))
    return np.mean(a), np.std(a, ddof=1), (high - low) / 2


def paired(a, b):
    test = stats.ttest_rel(b, a)
    d = b - a
    low, high = stats.t.interval(0.95, len(d) - 1, loc=np.mean(d), scale=stats.sem(d))
    return np.mean(d), low, high, test.pvalue


def independent(a, b):
    test = stats.ttest_ind(b, a, equal_var=False)
    va, vb = np.var(a, ddof=1) / len(a), np.var(b, ddof=1) / len(b)
    degrees = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    mean = np.mean(b) - np.mean(a)
    low, high = stats.t.interval(0.95, degrees, loc=mean, scale=np.sqrt(va + vb))
    return mean, low, high, test.pvalue


def of_ratio(kind, test):
    def answer(a, b):
        a, b = np.log(a), np.log(b)
        mean, low, high, p = test(a, b)
        return (*np.exp([mean, low, high]), p, *permutation(kind, a, b))
    return answer


def difference_of_means(x, y, axis):
    return np.mean(x, axis=axis) - np.mean(y, axis=axis)


def permutation(kind, a, b):
    test = stats.permutation_test(
        (b, a), difference_of_means, permutation_type=kind, vectorized=True, n_resamples=np.inf)
    return (test.pvalue,)


def holm(p, _):
    # As defined: p in rising order is rejected while it is at most level / (tests left); the
    # corrected p is the least level at which it and all before it are.
    order = sorted(range(len(p)), key=lambda i: p[i])
    return [
        min(1, max((len(p) - k) * p[order[k]] for k in range(order.index(i) + 1)))
        for i in range(len(p))
    ]


def outliers(a, _):
    far = np.abs(a - np.median(a)) / stats.median_abs_deviation(a, scale="normal") > 3.5
    # The scale that SciPy calls normal has more digits than 1.4826: the data are not that close.
    return np.flatnonzero(far)


ANSWERS = {
    "mean": lambda a, _: mean_interval(a),
    "paired": paired,
    "independent": independent,
    "paired-permutation": lambda a, b: permutation("samples", a, b),
    "independent-permutation": lambda a, b: permutation("independent", a, b),
    "paired-ratio": of_ratio("samples", paired),
    "independent-ratio": of_ratio("independent", independent),
    "holm": holm,
    "outliers": outliers,
}

for line in sys.stdin:
    what, *columns = line.split()
    a, b = (np.array([float(x) for x in c.split(",")]) for c in (columns * 2)[:2])
    print(*(repr(float(x)) for x in ANSWERS[what](a, b)))
