"""What docs/json.md says of the JSON documents, and what of a document is otherwise.

The tables are read as they stand. The grammar of their types:

    text, number, real, true or false        `"word"`, `"word"` or `"word"`
    [name](#name)                            an object, by the table below the heading of that name
    list of TYPE, map of TYPE                TYPE or null, TYPE or TYPE; at the end: , optional
"""
import re

import document_counts

HEADING = re.compile(r"^(#+) (.+)$")
MEMBERS = "| Member | Type | Meaning |"
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \|")
WORD = re.compile(r'`"([^"`]+)"`')
LINK = re.compile(r"\[([\w ]+)\]\(#([\w-]+)\)")
HEAD = "every document"
OPTIONAL = ", optional"


class Malformed(Exception):
    """A table that cannot be read."""


class Schema:
    """The tables of docs/json.md: in .tables, by heading, the members of an object with their types."""

    def __init__(self, text):
        self.tables, heading, reading = {}, None, False
        for line in text.split("\n"):
            reading = line == MEMBERS or reading and line.startswith("|")
            if match := HEADING.match(line):
                heading = match[2].lower()
                if heading in self.tables:
                    raise Malformed(f"two headings are '{heading}'")
                self.tables[heading] = {}
            elif reading and (match := ROW.match(line)):
                self.add_member(heading, match[1], match[2])
        self.kinds = WORD.findall(self.tables[HEAD]["report"])
        self.used = set()
        for kind in (HEAD, *self.kinds):
            self.visit(kind)
        unused = [name for name, rows in self.tables.items() if rows and name not in self.used]
        if unused:
            raise Malformed(f"no type names these tables: {', '.join(unused)}")

    def add_member(self, heading, name, kind):
        if name in self.tables[heading]:
            raise Malformed(f"{heading}: two rows for '{name}'")
        self.tables[heading][name] = kind

    def visit(self, table):
        """Read all types that a table leads to, so that a misspelt one is found without a document."""
        if table in self.used:
            return
        if not self.tables.get(table):
            raise Malformed(f"there is no table '{table}'")
        self.used.add(table)
        for kind in self.tables[table].values():
            self.problems_of(None, kind.removesuffix(OPTIONAL), "")
            for name, anchor in LINK.findall(kind):
                if anchor != name.replace(" ", "-"):
                    raise Malformed(f"{table}: {name} links to #{anchor}")
                self.visit(name)

    def problems_of(self, value, kind, where):
        """What is wrong with a value of this type. Every type that does not parse raises Malformed."""
        if kind.startswith("list of "):
            return self.of_list(value, kind.removeprefix("list of "), where)
        if kind.startswith("map of "):
            return self.of_map(value, kind.removeprefix("map of "), where)
        if link := LINK.fullmatch(kind):
            return self.of_object(value, link[1], where)
        if re.fullmatch(rf"({WORD.pattern}(, | or )?)+", kind):
            return [] if value in WORD.findall(kind) else [f"{where}: {value!r} is none of {kind}"]
        if kind == "true or false":
            return [] if isinstance(value, bool) else [f"{where}: {value!r} is not true or false"]
        if " or " in kind:
            tried = [self.problems_of(value, part, where) for part in kind.split(" or ")]
            return [] if [] in tried else tried[0]
        types = {"text": str, "number": int, "real": float, "null": type(None)}
        if kind not in types:
            raise Malformed(f"the type '{kind}' is unknown")
        right = isinstance(value, types[kind]) and not isinstance(value, bool)
        return [] if right else [f"{where}: {value!r} is not a {kind}"]

    def of_list(self, value, kind, where):
        self.problems_of(None, kind, where)
        if not isinstance(value, list):
            return [f"{where}: not a list"]
        return [problem for i, each in enumerate(value) for problem in self.problems_of(each, kind, f"{where}[{i}]")]

    def of_map(self, value, kind, where):
        self.problems_of(None, kind, where)
        if not isinstance(value, dict):
            return [f"{where}: not an object"]
        return [problem for name, each in value.items() for problem in self.problems_of(each, kind, f"{where}.{name}")]

    def of_object(self, value, table, where):
        if not isinstance(value, dict):
            return [f"{where}: not an object"]
        return self.of_members(value, self.tables[table], where, ())

    def of_members(self, value, members, where, may_lack):
        found = [f"{where}: the member '{name}' is not documented" for name in value if name not in members]
        for name, kind in members.items():
            if name in value:
                found += self.problems_of(value[name], kind.removesuffix(OPTIONAL), f"{where}.{name}")
            elif not kind.endswith(OPTIONAL) and name not in may_lack:
                found.append(f"{where}: the member '{name}' is missing")
        return found

    def problems(self, document):
        """What of a document is not as the tables say, and which counts contradict each other; nothing: []."""
        kind = document.get("report")
        if list(document) == ["error"]:
            return self.of_object(document["error"], "error", "error")
        if kind not in self.kinds:
            return [f"report: {kind!r} is no documented kind"]
        own = self.tables[kind]
        found = self.of_members(document, {**own, **self.tables[HEAD]}, kind, own if "error" in document else ())
        return found or (document_counts.problems(document) if self.is_complete(document) else [])

    def is_complete(self, document):
        """False for a document of a run that an error ended early."""
        return all(name in document or kind.endswith(OPTIONAL) for name, kind in self.tables[document["report"]].items())
