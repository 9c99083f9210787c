package io.heddle.internal.sys;

/** Error numbers of Linux on x86-64 and aarch64, errno(3): the two share the asm-generic table. */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EEXIST = 17;
    public static final int ENOTDIR = 20;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int ENOSPC = 28;
    public static final int EPIPE = 32;
    public static final int ENAMETOOLONG = 36;
    public static final int ENOSYS = 38;
    public static final int ENONET = 64;
    public static final int EPROTO = 71;
    public static final int ENOTSOCK = 88;
    public static final int EDESTADDRREQ = 89;
    public static final int EMSGSIZE = 90;
    public static final int EPROTOTYPE = 91;
    public static final int ENOPROTOOPT = 92;
    public static final int EOPNOTSUPP = 95;
    public static final int EAFNOSUPPORT = 97;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETDOWN = 100;
    public static final int ENETUNREACH = 101;
    public static final int ECONNABORTED = 103;
    public static final int ECONNRESET = 104;
    public static final int ENOBUFS = 105;
    public static final int EISCONN = 106;
    public static final int ENOTCONN = 107;
    public static final int ETOOMANYREFS = 109;
    public static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;
    public static final int EHOSTDOWN = 112;
    public static final int EHOSTUNREACH = 113;
    public static final int EALREADY = 114;
    public static final int EINPROGRESS = 115;

    private static final int BSD_EAGAIN = 35;

    private static final String[] NAMES = new String[134];

    static {
        String[] low =
                ("EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK"
                    + " EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC"
                    + " ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP")
                        .split(" ");
        System.arraycopy(low, 0, NAMES, 1, low.length);
        String[] net =
                ("ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP"
                                + " EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET"
                                + " ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT"
                                + " ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS")
                        .split(" ");
        System.arraycopy(net, 0, NAMES, 88, net.length);
        NAMES[EPROTO] = "EPROTO";
        NAMES[75] = "EOVERFLOW";
        NAMES[ENONET] = "ENONET";
        NAMES[ENOPROTOOPT] = "ENOPROTOOPT";
        NAMES[125] = "ECANCELED";
    }

    private Errno() {}

    /**
     * Whether accept(2) fails with it for the connection and not for the listener: it was gone before it was ours, or
     * had an error pending. The next one may be accepted.
     */
    public static boolean isOfPeerBeforeAccept(int errno) {
        return switch (errno) {
            case EINTR,
                    ECONNABORTED,
                    EPROTO,
                    ENETDOWN,
                    ENETUNREACH,
                    ENOPROTOOPT,
                    ENONET,
                    EHOSTDOWN,
                    EHOSTUNREACH,
                    EOPNOTSUPP,
                    ETIMEDOUT -> true;
            default -> false;
        };
    }

    /** Whether this is EAGAIN, on the BSDs, too. */
    public static boolean isAgain(int errno) {
        return errno == (NativeAccess.BSD ? BSD_EAGAIN : EAGAIN);
    }

    /** Returns the symbolic name, or {@code errno 4711} for a number that has none here. */
    public static String name(int errno) {
        String name = errno > 0 && errno < NAMES.length ? NAMES[errno] : null;
        return name == null ? "errno " + errno : name;
    }
}
