"""`python -m tests.site --port 8000`: the test site as a process of its own, its ports on standard output."""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import sys
from pathlib import Path

import uvloop

from tests.site.faults import open_doors
from tests.site.server import Server, refusing_socket


async def serve(port: int, certificate: str | None, watch_stdin: bool) -> None:
    """Serves until standard input ends, if it is watched, else for ever."""
    server, refusing, ports = Server(), refusing_socket(), {}
    ports["http"], listening = await server.listen(port)
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        tls.set_alpn_protocols(["http/1.1"])
        ports["https"], listening_tls = await server.listen(0, tls)
        doors, listening_at_doors = await open_doors(Path(certificate).parent)
        ports |= {f"fault/{name}": door for name, door in doors.items()}
        listening += listening_tls + listening_at_doors
    ports["refused"] = refusing.getsockname()[1]
    print(json.dumps(ports), flush=True)
    await (asyncio.get_running_loop().run_in_executor(None, sys.stdin.read) if watch_stdin else asyncio.Event().wait())


def main() -> None:
    """Reads the options and serves."""
    parser = argparse.ArgumentParser(prog="python -m tests.site", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--certificate", help="PEM file with key and chain: adds an https port, and those of faults")
    parser.add_argument("--watch-stdin", action="store_true", help="end when standard input ends")
    options = parser.parse_args()
    uvloop.run(serve(options.port, options.certificate, options.watch_stdin))


main()
