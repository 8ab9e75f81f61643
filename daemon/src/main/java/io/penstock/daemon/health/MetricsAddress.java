package io.penstock.daemon.health;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the figures are told over HTTP: this machine's loopback and nothing else.
 *
 * @param host 127.x.x.x or ::1, as written; no name, because nothing is looked up
 * @param port 1 to 65535
 */
public record MetricsAddress(String host, int port) {
    private static final Pattern TEXT = Pattern.compile("\\[?([0-9a-fA-F.:]{3,45}?)\\]?:([0-9]{1,5})");
    private static final Pattern LOOPBACK = Pattern.compile("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}|::1");

    public MetricsAddress {
        if (!LOOPBACK.matcher(host).matches() || port < 1 || port > 65_535 || !parses(host)) {
            throw new IllegalArgumentException(refusal(host + ":" + port));
        }
    }

    /** @throws IllegalArgumentException when it is no loopback address with a port */
    public static MetricsAddress parse(String text) {
        Matcher m = TEXT.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException(refusal(text));
        }
        return new MetricsAddress(m.group(1), Integer.parseInt(m.group(2)));
    }

    private static String refusal(String found) {
        return "found \"" + found
                + "\", expected a loopback address with a port such as \"127.0.0.1:9464\", or \"\" for"
                + " none: no byte leaves this machine";
    }

    /** A literal address is read, not looked up. */
    private static boolean parses(String literal) {
        try {
            return InetAddress.ofLiteral(literal).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    InetSocketAddress socket() {
        return new InetSocketAddress(host, port);
    }

    /** {@code 127.0.0.1:9464}, {@code [::1]:9464}. */
    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
