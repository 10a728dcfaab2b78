"""PyTorch learning MNIST on the processor: eager (modules, autograd, an
optimizer) and a step written by hand (products in place, no autograd).

    echo "train 784-128-10 32 sgd 1 1 5" | torch_train.py FOLDER THREADS

HOW is sgd or adam (eager), or hand (sgd). The whole set lies in memory as
float32; its rows are shuffled into place chunk by chunk, which is faster than
row by row and no slower than all at once."""
import sys
import time

import torch

import contender

FOLDER, THREADS = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(THREADS)
X, Y = (torch.from_numpy(part) for part in contender.digits(FOLDER, "train"))
TEST_X, TEST_Y = (torch.from_numpy(part) for part in contender.digits(FOLDER, "t10k"))
ONE_HOT = torch.eye(10)


class Eager:
    def __init__(self, widths, optimizer):
        layers = []
        for n_in, n_out in zip(widths, widths[1:]):
            layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
        self.net = torch.nn.Sequential(*layers[:-1])
        parameters = self.net.parameters()
        self.optimizer = (torch.optim.Adam(parameters, lr=0.001) if optimizer == "adam"
                          else torch.optim.SGD(parameters, lr=0.1))

    def learn(self, x, y, batch):
        net, optimizer = self.net, self.optimizer
        loss_of = torch.nn.functional.cross_entropy
        for i in range(0, len(x), batch):
            optimizer.zero_grad(set_to_none=True)
            loss_of(net(x[i:i + batch]), y[i:i + batch]).backward()
            optimizer.step()

    def predict(self, x):
        with torch.inference_mode():
            return self.net(x)


class Hand:
    """w: [in, out]. The step goes into the weights by one addmm_ each; each
    delta is found before the weights that it needs are changed."""

    def __init__(self, widths):
        layers = [torch.nn.Linear(*pair) for pair in zip(widths, widths[1:])]
        self.w = [layer.weight.detach().t().contiguous() for layer in layers]
        self.b = [layer.bias.detach().clone() for layer in layers]

    @torch.inference_mode()
    def learn(self, x, y, batch):
        w, b, last = self.w, self.b, len(self.w) - 1
        targets = ONE_HOT[y]
        for i in range(0, len(x), batch):
            a = [x[i:i + batch]]
            for k in range(last):
                a.append(torch.addmm(b[k], a[k], w[k]).relu_())
            logits = torch.addmm(b[last], a[last], w[last])
            delta = torch.softmax(logits, 1).sub_(targets[i:i + batch])
            rate = -0.1 / len(delta)
            for k in range(last, -1, -1):
                below = delta @ w[k].t() if k else None
                if k:
                    below.mul_(a[k] > 0)
                w[k].addmm_(a[k].t(), delta, alpha=rate)
                b[k].add_(delta.sum(0), alpha=rate)
                delta = below

    @torch.inference_mode()
    def predict(self, x):
        for k in range(len(self.w)):
            x = torch.addmm(self.b[k], x, self.w[k])
            if k + 1 < len(self.w):
                x = x.relu_()
        return x


def accuracy(learner, limit):
    right = learner.predict(TEST_X[:limit]).argmax(1) == TEST_Y[:limit]
    return right.float().mean().item()


def run(learner, batch, min_s, max_s):
    """Whole epochs for min_s at least, cut at max_s: rows and seconds."""
    chunk = contender.CHUNK // batch * batch
    rows, began = 0, time.perf_counter()
    while True:
        order = torch.randperm(len(X))
        for i in range(0, len(X), chunk):
            part = order[i:i + chunk]
            learner.learn(X[part], Y[part], batch)
            rows += len(part)
            spent = time.perf_counter() - began
            if spent >= max_s:
                return rows, spent
        if spent >= min_s:
            return rows, spent


def learner_of(request):
    torch.manual_seed(request.seed)
    widths = contender.widths(request.net)
    return Hand(widths) if request.how == "hand" else Eager(widths, request.how)


def to_accuracy(request):
    """Seconds of training, without the looks at the test digits."""
    learner, spent, epochs, reply = learner_of(request), 0, 0, {}
    while spent < request.max_s and "s98" not in reply:
        spent += run(learner, request.batch, 0, request.max_s)[1]
        epochs += 1
        reached = accuracy(learner, None)
        for goal in (97, 98):
            if reached >= goal / 100 and f"s{goal}" not in reply:
                reply |= {f"s{goal}": spent, f"epochs{goal}": epochs}
    return reply


def answer(request):
    run(learner_of(request), request.batch, 0, contender.WARM_UP_S)
    if request.task == "accuracy":
        return to_accuracy(request)
    learner = learner_of(request)
    rows, seconds = run(learner, request.batch, request.min_s, request.max_s)
    return {"samples_per_s": rows / seconds, "rows": rows, "seconds": seconds,
            "accuracy": accuracy(learner, 2000)}


contender.serve(torch.__version__, answer)
