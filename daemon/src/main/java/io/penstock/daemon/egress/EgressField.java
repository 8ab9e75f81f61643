package io.penstock.daemon.egress;

/** What of a case may leave besides its symptoms in shipped words and the faults they may mean; what is not named here never does. */
public enum EgressField {
    /** The shipped name of the machine's class. */
    MACHINE,
    /** Measured values, with units that everybody knows. */
    VALUES,
    /** The limits they are held against. */
    LIMITS
}
