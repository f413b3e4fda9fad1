"""What has to hold of every answer, whatever is asked: schemathesis writes queries and mutations from
the schema, with values that nobody would send, and this judges the answers.

Errors are answers too: most of what is asked at random is refused. What must not be is an error that
nobody foresaw, one that tells of the inside, or one without the id by which it is found in the log.
"""

import json
import os
import re
import urllib.request

import schemathesis
from graphql import parse_value
from hypothesis import strategies as st
from schemathesis.graphql import nodes

SIGN_IN = """mutation($i: SessionCreateInput!) {
  done: sessionCreate(input: $i) { tokens { accessToken } userErrors { code } } }"""
CODES = {"UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "BAD_USER_INPUT", "CONFLICT", "RATE_LIMITED",
         "COST_EXCEEDED", "DOCUMENT_NOT_ALLOWED", "TIMEOUT", "UNAVAILABLE",
         "FACTOR_REQUIRED", "STEP_UP_REQUIRED"}
# Words of what lies below: they are for the log.
INSIDE = re.compile(r"sqlx|sea_orm|sqlite|postgres|panicked|src/|\.rs:|Query Error|SELECT |INSERT ", re.IGNORECASE)

# What browsers make of passkeys, and what they do not.
ODD = ["{}", "[]", "null", "[[[[[[[[[[[]]]]]]]]]]]", "{id: 1}", '{id: "", rawId: "", type: "public-key"}',
       '{id: "AAAA", response: {}}', '{id: "AAAA", response: {attestationObject: "o2M", clientDataJSON: "e30"}}',
       '{id: "AAAA", response: {authenticatorData: "", signature: "", clientDataJSON: "e30", userHandle: null}}']
schemathesis.graphql.scalar("JSON", st.one_of(
    st.sampled_from(ODD).map(parse_value), st.text().map(nodes.String), st.integers(-2**53, 2**53).map(nodes.Int)))

# Amounts as systems tell them, and what some take for one.
AMOUNTS = ["0", "1500.00", "-0.000001", "999999999999999.999999", "1e9", "1,5", "NaN", "", "1" * 40, ".5", "--1"]
schemathesis.graphql.scalar("Decimal", st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str).map(nodes.String),
    st.sampled_from(AMOUNTS).map(nodes.String), st.text().map(nodes.String)))
schemathesis.graphql.scalar("CurrencyCode", st.one_of(
    st.sampled_from(["EUR", "USD", "eur", "EURO", "", "XXX"]).map(nodes.String), st.text().map(nodes.String)))


@schemathesis.auth(refresh_interval=240)
class Staff:
    """A partner manager, who may do much."""

    def get(self, case, context):
        url = os.environ["PORTAL"] + "/graphql"
        given = {"email": os.environ["PORTAL_EMAIL"], "password": os.environ["PORTAL_PASSWORD"]}
        body = json.dumps({"query": SIGN_IN, "variables": {"i": given}}).encode()
        request = urllib.request.Request(url, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["data"]["done"]["tokens"]["accessToken"]

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.check
def is_an_answer(ctx, response, case):
    told = json.loads(response.content)
    assert "data" in told or "errors" in told, told
    for error in told.get("errors", []):
        extensions = error.get("extensions", {})
        assert extensions.get("code") in CODES, error
        assert extensions.get("requestId") == response.headers["x-request-id"][0], error
        assert not INSIDE.search(error["message"]), error
    codes = {error["extensions"]["code"] for error in told.get("errors", [])}
    if response.status_code >= 500:
        assert response.status_code == 503 and codes <= {"RATE_LIMITED", "TIMEOUT", "UNAVAILABLE"}, told
