"""Calls a Synapse node with nothing but msgpack and a socket.

Usage: client.py HOST:PORT [old]     (old: the MessagePack of before 2013, without a type for bytes)
"""
import json, socket, sys
import msgpack

host, port = sys.argv[1].split(":")
connection = socket.create_connection((host, int(port)))
answers = msgpack.Unpacker(raw=False, unicode_errors="surrogateescape")


def send(*message):
    connection.sendall(msgpack.packb(message, use_bin_type="old" not in sys.argv))


send(0, 1, "sum", [1, 2])
send(0, 2, "greet", [{"$kw": {"name": "Åsa"}}])
send(0, 3, "fail", [])
send(0, 4, "length", ["a text of more than thirty-one bytes"])
send(0, 5, "length", [b"\x00\xff" * 20])
send(2, "log", ["one line"])
send(0, 6, "later", ["soon"])
connection.shutdown(socket.SHUT_WR)
while chunk := connection.recv(4096):
    answers.feed(chunk)
    for kind, id, error, result in answers:
        print(json.dumps([id, error, result]))
