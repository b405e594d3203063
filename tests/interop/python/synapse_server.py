"""Serves synapse callers with nothing but msgpack and sockets, and prints where: one call a connection.

Usage: synapse_server.py [v0]     (v0: without frames, text for an answer)
"""
import socketserver, struct, sys
import msgpack

FUNCTIONS = {
    "add": lambda *numbers: sum(numbers),
    "echo": lambda value: value,
    "named": lambda **kwargs: kwargs,
    "fail": lambda: 1 / 0,
    "long": lambda size: "x" * size,
    "nothing": lambda: sys.exit(),
}


class Framed(socketserver.StreamRequestHandler):
    def handle(self):
        (size,) = struct.unpack("!I", self.rfile.read(4))
        request = msgpack.unpackb(self.rfile.read(size))
        assert list(request) == ["endpoint", "id", "args", "kwargs", "type"], request
        response = {"id": request["id"], "ok": True, "result": None, "error": None, "type": "response"}
        try:
            function = FUNCTIONS[request["endpoint"]]
            response["result"] = function(*request["args"], **request["kwargs"])
        except SystemExit:
            return
        except Exception as error:
            response |= {"ok": False, "error": {"code": "internal_error", "message": str(error)}}
        answer = msgpack.packb(response)
        self.wfile.write(struct.pack("!I", len(answer)) + answer)


class Bare(socketserver.BaseRequestHandler):
    def handle(self):
        request = msgpack.unpackb(self.request.recv(4096))  # all of it in one read
        assert list(request) == ["endpoint", "args"], request
        if request["endpoint"] not in FUNCTIONS:
            return self.request.sendall(b"400")
        try:
            self.request.sendall(str(FUNCTIONS[request["endpoint"]](*request["args"])).encode())
        except SystemExit:
            pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


with Server(("127.0.0.1", 0), Bare if "v0" in sys.argv else Framed) as server:
    print("127.0.0.1:%d" % server.server_address[1], flush=True)
    server.serve_forever()
