#!/usr/bin/env python3
"""What it takes to be there: the time from exec to the first answered
prediction with ten models on disk, the memory that is resident while one
784-128-10 is served, and the size of the program.

    tests/bench/start.py --mlpd build/mlpd [--starts 20] [--json FILE]

The clock starts before the process is made and stops with the last byte of the
answer; the port file is polled without a pause. Each start is after a clean
stop, and each asks for another model in turn."""
import argparse
import gzip
import json
import os
import pathlib
import signal
import socket
import statistics
import sys
import tempfile
import time

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
START_S, WAIT_S = 20, 60
PREDICTIONS = 500
DIGIT = 28 * 28
TICK = 1024.0
# name: the columns' set, and hidden layers if they are told
MODELS = {
    "digits": ("mnist-small", [128]), "digits-small": ("mnist-small", [16, 16]),
    "digits-wide": ("mnist-small", [256]),
    **{f"iris-{i}": ("iris", None) for i in range(4)},
    **{f"wdbc-{i}": ("wdbc", [16]) for i in range(3)},
}


def request_bytes(method, path, body, kind):
    """HTTP/1.0: the answer ends with the connection."""
    head = (f"{method} {path} HTTP/1.0\r\nHost: localhost\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


class Daemon:
    """A process on a folder, and one connection to it."""

    def __init__(self, mlpd, folder):
        self.port_file = folder / "port"
        self.log = folder / "log"
        arguments = [mlpd, "serve", "--listen", "127.0.0.1:0", "--port-file",
                     str(self.port_file), "--data", str(folder / "data")]
        self.port_file.unlink(missing_ok=True)
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self.began = time.perf_counter()
        self.pid = os.posix_spawn(mlpd, arguments, os.environ,
                                  file_actions=[(os.POSIX_SPAWN_DUP2, log, 2)])
        self.port = self.wait_for_port()
        self.ready_ms = (time.perf_counter() - self.began) * 1e3
        os.close(log)

    def wait_for_port(self):
        name, end = os.fspath(self.port_file), self.began + START_S
        while time.perf_counter() < end:
            try:
                file = os.open(name, os.O_RDONLY)
            except FileNotFoundError:
                continue
            text = os.read(file, 16)
            os.close(file)
            if text.endswith(b"\n"):
                return int(text)
        os.kill(self.pid, signal.SIGKILL)
        sys.exit(f"it did not start: {self.log.read_text()}")

    def exchange(self, request):
        """The answer to the bytes of a request: its status line, its body."""
        with socket.create_connection(("127.0.0.1", self.port), WAIT_S) as link:
            link.sendall(request)
            answer = b""
            while part := link.recv(65536):
                answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        return head.partition(b"\r\n")[0].decode(), body

    def ask(self, request):
        """The time at which the prediction was there."""
        status, body = self.exchange(request)
        end = time.perf_counter()
        if " 200 " not in status or b'"predictions"' not in body:
            sys.exit(f"no prediction: {status} {body[:400]!r}")
        return end

    def call(self, method, path, body, kind):
        status, answer = self.exchange(request_bytes(method, path, body, kind))
        if not status.split(" ")[1].startswith("2"):
            sys.exit(f"{method} {path}: {status} {answer[:400]!r}")
        return json.loads(answer)

    def cpu_ms(self):
        """What its threads have used of the processors so far."""
        used = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/schedstat") as file:
                used += int(file.read().split()[0])
        return used / 1e6

    def memory_kb(self):
        """VmRSS, and its parts: what is its own, what is of files."""
        with open(f"/proc/{self.pid}/status") as file:
            fields = dict(line.split(":", 1) for line in file)
        return {name: int(fields[name].split()[0])
                for name in ("VmRSS", "RssAnon", "RssFile")}

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)


def train(daemon, name):
    data, hidden = MODELS[name]
    if data != "mnist-small":
        target = json.loads((DATA / data / "meta.json").read_text())["target"]
        layers = "" if hidden is None else "&hidden=" + ",".join(map(str, hidden))
        job = daemon.call("POST", f"/train?wait=55&model={name}&target={target}{layers}",
                          (DATA / data / "train.csv").read_bytes(), "text/csv")
    else:
        job = daemon.call("POST", "/train?wait=55", json.dumps({
            "model": name, "dataset": "images", "target_dataset": "labels",
            "network": {"hidden": hidden},
            "training": {"epochs": 3, "early_stopping": False}}).encode(),
            "application/json")
    if job["state"] != "succeeded":
        sys.exit(f"{name}: {job}")


def upload_digits(daemon):
    for dataset, part in (("images", "images-idx3"), ("labels", "labels-idx1")):
        body = (DATA / f"mnist-small/train-{part}-ubyte.gz").read_bytes()
        daemon.call("PUT", f"/datasets/{dataset}", body, "application/octet-stream")


def request_for(name):
    """One row, as the bytes of a request."""
    data = MODELS[name][0]
    if data == "mnist-small":
        with gzip.open(DATA / data / "t10k-images-idx3-ubyte.gz") as file:
            row = list(file.read(16 + DIGIT)[16:])
    else:
        lines = (DATA / data / "test.csv").read_text().splitlines()
        meta = json.loads((DATA / data / "meta.json").read_text())
        cells = dict(zip(lines[0].split(","), lines[1].split(",")))
        del cells[meta["target"]]
        row = [float(cell) for cell in cells.values()]
    body = json.dumps({"model": name, "inputs": [row]}).encode()
    return request_bytes("POST", "/predict", body, "application/json")


def measure_memory(mlpd, folder):
    """With one model, after predictions by as many connections."""
    daemon = Daemon(mlpd, folder)
    started = daemon.memory_kb()
    request = request_for("digits")
    for _ in range(PREDICTIONS):
        daemon.ask(request)
    serving = daemon.memory_kb()
    daemon.stop()
    return {"started_kb": started, "serving_kb": serving}


def measure_starts(mlpd, folder, n_starts):
    requests = [request_for(name) for name in MODELS]
    ready, answered, used = [], [], []
    for i in range(n_starts + 1):
        daemon = Daemon(mlpd, folder)
        end = daemon.ask(requests[i % len(requests)])
        cpu_ms = daemon.cpu_ms()
        daemon.stop()
        if i > 0:  # the first one warms the files
            ready.append(daemon.ready_ms)
            answered.append((end - daemon.began) * 1e3)
            used.append(cpu_ms)
    return {"ready_ms": ready, "answered_ms": answered, "cpu_ms": used}


def tenth_from_the_top(values):
    return sorted(values)[-(-len(values) * 9 // 10) - 1]


def report(result):
    answered, memory = result["answered_ms"], result["serving_kb"]
    print(f"exec to the first prediction, {len(MODELS)} models on disk, "
          f"{len(answered)} starts: median {statistics.median(answered):.1f} ms, "
          f"p90 {tenth_from_the_top(answered):.1f} ms, best {min(answered):.1f} ms")
    print(f"exec to listening: median {statistics.median(result['ready_ms']):.1f} ms; "
          "processor time until the answer: median "
          f"{statistics.median(result['cpu_ms']):.1f} ms")
    for text, part in (("as started, one model on disk", result["started_kb"]),
                       (f"784-128-10 after {PREDICTIONS} predictions", memory)):
        print(f"resident, {text}: {part['VmRSS'] / TICK:.1f} MiB "
              f"(own {part['RssAnon'] / TICK:.1f}, files {part['RssFile'] / TICK:.1f})")
    print(f"program: {result['binary_bytes'] / 1e6:.2f} MB, "
          f"of which code and data {result['loaded_bytes'] / 1e6:.2f} MB")


def loaded_bytes(program):
    """What of an ELF file is mapped when it runs: without debugging symbols."""
    head = program[:64]
    order = "little" if head[5] == 1 else "big"
    offset, size, count = (int.from_bytes(head[a:b], order)
                           for a, b in ((32, 40), (54, 56), (56, 58)))
    total = 0
    for i in range(count):
        entry = program[offset + i * size:offset + (i + 1) * size]
        if int.from_bytes(entry[:4], order) == 1:  # PT_LOAD
            total += int.from_bytes(entry[32:40], order)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--mlpd", default="build/mlpd")
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--json", type=pathlib.Path, help="write each figure there")
    options = parser.parse_args()
    program = pathlib.Path(options.mlpd).read_bytes()
    result = {"binary_bytes": len(program), "loaded_bytes": loaded_bytes(program)}
    with tempfile.TemporaryDirectory(prefix="mlpd-start-") as name:
        folder = pathlib.Path(name)
        first, *others = MODELS
        daemon = Daemon(options.mlpd, folder)
        upload_digits(daemon)
        train(daemon, first)
        daemon.stop()
        result |= measure_memory(options.mlpd, folder)
        daemon = Daemon(options.mlpd, folder)
        for model in others:
            train(daemon, model)
        daemon.stop()
        result |= measure_starts(options.mlpd, folder, max(1, options.starts))
    report(result)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
