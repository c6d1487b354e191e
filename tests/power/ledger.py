"""Drives a ledger through the command alone, and audits what a fault left of it.

Every batch has two entries with keys of their own, so that half a batch and a batch recorded twice can be seen. Nothing here
knows how the ledger lies on disk.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("CHANCERY", str(ROOT / "target/debug/chancery"))
STREAM = os.environ.get("STREAM", str(ROOT / "target/debug/examples/stream"))
SURROUNDINGS = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "NO_COLOR": "1",
    "CHANCERY_RECORDER": "power",
}
# What the command may end with when the system fails it; anything else is a panic, an abort or a wrong answer.
FAILURES = {5}


class Violation(Exception):
    """Something that must hold did not."""


def must(holds, words):
    if not holds:
        raise Violation(words)


def batch(number, filling=0):
    """Two entries as JSON lines, under the keys N/a and N/b."""
    lines = []
    for half in "ab":
        event = {"kind": "context", "title": f"Event {number}{half}", "date": "2020-01-01"}
        line = {"event": event, "key": f"{number}/{half}"}
        if filling:
            line["note"] = "x" * filling
        lines.append(json.dumps(line))
    return ("\n".join(lines) + "\n").encode()


def run(arguments, given=b"", around=(), key=None, before=None):
    """Runs the command, perhaps under another program; the key that signs is a path."""
    surroundings = dict(SURROUNDINGS, **({"CHANCERY_KEY": str(key)} if key else {}))
    line = [*around, COMMAND, *map(str, arguments)]
    return subprocess.run(line, input=given, env=surroundings, capture_output=True, preexec_fn=before, check=False)


def done(arguments, given=b"", key=None):
    """Runs what must succeed, and gives what it printed."""
    ended = run(arguments, given, key=key)
    must(ended.returncode == 0, f"{arguments} ended with {ended.returncode}: {ended.stderr.decode()}")
    return ended.stdout


def ends_well_or_typed(ended, allowed_signals=()):
    """Holds an ending to the page of the command: success, or one typed error with its message."""
    code, told = ended.returncode, ended.stderr.decode(errors="replace")
    must("panicked" not in told, f"a panic: {told}")
    killed = {-signal for signal in allowed_signals} | {128 + signal for signal in allowed_signals}
    if code == 0 or code in killed:
        return
    must(code in FAILURES, f"ended with {code}: {told}")
    must(any(line.startswith("error: ") for line in told.splitlines()), f"no message: {told!r}")


class Stream:
    """A writer that keeps a ledger open, and so keeps a reserve in it: `examples/stream.rs`."""

    def __init__(self, ledger, around=()):
        self.ledger = ledger
        pipe = subprocess.PIPE
        line = [*around, STREAM, str(ledger.path)]
        self.child = subprocess.Popen(line, env=SURROUNDINGS, stdin=pipe, stdout=pipe, stderr=pipe)

    def record(self, number, filling=0, is_late=lambda: False):
        """Records batch N, and says whether that was acknowledged before the writer ended."""
        drafts = [json.loads(line) for line in batch(number, filling).splitlines()]
        with contextlib.suppress(BrokenPipeError):
            self.child.stdin.write(json.dumps(drafts).encode() + b"\n")
            self.child.stdin.flush()
        answer = self.child.stdout.readline()
        if not answer.endswith(b"\n"):
            return False
        among = self.ledger.late if is_late() else self.ledger.acknowledged
        for half, entry_hash in zip("ab", json.loads(answer), strict=True):
            among[f"{number}/{half}"] = entry_hash
        return True

    def ended(self):
        """Lets the writer end, if it has not, and holds its ending to success or one error."""
        with contextlib.suppress(BrokenPipeError):
            self.child.stdin.close()
        printed, told = self.child.stdout.read(), self.child.stderr.read()
        ended = subprocess.CompletedProcess(self.child.args, self.child.wait(), printed, told)
        ends_well_or_typed(ended, {signal.SIGKILL})
        return ended


class Ledger:
    """A ledger in a folder of its own, and what was acknowledged of it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.path = self.folder / "log"
        self.acknowledged = {}
        self.late = {}

    def begin(self):
        done(["init", self.path, "--origin", "a.example/power"])
        return self

    def copied(self, folder):
        shutil.copytree(self.folder, folder)
        copy = Ledger(folder)
        copy.acknowledged = dict(self.acknowledged)
        return copy

    def record(self, number, filling=0, is_late=lambda: False, **running):
        """Records batch N; its line of hashes acknowledges it, also when something befell the command after it.

        What comes too late for anybody to see acknowledges nothing.
        """
        ended = run(self.recording(), batch(number, filling), **running)
        if ended.stdout.endswith(b"\n"):
            self.acknowledge(number, ended.stdout, self.late if is_late() else self.acknowledged)
        return ended

    def recording(self):
        return ["record", "-", "--format", "json", "--ledger", self.path]

    def keyed(self):
        """Makes the key that signs, in the ledger's own folder but not below the log."""
        done(["key", "new", self.key, "--ledger", self.path])
        return self

    @property
    def key(self):
        return self.folder / "key"

    def sign(self, **running):
        return run(["checkpoint", "--ledger", self.path], key=self.key, **running)

    def publish(self, **running):
        return run(["publish", self.folder / "public", "--ledger", self.path], **running)

    def hold_to_signed(self):
        """Signs and publishes what is there, and copies it: all of it is verified by the key on the way."""
        for ended in (self.sign(), self.publish()):
            must(ended.returncode == 0, f"signing or publishing after the fault failed: {ended.stderr.decode()}")
        must(self.cloned("after") == self.entries(), "what was published is not what was recorded")

    def cloned(self, name):
        """The entries of a copy of what is published."""
        vkey = (self.path / "key.pub").read_text().strip()
        copy = Ledger(self.folder / name)
        done(["clone", self.folder / "public", copy.path, "--key", vkey])
        return copy.entries()

    def acknowledge(self, number, printed, among=None):
        among = self.acknowledged if among is None else among
        answer = json.loads(printed)
        for half, entry in zip("ab", answer["appended"], strict=True):
            if entry["hash"]:
                among[f"{number}/{half}"] = entry["hash"]

    def keeps_a_reserve(self):
        """Whether the last segment ends with room for commits to come, as a writer that was killed leaves it."""
        last = max(self.path.glob("*.seg"))
        return last.read_bytes().endswith(b"\xff")

    def segments(self):
        return len(list(self.path.glob("*.seg")))

    def entries(self):
        """The entries that bear keys, each key with the hash of its entry; no key stands twice."""
        found = {}
        for line in done(["export", "--ledger", self.path]).splitlines():
            entry = json.loads(line)
            key = entry.get("key")
            if key is not None:
                must(key not in found, f"{key} was recorded twice")
                found[key] = entry["hash"]
        return found

    def audit(self, told=b""):
        """Holds what a fault left to what was acknowledged, reopens, records again, and verifies."""
        first = run(["verify", "--ledger", self.path])
        words = first.stdout.decode() + first.stderr.decode()
        torn = first.returncode == 4 and "never finished" in words
        must(first.returncode == 0 or torn, f"verify ended with {first.returncode} before recovery: {words}")
        self.hold_to_acknowledged()
        if b"nothing was recorded" in told:
            must(self.fresh_number() is None, "said that nothing was recorded, and it is there")
        again = self.record("after")
        must(again.returncode == 0, f"recording after the fault failed: {again.stderr.decode()}")
        done(["verify", "--ledger", self.path])
        self.hold_to_acknowledged()
        return torn

    def fresh_number(self):
        """A batch that is there and was not acknowledged."""
        strangers = [key for key in self.entries() if key not in self.acknowledged]
        return strangers[0].split("/")[0] if strangers else None

    def hold_to_acknowledged(self):
        found = self.entries()
        lost = [key for key, value in self.acknowledged.items() if found.get(key) != value]
        must(not lost, f"{len(lost)} acknowledged entries are lost or changed, the first {lost[:1]}")
        for key in found:
            number, half = key.split("/")
            other = f"{number}/{'b' if half == 'a' else 'a'}"
            must(other in found, f"half a batch: {key} without {other}")

    def retried(self, number, filling=0):
        """Records a batch again under its keys: it is there afterwards, once."""
        again = self.record(number, filling)
        must(again.returncode == 0, f"the retry failed: {again.stderr.decode()}")
        found = self.entries()
        must(f"{number}/a" in found and f"{number}/b" in found, "the retry is not there")


@contextlib.contextmanager
def scratch():
    """A folder that is removed at the end, and kept in $KEEP where something did not hold."""
    with tempfile.TemporaryDirectory(prefix="chancery-power-") as folder:
        try:
            yield folder
        except Violation:
            if "KEEP" in os.environ:
                shutil.copytree(folder, os.environ["KEEP"], dirs_exist_ok=True)
            raise


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def missing(*programs):
    """Skips the experiment where a program that it needs is not there."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for program in programs:
        if shutil.which(program) is None:
            skip(f"there is no {program}")


def as_root():
    if os.geteuid() != 0:
        skip("it takes root")


def experiment(story):
    """Runs an experiment: what it gives is its figures, a violation ends it with 1."""
    if not os.access(COMMAND, os.X_OK):
        skip(f"{COMMAND} is not built")
    # Whoever ends it lets it unmount and stop what it has begun.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        print(story())
    except Violation as violation:
        print(f"FAILED  {violation}")
        sys.exit(1)
