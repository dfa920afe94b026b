"""The demo server as its ready file describes it; the command line and the report that the client scripts share.

Starts nothing: `cargo xtask clients` starts the server and passes the file.
"""

import argparse
import json
import sys
import traceback
from pathlib import Path


class Demo:
    """Where the demo server listens, and the key, pearl and lead of its NLPearl dialect."""

    def __init__(self, options):
        self.options = options
        self.folder = Path(options.ready_file).resolve().parent
        self.ready = ready = json.loads(Path(options.ready_file).read_text())
        self.base_url = ready["base_url"].rstrip("/")
        self.key = ready["keys"]["nlpearl"]
        self.leadbook_key = ready["keys"]["leadbook"]
        self.journeybee_key = ready["keys"]["journeybee"]
        self.pearl = ready["leads"]["nlpearl_pearl"]
        self.lead = ready["leads"]["nlpearl"]


def from_command_line(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--ready-file", required=True, help="what serve --demo --ready-file wrote")
    parser.add_argument("--seed", type=int, default=1, help="for clients that make requests up")
    parser.add_argument("--examples", type=int, default=100, help="how many, for each operation")
    return Demo(parser.parse_args())


def passes(name, test):
    """Runs a test, prints its line, and says whether it passed."""
    try:
        test()
    except Exception:
        print(f"FAILED {name}")
        traceback.print_exc(limit=-2, file=sys.stdout)
        return False
    print(f"ok     {name}")
    return True


def close(results):
    """Prints the closing line and ends the script."""
    failed = results.count(False)
    print(f"{results.count(True)} passed, {failed} failed")
    sys.exit(1 if failed else 0)
