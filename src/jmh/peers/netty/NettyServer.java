package io.heddle.compare.peers;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * The comparison's server on Netty's event loops, without an HTTP codec: as the others, it looks at one byte of a
 * request. Arguments: port, read timeout in milliseconds (0: none), port of the backend. The system property
 * "transport" is "epoll" or "io_uring".
 */
public final class NettyServer {
    private static final long BULK_BYTES = 1L << 30;
    private static final int CHUNK_BYTES = 64 * 1024;
    private static final long STALL_NANOS = 1_000_000_000;
    private static final ByteBuf PLAIN = answer("", "ok");
    private static final ByteBuf CLOSE = answer("Connection: close\r\n", "ok");
    private static final ByteBuf KIBIBYTE = answer("", "x".repeat(1024));
    private static final ByteBuf KIBIBYTES_64 = answer("", "x".repeat(64 * 1024));
    private static final ByteBuf CHUNK = direct("x".repeat(CHUNK_BYTES));
    private static final ByteBuf DOWNLOAD_HEAD =
            direct("HTTP/1.1 200 OK\r\nContent-Length: " + BULK_BYTES + "\r\n\r\n");
    private static final ByteBuf REQUEST = direct("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");

    private NettyServer() {}

    /** Serves until the process is ended. */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        int timeoutMillis = Integer.parseInt(args[1]);
        int backendPort = Integer.parseInt(args[2]);
        boolean epoll = System.getProperty("transport").equals("epoll");
        int loops = Runtime.getRuntime().availableProcessors();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                loops, epoll ? EpollIoHandler.newFactory() : IoUringIoHandler.newFactory());
        Class<? extends ServerChannel> listener =
                epoll ? EpollServerSocketChannel.class : IoUringServerSocketChannel.class;
        Class<? extends Channel> client = epoll ? EpollSocketChannel.class : IoUringSocketChannel.class;
        new ServerBootstrap()
                .group(group)
                .channel(listener)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (timeoutMillis > 0) {
                            channel.pipeline().addLast(new ReadTimeoutHandler(timeoutMillis, TimeUnit.MILLISECONDS));
                        }
                        channel.pipeline().addLast(new Server(client, backendPort));
                    }
                })
                .bind("127.0.0.1", port)
                .sync()
                .channel()
                .closeFuture()
                .sync();
    }

    private static ByteBuf answer(String headers, String body) {
        return direct("HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private static ByteBuf direct(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(bytes.length).writeBytes(bytes).asReadOnly());
    }

    /** One client's connection. */
    private static final class Server extends ChannelInboundHandlerAdapter {
        private final Class<? extends Channel> type;
        private final int backendPort;
        private Channel backend;
        private long bodyLeft;
        private long downloadLeft;

        Server(Class<? extends Channel> type, int backendPort) {
            this.type = type;
            this.backendPort = backendPort;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf request = (ByteBuf) message;
            try {
                if (bodyLeft > 0) {
                    body(context, request.readableBytes());
                } else {
                    answer(context, request);
                }
            } finally {
                request.release();
            }
        }

        private void answer(ChannelHandlerContext context, ByteBuf request) {
            switch (request.getByte(request.readerIndex() + 5)) {
                case ' ' -> send(context, PLAIN);
                case '1' -> send(context, KIBIBYTE);
                case '6' -> send(context, KIBIBYTES_64);
                case 'c' -> send(context, CLOSE).addListener(ChannelFutureListener.CLOSE);
                case 's' -> {
                    stall();
                    send(context, PLAIN);
                }
                case 'p' -> forward(context);
                case 'd' -> {
                    downloadLeft = BULK_BYTES;
                    context.write(DOWNLOAD_HEAD.duplicate());
                    download(context);
                }
                case 'u' -> {
                    String text = request.toString(StandardCharsets.US_ASCII);
                    String name = "Content-Length: ";
                    int length = text.indexOf(name) + name.length();
                    bodyLeft = Long.parseLong(text.substring(length, text.indexOf('\r', length)));
                    body(context, text.length() - (text.indexOf("\r\n\r\n") + 4));
                }
                default -> context.close();
            }
        }

        private static ChannelFuture send(ChannelHandlerContext context, ByteBuf answer) {
            return context.writeAndFlush(answer.duplicate());
        }

        private void body(ChannelHandlerContext context, int bytes) {
            bodyLeft -= bytes;
            if (bodyLeft == 0) {
                send(context, PLAIN);
            }
        }

        private void download(ChannelHandlerContext context) {
            while (downloadLeft > 0 && context.channel().isWritable()) {
                context.write(CHUNK.duplicate());
                downloadLeft -= CHUNK_BYTES;
            }
            context.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            if (downloadLeft > 0) {
                download(context);
            }
        }

        private void forward(ChannelHandlerContext context) {
            if (backend != null) {
                backend.writeAndFlush(REQUEST.duplicate());
                return;
            }
            Channel client = context.channel();
            new Bootstrap()
                    .group(client.eventLoop())
                    .channel(type)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext from, Object message) {
                            client.writeAndFlush(message);
                        }
                    })
                    .connect("127.0.0.1", backendPort)
                    .addListener((ChannelFuture connected) -> {
                        if (connected.isSuccess()) {
                            backend = connected.channel();
                            backend.writeAndFlush(REQUEST.duplicate());
                        } else {
                            System.err.println("no backend: " + connected.cause());
                            client.close();
                        }
                    });
        }

        private static void stall() {
            long start = System.nanoTime();
            while (System.nanoTime() - start < STALL_NANOS) {
                Thread.onSpinWait();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (backend != null) {
                backend.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            System.err.println("a connection ended: " + cause);
            context.close();
        }
    }
}
