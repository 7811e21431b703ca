"""The peers of tools/bench: the same work done by LMDB, Redis, PostgreSQL and DuckDB.

Each is measured where it is strong and as durable as we are: a row counts once it is on the disk.
Rows carry what our payment carries, about 180 bytes. Servers are started here on sockets in folders
of their own, open no port, and end with this process however it ends. What is not on the machine is
left out; SQLite stands among our own rows.

  append   LMDB: one commit a batch, MDB_APPEND, its value as long as our event
  socket   Redis: a stream, appendfsync always, driven by redis-benchmark
           PostgreSQL: COPY by psql, each batch a transaction; prepared single inserts by pgbench
  replay   DuckDB: two group-bys over a table of its own, loaded before
"""

import contextlib
import ctypes
import os
import pwd
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
PYTHON = TOOLS.parent / ".build" / "bench-python" / "bin" / "python3"
# Of each measurement; a quick run has one.
RUNS = 3
# Seconds: for one measurement of a peer, and for a server to start or to stop.
LIMIT, PATIENCE = 120, 20
COLUMN = 52
SET_PARENT_DEATH_SIGNAL = 1


# -- figures -------------------------------------------------------------------------------------

def figure(value):
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:.2f}{unit}"
    return f"{value:.2f}"


def row(name, text):
    print(f"  {name}".ljust(COLUMN - 1) + f" {text}", flush=True)


def rates(name, found):
    """One row of figures a second: median, least and most."""
    row(name, f"{figure(statistics.median(found))}/s"
        f"  ({figure(min(found))} to {figure(max(found))})")


# -- processes -----------------------------------------------------------------------------------

@contextlib.contextmanager
def started(words, ending=signal.SIGTERM, **options):
    """A process with all its children, ended with the block, or with this process."""
    library = ctypes.CDLL(None)
    process = subprocess.Popen(
        list(map(str, words)), start_new_session=True,
        preexec_fn=lambda: library.prctl(SET_PARENT_DEATH_SIGNAL, int(ending)), **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(ending)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def output(words, **options):
    """What a command prints; it fails where the command does or takes too long."""
    with started(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                 stderr=subprocess.STDOUT, **options) as process:
        try:
            told, _ = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise OSError(f"{words[0]} took more than {LIMIT} s") from None
    if process.returncode != 0:
        raise OSError(f"{words[0]} ended with {process.returncode}: {told.strip()[-300:]}")
    return told


def wait_for(words, process):
    end = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError):
            return output(words)
        if process.poll() is not None or time.monotonic() > end:
            raise OSError(f"{process.args[0]} did not start")
        time.sleep(0.05)


# -- the peers -----------------------------------------------------------------------------------

class Peer:
    """One of them; `version` is None where it is not on this machine."""

    runs = RUNS


class LMDB(Peer):
    """An embedded tree of pages, by a small program in C."""

    name, part = "LMDB", "append"
    header = Path("/usr/include/lmdb.h")

    def version(self):
        if not (self.header.exists() and shutil.which("cc")):
            return None
        text = self.header.read_text(encoding="utf-8", errors="replace")
        return ".".join(re.search(rf"#define MDB_VERSION_{part}\s+(\d+)", text).group(1)
                        for part in ("MAJOR", "MINOR", "PATCH"))

    def measure(self, folder, scale):
        program = folder / "append"
        output(["cc", "-O2", "-Wall", "-o", program, TOOLS / "bench_lmdb.c", "-llmdb"])
        for batch in (1, 100, 1_000, 10_000):
            wanted = min(2_000_000, 4_000 if batch == 1 else batch * 200) // scale
            count = max(batch, wanted // batch * batch)
            found = []
            for _ in range(self.runs):
                data = folder / "data"
                data.mkdir()
                found.append(count / float(output([program, data, count, batch])))
                shutil.rmtree(data)
            rates(f"batches of {batch}, lmdb", found)


class Redis(Peer):
    """A server that keeps a stream in memory and its commands in a file."""

    name, part = "Redis", "socket"
    # __rand_int__ becomes twelve digits.
    event = ("XADD payments * time 1726070400000000000 merchant 48213 institution 2 amount 12345 "
             "paid 12345 transaction 4200002345202409__rand_int__ order 2267812__rand_int__ "
             "account 9f86__rand_int__").split()

    def version(self):
        if not (shutil.which("redis-server") and shutil.which("redis-benchmark")):
            return None
        return re.search(r"v=(\S+)", output(["redis-server", "--version"])).group(1)

    def measure(self, folder, scale):
        # A socket's path has at most 107 bytes, wherever the folder lies.
        with tempfile.TemporaryDirectory(prefix="sluice-") as short:
            socket = Path(short) / "redis"
            words = ["redis-server", "--port", 0, "--unixsocket", socket, "--dir", folder,
                     "--appendonly", "yes", "--appendfsync", "always", "--save", "",
                     "--auto-aof-rewrite-percentage", 0, "--daemonize", "no"]
            with started(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
                wait_for(["redis-cli", "-s", socket, "ping"], server)
                for text, clients, pipelined, count in (
                        ("1 client, 10000 at a time", 1, 10_000, 400_000),
                        ("1 client, 1000 at a time", 1, 1_000, 400_000),
                        ("1 client, one at a time", 1, 1, 10_000),
                        ("64 clients, one at a time", 64, 1, 100_000)):
                    count = max(count // scale, pipelined, 4 * clients)
                    rates(f"redis always, {text}", [
                        self.rate(socket, clients, pipelined, count) for _ in range(self.runs)])

    def rate(self, socket, clients, pipelined, count):
        told = output(["redis-benchmark", "-s", socket, "-c", clients, "-P", pipelined, "-n", count,
                       "-r", 10**12, "--csv", *self.event])
        return float(told.strip().splitlines()[-1].split('","')[1])


class PostgreSQL(Peer):
    """A server with tables and a log ahead of them."""

    name, part = "PostgreSQL", "socket"
    batch = 10_000
    table = ("CREATE TABLE payment(position bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, "
             "log_time bigint, merchant integer, institution smallint, amount bigint, paid bigint, "
             "trans text, orders text, account text)")
    single = r"""
\set serial random(1, 999999999999)
\set merchant random(1, 100000)
\set amount random(1, 50000)
INSERT INTO payment(log_time, merchant, institution, amount, paid, trans, orders, account) VALUES (
  1726070400000000000, :merchant, 2, :amount, 100,
  '4200002345202409' || lpad(CAST(:serial AS text), 12, '0'),
  '2267812' || lpad(CAST(:serial AS text), 12, '0'),
  '9f86' || lpad(CAST(:serial AS text), 12, '0'));
"""

    def programs(self):
        """The folder of the newest one."""
        homes = [path for path in Path("/usr/lib/postgresql").glob("*/bin")
                 if (path / "postgres").exists() and (path / "pgbench").exists()]
        return max(homes, key=lambda path: float(path.parent.name), default=None)

    def version(self):
        home = self.programs()
        return output([home / "postgres", "--version"]).split()[2] if home else None

    def owner(self):
        """Whom the server runs as: it refuses to be root."""
        if os.geteuid() != 0:
            return {}
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        raise OSError("there is no user that PostgreSQL could run as")

    @contextlib.contextmanager
    def place(self, folder, owner):
        """A folder that its owner reaches; beside other temporary files where ours is closed."""
        if owner and subprocess.run(
                ["test", "-x", folder], cwd="/", **owner).returncode != 0:
            other = tempfile.TemporaryDirectory(prefix="sluice-", dir="/var/tmp")
            if os.stat(other.name).st_dev != os.stat(folder).st_dev:
                row("postgresql lies on another disk:", other.name)
        else:
            other = tempfile.TemporaryDirectory(prefix="postgresql-", dir=folder)
        with other as path:
            if owner:
                os.chown(path, owner["user"], owner["group"])
            yield Path(path)

    def measure(self, folder, scale):
        folder = folder.resolve()
        owner, home = self.owner(), self.programs()
        with self.place(folder, owner) as place, \
                tempfile.TemporaryDirectory(prefix="sluice-") as short:
            if owner:
                os.chown(short, owner["user"], owner["group"])
            data = place / "data"
            output([home / "initdb", "-D", data, "-U", "bench", "--auth=trust", "--encoding=UTF8",
                    "--locale=C"], cwd=place, **owner)
            settings = {
                "listen_addresses": "", "unix_socket_directories": short, "fsync": "on",
                "synchronous_commit": "on", "shared_buffers": "1GB", "max_wal_size": "8GB",
                "checkpoint_timeout": "30min", "max_connections": 100}
            words = [home / "postgres", "-D", data]
            for name, value in settings.items():
                words += ["-c", f"{name}={value}"]
            # An interrupt is its fast shutdown.
            with started(words, ending=signal.SIGINT, cwd=place, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, **owner) as server:
                self.login = ["-h", short, "-U", "bench"]
                self.psql = [home / "psql", *self.login, "-d", "postgres", "-X", "-q", "-v",
                             "ON_ERROR_STOP=1"]
                wait_for([*self.psql, "-c", "SELECT 1"], server)
                output([*self.psql, "-c", self.table])
                self.copy(folder, 500_000 // scale)
                self.insert(folder, home, scale)

    def copy(self, folder, wanted):
        count = max(self.batch, wanted // self.batch * self.batch)
        script = folder / "copy.sql"
        with open(script, "w", encoding="ascii") as file:
            for first in range(0, count, self.batch):
                file.write("COPY payment FROM STDIN;\n")
                file.writelines(
                    f"{n}\t{1726070400000000000 + n}\t{n * 7919 % 100_000 + 1}\t{n % 4 + 1}\t"
                    f"{n * 104_729 % 50_000 + 1}\t100\t4200002345202409{n:012}\t2267812{n:012}\t"
                    f"9f86{n * 15_485_863 % 1_000_000:012}\n"
                    for n in range(first, first + self.batch))
                file.write("\\.\n")
        found = []
        for _ in range(self.runs):
            output([*self.psql, "-c", "TRUNCATE payment", "-c", "CHECKPOINT"])
            start = time.monotonic()
            output([*self.psql, "-f", script])
            found.append(count / (time.monotonic() - start))
        rates(f"postgresql, COPY, {self.batch} at a time", found)

    def insert(self, folder, home, scale):
        script = folder / "single.sql"
        script.write_text(self.single, encoding="ascii")
        output([*self.psql, "-c", "TRUNCATE payment RESTART IDENTITY", "-c", "CHECKPOINT"])
        for clients in (1, 64):
            length = ["-T", 3] if scale == 1 else ["-t", max(10, 200 // clients)]
            found = []
            for _ in range(self.runs):
                told = output([home / "pgbench", *self.login, "-n", "-M", "prepared", "-f", script,
                               "-c", clients, "-j", min(2, clients), *length, "postgres"])
                found.append(float(re.search(r"tps = ([\d.]+)", told).group(1)))
            text = "1 client" if clients == 1 else f"{clients} clients"
            rates(f"postgresql, INSERT, {text}, one at a time", found)


class DuckDB(Peer):
    """An embedded engine for questions over columns, as a Python module."""

    name, part = "DuckDB", "replay"

    def python(self):
        return PYTHON if PYTHON.exists() else sys.executable

    def version(self):
        done = subprocess.run([self.python(), "-c", "import duckdb; print(duckdb.__version__)"],
                              capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else None

    def measure(self, folder, scale):
        count = 10_000_000 // scale
        told = output([self.python(), TOOLS / "bench_duckdb.py", folder / "payments.duckdb", count,
                       self.runs])
        for line in told.splitlines():
            threads, *took = line.split()
            text = "1 thread" if threads == "1" else f"{threads} threads"
            rates(f"duckdb, the group-bys alone, {text}", [count / float(one) for one in took])


class Peers:
    """Those that are on this machine."""

    def __init__(self, folder, scale):
        self.folder, self.scale = Path(folder), scale
        Peer.runs = RUNS if scale == 1 else 1
        everyone = [(peer, peer.version()) for peer in (LMDB(), Redis(), PostgreSQL(), DuckDB())]
        self.present = [(peer, version) for peer, version in everyone if version]
        self.absent = [peer.name for peer, version in everyone if not version]

    def told(self):
        present = ", ".join(f"{peer.name} {version}" for peer, version in self.present) or "none"
        absent = f"; not here: {', '.join(self.absent)} (--peers installs)" if self.absent else ""
        return present + absent

    def run(self, part):
        """The rows that belong below a part of ours."""
        for peer, _ in self.present:
            if peer.part != part:
                continue
            folder = self.folder / peer.name.lower()
            folder.mkdir()
            try:
                peer.measure(folder, self.scale)
            except (OSError, ValueError, subprocess.SubprocessError) as fault:
                row(f"{peer.name} was not measured:", str(fault))
            finally:
                shutil.rmtree(folder, ignore_errors=True)
