package io.penstock.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.daemon.cases.CaseRecord;
import io.penstock.daemon.cases.Evidence;
import io.penstock.daemon.cases.ShippedMatrices;
import io.penstock.daemon.cases.SymptomMatrix;
import io.penstock.daemon.check.Diagnosis;
import io.penstock.daemon.check.DiagnosisCheck;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaseStoreTest {
    @TempDir
    Path folder;

    /** Both are opened by one reading: the sensor case's id begins with the machine case's. */
    @Test
    void aCasesIdMeansThatCaseAndNotAYoungerOneWhoseIdBeginsSo() throws Exception {
        SymptomMatrix pump = ShippedMatrices.of("centrifugal_pump");
        CaseRecord machine = Evidence.record(pump, Evidence.lines("bearing_temperature_high"));
        CaseRecord sensors = new CaseRecord(
                machine.id() + "-sensor",
                machine.asset(),
                1,
                machine.openedMicros(),
                machine.updatedMicros(),
                0,
                machine.severity(),
                Evidence.lines("sensor_spike"),
                pump.rank(Evidence.lines("sensor_spike")),
                machine.rootChannel());
        try (Database database = Database.open(folder.resolve("p.db"))) {
            long now = Evidence.T0;
            for (CaseRecord record : List.of(machine, sensors)) {
                long at = now++;
                database.run(c -> {
                    CaseStore.save(c, record);
                    CaseStore.save(
                            c,
                            DiagnosisCheck.rules(record, pump, null, List.of(), new Diagnosis.Timing(0, 0, 0, 0)),
                            at);
                });
            }

            assertThat(caseMeant(database, machine.id())).contains(machine.id());
            assertThat(caseMeant(database, machine.id() + "-v1")).contains(machine.id());
            assertThat(caseMeant(database, sensors.id())).contains(sensors.id());
            assertThat(caseMeant(database, machine.id().substring(0, 10)))
                    .as("of a beginning of both, the newest")
                    .contains(sensors.id());
        }
    }

    private static Optional<String> caseMeant(Database database, String id) throws StoreFailed {
        return database.read(c -> CaseStore.diagnosis(c, id)).map(Diagnosis::caseId);
    }
}
