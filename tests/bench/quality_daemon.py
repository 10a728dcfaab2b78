"""mlpd by HTTP: a daemon of its own, or one that runs at a URL already."""
import csv
import http.client
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

import quality_scores

PART_ROWS = 4000  # 3 MB of digits; a body may have 16
WAIT_S = 55       # what ?wait= takes at most
START_S = 30

# Where a key of the query stands in a JSON body: README, "Settings".
TOP = {"task", "scaling", "quality", "from", "features", "exclude"}
NETWORK = {"hidden", "activation", "output", "init", "numeric_embedding"}
MEMBERS = {"optimizer": {"momentum", "beta1", "beta2", "rho", "epsilon"},
           "schedule": {"warmup_epochs", "step_epochs", "gamma"},
           "early_stopping": {"patience", "min_delta", "restore_best"}}
NAMED = {"optimizer", "schedule"}
FLAGS = {"early_stopping", "restore_best", "shuffle", "calibrate", "clamp"}


class Refused(Exception):
    """An answer that is no success. Asked again it would be the same."""


class Failed(Exception):
    """A job that ended in another way than it should."""


def value_of(key, text):
    if key in FLAGS:
        return text in ("1", "true")
    if key == "hidden":
        return [int(width) for width in text.split(",") if width]
    if key in ("features", "exclude"):
        return text.split(",")
    try:
        return json.loads(text)
    except ValueError:
        return text


def settings_as_json(settings):
    """{"hidden": "16,8", "beta1": "0.8"} as the members of a JSON body."""
    body = {}
    for key, text in settings.items():
        value = value_of(key, text)
        if key in TOP:
            body[key] = value
            continue
        place = body.setdefault("network" if key in NETWORK else "training", {})
        group = next((name for name, keys in MEMBERS.items() if key in keys), None)
        if key in NAMED:
            place.setdefault(key, {})["name"] = value
        elif group is None:
            place.setdefault(key, value)
        elif isinstance(place.get(group), dict):
            place[group][key] = value
        else:  # early_stopping=1 says no more than its members do
            place[group] = {key: value}
    return body


class Daemon:
    def __init__(self, binary=None, url=None, keep=False):
        self.binary, self.url, self.keep = binary, url, keep
        self.process = self.folder = None
        self.intervals = True  # until it says that it has none
        if url is None and not os.access(binary, os.X_OK):
            sys.exit(f"{binary} is not there: make, or --url")

    def start(self):
        if self.binary is None or self.process and self.process.poll() is None:
            return
        self.remove()
        self.folder = tempfile.mkdtemp(prefix="mlpd-quality-")
        port = os.path.join(self.folder, "port")
        with open(os.path.join(self.folder, "log"), "w") as log:
            self.process = subprocess.Popen(
                [self.binary, "--listen", "127.0.0.1:0", "--port-file", port,
                 "--data", os.path.join(self.folder, "data"), "--disk-reserve", "64M"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + START_S
        while not (os.path.exists(port) and os.path.getsize(port)):
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failed(f"mlpd did not start: {self.last_words()}")
            time.sleep(0.02)
        with open(port) as file:
            self.url = f"http://127.0.0.1:{file.read().strip()}"

    def last_words(self):
        with open(os.path.join(self.folder, "log")) as file:
            return (file.read().strip().splitlines() or ["it said nothing"])[-1]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.remove()

    def remove(self):
        if self.folder and not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        elif self.folder:
            print(f"kept: {self.folder}", file=sys.stderr)
        self.folder = None

    def cpu_s(self):
        """What it has used of the processors, if it is ours."""
        if not self.process:
            return None
        try:
            with open(f"/proc/{self.process.pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def call(self, method, path, body=None, **headers):
        """The answer's bytes."""
        url = urllib.parse.urlsplit(self.url)
        kind = (http.client.HTTPSConnection if url.scheme == "https"
                else http.client.HTTPConnection)
        connection = kind(url.netloc, timeout=600)
        try:
            connection.request(method, path, body,
                               {k.replace("_", "-"): v for k, v in headers.items()})
            response = connection.getresponse()
            answer = response.read()
        except OSError as why:
            died = self.process and self.process.poll() is not None
            raise Failed(f"mlpd died: {self.last_words()}" if died else
                         f"{method} {path}: {why}") from why
        finally:
            connection.close()
        if response.status >= 300:
            try:
                detail = json.loads(answer)["detail"]
            except (ValueError, KeyError, TypeError):
                detail = answer.decode(errors="replace")
            raise Refused(f"{response.status} {detail}")
        return answer

    # --- training -------------------------------------------------------------

    def train(self, data, model, settings, timeout_s, say):
        """Train a set's model with the settings, said as in a query. The job,
        and the seconds from sending the request to the job's end."""
        if data.images:
            request = self.request_images(data, model, settings)
        else:
            request = self.request_table(data, model, settings)
        cpu, start = self.cpu_s(), time.perf_counter()
        job = json.loads(self.call("POST", *request[:2], Content_Type=request[2]))
        while job["finished_at"] is None:
            say(f"epoch {job['epoch']} of {job['epochs']}")
            if time.perf_counter() - start > timeout_s:
                self.call("POST", f"/jobs/{job['id']}/cancel")
                raise Failed(f"cancelled: not ready in {timeout_s:.0f} s")
            job = json.loads(self.call("GET", f"/jobs/{job['id']}?wait={WAIT_S}"))
        wall = time.perf_counter() - start
        if job["state"] != "succeeded":
            raise Failed(f"job {job['id']} is {job['state']}: {job['error']}")
        return job, wall, None if cpu is None else self.cpu_s() - cpu

    def request_table(self, data, model, settings):
        query = {"model": model, "target": data.target, **settings}
        if data.to_declare:
            names = data.to_declare
            query["categorical"] = (json.dumps(names) if any("," in name for name in names)
                                    else ",".join(names))
        query["wait"] = WAIT_S
        return "/train?" + urllib.parse.urlencode(query), data.train_csv, "text/csv"

    def request_images(self, data, model, settings):
        for part, body in zip(("images", "labels"), data.idx_train):
            self.call("PUT", f"/datasets/quality-{part}", body,
                      Content_Type="application/octet-stream")
        body = {"model": model, "dataset": "quality-images",
                "target_dataset": "quality-labels", **settings_as_json(settings)}
        return f"/train?wait={WAIT_S}", json.dumps(body), "application/json"

    # --- prediction -----------------------------------------------------------

    def score(self, data, model, version):
        """The scores of the test rows' predictions."""
        interval = self.intervals and not data.classification
        query = {"model": model, "version": version}
        if interval:
            query["interval"] = "0.9"
        try:
            header, rows = self.predict(data, query)
        except Refused as why:
            if not interval or "interval" not in str(why):
                raise
            self.intervals = False
            return self.score(data, model, version)
        if len(rows) != len(data.x_test):
            raise Failed(f"{len(rows)} predictions for {len(data.x_test)} rows")
        if data.classification:
            return quality_scores.classification(
                data.y_test, [row[0] for row in rows], header[1:],
                [[float(cell) for cell in row[1:]] for row in rows])
        bounds = ([[float(row[header.index(name)]) for row in rows] for name in ("low", "high")]
                  if header[1:] else ())
        return quality_scores.regression(data.y_test, [float(row[0]) for row in rows], *bounds)

    def predict(self, data, query):
        """The CSV answer: its header and all its rows."""
        rows = []
        for part in data.test_parts(PART_ROWS):
            answer = self.call(
                "POST", "/predict?" + urllib.parse.urlencode(query), part, Accept="text/csv",
                Content_Type="application/octet-stream" if data.images else "text/csv")
            header, *more = csv.reader(io.StringIO(answer.decode(), newline=""))
            rows += more
        return header, rows
