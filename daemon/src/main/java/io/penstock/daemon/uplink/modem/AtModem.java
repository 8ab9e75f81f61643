package io.penstock.daemon.uplink.modem;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The AT commands of a short-burst modem as the Iridium 9602 and 9603 speak them (ISU AT Command Reference): a message is written
 * into the modem with a checksum, and a session carries it away and brings one from the mailbox.
 */
final class AtModem {
    private static final Duration SOON = Duration.ofSeconds(5);
    /** A session that finds no satellite takes a minute and more. */
    private static final Duration SESSION = Duration.ofSeconds(120);

    private static final Duration AFTER_MESSAGE = Duration.ofSeconds(1);
    private static final int GREETINGS = 3;
    private static final int MOST_BYTES_OF_LINE = 256;
    private static final int MOST_LINES = 40;
    private static final int MOST_NOISE = 64;
    /** Of a result: a message has at most 1,960 bytes on the largest of these modems. */
    private static final int MOST_DIGITS = 4;

    private static final Pattern RESULT =
            Pattern.compile("\\+SBDIXA?:\\s*(\\d+),\\s*\\d+,\\s*(\\d+),\\s*\\d+,\\s*(\\d+),\\s*\\d+");
    private static final Pattern SIGNAL = Pattern.compile("\\+CSQF?:\\s*(\\d)");

    private final ModemLine line;

    AtModem(ModemLine line) {
        this.line = line;
    }

    /**
     * What a session came to.
     *
     * @param status of the message on its way up; 0 to 4: it was carried
     * @param fromMailbox 0: nothing waited, 1: a message was fetched, 2: the mailbox could not be looked into
     * @param bytes of that message
     */
    record Session(int status, int fromMailbox, int bytes) {
        private static final int LAST_CARRIED = 4;

        boolean carried() {
            return status <= LAST_CARRIED;
        }

        /** Whether the modem never came to send: nothing is charged. */
        boolean neverBegan() {
            return switch (status) {
                case 11, 12, 14, 15, 16, 32, 33, 34, 35, 36, 37, 38 -> true;
                default -> false;
            };
        }

        String said() {
            return switch (status) {
                case 10 -> "the call did not complete in time";
                case 11 -> "the queue at the gateway is full";
                case 12 -> "the message has too many segments";
                case 13 -> "the session did not complete";
                case 14 -> "the segment has a wrong size";
                case 15 -> "access is denied: is the modem registered with the provider?";
                case 16 -> "the modem is locked: call the provider";
                case 17 -> "the gateway does not answer";
                case 18 -> "the radio link was lost";
                case 19 -> "the link failed";
                case 32 -> "there is no network: does the antenna see the sky?";
                case 33 -> "the antenna is at fault";
                case 34 -> "the radio is switched off";
                case 35 -> "the modem is busy";
                case 36 -> "it must wait some minutes before it registers again";
                case 37 -> "the service is disabled for now";
                case 38 -> "it must wait: the network is crowded";
                default -> "status " + status;
            };
        }
    }

    /** Wakes it: no echo, no flow control by lines, no word unasked. */
    void greet() throws IOException {
        IOException last = null;
        for (int i = 0; i < GREETINGS; i++) {
            try {
                quiet();
                order("AT");
                order("ATE0");
                order("AT&K0");
                order("AT+SBDMTA=0");
                return;
            } catch (IOException e) {
                last = e;
            }
        }
        throw new IOException("the modem does not answer: " + (last == null ? "" : last.getMessage())
                + "; is it on, and is the speed right?");
    }

    /** Bars of signal, 0 to 5. */
    int signal() throws IOException {
        return Integer.parseInt(asked("AT+CSQ", SIGNAL).group(1));
    }

    /** Puts a message into the modem, in place of what was there. */
    void load(byte[] message) throws IOException {
        quiet();
        write("AT+SBDWB=" + message.length + "\r");
        awaitLine("READY", SOON);
        int sum = checksum(message);
        byte[] all = Arrays.copyOf(message, message.length + 2);
        all[message.length] = (byte) (sum >> 8);
        all[message.length + 1] = (byte) sum;
        line.write(all);
        String answer = awaitLine("OK", SOON);
        if (!answer.lines().map(String::strip).anyMatch("0"::equals)) {
            throw new IOException("the modem did not take a message of " + message.length + " bytes: it said "
                    + plain(answer) + " (1: too slow, 2: checksum, 3: size)");
        }
    }

    /** Forgets the message that goes up. */
    void clear() throws IOException {
        order("AT+SBDD0");
    }

    /** Carries away what was loaded, and fetches one message. */
    Session session() throws IOException {
        Matcher found = asked("AT+SBDIX", RESULT);
        return new Session(number(found, 1), number(found, 2), number(found, 3));
    }

    /** A serial line garbles: what it says is not taken for a number of any size. */
    private static int number(Matcher found, int group) throws IOException {
        String digits = found.group(group);
        if (digits.length() > MOST_DIGITS) {
            throw new IOException("the modem said " + plain(found.group()) + ", which is no result of a session");
        }
        return Integer.parseInt(digits);
    }

    /** The message a session fetched: two bytes of length, the message, its checksum. */
    byte[] fetched(int bytes) throws IOException {
        quiet();
        write("AT+SBDRB\r");
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (all.size() < bytes + 4 + MOST_NOISE) {
            int next = line.read(SOON);
            if (next < 0) {
                throw new IOException(
                        "the modem gave " + all.size() + " bytes of a message of " + bytes + ", and then no more");
            }
            all.write(next);
            byte[] so = all.toByteArray();
            int from = so.length - bytes - 4;
            // an echo or an empty line may stand before it
            if (from >= 0 && number(so, from) == bytes) {
                byte[] message = Arrays.copyOfRange(so, from + 2, from + 2 + bytes);
                if (number(so, from + 2 + bytes) == checksum(message)) {
                    passOver();
                    return message;
                }
            }
        }
        throw new IOException("the modem gave a message of " + bytes + " bytes whose checksum is wrong");
    }

    private static int number(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
    }

    private static int checksum(byte[] message) {
        int sum = 0;
        for (byte each : message) {
            sum += each & 0xFF;
        }
        return sum & 0xFFFF;
    }

    private void order(String command) throws IOException {
        quiet();
        write(command + "\r");
        try {
            awaitLine("OK", SOON);
        } catch (IOException e) {
            throw new IOException(command + ": " + e.getMessage(), e);
        }
    }

    /** The line that answers; an OK before it belongs to an earlier command. */
    private Matcher asked(String command, Pattern answer) throws IOException {
        quiet();
        write(command + "\r");
        for (int i = 0; i < MOST_LINES; i++) {
            String next = nextLine(SESSION);
            Matcher found = answer.matcher(next);
            if (found.find()) {
                awaitLine("OK", SOON);
                return found;
            }
            if (next.equals("ERROR")) {
                throw new IOException(command + ": the modem said ERROR");
            }
        }
        throw new IOException(command + ": the modem gave no such answer in " + MOST_LINES + " lines");
    }

    /** The OK behind a message, or silence. */
    private void passOver() throws IOException {
        StringBuilder said = new StringBuilder();
        for (int next = line.read(AFTER_MESSAGE); next >= 0; next = line.read(AFTER_MESSAGE)) {
            said.append((char) next);
            if (said.toString().endsWith("OK\r\n") || said.length() > MOST_NOISE) {
                return;
            }
        }
    }

    private void write(String text) throws IOException {
        line.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** What is left of an earlier answer is not an answer to the next question. */
    private void quiet() throws IOException {
        for (int i = 0; i < 16 * MOST_BYTES_OF_LINE; i++) {
            if (line.read(Duration.ofMillis(i == 0 ? 20 : 5)) < 0) {
                return;
            }
        }
        throw new IOException("the modem does not stop talking");
    }

    /** All lines up to one, and that one. */
    private String awaitLine(String last, Duration patience) throws IOException {
        StringBuilder said = new StringBuilder();
        for (int i = 0; i < MOST_LINES; i++) {
            String next = nextLine(patience);
            said.append(next).append('\n');
            if (next.equals(last)) {
                return said.toString();
            }
            if (next.equals("ERROR")) {
                throw new IOException("the modem said ERROR");
            }
        }
        throw new IOException("the modem said " + plain(said.toString()) + " and not " + last);
    }

    private String nextLine(Duration patience) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.length() < MOST_BYTES_OF_LINE) {
            int next = line.read(patience);
            if (next < 0) {
                throw new IOException("no answer within " + patience.toSeconds() + " s");
            }
            if (next == '\r' || next == '\n') {
                if (!text.isEmpty()) {
                    return text.toString().strip();
                }
            } else {
                text.append((char) next);
            }
        }
        return text.toString();
    }

    /** What a modem says goes into logs: no control characters, and not much of it. */
    private static String plain(String text) {
        String plain = text.replaceAll("[^ -~]+", " ").strip();
        return "\"" + plain.substring(0, Math.min(plain.length(), 80)) + "\"";
    }
}
