#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a PNG of 8 bits a sample, not interlaced (ISO/IEC 15948), as browsers write them.

picture.py FILE   prints width, height, number of colours, and the first pixel's colour
"""
import struct
import sys
import zlib

SAMPLES = {2: 3, 6: 4}  # colour type: RGB, RGBA


def chunks(data):
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("no PNG")
    at = 8
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        body = data[at + 4 : at + 8 + size]
        if zlib.crc32(body) != struct.unpack_from(">I", data, at + 8 + size)[0]:
            raise ValueError("checksum")
        yield body[:4], body[4:]
        at += size + 12


def predict(line, previous, step):
    for i in range(step):
        line[i] = (line[i] + previous[i]) & 255
    for i in range(step, len(line)):
        left, above, corner = line[i - step], previous[i], previous[i - step]
        far_left, far_above = abs(above - corner), abs(left - corner)
        far_corner = abs(left + above - 2 * corner)
        if far_left <= far_above and far_left <= far_corner:
            guess = left
        else:
            guess = above if far_above <= far_corner else corner
        line[i] = (line[i] + guess) & 255


def unfilter(kind, line, previous, step):
    if kind == 4:
        predict(line, previous, step)
        return
    for i, above in enumerate(previous):
        left = line[i - step] if i >= step else 0
        line[i] = (line[i] + (0, left, above, (left + above) // 2)[kind]) & 255


def main():
    with open(sys.argv[1], "rb") as file:
        parts = list(chunks(file.read()))
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", parts[0][1])
    if parts[0][0] != b"IHDR" or parts[-1][0] != b"IEND" or depth != 8 or interlaced:
        raise ValueError("not as browsers write them")
    step = SAMPLES[colour]
    data = zlib.decompress(b"".join(body for kind, body in parts if kind == b"IDAT"))
    colours = set()
    previous = bytearray(width * step)
    first = None
    for row in range(height):
        start = row * (width * step + 1)
        line = bytearray(data[start + 1 : start + 1 + width * step])
        if data[start] != 0:
            unfilter(data[start], line, previous, step)
        colours.update(bytes(line[i : i + 3]) for i in range(0, len(line), step))
        first = first or bytes(line[:3])
        previous = line
    print(width, height, len(colours), "#" + first.hex())


main()
