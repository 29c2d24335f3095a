"""The API documentation as a self-contained HTML page without scripts."""

from __future__ import annotations

from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font: 600 1rem ui-monospace, monospace; margin: 2rem 0 .3rem; overflow-wrap: anywhere; }
.method { display: inline-block; min-width: 4.2rem; }
table { border-collapse: collapse; } td, th { text-align: left; vertical-align: top; padding: .15rem 1rem .15rem 0; }
code, pre { font-family: ui-monospace, monospace; } p { margin: .2rem 0; white-space: pre-line; }
"""


def docs_page(document: dict[str, Any]) -> str:
    """HTML that lists every route of an OpenAPI document with its parameters and fields."""
    info, server = document["info"], document["servers"][0]["url"]
    routes = [
        _route(server + path, method, about, document)
        for path, methods in document["paths"].items()
        for method, about in methods.items()
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])} API</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1><p>{escape(info['description'])}</p>"
        '<p><a href="openapi.json">OpenAPI document</a></p>' + "".join(routes) + "</main></body></html>"
    )


def _route(path: str, method: str, about: dict[str, Any], document: dict[str, Any]) -> str:
    rows = [
        (parameter["name"], parameter["in"], _default(parameter["schema"]), parameter.get("description", ""))
        for parameter in about.get("parameters", [])
    ]
    for kind, content in about.get("requestBody", {}).get("content", {}).items():
        rows += [(name, kind, default, text) for name, default, text in _fields(content["schema"], document)]
    cells = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    heads = "<tr><th>name</th><th>in</th><th>default</th><th>meaning</th></tr>"
    table = f"<table>{heads}{cells}</table>" if rows else ""
    title = f'<span class="method">{escape(method.upper())}</span> {escape(path)}'
    return f"<h2>{title}</h2><p>{escape(about.get('summary', ''))}</p>{table}"


def _fields(schema: dict[str, Any], document: dict[str, Any]) -> list[tuple[str, str, str]]:
    name = schema.get("$ref", "").rpartition("/")[2]
    described = document["components"]["schemas"].get(name, schema)
    properties = described.get("properties", {})
    return [(field, _default(details), details.get("description", "")) for field, details in properties.items()]


def _default(schema: dict[str, Any]) -> str:
    return repr(schema["default"]) if "default" in schema else ""
