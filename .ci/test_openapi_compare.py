"""Tests of .ci/openapi-breaking: python3 .ci/test_openapi_compare.py"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))

from openapi_compare import METHODS, breaking  # noqa: E402

TEXT = {"type": "string", "minLength": 1, "maxLength": 300, "pattern": "^[^x]*$"}
DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {
        "/things/{thing}": {
            "parameters": [
                {"name": "thing", "in": "path", "required": True, "schema": {"type": "string"}}
            ],
            "patch": {
                "operationId": "patchThing",
                "security": [{"bearer": []}],
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100, "default": 15}},
                    {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}},
                ],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingInput"}}}
                },
                "responses": {
                    "200": {
                        "description": "It.",
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    },
                    "404": {"description": "None."},
                },
            },
            "get": {
                "operationId": "getThing",
                "security": [{}, {"bearer": []}],
                "responses": {
                    "200": {
                        "description": "It.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    }
                },
            },
        }
    },
    "components": {
        "schemas": {
            "Kind": {"type": "string", "enum": ["a", "b"]},
            "ThingInput": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": {
                    "name": TEXT,
                    "kind": {"oneOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "null"}]},
                    "list": {"type": "array", "maxItems": 50, "items": {"type": ["string", "null"]}},
                    "parent": {"$ref": "#/components/schemas/ThingInput"},
                },
            },
            "Thing": {
                "allOf": [
                    {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
                    {
                        "type": "object",
                        "required": ["kind"],
                        "properties": {
                            "kind": {"$ref": "#/components/schemas/Kind"},
                            "note": {"type": ["string", "null"]},
                            "below": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                        },
                    },
                ]
            },
        }
    },
}

PATCH = ("paths", "/things/{thing}", "patch")
GET = ("paths", "/things/{thing}", "get")
INPUT = ("components", "schemas", "ThingInput", "properties")
OUTPUT = ("components", "schemas", "Thing", "allOf", 1, "properties")

# A place of the document, its new value (GONE takes it out), and what is said of it.
GONE = object()
CASES = [
    (PATCH, GONE, ["patchThing: PATCH /things/{thing} was removed"]),
    ((*PATCH, "operationId"), "changeThing", ["patchThing: operationId: patchThing became changeThing"]),
    ((*GET, "security"), [{"bearer": []}], ["getThing: credentials are needed now"]),
    ((*PATCH, "parameters", 0), GONE, ["patchThing: parameter limit (query) was removed"]),
    ((*PATCH, "parameters", 0, "required"), True, ["patchThing: parameter limit (query) became required"]),
    ((*PATCH, "parameters", 0, "schema", "maximum"), 50, ["patchThing: parameter limit (query): maximum: 100 became 50"]),
    ((*PATCH, "parameters", 0, "schema", "default"), 10, ["patchThing: parameter limit (query): default: 15 became 10"]),
    ((*PATCH, "parameters", 0, "schema", "type"), "string", ["patchThing: parameter limit (query): type: [\"integer\"] became [\"string\"]"]),
    ((*PATCH, "parameters", 0, "schema", "minimum"), 1, ["patchThing: parameter limit (query): minimum: nothing became 1"]),
    ((*GET, "parameters"), [{"name": "q", "in": "query", "required": True, "schema": {}}], ["getThing: parameter q (query) is new and required"]),
    ((*PATCH, "requestBody", "required"), True, ["patchThing: a body is needed now"]),
    ((*PATCH, "requestBody"), GONE, ["patchThing: the body was removed"]),
    ((*PATCH, "requestBody", "content"), {"text/plain": {}}, ["patchThing: bodies of application/json are not taken any more"]),
    ((*PATCH, "responses", "200"), GONE, ["patchThing: answer 200 was removed"]),
    ((*PATCH, "responses", "202"), {"description": "Later."}, ["patchThing: answer 202 is new"]),
    ((*PATCH, "responses", "200", "headers", "ETag"), GONE, ["patchThing: answer 200: header ETag was removed"]),
    ((*GET, "responses", "200", "content"), {"text/html": {}}, ["getThing: answer 200 is not application/json any more"]),
    ((*INPUT, "name", "maxLength"), 200, ["ThingInput: /name: maxLength: 300 became 200"]),
    ((*INPUT, "name", "minLength"), 2, ["ThingInput: /name: minLength: 1 became 2"]),
    ((*INPUT, "name", "pattern"), "^[a-z]*$", ["ThingInput: /name: pattern: \"^[^x]*$\" became \"^[a-z]*$\""]),
    ((*INPUT, "name", "format"), "uri", ["ThingInput: /name: format: nothing became \"uri\""]),
    ((*INPUT, "list", "items", "type"), "string", ["ThingInput: /list/*: type: [\"null\", \"string\"] became [\"string\"]"]),
    ((*INPUT, "list", "uniqueItems"), True, ["ThingInput: /list: uniqueItems: nothing became true"]),
    ((*INPUT, "kind"), GONE, ["ThingInput: /kind: was removed"]),
    ((*INPUT, "kind"), {"$ref": "#/components/schemas/Kind"}, ["ThingInput: /kind: type: [\"null\"] became [\"string\"]", "ThingInput: /kind: enum: nothing became [\"a\", \"b\"]"]),
    (("components", "schemas", "ThingInput", "required"), ["name", "kind"], ["ThingInput: /kind: became required"]),
    (("components", "schemas", "Kind", "enum"), ["a"], ["Kind: lost [\"b\"]"]),
    (("components", "schemas", "Kind", "enum"), ["a", "b", "c"], ["Kind: may be new: [\"c\"]"]),
    (("components", "schemas", "Kind", "enum"), GONE, ["Kind: enum: [\"a\", \"b\"] became nothing"]),
    ((*OUTPUT, "note"), GONE, ["Thing: /note: was removed"]),
    ((*OUTPUT, "note", "type"), ["string", "integer"], ["Thing: /note: type: [\"null\", \"string\"] became [\"integer\", \"string\"]"]),
    (("components", "schemas", "Thing", "allOf", 1, "required"), [], ["Thing: /kind: may be missing now"]),
    # What breaks nobody.
    ((*PATCH, "summary"), "Changes it.", []),
    ((*PATCH, "responses", "404"), GONE, []),
    ((*PATCH, "responses", "409"), {"description": "No."}, []),
    ((*PATCH, "security"), [{}, {"bearer": []}], []),
    ((*PATCH, "parameters", 1, "required"), False, []),
    ((*PATCH, "parameters", 0, "schema", "maximum"), 200, []),
    ((*GET, "parameters"), [{"name": "q", "in": "query", "schema": {"type": "string"}}], []),
    (("paths", "/others"), {"get": {"operationId": "listOthers", "responses": {}}}, []),
    ((*INPUT, "name", "maxLength"), GONE, []),
    ((*INPUT, "name", "minLength"), 0, []),
    ((*INPUT, "name", "description"), "What it is called.", []),
    ((*INPUT, "more"), {"type": "string"}, []),
    ((*INPUT, "list", "minItems"), 0, []),
    (("components", "schemas", "ThingInput", "required"), [], []),
    (("components", "schemas", "ThingInput", "additionalProperties"), True, []),
    ((*OUTPUT, "more"), {"type": "string"}, []),
    ((*OUTPUT, "note", "type"), "string", []),
    ((*OUTPUT, "note", "maxLength"), 10, []),
    (("components", "schemas", "Thing", "allOf", 1, "required"), ["kind", "note"], []),
]


def changed(document, place, value):
    """The document with another value at this place."""
    document = copy.deepcopy(document)
    at = document
    for part in place[:-1]:
        at = at[part]
    if value is GONE:
        del at[place[-1]]
    elif isinstance(at, list) and place[-1] == len(at):
        at.append(value)
    else:
        at[place[-1]] = value
    return document


class Compare(unittest.TestCase):
    def test_each_change_is_named(self):
        for place, value, expected in CASES:
            with self.subTest(place=place, value=value):
                found = breaking(DOCUMENT, changed(DOCUMENT, place, value))
                self.assertEqual(sorted(f"{one.where}: {one.what}" for one in found), sorted(expected))

    def test_a_change_of_a_schema_tells_whom_it_reaches(self):
        new = changed(DOCUMENT, ("components", "schemas", "Kind", "enum"), ["a", "b", "c"])
        self.assertEqual(list(breaking(DOCUMENT, new).values()), [{"getThing", "patchThing"}])

    def test_parameters_of_paths_may_be_renamed(self):
        text = json.dumps(DOCUMENT).replace("{thing}", "{id}").replace('"name": "thing"', '"name": "id"')
        self.assertEqual(breaking(DOCUMENT, json.loads(text)), {})

    def test_the_document_of_now_breaks_when_anything_of_it_goes(self):
        document = json.loads((HERE.parent / "openapi/openapi.json").read_text())
        self.assertEqual(breaking(document, copy.deepcopy(document)), {})
        operations = sum(
            method in item for item in document["paths"].values() for method in METHODS
        )
        self.assertEqual(len(breaking(document, {**document, "paths": {}})), operations)
        # Of each schema all members that lead to no other schema.
        schemas = copy.deepcopy(document["components"]["schemas"])
        gone = set()
        for name, schema in schemas.items():
            for member, value in list(schema.get("properties", {}).items()):
                if "$ref" not in json.dumps(value):
                    gone.add(f"{name}: /{member}: was removed")
                    del schema["properties"][member]
        new = {**document, "components": {**document["components"], "schemas": schemas}}
        found = {f"{one.where}: {one.what}" for one in breaking(document, new)}
        self.assertGreater(len(gone), 200)
        self.assertEqual(gone - found, set())


class Command(unittest.TestCase):
    def run_with(self, new, changelog, allowed=""):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name, text in (("old", json.dumps(DOCUMENT)), ("new", json.dumps(new)),
                               ("changelog", changelog), ("allowed", allowed)):
                (folder / name).write_text(text)
            command = [str(HERE / "openapi-breaking")] + [str(folder / name) for name in ("old", "new", "changelog", "allowed")]
            return subprocess.run(command, capture_output=True, text=True)

    def test_what_the_changelog_owns_up_to_passes(self):
        shorter = changed(DOCUMENT, (*INPUT, "name", "maxLength"), 200)
        unreleased = "# Changelog\n\n## [Unreleased]\n\n### Changed\n\n- {}\n\n## [0.1.0]\n\n- **Breaking**: `ThingInput` was another.\n"
        for entry, status in (
            ("**Breaking**: names of things (`ThingInput`) have\n  at most 200 characters.", 0),
            ("**Breaking**: `patchThing` takes shorter names.", 0),
            ("Names of things (`ThingInput`) are shorter.", 1),
            ("**Breaking**: `Thing` is shorter.", 1),
        ):
            with self.subTest(entry=entry):
                result = self.run_with(shorter, unreleased.format(entry))
                self.assertEqual(result.returncode, status, result.stdout)
                self.assertIn("ThingInput: /name: maxLength: 300 became 200 (in patchThing)", result.stdout)

    def test_the_list_of_allowed_ones_needs_reasons_and_is_kept_tidy(self):
        shorter = changed(DOCUMENT, (*INPUT, "name", "maxLength"), 200)
        line = "ThingInput: /name: maxLength: 300 became 200"
        for allowed, new, status in (
            (f"# Why\n{line} -- the server never took more", shorter, 0),
            (line, shorter, 1),
            (f"{line} -- ", shorter, 1),
            (f"{line} -- the server never took more", DOCUMENT, 1),
        ):
            with self.subTest(allowed=allowed):
                result = self.run_with(new, "## [Unreleased]\n", allowed)
                self.assertEqual(result.returncode, status, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
