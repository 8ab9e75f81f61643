package io.penstock.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.Logger;

/**
 * How log lines look. To standard error: stdout belongs to the command. Plant text is made printable: no line breaks, no escape
 * sequences. Found by Logback itself; as a file of its own it would bring an XML parser and some 450 classes into every start. A
 * {@code logback-test.xml} or the file named by {@code logback.configurationFile} comes first.
 */
public final class LogLines extends ContextAwareBase implements Configurator {
    static final String NAME = "STDERR";
    private static final String MESSAGE =
            "%logger{0}: %replace(%msg){'[\\p{Cntrl}\\u2028\\u2029\\u202A-\\u202E\\u2066-\\u2069]+', ' '}%n%ex{3}";
    private static final String STDERR = "%d{HH:mm:ss.SSS} %-5level " + MESSAGE;
    /** Under systemd: priorities as in sd-daemon(3), and no time, which the journal has. */
    private static final String JOURNAL = "%replace(%replace(%replace(%replace(%level){'ERROR','<3>'}){'WARN','<4>'})"
            + "{'INFO','<6>'}){'DEBUG','<7>'}" + MESSAGE;

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (System.getProperty("logback.configurationFile") != null
                || LogLines.class.getResource("/logback-test.xml") != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        configure(
                context,
                setting("PENSTOCK_LOG_TO", "STDERR").equals("JOURNAL"),
                Level.toLevel(setting("PENSTOCK_LOG", "INFO"), Level.INFO));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** @param journal as systemd's journal reads lines; else as a person does */
    static void configure(LoggerContext context, boolean journal, Level level) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(journal ? JOURNAL : STDERR);
        encoder.start();
        ConsoleAppender<ILoggingEvent> lines = new ConsoleAppender<>();
        lines.setContext(context);
        lines.setName(NAME);
        lines.setTarget("System.err");
        lines.setEncoder(encoder);
        lines.start();
        context.getLogger("org.eclipse.milo").setLevel(Level.ERROR);
        context.getLogger("io.netty").setLevel(Level.ERROR);
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(level);
        root.addAppender(lines);
    }

    private static String setting(String name, String otherwise) {
        String set = System.getProperty(name, System.getenv(name));
        return set == null || set.isEmpty() ? otherwise : set;
    }
}
