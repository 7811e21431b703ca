"""Other people's libraries read what the program exports: `tools/prove exports` starts it.

  exports.py schemas FOLDER FILE...   jsonschema holds files against the schemas of a folder
  exports.py cloudevents FILE         the CloudEvents SDK reads an event a line, and a batch

A file for `schemas` is `{"schema": ID, "about": TEXT, "values": [..]}` a line. Each value must be
valid, and must not be once a field is taken away, added, or of another type.
"""

import json
import sys
from pathlib import Path


# How many values of a schema are broken, each field in turn.
BROKEN = 2


class Violation(Exception):
    """Something is accepted that must be refused, or the other way round."""


# -- jsonschema ------------------------------------------------------------------------------


def validators(folder):
    """A validator for each id, and for `id#/$defs/line` of dumps."""
    from jsonschema import Draft202012Validator
    schemas = {}
    for path in sorted(Path(folder).rglob("*.json")):
        schema = json.loads(path.read_text())
        Draft202012Validator.check_schema(schema)
        if schema["$id"] in schemas:
            raise Violation(f"{path}: its $id is another's")
        schemas[schema["$id"]] = schema
    for name, schema in list(schemas.items()):
        if "$defs" in schema:
            schemas[name + "#/$defs/line"] = {
                "$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": "#/$defs/line"}
    whole = {name: schema for name, schema in schemas.items() if "#" not in name}
    try:
        from referencing import Registry, Resource
        registry = Registry().with_resources(
            (name, Resource.from_contents(schema)) for name, schema in whole.items())
        return {name: Draft202012Validator(schema, registry=registry)
                for name, schema in schemas.items()}
    except ImportError:
        from jsonschema import RefResolver
        return {name: Draft202012Validator(
            schema, resolver=RefResolver(name.partition("#")[0], schema, store=whole))
            for name, schema in schemas.items()}


def broken(value):
    """The same with one thing wrong, each in turn."""
    for key in value:
        yield f"without {key}", {name: one for name, one in value.items() if name != key}
        yield f"with {key} of another type", {**value, key: {"no": ["type", "of", "ours"]}}
        if isinstance(value[key], dict) and "hex" not in value[key]:
            for what, inner in broken(value[key]):
                yield f"{key} {what}", {**value, key: inner}
    yield "with a field too many", {**value, "unheard_of": 1}


def hold(folder, files):
    by_id = validators(folder)
    counts = {"values": 0, "refused": 0}
    used = {}
    for path in files:
        with open(path, encoding="utf-8") as file:
            for line in file:
                case = json.loads(line)
                validator = by_id.get(case["schema"])
                if validator is None:
                    raise Violation(f"{case['about']}: there is no schema {case['schema']}")
                used[case["schema"]] = used.get(case["schema"], 0) + 1
                for number, value in enumerate(case["values"]):
                    fault = next(iter(validator.iter_errors(value)), None)
                    if fault is not None:
                        raise Violation(f"{case['about']}, {number}: {fault.message[:200]} "
                                        f"at {list(fault.absolute_path)}")
                    counts["values"] += 1
                    if number or used[case["schema"]] > BROKEN or "manifest" in value:
                        continue
                    for what, wrong in broken(value):
                        # What may be left out.
                        if what.endswith("without refund_basis"):
                            continue
                        if validator.is_valid(wrong):
                            raise Violation(f"{case['about']}: valid {what}")
                        counts["refused"] += 1
    rest = [name for name in by_id
            if name not in used and name + "#/$defs/line" not in used and "#" not in name]
    if rest:
        raise Violation(f"nothing was held against {', '.join(sorted(rest))}")
    print(f"{len(by_id)} schemas, {counts['values']} values valid, "
          f"{counts['refused']} wrong ones refused")


# -- CloudEvents -----------------------------------------------------------------------------


def clouds(path):
    from cloudevents.core.bindings import http
    from cloudevents.core.formats.json import JSONFormat
    form, seen, count = JSONFormat(), set(), 0
    lines = Path(path).read_bytes().splitlines()
    for line in lines:
        raw = json.loads(line)
        event = form.read(None, line)
        if event.get_specversion() != "1.0" or event.get_datacontenttype() != "application/json":
            raise Violation(f"{raw['id']}: not of 1.0, or not of JSON")
        said = (event.get_id(), event.get_source(), event.get_type(), event.get_subject(),
                event.get_dataschema())
        if said != tuple(raw.get(key) for key in ("id", "source", "type", "subject", "dataschema")):
            raise Violation(f"{raw['id']}: the SDK reads other attributes")
        if event.get_data() != raw["data"] or event.get_time().tzinfo is None:
            raise Violation(f"{raw['id']}: the SDK reads other data, or no time")
        if (said[1], said[0]) in seen:
            raise Violation(f"{raw['id']}: twice")
        seen.add((said[1], said[0]))
        # There and back through the HTTP binding, as a broker hands it on.
        message = http.to_structured_event(event)
        again = http.from_http_event(message)
        if again.get_id() != event.get_id() or again.get_data() != event.get_data():
            raise Violation(f"{raw['id']}: another behind the HTTP binding")
        count += 1
    # What the specification does not allow, the SDK must not take either: else it checks nothing.
    for key in ("id", "source", "type", "time"):
        wrong = {**json.loads(lines[0]), key: ""}
        try:
            form.read(None, json.dumps(wrong))
        except Exception:  # noqa: BLE001 - whatever the library calls it
            continue
        raise Violation(f"the SDK takes an event whose {key} is empty")
    print(f"{count} CloudEvents read by the SDK")


def main():
    try:
        if sys.argv[1] == "schemas":
            hold(sys.argv[2], sys.argv[3:])
        else:
            clouds(sys.argv[2])
    except Violation as violation:
        print(f"violation: {violation}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
