package io.penstock.daemon;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.penstock.daemon.listen.HttpBounds;
import java.util.List;
import java.util.Set;

/** The house stands as ARCHITECTURE.md says: who may know whom. Each ban names what to do instead. */
@AnalyzeClasses(packages = "io.penstock", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String DAEMON = "io.penstock.daemon.";

    /** The spine: a room may know those before it. */
    private static final List<String> SPINE = List.of(
            "asset", "ingest", "window", "detect", "cases", "prompt", "route", "infer", "check", "store", "publish",
            "uplink");

    private static final String[] PURE = {
        DAEMON + "asset..",
        DAEMON + "window..",
        DAEMON + "detect..",
        DAEMON + "cases..",
        DAEMON + "prompt..",
        DAEMON + "route..",
        DAEMON + "check..",
        DAEMON + "economics..",
        DAEMON + "audit..",
        DAEMON + "fleet..",
        "io.penstock.sensors.mqtt.payload..",
    };

    private static final String SPARKPLUG = "io.penstock.sensors.sparkplug.";

    @ArchTest
    static final ArchRule aRoomKnowsOnlyTheRoomsBeforeIt = classes()
            .that()
            .resideInAPackage("io.penstock.daemon..")
            .should(new ArchCondition<>("know only rooms before their own on the spine " + SPINE) {
                @Override
                public void check(JavaClass here, ConditionEvents events) {
                    int mine = SPINE.indexOf(room(here));
                    if (mine < 0) {
                        return;
                    }
                    here.getDirectDependenciesFromSelf().forEach(dependency -> {
                        String other = room(dependency.getTargetClass());
                        boolean inTheHouse =
                                dependency.getTargetClass().getPackageName().startsWith("io.penstock.daemon");
                        if (inTheHouse && (!SPINE.contains(other) || SPINE.indexOf(other) > mine)) {
                            events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                        }
                    });
                }
            });

    @ArchTest
    static final ArchRule roomsHaveNoCycles =
            slices().matching("io.penstock.daemon.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule whoOpensAServerOfTheJdkBoundsIt = classes()
            .that()
            .resideInAPackage("io.penstock.daemon..")
            .and(describe(
                    "make a server of the JDK",
                    c -> c.getMethodCallsFromSelf().stream()
                            .map(JavaMethodCall::getTarget)
                            .anyMatch(called -> called.getName().equals("create")
                                    && called.getOwner().getPackageName().equals("com.sun.net.httpserver"))))
            .should()
            .callMethod(HttpBounds.class, "set")
            .because("its own bounds let a client that says nothing keep a connection for ever");

    @ArchTest
    static final ArchRule theCommandLineIsKnownToTheMainClassAlone = noClasses()
            .that()
            .resideOutsideOfPackage("io.penstock.daemon.cli..")
            .and()
            .haveNameNotMatching("io\\.penstock\\.daemon\\.GatewayMain")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.penstock.daemon.cli..");

    @ArchTest
    static final ArchRule theCompositionRootIsKnownToTheCommandLineAlone = noClasses()
            .that()
            .resideInAPackage("io.penstock..")
            .and()
            .resideOutsideOfPackages("io.penstock.daemon", "io.penstock.daemon.cli..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.penstock.daemon"));

    @ArchTest
    static final ArchRule pureRoomsTouchNoFileSocketLoggerOrThread = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "java.nio.file..", "java.net..", "java.nio.channels..", "java.sql..")
                    .or(resideInAPackage("org.slf4j.."))
                    .or(named("java.time.Clock", "java.lang.Thread", "java.util.Timer", "java.lang.ProcessBuilder"))
                    .or(describe("java.io files", c -> c.getName().matches("java\\.io\\.(File|RandomAccessFile).*"))))
            .because("a pure room is handed values: let an edge (sources, store, publish, config) read and write");

    @ArchTest
    static final ArchRule pureRoomsAskNoClock = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .callMethodWhere(clock())
            .because("time comes in with the reading, or as a java.time.InstantSource handed to an edge");

    @ArchTest
    static final ArchRule llamaIsBoundInItsOwnPackage = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "io.penstock.models.llama..",
                    "io.penstock.models.worker..",
                    "io.penstock.daemon.health..",
                    "io.penstock.daemon.uplink.modem..",
                    "io.penstock.fixtures.modem..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign..");

    @ArchTest
    static final ArchRule onnxRuntimeIsBoundInItsOwnPackage = noClasses()
            .that()
            .resideOutsideOfPackage("io.penstock.models.onnx..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.onnxruntime..");

    @ArchTest
    static final ArchRule nativeModelsLoadInTheWorkersProcessAlone = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "io.penstock.models.llama..", "io.penstock.models.onnx..", "io.penstock.models.worker..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.penstock.models.llama..", "io.penstock.models.onnx..")
            .because("a crash of a model must never be a crash of the daemon: ask through WorkerProcess");

    @ArchTest
    static final ArchRule withinTheWorkersOnlyTheChildsMainKnowsARuntime = noClasses()
            .that()
            .resideInAPackage("io.penstock.models.worker..")
            .and()
            .haveNameNotMatching("io\\.penstock\\.models\\.worker\\.WorkerMain(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.penstock.models.llama..", "io.penstock.models.onnx..");

    @ArchTest
    static final ArchRule nothingIsEverWrittenToAMachine = noClasses()
            .that()
            .resideInAnyPackage("io.penstock.sensors..", "io.penstock.daemon..")
            .should()
            .dependOnClassesThat(describe(
                    "OPC UA services that write or call",
                    c -> c.getPackageName().startsWith("org.eclipse.milo")
                            && c.getSimpleName()
                                    .matches(
                                            "(Write|CallRequest|CallMethod|CallResponse|AddNodes|DeleteNodes|HistoryUpdate"
                                                    + "|Update\\w*Details).*")))
            .orShould()
            .callMethodWhere(describe(
                    "OPC UA calls that write",
                    (JavaCall<?> call) -> call.getTargetOwner().getPackageName().startsWith("org.eclipse.milo")
                            && call.getName().matches("write(Async|Value|Values|Attribute)\\w*|write|call|callAsync")))
            .because("Penstock is read-only towards the plant (design.md, rule 1)");

    @ArchTest
    static final ArchRule sourcesSendNothingButTheRebirthRequest = noClasses()
            .that()
            .resideInAPackage("io.penstock.sensors..")
            .and()
            .resideOutsideOfPackage("io.penstock.sensors.mqtt")
            .and()
            .doNotHaveFullyQualifiedName(SPARKPLUG + "SparkplugSource")
            .should()
            .callMethodWhere(describe(
                    "publishing by MQTT",
                    (JavaCall<?> call) ->
                            call.getTargetOwner().getName().equals("io.penstock.sensors.mqtt.MqttConnection")
                                    && call.getName().startsWith("publish")))
            .because("SparkplugSource alone sends, and a RebirthRequest alone: no other command reaches a plant");

    @ArchTest
    static final ArchRule sparkplugPayloadsAreWrittenByTheRebirthRequestAlone = noClasses()
            .that()
            .resideInAPackage("io.penstock..")
            .and()
            .haveNameNotMatching("io\\.penstock\\.sensors\\.sparkplug\\.RebirthRequest(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("com.google.protobuf.CodedOutputStream")
            .because("a command that cannot be written cannot be sent");

    @ArchTest
    static final ArchRule sensorsModelsAndFixturesDoNotKnowEachOther = slices().matching(
                    "io.penstock.(sensors|models|fixtures)..")
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule onlyTheDaemonKnowsTheDaemon = noClasses()
            .that()
            .resideInAnyPackage("io.penstock.sensors..", "io.penstock.models..", "io.penstock.fixtures..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.penstock.daemon..");

    @ArchTest
    static final ArchRule oneMqttLibraryInOnePackage = noClasses()
            .that()
            .resideInAnyPackage("io.penstock.daemon..", "io.penstock.models..", "io.penstock.sensors..")
            .and()
            .resideOutsideOfPackage("io.penstock.sensors.mqtt..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.eclipse.paho..");

    @ArchTest
    static final ArchRule oneOpcUaLibraryInOnePackage = noClasses()
            .that()
            .resideInAnyPackage("io.penstock.daemon..", "io.penstock.models..", "io.penstock.sensors..")
            .and()
            .resideOutsideOfPackage("io.penstock.sensors.opcua..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.eclipse.milo..");

    @ArchTest
    static final ArchRule namesAreNouns = classes()
            .that()
            .resideInAPackage("io.penstock..")
            .should()
            .haveNameNotMatching(".*(Manager|Helper|Utils?|Impl)")
            .because("find the noun, or put the method on the value it works on");

    private static String room(JavaClass type) {
        String name = type.getPackageName();
        return name.startsWith(DAEMON) ? name.substring(DAEMON.length()).split("\\.", 2)[0] : "";
    }

    private static DescribedPredicate<JavaClass> named(String... names) {
        Set<String> all = Set.of(names);
        return describe("one of " + all, c -> all.contains(c.getName()));
    }

    private static DescribedPredicate<JavaCall<?>> clock() {
        Set<String> clocks = Set.of(
                "java.lang.System.currentTimeMillis",
                "java.lang.System.nanoTime",
                "java.time.Instant.now",
                "java.time.LocalDateTime.now",
                "java.time.ZonedDateTime.now",
                "java.time.OffsetDateTime.now",
                "java.time.LocalDate.now",
                "java.time.InstantSource.system");
        return describe("the machine's clock", call -> {
            AccessTarget target = ((JavaAccess<?>) call).getTarget();
            return clocks.contains(target.getOwner().getName() + "." + target.getName());
        });
    }
}
