"""What a cassette must not hold, taken out on the way in: secrets, cookies, names, and where it was recorded.

Both directions: what we send and what Exact answers.
"""

from __future__ import annotations

import copy
import gzip
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import vcr
from vcr.serializers import yamlserializer

SITE = "https://start.exactonline.nl"
GONE = "SCRUBBED"
#: Form fields we send, fields of the token endpoint's answers, and what current/Me tells of a person.
SECRET_FIELDS = {"client_id", "client_secret", "refresh_token", "access_token", "code", "redirect_uri"}
PERSONAL_FIELDS = {
    *("FullName", "FirstName", "LastName", "MiddleName", "Initials", "Email", "UserName", "Phone", "Mobile", "Fax"),
    *("PictureUrl", "CustomerName", "CustomerCode", "DivisionCustomerName", "DivisionCustomerCode", "VATNumber"),
    *("DivisionCustomerVatNumber", "DivisionCustomerSiretNumber", "ChamberOfCommerceNumber", "Website", "Postcode"),
    *("AddressLine1", "AddressLine2", "AddressLine3", "City", "CreatorFullName", "ModifierFullName", "Description"),
}
#: A longer answer is compressed.
_READABLE_BYTES = 20_000
_GZIP = b"\x1f\x8b"
_KEPT_HEADERS = {"content-type", "reason", "date"}


def recorder(mode: str) -> vcr.VCR:
    """Return a recorder: `all` writes cassettes anew, `none` plays them and refuses whatever is not in them."""
    made = vcr.VCR(
        record_mode=mode,
        serializer="short",
        match_on=["method", "scheme", "host", "port", "path", "query"],
        before_record_request=_request,
        before_record_response=_response,
        record_on_exception=False,
    )
    made.register_serializer("short", _Short)
    return made


class _Short:
    """YAML whose long bodies are compressed: a page of a sync endpoint has 1,000 rows."""

    @staticmethod
    def serialize(cassette: dict[str, Any]) -> str:
        for each in cassette["interactions"]:
            body = each["response"]["body"]
            if len(body["string"]) > _READABLE_BYTES:
                text = body["string"].encode() if isinstance(body["string"], str) else body["string"]
                body["string"] = gzip.compress(text, 9, mtime=0)
        return yamlserializer.serialize(cassette)

    @staticmethod
    def deserialize(text: str) -> dict[str, Any]:
        cassette = yamlserializer.deserialize(text)
        for each in cassette["interactions"]:
            body = each["response"]["body"]
            if isinstance(body["string"], bytes) and body["string"].startswith(_GZIP):
                body["string"] = gzip.decompress(body["string"])
        return cassette


def read(path: Path) -> list[dict[str, Any]]:
    """Return the calls of a cassette, unpacked."""
    return _Short.deserialize(path.read_text("utf-8"))["interactions"]


def _request(sent: Any) -> Any:
    request = copy.copy(sent)  # what goes over the wire stays as it is
    parts = urlsplit(request.uri)
    request.uri = SITE + request.uri[len(f"{parts.scheme}://{parts.netloc}") :]
    request.headers = {"Accept": request.headers["Accept"]} | (
        {"Authorization": f"Bearer {GONE}"} if "Authorization" in request.headers else {}
    )
    if request.body:
        form = parse_qsl(request.body.decode() if isinstance(request.body, bytes) else request.body)
        request.body = urlencode([(name, GONE if name in SECRET_FIELDS else value) for name, value in form])
    return request


def _response(response: dict[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): values for name, values in response["headers"].items()}
    body = response["body"]["string"]
    headers.pop("content-encoding", None)
    if body.startswith(_GZIP):
        body = gzip.decompress(body)
    body = _clean(body)
    kept = {name: values for name, values in headers.items() if name in _KEPT_HEADERS or name.startswith("x-ratelimit")}
    return {"status": response["status"], "headers": kept, "body": {"string": body}}


def _clean(body: bytes) -> bytes:
    """Return a JSON body without secrets and persons, its links leading to Exact's own site."""
    text = re.sub(r"http://127\.0\.0\.1:\d+", SITE, body.decode())
    for name in SECRET_FIELDS | PERSONAL_FIELDS:
        text = re.sub(rf'("{name}":\s*)"(?:[^"\\]|\\.)*"', rf'\1"{GONE}"', text)
    return text.encode()


def texts(calls: list[dict[str, Any]]) -> str:
    """Return everything a cassette says, for whoever looks for what must not be there."""
    found = []
    for each in calls:
        request, response = each["request"], each["response"]
        found += [request["uri"], str(request["body"]), json.dumps(request["headers"]), json.dumps(response["headers"])]
        body = response["body"]["string"]
        found.append(body.decode() if isinstance(body, bytes) else body)
    return "\n".join(found)
