"""The dashboard as people see it: pictures at two widths and in two themes, printed, and checked.

Pages are made of the demo's log, where there is one, of a guarded rollout that is played for it,
of the golden logs, and of logs that are named, in English and in Chinese, at their end and where a
guardrail was breached first. Headless Chromium shows each at 1280 and 390 pixels, light and dark:
no request beside the page itself, no word on its console, nothing wider than the window, no script,
a picture kept. axe-core must find nothing serious or critical, with every rule of WCAG 2.2 A and
AA; tidy no error. A page stays below a megabyte, and twice the same is made of the same position.
"""

import json
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import prove_control
from browser import Browser, Failure, browser
from demo import ROOT, SLUICE
from proof import NOT_TRIED, Violation

BYTES_MAX = 1_000_000
WIDTHS, THEMES, LANGUAGES = [1280, 390], ["light", "dark"], ["en", "zh"]
DEMO = ROOT / "events" / "log" / "demo" / "data"
GOLDEN = ["every-kind", "every-kind-7", "rolled-segments"]
AXE = ROOT / ".build" / "dashboard-axe"
# A wheel that carries the checker's one script; nothing of it is installed.
AXE_WHEEL = "axe-playwright-python"
# The rules of the checker that count, by their tags.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def run(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, **options)


def sluice(*words):
    done = run(SLUICE, *words)
    if done.returncode:
        raise Violation(f"sluice {' '.join(map(str, words))}: {done.stderr.decode()}")
    return done.stdout


def axe():
    """The checker's script; None where it cannot be had."""
    script = AXE / "axe.min.js"
    if not script.exists():
        AXE.mkdir(parents=True, exist_ok=True)
        run("python3", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", AXE, AXE_WHEEL)
        for wheel in AXE.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                for name in archive.namelist():
                    if name.endswith("axe.min.js"):
                        script.write_bytes(archive.read(name))
    return script.read_text() if script.exists() else None


class Proof:
    """The pages, the browser, and what was seen."""

    def __init__(self, options, folder):
        self.folder, self.window = folder, None
        self.pictures = Path(options.pictures)
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.script, self.tidy = axe(), shutil.which("tidy")
        self.pages = self.views = self.rules = self.faults = self.largest = 0
        self.warnings = set()

    # -- pages ------------------------------------------------------------------------------------

    def page(self, name, data, *place):
        for language in LANGUAGES:
            words = ["dump", "dashboard", "--format", "html", "--data", data, "--lang", language,
                     *place]
            page = sluice(*words)
            if page != sluice(*words):
                raise Violation(f"{name}: two pages of one position differ")
            if len(page) >= BYTES_MAX:
                raise Violation(f"{name}: {len(page)} bytes")
            self.largest = max(self.largest, len(page))
            path = self.folder / f"{name}-{language}.html"
            path.write_bytes(page)
            self.pages += 1
            self.look(path)
            self.validate(path)

    def log(self, name, data):
        """The page at the end of a log, and where a guardrail was breached first."""
        self.page(name, data)
        rows = json.loads(sluice("dump", "guardrails", "--json", "--data", data))["rows"]
        breach = next((row for row in rows if row["state"] == "breached"), None)
        if breach:
            self.page(f"{name}-breach", data, "--at", breach["position"] + 1)

    # -- checks -----------------------------------------------------------------------------------

    def look(self, path):
        for width in WIDTHS:
            for theme in THEMES:
                self.window.open(path.as_uri(), width, theme)
                self.expect(path, width, theme)
                self.window.picture(self.pictures / f"{path.stem}-{width}-{theme}.png")
                if self.script:
                    self.check(path, width, theme)
                self.views += 1
        self.window.open(path.as_uri(), 800, "dark", media="print")
        self.window.print(self.pictures / f"{path.stem}.pdf")

    def expect(self, path, width, theme):
        where = f"{path.name} at {width}, {theme}"
        requests = self.window.requests()
        if requests != [path.as_uri()]:
            raise Violation(f"{where}: requests {requests}")
        if said := self.window.said():
            raise Violation(f"{where}: the console has {said}")
        wide = self.window.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            raise Violation(f"{where}: the page is {wide} pixels wide")
        if self.window.evaluate("document.scripts.length"):
            raise Violation(f"{where}: the page has a script")

    def check(self, path, width, theme):
        self.window.evaluate(self.script + "; 0")
        found = self.window.evaluate(
            f"axe.run(document, {{runOnly: {{type: 'tag', values: {json.dumps(TAGS)}}}}})"
            ".then(all => JSON.stringify({passes: all.passes.length, faults: all.violations.map("
            "one => [one.impact, one.id, one.help, one.nodes.slice(0, 3).map("
            "node => node.html.slice(0, 160))])}))")
        found = json.loads(found)
        self.rules = max(self.rules, found["passes"])
        for impact, rule, what, nodes in found["faults"]:
            if impact in ("serious", "critical"):
                raise Violation(f"{path.name} at {width}, {theme}: {rule}, {what}: {nodes}")
            self.faults += 1
            self.warnings.add(f"{impact}: {rule}, {what}")

    def validate(self, path):
        if not self.tidy:
            return
        done = run(self.tidy, "-quiet", "-errors", "-utf8", path)
        lines = [line for line in done.stderr.decode().splitlines() if " - Error:" in line]
        if lines:
            raise Violation(f"{path.name}: {lines[:3]}")

    def summary(self):
        text = (f"{self.pages} pages of at most {self.largest:,} bytes, {self.views} views: "
                "requests 0, words on the console 0, wider than the window 0")
        if self.script:
            text += f"; axe-core: {self.rules} rules, serious or critical 0, lesser {self.faults}"
        return text + f"; pictures in {self.pictures}"


def prove(options):
    path = browser()
    if not path:
        print("no Chromium is here: apt install chromium")
        return NOT_TRIED
    folder = Path(tempfile.mkdtemp(prefix="sluice-dashboard-", dir=options.dir))
    proof, story = Proof(options, folder), None
    try:
        proof.window = Browser(path)
        logs = [Path(data).resolve() for data in options.data]
        if not logs and DEMO.exists():
            logs.append(DEMO)
        for data in logs:
            proof.log(f"{data.parent.name}-{data.name}", data)
        for name in GOLDEN:
            proof.log(name, ROOT / "events" / "golden" / name)
        if not options.short:
            story = prove_control.Control(
                folder, prove_control.PLAN, prove_control.MERCHANTS)
            story.run()
            proof.log("guarded", story.data)
    except (Violation, Failure) as violation:
        print(f"violation: {violation}\nkept: {folder}")
        return 1
    finally:
        if proof.window:
            proof.window.end()
        if story:
            story.end()
    shutil.rmtree(folder)
    for warning in sorted(proof.warnings):
        print(f"lesser: {warning}")
    if not proof.script:
        print(f"not to be had: axe-core ({AXE_WHEEL} of PyPI)")
    if not proof.tidy:
        print("not to be had: tidy (apt install tidy)")
    print(proof.summary())
    return 0


def add_options(parser):
    parser.add_argument("--dir", default="/var/tmp", help="where logs and pages are written")
    parser.add_argument("--pictures", default=str(ROOT / ".build" / "dashboard-pictures"),
                        help="the folder of the pictures, which stay")
    parser.add_argument("--data", action="append", default=[],
                        help="a log of yours; several times for several")
    parser.add_argument("--short", action="store_true", help="without the rollout that is played")
    parser.set_defaults(prove=prove)
