package io.penstock.sensors.opcua;

import static org.eclipse.milo.opcua.stack.core.types.builtin.unsigned.Unsigned.uint;

import io.penstock.sensors.opcua.OpcUaAccess.Security;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.eclipse.milo.opcua.sdk.client.DiscoveryClient;
import org.eclipse.milo.opcua.sdk.client.OpcUaClient;
import org.eclipse.milo.opcua.sdk.client.OpcUaClientConfig;
import org.eclipse.milo.opcua.sdk.client.OpcUaClientConfigBuilder;
import org.eclipse.milo.opcua.sdk.client.identity.AnonymousProvider;
import org.eclipse.milo.opcua.sdk.client.identity.IdentityProvider;
import org.eclipse.milo.opcua.sdk.client.identity.UsernameProvider;
import org.eclipse.milo.opcua.sdk.client.identity.X509IdentityProvider;
import org.eclipse.milo.opcua.stack.core.StatusCodes;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.security.SecurityPolicy;
import org.eclipse.milo.opcua.stack.core.types.builtin.LocalizedText;
import org.eclipse.milo.opcua.stack.core.types.enumerated.MessageSecurityMode;
import org.eclipse.milo.opcua.stack.core.types.structured.EndpointDescription;
import org.eclipse.milo.opcua.stack.core.util.EndpointUtil;
import org.eclipse.milo.opcua.stack.transport.client.tcp.OpcTcpClientTransportConfigBuilder;
import org.jspecify.annotations.Nullable;

/** Makes connected Milo clients, every step with a time limit. */
final class OpcUaClients {
    private static final int STEP_SECONDS = 10;
    private static final int REQUEST_MILLIS = 10_000;

    private static final String WANTS_USER =
            "the server wants a user: set user and password_file, or user_certificate and user_key";

    private OpcUaClients() {}

    /**
     * A client with a session.
     *
     * @param source who connects, for the person who finds an untrusted certificate
     * @throws ServerUnreachable with one line that says what to do
     */
    static OpcUaClient connect(String source, OpcUaAccess access) throws ServerUnreachable {
        EndpointDescription endpoint = endpoint(access);
        OpcUaClientConfigBuilder config = OpcUaClientConfig.builder()
                .setEndpoint(endpoint)
                .setApplicationName(LocalizedText.english("Penstock gateway"))
                .setApplicationUri(TrustFolder.APPLICATION_URI)
                .setProductUri("urn:penstock")
                .setRequestTimeout(uint(REQUEST_MILLIS))
                .setKeepAliveInterval(uint(2_000))
                .setKeepAliveTimeout(uint(5_000))
                // a node's array must not take the daemon's memory
                .setMaxResponseMessageSize(uint(32 << 20));
        TrustFolder trust = access.trust().orElse(null);
        if (trust != null) {
            trust.check(certificate(endpoint), source, access, Instant.now());
            TrustFolder.Identity own = trust.identity();
            config.setKeyPair(own.keyPair())
                    .setCertificate(own.certificate())
                    .setCertificateChain(new X509Certificate[] {own.certificate()})
                    .setCertificateValidator(trust.validator());
        }
        config.setIdentityProvider(identity(access.login()));
        OpcUaClient client;
        try {
            client = OpcUaClient.create(config.build(), OpcUaClients::limit);
        } catch (UaException e) {
            throw new ServerUnreachable("made a client for " + access.endpoint() + ": " + e.getMessage(), e);
        }
        try {
            return within(client.connectAsync(), "connected to " + access.endpoint());
        } catch (ServerUnreachable e) {
            // it would go on trying for ever
            client.disconnectAsync();
            String cure = cure(e, access);
            throw cure.isEmpty() ? e : new ServerUnreachable(e.getMessage() + "; " + cure, e);
        }
    }

    private static IdentityProvider identity(OpcUaAccess.Login login) throws ServerUnreachable {
        return switch (login) {
            case OpcUaAccess.Login.Anonymous() -> new AnonymousProvider();
            case OpcUaAccess.Login.Password(String user, Path file) -> new UsernameProvider(user, password(user, file));
            case OpcUaAccess.Login.Certificate certificate -> {
                UserCertificate user = UserCertificate.read(certificate);
                yield new X509IdentityProvider(user.certificate(), user.key());
            }
        };
    }

    /** What to do about a refusal, in the words of whoever has to do it; empty where the message says it all. */
    private static String cure(Throwable refused, OpcUaAccess access) {
        long code = UaException.extractStatusCode(refused)
                .map(status -> status.value())
                .orElse(0L);
        if (access.login() instanceof OpcUaAccess.Login.Anonymous
                && String.valueOf(refused.getMessage()).contains("no anonymous token policy")) {
            return WANTS_USER;
        }
        if (code == StatusCodes.Bad_UserAccessDenied
                || code == StatusCodes.Bad_IdentityTokenRejected
                || code == StatusCodes.Bad_IdentityTokenInvalid) {
            return switch (access.login()) {
                case OpcUaAccess.Login.Anonymous() -> WANTS_USER;
                case OpcUaAccess.Login.Password(String user, Path file) ->
                    "the server refuses user '" + user + "': correct the user, or the password in " + file;
                case OpcUaAccess.Login.Certificate(Path file, Path key) ->
                    "the server refuses the user certificate " + file + ": add it to the server's users";
            };
        }
        if (access.security() != Security.NONE
                && (code == StatusCodes.Bad_SecurityChecksFailed
                        || code == StatusCodes.Bad_CertificateUntrusted
                        || code == StatusCodes.Bad_CertificateInvalid)) {
            return "the server does not trust this gateway: copy "
                    + (access.trustFolder() == null ? "" : access.trustFolder().resolve("own/client.der"))
                    + " into the server's list of trusted clients";
        }
        return "";
    }

    private static void limit(OpcTcpClientTransportConfigBuilder transport) {
        transport.setConnectTimeout(uint(5_000)).setAcknowledgeTimeout(uint(5_000));
    }

    private static EndpointDescription endpoint(OpcUaAccess access) throws ServerUnreachable {
        String url = access.endpoint();
        List<EndpointDescription> endpoints =
                within(DiscoveryClient.getEndpoints(url, OpcUaClients::limit), "asked " + url + " for its endpoints");
        SecurityPolicy policy = policy(access.security());
        MessageSecurityMode mode = access.security() == Security.NONE
                ? MessageSecurityMode.None
                : access.mode() == OpcUaAccess.Mode.SIGN
                        ? MessageSecurityMode.Sign
                        : MessageSecurityMode.SignAndEncrypt;
        EndpointDescription chosen = endpoints.stream()
                .filter(endpoint -> policy.getUri().equals(endpoint.getSecurityPolicyUri()))
                .filter(endpoint -> endpoint.getSecurityMode() == mode)
                .max(Comparator.comparing(
                        endpoint -> endpoint.getSecurityLevel().intValue()))
                .orElseThrow(() -> new ServerUnreachable("asked " + url + " for an endpoint with " + policy + " and "
                        + mode + ", found only "
                        + endpoints.stream()
                                .map(endpoint -> endpoint.getSecurityPolicyUri() + " " + endpoint.getSecurityMode())
                                .toList()
                        + "; choose one of these or change the server"));
        // servers name themselves by host names that only they can resolve: keep the address that just worked
        return EndpointUtil.updateUrl(chosen, EndpointUtil.getHost(url), EndpointUtil.getPort(url));
    }

    private static SecurityPolicy policy(Security security) {
        return switch (security) {
            case NONE -> SecurityPolicy.None;
            case BASIC256SHA256 -> SecurityPolicy.Basic256Sha256;
            case AES128_SHA256_RSAOAEP -> SecurityPolicy.Aes128_Sha256_RsaOaep;
            case AES256_SHA256_RSAPSS -> {
                // Milo asks for RSA-PSS by the name that Bouncy Castle has for it; adding it twice is harmless
                java.security.Security.addProvider(new BouncyCastleProvider());
                yield SecurityPolicy.Aes256_Sha256_RsaPss;
            }
        };
    }

    /** The certificate a connected client's server has; null without security. */
    static @Nullable X509Certificate serverCertificate(OpcUaClient client) throws ServerUnreachable {
        EndpointDescription endpoint = client.getConfig().getEndpoint();
        var encoded = endpoint.getServerCertificate();
        return encoded == null || encoded.isNullOrEmpty() ? null : certificate(endpoint);
    }

    private static X509Certificate certificate(EndpointDescription endpoint) throws ServerUnreachable {
        var encoded = endpoint.getServerCertificate();
        if (encoded == null || encoded.isNullOrEmpty()) {
            throw new ServerUnreachable("asked " + endpoint.getEndpointUrl() + " for its certificate, found none");
        }
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(encoded.bytesOrEmpty()));
        } catch (CertificateException e) {
            throw new ServerUnreachable("read the certificate of " + endpoint.getEndpointUrl() + ": " + e, e);
        }
    }

    private static String password(String user, Path file) throws ServerUnreachable {
        try {
            return Files.readString(file).lines().findFirst().orElse("");
        } catch (IOException e) {
            throw new ServerUnreachable("read the OPC UA password of " + user + " from " + file + ": " + e, e);
        }
    }

    static <T> T within(CompletableFuture<T> step, String did) throws ServerUnreachable {
        try {
            return step.get(STEP_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            boolean refused = cause instanceof ConnectException;
            throw new ServerUnreachable(
                    did + ": " + cause.getMessage()
                            + (refused ? "; is the server running, and are host and port right?" : ""),
                    cause);
        } catch (TimeoutException e) {
            throw new ServerUnreachable(did + ": no answer within " + STEP_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerUnreachable(did + ": was interrupted", e);
        }
    }

    /** Ends the session, waiting at most the given time; a dead server must not hold anybody up. */
    static boolean disconnect(OpcUaClient client, long millis) {
        try {
            client.disconnectAsync().get(millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
