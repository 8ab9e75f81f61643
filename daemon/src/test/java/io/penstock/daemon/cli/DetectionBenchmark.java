package io.penstock.daemon.cli;

import io.penstock.daemon.store.StoreFailed;
import io.penstock.daemon.window.VibrationFeatures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The work of {@code penstock bench detect} under JMH, by the clock: {@code mvn -Pjmh -DskipTests -pl daemon -am package}. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class DetectionBenchmark {
    /** One analysis with its buffers. */
    @State(Scope.Thread)
    public static class Windows {
        private final DetectionLoad.Windows load = new DetectionLoad.Windows();
    }

    /** Detectors past their learning. */
    @State(Scope.Thread)
    public static class Points {
        private final DetectionLoad.Points load = new DetectionLoad.Points();
    }

    /** A store in the temporary folder. */
    @State(Scope.Thread)
    public static class Store {
        private final Path folder;
        private final DetectionLoad.Appends load;

        public Store() {
            try {
                folder = Files.createTempDirectory("penstock-jmh");
                load = new DetectionLoad.Appends(folder);
            } catch (IOException | StoreFailed e) {
                throw new IllegalStateException(e); // the generated subclass cannot declare it
            }
        }

        @TearDown
        public void delete() throws IOException {
            load.close();
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    @Benchmark
    public VibrationFeatures evidenceOfOneWindow(Windows windows) {
        return windows.load.analyse();
    }

    @Benchmark
    public long stateAndOnsetOfOnePoint(Points points) {
        return points.load.inspect();
    }

    @Benchmark
    public int commitOfThousandReadings(Store store) throws StoreFailed {
        return store.load.append();
    }
}
