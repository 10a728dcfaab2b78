"""Run mlpd's engine and its peers in turns and print one table.

    table.py BENCH_FOLDER MNIST_FOLDER [ONNXRUNTIME_LIBRARY]

Called by run.sh; README.md says how the figures are taken. From the
environment: ROUNDS (5), QUICK=1 (one short round), MAX_S (where a turn is cut,
0.8 s), BUDGET (no round begins that would end beyond so many seconds, 330),
and to measure less NETS, BATCHES, THREADS, PEERS, TASKS (lists of words)."""
import datetime
import json
import os
import platform
import select
import statistics
import subprocess
import sys
import time

FOLDER, MNIST = sys.argv[1:3]
LIBRARY = sys.argv[3] if len(sys.argv) > 3 else ""
HERE = os.path.dirname(os.path.abspath(__file__))
CORES = sorted(os.sched_getaffinity(0))


def words(name, default):
    return os.environ.get(name, default).split()


QUICK = os.environ.get("QUICK", "") not in ("", "0")
ROUNDS = int(os.environ.get("ROUNDS", 1 if QUICK else 5))
BUDGET_S = float(os.environ.get("BUDGET", 50 if QUICK else 330))
NETS = words("NETS", "784-16-16-10 784-128-10 784-512-512-10")
BATCHES = [int(word) for word in words("BATCHES", "32 128")]
FORWARD_BATCHES = (1, 256)
THREADS = [n for n in map(int, words("THREADS", "1 2")) if n <= len(CORES)]
PEERS = words("PEERS", "torch scikit-learn dlib FANN onnxruntime")
TASKS = words("TASKS", "train adam forward accuracy")
MIDDLE = "784-128-10"  # the net that adam and the time to accuracy are shown on

# Seconds of a turn: at least, at most. Those that are far behind get less.
MAX_S = float(os.environ.get("MAX_S", 0.15 if QUICK else 0.8))
TURN = (min(0.3, MAX_S), MAX_S)
SHORT_TURN = (0.0, max(0.1, MAX_S * 3 / 8))
CALLS_S = 0.03 if QUICK else 0.1
PEAK_S = 0.03 if QUICK else 0.05
ACCURACY_ROUNDS, ACCURACY_MAX_S = (1, 3) if QUICK else (3, 15)
ANSWER_S = 120  # a contender that is silent for so long is left out

left_out = []  # (who, why)
warnings = []


def warn(text):
    if text not in warnings:
        warnings.append(text)


class Worker:
    """A process that answers requests line by line. With one thread it is
    bound to one core, the same for all."""

    def __init__(self, name, command, threads):
        self.name, self.threads, self.alive = f"{name}, {threads} thr", threads, False
        if not os.path.exists(command[0]):
            return self.leave("not built: its library is not installed")
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads),
                           OPENBLAS_NUM_THREADS=str(threads),
                           PYTHONDONTWRITEBYTECODE="1")
        if threads > 1:
            environment["OMP_PROC_BIND"] = "true"
        bind = (lambda: os.sched_setaffinity(0, {CORES[-1]})) if threads == 1 else None
        self.log = os.path.join(FOLDER, f"{name}-{threads}.log")
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=log,
                                            stdout=subprocess.PIPE, env=environment,
                                            preexec_fn=bind)
        self.alive = True
        self.hello = {}

    def greet(self):
        """Wait until it has loaded what it needs."""
        if self.alive:
            self.hello = self.listen() or {}

    def leave(self, why):
        self.alive = False
        left_out.append((self.name, why))

    def listen(self):
        ready, _, _ = select.select([self.process.stdout], [], [], ANSWER_S)
        line = self.process.stdout.readline() if ready else b""
        if line:
            return json.loads(line)
        self.process.kill()
        with open(self.log) as log:
            said = log.read().strip().splitlines()
        self.leave(said[-1] if said else f"no answer in {ANSWER_S} s")

    def ask(self, task, net, batch, how, seed, min_s, max_s):
        if not self.alive:
            return None
        line = f"{task} {net} {batch} {how} {seed} {min_s} {max_s}\n"
        try:
            self.process.stdin.write(line.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # listen() finds out why
        return self.listen()

    def stop(self):
        if not self.alive:
            return
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()


def program(name):
    return os.path.join(FOLDER, name)


def script(name):
    return ["/usr/bin/python3", os.path.join(HERE, "peers", name), MNIST]


def commands():
    """{name: the command for so many threads}"""
    models = program("models")
    training = {
        "mlpd": lambda n: [program("train"), MNIST, str(n)],
        "torch": lambda n: script("torch_train.py") + [str(n)],
        "scikit-learn": lambda n: script("sklearn_train.py"),
        "dlib": lambda n: [program("peers/dlib"), MNIST],
        "FANN": lambda n: [program("peers/fann"), MNIST],
    }
    forward = {
        "mlpd-forward": lambda n: [program("infer"), MNIST, str(n), models],
        "onnxruntime": lambda n: [program("peers/ort"), MNIST, str(n), models, LIBRARY],
    }
    wanted = {"peak": lambda n: [program("peak"), str(n)]}
    if {"train", "adam", "accuracy"} & set(TASKS):
        wanted |= training
    if "forward" in TASKS:
        wanted |= forward
    ours = ("peak", "mlpd", "mlpd-forward")
    return {name: command for name, command in wanted.items() if name in ours or name in PEERS}


def start_workers():
    """{(name, threads): Worker}"""
    workers = {}
    for name, command in commands().items():
        if name == "onnxruntime" and not LIBRARY:
            left_out.append((name, "its library is not to be had"))
            continue
        for n in THREADS:
            if name != "FANN" or n == 1:  # FANN has no threads
                workers[name, n] = Worker(name, command(n), n)
    for worker in workers.values():
        worker.greet()
    for (name, n), worker in workers.items():
        if name in ("peak", "mlpd", "mlpd-forward") and not worker.alive:
            sys.exit(f"{name} did not start: {dict(left_out)[worker.name]}")
    return workers


class Cell:
    """One row of the table: who runs it, and what each did in each round."""

    def __init__(self, task, net, batch, threads, entries):
        self.task, self.net, self.batch, self.threads = task, net, batch, threads
        self.entries = entries  # (name, worker's name, HOW, (MIN_S, MAX_S))
        self.rates = {name: {} for name, *_ in entries}
        self.peaks = {}  # GFLOP/s of the machine, by round

    def run(self, workers, round_number):
        outputs = {}
        peak = workers["peak", self.threads]
        answer = peak.ask("peak", "-", 0, peak_isa(peak), 0, PEAK_S, PEAK_S)
        self.peaks[round_number] = answer["gflops"]
        for name, worker, how, turn in self.entries:
            if (worker, self.threads) not in workers:
                continue
            task = "forward" if self.task == "forward" else "train"
            answer = workers[worker, self.threads].ask(task, self.net, self.batch, how,
                                                       round_number, *turn)
            if answer is None:
                continue
            self.rates[name][round_number] = answer["samples_per_s"]
            outputs[name] = answer.get("first")
            self.check(name, answer)
            time.sleep(0.01)  # for its threads to go to sleep
        if outputs.get("mlpd") and outputs.get("onnxruntime"):
            apart = max(abs(a - b) for a, b in zip(outputs["mlpd"], outputs["onnxruntime"]))
            if apart > 1e-4:
                warn(f"{self.net}: mlpd and onnxruntime disagree by {apart:.1g}")

    def check(self, name, answer):
        if answer.get("rows", 0) >= 30000 and answer["accuracy"] < 0.5:
            warn(f"{name} did not learn {self.net}: {answer['accuracy']:.2f}")
        if self.task != "forward" and name == "mlpd" and answer["threads"] < self.threads:
            warn(f"mlpd trains with {answer['threads']} thread yet, "
                 f"also where {self.threads} are asked for")

    def median(self, name):
        values = self.rates.get(name)
        return statistics.median(values.values()) if values else 0

    def best(self, prefix=""):
        peers = [name for name in self.rates
                 if name != "mlpd" and name.startswith(prefix) and self.rates[name]]
        return max(peers, key=self.median, default=None)

    def ratio_to(self, name):
        """Of rates in the same round: median, lowest and highest."""
        return ratios(self.rates["mlpd"], self.rates.get(name, {}))

    def share_of(self, peak_gflops):
        flops = flops_per_sample(self.net, self.task == "forward")
        return self.median("mlpd") * flops / (peak_gflops * 1e9)


def ratios(above, below):
    values = [above[i] / below[i] for i in above if i in below]
    return values and (statistics.median(values), min(values), max(values))


def peak_isa(worker):
    forced = os.environ.get("MLPD_ISA", "")
    return forced if forced in worker.hello["isas"] else worker.hello["isas"][0]


def flops_per_sample(net, forward):
    """Two for each weight forward; thrice that in training, but nobody asks
    for the gradient of the inputs. Biases and activations do not count."""
    widths = [int(width) for width in net.split("-")]
    weights = sum(a * b for a, b in zip(widths, widths[1:]))
    return 2 * weights if forward else 2 * (3 * weights - widths[0] * widths[1])


def make_cells():
    sgd = [("mlpd", "mlpd", "sgd", TURN), ("torch eager", "torch", "sgd", TURN),
           ("torch by hand", "torch", "hand", TURN),
           ("scikit-learn", "scikit-learn", "sgd", SHORT_TURN),
           ("dlib", "dlib", "sgd", SHORT_TURN), ("FANN (batch 1)", "FANN", "sgd", SHORT_TURN)]
    adam = [("mlpd", "mlpd", "adam", TURN), ("torch eager", "torch", "adam", TURN),
            ("scikit-learn", "scikit-learn", "adam", SHORT_TURN)]
    calls = [("mlpd", "mlpd-forward", "-", (CALLS_S, CALLS_S)),
             ("onnxruntime", "onnxruntime", "-", (CALLS_S, CALLS_S))]
    cells = []
    if "train" in TASKS:
        cells += [Cell("train", net, batch, n, sgd)
                  for net in NETS for batch in BATCHES for n in THREADS]
    if "adam" in TASKS:
        cells += [Cell("adam", MIDDLE, batch, n, adam)
                  for batch in BATCHES for n in THREADS if n == 1]
    if "forward" in TASKS:
        cells += [Cell("forward", net, batch, n, calls)
                  for net in NETS for batch in FORWARD_BATCHES for n in THREADS]
    return cells


class Accuracy:
    """Time of training until 97 % and 98 % of the test digits are right: adam
    with its default rate, 784-128-10, one thread, another seed each round."""

    ENTRIES = (("mlpd", "mlpd", 128), ("torch eager", "torch", 128),
               ("scikit-learn", "scikit-learn", 200))

    def __init__(self):
        self.runs = {name: [] for name, *_ in self.ENTRIES}

    def run(self, workers, round_number):
        for name, worker, batch in self.ENTRIES:
            if (worker, 1) in workers:
                answer = workers[worker, 1].ask("accuracy", MIDDLE, batch, "adam",
                                                round_number, 0, ACCURACY_MAX_S)
                self.runs[name].append(answer or {})

    def cell(self, name, goal):
        values = [run[f"s{goal}"] for run in self.runs[name] if run.get(f"s{goal}")]
        epochs = [run[f"epochs{goal}"] for run in self.runs[name] if run.get(f"s{goal}")]
        if not values:
            return "not reached"
        text = f"{statistics.median(values):.2f} s, {statistics.median(epochs):.0f} epochs"
        missed = len(self.runs[name]) - len(values)
        return text + (f" ({missed} of {len(self.runs[name])} did not)" if missed else "")

    def ratio_to_sklearn(self):
        pairs = [(a["s97"], b["s97"]) for a, b in zip(self.runs["mlpd"], self.runs["scikit-learn"])
                 if a.get("s97") and b.get("s97")]
        return statistics.median(a / b for a, b in pairs) if pairs else None


def peak_gflops(cells, threads):
    """The machine's: the median over all turns, since it does not change."""
    return statistics.median(value for cell in cells if cell.threads == threads
                             for value in cell.peaks.values())


def columns_of(cell, cells):
    def ratio(name):
        value = name and cell.ratio_to(name)
        if not value:
            return "-"
        spread = f" ({value[1]:.2f}-{value[2]:.2f})" if ROUNDS > 1 else ""
        return f"{value[0]:.2f}{spread}"

    torch, best = cell.best("torch"), cell.best()
    share = cell.share_of(peak_gflops(cells, cell.threads))
    return [cell.task, cell.net, str(cell.batch), str(cell.threads),
            f"{cell.median('mlpd'):,.0f}", best or "-",
            f"{cell.median(best):,.0f}" if best else "-", ratio(torch), ratio(best),
            f"{100 * share:.0f} %"]


def print_table(rows, right):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for n, row in enumerate(rows):
        fields = [text.rjust(width) if i in right else text.ljust(width)
                  for i, (text, width) in enumerate(zip(row, widths))]
        print("  ".join(fields).rstrip())
        if n == 0:
            print("  ".join("-" * width for width in widths))


def cpu_model():
    with open("/proc/cpuinfo") as file:
        fields = dict(line.split(":", 1) for line in file.read().split("\n\n")[0].splitlines()
                      if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    name = fields.get("model name", platform.machine())
    return (f"{name} (family {fields.get('cpu family', '?')}, "
            f"model {fields.get('model', '?')}), {len(CORES)} cores")


def package(name):
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name],
                           capture_output=True, text=True)
    return asked.stdout if asked.returncode == 0 else "?"


def versions(workers):
    packages = {"torch": "python3-torch", "scikit-learn": "python3-sklearn",
                "dlib": "libdlib-dev", "FANN": "libfann-dev"}
    found = {}
    for (name, _), worker in workers.items():
        if not worker.alive or name == "peak":
            continue
        if name in packages:
            found[name] = package(packages[name])
        elif name == "onnxruntime":
            found[name] = f"{worker.hello['version']} (C interface)"
        else:
            found["mlpd"] = worker.hello["version"]
    found["OpenBLAS"] = package("libopenblas0-openmp")
    return ", ".join(f"{name} {version}" for name, version in found.items())


def report(cells, accuracy, workers, header):
    print("\n".join(header))
    print()
    rows = [["task", "net", "batch", "thr", "mlpd /s", "best peer", "its /s",
             "to best torch", "to best peer", "of peak"]]
    print_table(rows + [columns_of(cell, cells) for cell in cells], right={2, 3, 4, 6, 7, 8, 9})
    for batch in BATCHES:
        sgd = next((c for c in cells if (c.task, c.net, c.batch, c.threads) ==
                    ("train", MIDDLE, batch, 1)), None)
        adam = next((c for c in cells if (c.task, c.batch) == ("adam", batch)), None)
        cost = sgd and adam and ratios(sgd.rates["mlpd"], adam.rates["mlpd"])
        if cost:
            print(f"adam takes {cost[0]:.2f} of the time of sgd: {MIDDLE}, batch {batch}")
    if any(accuracy.runs.values()):
        print(f"\ntime of training to test accuracy, {MIDDLE}, adam, 1 thread, "
              f"{max(map(len, accuracy.runs.values()))} seeds")
        rows = [["", "batch", "97 %", "98 %"]]
        rows += [[name, str(batch), accuracy.cell(name, 97), accuracy.cell(name, 98)]
                 for name, _, batch in accuracy.ENTRIES if accuracy.runs[name]]
        print_table(rows, right={1})
        ratio = accuracy.ratio_to_sklearn()
        if ratio:
            print(f"97 %: mlpd needs {ratio:.2f} of scikit-learn's time")
    print()
    for who, why in left_out:
        print(f"left out: {who}: {why}")
    for text in warnings:
        print(f"note: {text}")


def save(cells, accuracy, header):
    raw = {"header": header, "left_out": left_out, "notes": warnings,
           "accuracy": accuracy.runs,
           "cells": [{"task": c.task, "net": c.net, "batch": c.batch, "threads": c.threads,
                      "samples_per_s": c.rates, "peak_gflops": c.peaks} for c in cells]}
    with open(os.path.join(FOLDER, "results.json"), "w") as file:
        json.dump(raw, file, indent=1)


def measure(cells, accuracy, workers, began):
    """Round after round over all cells; says how many rounds there were."""
    full = workers.get(("mlpd", 1)) and workers["mlpd", 1].hello.get("rows", 0) >= 60000
    if "accuracy" in TASKS and not full:
        warn("the small set of digits: no time to accuracy")
    with_accuracy = ACCURACY_ROUNDS if "accuracy" in TASKS and full else 0
    cells_s = accuracy_s = 0  # the longest yet
    for round_number in range(1, ROUNDS + 1):
        start = time.monotonic()
        for cell in cells:
            cell.run(workers, round_number)
        middle = time.monotonic()
        cells_s = max(cells_s, middle - start)
        wanted = round_number <= with_accuracy
        at_most_s = len(Accuracy.ENTRIES) * ACCURACY_MAX_S
        if wanted and middle - began + at_most_s > BUDGET_S:
            warn(f"no time left for that to accuracy in round {round_number} (BUDGET)")
        elif wanted:
            accuracy.run(workers, round_number)
        end = time.monotonic()
        accuracy_s = max(accuracy_s, end - middle)
        print(f"round {round_number} of {ROUNDS}: {end - start:.0f} s", file=sys.stderr)
        next_s = cells_s + (accuracy_s if round_number < with_accuracy else 0)
        if round_number < ROUNDS and end - began + next_s > BUDGET_S:
            warn(f"{round_number} of {ROUNDS} rounds in the time given (BUDGET)")
            return round_number
    return ROUNDS


def main():
    began = time.monotonic()
    load = os.getloadavg()[0]
    workers = start_workers()
    try:
        cells, accuracy = make_cells(), Accuracy()
        rounds = measure(cells, accuracy, workers, began)
        peak = {n: peak_gflops(cells, n) for n in THREADS
                if any(cell.threads == n for cell in cells)}
        isa = peak_isa(workers["peak", THREADS[0]])
        header = [
            f"{datetime.datetime.now():%Y-%m-%d %H:%M}  {cpu_model()}",
            versions(workers),
            f"FMA peak ({isa}): " + ", ".join(
                f"{gflops:.0f} GFLOP/s with {n} thr" for n, gflops in peak.items()),
            f"{rounds} rounds, medians; ratios are of the same round, median (lowest-highest)",
            f"measured for {time.monotonic() - began:.0f} s, load {load:.1f} at the start",
        ]
        if load > 0.5:
            warn("the machine was not quiet: no figure is worth much, ratios the most")
        report(cells, accuracy, workers, header)
        save(cells, accuracy, header)
    finally:
        for worker in workers.values():
            worker.stop()


main()
