"""What schemathesis must be told beyond the description: how to make up a value of our own format.

Loaded by schemathesis itself; see openapi.py.
"""

import schemathesis
from hypothesis import strategies

ZONES = ("Europe/Rome", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC")

schemathesis.openapi.format("iana-time-zone", strategies.sampled_from(ZONES))
