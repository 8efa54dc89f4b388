"""What in a new OpenAPI document breaks the clients of an old one. See .ci/openapi-breaking.

A request that the old document allowed must be allowed by the new one; an answer that the new one
allows must be one that the old one allowed, but for members that are new. What cannot be compared
(two patterns, say) counts as broken when it differs. A change of a named schema is told once,
with the operations that it reaches.
"""

import dataclasses
import json
import re

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# A bound of the new schema that is stricter than that of the old one.
AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
NO_BOUND = {"minLength": 0, "minItems": 0, "minProperties": 0}
# Two values of these are the same or cannot be compared.
OPAQUE = (
    "pattern", "format", "multipleOf", "uniqueItems", "not", "if", "then", "else", "contains",
    "patternProperties", "dependentRequired", "dependentSchemas", "unevaluatedProperties",
    "unevaluatedItems", "contentEncoding", "contentMediaType",
)
# What says nothing of the values themselves, or is compared in another way.
WORDS = (
    "description", "title", "example", "examples", "deprecated", "readOnly", "writeOnly",
    "$comment", "xml", "externalDocs", "discriminator",
)
REQUEST, ANSWER = "request", "answer"


@dataclasses.dataclass(frozen=True, order=True)
class Change:
    """Something that broke: where (a schema's name, or an operation) and what."""

    where: str
    what: str


class Documents:
    """The old and the new document, and what was found."""

    def __init__(self, old, new):
        self.old, self.new = old, new
        # For each change the operations that it reaches.
        self.found: dict[Change, set[str]] = {}
        self.operation = ""
        # Pairs of named schemas that are being compared, since schemas hold themselves.
        self.under_way: list[tuple] = []

    def broken(self, where, what):
        self.found.setdefault(Change(where, what), set()).add(self.operation)


def breaking(old, new):
    """Every breaking change, with the ids of the operations that it reaches."""
    documents = Documents(old, new)
    before, after = operations(old), operations(new)
    for place, (path_old, operation) in before.items():
        name = operation.get("operationId", place)
        documents.operation = name
        if place not in after:
            documents.broken(name, f"{path_old} was removed")
            continue
        compare_operation(documents, name, operation, after[place][1])
    return documents.found


def operations(document):
    """By method and path, without the names of the path's parameters: the path and the operation,
    with the parameters of the path among its own."""
    found = {}
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                operation = dict(item[method])
                operation["parameters"] = item.get("parameters", []) + operation.get("parameters", [])
                operation.setdefault("security", document.get("security", []))
                key = f"{method.upper()} " + re.sub(r"\{[^}]*\}", "{}", path)
                found[key] = (f"{method.upper()} {path}", operation)
    return found


def follow(document, value):
    """What a reference leads to, and the name it has there."""
    name = None
    while isinstance(value, dict) and "$ref" in value:
        pointer = value["$ref"]
        name = pointer.rsplit("/", 1)[1]
        target = document
        for part in pointer.removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        rest = {key: item for key, item in value.items() if key != "$ref" and key not in WORDS}
        value = {**target, **rest} if rest else target
    return value, name


def compare_operation(documents, name, old, new):
    def broken(what):
        documents.broken(name, what)

    if old.get("operationId") != new.get("operationId"):
        broken(f"operationId: {old.get('operationId')} became {new.get('operationId')}")
    if may_be_anonymous(old) and not may_be_anonymous(new):
        broken("credentials are needed now")
    compare_parameters(documents, name, old, new)
    compare_body(documents, name, old.get("requestBody"), new.get("requestBody"))
    compare_answers(documents, name, old.get("responses", {}), new.get("responses", {}))


def may_be_anonymous(operation):
    return not operation["security"] or {} in operation["security"]


def compare_parameters(documents, name, old, new):
    def by_place(document, operation):
        resolved = [follow(document, one)[0] for one in operation["parameters"]]
        # A parameter of a path is where it is, not what it is called.
        order = [one["name"] for one in resolved if one["in"] == "path"]
        return {
            (one["in"], order.index(one["name"]) if one["in"] == "path" else one["name"].lower()): one
            for one in resolved
        }

    before, after = by_place(documents.old, old), by_place(documents.new, new)
    for place, parameter in before.items():
        label = f"parameter {parameter['name']} ({parameter['in']})"
        if place not in after:
            documents.broken(name, f"{label} was removed")
            continue
        other = after[place]
        if other.get("required") and not parameter.get("required"):
            documents.broken(name, f"{label} became required")
        for key in ("style", "explode"):
            if parameter.get(key) != other.get(key):
                documents.broken(name, f"{label}: {key} changed")
        compare(documents, REQUEST, (name, label), parameter.get("schema", {}), other.get("schema", {}))
    for place, parameter in after.items():
        if place not in before and parameter.get("required"):
            documents.broken(name, f"parameter {parameter['name']} ({parameter['in']}) is new and required")


def compare_body(documents, name, old, new):
    old, new = follow(documents.old, old)[0], follow(documents.new, new)[0]
    if old is None:
        if new is not None and new.get("required"):
            documents.broken(name, "a body is needed now")
        return
    if new is None:
        documents.broken(name, "the body was removed")
        return
    if new.get("required") and not old.get("required"):
        documents.broken(name, "a body is needed now")
    for media, content in old["content"].items():
        if media not in new["content"]:
            documents.broken(name, f"bodies of {media} are not taken any more")
        else:
            compare(documents, REQUEST, (name, "body"), content.get("schema", {}),
                    new["content"][media].get("schema", {}))


def compare_answers(documents, name, old, new):
    for status, answer in old.items():
        if status not in new:
            # That an error cannot happen any more breaks nobody.
            if status[0] in "123":
                documents.broken(name, f"answer {status} was removed")
            continue
        answer, other = follow(documents.old, answer)[0], follow(documents.new, new[status])[0]
        for media, content in answer.get("content", {}).items():
            if media not in other.get("content", {}):
                documents.broken(name, f"answer {status} is not {media} any more")
            else:
                compare(documents, ANSWER, (name, f"answer {status}"), content.get("schema", {}),
                        other["content"][media].get("schema", {}))
        others = {key.lower(): header for key, header in other.get("headers", {}).items()}
        for key, header in answer.get("headers", {}).items():
            if key.lower() not in others:
                documents.broken(name, f"answer {status}: header {key} was removed")
                continue
            header, now = follow(documents.old, header)[0], follow(documents.new, others[key.lower()])[0]
            compare(documents, ANSWER, (name, f"answer {status}: header {key}"),
                    header.get("schema", {}), now.get("schema", {}))
    for status in new:
        if status not in old and status[0] in "123" and status != "304":
            documents.broken(name, f"answer {status} is new")


def compare(documents, direction, place, old, new):
    """Notes what of a schema broke, at this place: whose it is, and where in it."""
    for place, what in reasons(documents, direction, place, old, new):
        where, path = place
        documents.broken(where, f"{path}: {what}" if path else what)


def reasons(documents, direction, place, old, new):
    """Why the new schema breaks what the old one promised: pairs of place and reason."""
    old, old_name = follow(documents.old, old)
    new, new_name = follow(documents.new, new)
    if old_name is not None and old_name == new_name:
        # It is told as a change of the schema, not of each that uses it.
        place = (old_name, "")
    mark = (direction, json.dumps(old, sort_keys=True), json.dumps(new, sort_keys=True))
    if mark[1] == mark[2] and same_references(documents, old):
        return []
    if mark in documents.under_way:
        return []
    documents.under_way.append(mark)
    try:
        return list(between(documents, direction, place, old, new))
    finally:
        documents.under_way.pop()


def same_references(documents, schema, seen=None):
    """Whether all that a schema refers to is the same in both documents."""
    seen = set() if seen is None else seen
    if isinstance(schema, dict):
        pointer = schema.get("$ref")
        if pointer is not None and pointer not in seen:
            seen.add(pointer)
            try:
                old, new = follow(documents.old, {"$ref": pointer}), follow(documents.new, {"$ref": pointer})
            except KeyError:
                return False
            if old != new or not same_references(documents, old[0], seen):
                return False
        return all(same_references(documents, value, seen) for value in schema.values())
    if isinstance(schema, list):
        return all(same_references(documents, value, seen) for value in schema)
    return True


def between(documents, direction, place, old, new):
    befores, afters = choices(documents.old, old), choices(documents.new, new)
    # Every value of the narrower side must find a place on the wider one. An alternative that is
    # not sent any more is no loss.
    narrow, wide = (befores, afters) if direction == REQUEST else (afters, befores)
    for one_name, one in narrow:
        best = None
        for other_name, other in wide:
            same = one_name is not None and one_name == other_name
            here = (one_name, "") if same else place
            pair = (one, other) if direction == REQUEST else (other, one)
            why = list(plain(documents, direction, here, *pair))
            # That of the same name, else the one with the least against it.
            if best is None or same or len(why) < len(best):
                best = why
            if same:
                break
        yield from best or []


def choices(document, schema, name=None):
    """The alternatives of a schema with their names, if they have any; each with what stands
    beside `oneOf`, and with `allOf` joined."""
    if not isinstance(schema, dict):
        return [(name, schema)]
    schema = joined(document, schema)
    base = {key: value for key, value in schema.items() if key not in ("oneOf", "anyOf")}
    several = schema.get("oneOf") or schema.get("anyOf")
    if not several:
        return [(name, base)]
    told = {key: value for key, value in base.items() if key not in WORDS}
    found = []
    for one in several:
        for name, choice in choices(document, *follow(document, one)):
            whole = merged(base, choice) if isinstance(choice, dict) else choice
            found.append((None if told else name, whole))
    return found


def joined(document, schema):
    parts = schema.get("allOf")
    if not parts:
        return schema
    result = {key: value for key, value in schema.items() if key != "allOf"}
    for part in parts:
        part = follow(document, part)[0]
        result = merged(result, joined(document, part)) if isinstance(part, dict) else result
    return result


def merged(one, other):
    result = {**one, **other}
    for key in ("properties",):
        if key in one and key in other:
            result[key] = {**one[key], **other[key]}
    if "required" in one and "required" in other:
        result["required"] = sorted({*one["required"], *other["required"]})
    return result


def plain(documents, direction, place, old, new):
    """The same for two schemas without alternatives."""
    if isinstance(old, bool) or isinstance(new, bool):
        narrow, wide = (old, new) if direction == REQUEST else (new, old)
        if wide is False and narrow is not False:
            yield place, "nothing is allowed here any more"
        return
    narrow, wide = (old, new) if direction == REQUEST else (new, old)
    yield from values(place, direction, narrow, wide)
    if direction == REQUEST and "default" in old and old["default"] != new.get("default"):
        yield place, f"default: {shown(old['default'])} became {shown(new.get('default'))}"
    yield from members(documents, direction, place, old, new)
    if "items" in old or "items" in new:
        yield from reasons(documents, direction, below(place, "*"), old.get("items", {}), new.get("items", {}))
    if "propertyNames" in old or "propertyNames" in new:
        yield from reasons(documents, direction, below(place, "(names)"),
                           old.get("propertyNames", {}), new.get("propertyNames", {}))


def values(place, direction, narrow, wide):
    """What the wide schema lacks of the narrow one, in bounds on single values."""

    def said(key, one, other):
        before, after = (one, other) if direction == REQUEST else (other, one)
        return place, f"{key}: {shown(before)} became {shown(after)}"

    missing = types(narrow) - types(wide)
    if missing and not (missing == {"integer"} and "number" in types(wide)):
        yield said("type", sorted(types(narrow)), sorted(types(wide)))
    allowed = enumeration(wide)
    if allowed is not None:
        given = enumeration(narrow)
        if given is None:
            yield said("enum", None, allowed)
        elif lost := [value for value in given if value not in allowed]:
            yield place, f"{'lost' if direction == REQUEST else 'may be new:'} {shown(lost)}"
    for key in (*AT_MOST, *AT_LEAST):
        if key in wide:
            one, other = narrow.get(key, NO_BOUND.get(key)), wide[key]
            if one is None or (other < one if key in AT_MOST else other > one):
                yield said(key, narrow.get(key), other)
    for key in OPAQUE:
        if wide.get(key, False) not in (False, narrow.get(key)):
            yield said(key, narrow.get(key), wide.get(key))


def members(documents, direction, place, old, new):
    before, after = old.get("properties", {}), new.get("properties", {})
    others = new.get("additionalProperties")
    for name, schema in before.items():
        if name in after:
            yield from reasons(documents, direction, below(place, name), schema, after[name])
        elif isinstance(others, dict):
            yield from reasons(documents, direction, below(place, name), schema, others)
        else:
            yield below(place, name), "was removed"
    must_before, must_after = set(old.get("required", [])), set(new.get("required", []))
    if direction == REQUEST:
        for name in sorted(must_after - must_before):
            yield below(place, name), "became required" if name in before else "is new and required"
    else:
        for name in sorted(must_before - must_after):
            if name in after:
                yield below(place, name), "may be missing now"
    if "object" not in types(old) & types(new):
        return
    open_before, open_after = (one.get("additionalProperties", True) for one in (old, new))
    if direction == REQUEST and open_before is not False and open_after is False:
        yield place, "other members are refused now"
    if isinstance(open_before, dict) and isinstance(open_after, dict):
        yield from reasons(documents, direction, below(place, "*"), open_before, open_after)


def types(schema):
    every = {"null", "boolean", "integer", "number", "string", "array", "object"}
    named = schema.get("type")
    if named is None:
        known = enumeration(schema)
        return every if known is None else {type_of(value) for value in known}
    return {named} if isinstance(named, str) else set(named)


def type_of(value):
    if isinstance(value, bool):
        return "boolean"
    names = {type(None): "null", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")


def enumeration(schema):
    return [schema["const"]] if "const" in schema else schema.get("enum")


def below(place, name):
    return (place[0], f"{place[1]}/{name}")


def shown(value):
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
