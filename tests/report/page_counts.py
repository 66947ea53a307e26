"""What a page must show of a document: its large figures (name: text) and what its filter counts (outcome: number)."""


def of_update(d):
    figures = {"cases": len(d["cases"]) - d["repeated"], "power cuts": d["cuts"], "failed": d["bricks"]}
    return figures, {end: count for end, count in d["ends"].items() if count}


def of_table(d):
    """The outcomes of checks: found if it found something in any setup, left out if it could be run in none."""
    rows = [set(row["outcomes"].values()) for row in d["table"]]
    found, left_out = sum("found" in row for row in rows), sum(row == {"left out"} for row in rows)
    return {"found": found, "left out": left_out, "passed": len(rows) - found - left_out}


def of_flash(d):
    return {"findings": d["finding_count"], "checks run": d["checks"], "calls of the driver": d["calls"]}, of_table(d)


def of_museum(d):
    caught, bugs = sum(exhibit["caught"] for exhibit in d["exhibits"]), len(d["exhibits"])
    figures = {"bugs caught": f"{caught} of {bugs}", "findings in the clean driver": d["clean"]["finding_count"]}
    return figures, {"caught": caught, "not caught": bugs - caught, **of_table(d["clean"])}


def of_closure(d):
    if not d["rows"]:  # a replay
        return {}, {}
    outcomes = ["violated" if row["violations"] else "not finished" if row["bounded"] else "no violation" for row in d["rows"]]
    figures = {"violations": d["violations"], "rows not finished": d["bounded"], "rows": len(d["rows"]),
               "flash states": d["states"], "power cuts": d["edges"]}
    return figures, {word: outcomes.count(word) for word in ("violated", "not finished", "no violation")}


def of_fleet(d):
    lists = {name.replace("_", " "): len(d[name]) for name in ("bricks", "false_successes", "false_failures", "open")}
    return {"devices": d["devices"], **lists, "offered again": d["offered_again"]}, {}


KINDS = {"rehearse update": of_update, "rehearse flash": of_flash, "rehearse closure": of_closure, "rehearse fleet": of_fleet,
         "museum": of_museum}


def expected(document):
    """(figures, outcomes)"""
    figures, outcomes = KINDS[document["report"]](document)
    return {name: str(count) for name, count in figures.items()}, outcomes
