"""schemathesis against Leadbook's own description of its NLPearl dialect, crates/api/openapi/nlpearl.json.

Two runs: with the demo's pearl and lead, and with made-up ids that must all be "not found". Both check that nothing gets
a 5xx, that every answer is as described, that nothing is accepted that the description forbids, and that nothing is
refused that it allows. An operation of a run counts as one test. Closes with `N passed, N failed`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import demo

HERE = Path(__file__).resolve().parent
DESCRIPTION = HERE.parents[1] / "crates" / "api" / "openapi" / "nlpearl.json"

CONFIG = """
hooks = "{hooks}"
{parameters}
[auth.openapi.key]
bearer = "${{LEADBOOK_KEY}}"
[checks.positive_data_acceptance]
expected-statuses = {expected}
"""
KNOWN = """
[parameters]
"path.pearlId" = "{pearl}"
"path.leadId" = "{lead}"
"""


def run(server, name, parameters, expected, phases):
    """One run of schemathesis; answers what its report says."""
    config = server.folder / f"schemathesis-{name}.toml"
    hooks = (HERE / "openapi_hooks.py").as_posix()
    config.write_text(CONFIG.format(hooks=hooks, parameters=parameters, expected=expected))
    report = server.folder / f"schemathesis-{name}.json"
    report.unlink(missing_ok=True)
    program = Path(sys.executable).parent / "schemathesis"
    command = [
        program, "--config-file", config, "run", "--url", server.base_url,
        "--mode", "all", "--phases", phases, "--max-examples", str(server.options.examples),
        "--seed", str(server.options.seed), "--generation-database", "none", "--no-color",
        "--report", "json", "--report-json-path", report, DESCRIPTION,
    ]
    environment = {**os.environ, "LEADBOOK_KEY": server.key}
    ended = subprocess.run(command, env=environment, cwd=server.folder, capture_output=True, text=True)
    if ended.returncode != 0:
        print(ended.stdout + ended.stderr)
    if not report.exists():
        sys.exit(f"schemathesis ended ({ended.returncode}) without a report")
    return json.loads(report.read_text()), ended.returncode


def count(name, report, exit_code):
    """How many operations passed and failed; says in one line how hard they were tried."""
    tested = report["operations"]["tested"]
    broken = {operation for failure in report["failures"] for operation in failure["operations"]}
    failed = len(broken) + len(report["errors"])
    if exit_code != 0 or tested == 0 or not report["complete"]:
        failed = max(failed, 1)
    requests = report["test_cases"]["generated"]
    print(f"{name}: {requests} requests made up for {tested} operations, {failed} of them failed")
    return max(tested - failed, 0), failed


def main():
    server = demo.from_command_line(__doc__)
    known = KNOWN.format(pearl=server.pearl, lead=server.lead)
    runs = (
        ("known-ids", known, '["2xx"]', "examples,coverage,fuzzing,stateful"),
        ("unknown-ids", "", '["404"]', "coverage,fuzzing"),
    )
    passed = failed = 0
    for name, parameters, expected, phases in runs:
        good, bad = count(name, *run(server, name, parameters, expected, phases))
        passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
