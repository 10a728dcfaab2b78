"""The data sets: a folder each with meta.json, train.csv and test.csv, or the
four IDX files of MNIST."""
import csv
import gzip
import hashlib
import io
import json
import os

import numpy as np

ORDER = ("iris", "wdbc", "diabetes", "soybean", "spam", "letter", "california",
         "adult", "diamonds", "flights_late", "mnist")
IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte",
             "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


class Set:
    """One data set. A table has train_csv and header, x_train and x_test as
    rows of text; images have them as bytes, [n, 28, 28]. y_*: text or float."""

    def __init__(self, name, folder):
        self.name, self.folder = name, folder
        self.images = name == "mnist"
        if self.images:
            self.load_images()
        else:
            self.load_table()
        self.classification = self.task != "regression"

    def path(self, file):
        return os.path.join(self.folder, file)

    def load_table(self):
        with open(self.path("meta.json")) as file:
            meta = json.load(file)
        self.task, self.target = meta["task"], meta["target"]
        with open(self.path("train.csv"), "rb") as file:
            self.train_csv = file.read()
        self.sha256 = hashlib.sha256(self.train_csv).hexdigest()
        self.header, self.x_train, self.y_train = self.parse(self.train_csv)
        with open(self.path("test.csv"), "rb") as file:
            _, self.x_test, self.y_test = self.parse(file.read())
        self.categorical = [name in meta["categorical"] for name in self.header]
        # Codes that look like amounts: nobody could guess what they are.
        self.to_declare = [
            name for i, name in enumerate(self.header)
            if self.categorical[i] and all(is_number(row[i]) for row in self.x_train if row[i])]

    def parse(self, text):
        rows = list(csv.reader(io.StringIO(text.decode(), newline="")))
        at = rows[0].index(self.target)
        y = [row[at] for row in rows[1:]]
        if self.task == "regression":
            y = [float(cell) for cell in y]
        without = [row[:at] + row[at + 1:] for row in rows]
        return without[0], without[1:], y

    def load_images(self):
        self.task, self.target, self.to_declare = "multiclass", "label", []
        raw = {}
        for name in IDX_FILES:
            raw[name] = read_maybe_gz(self.path(name))
        self.sha256 = hashlib.sha256(raw[IDX_FILES[0]] + raw[IDX_FILES[1]]).hexdigest()
        self.idx_train = raw[IDX_FILES[0]], raw[IDX_FILES[1]]
        self.x_train, self.x_test = pixels(raw[IDX_FILES[0]]), pixels(raw[IDX_FILES[2]])
        self.y_train, self.y_test = ([str(k) for k in raw[name][8:]]
                                     for name in (IDX_FILES[1], IDX_FILES[3]))

    def test_parts(self, rows_max):
        """The test rows without their target, as bodies of POST /predict."""
        for start in range(0, len(self.x_test), rows_max):
            part = self.x_test[start:start + rows_max]
            if self.images:
                shape = b"".join(n.to_bytes(4, "big") for n in part.shape)
                yield b"\0\0\x08\x03" + shape + part.tobytes()
            else:
                text = io.StringIO(newline="")
                csv.writer(text).writerows([self.header] + part)
                yield text.getvalue().encode()


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_maybe_gz(path):
    if os.path.exists(path):
        with open(path, "rb") as file:
            return file.read()
    with gzip.open(path + ".gz") as file:
        return file.read()


def pixels(idx):
    n, height, width = (int.from_bytes(idx[i:i + 4], "big") for i in (4, 8, 12))
    return np.frombuffer(idx, np.uint8, offset=16).reshape(n, height, width)


def find(name, folders):
    """The folder that has the set, or None."""
    wanted = IDX_FILES if name == "mnist" else ("meta.json", "train.csv", "test.csv")
    for folder in folders:
        if all(os.path.exists(os.path.join(folder, file)) or
               os.path.exists(os.path.join(folder, file + ".gz")) for file in wanted):
            return folder
    return None
