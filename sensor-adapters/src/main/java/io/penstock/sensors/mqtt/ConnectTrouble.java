package io.penstock.sensors.mqtt;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Why there is no connection, in one plain line: what was found, and what to do. Pure. */
final class ConnectTrouble {
    private static final Pattern ALERT = Pattern.compile("Received fatal alert: (\\w+)");
    // MQTT 5.0, table 3-1; 3.1.1, table 3.1
    private static final int BAD_CREDENTIALS_5 = 0x86;
    private static final int NOT_AUTHORIZED_5 = 0x87;
    private static final int BAD_CREDENTIALS_3 = 4;
    private static final int NOT_AUTHORIZED_3 = 5;
    private static final int CLIENT_ID_5 = 0x85;
    private static final int CLIENT_ID_3 = 2;
    private static final int UNAVAILABLE_5 = 0x88;
    private static final int UNAVAILABLE_3 = 3;
    // Paho's own: no answer in time, and no more sign of life
    private static final int CLIENT_TIMEOUT = 32000;
    private static final int WRITE_TIMEOUT = 32002;

    private ConnectTrouble() {}

    /**
     * @param code Paho's reason code: a CONNACK's, or its own above 30000
     * @param message Paho's words, where there are no better ones
     */
    static String words(int code, String message, @Nullable Throwable cause, MqttConnectionSettings settings) {
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t instanceof BrokerTrust.Refused refused) {
                return "the broker is not trusted: " + refused.getMessage();
            }
        }
        String network = cause == null ? null : network(cause, settings);
        if (network != null) {
            return network;
        }
        return switch (code) {
            case BAD_CREDENTIALS_5, BAD_CREDENTIALS_3, NOT_AUTHORIZED_5, NOT_AUTHORIZED_3 -> notLetIn(code, settings);
            case CLIENT_ID_5, CLIENT_ID_3 ->
                "the broker does not take the client id " + settings.clientId() + ": set another client_id";
            case UNAVAILABLE_5, UNAVAILABLE_3 -> "the broker says that it is not available now (code " + code + ")";
            case CLIENT_TIMEOUT, WRITE_TIMEOUT -> silent(settings);
            default -> message + " (code " + code + ")" + (cause == null ? "" : ", " + cause);
        };
    }

    /** Why a connection that stood has ended. */
    static String lost(int code, String message, @Nullable Throwable cause) {
        if (code == CLIENT_TIMEOUT || code == WRITE_TIMEOUT) {
            return "the broker gave no sign of life any more: is it hung, is the network up?";
        }
        return switch (cause) {
            case EOFException e -> "the broker ended the connection";
            case SSLException e
            when String.valueOf(e.getMessage()).contains("Received fatal alert") ->
                "the broker ended the connection by TLS: " + e.getMessage();
            case SocketException e -> "the connection broke (" + e.getMessage() + ")";
            case null -> message + " (code " + code + ")";
            default -> message + " (code " + code + "), " + cause;
        };
    }

    private static String notLetIn(int code, MqttConnectionSettings settings) {
        MqttConnectionSettings.Credentials credentials = settings.credentials();
        String who = credentials == null
                ? "without user and password: set user and password_file"
                : "as user " + credentials.user() + " with the password of " + credentials.passwordFile()
                        + ": correct the file (it is read again at each attempt), or the broker's users and access rules";
        return "the broker does not let the client " + settings.clientId() + " in (not authorised, code " + code + ") "
                + who;
    }

    /** The broker took the connection and said nothing. */
    static String silent(MqttConnectionSettings settings) {
        return "the broker took the connection and then said nothing: is it an MQTT broker, is it hung, and is "
                + (settings.isSecure() ? "the port one for TLS?" : "the port one without TLS?");
    }

    private static @Nullable String network(Throwable cause, MqttConnectionSettings settings) {
        return switch (cause) {
            case UnknownHostException e ->
                "the name in " + settings.uri() + " has no address: correct uri, or this machine's name server";
            case ConnectException e ->
                "nothing listens there (" + e.getMessage() + "): is the broker running, is the port right?";
            case NoRouteToHostException e ->
                "no way to that host (" + e.getMessage() + "): is the network up, is a firewall between?";
            case SocketTimeoutException e ->
                settings.isSecure() ? silent(settings) : "no answer in time: is the host up, is a firewall between?";
            case SSLException e -> tls(e, settings);
            case EOFException e -> hungUp(settings);
            case SocketException e -> hungUp(settings);
            default -> null;
        };
    }

    private static String hungUp(MqttConnectionSettings settings) {
        return "the broker ended the connection without a word: "
                + (settings.isSecure()
                        ? "does it speak TLS at this port, and does it want a client certificate (certificate_file, key_file)?"
                        : "does it want TLS at this port (ssl://), and does its log say why?");
    }

    private static String tls(SSLException e, MqttConnectionSettings settings) {
        String text = String.valueOf(e.getMessage());
        Matcher alert = ALERT.matcher(text);
        if (!alert.find()) {
            return text.contains("Unsupported or unrecognized SSL message")
                    ? "the broker does not speak TLS at this port: name its TLS port (often 8883)"
                    : e.getCause() instanceof SocketException || e.getCause() instanceof EOFException
                            ? hungUp(settings)
                            : "TLS could not be agreed on: " + text;
        }
        return switch (alert.group(1)) {
            case "certificate_required" -> "the broker wants a client certificate: set certificate_file and key_file";
            case "bad_certificate",
                    "unknown_ca",
                    "certificate_unknown",
                    "certificate_expired",
                    "certificate_revoked",
                    "unsupported_certificate",
                    "access_denied" ->
                settings.tls().certificateFile() == null
                        ? "the broker wants a client certificate (" + alert.group(1)
                                + "): set certificate_file and key_file"
                        : "the broker refused our certificate " + settings.tls().certificateFile() + " ("
                                + alert.group(1)
                                + "): have one issued by a CA that the broker trusts, and look at its dates";
            case "protocol_version" ->
                "the broker speaks none of our TLS versions (" + settings.tls().minimum()
                        + " or later): let the broker speak TLS 1.2 or 1.3, or lower tls_minimum";
            case "handshake_failure" ->
                "the broker ended the TLS handshake: "
                        + (settings.tls().certificateFile() == null
                                ? "it may want a client certificate (certificate_file, key_file), or has no cipher in common with us"
                                : "it may not take our certificate, or has no cipher in common with us; its log says which");
            default -> "the broker ended the TLS handshake (" + alert.group(1) + "): its log says why";
        };
    }
}
