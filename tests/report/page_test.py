"""The pages of reports in headless Chromium: no complaint of the console, no request beside the file, counts equal to the
JSON's, the filter by outcome, a phone's width, paper, contrast. Pictures of each page go into tests/reports/*.png.

Usage: page_test.py, in the build folder, after make_reports.py."""
import collections
import contextlib
import glob
import json
import os
import re
import sys
import unittest

import chromium
import page_counts

PHONE = 400
# What a person sees, or comes to by scrolling: nothing hidden, and nothing in a story that is folded.
SHOWN = "e => e.checkVisibility()"
# Rows and marks, but for those in a fold that is closed.
MARKS = "[...document.querySelectorAll('[data-end]')].filter(e => !e.closest('details:not([open]) > :not(summary)'))"
# Every element with text of its own, but for those of which a browser never draws anything.
TEXTS = """[...document.querySelectorAll('main *')].filter(e => !['SCRIPT', 'STYLE', 'title', 'desc', 'defs'].includes(e.localName) &&
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim() !== ''))"""
# The contrast of each text to what is behind it, as WCAG 2 measures it; an SVG's text has its colour in `fill`.
CONTRAST = """(() => {
    const parse = c => (c.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
        if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
    return %s.filter(%s).filter(e => !e.closest('svg')).map(e => {
        const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
        return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.textContent.trim().slice(0, 40)];
    }).filter(([ratio]) => ratio < 4.5);
})()""" % (TEXTS, SHOWN)


def names():
    """All but the large one, which has a test of its own."""
    return sorted(os.path.basename(path)[:-5] for path in glob.glob("tests/reports/*.html") if "-many" not in path)


def as_shown(text, keep=""):
    """Controls, and marks that reorder text, are shown as what they are."""
    return re.sub("[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]",
                  lambda match: match[0] if match[0] in keep else f"\\x{ord(match[0]):02x}" if match[0] < "\x80"
                  else f"\\u{ord(match[0]):04x}", text)


def strange_names():
    """The same with hostile words in every text, and those without."""
    return [*names(), *(f"strange/{name}" for name in names())]


def path_of(name, end):
    return f"tests/reports/{name}.{end}"


def load(name):
    with open(path_of(name, "json"), encoding="utf-8") as f:
        return json.load(f)


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = chromium.Browser().__enter__()
        cls.addClassCleanup(cls.browser.__exit__)
        cls.page = cls.browser.blank()

    @contextlib.contextmanager
    def opened(self, name):
        """The page as on a desk; gives its document."""
        with self.subTest(name):
            self.page.media()
            self.page.width(1200)
            self.page.open(path_of(name, "html"))
            yield load(name)

    def buttons(self):
        """The filter: the count of each outcome. It may stand on the page more than once."""
        found = self.page.evaluate(
            "[...document.querySelectorAll('button[data-filter]')].map(b => [b.dataset.filter, +b.querySelector('span').textContent])")
        self.assertTrue(all(count == dict(found)[end] for end, count in found))
        return dict(found)

    def hidden(self):
        """The outcomes of rows and marks that are hidden, and of those that are shown."""
        return [set(each) for each in self.page.evaluate(
            f"[{MARKS}.filter(e => !({SHOWN})(e)).map(e => e.dataset.end), {MARKS}.filter({SHOWN}).map(e => e.dataset.end)]")]

    def test_nothing_is_wrong_and_nothing_is_fetched(self):
        for name in names():
            with self.opened(name):
                self.assertEqual(self.page.problems, [])
                self.assertEqual(self.page.requests, [self.page.evaluate("location.href")])
                self.assertEqual(self.page.evaluate("document.querySelectorAll('main').length"), 1, "the markup is broken")

    def test_the_verdict_and_the_command(self):
        for name in names():
            with self.opened(name) as document:
                self.assertEqual(self.page.evaluate("document.getElementById('verdict').textContent"), document["verdict"])
                self.assertTrue(self.page.evaluate("document.title").startswith(document["verdict"]))
                commands = self.page.evaluate("[...document.querySelectorAll('.command code')].map(e => e.textContent)")
                self.assertIn(as_shown(document["command"]), commands)

    def test_no_text_is_markup(self):
        for name in strange_names():
            with self.opened(name):
                self.assertEqual(self.page.problems, [])
                found = self.page.evaluate("""[...document.querySelectorAll('main *')].filter(e => e instanceof HTMLUnknownElement ||
                    e.matches(':is(b, i):not([class]), img, script')).map(e => e.localName)""")
                self.assertEqual(found, [])

    def test_the_counts(self):
        for name in names():
            with self.opened(name) as document:
                figures, outcomes = page_counts.expected(document)
                shown = dict(self.page.evaluate(
                    "[...document.querySelectorAll('.tiles > div')].map(e => [...e.children].map(part => part.textContent))"))
                self.assertEqual({figure: shown.get(figure, "").replace(",", "") for figure in figures}, figures)
                buttons = self.buttons()
                self.assertEqual({word: buttons.get(word, 0) for word in outcomes}, outcomes)
                rows = collections.Counter(self.page.evaluate(
                    "[...document.querySelectorAll('tr[data-end]')].map(e => e.dataset.end)"))
                self.assertEqual({word: rows[word] for word in buttons}, buttons, "rows of each outcome")

    def test_the_marks_of_an_update(self):
        for name in names():
            with self.opened(name) as document:
                if document["report"] != "rehearse update":
                    continue
                marks = self.page.evaluate("[...document.querySelectorAll('#time a[data-end]')].map(e => e.dataset.end)")
                self.assertEqual(collections.Counter(marks), collections.Counter(self.buttons()))
                self.assertEqual(self.page.evaluate("document.querySelectorAll('#failed details').length"), len(document["stories"]))

    def test_the_story_of_a_failed_case(self):
        document = load("update-failed")
        self.assertGreater(len(document["stories"]), 0)
        with self.opened("update-failed"):
            for story in document["stories"]:
                text = self.page.evaluate(f"document.getElementById('s{story['case']}').textContent")
                wanted = [story["cuts"], story["end"], story["replay"], story["gdb"], *(torn["what"] for torn in story["torn"])]
                for boot in story["boots"]:
                    wanted += [boot["title"], boot["console"].rstrip("\n")]
                for words in wanted:
                    self.assertIn(as_shown(words, keep="\n"), text)
                rows = self.page.evaluate(f"[...document.querySelectorAll('#s{story['case']} table:last-of-type tr')]"
                                          ".map(row => [...row.cells].map(cell => cell.textContent).join())")
                for t in story["trailers"]:
                    line = f"{t['when']},{t['slot']},0x{t['offset']:06x},{t['magic']},{t['swap_type']},{t['copy_done']},{t['image_ok']},"
                    self.assertTrue(any(row.startswith(line) for row in rows), f"{line}\n{rows}")

    def test_the_paths_of_a_closure(self):
        for name in names():
            with self.opened(name) as document:
                for n, path in enumerate(document.get("paths", [])):
                    kinds = [step["kind"] for step in path["steps"]]
                    article = f"document.querySelectorAll('article')[{n}]"
                    for selector, count in (("line.cut", kinds.count("cut")), ("line.rest", kinds.count("rest")),
                                            ("li.fault", kinds.count("fault")), (".sessions li.cut", kinds.count("cut"))):
                        self.assertEqual(self.page.evaluate(f"{article}.querySelectorAll({selector!r}).length"), count, selector)

    def test_the_units_of_a_fleet(self):
        for name in names():
            with self.opened(name) as document:
                if document["report"] != "rehearse fleet":
                    continue
                words = self.page.evaluate("[...document.querySelectorAll('#units tbody tr')].map(e => e.cells[0].textContent)")
                self.assertEqual(words, ["wrong" if unit["wrong"] else "right" for unit in document["units"]])
                marks = self.page.evaluate("document.querySelectorAll('#progress svg path.mark').length")
                self.assertEqual(marks, len(document["marks"]))

    def test_the_filter_hides_and_shows(self):
        filtered = 0
        for name in names():
            with self.opened(name):
                ends = self.buttons()
                filtered += bool(ends)
                hidden, ends_there = self.hidden()
                self.assertEqual(hidden, set(), "at first everything is shown")
                for end in ends:
                    button = f'button[data-filter="{end}"]'
                    self.page.click(button)
                    hidden, shown = self.hidden()
                    self.assertEqual((hidden, shown), (ends_there & {end}, ends_there - {end}))
                    self.assertEqual(self.page.evaluate(f"document.querySelector('{button}').ariaPressed"), "false")
                    self.page.click(button)
                    self.assertEqual(self.hidden()[0], set(), f"{end} came back")
                self.assertEqual(self.page.problems, [])
        self.assertGreater(filtered, 0)

    def test_without_scripts_everything_is_shown(self):
        self.page.scripts(False)
        try:
            for name in names():
                with self.opened(name):
                    self.assertEqual(self.hidden()[0], set())
        finally:
            self.page.scripts(True)

    def test_a_desk_has_room_for_every_picture(self):
        for name in names():
            with self.opened(name) as document:
                if document["report"] == "rehearse update":
                    self.assertEqual(self.page.evaluate("""[...document.querySelectorAll('.wide:has(svg)')]
                        .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => [e.scrollWidth, e.clientWidth])"""), [])

    def test_a_phone_does_not_scroll_sideways(self):
        for name in strange_names():
            with self.opened(name):
                self.page.width(PHONE)
                self.assertLessEqual(self.page.evaluate("document.documentElement.scrollWidth"), PHONE)
                # What is wider scrolls inside of a box of its own, so that all of it can be reached.
                beyond = self.page.evaluate(f"""{TEXTS}.filter({SHOWN}).filter(e => e.getBoundingClientRect().right > {PHONE} &&
                    ![...function*() {{ for (let p = e; p; p = p.parentElement) yield p; }}()]
                        .some(p => ['auto', 'scroll'].includes(getComputedStyle(p).overflowX))).map(e => e.textContent)""")
                self.assertEqual(beyond, [])

    def test_paper_hides_nothing(self):
        for name in names():
            with self.opened(name):
                for end in self.buttons():
                    self.page.click(f'button[data-filter="{end}"]')
                self.page.media("print")
                hidden = self.page.evaluate(f"{TEXTS}.filter(e => !({SHOWN})(e) && !e.closest('button')).map(e => e.textContent)")
                self.assertEqual(hidden[:10], [])
                self.assertEqual(self.hidden()[0], set(), "what the filter hides is on paper")

    def test_text_can_be_read_in_light_and_dark(self):
        for name in names():
            with self.opened(name):
                for scheme in ("light", "dark"):
                    self.page.media(scheme=scheme)
                    self.assertEqual(self.page.evaluate(CONTRAST), [], scheme)
                    backgrounds = self.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
                    self.assertEqual(sum(map(int, backgrounds[4:-1].split(","))) < 384, scheme == "dark", backgrounds)

    def test_pictures(self):
        for name in names():
            with self.opened(name):
                for look, scheme, width in (("light", "light", 1200), ("dark", "dark", 1200), ("phone", "light", PHONE)):
                    self.page.media(scheme=scheme)
                    self.page.width(width)
                    self.page.picture(path_of(f"{name}-{look}", "png"))

    def test_ten_thousand_cases(self):
        self.assertLess(os.path.getsize(path_of("update-many", "html")), 5_000_000)
        with self.opened("update-many"):
            self.assertEqual(self.page.problems, [])
            self.assertEqual(sum(self.buttons().values()), 10_000)
            self.page.click('button[data-filter="lost"]')
            hidden, shown = self.hidden()
            self.assertEqual((hidden, shown), ({"lost"}, {"came back", "went back", "dead"}))
            rows = self.page.evaluate(f"[...document.querySelectorAll('#cases tr[data-end]')].filter({SHOWN}).length")
            self.assertEqual(rows, 7_500)
            self.page.width(PHONE)
            self.assertLessEqual(self.page.evaluate("document.documentElement.scrollWidth"), PHONE)


if __name__ == "__main__":
    try:
        chromium.find_program()
    except chromium.Failed as failed:
        sys.exit(str(failed))
    unittest.main(verbosity=2)
