#!/usr/bin/env python3
"""Verifies a ledger of chancery, or one that it has published, without any of its code.

    python3 verify.py FOLDER [--key VKEY] [--relation A B] [--json]

FOLDER is a ledger (segments *.seg) or a published log (checkpoint and tile/). Written from
docs/format.md and the texts of C2SP (signed-note, tlog-checkpoint, tlog-tiles) alone, with the
standard library of Python 3 alone. It shares nothing with chancery but these documents, so that a
fault of the one is not a fault of the other.

Ends with 0 when everything holds, 1 when something does not, 2 when it is wrongly asked.
"""

import argparse
import base64
import binascii
import datetime
import hashlib
import json
import os
import re
import sys
import unicodedata


class Fault(Exception):
    """Something does not hold; `entry` is the first entry that it concerns, where one is known."""

    def __init__(self, what, entry=None):
        super().__init__(what)
        self.entry = entry


# ---------------------------------------------------------------- hashes (RFC 6962, section 2.1)


def leaf_hash(payload):
    return hashlib.sha256(b"\x00" + payload).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def merkle_root(leaves):
    """The root over leaf hashes: the left subtree is the largest power of two below the size."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    stack = []  # subtrees of falling height, as (height, hash)
    for leaf in leaves:
        height, node = 0, leaf
        while stack and stack[-1][0] == height:
            node = node_hash(stack.pop()[1], node)
            height += 1
        stack.append((height, node))
    root = stack.pop()[1]
    while stack:
        root = node_hash(stack.pop()[1], root)
    return root


def _crc32c_table():
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_CRC = _crc32c_table()


def crc32c(data, begun=0):
    value = begun ^ 0xFFFFFFFF
    for byte in data:
        value = _CRC[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


# ---------------------------------------------------------------- Ed25519 (RFC 8032, section 5.1)

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)


def _point(encoded):
    """Decodes a point (5.1.3) into extended coordinates; None where there is none."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if x * x % _P != square or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return (x, y, 1, x * y % _P)


def _add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(scalar, point):
    product = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            product = _add(product, point)
        point = _add(point, point)
        scalar >>= 1
    return product


def _encoded(point):
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_BASE = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))


def ed25519_verifies(public, message, signature):
    """Whether a signature is that of the key, without multiplying by the cofactor (5.1.7)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, nonce, scalar = _point(public), signature[:32], int.from_bytes(signature[32:], "little")
    if key is None or _point(nonce) is None or scalar >= _L:
        return False
    if _encoded(_times(8, key)) == _encoded((0, 1, 1, 0)):  # a key of small order signs anything
        return False
    digest = hashlib.sha512(nonce + public + message).digest()
    challenge = int.from_bytes(digest, "little") % _L
    minus_key = (_P - key[0], key[1], key[2], _P - key[3])
    return _encoded(_add(_times(scalar, _BASE), _times(challenge, minus_key))) == nonce


# ---------------------------------------------------------------- C2SP signed-note, tlog-checkpoint


def _base64(text):
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if base64.b64encode(decoded).decode() == text else None


def read_key(text):
    """Reads a key, `name+hash+base64(0x01 then 32 bytes)`, as (name, key id, 32 bytes)."""
    parts = text.split("+", 2)
    key = _base64(parts[2]) if len(parts) == 3 else None
    if key is None or len(key) != 33 or key[0] != 1 or not parts[0]:
        raise Fault("the key is none of the form name+hash+key, of type Ed25519")
    name, public = parts[0], key[1:]
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    if key_id.hex() != parts[1]:
        raise Fault("the hash in the key is not its own")
    return name, key_id, public


def read_checkpoint(data, key):
    """Reads a signed checkpoint as (origin, size, root); with a key, that key must have signed."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Fault("the checkpoint is not UTF-8")
    if any(c < " " and c != "\n" for c in text) or "\n\n" not in text or not text.endswith("\n"):
        raise Fault("the checkpoint is no signed note")
    at = text.rindex("\n\n")
    body, signatures = text[: at + 1], text[at + 2 : -1].split("\n")
    lines = body[:-1].split("\n")
    if len(lines) != 3 or not lines[0] or not re.fullmatch("0|[1-9][0-9]*", lines[1]):
        raise Fault("the checkpoint is not an origin, a size and a root, a line each")
    root = _base64(lines[2])
    if root is None or len(root) != 32 or int(lines[1]) >= 2**64:
        raise Fault("the checkpoint is not an origin, a size and a root, a line each")
    signed = False
    for line in signatures:
        parts = line.split(" ")
        value = _base64(parts[2]) if len(parts) == 3 and parts[0] == "\u2014" else None
        if value is None or len(value) < 5 or not parts[1] or "+" in parts[1]:
            raise Fault("a line under the checkpoint is no signature")
        if key and parts[1] == key[0] and value[:4] == key[1]:
            if not ed25519_verifies(key[2], body.encode(), value[4:]):
                raise Fault("the signature of the checkpoint does not verify")
            signed = True
    if key and lines[0] != key[0]:
        raise Fault(f"the checkpoint is of {lines[0]}, the key is that of {key[0]}")
    if key and not signed:
        raise Fault("the key has not signed the checkpoint")
    return lines[0], int(lines[1]), root


# ---------------------------------------------------------------- the entry (format.md, "The entry")

# A struct is its fields in order; an enum is its variants, numbered from 0, with the fields that
# each has of its own. `?` is a value that may be absent, `*N` a list of at most N.
SCHEMA = """
struct Entry: format u8, previous hash, sequence u64, recorded_at u64, recorder text, key key?,
  event Event, sources Source*64, attachments Attachment*16, even_so text?, note note?
enum Event: opening Opening | fact Fact | claim Claim | correction Correction |
  retraction Retraction | assertion Assertion | erasure Erasure
enum Fact: registration Registration | change Change | act Act | recognition Recognition |
  mission Mission | step Step | context Context
struct Opening: origin origin, title text?
struct Registration: id id, entity EntityKind, name text, names Name*256, codes Code*256,
  lifetime period?
struct Name: name text, period period?
struct Code: system CodeSystem, code text, period period?
struct Change: entity id, on date, change ChangeKind
enum ChangeKind: renamed (name text) | code (system CodeSystem, code text) |
  admitted (group id) | left (group id) | government-changed (from text?, to text?) |
  extinguished | revived | continues (successor id, partners Partners?) | succeeds (successor id)
struct Partners: ids id*256
struct Act: axis Axis, first id, second id, act ActKind, by By, government text?, dates Date*16,
  place text?, zone text?, instrument Instrument, wording text?, signatories Signatory*64,
  consular Consular?, annuls u64?, after u64*256, because u64*256, multilateral text?
enum By: both | one (entity id) | nobody | unknown
struct Date: role Role, date date
struct Signatory: entity id, person text, office text?
struct Recognition: by id, of id, act RecognitionKind, government text?, manner Manner?,
  dates Date*16, because u64*256
struct Mission: sender id, host id, act MissionKind, level Level?, protecting id?,
  residence Residence?, number u32?, dates Date*16, because u64*256
enum Residence: resident | seated-in (entity id)
struct Step: first id, second id, towards ActKind, step StepKind, by By, dates Date*16
struct Context: title text, date date, entities id*256
struct Claim: target u64, role Role?, date date?, place text?, zone text?, says Says?,
  wording text?, standing Standing
struct Correction: target u64, fact Fact, reason text
struct Retraction: target u64, reason text
struct Erasure: target u64, attachment u8, reason text
struct Assertion: axis Axis, statement Statement
enum Statement: status (first id, second id, status Status, on day) |
  count (entity id, among id?, rule CountingRule, count u32, on day) |
  missing (entity id, among id, rule CountingRule, missing id*256, on day) |
  ordinal (entity id, partner id, rule CountingRule, ordinal u32, on day) |
  complete (entity id, from day, to day)
struct Source: title text?, publisher text?, published date?, address text?, accessed date?,
  grade Grade, confidence Confidence
struct Attachment: commitment hash, length u64, media_type text
enum ActKind: establish | sever | restore | suspend | lapse | annul
enum Axis: diplomatic | consular
enum CodeSystem: iso2 | iso3 | cow | gw | wikidata
enum Confidence: high | medium | low | not-stated
enum Consular: implied | included | excluded
enum CountingRule: active | active-and-suspended
enum EntityKind: state | former-state | contested | associated-state | sovereign-non-state |
  organisation
enum Grade: primary-both | primary-one | state-media | agency | other-news | compilation | unsourced
enum Instrument: joint-communique | exchange-of-notes | treaty | declaration | law | none | unknown
enum Level: none | representative-office | liaison-office | interests-section |
  charge-ad-interim | charge | minister | ambassador
enum Manner: de-jure | de-facto
enum MissionKind: opened | closed | operations-suspended | level-set | recalled | expelled |
  returned | protection-begun | protection-ended
enum RecognitionKind: recognised | withdrawn | refused
enum Role: decided | approved | signed | effective | announced
enum Says: establish | sever | restore | suspend | lapse | annul | denies
enum Standing: rival | same-moment | wording-only | rejected
enum Status: none | active | suspended | severed | lapsed | annulled | ended
enum StepKind: proposed | agreed | approved | signed | announced | refused | withdrawn
"""


def _fields(text):
    """Reads `name type, name type` as [(name, type)]."""
    return [tuple(field.split()) for field in text.split(",")]


def _read_schema():
    types = {}
    for kind, name, body in re.findall(r"^(struct|enum) (\w+): ((?:.*)(?:\n  .*)*)", SCHEMA, re.M):
        if kind == "struct":
            types[name] = ("struct", _fields(body))
            continue
        variants = []
        for variant in body.split("|"):
            head, _, own = variant.strip().partition("(")
            words = head.split()
            if own:
                variants.append((words[0], ("struct", _fields(own.rstrip(") \n")))))
            else:
                variants.append((words[0], words[1] if len(words) == 2 else None))
        types[name] = ("enum", variants)
    return types


TYPES = _read_schema()

TEXT_BYTES_MAX = {"text": 4096, "note": 32768, "key": 4096, "origin": 255}
_BIDI = set("\u061c\u200e\u200f") | {chr(c) for c in range(0x202A, 0x202F)}
_BIDI |= {chr(c) for c in range(0x2066, 0x206A)}
_DATE = re.compile(r"-?[0-9X]{4}(-[0-9X]{2}){0,2}[?~%]?|[][{}.,/0-9X?~%-]{4,64}")


class Reader:
    """Reads values from the bytes of one entry; everything has one form only."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise Fault("is cut off")
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self, number_max):
        first = self.take(1)[0]
        width = {251: 2, 252: 4, 253: 8}.get(first, 0)
        if first > 253:
            raise Fault("has an integer that is too large")
        number = int.from_bytes(self.take(width), "little") if width else first
        smallest = {0: 0, 2: 251, 4: 1 << 16, 8: 1 << 32}[width]
        if number < smallest:
            raise Fault("has an integer that is not in its shortest form")
        if number > number_max:
            raise Fault("has an integer that is too large for its field")
        return number

    def value(self, kind):
        if isinstance(kind, tuple):
            return {name: self.value(of) for name, of in kind[1]}
        if kind.endswith("?"):
            there = self.take(1)[0]
            if there > 1:
                raise Fault(f"has {there}, which says neither present nor absent")
            return self.value(kind[:-1]) if there else None
        if "*" in kind:
            of, count_max = kind.split("*")
            count = self.varint(2**64 - 1)
            if count > int(count_max):
                raise Fault(f"lists more than {count_max} of {of}")
            return [self.value(of) for _ in range(count)]
        if kind in TYPES:
            shape, body = TYPES[kind]
            if shape == "struct":
                return {name: self.value(of) for name, of in body}
            number = self.varint(2**32 - 1)
            if number >= len(body):
                raise Fault(f"has the number {number} of {kind}, and needs a newer reader")
            name, content = body[number]
            return name if content is None else (name, self.value(content))
        if kind == "u8":
            return self.take(1)[0]
        if kind == "hash":
            return self.take(32)
        if kind in ("u32", "u64"):
            return self.varint(2 ** int(kind[1:]) - 1)
        return self.text(kind)

    def text(self, kind):
        length = self.varint(2**64 - 1)
        try:
            text = self.take(length).decode()
        except UnicodeDecodeError:
            raise Fault("has a text that is not UTF-8")
        well = True
        if kind in TEXT_BYTES_MAX:
            allowed = "\n" if kind == "note" else ""
            controls = (c for c in text if unicodedata.category(c) == "Cc" or c in _BIDI)
            well = 0 < length <= TEXT_BYTES_MAX[kind] and text.strip() == text
            well = well and all(c in allowed for c in controls if c)
            if kind == "key":
                well = well and not re.fullmatch("[0-9]+", text)
            if kind == "origin":
                well = well and "+" not in text and not any(c.isspace() for c in text)
        elif kind == "id":
            well = re.fullmatch("[A-Z0-9-]{2,12}", text)
        elif kind == "day":
            well = is_day(text)
        elif kind == "period":
            ends = text.split("/")
            well = len(ends) == 2 and ends != ["..", ".."]
            well = well and all(end == ".." or _DATE.fullmatch(end) for end in ends)
        elif kind == "date":
            well = _DATE.fullmatch(text)
        if not well:
            raise Fault(f"has {text[:40]!r}, which is no {kind}")
        return text


def is_day(text):
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def decode(payload):
    """Decodes an entry of format 1, and holds it to what the tables say of it."""
    if payload[:1] != b"\x01":
        raise Fault(f"is of format {payload[0] if payload else 'none'}, and needs a newer reader")
    reader = Reader(payload)
    entry = reader.value("Entry")
    if reader.at != len(payload):
        raise Fault("has bytes after its last field")
    if entry["recorded_at"] > 253_402_300_799_999:
        raise Fault("was recorded after the year 9999")
    kind, event = entry["event"]
    facts = [event] if kind == "fact" else [event["fact"]] if kind == "correction" else []
    for name, fact in facts:
        check_fact(name, fact)
    if kind == "claim" and (event["role"] is None) != (event["date"] is None):
        raise Fault("claims a date without a role, or a role without a date")
    if kind == "assertion" and event["statement"][0] == "status":
        check_pair(event["statement"][1])
    return entry


def check_pair(pair):
    if pair["first"].encode() >= pair["second"].encode():
        raise Fault("has two parties that are not in the order of their ids")


def check_fact(name, fact):
    if "first" in fact:
        check_pair(fact)
    if "dates" in fact:
        roles = [date["role"] for date in fact["dates"]]
        numbers = [[variant for variant, _ in TYPES["Role"][1]].index(role) for role in roles]
        if numbers != sorted(set(numbers)):
            raise Fault("has dates that are not in the order of their roles")
        wanted = {"signed", "effective", "announced"} if name != "step" else set(roles)
        if not wanted & set(roles):
            raise Fault("has none of the dates that it must have")
    if name in ("act", "step"):
        by = fact["by"]
        if isinstance(by, tuple) and by[1]["entity"] not in (fact["first"], fact["second"]):
            raise Fault("is by one who is no party to it")
    if name == "act":
        begins = fact["axis"] == "diplomatic" and fact["act"] in ("establish", "restore")
        if fact["consular"] is not None and not begins:
            raise Fault("has a consular clause that it cannot have")
        if fact["annuls"] is not None and fact["act"] != "annul":
            raise Fault("annuls, and is no annulment")


# ---------------------------------------------------------------- the log


def read_file(folder, name, bytes_max):
    path = os.path.join(folder, name)
    try:
        with open(path, "rb") as file:
            data = file.read(bytes_max + 1)
    except OSError as error:
        raise Fault(f"{name} cannot be read: {error.strerror}")
    if len(data) > bytes_max:
        raise Fault(f"{name} is longer than {bytes_max} bytes")
    return data


def read_segments(folder):
    """Gives the payloads of a ledger, in order (format.md, "Segments and frames")."""
    names = sorted(n for n in os.listdir(folder) if re.fullmatch(r"[0-9]{20}\.seg", n))
    number, last_hash = 0, bytes(32)
    for name in names:
        data = read_file(folder, name, 67_108_864)

        def fault(what, at):
            return Fault(f"{name}, offset {at}: {what}", number)

        if len(data) < 56 or data[:8] != b"\x89CHNCRY\n":
            raise fault("this is no header of a segment", 0)
        crc = int.from_bytes(data[52:56], "little")
        if crc32c(data[:52]) != crc:
            raise fault("the CRC of the header is not its own", 0)
        if int.from_bytes(data[8:12], "little") != 1:
            raise fault("the segment is of a newer format", 8)
        first = int.from_bytes(data[12:20], "little")
        if first != number or name != f"{first:020}.seg":
            raise fault(f"the segment begins with entry {first}, wanted is {number}", 12)
        if data[20:52] != last_hash:
            raise fault("the segment follows another entry", 20)
        at, within_batch = 56, False
        while at < len(data):
            length = int.from_bytes(data[at : at + 4], "little")
            frame = data[at : at + 10 + length]
            if len(frame) < 10 or len(frame) != 10 + length or not 1 <= length <= 65_535:
                raise fault("the frame is cut off", at)
            if crc32c(frame[:4] + frame[8:], crc) != int.from_bytes(frame[4:8], "little"):
                raise fault("the CRC of the frame is not its own", at)
            flags, zero = frame[8], frame[9]
            begins_commit = bool(flags & 2)
            if flags > 3 or zero or (begins_commit and within_batch):
                raise fault("the frame cannot stand here", at)
            if at == 56 and not begins_commit:
                raise fault("the first frame of a segment begins no commit", at)
            within_batch = not flags & 1
            payload = frame[10:]
            yield payload
            last_hash = leaf_hash(payload)
            number += 1
            at += len(frame)
        if within_batch or at == 56:
            raise fault("the last batch is not whole", at)


def tile_path(level, index, width):
    """The path of a tile (C2SP tlog-tiles): the index in groups of three digits."""
    path, index = f"{index % 1000:03}", index // 1000
    while index:
        path, index = f"x{index % 1000:03}/{path}", index // 1000
    return f"tile/{level}/{path}" + ("" if width == 256 else f".p/{width}")


def read_published(folder, size):
    """Gives the payloads of a published log, each held to its tile; holds all tiles to each other."""
    level, hashes = 0, []
    for first in range(0, size, 256):
        width = min(256, size - first)
        name = tile_path(0, first // 256, width)
        tile = read_file(folder, name, 32 * width)
        if len(tile) != 32 * width:
            raise Fault(f"{name} has not {width} hashes", first)
        name = tile_path("entries", first // 256, width)
        bundle = read_file(folder, name, width * 65_537)
        at = 0
        for number in range(width):
            length = int.from_bytes(bundle[at : at + 2], "big")
            payload = bundle[at + 2 : at + 2 + length]
            if at + 2 + length > len(bundle):
                raise Fault(f"{name} is cut off", first + number)
            if leaf_hash(payload) != tile[32 * number : 32 * number + 32]:
                raise Fault(f"{name} and its tile do not agree", first + number)
            at += 2 + length
            hashes.append(leaf_hash(payload))
            yield payload
        if at != len(bundle):
            raise Fault(f"{name} has bytes after its last entry", first)
    while len(hashes) >= 256:
        hashes = [merkle_root(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
        level += 1
        for first in range(0, len(hashes), 256):
            own = hashes[first : first + 256]
            name = tile_path(level, first // 256, len(own))
            if read_file(folder, name, 32 * 256) != b"".join(own):
                raise Fault(f"{name} has not the hashes of the tiles below it")


class Log:
    """What has been read and checked so far."""

    def __init__(self):
        self.hashes, self.entries, self.origin = [], [], None
        self.keys, self.last_recorded_at = set(), 0

    def take(self, payload):
        number = len(self.hashes)

        def fault(what):
            return Fault(f"entry {number} {what}", number)

        try:
            entry = decode(payload)
        except Fault as error:
            raise fault(str(error))
        if entry["previous"] != (self.hashes[-1] if self.hashes else bytes(32)):
            raise fault("does not name the hash of the one before it")
        if entry["sequence"] != number:
            raise fault(f"bears the number {entry['sequence']}")
        if entry["recorded_at"] < self.last_recorded_at:
            raise fault("was recorded before the one before it")
        kind, event = entry["event"]
        if (kind == "opening") != (number == 0):
            raise fault("is no opening" if number == 0 else "is a second opening")
        if entry["key"] is not None and entry["key"] in self.keys:
            raise fault("has the key of an earlier one")
        if "target" in event and event["target"] >= number:
            raise fault("is about an entry that is not earlier")
        if number == 0:
            self.origin = event["origin"]
        self.last_recorded_at = entry["recorded_at"]
        self.keys.add(entry["key"])
        self.hashes.append(leaf_hash(payload))
        self.entries.append(entry)


def verify(folder, key_text):
    """Verifies a folder, and gives what was found; a fault stops it, with what holds until then."""
    log, told = Log(), {"ok": True, "kind": None, "checkpoint": None, "error": None}
    told["first_bad_entry"] = None
    try:
        names = os.listdir(folder)
        is_ledger = any(name.endswith(".seg") for name in names)
        told["kind"] = "ledger" if is_ledger else "published"
        trust = "pinned" if key_text else "own"
        if not key_text and "key.pub" in names:
            key_text = read_file(folder, "key.pub", 4096).decode(errors="replace")
            key_text = key_text[:-1] if key_text.endswith("\n") else key_text
        key = read_key(key_text) if key_text else None
        checkpoint = None
        if "checkpoint" in names:
            checkpoint = read_checkpoint(read_file(folder, "checkpoint", 65_536), key)
            told["checkpoint"] = {
                "size": checkpoint[1],
                "key": key_text,
                "trust": trust if key else "none",
            }
        elif not is_ledger or trust == "pinned":
            raise Fault("there is no checkpoint")
        payloads = read_segments(folder) if is_ledger else read_published(folder, checkpoint[1])
        for payload in payloads:
            log.take(payload)
        if not log.hashes:
            raise Fault("there are no entries", 0)
        if checkpoint:
            origin, size, root = checkpoint
            if origin != log.origin:
                raise Fault(f"the checkpoint is of {origin}, the ledger is {log.origin}")
            if size > len(log.hashes):
                raise Fault(
                    f"truncated: {len(log.hashes)} entries, and {size} were signed", len(log.hashes)
                )
            if merkle_root(log.hashes[:size]) != root:
                raise Fault(f"the first {size} entries have not the root that was signed")
    except Fault as fault:
        told.update(ok=False, error=str(fault), first_bad_entry=fault.entry)
    except OSError as error:
        told.update(ok=False, error=f"{folder}: {error.strerror}")
    told["origin"], told["size"] = log.origin, len(log.hashes)
    told["root"] = merkle_root(log.hashes).hex()
    told["head"] = log.hashes[-1].hex() if log.hashes else bytes(32).hex()
    return told, log


# ---------------------------------------------------------------- the entries of one relation


def parties_of(event):
    """The two whom an event is about, where there are two."""
    kind, content = event
    if kind == "fact":
        content = content[1]
    if kind == "correction":
        content = content["fact"][1]
    if kind == "assertion":
        content = content["statement"][1]
    for one, other in (("first", "second"), ("sender", "host"), ("by", "of"), ("entity", "partner")):
        if isinstance(content.get(one), str) and isinstance(content.get(other), str):
            return {content[one], content[other]}
    return set()


def relation(log, one, other):
    """Gives the entries about two parties, and those about these entries, in words."""
    own, told = set(), []
    for number, (entry, digest) in enumerate(zip(log.entries, log.hashes)):
        kind, content = entry["event"]
        target = content["target"] if "target" in content else None
        if parties_of(entry["event"]) != {one, other} and target not in own:
            continue
        own.add(number)
        seconds, millis = divmod(entry["recorded_at"], 1000)
        moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
        told.append(
            {
                "number": number,
                "hash": digest.hex(),
                "recorded_at": f"{moment:%Y-%m-%dT%H:%M:%S}.{millis:03}Z",
                "what": in_words(entry["event"]),
                "source": source_of(entry),
            }
        )
    return told


def in_words(event):
    kind, content = event
    if kind == "correction":
        return f"correction of {content['target']}: {in_words(('fact', content['fact']))}"
    if kind == "claim":
        words = [f"claim about {content['target']}:", content["says"] or "the same act"]
        words += [f"{content['role']} {content['date']}"] if content["role"] else []
        return " ".join(words + [f"({content['standing']})"])
    if kind == "retraction":
        return f"retraction of {content['target']}: {content['reason']}"
    if kind == "erasure":
        return f"erasure of attachment {content['attachment']} of {content['target']}"
    if kind == "assertion":
        form, said = content["statement"]
        return f"assertion: {form} " + " ".join(str(value) for value in said.values())
    name, fact = content
    what = {"act": fact.get("act"), "step": fact.get("step")}.get(name) or fact.get("act") or name
    words = [name, what] if what != name else [name]
    if name == "step":
        words.append(f"towards {fact['towards']}")
    if name in ("recognition", "mission"):
        words.append(" of ".join([fact.get("by") or fact["sender"], fact.get("of") or fact["host"]]))
    if isinstance(fact.get("by"), tuple):
        words.append(f"by {fact['by'][1]['entity']}")
    words += [f"{date['role']} {date['date']}" for date in fact.get("dates", [])]
    return " ".join(words)


def source_of(entry):
    for source in entry["sources"]:
        return source["title"] or source["publisher"] or source["address"]
    return None


def main():
    parser = argparse.ArgumentParser(description="Verifies a ledger of chancery, without it.")
    parser.add_argument("folder", metavar="FOLDER", help="a ledger, or a published log")
    parser.add_argument("--key", metavar="VKEY", help="public key of the ledger, from whom you trust")
    parser.add_argument("--relation", nargs=2, metavar=("A", "B"), help="ids of two parties")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if not os.path.isdir(options.folder):
        parser.error(f"{options.folder} is no folder")
    told, log = verify(options.folder, options.key)
    if options.relation:
        told["entries"] = relation(log, *options.relation)
    if options.json:
        print(json.dumps(told, ensure_ascii=False))
        return 0 if told["ok"] else 1
    for entry in told.get("entries", []):
        source = f" [{entry['source']}]" if entry["source"] else ""
        print(f"{entry['number']:>6}  {entry['hash'][:8]}  {entry['recorded_at']}  {entry['what']}{source}")
    if not told["ok"]:
        print(f"FAILED: {told['error']}")
        return 1
    print(f"ok: {told['size']} entries of {told['origin']}, root {told['root']}")
    checkpoint = told["checkpoint"]
    if checkpoint:
        print(f"checkpoint: {checkpoint['size']} entries, trust {checkpoint['trust']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
