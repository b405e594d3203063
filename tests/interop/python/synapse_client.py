"""Calls a synapse node, version 2, with nothing but msgpack and sockets: one connection a call.

Usage: synapse_client.py HOST:PORT     (prints a line of JSON for each answer: [ok, result or code])
"""
import json, socket, struct, sys
import msgpack

HOST, PORT = sys.argv[1].split(":")


def exchange(payload, size=None):
    """Sends all of a frame before it reads anything, as polite programs do."""
    header = struct.pack("!I", len(payload) if size is None else size)
    with socket.create_connection((HOST, int(PORT)), timeout=10) as connection:
        connection.sendall(header + payload)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    (size,) = struct.unpack("!I", answer[:4])
    assert len(answer) == 4 + size, (len(answer), size)
    response = msgpack.unpackb(answer[4:])
    assert list(response) == ["id", "ok", "result", "error", "type"], response
    return response


def show(response):
    print(json.dumps([response["ok"], response["result"] if response["ok"] else response["error"]["code"]]))


def call(endpoint, *args, **kwargs):
    request = {"endpoint": endpoint, "id": "42", "args": args, "kwargs": kwargs, "type": "request"}
    response = exchange(msgpack.packb(request))
    assert response["id"] == "42", response
    show(response)


call("sum", 1, 2)
call("sum", 1, b=2)
call("sum", 1)
call("nope")
call("length", b"\x00\xff" * 20)
call("length", b"x" * (4 * 1024 * 1024 - 200))
call("_synapse.ping")
call("_synapse.methods")
call("_synapse.join", {"id": "py", "address": HOST, "port": 1, "team": "default", "name": "python"})
show(exchange(msgpack.packb({"endpoint": "sum", "args": [{1: 2}]})))
for extra in 1, 1024 * 1024, 8 * 1024 * 1024:
    show(exchange(msgpack.packb({"endpoint": "length", "args": [b"x" * (4 * 1024 * 1024 + extra)]})))
