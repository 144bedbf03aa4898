"""Serves an AWS emulator, MiniStack or moto, on the listening socket that is file descriptor 3.

It ends, with every process that it started, when its standard input does: the test that holds the
other end of that pipe cannot leave it behind, however the test ends.
"""

import asyncio
import os
import signal
import sys
import threading

from hypercorn.asyncio import serve
from hypercorn.config import Config


def ministack():
    from ministack.core.responses import get_region
    from ministack.services import eventbridge
    from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

    # Events of AWS's own services cannot be put on a bus by its API, and MiniStack refuses them as
    # AWS does. Nothing here puts them there instead, so the test has to.
    put_events = eventbridge._put_events
    eventbridge._put_events = lambda data: put_events(data, allow_aws_source=True)

    # In conditions of a template it takes AWS::Region for a word.
    evaluate_conditions = engine._evaluate_conditions
    for module in changesets, engine, handlers, provisioners, stacks:
        module._evaluate_conditions = lambda template, params: evaluate_conditions(
            template, params | {"AWS::Region": {"Value": get_region()}}
        )

    from ministack.app import app

    return app


def moto():
    from hypercorn.middleware import AsyncioWSGIMiddleware
    from moto.server import DomainDispatcherApplication, create_backend_app

    return AsyncioWSGIMiddleware(DomainDispatcherApplication(create_backend_app), max_body_size=2**20)


def end_with_input():
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


def main():
    os.setpgid(0, 0)
    threading.Thread(target=end_with_input, daemon=True).start()
    config = Config()
    config.bind = ["fd://3"]
    config.errorlog = "-"
    # Hypercorn ends connections after a thousand requests or five idle seconds, under the client's
    # hands; a request that is then sent again has been carried out twice.
    config.keep_alive_max_requests = sys.maxsize
    config.keep_alive_timeout = 600
    asyncio.run(serve({"ministack": ministack, "moto": moto}[sys.argv[1]](), config))


main()
