"""How good are the models that mlpd trains with nothing said but the target?
Beside scikit-learn's MLP and its histogram gradient boosting, on real data.

Called by run.sh; README.md says how the figures are taken. From the
environment: BUILD (where mlpd is), DATA (a folder of data sets), MNIST (a
folder with MNIST's files), QUICK=1 (the small sets, one seed)."""
import argparse
import json
import os
import signal
import sys
import time
import traceback
import urllib.parse

import quality_peers
import quality_report
import quality_sets
from quality_daemon import Daemon, Failed, Refused

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", os.path.join(TOP, "build"))
QUICK = os.environ.get("QUICK", "") not in ("", "0")
SLOW_HGB = ("mnist",)  # --all


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def arguments():
    parser = argparse.ArgumentParser(prog="quality", description=__doc__.split("\n\n")[0])

    def words(text):
        return [] if text == "none" else text.split(",")

    parser.add_argument("--sets", type=words, metavar="A,B",
                        default=["iris", "wdbc", "diabetes"] if QUICK else quality_sets.ORDER)
    parser.add_argument("--seeds", type=words, metavar="0,1", default=["0"] if QUICK
                        else ["0", "1", "2"])
    parser.add_argument("--quality", choices=("fast", "balanced", "best", "none"),
                        default="none", help="none (the default) says nothing")
    parser.add_argument("--extra", metavar="K=V&K=V", default="",
                        help="more settings of the training")
    parser.add_argument("--peers", type=words, metavar="mlp,hgb", default=["mlp", "hgb"],
                        help="or none")
    parser.add_argument("--peers-only", action="store_true", help="train no mlpd")
    parser.add_argument("--fresh", action="store_true", help="measure the peers anew")
    parser.add_argument("--all", action="store_true", help="also HGB on mnist, which is slow")
    parser.add_argument("--timeout", type=float, default=3600, metavar="SECONDS",
                        help="cancel a training that takes longer (3600)")
    parser.add_argument("--url", help="of a daemon that runs already")
    parser.add_argument("--keep", action="store_true", help="keep the daemon's folder")
    parser.add_argument("--json", metavar="FILE", help="write everything there is")
    options = parser.parse_args()
    for name in options.sets:
        if name not in quality_sets.ORDER:
            parser.error(f"no such set: {name} ({' '.join(quality_sets.ORDER)})")
    for peer in options.peers:
        if peer not in quality_peers.NAMES:
            parser.error(f"no such peer: {peer} (mlp, hgb, none)")
    return options


def folders(name):
    data = os.environ.get("DATA", os.path.join(TOP, "..", "shared", "data"))
    places = [os.path.join(data, name), os.path.join(TOP, "tests", "data", name)]
    if name == "mnist":
        places += [os.environ.get("MNIST", ""), os.path.join(TOP, "build", "demo", "mnist")]
    return places


class Run:
    def __init__(self, options):
        self.options = options
        self.settings = dict(urllib.parse.parse_qsl(options.extra, keep_blank_values=True,
                                                    strict_parsing=bool(options.extra)))
        if options.quality != "none":
            self.settings["quality"] = options.quality
        self.result = {"settings": urllib.parse.urlencode(self.settings), "sets": {},
                       "seeds": options.seeds, "errors": [], "notes": [],
                       "mlpd_version": "", "sklearn_version": quality_peers.version(),
                       "started_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        self.cache = quality_peers.Cache(
            os.path.join(BUILD, "bench", "quality-peers.json"), options.fresh)
        self.daemon = Daemon(None if options.url or options.peers_only
                             else os.path.join(BUILD, "mlpd"), options.url or "")

    def note(self, text, kind="notes"):
        if text not in self.result[kind]:
            self.result[kind].append(text)
            say(text)

    def set(self, name):
        folder = quality_sets.find(name, folders(name))
        if folder is None:
            return self.note(f"{name} is left out: it is not in DATA")
        data = quality_sets.Set(name, folder)
        entry = self.result["sets"][name] = {"task": data.task, "sha256": data.sha256,
                                             "quality": "balanced"}
        if data.to_declare:
            self.note(f"{name}: categorical= names {len(data.to_declare)} columns whose "
                      "codes are numbers")
        if not self.options.peers_only:
            self.train(data, entry)
        for peer in self.options.peers:
            self.peer(data, peer, entry)
        self.save()

    def train(self, data, entry):
        for seed in self.options.seeds:
            where = f"{data.name} seed {seed}"
            say(f"{where}: mlpd …")
            try:
                self.daemon.start()
                run = self.train_once(data, seed)
            except Refused as why:
                # Another seed would be refused as well.
                return self.note(f"{data.name}: refused, {str(why)[:300]}", "errors")
            except Failed as why:
                self.note(f"{where}: {str(why)[:300]}", "errors")
                continue
            entry.setdefault("mlpd", {})[seed] = run
            entry["quality"] = run["job"]["spec"].get("quality", entry["quality"])
            say(f"{where}: mlpd {brief(run)}")
        return None

    def train_once(self, data, seed):
        model = f"quality-{data.name}-{seed}"
        job, wall, cpu = self.daemon.train(
            data, model, {"seed": seed, **self.settings}, self.options.timeout,
            lambda text: say(f"{data.name} seed {seed}: {text}"))
        scores = self.daemon.score(data, model, job["result"]["version"])
        if not data.classification and not self.daemon.intervals:
            self.note("no intervals: this mlpd does not have them")
        return {"scores": scores, "wall_s": wall, "cpu_s": cpu, "load": os.getloadavg()[0],
                "job": job}

    def peer(self, data, peer, entry):
        if quality_peers.sklearn is None:
            return self.note("no peers: python3-sklearn is not installed")
        name = quality_peers.NAMES[peer]
        if peer == "hgb" and data.name in SLOW_HGB and not self.options.all:
            return self.note(f"{data.name}: no {name}, which is slow there (--all)")
        if peer == "mlp" and data.name in quality_peers.MAX_ITER:
            self.note(f"{data.name}: {name} with max_iter={quality_peers.MAX_ITER[data.name]}")
        for seed in self.options.seeds:
            run = self.cache.get(data, peer, int(seed), say)
            entry.setdefault(peer, {})[seed] = run
            say(f"{data.name} seed {seed}: {name} {brief(run)}")
        return None

    def save(self):
        if self.options.json:
            with open(self.options.json, "w") as file:
                json.dump(self.result, file, indent=1)

    def all(self):
        if not self.options.peers_only:
            self.daemon.start()
            version = json.loads(self.daemon.call("GET", "/version"))
            self.result["mlpd_version"] = version.get("version", "")
        for name in self.options.sets:
            try:
                self.set(name)
            except Exception as why:  # a set's trouble is its own
                traceback.print_exc()
                self.note(f"{name}: {type(why).__name__}: {why}", "errors")


def brief(run):
    scores = ", ".join(f"{name} {value:.4g}" for name, value in run["scores"].items())
    return f"{scores}, {run['wall_s']:.2f} s"


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    run = Run(arguments())
    signal.signal(signal.SIGTERM, interrupt)  # the daemon must not be left behind
    try:
        run.all()
    except (Refused, Failed) as why:
        sys.exit(str(why))
    except KeyboardInterrupt:
        run.note("interrupted", "errors")
    finally:
        run.daemon.stop()
    run.save()
    quality_report.show(run.result)
    if "interrupted" in run.result["errors"]:
        return 130
    return 0 if run.result["sets"] else 1


if __name__ == "__main__":
    sys.exit(main())
