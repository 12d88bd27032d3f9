#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Connects to the agent many times and stays.

crowd.py SOCKET COUNT idle       each has been answered once, and says nothing more
crowd.py SOCKET COUNT slow       every other one has begun a message and does not go on

Prints "in COUNT" once all are there. On SIGUSR1 one that is idle leaves: prints "left COUNT". On
SIGUSR2 each idle one asks once more: prints "answered COUNT".
"""
import signal
import sys

import control

REQUEST_IDENTITIES = bytes([11])
IDENTITIES_ANSWER = 12
# A sign request's length and no more than its first bytes.
BEGINNING = bytes.fromhex("000001000d0000")


def ask(connection):
    reply = control.exchange(connection, REQUEST_IDENTITIES)
    if reply[0] != IDENTITIES_ANSWER:
        raise ValueError(f"reply of type {reply[0]}")


def main():
    wanted = {signal.SIGUSR1, signal.SIGUSR2}
    signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    path, count, manner = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    idle, slow = [], []
    for number in range(count):
        connection = control.connect(path)
        ask(connection)
        if manner == "slow" and number % 2 == 0:
            connection.sendall(BEGINNING)
            slow.append(connection)
        else:
            idle.append(connection)
    print(f"in {count}", flush=True)
    while True:
        if signal.sigwait(wanted) == signal.SIGUSR1:
            idle.pop().close()
            print(f"left {len(idle)}", flush=True)
        else:
            for connection in idle:
                ask(connection)
            print(f"answered {len(idle)}", flush=True)


if __name__ == "__main__":
    main()
