"""Serves an AWS emulator, moto or MiniStack, on the listening socket that is file descriptor 3.

It ends, with every process that it started, when its standard input does: the program that holds
the other end of that pipe cannot leave it behind, however it ends.
"""

import asyncio
import os
import signal
import socket
import sys
import threading

from hypercorn.asyncio import serve
from hypercorn.config import Config


def ministack():
    from ministack.app import app

    return app


def moto():
    from hypercorn.middleware import AsyncioWSGIMiddleware
    from moto.core.responses import EmptyResult
    from moto.ec2.models.security_groups import SecurityGroupRule
    from moto.ec2.responses.elastic_block_store import ElasticBlockStore
    from moto.server import DomainDispatcherApplication, create_backend_app

    # Rules of security groups come without their owner.
    SecurityGroupRule.group_owner_id = property(lambda rule: rule.ec2_backend.account_id)

    # Of the parameters by which a snapshot is shared only the older ones are read.
    def modify_snapshot_attribute(response):
        response.error_on_dryrun()
        ec2, snapshot = response.ec2_backend, response._get_param("SnapshotId")
        changes = response._get_param("CreateVolumePermission", {})
        for name, change in (
            ("Add", ec2.add_create_volume_permission),
            ("Remove", ec2.remove_create_volume_permission),
        ):
            permissions = changes.get(name, [])
            users = [p["UserId"] for p in permissions if "UserId" in p]
            groups = [p["Group"] for p in permissions if "Group" in p]
            change(snapshot, user_ids=users, groups=groups)
        return EmptyResult()

    ElasticBlockStore.modify_snapshot_attribute = modify_snapshot_attribute

    app = DomainDispatcherApplication(create_backend_app)

    def with_body(environ, start_response):
        yield from app(environ, start_response)
        yield b""  # Hypercorn sends the head with the first part of the body, so there must be one

    return AsyncioWSGIMiddleware(with_body, max_body_size=2**20)


def end_with_input():
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


def main():
    os.setpgid(0, 0)
    threading.Thread(target=end_with_input, daemon=True).start()
    # Connections send what they have. The head and the body of an answer are sent one by one, and
    # the body would wait 40 ms for the client to confirm the head.
    with socket.socket(fileno=os.dup(3)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = Config()
    config.bind = ["fd://3"]
    config.errorlog = "-"
    # Hypercorn ends connections after a thousand requests or five idle seconds, under the client's
    # hands; a request that is then sent again has been carried out twice.
    config.keep_alive_max_requests = sys.maxsize
    config.keep_alive_timeout = 600
    asyncio.run(serve({"ministack": ministack, "moto": moto}[sys.argv[1]](), config))


main()
