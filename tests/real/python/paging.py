"""Pages of keys through twilio-python, to the end and in every size; the sample has a thousand keys more than usual."""

from service import ACCOUNT, SAMPLE, client, equal, step

twilio = client()
expected = SAMPLE["key_count"]

for size in (50, 333, 1000):
    keys = twilio.keys.list(page_size=size)
    equal((len(keys), len({key.sid for key in keys})), (expected, expected))
    step(f"v2010, {size} to the page: {len(keys)} keys")

for size in (50, 333, 1000):
    keys = twilio.iam.v1.get_api_keys.list(account_sid=ACCOUNT, page_size=size)
    equal((len(keys), len({key.sid for key in keys})), (expected, expected))
    step(f"v1, {size} to the page: {len(keys)} keys")

equal({key.sid for key in twilio.keys.list()}, {key.sid for key in twilio.iam.v1.get_api_keys.list(account_sid=ACCOUNT)})
step("both show the same keys")

for first, name in (
    (twilio.keys.page(page_size=400), "v2010"),
    (twilio.iam.v1.get_api_keys.page(account_sid=ACCOUNT, page_size=400), "v1"),
):
    one = [key.sid for key in first]
    second = first.next_page()
    two = [key.sid for key in second]
    equal(len(two), 400)
    equal([key.sid for key in second.previous_page()], one)
    last = second.next_page()
    assert last.next_page() is None, "after the last page there is none"
    equal(len(one) + len(two) + len(list(last)), expected)
    step(f"{name}, forwards and back")

equal(twilio.http_client.hosts, {"api.twilio.com", "iam.twilio.com"})
step("the links lead nowhere but to Twilio's hosts")
