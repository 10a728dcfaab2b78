/* SPDX-License-Identifier: MIT */
#include "http/peer.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

static int64_t transfer_ms(uint64_t n_bytes)
{
    uint64_t ms = PEER_TRANSFER_MS + n_bytes / PEER_BYTES_PER_MS;
    return ms < PEER_TRANSFER_MAX_MS ? (int64_t)ms : PEER_TRANSFER_MAX_MS;
}

static void begin(struct peer *peer, enum peer_turn turn, int64_t now_ms)
{
    peer->turn = turn;
    peer->begun_ms = now_ms;
    peer->n_bytes = 0;
    peer->looked = peer->silent = false;
    peer->deserted = NULL;
}

void peer_let_ask(struct peer *peer, int64_t now_ms, int64_t within_ms)
{
    if (peer == NULL)
        return;
    begin(peer, PEER_ASKING, now_ms);
    peer->deadline_ms = now_ms + within_ms;
}

void peer_has_sent(struct peer *peer, int64_t now_ms, uint64_t n)
{
    if (peer == NULL || peer->turn != PEER_SENDING)
        return;
    peer->n_bytes += n;
    peer->silent = false;
    int64_t rate_ms = peer->begun_ms + transfer_ms(peer->n_bytes);
    int64_t stall_ms = now_ms + PEER_STALL_MS;
    peer->deadline_ms = stall_ms < rate_ms ? stall_ms : rate_ms;
}

void peer_let_send(struct peer *peer, int64_t now_ms)
{
    if (peer == NULL)
        return;
    begin(peer, PEER_SENDING, now_ms);
    peer_has_sent(peer, now_ms, 0);
}

void peer_let_wait(struct peer *peer)
{
    if (peer == NULL)
        return;
    begin(peer, PEER_WAITING, 0);
    peer->deadline_ms = INT64_MAX;
}

void peer_let_read(struct peer *peer, int64_t now_ms, uint64_t n_bytes)
{
    if (peer == NULL)
        return;
    begin(peer, PEER_READING, now_ms);
    peer->n_bytes = n_bytes;
    peer->deadline_ms = now_ms + transfer_ms(0);
}

/* Bytes that the client's system has acknowledged since the connection began.
 * False: nobody counts, as on a Unix socket. */
static bool count_taken(const struct peer *peer, uint64_t *out)
{
    struct tcp_info info;
    socklen_t length = sizeof info;
    if (getsockopt(peer->fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 ||
        length < offsetof(struct tcp_info, tcpi_bytes_acked) +
                     sizeof info.tcpi_bytes_acked)
        return false;
    *out = info.tcpi_bytes_acked;
    return true;
}

void peer_let_stream(struct peer *peer, int64_t now_ms, atomic_bool *deserted)
{
    if (peer == NULL)
        return;
    begin(peer, PEER_STREAMING, now_ms);
    peer->deserted = deserted;
    peer->deadline_ms = now_ms + transfer_ms(0);
}

/* Where nobody counts, that there is room must do. */
void peer_has_taken(struct peer *peer, int64_t now_ms)
{
    uint64_t taken = 0;
    if (peer == NULL || peer->turn != PEER_STREAMING)
        return;
    if (count_taken(peer, &taken)) {
        if (peer->looked && taken == peer->n_before)
            return;
        peer->n_before = taken;
        peer->looked = true;
    }
    peer->deadline_ms = now_ms + transfer_ms(0);
}

/* Where nobody counts, all of the answer's time is given at once. */
bool peer_is_late(struct peer *peer, int64_t now_ms)
{
    uint64_t taken = 0;
    if (now_ms < peer->deadline_ms)
        return false;
    if (peer->turn == PEER_READING) {
        uint64_t n = peer->n_bytes;
        if (count_taken(peer, &taken))
            n = peer->looked ? taken - peer->n_before : 0;
        peer->deadline_ms = peer->begun_ms + transfer_ms(n);
    }
    if (peer->turn == PEER_STREAMING && count_taken(peer, &taken))
        peer_has_taken(peer, now_ms);
    return now_ms >= peer->deadline_ms;
}

static bool is_turned_off(const struct peer *peer)
{
    char byte;
    return recv(peer->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool peer_has_left(struct peer *peer)
{
    if (peer->turn == PEER_READING && !peer->looked)
        peer->looked = count_taken(peer, &peer->n_before);
    if (peer->turn == PEER_WAITING || peer->turn == PEER_READING ||
        !is_turned_off(peer))
        return false;
    /* At the first look, bytes that came before the end may be waiting in the
     * daemon to be worked on. */
    bool again = peer->silent;
    peer->silent = true;
    return again;
}
