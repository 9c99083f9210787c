package io.heddle;

import io.heddle.testing.Stack;
import io.heddle.testing.TcpState;

/**
 * A TCP connection as its two users see it, if whatever one end sends is at the other before anybody does anything
 * more: for each end how many bytes lie there unread, which ends of stream and resets have come, and what was shut.
 */
final class TcpModel {
    private final Stack stack;
    final End left = new End();
    final End right = new End();

    TcpModel(Stack stack) {
        this.stack = stack;
        left.other = right;
        right.other = left;
    }

    /** One of the two; each verb answers what the call on the socket has to. */
    final class End {
        private End other = this;
        private boolean closed;
        private boolean inputShut;
        private boolean outputShut;

        // What the kernel knows.
        private int unread;
        private boolean finSent;
        private boolean finReceived;
        private boolean connected = true;
        private boolean resetPending;

        // What the socket above it has noted.
        private boolean ended;
        private boolean resetReported;
        private boolean writeMetReset;

        /** How many bytes were read so far. */
        private int place;

        boolean isClosed() {
            return closed;
        }

        boolean isInputShut() {
            return inputShut;
        }

        int unread() {
            return unread;
        }

        int place() {
            return place;
        }

        TcpState state() {
            if (!connected) {
                return TcpState.CLOSED;
            }
            return finSent ? TcpState.FIN_WAIT2 : finReceived ? TcpState.CLOSE_WAIT : TcpState.ESTABLISHED;
        }

        boolean readWouldWait() {
            return !ended && !closed && !resetReported && !inputShut && unread == 0 && !finReceived && connected;
        }

        String read(int length) {
            if (ended) {
                return "-1";
            }
            String outcome = readOn(length);
            ended = outcome.equals("-1");
            return outcome;
        }

        private String readOn(int length) {
            if (closed) {
                return "Socket closed";
            }
            if (resetReported) {
                return "Connection reset";
            }
            if (inputShut) {
                return "-1";
            }
            if (unread > 0) {
                int n = Math.min(length, unread);
                unread -= n;
                place += n;
                return String.valueOf(n);
            }
            if (finReceived) {
                return "-1";
            }
            if (connected) {
                return "Read timed out";
            }
            // The JDK takes a reset that a write has met for the end.
            if (!resetPending && stack == Stack.JDK) {
                return "-1";
            }
            assert resetPending || writeMetReset : "nothing but a reset ends a connection without an end";
            resetPending = false;
            resetReported = true;
            return "Connection reset";
        }

        String available() {
            return closed ? "Socket closed" : inputShut ? "0" : String.valueOf(unread);
        }

        String write(int length) {
            if (closed) {
                return "Socket closed";
            }
            if (resetPending) {
                resetPending = false;
                writeMetReset = true;
                return "Connection reset by peer";
            }
            if (outputShut || !connected) {
                return "Broken pipe";
            }
            if (other.closed || (other.inputShut && other.finSent)) {
                // Nobody will ever read it: the other end's kernel refuses it, and gives up the connection.
                other.disconnect();
                disconnect();
            } else {
                other.unread += length;
            }
            return "done";
        }

        String shutdownInput() {
            if (closed) {
                return "Socket is closed";
            }
            if (inputShut) {
                return "Socket input is already shutdown";
            }
            inputShut = true;
            return "done";
        }

        String shutdownOutput() {
            if (closed) {
                return "Socket is closed";
            }
            if (outputShut) {
                return "Socket output is already shutdown";
            }
            outputShut = true;
            sendFin();
            return "done";
        }

        String close() {
            if (!closed) {
                closed = true;
                sendFin();
                if (unread > 0) {
                    sendReset();
                }
            }
            return "done";
        }

        String reset() {
            if (closed) {
                return "Socket is closed";
            }
            closed = true;
            sendReset();
            return "done";
        }

        private void sendFin() {
            if (connected && !finSent) {
                finSent = true;
                other.finReceived = true;
                if (finReceived) {
                    connected = false;
                    other.connected = false;
                }
            }
        }

        private void sendReset() {
            if (connected) {
                connected = false;
                other.disconnect();
            }
        }

        /** A reset that comes after the end of stream is none for who reads: writes get EPIPE for it. */
        private void disconnect() {
            connected = false;
            resetPending = !finReceived;
        }
    }
}
