"""The read and write API, described: OpenAPI 3.1, its schemas made from the very structs that decode and encode."""

from typing import Any

import msgspec

from live import bulk, events, saved
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
    forms = [saved.NewView, saved.Change, saved.Shown, bulk.Tagging, bulk.Export, bulk.Progress]
    refs, schemas = msgspec.json.schema_components(
        [events.FromChannel, Card, Result, *forms, *kinds], ref_template="#/components/schemas/{name}"
    )
    event, card, result = refs[:3]
    new, change, shown, tagging, export, progress = refs[3:9]
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
    timeline = {"type": "object", "properties": {"steps": _list({"type": "object"}), "head": {"type": "integer"}}}
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
        at: {
            "get": _operation("One card", card, [session]),
            "delete": _operation("Erase a session, for good; takes an admin", None, [session], status=204),
        },
        f"{at}/events": {"get": _operation("Events of a session", page, [session, _query("after"), _query("limit")])},
        "/api/v1/decisions": {
            "get": _operation(
                "How the agent decided in a block, in other sessions",
                {"type": "object", "properties": {"decisions": _list({"type": "object"})}},
                [_query("block"), _query("not"), _query("limit")],
            )
        },
        f"{at}/steps": {
            "get": _operation("The timeline of a session", timeline, [session, _query("after"), _query("limit")])
        },
        f"{at}/export": {
            "get": _operation("One conversation as a file: jsonl, md, csv", None, [session, _query("format")])
        },
        "/api/v1/export": {
            "get": _operation("Matching sessions as a file: jsonl, csv", None, [*filters, _query("format")])
        },
        "/api/v1/openapi.json": {"get": _operation("This document", {"type": "object"})},
        "/healthz": {"get": _operation("Is the process there?", {"type": "object"}, security=None)},
        "/readyz": {
            "get": _operation(
                "May traffic come?", {"type": "object"}, [_query("store"), _query("drain")], security=None
            )
        },
        "/metrics": {"get": _operation("For Prometheus", None, security=None)},
    }
    for name, (about, properties) in acts.items():
        body = _body({"type": "object", "properties": properties, "additionalProperties": False}, "application/json")
        paths[f"{at}/{name}"] = {"post": {**_operation(about, {"type": "object"}, [session]), "requestBody": body}}
    paths |= _views(new, change, shown) | _bulk(tagging, export, progress)
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


def _views(new: Any, change: Any, shown: Any) -> dict[str, Any]:
    """Saved views."""
    at, ident = "/api/v1/views", {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    listed = {"type": "object", "properties": {"views": _list(shown)}}
    changed, default = _operation("Change a saved view", shown, [ident]), "with which one begins its page"
    return {
        at: {
            "get": _operation("One's own saved views and the shared ones", listed),
            "post": {**_operation("Save a view", shown, status=201), "requestBody": _body(new, "application/json")},
        },
        f"{at}/{{id}}": {
            "patch": {**changed, "requestBody": _body(change, "application/json")},
            "delete": _operation("Forget a saved view", None, [ident], status=204),
        },
        f"{at}/{{id}}/default": {
            "put": _operation(f"Make it the one {default}", None, [ident], status=204),
            "delete": _operation(f"It is no longer the one {default}", None, [ident], status=204),
        },
    }


def _bulk(tagging: Any, export: Any, progress: Any) -> dict[str, Any]:
    """Many sessions at once."""
    lines = _operation("Tag many sessions; a line for every few of them", progress, kind="application/x-ndjson")
    return {
        "/api/v1/bulk/tags": {"post": {**lines, "requestBody": _body(tagging, "application/json")}},
        "/api/v1/bulk/export": {
            "post": {
                **_operation("Many sessions as a file: jsonl, csv", None),
                "requestBody": _body(export, "application/json"),
            }
        },
    }


def _operation(
    about: str,
    answer: Any,
    parameters: list[Any] | None = None,
    *,
    security: str | None = "token",
    status: int = 200,
    kind: str = "application/json",
) -> dict[str, Any]:
    content = {kind: {"schema": answer}} if answer else {"text/plain": {"schema": {"type": "string"}}}
    told = {"description": about} if status == 204 else {"description": about, "content": content}
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
        "responses": {str(status): told, "default": refused},
    }


def _query(name: str, about: str = "") -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"}, "description": about}


def _list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _body(schema: Any, *kinds: str) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}
