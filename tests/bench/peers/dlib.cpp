/* SPDX-License-Identifier: MIT
 *
 * dlib learning MNIST: plain SGD with a learning rate of 0.1, on its own BLAS
 * binding. The nets are types in dlib, so there are these three and no others.
 *
 *   echo "train 784-128-10 32 sgd 1 1 5" | dlib FOLDER */
#include <dlib/dnn.h>
#include <dlib/revision.h>

#include <cstdio>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "../measure.h"

using image = dlib::matrix<float>;
using input = dlib::input<image>;
template <int N, typename Below> using hidden = dlib::relu<dlib::fc<N, Below>>;
template <typename Below>
using output = dlib::loss_multiclass_log<dlib::fc<N_CLASSES, Below>>;

using small_net = output<hidden<16, hidden<16, input>>>;
using middle_net = output<hidden<128, input>>;
using large_net = output<hidden<512, hidden<512, input>>>;

struct examples {
    std::vector<image> x;
    std::vector<unsigned long> y;
};

static examples load(const char *folder, const char *part)
{
    digits raw = digits_load(folder, part);
    examples all;
    for (size_t i = 0; i < raw.n_rows; i++) {
        image x(PIXELS, 1);
        digits_row(&raw, i, x.begin());
        all.x.push_back(x);
        all.y.push_back(raw.labels[i]);
    }
    return all;
}

/* One trainer over batches of shuffled rows; its steps run on its own thread,
 * and get_net() waits for the last of them. */
template <typename Net> class run
{
  public:
    run(const examples &all, size_t batch, unsigned seed)
        : all(all), order(all.x.size()), random(seed), x(batch), y(batch),
          trainer(net, dlib::sgd(0, 0))
    {
        trainer.set_learning_rate(0.1);
        trainer.set_mini_batch_size(batch);
        std::iota(order.begin(), order.end(), size_t{0});
        next = order.size();
    }

    /* Batches for so many seconds; says how many rows a second. */
    double train(double seconds)
    {
        size_t rows = 0;
        double began = now_s();
        double spent;
        do {
            step();
            rows += x.size();
            spent = now_s() - began;
        } while (spent < seconds);
        trainer.get_net();
        return (double)rows / (now_s() - began);
    }

    double accuracy(const examples &test)
    {
        Net &trained = trainer.get_net();
        size_t n = std::min<size_t>(500, test.x.size()), right = 0;
        for (size_t i = 0; i < n; i++)
            right += trained(test.x[i]) == test.y[i];
        return (double)right / (double)n;
    }

  private:
    void step()
    {
        if (next + x.size() > order.size()) {
            std::shuffle(order.begin(), order.end(), random);
            next = 0;
        }
        for (size_t i = 0; i < x.size(); i++) {
            x[i] = all.x[order[next + i]];
            y[i] = all.y[order[next + i]];
        }
        next += x.size();
        trainer.train_one_step(x, y);
    }

    const examples &all;
    std::vector<size_t> order;
    size_t next;
    std::mt19937 random;
    std::vector<image> x;
    std::vector<unsigned long> y;
    Net net;
    dlib::dnn_trainer<Net, dlib::sgd> trainer;
};

template <typename Net>
static void
answer(const request &asked, const examples &all, const examples &test)
{
    run<Net> measured(all, asked.batch, (unsigned)asked.seed);
    measured.train(0.05);
    double rate = measured.train(asked.max_s);
    std::printf("{\"samples_per_s\": %.1f, \"rows\": %.0f, \"seconds\": %.4f, "
                "\"accuracy\": %.4f}\n",
                rate, rate * asked.max_s, asked.max_s, measured.accuracy(test));
    std::fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        die("usage: dlib FOLDER, requests on stdin");
    examples all = load(argv[1], "train");
    examples test = load(argv[1], "t10k");
    std::printf("{\"version\": \"%d.%d\"}\n", DLIB_MAJOR_VERSION,
                DLIB_MINOR_VERSION);
    std::fflush(stdout);
    request asked;
    while (request_read(&asked)) {
        if (std::strcmp(asked.net, "784-16-16-10") == 0)
            answer<small_net>(asked, all, test);
        else if (std::strcmp(asked.net, "784-128-10") == 0)
            answer<middle_net>(asked, all, test);
        else if (std::strcmp(asked.net, "784-512-512-10") == 0)
            answer<large_net>(asked, all, test);
        else
            die("dlib: no such net: %s", asked.net);
    }
    return 0;
}
