package io.penstock.daemon.cli;

/** A file that is not the table it should be; the message names the line, what was found and what to do. */
final class BadTable extends Exception {
    private static final long serialVersionUID = 1L;

    BadTable(String message) {
        super(message);
    }
}
