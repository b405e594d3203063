"""A pnet node in Python, for tests: other cryptography, and the habits of the real one on the wire.

    pnet_peer.py check                                 exits 0 when it can work here
    pnet_peer.py serve [--network-key KEY]             prints {"port", "pem"}, serves until stdin ends
    pnet_peer.py call PORT FN [--network-key KEY]      reads {"pem", "data"} from stdin, prints what FN answers

It writes ids as b'...=', without a network key whole answers as b'...', ignores how a transfer's beginning
is answered, and takes nothing but a stream for a result.
"""
import argparse
import base64
import hashlib
import json
import os
import socket
import sys
import threading

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

NETWORK, NAME = "labnet", "python"
b64, unb64 = base64.urlsafe_b64encode, base64.urlsafe_b64decode
PEM = (serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)


class Peer:
    def __init__(self, network_key):
        try:
            self.key = rsa.generate_private_key(65537, 512)  # what real nodes have
        except ValueError:  # cryptography 43 and later want more
            self.key = rsa.generate_private_key(65537, 1024)
        self.pem = self.key.public_key().public_bytes(*PEM)
        self.net = Fernet(network_key) if network_key else None
        self.transfers, self.results = {}, {}

    def seal(self, text, pem):
        public = serialization.load_pem_public_key(pem)
        session = Fernet.generate_key()
        token = Fernet(session).encrypt(b64(b"str|" + text.encode()))
        content = b64(b64(public.encrypt(session, padding.PKCS1v15())) + b"|" + b64(token))
        return b64(self.net.encrypt(content)) if self.net else content

    def open(self, content):
        if self.net:
            content = self.net.decrypt(unb64(content))
        wrapped, token = unb64(content).split(b"|")
        session = self.key.decrypt(unb64(wrapped), padding.PKCS1v15())
        form, data = unb64(Fernet(session).decrypt(unb64(token))).split(b"|", 1)
        assert form == b"str", form
        return data.decode()

    def packet(self, kind, content):
        return f"{NETWORK}|{kind}|{content}|{b64(self.pem).decode()}|END\n".encode()

    # As a client

    def ask(self, port, pem, text):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
            sock.sendall(self.packet("msg", self.seal(text, pem).decode()))
            answer = b"".join(iter(lambda: sock.recv(1024), b"")).decode()
        network, kind, content, _key, end = answer.strip().split("|")
        assert (network, kind, end) == (NETWORK, "rsp", "END"), answer[:100]
        return parse(self.open(content))

    def call(self, port, pem, name, data, chunk=1024):
        ident, checks = b64(os.urandom(8)), ""
        parts = [data[at:at + chunk] for at in range(0, len(data), chunk)]
        self.ask(port, pem, f"CHUNKED?pt=initiator&ln={len(parts)}&id={ident}&og={NAME}&fn={name}")
        for index, part in enumerate(parts):
            dt, ck = encode_part(part)
            checks += ck[:6]
            text = f"CHUNKED?pt=part&id={ident}&in={index}&dt={dt}&ck={ck}&og={NAME}"
            assert self.ask(port, pem, text) == ("RESPONSE", {"rs": "success"})
        text = f"CHUNKED?pt=end&og={NAME}&ck={sha(checks)}&id={ident}"
        kind, fields = self.ask(port, pem, text)
        assert kind == "CHUNKED_RESPONSE", (kind, fields)
        result, checks = b"", ""
        for index in range(int(fields["ln"])):
            _kind, part = self.ask(port, pem, f"CHUNKED_REQUEST?pt=part&id={fields['id']}&in={index}")
            result += decode_part(part)
            checks += part["ck"][:6]
        _kind, end = self.ask(port, pem, f"CHUNKED_REQUEST?pt=part&id={fields['id']}&in={int(fields['ln'])}")
        assert end == {"pt": "end", "ck": sha(checks)}, end
        return result

    # As a server

    def serve(self, listener):
        while True:
            sock, _address = listener.accept()
            with sock, sock.makefile("rb") as lines:
                _network, _kind, content, key, _end = lines.readline().decode().strip().split("|")
                answer = self.seal(self.answer(*parse(self.open(content))), unb64(key))
                sock.sendall(self.packet("rsp", answer.decode() if self.net else str(answer)))

    def answer(self, kind, fields):
        if kind == "CHUNKED_REQUEST":
            parts = self.results[fields["id"]]
            index = int(fields["in"])
            if index == len(parts):
                return f"CHUNKED_RESPONSE?pt=end&ck={sha(''.join(ck[:6] for _dt, ck in parts))}"
            return "CHUNKED_RESPONSE?pt=part&dt=%s&ck=%s" % parts[index]
        if fields["pt"] == "initiator":
            if fields["fn"] not in ("handle", "upper"):
                return "ERROR?rs=unknown function"
            self.transfers[fields["id"]] = [fields["fn"], b"", ""]
        elif fields["pt"] == "part":
            transfer = self.transfers[fields["id"]]
            transfer[1] += decode_part(fields)
            transfer[2] += fields["ck"][:6]
        else:
            name, data, checks = self.transfers.pop(fields["id"])
            assert fields["ck"] == sha(checks)
            result = data.upper() if name == "upper" else handle(data)
            ident = b64(os.urandom(8)).decode().rstrip("=")
            self.results[ident] = [encode_part(result[at:at + 1024]) for at in range(0, len(result), 1024)]
            return f"CHUNKED_RESPONSE?rs=success&ln={len(self.results[ident])}&og={NAME}&id={ident}"
        return "RESPONSE?rs=success"


def handle(data):
    call = json.loads(data)
    if call["function"] != "describe":
        return json.dumps({"type": "error", "description": "function does not exist on node"}).encode()
    return json.dumps({"type": "success", "value": [call["args"], call["kwargs"]]}).encode()


def parse(text):
    kind, fields = text.split("?")
    return kind, {pair.split("=")[0]: pair.split("=")[1] for pair in fields.split("&")}


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def encode_part(part):
    text = b64(part).decode()
    return text.replace("=", "~"), sha(text)


def decode_part(fields):
    text = fields["dt"].replace("~", "=")
    assert fields["ck"] == sha(text)
    return unb64(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["check", "serve", "call"])
    parser.add_argument("rest", nargs="*")
    parser.add_argument("--network-key")
    options = parser.parse_args()
    peer = Peer(options.network_key)
    if options.mode == "call":
        port, name = options.rest
        given = json.load(sys.stdin)
        print(peer.call(int(port), given["pem"].encode(), name, given["data"].encode()).decode())
    elif options.mode == "serve":
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=peer.serve, args=[listener], daemon=True).start()
        print(json.dumps({"port": listener.getsockname()[1], "pem": peer.pem.decode()}), flush=True)
        sys.stdin.read()


main()
