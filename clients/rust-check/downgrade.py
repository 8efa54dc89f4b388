#!/usr/bin/env python3
"""Writes the API document as OpenAPI 3.0, for progenitor: downgrade.py FILE

Prints the document. What it says of values stays; lost are the forms of names of members
(`propertyNames`), which 3.0 cannot say, and the words beside references. And progenitor knows one
media type of JSON: problems and merge patches are `application/json` here, which for bodies the
server takes too. It confuses a parameter of the path with one of the query that has the same name:
that of the path is `in_path` here, which no request shows. And it reads `anyOf` as all of them at
once: it is `oneOf` here, which it reads as the first that fits.
"""

import json
import sys

# What 3.0 does not know, and what of it says nothing of values.
UNKNOWN = {"propertyNames", "$comment", "examples"}
JSON = {"application/problem+json", "application/merge-patch+json"}
# Where schemas stand in schemas.
BY_NAME, LISTS, SINGLE = ("properties",), ("oneOf", "anyOf", "allOf"), ("items", "not", "additionalProperties")


def schema(old):
    """A schema of 3.1 as one of 3.0."""
    if not isinstance(old, dict):
        return old
    if "$ref" in old:
        reference = {"$ref": old["$ref"]}
        return {"allOf": [reference], "default": old["default"]} if "default" in old else reference
    new = {}
    for key, value in old.items():
        if key in BY_NAME:
            new[key] = {name: schema(member) for name, member in value.items()}
        elif key in LISTS:
            new["oneOf" if key == "anyOf" else key] = [schema(one) for one in value]
        elif key in SINGLE:
            new[key] = schema(value)
        elif key == "const":
            new["enum"] = [value]
        elif key not in UNKNOWN:
            new[key] = value
    if isinstance(new.get("type"), list):
        new = by_types(new)
    return without_null(new)


def by_types(new):
    """`type: [string, null]` as `nullable`, several types as alternatives."""
    types = [one for one in new["type"] if one != "null"]
    nullable = {"nullable": True} if len(types) < len(new["type"]) else {}
    rest = {key: value for key, value in new.items() if key != "type"}
    if len(types) == 1:
        return {**rest, "type": types[0], **nullable}
    return {**rest, "oneOf": [{"type": one} for one in types], **nullable}


def without_null(new):
    """`oneOf: [X, null]` as a nullable X."""
    others = [one for one in new.get("oneOf", []) if one.get("type") != "null"]
    if len(others) == len(new.get("oneOf", [])):
        return new
    rest = {name: value for name, value in new.items() if name != "oneOf"}
    if len(others) > 1:
        return {**rest, "oneOf": others, "nullable": True}
    # A reference may have nothing beside it.
    one = {"allOf": others} if "$ref" in others[0] else others[0]
    return {**one, **rest, "nullable": True}


def content(old):
    """Bodies by media type."""
    new = {}
    for media, body in old.items():
        body = {key: value for key, value in body.items() if key != "schema"} | (
            {"schema": schema(body["schema"])} if "schema" in body else {}
        )
        new["application/json" if media in JSON else media] = body
    return new


def within(value):
    """Everything outside of schemas, with the schemas in it changed."""
    if isinstance(value, list):
        return [within(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: schema(item) if key == "schema" else content(item) if key == "content" else within(item)
        for key, item in value.items()
    }


def told_apart(paths):
    """Paths whose parameters have names that no other parameter has."""
    new = {}
    for path, item in paths.items():
        for operation in item.values():
            parameters = operation.get("parameters", [])
            others = {one["name"] for one in parameters if one["in"] != "path"}
            for one in parameters:
                if one["in"] == "path" and one["name"] in others:
                    path = path.replace(f"{{{one['name']}}}", "{in_path}")
                    one["name"] = "in_path"
        new[path] = item
    return new


def downgraded(document):
    """The whole document."""
    if not document["openapi"].startswith("3.1"):
        sys.exit(f"OpenAPI 3.1 was expected, not {document['openapi']}")
    new = within({key: value for key, value in document.items() if key not in ("components", "webhooks")})
    new["openapi"] = "3.0.3"
    new["paths"] = told_apart(new["paths"])
    new["info"] = {key: value for key, value in new["info"].items() if key != "summary"}
    if "license" in new["info"]:
        new["info"]["license"].pop("identifier", None)
    components = within({key: value for key, value in document["components"].items() if key != "schemas"})
    components["schemas"] = {name: schema(one) for name, one in document["components"]["schemas"].items()}
    return new | {"components": components}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    with open(sys.argv[1], encoding="utf-8") as file:
        json.dump(downgraded(json.load(file)), sys.stdout, ensure_ascii=False, indent=1)
