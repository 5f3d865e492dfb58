"""TLS before a service that speaks plain HTTP, with a certificate authority made for this run, and a proxy for CONNECT.

Reads one line of JSON from standard input: {"upstream": "127.0.0.1:PORT", "directory": "where the CA's certificate goes"}.
Writes one line of JSON to standard output when all of it accepts connections:

    ca          the file with the authority's certificate
    good        port of a server whose certificate is for localhost, 127.0.0.1 and Twilio's hosts
    stranger    port of one whose certificate another authority signed
    expired     port of one whose certificate has run out
    misnamed    port of one whose certificate is for another name
    proxy       port of a proxy: CONNECT to any host of Twilio's leads to `good`, to any other is refused

and afterwards one line for every CONNECT: {"connect": "api.twilio.com:443"}. It ends when its standard input does.
"""

import asyncio
import datetime
import json
import os
import ssl
import sys

import trustme

CONFIG = json.loads(sys.stdin.readline())
UPSTREAM = CONFIG["upstream"].rsplit(":", 1)
TWILIO = ["twilio.com", "*.twilio.com"]
HERE = ["localhost", "127.0.0.1"]


def say(message):
    print(json.dumps(message), flush=True)


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def pump_requests(reader, writer):
    """Requests, each with the header by which the service knows that its caller sees https."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = 0
            for line in head.split(b"\r\n"):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            writer.write(head[:-2] + b"X-Forwarded-Proto: https\r\n\r\n" + await reader.readexactly(length))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def both(first, second):
    await asyncio.gather(first, second, return_exceptions=True)


async def terminate(reader, writer):
    try:
        there, to_there = await asyncio.open_connection(UPSTREAM[0], int(UPSTREAM[1]))
    except OSError:
        writer.close()
        return
    await both(pump_requests(reader, to_there), pump(there, writer))


async def serve(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    server = await asyncio.start_server(terminate, "127.0.0.1", 0, ssl=context)
    return server.sockets[0].getsockname()[1], server


def proxy_to(port):
    async def handle(reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        say({"connect": target} if method == "CONNECT" else {"refused": method})
        if method != "CONNECT" or not target.rsplit(":", 1)[0].endswith(".twilio.com"):
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            writer.close()
            return
        there, to_there = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await both(pump(reader, to_there), pump(there, writer))

    return handle


async def main():
    authority = trustme.CA()
    yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    certificates = {
        "good": authority.issue_cert(*HERE, *TWILIO),
        "stranger": trustme.CA().issue_cert(*HERE, *TWILIO),
        "expired": authority.issue_cert(*HERE, *TWILIO, not_after=yesterday),
        "misnamed": authority.issue_cert("elsewhere.example"),
    }
    ca = os.path.join(CONFIG["directory"], "ca.pem")
    authority.cert_pem.write_to_path(ca)
    ready, servers = {"ca": ca}, []
    for name, certificate in certificates.items():
        ready[name], server = await serve(certificate)
        servers.append(server)
    proxy = await asyncio.start_server(proxy_to(ready["good"]), "127.0.0.1", 0)
    ready["proxy"] = proxy.sockets[0].getsockname()[1]
    say(ready)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
