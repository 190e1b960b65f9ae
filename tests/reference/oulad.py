#!/usr/bin/env python3
"""OULAD (Kuzilek, Hlosta, Zdrahal 2017, CC BY 4.0) as a company's data, and what must come out of it, by the standard library alone.

oulad.py DATA OUT writes accounts.csv, subscriptions.csv and events.csv for `vafa import`, and expected.json: an enrolment is an account with a
subscription, a submission is an event, a withdrawal ends the subscription. Day 0 of a presentation is the first of its month."""
import csv
import datetime
import json
import os
import sys

STARTS = {"2013B": datetime.date(2013, 2, 1), "2013J": datetime.date(2013, 10, 1), "2014B": datetime.date(2014, 2, 1)}
MAX_INACTIVE = 30
OPEN_ON = ["2013-03-01", "2013-11-15", "2014-05-01"]


def read(folder, name):
    with open(os.path.join(folder, name + ".csv"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(folder, name, header, rows):
    with open(os.path.join(folder, name + ".csv"), "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(header)
        out.writerows(rows)


def key(row):
    return f"{row['code_module']}-{row['code_presentation']}-{row['id_student']}"


def month(day, later):
    number = day.year * 12 + day.month - 1 + later
    return datetime.date(number // 12, number % 12 + 1, 1)


def main(data, out):
    days = lambda n: datetime.timedelta(days=int(n))
    lengths = {(r["code_module"], r["code_presentation"]): int(r["module_presentation_length"]) for r in read(data, "course")}
    kinds = {r["id_assessment"]: r["assessment_type"] for r in read(data, "assessment")}
    accounts, subscriptions, terms, refused = [], [], {}, 0
    for row in read(data, "student_registration"):
        start = STARTS[row["code_presentation"]]
        begins = start + days(row["date_registration"] or 0)
        ends = start + days(lengths[row["code_module"], row["code_presentation"]] - 1)  # the last covered day
        if row["date_unregistration"]:
            ends = start + days(row["date_unregistration"])
        accounts.append([key(row), key(row), begins])
        subscriptions.append([key(row), key(row), begins, ends, "100.00", "year", "EUR", "no"])
        if ends < begins:
            refused += 1  # withdrawn before it was registered: such a term does not exist
        else:
            terms[key(row)] = (begins, ends)
    events, active = [], {}
    for row in read(data, "student_assessment"):
        day = STARTS[row["code_presentation"]] + days(row["date_submitted"])
        events.append([key(row), row["id_student"], day, kinds[row["id_assessment"]], f"{key(row)}-{row['id_assessment']}"])
        active.setdefault(key(row), set()).add(day)
    write(out, "accounts", ["key", "name", "starts_on"], accounts)
    write(out, "subscriptions", ["key", "account", "starts_on", "ends_on", "amount", "amount_per", "currency", "auto_renew"], subscriptions)
    write(out, "events", ["account", "user", "time", "event", "id"], events)

    monday = lambda day: day - datetime.timedelta(days=day.weekday())
    cohorts = {}
    for those in active.values():
        weeks = {monday(day) for day in those}
        first = min(weeks)
        cells = cohorts.setdefault(str(first), {})
        for week in weeks:
            since = (week - first).days // 7
            cells[since] = cells.get(since, 0) + 1

    def is_active(those, t):
        return any(t - days(MAX_INACTIVE) <= day < t for day in those)

    churn, at = [], datetime.date(2013, 1, 1)
    while at < datetime.date(2015, 1, 1):
        end = month(at, 1)
        start_set = {who for who, those in active.items() if is_active(those, at)}
        end_set = {who for who, those in active.items() if is_active(those, end)}
        churn.append({"from": str(at), "start": len(start_set), "retained": len(start_set & end_set), "end": len(end_set)})
        at = end
    covered = {}  # as its day starts: who begins on it is not there yet
    for text in OPEN_ON:
        day = datetime.date.fromisoformat(text)
        covered[text] = sum(begins < day <= ends for begins, ends in terms.values())
    with open(os.path.join(out, "expected.json"), "w", encoding="utf-8") as file:
        json.dump({"accounts": len(accounts), "subscriptions": len(terms), "refused": refused, "events": len(events),
                   "withdrawn": sum(1 for row in read(data, "student_registration") if row["date_unregistration"]),
                   "open": covered, "max_inactive": MAX_INACTIVE, "cohorts": cohorts, "churn": churn}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
