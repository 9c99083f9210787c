// The limit on io_uring(7): multishot accept and recv, a buffer ring, DEFER_TASKRUN; one thread.
// Arguments: port, and two it has no use for. Serves the paths "/", "/1k", "/64k", "/close" and "/stall" of io.heddle.compare.Answers.
#define _GNU_SOURCE
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFERS = 4096, BUFFER_BYTES = 512, STALL_SECONDS = 1 };
enum { ACCEPT = 1, RECV, SEND, SEND_AND_CLOSE };

static struct io_uring ring;
static struct io_uring_buf_ring *buffers;
static char *bytes;
static char plain[128], with_close[128], kib[2048], kib64[65 * 1024];
static int plain_length, with_close_length, kib_length, kib64_length;

static int answer(char *to, const char *headers, int body) {
    int n = sprintf(to, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n", headers, body);
    if (body == 2) memcpy(to + n, "ok", 2);
    else memset(to + n, 'x', body);
    return n + body;
}

static struct io_uring_sqe *sqe(void) {
    struct io_uring_sqe *s = io_uring_get_sqe(&ring);
    if (!s) {
        io_uring_submit(&ring);
        s = io_uring_get_sqe(&ring);
    }
    return s;
}

static void receive(int f) {
    struct io_uring_sqe *s = sqe();
    io_uring_prep_recv_multishot(s, f, NULL, 0, 0);
    s->flags |= IOSQE_BUFFER_SELECT;
    s->buf_group = 0;
    s->user_data = ((__u64)RECV << 32) | f;
}

static void send_all(int f, const char *from, int length, int kind) {
    struct io_uring_sqe *s = sqe();
    io_uring_prep_send(s, f, from, length, length > 4096 ? MSG_WAITALL : 0);
    s->user_data = ((__u64)kind << 32) | f;
    if (kind == SEND) s->flags |= IOSQE_CQE_SKIP_SUCCESS;
}

static void stall(void) {
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) + (now.tv_nsec - start.tv_nsec) / 1e9 < STALL_SECONDS);
}

static void serve(int f, const char *request) {
    switch (request[5]) {
    case ' ': send_all(f, plain, plain_length, SEND); break;
    case '1': send_all(f, kib, kib_length, SEND); break;
    case '6': send_all(f, kib64, kib64_length, SEND); break;
    case 'c': send_all(f, with_close, with_close_length, SEND_AND_CLOSE); break;
    case 's': stall(); send_all(f, plain, plain_length, SEND); break;
    default: shutdown(f, SHUT_RDWR);  // the pending recv then ends, and with it the descriptor
    }
}

static void received(int f, const struct io_uring_cqe *cqe) {
    if (cqe->res > 0) {
        int b = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
        serve(f, bytes + b * BUFFER_BYTES);
        io_uring_buf_ring_add(buffers, bytes + b * BUFFER_BYTES, BUFFER_BYTES, b, BUFFERS - 1, 0);
        io_uring_buf_ring_advance(buffers, 1);
        if (!(cqe->flags & IORING_CQE_F_MORE)) receive(f);
    } else if (cqe->res == -105) {  // ENOBUFS
        receive(f);
    } else {
        close(f);
    }
}

static int fail(const char *what, int error) {
    fprintf(stderr, "%s: %s\n", what, strerror(-error));
    return 1;
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    signal(SIGPIPE, SIG_IGN);
    plain_length = answer(plain, "", 2);
    with_close_length = answer(with_close, "Connection: close\r\n", 2);
    kib_length = answer(kib, "", 1024);
    kib64_length = answer(kib64, "", 64 * 1024);
    int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(s, (void *)&a, sizeof a) != 0 || listen(s, 4096) != 0) { perror("listen"); return 1; }

    struct io_uring_params p = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
                                .cq_entries = 16384};
    int e = io_uring_queue_init_params(4096, &ring, &p);
    if (e) return fail("io_uring_setup", e);
    if (posix_memalign((void **)&buffers, 4096, BUFFERS * sizeof(struct io_uring_buf))) return 1;
    struct io_uring_buf_reg reg = {.ring_addr = (unsigned long)buffers, .ring_entries = BUFFERS};
    e = io_uring_register_buf_ring(&ring, &reg, 0);
    if (e) return fail("io_uring_register_buf_ring", e);
    io_uring_buf_ring_init(buffers);
    bytes = malloc(BUFFERS * BUFFER_BYTES);
    for (int i = 0; i < BUFFERS; i++)
        io_uring_buf_ring_add(buffers, bytes + i * BUFFER_BYTES, BUFFER_BYTES, i, BUFFERS - 1, i);
    io_uring_buf_ring_advance(buffers, BUFFERS);

    struct io_uring_sqe *q = sqe();
    io_uring_prep_multishot_accept(q, s, 0, 0, 0);
    q->user_data = (__u64)ACCEPT << 32;
    for (;;) {
        io_uring_submit_and_wait(&ring, 1);
        struct io_uring_cqe *cqe;
        unsigned i, n = 0;
        io_uring_for_each_cqe(&ring, i, cqe) {
            n++;
            int kind = cqe->user_data >> 32, f = (int)cqe->user_data;
            if (kind == ACCEPT && cqe->res >= 0) {
                setsockopt(cqe->res, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                receive(cqe->res);
            } else if (kind == RECV) {
                received(f, cqe);
            } else if (kind == SEND_AND_CLOSE) {
                shutdown(f, SHUT_RDWR);
            }
        }
        io_uring_cq_advance(&ring, n);
    }
}
