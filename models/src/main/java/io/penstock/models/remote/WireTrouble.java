package io.penstock.models.remote;

import io.penstock.models.language.ModelUnavailable;
import io.penstock.models.language.ModelUnavailable.Reason;
import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Why a server gave no answer, in one plain line: what was found, what to do. A server's own words are not repeated. Pure. */
final class WireTrouble {
    private static final Pattern ALERT = Pattern.compile("Received fatal alert: (\\w+)");

    private WireTrouble() {}

    /** @param mostBytes the answer's bound */
    static ModelUnavailable of(Throwable thrown, int mostBytes) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof PeerTrust.Refused refused) {
                return unavailable("not trusted: " + refused.getMessage(), thrown);
            }
        }
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            String words = words(t);
            if (!words.isEmpty()) {
                return unavailable(words, thrown);
            }
        }
        String message = String.valueOf(thrown.getMessage());
        if (message.contains("body exceeds capacity") || message.contains("limit")) {
            return new ModelUnavailable(
                    Reason.FAILED,
                    "its answer is longer than " + mostBytes + " bytes: is it a model's server?",
                    thrown);
        }
        return unavailable(
                "the connection ended without an answer in HTTP ("
                        + thrown.getClass().getSimpleName()
                        + "): is it a model's server, is the port right, does it take our client certificate?",
                thrown);
    }

    private static String words(Throwable t) {
        return switch (t) {
            case HttpConnectTimeoutException e -> "no connection in time: is the machine up, is a firewall between?";
            case UnknownHostException e -> "its name has no address: correct url, or this machine's name server";
            case UnresolvedAddressException e -> "its name has no address: correct url, or this machine's name server";
            case NoRouteToHostException e -> "no way to that machine: is the network up, is a firewall between?";
            case ConnectException e
            when !(e.getCause() instanceof UnresolvedAddressException) ->
                "nothing listens there: is the server running, is the port right?";
            case SSLException e -> tls(e);
            case EOFException e -> "the server ended the connection without an answer: its log says why";
            default -> "";
        };
    }

    private static String tls(SSLException e) {
        String text = String.valueOf(e.getMessage());
        Matcher alert = ALERT.matcher(text);
        if (!alert.find()) {
            return text.contains("Unsupported or unrecognized SSL message")
                    ? "it does not speak TLS at this port: name its TLS port"
                    : "TLS could not be agreed on: is it a TLS port, and does its log say why?";
        }
        return switch (alert.group(1)) {
            case "certificate_required" -> "it wants a client certificate: set certificate_file and key_file";
            case "bad_certificate",
                    "unknown_ca",
                    "certificate_unknown",
                    "certificate_expired",
                    "certificate_revoked",
                    "unsupported_certificate",
                    "access_denied" ->
                "it does not take our client certificate (" + alert.group(1)
                        + "): is ours pinned there ([serve] clients), and are its dates right?";
            case "protocol_version" -> "it speaks neither TLS 1.2 nor 1.3";
            default -> "it ended the TLS handshake (" + alert.group(1) + "): its log says why";
        };
    }

    static ModelUnavailable status(int status, String retryAfter) {
        return switch (status) {
            case 429, 503 ->
                unavailable(
                        "it is busy" + (retryAfter.matches("\\d{1,5}") ? ", and says try in " + retryAfter + " s" : ""),
                        null);
            case 401, 403 -> unavailable("it does not let us in (" + status + "): is token_file right?", null);
            case 404 ->
                unavailable("it has no /v1/chat/completions, or not that model (404): are url and model right?", null);
            case 301, 302, 303, 307, 308 ->
                unavailable("it answered with a redirect (" + status + "), which is not followed: correct url", null);
            case 400, 413, 422 ->
                new ModelUnavailable(
                        Reason.FAILED, "it refuses the question (" + status + "): is server (its kind) right?");
            default -> new ModelUnavailable(Reason.FAILED, "it answered with status " + status);
        };
    }

    private static ModelUnavailable unavailable(String words, @Nullable Throwable cause) {
        return cause == null
                ? new ModelUnavailable(Reason.NOT_RUNNING, words)
                : new ModelUnavailable(Reason.NOT_RUNNING, words, cause);
    }
}
