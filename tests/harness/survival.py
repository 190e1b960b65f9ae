"""Kaplan–Meier by the definition, slowly and in exact fractions: what tests/unit/test_survival.c compares with.

    survival.py FILE TIME EVENT VALUE [late]

TIME and EVENT are columns of the CSV, VALUE is what EVENT says when it happened. late: case i enters after i·7 mod time.
Prints the cases, then a line for each time, then quantiles of 25, 50 and 75 %, then the restricted mean to the middle of the times.
"""
import csv
import math
import sys
from fractions import Fraction as F

path, time_name, event_name, value = sys.argv[1:5]
late = len(sys.argv) > 5
rows = list(csv.DictReader(open(path)))
cases = []
for i, row in enumerate(rows):
    time = int(float(row[time_name]))
    cases.append((i * 7 % time if late else -1, time, row[event_name] == value))
for entry, time, event in cases:
    print("case", entry, time, int(event))

z = 1.9599639845400545
times = sorted({time for _, time, _ in cases})


def at_risk(t):
    return sum(1 for entry, time, _ in cases if entry < t <= time)


def events(t):
    return sum(1 for _, time, event in cases if time == t and event)


def survival(t):
    product = F(1)
    for u in times:
        if u <= t:
            product *= 1 - F(events(u), at_risk(u))
    return product


steps = []
s, g = F(1), F(0)
for t in times:
    n, d = at_risk(t), events(t)
    s *= 1 - F(d, n)
    if d < n:
        g += F(d, n * (n - d))
    if 0 < s < 1:
        theta = z * math.sqrt(g) / math.log(s)
        low, high = float(s) ** math.exp(-theta), float(s) ** math.exp(theta)
    else:
        low, high = float(s), 1.0 if s == 1 else steps[-1][5] if steps else 1.0
    steps.append((t, n, d, s, low, high, g))
    print("step", t, n, d, repr(float(s)), repr(float(s) * math.sqrt(g)), repr(low), repr(high))
for check in (times[0], times[len(times) // 2], times[-1]):
    assert survival(check) == next(step[3] for step in steps if step[0] == check)


def quantile(p, column):
    level = 1 - p
    for i, step in enumerate(steps):
        exact = column == 3
        if (step[3] == level) if exact else abs(step[column] - level) < 1e-12:
            after = [x[0] for x in steps[i:] if x[column] < level]
            return (step[0] + after[0]) / 2 if after else step[0]
        if step[column] < level:
            return step[0]
    return math.nan


for p in (F(1, 4), F(1, 2), F(3, 4)):
    print("quantile", float(p), quantile(p, 3), quantile(p, 4), quantile(p, 5))

horizon = times[len(times) // 2]


def area(from_time):
    total, at, level = F(0), from_time, next((x[3] for x in reversed(steps) if x[0] <= from_time), F(1))
    for step in steps:
        if from_time < step[0] < horizon:
            total += (step[0] - at) * level
            at, level = step[0], step[3]
    return total + (horizon - at) * level if horizon > at else total


variance = sum(area(t) ** 2 * F(d, n * (n - d)) for t, n, d, *_ in steps if t < horizon and d < n)
print("mean", horizon, repr(float(area(0))), repr(math.sqrt(variance)))
