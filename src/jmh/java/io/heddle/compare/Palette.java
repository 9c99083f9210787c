package io.heddle.compare;

/** A colour for each server, the same in every chart, that can be told apart on light and on dark. */
final class Palette {
    private Palette() {}

    static String colour(String server) {
        return switch (server.replace(ServerKind.TIMEOUT, "")) {
            case "heddle-edge" -> "#2f7de1";
            case "heddle-oneshot" -> "#6aa9f4";
            case "heddle-hosted" -> "#8f7ee7";
            case "jdk-socket" -> "#e0762f";
            case "jdk-channel" -> "#e9a04b";
            case "jdk-poller1" -> "#c9543f";
            case "netty-epoll" -> "#3d9a50";
            case "netty-io_uring" -> "#7fbf6a";
            case "helidon-4.5.0" -> "#c2509b";
            case "helidon-4.3.4" -> "#d98abf";
            case "go" -> "#2aa5a5";
            case "c-io_uring" -> "#a3a3a3";
            default -> "#767676";
        };
    }
}
