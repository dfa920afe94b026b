"""The vendor's own SDK, nlpearl 2.2.0, pointed at Leadbook: every method of it, in v1 and v2, and the refusals.

The SDK has no base-URL setting, so `_get_api_url` is replaced in its modules. It answers parsed JSON only; the status
and the content type are read from the `requests` call underneath. What a dialer does is done in Leadbook's own API.
Prints one line per test and closes with `N passed, N failed`.
"""

import inspect
import re

import nlpearl
import nlpearl.account
import nlpearl.call
import nlpearl.inbound
import nlpearl.outbound
import nlpearl.pearl
import nlpearl.recording
import requests.api

import demo

UNKNOWN_ID = "00000000ffffffffffffffff"
OBJECT_ID = re.compile(r"[0-9a-f]{24}")

SERVER = demo.from_command_line(__doc__)
ANSWERS = []
CALLED = set()
CLASSES = (nlpearl.Account, nlpearl.Call, nlpearl.Inbound, nlpearl.Outbound, nlpearl.Pearl, nlpearl.Recording)
Account, Call, Outbound, Pearl = nlpearl.Account, nlpearl.Call, nlpearl.Outbound, nlpearl.Pearl
JANUARY_2020, LATER = "2020-01-01T00:00:00.000Z", "2099-12-31T23:59:59.999Z"


def methods(cls):
    names = (name for name, _ in inspect.getmembers(cls, inspect.ismethod) if not name.startswith("_"))
    return {f"{cls.__name__}.{name}" for name in names}


def note_calls(cls):
    """Every method of the class says that it was called."""
    for full_name in methods(cls):
        name = full_name.split(".")[1]

        def noting(*arguments, _method=getattr(cls, name), _name=full_name, **named):
            CALLED.add(_name)
            return _method(*arguments, **named)

        setattr(cls, name, staticmethod(noting))


METHODS = set().union(*(methods(cls) for cls in CLASSES))


def redirect_the_sdk():
    for cls in CLASSES:
        inspect.getmodule(cls)._get_api_url = lambda: f"{SERVER.base_url}/{nlpearl.api_version}"
        note_calls(cls)
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


def is_v2():
    return nlpearl.api_version == "v2"


def total(**search):
    return answered(Outbound.get_leads(SERVER.pearl, limit=1, **search), 200)["count"]


def test_search_pages_and_filters():
    tag = f"search-{nlpearl.api_version}"
    leads = [add(external_id=f"{tag}-{number}") for number in range(5)]
    update(leads[2], status=130)
    found = answered(Outbound.get_leads(SERVER.pearl, search_input=tag), 200)
    assert found["count"] == 5 and [lead["id"] for lead in found["results"]] == leads, found
    assert list(found["results"][0]) == ["id", "externalId", "phoneNumber", "timeZone", "status", "created", "callData"]
    page = answered(Outbound.get_leads(SERVER.pearl, skip=1, limit=2, search_input=tag), 200)
    assert page["count"] == 5 and [lead["id"] for lead in page["results"]] == leads[1:3], page
    down = Outbound.get_leads(SERVER.pearl, search_input=tag, sort_prop="externalId", is_ascending=False)
    assert [lead["id"] for lead in answered(down, 200)["results"]] == leads[::-1]
    done = answered(Outbound.get_leads(SERVER.pearl, search_input=tag, statuses=[130]), 200)
    assert done["count"] == 1 and done["results"][0]["id"] == leads[2], done
    assert total(search_input=tag.upper()) == 5
    assert total(search_input="nothing like it") == 0
    assert answered(Outbound.delete_leads(SERVER.pearl, leads), 200) is True


def test_search_refuses_what_it_cannot_do():
    refused(Outbound.get_leads(SERVER.pearl, limit=100000), 400, "limit")
    refused(Outbound.get_leads(SERVER.pearl, skip=-1), 400, "skip")
    refused(Outbound.get_leads(SERVER.pearl, sort_prop="shoeSize"), 400, "sortProp")
    refused(Outbound.get_leads(SERVER.pearl, statuses=[7]), 400, "statuses")
    refused(Outbound.get_leads(UNKNOWN_ID), 404)


def test_get_by_external_id_and_by_number():
    external_id = f"own-{nlpearl.api_version}"
    number = "+12025559991" if is_v2() else "+12025559992"
    older = add(external_id=external_id)
    lead = add(external_id=external_id)
    update(lead, phone_number=number)
    assert lead != older
    for written in (number, number.replace("+", "%2B"), number.removeprefix("+")):
        assert answered(Outbound.get_lead_by_phone_number(SERVER.pearl, written), 200) == get(lead)
    assert answered(Outbound.get_lead_by_external_id(SERVER.pearl, external_id), 200) == get(lead)
    refused(Outbound.get_lead_by_external_id(SERVER.pearl, "nobody's"), 404)
    refused(Outbound.get_lead_by_phone_number(SERVER.pearl, "+12025559999"), 404)


def test_delete_by_ids():
    leads = [add() for _ in range(3)]
    assert answered(Outbound.delete_leads(SERVER.pearl, leads[:2]), 200) is True
    for lead in leads[:2]:
        refused(Outbound.get_lead_by_id(SERVER.pearl, lead), 404)
        refused(Outbound.update_lead(SERVER.pearl, lead, status=130), 404)
    assert answered(Outbound.delete_leads(SERVER.pearl, leads), 200) is False
    refused(Outbound.get_lead_by_id(SERVER.pearl, leads[2]), 404)
    refused(Outbound.delete_leads(UNKNOWN_ID, leads), 404)
    refused(Outbound.delete_leads(SERVER.pearl, [5]), 400, "leadIds[0]")


def test_delete_by_external_ids():
    ids = [f"gone-{nlpearl.api_version}-{number}" for number in range(2)]
    for external_id in ids:
        add(external_id=external_id)
    assert answered(Outbound.delete_leads_by_external_id(SERVER.pearl, ids), 200) is True
    assert answered(Outbound.delete_leads_by_external_id(SERVER.pearl, ids), 200) is False
    refused(Outbound.get_lead_by_external_id(SERVER.pearl, ids[0]), 404)
    refused(Outbound.delete_leads_by_external_id(SERVER.pearl, [None]), 400, "leadExternalIds[0]")


def test_add_many_all_or_nothing():
    if not is_v2():
        return
    before = total()
    many = [
        {"phoneNumber": f"+1202556{number:04}", "externalId": f"bulk-{number}", "callData": {"n": str(number)}}
        for number in range(2000)
    ]
    assert answered(Outbound.add_leads(SERVER.pearl, many), 200) is True
    assert total() == before + 2000
    last = answered(Outbound.get_lead_by_external_id(SERVER.pearl, "bulk-1999"), 200)
    assert last["phoneNumber"] == "+12025561999" and last["callData"] == {"n": "1999"}, last
    refused(Outbound.add_leads(SERVER.pearl, [*many, {"phoneNumber": "nobody"}]), 400, "leads[2000].phoneNumber")
    refused(Outbound.add_leads(SERVER.pearl, [{"externalId": "no number"}]), 400, "leads[0].phoneNumber")
    refused(Outbound.add_leads(UNKNOWN_ID, many), 404)
    assert total() == before + 2000
    ids = [one["externalId"] for one in many]
    assert answered(Outbound.delete_leads_by_external_id(SERVER.pearl, ids), 200) is True
    assert total() == before


def pearls():
    return answered(Pearl.get_all() if is_v2() else Outbound.get_all(), 200)


def pearl():
    return answered(Pearl.get(SERVER.pearl) if is_v2() else Outbound.get(SERVER.pearl), 200)


def set_active(is_active):
    which = Pearl if is_v2() else Outbound
    return answered(which.set_active(SERVER.pearl, is_active), 200)


def calls(**search):
    which = Pearl if is_v2() else Outbound
    return answered(which.get_calls(SERVER.pearl, JANUARY_2020, LATER, **search), 200)


def test_pearls_are_listed_and_shown():
    [item] = [one for one in pearls() if one["id"] == SERVER.pearl]
    assert list(item) == ["id", "name", "createdAt", "type", "status"] and item["type"] == 2, item
    before = pearl()
    assert before["id"] == SERVER.pearl and before["name"] == item["name"], before
    lead = add()
    update(lead, status=100)
    after = pearl()
    assert after["totalLeads"] == before["totalLeads"] + 1, after
    assert after["totalLeadsSuccess"] == before["totalLeadsSuccess"] + 1, after
    refused(Pearl.get(UNKNOWN_ID) if is_v2() else Outbound.get(UNKNOWN_ID), 404)


def test_a_pearl_is_paused_and_run():
    assert set_active(False) == 2 and pearl()["status"] == 2
    assert set_active(True) == 1 and pearl()["status"] == 1
    which = Pearl if is_v2() else Outbound
    refused(which.set_active(SERVER.pearl, "yes"), 400, "isActive")


def number(object_id):
    return int(object_id[10:], 16)


def dialer(path, body):
    headers = {"Authorization": f"Bearer {SERVER.leadbook_key}"}
    answer = requests.post(f"{SERVER.base_url}/leadbook/v1/{path}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_calls_are_found_read_and_deleted():
    lead = add()
    before = calls()["count"]
    call = dialer(f"campaigns/{number(SERVER.pearl)}/claim", {"lead_id": number(lead)})["call"]
    [call_id] = get(lead)["callsId"]
    found = calls(statuses=[40], is_ascending=False, limit=1, search_input="2025550143")
    assert calls()["count"] == before + 1 and found["results"][0]["id"] == call_id, found
    if is_v2():
        ongoing = answered(Pearl.get_ongoing_calls(SERVER.pearl), 200)
        assert ongoing["totalOngoingCalls"] >= 1 and ongoing["totalOnQueue"] is None, ongoing
    assert answered(Call.delete_calls([call_id]), 200) is False
    outcome = {"fence_token": call["fence_token"], "outcome": "success", "summary": "Booked.", "collected": {"a": 1}}
    dialer(f"calls/{call['id']}/outcome", outcome)
    read = answered(Call.get_call(call_id), 200)
    assert read["conversationStatus"] == 100 and read["status"] == 4 and read["leadId"] == lead, read
    assert read["pearlId"] == SERVER.pearl and read["summary"] == "Booked.", read
    assert read["collectedInfo"] == [{"id": "a", "name": "a", "value": 1}], read
    assert calls(tags=["hot"])["count"] == 0
    assert answered(Call.delete_calls([call_id]), 200) is True
    assert calls()["count"] == before


def test_settings():
    if not is_v2():
        return
    settings = {
        "phoneNumberId": "pn", "totalAgents": 2, "recordingTrack": 3, "transcriptOptions": 1, "budgetTotal": None,
        "timeZone": "Romance Standard Time", "maximumCallAttempts": 3, "minimumRetryIntervalHours": 2,
        "ringDuration": 30, "callTimeout": 10, "voiceMail": "Bye.",
        "callingHours": [{"day": day, "start": "00:00", "end": "24:00"} for day in range(7)],
        "callWebhookUrl": "http://127.0.0.1:9/call", "leadWebhookUrl": "http://127.0.0.1:9/lead",
    }
    assert answered(Pearl.update_outbound_settings(SERVER.pearl, settings), 200) is True
    assert pearl()["totalAgents"] == 2
    lead = add()
    assert get(lead)["timeZone"] == "1"
    without = {"callWebhookUrl": "", "leadWebhookUrl": "", "callingHours": []}
    assert answered(Pearl.update_outbound_settings(SERVER.pearl, without), 200) is True
    refused(Pearl.update_outbound_settings(SERVER.pearl, {"maximumCallAttempts": 9}), 400, "maximumCallAttempts")
    internal = {"leadWebhookUrl": "http://169.254.169.254/"}
    body = Pearl.update_outbound_settings(SERVER.pearl, internal)
    refused(body, 400, "leadWebhookUrl")
    assert "Invalid Webhook URL" in body["errors"]["leadWebhookUrl"][0], body


def test_account():
    account = answered(Account.get_account(), 200)
    assert list(account) == ["name", "totalAgents", "creditBalance", "status"], account
    assert account["name"] and account["status"] == 1 and account["creditBalance"] > 0, account


def test_what_is_not_served_says_so_in_the_same_shape():
    dates, one = (JANUARY_2020, "2020-01-31T00:00:00.000Z"), SERVER.pearl
    if is_v2():
        bodies = (
            Account.get_users, Account.get_phone_numbers, Account.get_voices, Account.get_text_channels,
            lambda: Account.get_audit_log(*dates), Account.search_blacklist,
            lambda: Account.add_to_blacklist(["+1202"]), lambda: Account.remove_from_blacklist(["+1202"]),
            lambda: Pearl.get_analytics(one, *dates), lambda: Pearl.get_calls_bulk(one, *dates),
            lambda: Pearl.get_settings(one), lambda: Pearl.get_credentials(one),
            lambda: Pearl.create("x"), lambda: Pearl.create_voice("x"), lambda: Pearl.create_text("x"),
            lambda: Pearl.update(one), lambda: Pearl.update_voice(one), lambda: Pearl.update_text(one),
            lambda: Pearl.update_inbound_settings(one, {}), lambda: Pearl.reset_memory(one, "12025550143"),
            lambda: nlpearl.Recording.get_recording_response(one, one, one).json(),
        )
    else:
        inbound = nlpearl.Inbound
        bodies = (
            lambda: Outbound.make_call(one, "+12025550143"), lambda: Outbound.get_call_request(one),
            lambda: Outbound.get_call_requests(one, *dates), lambda: Outbound.get_analytics(one, *dates),
            inbound.get_all, lambda: inbound.get(one), lambda: inbound.set_active(one, True),
            lambda: inbound.get_calls(one, *dates), lambda: inbound.get_ongoing_calls(one),
            lambda: inbound.get_analytics(one, *dates), lambda: Pearl.reset_customer_memory(one, "12025550143"),
        )
    for body in bodies:
        answer = body()
        status = ANSWERS[-1].status_code
        assert status in (404, 405), f"status {status}: {ANSWERS[-1].url}"
        refused(answer, status)


def test_recordings_are_where_the_dialer_keeps_them():
    if not is_v2():
        return
    recording, one = nlpearl.Recording, SERVER.pearl
    for read in (recording.get_recording, lambda *ids: recording.save_recording(*ids, "/dev/null")):
        try:
            read(one, one, one)
        except requests.HTTPError as error:
            assert error.response.status_code == 404, error
        else:
            raise AssertionError("a recording was answered")


def every_method_was_called():
    assert METHODS == CALLED, METHODS - CALLED


def main():
    redirect_the_sdk()
    nlpearl.api_key = SERVER.key
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    results = []
    for version in ("v1", "v2"):
        nlpearl.api_version = version
        results += [demo.passes(f"{version} {name}", test) for name, test in tests.items()]
    results.append(demo.passes("every_method_was_called", every_method_was_called))
    demo.close(results)


main()
