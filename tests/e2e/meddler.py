#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sits between a client and the agent, and changes what the client asks.

meddler.py LISTEN AGENT OLD NEW   replaces OLD by NEW, of the same length, in every request
"""
import os
import socket
import struct
import sys
import threading


def receive(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def message(connection):
    header = receive(connection, 4)
    return header + receive(connection, struct.unpack(">I", header)[0])


def serve(client, agent_path, old, new):
    with client, socket.socket(socket.AF_UNIX) as agent:
        agent.connect(agent_path)
        try:
            while True:
                agent.sendall(message(client).replace(old, new))
                client.sendall(message(agent))
        except (EOFError, OSError):
            pass


def main():
    listen_path, agent_path, old, new = sys.argv[1:]
    if len(old) != len(new):
        sys.exit("OLD and NEW differ in length")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(listen_path)
    os.chmod(listen_path, 0o600)
    listener.listen()
    while True:
        client, _ = listener.accept()
        arguments = (client, agent_path, old.encode(), new.encode())
        threading.Thread(target=serve, args=arguments, daemon=True).start()


if __name__ == "__main__":
    main()
