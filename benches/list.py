"""Lists the keys of the account of the environment with Twilio's own Python client, for `benches/run`."""

import os
import sys

from twilio.rest import Client

client = Client()
size = int(sys.argv[1])
for key in client.iam.v1.get_api_keys.stream(account_sid=os.environ["TWILIO_ACCOUNT_SID"], page_size=size):
    print(key.sid, key.friendly_name, key.date_created, " ".join(key.flags or []))
