"""Calls a function of a synapse node, version 0, with nothing but msgpack and a socket.

Usage: synapse_v0_client.py HOST:PORT FUNCTION [ARGUMENT...]
"""
import socket, sys
import msgpack

host, port = sys.argv[1].split(":")
request = {"endpoint": sys.argv[2], "args": sys.argv[3:]}
with socket.create_connection((host, int(port)), timeout=10) as connection:
    connection.sendall(msgpack.packb(request))
    answer = b"".join(iter(lambda: connection.recv(4096), b""))
print(answer.decode())
