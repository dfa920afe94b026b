"""schemathesis against Leadbook's own descriptions of the five dialects, crates/api/openapi.

Of every dialect: nothing gets a 5xx, and every answer is of a described type and shape. Of NLPearl's leads besides, with the
demo's pearl and lead and with ids that nothing has: nothing is accepted that the description forbids, and nothing refused that
it allows. Runs last, because it changes what it finds. Each operation of a run is a test. Closes with `N passed, N failed`.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import demo

HERE = Path(__file__).resolve().parent
DESCRIPTIONS = HERE.parents[1] / "crates" / "api" / "openapi"
ANSWERS = "not_a_server_error,content_type_conformance,response_schema_conformance"
# What a workspace's settings or another member decide; no test client can make up one that is right here.
LOCAL_FORMATS = {"national-phone", "phone-or-part", "country-code", "webhook-url"}
# Has the server look up or call hosts that were made up; or may end the key that the run has (DialNexa's `expire_now`).
NOT_MADE_UP = "webhook|create_key"

CONFIG = """
hooks = "{hooks}"
[auth.openapi.key]
bearer = "${{LEADBOOK_KEY}}"
[checks.positive_data_acceptance]
expected-statuses = {expected}
[parameters]
{parameters}
"""


class Run:
    """One run of schemathesis over some operations of a dialect."""

    def __init__(self, dialect, name, key, parameters, *arguments, expected='["2xx"]', examples=None):
        self.dialect, self.name, self.key, self.parameters = dialect, f"{dialect}-{name}", key, parameters
        self.arguments, self.expected, self.examples = arguments, expected, examples

    def report(self, server):
        """What schemathesis reports, and how it ended."""
        config = server.folder / f"schemathesis-{self.name}.toml"
        parameters = "\n".join(f'"{name}" = "{value}"' for name, value in self.parameters.items())
        hooks = (HERE / "openapi_hooks.py").as_posix()
        config.write_text(CONFIG.format(hooks=hooks, parameters=parameters, expected=self.expected))
        report = server.folder / f"schemathesis-{self.name}.json"
        report.unlink(missing_ok=True)
        program = Path(sys.executable).parent / "schemathesis"
        examples = min(server.options.examples, self.examples or server.options.examples)
        command = [
            program, "--config-file", config, "run", "--url", server.base_url, "--mode", "all", "--no-color",
            "--max-examples", str(examples), "--seed", str(server.options.seed),
            "--generation-database", "none", "--report", "json", "--report-json-path", report,
            *self.arguments, described(server, self.dialect),
        ]
        environment = {**os.environ, "LEADBOOK_KEY": self.key}
        ended = subprocess.run(command, env=environment, cwd=server.folder, capture_output=True, text=True)
        if ended.returncode != 0:
            print(ended.stdout + ended.stderr)
        if not report.exists():
            sys.exit(f"schemathesis ended ({ended.returncode}) without a report")
        return json.loads(report.read_text()), ended.returncode

    def count(self, server):
        """How many operations passed and failed; says in one line how hard they were tried."""
        begun = time.monotonic()
        report, exit_code = self.report(server)
        tested = report["operations"]["tested"]
        broken = {operation for failure in report["failures"] for operation in failure["operations"]}
        failed = len(broken) + len(report["errors"])
        if exit_code != 0 or tested == 0 or not report["complete"]:
            failed = max(failed, 1)
        requests, seconds = report["test_cases"]["generated"], time.monotonic() - begun
        print(f"{self.name}: {requests} requests for {tested} operations in {seconds:.0f} s, {failed} of them failed")
        return max(tested - failed, 0), failed


def described(server, dialect):
    """The description, without what only the workspace knows."""
    whole = json.loads((DESCRIPTIONS / f"{dialect}.json").read_text())
    copy = server.folder / f"{dialect}.json"
    copy.write_text(json.dumps(without_local(whole)))
    return copy


def without_local(value):
    if isinstance(value, list):
        return [without_local(item) for item in value if not is_local(item)]
    if isinstance(value, dict):
        return {name: without_local(item) for name, item in value.items() if not is_local(item)}
    return value


def is_local(value):
    return isinstance(value, dict) and value.get("format") in LOCAL_FORMATS


def leads_of_nlpearl(server):
    """The operations that a dialer's integration lives on, held to every word. Adding is another method in v1."""
    operations = ("add_lead", "add_lead_v1", "get_lead", "update_lead")
    only = [argument for name in operations for argument in ("--include-operation-id", name)]
    known = {"path.pearlId": server.pearl, "path.leadId": server.lead}
    yield Run("nlpearl", "known-ids", server.key, known, *only, "--phases", "examples,coverage,fuzzing,stateful")
    yield Run(
        "nlpearl", "unknown-ids", server.key, {}, *only, "--phases", "coverage,fuzzing", expected='["404"]'
    )


def every_answer(server):
    """All operations: with ids of the demo where nothing is deleted, with made-up ones where something would be."""
    leads, keys = server.ready["leads"], server.ready["keys"]
    known = {
        "autocalls": {"path.id": leads["autocalls"]},
        "nlpearl": {"path.pearlId": server.pearl, "path.leadId": server.lead},
        "journeybee": {"path.leadId": leads["journeybee"]},
        "dialnexa": {"path.id": leads["dialnexa"]},
        "uservox": {"query.leadId": leads["uservox"]},
    }
    common = ("--checks", ANSWERS, "--phases", "examples,coverage,fuzzing", "--exclude-operation-id-regex", NOT_MADE_UP)
    for dialect, parameters in known.items():
        key = keys[dialect]
        yield Run(dialect, "answers", key, parameters, *common, "--exclude-method", "DELETE", examples=20)
        if any("delete" in path for path in json.loads(described(server, dialect).read_text())["paths"].values()):
            yield Run(dialect, "deletions", key, {}, *common, "--include-method", "DELETE", examples=20)


def main():
    server = demo.from_command_line(__doc__)
    passed = failed = 0
    for run in (*leads_of_nlpearl(server), *every_answer(server)):
        good, bad = run.count(server)
        passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
