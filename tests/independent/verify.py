#!/usr/bin/env python3
"""An independent verifier of a chancery ledger, or of one that was published.

    python3 verify.py FOLDER [--key VKEY] [--relation A B] [--json]

It shares no code with chancery. It was written from `docs/format.md` and from the C2SP texts
(signed-note, tlog-checkpoint, tlog-tiles) alone, and needs nothing but Python 3.11.

A folder with segments (`*.seg`) is a ledger, one with `checkpoint` and `tile/` is a published log.
Of both it checks every byte: frames and their checksums, or tiles and bundles; each entry, decoded,
encoded again and compared; the chain of leaf hashes; the Merkle root; the signed checkpoint.
It only reads, takes no lock, and runs nothing that it finds.

Where both are silent it is strict: a checkpoint that no key is there for fails, as does `--key`
with no checkpoint, an entry in a newer format, and whatever follows the last whole batch (even of
a writer that lives: it takes no lock). Not checked are the rules of `domain.md` on what entries mean,
documents behind attachments, witnesses' cosignatures, `evidence/` and `quarantine/`.

Exit status: 0 everything holds; 1 a check fails; 2 wrong usage.
"""

import argparse
import base64
import binascii
import calendar
import datetime
import functools
import hashlib
import json
import os
import re
import stat
import struct
import sys

# --- What can go wrong ---------------------------------------------------------------------------


class CheckFailed(Exception):
    """A check does not hold. Names the file, the offset in it and the entry as far as known."""

    def __init__(self, message, file=None, offset=None, entry=None):
        super().__init__(message)
        self.message, self.file, self.offset, self.entry = message, file, offset, entry

    def __str__(self):
        place = []
        if self.entry is not None:
            place.append(f"entry {self.entry}")
        if self.file is not None:
            place.append(self.file if self.offset is None else f"{self.file} at byte {self.offset}")
        return ", ".join(place) + ": " + self.message if place else self.message


class Malformed(Exception):
    """The bytes of an entry do not follow the tables: at `offset` in the entry, in field `path`."""

    def __init__(self, message, offset=None):
        super().__init__(message)
        self.message, self.offset, self.path = message, offset, []

    def __str__(self):
        path = ".".join(reversed(self.path)).replace(".[", "[")
        return f"{path}: {self.message}" if path else self.message


def read_file(folder, name, limit):
    """The bytes of a regular file of at most `limit` bytes, or CheckFailed."""
    path = os.path.join(folder, *name.split("/"))
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise CheckFailed("is no regular file", name)
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise CheckFailed("is missing", name) from None
    except OSError as error:
        raise CheckFailed(f"cannot be read: {error.strerror}", name) from None
    if len(data) > limit:
        raise CheckFailed(f"has more than {limit} bytes", name)
    return data


# --- CRC-32C (Castagnoli, reflected) -------------------------------------------------------------


def crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC_TABLE = crc_table()


def crc32c(data, begin=0):
    """CRC-32C of `data`; `begin` is the CRC of what came before it, 0 if nothing did."""
    table, crc = CRC_TABLE, begin ^ 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


# --- Ed25519 (RFC 8032, verification only) -------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)  # points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z


def point_add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e = (y1 - x1) * (y2 - x2) % P
    f = (y1 + x1) * (y2 + x2) % P
    g = 2 * t1 * t2 * D % P
    h = 2 * z1 * z2 % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_multiply(scalar, point):
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def point_decode(data):
    """The point of 32 bytes in their canonical form (RFC 8032, 5.1.3), or None."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def point_encode(point):
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def small_order(point):
    return point_encode(point_multiply(8, point)) == point_encode(NEUTRAL)


BASE = point_decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verify(public, message, signature):
    """Whether the signature is one, strictly: S and both points canonical, none of small order."""
    if len(public) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    key, commitment = point_decode(public), point_decode(signature[:32])
    if s >= ORDER or key is None or commitment is None:
        return False
    if small_order(key) or small_order(commitment):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    return point_encode(point_multiply(s, BASE)) == point_encode(
        point_add(commitment, point_multiply(k, key)))


# --- Keys and checkpoints (C2SP signed-note, tlog-checkpoint) ------------------------------------

# The Unicode property White_Space; Python's str.isspace() is not quite the same.
WHITE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
NOT_IN_A_NAME = re.compile(f"[{WHITE}+]")
CHECKPOINT_LIMIT = 65_536
SIGNATURE_LIMIT = 100


def base64_bytes(text):
    """The bytes of canonical base64 with padding (RFC 4648, section 4), or None."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        return None
    return data if base64.b64encode(data).decode("ascii") == text else None


class Key:
    """A verifier key `name+id+base64(1 ‖ 32 bytes)`; ValueError if it is none."""

    def __init__(self, text):
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise ValueError("not of the form name+id+key")
        self.text, self.name = text, parts[0]
        if not self.name or NOT_IN_A_NAME.search(self.name) or re.search("[\0-\x1f]", self.name):
            raise ValueError("the name of the key is not valid")
        if not re.fullmatch("[0-9a-f]{8}", parts[1]):
            raise ValueError("the id of the key is not of 8 hexadecimal digits")
        data = base64_bytes(parts[2])
        if data is None or len(data) != 33 or data[0] != 1:
            raise ValueError("the key is not the base64 of the byte 1 and 32 bytes")
        self.public, self.id = data[1:], bytes.fromhex(parts[1])
        expected = hashlib.sha256(self.name.encode("utf-8") + b"\n" + data).digest()[:4]
        if self.id != expected:
            raise ValueError(f"the id of the key is {parts[1]}, it must be {expected.hex()}")
        point = point_decode(self.public)
        if point is None or small_order(point):
            raise ValueError("the key is no point of Ed25519 in canonical form")


class Checkpoint:
    """A parsed checkpoint: origin, size, root, and its signature lines, not verified yet."""

    def __init__(self, data):
        self.at = 0

        def fail(message):
            raise CheckFailed(message, "checkpoint", self.at)

        try:
            note = data.decode("utf-8")
        except UnicodeDecodeError as error:
            self.at = error.start
            fail("is not UTF-8")
        control = re.search("[\0-\x09\x0b-\x1f]", note)
        if control:
            self.at = len(note[:control.start()].encode("utf-8"))
            fail("has a control character")
        blank = note.rfind("\n\n")
        if blank < 0:
            fail("has no empty line before its signatures")
        if not note.endswith("\n"):
            fail("does not end with a line feed")
        self.text = note[:blank + 1]
        lines = self.text[:-1].split("\n")
        if len(lines) != 3:
            fail(f"has {len(lines)} lines of text, it must have 3")
        self.origin = lines[0]
        if not self.origin or NOT_IN_A_NAME.search(self.origin):
            fail("the origin is empty, or has white space or a plus")
        self.at += len(lines[0].encode("utf-8")) + 1
        if not re.fullmatch("0|[1-9][0-9]{0,19}", lines[1]) or int(lines[1]) >= 2**64:
            fail("the size is not a number in decimal digits")
        self.size = int(lines[1])
        self.at += len(lines[1]) + 1
        self.root = base64_bytes(lines[2])
        if self.root is None or len(self.root) != 32:
            fail("the root is not the base64 of 32 bytes")
        self.at += len(lines[2].encode("utf-8")) + 2
        rows = note[blank + 2:].split("\n")[:-1]
        if not 1 <= len(rows) <= SIGNATURE_LIMIT:
            fail(f"has {len(rows)} signature lines, it must have 1 to {SIGNATURE_LIMIT}")
        self.signatures = []  # of (offset, name, id, signature)
        for row in rows:
            parts = row.split(" ")
            if len(parts) != 3 or parts[0] != "\u2014" or not parts[1]:
                fail("is no signature line")
            signed = base64_bytes(parts[2])
            if NOT_IN_A_NAME.search(parts[1]) or signed is None or len(signed) < 5:
                fail("is no signature line")
            self.signatures.append((self.at, parts[1], signed[:4], signed[4:]))
            self.at += len(row.encode("utf-8")) + 1

    def verify(self, key):
        """CheckFailed unless the key has signed, and each line of the key verifies."""
        if key.name != self.origin:
            raise CheckFailed(f"the key is {key.name}'s, the origin is {self.origin}", "checkpoint", 0)
        known = 0
        for offset, name, number, signature in self.signatures:
            if (name, number) == (key.name, key.id):
                if not ed25519_verify(key.public, self.text.encode("utf-8"), signature):
                    raise CheckFailed("the signature does not verify", "checkpoint", offset)
                known += 1
        if not known:
            raise CheckFailed(f"has no signature of the key {key.text}", "checkpoint")


# --- The Merkle tree (RFC 6962, section 2.1) -----------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(entry):
    return sha256(b"\0" + entry)


def tree_root(hashes):
    """The root over leaf hashes. Of a full subtree, it is the hash that stands in a tile."""
    if not hashes:
        return sha256(b"")
    row = list(hashes)
    while len(row) > 1:
        above = [sha256(b"\1" + row[i] + row[i + 1]) for i in range(0, len(row) - 1, 2)]
        if len(row) % 2:
            above.append(row[-1])  # the right edge moves up as it is
        row = above
    return row[0]


# --- Texts and dates -----------------------------------------------------------------------------

BAD_IN_TEXT = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
BAD_IN_NOTE = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
WHITE_AT_AN_END = re.compile(f"\\A[{WHITE}]|[{WHITE}]\\Z")
DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?[?~%]?")
DECADE = re.compile(r"([0-9]{2})([0-9]X|XX)")


def day_exists(year, month, day):
    return 1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def plain_date(text):
    """The first and the last day (year, month, day) of a date that is no range and no set, or None."""
    found = DECADE.fullmatch(text)
    if found:
        low, high = int(text.replace("X", "0")), int(text.replace("X", "9"))
        return (max(low, 1), 1, 1), (high, 12, 31)
    found = DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    if not day_exists(year, month or 1, day or 1) or month == 0 or day == 0:
        return None
    last = month or 12
    return (year, month or 1, day or 1), (year, last, day or calendar.monthrange(year, last)[1])


@functools.lru_cache(maxsize=100_000)
def date_bounds(text):
    """First and last day of an EDTF date of the profile, None for an open end; or None."""
    if not text.startswith("["):
        return plain_date(text)
    if not text.endswith("]"):
        return None
    inside = text[1:-1]
    if ".." in inside:
        ends = inside.split("..")
        if len(ends) != 2 or ends == ["", ""]:
            return None
        bounds = [plain_date(end) if end else (None, None) for end in ends]
        return None if None in bounds else (bounds[0][0], bounds[1][1])
    members = [plain_date(member) for member in inside.split(",", 16)]
    if None in members or not 2 <= len(members) <= 16:
        return None
    return min(low for low, _ in members), max(high for _, high in members)


def period_sound(text):
    ends = text.split("/")
    if len(ends) != 2 or ends == ["..", ".."]:
        return False
    return all(end == ".." or plain_date(end) is not None for end in ends)


def day_sound(text):
    found = re.fullmatch("([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    return found is not None and day_exists(*map(int, found.groups()))


# --- How values are written (bincode 2, standard()) ----------------------------------------------
#
# A type has `decode(reader)`, which gives a plain value, and `encode(value, out)`. Structs become
# dicts, lists become lists, what is absent None, enums without content their name, enums with
# content (name, dict). Decoding takes longer varints than necessary: encoding again finds them.


class Reader:
    __slots__ = ("data", "at")

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        begin, end = self.at, self.at + count
        if end > len(self.data):
            raise Malformed(f"{count} bytes are needed, {len(self.data) - begin} are left", begin)
        self.at = end
        return self.data[begin:end]

    def varint(self):
        begin = self.at
        first = self.take(1)[0]
        if first < 251:
            return first
        if first > 253:
            raise Malformed(f"a number cannot begin with the byte {first}", begin)
        return int.from_bytes(self.take(1 << first - 250), "little")


def write_varint(value, out):
    if value < 251:
        out.append(value)
    elif value < 1 << 16:
        out += b"\xfb" + value.to_bytes(2, "little")
    elif value < 1 << 32:
        out += b"\xfc" + value.to_bytes(4, "little")
    else:
        out += b"\xfd" + value.to_bytes(8, "little")


class Byte:
    """`u8`: one byte."""

    def decode(self, reader):
        return reader.take(1)[0]

    def encode(self, value, out):
        out.append(value)


class Number:
    """`u32`, `u64`: a varint of at most `limit`."""

    def __init__(self, limit):
        self.limit = limit

    def decode(self, reader):
        begin, value = reader.at, reader.varint()
        if value > self.limit:
            raise Malformed(f"the number {value} is over {self.limit}", begin)
        return value

    def encode(self, value, out):
        write_varint(value, out)


class Hash:
    """32 bytes as they are."""

    def decode(self, reader):
        return reader.take(32)

    def encode(self, value, out):
        out += value


class Text:
    """A text of 1 to `limit` bytes without a character of `bad`; `rule` gives what else is wrong."""

    def __init__(self, limit=4096, bad=BAD_IN_TEXT, rule=None):
        self.limit, self.bad, self.rule = limit, bad, rule

    def decode(self, reader):
        begin, length = reader.at, reader.varint()
        if not 1 <= length <= self.limit:
            raise Malformed(f"a text of {length} bytes, it must have 1 to {self.limit}", begin)
        start = reader.at
        try:
            text = reader.take(length).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("a text that is not UTF-8", start + error.start) from None
        bad = self.bad.search(text)
        if bad:
            place = start + len(text[:bad.start()].encode("utf-8"))
            raise Malformed(f"U+{ord(bad[0]):04X} may not be in a text", place)
        if WHITE_AT_AN_END.search(text):
            raise Malformed("a text begins or ends with white space", start)
        wrong = self.rule and self.rule(text)
        if wrong:
            raise Malformed(f"{text!r} {wrong}", start)
        return text

    def encode(self, value, out):
        data = value.encode("utf-8")
        write_varint(len(data), out)
        out += data


class Maybe:
    """`T?`"""

    def __init__(self, kind):
        self.kind = kind

    def decode(self, reader):
        present = reader.take(1)[0]
        if present > 1:
            raise Malformed(f"the byte {present} says neither absent nor present", reader.at - 1)
        return self.kind.decode(reader) if present else None

    def encode(self, value, out):
        out.append(value is not None)
        if value is not None:
            self.kind.encode(value, out)


class Many:
    """`T*`, of at most `limit` members."""

    def __init__(self, kind, limit):
        self.kind, self.limit = kind, limit

    def decode(self, reader):
        begin, count = reader.at, reader.varint()
        if count > self.limit:
            raise Malformed(f"{count} are listed, at most {self.limit} may be", begin)
        values = []
        for index in range(count):
            try:
                values.append(self.kind.decode(reader))
            except Malformed as error:
                error.path.append(f"[{index}]")
                raise
        return values

    def encode(self, value, out):
        write_varint(len(value), out)
        for member in value:
            self.kind.encode(member, out)


class Struct:
    """Fields after each other. `rule(value)` says what is wrong with them together, or nothing."""

    def __init__(self, rule=None, /, **fields):
        self.rule, self.fields = rule, list(fields.items())

    def decode(self, reader):
        begin, value = reader.at, {}
        for name, kind in self.fields:
            try:
                value[name] = kind.decode(reader)
            except Malformed as error:
                error.path.append(name)
                raise
        wrong = self.rule and self.rule(value)
        if wrong:
            raise Malformed(wrong, begin)
        return value

    def encode(self, value, out):
        for name, kind in self.fields:
            kind.encode(value[name], out)


class Names:
    """An enum without content."""

    def __init__(self, names):
        self.names = names.split()
        self.numbers = {name: number for number, name in enumerate(self.names)}

    def decode(self, reader):
        begin, number = reader.at, reader.varint()
        if number >= len(self.names):
            raise Malformed(f"the variant {number} is not known: it needs a newer reader", begin)
        return self.names[number]

    def encode(self, value, out):
        write_varint(self.numbers[value], out)


class Variants(Names):
    """An enum whose variants have content, each a Struct."""

    def __init__(self, **variants):
        super().__init__(" ".join(variants).replace("_", "-"))
        self.contents = dict(zip(self.names, variants.values()))

    def decode(self, reader):
        name = super().decode(reader)
        try:
            return name, self.contents[name].decode(reader)
        except Malformed as error:
            error.path.append(name)
            raise

    def encode(self, value, out):
        super().encode(value[0], out)
        self.contents[value[0]].encode(value[1], out)


# --- The tables of format 1 ----------------------------------------------------------------------


def rule(sound, wrong):
    return lambda text: None if sound(text) else wrong


U8, U32, U64, HASH = Byte(), Number(2**32 - 1), Number(2**64 - 1), Hash()
TEXT = Text()
NOTE = Text(32_768, BAD_IN_NOTE)
KEY = Text(rule=rule(lambda text: not re.fullmatch("[0-9]+", text), "is digits alone"))
ORIGIN = Text(255, rule=rule(lambda text: not NOT_IN_A_NAME.search(text), "is no origin"))
ID_FORM = re.compile("[A-Z0-9-]{2,12}")
ID = Text(rule=rule(ID_FORM.fullmatch, "is no entity id"))
DAY = Text(rule=rule(day_sound, "is no day"))
DATE_TEXT = Text(rule=rule(date_bounds, "is no date of the profile"))
PERIOD = Text(rule=rule(period_sound, "is no period"))
MEDIA_NAME = "[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
MEDIA_TYPE = Text(rule=rule(re.compile(f"{MEDIA_NAME}/{MEDIA_NAME}").fullmatch, "is no media type"))
IDS, REFERENCES = Many(ID, 256), Many(U64, 256)
NOTHING = Struct()

ACT_KIND = Names("establish sever restore suspend lapse annul")
AXIS = Names("diplomatic consular")
CODE_SYSTEM = Names("iso2 iso3 cow gw wikidata")
CONFIDENCE = Names("high medium low not-stated")
CONSULAR = Names("implied included excluded")
COUNTING_RULE = Names("active active-and-suspended")
ENTITY_KIND = Names("state former-state contested associated-state sovereign-non-state organisation")
GRADE = Names("primary-both primary-one state-media agency other-news compilation unsourced")
INSTRUMENT = Names("joint-communique exchange-of-notes treaty declaration law none unknown")
LEVEL = Names("none representative-office liaison-office interests-section charge-ad-interim charge"
              " minister ambassador")
MANNER = Names("de-jure de-facto")
MISSION_KIND = Names("opened closed operations-suspended level-set recalled expelled returned"
                     " protection-begun protection-ended")
RECOGNITION_KIND = Names("recognised withdrawn refused")
ROLE = Names("decided approved signed effective announced")
SAYS = Names("establish sever restore suspend lapse annul denies")
STANDING = Names("rival same-moment wording-only rejected")
STATUS = Names("none active suspended severed lapsed annulled ended")
STEP_KIND = Names("proposed agreed approved signed announced refused withdrawn")


def dates_wrong(dates, roles):
    """Ordered by role, each at most once, one of `roles` at least."""
    numbers = [ROLE.numbers[date["role"]] for date in dates]
    if any(later <= earlier for earlier, later in zip(numbers, numbers[1:])):
        return "the dates are not in the order of their roles"
    if not any(date["role"] in roles for date in dates):
        return "no date of " + ", ".join(roles)
    return None


OF_AN_EVENT = ("signed", "effective", "announced")


def parties_wrong(value):
    if value["first"].encode() >= value["second"].encode():
        return "the parties are not in order"
    by, content = value.get("by", ("both", {}))
    if by == "one" and content["entity"] not in (value["first"], value["second"]):
        return "it is by none of the parties"
    return None


def act_wrong(act):
    if act["consular"] is not None and (
            act["axis"] != "diplomatic" or act["act"] not in ("establish", "restore")):
        return "`consular` stands only on a diplomatic establish or restore"
    if act["annuls"] is not None and act["act"] != "annul":
        return "`annuls` stands only on annul"
    return parties_wrong(act) or dates_wrong(act["dates"], OF_AN_EVENT)


def dated_wrong(value):
    return dates_wrong(value["dates"], OF_AN_EVENT)


def step_wrong(step):
    return parties_wrong(step) or dates_wrong(step["dates"], ROLE.names)


def change_wrong(change):
    first, last = date_bounds(change["on"])
    if change["change"][0] in ("extinguished", "revived", "continues", "succeeds") and first != last:
        return "`on` must be one day"
    return None


def claim_wrong(claim):
    if (claim["role"] is None) != (claim["date"] is None):
        return "of `role` and `date` one is absent"
    return None


BY = Variants(both=NOTHING, one=Struct(entity=ID), nobody=NOTHING, unknown=NOTHING)
DATES = Many(Struct(role=ROLE, date=DATE_TEXT), 16)
NAME = Struct(name=TEXT, period=Maybe(PERIOD))
CODE = Struct(system=CODE_SYSTEM, code=TEXT, period=Maybe(PERIOD))
OPENING = Struct(origin=ORIGIN, title=Maybe(TEXT))
REGISTRATION = Struct(
    id=ID, entity=ENTITY_KIND, name=TEXT, names=Many(NAME, 256), codes=Many(CODE, 256),
    lifetime=Maybe(PERIOD))
CHANGE = Struct(
    change_wrong, entity=ID, on=DATE_TEXT, change=Variants(
        renamed=Struct(name=TEXT),
        code=Struct(system=CODE_SYSTEM, code=TEXT),
        admitted=Struct(group=ID),
        left=Struct(group=ID),
        government_changed=Struct(**{"from": Maybe(TEXT), "to": Maybe(TEXT)}),
        extinguished=NOTHING,
        revived=NOTHING,
        continues=Struct(successor=ID, partners=Maybe(IDS)),
        succeeds=Struct(successor=ID)))
SIGNATORY = Struct(entity=ID, person=TEXT, office=Maybe(TEXT))
ACT = Struct(
    act_wrong, axis=AXIS, first=ID, second=ID, act=ACT_KIND, by=BY, government=Maybe(TEXT),
    dates=DATES, place=Maybe(TEXT), zone=Maybe(TEXT), instrument=INSTRUMENT, wording=Maybe(TEXT),
    signatories=Many(SIGNATORY, 64), consular=Maybe(CONSULAR), annuls=Maybe(U64), after=REFERENCES,
    because=REFERENCES, multilateral=Maybe(TEXT))
RECOGNITION = Struct(
    dated_wrong, by=ID, of=ID, act=RECOGNITION_KIND, government=Maybe(TEXT), manner=Maybe(MANNER),
    dates=DATES, because=REFERENCES)
MISSION = Struct(
    dated_wrong, sender=ID, host=ID, act=MISSION_KIND, level=Maybe(LEVEL), protecting=Maybe(ID),
    residence=Maybe(Variants(resident=NOTHING, seated_in=Struct(entity=ID))), number=Maybe(U32),
    dates=DATES, because=REFERENCES)
STEP = Struct(step_wrong, first=ID, second=ID, towards=ACT_KIND, step=STEP_KIND, by=BY, dates=DATES)
CONTEXT = Struct(title=TEXT, date=DATE_TEXT, entities=IDS)
FACT = Variants(
    registration=REGISTRATION, change=CHANGE, act=ACT, recognition=RECOGNITION, mission=MISSION,
    step=STEP, context=CONTEXT)
CLAIM = Struct(
    claim_wrong, target=U64, role=Maybe(ROLE), date=Maybe(DATE_TEXT), place=Maybe(TEXT),
    zone=Maybe(TEXT), says=Maybe(SAYS), wording=Maybe(TEXT), standing=STANDING)
STATEMENT = Variants(
    status=Struct(parties_wrong, first=ID, second=ID, status=STATUS, on=DAY),
    count=Struct(None, entity=ID, among=Maybe(ID), rule=COUNTING_RULE, count=U32, on=DAY),
    missing=Struct(None, entity=ID, among=ID, rule=COUNTING_RULE, missing=IDS, on=DAY),
    ordinal=Struct(None, entity=ID, partner=ID, rule=COUNTING_RULE, ordinal=U32, on=DAY),
    complete=Struct(**{"entity": ID, "from": DAY, "to": DAY}))
EVENT = Variants(
    opening=OPENING,
    fact=Struct(fact=FACT),
    claim=CLAIM,
    correction=Struct(target=U64, fact=FACT, reason=TEXT),
    retraction=Struct(target=U64, reason=TEXT),
    assertion=Struct(axis=AXIS, statement=STATEMENT),
    erasure=Struct(target=U64, attachment=U8, reason=TEXT))
SOURCE = Struct(
    title=Maybe(TEXT), publisher=Maybe(TEXT), published=Maybe(DATE_TEXT), address=Maybe(TEXT),
    accessed=Maybe(DATE_TEXT), grade=GRADE, confidence=CONFIDENCE)
ATTACHMENT = Struct(commitment=HASH, length=U64, media_type=MEDIA_TYPE)
ENTRY = Struct(
    format=U8, previous=HASH, sequence=U64, recorded_at=Number(253_402_300_799_999), recorder=TEXT,
    key=Maybe(KEY), event=EVENT, sources=Many(SOURCE, 64), attachments=Many(ATTACHMENT, 16),
    even_so=Maybe(TEXT), note=Maybe(NOTE))
ENTRY_LIMIT = 65_535


def decode_entry(data):
    """The entry of these bytes, in the one form that it has, or Malformed."""
    if len(data) > ENTRY_LIMIT:
        raise Malformed(f"has more than {ENTRY_LIMIT} bytes", ENTRY_LIMIT)
    if data[:1] != b"\x01":
        raise Malformed(f"is of format {data[0] if data else None}: it needs a newer reader", 0)
    reader, again = Reader(data), bytearray()
    entry = ENTRY.decode(reader)
    if reader.at != len(data):
        raise Malformed(f"{len(data) - reader.at} bytes follow the last field", reader.at)
    ENTRY.encode(entry, again)
    if again != data:
        place = next((i for i, (a, b) in enumerate(zip(again, data)) if a != b), len(again))
        raise Malformed("is not in canonical form", place)
    return entry


# --- The chain of entries ------------------------------------------------------------------------


def fact_of(event):
    """The fact (variant, fields) that an entry with this event holds, or None."""
    return event[1]["fact"] if event[0] in ("fact", "correction") else None


def pair_of(fact):
    """The two entities between which a fact is, or None."""
    ends = {"act": ("first", "second"), "step": ("first", "second"), "recognition": ("by", "of"),
            "mission": ("sender", "host")}.get(fact[0])
    return ends and frozenset(fact[1][end] for end in ends)


class Chain:
    """The entries so far, each checked against those before it."""

    def __init__(self, relation=None):
        self.relation = frozenset(relation) if relation else None
        self.hashes, self.origin, self.recorded_at = [], None, 0
        self.keys = {}           # key: number
        self.fact_kinds = []     # the variant of the fact in each entry, None if it holds none
        self.attachments = []    # how many each entry has
        self.related = set()     # numbers of the entries of the relation
        self.report = []         # and what is told of them

    def append(self, data, file, offset):
        """Check and add the entry whose bytes begin at `offset` in `file`."""
        number = len(self.hashes)

        def fail(message, at=0):
            raise CheckFailed(message, file, offset + at, number)

        previous = self.hashes[-1] if self.hashes else bytes(32)
        if data[1:33] != previous:
            fail("`previous` is not the leaf hash of the entry before", 1)
        try:
            entry = decode_entry(data)
        except Malformed as error:
            fail(str(error), error.offset or 0)
        if entry["sequence"] != number:
            fail(f"it bears the number {entry['sequence']}", 33)
        if entry["recorded_at"] < self.recorded_at:
            fail("`recorded_at` is smaller than in the entry before")
        key, event = entry["key"], entry["event"]
        if key is not None and self.keys.setdefault(key, number) != number:
            fail(f"its key {key!r} is that of entry {self.keys[key]}")
        if (event[0] == "opening") != (number == 0):
            fail("the first entry must be an opening, and no other may be one")
        wrong = self.references_wrong(number, event)
        if wrong:
            fail(wrong)
        if event[0] == "opening":
            self.origin = event[1]["origin"]
        fact = fact_of(event)
        self.recorded_at = entry["recorded_at"]
        self.hashes.append(leaf_hash(data))
        self.fact_kinds.append(fact and fact[0])
        self.attachments.append(len(entry["attachments"]))
        if self.relation and self.is_related(event):
            self.related.add(number)
            self.report.append(report(number, self.hashes[-1], entry))

    def references_wrong(self, number, event):
        """Entries named by number are earlier ones, and hold what the tables say."""
        kind, content = event
        fact = fact_of(event)
        named = [("target", content["target"])] if "target" in content else []
        if fact:
            if fact[1].get("annuls") is not None:
                named.append(("annuls", fact[1]["annuls"]))
            named += [(name, at) for name in ("after", "because") for at in fact[1].get(name, ())]
        for name, at in named:
            if at >= number:
                return f"`{name}` names entry {at}, which is no earlier one"
            if name in ("annuls", "after") or kind == "claim":
                if self.fact_kinds[at] != "act":
                    return f"`{name}` names entry {at}, which holds no act"
        if kind == "correction" and self.fact_kinds[content["target"]] != fact[0]:
            return f"entry {content['target']} holds no fact of the same kind to correct"
        if kind == "erasure" and content["attachment"] >= self.attachments[content["target"]]:
            return f"entry {content['target']} has no attachment {content['attachment']}"
        return None

    def is_related(self, event):
        fact = fact_of(event)
        if fact and pair_of(fact) == self.relation:
            return True
        return event[0] in ("claim", "correction", "retraction") and event[1]["target"] in self.related


# --- What is told of an entry --------------------------------------------------------------------


def iso_time(milliseconds):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds") + "Z"


def describe_fact(fact):
    """What a fact says in a line, and its dates by role."""
    kind, value = fact
    dates = {date["role"]: date["date"] for date in value.get("dates", ())}
    words = []
    if kind in ("act", "step"):
        by, content = value["by"]
        parties = f"{value['first']}-{value['second']}"
        if kind == "act":
            words = [f"{parties} {value['axis']} {value['act']}"]
        else:
            words = [f"{parties} {value['step']} (towards {value['towards']})"]
        words.append("by " + (content["entity"] if by == "one" else by))
        if value.get("annuls") is not None:
            words.append(f"annuls entry {value['annuls']}")
        if value.get("wording"):
            words.append(f'"{value["wording"]}"')
    elif kind == "recognition":
        words = [f"{value['by']} {value['act']} {value['of']}"]
        words += [value[name] for name in ("government", "manner") if value[name]]
    elif kind == "mission":
        words = [f"{value['sender']} in {value['host']} {value['act']}"]
        words += [value["level"]] if value["level"] else []
        words += ["protected by " + value["protecting"]] if value["protecting"] else []
    else:  # only as what a correction puts in place
        words = [value.get("title") or value.get("id") or value.get("entity")]
    return ", ".join(words), dates


def report(number, leaf, entry):
    """What `--relation` tells of an entry."""
    kind, content = entry["event"]
    dates = {}
    if kind == "fact":
        kind = content["fact"][0]
        what, dates = describe_fact(content["fact"])
    elif kind == "correction":
        what, dates = describe_fact(content["fact"])
        what = f"of entry {content['target']}: {what}; reason: {content['reason']}"
    elif kind == "retraction":
        what = f"of entry {content['target']}; reason: {content['reason']}"
    else:
        words = [f"about entry {content['target']}, {content['standing']}"]
        words += ["says " + content["says"]] if content["says"] else []
        words += [f'"{content["wording"]}"'] if content["wording"] else []
        words += [f"{name} {content[name]}" for name in ("place", "zone") if content[name]]
        what = ", ".join(words)
        if content["role"]:
            dates = {content["role"]: content["date"]}
    sources = entry["sources"]
    return {
        "number": number, "hash": leaf.hex(), "recorded_at": iso_time(entry["recorded_at"]),
        "kind": kind, "what": what, "dates": dates, "key": entry["key"],
        "source": (sources[0]["title"] or sources[0]["publisher"]) if sources else None,
    }


def report_line(told):
    dates = ", ".join(f"{role} {date}" for role, date in told["dates"].items()) or "no date"
    return (f"{told['number']}  {told['hash'][:8]}  {told['recorded_at']}  {told['kind']}: "
            f"{told['what']} | {dates} | {told['source'] or 'no source'}")


# --- A ledger: segments and frames ---------------------------------------------------------------

SEGMENT_NAME = re.compile(r"[0-9]{20}\.seg")
SEGMENT_LIMIT = 67_108_864
MAGIC = b"\x89CHNCRY\n"
HEADER, FRAME = 56, 10
LAST_OF_BATCH, FIRST_OF_COMMIT = 1, 2


def read_segment(name, data, chain):
    """Check one segment, the next after what is in the chain, and add its entries."""
    if len(data) < HEADER:
        raise CheckFailed("the header is cut off", name, len(data), len(chain.hashes))
    header_crc, = struct.unpack_from("<I", data, 52)
    if crc32c(data[:52]) != header_crc:
        raise CheckFailed("the header is damaged: its CRC is not its own", name, 52, len(chain.hashes))
    magic, version, first, link = struct.unpack_from("<8sIQ32s", data)
    if magic != MAGIC:
        raise CheckFailed("is no segment of a ledger", name, 0)
    if version != 1:
        raise CheckFailed(f"is of format {version}: it needs a newer reader", name, 8)
    if first != int(name[:20]):
        raise CheckFailed(f"says that it begins with entry {first}", name, 12, len(chain.hashes))
    if first != len(chain.hashes):
        raise CheckFailed(f"begins with entry {first}, the segments before it end before entry "
                          f"{len(chain.hashes)}", name, 12, len(chain.hashes))
    if link != (chain.hashes[-1] if chain.hashes else bytes(32)):
        raise CheckFailed("the link is not the leaf hash of the entry before", name, 20, first)
    at, batch, view = HEADER, [], memoryview(data)
    while at < len(data) or batch:
        def fail(message, place=at):
            raise CheckFailed(message, name, place, len(chain.hashes) + len(batch))

        if at == len(data):
            fail("the last batch is not whole")
        if at + FRAME > len(data):
            fail("a frame is cut off by the end of the file")
        length, crc, flags, zero = struct.unpack_from("<IIBB", data, at)
        begin, end = at + FRAME, at + FRAME + length
        if not 1 <= length <= ENTRY_LIMIT:
            fail(f"a frame of {length} bytes, it must have 1 to {ENTRY_LIMIT}")
        if flags & ~(LAST_OF_BATCH | FIRST_OF_COMMIT) or zero:
            fail("a frame with flags that are not known", at + 8)
        if end > len(data):
            fail("a frame is cut off by the end of the file")
        if crc32c(view[at + 8:end], crc32c(view[at:at + 4], header_crc)) != crc:
            fail("the CRC of the frame is not its own", at + 4)
        if flags & FIRST_OF_COMMIT and batch:
            fail("a commit begins within a batch", at + 8)
        if at == HEADER and not flags & FIRST_OF_COMMIT:
            fail("the first frame of the segment begins no commit", at + 8)
        batch.append((begin, end))
        if flags & LAST_OF_BATCH:
            for start, stop in batch:
                chain.append(data[start:stop], name, start)
            batch.clear()
        at = end
    if len(data) == HEADER:
        raise CheckFailed("no batch is in the segment", name, HEADER, first)


def read_ledger(folder, names, chain):
    for name in sorted(names):
        data = read_file(folder, name, SEGMENT_LIMIT)
        # What a writer that goes on, or crashed, keeps for commits to come: no entry ends with it.
        reserve = b"\xff" if name == max(names) else b""
        read_segment(name, data.rstrip(reserve) if reserve else data, chain)


# --- A published log: tiles and bundles (C2SP tlog-tiles) ----------------------------------------

WIDTH = 256
TILE_FILE = re.compile(r"(0|[1-9][0-9]?|entries)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
BUNDLE_LIMIT = WIDTH * (2 + ENTRY_LIMIT)


def tile_name(level, index, width):
    """The name of a tile (or of a bundle, on the level `entries`) under the folder."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i:i + 3] for i in range(0, len(digits), 3)]
    path = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{path}" + (f".p/{width}" if width < WIDTH else "")


def read_tile(folder, name, width):
    data = read_file(folder, name, 32 * WIDTH)
    if len(data) != 32 * width:
        raise CheckFailed(f"has {len(data)} bytes, {width} hashes have {32 * width}", name)
    return [data[i:i + 32] for i in range(0, len(data), 32)]


def read_bundle(folder, name, width, first):
    """The (offset, bytes) of the entries of a bundle, the first of which is entry `first`."""
    data = read_file(folder, name, BUNDLE_LIMIT)
    entries, at = [], 0
    for number in range(first, first + width):
        length = int.from_bytes(data[at:at + 2], "big")
        if not length or at + 2 + length > len(data):
            raise CheckFailed("the bundle is cut off, or an entry in it is empty", name, at, number)
        entries.append((at + 2, data[at + 2:at + 2 + length]))
        at += 2 + length
    if at != len(data):
        raise CheckFailed(f"{len(data) - at} bytes follow the last entry", name, at)
    return entries


def differ(name, found, known, first):
    """CheckFailed if the tile's hashes are not the known ones, as far as both go."""
    for index, (ours, theirs) in enumerate(zip(known, found)):
        if ours != theirs:
            raise CheckFailed("a hash is not that of its subtree", name, 32 * index,
                              first + index if first is not None else None)


def read_published(folder, checkpoint, chain):
    size, checked = checkpoint.size, set()
    for index in range(-(-size // WIDTH)):
        first, width = index * WIDTH, min(WIDTH, size - index * WIDTH)
        tile, bundle = tile_name(0, index, width), tile_name("entries", index, width)
        hashes = read_tile(folder, tile, width)
        for place, (offset, data) in enumerate(read_bundle(folder, bundle, width, first)):
            if leaf_hash(data) != hashes[place]:
                raise CheckFailed(f"the leaf hash is not the one in {tile}", bundle, offset, first + place)
            chain.append(data, bundle, offset)
        checked |= {tile, bundle}
    hold(checkpoint, chain)
    levels = [chain.hashes]
    while len(levels[-1]) >= WIDTH:
        below, level = levels[-1], len(levels)
        row = [tree_root(below[i:i + WIDTH]) for i in range(0, len(below) - WIDTH + 1, WIDTH)]
        for index in range(-(-len(row) // WIDTH)):
            known = row[index * WIDTH:(index + 1) * WIDTH]
            name = tile_name(level, index, len(known))
            differ(name, read_tile(folder, name, len(known)), known, None)
            checked.add(name)
        levels.append(row)
    read_older(folder, checked, levels)


def read_older(folder, checked, levels):
    """The other tiles and bundles that lie there, of smaller or greater trees, agree with this one."""
    top = os.path.join(folder, "tile")
    for place, folders, files in os.walk(top):
        folders.sort()
        for file in sorted(files):
            path = os.path.relpath(os.path.join(place, file), top).replace(os.sep, "/")
            found = TILE_FILE.fullmatch(path)
            if not found:
                continue
            level = found[1] if found[1] == "entries" else int(found[1])
            index, width = int(re.sub("[x/]", "", found[2])), int(found[3] or WIDTH)
            name = "tile/" + path
            if name in checked or tile_name(level, index, width) != name:
                continue
            row = levels[0] if level == "entries" else levels[level] if level < len(levels) else []
            known = row[index * WIDTH:index * WIDTH + width]
            if not known:
                continue  # of a greater tree than the checkpoint's: nothing vouches for it yet
            first = index * WIDTH
            if level != "entries":
                differ(name, read_tile(folder, name, width), known, None if level else first)
                continue
            for number, (offset, data) in enumerate(read_bundle(folder, name, width, first)[:len(known)]):
                if leaf_hash(data) != known[number]:
                    raise CheckFailed("is another entry than the log has", name, offset, first + number)


# --- Both ----------------------------------------------------------------------------------------


def hold(checkpoint, chain):
    """CheckFailed unless the log of the chain is the one that the checkpoint commits to."""
    if chain.origin is not None and chain.origin != checkpoint.origin:
        raise CheckFailed(f"the origin is {checkpoint.origin}, in the opening it is {chain.origin}",
                          "checkpoint", 0)
    if len(chain.hashes) < checkpoint.size:
        raise CheckFailed(f"commits to {checkpoint.size} entries, the log has {len(chain.hashes)}",
                          "checkpoint", None, len(chain.hashes))
    if tree_root(chain.hashes[:checkpoint.size]) != checkpoint.root:
        raise CheckFailed(f"the root of the first {checkpoint.size} entries is another one", "checkpoint")


class Verifier:
    """One run over a folder: what is known so far, whether it fails or not."""

    def __init__(self, folder, key=None, relation=None):
        self.folder, self.pinned = folder, key
        self.kind, self.chain, self.vouched, self.failure = None, Chain(relation), None, None

    def run(self):
        try:
            self.check()
        except CheckFailed as failure:
            self.failure = failure
        except Exception as error:  # whatever is not foreseen is a failure too, never a traceback
            self.failure = CheckFailed(f"cannot be checked: {type(error).__name__}: {error}", self.folder)
        return self.failure is None

    def check(self):
        names = os.listdir(self.folder)
        segments = [name for name in names if SEGMENT_NAME.fullmatch(name)]
        if segments:
            self.kind = "ledger"
            read_ledger(self.folder, segments, self.chain)
            if "checkpoint" in names:
                hold(self.checkpoint(), self.chain)
            elif self.pinned:
                raise CheckFailed("is missing: nothing here is signed with the key", "checkpoint")
        elif "checkpoint" in names and "tile" in names:
            self.kind = "published"
            checkpoint = self.checkpoint()
            if checkpoint.size == 0:
                raise CheckFailed("commits to no entry, not even to an opening", "checkpoint")
            read_published(self.folder, checkpoint, self.chain)
        else:
            raise CheckFailed("neither segments, nor `checkpoint` and `tile`: this is no log")

    def checkpoint(self):
        """The checkpoint with its signature verified, under the key given or the one in the folder."""
        checkpoint = Checkpoint(read_file(self.folder, "checkpoint", CHECKPOINT_LIMIT))
        self.vouched = {"size": checkpoint.size, "key": None, "trust": "none"}
        key = self.pinned or self.own_key()
        checkpoint.verify(key)
        self.vouched.update(key=key.text, trust="pinned" if self.pinned else "own")
        return checkpoint

    def own_key(self):
        data = read_file(self.folder, "key.pub", 4096)
        try:
            line = data.decode("utf-8")
            if not line.endswith("\n"):
                raise ValueError("does not end with a line feed")
            return Key(line[:-1])
        except ValueError as error:
            raise CheckFailed(f"is no key: {error}", "key.pub") from None

    def result(self):
        """What `--json` prints."""
        hashes, failure = self.chain.hashes, self.failure
        told = {
            "ok": failure is None, "kind": self.kind, "origin": self.chain.origin, "size": len(hashes),
            "root": tree_root(hashes).hex(), "head": hashes[-1].hex() if hashes else None,
            "checkpoint": self.vouched, "first_bad_entry": failure and failure.entry,
            "error": str(failure) if failure else None,
        }
        if self.chain.relation:
            told["entries"] = self.chain.report if failure is None else []
        return told

    def lines(self):
        """What is printed without `--json`."""
        told = self.result()
        yield from map(report_line, told.get("entries", ()))
        if self.kind:
            yield f"{self.kind} of {told['origin'] or 'unknown origin'}"
        if told["checkpoint"]:
            said = {"pinned": f"signed with the key given, {told['checkpoint']['key']}",
                    "own": f"signed with the key beside it, {told['checkpoint']['key']}:"
                           " compare it with one from elsewhere",
                    "none": "nothing vouches for it"}[told["checkpoint"]["trust"]]
            yield f"checkpoint of {told['checkpoint']['size']} entries: {said}"
        elif self.failure is None:
            yield "no checkpoint: whole commits missing at the end cannot be seen"
        if self.failure is None:
            yield f"head {told['head']}"
            yield f"ok: {told['size']} entries, root {told['root']}"
        else:
            yield f"FAILED: {told['error']}"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="verify.py", description="Verify a chancery ledger.")
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--key", metavar="VKEY", help="the key that must have signed: name+id+key")
    parser.add_argument("--relation", nargs=2, metavar=("A", "B"),
                        help="print the entries between two entities")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    key = None
    try:
        if not os.path.isdir(options.folder):
            parser.error(f"{options.folder!r} is no folder")
        key = Key(options.key) if options.key is not None else None
    except ValueError as error:
        parser.error(f"--key or FOLDER: {error}")
    if options.relation and (options.relation[0] == options.relation[1]
                             or not all(map(ID_FORM.fullmatch, options.relation))):
        parser.error("--relation takes two different entity ids")
    verifier = Verifier(options.folder, key, options.relation)
    sound = verifier.run()
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    if options.json:
        print(json.dumps(verifier.result(), ensure_ascii=False))
    else:
        for line in verifier.lines():
            print(line)
    return 0 if sound else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # who read the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
