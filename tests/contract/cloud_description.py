"""Atlassian's own OpenAPI description of Jira Cloud, as a judge of answers."""

import gzip
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

DESCRIPTION = (
    Path(__file__).parents[3] / "shared" / "data" / "jira" / "openapi-cloud-v3.2026-03.json.gz"
)
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("uri", raises=ValueError)
def is_address(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


@FORMATS.checks("int32")
def is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@FORMATS.checks("int64")
def is_int64(value: object) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


@cache
def described() -> Any:
    """Read the description, made as strict as it reads.

    Where it lists properties, others are refused, also where it leaves the schema open;
    `nullable` becomes JSON Schema. Two schemas say less than the description's own examples
    show: a change's ends may be null, and `created` is a number in changelog/bulkfetch.
    """
    with gzip.open(DESCRIPTION) as file:
        description = json.load(file)
    schemas = description["components"]["schemas"]
    strict(schemas)
    for end in ("from", "fromString", "to", "toString"):
        schemas["ChangeDetails"]["properties"][end]["type"] = ["string", "null"]
    bulk = json.loads(json.dumps(schemas["Changelog"]))
    bulk["properties"]["created"] = {"type": "integer", "minimum": 10**11}
    schemas["BulkChangelog"] = bulk
    histories = schemas["IssueChangeLog"]["properties"]["changeHistories"]
    histories["items"] = {"$ref": "#/components/schemas/BulkChangelog"}
    return description


def strict(node: Any) -> None:
    if isinstance(node, list):
        for each in node:
            strict(each)
    if not isinstance(node, dict):
        return
    if node.get("type") == "object" and "properties" in node:
        node["additionalProperties"] = False
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    for each in node.values():
        strict(each)


@cache
def validator(schema: str) -> Draft202012Validator:
    whole = {**json.loads(schema), "components": described()["components"]}
    return Draft202012Validator(whole, format_checker=FORMATS)


def problems(value: Any, schema: dict[str, Any]) -> list[str]:
    found = validator(json.dumps(schema)).iter_errors(value)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def answer_schema(method: str, path: str, status: str = "200") -> dict[str, Any]:
    answer = described()["paths"][path][method]["responses"][status]
    schema = answer["content"]["application/json"]["schema"]
    assert isinstance(schema, dict)
    return schema


def named(schema: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{schema}"}
