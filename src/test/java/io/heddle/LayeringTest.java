package io.heddle;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The map of ARCHITECTURE.md, checked against the class files. */
class LayeringTest {
    private static final String ROOT = "io.heddle";
    private static final Path CLASSES_DIRECTORY = Path.of("target", "classes");
    private static final JavaClasses CLASSES = new ClassFileImporter().importPath(CLASSES_DIRECTORY);

    /** Package to the packages it may use, all names relative to {@link #ROOT}; "" is the public facade. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("", Set.of("internal.socket", "internal.engine", "internal.carrier", "internal.javanet")),
            Map.entry("javanet", Set.of("internal.javanet", "internal.socket", "internal.engine")),
            Map.entry("internal.javanet", Set.of("internal.socket", "internal.engine", "internal.jdk")),
            Map.entry(
                    "internal.engine",
                    Set.of(
                            "internal.socket",
                            "internal.readiness",
                            "internal.carrier",
                            "internal.timer",
                            "internal.poller",
                            "internal.epoll",
                            "internal.sys",
                            "internal.jdk")),
            Map.entry(
                    "internal.socket",
                    Set.of("internal.readiness", "internal.poller", "internal.sys", "internal.timer")),
            Map.entry("internal.readiness", Set.of("internal.poller", "internal.timer")),
            Map.entry(
                    "internal.carrier",
                    Set.of("internal.readiness", "internal.poller", "internal.timer", "internal.jdk")),
            Map.entry("internal.timer", Set.of()),
            Map.entry("internal.poller", Set.of("internal.timer")),
            Map.entry("internal.epoll", Set.of("poll.spi", "internal.poller", "internal.sys", "internal.timer")),
            Map.entry("internal.pollfd", Set.of("poll.spi", "internal.sys")),
            Map.entry("internal.kqueue", Set.of("poll.spi", "internal.sys")),
            Map.entry("internal.nio", Set.of("poll.spi")),
            Map.entry(
                    "poll",
                    Set.of(
                            "poll.spi",
                            "internal.epoll",
                            "internal.pollfd",
                            "internal.kqueue",
                            "internal.nio",
                            "internal.poller",
                            "internal.sys")),
            Map.entry("poll.net", Set.of("poll", "internal.socket", "internal.poller", "internal.sys")),
            Map.entry("poll.loop", Set.of("poll", "internal.timer")),
            Map.entry("poll.spi", Set.of()),
            Map.entry("internal.sys", Set.of()),
            Map.entry("internal.jdk", Set.of()));

    private static final Set<String> MAY_HOLD_SEGMENTS =
            Set.of("", "internal.socket", "internal.sys", "internal.epoll");

    /** Methods that need native access, by declaring class; those of Linker and SymbolLookup are banned whole. */
    private static final Map<String, Set<String>> RESTRICTED = Map.of(
            "java.lang.foreign.MemorySegment", Set.of("reinterpret"),
            "java.lang.foreign.AddressLayout", Set.of("withTargetLayout"),
            "java.lang.ModuleLayer$Controller", Set.of("enableNativeAccess"),
            "java.lang.System", Set.of("load", "loadLibrary"),
            "java.lang.Runtime", Set.of("load", "loadLibrary"));

    @Test
    void theImportIsNotEmpty() {
        assertThat(CLASSES.stream().filter(c -> relative(c).isEmpty())).isNotEmpty();
        assertThat(CLASSES.stream().filter(c -> relative(c).startsWith("internal.")))
                .isNotEmpty();
    }

    @Test
    void everyPackageIsOnTheMap() {
        assertThat(CLASSES.stream().map(LayeringTest::relative).distinct()).isSubsetOf(MAY_USE.keySet());
    }

    @Test
    void packagesUseOnlyWhatTheMapAllows() {
        List<String> findings = new ArrayList<>();
        for (JavaClass origin : CLASSES) {
            Set<String> mayUse = MAY_USE.getOrDefault(relative(origin), Set.of());
            for (var dependency : origin.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                boolean inside = CLASSES.contain(target.getName());
                boolean same = target.getPackageName().equals(origin.getPackageName());
                if (inside && !same && !mayUse.contains(relative(target))) {
                    findings.add(dependency.getDescription());
                }
            }
        }
        assertThat(findings).isEmpty();
    }

    @Test
    void packagesFormNoCycles() {
        slices().assignedFrom(onePerPackage())
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void onlySysLinksNativeCode() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".internal.sys")
                .should()
                .dependOnClassesThat()
                .haveNameMatching("java\\.lang\\.foreign\\.(Linker|SymbolLookup)(\\$.*)?")
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void onlySysCallsRestrictedMethods() {
        assertThat(callsOutside(
                        "internal.sys",
                        target -> RESTRICTED
                                .getOrDefault(target.getOwner().getName(), Set.of())
                                .contains(target.getName())))
                .isEmpty();
    }

    @Test
    void memorySegmentsStayWhereTheKernelNeedsThem() {
        noClasses()
                .that(DescribedPredicate.describe(
                        "reside outside of " + MAY_HOLD_SEGMENTS, c -> !MAY_HOLD_SEGMENTS.contains(relative(c))))
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.MemorySegment")
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void onlyJdkOpensTheJdk() {
        Set<String> doors = Set.of("privateLookupIn", "setAccessible", "trySetAccessible");
        assertThat(callsOutside("internal.jdk", target -> doors.contains(target.getName())))
                .isEmpty();
    }

    @Test
    void theModuleExportsWhatUsersSeeAndNoMore() throws IOException {
        try (var in = Files.newInputStream(CLASSES_DIRECTORY.resolve("module-info.class"))) {
            ModuleDescriptor module = ModuleDescriptor.read(in);
            assertThat(module.exports().stream().map(ModuleDescriptor.Exports::source))
                    .containsExactlyInAnyOrder(
                            ROOT,
                            ROOT + ".javanet",
                            ROOT + ".poll",
                            ROOT + ".poll.loop",
                            ROOT + ".poll.net",
                            ROOT + ".poll.spi");
            assertThat(module.opens()).isEmpty();
            assertThat(module.isOpen()).isFalse();
        }
    }

    @Test
    void theModuleCannotDoWithoutTwoOnly() throws IOException {
        try (var in = Files.newInputStream(CLASSES_DIRECTORY.resolve("module-info.class"))) {
            assertThat(ModuleDescriptor.read(in).requires().stream()
                            .filter(module -> !module.modifiers().contains(ModuleDescriptor.Requires.Modifier.STATIC))
                            .map(ModuleDescriptor.Requires::name))
                    .containsExactlyInAnyOrder("java.base", "jdk.net");
        }
    }

    @Test
    void nobodyExtendsAClassOfTheFacade() {
        assertThat(CLASSES.stream()
                        .filter(c -> c.getPackageName().equals(ROOT) && !c.isAnonymousClass())
                        .filter(c -> !c.isInterface() && !c.isEnum() && !c.isRecord())
                        .filter(c -> !c.getModifiers().contains(JavaModifier.FINAL))
                        .filter(c -> !c.reflect().isSealed())
                        .map(JavaClass::getName))
                .isEmpty();
    }

    private static List<String> callsOutside(String home, Predicate<CodeUnitAccessTarget> banned) {
        return CLASSES.stream()
                .filter(c -> !relative(c).equals(home))
                .flatMap(c -> Stream.concat(
                        c.getCodeUnitCallsFromSelf().stream(), c.getCodeUnitReferencesFromSelf().stream()))
                .filter(access -> banned.test(access.getTarget()))
                .map(access -> access.getDescription())
                .toList();
    }

    private static SliceAssignment onePerPackage() {
        return new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
                return SliceIdentifier.of(javaClass.getPackageName());
            }

            @Override
            public String getDescription() {
                return "packages";
            }
        };
    }

    private static String relative(JavaClass javaClass) {
        String name = javaClass.getPackageName();
        return name.startsWith(ROOT + ".") ? name.substring(ROOT.length() + 1) : name.equals(ROOT) ? "" : name;
    }
}
