"""What the members of a JSON document say of each other: sums, references, order."""
import collections

SURVIVED = ("came back", "went back")


class Judge:
    def __init__(self):
        self.problems = []

    def equal(self, what, said, counted):
        if said != counted:
            self.problems.append(f"{what} is {said!r}; by the rest of the document it is {counted!r}")

    def true(self, what, condition):
        if not condition:
            self.problems.append(f"not true: {what}")


def problems(document):
    judge = Judge()
    judge.equal("schema", document["schema"], 1)
    judge.true("an error only where the verdict is failed", "error" not in document or document["verdict"] == "failed")
    KINDS[document["report"]](judge, document)
    return judge.problems


# ---- rehearse update ----

def update(judge, d):
    judge.equal("the images' names", [image["name"] for image in d["images"]], ["old", "new"])
    update_flash(judge, d)
    for number, boot in enumerate(d["boots"], 1):
        update_boot(judge, number, boot, d["flash"])
    for number, case in enumerate(d["cases"]):
        judge.equal("a case's number", case["case"], number)
        update_case(judge, case, d)
    update_totals(judge, d)
    update_stories(judge, d)


def update_flash(judge, d):
    flash = d["flash"]
    judge.equal("flash.size", flash["size"], sum(bank["size"] for bank in flash["banks"]))
    for what in ("areas", "before", "after"):
        rows = d["areas"] if what == "areas" else d["contents"][what]
        ends = [row["offset"] + row["size"] for row in rows]
        judge.true(f"{what} lie in flash", max(ends, default=0) <= flash["size"])
        if what != "areas":
            judge.true(f"contents {what}: in order, without overlap",
                       all(end <= row["offset"] for end, row in zip(ends, rows[1:])))


def update_boot(judge, number, boot, flash):
    expected, begin = 1, 0
    for run in boot["trace"]:
        judge.equal(f"boot {number}: a run's first operation", run["operation"], expected)
        judge.true(f"boot {number}: time goes on at operation {expected}", run["begin_us"] >= begin)
        if run["kind"] == "program":
            judge.equal(f"boot {number}: size of the run at {expected}", run["size"], run["count"] * flash["word"])
        expected, begin = expected + run["count"], run["begin_us"]
    erases = sum(run["count"] for run in boot["trace"] if run["kind"] == "erase")
    if not boot.get("trace_cut"):
        judge.equal(f"boot {number}: operations", boot["operations"], expected - 1)
        judge.equal(f"boot {number}: erases", boot["erases"], erases)


def update_case(judge, case, d):
    boot, at = d["boots"][case["boot"] - 1], case["operation"]
    judge.equal("a case's first cut", case["cuts"].split()[:2], [f"{case['boot']}:", f"{at}.{case['how']}"])
    run = next((run for run in boot["trace"] if run["operation"] <= at < run["operation"] + run["count"]), None)
    if run is not None:
        step = d["flash"]["word"] if run["kind"] == "program" else 0
        judge.equal(f"case {case['case']}: kind", case.get("kind"), run["kind"])
        judge.equal(f"case {case['case']}: offset", case.get("offset"), run["offset"] + step * (at - run["operation"]))


def update_totals(judge, d):
    counted = [case for case in d["cases"] if not case.get("repeated")]
    failed = [case for case in counted if case["end"] not in SURVIVED]
    ends = collections.Counter(case["end"] for case in counted)
    judge.equal("ends", {end: n for end, n in d["ends"].items() if n}, dict(ends))
    judge.equal("repeated", d["repeated"], len(d["cases"]) - len(counted))
    judge.equal("bricks", d["bricks"], len(failed))
    # A repair may be over before its cut, which then does not happen.
    drawn = sum(len(case["cuts"].split()) - 1 for case in counted)
    judge.true(f"cuts, {d['cuts']}, are {len(counted)} to {drawn}", len(counted) <= d["cuts"] <= drawn)
    judge.equal("verdict", d["verdict"], "failed" if failed or "error" in d else "passed")


def update_stories(judge, d):
    if "--replay" in d["command"]:
        judge.equal("stories", len(d["stories"]), 1)
        return
    judge.equal("stories", len(d["stories"]) + d.get("stories_left", 0), d["bricks"])
    cases = {case["case"]: case for case in d["cases"]}
    for story in d["stories"]:
        judge.true(f"case {story['case']}, which has a story, is there", story["case"] in cases)
        case = cases.get(story["case"], story)
        for name in ("cuts", "end"):
            judge.equal(f"story of case {story['case']}: {name}", story[name], case[name])
        judge.true(f"case {story['case']} with a story failed once", case["end"] not in SURVIVED and not case.get("repeated"))
        judge.true(f"story of case {story['case']}: replay names the cuts", story["cuts"] in story["replay"])


# ---- the other kinds ----

def flash(judge, d):
    judge.true("no more findings than finding_count", len(d["findings"]) <= d["finding_count"])
    judge.equal("verdict", d["verdict"], "failed" if d["finding_count"] else "passed")
    outcomes = {row["check"]: row["outcomes"] for row in d["table"]}
    judge.equal("the checks of the table", len(outcomes), len(d["table"]))
    for check, by_setup in outcomes.items():
        judge.equal(f"the setups of {check}", sorted(by_setup), sorted(d["setups"]))
    for finding in d["findings"]:
        for setup in finding["setups"]:
            judge.equal(f"{finding['check']}, {setup}", outcomes[finding["check"]][setup], "found")


def museum(judge, d):
    for exhibit in d["exhibits"]:
        judge.equal(f"{exhibit['name']}: caught", exhibit["caught"], not exhibit["missing"] and not exhibit["unexpected"])
    passed = d["clean"]["finding_count"] == 0 and all(exhibit["caught"] for exhibit in d["exhibits"])
    judge.equal("verdict", d["verdict"], "passed" if passed else "failed")


def closure(judge, d):
    judge.equal("verdict", d["verdict"], "failed" if d["violations"] or d["bounded"] else "passed")
    if d["rows"]:
        closure_rows(judge, d)
    for path in d["paths"]:
        closure_path(judge, path)


def closure_rows(judge, d):
    for total in ("states", "edges", "violations"):
        judge.equal(total, d[total], sum(row[total] for row in d["rows"]))
    judge.equal("bounded", d["bounded"], sum(row["bounded"] is not None for row in d["rows"]))
    for longest in ("boots", "operations"):
        judge.equal(f"recovery.{longest}", d["recovery"][longest], max(row[longest] for row in d["rows"]))
    violated = [row for row in d["rows"] if row["replay"]]
    judge.equal("paths", len(d["paths"]) + d.get("paths_left", 0), len(violated))
    for path, row in zip(d["paths"], violated):
        for name in ("row", "fault"):
            judge.equal(f"path of {row['row']}: {name}", path[name], row[name])
        judge.true(f"path of {row['row']}: replay has the row's", row["replay"] in path["replay"])


def closure_path(judge, path):
    """Sessions and operations are numbered without a gap, each cut of the replay is there, and the fault comes last."""
    session = operation = 0
    at_rest = False
    for step in path["steps"]:
        begins = step["kind"] == "boot"
        session, operation, at_rest = session + begins, 0 if begins else operation, (at_rest or step["kind"] == "rest") and not begins
        judge.equal("a step's session", step["session"], session)
        if step["kind"] in ("erase", "program") and not at_rest:
            operation += 1
            judge.equal(f"session {session}: an operation's number", step["operation"], operation)
    cuts = [f"{step['operation']}.{step['how']}" for step in path["steps"] if step["kind"] == "cut"]
    judge.true("the replay has the cuts of the steps", all(cut in path["replay"] for cut in cuts))
    faults = [n for n, step in enumerate(path["steps"]) if step["kind"] == "fault"]
    judge.equal("faults", faults, [len(path["steps"]) - 1] if path["fault"] and "unknown" not in path else [])


def fleet(judge, d):
    units = d["units"]
    judge.equal("devices", d["devices"], sum(unit["devices"] for unit in units))
    judge.equal("open", len(d["open"]), sum(unit["open"] for unit in units))
    for unit in units:
        judge.equal(f"{unit['unit']}: devices", unit["devices"], unit["success"] + unit["failure"] + unit["open"])
        judge.true(f"{unit['unit']}: not more of them are wrong, or new, than there are",
                   max(len(unit["wrong"]), unit["new"]) <= unit["devices"])
    closed = [point["closed"] for point in d["progress"]]
    judge.equal("progress", closed, sorted(closed))
    wrong = set(d["bricks"] + d["false_successes"] + d["false_failures"] + d["open"])
    judge.equal("wrong", sorted(wrong), sorted(name for unit in units for name in unit["wrong"]))
    if wrong or d["offered_again"] or d["server"]["followed"] or d["gateway"]["memory_kb"] > d["gateway"]["memory_limit_kb"]:
        judge.equal("verdict", d["verdict"], "failed")


KINDS = {"rehearse update": update, "rehearse flash": flash, "rehearse closure": closure, "rehearse fleet": fleet,
         "museum": museum}
