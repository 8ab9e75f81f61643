package io.penstock.models.remote;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts the certificates that are pinned, or issued by a given CA, or, with both, only what is both. Dates, the host's name (of a
 * server) and the strength of keys and signatures (NIST SP 800-131A) are always checked, a pinned certificate's too. Refuses in one
 * plain line.
 */
public final class PeerTrust extends X509ExtendedTrustManager {
    private static final int LEAST_RSA_BITS = 2048;
    private static final int LEAST_EC_BITS = 224;

    private final List<Pin> pins;
    private final List<X509Certificate> authorities;
    private final InstantSource clock;

    /**
     * @param pins of the peer's own certificate; none: any that the authorities issued
     * @param authorities CA certificates; none: the pinned certificate stands for itself
     */
    public PeerTrust(List<Pin> pins, List<X509Certificate> authorities, InstantSource clock) {
        if (pins.isEmpty() && authorities.isEmpty()) {
            throw new IllegalArgumentException("neither a pin nor a CA: nobody could be trusted");
        }
        this.pins = List.copyOf(pins);
        this.authorities = List.copyOf(authorities);
        this.clock = clock;
    }

    /** A certificate that is not taken; the message is for the operator. */
    public static final class Refused extends CertificateException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }

        Refused(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private interface Check {
        void by(X509ExtendedTrustManager pkix) throws CertificateException;
    }

    private void check(X509Certificate[] chain, Check check) throws CertificateException {
        try {
            dates(chain);
            pinned(chain[0]);
            try {
                check.by(pkix(chain[0]));
            } catch (CertificateException e) {
                throw new Refused(reason(chain, e), e);
            }
            refuseWeak(chain);
        } catch (CertificateException e) {
            throw e;
        } catch (GeneralSecurityException | IOException e) {
            throw new Refused("the certificate could not be checked: " + e, e);
        }
    }

    private void dates(X509Certificate[] chain) throws Refused {
        Instant now = clock.instant();
        for (X509Certificate c : chain) {
            Instant end = c.getNotAfter().toInstant();
            Instant begin = c.getNotBefore().toInstant();
            if (now.isAfter(end)) {
                throw new Refused(called(c) + " expired at " + end + " (it is " + now + " here): renew it there");
            }
            if (now.isBefore(begin)) {
                throw new Refused(called(c) + " is valid only from " + begin + " on (it is " + now
                        + " here): is one of the two clocks wrong?");
            }
        }
    }

    private void pinned(X509Certificate leaf) throws GeneralSecurityException, Refused {
        if (pins.isEmpty()) {
            return;
        }
        for (Pin pin : pins) {
            if (pin.fits(leaf)) {
                return;
            }
        }
        throw new Refused(
                called(leaf) + " has the SHA-256 " + Pin.ofCertificate(leaf)
                        + ", which is none of those pinned: if it is the right machine's, pin it; if not, somebody stands between");
    }

    /** The JDK's own check, trusting the authorities, or the pinned certificate itself. */
    private X509ExtendedTrustManager pkix(X509Certificate leaf) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int count = 0;
        for (X509Certificate trusted : authorities.isEmpty() ? List.of(leaf) : authorities) {
            store.setCertificateEntry("trusted-" + count++, trusted);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager pkix) {
                return pkix;
            }
        }
        throw new GeneralSecurityException("this Java runtime has no X.509 trust manager");
    }

    private static String reason(X509Certificate[] chain, CertificateException e) {
        String message = String.valueOf(e.getMessage());
        if (message.startsWith("No name matching") || message.startsWith("No subject alternative")) {
            return called(chain[0]) + " is not for this host (" + message
                    + "): use one of its names in url, or have one issued for this name";
        }
        if (message.contains("path building failed") || message.contains("path validation failed")) {
            return called(chain[0]) + " was not issued by a CA of ca_file: name that CA's certificate there";
        }
        return called(chain[0]) + " is not acceptable: " + message + ": have another one issued";
    }

    private static void refuseWeak(X509Certificate[] chain) throws Refused {
        for (X509Certificate c : chain) {
            String algorithm = c.getSigAlgName().toUpperCase(Locale.ROOT);
            boolean ownRoot = c.getSubjectX500Principal().equals(c.getIssuerX500Principal()) && chain.length > 1;
            if (!ownRoot && (algorithm.startsWith("SHA1") || algorithm.startsWith("MD"))) {
                throw new Refused(called(c) + " is signed with " + c.getSigAlgName()
                        + ", which can be forged: have one issued with SHA-256 or better");
            }
            PublicKey key = c.getPublicKey();
            int bits = switch (key) {
                case RSAKey rsa -> rsa.getModulus().bitLength();
                case ECKey ec -> ec.getParams().getOrder().bitLength();
                default -> Integer.MAX_VALUE;
            };
            int least = key instanceof RSAKey ? LEAST_RSA_BITS : LEAST_EC_BITS;
            if (bits < least) {
                throw new Refused(called(c) + " has a key of " + bits + " bits (" + key.getAlgorithm()
                        + "), expected at least " + least + ": have one issued for a longer key");
            }
        }
    }

    /** A name from the network: printable and bounded. */
    private static String called(X509Certificate c) {
        String name = c.getSubjectX500Principal().getName().replaceAll("[^\\x20-\\x7e]", "_");
        return "the certificate " + (name.length() > 100 ? name.substring(0, 100) + "..." : name);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, pkix -> pkix.checkServerTrusted(chain, authType, engine));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, pkix -> pkix.checkServerTrusted(chain, authType, socket));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new Refused("a server's certificate is never taken without its host's name");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, pkix -> pkix.checkClientTrusted(chain, authType, engine));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, pkix -> pkix.checkClientTrusted(chain, authType, socket));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain, pkix -> pkix.checkClientTrusted(chain, authType));
    }

    /** Names that a server tells its clients; empty where it goes by pins, so that each client offers what it has. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authorities.toArray(X509Certificate[]::new);
    }
}
