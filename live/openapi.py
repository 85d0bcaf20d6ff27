"""The read and write API, described: OpenAPI 3.1, its schemas made from the very structs that decode and encode."""

from typing import Any

import msgspec

from live import events
from live.auth import COOKIE
from live.cards import Card
from live.filters.fields import FIELDS
from live.hub.intake import Result

_FLAW = {"path": {"type": "string"}, "message": {"type": "string"}}
_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "properties": _FLAW}},
    },
}  # fmt: skip


def document(version: str) -> dict[str, Any]:
    """The whole document."""
    kinds = [*events.FromChannel.__args__]
    refs, schemas = msgspec.json.schema_components(
        [events.FromChannel, Card, Result, *kinds], ref_template="#/components/schemas/{name}"
    )
    event, card, result = refs[:3]
    schemas["Problem"] = _PROBLEM
    session = {
        "name": "session",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": "`<channel>:<session>`",
    }
    filters = [_query(name, "see docs/protocol.md, The filter language") for name in FIELDS]
    paging = [_query("sort"), _query("limit"), _query("cursor")]
    cards = {
        "type": "object",
        "properties": {"cards": _list(card), "next": {"type": ["string", "null"]}, "total": {"type": "integer"}},
    }
    page = {"type": "object", "properties": {"events": _list({"type": "object"}), "head": {"type": "integer"}}}
    results = {"type": "object", "properties": {"results": _list(result)}}
    acts = {
        "tags": ("Add or remove tags", {"add": _list({"type": "string"}), "remove": _list({"type": "string"})}),
        "notes": ("Write a note", {"text": {"type": "string"}, "seq": {"type": "integer"}}),
        "sentiment": (
            "Correct the sentiment of a user's message",
            {"seq": {"type": "integer"}, "label": {"type": "string"}},
        ),
        "review": ("Mark the session reviewed", {}),
    }
    at = "/api/v1/sessions/{session}"
    paths: dict[str, Any] = {
        "/api/v1/events": {
            "post": {
                **_operation("Send events of a channel", results, security="key"),
                "requestBody": _body({"oneOf": [event, _list(event)]}, "application/json", "application/x-ndjson"),
            }
        },
        "/api/v1/sessions": {"get": _operation("Cards under a filter", cards, [*filters, *paging])},
        "/api/v1/facets": {"get": _operation("Counts per value of every filter field", {"type": "object"}, filters)},
        at: {"get": _operation("One card", card, [session])},
        f"{at}/events": {"get": _operation("Events of a session", page, [session, _query("after"), _query("limit")])},
        f"{at}/export": {
            "get": _operation("One conversation as a file: jsonl, md, csv", None, [session, _query("format")])
        },
        "/api/v1/export": {
            "get": _operation("Matching sessions as a file: jsonl, csv", None, [*filters, _query("format")])
        },
        "/api/v1/openapi.json": {"get": _operation("This document", {"type": "object"})},
        "/healthz": {"get": _operation("Is the process there?", {"type": "object"}, security=None)},
        "/readyz": {"get": _operation("May traffic come?", {"type": "object"}, security=None)},
        "/metrics": {"get": _operation("For Prometheus", None, security=None)},
    }
    for name, (about, properties) in acts.items():
        body = _body({"type": "object", "properties": properties, "additionalProperties": False}, "application/json")
        paths[f"{at}/{name}"] = {"post": {**_operation(about, {"type": "object"}, [session]), "requestBody": body}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "live",
            "version": version,
            "description": "Watch conversations between people and AI agents. Websockets: docs/protocol.md.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A channel key"},
                "token": {"type": "http", "scheme": "bearer", "description": "An API token"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


def _operation(
    about: str, answer: Any, parameters: list[Any] | None = None, *, security: str | None = "token"
) -> dict[str, Any]:
    content = {"application/json": {"schema": answer}} if answer else {"text/plain": {"schema": {"type": "string"}}}
    refused = {
        "description": "What is wrong",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    ways = () if security is None else ("key",) if security == "key" else ("token", "cookie")
    needs: list[dict[str, list[str]]] = [{way: []} for way in ways]
    return {
        "summary": about,
        "parameters": parameters or [],
        "security": needs,
        "responses": {"200": {"description": about, "content": content}, "default": refused},
    }


def _query(name: str, about: str = "") -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"}, "description": about}


def _list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _body(schema: Any, *kinds: str) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}
