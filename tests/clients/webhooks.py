"""Webhooks as their receivers check them: Standard Webhooks with its own library, JourneyBee's token with PyJWT, DialNexa's
signature with Python's hmac. Receives on a port of its own; the server must be allowed to call 127.0.0.0/8.

Each test has a receiver's path of its own. Prints one line per test and closes with `N passed, N failed`.
"""

import hashlib
import hmac
import itertools
import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import requests
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

import demo

SERVER = demo.from_command_line(__doc__)
ARRIVES_WITHIN_SECONDS = 30
CAMPAIGN = 456
PHONES = itertools.count(12025550100)


class Receiver(BaseHTTPRequestHandler):
    """Takes every request and puts it where the test of that path waits for it."""

    inboxes = {}

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.inboxes[self.path].put((dict(self.headers.items()), body))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


def listen():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


HOOKS = listen()


def api(method, path, body=None, status=200, **headers):
    headers["authorization"] = f"Bearer {SERVER.leadbook_key}"
    answer = requests.request(method, f"{SERVER.base_url}/leadbook/v1{path}", json=body, headers=headers)
    assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json()


def delete_by_journeybee(lead):
    headers = {"authorization": f"Bearer {SERVER.leadbook_key}"}
    answer = requests.delete(f"{SERVER.base_url}/api/v1/leads/{lead}", headers=headers)
    assert answer.status_code == 204 and answer.content == b"", f"{answer.status_code} {answer.text}"


class Subscription:
    """One of the server's, with an inbox."""

    def __init__(self, format, **members):
        path = f"/{format}/{len(Receiver.inboxes)}"
        self.inbox = Receiver.inboxes[path] = queue.Queue()
        made = api("POST", "/subscriptions", {"url": HOOKS + path, "format": format, **members}, 201)
        self.id = made["id"]
        self.secret = made.get("secret")

    def take(self):
        """The next request: its headers, in lower case, and its body as sent."""
        headers, body = self.inbox.get(timeout=ARRIVES_WITHIN_SECONDS)
        return {name.lower(): value for name, value in headers.items()}, body

    def delete(self):
        api("DELETE", f"/subscriptions/{self.id}")


def new_lead():
    return api("POST", "/leads", {"campaign_id": CAMPAIGN, "phone": f"+{next(PHONES)}"}, 201)["id"]


def call(lead):
    claimed = api("POST", f"/campaigns/{CAMPAIGN}/claim", {"lead_id": lead})["call"]
    outcome = {"fence_token": claimed["fence_token"], "outcome": "success", "duration_seconds": 42}
    api("POST", f"/calls/{claimed['id']}/outcome", outcome)


def refused(secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return True
    return False


def test_standard_is_verified_by_its_library():
    lead = new_lead()
    subscription = Subscription("standard", topics=["lead.updated"])
    api("PATCH", f"/leads/{lead}", {"name": "Zoë 🙂", "variables": {"a": 1.50}}, **{"leadbook-source": "client"})
    headers, body = subscription.take()
    told = Webhook(subscription.secret).verify(body, headers)
    assert headers["content-type"].split(";")[0] == "application/json", headers
    assert headers["webhook-id"] == told["id"] == f"evt_{lead}_2", told
    assert told["specversion"] == "1.0" and told["type"] == "lead.updated", told
    assert told["data"]["sequence"] == 2 and told["data"]["origin"]["source"] == "client", told
    assert told["data"]["lead"]["name"] == "Zoë 🙂", told
    assert told["data"]["changes"][0] == {"field": "name", "before": None, "after": "Zoë 🙂"}, told
    subscription.delete()


def test_standard_is_refused_when_anything_was_changed():
    lead = new_lead()
    subscription = Subscription("standard", topics=["lead.updated"])
    api("PATCH", f"/leads/{lead}", {"name": "A"})
    headers, body = subscription.take()
    assert not refused(subscription.secret, body, headers)
    assert refused(subscription.secret, body.replace(b'"A"', b'"B"'), headers)
    assert refused(subscription.secret, body, {**headers, "webhook-id": "evt_1_1"})
    earlier = str(int(headers["webhook-timestamp"]) - 1)
    assert refused(subscription.secret, body, {**headers, "webhook-timestamp": earlier})
    other = Subscription("standard")
    assert refused(other.secret, body, headers)
    subscription.delete()
    other.delete()


def test_a_secret_is_rotated_without_a_gap():
    lead = new_lead()
    subscription = Subscription("standard", topics=["lead.updated"])
    old = subscription.secret
    new = api("POST", f"/subscriptions/{subscription.id}/secrets", {}, 201)["secret"]
    assert new != old
    api("PATCH", f"/leads/{lead}", {"name": "both"})
    headers, body = subscription.take()
    assert len(headers["webhook-signature"].split(" ")) == 2, headers
    Webhook(old).verify(body, headers)
    Webhook(new).verify(body, headers)
    assert refused(new, body + b" ", headers) and refused(old, body + b" ", headers)
    api("DELETE", f"/subscriptions/{subscription.id}/secrets/1")
    api("PATCH", f"/leads/{lead}", {"name": "new only"})
    headers, body = subscription.take()
    Webhook(new).verify(body, headers)
    assert refused(old, body, headers)
    subscription.delete()


def test_a_test_arrives_and_is_in_the_log():
    token = "s3cret-token"
    subscription = Subscription("standard", auth={"kind": "bearer", "token": token}, topics=["update.finished"])
    added = api("POST", f"/subscriptions/{subscription.id}/test", status=202)
    headers, body = subscription.take()
    told = Webhook(subscription.secret).verify(body, headers)
    assert told["type"] == "test" and told["id"] == added["message_id"], told
    assert headers["authorization"] == f"Bearer {token}", headers
    # The attempt is recorded after the answer.
    until = time.monotonic() + ARRIVES_WITHIN_SECONDS
    attempts = []
    while not attempts and time.monotonic() < until:
        attempts = api("GET", f"/deliveries/{added['delivery_id']}/attempts")["attempts"]
    assert [(one["number"], one["status"], one["answer"]) for one in attempts] == [(1, 200, "ok")], attempts
    subscription.delete()


def test_journeybees_token_is_read_by_pyjwt():
    secret = "b3b8fd1e-5c5c-4a3c-9f3c-0123456789ab"
    subscription = Subscription("journeybee", secret=secret)
    lead = new_lead()
    for event in ("lead_created", "lead_updated", "lead_deleted"):
        headers, body = subscription.take()
        scheme, token = headers["authorization"].split(" ")
        assert scheme == "Bearer", headers
        required = ["iat", "exp", "jti", "company_uuid", "event_id"]
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": required})
        assert claims["event_id"] == event and claims["exp"] - claims["iat"] == 3600, claims
        assert json.loads(body)["lead"]["uuid"].endswith(f"{lead:012x}"), body
        try:
            jwt.decode(token, "0" * 36, algorithms=["HS256"])
            raise AssertionError("another secret reads it, too")
        except jwt.InvalidSignatureError:
            pass
        if event == "lead_created":
            api("PATCH", f"/leads/{lead}", {"company_name": "TechCorp"})
        if event == "lead_updated":
            delete_by_journeybee(lead)
    subscription.delete()


def test_dialnexas_signature_is_that_of_the_body():
    lead = new_lead()
    subscription = Subscription("dialnexa")
    call(lead)
    for event in ("call_initiated", "call_ended"):
        headers, body = subscription.take()
        expected = hmac.new(subscription.secret.encode(), body, hashlib.sha256).hexdigest()
        assert headers["x-dialnexa-signature"] == f"sha256={expected}", headers
        told = json.loads(body)
        assert told["event_type"] == event and told["payload"]["call"]["call_id"], told
    subscription.delete()


def test_who_was_away_catches_up_from_the_feed():
    cursor = api("GET", "/events?after=now")["next"]
    lead = new_lead()
    for name in "abc":
        api("PATCH", f"/leads/{lead}", {"name": name})
    heard = []
    while len(heard) < 4:
        page = api("GET", f"/events?after={cursor}&limit=2&wait_seconds=30")
        assert page["events"], "the wait was in vain"
        heard += [event for event in page["events"] if event["lead_id"] == lead]
        cursor = page["next"]
    assert [event["version"] for event in heard] == [1, 2, 3, 4], heard


def main():
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    demo.close([demo.passes(name, test) for name, test in tests.items()])


main()
