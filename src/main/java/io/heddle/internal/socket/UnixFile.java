package io.heddle.internal.socket;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file that bind(2) makes. It outlives the socket, and no other can be bound there until it is deleted, so the
 * socket deletes it when it is closed; unless somebody else has put another in its place.
 */
public final class UnixFile {
    private final Path path;
    /** Device and inode, which is not used again while the socket is open. */
    private final @Nullable Object key;

    private UnixFile(Path path) throws IOException {
        this.path = path.toAbsolutePath();
        this.key = key();
    }

    /** The file of a socket that was just bound; null if its name is abstract, and no file's. */
    public static @Nullable UnixFile of(UnixDomainSocketAddress local) throws IOException {
        return isFile(local) ? new UnixFile(local.getPath()) : null;
    }

    /** Whether it is that of a file; else it is abstract, or empty. */
    static boolean isFile(UnixDomainSocketAddress address) {
        String text = address.getPath().toString();
        return !text.isEmpty() && text.charAt(0) != '@';
    }

    private @Nullable Object key() throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    void permit(Set<PosixFilePermission> permissions) throws IOException {
        Files.setPosixFilePermissions(path, permissions);
    }

    /**
     * Before the socket is closed, which keeps the inode from being used for another file. Answers whether the file is
     * gone; if not, the next who binds there is told so, as close does not fail.
     */
    public boolean delete() {
        try {
            return key == null || !key.equals(key()) || Files.deleteIfExists(path);
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
