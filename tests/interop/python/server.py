"""Serves functions to one Synapse node with nothing but msgpack and a socket."""
import socket
import msgpack

FUNCTIONS = {
    "add": lambda *numbers: sum(numbers),
    "echo": lambda value: value,
    "fail": lambda: 1 / 0,
}
listener = socket.create_server(("127.0.0.1", 0))
print("127.0.0.1:%d" % listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
messages = msgpack.Unpacker(raw=False, strict_map_key=False)
notified = []
while chunk := connection.recv(4096):
    messages.feed(chunk)
    for message in messages:
        if message[0] == 2:
            notified.append(message[1:])
        if message[0] != 0:
            continue
        _, id, name, params = message
        try:
            answer = [1, id, None, notified if name == "notified" else FUNCTIONS[name](*params)]
        except Exception as error:
            answer = [1, id, repr(error), None]
        connection.sendall(msgpack.packb(answer))
