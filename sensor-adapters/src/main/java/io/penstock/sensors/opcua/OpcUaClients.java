package io.penstock.sensors.opcua;

import static org.eclipse.milo.opcua.stack.core.types.builtin.unsigned.Unsigned.uint;

import io.penstock.sensors.opcua.OpcUaSourceSettings.Security;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.milo.opcua.sdk.client.DiscoveryClient;
import org.eclipse.milo.opcua.sdk.client.OpcUaClient;
import org.eclipse.milo.opcua.sdk.client.OpcUaClientConfig;
import org.eclipse.milo.opcua.sdk.client.OpcUaClientConfigBuilder;
import org.eclipse.milo.opcua.sdk.client.identity.UsernameProvider;
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

    private OpcUaClients() {}

    static OpcUaClient connect(
            String endpointUrl,
            Security security,
            OpcUaSourceSettings.@Nullable Credentials credentials,
            @Nullable Path trustFolder)
            throws ServerUnreachable {
        EndpointDescription endpoint = endpoint(endpointUrl, security);
        OpcUaClientConfigBuilder config = OpcUaClientConfig.builder()
                .setEndpoint(endpoint)
                .setApplicationName(LocalizedText.english("Penstock gateway"))
                .setApplicationUri(TrustFolder.APPLICATION_URI)
                .setProductUri("urn:penstock")
                .setRequestTimeout(uint(REQUEST_MILLIS))
                .setKeepAliveInterval(uint(2_000))
                .setKeepAliveTimeout(uint(3_000))
                // a node's array must not take the daemon's memory
                .setMaxResponseMessageSize(uint(32 << 20));
        if (security != Security.NONE && trustFolder != null) {
            TrustFolder trust = new TrustFolder(trustFolder);
            trust.check(certificate(endpoint));
            TrustFolder.Identity own = trust.identity();
            config.setKeyPair(own.keyPair())
                    .setCertificate(own.certificate())
                    .setCertificateChain(new X509Certificate[] {own.certificate()})
                    .setCertificateValidator(trust.validator());
        }
        if (credentials != null) {
            config.setIdentityProvider(new UsernameProvider(credentials.user(), password(credentials)));
        }
        OpcUaClient client;
        try {
            client = OpcUaClient.create(config.build(), OpcUaClients::limit);
        } catch (UaException e) {
            throw new ServerUnreachable("made a client for " + endpointUrl + ": " + e.getMessage(), e);
        }
        try {
            return within(client.connectAsync(), "connected to " + endpointUrl);
        } catch (ServerUnreachable e) {
            // it would go on trying for ever
            client.disconnectAsync();
            throw e;
        }
    }

    private static void limit(OpcTcpClientTransportConfigBuilder transport) {
        transport.setConnectTimeout(uint(5_000)).setAcknowledgeTimeout(uint(5_000));
    }

    private static EndpointDescription endpoint(String url, Security security) throws ServerUnreachable {
        List<EndpointDescription> endpoints =
                within(DiscoveryClient.getEndpoints(url, OpcUaClients::limit), "asked " + url + " for its endpoints");
        SecurityPolicy policy = security == Security.NONE ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256;
        MessageSecurityMode mode =
                security == Security.NONE ? MessageSecurityMode.None : MessageSecurityMode.SignAndEncrypt;
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

    private static String password(OpcUaSourceSettings.Credentials credentials) throws ServerUnreachable {
        try {
            return Files.readString(credentials.passwordFile())
                    .lines()
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            throw new ServerUnreachable(
                    "read the OPC UA password of " + credentials.user() + " from " + credentials.passwordFile() + ": "
                            + e,
                    e);
        }
    }

    static <T> T within(CompletableFuture<T> step, String did) throws ServerUnreachable {
        try {
            return step.get(STEP_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ServerUnreachable(did + ": " + cause.getMessage(), cause);
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
