"""The official client, sent to a service on loopback instead of Twilio.

What a script is to talk to stands on its standard input, as JSON: the address, and the credentials of the sandbox's
sample account. The requests keep Twilio's host names in their Host header, so that the answers are those that
api.twilio.com or iam.twilio.com would give, absolute links included.
"""

import datetime
import json
import sys
from urllib.parse import urlsplit, urlunsplit

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.base.version import Version
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

SAMPLE = json.load(sys.stdin)
ACCOUNT = SAMPLE["account"]


class Loopback(TwilioHttpClient):
    """Twilio's own HTTP client; only the address it connects to is another."""

    def __init__(self):
        super().__init__(timeout=30)
        self.session.trust_env = False
        self.hosts = set()

    def request(self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, allow_redirects=False):
        asked = urlsplit(url)
        assert asked.scheme == "https" and asked.hostname.endswith(".twilio.com"), f"not Twilio's: {url}"
        self.hosts.add(asked.hostname)
        there = urlsplit(SAMPLE["url"])
        url = urlunsplit((there.scheme, there.netloc, asked.path, asked.query, ""))
        headers = {**(headers or {}), "Host": asked.netloc}
        return super().request(method, url, params, data, headers, auth, timeout, allow_redirects)


def client(user=None, password=None, account=None):
    """A client for the sample account: by default with its Auth Token, else with a key."""
    return Client(user or ACCOUNT, password or SAMPLE["token"], account or ACCOUNT, http_client=Loopback())


def client_of(key, account=None):
    """A client that signs with one of the sample's keys, or with a key a script has made."""
    if isinstance(key, str):
        key = SAMPLE["keys"][key]
        return client(key["sid"], key["secret"], account)
    return client(key.sid, key.secret, account)


def refused(call, status, code, says):
    """Runs a call that must fail, and checks that the library reads the failure as it reads Twilio's."""
    try:
        answer = call()
    except TwilioException as error:
        if not isinstance(error, TwilioRestException):
            # Of a list the library says "Unable to fetch page" and hands the answer over; it has the means to read it.
            what, response = error.args
            error = Version.exception("GET", "", response, what)
        got = (error.status, error.code)
        assert got == (status, code), f"expected {status}/{code}, got {got}: {error.msg}"
        assert says in error.msg, f"expected {says!r} in {error.msg!r}"
        return
    raise AssertionError(f"expected {status}/{code}, got an answer: {answer}")


def is_moment(value):
    """The library leaves a date that it cannot read as the text it was, or as nothing."""
    assert isinstance(value, datetime.datetime), f"not a date to the library: {value!r}"
    return value


def equal(got, expected):
    assert got == expected, f"expected {expected!r}, got {got!r}"


def step(what):
    print(f"ok: {what}", flush=True)
