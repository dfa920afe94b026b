"""The vendors' own published examples, run as they stand against the demo, with only the host changed.

snippets/<vendor>.md has them: each fenced block as it was published, below a comment that says what its placeholders stand
for and which status it must be answered with. A bash block is a curl, run by bash; a javascript block leaves its answer in
`response`, and is run by node. The keys are the examples' own, which the demo knows. Closes with `N passed, N failed`.
"""

import json
import re
import subprocess
from pathlib import Path

import demo

SERVER = demo.from_command_line(__doc__)
FOLDER = Path(__file__).resolve().parent / "snippets"
BLOCK = re.compile(r"<!-- (?P<facts>.*?) -->\n```(?P<language>\w+)[^\n]*\n(?P<code>.*?)\n```", re.DOTALL)
HOST = re.compile(r"https://[a-z0-9.-]+(?=/)")
# What comes after the example's own lines only shows what was answered: the body, then the status on a line of its own.
CURL = "curl() { command curl --silent --show-error --write-out '\\n%{http_code}' \"$@\"; }\n"
SHOW = "\nconsole.log(await response.text());\nconsole.log(response.status);\n"


def command(language, code):
    if language == "bash":
        return ["bash", "-c", CURL + code]
    if language == "javascript":
        return ["node", "--input-type=module", "--eval", code + SHOW]
    raise ValueError(f"nobody runs {language} here")


def run(block):
    facts = dict(fact.split("=", 1) for fact in block["facts"].split())
    status, code = facts.pop("status"), block["code"]
    for name, value in facts.items():
        assert "{" + name + "}" in code, f"the example has no {{{name}}}"
        code = code.replace("{" + name + "}", value)
    code, hosts = HOST.subn(SERVER.base_url, code)
    assert hosts > 0, "the example names no host"
    ended = subprocess.run(command(block["language"], code), capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    body, _, found = ended.stdout.rstrip("\n").rpartition("\n")
    assert found == status, f"{found} instead of {status}: {body}"
    if body.strip():
        json.loads(body)


def main():
    results = []
    for file in sorted(FOLDER.glob("*.md")):
        blocks = list(BLOCK.finditer(file.read_text()))
        # A block that the pattern does not see would pass unseen.
        fences = sum(line.startswith("```") for line in file.read_text().splitlines())
        assert blocks and fences == 2 * len(blocks), f"{file.name}: not every block has its comment"
        for number, block in enumerate(blocks, 1):
            name = f"{file.stem}, example {number}, {block['language']}"
            results.append(demo.passes(name, lambda block=block: run(block)))
    demo.close(results)


main()
