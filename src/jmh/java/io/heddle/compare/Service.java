package io.heddle.compare;

import java.io.EOFException;
import java.io.IOException;

/** Serves one connection; the same code for Heddle and for the JDK, so that only the sockets differ. */
final class Service implements AutoCloseable {
    private final Wire client;
    private Wire backend;

    private Service(Wire client) {
        this.client = client;
    }

    /** Answers until the client ends the connection. */
    static void serve(Wire client) throws IOException {
        try (Service service = new Service(client)) {
            service.answerAll();
        }
    }

    private void answerAll() throws IOException {
        byte[] request = new byte[Answers.REQUEST_BYTES];
        int n;
        while ((n = client.read(request, 0, request.length)) > 0) {
            byte kind = Answers.kind(request);
            if (kind == ' ') {
                client.write(Answers.PLAIN, 0, Answers.PLAIN.length);
            } else if (kind == 'c') {
                send(Answers.CLOSE);
                return;
            } else {
                answer(kind, request, n);
            }
        }
    }

    private void answer(byte kind, byte[] request, int n) throws IOException {
        switch (kind) {
            case '1' -> send(Answers.KIBIBYTE);
            case '6' -> send(Answers.KIBIBYTES_64);
            case 'd' -> download();
            case 'u' -> upload(Answers.bodyBytesLeft(request, n));
            case 'p' -> forward(request);
            case 's' -> {
                Answers.stall();
                send(Answers.PLAIN);
            }
            default -> throw new IOException("a path of the comparison begins with 1, 6, c, d, u, p or s: " + kind);
        }
    }

    private void send(byte[] answer) throws IOException {
        client.write(answer, 0, answer.length);
    }

    private void download() throws IOException {
        send(Answers.DOWNLOAD_HEAD);
        byte[] chunk = Answers.body(Answers.CHUNK_BYTES);
        for (long left = Answers.BULK_BYTES; left > 0; left -= chunk.length) {
            client.write(chunk, 0, chunk.length);
        }
    }

    private void upload(long bytes) throws IOException {
        byte[] chunk = new byte[Answers.CHUNK_BYTES];
        for (long left = bytes; left > 0; ) {
            int n = client.read(chunk, 0, (int) Math.min(chunk.length, left));
            if (n < 0) {
                throw new EOFException("an upload must be complete: left=" + left);
            }
            left -= n;
        }
        send(Answers.PLAIN);
    }

    private void forward(byte[] buffer) throws IOException {
        if (backend == null) {
            backend = client.connectToBackend();
        }
        backend.write(Answers.REQUEST, 0, Answers.REQUEST.length);
        for (int got = 0; got < Answers.PLAIN.length; ) {
            int n = backend.read(buffer, 0, buffer.length);
            if (n < 0) {
                throw new EOFException("the backend must answer");
            }
            client.write(buffer, 0, n);
            got += n;
        }
    }

    @Override
    public void close() throws IOException {
        if (backend != null) {
            backend.close();
        }
    }
}
