# SPDX-License-Identifier: MIT
"""What people serve a 784-128-10 network with today, for predict_http.py: FastAPI
around scikit-learn (PEER=scikit-learn, the body checked by pydantic) or around
two products of NumPy (PEER=numpy, the least that one would write)."""
import os

for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import warnings

import fastapi
import numpy
import pydantic

FEATURES, HIDDEN, CLASSES = 784, 128, 10
app = fastapi.FastAPI()
rng = numpy.random.default_rng(1)


def answer(probabilities):
    return {"label": int(probabilities.argmax()),
            "probabilities": probabilities.tolist()}


if os.environ["PEER"] == "scikit-learn":
    import sklearn.neural_network

    model = sklearn.neural_network.MLPClassifier((HIDDEN,), max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(rng.random((100, FEATURES), dtype=numpy.float32),
                  numpy.arange(100) % CLASSES)

    class Question(pydantic.BaseModel):
        inputs: list[list[float]]

    @app.post("/predict")
    async def predict(question: Question):
        rows = numpy.asarray(question.inputs, dtype=numpy.float32)
        return answer(model.predict_proba(rows)[0])

else:
    w = [rng.normal(0, 0.05, shape).astype(numpy.float32)
         for shape in ((FEATURES, HIDDEN), (HIDDEN, CLASSES))]
    b = [numpy.zeros(n, numpy.float32) for n in (HIDDEN, CLASSES)]

    @app.post("/predict")
    async def predict(request: fastapi.Request):
        rows = numpy.asarray((await request.json())["inputs"], dtype=numpy.float32)
        h = numpy.maximum(rows / 255 @ w[0] + b[0], 0)
        z = h @ w[1] + b[1]
        e = numpy.exp(z - z.max())
        return fastapi.responses.JSONResponse(answer((e / e.sum())[0]))
