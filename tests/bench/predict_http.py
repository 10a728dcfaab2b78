#!/usr/bin/env python3
"""What a prediction costs beside bare HTTP: requests a second, latency and
processor time of mlpd's /predict and /v2 infer, and of an echo (echo.c) that
reads the same bodies and answers with as many bytes; and of the services that
people write today (peers/service.py). All in turns of one run.

    tests/bench/predict_http.py --mlpd build/mlpd --echo build/bench/echo

The server runs on one core with one HTTP thread, wrk on another one. The body
is an image of 28 x 28 bytes; "decimals" are as many numbers of five digits."""
import argparse
import http.client
import json
import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

SERVER_CORE, CLIENT_CORE = "0", "1"
FEATURES, HIDDEN, CLASSES, ROWS = 784, 128, 10, 400
START_S = 20
PEERS = ("scikit-learn", "numpy")  # behind FastAPI …
PEER_CONNECTIONS = 16  # … are asked over so many
TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")

LUA = """
local file = io.open(%(body)s, "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
%(headers)s
done = function(summary, latency)
    local e = summary.errors
    print(string.format("figures %%d %%d %%d %%d %%d", summary.requests,
        summary.duration, latency:percentile(50), latency:percentile(99),
        e.status + e.connect + e.read + e.write + e.timeout))
end
"""


def digit(seed):
    """A ring: as of a digit four pixels of five are 0, the others anything."""
    rng = random.Random(seed)
    pixels = []
    for i in range(FEATURES):
        y, x = divmod(i, 28)
        distance = ((x - 13.5) / 7) ** 2 + ((y - 13.5) / 9) ** 2
        pixels.append(rng.randint(1, 255) if 0.55 < distance < 1.25 else 0)
    return pixels


class Server:
    def __init__(self, command, read_port, **popen):
        self.process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, *command], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, **{"stderr": subprocess.DEVNULL, **popen})
        self.port = read_port(self.process)

    def ticks(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def resident_mb(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status
                        if line.startswith("VmRSS"))

    def stop(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait(20)


def start_mlpd(binary, folder):
    port_file = os.path.join(folder, "port")

    def read_port(process):
        end = time.time() + START_S
        while time.time() < end and process.poll() is None:
            if os.path.exists(port_file) and os.path.getsize(port_file) > 0:
                with open(port_file) as file:
                    return int(file.read())
            time.sleep(0.02)
        sys.exit("mlpd did not start")

    return Server([binary, "--listen", "127.0.0.1:0", "--http-threads", "1",
                   "--data", os.path.join(folder, "data"),
                   "--port-file", port_file], read_port)


def start_echo(binary, n_bytes):
    return Server([binary, str(n_bytes)],
                  lambda process: int(process.stdout.readline()))


def start_service(peer):
    """None: its packages are not there."""
    def read_port(process):
        for line in process.stdout:
            if b"running on" in line:
                return int(line.split(b"http://127.0.0.1:")[1].split()[0])
        return None

    server = Server(
        [sys.executable, "-m", "uvicorn", "--port", "0", "--no-access-log",
         "service:app"], read_port, stderr=subprocess.STDOUT,
        cwd=os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers"),
        env={**os.environ, "PEER": peer, "PYTHONDONTWRITEBYTECODE": "1"})
    if server.port is not None:
        return server
    server.stop()
    return None


def ask(port, path, body, headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, body, headers)
    reply = connection.getresponse()
    answer = reply.read()
    if reply.status != 200:
        sys.exit(f"{path}: {reply.status} {answer[:300]!r}")
    return answer


def train(port):
    table = [",".join([f"p{i}" for i in range(FEATURES)] + ["digit"])]
    for row in range(ROWS):
        table.append(",".join(map(str, digit(row) + [row % CLASSES])))
    job = ask(port, f"/train?model=digits&target=digit&task=classification"
              f"&hidden={HIDDEN}&epochs=1&wait=50", "\n".join(table) + "\n",
              {"Content-Type": "text/csv"})
    if json.loads(job)["state"] != "succeeded":
        sys.exit(f"training: {job[:300]!r}")


def questions():
    """name → path, headers, body."""
    row = digit(-1)
    numbers = json.dumps([row], separators=(",", ":"))
    rng = random.Random(-1)
    decimals = json.dumps([[round(rng.random() * 255, 2) for _ in row]],
                          separators=(",", ":"))
    head = json.dumps(
        {"inputs": [{"name": "inputs", "shape": [1, FEATURES], "datatype": "FP32",
                     "parameters": {"binary_data_size": 4 * FEATURES}}],
         "outputs": [{"name": "probabilities", "parameters": {"binary_data": True}}]},
        separators=(",", ":")).encode()
    return {
        "predict": ("/predict", {"Content-Type": "application/json"},
                    f'{{"model":"digits","inputs":{numbers}}}'.encode()),
        "decimals": ("/predict", {"Content-Type": "application/json"},
                     f'{{"model":"digits","inputs":{decimals}}}'.encode()),
        "v2 binary": ("/v2/models/digits/infer",
                      {"Content-Type": "application/octet-stream",
                       "Inference-Header-Content-Length": str(len(head))},
                      head + struct.pack(f"<{FEATURES}f", *row)),
    }


def load(server, question, connections, seconds, folder):
    path, headers, body = question
    body_file, script = os.path.join(folder, "body"), os.path.join(folder, "ask.lua")
    with open(body_file, "wb") as file:
        file.write(body)
    with open(script, "w") as file:
        file.write(LUA % {
            "body": json.dumps(body_file),
            "headers": "\n".join(f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}"
                                 for k, v in headers.items())})
    before = server.ticks()
    run = subprocess.run(
        ["taskset", "-c", CLIENT_CORE, "wrk", "-t", "1", "-c", str(connections),
         "-d", f"{seconds}s", "-s", script, f"http://127.0.0.1:{server.port}{path}"],
        capture_output=True, text=True, timeout=seconds + 30)
    spent = server.ticks() - before
    figures = next((line.split()[1:] for line in run.stdout.splitlines()
                    if line.startswith("figures ")), None)
    if figures is None:
        sys.exit(f"wrk, {path}: {run.stdout}{run.stderr}")
    n, us, p50, p99, errors = map(int, figures)
    if errors > 0 or n == 0:
        sys.exit(f"{path}: {errors} errors in {n} requests")
    return {"rate": n / us * 1e6, "p50": p50, "p99": p99, "cpu": spent * TICK_US / n}


def median(rounds, key):
    return statistics.median(figures[key] for figures in rounds)


def ratio(results, one, other, connections, key="rate"):
    """The median over the rounds."""
    return statistics.median(
        a[key] / b[key] for a, b in zip(results[one, connections],
                                        results[other, connections]))


def report(results, names, connections):
    print(f"{'':12} {'connections':>11} {'requests/s':>10} {'of bare':>8} "
          f"{'p50 us':>7} {'p99 us':>7} {'CPU us':>7} {'bare':>6}")
    for name in names:
        for n in connections:
            mine, bare = results[name, n], results["echo " + name, n]
            share = ratio(results, name, "echo " + name, n)
            print(f"{name:12} {n:11} {median(mine, 'rate'):10.0f} {share:8.2f} "
                  f"{median(mine, 'p50'):7.0f} {median(mine, 'p99'):7.0f} "
                  f"{median(mine, 'cpu'):7.1f} {median(bare, 'cpu'):6.1f}")
    for peer in PEERS:
        if (peer, PEER_CONNECTIONS) not in results:
            print(f"{peer}: its packages are not there")
            continue
        figures = results[peer, PEER_CONNECTIONS]
        times = ratio(results, "predict", peer, PEER_CONNECTIONS)
        print(f"{peer:12} {PEER_CONNECTIONS:11} {median(figures, 'rate'):10.0f} "
              f"requests/s: predict is {times:.1f} times as fast")


def start_all(options, folder, servers):
    """The servers into `servers`; the questions."""
    servers["mlpd"] = start_mlpd(options.mlpd, folder)
    train(servers["mlpd"].port)
    asked = questions()
    for name, (path, headers, body) in asked.items():
        n_bytes = len(ask(servers["mlpd"].port, path, body, headers))
        servers["echo " + name] = start_echo(options.echo, n_bytes)
    for peer in PEERS:
        server = start_service(peer)
        if server is not None:
            servers[peer] = server
    return asked


def run_round(options, asked, servers, folder, results):
    connections = [int(n) for n in options.connections.split(",")]
    for n in connections:
        keys = [key for name in asked for key in ("echo " + name, name)]
        if n == PEER_CONNECTIONS:
            keys += [peer for peer in PEERS if peer in servers]
        for key in keys:
            name = key.removeprefix("echo ")
            question = asked.get(name, asked["predict"])
            results.setdefault((key, n), []).append(
                load(servers.get(key, servers["mlpd"]), question, n,
                     options.seconds, folder))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mlpd", default="build/mlpd")
    parser.add_argument("--echo", default="build/bench/echo")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--connections", default="1,16,64,256")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="mlpd-http-")
    servers, results = {}, {}
    try:
        asked = start_all(options, folder, servers)
        for turn in range(options.rounds):
            run_round(options, asked, servers, folder, results)
            print(f"round {turn + 1} of {options.rounds}", file=sys.stderr)
        report(results, list(asked),
               [int(n) for n in options.connections.split(",")])
        print(f"mlpd's resident memory: {servers['mlpd'].resident_mb():.1f} MB")
    finally:
        for server in servers.values():
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
