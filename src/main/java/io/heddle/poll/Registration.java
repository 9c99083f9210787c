package io.heddle.poll;

/** One source as its registry knows it, from register to deregister. */
final class Registration {
    final Registry registry;
    final IoSource source;

    /** What the selector reports it by: the number of its slot and a count; no other registration has it. */
    final long key;

    /** What the user is told. Written under the registry's lock, read by who polls. */
    volatile long token;

    Registration(Registry registry, IoSource source, long key, long token) {
        this.registry = registry;
        this.source = source;
        this.key = key;
        this.token = token;
    }
}
