package io.penstock.daemon.uplink.modem;

import io.penstock.daemon.uplink.Inbox;
import io.penstock.daemon.uplink.UplinkLink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames through a short-burst modem, one a session. The provider's answer is the acknowledgement: a session that never began costs
 * nothing, one that broke off may have been carried and counts as if it was.
 */
public final class ModemLink implements UplinkLink {
    private static final Logger LOG = LoggerFactory.getLogger(ModemLink.class);
    private static final int FETCHED = 1;
    private static final long BETWEEN_TRIES_NANOS = Duration.ofSeconds(10).toNanos();

    private final String name;
    private final Opening opening;
    private final int leastSignal;
    private final boolean listens;
    private final Inbox inbox = new Inbox();
    private volatile @Nullable ModemLine line;
    private @Nullable AtModem modem;
    private long triedNanos = System.nanoTime() - BETWEEN_TRIES_NANOS;
    private String trouble = "";
    private volatile boolean closed;

    /** Opens the bytes to the modem. */
    @FunctionalInterface
    public interface Opening {
        ModemLine open() throws IOException;
    }

    /**
     * @param leastSignal bars, 0 to 5, below which no session is begun
     * @param listens whether commands are taken: a session brings them anyway, and charges them
     */
    public ModemLink(String name, Opening opening, int leastSignal, boolean listens) {
        this.name = name;
        this.opening = opening;
        this.leastSignal = leastSignal;
        this.listens = listens;
    }

    /** Greets the modem and asks for its signal, which costs nothing. Returns the bars, 0 to 5. */
    public static int signal(Opening opening) throws IOException {
        try (ModemLine line = opening.open()) {
            AtModem modem = new AtModem(line);
            modem.greet();
            return modem.signal();
        }
    }

    /** With what is in the way, where there is something. */
    @Override
    public String name() {
        return trouble.isEmpty() ? name : name + " (" + trouble + ")";
    }

    @Override
    public boolean isOpen() {
        if (modem == null && !closed && System.nanoTime() - triedNanos >= BETWEEN_TRIES_NANOS) {
            triedNanos = System.nanoTime();
            try {
                ModemLine opened = opening.open();
                line = opened;
                AtModem greeted = new AtModem(opened);
                greeted.greet();
                modem = greeted;
                trouble = "";
            } catch (IOException e) {
                // tried every ten seconds, told once
                if (!trouble.equals(e.getMessage())) {
                    trouble = String.valueOf(e.getMessage());
                    LOG.warn("uplink: {}: {}; tried again until it works", name, trouble);
                }
                hangUp();
            }
        }
        return modem != null;
    }

    @Override
    public void send(int keyId, long counter, byte[] frame) throws IOException {
        exchange(frame);
    }

    @Override
    public boolean mustAsk() {
        return listens;
    }

    /** A session without a message: a look into the mailbox. */
    @Override
    public void ask() throws IOException {
        exchange(new byte[0]);
    }

    private void exchange(byte[] frame) throws IOException {
        AtModem now = modem;
        if (now == null) {
            throw new NotCarried("the modem at " + name + " is not open");
        }
        prepare(now, frame);
        AtModem.Session session;
        try {
            session = now.session();
        } catch (IOException e) {
            // the line is out of step, or the modem was switched off: begin anew
            hangUp();
            throw e;
        }
        if (session.neverBegan()) {
            throw new NotCarried("the modem could not send: " + session.said());
        }
        if (session.fromMailbox() == FETCHED && session.bytes() > 0) {
            try {
                byte[] came = now.fetched(session.bytes());
                if (listens) {
                    inbox.put(came);
                }
            } catch (IOException e) {
                // the frame itself may well be gone: that is told by the status alone
                LOG.warn("uplink: {}: {}", name, e.getMessage());
                hangUp();
            }
        }
        if (!session.carried()) {
            throw new IOException("the modem could not tell whether it was sent: " + session.said());
        }
    }

    /** Everything before the session: nothing is charged for it. */
    private void prepare(AtModem now, byte[] frame) throws NotCarried {
        try {
            int bars = now.signal();
            if (bars < leastSignal) {
                throw new NotCarried("the signal is " + bars + " of 5, below " + leastSignal);
            }
            if (frame.length == 0) {
                now.clear();
            } else {
                now.load(frame);
            }
        } catch (NotCarried e) {
            throw e;
        } catch (IOException e) {
            hangUp();
            throw new NotCarried(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public List<byte[]> received() {
        return inbox.take();
    }

    @Override
    public void hangUp() {
        modem = null;
        ModemLine now = line;
        line = null;
        if (now != null) {
            now.close();
        }
    }

    @Override
    public void close() {
        closed = true;
        hangUp();
    }
}
