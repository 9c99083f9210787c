package io.heddle.internal.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tokens of {@link Registrations} over their full range. */
class RegistrationsTest {
    private static final int FD_MAX = (1 << 24) - 1;

    /** The count of all registrations of the process, which wraps after four billion. */
    private static AtomicInteger generation() throws Exception {
        VarHandle counter = MethodHandles.privateLookupIn(Registrations.class, MethodHandles.lookup())
                .findStaticVarHandle(Registrations.class, "GENERATION", AtomicInteger.class);
        return (AtomicInteger) counter.get();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Integer.MAX_VALUE - 2, -3})
    void aTokenKeepsItsNumberAndDiffersFromItsNeighboursAlsoWhereTheGenerationWraps(int begin) throws Exception {
        int before = generation().getAndSet(begin);
        try {
            for (int fd : new int[] {0, 1, 1_023, 1_024, FD_MAX}) {
                generation().set(begin);
                Set<Long> tokens = new HashSet<>();
                for (int i = 1; i <= 5; i++) {
                    long token = Registrations.newToken(fd);
                    assertThat((int) token).isEqualTo(fd);
                    assertThat((int) (token >>> 32)).isEqualTo(begin + i);
                    assertThat(tokens.add(token)).isTrue();
                }
            }
        } finally {
            generation().set(before);
        }
    }
}
