package io.penstock.models.worker;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Memory that workers share: the bounds of those that run stay within it. One that wants to start and finds no room has others end, the
 * longest unused first; never one that is pinned, or that answers. The room of a pinned one is kept for it while it does not run.
 */
public final class MemoryBudget {
    private final int totalMiB;
    private final List<Tenant> tenants = new ArrayList<>();
    private final Set<Tenant> starting = new HashSet<>();

    /** A process that takes room. */
    interface Tenant {
        String name();

        /** Resident memory after which it is killed. */
        int boundMiB();

        boolean isPinned();

        boolean isAlive();

        boolean isAnswering();

        /** {@link System#nanoTime} of its last question, or of its start. */
        long lastUsedNanos();

        /** Ends at once unless it answers; whether it did. */
        boolean giveWay();
    }

    /** @param totalMiB of all together; 0 where each has its own bound alone */
    public MemoryBudget(int totalMiB) {
        if (totalMiB < 0) {
            throw new IllegalArgumentException("a memory budget of " + totalMiB + " MiB");
        }
        this.totalMiB = totalMiB;
    }

    /** Of all workers together; 0 without a budget. */
    public int totalMiB() {
        return totalMiB;
    }

    synchronized void join(Tenant tenant) {
        tenants.add(tenant);
    }

    /** It is closed for good. */
    synchronized void leave(Tenant tenant) {
        tenants.remove(tenant);
    }

    /**
     * Makes room for one that starts. {@link #started} follows.
     *
     * @return why there is none; empty when there is
     */
    synchronized Optional<String> claim(Tenant who) {
        if (totalMiB > 0) {
            int wanted = who.boundMiB();
            long now = System.nanoTime();
            List<Tenant> others = tenants.stream()
                    .filter(tenant -> tenant != who && takesRoom(tenant))
                    .sorted(Comparator.comparingLong(tenant -> tenant.lastUsedNanos() - now))
                    .toList();
            int free = totalMiB - others.stream().mapToInt(Tenant::boundMiB).sum();
            int yielding = others.stream()
                    .filter(MemoryBudget.this::mayYield)
                    .mapToInt(Tenant::boundMiB)
                    .sum();
            if (free + yielding >= wanted) {
                for (Tenant other : others) {
                    if (free < wanted && mayYield(other) && other.giveWay()) {
                        free += other.boundMiB();
                    }
                }
            }
            if (free < wanted) {
                return Optional.of("it may use " + wanted + " MiB, and of the budget of " + totalMiB + " MiB "
                        + Math.max(0, free) + " are free"
                        + (free + yielding >= wanted ? " while others answer" : "; raise budget_mib or unpin a model"));
            }
        }
        starting.add(who);
        return Optional.empty();
    }

    /** Whether another one runs, which answers meanwhile. */
    synchronized boolean hasAnother(Tenant who) {
        return tenants.stream().anyMatch(tenant -> tenant != who && tenant.isAlive());
    }

    /** Whether one of the others answers now. */
    synchronized boolean isAnotherAnswering(Tenant who) {
        return tenants.stream().anyMatch(tenant -> tenant != who && tenant.isAnswering());
    }

    /** It runs now, or its start failed. */
    synchronized void started(Tenant who) {
        starting.remove(who);
    }

    private boolean takesRoom(Tenant tenant) {
        return tenant.isPinned() || starting.contains(tenant) || tenant.isAlive();
    }

    private boolean mayYield(Tenant tenant) {
        return !tenant.isPinned() && !starting.contains(tenant);
    }
}
