"""What other programs are given is what they take: promtool, jsonschema, the SDK, sqlite3.

Golden logs and one of a running daemon are exported in every form. Prometheus' own promtool checks
the metrics (of dumps and of /metrics), the alert rules, their unit tests and every expression of
the Grafana dashboard; no rule and no panel may name a metric that is not given. jsonschema holds
every event and every dump against events/schemas, and must refuse each with a field wrong. The
official CloudEvents SDK reads every event. sqlite3 answers the queries of README. What cannot be
had here is named; the exit is 4 where nothing could be checked.
"""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import verify
from demo import ROOT, SLUICE
from other_people import environment
from proof import Violation

GOLDEN = ROOT / "events" / "golden"
SCHEMAS = ROOT / "events" / "schemas"
IDS = "https://sluice.example/schemas/"
RULES = ROOT / "tools" / "prometheus" / "sluice.rules.yml"
RULE_TESTS = ROOT / "tools" / "prometheus" / "sluice.test.yml"
DASHBOARD = ROOT / "tools" / "grafana" / "sluice.json"
READER = ROOT / "tools" / "outside" / "exports.py"
PYTHON = ROOT / ".build" / "exports-python"
PROMETHEUS = ROOT / ".build" / "exports-prometheus"
LOGS = ["every-kind", "every-kind-2", "every-kind-3", "every-kind-4", "every-kind-5",
        "every-kind-7", "rolled-segments"]
METRIC = re.compile(r"\bsluice_[a-z_]+\b")


def run(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, **options)


def said(done):
    return (done.stdout + done.stderr).decode("utf-8", "replace").strip()


def sluice(*words):
    done = run(SLUICE, *words)
    if done.returncode:
        raise Violation(f"sluice {' '.join(map(str, words))}: {said(done)}")
    return done.stdout


# -- Prometheus ------------------------------------------------------------------------------


def promtool():
    """Its path; unpacked out of Debian's package where it is not installed, so that no server of
    Prometheus begins to run. None where it cannot be had."""
    found = shutil.which("promtool") or PROMETHEUS / "usr" / "bin" / "promtool"
    if Path(found).exists():
        return found
    PROMETHEUS.mkdir(parents=True, exist_ok=True)
    try:
        done = run("apt-get", "download", "-qq", "prometheus", cwd=PROMETHEUS, timeout=120)
        packages = sorted(PROMETHEUS.glob("*.deb"))
        if done.returncode or not packages:
            return None
        done = run("dpkg-deb", "-x", packages[-1], PROMETHEUS)
        packages[-1].unlink()
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found if done.returncode == 0 and Path(found).exists() else None


def names(text):
    """The metrics that a text in Prometheus' format declares."""
    return set(re.findall(r"^# TYPE (\S+) ", text.decode(), re.MULTILINE))


def check_metrics(tool, text, about):
    done = run(tool, "check", "metrics", input=text)
    if done.returncode or said(done):
        raise Violation(f"promtool of {about}: {said(done)[:500]}")


def live(folder):
    """What a daemon shows at /metrics."""
    data = folder / "live"
    sluice("init", "--data", data, "--origin", 'live.example/"a\\b"')
    daemon = subprocess.Popen(
        [SLUICE, "serve", "--data", data, "--http", "127.0.0.1:0"], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    try:
        for line in daemon.stderr:
            if port := re.search(r"at port (\d+)", line):
                break
        else:
            raise Violation("the daemon says no port")
        address = f"http://127.0.0.1:{port[1]}/metrics"
        # A page is good for a second, and so long the first head may take.
        for _ in range(120):
            with urllib.request.urlopen(address, timeout=30) as answer:
                kind, text = answer.headers["Content-Type"], answer.read()
            if not kind.startswith("text/plain; version=0.0.4"):
                raise Violation(f"/metrics is of {kind}")
            if b"\nsluice_daemon_signed_position " in text:
                return text
            time.sleep(0.25)
        raise Violation("the daemon signs no head")
    finally:
        daemon.terminate()
        daemon.communicate(timeout=60)


def expressions(node):
    """Every expression of the dashboard, with its variables filled in."""
    if isinstance(node, dict):
        if "expr" in node:
            yield node["expr"].replace("$instance", ".*").replace("$rollout", ".*")
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from expressions(one)


def prometheus(tool, folder):
    given = set()
    for log in LOGS:
        text = sluice("dump", "dashboard", "--format", "prometheus", "--data", GOLDEN / log)
        check_metrics(tool, text, f"the golden log {log}")
        given |= names(text)
    text = live(folder)
    check_metrics(tool, text, "a running daemon")
    given |= names(text)
    # A figure that promtool must find wrong, else it checks nothing.
    if not said(run(tool, "check", "metrics", input=text + b"sluice_no_help_count 1\n")):
        raise Violation("promtool takes a metric without help")
    for words in (["check", "rules", RULES], ["test", "rules", RULE_TESTS]):
        done = run(tool, *words)
        if done.returncode:
            raise Violation(f"promtool {' '.join(map(str, words))}: {said(done)}")
    shown = sorted(set(expressions(json.loads(DASHBOARD.read_text()))))
    rules = {"groups": [{"name": "dashboard", "rules": [
        {"record": f"panel:{number}", "expr": text} for number, text in enumerate(shown)]}]}
    # JSON is YAML.
    panels = folder / "panels.yml"
    panels.write_text(json.dumps(rules))
    done = run(tool, "check", "rules", panels)
    if done.returncode:
        raise Violation(f"an expression of the dashboard: {said(done)}")
    rules_text = "".join(line for line in RULES.read_text().splitlines(True)
                         if not line.lstrip().startswith("#"))
    named = set(METRIC.findall(rules_text)) | set(METRIC.findall(" ".join(shown)))
    if lost := sorted(named - given):
        raise Violation(f"rules or dashboard name what nobody gives: {', '.join(lost)}")
    alerts = rules_text.count("- alert:")
    tested = set(re.findall(r"alertname: (\w+)", RULE_TESTS.read_text()))
    if untested := set(re.findall(r"- alert: (\w+)", rules_text)) - tested:
        raise Violation(f"no test of {', '.join(sorted(untested))}")
    return f"promtool: {len(given)} metrics, {alerts} alerts, {len(shown)} panels"


# -- JSON Schema -----------------------------------------------------------------------------


def with_jsonschema():
    """A Python that has it: this one, Debian's, or one with what PyPI offers."""
    for python in (sys.executable, "/usr/bin/python3"):
        if Path(python).exists() and run(python, "-c", "import jsonschema").returncode == 0:
            return python
    python, missing = environment(PYTHON, ["jsonschema"], 20)
    return None if missing else python


def cases(folder):
    """A file of what is held against which schema."""
    path = folder / "cases.ndjson"
    with open(path, "w", encoding="utf-8") as file:
        def put(schema, about, values):
            file.write(json.dumps({"schema": IDS + schema, "about": about, "values": values})
                       + "\n")
        for log in LOGS:
            for line in sluice("export", "ndjson", "--data", GOLDEN / log).splitlines():
                event = json.loads(line)
                name = f"{event['kind']}-{event['kind_version']}"
                about = f"{log}, event {event['position']}"
                put(f"event/{name}.json", about, [event])
                if log == LOGS[-2]:
                    put("event.json", about, [event])
        for entry in sorted(Path(ROOT / "events" / "catalogue").glob("*.json")):
            # Versions that no golden log holds are held by the example of the catalogue.
            kind = json.loads(entry.read_text())
            examples = SCHEMAS / "event" / f"{kind['name']}-{kind['version']}.json"
            if not examples.exists():
                raise Violation(f"{entry.name} has no schema")
        for path_of in sorted((SCHEMAS / "dump").glob("*.json")):
            name = path_of.name.rpartition("-")[0]
            for log in LOGS:
                words = ("dump", name, "--data", GOLDEN / log, "--format")
                about = f"{name} of {log}"
                document = json.loads(sluice(*words, "json"))
                put(f"dump/{path_of.name}", about + ", json", [document])
                lines = [json.loads(line) for line in sluice(*words, "ndjson").splitlines()]
                put(f"dump/{path_of.name}#/$defs/line", about + ", ndjson", lines[1:] or lines)
                put(f"dump/{path_of.name}#/$defs/line", about + ", its manifest", lines[:1])
    return path


def schemas(python, folder):
    done = run(python, READER, "schemas", SCHEMAS, cases(folder))
    if done.returncode:
        raise Violation(f"jsonschema: {said(done)}")
    return f"jsonschema: {said(done).splitlines()[-1]}"


# -- CloudEvents, SQLite ---------------------------------------------------------------------


def clouds(python, folder):
    count = []
    for log in LOGS:
        path = folder / f"{log}.cloudevents"
        path.write_bytes(sluice("export", "cloudevents", "--data", GOLDEN / log))
        done = run(python, READER, "cloudevents", path)
        if done.returncode:
            raise Violation(f"CloudEvents of {log}: {said(done)}")
        count.append(int(said(done).split()[0]))
        batch = json.loads(sluice("export", "cloudevents", "--batch", "--data", GOLDEN / log))
        if batch != [json.loads(line) for line in path.read_bytes().splitlines()]:
            raise Violation(f"the batch of {log} is not its events")
    return f"CloudEvents SDK: {sum(count)} events"


def queries():
    """The queries of README: lines of `sqlite3 FILE "QUERY"`."""
    text = (ROOT / "README.md").read_text()
    found = re.findall(r'^\$ sqlite3 \S+ "([^"]+)"', text, re.MULTILINE)
    if len(found) < 3:
        raise Violation("README shows fewer than three queries")
    return found


def database(folder):
    path = folder / "rollout.db"
    sluice("dump", "all", "--format", "sqlite", "--data", GOLDEN / "every-kind-7", "--out", path)
    answers = 0
    program = shutil.which("sqlite3")
    for query in queries():
        rows = sqlite3.connect(path).execute(query).fetchall()
        if not rows:
            raise Violation(f"README's query has no answer: {query}")
        if program:
            done = run(program, "-readonly", path, query)
            if done.returncode or len(done.stdout.splitlines()) != len(rows):
                raise Violation(f"sqlite3 answers another thing: {query}: {said(done)}")
        answers += len(rows)
    return f"sqlite3: {len(queries())} queries, {answers} rows"


def cells():
    """The independent reader makes the same cells of hostile texts as the product."""
    texts = json.loads((ROOT / "events" / "dumps" / "texts.json").read_text())
    for text in texts:
        made = verify.csv_bytes([[verify.text_cell(bytes.fromhex(text["hex"]))]])
        if made.decode() != text["csv"] + "\n":
            raise Violation(f"verify.py makes {made!r} of {text['hex']}, not {text['csv']!r}")
    return f"verify.py: {len(texts)} hostile cells"


def prove(options):
    notes, missing = [], []
    with tempfile.TemporaryDirectory(prefix="sluice-exports-", dir=options.dir) as folder:
        folder = Path(folder)
        try:
            notes.append(database(folder))
            notes.append(cells())
            if tool := promtool():
                notes.append(prometheus(tool, folder))
            else:
                missing.append("promtool (apt install prometheus)")
            if python := with_jsonschema():
                notes.append(schemas(python, folder))
            else:
                missing.append("jsonschema (apt install python3-jsonschema)")
            python, lost = environment(PYTHON, ["cloudevents>=2.0.0"], 20)
            if python and not lost:
                notes.append(clouds(python, folder))
            else:
                missing.append("cloudevents of PyPI: no network, or no python3-venv")
        except Violation as violation:
            print(f"violation: {violation}")
            return 1
    for name in missing:
        print(f"not to be had: {name}")
    print("; ".join(notes) + (f"; not tried: {len(missing)}" if missing else ""))
    return 0


def add_options(parser):
    parser.add_argument("--dir", default="/var/tmp", help="where files are written")
    parser.set_defaults(prove=prove)
