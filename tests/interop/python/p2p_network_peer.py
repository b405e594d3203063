"""A node of python-p2p-network, as the package behaves on the wire; with the standard library alone.

check                       whether it can run
serve                       answers: prints its port, and sends each message back as it was taken for
call PORT                   connects, sends what it is told on stdin (JSON, a list a line: what, how), prints the answers
"""
import base64
import bz2
import json
import lzma
import socket
import sys
import threading
import zlib

COMPRESS = {"zlib": lambda data: zlib.compress(data, 6), "bzip2": bz2.compress, "lzma": lzma.compress}
DECOMPRESS = {"zlib": zlib.decompress, "bzip2": bz2.decompress, "lzma": lzma.decompress}


def encode(value, compression="none"):
    if isinstance(value, dict):
        value = json.dumps(value)
    data = value.encode() if isinstance(value, str) else value
    if compression != "none":
        data = base64.b64encode(COMPRESS[compression](data) + compression.encode()) + b"\x02"
    return data + b"\x04"


def decode(packet):
    if packet.find(b"\x02") == len(packet) - 1:
        packet = base64.b64decode(packet[:-1])
        for name, decompress in DECOMPRESS.items():
            if packet.endswith(name.encode()):
                packet = decompress(packet[: -len(name)])
                break
    try:
        text = packet.decode()
    except UnicodeDecodeError:
        return packet
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def describe(value):
    """What it is, and what it is to Python."""
    shown = value.hex() if isinstance(value, bytes) else value
    return {"type": type(value).__name__, "value": shown}


def messages(sock):
    buffer = b""
    while True:
        chunk = sock.recv(4096)
        if chunk == b"":
            return
        buffer += chunk
        while b"\x04" in buffer:
            packet, buffer = buffer.split(b"\x04", 1)
            yield decode(packet)


def serve(listener):
    while True:
        sock, _address = listener.accept()
        with sock:
            peer = sock.recv(4096).decode().split(":")
            sock.sendall(b"python-node")
            for value in messages(sock):
                sock.sendall(encode({"from": peer, "got": describe(value)}))
                if isinstance(value, dict) and value.get("answer") in COMPRESS:
                    sock.sendall(encode("answer " * 100, value["answer"]))


def call(port):
    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(b"python-node:24301")
    print(json.dumps({"id": sock.recv(4096).decode()}), flush=True)
    answers = messages(sock)
    for line in sys.stdin:
        value, compression, is_bytes = json.loads(line)
        sock.sendall(encode(bytes.fromhex(value) if is_bytes else value, compression))
        print(json.dumps(describe(next(answers))), flush=True)
    sock.close()


def main():
    mode = sys.argv[1]
    if mode == "call":
        call(int(sys.argv[2]))
    elif mode == "serve":
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve, args=[listener], daemon=True).start()
        print(listener.getsockname()[1], flush=True)
        sys.stdin.read()


main()
