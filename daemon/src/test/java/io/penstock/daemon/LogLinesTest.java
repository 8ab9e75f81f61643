package io.penstock.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LogLinesTest {
    private static String line(boolean journal, Level level, String message) {
        LoggerContext context = new LoggerContext();
        LogLines.configure(context, journal, Level.INFO);
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        ConsoleAppender<ILoggingEvent> lines = (ConsoleAppender<ILoggingEvent>) root.getAppender(LogLines.NAME);
        Logger source = context.getLogger("io.penstock.sensors.mqtt.MqttSource");
        byte[] bytes = lines.getEncoder()
                .encode(new LoggingEvent(LogLinesTest.class.getName(), source, level, message, null, null));
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void underSystemdALineBeginsWithItsPriority() {
        assertThat(line(true, Level.ERROR, "no room")).isEqualTo("<3>MqttSource: no room\n");
        assertThat(line(true, Level.WARN, "no room")).isEqualTo("<4>MqttSource: no room\n");
        assertThat(line(true, Level.INFO, "connected")).isEqualTo("<6>MqttSource: connected\n");
    }

    @Test
    void forAPersonItBeginsWithTheTime() {
        assertThat(line(false, Level.WARN, "no room"))
                .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} WARN  MqttSource: no room\n");
    }

    @Test
    void plantTextBreaksNoLineAndMovesNoCursor() {
        assertThat(line(true, Level.WARN, "topic a\nWARN forged\u001b[2J\u202Eb"))
                .isEqualTo("<4>MqttSource: topic a WARN forged [2J b\n");
    }
}
