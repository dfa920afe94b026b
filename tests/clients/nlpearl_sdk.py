"""The vendor's own SDK, nlpearl 2.2.0, pointed at Leadbook: add, get and update in v1 and v2, and the refusals.

The SDK has no base-URL setting, so `nlpearl.outbound._get_api_url` is replaced. It answers parsed JSON only; the status
and the content type are read from the `requests` call underneath. Prints one line per test and closes with
`N passed, N failed`.
"""

import re

import nlpearl
import nlpearl.outbound
import requests.api

import demo

UNKNOWN_ID = "00000000ffffffffffffffff"
OBJECT_ID = re.compile(r"[0-9a-f]{24}")

SERVER = demo.from_command_line(__doc__)
ANSWERS = []
Outbound = nlpearl.Outbound


def redirect_the_sdk():
    nlpearl.outbound._get_api_url = lambda: f"{SERVER.base_url}/{nlpearl.api_version}"
    send = requests.api.request

    def recording(*arguments, **named):
        ANSWERS.append(send(*arguments, **named))
        return ANSWERS[-1]

    requests.api.request = recording


def answered(body, status):
    """The last call was answered with this status, in JSON, and the SDK saw that body."""
    last = ANSWERS[-1]
    assert last.status_code == status, f"status {last.status_code}, expected {status}: {last.text}"
    kind = last.headers["content-type"]
    assert kind == "application/json; charset=utf-8", f"content type {kind}"
    assert body == last.json()
    return body


def refused(body, status, member=None):
    """A problem with that status; it names the member at fault, if there is one."""
    answered(body, status)
    assert body["status"] == status and body["title"], body
    if member:
        assert any(member in name for name in body["errors"]), body


def add(**fields):
    body = answered(Outbound.add_lead(SERVER.pearl, "+12025550143", **fields), 200)
    assert list(body) == ["leadId"] and OBJECT_ID.fullmatch(body["leadId"]), body
    return body["leadId"]


def get(lead):
    return answered(Outbound.get_lead_by_id(SERVER.pearl, lead), 200)


def update(lead, **fields):
    return answered(Outbound.update_lead(SERVER.pearl, lead, **fields), 200)


def test_the_demo_lead_is_there():
    lead = get(SERVER.lead)
    assert lead["id"] == SERVER.lead
    assert lead["phoneNumber"].startswith("+")


def test_add_then_get():
    call_data = {"email": "joe@example.com", "carLicense": "90-929-82"}
    lead = get(add(external_id="crm-1", time_zone_id="Pacific Standard Time", call_data=call_data))
    assert lead["phoneNumber"] == "+12025550143"
    assert lead["externalId"] == "crm-1"
    assert lead["timeZone"] == "-8"
    assert lead["callData"] == call_data
    assert lead["status"] == 1
    assert lead["lastCall"] is None and lead["callsId"] == []


def test_add_needs_a_number_that_can_be_called():
    refused(Outbound.add_lead(SERVER.pearl, "nobody"), 400, "phoneNumber")


def test_update_each_field():
    lead = add(external_id="before")
    assert update(lead, phone_number="+1-555-123-4567")["phoneNumber"] == "+15551234567"
    assert update(lead, external_id="after")["externalId"] == "after"
    assert update(lead, time_zone_id="Türkiye Standard Time")["timeZone"] == "3"
    assert update(lead, time_zone_id="Asia/Kolkata")["timeZone"] == "5.5"
    assert update(lead, call_data={"a": "1"})["callData"] == {"a": "1"}
    for status in (10, 100, 110, 130, 1):
        assert update(lead, status=status)["status"] == status
    assert get(lead)["externalId"] == "after"


def test_update_answers_what_get_then_answers():
    lead = add()
    after = update(lead, external_id="x", call_data={"k": "v"}, status=130)
    assert get(lead) == after


def test_only_given_fields_change():
    lead = add(external_id="kept", call_data={"kept": "too"})
    before = get(lead)
    after = update(lead, status=130)
    assert after == {**before, "status": 130}


def test_update_with_nothing_succeeds_and_changes_nothing():
    lead = add(external_id="same")
    assert update(lead) == get(lead)


def test_call_data_is_replaced_as_a_whole():
    lead = add(call_data={"old": "1", "both": "2"})
    after = update(lead, call_data={"both": "3", "new": "4"})
    assert after["callData"] == {"both": "3", "new": "4"}


def test_call_data_takes_any_text():
    odd = {"näme": "Zoë 🙂", "quote\"d": "back\\slash\nline\ttab", "": "empty key", "empty": "", "rtl": "שלום"}
    assert update(add(), call_data=odd)["callData"] == odd


def test_call_data_takes_text_only():
    lead = add(call_data={"kept": "1"})
    for value in (1, 1.5, True, None, [], {}):
        body = Outbound.update_lead(SERVER.pearl, lead, call_data={"bad": value})
        refused(body, 400, "callData")
    assert get(lead)["callData"] == {"kept": "1"}


def test_statuses_that_only_the_server_sets_are_refused():
    lead = add()
    for status in (0, 2, 20, 40, 220, 500, -1, "130", 130.5, True, 10**30):
        refused(Outbound.update_lead(SERVER.pearl, lead, status=status), 400, "status")
    assert get(lead)["status"] == 1


def test_bad_number_and_bad_zone_are_refused():
    lead = add()
    for number in ("", "abc", "+", "+1234567", "+1234567890123456", "+0123456789"):
        refused(Outbound.update_lead(SERVER.pearl, lead, phone_number=number), 400, "phoneNumber")
    # A text with U+0000 is refused before its member is looked at, so the fault is the body's.
    refused(Outbound.update_lead(SERVER.pearl, lead, phone_number="+1202555\u00000143"), 400, "$")
    for zone in ("", "Mars/Olympus", "Nowhere Standard Time"):
        refused(Outbound.update_lead(SERVER.pearl, lead, time_zone_id=zone), 400, "timeZoneId")
    assert get(lead)["phoneNumber"] == "+12025550143"


def test_one_bad_field_and_nothing_is_stored():
    lead = add(external_id="kept")
    before = get(lead)
    body = Outbound.update_lead(SERVER.pearl, lead, external_id="lost", call_data={"lost": "1"}, status=220)
    refused(body, 400, "status")
    assert get(lead) == before


def test_unknown_leads_and_pearls_are_not_found():
    for lead in (UNKNOWN_ID, "nonsense", SERVER.pearl, "0" * 5000):
        refused(Outbound.get_lead_by_id(SERVER.pearl, lead), 404)
        refused(Outbound.update_lead(SERVER.pearl, lead, status=130), 404)
    for pearl in (UNKNOWN_ID, "nonsense", SERVER.lead):
        refused(Outbound.get_lead_by_id(pearl, SERVER.lead), 404)
        refused(Outbound.update_lead(pearl, SERVER.lead, status=130), 404)
        refused(Outbound.add_lead(pearl, "+12025550143"), 404)


def test_not_found_comes_before_a_bad_field():
    refused(Outbound.update_lead(SERVER.pearl, UNKNOWN_ID, status=220), 404)


def test_a_bad_key_is_refused_everywhere():
    right = nlpearl.api_key
    account, secret = "0" * 24, "A" * 32
    try:
        for key in ("", "wrong", f"{account}:{secret}", right + "x", ":", "a:b:c"):
            nlpearl.api_key = key
            refused(Outbound.get_lead_by_id(SERVER.pearl, SERVER.lead), 401)
            refused(Outbound.update_lead(SERVER.pearl, SERVER.lead, status=130), 401)
            refused(Outbound.add_lead(SERVER.pearl, "+12025550143"), 401)
    finally:
        nlpearl.api_key = right


def main():
    redirect_the_sdk()
    nlpearl.api_key = SERVER.key
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    results = []
    for version in ("v1", "v2"):
        nlpearl.api_version = version
        results += [demo.passes(f"{version} {name}", test) for name, test in tests.items()]
    demo.close(results)


main()
