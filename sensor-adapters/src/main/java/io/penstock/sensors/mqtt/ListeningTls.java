package io.penstock.sensors.mqtt;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** TLS for one who listens and lets in only clients with a certificate. */
public final class ListeningTls {
    private ListeningTls() {}

    /**
     * @param context of {@code tls}, whose trust file says who issues the clients' certificates
     */
    public static SSLParameters parameters(SSLContext context, MqttTls tls) {
        SSLParameters parameters = context.getDefaultSSLParameters();
        parameters.setProtocols(TlsSockets.protocols(tls.minimum()));
        parameters.setNeedClientAuth(true);
        return parameters;
    }
}
