package io.penstock.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The demonstration's plant: broker, OPC UA server and physics in a child process, which ends when its stdin closes. */
final class SimulatedPlant implements AutoCloseable {
    private static final String CLASS_PATH = "penstock.demo.classpath";

    private final Process process;
    private final BufferedWriter orders;
    private final String mqtt;
    private final String opcua;

    private SimulatedPlant(Process process, String mqtt, String opcua) {
        this.process = process;
        this.orders = process.outputWriter();
        this.mqtt = mqtt;
        this.opcua = opcua;
    }

    static SimulatedPlant start(long seed) throws IOException {
        String classPath = System.getProperty(CLASS_PATH);
        if (classPath == null) {
            throw new IOException("the simulated plant is not here: start the demo with ./penstock or the installed"
                    + " penstock, which set " + CLASS_PATH);
        }
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        classPath,
                        "io.penstock.fixtures.plant.PlantMain",
                        "--seed",
                        Long.toString(seed))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader lines = process.inputReader();
        String first = lines.readLine();
        if (first == null) {
            process.destroyForcibly();
            throw new IOException("the simulated plant ended before it was ready; its messages are above");
        }
        JsonNode ready = new ObjectMapper().readTree(first);
        // its events are told by the demo itself; the pipe only has to be kept empty
        Thread.ofVirtual().start(() -> lines.lines().forEach(line -> {}));
        return new SimulatedPlant(
                process, ready.path("mqtt").asText(), ready.path("opcua").asText());
    }

    String mqtt() {
        return mqtt;
    }

    String opcua() {
        return opcua;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void inject(String fault) throws IOException {
        orders.write("fault " + fault + " 1.0\n");
        orders.flush();
    }

    @Override
    public void close() throws IOException {
        try {
            orders.close();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
