package io.heddle.internal.sys;

import java.io.ByteArrayOutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * {@code struct sockaddr_un}, unix(7).
 *
 * <pre>
 *   0      2                        110
 *   +------+------------------------+
 *   |family| path                   |
 *   +------+------------------------+
 *
 *   a file     path = its bytes and a NUL      size = 2 + length + 1
 *   abstract   path = a NUL and its bytes      size = 2 + 1 + length, and no NUL at the end
 *   unnamed    nothing                         size = 2, or 0 from recvmsg(2)
 * </pre>
 *
 * An abstract name is a path that begins with {@code @}, as ss(8) shows it; a file of such a name is written
 * {@code ./@name}. A byte that a path cannot hold is <code>&#92;xHH</code> there. The unnamed address is the empty
 * path. So is one whose path is no text in the encoding of paths: a peer chooses its name, and must neither fail the
 * call that asks for it nor pass for another file.
 */
public final class SockAddrUn {
    /** The most bytes of a path or an abstract name; both have one NUL beside them. */
    public static final int NAME_MAX = 107;

    private static final int PATH = 2;
    private static final int SIZE = 110;
    private static final char ABSTRACT = '@';
    private static final HexFormat HEX = HexFormat.of();

    /** How the JDK turns the text of a path into bytes. */
    private static final Charset PATHS = Charset.forName(
            System.getProperty("sun.jnu.encoding", Charset.defaultCharset().name()));

    static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    private SockAddrUn() {}

    /** Writes an address to the start of the memory; returns its size in bytes, or -ENAMETOOLONG. */
    static int write(ByteBuffer at, UnixDomainSocketAddress address) {
        String text = address.getPath().toString();
        boolean isAbstract = !text.isEmpty() && text.charAt(0) == ABSTRACT;
        byte[] name = isAbstract ? unescape(text.substring(1)) : text.getBytes(PATHS);
        if (name.length > NAME_MAX) {
            return -Errno.ENAMETOOLONG;
        }
        at.put(0, new byte[SIZE]);
        at.putShort(0, (short) Socket.AF_UNIX);
        at.put(isAbstract ? PATH + 1 : PATH, name);
        return text.isEmpty() ? PATH : PATH + name.length + 1;
    }

    /** Reads an address of that size, as the kernel says. Does not fail. */
    static UnixDomainSocketAddress read(ByteBuffer at, int size) {
        // The kernel counts a NUL behind a path of 108 bytes, which is not in the structure.
        int length = Math.min(size, SIZE) - PATH;
        if (length <= 0) {
            return UNNAMED;
        }
        byte[] path = new byte[length];
        at.get(PATH, path);
        if (path[0] == 0) {
            return UnixDomainSocketAddress.of(ABSTRACT + escape(path));
        }
        int end = 0;
        while (end < length && path[end] != 0) {
            end++;
        }
        byte[] name = Arrays.copyOf(path, end);
        String text = new String(name, PATHS);
        if (!Arrays.equals(text.getBytes(PATHS), name)) {
            return UNNAMED;
        }
        return UnixDomainSocketAddress.of(name[0] == ABSTRACT ? "./" + text : text);
    }

    /** The bytes from the second on, as text that {@link #unescape} turns back, and that a path does not change. */
    private static String escape(byte[] path) {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i < path.length; i++) {
            byte b = path[i];
            // A path loses a slash behind a slash and at its end.
            boolean lost = b == '/' && (i == path.length - 1 || path[i - 1] == '/');
            if (b < ' ' || b > '~' || b == '\\' || lost) {
                text.append("\\x").append(HEX.toHexDigits(b));
            } else {
                text.append((char) b);
            }
        }
        return text.toString();
    }

    private static byte[] unescape(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] plain = text.getBytes(PATHS);
        for (int i = 0; i < plain.length; i++) {
            boolean escaped = i + 3 < plain.length
                    && plain[i] == '\\'
                    && plain[i + 1] == 'x'
                    && HexFormat.isHexDigit(plain[i + 2])
                    && HexFormat.isHexDigit(plain[i + 3]);
            if (escaped) {
                bytes.write(HexFormat.fromHexDigits(new String(plain, i + 2, 2, PATHS)));
                i += 3;
            } else {
                bytes.write(plain[i]);
            }
        }
        return bytes.toByteArray();
    }
}
