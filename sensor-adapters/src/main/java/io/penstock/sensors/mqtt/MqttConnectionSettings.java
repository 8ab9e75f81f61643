package io.penstock.sensors.mqtt;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one connection to a broker is made and kept.
 *
 * @param uri {@code tcp://host:1883} or {@code ssl://host:8883}
 * @param clientId stable over restarts: the broker's session hangs on it; unique on the broker
 * @param credentials user and password, where the broker wants them
 * @param tls who is trusted at an {@code ssl://} address, and who we are; {@link MqttTls#DEFAULT} for {@code tcp://}
 * @param keepAlive longest silence before the broker is asked for a sign of life, whole seconds, 1 s to 18 h; a broker
 *     that stays silent is given up after at most twice this time
 * @param receiveMaximum unacknowledged messages the broker may have under way to us, 1 to 65535; MQTT 3.1.1 cannot say it
 * @param sessionExpiry how long the broker keeps our session and its messages after the connection ended; zero is a
 *     clean session. MQTT 3.1.1 knows only zero and for ever
 * @param longestBackOff bound of the wait between two attempts to connect
 * @param largestPacketBytes larger messages are not sent to us by the broker, which is a memory guard
 *     (MQTT 3.1.1 cannot say it)
 * @param lastWill what the broker publishes when we vanish
 * @param version the protocol that is spoken
 * @param subscribeQos 1, or 0 where a lost message does no harm: it is then not acknowledged
 */
public record MqttConnectionSettings(
        String uri,
        String clientId,
        @Nullable Credentials credentials,
        MqttTls tls,
        Duration keepAlive,
        int receiveMaximum,
        Duration sessionExpiry,
        Duration longestBackOff,
        long largestPacketBytes,
        @Nullable LastWill lastWill,
        MqttVersion version,
        int subscribeQos) {

    /** @param passwordFile read at each connect; its first line is the password */
    public record Credentials(String user, Path passwordFile) {
        byte[] password() throws LinkDown {
            return CredentialFile.firstLine("the broker password of " + user, passwordFile)
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    public record LastWill(String topic, byte[] payload, boolean retained) {}

    public static final Duration DEFAULT_KEEP_ALIVE = Duration.ofSeconds(30);
    public static final int DEFAULT_RECEIVE_MAXIMUM = 1000;
    public static final Duration DEFAULT_SESSION_EXPIRY = Duration.ofDays(7);
    public static final Duration DEFAULT_LONGEST_BACK_OFF = Duration.ofSeconds(5);
    public static final long DEFAULT_LARGEST_PACKET_BYTES = 8L << 20;
    private static final long MOST_SECONDS = 0xFFFF_FFFEL;

    public MqttConnectionSettings {
        if (!uri.matches("(tcp|ssl)://[^/\\s]+:[0-9]{1,5}")) {
            throw new IllegalArgumentException(
                    "broker address is " + uri + ", expected tcp://HOST:PORT or ssl://HOST:PORT");
        }
        if (clientId.isBlank() || clientId.length() > 200) {
            throw new IllegalArgumentException("client id has " + clientId.length() + " characters, expected 1 to 200");
        }
        if (keepAlive.toSeconds() < 1 || keepAlive.toSeconds() > 65_535) {
            throw new IllegalArgumentException("keep-alive is " + keepAlive + ", expected 1 s to 65535 s");
        }
        if (receiveMaximum < 1 || receiveMaximum > 65_535) {
            throw new IllegalArgumentException("receive maximum is " + receiveMaximum + ", expected 1 to 65535");
        }
        if (sessionExpiry.isNegative() || sessionExpiry.toSeconds() > MOST_SECONDS) {
            throw new IllegalArgumentException("session expiry is " + sessionExpiry + ", expected 0 s to 136 years");
        }
        if (longestBackOff.toMillis() < 100) {
            throw new IllegalArgumentException("longest back-off is " + longestBackOff + ", expected at least 0.1 s");
        }
        if (largestPacketBytes < 1024 || largestPacketBytes > 256L << 20) {
            throw new IllegalArgumentException(
                    "largest packet is " + largestPacketBytes + " bytes, expected 1 KiB to 256 MiB");
        }
        if (!tls.equals(MqttTls.DEFAULT) && !uri.startsWith("ssl:")) {
            throw new IllegalArgumentException("TLS is set up for " + uri + ", which is not an ssl:// address");
        }
        if (subscribeQos < 0 || subscribeQos > 1) {
            throw new IllegalArgumentException("quality of service is " + subscribeQos + ", expected 0 or 1");
        }
    }

    /** Everything but address and client id at its default. */
    public static MqttConnectionSettings of(String uri, String clientId) {
        return new MqttConnectionSettings(
                uri,
                clientId,
                null,
                MqttTls.DEFAULT,
                DEFAULT_KEEP_ALIVE,
                DEFAULT_RECEIVE_MAXIMUM,
                DEFAULT_SESSION_EXPIRY,
                DEFAULT_LONGEST_BACK_OFF,
                DEFAULT_LARGEST_PACKET_BYTES,
                null,
                MqttVersion.AUTO,
                1);
    }

    /** The same broker, another client id, no session and no will: to see whether we get in. */
    MqttConnectionSettings asProbe() {
        return new MqttConnectionSettings(
                uri,
                clientId.substring(0, Math.min(clientId.length(), 180)) + "-probe",
                credentials,
                tls,
                keepAlive,
                receiveMaximum,
                Duration.ZERO,
                longestBackOff,
                largestPacketBytes,
                null,
                version,
                subscribeQos);
    }

    /** Whether the connection is by TLS. */
    public boolean isSecure() {
        return uri.startsWith("ssl:");
    }

    /** Whether the broker keeps nothing of us between two connections. */
    boolean isClean() {
        return sessionExpiry.isZero();
    }

    public MqttConnectionSettings withTrustFile(@Nullable Path changed) {
        return withTls(tls.trusting(changed));
    }

    public MqttConnectionSettings withCredentials(@Nullable Credentials changed) {
        return new MqttConnectionSettings(
                uri,
                clientId,
                changed,
                tls,
                keepAlive,
                receiveMaximum,
                sessionExpiry,
                longestBackOff,
                largestPacketBytes,
                lastWill,
                version,
                subscribeQos);
    }

    public MqttConnectionSettings withTls(MqttTls changed) {
        return new MqttConnectionSettings(
                uri,
                clientId,
                credentials,
                changed,
                keepAlive,
                receiveMaximum,
                sessionExpiry,
                longestBackOff,
                largestPacketBytes,
                lastWill,
                version,
                subscribeQos);
    }

    public MqttConnectionSettings withKeepAlive(Duration changed) {
        return new MqttConnectionSettings(
                uri,
                clientId,
                credentials,
                tls,
                changed,
                receiveMaximum,
                sessionExpiry,
                longestBackOff,
                largestPacketBytes,
                lastWill,
                version,
                subscribeQos);
    }

    public MqttConnectionSettings withReceiveMaximum(int changed) {
        return new MqttConnectionSettings(
                uri,
                clientId,
                credentials,
                tls,
                keepAlive,
                changed,
                sessionExpiry,
                longestBackOff,
                largestPacketBytes,
                lastWill,
                version,
                subscribeQos);
    }

    public MqttConnectionSettings withSessionExpiry(Duration changed) {
        return new MqttConnectionSettings(
                uri,
                clientId,
                credentials,
                tls,
                keepAlive,
                receiveMaximum,
                changed,
                longestBackOff,
                largestPacketBytes,
                lastWill,
                version,
                subscribeQos);
    }

    public MqttConnectionSettings withLastWill(@Nullable LastWill changed) {
        return new MqttConnectionSettings(
                uri,
                clientId,
                credentials,
                tls,
                keepAlive,
                receiveMaximum,
                sessionExpiry,
                longestBackOff,
                largestPacketBytes,
                changed,
                version,
                subscribeQos);
    }

    public MqttConnectionSettings withVersion(MqttVersion changed) {
        return new MqttConnectionSettings(
                uri,
                clientId,
                credentials,
                tls,
                keepAlive,
                receiveMaximum,
                sessionExpiry,
                longestBackOff,
                largestPacketBytes,
                lastWill,
                changed,
                subscribeQos);
    }

    public MqttConnectionSettings withSubscribeQos(int changed) {
        return new MqttConnectionSettings(
                uri,
                clientId,
                credentials,
                tls,
                keepAlive,
                receiveMaximum,
                sessionExpiry,
                longestBackOff,
                largestPacketBytes,
                lastWill,
                version,
                changed);
    }
}
