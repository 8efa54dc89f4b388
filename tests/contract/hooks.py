"""What schemathesis has to know of the API that its document cannot say. See .ci/fuzz-api."""

import itertools
import json
import os
import re
import uuid

import schemathesis
from hypothesis import strategies as st

# Why a request that fits the document may be refused: the codes of the rules between fields, of
# references to other resources and of states, which no schema can say. A code that is not here
# is one of a rule that the document has to state.
RULES = {
    # Of the request as a whole.
    "stale_version": "If-Match names another version than there is now",
    "idempotency_key_reused": "the key is another request's",
    "not_publishable": "what publishing needs is not there yet",
    "payload_too_large": "all members are within their bounds, the body is not",
    # Between parameters or fields.
    "not_together": "`page` excludes `cursor`",
    "too_deep": "`page` x `limit`; the depth of metadata; a tag far below another",
    "sort_repeated": "`sort` names a member twice",
    "contradiction": "one field excludes another: role and permissions, times and their order",
    "missing": "one of two fields has to be there",
    "too_personal": "the password is made of the account's own name or address",
    "too_common": "the password is on the list of common ones",
    "append_only": "corrections that were public stay",
    # What exists, and what it is.
    "unknown_reference": "there is no such author, tag, article or account",
    "unknown_revision": "there is no such revision",
    "ambiguous": "a slug is there in several languages",
    "itself": "an article is not related to itself, nor a tag below itself",
    "cycle": "a tag is below one that is below it",
    "duplicate": "one thing is named twice, by its id and by its slug",
    "taken": "another has the address already",
    "not_good": "a token that was used, has ended or never was",
    "wrong": "the password is not the present one",
    "invalid_cursor": "a cursor is signed, and bound to its list",
    "article": "merged or deleted meanwhile",
    # The clock.
    "in_the_past": "a moment to come is needed",
    "in_the_future": "a moment that has passed is needed",
    # Forms that are no regular expression.
    "like_an_id": "a slug that is a UUID",
    "not_a_url": "what a host may be (WHATWG URL)",
    "not_an_email": "what a domain may be",
    "fields_unknown": "the members are those of the resource",
}
# Codes that mean this at one place, and a missing bound at another.
RULES_AT = {
    ("out_of_range", "/expires_at"): "a key ends in the future",
    ("sort_unknown", "sort"): "`created_at` is an editor's, and not with `version=live`",
    ("not_a_locale", "locale"): "a variant twice",
    ("not_a_locale", "/locale"): "a variant twice",
    ("not_a_locale", "/locales/*"): "a variant twice",
    ("not_a_locale", "/translations/*"): "a variant twice",
    # To JSON Schema 217.0 is an integer; here it is a number with a fraction.
    ("wrong_type", "/expires_in"): "217.0",
    ("wrong_type", "/overlap_seconds"): "217.0",
    ("wrong_type", "/revision"): "217.0",
    ("wrong_type", "/operations/*/if_match"): "217.0",
    ("too_long", "/aliases/*"): "bytes, where a schema counts characters",
    ("too_long", "path"): "bytes, where a schema counts characters",
    ("too_long", "/metadata"): "bytes of the JSON as a whole",
    ("control_character", "/metadata"): "no NUL at any depth",
    # With `version=live` an editor's list is the public's, which has no such parameters.
    ("unknown_parameter", "status"): "not with `version=live`",
    ("unknown_parameter", "assignee"): "not with `version=live`",
    ("unknown_parameter", "counts"): "not with `version=live`",
    ("unknown_parameter", "visibility"): "not with `version=live`",
}

KEEP = set(filter(None, os.environ.get("FUZZ_KEEP_KEYS", "").split(",")))
numbers = itertools.count(1)

web = st.from_regex(r"https?://[a-zéж][a-z0-9éж]{0,20}\.example(/[a-zA-Z0-9._~éж日-]{0,10}){0,4}(\?[a-z]{1,5}=[a-z0-9é日]{0,5})?(#[a-zé]{1,5})?", fullmatch=True)
path = st.from_regex(r"/([a-zA-Z0-9._~éж日-]{1,10}(/[a-zA-Z0-9._~éж日-]{1,10}){0,4})?", fullmatch=True)
schemathesis.openapi.format("iri", web)
schemathesis.openapi.format("iri-reference", st.one_of(web, path))


def example_of(case, name):
    """The document's own value of a parameter."""
    for parameter in case.operation.iter_parameters():
        if parameter.name == name:
            return parameter.definition.get("example")
    return None


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def before_load_schema(ctx, raw_schema):
    """Takes the bound off texts that are longer than anything made up.

    It would go into the form of the text, `{0,1000000}`, which takes seconds to compile each time.
    """
    if isinstance(raw_schema, dict):
        if raw_schema.get("maxLength", 0) > 100_000:
            del raw_schema["maxLength"]
        for member in raw_schema.values():
            before_load_schema(ctx, member)
    elif isinstance(raw_schema, list):
        for item in raw_schema:
            before_load_schema(ctx, item)


@schemathesis.hook
def before_call(ctx, case, kwargs):
    where = case.path_parameters or {}
    # The keys of the run itself must survive it.
    if where.get("key") in KEEP and case.method.upper() != "GET":
        where["key"] = str(uuid.UUID(int=next(numbers)))
    # The path of batches is no article's: `batch` is no slug.
    if where.get("article") == "batch":
        where["article"] = "batches"
    headers = case.headers or {}
    # One that is used once: the example of the document would be another request's.
    if headers.get("Idempotency-Key") == "8e03978e-40d5-43dd-bc93-6894a57f9324":
        headers["Idempotency-Key"] = str(uuid.UUID(int=next(numbers)))
    query = case.query or {}
    if is_positive(case):
        # A cursor cannot be made up, and the filter language and the names of members are no
        # regular expressions.
        if isinstance(query, dict):
            query.pop("cursor", None)
            for name in ("filter", "fields"):
                if name in query and (example := example_of(case, name)):
                    query[name] = example


@schemathesis.hook
def filter_failure(ctx, failure, case, response):
    """Drops the refusal of what fits the document when the reason is one of the RULES, and the
    acceptance of what is refused elsewhere than in the status.
    """
    kind = type(failure).__name__
    try:
        problem = json.loads(response.content)
    except ValueError:
        return True
    if kind == "AcceptedNegativeData":
        return not refuses_each(case, problem)
    if kind != "RejectedPositiveData":
        return True
    errors = problem.get("errors")
    if not errors:
        return problem.get("code") not in RULES
    return not all(is_rule(error) for error in errors)


def refuses_each(case, answer):
    """Whether it is a batch that goes on (200) and says of an operation that it was refused."""
    if not case.path.endswith("/articles/batch") or not isinstance(answer, dict):
        return False
    return any(result.get("status", 0) >= 400 for result in answer.get("results", []))


def is_rule(error):
    """Whether a thing that is wrong is so by a rule that no schema can say."""
    place = error.get("pointer", error.get("parameter")) or ""
    place = re.sub(r"/\d+|(?<=^/translations)/.*", "/*", place, flags=re.DOTALL)
    return error["code"] in RULES or (error["code"], place) in RULES_AT
