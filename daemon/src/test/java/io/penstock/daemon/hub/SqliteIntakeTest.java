package io.penstock.daemon.hub;

/** On SQLite. */
class SqliteIntakeTest extends IntakeContract {
    @Override
    StoreAddress address() {
        return new StoreAddress.Sqlite(folder.resolve("hub.db"));
    }
}
