#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks the agent through its control extension (docs/agent-extensions.md), without our own code.

control.py SOCKET REQUEST       prints the answer, one JSON object
control.py SOCKET watch         prints events, one a line, until the agent goes away
control.py SOCKET raw HEX...    sends each message, prints the type and body of each reply in hex
"""
import json
import socket
import struct
import sys

EXTENSION = b"control@touchstone.example"


def string(value):
    return struct.pack(">I", len(value)) + value


def receive(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def exchange(connection, message):
    connection.sendall(string(message))
    (size,) = struct.unpack(">I", receive(connection, 4))
    return receive(connection, size)


def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection


def ask(connection, request):
    body = json.dumps(dict(request, version=1)).encode()
    reply = exchange(connection, bytes([27]) + string(EXTENSION) + body)
    if reply[0] != 29:
        raise ValueError(f"reply of type {reply[0]}")
    (size,) = struct.unpack(">I", reply[1:5])
    return json.loads(reply[5 + size:])


def watch(connection):
    after = 0
    while True:
        for event in ask(connection, {"command": "watch", "after": after})["events"]:
            after = event["number"]
            print(json.dumps(event), flush=True)


def main():
    connection = connect(sys.argv[1])
    if sys.argv[2] == "watch":
        watch(connection)
    elif sys.argv[2] == "raw":
        for message in sys.argv[3:]:
            print(exchange(connection, bytes.fromhex(message)).hex(), flush=True)
    else:
        print(json.dumps(ask(connection, json.loads(sys.argv[2]))))


if __name__ == "__main__":
    main()
