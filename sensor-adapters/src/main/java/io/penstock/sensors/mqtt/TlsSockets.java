package io.penstock.sensors.mqtt;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Makes TLS sockets as {@link MqttTls} says: TLS 1.2 or later, host names verified, our certificate where there is one. */
final class TlsSockets extends SSLSocketFactory {
    private final SSLSocketFactory sockets;
    private final String[] protocols;

    private TlsSockets(SSLSocketFactory sockets, MqttTls.Minimum minimum) {
        this.sockets = sockets;
        this.protocols = protocols(minimum);
    }

    static String[] protocols(MqttTls.Minimum minimum) {
        return minimum == MqttTls.Minimum.TLS_1_3 ? new String[] {"TLSv1.3"} : new String[] {"TLSv1.3", "TLSv1.2"};
    }

    static TlsSockets of(MqttTls tls) throws LinkDown {
        return new TlsSockets(context(tls).getSocketFactory(), tls.minimum());
    }

    /** The same for whoever listens: then the trusted are those who issue the clients' certificates. */
    static SSLContext context(MqttTls tls) throws LinkDown {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            KeyManager[] keys = null;
            Path certificateFile = tls.certificateFile();
            Path keyFile = tls.keyFile();
            if (certificateFile != null && keyFile != null) {
                keys = PemIdentity.keyManagers(certificateFile, keyFile, tls.keyPasswordFile());
            }
            context.init(keys, new TrustManager[] {trust(tls.trustFile())}, null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw e instanceof LinkDown down ? down : new LinkDown("prepared TLS: " + e, e);
        }
    }

    private static TrustManager trust(@Nullable Path trustFile) throws IOException, GeneralSecurityException {
        KeyStore store = null;
        if (trustFile != null) {
            store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int count = 0;
            for (Certificate certificate : PemIdentity.certificates(trustFile)) {
                store.setCertificateEntry("trusted-" + count++, certificate);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager pkix) {
                return new BrokerTrust(pkix, trustFile);
            }
        }
        throw new LinkDown("prepared TLS: this Java runtime has no X.509 trust manager");
    }

    private Socket prepared(Socket socket) {
        SSLSocket tls = (SSLSocket) socket;
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setProtocols(protocols);
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        tls.setSSLParameters(parameters);
        return tls;
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return sockets.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return sockets.getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket() throws IOException {
        return prepared(sockets.createSocket());
    }

    @Override
    public Socket createSocket(Socket s, String host, int port, boolean autoClose) throws IOException {
        return prepared(sockets.createSocket(s, host, port, autoClose));
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return prepared(sockets.createSocket(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
        return prepared(sockets.createSocket(host, port, local, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return prepared(sockets.createSocket(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
        return prepared(sockets.createSocket(host, port, local, localPort));
    }
}
