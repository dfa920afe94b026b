"""Clients that openapi-python-client generates from Leadbook's own descriptions, driving the server: NLPearl and JourneyBee.

A description that a stranger's generator cannot read, or whose types the server does not keep to, fails here. Every
operation must come out of the generator. Nothing is written beside the ready file. Closes with `N passed, N failed`.
"""

import importlib
import json
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from uuid import UUID

import demo

DESCRIPTIONS = Path(__file__).resolve().parents[2] / "crates" / "api" / "openapi"
SERVER = demo.from_command_line(__doc__)
UNKNOWN_OBJECT_ID = "00000000ffffffffffffffff"
METHODS = ("get", "put", "post", "patch", "delete")


class Client:
    """A generated package, and the connection that its functions are given."""

    def __init__(self, dialect, key):
        self.dialect = dialect
        self.description = json.loads((DESCRIPTIONS / f"{dialect}.json").read_text())
        self.package = f"generated_{dialect}"
        self.generate()
        self.models = importlib.import_module(f"{self.package}.models")
        client = importlib.import_module(f"{self.package}.client")
        self.connection = client.AuthenticatedClient(base_url=SERVER.base_url, token=key)

    def generate(self):
        config = SERVER.folder / "openapi-python-client.json"
        config.write_text(json.dumps({"post_hooks": []}))
        program = Path(sys.executable).parent / "openapi-python-client"
        command = [
            program, "generate", "--path", DESCRIPTIONS / f"{self.dialect}.json", "--meta", "none", "--overwrite",
            "--output-path", SERVER.folder / self.package, "--config", config,
        ]
        ended = subprocess.run(command, capture_output=True, text=True)
        if ended.returncode != 0:
            sys.exit(f"{self.dialect}: no client could be generated\n{ended.stdout}{ended.stderr}")

    def operations(self):
        for path in self.description["paths"].values():
            for method in METHODS:
                if method in path:
                    yield path[method]

    def module(self, operation_id):
        of_id = [one for one in self.operations() if one["operationId"] == operation_id]
        tag = of_id[0]["tags"][0].lower().replace("-", "_").replace(" ", "_")
        return importlib.import_module(f"{self.package}.api.{tag}.{operation_id}")

    def call(self, operation_id, *path, status=200, model=None, **named):
        """One operation; answers its model, which must be of that name, after it was answered with that status."""
        answer = self.module(operation_id).sync_detailed(*path, client=self.connection, **named)
        assert answer.status_code == status, f"{operation_id}: {answer.status_code} {answer.content}"
        wanted = getattr(self.models, model) if model else object
        parts = answer.parsed if isinstance(answer.parsed, list) else [answer.parsed]
        assert all(isinstance(part, wanted) for part in parts), f"{operation_id}: {answer.parsed}"
        return answer.parsed


sys.path.insert(0, str(SERVER.folder))
NLPEARL = Client("nlpearl", SERVER.key)
JOURNEYBEE = Client("journeybee", SERVER.journeybee_key)


def test_every_operation_is_generated():
    for client in (NLPEARL, JOURNEYBEE):
        for operation in client.operations():
            assert callable(client.module(operation["operationId"]).sync_detailed), operation["operationId"]


def add(suffix="", **fields):
    new = NLPEARL.models.NewLead(phone_number="+1 202 555 0143", **fields)
    return NLPEARL.call(f"add_lead{suffix}", SERVER.pearl, body=new, model="AddedLead").lead_id


def test_nlpearl_adds_and_reads_in_both_versions():
    for suffix in ("", "_v1"):
        lead_id = add(suffix, external_id=f"generated{suffix}")
        lead = NLPEARL.call(f"get_lead{suffix}", SERVER.pearl, lead_id, model="Lead")
        assert lead.id == lead_id and lead.phone_number == "+12025550143", lead
        assert lead.status == NLPEARL.models.Status.VALUE_1, lead
        assert lead.created.tzinfo is not None and lead.created <= datetime.now(timezone.utc), lead
        assert lead.last_call is None and lead.calls_id == [], lead
        same = NLPEARL.call(f"get_lead_by_external_id{suffix}", SERVER.pearl, f"generated{suffix}", model="Lead")
        assert same == lead


def test_nlpearl_updates_what_is_given():
    lead_id = add(external_id="kept")
    call_data = NLPEARL.models.LeadUpdate.from_dict({"callData": {"firstName": "Zoë"}, "status": 130})
    lead = NLPEARL.call("update_lead", SERVER.pearl, lead_id, body=call_data, model="Lead")
    assert lead.call_data.to_dict() == {"firstName": "Zoë"} and lead.status == 130, lead
    assert lead.external_id == "kept", lead
    assert NLPEARL.call("get_lead", SERVER.pearl, lead_id, model="Lead") == lead


def test_nlpearl_adds_many_finds_and_deletes_them():
    for suffix, name in (("", "Crowd"), ("_v1", "Throng")):
        ids = [f"{name}-{number}" for number in range(3)]
        of_id = [NLPEARL.models.NewLead(phone_number="+12025550143", external_id=one) for one in ids]
        # The vendor has no bulk in v1.
        NLPEARL.call("add_leads", SERVER.pearl, body=NLPEARL.models.NewLeads(leads=of_id))
        search = NLPEARL.models.LeadSearch(search_input=name.lower(), limit=2, sort_prop="externalId")
        found = NLPEARL.call(f"search_leads{suffix}", SERVER.pearl, body=search, model="FoundLeads")
        assert found.count == 3 and [lead.external_id for lead in found.results] == ids[:2], found
        first = NLPEARL.models.LeadIds(lead_ids=[found.results[0].id])
        assert NLPEARL.call(f"delete_leads{suffix}", SERVER.pearl, body=first) is True
        NLPEARL.call(f"get_lead{suffix}", SERVER.pearl, found.results[0].id, status=404, model="Problem")
        found = NLPEARL.call(f"search_leads{suffix}", SERVER.pearl, body=search, model="FoundLeads")
        assert found.count == 2 and found.results[0].external_id == ids[1], found
        # Another run against the same server finds none of them.
        rest = NLPEARL.models.LeadIds(lead_ids=[lead.id for lead in found.results])
        assert NLPEARL.call(f"delete_leads{suffix}", SERVER.pearl, body=rest) is True


def test_nlpearl_shows_pearls_and_account():
    pearls = NLPEARL.call("list_pearls", model="PearlItem")
    assert SERVER.pearl in [pearl.id for pearl in pearls], pearls
    assert NLPEARL.call("get_pearl", SERVER.pearl, model="Pearl").id == SERVER.pearl
    assert NLPEARL.call("get_account", model="Account").name


def test_nlpearl_refuses_in_its_shape():
    wrong = NLPEARL.models.LeadUpdate(phone_number="nobody")
    problem = NLPEARL.call("update_lead", SERVER.pearl, add(), body=wrong, status=400, model="Problem")
    assert problem.status == 400 and "phoneNumber" in problem.errors.to_dict(), problem
    missing = NLPEARL.call("get_lead", SERVER.pearl, UNKNOWN_OBJECT_ID, status=404, model="Problem")
    assert missing.status == 404 and missing.title == "Not Found", missing


def create(**fields):
    new = JOURNEYBEE.models.NewLead(association_type="campaigns", **fields)
    new.association_type = JOURNEYBEE.models.NewLeadAssociationType.CAMPAIGNS
    return JOURNEYBEE.call("create_lead", body=new, status=201, model="Created")


def test_journeybee_creates_and_reads():
    made = create(company_name="NewCo", email="new@newco.example", phone_number="+1-202-555-0188", tags=[1])
    assert isinstance(made.id, int) and isinstance(made.uuid, UUID), made
    lead = JOURNEYBEE.call("get_lead", str(made.id), model="Lead")
    assert lead.uuid == made.uuid and lead.phone_number == "+12025550188", lead
    assert lead.status == JOURNEYBEE.models.Status.NEW and [tag.id for tag in lead.tags] == [1], lead
    of_company = JOURNEYBEE.call("get_company_lead", str(lead.company_id), str(made.id), model="Lead")
    assert of_company == lead


def test_journeybee_updates_what_is_given():
    made = create(company_name="NewCo")
    edit = JOURNEYBEE.models.LeadUpdate.from_dict(
        {"status": "contacted", "customFields": [{"customFieldId": 5, "type": "number", "value": {"number": 150000}}]}
    )
    changed = JOURNEYBEE.call("update_lead", str(made.id), body=edit, model="ChangedLead")
    assert changed.id == made.id and changed.updated_at.tzinfo is not None, changed
    lead = JOURNEYBEE.call("get_lead", str(made.id), model="Lead")
    assert lead.status == JOURNEYBEE.models.Status.CONTACTED and lead.company_name == "NewCo", lead
    [field] = lead.custom_fields
    assert field.id == 5 and field.value.to_dict() == {"number": 150000}, field


def test_journeybee_lists_by_the_numbers_of_pages():
    made = {create(company_name=f"Paged {number}").id for number in range(3)}
    page = {"user_id": 123, "search": "paged", "sort": '[{"type": "status", "asc": true}]', "page_size": 2}
    first = JOURNEYBEE.call("list_leads", **page, page=1, model="ListedLead")
    second = JOURNEYBEE.call("list_leads", **page, page=2, model="ListedLead")
    assert (len(first), len(second)) == (2, 1), (first, second)
    assert {lead.id for lead in first + second} == made and first[0].total == 3, (first, second)
    gone = second[0].id
    assert JOURNEYBEE.call("delete_lead", str(gone), status=204) is None
    JOURNEYBEE.call("get_lead", str(gone), status=404, model="Error")
    rest = JOURNEYBEE.call("list_leads", **page, page=1, model="ListedLead")
    assert {lead.id for lead in rest} == made - {gone}, rest
    # Another run against the same server finds none of them.
    for lead in rest:
        JOURNEYBEE.call("delete_lead", str(lead.id), status=204)


def test_journeybee_refuses_in_its_shape():
    wrong = JOURNEYBEE.models.LeadUpdate(tags=[999999])
    error = JOURNEYBEE.call("update_lead", str(create().id), body=wrong, status=400, model="Error")
    assert "tags" in error.error, error
    missing = JOURNEYBEE.call("get_lead", "8999999999999", status=404, model="Error")
    assert missing.error == "Lead not found or not accessible", missing


def test_journeybee_lists_every_lead_once_by_its_cursor():
    made = {create(company_name=f"Listed by a client {number}").id for number in range(7)}
    seen, cursor = [], {}
    while True:
        page = JOURNEYBEE.call("list_leads", user_id=123, search="listed by a client", limit=2, **cursor)
        if not page:
            break
        assert all(lead.total == 7 for lead in page), page
        seen += [lead.id for lead in page]
        # As the vendor's page has it: the time of the last one.
        cursor = {"cursor": page[-1].created_at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert len(seen) == 7 and set(seen) == made, seen


def test_journeybee_deletes():
    made = create(company_name="Doomed")
    JOURNEYBEE.call("delete_lead", str(made.id), status=204)
    gone = JOURNEYBEE.call("delete_lead", str(made.id), status=404, model="Error")
    assert gone.error == "Lead not found or already deleted", gone
    assert JOURNEYBEE.call("list_leads", user_id=123, search="doomed") == []


def test_journeybee_keeps_notes():
    lead, models = str(create().id), JOURNEYBEE.models
    document = {"type": "doc", "content": [{"type": "paragraph"}]}
    new = models.NewNote.from_dict({"document": document, "mentions": [123]})
    note = JOURNEYBEE.call("add_note", lead, body=new, status=201, model="AddedNote").id
    changed = models.NoteUpdate.from_dict({"document": {"type": "doc"}})
    assert JOURNEYBEE.call("update_note", lead, str(note), body=changed, model="ChangedNote").id == note
    [kept] = JOURNEYBEE.call("list_notes", lead)
    assert (kept.id, kept.content.to_dict(), kept.mentions) == (note, {"type": "doc"}, [123]), kept


def test_journeybee_defines_and_finds_by_it():
    models = JOURNEYBEE.models
    new = {"label": "Generated", "type": "select", "category": "lead", "options": [{"label": "A"}, {"label": "B"}]}
    made = JOURNEYBEE.call(
        "create_custom_field", body=models.NewCustomField.from_dict(new), status=201, model="Created"
    )
    [field] = [one for one in JOURNEYBEE.call("list_custom_fields") if one.id == made.id]
    option = field.options[1].id
    tag = models.NewTag.from_dict({"label": "Generated", "association": "lead"})
    tag = JOURNEYBEE.call("create_tag", body=tag, status=201, model="Created").id
    assert tag in [one.id for one in JOURNEYBEE.call("list_tags")]
    assert 123 in [one.id for one in JOURNEYBEE.call("list_users")]
    lead = create(tags=[tag]).id
    value = {"customFieldId": made.id, "type": "select", "value": {"select": option}}
    edit = models.LeadUpdate.from_dict({"customFields": [value]})
    JOURNEYBEE.call("update_lead", str(lead), body=edit, model="ChangedLead")
    wanted = json.dumps([{"id": made.id, "value": {"select": option}}])
    for named in ({"tags": str(tag)}, {"custom_fields": wanted}, {"filters": wanted}):
        found = JOURNEYBEE.call("list_leads", user_id=123, **named)
        assert [one.id for one in found] == [lead], (named, found)


def main():
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    demo.close([demo.passes(name, test) for name, test in tests.items()])


main()
