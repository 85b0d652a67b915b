"""TensorBoard's event files, read by Python's own library: TFRecord framing with its checksums, and the Event messages in it, by field numbers
from tensorflow's record_writer.h, event.proto and summary.proto."""
import glob
import struct


def crc32c(data):
    """RFC 3720, 12.1: the polynomial 0x1edc6f41, reflected."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82f63b78 if byte & 1 else 0)
        table.append(byte)
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xff]
    return crc ^ 0xffffffff


# RFC 3720, B.4, and the check value of the catalogues
for _data, _crc in [(bytes(32), 0x8a9136aa), (b"\xff" * 32, 0x62a8ab43), (bytes(range(32)), 0x46dd794e), (bytes(range(31, -1, -1)), 0x113fdb5c),
                    (bytes.fromhex("01c00000000000000000000000000000140000000000040000000014000000182800000000000000" "0200000000000000"), 0xd9963a56),
                    (b"123456789", 0xe3069283)]:
    assert crc32c(_data) == _crc, (_data, hex(crc32c(_data)))


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff


def records(path, cut=False):
    """The records of a file; cut: the last may have lost its end, as of a process that was killed."""
    with open(path, "rb") as file:
        raw = file.read()
    at = 0
    while at < len(raw):
        head = raw[at:at + 12]
        if cut and len(head) < 12:
            return
        length, crc = struct.unpack("<QI", head)
        assert crc == masked(head[:8]), (path, at)
        body = raw[at + 12:at + 12 + length + 4]
        if cut and len(body) < length + 4:
            return
        assert struct.unpack("<I", body[length:])[0] == masked(body[:length]), (path, at)
        yield body[:length]
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7f) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at


def fields(data):
    """[(field, value)] of a message: whole numbers, or the bytes of the other kinds."""
    at, found = 0, []
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            assert at + size <= len(data)
            value, at = data[at:at + size], at + size
        else:
            assert kind == 2, kind
            size, at = varint(data, at)
            assert at + size <= len(data)
            value, at = data[at:at + size], at + size
        found.append((key >> 3, value))
    return found


def event(data):
    """{"time", "step", and "version", "start" or "scalars"} of an Event."""
    found = {"step": 0}
    for field, value in fields(data):
        if field == 1:
            found["time"] = struct.unpack("<d", value)[0]
        elif field == 2:
            found["step"] = value
        elif field == 3:
            found["version"] = value.decode()
        elif field == 5:
            found["scalars"] = {}
            for number, inner in fields(value):
                assert number == 1, number
                (one, tag), (two, number) = fields(inner)
                assert (one, two) == (1, 2) and tag.decode() not in found["scalars"]
                found["scalars"][tag.decode()] = struct.unpack("<f", number)[0]
        else:
            assert field == 7, field
            assert fields(value) == [(1, 1)], fields(value)
            found["start"] = True
    return found


def files(folder):
    return sorted(glob.glob(f"{folder}/events.out.tfevents.*"))


def scalars(folder, cut=False):
    """{tag: {step: value}} as TensorBoard has them: a start of a session forgets what was there from its step on."""
    by_tag = {}
    for path in files(folder):
        for number, raw in enumerate(records(path, cut)):
            found = event(raw)
            assert ("version" in found) == (number == 0)
            if found.get("start"):
                by_tag = {tag: {s: v for s, v in steps.items() if s < found["step"]} for tag, steps in by_tag.items()}
            for tag, value in found.get("scalars", {}).items():
                assert found["step"] not in by_tag.setdefault(tag, {}), (path, tag, found["step"])
                by_tag[tag][found["step"]] = value
    return by_tag
